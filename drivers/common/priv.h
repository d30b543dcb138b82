/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of ohba.ko share among themselves. */
#ifndef OHBA_PRIV_H
#define OHBA_PRIV_H

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/irq_poll.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <ohba_genl.h>

#include "ohba.h"
#include "states.h"

#include <ohba_login.h>

#define OHBA_ADMIN_ENTRIES	1024	/* of the admin rings, if allowed */
#define OHBA_EVENT_ENTRIES	256
#define OHBA_SGL_BYTES		(OHBA_SGE_LIST_MAX * sizeof(struct ohba_sge))
#define OHBA_SGL_CHUNK		16	/* tags whose lists share an allocation */

struct genl_info;
struct ohba_hw;
struct ohba_logins;
struct ohba_net;
struct sk_buff;

/* A piece of coherent memory. */
struct ohba_dma {
	void *mem;
	dma_addr_t addr;
	size_t len;
};

/* Each counter has one writer, named by the lock or context in its comment. */
struct ohba_pair_stats {
	u64 submissions;	/* sq_lock */
	u64 doorbells;		/* sq_lock */
	u64 full;		/* sq_lock */
	u64 interrupts;		/* hard interrupt */
	u64 softirq_done;	/* cq_lock */
	u64 polled_done;	/* cq_lock */
	u64 local_done;		/* cq_lock */
	u64 stale;		/* cq_lock */
};

/* A submission ring and the completion ring that answers it. */
struct ohba_pair {
	struct ohba_hw *hw;
	unsigned int qid;
	bool polled;		/* never interrupts */
	struct ohba_dma dma;	/* control block and both rings */
	struct ohba_qctl *ctl;
	struct ohba_sqe *sq;
	struct ohba_cqe *cq;
	dma_addr_t sq_addr;
	dma_addr_t cq_addr;
	u32 sq_size;		/* entries, a power of two */
	u32 cq_size;		/* entries, a power of two */
	void __iomem *doorbell;

	spinlock_t sq_lock;	/* up to @look, and writes to the SQ */
	u32 sq_tail;
	bool sq_open;
	struct {
		u32 head;
		u64 full;
		unsigned int stuck;
	} look;			/* ohba_sq_stuck()'s last */

	spinlock_t cq_lock ____cacheline_aligned_in_smp; /* cq_head */
	u32 cq_head;
	struct irq_poll iop;
	bool irq_requested;

	struct ohba_pair_stats stats;
};

struct ohba_event_ring {
	struct ohba_dma dma;
	struct ohba_qctl *ctl;
	struct ohba_event *ring;
	dma_addr_t ring_addr;
	u32 size;
	u32 head;		/* the admin interrupt's thread only */
	u64 count;
	u64 unknown;
};

struct ohba_admin_slot {
	struct ohba_admin_cmd *cmd;
	u16 gen;
};

struct ohba_admin {
	struct ohba_pair pair;
	/* the slots: pair.sq_lock */
	struct ohba_admin_slot *slots;
	unsigned long *used;
	unsigned int nslots;
	unsigned int hint;	/* where to look for a free slot next */
	bool irq_requested;
	bool irq_held;		/* life_lock */
};

struct ohba_tag_mem {
	struct ohba_dma sense;
	struct ohba_dma cdb_ext;
	struct ohba_dma *sgl;	/* one per OHBA_SGL_CHUNK tags */
	unsigned int nsgl;
	u32 num_tags;
	u32 sense_stride;
};

/* What lists are continued in that are longer than a tag's own. */
struct ohba_sgl_pool {
	struct ohba_dma dma;
	struct ohba_sgl_page *pages;
	struct ohba_sgl_page **chain;	/* by tag index: of who has the tag */
	spinlock_t lock;		/* spare */
	struct ohba_sgl_page *spare;
};

/* What the helper has us keep with an address, for the helper that comes after it. */
struct ohba_lease {
	u32 generation;		/* of another configuration's: there is none */
	u16 len;		/* bytes, 0: none */
	u8 bytes[OHBA_LEASE_MAX];
	u8 isns[4];		/* the server that DHCP announced; all zero: none */
};

/* What is kept with an address that the helper got. */
struct ohba_learned {
	const void *lease;
	size_t len;		/* bytes of it */
	const u8 *isns;		/* NULL: none was announced */
};

/* discover.c: the latest. While it is @busy all but @busy and @id is its work's. */
struct ohba_discover_job {
	struct mutex lock;	/* up to @found */
	bool busy;
	bool add;
	u32 id;			/* 0: there was none */
	u16 status;		/* enum ohba_status: how it ended */
	struct ohba_discovery told;
	u32 nfound;
	u32 nimpossible;	/* records that were left out */
	struct ohba_found *found;
	struct ohba_dma dma;
	struct ohba_admin_cmd cmd;
	unsigned long deadline;	/* jiffies: @lock */
	struct work_struct begin, work;
};

/* genl_path.c: those of the helper's that the device has not answered. */
struct ohba_paths {
	spinlock_t lock;
	struct list_head list;	/* the oldest first */
	unsigned int count;
};

/* An adapter's life: ohba_life_move(). From DOWN on it is not to be touched. */
enum ohba_life_state {
	OHBA_LIFE_STARTING,	/* admin commands go, I/O not yet */
	OHBA_LIFE_UP,
	OHBA_LIFE_DOWN,		/* until it is started again */
	OHBA_LIFE_ENDED,	/* for good, unless its device is reset */
	OHBA_LIFE_STATES
};

enum ohba_life_event {
	OHBA_LIFE_EV_READY,
	OHBA_LIFE_EV_FAIL,
	OHBA_LIFE_EV_HOLD,	/* somebody is about to reset the device */
	OHBA_LIFE_EV_END,
	OHBA_LIFE_EV_RESTART,
	OHBA_LIFE_EV_RELEASE,	/* who held it is done */
	OHBA_LIFE_EVENTS
};

struct ohba_hw {
	struct ohba_adapter pub;
	const struct ohba_ops *ops;
	void *priv;
	void __iomem *regs;
	struct pci_saved_state *pci_state;	/* without bus mastering, or NULL */
	struct ohba_info info;
	u32 abi;
	u32 max_queues;
	u32 max_qsize;
	u32 features;		/* OHBA_FEATURE_* */
	u32 ready_ms;
	unsigned int nvectors;

	struct ohba_admin admin;
	struct ohba_event_ring events;

	struct ohba_tag_mem tags;
	struct ohba_sgl_pool sgl;
	struct ohba_pair *pairs;
	unsigned int npairs;
	unsigned int npoll;	/* the last ones of @pairs */

	struct ohba_net *net;	/* ohba_net_of(); set to NULL: life_lock */
	struct mutex iface_mutex;	/* changes of ifaces, and telling the device */
	spinlock_t iface_lock;		/* ifaces, leases */
	struct ohba_iface_conf ifaces[OHBA_IFACES_MAX];
	struct ohba_lease leases[OHBA_IFACES_MAX];
	u32 ifaces_set;			/* bits: those that we were told of; iface_mutex */
	u32 iface_generation;		/* the last that was given; iface_mutex */
	struct ohba_dma config;		/* struct ohba_config; iface_mutex */
	struct mutex record_mutex;	/* record */
	struct ohba_dma record;		/* targets.c; wiped when it is not in use */
	struct ohba_logins *logins;	/* login_offer.c; NULL: it has no sessions by itself */
	struct ohba_discover_job discover;
	struct list_head genl_list;	/* genl.c */
	struct kref genl_refs;		/* of that list, and ohba_genl_get() */
	struct completion genl_gone;	/* there is none */

	struct mutex life_lock;	/* changes of io_started, state, over, held */
	bool io_started;
	u8 state;		/* enum ohba_life_state; read anywhere */
	bool over;		/* ended, and its device will not be used again */
	unsigned int held;	/* BIT(enum ohba_holder): down until released */
	const char *why;	/* first reason for ohba_fail() since it is up */
	struct delayed_work restart;
	unsigned int restarts;	/* in a row */
	unsigned long up_since;	/* jiffies */
	struct work_struct kill_work;
	struct delayed_work watchdog;
	u32 heartbeat;
	unsigned int missed;

	struct ohba_paths paths;

	struct dentry *debugfs;
};

static inline struct ohba_hw *to_hw(struct ohba_adapter *adapter)
{
	return container_of(adapter, struct ohba_hw, pub);
}

/* control.c */
int ohba_ctrl_identify_regs(struct ohba_hw *hw);
int ohba_ctrl_reset(struct ohba_hw *hw);
int ohba_ctrl_enable(struct ohba_hw *hw);

/* adapter.c */
int ohba_identify_again(struct ohba_hw *hw);

/* life_states.c */
extern const struct ohba_machine ohba_life_machine;
bool ohba_life_move(struct ohba_hw *hw, enum ohba_life_event event);

static inline bool ohba_is_down(const struct ohba_hw *hw)
{
	return READ_ONCE(hw->state) >= OHBA_LIFE_DOWN;
}

/* life.c */
extern struct workqueue_struct *ohba_life_wq;
void ohba_life_init(struct ohba_hw *hw);
void ohba_life_watch(struct ohba_hw *hw);
void ohba_life_end(struct ohba_hw *hw);
int ohba_life_setup(void);
void ohba_life_cleanup(void);

/* ring.c */
int ohba_dma_alloc(struct ohba_hw *hw, struct ohba_dma *dma, size_t len);
void ohba_dma_free(struct ohba_hw *hw, struct ohba_dma *dma);
int ohba_pair_alloc(struct ohba_hw *hw, struct ohba_pair *pair,
		    unsigned int qid, u32 sq_size, u32 cq_size);
void ohba_pair_free(struct ohba_pair *pair);
void ohba_pair_reset(struct ohba_pair *pair);
int ohba_sq_push(struct ohba_pair *pair, const struct ohba_sqe *sqe);
unsigned int ohba_sq_stuck(struct ohba_pair *pair);
void ohba_sq_close(struct ohba_pair *pair);
void ohba_sq_open(struct ohba_pair *pair);
bool ohba_phase_new(u8 phase, u32 head, u32 size);
bool ohba_cq_pop(struct ohba_pair *pair, struct ohba_cqe *cqe);
bool ohba_cq_pending(const struct ohba_pair *pair);
void ohba_cq_publish(struct ohba_qctl *ctl, u32 head);
void ohba_cq_arm(struct ohba_qctl *ctl, u32 head);

/* The device answered @cmd, and refused it. */
static inline bool ohba_admin_refused(const struct ohba_admin_cmd *cmd)
{
	return !cmd->error && cmd->status;
}

/* admin.c */
int ohba_admin_alloc(struct ohba_hw *hw);
void ohba_admin_free(struct ohba_hw *hw);
int ohba_admin_setup(struct ohba_hw *hw, struct ohba_admin_cmd *cmd,
		     const char *name);
int ohba_admin_irq_request(struct ohba_hw *hw);
void ohba_admin_irq_free(struct ohba_hw *hw);
void ohba_admin_irq_hold(struct ohba_hw *hw);
void ohba_admin_irq_release(struct ohba_hw *hw);
void ohba_admin_fail_all(struct ohba_hw *hw);
bool ohba_admin_reap(struct ohba_hw *hw);

/* event.c */
int ohba_event_alloc(struct ohba_hw *hw);
void ohba_event_free(struct ohba_hw *hw);
void ohba_event_reset(struct ohba_hw *hw);
bool ohba_event_reap(struct ohba_hw *hw);
bool ohba_event_pending(struct ohba_hw *hw);
void ohba_event_arm(struct ohba_hw *hw);

/* complete.c */
int ohba_complete_start(struct ohba_pair *pair);
void ohba_complete_arm(struct ohba_pair *pair);
void ohba_complete_stop(struct ohba_pair *pair);

/* queue.c */
void ohba_io_free(struct ohba_hw *hw);
void ohba_io_quiesce(struct ohba_hw *hw);
void ohba_io_reset(struct ohba_hw *hw);
int ohba_io_bring_back(struct ohba_hw *hw);
void ohba_io_open(struct ohba_hw *hw);

int ohba_queue_create(struct ohba_pair *pair);

/* link.c */
void ohba_link_event(struct ohba_hw *hw, const struct ohba_event *ev);
int ohba_link_refresh(struct ohba_hw *hw);

/* netdev.c */
int ohba_net_create(struct ohba_hw *hw);
void ohba_net_destroy(struct ohba_hw *hw);
void ohba_net_quiesce(struct ohba_hw *hw);
void ohba_net_silence(struct ohba_hw *hw);
int ohba_net_bring_back(struct ohba_hw *hw);
void ohba_net_link(struct ohba_hw *hw, bool up, u32 speed_mbps);
int ohba_net_ifindex(struct ohba_hw *hw);

/* netframes.c */
void ohba_net_irq(struct ohba_hw *hw);

/* iface.c */
int ohba_iface_bring_back(struct ohba_hw *hw);
int ohba_iface_learn(struct ohba_hw *hw, unsigned int index,
		     const struct ohba_iface_conf *learned,
		     const struct ohba_learned *with);
bool ohba_iface_isns(struct ohba_hw *hw, u8 *addr);
const struct ohba_lease *ohba_iface_lease(struct ohba_hw *hw, unsigned int index);

/* config.c */
int ohba_config_alloc(struct ohba_hw *hw);
void ohba_config_free(struct ohba_hw *hw);

/* targets.c */
int ohba_targets_alloc(struct ohba_hw *hw);
void ohba_targets_free(struct ohba_hw *hw);

/* login_offer.c */
void ohba_login_event(struct ohba_hw *hw, const struct ohba_event *ev);
void ohba_logins_offered(struct ohba_hw *hw);
void ohba_logins_down(struct ohba_hw *hw);
int ohba_logins_init(struct ohba_hw *hw);
void ohba_logins_exit(struct ohba_hw *hw);
int ohba_logins_setup(void);
void ohba_logins_cleanup(void);

/* login_dev.c */
int ohba_login_dev_setup(void);
void ohba_login_dev_cleanup(void);

/* discover.c */
void ohba_discover_init(struct ohba_hw *hw);
void ohba_discover_end(struct ohba_hw *hw);
/* Whether a discovery is past its deadline. */
bool ohba_discover_late(struct ohba_hw *hw);

/* genl_log.c */
void ohba_log_tell_time(struct ohba_hw *hw);
int ohba_genl_log(struct sk_buff *request, struct genl_info *info);
int ohba_genl_log_erase(struct sk_buff *request, struct genl_info *info);

/* genl_flash.c */
int ohba_genl_flash_get(struct sk_buff *request, struct genl_info *info);
int ohba_genl_flash_set(struct sk_buff *request, struct genl_info *info);
int ohba_genl_flash_erase(struct sk_buff *request, struct genl_info *info);

/* genl_discover.c */
int ohba_genl_discover(struct sk_buff *request, struct genl_info *info);
int ohba_genl_discovered(struct sk_buff *request, struct genl_info *info);

/* genl.c */
void ohba_genl_lock_adapters(void);
void ohba_genl_unlock_adapters(void);
struct ohba_hw *ohba_genl_find(struct genl_info *info);
struct ohba_hw *ohba_genl_get(struct genl_info *info);
void ohba_genl_put(struct ohba_hw *hw);
u8 ohba_genl_addr(struct genl_info *info, int which, u8 *addr);
struct sk_buff *ohba_genl_reply(struct genl_info *info, size_t len, u8 cmd,
				void **header);
void ohba_genl_adapter(struct ohba_hw *hw);
void ohba_genl_add(struct ohba_hw *hw);
void ohba_genl_remove(struct ohba_hw *hw);
void ohba_genl_barrier(void);
int ohba_genl_setup(void);
void ohba_genl_cleanup(void);

/* genl_path.c */
void ohba_genl_path_wanted(struct ohba_hw *hw, u8 family, const u8 *dst);
int ohba_genl_path_set(struct sk_buff *request, struct genl_info *info);
void ohba_paths_init(struct ohba_hw *hw);
/* Is the device to have answered one by now? */
bool ohba_paths_late(struct ohba_hw *hw);

/* tagmem.c */
int ohba_tagmem_alloc(struct ohba_hw *hw, u32 num_tags, u32 sense_len);
void ohba_tagmem_free(struct ohba_hw *hw);
struct ohba_sge *ohba_tag_sgl(struct ohba_hw *hw, u32 index, dma_addr_t *addr);

/* sgl.c */
int ohba_sgl_pool_alloc(struct ohba_hw *hw);
void ohba_sgl_pool_free(struct ohba_hw *hw);

/* log.c */
void ohba_log_init(void);
u32 ohba_log_default(void);
int ohba_log_parse(const char *text, u32 *mask, const char **unknown);
void ohba_log_names(char *buf, size_t len, u32 mask);

/* debugfs.c */
void ohba_debugfs_init(void);
void ohba_debugfs_exit(void);
void ohba_debugfs_add(struct ohba_hw *hw);
void ohba_debugfs_remove(struct ohba_hw *hw);

#endif /* OHBA_PRIV_H */

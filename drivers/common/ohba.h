/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ohba.ko offers to the drivers of a class. Everything about registers
 * and rings stays behind it; nothing here knows what a command means.
 */
#ifndef OHBA_H
#define OHBA_H

#include <linux/bits.h>
#include <linux/device.h>
#include <linux/pci.h>
#include <linux/types.h>

#include <ohba_admin.h>
#include <ohba_event.h>
#include <ohba_io.h>
#include <ohba_queue.h>
#include <ohba_regs.h>
#include <ohba_status.h>
#include <ohba_target.h>

struct scatterlist;
struct seq_file;
struct blk_mq_queue_map;

/* Log categories: the same names in every module and on every command line. */
#define OHBA_LOG_CATEGORIES(X) \
	X(INIT, "init") \
	X(ADMIN, "admin") \
	X(CONN, "conn") \
	X(SESSION, "session") \
	X(IO, "io") \
	X(EVENT, "event") \
	X(NET, "net")

enum ohba_log_category {
#define OHBA_LOG_ENUM(id, name) OHBA_LOG_##id,
	OHBA_LOG_CATEGORIES(OHBA_LOG_ENUM)
#undef OHBA_LOG_ENUM
	OHBA_LOG_COUNT
};

/* struct ohba_adapter - the part of an adapter that class drivers may read. */
struct ohba_adapter {
	struct pci_dev *pdev;
	struct device *dev;	/* of @pdev: for DMA and messages */
	u32 log_mask;		/* BIT(enum ohba_log_category) */
};

#define ohba_dbg(adapter, category, fmt, ...)				\
do {									\
	struct ohba_adapter *__a = (adapter);				\
									\
	if (unlikely(READ_ONCE(__a->log_mask) & BIT(OHBA_LOG_##category))) \
		dev_info(__a->dev, #category ": " fmt, ##__VA_ARGS__);	\
} while (0)

/* What the class says about an I/O completion that it was handed. */
enum ohba_verdict {
	OHBA_CQE_STALE,		/* belongs to no command: forged or late */
	OHBA_CQE_LOCAL,		/* done on the CPU that had submitted it */
	OHBA_CQE_REMOTE,	/* done on another CPU */
};

/* A target that a discovery found. */
struct ohba_found {
	struct ohba_discovered at;
	int entry;		/* the class's to say: its index, or why there is none */
	bool is_new;		/* there was none before */
};

/**
 * struct ohba_ops - what a class driver provides
 * @class:	enum ohba_class that it drives
 * @io_done:	an I/O completion. @cqe is a private copy of the ring's entry.
 *		Softirq context, or process context with preemption off.
 * @event:	an event that concerns the class. @ev is a private copy. Thread
 *		context, in order with the done callbacks of admin commands.
 * @down:	the adapter stopped; ohba_is_dead() says whether for good. No
 *		completion, callback or DMA follows of what was outstanding,
 *		which must be failed now. Process context; may not wait for
 *		admin commands nor call ohba_kill(). Only between
 *		ohba_io_start() and ohba_destroy().
 * @dead:	it stopped for good, though nobody wanted it, and is down. As @down.
 * @up:		it was started again, and knows of no connection. As @down.
 * @discovered:	ohba_discover() found these, which were checked, and entries are to be
 *		made of them. Process context, until ohba_destroy() returns; may
 *		wait for admin commands.
 * @kept_begin: somebody else is about to change one record that the adapter keeps: the class
 *		changes none before @kept_end. As @discovered; both may be NULL.
 * @kept_end:	it was tried; @is_target: with entry @index of the table of targets.
 * @kept_changed: the adapter was asked to erase all of it. As @discovered; may be NULL.
 */
struct ohba_ops {
	u32 class;
	enum ohba_verdict (*io_done)(void *priv, const struct ohba_cqe *cqe);
	void (*event)(void *priv, const struct ohba_event *ev);
	void (*down)(void *priv);
	void (*dead)(void *priv);
	void (*up)(void *priv);
	void (*discovered)(void *priv, struct ohba_found *found, u32 n);
	void (*kept_begin)(void *priv);
	void (*kept_end)(void *priv, bool is_target, u32 index);
	void (*kept_changed)(void *priv);
};

/* struct ohba_info - struct ohba_identify in host order, bounds checked. */
struct ohba_info {
	char model[33];
	char serial[33];
	char fw_version[33];
	u8 mac[6];
	u32 max_conns;
	u32 max_tags;
	u32 max_sge;
	u32 max_data_len;
	u32 max_recv_dsl;
	u32 max_burst;
	u16 max_r2t;
	u16 max_cdb_len;
	u32 max_targets;	/* 0: it has no sessions by itself */
	u32 max_accounts;
	u32 lost_records;	/* of what it kept, when power came */
};

struct ohba_adapter *ohba_create(struct pci_dev *pdev,
				 const struct ohba_ops *ops, void *priv);
void ohba_destroy(struct ohba_adapter *adapter);
void ohba_shutdown(struct ohba_adapter *adapter);
const struct ohba_info *ohba_info(struct ohba_adapter *adapter);

void ohba_fail(struct ohba_adapter *adapter, const char *why);
void ohba_kill(struct ohba_adapter *adapter, const char *why);
void ohba_end(struct ohba_adapter *adapter, const char *why);
/* What may keep an adapter down for a while; they may overlap. */
enum ohba_holder {
	OHBA_HOLD_RESET,	/* a reset of the PCI function */
	OHBA_HOLD_ERROR,	/* recovery from a PCI error */
	OHBA_HOLD_SLEEP,	/* of the system */
	OHBA_HOLD_EH,		/* a reset that the SCSI layer asks for */
};

void ohba_hold(struct ohba_adapter *adapter, enum ohba_holder holder,
	       const char *why);
void ohba_release(struct ohba_adapter *adapter, enum ohba_holder holder);
bool ohba_pci_restore(struct ohba_adapter *adapter);
void ohba_wait_down(struct ohba_adapter *adapter);
bool ohba_is_dead(struct ohba_adapter *adapter);
bool ohba_is_present(struct ohba_adapter *adapter);

/**
 * struct ohba_admin_cmd - one admin command, in memory of its issuer
 * @sqe:	the command; the tag is filled in by ohba_admin_submit()
 * @done:	called exactly once for each successful submit, in thread
 *		context, when no DMA of the command can follow
 * @error:	0, or -ENODEV if the adapter stopped before it answered. Then
 *		@status is OHBA_ST_ABORTED.
 * @busy:	submitted and not yet done
 *
 * The memory, and that which @sqe points to, must stay until @done.
 */
struct ohba_admin_cmd {
	struct ohba_sqe sqe;
	void (*done)(struct ohba_admin_cmd *cmd);
	int error;
	u16 status;
	u8 response;
	u32 result;
	bool busy;
};

void ohba_kill_over(struct ohba_adapter *adapter,
		    const struct ohba_admin_cmd *cmd, const char *why);
int ohba_admin_submit(struct ohba_adapter *adapter, struct ohba_admin_cmd *cmd);
int ohba_admin_exec(struct ohba_adapter *adapter, struct ohba_admin_cmd *cmd,
		    unsigned int timeout_ms);
unsigned int ohba_admin_depth(struct ohba_adapter *adapter);
void ohba_admin_data(struct ohba_admin_cmd *cmd, dma_addr_t addr, u32 len);

/* Longest wait for an admin command that needs nothing from the network. */
#define OHBA_ADMIN_TIMEOUT_MS	10000

#define OHBA_SGL_MAX	2048	/* elements of a command: those of a whole 8 MiB */

/**
 * struct ohba_io_config - what the class wants of the data path
 * @num_tags:	commands outstanding at once, 1..ohba_info.max_tags
 * @sense_len:	bytes of sense data it can use
 * @poll_queues: queues beyond the per-CPU ones that never interrupt
 */
struct ohba_io_config {
	u32 num_tags;
	u32 sense_len;
	unsigned int poll_queues;
};

int ohba_io_start(struct ohba_adapter *adapter,
		  const struct ohba_io_config *config);
unsigned int ohba_io_queues(struct ohba_adapter *adapter);
unsigned int ohba_io_poll_queues(struct ohba_adapter *adapter);
void ohba_io_map_queues(struct ohba_adapter *adapter,
			struct blk_mq_queue_map *map);
int ohba_io_submit(struct ohba_adapter *adapter, unsigned int hwq,
		   const struct ohba_sqe *sqe);
int ohba_io_poll(struct ohba_adapter *adapter, unsigned int hwq);
void ohba_io_poll_all(struct ohba_adapter *adapter);
u64 ohba_io_completed(struct ohba_adapter *adapter);

const u8 *ohba_tag_sense(struct ohba_adapter *adapter, u32 index, u32 *len);
int ohba_tag_put_sgl(struct ohba_adapter *adapter, u32 index,
		     struct scatterlist *sg, unsigned int n,
		     struct ohba_sqe *sqe);
void ohba_tag_put_back_sgl(struct ohba_adapter *adapter, u32 index);
u8 *ohba_tag_cdb_ext(struct ohba_adapter *adapter, u32 index, dma_addr_t *addr);

#define OHBA_CDB_EXT_MAX	16	/* bytes per tag at ohba_tag_cdb_ext() */

/**
 * struct ohba_iface_conf - an address of the adapter's
 * @family:	enum ohba_family, 0: none
 * @prefix:	bits of @addr that its network shares
 * @dhcp:	the helper gets @addr, @prefix and @gateway, of IPv4; until then @family is 0
 * @autocfg6:	enum ohba_genl_autocfg6: if not NONE, the same of IPv6
 * @own_gateway: @gateway stays, whatever the helper gets
 * @tci:	VLAN id and priority (IEEE 802.1Q), 0: untagged
 * @mtu:	of its connections, bytes, 0: the port's
 * @net_mtu:	the same, as the helper learned it: the smaller one counts
 * @addr:	network byte order; IPv4 in the first four, the rest zero
 * @gateway:	as @addr, all zero: none
 * @generation:	ohba_iface_set()'s to give
 */
struct ohba_iface_conf {
	u8 family;
	u8 prefix;
	bool dhcp;
	u8 autocfg6;
	bool own_gateway;
	u16 tci;
	u16 mtu;
	u16 net_mtu;
	u8 addr[16];
	u8 gateway[16];
	u32 generation;
};

bool ohba_has_wire(struct ohba_adapter *adapter);
int ohba_iface_set(struct ohba_adapter *adapter, unsigned int index,
		   const struct ohba_iface_conf *conf);
void ohba_iface_get(struct ohba_adapter *adapter, unsigned int index,
		    struct ohba_iface_conf *conf);
int ohba_config_get(struct ohba_adapter *adapter, struct ohba_config *config);
int ohba_config_set(struct ohba_adapter *adapter,
		    const struct ohba_config *config);
int ohba_target_get(struct ohba_adapter *adapter, u32 index,
		    struct ohba_target *target);
int ohba_target_set(struct ohba_adapter *adapter, u32 index,
		    const struct ohba_target *target);
int ohba_target_delete(struct ohba_adapter *adapter, u32 index);
int ohba_target_list(struct ohba_adapter *adapter, struct ohba_target_list *list);
int ohba_account_get(struct ohba_adapter *adapter, u32 index, bool secret,
		     struct ohba_account *account);
void ohba_tell_secrets(struct ohba_adapter *adapter);
int ohba_account_set(struct ohba_adapter *adapter, u32 index,
		     const struct ohba_account *account);
int ohba_account_delete(struct ohba_adapter *adapter, u32 index);
int ohba_initiator_get(struct ohba_adapter *adapter, bool kept,
		       struct ohba_initiator *initiator);
int ohba_initiator_set(struct ohba_adapter *adapter,
		       const struct ohba_initiator *initiator);
int ohba_discover(struct ohba_adapter *adapter, const struct ohba_discover *asked,
		  bool add, u32 *id);
int ohba_adapter_stats(struct ohba_adapter *adapter,
		       struct ohba_adapter_stats *stats);
int ohba_link_ask(struct ohba_adapter *adapter,
		  void (*told)(void *arg, bool up, u32 speed_mbps), void *arg);

/* Of a map of struct ohba_target_list. */
static inline bool ohba_is_listed(const u8 *map, u32 index)
{
	return map[index / 8] & BIT(index % 8);
}

const char *ohba_status_name(unsigned int status);
const char *ohba_status_meaning(unsigned int status);
const char *ohba_status_remedy(unsigned int status);
int ohba_status_errno(unsigned int status);
const char *ohba_login_status_name(u8 class, u8 detail);
bool ohba_is_line(const u8 *text, size_t size);
bool ohba_is_name(const u8 *text, size_t size);
void ohba_clean_words(u8 *words, size_t len);

#endif /* OHBA_H */

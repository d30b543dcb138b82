/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of ohba_fw.ko share: adapters, endpoints, sessions, commands. */
#ifndef OHBA_HBA_H
#define OHBA_HBA_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/mempool.h>
#include <linux/mutex.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <scsi/libiscsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_transport_iscsi.h>

#include "compat.h"
#include "flashnode.h"
#include "states.h"

#define HBA_MGMT_TASKS		32	/* of libiscsi per session: no SCSI among them */
#define HBA_CAN_QUEUE_MIN	HBA_MGMT_TASKS	/* iscsi_session_setup() insists */
#define HBA_RECV_BUFS		2	/* PDU_RECV posted per connection */
#define HBA_RECV_LEN		ALIGN(OHBA_PDU_RECV_MIN, 64)
#define HBA_CLOSE_TIMEOUT_MS	15000
#define HBA_DRAIN_TIMEOUT_MS	5000

/*
 * One per blk-mq tag. @live is HBA_LIVE | generation while the device owns the
 * command and 0 otherwise; whoever moves it to 0 completes the command.
 */
struct hba_slot {
	atomic_t live;
	u16 gen;
	u16 cpu;			/* that submitted */
	struct scsi_cmnd *sc;
	const struct hba_session *session;	/* for comparing only */
};

#define HBA_LIVE	0x10000

#define HBA_IFACES	(OHBA_IFACES_MAX / 2)	/* of each kind */

/*
 * A parameter of ifaces. set NULL: read-only, and without a name; len: of its value,
 * bytes; check NULL: any value will do; name: after "iface." in iscsiadm's records.
 */
struct hba_iface_row {
	u16 param;			/* enum iscsi_net_param */
	u8 of;				/* HBA_V4, HBA_V6 */
	u8 len;
	void (*set)(struct ohba_iface_config *iface, const u8 *value);
	ssize_t (*show)(const struct ohba_iface_config *iface, char *buf);
	bool (*check)(const u8 *value);
	const char *name;
	const char *valid;		/* what check() wants, to be read after "must be" */
};

enum { HBA_V4 = BIT(0), HBA_V6 = BIT(1), HBA_BOTH = HBA_V4 | HBA_V6 };

/* An echo request under way. */
struct hba_ping {
	struct ohba_admin_cmd cmd;
	struct hba *hba;
	struct work_struct work;
	struct delayed_work limit;
	unsigned long deadline;		/* jiffies */
	u32 pid;			/* iscsiadm's name for it */
	atomic_t told;			/* how it ended; 1 while it is not @busy */
	bool busy;
};

struct hba {
	struct ohba_adapter *adapter;
	struct Scsi_Host *shost;
	struct hba_slot *slots;
	u32 num_tags;

	atomic_t waiters;		/* on wait, for commands to complete */
	wait_queue_head_t wait;

	mempool_t *ep_pool;		/* ep_mem.c */
	spinlock_t ep_lock;		/* from eps to eh_closed, but for ep_list */
	struct hba_ep **eps;		/* by connection id */
	u32 max_eps;
	u32 cookie_seq;
	struct list_head ep_list;	/* published; hba_ep_ref_lock (endpoint.c) */
	unsigned int ep_count;		/* structures that exist */
	bool removing;			/* no more of them */
	bool down;			/* no more of them for a while */
	unsigned int eh_users;		/* in error handlers */
	bool eh_closed;			/* no more of them */

	struct mutex iface_mutex;	/* config_read, ifaces_gone, changes of config */
	/* The first half are of IPv4, each with its family. To look at it: net_lock. */
	struct ohba_config config;
	bool config_read;		/* it is the adapter's */
	bool ifaces_gone;		/* the adapter is not asked any more */
	struct work_struct ifaces_up;	/* the adapter was started again */
	struct iscsi_iface *iface4, *iface6;	/* what sysfs shows */
	struct hba_ping pings[OHBA_PINGS_MAX];
	struct hba_targets *targets;	/* NULL: it has no sessions by itself */

	struct mutex initiator_mutex;	/* read-modify-write of the initiator record */

	struct mutex flash_mutex;	/* changes of flashnodes; flash_open, flash_gone */
	spinlock_t flash_lock;		/* to look at flashnodes, and to change them */
	struct hba_flashnode **flashnodes;	/* by target index; NULL: none */
	struct hba_flash_index flash_index;	/* flash_mutex */
	bool flash_open;		/* the class knows the host */
	bool flash_gone;		/* the adapter is not asked any more */
	struct delayed_work flash_load;	/* the adapter was started */
	atomic_t flash_starts;		/* times that the adapter was started */
	int flash_known;		/* of which the table was read whole last; -1: never */

	spinlock_t net_lock;		/* local, config */
	struct sockaddr_storage local;	/* of the latest connection */
};

enum hba_ep_state {
	HBA_EP_CONNECTING,	/* CONN_OPEN is outstanding */
	HBA_EP_RAW,		/* TCP is up, login PDUs pass through */
	HBA_EP_FULL,		/* SESSION_START succeeded */
	HBA_EP_FAILED,		/* CONN_OPEN failed: the id is free */
	HBA_EP_LOST,		/* TCP is gone, the id waits for CONN_CLOSE */
	HBA_EP_CLOSING,		/* CONN_CLOSE is outstanding */
	HBA_EP_CLOSED,		/* nothing is left at the device */
	HBA_EP_STATES
};

enum hba_ep_event {
	HBA_EP_EV_OPENED,
	HBA_EP_EV_REFUSED,	/* CONN_OPEN failed */
	HBA_EP_EV_START,
	HBA_EP_EV_LOST,
	HBA_EP_EV_CLOSE,
	HBA_EP_EV_CLOSED,	/* CONN_CLOSE is answered, or the adapter is down */
	HBA_EP_EVENTS
};

/* Has the answer that is next waited for the class's reply to its request? */
enum hba_pass {
	HBA_PASS_NONE,
	HBA_PASS_UNDER_WAY,
	HBA_PASS_DONE,
};

struct hba_recv {
	struct ohba_admin_cmd cmd;
	struct list_head node;		/* ep->recv_list, once filled */
	struct hba_ep *ep;
	struct iscsi_hdr hdr;		/* copy of its beginning */
	void *buf;
	dma_addr_t addr;
};

/* Data of admin commands of one connection, in coherent memory. */
struct hba_ep_data {
	struct ohba_session_params params;
	struct ohba_conn_stats stats;
	struct ohba_conn_info info;
	u8 recv[HBA_RECV_BUFS][HBA_RECV_LEN];
};

/* An endpoint: a TCP connection of the adapter, from ep_connect on. */
struct hba_ep {
	struct kref ref;
	struct hba *hba;
	struct list_head node;		/* hba->ep_list */
	struct iscsi_endpoint *iep;
	u32 cid;
	u64 cookie;
	struct sockaddr_storage dst;

	spinlock_t lock;		/* state, gone */
	u8 state;			/* enum hba_ep_state: hba_ep_move() */
	bool gone;			/* the restarted adapter does not know it */
	u16 reason;			/* enum ohba_status, when FAILED or LOST */
	bool abort;			/* close with RST */

	struct ohba_admin_cmd open;	/* holds a reference until answered */
	struct completion opened;
	struct mutex close_lock;	/* one hba_ep_close() at a time */
	struct ohba_admin_cmd close;
	struct completion closed;
	atomic_t outstanding;		/* commands other than @close */

	struct hba_ep_data *data;
	dma_addr_t data_addr;
	struct hba_recv recv[HBA_RECV_BUFS];
	spinlock_t recv_lock;		/* recv_list, recv_err, pass */
	struct list_head recv_list;	/* filled, oldest first */
	int recv_err;			/* enum iscsi_err: tell it after those */
	struct work_struct recv_work;	/* holds a reference while queued */
	enum hba_pass pass;		/* recv_lock */
	struct work_struct pass_work;	/* the same */

	/*
	 * Set by bind_conn, before any PDU can arrive for it. Cleared when the
	 * connection is closed, after which the admin thread does not look; the
	 * worker does so under the lock.
	 */
	struct mutex conn_lock;
	struct iscsi_conn *conn;

	/* From the last login PDUs; the worker, then start_conn. */
	u32 login_statsn;
	u32 login_max_cmdsn;
	bool login_seen;
	bool discovery;
	bool logging_out;		/* a Logout Request was sent */
};

/* libiscsi's connection, our part. */
struct hba_conn {
	struct hba_ep *ep;		/* holds a reference; cls_conn->ep_mutex */
	u64 iep_handle;			/* of the class's, bound last; may be gone */
	unsigned int ping_s;		/* PING_TMO: wait for a NOP-In */
	unsigned int recv_s;		/* RECV_TMO: idle time before a NOP-Out */
};

/* Whether commands may go to the device: hba_session_move(). */
enum hba_session_state {
	HBA_SESSION_OUT,
	HBA_SESSION_READY,
	HBA_SESSION_STALLED,	/* no new ones; those of before go on */
	HBA_SESSION_STATES
};

enum hba_session_event {
	HBA_SESSION_EV_START,
	HBA_SESSION_EV_STALL,	/* a logout, or news of the session that may be its end */
	HBA_SESSION_EV_LOST,	/* its connection */
	HBA_SESSION_EV_CLOSE,	/* of its connection */
	HBA_SESSION_EV_UNBIND,	/* by the class */
	HBA_SESSION_EV_REFUSED,	/* by libiscsi, which does not start it */
	HBA_SESSION_EV_EH,	/* error handling gave up */
	HBA_SESSION_EV_DOWN,	/* the adapter */
	HBA_SESSION_EV_END,	/* of the session itself */
	HBA_SESSION_EVENTS
};

/* libiscsi's session, our part. */
struct hba_session {
	struct hba *hba;
	struct iscsi_session *iscsi;
	struct hba_target *target;	/* NULL: the daemon's */
	bool has_conn;			/* the class's lock */
	u32 cid;			/* of its connection, the class's name for it */
	u8 state;			/* enum hba_session_state; read anywhere */
	bool ending;			/* @target's: its destruction is its owner's will */
	u32 handle;			/* valid while READY */
	u16 queue_depth;
	bool data_digest;

	spinlock_t lock;		/* changes of state, ep, tmf_ep, tmf_active */
	struct hba_ep *ep;		/* the daemon's: holds a reference unless OUT */

	struct mutex tmf_lock;		/* one task management function at a time */
	struct ohba_admin_cmd tmf;
	struct hba_ep *tmf_ep;		/* @ep's reference while @tmf_active */
	bool tmf_active;
	struct completion tmf_done;
};

/* Private data of a management task: its PDU on the way out. */
struct hba_pdu {
	struct ohba_admin_cmd cmd;
	struct iscsi_task *task;
	struct hba_ep *ep;		/* holds a reference while sending */
	dma_addr_t addr;
	u32 len;
	bool sending;			/* session back_lock */
	struct iscsi_hdr bhs;
};

/* Private data of a SCSI command. */
struct hba_cmd {
	u32 tag;			/* of the latest submission */
	u32 waited_for;			/* tag that was past its time, and had ended */
};

static inline struct hba *hba_of(struct Scsi_Host *shost)
{
	return iscsi_host_priv(shost);
}

static inline bool hba_session_is_ready(const struct hba_session *session)
{
	return READ_ONCE(session->state) == HBA_SESSION_READY;
}

static inline struct hba_session *hba_session_of(struct iscsi_cls_session *cls)
{
	struct iscsi_session *session = cls->dd_data;

	return session->dd_data;
}

static inline struct hba_conn *hba_conn_of(struct iscsi_cls_conn *cls)
{
	struct iscsi_conn *conn = cls->dd_data;

	return conn->dd_data;
}

/* No PDU from there concerns its owner any more. */
static inline bool hba_ep_closed(const struct hba_ep *ep)
{
	return READ_ONCE(ep->state) >= HBA_EP_CLOSING;
}

/* ep_states.c */
extern const struct ohba_machine hba_ep_machine;
bool hba_ep_move(struct hba_ep *ep, enum hba_ep_event event);

/* main.c */
extern struct iscsi_transport hba_transport;
extern struct scsi_transport_template *hba_scsi_transport;

/* A request names a transport and a host, and the class does not look if they belong together. */
static inline bool hba_owns(const struct Scsi_Host *shost)
{
	return shost->transportt == hba_scsi_transport;
}

/* host.c */
void hba_host_set_name(const char *name);
struct Scsi_Host *hba_host_alloc(void);
int hba_host_limits(struct hba *hba, u32 can_queue);
int hba_get_host_param(struct Scsi_Host *shost, enum iscsi_host_param param,
		       char *buf);
int hba_set_host_param(struct Scsi_Host *shost, enum iscsi_host_param param,
		       char *buf, int len);
void hba_port_refresh(struct hba *hba);
void hba_link_event(struct hba *hba, bool up, u32 speed_mbps);

/* io.c */
int hba_queuecommand(struct Scsi_Host *shost, struct scsi_cmnd *sc);
enum ohba_verdict hba_io_done(void *priv, const struct ohba_cqe *cqe);
void hba_io_fail_all(struct hba *hba);
bool hba_tag_live(struct hba *hba, u32 tag);

/* eh.c */
bool hba_drain(struct hba *hba, const struct hba_session *session,
	       const struct scsi_device *sdev);
void hba_tmf_done(struct ohba_admin_cmd *cmd);
bool hba_tmf_await(struct hba_session *session, unsigned int timeout_ms);
OHBA_EH_ACTION hba_eh_timed_out(struct scsi_cmnd *sc);
int hba_eh_abort(struct scsi_cmnd *sc);
int hba_eh_device_reset(struct scsi_cmnd *sc);
int hba_eh_target_reset(struct scsi_cmnd *sc);
int hba_eh_host_reset(struct scsi_cmnd *sc);
void hba_eh_close(struct hba *hba);

/* endpoint.c */
struct iscsi_endpoint *hba_ep_connect(struct Scsi_Host *shost,
				      struct sockaddr *dst, int non_blocking);
int hba_ep_poll(struct iscsi_endpoint *iep, int timeout_ms);
void hba_ep_disconnect(struct iscsi_endpoint *iep);
void hba_ep_remove_all(struct hba *hba);
struct hba_ep *hba_ep_get(struct iscsi_endpoint *iep);
void hba_ep_put(struct hba_ep *ep);
int hba_ep_submit(struct hba_ep *ep, struct ohba_admin_cmd *cmd);
void hba_ep_answered(struct hba_ep *ep);
void hba_ep_close(struct hba_ep *ep);
void hba_ep_lose_all(struct hba *hba);
void hba_ep_allow(struct hba *hba);
void hba_ep_lost(struct hba *hba, const struct ohba_event *ev);

/* class.c */
int hba_class_setup(void);
void hba_class_cleanup(void);
int hba_class_barrier(void);
int hba_class_ask(const struct iscsi_uevent *ev);

/* farewell.c */
void hba_class_wait(void);
void hba_farewell(struct hba *hba);

/* ep_mem.c */
int hba_ep_mem_create(struct hba *hba);
void hba_ep_mem_destroy(struct hba *hba);
struct hba_ep *hba_ep_mem_get(struct hba *hba);
void hba_ep_mem_put(struct hba_ep *ep);

/* pdu.c */
int hba_send_pdu(struct iscsi_cls_conn *cls, struct iscsi_hdr *hdr, char *data,
		 u32 len);
int hba_alloc_pdu(struct iscsi_task *task, u8 opcode);
int hba_xmit_task(struct iscsi_task *task);
void hba_cleanup_task(struct iscsi_task *task);

/* recv.c */
int hba_recv_setup(void);
void hba_recv_cleanup(void);
int hba_recv_post(struct hba_recv *recv);
void hba_recv_init(struct hba_ep *ep);
void hba_recv_kick(struct hba_ep *ep);
void hba_recv_fail(struct hba_ep *ep, int err);

/* session_states.c */
extern const struct ohba_machine hba_session_machine;
void hba_session_ready(struct hba_session *session, struct hba_ep *ep, u32 handle);
void hba_session_stall(struct hba_session *session);
void hba_session_unready(struct hba_session *session, enum hba_session_event event);

/* session.c */
struct iscsi_cls_session *hba_create_session(struct iscsi_endpoint *iep,
					     u16 cmds_max, u16 queue_depth,
					     u32 initial_cmdsn);
void hba_destroy_session(struct iscsi_cls_session *cls);
struct iscsi_cls_conn *hba_create_conn(struct iscsi_cls_session *cls, u32 cid);
void hba_destroy_conn(struct iscsi_cls_conn *cls);
int hba_bind_conn(struct iscsi_cls_session *cls_session,
		  struct iscsi_cls_conn *cls_conn, u64 handle, int is_leading);
void hba_unbind_conn(struct iscsi_cls_conn *cls, bool is_active);
int hba_start_conn(struct iscsi_cls_conn *cls);
void hba_stop_conn(struct iscsi_cls_conn *cls, int flag);
void hba_recovery_timedout(struct iscsi_cls_session *cls);
void hba_session_give_up(struct iscsi_cls_session *cls);
void hba_session_leave(struct iscsi_cls_session *cls);
void hba_session_stop(struct hba_session *session, struct iscsi_cls_conn *cls,
		      int flag);
void hba_session_init(struct hba_session *session, struct hba *hba,
		      struct iscsi_session *iscsi, u16 queue_depth);

/* target.c, targets.c */
int hba_target_login(struct hba *hba, u32 index);
int hba_target_logout(struct hba *hba, u32 index);
/* Seconds, 0: never. */
#define HBA_DEV_LOSS_VALID	"1 to 2073600 seconds, or 0 or -1: never"
int hba_parse_dev_loss_tmo(const char *text, int *seconds);
/* What the entry says now, for the session that there is. */
void hba_target_set_dev_loss(struct hba *hba, u32 index, u32 dev_loss_s);
/* The adapter keeps another entry, which its session may go by at once. */
void hba_target_changed(struct hba *hba, u32 index, const struct ohba_target *entry);
/* A hint: it comes and goes as it likes. */
bool hba_target_is_up(struct hba *hba, u32 index);
int hba_session_target(const struct hba_session *session);
void hba_target_event(struct hba *hba, const struct ohba_event *ev);
void hba_targets_down(struct hba *hba);
void hba_targets_up(struct hba *hba);
void hba_target_fail(struct hba_session *session);
bool hba_target_is_failing(const struct hba_target *target);
bool hba_target_is_going(struct hba_target *target);
void hba_target_timed_out(struct hba_target *target);
int hba_targets_alloc(struct hba *hba);
void hba_targets_free(struct hba *hba);
void hba_targets_start(struct hba *hba);
void hba_targets_stop(struct hba *hba);

/* target_ask.c */
int hba_target_ask_stats(struct hba_target *target, struct ohba_conn_stats *stats);
int hba_target_ask_state_of(struct hba *hba, u32 index, struct ohba_target_state *state);

/* target_session.c */
ssize_t hba_target_initiator(struct hba_target *target, const struct iscsi_session *iscsi,
			     char *buf);
int hba_target_conn_param(struct hba_target *target, enum iscsi_param param,
			  char *buf);
void hba_target_destroy(struct iscsi_cls_session *cls);

/* iface.c */
int hba_set_iface_param(struct Scsi_Host *shost, void *data, u32 len);
int hba_get_iface_param(struct iscsi_iface *cls, enum iscsi_param_type type,
			int param, char *buf);
void hba_ifaces_init(struct hba *hba);
void hba_ifaces_start(struct hba *hba);
void hba_ifaces_create(struct hba *hba);
void hba_ifaces_destroy(struct hba *hba);
void hba_ifaces_flush(struct hba *hba);		/* after ohba_destroy() */

/* ping.c */
int hba_send_ping(struct Scsi_Host *shost, u32 iface_num, u32 iface_type, u32 len,
		  u32 pid, struct sockaddr *dst);
void hba_pings_init(struct hba *hba);
void hba_pings_flush(struct hba *hba);

/* initiator.c */
extern const struct attribute_group hba_initiator_group;

/* discover.c */
int hba_tgt_dscvr(struct Scsi_Host *shost, enum iscsi_tgt_dscvr type, u32 enable,
		  struct sockaddr *dst);
void hba_discovered(void *priv, struct ohba_found *found, u32 n);

/* iface_params.c */
const struct hba_iface_row *hba_iface_row(bool v6, int param);
umode_t hba_iface_attr(int param);
bool hba_is_link_local(const u8 *addr);

/* params.c */
int hba_set_param(struct iscsi_cls_conn *cls, enum iscsi_param param, char *buf,
		  int len);
int hba_get_session_param(struct iscsi_cls_session *cls, enum iscsi_param param,
			  char *buf);
int hba_get_conn_param(struct iscsi_cls_conn *cls, enum iscsi_param param,
		       char *buf);
int hba_get_ep_param(struct iscsi_endpoint *iep, enum iscsi_param param,
		     char *buf);
umode_t hba_attr_is_visible(int type, int param);
int hba_get_host_stats(struct Scsi_Host *shost, char *buf, int len);
void hba_get_stats(struct iscsi_cls_conn *cls, struct iscsi_stats *stats);

#endif /* OHBA_HBA_H */

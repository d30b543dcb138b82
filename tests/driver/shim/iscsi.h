/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libiscsi and the iSCSI transport class: names as there, and as much behaviour as
 * the driver can tell from the real ones. Numbers are RFC 7143's.
 */
#ifndef SHIM_ISCSI_H
#define SHIM_ISCSI_H

#include "scsi.h"

/* --- RFC 7143 ---------------------------------------------------------------- */

struct iscsi_hdr {
	u8 opcode, flags, rsvd2[2], hlength, dlength[3];
	struct scsi_lun lun;
	itt_t itt;
	u8 ttt[4], statsn[4], exp_statsn[4], max_statsn[4], other[12];
};

struct iscsi_login_rsp {
	u8 opcode, flags, max_version, active_version, hlength, dlength[3], isid[6];
	u16 tsih;
	itt_t itt;
	u32 rsvd3, statsn, exp_cmdsn, max_cmdsn;
	u8 status_class, status_detail, rsvd4[10];
};

_Static_assert(sizeof(struct iscsi_hdr) == 48, "BHS");
_Static_assert(sizeof(struct iscsi_login_rsp) == 48, "BHS");

#define RESERVED_ITT		0xffffffffu
#define ISCSI_OPCODE_MASK	0x3f
enum {
	ISCSI_OP_NOOP_OUT = 0x00, ISCSI_OP_LOGIN = 0x03, ISCSI_OP_TEXT = 0x04,
	ISCSI_OP_LOGOUT = 0x06, ISCSI_OP_NOOP_IN = 0x20, ISCSI_OP_LOGIN_RSP = 0x23,
	ISCSI_OP_TEXT_RSP = 0x24, ISCSI_OP_LOGOUT_RSP = 0x26, ISCSI_OP_ASYNC_EVENT = 0x32,
	ISCSI_OP_REJECT = 0x3f,
};
enum { ISCSI_TMF_RSP_COMPLETE, ISCSI_TMF_RSP_NO_TASK, ISCSI_TMF_RSP_REJECTED = 255 };
#define ISCSI_DEF_MAX_RECV_SEG_LEN	8192
#define ntoh24(p)		((u32)(p)[0] << 16 | (p)[1] << 8 | (p)[2])
#define iscsi_padded(n)		(((n) + 3) & ~3u)

/* --- libiscsi ------------------------------------------------------------------ */

enum iscsi_err {
	ISCSI_OK = 0, ISCSI_ERR_BAD_OPCODE = 1005, ISCSI_ERR_PROTO = 1008,
	ISCSI_ERR_BAD_ITT = 1010, ISCSI_ERR_CONN_FAILED = 1011, ISCSI_ERR_INVALID_HOST = 1018,
	ISCSI_ERR_SCSI_EH_SESSION_RST = 1021,
};

enum {
	ISCSI_STATE_FREE = 1, ISCSI_STATE_LOGGED_IN, ISCSI_STATE_FAILED, ISCSI_STATE_TERMINATE,
	ISCSI_STATE_IN_RECOVERY, ISCSI_STATE_RECOVERY_FAILED, ISCSI_STATE_LOGGING_OUT,
};

enum { ISCSI_TASK_FREE, ISCSI_TASK_COMPLETED, ISCSI_TASK_PENDING, ISCSI_TASK_RUNNING };
enum { STOP_CONN_TERM = 1, STOP_CONN_RECOVER = 3 };
#define ISCSI_MAX_TARGET	-1

struct iscsi_task {
	struct iscsi_hdr *hdr;
	unsigned short hdr_max;
	itt_t itt;
	char *data;
	unsigned int data_count;
	struct iscsi_conn *conn;
	int state;
	refcount_t refcount;
	void *dd_data;
};

struct iscsi_conn {
	struct iscsi_cls_conn *cls_conn;
	void *dd_data;
	struct iscsi_session *session;
	unsigned int max_recv_dlength, max_xmit_dlength;
	int stop_stage;
	int hdrdgst_en, datadgst_en;
};

struct iscsi_session {
	char *targetname, *initiatorname;
	int tpgt, pdu_inorder_en, dataseq_inorder_en;
	u8 isid[6];
	struct iscsi_cls_session *cls_session;
	struct iscsi_transport *tt;
	void *dd_data;
	struct iscsi_conn *leadconn;	/* once it was bound */
	struct iscsi_conn *conn;
	spinlock_t frwd_lock, back_lock;
	unsigned long answered;		/* back_lock's count when the last answer came */
	wait_queue_head_t ehwait;
	int state;
	u32 cmdsn;
	unsigned int max_burst, first_burst;
	unsigned short max_r2t;
	int initial_r2t_en, imm_data_en, discovery_sess;
	int abort_timeout, lu_reset_timeout, tgt_reset_timeout;
	struct iscsi_task *tasks;
	unsigned int ntasks;
};

struct iscsi_cls_session {
	void *dd_data;
	struct iscsi_transport *transport;
	spinlock_t lock;
	u32 sid;
	enum { ISCSI_SESSION_FREE, ISCSI_SESSION_LOGGED_IN, ISCSI_SESSION_FAILED } state;
	int recovery_tmo;
	int creator;			/* -1: the kernel; else tests play what comes late */
	unsigned int target_id;
	struct workqueue_struct *workq;
	struct work_struct block_work, unbind_work, scan_work;
	struct delayed_work recovery_work;
	unsigned int scans;
	bool devices;			/* a scan found some */
	struct Scsi_Host *shost;
	struct device dev;
	struct scsi_target target;
	struct iscsi_cls_session *next;
	unsigned int refs;
	bool listed;			/* requests find it */
	struct work_struct destroy_work;
};

struct iscsi_cls_conn {
	void *dd_data;
	u32 cid;
	enum { ISCSI_CONN_UP, ISCSI_CONN_DOWN, ISCSI_CONN_FAILED } state;
	struct mutex ep_mutex;
	struct iscsi_endpoint *ep;
	struct iscsi_cls_session *session;
	bool bound;			/* an error is to be cleaned up */
	bool cleanup;			/* and is being */
	wait_queue_head_t cleaned;
};

struct iscsi_endpoint {
	void *dd_data;
	u64 id;
	unsigned int refs;
	struct iscsi_cls_conn *conn;	/* it was bound to; the class never clears it */
};

struct iscsi_host {
	char *initiatorname;
	spinlock_t lock;
	int num_sessions;		/* that are not gone wholly */
	wait_queue_head_t session_removal_wq;
};
struct iscsi_cls_host { u32 port_state, port_speed; struct mutex mutex; };
enum { ISCSI_PORT_STATE_DOWN = 1, ISCSI_PORT_STATE_UP };
enum {
	ISCSI_PORT_SPEED_UNKNOWN, ISCSI_PORT_SPEED_10MBPS, ISCSI_PORT_SPEED_100MBPS,
	ISCSI_PORT_SPEED_1GBPS, ISCSI_PORT_SPEED_10GBPS, ISCSI_PORT_SPEED_25GBPS,
	ISCSI_PORT_SPEED_40GBPS,
};

enum iscsi_param {
	ISCSI_PARAM_MAX_RECV_DLENGTH, ISCSI_PARAM_MAX_XMIT_DLENGTH, ISCSI_PARAM_HDRDGST_EN,
	ISCSI_PARAM_DATADGST_EN, ISCSI_PARAM_CONN_ADDRESS, ISCSI_PARAM_CONN_PORT,
	ISCSI_PARAM_EXP_STATSN, ISCSI_PARAM_PERSISTENT_ADDRESS, ISCSI_PARAM_PERSISTENT_PORT,
	ISCSI_PARAM_PING_TMO, ISCSI_PARAM_RECV_TMO, ISCSI_PARAM_INITIAL_R2T_EN,
	ISCSI_PARAM_MAX_R2T, ISCSI_PARAM_IMM_DATA_EN, ISCSI_PARAM_FIRST_BURST,
	ISCSI_PARAM_MAX_BURST, ISCSI_PARAM_PDU_INORDER_EN, ISCSI_PARAM_DATASEQ_INORDER_EN,
	ISCSI_PARAM_ERL, ISCSI_PARAM_TARGET_NAME, ISCSI_PARAM_TPGT, ISCSI_PARAM_USERNAME,
	ISCSI_PARAM_PASSWORD, ISCSI_PARAM_USERNAME_IN, ISCSI_PARAM_PASSWORD_IN,
	ISCSI_PARAM_FAST_ABORT, ISCSI_PARAM_ABORT_TMO, ISCSI_PARAM_LU_RESET_TMO,
	ISCSI_PARAM_TGT_RESET_TMO, ISCSI_PARAM_IFACE_NAME, ISCSI_PARAM_INITIATOR_NAME,
	ISCSI_PARAM_DISCOVERY_SESS, ISCSI_PARAM_ISID, ISCSI_PARAM_OTHER,
};

enum iscsi_host_param {
	ISCSI_HOST_PARAM_HWADDRESS, ISCSI_HOST_PARAM_INITIATOR_NAME,
	ISCSI_HOST_PARAM_IPADDRESS, ISCSI_HOST_PARAM_PORT_STATE,
	ISCSI_HOST_PARAM_PORT_SPEED, ISCSI_HOST_PARAM_OTHER,
};
enum iscsi_param_type { ISCSI_PARAM, ISCSI_HOST_PARAM, ISCSI_NET_PARAM, ISCSI_FLASHNODE_PARAM };

/* --- ifaces: numbers are iscsiadm's ---------------------------------------------- */

enum {
	ISCSI_NET_PARAM_IPV4_ADDR = 1, ISCSI_NET_PARAM_IPV4_SUBNET, ISCSI_NET_PARAM_IPV4_GW,
	ISCSI_NET_PARAM_IPV4_BOOTPROTO, ISCSI_NET_PARAM_MAC, ISCSI_NET_PARAM_IPV6_LINKLOCAL,
	ISCSI_NET_PARAM_IPV6_ADDR, ISCSI_NET_PARAM_IPV6_ROUTER,
	ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG, ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG,
	ISCSI_NET_PARAM_IPV6_ROUTER_AUTOCFG, ISCSI_NET_PARAM_IFACE_ENABLE,
	ISCSI_NET_PARAM_VLAN_ID, ISCSI_NET_PARAM_VLAN_PRIORITY, ISCSI_NET_PARAM_VLAN_ENABLED,
	ISCSI_NET_PARAM_VLAN_TAG, ISCSI_NET_PARAM_IFACE_TYPE, ISCSI_NET_PARAM_IFACE_NAME,
	ISCSI_NET_PARAM_MTU, ISCSI_NET_PARAM_PORT, ISCSI_NET_PARAM_IPADDR_STATE,
	ISCSI_NET_PARAM_IPV6_LINKLOCAL_STATE, ISCSI_NET_PARAM_IPV6_ROUTER_STATE,
};
enum iscsi_ipaddress_state {
	ISCSI_IPDDRESS_STATE_UNCONFIGURED, ISCSI_IPDDRESS_STATE_ACQUIRING,
	ISCSI_IPDDRESS_STATE_TENTATIVE, ISCSI_IPDDRESS_STATE_VALID,
};
enum iscsi_router_state {
	ISCSI_ROUTER_STATE_UNKNOWN, ISCSI_ROUTER_STATE_ADVERTISED, ISCSI_ROUTER_STATE_MANUAL,
};
const char *iscsi_get_ipaddress_state_name(enum iscsi_ipaddress_state state);
const char *iscsi_get_router_state_name(enum iscsi_router_state state);
enum {
	ISCSI_IPV6_AUTOCFG_DISABLE = 1, ISCSI_IPV6_AUTOCFG_ND_ENABLE,
	ISCSI_IPV6_AUTOCFG_DHCPV6_ENABLE,
};
enum { ISCSI_IPV6_LINKLOCAL_AUTOCFG_ENABLE = 1, ISCSI_IPV6_LINKLOCAL_AUTOCFG_DISABLE };
enum { ISCSI_IPV6_ROUTER_AUTOCFG_ENABLE = 1, ISCSI_IPV6_ROUTER_AUTOCFG_DISABLE };
enum { ISCSI_IFACE_TYPE_IPV4 = 1, ISCSI_IFACE_TYPE_IPV6 };
enum { ISCSI_BOOTPROTO_STATIC = 1, ISCSI_BOOTPROTO_DHCP };
enum { ISCSI_IFACE_DISABLE = 1, ISCSI_IFACE_ENABLE };
enum { ISCSI_VLAN_DISABLE = 1, ISCSI_VLAN_ENABLE };

struct iscsi_iface_param_info {
	u32 iface_num, len;
	u16 param;
	u8 iface_type, param_type;
	u8 value[];
} __attribute__((packed));

struct iscsi_iface {
	struct Scsi_Host *shost;
	u32 iface_type, iface_num;
};

struct iscsi_transport;
#define iscsi_iface_to_shost(i)	((i)->shost)
struct iscsi_iface *iscsi_create_iface(struct Scsi_Host *shost, struct iscsi_transport *tt,
				       u32 type, u32 num, int dd_size);
void iscsi_destroy_iface(struct iscsi_iface *iface);
/* What sysfs shows. */
extern unsigned int shim_ifaces;
extern unsigned int shim_host_no;	/* of the next host */

/* --- what listeners hear: how often, and the last ------------------------------------ */

enum iscsi_host_event_code { ISCSI_EVENT_LINKUP = 1, ISCSI_EVENT_LINKDOWN };
enum {
	ISCSI_PING_SUCCESS, ISCSI_PING_FW_DISABLED, ISCSI_PING_IPADDR_INVALID,
	ISCSI_PING_LINKLOCAL_IPV6_ADDR_INVALID, ISCSI_PING_TIMEOUT,
	ISCSI_PING_INVALID_DEST_ADDR, ISCSI_PING_OVERSIZE_PACKET, ISCSI_PING_ICMP_ERROR,
	ISCSI_PING_MAX_REQ_EXCEEDED, ISCSI_PING_NO_ARP_RECEIVED,
};
void iscsi_post_host_event(u32 host_no, struct iscsi_transport *tt,
			   enum iscsi_host_event_code code, u32 len, u8 *data);
void iscsi_ping_comp_event(u32 host_no, struct iscsi_transport *tt, u32 status, u32 pid,
			   u32 len, u8 *data);
extern unsigned int shim_host_events, shim_pongs;
extern u32 shim_host_event, shim_pong_status, shim_pong_pid;

#define inet_make_mask(n)	((__be32)cpu_to_be32((n) ? ~0u << (32 - (n)) : 0))
#define inet_mask_len(mask) \
	({ u32 m_ = be32_to_cpu(mask); m_ ? 32 - __builtin_ctz(m_) : 0; })


struct iscsi_stats {
	u64 txdata_octets, rxdata_octets;
	u32 noptx_pdus, scsicmd_pdus, tmfcmd_pdus, login_pdus, text_pdus, dataout_pdus;
	u32 logout_pdus, snack_pdus, noprx_pdus, scsirsp_pdus, tmfrsp_pdus, textrsp_pdus;
	u32 datain_pdus, logoutrsp_pdus, r2t_pdus, async_pdus, rjt_pdus;
	u32 digest_err, timeout_err, custom_length;
	struct { char desc[64]; u64 value; } custom[1];
};

struct iscsi_bus_flash_session;
struct iscsi_bus_flash_conn;

enum iscsi_tgt_dscvr {
	ISCSI_TGT_DSCVR_SEND_TARGETS = 1,
	ISCSI_TGT_DSCVR_ISNS,
	ISCSI_TGT_DSCVR_SLP,
};

struct iscsi_transport {
	struct module *owner;
	char *name;
	unsigned int caps;
	struct iscsi_cls_session *(*create_session)(struct iscsi_endpoint *ep, u16 cmds_max,
						    u16 qdepth, u32 sn);
	void (*destroy_session)(struct iscsi_cls_session *session);
	struct iscsi_cls_conn *(*create_conn)(struct iscsi_cls_session *session, u32 cid);
	void (*destroy_conn)(struct iscsi_cls_conn *conn);
	int (*bind_conn)(struct iscsi_cls_session *session, struct iscsi_cls_conn *conn,
			 u64 ep, int leading);
	void (*unbind_conn)(struct iscsi_cls_conn *conn, bool is_active);
	int (*start_conn)(struct iscsi_cls_conn *conn);
	void (*stop_conn)(struct iscsi_cls_conn *conn, int flag);
	int (*set_param)(struct iscsi_cls_conn *conn, enum iscsi_param p, char *buf, int len);
	int (*get_conn_param)(struct iscsi_cls_conn *conn, enum iscsi_param p, char *buf);
	int (*get_session_param)(struct iscsi_cls_session *s, enum iscsi_param p, char *buf);
	int (*get_ep_param)(struct iscsi_endpoint *ep, enum iscsi_param p, char *buf);
	int (*get_host_param)(struct Scsi_Host *shost, enum iscsi_host_param p, char *buf);
	int (*set_host_param)(struct Scsi_Host *shost, enum iscsi_host_param p, char *buf,
			      int len);
	umode_t (*attr_is_visible)(int type, int param);
	int (*set_iface_param)(struct Scsi_Host *shost, void *data, u32 len);
	int (*get_iface_param)(struct iscsi_iface *iface, enum iscsi_param_type type,
			       int param, char *buf);
	int (*send_ping)(struct Scsi_Host *shost, u32 iface_num, u32 iface_type, u32 len,
			 u32 pid, struct sockaddr *dst);
	int (*tgt_dscvr)(struct Scsi_Host *shost, enum iscsi_tgt_dscvr type, u32 enable,
			 struct sockaddr *dst);
	int (*get_chap)(struct Scsi_Host *shost, u16 index, u32 *num_entries, char *buf);
	int (*delete_chap)(struct Scsi_Host *shost, u16 index);
	int (*set_chap)(struct Scsi_Host *shost, void *data, int len);
	int (*get_flashnode_param)(struct iscsi_bus_flash_session *sess, int param, char *buf);
	int (*set_flashnode_param)(struct iscsi_bus_flash_session *sess,
				   struct iscsi_bus_flash_conn *conn, void *data, int len);
	int (*new_flashnode)(struct Scsi_Host *shost, const char *buf, int len);
	int (*del_flashnode)(struct iscsi_bus_flash_session *sess);
	int (*login_flashnode)(struct iscsi_bus_flash_session *sess,
			       struct iscsi_bus_flash_conn *conn);
	int (*logout_flashnode)(struct iscsi_bus_flash_session *sess,
				struct iscsi_bus_flash_conn *conn);
	int (*logout_flashnode_sid)(struct iscsi_cls_session *session);
	int (*get_host_stats)(struct Scsi_Host *shost, char *buf, int len);
	void (*get_stats)(struct iscsi_cls_conn *conn, struct iscsi_stats *stats);
	int (*send_pdu)(struct iscsi_cls_conn *conn, struct iscsi_hdr *hdr, char *data,
			u32 len);
	int (*alloc_pdu)(struct iscsi_task *task, u8 opcode);
	int (*xmit_task)(struct iscsi_task *task);
	void (*cleanup_task)(struct iscsi_task *task);
	void (*session_recovery_timedout)(struct iscsi_cls_session *session);
	struct iscsi_endpoint *(*ep_connect)(struct Scsi_Host *shost, struct sockaddr *dst,
					     int non_blocking);
	int (*ep_poll)(struct iscsi_endpoint *ep, int timeout_ms);
	void (*ep_disconnect)(struct iscsi_endpoint *ep);
};

enum {
	CAP_RECOVERY_L0 = 1, CAP_HDRDGST = 2, CAP_DATADGST = 4, CAP_MULTI_R2T = 8,
	CAP_TEXT_NEGO = 16, CAP_DATA_PATH_OFFLOAD = 32,
};

struct scsi_transport_template *iscsi_register_transport(struct iscsi_transport *tt);
void iscsi_unregister_transport(struct iscsi_transport *tt);
/* The transport that is registered, or NULL. */
extern struct iscsi_transport *shim_transport;

struct Scsi_Host *iscsi_host_alloc(struct scsi_host_template *t, int dd_size, bool workq);
int iscsi_host_add(struct Scsi_Host *shost, struct device *dev);
/* Of the last host that was added; it is said to nobody if there is none. */
extern struct device shim_host_class_dev;
struct device *attribute_container_find_class_device(struct attribute_container *cont,
						     struct device *dev);
void iscsi_host_remove(struct Scsi_Host *shost, bool is_shutdown);
void iscsi_host_free(struct Scsi_Host *shost);
#define iscsi_host_priv(shost)	((void *)((struct iscsi_host *)shost_priv(shost) + 1))
void iscsi_host_for_each_session(struct Scsi_Host *shost,
				 void (*fn)(struct iscsi_cls_session *cls));
int iscsi_host_get_param(struct Scsi_Host *shost, enum iscsi_host_param p, char *buf);
int iscsi_host_set_param(struct Scsi_Host *shost, enum iscsi_host_param p, char *buf, int len);
const char *iscsi_get_port_state_name(struct Scsi_Host *shost);
const char *iscsi_get_port_speed_name(struct Scsi_Host *shost);
#define iscsi_is_session_dev(d)	((d)->is_session)
#define iscsi_dev_to_session(d)	container_of(d, struct iscsi_cls_session, dev)

struct iscsi_endpoint *iscsi_create_endpoint(int dd_size);
void iscsi_destroy_endpoint(struct iscsi_endpoint *ep);
struct iscsi_endpoint *iscsi_lookup_endpoint(u64 id);
void iscsi_put_endpoint(struct iscsi_endpoint *ep);

struct iscsi_cls_session *iscsi_session_setup(struct iscsi_transport *tt,
					      struct Scsi_Host *shost, u16 cmds_max,
					      int dd_size, int task_size, u32 cmdsn,
					      unsigned int id);
void iscsi_session_teardown(struct iscsi_cls_session *cls);
struct iscsi_cls_conn *iscsi_conn_setup(struct iscsi_cls_session *cls, int dd_size, u32 cid);
void iscsi_conn_teardown(struct iscsi_cls_conn *cls);
int iscsi_conn_bind(struct iscsi_cls_session *s, struct iscsi_cls_conn *cls, int leading);
void iscsi_conn_unbind(struct iscsi_cls_conn *cls, bool is_active);
/* Unless NULL: called as a session begins, before it is LOGGED_IN. */
extern void (*shim_before_start)(void);
int iscsi_conn_start(struct iscsi_cls_conn *cls);
void iscsi_conn_stop(struct iscsi_cls_conn *cls, int flag);
void iscsi_conn_failure(struct iscsi_conn *conn, enum iscsi_err err);
void iscsi_session_failure(struct iscsi_session *session, enum iscsi_err err);
int iscsi_session_chkready(struct iscsi_cls_session *cls);
void iscsi_session_recovery_timedout(struct iscsi_cls_session *cls);
int iscsi_set_param(struct iscsi_cls_conn *cls, enum iscsi_param p, char *buf, int len);
int iscsi_conn_get_param(struct iscsi_cls_conn *cls, enum iscsi_param p, char *buf);
int iscsi_session_get_param(struct iscsi_cls_session *s, enum iscsi_param p, char *buf);
int iscsi_conn_get_addr_param(struct sockaddr_storage *addr, enum iscsi_param p, char *buf);

int iscsi_conn_send_pdu(struct iscsi_cls_conn *cls, struct iscsi_hdr *hdr, char *data, u32 len);
int iscsi_complete_pdu(struct iscsi_conn *conn, struct iscsi_hdr *hdr, char *data, int len);
void __iscsi_put_task(struct iscsi_task *task);
void iscsi_put_task(struct iscsi_task *task);

/* --- requests over the class's socket ------------------------------------------------ */

enum {
	ISCSI_UEVENT_STOP_CONN = 1, ISCSI_UEVENT_DESTROY_CONN,
	ISCSI_UEVENT_DESTROY_SESSION, ISCSI_UEVENT_DESTROY_SESSION_ASYNC,
	ISCSI_KEVENT_IF_ERROR,
};

struct iscsi_uevent {
	u32 type, iferror;
	u64 transport_handle;
	union {
		struct { u32 sid; } d_session;
		struct { u32 sid, cid; } d_conn;
		struct { u32 sid, cid; u64 conn_handle; u32 flag; } stop_conn;
	} u;
};

#define iscsi_handle(p)	((u64)(uintptr_t)(p))

/* --- what the test sees ---------------------------------------------------------- */

/* PDUs that the class took, and the opcode of the last. */
extern unsigned int shim_pdus;
extern u8 shim_pdu_opcode;
/* Failures of connections that were told, PDUs before the last, and its reason. */
extern unsigned int shim_conn_failures, shim_pdus_before;
extern enum iscsi_err shim_conn_error;
/* An endpoint is disconnected, as the class does it: a bound one with its connection. */
void shim_disconnect(struct iscsi_cls_conn *cls, struct iscsi_endpoint *ep);
/* The last steps of a logout. */
void shim_destroy(struct iscsi_cls_session *cls);
/* The class's lock, held for each request of the daemon or of the driver. */
extern struct mutex shim_class_mutex;
/* How long the daemon takes to end a session when told that its host goes. */
#define SHIM_NO_DAEMON	UINT_MAX
extern unsigned int shim_daemon_ms;
/* --- between the class and libiscsi (libiscsi.c) ----------------------------------- */

extern struct iscsi_cls_session *shim_sessions;
extern u32 shim_next_sid;
void shim_session_put(struct iscsi_cls_session *cls);
#define get_device(d)	((void)iscsi_dev_to_session(d)->refs++)
#define put_device(d)	shim_session_put(iscsi_dev_to_session(d))
struct iscsi_session *shim_session_of(struct iscsi_cls_conn *cls);
void shim_set_state(struct iscsi_session *session, int state);

void shim_iscsi_reset(void);

/* --- the class's socket ------------------------------------------------------------ */

struct kvec { void *iov_base; size_t iov_len; };
struct socket {
	struct shim_file *file;
	bool bound, answered;
	struct { struct nlmsghdr nlh; struct iscsi_uevent ev; } answer;
};
struct net { char unused; };
extern struct net init_net;
int sock_create_kern(struct net *net, int family, int type, int proto, struct socket **sock);
void sock_release(struct socket *sock);
int kernel_bind(struct socket *sock, struct sockaddr *addr, int len);
int kernel_sendmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec, size_t n,
		   size_t len);
int kernel_recvmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec, size_t n,
		   size_t len, int flags);
u32 get_random_u32(void);

/* --- a transport's folder in sysfs --------------------------------------------------- */

struct path { char unused; };
int kern_path(const char *name, unsigned int flags, struct path *path);
#define path_put(path)	((void)(path))

#endif /* SHIM_ISCSI_H */

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Admin commands (SPEC.md, "Admin commands").
 *
 * Each fills struct ohba_sqe: the comment at an opcode says what handle, body,
 * data and result are; what it does not name is zero. Addresses and lengths of
 * data are given by sge[] and data_len. Commands complete in any order.
 */
#ifndef OHBA_ADMIN_H
#define OHBA_ADMIN_H

#include <linux/types.h>

enum ohba_admin_op {
	/* data out of the adapter: struct ohba_identify */
	OHBA_ADMIN_IDENTIFY		= 0x01,
	/* body: struct ohba_host_setup. Once, before any QUEUE_CREATE. */
	OHBA_ADMIN_HOST_SETUP		= 0x02,
	/* handle: queue id; body: struct ohba_queue_create */
	OHBA_ADMIN_QUEUE_CREATE		= 0x03,
	/* handle: queue id. Fails with OHBA_ST_BUSY while a task owes it an answer. */
	OHBA_ADMIN_QUEUE_DELETE		= 0x04,
	/* data out of the adapter: struct ohba_port */
	OHBA_ADMIN_PORT_GET		= 0x05,
	/* body: struct ohba_stats_get; data out: struct ohba_*_stats */
	OHBA_ADMIN_STATS_GET		= 0x06,

	/*
	 * handle: a free connection id, 0..max_conns - 1; body: struct
	 * ohba_conn_open. Completes when TCP is established, has failed, or
	 * CONN_CLOSE cancelled it (OHBA_ST_ABORTED). On failure the id is free.
	 */
	OHBA_ADMIN_CONN_OPEN		= 0x10,
	/*
	 * handle: connection id; flags: OHBA_CONN_CLOSE_*. Every command of the
	 * connection completes first (OHBA_ST_ABORTED); then this one does, the
	 * id and the session handle are void, and no DMA of theirs is running
	 * or will ever be.
	 */
	OHBA_ADMIN_CONN_CLOSE		= 0x11,
	/* handle: connection id; data out: struct ohba_conn_info */
	OHBA_ADMIN_CONN_INFO		= 0x12,
	/*
	 * handle: connection id; body: the BHS as on the wire; data to the
	 * adapter: the data segment without padding (DataSegmentLength in the
	 * BHS must equal data_len). Completes when the last byte was handed to
	 * TCP. The adapter adds padding and, in full-feature phase, digests,
	 * CmdSN and ExpStatSN, and puts an ITT of its own on the wire.
	 * In full-feature phase only NOP-Out, Text Request and Logout Request
	 * are allowed.
	 */
	OHBA_ADMIN_PDU_SEND		= 0x13,
	/*
	 * handle: connection id; data out of the adapter: 48 bytes of BHS, then
	 * the data segment without padding; at least OHBA_PDU_RECV_MIN bytes.
	 * result: bytes written. Completes when a PDU for the host has arrived:
	 * a Login Response or Reject in raw phase; later the answer to a PDU_SEND
	 * (its ITT restored), an Asynchronous Message, or a Reject. Up to
	 * OHBA_PDU_RECV_DEPTH may wait at a connection; while none does, the
	 * adapter stops reading the connection at the next such PDU.
	 */
	OHBA_ADMIN_PDU_RECV		= 0x14,
	/*
	 * handle: connection id; data to the adapter: struct
	 * ohba_session_params. Hands the connection from raw to full-feature
	 * phase. result: the session handle for I/O commands and TMFs.
	 */
	OHBA_ADMIN_SESSION_START	= 0x15,
	/* handle: session handle; body: struct ohba_session_timers */
	OHBA_ADMIN_SESSION_TIMERS	= 0x16,
	/*
	 * handle: session handle; body: struct ohba_tmf. response: the target's
	 * answer (RFC 7143 section 11.6.1). A task that the answer ends
	 * completes (OHBA_ST_ABORTED) before this does.
	 */
	OHBA_ADMIN_TMF			= 0x17,

	/*
	 * With OHBA_FEATURE_WIRE. handle: address index, 0..OHBA_IFACES_MAX - 1; body:
	 * struct ohba_iface. An address of the adapter's; family 0 takes it away. A
	 * change ends its connections.
	 */
	OHBA_ADMIN_IFACE_SET		= 0x20,
	/*
	 * With OHBA_FEATURE_WIRE. handle: address index; body: struct ohba_path. Where
	 * frames to a destination go, or why they cannot (handle 0): the answer to
	 * PATH_WANTED. NO_HELPER: the adapter may find it by itself.
	 */
	OHBA_ADMIN_PATH_SET		= 0x21,

	/* With OHBA_FEATURE_CONFIG. data out of the adapter: struct ohba_config. */
	OHBA_ADMIN_CONFIG_GET		= 0x22,
	/*
	 * With OHBA_FEATURE_CONFIG. data to the adapter: struct ohba_config, origin 0.
	 * Completes when it is kept: what was kept before is, until then.
	 */
	OHBA_ADMIN_CONFIG_SET		= 0x23,
	/*
	 * With OHBA_FEATURE_WIRE. body: struct ohba_ping. Sends an echo request over the
	 * path to its destination, which it waits for, and completes with the answer.
	 */
	OHBA_ADMIN_PING			= 0x24,
	/*
	 * With OHBA_FEATURE_WIRE. handle: 1: the host gets (NET_RX) copies of all frames
	 * to and from the adapter's own addresses, too; 0: it does not, as after a reset.
	 */
	OHBA_ADMIN_MIRROR		= 0x25,

	/*
	 * With OHBA_FEATURE_TARGETS (ohba_target.h, SPEC.md section 6.4). handle: target
	 * index, 0..max_targets - 1, unless it says otherwise.
	 */
	/* data out of the adapter: struct ohba_target. INVALID_HANDLE: there is none. */
	OHBA_ADMIN_TARGET_GET		= 0x30,
	/* data to the adapter: struct ohba_target, new or changed. Completes when it is kept. */
	OHBA_ADMIN_TARGET_SET		= 0x31,
	/* Completes when the entry is no longer kept; BUSY while a session is wanted or there. */
	OHBA_ADMIN_TARGET_DELETE	= 0x32,
	/* From now on the adapter is to have a session with it. Completes at once. */
	OHBA_ADMIN_TARGET_LOGIN		= 0x33,
	/*
	 * No more; flags: OHBA_TARGET_LOGOUT_*. Completes when the session is gone: its
	 * commands have completed (ABORTED) and no DMA of theirs is running or will ever be.
	 */
	OHBA_ADMIN_TARGET_LOGOUT	= 0x34,
	/* data out of the adapter: struct ohba_target_state */
	OHBA_ADMIN_TARGET_STATE		= 0x35,
	/* handle: 0; data out of the adapter: struct ohba_target_list */
	OHBA_ADMIN_TARGET_LIST		= 0x36,

	/*
	 * With OHBA_FEATURE_TARGETS. handle: account index, 0..max_accounts - 1; data: struct
	 * ohba_account. GET's flags: OHBA_ACCOUNT_SECRET. DELETE: BUSY while an entry names it.
	 */
	OHBA_ADMIN_ACCOUNT_GET		= 0x38,
	OHBA_ADMIN_ACCOUNT_SET		= 0x39,
	OHBA_ADMIN_ACCOUNT_DELETE	= 0x3a,

	/*
	 * With OHBA_FEATURE_TARGETS. handle: 0; data: struct ohba_initiator. SET counts for
	 * sessions that begin then; GET tells the name that is used, or with flag
	 * OHBA_INITIATOR_KEPT the one that was set.
	 */
	OHBA_ADMIN_INITIATOR_GET	= 0x3c,
	OHBA_ADMIN_INITIATOR_SET	= 0x3d,

	/*
	 * With OHBA_FEATURE_TARGETS (ohba_login.h, SPEC.md section 6.5). handle: 1: the host
	 * makes logins from now on; 0: it makes none, as after a reset: those that it makes now
	 * are given up.
	 */
	OHBA_ADMIN_LOGIN_OFFER		= 0x40,
	/*
	 * handle, of this and of those below: the login handle of the event LOGIN. LOGIN_STALE:
	 * it is no longer wanted. data out of the adapter: struct ohba_login_task.
	 */
	OHBA_ADMIN_LOGIN_TAKE		= 0x41,
	/* body and data: as PDU_SEND's in raw phase */
	OHBA_ADMIN_LOGIN_SEND		= 0x42,
	/* data and result: as PDU_RECV's in raw phase, of which one may wait */
	OHBA_ADMIN_LOGIN_RECV		= 0x43,
	/* data to the adapter: struct ohba_login_result. If it is one, the handle is void. */
	OHBA_ADMIN_LOGIN_END		= 0x44,

	/*
	 * With OHBA_FEATURE_TARGETS. handle: 0; body: struct ohba_discover; data out of the
	 * adapter: struct ohba_discovery, also of one that failed, and behind it what was found
	 * (struct ohba_discovered), as far as there is room. result: of these, how many.
	 * Completes when the connection is gone.
	 */
	OHBA_ADMIN_DISCOVER		= 0x48,

	/*
	 * With OHBA_FEATURE_LOG (ohba_log.h, SPEC.md section 6.7). handle: 0; body: struct
	 * ohba_log_read; data out of the adapter: struct ohba_log_head, and behind it the
	 * oldest records from there on (struct ohba_log_record). result: of these, how many.
	 */
	OHBA_ADMIN_LOG_READ		= 0x50,
	/* handle: 0. Completes when no power-on finds any of them any more. */
	OHBA_ADMIN_LOG_ERASE		= 0x51,
	/* handle: 0; body: struct ohba_log_clock. The time of records, until power is off. */
	OHBA_ADMIN_LOG_CLOCK		= 0x52,

	/*
	 * With OHBA_FEATURE_ERASE. handle: 0. Nothing is kept any more (SPEC.md section 6.8).
	 * Completes when the drive has nothing of it either.
	 */
	OHBA_ADMIN_FLASH_ERASE		= 0x58,
};

/* struct ohba_identify - what the adapter is and can do. 512 bytes. */
struct ohba_identify {
	__u8   model[32];	/* ASCII, zero-padded */
	__u8   serial[32];	/* ASCII, zero-padded */
	__u8   fw_version[32];	/* ASCII, zero-padded */
	__u8   mac[6];
	__u8   rsvd0[2];
	__le32 max_conns;	/* connection ids are 0..max_conns - 1 */
	__le32 max_tags;	/* largest num_tags of HOST_SETUP */
	__le32 max_sge;		/* DATA elements in one command */
	__le32 max_data_len;	/* bytes in one command */
	__le32 max_recv_dsl;	/* largest MaxRecvDataSegmentLength to declare */
	__le32 max_burst;	/* largest MaxBurstLength and FirstBurstLength */
	__le16 max_r2t;		/* largest MaxOutstandingR2T */
	__le16 max_cdb_len;	/* bytes */
	__le32 max_targets;	/* entries of the target table, 0..OHBA_TARGETS_MAX */
	__le32 max_accounts;	/* CHAP accounts, 0..OHBA_ACCOUNTS_MAX */
	__le32 lost_records;	/* that flash had, and that were not whole when power came */
	__u8   rsvd1[368];
};

/*
 * struct ohba_host_setup - host memory that outlives single commands. The
 * sense slot of tag index i is the sense_stride bytes at sense_base +
 * i * sense_stride.
 */
struct ohba_host_setup {
	__le64 sense_base;
	__le32 sense_stride;	/* bytes, OHBA_SENSE_MIN..OHBA_SENSE_MAX */
	__le32 num_tags;	/* 1..max_tags */
	__u8   rsvd[32];
};

#define OHBA_SENSE_MIN		32
#define OHBA_SENSE_MAX		4096

struct ohba_queue_create {
	__le64 ctl;		/* address of struct ohba_qctl, aligned to 64 */
	__le64 sq;		/* address of the submission ring, aligned to 64 */
	__le64 cq;		/* address of the completion ring, aligned to 64 */
	__le32 sq_size;		/* entries, a power of two */
	__le32 cq_size;		/* entries, a power of two */
	__le32 vector;		/* MSI-X vector of its completions */
	__u8   rsvd[12];
};

/* struct ohba_port - the network side. 256 bytes. */
struct ohba_port {
	__u8   mac[6];
	__u8   link_up;		/* 0 or 1 */
	__u8   engine;		/* enum ohba_port_engine */
	__le32 speed_mbps;	/* Mbit/s, 0 if unknown */
	__le32 mtu;		/* bytes, 0 if unknown */
	__u8   rsvd[240];
};

enum ohba_port_engine {
	OHBA_ENGINE_HOST	= 1,	/* the sockets of the machine under the adapter */
	OHBA_ENGINE_WIRE	= 2,	/* the adapter's own TCP on its own L2 */
};

struct ohba_stats_get {
	__u8   scope;		/* enum ohba_stats_scope */
	__u8   rsvd[47];
};

enum ohba_stats_scope {
	OHBA_STATS_ADAPTER	= 1,	/* handle: 0; struct ohba_adapter_stats */
	OHBA_STATS_CONN		= 2,	/* handle: connection id; struct ohba_conn_stats */
	OHBA_STATS_QUEUE	= 3,	/* handle: queue id; struct ohba_queue_stats */
	OHBA_STATS_TARGET	= 4,	/* handle: target index; struct ohba_conn_stats of its session */
};

/*
 * Counters start at zero: adapter and queue at reset, connection at CONN_OPEN, that of a target
 * with each try.
 */
struct ohba_adapter_stats {	/* 128 bytes */
	__le64 conns_opened;
	__le64 conns_failed;	/* CONN_OPEN that did not succeed */
	__le64 conns_lost;
	__le64 sessions_started;
	__le64 guest_errors;	/* refused entries, fields, handles and addresses */
	__le64 protocol_errors;	/* connections ended by a target's violation */
	__le64 digest_errors;	/* header and data */
	__le64 events_dropped;
	__le64 loop_turns;
	__le64 hdr_digest_errors;	/* thereof of headers */
	__le64 sequence_errors;	/* thereof of protocol_errors: StatSN, DataSN, R2TSN, the window */
	__le64 tx_pdus;		/* of all connections; handed to TCP */
	__le64 rx_pdus;
	__le64 tx_data_bytes;	/* of their data segments */
	__le64 rx_data_bytes;
	__u8   rsvd[8];
};

struct ohba_conn_stats {	/* 256 bytes */
	__le64 tx_bytes;	/* on TCP, all of it */
	__le64 rx_bytes;
	__le64 tx_pdus;
	__le64 rx_pdus;
	__le64 scsi_cmd_pdus;
	__le64 scsi_rsp_pdus;
	__le64 data_out_pdus;
	__le64 data_in_pdus;
	__le64 r2t_pdus;
	__le64 nop_out_pdus;
	__le64 nop_in_pdus;
	__le64 tmf_pdus;
	__le64 tmf_rsp_pdus;
	__le64 text_pdus;
	__le64 logout_pdus;
	__le64 reject_pdus;
	__le64 async_pdus;
	__le64 digest_errors;
	__le64 window_closed;	/* times a command waited for MaxCmdSN */
	__u8   rsvd[104];
};

struct ohba_queue_stats {	/* 128 bytes */
	__le64 submissions;
	__le64 completions;
	__le64 doorbells;	/* writes of the doorbell register */
	__le64 interrupts;
	__u8   rsvd[96];
};

/* flags of CONN_CLOSE */
#define OHBA_CONN_CLOSE_ABORT	0x01	/* RST, do not send what is queued */

struct ohba_conn_open {
	__u8   family;		/* enum ohba_family */
	__u8   rsvd0;
	__le16 port;		/* TCP port of the portal */
	__le32 scope_id;	/* IPv6 link-local scope, else 0 */
	__u8   addr[16];	/* network byte order; IPv4 in the first four */
	__le64 cookie;		/* comes back in this connection's events */
	__le32 timeout_ms;	/* 0: the adapter's default, 15000 */
	__u8   tos;		/* octet of IPv4's TOS, IPv6's traffic class; ECN's two bits are 0 */
	__u8   flags;		/* OHBA_CONN_OPEN_NAGLE */
	__u8   rsvd1[10];
};

#define OHBA_CONN_OPEN_NAGLE	0x01	/* small segments wait for what is not acknowledged */
#define OHBA_TOS_ECN		0x03	/* RFC 3168 section 5: TCP's */

enum ohba_family {
	OHBA_FAMILY_IPV4	= 4,
	OHBA_FAMILY_IPV6	= 6,
};

/* struct ohba_iface - an address on the adapter's own network. */
struct ohba_iface {
	__u8   family;		/* enum ohba_family, 0: none */
	__u8   rsvd0;
	__le16 tci;		/* VLAN id and priority (IEEE 802.1Q), 0: untagged */
	__u8   addr[16];	/* network byte order; IPv4 in the first four */
	__le16 mtu;		/* bytes, OHBA_MTU_MIN.., 0 and what is more: the port's */
	__u8   rsvd1[26];
};

#define OHBA_IFACES_MAX		16
#define OHBA_MTU_MIN		576	/* RFC 791; 1280 of IPv6 (RFC 8200) */
#define OHBA_MTU_MIN_IPV6	1280

/*
 * struct ohba_iface_config - how the address of the same index is configured. 64 bytes.
 * Addresses are in network byte order, IPv4 in the first four bytes, zero: none.
 */
struct ohba_iface_config {
	__u8   family;		/* enum ohba_family, 0: not at all, and all else is zero */
	__u8   flags;		/* OHBA_IFCONF_* */
	__u8   source;		/* enum ohba_addr_source */
	__u8   prefix;		/* of @addr, bits */
	__le16 tci;		/* VLAN id and priority (IEEE 802.1Q), with OHBA_IFCONF_VLAN */
	__le16 mtu;		/* as in struct ohba_iface */
	__u8   addr[16];
	__u8   router[16];
	__u8   local[16];	/* IPv6: link-local (RFC 4291 section 2.5.6) */
	__u8   rsvd[8];
};

#define OHBA_IFCONF_ENABLED		0x01
#define OHBA_IFCONF_VLAN		0x02
#define OHBA_IFCONF_LOCAL_STATIC	0x04	/* @local is not made of the MAC */
#define OHBA_IFCONF_ROUTER_STATIC	0x08	/* @router, whatever is advertised */

enum ohba_addr_source {
	OHBA_ADDR_STATIC	= 0,
	OHBA_ADDR_DHCP		= 1,	/* IPv6: DHCPv6 */
	OHBA_ADDR_SLAAC		= 2,	/* IPv6 only (RFC 4862) */
};

/* struct ohba_config - what the adapter keeps. 1088 bytes. */
struct ohba_config {
	__u8   origin;		/* enum ohba_config_origin */
	__u8   rsvd[63];
	struct ohba_iface_config iface[OHBA_IFACES_MAX];
};

enum ohba_config_origin {
	OHBA_CONFIG_DEFAULT	= 0,	/* nothing is kept: nothing is configured */
	OHBA_CONFIG_FLASH	= 1,
	OHBA_CONFIG_MEMORY	= 2,	/* until power is off: there is no flash */
	OHBA_CONFIG_DAMAGED	= 3,	/* flash holds nothing valid: nothing is configured */
};

/* struct ohba_path - frames to @dst go to the station @mac, which has address @hop. */
struct ohba_path {
	__u8   family;		/* enum ohba_family */
	__u8   rsvd0;
	__le16 status;		/* enum ohba_status; not SUCCESS: there is no path */
	__u8   dst[16];		/* network byte order; IPv4 in the first four */
	__u8   hop[16];		/* dst, or a router; zero if there is no path */
	__u8   mac[6];		/* zero if there is no path */
	__u8   rsvd1[6];
};

struct ohba_ping {
	__u8   family;		/* enum ohba_family */
	__u8   rsvd0;
	__le16 len;		/* of its data, bytes; what one frame has room for */
	__u8   dst[16];		/* network byte order; IPv4 in the first four */
	__le32 timeout_ms;	/* 1..OHBA_PING_MS_MAX, for the path and the answer */
	__u8   rsvd1[24];
};

#define OHBA_PINGS_MAX		8	/* PING outstanding */
#define OHBA_PING_MS_MAX	60000

struct ohba_conn_info {		/* 128 bytes */
	__u8   state;		/* enum ohba_conn_phase */
	__u8   family;		/* enum ohba_family */
	__le16 local_port;
	__le16 peer_port;
	__u8   rsvd0[2];
	__u8   local_addr[16];
	__u8   peer_addr[16];
	__le32 mss;		/* bytes, 0 if unknown */
	__u8   tcp_timestamps;	/* 1: both send them (RFC 7323) */
	__u8   send_scale;	/* of the window that the peer announces, bits */
	__u8   recv_scale;	/* of ours */
	__u8   rsvd1[81];
};

enum ohba_conn_phase {
	OHBA_CONN_FREE		= 0,
	OHBA_CONN_CONNECTING	= 1,
	OHBA_CONN_RAW		= 2,	/* login PDUs pass through */
	OHBA_CONN_HELD		= 3,	/* login is over; waits for SESSION_START */
	OHBA_CONN_FULL		= 4,	/* full-feature phase */
	OHBA_CONN_LOST		= 5,	/* waits for CONN_CLOSE */
	OHBA_CONN_CLOSING	= 6,
};

/* Per connection (SPEC.md section 10). */
#define OHBA_PDU_DATA_MAX	8192	/* bytes of data in a PDU_SEND or a login PDU */
#define OHBA_PDU_RECV_MIN	(48 + OHBA_PDU_DATA_MAX)
#define OHBA_PDU_RECV_DEPTH	4	/* PDU_RECV waiting */
#define OHBA_PDU_SEND_DEPTH	4	/* PDU_SEND outstanding */
#define OHBA_TMF_DEPTH		4	/* TMF outstanding */

/* struct ohba_session_params - what login negotiated. 128 bytes. */
struct ohba_session_params {
	__le32 cmdsn;		/* CmdSN of the next command */
	__le32 max_cmdsn;	/* MaxCmdSN of the last login response */
	__le32 exp_statsn;	/* StatSN of the last login response + 1 */
	__le32 max_recv_dsl;	/* declared by the initiator, bytes */
	__le32 max_xmit_dsl;	/* declared by the target, bytes */
	__le32 max_burst;	/* bytes */
	__le32 first_burst;	/* bytes */
	__le16 max_r2t;		/* MaxOutstandingR2T */
	__le16 flags;		/* OHBA_SESSION_* */
	struct ohba_session_timers {
		__le32 nop_interval_ms;	/* idle time before a NOP-Out; 0: none */
		__le32 nop_timeout_ms;	/* wait for its NOP-In; 0: 5000 */
	} timers;
	__u8   rsvd[88];
};

#define OHBA_SESSION_INITIAL_R2T	0x0001
#define OHBA_SESSION_IMMEDIATE_DATA	0x0002
#define OHBA_SESSION_HDR_DIGEST		0x0004	/* CRC32C */
#define OHBA_SESSION_DATA_DIGEST	0x0008	/* CRC32C */
#define OHBA_SESSION_DISCOVERY		0x0010	/* no SCSI commands */

struct ohba_tmf {
	__u8   function;	/* enum ohba_tmf_function */
	__u8   rsvd0[3];
	__le32 ref_tag;		/* ABORT TASK: tag of the I/O command */
	__u8   lun[8];		/* as in struct ohba_io_scsi; ABORT TASK: ignored */
	__u8   rsvd1[32];
};

/* Numbered as in RFC 7143 section 11.5.1. */
enum ohba_tmf_function {
	OHBA_TMF_ABORT_TASK		= 1,
	OHBA_TMF_ABORT_TASK_SET		= 2,
	OHBA_TMF_CLEAR_ACA		= 3,
	OHBA_TMF_CLEAR_TASK_SET		= 4,
	OHBA_TMF_LUN_RESET		= 5,
	OHBA_TMF_TARGET_WARM_RESET	= 6,
	OHBA_TMF_TARGET_COLD_RESET	= 7,
};

_Static_assert(sizeof(struct ohba_identify) == 512, "ABI");
_Static_assert(sizeof(struct ohba_host_setup) == 48, "ABI");
_Static_assert(sizeof(struct ohba_queue_create) == 48, "ABI");
_Static_assert(sizeof(struct ohba_port) == 256, "ABI");
_Static_assert(sizeof(struct ohba_stats_get) == 48, "ABI");
_Static_assert(sizeof(struct ohba_adapter_stats) == 128, "ABI");
_Static_assert(sizeof(struct ohba_conn_stats) == 256, "ABI");
_Static_assert(sizeof(struct ohba_queue_stats) == 128, "ABI");
_Static_assert(sizeof(struct ohba_conn_open) == 48, "ABI");
_Static_assert(sizeof(struct ohba_iface) == 48, "ABI");
_Static_assert(sizeof(struct ohba_iface_config) == 64, "ABI");
_Static_assert(sizeof(struct ohba_config) == 1088, "ABI");
_Static_assert(sizeof(struct ohba_path) == 48, "ABI");
_Static_assert(sizeof(struct ohba_ping) == 48, "ABI");
_Static_assert(sizeof(struct ohba_conn_info) == 128, "ABI");
_Static_assert(sizeof(struct ohba_session_params) == 128, "ABI");
_Static_assert(sizeof(struct ohba_tmf) == 48, "ABI");

#endif /* OHBA_ADMIN_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The iSCSI initiator inside the firmware: RFC 7143, error recovery level 0,
 * one connection per session. What its files share; rooms outside see only
 * adapter.h.
 *
 * Everything lives in tables sized at creation; memory of rows that were
 * never used is never touched. All of it belongs to the loop's thread.
 *
 *   iscsi.c     tables, turns, look-ups      iscsi_cmd.c  rows of the admin commands
 *   conn.c      phases: open, loss, close    session.c    parameters, CmdSN window, StatSN
 *   rx.c        the stream parser            rx_row.c, rx_task.c  what PDUs mean
 *   rx_wait.c   when to read again
 *   tx.c        PDUs on their way to TCP     tx_queue.c   which PDU is next
 *   task.c      SCSI tasks                   task_tx.c    their command and Data-Out
 *   class_fw.c  OHBA_IO_SCSI                 tmf.c        task management
 *   host_pdu.c  PDU_SEND and PDU_RECV        nop.c        pings, both ways
 *   digest.c    CRC32C                       own_conn.c   connections of the firmware's own
 *   own_login.c what their logins have in common
 */
#ifndef OHBA_ISCSI_H
#define OHBA_ISCSI_H

#include <endian.h>
#include <sys/socket.h>

#include "adapter.h"
#include "fault.h"
#include "fw_limits.h"
#include "iscsi_pdu.h"
#include "list.h"

/* Per connection; the host's limits are in ohba_admin.h. */
#define OHBA_SEND_SLOTS		8	/* PDU_SEND outstanding, or awaiting an answer */
#define OHBA_PONG_SLOTS		4	/* target pings not yet answered */

#define OHBA_PONG_DATA		1024	/* bytes of a target's ping that are returned */
/*
 * The longest data segment of any PDU but Data-In, bytes: sense, pings, text
 * (SPEC.md section 10).
 * LIO's longest Text Response is 32 KiB.
 */
#define OHBA_CTRL_DATA_MAX	65536

#define OHBA_TX_SLOTS		16	/* PDUs built and not yet handed to TCP */
/*
 * The longest Data-Out data segment, whatever the target would take: an urgent
 * PDU waits for the one before it.
 */
#define OHBA_TX_DATA_MAX	(256u << 10)
/* What is read beyond the need while short PDUs come in, bytes. */
#define OHBA_RX_AHEAD		480

/* Extended CDB AHS: four bytes of header, then CDB bytes 16.. (11.2.2.3). */
#define OHBA_AHS_MAX		(sizeof(struct iscsi_ahs) + OHBA_CDB_MAX - OHBA_CDB_INLINE)

/*
 * ITTs on the wire. A task's is its tag index | generation << 16; the index
 * is below 0xffff. All others have 0xffff there and a slot number below 15
 * with a generation above it, so that none is ISCSI_RESERVED_TAG.
 */
#define OHBA_ITT_CTRL		0xffffu
enum ohba_ctrl_slot {
	OHBA_CTRL_SEND	= 0,
	OHBA_CTRL_TMF	= OHBA_CTRL_SEND + OHBA_SEND_SLOTS,
	OHBA_CTRL_PING	= OHBA_CTRL_TMF + OHBA_TMF_DEPTH,
	OHBA_CTRL_END,
};
_Static_assert(OHBA_CTRL_END <= 15, "slot 15 could make a reserved tag");
_Static_assert(OHBA_TMF_DEPTH <= 8, "a bit map of them in struct ohba_task");

struct ohba_conn;
struct ohba_rx_row;
struct ohba_rx_state;
struct ohba_task;
struct ohba_tx_slot;

/* A command whose completion is owed. */
struct ohba_owed {
	uint32_t qid, tag;
	bool pending;
};

void ohba_owe(struct ohba_owed *owed, uint32_t qid, const struct ohba_sqe *sqe);
/* Complete it, if it is pending. */
void ohba_pay(struct ohba_fw *fw, struct ohba_owed *owed, struct ohba_cqe *cqe);
void ohba_pay_status(struct ohba_fw *fw, struct ohba_owed *owed, enum ohba_status status);

/* --- sending ---------------------------------------------------------------- */

/*
 * A PDU that waits to be sent: a task's command, or a control PDU. It is built
 * only when its turn comes, because CmdSN, ExpStatSN and the window are known
 * only then.
 */
struct ohba_tx_item {
	struct ohba_list link;
	const struct ohba_tx_item_ops *ops;
	bool in_window;			/* in tx.window, else in tx.urgent or a TMF's held */
};

struct ohba_tx_item_ops {
	/* Fill @slot, which is zeroed. @item is in no queue any more. */
	void (*build)(struct ohba_conn *conn, struct ohba_tx_item *item,
		      struct ohba_tx_slot *slot);
	bool drain;			/* still sent while the connection closes */
};

/* One PDU, built: header, AHS, digest | data | padding, digest. */
struct ohba_tx_slot {
	union iscsi_pdu_hdr hdr;
	uint8_t hdr_digest[ISCSI_DIGEST_LEN];	/* follows hdr if there is no AHS */
	uint8_t trailer[3 + ISCSI_DIGEST_LEN];
	uint8_t trailer_len;
	uint8_t hdr_digest_len;
	const uint8_t *ahs;
	uint32_t ahs_len;
	struct ohba_sgl *sgl;		/* data in guest memory, or */
	const uint8_t *buf;		/* data of ours */
	uint32_t off;			/* of the data in sgl */
	uint32_t len;			/* of the data, bytes */
	uint32_t data_crc;		/* of its first bytes, so many: */
	uint32_t digested;
	uint32_t total;			/* of the PDU, bytes */
	uint32_t sent;			/* thereof handed to TCP */
	/* Called once: all was sent, or (not @sent) the connection is gone. */
	void (*done)(struct ohba_conn *conn, void *arg, bool sent);
	void *arg;
};

struct ohba_tx {
	struct ohba_list urgent;	/* immediate PDUs, in order */
	struct ohba_list window;	/* commands that will take a CmdSN, in order */
	uint32_t window_len;
	struct ohba_list unsolicited;	/* tasks, in the order of their commands */
	struct ohba_list solicited;	/* tasks with R2Ts, served in turn */
	uint8_t turn;			/* which source is asked first */
	bool blocked;			/* until writable() */
	struct ohba_tx_slot slot[OHBA_TX_SLOTS];
	uint32_t first, count;
	uint32_t queued;		/* bytes in slots */
};

/* --- receiving -------------------------------------------------------------- */

/* Where a data segment goes: a task's buffer, memory of ours, or nowhere. */
struct ohba_rx_sink {
	struct ohba_sgl *sgl;
	struct ohba_task *task;		/* whose buffer @sgl is */
	uint8_t *buf;
	uint32_t off;
};

struct ohba_rx {
	const struct ohba_rx_state *state;
	uint32_t need, got;		/* bytes of the state */
	union iscsi_pdu_hdr hdr;
	const struct ohba_rx_row *row;	/* of hdr's opcode */
	struct ohba_rx_sink sink;
	uint32_t data_crc;
	uint8_t digest[ISCSI_DIGEST_LEN];
	uint8_t trailer[3 + ISCSI_DIGEST_LEN];
	bool gated;			/* waits for ohba_rx_resume() */
	uint64_t held_until_ns;		/* which does nothing before this (fault.h) */
	uint32_t corrupted;		/* bit map of what faults changed in this PDU */
	bool lean;			/* the last PDU had no data */
	uint16_t ahead_pos, ahead_len;
	uint8_t ahead[OHBA_RX_AHEAD];	/* received before it was asked for */
	uint64_t last_ns;		/* when something was received */
	bool empty;			/* TCP had no more in this turn */
	uint64_t empty_ns;		/* when that was */
	uint32_t low;			/* bytes that TCP was asked to wait for */
	uint64_t due_ns;		/* when to look for fewer; UINT64_MAX: never */
	uint32_t answer_ns;		/* from one answer to the next, mean */
	uint32_t counted;		/* answers that are in the mean */
	uint64_t counted_ns;		/* when the last of them was in */
};

/* --- control PDUs ----------------------------------------------------------- */

struct ohba_ctrl_tag {
	uint32_t itt;			/* on the wire */
	uint16_t gen;
};

enum ohba_send_state {
	OHBA_SEND_FREE,
	OHBA_SEND_QUEUED,		/* owes a completion */
	OHBA_SEND_AWAIT,		/* sent, awaits the target's answer */
	OHBA_SEND_OPEN,			/* answered; the text exchange may go on */
};

struct ohba_send {
	struct ohba_tx_item item;
	struct ohba_owed owed;
	struct ohba_ctrl_tag tag;
	uint8_t state;			/* enum ohba_send_state */
	union iscsi_pdu_hdr hdr;	/* as the host gave it */
	uint32_t len;			/* data, in the slot's buffer */
};

struct ohba_recv {
	struct ohba_owed owed;
	struct ohba_sgl sgl;
};

enum ohba_tmf_state {
	OHBA_TMF_FREE,
	OHBA_TMF_SENT,			/* queued or sent; awaits the answer */
	OHBA_TMF_ENDING,		/* answered; waits for tasks to end */
};

struct ohba_tmf_req {
	struct ohba_tx_item item;
	struct ohba_owed owed;
	struct ohba_ctrl_tag tag;
	uint8_t state;			/* enum ohba_tmf_state */
	uint8_t function;		/* enum ohba_tmf_function */
	uint8_t response;
	bool built;			/* cmdsn is valid */
	uint8_t lun[8];
	uint32_t cmdsn;
	uint32_t seq;			/* among the TMFs of the connection */
	uint32_t ref_itt, ref_cmdsn;	/* ABORT TASK */
	uint32_t waits;			/* tasks that must end first */
	struct ohba_list held;		/* items of tasks that were never sent */
};

struct ohba_pong {
	struct ohba_tx_item item;
	bool busy;
	iscsi_be32 ttt;
	uint8_t lun[8];
	uint32_t len;			/* data, in the slot's buffer */
};

struct ohba_nop {
	struct ohba_session_timers timers;	/* as they were given */
	struct ohba_timer timer;
	uint64_t interval_ns;		/* 0: no keepalive */
	uint64_t timeout_ns;
	bool waiting;			/* the timer is the answer's */
	bool outstanding;		/* ping was queued and not answered */
	uint64_t asked_bytes;		/* received before it was queued */
	struct ohba_tx_item item;
	struct ohba_ctrl_tag tag;
	struct ohba_pong pong[OHBA_PONG_SLOTS];
};

/* --- sessions and connections ------------------------------------------------ */

struct ohba_session {
	uint16_t gen;			/* of the last start; survives a close */
	uint32_t handle;		/* cid | gen << 16; 0 while there is none */
	uint32_t cmdsn;			/* of the next command */
	uint32_t exp_cmdsn, max_cmdsn;	/* as the target last said */
	uint32_t exp_statsn;
	uint32_t max_recv_dsl, max_xmit_dsl, max_burst, first_burst;	/* bytes */
	uint16_t max_r2t;
	bool initial_r2t, immediate_data, hdr_digest, data_digest, discovery;
	bool logout;			/* a Logout Request was sent (11.14) */
	bool drop;			/* the target announced the end (11.9.1) */
	bool ending;			/* takes no new commands: ohba_own_abort() */
};

/* In the order and number of struct ohba_conn_stats. */
struct ohba_conn_counters {
	uint64_t tx_bytes, rx_bytes, tx_pdus, rx_pdus;
	uint64_t scsi_cmd_pdus, scsi_rsp_pdus, data_out_pdus, data_in_pdus, r2t_pdus;
	uint64_t nop_out_pdus, nop_in_pdus, tmf_pdus, tmf_rsp_pdus;
	uint64_t text_pdus, logout_pdus, reject_pdus, async_pdus;
	uint64_t digest_errors, window_closed;
};
_Static_assert(sizeof(struct ohba_conn_counters) ==
	       offsetof(struct ohba_conn_stats, rsvd), "a counter without a place");

/*
 * Who a connection is for, if not the host's commands (own_conn.c). None of these may open
 * it anew: they are called from deep within.
 */
struct ohba_conn_owner {
	void (*up)(struct ohba_conn *conn);		/* TCP is established: RAW */
	/*
	 * A login response; in full-feature phase what PDU_RECV would get. 0, or the status
	 * that ends the connection. What the host gets as well (@lent) is not to be answered.
	 */
	int (*pdu)(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr, const void *data);
	/* Login is over: the same, after ohba_session_begin(). */
	int (*held)(struct ohba_conn *conn);
	/* All tasks that ohba_own_abort() ended have completed. */
	void (*idle)(struct ohba_conn *conn);
	/* All has completed, and the id is free; @reason: ABORTED after ohba_own_close(). */
	void (*gone)(struct ohba_conn *conn, enum ohba_status reason);
};

struct ohba_conn {
	struct ohba_iscsi *iscsi;
	const struct ohba_conn_owner *owner;	/* NULL: the host */
	void *owner_arg;
	bool lent;			/* an owner's: login PDUs are the host's (own_conn.c) */
	uint16_t reason;		/* enum ohba_status: LOST, of an owner's */
	struct ohba_fw *fw;
	uint32_t cid;
	uint8_t phase;			/* enum ohba_conn_phase; ohba_conn_phase_set() */
	uint8_t family;			/* enum ohba_family */
	struct ohba_tcp *tcp;		/* NULL once it is gone */
	struct ohba_timer timer;	/* the phase's deadline */
	struct ohba_owed open, close;
	bool was_lost;			/* before it was closed */
	bool frozen;			/* the firmware hangs (fault.h) */
	struct ohba_event_node lost;
	struct ohba_list ready;		/* in iscsi->ready: has work for the next turn */
	struct ohba_list flush;		/* in iscsi->flush: was given something to send */
	struct ohba_list waiting;	/* in iscsi->waiting: was read empty */
	struct ohba_list tasks;
	uint32_t nsent;			/* thereof SENT */
	uint64_t answer_bytes;		/* that the target will send for those */
	uint32_t nunasked;		/* writes of them that the target has to ask more for */
	uint32_t answered;		/* no longer SENT, free-running */
	struct ohba_rx rx;
	struct ohba_tx tx;
	struct ohba_session session;
	struct ohba_nop nop;
	struct ohba_send send[OHBA_SEND_SLOTS];
	struct ohba_recv recv[OHBA_PDU_RECV_DEPTH];	/* a ring, oldest at recv_first */
	uint32_t recv_first, recv_count;
	struct ohba_tmf_req tmf[OHBA_TMF_DEPTH];
	uint32_t tmf_seq;		/* of the newest */
	struct ohba_conn_counters stats;
};

/* Memory of a connection that is touched only when needed. */
struct ohba_conn_memory {
	uint8_t ctrl_data[OHBA_CTRL_DATA_MAX];		/* rx: data of one PDU, or AHS */
	uint8_t send_data[OHBA_SEND_SLOTS][OHBA_PDU_DATA_MAX];
	uint8_t pong_data[OHBA_PONG_SLOTS][OHBA_PONG_DATA];
	struct ohba_seg recv_seg[OHBA_PDU_RECV_DEPTH][OHBA_FW_MAX_SGE];
};

struct ohba_iscsi {
	struct ohba_fw *fw;
	struct ohba_faults *faults;
	uint32_t max_conns, max_tags;
	uint32_t nconns;			/* with the firmware's own, behind the host's */
	struct ohba_conn *conns;
	struct ohba_conn_memory *memory;	/* by connection id */
	struct ohba_task *tasks;
	struct ohba_seg *segs;			/* OHBA_FW_MAX_SGE by tag index */
	struct ohba_list ready, flush, waiting;
	uint64_t due_ns;			/* the earliest of those that wait */
	struct ohba_poller poller;
	bool polling;
	/* For the length of one call. */
	struct ohba_seg scratch_seg[OHBA_FW_MAX_SGE];
	uint8_t scratch[65536];
	struct ohba_map map[OHBA_TX_SLOTS];
};

/* iscsi.c */
/* The host's connection @cid, or NULL. */
struct ohba_conn *ohba_conn_find(struct ohba_iscsi *iscsi, uint32_t cid);
/* Whoever's. */
struct ohba_conn *ohba_conn_any(struct ohba_iscsi *iscsi, uint32_t cid);
/* Go on with @conn in the next turn. */
void ohba_conn_ready(struct ohba_conn *conn);
/* Receive and send as much as one turn may. */
void ohba_conn_work(struct ohba_conn *conn);
/* @conn was given something to send: at the end of this turn's commands. */
void ohba_conn_flush(struct ohba_conn *conn);
uint32_t ohba_ctrl_tag_new(struct ohba_ctrl_tag *tag, unsigned int slot);
static inline struct ohba_conn_memory *ohba_conn_memory(struct ohba_conn *conn)
{
	return &conn->iscsi->memory[conn->cid];
}

/* conn.c */
int ohba_conn_open(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);
int ohba_conn_close(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);
int ohba_conn_get_info(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);
/* What TCP knows of a connection that is up; of another @info stays as it is. */
void ohba_conn_tcp_info(struct ohba_conn *conn, struct ohba_conn_info *info);
/* Change the phase if the table allows it; says whether it happened. @event: for the trace. */
bool ohba_conn_phase_set(struct ohba_conn *conn, enum ohba_conn_phase phase, const char *event);
/* Whether @next may follow. */
bool ohba_conn_phase_may(enum ohba_conn_phase phase, enum ohba_conn_phase next);
/*
 * The connection is over for @reason (@opcode: of the PDU to blame, or 0). No-op
 * unless it is in RAW, HELD or FULL; ends the wait of CLOSING.
 */
void ohba_conn_lose(struct ohba_conn *conn, enum ohba_status reason, uint8_t opcode);
/* Where @open leads. Return: bytes of @peer. */
socklen_t ohba_conn_peer(const struct ohba_conn_open *open, struct sockaddr_storage *peer);
/*
 * Connect @cid, which is free, for @owner (NULL: the host). A failure at once is the status
 * alone, later ones are reported.
 */
enum ohba_status ohba_conn_begin(struct ohba_iscsi *iscsi, uint32_t cid,
				 const struct ohba_conn_open *open,
				 const struct ohba_conn_owner *owner, void *arg);
/* End it; what is outstanding completes with SESSION_LOST if it @lost, else ABORTED. */
void ohba_conn_end(struct ohba_conn *conn, bool lost, bool abort);
/* Give up what is CONNECTING. */
void ohba_conn_cancel(struct ohba_conn *conn);
/* An owner's connection is LOST: complete all and free it. */
void ohba_conn_bury(struct ohba_conn *conn);
/* TX has nothing left to send in CLOSING. */
void ohba_conn_drained(struct ohba_conn *conn);
/* Forget @conn: no completion, no event. */
void ohba_conn_reset(struct ohba_conn *conn);
/* Do nothing with @conn any more until it is reset. */
void ohba_conn_freeze(struct ohba_conn *conn);

/* rx.c */
/* What a row returns to stop the parser until ohba_rx_resume(). */
#define OHBA_RX_WAIT	(-1)

/*
 * What the parser does with a PDU. header() checks it and says in rx.sink where
 * its data goes; it may be asked again after OHBA_RX_WAIT. done() runs when
 * data and digest are in. Both return 0 or the status that ends the connection.
 */
struct ohba_rx_row {
	const char *name;
	int (*header)(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
	int (*done)(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
	uint16_t counter;		/* offset in struct ohba_conn_counters */
};

extern const struct ohba_rx_row ohba_rx_raw_row;		/* host_pdu.c */
const struct ohba_rx_row *ohba_rx_row(uint8_t opcode);		/* rx_row.c */

void ohba_rx_start(struct ohba_conn *conn);	/* RAW: one PDU per PDU_RECV */
void ohba_rx_start_full(struct ohba_conn *conn);
bool ohba_rx_between_pdus(const struct ohba_conn *conn);
/* Read as much as one turn may; returns true if it should go on next turn. */
bool ohba_rx_run(struct ohba_conn *conn);
void ohba_rx_resume(struct ohba_conn *conn);
/* Bytes that will come for what is being received; at least 1. */
uint32_t ohba_rx_certain(const struct ohba_conn *conn);
void ohba_rx_stop(struct ohba_conn *conn);
/* What is being received is for no task: the rest of its data goes nowhere. */
void ohba_rx_disown(struct ohba_conn *conn);

/* rx_wait.c */
/* TCP has no more of @conn now. */
void ohba_rx_wait(struct ohba_conn *conn);
/* The next answer is the first of a pace: what was before was no wait for it. */
void ohba_rx_pace_from_now(struct ohba_conn *conn);

/* tx.c */
void ohba_tx_init(struct ohba_conn *conn);
/* Send as much as one turn may; returns true if it should go on next turn. */
bool ohba_tx_run(struct ohba_conn *conn);
/* Drop what was built; done(false) is called for each. */
void ohba_tx_drop(struct ohba_conn *conn);
/* For build(): the data of @slot. @len is put into the header. */
void ohba_tx_data_sgl(struct ohba_tx_slot *slot, struct ohba_sgl *sgl, uint32_t off,
		      uint32_t len);
void ohba_tx_data_buf(struct ohba_tx_slot *slot, const void *buf, uint32_t len);

/* tx_queue.c */
void ohba_tx_urgent(struct ohba_conn *conn, struct ohba_tx_item *item);
void ohba_tx_window(struct ohba_conn *conn, struct ohba_tx_item *item);
/* Back to the front of the window queue, as if never taken off. */
void ohba_tx_window_front(struct ohba_conn *conn, struct ohba_tx_item *item);
/* Take @item off the list it is in; no-op if it is in none. */
void ohba_tx_unqueue(struct ohba_conn *conn, struct ohba_tx_item *item);
/* Whether a PDU may be sent now. */
bool ohba_tx_pending(const struct ohba_conn *conn);
/* Build the next PDU into @slot; only if ohba_tx_pending(). */
void ohba_tx_next(struct ohba_conn *conn, struct ohba_tx_slot *slot);
/* Leave nothing but what a closing connection still sends. */
void ohba_tx_purge(struct ohba_conn *conn);

/* session.c */
/* INVALID_FIELD, or INVALID_STATE: not between login and full-feature phase. */
enum ohba_status ohba_session_begin(struct ohba_conn *conn,
				    const struct ohba_session_params *params);
int ohba_session_start(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);
int ohba_session_timers(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);
struct ohba_conn *ohba_session_find(struct ohba_iscsi *iscsi, uint32_t handle);
bool ohba_session_window_open(const struct ohba_session *session);
/* ExpCmdSN and MaxCmdSN of a target's PDU. */
enum ohba_status ohba_session_window(struct ohba_conn *conn, uint32_t exp, uint32_t max);
/* Check a StatSN that the PDU owns, and advance. */
enum ohba_status ohba_session_statsn(struct ohba_conn *conn, iscsi_be32 statsn);
/* CmdSN for a PDU with opcode byte @opcode: the next, consumed unless immediate. */
iscsi_be32 ohba_session_cmdsn(struct ohba_session *session, uint8_t opcode);

/* task.h has the rest of tasks */

/* host_pdu.c */
int ohba_pdu_send(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);
int ohba_pdu_recv(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);
/* The same by commands whose handle is no connection id. */
int ohba_pdu_send_on(struct ohba_conn *conn, uint32_t qid, const struct ohba_sqe *sqe);
int ohba_pdu_recv_on(struct ohba_conn *conn, uint32_t qid, const struct ohba_sqe *sqe);
/* The PDU_SEND that awaits an answer with @itt, or NULL. */
struct ohba_send *ohba_send_find(struct ohba_conn *conn, uint32_t itt);
void ohba_send_free(struct ohba_send *send);
/*
 * For header(): 0 if a PDU_RECV waits that holds @hdr's PDU, whose data will go
 * to the connection's ctrl_data.
 */
int ohba_host_pdu_accept(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
/* For done(): give @hdr and ctrl_data to the oldest PDU_RECV. */
int ohba_host_pdu_deliver(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
int ohba_answer_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
int ohba_answer_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
/* Complete what waits, with @status. */
void ohba_host_pdu_end(struct ohba_conn *conn, enum ohba_status status);

/* Whether the host sends its PDUs, and gets them. */
static inline bool ohba_conn_hosts(const struct ohba_conn *conn)
{
	return !conn->owner || conn->lent;
}
/* Whether somebody takes what would be a PDU_RECV's. */
static inline bool ohba_conn_hears(const struct ohba_conn *conn)
{
	return !ohba_conn_hosts(conn) || conn->recv_count;
}
/* A PDU of the firmware's own, as ohba_pdu_send() sends the host's. */
enum ohba_status ohba_own_send(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr,
			       const void *data, uint32_t len);

/* own_conn.c */
struct ohba_conn *ohba_own_conn(struct ohba_iscsi *iscsi, uint32_t n);
enum ohba_status ohba_own_open(struct ohba_iscsi *iscsi, uint32_t n,
			       const struct ohba_conn_open *open,
			       const struct ohba_conn_owner *owner, void *arg);
/*
 * Login PDUs are the host's from now on, or, not @lent, the owner's again: what the host waits
 * for completes with LOGIN_STALE. It stops to read at the end of a login.
 */
void ohba_own_lend(struct ohba_conn *conn, bool lent);
/*
 * Log out (RFC 7143 section 11.14): nothing is sent behind it. The answer is a PDU for the
 * owner. False: it cannot be sent.
 */
bool ohba_own_logout(struct ohba_conn *conn);
/* End all tasks and TMFs with ABORTED, and take no new ones; then idle(). */
void ohba_own_abort(struct ohba_conn *conn);
/* Send what is queued, unless @abort; then gone(). Not within a callback. */
void ohba_own_close(struct ohba_conn *conn, bool lost, bool abort);

/* tmf.c */
int ohba_tmf(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);
int ohba_tmf_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
int ohba_tmf_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
/* The target rejected the TMF that has @itt. */
void ohba_tmf_rejected(struct ohba_conn *conn, uint32_t itt);
/* A task has completed for which the TMFs of the bit map @tmfs waited. */
void ohba_tmf_task_ended(struct ohba_conn *conn, uint8_t tmfs);
void ohba_tmf_end(struct ohba_conn *conn, enum ohba_status status);

/* nop.c */
void ohba_nop_init(struct ohba_conn *conn);
void ohba_nop_start(struct ohba_conn *conn, const struct ohba_session_timers *timers);
void ohba_nop_stop(struct ohba_conn *conn);
int ohba_nop_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
int ohba_nop_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
/* Whether it was ours. */
bool ohba_nop_rejected(struct ohba_conn *conn, uint32_t itt);

#endif /* OHBA_ISCSI_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections: their phases, how they open, get lost and close (SPEC.md 6.1). */
#include <netinet/in.h>
#include <string.h>

#include "iscsi.h"
#include "task.h"

#define CONNECT_MS	15000	/* the default of CONN_OPEN's timeout_ms */
#define DRAIN_MS	2000	/* for what is queued when the host closes */

static void connect_expired(struct ohba_conn *conn);
static void drop_expired(struct ohba_conn *conn);
static void drain_expired(struct ohba_conn *conn);

/* --- phases ----------------------------------------------------------------- */

#define TO(phase)	(1u << OHBA_CONN_##phase)

static const struct conn_phase {
	const char *name;
	unsigned int next;			/* TO() of the phases that may follow */
	void (*expired)(struct ohba_conn *conn);	/* conn->timer */
} phases[] = {
	[OHBA_CONN_FREE] = { "FREE", TO(CONNECTING), NULL },
	[OHBA_CONN_CONNECTING] = { "CONNECTING", TO(RAW) | TO(FREE), connect_expired },
	[OHBA_CONN_RAW] = { "RAW", TO(HELD) | TO(FULL) | TO(LOST) | TO(CLOSING), NULL },
	[OHBA_CONN_HELD] = { "HELD", TO(FULL) | TO(LOST) | TO(CLOSING), NULL },
	[OHBA_CONN_FULL] = { "FULL", TO(LOST) | TO(CLOSING), drop_expired },
	[OHBA_CONN_LOST] = { "LOST", TO(CLOSING), NULL },
	[OHBA_CONN_CLOSING] = { "CLOSING", TO(FREE), drain_expired },
};

bool ohba_conn_phase_may(enum ohba_conn_phase phase, enum ohba_conn_phase next)
{
	return phases[phase].next & 1u << next;
}

bool ohba_conn_phase_set(struct ohba_conn *conn, enum ohba_conn_phase phase, const char *event)
{
	const struct conn_phase *from = &phases[conn->phase];

	if (!ohba_conn_phase_may(conn->phase, phase)) {
		ohba_fw_trace(conn->fw, OHBA_TRACE_ERROR, "conn-state",
			      "conn %u: %s may not follow %s (%s)", conn->cid,
			      phases[phase].name, from->name, event);
		return false;
	}
	/* A deadline is its phase's. */
	ohba_timer_cancel(&conn->timer);
	conn->phase = phase;
	ohba_fw_trace(conn->fw, OHBA_TRACE_NORMAL, "conn-state", "conn %u: %s -> %s (%s)",
		      conn->cid, from->name, phases[phase].name, event);
	return true;
}

static void timer_expired(struct ohba_timer *timer)
{
	struct ohba_conn *conn = ohba_container(timer, struct ohba_conn, timer);

	if (phases[conn->phase].expired)
		phases[conn->phase].expired(conn);
}

/* --- the end of TCP --------------------------------------------------------- */

/*
 * After this no guest memory of the connection is accessed: neither the parser
 * nor a slot that is being sent goes on without @tcp.
 */
static void close_tcp(struct ohba_conn *conn, bool abort)
{
	ohba_nop_stop(conn);
	ohba_rx_stop(conn);
	if (conn->tcp)
		ohba_fw_engine(conn->fw)->ops->close(conn->tcp, abort);
	conn->tcp = NULL;
	ohba_list_del(&conn->ready);
	ohba_list_del(&conn->flush);
	ohba_list_del(&conn->waiting);
	ohba_tx_drop(conn);
}

static bool is_violation(enum ohba_status reason)
{
	return (reason >= OHBA_ST_BAD_OPCODE && reason <= OHBA_ST_BAD_FIELD) ||
	       reason == OHBA_ST_BAD_CMDSN;
}

static bool is_sequence_error(enum ohba_status reason)
{
	return (reason >= OHBA_ST_BAD_STATSN && reason <= OHBA_ST_BAD_R2TSN) ||
	       reason == OHBA_ST_BAD_CMDSN;
}

static bool is_digest_error(enum ohba_status reason)
{
	return reason == OHBA_ST_HDR_DIGEST || reason == OHBA_ST_DATA_DIGEST;
}

static void count_loss(struct ohba_conn *conn, enum ohba_status reason)
{
	struct ohba_adapter_counters *stats = ohba_fw_stats(conn->fw);

	stats->conns_lost++;
	stats->protocol_errors += is_violation(reason);
	stats->sequence_errors += is_sequence_error(reason);
	stats->digest_errors += is_digest_error(reason);
	stats->hdr_digest_errors += reason == OHBA_ST_HDR_DIGEST;
	conn->stats.digest_errors += is_digest_error(reason);
}

static void post_lost(struct ohba_conn *conn, enum ohba_status reason, uint8_t opcode)
{
	struct ohba_event *event = &conn->lost.event;

	event->type = OHBA_EVENT_CONN_LOST;
	event->reason = htole16(reason);
	event->handle = htole32(conn->cid);
	if (is_violation(reason) || is_digest_error(reason))
		event->detail[0] = htole32(opcode);
	ohba_event_post(conn->fw, &conn->lost);
}

static void finish_close(struct ohba_conn *conn, bool abort);

void ohba_conn_lose(struct ohba_conn *conn, enum ohba_status reason, uint8_t opcode)
{
	if (conn->phase == OHBA_CONN_CLOSING) {
		finish_close(conn, true);
		return;
	}
	if (!ohba_conn_phase_set(conn, OHBA_CONN_LOST, ohba_status_name(reason)))
		return;
	ohba_fw_trace(conn->fw, OHBA_TRACE_ERROR, "conn-lost",
		      "conn %u: %s (%s), opcode 0x%02x", conn->cid,
		      ohba_status_name(reason), ohba_status_meaning(reason), opcode);
	/* After the target's FIN there is nobody to reset. */
	close_tcp(conn, reason != OHBA_ST_CONN_CLOSED);
	count_loss(conn, reason);
	if (!conn->owner) {
		post_lost(conn, reason, opcode);
		return;
	}
	/* Who found out may still be using it. */
	conn->reason = reason;
	ohba_conn_ready(conn);
}

/* What the target announced with an Asynchronous Message is overdue. */
static void drop_expired(struct ohba_conn *conn)
{
	ohba_conn_lose(conn, OHBA_ST_TARGET_DROP, 0);
}

/* --- opening ---------------------------------------------------------------- */

static void open_failed(struct ohba_conn *conn, enum ohba_status status)
{
	close_tcp(conn, true);
	if (!ohba_conn_phase_set(conn, OHBA_CONN_FREE, ohba_status_name(status)))
		return;
	ohba_fw_stats(conn->fw)->conns_failed++;
	if (conn->owner)
		conn->owner->gone(conn, status);
	else
		ohba_pay_status(conn->fw, &conn->open, status);
}

static void connect_expired(struct ohba_conn *conn)
{
	open_failed(conn, OHBA_ST_CONN_TIMEOUT);
}

static void tcp_connected(void *arg, enum ohba_status status)
{
	struct ohba_conn *conn = arg;

	if (conn->frozen) {
		/* What comes must not wake the loop for ever. */
		ohba_fw_engine(conn->fw)->ops->want_read(conn->tcp, false);
		return;
	}
	if (status) {
		open_failed(conn, status);
		return;
	}
	if (!ohba_conn_phase_set(conn, OHBA_CONN_RAW, "connected"))
		return;
	ohba_fw_stats(conn->fw)->conns_opened++;
	ohba_rx_start(conn);
	if (conn->owner)
		conn->owner->up(conn);
	else
		ohba_pay_status(conn->fw, &conn->open, OHBA_ST_SUCCESS);
}

static void tcp_readable(void *arg)
{
	struct ohba_conn *conn = arg;

	/* Its turn is coming; two a turn would be unfair to the others. */
	if (!ohba_list_linked(&conn->ready))
		ohba_conn_work(conn);
}

static void tcp_writable(void *arg)
{
	struct ohba_conn *conn = arg;

	if (conn->frozen)
		return;
	conn->tx.blocked = false;
	if (ohba_tx_run(conn))
		ohba_conn_ready(conn);
}

static void tcp_broken(void *arg, enum ohba_status status)
{
	struct ohba_conn *conn = arg;

	if (conn->frozen) {
		close_tcp(conn, true);
		return;
	}
	ohba_conn_lose(conn, conn->session.drop ? OHBA_ST_TARGET_DROP : status, 0);
}

static const struct ohba_tcp_events tcp_events = {
	.connected = tcp_connected,
	.readable = tcp_readable,
	.writable = tcp_writable,
	.broken = tcp_broken,
};

static enum ohba_status check_open(const struct ohba_conn_open *open)
{
	if (open->rsvd0 || !ohba_all_zero(open->rsvd1, sizeof(open->rsvd1)) || !open->port ||
	    open->tos & OHBA_TOS_ECN || open->flags & ~OHBA_CONN_OPEN_NAGLE)
		return OHBA_ST_INVALID_FIELD;
	if (open->family == OHBA_FAMILY_IPV6)
		return OHBA_ST_SUCCESS;
	if (open->family != OHBA_FAMILY_IPV4 || open->scope_id ||
	    !ohba_all_zero(open->addr + 4, sizeof(open->addr) - 4))
		return OHBA_ST_INVALID_FIELD;
	return OHBA_ST_SUCCESS;
}

socklen_t ohba_conn_peer(const struct ohba_conn_open *open, struct sockaddr_storage *peer)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)peer;
	struct sockaddr_in *in = (struct sockaddr_in *)peer;

	memset(peer, 0, sizeof(*peer));
	if (open->family == OHBA_FAMILY_IPV4) {
		in->sin_family = AF_INET;
		in->sin_port = htobe16(le16toh(open->port));
		memcpy(&in->sin_addr, open->addr, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htobe16(le16toh(open->port));
	in6->sin6_scope_id = le32toh(open->scope_id);
	memcpy(&in6->sin6_addr, open->addr, sizeof(in6->sin6_addr));
	return sizeof(*in6);
}

/*
 * Every field as at power-on, but for the session's generation: a handle of the
 * connection before must not fit this one. ITTs may: they live on its TCP.
 */
static void conn_init(struct ohba_conn *conn, struct ohba_iscsi *iscsi, uint32_t cid)
{
	uint16_t session_gen = conn->session.gen;

	memset(conn, 0, sizeof(*conn));
	conn->session.gen = session_gen;
	conn->iscsi = iscsi;
	conn->fw = iscsi->fw;
	conn->cid = cid;
	ohba_list_init(&conn->tasks);
	ohba_tx_init(conn);
	ohba_timer_init(&conn->timer, ohba_fw_loop(conn->fw), timer_expired);
	ohba_nop_init(conn);
}

static enum ohba_status start_connect(struct ohba_conn *conn, const struct ohba_conn_open *open)
{
	const char *congestion = ohba_fw_config(conn->fw)->congestion;
	const struct ohba_tcp_options options = {
		.tos = open->tos, .nagle = open->flags & OHBA_CONN_OPEN_NAGLE,
	};
	struct ohba_tcp_engine *engine = ohba_fw_engine(conn->fw);
	uint32_t timeout_ms = le32toh(open->timeout_ms);
	enum ohba_status status = OHBA_ST_SUCCESS;
	struct sockaddr_storage peer;
	socklen_t len = ohba_conn_peer(open, &peer);

	conn->family = open->family;
	conn->lost.event.cookie = open->cookie;
	if (ohba_fault_on(conn->iscsi->faults, OHBA_FAULT_CONNECT))
		status = ohba_fault_connect(conn);
	if (status)
		return status;
	conn->tcp = engine->ops->connect(engine, (struct sockaddr *)&peer, len,
					 &options, &tcp_events, conn, &status);
	if (!conn->tcp)
		return status;
	if (congestion[0])
		engine->ops->congestion(conn->tcp, congestion);
	ohba_conn_phase_set(conn, OHBA_CONN_CONNECTING, "open");
	ohba_timer_arm(&conn->timer, (timeout_ms ? timeout_ms : CONNECT_MS) * OHBA_NS_PER_MS);
	return OHBA_ST_SUCCESS;
}

enum ohba_status ohba_conn_begin(struct ohba_iscsi *iscsi, uint32_t cid,
				 const struct ohba_conn_open *open,
				 const struct ohba_conn_owner *owner, void *arg)
{
	struct ohba_conn *conn = &iscsi->conns[cid];
	enum ohba_status status;

	conn_init(conn, iscsi, cid);
	conn->owner = owner;
	conn->owner_arg = arg;
	status = start_connect(conn, open);
	if (status)
		ohba_fw_stats(conn->fw)->conns_failed++;
	return status;
}

int ohba_conn_open(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_iscsi *iscsi = ohba_fw_iscsi(fw);
	uint32_t cid = le32toh(sqe->handle);
	struct ohba_conn_open open;
	enum ohba_status status;

	memcpy(&open, sqe->body, sizeof(open));
	status = check_open(&open);
	if (status)
		return status;
	if (cid >= iscsi->max_conns)
		return OHBA_ST_INVALID_HANDLE;
	if (ohba_conn_find(iscsi, cid))
		return OHBA_ST_BUSY;
	status = ohba_conn_begin(iscsi, cid, &open, NULL, NULL);
	if (status)
		return status;
	ohba_owe(&iscsi->conns[cid].open, qid, sqe);
	return OHBA_PENDING;
}

/* --- closing ---------------------------------------------------------------- */

static void finish_close(struct ohba_conn *conn, bool abort)
{
	enum ohba_status status = conn->was_lost ? OHBA_ST_SESSION_LOST : OHBA_ST_ABORTED;

	close_tcp(conn, abort);
	ohba_task_end_all(conn, status);
	ohba_tmf_end(conn, status);
	ohba_host_pdu_end(conn, conn->owner ? OHBA_ST_LOGIN_STALE : status);
	conn->session.handle = 0;
	ohba_conn_phase_set(conn, OHBA_CONN_FREE, abort ? "reset" : "sent");
	if (conn->owner)
		conn->owner->gone(conn, conn->reason ? conn->reason : OHBA_ST_ABORTED);
	else
		ohba_pay_status(conn->fw, &conn->close, OHBA_ST_SUCCESS);
}

void ohba_conn_bury(struct ohba_conn *conn)
{
	conn->was_lost = true;
	if (ohba_conn_phase_set(conn, OHBA_CONN_CLOSING, "is over"))
		finish_close(conn, true);
}

static void drain_expired(struct ohba_conn *conn)
{
	finish_close(conn, true);
}

void ohba_conn_drained(struct ohba_conn *conn)
{
	finish_close(conn, false);
}

/*
 * A PDU that was begun must be finished, or what follows it would be taken for
 * its rest: so tasks complete after the drain, not before.
 */
static void start_drain(struct ohba_conn *conn)
{
	ohba_nop_stop(conn);
	ohba_rx_stop(conn);
	ohba_tx_purge(conn);
	ohba_timer_arm(&conn->timer, DRAIN_MS * OHBA_NS_PER_MS);
	ohba_conn_flush(conn);
}

void ohba_conn_cancel(struct ohba_conn *conn)
{
	open_failed(conn, OHBA_ST_ABORTED);
}

void ohba_conn_end(struct ohba_conn *conn, bool lost, bool abort)
{
	if (!ohba_conn_phase_set(conn, OHBA_CONN_CLOSING, lost ? "is over" : "logged out"))
		return;
	conn->was_lost = lost;
	if (abort)
		finish_close(conn, true);
	else
		start_drain(conn);
}

int ohba_conn_close(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_conn *conn = ohba_conn_find(ohba_fw_iscsi(fw), le32toh(sqe->handle));

	if (!conn)
		return OHBA_ST_INVALID_HANDLE;
	if (conn->phase == OHBA_CONN_CONNECTING) {
		open_failed(conn, OHBA_ST_ABORTED);
		return OHBA_ST_SUCCESS;
	}
	conn->was_lost = conn->phase == OHBA_CONN_LOST;
	if (!ohba_conn_phase_set(conn, OHBA_CONN_CLOSING, "close"))
		return OHBA_ST_INVALID_STATE;
	/* No CONN_LOST after the host has given up the connection. */
	ohba_event_cancel(&conn->lost);
	ohba_owe(&conn->close, qid, sqe);
	if (conn->was_lost || (sqe->flags & OHBA_CONN_CLOSE_ABORT))
		finish_close(conn, true);
	else
		start_drain(conn);
	return OHBA_PENDING;
}

void ohba_conn_reset(struct ohba_conn *conn)
{
	close_tcp(conn, true);
	ohba_timer_cancel(&conn->timer);
	ohba_event_cancel(&conn->lost);
	ohba_task_forget_all(conn);
}

void ohba_conn_freeze(struct ohba_conn *conn)
{
	conn->frozen = true;
	ohba_timer_cancel(&conn->timer);
	ohba_nop_stop(conn);
	ohba_rx_stop(conn);
	ohba_list_del(&conn->ready);
	ohba_list_del(&conn->flush);
	ohba_list_del(&conn->waiting);
}

/* --- what it is ------------------------------------------------------------- */

static void put_address(const struct sockaddr_storage *from, uint8_t addr[16], __le16 *port)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;

	if (from->ss_family == AF_INET) {
		memcpy(addr, &in->sin_addr, sizeof(in->sin_addr));
		*port = htole16(be16toh(in->sin_port));
	} else {
		memcpy(addr, &in6->sin6_addr, sizeof(in6->sin6_addr));
		*port = htole16(be16toh(in6->sin6_port));
	}
}

void ohba_conn_tcp_info(struct ohba_conn *conn, struct ohba_conn_info *info)
{
	const struct ohba_tcp_engine_ops *ops = ohba_fw_engine(conn->fw)->ops;
	struct ohba_tcp_agreed agreed = { 0 };
	struct sockaddr_storage local, peer;

	if (!conn->tcp || conn->phase == OHBA_CONN_CONNECTING)
		return;
	info->mss = htole32(ops->mss(conn->tcp));
	ops->agreed(conn->tcp, &agreed);
	info->tcp_timestamps = agreed.timestamps;
	info->send_scale = agreed.send_scale;
	info->recv_scale = agreed.recv_scale;
	if (ops->names(conn->tcp, &local, &peer))
		return;
	put_address(&local, info->local_addr, &info->local_port);
	put_address(&peer, info->peer_addr, &info->peer_port);
}

int ohba_conn_get_info(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_iscsi *iscsi = ohba_fw_iscsi(fw);
	struct ohba_conn *conn = ohba_conn_find(iscsi, le32toh(sqe->handle));
	struct ohba_conn_info info = { .state = OHBA_CONN_FREE };

	(void)qid;
	if (le32toh(sqe->handle) >= iscsi->max_conns)
		return OHBA_ST_INVALID_HANDLE;
	if (!conn)
		return ohba_reply(fw, sqe, &info, sizeof(info));
	info.state = conn->phase;
	info.family = conn->family;
	ohba_conn_tcp_info(conn, &info);
	return ohba_reply(fw, sqe, &info, sizeof(info));
}

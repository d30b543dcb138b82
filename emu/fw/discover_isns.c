// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DISCOVER by iSNS: a TCP connection with a server, from connect to deregistration
 * (discover_priv.h); what is said on it is uip/proto's (isns.h).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core.h"
#include "discover_priv.h"

#define TURN_BYTES	4096	/* that are read at a time */
#define LEAVE_NS	(5 * OHBA_NS_PER_S)	/* for the answer to our deregistration */

static const struct ohba_tcp_engine_ops *tcp_ops(const struct ohba_discover_row *row)
{
	return row->fw->engine->ops;
}

/* --- the end ---------------------------------------------------------------- */

static void close_tcp(struct ohba_discover_row *row, bool abort)
{
	if (row->tcp)
		tcp_ops(row)->close(row->tcp, abort);
	row->tcp = NULL;
}

static void finish(struct ohba_discover_row *row, bool abort)
{
	close_tcp(row, abort);
	ohba_discover_finish(row);
}

/* How the list ended counts, once it has. */
static void lost(struct ohba_discover_row *row, enum ohba_status reason)
{
	if (row->state != OHBA_DISCOVER_LEAVING)
		ohba_discover_because(row, reason, NULL);
	/* After the server's FIN there is nobody to reset. */
	finish(row, reason != OHBA_ST_CONN_CLOSED);
}

static void explain(struct ohba_discover_row *row, const struct isns_result *result)
{
	static const uint16_t status[] = {
		[ISNS_DONE] = OHBA_ST_SUCCESS,
		[ISNS_REFUSED] = OHBA_ST_ISNS_REFUSED,
		[ISNS_VIOLATION] = OHBA_ST_ISNS_VIOLATION,
		[ISNS_GIVEN_UP] = OHBA_ST_ISNS_TIMEOUT,
	};
	char words[sizeof(row->told.words)];

	if (result->outcome == ISNS_REFUSED)
		snprintf(words, sizeof(words), "the iSNS server %s: %s (%u)", result->words,
			 isns_status_name(result->status), result->status);
	else
		snprintf(words, sizeof(words), "the iSNS server %s", result->words);
	ohba_discover_because(row, status[result->outcome], words);
}

/* --- bytes ------------------------------------------------------------------- */

static void record(void *ctx, const char *name, const struct isns_portal *portal)
{
	struct ohba_conn_open at = { .family = OHBA_FAMILY_IPV4 };
	struct ohba_discover_row *row = ctx;

	if (!portal) {
		ohba_discover_found(row, name, NULL, ISCSI_TPGT_NONE);
		return;
	}
	if (portal->is_ipv6)
		at.family = OHBA_FAMILY_IPV6;
	at.port = htole16(portal->port);
	memcpy(at.addr, portal->addr, sizeof(at.addr));
	ohba_discover_found(row, name, &at, portal->tpgt);
}

/* What there is to say, as far as there is room for it: the rest when there is. */
static enum ohba_status flush(struct ohba_discover_row *row)
{
	while (row->pdu.len || isns_tx(&row->isns, &row->pdu)) {
		struct iovec iov = { (void *)row->pdu.data, row->pdu.len };
		ssize_t n = tcp_ops(row)->send(row->tcp, &iov, 1, false);

		if (n == -EAGAIN)
			return OHBA_ST_SUCCESS;
		if (n < 0)
			return ohba_tcp_status(-n);
		row->pdu.data = (const uint8_t *)row->pdu.data + n;
		row->pdu.len -= n;
	}
	return OHBA_ST_SUCCESS;
}

/* After whatever was said or heard. */
static void go_on(struct ohba_discover_row *row)
{
	const struct isns_result *result = isns_result(&row->isns);
	enum ohba_status status;

	if (result && row->state == OHBA_DISCOVER_ASKING) {
		explain(row, result);
		ohba_discover_move(row, OHBA_DISCOVER_EV_LISTED);
		ohba_timer_arm(&row->timer, LEAVE_NS);
	}
	if (isns_over(&row->isns)) {
		finish(row, result->outcome == ISNS_VIOLATION);
		return;
	}
	status = flush(row);
	if (status)
		lost(row, status);
}

/* --- what the connection tells -------------------------------------------------- */

static void tcp_connected(void *arg, enum ohba_status status)
{
	struct ohba_discover_row *row = arg;

	if (row->frozen) {
		/* What comes must not wake the loop for ever. */
		tcp_ops(row)->want_read(row->tcp, false);
	} else if (status) {
		lost(row, status);
	} else {
		ohba_discover_move(row, OHBA_DISCOVER_EV_READY);
		go_on(row);
	}
}

static void tcp_readable(void *arg)
{
	struct ohba_discover_row *row = arg;
	uint8_t bytes[TURN_BYTES];
	struct iovec iov = { bytes, sizeof(bytes) };
	ssize_t n = tcp_ops(row)->recv(row->tcp, &iov, 1);

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		lost(row, n ? ohba_tcp_status(-n) : OHBA_ST_CONN_CLOSED);
		return;
	}
	isns_rx(&row->isns, bytes, n);
	go_on(row);
}

static void tcp_writable(void *arg)
{
	struct ohba_discover_row *row = arg;

	if (!row->frozen)
		go_on(row);
}

static void tcp_broken(void *arg, enum ohba_status status)
{
	struct ohba_discover_row *row = arg;

	if (row->frozen)
		close_tcp(row, true);
	else
		lost(row, status);
}

static const struct ohba_tcp_events tcp_events = {
	.connected = tcp_connected,
	.readable = tcp_readable,
	.writable = tcp_writable,
	.broken = tcp_broken,
};

/* --- the method ------------------------------------------------------------- */

static enum ohba_status begin(struct ohba_discover_row *row)
{
	const struct isns_config config = {
		.name = (const char *)row->initiator.name, .record = record, .ctx = row,
	};
	struct ohba_conn_open open = ohba_discover_peer(row);
	struct sockaddr_storage peer;
	socklen_t len = ohba_conn_peer(&open, &peer);
	enum ohba_status status = OHBA_ST_SUCCESS;

	row->pdu.len = 0;
	isns_start(&row->isns, &config);
	row->tcp = tcp_ops(row)->connect(row->fw->engine, (struct sockaddr *)&peer, len,
					 NULL, &tcp_events, row, &status);
	return ohba_discover_because(row, status, NULL);
}

/* Who says goodbye here does not wait: what was listed came in time, or did not. */
static void expired(struct ohba_discover_row *row)
{
	bool abort = row->state != OHBA_DISCOVER_ASKING;

	if (row->state == OHBA_DISCOVER_CONNECTING)
		ohba_discover_because(row, OHBA_ST_CONN_TIMEOUT, NULL);
	if (!abort) {
		isns_give_up(&row->isns);
		explain(row, isns_result(&row->isns));
		abort = flush(row) || row->pdu.len;
	}
	finish(row, abort);
}

static void end(struct ohba_discover_row *row)
{
	(void)row;	/* nothing of it is a secret */
}

static void freeze(struct ohba_discover_row *row)
{
	row->frozen = true;
	if (row->tcp && row->state != OHBA_DISCOVER_CONNECTING)
		tcp_ops(row)->want_read(row->tcp, false);
}

static void stop(struct ohba_discover_row *row)
{
	close_tcp(row, true);
}

const struct ohba_discover_ops ohba_discover_isns = {
	.begin = begin,
	.expired = expired,
	.end = end,
	.freeze = freeze,
	.stop = stop,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DISCOVER: its row from the command to its completion, and the list of targets, which goes to
 * host memory as it comes (discover.h). How they are asked for: discover_session.c,
 * discover_isns.c.
 */
#include <stdio.h>
#include <string.h>

#include "core.h"
#include "discover_priv.h"
#include "own_login.h"
#include "table.h"

#define DISCOVER_MS	15000	/* the default of timeout_ms */

/* The only place that changes the state, but for a reset, which clears all. */
bool ohba_discover_move(struct ohba_discover_row *row, enum ohba_discover_event event)
{
	const char *from = ohba_discover_states[row->state];
	int next = ohba_discover_next(row->state, event);

	if (next < 0) {
		ohba_fw_trace(row->fw, OHBA_TRACE_ERROR, "discovery-state",
			      "discovery %u: %s: not when %s", row->n,
			      ohba_discover_events[event], from);
		return false;
	}
	ohba_fw_trace(row->fw, OHBA_TRACE_NORMAL, "discovery-state",
		      "discovery %u: %s -> %s (%s)", row->n, from, ohba_discover_states[next],
		      ohba_discover_events[event]);
	row->state = next;
	return true;
}

/* --- the end ---------------------------------------------------------------- */

int ohba_discover_because(struct ohba_discover_row *row, enum ohba_status why,
			  const char *words)
{
	if (row->why || !why)
		return row->why;
	row->why = why;
	if (!words)
		words = ohba_status_meaning(why);
	snprintf((char *)row->told.words, sizeof(row->told.words), "%s", words);
	return why;
}

void ohba_discover_finish(struct ohba_discover_row *row)
{
	struct ohba_cqe cqe = { .result = htole32(row->written) };
	enum ohba_status fault = ohba_sgl_write(row->fw, &row->sgl, 0, &row->told,
						sizeof(row->told));

	if (!row->fault)
		row->fault = fault;
	cqe.status = htole16(row->fault ? row->fault : row->why);
	ohba_fw_trace(row->fw, row->why ? OHBA_TRACE_ERROR : OHBA_TRACE_NORMAL, "discovery",
		      "discovery %u: %s: %s, %u listed, %u skipped, %u written", row->n,
		      ohba_status_name(le16toh(cqe.status)), row->told.words,
		      le32toh(row->told.listed), le32toh(row->told.skipped), row->written);
	ohba_timer_cancel(&row->timer);
	row->ops->end(row);
	ohba_discover_move(row, OHBA_DISCOVER_EV_GONE);
	ohba_pay(row->fw, &row->owed, &cqe);
}

/* --- the list --------------------------------------------------------------- */

static void write_record(struct ohba_discover_row *row, const struct ohba_discovered *found)
{
	uint32_t off = sizeof(row->told) + row->written * sizeof(*found);

	if (row->fault || row->sgl.len - off < sizeof(*found))
		return;
	row->fault = ohba_sgl_write(row->fw, &row->sgl, off, found, sizeof(*found));
	if (!row->fault)
		row->written++;
}

static void count(__le32 *counter)
{
	*counter = htole32(le32toh(*counter) + 1);
}

void ohba_discover_found(struct ohba_discover_row *row, const char *name,
			 const struct ohba_conn_open *at, int32_t tpgt)
{
	struct ohba_discovered found = { .family = 0 };

	count(&row->told.listed);
	if (!at || !at->port ||
	    !ohba_login_may_go(row->asked.family, row->asked.addr, at->family, at->addr)) {
		count(&row->told.skipped);
		return;
	}
	found.family = at->family;
	found.port = at->port;
	memcpy(found.addr, at->addr, sizeof(found.addr));
	if (tpgt != ISCSI_TPGT_NONE) {
		found.flags = OHBA_DISCOVERED_TPGT;
		found.tpgt = htole16(tpgt);
	}
	memcpy(found.name, name, strlen(name));
	write_record(row, &found);
}

/* --- where and how long ------------------------------------------------------ */

struct ohba_conn_open ohba_discover_peer(const struct ohba_discover_row *row)
{
	struct ohba_conn_open open = {
		.family = row->asked.family, .port = row->asked.port,
		.timeout_ms = htole32(ohba_login_left_ms(row->fw, row->deadline_ns)),
	};

	memcpy(open.addr, row->asked.addr, sizeof(open.addr));
	return open;
}

static void expired(struct ohba_timer *timer)
{
	struct ohba_discover_row *row = ohba_container(timer, struct ohba_discover_row, timer);

	row->ops->expired(row);
}

/* --- the command ------------------------------------------------------------ */

static const struct ohba_discover_ops *const methods[] = {
	[OHBA_DISCOVER_SENDTARGETS] = &ohba_discover_session,
	[OHBA_DISCOVER_ISNS] = &ohba_discover_isns,
};

/* A server of iSNS takes no proof. */
static bool chap_ok(const struct ohba_discover *asked)
{
	uint16_t list = le16toh(asked->chap_list);

	if (asked->method == OHBA_DISCOVER_ISNS)
		return !list && le16toh(asked->account) == OHBA_ACCOUNT_NONE;
	return !list || (le16toh(asked->account) != OHBA_ACCOUNT_NONE && ohba_chap_list_ok(list));
}

static enum ohba_status check(const struct ohba_sqe *sqe, const struct ohba_discover *asked)
{
	static const uint8_t nowhere[16];
	size_t len = asked->family == OHBA_FAMILY_IPV4 ? 4 : 16;

	if (sqe->handle)
		return OHBA_ST_INVALID_HANDLE;
	if ((asked->family != OHBA_FAMILY_IPV4 && asked->family != OHBA_FAMILY_IPV6) ||
	    !memcmp(asked->addr, nowhere, len) ||
	    !ohba_all_zero(asked->addr + len, sizeof(asked->addr) - len) || !asked->port ||
	    asked->method >= sizeof(methods) / sizeof(methods[0]) ||
	    !ohba_all_zero(asked->rsvd1, sizeof(asked->rsvd1)) ||
	    !chap_ok(asked) ||
	    le32toh(asked->timeout_ms) > OHBA_DISCOVER_MS_MAX ||
	    le32toh(sqe->data_len) < sizeof(struct ohba_discovery))
		return OHBA_ST_INVALID_FIELD;
	return OHBA_ST_SUCCESS;
}

/* NULL: all are in use. */
static struct ohba_discover_row *free_row(struct ohba_fw *fw)
{
	uint32_t n;

	for (n = 0; n < OHBA_DISCOVERS_MAX; n++) {
		struct ohba_discover_row *row = &fw->discovers[n];

		if (row->state != OHBA_DISCOVER_FREE)
			continue;
		row->fw = fw;
		row->n = n;
		ohba_timer_init(&row->timer, fw->loop, expired);
		return row;
	}
	return NULL;
}

static void prepare(struct ohba_discover_row *row, const struct ohba_discover *asked)
{
	uint64_t left_ns = (le32toh(asked->timeout_ms) ?: DISCOVER_MS) * OHBA_NS_PER_MS;

	row->asked = *asked;
	row->ops = methods[asked->method];
	row->why = OHBA_ST_SUCCESS;
	row->fault = OHBA_ST_SUCCESS;
	row->written = 0;
	memset(&row->told, 0, sizeof(row->told));
	ohba_initiator_get(row->fw, &row->initiator);
	ohba_discover_move(row, OHBA_DISCOVER_EV_BEGIN);
	row->deadline_ns = ohba_loop_now(row->fw->loop) + left_ns;
	ohba_timer_arm(&row->timer, left_ns);
}

static int discover(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_discover asked;
	struct ohba_discover_row *row;
	enum ohba_status status;

	memcpy(&asked, sqe->body, sizeof(asked));
	status = check(sqe, &asked);
	if (status)
		return status;
	row = fw->discovers ? free_row(fw) : NULL;
	if (!row)
		return OHBA_ST_BUSY;
	row->sgl = (struct ohba_sgl){ .seg = row->seg, .max = OHBA_FW_MAX_SGE };
	status = ohba_sgl_parse(fw, &row->sgl, sqe);
	if (status)
		return status;
	prepare(row, &asked);
	ohba_owe(&row->owed, qid, sqe);
	if (row->ops->begin(row))
		ohba_discover_finish(row);
	return OHBA_PENDING;
}

const struct ohba_cmd_row ohba_discover_cmds[] = {
	{ .opcode = OHBA_ADMIN_DISCOVER, .name = "DISCOVER", .fn = discover,
	  .body = true, .data = true },
};

const unsigned int ohba_discover_ncmds =
	sizeof(ohba_discover_cmds) / sizeof(ohba_discover_cmds[0]);

/* --- life ------------------------------------------------------------------- */

bool ohba_discover_create(struct ohba_fw *fw)
{
	if (!fw->cfg.max_targets)
		return true;
	fw->discovers = ohba_table_map(OHBA_DISCOVERS_MAX, sizeof(*fw->discovers));
	if (!fw->discovers)
		return false;
	if (!ohba_loop_reserve_timers(fw->loop, OHBA_DISCOVERS_MAX))
		return true;
	ohba_table_unmap(fw->discovers, OHBA_DISCOVERS_MAX, sizeof(*fw->discovers));
	fw->discovers = NULL;
	return false;
}

void ohba_discover_freeze(struct ohba_fw *fw)
{
	uint32_t n;

	for (n = 0; fw->discovers && n < OHBA_DISCOVERS_MAX; n++) {
		struct ohba_discover_row *row = &fw->discovers[n];

		if (!row->fw)
			continue;
		ohba_timer_cancel(&row->timer);
		if (row->state != OHBA_DISCOVER_FREE && row->ops->freeze)
			row->ops->freeze(row);
	}
}

void ohba_discover_stop(struct ohba_fw *fw)
{
	uint32_t n;

	if (!fw->discovers)
		return;
	for (n = 0; n < OHBA_DISCOVERS_MAX; n++) {
		struct ohba_discover_row *row = &fw->discovers[n];

		if (row->fw)
			ohba_timer_cancel(&row->timer);
		if (row->state != OHBA_DISCOVER_FREE && row->ops->stop)
			row->ops->stop(row);
	}
	ohba_table_clear(fw->discovers, OHBA_DISCOVERS_MAX, sizeof(*fw->discovers));
}

void ohba_discover_destroy(struct ohba_fw *fw)
{
	if (!fw->discovers)
		return;
	(void)ohba_loop_reserve_timers(fw->loop, -OHBA_DISCOVERS_MAX);
	ohba_table_unmap(fw->discovers, OHBA_DISCOVERS_MAX, sizeof(*fw->discovers));
}

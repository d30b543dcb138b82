// SPDX-License-Identifier: GPL-2.0-or-later
/* The iSCSI side as a whole: its tables, its life, its turns (iscsi.h). */
#include "iscsi.h"

#include <stdlib.h>
#include <string.h>

#include "ohba_target.h"
#include "table.h"
#include "task.h"

/* conn.timer and nop.timer */
#define CONN_TIMERS	2

static bool iscsi_poll(struct ohba_poller *poller);
static bool iscsi_sleep(struct ohba_poller *poller);

/* --- tables ----------------------------------------------------------------- */

static size_t segs_size(void)
{
	return OHBA_FW_MAX_SGE * sizeof(struct ohba_seg);
}

static bool tables_map(struct ohba_iscsi *iscsi)
{
	iscsi->conns = ohba_table_map(iscsi->nconns, sizeof(*iscsi->conns));
	iscsi->memory = ohba_table_map(iscsi->nconns, sizeof(*iscsi->memory));
	iscsi->tasks = ohba_table_map(iscsi->max_tags, sizeof(*iscsi->tasks));
	iscsi->segs = ohba_table_map(iscsi->max_tags, segs_size());
	return iscsi->conns && iscsi->memory && iscsi->tasks && iscsi->segs;
}

static void tables_unmap(struct ohba_iscsi *iscsi)
{
	ohba_table_unmap(iscsi->segs, iscsi->max_tags, segs_size());
	ohba_table_unmap(iscsi->tasks, iscsi->max_tags, sizeof(*iscsi->tasks));
	ohba_table_unmap(iscsi->memory, iscsi->nconns, sizeof(*iscsi->memory));
	ohba_table_unmap(iscsi->conns, iscsi->nconns, sizeof(*iscsi->conns));
}

static void tables_clear(struct ohba_iscsi *iscsi)
{
	ohba_table_clear(iscsi->segs, iscsi->max_tags, segs_size());
	ohba_table_clear(iscsi->tasks, iscsi->max_tags, sizeof(*iscsi->tasks));
	ohba_table_clear(iscsi->memory, iscsi->nconns, sizeof(*iscsi->memory));
	ohba_table_clear(iscsi->conns, iscsi->nconns, sizeof(*iscsi->conns));
}

/* --- life ------------------------------------------------------------------- */

/* Of the firmware: for each target, and for discoveries. */
static uint32_t own_conns(uint32_t max_targets)
{
	return max_targets ? max_targets + OHBA_DISCOVERS_MAX : 0;
}

static struct ohba_iscsi *new_iscsi(struct ohba_fw *fw)
{
	struct ohba_iscsi *iscsi = calloc(1, sizeof(*iscsi));

	if (!iscsi)
		return NULL;
	iscsi->fw = fw;
	iscsi->faults = ohba_fw_faults(fw);
	iscsi->max_conns = ohba_fw_config(fw)->max_conns;
	iscsi->nconns = iscsi->max_conns + own_conns(ohba_fw_config(fw)->max_targets);
	iscsi->max_tags = ohba_fw_config(fw)->max_tags;
	iscsi->poller.poll = iscsi_poll;
	iscsi->poller.sleep = iscsi_sleep;
	ohba_list_init(&iscsi->ready);
	ohba_list_init(&iscsi->flush);
	ohba_list_init(&iscsi->waiting);
	iscsi->due_ns = UINT64_MAX;
	return iscsi;
}

struct ohba_iscsi *ohba_iscsi_create(struct ohba_fw *fw)
{
	struct ohba_iscsi *iscsi = new_iscsi(fw);

	if (!iscsi)
		return NULL;
	if (!tables_map(iscsi))
		goto err_tables;
	if (ohba_loop_reserve_timers(ohba_fw_loop(fw), iscsi->nconns * CONN_TIMERS))
		goto err_tables;
	return iscsi;

err_tables:
	tables_unmap(iscsi);
	free(iscsi);
	return NULL;
}

void ohba_iscsi_destroy(struct ohba_iscsi *iscsi)
{
	int timers = iscsi->nconns * CONN_TIMERS;

	/* Fewer timers cannot fail. */
	(void)ohba_loop_reserve_timers(ohba_fw_loop(iscsi->fw), -timers);
	tables_unmap(iscsi);
	free(iscsi);
}

static void stop_polling(struct ohba_iscsi *iscsi)
{
	if (iscsi->polling)
		ohba_poller_del(ohba_fw_loop(iscsi->fw), &iscsi->poller);
	iscsi->polling = false;
}

void ohba_iscsi_freeze(struct ohba_iscsi *iscsi)
{
	uint32_t cid;

	for (cid = 0; cid < iscsi->nconns; cid++)
		if (iscsi->conns[cid].phase != OHBA_CONN_FREE)
			ohba_conn_freeze(&iscsi->conns[cid]);
	stop_polling(iscsi);
}

void ohba_iscsi_reset(struct ohba_iscsi *iscsi)
{
	uint32_t cid;

	for (cid = 0; cid < iscsi->nconns; cid++)
		if (iscsi->conns[cid].phase != OHBA_CONN_FREE)
			ohba_conn_reset(&iscsi->conns[cid]);
	stop_polling(iscsi);
	ohba_list_init(&iscsi->ready);
	ohba_list_init(&iscsi->flush);
	ohba_list_init(&iscsi->waiting);
	iscsi->due_ns = UINT64_MAX;
	tables_clear(iscsi);
}

/* --- turns ------------------------------------------------------------------ */

/* The poller exists for what one turn left to the next, and only as long. */
void ohba_conn_ready(struct ohba_conn *conn)
{
	struct ohba_iscsi *iscsi = conn->iscsi;

	if (!ohba_list_linked(&conn->ready))
		ohba_list_append(&iscsi->ready, &conn->ready);
	if (iscsi->polling)
		return;
	iscsi->polling = true;
	ohba_poller_add(ohba_fw_loop(iscsi->fw), &iscsi->poller);
}

void ohba_conn_flush(struct ohba_conn *conn)
{
	if (!ohba_list_linked(&conn->flush))
		ohba_list_append(&conn->iscsi->flush, &conn->flush);
}

/* One round: who becomes ready again waits for the next turn. */
static bool iscsi_poll(struct ohba_poller *poller)
{
	struct ohba_iscsi *iscsi = ohba_container(poller, struct ohba_iscsi, poller);
	struct ohba_list *last = iscsi->ready.prev;
	struct ohba_list *node;

	do {
		node = ohba_list_first(&iscsi->ready);
		if (!node)
			break;
		ohba_list_del(node);
		ohba_conn_work(ohba_container(node, struct ohba_conn, ready));
	} while (node != last);
	if (!ohba_list_empty(&iscsi->ready))
		return true;
	iscsi->polling = false;
	ohba_poller_del(ohba_fw_loop(iscsi->fw), poller);
	return false;
}

static bool iscsi_sleep(struct ohba_poller *poller)
{
	return ohba_list_empty(&ohba_container(poller, struct ohba_iscsi, poller)->ready);
}

void ohba_conn_work(struct ohba_conn *conn)
{
	bool more;

	if (conn->phase == OHBA_CONN_LOST) {
		ohba_conn_bury(conn);
		return;
	}
	more = ohba_rx_run(conn);
	more |= ohba_tx_run(conn);
	/* That may have lost it: the host's waits to be closed, an owner's is ready already. */
	if (more && conn->tcp)
		ohba_conn_ready(conn);
}

void ohba_iscsi_flush(struct ohba_iscsi *iscsi)
{
	struct ohba_list *node;

	while ((node = ohba_list_first(&iscsi->flush))) {
		struct ohba_conn *conn = ohba_container(node, struct ohba_conn, flush);

		ohba_list_del(node);
		if (ohba_tx_run(conn))
			ohba_conn_ready(conn);
	}
}

/* --- look-ups --------------------------------------------------------------- */

struct ohba_conn *ohba_conn_any(struct ohba_iscsi *iscsi, uint32_t cid)
{
	struct ohba_conn *conn;

	if (cid >= iscsi->nconns)
		return NULL;
	conn = &iscsi->conns[cid];
	return conn->phase == OHBA_CONN_FREE ? NULL : conn;
}

struct ohba_conn *ohba_conn_find(struct ohba_iscsi *iscsi, uint32_t cid)
{
	return cid < iscsi->max_conns ? ohba_conn_any(iscsi, cid) : NULL;
}

static int put_stats(const struct ohba_conn *conn, struct ohba_conn_stats *stats)
{
	const uint64_t *from;
	__le64 *to = (__le64 *)stats;
	size_t i;

	if (!conn)
		return OHBA_ST_INVALID_HANDLE;
	memset(stats, 0, sizeof(*stats));
	from = (const uint64_t *)&conn->stats;
	for (i = 0; i < sizeof(conn->stats) / sizeof(*from); i++)
		to[i] = htole64(from[i]);
	return OHBA_ST_SUCCESS;
}

int ohba_iscsi_conn_stats(struct ohba_iscsi *iscsi, uint32_t cid, struct ohba_conn_stats *stats)
{
	return put_stats(ohba_conn_find(iscsi, cid), stats);
}

int ohba_iscsi_target_stats(struct ohba_iscsi *iscsi, uint32_t index,
			    struct ohba_conn_stats *stats)
{
	return put_stats(ohba_own_conn(iscsi, index), stats);
}

/* --- what commands are owed, and tags of control PDUs ------------------------ */

void ohba_owe(struct ohba_owed *owed, uint32_t qid, const struct ohba_sqe *sqe)
{
	owed->qid = qid;
	owed->tag = le32toh(sqe->tag);
	owed->pending = true;
}

void ohba_pay(struct ohba_fw *fw, struct ohba_owed *owed, struct ohba_cqe *cqe)
{
	if (!owed->pending)
		return;
	owed->pending = false;
	cqe->tag = htole32(owed->tag);
	ohba_complete(fw, owed->qid, cqe);
}

void ohba_pay_status(struct ohba_fw *fw, struct ohba_owed *owed, enum ohba_status status)
{
	struct ohba_cqe cqe = { .status = htole16(status) };

	ohba_pay(fw, owed, &cqe);
}

uint32_t ohba_ctrl_tag_new(struct ohba_ctrl_tag *tag, unsigned int slot)
{
	tag->gen++;
	tag->itt = OHBA_ITT_CTRL | (slot | (uint32_t)tag->gen << 4) << 16;
	return tag->itt;
}

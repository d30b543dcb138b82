// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which PDU is sent next. Urgent ones first; then commands, unsolicited and
 * solicited data take turns, PDU by PDU, so that neither bulk data holds up
 * commands nor commands the data that the target waits for.
 */
#include "iscsi.h"
#include "task.h"

/* --- queues --------------------------------------------------------------------- */

void ohba_tx_urgent(struct ohba_conn *conn, struct ohba_tx_item *item)
{
	item->in_window = false;
	ohba_list_append(&conn->tx.urgent, &item->link);
	ohba_conn_flush(conn);
}

void ohba_tx_window(struct ohba_conn *conn, struct ohba_tx_item *item)
{
	struct ohba_tx *tx = &conn->tx;

	/* Its CmdSN, once those before it have theirs. */
	if (iscsi_sn_lt(conn->session.max_cmdsn, conn->session.cmdsn + tx->window_len))
		conn->stats.window_closed++;
	item->in_window = true;
	ohba_list_append(&tx->window, &item->link);
	tx->window_len++;
	ohba_conn_flush(conn);
}

void ohba_tx_window_front(struct ohba_conn *conn, struct ohba_tx_item *item)
{
	item->in_window = true;
	ohba_list_prepend(&conn->tx.window, &item->link);
	conn->tx.window_len++;
}

void ohba_tx_unqueue(struct ohba_conn *conn, struct ohba_tx_item *item)
{
	if (!ohba_list_linked(&item->link))
		return;
	ohba_list_del(&item->link);
	if (item->in_window)
		conn->tx.window_len--;
	item->in_window = false;
}

static struct ohba_tx_item *first_item(const struct ohba_list *head)
{
	struct ohba_list *node = ohba_list_first(head);

	return node ? ohba_container(node, struct ohba_tx_item, link) : NULL;
}

static struct ohba_task *first_task(const struct ohba_list *head)
{
	struct ohba_list *node = ohba_list_first(head);

	return node ? ohba_container(node, struct ohba_task, data) : NULL;
}

static void build(struct ohba_conn *conn, struct ohba_tx_item *item, struct ohba_tx_slot *slot)
{
	ohba_tx_unqueue(conn, item);
	item->ops->build(conn, item, slot);
}

/* --- sources -------------------------------------------------------------------- */

/* No new request follows a Logout Request (section 11.14). */
static bool urgent_ready(const struct ohba_conn *conn)
{
	return !ohba_list_empty(&conn->tx.urgent) && !conn->session.logout;
}

static void urgent_next(struct ohba_conn *conn, struct ohba_tx_slot *slot)
{
	build(conn, first_item(&conn->tx.urgent), slot);
}

static bool command_ready(const struct ohba_conn *conn)
{
	return !ohba_list_empty(&conn->tx.window) && !conn->session.logout &&
	       ohba_session_window_open(&conn->session);
}

static void command_next(struct ohba_conn *conn, struct ohba_tx_slot *slot)
{
	build(conn, first_item(&conn->tx.window), slot);
}

/*
 * Unsolicited data of a connection is sent in the order of its commands
 * (section 4.2.5.2): the first task until it has no more.
 */
static bool unsolicited_ready(const struct ohba_conn *conn)
{
	return !ohba_list_empty(&conn->tx.unsolicited);
}

static void unsolicited_next(struct ohba_conn *conn, struct ohba_tx_slot *slot)
{
	ohba_task_data_out(conn, first_task(&conn->tx.unsolicited), slot);
}

/* Each task one PDU at a time: ohba_task_data_out() puts it to the end. */
static bool solicited_ready(const struct ohba_conn *conn)
{
	return !ohba_list_empty(&conn->tx.solicited);
}

static void solicited_next(struct ohba_conn *conn, struct ohba_tx_slot *slot)
{
	ohba_task_data_out(conn, first_task(&conn->tx.solicited), slot);
}

struct tx_source {
	bool (*ready)(const struct ohba_conn *conn);
	void (*next)(struct ohba_conn *conn, struct ohba_tx_slot *slot);
};

static const struct tx_source urgent = { urgent_ready, urgent_next };
static const struct tx_source sources[] = {
	{ command_ready, command_next },
	{ unsolicited_ready, unsolicited_next },
	{ solicited_ready, solicited_next },
};

#define NSOURCES	(sizeof(sources) / sizeof(sources[0]))

/* The source whose turn it is, or NULL. */
static const struct tx_source *pick(const struct ohba_conn *conn)
{
	unsigned int i;

	if (urgent.ready(conn))
		return &urgent;
	for (i = 0; i < NSOURCES; i++) {
		const struct tx_source *source = &sources[(conn->tx.turn + i) % NSOURCES];

		if (source->ready(conn))
			return source;
	}
	return NULL;
}

bool ohba_tx_pending(const struct ohba_conn *conn)
{
	return pick(conn);
}

void ohba_tx_next(struct ohba_conn *conn, struct ohba_tx_slot *slot)
{
	const struct tx_source *source = pick(conn);

	if (!source)
		return;
	if (source != &urgent)
		conn->tx.turn = (uint8_t)((source - sources + 1) % NSOURCES);
	source->next(conn, slot);
}

/* --- closing -------------------------------------------------------------------- */

static void purge_items(struct ohba_conn *conn, struct ohba_list *head)
{
	struct ohba_list *node, *tmp;

	ohba_list_for_each(node, tmp, head) {
		struct ohba_tx_item *item = ohba_container(node, struct ohba_tx_item, link);

		if (!item->ops->drain)
			ohba_tx_unqueue(conn, item);
	}
}

static void purge_tasks(struct ohba_list *head)
{
	struct ohba_list *node, *tmp;

	ohba_list_for_each(node, tmp, head)
		ohba_list_del(node);
}

void ohba_tx_purge(struct ohba_conn *conn)
{
	struct ohba_tx *tx = &conn->tx;

	purge_items(conn, &tx->urgent);
	purge_items(conn, &tx->window);
	purge_tasks(&tx->unsolicited);
	purge_tasks(&tx->solicited);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a connection that was read empty is worth a look again. A wake-up for every
 * few KiB costs more than to receive them, so TCP is asked to speak up only when
 * there is more to read at once:
 *
 * - what is left of the PDU that is being received will come, sooner or later; so
 *   that much can be waited for with patience;
 * - answers to commands that are under way may not come together. A part of them is
 *   waited for: as long as the host has other things to do (coalesce.h) or that part
 *   takes to come at the pace of the last, whichever is longer. The target is left with
 *   the rest to work on. With few under way nothing is waited for, nor while the target
 *   has to ask for data: it may be waiting for these very bytes.
 */
#include "iscsi.h"
#include "task.h"

/* Part of the commands under way whose answers are waited for at once. */
#define ANSWERS		4
/* An answer of so many bytes comes in several pieces. */
#define BULK		(64u << 10)
/* More saves nothing, and sockets have limits. Bytes, a power of two. */
#define LOW_MAX		(1u << 20)
/*
 * Even what is certain is looked for now and then: bytes that come slowly are a sign of
 * life to nop.c, which it must not miss.
 */
#define CERTAIN_NS	(OHBA_NS_PER_S / 4)
/* No answer waits longer for others. */
#define TOGETHER_NS	OHBA_NS_PER_MS

/* --- at what pace --------------------------------------------------------------- */

void ohba_rx_pace_from_now(struct ohba_conn *conn)
{
	conn->rx.counted = conn->answered;
	conn->rx.counted_ns = ohba_loop_now(ohba_fw_loop(conn->fw));
}

/* The connection was read empty: all answers up to now are counted. */
static void note_pace(struct ohba_conn *conn)
{
	struct ohba_rx *rx = &conn->rx;
	uint32_t n = conn->answered - rx->counted;
	uint64_t sample;

	if (!n)
		return;
	sample = (rx->empty_ns - rx->counted_ns) / n;
	if (sample > TOGETHER_NS)
		sample = TOGETHER_NS;
	rx->answer_ns += ((int64_t)sample - rx->answer_ns) / 8;
	ohba_rx_pace_from_now(conn);
}

static bool is_bulk(const struct ohba_conn *conn)
{
	return conn->answer_bytes >= (uint64_t)conn->nsent * BULK;
}

/*
 * How many answers to wait for at once: a quarter, if that is not long; 0: for none. To
 * wait for a single one is to wait until all of it is there.
 */
static uint32_t together(const struct ohba_conn *conn)
{
	uint32_t n = conn->nsent / ANSWERS;

	if (conn->nsent < 2 * ANSWERS || conn->nunasked)
		return 0;
	if ((uint64_t)n * conn->rx.answer_ns > TOGETHER_NS)
		n = TOGETHER_NS / conn->rx.answer_ns;
	return n > 1 || is_bulk(conn) ? n : 0;
}

/* --- how much ------------------------------------------------------------------ */

static uint64_t expected(const struct ohba_conn *conn)
{
	return conn->nsent ? conn->answer_bytes * together(conn) / conn->nsent : 0;
}

/* Rounded, so that it changes seldom: each change is a system call. */
static uint32_t low_mark(uint64_t bytes)
{
	if (bytes >= LOW_MAX)
		return LOW_MAX;
	return bytes ? 1u << (63 - __builtin_clzll(bytes)) : 1;
}

static void set_low(struct ohba_conn *conn, uint32_t low)
{
	if (conn->rx.low == low)
		return;
	conn->rx.low = low;
	ohba_fw_engine(conn->fw)->ops->read_low(conn->tcp, low);
}

/* --- how long ------------------------------------------------------------------ */

static void set_due(struct ohba_conn *conn, uint64_t due_ns)
{
	conn->rx.due_ns = due_ns;
	if (due_ns < conn->iscsi->due_ns)
		conn->iscsi->due_ns = due_ns;
}

/* An older low mark holds until the loop is about to sleep, and it may be busy for long. */
void ohba_rx_wait(struct ohba_conn *conn)
{
	conn->rx.empty_ns = ohba_loop_now(ohba_fw_loop(conn->fw));
	note_pace(conn);
	set_due(conn, conn->rx.low > 1 ? conn->rx.empty_ns + TOGETHER_NS : UINT64_MAX);
	if (!ohba_list_linked(&conn->waiting))
		ohba_list_append(&conn->iscsi->waiting, &conn->waiting);
}

/* Half as long again as they should take: the pace is a mean. */
static uint64_t patience(const struct ohba_conn *conn, uint64_t host_ns)
{
	uint64_t ns = (uint64_t)together(conn) * conn->rx.answer_ns * 3 / 2;

	if (ns < host_ns)
		ns = host_ns;
	return ns < TOGETHER_NS ? ns : TOGETHER_NS;
}

/* Ask TCP for what is worth a wake-up. Returns false if @conn is to be read now. */
static bool prepare(struct ohba_conn *conn, uint64_t host_ns)
{
	uint64_t now = ohba_loop_now(ohba_fw_loop(conn->fw));
	uint32_t certain = ohba_rx_certain(conn);
	uint32_t low = low_mark(certain + (host_ns ? expected(conn) : 0));
	uint64_t due = conn->rx.empty_ns + (low <= certain ? CERTAIN_NS : patience(conn, host_ns));

	if (low > 1 && now >= due)
		return false;
	set_low(conn, low);
	set_due(conn, low > 1 ? due : UINT64_MAX);
	return true;
}

bool ohba_iscsi_sleep(struct ohba_iscsi *iscsi, uint64_t host_ns, uint64_t *due_ns)
{
	struct ohba_list *node, *tmp;
	bool may_sleep = true;

	iscsi->due_ns = UINT64_MAX;
	ohba_list_for_each(node, tmp, &iscsi->waiting) {
		struct ohba_conn *conn = ohba_container(node, struct ohba_conn, waiting);

		if (conn->tcp && !prepare(conn, host_ns)) {
			ohba_conn_ready(conn);
			may_sleep = false;
		}
		if (!conn->tcp || conn->rx.low == 1)
			ohba_list_del(node);
	}
	if (iscsi->due_ns < *due_ns)
		*due_ns = iscsi->due_ns;
	return may_sleep;
}

void ohba_iscsi_overdue(struct ohba_iscsi *iscsi)
{
	uint64_t now = ohba_loop_now(ohba_fw_loop(iscsi->fw));
	struct ohba_list *node, *tmp;

	if (now < iscsi->due_ns)
		return;
	iscsi->due_ns = UINT64_MAX;
	ohba_list_for_each(node, tmp, &iscsi->waiting) {
		struct ohba_conn *conn = ohba_container(node, struct ohba_conn, waiting);
		bool over = now >= conn->rx.due_ns;

		set_due(conn, over ? UINT64_MAX : conn->rx.due_ns);
		if (over && conn->tcp)
			ohba_conn_ready(conn);
	}
}

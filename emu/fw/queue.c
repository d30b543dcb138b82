// SPDX-License-Identifier: GPL-2.0-or-later
/* Queue pairs: fetching submissions, posting completions (queue.h). */
#include "queue.h"

#include <stdlib.h>

#include "coalesce.h"
#include "loop.h"
#include "regs.h"
#include "ring.h"

/* Submissions of one queue in one turn: others wait no longer than that. */
#define FETCH_MAX	64

struct ohba_queue {
	bool open;
	bool stopped;		/* the guest broke its ring; fetches nothing */
	bool stalled;		/* commands wait for room in the CQ */
	uint32_t vector;
	uint32_t sq_size;
	uint32_t cq_size;
	uint32_t sq_head;
	uint32_t sq_event;	/* as last written to the control block */
	uint32_t cq_tail;
	uint32_t cq_signalled;	/* cq_tail when interrupts were last considered */
	uint32_t outstanding;	/* fetched and not completed */
	struct ohba_coalesce coalesce;
	struct ohba_ring_map ctl;
	struct ohba_ring_map sq;
	struct ohba_ring_map cq;
	struct {
		uint64_t submissions, completions, interrupts;
	} stats;
	/* Not cleared at close: it may still wait in the event list. */
	struct ohba_event_node error;
};

struct ohba_queues {
	uint32_t max;		/* highest queue id that may exist */
	uint32_t end;		/* no queue from here on is open */
	struct ohba_sqe batch[FETCH_MAX];
	struct ohba_queue queue[];
};

struct ohba_queues *ohba_queues_create(uint32_t max_queues)
{
	struct ohba_queues *queues;

	queues = calloc(1, sizeof(*queues) + (max_queues + 1) * sizeof(queues->queue[0]));
	if (queues)
		queues->max = max_queues;
	return queues;
}

void ohba_queues_destroy(struct ohba_queues *queues)
{
	free(queues);
}

static struct ohba_queue *open_queue(struct ohba_fw *fw, uint32_t qid)
{
	struct ohba_queues *queues = fw->queues;

	if (qid >= queues->end || !queues->queue[qid].open)
		return NULL;
	return &queues->queue[qid];
}

/* --- opening and closing ---------------------------------------------------- */

static void unmap_rings(struct ohba_fw *fw, struct ohba_queue *q)
{
	ohba_ring_unmap(fw, &q->cq);
	ohba_ring_unmap(fw, &q->sq);
	ohba_ring_unmap(fw, &q->ctl);
}

static bool map_rings(struct ohba_fw *fw, struct ohba_queue *q,
		      const struct ohba_queue_params *params)
{
	size_t sq_len = params->sq_size * sizeof(struct ohba_sqe);
	size_t cq_len = params->cq_size * sizeof(struct ohba_cqe);

	if (ohba_ring_map(fw, &q->ctl, params->ctl, sizeof(struct ohba_qctl), true) &&
	    ohba_ring_map(fw, &q->sq, params->sq, sq_len, false) &&
	    ohba_ring_map(fw, &q->cq, params->cq, cq_len, true))
		return true;
	unmap_rings(fw, q);
	return false;
}

static void start_queue(struct ohba_fw *fw, uint32_t qid, struct ohba_queue *q,
			const struct ohba_queue_params *params)
{
	q->open = true;
	q->stopped = false;
	q->stalled = false;
	q->vector = params->vector;
	q->sq_size = params->sq_size;
	q->cq_size = params->cq_size;
	q->sq_head = 0;
	q->sq_event = 0;
	q->cq_tail = 0;
	q->cq_signalled = 0;
	q->outstanding = 0;
	/* The admin queue always has receive buffers under way: that is not being busy. */
	ohba_coalesce_init(&q->coalesce, qid == OHBA_QID_ADMIN ? 0 : fw->cfg.coalesce_ns);
	memset(&q->stats, 0, sizeof(q->stats));
	ohba_regs_clear_doorbells(fw->regs, qid);
	ohba_ring_store(ohba_qctl_field(&q->ctl, sq_head), 0);
	ohba_ring_store(ohba_qctl_field(&q->ctl, sq_event), 0);
	if (fw->queues->end <= qid)
		fw->queues->end = qid + 1;
}

enum ohba_status ohba_queue_open(struct ohba_fw *fw, uint32_t qid,
				 const struct ohba_queue_params *params)
{
	struct ohba_queue *q;

	if (qid > fw->queues->max)
		return OHBA_ST_INVALID_HANDLE;
	q = &fw->queues->queue[qid];
	if (q->open)
		return OHBA_ST_BUSY;
	if (!ohba_ring_size_ok(fw, params->sq_size) || !ohba_ring_size_ok(fw, params->cq_size))
		return OHBA_ST_INVALID_QUEUE;
	if (params->vector >= fw->cfg.num_vectors || !map_rings(fw, q, params))
		return OHBA_ST_INVALID_QUEUE;
	start_queue(fw, qid, q, params);
	ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "queue-open", "queue %u: %u + %u entries, vector %u",
		      qid, q->sq_size, q->cq_size, q->vector);
	return OHBA_ST_SUCCESS;
}

static void interrupt(struct ohba_fw *fw, struct ohba_queue *q);

static void close_queue(struct ohba_fw *fw, struct ohba_queue *q)
{
	q->open = false;
	unmap_rings(fw, q);
}

enum ohba_status ohba_queue_close(struct ohba_fw *fw, uint32_t qid)
{
	struct ohba_queue *q = open_queue(fw, qid);

	if (!q)
		return OHBA_ST_INVALID_HANDLE;
	if (q->outstanding > ohba_net_waiting(fw, qid))
		return OHBA_ST_BUSY;
	ohba_net_queue_leaves(fw, qid);
	/* No later turn will: what is still to be read, or was held back. */
	if (q->cq_signalled != q->cq_tail)
		interrupt(fw, q);
	close_queue(fw, q);
	ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "queue-close", "queue %u", qid);
	return OHBA_ST_SUCCESS;
}

void ohba_queues_reset(struct ohba_fw *fw)
{
	struct ohba_queues *queues = fw->queues;
	uint32_t qid;

	for (qid = 0; qid < queues->end; qid++)
		if (queues->queue[qid].open)
			close_queue(fw, &queues->queue[qid]);
	queues->end = 0;
}

static void post_error(struct ohba_fw *fw, uint32_t qid, struct ohba_queue *q)
{
	/* Of an earlier life of this id, and still waiting: it says the same. */
	if (ohba_list_linked(&q->error.list))
		return;
	memset(&q->error.event, 0, sizeof(q->error.event));
	q->error.event.type = OHBA_EVENT_QUEUE_ERROR;
	q->error.event.reason = htole16(OHBA_ST_INVALID_QUEUE);
	q->error.event.handle = htole32(qid);
	ohba_event_post(fw, &q->error);
}

static void stop_queue(struct ohba_fw *fw, uint32_t qid, struct ohba_queue *q,
		       const char *why, uint32_t index)
{
	q->stopped = true;
	ohba_guest_error(fw, "bad-ring", "queue %u: %s %u is out of range", qid, why, index);
	if (qid == OHBA_QID_ADMIN)
		ohba_fw_fatal(fw, OHBA_ST_INVALID_QUEUE);
	else
		post_error(fw, qid, q);
}

/* --- submissions ------------------------------------------------------------ */

/*
 * How many completions the ring has room for besides those already owed. A
 * cq_head that runs past the tail or back over what it had freed stops the
 * queue and leaves no room.
 */
static uint32_t cq_room(struct ohba_fw *fw, uint32_t qid, struct ohba_queue *q)
{
	uint32_t cq_head = ohba_ring_load(ohba_qctl_field(&q->ctl, cq_head));
	uint32_t unread = q->cq_tail - cq_head;

	if (unread > q->cq_size || q->outstanding > q->cq_size - unread) {
		stop_queue(fw, qid, q, "cq_head", cq_head);
		return 0;
	}
	return q->cq_size - unread - q->outstanding;
}

/* How many entries to fetch now. */
static uint32_t fetch_count(struct ohba_fw *fw, uint32_t qid, struct ohba_queue *q)
{
	uint32_t tail = ohba_ring_load(ohba_qctl_field(&q->ctl, sq_tail));
	uint32_t n = tail - q->sq_head;
	uint32_t room;

	q->stalled = false;
	if (!n)
		return 0;
	if (n > q->sq_size) {
		stop_queue(fw, qid, q, "sq_tail", tail);
		return 0;
	}
	if (ohba_fault_on(&fw->faults, OHBA_FAULT_FETCH) && ohba_fault_fetch(fw, qid)) {
		q->stalled = true;
		return 0;
	}
	room = cq_room(fw, qid, q);
	q->stalled = !room && !q->stopped;
	if (n > room)
		n = room;
	return n < FETCH_MAX ? n : FETCH_MAX;
}

/* In two halves: an entry may lie across the end of a page. */
static void copy_entry(const struct ohba_ring_map *ring, uint32_t slot, struct ohba_sqe *sqe)
{
	size_t off = slot * sizeof(*sqe), half = sizeof(*sqe) / 2;

	memcpy(sqe, ohba_ring_at(ring, off), half);
	memcpy((char *)sqe + half, ohba_ring_at(ring, off + half), half);
}

/*
 * Entries are copied as a whole before any is looked at: the guest cannot
 * change what was checked.
 */
static void copy_entries(struct ohba_queue *q, struct ohba_sqe *batch, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		copy_entry(&q->sq, (q->sq_head + i) & (q->sq_size - 1), &batch[i]);
	/* No second read of the ring may stand in for the copy. */
	atomic_signal_fence(memory_order_seq_cst);
	q->sq_head += n;
	/* Its release keeps what the host writes there next out of the copies. */
	ohba_ring_store(ohba_qctl_field(&q->ctl, sq_head), q->sq_head);
}

/* What the host has submitted and not seen the end of. */
static uint32_t host_depth(struct ohba_queue *q)
{
	uint32_t unread = q->cq_tail - ohba_ring_load(ohba_qctl_field(&q->ctl, cq_head));

	return q->outstanding + (unread <= q->cq_size ? unread : 0);
}

static bool fetch(struct ohba_fw *fw, uint32_t qid, struct ohba_queue *q)
{
	struct ohba_sqe *batch = fw->queues->batch;
	uint32_t n = fetch_count(fw, qid, q);
	uint32_t i;

	if (!n)
		return false;
	copy_entries(q, batch, n);
	q->outstanding += n;
	ohba_coalesce_fetched(&q->coalesce, n, host_depth(q), ohba_loop_now(fw->loop));
	q->stats.submissions += n;
	for (i = 0; i < n; i++) {
		if (ohba_fault_on(&fw->faults, OHBA_FAULT_COMMAND) &&
		    ohba_fault_command(fw, qid, batch[i].opcode))
			break;
		ohba_command_run(fw, qid, &batch[i]);
	}
	return true;
}

bool ohba_queues_fetch(struct ohba_fw *fw)
{
	struct ohba_queues *queues = fw->queues;
	bool any = false;
	uint32_t qid;

	/* An admin command may open and close I/O queues: look at each afresh. */
	for (qid = 0; qid < queues->end; qid++) {
		struct ohba_queue *q = &queues->queue[qid];

		if (q->open && !q->stopped)
			any |= fetch(fw, qid, q);
	}
	return any;
}

static bool idle(struct ohba_queue *q)
{
	return !q->open || q->stopped || q->stalled;
}

/* Returns when to look at the ring again, doorbell or not. */
static uint64_t arm_queue(struct ohba_fw *fw, struct ohba_queue *q)
{
	uint64_t now = ohba_loop_now(fw->loop), look_ns;
	uint32_t more = ohba_coalesce_doorbells(&q->coalesce, q->outstanding, now,
						&look_ns);
	uint32_t event;

	if (more > q->sq_size / 2)
		more = q->sq_size / 2;
	event = q->sq_head + more;
	if (q->sq_event != event) {
		q->sq_event = event;
		ohba_ring_store(ohba_qctl_field(&q->ctl, sq_event), event);
	}
	return more ? now + look_ns : UINT64_MAX;
}

static void sooner(uint64_t *due_ns, uint64_t ns)
{
	if (*due_ns > ns)
		*due_ns = ns;
}

bool ohba_queues_arm(struct ohba_fw *fw, uint64_t *due_ns)
{
	struct ohba_queues *queues = fw->queues;
	struct ohba_queue *q, *end = &queues->queue[queues->end];

	for (q = queues->queue; q < end; q++) {
		if (!idle(q))
			sooner(due_ns, arm_queue(fw, q));
		if (q->open && q->coalesce.held_at)
			sooner(due_ns, q->coalesce.irq_due_at);
	}
	/*
	 * Pairs with the host's full barrier between moving sq_tail and reading
	 * sq_event: either it sees the event index or we see the tail.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	for (q = queues->queue; q < end; q++)
		if (!idle(q) && ohba_ring_load(ohba_qctl_field(&q->ctl, sq_tail)) != q->sq_head)
			return false;
	return true;
}

static bool is_waiting(const struct ohba_queue *q, uint64_t now_ns)
{
	return q->open && q->outstanding && ohba_coalesce_active(&q->coalesce, now_ns);
}

/* Connections are shared: the least patient host counts. */
uint64_t ohba_queues_patience(struct ohba_fw *fw)
{
	struct ohba_queues *queues = fw->queues;
	uint64_t now = ohba_loop_now(fw->loop), least = UINT64_MAX;
	uint32_t qid;

	for (qid = OHBA_QID_ADMIN + 1; qid < queues->end; qid++)
		if (is_waiting(&queues->queue[qid], now))
			sooner(&least, ohba_coalesce_patience(&queues->queue[qid].coalesce));
	return least == UINT64_MAX ? 0 : least;
}

bool ohba_queues_stalled(struct ohba_fw *fw)
{
	struct ohba_queues *queues = fw->queues;
	uint32_t qid;

	for (qid = 0; qid < queues->end; qid++)
		if (queues->queue[qid].open && queues->queue[qid].stalled)
			return true;
	return false;
}

/* --- completions ------------------------------------------------------------ */

static bool blames_guest(enum ohba_status status)
{
	switch (status) {
	case OHBA_ST_INVALID_OPCODE:
	case OHBA_ST_INVALID_FIELD:
	case OHBA_ST_INVALID_HANDLE:
	case OHBA_ST_INVALID_TAG:
	case OHBA_ST_INVALID_SGL:
	case OHBA_ST_DMA_FAULT:
	case OHBA_ST_INVALID_QUEUE:
		return true;
	default:
		return false;
	}
}

static void trace_complete(struct ohba_fw *fw, uint32_t qid, const struct ohba_cqe *cqe)
{
	enum ohba_status status = le16toh(cqe->status);

	if (blames_guest(status))
		ohba_guest_error(fw, "refused", "queue %u tag 0x%x: %s", qid,
				 le32toh(cqe->tag), ohba_status_name(status));
	else
		ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "complete",
			      "queue %u tag 0x%x: %s, SCSI status 0x%02x, result %u", qid,
			      le32toh(cqe->tag), ohba_status_name(status),
			      cqe->scsi_status, le32toh(cqe->result));
}

static void post(struct ohba_queue *q, struct ohba_cqe *cqe)
{
	uint32_t slot = q->cq_tail & (q->cq_size - 1);

	cqe->phase = ohba_ring_phase(q->cq_tail, q->cq_size);
	ohba_ring_publish(ohba_ring_at(&q->cq, slot * sizeof(*cqe)), cqe, sizeof(*cqe));
	q->cq_tail++;
	q->stats.completions++;
}

/* How often to post a completion. */
static unsigned int copies(struct ohba_fw *fw, uint32_t qid, struct ohba_queue *q)
{
	return q->stopped ? 1 : ohba_fault_copies(fw, qid, cq_room(fw, qid, q));
}

void ohba_complete(struct ohba_fw *fw, uint32_t qid, struct ohba_cqe *cqe)
{
	struct ohba_queue *q = open_queue(fw, qid);
	unsigned int n = 1;

	/* Nobody is owed an answer: ours to fix, and not for the guest to suffer. */
	if (!q || !q->outstanding) {
		ohba_fw_trace(fw, OHBA_TRACE_ERROR, "stray-completion", "queue %u tag 0x%x",
			      qid, le32toh(cqe->tag));
		return;
	}
	trace_complete(fw, qid, cqe);
	if (ohba_fault_on(&fw->faults, OHBA_FAULT_COMPLETE))
		n = copies(fw, qid, q);
	while (n--)
		post(q, cqe);
	q->outstanding--;
}

void ohba_complete_status(struct ohba_fw *fw, uint32_t qid, uint32_t tag,
			  enum ohba_status status)
{
	struct ohba_cqe cqe = { .tag = htole32(tag), .status = htole16(status) };

	ohba_complete(fw, qid, &cqe);
}

static void interrupt(struct ohba_fw *fw, struct ohba_queue *q)
{
	uint32_t old = q->cq_signalled;

	q->cq_signalled = q->cq_tail;
	/*
	 * Pairs with the host's full barrier between writing cq_event and looking
	 * at the phase: either we see the event index or it sees the entries.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	if (!ohba_need_event(ohba_ring_load(ohba_qctl_field(&q->ctl, cq_event)), q->cq_tail, old))
		return;
	q->stats.interrupts++;
	ohba_fw_irq(fw, q->vector);
}

static void signal_queue(struct ohba_fw *fw, struct ohba_queue *q)
{
	uint32_t new = q->cq_tail - q->cq_signalled;

	if (new && !ohba_coalesce_irq(&q->coalesce, new, ohba_loop_now(fw->loop)))
		interrupt(fw, q);
}

void ohba_queues_signal(struct ohba_fw *fw)
{
	struct ohba_queues *queues = fw->queues;
	uint32_t qid;

	for (qid = 0; qid < queues->end; qid++)
		if (queues->queue[qid].open)
			signal_queue(fw, &queues->queue[qid]);
}

enum ohba_status ohba_queue_stats(struct ohba_fw *fw, uint32_t qid,
				  struct ohba_queue_stats *stats)
{
	struct ohba_queue *q = open_queue(fw, qid);

	if (!q)
		return OHBA_ST_INVALID_HANDLE;
	memset(stats, 0, sizeof(*stats));
	stats->submissions = htole64(q->stats.submissions);
	stats->completions = htole64(q->stats.completions);
	stats->doorbells = htole64(ohba_regs_doorbells(fw->regs, qid));
	stats->interrupts = htole64(q->stats.interrupts);
	return OHBA_ST_SUCCESS;
}

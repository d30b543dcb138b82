// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A soak with everything at once: sessions with random parameters, hundreds of
 * commands under way on all queues, streams cut at random, a target that answers
 * what it likes when it likes, aborts, pings, lost connections. No step waits
 * for another; the target is a state machine per task that checks each PDU, the
 * host checks each completion and every byte. Deterministic: OHBA_SEED= repeats.
 */
#include "session.h"

#include <errno.h>

#define ROUNDS		24
#define COMMANDS	400		/* in a round */
#define SESSIONS	3
#define DEPTH		100		/* commands under way per session */
#define R2TS		16

enum task_state {
	IDLE,
	SUBMITTED,		/* the target has not seen it yet */
	KNOWN,			/* to the target */
	ANSWERED,		/* the target is done with it */
};

struct sequence {		/* of Data-Out; unsolicited or asked for */
	uint32_t ttt, off, left, datasn;
};

struct task {
	struct io io;
	enum task_state state;
	bool aborting;		/* the host asked for it */
	uint32_t abort_tag;
	uint32_t moved;		/* reads: sent; writes: asked for */
	uint32_t sn;		/* DataSN or R2TSN to use next */
	struct sequence seq[R2TS + 1];	/* in the order in which they must come */
	uint32_t nseq;
	bool underflow;
};

struct side {			/* one session */
	struct session s;
	struct task task[DEPTH];
	bool down;		/* TCP was ended by the target */
	uint32_t pings, pongs;	/* the target's, sent and answered */
	uint8_t tmf[8];		/* responses to send, by order */
	uint32_t tmf_itt[8], ntmf;
};

struct soak {
	struct prng prng;
	struct host *host;
	struct side side[SESSIONS];
	uint32_t started, finished, aborted, lost;
};

static uint32_t below(struct soak *soak, uint32_t n)
{
	return prng_below(&soak->prng, n);
}

static bool often(struct soak *soak, uint32_t one_in)
{
	return !below(soak, one_in);
}

/* --- sessions ------------------------------------------------------------------------ */

static uint32_t pick(struct soak *soak, const uint32_t *from, uint32_t n)
{
	return from[below(soak, n)];
}

static struct opts random_opts(struct soak *soak)
{
	static const uint32_t dsl[] = { 512, 1000, 4096, 8192, 65536, 262144 };
	static const uint32_t burst[] = { 512, 3001, 8192, 65536 };
	static const uint32_t more[] = { 0, 1, 5000, 262144 };
	struct opts opts = opts_default;

	opts.flags = below(soak, 16);
	opts.max_recv_dsl = pick(soak, dsl, ARRAY_SIZE(dsl));
	opts.max_xmit_dsl = pick(soak, dsl, ARRAY_SIZE(dsl));
	opts.first_burst = pick(soak, burst, ARRAY_SIZE(burst));
	opts.max_burst = opts.first_burst + pick(soak, more, ARRAY_SIZE(more));
	opts.max_r2t = 1 + below(soak, R2TS);
	opts.window = often(soak, 3) ? 1 + below(soak, 4) : 1 + below(soak, 200);
	opts.cmdsn = often(soak, 2) ? 0xffffffff - below(soak, 100) : prng_next(&soak->prng);
	opts.statsn = often(soak, 2) ? 0xffffffff - below(soak, 100) : prng_next(&soak->prng);
	return opts;
}

static void open_side(struct soak *soak, uint32_t which)
{
	struct opts opts = random_opts(soak);

	memset(&soak->side[which], 0, sizeof(soak->side[which]));
	session_open(&soak->side[which].s, soak->host, which, &opts);
}

/* --- the host ------------------------------------------------------------------------- */

static uint32_t tag_of(uint32_t which, uint32_t i, uint32_t gen)
{
	return OHBA_TAG(which * DEPTH + i, gen);
}

static uint32_t random_len(struct soak *soak)
{
	switch (below(soak, 8)) {
	case 0:
		return 1 + below(soak, 100000);
	case 1:
		return 512u << below(soak, 8);
	default:
		return 1 + below(soak, 5000);
	}
}

static void submit(struct soak *soak, uint32_t which, uint32_t i)
{
	static const uint8_t ways[] = { 0, OHBA_IO_READ, OHBA_IO_WRITE, OHBA_IO_READ,
					OHBA_IO_WRITE };
	struct task *task = &soak->side[which].task[i];
	uint8_t way = ways[below(soak, ARRAY_SIZE(ways))];

	memset(task, 0, sizeof(*task));
	task->io = io_make(&soak->side[which].s, tag_of(which, i, soak->started), way,
			   way ? random_len(soak) : 0);
	task->io.qid = 1 + below(soak, QUEUES);
	task->io.layout = below(soak, LAYOUT_COUNT);
	task->io.cdb_len = often(soak, 10) ? 17 + below(soak, 244) : 16;
	put_be32(task->io.lun, 4, i);		/* so that the target can tell tasks apart */
	task->state = SUBMITTED;
	io_submit(&task->io);
	soak->started++;
}

static void start_some(struct soak *soak)
{
	uint32_t which = below(soak, SESSIONS), n = 1 + below(soak, 10), i;

	for (i = 0; n && i < DEPTH && soak->started < COMMANDS; i++) {
		if (soak->side[which].task[i].state != IDLE ||
		    soak->side[which].task[i].aborting)
			continue;
		submit(soak, which, i);
		n--;
	}
}

static void start_abort(struct soak *soak)
{
	uint32_t which = below(soak, SESSIONS), i = below(soak, DEPTH), n = 0, j;
	struct side *side = &soak->side[which];
	struct task *task = &side->task[i];
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TMF, side->s.handle);
	struct ohba_tmf tmf = { .function = OHBA_TMF_ABORT_TASK };

	for (j = 0; j < DEPTH; j++)
		n += side->task[j].aborting;
	if (n >= 4 || side->down || task->state == IDLE || task->aborting)
		return;
	tmf.ref_tag = htole32(task->io.tag);
	memcpy(sqe.body, &tmf, sizeof(tmf));
	task->abort_tag = host_admin_start(soak->host, &sqe);
	task->aborting = true;
}

static void check_success(struct task *task, const struct ohba_cqe *cqe)
{
	uint32_t want = task->underflow ? task->io.len - task->moved : 0;

	assert_int_equal(task->state, ANSWERED);
	assert_int_equal(cqe->scsi_status, 0);
	assert_int_equal(cqe->flags, want ? OHBA_CQE_UNDERFLOW : 0);
	assert_int_equal(le32toh(cqe->result), want);
	if (task->io.flags & OHBA_IO_READ)
		io_check_data(&task->io, task->io.len - want);
}

static void finish(struct soak *soak, struct task *task, const struct ohba_cqe *cqe)
{
	struct side *side = &soak->side[(task->io.tag & 0xffff) / DEPTH];

	assert_int_equal(le32toh(cqe->tag), task->io.tag);
	switch (le16toh(cqe->status)) {
	case OHBA_ST_SUCCESS:
		check_success(task, cqe);
		break;
	case OHBA_ST_ABORTED:
		assert_true(task->aborting);
		soak->aborted++;
		break;
	case OHBA_ST_INVALID_HANDLE:
	case OHBA_ST_SESSION_LOST:
		assert_true(side->down);
		soak->lost++;
		break;
	default:
		expect_status(cqe, OHBA_ST_SUCCESS);
	}
	io_retire(&task->io);
	soak->finished++;
	task->state = IDLE;
}

static void reap_all(struct soak *soak)
{
	uint32_t qid, i;

	for (qid = 1; qid <= QUEUES; qid++) {
		struct ring *ring = &soak->host->io[qid];

		for (i = 0; i < ring->ndone; i++) {
			uint32_t index = le32toh(ring->done[i].tag) & 0xffff;

			finish(soak, &soak->side[index / DEPTH].task[index % DEPTH],
			       &ring->done[i]);
		}
		ring->ndone = 0;
	}
}

/*
 * A TMF ends after its task: when its completion is seen, the task's lies in its
 * ring, whether that ring's interrupt came or not.
 */
static void expect_task_ended(struct soak *soak, struct task *task)
{
	host_reap(soak->host, task->io.qid);
	reap_all(soak);
	assert_int_equal(task->state, IDLE);
}

static void reap_aborts(struct soak *soak)
{
	uint32_t n;

	for (n = 0; n < SESSIONS * DEPTH; n++) {
		struct task *task = &soak->side[n / DEPTH].task[n % DEPTH];
		struct ohba_cqe cqe;

		if (!task->aborting || !host_done(soak->host, 0, task->abort_tag, &cqe))
			continue;
		if (!soak->side[n / DEPTH].down) {
			expect_status(&cqe, OHBA_ST_SUCCESS);
			assert_in_range(cqe.response, 0, 1);
			expect_task_ended(soak, task);
		}
		task->aborting = false;
	}
}

/* --- the target: what comes ------------------------------------------------------------ */

static struct task *task_by_itt(struct side *side, uint32_t itt)
{
	uint32_t i;

	for (i = 0; i < DEPTH; i++)
		if (side->task[i].state >= KNOWN && side->task[i].io.itt == itt)
			return &side->task[i];
	return NULL;
}

static void add_sequence(struct task *task, uint32_t ttt, uint32_t off, uint32_t len)
{
	assert_true(task->nseq <= R2TS);
	task->seq[task->nseq++] = (struct sequence){ .ttt = ttt, .off = off, .left = len };
}

static void take_command(struct side *side, const struct pdu *pdu)
{
	struct task *task = &side->task[be32_at(pdu->bhs, 12) % DEPTH];
	uint32_t end;

	assert_int_equal(task->state, SUBMITTED);
	io_check_cmd(&task->io, pdu);
	assert_true((int32_t)(side->s.max_cmdsn - task->io.cmdsn) >= 0);
	task->state = KNOWN;
	end = io_unsolicited_end(&task->io);
	if (end > task->io.immediate)
		add_sequence(task, RESERVED_TAG, task->io.immediate, end - task->io.immediate);
	if (task->io.flags & OHBA_IO_WRITE)
		task->moved = end;
}

static void end_sequence(struct task *task)
{
	task->nseq--;
	memmove(&task->seq[0], &task->seq[1], task->nseq * sizeof(task->seq[0]));
}

static void take_data_out(struct side *side, const struct pdu *pdu)
{
	struct task *task = task_by_itt(side, be32_at(pdu->bhs, 16));
	struct sequence *seq = task ? &task->seq[0] : NULL;

	if (!task || task->state == ANSWERED)
		return;		/* was aborted meanwhile */
	assert_int_not_equal(task->nseq, 0);
	assert_int_equal(be32_at(pdu->bhs, 20), seq->ttt);
	assert_int_equal(be32_at(pdu->bhs, 36), seq->datasn++);
	assert_int_equal(be32_at(pdu->bhs, 40), seq->off);
	assert_in_range(pdu->len, 1, MIN(seq->left, side->s.opts.max_xmit_dsl));
	pattern_check(pdu->data, pdu->len, task->io.key, seq->off);
	seq->off += pdu->len;
	seq->left -= pdu->len;
	assert_int_equal(pdu->bhs[1], seq->left ? 0 : FLAG_F);
	if (!seq->left)
		end_sequence(task);
}

static void take_tmf(struct side *side, const struct pdu *pdu)
{
	struct task *task = task_by_itt(side, be32_at(pdu->bhs, 20));

	assert_int_equal(pdu->bhs[1], FLAG_F | OHBA_TMF_ABORT_TASK);
	assert_true(side->ntmf < ARRAY_SIZE(side->tmf));
	side->tmf[side->ntmf] = task ? 0 : 1;
	side->tmf_itt[side->ntmf++] = be32_at(pdu->bhs, 16);
	if (task)
		task->state = ANSWERED;
}

static void check_numbers(struct side *side, const struct pdu *pdu)
{
	uint32_t ack = be32_at(pdu->bhs, 28);

	assert_true((int32_t)(ack - side->s.exp_statsn) >= 0);
	assert_true((int32_t)(side->s.statsn - ack) >= 0);
	side->s.exp_statsn = ack;
}

static void take_pong(struct side *side, const struct pdu *pdu)
{
	assert_int_equal(be32_at(pdu->bhs, 16), RESERVED_TAG);
	assert_int_equal(be32_at(pdu->bhs, 20), 0x70000000 + side->pongs);
	pattern_check(pdu->data, pdu->len, side->pongs, 0);
	side->pongs++;
}

static void target_takes(struct side *side)
{
	struct pdu pdu;

	while (wire_take(side->s.wire, &pdu)) {
		check_numbers(side, &pdu);
		switch (pdu.bhs[0] & 0x3f) {
		case OP_SCSI_CMD:
			take_command(side, &pdu);
			break;
		case OP_DATA_OUT:
			take_data_out(side, &pdu);
			break;
		case OP_TMF_REQ:
			take_tmf(side, &pdu);
			break;
		case OP_NOP_OUT:
			take_pong(side, &pdu);
			break;
		default:
			fail_msg("opcode 0x%02x", pdu.bhs[0]);
		}
		free(pdu.data);
	}
}

/* --- the target: what goes --------------------------------------------------------------- */

/* A PDU of Data-In, of any size, maybe with the status. */
static void serve_read(struct soak *soak, struct task *task)
{
	struct session *s = task->io.s;
	uint32_t left = task->io.len - task->moved, most = MIN(left, s->opts.max_recv_dsl);
	uint32_t len = often(soak, 3) ? most : below(soak, most + 1);
	bool last = len == left, merged = last && often(soak, 2);
	uint8_t *data = malloc(len + 1);

	pattern_fill(data, len, task->io.key, task->moved);
	send_data_in(s, task->io.itt, &(struct data_in){
		.datasn = task->sn++, .off = task->moved, .data = data, .len = len,
		.flags = (last ? FLAG_F : 0) | (merged ? DATA_IN_S : 0) });
	task->moved += len;
	free(data);
	if (merged)
		task->state = ANSWERED;
}

static void answer(struct soak *soak, struct task *task)
{
	struct session *s = task->io.s;
	uint32_t missing = task->io.len - task->moved;

	(void)soak;
	task->underflow = missing;
	send_scsi_rsp(s, task->io.itt, &(struct rsp){
		.flags = missing ? RES_UNDER : 0, .residual = missing,
		.exp_datasn = task->sn });
	task->state = ANSWERED;
}

static void ask(struct soak *soak, struct task *task)
{
	struct session *s = task->io.s;
	uint32_t most = MIN(task->io.len - task->moved, s->opts.max_burst);
	uint32_t len = often(soak, 3) ? most : 1 + below(soak, most);
	uint32_t ttt = 0x40000000 + (uint32_t)(prng_next(&soak->prng) >> 34);
	struct r2t r2t = { .ttt = ttt, .r2tsn = task->sn++, .off = task->moved, .len = len };

	send_r2t(s, task->io.itt, task->io.lun, &r2t);
	add_sequence(task, ttt, task->moved, len);
	task->moved += len;
}

static uint32_t asked_for(const struct task *task)
{
	uint32_t unsolicited = task->nseq && task->seq[0].ttt == RESERVED_TAG;

	return task->nseq - unsolicited;
}

static void serve_write(struct soak *soak, struct task *task)
{
	bool may_ask = asked_for(task) < task->io.s->opts.max_r2t &&
		       task->moved < task->io.len;

	/* Now and then it has enough before it has all. */
	if (!task->nseq && (!may_ask || often(soak, 20)))
		answer(soak, task);
	else if (may_ask)
		ask(soak, task);
}

static void serve(struct soak *soak, struct task *task)
{
	if (task->state != KNOWN)
		return;
	if (task->io.flags & OHBA_IO_WRITE)
		serve_write(soak, task);
	else if (task->moved < task->io.len && !often(soak, 30))
		serve_read(soak, task);
	else
		answer(soak, task);
}

static void answer_tmf(struct soak *soak, struct side *side)
{
	uint8_t bhs[48];

	if (!side->ntmf || often(soak, 2))
		return;
	bhs_init(bhs, OP_TMF_RSP, FLAG_F);
	bhs[2] = side->tmf[0];
	put_be32(bhs, 16, side->tmf_itt[0]);
	send_pdu(&side->s, bhs, true, NULL, 0);
	side->ntmf--;
	memmove(side->tmf, side->tmf + 1, side->ntmf);
	memmove(side->tmf_itt, side->tmf_itt + 1, side->ntmf * sizeof(side->tmf_itt[0]));
}

static void ping(struct soak *soak, struct side *side)
{
	uint32_t len = below(soak, 500);
	uint8_t data[500];

	if (side->pings - side->pongs >= 4)
		return;
	pattern_fill(data, len, side->pings, 0);
	send_nop_in(&side->s, RESERVED_TAG, 0x70000000 + side->pings++, data, len);
}

static void target_sends(struct soak *soak, struct side *side)
{
	uint32_t n = below(soak, 30);

	answer_tmf(soak, side);
	if (often(soak, 40))
		ping(soak, side);
	while (n--)
		serve(soak, &side->task[below(soak, DEPTH)]);
}

/* --- trouble --------------------------------------------------------------------------------- */

static void cut_anew(struct soak *soak)
{
	static const enum cut cuts[] = { CUT_NONE, CUT_RANDOM, CUT_RANDOM, CUT_BLOCKED };
	struct wire *wire = soak->side[below(soak, SESSIONS)].s.wire;

	wire_cut(wire, cuts[below(soak, 4)], cuts[below(soak, 4)]);
	mem_fragment(soak->host->mem, often(soak, 3) ? 1 + below(soak, 3000) : 0);
}

static void reopen(struct soak *soak, uint32_t which)
{
	struct side *side = &soak->side[which];
	uint32_t i;

	conn_close(soak->host, which, 0);
	reap_all(soak);
	reap_aborts(soak);
	for (i = 0; i < DEPTH; i++)
		assert_int_equal(side->task[i].state, IDLE);
	open_side(soak, which);
}

static void break_one(struct soak *soak)
{
	static const int errs[] = { 0, ECONNRESET, EPIPE };
	uint32_t which = below(soak, SESSIONS);
	struct side *side = &soak->side[which];
	int err = errs[below(soak, 3)];
	struct ohba_event event;

	side->down = true;
	wire_cut(side->s.wire, CUT_NONE, CUT_NONE);
	if (err)
		wire_error(side->s.wire, err);
	else
		wire_fin(side->s.wire);
	event = host_event(soak->host, OHBA_EVENT_CONN_LOST);
	assert_int_equal(le32toh(event.handle), which);
	reopen(soak, which);
}

static void step(struct soak *soak)
{
	struct side *side = &soak->side[below(soak, SESSIONS)];

	if (often(soak, 30))
		cut_anew(soak);
	if (often(soak, 60))
		start_abort(soak);
	if (often(soak, 2000))
		break_one(soak);
	if (often(soak, 4))
		start_some(soak);
	if (often(soak, 3))
		target_sends(soak, side);
	host_turn(soak->host);
	target_takes(side);
	reap_all(soak);
	reap_aborts(soak);
}

static void unblock(struct soak *soak)
{
	uint32_t which;

	for (which = 0; which < SESSIONS; which++)
		wire_cut(soak->side[which].s.wire, CUT_NONE, CUT_NONE);
}

static void one_round(struct soak *soak)
{
	uint32_t which, steps = 0;

	soak->started = soak->finished = 0;
	soak->host = host_new_ready();
	target_seed(soak->host->target, prng_next(&soak->prng) | 1);
	for (which = 0; which < SESSIONS; which++)
		open_side(soak, which);
	while (soak->finished < COMMANDS) {
		if (++steps % 50000 == 0)
			unblock(soak);
		if (steps > 1000000)
			fail_msg("%u of %u commands never ended", COMMANDS - soak->finished,
				 COMMANDS);
		step(soak);
	}
	host_no_event(soak->host);
	for (which = 0; which < SESSIONS; which++)
		conn_close(soak->host, which, OHBA_CONN_CLOSE_ABORT);
	host_free(soak->host);
}

static void everything_at_once(void **state)
{
	struct soak soak = { .prng = { prng_seed(0x50a4) } };
	int round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		print_message("round %d: OHBA_SEED=0x%llx\n", round,
			      (unsigned long long)soak.prng.state);
		one_round(&soak);
	}
	print_message("aborted %u, lost %u\n", soak.aborted, soak.lost);
	assert_int_not_equal(soak.aborted, 0);
	assert_int_not_equal(soak.lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_at_once),
	};

	return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}

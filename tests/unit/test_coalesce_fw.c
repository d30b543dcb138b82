// SPDX-License-Identifier: GPL-2.0-or-later
/* What an adapter holds back for a busy queue, and for how long at most. */
#include "adapter.h"
#include "session.h"

#define US		1000ull
#define HOLD_NS		(50 * US)
#define DEPTH		32u		/* well within the window of opts_default */
#define BATCH		8u
#define LONG_NS		(4 * OHBA_NS_PER_MS)	/* nothing is held back for longer */

/* --- interrupts and doorbells (emu/fw/coalesce.c) ---------------------------------- */

static struct session *coalescing_session(uint32_t hold_ns)
{
	struct ohba_fw_config cfg = host_config;
	struct session *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	cfg.coalesce_ns = hold_ns;
	session_open(s, host_new_ready_config(&cfg), 1, &opts_default);
	return s;
}

static void submit_all(struct session *s, struct io *io, uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = first; i < first + n; i++) {
		io[i] = io_make(s, i, 0, 0);
		io_submit(&io[i]);
	}
}

/* Interrupts for DEPTH completions that come one by one. */
static uint64_t interrupts_of(uint32_t hold_ns)
{
	struct session *s = coalescing_session(hold_ns);
	struct host *host = s->host;
	uint64_t before;
	struct io io[DEPTH];
	uint32_t i;

	submit_all(s, io, 0, DEPTH);
	for (i = 0; i < DEPTH; i++)
		io_expect_cmd(&io[i]);
	before = host->irq_count[1];
	for (i = 0; i < DEPTH; i++) {
		io_answer(&io[i]);
		host_settle(host);
	}
	host_advance(host, BATCH * HOLD_NS);
	before = host->irq_count[1] - before;
	for (i = 0; i < DEPTH; i++)
		io_done_good(&io[i]);
	session_free(s);
	return before;
}

static void one_interrupt_is_for_many(void **state)
{
	(void)state;
	assert_int_equal(interrupts_of(0), DEPTH);
	assert_in_range(interrupts_of(HOLD_NS), 1, DEPTH / 5);
}

static void a_held_interrupt_comes(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	struct ohba_cqe cqe;
	struct io io[DEPTH];
	uint32_t i;

	(void)state;
	submit_all(s, io, 0, DEPTH);
	for (i = 0; i < DEPTH; i++)
		io_expect_cmd(&io[i]);
	io_answer(&io[0]);
	host_settle(s->host);
	assert_false(host_done(s->host, 1, io[0].tag, &cqe));
	assert_true(host_wakes_within(s->host, HOLD_NS));
	host_advance(s->host, HOLD_NS);
	io_done_good(&io[0]);
	for (i = 1; i < DEPTH; i++) {
		io_answer(&io[i]);
		host_advance(s->host, LONG_NS);
		io_done_good(&io[i]);
	}
	session_free(s);
}

/* What comes in without a doorbell is found in time. */
static void commands_without_a_doorbell_are_found(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	struct ring *ring = host_ring(s->host, 1);
	struct io io[DEPTH + BATCH];
	uint64_t doorbells;
	uint32_t i;

	(void)state;
	submit_all(s, io, 0, DEPTH);
	for (i = 0; i < DEPTH; i++)
		io_expect_cmd(&io[i]);
	for (i = 0; i < BATCH; i++)
		io_answer(&io[i]);
	for (i = 0; i < BATCH; i++)
		io_done_good(&io[i]);
	doorbells = ring->doorbells;
	for (i = DEPTH; i < DEPTH + BATCH - 1; i++) {
		submit_all(s, io, i, 1);
		assert_int_equal(ring->doorbells, doorbells);
		host_advance(s->host, BATCH * HOLD_NS);
		io_expect_cmd(&io[i]);
	}
	host_advance(s->host, 20 * OHBA_NS_PER_MS);
	submit_all(s, io, i, 1);
	assert_int_equal(ring->doorbells, doorbells + 1);
	io_expect_cmd(&io[i]);
	for (i = BATCH; i < DEPTH + BATCH; i++) {
		io_answer(&io[i]);
		host_advance(s->host, LONG_NS);
		io_done_good(&io[i]);
	}
	session_free(s);
}

/* --- answers that are read together (emu/fw/rx_wait.c) ------------------------------- */

#define READ_LEN	4096u

static void put_answer(struct io *io)
{
	uint8_t data[READ_LEN];

	pattern_fill(data, sizeof(data), io->key, 0);
	send_data_in(io->s, io->itt, &(struct data_in){
		.data = data, .len = sizeof(data), .flags = FLAG_F | DATA_IN_S,
	});
}

static void answer_read(struct io *io)
{
	put_answer(io);
	host_settle(io->s->host);
}

static void start_reads(struct session *s, struct io *io, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		io[i] = io_make(s, i, OHBA_IO_READ, READ_LEN);
		io_submit(&io[i]);
	}
	for (i = 0; i < n; i++)
		io_expect_cmd(&io[i]);
}

static void few_answers_are_read_at_once(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	struct io io[BATCH - 1];
	uint32_t i;

	(void)state;
	start_reads(s, io, ARRAY_SIZE(io));
	assert_int_equal(s->wire->read_low, 1);
	for (i = 0; i < ARRAY_SIZE(io); i++) {
		answer_read(&io[i]);
		io_done_good(&io[i]);
	}
	session_free(s);
}

static void an_answer_waits_for_others(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	struct io io[DEPTH];
	uint32_t i;

	(void)state;
	start_reads(s, io, DEPTH);
	answer_read(&io[0]);	/* the first of all is told */
	assert_int_equal(wire_unread(s->wire), 0);
	assert_in_range(s->wire->read_low, 2 * READ_LEN, DEPTH * READ_LEN / 2);
	answer_read(&io[1]);
	assert_int_not_equal(wire_unread(s->wire), 0);
	assert_true(host_wakes_within(s->host, LONG_NS));
	host_advance(s->host, LONG_NS);
	assert_int_equal(wire_unread(s->wire), 0);
	io_done_good(&io[0]);
	io_done_good(&io[1]);
	for (i = 2; i < DEPTH; i++) {
		answer_read(&io[i]);
		host_advance(s->host, LONG_NS);
		io_done_good(&io[i]);
	}
	assert_int_equal(s->wire->read_low, 1);
	session_free(s);
}

/* A loop that others keep busy never prepares for sleep. */
static void a_busy_loop_keeps_the_time(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	struct io io[DEPTH];
	uint32_t i;

	(void)state;
	start_reads(s, io, DEPTH);
	answer_read(&io[0]);
	for (i = 1; i < DEPTH; i++) {
		put_answer(&io[i]);
		host_turn(s->host);
		assert_int_not_equal(wire_unread(s->wire), 0);
		s->host->now += LONG_NS;
		host_turn(s->host);
		host_turn(s->host);
		assert_int_equal(wire_unread(s->wire), 0);
	}
	host_advance(s->host, LONG_NS);
	for (i = 0; i < DEPTH; i++)
		io_done_good(&io[i]);
	session_free(s);
}

#define WRITE_LEN	65536u

static void ask(struct io *io)
{
	uint32_t left = WRITE_LEN - io->immediate;

	send_r2t(io->s, io->itt, io->lun, &(struct r2t){
		.ttt = 1, .off = io->immediate, .len = left,
	});
	host_settle(io->s->host);
	assert_int_equal(wire_unread(io->s->wire), 0);
	io_expect_data_out(io, 1, io->immediate, left);
}

/* A target that asks for a little at a time waits for it, and would wait for us. */
static void no_r2t_waits(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	struct io io[DEPTH];
	uint32_t i;

	(void)state;
	for (i = 0; i < DEPTH; i++) {
		io[i] = io_make(s, i, OHBA_IO_WRITE, WRITE_LEN);
		io_submit(&io[i]);
		io_expect_cmd(&io[i]);
	}
	for (i = 0; i < DEPTH; i++)
		ask(&io[i]);
	assert_in_range(s->wire->read_low, 2, DEPTH * 48);
	for (i = 0; i < DEPTH; i++)
		io_answer(&io[i]);
	host_advance(s->host, LONG_NS);
	for (i = 0; i < DEPTH; i++)
		io_done_good(&io[i]);
	session_free(s);
}

/* What was waited for came: no timer is needed. */
static void enough_answers_are_read_at_once(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	struct io io[DEPTH];
	uint32_t i;

	(void)state;
	start_reads(s, io, DEPTH);
	for (i = 0; i < BATCH; i++)
		answer_read(&io[i]);
	assert_in_range(wire_unread(s->wire), 0, BATCH * READ_LEN / 2);
	for (; i < DEPTH; i++)
		answer_read(&io[i]);
	host_advance(s->host, BATCH * HOLD_NS);
	for (i = 0; i < DEPTH; i++)
		io_done_good(&io[i]);
	session_free(s);
}

/* A slow target's answers come so far apart that each is worth a wake-up. */
static void slow_answers_are_read_at_once(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	struct io io[2 * DEPTH];
	uint32_t i;

	(void)state;
	start_reads(s, io, ARRAY_SIZE(io));
	for (i = 0; i < DEPTH; i++) {
		host_advance(s->host, 5 * OHBA_NS_PER_MS);
		answer_read(&io[i]);
	}
	assert_in_range(s->wire->read_low, 1, READ_LEN);
	for (; i < ARRAY_SIZE(io); i++) {
		host_advance(s->host, 5 * OHBA_NS_PER_MS);
		answer_read(&io[i]);
		assert_int_equal(wire_unread(s->wire), 0);
	}
	host_advance(s->host, LONG_NS);
	for (i = 0; i < ARRAY_SIZE(io); i++)
		io_done_good(&io[i]);
	session_free(s);
}

/* What is not to be read is not waited for: it would never be empty again. */
static void an_unread_connection_lets_the_loop_sleep(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	uint64_t due_ns = UINT64_MAX;
	struct io io[DEPTH];
	uint8_t bhs[48];
	uint32_t i;

	(void)state;
	start_reads(s, io, DEPTH);
	answer_read(&io[0]);
	assert_true(s->wire->read_low > 1);
	bhs_init(bhs, OP_ASYNC, FLAG_F);	/* for which there is no PDU_RECV */
	put_be32(bhs, 16, RESERVED_TAG);
	send_pdu(s, bhs, true, NULL, 0);
	host_advance(s->host, LONG_NS);
	assert_true(ohba_iscsi_sleep(ohba_fw_iscsi(s->host->fw), HOLD_NS, &due_ns));
	assert_true(due_ns == UINT64_MAX);
	recv_post(s->host, s->cid);
	for (i = 1; i < DEPTH; i++)
		answer_read(&io[i]);
	host_advance(s->host, LONG_NS);
	for (i = 0; i < DEPTH; i++)
		io_done_good(&io[i]);
	session_free(s);
}

/* The end of the stream is no answer, and is told all the same. */
static void a_loss_waits_for_nobody(void **state)
{
	struct session *s = coalescing_session(HOLD_NS);
	struct host *host = s->host;
	struct io io[DEPTH];
	uint32_t i;

	(void)state;
	start_reads(s, io, DEPTH);
	answer_read(&io[0]);
	wire_fin(s->wire);
	host_settle(host);
	expect_lost(host, s->cid, OHBA_ST_CONN_CLOSED, 0);
	conn_close(host, s->cid, 0);
	io_done_good(&io[0]);
	for (i = 1; i < DEPTH; i++)
		io_done(&io[i], OHBA_ST_SESSION_LOST);
	host_free(host);
	free(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_interrupt_is_for_many),
		cmocka_unit_test(a_held_interrupt_comes),
		cmocka_unit_test(commands_without_a_doorbell_are_found),
		cmocka_unit_test(few_answers_are_read_at_once),
		cmocka_unit_test(an_answer_waits_for_others),
		cmocka_unit_test(a_busy_loop_keeps_the_time),
		cmocka_unit_test(no_r2t_waits),
		cmocka_unit_test(enough_answers_are_read_at_once),
		cmocka_unit_test(slow_answers_are_read_at_once),
		cmocka_unit_test(an_unread_connection_lets_the_loop_sleep),
		cmocka_unit_test(a_loss_waits_for_nobody),
	};

	return cmocka_run_group_tests_name("coalesce_fw", tests, NULL, NULL);
}

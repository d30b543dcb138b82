// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end in the middle of everything: CONN_CLOSE as the barrier behind which no
 * DMA happens, losses, and resets, with work in every state that there is.
 */
#include "session.h"

#include <errno.h>

#define NREADS	3
#define NIOS	8
#define ASKED	(1 << 20)	/* bytes that an R2T wants: more than is built ahead */
#define ASKED_TTT 0xa5a5a5a5

/* A session with something unfinished of every kind. */
struct mess {
	struct session *s;
	struct io io[NIOS];
	uint32_t nio;
	uint32_t admin[8];	/* tags of admin commands outstanding */
	uint64_t memory[8];	/* their buffers */
	uint32_t nadmin, nmemory;
};

static struct io *add_io(struct mess *mess, uint8_t flags, uint32_t len)
{
	struct io *io = &mess->io[mess->nio];

	*io = io_make(mess->s, mess->nio++, flags, len);
	io->qid = 1 + mess->nio % QUEUES;
	io->layout = mess->nio % LAYOUT_COUNT;
	io_submit(io);
	return io;
}

/* A Data-In of which @part bytes arrive and no more. */
static void half_a_data_in(struct mess *mess, struct io *io, uint32_t part)
{
	struct wire *wire = mess->s->wire;
	size_t start = wire->in_len;
	uint8_t *data = malloc(io->len);

	pattern_fill(data, io->len, io->key, 0);
	send_data_in(mess->s, io->itt, &(struct data_in){
		.data = data, .len = io->len, .flags = FLAG_F | DATA_IN_S });
	wire->in_len = start + part;
	free(data);
}

static void add_admin(struct mess *mess, struct ohba_sqe *sqe)
{
	mess->admin[mess->nadmin++] = host_admin_start(mess->s->host, sqe);
}

static void add_recv(struct mess *mess)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PDU_RECV, mess->s->cid);
	uint64_t addr = mem_alloc(mess->s->host->mem, OHBA_PDU_RECV_MIN, MEM_IN);

	mess->memory[mess->nmemory++] = addr;
	sqe_data(&sqe, addr, OHBA_PDU_RECV_MIN);
	add_admin(mess, &sqe);
}

static void add_text(struct mess *mess)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PDU_SEND, mess->s->cid);
	uint64_t addr = mem_alloc(mess->s->host->mem, 600, MEM_OUT);

	mess->memory[mess->nmemory++] = addr;
	sqe.body[0] = OP_TEXT_REQ | OP_IMMEDIATE;
	sqe.body[1] = FLAG_F;
	put_be24(sqe.body, 5, 600);
	put_be32(sqe.body, 20, RESERVED_TAG);
	sqe_data(&sqe, addr, 600);
	add_admin(mess, &sqe);
}

static void add_tmf(struct mess *mess)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TMF, mess->s->handle);

	sqe.body[0] = OHBA_TMF_LUN_RESET;
	sqe.body[9] = 99;
	add_admin(mess, &sqe);
}

/*
 * @in: bytes of the last Data-In that come. The wire is stuck with a command or
 * a Data-Out half sent, the window is closed, and more waits.
 */
static void make_mess(struct mess *mess, struct session *s, uint32_t in)
{
	struct io *write, *read = NULL;
	struct pdu pdu;
	int i;

	memset(mess, 0, sizeof(*mess));
	mess->s = s;
	for (i = 0; i < NREADS; i++) {
		read = add_io(mess, OHBA_IO_READ, 9000);
		io_expect_cmd(read);
	}
	write = add_io(mess, OHBA_IO_WRITE, ASKED + 16384);
	io_expect_cmd(write);
	io_expect_data_out(write, RESERVED_TAG, write->immediate, 16384 - write->immediate);
	add_recv(mess);
	add_recv(mess);
	add_tmf(mess);
	take_pdu(s, &pdu);
	free(pdu.data);
	wire_cut(s->wire, CUT_NONE, CUT_ONE);
	if (in % 2)	/* a command with immediate data, or the answer to an R2T */
		add_io(mess, OHBA_IO_WRITE, 20000);
	else
		send_r2t(s, write->itt, write->lun, &(struct r2t){
			.ttt = ASKED_TTT, .off = 16384, .len = ASKED });
	for (i = 0; i < 200; i++)
		host_turn(s->host);
	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
	half_a_data_in(mess, read, in);
	host_settle(s->host);
	add_text(mess);
	add_io(mess, OHBA_IO_WRITE, 20000);
	add_io(mess, OHBA_IO_READ, 512);	/* beyond the window */
	add_io(mess, 0, 0);
	host_settle(s->host);
}

/* All commands have ended, with @status; nothing of theirs is touched again. */
static void expect_all_ended(struct mess *mess, uint16_t status)
{
	struct host *host = mess->s->host;
	struct ohba_cqe cqe;
	uint32_t i;

	for (i = 0; i < mess->nio; i++) {
		if (!host_done(host, mess->io[i].qid, mess->io[i].tag, &cqe))
			fail_msg("command %u is still outstanding", i);
		expect_status(&cqe, status);
		assert_int_equal(cqe.result, 0);
		io_retire(&mess->io[i]);
	}
	for (i = 0; i < mess->nadmin; i++) {
		if (!host_done(host, 0, mess->admin[i], &cqe))
			fail_msg("admin command %u is still outstanding", i);
		/* The text was handed to TCP, or not; all else has one status. */
		if (le16toh(cqe.status) != OHBA_ST_SUCCESS || i != 3)
			expect_status(&cqe, status);
	}
	for (i = 0; i < mess->nmemory; i++)
		mem_retire(host->mem, mess->memory[i]);
}

/* At the very turn in which CONN_CLOSE completes, all else must have. */
static void close_and_expect(struct mess *mess, uint8_t flags, uint16_t status)
{
	struct session *s = mess->s;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_CLOSE, s->cid);
	struct ohba_cqe cqe;
	uint32_t tag, turns;

	sqe.flags = flags;
	tag = host_admin_start(s->host, &sqe);
	for (turns = 0; !host_done(s->host, 0, tag, &cqe); turns++) {
		if (turns > 100000)
			fail_msg("CONN_CLOSE does not complete");
		if (turns % 1000 == 999)
			s->host->now += 100 * MS;
		host_turn(s->host);
	}
	expect_status(&cqe, OHBA_ST_SUCCESS);
	expect_all_ended(mess, status);
	assert_true(s->wire->closed);
	if (flags & OHBA_CONN_CLOSE_ABORT)
		assert_true(s->wire->aborted);
	host_advance(s->host, 60000 * MS);
	host_no_event(s->host);
	for (turns = 0; turns <= QUEUES; turns++)
		host_expect_none(s->host, turns);
}

static struct session *open_small(void)
{
	struct opts opts = opts_default;

	opts.window = 6;
	opts.max_xmit_dsl = 4096;
	opts.first_burst = 16384;
	opts.max_burst = ASKED;
	opts.flags = OHBA_SESSION_IMMEDIATE_DATA;
	return session_new(&opts);
}

static void reopen_and_work(struct session *s)
{
	session_open(s, s->host, s->cid, &s->opts);
	io_works(s, 1, OHBA_IO_READ, 5000);
	io_works(s, 2, OHBA_IO_WRITE, 5000);
}

/* How much of a Data-In of 9000 bytes has come: header, data, nothing. */
static const uint32_t ins[] = { 0, 1, 47, 48, 49, 4000, 9047 };

static void close_is_a_barrier(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(ins); i++) {
		struct session *s = open_small();
		struct mess mess;

		make_mess(&mess, s, ins[i / 2]);
		close_and_expect(&mess, i % 2 ? OHBA_CONN_CLOSE_ABORT : 0, OHBA_ST_ABORTED);
		reopen_and_work(s);
		session_free(s);
	}
}

/* The same, but TCP takes bytes again while the connection drains. */
static void a_drain_ends_with_whole_pdus(void **state)
{
	static const enum cut cuts[] = { CUT_NONE, CUT_RANDOM };
	uint32_t asked;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		struct session *s = open_small();
		struct mess mess;
		struct pdu pdu;

		make_mess(&mess, s, 4000);
		wire_cut(s->wire, CUT_NONE, cuts[i]);
		close_and_expect(&mess, 0, OHBA_ST_ABORTED);
		assert_false(s->wire->aborted);
		for (asked = 0; wire_take(s->wire, &pdu); free(pdu.data))
			if (be32_at(pdu.bhs, 20) == ASKED_TTT)
				asked += pdu.len;
		assert_int_equal(wire_pending(s->wire), 0);
		assert_in_range(asked, 0, ASKED / 2);	/* no more than had been built */
		reopen_and_work(s);
		session_free(s);
	}
}

static void lost_then_closed(void **state)
{
	static const struct {
		int err;	/* 0: FIN */
		uint16_t reason;
	} row[] = {
		{ 0, OHBA_ST_CONN_CLOSED },
		{ ECONNRESET, OHBA_ST_CONN_RESET },
		{ ETIMEDOUT, OHBA_ST_CONN_TIMEOUT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row) * ARRAY_SIZE(ins); i++) {
		struct session *s = open_small();
		struct mess mess;
		uint32_t qid;

		make_mess(&mess, s, ins[i / ARRAY_SIZE(row)]);
		if (row[i % ARRAY_SIZE(row)].err)
			wire_error(s->wire, row[i % ARRAY_SIZE(row)].err);
		else
			wire_fin(s->wire);
		expect_lost(s->host, s->cid, row[i % ARRAY_SIZE(row)].reason, 0);
		host_advance(s->host, 10000 * MS);
		for (qid = 1; qid <= QUEUES; qid++)	/* the host decides when */
			host_expect_none(s->host, qid);
		close_and_expect(&mess, 0, OHBA_ST_SESSION_LOST);
		reopen_and_work(s);
		session_free(s);
	}
}

/* TCP breaks while a CONN_CLOSE waits for what is queued. */
static void lost_while_closing(void **state)
{
	struct session *s = open_small();
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_CLOSE, s->cid);
	struct ohba_cqe cqe;
	struct mess mess;
	uint32_t tag;

	(void)state;
	make_mess(&mess, s, 100);
	tag = host_admin_start(s->host, &sqe);
	host_advance(s->host, 500 * MS);
	assert_false(s->wire->closed);
	wire_error(s->wire, ECONNRESET);
	cqe = host_expect(s->host, 0, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	expect_all_ended(&mess, OHBA_ST_ABORTED);
	host_advance(s->host, 5000 * MS);
	host_no_event(s->host);
	reopen_and_work(s);
	session_free(s);
}

static void retire_all(struct mess *mess)
{
	uint32_t i;

	for (i = 0; i < mess->nio; i++)
		io_retire(&mess->io[i]);
	for (i = 0; i < mess->nmemory; i++)
		mem_retire(mess->s->host->mem, mess->memory[i]);
	mem_retire(mess->s->host->mem, mess->s->host->sense);
}

static void reset_in_the_middle(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ins); i++) {
		struct session *s = open_small();
		struct host *host = s->host;
		struct mess mess;
		uint32_t qid;

		make_mess(&mess, s, ins[i]);
		host_reset(host);
		retire_all(&mess);
		assert_true(s->wire->closed && s->wire->aborted);
		host_advance(host, 60000 * MS);
		/* All commands were forgotten: their tags are free. */
		host_program_rings(host, 64, 64, 16);
		host_enable(host);
		host_setup(host);
		for (qid = 1; qid <= QUEUES; qid++)
			host_queue_create(host, qid, 64, 64, qid);
		reopen_and_work(s);
		session_free(s);
	}
}

/* host_free() checks that nothing is left: this is the unplugged adapter. */
static void power_off_in_the_middle(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ins); i++) {
		struct session *s = open_small();
		struct host *host = s->host;
		struct mess mess;

		make_mess(&mess, s, ins[i]);
		retire_all(&mess);
		host_free(host);
		free(s);
	}
}

static void a_fatal_error_in_the_middle(void **state)
{
	struct session *s = open_small();
	struct host *host = s->host;
	struct mess mess;

	(void)state;
	make_mess(&mess, s, 4000);
	host_bus_lost(host);
	retire_all(&mess);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), OHBA_STATUS_FATAL |
			 (uint32_t)OHBA_ST_DMA_FAULT << OHBA_STATUS_REASON_SHIFT);
	assert_true(s->wire->closed);
	host_advance(host, 60000 * MS);
	host_reset(host);
	host_free(host);
	free(s);
}

/* A handle of the session before is refused, although the id is in use again. */
static void old_handles_are_void(void **state)
{
	struct session *s = open_small();
	uint32_t handle[5], n, i;
	struct io io;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(handle); n++) {
		handle[n] = s->handle;
		for (i = 0; i < n; i++) {
			struct ohba_sqe sqe;

			io = io_make(s, 1, 0, 0);
			sqe = io_sqe(&io);
			sqe.handle = htole32(handle[i]);
			host_submit(s->host, 1, &sqe);
			io_done(&io, OHBA_ST_INVALID_HANDLE);
		}
		conn_close(s->host, s->cid, 0);
		session_open(s, s->host, s->cid, &s->opts);
	}
	s->host->guest_traces = 0;
	session_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(close_is_a_barrier),
		cmocka_unit_test(a_drain_ends_with_whole_pdus),
		cmocka_unit_test(lost_then_closed),
		cmocka_unit_test(lost_while_closing),
		cmocka_unit_test(reset_in_the_middle),
		cmocka_unit_test(power_off_in_the_middle),
		cmocka_unit_test(a_fatal_error_in_the_middle),
		cmocka_unit_test(old_handles_are_void),
	};

	return cmocka_run_group_tests_name("close", tests, NULL, NULL);
}

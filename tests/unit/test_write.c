// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes, in every combination of what can be negotiated, against a model of
 * the wire (session.c): what goes with the command, what follows unasked, and
 * what R2Ts bring, to the byte.
 */
#include "session.h"

static void take_r2t(struct io *io, const struct r2t *r2t)
{
	io_expect_data_out(io, r2t->ttt, r2t->off, r2t->len);
}

/*
 * Ask for all that is left, in pieces of at most @piece, @at_once R2Ts at a time.
 */
static void ask(struct io *io, uint32_t piece, uint32_t at_once)
{
	uint32_t off = io_unsolicited_end(io), r2tsn = 0;
	struct r2t r2t[16];

	while (off < io->len) {
		uint32_t n, i;

		for (n = 0; n < at_once && off < io->len; n++) {
			r2t[n] = (struct r2t){ .ttt = 0xabc00000 + r2tsn, .r2tsn = r2tsn,
					       .off = off, .len = MIN(piece, io->len - off) };
			send_r2t(io->s, io->itt, io->lun, &r2t[n]);
			off += r2t[n].len;
			r2tsn++;
		}
		for (i = 0; i < n; i++)
			take_r2t(io, &r2t[i]);
		expect_silence(io->s);
	}
}

static void one_write(struct session *s, uint32_t tag, uint32_t len, uint32_t piece)
{
	struct io io = io_make(s, tag % TAGS, OHBA_IO_WRITE, len);

	io.layout = tag % LAYOUT_COUNT;
	io_submit(&io);
	io_expect_cmd(&io);
	io_expect_data_out(&io, RESERVED_TAG, io.immediate,
			   io_unsolicited_end(&io) - io.immediate);
	expect_silence(s);
	ask(&io, piece, s->opts.max_r2t);
	io_answer(&io);
	io_done_good(&io);
}

/* Lengths on both sides of every boundary of @opts. */
static uint32_t boundary(const struct opts *opts, uint32_t i)
{
	/* A PDU of 16 MiB is more than a command may move. */
	uint32_t pdu = MIN(opts->max_xmit_dsl, 65536);
	const uint32_t base[] = { 0, 4, pdu, opts->first_burst, opts->max_burst,
				  opts->first_burst + opts->max_burst, 2 * opts->max_burst };
	int64_t len = (int64_t)base[i / 3] + (int)(i % 3) - 1;

	return len < 0 ? 0 : len;
}

#define BOUNDARIES	21

static void all_lengths(const struct opts *opts, uint32_t salt)
{
	struct session *s = session_new(opts);
	uint32_t i;

	for (i = 0; i < BOUNDARIES; i++) {
		wire_cut(s->wire, CUT_NONE, (i + salt) % 4 ? CUT_NONE : CUT_RANDOM);
		mem_fragment(s->host->mem, (i + salt) % 5 ? 0 : 700);
		one_write(s, i + salt, boundary(opts, i),
			  (i + salt) % 2 ? opts->max_burst : opts->max_burst / 3 + 5);
	}
	session_free(s);
}

/* { max_xmit_dsl, first_burst, max_burst } */
static const uint32_t sizes[][3] = {
	{ 512, 512, 512 },
	{ 512, 2048, 4096 },
	{ 8192, 512, 1024 },
	{ 1024, 1024, 16384 },
	{ 4096, 8192, 8192 },
	{ 1000, 3000, 7000 },		/* multiples of nothing */
	{ 1003, 3001, 7001 },		/* nor of 4 */
	{ 0xffffff, 65536, 262144 },
};

static void matrix(uint32_t digests)
{
	static const uint32_t r2ts[] = { 1, 2, 16 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(r2ts) * 4; i++) {
		const uint32_t *size = sizes[i / 12];
		struct opts opts = opts_default;

		opts.max_xmit_dsl = size[0];
		opts.first_burst = size[1];
		opts.max_burst = size[2];
		opts.max_r2t = r2ts[i / 4 % 3];
		opts.flags = digests;
		if (i % 2)
			opts.flags |= OHBA_SESSION_INITIAL_R2T;
		if (i / 2 % 2)
			opts.flags |= OHBA_SESSION_IMMEDIATE_DATA;
		all_lengths(&opts, i);
	}
}

static void matrix_without_digests(void **state)
{
	(void)state;
	matrix(0);
}

static void matrix_with_header_digests(void **state)
{
	(void)state;
	matrix(OHBA_SESSION_HDR_DIGEST);
}

static void matrix_with_data_digests(void **state)
{
	(void)state;
	matrix(OHBA_SESSION_DATA_DIGEST);
}

static void matrix_with_both_digests(void **state)
{
	(void)state;
	matrix(OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST);
}

static void reads_with_every_digest(void **state)
{
	static const uint32_t lens[] = { 1, 2, 3, 4, 5, 509, 512, 4096, 65537, 300000 };
	uint32_t digests, cut;
	size_t i;

	(void)state;
	for (digests = 0; digests < 4; digests++) {
		struct opts opts = opts_default;
		struct session *s;

		opts.max_recv_dsl = 8192;
		opts.flags |= digests * OHBA_SESSION_HDR_DIGEST;
		s = session_new(&opts);
		for (cut = CUT_NONE; cut <= CUT_RANDOM; cut++) {
			wire_cut(s->wire, cut, cut);
			for (i = 0; i < ARRAY_SIZE(lens); i++)
				if (cut != CUT_ONE || lens[i] < 5000)
					io_works(s, i, OHBA_IO_READ, lens[i]);
		}
		session_free(s);
	}
}

/* Mappings of guest memory for a command that all of TCP takes at once. */
static unsigned int maps_of_io(uint8_t flags, uint32_t digests)
{
	struct opts opts = opts_default;
	struct session *s;
	unsigned int maps;

	opts.flags |= digests;
	s = session_new(&opts);
	maps = mem_data_maps(s->host->mem);
	io_works(s, 1, flags, 32768);
	maps = mem_data_maps(s->host->mem) - maps;
	session_free(s);
	return maps;
}

/* With an IOMMU, or in pages of 4 KiB, it costs more than the CRC. */
static void digests_map_nothing_twice(void **state)
{
	uint32_t both = OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST;

	(void)state;
	assert_int_equal(maps_of_io(OHBA_IO_WRITE, both), maps_of_io(OHBA_IO_WRITE, 0));
	assert_int_equal(maps_of_io(OHBA_IO_READ, both), maps_of_io(OHBA_IO_READ, 0));
}

static struct session *open_r2t(uint32_t max_r2t)
{
	struct opts opts = opts_default;

	opts.flags = OHBA_SESSION_INITIAL_R2T;
	opts.max_r2t = max_r2t;
	opts.max_burst = 4096;
	opts.first_burst = 4096;
	opts.max_xmit_dsl = 1024;
	return session_new(&opts);
}

/* R2Ts of two tasks are served by turns, each task's in order. */
static void tasks_take_turns(void **state)
{
	struct session *s = open_r2t(2);
	struct io io[2];
	uint32_t next[2] = { 0 }, got, i;

	(void)state;
	for (i = 0; i < 2; i++) {
		io[i] = io_make(s, i, OHBA_IO_WRITE, 8192);
		io_submit(&io[i]);
		io_expect_cmd(&io[i]);
	}
	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
	for (i = 0; i < 4; i++)
		send_r2t(s, io[i % 2].itt, io[i % 2].lun, &(struct r2t){
			.ttt = i, .r2tsn = i / 2, .off = i / 2 * 4096, .len = 4096 });
	host_settle(s->host);
	wire_cut(s->wire, CUT_NONE, CUT_NONE);
	for (got = 0; got < 16; got++) {
		struct pdu pdu;

		take_pdu(s, &pdu);
		i = be32_at(pdu.bhs, 16) == io[1].itt;
		assert_int_equal(be32_at(pdu.bhs, 40), next[i]);
		assert_int_equal(be32_at(pdu.bhs, 20), next[i] / 4096 * 2 + i);
		assert_int_equal(be32_at(pdu.bhs, 36), next[i] % 4096 / 1024);
		pattern_check(pdu.data, 1024, io[i].key, next[i]);
		next[i] += 1024;
		/* Neither is far ahead of the other. */
		assert_in_range(next[0] + 4096 - next[1], 0, 8192);
		free(pdu.data);
	}
	for (i = 0; i < 2; i++) {
		io_answer(&io[i]);
		io_done_good(&io[i]);
	}
	session_free(s);
}

/* An R2T for what was sent already is legal, if useless at level 0. */
static void r2t_may_ask_again(void **state)
{
	struct session *s = open_r2t(1);
	struct io io = io_make(s, 1, OHBA_IO_WRITE, 4096);
	struct r2t r2t = { .ttt = 1, .len = 4096 };

	(void)state;
	io_submit(&io);
	io_expect_cmd(&io);
	for (; r2t.r2tsn < 3; r2t.r2tsn++) {
		send_r2t(s, io.itt, io.lun, &r2t);
		take_r2t(&io, &r2t);
	}
	io_answer(&io);
	io_done_good(&io);
	session_free(s);
}

/* The target may answer early; what it did not take is a residual. */
static void a_write_ended_early(void **state)
{
	struct session *s = open_r2t(1);
	struct io io = io_make(s, 1, OHBA_IO_WRITE, 8192);
	struct r2t r2t = { .ttt = 1, .len = 4096 };
	struct ohba_cqe cqe;

	(void)state;
	io_submit(&io);
	io_expect_cmd(&io);
	send_r2t(s, io.itt, io.lun, &r2t);
	take_r2t(&io, &r2t);
	send_scsi_rsp(s, io.itt, &(struct rsp){ .status = 2, .flags = RES_UNDER, .residual = 4096 });
	cqe = io_done(&io, OHBA_ST_SUCCESS);
	assert_int_equal(cqe.scsi_status, 2);
	assert_int_equal(cqe.flags, OHBA_CQE_UNDERFLOW);
	assert_int_equal(le32toh(cqe.result), 4096);
	session_free(s);
}

/*
 * The response comes while a Data-Out is half in TCP: the rest of that PDU must
 * still be sent from the buffer, so the completion has to wait for it.
 */
static void a_response_overtakes_data(void **state)
{
	struct session *s = open_r2t(1);
	struct io io = io_make(s, 1, OHBA_IO_WRITE, 4096);
	struct pdu pdu;
	uint32_t taken = 0;

	(void)state;
	io_submit(&io);
	io_expect_cmd(&io);
	wire_cut(s->wire, CUT_NONE, CUT_ONE);
	send_r2t(s, io.itt, io.lun, &(struct r2t){ .len = 4096 });
	while (wire_pending(s->wire) < 100)
		host_turn(s->host);
	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
	send_scsi_rsp(s, io.itt, &(struct rsp){ .status = 2, .flags = RES_UNDER, .residual = 4096 });
	host_expect_none(s->host, 1);
	wire_cut(s->wire, CUT_NONE, CUT_NONE);
	io_done(&io, OHBA_ST_SUCCESS);
	/* Whole PDUs, and then the stream goes on with the next command. */
	while (wire_take(s->wire, &pdu)) {
		assert_int_equal(be32_at(pdu.bhs, 40), taken);
		pattern_check(pdu.data, pdu.len, io.key, taken);
		taken += pdu.len;
		free(pdu.data);
	}
	assert_int_equal(wire_pending(s->wire), 0);
	assert_in_range(taken, 1024, 4096);
	io_works(s, 2, OHBA_IO_WRITE, 5000);
	session_free(s);
}

static void a_write_from_bad_memory(void **state)
{
	struct session *s = open_r2t(1);
	struct io io = io_make(s, 1, OHBA_IO_WRITE, 4096);

	(void)state;
	io_submit(&io);
	io_expect_cmd(&io);
	mem_poison(s->host->mem, io.buf);
	send_r2t(s, io.itt, io.lun, &(struct r2t){ .len = 4096 });
	expect_lost(s->host, s->cid, OHBA_ST_DMA_FAULT, 0);
	conn_close(s->host, s->cid, 0);
	io_done(&io, OHBA_ST_DMA_FAULT);
	s->host->guest_traces = 0;
	session_open(s, s->host, s->cid, &s->opts);
	session_free(s);
}

/*
 * It is lost while more than a turn's PDUs are left to read: the host's it is still, and
 * its commands, until the host closes it.
 */
static void lost_with_more_to_read(void **state)
{
	struct session *s = open_r2t(1);
	struct io io = io_make(s, 1, OHBA_IO_WRITE, 4096);
	uint32_t i;

	(void)state;
	io_submit(&io);
	io_expect_cmd(&io);
	mem_poison(s->host->mem, io.buf);
	send_r2t(s, io.itt, io.lun, &(struct r2t){ .len = 4096 });
	for (i = 0; i < 1000; i++)
		send_nop_in(s, RESERVED_TAG, RESERVED_TAG, NULL, 0);
	expect_lost(s->host, s->cid, OHBA_ST_DMA_FAULT, 0);
	host_expect_none(s->host, 1);
	assert_int_equal(conn_phase(s->host, s->cid), OHBA_CONN_LOST);
	conn_close(s->host, s->cid, 0);
	io_done(&io, OHBA_ST_DMA_FAULT);
	s->host->guest_traces = 0;
	session_open(s, s->host, s->cid, &s->opts);
	session_free(s);
}

/* Unsolicited data goes out in the order of its commands (RFC 7143 section 4.2.5.2). */
static void unsolicited_data_in_order(void **state)
{
	struct opts opts = opts_default;
	struct session *s;
	struct ohba_sqe batch[8];
	struct io io[8];
	uint32_t sent[8] = { 0 }, current = 0, i;
	struct pdu pdu;

	(void)state;
	opts.flags = 0;
	opts.max_xmit_dsl = 512;
	s = session_new(&opts);
	for (i = 0; i < 8; i++) {
		io[i] = io_make(s, i, OHBA_IO_WRITE, 4096);
		batch[i] = io_sqe(&io[i]);
	}
	host_submit_batch(s->host, 1, batch, 8);
	host_settle(s->host);
	for (i = 0; wire_take(s->wire, &pdu); free(pdu.data)) {
		if (pdu.bhs[0] == OP_SCSI_CMD) {
			io_check_cmd(&io[i++], &pdu);
			continue;
		}
		while (current < 8 && sent[current] == 4096)
			current++;
		assert_int_equal(be32_at(pdu.bhs, 16), io[current].itt);
		assert_int_equal(be32_at(pdu.bhs, 40), sent[current]);
		pattern_check(pdu.data, pdu.len, io[current].key, sent[current]);
		sent[current] += pdu.len;
	}
	assert_int_equal(i, 8);
	for (i = 0; i < 8; i++) {
		assert_int_equal(sent[i], 4096);
		io_answer(&io[i]);
		io_done_good(&io[i]);
	}
	session_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matrix_without_digests),
		cmocka_unit_test(matrix_with_header_digests),
		cmocka_unit_test(matrix_with_data_digests),
		cmocka_unit_test(matrix_with_both_digests),
		cmocka_unit_test(reads_with_every_digest),
		cmocka_unit_test(digests_map_nothing_twice),
		cmocka_unit_test(tasks_take_turns),
		cmocka_unit_test(r2t_may_ask_again),
		cmocka_unit_test(a_write_ended_early),
		cmocka_unit_test(a_response_overtakes_data),
		cmocka_unit_test(a_write_from_bad_memory),
		cmocka_unit_test(lost_with_more_to_read),
		cmocka_unit_test(unsolicited_data_in_order),
	};

	return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers that wrap and windows that close (RFC 7143 section 4.2.2), and a soak:
 * many commands of two sessions at once, in a random order, cut at random.
 */
#include "session.h"

/* --- the command window ----------------------------------------------------------------- */

/* Tell the firmware about the window, and nothing else. */
static void tell_window(struct session *s, uint32_t exp, uint32_t max)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_NOP_IN, FLAG_F);
	put_be32(bhs, 16, RESERVED_TAG);
	put_be32(bhs, 20, RESERVED_TAG);
	put_be32(bhs, 24, s->statsn);
	put_be32(bhs, 28, exp);
	put_be32(bhs, 32, max);
	wire_send(s->wire, bhs, NULL, 0);
	host_settle(s->host);
}

static struct io submit(struct session *s, uint32_t tag)
{
	struct io io = io_make(s, tag, 0, 0);

	io_submit(&io);
	return io;
}

static void a_closed_window_holds_commands(uint32_t cmdsn)
{
	struct opts opts = opts_default;
	struct ohba_conn_stats stats;
	struct session *s;
	struct io io[10];
	uint32_t i;

	opts.cmdsn = cmdsn;
	opts.window = 4;
	s = session_new(&opts);
	for (i = 0; i < ARRAY_SIZE(io); i++)
		io[i] = submit(s, i);
	for (i = 0; i < 4; i++)
		io_expect_cmd(&io[i]);
	expect_silence(s);
	/* It opens by two, in a PDU that is about something else. */
	tell_window(s, cmdsn + 2, cmdsn + 5);
	io_expect_cmd(&io[4]);
	io_expect_cmd(&io[5]);
	expect_silence(s);
	tell_window(s, cmdsn + 6, cmdsn + 63);
	for (i = 6; i < ARRAY_SIZE(io); i++)
		io_expect_cmd(&io[i]);
	s->opts.window = 64;
	for (i = ARRAY_SIZE(io); i--;) {
		io_answer(&io[i]);
		io_done_good(&io[i]);
	}
	host_stats(s->host, OHBA_STATS_CONN, s->cid, &stats, sizeof(stats));
	assert_in_range(le64toh(stats.window_closed), 1, 10);
	session_free(s);
}

static void windows_close_and_reopen(void **state)
{
	static const uint32_t starts[] = { 0, 1, 0x7ffffffc, 0x7fffffff, 0x80000000,
					   0xfffffff8, 0xfffffffd, 0xffffffff };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(starts); i++)
		a_closed_window_holds_commands(starts[i]);
}

/* A window of no size: MaxCmdSN is ExpCmdSN - 1. */
static void a_window_closed_from_the_start(void **state)
{
	struct opts opts = opts_default;
	struct session *s;
	struct io io;

	(void)state;
	opts.window = 0;
	s = session_new(&opts);
	io = submit(s, 1);
	expect_silence(s);
	tell_window(s, opts.cmdsn, opts.cmdsn);
	io_expect_cmd(&io);
	s->opts.window = 8;
	io_answer(&io);
	io_done_good(&io);
	session_free(s);
}

/* PDUs are not ordered by these fields: what is older, or cannot be, is ignored. */
static void old_news_is_ignored(void **state)
{
	struct opts opts = opts_default;
	uint32_t sn = opts.cmdsn, i;
	struct session *s;
	struct io io[4];

	(void)state;
	opts.window = 2;
	s = session_new(&opts);
	for (i = 0; i < ARRAY_SIZE(io); i++)
		io[i] = submit(s, i);
	io_expect_cmd(&io[0]);
	io_expect_cmd(&io[1]);
	tell_window(s, sn + 1, sn - 1);		/* MaxCmdSN < ExpCmdSN - 1 */
	expect_silence(s);
	tell_window(s, sn, sn + 1);		/* again */
	expect_silence(s);
	tell_window(s, sn + 2, sn + 2);
	io_expect_cmd(&io[2]);
	tell_window(s, sn + 1, sn + 1);		/* overtaken: the window does not shrink */
	tell_window(s, sn + 3, sn + 3);
	io_expect_cmd(&io[3]);
	s->opts.window = 8;
	for (i = 0; i < ARRAY_SIZE(io); i++) {
		io_answer(&io[i]);
		io_done_good(&io[i]);
	}
	session_free(s);
}

/* --- wrapping ------------------------------------------------------------------------------ */

static void cmdsn_and_statsn_wrap(void **state)
{
	struct opts opts = opts_default;
	struct session *s;
	uint32_t i;

	(void)state;
	opts.cmdsn = 0xffffff80;
	opts.statsn = 0xffffffc0;
	s = session_new(&opts);
	for (i = 0; i < 300; i++)
		io_works(s, i % TAGS, i % 2 ? OHBA_IO_READ : OHBA_IO_WRITE, 100 + i);
	assert_int_equal(s->cmdsn, opts.cmdsn + 300);
	session_free(s);
}

/* 2^16 generations of one index: none may be the reserved tag, or the one before. */
static void itts_of_one_index(void **state)
{
	struct session *s = session_new(&opts_default);
	uint32_t last = RESERVED_TAG, i;

	(void)state;
	for (i = 0; i < 66000; i++) {
		struct io io = io_make(s, TAGS - 1, 0, 0);

		io_submit(&io);
		io_expect_cmd(&io);
		if (io.itt == last)
			fail_msg("ITT 0x%08x twice in a row", io.itt);
		last = io.itt;
		io_answer(&io);
		io_done_good(&io);
	}
	session_free(s);
}

/* --- soak ---------------------------------------------------------------------------------- */

#define SOAK_DEPTH	48
#define SOAK_COMMANDS	4000
#define SOAK_SESSIONS	2

struct soak {
	struct prng prng;
	struct session *s[SOAK_SESSIONS];
	struct io io[SOAK_SESSIONS][SOAK_DEPTH];
	bool busy[SOAK_SESSIONS][SOAK_DEPTH];
	uint32_t started, finished;
};

static struct io *soak_idle(struct soak *soak, uint32_t which)
{
	uint32_t i;

	for (i = 0; i < SOAK_DEPTH; i++)
		if (!soak->busy[which][i])
			return &soak->io[which][i];
	return NULL;
}

static void soak_start(struct soak *soak)
{
	static const uint8_t ways[] = { 0, OHBA_IO_READ, OHBA_IO_WRITE };
	uint32_t which = prng_below(&soak->prng, SOAK_SESSIONS);
	uint8_t way = ways[prng_below(&soak->prng, 3)];
	struct io *io = soak_idle(soak, which);
	uint32_t i, len;

	if (!io)
		return;
	i = (uint32_t)(io - soak->io[which]);
	len = way ? 1 + prng_below(&soak->prng, prng_below(&soak->prng, 8) ? 6000 : 60000) : 0;
	*io = io_make(soak->s[which], which * SOAK_DEPTH + i, way, len);
	io->qid = 1 + prng_below(&soak->prng, QUEUES);
	io->layout = prng_below(&soak->prng, LAYOUT_COUNT);
	io_submit(io);
	io_expect_cmd(io);
	soak->busy[which][i] = true;
	soak->started++;
}

/* A part of @left; MIN() would draw twice. */
static uint32_t piece(struct soak *soak, uint32_t left, uint32_t most)
{
	uint32_t some = 1 + prng_below(&soak->prng, most);

	return MIN(left, some);
}

/* Data-In of any sizes, then the status with the last or in a PDU of its own. */
static void serve_read(struct soak *soak, struct io *io)
{
	bool merged = prng_below(&soak->prng, 2);
	uint8_t *data = malloc(io->len);
	uint32_t off = 0, sn = 0;

	pattern_fill(data, io->len, io->key, 0);
	while (off < io->len) {
		uint32_t len = piece(soak, io->len - off, 9000);
		bool last = off + len == io->len;

		send_data_in(io->s, io->itt, &(struct data_in){
			.datasn = sn++, .off = off, .data = data + off, .len = len,
			.flags = last ? FLAG_F | (merged ? DATA_IN_S : 0) : 0 });
		off += len;
	}
	if (!merged)
		send_scsi_rsp(io->s, io->itt, &(struct rsp){ .exp_datasn = sn });
	free(data);
}

static void serve_write(struct soak *soak, struct io *io)
{
	uint32_t off = io_unsolicited_end(io), sn = 0;

	while (off < io->len) {
		uint32_t len = piece(soak, io->len - off, 20000);

		send_r2t(io->s, io->itt, io->lun, &(struct r2t){
			.ttt = sn, .r2tsn = sn, .off = off, .len = len });
		io_expect_data_out(io, sn++, off, len);
		off += len;
	}
	io_answer(io);
}

static void soak_finish(struct soak *soak)
{
	uint32_t which = prng_below(&soak->prng, SOAK_SESSIONS);
	uint32_t i = prng_below(&soak->prng, SOAK_DEPTH);
	struct io *io = &soak->io[which][i];

	if (!soak->busy[which][i])
		return;
	if (io->flags & OHBA_IO_READ)
		serve_read(soak, io);
	else if (io->flags & OHBA_IO_WRITE)
		serve_write(soak, io);
	else
		io_answer(io);
	io_done_good(io);
	if (io->flags & OHBA_IO_READ)
		io_check_data(io, io->len);
	soak->busy[which][i] = false;
	soak->finished++;
}

static void soak_cut(struct soak *soak)
{
	struct wire *wire = soak->s[prng_below(&soak->prng, SOAK_SESSIONS)]->wire;

	wire_cut(wire, prng_below(&soak->prng, 4) ? CUT_NONE : CUT_RANDOM,
		 prng_below(&soak->prng, 4) ? CUT_NONE : CUT_RANDOM);
	mem_fragment(soak->s[0]->host->mem, prng_below(&soak->prng, 3) ? 0 : 1500);
}

static void a_soak(void **state)
{
	struct opts opts = opts_default;
	struct session second;
	struct soak soak = { .prng = { prng_seed(20261121) } };

	(void)state;
	print_message("seed %llu\n", (unsigned long long)soak.prng.state);
	opts.flags |= OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST;
	opts.max_recv_dsl = 16384;
	soak.s[0] = session_new(&opts_default);
	soak.s[1] = &second;
	session_open(&second, soak.s[0]->host, 7, &opts);
	target_seed(soak.s[0]->host->target, soak.prng.state);
	while (soak.finished < SOAK_COMMANDS) {
		if (!prng_below(&soak.prng, 50))
			soak_cut(&soak);
		if (soak.started < SOAK_COMMANDS && prng_below(&soak.prng, 2))
			soak_start(&soak);
		else
			soak_finish(&soak);
	}
	conn_close(second.host, second.cid, OHBA_CONN_CLOSE_ABORT);
	session_free(soak.s[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_close_and_reopen),
		cmocka_unit_test(a_window_closed_from_the_start),
		cmocka_unit_test(old_news_is_ignored),
		cmocka_unit_test(cmdsn_and_statsn_wrap),
		cmocka_unit_test(itts_of_one_index),
		cmocka_unit_test(a_soak),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers that wrap and windows that close (RFC 7143 section 4.2.2).
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_close_and_reopen),
		cmocka_unit_test(a_window_closed_from_the_start),
		cmocka_unit_test(old_news_is_ignored),
		cmocka_unit_test(cmdsn_and_statsn_wrap),
		cmocka_unit_test(itts_of_one_index),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}

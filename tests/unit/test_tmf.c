// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Task management (RFC 7143 sections 4.2.3.3, 11.5, 11.6): what goes out for each
 * function, which tasks its answer ends, and that they end before it does.
 */
#include "session.h"

#define ITT		16
#define REF_ITT		20
#define CMDSN		24
#define EXP_STATSN	28
#define REF_CMDSN	32

#define COMPLETE	0
#define NO_TASK		1
#define NO_LUN		2
#define NOT_SUPPORTED	5
#define REJECTED	255

static int setup(void **state)
{
	*state = session_new(&opts_default);
	return 0;
}

static int teardown(void **state)
{
	session_free(*state);
	return 0;
}

static struct ohba_sqe sqe_tmf(struct session *s, uint8_t function, const uint8_t *lun,
			       uint32_t ref_tag)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TMF, s->handle);
	struct ohba_tmf tmf = { .function = function, .ref_tag = htole32(ref_tag) };

	if (lun)
		memcpy(tmf.lun, lun, sizeof(tmf.lun));
	memcpy(sqe.body, &tmf, sizeof(tmf));
	return sqe;
}

static uint32_t tmf_start(struct session *s, uint8_t function, const uint8_t *lun,
			  uint32_t ref_tag)
{
	struct ohba_sqe sqe = sqe_tmf(s, function, lun, ref_tag);

	return host_admin_start(s->host, &sqe);
}

/* The request must be on the wire; @ref: the task it names, or NULL. Its ITT. */
static uint32_t expect_tmf(struct session *s, uint8_t function, const uint8_t *lun,
			   const struct io *ref)
{
	static const uint8_t no_lun[8];
	uint8_t want[48];
	struct pdu pdu;
	uint32_t itt;

	take_pdu(s, &pdu);
	itt = be32_at(pdu.bhs, ITT);
	bhs_init(want, OP_TMF_REQ | OP_IMMEDIATE, FLAG_F | function);
	memcpy(want + 8, lun ? lun : no_lun, 8);
	put_be32(want, ITT, itt);
	put_be32(want, REF_ITT, ref ? ref->itt : RESERVED_TAG);
	put_be32(want, CMDSN, s->cmdsn);
	put_be32(want, EXP_STATSN, s->exp_statsn);
	put_be32(want, REF_CMDSN, ref ? ref->cmdsn : 0);
	same_bytes("TMF", pdu.bhs, want, 48);
	assert_int_equal(pdu.len, 0);
	free(pdu.data);
	return itt;
}

static void answer_tmf(struct session *s, uint32_t itt, uint8_t response)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_TMF_RSP, FLAG_F);
	bhs[2] = response;
	put_be32(bhs, ITT, itt);
	send_pdu(s, bhs, true, NULL, 0);
}

static void expect_tmf_done(struct session *s, uint32_t tag, uint8_t response)
{
	struct ohba_cqe cqe = host_expect(s->host, 0, tag);

	expect_status(&cqe, OHBA_ST_SUCCESS);
	assert_int_equal(cqe.response, response);
}

static struct io sent(struct session *s, uint32_t tag, uint8_t flags, uint32_t len, uint8_t lun)
{
	struct io io = io_make(s, tag, flags, len);

	io.lun[1] = lun;
	io_submit(&io);
	io_expect_cmd(&io);
	return io;
}

/* --- ABORT TASK ------------------------------------------------------------------------ */

static void abort_ends_its_task(void **state)
{
	static const uint8_t ends[] = { COMPLETE, NO_TASK };
	struct session *s = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		struct io other = sent(s, 1, OHBA_IO_READ, 512, 1);
		struct io io = sent(s, 2, OHBA_IO_READ, 512, 1);
		uint32_t tag = tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, io.tag);
		uint32_t itt = expect_tmf(s, OHBA_TMF_ABORT_TASK, io.lun, &io);

		host_expect_none(s->host, 1);
		answer_tmf(s, itt, ends[i]);
		expect_tmf_done(s, tag, ends[i]);
		io_done(&io, OHBA_ST_ABORTED);
		host_expect_none(s->host, 1);	/* the other goes on */
		io_answer(&other);
		io_done(&other, OHBA_ST_SUCCESS);
		io_works(s, 2, OHBA_IO_READ, 512);
	}
}

/* Its ExpCmdSN stands at a command that went before the request: a hole for ever. */
static void a_command_that_the_target_never_got(void **state)
{
	struct session *s = *state;
	struct io io = sent(s, 1, OHBA_IO_READ, 512, 1);
	struct io behind = sent(s, 2, OHBA_IO_READ, 512, 1);
	uint32_t tag = tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, behind.tag);
	uint32_t itt = expect_tmf(s, OHBA_TMF_ABORT_TASK, behind.lun, &behind);

	s->cmdsn = io.cmdsn;
	answer_tmf(s, itt, NO_TASK);
	expect_tmf_done(s, tag, NO_TASK);
	io_done(&behind, OHBA_ST_ABORTED);
	expect_lost(s->host, s->cid, OHBA_ST_CMD_LOST, 0);
	host_expect_none(s->host, io.qid);	/* until the close */
	io_retire(&io);
}

static void a_refused_abort_changes_nothing(void **state)
{
	static const uint8_t refusals[] = { NO_LUN, 3, 4, NOT_SUPPORTED, 6, REJECTED };
	struct session *s = *state;
	struct io io = sent(s, 1, OHBA_IO_READ, 512, 1);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		uint32_t tag = tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, io.tag);

		answer_tmf(s, expect_tmf(s, OHBA_TMF_ABORT_TASK, io.lun, &io), refusals[i]);
		expect_tmf_done(s, tag, refusals[i]);
		host_expect_none(s->host, 1);
	}
	io_answer(&io);
	io_done(&io, OHBA_ST_SUCCESS);
}

static void abort_of_what_is_not_there(void **state)
{
	struct session *s = *state;

	expect_tmf_done(s, tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, 7), NO_TASK);
	expect_tmf_done(s, tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, 0xffffffff), NO_TASK);
	expect_silence(s);
}

/* The index is in use, but for a command of another generation. */
static void abort_goes_by_the_whole_tag(void **state)
{
	struct session *s = *state;
	struct io io = sent(s, 1, OHBA_IO_READ, 512, 1);

	expect_tmf_done(s, tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, io.tag + 0x10000), NO_TASK);
	expect_silence(s);
	io_answer(&io);
	io_done(&io, OHBA_ST_SUCCESS);
}

/* The window is closed: the target never learns of the task. */
static void abort_of_an_unsent_task_is_ours(void **state)
{
	struct opts opts = opts_default;
	struct session *s;
	struct io first, second, third;

	(void)state;
	opts.window = 1;
	s = session_new(&opts);
	first = sent(s, 1, 0, 0, 1);
	second = io_make(s, 2, 0, 0);
	io_submit(&second);
	third = io_make(s, 3, 0, 0);
	io_submit(&third);
	expect_silence(s);
	expect_tmf_done(s, tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, second.tag), COMPLETE);
	io_done(&second, OHBA_ST_ABORTED);
	expect_silence(s);
	io_answer(&first);
	io_done_good(&first);
	io_expect_cmd(&third);		/* with the next CmdSN: no gap */
	io_answer(&third);
	io_done_good(&third);
	session_free(s);
}

/* --- late PDUs -------------------------------------------------------------------------- */

static void late_data_goes_nowhere(void **state)
{
	struct session *s = *state;
	struct io io = sent(s, 1, OHBA_IO_READ, 4096, 1);
	uint32_t tag = tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, io.tag);
	uint8_t data[4096];

	answer_tmf(s, expect_tmf(s, OHBA_TMF_ABORT_TASK, io.lun, &io), COMPLETE);
	expect_tmf_done(s, tag, COMPLETE);
	io_done(&io, OHBA_ST_ABORTED);	/* from here on the harness refuses its memory */
	memset(data, 0xee, sizeof(data));
	send_data_in(s, io.itt, &(struct data_in){
		.data = data, .len = sizeof(data), .flags = FLAG_F | DATA_IN_S });
	host_settle(s->host);
	host_no_event(s->host);
	io_works(s, 1, OHBA_IO_READ, 4096);
}

static void lateness_has_an_end(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = sent(s, 1, OHBA_IO_READ, 512, 1);
	uint32_t tag = tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, io.tag);
	uint8_t data[512] = { 0 };
	int i;

	(void)state;
	answer_tmf(s, expect_tmf(s, OHBA_TMF_ABORT_TASK, io.lun, &io), COMPLETE);
	expect_tmf_done(s, tag, COMPLETE);
	io_done(&io, OHBA_ST_ABORTED);
	for (i = 0; i < 100; i++)
		send_data_in(s, io.itt, &(struct data_in){ .data = data, .len = 512 });
	expect_lost(s->host, s->cid, OHBA_ST_BAD_ITT, OP_DATA_IN);
	conn_close(s->host, s->cid, 0);
	session_open(s, s->host, s->cid, &opts_default);
	session_free(s);
}

/* The answer overtakes the response: the task had its result. */
static void a_task_may_end_before_its_abort(void **state)
{
	struct session *s = *state;
	struct io io = sent(s, 1, OHBA_IO_READ, 512, 1);
	uint32_t tag = tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, io.tag);
	uint32_t itt = expect_tmf(s, OHBA_TMF_ABORT_TASK, io.lun, &io);

	io_answer(&io);
	io_done(&io, OHBA_ST_SUCCESS);
	answer_tmf(s, itt, NO_TASK);
	expect_tmf_done(s, tag, NO_TASK);
}

/* --- functions with a scope --------------------------------------------------------------- */

#define LUNS		3	/* 1..3, one read each */

struct scope {
	uint8_t function;
	bool ends[LUNS + 1];	/* by LUN, on success; the TMF names LUN 2 */
};

static const struct scope scopes[] = {
	{ OHBA_TMF_ABORT_TASK_SET, { [2] = true } },
	{ OHBA_TMF_CLEAR_ACA, { false } },
	{ OHBA_TMF_CLEAR_TASK_SET, { [2] = true } },
	{ OHBA_TMF_LUN_RESET, { [2] = true } },
	{ OHBA_TMF_TARGET_WARM_RESET, { false, true, true, true } },
	{ OHBA_TMF_TARGET_COLD_RESET, { false, true, true, true } },
};

static void one_scope(struct session *s, const struct scope *scope, uint8_t response)
{
	struct io io[LUNS + 1], younger;
	uint32_t lun, tag, itt;

	for (lun = 1; lun <= LUNS; lun++)
		io[lun] = sent(s, lun, OHBA_IO_READ, 512, lun);
	tag = tmf_start(s, scope->function, io[2].lun, 0);
	itt = expect_tmf(s, scope->function, io[2].lun, NULL);
	younger = sent(s, 10, OHBA_IO_READ, 512, 2);	/* after the TMF: not concerned */
	answer_tmf(s, itt, response);
	expect_tmf_done(s, tag, response);
	for (lun = 1; lun <= LUNS; lun++) {
		if (response == COMPLETE && scope->ends[lun]) {
			io_done(&io[lun], OHBA_ST_ABORTED);
			continue;
		}
		io_answer(&io[lun]);
		io_done(&io[lun], OHBA_ST_SUCCESS);
	}
	host_expect_none(s->host, 1);
	io_answer(&younger);
	io_done(&younger, OHBA_ST_SUCCESS);
}

static void each_function_ends_its_scope(void **state)
{
	struct session *s = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scopes); i++) {
		one_scope(s, &scopes[i], COMPLETE);
		one_scope(s, &scopes[i], NOT_SUPPORTED);
	}
}

/* Tasks that were never sent share the fate that the answer decides. */
static void unsent_tasks_wait_for_the_answer(void **state)
{
	static const uint8_t answers[] = { COMPLETE, REJECTED };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		struct opts opts = opts_default;
		struct session *s;
		struct io first, second;
		uint32_t tag, itt;

		opts.window = 1;
		s = session_new(&opts);
		first = sent(s, 1, 0, 0, 1);
		second = io_make(s, 2, 0, 0);
		io_submit(&second);
		expect_silence(s);	/* it has arrived, and waits */
		tag = tmf_start(s, OHBA_TMF_LUN_RESET, first.lun, 0);
		itt = expect_tmf(s, OHBA_TMF_LUN_RESET, first.lun, NULL);
		answer_tmf(s, itt, answers[i]);
		expect_tmf_done(s, tag, answers[i]);
		if (answers[i] == COMPLETE) {
			io_done(&first, OHBA_ST_ABORTED);
			io_done(&second, OHBA_ST_ABORTED);
		} else {
			io_expect_cmd(&second);
			io_answer(&first);
			io_done_good(&first);
			io_answer(&second);
			io_done_good(&second);
		}
		session_free(s);
	}
}

/* The older TMF is refused, but the younger has ended the tasks of the session. */
static void a_younger_tmf_ends_what_an_older_holds(void **state)
{
	struct opts opts = opts_default;
	uint32_t older, younger, older_itt, younger_itt;
	struct session *s;
	struct io first, held;

	(void)state;
	opts.window = 1;
	s = session_new(&opts);
	first = sent(s, 1, 0, 0, 1);
	held = io_make(s, 2, 0, 0);
	io_submit(&held);
	expect_silence(s);
	older = tmf_start(s, OHBA_TMF_ABORT_TASK_SET, first.lun, 0);
	older_itt = expect_tmf(s, OHBA_TMF_ABORT_TASK_SET, first.lun, NULL);
	younger = tmf_start(s, OHBA_TMF_TARGET_WARM_RESET, NULL, 0);
	younger_itt = expect_tmf(s, OHBA_TMF_TARGET_WARM_RESET, NULL, NULL);
	answer_tmf(s, younger_itt, COMPLETE);
	expect_tmf_done(s, younger, COMPLETE);
	io_done(&first, OHBA_ST_ABORTED);
	io_done(&held, OHBA_ST_ABORTED);
	answer_tmf(s, older_itt, REJECTED);
	expect_tmf_done(s, older, REJECTED);
	expect_silence(s);
	session_free(s);
}

/*
 * The older TMF is refused while the younger waits: sent now, what the older
 * held would have a CmdSN behind the younger, and survive its success.
 */
static void a_refused_tmf_leaves_what_it_holds_to_a_younger(void **state)
{
	static const uint8_t answers[] = { COMPLETE, REJECTED };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		struct opts opts = opts_default;
		uint32_t older, younger, older_itt, younger_itt, j;
		struct io first, held[2];
		struct session *s;

		opts.window = 1;
		s = session_new(&opts);
		first = sent(s, 1, 0, 0, 1);
		for (j = 0; j < 2; j++) {
			held[j] = io_make(s, 2 + j, 0, 0);
			io_submit(&held[j]);
		}
		expect_silence(s);
		older = tmf_start(s, OHBA_TMF_ABORT_TASK_SET, first.lun, 0);
		older_itt = expect_tmf(s, OHBA_TMF_ABORT_TASK_SET, first.lun, NULL);
		younger = tmf_start(s, OHBA_TMF_TARGET_WARM_RESET, NULL, 0);
		younger_itt = expect_tmf(s, OHBA_TMF_TARGET_WARM_RESET, NULL, NULL);
		answer_tmf(s, older_itt, REJECTED);	/* and opens the window */
		expect_tmf_done(s, older, REJECTED);
		expect_silence(s);
		host_expect_none(s->host, 1);
		answer_tmf(s, younger_itt, answers[i]);
		expect_tmf_done(s, younger, answers[i]);
		if (answers[i] == COMPLETE) {
			io_done(&first, OHBA_ST_ABORTED);
			io_done(&held[0], OHBA_ST_ABORTED);
			io_done(&held[1], OHBA_ST_ABORTED);
			expect_silence(s);
		} else {
			io_expect_cmd(&held[0]);	/* in their order */
			io_answer(&first);
			io_done_good(&first);
			io_expect_cmd(&held[1]);
			io_answer(&held[0]);
			io_done_good(&held[0]);
			io_answer(&held[1]);
			io_done_good(&held[1]);
		}
		session_free(s);
	}
}

/* A younger TMF that does not concern them keeps nothing back. */
static void a_refused_tmf_lets_go_what_no_younger_concerns(void **state)
{
	static const uint8_t other_lun[8] = { 0, 2 };
	uint32_t older, younger, older_itt, younger_itt;
	struct opts opts = opts_default;
	struct io first, held;
	struct session *s;

	(void)state;
	opts.window = 1;
	s = session_new(&opts);
	first = sent(s, 1, 0, 0, 1);
	held = io_make(s, 2, 0, 0);
	io_submit(&held);
	expect_silence(s);
	older = tmf_start(s, OHBA_TMF_ABORT_TASK_SET, first.lun, 0);
	older_itt = expect_tmf(s, OHBA_TMF_ABORT_TASK_SET, first.lun, NULL);
	younger = tmf_start(s, OHBA_TMF_LUN_RESET, other_lun, 0);
	younger_itt = expect_tmf(s, OHBA_TMF_LUN_RESET, other_lun, NULL);
	answer_tmf(s, older_itt, REJECTED);
	expect_tmf_done(s, older, REJECTED);
	io_expect_cmd(&held);
	answer_tmf(s, younger_itt, COMPLETE);
	expect_tmf_done(s, younger, COMPLETE);
	io_answer(&first);
	io_done_good(&first);
	io_answer(&held);
	io_done_good(&held);
	session_free(s);
}

/* A PDU that is half sent is sent whole, and only then is the buffer the host's. */
static void a_write_half_sent_is_finished_first(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = io_make(s, 1, OHBA_IO_WRITE, 65536);
	uint32_t tag, itt;

	(void)state;
	io_submit(&io);
	io_expect_cmd(&io);
	tag = tmf_start(s, OHBA_TMF_ABORT_TASK, NULL, io.tag);
	itt = expect_tmf(s, OHBA_TMF_ABORT_TASK, io.lun, &io);
	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
	send_r2t(s, io.itt, io.lun, &(struct r2t){ .ttt = 9, .off = 8192, .len = 8192 });
	host_settle(s->host);
	answer_tmf(s, itt, COMPLETE);
	host_settle(s->host);
	host_expect_none(s->host, 1);
	host_expect_none(s->host, 0);
	wire_cut(s->wire, CUT_NONE, CUT_NONE);
	s->statsn--;		/* it was built before the answer came */
	io_expect_data_out(&io, 9, 8192, 8192);
	s->statsn++;
	expect_tmf_done(s, tag, COMPLETE);
	io_done(&io, OHBA_ST_ABORTED);
	expect_silence(s);
	session_free(s);
}

/* --- bad requests ------------------------------------------------------------------------- */

static void requests_that_are_refused(void **state)
{
	struct session *s = *state;
	uint8_t function;
	struct ohba_sqe sqe;

	for (function = 0; function < 32; function++) {
		if (function >= OHBA_TMF_ABORT_TASK && function <= OHBA_TMF_TARGET_COLD_RESET)
			continue;
		sqe = sqe_tmf(s, function, NULL, 0);
		host_admin_status(s->host, &sqe, OHBA_ST_INVALID_FIELD);
	}
	sqe = sqe_tmf(s, OHBA_TMF_LUN_RESET, NULL, 1);	/* ref_tag names nothing here */
	host_admin_status(s->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = sqe_tmf(s, OHBA_TMF_LUN_RESET, NULL, 0);
	sqe.handle = htole32(s->handle + 0x10000);
	host_admin_status(s->host, &sqe, OHBA_ST_INVALID_HANDLE);
	expect_silence(s);
	s->host->guest_traces = 0;
}

static void four_at_once(void **state)
{
	struct session *s = *state;
	uint32_t tag[4], itt[4], i;
	uint8_t lun[8] = { 0, 1 };
	struct ohba_sqe sqe = sqe_tmf(s, OHBA_TMF_LUN_RESET, lun, 0);

	for (i = 0; i < 4; i++) {
		tag[i] = tmf_start(s, OHBA_TMF_LUN_RESET, lun, 0);
		itt[i] = expect_tmf(s, OHBA_TMF_LUN_RESET, lun, NULL);
	}
	host_admin_status(s->host, &sqe, OHBA_ST_NO_RESOURCES);
	for (i = 4; i--;) {
		answer_tmf(s, itt[i], COMPLETE);
		expect_tmf_done(s, tag[i], COMPLETE);
	}
}

#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(abort_ends_its_task),
		T(a_command_that_the_target_never_got),
		T(a_refused_abort_changes_nothing),
		T(abort_of_what_is_not_there),
		T(abort_goes_by_the_whole_tag),
		cmocka_unit_test(abort_of_an_unsent_task_is_ours),
		T(late_data_goes_nowhere),
		cmocka_unit_test(lateness_has_an_end),
		T(a_task_may_end_before_its_abort),
		T(each_function_ends_its_scope),
		cmocka_unit_test(unsent_tasks_wait_for_the_answer),
		cmocka_unit_test(a_younger_tmf_ends_what_an_older_holds),
		cmocka_unit_test(a_refused_tmf_leaves_what_it_holds_to_a_younger),
		cmocka_unit_test(a_refused_tmf_lets_go_what_no_younger_concerns),
		cmocka_unit_test(a_write_half_sent_is_finished_first),
		T(requests_that_are_refused),
		T(four_at_once),
	};

	return cmocka_run_group_tests_name("tmf", tests, NULL, NULL);
}

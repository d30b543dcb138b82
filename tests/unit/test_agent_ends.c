// SPDX-License-Identifier: GPL-2.0-or-later
/* What a host says of how a login ended (SPEC.md section 6.5): results, failures, redirections. */
#include "helper.h"

/* --- how it ended --------------------------------------------------------------- */

#define R(field)	offsetof(struct ohba_login_result, field)
#define P(field)	(R(params) + offsetof(struct ohba_session_params, field))

/* What is no result changes nothing. */
static void results_that_are_none(void **state)
{
	static const struct {
		uint8_t outcome;
		size_t at;
		uint8_t bytes[2];
		unsigned int len;
	} bad[] = {
		{ OHBA_LOGIN_DONE, R(outcome), { 3 }, 1 },
		{ OHBA_LOGIN_DONE, R(family), { OHBA_FAMILY_IPV4 }, 1 },
		{ OHBA_LOGIN_DONE, R(status), { OHBA_ST_LOGIN_AUTH }, 1 },
		{ OHBA_LOGIN_DONE, R(addr) + 15, { 1 }, 1 },
		{ OHBA_LOGIN_DONE, R(port), { 1 }, 1 }, { OHBA_LOGIN_DONE, R(rsvd0), { 1 }, 1 },
		{ OHBA_LOGIN_DONE, R(rsvd0) + 67, { 1 }, 1 },
		{ OHBA_LOGIN_DONE, R(time2wait), { 0x11, 0x0e }, 2 },	/* 3601 */
		{ OHBA_LOGIN_DONE, P(timers), { 1 }, 1 }, { OHBA_LOGIN_DONE, R(words), { 'a' }, 1 },
		{ OHBA_LOGIN_DONE, R(alias), { '\n' }, 1 },
		{ OHBA_LOGIN_DONE, R(alias) + 255, { 'a' }, 1 },
		{ OHBA_LOGIN_MOVED, R(family), { 0 }, 1 },
		{ OHBA_LOGIN_MOVED, R(family), { 5 }, 1 },
		{ OHBA_LOGIN_MOVED, R(port), { 0, 0 }, 2 },
		{ OHBA_LOGIN_MOVED, R(addr) + 4, { 1 }, 1 },
		{ OHBA_LOGIN_MOVED, R(tsih), { 1 }, 1 }, { OHBA_LOGIN_MOVED, R(tpgt), { 1 }, 1 },
		{ OHBA_LOGIN_MOVED, P(cmdsn), { 1 }, 1 },
		{ OHBA_LOGIN_MOVED, R(alias), { 'a' }, 1 },
		{ OHBA_LOGIN_FAILED, R(status), { 0 }, 1 },
		{ OHBA_LOGIN_FAILED, R(status), { OHBA_ST_LOGIN_REFUSED - 1 }, 1 },
		{ OHBA_LOGIN_FAILED, R(status), { OHBA_ST_LOGIN_NO_HELPER + 1 }, 1 },
		{ OHBA_LOGIN_FAILED, R(status) + 1, { 1 }, 1 },
		{ OHBA_LOGIN_FAILED, R(time2wait), { 1 }, 1 },
		{ OHBA_LOGIN_FAILED, R(words), { 0x1b }, 1 },
		{ OHBA_LOGIN_FAILED, R(words), { 0xc3, 0xa4 }, 2 },
		{ OHBA_LOGIN_FAILED, R(words) + 159, { 'a' }, 1 },
		{ OHBA_LOGIN_FAILED, R(alias), { 'a' }, 1 },
	};
	struct world *w = *state;
	struct ohba_login_result good[3], result;
	struct helper helper;
	size_t i;

	helper_taken(w, &helper, OHBA_LOGIN_BY_HOST);
	helper_log_in(&helper);
	good[OHBA_LOGIN_DONE] = helper_result(&helper);
	good[OHBA_LOGIN_MOVED] = (struct ohba_login_result){
		.outcome = OHBA_LOGIN_MOVED, .family = OHBA_FAMILY_IPV4,
		.addr = { 10, 0, 0, 9 }, .port = htole16(3260),
	};
	good[OHBA_LOGIN_FAILED] = (struct ohba_login_result){
		.outcome = OHBA_LOGIN_FAILED, .status = htole16(OHBA_ST_LOGIN_AUTH),
	};
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		result = good[bad[i].outcome];
		memcpy((char *)&result + bad[i].at, bad[i].bytes, bad[i].len);
		helper_end(&helper, &result, OHBA_ST_INVALID_FIELD);
		entry_is(w->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	}
	record_set(w->host, OHBA_ADMIN_LOGIN_END, helper.handle, good, sizeof(result) - 1,
		   OHBA_ST_INVALID_FIELD);
	w->host->guest_traces = 0;
	host_no_event(w->host);
	helper_end(&helper, &good[OHBA_LOGIN_DONE], OHBA_ST_SUCCESS);
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* An agreement that is none ends the try. */
static void agreements_that_are_none(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} bad[] = {
		{ P(max_recv_dsl) + 3, 1 }, { P(max_xmit_dsl) + 3, 1 }, { P(max_burst) + 3, 1 },
		{ P(first_burst) + 3, 1 }, { P(max_r2t), 0 }, { P(flags) + 1, 0x80 },
		{ P(flags), OHBA_SESSION_DISCOVERY }, { P(rsvd), 1 },
	};
	struct world *w = *state;
	size_t i;

	helper_offer(w->host, 1);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ohba_login_result result;
		struct helper helper;

		helper_set_up(w, i, OHBA_LOGIN_BY_EITHER);
		helper_take(&helper, w->host, helper_wanted(w->host, i, OHBA_ST_SUCCESS));
		helper_log_in(&helper);
		result = helper_result(&helper);
		((uint8_t *)&result)[bad[i].at] = bad[i].byte;
		helper_end(&helper, &result, OHBA_ST_INVALID_FIELD);
		entry_event(w->host, i, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_AGREEMENT);
		assert_int_equal(le32toh(entry_state(w->host, i).retry_ms), 60000);
		assert_string_equal((char *)entry_state(w->host, i).words,
				    "the adapter cannot do what the host agreed on");
		assert_true(target_wire(w->host->target, i)->closed);
		helper_stale(w->host, helper.handle);
	}
	w->host->guest_traces = 0;
}

/* What the host says is done, and the target is in the middle of. */
static void done_too_soon(void **state)
{
	struct world *w = *state;
	struct opts opts = opts_default;
	struct ohba_login_result result = { .outcome = OHBA_LOGIN_DONE, .tsih = htole16(1),
					    .params = params_of(&opts) };
	struct helper helper;
	unsigned int i;

	memset(&result.params.timers, 0, sizeof(result.params.timers));
	helper_offer(w->host, 1);
	for (i = 0; i < 2; i++) {
		helper_set_up(w, i, OHBA_LOGIN_BY_HOST);
		helper_take(&helper, w->host, helper_wanted(w->host, i, OHBA_ST_SUCCESS));
		if (i) {
			uint8_t bhs[48];

			/* Nor is an answer that is not the last one. */
			w->site->conn[i].by_hand = true;
			helper_send_response(target_wire(w->host->target, i), 0x81, 0);
			helper_recv(&helper);
			helper_received(&helper, OHBA_ST_SUCCESS, &(uint32_t){ 0 });
			make_login(bhs, OP_LOGIN_REQ | OP_IMMEDIATE, 0x87);
			helper_send(&helper, bhs, "text", 4, OHBA_ST_SUCCESS);
		}
		helper_end(&helper, &result, OHBA_ST_INVALID_FIELD);
		entry_event(w->host, i, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_AGREEMENT);
		assert_string_equal((char *)entry_state(w->host, i).words,
				    "the host ended the login before the target did");
	}
	w->host->guest_traces = 0;
	assert_int_equal(w->site->logins, 0);
}

/* After a host that could not: it is not asked. */
static void the_adapter_tries(struct world *w, uint32_t index)
{
	host_advance(w->host, SECOND);
	entry_event(w->host, index, OHBA_TARGET_CONNECTING, OHBA_ST_INTERNAL);
	entry_event(w->host, index, OHBA_TARGET_LOGIN, OHBA_ST_INTERNAL);
	entry_event(w->host, index, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_REFUSED);
}

static void failures(void **state)
{
	static const struct {
		uint16_t status;
		const char *words, *told;
		bool hopeless;
	} row[] = {
		{ OHBA_ST_LOGIN_AUTH, "it would not have us", "it would not have us", true },
		{ OHBA_ST_LOGIN_VIOLATION, "", "the target broke the rules of a login", false },
		{ OHBA_ST_INTERNAL, "out of luck", "out of luck", false },
		{ OHBA_ST_LOGIN_UNPROVEN, "it lies", "it lies", true },
	};
	struct world *w = *state;
	size_t i;

	helper_offer(w->host, 1);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_login_result result = { .outcome = OHBA_LOGIN_FAILED,
						    .status = htole16(row[i].status) };
		struct ohba_target_state st;
		struct helper helper;

		strcpy((char *)result.words, row[i].words);
		w->site->status = 0x0301;
		helper_set_up(w, i, OHBA_LOGIN_BY_EITHER);
		helper_take(&helper, w->host, helper_wanted(w->host, i, OHBA_ST_SUCCESS));
		helper_log_in(&helper);
		helper_end(&helper, &result, OHBA_ST_SUCCESS);
		entry_event(w->host, i, OHBA_TARGET_WAITING, row[i].status);
		st = entry_state(w->host, i);
		assert_string_equal((char *)st.words, row[i].told);
		/* As the target answered, whatever the host says of it. */
		assert_int_equal(st.login_class, 3);
		assert_int_equal(st.login_detail, 1);
		if (row[i].hopeless)
			assert_int_equal(le32toh(st.retry_ms), 60000);
		else
			assert_in_range(le32toh(st.retry_ms), 500, 1000);
		if (row[i].status == OHBA_ST_INTERNAL)
			the_adapter_tries(w, i);
		world_logout(w, i, 0);
		forget_events(w);
	}
}

/* --- redirections --------------------------------------------------------------- */

static void the_target_sends_the_host_on(void **state)
{
	struct world *w = *state;
	struct helper helper;
	unsigned int hop;
	uint32_t handle, before = 0;

	helper_offer(w->host, 1);
	w->site->status = 0x0101;
	w->site->moved_to = "10.9.8.7:3333";
	helper_set_up(w, 0, OHBA_LOGIN_BY_EITHER);
	for (hop = 0; hop <= 4; hop++) {
		struct ohba_login_result result;

		handle = helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
		assert_int_not_equal(handle, before);
		helper_take(&helper, w->host, handle);
		assert_int_equal(helper.task.redirected, hop > 0);
		assert_int_equal(le16toh(helper.task.port), hop ? 3333 : 3260);
		assert_int_equal(helper.task.addr[3], hop ? 7 : 1);
		helper_log_in(&helper);
		result = helper_result(&helper);
		assert_int_equal(result.outcome, OHBA_LOGIN_MOVED);
		helper_end(&helper, &result, OHBA_ST_SUCCESS);
		helper_stale(w->host, handle);
		before = handle;
	}
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_REDIRECTED);
	assert_string_equal((char *)entry_state(w->host, 0).words,
			    "the target sends the login on too often");
	assert_int_equal(w->site->connects, 5);
	assert_int_equal(entry_state(w->host, 0).login_class, 1);
}

static void the_host_goes_nowhere(void **state)
{
	static const uint8_t addr[][4] = { { 127, 0, 0, 1 }, { 169, 254, 169, 254 }, { 0 },
					   { 224, 0, 0, 1 } };
	struct world *w = *state;
	size_t i;

	helper_offer(w->host, 1);
	for (i = 0; i < ARRAY_SIZE(addr); i++) {
		struct ohba_login_result result = { .outcome = OHBA_LOGIN_MOVED,
						    .family = OHBA_FAMILY_IPV4,
						    .port = htole16(22) };
		struct helper helper;

		memcpy(result.addr, addr[i], 4);
		helper_set_up(w, i, OHBA_LOGIN_BY_HOST);
		helper_take(&helper, w->host, helper_wanted(w->host, i, OHBA_ST_SUCCESS));
		helper_end(&helper, &result, OHBA_ST_SUCCESS);
		entry_event(w->host, i, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_REDIRECTED);
		assert_string_equal((char *)entry_state(w->host, i).words,
				    "the target sends the login on to an address of no network");
		world_logout(w, i, 0);
		forget_events(w);
	}
	assert_int_equal(w->site->connects, ARRAY_SIZE(addr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(results_that_are_none),
		TEST(agreements_that_are_none),
		TEST(done_too_soon),
		TEST(failures),
		TEST(the_target_sends_the_host_on),
		TEST(the_host_goes_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

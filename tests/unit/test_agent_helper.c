// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Logins that the host makes for the adapter (SPEC.md section 6.5): who logs in, what is to be
 * done, and that the session is the same whoever made it.
 */
#include "helper.h"

/* --- who logs in ---------------------------------------------------------------- */

static void who_logs_in(void **state)
{
	static const struct {
		uint8_t by, offer;
		enum { HOST, ADAPTER, NOBODY } who;
	} row[] = {
		{ OHBA_LOGIN_BY_EITHER, 1, HOST }, { OHBA_LOGIN_BY_EITHER, 0, ADAPTER },
		{ OHBA_LOGIN_BY_ADAPTER, 1, ADAPTER }, { OHBA_LOGIN_BY_ADAPTER, 0, ADAPTER },
		{ OHBA_LOGIN_BY_HOST, 1, HOST }, { OHBA_LOGIN_BY_HOST, 0, NOBODY },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		unsigned int connects = w->site->connects;

		helper_offer(w->host, row[i].offer);
		helper_set_up(w, i, row[i].by);
		switch (row[i].who) {
		case HOST:
			helper_serve(w->host, helper_wanted(w->host, i, OHBA_ST_SUCCESS));
			entry_event(w->host, i, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
			break;
		case ADAPTER:
			world_up(w, i);
			break;
		case NOBODY:
			forget_events(w);
			entry_is(w->host, i, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_HELPER);
			assert_int_equal(w->site->connects, connects);
			helper_offer(w->host, 1);
			helper_serve(w->host, helper_wanted(w->host, i, OHBA_ST_LOGIN_NO_HELPER));
			entry_event(w->host, i, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
			break;
		}
		host_no_event(w->host);
		assert_int_equal(w->site->connects, connects + 1);
	}
}

static void nobody_takes_it(void **state)
{
	struct world *w = *state;
	uint32_t handle;

	helper_offer(w->host, 1);
	helper_set_up(w, 0, OHBA_LOGIN_BY_EITHER);
	handle = helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	host_advance(w->host, 1999 * MS);
	entry_is(w->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	assert_int_equal(helper_requests(w), 0);
	host_advance(w->host, MS);
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->connects, 1);
	helper_stale(w->host, handle);
	/* That was no failure: it is asked again. */
	world_pass(w, 20 * SECOND);
	site_kill(w->site);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	helper_serve(w->host, helper_wanted(w->host, 0, OHBA_ST_CONN_RESET));
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* The connection is lost, and nobody was told yet, when the host's time is up. */
static void lost_when_time_is_up(void **state)
{
	struct world *w = *state;
	unsigned int turns, i;

	helper_offer(w->host, 1);
	for (turns = 0; turns < 5; turns++) {
		helper_set_up(w, turns, OHBA_LOGIN_BY_EITHER);
		helper_wanted(w->host, turns, OHBA_ST_SUCCESS);
		host_advance(w->host, 1999 * MS);
		site_kill(w->site);
		for (i = 0; i < turns; i++)
			host_turn(w->host);
		w->host->now += MS;
		host_settle(w->host);
		entry_event(w->host, turns, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
		world_logout(w, turns, 0);
		forget_events(w);
	}
}

/* Where the adapter must not, it waits as long as a login may take. */
static void nobody_takes_what_only_the_host_may(void **state)
{
	struct world *w = *state;

	helper_offer(w->host, 1);
	helper_set_up(w, 0, OHBA_LOGIN_BY_HOST);
	helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	host_advance(w->host, 14999 * MS);
	entry_is(w->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	host_advance(w->host, MS);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_TIMEOUT);
	assert_string_equal((char *)entry_state(w->host, 0).words,
			    "the host did not take the login in time");
	host_advance(w->host, SECOND);
	helper_wanted(w->host, 0, OHBA_ST_LOGIN_TIMEOUT);
	assert_int_equal(w->site->connects, 2);
	assert_int_equal(helper_requests(w), 0);
}

/* The host was given up once: the next try is the adapter's, the one after the host's again. */
static void the_host_is_silent(void **state)
{
	static const bool takes[] = { true, false };
	struct world *w = *state;
	size_t i;

	helper_offer(w->host, 1);
	for (i = 0; i < ARRAY_SIZE(takes); i++) {
		struct ohba_target target = entry_of(i + 1);
		struct helper helper;
		uint32_t handle;

		/* Less than what there is to take it. */
		target.login_ms = htole32(takes[i] ? 5000 : 1500);
		set_up(w, i, &target);
		handle = helper_wanted(w->host, i, OHBA_ST_SUCCESS);
		if (takes[i])
			helper_take(&helper, w->host, handle);
		host_advance(w->host, takes[i] ? 4999 * MS : 1499 * MS);
		entry_is(w->host, i, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
		host_advance(w->host, MS);
		entry_event(w->host, i, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_TIMEOUT);
		assert_string_equal((char *)entry_state(w->host, i).words, takes[i] ?
				    "the host did not end the login in time" :
				    "the host did not take the login in time");
		assert_int_equal(le32toh(entry_state(w->host, i).tries), 1);
		host_advance(w->host, SECOND);
		entry_event(w->host, i, OHBA_TARGET_CONNECTING, OHBA_ST_LOGIN_TIMEOUT);
		entry_event(w->host, i, OHBA_TARGET_LOGIN, OHBA_ST_LOGIN_TIMEOUT);
		entry_event(w->host, i, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
		world_pass(w, 20 * SECOND);
		site_kill_one(w->site, w->site->seen - 1);
		entry_event(w->host, i, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
		helper_serve(w->host, helper_wanted(w->host, i, OHBA_ST_CONN_RESET));
		entry_event(w->host, i, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	}
}

/* The host goes in the middle: of a login that it took, and of one that it did not. */
static void the_host_goes(void **state)
{
	struct world *w = *state;
	struct helper helper;

	helper_taken(w, &helper, OHBA_LOGIN_BY_EITHER);
	helper_set_up(w, 1, OHBA_LOGIN_BY_EITHER);
	helper_wanted(w->host, 1, OHBA_ST_SUCCESS);
	helper_set_up(w, 2, OHBA_LOGIN_BY_HOST);
	helper_take(&helper, w->host, helper_wanted(w->host, 2, OHBA_ST_SUCCESS));
	helper_set_up(w, 3, OHBA_LOGIN_BY_HOST);
	helper_wanted(w->host, 3, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->connects, 4);
	helper_offer(w->host, 0);
	forget_events(w);
	/* 0 begins anew at once, 1 goes on where it is. */
	assert_int_equal(w->site->connects, 5);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_LOGIN_NO_HELPER);
	entry_is(w->host, 1, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	entry_is(w->host, 2, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_HELPER);
	entry_is(w->host, 3, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_HELPER);
	/* Nobody connects for nothing. */
	world_pass(w, 100 * SECOND);
	assert_int_equal(w->site->connects, 5);
	helper_offer(w->host, 1);
	helper_offer(w->host, 1);
	forget_events(w);
	assert_int_equal(w->site->connects, 7);
	entry_is(w->host, 2, OHBA_TARGET_LOGIN, OHBA_ST_LOGIN_NO_HELPER);
	entry_is(w->host, 3, OHBA_TARGET_LOGIN, OHBA_ST_LOGIN_NO_HELPER);
}

/* While TCP is on its way. */
static void the_host_goes_before_tcp_is_up(void **state)
{
	struct world *w = *state;

	helper_offer(w->host, 1);
	w->site->tcp = SITE_SILENT;
	helper_set_up(w, 0, OHBA_LOGIN_BY_HOST);
	forget_events(w);
	helper_offer(w->host, 0);
	wire_answer(target_wire(w->host->target, 0), OHBA_ST_SUCCESS);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_HELPER);
	assert_int_equal(helper_requests(w), 0);
}

/* Who was not waited for is not asked again at each step. */
static void a_redirection_without_the_host(void **state)
{
	struct world *w = *state;

	helper_offer(w->host, 1);
	w->site->status = 0x0101;
	w->site->moves = 3;
	w->site->moved_to = "10.9.8.7:3333";
	helper_set_up(w, 0, OHBA_LOGIN_BY_EITHER);
	helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	host_advance(w->host, 2000 * MS);
	host_read_events(w->host);
	while (w->host->nevents > 1) {
		assert_int_equal(w->host->event[0].type, OHBA_EVENT_TARGET);
		host_event(w->host, OHBA_EVENT_TARGET);
	}
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->connects, 4);
}

/* What is under way goes on; who waited for want of a helper need not. */
static void the_entry_says_otherwise(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct helper helper;

	target.login_by = OHBA_LOGIN_BY_HOST;
	helper_taken(w, &helper, OHBA_LOGIN_BY_HOST);
	helper_log_in(&helper);
	target.login_by = OHBA_LOGIN_BY_ADAPTER;
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	host_no_event(w->host);
	helper_end(&helper, &(struct ohba_login_result[]){ helper_result(&helper) }[0],
		   OHBA_ST_SUCCESS);
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	target.login_by = OHBA_LOGIN_BY_HOST;
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	host_no_event(w->host);
	helper_offer(w->host, 0);
	world_pass(w, 20 * SECOND);
	site_kill(w->site);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_HELPER);
	target.login_by = OHBA_LOGIN_BY_EITHER;
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_LOGIN_NO_HELPER);
}

/* --- what is to be done --------------------------------------------------------- */

static void the_task(void **state)
{
	struct world *w = *state;
	struct ohba_account ours = account_of("us", "a secret of ours");
	struct ohba_account its = account_of("disk", "a secret of its own");
	struct ohba_initiator initiator = { .name = "iqn.2026-01.test:host", .alias = "we" };
	struct ohba_target target = entry_of(7);
	static const struct ohba_account none;
	struct helper helper;
	uint32_t handle;

	its.flags = OHBA_ACCOUNT_TARGET;
	account_set(w->host, 0, &ours, OHBA_ST_SUCCESS);
	account_set(w->host, 1, &its, OHBA_ST_SUCCESS);
	record_set(w->host, OHBA_ADMIN_INITIATOR_SET, 0, &initiator, sizeof(initiator),
		   OHBA_ST_SUCCESS);
	target.account = htole16(0);
	target.target_account = htole16(1);
	helper_offer(w->host, 1);
	set_up(w, 5, &target);
	handle = helper_wanted(w->host, 5, OHBA_ST_SUCCESS);
	host_advance(w->host, 1500 * MS);
	/* Of what does not end the login the host gets the newest; of the account not. */
	target.alias[0] = 'a';
	entry_set(w->host, 5, &target, OHBA_ST_SUCCESS);
	account_set(w->host, 0, &its, OHBA_ST_SUCCESS);
	helper_take(&helper, w->host, handle);
	assert_int_equal(le32toh(helper.task.index), 5);
	assert_int_equal(le32toh(helper.task.left_ms), 13500);
	assert_int_equal(helper.task.family, OHBA_FAMILY_IPV4);
	assert_int_equal(le16toh(helper.task.port), 3260);
	same_bytes("address", helper.task.addr, target.addr, 16);
	assert_int_equal(helper.task.redirected, 0);
	same_bytes("ISID", helper.task.isid, entry_state(w->host, 5).isid, 6);
	assert_int_equal(helper.task.accounts, OHBA_LOGIN_OURS | OHBA_LOGIN_THEIRS);
	same_bytes("target", &helper.task.target, &target, sizeof(target));
	same_bytes("initiator", &helper.task.initiator, &initiator, sizeof(initiator));
	same_bytes("account", &helper.task.ours, &ours, sizeof(ours));
	same_bytes("account", &helper.task.theirs, &its, sizeof(its));
	/* Again, if it likes. Nobody's secrets are anybody else's. */
	helper_take(&helper, w->host, handle);
	helper_set_up(w, 6, OHBA_LOGIN_BY_EITHER);
	helper_take(&helper, w->host, helper_wanted(w->host, 6, OHBA_ST_SUCCESS));
	assert_int_equal(helper.task.accounts, 0);
	assert_memory_equal(&helper.task.ours, &none, sizeof(none));
	assert_memory_equal(&helper.task.theirs, &none, sizeof(none));
}

/* The login fails with the old one: the new one need not wait for it. */
static void a_secret_that_changes_meanwhile(void **state)
{
	struct ohba_login_result failed = {
		.outcome = OHBA_LOGIN_FAILED, .status = htole16(OHBA_ST_LOGIN_AUTH),
	};
	struct ohba_account wrong = account_of("us", "another secret");
	struct ohba_account right = account_of("us", "a secret of ours");
	struct ohba_target target = entry_of(1);
	struct world *w = *state;
	struct helper helper;

	account_set(w->host, 0, &wrong, OHBA_ST_SUCCESS);
	account_set(w->host, 1, &wrong, OHBA_ST_SUCCESS);
	target.account = htole16(0);
	helper_offer(w->host, 1);
	set_up(w, 0, &target);
	helper_take(&helper, w->host, helper_wanted(w->host, 0, OHBA_ST_SUCCESS));
	account_set(w->host, 0, &right, OHBA_ST_SUCCESS);
	helper_end(&helper, &failed, OHBA_ST_SUCCESS);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
	helper_take(&helper, w->host, helper_wanted(w->host, 0, OHBA_ST_LOGIN_AUTH));
	same_bytes("account", &helper.task.ours, &right, sizeof(right));
	/* That of others, or none: it has to wait. */
	account_set(w->host, 1, &right, OHBA_ST_SUCCESS);
	helper_end(&helper, &failed, OHBA_ST_SUCCESS);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
	assert_int_equal(le32toh(entry_state(w->host, 0).retry_ms), 60000);
}

/* It may know of more than the adapter, who finds out when it has to do without. */
static void what_only_the_host_can_do(void **state)
{
	struct world *w = *state;
	struct ohba_account ours = account_of("us", "a secret of ours");
	struct ohba_account same = account_of("disk", "a secret of ours");
	struct ohba_target target = entry_of(1);

	same.flags = OHBA_ACCOUNT_TARGET;
	account_set(w->host, 0, &ours, OHBA_ST_SUCCESS);
	account_set(w->host, 1, &same, OHBA_ST_SUCCESS);
	target.account = htole16(0);
	target.target_account = htole16(1);
	helper_offer(w->host, 1);
	set_up(w, 0, &target);
	helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	host_advance(w->host, 2000 * MS);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_CONFIG);
	assert_int_equal(helper_requests(w), 0);
	assert_non_null(strstr((char *)entry_state(w->host, 0).words, "secret"));
	/* What the adapter lacks is nobody's to make good. */
	target.account = htole16(2);
	target.target_account = htole16(OHBA_ACCOUNT_NONE);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_CONFIG);
	assert_int_equal(w->site->connects, 1);
}

/* --- the same session ----------------------------------------------------------- */

struct variant {
	void (*entry)(struct ohba_target *target);
	void (*site)(struct site *site);
};

static void with_digests(struct ohba_target *target)
{
	target->header_digest = target->data_digest = OHBA_DIGEST_CRC32C | OHBA_DIGEST_NONE << 4;
}

static void with_wishes(struct ohba_target *target)
{
	target->flags = htole16(OHBA_TARGET_INITIAL_R2T | OHBA_TARGET_TPGT);
	target->tpgt = htole16(1);
	target->max_recv_dsl = htole32(4096);
	target->max_burst = htole32(16384);
	target->first_burst = htole32(1024);
	target->max_r2t = htole16(4);
	target->time2wait = htole16(7);
	target->timers.nop_interval_ms = htole32(60000);
}

static void with_accounts(struct ohba_target *target)
{
	target->account = htole16(0);
	target->target_account = htole16(1);
}

static void refuses_digests(struct site *site)
{
	site->digest = "None";
}

static void asks_for_proof(struct site *site)
{
	site->name = "us";
	site->secret = "a secret of ours";
	site->own_name = "disk";
	site->own_secret = "a secret of its own";
}

static void sends_on(struct site *site)
{
	site->status = 0x0101;
	site->moves = 2;
	site->moved_to = "10.9.8.7:3333,5";
}

static struct ohba_target_state session_by(const struct variant *variant, uint8_t login_by)
{
	struct world *w = world_new(TARGETS);
	struct ohba_account ours = account_of("us", "a secret of ours");
	struct ohba_account its = account_of("disk", "a secret of its own");
	struct ohba_target target = entry_of(1);
	struct ohba_target_state st, lost;
	struct session s;

	its.flags = OHBA_ACCOUNT_TARGET;
	account_set(w->host, 0, &ours, OHBA_ST_SUCCESS);
	account_set(w->host, 1, &its, OHBA_ST_SUCCESS);
	target.login_by = login_by;
	if (variant->entry)
		variant->entry(&target);
	if (variant->site)
		variant->site(w->site);
	helper_offer(w->host, 1);
	set_up(w, 0, &target);
	while (login_by == OHBA_LOGIN_BY_HOST && !w->site->logins)
		helper_serve(w->host, helper_wanted(w->host, 0, OHBA_ST_SUCCESS));
	forget_events(w);
	st = entry_state(w->host, 0);
	assert_int_equal(st.phase, OHBA_TARGET_UP);
	s = site_session(w->site, w->site->seen - 1, le32toh(st.session));
	if (!variant->entry) {
		io_works(&s, 1, OHBA_IO_READ, 8192);
		io_works(&s, 2, OHBA_IO_WRITE, 300000);
	}
	world_pass(w, 20 * SECOND);
	site_kill(w->site);
	forget_events(w);
	lost = entry_state(w->host, 0);
	st.retry_ms = lost.retry_ms;
	world_free(w);
	return st;
}

static void the_same_session(void **state)
{
	static const struct variant row[] = {
		{ NULL, NULL }, { with_digests, NULL }, { with_digests, refuses_digests },
		{ with_wishes, NULL }, { with_accounts, asks_for_proof }, { NULL, sends_on },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_target_state one = session_by(&row[i], OHBA_LOGIN_BY_ADAPTER);
		struct ohba_target_state other = session_by(&row[i], OHBA_LOGIN_BY_HOST);

		same_bytes("session", &other, &one, sizeof(one));
		if (row[i].entry != with_wishes)
			continue;
		assert_int_equal(le32toh(one.retry_ms), 7000);
		assert_int_equal(le32toh(one.params.timers.nop_interval_ms), 60000);
	}
}

/* --- events --------------------------------------------------------------------- */

/* Only the last waits for room, and none that is void. */
static void a_full_ring(void **state)
{
	struct world *w = *state;
	uint32_t i, handle = 0, told = 0;
	struct helper helper;

	w->host->events.lazy = true;
	for (i = 0; i < 20; i++)
		helper_set_up(w, 1 + i, OHBA_LOGIN_BY_ADAPTER);
	helper_offer(w->host, 1);
	helper_set_up(w, 0, OHBA_LOGIN_BY_HOST);
	helper_set_up(w, 30, OHBA_LOGIN_BY_HOST);
	for (i = 0; i < 5; i++) {
		world_login(w, 0);
		host_settle(w->host);
	}
	world_logout(w, 30, 0);
	w->host->events.lazy = false;
	for (i = 0; i < 100; i++) {
		host_advance(w->host, 2 * MS);
		host_read_events(w->host);
	}
	for (i = 0; i < w->host->nevents; i++) {
		if (w->host->event[i].type != OHBA_EVENT_LOGIN)
			continue;
		assert_int_equal(le32toh(w->host->event[i].handle), 0);
		handle = le32toh(w->host->event[i].detail[0]);
		told++;
	}
	w->host->nevents = 0;
	assert_int_equal(told, 1);
	helper_take(&helper, w->host, handle);
	helper_serve(w->host, handle);
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* --- many of them --------------------------------------------------------------- */

/* Handles that events tell go to @handle, from @n on; how many there are then. */
static unsigned int gather(struct world *w, uint32_t *handle, unsigned int n)
{
	unsigned int turns, i;

	for (turns = 0; turns < 200; turns++) {
		host_turn(w->host);
		host_read_events(w->host);
		for (i = 0; i < w->host->nevents; i++)
			if (w->host->event[i].type == OHBA_EVENT_LOGIN)
				handle[n++] = le32toh(w->host->event[i].detail[0]);
		w->host->nevents = 0;
	}
	return n;
}

static void many_at_once(void **state)
{
	enum { MANY = 70 };
	struct world *w = world_new(MANY);
	uint32_t handle[2 * MANY], i, j;
	unsigned int n = 0;

	(void)state;
	helper_offer(w->host, 1);
	for (i = 0; i < MANY; i++) {
		helper_set_up(w, i, OHBA_LOGIN_BY_HOST);
		n = gather(w, handle, n);
	}
	assert_int_equal(n, OHBA_LOGINS_MAX);
	assert_int_equal(w->site->connects, OHBA_LOGINS_MAX);
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			assert_int_not_equal(handle[i], handle[j]);
	/* The last first: nobody's place is another's. */
	for (i = n; i; i--) {
		helper_serve(w->host, handle[i - 1]);
		n = gather(w, handle, n);
	}
	assert_int_equal(n, MANY);
	for (i = OHBA_LOGINS_MAX; i < MANY; i++) {
		helper_serve(w->host, handle[i]);
		n = gather(w, handle, n);
	}
	for (i = 0; i < MANY; i++)
		entry_is(w->host, i, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->connects, MANY);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(who_logs_in),
		TEST(nobody_takes_it),
		TEST(lost_when_time_is_up),
		TEST(a_secret_that_changes_meanwhile),
		TEST(nobody_takes_what_only_the_host_may),
		TEST(the_host_is_silent),
		TEST(the_host_goes),
		TEST(the_host_goes_before_tcp_is_up),
		TEST(a_redirection_without_the_host),
		TEST(the_entry_says_otherwise),
		TEST(the_task),
		TEST(what_only_the_host_can_do),
		cmocka_unit_test(the_same_session),
		TEST(a_full_ring),
		cmocka_unit_test(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

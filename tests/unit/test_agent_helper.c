// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Logins that the host makes for the adapter (SPEC.md section 6.5): who logs in, what a host may
 * do and when it no longer may, and that the session is the same whoever made it.
 */
#include <errno.h>

#include "faults.h"
#include "helper.h"

static void set_up_by(struct world *w, uint32_t index, uint8_t login_by)
{
	struct ohba_target target = entry_of(index + 1);

	target.login_by = login_by;
	set_up(w, index, &target);
}

/* Entry 0, and its login is the host's, who has taken it. */
static void taken(struct world *w, struct helper *helper, uint8_t login_by)
{
	helper_offer(w->host, 1);
	set_up_by(w, 0, login_by);
	helper_take(helper, w->host, helper_wanted(w->host, 0, OHBA_ST_SUCCESS));
}

/* What @last, the newest connection, heard of a login. */
static unsigned int requests(const struct world *w)
{
	return w->site->conn[w->site->seen - 1].requests;
}

/* --- who logs in ------------------------------------------------------------------- */

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
		set_up_by(w, i, row[i].by);
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
	set_up_by(w, 0, OHBA_LOGIN_BY_EITHER);
	handle = helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	host_advance(w->host, 1999 * MS);
	entry_is(w->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	assert_int_equal(requests(w), 0);
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

/* Where the adapter must not, it waits as long as a login may take. */
static void nobody_takes_what_only_the_host_may(void **state)
{
	struct world *w = *state;

	helper_offer(w->host, 1);
	set_up_by(w, 0, OHBA_LOGIN_BY_HOST);
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
	assert_int_equal(requests(w), 0);
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

	taken(w, &helper, OHBA_LOGIN_BY_EITHER);
	set_up_by(w, 1, OHBA_LOGIN_BY_EITHER);
	helper_wanted(w->host, 1, OHBA_ST_SUCCESS);
	set_up_by(w, 2, OHBA_LOGIN_BY_HOST);
	helper_take(&helper, w->host, helper_wanted(w->host, 2, OHBA_ST_SUCCESS));
	set_up_by(w, 3, OHBA_LOGIN_BY_HOST);
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
	set_up_by(w, 0, OHBA_LOGIN_BY_HOST);
	forget_events(w);
	helper_offer(w->host, 0);
	wire_answer(target_wire(w->host->target, 0), OHBA_ST_SUCCESS);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_HELPER);
	assert_int_equal(requests(w), 0);
}

/* Who was not waited for is not asked again at each step. */
static void a_redirection_without_the_host(void **state)
{
	struct world *w = *state;

	helper_offer(w->host, 1);
	w->site->status = 0x0101;
	w->site->moves = 3;
	w->site->moved_to = "10.9.8.7:3333";
	set_up_by(w, 0, OHBA_LOGIN_BY_EITHER);
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
	taken(w, &helper, OHBA_LOGIN_BY_HOST);
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

/* --- what is to be done -------------------------------------------------------------- */

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
	set_up_by(w, 6, OHBA_LOGIN_BY_EITHER);
	helper_take(&helper, w->host, helper_wanted(w->host, 6, OHBA_ST_SUCCESS));
	assert_int_equal(helper.task.accounts, 0);
	assert_memory_equal(&helper.task.ours, &none, sizeof(none));
	assert_memory_equal(&helper.task.theirs, &none, sizeof(none));
}

/* It may know of more than the adapter, who finds out when it has to do without. */
static void what_only_the_host_can_do(void **state)
{
	struct world *w = *state;
	struct ohba_account brief = account_of("us", "11 bytes...");
	struct ohba_target target = entry_of(1);

	account_set(w->host, 0, &brief, OHBA_ST_SUCCESS);
	target.account = htole16(0);
	helper_offer(w->host, 1);
	set_up(w, 0, &target);
	helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	host_advance(w->host, 2000 * MS);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_CONFIG);
	assert_int_equal(requests(w), 0);
	assert_non_null(strstr((char *)entry_state(w->host, 0).words, "secret"));
	/* What the adapter lacks is nobody's to make good. */
	account_set(w->host, 1, &brief, OHBA_ST_SUCCESS);
	target.account = htole16(2);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_CONFIG);
	assert_int_equal(w->site->connects, 1);
}

/* --- the same session ------------------------------------------------------------------ */

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

/* --- PDUs ------------------------------------------------------------------------------ */

static void not_taken(void **state)
{
	struct world *w = *state;
	struct ohba_login_result result = { .outcome = OHBA_LOGIN_FAILED,
					    .status = htole16(OHBA_ST_INTERNAL) };
	struct helper helper = { .host = w->host };
	struct ohba_sqe sqe;
	uint8_t bhs[48];
	uint32_t len;

	helper_offer(w->host, 1);
	set_up_by(w, 0, OHBA_LOGIN_BY_HOST);
	helper.handle = helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	/* To have asked in vain is not to have taken it. */
	sqe = sqe_admin(OHBA_ADMIN_LOGIN_TAKE, helper.handle);
	sqe_data(&sqe, 0x1000, sizeof(helper.task));
	host_admin_status(w->host, &sqe, OHBA_ST_DMA_FAULT);
	w->host->guest_traces = 0;
	make_login(bhs, OP_LOGIN_REQ | OP_IMMEDIATE, 0x87);
	helper_send(&helper, bhs, "", 0, OHBA_ST_INVALID_STATE);
	helper_recv(&helper);
	helper_received(&helper, OHBA_ST_INVALID_STATE, &len);
	helper_end(&helper, &result, OHBA_ST_INVALID_STATE);
	assert_int_equal(requests(w), 0);
	helper_serve(w->host, helper.handle);
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* Nobody's handle, or one of a slot that is free. */
static void forged_handles(void **state)
{
	struct world *w = *state;
	struct helper helper;
	uint32_t bit;

	helper_stale(w->host, 0);
	helper_stale(w->host, UINT32_MAX);
	taken(w, &helper, OHBA_LOGIN_BY_HOST);
	for (bit = 1; bit; bit <<= 1)
		helper_stale(w->host, helper.handle ^ bit);
	helper_stale(w->host, 0);
	entry_do(w->host, OHBA_ADMIN_LOGIN_OFFER, 2, 0, OHBA_ST_INVALID_FIELD);
	w->host->guest_traces = 0;
	entry_is(w->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	assert_int_equal(requests(w), 0);
}

static void wrong_requests(void **state)
{
	static const uint8_t opcode[] = { OP_NOP_OUT, OP_SCSI_CMD, OP_TEXT_REQ, OP_LOGOUT_REQ,
					  OP_LOGIN_RSP };
	static uint8_t data[8193];
	struct world *w = *state;
	struct ohba_sqe sqe;
	struct helper helper;
	uint8_t bhs[48];
	size_t i;

	taken(w, &helper, OHBA_LOGIN_BY_HOST);
	for (i = 0; i < ARRAY_SIZE(opcode); i++) {
		make_login(bhs, opcode[i], 0x80);
		helper_send(&helper, bhs, "text", 4, OHBA_ST_INVALID_FIELD);
	}
	make_login(bhs, OP_LOGIN_REQ | OP_IMMEDIATE, 0x87);
	helper_send(&helper, bhs, data, sizeof(data), OHBA_ST_INVALID_FIELD);
	bhs[4] = 1;		/* AHS */
	helper_send(&helper, bhs, "text", 4, OHBA_ST_INVALID_FIELD);
	bhs[4] = 0;
	sqe = sqe_admin(OHBA_ADMIN_LOGIN_SEND, helper.handle);
	put_be24(bhs, 5, 4);	/* of which there are none */
	memcpy(sqe.body, bhs, 48);
	host_admin_status(w->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = sqe_admin(OHBA_ADMIN_LOGIN_RECV, helper.handle);
	sqe_data(&sqe, mem_alloc(w->host->mem, 8192, MEM_IN), OHBA_PDU_RECV_MIN - 1);
	host_admin_status(w->host, &sqe, OHBA_ST_INVALID_FIELD);
	w->host->guest_traces = 0;
	assert_int_equal(requests(w), 0);
	helper_serve(w->host, helper.handle);
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

static void send_response(struct wire *wire, uint8_t flags, uint32_t len)
{
	static const uint8_t data[8192];
	uint8_t bhs[48];

	make_login(bhs, OP_LOGIN_RSP, flags);
	put_be16(bhs, 36, 0);
	wire_send(wire, bhs, data, len);
}

/* One waits, and what nobody waits for is not read. */
static void one_at_a_time(void **state)
{
	struct world *w = *state;
	struct helper helper;
	struct ohba_sqe sqe;
	struct wire *wire;
	uint32_t len;

	taken(w, &helper, OHBA_LOGIN_BY_HOST);
	wire = target_wire(w->host->target, 0);
	w->site->conn[0].by_hand = true;
	send_response(wire, 0, 8192);
	send_response(wire, 0, 10);
	host_settle(w->host);
	assert_int_equal(wire_unread(wire), 48 + 8192 + 48 + 12);
	helper_recv(&helper);
	assert_int_equal(be24_at(helper_received(&helper, OHBA_ST_SUCCESS, &len), 5), 8192);
	assert_int_equal(len, 48 + 8192);
	host_settle(w->host);
	assert_int_equal(wire_unread(wire), 48 + 12);
	helper_recv(&helper);
	helper_received(&helper, OHBA_ST_SUCCESS, &len);
	assert_int_equal(len, 48 + 10);
	helper_recv(&helper);
	sqe = sqe_admin(OHBA_ADMIN_LOGIN_RECV, helper.handle);
	sqe_data(&sqe, mem_alloc(w->host->mem, OHBA_PDU_RECV_MIN, MEM_IN), OHBA_PDU_RECV_MIN);
	host_admin_status(w->host, &sqe, OHBA_ST_BUSY);
	send_response(wire, 0, 0);
	helper_received(&helper, OHBA_ST_SUCCESS, &len);
	assert_int_equal(len, 48);
	entry_is(w->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
}

/* What a target says that is not of a login ends it. */
static void not_of_a_login(void **state)
{
	static const struct {
		uint8_t opcode;
		uint32_t len;
		uint16_t reason;
	} row[] = {
		{ OP_NOP_IN, 0, OHBA_ST_BAD_OPCODE }, { OP_ASYNC, 0, OHBA_ST_BAD_OPCODE },
		{ OP_LOGIN_RSP, 8193, OHBA_ST_BAD_LENGTH },
	};
	static const uint8_t data[8193];
	struct world *w = *state;
	size_t i;

	helper_offer(w->host, 1);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct helper helper;
		uint8_t bhs[48];
		uint32_t len;

		set_up_by(w, i, OHBA_LOGIN_BY_HOST);
		helper_take(&helper, w->host, helper_wanted(w->host, i, OHBA_ST_SUCCESS));
		w->site->conn[i].by_hand = true;
		helper_recv(&helper);
		make_login(bhs, row[i].opcode, 0x80);
		wire_send(target_wire(w->host->target, i), bhs, data, row[i].len);
		helper_received(&helper, OHBA_ST_LOGIN_STALE, &len);
		entry_event(w->host, i, OHBA_TARGET_WAITING, row[i].reason);
		helper_stale(w->host, helper.handle);
		world_logout(w, i, 0);
		forget_events(w);
	}
}

/* After the final response the next byte may be of the session. */
static void held_until_the_end(void **state)
{
	struct world *w = *state;
	struct ohba_login_result result;
	struct helper helper;
	struct session s;
	struct pdu pdu;
	uint8_t bhs[48];
	uint32_t len;

	taken(w, &helper, OHBA_LOGIN_BY_HOST);
	helper_log_in(&helper);
	result = helper_result(&helper);
	s = site_session(w->site, 0, 0);
	send_nop_in(&s, RESERVED_TAG, 0x77, "ping", 4);
	helper_recv(&helper);
	host_settle(w->host);
	assert_int_equal(wire_unread(s.wire), 52);
	make_login(bhs, OP_LOGIN_REQ | OP_IMMEDIATE, 0x87);
	helper_send(&helper, bhs, "", 0, OHBA_ST_INVALID_STATE);
	assert_int_equal(wire_pending(s.wire), 0);
	helper_end(&helper, &result, OHBA_ST_SUCCESS);
	/* What waited is over before the end is told. */
	helper_received(&helper, OHBA_ST_LOGIN_STALE, &len);
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	take_pdu(&s, &pdu);
	assert_int_equal(pdu.bhs[0] & 0x3f, OP_NOP_OUT);
	assert_int_equal(be32_at(pdu.bhs, 20), 0x77);
	free(pdu.data);
	helper_stale(w->host, helper.handle);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* Of two commands that end together the one that waited is told first. */
static void order_of_completions(void **state)
{
	struct world *w = *state;
	struct ohba_login_result result = { .outcome = OHBA_LOGIN_FAILED,
					    .status = htole16(OHBA_ST_LOGIN_AUTH) };
	struct helper helper;
	uint32_t tag;

	taken(w, &helper, OHBA_LOGIN_BY_HOST);
	helper_recv(&helper);
	host_settle(w->host);
	tag = record_start(w->host, OHBA_ADMIN_LOGIN_END, helper.handle, &result, sizeof(result));
	host_settle(w->host);
	assert_int_equal(w->host->admin.ndone, 2);
	assert_int_equal(le32toh(w->host->admin.done[0].tag), helper.recv_tag);
	expect_status(&w->host->admin.done[0], OHBA_ST_LOGIN_STALE);
	assert_int_equal(le32toh(w->host->admin.done[1].tag), tag);
	expect_status(&w->host->admin.done[1], OHBA_ST_SUCCESS);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
}

/* --- handles that are void ---------------------------------------------------------------- */

static void by_reset(struct world *w, struct helper *helper)
{
	(void)helper;
	wire_error(target_wire(w->host->target, 0), ECONNRESET);
}

static void by_fin(struct world *w, struct helper *helper)
{
	(void)helper;
	wire_fin(target_wire(w->host->target, 0));
}

static void by_time(struct world *w, struct helper *helper)
{
	(void)helper;
	host_advance(w->host, 15 * SECOND);
}

static void by_set(struct world *w, struct helper *helper)
{
	struct ohba_target target = entry_of(2);

	(void)helper;
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
}

static void by_login(struct world *w, struct helper *helper)
{
	(void)helper;
	world_login(w, 0);
}

static void by_logout(struct world *w, struct helper *helper)
{
	(void)helper;
	world_logout(w, 0, 0);
}

static void by_logout_again(struct world *w, struct helper *helper)
{
	(void)helper;
	world_logout(w, 0, OHBA_TARGET_LOGOUT_AGAIN);
}

/* Once it is logged out of nothing keeps the entry, nor does the host. */
static void by_delete(struct world *w, struct helper *helper)
{
	(void)helper;
	entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 0, 0, OHBA_ST_BUSY);
	world_logout(w, 0, 0);
	entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 0, 0, OHBA_ST_SUCCESS);
}

static void by_offer(struct world *w, struct helper *helper)
{
	(void)helper;
	helper_offer(w->host, 0);
}

static void by_failed(struct world *w, struct helper *helper)
{
	struct ohba_login_result result = { .outcome = OHBA_LOGIN_FAILED,
					    .status = htole16(OHBA_ST_LOGIN_REFUSED) };

	(void)w;
	helper_end(helper, &result, OHBA_ST_SUCCESS);
}

static void by_moved(struct world *w, struct helper *helper)
{
	struct ohba_login_result result = { .outcome = OHBA_LOGIN_MOVED,
					    .family = OHBA_FAMILY_IPV4, .addr = { 10, 0, 0, 9 },
					    .port = htole16(3260) };

	(void)w;
	helper_end(helper, &result, OHBA_ST_SUCCESS);
}

static void by_done(struct world *w, struct helper *helper)
{
	struct ohba_login_result result = { .outcome = OHBA_LOGIN_DONE };

	helper_end(helper, &result, OHBA_ST_INVALID_FIELD);
	w->host->guest_traces = 0;
}

/* How far the host has come. */
enum stage {
	ST_ASKED	= 1,
	ST_TAKEN	= 2,		/* a request is sent, and one waits for the answer */
	ST_HELD		= 4,		/* one waits for what does not come */
};

static void bring(struct world *w, struct helper *helper, enum stage stage)
{
	uint8_t bhs[48];

	helper_offer(w->host, 1);
	set_up_by(w, 0, OHBA_LOGIN_BY_EITHER);
	*helper = (struct helper){ .host = w->host };
	helper->handle = helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	if (stage == ST_ASKED)
		return;
	helper_take(helper, w->host, helper->handle);
	if (stage == ST_HELD) {
		helper_log_in(helper);
	} else {
		w->site->trick = SITE_MUTE;
		make_login(bhs, OP_LOGIN_REQ | OP_IMMEDIATE, 0x81);
		helper_send(helper, bhs, "text", 4, OHBA_ST_SUCCESS);
	}
	helper_recv(helper);
	host_settle(w->host);
}

static void stale_handles(void **state)
{
	static const struct {
		void (*end)(struct world *w, struct helper *helper);
		unsigned int stages;
		uint8_t phase;
	} row[] = {
		{ by_reset, ST_TAKEN, OHBA_TARGET_WAITING },
		{ by_fin, ST_TAKEN, OHBA_TARGET_WAITING },
		{ by_time, ST_TAKEN | ST_HELD, OHBA_TARGET_WAITING },
		{ by_time, ST_ASKED, OHBA_TARGET_UP },
		{ by_set, ST_ASKED | ST_TAKEN | ST_HELD, OHBA_TARGET_LOGIN },
		{ by_login, ST_ASKED | ST_TAKEN | ST_HELD, OHBA_TARGET_LOGIN },
		{ by_logout, ST_ASKED | ST_TAKEN | ST_HELD, OHBA_TARGET_OFF },
		{ by_logout_again, ST_ASKED | ST_TAKEN | ST_HELD, OHBA_TARGET_LOGIN },
		{ by_delete, ST_ASKED | ST_TAKEN | ST_HELD, OHBA_TARGET_OFF },
		{ by_offer, ST_ASKED | ST_TAKEN | ST_HELD, OHBA_TARGET_UP },
		{ by_failed, ST_TAKEN | ST_HELD, OHBA_TARGET_WAITING },
		{ by_moved, ST_TAKEN | ST_HELD, OHBA_TARGET_LOGIN },
		{ by_done, ST_TAKEN | ST_HELD, OHBA_TARGET_WAITING },
	};
	unsigned int stage, heard;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		for (stage = ST_ASKED; stage <= ST_HELD; stage <<= 1) {
			struct world *w;
			struct helper helper;
			uint32_t len;

			if (!(row[i].stages & stage))
				continue;
			w = world_new(TARGETS);
			bring(w, &helper, stage);
			w->site->trick = SITE_HONEST;
			row[i].end(w, &helper);
			if (helper.recv_tag)
				helper_received(&helper, OHBA_ST_LOGIN_STALE, &len);
			host_settle(w->host);
			assert_int_equal(entry_state(w->host, 0).phase, row[i].phase);
			heard = requests(w);
			helper_stale(w->host, helper.handle);
			host_settle(w->host);
			/* Nothing reached who is there now. */
			assert_int_equal(requests(w), heard);
			assert_int_equal(wire_pending(target_wire(w->host->target,
								  w->site->seen - 1)), 0);
			assert_int_equal(entry_state(w->host, 0).phase, row[i].phase);
			forget_events(w);
			world_free(w);
		}
	}
}

/* It is lost in the turn before the host has something to say, or somewhat earlier. */
static void stale_a_turn_later(void **state)
{
	struct world *w = *state;
	unsigned int turns, i;

	helper_offer(w->host, 1);
	for (turns = 1; turns < 6; turns++) {
		struct helper helper;
		uint8_t bhs[48];
		uint32_t tag, len;
		struct ohba_cqe cqe;

		set_up_by(w, turns, OHBA_LOGIN_BY_HOST);
		helper_take(&helper, w->host, helper_wanted(w->host, turns, OHBA_ST_SUCCESS));
		make_login(bhs, OP_LOGIN_REQ | OP_IMMEDIATE, 0x81);
		wire_fin(target_wire(w->host->target, turns - 1));
		helper_recv(&helper);	/* which makes it look */
		for (i = 0; i < turns; i++)
			host_turn(w->host);
		tag = helper_send_start(&helper, bhs, "text", 4);
		cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
		expect_status(&cqe, OHBA_ST_LOGIN_STALE);
		helper_received(&helper, OHBA_ST_LOGIN_STALE, &len);
		entry_event(w->host, turns, OHBA_TARGET_WAITING, OHBA_ST_CONN_CLOSED);
		world_logout(w, turns, 0);
		forget_events(w);
	}
}

/* The try goes on without the handle: on the same connection, or on the way to another. */
static void stale_while_the_try_goes_on(void **state)
{
	struct world *w = *state;
	struct helper helper;
	uint32_t handle;

	helper_offer(w->host, 1);
	w->site->trick = SITE_MUTE;
	set_up_by(w, 0, OHBA_LOGIN_BY_EITHER);
	handle = helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	host_advance(w->host, 2000 * MS);
	entry_is(w->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	assert_int_equal(requests(w), 1);
	helper_stale(w->host, handle);
	assert_int_equal(requests(w), 1);
	set_up_by(w, 1, OHBA_LOGIN_BY_EITHER);
	helper_take(&helper, w->host, helper_wanted(w->host, 1, OHBA_ST_SUCCESS));
	w->site->tcp = SITE_SILENT;
	by_moved(w, &helper);
	entry_event(w->host, 1, OHBA_TARGET_CONNECTING, OHBA_ST_SUCCESS);
	helper_stale(w->host, helper.handle);
	entry_is(w->host, 1, OHBA_TARGET_CONNECTING, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->connects, 3);
}

/* A request that TCP does not take ends with the login, too. */
static void stale_requests(void **state)
{
	struct world *w = *state;
	struct helper helper;
	struct ohba_cqe cqe;
	uint8_t bhs[48];
	uint32_t tag[9];
	size_t i;

	taken(w, &helper, OHBA_LOGIN_BY_HOST);
	wire_cut(target_wire(w->host->target, 0), CUT_NONE, CUT_BLOCKED);
	make_login(bhs, OP_LOGIN_REQ | OP_IMMEDIATE, 0x81);
	for (i = 0; i < ARRAY_SIZE(tag); i++)
		tag[i] = helper_send_start(&helper, bhs, "text", 4);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tag[8]);
	expect_status(&cqe, OHBA_ST_NO_RESOURCES);
	assert_false(host_done(w->host, OHBA_QID_ADMIN, tag[0], &cqe));
	world_logout(w, 0, 0);
	for (i = 0; i < ARRAY_SIZE(tag) - 1; i++) {
		cqe = host_expect(w->host, OHBA_QID_ADMIN, tag[i]);
		expect_status(&cqe, i < OHBA_PDU_SEND_DEPTH ? OHBA_ST_LOGIN_STALE :
							      OHBA_ST_NO_RESOURCES);
	}
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_OFF, OHBA_ST_SUCCESS);
}

/* The target of before is not that of now: each handle has its own connection. */
static void handles_do_not_come_back(void **state)
{
	struct world *w = *state;
	uint32_t handle[50];
	size_t i, j;

	helper_offer(w->host, 1);
	set_up_by(w, 0, OHBA_LOGIN_BY_HOST);
	for (i = 0; i < ARRAY_SIZE(handle); i++) {
		host_settle(w->host);
		while (w->host->event[0].type != OHBA_EVENT_LOGIN)
			host_event(w->host, OHBA_EVENT_TARGET);
		handle[i] = helper_asked(w->host, 0);
		for (j = 0; j < i; j++)
			assert_int_not_equal(handle[i], handle[j]);
		if (i)
			helper_stale(w->host, handle[i - 1]);
		if (i == 25) {	/* nor over a reset */
			host_reset(w->host);
			host_bring_up(w->host);
			helper_offer(w->host, 1);
		}
		world_login(w, 0);
	}
	forget_events(w);
}

/* --- how it ended -------------------------------------------------------------------------- */

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
		{ OHBA_LOGIN_MOVED, R(family), { 0 }, 1 }, { OHBA_LOGIN_MOVED, R(family), { 5 }, 1 },
		{ OHBA_LOGIN_MOVED, R(port), { 0, 0 }, 2 },
		{ OHBA_LOGIN_MOVED, R(addr) + 4, { 1 }, 1 },
		{ OHBA_LOGIN_MOVED, R(tsih), { 1 }, 1 }, { OHBA_LOGIN_MOVED, R(tpgt), { 1 }, 1 },
		{ OHBA_LOGIN_MOVED, P(cmdsn), { 1 }, 1 }, { OHBA_LOGIN_MOVED, R(alias), { 'a' }, 1 },
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

	taken(w, &helper, OHBA_LOGIN_BY_HOST);
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
		{ P(rsvd), 1 },
	};
	struct world *w = *state;
	size_t i;

	helper_offer(w->host, 1);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ohba_login_result result;
		struct helper helper;

		set_up_by(w, i, OHBA_LOGIN_BY_EITHER);
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
		set_up_by(w, i, OHBA_LOGIN_BY_HOST);
		helper_take(&helper, w->host, helper_wanted(w->host, i, OHBA_ST_SUCCESS));
		if (i) {
			uint8_t bhs[48];

			/* Nor is an answer that is not the last one. */
			w->site->conn[i].by_hand = true;
			send_response(target_wire(w->host->target, i), 0x81, 0);
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
		set_up_by(w, i, OHBA_LOGIN_BY_EITHER);
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
		world_logout(w, i, 0);
		forget_events(w);
	}
}

/* --- redirections ----------------------------------------------------------------------------- */

static void the_target_sends_the_host_on(void **state)
{
	struct world *w = *state;
	struct helper helper;
	unsigned int hop;
	uint32_t handle, before = 0;

	helper_offer(w->host, 1);
	w->site->status = 0x0101;
	w->site->moved_to = "10.9.8.7:3333";
	set_up_by(w, 0, OHBA_LOGIN_BY_EITHER);
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
		set_up_by(w, i, OHBA_LOGIN_BY_HOST);
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

/* --- events ------------------------------------------------------------------------------------ */

/* Only the last waits for room, and none that is void. */
static void a_full_ring(void **state)
{
	struct world *w = *state;
	uint32_t i, handle = 0, told = 0;
	struct helper helper;

	w->host->events.lazy = true;
	for (i = 0; i < 20; i++)
		set_up_by(w, 1 + i, OHBA_LOGIN_BY_ADAPTER);
	helper_offer(w->host, 1);
	set_up_by(w, 0, OHBA_LOGIN_BY_HOST);
	set_up_by(w, 30, OHBA_LOGIN_BY_HOST);
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

/* --- resets, hangs -------------------------------------------------------------------------------- */

static void reset_in_every_stage(void **state)
{
	unsigned int stage;
	bool hangs;

	(void)state;
	for (stage = ST_ASKED; stage <= ST_HELD; stage <<= 1) {
		for (hangs = false; ; hangs = true) {
			struct world *w = world_new(TARGETS);
			unsigned int connects;
			struct helper helper;
			char err[200];

			bring(w, &helper, stage);
			connects = w->site->connects;
			if (hangs) {
				assert_int_equal(ohba_fault_set(w->host->fw, "hang", err,
								sizeof(err)), 0);
				host_settle(w->host);
				site_kill(w->site);
				host_advance(w->host, 3600 * SECOND);
			}
			assert_int_equal(w->site->connects, connects);
			host_reset(w->host);
			if (helper.recv_tag)
				mem_retire(w->host->mem, helper.recv_addr);
			assert_false(host_wakes_within(w->host, 3600 * SECOND));
			host_bring_up(w->host);
			w->site->trick = SITE_HONEST;
			helper_stale(w->host, helper.handle);
			/* There is no offer any more. */
			entry_up(w, 0);
			world_free(w);
			if (hangs)
				break;
		}
	}
}

/* --- many of them ----------------------------------------------------------------------------------- */

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
		set_up_by(w, i, OHBA_LOGIN_BY_HOST);
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
		TEST(nobody_takes_what_only_the_host_may),
		TEST(the_host_is_silent),
		TEST(the_host_goes),
		TEST(the_host_goes_before_tcp_is_up),
		TEST(a_redirection_without_the_host),
		TEST(the_entry_says_otherwise),
		TEST(the_task),
		TEST(what_only_the_host_can_do),
		cmocka_unit_test(the_same_session),
		TEST(not_taken),
		TEST(forged_handles),
		TEST(wrong_requests),
		TEST(one_at_a_time),
		TEST(not_of_a_login),
		TEST(held_until_the_end),
		TEST(order_of_completions),
		cmocka_unit_test(stale_handles),
		TEST(stale_a_turn_later),
		TEST(stale_while_the_try_goes_on),
		TEST(stale_requests),
		TEST(handles_do_not_come_back),
		TEST(results_that_are_none),
		TEST(agreements_that_are_none),
		TEST(done_too_soon),
		TEST(failures),
		TEST(the_target_sends_the_host_on),
		TEST(the_host_goes_nowhere),
		TEST(a_full_ring),
		cmocka_unit_test(reset_in_every_stage),
		cmocka_unit_test(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

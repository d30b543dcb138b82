// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a host may do with a login handle (SPEC.md section 6.5), and that it may nothing once it is
 * void, whatever made it so.
 */
#include <errno.h>

#include "faults.h"
#include "helper.h"

/* --- PDUs ----------------------------------------------------------------------- */

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
	helper_set_up(w, 0, OHBA_LOGIN_BY_HOST);
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
	assert_int_equal(helper_requests(w), 0);
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
	helper_taken(w, &helper, OHBA_LOGIN_BY_HOST);
	for (bit = 1; bit; bit <<= 1)
		helper_stale(w->host, helper.handle ^ bit);
	helper_stale(w->host, 0);
	entry_do(w->host, OHBA_ADMIN_LOGIN_OFFER, 2, 0, OHBA_ST_INVALID_FIELD);
	w->host->guest_traces = 0;
	entry_is(w->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	assert_int_equal(helper_requests(w), 0);
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

	helper_taken(w, &helper, OHBA_LOGIN_BY_HOST);
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
	assert_int_equal(helper_requests(w), 0);
	helper_serve(w->host, helper.handle);
	entry_event(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* One waits, and what nobody waits for is not read. */
static void one_at_a_time(void **state)
{
	struct world *w = *state;
	struct helper helper;
	struct ohba_sqe sqe;
	struct wire *wire;
	uint32_t len;

	helper_taken(w, &helper, OHBA_LOGIN_BY_HOST);
	wire = target_wire(w->host->target, 0);
	w->site->conn[0].by_hand = true;
	helper_send_response(wire, 0, 8192);
	helper_send_response(wire, 0, 10);
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
	helper_send_response(wire, 0, 0);
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

		helper_set_up(w, i, OHBA_LOGIN_BY_HOST);
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

	helper_taken(w, &helper, OHBA_LOGIN_BY_HOST);
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

	helper_taken(w, &helper, OHBA_LOGIN_BY_HOST);
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

/* --- handles that are void ------------------------------------------------------ */

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
	helper_set_up(w, 0, OHBA_LOGIN_BY_EITHER);
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
			heard = helper_requests(w);
			helper_stale(w->host, helper.handle);
			host_settle(w->host);
			/* Nothing reached who is there now. */
			assert_int_equal(helper_requests(w), heard);
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

		helper_set_up(w, turns, OHBA_LOGIN_BY_HOST);
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
	helper_set_up(w, 0, OHBA_LOGIN_BY_EITHER);
	handle = helper_wanted(w->host, 0, OHBA_ST_SUCCESS);
	host_advance(w->host, 2000 * MS);
	entry_is(w->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	assert_int_equal(helper_requests(w), 1);
	helper_stale(w->host, handle);
	assert_int_equal(helper_requests(w), 1);
	helper_set_up(w, 1, OHBA_LOGIN_BY_EITHER);
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

	helper_taken(w, &helper, OHBA_LOGIN_BY_HOST);
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
	helper_set_up(w, 0, OHBA_LOGIN_BY_HOST);
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

/* --- resets, hangs -------------------------------------------------------------- */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
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
		cmocka_unit_test(reset_in_every_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

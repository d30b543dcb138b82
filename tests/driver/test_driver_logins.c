// SPDX-License-Identifier: GPL-2.0-or-later
/* Logins that a helper makes for the adapter's own sessions. */
#include "login_helper.h"
#include "targets.h"

/* --- a login --------------------------------------------------------------------------------- */

/* A helper that is told and does nothing has nothing: the adapter does without it. */
static void test_not_taken(void **state)
{
	u64 login;

	(void)state;
	wanted_of(3, HANDLE);
	login = expect_wanted(3, HANDLE);
	shim_advance_ms(10000);
	assert_int_equal(ntakes, 0);
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	assert_int_equal(end_login(login, OHBA_LOGIN_FAILED), -ESTALE);
	assert_int_equal(nends, 0);
	/* Of an entry the last one counts. */
	wanted_of(3, HANDLE + 1);
	assert_int_equal(take_it(login), -ESTALE);
	login = expect_wanted(3, HANDLE + 1);
	assert_int_equal(take_it(login), 0);
	expect_task(login);
	assert_int_equal(ntakes, 1);
	expect_silence();
}

static void test_login(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	assert_int_equal(le32_to_cpu(got.task.left_ms), 9000);
	assert_int_equal(send_pdu(login, 300), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	arrive(HANDLE, 'r', 700);
	expect_pdu(login, 'r', 700);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), 0);
	assert_int_equal(nends, 1);
	assert_int_equal(le16_to_cpu(ended.tsih), 5);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), -ESTALE);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	/* Who ended it is not told that it is over. */
	expect_silence();
	assert_int_equal(nends, 1);
}

/* Nothing that was secret stays where the device can read it, nor in what is read into. */
static void test_wiped(void **state)
{
	u64 login = begin(3, HANDLE);
	struct dev_cmd *cmd;
	const u8 *out;

	(void)state;
	assert_null(memchr_inv(task_mem, 0, sizeof(struct ohba_login_task)));
	assert_int_equal(send_pdu(login, 300), 0);
	dev_fetch();
	cmd = dev_find(OHBA_ADMIN_LOGIN_SEND, HANDLE);
	out = shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), 300);
	assert_int_equal(out[0], 'K');
	dev_answer(cmd, OHBA_ST_SUCCESS);
	assert_int_equal(end_login(login, OHBA_LOGIN_FAILED), 0);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	assert_int_equal(out[0], 0);
	/* One that was taken, and whose task nobody read. */
	wanted_of(3, HANDLE + 1);
	assert_int_equal(take_it(expect_wanted(3, HANDLE + 1)), 0);
	assert_non_null(memchr_inv(task_mem, 0, sizeof(struct ohba_login_task)));
	close_now();
	assert_null(memchr_inv(task_mem, 0, sizeof(struct ohba_login_task)));
	assert_int_equal(offer_now(), 0);
}

static unsigned int nwiped;
static unsigned long wiped_in;		/* of the lock: since when it was held */

static void wiped(size_t len)
{
	if (len != sizeof(struct ohba_login_dma))
		return;
	assert_int_not_equal(ohba_logins_lock.taken, wiped_in);
	wiped_in = ohba_logins_lock.taken;
	nwiped++;
}

/* Logins that the helper has begun, and has not heard what came of. */
static void begin_all(u32 n, u32 handle)
{
	u32 i;

	for (i = 0; i < n; i++)
		begin(i, handle + i);
	for (i = 0; i < n; i++)
		arrive(handle + i, 'r', 4);
}

/* That takes time, for which nobody else is to wait: each goes by itself. */
static void test_wiped_one_by_one(void **state)
{
	u32 i;

	(void)state;
	nwiped = 0;
	begin_all(8, HANDLE);
	shim_wiped = wiped;
	/* Half of them are over, and nobody has read so. */
	for (i = 0; i < 4; i++)
		wanted_of(i, HANDLE + 100 + i);
	assert_int_equal(nwiped, 0);
	shim_close(&file);
	assert_int_equal(nwiped, 4);
	/* The others the adapter does not know to be. */
	shim_settle();
	assert_int_equal(nwiped, 8);
	assert_int_equal(offer_now(), 0);
	nwiped = 0;
	expect_hello();
	begin_all(4, HANDLE + 200);
	shim_close(&file);
	ohba_kill(&bench_hw()->pub, "a test");
	assert_int_equal(nwiped, 4);
	shim_wiped = NULL;
	assert_int_equal(offer_now(), 0);
}

static void test_stale(void **state)
{
	u64 login;

	(void)state;
	take_status = OHBA_ST_LOGIN_STALE;
	wanted_of(3, HANDLE);
	login = expect_wanted(3, HANDLE);
	assert_int_equal(take_it(login), 0);
	expect_over(login, OHBA_ST_LOGIN_STALE);
	take_status = 0;
	login = begin(3, HANDLE + 1);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE + 1, OHBA_ST_LOGIN_STALE);
	expect_over(login, OHBA_ST_LOGIN_STALE);
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	assert_int_equal(nends, 0);
}

/* What cannot be sent is no login any more, and the device is told. */
static void test_send_fails(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	assert_int_equal(send_pdu(login, 0), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_NO_RESOURCES);
	expect_over(login, OHBA_ST_NO_RESOURCES);
	assert_int_equal(nends, 1);
	assert_int_equal(ended.outcome, OHBA_LOGIN_FAILED);
	assert_int_equal(le16_to_cpu(ended.status), OHBA_ST_INTERNAL);
}

/* Of an entry the last one counts. */
static void test_another_try(void **state)
{
	u64 first = begin(3, HANDLE), second;

	(void)state;
	wanted_of(3, HANDLE + 1);
	expect_over(first, OHBA_ST_LOGIN_STALE);
	second = expect_wanted(3, HANDLE + 1);
	assert_int_equal(take_it(second), 0);
	expect_task(second);
	assert_int_equal(send_pdu(first, 0), -ESTALE);
	assert_int_equal(send_pdu(second, 0), 0);
	assert_int_equal(send_pdu(second, 0), -EBUSY);
}

/* A result that the device does not take as one leaves no login behind. */
static void test_bad_result(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	end_status = OHBA_ST_INVALID_FIELD;
	assert_int_equal(end_login(login, 9), 0);
	assert_int_equal(nends, 2);
	assert_int_equal(ended.outcome, OHBA_LOGIN_FAILED);
}

/* --- a helper that is slow, an adapter that is busy ----------------------------------------------- */

/* A target that says more than it was asked is not read, until the helper has answered. */
static void test_talkative(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	arrive(HANDLE, 'a', OHBA_PDU_DATA_MAX);
	assert_false(listens(HANDLE));
	expect_pdu(login, 'a', OHBA_PDU_DATA_MAX);
	arrive(HANDLE, 'b', 1);
	shim_advance_ms(1000);
	expect_silence();
	assert_false(listens(HANDLE));
	assert_int_equal(send_pdu(login, 0), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	expect_pdu(login, 'b', 1);
	assert_true(listens(HANDLE));
}

/* The helper answers at once: an answer is none before what it answers is known to be out. */
static void test_answered_early(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	assert_int_equal(send_pdu(login, 300), 0);
	arrive(HANDLE, 'a', 4);
	expect_silence();
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	expect_pdu(login, 'a', 4);
	/* One that was to be read already when the helper wrote, unasked. */
	assert_int_equal(send_pdu(login, 0), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	arrive(HANDLE, 'b', 4);
	assert_int_equal(send_pdu(login, 0), 0);
	assert_int_equal(hear(), -EAGAIN);
	expect_silence();
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	expect_pdu(login, 'b', 4);
	assert_int_equal(send_pdu(login, 0), 0);
	/* One that could not be sent has no answer. */
	arrive(HANDLE, 'c', 4);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_NO_RESOURCES);
	expect_over(login, OHBA_ST_NO_RESOURCES);
	expect_silence();
}

/* First come, first heard, whatever else is said of each meanwhile. */
static void test_order(void **state)
{
	u64 a = begin(3, HANDLE), b = begin(4, HANDLE + 1);

	(void)state;
	arrive(HANDLE + 1, 'b', 4);
	arrive(HANDLE, 'a', 4);
	assert_int_equal(send_pdu(b, 0), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE + 1, OHBA_ST_NO_RESOURCES);
	expect_over(b, OHBA_ST_NO_RESOURCES);
	expect_pdu(a, 'a', 4);
	expect_silence();
}

static struct ohba_admin_cmd others[65];

static void other_done(struct ohba_admin_cmd *cmd)
{
}

#define OTHERS	900			/* the handle of others' commands */

static void fill_slots(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		others[i] = (struct ohba_admin_cmd){
			.sqe = { .opcode = OHBA_ADMIN_LOGIN_RECV,
				 .handle = cpu_to_le32(OTHERS) },
			.done = other_done,
		};
		if (ohba_admin_submit(&bench_hw()->pub, &others[i]))
			return;
		shim_settle();
	}
	fail();
}

static void free_slot(void)
{
	answer(OHBA_ADMIN_LOGIN_RECV, OTHERS, OHBA_ST_LOGIN_STALE);
	shim_advance_ms(200);
}

/* What finds no slot, or no memory, is not lost. */
static void test_busy(void **state)
{
	u64 login;

	(void)state;
	wanted_of(3, HANDLE);
	login = expect_wanted(3, HANDLE);
	fill_slots();
	assert_int_equal(take_it(login), 0);
	shim_advance_ms(1000);
	assert_int_equal(ntakes, 0);
	free_slot();
	assert_int_equal(ntakes, 1);
	expect_task(login);
	assert_true(listens(HANDLE));
	fill_slots();
	assert_int_equal(send_pdu(login, 4), 0);
	assert_int_equal(send_pdu(login, 4), -EBUSY);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), 0);
	shim_advance_ms(1000);
	assert_int_equal(nends, 0);
	/* Not even if that is the helper's end. */
	shim_close(&file);
	free_slot();
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	shim_advance_ms(200);
	assert_int_equal(nends, 1);
	assert_int_equal(ended.outcome, OHBA_LOGIN_DONE);
	assert_int_equal(offered, 0);
	assert_int_equal(offer_now(), 0);
}

/* No step of a login takes memory. */
static void test_no_memory(void **state)
{
	u64 login;

	(void)state;
	login = begin(4, HANDLE + 1);
	assert_int_equal(end_login(login, OHBA_LOGIN_FAILED), 0);
	shim_no_memory = true;
	login = begin(3, HANDLE);
	assert_int_equal(send_pdu(login, 4), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	arrive(HANDLE, 'a', 100);
	expect_pdu(login, 'a', 100);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), 0);
	assert_int_equal(nends, 2);
	shim_no_memory = false;
}

/* Nor is an offer lost without any: it is made later. */
static void test_no_memory_to_offer(void **state)
{
	(void)state;
	assert_int_equal(shim_open(OHBA_LOGIN_DEV, O_NONBLOCK, &file), 0);
	shim_no_memory = true;
	shim_advance_ms(1000);
	assert_int_equal(noffers, 0);
	shim_no_memory = false;
	shim_advance_ms(200);
	assert_int_equal(offered, 1);
}

/* --- a device that lies --------------------------------------------------------------------------- */

static void test_lies(void **state)
{
	static const u32 results[] = { 0, 47, 48 + OHBA_PDU_DATA_MAX + 1, U32_MAX };
	unsigned int i;
	u64 login;

	(void)state;
	wanted_of(TARGETS, HANDLE);
	wanted_of(U32_MAX, HANDLE);
	expect_silence();
	for (i = 0; i < ARRAY_SIZE(results); i++) {
		login = begin(3, HANDLE + i);
		arrive_as(HANDLE + i, 'x', 0, results[i]);
		expect_over(login, OHBA_ST_INTERNAL);
		assert_int_equal(nends, i + 1);
	}
	/* A task of another entry. */
	wanted_of(4, HANDLE);
	take_index = 3;
	login = expect_wanted(4, HANDLE);
	assert_int_equal(take_it(login), 0);
	expect_over(login, OHBA_ST_INTERNAL);
	shim_settle();
	assert_int_equal(nends, ARRAY_SIZE(results) + 1);
	assert_int_equal(ended.outcome, OHBA_LOGIN_FAILED);
}

static void test_too_many(void **state)
{
	u64 login;
	u32 i;

	(void)state;
	for (i = 0; i < OHBA_LOGINS_MAX - 1; i++)
		begin(i, HANDLE + i);
	/* Those that nobody took make room for others; those that somebody did, do not. */
	wanted_of(500, HANDLE + 500);
	login = expect_wanted(500, HANDLE + 500);
	wanted_of(501, HANDLE + 501);
	assert_int_equal(shim_logged("more than 64 logins"), 1);
	assert_int_equal(take_it(login), -ESTALE);
	assert_int_equal(take_it(expect_wanted(501, HANDLE + 501)), 0);
	expect(OHBA_LOGIN_MSG_TASK, sizeof(got.task));
	wanted_of(502, HANDLE + 502);
	assert_int_equal(shim_logged("more than 64 logins"), 2);
	expect_silence();
	assert_int_equal(ntakes, OHBA_LOGINS_MAX);
	/* One that is over makes room. */
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE + 7, OHBA_ST_LOGIN_STALE);
	expect(OHBA_LOGIN_MSG_OVER, sizeof(got.over));
	begin(900, HANDLE + 900);
}

/* Each has a command that waits: of short rings some are left for the others. */
static void test_short_rings(void **state)
{
	u64 login = 0;
	u32 i;

	(void)state;
	for (i = 0; i < 16; i++)
		login = begin(i, HANDLE + i);
	for (; i < 64; i++)
		wanted_of(i, HANDLE + i);
	expect_silence();
	assert_int_equal(ntakes, 16);
	assert_int_equal(end_login(login, OHBA_LOGIN_FAILED), 0);
	assert_int_equal(nends, 1);
}

/* Nobody ever offered. */
static void test_wanted_without_offer(void **state)
{
	(void)state;
	wanted_of(3, HANDLE);
	assert_int_equal(ntakes, 0);
	assert_int_equal(shim_logged("cannot be: ignored"), 1);
	assert_int_equal(offer_now(), 0);
	expect_hello();
	expect_silence();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_not_taken, offer), TEST(test_login, offer), TEST(test_wiped, offer),
		TEST(test_wiped_one_by_one, offer), TEST(test_stale, offer),
		TEST(test_send_fails, offer), TEST(test_another_try, offer),
		TEST(test_bad_result, offer), TEST(test_talkative, offer),
		TEST(test_answered_early, offer), TEST(test_order, offer),
		TEST(test_busy, offer_short), TEST(test_no_memory, offer),
		TEST(test_no_memory_to_offer, load), TEST(test_lies, offer),
		TEST(test_too_many, offer), TEST(test_wanted_without_offer, load),
		TEST(test_short_rings, offer_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

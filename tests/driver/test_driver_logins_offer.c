// SPDX-License-Identifier: GPL-2.0-or-later
/* Who makes logins: the offer, its file, and an adapter that goes. */
#include "login_helper.h"

/* --- who makes logins ---------------------------------------------------------------------- */

static void test_offer(void **state)
{
	int refs = shim_module_refs;
	struct file other;

	(void)state;
	assert_int_equal(noffers, 0);
	shim_not_admin = true;
	assert_int_equal(offer_now(), -EPERM);
	shim_not_admin = false;
	assert_int_equal(noffers, 0);
	assert_int_equal(offer_now(), 0);
	assert_int_equal(shim_module_refs, refs + 1);
	assert_int_equal(noffers, 1);
	assert_int_equal(offered, 1);
	expect_hello();
	expect_silence();
	assert_int_equal(shim_open(OHBA_LOGIN_DEV, 0, &other), -EBUSY);
	assert_int_equal(noffers, 1);
	close_now();
	assert_int_equal(shim_module_refs, refs);
	assert_int_equal(noffers, 2);
	assert_int_equal(offered, 0);
	assert_int_equal(offer_now(), 0);
	assert_int_equal(offered, 1);
}

/* Each of the two is heard of, though the second came before anybody looked. */
static void test_another_at_once(void **state)
{
	u64 login = begin(3, HANDLE), told;

	(void)state;
	wanted_of(4, HANDLE + 4);
	told = expect_wanted(4, HANDLE + 4);
	wanted_of(5, HANDLE + 5);
	shim_close(&file);
	assert_int_equal(shim_open(OHBA_LOGIN_DEV, O_NONBLOCK, &file), 0);
	/* What the one before was told is not its: not yet, and not when that is known. */
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), -ESTALE);
	expect_hello();
	assert_int_equal(noffers, 3);
	assert_int_equal(offered, 1);
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	assert_int_equal(take_it(told), -ESTALE);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	expect_silence();
	assert_int_equal(nends, 0);
	assert_int_equal(ntakes, 1);
}

/* A device that does not let go of who is gone does not keep out who comes. */
static void test_not_let_go(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	retract_status = OHBA_ST_INVALID_FIELD;
	close_now();
	assert_int_equal(offered, 0);
	assert_int_equal(shim_logged("refuses to do without"), 1);
	assert_int_equal(offer_now(), 0);
	assert_int_equal(offered, 1);
	assert_int_equal(noffers, 3);
	expect_hello();
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	assert_int_equal(take_it(login), -ESTALE);
	begin(4, HANDLE + 1);
	expect_silence();
}

static void test_restart(void **state)
{
	u64 login = begin(3, HANDLE), second, third;

	(void)state;
	wanted_of(4, HANDLE + 4);
	bench_restart();
	shim_settle();
	assert_int_equal(noffers, 2);
	assert_int_equal(offered, 1);
	/* What nobody took is over without a word; and who took one may come late. */
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	/* The device may give a handle again: to the helper it is another login. */
	wanted_of(3, HANDLE);
	expect_over(login, OHBA_ST_ABORTED);
	second = expect_wanted(3, HANDLE);
	assert_int_not_equal(second, login);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), -ESTALE);
	expect_silence();
	/* Also when nothing of the one before is left. */
	bench_restart();
	wanted_of(3, HANDLE);
	third = expect_wanted(3, HANDLE);
	assert_int_not_equal(third, login);
	assert_int_not_equal(third, second);
	assert_int_equal(take_it(login), -ESTALE);
	assert_int_equal(take_it(second), -ESTALE);
	assert_int_equal(take_it(third), 0);
}

/* It is opened while the device starts, which hears of it and then fails. */
static void open_meanwhile(void *arg)
{
	while (ohba_is_down(bench_hw()))
		shim_sleep_us(100);
	dev.deaf = false;
	writel(OHBA_CTRL_ENABLE, bench_hw()->regs + OHBA_REG_CTRL);
	dev.status = 0;
	assert_int_equal(shim_open(OHBA_LOGIN_DEV, O_NONBLOCK, &file), 0);
	while (!offered)
		shim_sleep_us(100);
	dev.status = OHBA_STATUS_READY | OHBA_STATUS_FATAL;
	while (!ohba_is_down(bench_hw()))
		shim_sleep_us(100);
	offered = 0;
}

/* An offer that is made while the device fails to start is announced again. */
static void test_offer_in_failed_restart(void **state)
{
	(void)state;
	ohba_kill(&bench_hw()->pub, "a test");
	dev.deaf = true;
	shim_spawn("who opens", open_meanwhile, NULL);
	shim_advance_ms(20000);
	assert_int_equal(noffers, 2);
	assert_int_equal(offered, 1);
}

/* --- reading and writing --------------------------------------------------------------------- */

/* What could not be read is not lost. */
static void test_no_room_to_read(void **state)
{
	u64 login;

	(void)state;
	wanted_of(3, HANDLE);
	assert_int_equal(shim_read(&file, &got, OHBA_LOGIN_MSG_MAX - 1), -EMSGSIZE);
	assert_int_equal(shim_read(&file, &got, 0), -EMSGSIZE);
	shim_user_faults = true;
	assert_int_equal(hear(), -EFAULT);
	assert_int_equal(take_it(1), -EFAULT);
	shim_user_faults = false;
	login = expect_wanted(3, HANDLE);
	assert_int_equal(take_it(login), 0);
	shim_user_faults = true;
	assert_int_equal(hear(), -EFAULT);
	/* Nobody comes for it: it is wiped. */
	shim_secret = SECRET;
	close_now();
	shim_secret = NULL;
	shim_user_faults = false;
	assert_int_equal(offer_now(), 0);
}

static ssize_t reads;

static void read_it(void *arg)
{
	reads = 1;
	reads = shim_read(&file, &got, sizeof(got));
}

/* Who does not ask for more than there is waits for it, or for a signal. */
static void test_wait(void **state)
{
	(void)state;
	file.f_flags = 0;
	shim_spawn("who reads", read_it, NULL);
	shim_settle();
	assert_int_equal(reads, 1);
	/* Another must not wait, nor write less for it. */
	file.f_flags = O_NONBLOCK;
	assert_int_equal(hear(), -EAGAIN);
	assert_int_equal(take_it(77), -ESTALE);
	wanted_of(3, HANDLE);
	assert_int_equal(reads, OHBA_LOGIN_MSG_HEAD + sizeof(got.wanted));
	assert_int_equal(got.type, OHBA_LOGIN_MSG_WANTED);
	file.f_flags = 0;
	shim_signal = true;
	shim_spawn("who reads", read_it, NULL);
	shim_settle();
	assert_int_equal(reads, -ERESTARTSYS);
	shim_signal = false;
	file.f_flags = O_NONBLOCK;
	expect_silence();
}

static void test_bad_messages(void **state)
{
	static const struct { u32 type; size_t len; } bad[] = {
		{ 0, 0 }, { OHBA_LOGIN_MSG_HELLO, 8 }, { OHBA_LOGIN_MSG_WANTED, 72 },
		{ OHBA_LOGIN_MSG_TASK, 2688 }, { OHBA_LOGIN_MSG_OVER, 8 }, { 8, 0 },
		{ U32_MAX, 0 }, { OHBA_LOGIN_MSG_TAKE, 1 }, { OHBA_LOGIN_MSG_PDU, 0 },
		{ OHBA_LOGIN_MSG_PDU, 47 }, { OHBA_LOGIN_MSG_END, 639 },
		{ OHBA_LOGIN_MSG_END, 641 },
	};
	struct ohba_login_msg msg;
	u64 login = begin(3, HANDLE);
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		msg = (struct ohba_login_msg){ .type = bad[i].type, .login = login };
		assert_int_equal(say(&msg, OHBA_LOGIN_MSG_HEAD + bad[i].len), -EINVAL);
	}
	assert_int_equal(shim_logged("install helper and driver of one version"), i);
	msg = (struct ohba_login_msg){ .type = OHBA_LOGIN_MSG_PDU, .login = login, .rsvd = 1 };
	assert_int_equal(say(&msg, OHBA_LOGIN_MSG_MAX), -EINVAL);
	assert_int_equal(shim_write(&file, &msg, OHBA_LOGIN_MSG_HEAD - 1), -EINVAL);
	assert_int_equal(shim_write(&file, &msg, OHBA_LOGIN_MSG_MAX + 1), -EINVAL);
	assert_int_equal(nends, 0);
	assert_int_equal(send_pdu(login + 1, 4), -ESTALE);
	assert_int_equal(send_pdu(login + OHBA_LOGINS_MAX, 4), -ESTALE);
	assert_int_equal(send_pdu(0, 4), -ESTALE);
	assert_int_equal(take_it(login), -ESTALE);
	assert_int_equal(send_pdu(login, OHBA_PDU_DATA_MAX), 0);
}

/* --- an adapter that goes --------------------------------------------------------------------------- */

static void remove_adapter(void)
{
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
	shim_settle();
}

/* What the helper has taken it hears the end of. */
static void test_removed(void **state)
{
	u64 login = begin(3, HANDLE), other = begin(4, HANDLE + 1);

	(void)state;
	arrive(HANDLE, 'a', 4);
	wanted_of(5, HANDLE + 2);
	remove_adapter();
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	expect_over(login, OHBA_ST_ABORTED);
	expect_over(other, OHBA_ST_ABORTED);
	expect_silence();
}

static size_t login_len;		/* of a login's memory */
static unsigned int logins_left;	/* that have theirs */

/* That of the second one is the last but one to go. */
static void read_now(size_t len)
{
	unsigned int i;

	if (len != login_len || --logins_left != 1)
		return;
	for (i = 0; i < 2; i++)
		assert_int_equal(shim_read(&file, &got, sizeof(got)),
				 OHBA_LOGIN_MSG_HEAD + sizeof(got.over));
}

/* Who reads of it meanwhile wipes nothing that is not the adapter's any more. */
static void test_removed_and_read(void **state)
{
	const struct ohba_logins *logins = bench_hw()->logins;

	(void)state;
	begin(3, HANDLE);
	begin(4, HANDLE + 1);
	login_len = logins->table[0].dma.len;
	logins_left = logins->max;
	shim_dma_freed = read_now;
	remove_adapter();
	shim_dma_freed = NULL;
	assert_int_equal(logins_left, 0);
	expect_silence();
}

/* Or does not, if it ends: nothing is left either way. */
static void test_removed_unread(void **state)
{
	(void)state;
	begin(3, HANDLE);
	begin(4, HANDLE + 1);
	remove_adapter();
	close_now();
	assert_int_equal(offer_now(), 0);
	expect_hello();
	expect_silence();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_offer, load), TEST(test_another_at_once, offer),
		TEST(test_not_let_go, offer), TEST(test_restart, offer),
		TEST(test_offer_in_failed_restart, load), TEST(test_no_room_to_read, offer),
		TEST(test_wait, offer), TEST(test_bad_messages, offer),
		TEST(test_removed, offer), TEST(test_removed_and_read, offer),
		TEST(test_removed_unread, offer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

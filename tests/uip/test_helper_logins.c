// SPDX-License-Identifier: GPL-2.0-or-later
/* Logins pass through the privileged process: the driver's file, who opens it, the sandbox. */
#include "privileged.c"

/* --- what driver and sandbox say ------------------------------------------------------ */

static void give_task(uint64_t login)
{
	struct ohba_login_msg msg = {
		.type = OHBA_LOGIN_MSG_TASK, .login = login,
		.task = { .index = htole32(login) },
	};

	driver_says(&msg, sizeof(msg.task));
	read_logins(&helper);
}

static void give_pdu(uint64_t login, uint32_t len)
{
	struct ohba_login_msg msg = {
		.type = OHBA_LOGIN_MSG_PDU, .login = login, .pdu.bhs = { 0x23 },
	};

	driver_says(&msg, OHBA_LOGIN_BHS_LEN + len);
	read_logins(&helper);
}

static void be_over(uint64_t login)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_OVER, .login = login };

	driver_says(&msg, sizeof(msg.over));
	read_logins(&helper);
}

/* Return: the sandbox's number. */
static uint32_t start_login(uint64_t login)
{
	struct uip_msg msg;

	want(login);
	at_driver(OHBA_LOGIN_MSG_TAKE, login, 0);
	give_task(login);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN);
	assert_int_equal(le32toh(msg.start.task.index), (uint32_t)login);
	assert_string_equal(msg.start.adapter, "adapter");
	return msg.start.login;
}

static void say_pdu(uint32_t number)
{
	struct uip_msg msg = { .type = UIP_LOGIN_PDU, .pdu = { .login = number, .len = 4 } };

	uip_relay_take(&helper, &msg);
}

static void say_end(uint32_t number)
{
	struct uip_msg msg = { .type = UIP_LOGIN_END, .end.login = number };

	uip_relay_take(&helper, &msg);
}

static void expect_no_helper(uint64_t login)
{
	struct ohba_login_msg msg = at_driver(OHBA_LOGIN_MSG_END, login, sizeof(msg.result));

	assert_int_equal(msg.result.outcome, OHBA_LOGIN_FAILED);
	assert_int_equal(le16toh(msg.result.status), OHBA_ST_LOGIN_NO_HELPER);
}

/* --- who opens the file, and what passes ---------------------------------------------- */

static void test_login(void **state)
{
	uint32_t a, b;
	struct uip_msg msg;

	(void)state;
	a = start_login(17ull << 32);
	b = start_login(18);
	assert_int_not_equal(a, b);
	say_pdu(a);
	at_driver(OHBA_LOGIN_MSG_PDU, 17ull << 32, OHBA_LOGIN_BHS_LEN + 4);
	give_pdu(18, OHBA_PDU_DATA_MAX);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN_PDU);
	assert_int_equal(msg.pdu.login, b);
	assert_int_equal(msg.pdu.len, OHBA_PDU_DATA_MAX);
	assert_int_equal(msg.pdu.bhs[0], 0x23);
	say_end(b);
	at_driver(OHBA_LOGIN_MSG_END, 18, sizeof(struct ohba_login_result));
	/* What it says of one that has ended, or was never there, is not for the driver. */
	say_end(b);
	say_pdu(b);
	say_pdu(0);
	say_end(UINT32_MAX);
	be_over(17);
	assert_true(sandbox_hears_nothing());
	be_over(17ull << 32);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN_OVER);
	assert_int_equal(msg.over.login, a);
	say_pdu(a);
	assert_true(driver_hears_nothing());
	assert_int_equal(nlines, 0);
}

/* One that was killed may not be gone: the file is opened again, and again. */
static void test_login_refused(void **state)
{
	(void)state;
	uip_relay_driver.driver(&helper);
	answer(asked(), -EBUSY);
	assert_true(helper.lost);
	helper.started_ms = uip_monotonic_ms();
	look_again(&helper);
	answer(asked(), -EBUSY);
	assert_int_equal(nlines, 1);
	/* Without a driver it is not: that is heard of. */
	look_again(&helper);
	helper.logins.file.there_by = 0;
	answer(asked(), -ENOENT);
	look_again(&helper);
	assert_int_equal(asked(), 0);
	have_file(OHBA_LOGIN_DEV_VERSION);
	have_sandbox();
	assert_true(helper.logins.file.fd >= 0);
	/* Nor is one that is open. */
	uip_relay_driver.driver(&helper);
	assert_int_equal(asked(), 0);
}

/* A driver that has just come has the file in a moment; one that has none, has none. */
static void test_not_there_yet(void **state)
{
	(void)state;
	helper.started_ms = uip_monotonic_ms();
	uip_relay_driver.driver(&helper);
	assert_int_not_equal(helper.logins.file.there_by, 0);
	helper.logins.file.there_by += 3600 * 1000;
	answer(asked(), -ENOENT);
	assert_true(helper.lost);
	assert_int_equal(nlines, 0);
	look_again(&helper);
	helper.logins.file.there_by = uip_monotonic_ms();
	answer(asked(), -ENOENT);
	assert_int_equal(nlines, 1);
	look_again(&helper);
	assert_int_equal(asked(), 0);
	/* Whatever there was before: a driver that comes may have one. */
	uip_relay_driver.driver(&helper);
	assert_int_not_equal(asked(), 0);
}

/* Nothing waits for an opener that takes long; an answer to no open question is none. */
static void test_late_answer(void **state)
{
	int a, b, c, file = make_file(&a);
	uint32_t first;

	(void)state;
	uip_relay_driver.driver(&helper);
	first = asked();
	assert_int_not_equal(first, 0);
	assert_int_equal(helper.logins.file.fd, -1);
	assert_in_range(time_to_wait(&helper), 0, 5000);
	/* It does not help to ask again. */
	uip_login_file_again(&helper.logins.file);
	assert_int_equal(asked(), 0);
	answer(first + 1, file);
	assert_int_equal(helper.logins.file.fd, -1);
	assert_true(is_closed(a));
	answer(first, make_file(&b));
	assert_true(helper.logins.file.fd >= 0);
	assert_int_equal(time_to_wait(&helper), -1);
	/* Nor is a second answer to the same one. */
	answer(first, make_file(&c));
	assert_true(is_closed(c));
	answer(first, -EBUSY);
	answer(0, -EBUSY);
	assert_false(helper.lost);
	assert_int_equal(nlines, 0);
	uip_login_file_close(&helper.logins.file);
	assert_true(is_closed(b));
	close(a);
	close(b);
	close(c);
}

/*
 * uipd finds the driver, and is told that it came, or another: two questions would find the
 * file busy with the first one's.
 */
static void test_asked_once(void **state)
{
	uint32_t first, second;
	int end;

	(void)state;
	uip_relay_driver.driver(&helper);
	first = asked();
	assert_int_not_equal(first, 0);
	uip_relay_driver.driver(&helper);
	assert_int_equal(asked(), 0);
	answer(first, make_file(&end));
	assert_true(helper.logins.file.fd >= 0);
	assert_false(helper.lost);
	assert_int_equal(nlines, 0);
	/* And one that is over leaves room for the next. */
	uip_login_file_close(&helper.logins.file);
	assert_true(is_closed(end));
	close(end);
	uip_relay_driver.driver(&helper);
	second = asked();
	assert_int_not_equal(second, 0);
	assert_int_not_equal(second, first);
	answer(second, make_file(&end));
	assert_true(helper.logins.file.fd >= 0);
	uip_login_file_close(&helper.logins.file);
	close(end);
}

/* That it takes long is said, once, and it may answer all the same. */
static void test_no_answer(void **state)
{
	uint32_t number;
	int end;

	(void)state;
	uip_relay_driver.driver(&helper);
	number = asked();
	assert_int_not_equal(helper.logins.file.late_at, 0);
	helper.logins.file.late_at += 3600 * 1000;
	check_opener(&helper);
	assert_int_equal(nlines, 0);
	helper.logins.file.late_at = uip_monotonic_ms();
	assert_int_equal(time_to_wait(&helper), 0);
	check_opener(&helper);
	check_opener(&helper);
	assert_int_equal(nlines, 1);
	assert_int_equal(time_to_wait(&helper), -1);
	answer(number, make_file(&end));
	assert_true(helper.logins.file.fd >= 0);
	uip_login_file_close(&helper.logins.file);
	close(end);
}

/* What it could, nobody else may: uipd ends, and is started again. */
static void test_opener_gone(void **state)
{
	(void)state;
	uip_relay_driver.driver(&helper);
	close(opener_end);
	assert_false(serve(&helper));
	assert_int_equal(nlines, 1);
	/* And that it was not asked for is no failure. */
	close(helper.logins.file.opener);
	have_opener();
	helper.signals = open("/dev/null", O_RDONLY);
	assert_true(serve(&helper));
	close(helper.signals);
	assert_int_equal(nlines, 1);
}

/* The process itself, where there is no such file. */
static void test_opener(void **state)
{
	int file, err, sock = uip_opener_start();
	struct pollfd fd = { .fd = sock, .events = POLLIN };
	uint32_t number;

	(void)state;
	assert_true(sock >= 0);
	assert_int_equal(uip_opener_ask(sock, 77), 0);
	assert_int_equal(poll(&fd, 1, -1), 1);
	err = uip_opener_hear(sock, &number, &file);
	assert_int_equal(err, 0);
	assert_int_equal(number, 77);
	assert_int_equal(file, -ENOENT);
	assert_int_equal(uip_opener_hear(sock, &number, &file), -EAGAIN);
	close(sock);
	assert_return_code(wait(NULL), 0);
	assert_int_equal(nlines, 0);
	/* One that cannot be set up says why. */
	opener_fails = true;
	assert_int_equal(uip_opener_start(), -EPIPE);
	opener_fails = false;
	assert_return_code(wait(NULL), 0);
	assert_int_equal(nlines, 2);
}

/* One that cannot answer ends: who waits for the answer would ask nothing else. */
static void test_opener_unheard(void **state)
{
	int status, sock = uip_opener_start();
	struct pollfd fd = { .fd = sock, .events = POLLOUT };
	unsigned int i;

	(void)state;
	assert_true(sock >= 0);
	/* Answers that nobody reads fill its socket. */
	for (i = 0; i < 20000 && !(fd.revents & POLLHUP); i++) {
		(void)uip_opener_ask(sock, i);
		assert_int_equal(poll(&fd, 1, -1), 1);
	}
	assert_in_range(i, 1, 19999);
	assert_return_code(wait(&status), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
	close(sock);
}

static void test_other_version(void **state)
{
	(void)state;
	have_opener();
	have_sandbox();
	have_file(OHBA_LOGIN_DEV_VERSION + 1);
	assert_int_equal(helper.logins.file.fd, -1);
	assert_int_equal(nlines, 1);
	assert_int_equal(read(driver_end, &(char){ 0 }, 1), 0);
}

/* Nonsense of a driver's is said so, and is nothing else. */
static void test_not_understood(void **state)
{
	static const struct { uint32_t type; size_t len; } bad[] = {
		{ 0, 0 }, { OHBA_LOGIN_MSG_TAKE, 0 }, { OHBA_LOGIN_MSG_END, 640 }, { 99, 8 },
		{ OHBA_LOGIN_MSG_WANTED, 71 }, { OHBA_LOGIN_MSG_TASK, 2687 },
		{ OHBA_LOGIN_MSG_PDU, 47 }, { OHBA_LOGIN_MSG_OVER, 0 },
	};
	struct ohba_login_msg msg;
	unsigned int i;

	(void)state;
	start_login(1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		msg = (struct ohba_login_msg){ .type = bad[i].type, .login = 1 };
		driver_says(&msg, bad[i].len);
		read_logins(&helper);
		assert_int_equal(nlines, i + 1);
	}
	assert_true(sandbox_hears_nothing());
	assert_true(driver_hears_nothing());
	assert_true(helper.logins.file.fd >= 0);
}

/* A driver that is gone is no longer asked, and nothing of its logins stays. */
static void test_driver_gone(void **state)
{
	uint32_t a = start_login(17);
	struct uip_msg msg;

	(void)state;
	close(driver_end);
	read_logins(&helper);
	assert_int_equal(helper.logins.file.fd, -1);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN_OVER);
	assert_int_equal(msg.over.login, a);
	have_file(OHBA_LOGIN_DEV_VERSION);
	say_end(a);
	assert_true(driver_hears_nothing());
}

/* As many as adapters make at a time; more than that are left to them. */
static void test_all(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 1; i <= UIP_LOGINS_MAX; i++)
		start_login(i);
	want(100000);
	assert_true(driver_hears_nothing());
	assert_int_equal(nlines, 1);
	be_over(5);
	assert_int_equal(at_sandbox().type, UIP_LOGIN_OVER);
	start_login(100001);
}

/* The driver is told of each that was taken, and can not be made: no word, and it goes on. */
static void test_sandbox_lost(void **state)
{
	(void)state;
	start_login(17);
	want(18);
	at_driver(OHBA_LOGIN_MSG_TAKE, 18, 0);
	uip_logins_sandbox_ended(&helper.logins);
	expect_no_helper(17);
	expect_no_helper(18);
	/* Its task is for nobody. */
	give_task(18);
	assert_true(sandbox_hears_nothing());
	assert_true(driver_hears_nothing());
}

static bool would_read_logins(void)
{
	struct pollfd fds[FDS];

	fill(&helper, fds);
	return fds[LOGINS].fd >= 0;
}

/* Without a sandbox that has shown that it lives none is taken: the adapters do without. */
static void test_no_sandbox(void **state)
{
	struct uip_msg ping = { .type = UIP_PING };

	(void)state;
	assert_true(would_read_logins());
	helper.answered = false;
	assert_false(would_read_logins());
	uip_relay_take(&helper, &ping);
	assert_true(would_read_logins());
	close(helper.sandbox);
	helper.sandbox = -1;
	want(18);
	assert_false(would_read_logins());
	assert_true(driver_hears_nothing());
}

/* What a sandbox has no room for waits at the driver, however much there is. */
static void test_full(void **state)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_PDU };
	unsigned int i, n = 0, heard = 0;
	struct uip_msg got;

	(void)state;
	for (i = 1; i <= OHBA_LOGINS_MAX; i++)
		start_login(i);
	while (!helper.full) {
		msg.login = 1 + n++ % OHBA_LOGINS_MAX;
		driver_says(&msg, OHBA_LOGIN_BHS_LEN + OHBA_PDU_DATA_MAX);
		read_logins(&helper);
		assert_in_range(n, 1, 100000);
	}
	assert_in_range(n, OHBA_LOGINS_MAX / 4, 100000);
	assert_false(would_read_logins());
	driver_says(&msg, OHBA_LOGIN_BHS_LEN + OHBA_PDU_DATA_MAX);
	read_logins(&helper);
	while (uip_msg_recv(sandbox_end, &got, NULL) == 1)
		heard++;
	/* It has read: now it hears the others. */
	read_logins(&helper);
	assert_true(would_read_logins());
	while (uip_msg_recv(sandbox_end, &got, NULL) == 1)
		heard++;
	assert_int_equal(heard, n + 1);
	assert_true(driver_hears_nothing());
	/* Nor does it wait for room for what comes no more. */
	helper.full = true;
	uip_login_file_close(&helper.logins.file);
	read_logins(&helper);
	assert_false(helper.full);
	assert_int_equal(nlines, 0);
}

/* A clean end leaves the adapters what nobody has begun, and what somebody has is not failed. */
static void test_stop(void **state)
{
	(void)state;
	start_login(17);
	helper.pid = fork();
	if (!helper.pid)
		_exit(0);
	end(&helper);
	assert_int_equal(read(driver_end, &(char){ 0 }, 1), 0);
	assert_int_equal(helper.sandbox, -1);
	close(sandbox_end);
	close(driver_end);
	lose_opener(state);
}

#define LOGIN_TEST(fn)	cmocka_unit_test_setup_teardown(fn, have_both, lose_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_login_refused, have_only_opener, lose_both),
		cmocka_unit_test_setup_teardown(test_not_there_yet, have_only_opener, lose_opener),
		cmocka_unit_test_setup_teardown(test_late_answer, have_only_opener, lose_opener),
		cmocka_unit_test_setup_teardown(test_asked_once, have_only_opener, lose_opener),
		cmocka_unit_test_setup_teardown(test_no_answer, have_only_opener, lose_opener),
		cmocka_unit_test_setup_teardown(test_opener_gone, have_only_opener, lose_opener),
		cmocka_unit_test_setup(test_opener, set_up_helper),
		cmocka_unit_test_setup(test_opener_unheard, set_up_helper),
		cmocka_unit_test_setup_teardown(test_other_version, set_up_helper, lose_both),
		cmocka_unit_test_setup(test_stop, have_both),
		LOGIN_TEST(test_login), LOGIN_TEST(test_not_understood),
		LOGIN_TEST(test_driver_gone), LOGIN_TEST(test_all),
		LOGIN_TEST(test_sandbox_lost), LOGIN_TEST(test_no_sandbox),
		LOGIN_TEST(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

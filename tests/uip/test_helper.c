// SPDX-License-Identifier: GPL-2.0-or-later
/* What the privileged process has against a sandbox that says too much, or nothing. */
#include "privileged.c"

#include <sys/un.h>

static unsigned int passed(struct uip_limit *limit, uint64_t now, unsigned int of)
{
	unsigned int n = 0;

	while (of--)
		n += uip_limit_pass(limit, now);
	return n;
}

static void test_limit(void **state)
{
	struct uip_limit limit = { 0 };
	uint64_t now = 1000 * 1000;

	(void)state;
	assert_int_equal(passed(&limit, now, 1000), UIP_LIMIT_BURST);
	assert_int_equal(uip_limit_held(&limit), 1000 - UIP_LIMIT_BURST);
	assert_int_equal(uip_limit_held(&limit), 0);
	assert_int_equal(passed(&limit, now + UIP_LIMIT_MS - 1, 1), 0);
	assert_int_equal(passed(&limit, now + UIP_LIMIT_MS, 2), 1);
	/* Half an interval each is not lost. */
	assert_int_equal(passed(&limit, now + UIP_LIMIT_MS * 5 / 2, 2), 1);
	assert_int_equal(passed(&limit, now + UIP_LIMIT_MS * 3, 2), 1);
	/* A long silence allows no more than one at the start. */
	now += 86400 * 1000;
	assert_int_equal(passed(&limit, now, 1000), UIP_LIMIT_BURST);
}

static void test_beat(void **state)
{
	struct uip_beat beat;
	uint64_t now = 5000;
	unsigned int i;

	(void)state;
	uip_beat_start(&beat, now);
	assert_int_equal(uip_beat_poll(&beat, now + UIP_BEAT_MS - 1), UIP_BEAT_WAIT);
	for (i = 0; i < 10; i++) {
		now = beat.next;
		assert_int_equal(uip_beat_poll(&beat, now), UIP_BEAT_ASK);
		assert_int_equal(uip_beat_poll(&beat, now), UIP_BEAT_WAIT);
		if (i & 1)		/* every other is lost */
			uip_beat_heard(&beat);
	}
	assert_int_equal(uip_beat_poll(&beat, beat.next), UIP_BEAT_ASK);
	assert_int_equal(uip_beat_poll(&beat, beat.next), UIP_BEAT_ASK);
	assert_int_equal(uip_beat_poll(&beat, beat.next - 1), UIP_BEAT_WAIT);
	assert_int_equal(uip_beat_poll(&beat, beat.next), UIP_BEAT_HUNG);
	uip_beat_start(&beat, beat.next);
	assert_int_equal(uip_beat_poll(&beat, beat.next), UIP_BEAT_ASK);
}

/* We were stopped, and so perhaps was it: it has its chance. */
static void test_beat_late(void **state)
{
	struct uip_beat beat;

	(void)state;
	uip_beat_start(&beat, 0);
	assert_int_equal(uip_beat_poll(&beat, UIP_BEAT_MS), UIP_BEAT_ASK);
	assert_int_equal(uip_beat_poll(&beat, 100 * UIP_BEAT_MS), UIP_BEAT_ASK);
	assert_int_equal(uip_beat_poll(&beat, 100 * UIP_BEAT_MS + 1), UIP_BEAT_WAIT);
}

/* --- the service manager ----------------------------------------------------------------------- */

static int manager;			/* its socket */

static int have_manager(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(addr);
	char path[64];

	have_both(state);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	/* An abstract address that nobody has. */
	assert_return_code(bind(manager, (struct sockaddr *)&addr, sizeof(addr.sun_family)), errno);
	assert_return_code(getsockname(manager, (struct sockaddr *)&addr, &len), errno);
	snprintf(path, sizeof(path), "@%.*s",
		 (int)(len - offsetof(struct sockaddr_un, sun_path) - 1), addr.sun_path + 1);
	setenv("NOTIFY_SOCKET", path, 1);
	return 0;
}

static int lose_manager(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	close(manager);
	return lose_both(state);
}

/* Return: whether it was told now that all is well. */
static bool is_petted(void)
{
	char text[64] = "";
	ssize_t len;

	if (helper.pet_at)
		helper.pet_at = uip_monotonic_ms();
	pet_watchdog(&helper);
	len = recv(manager, text, sizeof(text) - 1, 0);
	if (len < 0)
		return false;
	assert_string_equal(text, "WATCHDOG=1");
	return true;
}

static void test_watchdog(void **state)
{
	struct uip_msg ping = { .type = UIP_PING };
	char pid[16];

	(void)state;
	start_watchdog(&helper);
	assert_int_equal(helper.pet_at, 0);
	assert_false(is_petted());
	setenv("WATCHDOG_USEC", "2000000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	start_watchdog(&helper);
	assert_false(is_petted());
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	start_watchdog(&helper);
	assert_int_equal(helper.pet_ms, 500000);
	helper.pet_at = uip_monotonic_ms();
	assert_int_equal(time_to_wait(&helper), 0);
	assert_true(is_petted());
	/* Not each time that the loop goes round. */
	pet_watchdog(&helper);
	assert_true(recv(manager, &(char){ 0 }, 1, 0) < 0);
	/* A sandbox that does not answer, one that never did, and none. */
	helper.beat.next = 0;
	uip_beat_poll(&helper.beat, uip_monotonic_ms());
	assert_true(is_petted());
	helper.beat.next = 0;
	uip_beat_poll(&helper.beat, uip_monotonic_ms());
	assert_false(is_petted());
	uip_relay_take(&helper, &ping);
	assert_true(is_petted());
	helper.answered = false;
	assert_false(is_petted());
	uip_relay_take(&helper, &ping);
	close(helper.sandbox);
	helper.sandbox = -1;
	assert_false(is_petted());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_beat),
		cmocka_unit_test(test_beat_late),
		cmocka_unit_test_setup_teardown(test_watchdog, have_manager, lose_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

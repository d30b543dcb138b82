// SPDX-License-Identifier: GPL-2.0-or-later
/* What the privileged process has against a sandbox that says too much, or nothing. */
#include "beat.h"
#include "bench.h"
#include "limit.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_beat),
		cmocka_unit_test(test_beat_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

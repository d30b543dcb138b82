// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a session that the adapter has by itself takes of the host's memory, with its flashnode,
 * as docs/targets.md states it: the driver's own, and what is played here of libiscsi and
 * the class, which is less than theirs.
 */
#include "unit.h"
#include "targets.h"

/* The sanitizer's; gcc has no header of it. */
size_t __sanitizer_get_current_allocated_bytes(void);

#define SESSION	9216		/* bytes that one may take */

/* Bytes that the driver has when @n entries have sessions. */
static size_t bytes_of(u32 n)
{
	size_t before = __sanitizer_get_current_allocated_bytes(), bytes;
	char name[64];
	u32 i;

	targets_load();
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "iqn.2026-01.test:%u", i);
		target_add(i, name);
	}
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	for (i = 0; i < n; i++) {
		target_up(i);
		shim_settle();
	}
	assert_non_null(target_cls(n - 1));
	bytes = __sanitizer_get_current_allocated_bytes() - before;
	bench_down();
	return bytes;
}

static void test_session(void **state)
{
	size_t none, few, many;

	(void)state;
	none = bytes_of(1);
	few = bytes_of(129);
	many = bytes_of(513);
	print_message("a session takes %zu bytes, later %zu\n", (few - none) / 128,
		      (many - few) / 384);
	assert_in_range((few - none) / 128, 1, SESSION);
	assert_in_range((many - few) / 384, 1, SESSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

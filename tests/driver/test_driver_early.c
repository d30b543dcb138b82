// SPDX-License-Identifier: GPL-2.0-or-later
/* Events that come while the adapter is probed: before there is a class, or a network device. */
#include "unit.h"
#include "helpers.h"
#include "targets.h"

static u8 early_at;			/* the command whose answer an event comes before */
static void (*early_event)(void);
static bool (*others)(struct dev_cmd *cmd);

static bool post_early(struct dev_cmd *cmd)
{
	if (early_event && cmd->sqe.opcode == early_at) {
		early_event();
		early_event = NULL;
	}
	return others(cmd);
}

static void probe_with(u8 opcode, void (*event)(void))
{
	early_at = opcode;
	early_event = event;
	others = dev.on_admin;
	dev.on_admin = post_early;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_null(early_event);
	assert_true(bench_hw()->events.count);
}

/* --- a path is wanted -------------------------------------------------------------------- */

static void post_want(void)
{
	struct ohba_event ev = { .type = OHBA_EVENT_PATH_WANTED,
				 .handle = cpu_to_le32(OHBA_FAMILY_IPV4) };

	memcpy(ev.detail, gw4, sizeof(gw4));
	dev_post_event(ev);
}

/* uipd would look for a network device that is not there yet, and refuse the path. */
static void want_early(u8 opcode)
{
	helpers_load();
	shim_genl_listener = true;
	probe_with(opcode, post_want);
	assert_int_equal(shim_genl_messages, 0);
	assert_int_equal(npaths, 0);
	want4();
	assert_int_equal(shim_genl_messages, 1);
	assert_int_equal(shim_genl_cmd, OHBA_CMD_PATH_WANTED);
	assert_int_not_equal(shim_netdev->ifindex, 0);
	check_attr_u32(OHBA_ATTR_IFINDEX, shim_netdev->ifindex);
	check_attr(OHBA_ATTR_MAC, dev.identify.mac, ETH_ALEN);
	assert_int_equal(npaths, 0);
}

static void test_want_before_identify(void **state)
{
	(void)state;
	want_early(OHBA_ADMIN_IDENTIFY);
}

static void test_want_before_queues(void **state)
{
	(void)state;
	want_early(OHBA_ADMIN_QUEUE_CREATE);
}

/* That there is no helper it hears at once. */
static void test_want_without_helper(void **state)
{
	(void)state;
	helpers_load();
	probe_with(OHBA_ADMIN_QUEUE_CREATE, post_want);
	assert_int_equal(npaths, 1);
	assert_int_equal(le16_to_cpu(path.status), OHBA_ST_NO_HELPER);
}

/* --- a nexus is taken ---------------------------------------------------------------------- */

static void post_taken(void)
{
	target_event(3, OHBA_TARGET_OFF, OHBA_ST_NEXUS_TAKEN);
}

/* It is said once, at the start of the firmware: nobody asks about it later. */
static void taken_early(u8 opcode)
{
	targets_load();
	target_add(3, "iqn.2024-01.test:t");
	probe_with(opcode, post_taken);
	assert_int_equal(shim_logged("target 3: not logged in to, though it is automatic: another entry has"),
			 1);
}

static void test_taken_before_identify(void **state)
{
	(void)state;
	taken_early(OHBA_ADMIN_IDENTIFY);
}

static void test_taken_before_queues(void **state)
{
	(void)state;
	taken_early(OHBA_ADMIN_QUEUE_CREATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_teardown(test_##name, bench_gone)
		TEST(want_before_identify), TEST(want_before_queues), TEST(want_without_helper),
		TEST(taken_before_identify), TEST(taken_before_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

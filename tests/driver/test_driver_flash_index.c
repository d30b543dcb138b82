// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which flashnode a discovery means, and which index is free, of as many as there can be: by
 * what is looked at and asked, not by the time that it takes.
 */
#include "unit.h"
#include "flashes.h"

#define MANY	OHBA_TARGETS_MAX
#define EACH	8		/* that one of them may take */

static struct ohba_found found[MANY + 64];
static unsigned int lists, sets;

static bool on_admin(struct dev_cmd *cmd)
{
	lists += cmd->sqe.opcode == OHBA_ADMIN_TARGET_LIST;
	sets += cmd->sqe.opcode == OHBA_ADMIN_TARGET_SET;
	return false;
}

static int up(void **state)
{
	(void)state;
	memset(found, 0, sizeof(found));
	flash_load();
	dev.identify.max_targets = cpu_to_le32(MANY);
	dev.on_admin = on_admin;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	lists = sets = 0;
	shim_bits = shim_compares = 0;
	return 0;
}

/* All at one portal, as an array lists them. */
static void put(u32 i, u32 number, int tpgt)
{
	struct ohba_discovered *at = &found[i].at;

	memset(&found[i], 0, sizeof(found[i]));
	at->family = OHBA_FAMILY_IPV4;
	at->port = cpu_to_le16(3260);
	memcpy(at->addr, (u8[]){ 10, 0, 0, 7 }, 4);
	snprintf((char *)at->name, sizeof(at->name), "iqn.2026-01.test:%u", number);
	if (tpgt >= 0) {
		at->flags = OHBA_DISCOVERED_TPGT;
		at->tpgt = cpu_to_le16(tpgt);
	}
}

static void discover(u32 n)
{
	hba_discovered(pci_get_drvdata(&bench.pdev), found, n);
	shim_settle();
}

/* One target is discovered. Return: its flashnode. */
static int discover_one(u32 number, int tpgt)
{
	put(0, number, tpgt);
	discover(1);
	return found[0].entry;
}

static void put_many(u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		put(i, i, 1);
}

static void test_many(void **state)
{
	u32 i;

	(void)state;
	put_many(MANY);
	discover(MANY);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(found[i].entry, i);
		assert_true(found[i].is_new);
	}
	assert_int_equal(sets, MANY);
	assert_in_range(lists, 0, MANY);
	assert_in_range(shim_bits, 0, EACH * MANY);
	assert_in_range(shim_compares, 0, EACH * MANY);
	/* They are found again, and the adapter is not asked. */
	shim_compares = shim_bits = lists = sets = 0;
	put_many(MANY);
	discover(MANY);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(found[i].entry, i);
		assert_false(found[i].is_new);
	}
	assert_int_equal(lists + sets, 0);
	assert_int_equal(shim_bits, 0);
	assert_in_range(shim_compares, MANY, EACH * MANY);
}

/* Who finds no room looks at as little; what is deleted is room again, the lowest first. */
static void test_room(void **state)
{
	(void)state;
	put_many(MANY);
	discover(MANY);
	shim_compares = shim_bits = 0;
	put_many(MANY + 64);
	discover(MANY + 64);
	assert_int_equal(found[MANY].entry, -ENOSPC);
	assert_int_equal(found[MANY + 63].entry, -ENOSPC);
	assert_in_range(shim_bits, 0, EACH * 64);
	assert_int_equal(flash_delete(100), 0);
	assert_int_equal(flash_delete(5), 0);
	assert_int_equal(discover_one(MANY, 1), 5);
	assert_int_equal(discover_one(MANY + 1, 1), 100);
	assert_int_equal(discover_one(MANY + 2, 1), -ENOSPC);
	assert_int_equal(discover_one(MANY + 1, 1), 100);
	/* Not where they were. */
	assert_int_equal(discover_one(5, 1), -ENOSPC);
}

/* An entry is where it is now. */
static void test_changed(void **state)
{
	(void)state;
	assert_int_equal(discover_one(1, 1), 0);
	flash_put_num(ISCSI_FLASHNODE_PORT, 3261, 2);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(discover_one(1, 1), 1);
	put(0, 1, 1);
	found[0].at.port = cpu_to_le16(3261);
	discover(1);
	assert_int_equal(found[0].entry, 0);
	assert_false(found[0].is_new);
}

/* Several may be meant: it is the lowest. */
static void test_groups(void **state)
{
	(void)state;
	assert_int_equal(discover_one(1, 3), 0);
	assert_int_equal(discover_one(1, 4), 1);
	assert_int_equal(discover_one(1, -1), 0);
	assert_int_equal(discover_one(1, 4), 1);
}

/* What the adapter alone has is not free until it is asked for all anew. */
static void test_of_the_adapter(void **state)
{
	(void)state;
	dev_targets.used[0] = dev_targets.used[2] = true;
	assert_int_equal(flash_new("ipv4"), 1);
	assert_int_equal(flash_new("ipv4"), 3);
	dev_targets.used[0] = dev_targets.used[2] = false;
	bench_restart();
	shim_settle();
	assert_int_equal(flash_new("ipv4"), 0);
	assert_int_equal(flash_new("ipv4"), 2);
	assert_int_equal(flash_new("ipv4"), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, up, bench_gone)
		TEST(test_many),
		TEST(test_room),
		TEST(test_changed),
		TEST(test_groups),
		TEST(test_of_the_adapter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

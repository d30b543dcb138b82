// SPDX-License-Identifier: GPL-2.0-or-later
/* Flashnodes of what the adapter kept: loading, lies, and the ends. */
#include "unit.h"
#include "flashes.h"

#define F(name)	ISCSI_FLASHNODE_##name

/* --- what the adapter kept, and what it says that it kept ------------------------------------ */

/* Another driver, or the one of before, left them. */
static void test_found(void **state)
{
	(void)state;
	flash_keep(0, "iqn.2001-04.test:a");
	flash_keep(1, "iqn.2001-04.test:b");
	dev_targets.used[FLASH_TARGETS - 1] = true;
	dev_targets.target[FLASH_TARGETS - 1] = dev_targets.target[0];
	dev_targets.used[1] = false;
	strcpy((char *)dev_targets.target[0].name, "iqn.2001-04.test:c");
	bench_restart();
	shim_settle();
	assert_int_equal(shim_flashnodes, 2);
	assert_string_equal(flash_show(0, F(NAME)), "iqn.2001-04.test:c\n");
	assert_string_equal(flash_show(FLASH_TARGETS - 1, F(NAME)), "iqn.2001-04.test:a\n");
	assert_null(shim_flashnode(1));
}

/* The host's part of a record is kept as it was. */
static void test_host_part(void **state)
{
	(void)state;
	flash_keep(0, "iqn.2001-04.test:a");
	memset(dev_targets.target[0].host + 1, 0x5a, 255);
	dev_targets.target[0].login_ms = cpu_to_le32(20000);
	bench_restart();
	shim_settle();
	/* A time that is none. */
	assert_string_equal(flash_show(0, F(DEF_TASKMGMT_TMO)), "0\n");
	flash_put_num(F(PORT), 1000, 2);
	assert_int_equal(flash_update(0), 0);
	assert_null(memchr_inv(flash_kept(0)->host + 1, 0x5a, 255));
	assert_int_equal(le32_to_cpu(flash_kept(0)->login_ms), 20000);
}

static void lie_name(struct ohba_target *t)
{
	memset(t->name, 'a', sizeof(t->name));
}

static void lie_alias(struct ohba_target *t)
{
	t->alias[0] = '\n';
}

static void lie_flags(struct ohba_target *t)
{
	t->flags = cpu_to_le16(0x8000);
}

static void lie_family(struct ohba_target *t)
{
	t->family = 5;
}

static void lie_v4(struct ohba_target *t)
{
	t->family = OHBA_FAMILY_IPV4;
	t->addr[0] = 10;
	t->addr[15] = 1;
}

static void lie_none(struct ohba_target *t)
{
	t->addr[0] = 10;
}

static void lie_host(struct ohba_target *t)
{
	t->family = OHBA_FAMILY_IPV4;
	t->addr[0] = 10;
	t->host[0] = 6;
}

/* Such an entry is there, says so, and can be set anew. */
static void test_lies(void **state)
{
	static void (*const lie[])(struct ohba_target *) = {
		lie_name, lie_alias, lie_flags, lie_family, lie_v4, lie_none, lie_host,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lie); i++) {
		flash_keep(0, "iqn.2001-04.test:a");
		lie[i](&dev_targets.target[0]);
		bench_restart();
		shim_settle();
		assert_int_equal(shim_logged("flashnode 0: what the adapter kept cannot be used"), 1);
		assert_string_equal(flash_show(0, F(NAME)), "\n");
		assert_string_equal(flash_show(0, F(ALIAS)), "\n");
		assert_string_equal(flash_show(0, F(IPADDR)), "\n");
		flash_put_num(F(PORT), 1000, 2);
		assert_int_equal(flash_update(0), 0);
		assert_int_equal(flash_delete(0), 0);
		/* Who restarts often does so after ever longer. */
		bench_gone(state);
		flash_up(state);
	}
}

/* All bits are set, those of entries that cannot be included, and there is none. */
static bool list_all(struct dev_cmd *cmd)
{
	u8 all[sizeof(struct ohba_target_list)];

	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_LIST)
		return false;
	memset(all, 0xff, sizeof(all));
	dev_write_data(cmd, all, sizeof(all));
	dev_answer(cmd, OHBA_ST_SUCCESS);
	return true;
}

static void test_list_lies(void **state)
{
	(void)state;
	dev.on_admin = list_all;
	bench_restart();
	shim_settle();
	assert_int_equal(shim_flashnodes, 0);
	assert_int_equal(flash_new("ipv4"), -ENOSPC);
}

/* An entry that cannot be read stays as it was known; the others are read. */
static bool get_fails(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_GET || cmd->sqe.handle != cpu_to_le32(0))
		return false;
	dev_answer(cmd, OHBA_ST_INTERNAL);
	return true;
}

static void test_get_fails(void **state)
{
	(void)state;
	flash_keep(0, "iqn.2001-04.test:a");
	flash_keep(1, "iqn.2001-04.test:b");
	strcpy((char *)dev_targets.target[1].name, "iqn.2001-04.test:c");
	dev.on_admin = get_fails;
	bench_restart();
	shim_settle();
	assert_int_equal(shim_logged("flashnode 0 could not be read"), 1);
	assert_string_equal(flash_show(0, F(NAME)), "iqn.2001-04.test:a\n");
	assert_string_equal(flash_show(1, F(NAME)), "iqn.2001-04.test:c\n");
}

static void test_identify(void **state)
{
	(void)state;
	bench_gone(state);
	flash_load();
	dev.identify.max_targets = cpu_to_le32(OHBA_TARGETS_MAX + 1);
	assert_int_equal(bench_probe(), -EPROTO);
	bench_gone(state);
	/* Of an adapter that has no such thing the fields are not looked at. */
	flash_load();
	dev.features = 0;
	dev.identify.max_targets = cpu_to_le32(OHBA_TARGETS_MAX + 1);
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_int_equal(flash_new("ipv4"), -EOPNOTSUPP);
	assert_null(dev_find(OHBA_ADMIN_TARGET_LIST, DEV_ANY));
}

/* --- who else there is --------------------------------------------------------------------- */

/* The class goes by the numbers that it is told: they may name another driver's. */
static void test_others(void **state)
{
	struct iscsi_transport other = { .name = "other" };
	struct Scsi_Host host = { .transportt = (void *)&other };
	struct iscsi_bus_flash_session sess = { .transport = &other,
						.dev.parent = &host.shost_gendev };
	struct iscsi_cls_session cls = { .transport = &other };
	u32 n = 1;

	(void)state;
	assert_int_equal(shim_transport->new_flashnode(&host, "ipv4", 4), -EOPNOTSUPP);
	assert_int_equal(shim_transport->set_flashnode_param(&sess, NULL, NULL, 0), -EINVAL);
	assert_int_equal(shim_transport->del_flashnode(&sess), -EINVAL);
	assert_int_equal(shim_transport->login_flashnode(&sess, NULL), -EINVAL);
	assert_int_equal(shim_transport->logout_flashnode(&sess, NULL), -EINVAL);
	assert_int_equal(shim_transport->logout_flashnode_sid(&cls), -EINVAL);
	assert_int_equal(shim_transport->get_chap(&host, 0, &n, NULL), -EOPNOTSUPP);
	assert_int_equal(n, 0);
	assert_int_equal(shim_transport->set_chap(&host, NULL, 0), -EOPNOTSUPP);
	assert_int_equal(shim_transport->delete_chap(&host, 0), -EOPNOTSUPP);
	assert_int_equal(shim_transport->get_host_stats(&host, NULL, 1000), -EINVAL);
	assert_int_equal(PTR_ERR(shim_transport->ep_connect(&host, NULL, 1)), -ENXIO);
	assert_int_equal(shim_transport->send_ping(&host, 0, 0, 0, 0, NULL), -EINVAL);
	assert_int_equal(shim_transport->set_iface_param(&host, NULL, 0), -EINVAL);
	assert_int_equal(shim_transport->set_host_param(&host, ISCSI_HOST_PARAM_INITIATOR_NAME,
							NULL, 0), -EINVAL);
}

/* A session of the daemon's is its to log out. */
static void test_sid(void **state)
{
	struct bench_session session;

	(void)state;
	bench_login(&session);
	assert_int_equal(shim_transport->logout_flashnode_sid(session.cls), -EINVAL);
	bench_logout(&session);
}

/* What is no parameter is not passed over in silence. */
static void test_cut_off(void **state)
{
	static const struct nlattr small = { .nla_len = NLA_HDRLEN + 2, .nla_type = F(PORT) };

	(void)state;
	assert_int_equal(flash_new("ipv4"), 0);
	flash_put_num(F(PORT), 1000, 2);
	flash_put_bytes(&small, sizeof(small));
	flash_put_bytes("123", 4);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(shim_logged("a parameter is cut off"), 1);
	flash_put_num(F(PORT), 1000, 2);
	flash_put_bytes("123", 3);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(shim_logged("3 bytes behind its last parameter"), 1);
}

/* --- the ends ------------------------------------------------------------------------------ */

/* Each piece of memory in turn is not to be had. */
static void test_no_memory(void **state)
{
	unsigned int n = 0;
	int index;

	(void)state;
	do {
		shim_allocs = 0;
		shim_alloc_fails = ++n;
		index = flash_new("ipv4");
		shim_alloc_fails = 0;
		assert_true(index == 0 || index == -ENOMEM);
		assert_int_equal(shim_flashnodes, index == 0);
		assert_int_equal(dev_targets.used[0], index == 0);
	} while (index);
	assert_true(n > 4);
	for (n = 1; n < 4; n++) {
		shim_allocs = 0;
		shim_alloc_fails = n;
		flash_put_num(F(PORT), 1000 + n, 2);
		if (!flash_update(0))
			break;
		assert_string_equal(flash_show(0, F(PORT)), "3260\n");
	}
	shim_alloc_fails = 0;
	assert_true(n > 1 && n < 4);
}

/* The same of those that the adapter has already: they are shown some time after. */
static void test_no_memory_at_load(void **state)
{
	unsigned int n, allocs;

	(void)state;
	flash_keep(0, "iqn.2001-04.test:a");
	for (n = 1; n < 40; n++) {
		dev_targets.used[1] = n & 1;
		dev_targets.target[1] = dev_targets.target[0];
		allocs = shim_allocs;
		shim_alloc_fails = allocs + n;
		hba_flashnodes_start(pci_get_drvdata(&bench.pdev));
		shim_settle();
		shim_alloc_fails = 0;
		shim_advance_ms(2000);
		assert_int_equal(shim_flashnodes, 1 + (n & 1));
	}
}

/* It is removed, and answers no more, while its entries are read. */
static bool get_waits(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TARGET_GET;
}

static void test_removed_early(void **state)
{
	(void)state;
	flash_load();
	memset(dev_targets.used, true, FLASH_TARGETS);
	dev.on_admin = get_waits;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_non_null(dev_find(OHBA_ADMIN_TARGET_GET, 0));
	assert_int_equal(shim_flashnodes, 0);
}

/* The same, while they are listed. */
static bool list_waits(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TARGET_LIST;
}

static void test_removed_earlier(void **state)
{
	(void)state;
	flash_load();
	dev.on_admin = list_waits;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_non_null(dev_find(OHBA_ADMIN_TARGET_LIST, 0));
}

/* Who found it before it went. */
static void test_gone(void **state)
{
	struct iscsi_bus_flash_session *sess, copy;

	(void)state;
	flash_add("ipv4", 0);
	sess = shim_flashnode(0);
	copy = *sess;
	assert_int_equal(flash_delete(0), 0);
	flash_add("ipv4", 0);
	assert_int_equal(shim_transport->del_flashnode(&copy), -ENODEV);
	assert_int_equal(shim_transport->set_flashnode_param(&copy, NULL, NULL, 0), -ENODEV);
	assert_int_equal(shim_transport->login_flashnode(&copy, NULL), -ENODEV);
	assert_true(dev_targets.used[0]);
}

/* The adapter is leaving: who comes now, from above or below, asks it for nothing. */
static bool no_targets(struct dev_cmd *cmd)
{
	shim_check(cmd->sqe.opcode < OHBA_ADMIN_TARGET_GET, "an adapter that leaves is asked");
	return false;
}

static void test_leaving(void **state)
{
	struct hba *hba = hba_of(bench_host());

	(void)state;
	flash_add("ipv4", 0);
	dev.on_admin = no_targets;
	hba_flashnodes_start(hba);
	hba_flashnodes_destroy(hba);
	assert_int_equal(shim_flashnodes, 0);
	assert_int_equal(flash_new("ipv4"), -ENODEV);
	hba_flashnodes_start(hba);
	shim_settle();
	assert_int_equal(shim_flashnodes, 0);
	/* The work of an adapter that came up at the last moment. */
	hba_flashnodes_start(hba);
}

/* As many as there can be: a command each and a list, and no more memory than that. */
static unsigned int gets, lists;

static bool count_gets(struct dev_cmd *cmd)
{
	gets += cmd->sqe.opcode == OHBA_ADMIN_TARGET_GET;
	lists += cmd->sqe.opcode == OHBA_ADMIN_TARGET_LIST;
	return false;
}

static void test_all(void **state)
{
	struct ohba_target first;
	unsigned int i, live;

	flash_add("ipv4", 0);
	first = *flash_kept(0);
	bench_gone(state);
	flash_load();
	dev.identify.max_targets = cpu_to_le32(OHBA_TARGETS_MAX);
	dev.on_admin = count_gets;
	for (i = 0; i < OHBA_TARGETS_MAX; i++) {
		dev_targets.target[i] = first;
		dev_targets.used[i] = true;
	}
	gets = lists = 0;
	live = shim_kmem_live;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_int_equal(shim_flashnodes, OHBA_TARGETS_MAX);
	assert_int_equal(gets, OHBA_TARGETS_MAX);
	/* Sessions may look for those that are wanted. */
	assert_in_range(lists, 1, 2);
	/* Ours, and the class's two. */
	assert_in_range(shim_kmem_live - live, 3 * OHBA_TARGETS_MAX, 3 * OHBA_TARGETS_MAX + 200);
	assert_true(sizeof(struct hba_flashnode) <= 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define UP(t)	cmocka_unit_test_setup_teardown(t, flash_up, bench_gone)
		UP(test_found), UP(test_host_part), UP(test_lies), UP(test_list_lies),
		UP(test_get_fails), UP(test_identify), UP(test_others), UP(test_sid),
		UP(test_cut_off), UP(test_no_memory), UP(test_no_memory_at_load),
		cmocka_unit_test_teardown(test_removed_early, bench_gone),
		cmocka_unit_test_teardown(test_removed_earlier, bench_gone), UP(test_gone),
		UP(test_leaving), UP(test_all),
#undef UP
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What the adapter keeps: ohbatool reads, writes and erases it, and the class sees that. */
#include "unit.h"
#include "flashes.h"

#include <ohba_genl.h>

#define ADAPTER	"0000:00:04.0"
#define SECRET	"nobody may find this"

static _Alignas(4) u8 msg[2048];
static u32 msg_len;
static struct netlink_ext_ack ack;

static struct {
	unsigned int erases;
	u16 status;
} flash;

static bool on_admin(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_FLASH_ERASE)
		return false;
	flash.erases++;
	if (!flash.status) {
		memset(dev_targets.used, 0, sizeof(dev_targets.used));
		memset(dev_targets.account_used, 0, sizeof(dev_targets.account_used));
	}
	dev_answer(cmd, flash.status);
	return true;
}

static int with(u32 features)
{
	memset(&flash, 0, sizeof(flash));
	memset(&ack, 0, sizeof(ack));
	shim_not_admin = false;
	flash_load();
	dev.features |= features;
	dev.on_admin = on_admin;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	shim_secret = SECRET;
	return 0;
}

static int up(void **state)
{
	(void)state;
	return with(OHBA_FEATURE_ERASE);
}

static int up_without(void **state)
{
	(void)state;
	return with(0);
}

static int down(void **state)
{
	bench_gone(state);
	shim_secret = NULL;
	return 0;
}

static void attr(int type, const void *data, u32 len)
{
	struct nlattr *at = (void *)(msg + msg_len);

	at->nla_type = type;
	at->nla_len = NLA_HDRLEN + len;
	memcpy(nla_data(at), data, len);
	msg_len += NLA_ALIGN(at->nla_len);
}

static void begin(const char *adapter)
{
	memset(msg, 0, sizeof(msg));
	msg_len = 0;
	attr(OHBA_ATTR_ADAPTER, adapter, strlen(adapter) + 1);
}

static void put_ref(u32 kind, u32 index)
{
	attr(OHBA_ATTR_RECORD, &kind, sizeof(kind));
	attr(OHBA_ATTR_RECORD_INDEX, &index, sizeof(index));
}

static int ask(u8 cmd)
{
	int err = shim_genl_send(cmd, msg, msg_len, &ack);

	shim_settle();
	return err;
}

static int get(u32 kind, u32 index, bool secrets)
{
	begin(ADAPTER);
	put_ref(kind, index);
	if (secrets)
		attr(OHBA_ATTR_SECRETS, "", 0);
	return ask(OHBA_CMD_FLASH_GET);
}

static int set_now(u32 kind, u32 index, const void *data, u32 len)
{
	begin(ADAPTER);
	put_ref(kind, index);
	attr(OHBA_ATTR_RECORD_DATA, data, len);
	return shim_genl_send(OHBA_CMD_FLASH_SET, msg, msg_len, &ack);
}

static int set(u32 kind, u32 index, const void *data, u32 len)
{
	int err = set_now(kind, index, data, len);

	shim_settle();
	return err;
}

static int erase(void)
{
	begin(ADAPTER);
	return ask(OHBA_CMD_FLASH_ERASE);
}

static void got(const void *data, size_t len)
{
	struct nlattr *at = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_RECORD_DATA);

	assert_non_null(at);
	assert_int_equal(shim_genl_cmd, OHBA_CMD_FLASH_GET);
	assert_int_equal(nla_len(at), len);
	assert_memory_equal(nla_data(at), data, len);
}

static void test_get(void **state)
{
	struct ohba_account account;

	(void)state;
	assert_int_equal(flash_new("ipv4"), 0);
	chap_add(4, CHAP_TYPE_OUT, "we", SECRET);
	assert_int_equal(get(OHBA_RECORD_TARGET, 0, false), 0);
	got(&dev_targets.target[0], sizeof(struct ohba_target));
	assert_int_equal(get(OHBA_RECORD_TARGET, 1, false), -ENOENT);
	assert_int_equal(get(OHBA_RECORD_TARGETS, 0, false), 0);
	assert_int_equal(get(OHBA_RECORD_TARGETS, 1, false), -ENOENT);
	account = dev_targets.account[4];
	assert_int_equal(shim_logged("CHAP secrets were read"), 0);
	memset(account.secret, 0, sizeof(account.secret));
	assert_int_equal(get(OHBA_RECORD_ACCOUNT, 4, false), 0);
	got(&account, sizeof(account));
	assert_int_equal(shim_logged("CHAP secrets were read"), 0);
	assert_int_equal(get(OHBA_RECORD_ACCOUNT, 3, true), -ENOENT);
	assert_int_equal(shim_logged("CHAP secrets were read"), 0);
	assert_int_equal(get(OHBA_RECORD_ACCOUNT, 4, true), 0);
	got(&dev_targets.account[4], sizeof(account));
	assert_int_equal(shim_logged("CHAP secrets were read by iscsiadm (pid 4711)"), 1);
}

/* The class's way to them tells, too, if there are any. */
static void test_get_chap(void **state)
{
	struct iscsi_chap_rec rec[2];
	u32 n;

	(void)state;
	assert_int_equal(chap_get(0, 2, rec, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(shim_logged("CHAP secrets were read"), 0);
	chap_add(4, CHAP_TYPE_OUT, "we", SECRET);
	assert_int_equal(chap_get(0, 2, rec, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(shim_logged("CHAP secrets were read by iscsiadm (pid 4711)"), 1);
}

/* What was set from outside is what iscsiadm sees. */
static void test_set(void **state)
{
	struct ohba_target target;
	struct ohba_account account;
	size_t at;

	(void)state;
	assert_int_equal(flash_new("ipv4"), 0);
	target = dev_targets.target[0];
	target.port = cpu_to_le16(3333);
	assert_int_equal(set(OHBA_RECORD_TARGET, 0, &target, sizeof(target)), 0);
	assert_string_equal(flash_show(0, ISCSI_FLASHNODE_PORT), "3333\n");
	assert_int_equal(set(OHBA_RECORD_TARGET, 5, &target, sizeof(target)), 0);
	assert_int_equal(shim_flashnodes, 2);
	assert_string_equal(flash_show(5, ISCSI_FLASHNODE_PORT), "3333\n");
	chap_add(4, CHAP_TYPE_OUT, "we", SECRET);
	account = dev_targets.account[4];
	assert_int_equal(set(OHBA_RECORD_ACCOUNT, 5, &account, sizeof(account)), 0);
	assert_memory_equal(&dev_targets.account[5], &account, sizeof(account));
	/* Nor is the secret in the request, which is copied into an answer that is an error. */
	for (at = 0; at + strlen(SECRET) <= msg_len; at++)
		assert_memory_not_equal(msg + at, SECRET, strlen(SECRET));
}

/* A change by iscsiadm that comes right behind is one of what was set. */
static void test_set_and_change(void **state)
{
	struct ohba_target target;

	(void)state;
	assert_int_equal(flash_new("ipv4"), 0);
	target = dev_targets.target[0];
	target.port = cpu_to_le16(3333);
	assert_int_equal(set_now(OHBA_RECORD_TARGET, 0, &target, sizeof(target)), 0);
	flash_put_num(ISCSI_FLASHNODE_MAX_BURST, 65536, 4);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(le32_to_cpu(dev_targets.target[0].max_burst), 65536);
	assert_int_equal(le16_to_cpu(dev_targets.target[0].port), 3333);
}

static bool locked_at_set;

static bool on_initiator(struct dev_cmd *cmd)
{
	const struct hba *hba = bench_hw()->priv;

	if (cmd->sqe.opcode == OHBA_ADMIN_INITIATOR_SET)
		locked_at_set = hba->initiator_mutex.held && hba->flash_mutex.held;
	return false;
}

/* Nor does one of the initiator's alias, which reads its name first, come between. */
static void test_set_is_alone(void **state)
{
	struct ohba_initiator initiator = { .name = "iqn.2026-01.test:host" };
	const struct hba *hba = bench_hw()->priv;

	(void)state;
	dev.on_admin = on_initiator;
	assert_int_equal(set(OHBA_RECORD_INITIATOR, 0, &initiator, sizeof(initiator)), 0);
	assert_true(locked_at_set);
	assert_false(hba->initiator_mutex.held || hba->flash_mutex.held);
	assert_string_equal(dev_targets.initiator.name, initiator.name);
}

static void test_refusals(void **state)
{
	static const u8 data[1088];

	(void)state;
	assert_int_equal(get(OHBA_RECORD_TARGETS + 1, 0, false), -EINVAL);
	assert_int_equal(get(OHBA_RECORD_TARGET, OHBA_TARGETS_MAX, false), -EINVAL);
	assert_int_equal(set(OHBA_RECORD_TARGET, 0, data, sizeof(struct ohba_target) - 1), -EINVAL);
	assert_int_equal(set(OHBA_RECORD_TARGET, 0, data, sizeof(struct ohba_target) + 1), -EINVAL);
	assert_int_equal(set(OHBA_RECORD_TARGETS, 0, data, 1024), -EOPNOTSUPP);
	assert_int_equal(set(OHBA_RECORD_INITIATOR, 1, data, 512), -ENOENT);
	begin(ADAPTER);
	put_ref(OHBA_RECORD_TARGET, 0);
	assert_int_equal(ask(OHBA_CMD_FLASH_SET), -EINVAL);
	begin("0000:00:05.0");
	assert_int_equal(ask(OHBA_CMD_FLASH_ERASE), -ENODEV);
	shim_not_admin = true;
	assert_int_equal(get(OHBA_RECORD_TARGETS, 0, false), -EPERM);
	assert_int_equal(set(OHBA_RECORD_TARGET, 0, data, sizeof(struct ohba_target)), -EPERM);
	assert_int_equal(erase(), -EPERM);
	assert_int_equal(dev_targets.sets + flash.erases, 0);
}

static void test_erase(void **state)
{
	(void)state;
	assert_int_equal(flash_new("ipv4"), 0);
	assert_int_equal(flash_new("ipv6"), 1);
	flash.status = OHBA_ST_BUSY;
	assert_int_equal(erase(), -EBUSY);
	assert_int_equal(shim_flashnodes, 2);
	flash.status = OHBA_ST_SUCCESS;
	assert_int_equal(erase(), 0);
	assert_int_equal(flash.erases, 2);
	assert_int_equal(shim_flashnodes, 0);
	assert_int_equal(flash_new("ipv4"), 0);
}

/* Who comes right behind it finds what there is, and not what there was. */
static void test_erase_and_change(void **state)
{
	(void)state;
	assert_int_equal(flash_new("ipv4"), 0);
	assert_int_equal(flash_new("ipv6"), 1);
	begin(ADAPTER);
	assert_int_equal(shim_genl_send(OHBA_CMD_FLASH_ERASE, msg, msg_len, &ack), 0);
	assert_int_equal(shim_flashnodes, 0);
	assert_int_equal(flash_new("ipv4"), 0);
}

static void test_without(void **state)
{
	(void)state;
	assert_int_equal(erase(), -EOPNOTSUPP);
	assert_int_equal(flash.erases, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, up, down)
		TEST(get), TEST(get_chap), TEST(set), TEST(set_and_change),
		TEST(set_is_alone), TEST(refusals), TEST(erase), TEST(erase_and_change),
		cmocka_unit_test_setup_teardown(test_without, up_without, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

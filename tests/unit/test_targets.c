// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of targets, accounts and the initiator: commands and what may be in them. */
#include "entries.h"

static int fresh(void **state)
{
	*state = entries_new();
	return 0;
}

static int gone(void **state)
{
	host_free(*state);
	return 0;
}

static void kept(struct host *host, uint32_t index, const struct ohba_target *target)
{
	struct ohba_target got;

	record_get(host, OHBA_ADMIN_TARGET_GET, index, 0, &got, sizeof(got), OHBA_ST_SUCCESS);
	same_bytes("target", &got, target, sizeof(got));
}

static struct ohba_target_list list(struct host *host)
{
	struct ohba_target_list list;

	record_get(host, OHBA_ADMIN_TARGET_LIST, 0, 0, &list, sizeof(list), OHBA_ST_SUCCESS);
	return list;
}

/* --- fields ------------------------------------------------------------------ */

#define T(member)	offsetof(struct ohba_target, member)

static void target_fields(void **state)
{
	static const struct {
		size_t at;
		uint8_t val[4];
		unsigned int len;
	} bad[] = {
		{ T(flags), { 0x40 }, 1 }, { T(flags) + 1, { 1 }, 1 }, { T(family), { 5 }, 1 },
		{ T(family), { 0 }, 1 }, { T(login_by), { 3 }, 1 }, { T(port), { 0, 0 }, 2 },
		{ T(addr) + 4, { 1 }, 1 }, { T(name), { 'x' }, 1 }, { T(name), { 0 }, 1 },
		{ T(name) + 223, { 'a' }, 1 }, { T(name) + 222, { 'a' }, 1 },
		{ T(alias), { '\n' }, 1 }, { T(alias), { 0x7f }, 1 }, { T(alias), { 0xff }, 1 },
		{ T(alias), { 0xc0, 0x80 }, 2 }, { T(alias), { 0xc3 }, 1 },
		{ T(alias), { 0xed, 0xa0, 0x80 }, 3 }, { T(alias), { 0xf4, 0x90, 0x80, 0x80 }, 4 },
		{ T(alias), { 0x80 }, 1 }, { T(alias) + 1, { 'a' }, 1 },
		{ T(isid), { 0xc0 }, 1 }, { T(header_digest), { 0 }, 1 },
		{ T(header_digest), { 3 }, 1 }, { T(header_digest), { 0x11 }, 1 },
		{ T(data_digest), { 0x10 }, 1 }, { T(data_digest), { 0 }, 1 },
		{ T(chap_list), { 0, 0 }, 2 }, { T(chap_list), { 0x55, 0 }, 2 },
		{ T(chap_list), { 0x05, 0x60 }, 2 }, { T(chap_list), { 4, 0 }, 2 },
		{ T(account), { ACCOUNTS, 0 }, 2 }, { T(target_account), { ACCOUNTS, 0 }, 2 },
		{ T(max_r2t), { 0 }, 1 }, { T(max_r2t), { 17 }, 1 },
		{ T(max_recv_dsl), { 0xff, 1, 0, 0 }, 4 },
		{ T(max_recv_dsl), { 1, 0, 0x10, 0 }, 4 },
		{ T(max_burst), { 0xff, 1, 0, 0 }, 4 }, { T(max_burst), { 0, 0xff, 0, 0 }, 4 },
		{ T(max_burst), { 0, 0, 0, 1 }, 4 }, { T(first_burst), { 0xff, 1, 0, 0 }, 4 },
		{ T(first_burst), { 1, 0, 4, 0 }, 4 }, { T(time2wait), { 0x11, 0x0e }, 2 },
		{ T(time2retain), { 0x11, 0x0e }, 2 }, { T(login_ms), { 0xc1, 0x27, 9, 0 }, 4 },
		{ T(rsvd1), { 1 }, 1 }, { T(rsvd1) + 182, { 1 }, 1 },
		{ T(tos), { 1 }, 1 }, { T(tos), { 2 }, 1 }, { T(tos), { 0xff }, 1 },
		{ T(dev_loss_s), { 1, 0xa4, 0x1f, 0 }, 4 },
		{ T(dev_loss_s), { 0xfe, 0xff, 0xff, 0xff }, 4 },
	};
	struct ohba_target good = entry_of(1), target;
	struct host *host = *state;
	size_t i;

	entry_set(host, 7, &good, OHBA_ST_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		target = good;
		memcpy((uint8_t *)&target + bad[i].at, bad[i].val, bad[i].len);
		entry_set(host, 7, &target, OHBA_ST_INVALID_FIELD);
	}
	kept(host, 7, &good);
}

/* At the edge of what is allowed. */
static void target_fields_that_are_good(void **state)
{
	struct ohba_target target = entry_of(1);
	struct host *host = *state;

	target.flags = htole16(OHBA_TARGET_FLAGS);
	target.tpgt = htole16(0xffff);
	snprintf((char *)target.alias, sizeof(target.alias), "B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x92\xbe");
	memset(target.isid, 0xbf, 6);
	target.header_digest = OHBA_DIGEST_CRC32C | OHBA_DIGEST_NONE << 4;
	target.chap_list = htole16(0x5678);
	target.account = htole16(ACCOUNTS - 1);
	target.target_account = htole16(0);
	target.max_r2t = htole16(16);
	target.max_recv_dsl = htole32(1 << 20);
	target.max_burst = target.first_burst = htole32((16 << 20) - 512);
	target.time2wait = target.time2retain = htole16(3600);
	target.timers.nop_interval_ms = htole32(~0u);
	target.login_ms = htole32(600000);
	target.dev_loss_s = htole32(OHBA_DEV_LOSS_NEVER);
	target.tos = 0xfc;
	memset(target.host, 0xee, sizeof(target.host));
	entry_set(host, TARGETS - 1, &target, OHBA_ST_SUCCESS);
	kept(host, TARGETS - 1, &target);
	target.family = OHBA_FAMILY_IPV6;
	memset(target.addr, 0xfd, 16);
	memset(target.name, 0, sizeof(target.name));
	memset(target.isid, 0, 6);
	target.dev_loss_s = htole32(OHBA_DEV_LOSS_MAX_S);
	entry_set(host, 0, &target, OHBA_ST_SUCCESS);
	kept(host, 0, &target);
	target.family = 0;
	entry_set(host, 0, &target, OHBA_ST_INVALID_FIELD);
	memset(target.addr, 0, 16);
	entry_set(host, 0, &target, OHBA_ST_SUCCESS);
}

/* --- commands ---------------------------------------------------------------- */

static void target_commands(void **state)
{
	struct ohba_target one = entry_of(1), two = entry_of(2);
	struct ohba_target_list expected = { 0 }, got;
	struct host *host = *state;
	uint8_t buf[1024];

	record_get(host, OHBA_ADMIN_TARGET_GET, 3, 0, buf, sizeof(one), OHBA_ST_INVALID_HANDLE);
	record_get(host, OHBA_ADMIN_TARGET_GET, TARGETS, 0, buf, sizeof(one),
		   OHBA_ST_INVALID_HANDLE);
	entry_set(host, TARGETS, &one, OHBA_ST_INVALID_HANDLE);
	entry_do(host, OHBA_ADMIN_TARGET_DELETE, 3, 0, OHBA_ST_INVALID_HANDLE);
	record_set(host, OHBA_ADMIN_TARGET_SET, 3, &one, sizeof(one) - 1, OHBA_ST_INVALID_FIELD);
	memcpy(buf, &one, sizeof(one));
	record_set(host, OHBA_ADMIN_TARGET_SET, 3, buf, sizeof(one) + 1, OHBA_ST_INVALID_FIELD);
	record_get(host, OHBA_ADMIN_TARGET_LIST, 1, 0, buf, 1024, OHBA_ST_INVALID_FIELD);

	entry_set(host, 3, &one, OHBA_ST_SUCCESS);
	entry_set(host, 12, &two, OHBA_ST_SUCCESS);
	entry_set(host, 3, &two, OHBA_ST_SUCCESS);
	kept(host, 3, &two);
	expected.used[0] = 1 << 3;
	expected.used[1] = 1 << 4;
	got = list(host);
	same_bytes("list", &got, &expected, sizeof(got));

	host_reset(host);
	host_bring_up(host);
	kept(host, 12, &two);
	entry_do(host, OHBA_ADMIN_TARGET_DELETE, 12, 0, OHBA_ST_SUCCESS);
	expected.used[1] = 0;
	got = list(host);
	same_bytes("list", &got, &expected, sizeof(got));
}

static void secrets_are_given_on_demand(void **state)
{
	struct ohba_account one = account_of("us", "a secret of ours"), got, hidden = one;
	struct host *host = *state;

	memset(hidden.secret, 0, sizeof(hidden.secret));
	account_set(host, ACCOUNTS, &one, OHBA_ST_INVALID_HANDLE);
	account_set(host, 2, &one, OHBA_ST_SUCCESS);
	record_get(host, OHBA_ADMIN_ACCOUNT_GET, 2, 0, &got, sizeof(got), OHBA_ST_SUCCESS);
	same_bytes("account", &got, &hidden, sizeof(got));
	record_get(host, OHBA_ADMIN_ACCOUNT_GET, 2, OHBA_ACCOUNT_SECRET, &got, sizeof(got),
		   OHBA_ST_SUCCESS);
	same_bytes("account", &got, &one, sizeof(got));
	record_get(host, OHBA_ADMIN_ACCOUNT_GET, 2, 2, &got, sizeof(got), OHBA_ST_INVALID_FIELD);
	record_get(host, OHBA_ADMIN_ACCOUNT_GET, 1, 0, &got, sizeof(got), OHBA_ST_INVALID_HANDLE);
}

static void account_fields(void **state)
{
	static const struct {
		size_t at;
		uint8_t val;
	} bad[] = {
		{ offsetof(struct ohba_account, flags), 2 },
		{ offsetof(struct ohba_account, rsvd0), 1 },
		{ offsetof(struct ohba_account, secret_len), 0 },
		{ offsetof(struct ohba_account, secret_len), 15 },
		{ offsetof(struct ohba_account, secret_len) + 1, 1 },
		{ offsetof(struct ohba_account, name), 0 },
		{ offsetof(struct ohba_account, name) + 255, 'a' },
		{ offsetof(struct ohba_account, name) + 1, 0x80 },
		{ offsetof(struct ohba_account, secret) + 255, 1 },
		{ offsetof(struct ohba_account, rsvd1) + 59, 1 },
	};
	struct ohba_account good = account_of("us", "a secret of ours"), account, got;
	struct host *host = *state;
	size_t i;

	account_set(host, 0, &good, OHBA_ST_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		account = good;
		((uint8_t *)&account)[bad[i].at] = bad[i].val;
		account_set(host, 0, &account, OHBA_ST_INVALID_FIELD);
	}
	record_get(host, OHBA_ADMIN_ACCOUNT_GET, 0, OHBA_ACCOUNT_SECRET, &got, sizeof(got),
		   OHBA_ST_SUCCESS);
	same_bytes("account", &got, &good, sizeof(got));
	memset(account.secret, 0xff, 255);
	account = good;
	account.flags = OHBA_ACCOUNT_TARGET;
	memset(account.name, 0, sizeof(account.name));
	memset(account.secret, 0xff, 255);
	account.secret_len = htole16(255);
	account_set(host, 0, &account, OHBA_ST_SUCCESS);
}

/* RFC 7143 section 9.2.1; and a name says whose proof it is. */
static void an_account_that_no_login_takes(void **state)
{
	struct ohba_account account = account_of("us", "eleven byte");
	struct host *host = *state;

	account_set(host, 0, &account, OHBA_ST_INVALID_FIELD);
	account = account_of("us", "twelve bytes");
	account_set(host, 0, &account, OHBA_ST_SUCCESS);
	account = account_of("", "twelve bytes");
	account_set(host, 0, &account, OHBA_ST_INVALID_FIELD);
	account.flags = OHBA_ACCOUNT_TARGET;
	account_set(host, 0, &account, OHBA_ST_SUCCESS);
}

static void an_account_that_is_named_stays(void **state)
{
	struct ohba_account account = account_of("us", "a secret of ours");
	struct ohba_target target = entry_of(1);
	struct host *host = *state;

	entry_do(host, OHBA_ADMIN_ACCOUNT_DELETE, 4, 0, OHBA_ST_INVALID_HANDLE);
	account_set(host, 4, &account, OHBA_ST_SUCCESS);
	target.account = htole16(4);
	entry_set(host, 0, &target, OHBA_ST_SUCCESS);
	entry_set(host, 0, &target, OHBA_ST_SUCCESS);
	target.account = htole16(3);
	target.target_account = htole16(4);
	entry_set(host, 1, &target, OHBA_ST_SUCCESS);
	entry_do(host, OHBA_ADMIN_ACCOUNT_DELETE, 4, 0, OHBA_ST_BUSY);
	entry_do(host, OHBA_ADMIN_TARGET_DELETE, 0, 0, OHBA_ST_SUCCESS);
	entry_do(host, OHBA_ADMIN_ACCOUNT_DELETE, 4, 0, OHBA_ST_BUSY);
	target.target_account = htole16(OHBA_ACCOUNT_NONE);
	entry_set(host, 1, &target, OHBA_ST_SUCCESS);
	entry_do(host, OHBA_ADMIN_ACCOUNT_DELETE, 4, 0, OHBA_ST_SUCCESS);
	entry_do(host, OHBA_ADMIN_ACCOUNT_DELETE, 4, 0, OHBA_ST_INVALID_HANDLE);
}

static void initiator(void **state)
{
	struct ohba_initiator ours = { .name = "iqn.2026-01.test:me", .alias = "me" }, got;
	struct ohba_initiator made = { .name = "eui.020ba0fffe123456" };
	struct host *host = *state;

	record_get(host, OHBA_ADMIN_INITIATOR_GET, 0, 0, &got, sizeof(got), OHBA_ST_SUCCESS);
	same_bytes("initiator", &got, &made, sizeof(got));
	record_get(host, OHBA_ADMIN_INITIATOR_GET, 1, 0, &got, sizeof(got),
		   OHBA_ST_INVALID_FIELD);
	record_set(host, OHBA_ADMIN_INITIATOR_SET, 1, &ours, sizeof(ours), OHBA_ST_INVALID_FIELD);
	record_set(host, OHBA_ADMIN_INITIATOR_SET, 0, &ours, sizeof(ours), OHBA_ST_SUCCESS);
	record_get(host, OHBA_ADMIN_INITIATOR_GET, 0, 0, &got, sizeof(got), OHBA_ST_SUCCESS);
	same_bytes("initiator", &got, &ours, sizeof(got));
	ours.name[0] = 'x';
	record_set(host, OHBA_ADMIN_INITIATOR_SET, 0, &ours, sizeof(ours), OHBA_ST_INVALID_FIELD);
	memset(ours.name, 0, sizeof(ours.name));
	record_set(host, OHBA_ADMIN_INITIATOR_SET, 0, &ours, sizeof(ours), OHBA_ST_SUCCESS);
	record_get(host, OHBA_ADMIN_INITIATOR_GET, 0, 0, &got, sizeof(got), OHBA_ST_SUCCESS);
	memcpy(made.alias, ours.alias, sizeof(made.alias));
	same_bytes("initiator", &got, &made, sizeof(got));
	ours.rsvd[63] = 1;
	record_set(host, OHBA_ADMIN_INITIATOR_SET, 0, &ours, sizeof(ours), OHBA_ST_INVALID_FIELD);
}

/* --- that there are any ------------------------------------------------------ */

static void announced(void **state)
{
	struct ohba_identify id;

	assert_true(host_read(*state, OHBA_REG_FEATURES) & OHBA_FEATURE_TARGETS);
	record_get(*state, OHBA_ADMIN_IDENTIFY, 0, 0, &id, sizeof(id), OHBA_ST_SUCCESS);
	assert_int_equal(le32toh(id.max_targets), TARGETS);
	assert_int_equal(le32toh(id.max_accounts), ACCOUNTS);
}

static void absent(void **state)
{
	struct host *host = host_new_ready();
	uint8_t opcode;

	(void)state;
	assert_false(host_read(host, OHBA_REG_FEATURES) & OHBA_FEATURE_TARGETS);
	for (opcode = OHBA_ADMIN_TARGET_GET; opcode <= OHBA_ADMIN_INITIATOR_SET; opcode++)
		entry_do(host, opcode, 0, 0, OHBA_ST_INVALID_OPCODE);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(target_fields, fresh, gone),
		cmocka_unit_test_setup_teardown(target_fields_that_are_good, fresh, gone),
		cmocka_unit_test_setup_teardown(target_commands, fresh, gone),
		cmocka_unit_test_setup_teardown(secrets_are_given_on_demand, fresh, gone),
		cmocka_unit_test_setup_teardown(account_fields, fresh, gone),
		cmocka_unit_test_setup_teardown(an_account_that_no_login_takes, fresh, gone),
		cmocka_unit_test_setup_teardown(an_account_that_is_named_stays, fresh, gone),
		cmocka_unit_test_setup_teardown(initiator, fresh, gone),
		cmocka_unit_test_setup_teardown(announced, fresh, gone),
		cmocka_unit_test(absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Parameters of flashnodes that are shown, and cannot be set, or to one value alone. */
#include "unit.h"
#include "flashes.h"

#define F(name)	ISCSI_FLASHNODE_##name

static const u16 of_session[] = {
	F(TSID), F(MAX_XMIT_DLENGTH), F(REDIRECT_IPADDR), F(MAX_SEGMENT_SIZE), F(LOCAL_PORT),
	F(STATSN), F(EXP_STATSN), F(TCP_TIMESTAMP_STAT), F(TCP_XMIT_WSF), F(TCP_RECV_WSF),
	F(LINK_LOCAL_IPV6),
};

/* Shown to root, without a session empty or 0, and never set. */
static void test_of_session(void **state)
{
	char buf[4096];
	unsigned int i;

	(void)state;
	flash_add("ipv4", 0);
	for (i = 0; i < ARRAY_SIZE(of_session); i++) {
		flash_put_num(of_session[i], 1, 4);
		assert_int_equal(flash_update(0), -EOPNOTSUPP);
		assert_int_equal(shim_logged("of entry 0 cannot be set: it is its session's"), i + 1);
		assert_int_equal(shim_transport->attr_is_visible(ISCSI_FLASHNODE_PARAM,
								 of_session[i]), 0400);
		assert_true(shim_transport->get_flashnode_param(shim_flashnode(0), of_session[i],
								buf) > 0);
		assert_string_equal(buf, of_session[i] == F(REDIRECT_IPADDR) ||
					 of_session[i] == F(LINK_LOCAL_IPV6) ? "\n" : "0\n");
	}
	assert_int_equal(dev_targets.sets, 1);
}

/* The whole of the class's list: each has a file, but secrets. */
static void test_all(void **state)
{
	int param, shown = 0;

	(void)state;
	flash_add("ipv4", 0);
	for (param = 0; param < F(MAX); param++) {
		shown += !!shim_transport->attr_is_visible(ISCSI_FLASHNODE_PARAM, param);
		flash_put(param, "", 0);	/* nothing has no length */
		assert_int_not_equal(flash_update(0), 0);
	}
	assert_int_equal(shown, F(MAX) - 2);
	assert_int_equal(shim_logged("is not known"), 0);
}

static void parent_is(const char *text, int err)
{
	flash_put_text(F(DISCOVERY_PARENT_TYPE), text);
	assert_int_equal(flash_update(0), err);
}

/* Of whom an entry was found by nothing is known, and that alone may be said. */
static void test_parent(void **state)
{
	(void)state;
	flash_add("ipv4", 0);
	assert_string_equal(flash_show(0, F(DISCOVERY_PARENT_TYPE)), "Unknown\n");
	parent_is("Unknown", 0);
	parent_is("Unknow", -EINVAL);
	parent_is("Unknowns", -EINVAL);
	parent_is("iSNS", -EINVAL);
	assert_int_equal(shim_logged("session.discovery_parent_type of entry 0 must be Unknown"),
			 3);
	assert_string_equal(flash_show(0, F(DISCOVERY_PARENT_IDX)), "65535\n");
}

static const u16 of_account[] = { F(USERNAME), F(USERNAME_IN), F(PASSWORD), F(PASSWORD_IN) };

/* An entry names accounts: what these are is not set by it, and a secret is in no file. */
static void test_of_account(void **state)
{
	unsigned int i;

	(void)state;
	flash_add("ipv4", 0);
	for (i = 0; i < ARRAY_SIZE(of_account); i++) {
		flash_put_num(F(PORT), 1000, 2);
		flash_put_text(of_account[i], "twelve bytes");
		assert_int_equal(flash_update(0), -EOPNOTSUPP);
		assert_int_equal(shim_transport->attr_is_visible(ISCSI_FLASHNODE_PARAM,
								 of_account[i]), i < 2 ? 0400 : 0);
		assert_int_equal(shim_logged("cannot be set: it is its account's: iscsiadm"), i + 1);
	}
	assert_int_equal(shim_logged("session.password_in of entry 0 cannot be set"), 1);
	assert_int_equal(dev_targets.sets, 1);
	assert_string_equal(flash_show(0, F(PORT)), "3260\n");
}

static void username_is(int param, const char *text)
{
	char buf[4096];

	assert_true(shim_transport->get_flashnode_param(shim_flashnode(0), param, buf) > 0);
	assert_string_equal(buf, text);
}

/* As the account's is at the moment; of none, and of what is no line, there is none. */
static void test_usernames(void **state)
{
	(void)state;
	flash_add("ipv4", 0);
	username_is(F(USERNAME), "\n");
	username_is(F(USERNAME_IN), "\n");
	chap_add(2, CHAP_TYPE_OUT, "we", "twelve bytes");
	chap_add(3, CHAP_TYPE_IN, "they", "other twelve bytes");
	flash_put_num(F(CHAP_OUT_IDX), 2, 4);
	flash_put_num(F(CHAP_IN_IDX), 3, 4);
	assert_int_equal(flash_update(0), 0);
	username_is(F(USERNAME), "we\n");
	username_is(F(USERNAME_IN), "they\n");
	chap_add(2, CHAP_TYPE_OUT, "others", "twelve bytes");
	username_is(F(USERNAME), "others\n");
	chap_add(2, CHAP_TYPE_OUT, "two\nlines", "twelve bytes");
	username_is(F(USERNAME), "\n");
	assert_int_equal(shim_logged("secrets"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define UP(t)	cmocka_unit_test_setup_teardown(t, flash_up, bench_gone)
		UP(test_of_session), UP(test_all), UP(test_parent), UP(test_of_account),
		UP(test_usernames),
#undef UP
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

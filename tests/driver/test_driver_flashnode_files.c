// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of a flashnode's that iscsiadm has no parameter for. */
#include "unit.h"
#include "flashes.h"

#define F(name)	ISCSI_FLASHNODE_##name

/* --- who logs in ------------------------------------------------------------------------ */

static ssize_t set_login_by(u32 index, const char *word)
{
	return shim_attr_store(&shim_flashnode(index)->dev, "login_by", word);
}

static void check_login_by(u32 index, const char *word, u8 by)
{
	char buf[4096];

	assert_int_equal(shim_attr_show(&shim_flashnode(index)->dev, "login_by", buf), strlen(word));
	assert_string_equal(buf, word);
	assert_int_equal(flash_kept(index)->login_by, by);
}

static void test_login_by(void **state)
{
	struct ohba_target before;

	(void)state;
	flash_add("ipv4", 0);
	check_login_by(0, "either\n", OHBA_LOGIN_BY_EITHER);
	before = *flash_kept(0);
	assert_int_equal(set_login_by(0, "helper\n"), 7);
	check_login_by(0, "helper\n", OHBA_LOGIN_BY_HOST);
	before.login_by = OHBA_LOGIN_BY_HOST;
	assert_memory_equal(flash_kept(0), &before, sizeof(before));
	/* What iscsiadm changes is not this. */
	flash_put_num(F(ENTRY_EN), 1, 1);
	assert_int_equal(flash_update(0), 0);
	check_login_by(0, "helper\n", OHBA_LOGIN_BY_HOST);
	assert_int_equal(set_login_by(0, "nobody"), -EINVAL);
	assert_int_equal(set_login_by(0, ""), -EINVAL);
	assert_int_equal(shim_logged("login_by of entry 0 must be either, adapter or helper"), 2);
	check_login_by(0, "helper\n", OHBA_LOGIN_BY_HOST);
	/* Whoever has the lock may be waiting for this file. */
	mutex_lock(&((struct hba *)pci_get_drvdata(&bench.pdev))->flash_mutex);
	assert_int_equal(set_login_by(0, "adapter"), -ERESTARTNOINTR);
	mutex_unlock(&((struct hba *)pci_get_drvdata(&bench.pdev))->flash_mutex);
	assert_int_equal(set_login_by(0, "adapter"), 7);
	check_login_by(0, "adapter\n", OHBA_LOGIN_BY_ADAPTER);
}

/* --- when the devices of a lost session go ---------------------------------------------------- */

static void check_dev_loss(u32 index, const char *text, u32 dev_loss_s)
{
	char buf[4096];

	assert_int_equal(shim_attr_show(&shim_flashnode(index)->dev, "dev_loss_tmo", buf),
			 strlen(text));
	assert_string_equal(buf, text);
	assert_int_equal(le32_to_cpu(flash_kept(index)->dev_loss_s), dev_loss_s);
}

static void test_dev_loss(void **state)
{
	static const struct {
		const char *set, *shown;
		u32 dev_loss_s;
	} good[] = {
		{ "1", "1\n", 1 }, { "2073600", "2073600\n", OHBA_DEV_LOSS_MAX_S },
		{ "0", "0\n", OHBA_DEV_LOSS_NEVER }, { "default", "default\n", 0 },
		{ "-1", "0\n", OHBA_DEV_LOSS_NEVER }, { "default\n", "default\n", 0 },
		{ "60", "60\n", 60 },
	};
	static const char *const bad[] = { "-2", "2073601", "", "never", "4294967295" };
	struct device *dev;
	size_t i;

	(void)state;
	flash_add("ipv4", 0);
	dev = &shim_flashnode(0)->dev;
	check_dev_loss(0, "default\n", 0);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(shim_attr_store(dev, "dev_loss_tmo", good[i].set),
				 strlen(good[i].set));
		check_dev_loss(0, good[i].shown, good[i].dev_loss_s);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(shim_attr_store(dev, "dev_loss_tmo", bad[i]) < 0);
	assert_int_equal(shim_logged("dev_loss_tmo of entry 0 must be 1 to 2073600 seconds, or 0 or -1: never, or default"),
			 ARRAY_SIZE(bad));
	/* What iscsiadm changes is not this. */
	flash_put_num(F(ENTRY_EN), 1, 1);
	assert_int_equal(flash_update(0), 0);
	check_dev_loss(0, "60\n", 60);
	assert_string_equal(flash_show(0, F(ENTRY_EN)), "1\n");
}

/* --- by what both prove themselves, and how long it waits ----------------------------------- */

static void check_file(const char *name, const char *set, const char *shown)
{
	struct device *dev = &shim_flashnode(0)->dev;
	char buf[4096];

	if (set)
		assert_int_equal(shim_attr_store(dev, name, set), strlen(set));
	assert_int_equal(shim_attr_show(dev, name, buf), strlen(shown));
	assert_string_equal(buf, shown);
}

static void is_refused(const char *name, const char *set, const char *words)
{
	struct ohba_target before = *flash_kept(0);

	shim_log_clear();
	assert_true(shim_attr_store(&shim_flashnode(0)->dev, name, set) < 0);
	assert_int_equal(shim_logged(name), 1);
	assert_int_equal(shim_logged(words), 1);
	assert_memory_equal(flash_kept(0), &before, sizeof(before));
}

static void test_chap_algorithms(void **state)
{
	static const char *const bad[] = {
		"", "\n", ",", "sha256,", ",sha256", "sha512", "sha", "sha256,sha256", "none",
		"md5,sha1,sha256,sha3-256,md5", "md5 sha1", "md5\nsha1", "SHA256",
	};
	size_t i;

	(void)state;
	flash_add("ipv4", 0);
	check_file("chap_algorithms", NULL, "sha3-256,sha1,md5,sha256\n");
	check_file("chap_algorithms", "sha256\n", "sha256\n");
	assert_int_equal(le16_to_cpu(flash_kept(0)->chap_list), OHBA_CHAP_SHA256);
	check_file("chap_algorithms", "md5,sha1,sha256,sha3-256", "md5,sha1,sha256,sha3-256\n");
	check_file("chap_algorithms", "sha3-256,sha256", "sha3-256,sha256\n");
	assert_int_equal(le16_to_cpu(flash_kept(0)->chap_list),
			 OHBA_CHAP_SHA3_256 | OHBA_CHAP_SHA256 << 4);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		is_refused("chap_algorithms", bad[i], "of entry 0 must be some of md5");
	/* What iscsiadm changes is not this. */
	flash_put_num(F(ENTRY_EN), 1, 1);
	assert_int_equal(flash_update(0), 0);
	check_file("chap_algorithms", NULL, "sha3-256,sha256\n");
}

static void test_waits(void **state)
{
	static const char *const bad[] = { "0", "-1", "", "soon", "3601", "4294967297" };
	size_t i;

	(void)state;
	flash_add("ipv4", 0);
	check_file("login_tmo", NULL, "15\n");
	check_file("login_tmo", "600", "600\n");
	check_file("login_tmo", "1", "1\n");
	assert_int_equal(le32_to_cpu(flash_kept(0)->login_ms), 1000);
	check_file("ping_tmo", NULL, "5\n");
	check_file("ping_tmo", "3600", "3600\n");
	check_file("ping_tmo", "30", "30\n");
	assert_int_equal(le32_to_cpu(flash_kept(0)->timers.nop_timeout_ms), 30000);
	assert_int_equal(le32_to_cpu(flash_kept(0)->timers.nop_interval_ms), 5000);
	is_refused("login_tmo", "601", "of entry 0 must be 1 to 600 seconds");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		is_refused("login_tmo", bad[i], "of entry 0 must be 1 to 600 seconds");
		is_refused("ping_tmo", bad[i], "of entry 0 must be 1 to 3600 seconds");
	}
	is_refused("dev_loss_tmo", "2073601", "of entry 0 must be 1 to 2073600 seconds");
	is_refused("login_by", "nobody", "of entry 0 must be either, adapter or helper");
}

/* iscsiadm cannot mend what it does not show, and is not to be refused for it. */
static void test_lies_of_files(void **state)
{
	(void)state;
	flash_keep(0, "iqn.2001-04.test:a");
	dev_targets.target[0].login_by = OHBA_LOGIN_BY_HOST + 1;
	dev_targets.target[0].dev_loss_s = cpu_to_le32(OHBA_DEV_LOSS_MAX_S + 1);
	dev_targets.target[0].login_ms = cpu_to_le32(OHBA_LOGIN_MS_MAX + 1);
	bench_restart();
	shim_settle();
	flash_put_num(F(PORT), 1000, 2);
	assert_int_equal(flash_update(0), 0);
	check_login_by(0, "either\n", OHBA_LOGIN_BY_EITHER);
	check_dev_loss(0, "default\n", 0);
	check_file("login_tmo", NULL, "15\n");
	assert_string_equal(flash_show(0, F(NAME)), "iqn.2001-04.test:a\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define UP(t)	cmocka_unit_test_setup_teardown(t, flash_up, bench_gone)
		UP(test_login_by), UP(test_dev_loss), UP(test_lies_of_files),
		UP(test_chap_algorithms), UP(test_waits),
#undef UP
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

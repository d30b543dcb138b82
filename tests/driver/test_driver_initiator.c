// SPDX-License-Identifier: GPL-2.0-or-later
/* Who the adapter says that it is, as the host's files in sysfs have it. */
#include "unit.h"
#include "flashes.h"
#include "target.h"

#define NAME	"iqn.2026-01.test:we"

static struct device *host_dev(void)
{
	return &bench_host()->shost_dev;
}

static const struct attribute_group *group(void)
{
	const struct attribute_group **groups = bench_host()->hostt->shost_groups;

	assert_non_null(groups[0]);
	assert_null(groups[1]);
	return groups[0];
}

static struct device_attribute *file(const char *name)
{
	struct attribute **attr = group()->attrs;

	while (*attr && strcmp((*attr)->name, name))
		attr++;
	assert_non_null(*attr);
	return container_of(*attr, struct device_attribute, attr);
}

static ssize_t put(const char *name, const char *text)
{
	struct device_attribute *attr = file(name);

	return attr->store(host_dev(), attr, text, strlen(text));
}

static void is(const char *name, const char *text)
{
	char buf[4096];

	assert_int_equal(file(name)->show(host_dev(), file(name), buf), strlen(text));
	assert_string_equal(buf, text);
}

static const char *kept(void)
{
	return (const char *)dev_targets.initiator.name;
}

static void test_name(void **state)
{
	(void)state;
	is("initiator_name", DEV_OWN_NAME "\n");
	is("initiator_alias", "\n");
	assert_int_equal(put("initiator_name", NAME "\n"), strlen(NAME) + 1);
	assert_string_equal(kept(), NAME);
	is("initiator_name", NAME "\n");
	/* Sessions that come up show it. */
	assert_string_equal(hba_of(bench_host())->targets->initiator, NAME);
	assert_int_equal(put("initiator_name", "\n"), 1);
	assert_string_equal(kept(), "");
	assert_string_equal(hba_of(bench_host())->targets->initiator, DEV_OWN_NAME);
}

/* One is set without the other: above all the name of the adapter's own is not kept. */
static void test_alias(void **state)
{
	(void)state;
	assert_int_equal(put("initiator_alias", "row 3, left"), 11);
	is("initiator_alias", "row 3, left\n");
	assert_string_equal(kept(), "");
	assert_int_equal(put("initiator_name", NAME), strlen(NAME));
	is("initiator_alias", "row 3, left\n");
	assert_int_equal(put("initiator_alias", ""), 0);
	is("initiator_alias", "\n");
	assert_string_equal(kept(), NAME);
}

static void test_wrong(void **state)
{
	char text[OHBA_NAME_LEN + 2] = "iqn.";
	struct device_attribute *attr = file("initiator_name");

	(void)state;
	put("initiator_name", NAME);
	assert_int_equal(put("initiator_name", "no name"), -EINVAL);
	memset(text + 4, 'x', OHBA_NAME_LEN - 4);
	assert_int_equal(put("initiator_name", text), -EINVAL);
	assert_int_equal(attr->store(host_dev(), attr, "iqn.\0x", 6), -EINVAL);
	assert_int_equal(shim_logged("initiator_name must be an iSCSI name"), 3);
	assert_string_equal(kept(), NAME);
	/* The longest there is. */
	text[OHBA_NAME_LEN - 1] = '\n';
	assert_int_equal(put("initiator_name", text), OHBA_NAME_LEN);
	assert_int_equal(strlen(kept()), OHBA_NAME_LEN - 1);
}

/* sysfs has lines, and its files no more than a page. */
static void test_lies(void **state)
{
	char buf[4096];

	(void)state;
	strcpy((char *)dev_targets.initiator.alias, "two\nlines");
	assert_int_equal(file("initiator_alias")->show(host_dev(), NULL, buf), -EPROTO);
	strcpy((char *)dev_targets.initiator.alias, "\xc2\x9b" "2J");
	assert_int_equal(file("initiator_alias")->show(host_dev(), NULL, buf), -EPROTO);
	strcpy((char *)dev_targets.initiator.alias, "r\xc3\xa9gie 3");
	assert_int_equal(file("initiator_alias")->show(host_dev(), NULL, buf), 9);
	memset(dev_targets.initiator.alias, 'x', OHBA_NAME_LEN);
	assert_int_equal(file("initiator_alias")->show(host_dev(), NULL, buf), -EPROTO);
}

static void test_visible(void **state)
{
	struct kobject *kobj = (struct kobject *)host_dev();
	struct attribute **attr;

	for (attr = group()->attrs; *attr; attr++)
		assert_int_equal(group()->is_visible(kobj, *attr, 0), 0600);
	bench_gone(state);
	bench_load_wire(0, NULL);
	assert_int_equal(bench_probe(), 0);
	kobj = (struct kobject *)host_dev();
	for (attr = group()->attrs; *attr; attr++)
		assert_int_equal(group()->is_visible(kobj, *attr, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define UP(t)	cmocka_unit_test_setup_teardown(t, flash_up, bench_gone)
		UP(test_name), UP(test_alias), UP(test_wrong), UP(test_lies), UP(test_visible),
#undef UP
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

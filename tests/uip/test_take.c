// SPDX-License-Identifier: GPL-2.0-or-later
/* What the privileged process takes of what the sandbox says. */
#include "privileged.c"

static struct uip_msg good(void)
{
	struct uip_msg msg = { .type = UIP_LEASE, .port = IFINDEX };

	msg.lease = (struct uip_lease){
		.iface = 3, .generation = 5, .prefix = 24, .addr = ip4(10, 0, 0, 7),
		.gateway = ip4(10, 0, 0, 1), .mtu = 1500,
		.kept = { .len = OHBA_LEASE_MAX, .bytes = { 1, 2, 3 } },
	};
	return msg;
}

static void test_lease(void **state)
{
	struct uip_msg msg = good();

	(void)state;
	uip_relay_take(&helper, &msg);
	assert_int_equal(nset, 1);
	assert_int_equal(set.generation, 5);
	assert_int_equal(set.kept.len, OHBA_LEASE_MAX);
	assert_memory_equal(set.kept.bytes, "\1\2\3", 4);
	assert_false(helper.lost);
	msg.lease = (struct uip_lease){ .iface = 3, .generation = 5 };
	uip_relay_take(&helper, &msg);
	assert_int_equal(nset, 2);
	/* Refused, for what it may be: the driver is asked what it wants. */
	refuses = true;
	uip_relay_take(&helper, &msg);
	assert_true(helper.lost);
	assert_int_equal(nlines, 0);
}

static void test_missed(void **state)
{
	(void)state;
	assert_int_equal(time_to_look(&helper), -1);
	uip_relay_driver.missed(&helper);
	assert_in_range(time_to_look(&helper), 0, LOOK_AGAIN_MS);
}

static void test_unsound(void **state)
{
	struct uip_msg bad[12];
	unsigned int i;

	(void)state;
	for (i = 0; i < 12; i++)
		bad[i] = good();
	bad[0].lease.iface = OHBA_IFACES_MAX;
	bad[1].lease.mtu = 65536;
	bad[2].lease.prefix = 33;
	bad[3].lease.addr = ip4(127, 0, 0, 1);
	bad[4].lease.addr = ip4(224, 0, 0, 1);
	bad[5].lease.gateway = ip6(0, 1);
	bad[6].lease.addr = (struct uip_addr){ .family = OHBA_FAMILY_IPV6, .bytes = { [15] = 1 } };
	bad[7].lease.addr.family = 3;
	bad[8].lease.kept.len = OHBA_LEASE_MAX + 1;
	bad[9].lease.addr.family = 0;	/* no address, but a gateway */
	bad[10].lease.isns = ip4(224, 0, 1, 1);
	bad[11].lease.isns = ip6(0, 1);
	for (i = 0; i < 12; i++) {
		uip_relay_take(&helper, &bad[i]);
		assert_int_equal(nset, 0);
		assert_int_equal(nlines, i + 1);
	}
	bad[9].lease.gateway.family = 0;	/* no address, but what is kept of one */
	uip_relay_take(&helper, &bad[9]);
	assert_int_equal(nset, 0);
	bad[9].lease.kept.len = 0;		/* and a server that was announced with it */
	bad[9].lease.isns = ip4(10, 0, 0, 13);
	uip_relay_take(&helper, &bad[9]);
	assert_int_equal(nset, 0);
	bad[9].port = IFINDEX + 1;	/* a port that is not there */
	uip_relay_take(&helper, &bad[9]);
	assert_int_equal(nlines, 14);
}

/* Whoever is on the network can cause lines; a log has an end. */
static void test_lines(void **state)
{
	struct uip_msg bad = good();
	unsigned int i;

	(void)state;
	bad.lease.prefix = 33;
	for (i = 0; i < 100000; i++)
		uip_relay_take(&helper, &bad);
	assert_in_range(nlines, UIP_LIMIT_BURST, 10 * UIP_LIMIT_BURST);
}

static void test_foreign_lines(void **state)
{
	struct uip_msg line = { .type = UIP_LINE, .line = { .priority = 3, .text = "text" } };
	unsigned int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		uip_relay_take(&helper, &line);
	assert_in_range(nlines, UIP_LIMIT_BURST, 10 * UIP_LIMIT_BURST);
	/* And those that were not are counted, once one may be written. */
	helper.lines = (struct uip_limit){ .since = uip_monotonic_ms(), .held = 5 };
	nlines = 0;
	uip_relay_take(&helper, &line);
	assert_int_equal(nlines, 2);
	uip_relay_take(&helper, &line);
	assert_int_equal(nlines, 3);
}

/* Adapters without a network device are not each other. */
static void test_no_device(void **state)
{
	struct uip_msg path = { .type = UIP_PATH };
	struct uip_want want = { .dst = ip4(10, 0, 0, 9) };

	(void)state;
	have_sandbox();
	uip_relay_driver.wanted(&helper, "one", 0, our_mac, &want);
	uip_relay_driver.wanted(&helper, "other", 0, our_mac, &want);
	assert_int_equal(npaths, 2);	/* left to themselves */
	assert_int_equal(path_set.status, OHBA_ST_NO_HELPER);
	/* However often they ask, the log is told once of each. */
	uip_relay_driver.wanted(&helper, "one", 0, our_mac, &want);
	assert_int_equal(npaths, 3);
	assert_int_equal(nlines, 2);
	assert_string_equal(take_adapter(&helper, "adapter")->name, "adapter");
	assert_string_equal(take_adapter(&helper, "one")->name, "one");
	assert_string_equal(take_adapter(&helper, "other")->name, "other");
	assert_int_equal(helper.next_want, 0);
	/* Nor is what the sandbox says of none theirs. */
	path.path = (struct uip_path){ .dst = want.dst, .status = OHBA_ST_HOST_UNREACH };
	uip_relay_take(&helper, &path);
	assert_int_equal(npaths, 3);
	close(helper.sandbox);
	close(sandbox_end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lease, set_up_helper),
		cmocka_unit_test_setup(test_missed, set_up_helper),
		cmocka_unit_test_setup(test_unsound, set_up_helper),
		cmocka_unit_test_setup(test_lines, set_up_helper),
		cmocka_unit_test_setup(test_foreign_lines, set_up_helper),
		cmocka_unit_test_setup(test_no_device, set_up_helper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

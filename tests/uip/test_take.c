// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the privileged process takes of what the sandbox says: helper.c itself, over a
 * driver and a network that the test plays.
 */
#include "helper.c"

#include "bench.h"

static struct uip_lease set;		/* what the driver was told */
static unsigned int nset, nlines;
static bool refuses;
static struct helper helper;

/* --- what it stands on --------------------------------------------------------------- */

bool uip_genl_addr_set(struct uip_genl *genl, const char *adapter,
		       const struct uip_lease *lease)
{
	(void)genl;
	assert_string_equal(adapter, "adapter");
	set = *lease;
	nset++;
	return !refuses;
}

bool uip_genl_path_set(struct uip_genl *genl, const char *adapter,
		       const struct uip_path *path)
{
	(void)genl;
	(void)adapter;
	(void)path;
	return true;
}

struct uip_genl *uip_genl_open(const struct uip_genl_events *driver, void *arg)
{
	(void)driver;
	(void)arg;
	return NULL;
}

void uip_genl_start(struct uip_genl *genl) { (void)genl; }
void uip_genl_close(struct uip_genl *genl) { (void)genl; }
void uip_genl_read(struct uip_genl *genl) { (void)genl; }
void uip_genl_ask_adapters(struct uip_genl *genl) { (void)genl; }
int uip_genl_fd(const struct uip_genl *genl) { (void)genl; return -1; }
void uip_net_attach(int sock) { (void)sock; }
void uip_net_run(void) { }
void uip_notify(const char *text) { (void)text; }
int uip_sandbox_enter(void) { return -EPERM; }
int uip_sandbox_drop(void) { return -EPERM; }
void uip_sandbox_stay_in_memory(void) { }

static void count_line(int priority, const char *line)
{
	(void)priority;
	(void)line;
	nlines++;
}

static int set_up_helper(void **state)
{
	(void)state;
	memset(&helper, 0, sizeof(helper));
	helper.sandbox = -1;
	note_adapter(&helper, "adapter", IFINDEX);
	nset = nlines = 0;
	refuses = false;
	uip_log_to(count_line);
	return 0;
}

/* --- leases ----------------------------------------------------------------------------- */

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
	take(&helper, &msg);
	assert_int_equal(nset, 1);
	assert_int_equal(set.generation, 5);
	assert_int_equal(set.kept.len, OHBA_LEASE_MAX);
	assert_memory_equal(set.kept.bytes, "\1\2\3", 4);
	assert_false(helper.lost);
	msg.lease = (struct uip_lease){ .iface = 3, .generation = 5 };
	take(&helper, &msg);
	assert_int_equal(nset, 2);
	/* Refused, for what it may be: the driver is asked what it wants. */
	refuses = true;
	take(&helper, &msg);
	assert_true(helper.lost);
	assert_int_equal(nlines, 0);
}

static void test_missed(void **state)
{
	(void)state;
	assert_int_equal(time_to_look(&helper), -1);
	events.missed(&helper);
	assert_in_range(time_to_look(&helper), 0, LOOK_AGAIN_MS);
}

static void test_unsound(void **state)
{
	struct uip_msg bad[10];
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++)
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
	for (i = 0; i < 10; i++) {
		take(&helper, &bad[i]);
		assert_int_equal(nset, 0);
		assert_int_equal(nlines, i + 1);
	}
	bad[9].lease.gateway.family = 0;	/* no address, but what is kept of one */
	take(&helper, &bad[9]);
	assert_int_equal(nset, 0);
	bad[9].port = IFINDEX + 1;	/* a port that is not there */
	take(&helper, &bad[9]);
	assert_int_equal(nlines, 11);
}

/* Whoever is on the network can cause lines; a log has an end. */
static void test_lines(void **state)
{
	struct uip_msg bad = good();
	unsigned int i;

	(void)state;
	bad.lease.prefix = 33;
	for (i = 0; i < 100000; i++)
		take(&helper, &bad);
	assert_in_range(nlines, UIP_LIMIT_BURST, 10 * UIP_LIMIT_BURST);
}

static void test_foreign_lines(void **state)
{
	struct uip_msg line = { .type = UIP_LINE, .line = { .priority = 3, .text = "text" } };
	unsigned int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		take(&helper, &line);
	assert_in_range(nlines, UIP_LIMIT_BURST, 10 * UIP_LIMIT_BURST);
	/* And those that were not are counted, once one may be written. */
	helper.lines = (struct uip_limit){ .since = uip_monotonic_ms(), .held = 5 };
	nlines = 0;
	take(&helper, &line);
	assert_int_equal(nlines, 2);
	take(&helper, &line);
	assert_int_equal(nlines, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lease, set_up_helper),
		cmocka_unit_test_setup(test_missed, set_up_helper),
		cmocka_unit_test_setup(test_unsound, set_up_helper),
		cmocka_unit_test_setup(test_lines, set_up_helper),
		cmocka_unit_test_setup(test_foreign_lines, set_up_helper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

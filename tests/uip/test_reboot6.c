// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DHCP for IPv6 by a sandbox that is not the first, of what the driver kept (RFC 8415
 * 18.2.5): the test is the server.
 */
#include "serve6.h"

static void get_and_die(void)
{
	get_lease6();
	be_killed();
}

/* RFC 8415 18.2.5: any server may say that it holds. */
static void test_resume(void **state)
{
	struct answer6 a = base6;

	(void)state;
	get_and_die();
	resume(3, UIP_DHCP6);
	assert_int_equal(said6_within(4), REBIND);
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	assert_false(names_server(1));
	assert_int_equal(count_solicitations(ip6(0, 77)), 0);
	a.server = 2;
	answer6(&a);
	assert_int_equal(nkept, 1);
	assert_int_equal(last_lease[3].generation, GENERATION);
	bring_router();
	pass(900 * 1000);
	drain();
	assert_int_equal(said6_within(110), RENEW);
	assert_true(names_server(2));
	assert_int_equal(ntold, 0);
}

static void test_resume_unanswered(void **state)
{
	(void)state;
	get_and_die();
	resume(3, UIP_DHCP6);
	pass(2990 * 1000);
	assert_int_equal(ntold, 0);
	assert_in_range(count6(REBIND), 6, 20);
	pass(20 * 1000);
	assert_gone();
	assert_int_equal(said6_within(2), SOLICIT);
}

#define AT_EXPIRY	2		/* in what is kept: the end, address, DUID */
#define AT_DUID		(AT_EXPIRY + 8 + 16)

/* Even while it is being seen whether the address to ask from is somebody's. */
static void test_resume_too_late(void **state)
{
	(void)state;
	get_and_die();
	suspend(3000 * 1000);
	resume(3, UIP_DHCP6);
	pass(1);
	assert_gone();
	assert_int_equal(said6_within(6), SOLICIT);
}

static void test_resume_at_the_end(void **state)
{
	uint64_t expiry;

	(void)state;
	get_and_die();
	memcpy(&expiry, last_lease[3].kept.bytes + AT_EXPIRY, sizeof(expiry));
	suspend(expiry - uip_now() - 500);
	resume(3, UIP_DHCP6);
	pass(499);
	assert_int_equal(ntold, 0);
	pass(2);
	assert_gone();
}

static void test_resume_refused(void **state)
{
	struct answer6 a = base6;

	(void)state;
	get_and_die();
	resume(3, UIP_DHCP6);
	assert_int_equal(said6_within(4), REBIND);
	a.valid = a.preferred = 0;
	answer6(&a);
	assert_gone();
	assert_int_equal(said6_within(3), SOLICIT);
}

static void test_resume_release(void **state)
{
	(void)state;
	get_and_die();
	resume(3, UIP_DHCP6);
	assert_int_equal(said6_within(4), REBIND);
	configure6(0xff, 0);
	assert_int_equal(said6(), RELEASE);
	assert_true(names_server(1));
}

static void assert_begins(const struct uip_lease *lease)
{
	resume_with(3, UIP_DHCP6, lease);
	assert_int_equal(said6_within(6), SOLICIT);
	assert_int_equal(ntold, 0);
	be_killed();
}

/* A DUID that is longer than there can be, and all that follows. */
static struct uip_lease with_long_duid(const struct uip_lease *good)
{
	uint8_t len = good->kept.bytes[AT_DUID];
	struct uip_lease lease = *good;
	uint8_t *duid = lease.kept.bytes + AT_DUID;

	memset(duid, 132, 1 + 132);
	memcpy(duid + 1 + 132, good->kept.bytes + AT_DUID + 1 + len,
	       good->kept.len - AT_DUID - 1 - len);
	lease.kept.len += 132 - len;
	return lease;
}

static void test_resume_nonsense(void **state)
{
	struct uip_lease lease, good;
	unsigned int i, value;

	(void)state;
	get_and_die();
	good = last_lease[3];
	assert_in_range(good.kept.len, 40, OHBA_LEASE_MAX);
	for (i = 0; i < good.kept.len; i++) {
		lease = good;
		lease.kept.len = i;
		assert_begins(&lease);
	}
	lease = good;
	lease.addr = ip6(0, 78);
	assert_begins(&lease);
	lease = with_long_duid(&good);
	assert_begins(&lease);
	for (i = 0; i < good.kept.len; i++)
		for (value = 0; value < 256; value += 5) {
			lease = good;
			lease.kept.bytes[i] = value;
			resume_with(3, UIP_DHCP6, &lease);
			pass(3000);
			be_killed();
			ntold = 0;
		}
}

/* The longest that there can be. */
static void test_resume_long_duid(void **state)
{
	struct answer6 a = base6;

	(void)state;
	configure6(UIP_DHCP6, 0);
	bring_router();
	assert_int_equal(said6_within(4), SOLICIT);
	a.more_duid = 130 - 2;
	a.type = ADVERTISE;
	answer6(&a);
	assert_int_equal(said6_within(2), REQUEST);
	a.type = REPLY;
	answer6(&a);
	pass(2000);
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	be_killed();
	resume(3, UIP_DHCP6);
	assert_int_equal(said6_within(4), REBIND);
	assert_int_equal(ntold, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_resume),
		BENCH_TEST(test_resume_unanswered),
		BENCH_TEST(test_resume_too_late),
		BENCH_TEST(test_resume_at_the_end),
		BENCH_TEST(test_resume_refused),
		BENCH_TEST(test_resume_release),
		BENCH_TEST(test_resume_nonsense),
		BENCH_TEST(test_resume_long_duid),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

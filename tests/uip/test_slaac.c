// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses made of prefixes (RFC 4862): the test is the routers. */
#include "play6.h"

#define NONE		((struct uip_addr){ .family = 0 })
#define FOREVER		UINT32_MAX

static const uint8_t twin_mac[6] = { 0x52, 0x54, 0, 9, 9, 9 };

static void test_address(void **state)
{
	struct ra ra = ra_with_prefix(0, 86400, 14400);

	(void)state;
	configure6(UIP_SLAAC, 0);
	ra_mtu(&ra, 9000);
	bring_ra(&ra, 1);
	pass(900);
	assert_int_equal(ntold, 0);	/* nobody may have it: DAD */
	assert_int_equal(count_solicitations(eui64(0)), 1);
	wait_for_dad();
	assert_got(eui64(0), 64, link_local(1), 9000);
	bring_ra(&ra, 1);
	assert_int_equal(ntold, 0);	/* nothing new */
}

/* RFC 4862 5.4.2: in nobody's name, to the group of the address. */
static void test_dad_question(void **state)
{
	uint8_t frame[2048];

	(void)state;
	configure6(UIP_SLAAC, 0);
	advertise6(0, 86400, 14400);
	pass(1000);
	assert_int_equal(sent_icmp6(frame, 135), AT_ICMP6 + 24);
	assert_memory_equal(frame, "\x33\x33\xff\1\2\3", 6);
	assert_memory_equal(frame + ETH_LEN + 8, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_memory_equal(frame + ETH_LEN + 24, "\xff\2\0\0\0\0\0\0\0\0\0\1\xff\1\2\3", 16);
}

static void test_twin(void **state)
{
	(void)state;
	configure6(UIP_SLAAC, 0);
	advertise6(0, 86400, 14400);
	pass(500);
	bring_advertisement(eui64(0), our_mac);		/* our own, which came back */
	bring_advertisement(eui64(1), twin_mac);	/* not what we ask for */
	bring_advertisement(eui64(0), twin_mac);
	pass(250 * 1000);
	assert_int_equal(ntold, 0);
	pass(60 * 1000);		/* perhaps he is gone */
	assert_got(eui64(0), 64, link_local(1), 0);
}

static void test_twin_that_asks(void **state)
{
	(void)state;
	configure6(UIP_SLAAC, 0);
	advertise6(0, 86400, 14400);
	pass(500);
	bring_probe(eui64(0), twin_mac);
	wait_for_dad();
	assert_int_equal(ntold, 0);
	/* Later that is the firmware's business. */
	pass(310 * 1000);
	assert_got(eui64(0), 64, link_local(1), 0);
	bring_probe(eui64(0), twin_mac);
	wait_for_dad();
	assert_int_equal(ntold, 0);
}

static void test_prefix_expires(void **state)
{
	(void)state;
	configure6(UIP_SLAAC, 0);
	advertise6(0, 600, 300);
	wait_for_dad();
	assert_got(eui64(0), 64, link_local(1), 0);
	pass(590 * 1000);
	assert_int_equal(ntold, 0);
	pass(10 * 1000);
	assert_gone();
}

/* RFC 4862 5.5.3 e: a day cannot be made a minute, but two hours. */
static void test_two_hours(void **state)
{
	(void)state;
	get_address6();
	advertise6(0, 60, 60);
	advertise6(0, 0, 0);
	pass(7100 * 1000);
	/* Only off the link it was at once, and its router's lifetime is over. */
	assert_int_equal(told[ntold - 1].lease.addr.family, OHBA_FAMILY_IPV6);
	ntold = 0;
	pass(120 * 1000);
	assert_gone();
}

/* Less than two hours are left: that they are told again changes nothing. */
static void test_less_than_two_hours(void **state)
{
	struct ra ra = ra_with_prefix(0, 3600, 3600);

	(void)state;
	configure6(UIP_SLAAC, 0);
	bring_ra(&ra, 1);
	wait_for_dad();
	ntold = 0;
	pass(600 * 1000);
	advertise6(0, 1, 1);
	pass(60 * 1000);
	assert_int_equal(told[ntold - 1].lease.addr.family, OHBA_FAMILY_IPV6);
	ntold = 0;
	advertise6(0, 3600, 3600);	/* but more does */
	ntold = 0;
	pass(3500 * 1000);
	assert_true(!ntold || told[ntold - 1].lease.addr.family);
	ntold = 0;
	pass(110 * 1000);
	assert_gone();
}

static void test_not_on_link(void **state)
{
	struct ra ra = { .lifetime = 1800 };

	(void)state;
	configure6(UIP_SLAAC, 0);
	ra_prefix(&ra, 0, RA_AUTONOMOUS, 86400, 14400);
	bring_ra(&ra, 1);
	wait_for_dad();
	assert_got(eui64(0), 128, link_local(1), 0);
}

static void test_not_autonomous(void **state)
{
	struct ra ra = { .lifetime = 1800, .flags = 0x80 };

	(void)state;
	configure6(UIP_SLAAC, 0);
	ra_prefix(&ra, 0, RA_ON_LINK, 86400, 14400);
	bring_ra(&ra, 1);
	wait_for_dad();
	assert_int_equal(ntold, 0);
}

/* Another prefix is no reason to end what runs over the first. */
static void test_second_prefix(void **state)
{
	(void)state;
	get_address6();
	advertise6(1, 86400, 14400);
	advertise6(0, 86400, 0);
	wait_for_dad();
	assert_int_equal(ntold, 0);
	pass(1700 * 1000);
	assert_int_equal(ntold, 0);
}

static void test_renumbered(void **state)
{
	(void)state;
	configure6(UIP_SLAAC, 0);
	advertise6(0, 600, 0);
	wait_for_dad();
	assert_got(eui64(0), 64, link_local(1), 0);
	advertise6(1, FOREVER, FOREVER);
	pass(590 * 1000);
	assert_int_equal(ntold, 0);
	pass(20 * 1000);
	assert_got(eui64(1), 64, link_local(1), 0);
	pass(86400u * 1000 * 40);
	assert_got(eui64(1), 64, NONE, 0);	/* only the router is gone */
}

/* Of two that are valid, the one that is preferred. */
static void test_preferred_first(void **state)
{
	struct ra ra = { .lifetime = 1800 };

	(void)state;
	configure6(UIP_SLAAC, 0);
	ra_prefix(&ra, 1, RA_BOTH, 86400, 0);
	ra_prefix(&ra, 2, RA_BOTH, 86400, 3600);
	ra_prefix(&ra, 3, RA_BOTH, 86400, 0);
	bring_ra(&ra, 1);
	wait_for_dad();
	assert_got(eui64(2), 64, link_local(1), 0);
}

static void test_vlan(void **state)
{
	struct ra ra = ra_with_prefix(0, 86400, 14400);
	uint8_t icmp[16 + 32] = { 134, [6] = 7 };
	struct packet6 packet = { .src = link_local(1), .next = 58, .hops = 255, .vid = 5,
				  .data = icmp, .len = sizeof(icmp) };
	uint8_t frame[2048];

	(void)state;
	configure6(UIP_SLAAC, 0x2005);
	pass(1001);
	assert_int_equal(sent_icmp6(frame, 133), 4 + AT_ICMP6 + 8);
	assert_memory_equal(frame + 12, "\x81\0\x20\5", 4);
	bring_ra(&ra, 1);		/* without a tag */
	wait_for_dad();
	assert_int_equal(ntold, 0);
	memcpy(icmp + 16, ra.options, 32);
	bring6(&packet);
	wait_for_dad();
	assert_got(eui64(0), 64, link_local(1), 0);
}

/* RFC 4861 6.1.2: what is not valid is as if it had not come. */
static void test_invalid(void **state)
{
	struct ra ra = ra_with_prefix(0, 86400, 14400);
	uint8_t icmp[16 + 32] = { 134, [6] = 7 };
	struct packet6 good = { .src = link_local(1), .next = 58, .hops = 255,
				.data = icmp, .len = sizeof(icmp) }, bad;
	size_t cut;

	(void)state;
	configure6(UIP_SLAAC, 0);
	memcpy(icmp + 16, ra.options, 32);
	bad = good, bad.hops = 254, bring6(&bad);
	bad = good, bad.src = ip6(0, 1), bring6(&bad);
	bad = good, bad.spoil = 1, bring6(&bad);
	for (cut = 1; cut <= AT_ICMP6 + sizeof(icmp) - ETH_LEN; cut++)
		bad = good, bad.cut = cut, bring6(&bad);
	for (cut = 1; cut < sizeof(icmp); cut++)
		if (cut != 32)		/* without option it is whole, and offers nothing */
			bad = good, bad.len = cut, bring6(&bad);
	icmp[1] = 1;
	bring6(&good);
	icmp[1] = 0;
	icmp[17] = 0;			/* an option of no length */
	bring6(&good);
	icmp[17] = 5;			/* one that is longer than what is left */
	bring6(&good);
	icmp[17] = 3;			/* one of the wrong length, and half of another */
	bring6(&good);
	icmp[17] = 4;
	wait_for_dad();
	assert_int_equal(ntold, 0);
	bring6(&good);
	wait_for_dad();
	assert_int_equal(ntold, 1);
}

/* Prefixes of which no address can be made. */
static void test_strange_prefixes(void **state)
{
	struct ra ra = { .lifetime = 1800 };

	(void)state;
	configure6(UIP_SLAAC, 0);
	ra_prefix(&ra, 0, RA_BOTH, 100, 200);	/* preferred for longer than valid */
	ra_prefix(&ra, 1, RA_BOTH, 0, 0);
	ra_prefix(&ra, 2, RA_BOTH, 100, 50);
	ra.options[64 + 2] = 129;
	ra_prefix(&ra, 3, RA_BOTH, 100, 50);
	ra.options[96 + 2] = 0;
	ra_prefix(&ra, 4, RA_BOTH, 100, 50);
	ra.options[128 + 2] = 96;
	ra_prefix(&ra, 5, RA_BOTH, 100, 50);
	memcpy(ra.options + 160 + 16, "\xfe\x80\0\0", 4);
	ra_prefix(&ra, 6, RA_BOTH, 100, 50);
	memcpy(ra.options + 192 + 16, "\xff\2\0\0", 4);
	ra_prefix(&ra, 8, RA_BOTH, 100, 50);
	memset(ra.options + 224 + 16, 0, 16);	/* RFC 4291 2.5.2: nobody's */
	ra_mtu(&ra, 1279);
	ra_mtu(&ra, 65536);
	bring_ra(&ra, 1);
	wait_for_dad();
	assert_int_equal(ntold, 0);
	pass(200 * 1000);
	advertise6(7, 86400, 14400);
	wait_for_dad();
	assert_got(eui64(7), 64, link_local(1), 0);
}

static void test_end(void **state)
{
	(void)state;
	get_address6();
	configure6(UIP_SLAAC, 0);	/* is there already: whoever asks may have missed it */
	assert_got(eui64(0), 64, link_local(1), 0);
	configure6(0xff, 0);
	assert_int_equal(ntold, 0);
	assert_true(uip_clients_poll() == UIP_NEVER);
}

/* --- an address that was there before the sandbox ---------------------------------- */

static void get_and_die(void)
{
	get_address6();
	be_killed();
}

/* It stays; routers are asked, and nobody whether the address is his. */
static void test_resume(void **state)
{
	uint8_t frame[2048];

	(void)state;
	get_and_die();
	resume(3, UIP_SLAAC);
	pass(1001);
	assert_int_equal(sent_icmp6(frame, 133), AT_ICMP6 + 8);
	advertise6(0, 86400, 14400);
	pass(10 * 1000);
	assert_int_equal(nkept, 1);
	assert_int_equal(last_lease[3].generation, GENERATION);
	assert_int_equal(ntold, 0);
	assert_int_equal(count_solicitations(eui64(0)), 0);
	assert_hop6(ip6(2, 9), link_local(1));
	pass(1000 * 1000);
	assert_int_equal(sent_icmp6(frame, 133), 0);
}

/* No router says anything any more: its own lifetime ends, and then the prefix's. */
static void test_resume_unheard(void **state)
{
	uint8_t frame[2048];

	(void)state;
	get_and_die();
	resume(3, UIP_SLAAC);
	pass(1700 * 1000);
	assert_int_not_equal(sent_icmp6(frame, 133), 0);
	assert_int_equal(ntold, 0);
	pass(100 * 1000);
	assert_got(eui64(0), 64, NONE, 0);
	be_killed();
	resume(3, UIP_SLAAC);
	pass(84500u * 1000);
	assert_int_equal(ntold, 0);
	pass(200 * 1000);
	assert_gone();
}

static void test_resume_too_late(void **state)
{
	(void)state;
	get_and_die();
	suspend(86401u * 1000);
	resume(3, UIP_SLAAC);
	pass(0);
	assert_gone();
}

static void test_resume_mtu(void **state)
{
	struct ra ra = ra_with_prefix(0, 86400, 14400);

	(void)state;
	configure6(UIP_SLAAC, 0);
	ra_mtu(&ra, 1400);
	bring_ra(&ra, 1);
	wait_for_dad();
	assert_got(eui64(0), 64, link_local(1), 1400);
	be_killed();
	resume(3, UIP_SLAAC);
	pass(60 * 1000);
	assert_int_equal(ntold, 0);
	configure6(UIP_SLAAC, 0);
	assert_got(eui64(0), 64, link_local(1), 1400);
}

/* A station that says one thing and another has the adapter told of ten a second. */
static void test_changes_all_the_time(void **state)
{
	struct ra ra = ra_with_prefix(0, 86400, 14400);
	unsigned int i, n = 0;
	size_t len = ra.len;

	(void)state;
	get_address6();
	for (i = 0; i <= 1000; i++) {
		ra.len = len;
		ra_mtu(&ra, 1400 + (i & 1));
		bring_ra(&ra, 1);
		pass(1);
		n += ntold;
		ntold = 0;
	}
	assert_in_range(n, 100, 111);
	/* What it said last is told in the end. */
	ra.len = len;
	ra_mtu(&ra, 1500);
	bring_ra(&ra, 1);
	pass(200);
	assert_got(eui64(0), 64, link_local(1), 1500);
}

static void assert_begins(const struct uip_lease *lease)
{
	resume_with(3, UIP_SLAAC, lease);
	advertise6(2, 86400, 14400);
	wait_for_dad();
	assert_got(eui64(2), 64, link_local(1), 0);
	be_killed();
}

/* Another's lease, half of one, one of another address: as if there were none. */
static void test_resume_nonsense(void **state)
{
	struct uip_lease lease, good;
	unsigned int i;

	(void)state;
	get_and_die();
	good = last_lease[3];
	for (i = 0; i <= good.kept.len; i++) {
		lease = good;
		if (i < lease.kept.len)
			lease.kept.len = i;
		else
			lease.addr = eui64(1);
		assert_begins(&lease);
	}
	resume_with(3, UIP_DHCP6, &good);
	pass(10 * 1000);
	assert_int_equal(ntold, 0);
}

/* In what is kept, behind version and method: the router, the prefix, the MTU. */
#define AT_ROUTER	2
#define AT_PREFERENCE	(AT_ROUTER + sizeof(struct uip_addr))
#define AT_UNTIL	(AT_PREFERENCE + 4)
#define AT_NET		(AT_UNTIL + 8)
#define AT_BITS		(AT_NET + sizeof(struct uip_addr))
#define AT_VALID	(AT_BITS + 1 + 8)
#define AT_PREFERRED	(AT_VALID + 8)
#define AT_MTU		(AT_PREFERRED + 8)
#define KEPT_LEN	(AT_MTU + 2)

static void assert_resumes(const struct uip_lease *lease)
{
	resume_with(3, UIP_SLAAC, lease);
	pass(0);
	assert_int_equal(ntold, 0);
	be_killed();
}

#define WITH(lease, at, type, ...)	\
	with(lease, at, &(const type){ __VA_ARGS__ }, sizeof(type))
static const struct uip_lease *with(const struct uip_lease *lease, size_t at, const void *value,
				    size_t len)
{
	static struct uip_lease changed;

	changed = *lease;
	memcpy(changed.kept.bytes + at, value, len);
	return &changed;
}

/* What no router can have said is not taken of who was there before, either. */
static void test_resume_absurd(void **state)
{
	struct uip_lease good, v4;

	(void)state;
	get_and_die();
	good = last_lease[3];
	assert_int_equal(good.kept.len, KEPT_LEN);
	assert_resumes(&good);

	assert_begins(WITH(&good, AT_ROUTER, uint8_t[3], OHBA_FAMILY_IPV4, 169, 254));
	assert_begins(WITH(&good, AT_ROUTER, uint8_t[3], OHBA_FAMILY_IPV6, 0x20, 1));
	assert_resumes(WITH(&good, AT_PREFERENCE, int, 1));
	assert_resumes(WITH(&good, AT_PREFERENCE, int, -1));
	assert_begins(WITH(&good, AT_PREFERENCE, int, 2));
	assert_begins(WITH(&good, AT_PREFERENCE, int, -2));
	assert_resumes(WITH(&good, AT_UNTIL, uint64_t, uip_now() + 65535000));
	assert_begins(WITH(&good, AT_UNTIL, uint64_t, uip_now() + 65535001));
	assert_begins(WITH(&good, AT_UNTIL, uint64_t, UIP_NEVER));

	v4 = good;
	v4.addr.family = OHBA_FAMILY_IPV4;
	assert_begins(WITH(&v4, AT_NET, uint8_t[1], OHBA_FAMILY_IPV4));
	assert_begins(WITH(&good, AT_BITS, uint8_t, 63));
	assert_begins(WITH(&good, AT_VALID, uint64_t, uip_now() + 1000));
	assert_begins(WITH(&good, AT_PREFERRED, uint64_t, UIP_NEVER));

	assert_resumes(WITH(&good, AT_MTU, uint16_t, 1280));
	assert_begins(WITH(&good, AT_MTU, uint16_t, 1279));
}

static void test_resume_damaged(void **state)
{
	struct uip_lease lease, good;
	unsigned int i, value;

	(void)state;
	get_and_die();
	good = last_lease[3];
	for (i = 0; i < good.kept.len; i++)
		for (value = 0; value < 256; value += 5) {
			lease = good;
			lease.kept.bytes[i] = value;
			resume_with(3, UIP_SLAAC, &lease);
			pass(100);
			be_killed();
			ntold = 0;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_address),
		BENCH_TEST(test_dad_question),
		BENCH_TEST(test_twin),
		BENCH_TEST(test_twin_that_asks),
		BENCH_TEST(test_prefix_expires),
		BENCH_TEST(test_two_hours),
		BENCH_TEST(test_less_than_two_hours),
		BENCH_TEST(test_not_on_link),
		BENCH_TEST(test_not_autonomous),
		BENCH_TEST(test_second_prefix),
		BENCH_TEST(test_renumbered),
		BENCH_TEST(test_preferred_first),
		BENCH_TEST(test_vlan),
		BENCH_TEST(test_invalid),
		BENCH_TEST(test_strange_prefixes),
		BENCH_TEST(test_end),
		BENCH_TEST(test_resume),
		BENCH_TEST(test_resume_unheard),
		BENCH_TEST(test_resume_too_late),
		BENCH_TEST(test_resume_mtu),
		BENCH_TEST(test_changes_all_the_time),
		BENCH_TEST(test_resume_nonsense),
		BENCH_TEST(test_resume_absurd),
		BENCH_TEST(test_resume_damaged),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

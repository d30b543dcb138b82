// SPDX-License-Identifier: GPL-2.0-or-later
/* Which routers and networks are known, and used (RFC 4861, RFC 4191): the test is they. */
#include "play6.h"

#define NONE		((struct uip_addr){ .family = 0 })

/* RFC 7559: twice as long each time, up to an hour. */
static void test_solicitations(void **state)
{
	uint8_t frame[2048];
	unsigned int n = 0;

	(void)state;
	configure6(UIP_SLAAC, 0);
	pass(1001);
	assert_int_equal(sent_icmp6(frame, 133), AT_ICMP6 + 8);
	assert_memory_equal(frame, "\x33\x33\0\0\0\2", 6);
	assert_memory_equal(frame + ETH_LEN + 24, "\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	pass(64 * 1000);
	while (sent_icmp6(frame, 133))
		n++;
	assert_in_range(n, 3, 5);
	pass(86400 * 1000u);
	for (n = 0; sent_icmp6(frame, 133); n++)
		;
	assert_in_range(n, 24, 24 + 15);
}

/* RFC 4861 6.3.7: it said what it likes, and is asked for all. */
static void test_router_before_solicitation(void **state)
{
	struct ra ra = { .lifetime = 600 };
	uint8_t frame[2048];
	unsigned int n = 0;

	(void)state;
	configure6(UIP_SLAAC, 0);
	bring_ra(&ra, 1);
	pass(300 * 1000);
	while (sent_icmp6(frame, 133))
		n++;
	assert_int_equal(n, 1);
}

static void test_router_ends_solicitations(void **state)
{
	uint8_t frame[2048];

	(void)state;
	get_address6();
	pass(1700 * 1000);
	assert_int_equal(sent_icmp6(frame, 133), 0);
	pass(200 * 1000);		/* its lifetime is over */
	assert_int_not_equal(sent_icmp6(frame, 133), 0);
	assert_got(eui64(0), 64, NONE, 0);
}

/* RFC 4191. */
static void test_better_router(void **state)
{
	struct ra ra = { .lifetime = 600, .flags = 0x18 };

	(void)state;
	get_address6();
	bring_ra(&ra, 2);		/* low */
	assert_int_equal(ntold, 0);
	ra.flags = 0x08;		/* high */
	bring_ra(&ra, 3);
	assert_got(eui64(0), 64, link_local(3), 0);
	pass(601 * 1000);
	assert_got(eui64(0), 64, link_local(1), 0);
	ra.lifetime = 0;
	bring_ra(&ra, 1);		/* it is none any more */
	assert_got(eui64(0), 64, NONE, 0);
}

/* Tables have an end, and what is in them a place. */
static void test_many(void **state)
{
	struct ra ra;
	unsigned int i;

	(void)state;
	get_address6();
	for (i = 1; i < 200; i++) {
		ra = ra_with_prefix(i, 86400, 14400);
		bring_ra(&ra, 1 + i);
	}
	wait_for_dad();
	assert_int_equal(ntold, 0);
}

/* Of eight places seven are taken by what was advertised before, and is of no use. */
static void fill_prefixes(void)
{
	unsigned int i;

	get_address6();
	advertise6(0, 86400, 0);
	for (i = 1; i < 8; i++)
		advertise6(i, 86400, 0);
}

/* What nobody uses gives way; what the address is of does not, deprecated as it is. */
static void test_old_prefixes_give_way(void **state)
{
	unsigned int i;

	(void)state;
	fill_prefixes();
	advertise6(100, 600, 300);
	assert_hop6(ip6(100, 9), ip6(100, 9));
	for (i = 8; i < 50; i++)
		advertise6(i, 86400, 0);
	assert_hop6(ip6(49, 9), ip6(49, 9));
	assert_hop6(ip6(100, 9), ip6(100, 9));	/* nor one that is preferred */
	wait_for_dad();
	assert_int_equal(ntold, 0);
}

/* Nor for what is none any more. */
static void test_prefix_that_was_none(void **state)
{
	unsigned int i;

	(void)state;
	fill_prefixes();
	advertise6(8, 0, 0);
	for (i = 1; i < 8; i++)
		assert_hop6(ip6(i, 9), ip6(i, 9));
	assert_hop6(ip6(8, 9), link_local(1));
}

static void test_ways(void **state)
{
	struct ra ra = { .lifetime = 1800 };

	(void)state;
	get_address6();
	ra_prefix(&ra, 1, RA_ON_LINK, 600, 600);
	bring_ra(&ra, 1);
	assert_int_equal(ntold, 0);
	assert_hop6(ip6(0, 9), ip6(0, 9));
	assert_hop6(ip6(1, 9), ip6(1, 9));
	assert_hop6(ip6(2, 9), link_local(1));
	pass(601 * 1000);
	assert_hop6(ip6(1, 9), link_local(1));
}

/* --- routers that do not answer ------------------------------------------------------- */

static void two_routers(void)
{
	struct ra ra = { .lifetime = 1800, .flags = 0x18 };	/* low */

	get_address6();
	bring_ra(&ra, 2);
	assert_int_equal(ntold, 0);
}

static struct uip_want want_beyond(struct uip_addr gateway)
{
	struct uip_want want = { .dst = ip6(2, 9), .nifaces = 1 };

	want.ifaces[0] = (struct uip_iface){ .index = 3, .prefix = 64, .addr = eui64(0),
					     .gateway = gateway };
	return want;
}

static void seek(const struct uip_want *want)
{
	drain();
	uip_resolve(uip_port_find(IFINDEX), want);
}

/* RFC 4861 6.3.6: another gets its chance, and is the adapter's from then on. */
static void test_router_is_silent(void **state)
{
	struct uip_want want = want_beyond(link_local(1));
	struct uip_addr second = link_local(2);
	struct ra ra = { .lifetime = 1800 };

	(void)state;
	two_routers();
	seek(&want);
	pass(4001);
	assert_got(eui64(0), 64, link_local(2), 0);
	assert_int_equal(count_solicitations(link_local(2)), 1);
	/* The driver's word may be older than that. */
	seek(&want);
	pass(1000);
	assert_int_equal(count_solicitations(link_local(1)), 0);
	bring_advertisement(link_local(2), router_mac);
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].path.status, OHBA_ST_SUCCESS);
	assert_true(uip_addr_equal(&told[0].path.hop, &second));
	ntold = 0;
	/* It is heard from again. */
	bring_ra(&ra, 1);
	assert_got(eui64(0), 64, link_local(1), 0);
	seek(&want);
	assert_int_equal(count_solicitations(link_local(1)), 1);
}

static void test_router_answers_again(void **state)
{
	struct uip_want want = want_beyond(link_local(1));

	(void)state;
	two_routers();
	seek(&want);
	pass(4001);
	assert_got(eui64(0), 64, link_local(2), 0);
	bring_advertisement(link_local(1), router_mac);
	assert_got(eui64(0), 64, link_local(1), 0);
}

/* Nobody answers: that is said, once all had their chance. */
static void test_all_routers_are_silent(void **state)
{
	struct uip_want want = want_beyond(link_local(1));

	(void)state;
	two_routers();
	seek(&want);
	pass(4001);
	assert_got(eui64(0), 64, link_local(2), 0);
	pass(4001);
	assert_int_equal(ntold, 2);
	assert_int_equal(told[0].type, UIP_PATH);
	assert_int_equal(told[0].path.status, OHBA_ST_HOST_UNREACH);
	assert_true(uip_addr_equal(&told[1].lease.gateway, &want.ifaces[0].gateway));
}

/* A neighbour that is none is not answered for by another. */
static void test_neighbour_is_silent(void **state)
{
	struct uip_want want = want_beyond(link_local(1));

	(void)state;
	two_routers();
	want.dst = link_local(1);
	seek(&want);
	pass(4001);
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].path.status, OHBA_ST_HOST_UNREACH);
}

/* Four are as many as there is room for. */
static void four_routers(void)
{
	struct ra ra = { .lifetime = 1800, .flags = 0x18 };	/* low */
	struct uip_want want = want_beyond(link_local(1));
	uint8_t i;

	get_address6();
	for (i = 2; i <= 4; i++)
		bring_ra(&ra, i);
	assert_int_equal(ntold, 0);
	seek(&want);
	pass(4001);
	assert_got(eui64(0), 64, link_local(2), 0);
}

/* One that does not answer gives way to another, those that may do not. */
static void test_silent_router_gives_way(void **state)
{
	struct ra ra = { .lifetime = 1800, .flags = 0x08 };	/* high */

	(void)state;
	four_routers();
	bring_ra(&ra, 5);
	assert_got(eui64(0), 64, link_local(5), 0);
	bring_ra(&ra, 6);
	assert_int_equal(ntold, 0);
	ra.lifetime = 0;
	bring_ra(&ra, 5);
	assert_got(eui64(0), 64, link_local(2), 0);
	ra.lifetime = 1800;
	bring_ra(&ra, 1);
	assert_got(eui64(0), 64, link_local(1), 0);
}

static void test_router_that_was_none(void **state)
{
	struct ra ra = { .lifetime = 0 };

	(void)state;
	four_routers();
	bring_ra(&ra, 5);
	bring_advertisement(link_local(1), router_mac);		/* it answers, after all */
	assert_got(eui64(0), 64, link_local(1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_solicitations),
		BENCH_TEST(test_router_before_solicitation),
		BENCH_TEST(test_router_ends_solicitations),
		BENCH_TEST(test_better_router),
		BENCH_TEST(test_many),
		BENCH_TEST(test_old_prefixes_give_way),
		BENCH_TEST(test_prefix_that_was_none),
		BENCH_TEST(test_ways),
		BENCH_TEST(test_router_is_silent),
		BENCH_TEST(test_router_answers_again),
		BENCH_TEST(test_all_routers_are_silent),
		BENCH_TEST(test_neighbour_is_silent),
		BENCH_TEST(test_silent_router_gives_way),
		BENCH_TEST(test_router_that_was_none),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

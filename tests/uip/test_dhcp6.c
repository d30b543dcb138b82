// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses by DHCP for IPv6 (RFC 8415): the test is the server, and the router. */
#include "serve6.h"

#define NONE		((struct uip_addr){ .family = 0 })
#define FOREVER		UINT32_MAX

static const uint8_t twin_mac[6] = { 0x52, 0x54, 0, 9, 9, 9 };

static void test_lease(void **state)
{
	size_t size;

	(void)state;
	configure6(UIP_DHCP6, 0);
	bring_router();
	pass(900);
	assert_int_equal(said6(), 0);	/* its link-local address is being checked */
	assert_int_equal(said6_within(3), SOLICIT);
	assert_null(ia_addr());
	assert_null(option6(2, &size));
	assert_non_null(option6(8, &size));
	assert_memory_equal(option6(6, &size), "\0\x52", 2);
	reply6(ADVERTISE);
	assert_int_equal(said6(), 0);	/* others have their chance */
	assert_int_equal(said6_within(2), REQUEST);
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	assert_true(names_server(1));
	reply6(REPLY);
	pass(900);
	assert_int_equal(ntold, 0);
	assert_int_equal(count_solicitations(ip6(0, 77)), 1);
	pass(1100);
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	assert_int_equal(said6(), 0);
	assert_logged("DHCPv6: 2001:db8::4d/64, gateway fe80::1, for 3000 s\n");
}

/* Nobody answers from behind a router: we ask from a link-local address. */
static void test_from_afar(void **state)
{
	struct answer6 a = base6;

	(void)state;
	configure6(UIP_DHCP6, 0);
	bring_router();
	assert_int_equal(said6_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.dst = eui64(0);
	answer6(&a);
	a.dst = ip6(0, 9);
	answer6(&a);
	assert_int_equal(said6_within(2), SOLICIT);
	a.dst = own_link_local();
	answer6(&a);
	assert_int_equal(said6_within(2), REQUEST);
}

/* Without a router the address is that of one station. */
static void test_no_router(void **state)
{
	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6_within(4), SOLICIT);
	reply6(ADVERTISE);
	assert_int_equal(said6_within(2), REQUEST);
	reply6(REPLY);
	pass(2000);
	assert_got(ip6(0, 77), 128, NONE, 0);
	bring_router();
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
}

/* The server resolves our link-local address: who else would answer. */
static void test_own_address(void **state)
{
	uint8_t nd[24] = { 135 }, frame[2048];
	struct packet6 packet = { .src = link_local(0xd6), .next = 58, .hops = 255,
				  .data = nd, .len = sizeof(nd) };

	(void)state;
	get_lease6();
	memcpy(nd + 8, own_link_local().bytes, 16);
	bring6(&packet);
	assert_int_equal(sent_icmp6(frame, 136), AT_ICMP6 + 32);
	assert_memory_equal(frame, router_mac, 6);
	assert_memory_equal(frame + ETH_LEN + 24, link_local(0xd6).bytes, 16);
	assert_int_equal(frame[AT_ICMP6 + 4], 0x60);
	assert_memory_equal(frame + AT_ICMP6 + 8, own_link_local().bytes, 16);
	assert_memory_equal(frame + AT_ICMP6 + 24, "\2\1\x52\x54\0\1\2\3", 8);
	/* To who is about to have it, too: RFC 4862 5.4.3. */
	bring_probe(own_link_local(), twin_mac);
	assert_int_equal(sent_icmp6(frame, 136), AT_ICMP6 + 32);
	assert_memory_equal(frame, "\x33\x33\0\0\0\1", 6);
	assert_int_equal(frame[AT_ICMP6 + 4], 0x20);
	/* For the lease the firmware does. */
	memcpy(nd + 8, ip6(0, 77).bytes, 16);
	bring6(&packet);
	assert_int_equal(sent_icmp6(frame, 136), 0);
}

static void test_own_address_taken(void **state)
{
	(void)state;
	configure6(UIP_DHCP6, 0);
	pass(500);
	bring_advertisement(own_link_local(), twin_mac);
	assert_int_equal(said6_within(290), 0);
	assert_int_equal(said6_within(20), SOLICIT);
}

static void test_no_server(void **state)
{
	unsigned int n;

	(void)state;
	configure6(UIP_DHCP6, 0);
	pass(130 * 1000);
	n = count6(SOLICIT);
	assert_in_range(n, 6, 8);	/* 1, 2, 4, ... s */
	pass(86400 * 1000u);
	n = count6(SOLICIT);
	assert_in_range(n, 24, 35);	/* one an hour, at last */
	assert_int_equal(ntold, 0);
}

/* SOL_MAX_RT: RFC 8415 21.24. */
static void test_sol_max_rt(void **state)
{
	struct answer6 a = base6;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.ia_status = NO_ADDRS;
	a.sol_max_rt = 60;
	answer6(&a);
	pass(3600 * 1000);
	assert_in_range(count6(SOLICIT), 55, 75);
}

static void test_best_server(void **state)
{
	struct answer6 a = base6;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6_within(4), SOLICIT);
	reply6(ADVERTISE);
	a.type = ADVERTISE;
	a.server = 2;
	a.host = 78;
	a.preference = 7;
	answer6(&a);
	a.server = 3;
	a.preference = 6;
	answer6(&a);
	assert_int_equal(said6_within(2), REQUEST);
	assert_true(names_server(2));
	assert_memory_equal(ia_addr(), ip6(0, 78).bytes, 16);
	reply6(REPLY);			/* of the other, who was not asked */
	pass(2000);
	assert_int_equal(ntold, 0);
}

static void test_highest_preference(void **state)
{
	struct answer6 a = base6;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.preference = 255;
	answer6(&a);
	assert_int_equal(said6(), REQUEST);	/* without waiting */
}

static void test_no_addresses(void **state)
{
	struct answer6 a = base6;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.ia_status = NO_ADDRS;
	answer6(&a);
	a.ia_status = 0;
	a.status = NO_ADDRS;
	answer6(&a);
	assert_int_equal(said6_within(4), SOLICIT);
	reply6(ADVERTISE);
	assert_int_equal(said6(), REQUEST);	/* that was not the first question */
}

/* A server that offers and does not give is asked less and less often. */
static void test_broken_word(void **state)
{
	struct answer6 a = base6;
	unsigned int i, n = 0;

	(void)state;
	configure6(UIP_DHCP6, 0);
	for (i = 0; i < 6000; i++) {
		switch (said6()) {
		case SOLICIT:
			n++;
			a.type = ADVERTISE;
			a.preference = 255;
			a.ia_status = 0;
			answer6(&a);
			break;
		case REQUEST:
			a.type = REPLY;
			a.ia_status = NO_ADDRS;
			answer6(&a);
			break;
		}
		pass(100);
	}
	assert_in_range(n, 5, 20);		/* in 10 min */
	assert_int_equal(ntold, 0);
}

/* REQ_MAX_RC: then another may be better. */
static void test_request_unanswered(void **state)
{
	struct answer6 a = base6;

	(void)state;
	get_offer6();
	a.type = REPLY;
	a.status = UNSPEC_FAIL;
	answer6(&a);
	pass(300 * 1000);
	assert_in_range(count6(REQUEST), 8, 9);
	assert_int_equal(ntold, 0);
	assert_int_equal(said6_within(200), SOLICIT);
}

static void test_renewal(void **state)
{
	struct answer6 a = base6;

	(void)state;
	get_lease6();
	pass(990 * 1000);
	assert_int_equal(said6(), 0);
	assert_int_equal(said6_within(12), RENEW);
	assert_true(names_server(1));
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	reply6(REPLY);
	pass(990 * 1000);
	assert_int_equal(said6(), 0);
	/* Nobody else's word counts. */
	assert_int_equal(said6_within(12), RENEW);
	a.server = 2;
	a.valid = a.preferred = 0;
	answer6(&a);
	assert_int_equal(ntold, 0);
	pass(100 * 1000);
	assert_in_range(count6(RENEW), 2, 5);
}

static void test_rebinding(void **state)
{
	struct answer6 a = base6;
	unsigned int n;

	(void)state;
	get_lease6();
	pass(1599 * 1000);
	n = count6(RENEW);
	assert_in_range(n, 4, 8);
	assert_int_equal(said6_within(12), REBIND);
	assert_false(names_server(1));
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	a.server = 2;
	answer6(&a);
	assert_int_equal(ntold, 0);
	pass(990 * 1000);
	assert_int_equal(said6(), 0);
	assert_int_equal(said6_within(12), RENEW);
	assert_true(names_server(2));
}

static void test_expiry(void **state)
{
	(void)state;
	get_lease6();
	pass(2990 * 1000);
	assert_int_equal(ntold, 0);
	drain();
	pass(20 * 1000);
	assert_gone();
	assert_int_equal(said6(), SOLICIT);
}

/* The server takes it back. */
static void test_taken_back(void **state)
{
	struct answer6 a = base6;

	(void)state;
	get_lease6();
	assert_int_equal(said6_within(1010), RENEW);
	a.valid = a.preferred = 0;
	answer6(&a);
	assert_gone();
	assert_int_equal(said6_within(3), SOLICIT);
}

static void test_no_binding(void **state)
{
	struct answer6 a = base6;

	(void)state;
	get_lease6();
	assert_int_equal(said6_within(1010), RENEW);
	a.ia_status = NO_BINDING;
	answer6(&a);
	assert_int_equal(said6(), REQUEST);
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	reply6(REPLY);
	pass(2000);
	assert_int_equal(ntold, 0);
	pass(900 * 1000);
	assert_int_equal(said6(), 0);
}

/* It says no more than that: the lease ends when it would have, not when we stop asking. */
static void test_no_binding_late(void **state)
{
	struct answer6 a = base6;

	(void)state;
	get_offer6();
	a.valid = 2900;
	answer6(&a);
	pass(2000);		/* DAD */
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	pass(2780 * 1000);
	drain();
	assert_int_equal(said6_within(90), REBIND);
	a.ia_status = NO_BINDING;
	answer6(&a);
	assert_int_equal(said6(), REQUEST);
	pass(1);
	assert_int_equal(ntold, 0);
	pass(118 * 1000);
	assert_gone();
}

/* T1 and T2 are ours to choose: half and four fifths of the preferred lifetime. */
static void test_our_times(void **state)
{
	struct answer6 a = base6;

	(void)state;
	get_offer6();
	a.t1 = a.t2 = 0;
	answer6(&a);
	pass(990 * 1000);
	drain();
	assert_int_equal(said6_within(20), RENEW);
	drain();
	pass(580 * 1000);
	drain();
	assert_int_equal(said6_within(30), REBIND);
}

static void test_for_ever(void **state)
{
	struct answer6 a = base6;

	(void)state;
	get_offer6();
	a.t1 = a.t2 = a.preferred = a.valid = FOREVER;
	answer6(&a);
	pass(2000);
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	bring_router();
	drain();
	pass(86400u * 1000 * 40);
	assert_int_equal(said6(), 0);
}

/* A lifetime of no time at all is no reason to ask all the time. */
static void test_short(void **state)
{
	struct answer6 a = base6;
	unsigned int i, n = 0;

	(void)state;
	get_offer6();
	a.t1 = a.t2 = 1;
	answer6(&a);
	for (i = 0; i < 600; i++) {
		pass(100);
		if (said6()) {
			n++;
			answer6(&a);
		}
	}
	assert_in_range(n, 10, 13);
	assert_int_equal(ntold, 1);
}

static void test_decline(void **state)
{
	unsigned int i;

	(void)state;
	get_offer6();
	reply6(REPLY);
	pass(500);
	bring_advertisement(ip6(0, 77), twin_mac);
	for (i = 0; i < 4; i++) {
		assert_int_equal(said6_within(10), DECLINE);
		assert_true(names_server(1));
		assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	}
	assert_int_equal(said6_within(20), SOLICIT);
	assert_int_equal(ntold, 0);
}

static void test_decline_answered(void **state)
{
	(void)state;
	get_offer6();
	reply6(REPLY);
	pass(500);
	bring_probe(ip6(0, 77), twin_mac);
	assert_int_equal(said6(), DECLINE);
	reply6(REPLY);
	assert_int_equal(said6_within(4), SOLICIT);
}

static void test_release(void **state)
{
	(void)state;
	get_lease6();
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6(), 0);
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	configure6(0xff, 0);
	assert_int_equal(said6(), RELEASE);
	assert_true(names_server(1));
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	assert_int_equal(ntold, 0);
	assert_true(uip_clients_poll() == UIP_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_lease),
		BENCH_TEST(test_from_afar),
		BENCH_TEST(test_no_router),
		BENCH_TEST(test_own_address),
		BENCH_TEST(test_own_address_taken),
		BENCH_TEST(test_no_server),
		BENCH_TEST(test_sol_max_rt),
		BENCH_TEST(test_best_server),
		BENCH_TEST(test_highest_preference),
		BENCH_TEST(test_no_addresses),
		BENCH_TEST(test_broken_word),
		BENCH_TEST(test_request_unanswered),
		BENCH_TEST(test_renewal),
		BENCH_TEST(test_rebinding),
		BENCH_TEST(test_expiry),
		BENCH_TEST(test_taken_back),
		BENCH_TEST(test_no_binding),
		BENCH_TEST(test_no_binding_late),
		BENCH_TEST(test_our_times),
		BENCH_TEST(test_for_ever),
		BENCH_TEST(test_short),
		BENCH_TEST(test_decline),
		BENCH_TEST(test_decline_answered),
		BENCH_TEST(test_release),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

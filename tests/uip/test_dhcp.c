// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses by DHCP (RFC 2131): the test is the server. */
#include "log.h"
#include "play4.h"

static void test_lease(void **state)
{
	(void)state;
	get_lease();
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	assert_int_equal(said(), 0);
	assert_null(strstr(logged, "DISCOVER"));	/* unasked */
	assert_logged("DHCP: 10.0.0.77/24, gateway 10.0.0.254, from 10.0.0.1 for 3600 s\n");
}

/* On a VLAN, for ever. */
static void test_lease_on_vlan(void **state)
{
	struct reply r = base;

	(void)state;
	memset(r.lease, 0xff, sizeof(r.lease));
	r.vid = 100;
	ask_for(2, 0x6064);
	assert_int_equal(said(), DISCOVER);
	r.type = OFFER;
	answer(&r);
	assert_int_equal(said(), REQUEST);
	r.type = ACK;
	answer(&r);
	wait_for_arp_check();
	assert_logged("/24, VLAN 100, gateway 10.0.0.254, from 10.0.0.1 for ever\n");
}

/* Each message, for who asks for it, and in which state. */
static void test_debug(void **state)
{
	(void)state;
	assert_true(uip_log_enable("dhcp"));
	get_lease();
	assert_non_null(strstr(logged, "address 2, SELECTING: sends DISCOVER, "));
	assert_non_null(strstr(logged, "address 2, SELECTING: hears OFFER, server 10.0.0.1\n"));
	assert_non_null(strstr(logged, "address 2, REQUESTING: sends REQUEST, "));
	assert_logged("address 2, REQUESTING: hears ACK, server 10.0.0.1\n");
}

static void test_request(void **state)
{
	(void)state;
	ask_for(2, 0);
	assert_int_equal(said(), DISCOVER);
	assert_memory_equal(last + AT_CHADDR, our_mac, 6);
	assert_null(option(54));
	reply(OFFER);
	assert_int_equal(said(), REQUEST);
	assert_memory_equal(option(50), base.yiaddr, 4);
	assert_memory_equal(option(54), "\x0a\0\0\1", 4);
}

static void test_no_server(void **state)
{
	unsigned int asked = 0;

	(void)state;
	ask_for(2, 0);
	pass(120000);
	while (said() == DISCOVER)
		asked++;
	/* RFC 2131 4.1: less and less often. */
	assert_in_range(asked, 4, 12);
	assert_int_equal(ntold, 0);
}

/* RFC 2131 3.2: the server says no. */
static void test_nak(void **state)
{
	(void)state;
	ask_for(2, 0);
	said();
	reply(OFFER);
	assert_int_equal(said(), REQUEST);
	reply(NAK);
	assert_int_equal(said(), DISCOVER);
	assert_int_equal(ntold, 0);
}

/* RFC 2131 3.1.5: somebody has the address. */
static void test_decline(void **state)
{
	(void)state;
	ask_for(2, 0);
	said();
	reply(OFFER);
	said();
	reply(ACK);
	tell_arp(ARP_REPLY, base.yiaddr, base.yiaddr);
	assert_int_equal(said(), DECLINE);
	wait_for_arp_check();
	assert_int_equal(ntold, 0);
	pass(12000);
	assert_int_equal(said(), DISCOVER);
}

static void test_renewal(void **state)
{
	(void)state;
	get_lease();
	ntold = 0;
	drain();
	pass(1700 * 1000);	/* of 3600 s */
	assert_int_equal(said(), 0);
	assert_int_equal(said_within(200), REQUEST);
	assert_memory_equal(last + AT_BOOTP + 12, base.yiaddr, 4);	/* ciaddr */
	reply(ACK);
	pass(1700 * 1000);
	assert_int_equal(said(), 0);
	assert_int_equal(ntold, 0);	/* nothing new */
}

static void test_expiry(void **state)
{
	(void)state;
	get_lease();
	ntold = 0;
	pass(3500 * 1000);
	assert_int_equal(ntold, 0);
	pass(300 * 1000);
	assert_lost();
	drain();
	pass(60 * 1000);
	assert_int_equal(said(), DISCOVER);
}

static void test_server_moves(void **state)
{
	struct reply other = base;

	(void)state;
	get_lease();
	ntold = 0;
	drain();
	assert_int_equal(said_within(1900), REQUEST);
	reply(NAK);
	assert_lost();
	assert_int_equal(said(), DISCOVER);
	other.yiaddr[3] = 78;
	other.type = OFFER;
	answer(&other);
	assert_int_equal(said(), REQUEST);
	other.type = ACK;
	answer(&other);
	wait_for_arp_check();
	assert_lease(ip4(10, 0, 0, 78), ip4(10, 0, 0, 254));
}

static void test_release(void **state)
{
	(void)state;
	get_lease();
	ntold = 0;
	drain();
	ask_for(2, 0);		/* is there already: whoever asks may have missed it */
	assert_int_equal(said(), 0);
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	tell_arp(ARP_REQUEST, (const uint8_t *)"\x0a\0\0\1", base.yiaddr);	/* else it would have to ask */
	ask_for_none();
	assert_int_equal(said(), RELEASE);
	assert_int_equal(ntold, 0);
	pass(5000 * 1000);
	assert_int_equal(said(), 0);
	assert_true(uip_clients_poll() == UIP_NEVER);
}

/* A way that leaves from the address is sought without touching the lease. */
static void test_resolve(void **state)
{
	struct uip_want want = { .dst = ip4(10, 0, 0, 9), .nifaces = 1 };

	(void)state;
	get_lease();
	ntold = 0;
	drain();
	want.ifaces[0] = (struct uip_iface){ .index = 2, .prefix = 24, .addr = ip4(10, 0, 0, 77),
					     .gateway = ip4(10, 0, 0, 254) };
	uip_resolve(uip_port_find(IFINDEX), &want);
	pass(4100);
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_PATH);
	assert_int_equal(said(), 0);
	assert_false(uip_clients_poll() == UIP_NEVER);
}

/* Not for us, not an answer to us, not whole: as if it had not come. */
static void test_strangers(void **state)
{
	struct reply r = base;

	(void)state;
	ask_for(2, 0);
	assert_int_equal(said(), DISCOVER);
	r.type = OFFER;
	r.wrong_xid = true;
	answer(&r);
	r = base;
	r.type = OFFER;
	r.wrong_chaddr = true;
	answer(&r);
	r = base;
	r.type = OFFER;
	r.cut = true;
	answer(&r);
	r = base;
	r.type = OFFER;
	r.vid = 5;
	answer(&r);
	assert_int_equal(said(), 0);
	reply(OFFER);
	assert_int_equal(said(), REQUEST);
}

/* Of 20 s: none is lost, and the server is not asked more than it takes. */
static void test_short_lease(void **state)
{
	struct reply r = base;
	unsigned int i, n = 0;

	(void)state;
	r.lease[2] = 0;
	r.lease[3] = 20;
	r.type = OFFER;
	ask_for(2, 0);
	said();
	answer(&r);
	r.type = ACK;
	for (i = 0; i < 6000; i++) {
		if (said() == REQUEST) {
			n++;
			answer(&r);
		}
		pass(100);
	}
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	assert_in_range(n, 50, 70);		/* every 10 s */
}

static void test_infinite_lease(void **state)
{
	struct reply r = base;

	(void)state;
	memset(r.lease, 0xff, 4);
	ask_for(2, 0);
	said();
	reply(OFFER);
	said();
	r.type = ACK;
	answer(&r);
	wait_for_arp_check();
	drain();
	pass(86400u * 1000 * 40);
	assert_int_equal(said(), 0);
	assert_int_equal(ntold, 1);
}

/* To the server first, then to all: RFC 2131 4.4.5. Where both begin is the server's. */
static void test_rebinding(void **state)
{
	unsigned int n;

	(void)state;
	GET_WITH("\x3a\4\0\0\3\xe8" "\x3b\4\0\0\7\xd0");	/* 1000 s, 2000 s */
	pass(990 * 1000);
	assert_int_equal(said(), 0);
	assert_int_equal(said_within(20), REQUEST);
	assert_memory_equal(last, server_mac, 6);
	assert_memory_equal(last + 14 + 12, "\x0a\0\0\x4d\x0a\0\0\1", 8);
	assert_null(option(50));
	assert_null(option(54));
	pass(1000 * 1000);
	for (n = 0; said() == REQUEST && !memcmp(last, server_mac, 6); n++)
		;
	assert_in_range(n, 2, 6);
	assert_memory_equal(last, "\xff\xff\xff\xff\xff\xff", 6);
	assert_int_equal(said(), 0);
	assert_memory_equal(last + 14 + 16, "\xff\xff\xff\xff", 4);
	assert_memory_equal(last + AT_BOOTP + 12, base.yiaddr, 4);
	ntold = 0;
	reply(ACK);
	pass(1700 * 1000);
	assert_int_equal(ntold, 0);
	assert_int_equal(said(), 0);
}

/* A server that offers and then refuses is not asked as fast as it answers. */
static void test_nak_again(void **state)
{
	unsigned int i, n = 0;

	(void)state;
	ask_for(2, 0);
	for (i = 0; i < 6000; i++) {
		switch (said()) {
		case DISCOVER:
			n++;
			reply(OFFER);
			break;
		case REQUEST:
			reply(NAK);
			break;
		}
		pass(100);
	}
	assert_in_range(n, 5, 20);		/* in 10 min */
}

static void test_request_unanswered(void **state)
{
	unsigned int n;

	(void)state;
	ask_for(2, 0);
	said();
	reply(OFFER);
	pass(55 * 1000);
	for (n = 0; said() == REQUEST; n++)
		;
	assert_in_range(n, 3, 4);
	pass(10 * 1000);
	assert_int_equal(said(), DISCOVER);
}

/* Somebody uses the address, later: defended once, then declined (RFC 5227 2.4). */
static void test_conflict(void **state)
{
	(void)state;
	get_lease();
	ntold = 0;
	drain();
	tell_arp(ARP_REQUEST, base.yiaddr, base.yiaddr);
	assert_int_equal(ntold, 0);
	tell_arp(ARP_REQUEST, base.yiaddr, base.yiaddr);
	assert_lost();
	assert_int_equal(said(), DECLINE);
	assert_memory_equal(option(50), base.yiaddr, 4);
	pass(9000);
	assert_int_equal(said(), 0);
	assert_int_equal(said_within(10), DISCOVER);
}

/* Its lease ends while the machine is suspended: the clock goes on. */
static void test_suspended(void **state)
{
	(void)state;
	get_lease();
	ntold = 0;
	drain();
	suspend(3200 * 1000);		/* past T2 */
	pass(0);
	assert_int_equal(said(), REQUEST);
	assert_memory_equal(last, "\xff\xff\xff\xff\xff\xff", 6);
	assert_int_equal(ntold, 0);
	suspend(400 * 1000);
	pass(0);
	assert_lost();
	assert_int_equal(said(), DISCOVER);
}

/* What is told goes with the configuration that it is for, even if nothing else changed. */
static void test_generation(void **state)
{
	struct uip_config config = {
		.nifaces = 1,
		.ifaces[0] = { .index = 2, .method = UIP_DHCP4, .generation = 5 },
	};

	(void)state;
	get_lease();
	assert_int_equal(last_lease[2].generation, 0);
	ntold = 0;
	drain();
	uip_clients_set(uip_port_find(IFINDEX), &config);
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	assert_int_equal(last_lease[2].generation, 5);
	assert_int_equal(said(), 0);
	/* That the adapter has it by now is no other configuration. */
	config.ifaces[0].addr = ip4(10, 0, 0, 77);
	config.ifaces[0].kept = last_lease[2].kept;
	uip_clients_set(uip_port_find(IFINDEX), &config);
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	assert_int_equal(said(), 0);
}

/* The driver could not be told of the end: it says that the adapter has the address. */
static void test_end_is_missed(void **state)
{
	struct uip_lease lease;

	(void)state;
	get_lease();
	lease = last_lease[2];
	drain();
	assert_int_equal(said_within(1900), REQUEST);
	ntold = 0;
	reply(NAK);
	assert_lost();
	ask_for(2, 0);
	assert_int_equal(ntold, 0);
	resume_with(2, UIP_DHCP4, &lease);
	assert_lost();
	/* One that never had any knows nothing of it. */
	be_killed();
	lease.kept.len = 0;
	resume_with(2, UIP_DHCP4, &lease);
	resume_with(2, UIP_DHCP4, &lease);
	assert_int_equal(ntold, 0);
}

/* What nobody could be told is told when somebody listens: the last word of it. */
static void test_deaf(void **state)
{
	(void)state;
	deaf = true;
	get_lease();
	assert_int_equal(ntold, 0);
	deaf = false;
	pass(0);
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	pass(60 * 1000);
	assert_int_equal(ntold, 0);
	deaf = true;
	drain();
	assert_int_equal(said_within(1900), REQUEST);
	reply(NAK);
	deaf = false;
	pass(0);
	assert_lost();
}

/* The clock goes on while the end of a lease is dealt with. */
static void test_ticking(void **state)
{
	uint64_t expiry;
	unsigned int i;

	(void)state;
	get_lease();
	ntold = 0;
	memcpy(&expiry, last_lease[2].kept.bytes + AT_EXPIRY, sizeof(expiry));
	suspend(expiry - uip_now() - 3);
	tick();
	for (i = 0; i < 5; i++)
		uip_clients_poll();
	assert_lost();
}

/* T1 and T2 of a second: a server's word, but not its pace. */
static void test_hurry(void **state)
{
	static const char *const hurry[] = {
		"\x3a\4\0\0\0\1" "\x3b\4\0\0\0\2", "\x3b\4\0\0\0\1" "\x3a\4\0\0\0\1",
		"\x3a\4\0\0\0\0" "\x3b\4\0\0\0\1", "\x3a\4\0\0\0\1" "\x3b\4\0\0\0\x3d",
	};
	unsigned int i, j, n;

	(void)state;
	for (i = 0; i < sizeof(hurry) / sizeof(hurry[0]); i++) {
		ask_for(2, 0);
		said();
		reply(OFFER);
		said();
		reply_with(ACK, hurry[i], 12);
		for (n = j = 0; j < 600; j++) {
			if (said() == REQUEST) {
				n++;
				reply_with(ACK, hurry[i], 12);
			}
			pass(1000);
		}
		assert_in_range(n, 0, 20);	/* in 10 min, of a lease of an hour */
		ask_for_none();
		drain();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_lease),
		BENCH_TEST(test_lease_on_vlan),
		BENCH_TEST(test_request),
		BENCH_TEST(test_no_server),
		BENCH_TEST(test_nak),
		BENCH_TEST(test_decline),
		BENCH_TEST(test_renewal),
		BENCH_TEST(test_expiry),
		BENCH_TEST(test_server_moves),
		BENCH_TEST(test_release),
		BENCH_TEST(test_resolve),
		BENCH_TEST(test_strangers),
		BENCH_TEST(test_short_lease),
		BENCH_TEST(test_infinite_lease),
		BENCH_TEST(test_rebinding),
		BENCH_TEST(test_nak_again),
		BENCH_TEST(test_request_unanswered),
		BENCH_TEST(test_conflict),
		BENCH_TEST(test_suspended),
		BENCH_TEST(test_generation),
		BENCH_TEST(test_end_is_missed),
		BENCH_TEST(test_deaf),
		BENCH_TEST(test_ticking),
		BENCH_TEST(test_hurry),
		BENCH_TEST(test_debug),		/* the last: what it asks for stays so */
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

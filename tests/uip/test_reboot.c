// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DHCP by a sandbox that is not the first, of what the driver kept (RFC 2131 3.2): the test
 * is the server.
 */
#include "play4.h"

static void get_and_die(void)
{
	get_lease();
	ntold = nkept = 0;
	be_killed();
}

/* RFC 2131 4.3.2: as who starts again, and knows its address. */
static void assert_reboots(void)
{
	assert_int_equal(said(), REQUEST);
	assert_memory_equal(last, "\xff\xff\xff\xff\xff\xff", 6);
	assert_memory_equal(last + 14 + 12, "\0\0\0\0\xff\xff\xff\xff", 8);
	assert_memory_equal(last + AT_BOOTP + 12, "\0\0\0\0", 4);	/* ciaddr */
	assert_non_null(option(50));
	assert_memory_equal(option(50), base.yiaddr, 4);
	assert_null(option(54));
}

static unsigned int probes(void)
{
	uint8_t frame[2048];
	unsigned int n = 0;

	while (sent(frame))
		n += frame[12] == 8 && frame[13] == 6;
	return n;
}

static void test_reboot(void **state)
{
	(void)state;
	get_and_die();
	resume(2, UIP_DHCP4);
	assert_reboots();
	assert_int_equal(ntold, 0);
	reply(ACK);
	pass(1);
	assert_int_equal(nkept, 1);
	assert_int_equal(last_lease[2].generation, GENERATION);
	pass(7000);
	assert_int_equal(probes(), 0);
	pass(1780 * 1000);
	assert_int_equal(said(), 0);
	assert_int_equal(said_within(40), REQUEST);
	assert_memory_equal(last + AT_BOOTP + 12, base.yiaddr, 4);
	assert_int_equal(ntold, 0);
}

static void test_reboot_nak(void **state)
{
	(void)state;
	get_and_die();
	resume(2, UIP_DHCP4);
	assert_reboots();
	reply(NAK);
	assert_lost();
	assert_int_equal(said(), DISCOVER);
}

/* The lease goes on as it was: from the server first, then from all, and ends. */
static void test_reboot_unanswered(void **state)
{
	unsigned int n;

	(void)state;
	get_and_die();		/* 7 of 3600 s */
	resume(2, UIP_DHCP4);
	for (n = 0; n < 4; n++) {
		assert_reboots();
		pass((4 << n) * 1000 + 1000);
	}
	assert_int_equal(said(), 0);
	pass(1700 * 1000);
	assert_int_equal(said(), 0);
	assert_int_equal(said_within(60), REQUEST);
	assert_memory_equal(last, server_mac, 6);
	assert_memory_equal(last + 14 + 12, "\x0a\0\0\x4d\x0a\0\0\1", 8);
	pass(1500 * 1000);
	drain();
	assert_int_equal(said_within(200), REQUEST);
	assert_memory_equal(last, "\xff\xff\xff\xff\xff\xff", 6);
	assert_int_equal(ntold, 0);
	pass(240 * 1000);
	assert_lost();
}

/* Past T2: everybody is asked, once it is clear that nobody knows it as a new one. */
static void test_reboot_late(void **state)
{
	(void)state;
	get_and_die();
	suspend(3400 * 1000);
	resume(2, UIP_DHCP4);
	assert_reboots();
	pass(66 * 1000);
	while (said() && option(50))
		;
	assert_memory_equal(last + AT_BOOTP + 12, base.yiaddr, 4);
	assert_memory_equal(last, "\xff\xff\xff\xff\xff\xff", 6);
	assert_int_equal(ntold, 0);
	pass(130 * 1000);
	assert_lost();
}

/* It ended while nobody was there to see it. */
static void test_reboot_too_late(void **state)
{
	(void)state;
	get_and_die();
	suspend(3600 * 1000);
	resume(2, UIP_DHCP4);
	assert_lost();
	assert_int_equal(said(), DISCOVER);
}

static void test_reboot_for_ever(void **state)
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
	ntold = 0;
	be_killed();
	resume(2, UIP_DHCP4);
	pass(86400u * 1000 * 40);
	assert_reboots();
	assert_int_equal(ntold, 0);
}

/* A renewal that the sandbox lived to see counts; the server's times may be others. */
static void test_reboot_renewed(void **state)
{
	(void)state;
	get_lease();
	drain();
	assert_int_equal(said_within(1900), REQUEST);
	reply(ACK);
	pass(1);
	assert_int_equal(nkept, 1);
	ntold = 0;
	be_killed();
	resume(2, UIP_DHCP4);
	pass(2000 * 1000);		/* past the end of the first */
	assert_int_equal(ntold, 0);
	pass(1700 * 1000);
	assert_lost();
}

/* The iSNS server that was announced is known to who comes after: the same is not told again. */
static void test_reboot_isns(void **state)
{
	static const char isns[] = "\x53\x0e\0\1\0\1\0\0\0\0\0\1\x0a\0\0\x0d";

	(void)state;
	get_with(isns, sizeof(isns) - 1);
	assert_int_equal(last_lease[2].isns.family, OHBA_FAMILY_IPV4);
	ntold = 0;
	be_killed();
	resume(2, UIP_DHCP4);
	assert_reboots();
	reply_with(ACK, isns, sizeof(isns) - 1);
	pass(1);
	assert_int_equal(ntold, 0);
	assert_memory_equal(last_lease[2].isns.bytes, "\x0a\0\0\x0d", 4);
}

/* Who sends an acknowledgement in the wrong moment has us tell of it, but not all the time. */
static void test_kept_seldom(void **state)
{
	struct reply r = base;
	unsigned int i;

	(void)state;
	r.lease[2] = 0;
	r.lease[3] = 15;
	r.type = OFFER;
	ask_for(2, 0);
	said();
	answer(&r);
	r.type = ACK;
	for (i = 0; i < 6000; i++) {
		if (said() == REQUEST)
			answer(&r);
		pass(100);
	}
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	assert_in_range(nkept, 50, 60);		/* every 10 s */
	be_killed();
	resume(2, UIP_DHCP4);
	assert_int_equal(ntold, 0);
}

static void test_reboot_routes(void **state)
{
	(void)state;
	GET_WITH("\x79\x1d" "\x0c\xac\x10\x0a\0\0\2" "\x18\x0a\1\2\0\0\0\0"
		 "\x19\x0a\0\0\x80\x0a\0\0\2" "\0\x0a\0\0\3" "\x1a\2\x23\x28");
	be_killed();
	resume(2, UIP_DHCP4);
	pass(0);
	assert_asks_for(ip4(172, 17, 0, 1), (const uint8_t *)"\x0a\0\0\2");
	assert_asks_for(ip4(10, 1, 2, 3), (const uint8_t *)"\x0a\1\2\3");
	assert_asks_for(ip4(8, 8, 8, 8), (const uint8_t *)"\x0a\0\0\3");
	ntold = 0;
	ask_for(2, 0);		/* is told again: as it was */
	assert_int_equal(told[0].lease.mtu, 9000);
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 3));
}

/* Somebody has it, too: as ever. */
static void test_reboot_conflict(void **state)
{
	(void)state;
	get_and_die();
	resume(2, UIP_DHCP4);
	assert_reboots();
	tell_arp(ARP_REQUEST, base.yiaddr, base.yiaddr);
	assert_int_equal(ntold, 0);
	tell_arp(ARP_REQUEST, base.yiaddr, base.yiaddr);
	assert_lost();
	assert_int_equal(said(), DECLINE);
}

static void test_reboot_release(void **state)
{
	(void)state;
	get_and_die();
	resume(2, UIP_DHCP4);
	assert_reboots();
	ask_for_none();
	assert_int_equal(said(), RELEASE);
}

/* A socket that fails is no reason to give back what the adapter has. */
static void test_reboot_port(void **state)
{
	struct uip_port_add add = { .adapter = "adapter" };

	(void)state;
	get_lease();
	drain();
	memcpy(add.mac, our_mac, 6);
	uip_port_add(IFINDEX, &add, dup(uip_port_find(IFINDEX)->fd));
	assert_int_equal(said(), 0);
	ntold = 0;
	resume(2, UIP_DHCP4);
	assert_reboots();
	assert_int_equal(ntold, 0);
}

static void assert_begins(const struct uip_lease *lease)
{
	be_killed();
	resume_with(2, UIP_DHCP4, lease);
	assert_int_equal(said(), DISCOVER);
	assert_int_equal(ntold, 0);
}

/* What is no lease of ours is as if there were none. */
static void test_reboot_nonsense(void **state)
{
	struct uip_lease lease, good;
	unsigned int i;

	(void)state;
	get_and_die();
	good = last_lease[2];
	assert_in_range(good.kept.len, 40, OHBA_LEASE_MAX);
	for (i = 0; i < good.kept.len; i++) {
		lease = good;
		lease.kept.len = i;
		assert_begins(&lease);
	}
	lease = good;
	lease.kept.len++;
	assert_begins(&lease);
	lease.kept.len = UINT16_MAX;
	assert_begins(&lease);
	for (i = 0; i < 2; i++) {	/* version, method */
		lease = good;
		lease.kept.bytes[i]++;
		assert_begins(&lease);
	}
	lease = good;
	lease.addr.bytes[3]++;		/* the adapter has another address */
	assert_begins(&lease);
	lease.addr.family = 0;
	assert_begins(&lease);
}

/* Times that no server can have meant; those in the wrong order. */
static void test_reboot_absurd(void **state)
{
	static const uint64_t row[][3] = {
		{ 1, 2, 1ull << 63 }, { 1ull << 63, 1ull << 63, 1ull << 63 }, { 3, 2, 4 },
		{ 1, 4, 3 }, { UIP_NEVER, UIP_NEVER, 1 },
	};
	struct uip_lease lease, good;
	unsigned int i;

	(void)state;
	get_and_die();
	good = last_lease[2];
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		lease = good;
		memcpy(lease.kept.bytes + AT_T1, row[i], sizeof(row[i]));
		assert_begins(&lease);
	}
}

static void assert_begins_with(const struct uip_lease *good, size_t at, const void *value,
			       size_t len)
{
	struct uip_lease lease = *good;

	memcpy(lease.kept.bytes + at, value, len);
	assert_begins(&lease);
}

static const uint64_t never[3] = { UIP_NEVER, UIP_NEVER, UIP_NEVER };

/* Nor a mask, or a time for the times that go with it. */
static void test_reboot_unsaid(void **state)
{
	const uint32_t none = 0, less = 3592, forever = UINT32_MAX;
	struct uip_lease good, other;
	uint64_t soon[3];

	(void)state;
	get_and_die();		/* 7 of 3600 s */
	soon[0] = soon[1] = soon[2] = uip_now() + 1000;
	good = last_lease[2];
	assert_begins_with(&good, AT_PREFIX, "\0", 1);
	assert_begins_with(&good, AT_PREFIX, "\x21", 1);
	other = good;
	memcpy(other.kept.bytes + AT_T1, soon, sizeof(soon));
	assert_begins_with(&other, AT_LEASE, &none, sizeof(none));
	assert_begins_with(&good, AT_LEASE, &less, sizeof(less));
	assert_begins_with(&good, AT_LEASE, &forever, sizeof(forever));
	assert_begins_with(&good, AT_T1, never, sizeof(never));
	other = good;
	memcpy(other.kept.bytes + AT_T1, never, sizeof(never));
	memcpy(other.kept.bytes + AT_LEASE, &forever, sizeof(forever));
	be_killed();
	resume_with(2, UIP_DHCP4, &other);
	assert_reboots();
}

/* More routes than there is room for, and one that is longer than an address. */
static void test_reboot_no_routes(void **state)
{
	struct uip_lease good;
	uint32_t many = 17;

	(void)state;
	GET_WITH("\x79\x05" "\0\x0a\0\0\3");
	good = last_lease[2];
	ntold = 0;
	assert_begins_with(&good, AT_NROUTES, &many, sizeof(many));
	assert_begins_with(&good, AT_NROUTES + 4, "\x21", 1);
}

/* Whatever the bytes are: nobody reads or writes where there is nothing. */
static void test_reboot_damaged(void **state)
{
	struct uip_lease lease, good;
	unsigned int i, value;

	(void)state;
	GET_WITH("\x79\x0d" "\x18\x0a\1\2\0\0\0\0" "\0\x0a\0\0\3");
	good = last_lease[2];
	for (i = 0; i < good.kept.len; i++)
		for (value = 0; value < 256; value += 5) {
			lease = good;
			lease.kept.bytes[i] = value;
			be_killed();
			resume_with(2, UIP_DHCP4, &lease);
			pass(100);
			ntold = 0;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_reboot),
		BENCH_TEST(test_reboot_nak),
		BENCH_TEST(test_reboot_unanswered),
		BENCH_TEST(test_reboot_late),
		BENCH_TEST(test_reboot_too_late),
		BENCH_TEST(test_reboot_for_ever),
		BENCH_TEST(test_reboot_renewed),
		BENCH_TEST(test_kept_seldom),
		BENCH_TEST(test_reboot_routes),
		BENCH_TEST(test_reboot_conflict),
		BENCH_TEST(test_reboot_release),
		BENCH_TEST(test_reboot_port),
		BENCH_TEST(test_reboot_nonsense),
		BENCH_TEST(test_reboot_absurd),
		BENCH_TEST(test_reboot_unsaid),
		BENCH_TEST(test_reboot_isns),
		BENCH_TEST(test_reboot_no_routes),
		BENCH_TEST(test_reboot_damaged),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

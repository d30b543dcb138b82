// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses by DHCP (RFC 2131): the test is the server. */
#include "bench.h"

#define AT_UDP		(14 + 20)
#define AT_BOOTP	(AT_UDP + 8)
#define AT_XID		(AT_BOOTP + 4)
#define AT_YIADDR	(AT_BOOTP + 16)
#define AT_CHADDR	(AT_BOOTP + 28)
#define AT_OPTIONS	(AT_BOOTP + 240)

enum { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE };

static const uint8_t server_mac[6] = { 0x52, 0x54, 0, 7, 7, 7 };
static uint8_t last[2048];		/* what the client said last */

/* --- the client's messages ---------------------------------------------------- */

/* Option @code of the message in @last, or NULL. */
static const uint8_t *option(uint8_t code)
{
	const uint8_t *at = last + AT_OPTIONS;

	for (; at < last + sizeof(last) - 2 && *at != 255; at += *at ? 2 + at[1] : 1)
		if (*at == code)
			return at + 2;
	return NULL;
}

static void tell_arp(uint8_t op, const uint8_t *who, const uint8_t *to)
{
	uint8_t frame[ARP_LEN];

	fill_arp(frame, op, server_mac, who, to);
	uip_port_input(uip_port_find(IFINDEX), frame, sizeof(frame), 0);
}

/* The server is who has 10.0.0.1. */
static void serve_arp(const uint8_t *frame)
{
	if (frame[12] == 8 && frame[13] == 6 && frame[21] == ARP_REQUEST &&
	    !memcmp(frame + 38, "\x0a\0\0\1", 4))
		tell_arp(ARP_REPLY, frame + 38, frame + 28);
}

/* The next message of the client's, into @last. Return: its type, 0: there is none. */
static uint8_t said(void)
{
	uint8_t frame[sizeof(last)] = { 0 };

	while (sent(frame)) {
		serve_arp(frame);
		if (frame[12] != 8 || frame[13] || frame[AT_UDP + 3] != 67)
			continue;
		memcpy(last, frame, sizeof(last));
		return *option(53);
	}
	return 0;
}

/* The first in @seconds, while ARP is answered. */
static uint8_t said_within(unsigned int seconds)
{
	unsigned int i;
	uint8_t type = 0;

	for (i = 0; !type && i < seconds * 10; i++) {
		pass(100);
		type = said();
	}
	return type;
}

/* --- the server's --------------------------------------------------------------- */

static struct reply {
	uint8_t type, yiaddr[4], lease[4];
	bool wrong_xid, wrong_chaddr, cut;
	uint16_t vid;
	const char *extra;		/* options behind the others, until the end's */
	size_t extra_len;
	const char *file;		/* options in the field for a file's name */
} base = { .yiaddr = { 10, 0, 0, 77 }, .lease = { 0, 0, 0x0e, 0x10 } };

static uint16_t sum_of(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void answer(const struct reply *r)
{
	uint8_t frame[AT_OPTIONS + 256] = { 0 }, *at = frame + AT_OPTIONS;
	size_t len = sizeof(frame) - 14 - (r->cut ? 252 : 0);
	uint16_t sum;

	memset(frame, 0xff, 6);
	memcpy(frame + 6, server_mac, 6);
	memcpy(frame + 12, "\x08\0\x45", 3);
	frame[16] = len >> 8;
	frame[17] = len;
	memcpy(frame + 14 + 8, "\x40\x11", 2);
	memcpy(frame + 14 + 12, "\x0a\0\0\1\xff\xff\xff\xff", 8);
	sum = sum_of(frame + 14, 20);
	frame[14 + 10] = sum >> 8;
	frame[14 + 11] = sum;
	memcpy(frame + AT_UDP, "\0\x43\0\x44", 4);
	frame[AT_UDP + 4] = (len - 20) >> 8;
	frame[AT_UDP + 5] = len - 20;
	memcpy(frame + AT_BOOTP, "\2\1\6\0", 4);
	memcpy(frame + AT_XID, last + AT_XID, 4);
	frame[AT_XID] ^= r->wrong_xid;
	memcpy(frame + AT_YIADDR, r->yiaddr, 4);
	memcpy(frame + AT_CHADDR, our_mac, 6);
	frame[AT_CHADDR] ^= r->wrong_chaddr;
	memcpy(at - 4, "\x63\x82\x53\x63", 4);
	memcpy(at, "\x35\1", 2);
	at[2] = r->type;
	memcpy(at + 3, "\x36\4\x0a\0\0\1" "\1\4\xff\xff\xff\0" "\3\4\x0a\0\0\xfe" "\x33\4", 20);
	memcpy(at + 23, r->lease, 4);
	if (r->extra)
		memcpy(at + 27, r->extra, r->extra_len);
	at[27 + r->extra_len] = 255;
	if (r->file)
		memcpy(frame + AT_BOOTP + 108, r->file, strlen(r->file));
	uip_port_input(uip_port_find(IFINDEX), frame, 14 + len, r->vid);
}

static void reply(uint8_t type)
{
	struct reply r = base;

	r.type = type;
	answer(&r);
}

static void reply_with(uint8_t type, const char *extra, size_t len)
{
	struct reply r = base;

	r.type = type;
	r.extra = extra;
	r.extra_len = len;
	answer(&r);
}
#define REPLY_WITH(type, extra)	reply_with(type, extra, sizeof(extra) - 1)

/* --- what the privileged process says ------------------------------------------- */

static void ask_for(uint32_t index, uint16_t tci)
{
	struct uip_config config = {
		.nifaces = 1,
		.ifaces[0] = { .index = index, .tci = tci, .method = UIP_DHCP4 },
	};

	uip_clients_set(uip_port_find(IFINDEX), &config);
}

static void ask_for_none(void)
{
	struct uip_config config = { .nifaces = 0 };

	uip_clients_set(uip_port_find(IFINDEX), &config);
}

/* RFC 5227 2.1.1: the client sees first whether somebody has the address. */
static void wait_for_arp_check(void)
{
	pass(7000);
}

static void get_lease(void)
{
	ask_for(2, 0);
	assert_int_equal(said(), DISCOVER);
	reply(OFFER);
	assert_int_equal(said(), REQUEST);
	reply(ACK);
	wait_for_arp_check();
}

static void assert_lease(struct uip_addr addr, struct uip_addr gateway)
{
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_LEASE);
	assert_int_equal(told[0].port, IFINDEX);
	assert_int_equal(told[0].lease.iface, 2);
	assert_int_equal(told[0].lease.prefix, 24);
	assert_true(uip_addr_equal(&told[0].lease.addr, &addr));
	assert_true(uip_addr_equal(&told[0].lease.gateway, &gateway));
	ntold = 0;
}

static void assert_lost(void)
{
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_LEASE);
	assert_int_equal(told[0].lease.iface, 2);
	assert_int_equal(told[0].lease.addr.family, 0);
	ntold = 0;
}

static void test_lease(void **state)
{
	(void)state;
	get_lease();
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	assert_int_equal(said(), 0);
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

/* What tells one client from another, and what it wants. */
static void test_says_who(void **state)
{
	(void)state;
	ask_for(0, 0);
	assert_int_equal(said(), DISCOVER);
	assert_memory_equal(option(61) - 1, "\7\1\x52\x54\0\1\2\3", 8);
	assert_memory_equal(option(12) - 1, "\x11ohba-525400010203", 18);
	assert_non_null(memchr(option(55), 26, option(55)[-1]));
	assert_true(memchr(option(55), 121, option(55)[-1]) <
		    memchr(option(55), 3, option(55)[-1]));
	ask_for_none();
	/* The same MAC, but another address: RFC 4361. */
	ask_for(2, 0);
	assert_int_equal(said(), DISCOVER);
	assert_memory_equal(option(61) - 1, "\x0f\xff\0\0\0\2\0\3\0\1\x52\x54\0\1\2\3", 16);
}

static void ask_and_get_with(const char *extra, size_t len)
{
	ask_for(2, 0);
	said();
	reply(OFFER);
	said();
	reply_with(ACK, extra, len);
	wait_for_arp_check();
	drain();
}
#define GET_WITH(extra)	ask_and_get_with(extra, sizeof(extra) - 1)

static void test_mtu(void **state)
{
	(void)state;
	GET_WITH("\x1a\2\x23\x28");
	assert_int_equal(told[0].lease.mtu, 9000);
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
}

static void assert_asks_for(struct uip_addr dst, const uint8_t hop[4])
{
	struct uip_want want = { .dst = dst, .nifaces = 1 };
	uint8_t frame[2048];

	want.ifaces[0] = (struct uip_iface){ .index = 2, .prefix = 24, .addr = ip4(10, 0, 0, 77),
					     .gateway = told[0].lease.gateway };
	drain();
	uip_resolve(uip_port_find(IFINDEX), &want);
	assert_int_not_equal(sent(frame), 0);
	assert_memory_equal(frame + 38, hop, 4);
}

/*
 * RFC 3442: instead of the router. 172.16/12 and half of our network by .2, 10.1.2/24 on
 * the link, the rest by .3.
 */
static void test_routes(void **state)
{
	(void)state;
	GET_WITH("\x79\x1d" "\x0c\xac\x10\x0a\0\0\2" "\x18\x0a\1\2\0\0\0\0"
		 "\x19\x0a\0\0\x80\x0a\0\0\2" "\0\x0a\0\0\3");
	assert_int_equal(ntold, 1);
	assert_memory_equal(told[0].lease.gateway.bytes, "\x0a\0\0\3", 4);
	assert_asks_for(ip4(172, 17, 0, 1), (const uint8_t *)"\x0a\0\0\2");
	assert_asks_for(ip4(10, 1, 2, 3), (const uint8_t *)"\x0a\1\2\3");
	assert_asks_for(ip4(10, 0, 0, 9), (const uint8_t *)"\x0a\0\0\x09");
	assert_asks_for(ip4(10, 0, 0, 129), (const uint8_t *)"\x0a\0\0\2");
	assert_asks_for(ip4(8, 8, 8, 8), (const uint8_t *)"\x0a\0\0\3");
}

/* What is no list of routes is as if there were none. */
static void test_wrong_routes(void **state)
{
	(void)state;
	GET_WITH("\x79\x0b" "\0\x0a\0\0\3" "\x18\x0a\1\2\0\0");
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	ask_for_none();
	GET_WITH("\x79\x0a" "\x21\x0a\0\0\3\0\x0a\0\0\3");
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	ask_for_none();
	GET_WITH("\x79\0");
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
}

/* Options may go on in the field for a file's name: RFC 2132 9.3. */
static void test_overload(void **state)
{
	struct reply r = base;

	(void)state;
	ask_for(2, 0);
	said();
	reply(OFFER);
	said();
	r.type = ACK;
	r.extra = "\x34\1\1";
	r.extra_len = 3;
	r.file = "\x1a\2\5\xdc\xff";
	answer(&r);
	wait_for_arp_check();
	assert_int_equal(told[0].lease.mtu, 1500);
}

/* Options that end behind the message, wherever it is cut: nobody reads on. */
static void test_cut_options(void **state)
{
	static const char *const wrong[] = {
		"\x1a", "\x1a\xff\5", "\x79\xff\x18", "\x33\xf0", "\x34\1\3", "\x36\xfe\x0a",
		"\x33\4\1\1", "\x33\3\1",	/* one byte is missing */
	};
	char extra[228];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ask_for(2, 0);
		assert_int_equal(said(), DISCOVER);
		/* At the very end: padding before it. */
		memset(extra, 0, sizeof(extra));
		memcpy(extra + sizeof(extra) - strlen(wrong[i]), wrong[i], strlen(wrong[i]));
		reply_with(OFFER, extra, sizeof(extra));
		ask_for_none();
		drain();
	}
	assert_int_equal(ntold, 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_lease),
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
		BENCH_TEST(test_says_who),
		BENCH_TEST(test_mtu),
		BENCH_TEST(test_routes),
		BENCH_TEST(test_wrong_routes),
		BENCH_TEST(test_overload),
		BENCH_TEST(test_cut_options),
		BENCH_TEST(test_short_lease),
		BENCH_TEST(test_infinite_lease),
		BENCH_TEST(test_rebinding),
		BENCH_TEST(test_nak_again),
		BENCH_TEST(test_request_unanswered),
		BENCH_TEST(test_conflict),
		BENCH_TEST(test_suspended),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

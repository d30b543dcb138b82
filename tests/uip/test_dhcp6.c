// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses by DHCP for IPv6 (RFC 8415): the test is the server, and the router. */
#include "net/bytes.h"
#include "play6.h"

#define AT_UDP		(ETH_LEN + IP6_LEN)
#define AT_DHCP		(AT_UDP + 8)
#define NONE		((struct uip_addr){ .family = 0 })
#define FOREVER		UINT32_MAX

enum { SOLICIT = 1, ADVERTISE, REQUEST, CONFIRM, RENEW, REBIND, REPLY, RELEASE, DECLINE };
enum { NO_ADDRS = 2, NO_BINDING = 3, UNSPEC_FAIL = 1 };

static const uint8_t our_duid[10] = { 0, 3, 0, 1, 0x52, 0x54, 0, 1, 2, 3 };
static const uint8_t twin_mac[6] = { 0x52, 0x54, 0, 9, 9, 9 };

/* --- what the client says ------------------------------------------------------ */

static uint8_t last[2048];
static size_t last_len;

/* Option @code of @len bytes at @at. Return: its value, or NULL; @size: its length. */
static const uint8_t *find(const uint8_t *at, size_t len, uint16_t code, size_t *size)
{
	while (len >= 4) {
		*size = get_be16(at + 2);
		assert_in_range(*size, 0, len - 4);
		if (get_be16(at) == code)
			return at + 4;
		at += 4 + *size;
		len -= 4 + *size;
	}
	assert_int_equal(len, 0);
	return NULL;
}

static const uint8_t *option(uint16_t code, size_t *size)
{
	return find(last + AT_DHCP + 4, last_len - AT_DHCP - 4, code, size);
}

/* What every message has: RFC 8415 16. */
static void check_message(void)
{
	size_t size;
	const uint8_t *at = option(1, &size);

	assert_non_null(at);
	assert_int_equal(size, sizeof(our_duid));
	assert_memory_equal(at, our_duid, sizeof(our_duid));
	assert_memory_equal(last, "\x33\x33\0\1\0\2", 6);
	assert_memory_equal(last + ETH_LEN + 8, own_link_local().bytes, 16);
	assert_memory_equal(last + ETH_LEN + 24, "\xff\2\0\0\0\0\0\0\0\0\0\0\0\1\0\2", 16);
	assert_memory_equal(last + AT_UDP, "\x02\x22\x02\x23", 4);
	assert_int_equal(get_be16(last + AT_UDP + 4), last_len - AT_UDP);
}

/* The next message of the client's, into @last. Return: its type, 0: there is none. */
static uint8_t said(void)
{
	while ((last_len = sent(last))) {
		if (last[12] != 0x86 || last[ETH_LEN + 6] != 17)
			continue;
		check_message();
		return last[AT_DHCP];
	}
	return 0;
}

static unsigned int count(uint8_t type)
{
	unsigned int n = 0;
	uint8_t got;

	while ((got = said()))
		n += got == type;
	return n;
}

/* The address in its IA_NA, or NULL. */
static const uint8_t *ia_addr(void)
{
	size_t size, len;
	const uint8_t *ia = option(3, &size);

	assert_non_null(ia);
	assert_in_range(size, 12, 1000);
	assert_int_equal(get_be32(ia), 3);	/* IAID */
	return find(ia + 12, size - 12, 5, &len);
}

static bool names_server(uint8_t id)
{
	size_t size;
	const uint8_t *server = option(2, &size);

	return server && size == 2 && server[0] == 0xee && server[1] == id;
}

/* --- what a server says ---------------------------------------------------------- */

static struct answer {
	uint8_t type, server, host;	/* its DUID's end; 2001:db8::@host */
	uint16_t status, ia_status;
	uint32_t t1, t2, preferred, valid;
	uint8_t preference;
	uint32_t sol_max_rt;
	bool no_server, no_client, wrong_client, wrong_xid, wrong_iaid, no_addr, nobodys;
	uint16_t vid, more_duid;		/* bytes: of a longer DUID */
} base = { .type = REPLY, .server = 1, .host = 77, .t1 = 1000, .t2 = 1600,
	   .preferred = 2000, .valid = 3000 };

static uint8_t *put(uint8_t *at, uint16_t code, const void *value, size_t len)
{
	put_be16(at, code);
	put_be16(at + 2, len);
	memcpy(at + 4, value, len);
	return at + 4 + len;
}

static uint8_t *put_status(uint8_t *at, uint16_t status)
{
	uint8_t value[6] = { status >> 8, status, 't', 'e', 'x', 't' };

	return status ? put(at, 13, value, sizeof(value)) : at;
}

static uint8_t *put_ia(uint8_t *at, const struct answer *a)
{
	uint8_t ia[128] = { 0 }, addr[24], *end = ia + 12;

	put_be32(ia, a->wrong_iaid ? 4 : 3);
	put_be32(ia + 4, a->t1);
	put_be32(ia + 8, a->t2);
	memcpy(addr, ip6(0, a->host).bytes, 16);
	if (a->nobodys)
		memset(addr, 0, 8);
	put_be32(addr + 16, a->preferred);
	put_be32(addr + 20, a->valid);
	if (!a->ia_status && !a->no_addr)
		end = put(end, 5, addr, sizeof(addr));
	end = put_status(end, a->ia_status);
	return put(at, 3, ia, end - ia);
}

/* Return: its bytes, in @dhcp, with UDP's header. */
static size_t make(uint8_t *udp, const struct answer *a)
{
	uint8_t duid[10], server[256] = { 0xee, a->server }, *at = udp + 8, max[4];

	memcpy(at, last + AT_DHCP, 4);
	at[0] = a->type;
	at[3] ^= a->wrong_xid;
	at += 4;
	memcpy(duid, our_duid, sizeof(duid));
	duid[9] ^= a->wrong_client;
	if (!a->no_client)
		at = put(at, 1, duid, sizeof(duid));
	if (!a->no_server)
		at = put(at, 2, server, 2 + a->more_duid);
	at = put_ia(at, a);
	at = put_status(at, a->status);
	if (a->preference)
		at = put(at, 7, &a->preference, 1);
	put_be32(max, a->sol_max_rt);
	if (a->sol_max_rt)
		at = put(at, 82, max, sizeof(max));
	memcpy(udp, "\x02\x23\x02\x22", 4);
	put_be16(udp + 4, at - udp);
	return at - udp;
}

static void answer(const struct answer *a)
{
	uint8_t udp[512];
	struct packet6 packet = { .src = link_local(0xd6), .next = 17, .hops = 64, .vid = a->vid,
				  .data = udp, .len = make(udp, a) };

	bring6(&packet);
}

static void reply(uint8_t type)
{
	struct answer a = base;

	a.type = type;
	answer(&a);
}

/* --- the usual course -------------------------------------------------------------- */

static uint8_t said_within(unsigned int seconds)
{
	uint8_t type = said();

	for (; !type && seconds; seconds--) {
		pass(1000);
		type = said();
	}
	return type;
}

static void bring_router(void)
{
	struct ra ra = { .lifetime = 9000, .flags = 0x80 };

	ra_prefix(&ra, 0, RA_ON_LINK, FOREVER, FOREVER);
	ra_mtu(&ra, 1400);
	bring_ra(&ra, 1);
}

static void get_offer(void)
{
	configure6(UIP_DHCP6, 0);
	bring_router();
	assert_int_equal(said_within(4), SOLICIT);
	reply(ADVERTISE);
	assert_int_equal(said_within(2), REQUEST);
	drain();
}

static void get_lease(void)
{
	get_offer();
	reply(REPLY);
	pass(2000);		/* DAD */
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	drain();
}

static void test_lease(void **state)
{
	size_t size;

	(void)state;
	configure6(UIP_DHCP6, 0);
	bring_router();
	pass(900);
	assert_int_equal(said(), 0);	/* its link-local address is being checked */
	assert_int_equal(said_within(3), SOLICIT);
	assert_null(ia_addr());
	assert_null(option(2, &size));
	assert_non_null(option(8, &size));
	assert_memory_equal(option(6, &size), "\0\x52", 2);
	reply(ADVERTISE);
	assert_int_equal(said(), 0);	/* others have their chance */
	assert_int_equal(said_within(2), REQUEST);
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	assert_true(names_server(1));
	reply(REPLY);
	pass(900);
	assert_int_equal(ntold, 0);
	assert_int_equal(count_solicitations(ip6(0, 77)), 1);
	pass(1100);
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	assert_int_equal(said(), 0);
}

/* Without a router the address is that of one station. */
static void test_no_router(void **state)
{
	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said_within(4), SOLICIT);
	reply(ADVERTISE);
	assert_int_equal(said_within(2), REQUEST);
	reply(REPLY);
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
	get_lease();
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
	assert_int_equal(said_within(290), 0);
	assert_int_equal(said_within(20), SOLICIT);
}

static void test_no_server(void **state)
{
	unsigned int n;

	(void)state;
	configure6(UIP_DHCP6, 0);
	pass(130 * 1000);
	n = count(SOLICIT);
	assert_in_range(n, 6, 8);	/* 1, 2, 4, ... s */
	pass(86400 * 1000u);
	n = count(SOLICIT);
	assert_in_range(n, 24, 35);	/* one an hour, at last */
	assert_int_equal(ntold, 0);
}

/* SOL_MAX_RT: RFC 8415 21.24. */
static void test_sol_max_rt(void **state)
{
	struct answer a = base;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.ia_status = NO_ADDRS;
	a.sol_max_rt = 60;
	answer(&a);
	pass(3600 * 1000);
	assert_in_range(count(SOLICIT), 55, 75);
}

static void test_best_server(void **state)
{
	struct answer a = base;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said_within(4), SOLICIT);
	reply(ADVERTISE);
	a.type = ADVERTISE;
	a.server = 2;
	a.host = 78;
	a.preference = 7;
	answer(&a);
	a.server = 3;
	a.preference = 6;
	answer(&a);
	assert_int_equal(said_within(2), REQUEST);
	assert_true(names_server(2));
	assert_memory_equal(ia_addr(), ip6(0, 78).bytes, 16);
	reply(REPLY);			/* of the other, who was not asked */
	pass(2000);
	assert_int_equal(ntold, 0);
}

static void test_highest_preference(void **state)
{
	struct answer a = base;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.preference = 255;
	answer(&a);
	assert_int_equal(said(), REQUEST);	/* without waiting */
}

static void test_no_addresses(void **state)
{
	struct answer a = base;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.ia_status = NO_ADDRS;
	answer(&a);
	a.ia_status = 0;
	a.status = NO_ADDRS;
	answer(&a);
	assert_int_equal(said_within(4), SOLICIT);
	reply(ADVERTISE);
	assert_int_equal(said(), REQUEST);	/* that was not the first question */
}

/* A server that offers and does not give is asked less and less often. */
static void test_broken_word(void **state)
{
	struct answer a = base;
	unsigned int i, n = 0;

	(void)state;
	configure6(UIP_DHCP6, 0);
	for (i = 0; i < 6000; i++) {
		switch (said()) {
		case SOLICIT:
			n++;
			a.type = ADVERTISE;
			a.preference = 255;
			a.ia_status = 0;
			answer(&a);
			break;
		case REQUEST:
			a.type = REPLY;
			a.ia_status = NO_ADDRS;
			answer(&a);
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
	struct answer a = base;

	(void)state;
	get_offer();
	a.type = REPLY;
	a.status = UNSPEC_FAIL;
	answer(&a);
	pass(300 * 1000);
	assert_in_range(count(REQUEST), 8, 9);
	assert_int_equal(ntold, 0);
	assert_int_equal(said_within(200), SOLICIT);
}

static void test_renewal(void **state)
{
	struct answer a = base;

	(void)state;
	get_lease();
	pass(990 * 1000);
	assert_int_equal(said(), 0);
	assert_int_equal(said_within(12), RENEW);
	assert_true(names_server(1));
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	reply(REPLY);
	pass(990 * 1000);
	assert_int_equal(said(), 0);
	/* Nobody else's word counts. */
	assert_int_equal(said_within(12), RENEW);
	a.server = 2;
	a.valid = a.preferred = 0;
	answer(&a);
	assert_int_equal(ntold, 0);
	pass(100 * 1000);
	assert_in_range(count(RENEW), 2, 5);
}

static void test_rebinding(void **state)
{
	struct answer a = base;
	unsigned int n;

	(void)state;
	get_lease();
	pass(1599 * 1000);
	n = count(RENEW);
	assert_in_range(n, 4, 8);
	assert_int_equal(said_within(12), REBIND);
	assert_false(names_server(1));
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	a.server = 2;
	answer(&a);
	assert_int_equal(ntold, 0);
	pass(990 * 1000);
	assert_int_equal(said(), 0);
	assert_int_equal(said_within(12), RENEW);
	assert_true(names_server(2));
}

static void test_expiry(void **state)
{
	(void)state;
	get_lease();
	pass(2990 * 1000);
	assert_int_equal(ntold, 0);
	drain();
	pass(20 * 1000);
	assert_gone();
	assert_int_equal(said(), SOLICIT);
}

/* The server takes it back. */
static void test_taken_back(void **state)
{
	struct answer a = base;

	(void)state;
	get_lease();
	assert_int_equal(said_within(1010), RENEW);
	a.valid = a.preferred = 0;
	answer(&a);
	assert_gone();
	assert_int_equal(said_within(3), SOLICIT);
}

static void test_no_binding(void **state)
{
	struct answer a = base;

	(void)state;
	get_lease();
	assert_int_equal(said_within(1010), RENEW);
	a.ia_status = NO_BINDING;
	answer(&a);
	assert_int_equal(said(), REQUEST);
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	reply(REPLY);
	pass(2000);
	assert_int_equal(ntold, 0);
	pass(900 * 1000);
	assert_int_equal(said(), 0);
}

/* It says no more than that: the lease ends when it would have, not when we stop asking. */
static void test_no_binding_late(void **state)
{
	struct answer a = base;

	(void)state;
	get_offer();
	a.valid = 2900;
	answer(&a);
	pass(2000);		/* DAD */
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	pass(2780 * 1000);
	drain();
	assert_int_equal(said_within(90), REBIND);
	a.ia_status = NO_BINDING;
	answer(&a);
	assert_int_equal(said(), REQUEST);
	pass(1);
	assert_int_equal(ntold, 0);
	pass(118 * 1000);
	assert_gone();
}

/* T1 and T2 are ours to choose: half and four fifths of the preferred lifetime. */
static void test_our_times(void **state)
{
	struct answer a = base;

	(void)state;
	get_offer();
	a.t1 = a.t2 = 0;
	answer(&a);
	pass(990 * 1000);
	drain();
	assert_int_equal(said_within(20), RENEW);
	drain();
	pass(580 * 1000);
	drain();
	assert_int_equal(said_within(30), REBIND);
}

static void test_for_ever(void **state)
{
	struct answer a = base;

	(void)state;
	get_offer();
	a.t1 = a.t2 = a.preferred = a.valid = FOREVER;
	answer(&a);
	pass(2000);
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	bring_router();
	drain();
	pass(86400u * 1000 * 40);
	assert_int_equal(said(), 0);
}

/* A lifetime of no time at all is no reason to ask all the time. */
static void test_short(void **state)
{
	struct answer a = base;
	unsigned int i, n = 0;

	(void)state;
	get_offer();
	a.t1 = a.t2 = 1;
	answer(&a);
	for (i = 0; i < 600; i++) {
		pass(100);
		if (said()) {
			n++;
			answer(&a);
		}
	}
	assert_in_range(n, 10, 13);
	assert_int_equal(ntold, 1);
}

static void test_decline(void **state)
{
	unsigned int i;

	(void)state;
	get_offer();
	reply(REPLY);
	pass(500);
	bring_advertisement(ip6(0, 77), twin_mac);
	for (i = 0; i < 4; i++) {
		assert_int_equal(said_within(10), DECLINE);
		assert_true(names_server(1));
		assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	}
	assert_int_equal(said_within(20), SOLICIT);
	assert_int_equal(ntold, 0);
}

static void test_decline_answered(void **state)
{
	(void)state;
	get_offer();
	reply(REPLY);
	pass(500);
	bring_probe(ip6(0, 77), twin_mac);
	assert_int_equal(said(), DECLINE);
	reply(REPLY);
	assert_int_equal(said_within(4), SOLICIT);
}

static void test_release(void **state)
{
	(void)state;
	get_lease();
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said(), 0);
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	configure6(0xff, 0);
	assert_int_equal(said(), RELEASE);
	assert_true(names_server(1));
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	assert_int_equal(ntold, 0);
	assert_true(uip_clients_poll() == UIP_NEVER);
}

/* RFC 8415 16: not to us, nobody's, of another exchange. */
static void test_strangers(void **state)
{
	struct answer a;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said_within(4), SOLICIT);
	a = base, a.type = ADVERTISE, a.preference = 255, a.no_server = true, answer(&a);
	a = base, a.type = ADVERTISE, a.preference = 255, a.no_client = true, answer(&a);
	a = base, a.type = ADVERTISE, a.preference = 255, a.wrong_client = true, answer(&a);
	a = base, a.type = ADVERTISE, a.preference = 255, a.wrong_xid = true, answer(&a);
	a = base, a.type = ADVERTISE, a.preference = 255, a.wrong_iaid = true, answer(&a);
	a = base, a.type = ADVERTISE, a.preference = 255, a.no_addr = true, answer(&a);
	a = base, a.type = ADVERTISE, a.preference = 255, a.vid = 5, answer(&a);
	a = base, a.type = ADVERTISE, a.preference = 255, a.t1 = 1700, answer(&a);
	a = base, a.type = ADVERTISE, a.preference = 255, a.preferred = 3001, answer(&a);
	a = base, a.type = REPLY, answer(&a);
	a = base, a.type = REQUEST, a.preference = 255, answer(&a);
	assert_int_equal(said(), 0);
	a = base, a.type = ADVERTISE, a.preference = 255, answer(&a);
	assert_int_equal(said(), REQUEST);
}

/* RFC 8415 11.1: 128 bytes, and two of a type. It is sent back. */
static void test_long_duid(void **state)
{
	struct answer a = base;
	size_t size;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.preference = 255;
	a.more_duid = 131 - 2;
	answer(&a);
	a.more_duid = 256 - 2;
	answer(&a);
	assert_int_equal(said(), 0);
	a.more_duid = 130 - 2;
	answer(&a);
	assert_int_equal(said(), REQUEST);
	assert_non_null(option(2, &size));
	assert_int_equal(size, 130);
}

/* Whole messages only: each length, and each byte of a length another. */
static void test_damaged(void **state)
{
	uint8_t udp[512];
	struct answer a = base;
	struct packet6 packet = { .src = link_local(0xd6), .next = 17, .hops = 64, .data = udp };
	size_t len, i;
	uint8_t value;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said_within(4), SOLICIT);
	a.type = ADVERTISE;
	len = make(udp, &a);
	for (i = 0; i < len; i++) {
		packet.len = i;
		put_be16(udp + 4, i);
		bring6(&packet);
	}
	put_be16(udp + 4, 7);		/* shorter than UDP's header */
	packet.len = len;
	bring6(&packet);
	put_be16(udp + 4, len + 1);
	bring6(&packet);
	put_be16(udp + 4, len);
	for (i = 12; i < len; i++) {	/* lengths too long, too short, of nothing */
		uint8_t was = udp[i];

		udp[i] = was + 1, bring6(&packet);
		udp[i] = was - 1, bring6(&packet);
		for (value = 0; value < 26; value++)
			udp[i] = value, bring6(&packet);
		udp[i] = 0xff, bring6(&packet);
		udp[i] = was;
	}
	packet.spoil = 1;
	bring6(&packet);
	assert_int_equal(ntold, 0);
}

/* --- an address that was there before the sandbox ---------------------------------- */

static void get_and_die(void)
{
	get_lease();
	be_killed();
}

/* RFC 8415 18.2.5: any server may say that it holds. */
static void test_resume(void **state)
{
	struct answer a = base;

	(void)state;
	get_and_die();
	resume(3, UIP_DHCP6);
	assert_int_equal(said_within(4), REBIND);
	assert_memory_equal(ia_addr(), ip6(0, 77).bytes, 16);
	assert_false(names_server(1));
	assert_int_equal(count_solicitations(ip6(0, 77)), 0);
	a.server = 2;
	answer(&a);
	assert_int_equal(nkept, 1);
	assert_int_equal(last_lease[3].generation, GENERATION);
	bring_router();
	pass(900 * 1000);
	drain();
	assert_int_equal(said_within(110), RENEW);
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
	assert_in_range(count(REBIND), 6, 20);
	pass(20 * 1000);
	assert_gone();
	assert_int_equal(said_within(2), SOLICIT);
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
	assert_int_equal(said_within(6), SOLICIT);
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
	struct answer a = base;

	(void)state;
	get_and_die();
	resume(3, UIP_DHCP6);
	assert_int_equal(said_within(4), REBIND);
	a.valid = a.preferred = 0;
	answer(&a);
	assert_gone();
	assert_int_equal(said_within(3), SOLICIT);
}

static void test_resume_release(void **state)
{
	(void)state;
	get_and_die();
	resume(3, UIP_DHCP6);
	assert_int_equal(said_within(4), REBIND);
	configure6(0xff, 0);
	assert_int_equal(said(), RELEASE);
	assert_true(names_server(1));
}

static void assert_begins(const struct uip_lease *lease)
{
	resume_with(3, UIP_DHCP6, lease);
	assert_int_equal(said_within(6), SOLICIT);
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
	struct answer a = base;

	(void)state;
	configure6(UIP_DHCP6, 0);
	bring_router();
	assert_int_equal(said_within(4), SOLICIT);
	a.more_duid = 130 - 2;
	a.type = ADVERTISE;
	answer(&a);
	assert_int_equal(said_within(2), REQUEST);
	a.type = REPLY;
	answer(&a);
	pass(2000);
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	be_killed();
	resume(3, UIP_DHCP6);
	assert_int_equal(said_within(4), REBIND);
	assert_int_equal(ntold, 0);
}

static void test_no_station(void **state)
{
	struct answer a = base;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.preference = 255;
	a.nobodys = true;
	answer(&a);
	assert_int_equal(said(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_lease),
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
		BENCH_TEST(test_strangers),
		BENCH_TEST(test_long_duid),
		BENCH_TEST(test_damaged),
		BENCH_TEST(test_resume),
		BENCH_TEST(test_resume_unanswered),
		BENCH_TEST(test_resume_too_late),
		BENCH_TEST(test_resume_at_the_end),
		BENCH_TEST(test_resume_refused),
		BENCH_TEST(test_resume_release),
		BENCH_TEST(test_resume_nonsense),
		BENCH_TEST(test_resume_long_duid),
		BENCH_TEST(test_no_station),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

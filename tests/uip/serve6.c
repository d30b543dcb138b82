// SPDX-License-Identifier: GPL-2.0-or-later
/* A DHCPv6 server, and whom it serves. */
#include "serve6.h"

#include "net/bytes.h"

#define AT_UDP		(ETH_LEN + IP6_LEN)
#define AT_DHCP		(AT_UDP + 8)
#define FOREVER		UINT32_MAX

static const uint8_t our_duid[10] = { 0, 3, 0, 1, 0x52, 0x54, 0, 1, 2, 3 };

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

const uint8_t *option6(uint16_t code, size_t *size)
{
	return find(last + AT_DHCP + 4, last_len - AT_DHCP - 4, code, size);
}

/* What every message has: RFC 8415 16. */
static void check_message(void)
{
	size_t size;
	const uint8_t *at = option6(1, &size);

	assert_non_null(at);
	assert_int_equal(size, sizeof(our_duid));
	assert_memory_equal(at, our_duid, sizeof(our_duid));
	assert_memory_equal(last, "\x33\x33\0\1\0\2", 6);
	assert_memory_equal(last + ETH_LEN + 8, own_link_local().bytes, 16);
	assert_memory_equal(last + ETH_LEN + 24, "\xff\2\0\0\0\0\0\0\0\0\0\0\0\1\0\2", 16);
	assert_memory_equal(last + AT_UDP, "\x02\x22\x02\x23", 4);
	assert_int_equal(get_be16(last + AT_UDP + 4), last_len - AT_UDP);
}

uint8_t said6(void)
{
	while ((last_len = sent(last))) {
		if (last[12] != 0x86 || last[ETH_LEN + 6] != 17)
			continue;
		check_message();
		return last[AT_DHCP];
	}
	return 0;
}

unsigned int count6(uint8_t type)
{
	unsigned int n = 0;
	uint8_t got;

	while ((got = said6()))
		n += got == type;
	return n;
}

const uint8_t *ia_addr(void)
{
	size_t size, len;
	const uint8_t *ia = option6(3, &size);

	assert_non_null(ia);
	assert_in_range(size, 12, 1000);
	assert_int_equal(get_be32(ia), 3);	/* IAID */
	return find(ia + 12, size - 12, 5, &len);
}

bool names_server(uint8_t id)
{
	size_t size;
	const uint8_t *server = option6(2, &size);

	return server && size == 2 && server[0] == 0xee && server[1] == id;
}

/* --- what a server says ---------------------------------------------------------- */

const struct answer6 base6 = { .type = REPLY, .server = 1, .host = 77, .t1 = 1000, .t2 = 1600,
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

static uint8_t *put_ia(uint8_t *at, const struct answer6 *a)
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

size_t make_answer6(uint8_t *udp, const struct answer6 *a)
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

void answer6(const struct answer6 *a)
{
	uint8_t udp[512];
	struct packet6 packet = { .src = link_local(0xd6), .dst = a->dst, .next = 17, .hops = 64,
				  .vid = a->vid, .data = udp, .len = make_answer6(udp, a) };

	bring6(&packet);
}

void reply6(uint8_t type)
{
	struct answer6 a = base6;

	a.type = type;
	answer6(&a);
}

/* --- the usual course -------------------------------------------------------------- */

uint8_t said6_within(unsigned int seconds)
{
	uint8_t type = said6();

	for (; !type && seconds; seconds--) {
		pass(1000);
		type = said6();
	}
	return type;
}

void bring_router(void)
{
	struct ra ra = { .lifetime = 9000, .flags = 0x80 };

	ra_prefix(&ra, 0, RA_ON_LINK, FOREVER, FOREVER);
	ra_mtu(&ra, 1400);
	bring_ra(&ra, 1);
}

void get_offer6(void)
{
	configure6(UIP_DHCP6, 0);
	bring_router();
	assert_int_equal(said6_within(4), SOLICIT);
	reply6(ADVERTISE);
	assert_int_equal(said6_within(2), REQUEST);
	drain();
}

void get_lease6(void)
{
	get_offer6();
	reply6(REPLY);
	pass(2000);		/* DAD */
	assert_got(ip6(0, 77), 64, link_local(1), 1400);
	drain();
}

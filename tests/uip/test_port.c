// SPDX-License-Identifier: GPL-2.0-or-later
/* What the filter of a packet socket lets pass: on a socket pair, which takes one, too. */
#include <sys/socket.h>

#include "bench.h"
#include "port.h"

#define TO_US		"\x52\x54\0\1\2\3" "\x52\x54\0\x9\x9\x9"
#define TO_OTHERS	"\x52\x54\0\1\2\4" "\x52\x54\0\x9\x9\x9"
#define TO_ALL		"\xff\xff\xff\xff\xff\xff" "\x52\x54\0\x9\x9\x9"
#define TO_GROUP	"\x33\x33\xff\0\0\5" "\x52\x54\0\x9\x9\x9"

static int pair[2];

static bool passes(const uint8_t *frame, size_t len)
{
	uint8_t got[2048];

	assert_int_equal(send(pair[0], frame, len, 0), len);
	return recv(pair[1], got, sizeof(got), MSG_DONTWAIT) == (ssize_t)len;
}

static bool passes_arp(const char *macs)
{
	uint8_t frame[60] = { 0 };

	memcpy(frame, macs, 12);
	memcpy(frame + 12, "\x08\x06", 2);
	return passes(frame, sizeof(frame));
}

static bool passes_ip4(const char *macs, uint8_t hlen, uint8_t protocol, uint16_t fragment,
		       uint16_t port)
{
	uint8_t frame[14 + 60 + 8] = { 0 };

	memcpy(frame, macs, 12);
	memcpy(frame + 12, "\x08\0", 2);
	frame[14] = 0x40 | hlen / 4;
	frame[14 + 6] = fragment >> 8;
	frame[14 + 7] = fragment & 0xff;
	frame[14 + 9] = protocol;
	frame[14 + hlen + 2] = port >> 8;
	frame[14 + hlen + 3] = port & 0xff;
	return passes(frame, sizeof(frame));
}

static bool passes_ip6(const char *macs, uint8_t next, uint8_t type)
{
	uint8_t frame[14 + 40 + 8] = { 0 };

	memcpy(frame, macs, 12);
	memcpy(frame + 12, "\x86\xdd", 2);
	frame[14 + 6] = next;
	frame[14 + 40] = type;
	return passes(frame, sizeof(frame));
}

static bool passes_udp6(const char *macs, uint8_t next, uint16_t port)
{
	uint8_t frame[14 + 40 + 8] = { 0 };

	memcpy(frame, macs, 12);
	memcpy(frame + 12, "\x86\xdd", 2);
	frame[14 + 6] = next;
	frame[14 + 40 + 2] = port >> 8;
	frame[14 + 40 + 3] = port & 0xff;
	return passes(frame, sizeof(frame));
}

static void test_arp(void **state)
{
	(void)state;
	assert_true(passes_arp(TO_US));
	assert_true(passes_arp(TO_ALL));
	assert_false(passes_arp(TO_OTHERS));
}

static void test_dhcp(void **state)
{
	(void)state;
	assert_true(passes_ip4(TO_US, 20, 17, 0, 68));
	assert_true(passes_ip4(TO_ALL, 24, 17, 0, 68));
	assert_true(passes_ip4(TO_ALL, 60, 17, 0x4000, 68));	/* DF */
	assert_false(passes_ip4(TO_OTHERS, 20, 17, 0, 68));
	assert_false(passes_ip4(TO_US, 20, 17, 0, 67));
	assert_false(passes_ip4(TO_US, 20, 17, 0, 0x86dd));
	assert_false(passes_ip4(TO_US, 20, 6, 0, 68));
	assert_false(passes_ip4(TO_US, 20, 17, 1, 68));
	assert_true(passes_ip4(TO_US, 20, 17, 0x2000, 68));	/* the first of several */
	assert_false(passes_ip4(TO_US, 20, 17, 0x2001, 68));
	assert_false(passes_ip4(TO_US, 20, 17, 0x1000, 68));
}

static void test_dhcp6(void **state)
{
	(void)state;
	assert_true(passes_udp6(TO_US, 17, 546));
	assert_true(passes_udp6(TO_GROUP, 17, 546));
	assert_false(passes_udp6(TO_OTHERS, 17, 546));
	assert_false(passes_udp6(TO_US, 17, 547));
	assert_false(passes_udp6(TO_US, 17, 0x86dd));
	assert_false(passes_udp6(TO_US, 6, 546));
	assert_false(passes_udp6(TO_US, 44, 546));	/* a fragment */
}

static void test_nd(void **state)
{
	unsigned int type;

	(void)state;
	for (type = 0; type < 256; type++)
		assert_int_equal(passes_ip6(TO_GROUP, 58, type), type >= 133 && type <= 136);
	assert_true(passes_ip6(TO_US, 58, 135));
	assert_false(passes_ip6(TO_OTHERS, 58, 135));
	assert_false(passes_ip6(TO_GROUP, 0, 135));	/* hop-by-hop options first */
	assert_false(passes_ip6(TO_GROUP, 17, 135));
}

static void test_others(void **state)
{
	uint8_t frame[60] = { 0 };
	size_t len;

	(void)state;
	memcpy(frame, TO_US, 12);
	memcpy(frame + 12, "\x88\xcc", 2);	/* LLDP */
	assert_false(passes(frame, sizeof(frame)));
	/* Too short to be what it says. */
	memcpy(frame + 12, "\x86\xdd", 2);
	for (len = 1; len < 14 + 40 + 1; len++)
		assert_false(passes(frame, len));
}

static int set_up(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) || uip_port_filter(pair[1], our_mac);
}

static int tear_down(void **state)
{
	(void)state;
	return close(pair[0]) || close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arp),
		cmocka_unit_test(test_dhcp),
		cmocka_unit_test(test_dhcp6),
		cmocka_unit_test(test_nd),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What DHCP for IPv6 takes for a message to it (RFC 8415), and what it does not. */
#include "net/bytes.h"
#include "serve6.h"

/* RFC 8415 16: not to us, nobody's, of another exchange. */
static void test_strangers(void **state)
{
	struct answer6 a;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6_within(4), SOLICIT);
	a = base6, a.type = ADVERTISE, a.preference = 255, a.no_server = true, answer6(&a);
	a = base6, a.type = ADVERTISE, a.preference = 255, a.no_client = true, answer6(&a);
	a = base6, a.type = ADVERTISE, a.preference = 255, a.wrong_client = true, answer6(&a);
	a = base6, a.type = ADVERTISE, a.preference = 255, a.wrong_xid = true, answer6(&a);
	a = base6, a.type = ADVERTISE, a.preference = 255, a.wrong_iaid = true, answer6(&a);
	a = base6, a.type = ADVERTISE, a.preference = 255, a.no_addr = true, answer6(&a);
	a = base6, a.type = ADVERTISE, a.preference = 255, a.vid = 5, answer6(&a);
	a = base6, a.type = ADVERTISE, a.preference = 255, a.t1 = 1700, answer6(&a);
	a = base6, a.type = ADVERTISE, a.preference = 255, a.preferred = 3001, answer6(&a);
	a = base6, a.type = REPLY, answer6(&a);
	a = base6, a.type = REQUEST, a.preference = 255, answer6(&a);
	assert_int_equal(said6(), 0);
	a = base6, a.type = ADVERTISE, a.preference = 255, answer6(&a);
	assert_int_equal(said6(), REQUEST);
}

/* RFC 8415 11.1: 128 bytes, and two of a type. It is sent back. */
static void test_long_duid(void **state)
{
	struct answer6 a = base6;
	size_t size;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.preference = 255;
	a.more_duid = 131 - 2;
	answer6(&a);
	a.more_duid = 256 - 2;
	answer6(&a);
	assert_int_equal(said6(), 0);
	a.more_duid = 130 - 2;
	answer6(&a);
	assert_int_equal(said6(), REQUEST);
	assert_non_null(option6(2, &size));
	assert_int_equal(size, 130);
}

/* Whole messages only: each length, and each byte of a length another. */
static void test_damaged(void **state)
{
	uint8_t udp[512];
	struct answer6 a = base6;
	struct packet6 packet = { .src = link_local(0xd6), .next = 17, .hops = 64, .data = udp };
	size_t len, i;
	uint8_t value;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6_within(4), SOLICIT);
	a.type = ADVERTISE;
	len = make_answer6(udp, &a);
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

static void test_no_station(void **state)
{
	struct answer6 a = base6;

	(void)state;
	configure6(UIP_DHCP6, 0);
	assert_int_equal(said6_within(4), SOLICIT);
	a.type = ADVERTISE;
	a.preference = 255;
	a.nobodys = true;
	answer6(&a);
	assert_int_equal(said6(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_strangers),
		BENCH_TEST(test_long_duid),
		BENCH_TEST(test_damaged),
		BENCH_TEST(test_no_station),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

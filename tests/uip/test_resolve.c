// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways and neighbours. */
#include "bench.h"
#include "port.h"

static const uint8_t their_mac[6] = { 0x52, 0x54, 0, 9, 9, 9 };
static const uint8_t other_mac[6] = { 0x52, 0x54, 0, 8, 8, 8 };

static struct uip_want want_of(struct uip_addr dst)
{
	struct uip_want want = { .dst = dst, .nifaces = 1 };

	want.ifaces[0] = (struct uip_iface){
		.prefix = dst.family == OHBA_FAMILY_IPV4 ? 24 : 64,
		.addr = dst.family == OHBA_FAMILY_IPV4 ? ip4(10, 0, 0, 5) : ip6(0, 5),
	};
	return want;
}

static void resolve(const struct uip_want *want)
{
	uip_resolve(uip_port_find(IFINDEX), want);
}

/* --- frames ------------------------------------------------------------------- */

static unsigned int count_requests(struct uip_addr target)
{
	uint8_t frame[2048];
	unsigned int n = 0;

	while (sent(frame))
		n += frame[12] == 8 && frame[13] == 6 && frame[21] == ARP_REQUEST &&
		     !memcmp(frame + 38, target.bytes, 4);
	return n;
}

static void arp(uint8_t op, struct uip_addr sender, const uint8_t mac[6],
		struct uip_addr target, uint16_t vid)
{
	uint8_t frame[ARP_LEN];

	fill_arp(frame, op, mac, sender.bytes, target.bytes);
	uip_port_input(uip_port_find(IFINDEX), frame, sizeof(frame), vid);
	uip_resolve_poll();
}

static void arp_reply(struct uip_addr sender, const uint8_t mac[6])
{
	arp(ARP_REPLY, sender, mac, ip4(10, 0, 0, 5), 0);
}

static uint16_t checksum6(const uint8_t *ip, size_t len)
{
	uint32_t sum = len + 58;
	size_t i;

	for (i = 8; i < 40; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	for (i = 0; i < len; i += 2)
		sum += ip[40 + i] << 8 | ip[41 + i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* A byte of a frame is another, before or after the checksum is made. */
struct damage { size_t at; uint8_t value; bool summed; };

/* A neighbour advertisement, RFC 4861 4.4, solicited. */
static void advertise_damaged(struct uip_addr who, const uint8_t mac[6], struct uip_addr to,
			      uint8_t hop_limit, const struct damage *damage)
{
	uint8_t frame[14 + 40 + 32] = { 0 }, *ip = frame + 14, *nd = ip + 40;
	uint16_t sum;

	memcpy(frame, our_mac, 6);
	memcpy(frame + 6, mac, 6);
	memcpy(frame + 12, "\x86\xdd\x60\0\0\0\0\x20\x3a", 9);
	ip[7] = hop_limit;
	memcpy(ip + 8, who.bytes, 16);
	memcpy(ip + 24, to.bytes, 16);
	nd[0] = 136;
	nd[4] = 0x60;
	memcpy(nd + 8, who.bytes, 16);
	nd[24] = 2;
	nd[25] = 1;
	memcpy(nd + 26, mac, 6);
	if (damage && damage->summed)
		frame[damage->at] = damage->value;
	sum = checksum6(ip, 32);
	nd[2] = sum >> 8;
	nd[3] = sum & 0xff;
	if (damage && !damage->summed)
		frame[damage->at] = damage->value;
	uip_port_input(uip_port_find(IFINDEX), frame, sizeof(frame), 0);
	uip_resolve_poll();
}

static void advertise(struct uip_addr who, const uint8_t mac[6], struct uip_addr to,
		      uint8_t hop_limit)
{
	advertise_damaged(who, mac, to, hop_limit, NULL);
}

static void assert_path(const struct uip_addr *dst, const struct uip_addr *hop,
			const uint8_t mac[6], uint32_t iface)
{
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_PATH);
	assert_int_equal(told[0].port, IFINDEX);
	assert_int_equal(told[0].path.status, OHBA_ST_SUCCESS);
	assert_true(uip_addr_equal(&told[0].path.dst, dst));
	assert_true(uip_addr_equal(&told[0].path.hop, hop));
	assert_memory_equal(told[0].path.mac, mac, 6);
	assert_int_equal(told[0].path.iface, iface);
}

static void assert_refused(const struct uip_addr *dst)
{
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_PATH);
	assert_int_equal(told[0].path.status, OHBA_ST_HOST_UNREACH);
	assert_true(uip_addr_equal(&told[0].path.dst, dst));
}

/* --- tests ----------------------------------------------------------------------- */

static void test_arp(void **state)
{
	struct uip_addr dst = ip4(10, 0, 0, 9);
	struct uip_want want = want_of(dst);
	uint8_t frame[2048];
	size_t len;

	(void)state;
	resolve(&want);
	len = sent(frame);
	assert_int_equal(len, 42);
	assert_memory_equal(frame, "\xff\xff\xff\xff\xff\xff", 6);
	assert_memory_equal(frame + 6, our_mac, 6);
	assert_memory_equal(frame + 12, "\x08\x06\0\1\x08\0\6\4\0\1", 10);
	assert_memory_equal(frame + 22, our_mac, 6);
	assert_memory_equal(frame + 28, want.ifaces[0].addr.bytes, 4);
	assert_memory_equal(frame + 38, dst.bytes, 4);
	assert_int_equal(ntold, 0);
	arp_reply(dst, their_mac);
	assert_path(&dst, &dst, their_mac, 0);
}

static void test_gateway(void **state)
{
	struct uip_addr dst = ip4(192, 168, 1, 1), gateway = ip4(10, 0, 0, 1);
	struct uip_want want = want_of(dst);

	(void)state;
	want.ifaces[0].gateway = gateway;
	resolve(&want);
	assert_int_equal(count_requests(gateway), 1);
	arp_reply(gateway, their_mac);
	assert_path(&dst, &gateway, their_mac, 0);
}

static void test_longest_prefix(void **state)
{
	struct uip_addr dst = ip4(10, 0, 0, 9);
	struct uip_want want = want_of(dst);

	(void)state;
	want.nifaces = 3;
	want.ifaces[0].prefix = 8;
	want.ifaces[1] = (struct uip_iface){ .index = 3, .prefix = 24, .addr = ip4(10, 0, 0, 6) };
	want.ifaces[2] = (struct uip_iface){ .index = 4, .prefix = 16, .addr = ip4(10, 0, 1, 6),
					     .gateway = ip4(10, 0, 1, 1) };
	resolve(&want);
	arp(ARP_REPLY, dst, their_mac, ip4(10, 0, 0, 6), 0);
	assert_path(&dst, &dst, their_mac, 3);
}

static void test_no_way(void **state)
{
	struct uip_addr dst = ip4(172, 16, 0, 1);
	struct uip_want want = want_of(dst);

	(void)state;
	resolve(&want);
	assert_refused(&dst);
	ntold = 0;
	want.nifaces = 0;
	resolve(&want);
	assert_refused(&dst);
}

static void test_silence(void **state)
{
	struct uip_addr dst = ip4(10, 0, 0, 9);
	struct uip_want want = want_of(dst);

	(void)state;
	resolve(&want);
	pass(3900);
	assert_int_equal(ntold, 0);
	assert_in_range(count_requests(dst), 3, 5);
	pass(200);
	assert_refused(&dst);
	assert_logged(": 10.0.0.9 does not answer 10.0.0.5: ");
	/* It can be asked for again. */
	ntold = 0;
	resolve(&want);
	arp_reply(dst, their_mac);
	assert_path(&dst, &dst, their_mac, 0);
}

/* From which of the adapter's networks: an administrator may have meant another. */
static void test_silent_gateway(void **state)
{
	struct uip_want want = want_of(ip4(192, 0, 2, 9));

	(void)state;
	want.ifaces[0].gateway = ip4(10, 0, 0, 1);
	want.ifaces[0].tci = 0x6064;
	resolve(&want);
	pass(4100);
	assert_refused(&want.dst);
	assert_logged("gateway 10.0.0.1, on the way to 192.0.2.9, does not answer 10.0.0.5 on VLAN 100: ");
}

/* What it knew may be why the firmware asks. */
static void test_asked_anew(void **state)
{
	struct uip_addr dst = ip4(10, 0, 0, 9);
	struct uip_want want = want_of(dst);

	(void)state;
	resolve(&want);
	arp_reply(dst, their_mac);
	assert_path(&dst, &dst, their_mac, 0);
	ntold = 0;
	drain();
	resolve(&want);
	pass(10);
	assert_int_equal(ntold, 0);
	assert_int_equal(count_requests(dst), 1);
	arp_reply(dst, other_mac);
	assert_path(&dst, &dst, other_mac, 0);
}

static void test_vlan(void **state)
{
	struct uip_addr dst = ip4(10, 0, 0, 9);
	struct uip_want want = want_of(dst);
	uint8_t frame[2048];

	(void)state;
	want.ifaces[0].tci = 5 << 13 | 100;
	resolve(&want);
	assert_int_equal(sent(frame), 46);
	assert_memory_equal(frame + 12, "\x81\x00\xa0\x64\x08\x06", 6);
	assert_memory_equal(frame + 42, dst.bytes, 4);
	arp(ARP_REPLY, dst, other_mac, ip4(10, 0, 0, 5), 0);
	arp(ARP_REPLY, dst, other_mac, ip4(10, 0, 0, 5), 101);
	assert_int_equal(ntold, 0);
	arp(ARP_REPLY, dst, their_mac, ip4(10, 0, 0, 5), 100);
	assert_path(&dst, &dst, their_mac, 0);
}

/* The firmware answers for the adapter's addresses. */
static void test_no_answers(void **state)
{
	struct uip_addr dst = ip4(10, 0, 0, 9);
	struct uip_want want = want_of(dst);
	uint8_t frame[2048];

	(void)state;
	resolve(&want);
	drain();
	arp(ARP_REQUEST, ip4(10, 0, 0, 77), other_mac, ip4(10, 0, 0, 5), 0);
	assert_int_equal(sent(frame), 0);
}

static void test_nd(void **state)
{
	struct uip_addr dst = ip6(0, 9);
	struct uip_want want = want_of(dst);
	uint8_t frame[2048];
	size_t len;

	(void)state;
	resolve(&want);
	len = sent(frame);
	assert_int_equal(len, 14 + 40 + 32);
	/* RFC 4861 4.3: to the solicited-node group, from our address, with our MAC. */
	assert_memory_equal(frame, "\x33\x33\xff\0\0\x09", 6);
	assert_int_equal(frame[14 + 7], 255);
	assert_memory_equal(frame + 14 + 8, want.ifaces[0].addr.bytes, 16);
	assert_int_equal(frame[14 + 40], 135);
	assert_memory_equal(frame + 14 + 48, dst.bytes, 16);
	assert_memory_equal(frame + 14 + 64, "\1\1", 2);
	assert_memory_equal(frame + 14 + 66, our_mac, 6);
	/* From beyond a router: RFC 4861 7.1.2. */
	advertise(dst, other_mac, want.ifaces[0].addr, 254);
	assert_int_equal(ntold, 0);
	advertise(dst, their_mac, want.ifaces[0].addr, 255);
	assert_path(&dst, &dst, their_mac, 0);
}

static void test_nd_gateway(void **state)
{
	struct uip_addr dst = ip6(1, 9), gateway = ip6(0, 1);
	struct uip_want want = want_of(dst);

	(void)state;
	want.ifaces[0].gateway = gateway;
	resolve(&want);
	advertise(gateway, their_mac, want.ifaces[0].addr, 255);
	assert_path(&dst, &gateway, their_mac, 0);
}

/* The usual router has a link-local address; and prefixes may have any length. */
static void test_nd_beyond_the_prefix(void **state)
{
	static const uint8_t router_bytes[16] = { 0xfe, 0x80, [15] = 1 };
	struct uip_addr dst = ip6(1, 9), near = ip6(2, 9);
	struct uip_addr router = uip_addr_make(router_bytes, 16);
	struct uip_want want = want_of(dst);

	(void)state;
	want.ifaces[0].gateway = router;
	resolve(&want);
	advertise(router, their_mac, want.ifaces[0].addr, 255);
	assert_path(&dst, &router, their_mac, 0);
	ntold = 0;
	want.dst = near;
	want.ifaces[0].prefix = 48;
	resolve(&want);
	advertise(near, other_mac, want.ifaces[0].addr, 255);
	assert_path(&near, &near, other_mac, 0);
}

/* RFC 3021: of two, both are stations. */
static void test_pair(void **state)
{
	struct uip_want want = want_of(ip4(10, 0, 0, 5));

	(void)state;
	want.ifaces[0].addr = ip4(10, 0, 0, 4);
	want.ifaces[0].prefix = 31;
	resolve(&want);
	arp_reply(want.dst, their_mac);
	assert_path(&want.dst, &want.dst, their_mac, 0);
}

/* No station's, and ours. */
static void test_wrong_macs(void **state)
{
	static const uint8_t group[6] = { 1 }, none[6];
	struct uip_want want = want_of(ip4(10, 0, 0, 9));

	(void)state;
	resolve(&want);
	arp_reply(want.dst, group);
	arp_reply(want.dst, none);
	arp_reply(want.dst, our_mac);
	arp_reply(ip4(10, 0, 0, 8), their_mac);
	assert_int_equal(ntold, 0);
}

/* What RFC 4861 7.1.2 calls invalid; each for one byte of a good one. */
static void test_nd_invalid(void **state)
{
	static const struct { size_t at; uint8_t value; bool summed; } wrong[] = {
		{ 14, 0x40, true }, { 14 + 5, 31, false }, { 14 + 5, 33, false },
		{ 14 + 6, 17, false }, { 14 + 7, 254, true }, { 54, 135, true },
		{ 55, 1, true }, { 56, 0, false }, { 62, 0xff, true },
		{ 78, 1, true }, { 79, 0, true }, { 79, 2, true }, { 80, 1, true },
	};
	struct uip_addr dst = ip6(0, 9);
	struct uip_want want = want_of(dst);
	unsigned int i;

	(void)state;
	resolve(&want);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct damage damage = { wrong[i].at, wrong[i].value, wrong[i].summed };

		advertise_damaged(dst, their_mac, want.ifaces[0].addr, 255, &damage);
		assert_int_equal(ntold, 0);
	}
	advertise(dst, their_mac, want.ifaces[0].addr, 255);
	assert_path(&dst, &dst, their_mac, 0);
}

static void test_nd_silence(void **state)
{
	struct uip_addr dst = ip6(0, 9);
	struct uip_want want = want_of(dst);

	(void)state;
	resolve(&want);
	pass(4100);
	assert_refused(&dst);
}

/* More questions than there is room for: the rest is not answered, and nothing breaks. */
static void test_many(void **state)
{
	struct uip_want want = want_of(ip4(10, 0, 0, 9));
	unsigned int i;

	(void)state;
	for (i = 10; i < 110; i++) {
		want.dst = ip4(10, 0, 0, i);
		resolve(&want);
	}
	arp_reply(ip4(10, 0, 0, 10), their_mac);
	assert_int_equal(ntold, 1);
	ntold = 0;
	pass(4100);
	assert_int_equal(ntold, 63);
}

/* Another address of the adapter's leads there by now: what was asked before is no answer. */
static void test_changed(void **state)
{
	struct uip_want want = want_of(ip4(10, 0, 0, 9));

	(void)state;
	resolve(&want);
	resolve(&want);
	assert_int_equal(count_requests(want.dst), 1);
	want.ifaces[0].addr = ip4(10, 0, 0, 6);
	want.ifaces[0].tci = 5;
	resolve(&want);
	arp_reply(want.dst, their_mac);
	assert_int_equal(ntold, 0);
	arp(ARP_REPLY, want.dst, other_mac, ip4(10, 0, 0, 6), 5);
	assert_path(&want.dst, &want.dst, other_mac, 0);
}

/* Through the socket, as they come; what is too long is not looked at. */
static void test_frames_by_socket(void **state)
{
	struct uip_want want = want_of(ip4(10, 0, 0, 9));
	uint8_t frame[UIP_FRAME_MAX + 1] = { 0 };
	unsigned int i;

	(void)state;
	resolve(&want);
	fill_arp(frame, ARP_REPLY, their_mac, want.dst.bytes, want.ifaces[0].addr.bytes);
	bring(frame, sizeof(frame));
	assert_true(uip_port_read(uip_port_find(IFINDEX)));
	uip_resolve_poll();
	assert_int_equal(ntold, 0);
	for (i = 0; i < 100; i++)	/* more than one turn has time for */
		bring(frame, ARP_LEN);
	assert_true(uip_port_read(uip_port_find(IFINDEX)));
	uip_resolve_poll();
	assert_path(&want.dst, &want.dst, their_mac, 0);
	assert_true(uip_port_read(uip_port_find(IFINDEX)));
	assert_true(uip_port_read(uip_port_find(IFINDEX)));
}

/* The privileged process gives another socket for a port; and more ports than there can be. */
static void test_ports(void **state)
{
	struct uip_port_add add = { .adapter = "another" };
	uint32_t i;

	(void)state;
	uip_port_add(IFINDEX, &add, dup(0));
	assert_memory_equal(uip_port_find(IFINDEX)->mac, add.mac, 6);
	for (i = 1; i < UIP_PORTS_MAX; i++)
		uip_port_add(1000 + i, &add, dup(0));
	uip_port_add(2000, &add, dup(0));
	assert_null(uip_port_find(2000));
	for (i = 1; i < UIP_PORTS_MAX; i++)
		uip_port_close(uip_port_find(1000 + i));
}

static void test_socket_fails(void **state)
{
	struct uip_want want = want_of(ip4(10, 0, 0, 9));
	int none = open("/dev/null", O_RDONLY);

	(void)state;
	resolve(&want);
	assert_return_code(dup2(none, uip_port_find(IFINDEX)->fd), 0);
	close(none);
	assert_false(uip_port_read(uip_port_find(IFINDEX)));
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_PORT_LOST);
	assert_int_equal(told[0].port, IFINDEX);
	assert_null(uip_port_find(IFINDEX));
	pass(5000);
	assert_int_equal(ntold, 1);
}

/* Nobody could be told: that is done later, once. */
static void test_socket_fails_unheard(void **state)
{
	int none = open("/dev/null", O_RDONLY);

	(void)state;
	deaf = true;
	assert_return_code(dup2(none, uip_port_find(IFINDEX)->fd), 0);
	close(none);
	assert_false(uip_port_read(uip_port_find(IFINDEX)));
	uip_ports_poll();
	assert_int_equal(ntold, 0);
	deaf = false;
	uip_ports_poll();
	uip_ports_poll();
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_PORT_LOST);
	assert_int_equal(told[0].port, IFINDEX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_arp),
		BENCH_TEST(test_gateway),
		BENCH_TEST(test_longest_prefix),
		BENCH_TEST(test_no_way),
		BENCH_TEST(test_silence),
		BENCH_TEST(test_silent_gateway),
		BENCH_TEST(test_asked_anew),
		BENCH_TEST(test_vlan),
		BENCH_TEST(test_no_answers),
		BENCH_TEST(test_nd),
		BENCH_TEST(test_nd_gateway),
		BENCH_TEST(test_nd_beyond_the_prefix),
		BENCH_TEST(test_pair),
		BENCH_TEST(test_wrong_macs),
		BENCH_TEST(test_nd_invalid),
		BENCH_TEST(test_nd_silence),
		BENCH_TEST(test_many),
		BENCH_TEST(test_changed),
		BENCH_TEST(test_frames_by_socket),
		BENCH_TEST(test_ports),
		BENCH_TEST(test_socket_fails),
		BENCH_TEST(test_socket_fails_unheard),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What is not as its protocol has it is counted by its kind (malformed.h). */
#include "play4.h"
#include "play6.h"
#include "port.h"

static uint64_t *counts(void)
{
	return uip_port_find(IFINDEX)->malformed;
}

/* Since this was asked last, there was one of @kind, and nothing else; or nothing. */
static void assert_one_at(enum uip_malformed kind, int line)
{
	unsigned int i;

	for (i = 0; i < UIP_MALFORMED_KINDS; i++)
		if (counts()[i] != (kind && i == kind))
			fail_msg("line %d: %u of kind %u", line, (unsigned int)counts()[i], i);
	memset(counts(), 0, UIP_MALFORMED_KINDS * sizeof(*counts()));
}

#define assert_one(kind)	assert_one_at(kind, __LINE__)

static void bring_bytes(const char *frame, size_t len)
{
	uip_port_input(uip_port_find(IFINDEX), (const uint8_t *)frame, len, 0);
}

#define MACS		"\xff\xff\xff\xff\xff\xff\x52\x54\0\x09\x09\x09"
#define BRING(bytes)	bring_bytes(bytes, sizeof(bytes) - 1)

static void test_frames(void **state)
{
	(void)state;
	BRING("\xff\xff\xff\xff\xff\xff");
	assert_one(UIP_BAD_FRAME);
	BRING(MACS "\x88\xcc" "LLDP");
	assert_one(UIP_WELL_FORMED);
}

static void test_long_frame(void **state)
{
	static const uint8_t frame[UIP_FRAME_MAX + 1];

	(void)state;
	bring(frame, sizeof(frame));
	assert_true(uip_port_read(uip_port_find(IFINDEX)));
	assert_one(UIP_BAD_FRAME);
}

static void test_arp(void **state)
{
	uint8_t frame[ARP_LEN];
	static const uint8_t theirs[4] = { 10, 0, 0, 9 };

	(void)state;
	fill_arp(frame, ARP_REPLY, server_mac, theirs, theirs);
	bring_bytes((char *)frame, 14 + 28);
	assert_one(UIP_WELL_FORMED);
	bring_bytes((char *)frame, 14 + 27);
	assert_one(UIP_BAD_ARP);
	frame[14 + 4] = 8;		/* of a MAC */
	bring_bytes((char *)frame, sizeof(frame));
	assert_one(UIP_BAD_ARP);
}

/* A packet of UDP's header @udp, 28 bytes in all, whose own first byte and length are such. */
static void bring_ip4(uint8_t first, uint8_t len, const char udp[8])
{
	uint8_t frame[14 + 20 + 8] = MACS "\x08\0", *ip = frame + 14;
	uint32_t sum = 0;
	size_t i;

	memcpy(ip, "\0\0\0\0\0\0\0\0\x40\x11\0\0\x0a\0\0\1\xff\xff\xff\xff", 20);
	ip[0] = first;
	ip[3] = len;
	for (i = 0; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip[10] = sum >> 8;
	ip[11] = sum;
	memcpy(ip + 20, udp, 8);
	bring_bytes((char *)frame, sizeof(frame));
}

#define UDP_TO(port, len, sum)	"\0\x43\0" port "\0" len sum
#define CLIENT			"\x44"
#define OTHER			"\x45"
#define UNSUMMED		"\0\0"

static void test_ip4(void **state)
{
	static const struct { uint8_t first, len; } wrong[] = {
		{ 0x65, 28 }, { 0x44, 28 },	/* version; a header of 16 bytes */
		{ 0x45, 19 }, { 0x45, 29 },	/* less than that; more than there is */
	};
	unsigned int i;

	(void)state;
	BRING(MACS "\x08\0" "\x45");
	assert_one(UIP_BAD_IPV4);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		bring_ip4(wrong[i].first, wrong[i].len, UDP_TO(CLIENT, "\x08", UNSUMMED));
		assert_one(UIP_BAD_IPV4);
	}
	BRING(MACS "\x08\0" "\x45\0\0\x1c\0\0\0\0\x40\x11\x11\x11\x0a\0\0\1\xff\xff\xff\xff"
	      UDP_TO(CLIENT, "\x08", UNSUMMED));
	assert_one(UIP_BAD_CHECKSUM);
}

/* What the length of UDP says is less than its header: nothing is taken from it. */
static void test_udp(void **state)
{
	static const uint8_t udp6[] = { 2, 0x23, 2, 0x22, 0, 7, 0, 0 };
	struct packet6 packet = { .src = link_local(1), .next = 17, .hops = 64, .data = udp6,
				  .len = sizeof(udp6) };

	(void)state;
	bring_ip4(0x45, 28, UDP_TO(OTHER, "\x07", UNSUMMED));	/* others' */
	assert_one(UIP_WELL_FORMED);
	bring_ip4(0x45, 28, UDP_TO(CLIENT, "\x07", UNSUMMED));
	assert_one(UIP_BAD_UDP);
	bring_ip4(0x45, 28, UDP_TO(CLIENT, "\x09", UNSUMMED));
	assert_one(UIP_BAD_UDP);
	bring_ip4(0x45, 28, UDP_TO(CLIENT, "\x08", "\x11\x11"));
	assert_one(UIP_BAD_CHECKSUM);
	bring6(&packet);
	assert_one(UIP_BAD_UDP);
}

/* An echo request is none of ours: nothing of it is looked at but IPv6 and the checksum. */
static void test_nd(void **state)
{
	static const struct {
		uint8_t type, code, hops, spoil;
		uint16_t cut;
		size_t len;
		enum uip_malformed kind;
	} rows[] = {
		{ 128, 0, 64, 0, 0, 8, UIP_WELL_FORMED }, { 128, 0, 64, 0, 0, 1, UIP_BAD_CHECKSUM },
		{ 128, 0, 64, 0, 4, 8, UIP_BAD_IPV6 }, { 134, 0, 255, 0, 0, 16, UIP_WELL_FORMED },
		{ 134, 0, 255, 1, 0, 16, UIP_BAD_CHECKSUM }, { 134, 0, 255, 0, 1, 16, UIP_BAD_IPV6 },
		{ 134, 0, 254, 0, 0, 16, UIP_BAD_ND }, { 134, 1, 255, 0, 0, 16, UIP_BAD_ND },
		{ 134, 0, 255, 0, 0, 15, UIP_BAD_ND }, { 134, 0, 255, 0, 0, 4, UIP_BAD_ND },
		{ 134, 0, 255, 0, 0, 24, UIP_BAD_ND_OPTION }, { 136, 0, 255, 0, 0, 23, UIP_BAD_ND },
		{ 134, 0, 255, 0, 0, 23, UIP_BAD_ND_OPTION }, { 135, 0, 255, 0, 0, 25, UIP_BAD_ND_OPTION },
	};
	uint8_t data[32] = { 0 };
	struct packet6 packet = { .src = link_local(1), .next = 58, .data = data };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		data[0] = rows[i].type;
		data[1] = rows[i].code;
		packet.hops = rows[i].hops;
		packet.spoil = rows[i].spoil;
		packet.cut = rows[i].cut;
		packet.len = rows[i].len;
		bring6(&packet);
		assert_one(rows[i].kind);
	}
}

static void test_router_options(void **state)
{
	struct ra ra = { .lifetime = 1800 };

	(void)state;
	configure6(UIP_SLAAC, 0);
	ra_mtu(&ra, 1500);
	bring_ra(&ra, 1);
	assert_one(UIP_WELL_FORMED);
	ra.options[0] = 3;		/* a prefix of eight bytes */
	bring_ra(&ra, 1);
	assert_one(UIP_BAD_ND_OPTION);
	ra.options[0] = 99;		/* nobody knows */
	bring_ra(&ra, 1);
	assert_one(UIP_WELL_FORMED);
}

static void test_dhcp4(void **state)
{
	static const char *const wrong[] = {
		"\x1a\1\5", "\x06\3\x0a\1\1", "\x79\1\x21", "\x3a\2\1\1", "\x53\1\1",
	};
	struct reply r = base;
	unsigned int i;

	(void)state;
	ask_for(2, 0);
	ask_for(3, 0);			/* two clients, one message */
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		reply_with(NAK, wrong[i], 2 + wrong[i][1]);
		assert_one(UIP_BAD_DHCP4_OPTION);
	}
	r.cut = true;
	answer(&r);
	assert_one(UIP_BAD_DHCP4_OPTION);
	reply(NAK);
	assert_one(UIP_WELL_FORMED);
	bring_ip4(0x45, 28, UDP_TO(CLIENT, "\x08", UNSUMMED));
	assert_one(UIP_BAD_DHCP4);
	r = base, r.wrong_chaddr = true, answer(&r);
	assert_one(UIP_WELL_FORMED);
}

static void bring_dhcp6(const char *message, size_t len)
{
	uint8_t udp[128] = { 2, 0x23, 2, 0x22, 0, 8 + len };
	struct packet6 packet = { .src = link_local(0xd6), .next = 17, .hops = 64, .data = udp,
				  .len = 8 + len };

	memcpy(udp + 8, message, len);
	bring6(&packet);
}

static void test_dhcp6(void **state)
{
#define BRING_DHCP6(bytes)	bring_dhcp6(bytes, sizeof(bytes) - 1)
	(void)state;
	configure6(UIP_DHCP6, 0);
	BRING_DHCP6("\7\0\0");
	assert_one(UIP_BAD_DHCP6);
	BRING_DHCP6("\7\0\0\0");
	assert_one(UIP_WELL_FORMED);			/* of no server's */
	BRING_DHCP6("\7\0\0\0" "\0\2\0");
	assert_one(UIP_BAD_DHCP6_OPTION);
	BRING_DHCP6("\7\0\0\0" "\0\2\0\5" "abcd");	/* one byte is missing */
	assert_one(UIP_BAD_DHCP6_OPTION);
	BRING_DHCP6("\7\0\0\0" "\0\3\0\4" "\0\0\0\3");	/* an IA_NA without times */
	assert_one(UIP_BAD_DHCP6_OPTION);
	BRING_DHCP6("\7\0\0\0" "\0\x0d\0\1" "\0");	/* half a status */
	assert_one(UIP_BAD_DHCP6_OPTION);
	BRING_DHCP6("\7\0\0\0" "\0\7\0\2" "\0\0");
	assert_one(UIP_BAD_DHCP6_OPTION);
	BRING_DHCP6("\7\0\0\0" "\0\x52\0\2" "\0\0");
	assert_one(UIP_BAD_DHCP6_OPTION);
	BRING_DHCP6("\7\0\0\0" "\0\x17\0\1" "x");	/* one that nobody asked for */
	assert_one(UIP_WELL_FORMED);
}

/* Whoever sends thousands has a dozen lines of the log. */
static void test_log(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		BRING("short");
	assert_int_equal(counts()[UIP_BAD_FRAME], 1000);
	assert_logged("without an Ethernet header, or longer than frames are, 1 so far");
	for (; i < 1023; i++)
		BRING("short");
	assert_int_equal(strlen(logged), 0);
	BRING("short");
	assert_logged("1024 so far");
	BRING("short");
	uip_port_close(uip_port_find(IFINDEX));
	assert_logged("1025 in all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_frames),
		BENCH_TEST(test_long_frame),
		BENCH_TEST(test_arp),
		BENCH_TEST(test_ip4),
		BENCH_TEST(test_udp),
		BENCH_TEST(test_nd),
		BENCH_TEST(test_router_options),
		BENCH_TEST(test_dhcp4),
		BENCH_TEST(test_dhcp6),
		BENCH_TEST(test_log),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

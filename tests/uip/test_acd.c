// SPDX-License-Identifier: GPL-2.0-or-later
/* Who else has an address (RFC 5227): those that were set by hand. */
#include "bench.h"
#include "log.h"

static const uint8_t twin_mac[6] = { 0x52, 0x54, 0, 9, 9, 9 };
static const uint8_t ours[4] = { 10, 0, 0, 5 }, nobody[4], other[4] = { 10, 0, 0, 6 };
static char line[256];			/* of the log, the last */

static void note_line(int priority, const char *text)
{
	(void)priority;
	snprintf(line, sizeof(line), "%s", text);
}

static void assert_line(const char *part)
{
	assert_non_null(strstr(line, part));
	assert_non_null(strstr(line, "52:54:00:09:09:09"));
	*line = '\0';
}

static void configure(bool set)
{
	struct uip_config config = {
		.nifaces = set,
		.ifaces[0] = { .index = 4, .method = UIP_STATIC, .addr = ip4(10, 0, 0, 5) },
	};

	uip_clients_set(uip_port_find(IFINDEX), &config);
	*line = '\0';
}

static void arp(uint8_t op, const uint8_t *mac, const uint8_t *sender, const uint8_t *target,
		uint16_t vid)
{
	uint8_t frame[ARP_LEN];

	fill_arp(frame, op, mac, sender, target);
	uip_port_input(uip_port_find(IFINDEX), frame, sizeof(frame), vid);
	pass(0);
}

/* The ARP that was sent about our address: from @sender, to all, asking. */
static unsigned int count_from(const uint8_t sender[4])
{
	uint8_t frame[2048];
	unsigned int n = 0;

	while (sent(frame)) {
		assert_memory_equal(frame, "\xff\xff\xff\xff\xff\xff", 6);
		assert_int_equal(frame[21], ARP_REQUEST);
		n += !memcmp(frame + 28, sender, 4) && !memcmp(frame + 38, ours, 4);
	}
	return n;
}

/* RFC 5227 2.1.1: three questions, 7 s at most. */
static void test_probes(void **state)
{
	(void)state;
	configure(true);
	pass(900);
	assert_in_range(count_from(nobody), 0, 1);
	pass(6100);
	assert_in_range(count_from(nobody), 2, 3);
	pass(60 * 1000);
	assert_int_equal(count_from(nobody), 0);
	assert_int_equal(*line, 0);
	assert_int_equal(ntold, 0);	/* who set it knows it */
	assert_true(uip_clients_poll() == UIP_NEVER);
}

static void test_somebody_has_it(void **state)
{
	(void)state;
	configure(true);
	pass(1500);
	arp(ARP_REPLY, twin_mac, ours, ours, 0);
	assert_line("10.0.0.5 is in use");
	drain();
	pass(290 * 1000);
	assert_int_equal(count_from(nobody), 0);
	pass(20 * 1000);
	assert_int_equal(count_from(nobody), 3);	/* it is looked at again */
	assert_int_equal(ntold, 0);
}

/* Two that ask at the same time: neither has it. */
static void test_somebody_probes(void **state)
{
	(void)state;
	configure(true);
	pass(1500);
	arp(ARP_REQUEST, twin_mac, nobody, ours, 0);
	assert_line("10.0.0.5 is in use");
	/* Once it is ours, a question is answered: by the firmware. */
	configure(false);
	configure(true);
	pass(7000);
	drain();
	arp(ARP_REQUEST, twin_mac, nobody, ours, 0);
	pass(1000);
	assert_int_equal(*line, 0);
	assert_int_equal(count_from(ours), 0);
}

static void test_no_conflict(void **state)
{
	(void)state;
	configure(true);
	pass(1500);
	arp(ARP_REQUEST, our_mac, ours, ours, 0);	/* the firmware's, come back */
	arp(ARP_REQUEST, twin_mac, other, ours, 0);	/* who wants to talk to us */
	arp(ARP_REPLY, twin_mac, nobody, ours, 0);
	arp(ARP_REPLY, twin_mac, ours, ours, 5);	/* on another network */
	arp(ARP_REPLY, twin_mac, other, other, 0);
	pass(7000);
	assert_int_equal(*line, 0);
	drain();
	arp(ARP_REQUEST, our_mac, ours, ours, 0);
	assert_int_equal(count_from(ours), 0);
}

/* RFC 5227 2.4 (b): defended once, given up if it comes again soon. */
static void test_defence(void **state)
{
	(void)state;
	configure(true);
	pass(7000);
	drain();
	arp(ARP_REQUEST, twin_mac, ours, other, 0);
	assert_line("uses 10.0.0.5, too");
	assert_int_equal(count_from(ours), 1);
	pass(10 * 1000);
	arp(ARP_REQUEST, twin_mac, ours, other, 0);	/* later it is another time */
	assert_line("uses 10.0.0.5, too");
	assert_int_equal(count_from(ours), 1);
	pass(9 * 1000);
	arp(ARP_REPLY, twin_mac, ours, other, 0);
	assert_line("goes on using 10.0.0.5: giving up");
	assert_int_equal(count_from(ours), 0);
	arp(ARP_REPLY, twin_mac, ours, other, 0);
	assert_int_equal(*line, 0);			/* that was said */
	assert_int_equal(ntold, 0);
}

/* No driver listed it: it is watched from when it is used. */
static void test_used(void **state)
{
	struct uip_want want = { .dst = ip4(10, 0, 0, 9), .nifaces = 1 };

	(void)state;
	*line = '\0';
	want.ifaces[0] = (struct uip_iface){ .index = 4, .prefix = 24, .addr = ip4(10, 0, 0, 5) };
	uip_resolve(uip_port_find(IFINDEX), &want);
	pass(1500);
	arp(ARP_REPLY, twin_mac, ours, ours, 0);
	assert_line("10.0.0.5 is in use");
	want.ifaces[0].addr = ip4(10, 0, 0, 6);	/* is another now */
	uip_resolve(uip_port_find(IFINDEX), &want);
	pass(1500);
	arp(ARP_REPLY, twin_mac, other, other, 0);
	assert_line("10.0.0.6 is in use");
	configure(false);
	drain();
	pass(600 * 1000);
	assert_int_equal(count_from(nobody), 0);
}

/* IPv6: the same, by neighbour discovery; who set it is told by the log. */
static void test_ip6(void **state)
{
	struct uip_config config = {
		.nifaces = 1,
		.ifaces[0] = { .index = 4, .method = UIP_STATIC, .addr = ip6(0, 5) },
	};
	uint8_t frame[2048];

	(void)state;
	uip_clients_set(uip_port_find(IFINDEX), &config);
	pass(2100);
	assert_int_equal(sent(frame), 14 + 40 + 24);
	assert_int_equal(frame[14 + 40], 135);
	assert_memory_equal(frame + 14 + 40 + 8, ip6(0, 5).bytes, 16);
	assert_int_equal(sent(frame), 0);
	assert_true(uip_clients_poll() == UIP_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_probes),
		BENCH_TEST(test_somebody_has_it),
		BENCH_TEST(test_somebody_probes),
		BENCH_TEST(test_no_conflict),
		BENCH_TEST(test_defence),
		BENCH_TEST(test_used),
		BENCH_TEST(test_ip6),
	};

	bench_init();
	uip_log_to(note_line);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

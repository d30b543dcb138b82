// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile peer or network can make the wire engine keep or send, and for how long. */
#include "lan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>

/* --- what is kept ----------------------------------------------------------- */

/* The sanitizer's, for which the compiler has no header; not where coverage is measured. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

static size_t allocated(void)
{
	return __sanitizer_get_current_allocated_bytes ?
	       __sanitizer_get_current_allocated_bytes() : 0;
}

/* A byte each, in frames as long as they can be: what follows the packet is not kept. */
static void test_padding_is_not_kept(void **state)
{
	struct lan *lan = lan_connected();
	size_t before = allocated();
	struct frame frame;
	unsigned int i;

	(void)state;
	lan->ops->want_read(lan->tcp, false);
	for (i = 0; i < 1000; i++) {
		frame_segment(lan, &frame, ACK, lan->next++, 1);
		memset(frame.data + frame.len, 0, 1400);
		frame.len += 1400;
		lan_receive(lan, &frame);
	}
	assert_int_equal(lan_expected(lan), lan->next);
	assert_true(allocated() - before < 1000 * 300);
	lan_free(lan);
}

/* The window bounds bytes; each in a frame of its own, they are many frames. */
static void test_crumbs_are_bounded(void **state)
{
	struct lan *lan = lan_connected();
	uint8_t bytes[10000];
	struct iovec iov = { bytes, sizeof(bytes) };
	size_t before = allocated();
	unsigned int i;
	ssize_t n;

	(void)state;
	/* What is wanted would never come: the owner is told all the same. */
	lan->ops->read_low(lan->tcp, 100000);
	for (i = 0; i < 8192; i++)
		lan_segment(lan, ACK, lan->next++, 1);
	assert_int_equal(lan->readable, 1);
	assert_true(allocated() - before < 5000 * 300);
	n = lan->ops->recv(lan->tcp, &iov, 1);
	assert_int_equal(n, 4096);
	/* Once there is room again, it goes on where it stopped. */
	lan_advance(lan, 100);
	lan_segment(lan, ACK, ISN + 4097, 1);
	iov.iov_base = bytes + n;
	assert_int_equal(lan->ops->recv(lan->tcp, &iov, 1), 2);
	for (i = 0; i < 4098; i++)
		pattern_check(bytes + i, 1, i, 0);
	lan_free(lan);
}

/* Late segments, each a byte, with a hole before each. */
static void test_holes_are_bounded(void **state)
{
	struct lan *lan = lan_connected();
	size_t before = allocated();
	unsigned int i;

	(void)state;
	for (i = 0; i < 6000; i++)
		lan_segment(lan, ACK, lan->next + 2 + 2 * i, 1);
	assert_true(allocated() - before < 800 * 400);
	assert_int_equal(lan_expected(lan), ISN);
	lan_free(lan);
}

/* Late ones that begin within others: lwIP would leave a byte of each. */
static void test_late_overlaps_are_bounded(void **state)
{
	struct lan *lan = lan_connected();
	uint32_t base = lan->next + 1000;
	size_t before = allocated();
	unsigned int i;

	(void)state;
	for (i = 0; i < 700; i++)
		lan_segment(lan, ACK, base + i, 1400);
	assert_true(allocated() - before < 50 * 1500);
	lan_segment(lan, ACK, base + 1400, 100);
	lan_segment(lan, ACK, lan->next, 1000);
	lan_advance(lan, 100);
	assert_int_equal(lan_expected(lan), base + 1500);
	lan_free(lan);
}

/* Each begins before what came already, and brings a byte that did not. */
static void test_little_that_is_new_is_bounded(void **state)
{
	struct lan *lan = lan_connected();
	static uint8_t bytes[5000];
	struct iovec iov = { bytes, sizeof(bytes) };
	size_t before;
	unsigned int i;

	(void)state;
	lan->ops->want_read(lan->tcp, false);
	lan_segment(lan, ACK, lan->next, 1400);
	before = allocated();
	for (i = 1; i <= 2000; i++)
		lan_segment(lan, ACK, lan->next + i, 1400);
	assert_true(allocated() - before < 2000 * 300);
	assert_int_equal(lan->ops->recv(lan->tcp, &iov, 1), 3400);
	pattern_check(bytes, 1400, 0, 0);
	for (i = 1; i <= 2000; i++)
		pattern_check(bytes + 1399 + i, 1, i, 1399);
	lan_free(lan);
}

/* The peer says so, and scales no window. */
static struct lan *connected_to(uint16_t mss, uint16_t window)
{
	struct lan *lan = lan_new();

	lan_connect(lan, (uint8_t[]){ 2, 4, mss >> 8, mss & 0xff, 1, 1, 1, 1 }, window, 0);
	return lan;
}

static void acknowledge(struct lan *lan, uint16_t window)
{
	const uint8_t *last = lan_last(lan);

	lan_acknowledge(lan, be32_at(last, 38) + be16_at(last, 16) - 40, window);
}

/* As much as there is room for is sent, and not nothing for want of room for all. */
static void send_all(uint16_t mss, uint16_t window)
{
	static uint8_t data[200000];
	struct iovec iov = { data, sizeof(data) };
	struct lan *lan = connected_to(mss, window);
	unsigned int turns = 0;
	ssize_t n;

	while (iov.iov_len) {
		n = lan->ops->send(lan->tcp, &iov, 1, false);
		assert_true(n > 0 || (turns && n == -EAGAIN));
		assert_true(turns++ < 100000);
		acknowledge(lan, window);
		if (n > 0)
			iov = (struct iovec){ (uint8_t *)iov.iov_base + n, iov.iov_len - n };
	}
	lan_free(lan);
}

static void test_small_segments(void **state)
{
	(void)state;
	send_all(1, UINT16_MAX);
	send_all(8, UINT16_MAX);
	send_all(31, UINT16_MAX);
}

/* What is wanted at once may be more than a window that is not scaled ever holds. */
static void test_read_low_of_a_small_window(void **state)
{
	struct lan *lan = connected_to(1460, UINT16_MAX);
	uint32_t had = 0;

	(void)state;
	lan->ops->read_low(lan->tcp, 200000);
	while (!lan->readable && had + 1400 <= UINT16_MAX) {
		lan_segment(lan, ACK, lan->next + had, 1400);
		had += 1400;
	}
	assert_int_equal(lan->readable, 1);
	lan_free(lan);
}

/* Of all that was sent, which must not be more than is kept. */
static unsigned int syns(struct lan *lan)
{
	unsigned int i, n = 0;

	assert_true(lan->sent <= FRAMES_KEPT);
	for (i = 0; i < lan->sent; i++) {
		const uint8_t *frame = lan->frame[i];

		if (be16_at(frame, 12) != 0x0800 || frame[14 + 9] != 6 || frame[34 + 13] != SYN)
			continue;
		lan->port = be16_at(frame, 34);
		lan->ack = be32_at(frame, 38) + 1;
		n++;
	}
	return n;
}

/*
 * A lost SYN is sent again after about a second (RFC 6298 section 2), then less and less
 * often, until its owner is tired of waiting.
 */
static void test_lost_syn(void **state)
{
	struct lan *lan = lan_new();

	(void)state;
	lan_set_paths(lan);
	lan_open(lan);
	lan_advance(lan, 900);
	assert_int_equal(syns(lan), 1);
	lan_advance(lan, 300);
	assert_int_equal(syns(lan), 2);
	lan_advance(lan, 13800);
	assert_int_equal(syns(lan), 4);
	lan_segment(lan, SYN | ACK, ISN - 1, 0);
	assert_int_equal(lan->connected, 1);
	assert_int_equal(lan->status, OHBA_ST_SUCCESS);
	lan_free(lan);
}

/* Who acknowledges what was never sent does not end it. */
static void test_wrong_answers_to_a_syn(void **state)
{
	struct lan *lan = lan_new();
	unsigned int i;

	(void)state;
	lan_set_paths(lan);
	lan_open(lan);
	assert_int_equal(syns(lan), 1);
	lan->ack += 1000;
	for (i = 0; i < 10; i++)
		lan_segment(lan, ACK, ISN, 0);
	lan->ack -= 1000;
	lan_advance(lan, 1000);
	assert_int_equal(lan->connected, 0);
	lan_segment(lan, SYN | ACK, ISN - 1, 0);
	assert_int_equal(lan->connected, 1);
	assert_int_equal(lan->status, OHBA_ST_SUCCESS);
	lan_free(lan);
}

/* None at first, and then less than what waits for it. */
static void test_window_that_opens_a_little(void **state)
{
	static uint8_t data[1000];
	struct iovec iov = { data, sizeof(data) };
	struct lan *lan = connected_to(1460, 0);

	(void)state;
	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), sizeof(data));
	lan_acknowledge(lan, lan->ack, 100);
	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), sizeof(data));
	lan_free(lan);
}

/* Frames that nobody has looked at yet. */
static void test_queue_is_bounded(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;
	unsigned int taken = 0, i;

	(void)state;
	frame_syn(&frame, true);
	put_be16(frame.eth, 12, 0x88b5);
	for (i = 0; i < 2000; i++)
		taken += lan_receive_bytes(lan, frame.eth, 60);
	assert_int_equal(taken, 1024);
	lan_settle(lan);
	assert_int_equal(lan->to_host, 1024);
	assert_true(lan_receive_bytes(lan, frame.eth, 60));
	ohba_wire_stop(lan->wire);
	assert_false(lan_receive_bytes(lan, frame.eth, 60));
	ohba_wire_start(lan->wire);
	lan_settle(lan);
	assert_int_equal(lan->to_host, 1024);
	lan_free(lan);
}

struct sender {
	struct lan *lan;
	bool stop;
	unsigned int taken;
};

static void *send_frames(void *arg)
{
	struct sender *sender = arg;
	struct frame frame;

	frame_arp(&frame, 1, stranger_mac, stranger, us);
	while (!__atomic_load_n(&sender->stop, __ATOMIC_ACQUIRE))
		sender->taken += lan_receive_bytes(sender->lan, frame.eth, 42);
	return NULL;
}

/* Frames come from another thread while the adapter starts and stops. */
static void test_stop_amid_frames(void **state)
{
	struct lan *lan = lan_new();
	struct sender sender = { .lan = lan };
	pthread_t thread;
	unsigned int i;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, send_frames, &sender), 0);
	for (i = 0; i < 2000; i++) {
		ohba_wire_stop(lan->wire);
		ohba_loop_step(lan->loop, 0);
		ohba_wire_start(lan->wire);
		ohba_loop_step(lan->loop, 0);
	}
	__atomic_store_n(&sender.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	ohba_loop_step(lan->loop, 0);
	assert_true(lan->to_host <= sender.taken);
	lan_free(lan);
}

/* --- the end of connections ------------------------------------------------- */

/* Its peer takes nothing, or a byte at a time: it is not kept for ever. */
static void test_closed_is_not_kept(void **state)
{
	static uint8_t data[100000];
	struct lan *lan = lan_connected();
	struct iovec iov = { data, sizeof(data) };
	unsigned int i, sent;

	(void)state;
	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), sizeof(data));
	lan->ops->close(lan->tcp, false);
	lan->tcp = NULL;
	for (i = 0; i < 11; i++) {
		lan->ack++;
		lan_segment(lan, ACK, lan->next, 0);
		lan_advance(lan, 1000);
	}
	/* Nobody knows it any more. */
	sent = lan->sent;
	lan_segment(lan, ACK, lan->next, 0);
	assert_int_equal(lan->sent, sent + 1);
	assert_int_equal(lan_last(lan)[34 + 13] & RST, RST);
	lan_free(lan);
}

/* Connections to a peer that takes nothing are filled and closed, and opened, one by one. */
static void leave(struct lan *lan, unsigned int n, unsigned int pieces, uint32_t bytes)
{
	static uint8_t data[512 << 10];
	struct frame frame;
	unsigned int i;

	while (n--) {
		for (i = 0; i < pieces; i++) {
			struct iovec iov[] = { { data, bytes - 4 }, { data, 4 } };

			assert_int_equal(lan->ops->send(lan->tcp, iov, 2, false), bytes);
		}
		lan->ops->close(lan->tcp, false);
		lan_open(lan);
		lan->port = be16_at(lan_last(lan), 34);
		lan->ack = be32_at(lan_last(lan), 38) + 1;
		frame_segment(lan, &frame, SYN | ACK, ISN - 1, 0);
		lan_receive(lan, &frame);
	}
}

/* The next connection ends. Return: the port of the one that is reset, maybe its own; 0: none. */
static uint16_t reset_by_next(struct lan *lan)
{
	unsigned int at = lan->sent, resets = 0, fins = 0;
	uint16_t port = 0;

	lan->ops->close(lan->tcp, false);
	lan->tcp = NULL;
	for (; at < lan->sent; at++) {
		const uint8_t *tcp = lan->frame[at % FRAMES_KEPT] + 34;

		if (tcp[13] & RST) {
			port = be16_at(tcp, 0);
			resets++;
		}
		fins += be16_at(tcp, 0) == lan->port && tcp[13] & FIN;
	}
	assert_int_equal(fins, port != lan->port);
	assert_true(resets <= 1);
	return port;
}

/* Nor are many, however much or little is in them, or how often little was written. */
static void test_many_closed_are_bounded(void **state)
{
	static const struct {
		unsigned int n, pieces;
		uint32_t bytes;
	} row[] = { { 100, 1, 512 << 10 }, { 1000, 80, 52 }, { 1023, 0, 0 } };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t before = allocated();
		struct lan *lan = lan_connected();

		leave(lan, row[i].n, row[i].pieces, row[i].bytes);
		assert_true(allocated() - before < 24u << 20);
		assert_int_equal(reset_by_next(lan), 0);
		lan_free(lan);
	}
}

/* Not the one that closes, whose peer may be about to take it. */
static void test_first_closed_makes_room(void **state)
{
	struct lan *lan = lan_connected();
	uint16_t port = lan->port;

	(void)state;
	leave(lan, 1, 0, 0);
	lan_advance(lan, 1000);
	leave(lan, 1023, 0, 0);
	assert_int_equal(reset_by_next(lan), port);
	lan_free(lan);
}

/* One whose buffers are more than all that linger may have is not among them. */
static void test_closed_is_too_much(void **state)
{
	struct iovec iov[] = { { "x", 1 }, { "y", 1 } };
	struct lan *lan = lan_new_jumbo();
	size_t before = allocated();
	unsigned int i;

	(void)state;
	lan_connect(lan, (uint8_t[]){ 2, 4, 0x23, 0x00, 1, 1, 1, 1 }, UINT16_MAX, 0);
	for (i = 0; i < 4000; i++)
		assert_int_equal(lan->ops->send(lan->tcp, iov, 2, false), 2);
	assert_true(allocated() - before > 16u << 20);
	assert_int_equal(reset_by_next(lan), lan->port);
	assert_true(allocated() < before + 10000);
	lan_free(lan);
}

/* What came early before it was closed is not kept either. */
static void test_closed_keeps_nothing_early(void **state)
{
	struct lan *lan = lan_connected();
	size_t before = allocated();
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++)
		lan_segment(lan, ACK, lan->next + 1000 + 1400 * i, 1400);
	assert_true(allocated() - before > 100000);
	lan->ops->close(lan->tcp, false);
	lan->tcp = NULL;
	assert_int_equal(lan_last(lan)[34 + 13] & (FIN | RST), FIN);
	assert_true(allocated() < before + 10000);
	lan_free(lan);
}

/* What comes for one that was closed is not kept. */
static void test_closed_keeps_nothing(void **state)
{
	static uint8_t data[100000];
	struct lan *lan = lan_connected();
	struct iovec iov = { data, sizeof(data) };
	size_t before;
	unsigned int i;

	(void)state;
	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), sizeof(data));
	lan->ops->close(lan->tcp, false);
	lan->tcp = NULL;
	before = allocated();
	for (i = 0; i < 100; i++)
		lan_segment(lan, ACK, lan->next + 1000 + 1400 * i, 1400);
	assert_true(allocated() - before < 10000);
	lan_free(lan);
}

/* A peer that does take it gets all, and a FIN. */
static void test_closed_still_sends(void **state)
{
	static uint8_t data[20000];
	struct lan *lan = lan_connected();
	struct iovec iov = { data, sizeof(data) };
	uint32_t end = lan->ack + sizeof(data);
	unsigned int turns = 0;

	(void)state;
	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), sizeof(data));
	lan->ops->close(lan->tcp, false);
	lan->tcp = NULL;
	while (lan->ack != end) {
		const uint8_t *tcp = lan_last(lan) + 34;
		uint32_t len = lan->len[(lan->sent - 1) % FRAMES_KEPT] - 54;

		assert_true(turns++ < 100);
		lan->ack = be32_at(tcp, 4) + len;
		lan_segment(lan, ACK, lan->next, 0);
		lan_advance(lan, 50);
	}
	assert_int_equal(lan_last(lan)[34 + 13] & FIN, FIN);
	lan_free(lan);
}

/* The same address on another network is another. */
static void test_address_that_leaves_elsewhere(void **state)
{
	struct lan *lan = lan_connected();

	(void)state;
	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, OHBA_FAMILY_IPV4, us, 7, 0), 0);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, 0, nobody, 0, 0), 0);
	lan_advance(lan, 100);
	assert_int_equal(lan->readable + lan->broken, 0);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 0, 0, nobody, 0, 0), 0);
	lan_advance(lan, 100);
	assert_int_equal(lan->broken, 1);
	assert_int_equal(lan->status, OHBA_ST_CONN_TIMEOUT);
	lan_free(lan);
}

/* After a failure nothing more is told. */
static void test_failed_connect_is_told_once(void **state)
{
	struct lan *lan = lan_new();

	(void)state;
	lan_set_paths(lan);
	lan_open(lan);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 0, 0, nobody, 0, 0), 0);
	lan_settle(lan);
	assert_int_equal(lan->connected, 1);
	assert_int_equal(lan->status, OHBA_ST_CONN_TIMEOUT);
	lan_advance(lan, 100);
	assert_int_equal(lan->connected, 1);
	assert_int_equal(lan->broken, 0);
	lan_free(lan);
}

/* --- options ---------------------------------------------------------------- */

/* From the SYN on. */
static void test_tos(void **state)
{
	struct lan *lan = lan_new();

	(void)state;
	lan->options.tos = 0xb8;
	lan_set_paths(lan);
	lan_open(lan);
	assert_int_equal(lan_last(lan)[34 + 13] & SYN, SYN);
	assert_int_equal(lan_last(lan)[14 + 1], 0xb8);
	lan_free(lan);
}

static void test_traffic_class(void **state)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	const struct ohba_tcp_options options = { .tos = 0xb8 };
	static const struct ohba_tcp_events none;
	struct lan *lan = lan_new();
	enum ohba_status status;

	(void)state;
	lan_set_paths(lan);
	memcpy(&in6.sin6_addr, peer6, 16);
	lan->tcp = lan->ops->connect(ohba_wire_engine(lan->wire), (void *)&in6, sizeof(in6),
				     &options, &none, lan, &status);
	assert_non_null(lan->tcp);
	lan_settle(lan);
	assert_int_equal(be16_at(lan_last(lan), 12), 0x86dd);
	assert_int_equal(be16_at(lan_last(lan), 14) >> 4, 0x6b8);
	lan_free(lan);
}

/* What is small waits for what is not acknowledged, or does not. */
static void test_nagle(void **state)
{
	static uint8_t data[10];
	struct iovec iov = { data, sizeof(data) };
	int nagle;

	(void)state;
	for (nagle = 0; nagle < 2; nagle++) {
		struct lan *lan = lan_new();
		unsigned int sent;

		lan->options.nagle = nagle;
		lan_set_paths(lan);
		lan_open(lan);
		lan->port = be16_at(lan_last(lan), 34);
		lan->ack = be32_at(lan_last(lan), 38) + 1;
		lan_segment(lan, SYN | ACK, ISN - 1, 0);
		assert_int_equal(lan->connected, 1);
		sent = lan->sent;
		assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), sizeof(data));
		assert_int_equal(lan->sent, sent + 1);
		assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), sizeof(data));
		assert_int_equal(lan->sent, sent + 2 - nagle);
		lan_free(lan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_padding_is_not_kept),
		cmocka_unit_test(test_crumbs_are_bounded),
		cmocka_unit_test(test_holes_are_bounded),
		cmocka_unit_test(test_late_overlaps_are_bounded),
		cmocka_unit_test(test_little_that_is_new_is_bounded),
		cmocka_unit_test(test_small_segments),
		cmocka_unit_test(test_read_low_of_a_small_window),
		cmocka_unit_test(test_lost_syn),
		cmocka_unit_test(test_wrong_answers_to_a_syn),
		cmocka_unit_test(test_window_that_opens_a_little),
		cmocka_unit_test(test_queue_is_bounded),
		cmocka_unit_test(test_stop_amid_frames),
		cmocka_unit_test(test_closed_is_not_kept),
		cmocka_unit_test(test_many_closed_are_bounded),
		cmocka_unit_test(test_first_closed_makes_room),
		cmocka_unit_test(test_closed_keeps_nothing),
		cmocka_unit_test(test_closed_keeps_nothing_early),
		cmocka_unit_test(test_closed_is_too_much),
		cmocka_unit_test(test_closed_still_sends),
		cmocka_unit_test(test_address_that_leaves_elsewhere),
		cmocka_unit_test(test_failed_connect_is_told_once),
		cmocka_unit_test(test_tos),
		cmocka_unit_test(test_traffic_class),
		cmocka_unit_test(test_nagle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

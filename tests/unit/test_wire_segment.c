// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a segment must not reach lwIP's TCP. */
#include "lan.h"

/* First of those kept for later, it would not be cut, and the window would wrap. */
static void test_segment_across_the_window(void **state)
{
	struct lan *lan = lan_connected();
	uint32_t edge = ISN + WINDOW, part;

	(void)state;
	lan->ops->want_read(lan->tcp, false);
	lan_segment(lan, ACK, edge - 1, 1400);
	lan_segment(lan, ACK | FIN, edge - 1, 1);
	lan_segment(lan, ACK | FIN, edge, 0);
	for (; lan->next != edge - 1; lan->next += part) {
		part = MIN(edge - 1 - lan->next, 1400u);
		lan_segment(lan, ACK, lan->next, part);
	}
	lan_advance(lan, 100);
	assert_int_equal(lan_expected(lan), edge - 1);
	lan_segment(lan, ACK, edge - 1, 1);
	lan_advance(lan, 100);
	assert_int_equal(lan_expected(lan), edge);
	/* A window probe is answered. */
	part = lan->sent;
	lan_segment(lan, ACK, edge, 1);
	assert_int_equal(lan->sent, part + 1);
	assert_int_equal(lan_expected(lan), edge);
	assert_int_equal(be16_at(lan_last(lan), 34 + 14), 0);
	lan_free(lan);
}

/* Nobody reads: the peer has sent all but @left of what there is room for. */
static struct lan *full_but(uint32_t left)
{
	struct lan *lan = lan_connected();
	uint32_t end = ISN + WINDOW - left, part;

	lan->ops->want_read(lan->tcp, false);
	for (; lan->next != end; lan->next += part) {
		part = MIN(end - lan->next, 1400u);
		lan_segment(lan, ACK, lan->next, part);
	}
	lan_advance(lan, 100);
	assert_int_equal(lan_expected(lan), end);
	return lan;
}

/* The number of a peer that has sent a byte more, to ask for room: what it says counts. */
static void test_number_beyond_a_full_window(void **state)
{
	struct lan *lan = full_but(0);
	unsigned int since;

	(void)state;
	lan_send(lan, 0, 100);
	lan_segment(lan, ACK, lan->next++, 1);
	lan_acknowledge(lan, lan->ack + 100, UINT16_MAX);
	since = lan->sent;
	lan_advance(lan, 5000);
	assert_int_equal(lan->sent, since);
	lan_free(lan);
}

/* Nobody has room: no answer is answered, and each probe is, for as long as it may take. */
static void test_both_windows_full(void **state)
{
	struct lan *lan = full_but(0);
	uint32_t base = lan->ack;
	unsigned int since, i;

	(void)state;
	lan_acknowledge(lan, base, 0);
	since = lan->sent;
	for (i = 0; i < 5; i++)
		lan_acknowledge(lan, base, 0);
	assert_int_equal(lan->sent, since);
	lan_send(lan, 0, 100);
	for (i = 0; i < 600; i++) {
		since = lan->sent;
		lan_advance(lan, 500);
		if (lan->sent != since)
			lan_acknowledge(lan, base, 0);
	}
	assert_int_equal(lan->broken, 0);
	since = lan->sent;
	lan_acknowledge(lan, base, UINT16_MAX);
	assert_int_equal(lan_stream(lan, since, base, 0), 100);
	lan_free(lan);
}

/* Data behind a FIN that came early, up to the edge of the window: the stream ends at the FIN. */
static void fin_is_passed(bool at_once)
{
	struct lan *lan = full_but(100);
	uint32_t edge = ISN + WINDOW;

	lan_segment(lan, ACK | FIN, edge - 50, 10);
	if (at_once) {
		lan_segment(lan, ACK, edge - 100, 100);
	} else {
		lan_segment(lan, ACK, edge - 90, 90);
		lan_segment(lan, ACK, edge - 100, 10);
	}
	lan_segment(lan, ACK, edge - 100, 50);
	lan_advance(lan, 100);
	assert_int_equal(lan_expected(lan), edge - 39);
	lan_free(lan);
}

static void test_fin_is_passed(void **state)
{
	(void)state;
	fin_is_passed(true);
	fin_is_passed(false);
}

/* A segment with @seq and @ack that says that there is no room. */
static void forge(struct lan *lan, uint32_t seq, uint32_t ack)
{
	uint32_t next = lan->next, was = lan->ack;

	lan->next = seq;
	lan_acknowledge(lan, ack, 0);
	lan->next = next;
	lan->ack = was;
}

/* Who knows the ports alone does not close the window: no word of the peer's would open it. */
static void test_window_of_a_stranger(void **state)
{
	struct lan *lan = lan_connected();
	uint32_t base = lan->ack;
	unsigned int since;

	(void)state;
	forge(lan, lan->next + WINDOW + 2, base);
	forge(lan, lan->next + 0x40000000, 0x12345678);
	forge(lan, lan->next + 1, base + 1);
	forge(lan, lan->next + 1, base - UINT16_MAX - 1);
	since = lan->sent;
	lan_send(lan, 0, 1000);
	assert_int_equal(lan_stream(lan, since, base, 0), 1000);
	lan_free(lan);
}

/* The last byte of the options is the first of one: what is behind the frame is not read. */
static void test_option_without_an_end(void **state)
{
	static const uint8_t kinds[] = { 2, 3, 4, 5, 8, 254 };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(kinds); i++) {
		struct lan *lan = lan_new();

		lan_connect(lan, (uint8_t[]){ 2, 4, 0x02, 0x18, 1, 1, 1, kinds[i] }, UINT16_MAX, 0);
		assert_int_equal(lan->ops->mss(lan->tcp), 536);
		lan_free(lan);
	}
}

/* MSS 8960, long after the SYN. */
static void test_options_after_the_syn(void **state)
{
	static uint8_t data[20000];
	struct iovec iov = { data, sizeof(data) };
	struct lan *lan = lan_connected();
	struct frame frame;

	(void)state;
	frame_segment(lan, &frame, ACK, lan->next, 4);
	frame.data[32] = 0x60;
	memcpy(frame.data + 40, (uint8_t[]){ 2, 4, 0x23, 0 }, 4);
	frame_sums(&frame, 16);
	lan_receive(lan, &frame);
	assert_int_equal(lan->ops->mss(lan->tcp), 1460);
	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), sizeof(data));
	assert_int_equal(lan->len[(lan->sent - 1) % FRAMES_KEPT], 14 + 1500);
	lan_free(lan);
}

/* A SYN that acknowledges another leaves nothing behind. */
static void test_options_of_a_wrong_syn(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	lan_set_paths(lan);
	lan_open(lan);
	lan->port = be16_at(lan_last(lan), 34);
	lan->ack = be32_at(lan_last(lan), 38) + 2;
	frame_segment(lan, &frame, SYN | ACK, ISN, 0);
	put_be16(frame.data, 42, 64);
	frame_sums(&frame, 16);
	lan_receive(lan, &frame);
	assert_int_equal(lan->connected, 0);
	lan->ack--;
	frame_segment(lan, &frame, SYN | ACK, ISN - 1, 0);
	memset(frame.data + 40, 1, 8);
	frame_sums(&frame, 16);
	lan_receive(lan, &frame);
	assert_int_equal(lan->connected, 1);
	assert_int_equal(lan->ops->mss(lan->tcp), 536);
	lan_free(lan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_segment_across_the_window),
		cmocka_unit_test(test_number_beyond_a_full_window),
		cmocka_unit_test(test_both_windows_full),
		cmocka_unit_test(test_fin_is_passed),
		cmocka_unit_test(test_window_of_a_stranger),
		cmocka_unit_test(test_option_without_an_end),
		cmocka_unit_test(test_options_after_the_syn),
		cmocka_unit_test(test_options_of_a_wrong_syn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

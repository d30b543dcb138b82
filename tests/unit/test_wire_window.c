// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer that has little room, or takes back what it said that it has, as RFC 9293 section 3.8.6
 * says that it should not: nothing ends, stays or goes where it does not belong. The test is the
 * peer.
 */
#include "lan.h"
#include "wire/unsent.h"

#define MSS	1460
#define RTO_MS	210		/* lwipopts.h: no timer of lwIP's before */
#define AT_TCP	34
#define SCALE	1

static struct tcp_pcb *pcb(void)
{
	return tcp_active_pcbs;
}

/* Windows are multiples of 1 << SCALE. */
static struct lan *connected_scaled(void)
{
	struct lan *lan = lan_new();

	lan_connect(lan, (uint8_t[]){ 2, 4, MSS >> 8, MSS & 0xff, 3, 3, SCALE, 0 }, UINT16_MAX, 1);
	return lan;
}

static struct lan *connected(void)
{
	struct lan *lan = lan_new();

	lan_connect(lan, (uint8_t[]){ 2, 4, MSS >> 8, MSS & 0xff, 1, 1, 1, 1 }, UINT16_MAX, 1);
	return lan;
}

static uint32_t check_queue(const struct tcp_seg *seg, uint32_t at)
{
	for (; seg; seg = seg->next) {
		assert_true(TCP_SEQ_GEQ(wire_seq(seg), at));
		at = wire_end(seg);
	}
	return at;
}

/* While time passes what lwIP keeps is in order. */
static void pass(struct lan *lan, uint64_t ms)
{
	lan_advance(lan, ms);
	check_queue(pcb()->unsent, check_queue(pcb()->unacked, pcb()->lastack - MSS));
}

/* lwIP's timer ends, and there is no room for what it would send again. */
static void wait_for_persist(struct lan *lan)
{
	unsigned int i;

	for (i = 0; i < 20 && !pcb()->persist_backoff; i++)
		pass(lan, RTO_MS);
	assert_int_not_equal(pcb()->persist_backoff, 0);
}

/* It comes, and nothing of it is kept then. */
static void expect_stream(struct lan *lan, uint32_t base, uint32_t from, uint32_t to)
{
	unsigned int since = lan->sent, i;

	for (i = 0; i < 20 && from < to; i++) {
		lan_acknowledge(lan, base + from, 30000);
		pass(lan, RTO_MS);
		from = lan_stream(lan, since, base, from);
	}
	assert_int_equal(from, to);
	lan_acknowledge(lan, base + to + (pcb()->state > ESTABLISHED), 30000);
	assert_int_equal(pcb()->snd_buf, TCP_SND_BUF);
	assert_int_equal(pcb()->snd_queuelen, 0);
}

/* What the peer then asks for does not fit, and waits; nothing is appended to it. */
static void taken_back(uint32_t old)
{
	const uint32_t lens[] = { 48, 48, MSS, 48, 100 };
	struct lan *lan = connected();
	uint32_t base = lan->ack, at = 0;
	unsigned int since, i;

	for (i = 0; i < 4; at += lens[i++])
		lan_send(lan, at, lens[i]);
	lan_acknowledge(lan, base + lens[0], 0);
	since = lan->sent;
	lan->next -= old;
	for (i = 0; i < 3; i++)
		lan_acknowledge(lan, base + lens[0], 0);
	lan->next += old;
	lan_send(lan, at, lens[4]);
	assert_int_equal(lan_stream(lan, since, base, lens[0]), lens[0]);
	expect_stream(lan, base, lens[0], at + lens[4]);
	lan_free(lan);
}

static void test_taken_back(void **state)
{
	(void)state;
	taken_back(0);
	taken_back(1);		/* by what looks like keep-alives */
}

/* While something is in flight, which lwIP's timer then would send again: it had come. */
static void test_of_what_came(void **state)
{
	struct lan *lan = connected();
	uint32_t base = lan->ack;

	(void)state;
	lan_send(lan, 0, 100);
	lan_acknowledge(lan, base, 0);
	wait_for_persist(lan);
	lan_acknowledge(lan, base + 100, 0);
	pass(lan, RTO_MS);
	lan_send(lan, 100, 50);
	expect_stream(lan, base, 100, 150);
	lan_free(lan);
}

/* A part of it had come, and there is room for less than the rest; @then for more. */
static void of_a_part(uint32_t then)
{
	struct lan *lan = connected_scaled();
	uint32_t base = lan->ack;
	unsigned int since;

	lan_send(lan, 0, 1000);
	lan_acknowledge(lan, base + 100, 0);
	wait_for_persist(lan);
	since = lan->sent;
	lan_acknowledge(lan, base + 100, 50 >> SCALE);
	pass(lan, 2 * RTO_MS);
	assert_int_equal(lan_stream(lan, since, base, 100), 150);
	lan_acknowledge(lan, base + 100, then >> SCALE);
	pass(lan, 2 * RTO_MS);
	expect_stream(lan, base, 100, 1000);
	lan_free(lan);
}

static void test_of_a_part(void **state)
{
	(void)state;
	of_a_part(50);
	of_a_part(30000);
	of_a_part(0x10000);	/* lwIP heeds 16 bits */
}

/* Two segments had come, their acknowledgments were lost, and more was written behind them. */
static void test_written_behind(void **state)
{
	struct lan *lan = connected();
	uint32_t base = lan->ack;
	unsigned int i;

	(void)state;
	lan_send(lan, 0, MSS);
	lan_send(lan, MSS, 1000);
	for (i = 0; i < 200 && !(pcb()->flags & TF_RTO); i++)
		pass(lan, 10);
	lan_send(lan, MSS + 1000, 460);
	lan_acknowledge(lan, base + MSS + 1000, 400);
	pass(lan, 1000);
	expect_stream(lan, base, MSS + 1000, 2 * MSS);
	lan_free(lan);
}

/* --- the end ------------------------------------------------------------------ */

static void close_it(struct lan *lan)
{
	lan->ops->close(lan->tcp, false);
	lan->tcp = NULL;
	lan_settle(lan);
}

/* Its owner has let it go: what was sent first, and is again, is behind what was sent after it. */
static void closed(uint32_t then)
{
	struct lan *lan = connected_scaled();
	uint32_t base = lan->ack;
	unsigned int i;

	lan_send(lan, 0, 3 * MSS);
	close_it(lan);
	for (i = 0; i < 4; i++)
		lan_acknowledge(lan, base, 0);
	for (i = 0; then && i < 4; i++)
		lan_acknowledge(lan, base + then, 0);
	wait_for_persist(lan);
	lan_acknowledge(lan, base + then, 0x10000 >> SCALE);
	pass(lan, 2 * RTO_MS);
	expect_stream(lan, base, then, 3 * MSS);
	lan_free(lan);
}

static void test_closed(void **state)
{
	(void)state;
	closed(0);
	closed(100);	/* and the second too */
}

/* Of FINs, that were sent since @since. */
static unsigned int fins_at(const struct lan *lan, unsigned int since, uint32_t end)
{
	unsigned int n = 0;

	for (; since < lan->sent; since++) {
		const uint8_t *frame = lan->frame[since % FRAMES_KEPT];
		uint32_t at = be32_at(frame, AT_TCP + 4) + be16_at(frame, 16) - 40;

		if (!(frame[AT_TCP + 13] & FIN))
			continue;
		assert_int_equal(at, end);
		n++;
	}
	return n;
}

/* A half of the last segment fits: the stream does not end there. */
static void fin_behind(uint32_t acknowledged)
{
	struct lan *lan = connected();
	uint32_t base = lan->ack;
	unsigned int since;

	lan_acknowledge(lan, base, 100);
	since = lan->sent;
	lan_send(lan, 0, 200);
	close_it(lan);
	pass(lan, 5 * RTO_MS);
	lan_acknowledge(lan, base + acknowledged, 100);
	pass(lan, 5 * RTO_MS);
	expect_stream(lan, base, acknowledged, 200);
	assert_true(fins_at(lan, since, base + 200) > 0);
	assert_int_equal(pcb()->state, FIN_WAIT_2);
	lan_free(lan);
}

static void test_fin(void **state)
{
	(void)state;
	fin_behind(100);
	fin_behind(60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_of_what_came),
		cmocka_unit_test(test_of_a_part),
		cmocka_unit_test(test_written_behind),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_fin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

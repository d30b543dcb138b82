// SPDX-License-Identifier: GPL-2.0-or-later
/* What the wire engine does about segments of its own that were lost: the test is the peer. */
#include "lan.h"
#include "pair.h"

#include "lwip/priv/tcp_priv.h"

#define MSS	1460
#define FLIGHT	12u		/* segments */
#define RTO_MS	210		/* lwipopts.h: no timer of lwIP's before */
#define AT_TCP	34

static uint8_t data[64 * MSS];

/* --- the peer ---------------------------------------------------------------- */

static struct tcp_pcb *pcb(void)
{
	return tcp_active_pcbs;
}

struct sack {
	uint32_t from, to;		/* segments of the flight; @to is the first that is not */
};

/* All before segment @first of the flight that begins at lan->ack, and @n blocks behind it. */
static void acknowledge(struct lan *lan, uint32_t base, uint32_t first, const struct sack *sack,
			unsigned int n)
{
	size_t len = n ? 4 + 8 * n : 0;
	struct frame frame;
	uint8_t *options = frame.data + 40;
	unsigned int i;

	lan->ack = base + first * MSS;
	frame_segment(lan, &frame, ACK, lan->next, len);
	frame.data[32] = (20 + len) / 4 << 4;
	if (n)
		memcpy(options, (uint8_t[]){ 1, 1, 5, 2 + 8 * n }, 4);
	for (i = 0; i < n; i++) {
		put_be32(options, 4 + 8 * i, base + sack[i].from * MSS);
		put_be32(options, 8 + 8 * i, base + sack[i].to * MSS);
	}
	frame_sums(&frame, 16);
	lan_receive(lan, &frame);
}

static void connect_to(struct lan *lan, bool sack, unsigned int rtt_ms)
{
	static const uint8_t options[2][8] = {
		{ 2, 4, MSS >> 8, MSS & 0xff, 3, 3, 7, 0 },
		{ 2, 4, MSS >> 8, MSS & 0xff, 1, 1, 4, 2 },
	};

	lan_connect(lan, options[sack], UINT16_MAX, rtt_ms);
}

static void send_segments(struct lan *lan, unsigned int n)
{
	struct iovec iov = { data, n * MSS };

	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), n * MSS);
	lan_settle(lan);
}

/* A connection that has a flight under way, and where it begins. */
static struct lan *flying_far(bool sack, unsigned int rtt_ms, uint32_t *base)
{
	struct lan *lan = lan_new();
	unsigned int i;

	connect_to(lan, sack, rtt_ms);
	for (i = 0; i < 8; i++) {
		send_segments(lan, 3);
		lan_advance(lan, rtt_ms);
		acknowledge(lan, lan->ack, 3, NULL, 0);
	}
	assert_true(pcb()->cwnd >= FLIGHT * MSS);
	*base = lan->ack;
	send_segments(lan, FLIGHT);
	assert_int_equal(pcb()->snd_nxt, *base + FLIGHT * MSS);
	return lan;
}

static struct lan *flying(bool sack, uint32_t *base)
{
	return flying_far(sack, 1, base);
}

/* Which segments of the flight were sent since @since: a bit each, and none twice. */
static uint32_t sent_since(const struct lan *lan, unsigned int since, uint32_t base)
{
	uint32_t sent = 0, n;

	for (; since < lan->sent; since++) {
		if (lan->len[since % FRAMES_KEPT] <= AT_TCP + 20)
			continue;
		n = (be32_at(lan->frame[since % FRAMES_KEPT], AT_TCP + 4) - base) / MSS;
		assert_true(n < 32 && !(sent & 1u << n));
		sent |= 1u << n;
	}
	return sent;
}

/* --- holes -------------------------------------------------------------------- */

/* Segments 0, 3 and 5 are lost: they, and no others, are sent again, and at once. */
static void test_holes(void **state)
{
	static const struct sack come[][3] = {
		{ { 1, 2 } }, { { 1, 3 } }, { { 4, 5 }, { 1, 3 } }, { { 6, 7 }, { 4, 5 }, { 1, 3 } },
		{ { 6, 8 }, { 4, 5 }, { 1, 3 } }, { { 6, 9 }, { 4, 5 }, { 1, 3 } },
		{ { 6, 10 }, { 4, 5 }, { 1, 3 } }, { { 6, 11 }, { 4, 5 }, { 1, 3 } },
		{ { 6, 12 }, { 4, 5 }, { 1, 3 } },
	};
	static const unsigned int blocks[] = { 1, 1, 2, 3, 3, 3, 3, 3, 3 };
	uint32_t base, window;
	struct lan *lan = flying(true, &base);
	unsigned int i, since = lan->sent;

	(void)state;
	window = MIN(pcb()->cwnd, pcb()->snd_wnd);
	for (i = 0; i < 2; i++)
		acknowledge(lan, base, 0, come[i], blocks[i]);
	assert_int_equal(sent_since(lan, since, base), 0);
	for (; i < ARRAY_SIZE(come); i++)
		acknowledge(lan, base, 0, come[i], blocks[i]);
	assert_int_equal(sent_since(lan, since, base), 1 << 0 | 1 << 3 | 1 << 5);
	/* One loss, however many segments it took. */
	assert_int_equal(pcb()->ssthresh, window / 2);
	for (i = 0; i < 5; i++)		/* and nothing for those that come twice */
		acknowledge(lan, base, 3, (struct sack[]){ { 6, 12 }, { 4, 5 } }, 2);
	acknowledge(lan, base, 5, (struct sack[]){ { 6, 12 } }, 1);
	acknowledge(lan, base, FLIGHT, NULL, 0);
	assert_int_equal(pcb()->ssthresh, window / 2);
	assert_in_range(pcb()->cwnd, window / 2, window / 2 + MSS);
	assert_int_equal(sent_since(lan, since, base), 1 << 0 | 1 << 3 | 1 << 5);
	assert_null(pcb()->unacked);
	/* And it is over: the next one counts anew. */
	send_segments(lan, 6);
	for (i = 2, since = lan->sent; i <= 4; i++)
		acknowledge(lan, base, FLIGHT, (struct sack[]){ { FLIGHT + 1, FLIGHT + i } }, 1);
	assert_int_equal(sent_since(lan, since, base), 1 << FLIGHT);
	lan_free(lan);
}

/* Nothing is lost that only came late. */
static void test_late(void **state)
{
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int since = lan->sent;

	(void)state;
	acknowledge(lan, base, 0, (struct sack[]){ { 1, 2 } }, 1);
	acknowledge(lan, base, 0, (struct sack[]){ { 1, 3 } }, 1);
	acknowledge(lan, base, 4, NULL, 0);
	acknowledge(lan, base, FLIGHT, NULL, 0);
	assert_int_equal(sent_since(lan, since, base), 0);
	lan_free(lan);
}

/* RFC 5827: three segments are under way, and one of them is lost. */
static void test_few(void **state)
{
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int since = lan->sent;

	(void)state;
	acknowledge(lan, base, FLIGHT - 3, (struct sack[]){ { FLIGHT - 2, FLIGHT - 1 } }, 1);
	assert_int_equal(sent_since(lan, since, base), 0);
	acknowledge(lan, base, FLIGHT - 3, (struct sack[]){ { FLIGHT - 2, FLIGHT } }, 1);
	assert_int_equal(sent_since(lan, since, base), 1 << (FLIGHT - 3));
	lan_free(lan);
}

/* RFC 3042: with a full window, two that are new come before any is sent again. */
static void test_full_window(void **state)
{
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int since = lan->sent;

	(void)state;
	pcb()->cwnd = FLIGHT * MSS;
	send_segments(lan, 6);
	assert_int_equal(sent_since(lan, since, base), 0);
	acknowledge(lan, base, 0, (struct sack[]){ { 1, 2 } }, 1);
	assert_int_equal(sent_since(lan, since, base), 1 << FLIGHT);
	acknowledge(lan, base, 0, (struct sack[]){ { 1, 3 } }, 1);
	assert_int_equal(sent_since(lan, since, base), 3 << FLIGHT);
	assert_int_equal(pcb()->cwnd, FLIGHT * MSS);
	acknowledge(lan, base, 0, (struct sack[]){ { 1, 4 } }, 1);
	assert_int_equal(sent_since(lan, since, base), 3 << FLIGHT | 1 << 0);
	lan_free(lan);
}

/* RFC 6582: an acknowledgment of a part shows the next hole. */
static void test_without_sack(void **state)
{
	uint32_t base, ssthresh;
	struct lan *lan = flying(false, &base);
	unsigned int i, since = lan->sent;

	(void)state;
	for (i = 0; i < 3; i++)
		acknowledge(lan, base, 0, NULL, 0);
	assert_int_equal(sent_since(lan, since, base), 1 << 0);
	ssthresh = pcb()->ssthresh;
	acknowledge(lan, base, 3, NULL, 0);
	assert_int_equal(sent_since(lan, since, base), 1 << 0 | 1 << 3);
	acknowledge(lan, base, 5, NULL, 0);
	assert_int_equal(sent_since(lan, since, base), 1 << 0 | 1 << 3 | 1 << 5);
	acknowledge(lan, base, FLIGHT, NULL, 0);
	assert_int_equal(pcb()->ssthresh, ssthresh);
	assert_int_equal(sent_since(lan, since, base), 1 << 0 | 1 << 3 | 1 << 5);
	lan_free(lan);
}

/* What is sent again can be lost again: the peer has what was sent long after it. */
static void test_lost_again(void **state)
{
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int i, since;

	(void)state;
	for (i = 2; i <= FLIGHT; i++)
		acknowledge(lan, base, 0, (struct sack[]){ { 1, i } }, 1);
	since = lan->sent;
	send_segments(lan, 6);
	assert_int_equal(sent_since(lan, since, base), 0x3fu << FLIGHT);
	for (since = lan->sent; i <= FLIGHT + 3; i++)
		acknowledge(lan, base, 0, (struct sack[]){ { 1, i } }, 1);
	assert_int_equal(sent_since(lan, since, base), 0);
	for (; i <= FLIGHT + 6; i++) {
		acknowledge(lan, base, 0, (struct sack[]){ { 1, i } }, 1);
		assert_int_equal(sent_since(lan, since, base), 1 << 0);
	}
	lan_free(lan);
}

/* What is lost during a recovery is a loss of its own, and not sent twice when that ends. */
static void test_next_loss(void **state)
{
	uint32_t base, ssthresh;
	struct lan *lan = flying(true, &base);
	unsigned int i, since;

	(void)state;
	for (i = 2; i <= FLIGHT; i++)
		acknowledge(lan, base, 0, (struct sack[]){ { 1, i } }, 1);
	send_segments(lan, 6);
	since = lan->sent;
	acknowledge(lan, base, 0, (struct sack[]){ { 14, 18 }, { 1, 13 } }, 2);
	assert_int_equal(sent_since(lan, since, base), 1 << 13 | 1 << 0);
	ssthresh = pcb()->ssthresh;
	acknowledge(lan, base, 13, (struct sack[]){ { 14, 18 } }, 1);
	assert_int_equal(sent_since(lan, since, base), 1 << 13 | 1 << 0);
	assert_in_range(pcb()->ssthresh, ssthresh / 2, ssthresh / 2 + MSS);
	acknowledge(lan, base, 18, NULL, 0);
	assert_false(pcb()->flags & TF_INFR);
	lan_free(lan);
}

/* --- silence ------------------------------------------------------------------ */

/* The last five are lost: nothing comes that would show it. */
static void test_last_ones(void **state)
{
	uint32_t base, window;
	struct lan *lan = flying(true, &base);
	unsigned int since = lan->sent;

	(void)state;
	acknowledge(lan, base, 7, NULL, 0);
	window = MIN(pcb()->cwnd, pcb()->snd_wnd);
	lan_advance(lan, RTO_MS / 2);
	assert_int_equal(sent_since(lan, since, base), 1 << 11);
	acknowledge(lan, base, 7, (struct sack[]){ { 11, 12 } }, 1);
	assert_int_equal(sent_since(lan, since, base), 1 << 11 | 1 << 7 | 1 << 8);
	acknowledge(lan, base, 8, (struct sack[]){ { 11, 12 } }, 1);
	acknowledge(lan, base, 9, (struct sack[]){ { 11, 12 } }, 1);
	acknowledge(lan, base, 10, (struct sack[]){ { 11, 12 } }, 1);
	assert_int_equal(sent_since(lan, since, base), 0x1f << 7);
	acknowledge(lan, base, FLIGHT, NULL, 0);
	assert_int_equal(pcb()->ssthresh, window / 2);
	lan_advance(lan, 2 * RTO_MS);
	assert_int_equal(sent_since(lan, since, base), 0x1f << 7);
	lan_free(lan);
}

/* The very last: that it was lost is seen when it is not acknowledged twice. */
static void test_last_one(void **state)
{
	uint32_t base, window;
	struct lan *lan = flying(true, &base);
	unsigned int since = lan->sent;

	(void)state;
	acknowledge(lan, base, FLIGHT - 1, NULL, 0);
	lan_advance(lan, RTO_MS * 3 / 4);
	assert_int_equal(sent_since(lan, since, base), 1 << (FLIGHT - 1));
	acknowledge(lan, base, FLIGHT, NULL, 0);
	window = MIN(pcb()->cwnd, pcb()->snd_wnd);
	send_segments(lan, 2);
	acknowledge(lan, base, FLIGHT + 2, NULL, 0);
	assert_in_range(pcb()->ssthresh, window / 2, window / 2 + MSS);
	lan_free(lan);
}

/* A small one, that went before what is small had to wait for what is not acknowledged. */
static void test_last_one_nagle(void **state)
{
	struct iovec iov = { data, 10 };
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int since;

	(void)state;
	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), 10);
	tcp_nagle_enable(pcb());
	acknowledge(lan, base, FLIGHT - 1, NULL, 0);
	since = lan->sent;
	lan_advance(lan, RTO_MS * 3 / 4);
	assert_int_equal(sent_since(lan, since, base), 1 << FLIGHT);
	assert_false(tcp_nagle_disabled(pcb()));
	lan_free(lan);
}

static void test_last_one_was_slow(void **state)
{
	uint32_t base, window;
	struct lan *lan = flying(true, &base);
	unsigned int since = lan->sent;

	(void)state;
	acknowledge(lan, base, FLIGHT - 1, NULL, 0);
	lan_advance(lan, RTO_MS * 3 / 4);
	assert_int_equal(sent_since(lan, since, base), 1 << (FLIGHT - 1));
	acknowledge(lan, base, FLIGHT, NULL, 0);
	acknowledge(lan, base, FLIGHT, (struct sack[]){ { FLIGHT - 1, FLIGHT } }, 1);
	window = pcb()->cwnd;
	send_segments(lan, 2);
	acknowledge(lan, base, FLIGHT + 2, NULL, 0);
	assert_true(pcb()->cwnd >= window);
	lan_free(lan);
}

/* A peer that is far away is not silent yet. */
static void test_far_away(void **state)
{
	uint32_t base;
	struct lan *lan = flying_far(true, 80, &base);
	unsigned int since = lan->sent;

	(void)state;
	lan_advance(lan, 120);
	assert_int_equal(sent_since(lan, since, base), 0);
	lan_advance(lan, 120);
	assert_int_equal(sent_since(lan, since, base), 1 << (FLIGHT - 1));
	lan_free(lan);
}

/* Whether the first SYN or the second was answered is not known, nor how far the peer is. */
static void test_slow_connect(void **state)
{
	struct lan *lan = lan_new();
	unsigned int since;

	(void)state;
	connect_to(lan, true, 1500);
	since = lan->sent;
	send_segments(lan, 3);
	lan_advance(lan, 200);
	assert_int_equal(sent_since(lan, since, lan->ack), 7);
	lan_free(lan);
}

/* The next answer tells. */
static void test_after_slow_connect(void **state)
{
	struct lan *lan = lan_new();
	unsigned int since;

	(void)state;
	connect_to(lan, true, 1500);
	send_segments(lan, 3);
	lan_advance(lan, 1);
	acknowledge(lan, lan->ack, 3, NULL, 0);
	send_segments(lan, 2);
	since = lan->sent;
	lan_advance(lan, RTO_MS / 2);
	assert_int_equal(sent_since(lan, since, lan->ack), 1 << 1);
	lan_free(lan);
}

/* In a recovery it is the first hole that is asked with. */
static void test_hole_that_stays(void **state)
{
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int i, since;

	(void)state;
	for (i = 5; i <= FLIGHT; i++)
		acknowledge(lan, base, 0, (struct sack[]){ { 4, i }, { 1, 3 } }, 2);
	since = lan->sent;
	lan_advance(lan, RTO_MS / 2);
	assert_int_equal(sent_since(lan, since, base), 1 << 0);
	/* The next one was lost twice, too. */
	acknowledge(lan, base, 3, (struct sack[]){ { 4, FLIGHT } }, 1);
	since = lan->sent;
	lan_advance(lan, RTO_MS / 2);
	assert_int_equal(sent_since(lan, since, base), 1 << 3);
	lan_free(lan);
}

/* RFC 2018 section 8: the timer sends all again, as the peer may have dropped what it had. */
static void test_timer(void **state)
{
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int i, turns = 0;

	(void)state;
	for (i = 2; i <= FLIGHT; i++)
		acknowledge(lan, base, 0, (struct sack[]){ { 1, i } }, 1);
	lan_advance(lan, 3 * RTO_MS);
	assert_true(pcb()->flags & TF_RTO);
	/* It has segment 0 at last, and nothing of what it said that it had. */
	for (i = 1; i <= FLIGHT; i++) {
		acknowledge(lan, base, i, NULL, 0);
		assert_true(pcb()->cwnd <= (i + 1) * MSS);	/* slow start */
		lan_advance(lan, 5);
	}
	assert_null(pcb()->unacked);
	assert_null(pcb()->unsent);
	assert_false(pcb()->flags & (TF_RTO | TF_INFR));
	while (pcb()->cwnd < FLIGHT * MSS && turns++ < 32) {
		base = lan->ack;
		send_segments(lan, 2);
		acknowledge(lan, base, 2, NULL, 0);
	}
	assert_true(turns < 32);
	lan_free(lan);
}

/* It ends twice, and lwIP takes the first segment for all: what was marked before is unknown. */
static void test_timer_twice(void **state)
{
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int i, since;

	(void)state;
	for (i = 2; i <= FLIGHT; i++)
		acknowledge(lan, base, 0, (struct sack[]){ { 1, i } }, 1);
	lan_advance(lan, 12 * RTO_MS);
	acknowledge(lan, base, 1, NULL, 0);
	assert_false(pcb()->flags & TF_RTO);
	for (i = 2; i <= 4; i++)
		acknowledge(lan, base, i, NULL, 0);
	/* Segments 4 and 6, which it had once, are lost. */
	since = lan->sent;
	acknowledge(lan, base, 4, (struct sack[]){ { 5, 6 } }, 1);
	for (i = 8; i <= 11; i++)
		acknowledge(lan, base, 4, (struct sack[]){ { 7, i }, { 5, 6 } }, 2);
	assert_int_equal(sent_since(lan, since, base) & 0x50, 0x50);
	lan_free(lan);
}

/* Until lwIP's timer ends, which sends all again, and not longer. */
static void await_timer(struct lan *lan)
{
	unsigned int ms = 0;

	while (!(pcb()->flags & TF_RTO)) {
		assert_true(ms < 3 * RTO_MS);
		lan_advance(lan, 5);
		ms += 5;
	}
}

/* And until then, lwIP does what it does about holes: once for each. */
static void test_loss_after_timer(void **state)
{
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int i, since;

	(void)state;
	await_timer(lan);
	for (i = 1; i <= 4; i++)
		acknowledge(lan, base, i, NULL, 0);
	assert_true(pcb()->flags & TF_RTO);
	since = lan->sent;
	for (i = 6; i <= 11; i++)
		acknowledge(lan, base, 4, (struct sack[]){ { 5, i } }, 1);
	assert_int_equal(sent_since(lan, since, base) & 1 << 4, 1 << 4);
	lan_free(lan);
}

/* --- lies --------------------------------------------------------------------- */

static void test_lies(void **state)
{
	static const struct sack lie[] = {
		{ 0, FLIGHT + 1 }, { 3, 3 }, { 5, 2 }, { (uint32_t)-3, (uint32_t)-1 },
		{ FLIGHT, FLIGHT + 4 }, { (uint32_t)-1, 4 }, { 0x80000000 / MSS, 4 },
	};
	static const uint8_t wrong[][8] = {
		{ 5, 0 }, { 5, 1 }, { 5, 255 }, { 5, 9, 1, 2, 3, 4, 5, 6 }, { 5 }, { 5, 2, 5, 2, 5 },
		{ 1, 1, 1, 1, 1, 1, 1, 5 }, { 0, 5, 10 }, { 8, 0 }, { 255, 255 },
	};
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int i, since = lan->sent;
	struct frame frame;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lie); i++) {
		acknowledge(lan, base, i % 2, &lie[i], 1);
		pcb()->dupacks = 0;	/* lwIP's own are not what is tried here */
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		frame_segment(lan, &frame, ACK, lan->next, 8);
		frame.data[32] = 28 / 4 << 4;
		memcpy(frame.data + 40, wrong[i], 8);
		frame_sums(&frame, 16);
		lan_receive(lan, &frame);
		pcb()->dupacks = 0;
	}
	assert_int_equal(sent_since(lan, since, base), 0);
	/* It has everything, but it does not acknowledge it. */
	for (i = 0; i < 100; i++)
		acknowledge(lan, base, 1, (struct sack[]){ { 1, FLIGHT }, { 1, 4 }, { 2, 9 } }, 3);
	acknowledge(lan, base, FLIGHT, NULL, 0);
	assert_null(pcb()->unacked);
	lan_free(lan);
}

/* Who knows addresses and ports alone does not know what was sent, nor what is awaited. */
static void test_forged(void **state)
{
	uint32_t base;
	struct lan *lan = flying(true, &base);
	unsigned int i, since = lan->sent;

	(void)state;
	for (i = 2; i <= FLIGHT; i++) {
		acknowledge(lan, base - MSS, 0, (struct sack[]){ { 2, 1 + i } }, 1);
		acknowledge(lan, base + 0x40000000, 0, (struct sack[]){ { 1, i } }, 1);
		lan->next += WINDOW + 1;
		acknowledge(lan, base, 0, (struct sack[]){ { 1, i } }, 1);
		lan->next -= WINDOW + 2;
		acknowledge(lan, base, 0, (struct sack[]){ { 1, i } }, 1);
		lan->next++;
	}
	assert_int_equal(sent_since(lan, since, base), 0);
	lan_free(lan);
}

/* Who never said that it would send SACK is not believed. */
static void test_not_agreed(void **state)
{
	uint32_t base;
	struct lan *lan = flying(false, &base);
	unsigned int i, since = lan->sent;

	(void)state;
	for (i = 5; i <= FLIGHT; i++) {
		acknowledge(lan, base, 0, (struct sack[]){ { 1, i } }, 1);
		pcb()->dupacks = 0;
	}
	assert_int_equal(sent_since(lan, since, base), 0);
	lan_free(lan);
}

/* --- all together -------------------------------------------------------------- */

static size_t taken;

static err_t take(void *arg, struct tcp_pcb *of, struct pbuf *p, err_t err)
{
	(void)arg;
	(void)err;
	taken += p->tot_len;
	tcp_recved(of, p->tot_len);
	pbuf_free(p);
	return ERR_OK;
}

/* How long 1 MiB takes over a line that loses a frame of so many, in virtual ms. */
static uint64_t time_of(unsigned int lose_every)
{
	struct pair *pair = pair_connected(OHBA_FAMILY_IPV4, 0);
	uint64_t start = pair->now;
	size_t sent = 0, total = 1 << 20;

	taken = 0;
	tcp_recv(pair->accepted, take);
	pair->lose_every = lose_every;
	while (taken < total) {
		struct iovec iov = { data, MIN(sizeof(data), total - sent) };
		ssize_t n = iov.iov_len ? pair->ops->send(pair->tcp, &iov, 1, false) : 0;

		sent += MAX(n, 0);
		pair_turn(pair);
		assert_true(pair->now - start < 600ull * 1000 * 1000 * 1000);
	}
	start = (pair->now - start) / (1000 * 1000);
	pair_free(pair);
	return start;
}

/* With lwIP's timer alone it is 2 s, and 54 s. */
static void test_losses(void **state)
{
	(void)state;
	assert_true(time_of(0) < 50);
	assert_true(time_of(21) < 1200);
	assert_true(time_of(7) < 8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_full_window),
		cmocka_unit_test(test_without_sack),
		cmocka_unit_test(test_lost_again),
		cmocka_unit_test(test_next_loss),
		cmocka_unit_test(test_last_ones),
		cmocka_unit_test(test_last_one),
		cmocka_unit_test(test_last_one_nagle),
		cmocka_unit_test(test_last_one_was_slow),
		cmocka_unit_test(test_far_away),
		cmocka_unit_test(test_slow_connect),
		cmocka_unit_test(test_after_slow_connect),
		cmocka_unit_test(test_hole_that_stays),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_timer_twice),
		cmocka_unit_test(test_loss_after_timer),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_not_agreed),
		cmocka_unit_test(test_losses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

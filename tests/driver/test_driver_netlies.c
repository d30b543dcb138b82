// SPDX-License-Identifier: GPL-2.0-or-later
/* The network device of an adapter that lies about its frames. */
#include "unit.h"
#include "nets.h"

/* --- a device that lies ----------------------------------------------------------------------------- */

static void test_wrong_tags(void **state)
{
	static const u16 index[] = { 0, RX_BUFS, RX_BUFS + TX_BUFS - 1, RX_BUFS + TX_BUFS,
				     RX_BUFS + TX_BUFS + 1, 0x7fff, 0xffff };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(index); i++) {
		/* A generation that none of them has. */
		post(OHBA_TAG(index[i], 0x1234), OHBA_ST_SUCCESS, 60);
		shim_settle();
		assert_int_equal(counter("stale_completions"), i + 1);
	}
	post(0xffffffff, 0xffff, 0xffffffff);
	shim_settle();
	assert_int_equal(shim_net_frames, 0);
	check_works();
}

static void test_twice(void **state)
{
	u32 tag;

	(void)state;
	assert_int_equal(send_frame(60), 0);
	tag = tag_of(OHBA_IO_NET_TX);
	post(tag, OHBA_ST_SUCCESS, 0);
	post(tag, OHBA_ST_SUCCESS, 0);
	shim_settle();
	assert_int_equal(counter("stale_completions"), 1);
	tag = tag_of(OHBA_IO_NET_RX);
	post(tag, OHBA_ST_SUCCESS, 60);
	post(tag, OHBA_ST_SUCCESS, 60);
	shim_settle();
	assert_int_equal(counter("stale_completions"), 2);
	assert_int_equal(shim_skbs, RX_BUFS);
	/* The buffer is in use again, by another name. */
	post(tag - 0x10000, OHBA_ST_SUCCESS, 60);
	post(tag, OHBA_ST_INTERNAL, 60);
	shim_settle();
	assert_int_equal(counter("stale_completions"), 4);
	assert_int_equal(shim_net_frames, 1);
	check_works();
}

static void test_lengths(void **state)
{
	static const u32 len[] = { 0, 1, ETH_HLEN - 1, 1519, 9018, 0x7fffffff, 0xffffffff };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(len); i++) {
		post(tag_of(OHBA_IO_NET_RX), OHBA_ST_SUCCESS, len[i]);
		shim_settle();
		assert_int_equal(shim_net_frames, 0);
		assert_int_equal(shim_skbs, RX_BUFS);
		assert_int_equal(dev_nets(OHBA_IO_NET_RX), RX_BUFS);
	}
	assert_int_equal(link_stats().rx_packets, 0);
	assert_int_equal(link_stats().rx_errors, ARRAY_SIZE(len));
	assert_int_equal(counter("rx_no_memory"), 0);
	check_works();
}

static void test_errors(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < RX_BUFS; i++) {
		post(tag_of(OHBA_IO_NET_RX), i % 2 ? OHBA_ST_DMA_FAULT : 0xffff, 60);
		shim_settle();
	}
	assert_int_equal(shim_net_frames, 0);
	assert_int_equal(dev_nets(OHBA_IO_NET_RX), 0);	/* else this would go on for ever */
	assert_int_equal(link_stats().rx_errors, RX_BUFS);
	assert_int_equal(send_frame(60), 0);
	post(tag_of(OHBA_IO_NET_TX), OHBA_ST_INVALID_FIELD, 0);
	shim_settle();
	assert_int_equal(link_stats().tx_errors, 1);
	assert_int_equal(shim_skbs, RX_BUFS);
	shim_net_close();
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

/* It says that the queue is deleted, which is not so: it gets nothing back for that. */
static void test_aborted(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(send_frame(60), 0);
	post(tag_of(OHBA_IO_NET_TX), OHBA_ST_ABORTED, 0);
	for (i = 0; i < RX_BUFS; i++)
		post(tag_of(OHBA_IO_NET_RX), OHBA_ST_ABORTED, 60);
	shim_settle();
	assert_int_equal(shim_net_frames, 0);
	assert_int_equal(shim_skbs, RX_BUFS + 1);
	shim_net_close();
	check_stopped();
}

/* Frames of an earlier life of the queue. */
static void test_tags_of_before(void **state)
{
	u32 rx = tag_of(OHBA_IO_NET_RX), tx;

	(void)state;
	assert_int_equal(send_frame(60), 0);
	tx = tag_of(OHBA_IO_NET_TX);
	kill_it(NULL);
	check_up_again();
	post(rx, OHBA_ST_SUCCESS, 60);
	post(tx, OHBA_ST_SUCCESS, 0);
	shim_settle();
	assert_int_equal(counter("stale_completions"), 2);
	assert_int_equal(shim_net_frames, 0);
	check_works();
}

/* It answers frames while it deletes the queue, and wakes who sends. */
static bool delete_late(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_QUEUE_DELETE)
		return false;
	dev_frame_out(frame, sizeof(frame));
	dev_frame_in(frame, 60);
	shim_irq_raise(OHBA_VECTOR_ADMIN);
	dev.on_admin = NULL;
	dev_answer_admin(cmd);
	return true;
}

static void test_completions_while_stopping(void **state)
{
	(void)state;
	assert_int_equal(send_frame(60), 0);
	dev.on_admin = delete_late;
	shim_net_close();
	check_stopped();
	assert_true(shim_netdev->stopped);
	shim_irq_raise(OHBA_VECTOR_ADMIN);
	shim_settle();
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

/* It writes into the ring of a queue that it was told to forget. */
static void test_completions_when_stopped(void **state)
{
	struct dev_queue q = dev.q[QID];
	u32 rx = tag_of(OHBA_IO_NET_RX);
	unsigned int i;

	(void)state;
	shim_net_close();
	dev.q[QID] = q;
	for (i = 0; i < RING; i++)
		post(rx, OHBA_ST_SUCCESS, 60);
	shim_irq_raise(OHBA_VECTOR_ADMIN);
	shim_settle();
	assert_int_equal(shim_net_frames, 0);
	dev.q[QID].exists = false;
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

/* It takes frames and does not say so: no room, though nothing waits for an answer. */
static void test_takes_nothing(void **state)
{
	struct ohba_qctl *ctl = shim_dma(dev.q[QID].ctl, sizeof(*ctl));
	unsigned int i;

	(void)state;
	dev.silent = true;
	ctl->sq_head = cpu_to_le32(le32_to_cpu(ctl->sq_tail) - RING);
	/* More often than there are buffers: none of them is lost over it. */
	for (i = 0; i < 2 * TX_BUFS; i++)
		assert_int_equal(send_frame(60), 0);
	assert_int_equal(link_stats().tx_dropped, 2 * TX_BUFS);
	assert_false(shim_netdev->stopped);
	ctl->sq_head = ctl->sq_tail;
	dev.silent = false;
	check_works();
}

/* A frame or a buffer whose like was completed while it was not the device's. */
static void test_free_tags(void **state)
{
	u32 tag;

	(void)state;
	assert_int_equal(send_frame(60), 0);
	tag = tag_of(OHBA_IO_NET_TX);
	dev_frame_out(frame, sizeof(frame));
	shim_settle();
	post(tag, OHBA_ST_SUCCESS, 0);
	post(tag + 0x50000, OHBA_ST_SUCCESS, 0);
	shim_settle();
	assert_int_equal(counter("stale_completions"), 2);
	assert_false(shim_netdev->stopped);
	/* Now it is the device's again, by another name. */
	assert_int_equal(send_frame(60), 0);
	assert_int_equal(OHBA_TAG_INDEX(tag_of(OHBA_IO_NET_TX)), OHBA_TAG_INDEX(tag));
	post(tag, OHBA_ST_SUCCESS, 0);
	shim_settle();
	assert_int_equal(counter("stale_completions"), 3);
	assert_int_equal(shim_skbs, RX_BUFS + 1);
	assert_int_equal(dev_frame_out(frame, sizeof(frame)), 60);
	shim_settle();
	check_works();
}

static u32 seen[64];		/* tags that were the device's once */

static void post_random(struct prng *prng)
{
	static const u16 status[] = { OHBA_ST_SUCCESS, OHBA_ST_SUCCESS, OHBA_ST_ABORTED,
				      OHBA_ST_DMA_FAULT, 0xffff };
	static const u32 len[] = { 60, 1518, 1519, 13, 0, 0xffffffff };
	u32 tag = seen[prng_below(prng, ARRAY_SIZE(seen))];

	if (!prng_below(prng, 4))
		tag = OHBA_TAG(prng_below(prng, RX_BUFS + TX_BUFS + 8), prng_below(prng, 4));
	post(tag, status[prng_below(prng, ARRAY_SIZE(status))],
	     len[prng_below(prng, ARRAY_SIZE(len))]);
}

static void note_tag(struct prng *prng, u8 opcode)
{
	struct dev_cmd *cmd = dev_net_cmd(opcode);

	if (cmd)
		seen[prng_below(prng, ARRAY_SIZE(seen))] = le32_to_cpu(cmd->sqe.tag);
}

static void change_life(struct prng *prng)
{
	switch (prng_below(prng, 4)) {
	case 0:
		shim_net_close();
		assert_int_equal(shim_net_open(), 0);
		break;
	case 1:
		assert_int_equal(shim_net_set_mtu(1400 + prng_below(prng, 200)), 0);
		break;
	case 2:
		shim_net_close();
		kill_it(NULL);
		assert_int_equal(shim_net_open(), 0);
		shim_advance_ms(70000);
		break;
	default:
		kill_it(NULL);
		/* Long enough for it to be a new row of restarts. */
		shim_advance_ms(70000);
	}
}

static void step(struct prng *prng)
{
	switch (prng_below(prng, 16)) {
	case 0 ... 4:
		send_frame(20 + prng_below(prng, 1000));
		note_tag(prng, OHBA_IO_NET_TX);
		break;
	case 5 ... 7:
		note_tag(prng, OHBA_IO_NET_RX);
		dev_frame_in(frame, 14 + prng_below(prng, 1400));
		break;
	case 8 ... 10:
		dev_frame_out(frame, sizeof(frame));
		break;
	case 11 ... 13:
		post_random(prng);
		break;
	case 14:
		if (!prng_below(prng, 20))
			change_life(prng);
		break;
	default:
		shim_settle();
	}
}

/* All of it, in any order. What must not be ends the process. */
static void test_random(void **state)
{
	struct prng prng = { prng_seed(0x0ba0) };
	unsigned int i;

	(void)state;
	fill(sizeof(frame), 1);
	for (i = 0; i < 20000; i++)
		step(&prng);
	assert_true(shim_net_frames > 1000);
	assert_true(counter("stale_completions") > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPEN(wrong_tags), OPEN(twice), OPEN(lengths), OPEN(errors), OPEN(aborted),
		OPEN(tags_of_before), OPEN(completions_while_stopping),
		OPEN(completions_when_stopped), OPEN(takes_nothing), OPEN(free_tags),
		OPEN(random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

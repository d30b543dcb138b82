// SPDX-License-Identifier: GPL-2.0-or-later
/* The network device's queue: open and stop, with the adapter, without memory. */
#include "unit.h"
#include "nets.h"

#include <ohba_genl.h>

/* --- open and stop ------------------------------------------------------------------------------ */

static void test_open_stop(void **state)
{
	unsigned int i;

	(void)state;
	check_stopped();
	for (i = 0; i < 5; i++) {
		assert_int_equal(shim_net_open(), 0);
		check_works();
		assert_int_equal(send_frame(60), 0);
		fill(60, 1);
		assert_true(dev_frame_in(frame, 60));
		shim_net_close();
		check_stopped();
	}
	assert_int_equal(shim_logged("refused"), 0);
}

static void test_feature_absent(void **state)
{
	(void)state;
	net_load();
	dev.features = ~OHBA_FEATURE_WIRE;
	assert_int_equal(bench_probe(), 0);
	assert_null(shim_netdev);
	link_event(0);
	ohba_kill(&bench_hw()->pub, "a test");
	shim_advance_ms(100);
	assert_int_equal(shim_logged("up again"), 1);
}

static void test_no_queue(void **state)
{
	(void)state;
	net_load();
	dev.max_queues = 1;
	assert_int_equal(bench_probe(), 0);
	assert_null(shim_netdev);
	assert_int_equal(shim_logged("no queue is left for a network device"), 1);
}

/* However many processors there are, one of the queues is the network device's. */
static void test_few_queues(void **state)
{
	(void)state;
	net_load();
	dev.max_queues = 2;
	assert_int_equal(bench_probe(), 0);
	assert_non_null(shim_netdev);
	assert_int_equal(bench_hw()->npairs, 1);
}

/* An adapter whose rings have room for few. */
static void test_small_rings(void **state)
{
	unsigned int i, n;

	(void)state;
	net_load();
	dev.max_qsize = 16;
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(shim_net_open(), 0);
	for (i = 0; i < 100; i++) {
		for (n = 0; !shim_netdev->stopped; n++)
			assert_int_equal(send_frame(60), 0);
		n += dev_nets(OHBA_IO_NET_RX);
		assert_int_equal(n, 16 / 2 + 16 / 4);
		fill(60, i);
		assert_true(dev_frame_in(frame, 60));
		while (dev_frame_out(frame, sizeof(frame)))
			;
		shim_settle();
		assert_int_equal(shim_net_frames, i + 1);
	}
}

static u8 kept_opcode;
static u32 kept_handle;
static u16 kept_status;		/* 0xffff: it is not answered */

static bool keep(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != kept_opcode || le32_to_cpu(cmd->sqe.handle) != kept_handle)
		return false;
	if (kept_status != 0xffff)
		dev_answer(cmd, kept_status);
	return true;
}

static void refuse(u8 opcode, u32 handle, u16 status)
{
	kept_opcode = opcode;
	kept_handle = handle;
	kept_status = status;
	dev.on_admin = keep;
}

static void hold_back(u8 opcode, u32 handle)
{
	refuse(opcode, handle, 0xffff);
}

static void test_create_refused(void **state)
{
	(void)state;
	refuse(OHBA_ADMIN_QUEUE_CREATE, QID, OHBA_ST_NO_RESOURCES);
	assert_true(shim_net_open() < 0);
	check_stopped();
	assert_int_equal(shim_logged("firmware refused QUEUE_CREATE"), 1);
	dev.on_admin = NULL;
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

/* There is no queue, so that there is none to send to either. */
static void test_mtu_refused(void **state)
{
	(void)state;
	assert_int_equal(send_frame(60), 0);
	refuse(OHBA_ADMIN_QUEUE_CREATE, QID, OHBA_ST_NO_RESOURCES);
	assert_true(shim_net_set_mtu(1400) < 0);
	check_stopped();
	assert_int_equal(send_frame(60), -EBUSY);
	dev.on_admin = NULL;
	shim_net_close();
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

/* It was not opened, and so it is not started by a restart either. */
static void test_create_refused_restart(void **state)
{
	(void)state;
	refuse(OHBA_ADMIN_QUEUE_CREATE, QID, OHBA_ST_NO_RESOURCES);
	assert_true(shim_net_open() < 0);
	dev.on_admin = NULL;
	ohba_kill(&bench_hw()->pub, "a test");
	shim_advance_ms(100);
	assert_int_equal(shim_logged("up again"), 1);
	check_stopped();
}

static void time_out(void)
{
	shim_netdev->netdev_ops->ndo_tx_timeout(shim_netdev, 0);
	shim_settle();
}

/* The old one is tried again when the stack finds that nothing goes out. */
static void test_mtu_comes_back(void **state)
{
	(void)state;
	refuse(OHBA_ADMIN_QUEUE_CREATE, QID, OHBA_ST_NO_RESOURCES);
	assert_true(shim_net_set_mtu(9000) < 0);
	assert_int_equal(shim_netdev->mtu, 1500);
	check_stopped();
	dev.on_admin = NULL;
	time_out();
	check_receives(1518);
	check_works();
}

/* A new queue that cannot be had is asked for again: by the stack, at a restart. */
static void test_tx_timeout_refused(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		refuse(OHBA_ADMIN_QUEUE_CREATE, QID, OHBA_ST_NO_RESOURCES);
		time_out();
		check_stopped();
		time_out();
		check_stopped();
		assert_int_equal(send_frame(60), -EBUSY);
		dev.on_admin = NULL;
		if (i)
			ohba_kill(&bench_hw()->pub, "a test");
		else
			time_out();
		shim_advance_ms(100);
		assert_false(shim_netdev->backlog);
		check_works();
	}
	assert_int_equal(shim_logged("firmware refused QUEUE_CREATE"), 4);
}

static unsigned int creates_refused;

static bool refuse_some(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_QUEUE_CREATE || !creates_refused)
		return false;
	creates_refused--;
	dev_answer(cmd, OHBA_ST_NO_RESOURCES);
	return true;
}

/* What cannot be had leaves what there was. */
static void test_mtu_undone(void **state)
{
	(void)state;
	creates_refused = 1;
	dev.on_admin = refuse_some;
	assert_true(shim_net_set_mtu(9000) < 0);
	assert_int_equal(shim_netdev->mtu, 1500);
	assert_false(shim_netdev->stopped);
	check_receives(1518);
	check_works();
}

/* It keeps the queue, with the buffers: only a reset ends that. */
static void check_delete_fails(void)
{
	assert_int_equal(send_frame(60), 0);
	shim_net_close();
	dev.on_admin = NULL;
	assert_int_equal(shim_skbs, 0);
	shim_advance_ms(100);
	assert_int_equal(shim_logged("adapter stopped:"), 1);
	assert_int_equal(shim_logged("up again"), 1);
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

static void test_delete_refused(void **state)
{
	(void)state;
	refuse(OHBA_ADMIN_QUEUE_DELETE, QID, OHBA_ST_BUSY);
	check_delete_fails();
}

static void test_delete_unanswered(void **state)
{
	(void)state;
	hold_back(OHBA_ADMIN_QUEUE_DELETE, QID);
	check_delete_fails();
}

static void test_delete_without_memory(void **state)
{
	(void)state;
	shim_alloc_fails = shim_allocs + 3;	/* after those of a frame */
	check_delete_fails();
}

/* --- with the adapter ------------------------------------------------------------------------------ */

static void test_restart(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < TX_BUFS; i++)
		assert_int_equal(send_frame(60), 0);
	assert_int_equal(send_frame(60), -EBUSY);
	fill(60, 1);
	assert_true(dev_frame_in(frame, 60));
	kill_it(NULL);
	assert_false(shim_netdev->carrier);
	check_up_again();
	assert_true(shim_netdev->carrier);
	assert_false(shim_netdev->backlog);
	check_works();
}

/* While the adapter is down: frames are dropped, and whoever opens it waits for it. */
static void test_down(void **state)
{
	(void)state;
	kill_it(NULL);
	assert_int_equal(send_frame(60), 0);
	assert_int_equal(link_stats().tx_dropped, 1);
	shim_net_close();
	check_stopped();
	assert_int_equal(shim_net_open(), 0);
	check_stopped();
	assert_int_equal(shim_net_set_mtu(9000), 0);
	check_up_again();
	check_receives(9018);
	kill_it(NULL);
	shim_net_close();
	check_up_again();
	check_stopped();
}

static bool queue_ran;

static bool look_at_queue(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode == OHBA_ADMIN_QUEUE_CREATE &&
	    le32_to_cpu(cmd->sqe.handle) == QID)
		queue_ran |= !shim_netdev->stopped;
	return false;
}

/* Nothing is sent to a queue that is not there yet. */
static void test_restart_sends_nothing(void **state)
{
	(void)state;
	queue_ran = false;
	dev.on_admin = look_at_queue;
	kill_it(NULL);
	check_up_again();
	assert_false(queue_ran);
	assert_int_equal(shim_net_set_mtu(1400), 0);
	assert_false(queue_ran);
	check_works();
}

/* Frames wait until there is a queue, also when there never was one. */
static void test_open_down(void **state)
{
	(void)state;
	kill_it(NULL);
	assert_int_equal(shim_net_open(), 0);
	assert_int_equal(send_frame(60), -EBUSY);
	queue_ran = false;
	dev.on_admin = look_at_queue;
	check_up_again();
	assert_false(queue_ran);
	assert_false(shim_netdev->backlog);
	check_works();
}

/* The device does not acknowledge the reset: until it is cut off it may write. */
static void test_stop_meanwhile(void **state)
{
	(void)state;
	dev.deaf = true;
	shim_spawn("kill", kill_it, NULL);
	shim_advance_ms(10);
	assert_true(ohba_is_down(bench_hw()));
	shim_net_close();
	assert_int_equal(shim_skbs, 0);
	dev.deaf = false;
	shim_advance_ms(5000);
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

/* The stack's lock is not held for longer than it takes to find out that it is hung. */
static void test_close_hung(void **state)
{
	u64 before;

	(void)state;
	net_load();
	dev.ready_ms = 0xffffffff;
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(shim_net_open(), 0);
	hold_back(OHBA_ADMIN_QUEUE_DELETE, QID);
	dev.deaf = true;
	before = shim_now_us;
	shim_net_close();
	assert_true(shim_now_us - before <= 26 * 1000000ull);
	assert_int_equal(shim_skbs, 0);
	dev.deaf = false;
}

/* The device was cut off already: what a restart waits for is not waited for. */
static void test_close_restarting(void **state)
{
	u64 before;

	(void)state;
	kill_it(NULL);
	dev.deaf = true;
	dev.status = OHBA_STATUS_READY;
	shim_advance_ms(10);
	before = shim_now_us;
	shim_net_close();
	assert_true(shim_now_us == before);
	assert_int_equal(shim_skbs, 0);
	dev.deaf = false;
	shim_advance_ms(5000);
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

static void answer_kept(void)
{
	struct dev_cmd *cmd = dev_find(kept_opcode, kept_handle);

	dev.on_admin = NULL;
	assert_non_null(cmd);
	dev_answer_admin(cmd);
}

/* Opened when the adapter answers, and has not all queues yet: one start, later. */
static void test_open_early(void **state)
{
	(void)state;
	hold_back(OHBA_ADMIN_QUEUE_CREATE, QID - 1);
	kill_it(NULL);
	shim_advance_ms(10);
	assert_false(ohba_is_down(bench_hw()));
	assert_int_equal(shim_net_open(), 0);
	answer_kept();
	check_up_again();
	check_works();
}

static void test_stop_early(void **state)
{
	(void)state;
	hold_back(OHBA_ADMIN_QUEUE_CREATE, QID - 1);
	kill_it(NULL);
	shim_advance_ms(10);
	shim_net_close();
	check_stopped();
	answer_kept();
	check_up_again();
	check_stopped();
	assert_int_equal(shim_logged("refused"), 0);
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

/* Asked for before, the command for its queue comes to the device in its next life. */
static void live_again(void)
{
	shim_alloc_waits = NULL;
	kill_it(NULL);
	shim_sleep_us(10000);
	assert_false(ohba_is_down(bench_hw()));
}

static void test_open_across(void **state)
{
	(void)state;
	hold_back(OHBA_ADMIN_QUEUE_CREATE, QID - 1);
	shim_alloc_waits = live_again;
	assert_int_equal(shim_net_open(), 0);
	check_stopped();
	answer_kept();
	check_up_again();
	assert_int_equal(shim_logged("refused"), 0);
	check_works();
}

/* The queue that is to be deleted was one of its last life. */
static void test_close_across(void **state)
{
	(void)state;
	hold_back(OHBA_ADMIN_QUEUE_CREATE, QID - 1);
	shim_alloc_waits = live_again;
	shim_net_close();
	check_stopped();
	answer_kept();
	assert_int_equal(shim_logged("adapter stopped"), 1);
	check_up_again();
	assert_int_equal(shim_net_open(), 0);
	check_works();
}

static void restart_first(void)
{
	shim_net_opening = NULL;
	answer_kept();
	shim_sleep_us(10000);
	assert_int_equal(shim_logged("up again"), 1);
	/* Who would stop it if it could not be opened then? */
	assert_false(dev.q[QID].exists);
}

/* The restart is over before the one who opens it comes to start it. */
static void test_open_late(void **state)
{
	(void)state;
	hold_back(OHBA_ADMIN_QUEUE_CREATE, QID - 1);
	kill_it(NULL);
	shim_advance_ms(10);
	shim_net_opening = restart_first;
	assert_int_equal(shim_net_open(), 0);
	check_up_again();
	check_works();
}

/* The disks come back without it; frames that wait have it tried again. */
static void test_restart_refused(void **state)
{
	(void)state;
	refuse(OHBA_ADMIN_QUEUE_CREATE, QID, OHBA_ST_NO_RESOURCES);
	assert_int_equal(send_frame(60), 0);
	kill_it(NULL);
	shim_advance_ms(2500);
	assert_int_equal(shim_logged("firmware refused QUEUE_CREATE"), 1);
	assert_int_equal(shim_logged("the network device has no queue"), 1);
	check_up_again();
	assert_true(shim_netdev->carrier);
	check_stopped();
	assert_int_equal(send_frame(60), -EBUSY);
	time_out();
	assert_int_equal(shim_logged("firmware refused QUEUE_CREATE"), 1);
	assert_int_equal(send_frame(60), -EBUSY);
	dev.on_admin = NULL;
	time_out();
	assert_false(shim_netdev->backlog);
	assert_int_equal(shim_logged("adapter stopped"), 0);
	check_works();
}

static bool out_of_memory(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode == OHBA_ADMIN_QUEUE_CREATE &&
	    le32_to_cpu(cmd->sqe.handle) == QID)
		shim_no_memory = true;
	return false;
}

/* No buffer, and no way to ask how the link stands: neither is the adapter's end. */
static void test_restart_without_any(void **state)
{
	(void)state;
	dev.on_admin = out_of_memory;
	kill_it(NULL);
	shim_advance_ms(1000);
	assert_int_equal(shim_logged("how the link stands is not known"), 1);
	check_up_again();
	assert_true(shim_netdev->carrier);
	assert_int_equal(dev_nets(OHBA_IO_NET_RX), 0);
	dev.on_admin = NULL;
	shim_no_memory = false;
	shim_advance_ms(1000);
	check_works();
}

/* It does not say how its link stands, at a start or a restart: frames may pass. */
static void test_link_unknown(void **state)
{
	(void)state;
	net_load();
	refuse(OHBA_ADMIN_PORT_GET, 0, OHBA_ST_INTERNAL);
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(shim_logged("how the link stands is not known"), 1);
	assert_true(shim_netdev->carrier);
	assert_int_equal(shim_net_open(), 0);
	check_works();
	kill_it(NULL);
	check_up_again();
	assert_true(shim_netdev->carrier);
	check_works();
	link_event(0);
	assert_false(shim_netdev->carrier);
}

static void test_restart_without_memory(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i < 40; i++) {
		kill_it(NULL);
		shim_alloc_fails = shim_allocs + i;
		shim_advance_ms(3000);
		assert_true(shim_logged("up again") == 1);
		shim_log_clear();
		/* A calm time later it is a new row of restarts. */
		shim_advance_ms(70000);
	}
	assert_true(dev.q[QID].exists);
	check_sends(60);
}

static void check_offers_less(void)
{
	kill_it(NULL);
	shim_advance_ms(100);
	assert_true(ohba_is_dead(&bench_hw()->pub));
	assert_int_equal(shim_logged("offers less"), 1);
	assert_int_equal(shim_logged("refused"), 0);
	shim_net_close();
	check_stopped();
}

/* It came back without what was built on: no number of restarts helps. */
static void test_feature_lost(void **state)
{
	(void)state;
	dev.features = 0;
	check_offers_less();
}

static void test_queue_lost(void **state)
{
	(void)state;
	dev.max_queues = QID - 1;
	check_offers_less();
}

/* And with more, which changes nothing: nothing is built on that. */
static void test_feature_gained(void **state)
{
	(void)state;
	net_load();
	dev.features = 0;
	assert_int_equal(bench_probe(), 0);
	dev.features = 0xffffffff;
	kill_it(NULL);
	check_up_again();
	assert_null(shim_netdev);
	assert_false(ohba_has_wire(&bench_hw()->pub));
}

static void test_removed(void **state)
{
	(void)state;
	assert_int_equal(send_frame(60), 0);
	fill(60, 1);
	assert_true(dev_frame_in(frame, 60));
}

static void test_pulled_out(void **state)
{
	(void)state;
	assert_int_equal(send_frame(60), 0);
	shim_device.present = false;
}

static void test_removed_dead(void **state)
{
	(void)state;
	assert_int_equal(send_frame(60), 0);
	ohba_end(&bench_hw()->pub, "a test");
	assert_int_equal(send_frame(60), 0);
	assert_int_equal(link_stats().tx_dropped, 1);
}

/* The stack holds it for closed, and does not say so again. */
static void test_removed_unclosed(void **state)
{
	(void)state;
	assert_int_equal(send_frame(60), 0);
	shim_netdev->running = false;
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
	assert_int_equal(shim_skbs, 0);
}

/* At each step of a restart. */
static void test_removed_restarting(void **state)
{
	static const struct { u8 opcode; u32 handle; } at[] = {
		{ OHBA_ADMIN_IDENTIFY, 0 }, { OHBA_ADMIN_HOST_SETUP, 0 },
		{ OHBA_ADMIN_QUEUE_CREATE, 1 }, { OHBA_ADMIN_QUEUE_CREATE, QID },
		{ OHBA_ADMIN_PORT_GET, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		hold_back(at[i].opcode, at[i].handle);
		kill_it(NULL);
		shim_advance_ms(10);
		assert_non_null(dev_find(at[i].opcode, at[i].handle));
		bench_down();
		net_opened(state);
	}
}

/* --- without memory ------------------------------------------------------------------------------------ */

static void test_probe_without_memory(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; ; i++) {
		net_load();
		shim_alloc_fails = i;
		if (!bench_probe() && shim_allocs < i)
			break;
		bench_down();
	}
	assert_true(i > 20);
	assert_non_null(shim_netdev);
}

static void look_slowly(void)
{
	shim_net_asked = NULL;
	shim_sleep_us(1000);
}

static void dump(void *unused)
{
	(void)unused;
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 0);
}

static void helper_asks(void)
{
	shim_net_registering = NULL;
	shim_net_asked = look_slowly;
	shim_spawn("a helper", dump, NULL);
	shim_yield();
	shim_alloc_fails = shim_allocs + 1;
}

/* A helper looks at the network device while it turns out that it cannot be had. */
static void test_probe_fails_looked_at(void **state)
{
	(void)state;
	net_load();
	shim_net_registering = helper_asks;
	assert_int_equal(bench_probe(), -ENOMEM);
	assert_null(shim_net_asked);
	shim_advance_ms(10);
}

static void test_open_without_memory(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i < 12; i++) {
		shim_alloc_fails = shim_allocs + i;
		if (!shim_net_open()) {
			assert_int_equal(dev_nets(OHBA_IO_NET_RX), shim_skbs);
			check_sends(60);
			shim_net_close();
		}
		check_stopped();
	}
	/* Some buffers are better than none. */
	shim_alloc_fails = shim_allocs + 7;
	assert_int_equal(shim_net_open(), 0);
	assert_in_range(shim_skbs, 1, RX_BUFS - 1);
	assert_int_equal(dev_nets(OHBA_IO_NET_RX), shim_skbs);
	/* A completion of a buffer that the device never had. */
	post(OHBA_TAG(RX_BUFS - 1, 0), OHBA_ST_SUCCESS, 60);
	shim_settle();
	assert_int_equal(counter("stale_completions"), 1);
	assert_int_equal(shim_net_frames, 0);
	shim_net_close();
	/* None yet: they are given later. */
	shim_alloc_fails = shim_allocs + 2;
	assert_int_equal(shim_net_open(), 0);
	assert_int_equal(shim_skbs, 0);
	check_sends(60);
	shim_advance_ms(1000);
	check_works();
	shim_net_close();
	shim_alloc_fails = shim_allocs + 1;
	assert_int_equal(shim_net_open(), -ENOMEM);
	check_stopped();
}

/* What there was no memory for is given when there is some. */
static void test_refill(void **state)
{
	unsigned int few;

	(void)state;
	shim_alloc_fails = shim_allocs + 7;
	assert_int_equal(shim_net_open(), 0);
	few = shim_skbs;
	assert_in_range(few, 1, RX_BUFS - 1);
	shim_no_memory = true;
	shim_advance_ms(5000);
	assert_int_equal(dev_nets(OHBA_IO_NET_RX), few);
	shim_no_memory = false;
	shim_advance_ms(1000);
	assert_int_equal(dev_nets(OHBA_IO_NET_RX), RX_BUFS);
	check_works();
	/* Only as long as something is missing. */
	assert_int_equal(counter("submissions"), RX_BUFS + 2);
	shim_advance_ms(5000);
	assert_int_equal(counter("submissions"), RX_BUFS + 2);
}

/* Some at a time, while frames come; and each is the device's once. */
static void test_refill_slowly(void **state)
{
	unsigned int i, have;

	(void)state;
	fill(60, 1);
	shim_alloc_fails = shim_allocs + 7;
	assert_int_equal(shim_net_open(), 0);
	for (i = 0; i < 5; i++) {
		have = dev_nets(OHBA_IO_NET_RX);
		assert_in_range(have, 1, RX_BUFS - 1);
		assert_true(dev_frame_in(frame, 60));
		shim_settle();
		assert_int_equal(shim_net_frames, i + 1);
		shim_alloc_fails = shim_allocs + 9;
		shim_advance_ms(500);
		assert_true(dev_nets(OHBA_IO_NET_RX) > have);
		assert_int_equal(dev_nets(OHBA_IO_NET_RX), shim_skbs);
	}
	shim_advance_ms(500);
	check_works();
}

/* It is closed, or the adapter stops, before there is memory. */
static void test_refill_late(void **state)
{
	(void)state;
	shim_alloc_fails = shim_allocs + 7;
	assert_int_equal(shim_net_open(), 0);
	shim_net_close();
	shim_advance_ms(1000);
	check_stopped();
	shim_alloc_fails = shim_allocs + 7;
	assert_int_equal(shim_net_open(), 0);
	dev.deaf = true;
	dev.status = OHBA_STATUS_READY;
	shim_spawn("kill", kill_it, NULL);
	shim_advance_ms(700);
	dev.deaf = false;
	shim_advance_ms(5000);
	assert_int_equal(dev_nets(OHBA_IO_NET_RX), RX_BUFS);
	check_works();
	shim_net_close();
	shim_alloc_fails = shim_allocs + 7;
	assert_int_equal(shim_net_open(), 0);	/* and removed */
}

/* A frame that comes while buffers are given, when nobody polls, is not lost. */
static void test_refill_meanwhile(void **state)
{
	(void)state;
	fill(60, 1);
	early = 0;
	shim_alloc_fails = shim_allocs + 7;
	assert_int_equal(shim_net_open(), 0);
	shim_race = arrive_early;
	shim_advance_ms(1000);
	shim_race = NULL;
	assert_int_equal(early, 1);
	assert_int_equal(shim_net_frames, 1);
	check_works();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPEN(tx_timeout_refused), CLOSED(open_stop), OWN(feature_absent),
		OWN(no_queue), OWN(few_queues), OWN(small_rings), CLOSED(create_refused),
		CLOSED(create_refused_restart), OPEN(mtu_refused), OPEN(mtu_undone),
		OPEN(mtu_comes_back), OPEN(delete_refused), OPEN(delete_unanswered),
		OPEN(delete_without_memory), OPEN(restart), OPEN(down), CLOSED(open_down),
		OPEN(restart_sends_nothing), OPEN(stop_meanwhile), OWN(close_hung),
		OPEN(close_restarting), CLOSED(open_early), CLOSED(open_across), OPEN(close_across),
		OPEN(stop_early),
		CLOSED(open_late), OPEN(restart_refused), OPEN(restart_without_any), OWN(link_unknown),
		OPEN(restart_without_memory),
		OPEN(feature_lost), OPEN(queue_lost), OWN(feature_gained), OPEN(removed),
		OPEN(pulled_out), OPEN(removed_dead), OPEN(removed_unclosed),
		OPEN(removed_restarting), OWN(probe_without_memory),
		OWN(probe_fails_looked_at), CLOSED(open_without_memory), CLOSED(refill),
		CLOSED(refill_slowly), CLOSED(refill_late), CLOSED(refill_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The network device: frames, its queue's life, and a device that lies about both. */
#include "unit.h"
#include "fixture.h"

#include <ohba_genl.h>

#define RX_BUFS		128
#define TX_BUFS		256
#define RING		512
#define QID		3u	/* after one I/O queue for each of two CPUs */

static u8 frame[16384];

/* --- set-up ---------------------------------------------------------------------------- */

static void load(void)
{
	bench_load_wire(OHBA_FEATURE_WIRE, NULL);
}

static int closed(void **state)
{
	(void)state;
	load();
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_non_null(shim_netdev);
	return 0;
}

static int opened(void **state)
{
	closed(state);
	assert_int_equal(shim_net_open(), 0);
	shim_settle();
	return 0;
}

static void fill(u32 len, u8 key)
{
	pattern_fill(frame, len, key, 0);
	frame[12] = 0x08;	/* IPv4 */
	frame[13] = 0;
}

static int send_frame(u32 len)
{
	fill(len, len);
	return shim_net_send(frame, len);
}

static u64 counter(const char *name)
{
	static u8 names[16][ETH_GSTRING_LEN];
	const struct ethtool_ops *ops = shim_netdev->ethtool_ops;
	u64 val[16];
	int i, n = ops->get_sset_count(shim_netdev, ETH_SS_STATS);

	assert_in_range(n, 1, 16);
	ops->get_strings(shim_netdev, ETH_SS_STATS, names[0]);
	ops->get_ethtool_stats(shim_netdev, NULL, val);
	for (i = 0; i < n; i++)
		if (!strcmp((char *)names[i], name))
			return val[i];
	fail_msg("no counter %s", name);
	return 0;
}

static struct rtnl_link_stats64 link_stats(void)
{
	struct rtnl_link_stats64 stats;

	shim_netdev->netdev_ops->ndo_get_stats64(shim_netdev, &stats);
	return stats;
}

/* A frame goes out as it was, and its memory comes back. */
static void check_sends(u32 len)
{
	static u8 got[16384];
	unsigned int before = shim_skbs;

	assert_int_equal(send_frame(len), 0);
	assert_int_equal(dev_frame_out(got, sizeof(got)), len);
	assert_memory_equal(got, frame, len);
	shim_settle();
	assert_int_equal(shim_skbs, before);
}

static void check_receives(u32 len)
{
	unsigned int before = shim_net_frames;

	fill(len, len + 1);
	assert_true(dev_frame_in(frame, len));
	shim_settle();
	assert_int_equal(shim_net_frames, before + 1);
	assert_int_equal(shim_net_frame_len, len);
	assert_memory_equal(shim_net_frame, frame, len);
	assert_int_equal(dev_nets(OHBA_IO_NET_RX), RX_BUFS);
	assert_int_equal(shim_skbs, RX_BUFS);
}

static void check_works(void)
{
	const struct ohba_qctl *ctl = shim_dma(dev.q[QID].ctl, sizeof(*ctl));

	assert_true(dev.q[QID].exists);
	check_sends(100);
	check_receives(100);
	assert_int_equal(le32_to_cpu(ctl->cq_head), dev.q[QID].cq_tail);
}

static void check_stopped(void)
{
	assert_false(dev.q[QID].exists);
	assert_int_equal(shim_skbs, 0);
}

static u32 tag_of(u8 opcode)
{
	struct dev_cmd *cmd = dev_net_cmd(opcode);

	assert_non_null(cmd);
	return le32_to_cpu(cmd->sqe.tag);
}

static void post(u32 tag, u16 status, u32 result)
{
	dev_post(QID, (struct ohba_cqe) { .tag = cpu_to_le32(tag),
					  .status = cpu_to_le16(status),
					  .result = cpu_to_le32(result) });
}

/* --- frames ------------------------------------------------------------------------------ */

static void test_out(void **state)
{
	struct dev_cmd *cmd;

	(void)state;
	assert_int_equal(send_frame(100), 0);
	cmd = dev_net_cmd(OHBA_IO_NET_TX);
	assert_non_null(cmd);
	assert_int_equal(cmd->qid, QID);
	assert_int_equal(cmd->sqe.nsge, 1);
	assert_int_equal(cmd->sqe.data_len, 100);
	assert_int_equal(cmd->sqe.sge[0].len, 100);
	assert_int_equal(cmd->sqe.sge[0].type, OHBA_SGE_DATA);
	dev_answer(cmd, OHBA_ST_SUCCESS);
	shim_settle();
	check_sends(1514);
	assert_int_equal(link_stats().tx_packets, 2);
	assert_int_equal(link_stats().tx_bytes, 1614);
}

/* A frame that is shorter than the wire's shortest ends in zeros, not in leftovers. */
static void test_short_out(void **state)
{
	u8 got[64];

	(void)state;
	assert_int_equal(send_frame(20), 0);
	assert_int_equal(dev_frame_out(got, sizeof(got)), 60);
	assert_memory_equal(got, frame, 20);
	memset(frame, 0, 60);
	assert_memory_equal(got + 20, frame, 40);
	shim_settle();
}

static void test_in(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(dev_nets(OHBA_IO_NET_RX), RX_BUFS);
	check_receives(ETH_HLEN);
	check_receives(60);
	check_receives(1518);
	/* Rings wrap, tags are used again. */
	for (i = 0; i < 2 * RING; i++)
		check_receives(64 + i % 1024);
	assert_int_equal(link_stats().rx_packets, 3 + 2 * RING);
	assert_int_equal(counter("stale_completions"), 0);
}

static void test_full(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < TX_BUFS; i++) {
		assert_false(shim_netdev->stopped);
		assert_int_equal(send_frame(60), 0);
	}
	assert_true(shim_netdev->stopped);
	assert_int_equal(send_frame(60), -EBUSY);
	assert_true(shim_netdev->backlog);
	assert_int_equal(dev_frame_out(frame, sizeof(frame)), 60);
	shim_settle();
	assert_false(shim_netdev->stopped);
	assert_false(shim_netdev->backlog);
	assert_int_equal(send_frame(60), 0);
	assert_true(shim_netdev->stopped);
	while (dev_frame_out(frame, sizeof(frame)))
		;
	/* More than one poll may do. */
	shim_settle();
	assert_int_equal(shim_skbs, RX_BUFS);
	check_works();
}

static unsigned int looks;

/* After the driver made room, and before it asks for an interrupt. */
static void arrive_late(void)
{
	/* Two at the completion, two at the new buffer; this is where it makes room. */
	if (++looks == 5) {
		shim_race = NULL;
		assert_true(dev_frame_in(frame, 60));
		assert_int_equal(shim_net_frames, 1);
	}
}

/* A frame that comes when the driver has looked, and has not armed yet, is not lost. */
static void test_late(void **state)
{
	(void)state;
	fill(60, 1);
	looks = 0;
	assert_true(dev_frame_in(frame, 60));
	shim_race = arrive_late;
	shim_settle();
	shim_race = NULL;
	assert_int_equal(shim_net_frames, 2);
}

static unsigned int early;

/* Another CPU handles the interrupt while buffers are still being given. */
static void arrive_early(void)
{
	if (!dev.q[QID].exists || dev_nets(OHBA_IO_NET_RX) != RX_BUFS / 2 || early++)
		return;
	shim_race = NULL;
	assert_true(dev_frame_in(frame, 60));
	shim_irq_now();
}

/* A frame that comes before NAPI is enabled is not lost. */
static void test_early(void **state)
{
	(void)state;
	fill(60, 1);
	early = 0;
	shim_race = arrive_early;
	assert_int_equal(shim_net_open(), 0);
	shim_settle();
	assert_int_equal(early, 1);
	assert_int_equal(shim_net_frames, 1);
}

/* --- what one may ask and set ----------------------------------------------------------------- */

static void test_mtu(void **state)
{
	(void)state;
	assert_int_equal(shim_net_set_mtu(9000), 0);
	assert_int_equal(shim_netdev->mtu, 9000);
	check_receives(9018);
	check_sends(9018);
	assert_int_equal(shim_net_set_mtu(9001), -EINVAL);
	assert_int_equal(shim_net_set_mtu(67), -EINVAL);
	assert_int_equal(shim_net_set_mtu(68), 0);
	assert_int_equal(le32_to_cpu(dev_net_cmd(OHBA_IO_NET_RX)->sqe.data_len), 68 + 18);
	check_receives(68 + 18);
	shim_net_close();
	check_stopped();
	assert_int_equal(shim_net_set_mtu(1500), 0);
	check_stopped();
	assert_int_equal(shim_net_open(), 0);
	check_receives(1518);
}

/* Who waited for room is told when there is a new queue. */
static void test_mtu_full(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < TX_BUFS; i++)
		assert_int_equal(send_frame(60), 0);
	assert_int_equal(send_frame(60), -EBUSY);
	assert_int_equal(shim_net_set_mtu(1400), 0);
	assert_false(shim_netdev->backlog);
	assert_false(shim_netdev->stopped);
	check_works();
}

static void link_event(u32 up)
{
	dev_post_event((struct ohba_event) { .type = OHBA_EVENT_LINK,
					     .detail = { cpu_to_le32(up), cpu_to_le32(1000) } });
	shim_settle();
}

static void test_link(void **state)
{
	(void)state;
	assert_true(shim_netdev->carrier);
	link_event(0);
	assert_false(shim_netdev->carrier);
	link_event(1);
	assert_true(shim_netdev->carrier);
	bench_down();
	load();
	dev.port.link_up = 0;
	assert_int_equal(bench_probe(), 0);
	assert_false(shim_netdev->carrier);
}

/* It goes down when the driver has asked, and before that has seen the answer. */
static bool go_down(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_PORT_GET)
		return false;
	dev_answer_admin(cmd);
	dev_post_event((struct ohba_event) { .type = OHBA_EVENT_LINK });
	return true;
}

static void test_link_meanwhile(void **state)
{
	char buf[64];

	(void)state;
	load();
	dev.on_admin = go_down;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_false(shim_netdev->carrier);
	assert_true(shim_transport->get_host_param(bench_host(), ISCSI_HOST_PARAM_PORT_STATE,
						   buf) > 0);
	assert_string_equal(buf, "LINK DOWN\n");
}

static void test_ethtool(void **state)
{
	const struct ethtool_ops *ops = shim_netdev->ethtool_ops;
	struct ethtool_ringparam ring = { 0 };
	struct ethtool_channels channels = { 0 };
	struct ethtool_link_ksettings ks;
	struct ethtool_drvinfo info;

	(void)state;
	ops->get_drvinfo(shim_netdev, &info);
	assert_string_equal(info.driver, "ohba");
	assert_string_equal(info.bus_info, "0000:00:04.0");
	assert_string_equal(info.fw_version, "0");
	ops->get_ringparam(shim_netdev, &ring, NULL, NULL);
	assert_int_equal(ring.rx_pending, RX_BUFS);
	assert_int_equal(ring.tx_pending, TX_BUFS);
	ops->get_channels(shim_netdev, &channels);
	assert_int_equal(channels.combined_count, 1);
	assert_int_equal(ops->get_link(shim_netdev), 1);
	ops->get_link_ksettings(shim_netdev, &ks);
	assert_int_equal(ks.base.speed, 10000);
	link_event(1);
	ops->get_link_ksettings(shim_netdev, &ks);
	assert_int_equal(ks.base.speed, 1000);
	link_event(0);
	ops->get_link_ksettings(shim_netdev, &ks);
	assert_int_equal(ks.base.speed, SPEED_UNKNOWN);
	assert_int_equal(ops->get_sset_count(shim_netdev, 7), -EOPNOTSUPP);
	assert_int_equal(counter("submissions"), RX_BUFS);
	assert_true(counter("doorbells") > 0);
}

static void test_registers(void **state)
{
	const struct ethtool_ops *ops = shim_netdev->ethtool_ops;
	u32 len = ops->get_regs_len(shim_netdev), *data = malloc(len);
	struct ethtool_regs regs = { 0 };

	(void)state;
	ops->get_regs(shim_netdev, &regs, data);
	assert_int_equal(regs.version, OHBA_ABI_VERSION);
	assert_int_equal(len, OHBA_REG_HEARTBEAT + 4);
	assert_int_equal(le32_to_cpu(data[OHBA_REG_MAGIC / 4]), OHBA_MAGIC);
	assert_int_equal(le32_to_cpu(data[OHBA_REG_FEATURES / 4]), OHBA_FEATURE_WIRE);
	free(data);
}

/* A queue that stands still is made anew; the adapter goes on. */
static void test_tx_timeout(void **state)
{
	const struct net_device_ops *ops = shim_netdev->netdev_ops;
	unsigned int i, works;

	(void)state;
	for (i = 0; i < TX_BUFS; i++)
		assert_int_equal(send_frame(60), 0);
	assert_int_equal(send_frame(60), -EBUSY);
	works = shim_reclaim_works;
	ops->ndo_tx_timeout(shim_netdev, 0);
	/* Reclaim may wait for the login that waits for a path. */
	assert_int_equal(shim_reclaim_works, works + 1);
	shim_settle();
	assert_int_equal(counter("tx_timeouts"), 1);
	assert_int_equal(dev_nets(OHBA_IO_NET_TX), 0);
	assert_false(shim_netdev->stopped);
	check_works();
	assert_int_equal(shim_logged("up again"), 0);
	/* What comes too late, or before the adapter is back, starts nothing. */
	shim_net_close();
	ops->ndo_tx_timeout(shim_netdev, 0);
	shim_settle();
	check_stopped();
	assert_int_equal(shim_net_open(), 0);
	ops->ndo_tx_timeout(shim_netdev, 0);
	bench_down();
	load();
	assert_int_equal(bench_probe(), 0);
}

static u32 mirror_told;
static unsigned int nmirror;
static u16 mirror_status;

static bool take_mirror(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_MIRROR)
		return false;
	nmirror++;
	mirror_told = le32_to_cpu(cmd->sqe.handle);
	dev_answer(cmd, mirror_status);
	return true;
}

static void test_mirror(void **state)
{
	const struct ethtool_ops *ops = shim_netdev->ethtool_ops;
	char name[ETH_GSTRING_LEN];

	(void)state;
	nmirror = mirror_status = 0;
	dev.on_admin = take_mirror;
	assert_int_equal(ops->get_sset_count(shim_netdev, ETH_SS_PRIV_FLAGS), 1);
	ops->get_strings(shim_netdev, ETH_SS_PRIV_FLAGS, (u8 *)name);
	assert_string_equal(name, "mirror");
	assert_int_equal(ops->get_priv_flags(shim_netdev), 0);
	assert_int_equal(ops->set_priv_flags(shim_netdev, 0), 0);
	assert_int_equal(nmirror, 0);
	mirror_status = OHBA_ST_INVALID_OPCODE;
	assert_true(ops->set_priv_flags(shim_netdev, 1) < 0);
	assert_int_equal(ops->get_priv_flags(shim_netdev), 0);
	mirror_status = OHBA_ST_SUCCESS;
	assert_int_equal(ops->set_priv_flags(shim_netdev, 1), 0);
	assert_int_equal(mirror_told, 1);
	assert_int_equal(ops->get_priv_flags(shim_netdev), 1);
	/* The adapter that is started again has forgotten it. */
	mirror_told = 0;
	ohba_kill(&bench_hw()->pub, "a test");
	shim_advance_ms(100);
	assert_int_equal(shim_logged("up again"), 1);
	assert_int_equal(mirror_told, 1);
	assert_int_equal(ops->set_priv_flags(shim_netdev, 0), 0);
	assert_int_equal(mirror_told, 0);
	assert_int_equal(ops->get_priv_flags(shim_netdev), 0);
}

/* That is no reason to do without the adapter. */
static void test_mirror_refused(void **state)
{
	const struct ethtool_ops *ops = shim_netdev->ethtool_ops;

	(void)state;
	nmirror = mirror_status = 0;
	dev.on_admin = take_mirror;
	assert_int_equal(ops->set_priv_flags(shim_netdev, 1), 0);
	mirror_status = OHBA_ST_INVALID_OPCODE;
	ohba_kill(&bench_hw()->pub, "a test");
	shim_advance_ms(100);
	assert_int_equal(shim_logged("up again"), 1);
	assert_int_equal(shim_logged("firmware refused MIRROR"), 1);
	assert_int_equal(ops->get_priv_flags(shim_netdev), 0);
	check_works();
	/* Nobody asks for it any more. */
	ohba_kill(&bench_hw()->pub, "a test");
	shim_advance_ms(3000);
	assert_int_equal(nmirror, 2);
}

/* The host's station beside the one of the connections. */
static void test_mac(void **state)
{
	static const u8 mac[ETH_ALEN] = { 6, 0, 0, 0, 0, 1 }, other[ETH_ALEN] = { 2, 9 };

	(void)state;
	assert_memory_equal(shim_netdev->dev_addr, mac, ETH_ALEN);
	assert_int_equal(shim_netdev->netdev_ops->ndo_set_mac_address(shim_netdev,
								      (void *)other), 0);
	assert_memory_equal(shim_netdev->dev_addr, other, ETH_ALEN);
}

/* A firmware may say that its address is a group's: that one is not used. */
static void test_bad_mac(void **state)
{
	(void)state;
	load();
	dev.identify.mac[0] = 0xff;
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(shim_net_open(), -EADDRNOTAVAIL);
}

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
	load();
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
	load();
	dev.max_queues = 1;
	assert_int_equal(bench_probe(), 0);
	assert_null(shim_netdev);
	assert_int_equal(shim_logged("no queue is left for a network device"), 1);
}

/* However many processors there are, one of the queues is the network device's. */
static void test_few_queues(void **state)
{
	(void)state;
	load();
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
	load();
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

static void kill_it(void *unused)
{
	(void)unused;
	ohba_kill(&bench_hw()->pub, "a test");
}

static void check_up_again(void)
{
	shim_advance_ms(3000);
	assert_int_equal(shim_logged("up again"), 1);
	shim_log_clear();
}

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
	assert_true(bench_hw()->down);
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
	load();
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
	assert_false(bench_hw()->down);
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

/* What fails is tried again, and not for ever; there is always an end to it. */
static void test_restart_refused(void **state)
{
	(void)state;
	refuse(OHBA_ADMIN_QUEUE_CREATE, QID, OHBA_ST_NO_RESOURCES);
	assert_int_equal(send_frame(60), 0);
	kill_it(NULL);
	shim_advance_ms(2500);
	assert_int_equal(shim_logged("firmware refused QUEUE_CREATE"), 2);
	assert_int_equal(shim_skbs, 0);
	assert_int_equal(send_frame(60), -EBUSY);
	dev.on_admin = NULL;
	shim_advance_ms(10000);
	check_works();
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
	load();
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
		opened(state);
	}
}

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

/* --- without memory ------------------------------------------------------------------------------------ */

static void test_probe_without_memory(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; ; i++) {
		load();
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
	load();
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
			assert_true(shim_skbs > 0);
			check_sends(60);
			shim_net_close();
		}
		check_stopped();
	}
	/* Some buffers are better than none, and none are not enough. */
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
	shim_alloc_fails = shim_allocs + 2;
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

/* The frame is lost; its buffer is not. */
static void test_in_without_memory(void **state)
{
	unsigned int i;

	(void)state;
	fill(60, 1);
	for (i = 1; i <= 2; i++) {	/* a buffer; its mapping */
		assert_true(dev_frame_in(frame, 60));
		shim_alloc_fails = shim_allocs + i;
		shim_settle();
		assert_int_equal(shim_net_frames, 0);
		assert_int_equal(counter("rx_no_memory"), i);
	}
	check_works();
}

static void test_out_without_memory(void **state)
{
	(void)state;
	shim_alloc_fails = shim_allocs + 2;	/* to pad it */
	assert_int_equal(send_frame(20), 0);
	assert_null(dev_net_cmd(OHBA_IO_NET_TX));
	shim_alloc_fails = shim_allocs + 2;	/* to map it */
	assert_int_equal(send_frame(60), 0);
	assert_int_equal(link_stats().tx_dropped, 1);
	assert_int_equal(shim_skbs, RX_BUFS);
	check_works();
}

#define OPEN(name)	cmocka_unit_test_setup_teardown(test_##name, opened, bench_gone)
#define CLOSED(name)	cmocka_unit_test_setup_teardown(test_##name, closed, bench_gone)
#define OWN(name)	cmocka_unit_test_teardown(test_##name, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPEN(out), OPEN(short_out), OPEN(in), OPEN(full), OPEN(late),
		CLOSED(early),
		OPEN(mtu), OPEN(mtu_full), OPEN(link), OWN(link_meanwhile), OPEN(ethtool), OPEN(registers),
		OPEN(mirror), OPEN(mirror_refused), OPEN(tx_timeout), OPEN(tx_timeout_refused),
		CLOSED(mac), OWN(bad_mac),
		CLOSED(open_stop), OWN(feature_absent), OWN(no_queue), OWN(few_queues), OWN(small_rings),
		CLOSED(create_refused), CLOSED(create_refused_restart), OPEN(mtu_refused), OPEN(mtu_undone), OPEN(mtu_comes_back),
		OPEN(delete_refused), OPEN(delete_unanswered), OPEN(delete_without_memory),
		OPEN(restart), OPEN(down), CLOSED(open_down), OPEN(restart_sends_nothing),
		OPEN(stop_meanwhile), OWN(close_hung), OPEN(close_restarting),
		CLOSED(open_early), OPEN(stop_early), CLOSED(open_late), OPEN(restart_refused),
		OPEN(restart_without_memory),
		OPEN(feature_lost), OPEN(queue_lost), OWN(feature_gained),
		OPEN(removed), OPEN(pulled_out), OPEN(removed_dead), OPEN(removed_unclosed),
		OPEN(removed_restarting),
		OPEN(wrong_tags), OPEN(twice), OPEN(lengths), OPEN(errors), OPEN(aborted),
		OPEN(tags_of_before), OPEN(completions_while_stopping),
		OPEN(completions_when_stopped), OPEN(takes_nothing), OPEN(free_tags),
		OPEN(random),
		OWN(probe_without_memory), OWN(probe_fails_looked_at), CLOSED(open_without_memory),
		CLOSED(refill), CLOSED(refill_slowly), CLOSED(refill_late), CLOSED(refill_meanwhile),
		OPEN(in_without_memory),
		OPEN(out_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The network device: frames, what one may ask of it and set. */
#include "unit.h"
#include "nets.h"

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

static void test_link(void **state)
{
	(void)state;
	assert_true(shim_netdev->carrier);
	link_event(0);
	assert_false(shim_netdev->carrier);
	link_event(1);
	assert_true(shim_netdev->carrier);
	bench_down();
	net_load();
	dev.port.link_up = 0;
	assert_int_equal(bench_probe(), 0);
	assert_false(shim_netdev->carrier);
}

static void check_port_state(const char *state)
{
	char buf[64];

	assert_true(shim_transport->get_host_param(bench_host(), ISCSI_HOST_PARAM_PORT_STATE,
						   buf) > 0);
	assert_string_equal(buf, state);
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
	(void)state;
	net_load();
	dev.on_admin = go_down;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_false(shim_netdev->carrier);
	check_port_state("LINK DOWN\n");
}

/* It goes down while the adapter is; the class is told, too, with a network device or not. */
static void test_link_after_restart(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		if (i)
			bench_down();
		net_load();
		dev.features = i ? 0 : OHBA_FEATURE_WIRE;
		assert_int_equal(bench_probe(), 0);
		shim_settle();
		check_port_state("LINK UP\n");
		dev.port.link_up = 0;
		kill_it(NULL);
		check_up_again();
		check_port_state("LINK DOWN\n");
		assert_true(i || !shim_netdev->carrier);
	}
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
	net_load();
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
	net_load();
	dev.identify.mac[0] = 0xff;
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(shim_net_open(), -EADDRNOTAVAIL);
}

/* --- without memory ------------------------------------------------------------------------------------ */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPEN(out), OPEN(short_out), OPEN(in), OPEN(full), OPEN(late),
		CLOSED(early), OPEN(mtu), OPEN(mtu_full), OPEN(link), OWN(link_meanwhile),
		OWN(link_after_restart),
		OPEN(ethtool), OPEN(registers), OPEN(mirror), OPEN(mirror_refused),
		OPEN(tx_timeout), CLOSED(mac), OWN(bad_mac), OPEN(in_without_memory),
		OPEN(out_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

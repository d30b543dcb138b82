// SPDX-License-Identifier: GPL-2.0-or-later
/* The network device on the bench (nets.h). */
#include "unit.h"
#include "nets.h"

u8 frame[16384];

void net_load(void)
{
	bench_load_wire(OHBA_FEATURE_WIRE, NULL);
}

int net_closed(void **state)
{
	(void)state;
	net_load();
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_non_null(shim_netdev);
	return 0;
}

int net_opened(void **state)
{
	net_closed(state);
	assert_int_equal(shim_net_open(), 0);
	shim_settle();
	return 0;
}

void fill(u32 len, u8 key)
{
	pattern_fill(frame, len, key, 0);
	frame[12] = 0x08;	/* IPv4 */
	frame[13] = 0;
}

int send_frame(u32 len)
{
	fill(len, len);
	return shim_net_send(frame, len);
}

u64 counter(const char *name)
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

struct rtnl_link_stats64 link_stats(void)
{
	struct rtnl_link_stats64 stats;

	shim_netdev->netdev_ops->ndo_get_stats64(shim_netdev, &stats);
	return stats;
}

void check_sends(u32 len)
{
	static u8 got[16384];
	unsigned int before = shim_skbs;

	assert_int_equal(send_frame(len), 0);
	assert_int_equal(dev_frame_out(got, sizeof(got)), len);
	assert_memory_equal(got, frame, len);
	shim_settle();
	assert_int_equal(shim_skbs, before);
}

void check_receives(u32 len)
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

void check_works(void)
{
	const struct ohba_qctl *ctl = shim_dma(dev.q[QID].ctl, sizeof(*ctl));

	assert_true(dev.q[QID].exists);
	check_sends(100);
	check_receives(100);
	assert_int_equal(le32_to_cpu(ctl->cq_head), dev.q[QID].cq_tail);
}

void check_stopped(void)
{
	assert_false(dev.q[QID].exists);
	assert_int_equal(shim_skbs, 0);
}

u32 tag_of(u8 opcode)
{
	struct dev_cmd *cmd = dev_net_cmd(opcode);

	assert_non_null(cmd);
	return le32_to_cpu(cmd->sqe.tag);
}

void post(u32 tag, u16 status, u32 result)
{
	dev_post(QID, (struct ohba_cqe) { .tag = cpu_to_le32(tag),
					  .status = cpu_to_le16(status),
					  .result = cpu_to_le32(result) });
}

unsigned int early;

void arrive_early(void)
{
	if (!dev.q[QID].exists || dev_nets(OHBA_IO_NET_RX) != RX_BUFS / 2 || early++)
		return;
	shim_race = NULL;
	assert_true(dev_frame_in(frame, 60));
	shim_irq_now();
}

void link_event(u32 up)
{
	dev_post_event((struct ohba_event) { .type = OHBA_EVENT_LINK,
					     .detail = { cpu_to_le32(up), cpu_to_le32(1000) } });
	shim_settle();
}

void kill_it(void *unused)
{
	(void)unused;
	ohba_kill(&bench_hw()->pub, "a test");
}

void check_up_again(void)
{
	shim_advance_ms(3000);
	assert_int_equal(shim_logged("up again"), 1);
	shim_log_clear();
}

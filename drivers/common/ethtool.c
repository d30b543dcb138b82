// SPDX-License-Identifier: GPL-2.0-only
/* What ethtool shows of the network device. */
#include <linux/ethtool.h>
#include <linux/module.h>

#include "netdev.h"

static void ohba_net_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct ohba_net *net = netdev_priv(dev);

	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->bus_info, pci_name(net->hw->pub.pdev), sizeof(info->bus_info));
	strscpy(info->fw_version, net->hw->info.fw_version, sizeof(info->fw_version));
}

static void ohba_net_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			       struct kernel_ethtool_ringparam *kernel_ring,
			       struct netlink_ext_ack *extack)
{
	struct ohba_net *net = netdev_priv(dev);

	ring->rx_max_pending = net->nrx;
	ring->rx_pending = net->nrx;
	ring->tx_max_pending = net->ntx;
	ring->tx_pending = net->ntx;
}

static int ohba_net_link_ksettings(struct net_device *dev,
				   struct ethtool_link_ksettings *ks)
{
	struct ohba_net *net = netdev_priv(dev);
	u32 speed_mbps = READ_ONCE(net->speed_mbps);

	ks->base.port = PORT_OTHER;
	ks->base.autoneg = AUTONEG_DISABLE;
	ks->base.duplex = DUPLEX_FULL;
	ks->base.speed = netif_carrier_ok(dev) && speed_mbps ? speed_mbps :
							       SPEED_UNKNOWN;
	return 0;
}

/* Identity and control; what follows are addresses. */
#define OHBA_NET_REGS_LEN	(OHBA_REG_HEARTBEAT + sizeof(u32))

static int ohba_net_regs_len(struct net_device *dev)
{
	return OHBA_NET_REGS_LEN;
}

static void ohba_net_regs(struct net_device *dev, struct ethtool_regs *regs, void *data)
{
	struct ohba_net *net = netdev_priv(dev);
	__le32 *to = data;
	u32 off;

	regs->version = net->hw->abi;
	for (off = 0; off < OHBA_NET_REGS_LEN; off += sizeof(*to))
		*to++ = cpu_to_le32(readl(net->hw->regs + off));
}

static void ohba_net_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	channels->max_combined = 1;
	channels->combined_count = 1;
}

static const char ohba_net_stat_names[][ETH_GSTRING_LEN] = {
	"rx_no_memory", "stale_completions", "submissions", "doorbells", "ring_full",
	"tx_timeouts",
};

static const char ohba_net_flag_names[][ETH_GSTRING_LEN] = { "mirror" };

#define OHBA_NET_FLAG_MIRROR	BIT(0)

static int ohba_net_sset_count(struct net_device *dev, int sset)
{
	switch (sset) {
	case ETH_SS_STATS:
		return ARRAY_SIZE(ohba_net_stat_names);
	case ETH_SS_PRIV_FLAGS:
		return ARRAY_SIZE(ohba_net_flag_names);
	default:
		return -EOPNOTSUPP;
	}
}

static void ohba_net_strings(struct net_device *dev, u32 sset, u8 *data)
{
	if (sset == ETH_SS_STATS)
		memcpy(data, ohba_net_stat_names, sizeof(ohba_net_stat_names));
	else if (sset == ETH_SS_PRIV_FLAGS)
		memcpy(data, ohba_net_flag_names, sizeof(ohba_net_flag_names));
}

static u32 ohba_net_priv_flags(struct net_device *dev)
{
	struct ohba_net *net = netdev_priv(dev);

	return READ_ONCE(net->mirror) ? OHBA_NET_FLAG_MIRROR : 0;
}

static int ohba_net_set_priv_flags(struct net_device *dev, u32 flags)
{
	return ohba_net_set_mirror(netdev_priv(dev), flags & OHBA_NET_FLAG_MIRROR);
}

static void ohba_net_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct ohba_net *net = netdev_priv(dev);

	*data++ = READ_ONCE(net->rx_dropped);
	*data++ = READ_ONCE(net->stale);
	*data++ = READ_ONCE(net->pair.stats.submissions);
	*data++ = READ_ONCE(net->pair.stats.doorbells);
	*data++ = READ_ONCE(net->pair.stats.full);
	*data++ = READ_ONCE(net->tx_timeouts);
}

const struct ethtool_ops ohba_net_ethtool_ops = {
	.get_drvinfo = ohba_net_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = ohba_net_link_ksettings,
	.get_regs_len = ohba_net_regs_len,
	.get_regs = ohba_net_regs,
	.get_ringparam = ohba_net_ringparam,
	.get_channels = ohba_net_channels,
	.get_sset_count = ohba_net_sset_count,
	.get_strings = ohba_net_strings,
	.get_ethtool_stats = ohba_net_stats,
	.get_priv_flags = ohba_net_priv_flags,
	.set_priv_flags = ohba_net_set_priv_flags,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The port as an ordinary network device: all frames that are not an offloaded
 * connection's, on a queue pair of its own. uipd resolves and configures through
 * it, and nothing keeps an administrator from using it.
 */
#include <linux/etherdevice.h>

#include "netdev.h"

/* --- up and down --------------------------------------------------------- */

static int ohba_net_open(struct net_device *dev)
{
	struct ohba_net *net = netdev_priv(dev);
	int err;

	mutex_lock(&net->lock);
	net->wanted = true;
	err = ohba_net_resume(net);
	net->wanted = !err;
	mutex_unlock(&net->lock);
	return err;
}

static int ohba_net_stop(struct net_device *dev)
{
	struct ohba_net *net = netdev_priv(dev);

	mutex_lock(&net->lock);
	net->wanted = false;
	ohba_net_halt(net);
	mutex_unlock(&net->lock);
	return 0;
}

static int ohba_net_change_mtu(struct net_device *dev, int mtu)
{
	struct ohba_net *net = netdev_priv(dev);
	int old = dev->mtu, err;

	mutex_lock(&net->lock);
	/* Buffers are as long as the longest frame. */
	ohba_net_halt(net);
	WRITE_ONCE(dev->mtu, mtu);
	err = ohba_net_resume(net);
	if (err) {
		WRITE_ONCE(dev->mtu, old);
		/* If that fails, too, ohba_net_restart() tries again. */
		(void)ohba_net_resume(net);
	}
	mutex_unlock(&net->lock);
	return err;
}

/*
 * The device takes frames and does not say that it is done with them. A new queue is
 * enough, or else the end of the adapter; sessions need not suffer for it.
 */
static void ohba_net_restart(struct work_struct *work)
{
	struct ohba_net *net = container_of(work, struct ohba_net, restart);

	mutex_lock(&net->lock);
	if (net->wanted && ohba_net_ready(net)) {
		ohba_net_halt(net);
		/* If it fails: frames wait on, so that the stack's watchdog asks again. */
		(void)ohba_net_resume(net);
	}
	mutex_unlock(&net->lock);
}

static void ohba_net_tx_timeout(struct net_device *dev, unsigned int txqueue)
{
	struct ohba_net *net = netdev_priv(dev);

	net->tx_timeouts++;
	/* The login that a page waits for on its way out may need a path resolved. */
	queue_work(ohba_life_wq, &net->restart);
}

static const struct net_device_ops ohba_net_ops = {
	.ndo_open = ohba_net_open,
	.ndo_stop = ohba_net_stop,
	.ndo_start_xmit = ohba_net_start_xmit,
	.ndo_change_mtu = ohba_net_change_mtu,
	.ndo_tx_timeout = ohba_net_tx_timeout,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

/* --- with the adapter ---------------------------------------------------- */

/* 0: there is none, or none where the helper is: elsewhere the number is another's. */
int ohba_net_ifindex(struct ohba_hw *hw)
{
	struct ohba_net *net = ohba_net_of(hw);

	return net && net_eq(dev_net(net->dev), &init_net) ? net->dev->ifindex : 0;
}

/* The link changed. */
void ohba_net_link(struct ohba_hw *hw, bool up, u32 speed_mbps)
{
	struct ohba_net *net = ohba_net_of(hw);

	if (!net)
		return;
	WRITE_ONCE(net->speed_mbps, speed_mbps);
	if (up)
		netif_carrier_on(net->dev);
	else
		netif_carrier_off(net->dev);
}

static int ohba_net_tell_mirror(struct ohba_net *net, bool on,
				struct ohba_admin_cmd *cmd)
{
	lockdep_assert_held(&net->lock);
	cmd->sqe.opcode = OHBA_ADMIN_MIRROR;
	cmd->sqe.handle = cpu_to_le32(on);
	return ohba_admin_setup(net->hw, cmd, "MIRROR");
}

/* Have the adapter show its own frames, too, for whoever looks: they are not for us. */
int ohba_net_set_mirror(struct ohba_net *net, bool on)
{
	struct ohba_admin_cmd cmd = {};
	int err = 0;

	mutex_lock(&net->lock);
	if (on != net->mirror)
		err = ohba_net_tell_mirror(net, on, &cmd);
	if (!err)
		net->mirror = on;
	mutex_unlock(&net->lock);
	return err;
}

/* A firmware that does not know it, or not now, is no reason to do without the rest. */
static void ohba_net_mirror_again(struct ohba_net *net)
{
	struct ohba_admin_cmd cmd = {};
	int err;

	if (!net->mirror)
		return;
	err = ohba_net_tell_mirror(net, true, &cmd);
	if (!err || ohba_is_down(net->hw))
		return;
	net->mirror = false;
	dev_warn(net->hw->pub.dev, "the adapter's own frames are not shown any more (%d)\n",
		 err);
}

/*
 * Disks do not need a network device: without a queue, frames wait, so that the stack's
 * watchdog asks for one again. Return: 0; -ENODEV if the adapter stopped.
 */
static int ohba_net_start_again(struct ohba_net *net)
{
	int err = ohba_net_resume(net);

	if (!err)
		ohba_net_mirror_again(net);
	if (ohba_is_down(net->hw))
		return -ENODEV;
	if (err)
		dev_warn(net->hw->pub.dev,
			 "the network device has no queue (%d): that is tried again\n", err);
	return 0;
}

/* The adapter stops: nothing is submitted any more. life_lock is held. */
void ohba_net_quiesce(struct ohba_hw *hw)
{
	struct ohba_net *net = ohba_net_of(hw);

	if (!net)
		return;
	/* After it is DOWN. Pairs with the acquire in ohba_net_bring_back(). */
	smp_store_release(&net->stops, net->stops + 1);
	ohba_sq_close(&net->pair);
}

/* It has: no DMA happens, and the admin thread does not run. life_lock is held. */
void ohba_net_silence(struct ohba_hw *hw)
{
	struct ohba_net *net = ohba_net_of(hw);

	if (!net)
		return;
	/* Pairs with the acquire in ohba_net_quiet(). */
	smp_store_release(&net->quiet_stops, net->stops);
	netif_carrier_off(net->dev);
}

/* The adapter was started again, and knows of no queue. */
int ohba_net_bring_back(struct ohba_hw *hw)
{
	struct ohba_net *net = ohba_net_of(hw);
	unsigned int stops;
	int err;

	if (!net)
		return 0;
	/* That its rings fit is known, as no admin queue has shorter ones. */
	if (net->pair.qid > hw->max_queues)
		return -EPROTO;
	mutex_lock(&net->lock);
	ohba_net_halt(net);
	/* A stop that this has seen has taken it DOWN before. */
	stops = smp_load_acquire(&net->stops);
	if (ohba_is_down(hw)) {
		err = -ENODEV;
	} else {
		net->known_stops = stops;
		err = ohba_net_start_again(net);
	}
	mutex_unlock(&net->lock);
	return err;
}

static void ohba_net_init_dev(struct ohba_net *net)
{
	struct net_device *dev = net->dev;
	u8 mac[ETH_ALEN];

	/* The host's own, beside the one that connections have. */
	ether_addr_copy(mac, net->hw->info.mac);
	mac[0] ^= 4;
	eth_hw_addr_set(dev, mac);
	SET_NETDEV_DEV(dev, net->hw->pub.dev);
	dev->netdev_ops = &ohba_net_ops;
	dev->ethtool_ops = &ohba_net_ethtool_ops;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = OHBA_NET_MTU;
}

static unsigned int ohba_net_qid(const struct ohba_hw *hw)
{
	return hw->npairs + 1;
}

/*
 * Neither who stops the adapter, nor its admin vector's handlers, nor who tells a helper of
 * all adapters uses it after this.
 */
static void ohba_net_unset(struct ohba_hw *hw)
{
	mutex_lock(&hw->life_lock);
	WRITE_ONCE(hw->net, NULL);
	mutex_unlock(&hw->life_lock);
	ohba_genl_barrier();
	synchronize_irq(pci_irq_vector(hw->pub.pdev, OHBA_VECTOR_ADMIN));
}

/* Before I/O starts, after ohba_io_start() made the queues that have lower ids. */
int ohba_net_create(struct ohba_hw *hw)
{
	struct net_device *dev;
	struct ohba_net *net;
	u32 ring;
	int err;

	if (!(hw->features & OHBA_FEATURE_WIRE))
		return 0;
	if (ohba_net_qid(hw) > hw->max_queues) {
		dev_warn(hw->pub.dev,
			 "no queue is left for a network device: raise the adapter's number of queues\n");
		return 0;
	}
	dev = alloc_etherdev(sizeof(*net));
	if (!dev)
		return -ENOMEM;
	net = netdev_priv(dev);
	net->hw = hw;
	net->dev = dev;
	mutex_init(&net->lock);
	spin_lock_init(&net->tx_lock);
	INIT_WORK(&net->restart, ohba_net_restart);
	INIT_DELAYED_WORK(&net->refill, ohba_net_refill);
	ring = min_t(u32, OHBA_NET_RING, hw->max_qsize);
	/* Some of it is left, as the device need not say at once what it took. */
	net->nrx = min_t(u32, OHBA_NET_RX, DIV_ROUND_UP(ring, 4));
	net->ntx = min_t(u32, OHBA_NET_TX, ring / 2);
	bitmap_fill(net->tx_free, net->ntx);
	err = -ENOMEM;
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats)
		goto free_dev;
	err = ohba_pair_alloc(hw, &net->pair, ohba_net_qid(hw), ring, ring);
	if (err)
		goto free_stats;
	net->pair.polled = true;	/* names the admin vector */
	ohba_net_init_dev(net);
	netif_napi_add(dev, &net->napi, ohba_net_poll);
	netif_carrier_off(dev);
	netif_stop_queue(dev);		/* until ohba_net_start() */
	/* Pairs with the acquire in ohba_net_of(). */
	smp_store_release(&hw->net, net);
	err = register_netdev(dev);
	if (err)
		goto unset;
	return ohba_link_refresh(hw);

unset:
	ohba_net_unset(hw);
	netif_napi_del(&net->napi);
	ohba_pair_free(&net->pair);
free_stats:
	free_percpu(dev->tstats);
free_dev:
	free_netdev(dev);
	return err;
}

void ohba_net_destroy(struct ohba_hw *hw)
{
	struct ohba_net *net = ohba_net_of(hw);

	if (!net)
		return;
	unregister_netdev(net->dev);
	/* Even if the stack holds it for closed: then it had no reason to say so. */
	ohba_net_stop(net->dev);
	cancel_work_sync(&net->restart);
	cancel_delayed_work_sync(&net->refill);
	ohba_net_unset(hw);
	netif_napi_del(&net->napi);
	ohba_pair_free(&net->pair);
	free_percpu(net->dev->tstats);
	free_netdev(net->dev);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The port as an ordinary network device: all frames that are not an offloaded
 * connection's, on a queue pair of its own. uipd resolves and configures through
 * it, and nothing keeps an administrator from using it.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/module.h>

#include "ohba_trace.h"
#include "priv.h"

#define OHBA_NET_TX	256		/* frames, at most */
#define OHBA_NET_RX	128		/* buffers, at most */
#define OHBA_NET_BUFS	(OHBA_NET_RX + OHBA_NET_TX)
#define OHBA_NET_RING	512		/* entries: room for all of them, if allowed */
#define OHBA_NET_HLEN	(ETH_HLEN + VLAN_HLEN)
#define OHBA_NET_MTU	(OHBA_FRAME_MAX - OHBA_NET_HLEN)

/* What the device has of ours: named by its tag's index, and a generation. */
struct ohba_net_buf {
	struct sk_buff *skb;	/* NULL: free */
	dma_addr_t addr;
	u32 len;
	u16 gen;
};

struct ohba_net {
	struct ohba_hw *hw;
	struct net_device *dev;
	struct ohba_pair pair;
	struct napi_struct napi;
	struct mutex lock;		/* running, and the changes of it */
	bool running;			/* the queue exists, the device has buffers */
	unsigned int stops;		/* of the adapter; life_lock */
	unsigned int known_stops;	/* @stops when queues could last be made */
	unsigned int ntx, nrx;		/* as many as its rings have room for */
	spinlock_t tx_lock;		/* tx_free, and bufs from OHBA_NET_RX on */
	unsigned long tx_free[BITS_TO_LONGS(OHBA_NET_TX)];
	/* The first OHBA_NET_RX: of who polls, or of who has @napi disabled. */
	struct ohba_net_buf bufs[OHBA_NET_BUFS];
	u64 rx_dropped;			/* who polls */
	u64 stale;			/* who polls */
};

/* --- buffers ------------------------------------------------------------- */

static bool ohba_net_is_rx(const struct ohba_net *net,
			   const struct ohba_net_buf *buf)
{
	return buf < &net->bufs[OHBA_NET_RX];
}

static enum dma_data_direction ohba_net_dir(const struct ohba_net *net,
					    const struct ohba_net_buf *buf)
{
	return ohba_net_is_rx(net, buf) ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
}

static int ohba_net_push(struct ohba_net *net, struct ohba_net_buf *buf)
{
	struct ohba_sqe sqe = {
		.opcode = ohba_net_is_rx(net, buf) ? OHBA_IO_NET_RX :
						     OHBA_IO_NET_TX,
		.nsge = 1,
		.tag = cpu_to_le32(OHBA_TAG(buf - net->bufs, ++buf->gen)),
		.data_len = cpu_to_le32(buf->len),
		.sge[0] = {
			.addr = cpu_to_le64(buf->addr),
			.len = cpu_to_le32(buf->len),
			.type = cpu_to_le32(OHBA_SGE_DATA),
		},
	};
	unsigned long flags;
	int err;

	spin_lock_irqsave(&net->pair.sq_lock, flags);
	err = ohba_sq_push(&net->pair, &sqe);
	spin_unlock_irqrestore(&net->pair.sq_lock, flags);
	return err;
}

static int ohba_net_map(struct ohba_net *net, struct ohba_net_buf *buf,
			struct sk_buff *skb, u32 len)
{
	struct device *dev = net->hw->pub.dev;
	dma_addr_t addr;

	addr = dma_map_single(dev, skb->data, len, ohba_net_dir(net, buf));
	if (dma_mapping_error(dev, addr))
		return -ENOMEM;
	buf->skb = skb;
	buf->addr = addr;
	buf->len = len;
	return 0;
}

/* It is the device's no more. Return: its skb, which is the caller's now. */
static struct sk_buff *ohba_net_unmap(struct ohba_net *net,
				      struct ohba_net_buf *buf)
{
	struct sk_buff *skb = buf->skb;

	dma_unmap_single(net->hw->pub.dev, buf->addr, buf->len,
			 ohba_net_dir(net, buf));
	buf->skb = NULL;
	return skb;
}

static u32 ohba_net_rx_len(const struct ohba_net *net)
{
	return READ_ONCE(net->dev->mtu) + OHBA_NET_HLEN;
}

/* Give the device a new buffer for @buf. Return: 0, or -ENOMEM and nothing changed. */
static int ohba_net_fill(struct ohba_net *net, struct ohba_net_buf *buf, gfp_t gfp)
{
	u32 len = ohba_net_rx_len(net);
	struct sk_buff *skb = __netdev_alloc_skb_ip_align(net->dev, len, gfp);

	if (!skb)
		return -ENOMEM;
	if (ohba_net_map(net, buf, skb, len)) {
		dev_kfree_skb_any(skb);
		return -ENOMEM;
	}
	return 0;
}

/* All that the device had. It has stopped, or deleted the queue. */
static void ohba_net_take_back(struct ohba_net *net)
{
	struct ohba_net_buf *buf;

	for (buf = net->bufs; buf < &net->bufs[OHBA_NET_BUFS]; buf++)
		if (buf->skb)
			dev_kfree_skb_any(ohba_net_unmap(net, buf));
	bitmap_fill(net->tx_free, net->ntx);
}

/* --- receive ------------------------------------------------------------- */

static void ohba_net_received(struct ohba_net *net, struct sk_buff *skb, u32 len)
{
	skb_put(skb, len);
	skb->protocol = eth_type_trans(skb, net->dev);
	dev_sw_netstats_rx_add(net->dev, len);
	napi_gro_receive(&net->napi, skb);
}

/* Without memory for another buffer, the frame is lost and its buffer used again. */
static void ohba_net_rx_done(struct ohba_net *net, struct ohba_net_buf *buf,
			     const struct ohba_cqe *cqe)
{
	struct ohba_net_buf old = *buf;
	u32 len = le32_to_cpu(cqe->result);

	if (!buf->skb || buf->gen != le32_to_cpu(cqe->tag) >> 16) {
		net->stale++;
		return;
	}
	if (cqe->status) {
		/* Given again, it would be refused again: until the next start. */
		net->dev->stats.rx_errors++;
		return;
	}
	if (len < ETH_HLEN || len > buf->len) {
		net->dev->stats.rx_errors++;
	} else if (ohba_net_fill(net, buf, GFP_ATOMIC)) {
		net->rx_dropped++;
	} else {
		dma_unmap_single(net->hw->pub.dev, old.addr, old.len,
				 DMA_FROM_DEVICE);
		ohba_net_received(net, old.skb, len);
	}
	/*
	 * Refused if the adapter stopped, or by a ring that looks full, which it cannot
	 * be: ohba_net_take_back() has it then.
	 */
	(void)ohba_net_push(net, buf);
}

/*
 * The frame that generation @gen of @buf was, which is the caller's now; NULL if there
 * is none. Under the lock, as ohba_net_transmit() may be about to use @buf.
 */
static struct sk_buff *ohba_net_tx_claim(struct ohba_net *net, struct ohba_net_buf *buf,
					 u16 gen)
{
	struct sk_buff *skb = NULL;
	unsigned long flags;

	spin_lock_irqsave(&net->tx_lock, flags);
	if (buf->skb && buf->gen == gen) {
		skb = ohba_net_unmap(net, buf);
		__set_bit(buf - &net->bufs[OHBA_NET_RX], net->tx_free);
	}
	spin_unlock_irqrestore(&net->tx_lock, flags);
	return skb;
}

static void ohba_net_tx_done(struct ohba_net *net, struct ohba_net_buf *buf,
			     const struct ohba_cqe *cqe, int budget)
{
	struct sk_buff *skb = ohba_net_tx_claim(net, buf, le32_to_cpu(cqe->tag) >> 16);

	if (!skb) {
		net->stale++;
		return;
	}
	if (cqe->status)
		net->dev->stats.tx_errors++;
	napi_consume_skb(skb, budget);
	if (netif_queue_stopped(net->dev))
		netif_wake_queue(net->dev);
}

static void ohba_net_done(struct ohba_net *net, const struct ohba_cqe *cqe, int budget)
{
	u32 index = OHBA_TAG_INDEX(le32_to_cpu(cqe->tag));

	if (index >= OHBA_NET_BUFS)
		net->stale++;
	else if (cqe->status == cpu_to_le16(OHBA_ST_ABORTED))
		return;		/* the queue is being deleted */
	else if (index < OHBA_NET_RX)
		ohba_net_rx_done(net, &net->bufs[index], cqe);
	else
		ohba_net_tx_done(net, &net->bufs[index], cqe, budget);
}

static int ohba_net_poll(struct napi_struct *napi, int budget)
{
	struct ohba_net *net = container_of(napi, struct ohba_net, napi);
	struct ohba_pair *pair = &net->pair;
	struct ohba_cqe cqe;
	int done = 0;

	while (done < budget && !READ_ONCE(net->hw->down) &&
	       ohba_cq_pop(pair, &cqe)) {
		ohba_net_done(net, &cqe, budget);
		done++;
	}
	if (done)
		ohba_cq_publish(pair->ctl, pair->cq_head);
	if (done == budget)
		return done;
	/* While @pair is ours: after that a restart may have emptied the rings. */
	ohba_cq_arm(pair->ctl, pair->cq_head);
	if (napi_complete_done(napi, done) && ohba_cq_pending(pair) &&
	    !READ_ONCE(net->hw->down))
		napi_schedule(napi);
	return done;
}

/* The admin vector's interrupt came. Context: hard interrupt. */
void ohba_net_irq(struct ohba_hw *hw)
{
	struct ohba_net *net = READ_ONCE(hw->net);

	if (net && READ_ONCE(net->pair.hw) && ohba_cq_pending(&net->pair))
		napi_schedule_irqoff(&net->napi);
}

/* --- transmit ------------------------------------------------------------ */

static struct ohba_net_buf *ohba_net_tx_buf(struct ohba_net *net)
{
	unsigned int i = find_first_bit(net->tx_free, OHBA_NET_TX);

	lockdep_assert_held(&net->tx_lock);
	if (i == OHBA_NET_TX)
		return NULL;
	__clear_bit(i, net->tx_free);
	return &net->bufs[OHBA_NET_RX + i];
}

static int ohba_net_transmit(struct ohba_net *net, struct sk_buff *skb)
{
	struct ohba_net_buf *buf;
	unsigned long flags;
	int err = -ENOBUFS;

	spin_lock_irqsave(&net->tx_lock, flags);
	buf = ohba_net_tx_buf(net);
	if (buf)
		err = ohba_net_map(net, buf, skb, skb->len) ?:
		      ohba_net_push(net, buf);
	if (err && buf) {
		if (buf->skb)
			ohba_net_unmap(net, buf);
		__set_bit(buf - &net->bufs[OHBA_NET_RX], net->tx_free);
	}
	/* Whoever finds none left: the next completion wakes the queue. */
	if (bitmap_empty(net->tx_free, OHBA_NET_TX))
		netif_stop_queue(net->dev);
	spin_unlock_irqrestore(&net->tx_lock, flags);
	return err;
}

static netdev_tx_t ohba_net_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ohba_net *net = netdev_priv(dev);
	u32 len;

	if (skb_put_padto(skb, ETH_ZLEN))
		return NETDEV_TX_OK;	/* it was freed */
	len = skb->len;
	switch (ohba_net_transmit(net, skb)) {
	case 0:
		dev_sw_netstats_tx_add(dev, 1, len);
		return NETDEV_TX_OK;
	case -ENOBUFS:
		return NETDEV_TX_BUSY;
	default:
		/*
		 * A full ring is among this. It has room for all buffers unless the
		 * device does not say what it took, and then no completion may come
		 * that wakes the queue.
		 */
		dev->stats.tx_dropped++;
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
}

/* --- the queue ----------------------------------------------------------- */

static unsigned int ohba_net_qid(const struct ohba_hw *hw)
{
	return hw->npairs + 1;
}

/* Buffers that there is no memory for now are missing until the next start. */
static int ohba_net_give_buffers(struct ohba_net *net)
{
	struct ohba_net_buf *buf;
	int given = 0;

	for (buf = net->bufs; buf < &net->bufs[net->nrx]; buf++) {
		if (ohba_net_fill(net, buf, GFP_NOIO))
			break;
		if (ohba_net_push(net, buf))
			return -ENODEV;
		given++;
	}
	return given ? 0 : -ENOMEM;
}

/*
 * Does the device know of the queue, or can it be made? Not from when the adapter
 * stops until ohba_net_bring_back(), though it answers admin commands long before.
 */
static bool ohba_net_ready(struct ohba_net *net)
{
	lockdep_assert_held(&net->lock);
	return net->known_stops == READ_ONCE(net->stops);
}

static int ohba_net_start(struct ohba_net *net)
{
	int err;

	lockdep_assert_held(&net->lock);
	ohba_pair_reset(&net->pair);
	ohba_sq_open(&net->pair);
	err = ohba_queue_create(&net->pair);
	if (err)
		return err;
	/* Before anybody polls, who fills buffers anew. */
	err = ohba_net_give_buffers(net);
	napi_enable(&net->napi);
	net->running = true;
	if (err)
		return err;
	netif_wake_queue(net->dev);
	/* Frames that came meanwhile found nobody to be woken. */
	local_bh_disable();
	napi_schedule(&net->napi);
	local_bh_enable();
	return 0;
}

static void ohba_net_delete_queue(struct ohba_net *net)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_QUEUE_DELETE,
		.sqe.handle = cpu_to_le32(net->pair.qid),
	};

	/* Then only a reset ends what the device may still do with our buffers. */
	if (ohba_admin_setup(net->hw, &cmd, "QUEUE_DELETE"))
		ohba_kill(&net->hw->pub, "a queue could not be deleted");
}

static void ohba_net_halt(struct ohba_net *net)
{
	lockdep_assert_held(&net->lock);
	if (!net->running)
		return;
	ohba_sq_close(&net->pair);
	if (ohba_net_ready(net))
		ohba_net_delete_queue(net);
	else
		ohba_wait_down(&net->hw->pub);
	napi_disable(&net->napi);
	/* Not sooner: ohba_net_tx_done() wakes it. Nobody touches the buffers now. */
	netif_tx_disable(net->dev);
	ohba_net_take_back(net);
	net->running = false;
}

static int ohba_net_open(struct net_device *dev)
{
	struct ohba_net *net = netdev_priv(dev);
	int err = 0;

	mutex_lock(&net->lock);
	/* Else ohba_net_bring_back() starts it, or did so just before. */
	if (!net->running && ohba_net_ready(net))
		err = ohba_net_start(net);
	if (err)
		ohba_net_halt(net);
	mutex_unlock(&net->lock);
	return err;
}

static int ohba_net_stop(struct net_device *dev)
{
	struct ohba_net *net = netdev_priv(dev);

	mutex_lock(&net->lock);
	ohba_net_halt(net);
	mutex_unlock(&net->lock);
	return 0;
}

static int ohba_net_change_mtu(struct net_device *dev, int mtu)
{
	bool running = netif_running(dev);
	int old = dev->mtu, err = 0;

	/* Buffers are as long as the longest frame. */
	if (running)
		ohba_net_stop(dev);
	WRITE_ONCE(dev->mtu, mtu);
	if (running)
		err = ohba_net_open(dev);
	if (err) {
		WRITE_ONCE(dev->mtu, old);
		ohba_net_open(dev);
	}
	return err;
}

static const struct net_device_ops ohba_net_ops = {
	.ndo_open = ohba_net_open,
	.ndo_stop = ohba_net_stop,
	.ndo_start_xmit = ohba_net_start_xmit,
	.ndo_change_mtu = ohba_net_change_mtu,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

/* --- ethtool ------------------------------------------------------------- */

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

static void ohba_net_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	channels->max_combined = 1;
	channels->combined_count = 1;
}

static const char ohba_net_stat_names[][ETH_GSTRING_LEN] = {
	"rx_no_memory", "stale_completions", "submissions", "doorbells", "ring_full",
};

static int ohba_net_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? ARRAY_SIZE(ohba_net_stat_names) : -EOPNOTSUPP;
}

static void ohba_net_strings(struct net_device *dev, u32 sset, u8 *data)
{
	if (sset == ETH_SS_STATS)
		memcpy(data, ohba_net_stat_names, sizeof(ohba_net_stat_names));
}

static void ohba_net_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct ohba_net *net = netdev_priv(dev);

	*data++ = READ_ONCE(net->rx_dropped);
	*data++ = READ_ONCE(net->stale);
	*data++ = READ_ONCE(net->pair.stats.submissions);
	*data++ = READ_ONCE(net->pair.stats.doorbells);
	*data++ = READ_ONCE(net->pair.stats.full);
}

static const struct ethtool_ops ohba_net_ethtool_ops = {
	.get_drvinfo = ohba_net_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ringparam = ohba_net_ringparam,
	.get_channels = ohba_net_channels,
	.get_sset_count = ohba_net_sset_count,
	.get_strings = ohba_net_strings,
	.get_ethtool_stats = ohba_net_stats,
};

/* --- with the adapter ---------------------------------------------------- */

/* 0: there is none, or none where the helper is: elsewhere the number is another's. */
int ohba_net_ifindex(struct ohba_hw *hw)
{
	struct ohba_net *net = READ_ONCE(hw->net);

	return net && net_eq(dev_net(net->dev), &init_net) ? net->dev->ifindex : 0;
}

/* The link changed. */
void ohba_net_link(struct ohba_hw *hw, bool up)
{
	struct ohba_net *net = READ_ONCE(hw->net);

	if (!net)
		return;
	if (up)
		netif_carrier_on(net->dev);
	else
		netif_carrier_off(net->dev);
}

/* Events tell what follows; this is how it stands at the start. */
static int ohba_net_ask_link(struct ohba_hw *hw)
{
	struct ohba_admin_cmd cmd = { .sqe.opcode = OHBA_ADMIN_PORT_GET };
	struct ohba_port *port;
	struct ohba_dma dma;
	int err;

	err = ohba_dma_alloc(hw, &dma, sizeof(*port));
	if (err)
		return err;
	port = dma.mem;
	ohba_admin_data(&cmd, dma.addr, sizeof(*port));
	err = ohba_admin_setup(hw, &cmd, "PORT_GET");
	if (!err)
		ohba_net_link(hw, READ_ONCE(port->link_up));
	ohba_dma_free(hw, &dma);
	return err;
}

/* The adapter stops: nothing is submitted any more. life_lock is held. */
void ohba_net_quiesce(struct ohba_hw *hw)
{
	struct ohba_net *net = hw->net;

	if (!net)
		return;
	/* After hw->down. Pairs with the acquire in ohba_net_bring_back(). */
	smp_store_release(&net->stops, net->stops + 1);
	ohba_sq_close(&net->pair);
	netif_carrier_off(net->dev);
}

/* The adapter was started again, and knows of no queue. */
int ohba_net_bring_back(struct ohba_hw *hw)
{
	struct ohba_net *net = hw->net;
	unsigned int stops;
	int err = 0;

	if (!net)
		return 0;
	/* That its rings fit is known, as no admin queue has shorter ones. */
	if (net->pair.qid > hw->max_queues)
		return -EPROTO;
	mutex_lock(&net->lock);
	ohba_net_halt(net);
	/* A stop that this has seen has set hw->down before. */
	stops = smp_load_acquire(&net->stops);
	if (READ_ONCE(hw->down)) {
		err = -ENODEV;
	} else {
		net->known_stops = stops;
		if (netif_running(net->dev))
			err = ohba_net_start(net);
	}
	mutex_unlock(&net->lock);
	return err ?: ohba_net_ask_link(hw);
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

/* Neither who stops the adapter nor its admin vector's handlers use it after this. */
static void ohba_net_unset(struct ohba_hw *hw)
{
	mutex_lock(&hw->life_lock);
	WRITE_ONCE(hw->net, NULL);
	mutex_unlock(&hw->life_lock);
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
	WRITE_ONCE(hw->net, net);
	err = register_netdev(dev);
	if (err)
		goto unset;
	return ohba_net_ask_link(hw);

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
	struct ohba_net *net = hw->net;

	if (!net)
		return;
	unregister_netdev(net->dev);
	ohba_net_unset(hw);
	netif_napi_del(&net->napi);
	ohba_pair_free(&net->pair);
	free_percpu(net->dev->tstats);
	free_netdev(net->dev);
}

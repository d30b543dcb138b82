// SPDX-License-Identifier: GPL-2.0-or-later
/* Network devices, frames, NAPI (net.h). */
#include "shim.h"

#define NET_IP_ALIGN	2

struct net_device *shim_netdev;
unsigned int shim_skbs, shim_net_frames;
u8 shim_net_frame[16384];
u32 shim_net_frame_len;

void (*shim_net_opening)(void), (*shim_net_registering)(void), (*shim_net_asked)(void);

static struct mutex rtnl;
static int next_ifindex;

/* --- frames ---------------------------------------------------------------------- */

static struct sk_buff *skb_new(u32 room, u32 reserve, gfp_t gfp)
{
	struct sk_buff *skb = kzalloc(sizeof(*skb), gfp);

	if (!skb)
		return NULL;
	/* Of its own, and exactly so long, so that whoever goes beyond is seen. */
	skb->size = room + reserve;
	skb->head = malloc(skb->size);
	shim_check(skb->head, "no memory for a frame");
	memset(skb->head, 0xee, skb->size);
	skb->data = skb->head + reserve;
	shim_skbs++;
	return skb;
}

struct sk_buff *__netdev_alloc_skb_ip_align(struct net_device *dev, u32 len, gfp_t gfp)
{
	struct sk_buff *skb;

	shim_check(!shim_gfp_insists(gfp), "a frame's memory is waited for, for ever");
	shim_check(!shim_gfp_sleeps(gfp) || dev->stopped,
		   "a frame's memory is waited for while others wait to be received");
	skb = skb_new(len, NET_IP_ALIGN, gfp);
	if (skb)
		skb->dev = dev;
	return skb;
}

static u32 tailroom(const struct sk_buff *skb)
{
	return skb->head + skb->size - (skb->data + skb->len);
}

void *skb_put(struct sk_buff *skb, u32 len)
{
	void *tail = skb->data + skb->len;

	shim_check(len <= tailroom(skb), "%u bytes are put where %u have room", len,
		   tailroom(skb));
	skb->len += len;
	return tail;
}

int skb_put_padto(struct sk_buff *skb, u32 len)
{
	u32 pad = skb->len < len ? len - skb->len : 0;

	if (pad > tailroom(skb)) {
		u8 *head = shim_alloc_allowed(0) ? malloc(len) : NULL;

		if (!head) {
			dev_kfree_skb_any(skb);
			return -ENOMEM;
		}
		memcpy(head, skb->data, skb->len);
		free(skb->head);
		skb->head = skb->data = head;
		skb->size = len;
	}
	memset(skb->data + skb->len, 0, pad);
	skb->len += pad;
	return 0;
}

void dev_kfree_skb_any(struct sk_buff *skb)
{
	if (!skb)
		return;
	shim_check(!shim_dma_maps(skb->head, skb->size), "a frame is freed that is mapped");
	free(skb->head);
	kfree(skb);
	shim_skbs--;
}

void napi_consume_skb(struct sk_buff *skb, int budget)
{
	shim_check(!budget || shim_atomic, "a budget outside of a poll");
	dev_kfree_skb_any(skb);
}

u16 eth_type_trans(struct sk_buff *skb, struct net_device *dev)
{
	u16 type;

	shim_check(skb->len >= ETH_HLEN, "a frame of %u bytes has no header", skb->len);
	skb->dev = dev;
	memcpy(&type, skb->data + 12, sizeof(type));
	skb->data += ETH_HLEN;
	skb->len -= ETH_HLEN;
	return type;
}

/* --- NAPI ------------------------------------------------------------------------------ */

static int napi_poll(struct irq_poll *iop, int budget)
{
	struct napi_struct *napi = container_of(iop, struct napi_struct, iop);
	int done;

	napi->polling = true;
	napi->completed = false;
	done = napi->poll(napi, budget);
	napi->polling = false;
	shim_check((done < budget) == napi->completed,
		   "a poll did %d of %d and is not complete", done, budget);
	return done;
}

void netif_napi_add(struct net_device *dev, struct napi_struct *napi,
		    int (*poll)(struct napi_struct *napi, int budget))
{
	shim_check(!napi->added, "a NAPI is added twice");
	memset(napi, 0, sizeof(*napi));
	irq_poll_init(&napi->iop, NAPI_POLL_WEIGHT, napi_poll);
	napi->dev = dev;
	napi->poll = poll;
	napi->added = true;
	napi->iop.disabled = true;
	dev->napis++;
}

void netif_napi_del(struct napi_struct *napi)
{
	shim_might_sleep("netif_napi_del()");
	shim_check(napi->added && napi->iop.disabled, "a NAPI is deleted that is enabled");
	napi->added = false;
	napi->dev->napis--;
}

void napi_enable(struct napi_struct *napi)
{
	shim_check(napi->added && napi->iop.disabled, "a NAPI is enabled twice");
	napi->iop.disabled = napi->missed = false;
}

void napi_disable(struct napi_struct *napi)
{
	shim_check(napi->added && !napi->iop.disabled, "a NAPI is disabled twice: that hangs");
	irq_poll_disable(&napi->iop);
}

void napi_schedule(struct napi_struct *napi)
{
	shim_check(napi->added, "a NAPI is scheduled that is none");
	/* As the kernel says: without this the softirq runs whenever one does. */
	shim_check(shim_atomic, "a NAPI is scheduled where no softirq follows");
	if (napi->iop.scheduled)
		napi->missed = true;
	irq_poll_sched(&napi->iop);
}

bool napi_complete_done(struct napi_struct *napi, int done)
{
	bool again = napi->missed && !napi->iop.disabled;

	(void)done;
	shim_check(napi->polling, "a poll is complete that does not run");
	napi->missed = false;
	irq_poll_complete(&napi->iop);
	napi->completed = true;
	if (again)
		irq_poll_sched(&napi->iop);
	return !again;
}

void napi_gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	shim_check(napi->polling && shim_atomic, "a frame is received outside of a poll");
	shim_check(skb->protocol && skb->dev == napi->dev, "a frame of unknown kind");
	shim_check(!shim_dma_maps(skb->head, skb->size), "a frame is received that is mapped");
	shim_check(skb->dev->registered, "a frame is received by a device that is gone");
	shim_net_frame_len = skb->len + ETH_HLEN;
	memcpy(shim_net_frame, skb->data - ETH_HLEN, shim_net_frame_len);
	shim_net_frames++;
	dev_kfree_skb_any(skb);
}

/* --- devices ------------------------------------------------------------------------------ */

struct net_device *alloc_etherdev(int priv_len)
{
	struct net_device *dev;
	size_t len = sizeof(*dev) + priv_len;

	if (!shim_alloc_allowed(GFP_KERNEL))
		return NULL;
	dev = aligned_alloc(64, ALIGN(len, 64ul));
	memset(dev, 0, len);
	shim_kmem_live++;
	dev->mtu = ETH_DATA_LEN;
	dev->carrier = true;
	return dev;
}

void free_netdev(struct net_device *dev)
{
	shim_check(!dev->registered && !dev->napis, "a network device is freed that is in use");
	kfree(dev);
}

int register_netdev(struct net_device *dev)
{
	if (shim_net_registering)
		shim_net_registering();
	mutex_lock(&rtnl);
	shim_check(!shim_netdev, "two network devices");
	if (!shim_alloc_allowed(GFP_KERNEL)) {
		mutex_unlock(&rtnl);
		return -ENOMEM;
	}
	dev->registered = true;
	dev->ifindex = ++next_ifindex;
	dev->net = &init_net;
	shim_netdev = dev;
	mutex_unlock(&rtnl);
	return 0;
}

struct net *shim_net_of(const struct net_device *dev)
{
	if (shim_net_asked)
		shim_net_asked();
	return dev->net;
}

static void dev_close(struct net_device *dev)
{
	if (!dev->running)
		return;
	dev->running = dev->backlog = false;
	dev->netdev_ops->ndo_stop(dev);
}

void unregister_netdev(struct net_device *dev)
{
	mutex_lock(&rtnl);
	shim_check(dev->registered, "a network device is unregistered twice");
	dev_close(dev);
	dev->registered = false;
	shim_netdev = NULL;
	mutex_unlock(&rtnl);
}

void netif_wake_queue(struct net_device *dev)
{
	dev->stopped = dev->backlog = false;
}

void netif_tx_disable(struct net_device *dev)
{
	shim_might_sleep("netif_tx_disable()");
	dev->stopped = true;
}

void dev_sw_netstats_rx_add(struct net_device *dev, u32 len)
{
	shim_check(shim_atomic, "statistics of a CPU, where that may change");
	dev->tstats->rx_packets++;
	dev->tstats->rx_bytes += len;
}

void dev_sw_netstats_tx_add(struct net_device *dev, u32 frames, u32 len)
{
	shim_check(shim_atomic, "statistics of a CPU, where that may change");
	dev->tstats->tx_packets += frames;
	dev->tstats->tx_bytes += len;
}

void dev_get_tstats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	*stats = (struct rtnl_link_stats64) {
		.rx_packets = dev->tstats->rx_packets, .rx_bytes = dev->tstats->rx_bytes,
		.tx_packets = dev->tstats->tx_packets, .tx_bytes = dev->tstats->tx_bytes,
		.tx_dropped = dev->stats.tx_dropped, .tx_errors = dev->stats.tx_errors,
		.rx_errors = dev->stats.rx_errors,
	};
}

void eth_hw_addr_set(struct net_device *dev, const u8 *addr)
{
	memcpy(dev->dev_addr, addr, ETH_ALEN);
}

int eth_mac_addr(struct net_device *dev, void *addr)
{
	if (dev->running)
		return -EBUSY;
	eth_hw_addr_set(dev, addr);
	return 0;
}

int eth_validate_addr(struct net_device *dev)
{
	static const u8 none[ETH_ALEN];

	return dev->dev_addr[0] & 1 || !memcmp(dev->dev_addr, none, ETH_ALEN) ?
	       -EADDRNOTAVAIL : 0;
}

u32 ethtool_op_get_link(struct net_device *dev)
{
	return dev->carrier;
}

/* --- what the test plays --------------------------------------------------------------------- */

int shim_net_open(void)
{
	struct net_device *dev = shim_netdev;
	int err;

	mutex_lock(&rtnl);
	err = dev->running ? -EBUSY : dev->netdev_ops->ndo_validate_addr(dev);
	if (!err) {
		dev->running = true;	/* before it is, as in the kernel */
		if (shim_net_opening)
			shim_net_opening();
		err = dev->netdev_ops->ndo_open(dev);
		dev->running = !err;
	}
	mutex_unlock(&rtnl);
	return err;
}

void shim_net_close(void)
{
	mutex_lock(&rtnl);
	dev_close(shim_netdev);
	mutex_unlock(&rtnl);
}

int shim_net_set_mtu(int mtu)
{
	struct net_device *dev = shim_netdev;
	int err = -EINVAL;

	mutex_lock(&rtnl);
	if (mtu >= dev->min_mtu && mtu <= dev->max_mtu)
		err = dev->netdev_ops->ndo_change_mtu(dev, mtu);
	mutex_unlock(&rtnl);
	return err;
}

static netdev_tx_t start_xmit(struct net_device *dev, struct sk_buff *skb)
{
	netdev_tx_t ret;

	shim_check(!dev->in_xmit, "two transmit at once");
	dev->in_xmit = true;
	local_bh_disable();
	ret = dev->netdev_ops->ndo_start_xmit(skb, dev);
	local_bh_enable();
	dev->in_xmit = false;
	shim_check(ret == NETDEV_TX_OK || dev->stopped,
		   "a frame is refused by a queue that runs: it comes again for ever");
	return ret;
}

int shim_net_send(const void *frame, u32 len)
{
	struct net_device *dev = shim_netdev;
	struct sk_buff *skb;

	if (!dev->running)
		return -ENETDOWN;
	if (dev->stopped) {
		dev->backlog = true;
		return -EBUSY;
	}
	skb = skb_new(len, 0, 0);
	if (!skb)
		return -ENOMEM;
	memcpy(skb_put(skb, len), frame, len);
	skb->dev = dev;
	if (start_xmit(dev, skb) == NETDEV_TX_OK)
		return 0;
	dev_kfree_skb_any(skb);
	dev->backlog = true;
	return -EBUSY;
}

/* --- netlink messages: they are frames, too ------------------------------------------------------ */

struct sk_buff *genlmsg_new(size_t len, gfp_t gfp)
{
	shim_check(!shim_gfp_insists(gfp), "a message's memory is waited for, for ever");
	return skb_new(len + NLMSG_HDRLEN + 4, 0, gfp);
}

void shim_net_reset(void)
{
	shim_check(!shim_netdev, "a network device is left over");
	shim_check(!shim_skbs, "%u frames are left over", shim_skbs);
	shim_check(!shim_genl, "a family of generic netlink is left over");
	shim_net_frames = shim_net_frame_len = 0;
	shim_net_opening = shim_net_registering = shim_net_asked = NULL;
	shim_genl_dumping = NULL;
	shim_genl_err = 0;
	shim_genl_listener = shim_genl_full = false;
	shim_genl_messages = shim_genl_len = 0;
}

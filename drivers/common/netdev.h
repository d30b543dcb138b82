/* SPDX-License-Identifier: GPL-2.0-only */
/* The network device, between who moves its frames and who shows it. */
#ifndef OHBA_NETDEV_H
#define OHBA_NETDEV_H

#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>

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
	struct mutex lock;		/* wanted, running, and the changes of it */
	bool wanted;			/* opened, and not closed */
	bool running;			/* the queue exists, the device has buffers */
	unsigned int stops;		/* of the adapter; life_lock */
	unsigned int quiet_stops;	/* @stops once the device did no DMA; life_lock */
	unsigned int known_stops;	/* @stops when queues could last be made; @lock */
	unsigned int ntx, nrx;		/* as many as its rings have room for */
	spinlock_t tx_lock;		/* tx_free, and bufs from OHBA_NET_RX on */
	unsigned long tx_free[BITS_TO_LONGS(OHBA_NET_TX)];
	/* The first OHBA_NET_RX: of who polls, or of who has @napi disabled. */
	struct ohba_net_buf bufs[OHBA_NET_BUFS];
	unsigned int given;		/* of the first @nrx; who has @napi disabled */
	struct delayed_work refill;	/* of what is missing of them */
	bool mirror;			/* @lock: of who asked for it */
	struct work_struct restart;	/* of the queue, that stands still */
	u32 speed_mbps;			/* 0: unknown; the admin thread */
	u64 tx_timeouts;		/* the stack's watchdog */
	u64 rx_dropped;			/* who polls */
	u64 stale;			/* who polls */
};

/* NULL: there is none. */
static inline struct ohba_net *ohba_net_of(struct ohba_hw *hw)
{
	/* Before what is in it. Pairs with the release in ohba_net_create(). */
	return smp_load_acquire(&hw->net);
}

/* netframes.c */
netdev_tx_t ohba_net_start_xmit(struct sk_buff *skb, struct net_device *dev);
int ohba_net_poll(struct napi_struct *napi, int budget);
bool ohba_net_ready(struct ohba_net *net);
int ohba_net_resume(struct ohba_net *net);
void ohba_net_halt(struct ohba_net *net);
void ohba_net_refill(struct work_struct *work);

/* netdev.c */
int ohba_net_set_mirror(struct ohba_net *net, bool on);

/* ethtool.c */
extern const struct ethtool_ops ohba_net_ethtool_ops;

#endif /* OHBA_NETDEV_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of the network device (netdev.c): buffers that the adapter has of ours, and the
 * queue pair that they come and go by.
 */
#include <linux/etherdevice.h>

#include "netdev.h"

#define OHBA_NET_REFILL_MS	500	/* between two tries */

/* Without NORETRY it would not fail: an adapter's start would wait for its own disks. */
#define OHBA_NET_GFP_START	(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN)
/* Nobody receives meanwhile. */
#define OHBA_NET_GFP_REFILL	(GFP_NOWAIT | __GFP_NOWARN)

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
	net->given = 0;
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

int ohba_net_poll(struct napi_struct *napi, int budget)
{
	struct ohba_net *net = container_of(napi, struct ohba_net, napi);
	struct ohba_pair *pair = &net->pair;
	struct ohba_cqe cqe;
	int done = 0;

	while (done < budget && !ohba_is_down(net->hw) &&
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
	    !ohba_is_down(net->hw))
		napi_schedule(napi);
	return done;
}

/* The admin vector's interrupt came. Context: hard interrupt. */
void ohba_net_irq(struct ohba_hw *hw)
{
	struct ohba_net *net = ohba_net_of(hw);

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

netdev_tx_t ohba_net_start_xmit(struct sk_buff *skb, struct net_device *dev)
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

static int ohba_net_give(struct ohba_net *net, struct ohba_net_buf *buf, gfp_t gfp)
{
	int err = ohba_net_fill(net, buf, gfp) ?: ohba_net_push(net, buf);

	if (err && buf->skb)
		dev_kfree_skb_any(ohba_net_unmap(net, buf));
	return err;
}

/*
 * As many as there is memory for, if any: ohba_net_refill() gives the others. Return: 0;
 * -ENODEV if the adapter stopped.
 */
static int ohba_net_give_buffers(struct ohba_net *net, gfp_t gfp)
{
	int err = 0;

	while (!err && net->given < net->nrx) {
		err = ohba_net_give(net, &net->bufs[net->given], gfp);
		net->given += !err;
	}
	if (err == -ENODEV)
		return err;
	if (err)
		queue_delayed_work(ohba_life_wq, &net->refill,
				   msecs_to_jiffies(OHBA_NET_REFILL_MS));
	return 0;
}

/*
 * Does the device know of the queue, or can it be made? Not from when the adapter
 * stops until ohba_net_bring_back(), though it answers admin commands long before.
 */
bool ohba_net_ready(struct ohba_net *net)
{
	lockdep_assert_held(&net->lock);
	return net->known_stops == READ_ONCE(net->stops);
}

/* Frames that came while nobody polled woke nobody. */
static void ohba_net_listen(struct ohba_net *net)
{
	napi_enable(&net->napi);
	local_bh_disable();
	napi_schedule(&net->napi);
	local_bh_enable();
}

static void ohba_net_delete_queue(struct ohba_net *net)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_QUEUE_DELETE,
		.sqe.handle = cpu_to_le32(net->pair.qid),
	};
	int err = ohba_admin_setup(net->hw, &cmd, "QUEUE_DELETE");

	/* Only a reset ends what the device may still do with our buffers: that one, or ours. */
	if (err == -ENODEV)
		ohba_wait_down(&net->hw->pub);
	else if (err && cmd.status != OHBA_ST_INVALID_HANDLE)
		ohba_kill(&net->hw->pub, "a queue could not be deleted");
}

static int ohba_net_start(struct ohba_net *net)
{
	int err;

	ohba_pair_reset(&net->pair);
	ohba_sq_open(&net->pair);
	err = ohba_queue_create(&net->pair);
	if (err)
		return err;
	/*
	 * Stopped and started before the command was given: the queue is one of the device's
	 * new life, and of that one's end known_stops would say nothing. Or after it was
	 * answered: then the device knows none.
	 */
	if (!ohba_net_ready(net)) {
		ohba_net_delete_queue(net);
		return -ENODEV;
	}
	/* Before anybody polls, who fills buffers anew. */
	err = ohba_net_give_buffers(net, OHBA_NET_GFP_START);
	ohba_net_listen(net);
	net->running = true;
	if (!err)
		netif_wake_queue(net->dev);
	return err;
}

/* Did a stop that began since the queue was made come to where there is no DMA? */
static bool ohba_net_quiet(struct ohba_net *net)
{
	/* Pairs with the release in ohba_net_silence(). */
	return smp_load_acquire(&net->quiet_stops) != net->known_stops;
}

void ohba_net_halt(struct ohba_net *net)
{
	lockdep_assert_held(&net->lock);
	if (!net->running)
		return;
	ohba_sq_close(&net->pair);
	if (ohba_net_ready(net))
		ohba_net_delete_queue(net);
	else if (!ohba_net_quiet(net))
		ohba_wait_down(&net->hw->pub);
	napi_disable(&net->napi);
	/* Not sooner: ohba_net_tx_done() wakes it. Nobody touches the buffers now. */
	netif_tx_disable(net->dev);
	ohba_net_take_back(net);
	net->running = false;
}

/* If it is wanted, and can be; else ohba_net_bring_back() starts it. */
int ohba_net_resume(struct ohba_net *net)
{
	int err = 0;

	lockdep_assert_held(&net->lock);
	if (net->wanted && !net->running && ohba_net_ready(net))
		err = ohba_net_start(net);
	if (err)
		ohba_net_halt(net);
	/* It stopped meanwhile: later. */
	return ohba_net_ready(net) ? err : 0;
}

void ohba_net_refill(struct work_struct *work)
{
	struct ohba_net *net = container_of(to_delayed_work(work), struct ohba_net,
					    refill);

	mutex_lock(&net->lock);
	if (net->running) {
		napi_disable(&net->napi);
		/* Refused by an adapter that stopped: it gets all of them at its restart. */
		(void)ohba_net_give_buffers(net, OHBA_NET_GFP_REFILL);
		ohba_net_listen(net);
	}
	mutex_unlock(&net->lock);
}

// SPDX-License-Identifier: GPL-2.0-only
/* I/O queue pairs: one per CPU with an interrupt, and polling ones. */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "compat.h"
#include "ohba_trace.h"
#include "priv.h"

static int ohba_host_setup(struct ohba_hw *hw)
{
	struct ohba_admin_cmd cmd = { .sqe.opcode = OHBA_ADMIN_HOST_SETUP };
	struct ohba_host_setup *body = (void *)cmd.sqe.body;

	body->sense_base = cpu_to_le64(hw->tags.sense.addr);
	body->sense_stride = cpu_to_le32(hw->tags.sense_stride);
	body->num_tags = cpu_to_le32(hw->tags.num_tags);
	return ohba_admin_setup(hw, &cmd, "HOST_SETUP");
}

int ohba_queue_create(struct ohba_pair *pair)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_QUEUE_CREATE,
		.sqe.handle = cpu_to_le32(pair->qid),
	};
	struct ohba_queue_create *body = (void *)cmd.sqe.body;

	body->ctl = cpu_to_le64(pair->dma.addr);
	body->sq = cpu_to_le64(pair->sq_addr);
	body->cq = cpu_to_le64(pair->cq_addr);
	body->sq_size = cpu_to_le32(pair->sq_size);
	body->cq_size = cpu_to_le32(pair->cq_size);
	/* A polling queue never interrupts, but must name a vector. */
	body->vector = cpu_to_le32(pair->polled ? OHBA_VECTOR_ADMIN : pair->qid);
	return ohba_admin_setup(pair->hw, &cmd, "QUEUE_CREATE");
}

static int ohba_pair_start(struct ohba_hw *hw, unsigned int i)
{
	struct ohba_pair *pair = &hw->pairs[i];
	u32 size = clamp_t(u32, roundup_pow_of_two(hw->tags.num_tags),
			   OHBA_QSIZE_MIN, hw->max_qsize);
	int err;

	err = ohba_pair_alloc(hw, pair, i + 1, size, size);
	if (err)
		return err;
	pair->polled = i >= hw->npairs - hw->npoll;
	err = ohba_complete_start(pair);
	if (err)
		return err;
	return ohba_queue_create(pair);
}

/* For commands: one is the network device's. */
static unsigned int ohba_command_queues(const struct ohba_hw *hw)
{
	bool net = hw->features & OHBA_FEATURE_WIRE && hw->max_queues > 1;

	return hw->max_queues - net;
}

static void ohba_count_queues(struct ohba_hw *hw, unsigned int want_poll)
{
	unsigned int max = ohba_command_queues(hw);
	unsigned int irq = min(hw->nvectors - 1, max);

	hw->npoll = min(want_poll, max - irq);
	if (hw->npoll < want_poll)
		dev_warn(hw->pub.dev,
			 "%u polling queues wanted, the adapter has room for %u: raise its number of queues\n",
			 want_poll, hw->npoll);
	hw->npairs = irq + hw->npoll;
}

static int ohba_io_bring_up(struct ohba_hw *hw)
{
	unsigned int i;
	int err;

	err = ohba_host_setup(hw);
	for (i = 0; !err && i < hw->npairs; i++)
		err = ohba_pair_start(hw, i);
	return err ?: ohba_net_create(hw);
}

/**
 * ohba_io_start() - allocate the tags' memory and create the I/O queues
 * @adapter: the adapter
 * @config: what the class wants
 *
 * Context: process, may sleep. After it succeeded the ops are called.
 * Return: 0 or a negative errno, with one line in the log; ohba_destroy()
 * undoes what was done.
 */
int ohba_io_start(struct ohba_adapter *adapter,
		  const struct ohba_io_config *config)
{
	struct ohba_hw *hw = to_hw(adapter);
	int err;

	ohba_count_queues(hw, config->poll_queues);
	hw->pairs = kcalloc_node(hw->npairs, sizeof(*hw->pairs), GFP_KERNEL,
				 dev_to_node(adapter->dev));
	err = hw->pairs ? ohba_tagmem_alloc(hw, config->num_tags,
					    config->sense_len) : -ENOMEM;
	if (!err)
		err = ohba_io_bring_up(hw);
	if (err == -ENOMEM)
		dev_err(adapter->dev,
			"no memory for %u queues and %u tags: lower the module parameter can_queue\n",
			hw->npairs, config->num_tags);
	if (err)
		return err;

	mutex_lock(&hw->life_lock);
	if (!ohba_life_move(hw, OHBA_LIFE_EV_READY))
		err = -ENODEV;
	else
		/* @pairs are there. Pairs with the acquires of who looks at them. */
		smp_store_release(&hw->io_started, true);
	mutex_unlock(&hw->life_lock);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_io_start);

/* The submission rings accept nothing more, and no completion is in progress. */
void ohba_io_quiesce(struct ohba_hw *hw)
{
	unsigned int i;

	for (i = 0; hw->pairs && i < hw->npairs; i++) {
		struct ohba_pair *pair = &hw->pairs[i];

		/* Pairs with the release in ohba_pair_alloc(): locks are ready. */
		if (!smp_load_acquire(&pair->hw))
			continue;
		ohba_sq_close(pair);
		/* Whoever held it has seen that it is down by the time we get it. */
		spin_lock_bh(&pair->cq_lock);
		spin_unlock_bh(&pair->cq_lock);
	}
}

/* The device is stopped: empty rings. */
void ohba_io_reset(struct ohba_hw *hw)
{
	unsigned int i;

	for (i = 0; i < hw->npairs; i++)
		ohba_pair_reset(&hw->pairs[i]);
}

/* Have the restarted device serve the queues that there are; still closed. */
int ohba_io_bring_back(struct ohba_hw *hw)
{
	unsigned int i;
	int err;

	if (hw->max_queues < hw->npairs)
		return -EPROTO;
	err = ohba_host_setup(hw);
	for (i = 0; !err && i < hw->npairs; i++) {
		ohba_complete_arm(&hw->pairs[i]);
		err = ohba_queue_create(&hw->pairs[i]);
	}
	return err ?: ohba_iface_bring_back(hw) ?: ohba_net_bring_back(hw) ?:
	       ohba_link_refresh(hw);
}

void ohba_io_open(struct ohba_hw *hw)
{
	unsigned int i;

	for (i = 0; i < hw->npairs; i++)
		ohba_sq_open(&hw->pairs[i]);
}

/* The device is stopped. */
void ohba_io_free(struct ohba_hw *hw)
{
	unsigned int i;

	for (i = 0; hw->pairs && i < hw->npairs; i++)
		ohba_complete_stop(&hw->pairs[i]);
	/*
	 * irq_poll_disable() waits for irq_poll_complete(), after which
	 * ohba_io_softirq() still arms the ring. A softirq is a read section.
	 */
	synchronize_rcu();
	for (i = 0; hw->pairs && i < hw->npairs; i++)
		ohba_pair_free(&hw->pairs[i]);
	kfree(hw->pairs);
	hw->pairs = NULL;
	ohba_tagmem_free(hw);
}

/**
 * ohba_io_queues() - number of I/O queues, polling ones included
 * @adapter: the adapter
 *
 * Context: any, after ohba_io_start().
 */
unsigned int ohba_io_queues(struct ohba_adapter *adapter)
{
	return to_hw(adapter)->npairs;
}
EXPORT_SYMBOL_GPL(ohba_io_queues);

/**
 * ohba_io_poll_queues() - number of polling queues: the last ones
 * @adapter: the adapter
 *
 * Context: any, after ohba_io_start().
 */
unsigned int ohba_io_poll_queues(struct ohba_adapter *adapter)
{
	return to_hw(adapter)->npoll;
}
EXPORT_SYMBOL_GPL(ohba_io_poll_queues);

/**
 * ohba_io_map_queues() - spread CPUs over the interrupt queues
 * @adapter: the adapter
 * @map: the block layer's map; nr_queues and queue_offset are set
 *
 * Context: process.
 */
void ohba_io_map_queues(struct ohba_adapter *adapter,
			struct blk_mq_queue_map *map)
{
	/*
	 * Vector 0 is the admin queue's. Those that came when memory was short have no
	 * affinity, of which blk_mq_pci_map_queues() would warn.
	 */
	if (pci_irq_get_affinity(adapter->pdev, 1))
		blk_mq_pci_map_queues(map, adapter->pdev, 1);
	else
		blk_mq_map_queues(map);
}
EXPORT_SYMBOL_GPL(ohba_io_map_queues);

/**
 * ohba_io_submit() - hand an I/O command to the device
 * @adapter: the adapter
 * @hwq: index of the queue
 * @sqe: the entry, copied
 *
 * Context: any. Takes the queue's submission lock.
 * Return: 0; -EBUSY if the ring is full; -ENODEV if the adapter is down.
 */
int ohba_io_submit(struct ohba_adapter *adapter, unsigned int hwq,
		   const struct ohba_sqe *sqe)
{
	struct ohba_pair *pair = &to_hw(adapter)->pairs[hwq];
	unsigned long flags;
	int err;

	spin_lock_irqsave(&pair->sq_lock, flags);
	err = ohba_sq_push(pair, sqe);
	spin_unlock_irqrestore(&pair->sq_lock, flags);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_io_submit);

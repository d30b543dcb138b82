// SPDX-License-Identifier: GPL-2.0-only
/* The completion engine: interrupt to irq_poll with a budget, and polling. */
#include <linux/export.h>
#include <linux/interrupt.h>

#include "ohba_trace.h"
#include "priv.h"

#define OHBA_POLL_BUDGET	64	/* completions in a row on one queue */

static void ohba_complete_one(struct ohba_pair *pair, const struct ohba_cqe *cqe)
{
	struct ohba_hw *hw = pair->hw;

	switch (hw->ops->io_done(hw->priv, cqe)) {
	case OHBA_CQE_STALE:
		pair->stats.stale++;
		dev_warn_ratelimited(hw->pub.dev,
				     "firmware completed I/O tag 0x%08x, which is not outstanding: ignored\n",
				     le32_to_cpu(cqe->tag));
		break;
	case OHBA_CQE_LOCAL:
		pair->stats.local_done++;
		break;
	case OHBA_CQE_REMOTE:
		break;
	}
}

/* Complete up to @budget commands. Return: how many entries were taken. */
static int ohba_complete_some(struct ohba_pair *pair, int budget)
{
	struct ohba_cqe cqe;
	int done = 0;

	lockdep_assert_held(&pair->cq_lock);
	while (done < budget && !ohba_is_down(pair->hw) &&
	       ohba_cq_pop(pair, &cqe)) {
		ohba_complete_one(pair, &cqe);
		done++;
	}
	if (done)
		ohba_cq_publish(pair->ctl, pair->cq_head);
	return done;
}

static irqreturn_t ohba_io_irq(int irq, void *data)
{
	struct ohba_pair *pair = data;

	pair->stats.interrupts++;
	trace_ohba_queue(pair->hw->pub.dev, pair->qid, "interrupt",
			 pair->stats.interrupts);
	irq_poll_sched(&pair->iop);
	return IRQ_HANDLED;
}

static int ohba_io_softirq(struct irq_poll *iop, int budget)
{
	struct ohba_pair *pair = container_of(iop, struct ohba_pair, iop);
	bool again;
	int done;

	spin_lock(&pair->cq_lock);
	done = ohba_complete_some(pair, budget);
	pair->stats.softirq_done += done;
	spin_unlock(&pair->cq_lock);
	if (done >= budget)
		return done;

	/*
	 * Leave before arming: an interrupt that comes right after it must be
	 * able to schedule us again.
	 */
	irq_poll_complete(iop);
	spin_lock(&pair->cq_lock);
	ohba_cq_arm(pair->ctl, pair->cq_head);
	again = ohba_cq_pending(pair) && !ohba_is_down(pair->hw);
	spin_unlock(&pair->cq_lock);
	if (again)
		irq_poll_sched(iop);
	return done;
}

/*
 * A polled queue's lock is never taken in softirq, the others' are: lockdep must
 * tell them apart.
 */
static struct lock_class_key ohba_polled_cq_key;

/*
 * A cq_event that lies behind never matches until the indices come around to
 * it: 2^31 entries later it must be moved on.
 */
static void ohba_stay_silent(struct ohba_pair *pair)
{
	WRITE_ONCE(pair->ctl->cq_event,
		   cpu_to_le32(OHBA_CQ_EVENT_NEVER(pair->cq_head)));
}

/* On an empty ring, which is armed when all of it is zero. */
void ohba_complete_arm(struct ohba_pair *pair)
{
	if (pair->polled)
		ohba_stay_silent(pair);
}

/* Let the queue's completions flow: armed, or marked as never interrupting. */
int ohba_complete_start(struct ohba_pair *pair)
{
	struct pci_dev *pdev = pair->hw->pub.pdev;
	int err;

	if (pair->polled) {
		lockdep_set_class(&pair->cq_lock, &ohba_polled_cq_key);
		ohba_complete_arm(pair);
		return 0;
	}
	irq_poll_init(&pair->iop, OHBA_POLL_BUDGET, ohba_io_softirq);
	err = pci_request_irq(pdev, pair->qid, ohba_io_irq, NULL, pair,
			      "ohba-%s-io%u", pci_name(pdev), pair->qid);
	pair->irq_requested = !err;
	if (err)
		dev_err(pair->hw->pub.dev,
			"interrupt of I/O queue %u was refused (%d): free vectors of other devices\n",
			pair->qid, err);
	return err;
}

/* No completion of this queue is being handled, nor will one be. */
void ohba_complete_stop(struct ohba_pair *pair)
{
	if (!pair->irq_requested)
		return;
	pci_free_irq(pair->hw->pub.pdev, pair->qid, pair);
	irq_poll_disable(&pair->iop);
	pair->irq_requested = false;
}

/**
 * ohba_io_poll() - complete what has arrived on a polling queue
 * @adapter: the adapter
 * @hwq: index of the queue
 *
 * Context: process, softirqs enabled: a polled bio that ends with them off goes
 * past the allocation cache that it came from, and bio_put() warns. Takes the
 * queue's completion lock.
 * Return: the number of completions handled.
 */
int ohba_io_poll(struct ohba_adapter *adapter, unsigned int hwq)
{
	struct ohba_pair *pair = &to_hw(adapter)->pairs[hwq];
	int done;

	if (!pair->polled || !ohba_cq_pending(pair))
		return 0;
	spin_lock(&pair->cq_lock);
	done = ohba_complete_some(pair, pair->cq_size);
	if (done)
		ohba_stay_silent(pair);
	pair->stats.polled_done += done;
	spin_unlock(&pair->cq_lock);
	return done;
}
EXPORT_SYMBOL_GPL(ohba_io_poll);

/*
 * What has arrived, though its interrupt may still be on the way, or was lost. The
 * queue is armed for an entry that has been taken then: the softirq arms it anew.
 */
static void ohba_look(struct ohba_pair *pair)
{
	int done;

	spin_lock_bh(&pair->cq_lock);
	done = ohba_complete_some(pair, pair->cq_size);
	spin_unlock_bh(&pair->cq_lock);
	if (done)
		irq_poll_sched(&pair->iop);
}

/**
 * ohba_io_poll_all() - complete what has arrived on any queue
 * @adapter: the adapter
 *
 * For error handling, when the task that should poll may be gone, or what the
 * device has written is to be seen now and not when an interrupt says so.
 *
 * Context: as ohba_io_poll().
 */
void ohba_io_poll_all(struct ohba_adapter *adapter)
{
	struct ohba_hw *hw = to_hw(adapter);
	unsigned int i;

	for (i = 0; i < hw->npairs; i++)
		if (hw->pairs[i].polled)
			ohba_io_poll(adapter, i);
		else
			ohba_look(&hw->pairs[i]);
}
EXPORT_SYMBOL_GPL(ohba_io_poll_all);

/**
 * ohba_io_completed() - how many commands of I/O queues have completed
 * @adapter: the adapter
 *
 * Context: any. Return: since ohba_io_start(), more or less while some complete.
 */
u64 ohba_io_completed(struct ohba_adapter *adapter)
{
	struct ohba_hw *hw = to_hw(adapter);
	unsigned int i;
	u64 done = 0;

	for (i = 0; i < hw->npairs; i++)
		done += READ_ONCE(hw->pairs[i].stats.softirq_done) +
			READ_ONCE(hw->pairs[i].stats.polled_done);
	return done;
}
EXPORT_SYMBOL_GPL(ohba_io_completed);

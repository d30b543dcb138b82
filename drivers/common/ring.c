// SPDX-License-Identifier: GPL-2.0-only
/* Rings: publication, suppression of doorbells and interrupts, phase bits. */
#include <linux/log2.h>
#include <linux/slab.h>

#include "ohba_trace.h"
#include "priv.h"

int ohba_dma_alloc(struct ohba_hw *hw, struct ohba_dma *dma, size_t len)
{
	dma->mem = dma_alloc_coherent(hw->pub.dev, len, &dma->addr, GFP_KERNEL);
	if (!dma->mem)
		return -ENOMEM;
	dma->len = len;
	return 0;
}

void ohba_dma_free(struct ohba_hw *hw, struct ohba_dma *dma)
{
	if (dma->mem)
		dma_free_coherent(hw->pub.dev, dma->len, dma->mem, dma->addr);
	dma->mem = NULL;
}

int ohba_pair_alloc(struct ohba_hw *hw, struct ohba_pair *pair,
		    unsigned int qid, u32 sq_size, u32 cq_size)
{
	size_t sq_off = sizeof(struct ohba_qctl);
	size_t cq_off = sq_off + sq_size * sizeof(struct ohba_sqe);
	int err;

	err = ohba_dma_alloc(hw, &pair->dma,
			     cq_off + cq_size * sizeof(struct ohba_cqe));
	if (err)
		return err;

	pair->qid = qid;
	pair->ctl = pair->dma.mem;
	pair->sq = pair->dma.mem + sq_off;
	pair->cq = pair->dma.mem + cq_off;
	pair->sq_addr = pair->dma.addr + sq_off;
	pair->cq_addr = pair->dma.addr + cq_off;
	pair->sq_size = sq_size;
	pair->cq_size = cq_size;
	pair->doorbell = hw->regs + OHBA_REG_DOORBELL(qid);
	pair->sq_open = true;
	spin_lock_init(&pair->sq_lock);
	spin_lock_init(&pair->cq_lock);
	/* The adapter may die now. Pairs with the acquire in ohba_io_quiesce(). */
	smp_store_release(&pair->hw, hw);
	return 0;
}

void ohba_pair_free(struct ohba_pair *pair)
{
	if (pair->hw)
		ohba_dma_free(pair->hw, &pair->dma);
}

/* An index that the device made up shows a huge distance: full as well. */
static bool ohba_sq_full(const struct ohba_pair *pair)
{
	u32 head = le32_to_cpu(READ_ONCE(pair->ctl->sq_head));

	return pair->sq_tail - head >= pair->sq_size;
}

/* Whether moving an index from @old to @new passed the event index @event. */
static bool ohba_need_event(u32 event, u32 new, u32 old)
{
	return new - event - 1 < new - old;
}

/*
 * Hand @sqe to the device. Any context. -EBUSY: no room; -ENODEV: the ring is
 * closed, as the adapter is down.
 */
int ohba_sq_push(struct ohba_pair *pair, const struct ohba_sqe *sqe)
{
	u32 old = pair->sq_tail;

	lockdep_assert_held(&pair->sq_lock);
	if (unlikely(!pair->sq_open))
		return -ENODEV;
	if (unlikely(ohba_sq_full(pair))) {
		pair->stats.full++;
		return -EBUSY;
	}

	memcpy(&pair->sq[old & (pair->sq_size - 1)], sqe, sizeof(*sqe));
	/* The entry before the index. Pairs with the device's acquire of sq_tail. */
	dma_wmb();
	pair->sq_tail = old + 1;
	WRITE_ONCE(pair->ctl->sq_tail, cpu_to_le32(pair->sq_tail));
	pair->stats.submissions++;

	/* Pairs with the device's barrier between sq_event and its last look. */
	mb();
	if (ohba_need_event(le32_to_cpu(READ_ONCE(pair->ctl->sq_event)),
			    pair->sq_tail, old)) {
		writel(0, pair->doorbell);
		pair->stats.doorbells++;
		trace_ohba_queue(pair->hw->pub.dev, pair->qid, "doorbell",
				 pair->sq_tail);
	}
	return 0;
}

/*
 * To be asked now and then: for how many times in a row there were entries that
 * found no room, and the device took none meanwhile. Its error, not load: a ring has
 * room for all tags, or their commands time out.
 */
unsigned int ohba_sq_stuck(struct ohba_pair *pair)
{
	u32 head = le32_to_cpu(READ_ONCE(pair->ctl->sq_head));
	unsigned int looks;
	unsigned long flags;
	bool moved, full;

	spin_lock_irqsave(&pair->sq_lock, flags);
	moved = head != pair->look.head && pair->sq_tail - head <= pair->sq_size;
	full = pair->stats.full != pair->look.full;
	looks = full && !moved ? pair->look.stuck + 1 : 0;
	pair->look.head = head;
	pair->look.full = pair->stats.full;
	pair->look.stuck = looks;
	spin_unlock_irqrestore(&pair->sq_lock, flags);
	return looks;
}

/* After this no entry is added, and none is being added. */
void ohba_sq_close(struct ohba_pair *pair)
{
	unsigned long flags;

	spin_lock_irqsave(&pair->sq_lock, flags);
	pair->sq_open = false;
	spin_unlock_irqrestore(&pair->sq_lock, flags);
}

void ohba_sq_open(struct ohba_pair *pair)
{
	unsigned long flags;

	spin_lock_irqsave(&pair->sq_lock, flags);
	pair->sq_open = true;
	spin_unlock_irqrestore(&pair->sq_lock, flags);
}

/*
 * Empty, as after ohba_pair_alloc(), but closed. The device is stopped; a late
 * softirq may still look under the lock.
 */
void ohba_pair_reset(struct ohba_pair *pair)
{
	spin_lock_bh(&pair->cq_lock);
	memset(pair->dma.mem, 0, pair->dma.len);
	pair->cq_head = 0;
	spin_unlock_bh(&pair->cq_lock);
	spin_lock_irq(&pair->sq_lock);
	pair->sq_tail = 0;
	pair->look.stuck = 0;
	spin_unlock_irq(&pair->sq_lock);
}

/* Rings start zeroed: the first pass writes 1, the second 0, and so on. */
bool ohba_phase_new(u8 phase, u32 head, u32 size)
{
	return (phase & 1) == !(head & size);
}

bool ohba_cq_pending(const struct ohba_pair *pair)
{
	const struct ohba_cqe *slot = &pair->cq[pair->cq_head & (pair->cq_size - 1)];

	return ohba_phase_new(READ_ONCE(slot->phase), pair->cq_head,
			      pair->cq_size);
}

/*
 * Take the next completion. The copy is what gets checked and used: the device
 * may write to the ring's entry whenever it likes.
 */
bool ohba_cq_pop(struct ohba_pair *pair, struct ohba_cqe *cqe)
{
	if (!ohba_cq_pending(pair))
		return false;
	/* Phase before payload. Pairs with the device's release of the phase. */
	dma_rmb();
	memcpy(cqe, &pair->cq[pair->cq_head & (pair->cq_size - 1)],
	       sizeof(*cqe));
	barrier();	/* no second look at the ring */
	pair->cq_head++;
	return true;
}

/* The entries up to @head may be overwritten. */
void ohba_cq_publish(struct ohba_qctl *ctl, u32 head)
{
	/* Reads before the index. Pairs with the device's acquire of cq_head. */
	mb();
	WRITE_ONCE(ctl->cq_head, cpu_to_le32(head));
}

/* Ask for an interrupt at the next entry; the caller must then look again. */
void ohba_cq_arm(struct ohba_qctl *ctl, u32 head)
{
	WRITE_ONCE(ctl->cq_event, cpu_to_le32(head));
	/* Pairs with the device's barrier between an entry and cq_event. */
	mb();
}

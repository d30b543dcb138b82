// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scatter-gather lists: in the entry, in the tag's own list, or in a chain that
 * begins there and goes on in pages of a reserve (SPEC.md section 4.4).
 *
 * All of it is allocated before the first command. A command that finds the
 * reserve empty waits for others that use it: one that is alone finds it full.
 */
#include <linux/export.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "priv.h"

#define OHBA_SGL_DATA	(OHBA_SGE_LIST_MAX - 1)	/* elements besides a LIST */
#define OHBA_SGL_SPARE	256			/* pages of the reserve */

struct ohba_sgl_page {
	struct ohba_sge *sge;
	dma_addr_t addr;
	struct ohba_sgl_page *next;
};

static_assert(OHBA_SGL_SPARE * OHBA_SGL_DATA >= OHBA_SGL_MAX);

/* What was allocated before a failure is left to ohba_sgl_pool_free(). */
int ohba_sgl_pool_alloc(struct ohba_hw *hw)
{
	struct ohba_sgl_pool *pool = &hw->sgl;
	unsigned int i;
	int err;

	spin_lock_init(&pool->lock);
	pool->pages = kcalloc(OHBA_SGL_SPARE, sizeof(*pool->pages), GFP_KERNEL);
	pool->chain = kvcalloc(hw->tags.num_tags, sizeof(*pool->chain),
			       GFP_KERNEL);
	if (!pool->pages || !pool->chain)
		return -ENOMEM;
	err = ohba_dma_alloc(hw, &pool->dma, OHBA_SGL_SPARE * OHBA_SGL_BYTES);
	if (err)
		return err;
	for (i = 0; i < OHBA_SGL_SPARE; i++) {
		struct ohba_sgl_page *page = &pool->pages[i];

		page->sge = pool->dma.mem + i * OHBA_SGL_BYTES;
		page->addr = pool->dma.addr + i * OHBA_SGL_BYTES;
		page->next = pool->spare;
		pool->spare = page;
	}
	return 0;
}

void ohba_sgl_pool_free(struct ohba_hw *hw)
{
	ohba_dma_free(hw, &hw->sgl.dma);
	kvfree(hw->sgl.chain);
	kfree(hw->sgl.pages);
}

/* --- the reserve --------------------------------------------------------- */

/* Return: @n pages, linked, or NULL if there are less. */
static struct ohba_sgl_page *ohba_sgl_take(struct ohba_sgl_pool *pool,
					   unsigned int n)
{
	struct ohba_sgl_page *first, **link;
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	first = pool->spare;
	for (link = &pool->spare; n && *link; n--)
		link = &(*link)->next;
	if (n) {
		first = NULL;
	} else {
		pool->spare = *link;
		*link = NULL;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return first;
}

static void ohba_sgl_give_back(struct ohba_sgl_pool *pool,
			       struct ohba_sgl_page *first)
{
	struct ohba_sgl_page *last = first;
	unsigned long flags;

	while (last->next)
		last = last->next;
	spin_lock_irqsave(&pool->lock, flags);
	last->next = pool->spare;
	pool->spare = first;
	spin_unlock_irqrestore(&pool->lock, flags);
}

/* --- filling ------------------------------------------------------------- */

static void ohba_put_sge(struct ohba_sge *sge, dma_addr_t addr, u32 len, u32 type)
{
	sge->addr = cpu_to_le64(addr);
	sge->len = cpu_to_le32(len);
	sge->type = cpu_to_le32(type);
}

/* Return: the entry of @sg's list after the @n that were taken. */
static struct scatterlist *ohba_put_data(struct ohba_sge *sge,
					 struct scatterlist *sg, unsigned int n)
{
	for (; n; n--, sge++, sg = sg_next(sg))
		ohba_put_sge(sge, sg_dma_address(sg), sg_dma_len(sg),
			     OHBA_SGE_DATA);
	return sg;
}

static void ohba_put_list(struct ohba_sge *sge, dma_addr_t addr, unsigned int n)
{
	ohba_put_sge(sge, addr, min_t(u32, n, OHBA_SGE_LIST_MAX) * sizeof(*sge),
		     OHBA_SGE_LIST);
}

/* @list is the tag's own, @page what follows. @n is more than the first holds. */
static void ohba_put_chain(struct ohba_sge *list, struct ohba_sgl_page *page,
			   struct scatterlist *sg, unsigned int n)
{
	while (n > OHBA_SGE_LIST_MAX) {
		sg = ohba_put_data(list, sg, OHBA_SGL_DATA);
		n -= OHBA_SGL_DATA;
		ohba_put_list(&list[OHBA_SGL_DATA], page->addr, n);
		list = page->sge;
		page = page->next;
	}
	ohba_put_data(list, sg, n);
}

/**
 * ohba_tag_put_sgl() - describe a command's data to the device
 * @adapter: the adapter
 * @index: tag index, below num_tags
 * @sg: the mapped list
 * @n: its mapped elements, 1 to OHBA_SGL_MAX
 * @sqe: the entry, whose sge and nsge are filled in
 *
 * Context: any; while the tag is the caller's, who ends with
 * ohba_tag_put_back_sgl() when the device is done with the command.
 * Return: 0; -EBUSY if other commands have the whole reserve.
 */
int ohba_tag_put_sgl(struct ohba_adapter *adapter, u32 index,
		     struct scatterlist *sg, unsigned int n,
		     struct ohba_sqe *sqe)
{
	struct ohba_hw *hw = to_hw(adapter);
	struct ohba_sge *list;
	dma_addr_t addr;

	if (n <= OHBA_SGE_INLINE) {
		ohba_put_data(sqe->sge, sg, n);
		sqe->nsge = n;
		return 0;
	}
	list = ohba_tag_sgl(hw, index, &addr);
	ohba_put_list(sqe->sge, addr, n);
	sqe->nsge = 1;
	if (likely(n <= OHBA_SGE_LIST_MAX)) {
		ohba_put_data(list, sg, n);
		return 0;
	}
	/* All but the last list hold OHBA_SGL_DATA, the last one more. */
	hw->sgl.chain[index] =
		ohba_sgl_take(&hw->sgl, DIV_ROUND_UP(n - 1, OHBA_SGL_DATA) - 1);
	if (!hw->sgl.chain[index])
		return -EBUSY;
	ohba_put_chain(list, hw->sgl.chain[index], sg, n);
	return 0;
}
EXPORT_SYMBOL_GPL(ohba_tag_put_sgl);

/**
 * ohba_tag_put_back_sgl() - the device is done with a command's list
 * @adapter: the adapter
 * @index: tag index, below num_tags
 *
 * Context: any; while the tag is the caller's.
 */
void ohba_tag_put_back_sgl(struct ohba_adapter *adapter, u32 index)
{
	struct ohba_sgl_pool *pool = &to_hw(adapter)->sgl;

	if (likely(!pool->chain[index]))
		return;
	ohba_sgl_give_back(pool, pool->chain[index]);
	pool->chain[index] = NULL;
}
EXPORT_SYMBOL_GPL(ohba_tag_put_back_sgl);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that belongs to a tag: sense data, scatter-gather list, the end of a
 * long CDB. Allocated before the first command, so that no command allocates.
 */
#include <linux/export.h>
#include <linux/slab.h>

#include "priv.h"

static int ohba_sgl_alloc(struct ohba_hw *hw)
{
	struct ohba_tag_mem *tags = &hw->tags;
	unsigned int i, n = DIV_ROUND_UP(tags->num_tags, OHBA_SGL_CHUNK);
	int err;

	tags->sgl = kcalloc_node(n, sizeof(*tags->sgl), GFP_KERNEL,
				 dev_to_node(hw->pub.dev));
	if (!tags->sgl)
		return -ENOMEM;
	tags->nsgl = n;
	for (i = 0; i < n; i++) {
		err = ohba_dma_alloc(hw, &tags->sgl[i],
				     OHBA_SGL_CHUNK * OHBA_SGL_BYTES);
		if (err)
			return err;
	}
	return 0;
}

/* What was allocated before a failure is left to ohba_tagmem_free(). */
int ohba_tagmem_alloc(struct ohba_hw *hw, u32 num_tags, u32 sense_len)
{
	struct ohba_tag_mem *tags = &hw->tags;
	int err;

	tags->num_tags = num_tags;
	tags->sense_stride = clamp_t(u32, ALIGN(sense_len, 32), OHBA_SENSE_MIN,
				     OHBA_SENSE_MAX);
	err = ohba_dma_alloc(hw, &tags->sense,
			     (size_t)num_tags * tags->sense_stride);
	if (err)
		return err;
	err = ohba_dma_alloc(hw, &tags->cdb_ext,
			     (size_t)num_tags * OHBA_CDB_EXT_MAX);
	if (err)
		return err;
	return ohba_sgl_alloc(hw) ?: ohba_sgl_pool_alloc(hw);
}

void ohba_tagmem_free(struct ohba_hw *hw)
{
	struct ohba_tag_mem *tags = &hw->tags;
	unsigned int i;

	ohba_sgl_pool_free(hw);
	for (i = 0; i < tags->nsgl; i++)
		ohba_dma_free(hw, &tags->sgl[i]);
	kfree(tags->sgl);
	tags->nsgl = 0;
	tags->sgl = NULL;
	ohba_dma_free(hw, &tags->cdb_ext);
	ohba_dma_free(hw, &tags->sense);
}

/**
 * ohba_tag_sense() - where the device puts sense data of a tag
 * @adapter: the adapter
 * @index: tag index, below num_tags
 * @len: set to the bytes at the returned address
 *
 * Context: any; while the tag is the caller's.
 * Return: the sense slot, which the device can write to at any time.
 */
const u8 *ohba_tag_sense(struct ohba_adapter *adapter, u32 index, u32 *len)
{
	struct ohba_tag_mem *tags = &to_hw(adapter)->tags;

	*len = tags->sense_stride;
	return (u8 *)tags->sense.mem + (size_t)index * tags->sense_stride;
}
EXPORT_SYMBOL_GPL(ohba_tag_sense);

/*
 * The tag's own list, OHBA_SGE_LIST_MAX elements at *@addr. Any context; while
 * the tag is the caller's.
 */
struct ohba_sge *ohba_tag_sgl(struct ohba_hw *hw, u32 index, dma_addr_t *addr)
{
	struct ohba_dma *chunk = &hw->tags.sgl[index / OHBA_SGL_CHUNK];
	size_t offset = (index % OHBA_SGL_CHUNK) * OHBA_SGL_BYTES;

	*addr = chunk->addr + offset;
	return chunk->mem + offset;
}

/**
 * ohba_tag_cdb_ext() - room for the CDB bytes that the entry does not hold
 * @adapter: the adapter
 * @index: tag index, below num_tags
 * @addr: set to its DMA address
 *
 * Context: any; while the tag is the caller's.
 * Return: OHBA_CDB_EXT_MAX bytes.
 */
u8 *ohba_tag_cdb_ext(struct ohba_adapter *adapter, u32 index, dma_addr_t *addr)
{
	struct ohba_dma *ext = &to_hw(adapter)->tags.cdb_ext;
	size_t offset = (size_t)index * OHBA_CDB_EXT_MAX;

	*addr = ext->addr + offset;
	return (u8 *)ext->mem + offset;
}
EXPORT_SYMBOL_GPL(ohba_tag_cdb_ext);

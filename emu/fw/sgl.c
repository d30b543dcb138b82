// SPDX-License-Identifier: GPL-2.0-or-later
/* Scatter-gather lists: parsed once, then mapped piece by piece (sgl.h). */
#include "sgl.h"

#include <endian.h>
#include <string.h>

#include "core.h"

#define ELEMENT_LEN_END		0x80000000u	/* DATA: len < 2^31 */

/* --- parsing ---------------------------------------------------------------- */

/* Where the parser stands. */
struct sgl_walk {
	struct ohba_fw *fw;
	struct ohba_sgl *sgl;
	uint32_t want;			/* bytes to cover */
};

static enum ohba_status add_data(struct sgl_walk *walk, uint64_t addr, uint32_t len)
{
	struct ohba_sgl *sgl = walk->sgl;
	uint32_t left = walk->want - sgl->len;
	struct ohba_seg *seg;

	if (!len || len >= ELEMENT_LEN_END || addr + (len - 1) < addr)
		return OHBA_ST_INVALID_SGL;
	if (sgl->nseg == sgl->max)
		return OHBA_ST_INVALID_SGL;
	seg = &sgl->seg[sgl->nseg++];
	seg->addr = addr;
	seg->start = sgl->len;
	seg->len = len < left ? len : left;
	sgl->len += seg->len;
	return OHBA_ST_SUCCESS;
}

/*
 * Take elements up to the one that covers the rest, or to the LIST that ends
 * them, which is returned in *@next.
 */
static enum ohba_status walk_elements(struct sgl_walk *walk, const struct ohba_sge *sge,
				      uint32_t n, const struct ohba_sge **next)
{
	enum ohba_status status = OHBA_ST_SUCCESS;
	uint32_t i;

	*next = NULL;
	for (i = 0; !status && i < n && walk->sgl->len < walk->want; i++) {
		switch (le32toh(sge[i].type)) {
		case OHBA_SGE_DATA:
			status = add_data(walk, le64toh(sge[i].addr), le32toh(sge[i].len));
			break;
		case OHBA_SGE_LIST:
			*next = &sge[i];
			status = i == n - 1 ? OHBA_ST_SUCCESS : OHBA_ST_INVALID_SGL;
			break;
		default:
			status = OHBA_ST_INVALID_SGL;
		}
	}
	return status;
}

/* Fetch the elements of LIST @sge; *@n says how many. */
static enum ohba_status fetch_list(struct ohba_fw *fw, const struct ohba_sge *sge,
				   struct ohba_sge *list, uint32_t *n)
{
	uint64_t addr = le64toh(sge->addr);
	uint32_t len = le32toh(sge->len);

	if (!len || len > OHBA_SGE_LIST_MAX * sizeof(*list))
		return OHBA_ST_INVALID_SGL;
	if (len % sizeof(*list) || addr % sizeof(*list) || addr + (len - 1) < addr)
		return OHBA_ST_INVALID_SGL;
	*n = len / sizeof(*list);
	return ohba_dma_read(fw, addr, list, len);
}

static enum ohba_status walk_lists(struct sgl_walk *walk, const struct ohba_sge *next)
{
	struct ohba_sge list[OHBA_SGE_LIST_MAX];
	uint32_t lists = 0, n;
	enum ohba_status status;

	do {
		if (lists++ == OHBA_SGE_LISTS_MAX)
			return OHBA_ST_INVALID_SGL;
		status = fetch_list(walk->fw, next, list, &n);
		if (!status)
			status = walk_elements(walk, list, n, &next);
	} while (!status && next);
	return status;
}

enum ohba_status ohba_sgl_parse(struct ohba_fw *fw, struct ohba_sgl *sgl,
				const struct ohba_sqe *sqe)
{
	struct sgl_walk walk = { .fw = fw, .sgl = sgl, .want = le32toh(sqe->data_len) };
	const struct ohba_sge *next;
	enum ohba_status status;

	sgl->nseg = 0;
	sgl->len = 0;
	sgl->hint = 0;
	if (sqe->nsge > OHBA_SGE_INLINE)
		return OHBA_ST_INVALID_SGL;
	status = walk_elements(&walk, sqe->sge, sqe->nsge, &next);
	if (!status && next)
		status = walk_lists(&walk, next);
	if (!status && sgl->len < walk.want)
		status = OHBA_ST_INVALID_SGL;
	return status;
}

/* --- mapping ---------------------------------------------------------------- */

static bool seg_holds(const struct ohba_seg *seg, uint32_t off)
{
	return off >= seg->start && off - seg->start < seg->len;
}

/* The segment of offset @off, which is below sgl->len. */
static uint32_t find_seg(struct ohba_sgl *sgl, uint32_t off)
{
	uint32_t lo = 0, hi = sgl->nseg, mid;

	/* Transfers run forward: mostly the last segment or the one behind it. */
	if (seg_holds(&sgl->seg[sgl->hint], off))
		return sgl->hint;
	if (sgl->hint + 1 < sgl->nseg && seg_holds(&sgl->seg[sgl->hint + 1], off))
		return ++sgl->hint;
	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (sgl->seg[mid].start <= off)
			lo = mid;
		else
			hi = mid;
	}
	sgl->hint = lo;
	return lo;
}

static bool in_sgl(const struct ohba_sgl *sgl, uint32_t off, uint32_t len)
{
	return off <= sgl->len && len <= sgl->len - off;
}

/* Map what is contiguous at @off, at most @len bytes. */
static bool map_piece(struct ohba_fw *fw, struct ohba_sgl *sgl, uint32_t off,
		      uint32_t len, struct ohba_map *map)
{
	struct ohba_seg *seg = &sgl->seg[find_seg(sgl, off)];
	uint32_t skip = off - seg->start;
	size_t part = seg->len - skip < len ? seg->len - skip : len;
	void *ptr = fw->ops->dma_map(fw->host, seg->addr + skip, &part, map->write);

	if (!ptr)
		return false;
	map->iov[map->n].iov_base = ptr;
	map->iov[map->n].iov_len = part;
	map->n++;
	map->len += part;
	return true;
}

enum ohba_status ohba_sgl_map(struct ohba_fw *fw, struct ohba_sgl *sgl,
			      uint32_t off, uint32_t len, bool write,
			      struct ohba_map *map)
{
	map->n = 0;
	map->len = 0;
	map->write = write;
	if (!len || !in_sgl(sgl, off, len))
		return OHBA_ST_INVALID_SGL;
	while (map->len < len && map->n < OHBA_MAP_MAX) {
		if (map_piece(fw, sgl, off + map->len, len - map->len, map))
			continue;
		ohba_sgl_unmap(fw, map, 0);
		return OHBA_ST_DMA_FAULT;
	}
	return OHBA_ST_SUCCESS;
}

void ohba_sgl_unmap(struct ohba_fw *fw, struct ohba_map *map, uint32_t done)
{
	int i;

	for (i = 0; i < map->n; i++) {
		size_t len = map->iov[i].iov_len;
		size_t part = done < len ? done : len;

		fw->ops->dma_unmap(fw->host, map->iov[i].iov_base, len, map->write, part);
		done -= part;
	}
	map->n = 0;
	map->len = 0;
}

/* --- copies ----------------------------------------------------------------- */

static enum ohba_status sgl_copy(struct ohba_fw *fw, struct ohba_sgl *sgl, uint32_t off,
				 char *buf, uint32_t len, bool write)
{
	enum ohba_status status;

	if (!in_sgl(sgl, off, len))
		return OHBA_ST_INVALID_SGL;
	while (len) {
		struct ohba_seg *seg = &sgl->seg[find_seg(sgl, off)];
		uint32_t skip = off - seg->start;
		uint32_t part = seg->len - skip < len ? seg->len - skip : len;

		status = write ? ohba_dma_write(fw, seg->addr + skip, buf, part)
			       : ohba_dma_read(fw, seg->addr + skip, buf, part);
		if (status)
			return status;
		off += part;
		buf += part;
		len -= part;
	}
	return OHBA_ST_SUCCESS;
}

enum ohba_status ohba_sgl_read(struct ohba_fw *fw, struct ohba_sgl *sgl,
			       uint32_t off, void *buf, uint32_t len)
{
	return sgl_copy(fw, sgl, off, buf, len, false);
}

enum ohba_status ohba_sgl_fetch(struct ohba_fw *fw, const struct ohba_sqe *sqe, void *data,
				uint32_t len)
{
	struct ohba_seg seg[OHBA_SGE_INLINE];
	struct ohba_sgl sgl = { .seg = seg, .max = OHBA_SGE_INLINE };
	enum ohba_status status;

	if (le32toh(sqe->data_len) != len)
		return OHBA_ST_INVALID_FIELD;
	status = ohba_sgl_parse(fw, &sgl, sqe);
	return status ? status : ohba_sgl_read(fw, &sgl, 0, data, len);
}

enum ohba_status ohba_sgl_write(struct ohba_fw *fw, struct ohba_sgl *sgl,
				uint32_t off, const void *buf, uint32_t len)
{
	/* Writing to the guest only reads @buf. */
	return sgl_copy(fw, sgl, off, (char *)buf, len, true);
}

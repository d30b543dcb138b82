/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scatter-gather lists: fetched from the guest once, bounded, then used.
 */
#ifndef OHBA_SGL_H
#define OHBA_SGL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "ohba_queue.h"
#include "ohba_status.h"

struct ohba_fw;

struct ohba_seg {
	uint64_t addr;
	uint32_t len;		/* bytes */
	uint32_t start;		/* offset of the segment in the buffer, bytes */
};

/*
 * struct ohba_sgl - a data buffer of one command. The segments cover exactly
 * @len bytes. @seg points into storage that the owner provides (@max segments).
 */
struct ohba_sgl {
	struct ohba_seg *seg;
	uint32_t max;
	uint32_t nseg;
	uint32_t len;		/* bytes */
	uint32_t hint;		/* where the last look-up ended */
};

/*
 * Parse the elements of @sqe (inline and lists) into @sgl, whose @seg and @max
 * the caller has set. Refuses what ohba_queue.h forbids: OHBA_ST_INVALID_SGL,
 * OHBA_ST_DMA_FAULT.
 */
enum ohba_status ohba_sgl_parse(struct ohba_fw *fw, struct ohba_sgl *sgl,
				const struct ohba_sqe *sqe);

/* Guest pages mapped for one transfer. */
#define OHBA_MAP_MAX	64

struct ohba_map {
	struct iovec iov[OHBA_MAP_MAX];
	int n;
	uint32_t len;		/* bytes mapped, all of iov[] */
	bool write;
};

/*
 * Map up to @len bytes at @off of @sgl; may map fewer when iov[] is full
 * (map->len says how many, at least 1). On OHBA_ST_DMA_FAULT nothing is mapped.
 * Unmap before returning to the loop: mappings pin guest memory.
 */
enum ohba_status ohba_sgl_map(struct ohba_fw *fw, struct ohba_sgl *sgl,
			      uint32_t off, uint32_t len, bool write,
			      struct ohba_map *map);
/* @done: bytes from the start that were written (0 for a read mapping). */
void ohba_sgl_unmap(struct ohba_fw *fw, struct ohba_map *map, uint32_t done);

/* Copy between @sgl and @buf, for control structures, not for payload. */
enum ohba_status ohba_sgl_read(struct ohba_fw *fw, struct ohba_sgl *sgl,
			       uint32_t off, void *buf, uint32_t len);
enum ohba_status ohba_sgl_write(struct ohba_fw *fw, struct ohba_sgl *sgl,
				uint32_t off, const void *buf, uint32_t len);
/* All of the data of a command that must have @len bytes, in no list of its own. */
enum ohba_status ohba_sgl_fetch(struct ohba_fw *fw, const struct ohba_sqe *sqe, void *data,
				uint32_t len);

/* Copy between guest memory at @addr and @buf. */
enum ohba_status ohba_dma_read(struct ohba_fw *fw, uint64_t addr, void *buf, size_t len);
enum ohba_status ohba_dma_write(struct ohba_fw *fw, uint64_t addr, const void *buf, size_t len);

#endif /* OHBA_SGL_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/* Copies between guest memory and ours, for control structures (sgl.h). */
#include <string.h>

#include "core.h"

typedef void (*copy_fn)(void *guest, void *buf, size_t len);

static void from_guest(void *guest, void *buf, size_t len)
{
	memcpy(buf, guest, len);
}

static void to_guest(void *guest, void *buf, size_t len)
{
	memcpy(guest, buf, len);
}

static enum ohba_status dma_copy(struct ohba_fw *fw, uint64_t addr, void *buf,
				 size_t len, bool write, copy_fn copy)
{
	char *p = buf;

	while (len) {
		size_t part = len;
		void *guest = fw->ops->dma_map(fw->host, addr, &part, write);

		if (!guest)
			return OHBA_ST_DMA_FAULT;
		copy(guest, p, part);
		fw->ops->dma_unmap(fw->host, guest, part, write, write ? part : 0);
		addr += part;
		p += part;
		len -= part;
	}
	return OHBA_ST_SUCCESS;
}

enum ohba_status ohba_dma_read(struct ohba_fw *fw, uint64_t addr, void *buf, size_t len)
{
	return dma_copy(fw, addr, buf, len, false, from_guest);
}

enum ohba_status ohba_dma_write(struct ohba_fw *fw, uint64_t addr, const void *buf, size_t len)
{
	/* to_guest() only reads @buf. */
	return dma_copy(fw, addr, (void *)buf, len, true, to_guest);
}

/* Bounded by the host's page size: HOST_SETUP asks for at most 256 MiB. */
enum ohba_status ohba_dma_probe(struct ohba_fw *fw, uint64_t addr, uint64_t len, bool write)
{
	while (len) {
		size_t part = len;
		void *guest = fw->ops->dma_map(fw->host, addr, &part, write);

		if (!guest)
			return OHBA_ST_DMA_FAULT;
		fw->ops->dma_unmap(fw->host, guest, part, write, 0);
		addr += part;
		len -= part;
	}
	return OHBA_ST_SUCCESS;
}

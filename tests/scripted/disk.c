// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks: files and memory. */
#include "scsi.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scsi_lun *next_lun(struct scsi_disks *disks, uint64_t bytes)
{
	struct scsi_lun *lun = &disks->lun[disks->count];

	if (disks->count == SCSI_LUNS_MAX) {
		errno = ENOSPC;
		return NULL;
	}
	if (bytes < SCSI_BLOCK) {
		errno = EINVAL;
		return NULL;
	}
	*lun = (struct scsi_lun){ .fd = -1, .blocks = bytes / SCSI_BLOCK };
	return lun;
}

bool scsi_add_file(struct scsi_disks *disks, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct scsi_lun *lun = NULL;
	off_t end;

	if (fd < 0)
		return false;
	end = lseek(fd, 0, SEEK_END);
	if (end >= 0)
		lun = next_lun(disks, (uint64_t)end);
	if (!lun) {
		close(fd);
		return false;
	}
	lun->fd = fd;
	disks->count++;
	return true;
}

bool scsi_add_ram(struct scsi_disks *disks, uint64_t bytes)
{
	struct scsi_lun *lun = next_lun(disks, bytes);
	void *ram;

	if (!lun)
		return false;
	ram = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ram == MAP_FAILED)
		return false;
	lun->ram = ram;
	disks->count++;
	return true;
}

void scsi_close(struct scsi_disks *disks)
{
	while (disks->count) {
		struct scsi_lun *lun = &disks->lun[--disks->count];

		if (lun->fd >= 0)
			close(lun->fd);
		else
			munmap(lun->ram, lun->blocks * SCSI_BLOCK);
	}
}

struct scsi_disks scsi_part(const struct scsi_disks *disks, uint32_t n, uint32_t of)
{
	struct scsi_disks part = *disks;

	for (unsigned i = 0; i < part.count; i++) {
		part.lun[i].blocks /= of;
		part.lun[i].first += part.lun[i].blocks * n;
	}
	part.identity += n * SCSI_LUNS_MAX;
	return part;
}

bool scsi_read(struct scsi_lun *disk, uint64_t offset, void *buf, uint32_t len)
{
	if (disk->fd >= 0)
		return pread(disk->fd, buf, len, (off_t)offset) == (ssize_t)len;
	memcpy(buf, disk->ram + offset, len);
	return true;
}

bool scsi_write(struct scsi_lun *disk, uint64_t offset, const void *buf, uint32_t len)
{
	if (disk->fd >= 0)
		return pwrite(disk->fd, buf, len, (off_t)offset) == (ssize_t)len;
	memcpy(disk->ram + offset, buf, len);
	return true;
}

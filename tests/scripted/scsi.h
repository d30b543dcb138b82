/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks and the SCSI commands that they take (SPC-4, SBC-3). Nothing here knows iSCSI. */
#ifndef TARGET_SCSI_H
#define TARGET_SCSI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCSI_BLOCK	512u
#define SCSI_MAX_BLOCKS	8192u	/* of one READ or WRITE; said in VPD page b0 */
#define SCSI_REPLY_MAX	512u	/* bytes of a reply that is not from the medium */
#define SCSI_SENSE_LEN	18u
#define SCSI_CDB_LEN	16u
#define SCSI_LUNS_MAX	16u

enum scsi_status {
	SCSI_GOOD		= 0x00,
	SCSI_CHECK_CONDITION	= 0x02,
	SCSI_BUSY		= 0x08,
	SCSI_TASK_SET_FULL	= 0x28,
};

struct scsi_sense {
	uint8_t key, asc, ascq;
};

struct scsi_lun {
	int	 fd;		/* or -1: @ram */
	uint8_t *ram;
	uint64_t first;		/* block of these */
	uint64_t blocks;
};

struct scsi_disks {
	struct scsi_lun lun[SCSI_LUNS_MAX];
	unsigned	count;
	uint32_t	identity;	/* of the first; the others' follow */
};

/* What became of a command. @len bytes go to or come from @disk at @offset
 * when there is a @disk; otherwise they are in @reply.
 */
struct scsi_result {
	uint8_t		  status;	/* enum scsi_status */
	struct scsi_sense sense;	/* with SCSI_CHECK_CONDITION */
	bool		  write;
	struct scsi_lun	 *disk;
	uint64_t	  offset;	/* bytes */
	uint32_t	  len;		/* bytes */
	uint8_t		  reply[SCSI_REPLY_MAX];
};

/* False, with errno set, when there is no such disk or it has no block. */
bool scsi_add_file(struct scsi_disks *disks, const char *path);
bool scsi_add_ram(struct scsi_disks *disks, uint64_t bytes);
void scsi_close(struct scsi_disks *disks);
/* Part @n of @of of each, as disks of their own, which are not to be closed. */
struct scsi_disks scsi_part(const struct scsi_disks *disks, uint32_t n, uint32_t of);

/* @lun: the eight bytes of the header (SAM-5 4.7). */
void scsi_execute(struct scsi_disks *disks, const uint8_t lun[8],
		  const uint8_t cdb[SCSI_CDB_LEN], struct scsi_result *result);
void scsi_fail(struct scsi_result *result, uint8_t key, uint8_t asc, uint8_t ascq);
void scsi_put_sense(const struct scsi_sense *sense, uint8_t out[SCSI_SENSE_LEN]);

/* The caller keeps within what scsi_execute() allowed. False: the file failed. */
bool scsi_read(struct scsi_lun *disk, uint64_t offset, void *buf, uint32_t len);
bool scsi_write(struct scsi_lun *disk, uint64_t offset, const void *buf, uint32_t len);

#endif /* TARGET_SCSI_H */

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* I/O commands of the fw class (SPEC.md, "SCSI commands"). */
#ifndef OHBA_IO_H
#define OHBA_IO_H

#include <linux/types.h>

enum ohba_io_op {
	/*
	 * One SCSI command. handle: session handle; data_len and sge: the data
	 * buffer; tag: see OHBA_TAG_INDEX; body: struct ohba_io_scsi.
	 */
	OHBA_IO_SCSI	= 0x80,

	/*
	 * With OHBA_FEATURE_WIRE, on any I/O queue, with any tag. An Ethernet frame of
	 * the host's, from its header on, without FCS: OHBA_FRAME_MIN..OHBA_FRAME_MAX
	 * bytes in sge[], which has no LIST. Completes when it was handed to the port.
	 */
	OHBA_IO_NET_TX	= 0x90,
	/*
	 * A buffer, without LIST, for a frame that is not for a connection of the
	 * adapter's; result: its bytes. Used in the order given; without one, and where
	 * it is too short, the frame is lost. QUEUE_DELETE gives it back
	 * (OHBA_ST_ABORTED).
	 */
	OHBA_IO_NET_RX	= 0x91,
};

#define OHBA_FRAME_MIN		14	/* bytes */
#define OHBA_FRAME_MAX		9018	/* MTU 9000, with a VLAN tag */
#define OHBA_NET_RX_DEPTH	256	/* NET_RX outstanding on all queues */

/* flags of OHBA_IO_SCSI: the direction; none for no data, never both. */
#define OHBA_IO_READ		0x01	/* target to host */
#define OHBA_IO_WRITE		0x02	/* host to target */

/*
 * An I/O tag is index | generation << 16. The index names a row of the
 * adapter's task table and of the sense area, and must be below num_tags of
 * HOST_SETUP; the generation is the host's own, compared by nobody but the
 * host. An index may be used again once its completion is visible.
 */
#define OHBA_TAG_INDEX(tag)	((tag) & 0xffff)
#define OHBA_TAG(index, gen)	((index) | (__u32)(gen) << 16)

#define OHBA_TAGS_MAX		65535	/* num_tags (SPEC.md section 10) */

/* Task attributes, numbered as in RFC 7143 section 11.3.1. */
enum ohba_task_attr {
	OHBA_ATTR_UNTAGGED	= 0,
	OHBA_ATTR_SIMPLE	= 1,
	OHBA_ATTR_ORDERED	= 2,
	OHBA_ATTR_HEAD		= 3,
	OHBA_ATTR_ACA		= 4,
};

#define OHBA_CDB_INLINE		16
#define OHBA_CDB_MAX		260	/* SPC-4: variable-length CDB */

struct ohba_io_scsi {
	__u8   lun[8];		/* as SAM lays it out, big-endian */
	__u8   cdb[OHBA_CDB_INLINE];
	__le64 cdb_ext;		/* address of CDB bytes 16.., if cdb_len > 16 */
	__le16 cdb_len;		/* bytes, 1..OHBA_CDB_MAX */
	__u8   attr;		/* enum ohba_task_attr */
	__u8   rsvd[13];
};

_Static_assert(sizeof(struct ohba_io_scsi) == 48, "ABI");

#endif /* OHBA_IO_H */

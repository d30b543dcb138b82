/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Rings: control block, submission entry, completion entry, scatter-gather
 * element (SPEC.md, "Queues").
 *
 * Everything here lies in host memory, little-endian. Indices are free-running
 * 32-bit counters of entries; the slot of index i in a ring of n entries (n a
 * power of two) is i & (n - 1). Reserved fields: SPEC.md, top.
 */
#ifndef OHBA_QUEUE_H
#define OHBA_QUEUE_H

#include <linux/types.h>

#define OHBA_QSIZE_MIN		2
#define OHBA_QSIZE_MAX		32768

/*
 * struct ohba_qctl - the indices of one queue pair (or of the event queue,
 * which has no submission side). 128 bytes, aligned to 64. Each half is
 * written by one side only and fills a cache line of its own.
 *
 * Publication (both directions): write the entries, then the index with
 * release semantics. Suppression (both directions, as virtio's event index):
 * after moving an index from @old to @new, the writer issues a full barrier,
 * reads the other side's event index @e and signals (doorbell or interrupt)
 * only if (u32)(new - e - 1) < (u32)(new - old). The side that goes to sleep
 * sets its event index to the index it has consumed up to, issues a full
 * barrier, and looks once more at the ring.
 */
struct ohba_qctl {
	/* written by the host */
	__le32 sq_tail;		/* next submission entry to be written */
	__le32 cq_head;		/* next completion entry to be read */
	__le32 cq_event;	/* interrupt when the CQ passes this index */
	__le32 rsvd0[13];
	/* written by the adapter */
	__le32 sq_head;		/* next submission entry to be fetched */
	__le32 sq_event;	/* doorbell when the SQ passes this index */
	__le32 rsvd1[14];
};

/* A cq_event that is half the number space away never interrupts: polling. */
#define OHBA_CQ_EVENT_NEVER(cq_head)	((cq_head) - 0x80000000u)

/*
 * struct ohba_sge - one piece of host memory. 16 bytes.
 *
 * DATA names @len bytes at @addr, any alignment, 1 <= len < 2^31.
 * LIST names an array of len / 16 further elements at @addr, aligned to 16, at
 * most OHBA_SGE_LIST_MAX of them; it is allowed only as the last element of
 * the submission entry or of a list. The elements must cover data_len; what
 * goes beyond is ignored.
 */
struct ohba_sge {
	__le64 addr;
	__le32 len;		/* bytes */
	__le32 type;		/* enum ohba_sge_type */
};

enum ohba_sge_type {
	OHBA_SGE_DATA	= 0,
	OHBA_SGE_LIST	= 1,
};

#define OHBA_SGE_INLINE		4	/* elements in a submission entry */
#define OHBA_SGE_LIST_MAX	256	/* elements in one list (4 KiB) */
#define OHBA_SGE_LISTS_MAX	64	/* LIST elements of a command (SPEC.md section 4.4) */

/* struct ohba_sqe - a submission entry. 128 bytes. */
struct ohba_sqe {
	__u8   opcode;		/* enum ohba_admin_op or enum ohba_io_op */
	__u8   flags;		/* of the opcode */
	__u8   nsge;		/* elements used in sge[], 0..OHBA_SGE_INLINE */
	__u8   rsvd;
	__le32 tag;		/* the host's; comes back in the completion */
	__le32 handle;		/* connection id, session handle or queue id */
	__le32 data_len;	/* bytes that sge[] describes, 0 if none */
	__u8   body[48];	/* of the opcode */
	struct ohba_sge sge[OHBA_SGE_INLINE];
};

/*
 * struct ohba_cqe - a completion entry. 32 bytes.
 *
 * The slot holds a new entry when the lowest bit of @phase differs from what
 * the last pass around the ring left there: 1 on the first pass (rings start
 * zeroed), then 0, 1, ... The host reads the rest only after a read barrier.
 */
struct ohba_cqe {
	__le32 tag;
	__le16 status;		/* enum ohba_status */
	__u8   scsi_status;	/* SAM status byte; I/O only */
	__u8   flags;		/* OHBA_CQE_* */
	__le32 result;		/* of the opcode; I/O: the residual count, bytes */
	__le16 sense_len;	/* bytes written to the tag's sense slot; I/O only */
	__u8   response;	/* iSCSI response or TMF response code */
	__u8   rsvd[16];
	__u8   phase;		/* bit 0; the rest is zero */
};

#define OHBA_CQE_UNDERFLOW	0x01	/* result is what was not transferred */
#define OHBA_CQE_OVERFLOW	0x02	/* result is what had no room */

_Static_assert(sizeof(struct ohba_qctl) == 128, "ABI");
_Static_assert(sizeof(struct ohba_sge) == 16, "ABI");
_Static_assert(sizeof(struct ohba_sqe) == 128, "ABI");
_Static_assert(sizeof(struct ohba_cqe) == 32, "ABI");

#endif /* OHBA_QUEUE_H */

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * PCI identity and register map of an ohba adapter (SPEC.md, "Registers").
 *
 * BAR 0 holds the registers, little-endian, accessed as naturally aligned
 * 32-bit words; a 64-bit register is two words, low word first. BAR 4 holds
 * the MSI-X table and pending bits.
 */
#ifndef OHBA_REGS_H
#define OHBA_REGS_H

#include <linux/types.h>

/* PCI identity. 0x1234 is QEMU's informal vendor number. */
#define OHBA_PCI_VENDOR		0x1234
#define OHBA_PCI_DEVICE_FW	0x0ba0	/* be2iscsi class: firmware owns the session */
#define OHBA_PCI_DEVICE_CONN	0x0ba1	/* bnx2i class: firmware owns the connection */
#define OHBA_PCI_DEVICE_TOE	0x0ba2	/* cxgbi class: firmware owns TCP and placement */

#define OHBA_BAR_REGS		0
#define OHBA_BAR_MSIX		4
#define OHBA_BAR_REGS_SIZE	0x4000

/* Identity, constant from power-on. */
#define OHBA_REG_MAGIC		0x000	/* RO: OHBA_MAGIC */
#define OHBA_REG_ABI		0x004	/* RO: OHBA_ABI_LOWEST, OHBA_ABI_HIGHEST */
#define OHBA_REG_CLASS		0x008	/* RO: enum ohba_class */
#define OHBA_REG_FW_VERSION	0x00c	/* RO: major << 16 | minor << 8 | patch */
#define OHBA_REG_MAX_QUEUES	0x010	/* RO: I/O queue pairs, 1..OHBA_QUEUES_MAX */
#define OHBA_REG_MAX_QSIZE	0x014	/* RO: entries in a ring, a power of two */
#define OHBA_REG_FEATURES	0x018	/* RO: OHBA_FEATURE_* */
#define OHBA_REG_READY_MS	0x01c	/* RO: longest answer to a CTRL write, ms: 15000 at most */
#define OHBA_REG_MAC_LO		0x020	/* RO: MAC address, bytes 0..3, byte 0 lowest */
#define OHBA_REG_MAC_HI		0x024	/* RO: MAC address, bytes 4..5 */

/* Control. */
#define OHBA_REG_CTRL		0x040	/* RW: OHBA_CTRL_* */
#define OHBA_REG_STATUS		0x044	/* RO: OHBA_STATUS_* */
#define OHBA_REG_HEARTBEAT	0x048	/* RO: counts while ready, see OHBA_HEARTBEAT_MS */

/* Admin queue pair and event queue: read by the adapter at enable. */
#define OHBA_REG_ADMIN_CTL	0x080	/* RW, 64 bit: address of struct ohba_qctl */
#define OHBA_REG_ADMIN_SQ	0x088	/* RW, 64 bit: address of the submission ring */
#define OHBA_REG_ADMIN_CQ	0x090	/* RW, 64 bit: address of the completion ring */
#define OHBA_REG_ADMIN_SIZE	0x098	/* RW: SQ entries | CQ entries << 16 */
#define OHBA_REG_EVENT_CTL	0x0a0	/* RW, 64 bit: address of struct ohba_qctl */
#define OHBA_REG_EVENT_CQ	0x0a8	/* RW, 64 bit: address of the event ring */
#define OHBA_REG_EVENT_SIZE	0x0b0	/* RW: entries */

/* WO: doorbell of queue pair @qid; the value written is ignored. */
#define OHBA_REG_DOORBELL(qid)	(0x1000 + 4 * (qid))

/* OHBA_REG_FEATURES. */
#define OHBA_FEATURE_WIRE	0x00000001u	/* a station on its own Ethernet */
#define OHBA_FEATURE_CONFIG	0x00000002u	/* keeps its addresses; with WIRE only */
#define OHBA_FEATURE_TARGETS	0x00000004u	/* has sessions of its own */
#define OHBA_FEATURE_LOG	0x00000008u	/* keeps a log of what happened */
#define OHBA_FEATURE_ERASE	0x00000010u	/* what it keeps can be erased */

#define OHBA_MAGIC		0x4142484f	/* "OHBA" in memory order */
#define OHBA_ABI_VERSION	1		/* the version these headers describe */
#define OHBA_ABI_LOWEST(v)	((v) & 0xffff)
#define OHBA_ABI_HIGHEST(v)	(((v) >> 16) & 0xffff)
#define OHBA_ABI_RANGE(lo, hi)	((lo) | (hi) << 16)

enum ohba_class {
	OHBA_CLASS_FW	= 1,
	OHBA_CLASS_CONN	= 2,
	OHBA_CLASS_TOE	= 3,
};

/* OHBA_REG_CTRL. Writing ENABLE = 0 is the reset. */
#define OHBA_CTRL_ENABLE	0x00000001u
#define OHBA_CTRL_ABI_SHIFT	16		/* the version the host chose */
#define OHBA_CTRL_ABI_MASK	0xffff0000u

/* OHBA_REG_STATUS. */
#define OHBA_STATUS_READY	0x00000001u
#define OHBA_STATUS_FATAL	0x00000002u
#define OHBA_STATUS_REASON_SHIFT 16		/* enum ohba_status, why it is fatal */

/* While READY, HEARTBEAT changes at least once in this time. */
#define OHBA_HEARTBEAT_MS	1000

/* Queue numbering: 0 is the admin queue pair, 1..OHBA_QUEUES_MAX the I/O pairs. */
#define OHBA_QID_ADMIN		0
#define OHBA_QUEUES_MAX		255

/* MSI-X vectors (SPEC.md section 2): 0, and one for each I/O pair. */
#define OHBA_VECTORS_MAX	(OHBA_QUEUES_MAX + 1)

/* The admin queue and the event queue signal MSI-X vector 0. */
#define OHBA_VECTOR_ADMIN	0

#endif /* OHBA_REGS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels we build for: 6.1 to 6.12. */
#ifndef OHBA_COMPAT_H
#define OHBA_COMPAT_H

#include <linux/blk-mq.h>
#include <linux/blk-mq-pci.h>
#include <linux/blkdev.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>

/* 6.2: eh_timed_out has an enum of its own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define OHBA_EH_ACTION		enum scsi_timeout_action
#define OHBA_EH_RESET_TIMER	SCSI_EH_RESET_TIMER
#define OHBA_EH_NOT_HANDLED	SCSI_EH_NOT_HANDLED
#else
#define OHBA_EH_ACTION		enum blk_eh_timer_return
#define OHBA_EH_RESET_TIMER	BLK_EH_RESET_TIMER
#define OHBA_EH_NOT_HANDLED	BLK_EH_DONE
#endif

/* 6.10: queue limits are handed to device_configure, and carry features. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define OHBA_HAVE_DEVICE_CONFIGURE
#endif

/* 6.11: stable writes are a feature among the limits. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
static inline void ohba_stable_writes(struct request_queue *q,
				      struct queue_limits *lim)
{
	lim->features |= BLK_FEAT_STABLE_WRITES;
}
#else
static inline void ohba_stable_writes(struct request_queue *q,
				      struct queue_limits *lim)
{
	blk_queue_flag_set(QUEUE_FLAG_STABLE_WRITES, q);
}
#endif

/* 6.10: the source of a trace string is remembered from its declaration. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define ohba_assign_str(dst, src)	__assign_str(dst)
#else
#define ohba_assign_str(dst, src)	__assign_str(dst, src)
#endif

/*
 * 6.7, and its stable releases: the flag that has a group refuse whoever lacks
 * CAP_NET_ADMIN. There the one of before is a flag of commands alone.
 */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define OHBA_MCAST_NET_ADMIN	GENL_MCAST_CAP_NET_ADMIN
#else
#define OHBA_MCAST_NET_ADMIN	GENL_UNS_ADMIN_PERM
#endif

#endif /* OHBA_COMPAT_H */

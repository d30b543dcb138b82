/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware's fixed limits: what IDENTIFY announces and what the tables are
 * sized for. Those that a front chooses are in struct ohba_fw_config.
 */
#ifndef OHBA_FW_LIMITS_H
#define OHBA_FW_LIMITS_H

/* One command: DATA elements, and the bytes they describe. */
#define OHBA_FW_MAX_SGE		2048
#define OHBA_FW_MAX_DATA_LEN	(8u << 20)

/* The largest session parameters that SESSION_START takes; see IDENTIFY. */
#define OHBA_FW_MAX_RECV_DSL	(1u << 20)	/* MaxRecvDataSegmentLength, bytes */
#define OHBA_FW_MAX_BURST	((16u << 20) - 512)	/* MaxBurstLength, bytes */
#define OHBA_FW_MAX_R2T		16		/* MaxOutstandingR2T */

/* OHBA_REG_READY_MS: a loop that serves other adapters may be late. */
#define OHBA_FW_READY_MS	5000

#endif /* OHBA_FW_LIMITS_H */

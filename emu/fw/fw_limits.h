/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware's fixed limits: what IDENTIFY announces and what the tables are
 * sized for. Those that a front chooses are in struct ohba_fw_config.
 */
#ifndef OHBA_FW_LIMITS_H
#define OHBA_FW_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* One command: DATA elements, and the bytes they describe. */
#define OHBA_FW_MAX_SGE		2048
#define OHBA_FW_MAX_DATA_LEN	(8u << 20)

/* The largest session parameters that SESSION_START takes; see IDENTIFY. */
#define OHBA_FW_MAX_RECV_DSL	(1u << 20)	/* MaxRecvDataSegmentLength, bytes */
#define OHBA_FW_MAX_BURST	((16u << 20) - 512)	/* MaxBurstLength, bytes */
#define OHBA_FW_MAX_R2T		16		/* MaxOutstandingR2T */
#define OHBA_FW_PARAM_MIN	512u		/* every length of RFC 7143 section 13, bytes */

static inline bool ohba_in_range(uint32_t val, uint32_t min, uint32_t max)
{
	return val >= min && val <= max;
}

/* What SESSION_START may ask for, and an entry wish. */
static inline bool ohba_lengths_ok(uint32_t max_recv_dsl, uint32_t max_burst,
				   uint32_t first_burst, uint32_t max_r2t)
{
	return ohba_in_range(max_recv_dsl, OHBA_FW_PARAM_MIN, OHBA_FW_MAX_RECV_DSL) &&
	       ohba_in_range(max_burst, OHBA_FW_PARAM_MIN, OHBA_FW_MAX_BURST) &&
	       ohba_in_range(first_burst, OHBA_FW_PARAM_MIN, max_burst) &&
	       ohba_in_range(max_r2t, 1, OHBA_FW_MAX_R2T);
}

/* OHBA_REG_READY_MS: a loop that serves other adapters may be late. */
#define OHBA_FW_READY_MS	5000

#endif /* OHBA_FW_LIMITS_H */

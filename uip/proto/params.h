/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What two iSCSI parties agree on at login (RFC 7143 section 13): as an initiator
 * wishes it, and as it came out.
 */
#ifndef ISCSI_PARAMS_H
#define ISCSI_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A list of at most four words in order of preference, as a wish; a word alone is a list
 * of one, and an outcome. Words are numbers from 1 to 15, and 0 ends the list.
 */
#define ISCSI_LIST2(a, b)	((uint32_t)(a) | (uint32_t)(b) << 4)
#define ISCSI_LIST3(a, b, c)	(ISCSI_LIST2(a, b) | (uint32_t)(c) << 8)
#define ISCSI_LIST4(a, b, c, d)	(ISCSI_LIST3(a, b, c) | (uint32_t)(d) << 12)

static inline bool iscsi_list_has(uint32_t list, uint32_t word)
{
	for (; list; list >>= 4)
		if ((list & 15) == word)
			return true;
	return false;
}

enum iscsi_auth_method {	/* section 12 */
	ISCSI_AUTH_NONE		= 1,
	ISCSI_AUTH_CHAP		= 2,
};

enum iscsi_chap_algorithm {	/* section 12.1.3, and IANA's register of them */
	ISCSI_CHAP_MD5		= 5,
	ISCSI_CHAP_SHA1		= 6,
	ISCSI_CHAP_SHA256	= 7,
	ISCSI_CHAP_SHA3_256	= 8,
};

enum iscsi_digest {		/* section 13.1 */
	ISCSI_DIGEST_NONE	= 1,
	ISCSI_DIGEST_CRC32C	= 2,
};

enum iscsi_task_reporting {	/* section 13.23 */
	ISCSI_TASK_RFC3720	= 1,
	ISCSI_TASK_RESPONSE_FENCE = 2,
	ISCSI_TASK_FAST_ABORT	= 3,
};

/* Lengths in bytes, times in seconds, booleans 0 or 1. */
struct iscsi_params {
	/* Lists. */
	uint32_t auth_method;		/* enum iscsi_auth_method */
	uint32_t chap_algorithm;	/* enum iscsi_chap_algorithm */
	uint32_t header_digest;		/* enum iscsi_digest */
	uint32_t data_digest;
	uint32_t task_reporting;	/* enum iscsi_task_reporting */

	uint32_t max_connections;
	uint32_t initial_r2t;
	uint32_t immediate_data;
	uint32_t max_recv_dsl;		/* that we receive in a PDU */
	uint32_t max_send_dsl;		/* that the target does; no wish */
	uint32_t max_burst_len;
	uint32_t first_burst_len;	/* means something if data may come unsolicited */
	uint32_t time2wait;
	uint32_t time2retain;
	uint32_t max_outstanding_r2t;
	uint32_t data_pdu_in_order;
	uint32_t data_sequence_in_order;
	uint32_t error_recovery_level;
	uint32_t protocol_level;
};

/*
 * What holds if nothing is said, by section 13: AuthMethod None, and no list of CHAP
 * algorithms.
 */
void iscsi_params_default(struct iscsi_params *params);

#endif /* ISCSI_PARAMS_H */

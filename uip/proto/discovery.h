/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SendTargets (RFC 7143 appendix C) on a session in full-feature phase: PDUs and time in,
 * PDUs, a deadline and records of targets out, as login.h does. Text PDUs carry the digests
 * that were agreed on, which are the caller's; so are other PDUs that come meanwhile, such
 * as pings of the target's. Of those that take a StatSN (11.9: an Async Message does, a ping
 * does not) the discovery hears it by iscsi_discovery_statsn().
 */
#ifndef ISCSI_DISCOVERY_H
#define ISCSI_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iscsi_pdu.h"
#include "portal.h"
#include "text.h"

#define ISCSI_DISCOVERY_PDUS_MAX	1024	/* from the target */
/* Bytes of text from the target: 8,000 targets, say. None of it is kept. */
#define ISCSI_DISCOVERY_TEXT_MAX	(1u << 20)

/*
 * A target and one of its portals; once for each, in the target's order. @portal is NULL for
 * a target without address: it is where the question went. Both are valid during the call.
 * Records that came before a failure are as good as others.
 */
typedef void (*iscsi_discovery_fn)(void *ctx, const char *name,
				   const struct iscsi_portal *portal);

struct iscsi_discovery_config {
	const char *what;		/* All, a target's name, "": this session's; NULL: All */
	uint32_t itt;			/* of all requests */
	uint32_t cmdsn;			/* requests are immediate, and do not advance it */
	uint32_t exp_statsn;
	uint32_t max_recv_dsl;		/* bytes that a PDU of the target's may have */
	uint32_t timeout_ms;		/* for the whole */
	iscsi_discovery_fn record;
	void *ctx;
};

enum iscsi_discovery_outcome {
	ISCSI_DISCOVERY_DONE,
	ISCSI_DISCOVERY_CONFIG,		/* nothing was sent: no name of a target */
	ISCSI_DISCOVERY_REFUSED,
	ISCSI_DISCOVERY_VIOLATION,
	ISCSI_DISCOVERY_TIMEOUT,
};

struct iscsi_discovery_result {
	uint8_t outcome;		/* enum iscsi_discovery_outcome */
	const char *words;		/* static, behind "the target" */
	uint32_t records;
	uint32_t exp_statsn;		/* of the first PDU that follows; DONE */
};

struct iscsi_discovery_pdu {
	struct iscsi_text_req hdr;
	const void *data;		/* of the discovery; until its next function is called */
	uint32_t len;			/* bytes, without padding */
};

/* Some 3 KiB, all of which are the library's own. Need not be zeroed. */
struct iscsi_discovery {
	struct iscsi_discovery_config config;
	uint64_t deadline;
	unsigned int pdus;		/* that came in */

	bool due;			/* a PDU is to be sent */
	uint32_t ttt;			/* of the next request, as the target said */
	uint8_t lun[8];
	struct iscsi_text_out out;	/* for the first request */
	char buf[sizeof("SendTargets=") + ISCSI_NAME_MAX];

	struct iscsi_text_in in;
	char name[ISCSI_NAME_MAX + 1];	/* of the target whose addresses come */
	bool has_portal;
	bool over;
	struct iscsi_discovery_result result;
};

/* @now: ms. */
void iscsi_discovery_start(struct iscsi_discovery *discovery,
			   const struct iscsi_discovery_config *config, uint64_t now);
/* Return: false if there is nothing to be sent now. */
bool iscsi_discovery_tx(struct iscsi_discovery *discovery, struct iscsi_discovery_pdu *pdu);
/* A Text Response or a Reject: @len bytes of data segment at @data, without padding. */
void iscsi_discovery_rx(struct iscsi_discovery *discovery, const union iscsi_pdu_hdr *hdr,
			const void *data, size_t len, uint64_t now);
/* Another PDU took @statsn. If it is not the next, the discovery ends; after that: nothing. */
void iscsi_discovery_statsn(struct iscsi_discovery *discovery, uint32_t statsn);
/* ms, UINT64_MAX once there is a result. */
uint64_t iscsi_discovery_deadline(const struct iscsi_discovery *discovery);
/* To be called at the deadline; before it does nothing. */
void iscsi_discovery_expire(struct iscsi_discovery *discovery, uint64_t now);
/* NULL while it goes on. */
const struct iscsi_discovery_result *
iscsi_discovery_result(const struct iscsi_discovery *discovery);

#endif /* ISCSI_DISCOVERY_H */

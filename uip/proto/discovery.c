// SPDX-License-Identifier: GPL-2.0-or-later
/* SendTargets (discovery.h). */
#include <string.h>

#include "discovery.h"
#include "rsp.h"

/* --- the end ---------------------------------------------------------------- */

static void end(struct iscsi_discovery *discovery, enum iscsi_discovery_outcome outcome,
		const char *why)
{
	if (discovery->over)
		return;
	discovery->over = true;
	discovery->due = false;
	discovery->deadline = UINT64_MAX;
	discovery->result.outcome = outcome;
	discovery->result.words = why;
}

const struct iscsi_discovery_result *
iscsi_discovery_result(const struct iscsi_discovery *discovery)
{
	return discovery->over ? &discovery->result : NULL;
}

uint64_t iscsi_discovery_deadline(const struct iscsi_discovery *discovery)
{
	return discovery->deadline;
}

void iscsi_discovery_expire(struct iscsi_discovery *discovery, uint64_t now)
{
	if (now >= discovery->deadline)
		end(discovery, ISCSI_DISCOVERY_TIMEOUT, "did not list its targets in time");
}

/* --- out -------------------------------------------------------------------- */

void iscsi_discovery_start(struct iscsi_discovery *discovery,
			   const struct iscsi_discovery_config *config, uint64_t now)
{
	const char *what = config->what ? config->what : "All";

	memset(discovery, 0, sizeof(*discovery));
	discovery->config = *config;
	discovery->deadline = now + config->timeout_ms;
	discovery->ttt = ISCSI_RESERVED_TAG;
	discovery->result.exp_statsn = config->exp_statsn;
	discovery->due = true;
	discovery->out = (struct iscsi_text_out){ discovery->buf, .max = sizeof(discovery->buf) };
	iscsi_text_begin(&discovery->in, ISCSI_DISCOVERY_TEXT_MAX);
	iscsi_text_put(&discovery->out, "SendTargets", what);
	if (*what && strcmp(what, "All") && !iscsi_name_valid(what))
		end(discovery, ISCSI_DISCOVERY_CONFIG, "is to be asked for what is no iSCSI name");
}

bool iscsi_discovery_tx(struct iscsi_discovery *discovery, struct iscsi_discovery_pdu *pdu)
{
	if (!discovery->due)
		return false;
	memset(&pdu->hdr, 0, sizeof(pdu->hdr));
	pdu->hdr.opcode = ISCSI_OP_TEXT_REQ | ISCSI_IMMEDIATE;
	pdu->hdr.flags = ISCSI_FLAG_FINAL;
	memcpy(pdu->hdr.lun, discovery->lun, sizeof(pdu->hdr.lun));
	pdu->hdr.itt = iscsi_put32(discovery->config.itt);
	pdu->hdr.ttt = iscsi_put32(discovery->ttt);
	pdu->hdr.cmdsn = iscsi_put32(discovery->config.cmdsn);
	pdu->hdr.exp_statsn = iscsi_put32(discovery->result.exp_statsn);
	pdu->data = discovery->buf;
	pdu->len = discovery->out.len;
	pdu->hdr.dsl = iscsi_put24(pdu->len);
	discovery->out.len = 0;
	discovery->due = false;
	return true;
}

/* --- in: records -------------------------------------------------------------- */

static void record(struct iscsi_discovery *discovery, const struct iscsi_portal *portal)
{
	discovery->has_portal = true;
	discovery->result.records++;
	discovery->config.record(discovery->config.ctx, discovery->name, portal);
}

/* What comes next is of another target. */
static void end_target(struct iscsi_discovery *discovery)
{
	if (*discovery->name && !discovery->has_portal)
		record(discovery, NULL);
}

static const char *take_name(struct iscsi_discovery *discovery, const char *value)
{
	if (!iscsi_name_valid(value))
		return "lists a target whose name is no iSCSI name";
	end_target(discovery);
	memcpy(discovery->name, value, strlen(value) + 1);
	discovery->has_portal = false;
	return NULL;
}

static const char *take_address(struct iscsi_discovery *discovery, const char *value)
{
	struct iscsi_portal portal;

	if (!*discovery->name)
		return "lists an address of no target";
	if (!iscsi_portal_parse(value, &portal))
		return "lists an address that is none";
	record(discovery, &portal);
	return NULL;
}

static const char *take_refusal(struct iscsi_discovery *discovery, const char *value)
{
	(void)value;
	end(discovery, ISCSI_DISCOVERY_REFUSED, "does not list its targets");
	return discovery->result.words;
}

static const struct {
	const char *key;
	const char *(*take)(struct iscsi_discovery *discovery, const char *value);
} keys[] = {
	{ "TargetName", take_name }, { "TargetAddress", take_address },
	{ "SendTargets", take_refusal },
};

/* Whatever else a target says of its targets is for those who know it. */
static const char *take(void *discovery, const char *key, const char *value)
{
	unsigned int i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].key, key))
			return keys[i].take(discovery, value);
	return NULL;
}

/* --- in: PDUs ----------------------------------------------------------------- */

static const char not_next[] = "skipped or repeated a StatSN";

void iscsi_discovery_statsn(struct iscsi_discovery *discovery, uint32_t statsn)
{
	if (statsn != discovery->result.exp_statsn)
		end(discovery, ISCSI_DISCOVERY_VIOLATION, not_next);
	else if (!discovery->over)
		discovery->result.exp_statsn++;
}

static bool is_final(const struct iscsi_text_rsp *rsp)
{
	return rsp->flags & ISCSI_FLAG_FINAL;
}

static const char *rsp_wrong(const struct iscsi_discovery *discovery,
			     const union iscsi_pdu_hdr *hdr, size_t len)
{
	const struct iscsi_text_rsp *rsp = &hdr->text_rsp;
	struct iscsi_rsp_expected expected = {
		.asked = !discovery->due, .opcode = ISCSI_OP_TEXT_RSP,
		.itt = discovery->config.itt, .dsl_max = discovery->config.max_recv_dsl,
		.left = ISCSI_DISCOVERY_PDUS_MAX - discovery->pdus,
	};
	const char *why = iscsi_rsp_wrong(&expected, &hdr->bhs, len);

	if (why)
		return why;
	if (iscsi_get32(rsp->statsn) != discovery->result.exp_statsn)
		return not_next;
	if (is_final(rsp) && rsp->flags & ISCSI_TEXT_CONTINUE)
		return "ended its answer in the middle of its text";
	/* 11.11.4: a tag means that there is more to be asked for. */
	if (is_final(rsp) != (iscsi_get32(rsp->ttt) == ISCSI_RESERVED_TAG))
		return "has more to say and gave no tag to ask by, or a tag and nothing to say";
	return NULL;
}

static void ask_for_more(struct iscsi_discovery *discovery, const struct iscsi_text_rsp *rsp)
{
	discovery->ttt = iscsi_get32(rsp->ttt);
	memcpy(discovery->lun, rsp->lun, sizeof(discovery->lun));
	discovery->due = true;
}

static const char *hear(struct iscsi_discovery *discovery, const struct iscsi_text_rsp *rsp,
			const void *data, size_t len)
{
	const char *why = iscsi_text_feed(&discovery->in, data, len, take, discovery);

	discovery->pdus++;
	discovery->result.exp_statsn = iscsi_get32(rsp->statsn) + 1;
	if (!why && !(rsp->flags & ISCSI_TEXT_CONTINUE))
		why = iscsi_text_end(&discovery->in);
	if (why)
		return why;
	if (!is_final(rsp)) {
		ask_for_more(discovery, rsp);
		return NULL;
	}
	end_target(discovery);
	end(discovery, ISCSI_DISCOVERY_DONE, "listed its targets");
	return NULL;
}

void iscsi_discovery_rx(struct iscsi_discovery *discovery, const union iscsi_pdu_hdr *hdr,
			const void *data, size_t len, uint64_t now)
{
	const char *why;

	iscsi_discovery_expire(discovery, now);
	if (discovery->over)
		return;
	if (hdr->bhs.opcode == ISCSI_OP_REJECT) {
		end(discovery, ISCSI_DISCOVERY_REFUSED, "rejected the question for its targets");
		return;
	}
	why = rsp_wrong(discovery, hdr, len);
	if (!why)
		why = hear(discovery, &hdr->text_rsp, data, len);
	if (why)
		end(discovery, ISCSI_DISCOVERY_VIOLATION, why);
}

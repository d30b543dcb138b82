// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kinds of faults, a row each at the end of this file, and the hook points
 * where the firmware asks for them (fault.h).
 */
#include "fault.h"

#include <string.h>

#include "core.h"
#include "iscsi.h"

#define OPT(name)	OHBA_FAULT_OPT(name)
#define DIR_IN		0
#define DIR_OUT		1

static struct ohba_fault_site conn_site(struct ohba_conn *conn, enum ohba_fault_point point,
					const struct iscsi_bhs *bhs)
{
	return (struct ohba_fault_site){
		.point = point, .conn = conn, .cid = conn->cid, .qid = -1,
		.opcode = bhs ? iscsi_opcode(bhs) : -1,
	};
}

static struct ohba_fault_site queue_site(uint32_t qid, enum ohba_fault_point point)
{
	return (struct ohba_fault_site){ .point = point, .cid = -1, .qid = qid, .opcode = -1 };
}

/* --- holding a connection ------------------------------------------------ */

/* Nothing is received on @conn for @ns; whoever asked for this sees to the gate. */
static void hold(struct ohba_conn *conn, uint64_t ns)
{
	uint64_t until = ohba_loop_now(ohba_fw_loop(conn->fw)) + ns;
	struct ohba_timer *timer = &conn->iscsi->faults->timer;

	if (conn->rx.held_until_ns < until)
		conn->rx.held_until_ns = until;
	if (!ohba_timer_armed(timer) || timer->due_ns > until)
		ohba_timer_arm(timer, ns);
}

/* --- PDUs: dropped, delayed ---------------------------------------------- */

static int dropped_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	(void)conn;
	(void)hdr;
	return 0;	/* and no sink: its data goes nowhere */
}

static const struct ohba_rx_row dropped_row = {
	"dropped PDU", dropped_header, NULL, offsetof(struct ohba_conn_counters, rx_pdus),
};

static uint32_t drop_points(const struct ohba_fault_rule *rule)
{
	return rule->val[OHBA_FAULT_DIR] == DIR_OUT ? OHBA_FAULT_SEND : OHBA_FAULT_HEADER;
}

/* The parser ends a connection at a login PDU with an AHS before it reads that. */
static bool drop_fits(const struct ohba_fault_rule *rule, const struct ohba_fault_site *site)
{
	(void)rule;
	return site->slot || site->conn->phase == OHBA_CONN_FULL ||
	       !iscsi_ahs_len(&site->conn->rx.hdr.bhs);
}

static int drop_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		    const struct ohba_fault_site *site)
{
	(void)fw;
	(void)rule;
	if (site->slot)
		return 1;
	site->conn->rx.row = &dropped_row;
	return 0;
}

static uint32_t header_point(const struct ohba_fault_rule *rule)
{
	(void)rule;
	return OHBA_FAULT_HEADER;
}

static int delay_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		     const struct ohba_fault_site *site)
{
	(void)fw;
	hold(site->conn, rule->val[OHBA_FAULT_MS] * OHBA_NS_PER_MS);
	return 0;
}

/* --- PDUs: corrupted ----------------------------------------------------- */

/*
 * What is corrupted is what the check after the digest would find: a field is
 * changed behind the header digest, as if the target had meant it.
 */
static bool has_itt(const union iscsi_pdu_hdr *hdr)
{
	switch (iscsi_opcode(&hdr->bhs)) {
	case ISCSI_OP_ASYNC:
	case ISCSI_OP_REJECT:
		return false;
	default:
		return iscsi_get32(hdr->bhs.itt) != ISCSI_RESERVED_TAG;
	}
}

/* A StatSN that the PDU owns (RFC 7143 sections 11.7.4, 11.8, 11.19). */
static bool has_statsn(const union iscsi_pdu_hdr *hdr)
{
	switch (iscsi_opcode(&hdr->bhs)) {
	case ISCSI_OP_R2T:
		return false;
	case ISCSI_OP_DATA_IN:
		return hdr->data_in.flags & ISCSI_DATA_IN_STATUS;
	case ISCSI_OP_NOP_IN:
		return iscsi_get32(hdr->bhs.itt) != ISCSI_RESERVED_TAG;
	default:
		return true;
	}
}

static bool is_data_in(const union iscsi_pdu_hdr *hdr)
{
	return iscsi_opcode(&hdr->bhs) == ISCSI_OP_DATA_IN;
}

static bool is_r2t(const union iscsi_pdu_hdr *hdr)
{
	return iscsi_opcode(&hdr->bhs) == ISCSI_OP_R2T;
}

static bool is_any(const union iscsi_pdu_hdr *hdr)
{
	(void)hdr;
	return true;
}

/* @off, @flip: which byte of the header (or of the digest), and which bits of it. */
static const struct field {
	const char *name;
	enum ohba_fault_point point;
	uint8_t off, flip;
	bool (*has)(const union iscsi_pdu_hdr *hdr);
} fields[] = {
	{ "header-digest", OHBA_FAULT_HDR_DIGEST, 1, 0x40, is_any },
	{ "data-digest", OHBA_FAULT_DATA_DIGEST, 1, 0x40, is_any },
	{ "opcode", OHBA_FAULT_HEADER, 0, 0x18, is_any },	/* of no target, whichever it was */
	{ "length", OHBA_FAULT_HEADER, 5, 0x80, is_any },
	{ "itt", OHBA_FAULT_HEADER, 16, 0x40, has_itt },
	{ "statsn", OHBA_FAULT_HEADER, 24, 0x40, has_statsn },
	{ "datasn", OHBA_FAULT_HEADER, 36, 0x40, is_data_in },
	{ "r2tsn", OHBA_FAULT_HEADER, 36, 0x40, is_r2t },
	{ "offset", OHBA_FAULT_HEADER, 40, 0x40, is_data_in },
};
#define NFIELDS	(sizeof(fields) / sizeof(fields[0]))

const char *const ohba_fault_fields[NFIELDS + 1] = {
	"header-digest", "data-digest", "opcode", "length", "itt", "statsn", "datasn", "r2tsn",
	"offset", NULL,
};

static uint32_t corrupt_points(const struct ohba_fault_rule *rule)
{
	return fields[rule->val[OHBA_FAULT_FIELD]].point;
}

/* Twice the same would be nothing. */
static bool corrupt_fits(const struct ohba_fault_rule *rule, const struct ohba_fault_site *site)
{
	const struct ohba_rx *rx = &site->conn->rx;
	uint32_t field = rule->val[OHBA_FAULT_FIELD];

	return !(rx->corrupted & 1u << field) && fields[field].has(&rx->hdr);
}

static int corrupt_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		       const struct ohba_fault_site *site)
{
	const struct field *field = &fields[rule->val[OHBA_FAULT_FIELD]];
	struct ohba_rx *rx = &site->conn->rx;
	uint8_t *at = rx->hdr.raw;

	(void)fw;
	if (field->point == OHBA_FAULT_HDR_DIGEST)
		at = rx->digest;
	else if (field->point == OHBA_FAULT_DATA_DIGEST)
		at = rx->trailer + iscsi_pad(iscsi_dsl(&rx->hdr.bhs));
	at[field->off] ^= field->flip;
	rx->corrupted |= 1u << (field - fields);
	return 0;
}

/* --- connections --------------------------------------------------------- */

static bool is_up(const struct ohba_conn *conn)
{
	return conn->phase == OHBA_CONN_RAW || conn->phase == OHBA_CONN_HELD ||
	       conn->phase == OHBA_CONN_FULL;
}

static bool reset_victim(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
			 struct ohba_fault_site *site)
{
	bool any = !ohba_fault_given(rule, OHBA_FAULT_CID);
	uint32_t cid;

	if (fw->state != OHBA_FW_READY)
		return false;
	for (cid = 0; cid < fw->iscsi->nconns; cid++) {
		if (!is_up(&fw->iscsi->conns[cid]) || !(any || cid == rule->val[OHBA_FAULT_CID]))
			continue;
		site->conn = &fw->iscsi->conns[cid];
		site->cid = cid;
		return true;
	}
	return false;
}

static int reset_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		     const struct ohba_fault_site *site)
{
	(void)fw;
	(void)rule;
	if (site->point)
		return OHBA_ST_CONN_RESET;
	ohba_conn_lose(site->conn, OHBA_ST_CONN_RESET, 0);
	return 0;
}

static uint32_t connect_point(const struct ohba_fault_rule *rule)
{
	(void)rule;
	return OHBA_FAULT_CONNECT;
}

static int refuse_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		      const struct ohba_fault_site *site)
{
	(void)fw;
	(void)site;
	return ohba_fault_given(rule, OHBA_FAULT_REASON) ? (int)rule->val[OHBA_FAULT_REASON] :
							   OHBA_ST_CONN_REFUSED;
}

static uint32_t recv_point(const struct ohba_fault_rule *rule)
{
	(void)rule;
	return OHBA_FAULT_RECV;
}

/* What was received takes as long as it would have at that rate. */
static int slow_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		    const struct ohba_fault_site *site)
{
	(void)fw;
	hold(site->conn, site->bytes * OHBA_NS_PER_S / rule->val[OHBA_FAULT_RATE]);
	return 0;
}

/* --- queues -------------------------------------------------------------- */

static uint32_t fetch_point(const struct ohba_fault_rule *rule)
{
	(void)rule;
	return OHBA_FAULT_FETCH;
}

static int stall_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		     const struct ohba_fault_site *site)
{
	struct ohba_faults *faults = &fw->faults;

	faults->stalled_until[site->qid] = ohba_loop_now(fw->loop) +
					   rule->val[OHBA_FAULT_MS] * OHBA_NS_PER_MS;
	faults->stalls++;
	/* This may have been the last of its rule, and the end must be noticed. */
	ohba_faults_refresh(faults);
	return 1;
}

static uint32_t complete_point(const struct ohba_fault_rule *rule)
{
	(void)rule;
	return OHBA_FAULT_COMPLETE;
}

static int lose_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		    const struct ohba_fault_site *site)
{
	(void)fw;
	(void)rule;
	(void)site;
	return -1;
}

/* The ring must not overflow: that is not what the driver is to be tested for. */
static bool duplicate_fits(const struct ohba_fault_rule *rule,
			   const struct ohba_fault_site *site)
{
	(void)rule;
	return site->room;
}

static int duplicate_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
			 const struct ohba_fault_site *site)
{
	(void)fw;
	(void)rule;
	(void)site;
	return 1;
}

/* --- the firmware itself ------------------------------------------------- */

static uint32_t command_point(const struct ohba_fault_rule *rule)
{
	(void)rule;
	return OHBA_FAULT_COMMAND;
}

static bool working(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		    struct ohba_fault_site *site)
{
	(void)rule;
	(void)site;
	return fw->state == OHBA_FW_READY && !ohba_fw_ends(fw);
}

static int crash_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		     const struct ohba_fault_site *site)
{
	(void)site;
	ohba_fw_fatal(fw, ohba_fault_given(rule, OHBA_FAULT_REASON) ?
			  (enum ohba_status)rule->val[OHBA_FAULT_REASON] : OHBA_ST_INTERNAL);
	return 1;
}

static int hang_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		    const struct ohba_fault_site *site)
{
	(void)rule;
	(void)site;
	ohba_fw_hang(fw);
	return 1;
}

static int vanish_act(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		      const struct ohba_fault_site *site)
{
	(void)rule;
	(void)site;
	ohba_fw_vanish(fw);
	return 1;
}

/* --- the kinds ----------------------------------------------------------- */

const struct ohba_fault_kind ohba_fault_kinds[] = {
	{
		.name = "drop-pdu", .points = drop_points, .fits = drop_fits, .act = drop_act,
		.takes = OPT(DIR) | OPT(OPCODE) | OPT(CID) | OHBA_FAULT_USUAL,
		.needs = OPT(DIR), .dirs = 1 << DIR_IN | 1 << DIR_OUT,
	}, {
		.name = "delay-pdu", .points = header_point, .act = delay_act,
		.takes = OPT(DIR) | OPT(OPCODE) | OPT(CID) | OPT(MS) | OHBA_FAULT_USUAL,
		.needs = OPT(DIR) | OPT(MS), .dirs = 1 << DIR_IN,
	}, {
		.name = "corrupt", .points = corrupt_points, .fits = corrupt_fits,
		.act = corrupt_act,
		.takes = OPT(FIELD) | OPT(OPCODE) | OPT(CID) | OHBA_FAULT_USUAL,
		.needs = OPT(FIELD),
	}, {
		.name = "tcp-reset", .points = header_point, .act = reset_act,
		.victim = reset_victim,
		.takes = OPT(OPCODE) | OPT(CID) | OHBA_FAULT_USUAL,
	}, {
		.name = "refuse-connect", .points = connect_point, .act = refuse_act,
		.takes = OPT(CID) | OPT(REASON) | OHBA_FAULT_USUAL,
	}, {
		.name = "slow-target", .points = recv_point, .act = slow_act,
		.takes = OPT(CID) | OPT(RATE), .needs = OPT(RATE),
	}, {
		.name = "stall-queue", .points = fetch_point, .act = stall_act,
		.takes = OPT(QID) | OPT(MS) | OHBA_FAULT_USUAL, .needs = OPT(MS),
	}, {
		.name = "lose-completion", .points = complete_point, .act = lose_act,
		.takes = OPT(QID) | OHBA_FAULT_USUAL,
	}, {
		.name = "duplicate-completion", .points = complete_point,
		.fits = duplicate_fits, .act = duplicate_act,
		.takes = OPT(QID) | OHBA_FAULT_USUAL,
	}, {
		.name = "crash", .points = command_point, .act = crash_act, .victim = working,
		.takes = OPT(QID) | OPT(OPCODE) | OPT(REASON) | OHBA_FAULT_USUAL,
	}, {
		.name = "hang", .points = command_point, .act = hang_act, .victim = working,
		.takes = OPT(QID) | OPT(OPCODE) | OHBA_FAULT_USUAL,
	}, {
		.name = "vanish", .points = command_point, .act = vanish_act, .victim = working,
		.takes = OPT(QID) | OPT(OPCODE) | OHBA_FAULT_USUAL,
	},
};

const unsigned int ohba_fault_nkinds = sizeof(ohba_fault_kinds) / sizeof(ohba_fault_kinds[0]);

/* --- hook points: receiving ---------------------------------------------- */

int ohba_fault_header(struct ohba_conn *conn)
{
	struct ohba_fault_site site = conn_site(conn, OHBA_FAULT_HEADER, &conn->rx.hdr.bhs);
	int res = ohba_fault_at(conn->fw, &site);

	if (res)
		return res;
	return conn->rx.held_until_ns ? OHBA_RX_WAIT : 0;
}

void ohba_fault_hdr_digest(struct ohba_conn *conn)
{
	struct ohba_fault_site site = conn_site(conn, OHBA_FAULT_HDR_DIGEST,
						&conn->rx.hdr.bhs);

	ohba_fault_at(conn->fw, &site);
}

void ohba_fault_data_digest(struct ohba_conn *conn)
{
	struct ohba_fault_site site = conn_site(conn, OHBA_FAULT_DATA_DIGEST,
						&conn->rx.hdr.bhs);

	ohba_fault_at(conn->fw, &site);
}

#define SLICES_PER_S	50	/* a slow target sends a little, often */

uint32_t ohba_fault_recv_max(struct ohba_conn *conn)
{
	struct ohba_fault_site site = conn_site(conn, OHBA_FAULT_RECV, NULL);
	struct ohba_fault_rule rule;
	uint64_t slice;

	if (!ohba_fault_peek(conn->fw, &site, &rule))
		return 0;
	slice = rule.val[OHBA_FAULT_RATE] / SLICES_PER_S;
	return slice ? (uint32_t)slice : 1;
}

void ohba_fault_received(struct ohba_conn *conn, uint32_t bytes)
{
	struct ohba_fault_site site = conn_site(conn, OHBA_FAULT_RECV, NULL);

	site.bytes = bytes;
	ohba_fault_at(conn->fw, &site);
}

/* --- hook points: the rest ----------------------------------------------- */

bool ohba_fault_send(struct ohba_conn *conn, struct ohba_tx_slot *slot)
{
	struct ohba_fault_site site = conn_site(conn, OHBA_FAULT_SEND, &slot->hdr.bhs);

	site.slot = slot;
	return ohba_fault_at(conn->fw, &site);
}

enum ohba_status ohba_fault_connect(struct ohba_conn *conn)
{
	struct ohba_fault_site site = conn_site(conn, OHBA_FAULT_CONNECT, NULL);

	return ohba_fault_at(conn->fw, &site);
}

bool ohba_fault_fetch(struct ohba_fw *fw, uint32_t qid)
{
	struct ohba_fault_site site = queue_site(qid, OHBA_FAULT_FETCH);
	struct ohba_faults *faults = &fw->faults;

	if (!faults->stalled_until[qid])
		return ohba_fault_at(fw, &site);
	if (ohba_loop_now(fw->loop) < faults->stalled_until[qid])
		return true;
	/* What waited goes on now; only what follows may be hit again. */
	faults->stalled_until[qid] = 0;
	faults->stalls--;
	ohba_faults_refresh(faults);
	return false;
}

bool ohba_fault_command(struct ohba_fw *fw, uint32_t qid, uint8_t opcode)
{
	struct ohba_fault_site site = queue_site(qid, OHBA_FAULT_COMMAND);

	/* Nothing that follows is answered either, in this turn. */
	if (ohba_fw_ends(fw))
		return true;
	site.opcode = opcode;
	return ohba_fault_at(fw, &site);
}

unsigned int ohba_fault_copies(struct ohba_fw *fw, uint32_t qid, uint32_t room)
{
	struct ohba_fault_site site = queue_site(qid, OHBA_FAULT_COMPLETE);

	site.room = room;
	return (unsigned int)(1 + ohba_fault_at(fw, &site));
}

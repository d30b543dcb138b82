// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lies in the header of a PDU that is about to be sent. Digests come after them, so
 * that nothing but the field is wrong.
 */
#include "actions.h"

#include <string.h>

/* --- those that have a name --- */

void field_datasn(struct hit *hit)
{
	union iscsi_pdu_hdr *hdr = &hit->out->hdr;

	if (iscsi_opcode(&hdr->bhs) == ISCSI_OP_SCSI_RSP)
		add32(&hdr->scsi_rsp.exp_datasn, hit->rule->args[0]);
	else	/* R2TSN lies at the same place */
		add32(&hdr->data_in.datasn, hit->rule->args[0]);
}

void field_statsn(struct hit *hit)
{
	add32(&hit->out->hdr.target.statsn, hit->rule->args[0]);
}

void field_itt(struct hit *hit)
{
	hit->out->hdr.bhs.itt = iscsi_put32(hit->rule->args[0]);
}

void field_ttt(struct hit *hit)
{
	hit->out->hdr.target.ttt = iscsi_put32(hit->rule->args[0]);
}

void field_offset(struct hit *hit)
{
	add32(&hit->out->hdr.data_in.offset, hit->rule->args[0]);
}

/* Data-In has residuals together with status only; O and U are the same bits. */
static void residual(struct hit *hit, uint8_t flag)
{
	union iscsi_pdu_hdr *hdr = &hit->out->hdr;

	if (iscsi_opcode(&hdr->bhs) == ISCSI_OP_DATA_IN &&
	    !(hdr->data_in.flags & ISCSI_DATA_IN_STATUS)) {
		hit->skipped = "no-status";
		return;
	}
	hdr->bhs.flags &= (uint8_t)~(ISCSI_RSP_OVERFLOW | ISCSI_RSP_UNDERFLOW);
	hdr->bhs.flags |= flag;
	hdr->scsi_rsp.residual = iscsi_put32(hit->rule->args[0]);
}

void field_overflow(struct hit *hit)
{
	residual(hit, ISCSI_RSP_OVERFLOW);
}

void field_underflow(struct hit *hit)
{
	residual(hit, ISCSI_RSP_UNDERFLOW);
}

void field_opcode(struct hit *hit)
{
	hit->out->hdr.bhs.opcode = (uint8_t)hit->rule->args[0];
}

/* Fields that a PDU of this kind does not use, {from, bytes}. The reserved bit of
 * byte 0 is for bad-opcode: who ignores the one may refuse the other.
 */
static const uint8_t reserved[ISCSI_OPCODE_MASK + 1][2] = {
	[ISCSI_OP_NOP_IN] = { 36, 12 },
	[ISCSI_OP_SCSI_RSP] = { 8, 8 },
	[ISCSI_OP_TMF_RSP] = { 36, 12 },
	[ISCSI_OP_LOGIN_RSP] = { 38, 10 },
	[ISCSI_OP_TEXT_RSP] = { 36, 12 },
	[ISCSI_OP_DATA_IN] = { 2, 1 },
	[ISCSI_OP_LOGOUT_RSP] = { 44, 4 },
	[ISCSI_OP_R2T] = { 2, 2 },
	[ISCSI_OP_ASYNC] = { 44, 4 },
	[ISCSI_OP_REJECT] = { 40, 8 },
};

void field_reserved(struct hit *hit)
{
	union iscsi_pdu_hdr *hdr = &hit->out->hdr;
	const uint8_t *field = reserved[iscsi_opcode(&hdr->bhs)];

	memset(hdr->raw + field[0], 0xff, field[1]);
}

void field_desired_len(struct hit *hit)
{
	add32(&hit->out->hdr.r2t.desired_len, hit->rule->args[0]);
}

/* What MaxCmdSN allows once, it allows: what the initiator then sends is no fault of its.
 * So a move back is of this PDU alone.
 */
void field_window(struct hit *hit)
{
	uint32_t n = hit->rule->args[0];

	add32(&hit->out->hdr.target.max_cmdsn, n);
	if ((int32_t)n > 0)
		hit->conn->max_cmdsn += n;
}

/* --- any --- */

static uint32_t get(const uint8_t *field, uint32_t width)
{
	uint32_t val = 0;

	while (width--)
		val = val << 8 | *field++;
	return val;
}

static void put(uint8_t *field, uint32_t width, uint32_t val)
{
	for (; width--; val >>= 8)
		field[width] = (uint8_t)val;
}

static uint8_t *place(const struct hit *hit)
{
	return hit->out->hdr.raw + hit->rule->args[0];
}

void field_set(struct hit *hit)
{
	put(place(hit), hit->rule->args[1], hit->rule->args[2]);
}

void field_xor(struct hit *hit)
{
	uint32_t width = hit->rule->args[1];

	put(place(hit), width, get(place(hit), width) ^ hit->rule->args[2]);
}

void field_add(struct hit *hit)
{
	uint32_t width = hit->rule->args[1];

	put(place(hit), width, get(place(hit), width) + hit->rule->args[2]);
}

const char *field_wrong_place(const uint32_t *args)
{
	if (!args[1])
		return "a field has 1 to 4 bytes";
	if (args[0] + args[1] > ISCSI_BHS_LEN)
		return "a header has 48 bytes";
	return NULL;
}

const char *field_wrong(const uint32_t *args)
{
	const char *why = field_wrong_place(args);

	if (!why && args[1] < 4 && args[2] >> 8 * args[1])
		why = "the field is too small for that";
	return why;
}

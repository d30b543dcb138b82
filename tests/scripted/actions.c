// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a rule can do to a PDU: the table, and a function for each row.
 *
 * A function sets what the PDU's owner then honours (struct in, struct out),
 * changes its header, or acts on the connection. What it sends itself meets no
 * rule.
 */
#include "actions.h"

#include <stdlib.h>
#include <string.h>

#define BIT(op)		(1ull << (op))
#define OUT		0xffffffff00000000ull
#define ANY		UINT64_MAX
#define LOGIN		BIT(ISCSI_OP_LOGIN_REQ)
#define COMMAND		BIT(ISCSI_OP_SCSI_CMD)
#define DATA_IN		BIT(ISCSI_OP_DATA_IN)
#define RESPONSE	BIT(ISCSI_OP_SCSI_RSP)
#define R2T		BIT(ISCSI_OP_R2T)
#define NOP_IN		BIT(ISCSI_OP_NOP_IN)
#define TMF		BIT(ISCSI_OP_TMF_REQ)

#define MS_MAX		86400000u	/* of a delay: a day */
#define FLOOD_MAX	100000u
#define INSERT_MAX	65536u	/* bytes */
#define AHS_WORDS_MAX	255u

static uint64_t in_ms(const struct hit *hit, uint32_t ms)
{
	return ms == SCRIPT_FOR_EVER ? NEVER : hit->conn->target->now_ms + ms;
}

/* Ours to change: a copy of the data with room for @extra more bytes. */
static uint8_t *own_data(struct out *out, uint32_t extra)
{
	uint8_t *data = calloc(1, (size_t)out->len + extra + 1);

	if (!data)
		return NULL;
	if (out->len)
		memcpy(data, out->data, out->len);
	free(out->own);
	out->own = data;
	out->data = data;
	return data;
}

/* A PDU to be sent has its StatSN already. What goes out before it takes that
 * one, so that the numbers are in order on the wire.
 */
static void step_back(struct hit *hit)
{
	if (hit->out && hit->out->with_status)
		hit->conn->statsn--;
}

static void step_forth(struct hit *hit, uint32_t before)
{
	struct conn *conn = hit->conn;

	if (!hit->out || !hit->out->with_status)
		return;
	add32(&hit->out->hdr.target.statsn, conn->statsn - before);
	conn->statsn++;
}

/* --- any PDU --- */

static void take_away(struct hit *hit)
{
	if (hit->in)
		hit->in->consumed = true;
	else
		hit->out->dropped = true;
}

static void do_drop(struct hit *hit)
{
	take_away(hit);
	if (hit->in)
		hit->in->hang = true;
}

static void do_delay(struct hit *hit)
{
	uint64_t due = in_ms(hit, hit->rule->args[0]);

	if (hit->in)
		hit->in->due = due;
	else
		hit->out->due = due;
}

static void do_duplicate(struct hit *hit)
{
	if (hit->in)
		hit->in->times++;
	else
		hit->out->times++;
}

static void do_close(struct hit *hit)
{
	take_away(hit);
	conn_close(hit->conn);
}

static void do_reset(struct hit *hit)
{
	take_away(hit);
	conn_reset(hit->conn);
}

static void do_silent(struct hit *hit)
{
	conn_silence(hit->conn, hit->rule->args[0]);
	if (hit->in)
		hit->in->due = hit->conn->silent_until;
}

static void do_reject(struct hit *hit)
{
	const union iscsi_pdu_hdr *hdr = hit->in ? hit->in->hdr : &hit->out->hdr;

	take_away(hit);
	step_back(hit);
	out_reject(hit->conn, hdr, (uint8_t)hit->rule->args[0]);
}

static void do_async(struct hit *hit)
{
	const uint32_t *args = hit->rule->args;
	uint32_t before;

	step_back(hit);
	before = hit->conn->statsn;
	out_async(hit->conn, (uint8_t)args[0], (uint16_t)args[1], (uint16_t)args[2]);
	step_forth(hit, before);
}

/* A MaxCmdSN once said cannot be taken back (RFC 7143 section 4.2.2.1):
 * it stays where it is, so that what the initiator may still send runs out.
 */
static void do_close_window(struct hit *hit)
{
	struct conn *conn = hit->conn;

	conn->frozen_max = conn->max_cmdsn;
	conn->frozen_until = in_ms(hit, hit->rule->args[0]);
}

static void do_nop_flood(struct hit *hit)
{
	step_back(hit);
	for (uint32_t i = 0; i < hit->rule->args[0] && !hit->conn->dead; i++)
		out_nop_in(hit->conn, false);
	step_forth(hit, hit->conn->statsn);
}

/* Of the same task, lawful but for its being there. R2T and Data-In have bytes. */
static void do_insert(struct hit *hit)
{
	const union iscsi_pdu_hdr *of = hit->in ? hit->in->hdr : &hit->out->hdr;
	static const uint8_t zeroes[INSERT_MAX];
	uint32_t bytes = hit->rule->args[1], before;
	struct conn *conn = hit->conn;
	struct out out = { .with_status = true };

	out.hdr.bhs.opcode = (uint8_t)hit->rule->args[0];
	out.hdr.bhs.flags = ISCSI_FLAG_FINAL;
	out.hdr.bhs.itt = of->bhs.itt;
	out.hdr.target.ttt = iscsi_put32(ISCSI_RESERVED_TAG);
	if (iscsi_opcode(&out.hdr.bhs) == ISCSI_OP_R2T) {
		out.with_status = false;
		out.hdr.r2t.ttt = iscsi_put32((conn->ttt++ & TTT_MASK) | TTT_DUPLICATE);
		out.hdr.r2t.desired_len = iscsi_put32(bytes);
	} else if (iscsi_opcode(&out.hdr.bhs) == ISCSI_OP_DATA_IN) {
		out.with_status = false;
		out.data = zeroes;
		out.len = bytes;
	}
	step_back(hit);
	before = conn->statsn;
	out_send(conn, &out);
	step_forth(hit, before);
}

/* --- commands --- */

static void refuse(struct hit *hit, uint8_t status, const struct scsi_sense *sense)
{
	hit->in->consumed = true;
	task_refuse(hit->conn, hit->in, status, sense);
}

static void do_check_condition(struct hit *hit)
{
	const uint32_t *args = hit->rule->args;
	struct scsi_sense sense = { (uint8_t)args[0], (uint8_t)args[1], (uint8_t)args[2] };

	refuse(hit, SCSI_CHECK_CONDITION, &sense);
}

static void do_busy(struct hit *hit)
{
	refuse(hit, SCSI_BUSY, NULL);
}

static void do_task_set_full(struct hit *hit)
{
	refuse(hit, SCSI_TASK_SET_FULL, NULL);
}

/* --- task management --- */

static void do_tmf_status(struct hit *hit)
{
	hit->in->consumed = true;
	task_management_answer(hit->conn, hit->in, (uint8_t)hit->rule->args[0]);
}

/* --- login --- */

static void do_login_status(struct hit *hit)
{
	hit->in->consumed = true;
	login_fail(hit->conn, hit->in, (uint8_t)hit->rule->args[0], (uint8_t)hit->rule->args[1]);
}

static void do_login_garbage(struct hit *hit)
{
	hit->conn->login.garbage = true;
}

/* --- what is sent: the bytes --- */

static void do_header_digest(struct hit *hit)
{
	if (hit->conn->stage == CONN_FULL && hit->conn->keys.value[KEY_HEADER_DIGEST])
		hit->out->bad_header_digest = true;
	else
		hit->skipped = "no-header-digest";
}

static void do_data_digest(struct hit *hit)
{
	if (hit->conn->stage == CONN_FULL && hit->conn->keys.value[KEY_DATA_DIGEST] &&
	    hit->out->len)
		hit->out->bad_data_digest = true;
	else
		hit->skipped = "no-data-digest";
}

static void do_ahs(struct hit *hit)
{
	hit->out->ahs_words = hit->rule->args[0];
	hit->out->hdr.bhs.ahs_words = (uint8_t)hit->rule->args[0];
}

static void do_padding(struct hit *hit)
{
	if (iscsi_pad(hit->out->len))
		hit->out->padding = 0xff;
	else
		hit->skipped = "no-padding";
}

static void do_split(struct hit *hit)
{
	hit->out->split = hit->rule->args[0] ? hit->rule->args[0] : 1;
	hit->out->gap_ms = hit->rule->args[1];
}

static void do_merge(struct hit *hit)
{
	hit->out->merge = true;
	if (!hit->out->due)		/* no rule delays it */
		hit->out->due = in_ms(hit, hit->rule->args[0]);
}

static void set_len(struct out *out, uint32_t len)
{
	out->len = len;
	out->hdr.bhs.dsl = iscsi_put24(len);
}

static void do_too_long(struct hit *hit)
{
	uint32_t extra = hit->rule->args[0];
	struct out *out = hit->out;
	uint8_t *data;

	if (out->len + extra > ISCSI_DSL_MAX) {
		hit->skipped = "24-bits";
		return;
	}
	data = own_data(out, extra);
	if (!data) {
		hit->skipped = "no-memory";
		return;
	}
	memset(data + out->len, 0xa5, extra);
	set_len(out, out->len + extra);
}

static void do_short(struct hit *hit)
{
	struct out *out = hit->out;

	if (out->len <= hit->rule->args[0])
		hit->skipped = "less-data-than-that";
	else
		set_len(out, out->len - hit->rule->args[0]);
}

/* --- R2T and Data-In out of place --- */

/* A second request for the same data, with an R2TSN and a TTT of its own; what
 * the initiator sends for it is ignored (TTT_DUPLICATE).
 */
static void repeat_r2t(struct conn *conn, const struct out *out)
{
	struct task *task = task_find(conn, iscsi_get32(out->hdr.bhs.itt));
	struct out again = { .hdr = out->hdr };

	if (!task)
		return;
	again.hdr.r2t.r2tsn = iscsi_put32(task->r2tsn++);
	again.hdr.r2t.ttt = iscsi_put32(iscsi_get32(out->hdr.r2t.ttt) | TTT_DUPLICATE);
	out_send(conn, &again);
}

static void do_r2t_duplicate(struct hit *hit)
{
	hit->out->after = repeat_r2t;
}

static void more_data(struct conn *conn, const struct out *out)
{
	static const uint8_t data[512];
	struct out late = { .data = data, .len = sizeof(data) };

	late.hdr.data_in.opcode = ISCSI_OP_DATA_IN;
	late.hdr.data_in.flags = ISCSI_FLAG_FINAL;
	late.hdr.data_in.itt = out->hdr.bhs.itt;
	late.hdr.data_in.ttt = iscsi_put32(ISCSI_RESERVED_TAG);
	out_send(conn, &late);
}

static void do_data_after_status(struct hit *hit)
{
	if (hit->out->with_status)
		hit->out->after = more_data;
	else
		hit->skipped = "no-status";
}

/* --- the table --- */

static const struct word for_ever[] = { { "ever", SCRIPT_FOR_EVER }, { NULL, 0 } };

static const struct word reject_reasons[] = {
	{ "data-digest", ISCSI_REJECT_DATA_DIGEST },
	{ "snack", ISCSI_REJECT_SNACK },
	{ "protocol-error", ISCSI_REJECT_PROTOCOL_ERROR },
	{ "not-supported", ISCSI_REJECT_NOT_SUPPORTED },
	{ "immediate", ISCSI_REJECT_IMMEDIATE },
	{ "task-in-progress", ISCSI_REJECT_TASK_IN_PROGRESS },
	{ "data-ack", ISCSI_REJECT_INVALID_DATA_ACK },
	{ "invalid-field", ISCSI_REJECT_INVALID_FIELD },
	{ "resources", ISCSI_REJECT_RESOURCES },
	{ "negotiation-reset", ISCSI_REJECT_NEGOTIATION_RESET },
	{ "waiting-logout", ISCSI_REJECT_WAITING_LOGOUT },
	{ NULL, 0 },
};

static const struct word tmf_responses[] = {
	{ "complete", ISCSI_TMF_RSP_COMPLETE },
	{ "no-task", ISCSI_TMF_RSP_NO_TASK },
	{ "no-lun", ISCSI_TMF_RSP_NO_LUN },
	{ "still-allegiant", ISCSI_TMF_RSP_STILL_ALLEGIANT },
	{ "no-failover", ISCSI_TMF_RSP_NO_FAILOVER },
	{ "not-supported", ISCSI_TMF_RSP_NOT_SUPPORTED },
	{ "auth-failed", ISCSI_TMF_RSP_AUTH_FAILED },
	{ "rejected", ISCSI_TMF_RSP_REJECTED },
	{ NULL, 0 },
};

static const struct word async_events[] = {
	{ "scsi", ISCSI_ASYNC_SCSI },
	{ "logout", ISCSI_ASYNC_LOGOUT },
	{ "drop-conn", ISCSI_ASYNC_DROP_CONN },
	{ "drop-all", ISCSI_ASYNC_DROP_ALL },
	{ "negotiate", ISCSI_ASYNC_NEGOTIATE },
	{ NULL, 0 },
};

#define U32	UINT32_MAX

const struct action actions[] = {
	{ "drop", "", ANY, 0, 0, { 0 }, { 0 }, NULL, do_drop,
	  "a command hangs until aborted, what is sent is lost with its StatSN" },
	{ "delay", ":MS", ANY, 1, 1, { 0 }, { MS_MAX }, NULL, do_delay,
	  "process or send it later; what comes after it waits too" },
	{ "duplicate", "", ANY, 0, 0, { 0 }, { 0 }, NULL, do_duplicate,
	  "process or send it twice" },
	{ "close", "", ANY, 0, 0, { 0 }, { 0 }, NULL, do_close, "FIN instead of it" },
	{ "reset", "", ANY, 0, 0, { 0 }, { 0 }, NULL, do_reset, "RST instead of it" },
	{ "silent", "[:MS|ever]", ANY, 0, 1, { SCRIPT_FOR_EVER }, { MS_MAX }, for_ever, do_silent,
	  "neither read nor send from it on" },
	{ "reject", ":REASON", ANY, 1, 1, { 0 }, { 255 }, reject_reasons, do_reject,
	  "Reject instead of it" },
	{ "async", ":EVENT[:T2WAIT:T2RETAIN]", ANY, 1, 3, { 0, 2, 0 }, { 255, 65535, 65535 },
	  async_events, do_async, "an Asynchronous Message before it" },
	{ "close-window", "[:MS|ever]", ANY, 0, 1, { SCRIPT_FOR_EVER }, { MS_MAX }, for_ever,
	  do_close_window, "MaxCmdSN stays; a NOP-In opens it again" },
	{ "nop-flood", ":N", ANY, 1, 1, { 0 }, { FLOOD_MAX }, NULL, do_nop_flood,
	  "N NOP-In before it, none to be answered" },
	{ "insert", ":OPCODE[:BYTES]", ANY, 1, 2, { 0, 512 }, { ISCSI_OPCODE_MASK, INSERT_MAX },
	  NULL, do_insert, "a PDU of the same ITT before it" },
	{ "check-condition", ":KEY/ASC/ASCQ", COMMAND, 3, 3, { 0 }, { 15, 255, 255 }, NULL,
	  do_check_condition, "CHECK CONDITION with that sense" },
	{ "busy", "", COMMAND, 0, 0, { 0 }, { 0 }, NULL, do_busy, "BUSY" },
	{ "task-set-full", "", COMMAND, 0, 0, { 0 }, { 0 }, NULL, do_task_set_full,
	  "TASK SET FULL" },
	{ "tmf-status", ":CODE", TMF, 1, 1, { 0 }, { 255 }, tmf_responses, do_tmf_status,
	  "a response with that code, and nothing done" },
	{ "login-status", ":CLASS/DETAIL", LOGIN, 2, 2, { 0 }, { 255, 255 }, NULL, do_login_status,
	  "a Login Response with that status" },
	{ "login-hang", "", LOGIN, 0, 0, { 0 }, { 0 }, NULL, do_drop, "no Login Response" },
	{ "login-garbage-keys", "", LOGIN, 0, 0, { 0 }, { 0 }, NULL, do_login_garbage,
	  "keys that are none in the Login Response" },
	{ "corrupt-header-digest", "", OUT, 0, 0, { 0 }, { 0 }, NULL, do_header_digest,
	  "one bit, where negotiated" },
	{ "corrupt-data-digest", "", OUT, 0, 0, { 0 }, { 0 }, NULL, do_data_digest,
	  "one bit, where negotiated and there is data" },
	{ "wrong-datasn", "[:ADD]", DATA_IN | R2T | RESPONSE, 0, 1, { 1 }, { U32 }, NULL,
	  field_datasn, "DataSN, R2TSN or ExpDataSN" },
	{ "wrong-statsn", "[:ADD]", OUT, 0, 1, { 1 }, { U32 }, NULL, field_statsn,
	  "of this PDU alone" },
	{ "wrong-itt", "[:ITT]", OUT, 0, 1, { 0x5a5a5a5a }, { U32 }, NULL, field_itt,
	  "an Initiator Task Tag of no task" },
	{ "wrong-ttt", "[:TTT]", R2T | NOP_IN | DATA_IN, 0, 1, { 0x5a5a5a5a }, { U32 }, NULL,
	  field_ttt, "a Target Transfer Tag that was not meant" },
	{ "wrong-offset", "[:ADD]", DATA_IN | R2T, 0, 1, { 4096 }, { U32 }, NULL, field_offset,
	  "Buffer Offset, bytes" },
	{ "too-long", "[:BYTES]", OUT, 0, 1, { 512 }, { 1u << 20 }, NULL, do_too_long,
	  "a data segment with so many bytes more" },
	{ "short", "[:BYTES]", OUT, 0, 1, { 4 }, { 1u << 20 }, NULL, do_short,
	  "a data segment with so many bytes less" },
	{ "overflow", "[:BYTES]", RESPONSE | DATA_IN, 0, 1, { 512 }, { U32 }, NULL, field_overflow,
	  "a Residual Overflow that is none" },
	{ "underflow", "[:BYTES]", RESPONSE | DATA_IN, 0, 1, { 512 }, { U32 }, NULL, field_underflow,
	  "a Residual Underflow that is none" },
	{ "bad-opcode", "[:BYTE]", OUT, 0, 1, { 0x3c }, { 255 }, NULL, field_opcode,
	  "byte 0 of the header" },
	{ "reserved-bits", "", OUT, 0, 0, { 0 }, { 0 }, NULL, field_reserved,
	  "set in fields that are reserved" },
	{ "ahs", "[:WORDS]", OUT, 0, 1, { 1 }, { AHS_WORDS_MAX }, NULL, do_ahs,
	  "an additional header segment of zeroes" },
	{ "bad-padding", "", OUT, 0, 0, { 0 }, { 0 }, NULL, do_padding,
	  "ones in the bytes that pad its data" },
	{ "set", ":OFFSET/WIDTH/VALUE", OUT, 3, 3, { 0 }, { 47, 4, U32 }, NULL, field_set,
	  "a field of the header, big-endian; WIDTH in bytes" },
	{ "xor", ":OFFSET/WIDTH/MASK", OUT, 3, 3, { 0 }, { 47, 4, U32 }, NULL, field_xor,
	  "the same, bits inverted" },
	{ "add", ":OFFSET/WIDTH/N", OUT, 3, 3, { 0 }, { 47, 4, U32 }, NULL, field_add,
	  "the same, N more; -N: less" },
	{ "window", ":ADD", OUT, 1, 1, { 0 }, { U32 }, NULL, field_window,
	  "MaxCmdSN moved; -ADD: back, in this PDU alone" },
	{ "split", "[:BYTES[:MS]]", OUT, 0, 2, { 1, 1 }, { 1u << 20, MS_MAX }, NULL, do_split,
	  "dribble it out, so many bytes at a time" },
	{ "merge", "[:MS]", OUT, 0, 1, { 50 }, { MS_MAX }, NULL, do_merge,
	  "send it together with the next, or after that time (50 ms)" },
	{ "r2t-beyond", "[:BYTES]", R2T, 0, 1, { 512 }, { U32 }, NULL, field_desired_len,
	  "a longer Desired Data Transfer Length" },
	{ "r2t-duplicate", "", R2T, 0, 0, { 0 }, { 0 }, NULL, do_r2t_duplicate,
	  "the same data asked for twice" },
	{ "data-in-after-status", "", DATA_IN | RESPONSE, 0, 0, { 0 }, { 0 }, NULL,
	  do_data_after_status, "512 bytes for a task that has ended" },
	{ .name = NULL },
};

const char *action_wrong(const struct rule *rule)
{
	void (*run)(struct hit *) = rule->action->run;

	if (run == field_set || run == field_xor)
		return field_wrong(rule->args);
	return run == field_add ? field_wrong_place(rule->args) : NULL;
}

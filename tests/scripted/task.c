// SPDX-License-Identifier: GPL-2.0-or-later
/* SCSI commands: Data-In, R2T, responses. */
#include "task.h"

#include <stdlib.h>
#include <string.h>

struct task *task_find(struct conn *conn, uint32_t itt)
{
	for (unsigned i = 0; i < TASKS_MAX; i++) {
		if (conn->tasks[i].live && conn->tasks[i].itt == itt)
			return &conn->tasks[i];
	}
	return NULL;
}

static struct task *task_new(struct conn *conn, const struct iscsi_scsi_cmd *cmd)
{
	for (unsigned i = 0; i < TASKS_MAX; i++) {
		struct task *task = &conn->tasks[i];

		if (task->live)
			continue;
		memset(task, 0, sizeof(*task));
		task->live = true;
		task->itt = iscsi_get32(cmd->itt);
		task->edtl = iscsi_get32(cmd->edtl);
		memcpy(task->lun, cmd->lun, sizeof(task->lun));
		conn->tasks_live++;
		return task;
	}
	return NULL;
}

void task_end(struct conn *conn, struct task *task)
{
	task->live = false;
	conn->tasks_live--;
}

/* --- responses --- */

/* Bytes: the initiator's, and what the device would have moved. */
static void put_residual(union iscsi_pdu_hdr *hdr, uint32_t edtl, uint32_t had)
{
	if (had == edtl)
		return;
	/* O and U, and the count, lie at the same place in both PDUs. */
	hdr->bhs.flags |= had > edtl ? ISCSI_RSP_OVERFLOW : ISCSI_RSP_UNDERFLOW;
	hdr->scsi_rsp.residual = iscsi_put32(had > edtl ? had - edtl : edtl - had);
}

static void respond(struct conn *conn, const struct response *what)
{
	uint8_t sense[2 + SCSI_SENSE_LEN] = { 0, SCSI_SENSE_LEN };
	struct out out = { .with_status = true };
	struct iscsi_scsi_rsp *rsp = &out.hdr.scsi_rsp;

	rsp->opcode = ISCSI_OP_SCSI_RSP;
	rsp->flags = ISCSI_FLAG_FINAL;
	rsp->status = what->status;
	rsp->itt = iscsi_put32(what->itt);
	rsp->exp_datasn = iscsi_put32(what->datasn);
	put_residual(&out.hdr, what->edtl, what->had);
	if (what->status == SCSI_CHECK_CONDITION) {
		scsi_put_sense(&what->sense, sense + 2);
		out.data = sense;
		out.len = sizeof(sense);
	}
	out_send(conn, &out);
}

void task_refuse(struct conn *conn, const struct in *in, uint8_t status,
		 const struct scsi_sense *sense)
{
	const struct iscsi_scsi_cmd *cmd = &in->hdr->scsi_cmd;
	struct response what = { .itt = iscsi_get32(cmd->itt), .status = status,
				 .edtl = iscsi_get32(cmd->edtl) };

	if (sense)
		what.sense = *sense;
	respond(conn, &what);
}

void task_fail(struct conn *conn, struct task *task, struct scsi_sense sense)
{
	struct response what = { .itt = task->itt, .status = SCSI_CHECK_CONDITION,
				 .sense = sense, .edtl = task->edtl, .datasn = task->r2tsn };

	task_end(conn, task);
	respond(conn, &what);
}

void task_hang(struct conn *conn, const struct in *in)
{
	struct task *task = task_new(conn, &in->hdr->scsi_cmd);

	if (task)
		task->hung = true;
}

/* --- reads, and all that replies from memory --- */

struct reading {
	struct conn *conn;
	const struct iscsi_scsi_cmd *cmd;
	struct scsi_result *result;
	struct response end;
	uint32_t total;			/* bytes that move */
	bool in_data;			/* the status goes with the last Data-In */
};

static void put_data(struct reading *rd, uint32_t offset, const uint8_t *data, uint32_t len,
		     bool final)
{
	struct out out = { .data = data, .len = len };
	struct iscsi_data_in *hdr = &out.hdr.data_in;
	bool last = offset + len == rd->total;

	hdr->opcode = ISCSI_OP_DATA_IN;
	hdr->flags = final || last ? ISCSI_FLAG_FINAL : 0;
	hdr->itt = rd->cmd->itt;
	hdr->ttt = iscsi_put32(ISCSI_RESERVED_TAG);
	hdr->datasn = iscsi_put32(rd->end.datasn++);
	hdr->offset = iscsi_put32(offset);
	if (last && rd->in_data) {
		hdr->flags |= ISCSI_DATA_IN_STATUS;
		put_residual(&out.hdr, rd->end.edtl, rd->end.had);
		out.with_status = true;
	}
	out_send(rd->conn, &out);
}

static bool fetch(struct reading *rd, uint32_t offset, uint8_t *buf, uint32_t len)
{
	const struct scsi_result *result = rd->result;

	if (result->disk)
		return scsi_read(result->disk, result->offset + offset, buf, len);
	memcpy(buf, result->reply + offset, len);
	return true;
}

/* Pieces of the initiator's MaxRecvDataSegmentLength, sequences of MaxBurstLength. */
static bool put_all_data(struct reading *rd, uint8_t *buf, uint32_t piece)
{
	uint32_t burst_max = rd->conn->keys.value[KEY_MAX_BURST], burst = 0, len;

	for (uint32_t offset = 0; offset < rd->total; offset += len) {
		len = rd->total - offset < piece ? rd->total - offset : piece;
		if (len > burst_max - burst)
			len = burst_max - burst;
		if (!fetch(rd, offset, buf, len))
			return false;
		burst = (burst + len) % burst_max;
		put_data(rd, offset, buf, len, !burst);
	}
	return true;
}

static void run_read(struct reading *rd)
{
	uint32_t piece = rd->conn->keys.value[KEY_MRDSL];
	uint8_t *buf;

	if (piece > rd->total)
		piece = rd->total;
	buf = malloc(piece + 1);
	if (!buf || !put_all_data(rd, buf, piece)) {
		rd->in_data = false;
		rd->end.status = SCSI_CHECK_CONDITION;
		rd->end.sense = (struct scsi_sense){ 3, 0x11, 0 };	/* unrecovered read */
	}
	free(buf);
	if (!rd->in_data || !rd->total)
		respond(rd->conn, &rd->end);
}

static void start_read(struct conn *conn, struct in *in, struct scsi_result *result)
{
	const struct iscsi_scsi_cmd *cmd = &in->hdr->scsi_cmd;
	uint32_t edtl = cmd->flags & ISCSI_CMD_READ ? iscsi_get32(cmd->edtl) : 0;
	struct reading rd = {
		.conn = conn, .cmd = cmd, .result = result,
		.end = { .itt = iscsi_get32(cmd->itt), .edtl = edtl, .had = result->len },
		.total = edtl < result->len ? edtl : result->len,
		.in_data = !conn->target->separate_status,
	};

	run_read(&rd);
}

/* --- writes --- */

static void ask(struct conn *conn, struct task *task, struct r2t *r2t)
{
	uint32_t most = conn->keys.value[KEY_MAX_BURST], left = task->want - task->asked;
	struct out out = { 0 };
	struct iscsi_r2t *hdr = &out.hdr.r2t;

	*r2t = (struct r2t){ .live = true, .ttt = conn->ttt++ & TTT_MASK,
			     .offset = task->asked, .len = left < most ? left : most };
	task->asked += r2t->len;
	hdr->opcode = ISCSI_OP_R2T;
	hdr->flags = ISCSI_FLAG_FINAL;
	memcpy(hdr->lun, task->lun, sizeof(hdr->lun));
	hdr->itt = iscsi_put32(task->itt);
	hdr->ttt = iscsi_put32(r2t->ttt);
	hdr->r2tsn = iscsi_put32(task->r2tsn++);
	hdr->offset = iscsi_put32(r2t->offset);
	hdr->desired_len = iscsi_put32(r2t->len);
	out_send(conn, &out);
}

void task_progress(struct conn *conn, struct task *task)
{
	uint32_t most = conn->keys.value[KEY_MAX_R2T];
	struct response what = { .itt = task->itt, .edtl = task->edtl,
				 .had = task->result.len };

	if (task->unsolicited)
		return;
	if (task->failed) {
		task_fail(conn, task, (struct scsi_sense){ 3, 0x0c, 0 });	/* write error */
		return;
	}
	for (unsigned i = 0; i < R2TS_MAX && i < most && task->asked < task->want; i++) {
		if (!task->r2t[i].live)
			ask(conn, task, &task->r2t[i]);
	}
	if (task->got < task->want)
		return;
	what.datasn = task->r2tsn;
	task_end(conn, task);
	respond(conn, &what);
}

void task_store(struct task *task, uint32_t offset, const uint8_t *data, uint32_t len)
{
	struct scsi_result *result = &task->result;

	task->got += len;
	if (offset >= task->want)
		return;
	if (len > task->want - offset)
		len = task->want - offset;
	if (len && !scsi_write(result->disk, result->offset + offset, data, len))
		task->failed = true;
}

/* What may come unasked, and why not; NULL: it may. */
static const char *unasked_wrong(const struct conn *conn, const struct in *in)
{
	const struct iscsi_scsi_cmd *cmd = &in->hdr->scsi_cmd;
	const uint32_t *keys = conn->keys.value;
	bool more = !(cmd->flags & ISCSI_FLAG_FINAL);

	if ((in->len || more) && !(cmd->flags & ISCSI_CMD_WRITE))
		return "data without the W bit";
	if (in->len && !keys[KEY_IMMEDIATE_DATA])
		return "immediate data, against ImmediateData=No";
	if (in->len > keys[KEY_FIRST_BURST])
		return "immediate data past FirstBurstLength";
	if (in->len > iscsi_get32(cmd->edtl))
		return "immediate data past the Expected Data Transfer Length";
	if (more && keys[KEY_INITIAL_R2T])
		return "unsolicited data, against InitialR2T=Yes";
	return NULL;
}

static void start_write(struct conn *conn, struct in *in, const struct scsi_result *result)
{
	const struct iscsi_scsi_cmd *cmd = &in->hdr->scsi_cmd;
	const char *wrong = unasked_wrong(conn, in);
	struct task *task;

	if (wrong) {
		log_peer(conn, "%s", wrong);
		out_reject(conn, in->hdr, ISCSI_REJECT_PROTOCOL_ERROR);
		return;
	}
	task = task_new(conn, cmd);
	if (!task) {
		task_refuse(conn, in, SCSI_TASK_SET_FULL, NULL);
		return;
	}
	if (!(cmd->flags & ISCSI_CMD_WRITE))
		task->edtl = 0;
	task->result = *result;
	task->want = task->edtl < result->len ? task->edtl : result->len;
	task->unsolicited = !(cmd->flags & ISCSI_FLAG_FINAL);
	task_store(task, 0, in->data, in->len);
	task->asked = task->got;
	task_progress(conn, task);
}

void task_command(struct conn *conn, struct in *in)
{
	const struct iscsi_scsi_cmd *cmd = &in->hdr->scsi_cmd;
	uint8_t both = ISCSI_CMD_READ | ISCSI_CMD_WRITE;
	struct scsi_result result;

	if (task_find(conn, iscsi_get32(cmd->itt))) {
		log_peer(conn, "ITT 0x%08x is in use", iscsi_get32(cmd->itt));
		out_reject(conn, in->hdr, ISCSI_REJECT_TASK_IN_PROGRESS);
		return;
	}
	scsi_execute(&conn->disks, cmd->lun, cmd->cdb, &result);
	if ((cmd->flags & both) == both)
		scsi_fail(&result, 5, 0x24, 0);		/* nothing here is bidirectional */
	if (result.status != SCSI_GOOD)
		task_refuse(conn, in, result.status, &result.sense);
	else if (result.write)
		start_write(conn, in, &result);
	else
		start_read(conn, in, &result);
}

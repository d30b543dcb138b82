// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a target sends to a task: Data-In, SCSI Response, R2T (RFC 7143
 * sections 11.4, 11.7, 11.8).
 */
#include "task.h"

/* --- results ---------------------------------------------------------------------- */

/* How a status came: with a SCSI Response or with the last Data-In. */
struct scsi_result {
	uint8_t flags;		/* ISCSI_RSP_OVERFLOW, ISCSI_RSP_UNDERFLOW */
	uint8_t status;
	uint32_t residual;
};

_Static_assert(ISCSI_RSP_OVERFLOW == ISCSI_DATA_IN_OVERFLOW &&
	       ISCSI_RSP_UNDERFLOW == ISCSI_DATA_IN_UNDERFLOW, "one struct for both");

/*
 * U and O exclude each other, and less than nothing cannot be transferred
 * (section 11.4.5). The bidirectional bits are ignored: no command of ours has
 * both directions.
 */
static enum ohba_status check_residual(const struct ohba_task *task, const struct scsi_result *r)
{
	bool over = r->flags & ISCSI_RSP_OVERFLOW;
	bool under = r->flags & ISCSI_RSP_UNDERFLOW;

	if ((over && under) || (under && r->residual > task->sgl.len))
		return OHBA_ST_BAD_FIELD;
	return OHBA_ST_SUCCESS;
}

/*
 * The host is told what was moved, not what the target believes: bytes that did
 * not come, or were not asked for, are an underflow even if the target forgot
 * to say so.
 */
static void put_residual(const struct ohba_task *task, const struct scsi_result *r,
			 struct ohba_cqe *cqe)
{
	uint32_t missing = task->sgl.len - task->moved;

	if (r->flags & ISCSI_RSP_UNDERFLOW && r->residual > missing)
		missing = r->residual;
	if (missing) {
		cqe->flags = OHBA_CQE_UNDERFLOW;
		cqe->result = htole32(missing);
	} else if (r->flags & ISCSI_RSP_OVERFLOW) {
		cqe->flags = OHBA_CQE_OVERFLOW;
		cqe->result = htole32(r->residual);
	}
}

/* --- Data-In ---------------------------------------------------------------------- */

static struct scsi_result data_in_result(const struct iscsi_data_in *in)
{
	return (struct scsi_result){
		.flags = in->flags,
		.status = in->status,
		.residual = iscsi_get32(in->residual),
	};
}

/* In order (DataPDUInOrder and DataSequenceInOrder are Yes), within the buffer. */
static enum ohba_status check_data_in(struct ohba_task *task, const struct iscsi_data_in *in)
{
	uint32_t len = iscsi_get24(in->dsl);

	if (!(task->flags & OHBA_IO_READ))
		return OHBA_ST_BAD_OPCODE;
	if (iscsi_get32(in->datasn) != task->sn)
		return OHBA_ST_BAD_DATASN;
	if (iscsi_get32(in->offset) != task->moved || len > task->sgl.len - task->moved)
		return OHBA_ST_BAD_OFFSET;
	return OHBA_ST_SUCCESS;
}

static enum ohba_status check_data_in_status(struct ohba_conn *conn, struct ohba_task *task,
					     const struct iscsi_data_in *in)
{
	struct scsi_result result = data_in_result(in);
	enum ohba_status status = OHBA_ST_SUCCESS;

	if (!(in->flags & ISCSI_DATA_IN_STATUS))
		return OHBA_ST_SUCCESS;
	if (!(in->flags & ISCSI_FLAG_FINAL))	/* section 11.7.3: S implies F */
		return OHBA_ST_BAD_FIELD;
	if (task)
		status = check_residual(task, &result);
	return status ? status : ohba_session_statsn(conn, in->statsn);
}

/*
 * The A bit asks for a SNACK, which exists above error recovery level 0 only
 * (11.7.2): ignored.
 */
int ohba_data_in_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	const struct iscsi_data_in *in = &hdr->data_in;
	uint32_t itt = iscsi_get32(in->itt);
	struct ohba_task *task = ohba_task_find(conn, itt);
	enum ohba_status status = OHBA_ST_SUCCESS;

	if (task)
		status = check_data_in(task, in);
	else if (!ohba_task_ghost(conn, itt, iscsi_get24(in->dsl)))
		status = OHBA_ST_BAD_ITT;
	if (!status)
		status = check_data_in_status(conn, task, in);
	if (status || !task)
		return status;
	task->sn++;
	conn->rx.sink.task = task;
	conn->rx.sink.sgl = &task->sgl;
	conn->rx.sink.off = task->moved;
	return 0;
}

int ohba_data_in_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	const struct iscsi_data_in *in = &hdr->data_in;
	struct scsi_result result = data_in_result(in);
	struct ohba_task *task = conn->rx.sink.task;
	struct ohba_cqe cqe = { .scsi_status = result.status };

	if (!task)
		return 0;
	task->moved += iscsi_get24(in->dsl);
	if (!(in->flags & ISCSI_DATA_IN_STATUS))
		return 0;
	put_residual(task, &result, &cqe);
	ohba_task_end(task, &cqe);
	return 0;
}

/* --- SCSI Response ------------------------------------------------------------------ */

static struct scsi_result response_result(const struct iscsi_scsi_rsp *rsp)
{
	return (struct scsi_result){
		.flags = rsp->flags,
		.status = rsp->status,
		.residual = iscsi_get32(rsp->residual),
	};
}

/*
 * ExpDataSN says how many Data-In or R2T there were (section 11.4.8). More than
 * came means that some were lost; fewer must be borne: tgtd always says 0.
 */
static enum ohba_status check_response(struct ohba_task *task, const struct iscsi_scsi_rsp *rsp)
{
	struct scsi_result result = response_result(rsp);

	if (rsp->response == ISCSI_RESPONSE_COMPLETED &&
	    iscsi_sn_lt(task->sn, iscsi_get32(rsp->exp_datasn)))
		return OHBA_ST_BAD_DATASN;
	return check_residual(task, &result);
}

int ohba_scsi_rsp_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	const struct iscsi_scsi_rsp *rsp = &hdr->scsi_rsp;
	uint32_t itt = iscsi_get32(rsp->itt);
	uint32_t len = iscsi_get24(rsp->dsl);
	struct ohba_task *task = ohba_task_find(conn, itt);
	enum ohba_status status = OHBA_ST_SUCCESS;

	if (len > OHBA_CTRL_DATA_MAX)
		return OHBA_ST_BAD_LENGTH;
	if (task)
		status = check_response(task, rsp);
	else if (!ohba_task_ghost(conn, itt, len))
		status = OHBA_ST_BAD_ITT;
	if (!status)
		status = ohba_session_statsn(conn, rsp->statsn);
	conn->rx.sink.task = task;
	conn->rx.sink.buf = ohba_conn_memory(conn)->ctrl_data;
	return status;
}

/*
 * The data segment is SenseLength, sense data, response data (section 11.4.7).
 * Returns a status that ends the connection; *@status is the command's.
 */
static int put_sense(struct ohba_conn *conn, struct ohba_task *task, uint32_t len,
		     struct ohba_cqe *cqe)
{
	const struct ohba_host_memory *mem = ohba_fw_host_memory(conn->fw);
	const uint8_t *data = ohba_conn_memory(conn)->ctrl_data;
	uint32_t sense_len = len >= 2 ? data[0] << 8 | data[1] : 0;

	if (len == 1 || (len && sense_len > len - 2))
		return OHBA_ST_BAD_LENGTH;
	if (sense_len > mem->sense_stride)
		sense_len = mem->sense_stride;
	cqe->sense_len = htole16(sense_len);
	if (!sense_len)
		return 0;
	if (ohba_dma_write(conn->fw, mem->sense_base +
			   (uint64_t)OHBA_TAG_INDEX(task->tag) * mem->sense_stride,
			   data + 2, sense_len)) {
		cqe->status = htole16(OHBA_ST_DMA_FAULT);
		cqe->sense_len = 0;
	}
	return 0;
}

int ohba_scsi_rsp_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	const struct iscsi_scsi_rsp *rsp = &hdr->scsi_rsp;
	struct scsi_result result = response_result(rsp);
	struct ohba_task *task = conn->rx.sink.task;
	struct ohba_cqe cqe = { .response = rsp->response };
	int res;

	if (!task)
		return 0;
	/* Status, residual and sense mean something with this response only. */
	if (rsp->response == ISCSI_RESPONSE_COMPLETED) {
		cqe.scsi_status = rsp->status;
		put_residual(task, &result, &cqe);
		res = put_sense(conn, task, iscsi_get24(rsp->dsl), &cqe);
		if (res)
			return res;
	} else {
		cqe.status = htole16(OHBA_ST_TARGET_FAILURE);
	}
	ohba_task_end(task, &cqe);
	return 0;
}

/* --- R2T ---------------------------------------------------------------------------- */

/*
 * An R2T that asks again for what was sent is a matter of recovery level 1, but
 * costs us nothing: only the range is checked.
 */
static enum ohba_status check_r2t(struct ohba_conn *conn, struct ohba_task *task,
				  const struct iscsi_r2t *pdu, const struct ohba_r2t *r2t)
{
	if (!(task->flags & OHBA_IO_WRITE))
		return OHBA_ST_BAD_OPCODE;
	if (r2t->ttt == ISCSI_RESERVED_TAG)
		return OHBA_ST_BAD_FIELD;
	if (iscsi_get32(pdu->r2tsn) != task->sn)
		return OHBA_ST_BAD_R2TSN;
	if (!r2t->len || r2t->len > conn->session.max_burst)
		return OHBA_ST_BAD_R2T;
	if (r2t->off > task->sgl.len || r2t->len > task->sgl.len - r2t->off)
		return OHBA_ST_BAD_R2T;
	return OHBA_ST_SUCCESS;
}

int ohba_r2t_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	const struct iscsi_r2t *pdu = &hdr->r2t;
	struct ohba_task *task = ohba_task_find(conn, iscsi_get32(pdu->itt));
	struct ohba_r2t r2t = {
		.ttt = iscsi_get32(pdu->ttt),
		.off = iscsi_get32(pdu->offset),
		.len = iscsi_get32(pdu->desired_len),
	};
	enum ohba_status status;

	if (iscsi_get24(pdu->dsl))
		return OHBA_ST_BAD_LENGTH;
	if (!task)
		return ohba_task_ghost(conn, iscsi_get32(pdu->itt), 0) ? 0 : OHBA_ST_BAD_ITT;
	status = check_r2t(conn, task, pdu, &r2t);
	if (status)
		return status;
	task->sn++;
	ohba_task_asked(task, r2t.off + r2t.len);
	return ohba_task_r2t(task, &r2t) ? 0 : OHBA_ST_BAD_R2T;
}

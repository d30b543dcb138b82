// SPDX-License-Identifier: GPL-2.0-or-later
/* The fw class: OHBA_IO_SCSI, a SCSI command for a session (ohba_io.h). */
#include <string.h>

#include "task.h"

static enum ohba_status check_body(const struct ohba_sqe *sqe, const struct ohba_io_scsi *io)
{
	uint8_t both = OHBA_IO_READ | OHBA_IO_WRITE;
	uint16_t cdb_len = le16toh(io->cdb_len);

	if ((sqe->flags & both) == both || (sqe->data_len && !(sqe->flags & both)))
		return OHBA_ST_INVALID_FIELD;
	if (!cdb_len || cdb_len > OHBA_CDB_MAX || io->attr > OHBA_ATTR_ACA)
		return OHBA_ST_INVALID_FIELD;
	if (cdb_len <= OHBA_CDB_INLINE &&
	    (io->cdb_ext || !ohba_all_zero(io->cdb + cdb_len, OHBA_CDB_INLINE - cdb_len)))
		return OHBA_ST_INVALID_FIELD;
	if (!ohba_all_zero(io->rsvd, sizeof(io->rsvd)))
		return OHBA_ST_INVALID_FIELD;
	return OHBA_ST_SUCCESS;
}

/* The free row of the tag, or NULL. */
static struct ohba_task *claim(struct ohba_iscsi *iscsi, const struct ohba_sqe *sqe)
{
	struct ohba_task *task = ohba_task_row(iscsi, le32toh(sqe->tag));

	return task && task->state == OHBA_TASK_FREE ? task : NULL;
}

/* Without @task the list is checked all the same: what is wrong with it comes first. */
static enum ohba_status parse_sgl(struct ohba_iscsi *iscsi, struct ohba_task *task,
				  const struct ohba_sqe *sqe)
{
	struct ohba_sgl sgl = { .seg = iscsi->scratch_seg, .max = OHBA_FW_MAX_SGE };
	enum ohba_status status;

	if (task)
		sgl.seg = ohba_task_segs(iscsi, task);
	status = ohba_sgl_parse(iscsi->fw, &sgl, sqe);
	if (task)
		task->sgl = sgl;
	return status;
}

/*
 * The CDB beyond 16 bytes goes into an Extended CDB AHS, whose AHSLength counts
 * the reserved byte before it (RFC 7143 section 11.2.2.3).
 */
static enum ohba_status fetch_cdb(struct ohba_fw *fw, struct ohba_task *task,
				  const struct ohba_io_scsi *io)
{
	struct iscsi_ahs *ahs = (struct iscsi_ahs *)task->ahs;
	uint32_t cdb_len = le16toh(io->cdb_len);
	uint32_t ext;

	memcpy(task->cdb, io->cdb, sizeof(task->cdb));
	task->ahs_len = 0;
	if (cdb_len <= ISCSI_CDB_LEN)
		return OHBA_ST_SUCCESS;
	ext = cdb_len - ISCSI_CDB_LEN;
	memset(task->ahs, 0, sizeof(task->ahs));
	ahs->len = iscsi_put16(ext + 1);
	ahs->type = ISCSI_AHS_EXT_CDB;
	task->ahs_len = sizeof(*ahs) + ext + iscsi_pad(ext);
	return ohba_dma_read(fw, le64toh(io->cdb_ext), task->ahs + sizeof(*ahs), ext);
}

_Static_assert(OHBA_AHS_MAX % 4 == 0, "room for the padding");

static void set_task(struct ohba_task *task, uint32_t qid, const struct ohba_sqe *sqe,
		     const struct ohba_io_scsi *io)
{
	task->qid = qid;
	task->tag = le32toh(sqe->tag);
	task->flags = sqe->flags;
	task->attr = io->attr;
	memcpy(task->lun, io->lun, sizeof(task->lun));
}

static int io_scsi(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_iscsi *iscsi = ohba_fw_iscsi(fw);
	struct ohba_task *task = claim(iscsi, sqe);
	struct ohba_conn *conn;
	struct ohba_io_scsi io;
	enum ohba_status status;

	memcpy(&io, sqe->body, sizeof(io));
	status = check_body(sqe, &io);
	if (!status)
		status = parse_sgl(iscsi, task, sqe);
	if (status)
		return status;
	conn = ohba_session_find(iscsi, le32toh(sqe->handle));
	if (!conn)
		return OHBA_ST_INVALID_HANDLE;
	if (conn->session.discovery)
		return OHBA_ST_INVALID_STATE;
	if (!task)
		return OHBA_ST_INVALID_TAG;
	status = fetch_cdb(fw, task, &io);
	if (status)
		return status;
	set_task(task, qid, sqe, &io);
	ohba_task_start(conn, task);
	return OHBA_PENDING;
}

const struct ohba_cmd_row ohba_class_fw_cmds[] = {
	{
		.opcode = OHBA_IO_SCSI,
		.flags = OHBA_IO_READ | OHBA_IO_WRITE,
		.name = "SCSI",
		.fn = io_scsi,
		.body = true,
		.data = true,
	},
};

const unsigned int ohba_class_fw_ncmds =
	sizeof(ohba_class_fw_cmds) / sizeof(ohba_class_fw_cmds[0]);

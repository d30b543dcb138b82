// SPDX-License-Identifier: GPL-2.0-or-later
/* Task management: of this session's tasks. */
#include "task.h"

#include <string.h>

static uint8_t abort_task(struct conn *conn, const struct iscsi_tmf_req *req)
{
	struct task *task = task_find(conn, iscsi_get32(req->ref_itt));

	if (!task)
		return ISCSI_TMF_RSP_NO_TASK;
	task_end(conn, task);
	return ISCSI_TMF_RSP_COMPLETE;
}

static uint8_t end_tasks(struct conn *conn, const uint8_t *lun)
{
	for (unsigned i = 0; i < TASKS_MAX; i++) {
		struct task *task = &conn->tasks[i];

		if (task->live && (!lun || !memcmp(task->lun, lun, sizeof(task->lun))))
			task_end(conn, task);
	}
	return ISCSI_TMF_RSP_COMPLETE;
}

static uint8_t of_lun(struct conn *conn, const struct iscsi_tmf_req *req)
{
	return end_tasks(conn, req->lun);
}

static uint8_t of_target(struct conn *conn, const struct iscsi_tmf_req *req)
{
	(void)req;
	return end_tasks(conn, NULL);
}

static const struct {
	uint8_t function;		/* enum iscsi_tmf */
	uint8_t (*run)(struct conn *conn, const struct iscsi_tmf_req *req);
} functions[] = {
	{ ISCSI_TMF_ABORT_TASK, abort_task },
	{ ISCSI_TMF_ABORT_TASK_SET, of_lun },
	{ ISCSI_TMF_CLEAR_TASK_SET, of_lun },
	{ ISCSI_TMF_LUN_RESET, of_lun },
	{ ISCSI_TMF_TARGET_WARM_RESET, of_target },
	{ ISCSI_TMF_TARGET_COLD_RESET, of_target },
};

void task_management_answer(struct conn *conn, const struct in *in, uint8_t response)
{
	struct out out = { .with_status = true };
	struct iscsi_tmf_rsp *rsp = &out.hdr.tmf_rsp;

	rsp->opcode = ISCSI_OP_TMF_RSP;
	rsp->flags = ISCSI_FLAG_FINAL;
	rsp->response = response;
	rsp->itt = in->hdr->bhs.itt;
	out_send(conn, &out);
}

void task_management(struct conn *conn, struct in *in)
{
	const struct iscsi_tmf_req *req = &in->hdr->tmf_req;
	uint8_t function = req->function & ~ISCSI_FLAG_FINAL;
	uint8_t response = ISCSI_TMF_RSP_NOT_SUPPORTED;

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (functions[i].function == function)
			response = functions[i].run(conn, req);
	}
	task_management_answer(conn, in, response);
}

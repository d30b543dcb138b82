/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of tasks share: task.c, data_out.c, tmf.c. */
#ifndef TARGET_TASK_H
#define TARGET_TASK_H

#include "target.h"

/* The end of a command. */
struct response {
	uint32_t itt;
	uint8_t status;			/* enum scsi_status */
	struct scsi_sense sense;	/* with SCSI_CHECK_CONDITION */
	uint32_t edtl, had;		/* bytes: the initiator's, the device's */
	uint32_t datasn;		/* how many Data-In or R2T there were */
};

void task_end(struct conn *conn, struct task *task);
void task_fail(struct conn *conn, struct task *task, struct scsi_sense sense);
/* Data arrived: to the disk, as far as the command goes. */
void task_store(struct task *task, uint32_t offset, const uint8_t *data, uint32_t len);
/* Ask for more, or end it. @task may be gone then. */
void task_progress(struct conn *conn, struct task *task);

#endif /* TARGET_TASK_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/* Data-Out, unsolicited and for an R2T: every field is held against what was asked. */
#include "task.h"

static void protocol_error(struct conn *conn, const struct in *in, const char *what,
			   uint32_t is, uint32_t expected)
{
	log_peer(conn, "Data-Out: %s %u, expected %u", what, is, expected);
	out_reject(conn, in->hdr, ISCSI_REJECT_PROTOCOL_ERROR);
}

static bool expect(struct conn *conn, const struct in *in, const char *what, uint32_t is,
		   uint32_t expected)
{
	if (is == expected)
		return true;
	protocol_error(conn, in, what, is, expected);
	return false;
}

static void unsolicited(struct conn *conn, struct task *task, const struct in *in)
{
	const struct iscsi_data_out *hdr = &in->hdr->data_out;
	uint32_t most = conn->keys.value[KEY_FIRST_BURST];

	if (most > task->edtl)
		most = task->edtl;
	if (!task->unsolicited) {
		protocol_error(conn, in, "unsolicited bytes", in->len, 0);
		return;
	}
	if (!expect(conn, in, "DataSN", iscsi_get32(hdr->datasn), task->unsolicited_sn) ||
	    !expect(conn, in, "Buffer Offset", iscsi_get32(hdr->offset), task->got))
		return;
	if (in->len > most - task->got) {
		protocol_error(conn, in, "unsolicited bytes", task->got + in->len, most);
		return;
	}
	task->unsolicited_sn++;
	task_store(task, task->got, in->data, in->len);
	task->asked = task->got;
	task->unsolicited = !(hdr->flags & ISCSI_FLAG_FINAL);
	task_progress(conn, task);
}

static struct r2t *find_r2t(struct task *task, uint32_t ttt)
{
	for (unsigned i = 0; i < R2TS_MAX; i++) {
		if (task->r2t[i].live && task->r2t[i].ttt == ttt)
			return &task->r2t[i];
	}
	return NULL;
}

static void solicited(struct conn *conn, struct task *task, struct r2t *r2t,
		      const struct in *in)
{
	const struct iscsi_data_out *hdr = &in->hdr->data_out;
	bool final = hdr->flags & ISCSI_FLAG_FINAL;

	if (!expect(conn, in, "DataSN", iscsi_get32(hdr->datasn), r2t->datasn) ||
	    !expect(conn, in, "Buffer Offset", iscsi_get32(hdr->offset), r2t->offset + r2t->got))
		return;
	if (in->len > r2t->len - r2t->got) {
		protocol_error(conn, in, "bytes for the R2T", r2t->got + in->len, r2t->len);
		return;
	}
	task_store(task, r2t->offset + r2t->got, in->data, in->len);
	r2t->datasn++;
	r2t->got += in->len;
	if (final != (r2t->got == r2t->len)) {
		log_peer(conn, "Data-Out: %s at %u of %u bytes", final ? "F" : "no F", r2t->got,
			 r2t->len);
		task_fail(conn, task, (struct scsi_sense){ 0x0b, 0x4b, 0 });	/* data phase */
		return;
	}
	r2t->live = !final;
	task_progress(conn, task);
}

/* A task that a rule or a TMF ended may still get what was under way. */
void task_data_out(struct conn *conn, struct in *in)
{
	const struct iscsi_data_out *hdr = &in->hdr->data_out;
	struct task *task = task_find(conn, iscsi_get32(hdr->itt));
	uint32_t ttt = iscsi_get32(hdr->ttt);
	struct r2t *r2t;

	if (!task || task->hung) {
		log_info(conn, "Data-Out for no task, itt=0x%08x", iscsi_get32(hdr->itt));
		return;
	}
	if (ttt == ISCSI_RESERVED_TAG) {
		unsolicited(conn, task, in);
		return;
	}
	r2t = find_r2t(task, ttt);
	if (r2t) {
		solicited(conn, task, r2t, in);
		return;
	}
	if (ttt & TTT_DUPLICATE)
		return;
	log_peer(conn, "Data-Out: TTT 0x%08x is of no R2T", ttt);
	out_reject(conn, in->hdr, ISCSI_REJECT_PROTOCOL_ERROR);
}

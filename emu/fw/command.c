// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands: the checks that hold for all of them, and dispatch by table. */
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "core.h"
#include "discover.h"
#include "keep.h"
#include "log.h"
#include "ohba_wire.h"
#include "targets.h"

struct ohba_commands {
	const struct ohba_cmd_row *admin[256];	/* by opcode */
	const struct ohba_cmd_row *io[256];
	struct ohba_seg reply[OHBA_FW_MAX_SGE];	/* of the command being answered */
};

static void add_rows(const struct ohba_cmd_row **table, const struct ohba_cmd_row *rows,
		     unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		table[rows[i].opcode] = &rows[i];
}

struct ohba_commands *ohba_commands_create(struct ohba_fw *fw)
{
	struct ohba_commands *commands = calloc(1, sizeof(*commands));

	if (!commands)
		return NULL;
	add_rows(commands->admin, ohba_admin_cmds, ohba_admin_ncmds);
	add_rows(commands->admin, ohba_iscsi_cmds, ohba_iscsi_ncmds);
	add_rows(commands->admin, ohba_log_cmds, ohba_log_ncmds);
	add_rows(commands->admin, ohba_keep_cmds, ohba_keep_ncmds);
	add_rows(commands->io, ohba_class_fw_cmds, ohba_class_fw_ncmds);
	if (ohba_wire_of(fw->engine)) {
		add_rows(commands->admin, ohba_net_cmds, ohba_net_ncmds);
		add_rows(commands->admin, ohba_config_cmds, ohba_config_ncmds);
		add_rows(commands->io, ohba_net_io_cmds, ohba_net_io_ncmds);
	}
	if (fw->cfg.max_targets) {
		add_rows(commands->admin, ohba_targets_cmds, ohba_targets_ncmds);
		add_rows(commands->admin, ohba_agent_cmds, ohba_agent_ncmds);
		add_rows(commands->admin, ohba_helper_cmds, ohba_helper_ncmds);
		add_rows(commands->admin, ohba_discover_cmds, ohba_discover_ncmds);
	}
	return commands;
}

void ohba_commands_destroy(struct ohba_commands *commands)
{
	free(commands);
}

bool ohba_all_zero(const void *p, size_t len)
{
	const unsigned char *byte = p;

	while (len && !*byte) {
		byte++;
		len--;
	}
	return !len;
}

/* --- checks ----------------------------------------------------------------- */

static enum ohba_status check_data(const struct ohba_cmd_row *row, const struct ohba_sqe *sqe)
{
	if (!row->data && (sqe->nsge || sqe->data_len))
		return OHBA_ST_INVALID_FIELD;
	if (sqe->nsge > OHBA_SGE_INLINE)
		return OHBA_ST_INVALID_SGL;
	if (le32toh(sqe->data_len) > OHBA_FW_MAX_DATA_LEN)
		return OHBA_ST_INVALID_FIELD;
	if (!ohba_all_zero(&sqe->sge[sqe->nsge],
			   (OHBA_SGE_INLINE - sqe->nsge) * sizeof(sqe->sge[0])))
		return OHBA_ST_INVALID_FIELD;
	return OHBA_ST_SUCCESS;
}

static enum ohba_status check(const struct ohba_cmd_row *row, const struct ohba_sqe *sqe)
{
	if (!row)
		return OHBA_ST_INVALID_OPCODE;
	if ((sqe->flags & ~row->flags) || sqe->rsvd)
		return OHBA_ST_INVALID_FIELD;
	if (!row->body && !ohba_all_zero(sqe->body, sizeof(sqe->body)))
		return OHBA_ST_INVALID_FIELD;
	return check_data(row, sqe);
}

static const struct ohba_cmd_row *row_of(const struct ohba_commands *commands, uint32_t qid,
					 const struct ohba_sqe *sqe)
{
	return qid == OHBA_QID_ADMIN ? commands->admin[sqe->opcode] :
				       commands->io[sqe->opcode];
}

void ohba_command_begin(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	int status = row_of(fw->commands, qid, sqe)->fn(fw, qid, sqe);

	if (status != OHBA_PENDING)
		ohba_complete_status(fw, qid, le32toh(sqe->tag), status);
}

void ohba_command_run(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	const struct ohba_cmd_row *row = row_of(fw->commands, qid, sqe);
	int status;

	ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "command",
		      "queue %u tag 0x%x: %s (0x%02x) handle 0x%x, %u bytes", qid,
		      le32toh(sqe->tag), row ? row->name : "unknown", sqe->opcode,
		      le32toh(sqe->handle), le32toh(sqe->data_len));
	status = check(row, sqe);
	if (!status && row->keeps)
		status = ohba_keep_turn(fw, qid, sqe);
	if (!status)
		ohba_command_begin(fw, qid, sqe);
	else if (status != OHBA_PENDING)
		ohba_complete_status(fw, qid, le32toh(sqe->tag), status);
}

/* --- answers ---------------------------------------------------------------- */

enum ohba_status ohba_reply(struct ohba_fw *fw, const struct ohba_sqe *sqe,
			    const void *data, uint32_t len)
{
	struct ohba_sgl sgl = { .seg = fw->commands->reply, .max = OHBA_FW_MAX_SGE };
	enum ohba_status status = ohba_sgl_parse(fw, &sgl, sqe);

	if (status)
		return status;
	return ohba_sgl_write(fw, &sgl, 0, data, len < sgl.len ? len : sgl.len);
}

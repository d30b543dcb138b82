// SPDX-License-Identifier: GPL-2.0-or-later
/* The admin commands of connections and sessions, one row each (ohba_admin.h). */
#include "iscsi.h"

const struct ohba_cmd_row ohba_iscsi_cmds[] = {
	{
		.opcode = OHBA_ADMIN_CONN_OPEN,
		.name = "CONN_OPEN",
		.fn = ohba_conn_open,
		.body = true,
	}, {
		.opcode = OHBA_ADMIN_CONN_CLOSE,
		.flags = OHBA_CONN_CLOSE_ABORT,
		.name = "CONN_CLOSE",
		.fn = ohba_conn_close,
	}, {
		.opcode = OHBA_ADMIN_CONN_INFO,
		.name = "CONN_INFO",
		.fn = ohba_conn_get_info,
		.data = true,
	}, {
		.opcode = OHBA_ADMIN_PDU_SEND,
		.name = "PDU_SEND",
		.fn = ohba_pdu_send,
		.body = true,
		.data = true,
	}, {
		.opcode = OHBA_ADMIN_PDU_RECV,
		.name = "PDU_RECV",
		.fn = ohba_pdu_recv,
		.data = true,
	}, {
		.opcode = OHBA_ADMIN_SESSION_START,
		.name = "SESSION_START",
		.fn = ohba_session_start,
		.data = true,
	}, {
		.opcode = OHBA_ADMIN_SESSION_TIMERS,
		.name = "SESSION_TIMERS",
		.fn = ohba_session_timers,
		.body = true,
	}, {
		.opcode = OHBA_ADMIN_TMF,
		.name = "TMF",
		.fn = ohba_tmf,
		.body = true,
	},
};

const unsigned int ohba_iscsi_ncmds = sizeof(ohba_iscsi_cmds) / sizeof(ohba_iscsi_cmds[0]);

// SPDX-License-Identifier: GPL-2.0-only
/* Targets that the adapter has sessions with by itself (SPEC.md section 6.4). */
#include "hba.h"

static int hba_target_command(struct hba *hba, u8 opcode, u32 index)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = opcode,
		.sqe.handle = cpu_to_le32(index),
	};

	if (index >= ohba_info(hba->adapter)->max_targets)
		return -EINVAL;
	return ohba_admin_exec(hba->adapter, &cmd, HBA_CLOSE_TIMEOUT_MS);
}

/**
 * hba_target_login() - have the adapter keep a session with a target
 * @hba: the adapter
 * @index: of the target's entry
 *
 * Context: process, may sleep. Return: 0, and the session comes some time after; -EINVAL if
 * there is no such index, or what ohba_admin_exec() returns.
 */
int hba_target_login(struct hba *hba, u32 index)
{
	return hba_target_command(hba, OHBA_ADMIN_TARGET_LOGIN, index);
}

/**
 * hba_target_logout() - end that
 * @hba: the adapter
 * @index: of the target's entry
 *
 * Context, return: as hba_target_login(). Devices and session go some time after.
 */
int hba_target_logout(struct hba *hba, u32 index)
{
	return hba_target_command(hba, OHBA_ADMIN_TARGET_LOGOUT, index);
}

/* The index of the entry that a session belongs to; -1 for a session of the daemon's. */
int hba_session_target(const struct hba_session *session)
{
	return -1;
}

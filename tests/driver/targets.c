// SPDX-License-Identifier: GPL-2.0-or-later
/* An adapter that has sessions by itself (targets.h). */
#include "unit.h"
#include "targets.h"

struct table_entry table[TARGETS];
unsigned int target_cmds[256];
u8 logout_flags;

/* --- the table ------------------------------------------------------------------------ */

void targets_load(void)
{
	bench_load();
	memset(table, 0, sizeof(table));
	memset(target_cmds, 0, sizeof(target_cmds));
	dev.features = OHBA_FEATURE_TARGETS;
	dev.identify.max_targets = cpu_to_le32(TARGETS);
	dev.on_admin = take_target;
}

void target_add(u32 index, const char *name)
{
	struct table_entry *t = &table[index];

	memset(t, 0, sizeof(*t));
	t->used = t->wanted = t->autologin = true;
	t->entry.family = OHBA_FAMILY_IPV4;
	t->entry.port = cpu_to_le16(3260);
	t->entry.addr[0] = 192;
	t->entry.addr[3] = 7;
	strcpy((char *)t->entry.name, name);
	t->state.phase = OHBA_TARGET_CONNECTING;
	t->state.wanted = 1;
}

/* --- how they stand --------------------------------------------------------------------- */

void target_event(u32 index, u8 phase, u16 reason)
{
	dev_post_event((struct ohba_event) {
		.type = OHBA_EVENT_TARGET, .handle = cpu_to_le32(index),
		.reason = cpu_to_le16(reason), .detail = { cpu_to_le32(phase) } });
}

void target_phase(u32 index, u8 phase, u16 reason)
{
	struct ohba_target_state *state = &table[index].state;

	state->phase = phase;
	state->reason = cpu_to_le16(reason);
	if (phase != OHBA_TARGET_UP) {
		state->session = 0;
		memset(&state->params, 0, sizeof(state->params));
	}
	target_event(index, phase, reason);
}

void target_up(u32 index)
{
	struct ohba_target_state *state = &table[index].state;

	state->ups++;
	state->session = cpu_to_le32(0x7a000000u | le32_to_cpu(state->ups) << 12 | index);
	state->family = OHBA_FAMILY_IPV4;
	state->tpgt = cpu_to_le16(1);
	state->isid[0] = 0x80;
	state->params = (struct ohba_session_params) {
		.max_recv_dsl = cpu_to_le32(65536), .max_xmit_dsl = cpu_to_le32(8192),
		.max_burst = cpu_to_le32(262144), .first_burst = cpu_to_le32(65536),
		.max_r2t = cpu_to_le16(1),
		.flags = cpu_to_le16(OHBA_SESSION_IMMEDIATE_DATA | OHBA_SESSION_DATA_DIGEST),
		.timers = { cpu_to_le32(5000), cpu_to_le32(7000) },
	};
	target_phase(index, OHBA_TARGET_UP, 0);
}

void target_answer_ios(u32 handle, u16 status)
{
	unsigned int i;

	dev_fetch();
	for (i = 0; i < dev.ncmds; i++) {
		struct dev_cmd *cmd = &dev.cmd[i];

		if (!cmd->answered && le32_to_cpu(cmd->sqe.handle) == handle &&
		    (cmd->sqe.opcode == OHBA_IO_SCSI || cmd->sqe.opcode == OHBA_ADMIN_TMF))
			dev_answer(cmd, status);
	}
}

void target_lost(u32 index)
{
	target_answer_ios(le32_to_cpu(table[index].state.session), OHBA_ST_SESSION_LOST);
	target_phase(index, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
}

/* --- commands ----------------------------------------------------------------------------- */

static void list(struct dev_cmd *cmd)
{
	struct ohba_target_list answer = { 0 };
	u32 i;

	for (i = 0; i < TARGETS; i++) {
		answer.used[i / 8] |= table[i].used << i % 8;
		answer.wanted[i / 8] |= table[i].wanted << i % 8;
	}
	dev_write_data(cmd, &answer, sizeof(answer));
	dev_answer(cmd, OHBA_ST_SUCCESS);
}

static void tell(struct dev_cmd *cmd, const void *data, u32 len)
{
	dev_write_data(cmd, data, len);
	dev_answer(cmd, OHBA_ST_SUCCESS);
}

static void want(struct table_entry *t, bool wanted)
{
	t->wanted = wanted;
	t->state.wanted = wanted;
}

static void log_in(struct dev_cmd *cmd, u32 index)
{
	if (!table[index].used) {
		dev_answer(cmd, OHBA_ST_INVALID_HANDLE);
		return;
	}
	dev_answer(cmd, OHBA_ST_SUCCESS);
	if (table[index].wanted)
		return;
	want(&table[index], true);
	target_phase(index, OHBA_TARGET_CONNECTING, 0);
}

static void log_out(struct dev_cmd *cmd, u32 index)
{
	struct table_entry *t = &table[index];

	logout_flags = cmd->sqe.flags;
	target_answer_ios(le32_to_cpu(t->state.session), OHBA_ST_ABORTED);
	dev_answer(cmd, OHBA_ST_SUCCESS);
	if (!(logout_flags & OHBA_TARGET_LOGOUT_AGAIN))
		want(t, false);
	target_phase(index, t->wanted ? OHBA_TARGET_CONNECTING : OHBA_TARGET_OFF, 0);
}

bool take_target(struct dev_cmd *cmd)
{
	static const struct ohba_initiator initiator = { .name = "iqn.2024-01.test:me" };
	u32 index = le32_to_cpu(cmd->sqe.handle);
	struct table_entry *t = &table[index % TARGETS];

	target_cmds[cmd->sqe.opcode]++;
	switch (cmd->sqe.opcode) {
	case OHBA_ADMIN_TARGET_LIST:
		list(cmd);
		return true;
	case OHBA_ADMIN_TARGET_STATE:
		tell(cmd, &t->state, sizeof(t->state));
		return true;
	case OHBA_ADMIN_TARGET_GET:
		tell(cmd, &t->entry, sizeof(t->entry));
		return true;
	case OHBA_ADMIN_TARGET_SET:
		memcpy(&t->entry, shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), sizeof(t->entry)),
		       sizeof(t->entry));
		dev_answer(cmd, OHBA_ST_SUCCESS);
		return true;
	case OHBA_ADMIN_TARGET_LOGIN:
		log_in(cmd, index);
		return true;
	case OHBA_ADMIN_TARGET_LOGOUT:
		log_out(cmd, index);
		return true;
	case OHBA_ADMIN_INITIATOR_GET:
		tell(cmd, &initiator, sizeof(initiator));
		return true;
	default:
		return false;
	}
}

/* --- the driver's side ---------------------------------------------------------------------- */

struct hba_target *target_of(u32 index)
{
	return ((struct hba *)pci_get_drvdata(&bench.pdev))->targets->table[index];
}

struct iscsi_cls_session *target_cls(u32 index)
{
	struct hba_target *target = target_of(index);

	return target ? target->cls : NULL;
}

void target_sdev(u32 index, struct scsi_device *sdev, struct request_queue *queue)
{
	*queue = (struct request_queue) { 0 };
	*sdev = (struct scsi_device) {
		.host = bench_host(), .request_queue = queue, .target = &target_cls(index)->target,
	};
	assert_int_equal(sdev->host->hostt->slave_alloc(sdev), 0);
	assert_int_equal(sdev->host->hostt->slave_configure(sdev), 0);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Parameters of a flashnode that its session has, while it is up: shown, never set. */
#include <linux/slab.h>

#include "hba.h"

/* Nothing, if it is where the entry says. */
static ssize_t hba_flash_show_redirect(struct hba *hba, u32 index,
				       const struct ohba_target_state *state, char *buf)
{
	if (!state->family || hba_flashnode_is_at(hba, index, state->family, state->addr))
		return sysfs_emit(buf, "\n");
	if (state->family == OHBA_FAMILY_IPV4)
		return sysfs_emit(buf, "%pI4\n", state->addr);
	return sysfs_emit(buf, "%pI6c\n", state->addr);
}

/* Zero without a session, @state being zero. */
static u32 hba_flash_of_session(int param, const struct ohba_target_state *state)
{
	u32 exp_statsn = le32_to_cpu(state->exp_statsn);

	switch (param) {
	case ISCSI_FLASHNODE_TSID:
		return le16_to_cpu(state->tsih);
	case ISCSI_FLASHNODE_MAX_XMIT_DLENGTH:
		return le32_to_cpu(state->params.max_xmit_dsl);
	case ISCSI_FLASHNODE_MAX_SEGMENT_SIZE:
		return le32_to_cpu(state->mss);
	case ISCSI_FLASHNODE_LOCAL_PORT:
		return le16_to_cpu(state->local_port);
	case ISCSI_FLASHNODE_TCP_TIMESTAMP_STAT:
		return !!state->tcp_timestamps;
	case ISCSI_FLASHNODE_TCP_XMIT_WSF:
		return state->send_scale;
	case ISCSI_FLASHNODE_TCP_RECV_WSF:
		return state->recv_scale;
	case ISCSI_FLASHNODE_STATSN:
		return state->session ? exp_statsn - 1 : 0;
	default:
		return exp_statsn;
	}
}

/* Which of ours the connection is from, where that is of one link alone. */
static ssize_t hba_flash_show_link_local(const struct ohba_target_state *state, char *buf)
{
	if (state->family != OHBA_FAMILY_IPV6 || !hba_is_link_local(state->local_addr))
		return sysfs_emit(buf, "\n");
	return sysfs_emit(buf, "%pI6c\n", state->local_addr);
}

static ssize_t hba_flash_show_state(struct hba *hba, u32 index, int param,
				    const struct ohba_target_state *state, char *buf)
{
	switch (param) {
	case ISCSI_FLASHNODE_REDIRECT_IPADDR:
		return hba_flash_show_redirect(hba, index, state, buf);
	case ISCSI_FLASHNODE_LINK_LOCAL_IPV6:
		return hba_flash_show_link_local(state, buf);
	default:
		return sysfs_emit(buf, "%u\n", hba_flash_of_session(param, state));
	}
}

/* As it is at the moment, of the adapter; of thousands without a session it is not asked. */
ssize_t hba_flash_show_session(struct hba *hba, u32 index,
			       const struct hba_flash_row *row, char *buf)
{
	static const struct ohba_target_state none;
	struct ohba_target_state *state;
	ssize_t ret;

	if (!hba_target_is_up(hba, index))
		return hba_flash_show_state(hba, index, row->param, &none, buf);
	state = kmalloc(sizeof(*state), GFP_NOIO);
	if (!state)
		return -ENOMEM;
	ret = hba_target_ask_state_of(hba, index, state);
	if (!ret)
		ret = hba_flash_show_state(hba, index, row->param,
					   state->phase == OHBA_TARGET_UP ? state : &none,
					   buf);
	kfree(state);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/* What the adapter says of its targets: asked for, copied, checked. */
#include <linux/slab.h>

#include "target.h"

#define HBA_DSL_MIN	512		/* RFC 7143 section 13.12 */
#define HBA_LEN_MAX	0xffffff

/* --- commands ------------------------------------------------------------ */

/* That there is none is an answer. */
static int hba_target_err(const struct ohba_admin_cmd *cmd, int err)
{
	if (err == -EIO && cmd->status == OHBA_ST_INVALID_HANDLE)
		return -ENOENT;
	return err;
}

/* As hba_target_tell(). What else comes of it iscsiadm says, this the log has to. */
int hba_target_tell_login(struct hba *hba, u32 index)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_TARGET_LOGIN,
		.sqe.handle = cpu_to_le32(index),
	};
	int err = ohba_admin_exec(hba->adapter, &cmd, OHBA_ADMIN_TIMEOUT_MS);

	if (!cmd.error && cmd.status)
		dev_err_ratelimited(hba->adapter->dev,
				    "target %u: the adapter does not log in to it: %s (%s): %s\n",
				    index, ohba_status_name(cmd.status),
				    ohba_status_meaning(cmd.status),
				    ohba_status_remedy(cmd.status));
	return hba_target_err(&cmd, err);
}

/*
 * One without data. LOGOUT may take the 5 s that a target has to answer. Return: as
 * ohba_admin_exec(), but -ENOENT without an entry, and -EEXIST if another has its nexus: that
 * does not pass as -EBUSY does.
 */
int hba_target_tell(struct hba *hba, u8 opcode, u32 index, u8 flags)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = opcode,
		.sqe.flags = flags,
		.sqe.handle = cpu_to_le32(index),
	};

	int err = ohba_admin_exec(hba->adapter, &cmd, HBA_CLOSE_TIMEOUT_MS);

	if (err == -EBUSY && cmd.status == OHBA_ST_NEXUS_TAKEN)
		return -EEXIST;
	return hba_target_err(&cmd, err);
}

/*
 * One that gives @len bytes, which are copied @to. By a buffer and a lock of its own:
 * who requests flashnodes may wait for flash with the one of ohba_target_get(), and
 * recovery must not.
 */
static int hba_target_fetch(struct hba *hba, struct ohba_admin_cmd *cmd, void *to, u32 len)
{
	struct hba_targets *targets = hba->targets;
	int err;

	mutex_lock(&targets->ask_lock);
	memset(targets->buf, 0, len);
	ohba_admin_data(cmd, targets->addr, len);
	err = ohba_admin_exec(hba->adapter, cmd, OHBA_ADMIN_TIMEOUT_MS);
	if (!err)
		memcpy(to, targets->buf, len);
	mutex_unlock(&targets->ask_lock);
	return hba_target_err(cmd, err);
}

int hba_target_ask(struct hba *hba, u8 opcode, u32 index, void *to, u32 len)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = opcode,
		.sqe.handle = cpu_to_le32(index),
	};

	return hba_target_fetch(hba, &cmd, to, len);
}

/* Of the connection that there is. */
int hba_target_ask_stats(struct hba_target *target, struct ohba_conn_stats *stats)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_STATS_GET,
		.sqe.handle = cpu_to_le32(target->index),
	};

	((struct ohba_stats_get *)cmd.sqe.body)->scope = OHBA_STATS_TARGET;
	return hba_target_fetch(target->hba, &cmd, stats, sizeof(*stats));
}

/*
 * Its words may be shown, and are none if they say what the reason does: nothing else in it
 * was checked.
 */
int hba_target_ask_state_of(struct hba *hba, u32 index, struct ohba_target_state *state)
{
	int err = hba_target_ask(hba, OHBA_ADMIN_TARGET_STATE, index, state, sizeof(*state));

	if (err)
		return err;
	ohba_clean_words(state->words, sizeof(state->words));
	if (!strcmp((char *)state->words, ohba_status_meaning(le16_to_cpu(state->reason))))
		*state->words = 0;
	return 0;
}

/* --- checks -------------------------------------------------------------- */

static bool hba_is_len(__le32 len, u32 min, u32 max)
{
	return le32_to_cpu(len) >= min && le32_to_cpu(len) <= max;
}

static bool hba_are_params(const struct ohba_session_params *p)
{
	return hba_is_len(p->max_recv_dsl, HBA_DSL_MIN, HBA_LEN_MAX) &&
	       hba_is_len(p->max_xmit_dsl, HBA_DSL_MIN, HBA_LEN_MAX) &&
	       hba_is_len(p->max_burst, HBA_DSL_MIN, HBA_LEN_MAX) &&
	       hba_is_len(p->first_burst, HBA_DSL_MIN,
			  le32_to_cpu(p->max_burst)) &&
	       p->max_r2t && !(p->flags & cpu_to_le16(OHBA_SESSION_DISCOVERY));
}

static bool hba_is_family(u8 family)
{
	return family == OHBA_FAMILY_IPV4 || family == OHBA_FAMILY_IPV6;
}

/* May what it said of a session that is UP be true? */
bool hba_target_state_ok(const struct hba_target *target)
{
	const struct ohba_target_state *reported = &target->reported;

	if (reported->session && hba_is_family(reported->family) &&
	    hba_are_params(&reported->params))
		return true;
	dev_err_ratelimited(target->hba->adapter->dev,
			    "target %u: the firmware tells of a session what cannot be: it is not used; update the firmware\n",
			    target->index);
	return false;
}

static void hba_put_portal(struct sockaddr_storage *portal,
			   const struct ohba_target *entry)
{
	struct sockaddr_in6 *in6 = (void *)portal;
	struct sockaddr_in *in = (void *)portal;
	__be16 port = htons(le16_to_cpu(entry->port));

	memset(portal, 0, sizeof(*portal));
	if (entry->family == OHBA_FAMILY_IPV6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
		memcpy(&in6->sin6_addr, entry->addr, sizeof(in6->sin6_addr));
	} else {
		in->sin_family = AF_INET;
		in->sin_port = port;
		memcpy(&in->sin_addr, entry->addr, sizeof(in->sin_addr));
	}
}

static void hba_target_take_entry(struct hba_target_entry *answer,
				  const struct ohba_target *entry)
{
	memcpy(answer->name, entry->name, sizeof(answer->name));
	hba_put_portal(&answer->portal, entry);
	answer->dev_loss_tmo = hba_target_dev_loss_of(le32_to_cpu(entry->dev_loss_s));
	answer->tmf_s = hba_flash_tmf_s(entry);
}

/**
 * hba_target_ask_entry() - which target a session is with, and how
 * @target: whose session is UP; the caller holds its lock
 * @answer: of the entry
 *
 * Asked after TARGET_STATE: a new name ends the session with the old one, so the name is not
 * older than the session.
 *
 * Context: process, may sleep. Return: 0, -EPROTO for a name that is none, or what
 * ohba_admin_exec() returns.
 */
int hba_target_ask_entry(struct hba_target *target, struct hba_target_entry *answer)
{
	struct ohba_target *entry;
	int err;

	entry = kmalloc(sizeof(*entry), GFP_NOIO);
	if (!entry)
		return -ENOMEM;
	answer->edits = READ_ONCE(target->edits);
	err = hba_target_ask(target->hba, OHBA_ADMIN_TARGET_GET, target->index,
			     entry, sizeof(*entry));
	if (!err && !ohba_is_name(entry->name, sizeof(entry->name)))
		err = -EPROTO;
	if (!err)
		hba_target_take_entry(answer, entry);
	kfree(entry);
	return err;
}

/* Its name is shown only: without it the sessions have none. */
void hba_targets_ask_initiator(struct hba_targets *targets)
{
	struct ohba_initiator *initiator;

	initiator = kmalloc(sizeof(*initiator), GFP_NOIO);
	if (initiator &&
	    !hba_target_ask(targets->hba, OHBA_ADMIN_INITIATOR_GET, 0, initiator,
			    sizeof(*initiator)) &&
	    ohba_is_name(initiator->name, sizeof(initiator->name))) {
		spin_lock_bh(&targets->lock);
		memcpy(targets->initiator, initiator->name, OHBA_NAME_LEN);
		spin_unlock_bh(&targets->lock);
	}
	kfree(initiator);
}

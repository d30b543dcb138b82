// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the adapter keeps, by generic netlink of ohbatool (ohba_genl.h): read and written a
 * record at a time, by the commands that the class uses, so that the same checks hold; erased.
 */
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include <ohba_genl.h>

#include "genl.h"

/* Some 150 writes of 64 KiB and the header's, each waited for, of a drive that is slow. */
#define OHBA_FLASH_ERASE_MS	120000

union ohba_kept {
	struct ohba_config config;
	struct ohba_initiator initiator;
	struct ohba_account account;
	struct ohba_target target;
	struct ohba_target_list list;
};

static const size_t ohba_kept_len[] = {
	[OHBA_RECORD_CONFIG] = sizeof(struct ohba_config),
	[OHBA_RECORD_INITIATOR] = sizeof(struct ohba_initiator),
	[OHBA_RECORD_ACCOUNT] = sizeof(struct ohba_account),
	[OHBA_RECORD_TARGET] = sizeof(struct ohba_target),
	[OHBA_RECORD_TARGETS] = sizeof(struct ohba_target_list),
};

/* A record that somebody asks about. */
struct ohba_kept_ref {
	u32 kind, index;
	bool secrets;
};

static bool ohba_genl_may_flash(struct sk_buff *request, struct genl_info *info)
{
	if (netlink_capable(request, CAP_SYS_ADMIN))
		return true;
	NL_SET_ERR_MSG(info->extack, "what the adapter keeps needs CAP_SYS_ADMIN");
	return false;
}

static int ohba_genl_fill_ref(struct genl_info *info, struct ohba_kept_ref *ref)
{
	struct nlattr *index = info->attrs[OHBA_ATTR_RECORD_INDEX];

	if (GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_RECORD))
		return -EINVAL;
	ref->kind = nla_get_u32(info->attrs[OHBA_ATTR_RECORD]);
	ref->index = index ? nla_get_u32(index) : 0;
	ref->secrets = info->attrs[OHBA_ATTR_SECRETS];
	return 0;
}

static void ohba_flash_say(struct genl_info *info, int err)
{
	if (err == -ENODEV)
		NL_SET_ERR_MSG(info->extack, "the adapter is not there, or down");
	else if (err == -EOPNOTSUPP)
		NL_SET_ERR_MSG(info->extack, "the adapter keeps no such thing");
	else if (err == -EBUSY)
		NL_SET_ERR_MSG(info->extack, "the adapter is busy: a session is wanted, or not over; or it is being erased");
	else if (err == -EINVAL)
		NL_SET_ERR_MSG(info->extack, "the firmware refused a value");
}

/* --- reading ------------------------------------------------------------- */

/**
 * ohba_tell_secrets() - say in the log that who runs was given CHAP secrets
 * @adapter: the adapter that keeps them
 *
 * Context: process.
 */
void ohba_tell_secrets(struct ohba_adapter *adapter)
{
	dev_notice_ratelimited(adapter->dev, "CHAP secrets were read by %s (pid %d)\n",
			       current->comm, task_pid_nr(current));
}
EXPORT_SYMBOL_GPL(ohba_tell_secrets);

static int ohba_kept_account(struct ohba_adapter *adapter, const struct ohba_kept_ref *ref,
			     struct ohba_account *account)
{
	int err = ohba_account_get(adapter, ref->index, ref->secrets, account);

	if (!err && ref->secrets)
		ohba_tell_secrets(adapter);
	return err;
}

static int ohba_kept_get(struct ohba_adapter *adapter, const struct ohba_kept_ref *ref,
			 union ohba_kept *kept)
{
	switch (ref->kind) {
	case OHBA_RECORD_CONFIG:
		return ref->index ? -ENOENT : ohba_config_get(adapter, &kept->config);
	case OHBA_RECORD_INITIATOR:
		return ref->index ? -ENOENT :
				    ohba_initiator_get(adapter, true, &kept->initiator);
	case OHBA_RECORD_ACCOUNT:
		return ohba_kept_account(adapter, ref, &kept->account);
	case OHBA_RECORD_TARGET:
		return ohba_target_get(adapter, ref->index, &kept->target);
	default:
		return ref->index ? -ENOENT : ohba_target_list(adapter, &kept->list);
	}
}

static int ohba_genl_put_kept(struct genl_info *info, struct sk_buff *skb,
			      const struct ohba_kept_ref *ref)
{
	union ohba_kept *kept = kzalloc(sizeof(*kept), OHBA_GENL_GFP);
	struct ohba_hw *hw = kept ? ohba_genl_get(info) : NULL;
	int err = kept ? -ENODEV : -ENOMEM;

	if (hw) {
		err = ohba_kept_get(&hw->pub, ref, kept);
		ohba_genl_put(hw);
	}
	if (!err)
		err = nla_put(skb, OHBA_ATTR_RECORD_DATA, ohba_kept_len[ref->kind], kept);
	kfree_sensitive(kept);
	return err;
}

int ohba_genl_flash_get(struct sk_buff *request, struct genl_info *info)
{
	struct ohba_kept_ref ref;
	struct sk_buff *skb;
	void *header;
	int err;

	if (!ohba_genl_may_flash(request, info))
		return -EPERM;
	err = ohba_genl_fill_ref(info, &ref);
	if (err)
		return err;
	skb = ohba_genl_reply(info, 256 + sizeof(union ohba_kept), OHBA_CMD_FLASH_GET, &header);
	if (!skb)
		return -ENOMEM;
	err = ohba_genl_put_kept(info, skb, &ref);
	if (err) {
		ohba_flash_say(info, err);
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* --- writing ------------------------------------------------------------- */

static int ohba_kept_set(struct ohba_adapter *adapter, const struct ohba_kept_ref *ref,
			 const union ohba_kept *kept)
{
	switch (ref->kind) {
	case OHBA_RECORD_CONFIG:
		return ref->index ? -ENOENT : ohba_config_set(adapter, &kept->config);
	case OHBA_RECORD_INITIATOR:
		return ref->index ? -ENOENT : ohba_initiator_set(adapter, &kept->initiator);
	case OHBA_RECORD_ACCOUNT:
		return ohba_account_set(adapter, ref->index, &kept->account);
	case OHBA_RECORD_TARGET:
		return ohba_target_set(adapter, ref->index, &kept->target);
	default:
		return -EOPNOTSUPP;
	}
}

/* Between the class's own, which read a record before they write it. Addresses are not its. */
static int ohba_kept_change(struct ohba_hw *hw, const struct ohba_kept_ref *ref,
			    const union ohba_kept *kept)
{
	bool classes = ref->kind != OHBA_RECORD_CONFIG;
	int err;

	if (classes && hw->ops->kept_begin)
		hw->ops->kept_begin(hw->priv);
	err = ohba_kept_set(&hw->pub, ref, kept);
	if (classes && hw->ops->kept_end)
		hw->ops->kept_end(hw->priv, ref->kind == OHBA_RECORD_TARGET, ref->index);
	return err;
}

/* A copy, as the message's is at any address. The message has no secret from then on. */
static union ohba_kept *ohba_kept_copy(struct genl_info *info, const struct ohba_kept_ref *ref)
{
	struct nlattr *data = info->attrs[OHBA_ATTR_RECORD_DATA];
	union ohba_kept *kept;

	if (GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_RECORD_DATA))
		return ERR_PTR(-EINVAL);
	if (nla_len(data) != ohba_kept_len[ref->kind]) {
		NL_SET_ERR_MSG_ATTR(info->extack, data, "such a record has another length");
		return ERR_PTR(-EINVAL);
	}
	kept = kzalloc(sizeof(*kept), OHBA_GENL_GFP);
	if (kept)
		memcpy(kept, nla_data(data), nla_len(data));
	/* After an error the core copies the request into its answer. */
	memzero_explicit(nla_data(data), nla_len(data));
	return kept ?: ERR_PTR(-ENOMEM);
}

int ohba_genl_flash_set(struct sk_buff *request, struct genl_info *info)
{
	struct ohba_kept_ref ref;
	union ohba_kept *kept;
	struct ohba_hw *hw;
	int err;

	if (!ohba_genl_may_flash(request, info))
		return -EPERM;
	err = ohba_genl_fill_ref(info, &ref);
	if (err)
		return err;
	kept = ohba_kept_copy(info, &ref);
	if (IS_ERR(kept))
		return PTR_ERR(kept);
	hw = ohba_genl_get(info);
	err = hw ? ohba_kept_change(hw, &ref, kept) : -ENODEV;
	if (hw)
		ohba_genl_put(hw);
	kfree_sensitive(kept);
	ohba_flash_say(info, err);
	return err;
}

/* --- erasing ------------------------------------------------------------- */

static int ohba_flash_erase(struct ohba_hw *hw)
{
	struct ohba_admin_cmd cmd = { .sqe.opcode = OHBA_ADMIN_FLASH_ERASE };
	int err;

	if (!(hw->features & OHBA_FEATURE_ERASE))
		return -EOPNOTSUPP;
	err = ohba_admin_exec(&hw->pub, &cmd, OHBA_FLASH_ERASE_MS);
	if (ohba_admin_refused(&cmd))
		dev_err(hw->pub.dev, "firmware refused FLASH_ERASE: %s (%s): %s\n",
			ohba_status_name(cmd.status), ohba_status_meaning(cmd.status),
			ohba_status_remedy(cmd.status));
	/* Whether it failed or not: what the class knows may be no longer so. */
	if (hw->ops->kept_changed)
		hw->ops->kept_changed(hw->priv);
	return err;
}

int ohba_genl_flash_erase(struct sk_buff *request, struct genl_info *info)
{
	struct ohba_hw *hw;
	int err;

	if (!ohba_genl_may_flash(request, info))
		return -EPERM;
	hw = ohba_genl_get(info);
	err = hw ? ohba_flash_erase(hw) : -ENODEV;
	if (hw)
		ohba_genl_put(hw);
	ohba_flash_say(info, err);
	return err;
}

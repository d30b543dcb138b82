// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths, by generic netlink with the helper (ohba_genl.h): it is asked for them, and sets them.
 * Who does not listen cannot be asked: that is told at once, and not by a timeout.
 */
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include <ohba_genl.h>

#include "genl.h"

/* What the admin thread allocates: who stops the adapter waits for it, with its disks down. */
#define OHBA_GENL_GFP_THREAD	(GFP_NOWAIT | __GFP_NOWARN)

/* --- asking -------------------------------------------------------------- */

/* Those that can be where frames to an address of @family come from. */
static int ohba_put_ifaces(struct sk_buff *skb, struct ohba_hw *hw, u8 family)
{
	unsigned int i;
	int err = 0;

	/* Not the mutex: who has that may wait for this thread. */
	spin_lock(&hw->iface_lock);
	for (i = 0; !err && i < OHBA_IFACES_MAX; i++)
		if (hw->ifaces[i].family == family)
			err = ohba_genl_put_iface(skb, i, &hw->ifaces[i]);
	spin_unlock(&hw->iface_lock);
	return err;
}

static int ohba_put_wanted(struct sk_buff *skb, struct ohba_hw *hw, u8 family,
			   const u8 *dst)
{
	void *header = genlmsg_put(skb, 0, 0, &ohba_genl_family, 0,
				   OHBA_CMD_PATH_WANTED);

	if (!header ||
	    nla_put_string(skb, OHBA_ATTR_ADAPTER, pci_name(hw->pub.pdev)) ||
	    nla_put_u32(skb, OHBA_ATTR_IFINDEX, ohba_net_ifindex(hw)) ||
	    nla_put(skb, OHBA_ATTR_MAC, ETH_ALEN, hw->info.mac) ||
	    nla_put(skb, OHBA_ATTR_DST, ohba_addr_len(family), dst) ||
	    ohba_put_ifaces(skb, hw, family))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

/* Does not sleep. Return: 0 or why it could not be asked now. */
static int ohba_ask_helper(struct ohba_hw *hw, u8 family, const u8 *dst)
{
	struct sk_buff *skb;
	int err;

	skb = genlmsg_new(NLMSG_GOODSIZE, OHBA_GENL_GFP_THREAD);
	if (!skb)
		return -ENOMEM;
	err = ohba_put_wanted(skb, hw, family, dst);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return genlmsg_multicast(&ohba_genl_family, skb, 0, OHBA_GENL_GROUP_HELPER,
				 OHBA_GENL_GFP_THREAD);
}

static void ohba_path_done(struct ohba_admin_cmd *cmd)
{
	kfree(cmd);
}

/* The adapter may know a way by itself, or those that wait fail. Does not sleep. */
static void ohba_path_no_helper(struct ohba_hw *hw, u8 family, const u8 *dst)
{
	struct ohba_admin_cmd *cmd = kzalloc(sizeof(*cmd), OHBA_GENL_GFP_THREAD);
	struct ohba_path *body;

	/* Without memory the adapter takes silence for an answer. */
	if (!cmd)
		return;
	cmd->sqe.opcode = OHBA_ADMIN_PATH_SET;
	cmd->done = ohba_path_done;
	body = (void *)cmd->sqe.body;
	body->family = family;
	body->status = cpu_to_le16(OHBA_ST_NO_HELPER);
	memcpy(body->dst, dst, sizeof(body->dst));
	if (ohba_admin_submit(&hw->pub, cmd))
		kfree(cmd);
}

/* Connections need a path to @dst. Context: the admin thread. */
void ohba_genl_path_wanted(struct ohba_hw *hw, u8 family, const u8 *dst)
{
	int err;

	if (family != OHBA_FAMILY_IPV4 && family != OHBA_FAMILY_IPV6)
		return;
	if (ohba_genl_has_helper()) {
		/* Nor a network device yet, by which it could be found: the adapter asks again. */
		if (!smp_load_acquire(&hw->io_started))	/* as in ohba_genl_dump() */
			return;
		/* Without memory, here or at its socket, the adapter asks again. */
		err = ohba_ask_helper(hw, family, dst);
		ohba_dbg(&hw->pub, NET, "path wanted: %d\n", err);
		return;
	}
	dev_info_ratelimited(hw->pub.dev,
			     "a connection needs an address resolved, but uipd is not running: the adapter tries\n");
	ohba_path_no_helper(hw, family, dst);
}

/* --- what the helper says ------------------------------------------------- */

/*
 * One that the helper set. It does not wait for the answer: of several adapters, and of the
 * logins that it makes, it would wait for that which hangs.
 */
struct ohba_path_set {
	struct ohba_admin_cmd cmd;
	struct ohba_hw *hw;
	struct list_head list;		/* of its paths */
	unsigned long deadline;		/* jiffies */
};

/* A device that hangs has a quarter of its queue of them: others, too, are to find that out. */
static int ohba_path_add(struct ohba_path_set *set)
{
	unsigned int room = max(ohba_admin_depth(&set->hw->pub) / 4, 1u);
	struct ohba_paths *paths = &set->hw->paths;
	int err = -EBUSY;

	spin_lock(&paths->lock);
	if (paths->count < room) {
		set->deadline = jiffies + msecs_to_jiffies(OHBA_ADMIN_TIMEOUT_MS);
		list_add_tail(&set->list, &paths->list);
		paths->count++;
		err = 0;
	}
	spin_unlock(&paths->lock);
	return err;
}

static void ohba_path_remove(struct ohba_path_set *set)
{
	struct ohba_paths *paths = &set->hw->paths;

	spin_lock(&paths->lock);
	list_del(&set->list);
	paths->count--;
	spin_unlock(&paths->lock);
}

/* The device, which is stopped before it goes, is still there. */
static void ohba_path_is_set(struct ohba_admin_cmd *cmd)
{
	struct ohba_path_set *set = container_of(cmd, struct ohba_path_set, cmd);

	if (ohba_admin_refused(cmd))
		dev_warn_ratelimited(set->hw->pub.dev,
				     "firmware refused a path of the helper's: %s (%s): %s\n",
				     ohba_status_name(cmd->status),
				     ohba_status_meaning(cmd->status),
				     ohba_status_remedy(cmd->status));
	ohba_path_remove(set);
	kfree(set);
}

/* Return: 0, and then it is not the caller's any more. */
static int ohba_path_submit(struct ohba_path_set *set)
{
	int err = ohba_path_add(set);

	if (err)
		return err;
	err = ohba_admin_submit(&set->hw->pub, &set->cmd);
	if (err)
		ohba_path_remove(set);
	return err;
}

static int ohba_genl_fill_path(struct genl_info *info, struct ohba_admin_cmd *cmd)
{
	struct ohba_path *body = (void *)cmd->sqe.body;
	u8 hop_family;

	body->family = ohba_genl_addr(info, OHBA_ATTR_DST, body->dst);
	if (!body->family)
		return -EINVAL;
	if (info->attrs[OHBA_ATTR_STATUS]) {
		body->status = cpu_to_le16(nla_get_u32(info->attrs[OHBA_ATTR_STATUS]));
		return 0;
	}
	if (GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_IFACE_INDEX) ||
	    GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_HOP_MAC))
		return -EINVAL;
	hop_family = ohba_genl_addr(info, OHBA_ATTR_HOP, body->hop);
	if (!hop_family)
		return -EINVAL;
	if (hop_family != body->family) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[OHBA_ATTR_HOP],
				    "not of the destination's family");
		return -EINVAL;
	}
	cmd->sqe.handle = cpu_to_le32(nla_get_u32(info->attrs[OHBA_ATTR_IFACE_INDEX]));
	memcpy(body->mac, nla_data(info->attrs[OHBA_ATTR_HOP_MAC]), ETH_ALEN);
	return 0;
}

static int ohba_path_send(struct ohba_path_set *set, struct genl_info *info)
{
	struct ohba_hw *hw = ohba_genl_get(info);
	int err;

	if (!hw)
		return -ENODEV;
	set->hw = hw;
	err = ohba_path_submit(set);
	ohba_genl_put(hw);
	return err;
}

int ohba_genl_path_set(struct sk_buff *request, struct genl_info *info)
{
	struct ohba_path_set *set = kzalloc(sizeof(*set), OHBA_GENL_GFP);
	int err;

	if (!set)
		return -ENOMEM;
	set->cmd.sqe.opcode = OHBA_ADMIN_PATH_SET;
	set->cmd.done = ohba_path_is_set;
	err = ohba_genl_fill_path(info, &set->cmd) ?: ohba_path_send(set, info);
	if (err)
		kfree(set);
	return err;
}

/* --- life ---------------------------------------------------------------- */

void ohba_paths_init(struct ohba_hw *hw)
{
	spin_lock_init(&hw->paths.lock);
	INIT_LIST_HEAD(&hw->paths.list);
}

bool ohba_paths_late(struct ohba_hw *hw)
{
	struct ohba_path_set *oldest;
	bool late;

	spin_lock(&hw->paths.lock);
	oldest = list_first_entry_or_null(&hw->paths.list, struct ohba_path_set, list);
	late = oldest && time_after(jiffies, oldest->deadline);
	spin_unlock(&hw->paths.lock);
	return late;
}

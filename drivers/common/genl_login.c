// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink with the helper that makes logins (ohba_genl.h): whose socket it is, what
 * goes there, and what comes from it. Secrets do, so nobody else gets, or says, any of it.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <net/sock.h>

#include "genl.h"

/* The helper; @number is another for each, and 0 while there is none. */
static struct ohba_login_helper {
	struct sock *sk;	/* held */
	u32 portid;
	u32 number;
} ohba_login_helper;
static u32 ohba_login_helpers;	/* the last number */
static DEFINE_SPINLOCK(ohba_login_helper_lock);	/* all of these */

/* --- who it is ----------------------------------------------------------- */

u32 ohba_genl_login_offer(void)
{
	return READ_ONCE(ohba_login_helper.number);
}

/* Return: 0, or -EBUSY: it is another. */
static int ohba_login_helper_set(struct sock *sk, u32 portid)
{
	struct ohba_login_helper *helper = &ohba_login_helper;
	int err = 0;

	spin_lock_bh(&ohba_login_helper_lock);
	if (helper->number) {
		err = helper->portid == portid ? 0 : -EBUSY;
	} else {
		sock_hold(sk);
		helper->sk = sk;
		helper->portid = portid;
		if (!++ohba_login_helpers)
			ohba_login_helpers = 1;
		WRITE_ONCE(helper->number, ohba_login_helpers);
	}
	spin_unlock_bh(&ohba_login_helper_lock);
	return err;
}

/* Return: whether @portid was it. */
static bool ohba_login_helper_clear(u32 portid)
{
	struct ohba_login_helper *helper = &ohba_login_helper;
	struct sock *sk = NULL;

	spin_lock_bh(&ohba_login_helper_lock);
	if (helper->number && helper->portid == portid) {
		sk = helper->sk;
		helper->sk = NULL;
		WRITE_ONCE(helper->number, 0);
	}
	spin_unlock_bh(&ohba_login_helper_lock);
	if (sk)
		sock_put(sk);
	return sk;
}

static bool ohba_login_is_helper(u32 portid)
{
	bool is;

	spin_lock_bh(&ohba_login_helper_lock);
	is = ohba_login_helper.number && ohba_login_helper.portid == portid;
	spin_unlock_bh(&ohba_login_helper_lock);
	return is;
}

/*
 * Half of what it has room for, as a message takes more of it than its bytes. Return: also
 * true if @offer stands no more: who sends learns that.
 */
bool ohba_genl_login_room(u32 offer)
{
	bool room = true;

	spin_lock_bh(&ohba_login_helper_lock);
	if (ohba_login_helper.number == offer && ohba_login_helper.sk)
		room = sk_rmem_alloc_get(ohba_login_helper.sk) <=
		       READ_ONCE(ohba_login_helper.sk->sk_rcvbuf) / 2;
	spin_unlock_bh(&ohba_login_helper_lock);
	return room;
}

/* --- what it is told ----------------------------------------------------- */

/* Owns @skb. Return: 0, -ESTALE if it is there no more, -EAGAIN if it has no room. */
static int ohba_login_unicast(struct sk_buff *skb, u32 offer)
{
	u32 portid, number;
	int err;

	spin_lock_bh(&ohba_login_helper_lock);
	number = ohba_login_helper.number;
	portid = ohba_login_helper.portid;
	spin_unlock_bh(&ohba_login_helper_lock);
	if (number != offer) {
		nlmsg_free(skb);
		return -ESTALE;
	}
	err = genlmsg_unicast(&init_net, skb, portid);
	return err == -ECONNREFUSED ? -ESTALE : err;
}

static void *ohba_login_put(struct sk_buff *skb, struct ohba_hw *hw, u8 cmd, u32 handle)
{
	void *header = genlmsg_put(skb, 0, 0, &ohba_genl_family, 0, cmd);

	if (!header ||
	    nla_put_string(skb, OHBA_ATTR_ADAPTER, pci_name(hw->pub.pdev)) ||
	    nla_put_u32(skb, OHBA_ATTR_LOGIN, handle))
		return NULL;
	return header;
}

/* @header: what ohba_login_put() said; @err: of what was put behind. */
static int ohba_login_go(struct sk_buff *skb, void *header, int err, u32 offer)
{
	if (!header || err) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return ohba_login_unicast(skb, offer);
}

/* Bytes of a message besides what it carries. */
#define OHBA_LOGIN_MSG_MORE	256

/*
 * Tell the helper of @offer: a login is to be made. Context: process. Return: 0, -ESTALE if
 * it is there no more, -EAGAIN if it has no room, -ENOMEM.
 */
int ohba_genl_login_wanted(struct ohba_hw *hw, u32 offer, u32 handle,
			   const struct ohba_login_task *task)
{
	struct sk_buff *skb = genlmsg_new(sizeof(*task) + OHBA_LOGIN_MSG_MORE, OHBA_GENL_GFP);
	void *header;
	int err;

	if (!skb)
		return -ENOMEM;
	header = ohba_login_put(skb, hw, OHBA_CMD_LOGIN_WANTED, handle);
	err = nla_put(skb, OHBA_ATTR_TASK, sizeof(*task), task);
	return ohba_login_go(skb, header, err, offer);
}

/* The same: a PDU of the target's. */
int ohba_genl_login_pdu(struct ohba_hw *hw, u32 offer, u32 handle, const void *bhs,
			const void *data, u32 len)
{
	struct sk_buff *skb = genlmsg_new(len + OHBA_LOGIN_MSG_MORE, OHBA_GENL_GFP);
	void *header;
	int err;

	if (!skb)
		return -ENOMEM;
	header = ohba_login_put(skb, hw, OHBA_CMD_LOGIN_PDU, handle);
	err = nla_put(skb, OHBA_ATTR_BHS, 48, bhs) ?:
	      nla_put(skb, OHBA_ATTR_DATA, len, data);
	return ohba_login_go(skb, header, err, offer);
}

/* The same: it is over. */
int ohba_genl_login_over(struct ohba_hw *hw, u32 offer, u32 handle, u16 why)
{
	struct sk_buff *skb = genlmsg_new(OHBA_LOGIN_MSG_MORE, OHBA_GENL_GFP);
	void *header;
	int err;

	if (!skb)
		return -ENOMEM;
	header = ohba_login_put(skb, hw, OHBA_CMD_LOGIN_PDU, handle);
	err = nla_put_u32(skb, OHBA_ATTR_STATUS, why);
	return ohba_login_go(skb, header, err, offer);
}

/* --- what it says -------------------------------------------------------- */

/*
 * It need not keep the capability, but its socket was not opened by somebody who only
 * configures networks.
 */
static bool ohba_login_may_offer(struct sk_buff *skb)
{
	return file_ns_capable(NETLINK_CB(skb).sk->sk_socket->file, &init_user_ns,
			       CAP_SYS_ADMIN);
}

int ohba_genl_do_login_offer(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	if (!ohba_login_may_offer(skb)) {
		NL_SET_ERR_MSG(info->extack, "the socket was opened without CAP_SYS_ADMIN");
		return -EPERM;
	}
	err = ohba_login_helper_set(NETLINK_CB(skb).sk, info->snd_portid);
	if (err) {
		NL_SET_ERR_MSG(info->extack, "another helper makes logins");
		return err;
	}
	ohba_genl_each(ohba_logins_offered);
	return 0;
}

static int ohba_login_check(struct genl_info *info, int with)
{
	if (!ohba_login_is_helper(info->snd_portid)) {
		NL_SET_ERR_MSG(info->extack, "only who offered to makes logins");
		return -EPERM;
	}
	return GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_LOGIN) ||
	       GENL_REQ_ATTR_CHECK(info, with) ? -EINVAL : 0;
}

static int ohba_login_do_send(struct ohba_hw *hw, struct genl_info *info)
{
	struct nlattr *data = info->attrs[OHBA_ATTR_DATA];

	return ohba_login_send(hw, nla_get_u32(info->attrs[OHBA_ATTR_LOGIN]),
			       nla_data(info->attrs[OHBA_ATTR_BHS]),
			       data ? nla_data(data) : "", data ? nla_len(data) : 0);
}

int ohba_genl_do_login_send(struct sk_buff *skb, struct genl_info *info)
{
	return ohba_login_check(info, OHBA_ATTR_BHS) ?:
	       ohba_genl_do(info, ohba_login_do_send);
}

static int ohba_login_do_end(struct ohba_hw *hw, struct genl_info *info)
{
	return ohba_login_end(hw, nla_get_u32(info->attrs[OHBA_ATTR_LOGIN]),
			      nla_data(info->attrs[OHBA_ATTR_RESULT]));
}

int ohba_genl_do_login_end(struct sk_buff *skb, struct genl_info *info)
{
	return ohba_login_check(info, OHBA_ATTR_RESULT) ?:
	       ohba_genl_do(info, ohba_login_do_end);
}

/* --- its end ------------------------------------------------------------- */

static void ohba_login_helper_gone(struct work_struct *work)
{
	ohba_genl_each(ohba_logins_offered);
}

static DECLARE_WORK(ohba_login_gone_work, ohba_login_helper_gone);

/* Somebody closes a socket: who does must not wait for adapters. */
static int ohba_login_notify(struct notifier_block *block, unsigned long event,
			     void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net) && ohba_login_helper_clear(notify->portid))
		queue_work(ohba_life_wq, &ohba_login_gone_work);
	return NOTIFY_DONE;
}

static struct notifier_block ohba_login_notifier = {
	.notifier_call = ohba_login_notify,
};

int __init ohba_genl_login_setup(void)
{
	return netlink_register_notifier(&ohba_login_notifier);
}

/* There is no family any more. */
void ohba_genl_login_cleanup(void)
{
	netlink_unregister_notifier(&ohba_login_notifier);
	ohba_login_helper_clear(ohba_login_helper.portid);
	cancel_work_sync(&ohba_login_gone_work);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink of ohbatool (ohba_genl.h): discoveries begin, and are told of, in pages. */
#include <net/genetlink.h>

#include <ohba_genl.h>

#include "priv.h"

#define OHBA_FOUND_PAGE		48	/* records of a message */
/* Bytes of it: a record has a name, an address and four numbers, each with its head. */
#define OHBA_FOUND_MSG		(512 + OHBA_FOUND_PAGE * (OHBA_NAME_LEN + 16 + 9 * 8))

/* --- beginning ----------------------------------------------------------- */

/* Family 0: where the adapter's DHCP server says. */
static int ohba_genl_fill_where(struct genl_info *info, struct ohba_discover *asked)
{
	struct nlattr *port = info->attrs[OHBA_ATTR_PORT];
	bool isns = asked->method == OHBA_DISCOVER_ISNS;

	if (info->attrs[OHBA_ATTR_ADDR] || !isns) {
		asked->family = ohba_genl_addr(info, OHBA_ATTR_ADDR, asked->addr);
		if (!asked->family)
			return -EINVAL;
	}
	if (!isns && GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_PORT))
		return -EINVAL;
	asked->port = cpu_to_le16(port ? nla_get_u16(port) : OHBA_ISNS_PORT);
	return 0;
}

static int ohba_genl_fill_discover(struct genl_info *info, struct ohba_discover *asked)
{
	struct nlattr **attrs = info->attrs;
	int err;

	if (attrs[OHBA_ATTR_METHOD])
		asked->method = nla_get_u32(attrs[OHBA_ATTR_METHOD]);
	err = ohba_genl_fill_where(info, asked);
	if (err)
		return err;
	asked->account = cpu_to_le16(attrs[OHBA_ATTR_ACCOUNT] ?
				     nla_get_u32(attrs[OHBA_ATTR_ACCOUNT]) :
				     OHBA_ACCOUNT_NONE);
	/* Which words there are the adapter knows. */
	if (attrs[OHBA_ATTR_CHAP_LIST])
		asked->chap_list = cpu_to_le16(nla_get_u16(attrs[OHBA_ATTR_CHAP_LIST]));
	if (attrs[OHBA_ATTR_TIMEOUT])
		asked->timeout_ms = cpu_to_le32(nla_get_u32(attrs[OHBA_ATTR_TIMEOUT]));
	return 0;
}

/* ohbatool said no flags by a zero, once. */
static bool ohba_genl_adds(const struct genl_info *info)
{
	const struct nlattr *flags = info->attrs[OHBA_ATTR_FLAGS];

	return flags && nla_get_u32(flags) & OHBA_DISCOVER_ADD;
}

static int ohba_genl_begin_at(struct ohba_hw *hw, struct genl_info *info,
			      struct ohba_discover *asked, u32 *id)
{
	if (!asked->family) {
		if (!ohba_iface_isns(hw, asked->addr))
			return -EDESTADDRREQ;
		asked->family = OHBA_FAMILY_IPV4;
	}
	return ohba_discover(&hw->pub, asked, ohba_genl_adds(info), id);
}

static int ohba_genl_begin(struct genl_info *info, struct ohba_discover *asked,
			   u32 *id)
{
	struct ohba_hw *hw;
	int err;

	ohba_genl_lock_adapters();
	hw = ohba_genl_find(info);
	err = hw ? ohba_genl_begin_at(hw, info, asked, id) : -ENODEV;
	ohba_genl_unlock_adapters();
	if (err == -EDESTADDRREQ)
		NL_SET_ERR_MSG(info->extack, "no DHCP server of the adapter's announced an iSNS server");
	if (err == -EBUSY)
		NL_SET_ERR_MSG(info->extack, "another discovery of the adapter's is under way");
	if (err == -EOPNOTSUPP)
		NL_SET_ERR_MSG(info->extack, "the adapter has no sessions of its own");
	if (err == -EAGAIN)
		NL_SET_ERR_MSG(info->extack, "the adapter is being started");
	return err;
}

/*
 * Whoever the portal is gets to see a proof by the account's secret, and names what becomes an
 * entry: both are an administrator's elsewhere, too.
 */
static bool ohba_genl_may_discover(struct sk_buff *request, struct genl_info *info)
{
	if ((!info->attrs[OHBA_ATTR_ACCOUNT] && !ohba_genl_adds(info)) ||
	    netlink_capable(request, CAP_SYS_ADMIN))
		return true;
	NL_SET_ERR_MSG(info->extack, "accounts and entries need CAP_SYS_ADMIN");
	return false;
}

int ohba_genl_discover(struct sk_buff *request, struct genl_info *info)
{
	struct ohba_discover asked = { 0 };
	struct sk_buff *skb;
	void *header;
	u32 id = 0;
	int err;

	if (!ohba_genl_may_discover(request, info))
		return -EPERM;
	err = ohba_genl_fill_discover(info, &asked);
	if (err)
		return err;
	/* First, so that nothing begins of which nobody knows. */
	skb = ohba_genl_reply(info, NLMSG_GOODSIZE, OHBA_CMD_DISCOVER, &header);
	if (!skb)
		return -ENOMEM;
	err = ohba_genl_begin(info, &asked, &id) ?:
	      nla_put_u32(skb, OHBA_ATTR_DISCOVERY, id) ?:
	      nla_put(skb, OHBA_ATTR_ADDR, asked.family == OHBA_FAMILY_IPV4 ? 4 : 16,
		      asked.addr) ?:
	      nla_put_u16(skb, OHBA_ATTR_PORT, le16_to_cpu(asked.port));
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* --- telling ------------------------------------------------------------- */

static int ohba_put_entry(struct sk_buff *skb, const struct ohba_found *found)
{
	if (found->entry < 0)
		return nla_put_u32(skb, OHBA_FOUND_ERRNO, -found->entry);
	return nla_put_u32(skb, OHBA_FOUND_ENTRY, found->entry) ?:
	       (found->is_new ? nla_put_flag(skb, OHBA_FOUND_NEW) : 0);
}

static int ohba_put_found(struct sk_buff *skb, const struct ohba_found *found, bool add)
{
	const struct ohba_discovered *at = &found->at;
	size_t len = at->family == OHBA_FAMILY_IPV4 ? 4 : 16;
	struct nlattr *nest = nla_nest_start(skb, OHBA_ATTR_FOUND);

	if (!nest || nla_put_string(skb, OHBA_FOUND_NAME, (const char *)at->name) ||
	    nla_put(skb, OHBA_FOUND_ADDR, len, at->addr) ||
	    nla_put_u32(skb, OHBA_FOUND_PORT, le16_to_cpu(at->port)))
		return -EMSGSIZE;
	if (at->flags & OHBA_DISCOVERED_TPGT &&
	    nla_put_u32(skb, OHBA_FOUND_TPGT, le16_to_cpu(at->tpgt)))
		return -EMSGSIZE;
	if (add && ohba_put_entry(skb, found))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int ohba_put_outcome(struct sk_buff *skb, const struct ohba_discover_job *job)
{
	const struct ohba_discovery *told = &job->told;

	return nla_put_u32(skb, OHBA_ATTR_STATUS, job->status) ?:
	       nla_put_string(skb, OHBA_ATTR_WORDS, (const char *)told->words) ?:
	       nla_put_u32(skb, OHBA_ATTR_LISTED, le32_to_cpu(told->listed)) ?:
	       nla_put_u32(skb, OHBA_ATTR_SKIPPED, le32_to_cpu(told->skipped)) ?:
	       nla_put_u32(skb, OHBA_ATTR_IMPOSSIBLE, job->nimpossible) ?:
	       nla_put_u32(skb, OHBA_ATTR_COUNT, job->nfound);
}

/* From the @first record on. Return: -ESTALE: another has begun since. */
static int ohba_put_discovery(struct sk_buff *skb, struct ohba_discover_job *job, u32 id,
			      u32 first)
{
	u32 i, n = 0;
	int err;

	lockdep_assert_held(&job->lock);
	if (!id || job->id != id)
		return -ESTALE;
	if (job->busy)
		return nla_put_flag(skb, OHBA_ATTR_RUNNING);
	err = ohba_put_outcome(skb, job);
	for (i = first; !err && i < job->nfound && n < OHBA_FOUND_PAGE; i++, n++)
		err = ohba_put_found(skb, &job->found[i], job->add);
	return err;
}

static int ohba_genl_tell(struct genl_info *info, struct sk_buff *skb)
{
	u32 id = nla_get_u32(info->attrs[OHBA_ATTR_DISCOVERY]);
	struct nlattr *first = info->attrs[OHBA_ATTR_FIRST];
	struct ohba_hw *hw;
	int err = -ENODEV;

	ohba_genl_lock_adapters();
	hw = ohba_genl_find(info);
	if (hw) {
		mutex_lock(&hw->discover.lock);
		err = ohba_put_discovery(skb, &hw->discover, id,
					 first ? nla_get_u32(first) : 0);
		mutex_unlock(&hw->discover.lock);
	}
	ohba_genl_unlock_adapters();
	if (err == -ESTALE)
		NL_SET_ERR_MSG(info->extack, "another discovery has begun since");
	return err;
}

int ohba_genl_discovered(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *header;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_DISCOVERY))
		return -EINVAL;
	skb = ohba_genl_reply(info, OHBA_FOUND_MSG, OHBA_CMD_DISCOVERED, &header);
	if (!skb)
		return -ENOMEM;
	err = ohba_genl_tell(info, skb);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The class's discovery by the adapter: what it finds becomes flashnodes. */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "hba.h"

/* --- asking -------------------------------------------------------------- */

/* @dst lies behind the class's message: as in hba_ping_fill(). */
static int hba_discover_fill(struct ohba_discover *asked, const struct sockaddr *dst)
{
	const struct sockaddr_in6 *in6 = (const void *)dst;
	const struct sockaddr_in *in = (const void *)dst;

	asked->account = cpu_to_le16(OHBA_ACCOUNT_NONE);
	if (dst->sa_family == AF_INET) {
		asked->family = OHBA_FAMILY_IPV4;
		asked->port = cpu_to_le16(ntohs(in->sin_port));
		memcpy(asked->addr, &in->sin_addr, sizeof(in->sin_addr));
	} else if (dst->sa_family == AF_INET6) {
		asked->family = OHBA_FAMILY_IPV6;
		asked->port = cpu_to_le16(ntohs(in6->sin6_port));
		memcpy(asked->addr, &in6->sin6_addr, sizeof(in6->sin6_addr));
	}
	return asked->port && memchr_inv(asked->addr, 0, 16) ? 0 : -EINVAL;
}

/*
 * Under the class's netlink mutex: it begins, and what it finds comes later. The class says
 * nothing of why it failed: the log does.
 */
int hba_tgt_dscvr(struct Scsi_Host *shost, enum iscsi_tgt_dscvr type, u32 enable,
		  struct sockaddr *dst)
{
	struct ohba_discover asked = { 0 };
	struct hba *hba = hba_of(shost);
	int err;

	if (!hba_owns(shost))
		return -EINVAL;
	if (!enable || (type != ISCSI_TGT_DSCVR_SEND_TARGETS && type != ISCSI_TGT_DSCVR_ISNS))
		return -EOPNOTSUPP;
	if (type == ISCSI_TGT_DSCVR_ISNS)
		asked.method = OHBA_DISCOVER_ISNS;
	err = hba_discover_fill(&asked, dst) ?:
	      ohba_discover(hba->adapter, &asked, true, NULL);
	if (err)
		dev_err_ratelimited(hba->adapter->dev,
				    "discovery did not begin (%d): %s\n", err,
				    err == -EBUSY ? "another is under way" :
				    err == -EINVAL ? "the address or port is none" :
						     "look above");
	return err;
}

/* --- what was found ------------------------------------------------------ */

static void hba_fill_entry(struct hba *hba, struct ohba_target *target,
			   const struct ohba_discovered *at)
{
	hba_flash_defaults(hba, target, at->family == OHBA_FAMILY_IPV6);
	target->family = at->family;
	target->port = at->port;
	memcpy(target->addr, at->addr, sizeof(target->addr));
	memcpy(target->name, at->name, strlen((const char *)at->name));
	if (at->flags & OHBA_DISCOVERED_TPGT) {
		target->flags |= cpu_to_le16(OHBA_TARGET_TPGT);
		target->tpgt = at->tpgt;
	}
}

static void hba_add_found(struct hba *hba, struct ohba_found *found,
			  struct ohba_target *target)
{
	mutex_lock(&hba->flash_mutex);
	if (!hba->flash_open || hba->flash_gone)
		found->entry = -ENODEV;
	else if (!hba_flashnodes_are_known(hba))
		found->entry = -EAGAIN;
	else
		found->entry = hba_flash_index_find(hba, &found->at);
	if (found->entry == -ENOENT) {
		hba_fill_entry(hba, target, &found->at);
		found->entry = hba_flashnode_new(hba, target);
		found->is_new = found->entry >= 0;
	}
	mutex_unlock(&hba->flash_mutex);
}

static const char *hba_add_remedy(int err)
{
	switch (err) {
	case -ENOSPC:
		return "all are in use: delete some";
	case -EAGAIN:
		return "the adapter's table was not read: ask again, or restart the adapter";
	case -ENOMEM:
		return "memory is short: ask again";
	case -EBUSY:
		return "the adapter was busy: ask again";
	default:
		return "ask again when the adapter is up";
	}
}

static void hba_log_found(struct hba *hba, const struct ohba_found *found, u32 n)
{
	u32 i, added = 0, failed = 0;
	int err = 0;

	for (i = 0; i < n; i++) {
		added += found[i].is_new;
		failed += found[i].entry < 0;
		err = found[i].entry < 0 ? found[i].entry : err;
	}
	dev_info(hba->adapter->dev, "discovery: %u new flashnodes, %u that there were\n",
		 added, n - added - failed);
	if (failed)
		dev_err(hba->adapter->dev, "discovery: %u targets have no flashnode (%d): %s\n",
			failed, err, hba_add_remedy(err));
}

static void hba_add_all(struct hba *hba, struct ohba_found *found, u32 n,
			struct ohba_target *target)
{
	int err = target ? 0 : -ENOMEM;
	u32 i;

	for (i = 0; i < n; i++) {
		/* One that there is may come behind one that there is no room for. */
		if (target && err != -ENODEV)
			hba_add_found(hba, &found[i], target);
		else
			found[i].entry = err;
		err = min(found[i].entry, 0);
		cond_resched();
	}
}

/*
 * New entries are not logged in to: somebody looks at them first. Context: process; no lock
 * is held, so that requests come in between.
 */
void hba_discovered(void *priv, struct ohba_found *found, u32 n)
{
	struct ohba_target *target = kmalloc(sizeof(*target), GFP_NOIO);
	struct hba *hba = priv;

	/* What the adapter keeps is to be known, or it would come twice. */
	flush_delayed_work(&hba->flash_load);
	hba_add_all(hba, found, n, target);
	kfree(target);
	hba_log_found(hba, found, n);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of generic netlink share. */
#ifndef OHBA_GENL_PRIV_H
#define OHBA_GENL_PRIV_H

#include <net/genetlink.h>

#include "priv.h"

/* Of who may wait, but not for the disks of an adapter: this fails. */
#define OHBA_GENL_GFP	(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN)

enum { OHBA_GENL_GROUP_HELPER };

static inline size_t ohba_addr_len(u8 family)
{
	return family == OHBA_FAMILY_IPV4 ? 4 : 16;
}

/* genl.c */
extern struct genl_family ohba_genl_family;
bool ohba_genl_has_helper(void);
int ohba_genl_put_iface(struct sk_buff *skb, unsigned int index,
			const struct ohba_iface_conf *conf);

#endif /* OHBA_GENL_PRIV_H */

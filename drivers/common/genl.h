/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of generic netlink share. */
#ifndef OHBA_GENL_PRIV_H
#define OHBA_GENL_PRIV_H

#include <net/genetlink.h>

#include "priv.h"

/* Of who may wait, but not for the disks of an adapter: this fails. */
#define OHBA_GENL_GFP	(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN)

/* genl.c */
extern struct genl_family ohba_genl_family;
int ohba_genl_do(struct genl_info *info,
		 int (*act)(struct ohba_hw *hw, struct genl_info *info));
void ohba_genl_each(void (*act)(struct ohba_hw *hw));

/* genl_login.c */
int ohba_genl_do_login_offer(struct sk_buff *skb, struct genl_info *info);
int ohba_genl_do_login_send(struct sk_buff *skb, struct genl_info *info);
int ohba_genl_do_login_end(struct sk_buff *skb, struct genl_info *info);
int ohba_genl_login_setup(void);
void ohba_genl_login_cleanup(void);

#endif /* OHBA_GENL_PRIV_H */

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

#endif /* OHBA_GENL_PRIV_H */

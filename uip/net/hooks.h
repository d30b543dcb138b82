/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lwIP asks of us by hook (lwipopts.h). */
#ifndef UIP_HOOKS_H
#define UIP_HOOKS_H

#include <stdint.h>

struct netif;

/* The tag of frames that leave through @netif (IEEE 802.1Q), or -1 for none. */
int32_t uip_vlan_of(struct netif *netif);

#endif /* UIP_HOOKS_H */

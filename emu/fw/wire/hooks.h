/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lwIP asks of us by hook (lwipopts.h). */
#ifndef OHBA_LWIP_HOOKS_H
#define OHBA_LWIP_HOOKS_H

struct netif;

/*
 * The interface whose address @src is, or NULL. Connections are bound to theirs: this
 * is for answers to what belongs to none.
 */
struct netif *wire_route4(const void *src);
struct netif *wire_route6(const void *src);

#endif /* OHBA_LWIP_HOOKS_H */

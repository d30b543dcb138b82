/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lwIP asks of us by hook (lwipopts.h). */
#ifndef OHBA_LWIP_HOOKS_H
#define OHBA_LWIP_HOOKS_H

#include <stddef.h>

struct netif;
struct pbuf;
struct tcp_hdr;
struct tcp_pcb;

/*
 * The interface whose address @src is, or NULL. Connections are bound to theirs: this
 * is for answers to what belongs to none.
 */
struct netif *wire_route4(const void *src);
struct netif *wire_route6(const void *src);

/*
 * May lwIP have this segment for @pcb? 0: yes (an err_t), without options that are none.
 * @hdr is in CPU byte order, @p what follows it and the options.
 */
signed char wire_tcp_segment(struct tcp_pcb *pcb, struct tcp_hdr *hdr, size_t options_len,
			     const struct pbuf *p);

#endif /* OHBA_LWIP_HOOKS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lwIP has in its queue of unsent segments although it was sent before (unsent.c). */
#ifndef OHBA_WIRE_UNSENT_H
#define OHBA_WIRE_UNSENT_H

#include <stdint.h>

#include "lwip/priv/tcp_priv.h"

/* Sequence numbers; of the first behind it. */
static inline uint32_t wire_seq(const struct tcp_seg *seg)
{
	return lwip_ntohl(seg->tcphdr->seqno);
}

static inline uint32_t wire_end(const struct tcp_seg *seg)
{
	return wire_seq(seg) + TCP_TCPLEN(seg);
}

/* After each segment that lwIP was given. */
void wire_unsent_put_back(struct tcp_pcb *pcb);
/* Before each tcp_tmr(), for a connection that is in ESTABLISHED or later. */
void wire_unsent_before_timers(struct tcp_pcb *pcb);

#endif /* OHBA_WIRE_UNSENT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that their owner closed while the peer has not taken all (linger.c). */
#ifndef OHBA_WIRE_LINGER_H
#define OHBA_WIRE_LINGER_H

#include <stdbool.h>

struct tcp_pcb;

/*
 * A FIN behind what is still to be sent. If there is no room to keep that, others get a RST; or
 * @pcb, if it is more than all the room by itself. It may be freed.
 */
void wire_linger(struct tcp_pcb *pcb);
bool wire_lingers(const struct tcp_pcb *pcb);

#endif /* OHBA_WIRE_LINGER_H */

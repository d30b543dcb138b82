// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections that their owner closed while the peer has not taken all. They are nobody's
 * any more, and count nowhere: their number, bytes and time are bounded here, whoever makes
 * how many, and whether their peers take it, byte by byte, or never.
 */
#include <stdint.h>

#include "lwip/priv/tcp_priv.h"

#include "linger.h"

#define LINGER_MS		10000
#define LINGERERS_MAX		1024
#define LINGERERS_BYTES		(32 * TCP_SND_BUF)

static err_t overdue(void *arg, struct tcp_pcb *pcb)
{
	if ((s32_t)(tcp_ticks - (u32_t)(uintptr_t)arg) < 0)
		return ERR_OK;
	tcp_abort(pcb);
	return ERR_ABRT;
}

bool wire_lingers(const struct tcp_pcb *pcb)
{
	return pcb->poll == overdue;
}

static uint32_t bytes_of(const struct tcp_pcb *pcb)
{
	return TCP_SND_BUF - pcb->snd_buf;
}

static bool is_room_for(const struct tcp_pcb *pcb)
{
	uint32_t bytes = bytes_of(pcb), n = 1;

	for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next) {
		if (!wire_lingers(pcb))
			continue;
		bytes += bytes_of(pcb);
		n++;
	}
	return n <= LINGERERS_MAX && bytes <= LINGERERS_BYTES;
}

void wire_linger(struct tcp_pcb *pcb)
{
	if (!is_room_for(pcb)) {
		tcp_abort(pcb);
		return;
	}
	tcp_arg(pcb, (void *)(uintptr_t)(tcp_ticks + LINGER_MS / TCP_SLOW_INTERVAL));
	tcp_poll(pcb, overdue, 1);
	/* Without memory for a FIN, a RST. */
	if (tcp_close(pcb))
		tcp_abort(pcb);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections that their owner closed while the peer has not taken all. They are nobody's
 * any more, and count nowhere: their number, bytes and time are bounded here, whoever makes
 * how many, and whether their peers take it, byte by byte, or never. It is the oldest that ends
 * for a new one: its peer had the most time.
 */
#include <stdint.h>

#include "lwip/priv/tcp_priv.h"

#include "linger.h"

#define LINGER_MS		10000
#define LINGERERS_MAX		1024
#define LINGERERS_BYTES		(32 * TCP_SND_BUF)

/* In tcp_ticks. */
static u32_t deadline_of(const struct tcp_pcb *pcb)
{
	return (uintptr_t)pcb->callback_arg;
}

static err_t overdue(void *arg, struct tcp_pcb *pcb)
{
	(void)arg;
	if ((s32_t)(tcp_ticks - deadline_of(pcb)) < 0)
		return ERR_OK;
	tcp_abort(pcb);
	return ERR_ABRT;
}

bool wire_lingers(const struct tcp_pcb *pcb)
{
	return pcb->poll == overdue;
}

/* Of memory: a buffer is as long as a segment may be, however little is in it. */
static uint32_t bytes_of(const struct tcp_pcb *pcb)
{
	return (uint32_t)pcb->snd_queuelen * pcb->mss;
}

/* Return: the first to end if there is no room for @newcomer, or NULL. */
static struct tcp_pcb *oldest_in_the_way(const struct tcp_pcb *newcomer)
{
	uint32_t bytes = bytes_of(newcomer), n = 1;
	struct tcp_pcb *pcb, *oldest = NULL;

	for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next) {
		if (!wire_lingers(pcb))
			continue;
		bytes += bytes_of(pcb);
		n++;
		if (!oldest || (s32_t)(deadline_of(pcb) - deadline_of(oldest)) <= 0)
			oldest = pcb;
	}
	return n > LINGERERS_MAX || bytes > LINGERERS_BYTES ? oldest : NULL;
}

void wire_linger(struct tcp_pcb *pcb)
{
	struct tcp_pcb *oldest;

	/* For as much as this nobody could make room. */
	if (bytes_of(pcb) > LINGERERS_BYTES) {
		tcp_abort(pcb);
		return;
	}
	while ((oldest = oldest_in_the_way(pcb)))
		tcp_abort(oldest);
	/* What came early nobody reads. */
	tcp_free_ooseq(pcb);
	tcp_arg(pcb, (void *)(uintptr_t)(tcp_ticks + LINGER_MS / TCP_SLOW_INTERVAL));
	tcp_poll(pcb, overdue, 1);
	/* Without memory for a FIN, a RST. */
	if (tcp_close(pcb))
		tcp_abort(pcb);
}

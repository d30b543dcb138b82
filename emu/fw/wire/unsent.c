// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What lwIP has in its queue of unsent segments although it was sent before. It puts there what
 * it sends again, and takes it that all of it goes out at once. A peer that takes back what it
 * said that it has room for (RFC 9293 section 3.8.6) keeps it there; then it is out of order, or
 * acknowledged meanwhile, in part or all, and lwIP asserts, waits for ever, or ends the stream
 * too early. Here it is put in order before lwIP can look.
 */
#include <stdbool.h>

#include "unsent.h"

/*
 * After three duplicate acknowledgments it is the first segment, and after an acknowledgment of
 * that the next, whether there is room or not. Left there it would be taken for the end of the
 * stream, and what is written next be appended to it, with the numbers of what was sent after it.
 */
void wire_unsent_put_back(struct tcp_pcb *pcb)
{
	struct tcp_seg **to = &pcb->unacked, *seg;
	uint32_t first;

	if (!pcb->unacked)
		return;
	first = wire_seq(pcb->unacked);
	while ((seg = pcb->unsent) && TCP_SEQ_LT(wire_seq(seg), first)) {
		pcb->unsent = seg->next;
		seg->next = *to;
		*to = seg;
		to = &seg->next;
	}
}

/* --- the persist timer ------------------------------------------------------- */

/*
 * It splits the first segment where the window ends, and leaves a FIN on both parts. False:
 * memory has run out.
 */
static bool part_fin(struct tcp_pcb *pcb)
{
	struct tcp_seg *seg = pcb->unsent;

	if (!seg || !seg->len || !(TCPH_FLAGS(seg->tcphdr) & TCP_FIN))
		return true;
	TCPH_UNSET_FLAG(seg->tcphdr, TCP_FIN);
	if (tcp_enqueue_flags(pcb, TCP_FIN) == ERR_OK)
		return true;
	TCPH_SET_FLAG(seg->tcphdr, TCP_FIN);
	return false;
}

/* What of the first segment is acknowledged becomes one. False: memory has run out. */
static bool split_acknowledged(struct tcp_pcb *pcb)
{
	uint32_t len = pcb->lastack - wire_seq(pcb->unsent);

	return len >= pcb->unsent->len || tcp_split_unsent_seg(pcb, len) == ERR_OK;
}

/* Where the window ends it counts from the segment's first byte, acknowledged or not. */
static void drop_acknowledged(struct tcp_pcb *pcb)
{
	struct tcp_seg *seg;

	while (pcb->unsent && TCP_SEQ_LT(wire_seq(pcb->unsent), pcb->lastack)) {
		if (!split_acknowledged(pcb))
			return;
		seg = pcb->unsent;
		if (TCP_SEQ_GT(wire_end(seg), pcb->lastack))
			return;
		pcb->unsent = seg->next;
		pcb->snd_queuelen -= pbuf_clen(seg->p);
		pcb->snd_buf += seg->len;
		tcp_seg_free(seg);
	}
}

/* It asks a peer that has no room, for what waits: it asserts that something does. */
void wire_unsent_before_timers(struct tcp_pcb *pcb)
{
	wire_unsent_put_back(pcb);
	if (!pcb->persist_backoff)
		return;
	if (!part_fin(pcb)) {
		pcb->persist_cnt = 0;		/* nothing is split at this tick */
		return;
	}
	drop_acknowledged(pcb);
	if (!pcb->unsent)
		pcb->persist_backoff = 0;
}

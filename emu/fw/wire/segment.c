// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a segment lwIP may have (hooks.h). */
#include <string.h>

#include "lwip/priv/tcp_priv.h"

#include "hooks.h"
#include "wire.h"

/*
 * lwIP heeds options whenever they come: a MSS beyond the MTU in the midst of data, or
 * of a SYN that it refuses.
 */
static bool has_options(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr)
{
	u8_t flags = TCPH_FLAGS(hdr);

	if (!(flags & TCP_SYN))
		return false;
	return pcb->state != SYN_SENT || ((flags & TCP_ACK) && hdr->ackno == pcb->lastack + 1);
}

/*
 * lwIP believes that what it keeps for later lies within the window, and does not cut
 * off what goes beyond if it is the first to be kept: the window would wrap around when
 * its turn comes.
 */
static bool crosses_window(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr, size_t data_len)
{
	u8_t flags = TCPH_FLAGS(hdr);
	u32_t len = data_len + (flags & TCP_FIN ? 1 : 0);

	if (pcb->state < ESTABLISHED || pcb->state == TIME_WAIT || flags & (TCP_SYN | TCP_RST))
		return false;
	return len && TCP_SEQ_GT(hdr->seqno + len, pcb->rcv_nxt + pcb->rcv_wnd);
}

/* Ports can be guessed; what it acknowledges, and where in the window it is, cannot. */
static bool is_of_peer(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr)
{
	return (TCPH_FLAGS(hdr) & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK &&
	       TCP_SEQ_BETWEEN(hdr->ackno, pcb->lastack, pcb->snd_nxt) &&
	       TCP_SEQ_BETWEEN(hdr->seqno, pcb->rcv_nxt, pcb->rcv_nxt + pcb->rcv_wnd);
}

signed char wire_tcp_segment(struct tcp_pcb *pcb, struct tcp_hdr *hdr, size_t options_len,
			     const struct pbuf *p)
{
	/* All of it lies behind the header: a frame is one pbuf. */
	if (pcb->state >= ESTABLISHED && pcb->state != TIME_WAIT)
		wire_tcp_before_input(pcb, (const uint8_t *)(hdr + 1),
				      is_of_peer(pcb, hdr) ? options_len : 0);
	if (!has_options(pcb, hdr))
		memset(hdr + 1, 0, options_len);
	if (!crosses_window(pcb, hdr, p->tot_len))
		return ERR_OK;
	/* Who sends there asks whether the window has opened. */
	tcp_ack_now(pcb);
	tcp_output(pcb);
	return ERR_VAL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a segment lwIP may have (hooks.h). */
#include <string.h>

#include "lwip/priv/tcp_priv.h"

#include "hooks.h"
#include "linger.h"
#include "wire.h"

static bool is_up(const struct tcp_pcb *pcb)
{
	return pcb->state >= ESTABLISHED && pcb->state != TIME_WAIT;
}

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

#define OPT_END		0
#define OPT_NOP		1

size_t wire_option_len(const uint8_t *option, size_t left)
{
	if (*option == OPT_END)
		return 0;
	if (*option == OPT_NOP)
		return 1;
	return left >= 2 && option[1] >= 2 && option[1] <= left ? option[1] : 0;
}

/* lwIP reads on to the length of an option which is not there. */
static void cut_options(uint8_t *options, size_t len)
{
	size_t at, size;

	for (at = 0; at < len; at += size) {
		size = wire_option_len(options + at, len - at);
		if (size)
			continue;
		memset(options + at, 0, len - at);
		return;
	}
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

	return !(flags & (TCP_SYN | TCP_RST)) && len &&
	       TCP_SEQ_GT(hdr->seqno + len, pcb->rcv_nxt + pcb->rcv_wnd);
}

/*
 * lwIP keeps a FIN that came early, and moves it to the end of what covers it: that is not the
 * end of the stream, and may be that of the window.
 */
static bool passes_end(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr, size_t data_len)
{
	const struct tcp_seg *seg;

	for (seg = data_len ? pcb->ooseq : NULL; seg; seg = seg->next)
		if (TCPH_FLAGS(seg->tcphdr) & TCP_FIN &&
		    TCP_SEQ_GT(hdr->seqno + data_len, seg->tcphdr->seqno + seg->len))
			return true;
	return false;
}

/*
 * What came early is kept in whole frames, and cut where the next begins: that must not be
 * within it, or little would be left of many. What is awaited now is not kept, and for a
 * connection that its owner closed nothing is.
 */
static bool is_not_kept(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr, size_t data_len)
{
	const struct tcp_seg *seg;

	if (!data_len || TCP_SEQ_LEQ(hdr->seqno, pcb->rcv_nxt))
		return false;
	for (seg = pcb->ooseq; seg; seg = seg->next)
		if (TCP_SEQ_GT(hdr->seqno, seg->tcphdr->seqno) &&
		    TCP_SEQ_LT(hdr->seqno, seg->tcphdr->seqno + seg->len))
			return true;
	return wire_lingers(pcb);
}

/*
 * lwIP takes the window from whoever knows the ports, and from numbers that the peer has not
 * come to: its own would be older for ever (RFC 9293 section 3.10.7.4, RFC 5961 section 5). One
 * beyond the window it may be: that was a probe, or its FIN, which has not been taken.
 */
static bool is_out_of_reach(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr)
{
	if ((TCPH_FLAGS(hdr) & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK)
		return false;
	return TCP_SEQ_GT(hdr->seqno, pcb->rcv_nxt + pcb->rcv_wnd + 1) ||
	       !TCP_SEQ_BETWEEN(hdr->ackno, pcb->lastack - pcb->snd_wnd_max, pcb->snd_nxt);
}

/* Ports can be guessed; what it acknowledges, and where in the window it is, cannot. */
static bool is_of_peer(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr)
{
	return (TCPH_FLAGS(hdr) & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK &&
	       TCP_SEQ_BETWEEN(hdr->ackno, pcb->lastack, pcb->snd_nxt) &&
	       TCP_SEQ_BETWEEN(hdr->seqno, pcb->rcv_nxt, pcb->rcv_nxt + pcb->rcv_wnd);
}

/*
 * While there is no room here lwIP answers whatever comes, and so may the peer: each would answer
 * the other's answers as fast as they go.
 */
static bool says_nothing_new(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr, size_t data_len)
{
	return !pcb->rcv_wnd && !pcb->unacked && !data_len &&
	       (TCPH_FLAGS(hdr) & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK &&
	       hdr->seqno == pcb->rcv_nxt && hdr->ackno == pcb->lastack &&
	       (u32_t)SND_WND_SCALE(pcb, hdr->wnd) == pcb->snd_wnd;
}

/* Of a connection that is up. */
static bool is_refused(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr, size_t data_len)
{
	return crosses_window(pcb, hdr, data_len) || passes_end(pcb, hdr, data_len) ||
	       is_not_kept(pcb, hdr, data_len) || is_out_of_reach(pcb, hdr);
}

signed char wire_tcp_segment(struct tcp_pcb *pcb, struct tcp_hdr *hdr, size_t options_len,
			     const struct pbuf *p)
{
	/* All of it lies behind the header: a frame is one pbuf. */
	uint8_t *options = (uint8_t *)(hdr + 1);

	if (is_up(pcb))
		wire_tcp_before_input(pcb, options, is_of_peer(pcb, hdr) ? options_len : 0);
	if (has_options(pcb, hdr))
		cut_options(options, options_len);
	else
		memset(options, 0, options_len);
	if (!is_up(pcb))
		return ERR_OK;
	if (says_nothing_new(pcb, hdr, p->tot_len)) {
		pcb->persist_probe = 0;		/* but that the peer is there */
		return ERR_VAL;
	}
	if (!is_refused(pcb, hdr, p->tot_len))
		return ERR_OK;
	/* Who sends there asks whether the window has opened, or does not know better. */
	tcp_ack_now(pcb);
	tcp_output(pcb);
	return ERR_VAL;
}

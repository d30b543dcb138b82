// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Segments of ours that were lost on their way, beyond what lwIP does: it sends the first one
 * again after three duplicate acknowledgments, and waits for its timer with all others.
 *
 * Here each hole that the peer's SACK shows is filled (RFC 6675), and without SACK the next one
 * when the one before is (RFC 6582); a flight whose end is silent is asked after by its last
 * segment, a tail loss probe (TLP, RFC 8985 section 7), before the timer would send all of it
 * again. lwIP keeps the segments, the window and the timer: what is to be retransmitted is moved
 * to its unsent ones. The scoreboard is two flags of each segment.
 */
#include "frame.h"
#include "recovery.h"
#include "unsent.h"

#define DUP_THRESH	3		/* RFC 6675: segments beyond a hole that make it a loss */
#define PER_SEGMENT	2		/* that are retransmitted for each one that comes */
#define PTO_MIN_NS	(30 * OHBA_NS_PER_MS)
#define SYN_RTO_MAX_MS	30000
#define RTO_AFTER_SYN_MS 3000		/* RFC 6298 section 5.7: one was lost */
#define WCDELACK_NS	(50 * OHBA_NS_PER_MS)	/* a delayed ACK, of a segment that is alone */

/* Marks in tcp_seg.flags, of which lwIP uses the lower five bits. */
#define SACKED		0x40
#define RETRANSMITTED	0x80		/* in this recovery */
_Static_assert(!((TF_SEG_OPTS_MSS | TF_SEG_OPTS_TS | TF_SEG_DATA_CHECKSUMMED |
		  TF_SEG_OPTS_WND_SCALE | TF_SEG_OPTS_SACK_PERM) & (SACKED | RETRANSMITTED)),
	       "lwIP's flags of a segment are others");

#define OPT_SACK	5

/* --- round trips -------------------------------------------------------------- */

/* In lwIP's ticks. */
#define TICKS(ms)	(((ms) + TCP_SLOW_INTERVAL - 1) / TCP_SLOW_INTERVAL)

/* RFC 6298 section 2.1; lwIP's own is 3 s. */
void wire_recovery_connect(struct wire_recovery *r, struct tcp_pcb *pcb, uint64_t now_ns)
{
	pcb->rto = TICKS(LWIP_TCP_RTO_TIME);
	pcb->sv = pcb->rto;
	r->rtt_sent_ns = now_ns;
}

void wire_recovery_sent(struct wire_recovery *r, const struct tcp_pcb *pcb, uint64_t now_ns)
{
	if (r->rtt_sent_ns || !pcb->unacked)
		return;
	r->rtt_seq = pcb->snd_nxt;
	r->rtt_sent_ns = now_ns;
}

/* RFC 6298 section 2. */
static void measured(struct wire_recovery *r, uint64_t now_ns)
{
	uint64_t rtt_ns = now_ns - r->rtt_sent_ns;

	r->srtt_ns = (r->srtt_ns ? (7 * r->srtt_ns + rtt_ns) / 8 : rtt_ns) | 1;
	r->rtt_sent_ns = 0;
}

/*
 * lwIP sent a SYN again: it would do so at even distances, and six times, no more, though it
 * does so too for whoever acknowledges what was never sent.
 */
static void back_off(struct tcp_pcb *pcb)
{
	if (!pcb->nrtx)
		return;
	pcb->nrtx = 0;
	pcb->rto = LWIP_MIN(2 * pcb->rto, TICKS(SYN_RTO_MAX_MS));
}

/*
 * Unless lwIP had to ask again: from when on it takes is then not known. That the SYN has
 * arrived it would see only when data are acknowledged.
 */
void wire_recovery_connected(struct wire_recovery *r, struct tcp_pcb *pcb, uint64_t now_ns)
{
	if (pcb->flags & TF_RTO)
		pcb->rto = TICKS(RTO_AFTER_SYN_MS);
	else
		measured(r, now_ns);
	r->rtt_sent_ns = 0;
	pcb->nrtx = 0;
	tcp_clear_flags(pcb, TF_RTO);
}

/* --- what the peer has ------------------------------------------------------- */

/* A peer that lies gets less again, and all when lwIP's timer ends. */
static void mark_sacked(struct tcp_pcb *pcb, u32_t from, u32_t to)
{
	struct tcp_seg *seg;

	for (seg = pcb->unacked; seg && TCP_SEQ_LEQ(wire_end(seg), to); seg = seg->next)
		if (TCP_SEQ_GEQ(wire_seq(seg), from))
			seg->flags |= SACKED;
}

static void unmark(struct tcp_seg *seg)
{
	for (; seg; seg = seg->next)
		seg->flags &= ~(SACKED | RETRANSMITTED);
}

/*
 * lwIP's timer sends all again from the first on (RFC 2018 section 8), slowly at first: what
 * the peer said that it has it may have dropped, and what takes so long is no round trip.
 */
static void reset_scoreboard(struct wire_recovery *r, struct tcp_pcb *pcb)
{
	r->rtt_sent_ns = 0;
	if (!r->marked)
		return;
	unmark(pcb->unacked);
	unmark(pcb->unsent);
	if (r->in_recovery)
		tcp_clear_flags(pcb, TF_INFR);
	r->marked = r->in_recovery = r->tlp_out = false;
}

void wire_recovery_options(struct wire_recovery *r, struct tcp_pcb *pcb, const uint8_t *options,
			   size_t len)
{
	size_t at, size, block;

	if (pcb->flags & TF_RTO) {
		reset_scoreboard(r, pcb);
		return;
	}
	if (!(pcb->flags & TF_SACK))
		return;
	for (at = 0; at < len; at += size) {
		size = wire_option_len(options + at, len - at);
		if (!size)
			return;
		if (options[at] != OPT_SACK)
			continue;
		r->marked = true;
		for (block = at + 2; block + 8 <= at + size; block += 8)
			mark_sacked(pcb, get_be32(options + block), get_be32(options + block + 4));
	}
}

/* --- recovery ---------------------------------------------------------------- */

/* It is the first that tcp_output() sends then. @link: in pcb->unacked. False: not now. */
static bool retransmit(struct wire_recovery *r, struct tcp_pcb *pcb, struct tcp_seg **link)
{
	struct tcp_seg *seg = *link, **to = &pcb->unsent;

	if (seg->p->ref != 1 ||
	    wire_seq(seg) - pcb->lastack + seg->len > LWIP_MIN(pcb->cwnd, pcb->snd_wnd))
		return false;
	*link = seg->next;
	while (*to && TCP_SEQ_LT(wire_seq(*to), wire_seq(seg)))
		to = &(*to)->next;
	seg->next = *to;
	*to = seg;
	/* As lwIP does where it moves one: nothing may be appended to what was sent. */
	if (!seg->next)
		pcb->unsent_oversize = 0;
	seg->flags |= RETRANSMITTED;
	r->marked = true;
	/* Of which of the two an acknowledgment is cannot be known. */
	pcb->rttest = 0;
	r->rtt_sent_ns = 0;
	return true;
}

/* What waits for more is new data (RFC 9293 section 3.7.4): this is not. */
static void send_again(struct tcp_pcb *pcb)
{
	bool nagle = !tcp_nagle_disabled(pcb);

	tcp_nagle_disable(pcb);
	(void)tcp_output(pcb);
	if (nagle)
		tcp_nagle_enable(pcb);
}

static void halve(struct tcp_pcb *pcb)
{
	tcpwnd_size_t flight = LWIP_MIN(pcb->cwnd, pcb->snd_wnd);

	pcb->ssthresh = LWIP_MAX(flight / 2, 2u * pcb->mss);
}

/* lwIP may have begun by itself. */
static void enter(struct wire_recovery *r, struct tcp_pcb *pcb)
{
	if (pcb->flags & TF_INFR) {
		if (pcb->unacked && wire_seq(pcb->unacked) == pcb->lastack)
			pcb->unacked->flags |= RETRANSMITTED;
	} else {
		halve(pcb);
		pcb->cwnd = pcb->ssthresh + DUP_THRESH * pcb->mss;
		pcb->rtime = 0;
	}
	r->in_recovery = r->marked = true;
	r->recovery_point = r->rexmit_nxt = pcb->snd_nxt;
}

/* All that was under way when it began has arrived. What was lost since is another loss. */
static void leave(struct wire_recovery *r, struct tcp_pcb *pcb)
{
	const struct tcp_seg *seg = pcb->unacked;

	r->in_recovery = r->tlp_out = false;
	while (seg && !(seg->flags & RETRANSMITTED))
		seg = seg->next;
	if (seg)
		enter(r, pcb);
}

/*
 * The last segment was sent again, and all has arrived: had it not been lost, it would be
 * acknowledged twice (RFC 8985 section 7.4.2).
 */
static void end_tlp(struct wire_recovery *r, struct tcp_pcb *pcb, bool moved)
{
	if (moved && pcb->lastack == r->recovery_point)
		return;
	if (moved) {
		halve(pcb);
		pcb->cwnd = pcb->ssthresh;
	}
	leave(r, pcb);
}

struct sacked {
	unsigned int n;			/* segments */
	unsigned int of;		/* so many that are under way */
	u32_t end;			/* of the last one */
};

static struct sacked sacked_of(const struct tcp_pcb *pcb)
{
	struct sacked sacked = { .end = pcb->lastack };
	const struct tcp_seg *seg;

	for (seg = pcb->unacked; seg; seg = seg->next) {
		sacked.of++;
		if (!(seg->flags & SACKED))
			continue;
		sacked.n++;
		sacked.end = wire_end(seg);
	}
	return sacked;
}

/* The first hole. It is lost once more if the peer has what was sent long after it. */
static bool fill_first(struct wire_recovery *r, struct tcp_pcb *pcb, const struct sacked *sacked,
		       bool moved)
{
	struct tcp_seg *first = pcb->unacked;

	if (!r->in_recovery || !first || first->flags & SACKED)
		return false;
	if (first->flags & RETRANSMITTED ?
	    !TCP_SEQ_GT(sacked->end, r->rexmit_nxt + DUP_THRESH * pcb->mss) : !moved)
		return false;
	if (!retransmit(r, pcb, &pcb->unacked))
		return false;
	r->rexmit_nxt = pcb->snd_nxt;
	return true;
}

/* How many segments beyond a hole make it a loss. */
static unsigned int dup_thresh(const struct wire_recovery *r, const struct tcp_pcb *pcb,
			      const struct sacked *sacked)
{
	/* After a silence nothing is on its way that could have been overtaken. */
	if (r->tlp_out && TCP_SEQ_LT(pcb->lastack, r->recovery_point))
		return 1;
	/* RFC 5827: of so few no more will come. */
	if (!pcb->unsent && sacked->of <= DUP_THRESH)
		return sacked->of - 1;
	return DUP_THRESH;
}

static bool fill_holes(struct wire_recovery *r, struct tcp_pcb *pcb, const struct sacked *sacked)
{
	unsigned int thresh = dup_thresh(r, pcb, sacked), beyond = sacked->n, n = 0;
	struct tcp_seg **link = &pcb->unacked;

	while (*link && beyond && beyond >= thresh && n < PER_SEGMENT) {
		if ((*link)->flags & SACKED) {
			beyond--;
		} else if (!((*link)->flags & RETRANSMITTED)) {
			if (!r->in_recovery)
				enter(r, pcb);
			if (!retransmit(r, pcb, link))
				break;
			n++;
			continue;
		}
		link = &(*link)->next;
	}
	return n;
}

/* RFC 3042: what is new, so that more is heard of what may be lost. */
static void limited_transmit(struct tcp_pcb *pcb, unsigned int n)
{
	tcpwnd_size_t cwnd = pcb->cwnd;

	if (!pcb->unsent)
		return;
	pcb->cwnd += n * pcb->mss;
	(void)tcp_output(pcb);
	pcb->cwnd = cwnd;
}

void wire_recovery_heard(struct wire_recovery *r, struct tcp_pcb *pcb, uint64_t now_ns)
{
	bool moved = pcb->lastack != r->una, any;
	struct sacked sacked;

	wire_unsent_put_back(pcb);
	r->una = pcb->lastack;
	if (r->rtt_sent_ns && TCP_SEQ_GEQ(pcb->lastack, r->rtt_seq))
		measured(r, now_ns);
	if (pcb->flags & TF_RTO)
		return;
	if (r->in_recovery && TCP_SEQ_GEQ(pcb->lastack, r->recovery_point))
		leave(r, pcb);
	else if (r->tlp_out && TCP_SEQ_GEQ(pcb->lastack, r->recovery_point))
		end_tlp(r, pcb, moved);
	if (pcb->flags & TF_INFR && !r->in_recovery)
		enter(r, pcb);
	if (!r->marked || !pcb->unacked)
		return;
	if (moved && r->in_recovery) {
		r->tlp_out = false;
		r->rexmit_nxt = pcb->snd_nxt;
	}
	sacked = sacked_of(pcb);
	any = fill_first(r, pcb, &sacked, moved);
	any |= fill_holes(r, pcb, &sacked);
	if (!r->in_recovery && sacked.n)
		limited_transmit(pcb, LWIP_MIN(sacked.n, DUP_THRESH - 1));
	/* Or lwIP would begin anew at each hole, and halve the window for it. */
	if (r->in_recovery)
		tcp_set_flags(pcb, TF_INFR);
	if (any)
		send_again(pcb);
}

/* --- silence ----------------------------------------------------------------- */

static void note_progress(struct wire_recovery *r, const struct tcp_pcb *pcb, uint64_t now_ns)
{
	if (pcb->lastack == r->idle_una && pcb->snd_nxt == r->idle_nxt)
		return;
	r->idle_una = pcb->lastack;
	r->idle_nxt = pcb->snd_nxt;
	r->idle_ns = now_ns;
}

/* RFC 8985 section 7.2: PTO, a probe timeout. */
static bool pto_expired(const struct wire_recovery *r, const struct tcp_pcb *pcb, uint64_t now_ns)
{
	uint64_t pto = 2 * r->srtt_ns > PTO_MIN_NS ? 2 * r->srtt_ns : PTO_MIN_NS;

	if (!pcb->unacked->next)
		pto += WCDELACK_NS;
	return r->srtt_ns && now_ns - r->idle_ns >= pto;
}

/* In a recovery the first hole, or else the last segment: what the peer says of it tells. */
static struct tcp_seg **tlp_segment(const struct wire_recovery *r, struct tcp_pcb *pcb)
{
	struct tcp_seg **link = &pcb->unacked;

	while (!r->in_recovery && (*link)->next)
		link = &(*link)->next;
	return link;
}

void wire_recovery_before_timers(void)
{
	struct tcp_pcb *pcb;

	for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next) {
		if (pcb->state == SYN_SENT)
			back_off(pcb);
		else if (pcb->state >= ESTABLISHED)
			wire_unsent_before_timers(pcb);
	}
}

void wire_recovery_tick(struct wire_recovery *r, struct tcp_pcb *pcb, uint64_t now_ns)
{
	if (pcb->state < ESTABLISHED || !pcb->unacked || pcb->flags & TF_RTO)
		return;
	note_progress(r, pcb, now_ns);
	if (r->tlp_out || !pto_expired(r, pcb, now_ns))
		return;
	if (!retransmit(r, pcb, tlp_segment(r, pcb)))
		return;
	r->tlp_out = true;
	if (!r->in_recovery)
		r->recovery_point = pcb->snd_nxt;
	send_again(pcb);
}

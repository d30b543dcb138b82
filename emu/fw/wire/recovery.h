/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loss recovery of a connection, beside lwIP's (recovery.c), in the words of the RFCs. */
#ifndef OHBA_WIRE_RECOVERY_H
#define OHBA_WIRE_RECOVERY_H

#include "wire.h"

/* All zero: nothing was lost. */
struct wire_recovery {
	bool in_recovery;		/* until @recovery_point is acknowledged (RFC 6675) */
	bool tlp_out;			/* a probe (RFC 8985 section 7) is not answered yet */
	bool marked;			/* segments may have marks */
	uint32_t recovery_point;	/* SND.NXT when a loss was seen, or asked for */
	uint32_t rexmit_nxt;		/* the same, when the first hole was filled last */
	uint32_t una;			/* SND.UNA, at the segment before */
	uint32_t idle_una, idle_nxt;	/* SND.UNA and .NXT, which have not moved since: */
	uint64_t idle_ns;
	uint32_t rtt_seq;		/* sent at @rtt_sent_ns, if that is not 0 */
	uint64_t rtt_sent_ns;
	uint64_t srtt_ns;		/* RFC 6298; 0: not known */
};

/*
 * All in the loop's thread. _connect: the SYN goes out. _connected: it was answered. _sent:
 * after tcp_output() of new data. For each segment received in ESTABLISHED or later: _options
 * before lwIP has it (@options: @len bytes, unchecked; 0 if it may be another's than the peer's),
 * _heard when lwIP is done; this may call tcp_output(), and so may _tick, from the tick timer.
 * _before_timers: before tcp_tmr(), for all connections, those that were let go included.
 */
void wire_recovery_connect(struct wire_recovery *r, struct tcp_pcb *pcb, uint64_t now_ns);
void wire_recovery_connected(struct wire_recovery *r, struct tcp_pcb *pcb, uint64_t now_ns);
void wire_recovery_sent(struct wire_recovery *r, const struct tcp_pcb *pcb, uint64_t now_ns);
void wire_recovery_options(struct wire_recovery *r, struct tcp_pcb *pcb, const uint8_t *options,
			   size_t len);
void wire_recovery_heard(struct wire_recovery *r, struct tcp_pcb *pcb, uint64_t now_ns);
void wire_recovery_before_timers(void);
void wire_recovery_tick(struct wire_recovery *r, struct tcp_pcb *pcb, uint64_t now_ns);

#endif /* OHBA_WIRE_RECOVERY_H */

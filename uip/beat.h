/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a process that is there still does anything: it is asked now and then. */
#ifndef UIP_BEAT_H
#define UIP_BEAT_H

#include <stdbool.h>
#include <stdint.h>

#define UIP_BEAT_MS	15000		/* from question to question */

/* Times in ms, of a clock that stands still while suspended. */
struct uip_beat {
	uint64_t next;			/* when to call uip_beat_poll() */
	unsigned int open;		/* questions without an answer */
};

enum uip_beat_verdict { UIP_BEAT_WAIT, UIP_BEAT_ASK, UIP_BEAT_HUNG };

/* There is another process. */
void uip_beat_start(struct uip_beat *beat, uint64_t now);
void uip_beat_heard(struct uip_beat *beat);
/* Return: whether it answered lately. */
bool uip_beat_lately(const struct uip_beat *beat);
enum uip_beat_verdict uip_beat_poll(struct uip_beat *beat, uint64_t now);

#endif /* UIP_BEAT_H */

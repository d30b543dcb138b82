// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a process that is there still does anything. */
#include "beat.h"

/* One may be open because we ourselves were stopped; who runs answers the next. */
#define OPEN_MAX	2

void uip_beat_start(struct uip_beat *beat, uint64_t now)
{
	beat->next = now + UIP_BEAT_MS;
	beat->open = 0;
}

void uip_beat_heard(struct uip_beat *beat)
{
	beat->open = 0;
}

bool uip_beat_lately(const struct uip_beat *beat)
{
	return beat->open < OPEN_MAX;
}

enum uip_beat_verdict uip_beat_poll(struct uip_beat *beat, uint64_t now)
{
	if (now < beat->next)
		return UIP_BEAT_WAIT;
	if (beat->open == OPEN_MAX)
		return UIP_BEAT_HUNG;
	beat->open++;
	beat->next = now + UIP_BEAT_MS;
	return UIP_BEAT_ASK;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* How often a thing may happen that others can cause at will: a bucket of tokens. */
#include "limit.h"

static void refill(struct uip_limit *limit, uint64_t now)
{
	uint64_t tokens = (now - limit->since) / UIP_LIMIT_MS;

	limit->since += tokens * UIP_LIMIT_MS;
	limit->spent = tokens < limit->spent ? limit->spent - tokens : 0;
}

bool uip_limit_pass(struct uip_limit *limit, uint64_t now)
{
	refill(limit, now);
	if (limit->spent == UIP_LIMIT_BURST) {
		limit->held++;
		return false;
	}
	limit->spent++;
	return true;
}

unsigned int uip_limit_held(struct uip_limit *limit)
{
	unsigned int held = limit->held;

	limit->held = 0;
	return held;
}

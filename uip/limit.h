/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often a thing may happen that others can cause at will. */
#ifndef UIP_LIMIT_H
#define UIP_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define UIP_LIMIT_BURST	100		/* at once */
#define UIP_LIMIT_MS	100		/* for each one more */

/* Zero: nothing happened yet. */
struct uip_limit {
	uint64_t since;			/* ms: what happened before counts no more */
	unsigned int spent;
	unsigned int held;		/* what was too much, since one was let pass */
};

/* One more, at @now in ms. Return: whether it may. */
bool uip_limit_pass(struct uip_limit *limit, uint64_t now);
/* Return: how many were too much, since this was asked last. */
unsigned int uip_limit_held(struct uip_limit *limit);

#endif /* UIP_LIMIT_H */

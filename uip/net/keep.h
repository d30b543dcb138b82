/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the driver keeps of a lease, for the sandbox that comes after this one: fields, one
 * after the other, as this machine has them. They never leave it, nor outlive its boot, and
 * times in them are uip_now()'s. One function names the fields, be they kept or read back.
 */
#ifndef UIP_KEEP_H
#define UIP_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg.h"

struct uip_keep {
	const uint8_t *from;		/* NULL: fields are kept */
	uint8_t *to;
	size_t left;			/* bytes */
	bool failed;			/* there was no room, or no such field */
};

struct uip_keep uip_keep_to(struct uip_kept *kept);
struct uip_keep uip_keep_from(const struct uip_kept *kept);
void uip_keep_bytes(struct uip_keep *keep, void *field, size_t len);
#define uip_keep_field(keep, field)	uip_keep_bytes(keep, &(field), sizeof(field))
/* A time, which can be one that a lease has. */
void uip_keep_time(struct uip_keep *keep, uint64_t *ms);
/* All was named. Return: whether that was all that there is, and it fitted. */
bool uip_keep_end(const struct uip_keep *keep, struct uip_kept *kept);

#endif /* UIP_KEEP_H */

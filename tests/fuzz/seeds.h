/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seeds of each harness: what is legal, so that a fuzzer has to learn only what is not. A
 * file for each language, seeds_NAME.c.
 */
#ifndef SEEDS_H
#define SEEDS_H

#include <stddef.h>
#include <stdint.h>

#define SEED_MAX	2048

struct seed {
	uint8_t byte[SEED_MAX];
	size_t len;
};

/* To corpus/@harness/@name. */
void seed_save(const char *harness, const char *name, const struct seed *seed);
void seed_add(struct seed *seed, const void *bytes, size_t len);

#define ADD(seed, ...) seed_add(seed, (const uint8_t[]){ __VA_ARGS__ }, \
				sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define U16(val)	(val) & 0xff, (val) >> 8
#define NO_DAMAGE	0

void seeds_guest(void);
void seeds_target(void);
void seeds_pdu(void);		/* and fault rules */
void seeds_login(void);
void seeds_flash(void);
void seeds_log(void);
void seeds_driver(void);
void seeds_uip(void);
void seeds_wire(void);

#endif /* SEEDS_H */

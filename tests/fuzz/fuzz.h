/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every harness includes: its entry points, its input, its way to fail. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "unit.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is left of the input. All numbers are little-endian; past the end is zero. */
struct input {
	const uint8_t *pos, *end;
};

bool input_more(const struct input *in);
uint8_t input_u8(struct input *in);
uint16_t input_u16(struct input *in);
uint32_t input_u32(struct input *in);
/* Up to @len bytes into @buf; how many there were. */
size_t input_bytes(struct input *in, void *buf, size_t len);
/*
 * Damage a structure of at most 256 bytes: a count (0..7), then so many pairs of
 * place and new byte.
 */
void input_damage(struct input *in, void *buf, size_t len);

/* Report and abort(), which is what a fuzzer takes for a finding. */
#define fuzz_check(cond, ...) do { if (!(cond)) fuzz_fail(#cond, __VA_ARGS__); } while (0)
void fuzz_fail(const char *what, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* Bytes that malloc() has given out. */
size_t fuzz_allocated(void);
#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
#define FUZZ_ALLOCATED_IS_EXACT	1
#else
#define FUZZ_ALLOCATED_IS_EXACT	0	/* malloc() keeps some of what is freed */
#endif

#endif /* FUZZ_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/* What the harnesses share (fuzz.h). */
#include "fuzz.h"

#include <malloc.h>

/*
 * An input's life is short: what it freed need not be kept long to catch a late
 * use of it, and 256 MiB of it cost more than the work itself.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* An assertion of the unit tests' harness is a finding like any other. */
	return setenv("CMOCKA_TEST_ABORT", "1", 1);
}

bool input_more(const struct input *in)
{
	return in->pos < in->end;
}

uint8_t input_u8(struct input *in)
{
	return input_more(in) ? *in->pos++ : 0;
}

uint16_t input_u16(struct input *in)
{
	uint16_t low = input_u8(in);

	return low | input_u8(in) << 8;
}

uint32_t input_u32(struct input *in)
{
	uint32_t low = input_u16(in);

	return low | (uint32_t)input_u16(in) << 16;
}

size_t input_bytes(struct input *in, void *buf, size_t len)
{
	size_t have = in->end - in->pos;

	len = MIN(len, have);
	memcpy(buf, in->pos, len);
	in->pos += len;
	return len;
}

void input_damage(struct input *in, void *buf, size_t len)
{
	unsigned int n = input_u8(in) & 7;

	while (n--) {
		unsigned int place = input_u8(in) % len;

		((uint8_t *)buf)[place] = input_u8(in);
	}
}

void fuzz_fail(const char *what, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "fuzz: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, " (%s)\n", what);
	abort();
}

#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
#include <sanitizer/allocator_interface.h>

size_t fuzz_allocated(void)
{
	return __sanitizer_get_current_allocated_bytes();
}
#else
size_t fuzz_allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}
#endif

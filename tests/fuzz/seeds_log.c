// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds of fuzz_log (seeds.h). */
#include "log_ops.h"
#include "seeds.h"

#define IN_ORDER	1

static void log_life(void)
{
	struct seed seed = { 0 };

	ADD(&seed, LOG_EVENTS, 40, LOG_TIME, 10, LOG_CLOCK, 7, LOG_POWER, IN_ORDER);
	ADD(&seed, LOG_EVENTS, 5, LOG_POWER, 0, LOG_TIME, 3, LOG_POWER, IN_ORDER);
	seed_save("log", "life", &seed);
}

/* Around the ring, erased in the middle, and flash that cannot follow. */
static void log_erased(void)
{
	struct seed seed = { 0 };

	ADD(&seed, LOG_EVENTS, 255, LOG_TIME, 60, LOG_EVENTS, 255, LOG_TIME, 200, LOG_CLEAR);
	ADD(&seed, LOG_EVENTS, 250, LOG_EVENTS, 250, LOG_EVENTS, 250, LOG_EVENTS, 250);
	ADD(&seed, LOG_TIME, 3, LOG_POWER, 0, LOG_EVENTS, 250, LOG_TIME, 1, LOG_POWER, 0);
	seed_save("log", "erased", &seed);
}

static void log_failures(void)
{
	struct seed seed = { 0 };

	ADD(&seed, LOG_EVENTS, 40, LOG_TIME, 5, LOG_DRIVE, 1, LOG_EVENTS, 3, LOG_TIME, 70);
	ADD(&seed, LOG_CLEAR, LOG_DRIVE, 0, LOG_TIME, 90, LOG_POWER, IN_ORDER);
	ADD(&seed, LOG_DRIVE, 1, LOG_EVENTS, 9, LOG_POWER, IN_ORDER);
	seed_save("log", "failures", &seed);
}

/* Parts in no order, with the same numbers, erased, and not valid. */
static void log_hostile(void)
{
	struct seed seed = { 0 };

	ADD(&seed, LOG_PART, 7, 0, 1, 31, U16(100), U16(0), NO_DAMAGE);
	ADD(&seed, LOG_PART, 3, 1, 1, 5, U16(131), U16(0), NO_DAMAGE);
	ADD(&seed, LOG_PART, 31, 0, 9, 20, U16(110), U16(0), NO_DAMAGE);
	ADD(&seed, LOG_PART, 0, 0, 2, 1, U16(4000), U16(120), NO_DAMAGE);
	ADD(&seed, LOG_PART, 1, 0, 2, 1, U16(5000), U16(5001), NO_DAMAGE);
	ADD(&seed, LOG_PART, 2, 0, 2, 1, U16(6000), U16(0), 1, 104, 0x1b);
	ADD(&seed, LOG_FLIP, 7, 0, U16(60), 1, LOG_EVENTS, 40, LOG_TIME, 9, LOG_POWER, 0);
	seed_save("log", "hostile", &seed);
}

/* Whole but for its magic, where there is nothing else; and of a later version. */
static void log_strange(void)
{
	struct seed seed = { 0 };

	ADD(&seed, LOG_PART, 7, 0, 1, 1, U16(100), U16(0), 1, 0, 0x1b, LOG_POWER, 0);
	ADD(&seed, LOG_PART, 7, 0, 1, 1, U16(100), U16(0), 1, 16, 2, LOG_POWER, 0);
	seed_save("log", "strange", &seed);
}

void seeds_log(void)
{
	log_life();
	log_erased();
	log_failures();
	log_hostile();
	log_strange();
}

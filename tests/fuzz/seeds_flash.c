// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds of fuzz_flash (seeds.h). */
#include "flash_ops.h"
#include "seeds.h"

/* One address, of a kind. */
#define FLASH_CONFIG(kind)	1, 3, kind, NO_DAMAGE, NO_DAMAGE
#define FLASH_WELL(kind)	FLASH_SET, FLASH_CONFIG(kind), 0, U16(0)

static void flash_life(void)
{
	struct seed seed = { 0 };

	ADD(&seed, FLASH_WELL(FLASH_STATIC4), FLASH_WELL(FLASH_SLAAC6), FLASH_POWER);
	ADD(&seed, FLASH_SET, 2, 0, FLASH_DHCP4, NO_DAMAGE, 15, FLASH_VLAN6, NO_DAMAGE, NO_DAMAGE,
	    FLASH_RESET, U16(0), FLASH_POWER);
	ADD(&seed, FLASH_SET, 1, 3, FLASH_VLAN6, 1, 3, 129, NO_DAMAGE, 0, U16(0));
	seed_save("flash", "life", &seed);
}

static void flash_failures(void)
{
	struct seed seed = { 0 };

	ADD(&seed, FLASH_WELL(FLASH_STATIC4));
	ADD(&seed, FLASH_SET, FLASH_CONFIG(FLASH_DHCP4), FLASH_FAILS, U16(100), FLASH_POWER);
	ADD(&seed, FLASH_SET, FLASH_CONFIG(FLASH_DHCP4), FLASH_FAILS, U16(4096), FLASH_POWER);
	ADD(&seed, FLASH_WELL(FLASH_VLAN6), FLASH_UNREADABLE, FLASH_WELL(FLASH_SLAAC6));
	ADD(&seed, FLASH_POWER, FLASH_FLIP, U16(40), 1, FLASH_FLIP, U16(4096 + 40), 1);
	ADD(&seed, FLASH_WELL(FLASH_STATIC4), FLASH_POWER);
	seed_save("flash", "failures", &seed);
}

/* Somebody wrote both, the newer with what is not allowed. */
static void flash_hostile(void)
{
	struct seed seed = { 0 };

	ADD(&seed, FLASH_COPY, 0, 0, 7, FLASH_CONFIG(FLASH_STATIC4), 0);
	ADD(&seed, FLASH_COPY, 1, FLASH_SEALED, 8, FLASH_CONFIG(FLASH_DHCP4), 1, U16(4095), 1);
	ADD(&seed, FLASH_COPY, 1, FLASH_SEALED, 8, FLASH_CONFIG(FLASH_SLAAC6), 1, U16(24), 1);
	ADD(&seed, FLASH_COPY, 1, FLASH_SEALED, 8, 1, 3, FLASH_STATIC4, 1, 8, 224, NO_DAMAGE, 0);
	ADD(&seed, FLASH_COPY, 1, FLASH_LAST, 255, FLASH_CONFIG(FLASH_DHCP4), 0);
	ADD(&seed, FLASH_COPY, 0, FLASH_ONES, 0, 0, 0, 0, FLASH_COPY, 1, FLASH_ZEROES, 0, 0, 0, 0);
	ADD(&seed, FLASH_WELL(FLASH_STATIC4), FLASH_POWER);
	seed_save("flash", "hostile", &seed);
}

/* Of the initiator (0), accounts (1, 2), targets (3 to 5). */
#define RECORD(content)		content, NO_DAMAGE, NO_DAMAGE
#define KEEP(which, content)	FLASH_KEEP, which, 0, RECORD(content), 0, U16(0)
#define KEEP_NONE(which)	FLASH_KEEP, which, 1, 0, U16(0)

static void flash_records(void)
{
	struct seed seed = { 0 };

	ADD(&seed, FLASH_KEEP, 0, RECORD(7), 0, U16(0));
	ADD(&seed, KEEP(1, 1), KEEP(2, 2), KEEP(3, 3), KEEP(4, 4), KEEP(5, 5), FLASH_POWER);
	ADD(&seed, KEEP_NONE(1), KEEP_NONE(3), KEEP(4, 6), FLASH_WELL(FLASH_STATIC4), FLASH_POWER);
	ADD(&seed, FLASH_KEEP, 4, 0, RECORD(8), FLASH_RESET, U16(0), FLASH_POWER);
	ADD(&seed, FLASH_KEEP, 4, 1, FLASH_FAILS, U16(30), FLASH_POWER);
	ADD(&seed, FLASH_KEEP, 5, 1, FLASH_FAILS, U16(1024), FLASH_POWER);
	ADD(&seed, FLASH_UNREADABLE, KEEP(3, 9), FLASH_POWER, KEEP_NONE(2), FLASH_POWER);
	seed_save("flash", "records", &seed);
}

static void flash_hostile_records(void)
{
	struct seed seed = { 0 };

	ADD(&seed, FLASH_RECORD, 3, 0, 0, 7, RECORD(1), 0);
	/* The newer: of a flag that there is none, of another index, and one that was deleted. */
	ADD(&seed, FLASH_RECORD, 3, 1, 0, 8, 1, 1, 1, 0x80, NO_DAMAGE, 0);
	ADD(&seed, FLASH_RECORD, 3, 1, FLASH_SEALED, 8, RECORD(2), 1, U16(24), 1);
	ADD(&seed, FLASH_RECORD, 3, 1, FLASH_NONE_THERE, 8, RECORD(2), 0);
	ADD(&seed, FLASH_RECORD, 1, 0, FLASH_SEALED, 1, RECORD(2), 1, U16(20), 0x41);
	ADD(&seed, FLASH_RECORD, 0, 0, FLASH_SEALED, 1, RECORD(2), 1, U16(1023), 1);
	ADD(&seed, FLASH_FLIP_RECORD, U16(8192), 4, KEEP(1, 2), FLASH_KEEP, 0, RECORD(7),
	    FLASH_FAILS | FLASH_SECOND, U16(9), FLASH_POWER);
	/* A later version's. */
	ADD(&seed, FLASH_RECORD, 5, 0, FLASH_SEALED, 1, RECORD(2), 1, U16(16), 2, KEEP(5, 3));
	seed_save("flash", "hostile-records", &seed);
}

void seeds_flash(void)
{
	flash_life();
	flash_failures();
	flash_hostile();
	flash_records();
	flash_hostile_records();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds of fuzz_driver (seeds.h). */
#include "driver_ops.h"
#include "seeds.h"

#define STEP(step, operand)	DRIVER_SESSION, 0, step, operand
#define IO(how, len)		DRIVER_IO, 0, how, U16(len), 0
#define IO_WRITE		0x01
#define IO_SECOND_QUEUE		0x02
#define IO_LONG_CDB		0x40
#define DONE(index)		DRIVER_COMPLETE, index, 0, 0, U16(0), U16(0)
#define DPDU(kind, len)		DRIVER_PDU, 0, kind, U16(len), 0, NO_DAMAGE
#define EVENT(type, reason)	DRIVER_EVENT, type, 0, reason, NO_DAMAGE
#define ANSWER(which, status)	DRIVER_ANSWER, which, status, NO_DAMAGE
#define REG(reg, val)		DRIVER_REG, reg, (val) & 0xff, 0, (val) >> 16, 0
#define REG_STATUS		6
#define SECONDS_2		3	/* of DRIVER_TIME's table */
#define SECONDS_15		5
#define SECONDS_61		7
#define TURNS			DRIVER_TURN, DRIVER_TURN, DRIVER_TURN, DRIVER_TURN

static struct seed driver(uint8_t options)
{
	struct seed seed = { 0 };

	ADD(&seed, options);
	return seed;
}

static void driver_io(void)
{
	struct seed seed = driver(DRIVER_LOGGED_IN);

	ADD(&seed, IO(0, 4096), DONE(0), IO(IO_WRITE | IO_SECOND_QUEUE, 8192));
	ADD(&seed, DRIVER_COMPLETE, 0, 2, 1, U16(100), U16(18));	/* CHECK CONDITION */
	ADD(&seed, DRIVER_CPU, 1, IO(IO_LONG_CDB, 512), IO(0, 512), ANSWER(0, 12), DONE(0));
	ADD(&seed, DRIVER_IO, 0, IO_WRITE, U16(0xffff), 1, DRIVER_IO, 0, 0, U16(2000), 1);
	ADD(&seed, DONE(1), DONE(0), DRIVER_POST, 1, 1, 0, 1, 0, NO_DAMAGE);
	seed_save("driver", "io", &seed);
}

static void driver_small_rings(void)
{
	struct seed seed = driver(DRIVER_LOGGED_IN | DRIVER_SMALL_RINGS | DRIVER_POLL_QUEUES);
	int i;

	for (i = 0; i < 6; i++)
		ADD(&seed, IO(4, 4096));	/* on the first polling queue */
	for (i = 0; i < 6; i++)
		ADD(&seed, DRIVER_TURN, DONE(i), DRIVER_POLL, 2);
	ADD(&seed, DRIVER_SKIP, 1, 0xff, DRIVER_IRQ, 1, DRIVER_SKIP, 5, 1, EVENT(2, 1));
	seed_save("driver", "small-rings", &seed);
}

static void driver_login(void)
{
	struct seed seed = driver(0);

	ADD(&seed, STEP(STEP_CONNECT, 0), TURNS, STEP(STEP_BIND, 0), TURNS);
	ADD(&seed, STEP(STEP_LOGIN_PDU, 50), TURNS, DPDU(DPDU_LOGIN_RSP, 40));
	ADD(&seed, STEP(STEP_LOGIN_PDU, 50), TURNS, DPDU(DPDU_LOGIN_FINAL, 0));
	ADD(&seed, STEP(STEP_START, 0), TURNS, STEP(STEP_STATS, 0), TURNS);
	ADD(&seed, STEP(STEP_TIMERS, 5), STEP(STEP_TEXT, 20), TURNS, DPDU(DPDU_TEXT_RSP, 99));
	ADD(&seed, STEP(STEP_NOP, 8), TURNS, DPDU(DPDU_NOP_IN, 8), DPDU(DPDU_PING, 0), TURNS);
	ADD(&seed, DPDU(DPDU_ASYNC, 0), TURNS, STEP(STEP_LOGOUT_PDU, 0), TURNS);
	ADD(&seed, DPDU(DPDU_LOGOUT_RSP, 0), EVENT(1, 34), TURNS, STEP(STEP_END, 0), TURNS);
	seed_save("driver", "login", &seed);
}

static void driver_discovery(void)
{
	struct seed seed = driver(DRIVER_SILENT_END);

	ADD(&seed, STEP(STEP_CONNECT, 0), ANSWER(0, 28));	/* refused */
	ADD(&seed, STEP(STEP_DISCONNECT, 0), STEP(STEP_CONNECT, 0), TURNS);
	ADD(&seed, STEP(STEP_BIND, 0), TURNS, STEP(STEP_LOGIN_PDU, 22), TURNS);
	ADD(&seed, DRIVER_PDU, 0, DPDU_LOGIN_FINAL, U16(9), DPDU_LIE, NO_DAMAGE, TURNS);
	ADD(&seed, STEP(STEP_LOGIN, 0), TURNS, TURNS);
	ADD(&seed, DRIVER_PDU, 0, DPDU_ASYNC, U16(99), DPDU_LIE_TWICE, NO_DAMAGE, TURNS);
	seed_save("driver", "discovery", &seed);
}

static void driver_eh(void)
{
	struct seed seed = driver(DRIVER_LOGGED_IN);

	ADD(&seed, IO(0, 4096), DRIVER_TIMEOUT, 0, TURNS);
	ADD(&seed, IO(0, 4096), DRIVER_TIMEOUT, 0, ANSWER(0, 1));	/* and no completion */
	ADD(&seed, DRIVER_TIME, SECONDS_15, TURNS, DRIVER_TIME, SECONDS_61);
	seed_save("driver", "eh", &seed);
}

static void driver_silent(void)
{
	struct seed seed = driver(DRIVER_LOGGED_IN | DRIVER_SILENT_END);

	ADD(&seed, IO(0, 4096), IO(IO_WRITE, 512), DRIVER_TIMEOUT, 0, DRIVER_TIMEOUT, 1);
	seed_save("driver", "silent", &seed);
}

static void driver_life(void)
{
	struct seed seed = driver(DRIVER_LOGGED_IN);

	ADD(&seed, IO(0, 4096), REG(REG_STATUS, 0x0d0002), DRIVER_TIME, SECONDS_2);	/* FATAL */
	ADD(&seed, REG(REG_STATUS, 1), TURNS, TURNS, STEP(STEP_LOGIN, 0), TURNS, TURNS, TURNS);
	ADD(&seed, REG(9, 1), DRIVER_TIME, SECONDS_61, TURNS);		/* no heartbeat */
	seed_save("driver", "life", &seed);
}

static void driver_host(void)
{
	struct seed seed = driver(DRIVER_LOGGED_IN);
	int i;

	ADD(&seed, IO(0, 4096));
	for (i = HOST_RESET_PREPARE; i < HOST_SHUTDOWN; i++)
		ADD(&seed, DRIVER_HOST, i, TURNS, TURNS);
	ADD(&seed, STEP(STEP_END, 0), TURNS, STEP(STEP_LOGIN, 0), TURNS, TURNS, IO(0, 4096));
	ADD(&seed, DRIVER_HOST, HOST_PULL_OUT);
	seed_save("driver", "host", &seed);
}

static void driver_hostile(void)
{
	struct seed seed = driver(DRIVER_HOSTILE_PROBE);

	ADD(&seed, DRIVER_IDENTIFY, 1, 104, 33, TURNS, TURNS, DRIVER_RACE, 1, PLACE_ADMIN_CQ);
	ADD(&seed, U16(0), 8, 1, 2, 3, 4, 5, 6, 7, 8, STEP(STEP_LOGIN, 0), TURNS, TURNS, TURNS);
	ADD(&seed, DRIVER_POKE, PLACE_IO_CTL, U16(64), 4, 0xff, 0xff, 0xff, 0xff, IO(0, 512));
	ADD(&seed, DRIVER_POKE, PLACE_DATA, U16(0), 4, 9, 9, 9, 9, EVENT(3, 24), TURNS);
	seed_save("driver", "hostile", &seed);
}

#define ASK(what, index, param)	DRIVER_FLASH, what, index, param
#define UP(index)		DRIVER_PHASE, index, 0
#define LOST(index)		DRIVER_PHASE, index, 1

/* Sessions of the adapter's own that come, do I/O, are lost and come again. */
static void driver_targets(void)
{
	struct seed seed = driver(DRIVER_TARGETS);

	ADD(&seed, TURNS, TURNS, TURNS, ASK(FLASH_LOGIN, 0, 0), 0, TURNS);
	ADD(&seed, ASK(FLASH_LOGOUT, 1, 0), 0, TURNS);
	ADD(&seed, UP(0), TURNS, TURNS, UP(1), TURNS, TURNS, LOST(0), TURNS);
	ADD(&seed, DRIVER_PHASE, 0, 0x12, TURNS, UP(0), TURNS, TURNS, DRIVER_TIME, SECONDS_61);
	ADD(&seed, ASK(FLASH_LOGOUT, 1, 0), 0, TURNS, TURNS, ASK(FLASH_LOGIN, 1, 0), 0, TURNS);
	ADD(&seed, UP(1), DRIVER_HOST, HOST_RESET_PREPARE, TURNS, DRIVER_HOST, HOST_RESET_DONE);
	ADD(&seed, TURNS, TURNS, UP(0), TURNS, TURNS, LOST(1), DRIVER_TIME, SECONDS_61, TURNS);
	seed_save("driver", "targets", &seed);
}

/* What iscsiadm asks of flashnodes, accounts and the host. */
static void driver_flash(void)
{
	struct seed seed = driver(DRIVER_TARGETS);
	int i;

	ADD(&seed, TURNS, TURNS, TURNS);
	ADD(&seed, ASK(FLASH_NEW, 0, 0), 0, TURNS, ASK(FLASH_NEW, 1, 0), 0, TURNS);
	for (i = 0; i < 64; i++) {	/* all parameters, and more */
		ADD(&seed, ASK(FLASH_SET, 2, i), 4, 1, 0, 0, 0, DRIVER_TURN);
		ADD(&seed, ASK(FLASH_SHOW, 2, i), 0, DRIVER_TURN);
	}
	seed_save("driver", "flash", &seed);
}

static void driver_flash_wrong(void)
{
	struct seed seed = driver(DRIVER_TARGETS | DRIVER_LOGGED_IN);

	ADD(&seed, TURNS, TURNS, TURNS);
	ADD(&seed, ASK(FLASH_SET, 0, 2), 9, '1', '0', '.', '0', '.', '0', '.', '2', 0, TURNS);
	ADD(&seed, ASK(FLASH_SET_RAW, 0, 0), 8, 8, 0, 2, 0, 0xff, 0xff, 0xff, 0xff, TURNS);
	ADD(&seed, ASK(FLASH_CHAP_SET, 1, 3), 4, 1, 0, 0, 0, TURNS);
	ADD(&seed, ASK(FLASH_CHAP_SET_RAW, 1, 0), 4, 4, 0, 0, 0, TURNS);
	ADD(&seed, ASK(FLASH_CHAP_GET, 0, 0), 16, TURNS, TURNS, TURNS, TURNS);
	ADD(&seed, ASK(FLASH_CHAP_DELETE, 0, 0), 0, ANSWER(0, 12), TURNS);
	ADD(&seed, ASK(FLASH_STATS, 0, 0), 0, TURNS, ASK(FLASH_DELETE, 0, 0), 0, ANSWER(0, 9));
	ADD(&seed, ASK(FLASH_DELETE, 1, 0), 0, TURNS, EVENT(6, 3), TURNS, TURNS);
	ADD(&seed, DRIVER_POKE, PLACE_DATA, U16(0), 4, 9, 9, 9, 9, UP(0), TURNS);
	seed_save("driver", "flash-wrong", &seed);
}

void seeds_driver(void)
{
	driver_io();
	driver_small_rings();
	driver_login();
	driver_discovery();
	driver_eh();
	driver_silent();
	driver_life();
	driver_host();
	driver_hostile();
	driver_targets();
	driver_flash();
	driver_flash_wrong();
}

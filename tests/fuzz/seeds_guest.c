// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds of fuzz_guest (seeds.h). */
#include "guest_ops.h"
#include "seeds.h"

/* A command on @queue. */
#define CMD(queue, kind, handle, choice, layout, len) \
	GUEST_SUBMIT, queue, kind, handle, choice, layout, U16(len), NO_DAMAGE
/* A PDU on the newest connection for the newest ITT. */
#define PDU(kind, len)	GUEST_PDU, 0, kind, 0, U16(len), NO_DAMAGE

/* Connection 1 in full-feature phase. */
static struct seed logged_in(uint8_t flags)
{
	struct seed seed = { 0 };

	ADD(&seed, GUEST_BRING_UP, GUEST_LOGIN, 1, flags);
	return seed;
}

static void guest_admin(void)
{
	struct seed seed = { 0 };

	ADD(&seed, GUEST_BRING_UP);
	ADD(&seed, CMD(0, CMD_IDENTIFY, 0, 2, SGL_ONE, 512));
	ADD(&seed, CMD(0, CMD_PORT_GET, 0, 3, SGL_FOUR, 256));
	ADD(&seed, CMD(0, CMD_STATS_GET, 0, 0, SGL_LIST, 128));
	ADD(&seed, CMD(0, CMD_STATS_GET, 1, 2, SGL_ONE, 128));
	ADD(&seed, GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, CMD(0, CMD_QUEUE_DELETE, 2, 0, 0, 0), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_QUEUE_CREATE, 2, 0, 0, 0), GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, GUEST_LINK, 0, GUEST_TIME, 3, GUEST_LINK, 1, GUEST_TIME, 3);
	ADD(&seed, GUEST_RESET, GUEST_BRING_UP);
	seed_save("guest", "admin", &seed);
}

static void guest_login(void)
{
	struct seed seed = { 0 };

	ADD(&seed, GUEST_BRING_UP, CMD(0, CMD_CONN_OPEN, 0, 0, 0, 0), GUEST_SETTLE);
	ADD(&seed, GUEST_ANSWER, 0, 0, GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_PDU_RECV, 0, 4, SGL_ONE, 8240));
	ADD(&seed, CMD(0, CMD_LOGIN_SEND, 0, 5, SGL_ONE, 200), GUEST_SETTLE);
	ADD(&seed, PDU(PDU_LOGIN_RSP, 40), GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, CMD(0, CMD_PDU_RECV, 0, 4, SGL_FOUR, 8240));
	ADD(&seed, PDU(PDU_LOGIN_FINAL, 0), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_SESSION_START, 0, 3, 0, 0), GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, CMD(0, CMD_CONN_INFO, 0, 4, SGL_ONE, 128));
	ADD(&seed, CMD(0, CMD_CONN_CLOSE, 0, 0, 0, 0), GUEST_SETTLE);
	seed_save("guest", "login", &seed);
}

static void guest_io(void)
{
	struct seed seed = logged_in(2);	/* InitialR2T=No, ImmediateData=Yes */

	ADD(&seed, CMD(1, CMD_READ, 1, 1, SGL_FOUR, 4096), GUEST_SETTLE);
	ADD(&seed, PDU(PDU_DATA_IN_STATUS, 4096), GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, CMD(2, CMD_WRITE, 1, 2, SGL_LIST, 20480), GUEST_SETTLE);
	ADD(&seed, GUEST_PDU, 0, PDU_R2T, 0, U16(0), 1, 42, 0x40);	/* at 16384 */
	ADD(&seed, GUEST_SETTLE, PDU(PDU_SENSE, 20), GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, CMD(1, CMD_LONG_CDB, 1, 3, SGL_LIST_OF_LISTS, 600));
	ADD(&seed, CMD(1, CMD_NO_DATA, 1, 4, 0, 0), GUEST_SETTLE);
	ADD(&seed, PDU(PDU_SCSI_RSP, 0), GUEST_SETTLE, GUEST_REAP);
	seed_save("guest", "io", &seed);
}

static void guest_control(void)
{
	struct seed seed = logged_in(0x23);

	ADD(&seed, CMD(0, CMD_PDU_RECV, 1, 4, SGL_ONE, 8240));
	ADD(&seed, CMD(0, CMD_PDU_RECV, 1, 5, SGL_ONE, 8240));
	ADD(&seed, CMD(0, CMD_NOP_SEND, 1, 6, SGL_ONE, 16), GUEST_SETTLE);
	ADD(&seed, PDU(PDU_NOP_IN, 16), PDU(PDU_PING, 8), GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, CMD(0, CMD_TEXT_SEND, 1, 7, SGL_ONE, 16), GUEST_SETTLE);
	ADD(&seed, PDU(PDU_TEXT_RSP, 32), PDU(PDU_ASYNC, 0), GUEST_SETTLE);
	ADD(&seed, CMD(1, CMD_READ, 1, 1, SGL_ONE, 512));
	ADD(&seed, CMD(0, CMD_TMF, 1, 7, 0, 0), GUEST_SETTLE, PDU(PDU_TMF_RSP, 0), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_SESSION_TIMERS, 1, 0, 0, 0), GUEST_TIME, 5);
	ADD(&seed, CMD(0, CMD_LOGOUT_SEND, 1, 8, SGL_NONE, 0), GUEST_SETTLE);
	ADD(&seed, PDU(PDU_LOGOUT_RSP, 0), GUEST_SETTLE, GUEST_END_STREAM, 0, 0, GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_CONN_CLOSE, 1, 0, 0, 0), GUEST_SETTLE);
	seed_save("guest", "control", &seed);
}

/* The target takes nothing any more, and the host closes politely. */
static void guest_close(void)
{
	struct seed seed = logged_in(0x0d);	/* digests */

	ADD(&seed, GUEST_CUT, 0, 0x20, CMD(1, CMD_WRITE, 1, 1, SGL_LIST, 9000));
	ADD(&seed, CMD(0, CMD_NOP_SEND, 1, 2, SGL_ONE, 100), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_CONN_CLOSE, 1, 0, 0, 0), GUEST_TIME, 5, GUEST_REAP);
	ADD(&seed, GUEST_LOGIN, 1, 0x0f, CMD(2, CMD_READ, 1, 3, SGL_NOWHERE, 512));
	ADD(&seed, CMD(2, CMD_WRITE, 1, 4, SGL_NOWHERE, 512), GUEST_SETTLE, GUEST_REAP);
	seed_save("guest", "close", &seed);
}

/* Sessions of the adapter's own: used, logged out, lost, changed, begun at power-up. */
static void guest_targets(void)
{
	struct seed seed = { 0 };

	ADD(&seed, GUEST_BRING_UP, CMD(0, CMD_ACCOUNT_SET, 0, 0, 0, 0), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_ACCOUNT_SET, 1, 0, 0, 0), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_INITIATOR_SET, 0, 0, 0, 0), GUEST_SETTLE);
	ADD(&seed, GUEST_OWN_LOGIN, 1, 0x10, CMD(1, CMD_READ, 1, 1, SGL_FOUR, 4096));
	ADD(&seed, GUEST_SETTLE, PDU(PDU_DATA_IN_STATUS, 4096), GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, CMD(2, CMD_WRITE, 1, 2, SGL_LIST, 20480), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_TARGET_LOGOUT, 1, 0, 0, 0), GUEST_SETTLE);
	ADD(&seed, PDU(PDU_LOGOUT_RSP, 0), GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, GUEST_OWN_LOGIN, 2, 0x80, CMD(1, CMD_READ, 2, 3, SGL_ONE, 512), GUEST_SETTLE);
	ADD(&seed, GUEST_END_STREAM, 0, 3, GUEST_TIME, 2, GUEST_ANSWER, 0, 0, GUEST_TIME, 6);
	ADD(&seed, CMD(0, CMD_TARGET_SET, 2, 0x82, 0, 0), GUEST_SETTLE, GUEST_ANSWER, 0, 0);
	ADD(&seed, CMD(0, CMD_TARGET_STATE, 2, 0, SGL_ONE, 1024));
	ADD(&seed, CMD(0, CMD_TARGET_LIST, 0, 0, SGL_ONE, 1024), GUEST_TIME, 6, GUEST_REAP);
	ADD(&seed, GUEST_BRING_UP, GUEST_ANSWER, 0, 3, GUEST_TIME, 7);
	ADD(&seed, CMD(0, CMD_ACCOUNT_GET, 0, 1, SGL_ONE, 576));
	ADD(&seed, CMD(0, CMD_TARGET_LOGOUT, 2, 1, 0, 0), CMD(0, CMD_TARGET_DELETE, 2, 0, 0, 0));
	ADD(&seed, CMD(0, CMD_ACCOUNT_DELETE, 0, 0, 0, 0), GUEST_SETTLE, GUEST_REAP);
	seed_save("guest", "targets", &seed);
}

/* Logins that the host makes: to the end, moved, failed, given up, begun anew in the middle. */
static void guest_helper(void)
{
	struct seed seed = { 0 };

	ADD(&seed, GUEST_BRING_UP, GUEST_HOST_LOGIN, 1, 0x44, CMD(0, CMD_LOGIN_END, 0, 0, 0, 0));
	ADD(&seed, GUEST_SETTLE, CMD(0, CMD_OWN_SEND, 0, 0x87, SGL_ONE, 100), GUEST_REAP);
	ADD(&seed, CMD(0, CMD_TARGET_STATE, 1, 0, SGL_ONE, 1024), GUEST_END_STREAM, 0, 3);
	ADD(&seed, GUEST_INDEX, 3, 1, 4, GUEST_TIME, 2, GUEST_ANSWER, 0, 0, GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_LOGIN_TAKE, 0, 0, SGL_LIST, 2688), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_OWN_SEND, 0, 0x87, SGL_FOUR, 1000), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_OWN_RECV, 0, 0, SGL_LIST, 9000), PDU(PDU_LOGIN_RSP, 100));
	ADD(&seed, GUEST_SETTLE, CMD(0, CMD_OWN_RECV, 0, 0, SGL_ONE, 9000), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_LOGIN_END, 0, 1, 0, 0), GUEST_SETTLE, GUEST_INDEX, 3, 1, 4);
	ADD(&seed, GUEST_ANSWER, 0, 0, CMD(0, CMD_LOGIN_END, 1, 2, 0, 0), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_LOGIN_TAKE, 0, 0, SGL_ONE, 2688), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_OWN_RECV, 0, 0, SGL_ONE, 9000), CMD(0, CMD_TARGET_SET, 1, 0, 0, 0));
	ADD(&seed, GUEST_SETTLE, GUEST_ANSWER, 0, 0, GUEST_INDEX, 3, 1, 3, GUEST_TIME, 4);
	ADD(&seed, GUEST_HOST_LOGIN, 2, 0x00, CMD(0, CMD_LOGIN_END, 0, 5, 0, 0), GUEST_SETTLE);
	ADD(&seed, GUEST_INDEX, 3, 1, 4, GUEST_SETTLE);
	ADD(&seed, GUEST_HOST_LOGIN, 3, 0x20, CMD(0, CMD_LOGIN_OFFER, 0, 0, 0, 0), GUEST_SETTLE);
	ADD(&seed, GUEST_ANSWER, 0, 0, GUEST_TIME, 6, GUEST_RESET);
	seed_save("guest", "helper", &seed);
}

/* A part of a list: FLAGS as in GUEST_DISCOVERY. */
static void list(struct seed *seed, uint8_t flags, const char *text, size_t len)
{
	ADD(seed, flags, len);
	seed_add(seed, text, len);
}

#define LIST(seed, flags, text)	list(seed, flags, text, sizeof(text))

/* Discoveries: a list at once, one in parts that are cut anywhere, by CHAP, given up. */
static void guest_discoveries(void)
{
	struct seed seed = { 0 };

	ADD(&seed, GUEST_BRING_UP, GUEST_DISCOVERY, 0, 1);
	LIST(&seed, 0x80, "TargetName=iqn.2026-01.fuzz:a\0TargetAddress=10.0.0.1:3260,1");
	ADD(&seed, GUEST_SETTLE, PDU(PDU_LOGOUT_RSP, 0), GUEST_SETTLE, GUEST_REAP);
	ADD(&seed, GUEST_DISCOVERY, 1, 3);
	list(&seed, 0x40, "TargetName=iqn.2026-01.fu", 25);
	list(&seed, 0, "zz:a\0TargetAddress=[fd00::1]:3260,1", 36);
	LIST(&seed, 0x80, "TargetAddress=disk.example\0TargetAddress=127.0.0.1");
	ADD(&seed, GUEST_TIME, 6, GUEST_REAP, CMD(0, CMD_ACCOUNT_SET, 0, 0, 0, 0));
	ADD(&seed, GUEST_SETTLE, CMD(0, CMD_DISCOVER, 0, 2, SGL_LIST, 4096), GUEST_SETTLE);
	ADD(&seed, GUEST_ANSWER, 0, 0, GUEST_SETTLE, CMD(0, CMD_ACCOUNT_DELETE, 0, 0, 0, 0));
	ADD(&seed, CMD(0, CMD_DISCOVER, 0, 4, SGL_NOWHERE, 512), GUEST_TIME, 6, GUEST_REAP);
	ADD(&seed, CMD(0, CMD_DISCOVER, 0, 0, SGL_FOUR, 600), GUEST_SETTLE, GUEST_RESET);
	seed_save("guest", "discoveries", &seed);
}

static void guest_log(void)
{
	struct seed seed = { 0 };

	ADD(&seed, GUEST_BRING_UP, GUEST_OWN_LOGIN, 0, 0, CMD(0, CMD_LOG_CLOCK, 0, 9, 0, 0));
	ADD(&seed, GUEST_SETTLE, CMD(0, CMD_LOG_READ, 0, 0, SGL_ONE, 4160), GUEST_SETTLE);
	ADD(&seed, CMD(0, CMD_LOG_READ, 0, 3, SGL_LIST, 200), GUEST_REAP);
	ADD(&seed, CMD(0, CMD_LOG_ERASE, 0, 0, 0, 0), GUEST_SETTLE, GUEST_RESET, GUEST_BRING_UP);
	ADD(&seed, CMD(0, CMD_LOG_READ, 0, 0, SGL_NOWHERE, 512), GUEST_SETTLE, GUEST_REAP);
	seed_save("guest", "log", &seed);
}

static void guest_links(void)
{
	struct seed seed = { 0 };
	int i;

	ADD(&seed, GUEST_FRAGMENT, U16(1000), GUEST_BRING_UP);
	for (i = 0; i < 12; i++)	/* more than the event ring holds */
		ADD(&seed, GUEST_LINK, i & 1, GUEST_TIME, 3);
	ADD(&seed, GUEST_INDEX, 3, 1, 8, GUEST_TIME, 1);
	ADD(&seed, CMD(0, CMD_IDENTIFY, 0, 2, SGL_LIST, 512), GUEST_SETTLE);
	seed_save("guest", "links", &seed);
}

static void guest_hostile(void)
{
	struct seed seed = { 0 };

	ADD(&seed, GUEST_REG_WRITE, 0, 1, 0, 1, 0, GUEST_SETTLE);
	ADD(&seed, GUEST_BRING_UP, GUEST_INDEX, 1, 0, 100, GUEST_DOORBELL, 1, GUEST_SETTLE);
	ADD(&seed, GUEST_INDEX, 3, 1, 50, GUEST_LINK, 0, GUEST_TIME, 3);
	ADD(&seed, GUEST_BRING_UP, GUEST_FRAGMENT, U16(100));
	ADD(&seed, CMD(0, CMD_IDENTIFY, 0, 2, SGL_LOOP, 512));
	ADD(&seed, CMD(0, CMD_IDENTIFY, 0, 2, SGL_LOOP, 511));
	ADD(&seed, CMD(0, CMD_IDENTIFY, 0, 2, SGL_NOWHERE, 512));
	ADD(&seed, CMD(0, CMD_IDENTIFY, 0, 2, SGL_END_OF_RAM, 512));
	ADD(&seed, CMD(0, CMD_IDENTIFY, 0, 2, SGL_RINGS, 512), GUEST_SETTLE);
	ADD(&seed, GUEST_POKE, U16(0x800), 4, 0xff, 0xff, 0xff, 0xff, GUEST_TURN);
	ADD(&seed, GUEST_BUS_LOST, GUEST_SETTLE, GUEST_BRING_UP, GUEST_LOGIN, 0, 0);
	ADD(&seed, GUEST_CUT, 0, 0x22, GUEST_SETTLE, GUEST_END_STREAM, 0, 3);
	seed_save("guest", "hostile", &seed);
}

void seeds_guest(void)
{
	guest_admin();
	guest_login();
	guest_io();
	guest_control();
	guest_targets();
	guest_helper();
	guest_discoveries();
	guest_log();
	guest_links();
	guest_close();
	guest_hostile();
}

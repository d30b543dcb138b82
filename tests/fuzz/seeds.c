// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seeds FOLDER: write the seeds of each harness to FOLDER/NAME: what is legal, so
 * that a fuzzer has to learn only what is not. `make fuzz-seeds` runs it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver_ops.h"
#include "flash_ops.h"
#include "guest_ops.h"
#include "login_ops.h"
#include "target_ops.h"
#include "uip_ops.h"
#include "wire_ops.h"

#define SEED_MAX	2048

struct seed {
	uint8_t byte[SEED_MAX];
	size_t len;
};

static const char *top;

static void save(const char *harness, const char *name, const struct seed *seed)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%s", top, harness, name);
	file = fopen(path, "wb");
	if (!file || fwrite(seed->byte, 1, seed->len, file) != seed->len || fclose(file)) {
		perror(path);
		exit(1);
	}
}

static void add(struct seed *seed, const void *bytes, size_t len)
{
	memcpy(seed->byte + seed->len, bytes, len);
	seed->len += len;
}

#define ADD(seed, ...) add(seed, (const uint8_t[]){ __VA_ARGS__ }, \
			   sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define U16(val)	(val) & 0xff, (val) >> 8

/* --- fuzz_guest ------------------------------------------------------------------ */

#define NO_DAMAGE	0
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
	save("guest", "admin", &seed);
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
	save("guest", "login", &seed);
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
	save("guest", "io", &seed);
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
	save("guest", "control", &seed);
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
	save("guest", "close", &seed);
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
	save("guest", "targets", &seed);
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
	save("guest", "links", &seed);
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
	save("guest", "hostile", &seed);
}

/* --- fuzz_target ------------------------------------------------------------------- */

#define READ_CMD(len)	TARGET_SUBMIT, 0, U16(len)
#define WRITE_CMD(len)	TARGET_SUBMIT, 1, U16(len)
#define NO_DATA_CMD	TARGET_SUBMIT, 2, U16(0)
/* A PDU for the newest task. */
#define TPDU(kind, len)	TARGET_PDU, kind, 0, U16(len), 0, NO_DAMAGE
#define GOOD		TARGET_NEXT, 0

static struct seed session(uint8_t flags, uint8_t cut)
{
	struct seed seed = { 0 };

	ADD(&seed, flags, cut);
	return seed;
}

#define DIGESTS	(TARGET_HDR_DIGEST | TARGET_DATA_DIGEST)

static void target_data_in(const char *name, uint8_t flags, uint8_t cut)
{
	struct seed seed = session(flags, cut);

	ADD(&seed, READ_CMD(2000), GOOD, GOOD, GOOD, GOOD, TARGET_SETTLE);
	ADD(&seed, TARGET_SUBMIT, 0x20, U16(4000), TPDU(TPDU_DATA_IN, 512), TARGET_SETTLE);
	ADD(&seed, TPDU(TPDU_SCSI_RSP, 0), TARGET_SETTLE);
	save("target", name, &seed);
}

static void target_r2t(const char *name, uint8_t flags, uint8_t cut)
{
	struct seed seed = session(flags, cut);

	ADD(&seed, WRITE_CMD(3000), GOOD, TARGET_SETTLE, GOOD, TARGET_SETTLE, GOOD);
	ADD(&seed, TARGET_SETTLE, GOOD, TARGET_SETTLE);
	ADD(&seed, TARGET_SUBMIT, 0x11, U16(30000), TPDU(TPDU_R2T, 0), TARGET_SETTLE);
	ADD(&seed, TPDU(TPDU_SENSE, 20), TARGET_SETTLE);
	save("target", name, &seed);
}

static void target_control(void)
{
	struct seed seed = session(TARGET_NOPS | TARGET_INITIAL_R2T, 0);

	ADD(&seed, TARGET_RECV, TARGET_RECV, TARGET_HOST_PDU, 0, 20, TPDU(TPDU_NOP_IN, 20));
	ADD(&seed, TPDU(TPDU_PING, 12), TPDU(TPDU_WINDOW, 0), TARGET_SETTLE);
	ADD(&seed, TARGET_HOST_PDU, 2, 16, TPDU(TPDU_TEXT_RSP, 30), TARGET_SETTLE);
	ADD(&seed, TARGET_RECV, TPDU(TPDU_ASYNC_LOGOUT, 0), TARGET_TIME, 3);
	ADD(&seed, TPDU(TPDU_NOP_IN, 0), TARGET_SETTLE);
	ADD(&seed, TARGET_RECV, TARGET_HOST_PDU, 4, TPDU(TPDU_LOGOUT_RSP, 0), TARGET_SETTLE);
	ADD(&seed, TARGET_END_STREAM, 0, TARGET_SETTLE);
	save("target", "control", &seed);
}

static void target_reject(void)
{
	struct seed seed = session(DIGESTS, 2);

	ADD(&seed, TARGET_RECV, TARGET_RECV, NO_DATA_CMD, TPDU(TPDU_REJECT, 48), TARGET_SETTLE);
	ADD(&seed, READ_CMD(100), TPDU(TPDU_ASYNC_DROP, 0), TARGET_TIME, 4);
	save("target", "reject", &seed);
}

static void target_tmf(void)
{
	struct seed seed = session(TARGET_IMMEDIATE, 0);

	ADD(&seed, READ_CMD(5000), TPDU(TPDU_DATA_IN, 1000), WRITE_CMD(9000), NO_DATA_CMD);
	ADD(&seed, TARGET_TMF, 0, 0, TPDU(TPDU_TMF_RSP, 0), TARGET_SETTLE);
	ADD(&seed, TARGET_TMF, 4, 0, TPDU(TPDU_TMF_RSP, 0), TARGET_SETTLE);
	ADD(&seed, NO_DATA_CMD, GOOD, TARGET_SETTLE);
	save("target", "tmf", &seed);
}

/* A closed window: what a TMF meets was never sent. */
static void target_tmf_window(void)
{
	struct seed seed = session(TARGET_WINDOW_1, 0);

	ADD(&seed, TARGET_RECV, READ_CMD(600), READ_CMD(600), WRITE_CMD(600), NO_DATA_CMD);
	ADD(&seed, TARGET_TMF, 4, 0, TARGET_TMF, 0, 3, TARGET_TMF, 0, 0);
	ADD(&seed, TPDU(TPDU_REJECT, 48), TARGET_SETTLE, TARGET_PDU, TPDU_TMF_RSP, 1, U16(0), 0,
	    NO_DAMAGE, TPDU(TPDU_WINDOW, 0), TARGET_SETTLE, GOOD, TARGET_SETTLE);
	save("target", "tmf-window", &seed);
}

/* Two TMFs hold back what was not sent; the target refuses the first, then both. */
static void target_tmf_refused(void)
{
	struct seed seed = session(TARGET_WINDOW_1, 0);

	ADD(&seed, READ_CMD(600), READ_CMD(600), WRITE_CMD(600), NO_DATA_CMD);
	ADD(&seed, TARGET_TMF, 4, 0, TARGET_TMF, 1, 0);
	ADD(&seed, TARGET_PDU, TPDU_TMF_RSP, 1, U16(0), 0, 1, 2, 0xff, TARGET_SETTLE);
	ADD(&seed, TARGET_PDU, TPDU_TMF_RSP, 0, U16(0), 0, 1, 2, 0xff, TARGET_SETTLE);
	ADD(&seed, TARGET_NEXT, 2, TARGET_SETTLE, GOOD, TARGET_SETTLE, GOOD, TARGET_SETTLE);
	save("target", "tmf-refused", &seed);
}

/* A Reject of each kind of request. */
static void target_rejects(void)
{
	struct seed seed = session(TARGET_NOPS, 0);

	ADD(&seed, TARGET_RECV, TARGET_RECV, TARGET_RECV, TARGET_RECV);
	ADD(&seed, TARGET_HOST_PDU, 2, 16, TPDU(TPDU_REJECT, 48), TARGET_SETTLE);
	ADD(&seed, TARGET_HOST_PDU, 0, 16, TPDU(TPDU_REJECT, 48), TARGET_SETTLE);
	ADD(&seed, TARGET_TIME, 3, TPDU(TPDU_REJECT, 48), TARGET_SETTLE);
	ADD(&seed, WRITE_CMD(30000), TPDU(TPDU_REJECT, 48), TARGET_SETTLE);
	ADD(&seed, TARGET_RECV, TARGET_HOST_PDU, 4, TPDU(TPDU_REJECT, 48), TARGET_SETTLE);
	save("target", "rejects", &seed);
}

static void target_window(void)
{
	struct seed seed = session(TARGET_WINDOW_1 | TARGET_SMALL, 0x12);

	ADD(&seed, READ_CMD(600), READ_CMD(600), WRITE_CMD(700));
	ADD(&seed, GOOD, GOOD, TARGET_SETTLE, GOOD, GOOD, TARGET_SETTLE, GOOD, TARGET_SETTLE);
	ADD(&seed, TARGET_BYTES, 4, 0x21, 0x80, 0, 0, TARGET_END_STREAM, 3, TARGET_SETTLE);
	save("target", "window", &seed);
}

/* --- fuzz_pdu ------------------------------------------------------------------------ */

static void pdu_stream(void)
{
	static const uint8_t opcodes[] = { 0x20, 0x21, 0x25, 0x31, 0x3f };
	struct seed seed = { 0 };
	size_t i;

	for (i = 0; i < sizeof(opcodes); i++) {
		uint8_t bhs[48] = { opcodes[i], 0x80 };

		bhs[4] = i & 1;			/* a word of AHS */
		bhs[7] = i;			/* and some data, padded */
		memset(bhs + 8, 0x11 * (i + 1), 40);
		add(&seed, bhs, sizeof(bhs));
		seed.len += (i & 1) * 4 + (i + 3) / 4 * 4;
	}
	save("pdu", "stream", &seed);
}

static void pdu_edges(void)
{
	struct seed seed = { 0 };

	memset(seed.byte, 0xff, 48);
	seed.len = 48;
	save("pdu", "ones", &seed);
	memset(seed.byte, 0, 96);
	seed.len = 96;
	seed.byte[24] = 0x80;			/* StatSN half the numbers away */
	save("pdu", "zeros", &seed);
}

/* --- fuzz_rules ---------------------------------------------------------------------- */

/* Words for an adapter of 4 queues and 16 connections, and large buffers. */
static void rules(const char *name, const char *words)
{
	struct seed seed = { 0 };

	ADD(&seed, 3, 15, U16(511), 15);
	add(&seed, words, strlen(words));
	save("rules", name, &seed);
}

/* All kinds, all options, all places. */
static void rules_seeds(void)
{
	rules("pdus", "drop-pdu:in,opcode=0x25,count=3; drop-pdu: out opcode=5;"
		      "delay-pdu:in,ms=200,cid=15");
	rules("corrupt", "corrupt:header-digest; corrupt:data-digest,after=010;corrupt:opcode;"
			 "corrupt:length;corrupt:itt;corrupt:statsn;corrupt:datasn;"
			 "corrupt:r2tsn;corrupt:offset");
	rules("net", "tcp-reset:chance=5000,seed=42,count=0;"
		     "refuse-connect:reason=CONN_TIMEOUT;slow-target:bytes-per-s=1000,cid=0");
	rules("firmware", "stall-queue:qid=4,ms=3600000; lose-completion:qid=1;"
			  "duplicate-completion:qid=0; crash:after=1,reason=dma_fault; hang");
	rules("clear", " ;hang,\n clear ; ,crash:opcode=0xff");
	rules("wrong", "hang count=1");
	rules("twice", "hang:count=1,count=2");
	rules("range", "stall-queue:qid=5,ms=0x10000000000000000");
}

/* --- fuzz_driver ----------------------------------------------------------------- */

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
	save("driver", "io", &seed);
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
	save("driver", "small-rings", &seed);
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
	save("driver", "login", &seed);
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
	save("driver", "discovery", &seed);
}

static void driver_eh(void)
{
	struct seed seed = driver(DRIVER_LOGGED_IN);

	ADD(&seed, IO(0, 4096), DRIVER_TIMEOUT, 0, TURNS);
	ADD(&seed, IO(0, 4096), DRIVER_TIMEOUT, 0, ANSWER(0, 1));	/* and no completion */
	ADD(&seed, DRIVER_TIME, SECONDS_15, TURNS, DRIVER_TIME, SECONDS_61);
	save("driver", "eh", &seed);
}

static void driver_silent(void)
{
	struct seed seed = driver(DRIVER_LOGGED_IN | DRIVER_SILENT_END);

	ADD(&seed, IO(0, 4096), IO(IO_WRITE, 512), DRIVER_TIMEOUT, 0, DRIVER_TIMEOUT, 1);
	save("driver", "silent", &seed);
}

static void driver_life(void)
{
	struct seed seed = driver(DRIVER_LOGGED_IN);

	ADD(&seed, IO(0, 4096), REG(REG_STATUS, 0x0d0002), DRIVER_TIME, SECONDS_2);	/* FATAL */
	ADD(&seed, REG(REG_STATUS, 1), TURNS, TURNS, STEP(STEP_LOGIN, 0), TURNS, TURNS, TURNS);
	ADD(&seed, REG(9, 1), DRIVER_TIME, SECONDS_61, TURNS);		/* no heartbeat */
	save("driver", "life", &seed);
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
	save("driver", "host", &seed);
}

static void driver_hostile(void)
{
	struct seed seed = driver(DRIVER_HOSTILE_PROBE);

	ADD(&seed, DRIVER_IDENTIFY, 1, 104, 33, TURNS, TURNS, DRIVER_RACE, 1, PLACE_ADMIN_CQ);
	ADD(&seed, U16(0), 8, 1, 2, 3, 4, 5, 6, 7, 8, STEP(STEP_LOGIN, 0), TURNS, TURNS, TURNS);
	ADD(&seed, DRIVER_POKE, PLACE_IO_CTL, U16(64), 4, 0xff, 0xff, 0xff, 0xff, IO(0, 512));
	ADD(&seed, DRIVER_POKE, PLACE_DATA, U16(0), 4, 9, 9, 9, 9, EVENT(3, 24), TURNS);
	save("driver", "hostile", &seed);
}

/* --- fuzz_wire ------------------------------------------------------------------- */

#define WIRE_FLAGS(flags, place, acks, window, len) \
	WIRE_SEGMENT, 0, flags, place, acks, U16(window), U16(len), 0, 0, NO_DAMAGE
#define FLAG_FIN	1
#define FLAG_RST	4
#define FLAG_ACK	16
#define HOW_TO_ALL	2

/* Connection 0, to station 0. */
static struct seed wire(uint8_t options)
{
	struct seed seed = { 0 };

	ADD(&seed, options | WIRE_READY, WIRE_CONNECT, 0, WIRE_GOOD, 0, U16(0));
	return seed;
}

static void wire_data(const char *name, uint8_t options)
{
	struct seed seed = wire(options);

	ADD(&seed, WIRE_SEND, 0, U16(5000), WIRE_GOOD, 0, U16(1400), WIRE_RECV, 0, U16(4000));
	ADD(&seed, WIRE_WANT, 0, 1, U16(3000), WIRE_GOOD, 0, U16(1400), WIRE_GOOD, 0, U16(1400));
	ADD(&seed, WIRE_GOOD, 0, U16(1400), WIRE_RECV, 0, U16(9000), WIRE_TIME, 2);
	ADD(&seed, WIRE_FLAGS(FLAG_ACK | FLAG_FIN, 0, 0, 0x8000, 0), WIRE_CLOSE, 0, 0);
	ADD(&seed, WIRE_TIME, 7, WIRE_TIME, 7);
	save("wire", name, &seed);
}

/* A router says, time and again, that less fits; what is under way goes in fragments. */
static void wire_too_big(void)
{
	struct seed seed = wire(WIRE_IPV6 | WIRE_JUMBO);

	ADD(&seed, WIRE_SEND, 0, U16(60000), WIRE_TOO_BIG, 1, U16(4000), 0, NO_DAMAGE, WIRE_TIME, 5);
	ADD(&seed, WIRE_GOOD, 0, U16(1), WIRE_TOO_BIG, 1, U16(1300), 0, NO_DAMAGE, WIRE_TIME, 5);
	ADD(&seed, WIRE_TOO_BIG, 2, U16(1280), 0, 1, 55, 9, WIRE_GOOD, 0, U16(1), WIRE_TIME, 5);
	ADD(&seed, WIRE_SEND, 0, U16(9000), WIRE_GOOD, 0, U16(1), WIRE_TIME, 5);
	save("wire", "too-big", &seed);
}

/* Later, earlier, overlapping, beyond the window. */
static void wire_order(void)
{
	struct seed seed = wire(0);

	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 4, 0, 0x8000, 1460), WIRE_FLAGS(FLAG_ACK, 3, 0, 0x8000, 700));
	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 9, 0, 0x8000, 1400), WIRE_FLAGS(FLAG_ACK, 10, 0, 0x8000, 1000));
	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 0, 0x8000, 1460), WIRE_FLAGS(FLAG_ACK, 5, 0, 0x8000, 400));
	ADD(&seed, WIRE_FLAGS(FLAG_ACK | FLAG_FIN, 2, 0, 0x8000, 4), WIRE_RECV, 0, U16(9000));
	ADD(&seed, WIRE_GOOD, 0, U16(1), WIRE_RECV, 0, U16(9000));
	save("wire", "order", &seed);
}

/* A segment across the end of the window, and then all before it. */
static void wire_window(void)
{
	struct seed seed = wire(0);

	ADD(&seed, WIRE_WANT, 0, 0, U16(1), WIRE_FLAGS(FLAG_ACK, 9, 0, 0x8000, 1400));
	ADD(&seed, WIRE_FILL, 0, 1, WIRE_GOOD, 0, U16(1), WIRE_TIME, 2, WIRE_GOOD, 0, U16(1));
	ADD(&seed, WIRE_RECV, 0, U16(65535), WIRE_GOOD, 0, U16(1400));
	save("wire", "window", &seed);
}

/* A MSS in the midst of data, when as much may be sent. */
static void wire_options(void)
{
	struct seed seed = wire(0);
	int i;

	for (i = 0; i < 10; i++)
		ADD(&seed, WIRE_SEND, 0, U16(3000), WIRE_GOOD, 0, U16(1));
	ADD(&seed, WIRE_SEGMENT, 0, FLAG_ACK, 0, 0, U16(0x8000), U16(4), 0, 1, 2, 4, 0x23, 0);
	ADD(&seed, NO_DAMAGE, WIRE_SEND, 0, U16(20000), WIRE_GOOD, 0, U16(4));
	ADD(&seed, WIRE_GOOD, 0, U16(4));
	save("wire", "options", &seed);
}

/* Loss, acknowledgements that come three times, a window that closes. */
static void wire_loss(void)
{
	struct seed seed = wire(0);
	int i;

	ADD(&seed, WIRE_SEND, 0, U16(40000), WIRE_TIME, 3, WIRE_TIME, 4);
	for (i = 0; i < 4; i++)
		ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 4, 0x8000, 0));
	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 0, 0, 0), WIRE_SEND, 0, U16(3000), WIRE_TIME, 7);
	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 0, 7, 0), WIRE_TIME, 4, WIRE_CLOSE, 0, 0);
	ADD(&seed, WIRE_FLAGS(FLAG_RST, 2, 0, 0, 0), WIRE_FLAGS(FLAG_RST, 0, 0, 0, 0));
	save("wire", "loss", &seed);
}

static void wire_crumbs(void)
{
	struct seed seed = wire(WIRE_VLAN);

	ADD(&seed, WIRE_WANT, 0, 0, U16(1), WIRE_CRUMBS, 0, 255, WIRE_CRUMBS, 0, 255);
	ADD(&seed, WIRE_CRUMBS, 0, 255, WIRE_CRUMBS, 0, 255, WIRE_CRUMBS, 0, 20);
	ADD(&seed, WIRE_RECV, 0, U16(60000), WIRE_TIME, 2, WIRE_GOOD, 0, U16(100));
	save("wire", "crumbs", &seed);
}

/* Paths that come late, or never; neighbours that move. */
static void wire_paths(const char *name, uint8_t options)
{
	struct seed seed = { 0 };

	ADD(&seed, options, WIRE_CONNECT, 1, WIRE_TIME, 4, WIRE_IFACE, 0, 2, WIRE_PATH, 0, 1, 2);
	ADD(&seed, WIRE_GOOD, 0, U16(0), WIRE_CONNECT, 2, WIRE_PATH, 0, 2, 0xff, WIRE_TIME, 6);
	ADD(&seed, WIRE_ARP, 2, 2, 0, 0, NO_DAMAGE, WIRE_ARP, 1, 0x32, 0, HOW_TO_ALL, NO_DAMAGE);
	ADD(&seed, WIRE_ND, 3, 0x60, 2, 5, 1, 0, NO_DAMAGE, WIRE_ND, 0, 0, 1, 0, 1, 0, NO_DAMAGE);
	ADD(&seed, WIRE_ND, 3, 0x20, 2, 5, 1, HOW_TO_ALL, NO_DAMAGE, WIRE_TIME, 7);
	ADD(&seed, WIRE_ECHO, 3, U16(56), 0, NO_DAMAGE, WIRE_LINK, 0, WIRE_LINK, 1);
	ADD(&seed, WIRE_MIRROR, 1, WIRE_PING, 0, U16(56), WIRE_PONG, 0, U16(56), 0, NO_DAMAGE);
	ADD(&seed, WIRE_PING, 3, U16(1), WIRE_PING, 1, U16(1472), WIRE_TIME, 7, WIRE_MIRROR, 0);
	ADD(&seed, WIRE_PING, 2, U16(8), WIRE_REFUSE, 2, options & WIRE_IPV6 ? 1 : 3, 1, 0,
	    NO_DAMAGE);
	ADD(&seed, WIRE_IFACE, 0, 0x12, WIRE_RESTART, WIRE_CONNECT, 0, WIRE_TIME, 0);
	ADD(&seed, WIRE_RAW, 4, 1, 2, 3, 4, WIRE_SETTLE, WIRE_IFACE, 0, 1);
	save("wire", name, &seed);
}

/* --- fuzz_uip -------------------------------------------------------------------- */

#define OUR_MAC		0x52, 0x54, 0, 1, 2, 3
#define THEIR_MAC	0x52, 0x54, 0, 9, 9, 9
#define IP4(last)	10, 0, 0, last
#define IP6(net, last)	0x20, 1, 0x0d, 0xb8, 0, 0, 0, net, 0, 0, 0, 0, 0, 0, 0, last
#define ZERO12		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define ZERO16		ZERO12, 0, 0, 0, 0

/* From 10.0.0.5, /24; @vlan: and by 10.0.0.1 on that VLAN. */
#define WANT4(last, vlan) \
	UIP_OP_WANT4, U16(UIP_WANT_LEN), (vlan) ? 192 : 10, 0, 0, last, ZERO12, IP4(5), ZERO12, \
	!!(vlan), IP4(1), ZERO12, 0, 24, vlan
/* From 2001:db8::5, /64, with 2001:db8::1 for what is beyond. */
#define WANT6(net, last) \
	UIP_OP_WANT6, U16(UIP_WANT_LEN), IP6(net, last), IP6(0, 5), 1, IP6(0, 1), 1, 64, 0
#define ARP(op, vlan, from) \
	UIP_OP_FRAME, U16(43), vlan, OUR_MAC, THEIR_MAC, 8, 6, 0, 1, 8, 0, 6, 4, 0, op, \
	THEIR_MAC, IP4(from), OUR_MAC, IP4(5)
/* Neighbour discovery of @n bytes behind the ICMPv6 header. */
#define ND(type, n, from, ...) \
	UIP_OP_REPAIRED, U16(1 + 14 + 40 + 4 + (n)), 0, OUR_MAC, THEIR_MAC, 0x86, 0xdd, \
	0x60, 0, 0, 0, 0, 0, 58, 255, IP6(0, from), IP6(0, 5), type, 0, 0, 0, __VA_ARGS__
#define ADVERTISE(who) \
	ND(136, 28, who, 0x60, 0, 0, 0, IP6(0, who), 2, 1, THEIR_MAC)

static void uip_arp(void)
{
	struct seed seed = { 0 };

	ADD(&seed, WANT4(9, 0), ARP(2, 0, 9));
	ADD(&seed, WANT4(1, 2), ARP(1, 2, 1), ARP(2, 2, 1));
	ADD(&seed, WANT4(9, 0), UIP_OP_PASS, U16(0));
	save("uip", "arp", &seed);
}

static void uip_nd(void)
{
	struct seed seed = { 0 };

	ADD(&seed, WANT6(0, 9), ADVERTISE(9), WANT6(1, 9), ADVERTISE(1));
	ADD(&seed, ND(135, 28, 9, 0, 0, 0, 0, IP6(0, 5), 1, 1, THEIR_MAC));
	save("uip", "nd", &seed);
}

/* Router advertisement with MTU and prefix, redirect. */
static void uip_router(void)
{
	struct seed seed = { 0 };

	ADD(&seed, WANT6(0, 9));
	ADD(&seed, ND(134, 56, 1, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, THEIR_MAC,
		      5, 1, 0, 0, 0, 0, 5, 0xdc, 3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 7, 8,
		      0, 0, 0, 0, IP6(0, 0)));
	ADD(&seed, ND(137, 44, 1, 0, 0, 0, 0, IP6(0, 7), IP6(0, 9), 2, 1, THEIR_MAC));
	ADD(&seed, ADVERTISE(9));
	save("uip", "router", &seed);
}

#define LINK_LOCAL(last)	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define PASS3		UIP_OP_PASS, U16(3), 0, 0, 0
/* From a router, with @n bytes of options. */
#define ADVERTISE_ROUTER(n, ...) \
	UIP_OP_REPAIRED, U16(1 + 14 + 40 + 16 + (n)), 0, OUR_MAC, THEIR_MAC, 0x86, 0xdd, \
	0x60, 0, 0, 0, 0, 0, 58, 255, LINK_LOCAL(1), LINK_LOCAL(2), 134, 0, 0, 0, \
	64, 0x80, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, __VA_ARGS__
#define PREFIX(net) \
	3, 4, 64, 0xc0, 0, 0, 0, 60, 0, 0, 0, 30, 0, 0, 0, 0, IP6(net, 0)

static void uip_slaac(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 3, UIP_BY_SLAAC, PASS3);
	ADD(&seed, ADVERTISE_ROUTER(48, PREFIX(0), 5, 1, 0, 0, 0, 0, 5, 0xdc, 1, 1, THEIR_MAC));
	ADD(&seed, PASS3, ADVERTISE_ROUTER(32, PREFIX(1)), WANT6(1, 9));
	ADD(&seed, UIP_OP_PASS, U16(90));
	add(&seed, (const uint8_t[90]){ 0 }, 90);
	save("uip", "slaac", &seed);
}

/* Options without length, longer than the rest, and an echo longer than its packet. */
static void uip_wrong_nd(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 3, UIP_BY_SLAAC);
	ADD(&seed, ADVERTISE_ROUTER(8, 3, 0, 64, 0xc0, 0, 0, 0, 0));
	ADD(&seed, ADVERTISE_ROUTER(8, 3, 4, 64, 0xc0, 0, 0, 0, 0));
	ADD(&seed, ADVERTISE_ROUTER(8, 5, 255, 0, 0, 0, 0, 5, 0xdc));
	ADD(&seed, ADVERTISE_ROUTER(1, 1));
	ADD(&seed, ND(136, 22, 9, 0x60, 0, 0, 0, IP6(0, 9), 2, 0));
	ADD(&seed, UIP_OP_FRAME, U16(1 + 14 + 40 + 8), 0, OUR_MAC, THEIR_MAC, 0x86, 0xdd,
	    0x60, 0, 0, 0, 0xff, 0xff, 58, 255, IP6(0, 9), IP6(0, 5), 128, 0, 0, 0, 0, 1, 0, 1);
	save("uip", "wrong_nd", &seed);
}

/* Somebody has our addresses, or is about to: RFC 5227, RFC 4862. */
static void uip_conflict(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(4), 4, UIP_BY_HAND, 3, UIP_BY_DHCP6);
	ADD(&seed, PASS3, PASS3, ARP(1, 0, 5), PASS3, ARP(1, 0, 5), ARP(2, 0, 5));
	ADD(&seed, ND(135, 20, 9, 0, 0, 0, 0, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x50, 0x54, 0, 0xff,
		      0xfe, 1, 2, 3));
	save("uip", "conflict", &seed);
}

/* A DHCPv6 server's, with @n bytes of options behind both identifiers. */
#define DHCP6(type, n, ...) \
	UIP_OP_REPAIRED, U16(1 + 14 + 40 + 8 + 4 + 20 + (n)), 0, OUR_MAC, THEIR_MAC, 0x86, 0xdd, \
	0x60, 0, 0, 0, 0, 0, 17, 64, LINK_LOCAL(7), LINK_LOCAL(8), 2, 0x23, 2, 0x22, 0, 0, 0, 0, \
	type, 0, 0, 4, 0, 1, 0, 10, 0, 3, 0, 1, OUR_MAC, 0, 2, 0, 2, 0xee, 1, __VA_ARGS__
#define IA_NA(t1, valid) \
	0, 3, 0, 40, 0, 0, 0, 3, 0, 0, 0, t1, 0, 0, 0, t1, \
	0, 5, 0, 24, IP6(0, 77), 0, 0, 0, valid, 0, 0, 0, valid

static void uip_dhcp6(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 3, UIP_BY_DHCP6, PASS3);
	ADD(&seed, DHCP6(2, 49, IA_NA(20, 60), 0, 7, 0, 1, 255), DHCP6(7, 44, IA_NA(20, 60)));
	ADD(&seed, PASS3, UIP_OP_PASS, U16(20));
	add(&seed, (const uint8_t[20]){ 0 }, 20);
	ADD(&seed, DHCP6(7, 44, IA_NA(20, 0)), PASS3);
	ADD(&seed, DHCP6(2, 28, 0, 3, 0, 18, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0, 2, 0, 2,
			 0, 13, 0, 0));
	ADD(&seed, PASS3, UIP_OP_CONFIG, U16(0));
	save("uip", "dhcp6", &seed);
}

/* Lengths that are too short for what they contain, or too long. */
static void uip_wrong_dhcp6(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 3, UIP_BY_DHCP6, PASS3);
	ADD(&seed, DHCP6(2, 8, 0, 3, 0, 4, 0, 0, 0, 3));
	ADD(&seed, DHCP6(2, 24, 0, 3, 0, 20, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 4,
			 0x20, 1, 0x0d, 0xb8));
	ADD(&seed, DHCP6(2, 20, 0, 3, 0, 16, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0xff, 0xff));
	ADD(&seed, DHCP6(2, 5, 0, 13, 0, 1, 0), DHCP6(2, 4, 0, 2, 0, 0));
	ADD(&seed, DHCP6(2, 4, 0, 3, 0xff, 0xff), DHCP6(2, 3, 0, 3, 0));
	save("uip", "wrong_dhcp6", &seed);
}

static void uip_silence(void)
{
	struct seed seed = { 0 };

	ADD(&seed, WANT4(9, 0), WANT6(0, 9), UIP_OP_PASS, U16(5), 0, 0, 0, 0, 0);
	save("uip", "silence", &seed);
}

/* What a server says: in answer to the only transaction that there is (RFC 2131). */
static void add_dhcp(struct seed *seed, uint8_t type)
{
	static const uint8_t names[10 + 64 + 128];

	ADD(seed, UIP_OP_REPAIRED, U16(1 + 14 + 20 + 8 + 240 + 28), 0, OUR_MAC, THEIR_MAC, 8, 0);
	ADD(seed, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, IP4(1), 255, 255, 255, 255);
	ADD(seed, 0, 67, 0, 68, 0, 0, 0, 0);
	ADD(seed, 2, 1, 6, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, IP4(77), IP4(1), 0, 0, 0, 0,
	    OUR_MAC);
	add(seed, names, sizeof(names));
	ADD(seed, 0x63, 0x82, 0x53, 0x63, 53, 1, type, 54, 4, IP4(1), 1, 4, 255, 255, 255, 0,
	    3, 4, IP4(254), 51, 4, 0, 0, 0, 120, 255);
}

/* Options that say more than there is: at the end of a message, and of routes. */
static void uip_wrong_dhcp(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 0, 0);
	add_dhcp(&seed, 2);
	add_dhcp(&seed, 5);
	seed.byte[seed.len - 12] = 0;		/* an address of no bytes */
	seed.byte[seed.len - 6] = 255;		/* a lease of 255 */
	add_dhcp(&seed, 5);
	seed.byte[seed.len - 13] = 121;		/* a route of 10 bits, by three bytes */
	add_dhcp(&seed, 5);
	save("uip", "wrong_dhcp", &seed);
}

/* What was kept, as it was; with another version, too many routes, an end, a prefix. */
static void uip_killed(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 0, 0);
	add_dhcp(&seed, 2);
	add_dhcp(&seed, 5);
	ADD(&seed, UIP_OP_PASS, U16(12), ZERO12);
	ADD(&seed, UIP_OP_KILLED, U16(0));
	add_dhcp(&seed, 5);
	ADD(&seed, UIP_OP_KILLED, U16(3), 0, 0, 2, UIP_OP_KILLED, U16(3), 51, 0, 17);
	ADD(&seed, UIP_OP_KILLED, U16(3), 25, 0, 1, UIP_OP_KILLED, U16(3), 36, 0, 33);
	save("uip", "killed", &seed);
}

static void uip_dhcp(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 0, 0);
	add_dhcp(&seed, 2);
	add_dhcp(&seed, 5);
	ADD(&seed, UIP_OP_PASS, U16(90));
	add(&seed, (const uint8_t[90]){ 0 }, 90);
	ADD(&seed, UIP_OP_CONFIG, U16(0));
	save("uip", "dhcp", &seed);
}

/* --- fuzz_flash ------------------------------------------------------------------- */

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
	save("flash", "life", &seed);
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
	save("flash", "failures", &seed);
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
	save("flash", "hostile", &seed);
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
	save("flash", "records", &seed);
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
	save("flash", "hostile-records", &seed);
}

/* --- fuzz_login ------------------------------------------------------------------ */

static void say(struct seed *seed, uint8_t op, const char *text, size_t len)
{
	ADD(seed, op, U16(len));
	add(seed, text, len);
	ADD(seed, NO_DAMAGE);
}

#define SAY(seed, op, text)	say(seed, op, text, sizeof(text))
#define SAY_NOTHING(seed, op)	say(seed, op, "", 0)

static struct seed login(uint8_t options)
{
	struct seed seed = { 0 };

	ADD(&seed, options);
	return seed;
}

static void login_plain(const char *name, uint8_t options)
{
	struct seed seed = login(options);

	if (options & LOGIN_OPT_SMALL)
		SAY_NOTHING(&seed, LOGIN_STAY);
	if (options & LOGIN_OPT_SMALL)
		SAY_NOTHING(&seed, LOGIN_STAY);
	SAY(&seed, LOGIN_SAY, "AuthMethod=None\0TargetPortalGroupTag=1\0TargetAlias=x");
	SAY(&seed, LOGIN_SAY, "HeaderDigest=None\0DataDigest=None\0MaxConnections=1\0"
	    "InitialR2T=Yes\0ImmediateData=Yes\0MaxRecvDataSegmentLength=65536\0"
	    "MaxBurstLength=65536\0FirstBurstLength=65536\0DefaultTime2Wait=2\0"
	    "DefaultTime2Retain=20\0MaxOutstandingR2T=1\0DataPDUInOrder=Yes\0"
	    "DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0");
	save("login", name, &seed);
}

/* With questions of the target's, and text in pieces. */
static void login_questions(void)
{
	struct seed seed = login(LOGIN_OPT_WISHES);

	SAY(&seed, LOGIN_STAY, "AuthMethod=None");
	SAY(&seed, LOGIN_SAY, "TargetPortalGroupTag=1");
	SAY(&seed, LOGIN_MORE, "HeaderDigest=CRC32C\0DataDigest=None\0MaxConnections=2\0Initi");
	SAY_NOTHING(&seed, LOGIN_MORE);
	SAY(&seed, LOGIN_STAY, "alR2T=No\0ImmediateData=No\0IFMarker=No\0X-what=1,2\0"
	    "TaskReporting=NotUnderstood\0iSCSIProtocolLevel=1\0OFMarkInt=1~2");
	SAY(&seed, LOGIN_STAY, "MaxBurstLength=512\0FirstBurstLength=Irrelevant\0"
	    "DefaultTime2Wait=5\0DefaultTime2Retain=0\0MaxOutstandingR2T=0x4\0"
	    "ErrorRecoveryLevel=Reject");
	SAY_NOTHING(&seed, LOGIN_SAY);
	save("login", "questions", &seed);
}

/* Wishes of its own, and answers that are no values. */
static void login_wishes(const char *name, uint8_t op, const char *text, size_t len)
{
	struct seed seed = login(0);

	SAY(&seed, LOGIN_SAY, "AuthMethod=None\0TargetPortalGroupTag=1");
	say(&seed, op, text, len);
	SAY_NOTHING(&seed, LOGIN_TAKE);
	save("login", name, &seed);
}

static void login_chap(const char *name, uint8_t options)
{
	struct seed seed = login(options);

	SAY(&seed, LOGIN_STAY, "AuthMethod=CHAP\0TargetPortalGroupTag=1");
	SAY(&seed, LOGIN_STAY, "CHAP_A=7\0CHAP_I=17\0CHAP_C=0b/wABAgMEBQYHCAkKCwwNDg==");
	if (options & LOGIN_OPT_MUTUAL)
		SAY(&seed, LOGIN_SAY, "CHAP_N=array\0CHAP_R=0x00112233445566778899aabbccddeeff");
	else
		SAY_NOTHING(&seed, LOGIN_SAY);
	SAY_NOTHING(&seed, LOGIN_TAKE);
	save("login", name, &seed);
}

static void login_elsewhere(void)
{
	struct seed seed = login(LOGIN_OPT_DISCOVERY);

	SAY(&seed, LOGIN_SAY, "AuthMethod=None");
	ADD(&seed, LOGIN_WAIT, 20);
	ADD(&seed, LOGIN_STATUS, U16(0x0101));
	ADD(&seed, U16(32));
	add(&seed, "TargetAddress=[2001:db8::1]:860", 32);
	ADD(&seed, NO_DAMAGE);
	save("login", "elsewhere", &seed);
}

static void login_targets(void)
{
	struct seed seed = login(LOGIN_OPT_TARGETS);

	SAY(&seed, LOGIN_MORE, "TargetName=iqn.2026-01.org.ohba:one\0TargetAddress=10.0.0.1:32");
	SAY(&seed, LOGIN_STAY, "60,1\0TargetAddress=[2001:db8::1]:3260,2");
	SAY(&seed, LOGIN_SAY, "TargetName=eui.02004567A425678D");
	save("login", "targets", &seed);
}

static void login_value(const char *name, const char *value)
{
	struct seed seed = login(LOGIN_OPT_TEXT);

	add(&seed, value, strlen(value));
	save("login", name, &seed);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 2;
	}
	top = argv[1];
	guest_admin();
	guest_login();
	guest_io();
	guest_control();
	guest_targets();
	guest_links();
	guest_close();
	guest_hostile();
	target_data_in("data-in", TARGET_IMMEDIATE, 0);
	target_data_in("data-in-digests", DIGESTS | TARGET_SMALL, 2);
	target_data_in("data-in-bytes", TARGET_HDR_DIGEST, 1);
	target_r2t("r2t", TARGET_INITIAL_R2T | TARGET_SMALL, 0);
	target_r2t("r2t-digests", DIGESTS | TARGET_IMMEDIATE | TARGET_SMALL, 0x12);
	target_r2t("unsolicited", TARGET_IMMEDIATE, 0x10);
	target_control();
	target_reject();
	target_tmf();
	target_tmf_window();
	target_tmf_refused();
	target_rejects();
	target_window();
	login_plain("plain", 0);
	login_plain("discovery", LOGIN_OPT_DISCOVERY);
	login_plain("small", LOGIN_OPT_SMALL);
	login_questions();
	login_wishes("wishes", LOGIN_STAY, "TaskReporting=FastAbort,RFC3720\0iSCSIProtocolLevel=2",
		     sizeof("TaskReporting=FastAbort,RFC3720\0iSCSIProtocolLevel=2"));
	login_wishes("rejects", LOGIN_STAY, "MaxBurstLength=Reject", 22);
	login_wishes("irrelevant", LOGIN_STAY, "HeaderDigest=Irrelevant", 24);
	login_chap("chap", LOGIN_OPT_CHAP);
	login_chap("either", LOGIN_OPT_CHAP | LOGIN_OPT_EITHER | LOGIN_OPT_WISHES);
	login_chap("mutual", LOGIN_OPT_CHAP | LOGIN_OPT_MUTUAL);
	login_elsewhere();
	login_targets();
	login_value("range", "0x10~18446744073709551615");
	login_value("base64", "0bZm9vYmE=");
	login_value("portal", "[fe80::1]:3260,1");
	pdu_stream();
	pdu_edges();
	rules_seeds();
	flash_life();
	flash_failures();
	flash_hostile();
	flash_records();
	flash_hostile_records();
	driver_io();
	driver_small_rings();
	driver_login();
	driver_discovery();
	driver_eh();
	driver_silent();
	driver_life();
	driver_host();
	driver_hostile();
	uip_arp();
	uip_nd();
	uip_router();
	uip_silence();
	uip_dhcp();
	uip_killed();
	uip_wrong_dhcp();
	uip_slaac();
	uip_wrong_nd();
	uip_conflict();
	uip_dhcp6();
	uip_wrong_dhcp6();
	wire_data("data", 0);
	wire_data("data-ipv6", WIRE_IPV6);
	wire_data("data-jumbo", WIRE_JUMBO | WIRE_PRIORITY);
	wire_too_big();
	wire_order();
	wire_window();
	wire_options();
	wire_loss();
	wire_crumbs();
	wire_paths("paths", 0);
	wire_paths("paths-ipv6", WIRE_IPV6 | WIRE_VLAN);
	return 0;
}

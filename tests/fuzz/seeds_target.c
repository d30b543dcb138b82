// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds of fuzz_target (seeds.h). */
#include "seeds.h"
#include "target_ops.h"

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
	seed_save("target", name, &seed);
}

static void target_r2t(const char *name, uint8_t flags, uint8_t cut)
{
	struct seed seed = session(flags, cut);

	ADD(&seed, WRITE_CMD(3000), GOOD, TARGET_SETTLE, GOOD, TARGET_SETTLE, GOOD);
	ADD(&seed, TARGET_SETTLE, GOOD, TARGET_SETTLE);
	ADD(&seed, TARGET_SUBMIT, 0x11, U16(30000), TPDU(TPDU_R2T, 0), TARGET_SETTLE);
	ADD(&seed, TPDU(TPDU_SENSE, 20), TARGET_SETTLE);
	seed_save("target", name, &seed);
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
	seed_save("target", "control", &seed);
}

static void target_reject(void)
{
	struct seed seed = session(DIGESTS, 2);

	ADD(&seed, TARGET_RECV, TARGET_RECV, NO_DATA_CMD, TPDU(TPDU_REJECT, 48), TARGET_SETTLE);
	ADD(&seed, READ_CMD(100), TPDU(TPDU_ASYNC_DROP, 0), TARGET_TIME, 4);
	seed_save("target", "reject", &seed);
}

static void target_tmf(void)
{
	struct seed seed = session(TARGET_IMMEDIATE, 0);

	ADD(&seed, READ_CMD(5000), TPDU(TPDU_DATA_IN, 1000), WRITE_CMD(9000), NO_DATA_CMD);
	ADD(&seed, TARGET_TMF, 0, 0, TPDU(TPDU_TMF_RSP, 0), TARGET_SETTLE);
	ADD(&seed, TARGET_TMF, 4, 0, TPDU(TPDU_TMF_RSP, 0), TARGET_SETTLE);
	ADD(&seed, NO_DATA_CMD, GOOD, TARGET_SETTLE);
	seed_save("target", "tmf", &seed);
}

/* A closed window: what a TMF meets was never sent. */
static void target_tmf_window(void)
{
	struct seed seed = session(TARGET_WINDOW_1, 0);

	ADD(&seed, TARGET_RECV, READ_CMD(600), READ_CMD(600), WRITE_CMD(600), NO_DATA_CMD);
	ADD(&seed, TARGET_TMF, 4, 0, TARGET_TMF, 0, 3, TARGET_TMF, 0, 0);
	ADD(&seed, TPDU(TPDU_REJECT, 48), TARGET_SETTLE, TARGET_PDU, TPDU_TMF_RSP, 1, U16(0), 0,
	    NO_DAMAGE, TPDU(TPDU_WINDOW, 0), TARGET_SETTLE, GOOD, TARGET_SETTLE);
	seed_save("target", "tmf-window", &seed);
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
	seed_save("target", "tmf-refused", &seed);
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
	seed_save("target", "rejects", &seed);
}

static void target_window(void)
{
	struct seed seed = session(TARGET_WINDOW_1 | TARGET_SMALL, 0x12);

	ADD(&seed, READ_CMD(600), READ_CMD(600), WRITE_CMD(700));
	ADD(&seed, GOOD, GOOD, TARGET_SETTLE, GOOD, GOOD, TARGET_SETTLE, GOOD, TARGET_SETTLE);
	ADD(&seed, TARGET_BYTES, 4, 0x21, 0x80, 0, 0, TARGET_END_STREAM, 3, TARGET_SETTLE);
	seed_save("target", "window", &seed);
}

/* The target wants to be left, and is; what comes next is a login of the adapter's. */
static void target_own_logout(void)
{
	struct seed seed = session(TARGET_OWN | TARGET_IMMEDIATE | TARGET_NOPS, 2);

	ADD(&seed, READ_CMD(3000), GOOD, WRITE_CMD(2000), TARGET_SETTLE, GOOD, TARGET_SETTLE);
	ADD(&seed, TARGET_TIME, 3, TPDU(TPDU_NOP_IN, 0), TPDU(TPDU_ASYNC_LOGOUT, 0));
	ADD(&seed, TARGET_SETTLE, TPDU(TPDU_LOGOUT_RSP, 0), TARGET_SETTLE, TARGET_TIME, 5);
	seed_save("target", "own-logout", &seed);
}

static void target_own_drop(void)
{
	struct seed seed = session(TARGET_OWN | DIGESTS | TARGET_SMALL, 0x12);

	ADD(&seed, READ_CMD(600), WRITE_CMD(700), GOOD, GOOD, TARGET_SETTLE, NO_DATA_CMD);
	ADD(&seed, TARGET_TMF, 4, 0, TPDU(TPDU_TMF_RSP, 0), TARGET_SETTLE);
	ADD(&seed, TPDU(TPDU_ASYNC_DROP, 0), TARGET_SETTLE, TARGET_TIME, 4);
	seed_save("target", "own-drop", &seed);
}

static void target_own_reset(void)
{
	struct seed seed = session(TARGET_OWN | TARGET_WINDOW_1, 0);

	ADD(&seed, READ_CMD(600), WRITE_CMD(600), TPDU(TPDU_REJECT, 48), TARGET_SETTLE);
	ADD(&seed, TARGET_BYTES, 4, 0x21, 0x80, 0, 0, TARGET_END_STREAM, 1, TARGET_SETTLE);
	seed_save("target", "own-reset", &seed);
}

void seeds_target(void)
{
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
	target_data_in("own-data-in", TARGET_OWN | TARGET_IMMEDIATE, 0);
	target_data_in("own-data-in-digests", TARGET_OWN | DIGESTS | TARGET_SMALL, 2);
	target_r2t("own-r2t", TARGET_OWN | TARGET_INITIAL_R2T | TARGET_SMALL, 0);
	target_own_logout();
	target_own_drop();
	target_own_reset();
}

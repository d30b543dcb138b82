// SPDX-License-Identifier: GPL-2.0-or-later
/* What a guest may do with targets that the adapter has sessions with by itself (guest.h). */
#include "guest.h"
#include "guest_ops.h"
#include "ohba_admin.h"
#include "ohba_target.h"
#include "ohba_login.h"

#define BHS		48	/* bytes */
#define RECORD_OFF	0x1e000u	/* from GUEST_BASE */
/* For the head and a few records. */
#define DISCOVERY_ROOM	(sizeof(struct ohba_discovery) + 3 * sizeof(struct ohba_discovered))

static const uint8_t opcodes[] = {
	OHBA_ADMIN_TARGET_GET, OHBA_ADMIN_TARGET_SET, OHBA_ADMIN_TARGET_DELETE,
	OHBA_ADMIN_TARGET_LOGIN, OHBA_ADMIN_TARGET_LOGOUT, OHBA_ADMIN_TARGET_STATE,
	OHBA_ADMIN_TARGET_LIST, OHBA_ADMIN_ACCOUNT_GET, OHBA_ADMIN_ACCOUNT_SET,
	OHBA_ADMIN_ACCOUNT_DELETE, OHBA_ADMIN_INITIATOR_GET, OHBA_ADMIN_INITIATOR_SET,
	OHBA_ADMIN_LOGIN_OFFER, OHBA_ADMIN_LOGIN_TAKE, OHBA_ADMIN_LOGIN_SEND,
	OHBA_ADMIN_LOGIN_RECV, OHBA_ADMIN_LOGIN_END,
	OHBA_ADMIN_DISCOVER,
	OHBA_ADMIN_LOG_READ, OHBA_ADMIN_LOG_ERASE, OHBA_ADMIN_LOG_CLOCK, OHBA_ADMIN_FLASH_ERASE,
};
_Static_assert(ARRAY_SIZE(opcodes) == CMD_KINDS - CMD_TARGET_GET, "an opcode for each kind");

static uint8_t login_by(uint32_t choice)
{
	if (!(choice & 0x40))
		return OHBA_LOGIN_BY_EITHER;
	return choice & 4 ? OHBA_LOGIN_BY_HOST : OHBA_LOGIN_BY_ADAPTER;
}

/* A wish for each bit of @choice; 0x80: whenever the adapter is enabled. */
static struct ohba_target record_of(uint32_t index, uint32_t choice)
{
	bool chap = choice & 2;

	return (struct ohba_target){
		.family = choice & 1 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4,
		.login_by = login_by(choice),
		.port = htole16(3260), .addr = { 10, 0, 0, index },
		.name = "iqn.2026-01.fuzz:disk", .isid = { 0x40, [5] = index & 3 },
		.header_digest = choice & 4 ? OHBA_DIGEST_CRC32C : OHBA_DIGEST_NONE,
		.data_digest = OHBA_DIGEST_NONE, .chap_list = htole16(OHBA_CHAP_SHA256),
		.account = htole16(chap ? 0 : OHBA_ACCOUNT_NONE),
		.target_account = htole16(choice & 8 ? 1 : OHBA_ACCOUNT_NONE),
		.max_r2t = htole16(1), .max_recv_dsl = htole32(8192),
		.max_burst = htole32(65536), .first_burst = htole32(16384),
		.timers = { .nop_interval_ms = htole32(choice & 0x10 ? 1000 : 0) },
		.login_ms = htole32(choice & 0x20 ? 100 : 0),
		.flags = htole16(OHBA_TARGET_IMMEDIATE | (choice & 0x80 ? OHBA_TARGET_AUTO : 0) |
				 (choice & 0x40 ? OHBA_TARGET_TPGT : 0)),
	};
}

static struct ohba_account account_of(uint32_t index)
{
	return (struct ohba_account){
		.flags = index & 1 ? OHBA_ACCOUNT_TARGET : 0, .secret_len = htole16(16),
		.name = "fuzz", .secret = { 0x5e, 1, 2, 3, 4, index },
	};
}

static struct ohba_login_result result_of(uint32_t choice)
{
	struct ohba_login_result result = { .outcome = choice % 3 };

	switch (result.outcome) {
	case OHBA_LOGIN_DONE:
		result.params = (struct ohba_session_params){
			.cmdsn = htole32(1), .max_cmdsn = htole32(32),
			.exp_statsn = htole32(0x2002), .max_recv_dsl = htole32(8192),
			.max_xmit_dsl = htole32(8192), .max_burst = htole32(65536),
			.first_burst = htole32(16384), .max_r2t = htole16(1),
			.flags = htole16(choice / 3 & 0xf),
		};
		break;
	case OHBA_LOGIN_MOVED:
		result.family = OHBA_FAMILY_IPV4;
		result.addr[0] = choice & 0x80 ? 127 : 10;
		result.port = htole16(3260);
		break;
	case OHBA_LOGIN_FAILED:
		result.status = htole16(OHBA_ST_LOGIN_REFUSED + choice / 3 % 11);
		result.words[0] = 'a' + choice / 3;
		break;
	}
	return result;
}

static struct ohba_discover discover_of(uint32_t choice)
{
	return (struct ohba_discover){
		.family = choice & 1 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4,
		.port = htole16(3260), .addr = { 10, 0, 0, 1 },
		.account = htole16(choice & 2 ? choice >> 4 : OHBA_ACCOUNT_NONE),
		.timeout_ms = htole32(choice & 4 ? 100 : 0),
	};
}

static void put_record(struct guest *guest, struct ohba_sqe *sqe, const void *data, uint32_t len)
{
	memcpy(guest_at(guest, RECORD_OFF), data, len);
	sqe->nsge = 1;
	sqe->data_len = htole32(len);
	sqe->sge[0] = (struct ohba_sge){ .addr = htole64(GUEST_BASE + RECORD_OFF),
					 .len = htole32(len) };
}

void guest_put_target(struct guest *guest, struct ohba_sqe *sqe, uint32_t kind, uint32_t handle,
		      uint32_t choice)
{
	struct ohba_target target = record_of(handle, choice);
	struct ohba_account account = account_of(handle);
	struct ohba_login_result result = result_of(choice);
	struct ohba_initiator initiator = { .name = "iqn.2026-01.fuzz:us", .alias = "us" };
	struct ohba_discover discover = discover_of(choice);

	sqe->opcode = opcodes[kind - CMD_TARGET_GET];
	if (kind > CMD_LOGIN_OFFER && kind < CMD_DISCOVER)
		sqe->handle = htole32(guest_login_handle(guest) - (handle << 6));
	switch (kind) {
	case CMD_TARGET_SET:
		put_record(guest, sqe, &target, sizeof(target));
		break;
	case CMD_TARGET_LOGOUT:
		sqe->flags = choice & 3;
		break;
	case CMD_ACCOUNT_SET:
		put_record(guest, sqe, &account, sizeof(account));
		break;
	case CMD_ACCOUNT_GET:
		sqe->flags = choice & OHBA_ACCOUNT_SECRET;
		break;
	case CMD_INITIATOR_SET:
		put_record(guest, sqe, &initiator, sizeof(initiator));
		break;
	case CMD_LOGIN_END:
		put_record(guest, sqe, &result, sizeof(result));
		break;
	case CMD_DISCOVER:
		memcpy(sqe->body, &discover, sizeof(discover));
		break;
	case CMD_LOG_READ:
		sqe->body[0] = choice;
		break;
	case CMD_LOG_CLOCK:
		sqe->body[5] = choice;
		break;
	}
}

/* --- a login -------------------------------------------------------------------- */

static const char security[] = "AuthMethod=None\0TargetPortalGroupTag=1";
static const char operational[] =
	"HeaderDigest=None\0DataDigest=None\0MaxConnections=1\0InitialR2T=No\0ImmediateData=Yes\0"
	"MaxRecvDataSegmentLength=8192\0MaxBurstLength=65536\0FirstBurstLength=16384\0"
	"DefaultTime2Wait=0\0DefaultTime2Retain=0\0MaxOutstandingR2T=1\0DataPDUInOrder=Yes\0"
	"DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0";

/* A discovery offers less than an entry wishes (RFC 7143 section 13). */
static const char of_discovery[] =
	"HeaderDigest=None\0DataDigest=None\0DefaultTime2Wait=2\0DefaultTime2Retain=20\0"
	"ErrorRecoveryLevel=0\0MaxRecvDataSegmentLength=8192";

static void put_answer(struct guest *guest, struct guest_wire *w, uint8_t bhs[BHS],
		       const void *text, uint32_t len)
{
	static const uint8_t zero[3];

	put_be24(bhs, 5, len);
	put_be32(bhs, 16, w->itt[(w->nitts - 1) % ARRAY_SIZE(w->itt)]);
	put_be32(bhs, 24, w->statsn++);
	put_be32(bhs, 28, w->cmdsn);
	put_be32(bhs, 32, w->cmdsn + 31);
	wire_put(w->wire, bhs, BHS);
	wire_put(w->wire, text, len);
	wire_put(w->wire, zero, -len & 3);
	guest_settle(guest);
}

static void answer(struct guest *guest, struct guest_wire *w, uint8_t flags, const void *text,
		   uint32_t len)
{
	uint8_t bhs[BHS] = { 0x23, flags, [15] = flags == 0x87 };

	memcpy(bhs + 8, w->isid, sizeof(w->isid));
	put_answer(guest, w, bhs, text, len);
}

/* For what it does not look at. */
static void put_room(struct ohba_sqe *sqe, uint32_t len)
{
	sqe->nsge = 1;
	sqe->data_len = htole32(len);
	sqe->sge[0] = (struct ohba_sge){ .addr = htole64(GUEST_DATA), .len = htole32(len) };
}

static void submit(struct guest *guest, uint32_t kind, uint32_t index, uint32_t choice)
{
	struct ohba_sqe sqe = { .handle = htole32(index) };

	guest_put_target(guest, &sqe, kind, index, choice);
	if (kind == CMD_DISCOVER)
		put_room(&sqe, DISCOVERY_ROOM);
	guest_submit(guest, OHBA_QID_ADMIN, &sqe);
	guest_settle(guest);
	guest_reap(guest);
}

void guest_put_request(struct ohba_sqe *sqe, uint8_t flags, uint32_t len)
{
	uint8_t *bhs = sqe->body;

	bhs[0] = 0x43;
	bhs[1] = flags;
	put_be24(bhs, 5, len);
	put_be32(bhs, 24, 1);
}

/* TARGET_STATE tells the handle. */
static void note_session(struct guest *guest, uint32_t index)
{
	struct ohba_sqe sqe = { .opcode = OHBA_ADMIN_TARGET_STATE, .handle = htole32(index) };
	struct ohba_target_state state = { 0 };

	put_record(guest, &sqe, &state, sizeof(state));
	guest_submit(guest, OHBA_QID_ADMIN, &sqe);
	guest_settle(guest);
	guest_reap(guest);
	memcpy(&state, guest_at(guest, RECORD_OFF), sizeof(state));
	guest->session[index % GUEST_CONNS] = le32toh(state.session);
}

/* The command connects: the login is answered. Return: the connection, NULL if none came. */
static struct guest_wire *let_in(struct guest *guest, uint32_t kind, uint32_t index,
				 uint32_t choice)
{
	unsigned int before = guest->nwires;
	struct guest_wire *w;

	submit(guest, kind, index, choice);
	if (guest->nwires == before)
		return NULL;
	w = &guest->wire[guest->nwires - 1];
	if (w->wire->closed)
		return NULL;
	wire_answer(w->wire, OHBA_ST_SUCCESS);
	guest_settle(guest);
	answer(guest, w, 0x81, security, sizeof(security));
	if (kind == CMD_DISCOVER)
		answer(guest, w, 0x87, of_discovery, sizeof(of_discovery));
	else
		answer(guest, w, 0x87, operational, sizeof(operational));
	return w;
}

void guest_own_login(struct guest *guest, uint32_t index, uint32_t choice)
{
	submit(guest, CMD_TARGET_SET, index, choice);
	if (let_in(guest, CMD_TARGET_LOGIN, index, 0))
		note_session(guest, index);
}

/* A part of the list that the input has. */
static void list(struct guest *guest, struct guest_wire *w, struct input *in)
{
	uint8_t flags = input_u8(in) & 0xc0, text[255];
	uint8_t bhs[BHS] = { 0x24, flags };
	size_t len = input_bytes(in, text, input_u8(in));

	if (!w || w->wire->closed)
		return;
	put_be32(bhs, 20, flags & 0x80 ? 0xffffffff : 0x7e47);
	put_answer(guest, w, bhs, text, len);
}

void guest_own_discovery(struct guest *guest, struct input *in)
{
	struct guest_wire *w = let_in(guest, CMD_DISCOVER, 0, input_u8(in));
	unsigned int n = input_u8(in) % 16;

	/* Also if there is nobody to tell it: what follows is to keep its meaning. */
	while (n--)
		list(guest, w, in);
	guest_reap(guest);
}

static void exchange(struct guest *guest, struct guest_wire *w, uint8_t flags,
		     const void *text, uint32_t len)
{
	struct ohba_sqe sqe = { 0 };

	guest_put_target(guest, &sqe, CMD_OWN_SEND, 0, 0);
	guest_put_request(&sqe, flags, 0);
	guest_submit(guest, OHBA_QID_ADMIN, &sqe);
	guest_settle(guest);
	memset(&sqe, 0, sizeof(sqe));
	guest_put_target(guest, &sqe, CMD_OWN_RECV, 0, 0);
	put_room(&sqe, OHBA_PDU_RECV_MIN);
	guest_submit(guest, OHBA_QID_ADMIN, &sqe);
	answer(guest, w, flags, text, len);
	guest_reap(guest);
}

void guest_host_login(struct guest *guest, uint32_t index, uint32_t choice)
{
	unsigned int before = guest->nwires;
	struct ohba_sqe sqe = { 0 };
	struct guest_wire *w;

	submit(guest, CMD_LOGIN_OFFER, 1, 0);
	submit(guest, CMD_TARGET_SET, index, choice);
	submit(guest, CMD_TARGET_LOGIN, index, 0);
	if (guest->nwires == before)
		return;
	w = &guest->wire[guest->nwires - 1];
	if (w->wire->closed)
		return;
	wire_answer(w->wire, OHBA_ST_SUCCESS);
	guest_settle(guest);
	guest_put_target(guest, &sqe, CMD_LOGIN_TAKE, 0, 0);
	put_room(&sqe, sizeof(struct ohba_login_task));
	guest_submit(guest, OHBA_QID_ADMIN, &sqe);
	guest_settle(guest);
	exchange(guest, w, 0x81, security, sizeof(security));
	exchange(guest, w, 0x87, operational, sizeof(operational));
}

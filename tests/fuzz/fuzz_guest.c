// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile guest, with a network that does as the input says: registers, rings,
 * doorbells, commands and memory in any order (guest_ops.h), against a whole
 * adapter. What must hold is in guest.h.
 */
#include "guest.h"
#include "guest_ops.h"

#include <errno.h>

#define OPS_MAX		200		/* of one input */
#define DELIVER_MAX	(64u << 10)	/* bytes waiting in one connection */
#define LIST_OFF	0x18000u	/* scatter-gather lists, from GUEST_BASE */
#define PARAMS_OFF	0x1c000u
#define CDB_OFF		0x1d000u

/* --- commands ------------------------------------------------------------------- */

static struct ohba_sge sge(uint64_t addr, uint32_t len, uint32_t type)
{
	return (struct ohba_sge){ .addr = htole64(addr), .len = htole32(len),
				  .type = htole32(type) };
}

/* A list of @n pieces of the data area; its address. */
static uint64_t put_list(struct guest *guest, uint32_t at, uint32_t n, uint32_t len)
{
	struct ohba_sge *list = (void *)guest_at(guest, LIST_OFF + at);
	uint32_t i;

	for (i = 0; i < n; i++)
		list[i] = sge(GUEST_DATA + i * 0x333 % 0x8000, MAX(len / n + 1, 1u),
			      OHBA_SGE_DATA);
	return GUEST_BASE + LIST_OFF + at;
}

static void put_list_of_lists(struct guest *guest, struct ohba_sqe *sqe, uint32_t len)
{
	struct ohba_sge *last;
	uint64_t addr = put_list(guest, 0, 8, len);

	last = (void *)guest_at(guest, LIST_OFF + 7 * sizeof(*last));
	*last = sge(put_list(guest, 0x400, 8, len), 8 * sizeof(*last), OHBA_SGE_LIST);
	sqe->nsge = 1;
	sqe->sge[0] = sge(addr, 8 * sizeof(*last), OHBA_SGE_LIST);
}

/* A list that ends in itself: with an element of data in each round, or with none. */
static void put_loop(struct guest *guest, struct ohba_sqe *sqe, uint32_t len)
{
	uint32_t n = len & 1 ? 1 : 2;
	uint64_t addr = put_list(guest, 0, n, 1);
	struct ohba_sge *last = (void *)guest_at(guest, LIST_OFF + (n - 1) * sizeof(*last));

	*last = sge(addr, n * sizeof(*last), OHBA_SGE_LIST);
	sqe->nsge = 1;
	sqe->sge[0] = *last;
}

static void put_data(struct guest *guest, struct ohba_sqe *sqe, uint32_t layout, uint32_t len)
{
	uint32_t i;

	sqe->data_len = htole32(len);
	sqe->nsge = 1;
	switch (layout % SGL_LAYOUTS) {
	case SGL_ONE:
		sqe->sge[0] = sge(GUEST_DATA, MAX(len, 1u), OHBA_SGE_DATA);
		break;
	case SGL_FOUR:
		sqe->nsge = 4;
		for (i = 0; i < 4; i++)
			sqe->sge[i] = sge(GUEST_DATA + 0x1001 * i, len / 4 + 1, OHBA_SGE_DATA);
		break;
	case SGL_LIST:
		sqe->sge[0] = sge(put_list(guest, 0, 32, len), 32 * 16, OHBA_SGE_LIST);
		break;
	case SGL_LIST_OF_LISTS:
		put_list_of_lists(guest, sqe, len);
		break;
	case SGL_LOOP:
		put_loop(guest, sqe, len);
		break;
	case SGL_NOWHERE:
		sqe->sge[0] = sge(0x1000, MAX(len, 1u), OHBA_SGE_DATA);
		break;
	case SGL_END_OF_RAM:
		sqe->sge[0] = sge(GUEST_BASE + GUEST_RAM - len / 2, MAX(len, 1u), OHBA_SGE_DATA);
		break;
	case SGL_RINGS:
		sqe->sge[0] = sge(GUEST_BASE, MAX(len, 1u), OHBA_SGE_DATA);
		break;
	default:
		sqe->nsge = 0;
		sqe->data_len = 0;
	}
}

static void put_create(struct guest *guest, struct ohba_sqe *sqe, uint32_t qid)
{
	const struct guest_ring *ring = &guest->ring[qid % (GUEST_QUEUES + 1)];
	struct ohba_queue_create create = {
		.ctl = htole64(ring->ctl_addr), .sq = htole64(ring->sq_addr),
		.cq = htole64(ring->cq_addr), .sq_size = htole32(GUEST_QSIZE),
		.cq_size = htole32(GUEST_QSIZE), .vector = htole32(1),
	};

	memcpy(sqe->body, &create, sizeof(create));
}

static void put_open(struct ohba_sqe *sqe, uint32_t cid)
{
	struct ohba_conn_open open = {
		.family = cid & 1 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4,
		.port = htole16(3260), .addr = { 10, 0, 0, 2 }, .cookie = htole64(cid),
	};

	memcpy(sqe->body, &open, sizeof(open));
}

static void put_params(struct guest *guest, struct ohba_sqe *sqe, uint32_t choice)
{
	struct ohba_session_params params = {
		.cmdsn = htole32(0x1000), .max_cmdsn = htole32(0x1000 + 31),
		.exp_statsn = htole32(0x2000), .max_recv_dsl = htole32(65536),
		.max_xmit_dsl = htole32(8192), .max_burst = htole32(65536),
		.first_burst = htole32(16384), .max_r2t = htole16(4),
		.flags = htole16(choice & 0x1f),
		.timers = { .nop_interval_ms = htole32(choice & 0x20 ? 1000 : 0) },
	};

	memcpy(guest_at(guest, PARAMS_OFF), &params, sizeof(params));
	sqe->nsge = 1;
	sqe->data_len = htole32(sizeof(params));
	sqe->sge[0] = sge(GUEST_BASE + PARAMS_OFF, sizeof(params), OHBA_SGE_DATA);
}

static void put_bhs(struct ohba_sqe *sqe, uint8_t opcode, uint8_t flags, uint32_t len)
{
	sqe->body[0] = opcode;
	sqe->body[1] = flags;
	put_be24(sqe->body, 5, len);
	put_be32(sqe->body, 16, 0x12345678);
	put_be32(sqe->body, 20, RESERVED_TAG);
}

static void put_scsi(struct ohba_sqe *sqe, uint16_t cdb_len)
{
	struct ohba_io_scsi scsi = { .lun = { 0, 1 }, .cdb = { 0x28 },
				     .cdb_len = htole16(cdb_len), .attr = OHBA_ATTR_SIMPLE };

	if (cdb_len > OHBA_CDB_INLINE)
		scsi.cdb_ext = htole64(GUEST_BASE + CDB_OFF);
	memcpy(sqe->body, &scsi, sizeof(scsi));
}

/* What a command needs besides handle, tag and data. */
static void put_command(struct guest *guest, struct ohba_sqe *sqe, uint32_t kind,
			uint32_t handle, uint32_t choice, uint32_t len)
{
	static const uint8_t opcode[CMD_RAW + 1] = {
		OHBA_ADMIN_IDENTIFY, OHBA_ADMIN_HOST_SETUP, OHBA_ADMIN_QUEUE_CREATE,
		OHBA_ADMIN_QUEUE_DELETE, OHBA_ADMIN_PORT_GET, OHBA_ADMIN_STATS_GET,
		OHBA_ADMIN_CONN_OPEN, OHBA_ADMIN_CONN_CLOSE, OHBA_ADMIN_CONN_INFO,
		OHBA_ADMIN_PDU_SEND, OHBA_ADMIN_PDU_SEND, OHBA_ADMIN_PDU_SEND,
		OHBA_ADMIN_PDU_SEND, OHBA_ADMIN_PDU_RECV, OHBA_ADMIN_SESSION_START,
		OHBA_ADMIN_SESSION_TIMERS, OHBA_ADMIN_TMF, OHBA_IO_SCSI, OHBA_IO_SCSI,
		OHBA_IO_SCSI, OHBA_IO_SCSI, 0,
	};

	if (kind > CMD_RAW) {
		guest_put_target(guest, sqe, kind, handle, choice);
		if (kind == CMD_OWN_SEND)
			guest_put_request(sqe, choice, len);
		return;
	}
	sqe->opcode = opcode[kind];
	switch (kind) {
	case CMD_QUEUE_CREATE:
		put_create(guest, sqe, handle);
		break;
	case CMD_STATS_GET:
		sqe->body[0] = 1 + choice % 3;
		break;
	case CMD_CONN_OPEN:
		put_open(sqe, handle);
		break;
	case CMD_CONN_CLOSE:
		sqe->flags = choice & OHBA_CONN_CLOSE_ABORT;
		break;
	case CMD_LOGIN_SEND:
		put_bhs(sqe, 0x43, 0x87, len);
		break;
	case CMD_NOP_SEND:
		put_bhs(sqe, choice & 1 ? 0x40 : 0x00, 0x80, len);
		break;
	case CMD_TEXT_SEND:
		put_bhs(sqe, choice & 1 ? 0x44 : 0x04, 0x80, len);
		break;
	case CMD_LOGOUT_SEND:
		put_bhs(sqe, choice & 1 ? 0x46 : 0x06, 0x80, len);
		break;
	case CMD_SESSION_START:
		put_params(guest, sqe, choice);
		sqe->tag = htole32(GUEST_TAG_SESSION(handle));
		break;
	case CMD_TMF:
		sqe->body[0] = 1 + choice % 7;
		sqe->body[4] = choice / 7 % GUEST_TAGS;	/* ref_tag */
		sqe->body[9] = 1;			/* LUN */
		break;
	case CMD_READ:
	case CMD_LONG_CDB:
		sqe->flags = OHBA_IO_READ;
		put_scsi(sqe, kind == CMD_READ ? 16 : 17 + choice);
		break;
	case CMD_WRITE:
		sqe->flags = OHBA_IO_WRITE;
		put_scsi(sqe, 16);
		break;
	case CMD_NO_DATA:
		put_scsi(sqe, 6);
		break;
	}
}

/* Whether the handle is that of a session. */
static bool of_session(uint32_t kind)
{
	return kind >= CMD_SESSION_TIMERS && kind < CMD_RAW;
}

static bool has_data(uint32_t kind)
{
	static const uint64_t none = 1ull << CMD_TARGET_SET | 1ull << CMD_TARGET_DELETE |
		1ull << CMD_TARGET_LOGIN | 1ull << CMD_TARGET_LOGOUT | 1ull << CMD_ACCOUNT_SET |
		1ull << CMD_ACCOUNT_DELETE | 1ull << CMD_INITIATOR_SET |
		1ull << CMD_LOGIN_OFFER | 1ull << CMD_LOGIN_END |
		1ull << CMD_LOG_ERASE | 1ull << CMD_LOG_CLOCK | 1ull << CMD_FLASH_ERASE |
		1u << CMD_HOST_SETUP | 1u << CMD_QUEUE_CREATE |
		1u << CMD_QUEUE_DELETE | 1u << CMD_CONN_OPEN | 1u << CMD_CONN_CLOSE |
		1u << CMD_SESSION_START | 1u << CMD_SESSION_TIMERS | 1u << CMD_TMF |
		1u << CMD_NO_DATA;

	return !(none >> kind & 1);
}

static struct ohba_sqe make_command(struct guest *guest, struct input *in)
{
	struct ohba_sqe sqe = { 0 };
	uint32_t kind = input_u8(in) % CMD_KINDS;
	uint32_t handle, choice, layout, len;

	if (kind == CMD_RAW) {
		input_bytes(in, &sqe, sizeof(sqe));
		return sqe;
	}
	handle = input_u8(in) % 5;
	choice = input_u8(in);
	layout = input_u8(in);
	len = input_u16(in);
	sqe.handle = htole32(of_session(kind) ? guest->session[handle % GUEST_CONNS] : handle);
	sqe.tag = htole32(choice % (GUEST_TAGS + 1));
	put_command(guest, &sqe, kind, handle, choice, len);
	if (has_data(kind))
		put_data(guest, &sqe, layout, len);
	input_damage(in, &sqe, sizeof(sqe));
	return sqe;
}

static void op_submit(struct guest *guest, struct input *in)
{
	uint32_t qid = input_u8(in) % (GUEST_QUEUES + 1);
	struct ohba_sqe sqe = make_command(guest, in);

	guest_submit(guest, qid, &sqe);
}

/* --- memory and registers -------------------------------------------------------------- */

static void op_poke(struct guest *guest, struct input *in)
{
	uint32_t off = input_u16(in) * 2u;
	uint8_t bytes[255];
	size_t n = input_bytes(in, bytes, input_u8(in)), i;

	for (i = 0; i < n; i++)
		*guest_at(guest, off + i) = bytes[i];
}

static void op_index(struct guest *guest, struct input *in)
{
	uint32_t qid = input_u8(in) % (GUEST_QUEUES + 2);
	uint32_t field = input_u8(in) % 6;
	int8_t move = input_u8(in);
	static const uint8_t place[] = {
		offsetof(struct ohba_qctl, sq_tail), offsetof(struct ohba_qctl, cq_head),
		offsetof(struct ohba_qctl, cq_event), offsetof(struct ohba_qctl, sq_head),
		offsetof(struct ohba_qctl, sq_event), offsetof(struct ohba_qctl, rsvd0),
	};
	uint32_t off = (qid <= GUEST_QUEUES ? qid * 128 : 0x800) + place[field];
	uint32_t val;

	memcpy(&val, guest_at(guest, off), sizeof(val));
	/* Small steps are plausible ones; at either end they become wild. */
	val = htole32(le32toh(val) + (move == -128 ? 0x80000000u : (uint32_t)move));
	memcpy(guest_at(guest, off), &val, sizeof(val));
}

static void op_reg_write(struct guest *guest, struct input *in)
{
	static const uint16_t regs[] = {
		OHBA_REG_CTRL, OHBA_REG_STATUS, OHBA_REG_ADMIN_CTL, OHBA_REG_ADMIN_CTL + 4,
		OHBA_REG_ADMIN_SQ, OHBA_REG_ADMIN_SQ + 4, OHBA_REG_ADMIN_CQ,
		OHBA_REG_ADMIN_CQ + 4, OHBA_REG_ADMIN_SIZE, OHBA_REG_EVENT_CTL,
		OHBA_REG_EVENT_CTL + 4, OHBA_REG_EVENT_CQ, OHBA_REG_EVENT_CQ + 4,
		OHBA_REG_EVENT_SIZE,
	};
	uint32_t reg = input_u8(in) % (ARRAY_SIZE(regs) + 1);

	reg = reg < ARRAY_SIZE(regs) ? regs[reg] : input_u16(in) & ~3u;
	ohba_fw_reg_write(guest->fw, reg, input_u32(in));
}

static void op_time(struct guest *guest, struct input *in)
{
	static const uint32_t ms[] = { 1, 10, 250, 1000, 2000, 5000, 15000, 60000 };

	guest_advance(guest, ms[input_u8(in) % ARRAY_SIZE(ms)] * MS);
}

/* --- the network ------------------------------------------------------------------------- */

/* A connection as the input names it: the newest is 0. */
static struct guest_wire *pick_wire(struct guest *guest, struct input *in)
{
	uint32_t back = input_u8(in);

	return guest->nwires ? &guest->wire[guest->nwires - 1 - back % guest->nwires] : NULL;
}

static void op_answer(struct guest *guest, struct input *in)
{
	struct guest_wire *w = pick_wire(guest, in);
	static const uint16_t status[] = {
		OHBA_ST_SUCCESS, OHBA_ST_SUCCESS, OHBA_ST_SUCCESS, OHBA_ST_CONN_REFUSED,
		OHBA_ST_HOST_UNREACH,
	};
	uint16_t answer = status[input_u8(in) % ARRAY_SIZE(status)];

	if (w && !w->wire->connected && !w->wire->closed)
		wire_answer(w->wire, answer);
}

struct pdu_kind {
	uint8_t opcode, flags;
	bool statsn;		/* consumes one */
	bool itt;		/* answers somebody */
};

static const struct pdu_kind pdu_kinds[PDU_KINDS] = {
	[PDU_LOGIN_RSP] = { 0x23, 0x04, true, true },
	[PDU_LOGIN_FINAL] = { 0x23, 0x87, true, true },
	[PDU_SCSI_RSP] = { 0x21, 0x80, true, true },
	[PDU_SENSE] = { 0x21, 0x80, true, true },
	[PDU_DATA_IN] = { 0x25, 0x00, false, true },
	[PDU_DATA_IN_STATUS] = { 0x25, 0x81, true, true },
	[PDU_R2T] = { 0x31, 0x80, false, true },
	[PDU_NOP_IN] = { 0x20, 0x80, true, true },
	[PDU_PING] = { 0x20, 0x80, false, false },
	[PDU_TEXT_RSP] = { 0x24, 0x80, true, true },
	[PDU_LOGOUT_RSP] = { 0x26, 0x80, true, true },
	[PDU_TMF_RSP] = { 0x22, 0x80, true, true },
	[PDU_ASYNC] = { 0x32, 0x80, true, false },
	[PDU_REJECT] = { 0x3f, 0x80, true, false },
};

static void fill_pdu(struct guest_wire *w, uint32_t kind, uint32_t itt, uint8_t *bhs)
{
	const struct pdu_kind *k = &pdu_kinds[kind];

	bhs[0] = k->opcode;
	bhs[1] = k->flags;
	put_be32(bhs, 16, k->itt ? itt : RESERVED_TAG);
	put_be32(bhs, 20, kind == PDU_R2T || kind == PDU_PING ? 0x77 : RESERVED_TAG);
	put_be32(bhs, 24, w->statsn);
	put_be32(bhs, 28, w->cmdsn);
	put_be32(bhs, 32, w->cmdsn + 31);
	if (kind == PDU_R2T)
		put_be32(bhs, 44, 4096);
	if (kind == PDU_SENSE)
		bhs[3] = 2;	/* CHECK CONDITION */
	w->statsn += k->statsn;
}

static void op_pdu(struct guest *guest, struct input *in)
{
	struct guest_wire *w = pick_wire(guest, in);
	uint32_t kind = input_u8(in) % PDU_KINDS;
	uint8_t which = input_u8(in);
	uint32_t len = input_u16(in);
	uint8_t bhs[48] = { 0 }, *data;

	if (!w || wire_unread(w->wire) > DELIVER_MAX)
		return;
	if (w->wire->in_cut == CUT_ONE)
		len %= 256;
	fill_pdu(w, kind, w->itt[(w->nitts - 1 - which) % ARRAY_SIZE(w->itt)], bhs);
	put_be24(bhs, 5, len);
	input_damage(in, bhs, sizeof(bhs));
	wire_put(w->wire, bhs, sizeof(bhs));
	data = calloc(1, len + 4);
	if (kind == PDU_SENSE && len > 2)
		put_be16(data, 0, len - 2);
	wire_put(w->wire, data, (len + 3) & ~3u);
	free(data);
}

static void op_bytes(struct guest *guest, struct input *in)
{
	struct guest_wire *w = pick_wire(guest, in);
	uint8_t bytes[255];
	size_t n = input_bytes(in, bytes, input_u8(in));

	if (w && wire_unread(w->wire) < DELIVER_MAX)
		wire_put(w->wire, bytes, n);
}

static void op_end_stream(struct guest *guest, struct input *in)
{
	struct guest_wire *w = pick_wire(guest, in);
	uint8_t how = input_u8(in);

	if (!w)
		return;
	if (how & 1)
		wire_error(w->wire, how & 2 ? ECONNRESET : ETIMEDOUT);
	else
		wire_fin(w->wire);
}

static void op_cut(struct guest *guest, struct input *in)
{
	struct guest_wire *w = pick_wire(guest, in);
	uint8_t how = input_u8(in);
	/* Not a byte a turn on the way out: 8 MiB are 8 million turns. */
	static const enum cut out[] = { CUT_NONE, CUT_RANDOM, CUT_BLOCKED };

	if (w)
		wire_cut(w->wire, (how & 15) % (CUT_BLOCKED + 1), out[(how >> 4) % 3]);
}

/* --- short cuts to where it gets interesting ------------------------------------------------ */

static void op_login(struct guest *guest, struct input *in)
{
	uint32_t cid = input_u8(in) % GUEST_CONNS;
	uint8_t choice = input_u8(in);
	struct ohba_sqe open = { .opcode = OHBA_ADMIN_CONN_OPEN, .handle = htole32(cid) };
	struct ohba_sqe start = { .handle = htole32(cid) };
	unsigned int before = guest->nwires;

	put_open(&open, cid);
	guest_submit(guest, OHBA_QID_ADMIN, &open);
	guest_settle(guest);
	if (guest->nwires == before)
		return;
	wire_answer(guest->wire[before].wire, OHBA_ST_SUCCESS);
	guest_settle(guest);
	put_command(guest, &start, CMD_SESSION_START, cid, choice, 0);
	guest_submit(guest, OHBA_QID_ADMIN, &start);
	guest_settle(guest);
	guest_reap(guest);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void nobody_waits(void *arg)
{
	(void)arg;
}

static void run_op(struct guest *guest, struct input *in)
{
	uint32_t index;

	switch (input_u8(in) % GUEST_OPS) {
	case GUEST_SETTLE:
		guest_settle(guest);
		break;
	case GUEST_BRING_UP:
		guest_bring_up(guest);
		break;
	case GUEST_SUBMIT:
		op_submit(guest, in);
		break;
	case GUEST_POKE:
		op_poke(guest, in);
		break;
	case GUEST_INDEX:
		op_index(guest, in);
		break;
	case GUEST_DOORBELL:
		ohba_fw_reg_write(guest->fw, OHBA_REG_DOORBELL(input_u8(in)), 1);
		break;
	case GUEST_REG_WRITE:
		op_reg_write(guest, in);
		break;
	case GUEST_REG_READ:
		ohba_fw_reg_read(guest->fw, input_u16(in) & ~3u);
		break;
	case GUEST_TIME:
		op_time(guest, in);
		break;
	case GUEST_REAP:
		guest_reap(guest);
		break;
	case GUEST_ANSWER:
		op_answer(guest, in);
		break;
	case GUEST_PDU:
		op_pdu(guest, in);
		break;
	case GUEST_BYTES:
		op_bytes(guest, in);
		break;
	case GUEST_END_STREAM:
		op_end_stream(guest, in);
		break;
	case GUEST_RESET:
		guest_reset(guest);
		break;
	case GUEST_BUS_LOST:
		ohba_fw_bus_lost(guest->fw, nobody_waits, NULL);
		break;
	case GUEST_CUT:
		op_cut(guest, in);
		break;
	case GUEST_FRAGMENT:
		guest->fragment = input_u16(in);
		break;
	case GUEST_LINK:
		target_link(guest->target, input_u8(in) & 1, 10000, 1500);
		break;
	case GUEST_TURN:
		guest_turn(guest);
		break;
	case GUEST_LOGIN:
		op_login(guest, in);
		break;
	case GUEST_OWN_LOGIN:
		index = input_u8(in) % GUEST_TARGETS;
		guest_own_login(guest, index, input_u8(in));
		break;
	case GUEST_HOST_LOGIN:
		index = input_u8(in) % GUEST_TARGETS;
		guest_host_login(guest, index, input_u8(in));
		break;
	case GUEST_DISCOVERY:
		guest_own_discovery(guest, in);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { .pos = data, .end = data + len };
	struct guest *guest = guest_new();
	unsigned int ops;

	for (ops = 0; input_more(&in) && ops < OPS_MAX; ops++)
		run_op(guest, &in);
	guest_end(guest);
	return 0;
}

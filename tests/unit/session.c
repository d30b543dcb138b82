// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections, sessions and SCSI commands from both ends (session.h). */
#include "session.h"

#include <netinet/in.h>

#define XMIT_MAX	(256u << 10)	/* the firmware's own longest data segment */

const struct opts opts_default = {
	.flags = OHBA_SESSION_INITIAL_R2T | OHBA_SESSION_IMMEDIATE_DATA,
	.max_recv_dsl = 65536,
	.max_xmit_dsl = 8192,
	.max_burst = 65536,
	.first_burst = 8192,
	.max_r2t = 1,
	.cmdsn = 0x1000,
	.statsn = 0x2000,
	.window = 64,
};

/* --- connections -------------------------------------------------------------- */

struct ohba_sqe sqe_conn_open(uint32_t cid)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_OPEN, cid);
	struct ohba_conn_open open = {
		.family = OHBA_FAMILY_IPV4,
		.port = htole16(3260),
		.addr = { 10, 0, 0, 2 },
		.cookie = htole64(COOKIE(cid)),
	};

	memcpy(sqe.body, &open, sizeof(open));
	return sqe;
}

uint32_t conn_open_start(struct host *host, uint32_t cid)
{
	struct ohba_sqe sqe = sqe_conn_open(cid);
	uint32_t tag = host_admin_start(host, &sqe);

	host_settle(host);
	return tag;
}

struct wire *conn_open(struct host *host, uint32_t cid)
{
	uint32_t tag = conn_open_start(host, cid);
	struct wire *wire = target_connecting(host->target);
	struct ohba_cqe cqe;

	wire_answer(wire, OHBA_ST_SUCCESS);
	cqe = host_expect(host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	return wire;
}

void conn_close(struct host *host, uint32_t cid, uint8_t flags)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_CLOSE, cid);

	sqe.flags = flags;
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
}

uint8_t conn_phase(struct host *host, uint32_t cid)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_INFO, cid);
	uint64_t addr = mem_alloc(host->mem, sizeof(struct ohba_conn_info), MEM_IN);
	struct ohba_conn_info *info = mem_ptr(host->mem, addr);

	sqe_data(&sqe, addr, sizeof(*info));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	mem_retire(host->mem, addr);
	return info->state;
}

void expect_lost(struct host *host, uint32_t cid, uint16_t reason, uint8_t opcode)
{
	struct ohba_event event = host_event(host, OHBA_EVENT_CONN_LOST);

	if (le16toh(event.reason) != reason)
		fail_msg("connection lost for %s, expected %s",
			 status_name(le16toh(event.reason)), status_name(reason));
	assert_int_equal(le32toh(event.handle), cid);
	assert_int_equal(le64toh(event.cookie), COOKIE(cid));
	assert_int_equal(le32toh(event.detail[0]), opcode);
	host_no_event(host);
}

/* --- sessions ----------------------------------------------------------------- */

struct ohba_session_params params_of(const struct opts *opts)
{
	struct ohba_session_params params = {
		.cmdsn = htole32(opts->cmdsn),
		.max_cmdsn = htole32(opts->cmdsn + opts->window - 1),
		.exp_statsn = htole32(opts->statsn),
		.max_recv_dsl = htole32(opts->max_recv_dsl),
		.max_xmit_dsl = htole32(opts->max_xmit_dsl),
		.max_burst = htole32(opts->max_burst),
		.first_burst = htole32(opts->first_burst),
		.max_r2t = htole16(opts->max_r2t),
		.flags = htole16(opts->flags),
		.timers = {
			.nop_interval_ms = htole32(opts->nop_interval_ms),
			.nop_timeout_ms = htole32(opts->nop_timeout_ms),
		},
	};

	return params;
}

struct ohba_cqe session_start(struct host *host, uint32_t cid,
			      const struct ohba_session_params *params)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_SESSION_START, cid);
	uint64_t addr = mem_alloc(host->mem, sizeof(*params), MEM_OUT);
	struct ohba_cqe cqe;

	memcpy(mem_ptr(host->mem, addr), params, sizeof(*params));
	sqe_data(&sqe, addr, sizeof(*params));
	cqe = host_admin(host, &sqe);
	mem_retire(host->mem, addr);
	return cqe;
}

void session_open(struct session *s, struct host *host, uint32_t cid, const struct opts *opts)
{
	struct ohba_session_params params = params_of(opts);
	struct ohba_cqe cqe;

	*s = (struct session){
		.host = host, .cid = cid, .cookie = COOKIE(cid), .opts = *opts,
		.cmdsn = opts->cmdsn, .max_cmdsn = opts->cmdsn + opts->window - 1,
		.statsn = opts->statsn, .exp_statsn = opts->statsn,
	};
	s->wire = conn_open(host, cid);
	s->wire->hdr_digest = opts->flags & OHBA_SESSION_HDR_DIGEST;
	s->wire->data_digest = opts->flags & OHBA_SESSION_DATA_DIGEST;
	cqe = session_start(host, cid, &params);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	s->handle = le32toh(cqe.result);
	assert_int_not_equal(s->handle, 0);
}

struct session *session_new(const struct opts *opts)
{
	struct session *s = malloc(sizeof(*s));

	session_open(s, host_new_ready(), 3, opts);
	return s;
}

void session_free(struct session *s)
{
	struct host *host = s->host;

	conn_close(host, s->cid, OHBA_CONN_CLOSE_ABORT);
	host_no_event(host);
	assert_int_equal(host->guest_traces, 0);
	free(s);
	host_free(host);
}

/* --- PDUs of the host ------------------------------------------------------------- */

struct recv recv_post(struct host *host, uint32_t cid)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PDU_RECV, cid);
	struct recv recv;

	recv.addr = mem_alloc(host->mem, OHBA_PDU_RECV_MIN, MEM_IN);
	sqe_data(&sqe, recv.addr, OHBA_PDU_RECV_MIN);
	recv.tag = host_admin_start(host, &sqe);
	return recv;
}

void expect_recv(struct host *host, const struct recv *recv, const uint8_t *bhs,
		 const void *data, uint32_t len)
{
	struct ohba_cqe cqe = host_expect(host, 0, recv->tag);
	uint8_t *got = mem_ptr(host->mem, recv->addr);

	expect_status(&cqe, OHBA_ST_SUCCESS);
	assert_int_equal(le32toh(cqe.result), 48 + len);
	same_bytes("BHS", got, bhs, 48);
	same_bytes("data", got + 48, data, len);
	mem_retire(host->mem, recv->addr);
}

uint32_t send_start(struct host *host, uint32_t cid, uint8_t *bhs, const void *data,
		    uint32_t len)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PDU_SEND, cid);

	put_be24(bhs, 5, len);
	memcpy(sqe.body, bhs, 48);
	if (len) {
		uint64_t addr = mem_alloc(host->mem, len, MEM_OUT);

		memcpy(mem_ptr(host->mem, addr), data, len);
		sqe_data(&sqe, addr, len);
	}
	return host_admin_start(host, &sqe);
}

void make_login(uint8_t *bhs, uint8_t opcode, uint8_t flags)
{
	pattern_fill(bhs, 48, 0x1091 + opcode, 0);
	bhs[0] = opcode;
	bhs[1] = flags;
	bhs[4] = 0;
	bhs[36] = 0;		/* status class */
}

/* --- PDUs of the target --------------------------------------------------------- */

void bhs_init(uint8_t *bhs, uint8_t opcode, uint8_t flags)
{
	memset(bhs, 0, 48);
	bhs[0] = opcode;
	bhs[1] = flags;
}

void bhs_numbers(struct session *s, uint8_t *bhs, bool own)
{
	uint32_t max = s->cmdsn + s->opts.window - 1;

	if ((int32_t)(max - s->max_cmdsn) > 0)
		s->max_cmdsn = max;
	put_be32(bhs, 24, s->statsn);
	if (own)
		s->statsn++;
	put_be32(bhs, 28, s->cmdsn);
	put_be32(bhs, 32, s->max_cmdsn);
}

void send_pdu(struct session *s, uint8_t *bhs, bool own, const void *data, uint32_t len)
{
	bhs_numbers(s, bhs, own);
	wire_send(s->wire, bhs, data, len);
}

void send_scsi_rsp(struct session *s, uint32_t itt, const struct rsp *rsp)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_SCSI_RSP, FLAG_F | rsp->flags);
	bhs[2] = rsp->response;
	bhs[3] = rsp->status;
	put_be32(bhs, 16, itt);
	put_be32(bhs, 36, rsp->exp_datasn);
	put_be32(bhs, 44, rsp->residual);
	send_pdu(s, bhs, true, rsp->data, rsp->len);
}

void send_data_in(struct session *s, uint32_t itt, const struct data_in *in)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_DATA_IN, in->flags);
	bhs[3] = in->status;
	put_be32(bhs, 16, itt);
	put_be32(bhs, 20, RESERVED_TAG);
	put_be32(bhs, 36, in->datasn);
	put_be32(bhs, 40, in->off);
	put_be32(bhs, 44, in->residual);
	bhs_numbers(s, bhs, in->flags & DATA_IN_S);
	if (!(in->flags & DATA_IN_S))
		put_be32(bhs, 24, 0);
	wire_send(s->wire, bhs, in->data, in->len);
}

void send_r2t(struct session *s, uint32_t itt, const uint8_t *lun, const struct r2t *r2t)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_R2T, FLAG_F);
	memcpy(bhs + 8, lun, 8);
	put_be32(bhs, 16, itt);
	put_be32(bhs, 20, r2t->ttt);
	put_be32(bhs, 36, r2t->r2tsn);
	put_be32(bhs, 40, r2t->off);
	put_be32(bhs, 44, r2t->len);
	send_pdu(s, bhs, false, NULL, 0);
}

void send_nop_in(struct session *s, uint32_t itt, uint32_t ttt, const void *data, uint32_t len)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_NOP_IN, FLAG_F);
	put_be32(bhs, 16, itt);
	put_be32(bhs, 20, ttt);
	/* An answer, or a ping, has a StatSN of its own only as an answer. */
	send_pdu(s, bhs, itt != RESERVED_TAG, data, len);
}

/* --- PDUs of the firmware -------------------------------------------------------- */

void take_pdu(struct session *s, struct pdu *pdu)
{
	host_settle(s->host);
	s->exp_statsn = s->statsn;
	if (!wire_take(s->wire, pdu))
		fail_msg("no PDU was sent (%zu bytes)", wire_pending(s->wire));
}

void expect_pdu(struct session *s, uint8_t *want, const void *data, uint32_t len)
{
	struct pdu pdu;

	take_pdu(s, &pdu);
	put_be24(want, 5, len);
	same_bytes("BHS", pdu.bhs, want, 48);
	same_bytes("data segment", pdu.data, data, len);
	free(pdu.data);
}

void expect_silence(struct session *s)
{
	host_settle(s->host);
	if (wire_pending(s->wire))
		fail_msg("%zu bytes sent, opcode 0x%02x", wire_pending(s->wire),
			 s->wire->out[s->wire->out_pos]);
}

/* --- SCSI commands: the host's side ------------------------------------------------ */

struct io io_make(struct session *s, uint32_t tag, uint8_t flags, uint32_t len)
{
	struct io io = {
		.s = s, .tag = tag, .qid = 1, .flags = flags, .len = len,
		.attr = OHBA_ATTR_SIMPLE, .lun = { 0, 1 }, .cdb_len = 16,
		.key = 0x10000 + tag + ((uint64_t)len << 32),
	};

	pattern_fill(io.cdb, sizeof(io.cdb), 0xcdb + tag, 0);
	return io;
}

static struct ohba_sge data_sge(uint64_t addr, uint32_t len)
{
	return (struct ohba_sge){ .addr = htole64(addr), .len = htole32(len) };
}

static void layout_four(struct io *io, struct ohba_sqe *sqe)
{
	uint32_t off = 0, i;

	sqe->nsge = 4;
	for (i = 0; i < 4; i++) {
		uint32_t len = i < 3 ? MAX(io->len / 7 * (i + 1), 1u) : io->len - off;

		sqe->sge[i] = data_sge(io->buf + off, len);
		off += len;
	}
}

#define PIECES	40

/* Forty pieces: one inline, then two lists of which the first ends in a LIST. */
static void layout_list(struct io *io, struct ohba_sqe *sqe)
{
	struct memory *mem = io->s->host->mem;
	uint32_t piece = io->len / PIECES, off = piece, i;
	struct ohba_sge *list;

	io->list = mem_alloc(mem, (PIECES + 1) * sizeof(*list), MEM_OUT);
	list = mem_ptr(mem, io->list);
	sqe->nsge = 2;
	sqe->sge[0] = data_sge(io->buf, piece);
	sqe->sge[1] = (struct ohba_sge){ .addr = htole64(io->list), .len = htole32(20 * 16),
					 .type = htole32(OHBA_SGE_LIST) };
	for (i = 0; i < PIECES; i++) {
		uint32_t len = i == PIECES - 1 ? io->len - off : piece;

		if (i == 19) {
			list[i] = (struct ohba_sge){ .addr = htole64(io->list + 20 * 16),
						     .len = htole32((PIECES - 20) * 16),
						     .type = htole32(OHBA_SGE_LIST) };
			continue;
		}
		list[i] = data_sge(io->buf + off, len);
		off += len;
	}
}

static void put_layout(struct io *io, struct ohba_sqe *sqe)
{
	sqe->data_len = htole32(io->len);
	if (io->layout == LAYOUT_LIST && io->len > 2 * PIECES)
		layout_list(io, sqe);
	else if (io->layout == LAYOUT_FOUR && io->len > 16)
		layout_four(io, sqe);
	else
		sqe_data(sqe, io->buf, io->len);
}

static void put_cdb(struct io *io, struct ohba_io_scsi *scsi)
{
	struct memory *mem = io->s->host->mem;

	memcpy(scsi->cdb, io->cdb, MIN(io->cdb_len, 16u));
	scsi->cdb_len = htole16(io->cdb_len);
	if (io->cdb_len <= 16)
		return;
	io->ext = mem_alloc_at(mem, io->cdb_len - 16, 1, MEM_OUT);
	memcpy(mem_ptr(mem, io->ext), io->cdb + 16, io->cdb_len - 16);
	scsi->cdb_ext = htole64(io->ext);
}

static void alloc_buffer(struct io *io)
{
	struct memory *mem = io->s->host->mem;
	bool in = io->flags & OHBA_IO_READ;

	io->buf = mem_alloc_at(mem, io->len, io->tag * 37 % 4096, in ? MEM_IN : MEM_OUT);
	if (in)
		memset(mem_ptr(mem, io->buf), 0xee, io->len);
	else
		pattern_fill(mem_ptr(mem, io->buf), io->len, io->key, 0);
}

struct ohba_sqe io_sqe(struct io *io)
{
	struct ohba_sqe sqe = { .opcode = OHBA_IO_SCSI, .flags = io->flags,
				.tag = htole32(io->tag), .handle = htole32(io->s->handle) };
	struct ohba_io_scsi scsi = { .attr = io->attr };

	if (io->len) {
		if (!io->buf)
			alloc_buffer(io);
		put_layout(io, &sqe);
	}
	memcpy(scsi.lun, io->lun, 8);
	put_cdb(io, &scsi);
	memcpy(sqe.body, &scsi, sizeof(scsi));
	return sqe;
}

void io_submit(struct io *io)
{
	struct ohba_sqe sqe = io_sqe(io);

	host_submit(io->s->host, io->qid, &sqe);
}

void io_check_data(struct io *io, uint32_t len)
{
	const uint8_t *buf = mem_ptr(io->s->host->mem, io->buf);
	uint32_t i;

	pattern_check(buf, len, io->key, 0);
	for (i = len; i < io->len; i++)
		assert_int_equal(buf[i], 0xee);
}

void io_retire(struct io *io)
{
	struct memory *mem = io->s->host->mem;

	if (io->buf)
		mem_retire(mem, io->buf);
	if (io->list)
		mem_retire(mem, io->list);
	if (io->ext)
		mem_retire(mem, io->ext);
}

struct ohba_cqe io_done(struct io *io, uint16_t status)
{
	struct ohba_cqe cqe = host_expect(io->s->host, io->qid, io->tag);

	expect_status(&cqe, status);
	io_retire(io);
	return cqe;
}

void io_done_good(struct io *io)
{
	struct ohba_cqe cqe = io_done(io, OHBA_ST_SUCCESS);

	assert_int_equal(cqe.scsi_status, 0);
	assert_int_equal(cqe.flags, 0);
	assert_int_equal(le32toh(cqe.result), 0);
	assert_int_equal(cqe.sense_len, 0);
	assert_int_equal(cqe.response, 0);
}

void io_answer(struct io *io)
{
	send_scsi_rsp(io->s, io->itt, &(struct rsp){ 0 });
}

/* --- SCSI commands: the model of the wire ------------------------------------------ */

static uint32_t xmit_dsl(const struct session *s)
{
	/* RFC 7143 section 11.7.7: whole words, unless it is the last. */
	return MIN(s->opts.max_xmit_dsl, XMIT_MAX) & ~3u;
}

uint32_t io_immediate(const struct io *io)
{
	const struct opts *opts = &io->s->opts;

	if (!(io->flags & OHBA_IO_WRITE) || !(opts->flags & OHBA_SESSION_IMMEDIATE_DATA))
		return 0;
	return MIN(MIN(io->len, opts->first_burst), xmit_dsl(io->s));
}

uint32_t io_unsolicited_end(const struct io *io)
{
	const struct opts *opts = &io->s->opts;

	if (!(io->flags & OHBA_IO_WRITE) || (opts->flags & OHBA_SESSION_INITIAL_R2T))
		return io_immediate(io);
	return MIN(io->len, opts->first_burst);
}

static void check_ahs(const struct io *io, const struct pdu *pdu)
{
	uint8_t want[260] = { 0 };
	uint32_t ext = io->cdb_len > 16 ? io->cdb_len - 16 : 0;

	assert_int_equal(pdu->ahs_len, ext ? (4 + ext + 3) / 4 * 4 : 0);
	if (!ext)
		return;
	put_be16(want, 0, ext + 1);	/* AHSLength counts the reserved byte */
	want[2] = 1;			/* Extended CDB */
	memcpy(want + 4, io->cdb + 16, ext);
	same_bytes("AHS", pdu->ahs, want, pdu->ahs_len);
}

void io_check_cmd(struct io *io, const struct pdu *pdu)
{
	struct session *s = io->s;
	uint8_t want[48];

	io->immediate = io_immediate(io);
	io->itt = be32_at(pdu->bhs, 16);
	io->cmdsn = s->cmdsn++;
	assert_int_not_equal(io->itt, RESERVED_TAG);
	bhs_init(want, OP_SCSI_CMD, io->attr);
	if (io->flags & OHBA_IO_READ)
		want[1] |= 0x40;
	if (io->flags & OHBA_IO_WRITE)
		want[1] |= 0x20;
	if (io_unsolicited_end(io) == io->immediate)
		want[1] |= FLAG_F;
	want[4] = pdu->ahs_len / 4;
	put_be24(want, 5, io->immediate);
	memcpy(want + 8, io->lun, 8);
	put_be32(want, 16, io->itt);
	put_be32(want, 20, io->len);
	put_be32(want, 24, io->cmdsn);
	put_be32(want, 28, s->exp_statsn);
	memcpy(want + 32, io->cdb, MIN(io->cdb_len, 16u));
	same_bytes("SCSI Command", pdu->bhs, want, 48);
	check_ahs(io, pdu);
	pattern_check(pdu->data, io->immediate, io->key, 0);
}

void io_expect_cmd(struct io *io)
{
	struct pdu pdu;

	take_pdu(io->s, &pdu);
	io_check_cmd(io, &pdu);
	free(pdu.data);
}

void io_expect_data_out(struct io *io, uint32_t ttt, uint32_t off, uint32_t len)
{
	struct session *s = io->s;
	uint32_t datasn = 0, part;
	uint8_t want[48];
	struct pdu pdu;

	for (; len; off += part, len -= part) {
		part = MIN(len, xmit_dsl(s));
		bhs_init(want, OP_DATA_OUT, part == len ? FLAG_F : 0);
		put_be24(want, 5, part);
		if (ttt != RESERVED_TAG)
			memcpy(want + 8, io->lun, 8);
		put_be32(want, 16, io->itt);
		put_be32(want, 20, ttt);
		put_be32(want, 28, s->statsn);
		put_be32(want, 36, datasn++);
		put_be32(want, 40, off);
		take_pdu(s, &pdu);
		same_bytes("Data-Out", pdu.bhs, want, 48);
		pattern_check(pdu.data, part, io->key, off);
		free(pdu.data);
	}
}

static void send_all_data(struct io *io)
{
	uint8_t *data = malloc(io->len + 1);
	uint32_t off = 0, datasn = 0;

	pattern_fill(data, io->len, io->key, 0);
	while (off < io->len) {
		uint32_t part = MIN(io->len - off, io->s->opts.max_recv_dsl);
		bool last = off + part == io->len;

		send_data_in(io->s, io->itt, &(struct data_in){
			.datasn = datasn++, .off = off, .data = data + off, .len = part,
			.flags = last ? FLAG_F | DATA_IN_S : 0 });
		off += part;
	}
	free(data);
}

static void ask_all_data(struct io *io)
{
	uint32_t off = io_unsolicited_end(io), r2tsn = 0;

	io_expect_data_out(io, RESERVED_TAG, io->immediate, off - io->immediate);
	while (off < io->len) {
		uint32_t part = MIN(io->len - off, io->s->opts.max_burst);

		send_r2t(io->s, io->itt, io->lun, &(struct r2t){
			.ttt = 0x7000 + r2tsn, .r2tsn = r2tsn, .off = off, .len = part });
		io_expect_data_out(io, 0x7000 + r2tsn, off, part);
		r2tsn++;
		off += part;
	}
}

void io_works(struct session *s, uint32_t tag, uint8_t flags, uint32_t len)
{
	struct io io = io_make(s, tag, flags, len);

	io_submit(&io);
	io_expect_cmd(&io);
	if (flags & OHBA_IO_WRITE)
		ask_all_data(&io);
	if (flags & OHBA_IO_READ && len)
		send_all_data(&io);
	else
		io_answer(&io);
	io_done_good(&io);
	if (flags & OHBA_IO_READ)
		io_check_data(&io, len);
}

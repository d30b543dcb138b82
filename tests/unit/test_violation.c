// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything a target must not do: each ends its connection with the status that
 * names it, and nothing else. A second session, with a read under way across the
 * violation, does not notice.
 */
#include "session.h"

#define READ	OHBA_IO_READ
#define WRITE	OHBA_IO_WRITE

/* A 32-bit field of the BHS that is not as it should be; off 0: none. */
struct edit {
	uint8_t off;
	uint32_t val;
};

struct violation {
	const char *name;
	uint8_t io;		/* direction of the command under way */
	uint32_t len;		/* its length; the write's first 8192 are immediate */
	uint8_t opcode, flags;
	uint32_t data_len;
	uint16_t reason;
	struct edit edit[4];
};

/* Offsets of BHS fields. */
#define ITT		16
#define TTT		20
#define STATSN		24
#define EXP_CMDSN	28
#define MAX_CMDSN	32
#define DATASN		36
#define OFFSET		40
#define RESIDUAL	44	/* of an R2T: Desired Data Transfer Length */

#define V(what, dir, bytes, op, bits, data, why, ...) { \
	.name = what, .io = dir, .len = bytes, .opcode = op, .flags = bits, \
	.data_len = data, .reason = OHBA_ST_##why, .edit = { __VA_ARGS__ } }

static const struct violation violations[] = {
	/* opcodes */
	V("an opcode of an initiator", READ, 64, OP_SCSI_CMD, FLAG_F, 0, BAD_OPCODE),
	V("no opcode at all", READ, 64, 0x3e, FLAG_F, 0, BAD_OPCODE),
	V("a late Login Response", READ, 64, OP_LOGIN_RSP, FLAG_F, 0, BAD_OPCODE),
	V("Data-In to a write", WRITE, 64, OP_DATA_IN, FLAG_F, 64, BAD_OPCODE),
	V("R2T to a read", READ, 64, OP_R2T, FLAG_F, 0, BAD_OPCODE,
	  { OFFSET, 0 }, { RESIDUAL, 64 }),
	/* lengths */
	V("Data-In over MRDSL", READ, 131072, OP_DATA_IN, FLAG_F, 65537, BAD_LENGTH),
	V("a response over MRDSL", READ, 64, OP_SCSI_RSP, FLAG_F, 65540, BAD_LENGTH),
	V("R2T with data", WRITE, 16384, OP_R2T, FLAG_F, 4, BAD_LENGTH,
	  { OFFSET, 8192 }, { RESIDUAL, 512 }),
	V("one byte of sense length", READ, 64, OP_SCSI_RSP, FLAG_F, 1, BAD_LENGTH),
	V("sense longer than its segment", READ, 64, OP_SCSI_RSP, FLAG_F, 20, BAD_LENGTH),
	/* tags */
	V("Data-In for nobody", READ, 64, OP_DATA_IN, FLAG_F, 64, BAD_ITT,
	  { ITT, 0x00070007 }),
	V("a response for nobody", READ, 64, OP_SCSI_RSP, FLAG_F, 0, BAD_ITT,
	  { ITT, 0xffffffff }),
	V("R2T for nobody", WRITE, 16384, OP_R2T, FLAG_F, 0, BAD_ITT,
	  { ITT, 0x0001fffe }, { OFFSET, 8192 }, { RESIDUAL, 512 }),
	V("a TMF response for nobody", READ, 64, OP_TMF_RSP, FLAG_F, 0, BAD_ITT),
	V("a Text Response for nobody", READ, 64, OP_TEXT_RSP, FLAG_F, 0, BAD_ITT),
	V("a Logout Response for nobody", READ, 64, OP_LOGOUT_RSP, FLAG_F, 0, BAD_ITT),
	V("a pong for nobody", READ, 64, OP_NOP_IN, FLAG_F, 0, BAD_ITT,
	  { TTT, RESERVED_TAG }),
	/* numbers */
	V("a StatSN too high", READ, 64, OP_SCSI_RSP, FLAG_F, 0, BAD_STATSN,
	  { STATSN, 0x2001 }),
	V("a StatSN again", READ, 64, OP_SCSI_RSP, FLAG_F, 0, BAD_STATSN,
	  { STATSN, 0x1fff }),
	V("a StatSN too high with data", READ, 64, OP_DATA_IN, FLAG_F | DATA_IN_S, 64, BAD_STATSN,
	  { STATSN, 0x2002 }),
	V("the first DataSN is not 0", READ, 64, OP_DATA_IN, FLAG_F, 64, BAD_DATASN,
	  { DATASN, 1 }),
	V("more Data-In announced than came", READ, 64, OP_SCSI_RSP, FLAG_F, 0, BAD_DATASN,
	  { DATASN, 1 }),
	V("the first R2TSN is not 0", WRITE, 16384, OP_R2T, FLAG_F, 0, BAD_R2TSN,
	  { DATASN, 1 }, { OFFSET, 8192 }, { RESIDUAL, 512 }),
	V("a command acknowledged before it was sent", READ, 64, OP_SCSI_RSP, FLAG_F, 0, BAD_CMDSN,
	  { EXP_CMDSN, 0x1002 }, { MAX_CMDSN, 0x1040 }),
	/* R2T */
	V("R2T for nothing", WRITE, 16384, OP_R2T, FLAG_F, 0, BAD_R2T,
	  { OFFSET, 8192 }, { RESIDUAL, 0 }),
	V("R2T over MaxBurstLength", WRITE, 131072, OP_R2T, FLAG_F, 0, BAD_R2T,
	  { OFFSET, 8192 }, { RESIDUAL, 65537 }),
	V("R2T beyond the buffer", WRITE, 16384, OP_R2T, FLAG_F, 0, BAD_R2T,
	  { OFFSET, 16383 }, { RESIDUAL, 2 }),
	V("R2T around the end of numbers", WRITE, 16384, OP_R2T, FLAG_F, 0, BAD_R2T,
	  { OFFSET, 0xffffff00 }, { RESIDUAL, 0x200 }),
	V("R2T without a TTT", WRITE, 16384, OP_R2T, FLAG_F, 0, BAD_FIELD,
	  { TTT, RESERVED_TAG }, { OFFSET, 8192 }, { RESIDUAL, 512 }),
	/* Data-In */
	V("data beyond the buffer", READ, 64, OP_DATA_IN, FLAG_F, 65, BAD_OFFSET),
	V("data with a gap before it", READ, 128, OP_DATA_IN, FLAG_F, 64, BAD_OFFSET,
	  { OFFSET, 64 }),
	V("data at the end of numbers", READ, 128, OP_DATA_IN, FLAG_F, 64, BAD_OFFSET,
	  { OFFSET, 0xffffffff }),
	V("status before the end", READ, 128, OP_DATA_IN, DATA_IN_S, 64, BAD_FIELD),
	/* residuals */
	V("both residuals", READ, 64, OP_SCSI_RSP, FLAG_F | RES_UNDER | RES_OVER, 0, BAD_FIELD,
	  { RESIDUAL, 1 }),
	V("less than nothing", READ, 64, OP_SCSI_RSP, FLAG_F | RES_UNDER, 0, BAD_FIELD,
	  { RESIDUAL, 65 }),
};
#undef V

static const uint32_t digests[] = {
	0, OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST,
};

/* --- one violation ------------------------------------------------------------------- */

/* Does the PDU have a StatSN of its own? */
static bool has_statsn(const struct violation *v)
{
	if (v->opcode == OP_DATA_IN)
		return v->flags & DATA_IN_S;
	return v->opcode != OP_R2T;
}

static void commit(struct session *s, const struct io *io, const struct violation *v)
{
	uint8_t *data = malloc(v->data_len + 1);
	uint8_t bhs[48];
	size_t i;

	memset(data, 0xff, v->data_len + 1);	/* a SenseLength of 65535, too */
	bhs_init(bhs, v->opcode, v->flags);
	put_be32(bhs, ITT, io->itt);
	put_be32(bhs, TTT, v->opcode == OP_R2T ? 0x77 : RESERVED_TAG);
	bhs_numbers(s, bhs, has_statsn(v));
	for (i = 0; i < ARRAY_SIZE(v->edit); i++)
		if (v->edit[i].off)
			put_be32(bhs, v->edit[i].off, v->edit[i].val);
	wire_send(s->wire, bhs, data, v->data_len);
	free(data);
}

static struct io start_io(struct session *s, uint32_t tag, uint8_t flags, uint32_t len)
{
	struct io io = io_make(s, tag, flags, len);

	io_submit(&io);
	io_expect_cmd(&io);
	return io;
}

/* The target answers a read that was begun before. */
static void finish_read(struct io *io)
{
	uint8_t *data = malloc(io->len);

	pattern_fill(data, io->len, io->key, 0);
	send_data_in(io->s, io->itt, &(struct data_in){
		.data = data, .len = io->len, .flags = FLAG_F | DATA_IN_S });
	io_done_good(io);
	io_check_data(io, io->len);
	free(data);
}

static void one_violation(struct session *s, struct session *other, const struct opts *opts,
			  const struct violation *v)
{
	struct io io = start_io(s, 1, v->io, v->len);
	struct io bystander = start_io(other, 2, READ, 4096);

	commit(s, &io, v);
	expect_lost(s->host, s->cid, v->reason, v->opcode);
	assert_true(s->wire->closed);
	host_expect_none(s->host, 1);	/* the buffers are the adapter's until the close */
	conn_close(s->host, s->cid, 0);
	io_done(&io, OHBA_ST_SESSION_LOST);
	finish_read(&bystander);
	session_open(s, s->host, s->cid, opts);
}

static void each_ends_its_connection(void **state)
{
	size_t d, i;

	(void)state;
	for (d = 0; d < ARRAY_SIZE(digests); d++) {
		struct opts opts = opts_default;
		struct session *s, other;

		opts.flags |= digests[d];
		s = session_new(&opts);
		session_open(&other, s->host, 5, &opts_default);
		for (i = 0; i < ARRAY_SIZE(violations); i++) {
			print_message("%s\n", violations[i].name);
			one_violation(s, &other, &opts, &violations[i]);
		}
		conn_close(s->host, other.cid, OHBA_CONN_CLOSE_ABORT);
		session_free(s);
	}
}

static void they_are_counted(void **state)
{
	struct session *s = session_new(&opts_default);
	struct ohba_adapter_stats before, after;
	struct session other;

	(void)state;
	session_open(&other, s->host, 5, &opts_default);
	host_stats(s->host, OHBA_STATS_ADAPTER, 0, &before, sizeof(before));
	one_violation(s, &other, &opts_default, &violations[0]);
	host_stats(s->host, OHBA_STATS_ADAPTER, 0, &after, sizeof(after));
	assert_int_equal(le64toh(after.protocol_errors), le64toh(before.protocol_errors) + 1);
	assert_int_equal(le64toh(after.conns_lost), le64toh(before.conns_lost) + 1);
	assert_int_equal(after.digest_errors, before.digest_errors);
	assert_int_equal(after.sequence_errors, before.sequence_errors);
	conn_close(s->host, other.cid, OHBA_CONN_CLOSE_ABORT);
	session_free(s);
}

/* RFC 7143 section 11: a receiver ignores bits that are not defined. */
static void the_high_bits_of_byte_0_mean_nothing(void **state)
{
	static const uint8_t bits[] = { OP_IMMEDIATE, 0x80, OP_IMMEDIATE | 0x80 };
	struct session *s = session_new(&opts_default);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		struct io io = start_io(s, 1, READ, 0);

		commit(s, &io, &(struct violation){
			.opcode = OP_SCSI_RSP | bits[i], .flags = FLAG_F });
		io_done_good(&io);
	}
	session_free(s);
}

/* --- sequences ------------------------------------------------------------------------ */

static void an_r2t_too_many(void **state)
{
	static const uint32_t depth[] = { 1, 2, 16 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(depth); i++) {
		struct opts opts = opts_default;
		struct session *s;
		struct io io;
		uint32_t n;

		opts.max_r2t = depth[i];
		s = session_new(&opts);
		io = start_io(s, 1, WRITE, 65536);
		wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);	/* none can be served */
		for (n = 0; n <= depth[i]; n++)
			send_r2t(s, io.itt, io.lun, &(struct r2t){
				.ttt = n, .r2tsn = n, .off = 8192 + 512 * n, .len = 512 });
		expect_lost(s->host, s->cid, OHBA_ST_BAD_R2T, OP_R2T);
		conn_close(s->host, s->cid, 0);
		io_done(&io, OHBA_ST_SESSION_LOST);
		session_open(s, s->host, s->cid, &opts);
		session_free(s);
	}
}

static void a_datasn_is_skipped(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = start_io(s, 1, READ, 192);
	struct ohba_adapter_stats stats;
	uint8_t data[64] = { 0 };

	(void)state;
	send_data_in(s, io.itt, &(struct data_in){ .data = data, .len = 64 });
	send_data_in(s, io.itt, &(struct data_in){
		.datasn = 2, .off = 64, .data = data, .len = 64 });
	expect_lost(s->host, s->cid, OHBA_ST_BAD_DATASN, OP_DATA_IN);
	host_stats(s->host, OHBA_STATS_ADAPTER, 0, &stats, sizeof(stats));
	assert_int_equal(le64toh(stats.protocol_errors), 1);
	assert_int_equal(le64toh(stats.sequence_errors), 1);
	conn_close(s->host, s->cid, 0);
	io_done(&io, OHBA_ST_SESSION_LOST);
	session_open(s, s->host, s->cid, &opts_default);
	session_free(s);
}

static void a_response_comes_twice(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = start_io(s, 1, 0, 0);

	(void)state;
	io_answer(&io);
	io_done_good(&io);
	send_scsi_rsp(s, io.itt, &(struct rsp){ 0 });
	expect_lost(s->host, s->cid, OHBA_ST_BAD_ITT, OP_SCSI_RSP);
	conn_close(s->host, s->cid, 0);
	session_open(s, s->host, s->cid, &opts_default);
	session_free(s);
}

/* --- digests ---------------------------------------------------------------------------- */

/* A Data-In whose digests are changed by @damage. */
static void damaged_data_in(const struct damage *damage, uint16_t reason)
{
	struct opts opts = opts_default;
	uint8_t bhs[48], data[100];
	struct ohba_adapter_stats stats;
	struct session *s;
	struct io io;

	opts.flags |= OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST;
	s = session_new(&opts);
	io = start_io(s, 1, READ, sizeof(data));
	pattern_fill(data, sizeof(data), io.key, 0);
	bhs_init(bhs, OP_DATA_IN, FLAG_F);
	put_be32(bhs, ITT, io.itt);
	put_be32(bhs, TTT, RESERVED_TAG);
	bhs_numbers(s, bhs, false);
	wire_send_ahs(s->wire, bhs, NULL, 0, data, sizeof(data), damage);
	expect_lost(s->host, s->cid, reason, OP_DATA_IN);
	host_expect_none(s->host, 1);
	host_stats(s->host, OHBA_STATS_ADAPTER, 0, &stats, sizeof(stats));
	assert_int_equal(le64toh(stats.digest_errors), 1);
	assert_int_equal(le64toh(stats.hdr_digest_errors), reason == OHBA_ST_HDR_DIGEST);
	assert_int_equal(le64toh(stats.protocol_errors), 0);
	conn_close(s->host, s->cid, 0);
	io_done(&io, OHBA_ST_SESSION_LOST);
	session_open(s, s->host, s->cid, &opts);
	session_free(s);
}

static void every_bit_of_a_header_digest(void **state)
{
	int bit;

	(void)state;
	for (bit = 0; bit < 32; bit++)
		damaged_data_in(&(struct damage){ .hdr_digest = 1u << bit },
				OHBA_ST_HDR_DIGEST);
}

static void every_bit_of_a_data_digest(void **state)
{
	int bit;

	(void)state;
	for (bit = 0; bit < 32; bit++)
		damaged_data_in(&(struct damage){ .data_digest = 1u << bit },
				OHBA_ST_DATA_DIGEST);
}

/* SenseLength may be what is left of the segment, and not a byte more. */
static void sense_one_byte_too_long(void **state)
{
	uint32_t len;

	(void)state;
	for (len = 2; len < 40; len++) {
		struct session *s = session_new(&opts_default);
		struct io io = start_io(s, 1, READ, 64);
		uint8_t data[40] = { 0 };

		put_be16(data, 0, len - 1);
		send_scsi_rsp(s, io.itt, &(struct rsp){ .status = 2, .data = data, .len = len });
		expect_lost(s->host, s->cid, OHBA_ST_BAD_LENGTH, OP_SCSI_RSP);
		conn_close(s->host, s->cid, 0);
		io_done(&io, OHBA_ST_SESSION_LOST);
		session_open(s, s->host, s->cid, &opts_default);
		session_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ends_its_connection),
		cmocka_unit_test(sense_one_byte_too_long),
		cmocka_unit_test(they_are_counted),
		cmocka_unit_test(the_high_bits_of_byte_0_mean_nothing),
		cmocka_unit_test(an_r2t_too_many),
		cmocka_unit_test(a_datasn_is_skipped),
		cmocka_unit_test(a_response_comes_twice),
		cmocka_unit_test(every_bit_of_a_header_digest),
		cmocka_unit_test(every_bit_of_a_data_digest),
	};

	return cmocka_run_group_tests_name("violation", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads: Data-In, residuals, sense, responses, what a command PDU looks like. */
#include "session.h"

static int setup(void **state)
{
	*state = session_new(&opts_default);
	return 0;
}

static int teardown(void **state)
{
	session_free(*state);
	return 0;
}

/* --- the command PDU ---------------------------------------------------------------- */

static void attributes_and_luns(void **state)
{
	static const uint8_t luns[][8] = {
		{ 0 }, { 0, 255 }, { 0x40, 1 }, { 1, 2, 3, 4, 5, 6, 7, 8 },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};
	static const uint8_t flags[] = { 0, OHBA_IO_READ, OHBA_IO_WRITE };
	struct session *s = *state;
	size_t i;
	int attr;

	for (i = 0; i < ARRAY_SIZE(luns) * ARRAY_SIZE(flags); i++) {
		for (attr = OHBA_ATTR_UNTAGGED; attr <= OHBA_ATTR_ACA; attr++) {
			struct io io = io_make(s, i, flags[i % 3], 0);

			memcpy(io.lun, luns[i / 3], 8);
			io.attr = attr;
			io_submit(&io);
			io_expect_cmd(&io);
			io_answer(&io);
			io_done_good(&io);
		}
	}
}

static void cdb_of_any_length(void **state)
{
	struct session *s = *state;
	uint32_t len;

	for (len = 1; len <= OHBA_CDB_MAX; len++) {
		struct io io = io_make(s, len, OHBA_IO_READ, 0);

		io.cdb_len = len;
		if (len < 16)
			memset(io.cdb + len, 0, 16 - len);
		io_submit(&io);
		io_expect_cmd(&io);
		io_answer(&io);
		io_done_good(&io);
	}
}

/* --- data ----------------------------------------------------------------------------- */

static void reads_in_every_cut_and_layout(void **state)
{
	static const uint32_t lens[] = { 1, 2, 3, 4, 5, 47, 48, 511, 512, 513, 4095, 4096, 4097,
					 65535, 65536, 65537, 200001 };
	uint32_t frag[] = { 0, 1000, 3 }, f;
	struct session *s = *state;
	uint32_t tag = 0;
	size_t i;
	int cut, layout;

	for (cut = CUT_NONE; cut <= CUT_RANDOM; cut++) {
		for (i = 0; i < ARRAY_SIZE(lens); i++) {
			if (cut == CUT_ONE && lens[i] > 5000)
				continue;
			for (layout = 0; layout < LAYOUT_COUNT; layout++) {
				struct io io = io_make(s, tag++ % TAGS, OHBA_IO_READ, lens[i]);
				uint8_t *data = malloc(lens[i]);
				uint32_t off, dsl = 65536;

				f = lens[i] > 5000 ? 0 : frag[tag % 3];
				mem_fragment(s->host->mem, f);
				wire_cut(s->wire, cut, cut);
				io.layout = layout;
				io_submit(&io);
				io_expect_cmd(&io);
				pattern_fill(data, lens[i], io.key, 0);
				for (off = 0; off < lens[i]; off += dsl)
					send_data_in(s, io.itt, &(struct data_in){
						.datasn = off / dsl, .off = off,
						.data = data + off,
						.len = MIN(dsl, lens[i] - off) });
				send_scsi_rsp(s, io.itt, &(struct rsp){ .exp_datasn = off / dsl });
				io_done_good(&io);
				io_check_data(&io, lens[i]);
				free(data);
			}
		}
	}
}

static void many_small_data_ins(void **state)
{
	struct session *s = *state;
	struct io io = io_make(s, 1, OHBA_IO_READ, 5000);
	uint8_t data[5000];
	uint32_t off, datasn = 0, part;

	io_submit(&io);
	io_expect_cmd(&io);
	pattern_fill(data, sizeof(data), io.key, 0);
	for (off = 0; off < sizeof(data); off += part, datasn++) {
		part = MIN(1 + datasn % 13, sizeof(data) - off);
		send_data_in(s, io.itt, &(struct data_in){
			.datasn = datasn, .off = off, .data = data + off, .len = part,
			.flags = off + part == sizeof(data) ? FLAG_F | DATA_IN_S
				 : datasn % 5 < 4 ? 0 : FLAG_F });
	}
	io_done_good(&io);
	io_check_data(&io, sizeof(data));
}

/* An empty Data-In that carries nothing but the status. */
static void status_with_an_empty_data_in(void **state)
{
	struct session *s = *state;
	struct io io = io_make(s, 1, OHBA_IO_READ, 100);
	struct ohba_cqe cqe;

	io_submit(&io);
	io_expect_cmd(&io);
	send_data_in(s, io.itt, &(struct data_in){
		.flags = FLAG_F | DATA_IN_S | RES_UNDER, .residual = 100, .status = 0x02 });
	cqe = io_done(&io, OHBA_ST_SUCCESS);
	assert_int_equal(cqe.scsi_status, 0x02);
	assert_int_equal(cqe.flags, OHBA_CQE_UNDERFLOW);
	assert_int_equal(le32toh(cqe.result), 100);
	io_check_data(&io, 0);
}

/* --- residuals -------------------------------------------------------------------------- */

static void residuals(void **state)
{
	static const struct {
		uint32_t want, come;
		uint8_t flags;
		uint32_t residual;
		uint8_t cqe_flags;
		uint32_t result;
	} row[] = {
		{ 512, 512, 0, 0, 0, 0 },
		{ 512, 100, RES_UNDER, 412, OHBA_CQE_UNDERFLOW, 412 },
		{ 512, 0, RES_UNDER, 512, OHBA_CQE_UNDERFLOW, 512 },
		{ 512, 511, RES_UNDER, 1, OHBA_CQE_UNDERFLOW, 1 },
		{ 512, 512, RES_OVER, 1, OHBA_CQE_OVERFLOW, 1 },
		{ 512, 512, RES_OVER, 0xffffffff, OHBA_CQE_OVERFLOW, 0xffffffff },
		{ 0, 0, RES_OVER, 96, OHBA_CQE_OVERFLOW, 96 },
		/* The target forgot to say so: the host must not trust old bytes. */
		{ 512, 100, 0, 0, OHBA_CQE_UNDERFLOW, 412 },
		{ 512, 100, RES_UNDER, 12, OHBA_CQE_UNDERFLOW, 412 },
	};
	struct session *s = *state;
	uint8_t data[512];
	size_t i;

	for (i = 0; i < 2 * ARRAY_SIZE(row); i++) {
		bool merged = i >= ARRAY_SIZE(row);	/* status in the Data-In */
		size_t r = i % ARRAY_SIZE(row);
		struct io io = io_make(s, i, OHBA_IO_READ, row[r].want);
		struct ohba_cqe cqe;

		if (merged && !row[r].come)
			continue;
		io_submit(&io);
		io_expect_cmd(&io);
		pattern_fill(data, row[r].come, io.key, 0);
		if (row[r].come)
			send_data_in(s, io.itt, &(struct data_in){
				.data = data, .len = row[r].come,
				.flags = FLAG_F | (merged ? row[r].flags | DATA_IN_S : 0),
				.residual = merged ? row[r].residual : 0 });
		if (!merged)
			send_scsi_rsp(s, io.itt, &(struct rsp){
				.flags = row[r].flags, .residual = row[r].residual,
				.exp_datasn = !!row[r].come });
		cqe = io_done(&io, OHBA_ST_SUCCESS);
		if (cqe.flags != row[r].cqe_flags || le32toh(cqe.result) != row[r].result)
			fail_msg("row %zu: flags %u, result %u", i, cqe.flags, le32toh(cqe.result));
		if (row[r].want)
			io_check_data(&io, row[r].come);
	}
}

/* --- status, sense, response ------------------------------------------------------------- */

static void every_scsi_status(void **state)
{
	struct session *s = *state;
	int status;

	for (status = 0; status < 256; status++) {
		struct io io = io_make(s, status, 0, 0);
		struct ohba_cqe cqe;

		io_submit(&io);
		io_expect_cmd(&io);
		send_scsi_rsp(s, io.itt, &(struct rsp){ .status = status });
		cqe = io_done(&io, OHBA_ST_SUCCESS);
		assert_int_equal(cqe.scsi_status, status);
	}
}

static void every_response(void **state)
{
	struct session *s = *state;
	int response;

	for (response = 1; response < 256; response++) {
		struct io io = io_make(s, response, 0, 0);
		struct ohba_cqe cqe;

		io_submit(&io);
		io_expect_cmd(&io);
		send_scsi_rsp(s, io.itt, &(struct rsp){ .response = response, .status = 2 });
		cqe = io_done(&io, OHBA_ST_TARGET_FAILURE);
		assert_int_equal(cqe.response, response);
		assert_int_equal(cqe.scsi_status, 0);
	}
}

static void sense_of_any_length(void **state)
{
	static const uint32_t lens[] = { 0, 1, 2, 3, 18, 96, 252, 254, 255, 256, 257, 1000 };
	struct session *s = *state;
	size_t i;

	for (i = 0; i < 2 * ARRAY_SIZE(lens); i++) {
		uint32_t len = lens[i / 2], extra = i % 2 ? 7 : 0;	/* response data behind */
		uint32_t have = MIN(len, SENSE_STRIDE);
		struct io io = io_make(s, TAGS - 1 - i, OHBA_IO_READ, 64);
		uint8_t *slot, data[1100] = { 0 };
		struct ohba_cqe cqe;

		wire_cut(s->wire, i % 3, i % 3);
		slot = mem_ptr(s->host->mem, s->host->sense + io.tag * SENSE_STRIDE);
		io_submit(&io);
		io_expect_cmd(&io);
		put_be16(data, 0, len);
		pattern_fill(data + 2, len + extra, i, 0);
		send_scsi_rsp(s, io.itt, &(struct rsp){
			.status = 2, .flags = RES_UNDER, .residual = 64,
			.data = data, .len = 2 + len + extra });
		cqe = io_done(&io, OHBA_ST_SUCCESS);
		assert_int_equal(cqe.scsi_status, 2);
		assert_int_equal(le16toh(cqe.sense_len), have);
		same_bytes("sense", slot, data + 2, have);
		/* The neighbour's slot is the neighbour's. */
		if (i == 0)
			assert_int_equal(slot[0], 0);
	}
}

/* No AHS is defined for a target's PDU; one that comes is digested and ignored. */
static void an_ahs_is_passed_over(void **state)
{
	static const uint32_t lens[] = { 4, 8, 256, 1020 };
	struct session *s = *state;
	struct opts opts = opts_default;
	uint8_t ahs[1020], bhs[48], data[64];
	size_t i;

	pattern_fill(ahs, sizeof(ahs), 0xa45, 0);
	for (i = 0; i < 4 * ARRAY_SIZE(lens); i++) {
		struct io io;

		conn_close(s->host, s->cid, 0);
		opts.flags = i % 4 * OHBA_SESSION_HDR_DIGEST;
		session_open(s, s->host, s->cid, &opts);
		wire_cut(s->wire, i % 3, CUT_NONE);
		io = io_make(s, 1, OHBA_IO_READ, 64);
		io_submit(&io);
		io_expect_cmd(&io);
		pattern_fill(data, sizeof(data), io.key, 0);
		bhs_init(bhs, OP_DATA_IN, FLAG_F | DATA_IN_S);
		put_be32(bhs, 16, io.itt);
		put_be32(bhs, 20, RESERVED_TAG);
		bhs_numbers(s, bhs, true);
		wire_send_ahs(s->wire, bhs, ahs, lens[i / 4], data, sizeof(data), NULL);
		io_done_good(&io);
		io_check_data(&io, sizeof(data));
	}
}

/* --- tags ------------------------------------------------------------------------------------ */

static void an_index_in_use_is_refused(void **state)
{
	struct session *s = *state;
	struct io io = io_make(s, OHBA_TAG(7, 1), 0, 0);
	struct io again = io_make(s, OHBA_TAG(7, 2), 0, 0);
	struct io range = io_make(s, TAGS, 0, 0);

	io_submit(&io);
	io_expect_cmd(&io);
	io_submit(&again);
	io_done(&again, OHBA_ST_INVALID_TAG);
	again.qid = 2;			/* over all queues */
	io_submit(&again);
	io_done(&again, OHBA_ST_INVALID_TAG);
	io_submit(&range);
	io_done(&range, OHBA_ST_INVALID_TAG);
	expect_silence(s);
	s->host->guest_traces = 0;
	io_answer(&io);			/* the earlier command continues */
	io_done_good(&io);
	again.qid = 3;
	io_submit(&again);
	io_expect_cmd(&again);
	io_answer(&again);
	io_done_good(&again);
}

static void the_itt_of_a_reused_index_differs(void **state)
{
	struct session *s = *state;
	uint32_t seen[300];
	int i, j;

	for (i = 0; i < 300; i++) {
		struct io io = io_make(s, OHBA_TAG(5, i), 0, 0);

		io_submit(&io);
		io_expect_cmd(&io);
		for (j = 0; j < i; j++)
			assert_int_not_equal(seen[j], io.itt);
		seen[i] = io.itt;
		io_answer(&io);
		io_done_good(&io);
	}
}

static void commands_that_are_not_sent(void **state)
{
	struct session *s = *state;
	const struct {
		const char *what;
		size_t off, len;
		uint64_t val;
		uint16_t status;
	} row[] = {
#define Q(field, val, status) { #field, offsetof(struct ohba_sqe, field), \
		sizeof(((struct ohba_sqe *)0)->field), val, status }
#define B(field, val, status) { #field, offsetof(struct ohba_sqe, body) + \
		offsetof(struct ohba_io_scsi, field), \
		sizeof(((struct ohba_io_scsi *)0)->field), val, status }
		Q(opcode, 0x00, OHBA_ST_INVALID_OPCODE),
		Q(opcode, 0x81, OHBA_ST_INVALID_OPCODE),
		Q(opcode, OHBA_ADMIN_IDENTIFY, OHBA_ST_INVALID_OPCODE),
		Q(flags, 0x03, OHBA_ST_INVALID_FIELD),
		Q(flags, 0x00, OHBA_ST_INVALID_FIELD),		/* data without direction */
		Q(flags, 0x05, OHBA_ST_INVALID_FIELD),
		Q(rsvd, 1, OHBA_ST_INVALID_FIELD),
		Q(nsge, 0, OHBA_ST_INVALID_FIELD),		/* sge[0] is not zero */
		Q(nsge, 5, OHBA_ST_INVALID_SGL),
		Q(handle, 0, OHBA_ST_INVALID_HANDLE),
		Q(handle, s->handle + 0x10000, OHBA_ST_INVALID_HANDLE),
		Q(handle, s->handle - 0x10000, OHBA_ST_INVALID_HANDLE),
		Q(handle, s->handle + 1, OHBA_ST_INVALID_HANDLE),
		Q(handle, 0xffffffff, OHBA_ST_INVALID_HANDLE),
		Q(data_len, 513, OHBA_ST_INVALID_SGL),
		Q(data_len, (8 << 20) + 1, OHBA_ST_INVALID_FIELD),
		Q(data_len, 0xffffffff, OHBA_ST_INVALID_FIELD),
		B(cdb_len, 0, OHBA_ST_INVALID_FIELD),
		B(cdb_len, 261, OHBA_ST_INVALID_FIELD),
		B(cdb_len, 0xffff, OHBA_ST_INVALID_FIELD),
		B(cdb_ext, 0x1000, OHBA_ST_INVALID_FIELD),	/* although cdb_len <= 16 */
		B(cdb_len, 17, OHBA_ST_DMA_FAULT),		/* cdb_ext is 0 */
		B(cdb_len, 15, OHBA_ST_INVALID_FIELD),		/* cdb[15] is not zero */
		B(attr, 5, OHBA_ST_INVALID_FIELD),
		B(attr, 255, OHBA_ST_INVALID_FIELD),
		B(rsvd[0], 1, OHBA_ST_INVALID_FIELD),
		B(rsvd[12], 1, OHBA_ST_INVALID_FIELD),
#undef Q
#undef B
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct io io = io_make(s, i, OHBA_IO_READ, 512);
		struct ohba_sqe sqe = io_sqe(&io);
		struct ohba_cqe cqe;

		memcpy((char *)&sqe + row[i].off, &row[i].val, row[i].len);
		host_submit(s->host, 1, &sqe);
		cqe = host_expect(s->host, 1, io.tag);
		if (le16toh(cqe.status) != row[i].status)
			fail_msg("row %zu, %s: %s, expected %s", i, row[i].what,
				 status_name(le16toh(cqe.status)), status_name(row[i].status));
		expect_silence(s);
	}
	s->host->guest_traces = 0;
	io_works(s, 9, OHBA_IO_READ, 512);	/* a refused command changes nothing */
}

static void a_discovery_session_has_no_commands(void **state)
{
	struct opts opts = opts_default;
	struct session *s = *state, d;
	struct io io;

	opts.flags |= OHBA_SESSION_DISCOVERY;
	session_open(&d, s->host, 9, &opts);
	io = io_make(&d, 1, 0, 0);
	io_submit(&io);
	io_done(&io, OHBA_ST_INVALID_STATE);
	expect_silence(&d);
	conn_close(s->host, 9, 0);
	s->host->guest_traces = 0;
}

static void a_data_in_to_bad_memory(void **state)
{
	struct session *s = *state;
	struct io io = io_make(s, 1, OHBA_IO_READ, 64);
	uint8_t data[64] = { 0 };

	io_submit(&io);
	io_expect_cmd(&io);
	mem_poison(s->host->mem, io.buf);
	send_data_in(s, io.itt, &(struct data_in){
		.data = data, .len = 64, .flags = FLAG_F | DATA_IN_S });
	expect_lost(s->host, s->cid, OHBA_ST_DMA_FAULT, 0);
	host_expect_none(s->host, 1);
	conn_close(s->host, s->cid, 0);
	io_done(&io, OHBA_ST_DMA_FAULT);
	s->host->guest_traces = 0;
	session_open(s, s->host, s->cid, &opts_default);
}

int main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(attributes_and_luns),
		T(cdb_of_any_length),
		T(reads_in_every_cut_and_layout),
		T(many_small_data_ins),
		T(status_with_an_empty_data_in),
		T(residuals),
		T(every_scsi_status),
		T(every_response),
		T(sense_of_any_length),
		T(an_ahs_is_passed_over),
		T(an_index_in_use_is_refused),
		T(the_itt_of_a_reused_index_differs),
		T(commands_that_are_not_sent),
		T(a_discovery_session_has_no_commands),
		T(a_data_in_to_bad_memory),
	};

	return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}

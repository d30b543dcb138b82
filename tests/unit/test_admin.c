// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Admin commands: the checks that hold for all of them (SPEC.md section 8), one
 * by one for every opcode, and what those of the adapter itself answer.
 */
#include "session.h"

#define CID	3

/* Ready, with one session as connection CID. */
static int setup(void **state)
{
	*state = session_new(&opts_default);
	return 0;
}

static int teardown(void **state)
{
	struct session *s = *state;

	s->host->guest_traces = 0;	/* refusals are what these tests are about */
	session_free(s);
	return 0;
}

/* --- what holds for every command ------------------------------------------------------ */

struct command {
	const char *name;
	uint8_t opcode;
	uint8_t flags;		/* allowed */
	bool body, data;	/* used */
	uint32_t len;		/* of the data that makes it good */
	bool free_handle;	/* any handle but 0 is refused with INVALID_FIELD */
};

static const struct command commands[] = {
	{ "IDENTIFY", OHBA_ADMIN_IDENTIFY, 0, false, true, 512, true },
	{ "HOST_SETUP", OHBA_ADMIN_HOST_SETUP, 0, true, false, 0, true },
	{ "QUEUE_CREATE", OHBA_ADMIN_QUEUE_CREATE, 0, true, false, 0, false },
	{ "QUEUE_DELETE", OHBA_ADMIN_QUEUE_DELETE, 0, false, false, 0, false },
	{ "PORT_GET", OHBA_ADMIN_PORT_GET, 0, false, true, 256, true },
	{ "STATS_GET", OHBA_ADMIN_STATS_GET, 0, true, true, 128, false },
	{ "CONN_OPEN", OHBA_ADMIN_CONN_OPEN, 0, true, false, 0, false },
	{ "CONN_CLOSE", OHBA_ADMIN_CONN_CLOSE, OHBA_CONN_CLOSE_ABORT, false, false, 0, false },
	{ "CONN_INFO", OHBA_ADMIN_CONN_INFO, 0, false, true, 128, false },
	{ "PDU_SEND", OHBA_ADMIN_PDU_SEND, 0, true, true, 16, false },
	{ "PDU_RECV", OHBA_ADMIN_PDU_RECV, 0, false, true, OHBA_PDU_RECV_MIN, false },
	{ "SESSION_START", OHBA_ADMIN_SESSION_START, 0, false, true, 128, false },
	{ "SESSION_TIMERS", OHBA_ADMIN_SESSION_TIMERS, 0, true, false, 0, false },
	{ "TMF", OHBA_ADMIN_TMF, 0, true, false, 0, false },
	{ "LOG_READ", OHBA_ADMIN_LOG_READ, 0, true, true, 64, true },
	{ "LOG_ERASE", OHBA_ADMIN_LOG_ERASE, 0, false, false, 0, true },
	{ "LOG_CLOCK", OHBA_ADMIN_LOG_CLOCK, 0, true, false, 0, true },
	{ "FLASH_ERASE", OHBA_ADMIN_FLASH_ERASE, 0, false, false, 0, true },
};

static void refused(struct session *s, const struct command *c, struct ohba_sqe *sqe,
		    uint16_t status, const char *what)
{
	struct ohba_cqe cqe = host_admin(s->host, sqe);

	if (le16toh(cqe.status) != status)
		fail_msg("%s, %s: %s, expected %s", c->name, what,
			 status_name(le16toh(cqe.status)), status_name(status));
	assert_int_equal(cqe.result, 0);
	expect_silence(s);
}

static struct ohba_sqe plain(const struct command *c)
{
	return sqe_admin(c->opcode, c->free_handle ? 0 : CID);
}

static void flags_and_reserved_fields(void **state)
{
	struct session *s = *state;
	struct ohba_sqe sqe;
	size_t i;
	int bit;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];

		for (bit = 0; bit < 8; bit++) {
			sqe = plain(c);
			sqe.flags = 1 << bit;
			if (!(sqe.flags & c->flags))
				refused(s, c, &sqe, OHBA_ST_INVALID_FIELD, "flags");
			sqe = plain(c);
			sqe.rsvd = 1 << bit;
			refused(s, c, &sqe, OHBA_ST_INVALID_FIELD, "rsvd");
		}
	}
}

static void bodies_that_are_not_used(void **state)
{
	struct session *s = *state;
	struct ohba_sqe sqe;
	size_t i;
	uint32_t off;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].body)
			continue;
		for (off = 0; off < sizeof(sqe.body); off += 47) {
			sqe = plain(&commands[i]);
			sqe.body[off] = 1;
			refused(s, &commands[i], &sqe, OHBA_ST_INVALID_FIELD, "body");
		}
	}
}

static void data_that_is_not_used(void **state)
{
	struct session *s = *state;
	struct ohba_sqe sqe;
	size_t i;
	int part;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		for (part = 0; !commands[i].data && part < 3; part++) {
			sqe = plain(&commands[i]);
			if (part == 0)
				sqe.nsge = 1;
			else if (part == 1)
				sqe.data_len = htole32(1);
			else
				sqe.sge[3].type = htole32(1);
			refused(s, &commands[i], &sqe, OHBA_ST_INVALID_FIELD, "data");
		}
	}
}

static void bad_data_buffers(void **state)
{
	struct session *s = *state;
	uint64_t addr = mem_alloc(s->host->mem, OHBA_PDU_RECV_MIN, MEM_IN);
	struct ohba_sqe sqe;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];

		if (!c->data)
			continue;
		sqe = plain(c);
		sqe_data(&sqe, addr, c->len);
		sqe.nsge = 5;
		refused(s, c, &sqe, OHBA_ST_INVALID_SGL, "five elements");
		sqe.nsge = 0;
		refused(s, c, &sqe, OHBA_ST_INVALID_FIELD, "an element too many");
		sqe_data(&sqe, addr, c->len);
		sqe.data_len = htole32((8 << 20) + 1);
		refused(s, c, &sqe, OHBA_ST_INVALID_FIELD, "over max_data_len");
	}
}

/* Those that write at once must say so when they cannot; bad lists come first. */
static void data_that_cannot_be_had(void **state)
{
	static const uint8_t at_once[] = { OHBA_ADMIN_IDENTIFY, OHBA_ADMIN_PORT_GET,
					   OHBA_ADMIN_STATS_GET, OHBA_ADMIN_CONN_INFO };
	struct session *s = *state;
	uint64_t addr = mem_alloc(s->host->mem, 512, MEM_IN);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(at_once); i++) {
		struct ohba_sqe sqe = sqe_admin(at_once[i], i == 3 ? CID : 0);

		if (at_once[i] == OHBA_ADMIN_STATS_GET)
			sqe.body[0] = OHBA_STATS_ADAPTER;
		sqe_data(&sqe, 0x2000, 64);
		host_admin_status(s->host, &sqe, OHBA_ST_DMA_FAULT);
		sqe_data(&sqe, addr, 64);
		sqe.data_len = htole32(65);
		host_admin_status(s->host, &sqe, OHBA_ST_INVALID_SGL);
		sqe_data(&sqe, addr, 512);
		host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
	}
}

static bool is_known(int opcode)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].opcode == opcode)
			return true;
	return false;
}

static void unknown_opcodes(void **state)
{
	struct session *s = *state;
	int opcode;

	for (opcode = 0; opcode < 256; opcode++) {
		struct ohba_sqe sqe;

		if (is_known(opcode))
			continue;
		memset(&sqe, 0xff, sizeof(sqe));	/* nothing else is looked at */
		sqe.opcode = opcode;
		host_admin_status(s->host, &sqe, OHBA_ST_INVALID_OPCODE);
	}
}

static void handles(void **state)
{
	static const uint32_t bad[] = { CONNS, 0xffff, 0x10000, 0x80000000, 0xffffffff };
	struct session *s = *state;
	uint64_t out = mem_alloc(s->host->mem, OHBA_PDU_RECV_MIN, MEM_OUT);
	uint64_t in = mem_alloc(s->host->mem, OHBA_PDU_RECV_MIN, MEM_IN);
	struct ohba_session_params params = params_of(&opts_default);
	size_t i, j;

	memcpy(mem_ptr(s->host->mem, out), &params, sizeof(params));
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];
		struct ohba_sqe sqe;

		/* QUEUE_*, STATS_GET and CONN_OPEN have tests of their own. */
		if (c->opcode < OHBA_ADMIN_CONN_CLOSE && !c->free_handle)
			continue;
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			sqe = sqe_admin(c->opcode, bad[j]);
			if (c->data)
				sqe_data(&sqe, c->opcode == OHBA_ADMIN_SESSION_START ||
					 c->opcode == OHBA_ADMIN_PDU_SEND ? out : in, c->len);
			if (c->opcode == OHBA_ADMIN_PDU_SEND)
				sqe.body[7] = c->len;
			if (c->opcode == OHBA_ADMIN_TMF)
				sqe.body[0] = OHBA_TMF_LUN_RESET;
			refused(s, c, &sqe, c->free_handle ? OHBA_ST_INVALID_FIELD
							   : OHBA_ST_INVALID_HANDLE, "handle");
		}
	}
}

/* --- the adapter's own ------------------------------------------------------------------ */

static void identify(void **state)
{
	static const uint32_t lens[] = { 512, 511, 100, 1, 600 };
	struct session *s = *state;
	struct ohba_identify want = {
		.model = "ohba iSCSI offload adapter",
		.serial = "unit-0001",
		.mac = { 0x02, 0x0b, 0xa0, 0x12, 0x34, 0x56 },
		.max_conns = htole32(CONNS), .max_tags = htole32(TAGS),
		.max_sge = htole32(2048), .max_data_len = htole32(8 << 20),
		.max_recv_dsl = htole32(1 << 20), .max_burst = htole32((16 << 20) - 512),
		.max_r2t = htole16(16), .max_cdb_len = htole16(260),
	};
	size_t i;

	snprintf((char *)want.fw_version, sizeof(want.fw_version), "%u.%u.%u",
		 OHBA_FW_VERSION_MAJOR, OHBA_FW_VERSION_MINOR, OHBA_FW_VERSION_PATCH);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_IDENTIFY, 0);
		uint64_t addr = mem_alloc(s->host->mem, lens[i], MEM_IN);
		uint8_t *got = mem_ptr(s->host->mem, addr);

		memset(got, 0x77, lens[i]);
		sqe_data(&sqe, addr, lens[i]);
		host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
		same_bytes("IDENTIFY", got, &want, MIN(lens[i], sizeof(want)));
		if (lens[i] > sizeof(want))
			assert_int_equal(got[sizeof(want)], 0x77);
	}
}

static void port_get(void **state)
{
	static const struct {
		bool up;
		uint32_t speed, mtu;
	} row[] = { { true, 10000, 1500 }, { false, 0, 0 }, { true, 400000, 9000 } };
	struct session *s = *state;
	uint64_t addr = mem_alloc(s->host->mem, sizeof(struct ohba_port), MEM_IN);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PORT_GET, 0);
		struct ohba_port want = {
			.mac = { 0x02, 0x0b, 0xa0, 0x12, 0x34, 0x56 },
			.link_up = row[i].up, .engine = OHBA_ENGINE_HOST,
			.speed_mbps = htole32(row[i].speed), .mtu = htole32(row[i].mtu),
		};

		target_link(s->host->target, row[i].up, row[i].speed, row[i].mtu);
		sqe_data(&sqe, addr, sizeof(want));
		host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
		same_bytes("PORT_GET", mem_ptr(s->host->mem, addr), &want, sizeof(want));
		/* What is new to it is an event, too. */
		if (i) {
			struct ohba_event event = host_event(s->host, OHBA_EVENT_LINK);

			assert_int_equal(event.detail[0], htole32(row[i].up));
			assert_int_equal(event.detail[1], want.speed_mbps);
		}
	}
	target_link(s->host->target, true, 10000, 1500);
}

static void stats_get_refuses(void **state)
{
	static const struct {
		uint8_t off, val;
		uint32_t handle;
		uint16_t status;
	} row[] = {
		{ 0, 0, 0, OHBA_ST_INVALID_FIELD },
		{ 0, 5, 0, OHBA_ST_INVALID_FIELD },
		{ 0, OHBA_STATS_TARGET, 0, OHBA_ST_INVALID_HANDLE },
		{ 0, OHBA_STATS_TARGET, 0xffffffff, OHBA_ST_INVALID_HANDLE },
		{ 0, 255, 0, OHBA_ST_INVALID_FIELD },
		{ 1, 1, 0, OHBA_ST_INVALID_FIELD },
		{ 47, 1, 0, OHBA_ST_INVALID_FIELD },
		{ 0, OHBA_STATS_ADAPTER, 1, OHBA_ST_INVALID_FIELD },
		{ 0, OHBA_STATS_CONN, CONNS, OHBA_ST_INVALID_HANDLE },
		{ 0, OHBA_STATS_CONN, 0xffffffff, OHBA_ST_INVALID_HANDLE },
		{ 0, OHBA_STATS_QUEUE, QUEUES + 1, OHBA_ST_INVALID_HANDLE },
		{ 0, OHBA_STATS_QUEUE, 0xffffffff, OHBA_ST_INVALID_HANDLE },
		{ 0, OHBA_STATS_ADAPTER, 0, OHBA_ST_SUCCESS },
		{ 0, OHBA_STATS_CONN, CID, OHBA_ST_SUCCESS },
		{ 0, OHBA_STATS_QUEUE, 0, OHBA_ST_SUCCESS },
		{ 0, OHBA_STATS_QUEUE, QUEUES, OHBA_ST_SUCCESS },
	};
	struct session *s = *state;
	uint64_t addr = mem_alloc(s->host->mem, 256, MEM_IN);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_STATS_GET, row[i].handle);
		struct ohba_cqe cqe;

		sqe.body[0] = OHBA_STATS_ADAPTER;
		sqe.body[row[i].off] = row[i].val;
		sqe_data(&sqe, addr, 256);
		cqe = host_admin(s->host, &sqe);
		if (le16toh(cqe.status) != row[i].status)
			fail_msg("row %zu: %s", i, status_name(le16toh(cqe.status)));
	}
}

/* Every PDU that a connection saw, counted: both ways, by kind. */
static void conn_stats_count(void **state)
{
	struct session *s = *state;
	struct ohba_conn_stats stats;
	struct ohba_adapter_stats before, after;
	uint64_t out = s->wire->out_len, in = s->wire->in_pos;

	host_stats(s->host, OHBA_STATS_ADAPTER, 0, &before, sizeof(before));
	io_works(s, 1, OHBA_IO_READ, 100000);	/* two Data-In, the second with status */
	io_works(s, 2, OHBA_IO_WRITE, 20000);	/* immediate 8192, an R2T, two Data-Out */
	io_works(s, 3, 0, 0);
	host_stats(s->host, OHBA_STATS_CONN, CID, &stats, sizeof(stats));
	assert_int_equal(le64toh(stats.tx_bytes), s->wire->out_len - out);
	assert_int_equal(le64toh(stats.rx_bytes), s->wire->in_pos - in);
	assert_int_equal(le64toh(stats.tx_pdus), 5);
	assert_int_equal(le64toh(stats.rx_pdus), 5);
	assert_int_equal(le64toh(stats.scsi_cmd_pdus), 3);
	assert_int_equal(le64toh(stats.scsi_rsp_pdus), 2);
	assert_int_equal(le64toh(stats.data_out_pdus), 2);
	assert_int_equal(le64toh(stats.data_in_pdus), 2);
	assert_int_equal(le64toh(stats.r2t_pdus), 1);
	assert_int_equal(le64toh(stats.nop_out_pdus), 0);
	assert_int_equal(le64toh(stats.digest_errors), 0);
	assert_int_equal(le64toh(stats.window_closed), 0);
	host_stats(s->host, OHBA_STATS_ADAPTER, 0, &after, sizeof(after));
	assert_int_equal(le64toh(after.tx_pdus) - le64toh(before.tx_pdus), 5);
	assert_int_equal(le64toh(after.rx_pdus) - le64toh(before.rx_pdus), 5);
	assert_int_equal(le64toh(after.tx_data_bytes) - le64toh(before.tx_data_bytes), 20000);
	assert_int_equal(le64toh(after.rx_data_bytes) - le64toh(before.rx_data_bytes), 100000);
}

static void host_setup_refuses(void **state)
{
	static const struct {
		size_t off;
		uint32_t val;
	} row[] = {
#define H(field, val) { offsetof(struct ohba_host_setup, field), val }
		H(sense_stride, 0), H(sense_stride, 31), H(sense_stride, 4097),
		H(sense_stride, 0xffffffff), H(num_tags, 0), H(num_tags, TAGS + 1),
		H(num_tags, 0xffffffff), H(rsvd[0], 1), H(rsvd[28], 0x80000000),
#undef H
	};
	struct host *host = host_new();
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_HOST_SETUP, 0);
	struct ohba_host_setup setup;
	uint64_t sense;
	size_t i;

	(void)state;
	host_program_rings(host, 64, 64, 16);
	host_enable(host);
	sense = mem_alloc(host->mem, 4 * 4096, MEM_IN);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		setup = (struct ohba_host_setup){ .sense_base = htole64(sense),
			.sense_stride = htole32(32), .num_tags = htole32(4) };
		memcpy((char *)&setup + row[i].off, &row[i].val, 4);
		memcpy(sqe.body, &setup, sizeof(setup));
		host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	}
	setup = (struct ohba_host_setup){ .sense_base = htole64(0x1000),
		.sense_stride = htole32(32), .num_tags = htole32(4) };
	memcpy(sqe.body, &setup, sizeof(setup));
	host_admin_status(host, &sqe, OHBA_ST_DMA_FAULT);
	setup.sense_base = htole64(~0ull - 64);		/* wraps */
	memcpy(sqe.body, &setup, sizeof(setup));
	host_admin_status(host, &sqe, OHBA_ST_DMA_FAULT);
	setup.sense_base = htole64(sense);
	setup.sense_stride = htole32(4096);
	memcpy(sqe.body, &setup, sizeof(setup));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_STATE);	/* second time */
	host_free(host);
}

static void queues_wait_for_host_setup(void **state)
{
	struct host *host = host_new();
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_CREATE, 1);
	struct ohba_queue_create create = {
		.sq_size = htole32(16), .cq_size = htole32(16), .vector = htole32(1),
	};
	uint64_t ring;

	(void)state;
	host_program_rings(host, 64, 64, 16);
	host_enable(host);
	ring = mem_alloc(host->mem, 16 * 128 + 128 + 16 * 32, MEM_RING);
	create.ctl = htole64(ring);
	create.sq = htole64(ring + 128);
	create.cq = htole64(ring + 128 + 16 * 128);
	memcpy(sqe.body, &create, sizeof(create));
	host_admin_status(host, &sqe, OHBA_ST_INVALID_STATE);
	host_setup(host);
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	host_free(host);
}

static void a_queue_that_owes_answers_is_busy(void **state)
{
	struct session *s = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 1);
	struct io io = io_make(s, 1, 0, 0);

	io_submit(&io);
	io_expect_cmd(&io);
	host_admin_status(s->host, &sqe, OHBA_ST_BUSY);
	sqe.handle = htole32(2);
	host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
	io_answer(&io);
	io_done_good(&io);
	sqe.handle = htole32(1);
	host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
}

static void session_timers_refuse(void **state)
{
	struct session *s = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_SESSION_TIMERS, s->handle);

	host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
	sqe.body[8] = 1;
	host_admin_status(s->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe.body[8] = 0;
	sqe.body[47] = 1;
	host_admin_status(s->host, &sqe, OHBA_ST_INVALID_FIELD);
}

static void guest_errors_are_counted(void **state)
{
	struct session *s = *state;
	struct ohba_adapter_stats before, after;
	struct ohba_sqe sqe = { .opcode = 0xfe };
	int i;

	host_stats(s->host, OHBA_STATS_ADAPTER, 0, &before, sizeof(before));
	for (i = 0; i < 10; i++)
		host_admin_status(s->host, &sqe, OHBA_ST_INVALID_OPCODE);
	host_stats(s->host, OHBA_STATS_ADAPTER, 0, &after, sizeof(after));
	assert_int_equal(le64toh(after.guest_errors), le64toh(before.guest_errors) + 10);
	assert_int_equal(s->host->guest_traces, 10);
}

int main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(flags_and_reserved_fields),
		T(bodies_that_are_not_used),
		T(data_that_is_not_used),
		T(bad_data_buffers),
		T(data_that_cannot_be_had),
		T(unknown_opcodes),
		T(handles),
		T(identify),
		T(port_get),
		T(stats_get_refuses),
		T(conn_stats_count),
		cmocka_unit_test(host_setup_refuses),
		cmocka_unit_test(queues_wait_for_host_setup),
		T(a_queue_that_owes_answers_is_busy),
		T(session_timers_refuse),
		T(guest_errors_are_counted),
	};

	return cmocka_run_group_tests_name("admin", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults of PDUs and connections: each happens exactly as often as its rule says,
 * where it says, and the adapter answers it by name.
 */
#include "faults.h"

#define READ	OHBA_IO_READ
#define WRITE	OHBA_IO_WRITE

/* --- PDUs ---------------------------------------------------------------- */

static void drop_a_response(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io, next;

	(void)state;
	fault_set(s->host, "drop-pdu:in,opcode=0x21");
	io = read_start(s, 1, 0);
	next = read_start(s, 2, 0);
	io_answer(&io);
	host_expect_none(s->host, io.qid);
	fault_expect_spent(s->host, "drop-pdu", 1);
	assert_int_equal(conn_phase(s->host, s->cid), OHBA_CONN_FULL);
	/* TCP loses no PDU, so the next one tells. */
	io_answer(&next);
	expect_lost(s->host, s->cid, OHBA_ST_BAD_STATSN, OP_SCSI_RSP);
	session_free(s);
}

static void drop_data(void **state)
{
	static const uint32_t digests[] = {
		0, OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST,
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(digests); i++) {
		struct opts opts = opts_default;
		struct session *s;
		struct io io;

		opts.flags |= digests[i];
		s = session_new(&opts);
		fault_set(s->host, "drop-pdu:in,opcode=0x25,after=1");
		io = read_start(s, 1, 301);
		wire_cut(s->wire, CUT_RANDOM, CUT_NONE);
		send_read_data(&io, 0, 0, 100, 0);
		send_read_data(&io, 1, 100, 101, 0);
		host_settle(s->host);
		fault_expect_spent(s->host, "drop-pdu", 1);
		send_read_data(&io, 2, 201, 100, FLAG_F);
		expect_lost(s->host, s->cid, OHBA_ST_BAD_DATASN, OP_DATA_IN);
		session_free(s);
	}
}

static void drop_what_is_sent(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io lost = io_make(s, 1, WRITE, 8192), io = io_make(s, 2, WRITE, 4096);

	(void)state;
	fault_set(s->host, "drop-pdu:out,opcode=0x01");
	io_submit(&lost);
	expect_silence(s);
	fault_expect_spent(s->host, "drop-pdu", 1);
	/* The target sees that a CmdSN is missing. */
	s->cmdsn++;
	io_submit(&io);
	io_expect_cmd(&io);
	s->cmdsn = io.cmdsn - 1;	/* so it does not acknowledge */
	send_scsi_rsp(s, io.itt, &(struct rsp){ 0 });
	io_done_good(&io);
	host_expect_none(s->host, lost.qid);
	session_free(s);
}

/* Of ten pings those are lost that the rule names, and no other. */

static void delay(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io, next;

	(void)state;
	fault_set(s->host, "delay-pdu:in,ms=200,opcode=0x21");
	io = read_start(s, 1, 0);
	next = read_start(s, 2, 0);
	io_answer(&io);
	io_answer(&next);	/* nothing overtakes on one TCP connection */
	host_advance(s->host, 199 * MS);
	host_expect_none(s->host, io.qid);
	host_advance(s->host, 1 * MS);
	io_done_good(&io);
	io_done_good(&next);
	fault_expect_spent(s->host, "delay-pdu", 1);
	io_works(s, 3, READ, 4096);
	session_free(s);
}

/* Each delay is its connection's own. */
static void two_delays(void **state)
{
	struct session *s = session_new(&opts_default), other;
	struct io io, next;

	(void)state;
	session_open(&other, s->host, 4, &opts_default);
	fault_set(s->host, "delay-pdu:in,cid=3,ms=300; delay-pdu:in,cid=4,ms=100");
	io = read_start(s, 1, 0);
	next = read_start(&other, 2, 0);
	io_answer(&io);
	host_settle(s->host);
	io_answer(&next);
	host_advance(s->host, 100 * MS);
	io_done_good(&next);
	host_expect_none(s->host, io.qid);
	host_advance(s->host, 200 * MS);
	io_done_good(&io);
	conn_close(s->host, 4, OHBA_CONN_CLOSE_ABORT);
	session_free(s);
}

/* A delay that outlives its connection. */
static void delay_and_close(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io;

	(void)state;
	fault_set(s->host, "delay-pdu:in,ms=1000");
	io = read_start(s, 1, 0);
	io_answer(&io);
	host_settle(s->host);
	conn_close(s->host, s->cid, 0);
	io_done(&io, OHBA_ST_ABORTED);
	session_open(s, s->host, s->cid, &opts_default);
	host_advance(s->host, 500 * MS);
	io_works(s, 1, READ, 4096);
	host_advance(s->host, 1000 * MS);
	io_works(s, 1, READ, 4096);
	session_free(s);
}

static void delay_beyond_a_ping(void **state)
{
	struct opts opts = opts_default;
	struct session *s;
	struct io io;

	(void)state;
	opts.nop_interval_ms = 1000;
	opts.nop_timeout_ms = 1000;
	s = session_new(&opts);
	recv_post(s->host, s->cid);
	fault_set(s->host, "delay-pdu:in,ms=60000");
	io = read_start(s, 1, 0);
	io_answer(&io);
	host_advance(s->host, 3000 * MS);
	expect_lost(s->host, s->cid, OHBA_ST_NOP_TIMEOUT, 0);
	session_free(s);
}

static const struct {
	const char *field;
	uint8_t opcode;
	uint16_t reason;
	uint8_t blamed;
} corruptions[] = {
	{ "header-digest", OP_DATA_IN, OHBA_ST_HDR_DIGEST, OP_DATA_IN },
	{ "data-digest", OP_DATA_IN, OHBA_ST_DATA_DIGEST, OP_DATA_IN },
	{ "opcode", OP_DATA_IN, OHBA_ST_BAD_OPCODE, 0x3d },
	{ "length", OP_DATA_IN, OHBA_ST_BAD_LENGTH, OP_DATA_IN },
	{ "itt", OP_DATA_IN, OHBA_ST_BAD_ITT, OP_DATA_IN },
	{ "statsn", OP_SCSI_RSP, OHBA_ST_BAD_STATSN, OP_SCSI_RSP },
	{ "datasn", OP_DATA_IN, OHBA_ST_BAD_DATASN, OP_DATA_IN },
	{ "offset", OP_DATA_IN, OHBA_ST_BAD_OFFSET, OP_DATA_IN },
	{ "r2tsn", OP_R2T, OHBA_ST_BAD_R2TSN, OP_R2T },
};

/* A read of one Data-In, and a write of one R2T. */
static void both_ways(struct session *s)
{
	struct io in = read_start(s, 1, 61), out = io_make(s, 2, WRITE, 16384);

	io_submit(&out);
	io_expect_cmd(&out);
	send_r2t(s, out.itt, out.lun, &(struct r2t){ .ttt = 1, .off = 8192, .len = 8192 });
	send_read_data(&in, 0, 0, 61, FLAG_F);
	send_scsi_rsp(s, in.itt, &(struct rsp){ .exp_datasn = 1 });
	host_settle(s->host);
}

static void corruption(void **state)
{
	struct opts opts = opts_default;
	unsigned int i;

	(void)state;
	opts.flags |= OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST;
	for (i = 0; i < ARRAY_SIZE(corruptions); i++) {
		struct session *s = session_new(&opts);
		char rule[64];

		snprintf(rule, sizeof(rule), "corrupt:%s,opcode=0x%02x", corruptions[i].field,
			 corruptions[i].opcode);
		fault_set(s->host, rule);
		both_ways(s);
		expect_lost(s->host, s->cid, corruptions[i].reason,
			    corruptions[i].blamed);
		fault_expect_spent(s->host, "corrupt", 1);
		session_free(s);
	}
}

/* Two rules, one after the other: the second would put back what the first changed. */
static void corruption_is_not_undone(void **state)
{
	struct opts opts = opts_default;
	struct session *s;

	(void)state;
	opts.flags |= OHBA_SESSION_HDR_DIGEST;
	s = session_new(&opts);
	fault_set(s->host, "corrupt:header-digest,opcode=0x25;corrupt:header-digest,opcode=0x25");
	both_ways(s);
	expect_lost(s->host, s->cid, OHBA_ST_HDR_DIGEST, OP_DATA_IN);
	assert_int_equal(fault_injected(s->host, "corrupt"), 1);
	session_free(s);
}

/* What is not there cannot be corrupted. */
static void nothing_to_corrupt(void **state)
{
	struct session *s = session_new(&opts_default);

	(void)state;
	fault_set(s->host, "corrupt:header-digest,count=0;corrupt:data-digest,count=0;"
		     "corrupt:r2tsn,count=0;corrupt:datasn,opcode=0x21,count=0");
	io_works(s, 1, READ, 65536);
	send_nop_in(s, RESERVED_TAG, RESERVED_TAG, NULL, 0);
	host_settle(s->host);
	assert_int_equal(fault_injected(s->host, "corrupt"), 0);
	session_free(s);
}

/* Login is not for rules without an opcode. */
static void login(void **state)
{
	struct host *host = host_new_ready();
	struct wire *wire = conn_open(host, 2);
	struct recv recv = recv_post(host, 2);
	uint8_t bhs[48];

	(void)state;
	fault_set(host, "drop-pdu:in,count=0; drop-pdu:in,opcode=0x23,after=1");
	make_login(bhs, OP_LOGIN_RSP, 0x04);
	put_be24(bhs, 5, 12);
	wire_send(wire, bhs, "first answer", 12);
	expect_recv(host, &recv, bhs, "first answer", 12);
	recv = recv_post(host, 2);
	wire_send(wire, bhs, "2nd, is lost", 12);
	host_expect_none(host, OHBA_QID_ADMIN);
	assert_int_equal(fault_injected(host, "drop-pdu"), 1);
	wire_send(wire, bhs, "third answer", 12);
	expect_recv(host, &recv, bhs, "third answer", 12);
	conn_close(host, 2, OHBA_CONN_CLOSE_ABORT);
	host_free(host);
}

/* --- connections --------------------------------------------------------- */

static void tcp_reset_at_once(void **state)
{
	struct session *s = session_new(&opts_default), other;

	(void)state;
	session_open(&other, s->host, 4, &opts_default);
	fault_set(s->host, "tcp-reset:cid=4");
	expect_lost(s->host, 4, OHBA_ST_CONN_RESET, 0);
	assert_true(other.wire->aborted);
	fault_expect_spent(s->host, "tcp-reset", 1);
	io_works(s, 1, READ, 4096);
	conn_close(s->host, 4, 0);
	session_free(s);
}

static void tcp_reset_in_time(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io;

	(void)state;
	fault_set(s->host, "tcp-reset:after=2,opcode=0x21");
	io_works(s, 1, WRITE, 512);
	io_works(s, 2, WRITE, 512);
	io = read_start(s, 3, 0);
	io_answer(&io);
	expect_lost(s->host, s->cid, OHBA_ST_CONN_RESET, 0);
	assert_true(s->wire->aborted);
	fault_expect_spent(s->host, "tcp-reset", 1);
	session_free(s);
}

/* As many as there are, and the rest later. */
static void tcp_reset_of_those_to_come(void **state)
{
	struct session *s = session_new(&opts_default);

	(void)state;
	fault_set(s->host, "tcp-reset:count=2");
	expect_lost(s->host, s->cid, OHBA_ST_CONN_RESET, 0);
	fault_expect_rules(s->host, "tcp-reset:count=2: 1 left, 1 injected\n");
	conn_close(s->host, s->cid, 0);
	session_open(s, s->host, s->cid, &opts_default);
	send_nop_in(s, RESERVED_TAG, RESERVED_TAG, NULL, 0);
	expect_lost(s->host, s->cid, OHBA_ST_CONN_RESET, 0);
	fault_expect_spent(s->host, "tcp-reset", 2);
	session_free(s);
}

static void refuse_connect(void **state)
{
	struct host *host = host_new_ready();
	struct ohba_sqe sqe = sqe_conn_open(2);

	(void)state;
	fault_set(host, "refuse-connect:count=2; refuse-connect:reason=HOST_UNREACH");
	host_admin_status(host, &sqe, OHBA_ST_CONN_REFUSED);
	host_admin_status(host, &sqe, OHBA_ST_CONN_REFUSED);
	host_admin_status(host, &sqe, OHBA_ST_HOST_UNREACH);
	fault_expect_spent(host, "refuse-connect", 3);
	assert_int_equal(target_count(host->target), 0);
	conn_open(host, 2);
	conn_close(host, 2, OHBA_CONN_CLOSE_ABORT);
	host_free(host);
}

#define RATE	100000
#define SLOW_LEN	65536

static void slow_target(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io;
	int ms;

	(void)state;
	fault_set(s->host, "slow-target:bytes-per-s=100000");
	io = read_start(s, 1, SLOW_LEN);
	send_read_data(&io, 0, 0, SLOW_LEN, FLAG_F);
	send_scsi_rsp(s, io.itt, &(struct rsp){ .exp_datasn = 1 });
	for (ms = 0; wire_unread(s->wire); ms += 10) {
		size_t read = SLOW_LEN + 96 - wire_unread(s->wire);

		/* A slice and what is read ahead. */
		assert_in_range(read, (size_t)ms * RATE / 1000, (size_t)ms * RATE / 1000 + 4096);
		host_expect_none(s->host, io.qid);
		host_advance(s->host, 10 * MS);
	}
	assert_in_range(ms, 600, 700);
	host_advance(s->host, 20 * MS);
	io_check_data(&io, SLOW_LEN);
	io_done_good(&io);
	fault_set(s->host, "clear");
	host_advance(s->host, 20 * MS);
	io_works(s, 1, READ, SLOW_LEN);
	session_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drop_a_response),
		cmocka_unit_test(drop_data),
		cmocka_unit_test(drop_what_is_sent),
		cmocka_unit_test(delay),
		cmocka_unit_test(two_delays),
		cmocka_unit_test(delay_and_close),
		cmocka_unit_test(delay_beyond_a_ping),
		cmocka_unit_test(corruption),
		cmocka_unit_test(corruption_is_not_undone),
		cmocka_unit_test(nothing_to_corrupt),
		cmocka_unit_test(login),
		cmocka_unit_test(tcp_reset_at_once),
		cmocka_unit_test(tcp_reset_in_time),
		cmocka_unit_test(tcp_reset_of_those_to_come),
		cmocka_unit_test(refuse_connect),
		cmocka_unit_test(slow_target),
	};

	return cmocka_run_group_tests_name("fault_net", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fault injection: each kind happens exactly as often as its rule says, where it
 * says, and the adapter answers it by name; rules in words; without rules
 * nothing is different.
 */
#include "session.h"

#define READ	OHBA_IO_READ
#define WRITE	OHBA_IO_WRITE

/* --- rules --------------------------------------------------------------- */

static void set(struct host *host, const char *words)
{
	char err[512] = "";

	if (ohba_fault_set(host->fw, words, err, sizeof(err)))
		fail_msg("%s", err);
	host_settle(host);
}

static void expect_rules(struct host *host, const char *want)
{
	char got[2048];

	assert_int_equal(ohba_fault_print(host->fw, got, sizeof(got)), strlen(want));
	assert_string_equal(got, want);
}

static uint64_t injected(struct host *host, const char *kind)
{
	const char *name;
	unsigned int i;
	uint64_t n;

	for (i = 0; (name = ohba_fault_injected(host->fw, i, &n)); i++)
		if (!strcmp(name, kind))
			return n;
	fail_msg("no kind %s", kind);
	return 0;
}

/* All rules are used up, and @kind happened @n times. */
static void expect_spent(struct host *host, const char *kind, uint64_t n)
{
	expect_rules(host, "");
	assert_int_equal(injected(host, kind), n);
}

static const struct {
	const char *words, *rules;
} good[] = {
	{ "", "" },
	{ " ; ,, ;\n", "" },
	{ "hang:count=0,after=3", "hang:after=3,count=0: always, 0 injected\n" },
	{ "drop-pdu:in,opcode=0x25,count=3",
	  "drop-pdu:in,opcode=0x25,count=3: 3 left, 0 injected\n" },
	{ "drop-pdu: out opcode=5", "drop-pdu:out,opcode=0x05: 1 left, 0 injected\n" },
	{ "delay-pdu:in,ms=200", "delay-pdu:in,ms=200: 1 left, 0 injected\n" },
	{ "corrupt:header-digest,cid=15,after=010",
	  "corrupt:header-digest,cid=15,after=8: 1 left, 0 injected\n" },
	{ "crash:after=1,reason=dma_fault",
	  "crash:reason=DMA_FAULT,after=1: 1 left, 0 injected\n" },
	{ "stall-queue:qid=4,ms=500,chance=7,seed=9",
	  "stall-queue:qid=4,ms=500,chance=7,seed=9: 1 left, 0 injected\n" },
	{ "slow-target:bytes-per-s=1000",
	  "slow-target:bytes-per-s=1000: always, 0 injected\n" },
	{ "lose-completion; duplicate-completion:qid=0",
	  "lose-completion: 1 left, 0 injected\n"
	  "duplicate-completion:qid=0: 1 left, 0 injected\n" },
	{ "tcp-reset:cid=3; clear ; refuse-connect",
	  "refuse-connect: 1 left, 0 injected\n" },
	{ "hang; clear", "" },
};

static void rules_in_words(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		struct host *host = host_new();

		set(host, good[i].words);
		expect_rules(host, good[i].rules);
		host_free(host);
	}
}

static const struct {
	const char *words, *says;
} bad[] = {
	{ "drop", "fault 'drop': there is no 'drop'; there are drop-pdu, delay-pdu, corrupt, "
	  "tcp-reset, refuse-connect, slow-target, stall-queue, lose-completion, "
	  "duplicate-completion, crash, hang, and clear" },
	{ "hang; crash:now", "fault ' crash:now': crash does not take 'now'; it takes opcode=, "
	  "qid=, reason=, after=, chance=, seed=, count=" },
	{ "drop-pdu:count=1", "drop-pdu needs in or out" },
	{ "delay-pdu:out,ms=3", "delay-pdu does not take 'out'; it takes in, " },
	{ "delay-pdu:in", "delay-pdu needs ms=, a number from 1 to 3600000" },
	{ "delay-pdu:in,ms=0", "'0' is not a number from 1 to 3600000, as ms= must be" },
	{ "delay-pdu:in,ms=-1", "'-1' is not a number" },
	{ "delay-pdu:in,ms=1s", "'1s' is not a number" },
	{ "delay-pdu:in,ms=99999999999999999999999", "is not a number" },
	{ "corrupt", "corrupt needs header-digest or data-digest or opcode" },
	{ "corrupt:cdb", "corrupt does not take 'cdb'; it takes header-digest or " },
	{ "stall-queue:qid=5,ms=1", "'5' is not a number from 0 to 4, as qid= must be" },
	{ "tcp-reset:cid=16", "'16' is not a number from 0 to 15, as cid= must be" },
	{ "drop-pdu:in,opcode=0x100", "'0x100' is not a number from 0x00 to 0xff" },
	{ "crash:reason=BORED", "'BORED' is not a name of the error table" },
	{ "crash:reason=UNKNOWN", "'UNKNOWN' is not a name of the error table" },
	{ "crash:reason=SUCCESS", "'SUCCESS' is not a name" },
	{ "hang:count=1,count=2", "'count=2' says again what was said" },
	{ "drop-pdu:in,out", "'out' says again what was said" },
	{ "slow-target:count=2,bytes-per-s=1", "slow-target does not take 'count=2'" },
	{ "hang count=1", "there is no ':' behind hang" },
	{ ":", "there is no ''" },
};

static void errors_in_words(void **state)
{
	struct host *host = host_new();
	char err[512];
	unsigned int i;

	(void)state;
	set(host, "refuse-connect");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_not_equal(ohba_fault_set(host->fw, bad[i].words, err, sizeof(err)), 0);
		if (!strstr(err, bad[i].says))
			fail_msg("'%s' says \"%s\", without \"%s\"", bad[i].words, err,
				 bad[i].says);
		expect_rules(host, "refuse-connect: 1 left, 0 injected\n");
	}
	/* As short as a buffer may be. */
	assert_int_not_equal(ohba_fault_set(host->fw, "x", err, 1), 0);
	assert_int_equal(err[0], 0);
	host_free(host);
}

static void a_rule_too_long(void **state)
{
	struct host *host = host_new();
	char words[400], err[512];

	(void)state;
	memset(words, ' ', sizeof(words));
	memcpy(words, "hang:", 5);
	words[sizeof(words) - 1] = 0;
	assert_int_not_equal(ohba_fault_set(host->fw, words, err, sizeof(err)), 0);
	assert_non_null(strstr(err, "shorter than 256 bytes"));
	host_free(host);
}

static void a_table_that_is_full(void **state)
{
	struct host *host = host_new();
	char err[512];
	int i;

	(void)state;
	for (i = 0; i < 16; i++)
		set(host, "refuse-connect");
	assert_int_not_equal(ohba_fault_set(host->fw, "hang", err, sizeof(err)), 0);
	assert_non_null(strstr(err, "room for 16 rules; 'clear' makes room"));
	set(host, "clear;hang:after=1");
	expect_rules(host, "hang:after=1: 1 left, 0 injected\n");
	host_free(host);
}

static void print_into_little(void **state)
{
	struct host *host = host_new();
	char buf[16] = "xxxxxxxxxxxxxxx";

	(void)state;
	set(host, "hang;hang");
	assert_int_equal(ohba_fault_print(host->fw, NULL, 0), 2 * strlen("hang: 1 left, 0 injected\n"));
	ohba_fault_print(host->fw, buf, 9);
	assert_string_equal(buf, "hang: 1 ");
	assert_int_equal(buf[9], 'x');
	host_free(host);
}

/* --- PDUs ---------------------------------------------------------------- */

static struct io read_start(struct session *s, uint32_t tag, uint32_t len)
{
	struct io io = io_make(s, tag, READ, len);

	io_submit(&io);
	io_expect_cmd(&io);
	return io;
}

static void send_read_data(struct io *io, uint32_t datasn, uint32_t off, uint32_t len,
			   uint8_t flags)
{
	uint8_t *data = malloc(len);

	pattern_fill(data, len, io->key, off);
	send_data_in(io->s, io->itt, &(struct data_in){
		.datasn = datasn, .off = off, .data = data, .len = len, .flags = flags });
	free(data);
}

static void drop_a_response(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io, next;

	(void)state;
	set(s->host, "drop-pdu:in,opcode=0x21");
	io = read_start(s, 1, 0);
	next = read_start(s, 2, 0);
	io_answer(&io);
	host_expect_none(s->host, io.qid);
	expect_spent(s->host, "drop-pdu", 1);
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
		set(s->host, "drop-pdu:in,opcode=0x25,after=1");
		io = read_start(s, 1, 301);
		wire_cut(s->wire, CUT_RANDOM, CUT_NONE);
		send_read_data(&io, 0, 0, 100, 0);
		send_read_data(&io, 1, 100, 101, 0);
		host_settle(s->host);
		expect_spent(s->host, "drop-pdu", 1);
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
	set(s->host, "drop-pdu:out,opcode=0x01");
	io_submit(&lost);
	expect_silence(s);
	expect_spent(s->host, "drop-pdu", 1);
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
static void count_and_after(void **state)
{
	struct session *s = session_new(&opts_default);
	struct pdu pdu;
	uint32_t i;

	(void)state;
	set(s->host, "drop-pdu:in,opcode=0x20,cid=3,after=2,count=3;"
		     "drop-pdu:in,opcode=0x20,cid=4,count=0");
	for (i = 0; i < 10; i++) {
		send_nop_in(s, RESERVED_TAG, i, NULL, 0);
		host_settle(s->host);
		if (i >= 2 && i < 5) {
			expect_silence(s);
			continue;
		}
		take_pdu(s, &pdu);
		assert_int_equal(pdu.bhs[0], OP_NOP_OUT | OP_IMMEDIATE);
		assert_int_equal(be32_at(pdu.bhs, 20), i);
		free(pdu.data);
	}
	expect_rules(s->host, "drop-pdu:in,opcode=0x20,cid=4,count=0: always, 0 injected\n");
	assert_int_equal(injected(s->host, "drop-pdu"), 3);
	session_free(s);
}

/* Bit i of the result: ping i was lost. */
static uint64_t lost_by_chance(const char *rule)
{
	struct session *s = session_new(&opts_default);
	uint64_t lost = 0;
	struct pdu pdu;
	uint32_t i;

	set(s->host, rule);
	for (i = 0; i < 64; i++) {
		send_nop_in(s, RESERVED_TAG, i, NULL, 0);
		host_settle(s->host);
		if (!wire_pending(s->wire)) {
			lost |= 1ull << i;
			continue;
		}
		take_pdu(s, &pdu);
		free(pdu.data);
	}
	assert_int_equal(injected(s->host, "drop-pdu"), __builtin_popcountll(lost));
	session_free(s);
	return lost;
}

static void chance_and_seed(void **state)
{
	uint64_t lost = lost_by_chance("drop-pdu:in,chance=4,seed=7,count=0");

	(void)state;
	assert_in_range(__builtin_popcountll(lost), 6, 32);
	assert_true(lost_by_chance("drop-pdu:in,chance=4,seed=7,count=0") == lost);
	assert_true(lost_by_chance("drop-pdu:in,chance=4,seed=8,count=0") != lost);
	assert_int_equal(__builtin_popcountll(lost_by_chance("drop-pdu:in,chance=4,count=2")), 2);
	assert_true(lost_by_chance("drop-pdu:in,count=0") == UINT64_MAX);
}

static void delay(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io, next;

	(void)state;
	set(s->host, "delay-pdu:in,ms=200,opcode=0x21");
	io = read_start(s, 1, 0);
	next = read_start(s, 2, 0);
	io_answer(&io);
	io_answer(&next);	/* nothing overtakes on one TCP connection */
	host_advance(s->host, 199 * MS);
	host_expect_none(s->host, io.qid);
	host_advance(s->host, 1 * MS);
	io_done_good(&io);
	io_done_good(&next);
	expect_spent(s->host, "delay-pdu", 1);
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
	set(s->host, "delay-pdu:in,cid=3,ms=300; delay-pdu:in,cid=4,ms=100");
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
	set(s->host, "delay-pdu:in,ms=1000");
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
	set(s->host, "delay-pdu:in,ms=60000");
	io = read_start(s, 1, 0);
	io_answer(&io);
	host_advance(s->host, 3000 * MS);
	expect_lost(s->host, s->cid, OHBA_ST_NOP_TIMEOUT, 0);
	session_free(s);
}

static const struct {
	const char *field;
	uint8_t opcode;		/* to blame */
	uint16_t reason;
} corruptions[] = {
	{ "header-digest", OP_DATA_IN, OHBA_ST_HDR_DIGEST },
	{ "data-digest", OP_DATA_IN, OHBA_ST_DATA_DIGEST },
	{ "opcode", OP_DATA_IN | 0x80, OHBA_ST_BAD_OPCODE },
	{ "length", OP_DATA_IN, OHBA_ST_BAD_LENGTH },
	{ "itt", OP_DATA_IN, OHBA_ST_BAD_ITT },
	{ "statsn", OP_SCSI_RSP, OHBA_ST_BAD_STATSN },
	{ "datasn", OP_DATA_IN, OHBA_ST_BAD_DATASN },
	{ "offset", OP_DATA_IN, OHBA_ST_BAD_OFFSET },
	{ "r2tsn", OP_R2T, OHBA_ST_BAD_R2TSN },
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
			 corruptions[i].opcode & 0x3f);
		set(s->host, rule);
		both_ways(s);
		expect_lost(s->host, s->cid, corruptions[i].reason, corruptions[i].opcode);
		expect_spent(s->host, "corrupt", 1);
		session_free(s);
	}
}

/* What is not there cannot be corrupted. */
static void nothing_to_corrupt(void **state)
{
	struct session *s = session_new(&opts_default);

	(void)state;
	set(s->host, "corrupt:header-digest,count=0;corrupt:data-digest,count=0;"
		     "corrupt:r2tsn,count=0;corrupt:datasn,opcode=0x21,count=0");
	io_works(s, 1, READ, 65536);
	send_nop_in(s, RESERVED_TAG, RESERVED_TAG, NULL, 0);
	host_settle(s->host);
	assert_int_equal(injected(s->host, "corrupt"), 0);
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
	set(host, "drop-pdu:in,count=0; drop-pdu:in,opcode=0x23,after=1");
	make_login(bhs, OP_LOGIN_RSP, 0x04);
	put_be24(bhs, 5, 12);
	wire_send(wire, bhs, "first answer", 12);
	expect_recv(host, &recv, bhs, "first answer", 12);
	recv = recv_post(host, 2);
	wire_send(wire, bhs, "2nd, is lost", 12);
	host_expect_none(host, OHBA_QID_ADMIN);
	assert_int_equal(injected(host, "drop-pdu"), 1);
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
	set(s->host, "tcp-reset:cid=4");
	expect_lost(s->host, 4, OHBA_ST_CONN_RESET, 0);
	assert_true(other.wire->aborted);
	expect_spent(s->host, "tcp-reset", 1);
	io_works(s, 1, READ, 4096);
	conn_close(s->host, 4, 0);
	session_free(s);
}

static void tcp_reset_in_time(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io;

	(void)state;
	set(s->host, "tcp-reset:after=2,opcode=0x21");
	io_works(s, 1, WRITE, 512);
	io_works(s, 2, WRITE, 512);
	io = read_start(s, 3, 0);
	io_answer(&io);
	expect_lost(s->host, s->cid, OHBA_ST_CONN_RESET, 0);
	assert_true(s->wire->aborted);
	expect_spent(s->host, "tcp-reset", 1);
	session_free(s);
}

/* As many as there are, and the rest later. */
static void tcp_reset_of_those_to_come(void **state)
{
	struct session *s = session_new(&opts_default);

	(void)state;
	set(s->host, "tcp-reset:count=2");
	expect_lost(s->host, s->cid, OHBA_ST_CONN_RESET, 0);
	expect_rules(s->host, "tcp-reset:count=2: 1 left, 1 injected\n");
	conn_close(s->host, s->cid, 0);
	session_open(s, s->host, s->cid, &opts_default);
	send_nop_in(s, RESERVED_TAG, RESERVED_TAG, NULL, 0);
	expect_lost(s->host, s->cid, OHBA_ST_CONN_RESET, 0);
	expect_spent(s->host, "tcp-reset", 2);
	session_free(s);
}

static void refuse_connect(void **state)
{
	struct host *host = host_new_ready();
	struct ohba_sqe sqe = sqe_conn_open(2);

	(void)state;
	set(host, "refuse-connect:count=2; refuse-connect:reason=HOST_UNREACH");
	host_admin_status(host, &sqe, OHBA_ST_CONN_REFUSED);
	host_admin_status(host, &sqe, OHBA_ST_CONN_REFUSED);
	host_admin_status(host, &sqe, OHBA_ST_HOST_UNREACH);
	expect_spent(host, "refuse-connect", 3);
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
	set(s->host, "slow-target:bytes-per-s=100000");
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
	set(s->host, "clear");
	host_advance(s->host, 20 * MS);
	io_works(s, 1, READ, SLOW_LEN);
	session_free(s);
}

/* --- queues -------------------------------------------------------------- */

static void stall_queue(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = io_make(s, 1, READ, 0), other = io_make(s, 2, READ, 0);

	(void)state;
	set(s->host, "stall-queue:qid=1,ms=500");
	io_submit(&io);
	host_advance(s->host, 499 * MS);
	expect_silence(s);
	other.qid = 2;
	io_submit(&other);
	io_expect_cmd(&other);
	io_answer(&other);
	io_done_good(&other);
	host_advance(s->host, 2 * MS);
	io_expect_cmd(&io);
	io_answer(&io);
	io_done_good(&io);
	expect_spent(s->host, "stall-queue", 1);
	io_works(s, 1, READ, 4096);
	session_free(s);
}

/* Even a queue that always stalls gets something done in between. */
static void stall_always(void **state)
{
	struct session *s = session_new(&opts_default);
	uint32_t tag;

	(void)state;
	set(s->host, "stall-queue:qid=1,ms=50,count=0");
	for (tag = 1; tag < 5; tag++) {
		struct io io = io_make(s, tag, READ, 0);

		io_submit(&io);
		expect_silence(s);
		host_advance(s->host, 51 * MS);
		io_expect_cmd(&io);
		io_answer(&io);
		io_done_good(&io);
		assert_int_equal(injected(s->host, "stall-queue"), tag);
	}
	session_free(s);
}

static void lose_completion(void **state)
{
	struct session *s = session_new(&opts_default);
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 1);
	struct io io;

	(void)state;
	set(s->host, "lose-completion:qid=1,count=2,after=1");
	io_works(s, 1, READ, 4096);
	for (io.tag = 2; io.tag < 4; io.tag++) {
		io = read_start(s, io.tag, 0);
		io_answer(&io);
		host_expect_none(s->host, 1);
	}
	expect_spent(s->host, "lose-completion", 2);
	io_works(s, 4, READ, 4096);
	/* To the firmware all is answered. */
	host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
	s->host->io[1].open = false;
	session_free(s);
}

static void duplicate_completion(void **state)
{
	struct session *s = session_new(&opts_default);
	struct ring *ring = host_ring(s->host, 1);
	const struct ohba_cqe *cqe = ring->cq;
	struct io io;

	(void)state;
	set(s->host, "duplicate-completion:qid=1");
	ring->lazy = true;
	io = read_start(s, 1, 0);
	io_answer(&io);
	host_settle(s->host);
	assert_memory_equal(&cqe[0], &cqe[1], sizeof(*cqe));
	assert_int_equal(le32toh(cqe[0].tag), 1);
	assert_int_equal(cqe[0].phase, 1);
	assert_int_equal(cqe[2].phase, 0);
	expect_spent(s->host, "duplicate-completion", 1);
	/* The harness is an honest driver: it takes what it believes it is owed. */
	ring->lazy = false;
	ring->out = realloc(ring->out, (ring->nout + 1) * sizeof(*ring->out));
	ring->out[ring->nout++] = 1;
	host_reap(s->host, 1);
	ring->nout = 0;
	ring->ndone = 0;
	io_works(s, 2, READ, 4096);
	session_free(s);
}

/* No ring overflows for the sake of a fault. */
static void duplicate_without_room(void **state)
{
	struct session *s = session_new(&opts_default);
	struct ring *ring;
	struct io io[4];
	uint32_t i;

	(void)state;
	{
		struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 1);

		host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
		ring_free(&s->host->io[1]);
		host_queue_create(s->host, 1, 4, 4, 1);
	}
	ring = host_ring(s->host, 1);
	ring->lazy = true;
	set(s->host, "duplicate-completion:qid=1,count=0");
	for (i = 0; i < 4; i++)
		io[i] = read_start(s, i, 0);
	for (i = 0; i < 4; i++)
		io_answer(&io[i]);
	host_settle(s->host);
	assert_int_equal(injected(s->host, "duplicate-completion"), 0);
	host_reap(s->host, 1);
	assert_int_equal(ring->ndone, 4);
	ring->ndone = 0;
	session_free(s);
}

/* --- the firmware itself ------------------------------------------------- */

#define FATAL(reason)	(OHBA_STATUS_FATAL | OHBA_ST_##reason << OHBA_STATUS_REASON_SHIFT)

/* Reset and enable, and set up a queue: the driver's way back. */
static void revive(struct host *host)
{
	host_reset(host);
	host_program_rings(host, 64, 64, 16);
	host_enable(host);
	host_setup(host);
	host_queue_create(host, 1, 64, 64, 1);
}

static void end(struct session *s)
{
	host_free(s->host);
	free(s);
}

static void crash_at_once(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = read_start(s, 1, 4096);

	(void)state;
	set(s->host, "crash");
	assert_int_equal(host_read(s->host, OHBA_REG_STATUS), FATAL(INTERNAL));
	assert_true(s->wire->aborted);
	expect_spent(s->host, "crash", 1);
	io_retire(&io);
	revive(s->host);
	session_open(s, s->host, s->cid, &opts_default);
	io_works(s, 1, READ, 4096);
	session_free(s);
}

static void crash_in_time(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = io_make(s, 3, READ, 4096);

	(void)state;
	set(s->host, "crash:qid=1,after=2,reason=DMA_FAULT");
	io_works(s, 1, READ, 4096);
	io_works(s, 2, READ, 4096);
	assert_int_equal(host_read(s->host, OHBA_REG_STATUS), OHBA_STATUS_READY);
	io_submit(&io);
	host_settle(s->host);
	assert_int_equal(wire_pending(s->wire), 0);
	assert_int_equal(host_read(s->host, OHBA_REG_STATUS), FATAL(DMA_FAULT));
	expect_spent(s->host, "crash", 1);
	end(s);
}

/* Rules are the tester's: they wait for the adapter, and survive its resets. */
static void crash_again(void **state)
{
	struct host *host = host_new();
	uint32_t ctrl = OHBA_CTRL_ENABLE | OHBA_ABI_VERSION << OHBA_CTRL_ABI_SHIFT;
	int i;

	(void)state;
	set(host, "crash:count=2; hang:after=100");
	expect_rules(host, "crash:count=2: 2 left, 0 injected\n"
			   "hang:after=100: 1 left, 0 injected\n");
	for (i = 0; i < 2; i++) {
		host_program_rings(host, 64, 64, 16);
		assert_int_equal(host_ctrl(host, ctrl), FATAL(INTERNAL));
		host_reset(host);
	}
	expect_rules(host, "hang:after=100: 1 left, 0 injected\n");
	host_program_rings(host, 64, 64, 16);
	host_enable(host);
	assert_int_equal(injected(host, "crash"), 2);
	host_free(host);
}

static void expect_hung(struct host *host)
{
	uint32_t beats = host_read(host, OHBA_REG_HEARTBEAT);

	assert_false(host_wakes_within(host, 3600000 * MS));
	host_advance(host, 3 * OHBA_HEARTBEAT_MS * MS);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), OHBA_STATUS_READY);
	assert_int_equal(host_read(host, OHBA_REG_HEARTBEAT), beats);
}

static void hang(void **state)
{
	struct opts opts = opts_default;
	struct session *s;
	struct io sent, io;
	uint64_t irqs;

	(void)state;
	opts.nop_interval_ms = 1000;
	s = session_new(&opts);
	sent = read_start(s, 1, 4096);
	io = io_make(s, 2, READ, 4096);
	set(s->host, "hang");
	expect_spent(s->host, "hang", 1);
	irqs = s->host->irq_count[1];
	io_submit(&io);
	send_read_data(&sent, 0, 0, 4096, FLAG_F);
	send_scsi_rsp(s, sent.itt, &(struct rsp){ .exp_datasn = 1 });
	expect_hung(s->host);
	/* Not a byte either way, and TCP is up. */
	assert_int_equal(wire_pending(s->wire), 0);
	assert_int_equal(wire_unread(s->wire), 48 + 4096 + 48);
	assert_false(s->wire->closed);
	assert_int_equal(s->host->irq_count[1], irqs);
	io_retire(&sent);
	io_retire(&io);
	revive(s->host);
	assert_true(s->wire->aborted);
	session_open(s, s->host, s->cid, &opts_default);
	io_works(s, 1, READ, 4096);
	session_free(s);
}

static void hang_at_a_command(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = io_make(s, 7, READ, 4096);
	struct ohba_sqe sqe[3];
	int i;

	(void)state;
	set(s->host, "hang:after=1");
	for (i = 0; i < 3; i++) {
		io = io_make(s, i, READ, 0);
		sqe[i] = io_sqe(&io);
	}
	host_submit_batch(s->host, 1, sqe, 3);
	host_settle(s->host);
	/* The first was taken, and dies with the rest: nothing is sent after a turn. */
	expect_hung(s->host);
	host_expect_none(s->host, 1);
	expect_spent(s->host, "hang", 1);
	end(s);
}

/* What TCP does to a firmware that hangs. */
static void hang_and_the_network(void **state)
{
	struct session *s = session_new(&opts_default);
	struct wire *wire, *refused;

	(void)state;
	conn_open_start(s->host, 5);
	wire = target_connecting(s->host->target);
	conn_open_start(s->host, 6);
	refused = target_connecting(s->host->target);
	set(s->host, "hang");
	wire_answer(wire, OHBA_ST_SUCCESS);
	wire_answer(refused, OHBA_ST_CONN_REFUSED);
	wire_put(wire, "x", 1);
	wire_fin(s->wire);
	expect_hung(s->host);
	host_expect_none(s->host, OHBA_QID_ADMIN);
	s->wire->events->writable(s->wire->arg);
	s->wire->events->broken(s->wire->arg, OHBA_ST_CONN_RESET);
	assert_true(s->wire->closed);
	host_no_event(s->host);
	revive(s->host);
	assert_true(wire->closed && refused->closed);
	end(s);
}

static void hang_and_the_bus(void **state)
{
	struct session *s = session_new(&opts_default);

	(void)state;
	set(s->host, "hang");
	ohba_fw_bus_lost(s->host->fw);
	host_settle(s->host);
	assert_int_equal(host_read(s->host, OHBA_REG_STATUS), FATAL(DMA_FAULT));
	assert_int_equal(mem_mapped(s->host->mem), 0);
	end(s);
}

/* A fault under way is the adapter's, not the tester's: a reset ends it. */
static void reset_amid_faults(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io stalled = io_make(s, 1, READ, 0), delayed = io_make(s, 2, READ, 0);

	(void)state;
	set(s->host, "stall-queue:qid=1,ms=60000; delay-pdu:in,ms=60000;"
		     "slow-target:bytes-per-s=10000000");
	delayed.qid = 2;
	io_submit(&delayed);
	io_expect_cmd(&delayed);
	io_answer(&delayed);
	io_submit(&stalled);
	host_settle(s->host);
	revive(s->host);
	expect_rules(s->host, "slow-target:bytes-per-s=10000000: always, 1 injected\n");
	set(s->host, "clear");
	session_open(s, s->host, s->cid, &opts_default);
	io_works(s, 1, READ, 4096);
	session_free(s);
}

/* --- nothing ------------------------------------------------------------- */

/* Everything that the target of a busy session got; the caller frees it. */
static uint8_t *record(const char *words, const char *then, size_t *len)
{
	struct opts opts = opts_default;
	struct session *s;
	uint8_t *out;

	opts.flags |= OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST;
	s = session_new(&opts);
	set(s->host, words);
	set(s->host, then);
	target_seed(s->host->target, 77);
	wire_cut(s->wire, CUT_RANDOM, CUT_RANDOM);
	io_works(s, 1, READ, 65536);
	io_works(s, 2, WRITE, 65536);
	send_nop_in(s, RESERVED_TAG, 5, "ping", 4);
	io_works(s, 3, WRITE, 100);
	host_settle(s->host);
	*len = s->wire->out_len;
	out = malloc(*len);
	memcpy(out, s->wire->out, *len);
	session_free(s);
	return out;
}

static void no_rules_no_difference(void **state)
{
	static const char *const words[][2] = {
		{ "drop-pdu:in,count=0;delay-pdu:in,ms=5;slow-target:bytes-per-s=5", "clear" },
		{ "drop-pdu:in,cid=15;drop-pdu:out,cid=15;corrupt:header-digest,cid=15;"
		  "corrupt:data-digest,cid=15;stall-queue:qid=4,ms=9;lose-completion:qid=4;"
		  "duplicate-completion:qid=4;crash:qid=4;refuse-connect;"
		  "slow-target:cid=15,bytes-per-s=5", "" },
	};
	size_t want_len, len;
	uint8_t *want = record("", "", &want_len), *got;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		got = record(words[i][0], words[i][1], &len);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
		free(got);
	}
	free(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_in_words),
		cmocka_unit_test(errors_in_words),
		cmocka_unit_test(a_rule_too_long),
		cmocka_unit_test(a_table_that_is_full),
		cmocka_unit_test(print_into_little),
		cmocka_unit_test(drop_a_response),
		cmocka_unit_test(drop_data),
		cmocka_unit_test(drop_what_is_sent),
		cmocka_unit_test(count_and_after),
		cmocka_unit_test(chance_and_seed),
		cmocka_unit_test(delay),
		cmocka_unit_test(two_delays),
		cmocka_unit_test(delay_and_close),
		cmocka_unit_test(delay_beyond_a_ping),
		cmocka_unit_test(corruption),
		cmocka_unit_test(nothing_to_corrupt),
		cmocka_unit_test(login),
		cmocka_unit_test(tcp_reset_at_once),
		cmocka_unit_test(tcp_reset_in_time),
		cmocka_unit_test(tcp_reset_of_those_to_come),
		cmocka_unit_test(refuse_connect),
		cmocka_unit_test(slow_target),
		cmocka_unit_test(stall_queue),
		cmocka_unit_test(stall_always),
		cmocka_unit_test(lose_completion),
		cmocka_unit_test(duplicate_completion),
		cmocka_unit_test(duplicate_without_room),
		cmocka_unit_test(crash_at_once),
		cmocka_unit_test(crash_in_time),
		cmocka_unit_test(crash_again),
		cmocka_unit_test(hang),
		cmocka_unit_test(hang_at_a_command),
		cmocka_unit_test(hang_and_the_network),
		cmocka_unit_test(hang_and_the_bus),
		cmocka_unit_test(reset_amid_faults),
		cmocka_unit_test(no_rules_no_difference),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}

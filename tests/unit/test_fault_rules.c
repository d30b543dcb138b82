// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of fault injection: their language and its errors, counting and
 * chance, and that without rules nothing is different.
 */
#include "faults.h"

#define READ	OHBA_IO_READ
#define WRITE	OHBA_IO_WRITE

/* --- words --------------------------------------------------------------- */

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
	{ "vanish:qid=1,after=3", "vanish:qid=1,after=3: 1 left, 0 injected\n" },
};

static void rules_in_words(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		struct host *host = host_new();

		fault_set(host, good[i].words);
		fault_expect_rules(host, good[i].rules);
		host_free(host);
	}
}

static const struct {
	const char *words, *says;
} bad[] = {
	{ "drop", "fault 'drop': there is no 'drop'; there are drop-pdu, delay-pdu, corrupt, "
	  "tcp-reset, refuse-connect, slow-target, stall-queue, lose-completion, "
	  "duplicate-completion, crash, hang, vanish, and clear" },
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
	{ "crash:reason=unknown", "'unknown' is not a name of the error table" },
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
	fault_set(host, "refuse-connect");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_not_equal(ohba_fault_set(host->fw, bad[i].words, err, sizeof(err)), 0);
		if (!strstr(err, bad[i].says))
			fail_msg("'%s' says \"%s\", without \"%s\"", bad[i].words, err,
				 bad[i].says);
		fault_expect_rules(host, "refuse-connect: 1 left, 0 injected\n");
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
		fault_set(host, "refuse-connect");
	assert_int_not_equal(ohba_fault_set(host->fw, "hang", err, sizeof(err)), 0);
	assert_non_null(strstr(err, "room for 16 rules; 'clear' makes room"));
	fault_set(host, "clear;hang:after=1");
	fault_expect_rules(host, "hang:after=1: 1 left, 0 injected\n");
	host_free(host);
}

static void print_into_little(void **state)
{
	struct host *host = host_new();
	char buf[16] = "xxxxxxxxxxxxxxx";

	(void)state;
	fault_set(host, "hang;hang");
	assert_int_equal(ohba_fault_print(host->fw, NULL, 0), 2 * strlen("hang: 1 left, 0 injected\n"));
	ohba_fault_print(host->fw, buf, 9);
	assert_string_equal(buf, "hang: 1 ");
	assert_int_equal(buf[9], 'x');
	host_free(host);
}

/* --- how often ----------------------------------------------------------- */

static void count_and_after(void **state)
{
	struct session *s = session_new(&opts_default);
	struct pdu pdu;
	uint32_t i;

	(void)state;
	fault_set(s->host, "drop-pdu:in,opcode=0x20,cid=3,after=2,count=3;"
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
	fault_expect_rules(s->host, "drop-pdu:in,opcode=0x20,cid=4,count=0: always, 0 injected\n");
	assert_int_equal(fault_injected(s->host, "drop-pdu"), 3);
	session_free(s);
}

/* Bit i of the result: ping i was lost. */
static uint64_t lost_by_chance(const char *rule)
{
	struct session *s = session_new(&opts_default);
	uint64_t lost = 0;
	struct pdu pdu;
	uint32_t i;

	fault_set(s->host, rule);
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
	assert_int_equal(fault_injected(s->host, "drop-pdu"), __builtin_popcountll(lost));
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

/* --- nothing ------------------------------------------------------------- */

/* Everything that the target of a busy session got; the caller frees it. */
static uint8_t *record(const char *words, const char *then, size_t *len)
{
	struct opts opts = opts_default;
	struct session *s;
	uint8_t *out;

	opts.flags |= OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST;
	s = session_new(&opts);
	fault_set(s->host, words);
	fault_set(s->host, then);
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
		  "duplicate-completion:qid=4;crash:qid=4;vanish:qid=4;refuse-connect;"
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
		cmocka_unit_test(count_and_after),
		cmocka_unit_test(chance_and_seed),
		cmocka_unit_test(no_rules_no_difference),
	};

	return cmocka_run_group_tests_name("fault_rules", tests, NULL, NULL);
}

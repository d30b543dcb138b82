// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Logins of the sandboxed process: the test is the adapter, which wants them, and the target,
 * as far as a login of one key after the other takes one.
 */
#include <endian.h>

#include "bench.h"
#include "chap.h"
#include "iscsi_pdu.h"
#include "log.h"

#define NUMBER		(5 * UIP_LOGINS_MAX + 3)
#define LEFT_MS		16000
#define TARGET		"iqn.2026-01.org.ohba:target"
#define OUR_SECRET	"our secret, long"
#define THEIR_SECRET	"their secret, long"

/* A string literal with its last zero byte, as bytes and their number. */
#define TEXT(text)	(text), sizeof(text)

static const uint8_t isid[6] = { 0x80, 1, 2, 3, 4, 5 };
static uint32_t statsn;

/* --- the adapter ------------------------------------------------------------------------ */

static struct uip_login_start good(void)
{
	struct uip_login_start start = { .login = NUMBER, .adapter = "adapter" };
	struct ohba_login_task *task = &start.task;
	struct ohba_target *t = &task->target;

	task->left_ms = htole32(LEFT_MS);
	task->family = OHBA_FAMILY_IPV4;
	task->port = htole16(3260);
	memcpy(task->addr, "\300\0\2\7", 4);
	memcpy(task->isid, isid, sizeof(isid));
	strcpy((char *)task->initiator.name, "iqn.2026-01.org.ohba:me");
	strcpy((char *)t->name, TARGET);
	t->flags = htole16(OHBA_TARGET_TPGT | OHBA_TARGET_IMMEDIATE);
	t->tpgt = htole16(1);
	t->account = t->target_account = htole16(OHBA_ACCOUNT_NONE);
	t->header_digest = t->data_digest = OHBA_DIGEST_NONE;
	t->chap_list = htole16(OHBA_CHAP_SHA256 | OHBA_CHAP_MD5 << 4);
	t->max_recv_dsl = htole32(65536);
	t->max_burst = htole32(262144);
	t->first_burst = htole32(32768);
	t->max_r2t = htole16(2);
	t->time2wait = htole16(3);
	t->time2retain = htole16(20);
	return start;
}

static void put_account(struct ohba_account *account, const char *name, const char *secret)
{
	strcpy((char *)account->name, name);
	strcpy((char *)account->secret, secret);
	account->secret_len = htole16(strlen(secret));
}

static struct uip_login_start with_chap(void)
{
	struct uip_login_start start = good();

	start.task.accounts = OHBA_LOGIN_OURS | OHBA_LOGIN_THEIRS;
	start.task.target.account = htole16(3);
	start.task.target.target_account = htole16(4);
	put_account(&start.task.ours, "me", OUR_SECRET);
	put_account(&start.task.theirs, "target", THEIR_SECRET);
	return start;
}

/* The only thing that was told: the end of the login. */
static const struct ohba_login_result *expect_end(uint8_t outcome)
{
	assert_int_equal(ntold, 1);
	ntold = 0;
	assert_int_equal(told[0].type, UIP_LOGIN_END);
	assert_int_equal(told[0].end.login, NUMBER);
	assert_int_equal(told[0].end.result.outcome, outcome);
	return &told[0].end.result;
}

static void expect_failure(uint16_t status, const char *words)
{
	const struct ohba_login_result *result = expect_end(OHBA_LOGIN_FAILED);
	char line[400];

	assert_string_equal((const char *)result->words, words);
	assert_int_equal(le16toh(result->status), status);
	snprintf(line, sizeof(line), "adapter: login of %s at 192.0.2.7:3260: %s", TARGET, words);
	assert_logged(line);
}

/* --- the target -------------------------------------------------------------------------- */

/* The value of @key in the request, which is the only thing that was told. */
static const char *asked(const char *key)
{
	const struct uip_login_pdu *pdu = &told[0].pdu;
	const char *at = (const char *)pdu->data, *end = at + pdu->len;
	size_t len = strlen(key);

	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_LOGIN_PDU);
	assert_int_equal(pdu->login, NUMBER);
	assert_int_equal(pdu->bhs[0], 0x43);
	for (; at < end; at += strlen(at) + 1)
		if (!strncmp(at, key, len) && at[len] == '=')
			return at + len + 1;
	return NULL;
}

static struct uip_login_pdu response(uint8_t flags, uint16_t status, const char *text, size_t len)
{
	struct uip_login_pdu pdu = { .login = NUMBER, .len = len };
	struct iscsi_login_rsp *rsp = (void *)pdu.bhs;

	rsp->opcode = ISCSI_OP_LOGIN_RSP;
	rsp->flags = flags;
	rsp->dsl = iscsi_put24(len);
	memcpy(rsp->isid, isid, sizeof(isid));
	rsp->tsih = iscsi_put16(flags == 0x87 ? 0x4711 : 0);
	rsp->itt = iscsi_put32(1);
	rsp->statsn = iscsi_put32(statsn++);
	rsp->exp_cmdsn = iscsi_put32(1);
	rsp->max_cmdsn = iscsi_put32(33);
	rsp->status_class = status >> 8;
	rsp->status_detail = status;
	memcpy(pdu.data, text, len);
	return pdu;
}

static void respond_as(uint8_t flags, uint16_t status, const char *text, size_t len)
{
	struct uip_login_pdu pdu = response(flags, status, text, len);

	ntold = 0;
	uip_login_heard(&pdu);
}

static void respond(uint8_t flags, const char *text, size_t len)
{
	respond_as(flags, 0, text, len);
}

static void agree(void)
{
	respond(0x87, TEXT("HeaderDigest=None\0DataDigest=None\0MaxConnections=1\0InitialR2T=Yes\0"
			   "ImmediateData=Yes\0MaxRecvDataSegmentLength=16384\0"
			   "MaxBurstLength=131072\0FirstBurstLength=32768\0"
			   "DefaultTime2Wait=4\0DefaultTime2Retain=20\0MaxOutstandingR2T=1\0"
			   "DataPDUInOrder=Yes\0DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0\0"
			   "TargetAlias=shelf"));
}

static void to_operational(void)
{
	respond(0x81, TEXT("AuthMethod=None\0TargetPortalGroupTag=1"));
}

/* --- logins --------------------------------------------------------------------------------- */

static void check_params(const struct ohba_session_params *params)
{
	assert_int_equal(le32toh(params->cmdsn), 1);
	assert_int_equal(le32toh(params->max_cmdsn), 33);
	assert_int_equal(le32toh(params->exp_statsn), statsn);
	assert_int_equal(le32toh(params->max_recv_dsl), 65536);
	assert_int_equal(le32toh(params->max_xmit_dsl), 16384);
	assert_int_equal(le32toh(params->max_burst), 131072);
	assert_int_equal(le32toh(params->first_burst), 32768);
	assert_int_equal(le16toh(params->max_r2t), 1);
	assert_int_equal(le16toh(params->flags),
			 OHBA_SESSION_INITIAL_R2T | OHBA_SESSION_IMMEDIATE_DATA);
	assert_int_equal(params->timers.nop_interval_ms, 0);
}

static void test_login(void **state)
{
	struct uip_login_start start = good();
	const struct ohba_login_result *result;

	(void)state;
	uip_login_start(&start);
	assert_string_equal(asked("TargetName"), TARGET);
	assert_string_equal(asked("InitiatorName"), "iqn.2026-01.org.ohba:me");
	assert_string_equal(asked("AuthMethod"), "None");
	assert_memory_equal(told[0].pdu.bhs + 8, isid, sizeof(isid));
	to_operational();
	assert_string_equal(asked("MaxBurstLength"), "262144");
	assert_string_equal(asked("MaxOutstandingR2T"), "2");
	assert_string_equal(asked("DefaultTime2Wait"), "3");
	agree();
	result = expect_end(OHBA_LOGIN_DONE);
	check_params(&result->params);
	assert_int_equal(le16toh(result->tsih), 0x4711);
	assert_int_equal(le16toh(result->tpgt), 1);
	assert_int_equal(le16toh(result->time2wait), 4);
	assert_string_equal((const char *)result->alias, "shelf");
	assert_logged("login of " TARGET " at 192.0.2.7:3260: done");
	/* It is nobody's any more. */
	agree();
	pass(60000);
	assert_int_equal(ntold, 0);
}

static size_t from_hex(const char *hex, uint8_t *bytes)
{
	size_t n = 0;

	assert_memory_equal(hex, "0x", 2);
	for (hex += 2; hex[0]; hex += 2)
		assert_int_equal(sscanf(hex, "%2hhx", &bytes[n++]), 1);
	return n;
}

static size_t put_hex(char *text, const char *key, const uint8_t *bytes, size_t len)
{
	size_t n = sprintf(text, "%s=0x", key), i;

	for (i = 0; i < len; i++)
		n += sprintf(text + n, "%02x", bytes[i]);
	return n + 1;
}

/* Our proof is right; the target's is, if @honest. */
static void prove(bool honest)
{
	uint8_t challenge[64], want[32], got[64];
	struct iscsi_chap ours = {
		.algorithm = ISCSI_CHAP_SHA256, .id = 9, .secret = (const uint8_t *)OUR_SECRET,
		.secret_len = strlen(OUR_SECRET), .challenge = (const uint8_t *)"0123456789abcdef",
		.challenge_len = 16,
	};
	struct iscsi_chap theirs = {
		.algorithm = ISCSI_CHAP_SHA256, .secret = (const uint8_t *)THEIR_SECRET,
		.secret_len = strlen(THEIR_SECRET), .challenge = challenge,
	};
	char text[300];
	size_t n;

	respond(0x00, TEXT("AuthMethod=CHAP\0TargetPortalGroupTag=1"));
	assert_string_equal(asked("CHAP_A"), "7,5");
	respond(0x00, TEXT("CHAP_A=7\0CHAP_I=9\0CHAP_C=0x30313233343536373839616263646566"));
	assert_string_equal(asked("CHAP_N"), "me");
	assert_true(iscsi_chap_respond(&ours, want));
	assert_int_equal(from_hex(asked("CHAP_R"), got), 32);
	assert_memory_equal(got, want, 32);
	theirs.id = atoi(asked("CHAP_I"));
	theirs.challenge_len = from_hex(asked("CHAP_C"), challenge);
	assert_true(iscsi_chap_respond(&theirs, want));
	want[0] ^= !honest;
	n = sprintf(text, "CHAP_N=target") + 1;
	n += put_hex(text + n, "CHAP_R", want, 32);
	respond(0x81, text, n);
}

static void test_chap(void **state)
{
	struct uip_login_start start = with_chap();

	(void)state;
	uip_login_start(&start);
	assert_string_equal(asked("AuthMethod"), "CHAP");
	prove(true);
	agree();
	check_params(&expect_end(OHBA_LOGIN_DONE)->params);
}

static void test_cheat(void **state)
{
	struct uip_login_start start = with_chap();

	(void)state;
	uip_login_start(&start);
	prove(false);
	expect_failure(OHBA_ST_LOGIN_UNPROVEN,
		       "the target answered our CHAP challenge with another secret");
}

static void test_shuns_chap(void **state)
{
	struct uip_login_start start = with_chap();

	(void)state;
	uip_login_start(&start);
	respond(0x00, TEXT("AuthMethod=None\0TargetPortalGroupTag=1"));
	expect_failure(OHBA_ST_LOGIN_VIOLATION,
		       "the target does not choose CHAP, which the entry asks for");
}

/* --- ends ------------------------------------------------------------------------------------ */

static void test_refused(void **state)
{
	struct uip_login_start start = good();

	(void)state;
	uip_login_start(&start);
	respond_as(0x00, 0x0203, "", 0);
	assert_int_equal(le16toh(told[0].end.result.status), OHBA_ST_LOGIN_REFUSED);
	assert_non_null(strstr((char *)told[0].end.result.words, "0x0203"));
	expect_end(OHBA_LOGIN_FAILED);
	/* By nobody that it could prove itself to. */
	uip_login_start(&start);
	respond_as(0x00, 0x0201, "", 0);
	assert_int_equal(le16toh(expect_end(OHBA_LOGIN_FAILED)->status), OHBA_ST_LOGIN_AUTH);
}

static void test_moved(void **state)
{
	struct uip_login_start start = good();
	const struct ohba_login_result *result;

	(void)state;
	uip_login_start(&start);
	respond_as(0x00, 0x0101, TEXT("TargetAddress=[2001:db8::9]:3261,1"));
	result = expect_end(OHBA_LOGIN_MOVED);
	assert_int_equal(result->family, OHBA_FAMILY_IPV6);
	assert_int_equal(le16toh(result->port), 3261);
	assert_memory_equal(result->addr, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09", 16);
	assert_int_equal(result->status, 0);
	/* Where it is sent to, the portal group is another. */
	start.task.redirected = 1;
	uip_login_start(&start);
	respond(0x81, TEXT("AuthMethod=None\0TargetPortalGroupTag=2"));
	agree();
	assert_int_equal(le16toh(expect_end(OHBA_LOGIN_DONE)->tpgt), 2);
	uip_login_start(&start);
	respond_as(0x00, 0x0101, TEXT("TargetAddress=shelf.example:3261,1"));
	*logged = '\0';
	assert_int_equal(le16toh(expect_end(OHBA_LOGIN_FAILED)->status),
			 OHBA_ST_LOGIN_REDIRECTED);
}

/* In time for the adapter to hear why. */
static void test_silent(void **state)
{
	struct uip_login_start start = good();

	(void)state;
	uip_login_start(&start);
	ntold = 0;
	pass(LEFT_MS - LEFT_MS / 16 - 1);
	assert_int_equal(ntold, 0);
	pass(1);
	assert_int_equal(ntold, 0);
	pass(1);
	assert_int_equal(le16toh(expect_end(OHBA_LOGIN_FAILED)->status), OHBA_ST_LOGIN_TIMEOUT);
}

/* Each step, for who asks for it (docs/login-states.md). */
static void test_debug(void **state)
{
	struct uip_login_start start = good();

	(void)state;
	assert_true(uip_log_enable("login"));
	uip_login_start(&start);
	to_operational();
	agree();
	assert_non_null(strstr(logged, ": auth -> operational (transit)\n"));
	assert_logged(": operational -> full-feature (transit)\n");
}

static void test_over(void **state)
{
	struct uip_login_start start = good();
	struct uip_login_over over = { .login = NUMBER + UIP_LOGINS_MAX };

	(void)state;
	uip_login_start(&start);
	uip_login_over(&over);
	assert_quiet();
	to_operational();
	assert_non_null(asked("MaxBurstLength"));
	over.login = NUMBER;
	uip_login_over(&over);
	assert_logged("adapter: login of " TARGET " at 192.0.2.7:3260: it is not wanted any more");
	uip_login_over(&over);
	assert_quiet();
	agree();
	pass(60000);
	assert_int_equal(ntold, 0);
}

/* Who does not listen hears it later, PDUs before the end. */
static void test_deaf(void **state)
{
	struct uip_login_start start = good();

	(void)state;
	deaf = true;
	uip_login_start(&start);
	pass(1000);
	deaf = false;
	uip_logins_poll();
	assert_string_equal(asked("TargetName"), TARGET);
	to_operational();
	deaf = true;
	agree();
	uip_logins_poll();
	deaf = false;
	uip_logins_poll();
	check_params(&expect_end(OHBA_LOGIN_DONE)->params);
	uip_logins_poll();
	assert_int_equal(ntold, 0);
}

/* --- tasks that are none ------------------------------------------------------------------------ */

static void refuse(struct uip_login_start start, const char *words)
{
	uip_login_start(&start);
	expect_failure(OHBA_ST_LOGIN_CONFIG, words);
}

static void test_config(void **state)
{
	struct uip_login_start start = with_chap();

	(void)state;
	start.task.accounts = OHBA_LOGIN_THEIRS;
	start.task.target.account = htole16(OHBA_ACCOUNT_NONE);
	refuse(start, "the entry has an account of the target's alone");
	start = with_chap();
	start.task.ours.secret_len = htole16(11);
	refuse(start, "the configuration has a CHAP secret of less than 12 bytes");
	start = good();
	memset(start.task.initiator.name, 'x', sizeof(start.task.initiator.name));
	refuse(start, "the adapter's task makes no sense");
	start = with_chap();
	memset(start.task.theirs.name, 'x', sizeof(start.task.theirs.name));
	refuse(start, "the adapter's task makes no sense");
	start = good();
	memset(start.task.target.name, 'x', sizeof(start.task.target.name));
	uip_login_start(&start);
	assert_int_equal(le16toh(expect_end(OHBA_LOGIN_FAILED)->status), OHBA_ST_LOGIN_CONFIG);
	no_randomness = true;
	start = with_chap();
	uip_login_start(&start);
	assert_int_equal(le16toh(expect_end(OHBA_LOGIN_FAILED)->status), OHBA_ST_INTERNAL);
}

/* A task that has less than its entry names proves less, or asks less of the target. */
static void test_lacks_account(void **state)
{
	static const char words[] = "the adapter's task lacks an account that the entry names";
	struct uip_login_start start = with_chap();

	(void)state;
	start.task.accounts = 0;
	refuse(start, words);
	start.task.accounts = OHBA_LOGIN_OURS;
	refuse(start, words);
	start.task.accounts = OHBA_LOGIN_THEIRS;
	refuse(start, words);
	start.task.target.target_account = htole16(OHBA_ACCOUNT_NONE);
	start.task.accounts = OHBA_LOGIN_OURS;
	uip_login_start(&start);
	assert_string_equal(asked("AuthMethod"), "CHAP");
}

/* However long its name, the log says why. */
static void test_long_name(void **state)
{
	struct uip_login_start start = good();

	(void)state;
	memset(start.task.target.name, 'x', sizeof(start.task.target.name) - 1);
	memcpy(start.task.target.name, "iqn.", 4);
	uip_login_start(&start);
	respond_as(0x00, 0x0203, "", 0);
	expect_end(OHBA_LOGIN_FAILED);
	assert_logged("0x0203");
}

/* An adapter that says that there is more time than there can be. */
static void test_too_long(void **state)
{
	struct uip_login_start start = good();

	(void)state;
	start.task.left_ms = UINT32_MAX;
	uip_login_start(&start);
	ntold = 0;
	pass(600000);
	assert_int_equal(le16toh(expect_end(OHBA_LOGIN_FAILED)->status), OHBA_ST_LOGIN_TIMEOUT);
}

/* As many as the adapters make at a time, and none hears what is another's. */
static void test_all(void **state)
{
	struct uip_login_start start = good();
	struct uip_login_pdu pdu;
	uint32_t i;

	(void)state;
	for (i = 0; i < UIP_LOGINS_MAX; i++) {
		start.login = UIP_LOGINS_MAX + i;
		ntold = 0;
		uip_login_start(&start);
		assert_int_equal(told[0].pdu.login, start.login);
	}
	for (i = 0; i < UIP_LOGINS_MAX; i++) {
		pdu = response(0x00, 0x0203, "", 0);
		pdu.login = UIP_LOGINS_MAX + i;
		ntold = 0;
		uip_login_heard(&pdu);
		assert_int_equal(ntold, 1);
		assert_int_equal(told[0].end.login, pdu.login);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_login), BENCH_TEST(test_chap), BENCH_TEST(test_cheat),
		BENCH_TEST(test_shuns_chap), BENCH_TEST(test_refused), BENCH_TEST(test_moved),
		BENCH_TEST(test_silent), BENCH_TEST(test_over), BENCH_TEST(test_deaf),
		BENCH_TEST(test_config), BENCH_TEST(test_lacks_account), BENCH_TEST(test_long_name),
		BENCH_TEST(test_too_long), BENCH_TEST(test_all),
		BENCH_TEST(test_debug),	/* last: it stays so */
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* SendTargets: lists cut anywhere, and targets that have none (RFC 7143 appendix C). */
#include "discovery.h"
#include "unit.h"

#define TEXT(text)	(text), sizeof(text)
#define NO_TEXT		"", 0

#define ITT	0x00000007
#define CMDSN	0x1000
#define STATSN	0xffffffff	/* it wraps on the way */
#define TTT	0x01020304
#define NO_TAG	0xffffffff

enum { FINAL = 0x80, MORE = 0x40, GOES_ON = 0x00 };

struct bench {
	struct iscsi_discovery discovery;
	uint64_t now;			/* ms */
	uint32_t statsn;
	uint32_t ttt;			/* of the next request */
	int damage;			/* offset in the next response's header, or -1 */
	uint8_t damage_val;
	char heard[4096];		/* "name host:port,tag;" */
};

static void record(void *ctx, const char *name, const struct iscsi_portal *portal)
{
	struct bench *b = ctx;
	size_t len = strlen(b->heard), max = sizeof(b->heard) - len;

	if (portal)
		snprintf(b->heard + len, max, "%s %s:%u,%d;", name, portal->host, portal->port,
			 portal->tpgt);
	else
		snprintf(b->heard + len, max, "%s;", name);
}

static void begin(struct bench *b, const char *what)
{
	struct iscsi_discovery_config config = {
		.what = what, .itt = ITT, .cmdsn = CMDSN, .exp_statsn = STATSN,
		.max_recv_dsl = 8192, .timeout_ms = 5000, .record = record, .ctx = b,
	};

	memset(b, 0, sizeof(*b));
	b->now = 100;
	b->statsn = STATSN;
	b->ttt = NO_TAG;
	b->damage = -1;
	iscsi_discovery_start(&b->discovery, &config, b->now);
}

static void expect_request(struct bench *b, const char *text, size_t len)
{
	struct iscsi_discovery_pdu pdu;
	uint8_t hdr[48] = { 0x44, 0x80 };

	put_be24(hdr, 5, len);
	if (b->ttt != NO_TAG)
		memset(hdr + 8, 0x5a, 8);
	put_be32(hdr, 16, ITT);
	put_be32(hdr, 20, b->ttt);
	put_be32(hdr, 24, CMDSN);
	put_be32(hdr, 28, b->statsn);
	assert_true(iscsi_discovery_tx(&b->discovery, &pdu));
	same_bytes("text request", &pdu.hdr, hdr, sizeof(hdr));
	assert_int_equal(pdu.len, len);
	same_bytes("its text", pdu.data, text, len);
	assert_false(iscsi_discovery_tx(&b->discovery, &pdu));
}

/* On the heap, so that a byte too many that is read is found. */
static void respond(struct bench *b, uint8_t flags, const char *text, size_t len)
{
	union iscsi_pdu_hdr hdr = { .raw = { 0x24, flags } };
	char *data = malloc(len);

	b->ttt = flags & FINAL ? NO_TAG : TTT;
	memcpy(data, text, len);
	put_be24(hdr.raw, 5, len);
	if (b->ttt != NO_TAG)
		memset(hdr.raw + 8, 0x5a, 8);
	put_be32(hdr.raw, 16, ITT);
	put_be32(hdr.raw, 20, b->ttt);
	put_be32(hdr.raw, 24, b->statsn++);
	if (b->damage >= 0)
		hdr.raw[b->damage] = b->damage_val;
	iscsi_discovery_rx(&b->discovery, &hdr, data, len, b->now);
	free(data);
}

static const struct iscsi_discovery_result *
expect_end(struct bench *b, enum iscsi_discovery_outcome outcome, const char *words)
{
	const struct iscsi_discovery_result *result = iscsi_discovery_result(&b->discovery);
	struct iscsi_discovery_pdu pdu;

	assert_non_null(result);
	assert_string_equal(result->words, words);
	assert_int_equal(result->outcome, outcome);
	assert_true(iscsi_discovery_deadline(&b->discovery) == UINT64_MAX);
	assert_false(iscsi_discovery_tx(&b->discovery, &pdu));
	return result;
}

#define LIST \
	"TargetName=iqn.2026-01.org.ohba:one\0TargetAddress=10.0.0.1:3260,1\0" \
	"TargetAddress=[2001:db8::1]:3261,2\0TargetName=eui.02004567A425678D\0" \
	"TargetName=naa.52004567BA64678D\0X-more=1\0X#NodeArchitecture=a/1\0" \
	"TargetAddress=disks.example.org,65535"
#define HEARD \
	"iqn.2026-01.org.ohba:one 10.0.0.1:3260,1;" \
	"iqn.2026-01.org.ohba:one 2001:db8::1:3261,2;eui.02004567A425678D;" \
	"naa.52004567BA64678D disks.example.org:3260,65535;"

static void lists_targets(void **state)
{
	const struct iscsi_discovery_result *result;
	struct bench b;

	(void)state;
	begin(&b, NULL);
	assert_true(iscsi_discovery_deadline(&b.discovery) == 5100);
	expect_request(&b, TEXT("SendTargets=All"));
	assert_null(iscsi_discovery_result(&b.discovery));
	respond(&b, FINAL, TEXT(LIST));
	result = expect_end(&b, ISCSI_DISCOVERY_DONE, "listed its targets");
	assert_string_equal(b.heard, HEARD);
	assert_int_equal(result->records, 4);
	assert_int_equal(result->exp_statsn, 0);
}

static void list_cut_everywhere(void **state)
{
	static const char list[] = LIST;
	struct bench b;
	size_t at;

	(void)state;
	for (at = 0; at <= sizeof(list); at++) {
		begin(&b, "All");
		expect_request(&b, TEXT("SendTargets=All"));
		respond(&b, MORE, list, at);
		expect_request(&b, NO_TEXT);
		respond(&b, FINAL, list + at, sizeof(list) - at);
		expect_end(&b, ISCSI_DISCOVERY_DONE, "listed its targets");
		assert_string_equal(b.heard, HEARD);
	}
}

/* A target may as well stop at the end of a record, and go on when it is asked. */
static void list_in_whole_pieces(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "All");
	expect_request(&b, TEXT("SendTargets=All"));
	respond(&b, GOES_ON, TEXT("TargetName=iqn.a:b"));
	expect_request(&b, NO_TEXT);
	respond(&b, GOES_ON, NO_TEXT);
	expect_request(&b, NO_TEXT);
	respond(&b, FINAL, TEXT("TargetAddress=10.0.0.1"));
	expect_end(&b, ISCSI_DISCOVERY_DONE, "listed its targets");
	assert_string_equal(b.heard, "iqn.a:b 10.0.0.1:3260,-1;");
}

static void last_target_has_no_address(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "All");
	expect_request(&b, TEXT("SendTargets=All"));
	respond(&b, FINAL, TEXT("TargetName=iqn.a:b\0TargetName=iqn.c:d"));
	assert_int_equal(expect_end(&b, ISCSI_DISCOVERY_DONE, "listed its targets")->records, 2);
	assert_string_equal(b.heard, "iqn.a:b;iqn.c:d;");
}

static void what_is_asked_for(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "iqn.a:b");
	expect_request(&b, TEXT("SendTargets=iqn.a:b"));
	begin(&b, "");
	expect_request(&b, TEXT("SendTargets="));
	respond(&b, FINAL, NO_TEXT);
	assert_int_equal(expect_end(&b, ISCSI_DISCOVERY_DONE, "listed its targets")->records, 0);
	begin(&b, "disk");
	expect_end(&b, ISCSI_DISCOVERY_CONFIG, "is to be asked for what is no iSCSI name");
}

static void wrong_lists(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		uint8_t outcome;
		const char *words, *heard;
	} row[] = {
		{ TEXT("TargetAddress=10.0.0.1"), ISCSI_DISCOVERY_VIOLATION,
		  "lists an address of no target", "" },
		{ TEXT("TargetName=iqn.a:b\0TargetAddress=10.0.0.1,70000"),
		  ISCSI_DISCOVERY_VIOLATION, "lists an address that is none", "" },
		{ TEXT("TargetName=iqn.a:b\0TargetName=x"), ISCSI_DISCOVERY_VIOLATION,
		  "lists a target whose name is no iSCSI name", "" },
		{ TEXT("TargetName=iqn.a:b\0TargetName=iqn.c:d\0foo"), ISCSI_DISCOVERY_VIOLATION,
		  "sent text that is no key=value", "iqn.a:b;" },
		{ "TargetName=iqn.a:b", 18, ISCSI_DISCOVERY_VIOLATION,
		  "ended its text in the middle of a key=value", "" },
		{ TEXT("SendTargets=NotUnderstood"), ISCSI_DISCOVERY_REFUSED,
		  "does not list its targets", "" },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		begin(&b, NULL);
		expect_request(&b, TEXT("SendTargets=All"));
		respond(&b, FINAL, row[i].text, row[i].len);
		expect_end(&b, row[i].outcome, row[i].words);
		assert_string_equal(b.heard, row[i].heard);
	}
}

static void wrong_headers(void **state)
{
	static const struct {
		uint8_t flags;
		int off;
		uint8_t val;
		uint8_t outcome;
		const char *words;
	} row[] = {
		{ FINAL, 0, 0x3f, ISCSI_DISCOVERY_REFUSED,
		  "rejected the question for its targets" },
		{ FINAL, 0, 0x23, ISCSI_DISCOVERY_VIOLATION,
		  "answered with a PDU that is no response to what was asked" },
		{ FINAL, 1, 0xc0, ISCSI_DISCOVERY_VIOLATION,
		  "ended its answer in the middle of its text" },
		{ FINAL, 4, 1, ISCSI_DISCOVERY_VIOLATION,
		  "sent a response with an additional header" },
		{ FINAL, 5, 1, ISCSI_DISCOVERY_VIOLATION,
		  "sent a data segment that is longer than it may be" },
		{ FINAL, 7, 1, ISCSI_DISCOVERY_VIOLATION,
		  "sent a data segment of another length than it says" },
		{ FINAL, 19, 0, ISCSI_DISCOVERY_VIOLATION,
		  "answered with another Initiator Task Tag" },
		{ FINAL, 27, 0, ISCSI_DISCOVERY_VIOLATION, "skipped or repeated a StatSN" },
		{ FINAL, 20, 0, ISCSI_DISCOVERY_VIOLATION,
		  "has more to say and gave no tag to ask by, or a tag and nothing to say" },
		{ GOES_ON, 1, 0x80, ISCSI_DISCOVERY_VIOLATION,
		  "has more to say and gave no tag to ask by, or a tag and nothing to say" },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		begin(&b, NULL);
		expect_request(&b, TEXT("SendTargets=All"));
		b.damage = row[i].off;
		b.damage_val = row[i].val;
		respond(&b, row[i].flags, NO_TEXT);
		expect_end(&b, row[i].outcome, row[i].words);
	}
	begin(&b, NULL);
	respond(&b, FINAL, NO_TEXT);
	expect_end(&b, ISCSI_DISCOVERY_VIOLATION, "answered before it was asked");
}

/* The next request acknowledges an Async Message, and the next response comes after it. */
static void other_pdus_take_numbers(void **state)
{
	const struct iscsi_discovery_result *result;
	struct bench b;

	(void)state;
	begin(&b, NULL);
	expect_request(&b, TEXT("SendTargets=All"));
	iscsi_discovery_statsn(&b.discovery, b.statsn++);
	iscsi_discovery_statsn(&b.discovery, b.statsn++);
	respond(&b, MORE, TEXT("TargetName=iqn.a:b"));
	iscsi_discovery_statsn(&b.discovery, b.statsn++);
	expect_request(&b, NO_TEXT);
	respond(&b, FINAL, NO_TEXT);
	result = expect_end(&b, ISCSI_DISCOVERY_DONE, "listed its targets");
	assert_int_equal(result->exp_statsn, STATSN + 5);
	iscsi_discovery_statsn(&b.discovery, STATSN + 5);
	iscsi_discovery_statsn(&b.discovery, 0x47110000);
	result = expect_end(&b, ISCSI_DISCOVERY_DONE, "listed its targets");
	assert_int_equal(result->exp_statsn, STATSN + 5);

	begin(&b, NULL);
	expect_request(&b, TEXT("SendTargets=All"));
	iscsi_discovery_statsn(&b.discovery, STATSN + 1);
	expect_end(&b, ISCSI_DISCOVERY_VIOLATION, "skipped or repeated a StatSN");
}

static void list_is_bounded(void **state)
{
	static char text[8192];
	struct bench b;
	unsigned int i;

	(void)state;
	begin(&b, NULL);
	expect_request(&b, TEXT("SendTargets=All"));
	for (i = 0; i < ISCSI_DISCOVERY_TEXT_MAX / sizeof(text); i++) {
		respond(&b, MORE, text, sizeof(text));
		expect_request(&b, NO_TEXT);
	}
	respond(&b, MORE, text, 1);
	expect_end(&b, ISCSI_DISCOVERY_VIOLATION, "sent more text than anybody needs");
	begin(&b, NULL);
	expect_request(&b, TEXT("SendTargets=All"));
	for (i = 0; i < ISCSI_DISCOVERY_PDUS_MAX; i++) {
		respond(&b, MORE, NO_TEXT);
		expect_request(&b, NO_TEXT);
	}
	respond(&b, FINAL, NO_TEXT);
	expect_end(&b, ISCSI_DISCOVERY_VIOLATION, "does not come to an end");
}

static void silent_target(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, NULL);
	iscsi_discovery_expire(&b.discovery, 5099);
	assert_null(iscsi_discovery_result(&b.discovery));
	expect_request(&b, TEXT("SendTargets=All"));
	b.now = 5100;
	respond(&b, FINAL, TEXT(LIST));
	expect_end(&b, ISCSI_DISCOVERY_TIMEOUT, "did not list its targets in time");
	assert_string_equal(b.heard, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_targets),
		cmocka_unit_test(list_cut_everywhere),
		cmocka_unit_test(list_in_whole_pieces),
		cmocka_unit_test(last_target_has_no_address),
		cmocka_unit_test(what_is_asked_for),
		cmocka_unit_test(wrong_lists),
		cmocka_unit_test(wrong_headers),
		cmocka_unit_test(other_pdus_take_numbers),
		cmocka_unit_test(list_is_bounded),
		cmocka_unit_test(silent_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

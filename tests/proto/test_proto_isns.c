// SPDX-License-Identifier: GPL-2.0-or-later
/* iSNS: a server that is asked for targets, answers cut anywhere, servers that err (RFC 4171). */
#include <arpa/inet.h>

#include "isns.h"
#include "unit.h"

#define US	"iqn.2026-01.t:i"	/* with its zero, 16 bytes: no padding */
#define US_HEX	"69716e2e 323032362d30312e743a6900"

enum { REG = 0x8001, QRY = 0x8002, DEREG = 0x8004 };
enum { FIRST = 0x4400, LAST = 0x4800, WHOLE = 0x4c00 };

struct bench {
	struct isns isns;
	uint16_t xid;			/* of the last request */
	char heard[4096];		/* "name address:port,tag;" */
	uint8_t msg[4096];		/* payload of the answer that is being written */
	size_t len;
};

static void record(void *ctx, const char *name, const struct isns_portal *portal)
{
	struct bench *b = ctx;
	size_t len = strlen(b->heard), max = sizeof(b->heard) - len;
	char addr[INET6_ADDRSTRLEN] = "";

	if (portal) {
		inet_ntop(portal->is_ipv6 ? AF_INET6 : AF_INET, portal->addr, addr, sizeof(addr));
		snprintf(b->heard + len, max, "%s %s:%u,%d;", name, addr, portal->port, portal->tpgt);
	} else {
		snprintf(b->heard + len, max, "%s;", name);
	}
}

static void begin_as(struct bench *b, const char *name)
{
	struct isns_config config = { .name = name, .record = record, .ctx = b };

	memset(b, 0, sizeof(*b));
	isns_start(&b->isns, &config);
}

static void begin(struct bench *b)
{
	begin_as(b, US);
}

/* --- requests ------------------------------------------------------------------ */

static size_t from_hex(const char *hex, uint8_t *bytes)
{
	unsigned int byte;
	size_t n = 0;
	int used;

	while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
		bytes[n++] = byte;
		hex += used;
	}
	return n;
}

/* The request that is due, to the byte; the xid stands in its header. */
static void expect_request(struct bench *b, const char *hex)
{
	uint8_t want[2048];
	struct isns_pdu pdu;
	size_t len = from_hex(hex, want);

	assert_true(isns_tx(&b->isns, &pdu));
	assert_int_equal(pdu.len, len);
	same_bytes("request", pdu.data, want, len);
	b->xid = be16_at(pdu.data, 8);
	assert_false(isns_tx(&b->isns, &pdu));
}

static void expect_look_again(struct bench *b, unsigned int xid)
{
	char hex[512];

	snprintf(hex, sizeof(hex), "0001 0002 0040 8c00 %04x 0000"
		 "00000020 00000010" US_HEX		/* who asks */
		 "00000020 00000010" US_HEX
		 "00000000 00000000"
		 "00000001 00000000", xid);		/* its entity */
	expect_request(b, hex);
}

static void expect_look(struct bench *b)
{
	expect_look_again(b, 1);
}

static void expect_register_again(struct bench *b, unsigned int xid)
{
	char hex[512];

	snprintf(hex, sizeof(hex), "0001 0001 008c 8c00 %04x 0000"
		 "00000020 00000010" US_HEX
		 "00000001 00000010" US_HEX
		 "00000000 00000000"
		 "00000001 00000010" US_HEX
		 "00000002 00000004 00000002"		/* it speaks iSCSI */
		 "00000006 00000004 00000078"		/* for two minutes */
		 "00000020 00000010" US_HEX
		 "00000021 00000004 00000002", xid);	/* an initiator */
	expect_request(b, hex);
}

static void expect_register(struct bench *b)
{
	expect_register_again(b, 2);
}

static void expect_ask(struct bench *b, unsigned int xid)
{
	char hex[512];

	snprintf(hex, sizeof(hex), "0001 0002 004c 8c00 %04x 0000"
		 "00000020 00000010" US_HEX
		 "00000021 00000004 00000001"		/* all targets */
		 "00000000 00000000"
		 "00000030 00000000 00000031 00000000 00000032 00000000 00000033 00000000", xid);
	expect_request(b, hex);
}

static void expect_leave(struct bench *b, unsigned int xid)
{
	char hex[512];

	snprintf(hex, sizeof(hex), "0001 0004 0038 8c00 %04x 0000"
		 "00000020 00000010" US_HEX
		 "00000000 00000000"
		 "00000001 00000010" US_HEX, xid);
	expect_request(b, hex);
}

/* --- answers -------------------------------------------------------------------- */

static void put(struct bench *b, uint32_t tag, const void *value, size_t len)
{
	put_be32(b->msg, b->len, tag);
	put_be32(b->msg, b->len + 4, len);
	memcpy(b->msg + b->len + 8, value, len);
	b->len += 8 + len;
}

static void put_text(struct bench *b, uint32_t tag, const char *text)
{
	char padded[512] = { 0 };

	strcpy(padded, text);
	put(b, tag, padded, (strlen(text) + 4) & ~3u);
}

static void put_number(struct bench *b, uint32_t tag, uint32_t number)
{
	uint8_t be[4];

	put_be32(be, 0, number);
	put(b, tag, be, 4);
}

static void put_addr(struct bench *b, uint32_t tag, const char *text)
{
	uint8_t addr[16] = { [10] = 0xff, 0xff };

	if (inet_pton(AF_INET, text, addr + 12) != 1)
		assert_int_equal(inet_pton(AF_INET6, text, addr), 1);
	put(b, tag, addr, 16);
}

static void put_group(struct bench *b, const char *name, const char *addr, uint32_t port, int tag)
{
	put_text(b, 48, name);
	put_addr(b, 49, addr);
	put_number(b, 50, port);
	if (tag >= 0)
		put_number(b, 51, tag);
}

/* An answer begins. */
static void answer(struct bench *b, uint32_t status)
{
	b->len = 4;
	put_be32(b->msg, 0, status);
}

/* On the heap, so that a byte too many that is read is found. */
static void feed(struct bench *b, const void *bytes, size_t len)
{
	uint8_t *copy = malloc(len + !len);

	memcpy(copy, bytes, len);
	isns_rx(&b->isns, copy, len);
	free(copy);
}

static void send_pdu(struct bench *b, uint16_t function, uint16_t flags, uint16_t seq,
		     const uint8_t *payload, size_t len)
{
	uint8_t *pdu = calloc(1, 12 + len);

	put_be16(pdu, 0, 1);
	put_be16(pdu, 2, function);
	put_be16(pdu, 4, len);
	put_be16(pdu, 6, flags);
	put_be16(pdu, 8, b->xid);
	put_be16(pdu, 10, seq);
	memcpy(pdu + 12, payload, len);
	feed(b, pdu, 12 + len);
	free(pdu);
}

static void send_answer(struct bench *b, uint16_t function)
{
	send_pdu(b, function, WHOLE, 0, b->msg, b->len);
}

static void answer_look(struct bench *b, bool known)
{
	answer(b, 0);
	put_text(b, 32, US);
	put(b, 0, "", 0);
	if (known)
		put_text(b, 1, "somebody's");
	send_answer(b, QRY);
}

static void answer_register(struct bench *b)
{
	answer(b, 0);
	put_text(b, 1, US);
	put(b, 0, "", 0);
	send_answer(b, REG);
}

/* Up to the question for targets: registered, or not as somebody did before. */
static void until_ask(struct bench *b, bool known)
{
	begin(b);
	expect_look(b);
	answer_look(b, known);
	if (known) {
		expect_ask(b, 2);
		return;
	}
	expect_register(b);
	answer_register(b);
	expect_ask(b, 3);
}

static void begin_list(struct bench *b)
{
	answer(b, 0);
	put_number(b, 33, 1);
	put(b, 0, "", 0);
}

static void expect_result(struct bench *b, enum isns_outcome outcome, uint32_t records)
{
	const struct isns_result *result = isns_result(&b->isns);

	assert_non_null(result);
	assert_non_null(result->words);
	assert_int_equal(result->outcome, outcome);
	assert_int_equal(result->records, records);
}

/* --- what goes well --------------------------------------------------------------- */

static void put_list(struct bench *b)
{
	begin_list(b);
	put_text(b, 1, "an entity, which nobody asked for");
	put_group(b, "iqn.2026-01.t:one", "10.0.0.1", 3260, 1);
	put_group(b, "iqn.2026-01.t:one", "2001:db8::1", 3999, 65535);
	put_number(b, 17, 3260);
	put_group(b, "eui.02004567A425678D", "10.0.0.2", 1, -1);
	put_group(b, "naa.52004567BA64678D", "10.0.0.3", 65535, 0);
}

#define HEARD \
	"iqn.2026-01.t:one 10.0.0.1:3260,1;iqn.2026-01.t:one 2001:db8::1:3999,65535;" \
	"eui.02004567A425678D 10.0.0.2:1,-1;naa.52004567BA64678D 10.0.0.3:65535,0;"

static void lists_targets(void **state)
{
	struct bench b;

	(void)state;
	until_ask(&b, false);
	assert_null(isns_result(&b.isns));
	put_list(&b);
	send_answer(&b, QRY);
	expect_result(&b, ISNS_DONE, 4);
	assert_string_equal(b.heard, HEARD);
	assert_false(isns_over(&b.isns));
	expect_leave(&b, 4);
	answer(&b, 0);
	put(&b, 0, "", 0);
	send_answer(&b, DEREG);
	assert_true(isns_over(&b.isns));
	expect_result(&b, ISNS_DONE, 4);
}

/* Somebody's registration is neither taken over nor taken away. */
static void who_is_known_leaves_nothing(void **state)
{
	struct isns_pdu pdu;
	struct bench b;

	(void)state;
	until_ask(&b, true);
	put_list(&b);
	send_answer(&b, QRY);
	expect_result(&b, ISNS_DONE, 4);
	assert_true(isns_over(&b.isns));
	assert_false(isns_tx(&b.isns, &pdu));
}

/* An entity without a name is none, and what stands in the message key is not said of us. */
static void who_is_known_has_an_entity(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	expect_look(&b);
	answer(&b, 0);
	put_text(&b, 1, "an entity");
	put(&b, 0, "", 0);
	put(&b, 1, "", 0);
	send_answer(&b, QRY);
	expect_register(&b);
}

/* PDUs cut anywhere, in attributes and between them; and TCP, too. */
static void lists_cut_everywhere(void **state)
{
	struct bench b;
	size_t at, i;

	(void)state;
	for (at = 0; at <= 256; at += 4) {
		until_ask(&b, true);
		put_list(&b);
		send_pdu(&b, QRY, FIRST, 0, b.msg, at);
		assert_null(isns_result(&b.isns));
		send_pdu(&b, QRY, 0x4000, 1, b.msg, 0);
		send_pdu(&b, QRY, LAST, 2, b.msg + at, b.len - at);
		expect_result(&b, ISNS_DONE, 4);
		assert_string_equal(b.heard, HEARD);
	}
	until_ask(&b, true);
	put_list(&b);
	memmove(b.msg + 12, b.msg, b.len);
	from_hex("0001 8002 0000 4c00 0002 0000", b.msg);
	put_be16(b.msg, 4, b.len);
	for (i = 0; i < b.len + 12; i++) {
		assert_null(isns_result(&b.isns));
		feed(&b, b.msg + i, 1);
	}
	expect_result(&b, ISNS_DONE, 4);
	assert_string_equal(b.heard, HEARD);
}

/* But for the name, which is first. */
static void order_is_the_servers(void **state)
{
	struct bench b;

	(void)state;
	until_ask(&b, true);
	begin_list(&b);
	put_text(&b, 48, "iqn.2026-01.t:one");
	put_number(&b, 51, 7);
	put_number(&b, 50, 3260);
	put_addr(&b, 49, "10.0.0.1");
	put_text(&b, 48, "iqn.2026-01.t:two");
	put_number(&b, 50, 3261);
	put_addr(&b, 49, "10.0.0.2");
	send_answer(&b, QRY);
	expect_result(&b, ISNS_DONE, 2);
	assert_string_equal(b.heard, "iqn.2026-01.t:one 10.0.0.1:3260,7;"
			    "iqn.2026-01.t:two 10.0.0.2:3261,-1;");
}

/* UDP, no port, no address: targets where we cannot go. And one that is not there at all. */
static void places_that_are_none(void **state)
{
	struct bench b;

	(void)state;
	until_ask(&b, true);
	begin_list(&b);
	put_group(&b, "iqn.2026-01.t:udp", "10.0.0.1", 0x10000 | 3260, 1);
	put_group(&b, "iqn.2026-01.t:port", "10.0.0.1", 0, 1);
	put_group(&b, "iqn.2026-01.t:any", "0.0.0.0", 3260, 1);
	put_group(&b, "iqn.2026-01.t:any6", "::", 3260, 1);
	put_group(&b, "iqn.2026-01.t:closed", "10.0.0.1", 3260, -1);
	put(&b, 51, "", 0);
	put_group(&b, "iqn.2026-01.t:good", "10.0.0.1", 3260, 1);
	/* IPv4 as open-isns has it, and what only looks alike. */
	put_group(&b, "iqn.2026-01.t:good", "::10.0.0.2", 3260, 1);
	put_group(&b, "iqn.2026-01.t:good", "::1", 3260, 1);
	put_group(&b, "iqn.2026-01.t:good", "::fffe:a00:1", 3260, 1);
	send_answer(&b, QRY);
	expect_result(&b, ISNS_DONE, 8);
	assert_string_equal(b.heard, "iqn.2026-01.t:udp;iqn.2026-01.t:port;iqn.2026-01.t:any;"
			    "iqn.2026-01.t:any6;iqn.2026-01.t:good 10.0.0.1:3260,1;"
			    "iqn.2026-01.t:good 10.0.0.2:3260,1;iqn.2026-01.t:good ::1:3260,1;"
			    "iqn.2026-01.t:good ::fffe:a00:1:3260,1;");
}

/* Of any length that an iSCSI name has. */
static void names_are_padded(void **state)
{
	struct isns_pdu pdu;
	size_t len, padded;
	char name[224];
	struct bench b;

	(void)state;
	for (len = 10; len <= 223; len++) {
		memset(name, 'x', len);
		memcpy(name, "iqn.2026-01.", 4);
		name[len] = 0;
		begin_as(&b, name);
		assert_true(isns_tx(&b.isns, &pdu));
		padded = (len + 4) & ~(size_t)3;
		assert_int_equal(be32_at(pdu.data, 16), padded);
		assert_int_equal(pdu.len, 12 + 2 * (8 + padded) + 16);
		assert_int_equal(be16_at(pdu.data, 4), pdu.len - 12);
		assert_string_equal((const char *)pdu.data + 20, name);
		b.xid = 1;
		answer(&b, 6);
		send_answer(&b, QRY);
		assert_true(isns_tx(&b.isns, &pdu));
		assert_int_equal(pdu.len, 12 + 4 * (8 + padded) + 3 * 12 + 8);
	}
}

/* --- refusals ----------------------------------------------------------------------- */

/* It does not know us, lets nobody register, and has an answer nevertheless. */
static void registration_refused(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	expect_look(&b);
	answer(&b, 6);
	send_answer(&b, QRY);
	expect_register(&b);
	answer(&b, 8);
	send_answer(&b, REG);
	expect_ask(&b, 3);
	put_list(&b);
	send_answer(&b, QRY);
	expect_result(&b, ISNS_DONE, 4);
	assert_true(isns_over(&b.isns));
	/* Or none: then it matters. */
	begin(&b);
	expect_look(&b);
	answer(&b, 9);
	send_answer(&b, QRY);
	expect_register(&b);
	answer(&b, 23);
	send_answer(&b, REG);
	expect_ask(&b, 3);
	answer(&b, 9);
	send_answer(&b, QRY);
	expect_result(&b, ISNS_REFUSED, 0);
	assert_int_equal(isns_result(&b.isns)->status, 23);
	assert_string_equal(isns_status_name(23), "Registration Feature Not Supported");
	assert_string_equal(isns_status_name(0xffffffff), "a status of its own");
}

static void question_refused(void **state)
{
	struct bench b;

	(void)state;
	until_ask(&b, false);
	answer(&b, 8);
	b.len += 8;		/* nothing that is looked at */
	memset(b.msg + 4, 0xff, 8);
	send_answer(&b, QRY);
	expect_result(&b, ISNS_REFUSED, 0);
	assert_int_equal(isns_result(&b.isns)->status, 8);
	assert_string_equal(isns_status_name(8), "Source Unauthorized");
	expect_leave(&b, 4);
	answer(&b, 22);
	send_answer(&b, DEREG);
	assert_true(isns_over(&b.isns));
	expect_result(&b, ISNS_REFUSED, 0);
}

/* Whoever registered us may have left: all is asked once more. Who is still known sees nothing. */
static void nothing_to_be_seen(void **state)
{
	static const uint32_t status[] = { 0, 9 };
	struct isns_pdu pdu;
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		until_ask(&b, true);
		answer(&b, status[i]);
		send_answer(&b, QRY);
		assert_null(isns_result(&b.isns));
		expect_look_again(&b, 3);
		answer_look(&b, true);
		expect_ask(&b, 4);
		answer(&b, status[i]);
		send_answer(&b, QRY);
		expect_result(&b, ISNS_DONE, 0);
		assert_true(isns_over(&b.isns));
		assert_false(isns_tx(&b.isns, &pdu));
	}
}

/* Who had registered us leaves before we ask, whoever that was: we do it then. */
static void registration_taken_away(void **state)
{
	static const uint32_t status[] = { 0, 6, 9 };
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(status); i++) {
		until_ask(&b, i % 2);
		answer(&b, status[i / 2]);
		send_answer(&b, QRY);
		assert_null(isns_result(&b.isns));
		expect_look_again(&b, b.xid + 1);
		answer_look(&b, false);
		expect_register_again(&b, b.xid + 1);
		answer_register(&b);
		expect_ask(&b, b.xid + 1);
		put_list(&b);
		send_answer(&b, QRY);
		expect_result(&b, ISNS_DONE, 4);
		assert_string_equal(b.heard, HEARD);
		expect_leave(&b, b.xid + 1);
	}
}

/* Once: a server that forgets everybody is believed then. */
static void registration_taken_twice(void **state)
{
	struct bench b;

	(void)state;
	until_ask(&b, false);
	answer(&b, 6);
	send_answer(&b, QRY);
	expect_look_again(&b, 4);
	answer_look(&b, false);
	expect_register_again(&b, 5);
	answer(&b, 3);
	send_answer(&b, REG);
	expect_ask(&b, 6);
	answer(&b, 6);
	send_answer(&b, QRY);
	expect_result(&b, ISNS_REFUSED, 0);
	assert_int_equal(isns_result(&b.isns)->status, 6);
	/* The first one may be there still. */
	expect_leave(&b, 7);
}

/* --- time ---------------------------------------------------------------------------- */

/* Who may be registered says goodbye, and waits for nothing. */
static void given_up(void **state)
{
	struct isns_pdu pdu;
	struct bench b;

	(void)state;
	begin(&b);
	isns_give_up(&b.isns);
	expect_result(&b, ISNS_GIVEN_UP, 0);
	assert_false(isns_tx(&b.isns, &pdu));
	until_ask(&b, true);
	isns_give_up(&b.isns);
	assert_true(isns_over(&b.isns));
	assert_false(isns_tx(&b.isns, &pdu));
	until_ask(&b, false);
	isns_give_up(&b.isns);
	assert_true(isns_over(&b.isns));
	expect_leave(&b, 4);
	begin(&b);
	expect_look(&b);
	answer(&b, 9);
	send_answer(&b, QRY);
	expect_register(&b);
	isns_give_up(&b.isns);
	expect_leave(&b, 3);
	put_list(&b);
	send_answer(&b, QRY);
	expect_result(&b, ISNS_GIVEN_UP, 0);
}

static void given_up_while_leaving(void **state)
{
	struct isns_pdu pdu;
	struct bench b;

	(void)state;
	until_ask(&b, false);
	put_list(&b);
	send_answer(&b, QRY);
	expect_leave(&b, 4);
	isns_give_up(&b.isns);
	assert_true(isns_over(&b.isns));
	assert_false(isns_tx(&b.isns, &pdu));
	expect_result(&b, ISNS_DONE, 4);
}

/* --- servers that break the rules ------------------------------------------------------ */

static void expect_violation(struct bench *b, const char *words)
{
	struct isns_pdu pdu;

	expect_result(b, ISNS_VIOLATION, isns_result(&b->isns)->records);
	assert_string_equal(isns_result(&b->isns)->words, words);
	assert_true(isns_over(&b->isns));
	assert_false(isns_tx(&b->isns, &pdu));
}

static void wrong_headers(void **state)
{
	static const struct {
		unsigned int off;
		uint16_t val;
		const char *words;
	} row[] = {
		{ 0, 2, "speaks another version, or is none" },
		{ 2, 0x0002, "answered what it was not asked" },
		{ 2, 0x8001, "answered what it was not asked" },
		{ 4, 6, "sent a PDU whose length is no multiple of 4" },
		{ 6, 0x6c00, "signed its answer, which it was not asked to" },
		{ 6, 0x4800, "skipped or repeated a PDU" },
		{ 8, 1, "answered what it was not asked" },
		{ 10, 1, "skipped or repeated a PDU" },
	};
	uint8_t hdr[12];
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		until_ask(&b, true);
		from_hex("0001 8002 0004 4c00 0002 0000", hdr);
		put_be16(hdr, row[i].off, row[i].val);
		feed(&b, hdr, 12);
		expect_violation(&b, row[i].words);
	}
	/* A second PDU that is the first again, or the third. */
	for (i = 0; i < 3; i += 2) {
		until_ask(&b, true);
		put_list(&b);
		send_pdu(&b, QRY, FIRST, 0, b.msg, 40);
		send_pdu(&b, QRY, i ? LAST : WHOLE, i, b.msg + 40, b.len - 40);
		expect_violation(&b, "skipped or repeated a PDU");
	}
	/* Before it was asked. */
	begin(&b);
	answer(&b, 0);
	send_answer(&b, QRY);
	expect_violation(&b, "spoke unasked");
}

static void wrong_attributes(void **state)
{
	static const char name[] = "iqn.2026-01.t:one";
	static const uint8_t addr[16] = { 0xfd };
	static const struct {
		uint32_t tag, len;
		const char *value, *words;
	} row[] = {
		{ 48, 0, "", "lists a target whose name is no iSCSI name" },
		{ 48, 16, "iqn.2026-01.t:xx", "lists a target whose name is no iSCSI name" },
		{ 48, 8, "a name\0", "lists a target whose name is no iSCSI name" },
		{ 49, 4, "\x0a\0\0\x01", "lists an address that is none" },
		{ 49, 0, "", "lists an address that is none" },
		{ 50, 8, "\0\0\0\0\0\0\0\1", "lists a port that is none" },
		{ 50, 0, "", "lists a port that is none" },
		{ 51, 4, "\0\1\0\0", "lists a portal group tag that is none" },
		{ 51, 8, "\0\0\0\0\0\0\0\1", "lists a portal group tag that is none" },
		{ 16, 6, "abcdef", "sent an attribute whose length is no multiple of 4" },
	};
	static const char half[] = "lists a portal group without address or port";
	static const char stray[] =
		"lists a portal group whose attributes belong to none, or to another";
	char longest[512] = "iqn.2026-01.t:";
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		until_ask(&b, true);
		begin_list(&b);
		if (row[i].tag > 48)
			put_text(&b, 48, name);
		put(&b, row[i].tag, row[i].value, row[i].len);
		b.len &= ~3u;
		send_answer(&b, QRY);
		expect_violation(&b, row[i].words);
		assert_string_equal(b.heard, "");
	}
	/* A name that is too long for one, and for an attribute that is looked at. */
	memset(longest + 14, 'x', 300);
	for (i = 224; i <= 300; i += 76) {
		longest[i] = 0;
		until_ask(&b, true);
		begin_list(&b);
		put_text(&b, 48, longest);
		send_answer(&b, QRY);
		expect_violation(&b, "lists a target whose name is no iSCSI name");
		longest[i] = 'x';
	}
	/* The second group lacks something; what came before it stays. */
	for (i = 0; i < 2; i++) {
		until_ask(&b, true);
		begin_list(&b);
		put_group(&b, name, "10.0.0.1", 3260, 1);
		put_text(&b, 48, name);
		if (i)
			put(&b, 49, addr, 16);
		else
			put_number(&b, 50, 3260);
		put_number(&b, 51, 1);
		put_group(&b, name, "10.0.0.1", 3260, 1);
		send_answer(&b, QRY);
		expect_violation(&b, half);
		assert_string_equal(b.heard, "iqn.2026-01.t:one 10.0.0.1:3260,1;");
	}
	/* Attributes of nobody's, and one twice. */
	for (i = 49; i <= 51; i++) {
		until_ask(&b, true);
		begin_list(&b);
		put_number(&b, i, 1);
		send_answer(&b, QRY);
		expect_violation(&b, stray);
		until_ask(&b, true);
		begin_list(&b);
		put_group(&b, name, "10.0.0.1", 3260, 1);
		put_number(&b, i, 1);
		send_answer(&b, QRY);
		expect_violation(&b, stray);
	}
	/* And at the end of the list. */
	until_ask(&b, true);
	begin_list(&b);
	put_text(&b, 48, name);
	send_answer(&b, QRY);
	expect_violation(&b, half);
}

/* The last PDU ends where no message does. */
static void ends_in_the_middle(void **state)
{
	struct bench b;
	size_t len;

	(void)state;
	for (len = 0; len < 4 + 12 + 8 + 28; len += 4) {
		if (len == 4 || len == 16 || len == 24)
			continue;	/* between attributes */
		until_ask(&b, true);
		begin_list(&b);
		put_text(&b, 48, "iqn.2026-01.t:one");
		send_pdu(&b, QRY, WHOLE, 0, b.msg, len);
		expect_violation(&b, "ended its answer in the middle");
	}
}

static void list_is_bounded(void **state)
{
	static const char words[] = "has more to say than is listened to";
	static uint8_t zeros[65532];
	struct bench b;
	unsigned int i;

	(void)state;
	/* Two have come before. */
	until_ask(&b, false);
	begin_list(&b);
	send_pdu(&b, QRY, FIRST, 0, b.msg, b.len);
	for (i = 1; i < ISNS_PDUS_MAX - 2; i++) {
		send_pdu(&b, QRY, 0x4000, i, zeros, 0);
		assert_null(isns_result(&b.isns));
	}
	send_pdu(&b, QRY, LAST, i, zeros, 0);
	expect_violation(&b, words);
	/* Or bytes: of an attribute that never ends. */
	until_ask(&b, true);
	begin_list(&b);
	put_be32(b.msg, b.len, 16);
	put_be32(b.msg, b.len + 4, 0xfffffffc);
	send_pdu(&b, QRY, FIRST, 0, b.msg, b.len + 8);
	for (i = 1; i < 16; i++)
		send_pdu(&b, QRY, 0x4000, i, zeros, sizeof(zeros));
	assert_null(isns_result(&b.isns));
	send_pdu(&b, QRY, LAST, i, zeros, sizeof(zeros));
	expect_violation(&b, words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_targets),
		cmocka_unit_test(who_is_known_leaves_nothing),
		cmocka_unit_test(who_is_known_has_an_entity),
		cmocka_unit_test(lists_cut_everywhere),
		cmocka_unit_test(order_is_the_servers),
		cmocka_unit_test(places_that_are_none),
		cmocka_unit_test(names_are_padded),
		cmocka_unit_test(registration_refused),
		cmocka_unit_test(question_refused),
		cmocka_unit_test(nothing_to_be_seen),
		cmocka_unit_test(registration_taken_away),
		cmocka_unit_test(registration_taken_twice),
		cmocka_unit_test(given_up),
		cmocka_unit_test(given_up_while_leaving),
		cmocka_unit_test(wrong_headers),
		cmocka_unit_test(wrong_attributes),
		cmocka_unit_test(ends_in_the_middle),
		cmocka_unit_test(list_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

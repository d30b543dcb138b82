// SPDX-License-Identifier: GPL-2.0-or-later
/* What the messages of DHCP say (RFC 2132), and what is made of it. */
#include "log.h"
#include "play4.h"

/* What tells one client from another, and what it wants. */
static void test_says_who(void **state)
{
	(void)state;
	ask_for(0, 0);
	assert_int_equal(said(), DISCOVER);
	assert_memory_equal(option(61) - 1, "\7\1\x52\x54\0\1\2\3", 8);
	assert_memory_equal(option(12) - 1, "\x11ohba-525400010203", 18);
	assert_non_null(memchr(option(55), 26, option(55)[-1]));
	assert_true(memchr(option(55), 121, option(55)[-1]) <
		    memchr(option(55), 3, option(55)[-1]));
	ask_for_none();
	/* The same MAC, but another address: RFC 4361. */
	ask_for(2, 0);
	assert_int_equal(said(), DISCOVER);
	assert_memory_equal(option(61) - 1, "\x0f\xff\0\0\0\2\0\3\0\1\x52\x54\0\1\2\3", 16);
}

static void test_mtu(void **state)
{
	(void)state;
	GET_WITH("\x1a\2\x23\x28");
	assert_int_equal(told[0].lease.mtu, 9000);
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
}

/*
 * RFC 3442: instead of the router. 172.16/12 and half of our network by .2, 10.1.2/24 on
 * the link, the rest by .3.
 */
static void test_routes(void **state)
{
	(void)state;
	GET_WITH("\x79\x1d" "\x0c\xac\x10\x0a\0\0\2" "\x18\x0a\1\2\0\0\0\0"
		 "\x19\x0a\0\0\x80\x0a\0\0\2" "\0\x0a\0\0\3");
	assert_int_equal(ntold, 1);
	assert_memory_equal(told[0].lease.gateway.bytes, "\x0a\0\0\3", 4);
	assert_asks_for(ip4(172, 17, 0, 1), (const uint8_t *)"\x0a\0\0\2");
	assert_asks_for(ip4(10, 1, 2, 3), (const uint8_t *)"\x0a\1\2\3");
	assert_asks_for(ip4(10, 0, 0, 9), (const uint8_t *)"\x0a\0\0\x09");
	assert_asks_for(ip4(10, 0, 0, 129), (const uint8_t *)"\x0a\0\0\2");
	assert_asks_for(ip4(8, 8, 8, 8), (const uint8_t *)"\x0a\0\0\3");
}

/* What is no list of routes is as if there were none. */
static void test_wrong_routes(void **state)
{
	(void)state;
	GET_WITH("\x79\x0b" "\0\x0a\0\0\3" "\x18\x0a\1\2\0\0");
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	ask_for_none();
	GET_WITH("\x79\x0a" "\x21\x0a\0\0\3\0\x0a\0\0\3");
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
	ask_for_none();
	GET_WITH("\x79\0");
	assert_lease(ip4(10, 0, 0, 77), ip4(10, 0, 0, 254));
}

/* Options may go on in the field for a file's name: RFC 2132 9.3. */
static void test_overload(void **state)
{
	struct reply r = base;

	(void)state;
	ask_for(2, 0);
	said();
	reply(OFFER);
	said();
	r.type = ACK;
	r.extra = "\x34\1\1";
	r.extra_len = 3;
	r.file = "\x1a\2\5\xdc\xff";
	answer(&r);
	wait_for_arp_check();
	assert_int_equal(told[0].lease.mtu, 1500);
}

/* Options that end behind the message, wherever it is cut: nobody reads on. */
static void test_cut_options(void **state)
{
	static const char *const wrong[] = {
		"\x1a", "\x1a\xff\5", "\x79\xff\x18", "\x33\xf0", "\x34\1\3", "\x36\xfe\x0a",
		"\x33\4\1\1", "\x33\3\1",	/* one byte is missing */
	};
	char extra[228];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ask_for(2, 0);
		assert_int_equal(said(), DISCOVER);
		/* At the very end: padding before it. */
		memset(extra, 0, sizeof(extra));
		memcpy(extra + sizeof(extra) - strlen(wrong[i]), wrong[i], strlen(wrong[i]));
		reply_with(OFFER, extra, sizeof(extra));
		ask_for_none();
		drain();
	}
	assert_int_equal(ntold, 0);
}

/* Without a mask it is the address's class: RFC 950 2.1. */
static void test_classes(void **state)
{
	static const struct { uint8_t addr[4]; unsigned int prefix; } row[] = {
		{ { 10, 0, 0, 77 }, 8 }, { { 172, 16, 0, 7 }, 16 }, { { 192, 0, 2, 7 }, 24 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct reply r = base;

		memcpy(r.yiaddr, row[i].addr, 4);
		r.mask = "\0\0\0\0";
		ask_for(2, 0);
		said();
		r.type = OFFER;
		answer(&r);
		said();
		r.type = ACK;
		answer(&r);
		wait_for_arp_check();
		assert_int_equal(told[0].lease.prefix, row[i].prefix);
		ask_for_none();
		ntold = 0;
		drain();
	}
}

static void test_wrong_masks(void **state)
{
	static const char *const masks[] = {
		"\xff\0\xff\0", "\0\0\0\1", "\x7f\xff\xff\xff", "\xff\xff\xff\xfd",
	};
	struct reply r = base;
	unsigned int i;

	(void)state;
	ask_for(2, 0);
	assert_int_equal(said(), DISCOVER);
	r.type = OFFER;
	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		r.mask = masks[i];
		answer(&r);
		assert_int_equal(said(), 0);
	}
	r.mask = "\xff\xff\xff\xff";
	answer(&r);
	assert_int_equal(said(), REQUEST);
}

static void test_no_station(void **state)
{
	static const uint8_t addrs[][4] = { { 127, 0, 0, 1 }, { 0, 0, 0, 9 }, { 224, 0, 0, 1 },
					    { 255, 255, 255, 255 } };
	struct reply r = base;
	unsigned int i;

	(void)state;
	ask_for(2, 0);
	assert_int_equal(said(), DISCOVER);
	r.type = OFFER;
	for (i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		memcpy(r.yiaddr, addrs[i], 4);
		answer(&r);
		assert_int_equal(said(), 0);
	}
}

/* RFC 3396: an option in several pieces, in the field for a file's name, too. */
static void test_pieces(void **state)
{
	struct reply r = base;

	(void)state;
	ask_for(2, 0);
	said();
	reply(OFFER);
	said();
	r.type = ACK;
	r.extra = "\x79\5\x0c\xac\x10\x0a\0" "\x1a\1\5" "\x79\0" "\x79\7\0\2\x18\x0a\1\2\0"
		  "\x34\1\1";
	r.extra_len = 7 + 3 + 2 + 9 + 3;
	r.file = "\x79\3\0\0\0" "\x1a\1\xdc" "\x79\5\0\x0a\0\0\3\xff";
	r.file_len = 5 + 3 + 8;
	answer(&r);
	wait_for_arp_check();
	assert_int_equal(told[0].lease.mtu, 1500);
	assert_memory_equal(told[0].lease.gateway.bytes, "\x0a\0\0\3", 4);
	assert_asks_for(ip4(172, 17, 0, 1), (const uint8_t *)"\x0a\0\0\2");
	assert_asks_for(ip4(10, 1, 2, 3), (const uint8_t *)"\x0a\1\2\3");
}

/* --- what is for others ------------------------------------------------------------- */

static char line[512];
static unsigned int nlines;

static void note_extras(int priority, const char *text)
{
	(void)priority;
	if (!strstr(text, "the server says"))
		return;
	snprintf(line, sizeof(line), "%s", strstr(text, "the server says"));
	nlines++;
}

static void assert_says(const char *text)
{
	if (text)
		assert_string_equal(line, text);
	assert_int_equal(nlines, !!text);
	nlines = 0;
	ask_for_none();
	drain();
}

static void test_extras(void **state)
{
	(void)state;
	uip_log_to(note_extras);
	GET_WITH("\x06\x08\x0a\0\0\x35\x0a\0\0\x36" "\x11\x05/\x1b[2J" "\x2a\4\x0a\0\0\x7b"
		 "\x53\x0e\0\1\0\1\0\0\0\0\0\1\x0a\0\0\x0d");
	assert_non_null(memchr(option(55), 83, option(55)[-1]));
	assert_non_null(memchr(option(55), 17, option(55)[-1]));
	assert_says("the server says, too: DNS 10.0.0.53, 10.0.0.54 NTP 10.0.0.123 iSNS 10.0.0.13 "
		    "root path /?[2J");
	GET_WITH("\x11\x0b" "iscsi:a::::");
	/* Renewed, it is the same: no line more. */
	assert_int_equal(said_within(1900), REQUEST);
	reply_with(ACK, "\x11\x0b" "iscsi:a::::", 13);
	assert_says("the server says, too: root path iscsi:a::::");
	/* Not of the length that they must have. */
	GET_WITH("\x06\x05\x0a\0\0\x35\x0a" "\x2a\3\x0a\0\0" "\x53\x0d\0\1\0\1\0\0\0\0\0\1\x0a\0\0"
		 "\x11\2\0\0");
	assert_says(NULL);
	uip_log_to(uip_log_stderr);
}

/* RFC 4174: what comes before the servers says which of them is the primary one. */
static void test_isns(void **state)
{
	static const struct {
		const char *option;
		size_t len;
		const char *server;	/* NULL: none */
	} row[] = {
#define ISNS(option, server)	{ option, sizeof(option) - 1, server }
		ISNS("\x53\x0e\0\1\0\1\0\0\0\0\0\1\x0a\0\0\x0d", "\x0a\0\0\x0d"),
		ISNS("\x53\x12\0\1\0\1\0\0\0\0\0\1\x0a\0\0\x0d\x0a\0\0\x0e", "\x0a\0\0\x0d"),
		/* Heartbeats go to a group, which is first; if that flag counts. */
		ISNS("\x53\x12\0\1\0\1\0\3\0\0\0\1\xe0\0\1\x0d\x0a\0\0\x0e", "\x0a\0\0\x0e"),
		ISNS("\x53\x12\0\1\0\1\0\2\0\0\0\1\x0a\0\0\x0d\x0a\0\0\x0e", "\x0a\0\0\x0d"),
		ISNS("\x53\x0e\0\1\0\1\0\3\0\0\0\1\xe0\0\1\x0d", NULL),
		/* Nobody's address. */
		ISNS("\x53\x0e\0\1\0\1\0\1\0\0\0\1\xe0\0\1\x0d", NULL),
		ISNS("\x53\x0e\0\1\0\1\0\1\0\0\0\1\0\0\0\0", NULL),
		/* Too short for any: what another option had there is none. */
		ISNS("\x2a\x10\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a"
		     "\x53\x0a\0\1\0\1\0\1\0\0\0\1", NULL),
		ISNS("\x53\x0d\0\1\0\1\0\1\0\0\0\1\x0a\0\0", NULL),
		ISNS("", NULL),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		ntold = 0;
		get_with(row[i].option, row[i].len);
		assert_int_equal(told[0].lease.isns.family, row[i].server ? OHBA_FAMILY_IPV4 : 0);
		if (row[i].server)
			assert_memory_equal(told[0].lease.isns.bytes, row[i].server, 4);
		ask_for_none();
		drain();
	}
}

/* Another server is told at once, though the address stays. */
static void test_isns_changes(void **state)
{
	struct reply r = base;

	(void)state;
	r.lease[2] = 0;
	r.lease[3] = 15;
	r.type = OFFER;
	r.extra = "\x53\x0e\0\1\0\1\0\0\0\0\0\1\x0a\0\0\x0d";
	r.extra_len = 16;
	ask_for(2, 0);
	said();
	answer(&r);
	said();
	r.type = ACK;
	answer(&r);
	wait_for_arp_check();
	ntold = 0;
	assert_int_equal(said_within(60), REQUEST);
	r.extra = "\x53\x0e\0\1\0\1\0\0\0\0\0\1\x0a\0\0\x0f";
	answer(&r);
	assert_int_equal(ntold, 1);
	assert_memory_equal(told[0].lease.isns.bytes, "\x0a\0\0\x0f", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_says_who),
		BENCH_TEST(test_mtu),
		BENCH_TEST(test_routes),
		BENCH_TEST(test_wrong_routes),
		BENCH_TEST(test_overload),
		BENCH_TEST(test_cut_options),
		BENCH_TEST(test_classes),
		BENCH_TEST(test_wrong_masks),
		BENCH_TEST(test_no_station),
		BENCH_TEST(test_pieces),
		BENCH_TEST(test_extras),
		BENCH_TEST(test_isns),
		BENCH_TEST(test_isns_changes),
	};

	bench_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

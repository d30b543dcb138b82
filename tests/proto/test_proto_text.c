// SPDX-License-Identifier: GPL-2.0-or-later
/* iSCSI text: pairs cut anywhere, bounds, and what values stand for (RFC 7143 6.1). */
#include "text.h"
#include "unit.h"

#define TEXT(text)	(text), sizeof(text)

/* --- pairs in ----------------------------------------------------------------- */

/* What was heard, as "key=value;key=value;". */
struct heard {
	char text[8192];
	const char *refuse;		/* this key ends the feeding */
};

static const char *hear(void *ctx, const char *key, const char *value)
{
	struct heard *heard = ctx;
	size_t len = strlen(heard->text);

	snprintf(heard->text + len, sizeof(heard->text) - len, "%s=%s;", key, value);
	return heard->refuse && !strcmp(key, heard->refuse) ? "refused" : NULL;
}

/* On the heap, so that a byte too many that is read is found. */
static const char *feed(struct iscsi_text_in *in, const char *text, size_t len,
			struct heard *heard)
{
	char *copy = malloc(len);
	const char *words;

	memcpy(copy, text, len);
	words = iscsi_text_feed(in, copy, len, hear, heard);
	free(copy);
	return words;
}

static void cut_at_every_byte(void **state)
{
	static const char text[] = "A=\0HeaderDigest=CRC32C,None\0X-com.x+y@z_1-2=a=b\0\0\0B=2";
	size_t first, second;

	(void)state;
	for (first = 0; first <= sizeof(text); first++) {
		for (second = first; second <= sizeof(text); second++) {
			struct heard heard = { 0 };
			struct iscsi_text_in in;

			iscsi_text_begin(&in, sizeof(text));
			assert_null(feed(&in, text, first, &heard));
			assert_null(feed(&in, text + first, second - first, &heard));
			assert_null(feed(&in, text + second, sizeof(text) - second, &heard));
			assert_null(iscsi_text_end(&in));
			assert_string_equal(heard.text,
					    "A=;HeaderDigest=CRC32C,None;X-com.x+y@z_1-2=a=b;B=2;");
		}
	}
}

static const char unprintable[] = "sent a value that is not UTF-8, or with control characters";

static void what_is_no_pair_is_refused(void **state)
{
	static const char key_63[] =
		"Abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk=";
	static const char key_64[] =
		"Abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl=";
	static const struct {
		const char *text;
		size_t len;
		const char *words;
	} row[] = {
		{ TEXT("Novalue"), "sent text that is no key=value" },
		{ TEXT("=value"), "sent a key whose name is none" },
		{ TEXT("1A=value"), "sent a key whose name is none" },
		{ TEXT("A b=value"), "sent a key whose name is none" },
		{ TEXT("A#b=value"), "sent a key whose name is none" },
		{ TEXT("X-a#b=value"), "sent a key whose name is none" },
		{ TEXT("X##b=value"), "sent a key whose name is none" },
		{ TEXT("#X=value"), "sent a key whose name is none" },
		{ TEXT("A\x80=value"), "sent a key whose name is none" },
		{ TEXT(key_64), "sent a key whose name is none" },
		{ TEXT("A=a\nb"), unprintable },
		{ TEXT("A=\x7f"), unprintable },
		{ TEXT("A=\x1b[2J"), unprintable },
		{ TEXT("A=\x9b[2J"), unprintable },		/* C1: raw, and in UTF-8 */
		{ TEXT("A=\x80"), unprintable },
		{ TEXT("A=\xc2\x80"), unprintable },
		{ TEXT("A=\xc2\x9b[2J"), unprintable },
		{ TEXT("A=\xc2\x9f"), unprintable },
		{ TEXT("A=\xc2"), unprintable },		/* cut */
		{ TEXT("A=\xe2\x82"), unprintable },
		{ TEXT("A=\xe2\x82x"), unprintable },
		{ TEXT("A=\xf0\x9f\x98"), unprintable },
		{ TEXT("A=\xbf"), unprintable },		/* begins nothing */
		{ TEXT("A=\xf8\x88\x80\x80\x80"), unprintable },
		{ TEXT("A=\xff"), unprintable },
		{ TEXT("A=\xc0\x8a"), unprintable },		/* too long for a line feed */
		{ TEXT("A=\xc1\xbf"), unprintable },
		{ TEXT("A=\xe0\x82\x9b"), unprintable },
		{ TEXT("A=\xe0\x9f\xbf"), unprintable },
		{ TEXT("A=\xf0\x8f\xbf\xbf"), unprintable },
		{ TEXT("A=\xed\xa0\x80"), unprintable },		/* halves of UTF-16 */
		{ TEXT("A=\xed\xbf\xbf"), unprintable },
		{ TEXT("A=\xf4\x90\x80\x80"), unprintable },	/* beyond Unicode */
		{ TEXT(key_63), NULL },
		{ TEXT("iSCSIProtocolLevel=1"), NULL },
		{ TEXT("X#NodeArchitecture=a/1,b/2"), NULL },
		{ TEXT("Y#CRC64=1"), NULL },
		{ TEXT("Z#Auth=1"), NULL },
		{ TEXT("X-org.ohba.a=1"), NULL },
		{ TEXT("Y-org.ohba.a=1"), NULL },
		{ TEXT("Z-org.ohba.a=1"), NULL },
		{ TEXT("TargetAlias=\xc3\xa4\xc3\xb6 ~"), NULL },
		{ TEXT("A=\xc2\xa0\xdf\xbf"), NULL },		/* the first and last of each length */
		{ TEXT("A=\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), NULL },
		{ TEXT("A=\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct heard heard = { 0 };
		struct iscsi_text_in in;
		const char *words;

		iscsi_text_begin(&in, 1024);
		words = feed(&in, row[i].text, row[i].len, &heard);
		assert_string_equal(words ? words : "", row[i].words ? row[i].words : "");
		assert_int_equal(!!*heard.text, !words);
	}
}

static void refusal_ends_the_feeding(void **state)
{
	struct heard heard = { .refuse = "B" };
	struct iscsi_text_in in;

	(void)state;
	iscsi_text_begin(&in, 1024);
	assert_string_equal(feed(&in, TEXT("A=1\0B=2\0C=3"), &heard), "refused");
	assert_string_equal(heard.text, "A=1;B=2;");
}

static void text_is_bounded(void **state)
{
	struct heard heard = { 0 };
	struct iscsi_text_in in;

	(void)state;
	iscsi_text_begin(&in, 9);
	assert_null(feed(&in, TEXT("A=1"), &heard));
	assert_null(feed(&in, TEXT("A=22"), &heard));
	assert_string_equal(feed(&in, "", 1, &heard), "sent more text than anybody needs");
}

/* The longest pair there is: 63 bytes of key, and 1024 bytes in hexadecimal. */
static void pair_is_bounded(void **state)
{
	static char text[ISCSI_PAIR_MAX + 1];
	struct heard heard = { 0 };
	struct iscsi_text_in in;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[ISCSI_KEY_MAX] = '=';
	text[ISCSI_PAIR_MAX - 1] = 0;
	iscsi_text_begin(&in, 65536);
	assert_null(feed(&in, text, ISCSI_PAIR_MAX, &heard));
	assert_int_equal(strlen(heard.text), ISCSI_PAIR_MAX);	/* ";" instead of the zero */
	text[ISCSI_PAIR_MAX - 1] = 'a';
	assert_string_equal(feed(&in, text, ISCSI_PAIR_MAX + 1, &heard),
			    "sent a key=value that is too long");
}

static void text_ends_with_a_pair(void **state)
{
	struct heard heard = { 0 };
	struct iscsi_text_in in;

	(void)state;
	iscsi_text_begin(&in, 1024);
	assert_null(feed(&in, "A=1", 3, &heard));
	assert_string_equal(iscsi_text_end(&in), "ended its text in the middle of a key=value");
	assert_null(feed(&in, "", 1, &heard));
	assert_null(iscsi_text_end(&in));
}

/* --- pairs out ------------------------------------------------------------------ */

static void puts_pairs(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x9f, 0xff };
	static const char want[] = "A=b\0N=18446744073709551615\0B=0x009fff\0E=";
	char buf[sizeof(want)];
	struct iscsi_text_out out = { .buf = buf, .max = sizeof(buf) };

	(void)state;
	iscsi_text_put(&out, "A", "b");
	iscsi_text_put_number(&out, "N", UINT64_MAX);
	iscsi_text_put_binary(&out, "B", bytes, sizeof(bytes));
	iscsi_text_put(&out, "E", "");
	assert_false(out.full);
	assert_int_equal(out.len, sizeof(want));
	same_bytes("text", buf, want, sizeof(want));
}

/* What does not fit is not cut, and a shorter one behind it is not taken for it. */
static void full_is_full(void **state)
{
	static const uint8_t zeros[ISCSI_BINARY_MAX + 1];
	char buf[8];
	struct iscsi_text_out out = { .buf = buf, .max = sizeof(buf) };

	(void)state;
	iscsi_text_put(&out, "A", "b");
	iscsi_text_put(&out, "A", "bc");
	assert_true(out.full);
	assert_int_equal(out.len, 4);
	iscsi_text_put(&out, "A", "");
	assert_int_equal(out.len, 4);
	out = (struct iscsi_text_out){ .buf = buf, .max = sizeof(buf) };
	iscsi_text_put_binary(&out, "A", zeros, sizeof(zeros));
	assert_true(out.full);
	assert_int_equal(out.len, 0);
}

/* --- values --------------------------------------------------------------------- */

static void numbers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t val;
	} row[] = {
		{ "0", true, 0 }, { "8192", true, 8192 }, { "007", true, 7 },
		{ "0x1F", true, 31 }, { "0Xff", true, 255 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "0xffffffffffffffff", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 }, { "0x10000000000000000", false, 0 },
		{ "", false, 0 }, { "0x", false, 0 }, { "-1", false, 0 }, { " 1", false, 0 },
		{ "1 ", false, 0 }, { "1f", false, 0 }, { "0xg", false, 0 }, { "1,2", false, 0 },
	};
	uint64_t val;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		if (iscsi_text_number(row[i].text, &val) != row[i].good)
			fail_msg("'%s'", row[i].text);
		if (row[i].good)
			assert_true(val == row[i].val);
	}
}

static void booleans_and_ranges(void **state)
{
	uint64_t low, high;
	bool val;

	(void)state;
	assert_true(iscsi_text_bool("Yes", &val) && val);
	assert_true(iscsi_text_bool("No", &val) && !val);
	assert_false(iscsi_text_bool("yes", &val));
	assert_false(iscsi_text_bool("Yes ", &val));
	assert_false(iscsi_text_bool("", &val));
	assert_true(iscsi_text_range("2~0x10", &low, &high));
	assert_true(low == 2 && high == 16);
	assert_true(iscsi_text_range("3~3", &low, &high));
	assert_false(iscsi_text_range("4~3", &low, &high));
	assert_false(iscsi_text_range("4", &low, &high));
	assert_false(iscsi_text_range("~4", &low, &high));
	assert_false(iscsi_text_range("4~", &low, &high));
	assert_false(iscsi_text_range("1~2~3", &low, &high));
}

/* The vectors of base64 are those of RFC 4648 section 10. */
static void binary(void **state)
{
	static const struct {
		const char *text, *data;
		int len;
	} row[] = {
		{ "0x00ffA9", "\x00\xff\xa9", 3 }, { "0X7f", "\x7f", 1 },
		{ "0bZg==", "f", 1 }, { "0bZm8=", "fo", 2 }, { "0bZm9v", "foo", 3 },
		{ "0BZm9vYg==", "foob", 4 }, { "0bZm9vYmE=", "fooba", 5 },
		{ "0bZm9vYmFy", "foobar", 6 }, { "0b+/+/", "\xfb\xff\xbf", 3 },
		{ "0x", NULL, -1 }, { "0xf", NULL, -1 }, { "0x0g", NULL, -1 }, { "", NULL, -1 },
		{ "0", NULL, -1 }, { "12", NULL, -1 }, { "0b", NULL, -1 }, { "0bZg", NULL, -1 },
		{ "0bZ===", NULL, -1 }, { "0b====", NULL, -1 }, { "0bZg=v", NULL, -1 },
		{ "0bZm9-", NULL, -1 }, { "0x00112233445566", NULL, -1 },
		{ "0bZm9vYmFyZg==", NULL, -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		uint8_t *data = malloc(6);

		if (iscsi_text_binary(row[i].text, data, 6) != row[i].len)
			fail_msg("'%s'", row[i].text);
		if (row[i].len > 0)
			same_bytes(row[i].text, data, row[i].data, row[i].len);
		free(data);
	}
}

static void lists(void **state)
{
	static char text[ISCSI_VALUE_MAX + 2];
	const char *cursor = "CRC32C,None";
	char item[ISCSI_VALUE_MAX + 1];

	(void)state;
	assert_true(iscsi_text_item(&cursor, item));
	assert_string_equal(item, "CRC32C");
	assert_true(iscsi_text_item(&cursor, item));
	assert_string_equal(item, "None");
	assert_false(iscsi_text_item(&cursor, item));
	cursor = ",None";
	assert_false(iscsi_text_item(&cursor, item));
	memset(text, 'a', ISCSI_VALUE_MAX + 1);
	cursor = text;
	assert_false(iscsi_text_item(&cursor, item));
	cursor = text + 1;
	assert_true(iscsi_text_item(&cursor, item));
}

static void names(void **state)
{
	static const char *const right[] = {
		"iqn.2026-01.org.ohba:x", "iqn.2026-01.org.ohba:Disk-1.a:b", "iqn.a",
		"iqn.2026-01.org.ohba:\xc3\xa4\xe3\x81\x82", "eui.02004567A425678D",
		"eui.02004567a425678d", "naa.52004567BA64678D",
		"naa.62004567BA64678D0123456789ABCDEF",
	};
	static const char *const wrong[] = {
		"", "disk", "iqn", "iqn.", "IQN.a", "eui.", "naa.", "\xc3\xa4",
		"iqn.a:x y", "iqn.a:x\ny", "iqn.a:\x7f", "iqn.a:../x", "iqn.a:x/y", "iqn.a:x\\y",
		"iqn.a:'x", "iqn.a:\"x", "iqn.a:`x`", "iqn.a:$x", "iqn.a:x;y", "iqn.a:x&y",
		"iqn.a:x|y", "iqn.a:x_y", "iqn.a:x,y", "iqn.a:x@y", "iqn.a:[x", "iqn.a:{x",
		"iqn.a:\x9b", "iqn.a:\xc2\x9b", "iqn.a:\xc3", "iqn.a:\xe4x",
		"eui.02004567A425678", "eui.02004567A425678D0", "eui.02004567A425678G",
		"eui.02004567A425678D02004567A425678D", "eui.02004567A4256\xc3\xa4" "F",
		"naa.52004567BA64678", "naa.52004567BA64678D0", "naa.52004567BA64678:",
		"naa.62004567BA64678D0123456789ABCDEF0", "naa.62004567BA64678D0123456789ABCDE",
		"naa.52004567BA646\xc5\x81" "F",	/* U+0141, whose low byte is an A */
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(right); i++)
		if (!iscsi_name_valid(right[i]))
			fail_msg("'%s' is no name", right[i]);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		if (iscsi_name_valid(wrong[i]))
			fail_msg("'%s' is a name", wrong[i]);
}

static void longest_name(void **state)
{
	static char longest[ISCSI_NAME_MAX + 2];

	(void)state;
	memset(longest, 'x', ISCSI_NAME_MAX);
	memcpy(longest, "iqn.", 4);
	assert_true(iscsi_name_valid(longest));
	longest[ISCSI_NAME_MAX] = 'x';
	assert_false(iscsi_name_valid(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(what_is_no_pair_is_refused),
		cmocka_unit_test(refusal_ends_the_feeding),
		cmocka_unit_test(text_is_bounded),
		cmocka_unit_test(pair_is_bounded),
		cmocka_unit_test(text_ends_with_a_pair),
		cmocka_unit_test(puts_pairs),
		cmocka_unit_test(full_is_full),
		cmocka_unit_test(numbers),
		cmocka_unit_test(booleans_and_ranges),
		cmocka_unit_test(binary),
		cmocka_unit_test(lists),
		cmocka_unit_test(names),
		cmocka_unit_test(longest_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults in words (fault.h, docs/faults.md):
 *
 *   rules  = rule *( ";" rule )
 *   rule   = "clear" / kind [ ":" option *( "," option ) ]
 *   option = word / key "=" value
 *
 * Spaces do where a comma or nothing stands, so that a rule needs no quoting in
 * a command line that has commas of its own.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapter.h"
#include "fault.h"

#define SEPARATORS	", \t"
#define MS_MAX		3600000

struct words_ctx {
	const struct ohba_fault_limits *limits;
	const char *rule;		/* as given, for messages */
	char *err;
	size_t err_len;
};

__attribute__((format(printf, 2, 3)))
static int fail(const struct words_ctx *ctx, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(ctx->err, ctx->err_len, "fault '%s': %s", ctx->rule, text);
	return -EINVAL;
}

/* As snprintf(), at the end of the string in @buf. */
__attribute__((format(printf, 3, 4)))
static void append(char *buf, size_t len, const char *fmt, ...)
{
	size_t at = strlen(buf);
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf + at, len - at, fmt, args);
	va_end(args);
}

/* --- options ------------------------------------------------------------- */

struct option;

/* How a value is read, written and explained. */
struct value_type {
	bool (*parse)(const struct option *opt, const struct ohba_fault_kind *kind,
		      const struct ohba_fault_limits *limits, const char *text, uint64_t *val);
	void (*print)(const struct option *opt, uint64_t val, char *buf, size_t len);
	void (*valid)(const struct option *opt, const struct ohba_fault_kind *kind,
		      const struct ohba_fault_limits *limits, char *buf, size_t len);
};

struct option {
	const char *key;		/* NULL: a word by itself */
	const struct value_type *type;
	uint64_t min, max;
	/* Optional: the largest value, if the adapter says. */
	uint64_t (*limit)(const struct ohba_fault_limits *limits);
	const char *format;		/* of a number */
	const char *const *words;
	bool dirs;			/* words are those of kind->dirs */
};

static uint64_t largest(const struct option *opt, const struct ohba_fault_limits *limits)
{
	return opt->limit ? opt->limit(limits) : opt->max;
}

static bool number_parse(const struct option *opt, const struct ohba_fault_kind *kind,
			 const struct ohba_fault_limits *limits, const char *text,
			 uint64_t *val)
{
	char *end;

	(void)kind;
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*val = strtoull(text, &end, 0);
	return !errno && !*end && *val >= opt->min && *val <= largest(opt, limits);
}

static void number_print(const struct option *opt, uint64_t val, char *buf, size_t len)
{
	if (opt->format)
		append(buf, len, opt->format, (unsigned int)val);
	else
		append(buf, len, "%" PRIu64, val);
}

static void number_valid(const struct option *opt, const struct ohba_fault_kind *kind,
			 const struct ohba_fault_limits *limits, char *buf, size_t len)
{
	(void)kind;
	append(buf, len, "a number from ");
	number_print(opt, opt->min, buf, len);
	append(buf, len, " to ");
	number_print(opt, largest(opt, limits), buf, len);
}

static bool word_allowed(const struct option *opt, const struct ohba_fault_kind *kind,
			 unsigned int i)
{
	return !opt->dirs || kind->dirs & 1u << i;
}

static bool word_parse(const struct option *opt, const struct ohba_fault_kind *kind,
		       const struct ohba_fault_limits *limits, const char *text, uint64_t *val)
{
	unsigned int i;

	(void)limits;
	for (i = 0; opt->words[i]; i++) {
		if (strcmp(opt->words[i], text) || !word_allowed(opt, kind, i))
			continue;
		*val = i;
		return true;
	}
	return false;
}

static void word_print(const struct option *opt, uint64_t val, char *buf, size_t len)
{
	append(buf, len, "%s", opt->words[val]);
}

static void word_valid(const struct option *opt, const struct ohba_fault_kind *kind,
		       const struct ohba_fault_limits *limits, char *buf, size_t len)
{
	const char *sep = "";
	unsigned int i;

	(void)limits;
	for (i = 0; opt->words[i]; i++) {
		if (!word_allowed(opt, kind, i))
			continue;
		append(buf, len, "%s%s", sep, opt->words[i]);
		sep = " or ";
	}
}

/* Every status but SUCCESS can be a reason. */
static bool status_parse(const struct option *opt, const struct ohba_fault_kind *kind,
			 const struct ohba_fault_limits *limits, const char *text,
			 uint64_t *val)
{
	(void)kind;
	(void)limits;
	for (*val = opt->min; *val <= opt->max; ++*val)
		if (!strcasecmp(ohba_status_name((enum ohba_status)*val), text))
			return strcasecmp(text, "UNKNOWN");
	return false;
}

static void status_print(const struct option *opt, uint64_t val, char *buf, size_t len)
{
	(void)opt;
	append(buf, len, "%s", ohba_status_name((enum ohba_status)val));
}

static void status_valid(const struct option *opt, const struct ohba_fault_kind *kind,
			 const struct ohba_fault_limits *limits, char *buf, size_t len)
{
	(void)opt;
	(void)kind;
	(void)limits;
	append(buf, len, "a name of the error table, such as INTERNAL or CONN_TIMEOUT");
}

static const struct value_type
	number_type = { number_parse, number_print, number_valid },
	word_type = { word_parse, word_print, word_valid },
	status_type = { status_parse, status_print, status_valid };

static uint64_t last_conn(const struct ohba_fault_limits *limits)
{
	return limits->max_conns - 1;
}

static uint64_t last_queue(const struct ohba_fault_limits *limits)
{
	return limits->max_queues;
}

static const char *const directions[] = { "in", "out", NULL };

static const struct option options[OHBA_FAULT_OPTIONS] = {
	[OHBA_FAULT_DIR] = { .type = &word_type, .words = directions, .dirs = true },
	[OHBA_FAULT_FIELD] = { .type = &word_type, .words = ohba_fault_fields },
	[OHBA_FAULT_OPCODE] = { "opcode", &number_type, .max = 0xff, .format = "0x%02x" },
	[OHBA_FAULT_CID] = { "cid", &number_type, .limit = last_conn },
	[OHBA_FAULT_QID] = { "qid", &number_type, .limit = last_queue },
	[OHBA_FAULT_MS] = { "ms", &number_type, .min = 1, .max = MS_MAX },
	[OHBA_FAULT_RATE] = { "bytes-per-s", &number_type, .min = 1, .max = UINT32_MAX },
	[OHBA_FAULT_REASON] = { "reason", &status_type, .min = 1, .max = 0x7f },
	[OHBA_FAULT_AFTER] = { "after", &number_type, .max = UINT32_MAX },
	[OHBA_FAULT_CHANCE] = { "chance", &number_type, .min = 1, .max = UINT32_MAX },
	[OHBA_FAULT_SEED] = { "seed", &number_type, .max = UINT32_MAX },
	[OHBA_FAULT_COUNT] = { "count", &number_type, .max = UINT32_MAX },
};

/* --- what is possible, for messages -------------------------------------- */

static void list_options(const struct words_ctx *ctx, const struct ohba_fault_kind *kind,
			 char *buf, size_t len)
{
	const char *sep = "";
	unsigned int i;

	for (i = 0; i < OHBA_FAULT_OPTIONS; i++) {
		if (!(kind->takes & 1u << i))
			continue;
		append(buf, len, "%s", sep);
		if (options[i].key)
			append(buf, len, "%s=", options[i].key);
		else
			options[i].type->valid(&options[i], kind, ctx->limits, buf, len);
		sep = ", ";
	}
}

static int no_kind(const struct words_ctx *ctx, const char *name)
{
	char list[256] = "";
	unsigned int i;

	for (i = 0; i < ohba_fault_nkinds; i++)
		append(list, sizeof(list), "%s, ", ohba_fault_kinds[i].name);
	return fail(ctx, "there is no '%s'; there are %sand clear", name, list);
}

static int no_option(const struct words_ctx *ctx, const struct ohba_fault_kind *kind,
		     const char *text)
{
	char list[256] = "";

	list_options(ctx, kind, list, sizeof(list));
	return fail(ctx, "%s does not take '%s'; it takes %s", kind->name, text, list);
}

static int bad_value(const struct words_ctx *ctx, const struct ohba_fault_kind *kind,
		     const struct option *opt, const char *text)
{
	char valid[256] = "";

	opt->type->valid(opt, kind, ctx->limits, valid, sizeof(valid));
	return fail(ctx, "'%s' is not %s, as %s= must be", text, valid, opt->key);
}

/* --- parsing ------------------------------------------------------------- */

static int give(const struct words_ctx *ctx, struct ohba_fault_rule *rule, unsigned int i,
		const char *text)
{
	if (ohba_fault_given(rule, i))
		return fail(ctx, "'%s' says again what was said", text);
	rule->given |= 1u << i;
	return 0;
}

static int parse_word(const struct words_ctx *ctx, struct ohba_fault_rule *rule,
		      const char *text)
{
	unsigned int i;

	for (i = 0; i < OHBA_FAULT_OPTIONS; i++) {
		const struct option *opt = &options[i];

		if (opt->key || !(rule->kind->takes & 1u << i))
			continue;
		if (opt->type->parse(opt, rule->kind, ctx->limits, text, &rule->val[i]))
			return give(ctx, rule, i, text);
	}
	return no_option(ctx, rule->kind, text);
}

static int parse_pair(const struct words_ctx *ctx, struct ohba_fault_rule *rule,
		      const char *text, const char *value)
{
	size_t key_len = value - text - 1;
	unsigned int i;

	for (i = 0; i < OHBA_FAULT_OPTIONS; i++) {
		const struct option *opt = &options[i];

		if (!opt->key || !(rule->kind->takes & 1u << i) ||
		    strlen(opt->key) != key_len || strncmp(opt->key, text, key_len))
			continue;
		if (!opt->type->parse(opt, rule->kind, ctx->limits, value, &rule->val[i]))
			return bad_value(ctx, rule->kind, opt, value);
		return give(ctx, rule, i, text);
	}
	return no_option(ctx, rule->kind, text);
}

static int check_needs(const struct words_ctx *ctx, const struct ohba_fault_rule *rule)
{
	uint32_t missing = rule->kind->needs & ~rule->given;
	const struct option *opt = &options[missing ? __builtin_ctz(missing) : 0];
	char valid[256] = "";

	if (!missing)
		return 0;
	opt->type->valid(opt, rule->kind, ctx->limits, valid, sizeof(valid));
	return fail(ctx, "%s needs %s%s%s", rule->kind->name, opt->key ? opt->key : "",
		    opt->key ? "=, " : "", valid);
}

static void set_defaults(struct ohba_fault_rule *rule)
{
	uint64_t *val = rule->val;

	if (!ohba_fault_given(rule, OHBA_FAULT_COUNT))
		val[OHBA_FAULT_COUNT] = rule->kind->takes & OHBA_FAULT_OPT(COUNT) ? 1 : 0;
	if (!ohba_fault_given(rule, OHBA_FAULT_SEED))
		val[OHBA_FAULT_SEED] = 1;
	/* Neighbouring seeds are to start far from each other, and none at 0. */
	rule->prng = (val[OHBA_FAULT_SEED] + 1) * 0x9e3779b97f4a7c15ull;
	rule->at_once = rule->kind->victim &&
			!(rule->given & (OHBA_FAULT_WHEN | OHBA_FAULT_OPT(QID) |
					 OHBA_FAULT_OPT(OPCODE)));
}

static int find_kind(const struct words_ctx *ctx, const char *name,
		     const struct ohba_fault_kind **kind)
{
	unsigned int i;

	for (i = 0; i < ohba_fault_nkinds; i++) {
		*kind = &ohba_fault_kinds[i];
		if (!strcmp((*kind)->name, name))
			return 0;
	}
	return no_kind(ctx, name);
}

/* @text is ours to cut up. */
static int parse_rule(const struct words_ctx *ctx, char *text, struct ohba_fault_rule *rule)
{
	char *save = NULL, *token, *opts = strchr(text, ':');
	int res;

	memset(rule, 0, sizeof(*rule));
	if (opts)
		*opts++ = 0;
	token = strtok_r(text, SEPARATORS, &save);
	res = find_kind(ctx, token ? token : "", &rule->kind);
	if (!res && strtok_r(NULL, SEPARATORS, &save))
		res = fail(ctx, "there is no ':' behind %s", rule->kind->name);
	for (token = opts ? strtok_r(opts, SEPARATORS, &save) : NULL; token && !res;
	     token = strtok_r(NULL, SEPARATORS, &save)) {
		const char *equals = strchr(token, '=');

		res = equals ? parse_pair(ctx, rule, token, equals + 1) :
			       parse_word(ctx, rule, token);
	}
	if (!res)
		res = check_needs(ctx, rule);
	if (!res)
		set_defaults(rule);
	return res;
}

static bool is_clear(const char *text)
{
	const char *word = text + strspn(text, SEPARATORS);

	return !strncmp(word, "clear", 5) && !word[5 + strspn(word + 5, SEPARATORS)];
}

/* The text from @words up to the next ';' into @text; returns what follows, or NULL. */
static const char *cut_rule(const char *words, char text[OHBA_FAULT_WORDS_MAX], bool *fits)
{
	size_t len = strcspn(words, ";\n");

	*fits = len < OHBA_FAULT_WORDS_MAX;
	snprintf(text, OHBA_FAULT_WORDS_MAX, "%.*s",
		 *fits ? (int)len : OHBA_FAULT_WORDS_MAX - 1, words);
	return words[len] ? words + len + 1 : NULL;
}

int ohba_fault_parse(const char *words, const struct ohba_fault_limits *limits,
		     struct ohba_fault_rule *rules, uint32_t max, bool *clear,
		     char *err, size_t err_len)
{
	char given[OHBA_FAULT_WORDS_MAX], text[OHBA_FAULT_WORDS_MAX];
	struct words_ctx ctx = { limits, given, err, err_len };
	uint32_t n = 0;
	bool fits;
	int res;

	*clear = false;
	while (words) {
		words = cut_rule(words, given, &fits);
		if (!fits)
			return fail(&ctx, "a rule is shorter than %u bytes",
				    OHBA_FAULT_WORDS_MAX);
		memcpy(text, given, sizeof(text));
		if (!text[strspn(text, SEPARATORS)])
			continue;
		if (is_clear(text)) {
			*clear = true;
			n = 0;
			continue;
		}
		if (n == max)
			return fail(&ctx, "there is room for %u rules", max);
		res = parse_rule(&ctx, text, &rules[n]);
		if (res)
			return res;
		n++;
	}
	return (int)n;
}

/* --- printing ------------------------------------------------------------ */

int ohba_fault_words(const struct ohba_fault_rule *rule, char *buf, size_t len)
{
	char words[OHBA_FAULT_WORDS_MAX] = "";
	char sep = ':';
	unsigned int i;

	append(words, sizeof(words), "%s", rule->kind->name);
	for (i = 0; i < OHBA_FAULT_OPTIONS; i++) {
		if (!ohba_fault_given(rule, i))
			continue;
		append(words, sizeof(words), "%c", sep);
		if (options[i].key)
			append(words, sizeof(words), "%s=", options[i].key);
		options[i].type->print(&options[i], rule->val[i], words, sizeof(words));
		sep = ',';
	}
	return snprintf(buf, len, "%s", words);
}

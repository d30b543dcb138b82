// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules: read from text, matched with PDUs, counted. What they do is in actions.c. */
#include "target.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BIT(op)		(1ull << (op))
#define FROM_INITIATOR	0x00000000ffffffffull	/* opcodes 00 to 1f */
#define FROM_TARGET	0xffffffff00000000ull

static bool is_read(const union iscsi_pdu_hdr *hdr)
{
	uint8_t cdb = hdr->scsi_cmd.cdb[0];

	return cdb == 0x08 || cdb == 0x28 || cdb == 0x88;
}

static bool is_write(const union iscsi_pdu_hdr *hdr)
{
	uint8_t cdb = hdr->scsi_cmd.cdb[0];

	return cdb == 0x0a || cdb == 0x2a || cdb == 0x8a;
}

static bool is_inquiry(const union iscsi_pdu_hdr *hdr)
{
	return hdr->scsi_cmd.cdb[0] == 0x12;
}

static bool has_status(const union iscsi_pdu_hdr *hdr)
{
	return hdr->data_in.flags & ISCSI_DATA_IN_STATUS;
}

/* The names of single opcodes come first: script_pdu_name() takes the first. */
static const struct pdu_name pdu_names[] = {
	{ "nop-out",		BIT(ISCSI_OP_NOP_OUT), NULL },
	{ "scsi-command",	BIT(ISCSI_OP_SCSI_CMD), NULL },
	{ "tmf-request",	BIT(ISCSI_OP_TMF_REQ), NULL },
	{ "login-request",	BIT(ISCSI_OP_LOGIN_REQ), NULL },
	{ "text-request",	BIT(ISCSI_OP_TEXT_REQ), NULL },
	{ "data-out",		BIT(ISCSI_OP_DATA_OUT), NULL },
	{ "logout-request",	BIT(ISCSI_OP_LOGOUT_REQ), NULL },
	{ "snack",		BIT(ISCSI_OP_SNACK_REQ), NULL },
	{ "nop-in",		BIT(ISCSI_OP_NOP_IN), NULL },
	{ "scsi-response",	BIT(ISCSI_OP_SCSI_RSP), NULL },
	{ "tmf-response",	BIT(ISCSI_OP_TMF_RSP), NULL },
	{ "login-response",	BIT(ISCSI_OP_LOGIN_RSP), NULL },
	{ "text-response",	BIT(ISCSI_OP_TEXT_RSP), NULL },
	{ "data-in",		BIT(ISCSI_OP_DATA_IN), NULL },
	{ "logout-response",	BIT(ISCSI_OP_LOGOUT_RSP), NULL },
	{ "r2t",		BIT(ISCSI_OP_R2T), NULL },
	{ "async",		BIT(ISCSI_OP_ASYNC), NULL },
	{ "reject",		BIT(ISCSI_OP_REJECT), NULL },
	{ "login",		BIT(ISCSI_OP_LOGIN_REQ), NULL },
	{ "read",		BIT(ISCSI_OP_SCSI_CMD), is_read },
	{ "write",		BIT(ISCSI_OP_SCSI_CMD), is_write },
	{ "inquiry",		BIT(ISCSI_OP_SCSI_CMD), is_inquiry },
	{ "data-in-status",	BIT(ISCSI_OP_DATA_IN), has_status },
	{ "any-in",		FROM_INITIATOR, NULL },
	{ "any-out",		FROM_TARGET, NULL },
	{ NULL, 0, NULL },
};

const char *script_pdu_name(const union iscsi_pdu_hdr *hdr)
{
	uint64_t bit = BIT(hdr->bhs.opcode & ISCSI_OPCODE_MASK);

	for (const struct pdu_name *n = pdu_names; n->name; n++) {
		if (n->ops == bit)
			return n->name;
	}
	return "unknown-opcode";
}

/* --- reading --- */

static bool wrong(const struct rule *rule, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", rule->where);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	return false;
}

static bool parse_number(const char *text, uint32_t most, uint32_t *val)
{
	char *end;
	unsigned long v;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	v = strtoul(text, &end, 0);
	*val = (uint32_t)v;
	return !*end && !errno && v <= most;
}

/* A bare opcode, as 0x25, is a name of its own. */
static const struct pdu_name *opcode_name(const char *word)
{
	static struct pdu_name bare[ISCSI_OPCODE_MASK + 1];
	uint32_t op;

	if (!parse_number(word, ISCSI_OPCODE_MASK, &op))
		return NULL;
	bare[op] = (struct pdu_name){ "opcode", BIT(op), NULL };
	return &bare[op];
}

static bool parse_on(struct rule *rule, const char *word)
{
	rule->on = opcode_name(word);
	for (const struct pdu_name *n = pdu_names; !rule->on && n->name; n++) {
		if (!strcmp(n->name, word))
			rule->on = n;
	}
	if (rule->on)
		return true;
	wrong(rule, "unknown PDU \"%s\"; one of:", word);
	for (const struct pdu_name *n = pdu_names; n->name; n++)
		fprintf(stderr, " %s", n->name);
	fprintf(stderr, ", or an opcode as 0x25\n");
	return false;
}

static bool wrong_arg(const struct rule *rule, const char *word, unsigned i)
{
	const struct action *a = rule->action;

	wrong(rule, "wrong argument \"%s\" of %s%s; ", word, a->name, a->args);
	if (i < a->args_max)
		fprintf(stderr, "a number up to %u", a->limit[i]);
	else
		fprintf(stderr, "%u at most", a->args_max);
	for (const struct word *w = i ? NULL : a->words; w && w->name; w++)
		fprintf(stderr, ", %s", w->name);
	fprintf(stderr, "\n");
	return false;
}

/* Modulo 2^32, for what is added. */
static bool parse_negative(const char *word, uint32_t *val)
{
	if (*word != '-' || !parse_number(word + 1, INT32_MAX, val))
		return false;
	*val = -*val;
	return true;
}

static bool parse_arg(struct rule *rule, const char *word, unsigned i)
{
	const struct action *a = rule->action;

	if (i >= a->args_max)
		return wrong_arg(rule, word, i);
	for (const struct word *w = i ? NULL : a->words; w && w->name; w++) {
		if (!strcmp(w->name, word)) {
			rule->args[i] = w->value;
			return true;
		}
	}
	if (parse_number(word, a->limit[i], &rule->args[i]) ||
	    (a->limit[i] == UINT32_MAX && parse_negative(word, &rule->args[i])))
		return true;
	return wrong_arg(rule, word, i);
}

static bool parse_do(struct rule *rule, char *word)
{
	char *args = word + strcspn(word, ":");
	bool more = *args;
	unsigned n = 0;

	*args = '\0';
	for (const struct action *a = actions; !rule->action && a->name; a++) {
		if (!strcmp(a->name, word))
			rule->action = a;
	}
	if (!rule->action) {
		wrong(rule, "unknown action \"%s\"; one of:", word);
		for (const struct action *a = actions; a->name; a++)
			fprintf(stderr, " %s", a->name);
		fprintf(stderr, "\n");
		return false;
	}
	memcpy(rule->args, rule->action->dflt, sizeof(rule->args));
	while (more) {
		char *arg = ++args;

		args += strcspn(args, ":/");
		more = *args;
		*args = '\0';
		if (!parse_arg(rule, arg, n++))
			return false;
	}
	if (n < rule->action->args_min)
		return wrong(rule, "action \"%s\" needs %s\n", word, rule->action->args);
	if (action_wrong(rule))
		return wrong(rule, "wrong arguments of %s%s: %s\n", word, rule->action->args,
			     action_wrong(rule));
	return true;
}

static uint32_t *option(struct rule *rule, const char *name)
{
	const struct { const char *name; uint32_t *value; } options[] = {
		{ "nth", &rule->nth }, { "every", &rule->every }, { "count", &rule->count },
		{ "chance", &rule->chance }, { "seed", &rule->seed }, { "conn", &rule->conn },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!strcmp(options[i].name, name))
			return options[i].value;
	}
	return NULL;
}

static bool parse_word(struct rule *rule, char *word)
{
	char *value = strchr(word, '=');
	uint32_t *number;

	if (!value)
		return wrong(rule, "\"%s\" is not word=value\n", word);
	*value++ = '\0';
	if (!strcmp(word, "on"))
		return parse_on(rule, value);
	if (!strcmp(word, "do"))
		return parse_do(rule, value);
	number = option(rule, word);
	if (!number)
		return wrong(rule, "unknown word \"%s\"; one of: on do nth every count chance "
			     "seed conn\n", word);
	if (!parse_number(value, number == &rule->chance ? 100 : UINT32_MAX, number) || !*number)
		return wrong(rule, "wrong %s \"%s\"; a number from 1%s\n", word, value,
			     number == &rule->chance ? " to 100 (percent)" : "");
	return true;
}

static void list_fitting(uint64_t ops)
{
	for (const struct pdu_name *n = pdu_names; n->name; n++) {
		if (n->ops & ops)
			fprintf(stderr, " %s", n->name);
	}
	fprintf(stderr, "\n");
}

static bool check(const struct rule *rule)
{
	if (!rule->on)
		return wrong(rule, "on= is missing\n");
	if (!rule->action)
		return wrong(rule, "do= is missing\n");
	if (rule->on->ops & rule->action->ops)
		return true;
	wrong(rule, "\"%s\" cannot be done to %s; it can to:", rule->action->name, rule->on->name);
	list_fitting(rule->action->ops);
	return false;
}

static void free_rule(struct rule *rule)
{
	free(rule->where);
	free(rule->text);
	free(rule);
}

static void *must(void *p)
{
	if (!p) {
		perror("ohba-target");
		exit(EXIT_FAILURE);
	}
	return p;
}

bool script_add_rule(struct script *script, const char *where, const char *text)
{
	struct rule *rule = must(calloc(1, sizeof(*rule)));
	char *words = must(strdup(text)), *save = NULL;
	bool ok = true;

	rule->where = must(strdup(where));
	rule->text = must(strdup(text));
	for (char *w = strtok_r(words, " \t\r\n,", &save); ok && w;
	     w = strtok_r(NULL, " \t\r\n,", &save))
		ok = parse_word(rule, w);
	free(words);
	if (!ok || !check(rule)) {
		free_rule(rule);
		return false;
	}
	rule->random = rule->seed ? rule->seed : 1;
	*script->last = rule;
	script->last = &rule->next;
	return true;
}

bool script_add_file(struct script *script, const char *path)
{
	char line[1024], where[512];
	FILE *f = fopen(path, "r");
	bool ok = true;

	if (!f) {
		fprintf(stderr, "ohba-target: %s: %s\n", path, strerror(errno));
		return false;
	}
	for (unsigned n = 1; fgets(line, sizeof(line), f); n++) {
		snprintf(where, sizeof(where), "%s:%u", path, n);
		if (!strchr(line, '\n') && !feof(f)) {
			fprintf(stderr, "%s: a line of more than %zu bytes\n", where,
				sizeof(line) - 2);
			ok = false;
			break;
		}
		line[strcspn(line, "#\r\n")] = '\0';
		if (line[strspn(line, " \t")])
			ok &= script_add_rule(script, where, line);
	}
	fclose(f);
	return ok;
}

void script_free(struct script *script)
{
	while (script->first) {
		struct rule *rule = script->first;

		script->first = rule->next;
		free_rule(rule);
	}
	script->last = &script->first;
}

/* --- matching --- */

/* xorshift32: the same seed gives the same run. */
static bool by_chance(struct rule *rule)
{
	rule->random ^= rule->random << 13;
	rule->random ^= rule->random >> 17;
	rule->random ^= rule->random << 5;
	return rule->random % 100 < rule->chance;
}

/* Only nth given: that one. Nothing given: all. */
static bool is_turn(struct rule *rule)
{
	uint64_t first = rule->nth ? rule->nth : rule->every ? rule->every : 1;
	uint64_t limit = rule->count ? rule->count :
			 rule->nth && !rule->every && !rule->chance ? 1 : UINT64_MAX;

	if (rule->matched < first || rule->done + rule->skipped >= limit)
		return false;
	if (rule->every && (rule->matched - first) % rule->every)
		return false;
	return !rule->chance || by_chance(rule);
}

static bool matches(const struct rule *rule, const struct conn *conn,
		    const union iscsi_pdu_hdr *hdr)
{
	return rule->on->ops & rule->action->ops & BIT(hdr->bhs.opcode & ISCSI_OPCODE_MASK) &&
	       (!rule->conn || rule->conn == conn->number) &&
	       (!rule->on->match || rule->on->match(hdr));
}

static void report(const struct hit *hit, const char *name, uint32_t itt)
{
	const struct rule *rule = hit->rule;

	fprintf(stderr, "ohba-target: %s conn=%u pdu=%s number=%llu itt=0x%08x do=%s rule=%s%s%s\n",
		hit->skipped ? "skip" : "inject", hit->conn->number, name,
		(unsigned long long)rule->matched, itt, rule->action->name, rule->where,
		hit->skipped ? " why=" : "", hit->skipped ? hit->skipped : "");
}

static void apply(struct rule *rule, struct hit *hit, const union iscsi_pdu_hdr *hdr)
{
	/* The action may change the header; the report names what it was. */
	const char *name = script_pdu_name(hdr);
	uint32_t itt = iscsi_get32(hdr->bhs.itt);
	bool outer = hit->conn->injecting;

	hit->rule = rule;
	hit->skipped = NULL;
	hit->conn->injecting = true;
	rule->action->run(hit);
	hit->conn->injecting = outer;
	if (hit->skipped)
		rule->skipped++;
	else
		rule->done++;
	report(hit, name, itt);
}

static void run_rules(struct script *script, struct hit *hit, const union iscsi_pdu_hdr *hdr)
{
	/* Rules match what the PDU was before other rules. */
	const union iscsi_pdu_hdr was = *hdr;

	if (hit->conn->injecting)
		return;
	for (struct rule *rule = script->first; rule; rule = rule->next) {
		if (!matches(rule, hit->conn, &was))
			continue;
		rule->matched++;
		if (is_turn(rule))
			apply(rule, hit, hdr);
	}
}

void script_in(struct script *script, struct conn *conn, struct in *in)
{
	struct hit hit = { .conn = conn, .in = in };

	/* A target's PDU that an initiator sends is no match for on=r2t: what is
	 * done to those wants a PDU to be sent.
	 */
	if (BIT(iscsi_opcode(&in->hdr->bhs)) & FROM_INITIATOR)
		run_rules(script, &hit, in->hdr);
}

void script_out(struct script *script, struct conn *conn, struct out *out)
{
	struct hit hit = { .conn = conn, .out = out };

	run_rules(script, &hit, &out->hdr);
}

/* --- telling --- */

void script_summary(const struct script *script, FILE *f)
{
	for (const struct rule *rule = script->first; rule; rule = rule->next)
		fprintf(f, "ohba-target: summary rule=%s matched=%llu injected=%llu "
			"skipped=%llu: %s\n",
			rule->where, (unsigned long long)rule->matched,
			(unsigned long long)rule->done, (unsigned long long)rule->skipped,
			rule->text + strspn(rule->text, " \t"));
}

/* Of the arguments that may be left out. */
static void defaults_help(FILE *f, const struct action *a)
{
	for (unsigned i = a->args_min; i < a->args_max; i++) {
		fputs(i == a->args_min ? " (" : ":", f);
		if (a->dflt[i] == SCRIPT_FOR_EVER)
			fputs("ever", f);
		else
			fprintf(f, a->dflt[i] > 0xffff ? "0x%x" : "%u", a->dflt[i]);
	}
	fputs(a->args_min < a->args_max ? ")\n" : "\n", f);
}

void script_help(FILE *f)
{
	fprintf(f, "on=PDU, received:");
	for (const struct pdu_name *n = pdu_names; n->name; n++) {
		if (n->ops & FROM_INITIATOR)
			fprintf(f, " %s", n->name);
	}
	fprintf(f, "\non=PDU, sent:");
	for (const struct pdu_name *n = pdu_names; n->name; n++) {
		if (n->ops & FROM_TARGET)
			fprintf(f, " %s", n->name);
	}
	fprintf(f, "\non=NUMBER: an opcode\n\ndo=ACTION:\n");
	for (const struct action *a = actions; a->name; a++) {
		fprintf(f, "  %s%-*s %s", a->name, (int)(30 - strlen(a->name)), a->args, a->help);
		defaults_help(f, a);
	}
}

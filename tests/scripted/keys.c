// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of negotiable keys, and the rules by which a value comes out. */
#include "keys.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How two sides come to one value (RFC 7143 section 6.2). */
enum rule {
	DIGEST,		/* the initiator's first that we take */
	REPORTING,	/* likewise, and we take RFC3720 alone */
	AND, OR,	/* Yes or No */
	LESSER, GREATER,
	DECLARED,	/* each says its own */
};

static const struct row {
	const char *name;
	enum rule rule;
	uint32_t dflt;		/* the RFC's, when nobody speaks */
	uint32_t ours;
	uint32_t least, most;
} rows[KEY_COUNT] = {
	[KEY_HEADER_DIGEST]	= { "HeaderDigest", DIGEST, 0, 1, 0, 1 },
	[KEY_DATA_DIGEST]	= { "DataDigest", DIGEST, 0, 1, 0, 1 },
	[KEY_MAX_CONNECTIONS]	= { "MaxConnections", LESSER, 1, 1, 1, 65535 },
	[KEY_INITIAL_R2T]	= { "InitialR2T", OR, 1, 0, 0, 1 },
	[KEY_IMMEDIATE_DATA]	= { "ImmediateData", AND, 1, 1, 0, 1 },
	[KEY_MRDSL]		= { "MaxRecvDataSegmentLength", DECLARED,
				    8192, 262144, 512, 0xffffff },
	[KEY_MAX_BURST]		= { "MaxBurstLength", LESSER,
				    262144, 262144, 512, 0xffffff },
	[KEY_FIRST_BURST]	= { "FirstBurstLength", LESSER, 65536, 65536, 512, 0xffffff },
	[KEY_TIME2WAIT]		= { "DefaultTime2Wait", GREATER, 2, 0, 0, 3600 },
	[KEY_TIME2RETAIN]	= { "DefaultTime2Retain", LESSER, 20, 0, 0, 3600 },
	[KEY_MAX_R2T]		= { "MaxOutstandingR2T", LESSER, 1, 8, 1, 65535 },
	[KEY_PDU_IN_ORDER]	= { "DataPDUInOrder", OR, 1, 1, 0, 1 },
	[KEY_SEQUENCE_IN_ORDER]	= { "DataSequenceInOrder", OR, 1, 1, 0, 1 },
	[KEY_ERL]		= { "ErrorRecoveryLevel", LESSER, 0, 0, 0, 2 },
	[KEY_TASK_REPORTING]	= { "TaskReporting", REPORTING, 0, 0, 0, 0 },
};

static const struct row *find(const char *name, size_t len)
{
	for (unsigned i = 0; i < KEY_COUNT; i++) {
		if (strlen(rows[i].name) == len && !memcmp(rows[i].name, name, len))
			return &rows[i];
	}
	return NULL;
}

void keys_defaults(struct keys_ours *ours, struct keys_agreed *agreed)
{
	for (unsigned i = 0; i < KEY_COUNT; i++) {
		if (ours)
			ours->value[i] = rows[i].ours;
		if (agreed)
			agreed->value[i] = rows[i].dflt;
	}
}

/* Decimal or hexadecimal, nothing else around it (6.1). */
static bool number(const char *text, uint32_t *val)
{
	char *end;
	unsigned long long v;

	if (*text < '0' || *text > '9')
		return false;
	v = strtoull(text, &end, !strncasecmp(text, "0x", 2) ? 16 : 10);
	*val = (uint32_t)v;
	return !*end && v <= UINT32_MAX;
}

static const char *const *words_of(enum rule rule)
{
	static const char *const digests[] = { "None", "CRC32C" };
	static const char *const reporting[] = { "RFC3720", NULL };
	static const char *const yes[] = { "No", "Yes" };

	switch (rule) {
	case DIGEST:
		return digests;
	case REPORTING:
		return reporting;
	case AND:
	case OR:
		return yes;
	default:
		return NULL;
	}
}

static bool parse(const struct row *row, const char *text, uint32_t *val)
{
	const char *const *words = words_of(row->rule);

	if (!words)
		return number(text, val) && *val >= row->least && *val <= row->most;
	for (unsigned i = 0; i < 2 && words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*val = i;
			return true;
		}
	}
	return false;
}

/* Lists: the first of @list that we take, or false. Ours is the highest taken,
 * and the lower ones are taken too.
 */
static bool choose(const struct row *row, uint32_t ours, const char *list, uint32_t *val)
{
	char item[16];

	while (*list) {
		size_t len = strcspn(list, ",");

		if (len < sizeof(item)) {
			memcpy(item, list, len);
			item[len] = '\0';
			if (parse(row, item, val) && *val <= ours)
				return true;
		}
		list += len;
		list += *list == ',';
	}
	return false;
}

/* What comes out of @value against @ours; false: the value is not one. */
static bool settle(const struct row *row, uint32_t ours, const char *value, uint32_t *val)
{
	if (row->rule == DIGEST || row->rule == REPORTING)
		return choose(row, ours, value, val);
	if (!parse(row, value, val))
		return false;
	switch (row->rule) {
	case AND:
		*val &= ours;
		break;
	case OR:
		*val |= ours;
		break;
	case LESSER:
		*val = *val < ours ? *val : ours;
		break;
	case GREATER:
		*val = *val > ours ? *val : ours;
		break;
	default:
		break;
	}
	return true;
}

const char *keys_answer(const struct keys_ours *ours, struct keys_agreed *agreed,
			const char *key, const char *value, char scratch[32])
{
	const struct row *row = find(key, strlen(key));
	const char *const *words;
	const char *forced;
	uint32_t val;

	if (!row)
		return "NotUnderstood";
	forced = ours->answer[row - rows];
	if (!settle(row, ours->value[row - rows], value, &val))
		return forced ? forced : "Reject";
	if (forced)
		parse(row, forced, &val);
	agreed->value[row - rows] = val;
	if (row->rule == DECLARED)
		return NULL;
	words = words_of(row->rule);
	snprintf(scratch, 32, "%u", val);
	return forced ? forced : words ? words[val] : scratch;
}

bool keys_set(struct keys_ours *ours, const char *pair, bool verbatim)
{
	size_t len = strcspn(pair, "=");
	const struct row *row = find(pair, len);

	if (!row || !pair[len]) {
		fprintf(stderr, "ohba-target: \"%s\": %s; the keys are:\n", pair,
			pair[len] ? "there is no such key" : "it is not Key=Value");
		keys_help(stderr);
		return false;
	}
	if (verbatim) {
		ours->answer[row - rows] = pair + len + 1;
		return true;
	}
	if (parse(row, pair + len + 1, &ours->value[row - rows]))
		return true;
	fprintf(stderr, "ohba-target: %s cannot be \"%s\"; it is ", row->name, pair + len + 1);
	if (words_of(row->rule))
		fprintf(stderr, "%s or %s\n", words_of(row->rule)[0],
			words_of(row->rule)[1] ? words_of(row->rule)[1] : "nothing else");
	else
		fprintf(stderr, "from %u to %u\n", row->least, row->most);
	return false;
}

void keys_help(FILE *f)
{
	for (unsigned i = 0; i < KEY_COUNT; i++) {
		const char *const *words = words_of(rows[i].rule);

		if (words)
			fprintf(f, "  %s=%s\n", rows[i].name, words[rows[i].ours]);
		else
			fprintf(f, "  %s=%u\n", rows[i].name, rows[i].ours);
	}
}

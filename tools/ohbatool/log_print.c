// SPDX-License-Identifier: GPL-2.0-or-later
/* How the log of an adapter is printed: text for people, JSON, Markdown. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "escape.h"
#include "ohba_log.h"
#include "ohbatool.h"

/* By kind; %u: the object. */
static const struct {
	const char *name, *sentence;
} kinds[] = {
	[OHBA_LOG_POWER_ON] = { "power-on", "power came" },
	[OHBA_LOG_ENABLED] = { "enabled", "enabled by a host, interface version %u" },
	[OHBA_LOG_RESET] = { "reset", "reset" },
	[OHBA_LOG_FATAL] = { "fatal", "the firmware stopped" },
	[OHBA_LOG_LINK_UP] = { "link-up", "the link is up, %u Mbit/s" },
	[OHBA_LOG_LINK_DOWN] = { "link-down", "the link is down" },
	[OHBA_LOG_SESSION_UP] = { "session-up", "session of entry %u is up" },
	[OHBA_LOG_SESSION_LOST] = { "session-lost", "session of entry %u was lost" },
	[OHBA_LOG_SESSION_ENDED] = { "session-ended", "session of entry %u was logged out" },
	[OHBA_LOG_LOGIN_FAILED] = { "login-failed", "login to entry %u failed" },
	[OHBA_LOG_CONFIG_SET] = { "config-set", "the network configuration was set" },
	[OHBA_LOG_TARGET_SET] = { "target-set", "entry %u was set" },
	[OHBA_LOG_TARGET_DELETED] = { "target-deleted", "entry %u was deleted" },
	[OHBA_LOG_ACCOUNT_SET] = { "account-set", "account %u was set" },
	[OHBA_LOG_ACCOUNT_DELETED] = { "account-deleted", "account %u was deleted" },
	[OHBA_LOG_INITIATOR_SET] = { "initiator-set", "the initiator's name was set" },
	[OHBA_LOG_INITIATOR_DELETED] = { "initiator-deleted", "the initiator's name was deleted" },
	[OHBA_LOG_FLASH_FAILED] = { "flash-failed", "a write to flash failed" },
	[OHBA_LOG_FLASH_DAMAGED] = { "flash-damaged", "%u records on flash were damaged" },
	[OHBA_LOG_LOG_DAMAGED] = { "log-damaged", "%u parts of this log were damaged" },
	[OHBA_LOG_ERASED] = { "erased", "this log was erased" },
	[OHBA_LOG_FLASH_ERASED] = { "flash-erased", "all that was kept was erased" },
};

#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

const char *log_kind(unsigned int kind)
{
	return kind < NKINDS ? kinds[kind].name : NULL;
}

void log_sentence(const struct log_record *record, char *buf, size_t len)
{
	if (log_kind(record->kind))
		snprintf(buf, len, kinds[record->kind].sentence, record->object);
	else
		snprintf(buf, len, "kind %u, object %u", record->kind, record->object);
}

/* False: no host had told it, or it is no time. */
static bool utc_time(const struct log_record *record, char *buf, size_t len)
{
	time_t s = record->clock_ms / 1000;
	char text[32];
	struct tm tm;

	if (!record->clock_ms || record->clock_ms >= 1ull << 48 || !gmtime_r(&s, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		return false;
	snprintf(buf, len, "%s.%03uZ", text, (unsigned int)(record->clock_ms % 1000));
	return true;
}

void log_time(const struct log_record *record, char *buf, size_t len)
{
	if (!utc_time(record, buf, len))
		snprintf(buf, len, "boot %u +%" PRIu64 ".%03u s", record->boot,
			 record->up_ms / 1000, (unsigned int)(record->up_ms % 1000));
}

/* Of an error; NULL: there is none. */
static const char *status_name(unsigned int status, char *code, size_t len)
{
	const struct error_row *row;

	if (!status)
		return NULL;
	snprintf(code, len, "%u", status);
	row = error_find(code);
	return row ? row->name : code;
}

/* All that a record says but when and how often. */
static void put_what(FILE *f, const struct log_record *record, enum escape how)
{
	char sentence[80], code[16];
	const char *status = status_name(record->status, code, sizeof(code));

	log_sentence(record, sentence, sizeof(sentence));
	fputs(sentence, f);
	if (status)
		fprintf(f, ": %s", status);
	if (record->login_class)
		fprintf(f, " (login status %02x%02x)", record->login_class, record->login_detail);
	if (record->words[0])
		fputs(": ", f);
	escape(f, record->words, how);
}

void text_log(FILE *f, const struct log *log)
{
	char when[64];
	size_t i;

	fprintf(f, "%8s %-24s %6s %s\n", "NUMBER", "FIRST TIME", "TIMES", "WHAT");
	for (i = 0; i < log->n; i++) {
		log_time(&log->records[i], when, sizeof(when));
		fprintf(f, "%8" PRIu64 " %-24s %6u ", log->records[i].number, when,
			log->records[i].count);
		put_what(f, &log->records[i], FOR_TEXT);
		putc('\n', f);
	}
}

void markdown_log(FILE *f, const struct log *log)
{
	char when[64];
	size_t i;

	fputs("| number | first time | times | what |\n|---|---|---|---|\n", f);
	for (i = 0; i < log->n; i++) {
		log_time(&log->records[i], when, sizeof(when));
		fprintf(f, "| %" PRIu64 " | %s | %u | ", log->records[i].number, when,
			log->records[i].count);
		put_what(f, &log->records[i], FOR_MARKDOWN);
		fputs(" |\n", f);
	}
}

/* NULL or empty: null. */
static void json_text(FILE *f, const char *key, const char *text)
{
	if (!text || !*text) {
		fprintf(f, ", \"%s\": null", key);
		return;
	}
	fprintf(f, ", \"%s\": \"", key);
	escape(f, text, FOR_JSON);
	putc('"', f);
}

static void json_record(FILE *f, const struct log_record *record)
{
	char code[16], time[64] = "";

	utc_time(record, time, sizeof(time));
	fprintf(f, "{\"number\": %" PRIu64 ", \"boot\": %u, \"up_ms\": %" PRIu64
		", \"last_ms\": %" PRIu64 ", \"count\": %u", record->number, record->boot,
		record->up_ms, record->last_ms, record->count);
	json_text(f, "time", time);
	fprintf(f, ", \"code\": %u", record->kind);
	json_text(f, "kind", log_kind(record->kind));
	fprintf(f, ", \"object\": %u", record->object);
	json_text(f, "status", status_name(record->status, code, sizeof(code)));
	fprintf(f, ", \"login_class\": %u, \"login_detail\": %u", record->login_class,
		record->login_detail);
	json_text(f, "words", record->words);
	putc('}', f);
}

void json_log(FILE *f, const struct log *log)
{
	size_t i;

	fputs("[", f);
	for (i = 0; i < log->n; i++) {
		fputs(i ? ",\n  " : "\n  ", f);
		json_record(f, &log->records[i]);
	}
	fputs(log->n ? "\n]\n" : "]\n", f);
}

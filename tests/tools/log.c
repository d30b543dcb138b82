// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log FORMAT: prints a log that has all there may be, as the driver hands it on; log broken LEN:
 * what becomes of an answer of so many bytes; log endless: of how many records it has enough.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "ohba_log.h"
#include "ohbatool.h"

static struct {
	struct ohba_log_head head;
	struct ohba_log_record records[5];
} answer;

static void record(int i, unsigned int kind, unsigned int object, unsigned int status,
		   const char *words)
{
	answer.records[i] = (struct ohba_log_record){
		.number = htole64(10 + i), .up_ms = htole64(61007), .last_ms = htole64(70000),
		.count = htole32(1 + i), .boot = htole32(3), .object = htole32(object),
		.kind = htole16(kind), .status = htole16(status),
	};
	memcpy(answer.records[i].words, words, strlen(words));
}

static void make(void)
{
	answer.head.next = htole64(15);
	record(0, OHBA_LOG_SESSION_UP, 5, 0, "10.0.0.7:3260");
	answer.records[0].clock_ms = htole64(1769860800123);
	record(1, OHBA_LOG_LOGIN_FAILED, 4095, 0x72, "no | \"such\" \\ one\x1b[2J\n");
	answer.records[1].login_class = 2;
	answer.records[1].login_detail = 3;
	record(2, 999, 77, 0xfff0, "");
	/* A time that is none; words without an end. */
	record(3, OHBA_LOG_POWER_ON, 0, 0, "");
	answer.records[3].clock_ms = htole64(UINT64_MAX);
	memset(answer.records[3].words, 'x', sizeof(answer.records[3].words));
	record(4, OHBA_LOG_ERASED, 0, 0, "");
}

int main(int argc, char **argv)
{
	const struct printer *printers[] = { &printer_text, &printer_json, &printer_markdown };
	struct log log = { .n = 0 };
	int i;

	make();
	if (argc > 2) {
		printf("%d\n", log_take(&log, &answer, atoi(argv[2])));
		free(log.records);
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "endless")) {
		while (log_take(&log, &answer, sizeof(answer)) > 0)
			;
		printf("%zu\n", log.n);
		free(log.records);
		return 0;
	}
	/* In two parts, as the driver gives it. */
	log_take(&log, &answer, sizeof(answer.head) + 2 * sizeof(answer.records[0]));
	memmove(&answer.records[0], &answer.records[2], 3 * sizeof(answer.records[0]));
	log_take(&log, &answer, sizeof(answer.head) + 3 * sizeof(answer.records[0]));
	for (i = 0; i < 3; i++)
		if (argc > 1 && !strcmp(argv[1], printers[i]->name))
			printers[i]->log(stdout, &log);
	free(log.records);
	return 0;
}

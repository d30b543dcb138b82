// SPDX-License-Identifier: GPL-2.0-or-later
/* ohbatool flash: what an adapter keeps goes to a file, and back, or away (flash.h). */
#include "flash.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *pci, const char *what, const char *why)
{
	fprintf(stderr, "ohbatool: %s %s: %s\n", pci, what, why);
	return EXIT_FAILURE;
}

/* --- dump ----------------------------------------------------------------------- */

static bool is_empty(const struct flash_record *record)
{
	static const struct ohba_initiator none;

	return record->kind == OHBA_RECORD_INITIATOR &&
	       !memcmp(&record->initiator, &none, sizeof(none));
}

/* What there is none of is passed over. Return: 0 or errno. */
static int dump_one(struct flash_talk *talk, FILE *f, unsigned int kind, unsigned int index,
		    bool secrets)
{
	struct flash_record record = { .kind = kind, .index = index };
	int err = flash_get(talk, &record, secrets);

	if (!err && !is_empty(&record))
		flash_print(f, &record);
	explicit_bzero(&record, sizeof(record));
	return err == ENOENT || err == EOPNOTSUPP ? 0 : err;
}

static int dump_targets(struct flash_talk *talk, FILE *f)
{
	struct flash_record list = { .kind = OHBA_RECORD_TARGETS };
	unsigned int i;
	int err = flash_get(talk, &list, false);

	for (i = 0; !err && i < OHBA_TARGETS_MAX; i++)
		if (list.list.used[i / 8] & 1u << i % 8)
			err = dump_one(talk, f, OHBA_RECORD_TARGET, i, false);
	return err == EOPNOTSUPP ? 0 : err;
}

/* What keeps neither keeps nothing, or its driver does not know the question. */
static int keeps_something(struct flash_talk *talk)
{
	struct flash_record record = { .kind = OHBA_RECORD_TARGETS };
	int err = flash_get(talk, &record, false);

	if (err != EOPNOTSUPP)
		return err;
	record.kind = OHBA_RECORD_CONFIG;
	return flash_get(talk, &record, false);
}

static int dump_all(struct flash_talk *talk, FILE *f, bool secrets)
{
	unsigned int i;
	int err = keeps_something(talk);

	if (!err)
		err = dump_one(talk, f, OHBA_RECORD_CONFIG, 0, false);
	if (!err)
		err = dump_one(talk, f, OHBA_RECORD_INITIATOR, 0, false);
	for (i = 0; !err && i < OHBA_ACCOUNTS_MAX; i++)
		err = dump_one(talk, f, OHBA_RECORD_ACCOUNT, i, secrets);
	return err ? err : dump_targets(talk, f);
}

static const char *dump_to(FILE *f, const char *pci, bool secrets)
{
	struct flash_talk *talk;
	const char *why;
	int err;

	talk = flash_open(pci, &why);
	if (!talk)
		return why;
	flash_print_head(f, pci, secrets);
	err = dump_all(talk, f, secrets);
	flash_close(talk);
	if (err)
		return flash_explain(err);
	flash_print_end(f);
	return NULL;
}

/* A device, or a link to one, must not be replaced. */
static bool is_file(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? errno == ENOENT : S_ISREG(st.st_mode);
}

/* What is written to until it is whole. It may have secrets: no signal leaves it there. */
static char unfinished[PATH_MAX];

static void unlink_unfinished(int sig)
{
	unlink(unfinished);
	raise(sig);	/* that ends us: SA_RESETHAND */
}

static void expect_signals(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ };
	struct sigaction old, action = {
		.sa_handler = unlink_unfinished, .sa_flags = SA_RESETHAND,
	};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!sigaction(ends[i], NULL, &old) && old.sa_handler != SIG_IGN)
			(void)sigaction(ends[i], &action, NULL);
}

/* mkstemp()'s mode is 0600. NULL: errno says why. */
static FILE *open_unfinished(void)
{
	FILE *f = NULL;
	int fd;

	expect_signals();
	fd = mkstemp(unfinished);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (!f && fd >= 0) {
		int err = errno;

		close(fd);
		unlink(unfinished);
		errno = err;
	}
	return f;
}

/* Whole or not at all. */
static const char *dump_to_file(const char *pci, const char *path, bool secrets)
{
	const char *why;
	FILE *f;

	if (!is_file(path))
		return "it is no regular file: give another name, or none for standard output";
	if (snprintf(unfinished, sizeof(unfinished), "%s.XXXXXX", path) >= (int)sizeof(unfinished))
		return strerror(ENAMETOOLONG);
	f = open_unfinished();
	if (!f)
		return strerror(errno);
	why = dump_to(f, pci, secrets);
	errno = 0;
	if (!why && (fflush(f) || ferror(f) || fsync(fileno(f))))
		why = strerror(errno ? errno : EIO);
	if (fclose(f) && !why)
		why = strerror(errno);
	if (!why && rename(unfinished, path))
		why = strerror(errno);
	if (why)
		unlink(unfinished);
	return why;
}

/* Nor is memory that has them to be found in a core. */
static void no_core(void)
{
	const struct rlimit none = { 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
}

int flash_dump(const char *pci, const char *path, bool secrets)
{
	const char *why;

	if (secrets)
		no_core();
	why = path ? dump_to_file(pci, path, secrets) : dump_to(stdout, pci, secrets);
	return why ? failed(pci, "is not dumped", why) : EXIT_SUCCESS;
}

/* --- restore -------------------------------------------------------------------- */

static const char *const names[] = {
	[OHBA_RECORD_CONFIG] = "the addresses", [OHBA_RECORD_INITIATOR] = "the initiator",
	[OHBA_RECORD_ACCOUNT] = "account", [OHBA_RECORD_TARGET] = "target",
};

static void say_record(const struct flash_record *record, const char *what)
{
	bool has_index = record->kind >= OHBA_RECORD_ACCOUNT;

	fprintf(stderr, "ohbatool: %s", names[record->kind]);
	fprintf(stderr, has_index ? " %u%s" : "%.0u%s", record->index, what);
}

/* Return: EXIT_FAILURE unless all of it was set. */
static int set_all(struct flash_talk *talk, const struct flash_file *file)
{
	int err, status = EXIT_SUCCESS;
	size_t i;

	for (i = 0; i < file->n; i++) {
		if (i && i % 500 == 0)
			fprintf(stderr, "ohbatool: %zu of %zu records are set\n", i, file->n);
		if (file->records[i].no_secret) {
			say_record(&file->records[i], " was not set: its password is not in the file\n");
			status = EXIT_FAILURE;
			continue;
		}
		err = flash_set(talk, &file->records[i]);
		if (!err)
			continue;
		say_record(&file->records[i], "");
		/* Of before there was a rule for secrets: targets are not kept from coming back. */
		if (err == EINVAL && file->records[i].kind == OHBA_RECORD_ACCOUNT) {
			fprintf(stderr, " was not set: %s\n", flash_explain(err));
			status = EXIT_FAILURE;
			continue;
		}
		fprintf(stderr, " was not set, nor is what follows it in the file: %s\n",
			flash_explain(err));
		return EXIT_FAILURE;
	}
	return status;
}

static int restore(const char *pci, const struct flash_file *file)
{
	struct flash_talk *talk;
	const char *why;
	int status;

	talk = flash_open(pci, &why);
	if (!talk)
		return failed(pci, "is not restored", why);
	status = set_all(talk, file);
	flash_close(talk);
	return status;
}

int flash_restore(const char *pci, const char *path)
{
	struct flash_file file;
	int status = EXIT_FAILURE;
	FILE *f;

	no_core();
	f = fopen(path, "r");
	if (!f) {
		fprintf(stderr, "ohbatool: %s: %s\n", path, strerror(errno));
		return EXIT_FAILURE;
	}
	if (flash_parse(f, &file))
		status = file.n ? restore(pci, &file) :
				  failed(pci, "is not restored", "there is no record in the file");
	else
		fprintf(stderr, "ohbatool: %s, line %u: %s; nothing was changed\n", path, file.line,
			file.why);
	flash_forget(&file);
	fclose(f);
	return status;
}

/* --- erase ---------------------------------------------------------------------- */

int flash_erase_all(const char *pci)
{
	struct flash_talk *talk;
	const char *why;
	int err;

	talk = flash_open(pci, &why);
	if (!talk)
		return failed(pci, "is not erased", why);
	err = flash_erase(talk);
	flash_close(talk);
	return err ? failed(pci, "is not erased", flash_explain(err)) : EXIT_SUCCESS;
}

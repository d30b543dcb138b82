// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dump FILE [SIGNAL]: an adapter that has one account is dumped to FILE; as soon as the secret
 * was asked for, and the account behind it is, the signal comes. dump FILE gone: it is gone.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "flash.h"

static bool gone;
static int sig;

struct flash_talk *flash_open(const char *pci, const char **why)
{
	(void)pci;
	*why = NULL;
	return (struct flash_talk *)&gone;
}

void flash_close(struct flash_talk *talk)
{
	(void)talk;
}

const char *flash_explain(int err)
{
	return strerror(err);
}

int flash_set(struct flash_talk *talk, const struct flash_record *record)
{
	(void)talk;
	(void)record;
	return EOPNOTSUPP;
}

int flash_erase(struct flash_talk *talk)
{
	(void)talk;
	return EOPNOTSUPP;
}

int flash_get(struct flash_talk *talk, struct flash_record *record, bool secrets)
{
	(void)talk;
	if (record->kind == OHBA_RECORD_TARGETS)
		return 0;
	if (record->kind != OHBA_RECORD_ACCOUNT)
		return EOPNOTSUPP;
	if (record->index == 1 && gone)
		return ENODEV;
	if (record->index == 1 && sig)
		raise(sig);
	if (record->index)
		return ENOENT;
	strcpy((char *)record->account.name, "user");
	memset(record->account.secret, 's', 16);
	record->account.secret_len = secrets ? htole16(16) : 0;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[2], "gone"))
		gone = true;
	else if (argc > 2)
		sig = atoi(argv[2]);
	return flash_dump("0000:00:04.0", argv[1], true);
}

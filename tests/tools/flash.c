// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flash print|left-out: a dump that has all there may be; flash read: what becomes of one on
 * standard input: it is printed again, or what is wrong. flash same: the same, and its records
 * are those that were printed, to the byte.
 */
#include <endian.h>
#include <string.h>

#include "flash.h"

static void make_config(struct flash_record *record)
{
	struct ohba_iface_config *iface = &record->config.iface[15];

	record->kind = OHBA_RECORD_CONFIG;
	iface->family = OHBA_FAMILY_IPV6;
	iface->flags = OHBA_IFCONF_ENABLED | OHBA_IFCONF_VLAN;
	iface->prefix = 64;
	iface->tci = htole16(0xe005);
	iface->addr[0] = 0x20;
	iface->addr[15] = 9;
}

static void make_account(struct flash_record *record)
{
	record->kind = OHBA_RECORD_ACCOUNT;
	record->index = 511;
	memcpy(record->account.name, "u\"s\\e=r\n", 9);
	memcpy(record->account.secret, "\0 twelve \xff \0", 12);
	record->account.secret_len = htole16(12);
}

static void make_target(struct flash_record *record)
{
	struct ohba_target *target = &record->target;

	record->kind = OHBA_RECORD_TARGET;
	record->index = 4095;
	memset(target, 0xff, offsetof(struct ohba_target, rsvd1));
	memset(target->addr + 4, 0, 12);
	memset(target->name, 'n', sizeof(target->name) - 1);
	target->name[sizeof(target->name) - 1] = '\0';
	memset(target->alias, 0, sizeof(target->alias));
	target->host[200] = 7;
}

static void make_all(struct flash_record records[3])
{
	memset(records, 0, 3 * sizeof(*records));
	make_config(&records[0]);
	make_account(&records[1]);
	make_target(&records[2]);
}

static bool is_same(const struct flash_file *file)
{
	static struct flash_record records[3];

	make_all(records);
	return file->n == 3 && !memcmp(file->records, records, sizeof(records));
}

static int read_again(bool compare)
{
	struct flash_file file;
	bool good = flash_parse(stdin, &file);
	size_t i;

	if (good && compare && !is_same(&file)) {
		good = false;
		snprintf(file.why, sizeof(file.why), "the records are others");
	}
	if (!good)
		printf("%u: %s\n", file.line, file.why);
	for (i = 0; good && i < file.n; i++)
		flash_print(stdout, &file.records[i]);
	flash_forget(&file);
	return !good;
}

int main(int argc, char **argv)
{
	bool secrets = argc > 1 && !strcmp(argv[1], "print");
	static struct flash_record records[3];
	unsigned int i;

	if (argc > 1 && (!strcmp(argv[1], "read") || !strcmp(argv[1], "same")))
		return read_again(!strcmp(argv[1], "same"));
	make_all(records);
	records[1].no_secret = !secrets;
	flash_print_head(stdout, "0000:00:04.0", secrets);
	for (i = 0; i < 3; i++)
		flash_print(stdout, &records[i]);
	flash_print_end(stdout);
	return 0;
}

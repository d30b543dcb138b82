// SPDX-License-Identifier: GPL-2.0-or-later
/* seeds FOLDER: write the seeds of each harness to FOLDER/NAME. `make fuzz-seeds` runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seeds.h"

static const char *top;

void seed_save(const char *harness, const char *name, const struct seed *seed)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%s", top, harness, name);
	file = fopen(path, "wb");
	if (!file || fwrite(seed->byte, 1, seed->len, file) != seed->len || fclose(file)) {
		perror(path);
		exit(1);
	}
}

void seed_add(struct seed *seed, const void *bytes, size_t len)
{
	if (len > SEED_MAX - seed->len) {
		fprintf(stderr, "a seed is longer than %d bytes\n", SEED_MAX);
		exit(1);
	}
	memcpy(seed->byte + seed->len, bytes, len);
	seed->len += len;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 2;
	}
	top = argv[1];
	seeds_guest();
	seeds_target();
	seeds_pdu();
	seeds_login();
	seeds_flash();
	seeds_log();
	seeds_driver();
	seeds_uip();
	seeds_wire();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay FILE-OR-FOLDER...: give each file to the harness once. A main() for where
 * there is no libFuzzer: measuring coverage, other compilers, debuggers.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX	(1u << 20)

static int replay_file(const char *path)
{
	uint8_t *data = malloc(INPUT_MAX);
	FILE *file = fopen(path, "rb");
	size_t len;

	if (!file) {
		perror(path);
		free(data);
		return 1;
	}
	len = fread(data, 1, INPUT_MAX, file);
	fclose(file);
	data = realloc(data, len + !len);	/* so that ASan sees its end */
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 0;
}

static int replay_folder(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);
	int failed = n < 0, i;

	for (i = 0; i < n; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entry[i]->d_name);
		/* A fuzzer that is running replaces inputs by shorter ones. */
		if (entry[i]->d_name[0] != '.' && !access(name, R_OK))
			failed |= replay_file(name);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return failed;
}

int main(int argc, char **argv)
{
	struct stat st;
	int failed = 0, i;

	LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++) {
		if (!stat(argv[i], &st) && S_ISDIR(st.st_mode))
			failed |= replay_folder(argv[i]);
		else
			failed |= replay_file(argv[i]);
	}
	return failed;
}

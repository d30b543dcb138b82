// SPDX-License-Identifier: GPL-2.0-or-later
/* ohbatool: look at ohba adapters and explain what they say. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "ohba_regs.h"
#include "ohbatool.h"

enum { EXIT_USAGE = 2 };

struct command {
	const char *name;
	const char *args;
	const char *help;
	int (*run)(const struct printer *p, int argc, char **argv);
};

static int cmd_list(const struct printer *p, int argc, char **argv)
{
	struct adapter *list;
	int n;

	if (argc > 1) {
		fprintf(stderr, "ohbatool: list takes no argument, got \"%s\"\n", argv[1]);
		return EXIT_USAGE;
	}
	n = adapters_find("/sys", &list);
	if (n < 0) {
		perror("ohbatool: cannot list adapters");
		return EXIT_FAILURE;
	}
	p->adapters(stdout, list, n);
	free(list);
	if (!n)
		fprintf(stderr, "ohbatool: no adapter found: \"lspci -d %04x:\" shows those on "
			"PCI; QEMU adds one with -device ohba-fw\n", OHBA_PCI_VENDOR);
	return EXIT_SUCCESS;
}

static int cmd_explain(const struct printer *p, int argc, char **argv)
{
	const struct error_row *row;

	if (argc == 1) {
		p->errors(stdout, error_table, error_table_len);
		return EXIT_SUCCESS;
	}
	if (argc > 2) {
		fprintf(stderr, "ohbatool: explain takes one code or name, got \"%s\" too\n",
			argv[2]);
		return EXIT_USAGE;
	}
	row = error_find(argv[1]);
	if (!row) {
		fprintf(stderr, "ohbatool: no error is called \"%s\"; "
			"\"ohbatool explain\" lists them all\n", argv[1]);
		return EXIT_FAILURE;
	}
	p->errors(stdout, row, 1);
	return EXIT_SUCCESS;
}

static const struct command commands[] = {
	{ "list", "", "the adapters of this machine", cmd_list },
	{ "explain", "[CODE|NAME]", "what an error means and what to do; all without one",
	  cmd_explain },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct printer *const printers[] = {
	&printer_text, &printer_json, &printer_markdown,
};

static void usage(FILE *f)
{
	size_t i;

	fputs("Usage: ohbatool [OPTION]... COMMAND [ARG]\n\nCommands:\n", f);
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(f, "  %-8s %-12s %s\n", commands[i].name, commands[i].args,
			commands[i].help);
	fputs("\nOptions, before or after the command:\n"
	      "  -o, --output text|json|markdown   how to print (text)\n"
	      "  -h, --help                        this text\n"
	      "  -V, --version                     the host-firmware interface it knows\n", f);
}

static const struct printer *find_printer(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(printers) / sizeof(printers[0]); i++)
		if (!strcmp(printers[i]->name, name))
			return printers[i];
	return NULL;
}

static int run(const struct printer *p, int argc, char **argv)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (!strcmp(commands[i].name, argv[0]))
			return commands[i].run(p, argc, argv);
	fprintf(stderr, "ohbatool: there is no command \"%s\"; try --help\n", argv[0]);
	return EXIT_USAGE;
}

/* What was printed must have arrived: a full disk is an error too. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("ohbatool: cannot write the output");
		return EXIT_FAILURE;
	}
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	static char program[] = "ohbatool";
	const struct printer *p = &printer_text;
	int c;

	if (argc)
		argv[0] = program;	/* getopt's messages start with it */
	while ((c = getopt_long(argc, argv, "o:hV", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			p = find_printer(optarg);
			if (p)
				break;
			fprintf(stderr, "ohbatool: --output \"%s\" is not one of "
				"text, json, markdown; try --help\n", optarg);
			return EXIT_USAGE;
		case 'h':
			usage(stdout);
			return finish(EXIT_SUCCESS);
		case 'V':
			printf("ohbatool, interface version %d\n", OHBA_ABI_VERSION);
			return finish(EXIT_SUCCESS);
		default:
			fputs("ohbatool: try --help\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return finish(run(p, argc - optind, argv + optind));
}

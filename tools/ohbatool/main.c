// SPDX-License-Identifier: GPL-2.0-or-later
/* ohbatool: look at ohba adapters and explain what they say. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "flash.h"
#include "ohba_admin.h"
#include "ohba_regs.h"
#include "ohba_target.h"
#include "ohbatool.h"

#define ISCSI_PORT	3260

enum { EXIT_USAGE = 2 };

/* Of options that not all commands take. */
enum {
	OPT_ACCOUNT	= 1,
	OPT_ADD		= 2,
	OPT_TIMEOUT	= 4,
	OPT_ERASE	= 8,
	OPT_SINCE	= 16,
	OPT_CHAP	= 32,
	OPT_ISNS	= 64,
	OPT_SECRETS	= 128,
	OPT_YES		= 256,
};

static const struct {
	int option;
	const char *name;
} option_names[] = {
	{ OPT_ACCOUNT, "account" }, { OPT_ADD, "add" }, { OPT_TIMEOUT, "timeout" },
	{ OPT_ERASE, "erase" }, { OPT_SINCE, "since" }, { OPT_CHAP, "chap-algorithms" },
	{ OPT_ISNS, "isns" }, { OPT_SECRETS, "secrets" }, { OPT_YES, "yes" },
};

static struct {
	int given;		/* OPT_* */
	int account;
	uint16_t chap_list;
	unsigned int timeout_s;
	unsigned long long since;
} options = { .account = NO_ACCOUNT, .timeout_s = 15 };

struct command {
	const char *name;
	const char *args;
	const char *help;
	int (*run)(const struct printer *p, int argc, char **argv);
	int options;		/* OPT_* that it takes */
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

/* --- discover ---------------------------------------------------------------- */

/* False: said so. */
static bool find_adapter(const char *name, char *pci, size_t len)
{
	struct adapter *list;
	int n = adapters_find("/sys", &list);
	const struct adapter *found = n < 0 ? NULL : adapter_named(list, n, name);

	if (n < 0)
		perror("ohbatool: the adapters cannot be listed");
	else if (found)
		snprintf(pci, len, "%s", found->pci);
	else
		fprintf(stderr, "ohbatool: there is no adapter \"%s\"; \"ohbatool list\" shows those "
			"that there are\n", name);
	if (n >= 0)
		free(list);
	return found;
}

static void waiting(unsigned int s)
{
	if (s == 3 || s % 10 == 0)
		fprintf(stderr, "ohbatool: no answer for %u s yet; the limit is %u s (--timeout)\n",
			s, options.timeout_s);
}

/* What the portal answered, with the words of the error table. */
static int discovery_failed(const char *portal, const struct discovery *d)
{
	char code[16];
	const struct error_row *row;

	snprintf(code, sizeof(code), "%u", d->status);
	row = error_find(code);
	fprintf(stderr, "ohbatool: discovery at %s failed: %s (%s)", portal,
		row ? row->name : code, row ? row->meaning : "unknown");
	if (d->words[0] && (!row || strcmp(d->words, row->meaning))) {
		fputs(": ", stderr);
		escape(stderr, d->words, FOR_TEXT);
	}
	fputc('\n', stderr);
	if (row)
		fprintf(stderr, "  usual cause: %s\n  what to do:  %s\n", row->cause, row->remedy);
	return EXIT_FAILURE;
}

static int discovery_notes(const struct discovery *d)
{
	size_t i, told = d->n + d->skipped + d->impossible, failed = 0;

	for (i = 0; d->add && i < d->n; i++)
		failed += d->found[i].entry < 0;
	if (d->skipped)
		fprintf(stderr, "ohbatool: %u more have a name for an address, or one that only "
			"their own machine reaches\n", d->skipped);
	if (d->impossible)
		fprintf(stderr, "ohbatool: %u more were left out: the firmware says of them what cannot "
			"be; update it\n", d->impossible);
	if (d->listed > told)
		fprintf(stderr, "ohbatool: %zu more had no room in the answer\n", d->listed - told);
	if (failed)
		fprintf(stderr, "ohbatool: no entry was made for %zu of them: the table is full, or the "
			"kernel's log says why\n", failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What the command line says of whom to ask. False: said what is wrong. */
static bool take_discover(int argc, char **argv, struct discover_request *request)
{
	bool isns = options.given & OPT_ISNS;

	if (argc != 3 && !(isns && argc == 2)) {
		fputs("ohbatool: discover takes an adapter and a portal, or with --isns a server, or "
		      "none: discover 0000:00:04.0 192.0.2.9:3260\n", stderr);
		return false;
	}
	if (options.given & OPT_CHAP && !(options.given & OPT_ACCOUNT)) {
		fputs("ohbatool: --chap-algorithms is of no use without --account; try --help\n",
		      stderr);
		return false;
	}
	if (isns && options.given & OPT_ACCOUNT) {
		fputs("ohbatool: --account is of no use with --isns: such a server takes no proof; "
		      "try --help\n", stderr);
		return false;
	}
	request->isns = isns;
	if (argc == 2 || portal_parse(argv[2], isns ? OHBA_ISNS_PORT : ISCSI_PORT,
				      &request->portal))
		return true;
	fprintf(stderr, "ohbatool: \"%s\" is no %s: give an IP address, and maybe a port: "
		"192.0.2.9:%u, [2001:db8::9]:%u\n", argv[2], isns ? "server" : "portal",
		isns ? OHBA_ISNS_PORT : ISCSI_PORT, isns ? OHBA_ISNS_PORT : ISCSI_PORT);
	return false;
}

static int cmd_discover(const struct printer *p, int argc, char **argv)
{
	struct discover_request request = {
		.account = options.account, .chap_list = options.chap_list,
		.timeout_s = options.timeout_s, .add = options.given & OPT_ADD,
	};
	char pci[sizeof(((struct adapter *)NULL)->pci)], asked[PORTAL_TEXT];
	const char *why, *where = argc > 2 ? argv[2] : "the iSNS server that DHCP announced";
	struct discovery discovery;
	int status;

	if (!take_discover(argc, argv, &request))
		return EXIT_USAGE;
	if (!find_adapter(argv[1], pci, sizeof(pci)))
		return EXIT_FAILURE;
	request.pci = pci;
	why = discover(&request, waiting, &discovery);
	if (why) {
		fprintf(stderr, "ohbatool: %s cannot ask %s: %s\n", pci, where, why);
		free(discovery.found);
		return EXIT_FAILURE;
	}
	if (argc == 2 && discovery.asked.len) {
		where = portal_say(&discovery.asked, asked);
		fprintf(stderr, "ohbatool: asked the iSNS server %s, which DHCP announced\n", where);
	}
	if (discovery.n || !discovery.status)
		p->discovery(stdout, &discovery);
	status = discovery_notes(&discovery);
	if (discovery.status)
		status = discovery_failed(where, &discovery);
	free(discovery.found);
	return status;
}

/* --- log ---------------------------------------------------------------------- */

static int cmd_log(const struct printer *p, int argc, char **argv)
{
	struct log log = { .n = 0 };
	const char *why;
	char pci[16];

	if (argc != 2) {
		fputs("ohbatool: log takes an adapter: log 0000:00:04.0\n", stderr);
		return EXIT_USAGE;
	}
	if (options.given & OPT_ERASE && options.given & OPT_SINCE) {
		fputs("ohbatool: --erase erases all of the log, and --since prints a part: "
		      "say one of them\n", stderr);
		return EXIT_USAGE;
	}
	if (!find_adapter(argv[1], pci, sizeof(pci)))
		return EXIT_FAILURE;
	why = log_read(pci, options.since, &log);
	if (!why)
		p->log(stdout, &log);
	free(log.records);
	/* What is erased was read; why it was not is said at the end of all. */
	if (fflush(stdout) || ferror(stdout))
		return EXIT_FAILURE;
	if (!why && options.given & OPT_ERASE)
		why = log_erase(pci);
	if (!why)
		return EXIT_SUCCESS;
	fprintf(stderr, "ohbatool: the log of %s cannot be had: %s\n", pci, why);
	return EXIT_FAILURE;
}

/* --- flash -------------------------------------------------------------------- */

static int run_dump(const char *pci, const char *path)
{
	return flash_dump(pci, path, options.given & OPT_SECRETS);
}

static int run_restore(const char *pci, const char *path)
{
	return flash_restore(pci, path);
}

static int run_erase(const char *pci, const char *path)
{
	(void)path;
	if (options.given & OPT_YES)
		return flash_erase_all(pci);
	fprintf(stderr, "ohbatool: this erases all that %s keeps: addresses, initiator name, accounts, "
		"targets, log; say --yes if that is what you want\n", pci);
	return EXIT_USAGE;
}

static const struct {
	const char *name;
	int min, max;		/* words, with "flash" and itself */
	int options;
	int (*run)(const char *pci, const char *path);
} verbs[] = {
	{ "dump", 3, 4, OPT_SECRETS, run_dump },
	{ "restore", 4, 4, 0, run_restore },
	{ "erase", 3, 3, OPT_YES, run_erase },
};

static int cmd_flash(const struct printer *p, int argc, char **argv)
{
	char pci[sizeof(((struct adapter *)NULL)->pci)];
	size_t i;

	(void)p;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (argc < 2 || strcmp(argv[1], verbs[i].name) || argc < verbs[i].min ||
		    argc > verbs[i].max || options.given & ~verbs[i].options)
			continue;
		if (!find_adapter(argv[2], pci, sizeof(pci)))
			return EXIT_FAILURE;
		return verbs[i].run(pci, argc > 3 ? argv[3] : NULL);
	}
	fputs("ohbatool: flash takes: dump ADAPTER [--secrets] [FILE], restore ADAPTER FILE, or "
	      "erase ADAPTER --yes\n", stderr);
	return EXIT_USAGE;
}

/* --- the command line --------------------------------------------------------- */

static const struct command commands[] = {
	{ "list", "", "the adapters of this machine", cmd_list, 0 },
	{ "explain", "[CODE|NAME]", "what an error means and what to do; all without one",
	  cmd_explain, 0 },
	{ "discover", "ADAPTER PORTAL", "have an adapter list the targets of a portal", cmd_discover,
	  OPT_ACCOUNT | OPT_ADD | OPT_TIMEOUT | OPT_CHAP | OPT_ISNS },
	{ "log", "ADAPTER", "what happened to an adapter, as it keeps it", cmd_log,
	  OPT_ERASE | OPT_SINCE },
	{ "flash", "VERB ADAPTER", "dump, restore or erase what an adapter keeps", cmd_flash,
	  OPT_SECRETS | OPT_YES },
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
		fprintf(f, "  %-8s %-14s %s\n", commands[i].name, commands[i].args,
			commands[i].help);
	fputs("\nOptions of discover:\n"
	      "  -a, --account N                   log in by CHAP with account N of the adapter\n"
	      "  -c, --chap-algorithms NAME,...    by no others than these of md5, sha1, sha256,\n"
	      "                                    sha3-256 (all)\n"
	      "  -A, --add                         make an entry of each target (not automatic)\n"
	      "  -i, --isns                        of an iSNS server instead of a portal; without\n"
	      "                                    one, of that which DHCP announced\n"
	      "  -t, --timeout SECONDS             1 to 60 (15)\n"
	      "\nOptions of log:\n"
	      "  -e, --erase                       and erase it\n"
	      "  -s, --since NUMBER                from that record on\n"
	      "\nVerbs of flash:\n"
	      "  dump ADAPTER [FILE]               all but the log, as text, to FILE or standard output\n"
	      "    -S, --secrets                   CHAP secrets in clear, too\n"
	      "  restore ADAPTER FILE              set what a dump has\n"
	      "  erase ADAPTER                     back to the state it left the factory in\n"
	      "    -y, --yes                       without which nothing is erased\n"
	      "\nOptions, before or after the command:\n"
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

/* Return: whether only such were given as it takes; else said which it does not. */
static bool takes_options(const struct command *command)
{
	int stray = options.given & ~command->options;
	size_t i;

	for (i = 0; i < sizeof(option_names) / sizeof(option_names[0]); i++) {
		if (!(option_names[i].option & stray))
			continue;
		fprintf(stderr, "ohbatool: %s takes no --%s; try --help\n", command->name,
			option_names[i].name);
		break;
	}
	return !stray;
}

static int run(const struct printer *p, int argc, char **argv)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++) {
		if (strcmp(commands[i].name, argv[0]))
			continue;
		return takes_options(&commands[i]) ? commands[i].run(p, argc, argv) : EXIT_USAGE;
	}
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

static bool take_number(const char *name, unsigned long min, unsigned long max, int *number)
{
	char *end;
	unsigned long n = strtoul(optarg, &end, 10);

	*number = n;
	if (*optarg >= '0' && *optarg <= '9' && !*end && n >= min && n <= max)
		return true;
	fprintf(stderr, "ohbatool: --%s \"%s\" is not one of %lu to %lu; try --help\n", name, optarg,
		min, max);
	return false;
}

static bool take_since(void)
{
	char *end;

	options.since = strtoull(optarg, &end, 10);
	if (*optarg >= '0' && *optarg <= '9' && !*end)
		return true;
	fprintf(stderr, "ohbatool: --since \"%s\" is not the number of a record; try --help\n",
		optarg);
	return false;
}

/* Of those that not all commands take. False: it is none, or wrong. */
static bool take_option(int c)
{
	int n;

	switch (c) {
	case 'a':
		options.given |= OPT_ACCOUNT;
		return take_number("account", 0, OHBA_ACCOUNTS_MAX - 1, &options.account);
	case 'c':
		options.given |= OPT_CHAP;
		if (chap_list_parse(optarg, &options.chap_list))
			return true;
		fprintf(stderr, "ohbatool: --chap-algorithms \"%s\" is not one or more of md5, sha1, "
			"sha256, sha3-256, with commas between; try --help\n", optarg);
		return false;
	case 'A':
		options.given |= OPT_ADD;
		return true;
	case 'i':
		options.given |= OPT_ISNS;
		return true;
	case 'e':
		options.given |= OPT_ERASE;
		return true;
	case 'S':
		options.given |= OPT_SECRETS;
		return true;
	case 'y':
		options.given |= OPT_YES;
		return true;
	case 's':
		options.given |= OPT_SINCE;
		return take_since();
	case 't':
		options.given |= OPT_TIMEOUT;
		if (!take_number("timeout", 1, OHBA_DISCOVER_MS_MAX / 1000, &n))
			return false;
		options.timeout_s = n;
		return true;
	default:
		fputs("ohbatool: try --help\n", stderr);
		return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "account", required_argument, NULL, 'a' },
		{ "chap-algorithms", required_argument, NULL, 'c' },
		{ "add", no_argument, NULL, 'A' },
		{ "isns", no_argument, NULL, 'i' },
		{ "timeout", required_argument, NULL, 't' },
		{ "erase", no_argument, NULL, 'e' },
		{ "since", required_argument, NULL, 's' },
		{ "secrets", no_argument, NULL, 'S' },
		{ "yes", no_argument, NULL, 'y' },
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
	while ((c = getopt_long(argc, argv, "a:c:Ait:es:Syo:hV", long_options, NULL)) != -1) {
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
			if (!take_option(c))
				return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return finish(run(p, argc - optind, argv + optind));
}

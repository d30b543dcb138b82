// SPDX-License-Identifier: GPL-2.0-or-later
/* uipd: find the way for ohba adapters. Options, and becoming a daemon. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <syslog.h>
#include <unistd.h>

#include "check.h"
#include "helper.h"
#include "log.h"
#include "ohba_genl.h"

enum { EXIT_USAGE = 2 };

static void usage(FILE *f)
{
	unsigned int i;

	fputs("Usage: uipd [OPTION]...\n\n"
	      "Resolves addresses for ohba adapters that have a network of their own, and\n"
	      "logs in to their targets.\n\n"
	      "Options:\n"
	      "  -f, --foreground           stay, and say on the standard error stream what\n"
	      "                             else goes to syslog\n"
	      "  -d, --debug CATEGORY,...   say more; all, or of:", f);
	for (i = 0; i < UIP_CATEGORIES; i++)
		fprintf(f, " %s", uip_category_name[i]);
	fputs("\n  -n, --no-login             leave the logins of their own sessions to the adapters"
	      "\n  -c, --check-config         say whether it would run here, and do not"
	      "\n  -h, --help                 this text\n"
	      "  -V, --version              the version of the interface with the driver\n", f);
}

/* One of a kind, as two would answer each question twice. Held until we end. */
static int lock(void)
{
	int fd = open(UIP_LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
}

static bool stay(void)
{
	return true;
}

static bool become_daemon(void)
{
	openlog("uipd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	if (daemon(0, 0)) {
		uip_err("cannot become a daemon: %s", strerror(errno));
		return false;
	}
	uip_log_to(uip_log_syslog);
	return true;
}

static int start(bool foreground, bool login)
{
	int err;

	if (geteuid()) {
		uip_err(UIP_MUST_BE_ROOT);
		return EXIT_FAILURE;
	}
	err = lock();
	if (err) {
		if (err == -EWOULDBLOCK)
			uip_err(UIP_IS_RUNNING);
		else
			uip_err("cannot lock " UIP_LOCK_FILE ": %s", strerror(-err));
		return EXIT_FAILURE;
	}
	return uip_helper_run(foreground ? stay : become_daemon, login);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "debug", required_argument, NULL, 'd' },
		{ "no-login", no_argument, NULL, 'n' },
		{ "check-config", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL },
	};
	bool foreground = false, login = true, check = false;
	int c;

	while ((c = getopt_long(argc, argv, "fd:nchV", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			foreground = true;
			break;
		case 'd':
			if (uip_log_enable(optarg))
				break;
			fprintf(stderr, "uipd: --debug %s: no such category; try --help\n",
				optarg);
			return EXIT_USAGE;
		case 'n':
			login = false;
			break;
		case 'c':
			check = true;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'V':
			printf("uipd %d\n", OHBA_GENL_VERSION);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "uipd: takes no argument, got \"%s\"; try --help\n", argv[optind]);
		return EXIT_USAGE;
	}
	if (check)
		return uip_check(login) ? EXIT_SUCCESS : EXIT_FAILURE;
	return start(foreground, login);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ohba-segment SEED PORT...: an Ethernet segment (segment.h). It says "ready" once all
 * taps are there, and ends with its standard input.
 */
#define _GNU_SOURCE		/* ppoll */
#include "segment.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void quit(const char *what)
{
	fprintf(stderr, "ohba-segment: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

uint64_t now_us(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000;
}

uint64_t stamp_ns(void)
{
	static uint64_t start;		/* of the steady clock, since 1970 */
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!start)
		start = clock_ns(CLOCK_REALTIME) - now;
	return start + now;
}

static struct timespec *until(int64_t us, struct timespec *timeout)
{
	if (us < 0)
		return NULL;
	timeout->tv_sec = us / 1000000;
	timeout->tv_nsec = us % 1000000 * 1000;
	return timeout;
}

static void run(void)
{
	struct pollfd fds[1 + PORTS_MAX] = { { .fd = STDIN_FILENO, .events = POLLIN } };
	struct timespec timeout;
	unsigned int i;

	for (i = 0; i < nports; i++)
		fds[1 + i] = (struct pollfd){ .fd = ports[i].fd, .events = POLLIN };
	for (;;) {
		if (ppoll(fds, 1 + nports, until(cable_poll(), &timeout), NULL) < 0)
			quit("ppoll");
		for (i = 0; i < nports; i++) {
			if (fds[1 + i].revents & POLLERR)
				fds[1 + i].fd = -1;	/* its namespace is gone */
			else if (fds[1 + i].revents)
				port_read(&ports[i]);
		}
		if (fds[0].revents && !control_read())
			return;
	}
}

static void close_captures(void)
{
	unsigned int i;

	for (i = 0; i < nports; i++)
		if (ports[i].capture && fclose(ports[i].capture))
			quit("capture");
}

int main(int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++)
		if (!port_add(argv[i], strtoull(argv[1], NULL, 0) * 2 * PORTS_MAX))
			break;
	if (i < argc || argc < 3) {
		fprintf(stderr, "usage: ohba-segment SEED NAME[,ns=PATH][,vlan=ID|,trunk]"
			"[,mtu=N][,capture=FILE]...\n");
		return 2;
	}
	puts("ready");
	fflush(stdout);
	run();
	close_captures();
	return 0;
}

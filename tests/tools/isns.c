// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * isns ADDRESS PORT NAME: ask an iSNS server as NAME, by uip/proto; a line for each target and
 * portal, and how it ended. Stops before the goodbye if there is a fourth argument.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "isns.h"

static void record(void *ctx, const char *name, const struct isns_portal *portal)
{
	char text[INET6_ADDRSTRLEN] = "";

	(void)ctx;
	if (portal)
		inet_ntop(portal->is_ipv6 ? AF_INET6 : AF_INET, portal->addr, text, sizeof(text));
	printf("%s %s %u %d\n", name, text, portal ? portal->port : 0, portal ? portal->tpgt : -1);
}

static int connect_to(const char *address, const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, address, &in.sin_addr) != 1 ||
	    connect(sock, (struct sockaddr *)&in, sizeof(in)))
		err(1, "%s port %s", address, port);
	return sock;
}

int main(int argc, char **argv)
{
	struct isns_config config = { .record = record };
	struct isns_pdu pdu;
	struct isns isns;
	char buf[1000];
	ssize_t n;
	int sock;

	if (argc < 4)
		errx(2, "usage: isns ADDRESS PORT NAME");
	sock = connect_to(argv[1], argv[2]);
	config.name = argv[3];
	isns_start(&isns, &config);
	while (!isns_over(&isns) && !(argc > 4 && isns_result(&isns))) {
		while (isns_tx(&isns, &pdu))
			if (write(sock, pdu.data, pdu.len) != (ssize_t)pdu.len)
				err(1, "write");
		n = read(sock, buf, sizeof(buf));
		if (n <= 0)
			err(1, "read");
		isns_rx(&isns, buf, n);
	}
	printf("the iSNS server %s (%s)\n", isns_result(&isns)->words,
	       isns_status_name(isns_result(&isns)->status));
	return isns_result(&isns)->outcome;
}

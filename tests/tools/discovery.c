// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * discovery FORMAT [add]: prints a discovery that has all there may be; portal TEXT...: what
 * ohbatool takes each for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "ohbatool.h"

static struct discovered found[] = {
	{ "iqn.2026-01.test:one", "192.0.2.9", 3260, 1, 0, true, 0 },
	{ "iqn.2026-01.test:one", "2001:db8::9", 3999, 65535, 4095, false, 0 },
	{ "eui.0123456789abcdef", "192.0.2.10", 65535, -1, -1, false, ENOSPC },
	{ "naa.\"quoted\\\"", "192.0.2.10", 1, 0, -1, false, EIO },
};

static void print_portal(const char *text)
{
	struct portal portal;
	char address[INET6_ADDRSTRLEN];

	if (!portal_parse(text, &portal)) {
		puts("none");
		return;
	}
	inet_ntop(portal.len == 4 ? AF_INET : AF_INET6, portal.addr, address, sizeof(address));
	printf("%s %u\n", address, portal.port);
}

int main(int argc, char **argv)
{
	const struct printer *printers[] = { &printer_text, &printer_json, &printer_markdown };
	struct discovery discovery = { .add = argc > 2, .n = 4, .found = found };
	int i;

	if (argc > 1 && !strcmp(argv[1], "portal")) {
		for (i = 2; i < argc; i++)
			print_portal(argv[i]);
		return 0;
	}
	for (i = 0; i < 3; i++)
		if (argc > 1 && !strcmp(argv[1], printers[i]->name))
			printers[i]->discovery(stdout, &discovery);
	return 0;
}

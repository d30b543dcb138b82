// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * discovery FORMAT [add]: prints a discovery that has all there may be; FORMAT name NAME: one of
 * a target of that name; portal TEXT...: what ohbatool takes each for; chap TEXT...; adapter
 * NAME...: of which of some; version N: what it says to a driver that speaks this one, and
 * whether it sends flags; add N: as it asks for entries.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/family.h>
#include <netlink/genl/genl.h>

#include "ohba_genl.h"
#include "ohbatool.h"

/* --- a driver, as far as its family ------------------------------------------- */

static unsigned int version;

int genl_connect(struct nl_sock *sock)
{
	return sock ? 0 : -1;
}

int genl_ctrl_resolve(struct nl_sock *sock, const char *name)
{
	return sock && name ? 42 : -1;
}

int genl_ctrl_alloc_cache(struct nl_sock *sock, struct nl_cache **cache)
{
	*cache = NULL;
	return sock ? 0 : -1;
}

struct genl_family *genl_ctrl_search_by_name(struct nl_cache *cache, const char *name)
{
	struct genl_family *family = genl_family_alloc();

	(void)cache;
	genl_family_set_name(family, name);
	genl_family_set_version(family, version);
	return family;
}

void nl_cache_free(struct nl_cache *cache)
{
	(void)cache;
}

/* It gets no answer. */
int nl_send_auto(struct nl_sock *sock, struct nl_msg *msg)
{
	puts(nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, OHBA_ATTR_FLAGS) ? "flags" :
									     "no flags");
	return sock && msg ? -1 : 0;
}

static void waiting(unsigned int s)
{
	(void)s;
}

static void ask(const char *speaks, bool add)
{
	struct discover_request request = {
		.pci = "0000:00:04.0", .portal.len = 4, .add = add,
	};
	struct discovery discovery;

	version = strtoul(speaks, NULL, 10);
	puts(discover(&request, waiting, &discovery));
}

/* --- adapters ---------------------------------------------------------------- */

static const struct adapter adapters[] = {
	{ .pci = "0001:00:04.0", .host = "host7" },
	{ .pci = "0000:00:04.0", .host = "" },
	{ .pci = "0002:00:04.0", .host = "host9" },
	{ .pci = "0002:00:05.0", .host = "" },
	{ .pci = "10000:00:06.0", .host = "" },
};

static void print_adapter(const char *name)
{
	const struct adapter *a = adapter_named(adapters, sizeof(adapters) / sizeof(adapters[0]),
						name);

	puts(a ? a->pci : "none");
}

/* --- the rest ------------------------------------------------------------------ */

static void print_chap(const char *text)
{
	uint16_t list;

	if (chap_list_parse(text, &list))
		printf("%x\n", list);
	else
		puts("none");
}

static struct discovered found[] = {
	{ "iqn.2026-01.test:one", "192.0.2.9", 3260, 1, 0, true, 0 },
	{ "iqn.2026-01.test:one", "2001:db8::9", 3999, 65535, 4095, false, 0 },
	{ "eui.0123456789abcdef", "192.0.2.10", 65535, -1, -1, false, ENOSPC },
	{ "naa.\"quoted\\\"", "192.0.2.10", 1, 0, -1, false, EIO },
};

static void print_portal(const char *text)
{
	char address[INET6_ADDRSTRLEN], again[PORTAL_TEXT];
	struct portal portal, same;

	if (!portal_parse(text, 3260, &portal)) {
		puts("none");
		return;
	}
	inet_ntop(portal.len == 4 ? AF_INET : AF_INET6, portal.addr, address, sizeof(address));
	if (!portal_parse(portal_say(&portal, again), 1, &same) ||
	    memcmp(&same, &portal, sizeof(same)))
		printf("not %s ", again);
	printf("%s %u\n", address, portal.port);
}

int main(int argc, char **argv)
{
	const struct printer *printers[] = { &printer_text, &printer_json, &printer_markdown };
	struct discovery discovery = { .add = argc > 2, .n = 4, .found = found };
	int i;

	for (i = 2; i < argc; i++)
		if (!strcmp(argv[1], "portal"))
			print_portal(argv[i]);
		else if (!strcmp(argv[1], "adapter"))
			print_adapter(argv[i]);
		else if (!strcmp(argv[1], "chap"))
			print_chap(argv[i]);
		else if (!strcmp(argv[1], "version"))
			ask(argv[i], false);
		else if (!strcmp(argv[1], "add"))
			ask(argv[i], true);
	if (argc > 3 && !strcmp(argv[2], "name")) {
		snprintf(found[0].name, sizeof(found[0].name), "%s", argv[3]);
		discovery = (struct discovery){ .n = 1, .found = found };
	}
	for (i = 0; i < 3; i++)
		if (argc > 1 && !strcmp(argv[1], printers[i]->name))
			printers[i]->discovery(stdout, &discovery);
	return 0;
}

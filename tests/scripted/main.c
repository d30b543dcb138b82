// SPDX-License-Identifier: GPL-2.0-or-later
/* ohba-target: an iSCSI target that misbehaves as it is told. Options, listening. */
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENERS_MAX	8
#define RAM_DEFAULT_MIB	64u
#define EXIT_USAGE	2

struct server {
	struct target target;
	const char *addresses[LISTENERS_MAX];
	unsigned addresses_count;
	uint16_t port;
	bool have_port;
	int listeners[LISTENERS_MAX];
	unsigned listeners_count;
	unsigned rules;			/* given with -e */
};

/* --- options --- */

static void help(void)
{
	printf("Usage: ohba-target --port N [OPTION]...\n"
	       "An iSCSI target that misbehaves as it is told.\n\n"
	       "  -p, --port N          TCP port; 0: any free one\n"
	       "  -a, --address ADDR    listen there (several may be given; 127.0.0.1 and ::1)\n"
	       "  -l, --lun FILE        a disk, the next LUN from 0 on\n"
	       "  -r, --ram MIB         the same, in memory (one of %u MiB if there is no LUN)\n"
	       "  -t, --target NAME     a target's name, all have all LUNs\n"
	       "                        (iqn.2026-01.org.ohba:scripted)\n"
	       "  -m, --many N          N targets, NAME.0 on; each LUN is cut in N parts,\n"
	       "                        and each target has its own\n"
	       "  -s, --script FILE     rules, one a line, # begins a comment\n"
	       "  -e, --rule RULE       one rule\n"
	       "  -k, --key KEY=VALUE   our side of a negotiation\n"
	       "  -K, --answer KEY=TEXT say that, whatever the initiator offers\n"
	       "  -d, --depth N         commands that a session may have (32; up to %u)\n"
	       "  -n, --nop MS          ping the initiator so often\n"
	       "  -S, --separate-status SCSI Response after Data-In, no status in Data-In\n"
	       "  -v, --verbose         each PDU and key on stderr\n"
	       "  -h, --help            this\n\n"
	       "Keys and their values:\n", RAM_DEFAULT_MIB, (unsigned)TASKS_MAX);
	keys_help(stdout);
	printf("\nA rule: on=PDU [nth=N] [every=N] [count=N] [chance=PERCENT] [seed=N] [conn=N]\n"
	       "        do=ACTION[:ARG]...    (blanks or commas between words)\n"
	       "  nth=N alone: the Nth such PDU. every=N: each Nth, from nth on if given.\n"
	       "  count=N: so often at most. conn=N: on the Nth connection. None: always.\n\n");
	script_help(stdout);
}

static bool wrong(const char *fmt, const char *what)
{
	fprintf(stderr, "ohba-target: ");
	fprintf(stderr, fmt, what);
	fprintf(stderr, "; --help lists the options\n");
	return false;
}

static bool number(const char *text, uint32_t least, uint32_t most, const char *name,
		   uint32_t *val)
{
	char *last;
	unsigned long v = strtoul(text, &last, 10);

	if (*text >= '0' && *text <= '9' && !*last && v >= least && v <= most) {
		*val = (uint32_t)v;
		return true;
	}
	fprintf(stderr, "ohba-target: %s cannot be \"%s\": it is from %u to %u\n", name, text,
		least, most);
	return false;
}

static bool add_lun(struct server *server, const char *path)
{
	if (scsi_add_file(&server->target.disks, path))
		return true;
	fprintf(stderr, "ohba-target: %s: %s\n", path, strerror(errno));
	return false;
}

static bool add_ram(struct server *server, const char *text)
{
	uint32_t mib;

	if (!number(text, 1, 1u << 20, "--ram", &mib))
		return false;
	if (scsi_add_ram(&server->target.disks, (uint64_t)mib << 20))
		return true;
	fprintf(stderr, "ohba-target: --ram %s: %s\n", text, strerror(errno));
	return false;
}

static bool add_word(const char **list, unsigned *count, unsigned most, const char *word)
{
	if (*count == most)
		return wrong("too many: \"%s\"", word);
	list[(*count)++] = word;
	return true;
}

static bool add_name(struct target *target, const char *name)
{
	if (!*name || strlen(name) >= NAME_LEN)
		return wrong("\"%s\" is no iSCSI name", name);
	return add_word(target->names, &target->names_count, NAMES_MAX, name);
}

static bool add_rule(struct server *server, const char *text)
{
	char where[16];

	snprintf(where, sizeof(where), "-e:%u", ++server->rules);
	return script_add_rule(&server->target.script, where, text);
}

static bool set_port(struct server *server, const char *text)
{
	uint32_t val;

	if (!number(text, 0, 65535, "--port", &val))
		return false;
	server->port = (uint16_t)val;
	server->have_port = true;
	return true;
}

static bool set_flag(bool *flag)
{
	return *flag = true;
}

static bool option(struct server *server, int c)
{
	struct target *target = &server->target;

	switch (c) {
	case 'p':
		return set_port(server, optarg);
	case 'a':
		return add_word(server->addresses, &server->addresses_count, LISTENERS_MAX, optarg);
	case 'l':
		return add_lun(server, optarg);
	case 'r':
		return add_ram(server, optarg);
	case 't':
		return add_name(target, optarg);
	case 'm':
		return number(optarg, 1, CONNS_MAX, "--many", &target->many);
	case 's':
		return script_add_file(&target->script, optarg);
	case 'e':
		return add_rule(server, optarg);
	case 'k':
		return keys_set(&target->keys, optarg, false);
	case 'K':
		return keys_set(&target->keys, optarg, true);
	case 'd':
		return number(optarg, 1, TASKS_MAX, "--depth", &target->depth);
	case 'n':
		return number(optarg, 1, 86400000, "--nop", &target->nop_ms);
	case 'S':
		return set_flag(&target->separate_status);
	case 'v':
		return set_flag(&target->verbose);
	default:
		return false;
	}
}

/* False: @status is what main() returns. */
static bool options(struct server *server, int argc, char **argv, int *status)
{
	static const struct option names[] = {
		{ "port", 1, NULL, 'p' }, { "address", 1, NULL, 'a' }, { "lun", 1, NULL, 'l' },
		{ "ram", 1, NULL, 'r' }, { "target", 1, NULL, 't' }, { "many", 1, NULL, 'm' },
		{ "script", 1, NULL, 's' }, { "rule", 1, NULL, 'e' }, { "key", 1, NULL, 'k' }, { "answer", 1, NULL, 'K' },
		{ "depth", 1, NULL, 'd' }, { "nop", 1, NULL, 'n' },
		{ "separate-status", 0, NULL, 'S' }, { "verbose", 0, NULL, 'v' },
		{ "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	int c;

	*status = EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "p:a:l:r:t:m:s:e:k:K:d:n:Svh", names, NULL)) >= 0) {
		if (c == 'h') {
			help();
			*status = EXIT_SUCCESS;
			return false;
		}
		if (c == '?')
			return wrong("unknown option%s", "");
		if (!option(server, c))
			return false;
	}
	if (optind < argc)
		return wrong("\"%s\" is no option", argv[optind]);
	if (!server->have_port)
		return wrong("%s is missing", "--port");
	return true;
}

static bool parts_ok(const struct target *target)
{
	if (target->many && target->names_count > 1)
		return wrong("%s: of one name", "--many");
	for (unsigned i = 0; i < target->disks.count; i++) {
		if (target->disks.lun[i].blocks < target->many)
			return wrong("%s: a LUN is too small", "--many");
	}
	return true;
}

static bool complete(struct server *server)
{
	struct target *target = &server->target;

	if (!target->names_count)
		target->names[target->names_count++] = "iqn.2026-01.org.ohba:scripted";
	if (!target->disks.count &&
	    !scsi_add_ram(&target->disks, (uint64_t)RAM_DEFAULT_MIB << 20))
		return false;
	return parts_ok(target);
}

/* A descriptor for each connection. */
static void take_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* --- listening --- */

static socklen_t parse_address(const char *text, uint16_t port, struct sockaddr_storage *ss)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return sizeof(*v6);
	}
	errno = EINVAL;
	return 0;
}

static int listen_socket(const struct sockaddr_storage *ss, socklen_t len)
{
	int fd = socket(ss->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ss->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (!bind(fd, (const struct sockaddr *)ss, len) && !listen(fd, CONNS_MAX))
		return fd;
	close(fd);
	return -1;
}

static bool listen_on(struct server *server, const char *address)
{
	struct sockaddr_storage ss;
	socklen_t len = parse_address(address, server->port, &ss);
	int fd = len ? listen_socket(&ss, len) : -1;

	if (fd < 0)
		return false;
	getsockname(fd, (struct sockaddr *)&ss, &len);
	server->port = ntohs(ss.ss_family == AF_INET ? ((struct sockaddr_in *)&ss)->sin_port :
						       ((struct sockaddr_in6 *)&ss)->sin6_port);
	server->listeners[server->listeners_count++] = fd;
	printf(strchr(address, ':') ? "listening on [%s]:%u\n" : "listening on %s:%u\n",
	       address, server->port);
	return true;
}

/* A machine may have no IPv6: then ::1 is left out unless it was asked for. */
static bool listen_all(struct server *server)
{
	bool given = server->addresses_count;

	if (!given) {
		server->addresses[server->addresses_count++] = "127.0.0.1";
		server->addresses[server->addresses_count++] = "::1";
	}
	for (unsigned i = 0; i < server->addresses_count; i++) {
		if (listen_on(server, server->addresses[i]) || (!given && i))
			continue;
		fprintf(stderr, "ohba-target: %s port %u: %s\n", server->addresses[i],
			server->port, strerror(errno));
		return false;
	}
	fflush(stdout);
	return true;
}

static void tear_down(struct server *server)
{
	while (server->listeners_count)
		close(server->listeners[--server->listeners_count]);
	scsi_close(&server->target.disks);
	script_free(&server->target.script);
}

int main(int argc, char **argv)
{
	static struct server server = { .target.depth = 32 };
	struct target *target = &server.target;
	int status;

	setvbuf(stderr, NULL, _IOLBF, 0);
	target->script.last = &target->script.first;
	keys_defaults(&target->keys, NULL);
	if (!options(&server, argc, argv, &status)) {
		tear_down(&server);
		return status;
	}
	take_descriptors();
	if (!complete(&server) || !listen_all(&server) ||
	    !serve(target, server.listeners, server.listeners_count)) {
		tear_down(&server);
		return EXIT_FAILURE;
	}
	fprintf(stderr, "ohba-target: summary connections=%u\n", target->accepted);
	script_summary(&target->script, stderr);
	tear_down(&server);
	return EXIT_SUCCESS;
}

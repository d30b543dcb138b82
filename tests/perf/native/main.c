// SPDX-License-Identifier: GPL-2.0-or-later
/* ohba-native: one initiator, one load, one line of JSON. For bench-native. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define SECONDS_MAX	1000000u
#define WARM_NS		200000000ull

static const char usage[] =
	"ohba-native [OPTION]...: load a LUN through one initiator and say what it cost\n"
	"  --path fw|libiscsi       the firmware library, or libiscsi\n"
	"  --addr A --port P        the portal, IPv4\n"
	"  --target NAME --lun N    the disk: what it holds is lost by --rw write\n"
	"  --blocks N               its size, in blocks of 512 bytes\n"
	"  --rw read|write --size BYTES --depth N\n"
	"  --seconds S              how long\n"
	"  --header-digest --data-digest   CRC32C\n";

static const struct option options[] = {
	{ "path", required_argument, NULL, 'p' },
	{ "addr", required_argument, NULL, 'a' },
	{ "port", required_argument, NULL, 'P' },
	{ "target", required_argument, NULL, 't' },
	{ "lun", required_argument, NULL, 'l' },
	{ "blocks", required_argument, NULL, 'b' },
	{ "rw", required_argument, NULL, 'w' },
	{ "size", required_argument, NULL, 's' },
	{ "depth", required_argument, NULL, 'd' },
	{ "seconds", required_argument, NULL, 'S' },
	{ "header-digest", no_argument, NULL, 'H' },
	{ "data-digest", no_argument, NULL, 'D' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const struct initiator_ops *const initiators[] = {
	&fw_initiator, &libiscsi_initiator,
};

static const struct initiator_ops *initiator_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(initiators) / sizeof(initiators[0]); i++)
		if (!strcmp(initiators[i]->name, name))
			return initiators[i];
	errx(2, "--path %s: give fw or libiscsi", name);
}

static uint64_t number(const char *option, const char *text, uint64_t min, uint64_t max)
{
	char *end;
	uint64_t val = strtoull(text, &end, 10);

	if (!*text || *end || val < min || val > max)
		errx(2, "--%s %s: give a number from %llu to %llu", option, text,
		     (unsigned long long)min, (unsigned long long)max);
	return val;
}

static uint64_t seconds_ns(const char *text)
{
	char *end;
	double val = strtod(text, &end);

	if (!*text || *end || !(val > 0 && val <= SECONDS_MAX))
		errx(2, "--seconds %s: give a number above 0, at most %u", text, SECONDS_MAX);
	return 1e9 * val;
}

static bool is_write(const char *rw)
{
	if (!strcmp(rw, "write"))
		return true;
	if (strcmp(rw, "read"))
		errx(2, "--rw %s: give read or write", rw);
	return false;
}

static const struct initiator_ops *parse(int argc, char **argv, struct load *load,
					 struct load_target *target)
{
	const struct initiator_ops *ops = &fw_initiator;
	int c, i;

	while ((c = getopt_long(argc, argv, "", options, &i)) != -1) {
		switch (c) {
		case 'p': ops = initiator_named(optarg); break;
		case 'a': target->addr = optarg; break;
		case 'P': target->port = number("port", optarg, 1, 65535); break;
		case 't': target->name = optarg; break;
		case 'l': target->lun = number("lun", optarg, 0, 255); break;
		case 'b': load->blocks = number("blocks", optarg, 1, UINT32_MAX); break;
		case 'w': load->write = is_write(optarg); break;
		case 's': load->size = number("size", optarg, LOAD_BLOCK, 8 << 20); break;
		case 'd': load->depth = number("depth", optarg, 1, LOAD_DEPTH_MAX); break;
		case 'S': load->time_ns = seconds_ns(optarg); break;
		case 'H': target->header_digest = true; break;
		case 'D': target->data_digest = true; break;
		case 'h': fputs(usage, stdout); exit(0);
		default: exit(2);
		}
	}
	return ops;
}

static void check(const struct load *load, const struct load_target *target)
{
	if (!target->name || !target->port)
		errx(2, "no target: give --port and --target");
	if (load->size % LOAD_BLOCK)
		errx(2, "--size %u: give a multiple of %u", load->size, LOAD_BLOCK);
	if (load->blocks < load->size / LOAD_BLOCK)
		errx(2, "--blocks: an I/O of %u bytes has no room on the LUN", load->size);
}

static void print(const struct load *load)
{
	uint64_t ios = load->to.ios - load->from.ios;

	printf("{\"path\": \"%s\", \"rw\": \"%s\", \"size\": %u, \"depth\": %u, "
	       "\"ios\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n",
	       load->ops->name, load->write ? "write" : "read", load->size, load->depth,
	       (unsigned long long)ios, (load->to.time_ns - load->from.time_ns) / 1e9,
	       (load->to.cpu_ns - load->from.cpu_ns) / 1e9);
}

int main(int argc, char **argv)
{
	struct load_target target = { .addr = "127.0.0.1" };
	const struct initiator_ops *ops;
	static struct load load = {
		.size = 4096, .depth = 32, .warm_ns = WARM_NS, .time_ns = 1000000000,
	};

	ops = parse(argc, argv, &load, &target);
	check(&load, &target);
	load_run(&load, ops, &target);
	print(&load);
	return 0;
}

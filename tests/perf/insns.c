// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A QEMU TCG plugin that counts the guest's instructions between marks.
 *
 * A mark is an instruction that does nothing and that nobody else uses (mark.h):
 * what a guest program does around its workload. At each mark the plugin writes
 * one line to its output file:
 *
 *   mark <number, from 0> <instructions so far>
 *
 * With profile=on, lines of what ran since the mark before precede it, one for
 * each translated block, the address in hex:
 *
 *   block <address> <instructions>
 *
 * -plugin insns.so,out=FILE[,profile=on]. Counts are exact with one vCPU; with
 * more, vCPUs that count at the same moment may lose each other's.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qemu-plugin.h>

#include "mark.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

struct block {
	uint64_t addr;
	uint64_t insns;		/* in it */
	uint64_t runs;		/* since the last mark */
};

static uint64_t total;
static FILE *out;
static bool profile;
static GMutex lock;		/* blocks, marks, out */
static GPtrArray *blocks;
static unsigned int marks;

static void write_block(gpointer data, gpointer user)
{
	struct block *block = data;

	if (block->runs)
		fprintf(out, "block %" PRIx64 " %" PRIu64 "\n", block->addr,
			block->runs * block->insns);
	block->runs = 0;
}

static void on_mark(unsigned int vcpu, void *data)
{
	g_mutex_lock(&lock);
	g_ptr_array_foreach(blocks, write_block, NULL);
	fprintf(out, "mark %u %" PRIu64 "\n", marks++, total);
	fflush(out);
	g_mutex_unlock(&lock);
}

static bool is_mark(const struct qemu_plugin_insn *insn)
{
	static const unsigned char mark[] = { OHBA_MARK_BYTES };

	return qemu_plugin_insn_size(insn) == sizeof(mark) &&
	       !memcmp(qemu_plugin_insn_data(insn), mark, sizeof(mark));
}

static void count_block(struct qemu_plugin_tb *tb, uint64_t insns)
{
	struct block *block = g_new0(struct block, 1);

	block->addr = qemu_plugin_tb_vaddr(tb);
	block->insns = insns;
	g_mutex_lock(&lock);
	g_ptr_array_add(blocks, block);
	g_mutex_unlock(&lock);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &block->runs, 1);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t insns = qemu_plugin_tb_n_insns(tb);
	size_t i;

	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &total, insns);
	if (profile)
		count_block(tb, insns);
	for (i = 0; i < insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (is_mark(insn))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark,
							       QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
	}
}

static bool parse(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (g_str_has_prefix(argv[i], "out="))
			out = fopen(argv[i] + strlen("out="), "w");
		else if (!strcmp(argv[i], "profile=on"))
			profile = true;
		else
			return false;
	}
	return out;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
					   const qemu_info_t *info, int argc,
					   char **argv)
{
	if (!parse(argc, argv)) {
		fprintf(stderr, "insns: -plugin insns.so,out=FILE[,profile=on] is what it takes, with a FILE that can be written\n");
		return -1;
	}
	blocks = g_ptr_array_new();
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The load (load.h). */
#include "load.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static void set_mark(const struct load *load, struct load_mark *mark)
{
	mark->ios = load->ended;
	mark->time_ns = now_ns();
	mark->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* xorshift64: the same places for every initiator. */
static uint32_t random_lba(struct load *load)
{
	uint32_t blocks = load->size / LOAD_BLOCK;

	load->prng ^= load->prng << 13;
	load->prng ^= load->prng >> 7;
	load->prng ^= load->prng << 17;
	return load->prng % (load->blocks / blocks) * blocks;
}

static void start_io(struct load *load, struct load_io *io)
{
	io->lba = random_lba(load);
	load->ops->start(load->initiator, io);
}

static void look_at_the_clock(struct load *load)
{
	uint64_t now = now_ns();

	if (!load->measuring && now >= load->begin_ns) {
		load->measuring = true;
		set_mark(load, &load->from);
		load->end_ns = load->from.time_ns + load->time_ns;
	} else if (load->measuring && !load->over && now >= load->end_ns) {
		load->over = true;
		set_mark(load, &load->to);
	}
}

void load_ended(struct load *load, struct load_io *io)
{
	load->ended++;
	look_at_the_clock(load);
	if (!load->over)
		start_io(load, io);
	else if (!--load->running)
		load->ops->stop(load->initiator);
}

void load_cdb(const struct load *load, const struct load_io *io, uint8_t *cdb)
{
	uint32_t blocks = load->size / LOAD_BLOCK;

	memset(cdb, 0, LOAD_CDB_LEN);
	cdb[0] = load->write ? 0x2a : 0x28;
	cdb[2] = io->lba >> 24;
	cdb[3] = io->lba >> 16;
	cdb[4] = io->lba >> 8;
	cdb[5] = io->lba;
	cdb[7] = blocks >> 8;
	cdb[8] = blocks;
}

static void make_ios(struct load *load)
{
	uint32_t i;

	for (i = 0; i < load->depth; i++) {
		load->ios[i].index = i;
		load->ios[i].buf = aligned_alloc(4096, (load->size + 4095) / 4096 * 4096);
		if (!load->ios[i].buf)
			errx(1, "no memory for %u buffers of %u bytes", load->depth, load->size);
		memset(load->ios[i].buf, i, load->size);
	}
}

static void free_ios(struct load *load)
{
	uint32_t i;

	for (i = 0; i < load->depth; i++)
		free(load->ios[i].buf);
}

void load_run(struct load *load, const struct initiator_ops *ops,
	      const struct load_target *target)
{
	uint32_t i;

	make_ios(load);
	load->prng = 0x6f686261;
	load->ops = ops;
	load->initiator = ops->open(target, load);
	load->begin_ns = now_ns() + load->warm_ns;
	load->running = load->depth;
	for (i = 0; i < load->depth; i++)
		start_io(load, &load->ios[i]);
	ops->run(load->initiator);
	ops->close(load->initiator);
	free_ios(load);
}

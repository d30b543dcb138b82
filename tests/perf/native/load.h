/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The load: so many I/Os outstanding at random places of a LUN, each started
 * anew as it ends, for a time; what was done in that time, and what it cost.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stdint.h>

#define LOAD_BLOCK	512		/* bytes in a block of the LUN */
#define LOAD_CDB_LEN	10		/* READ(10), WRITE(10) */
#define LOAD_DEPTH_MAX	1024

struct load_target {
	const char *addr;		/* IPv4, dotted */
	uint16_t port;
	const char *name;
	uint8_t lun;
	bool header_digest, data_digest;
};

/* One I/O; @buf has load->size bytes and stays the same from start to start. */
struct load_io {
	uint32_t index;			/* 0..depth - 1 */
	uint32_t lba;
	uint8_t *buf;
};

struct load;

/*
 * An initiator. All of them serve load_ended() from the thread that is in
 * run(); each ends the process with a sentence if anything fails.
 */
struct initiator_ops {
	const char *name;
	void *(*open)(const struct load_target *target, struct load *load);
	void (*start)(void *initiator, struct load_io *io);
	/* Serve what was started until stop() is called, from load_ended(). */
	void (*run)(void *initiator);
	void (*stop)(void *initiator);
	void (*close)(void *initiator);
};

extern const struct initiator_ops fw_initiator, libiscsi_initiator;

struct load_mark {
	uint64_t ios, time_ns, cpu_ns;	/* processor time of this process */
};

struct load {
	/* Given. */
	bool write;
	uint32_t size;			/* bytes of an I/O, a multiple of LOAD_BLOCK */
	uint32_t depth;
	uint64_t blocks;		/* of the LUN */
	uint64_t warm_ns, time_ns;	/* not counted, counted */
	/* Its own. */
	const struct initiator_ops *ops;
	void *initiator;
	struct load_io ios[LOAD_DEPTH_MAX];
	uint64_t prng;
	uint64_t ended;
	uint32_t running;
	uint64_t begin_ns, end_ns;
	struct load_mark from, to;
	bool measuring, over;
};

/* Run @load through @ops; @from and @to are what it was measured between. */
void load_run(struct load *load, const struct initiator_ops *ops,
	      const struct load_target *target);

/* For initiators: @io has ended well. May start it again. */
void load_ended(struct load *load, struct load_io *io);
/* For initiators: the command of @io, LOAD_CDB_LEN bytes. */
void load_cdb(const struct load *load, const struct load_io *io, uint8_t *cdb);

#endif /* LOAD_H */

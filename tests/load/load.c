// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Direct I/O on a disk that may vanish, which remembers what every block must
 * hold: the next run, on the same disk under whatever name it has then, checks
 * the blocks that this one wrote.
 *
 * ohba-load DISK STATE		read and write at random until SIGTERM or an error
 * ohba-load --check DISK STATE	read everything once, through to the end
 *
 * STATE is a file, created if missing; it is mapped, so that it is right whatever
 * ends the program. Status: 0; 1 for a wrong byte, and for an I/O error too if it
 * is a check; 2 for a wrong command line or what cannot be opened.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK		4096u		/* bytes: the unit that a generation belongs to */
#define BLOCKS		8192u		/* of the disk that are used */
#define THREADS		8u		/* each has a part of the blocks, and one I/O */
#define SHARE		(BLOCKS / THREADS)
#define RUN_MAX		64u		/* blocks of an I/O */
#define WORDS		(BLOCK / sizeof(uint64_t))

/*
 * What a block may hold: a generation from the last one that is known to be there
 * to the last one that was tried. Those in between were sent and failed: they may
 * have arrived. 0: never written.
 */
struct block {
	uint32_t written;
	uint32_t tried;
};

struct state {
	uint64_t runs;
	struct block blocks[BLOCKS];
};

struct worker {
	pthread_t thread;
	uint32_t first;			/* of its share */
	uint64_t random;
	uint64_t *buf;			/* RUN_MAX blocks */
	uint64_t reads, writes;
};

static struct state *state;
static int disk;
static atomic_bool stop;		/* set by the signal, too */
static atomic_int error;		/* errno of the first I/O that failed */
static atomic_bool wrong;

/* --- contents ------------------------------------------------------------ */

static uint64_t stamp(uint32_t block, uint32_t generation)
{
	return (uint64_t)block << 32 | generation;
}

static uint64_t word(uint64_t stamp, unsigned int i)
{
	return (stamp + i) * 0x9e3779b97f4a7c15ull;
}

static void fill(uint64_t *buf, uint32_t block, uint32_t generation)
{
	unsigned int i;

	buf[0] = stamp(block, generation);
	for (i = 1; i < WORDS; i++)
		buf[i] = word(buf[0], i);
}

/* Index of the first wrong word, or WORDS. */
static unsigned int compare(const uint64_t *buf, uint64_t stamp)
{
	unsigned int i;

	if (buf[0] != stamp)
		return 0;
	for (i = 1; i < WORDS && buf[i] == word(stamp, i); i++)
		;
	return i;
}

static void complain(const uint64_t *buf, uint32_t block, unsigned int at)
{
	const struct block *b = &state->blocks[block];

	wrong = true;
	fprintf(stderr, "block %u, byte %zu: wrong: it says block %u generation %u, not generation %u to %u\n",
		block, at * sizeof(*buf), (uint32_t)(buf[0] >> 32), (uint32_t)buf[0],
		b->written, b->tried);
}

static void check(const uint64_t *buf, uint32_t block)
{
	struct block *b = &state->blocks[block];
	uint32_t found = buf[0];
	bool possible = found >= b->written && found <= b->tried;
	unsigned int at = possible ? compare(buf, stamp(block, found)) : 0;

	if (at == WORDS)
		b->written = found;	/* seen once, it must stay */
	else if (b->written)
		complain(buf, block, at);
}

/* --- I/O ----------------------------------------------------------------- */

static bool transfer(bool write, uint64_t *buf, uint32_t first, uint32_t n)
{
	off_t offset = (off_t)first * BLOCK;
	ssize_t len = (ssize_t)n * BLOCK;
	ssize_t done;
	int none = 0;

	done = write ? pwrite(disk, buf, len, offset) : pread(disk, buf, len, offset);
	if (done == len)
		return true;
	atomic_compare_exchange_strong(&error, &none, done < 0 ? errno : EIO);
	stop = true;
	return false;
}

static bool write_blocks(uint64_t *buf, uint32_t first, uint32_t n)
{
	struct block *b = &state->blocks[first];
	uint32_t i;

	for (i = 0; i < n; i++) {
		b[i].tried++;
		fill(buf + i * WORDS, first + i, b[i].tried);
	}
	if (!transfer(true, buf, first, n))
		return false;
	for (i = 0; i < n; i++)
		b[i].written = b[i].tried;
	return true;
}

static bool read_blocks(uint64_t *buf, uint32_t first, uint32_t n)
{
	uint32_t i;

	if (!transfer(false, buf, first, n))
		return false;
	for (i = 0; i < n; i++)
		check(buf + i * WORDS, first + i);
	return true;
}

static uint32_t random_below(struct worker *w, uint32_t limit)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (w->random >> 32) % limit;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!stop && !wrong) {
		uint32_t at = random_below(w, SHARE);
		uint32_t n = 1 + random_below(w, RUN_MAX < SHARE - at ? RUN_MAX : SHARE - at);

		if (random_below(w, 2))
			w->reads += read_blocks(w->buf, w->first + at, n);
		else
			w->writes += write_blocks(w->buf, w->first + at, n);
	}
	return NULL;
}

static void *work_through(void *arg)
{
	struct worker *w = arg;
	uint32_t at;

	for (at = 0; at < SHARE && !stop; at += RUN_MAX)
		w->reads += read_blocks(w->buf, w->first + at, RUN_MAX);
	return NULL;
}

/* --- the program --------------------------------------------------------- */

static void on_signal(int number)
{
	(void)number;
	stop = true;
}

static void quit(const char *what)
{
	fprintf(stderr, "ohba-load: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void open_state(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(*state)))
		quit(path);
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (state == MAP_FAILED)
		quit(path);
	close(fd);
	state->runs++;
}

static void start(struct worker *w, unsigned int i, void *(*body)(void *))
{
	w->first = i * SHARE;
	w->random = state->runs * THREADS + i + 1;
	w->buf = aligned_alloc(BLOCK, RUN_MAX * BLOCK);
	if (!w->buf || pthread_create(&w->thread, NULL, body, w))
		quit("thread");
}

static int run(void *(*body)(void *))
{
	struct worker workers[THREADS] = { 0 };
	uint64_t reads = 0, writes = 0;
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		start(&workers[i], i, body);
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		reads += workers[i].reads;
		writes += workers[i].writes;
		free(workers[i].buf);
	}
	printf("load: %lu reads, %lu writes, %s, %s\n", reads, writes,
	       error ? strerror(error) : "no error", wrong ? "WRONG DATA" : "every byte right");
	return wrong || (error && body == work_through);
}

int main(int argc, char **argv)
{
	bool through = argc > 1 && !strcmp(argv[1], "--check");

	argv += 1 + through;
	if (argc - through != 3) {
		fprintf(stderr, "usage: ohba-load [--check] DISK STATE\n");
		return 2;
	}
	signal(SIGTERM, on_signal);
	disk = open(argv[0], O_RDWR | O_DIRECT);
	if (disk < 0)
		quit(argv[0]);
	open_state(argv[1]);
	return run(through ? work_through : work);
}

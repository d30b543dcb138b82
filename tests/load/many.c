// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Direct I/O on a thousand disks at a time, by one thread: on each there is one I/O under way
 * at any time, so that whatever befalls them all finds it there. Each lap a block of a disk is
 * written, with what names disk and lap, and read back; none may fail.
 *
 * ohba-many <LIST	"NUMBER DISK" a line; until SIGTERM
 *
 * It says "lap N" when each disk has done N, and at the end reads all blocks once more.
 * Status: 0; 1 for a wrong byte or an I/O error; 2 for what cannot be opened.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK		4096u		/* bytes */
#define BLOCKS		8u		/* of a disk that are used, one after the other */
#define WORDS		(BLOCK / sizeof(uint64_t))
#define DISKS_MAX	8192u
#define EVENTS_MAX	64

enum step { WRITE, READ, LAST, DONE };

struct disk {
	uint32_t number;
	int fd;
	enum step step;
	uint32_t lap;			/* that is under way, from 1 */
	uint32_t block;			/* LAST: that is read */
	uint64_t *buf;
	struct iocb iocb;
};

static struct disk disks[DISKS_MAX];
static unsigned int count, done;
static uint32_t laps;			/* that all have done, */
static unsigned int behind;		/* and how many have done no more */
static uint64_t reads, writes;
static volatile sig_atomic_t stop;
static aio_context_t context;

/* --- contents ------------------------------------------------------------ */

static uint64_t word(uint64_t stamp, unsigned int i)
{
	return i ? (stamp + i) * 0x9e3779b97f4a7c15ull : stamp;
}

static uint64_t stamp(const struct disk *disk, uint32_t lap)
{
	return (uint64_t)disk->number << 32 | lap;
}

static void fill(struct disk *disk)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		disk->buf[i] = word(stamp(disk, disk->lap), i);
}

static void check(const struct disk *disk, uint32_t block, uint32_t lap)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		if (disk->buf[i] != word(stamp(disk, lap), i))
			break;
	if (i == WORDS)
		return;
	fprintf(stderr, "disk %u, block %u, byte %zu: wrong: it says disk %u lap %u, not %u\n",
		disk->number, block, i * sizeof(*disk->buf), (uint32_t)(disk->buf[0] >> 32),
		(uint32_t)disk->buf[0], lap);
	exit(1);
}

/* --- I/O ----------------------------------------------------------------- */

static void fail(const struct disk *disk, const char *what, int err)
{
	fprintf(stderr, "ohba-many: disk %u, lap %u: %s: %s\n", disk->number, disk->lap, what,
		strerror(err));
	exit(1);
}

static void start(struct disk *disk, enum step step, uint32_t block)
{
	struct iocb *iocb = &disk->iocb;

	disk->step = step;
	disk->block = block;
	memset(disk->buf, 0, BLOCK);
	if (step == WRITE)
		fill(disk);
	*iocb = (struct iocb){
		.aio_data = (uintptr_t)disk,
		.aio_lio_opcode = step == WRITE ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
		.aio_fildes = disk->fd,
		.aio_buf = (uintptr_t)disk->buf,
		.aio_nbytes = BLOCK,
		.aio_offset = block * BLOCK,
	};
	while (syscall(SYS_io_submit, context, 1, &iocb) != 1)
		if (errno != EAGAIN && errno != EINTR)
			fail(disk, "io_submit", errno);
}

static void start_lap(struct disk *disk)
{
	disk->lap++;
	start(disk, WRITE, disk->lap % BLOCKS);
}

/* --- laps ---------------------------------------------------------------- */

static void count_lap(const struct disk *disk)
{
	unsigned int i;

	if (disk->lap != laps + 1 || --behind)
		return;
	laps++;
	for (i = 0; i < count; i++)
		behind += disks[i].lap <= laps + 1;
	printf("lap %u\n", laps);
}

/* The last lap that wrote @block; 0: none did. */
static uint32_t last_lap(const struct disk *disk, uint32_t block)
{
	uint32_t lap = disk->lap - (disk->lap + BLOCKS - block) % BLOCKS;

	return lap <= disk->lap ? lap : 0;
}

static void read_last(struct disk *disk, uint32_t block)
{
	while (block < BLOCKS && !last_lap(disk, block))
		block++;
	if (block < BLOCKS) {
		start(disk, LAST, block);
		return;
	}
	disk->step = DONE;
	done++;
}

static void next(struct disk *disk)
{
	switch (disk->step) {
	case WRITE:
		writes++;
		start(disk, READ, disk->block);
		break;
	case READ:
		reads++;
		check(disk, disk->block, disk->lap);
		count_lap(disk);
		if (stop)
			read_last(disk, 0);
		else
			start_lap(disk);
		break;
	case LAST:
		reads++;
		check(disk, disk->block, last_lap(disk, disk->block));
		read_last(disk, disk->block + 1);
		break;
	case DONE:
		break;
	}
}

static void reap(void)
{
	struct io_event events[EVENTS_MAX];
	long n = syscall(SYS_io_getevents, context, 1, EVENTS_MAX, events, NULL);
	long i;

	for (i = 0; i < n; i++) {
		struct disk *disk = (struct disk *)(uintptr_t)events[i].data;

		if (events[i].res != BLOCK)
			fail(disk, disk->step == WRITE ? "write" : "read",
			     events[i].res < 0 ? (int)-events[i].res : EIO);
		next(disk);
	}
}

/* --- the program --------------------------------------------------------- */

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void quit(const char *what)
{
	fprintf(stderr, "ohba-many: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void read_list(void)
{
	char path[256];
	uint32_t number;

	while (count < DISKS_MAX && scanf("%u %255s", &number, path) == 2) {
		struct disk *disk = &disks[count++];

		disk->number = number;
		disk->fd = open(path, O_RDWR | O_DIRECT);
		disk->buf = aligned_alloc(BLOCK, BLOCK);
		if (disk->fd < 0 || !disk->buf)
			quit(path);
	}
	if (!count || !feof(stdin)) {
		errno = EINVAL;
		quit("the list of disks");
	}
}

int main(void)
{
	const struct rlimit limit = { DISKS_MAX + 16, DISKS_MAX + 16 };
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTERM, on_signal);
	setrlimit(RLIMIT_NOFILE, &limit);
	read_list();
	if (syscall(SYS_io_setup, count, &context))
		quit("io_setup");
	behind = count;
	for (i = 0; i < count; i++)
		start_lap(&disks[i]);
	while (done < count)
		reap();
	printf("many: %u disks, %lu writes, %lu reads, every byte right\n", count, writes, reads);
	return 0;
}

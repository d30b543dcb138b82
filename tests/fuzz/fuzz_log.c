// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log of an adapter whose flash is its own, whose log anybody wrote, whose power goes at any
 * time, and whose drive fails (log_ops.h). The host is the honest one of the unit tests. When power has come:
 *
 * - what it reads is a log: numbers only grow, words are words, and the next number is none
 *   of these;
 * - what was erased and kept so does not come back, but by who writes it there;
 * - what it had is there, if power went in order, the drive did not fail, and it was not more
 *   than flash may take.
 */
#include "fuzz.h"
#include "host.h"
#include "log_ops.h"
#include "ohba_log.h"
#include "target.h"

#include <errno.h>

#define OPS_MAX		32
#define PAGES		32
#define PER_PAGE	31
#define PAGE		4096
#define HEADER_OFF	9216
#define HEADER_LEN	1024
#define LOG_OFF		9453568
#define LOG_LEN		(2 * PAGES * PAGE)

static uint8_t bytes[OHBA_FW_FLASH_FULL];

struct play {
	struct flash flash;
	struct host *host;
	uint32_t events, events_before;	/* power came */
	unsigned int writes_before;
	uint64_t erased;		/* there is nothing before that number */
	uint64_t next;			/* read last */
	bool failed;			/* some write, or somebody wrote by hand, since */
};

/* --- the host --------------------------------------------------------------------- */

static void check_record(const struct ohba_log_record *record, uint64_t above)
{
	const uint8_t *words = record->words;
	size_t i, len = strnlen((const char *)words, sizeof(record->words));

	fuzz_check(le64toh(record->number) > above, "numbers do not grow");
	fuzz_check(record->count, "it never happened");
	for (i = 0; i < sizeof(record->rsvd); i++)
		fuzz_check(!record->rsvd[i], "reserved");
	fuzz_check(len < sizeof(record->words), "words without an end");
	for (i = 0; i < sizeof(record->words); i++)
		fuzz_check(i < len ? words[i] >= ' ' && words[i] <= '~' : !words[i], "words");
}

/* From number @first on; returns the last, 0: none. */
static uint64_t read_some(struct play *play, uint64_t first, struct ohba_log_head *head)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_READ, 0);
	uint32_t len = sizeof(*head) + OHBA_LOG_READ_MAX * sizeof(struct ohba_log_record), n, i;
	uint64_t addr = mem_alloc(play->host->mem, len, MEM_IN), last = 0;
	struct ohba_log_read body = { .first = htole64(first) };
	struct ohba_log_record record;

	memcpy(sqe.body, &body, sizeof(body));
	sqe_data(&sqe, addr, len);
	n = le32toh(host_admin_status(play->host, &sqe, OHBA_ST_SUCCESS).result);
	fuzz_check(n <= OHBA_LOG_READ_MAX, "%u records", n);
	memcpy(head, mem_ptr(play->host->mem, addr), sizeof(*head));
	for (i = 0; i < n; i++) {
		memcpy(&record, (uint8_t *)mem_ptr(play->host->mem, addr) + sizeof(*head) +
		       i * sizeof(record), sizeof(record));
		check_record(&record, i ? last : first - !!first);
		last = le64toh(record.number);
	}
	mem_retire(play->host->mem, addr);
	return last;
}

static void check(struct play *play)
{
	struct ohba_log_head head;
	uint64_t last = 0, now;
	unsigned int reads = 0;

	while ((now = read_some(play, last ? last + 1 : 0, &head))) {
		last = now;
		fuzz_check(++reads <= PAGES, "more than there is room for");
	}
	fuzz_check(le64toh(head.next) == last + 1, "the next is not the next");
	fuzz_check(le64toh(head.oldest) && le64toh(head.oldest) <= last, "the oldest");
	fuzz_check(le64toh(head.oldest) >= play->erased, "number %llu of before %llu",
		   (unsigned long long)le64toh(head.oldest), (unsigned long long)play->erased);
	fuzz_check(play->failed || le64toh(head.next) >= play->next, "the newest are lost");
	play->next = le64toh(head.next);
}

static void power_on(struct play *play)
{
	play->host = host_new_ready();
	check(play);
	play->failed = play->flash.write_err;
	play->events_before = play->events;
	play->writes_before = play->flash.writes;
}

/* Flash may be written so often at the end that it gets all. */
static bool is_quiet(const struct play *play)
{
	return play->events - play->events_before < 200 &&
	       play->flash.writes - play->writes_before < 6;
}

/* --- what happens ------------------------------------------------------------------ */

static void op_power(struct play *play, struct input *in)
{
	static uint8_t before[LOG_LEN];
	bool in_order = input_u8(in) & 1;

	play->failed |= !in_order || !is_quiet(play);
	memcpy(before, bytes + LOG_OFF, LOG_LEN);
	host_free(play->host);
	if (!in_order)
		memcpy(bytes + LOG_OFF, before, LOG_LEN);
	power_on(play);
}

/* Power is off. */
static void by_hand(struct play *play)
{
	play->failed = true;
	play->erased = 0;
}

static uint8_t *input_copy(struct input *in, unsigned int *place)
{
	*place = input_u8(in) % PAGES;
	return bytes + LOG_OFF + (input_u8(in) & 1) * PAGES * PAGE + *place * PAGE;
}

static void put(uint8_t *copy, unsigned int at, uint64_t value, unsigned int len)
{
	for (; len--; value >>= 8)
		copy[at++] = value;
}

static void head(uint8_t *copy, const char *magic, uint64_t number, unsigned int len,
		 unsigned int place)
{
	memcpy(copy, magic, 8);
	put(copy, 8, number, 8);
	put(copy, 16, 1, 4);
	put(copy, 20, len, 4);
	put(copy, 24, place, 4);
}

static void seal(uint8_t *copy, unsigned int size)
{
	put(copy, 28, 0, 4);
	put(copy, 28, crc32c_slow(0, copy, size), 4);
}

/* By its header alone: without any record of its own the adapter leaves flash to its owner. */
static void make_flash_ours(void)
{
	memset(bytes + HEADER_OFF, 0, HEADER_LEN);
	head(bytes + HEADER_OFF, "OHBAhead", 1, 0, 0);
	seal(bytes + HEADER_OFF, HEADER_LEN);
	memset(bytes + LOG_OFF, 0, LOG_LEN);
}

static void op_part(struct play *play, struct input *in)
{
	unsigned int place, number, n, i;
	uint8_t *copy;
	uint16_t first;

	host_free(play->host);
	copy = input_copy(in, &place);
	memset(copy, 0, PAGE);
	number = input_u8(in);
	n = input_u8(in) % (PER_PAGE + 1);
	head(copy, "OHBAlog ", number, n ? 8 + n * 128 : 0, place);
	first = input_u16(in);
	put(copy, 32, n ? input_u16(in) : 0, 8);
	for (i = 0; i < n; i++) {
		put(copy, 40 + i * 128, first + i, 8);
		put(copy, 40 + i * 128 + 32, 1, 4);
	}
	input_damage(in, copy, 256);
	put(copy, 16, 1, 4);		/* flash of a later version is refused: fuzz_flash */
	seal(copy, PAGE);
	by_hand(play);
	power_on(play);
}

static void op_flip(struct play *play, struct input *in)
{
	unsigned int place;
	uint8_t *copy;

	host_free(play->host);
	copy = input_copy(in, &place);
	place = input_u16(in) % PAGE;
	copy[place] ^= input_u8(in);
	by_hand(play);
	power_on(play);
}

static void op_events(struct play *play, struct input *in)
{
	unsigned int n = input_u8(in);

	while (n--) {
		target_link(play->host->target, true, 1 + ++play->events, 1500);
		host_settle(play->host);
		host_read_events(play->host);
		play->host->nevents = 0;
	}
}

static void op_time(struct play *play, struct input *in)
{
	host_advance(play->host, input_u8(in) * 1000 * MS);
}

static void op_clear(struct play *play, struct input *in)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_ERASE, 0);
	struct ohba_log_head head;
	uint64_t next;

	(void)in;
	(void)read_some(play, UINT64_MAX, &head);
	next = le64toh(head.next);
	host_admin_status(play->host, &sqe,
			  play->flash.write_err ? OHBA_ST_FLASH : OHBA_ST_SUCCESS);
	(void)read_some(play, 0, &head);
	fuzz_check(le64toh(head.oldest) == next, "it is not erased");
	if (!play->flash.write_err)
		play->erased = next;
}

static void op_clock(struct play *play, struct input *in)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_CLOCK, 0);

	sqe.body[5] = 1 + input_u8(in) % 200;
	host_admin_status(play->host, &sqe, OHBA_ST_SUCCESS);
}

static void op_drive(struct play *play, struct input *in)
{
	play->flash.write_err = input_u8(in) & 1 ? -EIO : 0;
	play->failed |= play->flash.write_err;
}

/* --- a run ------------------------------------------------------------------------ */

static void (*const ops[LOG_OPS])(struct play *play, struct input *in) = {
	[LOG_POWER] = op_power,
	[LOG_PART] = op_part,
	[LOG_FLIP] = op_flip,
	[LOG_EVENTS] = op_events,
	[LOG_TIME] = op_time,
	[LOG_CLEAR] = op_clear,
	[LOG_CLOCK] = op_clock,
	[LOG_DRIVE] = op_drive,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { .pos = data, .end = data + len };
	struct play play = { .flash = { .all = bytes, .size = sizeof(bytes) } };
	unsigned int n;

	make_flash_ours();
	host_use_flash(&play.flash);
	power_on(&play);
	for (n = 0; input_more(&in) && n < OPS_MAX; n++)
		ops[input_u8(&in) % LOG_OPS](&play, &in);
	host_free(play.host);
	host_use_flash(NULL);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log (SPEC.md section 6.7): what it tells, how it is read and erased; and what of it
 * flash has when power goes, at any byte.
 */
#include <errno.h>

#include "faults.h"
#include "ohba_log.h"
#include "target.h"
#include "world.h"

#define PAGES		32
#define PER_PAGE	31
#define RECORDS		(PAGES * PER_PAGE)
#define PAGE		4096
#define HEAD		32
#define ERASED		HEAD		/* of a page */
#define FIRST		(HEAD + 8)	/* record of it */
#define NUMBER		8
#define LEN		20
#define INDEX		24
#define CRC		28
#define LOG_OFF		9453568

static struct flash flash;

struct log {
	struct ohba_log_head head;
	uint32_t n;
	struct ohba_log_record records[RECORDS];
};

static struct log got;

/* --- reading ---------------------------------------------------------------- */

/* The answer to one LOG_READ with room for @max; how many records. */
static uint32_t read_some(struct host *host, uint64_t first, uint32_t max,
			  struct ohba_log_head *head, struct ohba_log_record *records)
{
	uint32_t len = sizeof(*head) + max * sizeof(*records), n;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_READ, 0);
	struct ohba_log_read body = { .first = htole64(first) };
	uint64_t addr = mem_alloc(host->mem, len, MEM_IN);

	memcpy(sqe.body, &body, sizeof(body));
	sqe_data(&sqe, addr, len);
	n = le32toh(host_admin_status(host, &sqe, OHBA_ST_SUCCESS).result);
	assert_in_range(n, 0, max);
	memcpy(head, mem_ptr(host->mem, addr), sizeof(*head));
	memcpy(records, (uint8_t *)mem_ptr(host->mem, addr) + sizeof(*head), n * sizeof(*records));
	mem_retire(host->mem, addr);
	return n;
}

/* All of it, in order. */
static struct log *read_all(struct host *host)
{
	uint64_t next = 0, boot = 0;
	uint32_t n, i;

	memset(&got, 0, sizeof(got));
	do {
		assert_in_range(got.n, 0, RECORDS - OHBA_LOG_READ_MAX);
		n = read_some(host, next, OHBA_LOG_READ_MAX, &got.head, got.records + got.n);
		for (i = got.n; i < got.n + n; i++) {
			const struct ohba_log_record *r = &got.records[i];

			assert_true(le64toh(r->number) >= next);
			assert_true(le32toh(r->boot) >= boot);
			assert_true(le32toh(r->count));
			assert_true(le64toh(r->last_ms) >= le64toh(r->up_ms));
			next = le64toh(r->number) + 1;
			boot = le32toh(r->boot);
		}
		got.n += n;
	} while (n && got.n <= RECORDS - OHBA_LOG_READ_MAX);
	return &got;
}

/* The newest of @kind; NULL: there is none. */
static const struct ohba_log_record *newest(const struct log *log, uint16_t kind)
{
	uint32_t i;

	for (i = log->n; i--;)
		if (le16toh(log->records[i].kind) == kind)
			return &log->records[i];
	return NULL;
}

static void tells(struct host *host, uint16_t kind, uint32_t object, uint16_t status,
		  const char *words, uint32_t count)
{
	const struct ohba_log_record *r = newest(read_all(host), kind);

	if (!r)
		fail_msg("the log has nothing of kind %u", kind);
	assert_int_equal(le32toh(r->object), object);
	assert_int_equal(le16toh(r->status), status);
	if (words)
		assert_string_equal((const char *)r->words, words);
	assert_int_equal(le32toh(r->count), count);
}

/* The link comes with this speed: one record, and nothing else happens. */
static void link_up(struct host *host, uint32_t mbps)
{
	struct ohba_port port;

	target_link(host->target, true, mbps, 1500);
	record_get(host, OHBA_ADMIN_PORT_GET, 0, 0, &port, sizeof(port), OHBA_ST_SUCCESS);
	host_read_events(host);
	host->nevents = 0;
}

/* --- what it tells ------------------------------------------------------------ */

static void sessions(void **state)
{
	struct world *w = *state;
	struct ohba_account wrong = account_of("us", "a secret of ours");
	struct ohba_target target = entry_of(9);

	entry_up(w, 3);
	tells(w->host, OHBA_LOG_SESSION_UP, 3, 0, "10.0.0.4:3260", 1);
	site_kill(w->site);
	forget_events(w);
	tells(w->host, OHBA_LOG_SESSION_LOST, 3, OHBA_ST_CONN_RESET, NULL, 1);
	world_pass(w, 10 * SECOND);
	world_logout(w, 3, 0);
	forget_events(w);
	tells(w->host, OHBA_LOG_SESSION_ENDED, 3, 0, "", 1);
	w->site->status = 0x0203;
	set_up(w, 8, &target);
	forget_events(w);
	tells(w->host, OHBA_LOG_LOGIN_FAILED, 8, OHBA_ST_LOGIN_REFUSED, NULL, 1);
	assert_int_equal(newest(&got, OHBA_LOG_LOGIN_FAILED)->login_class, 2);
	assert_int_equal(newest(&got, OHBA_LOG_LOGIN_FAILED)->login_detail, 3);
	/* What the target said does not stick to what it did not say. */
	w->site->tcp = SITE_REFUSE;
	world_pass(w, 61 * SECOND);
	tells(w->host, OHBA_LOG_LOGIN_FAILED, 8, OHBA_ST_CONN_REFUSED, NULL, 1);
	assert_int_equal(newest(&got, OHBA_LOG_LOGIN_FAILED)->login_class, 0);
	account_set(w->host, 2, &wrong, OHBA_ST_SUCCESS);
	tells(w->host, OHBA_LOG_ACCOUNT_SET, 2, 0, "", 1);
	entry_do(w->host, OHBA_ADMIN_ACCOUNT_DELETE, 2, 0, OHBA_ST_SUCCESS);
	tells(w->host, OHBA_LOG_ACCOUNT_DELETED, 2, 0, "", 1);
	tells(w->host, OHBA_LOG_TARGET_SET, 8, 0, "", 1);
	entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 3, 0, OHBA_ST_SUCCESS);
	tells(w->host, OHBA_LOG_TARGET_DELETED, 3, 0, "", 1);
}

static void the_adapter(void **state)
{
	struct host *host = ((struct world *)*state)->host;

	tells(host, OHBA_LOG_POWER_ON, 0, 0, "firmware 0.1.0", 1);
	tells(host, OHBA_LOG_ENABLED, 1, 0, "", 1);
	assert_int_equal(got.n, 2);
	assert_int_equal(le64toh(got.head.oldest), 1);
	assert_int_equal(le64toh(got.head.next), 3);
	assert_int_equal(le32toh(got.head.boot), 1);
	assert_int_equal(le32toh(got.head.kept), 0);
	link_up(host, 25000);
	tells(host, OHBA_LOG_LINK_UP, 25000, 0, "", 1);
	host_reset(host);
	host_bring_up(host);
	tells(host, OHBA_LOG_RESET, 0, 0, "", 1);
	tells(host, OHBA_LOG_ENABLED, 1, 0, "", 2);
	fault_set(host, "crash");
	host_settle(host);
	host_reset(host);
	host_bring_up(host);
	tells(host, OHBA_LOG_FATAL, 0, OHBA_ST_INTERNAL, "", 1);
	tells(host, OHBA_LOG_RESET, 0, 0, "", 2);
}

/* What comes again takes no room, however long; what is new does. */
static void the_same_again(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1), other = entry_of(2);
	uint32_t n;

	w->site->tcp = SITE_REFUSE;
	set_up(w, 0, &target);
	set_up(w, 1, &other);
	world_pass(w, 10 * SECOND);
	n = read_all(w->host)->n;
	world_pass(w, 3600 * SECOND);
	assert_int_equal(read_all(w->host)->n, n);
	assert_in_range(le32toh(newest(&got, OHBA_LOG_LOGIN_FAILED)->count), 60, 130);
	assert_in_range(le64toh(newest(&got, OHBA_LOG_LOGIN_FAILED)->last_ms), 3500000, 3620000);
	assert_in_range(le64toh(newest(&got, OHBA_LOG_LOGIN_FAILED)->up_ms), 0, 10000);
	w->site->tcp = SITE_ACCEPT;
	w->site->status = 0x0301;
	world_pass(w, 61 * SECOND);
	assert_int_equal(read_all(w->host)->n, n + 2);
}

static void no_secrets(void **state)
{
	struct world *w = *state;
	static const char secret[14] = "secret of ours";
	struct ohba_account ours = account_of("us", "a secret of ours");
	struct ohba_target target = entry_of(1);
	size_t at;

	account_set(w->host, 0, &ours, OHBA_ST_SUCCESS);
	target.account = htole16(0);
	w->site->name = "us";
	w->site->secret = "another secret of ours";
	set_up(w, 0, &target);
	world_pass(w, SECOND);
	tells(w->host, OHBA_LOG_LOGIN_FAILED, 0, OHBA_ST_LOGIN_AUTH, NULL, 1);
	for (at = 0; at + sizeof(secret) <= sizeof(got); at++)
		assert_memory_not_equal((uint8_t *)&got + at, secret, sizeof(secret));
}

static void the_time(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_CLOCK, 0);
	const uint64_t now = 1700000000000;
	struct ohba_log_clock clock = { .clock_ms = htole64(now) };
	struct host *host = ((struct world *)*state)->host;

	host_advance(host, 5000 * MS);
	link_up(host, 100);
	assert_int_equal(newest(read_all(host), OHBA_LOG_LINK_UP)->clock_ms, 0);
	assert_int_equal(got.head.clock_ms, 0);
	host_advance(host, 2000 * MS);
	memcpy(sqe.body, &clock, sizeof(clock));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	assert_int_equal(le64toh(newest(read_all(host), OHBA_LOG_LINK_UP)->clock_ms), now - 2000);
	assert_int_equal(le64toh(got.head.clock_ms), now);
	/* A reset takes it not away. */
	host_reset(host);
	host_advance(host, 1000 * MS);
	host_bring_up(host);
	link_up(host, 200);
	assert_int_equal(le64toh(newest(read_all(host), OHBA_LOG_LINK_UP)->clock_ms), now + 1000);
	assert_int_equal(le64toh(newest(&got, OHBA_LOG_LINK_UP)->up_ms), 8000);
	/* Told again, what has a time keeps it. */
	clock.clock_ms = htole64(now + 500000);
	memcpy(sqe.body, &clock, sizeof(clock));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	assert_int_equal(le64toh(newest(read_all(host), OHBA_LOG_LINK_UP)->clock_ms), now + 1000);
}

static void fields(void **state)
{
	static const uint64_t times[] = { 0, 1, 1ull << 48, UINT64_MAX };
	struct host *host = ((struct world *)*state)->host;
	struct ohba_log_head head;
	struct ohba_log_record records[4];
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_READ, 0);
	size_t i;

	host_advance(host, 5000 * MS);
	sqe_data(&sqe, mem_alloc(host->mem, 256, MEM_IN), 63);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe.data_len = sqe.sge[0].len = htole32(64);
	sqe.body[8] = 1;
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe.body[8] = 0;
	sqe.sge[0].addr = htole64(1ull << 60);
	host_admin_status(host, &sqe, OHBA_ST_DMA_FAULT);
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		struct ohba_log_clock clock = { .clock_ms = htole64(times[i]) };

		sqe = sqe_admin(OHBA_ADMIN_LOG_CLOCK, 0);
		memcpy(sqe.body, &clock, sizeof(clock));
		host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	}
	for (i = 0; i < 8; i++)
		link_up(host, 1 + i);
	assert_int_equal(read_some(host, 0, 0, &head, records), 0);
	assert_int_equal(le64toh(head.next), 11);
	assert_int_equal(read_some(host, 0, 4, &head, records), 4);
	assert_int_equal(le64toh(records[0].number), 1);
	assert_int_equal(read_some(host, 9, 4, &head, records), 2);
	assert_int_equal(le64toh(records[0].number), 9);
	assert_int_equal(read_some(host, 11, 4, &head, records), 0);
	assert_int_equal(read_some(host, UINT64_MAX, 4, &head, records), 0);
	host->guest_traces = 0;
}

/* The oldest give way, a page at a time. */
static void more_than_there_is_room_for(void **state)
{
	struct host *host = ((struct world *)*state)->host;
	uint32_t i;

	for (i = 1; i <= 3 * RECORDS; i++)
		link_up(host, i);
	read_all(host);
	assert_in_range(got.n, RECORDS - PER_PAGE, RECORDS);
	assert_int_equal(got.head.oldest, got.records[0].number);
	for (i = 0; i < got.n; i++) {
		assert_int_equal(le64toh(got.records[i].number), 3 * RECORDS + 3 - got.n + i);
		assert_int_equal(le32toh(got.records[i].object), 3 * RECORDS + 1 - got.n + i);
	}
}

static void erase(struct host *host, uint16_t status)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_ERASE, 0);

	host_admin_status(host, &sqe, status);
}

static void erased(struct host *host, uint64_t number)
{
	read_all(host);
	assert_int_equal(le16toh(got.records[0].kind), OHBA_LOG_ERASED);
	assert_int_equal(le64toh(got.records[0].number), number);
	assert_int_equal(le64toh(got.head.oldest), number);
}

static void erase_without_flash(void **state)
{
	struct host *host = ((struct world *)*state)->host;
	uint32_t i;

	for (i = 0; i < 40; i++)
		link_up(host, 1 + i);
	erase(host, OHBA_ST_SUCCESS);
	erased(host, 43);
	assert_int_equal(got.n, 1);
}

/* --- flash --------------------------------------------------------------------- */

static int with_flash(void **state)
{
	memset(&flash, 0, sizeof(flash));
	flash.all = calloc(1, OHBA_FW_FLASH_FULL);
	flash.size = OHBA_FW_FLASH_FULL;
	assert_non_null(flash.all);
	host_use_flash(&flash);
	*state = entries_new_many(4);
	return 0;
}

static int without_flash(void **state)
{
	host_free(*state);
	host_use_flash(NULL);
	free(flash.all);
	return 0;
}

/* Power goes, and what was not written with it. */
static struct host *cycle(void **state)
{
	host_free(*state);
	*state = entries_new_many(4);
	return *state;
}

static struct host *cut_off(void **state)
{
	static uint8_t first[65536], log[2 * PAGES * PAGE];
	struct host *host = *state;

	memcpy(first, flash.all, sizeof(first));
	memcpy(log, flash.all + LOG_OFF, sizeof(log));
	flash.hold = false;
	if (flash.held)
		host_flash_let(host, 0, 0);
	host_free(host);
	memcpy(flash.all, first, sizeof(first));
	memcpy(flash.all + LOG_OFF, log, sizeof(log));
	*state = entries_new_many(4);
	return *state;
}

static uint8_t *page_at(uint32_t index, unsigned int copy)
{
	return flash.all + LOG_OFF + index * PAGE + copy * PAGES * PAGE;
}

static void outlives_power(void **state)
{
	struct host *host = *state;

	tells(host, OHBA_LOG_POWER_ON, 0, 0, NULL, 1);
	assert_int_equal(le32toh(got.head.kept), RECORDS);
	link_up(host, 100);
	link_up(host, 200);
	assert_int_equal(flash.writes, 0);
	host_advance(host, 1000 * MS);
	assert_int_equal(flash.writes, 1);
	host = cut_off(state);
	tells(host, OHBA_LOG_LINK_UP, 200, 0, "", 1);
	assert_int_equal(le32toh(newest(&got, OHBA_LOG_LINK_UP)->boot), 1);
	assert_int_equal(le32toh(newest(&got, OHBA_LOG_ENABLED)->boot), 2);
	assert_int_equal(got.n, 6);
	/* A machine that is switched off in order loses nothing. */
	link_up(host, 300);
	host = cycle(state);
	tells(host, OHBA_LOG_LINK_UP, 300, 0, "", 1);
	tells(host, OHBA_LOG_RESET, 1, 0, "", 1);
	assert_int_equal(le32toh(got.head.boot), 3);
	/* A count that grew reaches flash as well. */
	host_reset(host);
	host_bring_up(host);
	host_advance(host, 2000 * MS);
	host = cut_off(state);
	read_all(host);
	assert_int_equal(le16toh(got.records[got.n - 4].kind), OHBA_LOG_ENABLED);
	assert_int_equal(le32toh(got.records[got.n - 4].count), 2);
	assert_int_equal(le16toh(got.records[got.n - 2].kind), OHBA_LOG_POWER_ON);
}

static void wraps_on_flash(void **state)
{
	struct host *host = *state;
	uint32_t i;

	for (i = 1; i <= 2 * RECORDS + 7; i++) {
		link_up(host, i);
		if (i % 20 == 0)
			host_advance(host, 10000 * MS);
	}
	host_advance(host, 400000 * MS);
	host = cut_off(state);
	read_all(host);
	assert_in_range(got.n, RECORDS - PER_PAGE, RECORDS);
	for (i = 1; i < got.n; i++)
		assert_int_equal(le64toh(got.records[i].number),
				 le64toh(got.records[0].number) + i);
	assert_int_equal(le32toh(got.records[got.n - 3].object), 2 * RECORDS + 7);
}

/* Nobody wants that adapter: its drive is nobody's to write, and it goes without a trace. */
static void never_enabled(void **state)
{
	struct host *host;

	host_free(*state);
	host = host_new();
	flash.writes = 0;
	host_advance(host, 120000 * MS);
	assert_int_equal(flash.writes, 0);
	host_free_unused(host);
	assert_int_equal(flash.writes, 0);
	*state = entries_new_many(4);
}

/* However much happens, flash lasts: the rest of it waits. */
static void flash_is_spared(void **state)
{
	struct host *host = *state;
	uint32_t i;

	for (i = 1; i <= 3600; i++) {
		link_up(host, i);
		host_advance(host, 1000 * MS);
	}
	assert_in_range(flash.writes, 300, 16 + 360 + 1);
	host_advance(host, 60000 * MS);
	host = cut_off(state);
	assert_int_equal(le32toh(newest(read_all(host), OHBA_LOG_LINK_UP)->object), 3600);
	/* Nothing new, nothing written. */
	host_advance(host, 2000 * MS);
	flash.writes = 0;
	host_advance(host, 3600000 * MS);
	assert_int_equal(flash.writes, 0);
}

/* Little-endian, of a copy. */
static uint64_t field(const uint8_t *copy, unsigned int at, unsigned int len)
{
	uint64_t value = 0;

	while (len--)
		value = value << 8 | copy[at + len];
	return value;
}

/* Records in the newer copies of all pages. */
static uint32_t in_flash(void)
{
	uint32_t n = 0, i;

	for (i = 0; i < PAGES; i++) {
		const uint8_t *copy = page_at(i, field(page_at(i, 1), NUMBER, 8) >
						 field(page_at(i, 0), NUMBER, 8));

		n += field(copy, LEN, 4) / sizeof(struct ohba_log_record);
	}
	return n;
}

/* The ring goes round past what flash has not got: what it got stays, in order. */
static void more_than_flash_takes(void **state)
{
	struct host *host = *state;
	uint64_t last = 0;
	uint32_t n, i;

	for (i = 1; i <= 6007; i++) {
		link_up(host, i);
		host_advance(host, 100 * MS);
		if (!flash.writes)
			continue;
		flash.writes = 0;
		last = i - RECORDS;
	}
	n = in_flash();
	assert_in_range(n, RECORDS / 2, RECORDS - 2 * PER_PAGE);
	host = cut_off(state);
	read_all(host);		/* which sees that numbers grow */
	assert_null(newest(&got, OHBA_LOG_LOG_DAMAGED));
	assert_int_equal(got.n, n + 2);
	assert_true(le32toh(newest(&got, OHBA_LOG_LINK_UP)->object) >= last);
}

/* A command does not wait longer than a write takes, and the log does not for ever. */
static void beside_commands(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;
	uint32_t tag;

	flash.hold = true;
	host_advance(host, 1000 * MS);
	assert_non_null(flash.held);
	tag = record_start(host, OHBA_ADMIN_TARGET_SET, 1, &entry, sizeof(entry));
	host_settle(host);
	host_expect_none(host, OHBA_QID_ADMIN);
	host_flash_let(host, flash.len, 0);
	host_settle(host);
	assert_true(flash.off < LOG_OFF);
	host_advance(host, 1000 * MS);
	host_flash_let(host, flash.len, 0);
	expect_status(&(struct ohba_cqe[]){ host_expect(host, OHBA_QID_ADMIN, tag) }[0],
		      OHBA_ST_SUCCESS);
	host_advance(host, 1000 * MS);
	assert_true(flash.held && flash.off >= LOG_OFF);
	host_flash_let(host, flash.len, 0);
	flash.hold = false;
	tells(cut_off(state), OHBA_LOG_TARGET_SET, 1, 0, "", 1);
}

static void fill(struct host *host, uint32_t n)
{
	uint32_t i;

	for (i = 1; i <= n; i++)
		link_up(host, i);
	host_advance(host, 100000 * MS);
}

static void a_write_fails(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	flash.write_err = -ENOSPC;
	entry_set(host, 1, &entry, OHBA_ST_FLASH);
	tells(host, OHBA_LOG_FLASH_FAILED, 0, OHBA_ST_FLASH, "No space left on device", 1);
	assert_null(newest(&got, OHBA_LOG_TARGET_SET));
	host_advance(host, 2000 * MS);
	/* Its own writes are no news, and come again. */
	flash.writes = 0;
	host_advance(host, 600000 * MS);
	assert_in_range(flash.writes, 5, 11);
	flash.write_err = 0;
	host_advance(host, 60000 * MS);
	tells(cut_off(state), OHBA_LOG_FLASH_FAILED, 0, OHBA_ST_FLASH, NULL, 1);
}

static void no_gap(struct host *host)
{
	uint32_t i;

	read_all(host);
	assert_null(newest(&got, OHBA_LOG_LOG_DAMAGED));
	for (i = 1; i < got.n; i++)
		assert_int_equal(le64toh(got.records[i].number),
				 le64toh(got.records[0].number) + i);
}

/* What was not written does not go behind what happened since. */
static void fails_in_the_middle(void **state)
{
	struct host *host = *state;
	uint32_t i;

	host_advance(host, 20000 * MS);
	for (i = 1; i <= PER_PAGE - 2; i++)
		link_up(host, i);
	flash.hold = true;
	host_advance(host, 1000 * MS);
	host_flash_let(host, 0, -EIO);
	link_up(host, 1000);
	/* Though there is news, which would have gone in a second. */
	flash.writes = 0;
	host_advance(host, 58000 * MS);
	assert_int_equal(flash.writes, 0);
	host_advance(host, 3000 * MS);
	host_flash_let(host, flash.len, 0);
	host_settle(host);
	host = cut_off(state);
	no_gap(host);
	assert_non_null(newest(&got, OHBA_LOG_LINK_UP));
}

/* Power is going: flash that is broken holds nobody up. */
static void fails_at_the_end(void **state)
{
	struct host *host = *state;

	fill(host, 5 * PER_PAGE);
	link_up(host, 1);
	flash.write_err = -EIO;
	flash.writes = 0;
	host_advance(host, 1000 * MS);
	assert_int_equal(flash.writes, 1);
	host_power_on_reset(host);
	assert_int_equal(flash.writes, 2);
	host_power_on_reset(host);
	cycle(state);
	assert_int_equal(flash.writes, 2);
	flash.write_err = 0;
}

/* --- erasing --------------------------------------------------------------------- */

static bool is_empty(const uint8_t *copy)
{
	return copy[0] && !field(copy, LEN, 4);
}

static void becomes_empty(struct host *host, uint32_t npages)
{
	uint32_t i;

	host_advance(host, 100000 * MS);
	for (i = 0; i < npages; i++)
		assert_true(is_empty(page_at(i, 0)) || is_empty(page_at(i, 1)));
	flash.writes = 0;
	host_advance(host, 100000 * MS);
	assert_int_equal(flash.writes, 0);
}

/* One write, however much there was; the rest of flash follows at its pace. */
static void erase_for_good(void **state)
{
	struct host *host = *state;

	fill(host, 4 * PER_PAGE);
	flash.writes = 0;
	erase(host, OHBA_ST_SUCCESS);
	assert_int_equal(flash.writes, 1);
	erased(host, 4 * PER_PAGE + 3);
	host = cut_off(state);
	erased(host, 4 * PER_PAGE + 3);
	assert_int_equal(got.n, 3);
	assert_int_equal(le64toh(got.records[1].number), 4 * PER_PAGE + 4);
	becomes_empty(host, 4);
}

/* The places that it was in are written empty, later, and once. */
static void erase_goes_on(void **state)
{
	struct host *host = *state;

	fill(host, 3 * PER_PAGE);
	erase(host, OHBA_ST_SUCCESS);
	becomes_empty(host, 3);
	erase(host, OHBA_ST_SUCCESS);
	host_advance(host, 100000 * MS);
	assert_int_equal(flash.writes, 1);
}

/* Power goes at any byte of that write: all is there still, or nothing of it. */
static void erase_torn(void **state)
{
	struct prng prng = { prng_seed(0xe3a5e) };
	struct host *host = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_ERASE, 0);
	uint8_t copy[PAGE];
	uint64_t next;
	uint32_t n, i;
	bool whole;
	size_t len;

	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	for (i = 0; i < 20; i++) {
		fill(host, 2 * PER_PAGE);
		n = read_all(host)->n;
		next = le64toh(got.head.next);
		flash.hold = true;
		host_admin_start(host, &sqe);
		host_settle(host);
		assert_non_null(flash.held);
		len = i % 4 ? prng_below(&prng, HEAD + 8 + 128) : flash.len;
		memcpy(copy, flash.held, PAGE);
		host_expect_none(host, OHBA_QID_ADMIN);
		host_flash_let(host, len, len < flash.len ? -EIO : 0);
		/* Zeroes may lie there already. */
		whole = !memcmp(flash.all + flash.off, copy, PAGE);
		host = cut_off(state);
		read_all(host);
		assert_null(newest(&got, OHBA_LOG_LOG_DAMAGED));
		assert_int_equal(got.n, whole ? 3 : n + 2);
		assert_int_equal(le64toh(got.head.next), whole ? next + 3 : next + 2);
	}
}

static void nothing_before(struct host *host, uint64_t number)
{
	assert_true(le64toh(read_all(host)->records[0].number) >= number);
	assert_null(newest(&got, OHBA_LOG_LOG_DAMAGED));
}

/* So much happens at once that pages of before have something new already. */
static void erase_beside_news(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_ERASE, 0);
	struct host *host = *state;
	uint32_t i, tag;
	uint64_t next;

	fill(host, RECORDS);
	host_advance(host, 400000 * MS);
	next = le64toh(read_all(host)->head.next);
	flash.hold = true;
	tag = host_admin_start(host, &sqe);
	host_settle(host);
	for (i = 0; i < 40; i++)
		link_up(host, 1 + i);
	host_flash_let(host, flash.len, 0);
	host_settle(host);
	expect_status(&(struct ohba_cqe[]){ host_expect(host, OHBA_QID_ADMIN, tag) }[0],
		      OHBA_ST_SUCCESS);
	nothing_before(cut_off(state), next);
}

/* The record that says so gave way, and flash has still not come to all of before. */
static void erase_long_ago(void **state)
{
	struct host *host = *state;
	uint64_t next;
	uint32_t i;

	fill(host, RECORDS);
	host_advance(host, 400000 * MS);
	next = le64toh(read_all(host)->head.next);
	erase(host, OHBA_ST_SUCCESS);
	for (i = 1; i <= RECORDS; i++)
		link_up(host, i);
	host_advance(host, 3000 * MS);
	/* The page that begins with it is the oldest again. */
	for (i = 1; i <= RECORDS - PER_PAGE + 5; i++)
		link_up(host, i);
	host_advance(host, 1000 * MS);
	host = cut_off(state);
	nothing_before(host, next);
	assert_int_not_equal(le16toh(got.records[0].kind), OHBA_LOG_ERASED);
	/* Nor the next time. */
	host_advance(host, 1000 * MS);
	nothing_before(cut_off(state), next);
}

static void erase_fails(void **state)
{
	struct host *host = *state;

	fill(host, 2 * PER_PAGE);
	flash.write_err = -EIO;
	erase(host, OHBA_ST_FLASH);
	erased(host, 2 * PER_PAGE + 3);
	flash.write_err = 0;
	host_advance(host, 100000 * MS);
	assert_int_equal(read_all(cut_off(state))->n, 3);
	assert_int_equal(le16toh(got.records[0].kind), OHBA_LOG_ERASED);
}

/* The command is forgotten, the log is not there any more all the same. */
static void erase_and_reset(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_ERASE, 0);
	struct host *host = *state;

	fill(host, 2 * PER_PAGE);
	flash.hold = true;
	host_admin_start(host, &sqe);
	host_settle(host);
	host_reset(host);
	host_bring_up(host);
	flash.hold = false;
	host_flash_let(host, flash.len, 0);
	host_settle(host);
	host_expect_none(host, OHBA_QID_ADMIN);
	host_advance(host, 100000 * MS);
	host = cut_off(state);
	erased(host, 2 * PER_PAGE + 3);
}

/* A firmware that hangs writes nothing any more, and catches up later. */
static void hangs(void **state)
{
	struct host *host = *state;

	host_advance(host, 2000 * MS);
	link_up(host, 77);
	flash.writes = 0;
	fault_set(host, "hang");
	host_settle(host);
	host_advance(host, 100000 * MS);
	assert_int_equal(flash.writes, 0);
	host_reset(host);
	host_bring_up(host);
	host_advance(host, 2000 * MS);
	assert_true(flash.writes);
	tells(cut_off(state), OHBA_LOG_LINK_UP, 77, 0, "", 1);
}

/* --- what lies there ---------------------------------------------------------------- */

static void seal(uint8_t *copy)
{
	uint32_t crc;

	memset(copy + CRC, 0, 4);
	crc = htole32(crc32c_slow(0, copy, PAGE));
	memcpy(copy + CRC, &crc, 4);
}

/* A part that is lost takes no other with it, is told of once, and harms nothing that is kept. */
static void damaged(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	entry_set(host, 1, &entry, OHBA_ST_SUCCESS);
	fill(host, 3 * PER_PAGE);
	page_at(1, 0)[100] ^= 1;
	page_at(1, 1)[100] ^= 1;
	host = cut_off(state);
	assert_int_equal(ohba_fw_flash_damaged(host->fw), 0);
	tells(host, OHBA_LOG_LOG_DAMAGED, 1, 0, "", 1);
	assert_int_equal(le64toh(got.records[PER_PAGE - 1].number), PER_PAGE);
	assert_int_equal(le64toh(got.records[PER_PAGE].number), 2 * PER_PAGE + 1);
	entry_set(host, 1, &entry, OHBA_ST_SUCCESS);
	host_advance(host, 100000 * MS);
	host = cut_off(state);
	assert_int_equal(le32toh(newest(read_all(host), OHBA_LOG_LOG_DAMAGED)->boot), 2);
}

static void config_damaged(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	entry_set(host, 0, &entry, OHBA_ST_SUCCESS);
	flash.all[16384 + 9216 + 1024 + 100] ^= 1;
	host = cut_off(state);
	assert_int_equal(ohba_fw_flash_damaged(host->fw), 1);
	tells(host, OHBA_LOG_FLASH_DAMAGED, 1, 0, "", 1);
}

/* Whoever knows the CRC. Of a page that is not one nothing is read. */
static void hostile(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ (size_t)ERASED - FIRST, 9 },
		{ (size_t)ERASED - FIRST + 7, 0x80 },
		{ offsetof(struct ohba_log_record, number), 0 },
		{ offsetof(struct ohba_log_record, number), 9 },
		{ offsetof(struct ohba_log_record, number) + 7, 0x80 },
		{ offsetof(struct ohba_log_record, count), 0 },
		{ offsetof(struct ohba_log_record, rsvd), 1 },
		{ offsetof(struct ohba_log_record, words), 0x1b },
		{ offsetof(struct ohba_log_record, words) + 63, 'x' },
	};
	struct host *host = *state;
	uint8_t good[PAGE];
	size_t i;

	host_advance(host, 2000 * MS);
	memcpy(good, page_at(0, 1), PAGE);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(flash.all + LOG_OFF, 0, 2 * PAGES * PAGE);
		memcpy(page_at(0, 1), good, PAGE);
		page_at(0, 1)[FIRST + bad[i].at] = bad[i].value;
		seal(page_at(0, 1));
		host = cut_off(state);
		tells(host, OHBA_LOG_LOG_DAMAGED, 1, 0, "", 1);
		assert_int_equal(le32toh(got.head.boot), 1);
	}
}

/* As if that were their place. */
static void put_page(uint32_t index, const uint8_t *copies)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		memcpy(page_at(index, i), copies + i * PAGE, PAGE);
		page_at(index, i)[INDEX] = index;
		seal(page_at(index, i));
	}
}

static void take_page(uint32_t index, uint8_t *copies)
{
	memcpy(copies, page_at(index, 0), PAGE);
	memcpy(copies + PAGE, page_at(index, 1), PAGE);
}

/* Numbers give the order, whatever the places. */
static void anywhere(void **state)
{
	uint8_t one[2 * PAGE], other[2 * PAGE];
	struct host *host = *state;
	uint32_t n;

	fill(host, 3 * PER_PAGE);
	n = read_all(host)->n;
	take_page(0, one);
	take_page(2, other);
	put_page(2, one);
	put_page(0, other);
	host = cut_off(state);
	no_gap(host);
	assert_int_equal(got.n, n + 2);
	fill(host, RECORDS - 5 * PER_PAGE);
	host_advance(host, 400000 * MS);
	host = cut_off(state);
	no_gap(host);
	assert_int_equal(le64toh(got.records[0].number), 1);
}

/* Pages that each are good, but cannot be of one log: they have the same numbers. */
static void strays(void **state)
{
	uint8_t copies[2 * PAGE];
	struct host *host = *state;
	uint32_t n, i;

	fill(host, 2 * PER_PAGE);
	n = read_all(host)->n;
	for (i = 5; i < 9; i++) {
		take_page(i & 1, copies);
		put_page(i, copies);
	}
	host = cut_off(state);
	tells(host, OHBA_LOG_LOG_DAMAGED, 4, 0, "", 1);
	assert_int_equal(got.n, n + 3);
	link_up(host, 1000);
	tells(host, OHBA_LOG_LINK_UP, 1000, 0, "", 1);
}

/* The newest page is lost, and its numbers are given again; then it is back, somewhere. */
static void back_again(void **state)
{
	uint8_t lost[2 * PAGE];
	struct host *host = *state;
	uint32_t i;

	fill(host, PER_PAGE);
	take_page(1, lost);
	memset(page_at(1, 0), 0x5a, PAGE - 1);
	memset(page_at(1, 1), 0x5a, PAGE - 1);
	host = cut_off(state);
	tells(host, OHBA_LOG_LOG_DAMAGED, 1, 0, "", 1);
	link_up(host, 4711);
	host_advance(host, 1000 * MS);
	put_page(9, lost);
	host = cut_off(state);
	tells(host, OHBA_LOG_LINK_UP, 4711, 0, "", 1);
	assert_int_equal(le32toh(newest(&got, OHBA_LOG_LOG_DAMAGED)->boot),
			 le32toh(got.head.boot));
	for (i = 0; i < got.n; i++)
		assert_int_equal(le64toh(got.records[i].number), 1 + i);
}

/* --- power goes, anywhere ------------------------------------------------------------- */

#define TEARS	150

/* @upto: numbers that were on flash for sure. */
static void check_torn(struct host *host, uint64_t upto)
{
	uint32_t i;

	read_all(host);
	assert_true(le64toh(got.head.next) > upto);
	for (i = 1; i < got.n; i++)
		assert_int_equal(le64toh(got.records[i].number),
				 le64toh(got.records[0].number) + i);
	for (i = 0; i < got.n; i++)
		if (le16toh(got.records[i].kind) == OHBA_LOG_LINK_UP)
			assert_int_equal(le32toh(got.records[i].object),
					 le64toh(got.records[i].number));
	assert_true(got.n >= RECORDS - PER_PAGE || le64toh(got.records[0].number) == 1);
}

static void torn(void **state)
{
	struct prng prng = { prng_seed(0x106) };
	struct host *host = *state;
	uint64_t upto = 0;
	uint32_t n, i;

	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	for (n = 0; n < TEARS; n++) {
		for (i = prng_below(&prng, 40); i; i--)
			link_up(host, le64toh(read_some(host, UINT64_MAX, 0, &got.head,
							got.records) ? 0 : got.head.next));
		flash.hold = true;
		host_advance(host, 1000 * MS);
		while (flash.held && prng_below(&prng, 3)) {
			host_flash_let(host, flash.len, 0);
			host_advance(host, 10000 * MS);
		}
		/* All that is new lies in the page that grows, or in the one before. */
		if (!flash.held)
			upto = le64toh(read_all(host)->head.next) - 1;
		if (flash.held)
			host_flash_let(host, prng_below(&prng, flash.len + 1), -EIO);
		host = cut_off(state);
		check_torn(host, upto);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
#define FLASH(name)	cmocka_unit_test_setup_teardown(name, with_flash, without_flash)
		TEST(sessions), TEST(the_adapter), TEST(the_same_again), TEST(no_secrets),
		TEST(the_time), TEST(fields), TEST(more_than_there_is_room_for),
		TEST(erase_without_flash),
		FLASH(outlives_power), FLASH(never_enabled), FLASH(wraps_on_flash),
		FLASH(flash_is_spared), FLASH(more_than_flash_takes),
		FLASH(beside_commands), FLASH(a_write_fails), FLASH(fails_in_the_middle),
		FLASH(fails_at_the_end), FLASH(erase_for_good), FLASH(erase_goes_on),
		FLASH(erase_torn), FLASH(erase_beside_news), FLASH(erase_long_ago), FLASH(erase_fails),
		FLASH(erase_and_reset), FLASH(hangs),
		FLASH(damaged), FLASH(config_damaged), FLASH(hostile), FLASH(anywhere),
		FLASH(strays), FLASH(back_again), FLASH(torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of targets, accounts and the initiator (flash_records.h). */
#include "flash_records.h"

#include "entries.h"
#include "flash_ops.h"

#define COPY		1024
#define HEAD		32
#define MAY_MAX		32

static const struct row {
	char magic[9];
	uint32_t off, index, len;	/* of the first copy; the record's length */
	uint32_t apart;
	uint8_t get, set, delete;
} rows[] = {
	{ "OHBAinit", 8192, 0, 512, 4096, OHBA_ADMIN_INITIATOR_GET, OHBA_ADMIN_INITIATOR_SET, 0 },
	{ "OHBAacct", 16384, 0, 576, 9216, OHBA_ADMIN_ACCOUNT_GET, OHBA_ADMIN_ACCOUNT_SET,
	  OHBA_ADMIN_ACCOUNT_DELETE },
	{ "OHBAacct", 34816, 1, 576, 9216, OHBA_ADMIN_ACCOUNT_GET, OHBA_ADMIN_ACCOUNT_SET,
	  OHBA_ADMIN_ACCOUNT_DELETE },
	{ "OHBAtarg", 17408, 0, 960, 9216, OHBA_ADMIN_TARGET_GET, OHBA_ADMIN_TARGET_SET,
	  OHBA_ADMIN_TARGET_DELETE },
	{ "OHBAtarg", 24576, 7, 960, 9216, OHBA_ADMIN_TARGET_GET, OHBA_ADMIN_TARGET_SET,
	  OHBA_ADMIN_TARGET_DELETE },
	{ "OHBAtarg", 35840, 8, 960, 9216, OHBA_ADMIN_TARGET_GET, OHBA_ADMIN_TARGET_SET,
	  OHBA_ADMIN_TARGET_DELETE },
};

#define ROWS	ARRAY_SIZE(rows)

struct value {
	bool there;
	uint8_t data[960];		/* zeroes follow */
};

struct records {
	struct flash *flash;
	struct host *oracle;
	struct value now[ROWS];		/* the adapter's */
	/* One of them is found next, as nobody else wrote; @nmay 0: any. */
	struct value may[ROWS][MAY_MAX];
	unsigned int nmay[ROWS];
	unsigned int started;		/* row */
	struct value next;
};

/* --- an adapter that is asked ------------------------------------------------ */

struct ohba_fw_config records_config(void)
{
	struct ohba_fw_config cfg = host_config;

	cfg.max_targets = FLASH_TARGETS;
	cfg.max_accounts = FLASH_ACCOUNTS;
	return cfg;
}

struct records *records_new(struct flash *flash)
{
	struct records *records = calloc(1, sizeof(*records));
	struct ohba_fw_config cfg = records_config();

	records->flash = flash;
	flash->size = FLASH_BYTES;
	host_use_flash(NULL);
	records->oracle = host_new_ready_config(&cfg);
	host_use_flash(flash);
	return records;
}

void records_free(struct records *records)
{
	host_free(records->oracle);
	free(records);
}

static bool record_ok(struct records *records, const struct row *row, const uint8_t *data)
{
	uint32_t tag = record_start(records->oracle, row->set, row->index, data, row->len);
	struct ohba_cqe cqe = host_expect(records->oracle, OHBA_QID_ADMIN, tag);

	fuzz_check(le16toh(cqe.status) == OHBA_ST_SUCCESS ||
		   le16toh(cqe.status) == OHBA_ST_INVALID_FIELD, "status %u",
		   le16toh(cqe.status));
	return le16toh(cqe.status) == OHBA_ST_SUCCESS;
}

/* --- SPEC.md 6.3, once more --------------------------------------------------- */

static void seal(uint8_t *copy)
{
	uint32_t crc;

	memset(copy + 28, 0, 4);
	crc = htole32(crc32c_slow(0, copy, COPY));
	memcpy(copy + 28, &crc, 4);
}

static bool is_zero(const uint8_t *at, size_t len)
{
	while (len--)
		if (*at++)
			return false;
	return true;
}

static void make_head(uint8_t *head, const struct row *row, uint32_t len)
{
	memset(head, 0, HEAD);
	memcpy(head, row->magic, 8);
	head[16] = 1;
	head[20] = len;
	head[21] = len >> 8;
	head[24] = row->index;
}

static bool copy_ok(struct records *records, const struct row *row, const uint8_t *copy)
{
	uint8_t head[HEAD], sealed[COPY];
	uint32_t len = copy[20] | copy[21] << 8;

	if (memcmp(copy, row->magic, 8))
		return false;
	make_head(head, row, len);
	memcpy(head + 8, copy + 8, 8);
	memcpy(sealed, copy, COPY);
	seal(sealed);
	memcpy(head + 28, sealed + 28, 4);
	return (!len || len == row->len) && !memcmp(copy, head, HEAD) &&
	       is_zero(copy + HEAD + len, COPY - HEAD - len) &&
	       (!len || record_ok(records, row, copy + HEAD));
}

static uint64_t number_of(const uint8_t *copy)
{
	uint64_t number;

	memcpy(&number, copy + 8, sizeof(number));
	return le64toh(number);
}

/* An initiator may be nothing but zeroes, which nobody can tell from none. */
static void none_if_zero(struct value *value)
{
	value->there = !is_zero(value->data, sizeof(value->data));
}

static bool is_copy(const uint8_t *copy, const struct value *value)
{
	return !memcmp(copy + HEAD, value->data, sizeof(value->data));
}

/* The newer of the copies that are good, or nothing. */
static void check_found(struct records *records, unsigned int i)
{
	const struct row *row = &rows[i];
	const uint8_t *copy[2] = { records->flash->bytes + row->off,
				   records->flash->bytes + row->off + row->apart };
	bool ok[2] = { copy_ok(records, row, copy[0]), copy_ok(records, row, copy[1]) };
	int64_t ahead = number_of(copy[0]) - number_of(copy[1]);
	bool may[2] = { ok[0] && (!ok[1] || ahead >= 0), ok[1] && (!ok[0] || ahead <= 0) };

	if (!ok[0] && !ok[1])
		fuzz_check(!records->now[i].there, "%s %u of garbage", row->magic, row->index);
	else
		fuzz_check((may[0] && is_copy(copy[0], &records->now[i])) ||
			   (may[1] && is_copy(copy[1], &records->now[i])),
			   "%s %u is another", row->magic, row->index);
}

/* --- the adapter -------------------------------------------------------------- */

static struct value get(struct host *host, const struct row *row)
{
	struct ohba_sqe sqe = sqe_admin(row->get, row->index);
	uint64_t addr = mem_alloc(host->mem, row->len, MEM_IN);
	struct value value = { 0 };
	struct ohba_cqe cqe;

	sqe.flags = row->get == OHBA_ADMIN_ACCOUNT_GET ? OHBA_ACCOUNT_SECRET : 0;
	sqe_data(&sqe, addr, row->len);
	cqe = host_admin(host, &sqe);
	if (!cqe.status) {
		value.there = true;
		memcpy(value.data, mem_ptr(host->mem, addr), row->len);
	} else {
		fuzz_check(le16toh(cqe.status) == OHBA_ST_INVALID_HANDLE, "status %u",
			   le16toh(cqe.status));
	}
	/* The name that it has without one. */
	if (row->get == OHBA_ADMIN_INITIATOR_GET && !memcmp(value.data, "eui.", 4))
		memset(value.data, 0, OHBA_NAME_LEN);
	none_if_zero(&value);
	return value;
}

static bool is_same(const struct value *a, const struct value *b)
{
	return a->there == b->there && !memcmp(a->data, b->data, sizeof(a->data));
}

void records_check(struct records *records, struct host *host)
{
	unsigned int i;

	for (i = 0; i < ROWS; i++) {
		struct value value = get(host, &rows[i]);

		fuzz_check(is_same(&value, &records->now[i]), "%s %u changed", rows[i].magic,
			   rows[i].index);
	}
}

void records_forget(struct records *records)
{
	memset(records->nmay, 0, sizeof(records->nmay));
}

static void power_on(struct records *records, unsigned int i, bool readable)
{
	bool as_kept = !records->nmay[i];
	unsigned int n;

	if (!readable) {
		fuzz_check(!records->now[i].there, "%s %u of nothing", rows[i].magic,
			   rows[i].index);
		records->nmay[i] = 0;	/* what is there may come back */
		return;
	}
	check_found(records, i);
	for (n = 0; n < records->nmay[i]; n++)
		as_kept |= is_same(&records->now[i], &records->may[i][n]);
	fuzz_check(as_kept, "%s %u was kept and is lost", rows[i].magic, rows[i].index);
	records->may[i][0] = records->now[i];
	records->nmay[i] = 1;
}

void records_power_on(struct records *records, struct host *host, bool readable)
{
	unsigned int i;

	for (i = 0; i < ROWS; i++) {
		records->now[i] = get(host, &rows[i]);
		power_on(records, i, readable);
	}
}

/* --- input -------------------------------------------------------------------- */

static void input_record(struct input *in, const struct row *row, struct value *value)
{
	uint8_t n = input_u8(in);
	struct ohba_account account = account_of("user", "a secret of 16 b");
	struct ohba_target target = entry_of(n);
	struct ohba_initiator initiator = { .name = "iqn.2026-01.test:host" };

	memset(value, 0, sizeof(*value));
	value->there = true;
	account.name[0] += n;
	initiator.alias[0] = n % 128;
	if (row->len == sizeof(target))
		memcpy(value->data, &target, sizeof(target));
	else if (row->len == sizeof(account))
		memcpy(value->data, &account, sizeof(account));
	else
		memcpy(value->data, &initiator, sizeof(initiator));
	input_damage(in, value->data, 32);
	input_damage(in, value->data + row->len - 256, 256);
}

uint8_t *records_write_copy(struct records *records, struct input *in)
{
	const struct row *row = &rows[input_u8(in) % ROWS];
	uint8_t *copy = records->flash->bytes + row->off + (input_u8(in) & 1) * row->apart;
	uint8_t how = input_u8(in), number = input_u8(in), n;
	struct value value;

	input_record(in, row, &value);
	make_head(copy, row, how & FLASH_NONE_THERE ? 0 : row->len);
	copy[8] = number;
	memset(copy + HEAD, 0, COPY - HEAD);
	if (!(how & FLASH_NONE_THERE))
		memcpy(copy + HEAD, value.data, row->len);
	seal(copy);
	for (n = input_u8(in) % 16; n--;) {
		unsigned int place = input_u16(in) % COPY;

		copy[place] = input_u8(in);
	}
	if (how & FLASH_SEALED)
		seal(copy);
	records->nmay[row - rows] = 0;
	return copy;
}

static void check_refusal(struct records *records, const struct row *row, uint16_t status)
{
	bool wrong = records->next.there ? !record_ok(records, row, records->next.data) :
					   !records->now[row - rows].there;

	/* It is wanted, or its nexus; or an entry names the account. */
	if (status == OHBA_ST_BUSY && row->delete)
		return;
	fuzz_check(wrong, "refused with %u", status);
	fuzz_check(status == (records->next.there ? OHBA_ST_INVALID_FIELD :
			      OHBA_ST_INVALID_HANDLE), "status %u", status);
}

bool records_start(struct records *records, struct host *host, struct input *in, uint32_t *tag)
{
	const struct row *row = &rows[input_u8(in) % ROWS];
	bool deletes = row->delete && input_u8(in) & 1;
	struct ohba_sqe sqe = sqe_admin(row->delete, row->index);
	struct ohba_cqe cqe;

	records->started = row - rows;
	memset(&records->next, 0, sizeof(records->next));
	if (!deletes)
		input_record(in, row, &records->next);
	*tag = deletes ? host_admin_start(host, &sqe) :
			 record_start(host, row->set, row->index, records->next.data, row->len);
	host_settle(host);
	if (records->flash->held) {
		fuzz_check(deletes ? records->now[row - rows].there :
				     record_ok(records, row, records->next.data), "accepted");
		return true;
	}
	cqe = host_expect(host, OHBA_QID_ADMIN, *tag);
	check_refusal(records, row, le16toh(cqe.status));
	return false;
}

void records_ended(struct records *records, bool kept)
{
	unsigned int i = records->started;

	none_if_zero(&records->next);
	if (kept) {
		records->now[i] = records->may[i][0] = records->next;
		records->nmay[i] = 1;
	} else if (records->nmay[i]) {
		fuzz_check(records->nmay[i] < MAY_MAX, "too many");
		records->may[i][records->nmay[i]++] = records->next;
	}
}

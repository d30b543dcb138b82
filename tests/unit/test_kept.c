// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records of targets, accounts and the initiator on flash (SPEC.md 6.3, 6.4): by command,
 * over resets and hangs, and when power goes at any time. Where they lie is test_flash's.
 */
#include <errno.h>

#include "entries.h"
#include "faults.h"

#define COPY	1024
#define HEAD	32
#define CRC	28

static void has_entry(struct host *host, uint32_t index, const struct ohba_target *target)
{
	struct ohba_target got;

	record_get(host, OHBA_ADMIN_TARGET_GET, index, 0, &got, sizeof(got),
		   target ? OHBA_ST_SUCCESS : OHBA_ST_INVALID_HANDLE);
	if (target)
		same_bytes("target", &got, target, sizeof(got));
}

static void has_account(struct host *host, uint32_t index, const struct ohba_account *account)
{
	struct ohba_account got;

	record_get(host, OHBA_ADMIN_ACCOUNT_GET, index, OHBA_ACCOUNT_SECRET, &got, sizeof(got),
		   account ? OHBA_ST_SUCCESS : OHBA_ST_INVALID_HANDLE);
	if (account)
		same_bytes("account", &got, account, sizeof(got));
}

static struct ohba_initiator named(unsigned int n)
{
	struct ohba_initiator initiator = { 0 };

	snprintf((char *)initiator.name, sizeof(initiator.name), "iqn.2026-01.test:host%u", n);
	return initiator;
}

/* @n 0: it has a name of its own. */
static void has_name(struct host *host, unsigned int n)
{
	struct ohba_initiator got, want = named(n);

	record_get(host, OHBA_ADMIN_INITIATOR_GET, 0, 0, &got, sizeof(got), OHBA_ST_SUCCESS);
	if (n)
		same_bytes("initiator", &got, &want, sizeof(got));
	else
		assert_memory_equal(got.name, "eui.", 4);
}

/* Without the name that is its own. */
static void was_given(struct host *host, unsigned int n)
{
	struct ohba_initiator got, want = n ? named(n) : (struct ohba_initiator){ 0 };

	record_get(host, OHBA_ADMIN_INITIATOR_GET, 0, OHBA_INITIATOR_KEPT, &got, sizeof(got),
		   OHBA_ST_SUCCESS);
	same_bytes("initiator", &got, &want, sizeof(got));
}

static void initiator_set(struct host *host, unsigned int n, uint16_t status)
{
	struct ohba_initiator initiator = named(n);

	record_set(host, OHBA_ADMIN_INITIATOR_SET, 0, &initiator, sizeof(initiator), status);
}

static uint32_t start_entry(struct host *host, uint32_t index, const struct ohba_target *target)
{
	return record_start(host, OHBA_ADMIN_TARGET_SET, index, target, sizeof(*target));
}

static uint32_t start_delete(struct host *host, uint8_t opcode, uint32_t index)
{
	struct ohba_sqe sqe = sqe_admin(opcode, index);

	return host_admin_start(host, &sqe);
}

static void ends_with(struct host *host, uint32_t tag, uint16_t status)
{
	struct ohba_cqe cqe = host_expect(host, OHBA_QID_ADMIN, tag);

	expect_status(&cqe, status);
}

static void let(struct host *host)
{
	host_settle(host);
	host_flash_let(host, entries_flash.len, 0);
}

/* --- room ------------------------------------------------------------------- */

static void has_room(struct host *host, uint32_t targets, uint32_t accounts)
{
	struct ohba_identify id;

	record_get(host, OHBA_ADMIN_IDENTIFY, 0, 0, &id, sizeof(id), OHBA_ST_SUCCESS);
	assert_int_equal(le32toh(id.max_targets), targets);
	assert_int_equal(le32toh(id.max_accounts), accounts);
}

static void test_room(void **state)
{
	struct ohba_target entry = entry_of(1);

	has_room(*state, FLASH_TARGETS, FLASH_ACCOUNTS);
	entry_set(*state, FLASH_TARGETS - 1, &entry, OHBA_ST_SUCCESS);
	entry_set(*state, FLASH_TARGETS, &entry, OHBA_ST_INVALID_HANDLE);
	entries_flash.size = OHBA_FW_FLASH_MIN;
	has_room(entries_cycle(state), TARGETS, ACCOUNTS);
	host_use_flash(NULL);
	has_room(entries_cycle(state), TARGETS, ACCOUNTS);
}

/* Without room for any they live until power is off. */
static void test_no_room(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host;

	entries_flash.size = OHBA_FW_FLASH_MIN;
	host = entries_cycle(state);
	entry_set(host, 3, &entry, OHBA_ST_SUCCESS);
	initiator_set(host, 1, OHBA_ST_SUCCESS);
	assert_int_equal(entries_flash.writes, 0);
	host_reset(host);
	host_bring_up(host);
	has_entry(host, 3, &entry);
	has_name(host, 1);
	was_given(host, 1);
	host = entries_cycle(state);
	has_entry(host, 3, NULL);
	has_name(host, 0);
	was_given(host, 0);
}

/* --- commands ---------------------------------------------------------------- */

static void test_outlives_power(void **state)
{
	struct ohba_account account = account_of("user", "a secret of 16 b");
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	entry.account = htole16(1);
	entry.login_by = OHBA_LOGIN_BY_HOST;
	account_set(host, 1, &account, OHBA_ST_SUCCESS);
	entry_set(host, 3, &entry, OHBA_ST_SUCCESS);
	initiator_set(host, 7, OHBA_ST_SUCCESS);
	assert_int_equal(entries_flash.writes, 3);
	host = entries_cycle(state);
	has_account(host, 0, NULL);
	has_account(host, 1, &account);
	has_entry(host, 2, NULL);
	has_entry(host, 3, &entry);
	has_name(host, 7);
	entry_do(host, OHBA_ADMIN_ACCOUNT_DELETE, 1, 0, OHBA_ST_BUSY);
	entry_do(host, OHBA_ADMIN_TARGET_DELETE, 3, 0, OHBA_ST_SUCCESS);
	entry_do(host, OHBA_ADMIN_ACCOUNT_DELETE, 1, 0, OHBA_ST_SUCCESS);
	host = entries_cycle(state);
	has_account(host, 1, NULL);
	has_entry(host, 3, NULL);
	assert_int_equal(ohba_fw_flash_damaged(host->fw), 0);
}

/* Who logs in is known before there is a host that could. */
static void test_who_logs_in(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	entry.flags |= htole16(OHBA_TARGET_AUTO);
	entry.login_by = OHBA_LOGIN_BY_HOST;
	entry_set(host, 0, &entry, OHBA_ST_SUCCESS);
	host = entries_cycle(state);
	host_settle(host);
	entry_is(host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_HELPER);
	host->nevents = 0;
}

/* Less room for accounts harms no entry: a login with it says what it misses. */
static void test_fewer_accounts(void **state)
{
	struct ohba_fw_config cfg = host_config;
	struct ohba_account account = account_of("user", "a secret of 16 b");
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	entry.account = htole16(FLASH_ACCOUNTS - 1);
	account_set(host, FLASH_ACCOUNTS - 1, &account, OHBA_ST_SUCCESS);
	entry_set(host, 0, &entry, OHBA_ST_SUCCESS);
	host_free(host);
	cfg.max_targets = TARGETS;
	cfg.max_accounts = FLASH_ACCOUNTS - 1;
	*state = host = host_new_ready_config(&cfg);
	has_entry(host, 0, &entry);
	entry_set(host, 1, &entry, OHBA_ST_INVALID_FIELD);
	entry_do(host, OHBA_ADMIN_TARGET_LOGIN, 0, 0, OHBA_ST_SUCCESS);
	host_settle(host);
	entry_is(host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_CONFIG);
	host->nevents = 0;
	host->guest_traces = 0;
}

static uint8_t phase_of(struct host *host, uint32_t index)
{
	struct ohba_target_state got;

	record_get(host, OHBA_ADMIN_TARGET_STATE, index, 0, &got, sizeof(got), OHBA_ST_SUCCESS);
	return got.phase;
}

/* What is to log in by itself does, when power comes. */
static void test_auto(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	entry.flags |= htole16(OHBA_TARGET_AUTO);
	entry_set(host, 3, &entry, OHBA_ST_SUCCESS);
	entry.flags = 0;
	entry.name[20]++;
	entry_set(host, 4, &entry, OHBA_ST_SUCCESS);
	assert_int_equal(phase_of(host, 3), OHBA_TARGET_OFF);
	host = entries_cycle(state);
	assert_int_not_equal(phase_of(host, 3), OHBA_TARGET_OFF);
	assert_int_equal(phase_of(host, 4), OHBA_TARGET_OFF);
}

/* In force, and complete, when it is kept: not before. */
static void test_when_kept(void **state)
{
	struct ohba_target first = entry_of(1), second = entry_of(2);
	struct host *host = *state;
	uint32_t tag;

	entry_set(host, 3, &first, OHBA_ST_SUCCESS);
	entries_flash.hold = true;
	tag = start_entry(host, 3, &second);
	host_settle(host);
	has_entry(host, 3, &first);
	host_expect_none(host, OHBA_QID_ADMIN);
	let(host);
	ends_with(host, tag, OHBA_ST_SUCCESS);
	has_entry(host, 3, &second);
	tag = start_delete(host, OHBA_ADMIN_TARGET_DELETE, 3);
	host_settle(host);
	has_entry(host, 3, &second);
	let(host);
	ends_with(host, tag, OHBA_ST_SUCCESS);
	has_entry(host, 3, NULL);
}

static void test_fails(void **state)
{
	struct ohba_target first = entry_of(1), second = entry_of(2);
	struct host *host = *state;

	entry_set(host, 3, &first, OHBA_ST_SUCCESS);
	entries_flash.write_err = -ENOSPC;
	entry_set(host, 3, &second, OHBA_ST_FLASH);
	entry_do(host, OHBA_ADMIN_TARGET_DELETE, 3, 0, OHBA_ST_FLASH);
	initiator_set(host, 1, OHBA_ST_FLASH);
	has_entry(host, 3, &first);
	has_name(host, 0);
	/* They reached flash, though nobody could say so: what is written next holds. */
	entries_flash.write_err = 0;
	entry_set(host, 3, &second, OHBA_ST_SUCCESS);
	initiator_set(host, 2, OHBA_ST_SUCCESS);
	host = entries_cycle(state);
	has_entry(host, 3, &second);
	has_name(host, 2);
}

/* Each finds what those before it left, not what there was when it came. */
static void test_turns(void **state)
{
	struct ohba_account account = account_of("user", "a secret of 16 b");
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;
	uint32_t tag[4];

	account_set(host, 1, &account, OHBA_ST_SUCCESS);
	entry.account = htole16(1);
	entries_flash.hold = true;
	tag[0] = start_entry(host, 3, &entry);
	tag[1] = start_delete(host, OHBA_ADMIN_ACCOUNT_DELETE, 1);
	tag[2] = start_delete(host, OHBA_ADMIN_TARGET_DELETE, 3);
	tag[3] = start_delete(host, OHBA_ADMIN_ACCOUNT_DELETE, 1);
	let(host);
	ends_with(host, tag[0], OHBA_ST_SUCCESS);
	ends_with(host, tag[1], OHBA_ST_BUSY);
	host_expect_none(host, OHBA_QID_ADMIN);
	let(host);
	ends_with(host, tag[2], OHBA_ST_SUCCESS);
	let(host);
	ends_with(host, tag[3], OHBA_ST_SUCCESS);
	has_account(host, 1, NULL);
}

static void bring_up_again(struct host *host)
{
	host_reset(host);
	host_bring_up(host);
}

/* A reset forgets the command, not the write; one that waited was never begun. */
static void test_reset(void **state)
{
	struct ohba_target first = entry_of(1), second = entry_of(2);
	struct host *host = *state;
	uint32_t tag;

	entries_flash.hold = true;
	start_entry(host, 3, &first);
	start_entry(host, 4, &first);
	host_settle(host);
	bring_up_again(host);
	has_entry(host, 3, NULL);
	tag = start_entry(host, 5, &second);
	let(host);
	host_expect_none(host, OHBA_QID_ADMIN);
	has_entry(host, 3, &first);
	let(host);
	ends_with(host, tag, OHBA_ST_SUCCESS);
	has_entry(host, 4, NULL);
	has_entry(host, 5, &second);
	assert_int_equal(entries_flash.writes, 2);
}

static void test_hang(void **state)
{
	struct ohba_target first = entry_of(1);
	struct host *host = *state;

	entries_flash.hold = true;
	start_entry(host, 3, &first);
	start_entry(host, 4, &first);
	host_settle(host);
	fault_set(host, "hang");
	let(host);
	host_settle(host);
	host_reap(host, OHBA_QID_ADMIN);
	host_expect_none(host, OHBA_QID_ADMIN);
	bring_up_again(host);
	host_expect_none(host, OHBA_QID_ADMIN);
	has_entry(host, 3, &first);
	has_entry(host, 4, NULL);
	assert_int_equal(entries_flash.writes, 1);
}

/* --- what lies there ---------------------------------------------------------- */

/* The first copy that is written of a record of index 1. */
static uint8_t *target_copy(void)
{
	return entries_flash.bytes + 16384 + 9216 + 2 * COPY;
}

static uint8_t *account_copy(void)
{
	return entries_flash.bytes + 16384 + 18432 + 9216;
}

static void forge(uint8_t *copy, size_t at, uint8_t value)
{
	uint32_t crc;

	copy[HEAD + at] = value;
	memset(copy + CRC, 0, 4);
	crc = htole32(crc32c_slow(0, copy, COPY));
	memcpy(copy + CRC, &crc, 4);
}

static void has_lost(struct host *host, uint32_t n)
{
	struct ohba_identify id;

	assert_int_equal(ohba_fw_flash_damaged(host->fw), n);
	record_get(host, OHBA_ADMIN_IDENTIFY, 0, 0, &id, sizeof(id), OHBA_ST_SUCCESS);
	assert_int_equal(le32toh(id.lost_records), n);
}

/* Whatever a command would not take is not there; the rest is. */
static void test_hostile(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ offsetof(struct ohba_target, flags), 0xff },
		{ offsetof(struct ohba_target, family), 5 },
		{ offsetof(struct ohba_target, rsvd1), 1 },
		{ offsetof(struct ohba_target, name), 'x' },
		{ offsetof(struct ohba_target, header_digest), 0 },
		{ offsetof(struct ohba_target, account) + 1, OHBA_ACCOUNTS_MAX >> 8 },
		{ offsetof(struct ohba_target, max_r2t), 0 },
	};
	struct ohba_account account = account_of("user", "a secret of 16 b");
	struct ohba_target entry = entry_of(1), other = entry_of(2);
	struct host *host = *state;
	struct flash good;
	unsigned int i;

	entry.account = htole16(1);
	entry_set(host, 0, &other, OHBA_ST_SUCCESS);
	entry_set(host, 1, &entry, OHBA_ST_SUCCESS);
	account_set(host, 1, &account, OHBA_ST_SUCCESS);
	has_lost(host, 0);
	good = entries_flash;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		forge(target_copy(), bad[i].at, bad[i].value);
		host = entries_cycle(state);
		has_lost(host, 1);
		has_entry(host, 0, &other);
		has_entry(host, 1, NULL);
		has_account(host, 1, &account);
		entries_flash = good;
	}
	forge(account_copy(), offsetof(struct ohba_account, secret_len) + 1, 2);
	host = entries_cycle(state);
	has_lost(host, 1);
	has_account(host, 1, NULL);
	has_entry(host, 1, &entry);
}

/* A secret that ACCOUNT_SET refuses stays if it was there: a login with it says what it lacks. */
static void test_short_secret(void **state)
{
	struct ohba_account account = account_of("user", "a secret of 16 b");
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;
	unsigned int i;

	account_set(host, 1, &account, OHBA_ST_SUCCESS);
	for (i = 8; i < 16; i++) {
		account.secret[i] = 0;
		forge(account_copy(), offsetof(struct ohba_account, secret) + i, 0);
	}
	account.secret_len = htole16(8);
	forge(account_copy(), offsetof(struct ohba_account, secret_len), 8);
	host = entries_cycle(state);
	assert_int_equal(ohba_fw_flash_damaged(host->fw), 0);
	has_account(host, 1, &account);
	account_set(host, 1, &account, OHBA_ST_INVALID_FIELD);
	entry.account = htole16(1);
	entry_set(host, 0, &entry, OHBA_ST_SUCCESS);
	entry_do(host, OHBA_ADMIN_TARGET_LOGIN, 0, 0, OHBA_ST_SUCCESS);
	host_settle(host);
	assert_int_equal(le16toh(entry_state(host, 0).reason), OHBA_ST_LOGIN_CONFIG);
	assert_non_null(strstr((char *)entry_state(host, 0).words,
			       "CHAP secret of less than 12 bytes"));
}

/* --- power goes -------------------------------------------------------------- */

#define TEARS	1000

/* Three targets, then the accounts, and the initiator; each has a number, 0: there is none. */
enum { INITIATOR = 3 + FLASH_ACCOUNTS, SLOTS };

static const uint32_t targets[3] = { 0, 7, 8 };

static struct ohba_account numbered(unsigned int n)
{
	char secret[32];

	snprintf(secret, sizeof(secret), "the secret number %u", n);
	return account_of("user", secret);
}

static struct ohba_target entry_numbered(unsigned int n)
{
	struct ohba_target entry = entry_of(n % 200 + 1);

	memcpy(entry.host, &n, sizeof(n));
	return entry;
}

static uint32_t start(struct host *host, unsigned int slot, unsigned int n)
{
	struct ohba_initiator initiator = named(n);
	struct ohba_target entry = entry_numbered(n);
	struct ohba_account account = numbered(n);

	if (slot == INITIATOR)
		return record_start(host, OHBA_ADMIN_INITIATOR_SET, 0, &initiator,
				    sizeof(initiator));
	if (slot < 3)
		return n ? start_entry(host, targets[slot], &entry) :
			   start_delete(host, OHBA_ADMIN_TARGET_DELETE, targets[slot]);
	return n ? record_start(host, OHBA_ADMIN_ACCOUNT_SET, slot - 3, &account,
				sizeof(account)) :
		   start_delete(host, OHBA_ADMIN_ACCOUNT_DELETE, slot - 3);
}

static unsigned int seen_entry(struct host *host, uint32_t index)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_GET, index);
	struct ohba_target got, want;
	struct ohba_cqe cqe;
	uint64_t addr = mem_alloc(host->mem, sizeof(got), MEM_IN);
	unsigned int n;

	sqe_data(&sqe, addr, sizeof(got));
	cqe = host_admin(host, &sqe);
	if (le16toh(cqe.status) == OHBA_ST_INVALID_HANDLE)
		return 0;
	memcpy(&got, mem_ptr(host->mem, addr), sizeof(got));
	memcpy(&n, got.host, sizeof(n));
	want = entry_numbered(n);
	same_bytes("target", &got, &want, sizeof(got));
	return n;
}

static unsigned int seen_account(struct host *host, uint32_t index)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_ACCOUNT_GET, index);
	struct ohba_account got, want;
	struct ohba_cqe cqe;
	uint64_t addr = mem_alloc(host->mem, sizeof(got), MEM_IN);
	unsigned int n;

	sqe.flags = OHBA_ACCOUNT_SECRET;
	sqe_data(&sqe, addr, sizeof(got));
	cqe = host_admin(host, &sqe);
	if (le16toh(cqe.status) == OHBA_ST_INVALID_HANDLE)
		return 0;
	memcpy(&got, mem_ptr(host->mem, addr), sizeof(got));
	assert_int_equal(sscanf((char *)got.secret, "the secret number %u", &n), 1);
	want = numbered(n);
	same_bytes("account", &got, &want, sizeof(got));
	return n;
}

static unsigned int seen_name(struct host *host)
{
	struct ohba_initiator got;
	unsigned int n = 0;

	record_get(host, OHBA_ADMIN_INITIATOR_GET, 0, 0, &got, sizeof(got), OHBA_ST_SUCCESS);
	if (sscanf((char *)got.name, "iqn.2026-01.test:host%u", &n) != 1)
		assert_memory_equal(got.name, "eui.", 4);
	return n;
}

static unsigned int seen(struct host *host, unsigned int slot)
{
	if (slot == INITIATOR)
		return seen_name(host);
	return slot < 3 ? seen_entry(host, targets[slot]) : seen_account(host, slot - 3);
}

/* Of a record whose copies are both lost there are two writes: all, or the first. */
static void let_writes(struct host *host, struct prng *prng, bool all)
{
	while (entries_flash.held && (all || !prng_below(prng, 3)))
		let(host);
	host_settle(host);
}

/* One command, which is kept, or torn by a loss of power. */
static void play(void **state, struct prng *prng, unsigned int *kept, unsigned int *last,
		 unsigned int *tears)
{
	unsigned int slot = prng_below(prng, SLOTS), n = ++*last, i, now;
	bool torn = !prng_below(prng, 3);
	struct host *host = *state;
	uint32_t tag;

	if (kept[slot] && slot != INITIATOR && !prng_below(prng, 3))
		n = 0;
	tag = start(host, slot, n);
	host_settle(host);
	let_writes(host, prng, !torn);
	if (!entries_flash.held) {
		ends_with(host, tag, OHBA_ST_SUCCESS);
		kept[slot] = n;
		return;
	}
	++*tears;
	host_flash_let(host, prng_below(prng, entries_flash.len + 1), -EIO);
	ends_with(host, tag, OHBA_ST_FLASH);
	host = entries_cycle(state);
	for (i = 0; i < SLOTS; i++) {
		now = seen(host, i);
		if (i == slot && now == n)
			kept[slot] = n;
		assert_int_equal(now, kept[i]);
	}
}

static void test_torn(void **state)
{
	struct prng prng = { prng_seed(0x4e97) };
	unsigned int kept[SLOTS] = { 0 }, last = 0, tears = 0;

	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	entries_flash.hold = true;
	while (tears < TEARS)
		play(state, &prng, kept, &last, &tears);
}

#define KEPT(name)	cmocka_unit_test_setup_teardown(test_##name, entries_erased, entries_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEPT(room), KEPT(no_room), KEPT(outlives_power), KEPT(auto), KEPT(when_kept),
		KEPT(fails), KEPT(turns), KEPT(reset), KEPT(hang), KEPT(hostile), KEPT(torn),
		KEPT(short_secret), KEPT(fewer_accounts), KEPT(who_logs_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

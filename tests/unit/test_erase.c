// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FLASH_ERASE (SPEC.md section 6.8): what is gone, when it may be, who waits, resets and power.
 * Where power goes in it is test_flash_torn's.
 */
#include <errno.h>

#include "entries.h"
#include "faults.h"
#include "target.h"

static uint32_t start_erase(struct host *host)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_FLASH_ERASE, 0);

	return host_admin_start(host, &sqe);
}

static void ends_with(struct host *host, uint32_t tag, uint16_t status)
{
	struct ohba_cqe cqe = host_expect(host, OHBA_QID_ADMIN, tag);

	expect_status(&cqe, status);
}

static void let(struct host *host, int err)
{
	host_settle(host);
	host_flash_let(host, entries_flash.len, err);
	host_settle(host);
}

static void let_all(struct host *host)
{
	host_settle(host);
	while (entries_flash.held)
		let(host, 0);
}

static const struct ohba_account *an_account(void)
{
	static struct ohba_account account;

	account = account_of("user", "a secret of 16 b");
	return &account;
}

static void fill(struct host *host)
{
	struct ohba_initiator initiator = { .name = "iqn.2026-01.test:host" };
	struct ohba_target entry = entry_of(1);

	account_set(host, 1, an_account(), OHBA_ST_SUCCESS);
	entry.account = htole16(1);
	entry_set(host, 3, &entry, OHBA_ST_SUCCESS);
	record_set(host, OHBA_ADMIN_INITIATOR_SET, 0, &initiator, sizeof(initiator),
		   OHBA_ST_SUCCESS);
}

static void has_all(struct host *host, bool there)
{
	uint16_t status = there ? OHBA_ST_SUCCESS : OHBA_ST_INVALID_HANDLE;
	struct ohba_initiator initiator;
	struct ohba_account account;
	struct ohba_target target;

	record_get(host, OHBA_ADMIN_TARGET_GET, 3, 0, &target, sizeof(target), status);
	record_get(host, OHBA_ADMIN_ACCOUNT_GET, 1, 0, &account, sizeof(account), status);
	record_get(host, OHBA_ADMIN_INITIATOR_GET, 0, OHBA_INITIATOR_KEPT, &initiator,
		   sizeof(initiator), OHBA_ST_SUCCESS);
	assert_int_equal(!initiator.name[0], !there);
	host->guest_traces = 0;
}

static bool has_secret(void)
{
	size_t i;

	for (i = 0; i + 16 <= sizeof(entries_flash.bytes); i++)
		if (!memcmp(entries_flash.bytes + i, "a secret of 16 b", 16))
			return true;
	return false;
}

/* All of it, and nothing is left for who looks at the drive. */
static void test_erases(void **state)
{
	struct host *host = *state;

	fill(host);
	assert_true(has_secret());
	ends_with(host, start_erase(host), OHBA_ST_SUCCESS);
	has_all(host, false);
	assert_false(has_secret());
	host = entries_cycle(state);
	has_all(host, false);
	assert_int_equal(ohba_fw_flash_damaged(host->fw), 0);
	/* And it keeps what it is told then. */
	fill(host);
	host = entries_cycle(state);
	has_all(host, true);
}

static void test_refused(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_FLASH_ERASE, 0);
	struct host *host = *state;

	fill(host);
	entry_do(host, OHBA_ADMIN_TARGET_LOGIN, 3, 0, OHBA_ST_SUCCESS);
	ends_with(host, host_admin_start(host, &sqe), OHBA_ST_BUSY);
	has_all(host, true);
	entry_do(host, OHBA_ADMIN_TARGET_LOGOUT, 3, 0, OHBA_ST_SUCCESS);
	ends_with(host, host_admin_start(host, &sqe), OHBA_ST_SUCCESS);
	has_all(host, false);
	host->nevents = 0;
}

/* It waits its turn; nobody logs in to what is about to go, and who comes then is turned away. */
static void test_turns(void **state)
{
	struct ohba_target entry = entry_of(2);
	struct host *host = *state;
	uint32_t tag[3];

	fill(host);
	entries_flash.hold = true;
	tag[0] = record_start(host, OHBA_ADMIN_TARGET_SET, 4, &entry, sizeof(entry));
	tag[1] = start_erase(host);
	tag[2] = record_start(host, OHBA_ADMIN_TARGET_SET, 5, &entry, sizeof(entry));
	let(host, 0);
	ends_with(host, tag[0], OHBA_ST_SUCCESS);
	ends_with(host, tag[2], OHBA_ST_BUSY);
	has_all(host, true);
	entry_do(host, OHBA_ADMIN_TARGET_LOGIN, 3, 0, OHBA_ST_BUSY);
	ends_with(host, record_start(host, OHBA_ADMIN_TARGET_SET, 5, &entry, sizeof(entry)),
		  OHBA_ST_BUSY);
	let(host, 0);
	let(host, 0);
	has_all(host, false);
	host_expect_none(host, OHBA_QID_ADMIN);
	let_all(host);
	ends_with(host, tag[1], OHBA_ST_SUCCESS);
	entries_flash.hold = false;
	ends_with(host, record_start(host, OHBA_ADMIN_TARGET_SET, 5, &entry, sizeof(entry)),
		  OHBA_ST_SUCCESS);
	has_all(host, false);
	host->nevents = 0;
}

/* A reset forgets the command and not the erase; power ends it, and the next host goes on. */
static void test_reset(void **state)
{
	struct host *host = *state;
	unsigned int writes;

	for (writes = 1; writes < 7; writes++) {
		unsigned int i;

		fill(host);
		entries_flash.hold = true;
		start_erase(host);
		for (i = 0; i < writes; i++)
			let(host, 0);
		host_reset(host);
		host_bring_up(host);
		let_all(host);
		entries_flash.hold = false;
		has_all(host, false);
		assert_false(has_secret());
	}
}

static uint8_t phase_of(struct host *host, uint32_t index)
{
	struct ohba_target_state got;

	record_get(host, OHBA_ADMIN_TARGET_STATE, index, 0, &got, sizeof(got), OHBA_ST_SUCCESS);
	return got.phase;
}

/*
 * Who logs in by itself at a reset does so when an erase that was under way has failed, unless it
 * was told not to: without a reset it stays off.
 */
static void test_reset_and_undone(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;
	int reset;

	entry.flags |= htole16(OHBA_TARGET_AUTO);
	entry_set(host, 3, &entry, OHBA_ST_SUCCESS);
	for (reset = 0; reset < 2; reset++) {
		uint32_t tag;

		entries_flash.hold = true;
		tag = start_erase(host);
		host_settle(host);
		if (reset) {
			host_reset(host);
			host_bring_up(host);
			assert_int_equal(phase_of(host, 3), OHBA_TARGET_OFF);
			host_no_event(host);
		}
		entry_do(host, OHBA_ADMIN_TARGET_LOGIN, 3, 0, OHBA_ST_BUSY);
		entry_do(host, OHBA_ADMIN_TARGET_LOGOUT, 3, 0, reset ? OHBA_ST_BUSY : OHBA_ST_SUCCESS);
		let(host, -EIO);
		let_all(host);
		entries_flash.hold = false;
		if (!reset)
			ends_with(host, tag, OHBA_ST_FLASH);
		assert_int_equal(phase_of(host, 3) != OHBA_TARGET_OFF, reset);
		host->nevents = 0;
	}
}

/* Nor does an adapter that is off by then. */
static void test_reset_and_off(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	entry.flags |= htole16(OHBA_TARGET_AUTO);
	entry_set(host, 3, &entry, OHBA_ST_SUCCESS);
	entries_flash.hold = true;
	start_erase(host);
	host_settle(host);
	host_reset(host);
	host_bring_up(host);
	host_reset(host);
	let(host, -EIO);
	let_all(host);
	assert_int_equal(target_count(host->target), 0);
	entries_flash.hold = false;
	host_bring_up(host);
	assert_int_not_equal(phase_of(host, 3), OHBA_TARGET_OFF);
	host->nevents = 0;
}

static void test_power(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	fill(host);
	entries_flash.hold = true;
	start_erase(host);
	let(host, 0);
	host_settle(host);
	host_flash_let(host, entries_flash.len / 2, -EIO);
	host_free(host);
	entries_flash.held = NULL;
	entries_flash.hold = false;
	assert_true(has_secret());
	entries_flash.hold = true;
	*state = host = entries_new();
	has_all(host, false);
	ends_with(host, record_start(host, OHBA_ADMIN_TARGET_SET, 5, &entry, sizeof(entry)),
		  OHBA_ST_BUSY);
	let_all(host);
	entries_flash.hold = false;
	assert_false(has_secret());
	fill(host);
	host = entries_cycle(state);
	has_all(host, true);
}

/* Its third write fails. */
static void fail_erase(struct host *host)
{
	uint32_t tag;

	fill(host);
	entries_flash.hold = true;
	tag = start_erase(host);
	let(host, 0);
	let(host, 0);
	let(host, -EIO);
	ends_with(host, tag, OHBA_ST_FLASH);
}

/* Gone from memory, maybe not from the drive: nothing is kept before an erase succeeds. */
static void test_fails(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	fail_erase(host);
	entries_flash.hold = false;
	has_all(host, false);
	entry_set(host, 3, &entry, OHBA_ST_FLASH);
	ends_with(host, start_erase(host), OHBA_ST_SUCCESS);
	fill(host);
	host = entries_cycle(state);
	has_all(host, true);
}

/* What is gone does not come back by the failure of the next erase. */
static void test_fails_twice(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;
	uint32_t tag;

	fail_erase(host);
	tag = start_erase(host);
	let(host, -EIO);
	let_all(host);
	ends_with(host, tag, OHBA_ST_FLASH);
	entries_flash.hold = false;
	entry_set(host, 3, &entry, OHBA_ST_FLASH);
	host = entries_cycle(state);
	host_settle(host);
	has_all(host, false);
	assert_false(has_secret());
}

/* Not begun: all is as it was, and what is set from then on is kept. */
static void test_undone(void **state)
{
	struct host *host = *state;
	uint32_t tag;

	fill(host);
	entries_flash.hold = true;
	tag = start_erase(host);
	let(host, -EIO);
	let_all(host);
	ends_with(host, tag, OHBA_ST_FLASH);
	entries_flash.hold = false;
	has_all(host, true);
	fill(host);
	host = entries_cycle(state);
	has_all(host, true);
}

/* One that succeeded before is over: what was set since is still there. */
static void test_undone_later(void **state)
{
	struct host *host = *state;
	uint32_t tag;

	fill(host);
	ends_with(host, start_erase(host), OHBA_ST_SUCCESS);
	fill(host);
	entries_flash.hold = true;
	tag = start_erase(host);
	let(host, -EIO);
	let_all(host);
	ends_with(host, tag, OHBA_ST_FLASH);
	entries_flash.hold = false;
	has_all(host, true);
	host = entries_cycle(state);
	has_all(host, true);
}

/* Without flash there is memory alone; with too little there is nothing to say it with. */
static void test_memory(void **state)
{
	struct host *host;

	host_use_flash(NULL);
	host = entries_cycle(state);
	fill(host);
	ends_with(host, start_erase(host), OHBA_ST_SUCCESS);
	has_all(host, false);
	host_use_flash(&entries_flash);
	entries_flash.size = 14335;
	host = entries_cycle(state);
	assert_int_equal(host_read(host, OHBA_REG_FEATURES) & OHBA_FEATURE_ERASE, 0);
	ends_with(host, start_erase(host), OHBA_ST_INVALID_OPCODE);
	entries_flash.size = 14336;
	host->guest_traces = 0;
	host = entries_cycle(state);
	ends_with(host, start_erase(host), OHBA_ST_SUCCESS);
}

#define ERASE(name)	cmocka_unit_test_setup_teardown(test_##name, entries_erased, entries_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ERASE(erases), ERASE(refused), ERASE(turns), ERASE(reset),
		ERASE(reset_and_undone), ERASE(reset_and_off), ERASE(power), ERASE(fails),
		ERASE(fails_twice), ERASE(undone), ERASE(undone_later), ERASE(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

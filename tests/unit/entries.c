// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of targets, by command (entries.h). */
#include "entries.h"

struct host *entries_new_many(uint32_t targets)
{
	struct ohba_fw_config cfg = host_config;

	cfg.max_targets = targets;
	cfg.max_accounts = ACCOUNTS;
	return host_new_ready_config(&cfg);
}

struct host *entries_new(void)
{
	return entries_new_many(TARGETS);
}

/* --- with flash ------------------------------------------------------------------ */

struct flash entries_flash;

int entries_erased(void **state)
{
	memset(&entries_flash, 0, sizeof(entries_flash));
	entries_flash.size = FLASH_BYTES;
	host_use_flash(&entries_flash);
	*state = entries_new();
	return 0;
}

int entries_end(void **state)
{
	host_free(*state);
	host_use_flash(NULL);
	return 0;
}

struct host *entries_cycle(void **state)
{
	host_free(*state);
	*state = entries_new();
	return *state;
}

/* --- records ---------------------------------------------------------------------- */

struct ohba_target entry_of(uint8_t last)
{
	struct ohba_target target = {
		.family = OHBA_FAMILY_IPV4, .port = htole16(3260), .addr = { 10, 0, 0, last },
		.header_digest = OHBA_DIGEST_NONE, .data_digest = OHBA_DIGEST_NONE,
		.chap_list = htole16(OHBA_CHAP_SHA256 | OHBA_CHAP_MD5 << 4),
		.account = htole16(OHBA_ACCOUNT_NONE),
		.target_account = htole16(OHBA_ACCOUNT_NONE),
		.flags = htole16(OHBA_TARGET_IMMEDIATE),
		.max_r2t = htole16(1), .max_recv_dsl = htole32(65536),
		.max_burst = htole32(262144), .first_burst = htole32(65536),
		.time2wait = htole16(0), .time2retain = htole16(0),
	};

	snprintf((char *)target.name, sizeof(target.name), "iqn.2026-01.test:disk%u", last);
	return target;
}

struct ohba_account account_of(const char *name, const char *secret)
{
	struct ohba_account account = { .secret_len = htole16(strlen(secret)) };

	snprintf((char *)account.name, sizeof(account.name), "%s", name);
	memcpy(account.secret, secret, strlen(secret));
	return account;
}

uint32_t record_start(struct host *host, uint8_t opcode, uint32_t index, const void *data,
		      uint32_t len)
{
	struct ohba_sqe sqe = sqe_admin(opcode, index);
	uint64_t addr = mem_alloc(host->mem, len, MEM_OUT);

	memcpy(mem_ptr(host->mem, addr), data, len);
	sqe_data(&sqe, addr, len);
	return host_admin_start(host, &sqe);
}

void record_set(struct host *host, uint8_t opcode, uint32_t index, const void *data,
		uint32_t len, uint16_t status)
{
	uint32_t tag = record_start(host, opcode, index, data, len);
	struct ohba_cqe cqe = host_expect(host, OHBA_QID_ADMIN, tag);

	expect_status(&cqe, status);
}

void record_get(struct host *host, uint8_t opcode, uint32_t index, uint8_t flags, void *data,
		uint32_t len, uint16_t status)
{
	struct ohba_sqe sqe = sqe_admin(opcode, index);
	uint64_t addr = mem_alloc(host->mem, len, MEM_IN);

	sqe.flags = flags;
	sqe_data(&sqe, addr, len);
	host_admin_status(host, &sqe, status);
	memcpy(data, mem_ptr(host->mem, addr), len);
	mem_retire(host->mem, addr);
}

void entry_set(struct host *host, uint32_t index, const struct ohba_target *target,
	       uint16_t status)
{
	record_set(host, OHBA_ADMIN_TARGET_SET, index, target, sizeof(*target), status);
}

void account_set(struct host *host, uint32_t index, const struct ohba_account *account,
		 uint16_t status)
{
	record_set(host, OHBA_ADMIN_ACCOUNT_SET, index, account, sizeof(*account), status);
}

void entry_do(struct host *host, uint8_t opcode, uint32_t index, uint8_t flags, uint16_t status)
{
	struct ohba_sqe sqe = sqe_admin(opcode, index);

	sqe.flags = flags;
	host_admin_status(host, &sqe, status);
}

struct ohba_target_state entry_state(struct host *host, uint32_t index)
{
	struct ohba_target_state state;

	record_get(host, OHBA_ADMIN_TARGET_STATE, index, 0, &state, sizeof(state),
		   OHBA_ST_SUCCESS);
	return state;
}

uint32_t entry_event(struct host *host, uint32_t index, uint8_t phase, uint16_t reason)
{
	struct ohba_event event = host_event(host, OHBA_EVENT_TARGET);

	assert_int_equal(le32toh(event.handle), index);
	if (le32toh(event.detail[0]) != phase || le16toh(event.reason) != reason)
		fail_msg("phase %u, %s; expected %u, %s", le32toh(event.detail[0]),
			 status_name(le16toh(event.reason)), phase, status_name(reason));
	assert_int_equal(event.cookie, 0);
	assert_int_equal(!event.detail[1], phase != OHBA_TARGET_UP);
	return le32toh(event.detail[1]);
}

void entry_is(struct host *host, uint32_t index, uint8_t phase, uint16_t reason)
{
	struct ohba_target_state state = entry_state(host, index);

	if (state.phase != phase || le16toh(state.reason) != reason)
		fail_msg("phase %u, %s; expected %u, %s (%s)", state.phase,
			 status_name(le16toh(state.reason)), phase, status_name(reason),
			 state.words);
	assert_int_equal(!state.session, phase != OHBA_TARGET_UP);
}

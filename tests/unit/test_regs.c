// SPDX-License-Identifier: GPL-2.0-or-later
/* Registers, the ready handshake, heartbeat and reset (SPEC.md section 3). */
#include "host.h"
#include "target.h"

#define CTRL_UP	(OHBA_CTRL_ENABLE | OHBA_ABI_VERSION << OHBA_CTRL_ABI_SHIFT)

static uint32_t fatal(uint16_t reason)
{
	return OHBA_STATUS_FATAL | (uint32_t)reason << OHBA_STATUS_REASON_SHIFT;
}

static int setup(void **state)
{
	*state = host_new();
	return 0;
}

static int setup_ready(void **state)
{
	*state = host_new_ready();
	return 0;
}

static int teardown(void **state)
{
	host_free(*state);
	return 0;
}

static void identity_is_constant(void **state)
{
	static const struct {
		uint32_t reg, val;
	} want[] = {
		{ OHBA_REG_MAGIC, OHBA_MAGIC },
		{ OHBA_REG_ABI, OHBA_ABI_RANGE(1, 1) },
		{ OHBA_REG_CLASS, OHBA_CLASS_FW },
		{ OHBA_REG_FW_VERSION, OHBA_FW_VERSION_MAJOR << 16 |
		  OHBA_FW_VERSION_MINOR << 8 | OHBA_FW_VERSION_PATCH },
		{ OHBA_REG_MAX_QUEUES, QUEUES },
		{ OHBA_REG_MAX_QSIZE, 1024 },
		{ OHBA_REG_FEATURES, OHBA_FEATURE_LOG | OHBA_FEATURE_ERASE },
		{ OHBA_REG_MAC_LO, 0x12a00b02 },
		{ OHBA_REG_MAC_HI, 0x5634 },
		{ OHBA_REG_CTRL, 0 },
		{ OHBA_REG_STATUS, 0 },
		{ 0x02c, 0 },		/* undefined */
		{ 0x3ffc, 0 },
		{ 0x041, 0 },		/* not aligned */
	};
	struct host *host = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(host_read(host, want[i].reg), want[i].val);
		if (want[i].reg == OHBA_REG_CTRL)
			continue;
		host_write(host, want[i].reg, ~want[i].val);
		host_settle(host);
		assert_int_equal(host_read(host, want[i].reg), want[i].val);
	}
	assert_in_range(host_read(host, OHBA_REG_READY_MS), 1, 15000);
}

static void ring_registers_keep_their_values(void **state)
{
	static const uint32_t regs[] = { 0x80, 0x84, 0x88, 0x8c, 0x90, 0x94, 0x98,
					 0xa0, 0xa4, 0xa8, 0xac, 0xb0 };
	struct host *host = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		host_write(host, regs[i], 0x11110000u + regs[i]);
	assert_int_equal(host_ctrl(host, 0), 0);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		assert_int_equal(host_read(host, regs[i]), 0x11110000u + regs[i]);
}

static void enable_and_reset(void **state)
{
	struct host *host = *state;
	int lap;

	for (lap = 0; lap < 3; lap++) {
		host_program_rings(host, 8, 8, 4);
		assert_int_equal(host_ctrl(host, CTRL_UP), OHBA_STATUS_READY);
		assert_int_equal(host_read(host, OHBA_REG_CTRL), CTRL_UP);
		/* A CTRL write that sets ENABLE while it is set is ignored. */
		assert_int_equal(host_ctrl(host, OHBA_CTRL_ENABLE | 7 << 16), OHBA_STATUS_READY);
		assert_int_equal(host_read(host, OHBA_REG_CTRL), CTRL_UP);
		host_reset(host);
	}
}

static void status_is_starting_until_the_loop_ran(void **state)
{
	struct host *host = *state;

	host_program_rings(host, 8, 8, 4);
	host_write(host, OHBA_REG_CTRL, CTRL_UP);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), 0);
	host_settle(host);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), OHBA_STATUS_READY);
	host_write(host, OHBA_REG_CTRL, 0);
	/* Not yet: 0 would promise that memory is no longer touched. */
	assert_int_not_equal(host_read(host, OHBA_REG_STATUS), 0);
	host_settle(host);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), 0);
}

static void reset_overtakes_enable(void **state)
{
	struct host *host = *state;

	host_program_rings(host, 8, 8, 4);
	host_write(host, OHBA_REG_CTRL, CTRL_UP);
	host_write(host, OHBA_REG_CTRL, 0);
	host_settle(host);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), 0);
	assert_int_equal(mem_mapped(host->mem), 0);
	/* And the other way around: reset and enable before the loop ran. */
	host_enable(host);
	host_write(host, OHBA_REG_CTRL, 0);
	host_program_rings(host, 8, 8, 4);
	host_write(host, OHBA_REG_CTRL, CTRL_UP);
	host_settle(host);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), OHBA_STATUS_READY);
}

static void wrong_abi_or_ctrl_bits(void **state)
{
	static const struct {
		uint32_t ctrl;
		uint16_t reason;
	} row[] = {
		{ OHBA_CTRL_ENABLE, OHBA_ST_UNSUPPORTED_ABI },
		{ OHBA_CTRL_ENABLE | 2 << 16, OHBA_ST_UNSUPPORTED_ABI },
		{ OHBA_CTRL_ENABLE | 0xffffu << 16, OHBA_ST_UNSUPPORTED_ABI },
		{ CTRL_UP | 0x0002, OHBA_ST_INVALID_FIELD },
		{ CTRL_UP | 0x8000, OHBA_ST_INVALID_FIELD },
	};
	struct host *host = *state;
	size_t i;

	host_program_rings(host, 8, 8, 4);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		assert_int_equal(host_ctrl(host, row[i].ctrl), fatal(row[i].reason));
		assert_int_equal(mem_mapped(host->mem), 0);
		assert_int_equal(host_ctrl(host, 0), 0);
	}
	host_enable(host);
}

/* Ring registers that enable must refuse: what to write over a good set. */
static void wrong_rings_are_fatal(void **state)
{
	static const struct {
		uint32_t reg, val;
		bool high;		/* the upper half of a 64-bit register too */
	} row[] = {
		{ OHBA_REG_ADMIN_SIZE, 0, 0 },
		{ OHBA_REG_ADMIN_SIZE, 8, 0 },
		{ OHBA_REG_ADMIN_SIZE, 8 << 16, 0 },
		{ OHBA_REG_ADMIN_SIZE, 1 | 8 << 16, 0 },
		{ OHBA_REG_ADMIN_SIZE, 8 | 1 << 16, 0 },
		{ OHBA_REG_ADMIN_SIZE, 6 | 8 << 16, 0 },
		{ OHBA_REG_ADMIN_SIZE, 8 | 7 << 16, 0 },
		{ OHBA_REG_ADMIN_SIZE, 2048 | 8 << 16, 0 },
		{ OHBA_REG_ADMIN_SIZE, 8 | 2048 << 16, 0 },
		{ OHBA_REG_ADMIN_SIZE, 0xffffffff, 0 },
		{ OHBA_REG_EVENT_SIZE, 0, 0 },
		{ OHBA_REG_EVENT_SIZE, 1, 0 },
		{ OHBA_REG_EVENT_SIZE, 3, 0 },
		{ OHBA_REG_EVENT_SIZE, 2048, 0 },
		{ OHBA_REG_EVENT_SIZE, 0x10004, 0 },
		{ OHBA_REG_EVENT_SIZE, 0x80000000, 0 },
		/* not RAM, or not aligned to 64 */
		{ OHBA_REG_ADMIN_CTL, 0x1000, 1 }, { OHBA_REG_ADMIN_CTL, 0xffffffc0, 1 },
		{ OHBA_REG_ADMIN_SQ, 0x1000, 1 }, { OHBA_REG_ADMIN_SQ, 0xffffffc0, 1 },
		{ OHBA_REG_ADMIN_CQ, 0x1000, 1 }, { OHBA_REG_ADMIN_CQ, 0xffffffc0, 1 },
		{ OHBA_REG_EVENT_CTL, 0x1000, 1 }, { OHBA_REG_EVENT_CTL, 0xffffffc0, 1 },
		{ OHBA_REG_EVENT_CQ, 0x1000, 1 }, { OHBA_REG_EVENT_CQ, 0xffffffc0, 1 },
	};
	static const uint32_t bases[] = { OHBA_REG_ADMIN_CTL, OHBA_REG_ADMIN_SQ,
					  OHBA_REG_ADMIN_CQ, OHBA_REG_EVENT_CTL,
					  OHBA_REG_EVENT_CQ };
	struct host *host = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row) + ARRAY_SIZE(bases); i++) {
		host_program_rings(host, 8, 8, 4);
		if (i >= ARRAY_SIZE(row)) {
			uint32_t reg = bases[i - ARRAY_SIZE(row)];

			host_write(host, reg, host_read(host, reg) + 32);
		} else {
			host_write(host, row[i].reg, row[i].val);
			if (row[i].high)
				host_write(host, row[i].reg + 4, row[i].val == 0x1000 ? 0 : ~0u);
		}
		assert_int_equal(host_ctrl(host, CTRL_UP), fatal(OHBA_ST_INVALID_QUEUE));
		host_reset(host);
	}
	host_program_rings(host, 2, 1024, 2);
	host_enable(host);
}

static void heartbeat_counts_while_ready(void **state)
{
	struct host *host = *state;
	uint32_t last = host_read(host, OHBA_REG_HEARTBEAT);
	int i;

	for (i = 0; i < 10; i++) {
		uint32_t now;

		host_advance(host, OHBA_HEARTBEAT_MS * MS);
		now = host_read(host, OHBA_REG_HEARTBEAT);
		assert_int_not_equal(now, last);
		last = now;
	}
	host_reset(host);
	host_advance(host, 5000 * MS);
	assert_int_equal(host_read(host, OHBA_REG_HEARTBEAT), last);
}

static void wrong_admin_index_is_fatal(void **state)
{
	static const struct {
		uint32_t sq_tail, cq_head;
	} row[] = {
		{ 65, 0 }, { 0x80000000, 0 }, { 0xffffffff, 0 },
		{ 1, 1 }, { 1, 0xffffffbf }, { 1, 0x80000000 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct host *host = host_new();

		host_program_rings(host, 64, 64, 4);
		host_enable(host);
		host->admin.ctl->cq_head = htole32(row[i].cq_head);
		host->admin.ctl->sq_tail = htole32(row[i].sq_tail);
		host_write(host, OHBA_REG_DOORBELL(0), 0);
		host_settle(host);
		assert_int_equal(host_read(host, OHBA_REG_STATUS), fatal(OHBA_ST_INVALID_QUEUE));
		assert_int_equal(mem_mapped(host->mem), 0);
		host_reset(host);
		host_program_rings(host, 8, 8, 4);
		host_enable(host);
		host_free(host);
	}
}

static void bus_lost_is_fatal(void **state)
{
	struct host *host = *state;

	host_bus_lost(host);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), fatal(OHBA_ST_DMA_FAULT));
	assert_int_equal(mem_mapped(host->mem), 0);
	host_reset(host);
	host_bus_lost(host);		/* no-op unless it works */
	assert_int_equal(host_read(host, OHBA_REG_STATUS), 0);
}

static void reset_forgets_everything(void **state)
{
	struct host *host = *state;
	struct ohba_adapter_stats stats;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 1);

	host_reset(host);
	host_program_rings(host, 8, 8, 4);
	host_enable(host);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_HANDLE);	/* no queue survived */
	host_stats(host, OHBA_STATS_ADAPTER, 0, &stats, sizeof(stats));
	assert_int_equal(le64toh(stats.conns_opened), 0);
	assert_int_equal(le64toh(stats.guest_errors), 1);
	host_setup(host);					/* may be said again */
}

static void doorbells_never_hurt(void **state)
{
	struct host *host = *state;
	uint32_t qid;

	for (qid = 0; qid <= OHBA_QUEUES_MAX; qid++)
		host_write(host, OHBA_REG_DOORBELL(qid), 0xdeadbeef);
	host_settle(host);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), OHBA_STATUS_READY);
	host_reset(host);
	host_write(host, OHBA_REG_DOORBELL(0), 0);
	host_settle(host);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), 0);
}

static void config_is_checked(void **state)
{
	static const struct {
		size_t off;
		uint32_t bad[3];
	} row[] = {
		{ offsetof(struct ohba_fw_config, class), { 0, 2, 4 } },
		{ offsetof(struct ohba_fw_config, max_queues), { 0, 256, ~0u } },
		{ offsetof(struct ohba_fw_config, max_qsize), { 32, 100, 65536 } },
		{ offsetof(struct ohba_fw_config, max_conns), { 0, 4097, ~0u } },
		{ offsetof(struct ohba_fw_config, max_tags), { 0, 65536, ~0u } },
		{ offsetof(struct ohba_fw_config, num_vectors), { 0, 257, ~0u } },
		{ offsetof(struct ohba_fw_config, max_targets), { 4097, 65536, ~0u } },
		{ offsetof(struct ohba_fw_config, max_accounts), { 513, 65535, ~0u } },
	};
	struct host *host = *state;
	struct ohba_fw_config cfg;
	const char *err;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(row) * 3; i++) {
		j = i % 3;
		cfg = host_config;
		memcpy((char *)&cfg + row[i / 3].off, &row[i / 3].bad[j], 4);
		err = NULL;
		assert_null(ohba_fw_create(host->loop, target_engine(host->target), &cfg, NULL,
					   NULL, &err));
		assert_non_null(err);
	}
	cfg = host_config;
	memset(cfg.serial, 'x', sizeof(cfg.serial));
	assert_null(ohba_fw_create(host->loop, target_engine(host->target), &cfg, NULL, NULL, &err));
}

int main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define R(fn)	cmocka_unit_test_setup_teardown(fn, setup_ready, teardown)
	const struct CMUnitTest tests[] = {
		T(identity_is_constant),
		T(ring_registers_keep_their_values),
		T(enable_and_reset),
		T(status_is_starting_until_the_loop_ran),
		T(reset_overtakes_enable),
		T(wrong_abi_or_ctrl_bits),
		T(wrong_rings_are_fatal),
		R(heartbeat_counts_while_ready),
		cmocka_unit_test(wrong_admin_index_is_fatal),
		R(bus_lost_is_fatal),
		R(reset_forgets_everything),
		R(doorbells_never_hurt),
		T(config_is_checked),
	};

	return cmocka_run_group_tests_name("regs", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The adapter's log as ohbatool asks for it: read in parts, erased; and the time it is told. */
#include "unit.h"
#include "bench.h"

#include <ohba_genl.h>
#include <ohba_log.h>

#define ADAPTER	"0000:00:04.0"

static _Alignas(4) u8 msg[256];
static u32 msg_len;
static struct netlink_ext_ack ack;

/* What the adapter has, and was asked. */
static struct {
	struct ohba_log_head head;
	struct ohba_log_record records[OHBA_LOG_READ_MAX];
	u32 n, claimed;
	u64 first, clock_ms;
	unsigned int reads, erases, clocks;
	bool holds_erase;
	u16 status;
} log;

static void answer_read(struct dev_cmd *cmd)
{
	u8 data[sizeof(log.head) + sizeof(log.records)];
	struct ohba_cqe cqe = {
		.status = cpu_to_le16(log.status), .result = cpu_to_le32(log.claimed),
	};
	struct ohba_log_read body;

	memcpy(&body, cmd->sqe.body, sizeof(body));
	log.first = le64_to_cpu(body.first);
	memcpy(data, &log.head, sizeof(log.head));
	memcpy(data + sizeof(log.head), log.records, sizeof(log.records));
	assert_int_equal(dev_write_data(cmd, data, sizeof(log.head) + log.n *
					sizeof(log.records[0])),
			 sizeof(log.head) + log.n * sizeof(log.records[0]));
	dev_answer_with(cmd, cqe);
	log.reads++;
}

static bool on_admin(struct dev_cmd *cmd)
{
	struct ohba_log_clock clock;

	switch (cmd->sqe.opcode) {
	case OHBA_ADMIN_LOG_READ:
		answer_read(cmd);
		return true;
	case OHBA_ADMIN_LOG_ERASE:
		if (log.holds_erase)
			return true;
		log.erases++;
		dev_answer(cmd, log.status);
		return true;
	case OHBA_ADMIN_LOG_CLOCK:
		memcpy(&clock, cmd->sqe.body, sizeof(clock));
		log.clock_ms = le64_to_cpu(clock.clock_ms);
		log.clocks++;
		dev_answer(cmd, log.status);
		return true;
	default:
		return false;
	}
}

static int with(u32 features)
{
	memset(&log, 0, sizeof(log));
	memset(&ack, 0, sizeof(ack));
	shim_not_admin = false;
	bench_load();
	dev.features = features;
	dev.on_admin = on_admin;
	return bench_probe();
}

static int up(void **state)
{
	(void)state;
	return with(OHBA_FEATURE_LOG);
}

static void attr(int type, const void *data, u32 len)
{
	struct nlattr *at = (void *)(msg + msg_len);

	at->nla_type = type;
	at->nla_len = NLA_HDRLEN + len;
	memcpy(nla_data(at), data, len);
	msg_len += NLA_ALIGN(at->nla_len);
}

/* @first: LOG_FROM of so many bytes, 0: none. */
static int ask(u8 cmd, const char *adapter, u64 first, u32 len)
{
	memset(msg, 0, sizeof(msg));
	msg_len = 0;
	attr(OHBA_ATTR_ADAPTER, adapter, strlen(adapter) + 1);
	if (len)
		attr(OHBA_ATTR_LOG_FROM, &first, len);
	return shim_genl_send(cmd, msg, msg_len, &ack);
}

static void got_log(u32 n)
{
	struct nlattr *at = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_LOG);
	size_t len = sizeof(log.head) + n * sizeof(log.records[0]);

	assert_non_null(at);
	assert_int_equal(shim_genl_cmd, OHBA_CMD_LOG);
	assert_int_equal(nla_len(at), len);
	assert_memory_equal(nla_data(at), &log.head, sizeof(log.head));
	assert_memory_equal((u8 *)nla_data(at) + sizeof(log.head), log.records,
			    len - sizeof(log.head));
}

static void fill(u32 n)
{
	u32 i;

	log.n = log.claimed = n;
	log.head.next = cpu_to_le64(1000);
	for (i = 0; i < n; i++) {
		log.records[i].number = cpu_to_le64(7 + i);
		strcpy((char *)log.records[i].words, "something");
	}
}

static void test_read(void **state)
{
	(void)state;
	fill(3);
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 0, 0), 0);
	assert_int_equal(log.first, 0);
	got_log(3);
	fill(OHBA_LOG_READ_MAX);
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 1ull << 40, 8), 0);
	assert_true(log.first == 1ull << 40);
	got_log(OHBA_LOG_READ_MAX);
	fill(0);
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 0, 0), 0);
	got_log(0);
	assert_int_equal(log.reads, 3);
}

/* It claims more than there was room for, and wrote less. */
static void test_lies(void **state)
{
	(void)state;
	fill(2);
	log.claimed = 0xffffffff;
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 0, 0), 0);
	memset(&log.records[2], 0, sizeof(log.records) - 2 * sizeof(log.records[0]));
	got_log(OHBA_LOG_READ_MAX);
}

static void test_refusals(void **state)
{
	(void)state;
	assert_int_equal(ask(OHBA_CMD_LOG, "0000:00:05.0", 0, 0), -ENODEV);
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 0, 4), -EINVAL);
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 0, 7), -EINVAL);
	assert_int_equal(log.reads, 0);
	log.status = OHBA_ST_FLASH;
	assert_int_equal(ask(OHBA_CMD_LOG_ERASE, ADAPTER, 0, 0), -EIO);
	assert_int_equal(log.erases, 1);
	log.status = OHBA_ST_INTERNAL;
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 0, 0), -EIO);
}

static void test_erase(void **state)
{
	(void)state;
	shim_not_admin = true;
	assert_int_equal(ask(OHBA_CMD_LOG_ERASE, ADAPTER, 0, 0), -EPERM);
	assert_int_equal(log.erases, 0);
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 0, 0), 0);
	shim_not_admin = false;
	assert_int_equal(ask(OHBA_CMD_LOG_ERASE, ADAPTER, 0, 0), 0);
	assert_int_equal(log.erases, 1);
}

static int erased;
static bool removed;

static void erase(void *arg)
{
	(void)arg;
	erased = ask(OHBA_CMD_LOG_ERASE, ADAPTER, 0, 0);
}

static void remove_adapter(void *arg)
{
	(void)arg;
	shim_driver->remove(&bench.pdev);
	removed = true;
}

static void begin_erase(void)
{
	erased = 1;
	removed = false;
	log.holds_erase = true;
	shim_spawn("erase", erase, NULL);
	shim_settle();
	assert_int_equal(erased, 1);
}

/* However long that takes: nobody waits for it but who asked. */
static void test_long_erase(void **state)
{
	(void)state;
	begin_erase();
	ohba_genl_lock_adapters();
	ohba_genl_unlock_adapters();
	fill(3);
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 0, 0), 0);
	got_log(3);
	assert_int_equal(erased, 1);
	dev_answer(dev_find(OHBA_ADMIN_LOG_ERASE, 0), OHBA_ST_SUCCESS);
	shim_advance_ms(1000);
	assert_int_equal(erased, 0);
}

/* It ends with the adapter, which is not freed under it. */
static void test_removed_in_an_erase(void **state)
{
	(void)state;
	begin_erase();
	bench.probed = false;
	shim_spawn("remove", remove_adapter, NULL);
	shim_settle();
	assert_int_equal(erased, -ENODEV);
	assert_true(removed);
}

static void test_memory(void **state)
{
	unsigned int i;
	int err = -ENOMEM;

	(void)state;
	fill(3);
	for (i = 1; err; i++) {
		shim_allocs = 0;
		shim_alloc_fails = i;
		err = ask(OHBA_CMD_LOG, ADAPTER, 0, 0);
		shim_alloc_fails = 0;
		if (err)
			assert_int_equal(err, -ENOMEM);
	}
	/* A message, a buffer and a command, at least. */
	assert_in_range(i, 5, 10);
	got_log(3);
}

/* At each start, as a reset may have been more than one. */
static void test_time(void **state)
{
	(void)state;
	assert_int_equal(log.clocks, 1);
	assert_in_range(log.clock_ms, SHIM_EPOCH * 1000, SHIM_EPOCH * 1000 + 1000000);
	bench_restart();
	assert_int_equal(log.clocks, 2);
	/* What the firmware makes of it is its own affair. */
	log.status = OHBA_ST_INVALID_FIELD;
	bench_restart();
	assert_int_equal(log.clocks, 3);
}

static int up_without(void **state)
{
	(void)state;
	return with(0);
}

static void test_without(void **state)
{
	(void)state;
	assert_int_equal(log.clocks, 0);
	assert_int_equal(ask(OHBA_CMD_LOG, ADAPTER, 0, 0), -EOPNOTSUPP);
	assert_int_equal(ask(OHBA_CMD_LOG_ERASE, ADAPTER, 0, 0), -EOPNOTSUPP);
	assert_int_equal(log.reads + log.erases, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, up, bench_gone)
		TEST(read), TEST(lies), TEST(refusals), TEST(erase), TEST(long_erase),
		TEST(removed_in_an_erase),
		TEST(memory), TEST(time),
		cmocka_unit_test_setup_teardown(test_without, up_without, bench_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

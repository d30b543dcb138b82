// SPDX-License-Identifier: GPL-2.0-or-later
/* Bring-up and the admin queue: registers, limits, answers that are none. */
#include "unit.h"
#include "bench.h"

static int load(void **state)
{
	(void)state;
	bench_load();
	return 0;
}

static int up(void **state)
{
	(void)state;
	bench_up();
	return 0;
}

static struct ohba_pair_stats *stats(void)
{
	return &bench_hw()->admin.pair.stats;
}

/* --- registers ---------------------------------------------------------------- */

static void probe_with(u32 *reg, u32 value, int expected)
{
	u32 good = *reg;

	*reg = value;
	assert_int_equal(bench_probe(), expected);
	*reg = good;
}

static void test_registers(void **state)
{
	static const u32 no_queues[] = { 0, 256, 0xfffffffe };
	static const u32 no_size[] = { 0, 1, 3, 63, 65, 65536, 0x80000000, 0xfffffffe };
	static const u32 no_abi[] = { 0, OHBA_ABI_RANGE(2, 3), OHBA_ABI_RANGE(0, 1),
				      OHBA_ABI_RANGE(2, 1), OHBA_ABI_RANGE(1, 0), 0xffffffff };
	unsigned int i;

	(void)state;
	probe_with(&dev.magic, 0, -ENODEV);
	probe_with(&dev.magic, OHBA_MAGIC + 1, -ENODEV);
	probe_with(&dev.class, OHBA_CLASS_CONN, -ENODEV);
	for (i = 0; i < ARRAY_SIZE(no_abi); i++)
		probe_with(&dev.abi, no_abi[i], -EPROTONOSUPPORT);
	for (i = 0; i < ARRAY_SIZE(no_queues); i++)
		probe_with(&dev.max_queues, no_queues[i], -EPROTO);
	for (i = 0; i < ARRAY_SIZE(no_size); i++)
		probe_with(&dev.max_qsize, no_size[i], -EPROTO);
	assert_int_equal(bench_probe(), 0);
}

/* The newest that both know. */
static void test_newer_abi(void **state)
{
	(void)state;
	dev.abi = OHBA_ABI_RANGE(1, 9);
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(dev.shadow[OHBA_REG_CTRL / 4],
			 OHBA_CTRL_ENABLE | OHBA_ABI_VERSION << OHBA_CTRL_ABI_SHIFT);
}

static void test_ring_sizes(void **state)
{
	static const u32 sizes[] = { OHBA_QSIZE_MIN, 4, 1024, OHBA_QSIZE_MAX };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		dev.max_qsize = sizes[i];
		assert_int_equal(bench_probe(), 0);
		assert_true(dev.q[0].sq_size <= sizes[i]);
		assert_true(dev.q[1].sq_size <= sizes[i]);
		shim_driver->remove(&bench.pdev);
		bench.probed = false;
	}
}

/* However long it says that it takes: a quarter of a minute is enough. */
static void test_deaf(void **state)
{
	(void)state;
	dev.deaf = true;
	dev.status = OHBA_STATUS_READY;
	dev.ready_ms = 0xffffffff;
	assert_int_equal(bench_probe(), -ETIMEDOUT);
	/* Once at the start, once to end what was started. */
	assert_true(shim_now_us <= 31 * 1000000ull);
	dev.ready_ms = 0;
	assert_int_equal(bench_probe(), -ETIMEDOUT);
}

static void test_absent(void **state)
{
	(void)state;
	shim_device.present = false;
	assert_int_equal(bench_probe(), -ENODEV);
	assert_int_equal(shim_logged("all ones"), 1);
}

static u32 (*read_reg)(u32 reg);
static u32 reg_from, reg_value;

/* STATUS is another from its @reg_from-th reading on. */
static u32 read_status_later(u32 reg)
{
	if (reg != OHBA_REG_STATUS || reg_from-- > 0)
		return read_reg(reg);
	reg_from = 0;
	return reg_value;
}

static void status_later(u32 from, u32 value, int expected)
{
	dev_reset();
	read_reg = shim_device.read;
	shim_device.read = read_status_later;
	reg_from = from;
	reg_value = value;
	assert_int_equal(bench_probe(), expected);
}

static void test_status(void **state)
{
	(void)state;
	status_later(0, ~0u, -ENODEV);	/* at the reset */
	status_later(1, ~0u, -ENODEV);	/* at the enable */
	status_later(1, 0, -ETIMEDOUT);
	status_later(1, 0xfffffffc, -ETIMEDOUT);
	status_later(1, OHBA_STATUS_FATAL | OHBA_ST_INVALID_QUEUE << 16, -EIO);
	assert_int_equal(shim_logged("INVALID_QUEUE"), 1);
	status_later(1, OHBA_STATUS_READY | OHBA_STATUS_FATAL | 0xffff0000, -EIO);
	assert_int_equal(shim_logged("UNKNOWN"), 1);
}

static void test_small_bar(void **state)
{
	(void)state;
	shim_device.bar_len = OHBA_BAR_REGS_SIZE - 1;
	assert_int_equal(bench_probe(), -ENODEV);
}

static void test_pci_refuses(void **state)
{
	static const struct { const char *step; int err; } row[] = {
		{ "enable", -EINVAL }, { "regions", -EBUSY }, { "mask", -EIO },
		{ "map", -ENOMEM }, { "vectors", -ENOSPC },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		shim_device.refuse = row[i].step;
		assert_int_equal(bench_probe(), row[i].err);
		assert_false(bench.pdev.enabled);
	}
}

/* Each allocation fails once; then nothing may be left. */
static void test_no_memory(void **state)
{
	unsigned int n, probes = 0;
	int err = -ENOMEM;

	(void)state;
	for (n = 1; n < 200 && err; n++, probes++) {
		shim_allocs = 0;
		shim_alloc_fails = n;
		err = bench_probe();
		assert_true(err || shim_host_class_dev.registered);
		if (!err && shim_allocs >= n) {	/* it could do without */
			shim_driver->remove(&bench.pdev);
			bench.probed = false;
			err = -ENOMEM;
		}
		shim_run();
	}
	assert_int_equal(err, 0);
	assert_true(probes > 20);
}

/* --- IDENTIFY ------------------------------------------------------------------- */

#define LIMIT32(field, bad) \
	do { \
		struct ohba_identify good_ = dev.identify; \
		dev.identify.field = cpu_to_le32(bad); \
		assert_int_equal(bench_probe(), -EPROTO); \
		assert_true(shim_logged(#field " = ") > 0); \
		dev.identify = good_; \
	} while (0)

static void test_identify(void **state)
{
	(void)state;
	LIMIT32(max_conns, 0);
	LIMIT32(max_conns, 65537);
	LIMIT32(max_conns, 0xffffffff);
	LIMIT32(max_tags, 0);
	LIMIT32(max_tags, 65536);
	LIMIT32(max_tags, 0xffffffff);
	LIMIT32(max_sge, 0);
	LIMIT32(max_data_len, 0);
	LIMIT32(max_data_len, 4095);
	LIMIT32(max_recv_dsl, 511);
	LIMIT32(max_recv_dsl, 0x1000000);
	LIMIT32(max_burst, 511);
	LIMIT32(max_burst, 0x1000000);
	LIMIT32(max_r2t, 0);
	LIMIT32(max_cdb_len, 15);
	LIMIT32(max_cdb_len, 261);
	LIMIT32(max_cdb_len, 0xffff);
}

/* The largest that may be said. What the host uses of it is its own choice. */
static void test_identify_large(void **state)
{
	(void)state;
	dev.identify.max_conns = cpu_to_le32(65536);
	dev.identify.max_tags = cpu_to_le32(65535);
	dev.identify.max_sge = dev.identify.max_data_len = cpu_to_le32(0xffffffff);
	dev.identify.max_r2t = cpu_to_le16(0xffff);
	memset(dev.identify.rsvd1, 0xff, sizeof(dev.identify.rsvd1));
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(bench_host()->can_queue, BENCH_TAGS);
	assert_int_equal(bench_host()->sg_tablesize, OHBA_SGL_MAX);
	assert_int_equal(bench_host()->max_sectors, 16384);
	assert_int_equal(bench_host()->max_cmd_len, 32);
}

/* Said once, and not after each restart of the firmware. */
static void test_identify_lost(void **state)
{
	(void)state;
	dev.identify.lost_records = cpu_to_le32(3);
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(shim_logged("lost 3 records: see which targets, CHAP accounts"), 1);
	bench_restart();
	assert_int_equal(shim_logged("set them anew"), 0);
}

/* The smallest that the driver can work with. */
static void test_identify_small(void **state)
{
	(void)state;
	dev.identify.max_tags = cpu_to_le32(31);
	assert_int_equal(bench_probe(), -EINVAL);
	dev.identify.max_tags = cpu_to_le32(32);
	dev.identify.max_conns = dev.identify.max_sge = cpu_to_le32(1);
	dev.identify.max_data_len = cpu_to_le32(4096);
	dev.identify.max_cdb_len = cpu_to_le16(16);
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(bench_host()->sg_tablesize, 1);
	assert_int_equal(bench_host()->max_sectors, 8);
	assert_int_equal(bench_host()->max_cmd_len, 16);
}

/* Strings without an end, and with what a terminal would obey. */
static void test_identify_strings(void **state)
{
	(void)state;
	memset(dev.identify.model, '\e', sizeof(dev.identify.model));
	memset(dev.identify.serial, 'x', sizeof(dev.identify.serial));
	memset(dev.identify.fw_version, '\n', sizeof(dev.identify.fw_version));
	assert_int_equal(bench_probe(), 0);
	assert_string_equal(bench_hw()->info.model, "????????????????????????????????");
	assert_string_equal(bench_hw()->info.serial, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	assert_string_equal(bench_hw()->info.fw_version, "????????????????????????????????");
}

/* --- answers ------------------------------------------------------------------------ */

static u8 refused_opcode;
static u16 refused_status;

static bool refuse(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != refused_opcode)
		return false;
	dev_answer(cmd, refused_status);
	return true;
}

static void probe_refused(u8 opcode, u16 status, int expected)
{
	dev_reset();
	refused_opcode = opcode;
	refused_status = status;
	dev.on_admin = refuse;
	assert_int_equal(bench_probe(), expected);
}

static void test_refusals(void **state)
{
	(void)state;
	probe_refused(OHBA_ADMIN_IDENTIFY, OHBA_ST_INVALID_OPCODE, -EIO);
	probe_refused(OHBA_ADMIN_IDENTIFY, OHBA_ST_BUSY, -EBUSY);
	probe_refused(OHBA_ADMIN_IDENTIFY, 0xffff, -EIO);
	probe_refused(OHBA_ADMIN_HOST_SETUP, OHBA_ST_INVALID_FIELD, -EIO);
	probe_refused(OHBA_ADMIN_QUEUE_CREATE, OHBA_ST_INVALID_QUEUE, -EIO);
	assert_int_equal(shim_logged("firmware refused"), 5);
	probe_refused(OHBA_ADMIN_PORT_GET, OHBA_ST_INTERNAL, 0);	/* not needed */
}

static bool swallow(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == refused_opcode;
}

/* No answer: the adapter is stopped in time, and its memory is ours. */
static void test_no_answer(void **state)
{
	static const u8 opcodes[] = { OHBA_ADMIN_IDENTIFY, OHBA_ADMIN_HOST_SETUP,
				      OHBA_ADMIN_QUEUE_CREATE };
	unsigned int i;

	(void)state;
	dev.on_admin = swallow;
	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		u64 start = shim_now_us;

		refused_opcode = opcodes[i];
		assert_int_equal(bench_probe(), -ENODEV);
		assert_true(shim_now_us - start < 2 * OHBA_ADMIN_TIMEOUT_MS * 1000ull);
	}
}

static void test_wrong_tags(void **state)
{
	static const u32 wrong[] = { 0, 1, 0xffff, 0x10040, 0xffffffff, 0x7fff0000 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		dev_post(0, (struct ohba_cqe) { .tag = cpu_to_le32(wrong[i]) });
	shim_settle();
	assert_int_equal(stats()->stale, ARRAY_SIZE(wrong));
	assert_int_equal(shim_logged("not outstanding"), ARRAY_SIZE(wrong));
}

static unsigned int done_calls;

static void count_done(struct ohba_admin_cmd *cmd)
{
	assert_false(cmd->busy);
	done_calls++;
}

static struct ohba_adapter *adapter(void)
{
	return &bench_hw()->pub;
}

static void test_answered_twice(void **state)
{
	struct ohba_admin_cmd cmd = { .sqe.opcode = 0x7f, .done = count_done };
	struct dev_cmd *seen;

	(void)state;
	done_calls = 0;
	dev.silent = true;
	assert_int_equal(ohba_admin_submit(adapter(), &cmd), 0);
	assert_int_equal(ohba_admin_submit(adapter(), &cmd), -EBUSY);
	seen = dev_find(0x7f, DEV_ANY);
	dev_answer(seen, OHBA_ST_SUCCESS);
	dev_answer(seen, OHBA_ST_SUCCESS);
	dev_post(0, (struct ohba_cqe) { .tag = seen->sqe.tag + 0x10000 });
	shim_settle();
	assert_int_equal(done_calls, 1);
	assert_int_equal(stats()->stale, 2);
	/* Neither the old tag nor another generation of the new one will do. */
	assert_int_equal(ohba_admin_submit(adapter(), &cmd), 0);
	dev_answer(seen, OHBA_ST_SUCCESS);
	seen = dev_find(0x7f, DEV_ANY);
	dev_post(0, (struct ohba_cqe) { .tag = seen->sqe.tag + 0x10000 });
	dev_post(0, (struct ohba_cqe) { .tag = seen->sqe.tag - 0x10000 });
	shim_settle();
	assert_int_equal(done_calls, 1);
	assert_int_equal(stats()->stale, 5);
	dev_answer(dev_find(0x7f, DEV_ANY), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(done_calls, 2);
	dev.silent = false;
}

/* As many as there are slots, answered backwards. */
static void test_all_slots(void **state)
{
	unsigned int n = ohba_admin_depth(adapter()), i;
	struct ohba_admin_cmd *cmd = calloc(n + 1, sizeof(*cmd));

	(void)state;
	done_calls = 0;
	dev.silent = true;
	for (i = 0; i <= n; i++) {
		cmd[i].sqe.opcode = 0x7f;
		cmd[i].done = count_done;
		assert_int_equal(ohba_admin_submit(adapter(), &cmd[i]), i < n ? 0 : -EBUSY);
	}
	for (i = 0; i < n; i++)
		dev_answer(dev_find(0x7f, DEV_ANY), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(done_calls, n);
	dev.silent = false;
	free(cmd);
}

/* The result belongs to the one who asked, as the device gave it. */
static void test_exec(void **state)
{
	static const struct { u16 status; int err; } row[] = {
		{ OHBA_ST_SUCCESS, 0 }, { OHBA_ST_CONN_REFUSED, -ECONNREFUSED },
		{ OHBA_ST_CONN_TIMEOUT, -ETIMEDOUT }, { OHBA_ST_HOST_UNREACH, -EHOSTUNREACH },
		{ OHBA_ST_CONN_RESET, -ECONNRESET }, { OHBA_ST_NO_RESOURCES, -EBUSY },
		{ OHBA_ST_ABORTED, -ECANCELED }, { 0x8000, -EIO },
	};
	struct ohba_admin_cmd cmd = { .sqe.opcode = OHBA_ADMIN_CONN_INFO };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		refused_opcode = OHBA_ADMIN_CONN_INFO;
		refused_status = row[i].status;
		dev.on_admin = refuse;
		assert_int_equal(ohba_admin_exec(adapter(), &cmd, 1000), row[i].err);
		assert_int_equal(cmd.status, row[i].status);
	}
}

/* --- the module ------------------------------------------------------------------------ */

char **shim_param_log(void);
char **shim_param_transport_name(void);
unsigned int *shim_param_can_queue(void);
unsigned int *shim_param_poll_queues(void);
int shim_ohba_init(void);
void shim_ohba_exit(void);
int shim_hba_init(void);
void shim_hba_exit(void);

static void test_parameters(void **state)
{
	(void)state;
	shim_hba_exit();
	*shim_param_can_queue() = 31;
	assert_int_equal(shim_hba_init(), -EINVAL);
	*shim_param_can_queue() = 65536;
	assert_int_equal(shim_hba_init(), -EINVAL);
	*shim_param_can_queue() = BENCH_TAGS;
	*shim_param_transport_name() = "a/b";
	assert_int_equal(shim_hba_init(), -EINVAL);
	*shim_param_transport_name() = "taken";
	hba_scsi_transport = NULL;	/* as in a module just loaded */
	assert_int_equal(shim_hba_init(), -EBUSY);
	*shim_param_transport_name() = "be2iscsi";
	assert_int_equal(shim_hba_init(), 0);
}

static void test_log_parameter(void **state)
{
	(void)state;
	shim_hba_exit();
	shim_ohba_exit();
	*shim_param_log() = "conn,nothing";
	assert_int_equal(shim_ohba_init(), 0);
	assert_int_equal(shim_hba_init(), 0);
	assert_int_equal(shim_logged("\"nothing\" is no log category"), 1);
	assert_int_equal(ohba_log_default(), BIT(OHBA_LOG_CONN));
	*shim_param_log() = NULL;
}

static void test_log_categories(void **state)
{
	const char *unknown;
	char text[64];
	u32 mask;

	(void)state;
	assert_int_equal(ohba_log_parse("all", &mask, &unknown), 0);
	ohba_log_names(text, sizeof(text), mask);
	assert_string_equal(text, "init,admin,conn,session,io,event,net");
	assert_int_equal(ohba_log_parse(" net,,io\n", &mask, &unknown), 0);
	assert_int_equal(mask, BIT(OHBA_LOG_NET) | BIT(OHBA_LOG_IO));
	ohba_log_names(text, sizeof(text), 0);
	assert_string_equal(text, "");
}

static void test_module_without_memory(void **state)
{
	unsigned int n;
	int err = -1;

	(void)state;
	shim_hba_exit();
	for (n = 1; err && n < 30; n++) {
		hba_scsi_transport = NULL;	/* as in a module just loaded */
		shim_allocs = 0;
		shim_alloc_fails = n;
		err = shim_hba_init();
		if (!err && shim_allocs >= n) {
			shim_hba_exit();
			err = -1;
		}
	}
	shim_alloc_fails = 0;
	assert_int_equal(err, 0);
}

/* One that cannot be loaded has let nobody open anything of its. */
static void test_module_that_fails(void **state)
{
	unsigned int n, devices, nfailed = 0;
	int err = -1;

	(void)state;
	shim_hba_exit();
	shim_ohba_exit();
	for (n = 1; err && n < 30; n++) {
		devices = shim_devices;
		shim_allocs = 0;
		shim_alloc_fails = n;
		err = shim_ohba_init();
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(shim_devices, devices);
		nfailed++;
	}
	shim_alloc_fails = 0;
	assert_int_equal(err, 0);
	assert_true(nfailed >= 2);
	hba_scsi_transport = NULL;
	assert_int_equal(shim_hba_init(), 0);
}

static void test_poll_queues(void **state)
{
	(void)state;
	*shim_param_poll_queues() = 9;
	assert_int_equal(bench_probe(), 0);
	*shim_param_poll_queues() = 0;
	assert_int_equal(bench_host()->nr_hw_queues, DEV_QUEUES);
	assert_int_equal(bench_host()->nr_maps, 3);
	assert_int_equal(shim_logged("polling queues wanted"), 1);
}

#define LOADED(name)	cmocka_unit_test_setup_teardown(test_##name, load, bench_gone)
#define UP(name)	cmocka_unit_test_setup_teardown(test_##name, up, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(registers), LOADED(newer_abi), LOADED(ring_sizes), LOADED(deaf),
		LOADED(absent), LOADED(status), LOADED(small_bar), LOADED(pci_refuses),
		LOADED(no_memory), LOADED(identify), LOADED(identify_large), LOADED(identify_lost),
		LOADED(identify_small), LOADED(identify_strings), LOADED(refusals),
		LOADED(no_answer), UP(wrong_tags), UP(answered_twice), UP(all_slots), UP(exec),
		LOADED(parameters), LOADED(log_parameter), LOADED(log_categories),
		LOADED(module_without_memory), LOADED(module_that_fails), LOADED(poll_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

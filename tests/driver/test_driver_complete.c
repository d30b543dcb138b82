// SPDX-License-Identifier: GPL-2.0-or-later
/* I/O completions: which the driver acts on, what it takes from them. */
#include "unit.h"
#include "bench.h"

static struct bench_session session;
static struct shim_result result;

static int up(void **state)
{
	(void)state;
	bench_up();
	bench_login(&session);
	return 0;
}

static int down(void **state)
{
	(void)state;
	bench_logout(&session);
	bench_down();
	return 0;
}

static struct shim_io io_of(u32 len)
{
	return (struct shim_io) { .sdev = &session.sdev, .len = len, .result = &result };
}

/* Send a read of @len bytes. Return: its entry as the device has it. */
static struct dev_cmd *read_sent(u32 len)
{
	struct shim_io io = io_of(len);
	int index = shim_queue(&io);

	assert_int_equal(index, 0);
	return dev_io(index);
}

static struct ohba_pair_stats *stats(unsigned int hwq)
{
	return &bench_hw()->pairs[hwq].stats;
}

static void answer(struct dev_cmd *cmd, struct ohba_cqe cqe)
{
	dev_answer_with(cmd, cqe);
	shim_settle();
}

/* --- tags ------------------------------------------------------------------------- */

static void test_good(void **state)
{
	struct dev_cmd *cmd = read_sent(4096);

	(void)state;
	assert_int_equal(cmd->sqe.opcode, OHBA_IO_SCSI);
	assert_int_equal(cmd->sqe.flags, OHBA_IO_READ);
	assert_int_equal(cmd->sqe.handle, DEV_HANDLE(session.cid));
	assert_int_equal(cmd->sqe.data_len, 4096);
	assert_int_equal(cmd->sqe.nsge, 1);
	answer(cmd, (struct ohba_cqe) { 0 });
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, 0);
	assert_int_equal(result.resid, 0);
	assert_int_equal(stats(0)->stale, 0);
	assert_int_equal(stats(0)->local_done, 1);
}

static void test_duplicate(void **state)
{
	struct dev_cmd *cmd = read_sent(512);
	struct ohba_cqe cqe = { .tag = cmd->sqe.tag };

	(void)state;
	answer(cmd, cqe);
	dev_post(1, cqe);
	dev_post(2, cqe);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(stats(0)->stale, 1);
	assert_int_equal(stats(1)->stale, 1);
	assert_int_equal(shim_logged("not outstanding"), 2);
}

static void test_stale_generation(void **state)
{
	struct dev_cmd *cmd = read_sent(512);
	struct ohba_cqe old = { .tag = cmd->sqe.tag };

	(void)state;
	answer(cmd, old);
	cmd = read_sent(512);	/* the same tag index */
	assert_int_equal(OHBA_TAG_INDEX(cmd->sqe.tag), OHBA_TAG_INDEX(old.tag));
	dev_post(1, old);
	dev_post(1, (struct ohba_cqe) { .tag = cmd->sqe.tag + 0x10000 });
	shim_settle();
	assert_int_equal(result.done, 0);
	assert_int_equal(stats(0)->stale, 2);
	answer(cmd, (struct ohba_cqe) { 0 });
	assert_int_equal(result.done, 1);
}

static void test_no_such_tag(void **state)
{
	static const u32 tags[] = { 0, BENCH_TAGS - 1, BENCH_TAGS, 0xffff, 0x10000, 0xffff0000,
				    0xffffffff, 0x1001f };
	struct dev_cmd *cmd = read_sent(512);
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tags); i++)
		if (tags[i] != cmd->sqe.tag)
			dev_post(1, (struct ohba_cqe) { .tag = cpu_to_le32(tags[i]) });
	shim_settle();
	assert_int_equal(result.done, 0);
	assert_true(stats(0)->stale >= ARRAY_SIZE(tags) - 1);
	answer(cmd, (struct ohba_cqe) { 0 });
	assert_int_equal(result.done, 1);
}

/* An answer on another queue is no harm: the tag says whose it is. */
static void test_other_queue(void **state)
{
	struct dev_cmd *cmd = read_sent(512);

	(void)state;
	cmd->qid = 2;
	answer(cmd, (struct ohba_cqe) { 0 });
	assert_int_equal(result.done, 1);
	dev_post(1, (struct ohba_cqe) { .tag = cmd->sqe.tag });
	shim_settle();
	assert_int_equal(stats(0)->stale, 1);
}

/* It carries an I/O tag, but admin tags are others. */
static void test_on_admin_queue(void **state)
{
	struct dev_cmd *cmd = read_sent(512);

	(void)state;
	dev_post(0, (struct ohba_cqe) { .tag = cmd->sqe.tag + 0x40000000 });
	shim_settle();
	assert_int_equal(result.done, 0);
	assert_int_equal(bench_hw()->admin.pair.stats.stale, 1);
	answer(cmd, (struct ohba_cqe) { 0 });
}

/* --- lengths ------------------------------------------------------------------------- */

static void test_residual(void **state)
{
	(void)state;
	answer(read_sent(4096), (struct ohba_cqe) { .flags = OHBA_CQE_UNDERFLOW,
						    .result = cpu_to_le32(4096) });
	assert_int_equal(result.result, 0);
	assert_int_equal(result.resid, 4096);

	answer(read_sent(4096), (struct ohba_cqe) { .flags = OHBA_CQE_OVERFLOW,
						    .result = cpu_to_le32(0xffffffff) });
	assert_int_equal(result.result, 0);
	assert_int_equal(result.resid, 0);
}

static void test_residual_of_more(void **state)
{
	static const u32 resid[] = { 4097, 0x7fffffff, 0x80000000, 0xffffffff };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(resid); i++) {
		answer(read_sent(4096), (struct ohba_cqe) { .flags = OHBA_CQE_UNDERFLOW,
							    .result = cpu_to_le32(resid[i]) });
		assert_int_equal(result.done, 1);
		assert_int_equal(result.result, DID_ERROR << 16);
		assert_int_equal(result.resid, 0);
	}
	answer(read_sent(0), (struct ohba_cqe) { .flags = OHBA_CQE_UNDERFLOW,
						 .result = cpu_to_le32(1) });
	assert_int_equal(result.result, DID_ERROR << 16);
}

/* The upper layers said how much must move. */
static void test_too_little(void **state)
{
	struct shim_io io = io_of(4096);

	(void)state;
	io.underflow = 4096;
	answer(dev_io(shim_queue(&io)), (struct ohba_cqe) { .flags = OHBA_CQE_UNDERFLOW,
							    .result = cpu_to_le32(1) });
	assert_int_equal(result.result, DID_ERROR << 16);
	assert_int_equal(result.resid, 1);
}

static u8 *sense_slot(const struct dev_cmd *cmd)
{
	return shim_dma(dev.sense_base + OHBA_TAG_INDEX(cmd->sqe.tag) * dev.sense_stride,
			dev.sense_stride);
}

static void sense_of(u16 len, u32 expected)
{
	struct dev_cmd *cmd = read_sent(512);
	u8 want[SCSI_SENSE_BUFFERSIZE] = { 0 };

	memset(sense_slot(cmd), 0x70, dev.sense_stride);
	memset(want, 0x70, expected);
	answer(cmd, (struct ohba_cqe) { .scsi_status = SAM_STAT_CHECK_CONDITION,
					.sense_len = cpu_to_le16(len) });
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, SAM_STAT_CHECK_CONDITION);
	same_bytes("sense", result.sense, want, sizeof(want));
}

/* ASan is the judge of what lies beyond. */
static void test_sense(void **state)
{
	(void)state;
	assert_int_equal(dev.sense_stride, SCSI_SENSE_BUFFERSIZE);
	sense_of(0, 0);
	sense_of(18, 18);
	sense_of(96, 96);
	sense_of(97, 96);
	sense_of(0xffff, 96);
}

static void test_sense_of_last_tag(void **state)
{
	struct shim_io io = io_of(512);
	int i;

	(void)state;
	io.result = NULL;
	for (i = 0; i < BENCH_TAGS - 1; i++)
		assert_int_equal(shim_queue(&io), i);
	io.result = &result;
	assert_int_equal(shim_queue(&io), BENCH_TAGS - 1);
	answer(dev_io(BENCH_TAGS - 1), (struct ohba_cqe) {
		.scsi_status = SAM_STAT_CHECK_CONDITION, .sense_len = cpu_to_le16(0xffff) });
	assert_int_equal(result.done, 1);
	for (i = 0; i < BENCH_TAGS - 1; i++)
		dev_answer(dev_io(i), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(shim_outstanding(), 0);
}

/* --- what it says ---------------------------------------------------------------------- */

static void test_statuses(void **state)
{
	static const struct { u16 status; int result; } row[] = {
		{ OHBA_ST_SESSION_LOST, DID_TRANSPORT_DISRUPTED << 16 },
		{ OHBA_ST_ABORTED, DID_RESET << 16 },
		{ OHBA_ST_INVALID_HANDLE, DID_REQUEUE << 16 },
		{ OHBA_ST_NO_RESOURCES, SAM_STAT_BUSY },
		{ OHBA_ST_BUSY, SAM_STAT_BUSY },
		{ OHBA_ST_DMA_FAULT, DID_ERROR << 16 },
		{ OHBA_ST_REJECTED, DID_ERROR << 16 },
		{ 0x00ff, DID_ERROR << 16 },
		{ 0xffff, DID_ERROR << 16 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		/* Residual and SCSI status mean nothing here. */
		answer(read_sent(4096), (struct ohba_cqe) {
			.status = cpu_to_le16(row[i].status), .scsi_status = 0,
			.flags = OHBA_CQE_UNDERFLOW, .result = cpu_to_le32(1) });
		assert_int_equal(result.done, 1);
		assert_int_equal(result.result, row[i].result);
		assert_int_equal(result.resid, 4096);
	}
	assert_int_equal(shim_logged("UNKNOWN"), 2);
	answer(read_sent(4096), (struct ohba_cqe) { .response = 1 });
	assert_int_equal(result.result, DID_ERROR << 16);
}

/* Host bytes are the driver's: no SCSI status may look like one. */
static void test_scsi_status(void **state)
{
	unsigned int status;

	(void)state;
	for (status = 0; status < 256; status++) {
		answer(read_sent(512), (struct ohba_cqe) { .scsi_status = status });
		assert_int_equal(result.result, status);
	}
}

/* --- the ring ------------------------------------------------------------------------------ */

/* Only the phase bit makes an entry one. */
static void test_phase(void **state)
{
	struct dev_cmd *cmd = read_sent(512);
	struct ohba_cqe *slot = dev_cqe(1, dev.q[1].cq_tail);

	(void)state;
	*slot = (struct ohba_cqe) { .tag = cmd->sqe.tag, .phase = 0xfe };
	shim_irq_raise(1);
	shim_settle();
	assert_int_equal(result.done, 0);
	/* Entries further on are not looked at before this one. */
	*dev_cqe(1, dev.q[1].cq_tail + 1) = (struct ohba_cqe) { .tag = cmd->sqe.tag, .phase = 1 };
	shim_irq_raise(1);
	shim_settle();
	assert_int_equal(result.done, 0);
	slot->phase = 0xff;
	dev_let_go(cmd->sqe.tag);
	shim_irq_raise(1);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(stats(0)->stale, 1);
	dev.q[1].cq_tail += 2;
}

static void test_many_rounds(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 5 * 64 + 7; i++) {
		answer(read_sent(512), (struct ohba_cqe) { 0 });
		assert_int_equal(result.done, 1);
	}
	assert_int_equal(stats(0)->stale, 0);
	assert_int_equal(stats(0)->softirq_done, i);
}

/* A ring full of forgeries costs a bounded time, and interrupts go on. */
static void test_flood(void **state)
{
	struct dev_cmd *cmd = read_sent(512);
	u32 size = dev.q[1].cq_size, i;

	(void)state;
	for (i = 0; i < 3 * size; i++)
		dev_post(1, (struct ohba_cqe) { .tag = 0xffffffff });
	shim_irq_raise(1);
	shim_settle();
	assert_true(stats(0)->stale <= 3 * size);
	/* The device lapped itself: it must find the driver's place again. */
	dev.q[1].cq_tail = bench_hw()->pairs[0].cq_head;
	answer(cmd, (struct ohba_cqe) { 0 });
	shim_irq_raise(1);
	shim_settle();
	assert_int_equal(result.done, 1);
}

static u32 race_tag;

/* Behind each barrier the whole ring is another. */
static void scribble(void)
{
	struct ohba_cqe *cqe = dev_cqe(1, 0);
	unsigned int i;

	for (i = 0; cqe && i < dev.q[1].cq_size; i++) {
		u8 phase = cqe[i].phase;

		memset(&cqe[i], 0xff, sizeof(cqe[i]));
		cqe[i].tag = race_tag;
		cqe[i].flags = OHBA_CQE_UNDERFLOW;
		cqe[i].phase = phase;
	}
}

/* What was checked is what is used. */
static void test_changes_underway(void **state)
{
	struct dev_cmd *cmd = read_sent(4096);

	(void)state;
	race_tag = cmd->sqe.tag;
	dev_answer_with(cmd, (struct ohba_cqe) { .flags = OHBA_CQE_UNDERFLOW,
						 .result = cpu_to_le32(96) });
	shim_race = scribble;
	shim_settle();
	shim_race = NULL;
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, DID_ERROR << 16);
	assert_int_equal(stats(0)->stale, 0);
}

/* --- the submission side --------------------------------------------------------------------- */

/* A head that the device made up never lets the driver overrun the ring. */
static void test_wild_head(void **state)
{
	static const u32 heads[] = { 1, 1000, 0x80000000, 0xffffffc0 };
	struct ohba_qctl *ctl = shim_dma(dev.q[1].ctl, sizeof(*ctl));
	struct shim_io io = io_of(512);
	unsigned int i;

	(void)state;
	dev.silent = true;
	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		ctl->sq_head = cpu_to_le32(heads[i] + dev.q[1].sq_head);
		assert_int_equal(shim_queue(&io), -EBUSY);
	}
	assert_int_equal(stats(0)->full, ARRAY_SIZE(heads));
	assert_int_equal(shim_outstanding(), 0);
	ctl->sq_head = cpu_to_le32(dev.q[1].sq_head);
	dev.silent = false;
	answer(read_sent(512), (struct ohba_cqe) { 0 });
	assert_int_equal(result.done, 1);
}

/* Whatever the event index says, the entry is there and at most one doorbell. */
static void test_wild_event_index(void **state)
{
	static const u32 events[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff };
	struct ohba_qctl *ctl = shim_dma(dev.q[1].ctl, sizeof(*ctl));
	unsigned int i, before;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		ctl->sq_event = cpu_to_le32(events[i]);
		before = dev.doorbells;
		answer(read_sent(512), (struct ohba_cqe) { 0 });
		assert_int_equal(result.done, 1);
		assert_true(dev.doorbells - before <= 1);
	}
}

/* --- scatter-gather lists ------------------------------------------------------------------------ */

/* Walk what the driver wrote. Return: bytes of data; @lists gets the LIST elements. */
static u64 walk(const struct ohba_sge *sge, unsigned int n, unsigned int *lists)
{
	u64 len = 0;

	while (n) {
		u64 addr = le64_to_cpu(sge->addr);

		if (le32_to_cpu(sge->type) == OHBA_SGE_DATA) {
			assert_non_null(shim_dma(addr, le32_to_cpu(sge->len)));
			len += le32_to_cpu(sge->len);
			sge++;
			n--;
			continue;
		}
		assert_int_equal(n, 1);
		(*lists)++;
		n = le32_to_cpu(sge->len) / sizeof(*sge);
		assert_true(n && n <= OHBA_SGE_LIST_MAX);
		sge = shim_dma(addr, n * sizeof(*sge));
		assert_non_null(sge);
	}
	return len;
}

static void list_of(unsigned int segments, unsigned int expected)
{
	struct shim_io io = io_of(segments * 512);
	struct dev_cmd *cmd;
	unsigned int lists = 0;

	io.seg = 512;
	io.write = true;
	cmd = dev_io(shim_queue(&io));
	assert_int_equal(walk(cmd->sqe.sge, cmd->sqe.nsge, &lists), segments * 512);
	assert_int_equal(lists, expected);
	answer(cmd, (struct ohba_cqe) { 0 });
	assert_int_equal(result.done, 1);
}

static void test_lists(void **state)
{
	(void)state;
	list_of(1, 0);
	list_of(4, 0);
	list_of(5, 1);
	list_of(256, 1);
	list_of(257, 2);
	list_of(511, 2);
	list_of(512, 3);
	list_of(2048, 9);
}

unsigned int *shim_param_can_queue(void);

static int up_many(void **state)
{
	(void)state;
	bench_load();
	*shim_param_can_queue() = 4 * BENCH_TAGS;
	dev.max_qsize = 1024;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	bench_login(&session);
	return 0;
}

/* The reserve is finite, and full again when all is over. */
static void test_reserve(void **state)
{
	struct shim_io io = io_of(2048 * 512);
	int i, n = 0;

	(void)state;
	io.seg = 512;
	io.result = NULL;
	while (shim_queue(&io) >= 0)
		n++;
	assert_int_equal(n, 32);	/* of 256 pages, 8 each */
	assert_null(bench_hw()->sgl.spare);
	for (i = 0; i < n; i++)
		dev_answer(dev_io(i), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(shim_outstanding(), 0);
	list_of(2048, 9);
}

/* More than a poll's budget: it goes on, and gives others a turn in between. */
static void test_budget(void **state)
{
	struct dev_cmd *cmd = read_sent(512);
	u32 size = dev.q[1].cq_size, i;

	(void)state;
	assert_int_equal(size, 4 * BENCH_TAGS);
	for (i = 0; i < size - 1; i++)
		dev_post(1, (struct ohba_cqe) { .tag = 0xffffffff });
	answer(cmd, (struct ohba_cqe) { 0 });
	assert_int_equal(result.done, 1);
	assert_int_equal(stats(0)->stale, size - 1);
	assert_int_equal(stats(0)->softirq_done, size);
}

static unsigned int barriers;
static u32 late_tag;

/* Behind the barrier of the arming; and no interrupt tells of it. */
static void post_late(void)
{
	if (++barriers != 4)
		return;
	shim_race = NULL;
	*dev_cqe(1, dev.q[1].cq_tail++) = (struct ohba_cqe) { .tag = late_tag, .phase = 1 };
	dev_let_go(late_tag);
}

/* A completion that comes between the last look and the arming is not lost. */
static void test_between_look_and_arm(void **state)
{
	struct shim_io io = io_of(512);
	struct dev_cmd *first;

	(void)state;
	io.result = NULL;
	first = dev_io(shim_queue(&io));
	io.result = &result;
	late_tag = dev_io(shim_queue(&io))->sqe.tag;
	barriers = 0;
	dev_answer(first, OHBA_ST_SUCCESS);
	shim_race = post_late;
	shim_settle();
	assert_int_equal(barriers, 4);
	assert_int_equal(result.done, 1);
}

/* The ring is closed, and nobody has told the session yet: that costs no retry. */
static void test_closed_ring(void **state)
{
	struct shim_io io = io_of(512);

	(void)state;
	ohba_sq_close(&bench_hw()->pairs[0]);
	assert_int_equal(shim_queue(&io), -EBUSY);
	assert_int_equal(result.done, 0);
	ohba_sq_open(&bench_hw()->pairs[0]);
}

static void queue_in_state(int iscsi_state, int host_byte)
{
	struct iscsi_session *iscsi = session.cls->dd_data;
	struct shim_io io = io_of(512);

	iscsi->state = iscsi_state;
	assert_int_equal(shim_queue(&io), host_byte < 0 ? -EBUSY : -ECANCELED);
	if (host_byte >= 0)
		assert_int_equal(result.result, host_byte << 16);
}

/* A session that takes no commands, as libiscsi sees it. */
static void test_not_ready(void **state)
{
	(void)state;
	hba_session_unready(hba_session_of(session.cls), HBA_SESSION_EV_LOST);
	queue_in_state(ISCSI_STATE_LOGGED_IN, -1);
	queue_in_state(ISCSI_STATE_IN_RECOVERY, DID_IMM_RETRY);
	queue_in_state(ISCSI_STATE_LOGGING_OUT, DID_IMM_RETRY);
	queue_in_state(ISCSI_STATE_RECOVERY_FAILED, DID_TRANSPORT_FAILFAST);
	queue_in_state(ISCSI_STATE_TERMINATE, DID_NO_CONNECT);
	queue_in_state(ISCSI_STATE_FAILED, DID_IMM_RETRY);
	system_state = SYSTEM_HALT;
	queue_in_state(ISCSI_STATE_FAILED, DID_NO_CONNECT);
	session.cls->state = ISCSI_SESSION_FAILED;
	queue_in_state(ISCSI_STATE_LOGGED_IN, DID_IMM_RETRY);
}

static void test_long_cdb(void **state)
{
	struct shim_io io = io_of(0);
	const struct ohba_io_scsi *body;
	struct dev_cmd *cmd;
	const u8 *ext;
	unsigned int i;

	(void)state;
	io.cdb_len = 32;
	cmd = dev_io(shim_queue(&io));
	body = (const void *)cmd->sqe.body;
	assert_int_equal(body->cdb_len, 32);
	assert_int_equal(cmd->sqe.flags, 0);
	ext = shim_dma(le64_to_cpu(body->cdb_ext), 16);
	assert_non_null(ext);
	for (i = 0; i < 16; i++)
		assert_int_equal(ext[i], 17 + i);
	answer(cmd, (struct ohba_cqe) { 0 });
	assert_int_equal(result.done, 1);
}

/* Nothing is left of a command that could not be mapped. */
static void test_no_mapping(void **state)
{
	struct shim_io io = io_of(4096);

	(void)state;
	shim_alloc_fails = shim_allocs + 1;
	assert_int_equal(shim_queue(&io), -EBUSY);
	answer(read_sent(4096), (struct ohba_cqe) { 0 });
	assert_int_equal(result.done, 1);
}

#define MANY(name)	cmocka_unit_test_setup_teardown(test_##name, up_many, down)
#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good), TEST(duplicate), TEST(stale_generation), TEST(no_such_tag),
		TEST(other_queue), TEST(on_admin_queue), TEST(residual), TEST(residual_of_more),
		TEST(too_little), TEST(sense), TEST(sense_of_last_tag), TEST(statuses),
		TEST(scsi_status), TEST(phase), TEST(many_rounds), TEST(flood),
		TEST(changes_underway), TEST(wild_head), TEST(wild_event_index), TEST(lists),
		MANY(reserve), MANY(budget), TEST(between_look_and_arm),
		TEST(closed_ring), TEST(not_ready), TEST(long_cdb), TEST(no_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

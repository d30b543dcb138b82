// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults of queues and of the firmware itself: each happens exactly as often as its
 * rule says, where it says, and a reset ends it.
 */
#include "faults.h"

#define READ	OHBA_IO_READ

/* --- queues -------------------------------------------------------------- */

static void stall_queue(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = io_make(s, 1, READ, 0), other = io_make(s, 2, READ, 0);

	(void)state;
	fault_set(s->host, "stall-queue:qid=1,ms=500");
	io_submit(&io);
	host_advance(s->host, 499 * MS);
	expect_silence(s);
	other.qid = 2;
	io_submit(&other);
	io_expect_cmd(&other);
	io_answer(&other);
	io_done_good(&other);
	host_advance(s->host, 2 * MS);
	io_expect_cmd(&io);
	io_answer(&io);
	io_done_good(&io);
	fault_expect_spent(s->host, "stall-queue", 1);
	io_works(s, 1, READ, 4096);
	session_free(s);
}

/* Even a queue that always stalls gets something done in between. */
static void stall_always(void **state)
{
	struct session *s = session_new(&opts_default);
	uint32_t tag;

	(void)state;
	fault_set(s->host, "stall-queue:qid=1,ms=50,count=0");
	for (tag = 1; tag < 5; tag++) {
		struct io io = io_make(s, tag, READ, 0);

		io_submit(&io);
		expect_silence(s);
		host_advance(s->host, 51 * MS);
		io_expect_cmd(&io);
		io_answer(&io);
		io_done_good(&io);
		assert_int_equal(fault_injected(s->host, "stall-queue"), tag);
	}
	session_free(s);
}

static void lose_completion(void **state)
{
	struct session *s = session_new(&opts_default);
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 1);
	struct io io;

	(void)state;
	fault_set(s->host, "lose-completion:qid=1,count=2,after=1");
	io_works(s, 1, READ, 4096);
	for (io.tag = 2; io.tag < 4; io.tag++) {
		io = read_start(s, io.tag, 0);
		io_answer(&io);
		host_expect_none(s->host, 1);
	}
	fault_expect_spent(s->host, "lose-completion", 2);
	io_works(s, 4, READ, 4096);
	/* To the firmware all is answered. */
	host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
	s->host->io[1].open = false;
	session_free(s);
}

static void duplicate_completion(void **state)
{
	struct session *s = session_new(&opts_default);
	struct ring *ring = host_ring(s->host, 1);
	const struct ohba_cqe *cqe = ring->cq;
	struct io io;

	(void)state;
	fault_set(s->host, "duplicate-completion:qid=1");
	ring->lazy = true;
	io = read_start(s, 1, 0);
	io_answer(&io);
	host_settle(s->host);
	assert_memory_equal(&cqe[0], &cqe[1], sizeof(*cqe));
	assert_int_equal(le32toh(cqe[0].tag), 1);
	assert_int_equal(cqe[0].phase, 1);
	assert_int_equal(cqe[2].phase, 0);
	fault_expect_spent(s->host, "duplicate-completion", 1);
	/* The harness is an honest driver: it takes what it believes it is owed. */
	ring->lazy = false;
	ring->out = realloc(ring->out, (ring->nout + 1) * sizeof(*ring->out));
	ring->out[ring->nout++] = 1;
	host_reap(s->host, 1);
	ring->nout = 0;
	ring->ndone = 0;
	io_works(s, 2, READ, 4096);
	session_free(s);
}

/* No ring overflows for the sake of a fault. */
static void duplicate_without_room(void **state)
{
	struct session *s = session_new(&opts_default);
	struct ring *ring;
	struct io io[4];
	uint32_t i;

	(void)state;
	{
		struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 1);

		host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
		ring_free(&s->host->io[1]);
		host_queue_create(s->host, 1, 4, 4, 1);
	}
	ring = host_ring(s->host, 1);
	ring->lazy = true;
	fault_set(s->host, "duplicate-completion:qid=1,count=0");
	for (i = 0; i < 4; i++)
		io[i] = read_start(s, i, 0);
	for (i = 0; i < 4; i++)
		io_answer(&io[i]);
	host_settle(s->host);
	assert_int_equal(fault_injected(s->host, "duplicate-completion"), 0);
	host_reap(s->host, 1);
	assert_int_equal(ring->ndone, 4);
	ring->ndone = 0;
	session_free(s);
}

/* --- the firmware itself ------------------------------------------------- */

#define FATAL(reason)	(OHBA_STATUS_FATAL | OHBA_ST_##reason << OHBA_STATUS_REASON_SHIFT)

/* Reset and enable, and set up a queue: the driver's way back. */
static void revive(struct host *host)
{
	host_reset(host);
	host_program_rings(host, 64, 64, 16);
	host_enable(host);
	host_setup(host);
	host_queue_create(host, 1, 64, 64, 1);
}

static void end(struct session *s)
{
	host_free(s->host);
	free(s);
}

static void crash_at_once(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = read_start(s, 1, 4096);

	(void)state;
	fault_set(s->host, "crash");
	assert_int_equal(host_read(s->host, OHBA_REG_STATUS), FATAL(INTERNAL));
	assert_true(s->wire->aborted);
	fault_expect_spent(s->host, "crash", 1);
	io_retire(&io);
	revive(s->host);
	session_open(s, s->host, s->cid, &opts_default);
	io_works(s, 1, READ, 4096);
	session_free(s);
}

static void crash_in_time(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = io_make(s, 3, READ, 4096);

	(void)state;
	fault_set(s->host, "crash:qid=1,after=2,reason=DMA_FAULT");
	io_works(s, 1, READ, 4096);
	io_works(s, 2, READ, 4096);
	assert_int_equal(host_read(s->host, OHBA_REG_STATUS), OHBA_STATUS_READY);
	io_submit(&io);
	host_settle(s->host);
	assert_int_equal(wire_pending(s->wire), 0);
	assert_int_equal(host_read(s->host, OHBA_REG_STATUS), FATAL(DMA_FAULT));
	fault_expect_spent(s->host, "crash", 1);
	end(s);
}

/* Rules are the tester's: they wait for the adapter, and survive its resets. */
static void crash_again(void **state)
{
	struct host *host = host_new();
	uint32_t ctrl = OHBA_CTRL_ENABLE | OHBA_ABI_VERSION << OHBA_CTRL_ABI_SHIFT;
	int i;

	(void)state;
	fault_set(host, "crash:count=2; hang:after=100");
	fault_expect_rules(host, "crash:count=2: 2 left, 0 injected\n"
			   "hang:after=100: 1 left, 0 injected\n");
	for (i = 0; i < 2; i++) {
		host_program_rings(host, 64, 64, 16);
		assert_int_equal(host_ctrl(host, ctrl), FATAL(INTERNAL));
		host_reset(host);
	}
	fault_expect_rules(host, "hang:after=100: 1 left, 0 injected\n");
	host_program_rings(host, 64, 64, 16);
	host_enable(host);
	assert_int_equal(fault_injected(host, "crash"), 2);
	host_free(host);
}

static void expect_hung(struct host *host)
{
	uint32_t beats = host_read(host, OHBA_REG_HEARTBEAT);

	assert_false(host_wakes_within(host, 3600000 * MS));
	host_advance(host, 3 * OHBA_HEARTBEAT_MS * MS);
	assert_int_equal(host_read(host, OHBA_REG_STATUS), OHBA_STATUS_READY);
	assert_int_equal(host_read(host, OHBA_REG_HEARTBEAT), beats);
}

static void hang(void **state)
{
	struct opts opts = opts_default;
	struct session *s;
	struct io sent, io;
	uint64_t irqs;

	(void)state;
	opts.nop_interval_ms = 1000;
	s = session_new(&opts);
	sent = read_start(s, 1, 4096);
	io = io_make(s, 2, READ, 4096);
	fault_set(s->host, "hang");
	fault_expect_spent(s->host, "hang", 1);
	irqs = s->host->irq_count[1];
	io_submit(&io);
	send_read_data(&sent, 0, 0, 4096, FLAG_F);
	send_scsi_rsp(s, sent.itt, &(struct rsp){ .exp_datasn = 1 });
	expect_hung(s->host);
	/* Not a byte either way, and TCP is up. */
	assert_int_equal(wire_pending(s->wire), 0);
	assert_int_equal(wire_unread(s->wire), 48 + 4096 + 48);
	assert_false(s->wire->closed);
	assert_int_equal(s->host->irq_count[1], irqs);
	io_retire(&sent);
	io_retire(&io);
	revive(s->host);
	assert_true(s->wire->aborted);
	session_open(s, s->host, s->cid, &opts_default);
	io_works(s, 1, READ, 4096);
	session_free(s);
}

static void hang_at_a_command(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io io = io_make(s, 7, READ, 4096);
	struct ohba_sqe sqe[3];
	int i;

	(void)state;
	fault_set(s->host, "hang:after=1");
	for (i = 0; i < 3; i++) {
		io = io_make(s, i, READ, 0);
		sqe[i] = io_sqe(&io);
	}
	host_submit_batch(s->host, 1, sqe, 3);
	host_settle(s->host);
	/* The first was taken, and dies with the rest: nothing is sent after a turn. */
	expect_hung(s->host);
	host_expect_none(s->host, 1);
	fault_expect_spent(s->host, "hang", 1);
	end(s);
}

/* What TCP does to a firmware that hangs. */
static void hang_and_the_network(void **state)
{
	struct session *s = session_new(&opts_default);
	struct wire *wire, *refused;

	(void)state;
	conn_open_start(s->host, 5);
	wire = target_connecting(s->host->target);
	conn_open_start(s->host, 6);
	refused = target_connecting(s->host->target);
	fault_set(s->host, "hang");
	wire_answer(wire, OHBA_ST_SUCCESS);
	wire_answer(refused, OHBA_ST_CONN_REFUSED);
	wire_put(wire, "x", 1);
	wire_fin(s->wire);
	expect_hung(s->host);
	host_expect_none(s->host, OHBA_QID_ADMIN);
	s->wire->events->writable(s->wire->arg);
	s->wire->events->broken(s->wire->arg, OHBA_ST_CONN_RESET);
	assert_true(s->wire->closed);
	host_no_event(s->host);
	revive(s->host);
	assert_true(wire->closed && refused->closed);
	end(s);
}

static void hang_and_the_bus(void **state)
{
	struct session *s = session_new(&opts_default);

	(void)state;
	fault_set(s->host, "hang");
	host_bus_lost(s->host);
	assert_int_equal(host_read(s->host, OHBA_REG_STATUS), FATAL(DMA_FAULT));
	assert_int_equal(mem_mapped(s->host->mem), 0);
	end(s);
}

/* Nothing answers, nothing is taken, and no reset brings it back. */
static void expect_gone(struct host *host)
{
	static const uint32_t regs[] = {
		OHBA_REG_MAGIC, OHBA_REG_ABI, OHBA_REG_CTRL, OHBA_REG_STATUS, OHBA_REG_HEARTBEAT,
		OHBA_REG_ADMIN_CTL, OHBA_REG_DOORBELL(1), OHBA_REG_STATUS + 1,
	};
	unsigned int i;

	for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		assert_int_equal(host_read(host, regs[i]), 0xffffffff);
	assert_true(ohba_fw_gone(host->fw));
	assert_int_equal(mem_mapped(host->mem), 0);
	assert_false(host_wakes_within(host, 3600000 * MS));
}

static void vanish_at_once(void **state)
{
	uint32_t enable = OHBA_CTRL_ENABLE | OHBA_ABI_VERSION << OHBA_CTRL_ABI_SHIFT;
	struct session *s = session_new(&opts_default);
	struct io late = io_make(s, 2, READ, 0);
	uint64_t irqs = s->host->irq_count[1];

	(void)state;
	read_start(s, 1, 4096);
	assert_false(ohba_fw_gone(s->host->fw));
	fault_set(s->host, "vanish:count=0; crash");
	/* Once is for good, and nothing else happens to it. */
	fault_expect_rules(s->host, "vanish:count=0: always, 1 injected\n"
			   "crash: 1 left, 0 injected\n");
	assert_true(s->wire->aborted);
	expect_gone(s->host);
	io_submit(&late);
	assert_int_equal(host_ctrl(s->host, 0), 0xffffffff);
	assert_int_equal(host_ctrl(s->host, enable), 0xffffffff);
	expect_gone(s->host);
	assert_int_equal(s->host->irq_count[1], irqs);
	host_power_on_reset(s->host);
	assert_int_equal(host_ctrl(s->host, enable), 0xffffffff);
	expect_gone(s->host);
	end(s);
}

/* Amid commands, of which the first was taken, and refused at once. */
static void vanish_in_time(void **state)
{
	struct session *s = session_new(&opts_default);
	struct ohba_sqe sqe[3];
	uint64_t irqs;
	struct io io;
	int i;

	(void)state;
	io_works(s, 1, READ, 4096);
	irqs = s->host->irq_count[1];
	fault_set(s->host, "vanish:qid=1,after=1");
	assert_int_equal(host_read(s->host, OHBA_REG_STATUS), OHBA_STATUS_READY);
	for (i = 0; i < 3; i++) {
		io = io_make(s, i, READ, 0);
		sqe[i] = io_sqe(&io);
	}
	sqe[0].opcode = 0xff;
	host_submit_batch(s->host, 1, sqe, 3);
	host_settle(s->host);
	expect_gone(s->host);
	assert_int_equal(s->host->irq_count[1], irqs);
	fault_expect_spent(s->host, "vanish", 1);
	end(s);
}

static void note_mapped(void *arg)
{
	struct host *host = arg;

	assert_int_equal(mem_mapped(host->mem), 0);
	assert_true(ohba_fw_gone(host->fw));
}

/* Whoever waits until no ring is written need not wait for its next turn. */
static void vanish_and_the_bus(void **state)
{
	struct session *s = session_new(&opts_default);
	char err[512];

	(void)state;
	assert_int_equal(ohba_fault_set(s->host->fw, "vanish", err, sizeof(err)), 0);
	ohba_fw_bus_lost(s->host->fw, note_mapped, s->host);
	host_settle(s->host);
	expect_gone(s->host);
	end(s);
}

/* What the host wrote before is not done after. */
static void vanish_and_ctrl(void **state)
{
	uint32_t enable = OHBA_CTRL_ENABLE | OHBA_ABI_VERSION << OHBA_CTRL_ABI_SHIFT;
	struct session *s = session_new(&opts_default);
	char err[512];

	(void)state;
	host_write(s->host, OHBA_REG_CTRL, 0);
	host_write(s->host, OHBA_REG_CTRL, enable);
	assert_int_equal(ohba_fault_set(s->host->fw, "vanish", err, sizeof(err)), 0);
	host_settle(s->host);
	expect_gone(s->host);
	end(s);
}

/* A fault under way is the adapter's, not the tester's: a reset ends it. */
static void reset_amid_faults(void **state)
{
	struct session *s = session_new(&opts_default);
	struct io stalled = io_make(s, 1, READ, 0), delayed = io_make(s, 2, READ, 0);

	(void)state;
	fault_set(s->host, "stall-queue:qid=1,ms=60000; delay-pdu:in,ms=60000;"
		     "slow-target:bytes-per-s=10000000");
	delayed.qid = 2;
	io_submit(&delayed);
	io_expect_cmd(&delayed);
	io_answer(&delayed);
	io_submit(&stalled);
	host_settle(s->host);
	revive(s->host);
	fault_expect_rules(s->host, "slow-target:bytes-per-s=10000000: always, 1 injected\n");
	fault_set(s->host, "clear");
	session_open(s, s->host, s->cid, &opts_default);
	io_works(s, 1, READ, 4096);
	session_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stall_queue),
		cmocka_unit_test(stall_always),
		cmocka_unit_test(lose_completion),
		cmocka_unit_test(duplicate_completion),
		cmocka_unit_test(duplicate_without_room),
		cmocka_unit_test(crash_at_once),
		cmocka_unit_test(crash_in_time),
		cmocka_unit_test(crash_again),
		cmocka_unit_test(hang),
		cmocka_unit_test(hang_at_a_command),
		cmocka_unit_test(hang_and_the_network),
		cmocka_unit_test(hang_and_the_bus),
		cmocka_unit_test(vanish_at_once),
		cmocka_unit_test(vanish_in_time),
		cmocka_unit_test(vanish_and_the_bus),
		cmocka_unit_test(vanish_and_ctrl),
		cmocka_unit_test(reset_amid_faults),
	};

	return cmocka_run_group_tests_name("fault_fw", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile device: the driver as it is, over the played kernel of tests/driver, and
 * an input that says what the device and, in between, the host does (driver_ops.h).
 * What must hold is enforced there:
 *
 * - no access that a sanitizer objects to;
 * - a SCSI command is given back once, and not while the device has it or its buffer
 *   is mapped; it never moved more than was asked for;
 * - each admin command is answered once; nothing is unmapped twice, or is left over
 *   when the adapter is removed;
 * - locks, sleeping and references are in order;
 * - nothing waits for ever, and no device keeps the driver busy for ever.
 */
#include "fuzz.h"
#include "bench.h"
#include "driver_flash.h"
#include "driver_ops.h"

#define OPS_MAX		200
#define SESSIONS	3

unsigned int *shim_param_poll_queues(void);

struct user {
	struct bench_session s;
	bool busy;			/* a thread works on it */
	bool started;
	uint8_t step, operand;
};

static struct input *input;
static uint8_t options;
static bool device_only;		/* the host waits for the driver, or is at its end */
static struct user users[SESSIONS];

/* --- the device ---------------------------------------------------------------------- */

static uint16_t pick_status(uint8_t n)
{
	static const uint16_t status[] = {
#define FUZZ_STATUS(code, name, meaning, cause, remedy) code,
		OHBA_STATUS_TABLE(FUZZ_STATUS)
#undef FUZZ_STATUS
		0x1ff, 0xffff,
	};

	/* Half of all are a success. */
	return n & 1 ? 0 : status[n / 2 % ARRAY_SIZE(status)];
}

/* An unanswered command, the newest first. */
static struct dev_cmd *pick_command(uint8_t back)
{
	unsigned int i, n = 0;

	dev_fetch();
	for (i = 0; i < dev.ncmds; i++)
		n += !dev.cmd[i].answered;
	if (!n)
		return NULL;
	back %= n;
	for (i = dev.ncmds; i--;)
		if (!dev.cmd[i].answered && !back--)
			return &dev.cmd[i];
	return NULL;
}

static void op_answer(struct input *in)
{
	struct dev_cmd *cmd = pick_command(input_u8(in));
	struct ohba_cqe cqe = { .status = cpu_to_le16(pick_status(input_u8(in))) };

	if (cmd) {
		cqe.tag = cmd->sqe.tag;
		cqe.result = cpu_to_le32(DEV_HANDLE(le32_to_cpu(cmd->sqe.handle)));
		cmd->answered = true;
	}
	input_damage(in, &cqe, sizeof(cqe));
	if (cmd)
		dev_post(cmd->qid, cqe);
}

static void op_complete(struct input *in)
{
	struct dev_cmd *cmd = dev_io(input_u8(in) % BENCH_TAGS);
	struct ohba_cqe cqe = { .scsi_status = input_u8(in), .flags = input_u8(in) };

	cqe.result = cpu_to_le32(input_u16(in));
	cqe.sense_len = cpu_to_le16(input_u16(in));
	if (cmd)
		dev_answer_with(cmd, cqe);
}

static void op_post(struct input *in)
{
	uint32_t qid = input_u8(in) % (1 + DEV_QUEUES);
	struct ohba_cqe cqe = { .tag = cpu_to_le32(input_u32(in)) };

	input_damage(in, &cqe, sizeof(cqe));
	dev_post(qid, cqe);
}

static uint32_t cid_of(uint8_t n)
{
	return users[n % SESSIONS].s.cid;
}

/* The oldest PDU_RECV of a connection. */
static struct dev_cmd *find_recv(uint32_t cid)
{
	unsigned int i;

	dev_fetch();
	for (i = 0; i < dev.ncmds; i++)
		if (!dev.cmd[i].answered && dev.cmd[i].sqe.opcode == OHBA_ADMIN_PDU_RECV &&
		    le32_to_cpu(dev.cmd[i].sqe.handle) == cid)
			return &dev.cmd[i];
	return NULL;
}

static void fill_bhs(uint8_t *bhs, uint8_t kind, uint16_t len)
{
	static const uint8_t opcode[DPDU_KINDS] = {
		ISCSI_OP_LOGIN_RSP, ISCSI_OP_LOGIN_RSP, ISCSI_OP_TEXT_RSP, ISCSI_OP_LOGOUT_RSP,
		ISCSI_OP_NOOP_IN, ISCSI_OP_NOOP_IN, ISCSI_OP_ASYNC_EVENT, ISCSI_OP_REJECT, 0x21,
	};

	bench_bhs(bhs, opcode[kind], len);
	if (kind == DPDU_LOGIN_RSP)
		bhs[1] = 0x04;
	if (kind == DPDU_PING || kind == DPDU_ASYNC || kind == DPDU_REJECT)
		memset(bhs + 16, 0xff, 4);
	if (kind == DPDU_NOP_IN)
		memset(bhs + 20, 0xff, 4);
}

static void op_pdu(struct input *in)
{
	uint32_t cid = cid_of(input_u8(in));
	uint8_t kind = input_u8(in) % DPDU_KINDS;
	uint16_t len = input_u16(in) % 9000;
	uint8_t how = input_u8(in);
	struct dev_cmd *cmd = find_recv(cid);
	uint8_t pdu[48 + 9000] = { 0 };
	uint32_t written;

	fill_bhs(pdu, kind, len);
	input_damage(in, pdu, 48);
	if (!cmd)
		return;
	if (how & DPDU_LIE_TWICE)
		put_be24(pdu, 5, len + how * 16);
	written = dev_write_data(cmd, pdu, 48 + len);
	if (how & DPDU_LIE_TWICE)
		written = 48 + len + how * 16;
	if (how & DPDU_LIE)
		written += (uint32_t)how << 24 | how >> 1;
	dev_answer_with(cmd, (struct ohba_cqe) { .result = cpu_to_le32(written) });
}

static void op_event(struct input *in)
{
	uint8_t type = input_u8(in);
	uint32_t cid = cid_of(input_u8(in));
	struct ohba_event ev = {
		.type = type % (OHBA_EVENT_TARGET + 1), .reason = cpu_to_le16(pick_status(input_u8(in))),
		.handle = cpu_to_le32(cid), .cookie = cpu_to_le64(dev.cookie[cid % DEV_CONNS]),
	};

	input_damage(in, &ev, sizeof(ev));
	dev_post_event(ev);
}

/* --- memory ------------------------------------------------------------------------------ */

static uint8_t *ring_place(const struct dev_queue *q, bool ctl, uint16_t off, size_t entry)
{
	size_t len = ctl ? sizeof(struct ohba_qctl) : q->cq_size * entry;

	if (!q->exists || q->stops != shim_stops || !len)
		return NULL;
	return shim_dma((ctl ? q->ctl : q->cq) + off % len, 1);
}

/* One byte of what the device can write to. */
static uint8_t *place(uint8_t where, uint16_t off)
{
	const struct dev_cmd *cmd;

	where %= PLACES;
	switch (where) {
	case PLACE_EVENT_CTL:
	case PLACE_EVENTS:
		return ring_place(&dev.events, where == PLACE_EVENT_CTL, off,
				  sizeof(struct ohba_event));
	case PLACE_SENSE:
		return shim_dma(dev.sense_base + off % (96 * BENCH_TAGS), 1);
	case PLACE_DATA:
		if (!dev.ncmds)
			return NULL;
		cmd = &dev.cmd[dev.ncmds - 1 - (off >> 8) % dev.ncmds];
		return shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr) + (off & 0xff), 1);
	default:
		return ring_place(&dev.q[where / 2], !(where & 1), off, sizeof(struct ohba_cqe));
	}
}

struct poke {
	uint8_t where, n, bytes[255];
	uint16_t off;
};

static void poke_read(struct poke *poke, struct input *in)
{
	poke->where = input_u8(in);
	poke->off = input_u16(in);
	poke->n = input_bytes(in, poke->bytes, input_u8(in) % 64);
}

static void poke_write(const struct poke *poke)
{
	unsigned int i;

	for (i = 0; i < poke->n; i++) {
		uint8_t *byte = place(poke->where, poke->off + i);

		if (byte)
			*byte = poke->bytes[i];
	}
}

static void op_poke(struct input *in)
{
	struct poke poke;

	poke_read(&poke, in);
	poke_write(&poke);
}

static struct poke race_poke;
static unsigned int race_left;

static void race(void)
{
	if (race_left && !--race_left) {
		poke_write(&race_poke);
		shim_race = NULL;
	}
}

static void op_race(struct input *in)
{
	race_left = 1 + input_u8(in) % 64;
	poke_read(&race_poke, in);
	shim_race = race;
}

static void op_skip(struct input *in)
{
	uint32_t qid = input_u8(in) % (2 + DEV_QUEUES);
	int8_t by = input_u8(in);

	if (qid > DEV_QUEUES)
		dev.events.cq_tail += by;
	else
		dev.q[qid].cq_tail += by;
}

static void op_reg(struct input *in)
{
	uint8_t reg = input_u8(in) % 11;
	uint32_t val = input_u32(in);
	uint32_t *place[] = { &dev.magic, &dev.abi, &dev.class, &dev.max_queues, &dev.max_qsize,
			      &dev.ready_ms, &dev.status, &dev.heartbeat };

	if (reg < ARRAY_SIZE(place))
		*place[reg] = val;
	else if (reg == 8)
		dev.deaf = val & 1;
	else if (reg == 9)
		dev.heart_stopped = val & 1;
	else
		shim_device.vectors = val % 8;
}

/* --- the host's sessions -------------------------------------------------------------------- */

static void step_end(struct user *u)
{
	if (u->s.cls)
		shim_destroy(u->s.cls);
	if (u->s.iep && !u->s.conn)
		shim_disconnect(NULL, u->s.iep);
	memset(&u->s, 0, sizeof(u->s));
	u->started = false;
}

/* The class looks before it calls. */
static bool bound(const struct user *u)
{
	return u->s.conn && u->s.conn->bound && !u->s.conn->cleanup;
}

static void step_send(struct user *u, uint8_t opcode)
{
	static const char text[256] = "SessionType=Discovery\0SendTargets=All";

	if (bound(u))
		bench_send(&u->s, opcode, text, opcode == ISCSI_OP_LOGOUT ? 0 : u->operand);
}

static void step_connect(struct user *u)
{
	if (!u->s.iep)
		bench_connect(&u->s);
}

static void step_bind(struct user *u)
{
	if (u->s.iep && !u->s.cls && bench_bind(&u->s) && u->s.cls && !u->s.conn)
		step_end(u);
}

static void step_start(struct user *u)
{
	if (bound(u) && !u->started)
		u->started = !bench_start(&u->s);
}

static void step_timers(struct user *u)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", u->operand);
	if (u->s.conn)
		shim_transport->set_param(u->s.conn, u->operand & 1 ? ISCSI_PARAM_PING_TMO :
					  ISCSI_PARAM_RECV_TMO, text, strlen(text));
}

static void step_stats(struct user *u)
{
	struct iscsi_stats stats = { 0 };

	if (u->s.conn)
		shim_transport->get_stats(u->s.conn, &stats);
}

/* With an endpoint of its own it goes the class's way, which knows the connection. */
static void step_disconnect(struct user *u)
{
	if (u->s.conn)
		shim_disconnect(u->s.conn, NULL);
	else if (u->s.iep)
		step_end(u);
}

static void step_login(struct user *u)
{
	uint8_t bhs[48];

	step_connect(u);
	step_bind(u);
	u->operand = 0;
	step_send(u, ISCSI_OP_LOGIN | 0x40);
	shim_sleep_us(1000);
	bench_bhs(bhs, ISCSI_OP_LOGIN_RSP, 0);
	dev_pdu_in(u->s.cid, bhs, NULL, 0);
	shim_sleep_us(1000);
	step_start(u);
}

static void user_thread(void *arg)
{
	static const uint8_t opcode[] = {
		[STEP_LOGIN_PDU] = ISCSI_OP_LOGIN | 0x40, [STEP_TEXT] = ISCSI_OP_TEXT,
		[STEP_LOGOUT_PDU] = ISCSI_OP_LOGOUT, [STEP_NOP] = ISCSI_OP_NOOP_OUT,
	};
	static void (* const step[STEPS])(struct user *u) = {
		[STEP_CONNECT] = step_connect, [STEP_BIND] = step_bind,
		[STEP_START] = step_start, [STEP_STATS] = step_stats,
		[STEP_TIMERS] = step_timers, [STEP_DISCONNECT] = step_disconnect,
		[STEP_END] = step_end, [STEP_LOGIN] = step_login,
	};
	struct user *u = arg;

	mutex_lock(&shim_class_mutex);
	if (step[u->step])
		step[u->step](u);
	else
		step_send(u, opcode[u->step]);
	mutex_unlock(&shim_class_mutex);
	u->busy = false;
}

static void op_session(struct input *in)
{
	struct user *u = &users[input_u8(in) % SESSIONS];
	uint8_t step = input_u8(in) % STEPS;
	uint8_t operand = input_u8(in);

	if (device_only || u->busy || !bench.probed)
		return;
	u->busy = true;
	u->step = step;
	u->operand = operand;
	shim_spawn("iscsid", user_thread, u);
}

static void op_io(struct input *in)
{
	struct user *u = &users[input_u8(in) % SESSIONS];
	uint8_t how = input_u8(in);
	uint16_t len = input_u16(in);
	uint8_t seg = input_u8(in);
	struct shim_io io = { .sdev = &u->s.sdev, .len = len, .write = how & 1,
			      .hwq = how >> 1, .cdb_len = how & 0x40 ? 32 : 0 };

	if (device_only || !u->started || (u->busy && u->step == STEP_END))
		return;
	/* What scsi_mod keeps to: the host's limits. */
	io.seg = max(len / min(bench_host()->sg_tablesize, 600u) + 1, seg * 4u);
	io.hwq %= bench_host()->nr_hw_queues;
	if (bench_host()->max_cmd_len < 32)
		io.cdb_len = 0;
	if (how & 0x80)
		io.underflow = len;
	io.len = min(io.len, bench_host()->max_sectors * 512);
	io.underflow = min(io.underflow, io.len);
	shim_queue(&io);
}

static void op_time(struct input *in)
{
	static const uint16_t ms[] = { 1, 100, 1000, 2100, 5100, 15100, 31000, 61000 };
	uint16_t time = ms[input_u8(in) % ARRAY_SIZE(ms)];

	if (!device_only)
		shim_advance_ms(time);
}

static void op_timeout(struct input *in)
{
	uint8_t index = input_u8(in);

	if (!device_only)
		shim_time_out(index % BENCH_TAGS);
}

static void op_poll(struct input *in)
{
	uint8_t hwq = input_u8(in);
	struct Scsi_Host *shost;

	if (device_only || !bench.probed)
		return;
	shost = bench_host();
	shost->hostt->mq_poll(shost, hwq % shost->nr_hw_queues);
}

/* --- what happens to the adapter --------------------------------------------------------------- */

static bool host_busy;

static void host_thread(void *arg)
{
	const struct pci_error_handlers *err = shim_driver->err_handler;
	const struct dev_pm_ops *pm = shim_driver->driver.pm;

	switch ((enum driver_host)(uintptr_t)arg) {
	case HOST_RESET_PREPARE:
		err->reset_prepare(&bench.pdev);
		break;
	case HOST_RESET_DONE:
		err->reset_done(&bench.pdev);
		break;
	case HOST_PCI_ERROR:
		err->error_detected(&bench.pdev, pci_channel_io_frozen);
		break;
	case HOST_PCI_RESUME:
		if (err->slot_reset(&bench.pdev) == PCI_ERS_RESULT_RECOVERED)
			err->resume(&bench.pdev);
		break;
	case HOST_SUSPEND:
		pm->suspend(&bench.pdev.dev);
		break;
	case HOST_RESUME:
		pm->resume(&bench.pdev.dev);
		break;
	case HOST_SHUTDOWN:
		shim_driver->shutdown(&bench.pdev);
		break;
	default:
		err->error_detected(&bench.pdev, pci_channel_io_perm_failure);
	}
	host_busy = false;
}

static void op_host(struct input *in)
{
	uint8_t kind = input_u8(in) % HOST_KINDS;

	if (device_only || !bench.probed || host_busy)
		return;
	if (kind == HOST_PULL_OUT)
		shim_device.present = false;
	host_busy = true;
	shim_spawn("the PCI core", host_thread, (void *)(uintptr_t)kind);
}

/* --- the loop --------------------------------------------------------------------------------------- */

static void run_op(struct input *in, uint8_t op)
{
	switch (op % DRIVER_OPS) {
	case DRIVER_TURN:
		dev_turn();
		break;
	case DRIVER_ANSWER:
		op_answer(in);
		break;
	case DRIVER_COMPLETE:
		op_complete(in);
		break;
	case DRIVER_POST:
		op_post(in);
		break;
	case DRIVER_PDU:
		op_pdu(in);
		break;
	case DRIVER_EVENT:
		op_event(in);
		break;
	case DRIVER_POKE:
		op_poke(in);
		break;
	case DRIVER_SKIP:
		op_skip(in);
		break;
	case DRIVER_IRQ:
		shim_irq_raise(input_u8(in) % SHIM_VECTORS);
		break;
	case DRIVER_REG:
		op_reg(in);
		break;
	case DRIVER_RACE:
		op_race(in);
		break;
	case DRIVER_IDENTIFY:
		input_damage(in, &dev.identify, 128);
		break;
	case DRIVER_TIME:
		op_time(in);
		break;
	case DRIVER_SESSION:
		op_session(in);
		break;
	case DRIVER_IO:
		op_io(in);
		break;
	case DRIVER_TIMEOUT:
		op_timeout(in);
		break;
	case DRIVER_POLL:
		op_poll(in);
		break;
	case DRIVER_CPU:
		shim_cpu = input_u8(in) % 2;
		break;
	case DRIVER_HOST:
		op_host(in);
		break;
	case DRIVER_FLASH:
		driver_flash_op(in, !device_only && bench.probed && options & DRIVER_TARGETS);
		break;
	case DRIVER_PHASE:
		driver_phase_op(in);
		break;
	}
}

static unsigned int ops;

/* The driver waits for the device: what the input says next, else what it ends with. */
static bool turn(void)
{
	bool saved = device_only;

	if (input_more(input) && ops++ < OPS_MAX) {
		device_only = true;
		run_op(input, input_u8(input) & 0x3f);
		device_only = saved;
		return true;
	}
	return !(options & DRIVER_SILENT_END) && dev_turn();
}

static void probe(void)
{
	device_only = true;
	if (!(options & DRIVER_HOSTILE_PROBE))
		shim_device_turn = dev_turn;
	bench_probe();
	shim_device_turn = turn;
	device_only = false;
	dev.hostile = true;
}

static void start(void)
{
	bench_load();
	if (options & DRIVER_TARGETS)
		driver_flash_load();
	memset(users, 0, sizeof(users));
	ops = 0;
	race_left = 0;
	host_busy = false;
	*shim_param_poll_queues() = options & DRIVER_POLL_QUEUES ? 2 : 0;
	if (options & DRIVER_SMALL_RINGS)
		dev.max_qsize = 4;
	dev.hostile = options & DRIVER_HOSTILE_PROBE;
	shim_device_turn = turn;
	probe();
	if ((options & (DRIVER_LOGGED_IN | DRIVER_HOSTILE_PROBE)) != DRIVER_LOGGED_IN)
		return;
	shim_device_turn = dev_turn;
	bench_login(&users[0].s);
	users[0].started = true;
	shim_device_turn = turn;
}

static bool anyone_busy(void)
{
	unsigned int i;

	for (i = 0; i < SESSIONS; i++)
		if (users[i].busy)
			return true;
	return host_busy || (options & DRIVER_TARGETS && driver_flash_busy());
}

/* The daemon's threads end by themselves, however long that takes; then the adapter goes. */
static void end(void)
{
	unsigned int i;

	device_only = true;
	while (anyone_busy())
		shim_advance_ms(1000);
	for (i = 0; i < SESSIONS && bench.probed; i++)
		step_end(&users[i]);
	bench_down();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { .pos = data, .end = data + len };

	input = &in;
	options = input_u8(&in);
	start();
	while (bench.probed && input_more(&in) && ops++ < OPS_MAX) {
		uint8_t op = input_u8(&in);

		run_op(&in, op & 0x3f);
		if (!(op & DRIVER_NO_RUN))
			shim_run();
	}
	end();
	return 0;
}

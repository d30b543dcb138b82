// SPDX-License-Identifier: GPL-2.0-or-later
/* The adapter (device.h). */
#include "device.h"

struct dev dev;

/* I/O commands that the device has, by tag index; void once it cannot write any more. */
static struct { u32 tag; bool has; unsigned int stops; } owned[SHIM_TAGS];

static bool uses(u64 addr);

/* --- registers ------------------------------------------------------------------ */

static u64 shadow64(u32 reg)
{
	return dev.shadow[reg / 4] | (u64)dev.shadow[reg / 4 + 1] << 32;
}

static void forget(void)
{
	memset(dev.q, 0, sizeof(dev.q));
	memset(&dev.events, 0, sizeof(dev.events));
	memset(owned, 0, sizeof(owned));
	dev.ncmds = 0;
}

/* Bus mastering was never off since: its addresses mean what they meant. */
static bool works(const struct dev_queue *q)
{
	return q->exists && q->stops == shim_stops;
}

static void enable(void)
{
	u32 sizes = dev.shadow[OHBA_REG_ADMIN_SIZE / 4];

	forget();
	dev.q[0] = (struct dev_queue) {
		.exists = true,
		.ctl = shadow64(OHBA_REG_ADMIN_CTL),
		.sq = shadow64(OHBA_REG_ADMIN_SQ),
		.cq = shadow64(OHBA_REG_ADMIN_CQ),
		.sq_size = sizes & 0xffff,
		.cq_size = sizes >> 16,
		.vector = OHBA_VECTOR_ADMIN,
		.stops = shim_stops,
	};
	dev.events = (struct dev_queue) {
		.exists = true,
		.ctl = shadow64(OHBA_REG_EVENT_CTL),
		.cq = shadow64(OHBA_REG_EVENT_CQ),
		.cq_size = dev.shadow[OHBA_REG_EVENT_SIZE / 4],
		.vector = OHBA_VECTOR_ADMIN,
		.stops = shim_stops,
	};
	dev.status = OHBA_STATUS_READY;
}

static void write_reg(u32 reg, u32 val)
{
	if (reg >= OHBA_REG_DOORBELL(0)) {
		dev.doorbells++;
		return;
	}
	if (reg / 4 < ARRAY_SIZE(dev.shadow))
		dev.shadow[reg / 4] = val;
	if (reg != OHBA_REG_CTRL || dev.deaf)
		return;
	if (val & OHBA_CTRL_ENABLE) {
		enable();
		return;
	}
	forget();
	dev.status = 0;
}

static u32 read_reg(u32 reg)
{
	if (!shim_device.present)
		return ~0u;
	switch (reg) {
	case OHBA_REG_MAGIC:
		return dev.magic;
	case OHBA_REG_ABI:
		return dev.abi;
	case OHBA_REG_CLASS:
		return dev.class;
	case OHBA_REG_MAX_QUEUES:
		return dev.max_queues;
	case OHBA_REG_MAX_QSIZE:
		return dev.max_qsize;
	case OHBA_REG_FEATURES:
		return dev.features;
	case OHBA_REG_READY_MS:
		return dev.ready_ms;
	case OHBA_REG_STATUS:
		return dev.status;
	case OHBA_REG_HEARTBEAT:
		return dev.heart_stopped ? dev.heartbeat : ++dev.heartbeat;
	default:
		return 0;
	}
}

void dev_reset(void)
{
	memset(&dev, 0, sizeof(dev));
	memset(owned, 0, sizeof(owned));
	dev_targets_reset();
	dev.magic = OHBA_MAGIC;
	dev.abi = OHBA_ABI_RANGE(1, 1);
	dev.class = OHBA_CLASS_FW;
	dev.max_queues = DEV_QUEUES;
	dev.max_qsize = 64;
	dev.ready_ms = 1000;
	dev.identify = (struct ohba_identify) {
		.model = "test", .serial = "1", .fw_version = "0",
		.mac = { 2, 0, 0, 0, 0, 1 },
		.max_conns = cpu_to_le32(DEV_CONNS), .max_tags = cpu_to_le32(1024),
		.max_sge = cpu_to_le32(2048), .max_data_len = cpu_to_le32(8u << 20),
		.max_recv_dsl = cpu_to_le32(262144), .max_burst = cpu_to_le32(1u << 20),
		.max_r2t = cpu_to_le16(16), .max_cdb_len = cpu_to_le16(260),
	};
	dev.info = (struct ohba_conn_info) {
		.state = OHBA_CONN_RAW, .family = OHBA_FAMILY_IPV4,
		.local_addr = { 192, 0, 2, 1 },
	};
	dev.port = (struct ohba_port) {
		.link_up = 1, .speed_mbps = cpu_to_le32(10000), .mtu = cpu_to_le32(1500),
	};
	shim_device = (struct shim_device) {
		.read = read_reg, .write = write_reg, .bar_len = OHBA_BAR_REGS_SIZE,
		.vectors = 1 + DEV_QUEUES, .present = true, .uses = uses,
	};
}

/* --- rings ------------------------------------------------------------------------ */

static struct ohba_qctl *ctl_of(const struct dev_queue *q)
{
	return works(q) ? shim_dma(q->ctl, sizeof(struct ohba_qctl)) : NULL;
}

static bool is_net(const struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_IO_NET_RX || cmd->sqe.opcode == OHBA_IO_NET_TX;
}

static bool queue_claims(u32 qid, u32 tag)
{
	const struct dev_queue *q = &dev.q[qid];
	const struct ohba_cqe *cq = works(q) ? shim_dma(q->cq, q->cq_size * sizeof(*cq)) : NULL;
	u32 i;

	for (i = 0; cq && i < q->cq_size; i++)
		if (le32_to_cpu(cq[i].tag) == tag)
			return true;
	return false;
}

static void forget_answered(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < dev.ncmds; i++)
		if (!dev.cmd[i].answered)
			dev.cmd[n++] = dev.cmd[i];
	dev.ncmds = n;
}

static void note(u32 qid, const struct ohba_sqe *sqe)
{
	if (dev.ncmds == DEV_CMDS_MAX)
		forget_answered();
	if (dev.ncmds == DEV_CMDS_MAX) {
		memmove(dev.cmd, dev.cmd + DEV_CMDS_MAX / 2, sizeof(dev.cmd) / 2);
		dev.ncmds /= 2;
	}
	dev.cmd[dev.ncmds] = (struct dev_cmd) { .qid = qid, .sqe = *sqe };
	/* It may have said that a frame is done before it had it. */
	dev.cmd[dev.ncmds].answered = is_net(&dev.cmd[dev.ncmds]) &&
				      queue_claims(qid, le32_to_cpu(sqe->tag));
	dev.ncmds++;
}

/* Return: whether the driver's tail is where it can be. */
static bool tail_is_good(struct dev_queue *q, u32 tail)
{
	if (tail - q->sq_head <= q->sq_size)
		return true;
	shim_check(dev.hostile, "the driver overran a ring: from %u to %u", q->sq_head, tail);
	q->sq_head = tail;
	return false;
}

static unsigned int fetch(u32 qid)
{
	struct dev_queue *q = &dev.q[qid];
	struct ohba_qctl *ctl = ctl_of(q);
	u32 tail = ctl ? le32_to_cpu(ctl->sq_tail) : 0;
	unsigned int n;

	if (!ctl || !tail_is_good(q, tail))
		return 0;
	for (n = 0; q->sq_head != tail; n++) {
		u32 slot = q->sq_head++ & (q->sq_size - 1);
		const struct ohba_sqe *sqe = shim_dma(q->sq + slot * sizeof(*sqe), sizeof(*sqe));

		shim_check(sqe, "the driver's ring is not mapped");
		note(qid, sqe);
	}
	return n;
}

unsigned int dev_fetch(void)
{
	unsigned int qid, n = 0;

	for (qid = 0; qid <= DEV_QUEUES; qid++)
		n += fetch(qid);
	return n;
}

/* As an honest device does once it has copied the entries. */
static void publish_heads(void)
{
	unsigned int qid;

	for (qid = 0; qid <= DEV_QUEUES; qid++) {
		struct ohba_qctl *ctl = ctl_of(&dev.q[qid]);

		if (ctl)
			ctl->sq_head = ctl->sq_event = cpu_to_le32(dev.q[qid].sq_head);
	}
}

void dev_take(u32 tag)
{
	owned[OHBA_TAG_INDEX(tag)].tag = tag;
	owned[OHBA_TAG_INDEX(tag)].has = true;
	owned[OHBA_TAG_INDEX(tag)].stops = shim_stops;
}

/* A frame's buffer is its own until it says otherwise, or cannot write any more. */
static bool uses(u64 addr)
{
	unsigned int i;

	if (!shim_bus_master || dev.hostile)
		return false;
	dev_fetch();
	for (i = 0; i < dev.ncmds; i++)
		if (!dev.cmd[i].answered && is_net(&dev.cmd[i]) &&
		    works(&dev.q[dev.cmd[i].qid]) &&
		    le64_to_cpu(dev.cmd[i].sqe.sge[0].addr) == addr)
			return true;
	return false;
}

/*
 * A hostile device may say that a command is done before it has it, or by a ring that
 * it writes to past dev_post(): the driver can only believe that.
 */
static bool claims(u32 tag)
{
	u32 qid;

	for (qid = 1; qid <= DEV_QUEUES; qid++)
		if (queue_claims(qid, tag))
			return true;
	return false;
}

bool dev_has(unsigned int index)
{
	return owned[index].has && owned[index].stops == shim_stops && shim_bus_master &&
	       !(dev.hostile && claims(owned[index].tag));
}

/* It says that a frame's command is done. */
static void let_frame_go(u32 qid, u32 tag)
{
	unsigned int i;

	for (i = 0; i < dev.ncmds; i++)
		if (dev.cmd[i].qid == qid && is_net(&dev.cmd[i]) &&
		    le32_to_cpu(dev.cmd[i].sqe.tag) == tag)
			dev.cmd[i].answered = true;
}

void dev_let_go(u32 tag)
{
	if (OHBA_TAG_INDEX(tag) < SHIM_TAGS && owned[OHBA_TAG_INDEX(tag)].tag == tag)
		owned[OHBA_TAG_INDEX(tag)].has = false;
}

static bool need_event(const struct dev_queue *q)
{
	const struct ohba_qctl *ctl = ctl_of(q);

	return ctl && q->cq_tail - le32_to_cpu(ctl->cq_event) - 1 < 1;
}

static u8 phase_of(const struct dev_queue *q)
{
	return !(q->cq_tail & q->cq_size);
}

struct ohba_cqe *dev_cqe(u32 qid, u32 index)
{
	const struct dev_queue *q = &dev.q[qid];

	return !works(q) ? NULL :
	       shim_dma(q->cq + (index & (q->cq_size - 1)) * sizeof(struct ohba_cqe),
			sizeof(struct ohba_cqe));
}

void dev_post(u32 qid, struct ohba_cqe cqe)
{
	struct dev_queue *q = &dev.q[qid];
	struct ohba_cqe *slot = dev_cqe(qid, q->cq_tail);

	if (!slot)
		return;
	cqe.phase = phase_of(q);
	*slot = cqe;
	if (qid) {
		dev_let_go(le32_to_cpu(cqe.tag));
		let_frame_go(qid, le32_to_cpu(cqe.tag));
	}
	q->cq_tail++;
	if (need_event(q))
		shim_irq_raise(q->vector);
}

void dev_post_event(struct ohba_event ev)
{
	struct dev_queue *q = &dev.events;
	struct ohba_event *slot;

	if (!works(q))
		return;
	slot = shim_dma(q->cq + (q->cq_tail & (q->cq_size - 1)) * sizeof(ev), sizeof(ev));
	if (!slot)
		return;
	ev.phase = phase_of(q);
	*slot = ev;
	q->cq_tail++;
	if (need_event(q))
		shim_irq_raise(q->vector);
}

/* --- commands ------------------------------------------------------------------------ */

struct dev_cmd *dev_find(u8 opcode, u32 handle)
{
	unsigned int i;

	dev_fetch();
	for (i = dev.ncmds; i--;) {
		struct dev_cmd *cmd = &dev.cmd[i];

		if (!cmd->answered && cmd->sqe.opcode == opcode &&
		    (handle == DEV_ANY || le32_to_cpu(cmd->sqe.handle) == handle))
			return cmd;
	}
	return NULL;
}

struct dev_cmd *dev_io(unsigned int index)
{
	unsigned int i;

	dev_fetch();
	for (i = dev.ncmds; i--;) {
		struct dev_cmd *cmd = &dev.cmd[i];

		if (!cmd->answered && cmd->qid &&
		    OHBA_TAG_INDEX(le32_to_cpu(cmd->sqe.tag)) == index)
			return cmd;
	}
	return NULL;
}

void dev_answer_with(struct dev_cmd *cmd, struct ohba_cqe cqe)
{
	cqe.tag = cmd->sqe.tag;
	cmd->answered = true;
	dev_post(cmd->qid, cqe);
}

void dev_answer(struct dev_cmd *cmd, u16 status)
{
	dev_answer_with(cmd, (struct ohba_cqe) { .status = cpu_to_le16(status) });
}

u32 dev_write_data(const struct dev_cmd *cmd, const void *data, u32 len)
{
	void *to;

	len = min(len, le32_to_cpu(cmd->sqe.data_len));
	if (!cmd->sqe.nsge || le32_to_cpu(cmd->sqe.sge[0].type) != OHBA_SGE_DATA)
		return 0;
	to = shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), len);
	if (!to) {
		shim_check(dev.hostile, "a command's buffer is not mapped");
		return 0;
	}
	memcpy(to, data, len);
	return len;
}

static void give(struct dev_cmd *cmd, const void *data, u32 len)
{
	dev_write_data(cmd, data, len);
	dev_answer(cmd, OHBA_ST_SUCCESS);
}

static void create_queue(struct dev_cmd *cmd)
{
	const struct ohba_queue_create *body = (const void *)cmd->sqe.body;
	u32 qid = le32_to_cpu(cmd->sqe.handle);

	if (!qid || qid > DEV_QUEUES) {
		shim_check(dev.hostile, "queue %u is created", qid);
		return;
	}
	if (dev.q[qid].exists) {
		dev_answer(cmd, OHBA_ST_BUSY);
		return;
	}
	if (max(le32_to_cpu(body->sq_size), le32_to_cpu(body->cq_size)) > dev.max_qsize) {
		dev_answer(cmd, OHBA_ST_INVALID_QUEUE);
		return;
	}
	dev.q[qid] = (struct dev_queue) {
		.exists = true,
		.ctl = le64_to_cpu(body->ctl), .sq = le64_to_cpu(body->sq),
		.cq = le64_to_cpu(body->cq), .sq_size = le32_to_cpu(body->sq_size),
		.cq_size = le32_to_cpu(body->cq_size), .vector = le32_to_cpu(body->vector),
		.stops = shim_stops,
	};
	dev_answer(cmd, OHBA_ST_SUCCESS);
}

/* What is in it is answered first; then the device forgets where it was. */
static void delete_queue(struct dev_cmd *cmd)
{
	u32 qid = le32_to_cpu(cmd->sqe.handle);
	unsigned int i;

	if (!qid || qid > DEV_QUEUES || !dev.q[qid].exists) {
		dev_answer(cmd, OHBA_ST_INVALID_HANDLE);
		return;
	}
	for (i = 0; i < dev.ncmds; i++)
		if (!dev.cmd[i].answered && dev.cmd[i].qid == qid)
			dev_answer(&dev.cmd[i], OHBA_ST_ABORTED);
	dev.q[qid].exists = false;
	dev_answer(cmd, OHBA_ST_SUCCESS);
}

/* Which connection a command is of; -1 for none. */
static long conn_of(const struct dev_cmd *cmd)
{
	u32 handle = le32_to_cpu(cmd->sqe.handle);

	switch (cmd->sqe.opcode) {
	case OHBA_ADMIN_CONN_OPEN:
	case OHBA_ADMIN_PDU_SEND:
	case OHBA_ADMIN_PDU_RECV:
	case OHBA_ADMIN_SESSION_START:
		return handle;
	case OHBA_ADMIN_TMF:
	case OHBA_IO_SCSI:
		return handle & 0xffff;
	default:
		return -1;
	}
}

static void close_conn(struct dev_cmd *cmd)
{
	u32 cid = le32_to_cpu(cmd->sqe.handle);
	unsigned int i;

	for (i = 0; i < dev.ncmds; i++)
		if (!dev.cmd[i].answered && conn_of(&dev.cmd[i]) == cid)
			dev_answer(&dev.cmd[i], OHBA_ST_ABORTED);
	dev_answer(cmd, OHBA_ST_SUCCESS);
}

static void manage_task(struct dev_cmd *cmd)
{
	const struct ohba_tmf *body = (const void *)cmd->sqe.body;
	unsigned int i;

	for (i = 0; i < dev.ncmds && !dev.tmf_response; i++) {
		struct dev_cmd *io = &dev.cmd[i];

		if (!io->answered && io->qid && (body->function != OHBA_TMF_ABORT_TASK ||
						 io->sqe.tag == body->ref_tag))
			dev_answer(io, OHBA_ST_ABORTED);
	}
	dev_answer_with(cmd, (struct ohba_cqe) { .response = dev.tmf_response });
}

static void send_pdu(struct dev_cmd *cmd)
{
	memcpy(dev.sent, cmd->sqe.body, sizeof(dev.sent));
	dev.nsent++;
	dev_answer(cmd, OHBA_ST_SUCCESS);
}

static void open_conn(struct dev_cmd *cmd)
{
	const struct ohba_conn_open *body = (const void *)cmd->sqe.body;

	dev.cookie[le32_to_cpu(cmd->sqe.handle) % DEV_CONNS] = le64_to_cpu(body->cookie);
	dev_answer(cmd, OHBA_ST_SUCCESS);
}

void dev_answer_admin(struct dev_cmd *cmd)
{
	const struct ohba_host_setup *setup = (const void *)cmd->sqe.body;

	switch (cmd->sqe.opcode) {
	case OHBA_ADMIN_IDENTIFY:
		give(cmd, &dev.identify, sizeof(dev.identify));
		break;
	case OHBA_ADMIN_HOST_SETUP:
		dev.sense_base = le64_to_cpu(setup->sense_base);
		dev.sense_stride = le32_to_cpu(setup->sense_stride);
		dev_answer(cmd, OHBA_ST_SUCCESS);
		break;
	case OHBA_ADMIN_QUEUE_CREATE:
		create_queue(cmd);
		break;
	case OHBA_ADMIN_QUEUE_DELETE:
		delete_queue(cmd);
		break;
	case OHBA_ADMIN_PORT_GET:
		give(cmd, &dev.port, sizeof(dev.port));
		break;
	case OHBA_ADMIN_STATS_GET:
		give(cmd, &dev.stats, sizeof(dev.stats));
		break;
	case OHBA_ADMIN_CONN_INFO:
		give(cmd, &dev.info, sizeof(dev.info));
		break;
	case OHBA_ADMIN_CONN_OPEN:
		open_conn(cmd);
		break;
	case OHBA_ADMIN_CONN_CLOSE:
		close_conn(cmd);
		break;
	case OHBA_ADMIN_PDU_SEND:
		send_pdu(cmd);
		break;
	case OHBA_ADMIN_PDU_RECV:
		break;		/* waits for a PDU */
	case OHBA_ADMIN_SESSION_START:
		dev_answer_with(cmd, (struct ohba_cqe) {
			.result = cpu_to_le32(DEV_HANDLE(le32_to_cpu(cmd->sqe.handle))) });
		break;
	case OHBA_ADMIN_TMF:
		manage_task(cmd);
		break;
	default:
		if (!dev_answer_target(cmd))
			dev_answer(cmd, OHBA_ST_SUCCESS);
	}
}

bool dev_turn(void)
{
	bool any = false;
	unsigned int i;

	if (dev.silent)
		return false;
	dev_fetch();
	publish_heads();
	/* Some may have been fetched before, by who looked for another. */
	for (i = 0; i < dev.ncmds; i++) {
		struct dev_cmd *cmd = &dev.cmd[i];

		if (cmd->seen)
			continue;
		cmd->seen = any = true;
		if (cmd->qid || cmd->answered || (dev.on_admin && dev.on_admin(cmd)))
			continue;
		dev_answer_admin(cmd);
	}
	return any;
}

bool dev_pdu_in(u32 cid, const void *bhs, const void *data, u32 len)
{
	struct dev_cmd *cmd = NULL;
	u8 *pdu;
	unsigned int i;

	dev_fetch();
	for (i = 0; i < dev.ncmds && !cmd; i++)
		if (!dev.cmd[i].answered && dev.cmd[i].sqe.opcode == OHBA_ADMIN_PDU_RECV &&
		    le32_to_cpu(dev.cmd[i].sqe.handle) == cid)
			cmd = &dev.cmd[i];
	if (!cmd)
		return false;
	pdu = malloc(48 + len);
	memcpy(pdu, bhs, 48);
	if (len)
		memcpy(pdu + 48, data, len);
	len = dev_write_data(cmd, pdu, 48 + len);
	free(pdu);
	dev_answer_with(cmd, (struct ohba_cqe) { .result = cpu_to_le32(len) });
	return true;
}

/* --- frames -------------------------------------------------------------------------- */

struct dev_cmd *dev_net_cmd(u8 opcode)
{
	unsigned int i;

	dev_fetch();
	for (i = 0; i < dev.ncmds; i++)
		if (!dev.cmd[i].answered && dev.cmd[i].sqe.opcode == opcode &&
		    dev.q[dev.cmd[i].qid].exists)
			return &dev.cmd[i];
	return NULL;
}

unsigned int dev_nets(u8 opcode)
{
	unsigned int i, n = 0;

	dev_fetch();
	for (i = 0; i < dev.ncmds; i++)
		n += !dev.cmd[i].answered && dev.cmd[i].sqe.opcode == opcode &&
		     dev.q[dev.cmd[i].qid].exists;
	return n;
}

bool dev_frame_in(const void *frame, u32 len)
{
	struct dev_cmd *cmd = dev_net_cmd(OHBA_IO_NET_RX);

	if (!cmd)
		return false;
	publish_heads();
	len = dev_write_data(cmd, frame, len);
	dev_answer_with(cmd, (struct ohba_cqe) { .result = cpu_to_le32(len) });
	return true;
}

u32 dev_frame_out(void *frame, u32 room)
{
	struct dev_cmd *cmd = dev_net_cmd(OHBA_IO_NET_TX);
	u32 len = cmd ? le32_to_cpu(cmd->sqe.data_len) : 0;
	const void *from = cmd ? shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), len) : NULL;

	if (!cmd)
		return 0;
	shim_check(from && len <= room, "a frame of %u bytes is not mapped", len);
	memcpy(frame, from, len);
	publish_heads();
	dev_answer(cmd, OHBA_ST_SUCCESS);
	return len;
}

/* --- events -------------------------------------------------------------------------- */

void dev_conn_lost(u32 cid, u16 reason)
{
	dev_post_event((struct ohba_event) {
		.type = OHBA_EVENT_CONN_LOST, .reason = cpu_to_le16(reason),
		.handle = cpu_to_le32(cid), .cookie = cpu_to_le64(dev.cookie[cid % DEV_CONNS]) });
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest that may do anything (guest.h). */
#include "guest.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "timers.h"

#define VECTORS		4
#define EVENTS		8
#define SENSE_STRIDE	64

/*
 * Bounds that legal and illegal work alike stays far below. A turn maps at most
 * what the commands fetched in it describe.
 */
#define TURNS_MAX	100000
#define TURN_MAPS_MAX	1000000
#define GROWTH_MAX	(8u << 20)	/* bytes */
#define WAKES_MAX	200		/* in one advance; then the loop is late */

/* Where bring-up puts things, from GUEST_BASE. */
#define CTL_OFF(qid)	((qid) * 128u)
#define EVENT_CTL_OFF	0x800u
#define EVENT_OFF	0xc00u
#define SQ_OFF(qid)	(0x0e00u + (qid) * 0x800u)	/* across ends of pages */
#define CQ_OFF(qid)	(0x4000u + (qid) * 0x400u)
#define SENSE_OFF	0x6000u

static const struct ohba_fw_config guest_config = {
	.mac = { 0x02, 0x0b, 0xa0, 0x66, 0x75, 0x7a },
	.serial = "fuzz",
	.class = OHBA_CLASS_FW,
	.max_queues = GUEST_QUEUES + 1,
	.max_qsize = OHBA_FW_QSIZE_MIN,
	.max_conns = GUEST_CONNS,
	.max_tags = GUEST_TAGS,
	.max_targets = GUEST_TARGETS,
	.max_accounts = 2,
	.num_vectors = VECTORS,
};

/* --- what the library calls --------------------------------------------------- */

static void *ops_map(void *arg, uint64_t addr, size_t *len, bool write)
{
	struct guest *guest = arg;
	struct guest_map *map = &guest->map[guest->nmaps];
	uint64_t off = addr - GUEST_BASE;
	bool bounce = off >= GUEST_RINGS;

	fuzz_check(*len, "a mapping of nothing at 0x%llx", (unsigned long long)addr);
	fuzz_check(++guest->maps_in_turn < TURN_MAPS_MAX, "a turn without an end");
	if (addr < GUEST_BASE || off >= GUEST_RAM)
		return NULL;
	fuzz_check(guest->nmaps < GUEST_MAPS, "mappings are leaking");
	*len = MIN(*len, (bounce ? GUEST_RAM : GUEST_RINGS) - off);
	if (bounce && guest->fragment)
		*len = MIN(*len, guest->fragment);
	else if (guest->fragment)
		*len = MIN(*len, 4096 - off % 4096);
	*map = (struct guest_map){ .len = *len, .off = off, .write = write, .bounce = bounce };
	map->ptr = guest->ram + off;
	if (bounce)
		map->ptr = memcpy(malloc(*len), map->ptr, *len);
	guest->nmaps++;
	return map->ptr;
}

static void ops_unmap(void *arg, void *ptr, size_t len, bool write, size_t done)
{
	struct guest *guest = arg;
	struct guest_map *map = guest->map + guest->nmaps;

	fuzz_check(done <= len && (write || !done), "%zu of %zu bytes written", done, len);
	do {
		fuzz_check(map > guest->map, "unmap of what is not mapped");
		map--;
	} while (map->ptr != ptr || map->len != len || map->write != write);
	if (map->bounce) {
		memcpy(guest->ram + map->off, ptr, done);
		free(ptr);
	}
	*map = guest->map[--guest->nmaps];
}

static void ops_irq(void *arg, unsigned int vector)
{
	struct guest *guest = arg;

	fuzz_check(vector < VECTORS, "interrupt %u", vector);
	fuzz_check(ohba_fw_reg_read(guest->fw, OHBA_REG_STATUS) & OHBA_STATUS_READY,
		   "interrupt %u while stopped", vector);
}

static void ops_trace(void *arg, enum ohba_fw_trace_group group, const char *name,
		      const char *text)
{
	static int on = -1;
	struct guest *guest = arg;

	(void)group;
	if (on < 0)
		on = getenv("OHBA_TRACE") != NULL;
	if (on)
		fprintf(stderr, "%8.3f ms  %s: %s\n", guest->now / 1e6, name, text);
}

/* The same in each run: a finding must be found again. */
static void ops_random(void *arg, void *buf, size_t len)
{
	struct guest *guest = arg;
	uint8_t *byte = buf;

	while (len--)
		*byte++ = prng_next(&guest->prng);
}

static const struct ohba_fw_ops guest_ops = {
	.random = ops_random,
	.dma_map = ops_map,
	.dma_unmap = ops_unmap,
	.irq = ops_irq,
	.trace = ops_trace,
};

/* --- the network ---------------------------------------------------------------- */

static struct guest *guest_of(struct ohba_tcp_engine *engine)
{
	return (struct guest *)((char *)engine - offsetof(struct guest, engine));
}

static struct ohba_tcp *guest_connect(struct ohba_tcp_engine *engine,
				      const struct sockaddr *peer, socklen_t peer_len,
				      const struct ohba_tcp_options *options,
				      const struct ohba_tcp_events *events, void *arg,
				      enum ohba_status *status)
{
	struct guest *guest = guest_of(engine);
	struct ohba_tcp_engine *real = target_engine(guest->target);
	struct ohba_tcp *tcp;

	if (guest->nwires == GUEST_WIRES) {
		*status = OHBA_ST_CONN_LOCAL;
		return NULL;
	}
	tcp = real->ops->connect(real, peer, peer_len, options, events, arg, status);
	if (tcp)	/* its wire is its first member */
		guest->wire[guest->nwires++] = (struct guest_wire){
			.wire = (struct wire *)tcp, .statsn = 0x2000, .cmdsn = 0x1000,
		};
	return tcp;
}

static void guest_port(struct ohba_tcp_engine *engine, bool *link_up, uint32_t *speed_mbps,
		       uint32_t *mtu)
{
	struct ohba_tcp_engine *real = target_engine(guest_of(engine)->target);

	real->ops->port(real, link_up, speed_mbps, mtu);
}

static struct ohba_tcp_engine_ops engine_ops;

static void engine_init(struct guest *guest)
{
	struct ohba_tcp_engine *real = target_engine(guest->target);

	engine_ops = *real->ops;
	engine_ops.connect = guest_connect;
	engine_ops.port = guest_port;
	guest->engine = (struct ohba_tcp_engine){ .ops = &engine_ops, .kind = real->kind };
}

/* Look at the headers that were sent, and forget the bytes. */
static void drain_wire(struct guest_wire *w)
{
	struct wire *wire = w->wire;
	size_t pos = 0;

	while (pos + 48 <= wire->out_len) {
		const uint8_t *bhs = wire->out + pos;

		w->itt[w->nitts++ % ARRAY_SIZE(w->itt)] = be32_at(bhs, 16);
		if ((bhs[0] & 0x3f) == 0x03)
			memcpy(w->isid, bhs + 8, sizeof(w->isid));
		if ((bhs[0] & 0x3f) <= 0x06 && (bhs[0] & 0x3f) != 0x05)
			w->cmdsn = be32_at(bhs, 24) + !(bhs[0] & 0x40);
		pos += 48 + bhs[4] * 4 + ((be24_at(bhs, 5) + 3) & ~3u);
	}
	wire->out_len = 0;
	wire->out_pos = 0;
}

static size_t wires_allocated(struct guest *guest)
{
	size_t bytes = 0;
	unsigned int i;

	for (i = 0; i < guest->nwires; i++)
		bytes += guest->wire[i].wire->in_cap + guest->wire[i].wire->out_cap;
	return bytes;
}

/* --- time ------------------------------------------------------------------------- */

static uint64_t guest_clock(void *arg)
{
	struct guest *guest = arg;

	return guest->now;
}

static bool turn(struct guest *guest, uint64_t wait_ns)
{
	bool did;
	unsigned int i;

	guest->maps_in_turn = 0;
	did = ohba_loop_step(guest->loop, wait_ns);
	for (i = 0; i < guest->nwires; i++)
		drain_wire(&guest->wire[i]);
	return did;
}

void guest_turn(struct guest *guest)
{
	turn(guest, 0);
}

/* Let the loop prepare for sleep, without sleeping in real time. */
static void doze(struct guest *guest)
{
	ohba_fd_events(&guest->idle, EPOLLIN);
	turn(guest, 1);
	ohba_fd_events(&guest->idle, 0);
}

static void rest(struct guest *guest)
{
	unsigned int turns, quiet = 0;

	for (turns = 0; quiet < 2; turns++) {
		fuzz_check(turns < TURNS_MAX, "the loop does not come to rest");
		quiet = turn(guest, 0) ? 0 : quiet + 1;
	}
}

void guest_settle(struct guest *guest)
{
	size_t allocated;

	rest(guest);
	doze(guest);
	rest(guest);
	allocated = fuzz_allocated() - wires_allocated(guest);
	fuzz_check(allocated < guest->allocated + GROWTH_MAX, "memory grows: %zu bytes more",
		   allocated - guest->allocated);
}

void guest_advance(struct guest *guest, uint64_t ns)
{
	uint64_t end = guest->now + ns, due;
	unsigned int wakes;

	for (wakes = 0; wakes < WAKES_MAX; wakes++) {
		due = ohba_timers_next(ohba_loop_timers(guest->loop));
		if (due > end)
			break;
		guest->now = MAX(due, guest->now);
		guest_settle(guest);
	}
	guest->now = end;
	guest_settle(guest);
}

/* --- memory and registers ----------------------------------------------------------- */

uint8_t *guest_at(struct guest *guest, uint32_t off)
{
	return guest->ram + off % GUEST_RAM;
}

void guest_write64(struct guest *guest, uint32_t reg, uint64_t val)
{
	ohba_fw_reg_write(guest->fw, reg, val);
	ohba_fw_reg_write(guest->fw, reg + 4, val >> 32);
}

static uint32_t status_reg(struct guest *guest)
{
	return ohba_fw_reg_read(guest->fw, OHBA_REG_STATUS);
}

/* --- bring-up -------------------------------------------------------------------------- */

static void clear_rings(struct guest *guest)
{
	uint32_t qid;

	memset(guest->ram, 0, GUEST_RINGS);
	for (qid = 0; qid <= GUEST_QUEUES; qid++)
		guest->ring[qid] = (struct guest_ring){
			.ctl = (void *)guest_at(guest, CTL_OFF(qid)),
			.sq = (void *)guest_at(guest, SQ_OFF(qid)),
			.cq = (void *)guest_at(guest, CQ_OFF(qid)),
			.ctl_addr = GUEST_BASE + CTL_OFF(qid),
			.sq_addr = GUEST_BASE + SQ_OFF(qid),
			.cq_addr = GUEST_BASE + CQ_OFF(qid),
		};
}

static void program_rings(struct guest *guest)
{
	const struct guest_ring *admin = &guest->ring[OHBA_QID_ADMIN];

	guest_write64(guest, OHBA_REG_ADMIN_CTL, admin->ctl_addr);
	guest_write64(guest, OHBA_REG_ADMIN_SQ, admin->sq_addr);
	guest_write64(guest, OHBA_REG_ADMIN_CQ, admin->cq_addr);
	ohba_fw_reg_write(guest->fw, OHBA_REG_ADMIN_SIZE, GUEST_QSIZE | GUEST_QSIZE << 16);
	guest_write64(guest, OHBA_REG_EVENT_CTL, GUEST_BASE + EVENT_CTL_OFF);
	guest_write64(guest, OHBA_REG_EVENT_CQ, GUEST_BASE + EVENT_OFF);
	ohba_fw_reg_write(guest->fw, OHBA_REG_EVENT_SIZE, EVENTS);
}

static void submit_setup(struct guest *guest)
{
	struct ohba_sqe sqe = { .opcode = OHBA_ADMIN_HOST_SETUP, .tag = htole32(1) };
	struct ohba_host_setup setup = {
		.sense_base = htole64(GUEST_BASE + SENSE_OFF),
		.sense_stride = htole32(SENSE_STRIDE), .num_tags = htole32(GUEST_TAGS),
	};

	memcpy(sqe.body, &setup, sizeof(setup));
	guest_submit(guest, OHBA_QID_ADMIN, &sqe);
}

static void submit_queue(struct guest *guest, uint32_t qid)
{
	struct ohba_sqe sqe = { .opcode = OHBA_ADMIN_QUEUE_CREATE, .tag = htole32(1 + qid),
				.handle = htole32(qid) };
	struct ohba_queue_create create = {
		.ctl = htole64(guest->ring[qid].ctl_addr),
		.sq = htole64(guest->ring[qid].sq_addr),
		.cq = htole64(guest->ring[qid].cq_addr),
		.sq_size = htole32(GUEST_QSIZE), .cq_size = htole32(GUEST_QSIZE),
		.vector = htole32(qid),
	};

	memcpy(sqe.body, &create, sizeof(create));
	guest_submit(guest, OHBA_QID_ADMIN, &sqe);
}

void guest_bring_up(struct guest *guest)
{
	uint32_t qid;

	guest_reset(guest);
	clear_rings(guest);
	program_rings(guest);
	ohba_fw_reg_write(guest->fw, OHBA_REG_CTRL,
			  OHBA_CTRL_ENABLE | OHBA_ABI_VERSION << OHBA_CTRL_ABI_SHIFT);
	guest_settle(guest);
	fuzz_check(status_reg(guest) == OHBA_STATUS_READY, "enable: STATUS 0x%08x",
		   status_reg(guest));
	submit_setup(guest);
	for (qid = 1; qid <= GUEST_QUEUES; qid++)
		submit_queue(guest, qid);
	guest_settle(guest);
	for (qid = 0; qid <= GUEST_QUEUES; qid++)
		fuzz_check(!guest->ring[0].cq[qid].status && guest->ring[0].cq[qid].phase == 1,
			   "bring-up: step %u failed with 0x%02x", qid,
			   le16toh(guest->ring[0].cq[qid].status));
	guest_reap(guest);
}

void guest_reset(struct guest *guest)
{
	ohba_fw_reg_write(guest->fw, OHBA_REG_CTRL, 0);
	guest_settle(guest);
	fuzz_check(status_reg(guest) == 0, "reset: STATUS 0x%08x", status_reg(guest));
	fuzz_check(guest->nmaps == 0, "%u mappings are left after a reset", guest->nmaps);
	fuzz_check(ohba_timers_next(ohba_loop_timers(guest->loop)) == UINT64_MAX,
		   "a timer is left after a reset");
	memset(guest->session, 0, sizeof(guest->session));
}

/* --- commands ----------------------------------------------------------------------------- */

void guest_submit(struct guest *guest, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct guest_ring *ring = &guest->ring[qid % (GUEST_QUEUES + 1)];

	if (!ring->sq)		/* never brought up */
		return;
	ring->sq[ring->sq_tail++ % GUEST_QSIZE] = *sqe;
	ring->ctl->sq_tail = htole32(ring->sq_tail);
	ohba_fw_reg_write(guest->fw, OHBA_REG_DOORBELL(qid), 1);
}

static void note_session(struct guest *guest, const struct ohba_cqe *cqe)
{
	uint32_t cid = le32toh(cqe->tag) - GUEST_TAG_SESSION(0);

	if (cid < GUEST_CONNS && !cqe->status)
		guest->session[cid] = le32toh(cqe->result);
}

static void reap_ring(struct guest *guest, struct guest_ring *ring)
{
	unsigned int n;

	for (n = 0; n < GUEST_QSIZE; n++) {
		const struct ohba_cqe *cqe = &ring->cq[ring->cq_head % GUEST_QSIZE];
		uint8_t phase = ring->cq_head & GUEST_QSIZE ? 0 : 1;

		if ((cqe->phase & 1) != phase)
			break;
		note_session(guest, cqe);
		ring->cq_head++;
	}
	ring->ctl->cq_head = htole32(ring->cq_head);
	ring->ctl->cq_event = htole32(ring->cq_head);
}

uint32_t guest_login_handle(struct guest *guest)
{
	uint32_t i, handle = 0;

	for (i = 0; i < EVENTS; i++) {
		struct ohba_event event;

		memcpy(&event, guest_at(guest, EVENT_OFF + i * sizeof(event)), sizeof(event));
		if (event.type == OHBA_EVENT_LOGIN)
			handle = MAX(handle, le32toh(event.detail[0]));
	}
	return handle;
}

void guest_reap(struct guest *guest)
{
	uint32_t qid;

	for (qid = 0; qid <= GUEST_QUEUES; qid++)
		if (guest->ring[qid].cq)
			reap_ring(guest, &guest->ring[qid]);
}

/* --- life --------------------------------------------------------------------------------- */

static void idle_ready(struct ohba_fd *fd, uint32_t events)
{
	(void)fd;
	(void)events;
}

struct guest *guest_new(void)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	const char *err = NULL;

	guest->now = 1000 * MS;
	guest->prng.state = 0x9e55;
	guest->ram = calloc(1, GUEST_RAM);
	guest->loop = ohba_loop_create_clock(guest_clock, guest, &err);
	fuzz_check(guest->loop, "%s", err);
	ohba_fd_add(&guest->idle, guest->loop, eventfd(1, EFD_CLOEXEC), 0, idle_ready);
	guest->target = target_new(guest->loop);
	engine_init(guest);
	guest->fw = ohba_fw_create(guest->loop, &guest->engine, &guest_config, &guest_ops,
				   guest, &err);
	fuzz_check(guest->fw, "%s", err);
	guest->allocated = fuzz_allocated();
	return guest;
}

/* While READY the heartbeat must go on, whatever was done to the adapter. */
static void check_heartbeat(struct guest *guest)
{
	uint32_t before = ohba_fw_reg_read(guest->fw, OHBA_REG_HEARTBEAT);

	if (!(status_reg(guest) & OHBA_STATUS_READY))
		return;
	guest_advance(guest, OHBA_HEARTBEAT_MS * MS);
	fuzz_check(!(status_reg(guest) & OHBA_STATUS_READY) ||
		   ohba_fw_reg_read(guest->fw, OHBA_REG_HEARTBEAT) != before,
		   "the heartbeat stopped");
}

static void reset_done(void *arg)
{
	bool *done = arg;

	*done = true;
}

static void power_off(struct guest *guest)
{
	bool done = false;

	ohba_fw_reset(guest->fw, reset_done, &done);
	guest_settle(guest);
	fuzz_check(done, "the power-on reset does not end");
	fuzz_check(guest->nmaps == 0, "%u mappings are left at power-off", guest->nmaps);
}

void guest_end(struct guest *guest)
{
	check_heartbeat(guest);
	guest_bring_up(guest);
	power_off(guest);
	ohba_fw_destroy(guest->fw);
	target_free(guest->target);
	ohba_fd_del(&guest->idle);
	close(guest->idle.fd);
	ohba_loop_destroy(guest->loop);
	free(guest->ram);
	free(guest);
}

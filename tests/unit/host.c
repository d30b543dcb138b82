// SPDX-License-Identifier: GPL-2.0-or-later
/* Plays the host (host.h). */
#include "host.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "target.h"
#include "timers.h"

#define TURNS_MAX	2000000		/* more is an endless loop */

const struct ohba_fw_config host_config = {
	.mac = { 0x02, 0x0b, 0xa0, 0x12, 0x34, 0x56 },
	.serial = "unit-0001",
	.class = OHBA_CLASS_FW,
	.max_queues = QUEUES,
	.max_qsize = 1024,
	.max_conns = CONNS,
	.max_tags = TAGS,
	.num_vectors = VECTORS,
};

const char *status_name(uint16_t status)
{
	switch (status) {
#define NAME(code, name, meaning, cause, remedy) case code: return #name;
	OHBA_STATUS_TABLE(NAME)
#undef NAME
	default:
		return "(not in the table)";
	}
}

/* --- what the library calls ------------------------------------------------- */

static void *ops_map(void *arg, uint64_t addr, size_t *len, bool write)
{
	struct host *host = arg;

	return mem_map(host->mem, addr, len, write);
}

static void ops_unmap(void *arg, void *ptr, size_t len, bool write, size_t done)
{
	struct host *host = arg;

	mem_unmap(host->mem, ptr, len, write, done);
}

static void ops_irq(void *arg, unsigned int vector)
{
	struct host *host = arg;

	if (vector >= VECTORS) {
		snprintf(host->violation, sizeof(host->violation), "interrupt %u", vector);
		return;
	}
	if (ohba_fw_gone(host->fw) ||
	    !(host_read(host, OHBA_REG_STATUS) & OHBA_STATUS_READY))
		snprintf(host->violation, sizeof(host->violation), "interrupt %u while stopped",
			 vector);
	host->irqs[vector]++;
	host->irq_count[vector]++;
}

static void ops_trace(void *arg, enum ohba_fw_trace_group group, const char *name,
		      const char *text)
{
	struct host *host = arg;

	size_t len = strlen(host->heard);

	host->guest_traces += group == OHBA_TRACE_GUEST;
	if (host->listen && !strcmp(host->listen, name))
		snprintf(host->heard + len, sizeof(host->heard) - len, "%s\n", text);
	if (getenv("OHBA_TRACE"))
		print_message("%8.3f ms  %s: %s\n", host->now / 1e6, name, text);
}

static uint64_t flash_size(const struct flash *flash)
{
	return flash->size ? flash->size : OHBA_FW_FLASH_MIN;
}

static uint8_t *flash_at(struct flash *flash, uint64_t off)
{
	return (flash->all ? flash->all : flash->bytes) + off;
}

static int ops_flash_read(void *arg, uint64_t off, void *buf, size_t len)
{
	struct flash *flash = ((struct host *)arg)->flash;

	assert_true(len <= flash_size(flash) && off <= flash_size(flash) - len);
	memcpy(buf, flash_at(flash, off), len);
	return flash->read_err;
}

static void ops_flash_write(void *arg, uint64_t off, const void *buf, size_t len)
{
	struct host *host = arg;
	struct flash *flash = host->flash;

	if (flash->held || len > flash_size(flash) || off > flash_size(flash) - len) {
		snprintf(host->violation, sizeof(host->violation), "a write to flash");
		return;
	}
	flash->writes++;
	flash->held = buf;
	flash->off = off;
	flash->len = len;
	if (!flash->hold)
		host_flash_let(host, len, flash->write_err);
}

void host_flash_let(struct host *host, size_t len, int err)
{
	struct flash *flash = host->flash;

	assert_non_null(flash->held);
	memcpy(flash_at(flash, flash->off), flash->held, len);
	flash->held = NULL;
	ohba_fw_flash_written(host->fw, err);
}

static void ops_random(void *arg, void *buf, size_t len)
{
	struct host *host = arg;
	uint8_t *byte = buf;

	while (len--)
		*byte++ = prng_next(&host->prng);
}

static const struct ohba_fw_ops host_ops = {
	.random = ops_random,
	.dma_map = ops_map,
	.dma_unmap = ops_unmap,
	.irq = ops_irq,
	.trace = ops_trace,
	.flash_read = ops_flash_read,
	.flash_write = ops_flash_write,
};

/* --- life ------------------------------------------------------------------- */

static uint64_t host_clock(void *arg)
{
	struct host *host = arg;

	return host->now;
}

static void idle_ready(struct ohba_fd *fd, uint32_t events)
{
	(void)fd;
	(void)events;
}

static struct ohba_tcp_engine *engine_of(struct host *host)
{
	return host->wire ? ohba_wire_engine(host->wire) : target_engine(host->target);
}

static struct flash *flash_to_use;

void host_use_flash(struct flash *flash)
{
	flash_to_use = flash;
}

/* All but the adapter. */
static struct host *make_world(const struct ohba_fw_config *cfg, ohba_wire_send_fn send, void *arg)
{
	struct host *host = calloc(1, sizeof(*host));
	const char *err = NULL;

	assert_non_null(host);
	host->now = 1000 * MS;
	host->next_tag = 0x1000;
	host->prng.state = prng_seed(0x7a2d03);
	host->mem = mem_new();
	host->loop = ohba_loop_create_clock(host_clock, host, &err);
	assert_non_null(host->loop);
	assert_int_equal(ohba_fd_add(&host->idle, host->loop, eventfd(1, EFD_CLOEXEC), 0,
				     idle_ready), 0);
	host->target = target_new(host->loop);
	if (send) {
		host->wire = ohba_wire_create(host->loop, cfg->mac, 1500, send, arg);
		assert_non_null(host->wire);
	}
	host->flash = flash_to_use;
	return host;
}

static const char *power_on(struct host *host, const struct ohba_fw_config *cfg)
{
	struct ohba_fw_config with_flash = *cfg;
	const char *err;

	with_flash.flash_size = host->flash ? flash_size(host->flash) : 0;
	host->fw = ohba_fw_create(host->loop, engine_of(host), &with_flash, &host_ops, host, &err);
	return err;
}

static struct host *make(const struct ohba_fw_config *cfg, ohba_wire_send_fn send, void *arg)
{
	struct host *host = make_world(cfg, send, arg);

	assert_null(power_on(host, cfg));
	assert_non_null(host->fw);
	return host;
}

struct host *host_new_config(const struct ohba_fw_config *cfg)
{
	return make(cfg, NULL, NULL);
}

struct host *host_new_wire(const struct ohba_fw_config *cfg, ohba_wire_send_fn send, void *arg)
{
	return make(cfg, send, arg);
}

struct host *host_new(void)
{
	return host_new_config(&host_config);
}

void host_bring_up(struct host *host)
{
	uint32_t qid;

	host_program_rings(host, 64, 64, 16);
	host_enable(host);
	host_setup(host);
	for (qid = 1; qid <= QUEUES; qid++)
		host_queue_create(host, qid, 256, 256, qid);
}

struct host *host_new_ready_config(const struct ohba_fw_config *cfg)
{
	struct host *host = host_new_config(cfg);

	host_bring_up(host);
	return host;
}

struct host *host_new_ready(void)
{
	return host_new_ready_config(&host_config);
}

static void set_done(void *arg)
{
	bool *done = arg;

	*done = true;
}

void host_power_on_reset(struct host *host)
{
	bool done = false;
	int turns;

	ohba_fw_reset(host->fw, set_done, &done);
	for (turns = 0; !done && turns < 100; turns++)
		ohba_loop_step(host->loop, 0);
	assert_true(done);
	/* The log is written to the end; what is held is the test's to let go. */
	for (turns = 0; turns < 100 && ohba_loop_step(host->loop, 0); turns++)
		;
}

void host_bus_lost(struct host *host)
{
	bool done = false;

	ohba_fw_bus_lost(host->fw, set_done, &done);
	host_settle(host);
	assert_true(done);
}

static void end_world(struct host *host)
{
	uint32_t qid;

	ohba_wire_destroy(host->wire);
	target_free(host->target);
	ohba_fd_del(&host->idle);
	close(host->idle.fd);
	ohba_loop_destroy(host->loop);
	mem_free(host->mem);
	for (qid = 1; qid <= QUEUES; qid++)
		ring_free(&host->io[qid]);
	ring_free(&host->admin);
	ring_free(&host->events);
	free(host);
}

void host_free(struct host *host)
{
	uint64_t timer;
	unsigned int mapped;

	host_power_on_reset(host);
	timer = ohba_timers_next(ohba_loop_timers(host->loop));
	mapped = mem_mapped(host->mem);
	ohba_fw_destroy(host->fw);
	end_world(host);
	assert_int_equal(timer, UINT64_MAX);
	assert_int_equal(mapped, 0);
}

void host_free_unused(struct host *host)
{
	ohba_fw_destroy(host->fw);
	host->now += 10000 * MS;
	while (ohba_loop_step(host->loop, 0))
		;
	end_world(host);
}

static void no_frames(void *arg, const struct iovec *iov, int iovcnt)
{
	(void)arg;
	(void)iov;
	(void)iovcnt;
}

void host_refused(const struct ohba_fw_config *cfg, bool wire, const char *words)
{
	struct host *host = make_world(cfg, wire ? no_frames : NULL, NULL);
	const char *err = power_on(host, cfg);

	assert_null(host->fw);
	assert_non_null(err);
	if (!strstr(err, words))
		fail_msg("\"%s\" does not say \"%s\"", err, words);
	end_world(host);
}

/* --- time ------------------------------------------------------------------- */

static void check_violations(struct host *host)
{
	if (host->violation[0])
		fail_msg("the adapter: %s", host->violation);
	if (mem_violation(host->mem))
		fail_msg("the adapter: %s", mem_violation(host->mem));
	if (mem_mapped_data(host->mem))
		fail_msg("%u mappings of data are left after a turn",
			 mem_mapped_data(host->mem));
}

static void serve_interrupts(struct host *host)
{
	uint32_t qid;

	for (qid = 1; qid <= QUEUES; qid++)
		if (host->io[qid].open && host->irqs[host->io[qid].vector] && !host->io[qid].lazy)
			host_reap(host, qid);
	if (host->irqs[OHBA_VECTOR_ADMIN]) {
		if (host->admin.open && !host->admin.lazy)
			host_reap(host, OHBA_QID_ADMIN);
		if (host->events.open && !host->events.lazy)
			host_read_events(host);
	}
	memset(host->irqs, 0, sizeof(host->irqs));
}

static bool turn(struct host *host, uint64_t wait_ns)
{
	bool did = ohba_loop_step(host->loop, wait_ns);

	check_violations(host);
	serve_interrupts(host);
	return did;
}

void host_turn(struct host *host)
{
	turn(host, 0);
}

/* Let the loop prepare for sleep, without sleeping in real time. */
static bool doze(struct host *host)
{
	bool did;

	ohba_fd_events(&host->idle, EPOLLIN);
	did = turn(host, 1);
	ohba_fd_events(&host->idle, 0);
	return did;
}

void host_settle(struct host *host)
{
	unsigned int turns, quiet = 0;

	for (turns = 0; quiet < 3; turns++) {
		if (turns == TURNS_MAX)
			fail_msg("the loop does not come to rest");
		quiet = turn(host, 0) ? 0 : quiet + 1;
	}
	doze(host);
	for (quiet = 0; quiet < 2; turns++) {
		if (turns == TURNS_MAX)
			fail_msg("the loop does not come to rest");
		quiet = turn(host, 0) ? 0 : quiet + 1;
	}
}

void host_advance(struct host *host, uint64_t ns)
{
	uint64_t end = host->now + ns, due;

	host_settle(host);
	while ((due = ohba_timers_next(ohba_loop_timers(host->loop))) <= end) {
		host->now = MAX(due, host->now);
		host_settle(host);
	}
	host->now = end;
	host_settle(host);
}

bool host_wakes_within(struct host *host, uint64_t ns)
{
	return ohba_timers_next(ohba_loop_timers(host->loop)) <= host->now + ns;
}

/* --- registers and bring-up ------------------------------------------------- */

uint32_t host_read(struct host *host, uint32_t reg)
{
	return ohba_fw_reg_read(host->fw, reg);
}

void host_write(struct host *host, uint32_t reg, uint32_t val)
{
	ohba_fw_reg_write(host->fw, reg, val);
}

void host_write64(struct host *host, uint32_t reg, uint64_t val)
{
	host_write(host, reg, val);
	host_write(host, reg + 4, val >> 32);
}

void ring_alloc(struct host *host, struct ring *ring, uint32_t sq_size, uint32_t cq_size,
		size_t entry)
{
	ring_free(ring);
	ring->open = true;
	ring->sq_size = sq_size;
	ring->cq_size = cq_size;
	ring->ctl_addr = mem_alloc(host->mem, sizeof(*ring->ctl), MEM_RING);
	ring->ctl = mem_ptr(host->mem, ring->ctl_addr);
	ring->cq_addr = mem_alloc(host->mem, cq_size * entry, MEM_RING);
	ring->cq = mem_ptr(host->mem, ring->cq_addr);
	if (sq_size) {
		ring->sq_addr = mem_alloc(host->mem, sq_size * sizeof(*ring->sq), MEM_RING);
		ring->sq = mem_ptr(host->mem, ring->sq_addr);
	}
}

/* @array with room for an entry behind its @n; it doubles at powers of two. */
static void *one_more(void *array, uint32_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	array = realloc(array, MAX(2 * n, 1u) * size);
	assert_non_null(array);
	return array;
}

void ring_free(struct ring *ring)
{
	free(ring->out);
	free(ring->done);
	memset(ring, 0, sizeof(*ring));
}

void host_program_rings(struct host *host, uint32_t sq_size, uint32_t cq_size,
			uint32_t event_size)
{
	ring_alloc(host, &host->admin, sq_size, cq_size, sizeof(struct ohba_cqe));
	ring_alloc(host, &host->events, 0, event_size, sizeof(struct ohba_event));
	host_write64(host, OHBA_REG_ADMIN_CTL, host->admin.ctl_addr);
	host_write64(host, OHBA_REG_ADMIN_SQ, host->admin.sq_addr);
	host_write64(host, OHBA_REG_ADMIN_CQ, host->admin.cq_addr);
	host_write(host, OHBA_REG_ADMIN_SIZE, sq_size | cq_size << 16);
	host_write64(host, OHBA_REG_EVENT_CTL, host->events.ctl_addr);
	host_write64(host, OHBA_REG_EVENT_CQ, host->events.cq_addr);
	host_write(host, OHBA_REG_EVENT_SIZE, event_size);
}

uint32_t host_ctrl(struct host *host, uint32_t ctrl)
{
	host_write(host, OHBA_REG_CTRL, ctrl);
	host_settle(host);
	return host_read(host, OHBA_REG_STATUS);
}

void host_enable(struct host *host)
{
	uint32_t ctrl = OHBA_CTRL_ENABLE | OHBA_ABI_VERSION << OHBA_CTRL_ABI_SHIFT;

	assert_int_equal(host_ctrl(host, ctrl), OHBA_STATUS_READY);
}

void host_reset(struct host *host)
{
	uint32_t qid;

	assert_int_equal(host_ctrl(host, 0), 0);
	assert_int_equal(mem_mapped(host->mem), 0);
	for (qid = 1; qid <= QUEUES; qid++)
		ring_free(&host->io[qid]);
	ring_free(&host->admin);
	ring_free(&host->events);
	host->nevents = 0;
	memset(host->irqs, 0, sizeof(host->irqs));
}

void host_setup(struct host *host)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_HOST_SETUP, 0);
	struct ohba_host_setup setup = {
		.sense_stride = htole32(SENSE_STRIDE),
		.num_tags = htole32(TAGS),
	};

	host->sense = mem_alloc(host->mem, TAGS * SENSE_STRIDE, MEM_IN);
	setup.sense_base = htole64(host->sense);
	memcpy(sqe.body, &setup, sizeof(setup));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
}

void host_queue_create(struct host *host, uint32_t qid, uint32_t sq_size, uint32_t cq_size,
		       uint32_t vector)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_CREATE, qid);
	struct ring *ring = &host->io[qid];
	struct ohba_queue_create create;

	ring_alloc(host, ring, sq_size, cq_size, sizeof(struct ohba_cqe));
	ring->qid = qid;
	ring->vector = vector;
	create = (struct ohba_queue_create){
		.ctl = htole64(ring->ctl_addr), .sq = htole64(ring->sq_addr),
		.cq = htole64(ring->cq_addr), .sq_size = htole32(sq_size),
		.cq_size = htole32(cq_size), .vector = htole32(vector),
	};
	memcpy(sqe.body, &create, sizeof(create));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
}

/* --- submissions ------------------------------------------------------------ */

struct ring *host_ring(struct host *host, uint32_t qid)
{
	return qid == OHBA_QID_ADMIN ? &host->admin : &host->io[qid];
}

static bool need_event(uint32_t event, uint32_t new, uint32_t old)
{
	return (uint32_t)(new - event - 1) < (uint32_t)(new - old);
}

static void ring_doorbell(struct host *host, struct ring *ring, uint32_t old)
{
	uint32_t event;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	event = le32toh(__atomic_load_n(&ring->ctl->sq_event, __ATOMIC_ACQUIRE));
	if (!need_event(event, ring->sq_tail, old))
		return;
	ring->doorbells++;
	host_write(host, OHBA_REG_DOORBELL(ring->qid), 1);
}

void host_submit_batch(struct host *host, uint32_t qid, const struct ohba_sqe *sqe, uint32_t n)
{
	struct ring *ring = host_ring(host, qid);
	uint32_t old = ring->sq_tail;
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (ring->sq_tail - le32toh(ring->ctl->sq_head) >= ring->sq_size)
			fail_msg("queue %u: the submission ring is full", qid);
		ring->sq[ring->sq_tail++ & (ring->sq_size - 1)] = sqe[i];
		ring->out = one_more(ring->out, ring->nout, sizeof(*ring->out));
		ring->out[ring->nout++] = le32toh(sqe[i].tag);
	}
	__atomic_store_n(&ring->ctl->sq_tail, htole32(ring->sq_tail), __ATOMIC_RELEASE);
	ring_doorbell(host, ring, old);
}

void host_submit(struct host *host, uint32_t qid, const struct ohba_sqe *sqe)
{
	host_submit_batch(host, qid, sqe, 1);
}

struct ohba_sqe sqe_admin(uint8_t opcode, uint32_t handle)
{
	struct ohba_sqe sqe = { .opcode = opcode, .handle = htole32(handle) };

	return sqe;
}

void sqe_data(struct ohba_sqe *sqe, uint64_t addr, uint32_t len)
{
	sqe->nsge = 1;
	sqe->data_len = htole32(len);
	sqe->sge[0] = (struct ohba_sge){ .addr = htole64(addr), .len = htole32(len) };
}

/* --- completions ------------------------------------------------------------ */

static bool take_outstanding(struct ring *ring, uint32_t tag)
{
	uint32_t i;

	for (i = 0; i < ring->nout; i++) {
		if (ring->out[i] != tag)
			continue;
		ring->out[i] = ring->out[--ring->nout];
		return true;
	}
	return false;
}

static void check_cqe(struct ring *ring, const struct ohba_cqe *cqe)
{
	unsigned int i;

	if (!take_outstanding(ring, le32toh(cqe->tag)))
		fail_msg("queue %u: completion of tag 0x%x, which is not outstanding", ring->qid,
			 le32toh(cqe->tag));
	for (i = 0; i < sizeof(cqe->rsvd); i++)
		assert_int_equal(cqe->rsvd[i], 0);
	assert_int_equal(cqe->phase & ~1, 0);
	assert_string_not_equal(status_name(le16toh(cqe->status)), "(not in the table)");
}

static uint8_t phase_of(uint32_t index, uint32_t size)
{
	return index / size % 2 ? 0 : 1;
}

static uint8_t phase_now(const uint8_t *entry, size_t len)
{
	return __atomic_load_n(entry + len - 1, __ATOMIC_ACQUIRE) & 1;
}

/* The next unread entry of @ring, or NULL. */
static void *next_entry(struct ring *ring, size_t len)
{
	uint8_t *entry = (uint8_t *)ring->cq + (ring->cq_head & (ring->cq_size - 1)) * len;

	if (phase_now(entry, len) != phase_of(ring->cq_head, ring->cq_size))
		return NULL;
	ring->cq_head++;
	return entry;
}

static void publish_head(struct ring *ring)
{
	__atomic_store_n(&ring->ctl->cq_head, htole32(ring->cq_head), __ATOMIC_RELEASE);
	__atomic_store_n(&ring->ctl->cq_event, htole32(ring->cq_head), __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void host_reap(struct host *host, uint32_t qid)
{
	struct ring *ring = host_ring(host, qid);
	uint32_t before;

	do {
		struct ohba_cqe *cqe;

		before = ring->cq_head;
		while ((cqe = next_entry(ring, sizeof(*cqe)))) {
			check_cqe(ring, cqe);
			ring->done = one_more(ring->done, ring->ndone, sizeof(*ring->done));
			ring->done[ring->ndone++] = *cqe;
		}
		publish_head(ring);
	} while (before != ring->cq_head);
}

bool host_done(struct host *host, uint32_t qid, uint32_t tag, struct ohba_cqe *cqe)
{
	struct ring *ring = host_ring(host, qid);
	uint32_t i;

	for (i = 0; i < ring->ndone; i++) {
		if (le32toh(ring->done[i].tag) != tag)
			continue;
		*cqe = ring->done[i];
		ring->ndone--;
		memmove(&ring->done[i], &ring->done[i + 1], (ring->ndone - i) * sizeof(*cqe));
		return true;
	}
	return false;
}

struct ohba_cqe host_expect(struct host *host, uint32_t qid, uint32_t tag)
{
	struct ohba_cqe cqe;

	host_settle(host);
	if (!host_done(host, qid, tag, &cqe))
		fail_msg("queue %u: no completion of tag 0x%x", qid, tag);
	return cqe;
}

void host_expect_none(struct host *host, uint32_t qid)
{
	struct ring *ring = host_ring(host, qid);

	host_settle(host);
	if (ring->ndone)
		fail_msg("queue %u: unexpected completion of tag 0x%x: %s", qid,
			 le32toh(ring->done[0].tag), status_name(le16toh(ring->done[0].status)));
}

uint32_t host_admin_start(struct host *host, struct ohba_sqe *sqe)
{
	uint32_t tag = host->next_tag++;

	sqe->tag = htole32(tag);
	host_submit(host, OHBA_QID_ADMIN, sqe);
	return tag;
}

struct ohba_cqe host_admin(struct host *host, struct ohba_sqe *sqe)
{
	return host_expect(host, OHBA_QID_ADMIN, host_admin_start(host, sqe));
}

void expect_status(const struct ohba_cqe *cqe, uint16_t status)
{
	if (le16toh(cqe->status) != status)
		fail_msg("tag 0x%x: status %s, expected %s", le32toh(cqe->tag),
			 status_name(le16toh(cqe->status)), status_name(status));
}

struct ohba_cqe host_admin_status(struct host *host, struct ohba_sqe *sqe, uint16_t status)
{
	struct ohba_cqe cqe = host_admin(host, sqe);

	expect_status(&cqe, status);
	return cqe;
}

void host_stats(struct host *host, uint8_t scope, uint32_t handle, void *stats, uint32_t len)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_STATS_GET, handle);
	uint64_t addr = mem_alloc(host->mem, len, MEM_IN);

	sqe.body[0] = scope;
	sqe_data(&sqe, addr, len);
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	memcpy(stats, mem_ptr(host->mem, addr), len);
	mem_retire(host->mem, addr);
}

/* --- events ----------------------------------------------------------------- */

static void check_event(const struct ohba_event *event)
{
	unsigned int i;

	assert_int_equal(event->rsvd0, 0);
	for (i = 0; i < sizeof(event->rsvd1); i++)
		assert_int_equal(event->rsvd1[i], 0);
	assert_int_equal(event->phase & ~1, 0);
}

void host_read_events(struct host *host)
{
	struct ring *ring = &host->events;
	struct ohba_event *event;
	uint32_t before;

	do {
		before = ring->cq_head;
		while ((event = next_entry(ring, sizeof(*event)))) {
			check_event(event);
			assert_true(host->nevents < ARRAY_SIZE(host->event));
			host->event[host->nevents++] = *event;
		}
		publish_head(ring);
	} while (before != ring->cq_head);
}

struct ohba_event host_event(struct host *host, uint8_t type)
{
	struct ohba_event event;

	host_settle(host);
	if (!host->nevents)
		fail_msg("no event of type %u", type);
	event = host->event[0];
	memmove(&host->event[0], &host->event[1], --host->nevents * sizeof(event));
	if (event.type != type)
		fail_msg("event of type %u (%s), expected %u", event.type,
			 status_name(le16toh(event.reason)), type);
	return event;
}

void host_no_event(struct host *host)
{
	host_settle(host);
	if (host->nevents)
		fail_msg("unexpected event of type %u: %s", host->event[0].type,
			 status_name(le16toh(host->event[0].reason)));
}

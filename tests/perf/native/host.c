// SPDX-License-Identifier: GPL-2.0-or-later
/* Plays the host (host.h). */
#include "host.h"

#include <endian.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "ohba_event.h"
#include "ohba_regs.h"
#include "ohba_status.h"

#define RING_SIZE	2048		/* I/O: more than any depth */
#define ADMIN_SIZE	64
#define EVENTS		64
#define TAGS		1024
#define SENSE_STRIDE	96
#define ANSWER_S	20		/* longest wait for an answer */

static const struct ohba_fw_config config = {
	.mac = { 0x02, 0x0b, 0xa0, 0, 0, 1 },
	.serial = "native",
	.class = OHBA_CLASS_FW,
	.max_queues = 1,
	.max_qsize = RING_SIZE,
	.max_conns = 1,
	.max_tags = TAGS,
	.num_vectors = 2,
	.coalesce_ns = 50000,		/* as the device has it */
	.congestion = "cubic",
};

static void *zeroed(size_t len)
{
	void *p = aligned_alloc(4096, (len + 4095) / 4096 * 4096);

	if (!p)
		errx(1, "no memory for the rings");
	return memset(p, 0, len);
}

static uint64_t addr_of(const void *p)
{
	return (uintptr_t)p;
}

/* --- rings ------------------------------------------------------------------ */

static void ring_alloc(struct ring *ring, uint32_t qid, uint32_t size)
{
	ring->qid = qid;
	ring->size = size;
	ring->ctl = zeroed(sizeof(*ring->ctl));
	ring->sq = zeroed(size * sizeof(*ring->sq));
	ring->cq = zeroed(size * sizeof(*ring->cq));
}

static void ring_free(struct ring *ring)
{
	free(ring->ctl);
	free(ring->sq);
	free(ring->cq);
}

static struct ohba_sqe *ring_next_sqe(struct ring *ring)
{
	struct ohba_sqe *sqe = &ring->sq[ring->tail++ & (ring->size - 1)];

	memset(sqe, 0, sizeof(*sqe));
	return sqe;
}

static bool need_event(uint32_t event, uint32_t new, uint32_t old)
{
	return (uint32_t)(new - event - 1) < (uint32_t)(new - old);
}

static void ring_publish(struct host *host, struct ring *ring)
{
	uint32_t old = ring->published;

	if (old == ring->tail)
		return;
	ring->published = ring->tail;
	__atomic_store_n(&ring->ctl->sq_tail, htole32(ring->tail), __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (need_event(le32toh(__atomic_load_n(&ring->ctl->sq_event, __ATOMIC_RELAXED)),
		       ring->tail, old))
		ohba_fw_reg_write(host->fw, OHBA_REG_DOORBELL(ring->qid), 1);
}

/* The next completion, or NULL. */
static const struct ohba_cqe *ring_next_cqe(struct ring *ring)
{
	const struct ohba_cqe *cqe = &ring->cq[ring->head & (ring->size - 1)];
	uint8_t phase = ring->head / ring->size % 2 ? 0 : 1;

	if ((__atomic_load_n(&cqe->phase, __ATOMIC_ACQUIRE) & 1) != phase)
		return NULL;
	ring->head++;
	return cqe;
}

/* Ask for an interrupt at the next completion. */
static void ring_arm(struct ring *ring)
{
	__atomic_store_n(&ring->ctl->cq_head, htole32(ring->head), __ATOMIC_RELEASE);
	__atomic_store_n(&ring->ctl->cq_event, htole32(ring->head), __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* --- interrupts ------------------------------------------------------------- */

static void serve_io(struct host *host)
{
	const struct ohba_cqe *cqe;
	uint32_t before;

	do {
		before = host->io.head;
		while ((cqe = ring_next_cqe(&host->io)))
			host->ended(host->arg, cqe);
		ring_arm(&host->io);
	} while (before != host->io.head);
	host_publish(host);
}

static void serve_admin(struct host *host)
{
	const struct ohba_cqe *cqe;

	while ((cqe = ring_next_cqe(&host->admin))) {
		if (le32toh(cqe->tag) != host->awaited)
			continue;
		host->answer = *cqe;
		host->answered = true;
	}
	ring_arm(&host->admin);
}

/*
 * The first event is the end: nothing that happens unasked is good news here.
 * Interrupts for events are armed once, by the ring's being zeroed.
 */
static void look_at_events(const struct host *host)
{
	const struct ohba_event *event = host->events;

	if (event->phase & 1)
		errx(1, "fw: event %u, reason 0x%x (ohbatool explain)", event->type,
		     le16toh(event->reason));
}

static void on_irq(void *arg, unsigned int vector)
{
	struct host *host = arg;

	if (vector == HOST_QID) {
		serve_io(host);
		return;
	}
	serve_admin(host);
	look_at_events(host);
}

static void *dma_map(void *arg, uint64_t addr, size_t *len, bool write)
{
	(void)arg;
	(void)len;
	(void)write;
	return (void *)(uintptr_t)addr;
}

static void dma_unmap(void *arg, void *ptr, size_t len, bool write, size_t done)
{
	(void)arg;
	(void)ptr;
	(void)len;
	(void)write;
	(void)done;
}

static const struct ohba_fw_ops ops = {
	.dma_map = dma_map,
	.dma_unmap = dma_unmap,
	.irq = on_irq,
};

/* --- commands --------------------------------------------------------------- */

struct ohba_sqe *host_next_sqe(struct host *host)
{
	return ring_next_sqe(&host->io);
}

void host_publish(struct host *host)
{
	ring_publish(host, &host->io);
}

uint32_t host_admin_start(struct host *host, struct ohba_sqe *sqe, void *data, uint32_t len)
{
	uint32_t tag = host->next_tag++;

	sqe->tag = htole32(tag);
	if (len) {
		sqe->nsge = 1;
		sqe->data_len = htole32(len);
		sqe->sge[0].addr = htole64(addr_of(data));
		sqe->sge[0].len = htole32(len);
	}
	host->awaited = tag;
	host->answered = false;
	*ring_next_sqe(&host->admin) = *sqe;
	ring_publish(host, &host->admin);
	return tag;
}

static uint64_t deadline(struct host *host)
{
	return ohba_loop_now(host->loop) + ANSWER_S * OHBA_NS_PER_S;
}

struct ohba_cqe host_admin_end(struct host *host, uint32_t tag, const char *what)
{
	uint64_t end = deadline(host);

	host->awaited = tag;
	while (!host->answered && ohba_loop_now(host->loop) < end)
		ohba_loop_step(host->loop, OHBA_NS_PER_S);
	if (!host->answered)
		errx(1, "fw: %s: no answer in %u s", what, ANSWER_S);
	if (host->answer.status)
		errx(1, "fw: %s: status 0x%x (ohbatool explain)", what,
		     le16toh(host->answer.status));
	return host->answer;
}

struct ohba_cqe host_admin(struct host *host, struct ohba_sqe *sqe, void *data, uint32_t len,
			   const char *what)
{
	return host_admin_end(host, host_admin_start(host, sqe, data, len), what);
}

/* --- bring-up --------------------------------------------------------------- */

static void write64(struct host *host, uint32_t reg, const void *p)
{
	ohba_fw_reg_write(host->fw, reg, addr_of(p));
	ohba_fw_reg_write(host->fw, reg + 4, addr_of(p) >> 32);
}

static void program_rings(struct host *host)
{
	ring_alloc(&host->admin, OHBA_QID_ADMIN, ADMIN_SIZE);
	host->event_ctl = zeroed(sizeof(*host->event_ctl));
	host->events = zeroed(EVENTS * sizeof(*host->events));
	write64(host, OHBA_REG_ADMIN_CTL, host->admin.ctl);
	write64(host, OHBA_REG_ADMIN_SQ, host->admin.sq);
	write64(host, OHBA_REG_ADMIN_CQ, host->admin.cq);
	ohba_fw_reg_write(host->fw, OHBA_REG_ADMIN_SIZE, ADMIN_SIZE | ADMIN_SIZE << 16);
	write64(host, OHBA_REG_EVENT_CTL, host->event_ctl);
	write64(host, OHBA_REG_EVENT_CQ, host->events);
	ohba_fw_reg_write(host->fw, OHBA_REG_EVENT_SIZE, EVENTS);
}

static void enable(struct host *host)
{
	uint64_t end = deadline(host);
	uint32_t status;

	ohba_fw_reg_write(host->fw, OHBA_REG_CTRL,
			  OHBA_CTRL_ENABLE | OHBA_ABI_VERSION << OHBA_CTRL_ABI_SHIFT);
	do {
		ohba_loop_step(host->loop, OHBA_NS_PER_S);
		status = ohba_fw_reg_read(host->fw, OHBA_REG_STATUS);
	} while (!status && ohba_loop_now(host->loop) < end);
	if (status != OHBA_STATUS_READY)
		errx(1, "fw: STATUS is 0x%x after ENABLE", status);
}

static void setup(struct host *host)
{
	struct ohba_sqe sqe = { .opcode = OHBA_ADMIN_HOST_SETUP };
	struct ohba_host_setup body = {
		.sense_stride = htole32(SENSE_STRIDE),
		.num_tags = htole32(TAGS),
	};

	host->sense = zeroed(TAGS * SENSE_STRIDE);
	body.sense_base = htole64(addr_of(host->sense));
	memcpy(sqe.body, &body, sizeof(body));
	host_admin(host, &sqe, NULL, 0, "HOST_SETUP");
}

static void create_queue(struct host *host)
{
	struct ohba_sqe sqe = { .opcode = OHBA_ADMIN_QUEUE_CREATE, .handle = htole32(HOST_QID) };
	struct ohba_queue_create body;

	ring_alloc(&host->io, HOST_QID, RING_SIZE);
	body = (struct ohba_queue_create){
		.ctl = htole64(addr_of(host->io.ctl)),
		.sq = htole64(addr_of(host->io.sq)),
		.cq = htole64(addr_of(host->io.cq)),
		.sq_size = htole32(RING_SIZE),
		.cq_size = htole32(RING_SIZE),
		.vector = htole32(HOST_QID),
	};
	memcpy(sqe.body, &body, sizeof(body));
	host_admin(host, &sqe, NULL, 0, "QUEUE_CREATE");
}

void host_open(struct host *host)
{
	const char *why = "no memory for the TCP engine";

	host->loop = ohba_loop_create(&why);
	if (!host->loop)
		errx(1, "fw: %s", why);
	host->engine = ohba_tcp_host_create(host->loop);
	if (host->engine)
		host->fw = ohba_fw_create(host->loop, host->engine, &config, &ops, host, &why);
	if (!host->fw)
		errx(1, "fw: %s", why);
	program_rings(host);
	enable(host);
	setup(host);
	create_queue(host);
}

static void is_reset(void *arg)
{
	bool *done = arg;

	*done = true;
}

void host_close(struct host *host)
{
	bool done = false;

	ohba_fw_reset(host->fw, is_reset, &done);
	while (!done)
		ohba_loop_step(host->loop, OHBA_NS_PER_S);
	ohba_fw_destroy(host->fw);
	ohba_tcp_host_destroy(host->engine);
	ohba_loop_destroy(host->loop);
	ring_free(&host->io);
	ring_free(&host->admin);
	free(host->event_ctl);
	free(host->events);
	free(host->sense);
}

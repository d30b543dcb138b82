/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays the host: PCI bus, memory and driver, in virtual time.
 *
 * It is an honest driver unless told otherwise: it rings a doorbell only when
 * the event index asks for it, and looks at a completion ring only when an
 * interrupt said so; so a lost doorbell or interrupt is a test that fails.
 * Every completion must answer a command that is outstanding, and have its
 * reserved fields zero. What the adapter must never do (memory.h) fails the
 * test at the end of the turn in which it happened.
 */
#ifndef HOST_H
#define HOST_H

#include "loop.h"
#include "memory.h"
#include "ohba_admin.h"
#include "ohba_event.h"
#include "ohba_fw.h"
#include "ohba_io.h"
#include "ohba_queue.h"
#include "ohba_regs.h"
#include "ohba_status.h"
#include "unit.h"

#define QUEUES		4		/* I/O queue pairs that the adapter has */
#define TAGS		512
#define CONNS		16
#define VECTORS		8
#define SENSE_STRIDE	256

struct target;

/* With room for FLASH_TARGETS and FLASH_ACCOUNTS (flash.c). */
#define FLASH_ACCOUNTS	2
#define FLASH_TARGETS	(8 * FLASH_ACCOUNTS)
#define FLASH_BYTES	(16384 + FLASH_ACCOUNTS * 18432)

/*
 * Flash outlives its adapter: it is the test's. A write that is held is not done until
 * host_flash_let(), and what is written of it may be less than all.
 */
struct flash {
	uint8_t bytes[FLASH_BYTES];
	uint8_t *all;			/* instead of these, for the log; NULL: that are enough */
	uint64_t size;			/* of these; 0: OHBA_FW_FLASH_MIN */
	int read_err, write_err;	/* 0 or -errno */
	bool hold;
	unsigned int writes;
	const void *held;		/* NULL: none */
	uint64_t off;
	size_t len;
};

/* A queue pair as the driver sees it; the event queue has no submission side. */
struct ring {
	bool open;
	uint32_t qid, vector;
	uint32_t sq_size, cq_size;
	uint64_t ctl_addr, sq_addr, cq_addr;
	struct ohba_qctl *ctl;
	struct ohba_sqe *sq;
	void *cq;
	uint32_t sq_tail, cq_head;
	bool lazy;		/* do not read completions until told */
	uint64_t doorbells, interrupts;
	uint32_t *out;		/* tags outstanding */
	uint32_t nout;
	struct ohba_cqe *done;	/* read and not yet asked for, oldest first */
	uint32_t ndone;
};

struct host {
	struct memory *mem;
	struct ohba_loop *loop;
	struct ohba_fw *fw;
	struct target *target;
	struct ohba_wire *wire;		/* NULL: connections are the target's */
	struct ohba_fd idle;		/* keeps epoll from waiting in real time */
	uint64_t now;			/* the virtual clock, ns */
	struct prng prng;		/* what the adapter takes for random */
	uint32_t irqs[VECTORS];		/* raised and not yet looked at */
	uint64_t irq_count[VECTORS];
	char violation[160];
	uint64_t guest_traces;		/* how often the driver was blamed */
	const char *listen;		/* traces of this name are heard */
	char heard[1024];		/* a line each */
	struct ring admin, events, io[QUEUES + 1];	/* io[] by queue id */
	struct ohba_event event[64];	/* read and not yet asked for */
	uint32_t nevents;
	uint32_t next_tag;		/* of admin commands */
	uint64_t sense;
	struct flash *flash;		/* NULL: none */
};

/* --- life --- */
extern const struct ohba_fw_config host_config;
/* An adapter as after power-on; nothing set up. */
struct host *host_new(void);
struct host *host_new_config(const struct ohba_fw_config *cfg);
/* One on a network of its own: what it sends goes to @send. */
struct host *host_new_wire(const struct ohba_fw_config *cfg, ohba_wire_send_fn send, void *arg);
/* One that cannot be made with this flash: what it says has @words in it. */
void host_refused(const struct ohba_fw_config *cfg, bool wire, const char *words);
/* The next that are made have @flash, until it is NULL. */
void host_use_flash(struct flash *flash);
/* The write that is held: @len bytes of it reach flash, and it ends with @err. */
void host_flash_let(struct host *host, size_t len, int err);
/* Enable it, do HOST_SETUP, and make QUEUES I/O queues. */
void host_bring_up(struct host *host);
/* The first, brought up. */
struct host *host_new_ready(void);
struct host *host_new_ready_config(const struct ohba_fw_config *cfg);
/* As power comes and goes; flash is written to the end. */
void host_power_on_reset(struct host *host);
void host_bus_lost(struct host *host);
/* That, and then everything must be gone: connections, timers, mappings. */
void host_free(struct host *host);
/* One that nobody ever enabled goes without a reset; the loop lives on for a while. */
void host_free_unused(struct host *host);

/* --- time --- */
void host_turn(struct host *host);
/* Take turns until nothing happens any more; no time passes. */
void host_settle(struct host *host);
void host_advance(struct host *host, uint64_t ns);
/* Whether the loop, asleep now, will wake by itself within @ns. */
bool host_wakes_within(struct host *host, uint64_t ns);

/* --- registers and bring-up --- */
uint32_t host_read(struct host *host, uint32_t reg);
void host_write(struct host *host, uint32_t reg, uint32_t val);
void host_write64(struct host *host, uint32_t reg, uint64_t val);
void ring_alloc(struct host *host, struct ring *ring, uint32_t sq_size, uint32_t cq_size,
		size_t entry);
void ring_free(struct ring *ring);
/* Allocate admin and event rings of these sizes and write their registers. */
void host_program_rings(struct host *host, uint32_t sq_size, uint32_t cq_size,
			uint32_t event_size);
/* Write CTRL; returns STATUS after the turns that follow. */
uint32_t host_ctrl(struct host *host, uint32_t ctrl);
void host_enable(struct host *host);
void host_reset(struct host *host);
void host_setup(struct host *host);
void host_queue_create(struct host *host, uint32_t qid, uint32_t sq_size, uint32_t cq_size,
		       uint32_t vector);

/* --- commands --- */
struct ring *host_ring(struct host *host, uint32_t qid);
/* Write entry and tail, and ring the doorbell if the event index asks for it. */
void host_submit(struct host *host, uint32_t qid, const struct ohba_sqe *sqe);
/* The same for several entries and one tail. */
void host_submit_batch(struct host *host, uint32_t qid, const struct ohba_sqe *sqe, uint32_t n);
/* Read what the completion ring holds, whether an interrupt came or not. */
void host_reap(struct host *host, uint32_t qid);
bool host_done(struct host *host, uint32_t qid, uint32_t tag, struct ohba_cqe *cqe);
/* Settle; the completion must be there. */
struct ohba_cqe host_expect(struct host *host, uint32_t qid, uint32_t tag);
void host_expect_none(struct host *host, uint32_t qid);
/* Submit with a fresh tag. */
uint32_t host_admin_start(struct host *host, struct ohba_sqe *sqe);
struct ohba_cqe host_admin(struct host *host, struct ohba_sqe *sqe);
/* Fails unless the command ends with @status. */
struct ohba_cqe host_admin_status(struct host *host, struct ohba_sqe *sqe, uint16_t status);
void expect_status(const struct ohba_cqe *cqe, uint16_t status);

/* Give @sqe one DATA element. */
void sqe_data(struct ohba_sqe *sqe, uint64_t addr, uint32_t len);
struct ohba_sqe sqe_admin(uint8_t opcode, uint32_t handle);

/* STATS_GET into @stats. */
void host_stats(struct host *host, uint8_t scope, uint32_t handle, void *stats, uint32_t len);

/* --- events --- */
/* Settle; the oldest event must be of @type. */
struct ohba_event host_event(struct host *host, uint8_t type);
void host_no_event(struct host *host);
void host_read_events(struct host *host);

const char *status_name(uint16_t status);

#endif /* HOST_H */

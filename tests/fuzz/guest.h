/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that may do anything, and the machine around it. Unlike the host of the
 * unit tests it keeps no rule, so nothing here is an error of its own: what is
 * checked is the adapter. Its turns and its work per turn have a bound, it rests
 * when nothing happens, it stays within memory, reset works in every state and
 * leaves nothing, and a legal bring-up works after it.
 */
#ifndef GUEST_H
#define GUEST_H

#include "fuzz.h"
#include "loop.h"
#include "ohba_admin.h"
#include "ohba_event.h"
#include "ohba_fw.h"
#include "ohba_io.h"
#include "ohba_queue.h"
#include "ohba_regs.h"
#include "target.h"

/*
 * Guest memory: the lower part is given out as it is, for rings that stay mapped;
 * the rest through bounce buffers of exactly the size asked for, so that ASan sees
 * an access past either end or after the unmap. It ends at 4 GiB + 64 KiB.
 */
#define GUEST_RINGS	(32u << 10)
#define GUEST_RAM	(128u << 10)
#define GUEST_BASE	(0x100010000ull - GUEST_RAM)
#define GUEST_DATA	(GUEST_BASE + GUEST_RINGS)

#define GUEST_QUEUES	2		/* I/O queue pairs that bring-up makes */
#define GUEST_QSIZE	16
#define GUEST_TAGS	16
#define GUEST_CONNS	4
#define GUEST_TARGETS	4
#define GUEST_WIRES	32		/* TCP connections in one run */
#define GUEST_MAPS	512

/* A queue pair where bring-up puts it. */
struct guest_ring {
	struct ohba_qctl *ctl;
	struct ohba_sqe *sq;
	struct ohba_cqe *cq;
	uint64_t ctl_addr, sq_addr, cq_addr;
	uint32_t sq_tail, cq_head;
};

/* What the other end of a connection knows. */
struct guest_wire {
	struct wire *wire;
	uint32_t itt[8];	/* of the PDUs that came last */
	uint32_t nitts;
	uint8_t isid[6];		/* of the last login */
	uint32_t statsn, cmdsn;
};

struct guest_map {
	void *ptr;
	size_t len;
	uint64_t off;
	bool write, bounce;
};

struct guest {
	struct ohba_loop *loop;
	struct ohba_fw *fw;
	struct target *target;
	struct ohba_tcp_engine engine;		/* remembers connections */
	struct guest_wire wire[GUEST_WIRES];
	unsigned int nwires;
	struct ohba_fd idle;
	uint64_t now;
	struct prng prng;
	uint8_t *ram;
	struct guest_map map[GUEST_MAPS];
	unsigned int nmaps;
	unsigned int maps_in_turn;
	uint32_t fragment;	/* longest piece of data mapped, and rings by pages; 0: any */
	struct guest_ring ring[GUEST_QUEUES + 1];	/* by queue id */
	uint32_t session[GUEST_CONNS];		/* handles, as completions said */
	size_t allocated;			/* when the adapter was new */
};

struct guest *guest_new(void);
/* Reset, check, bring up again, check, and end it all. */
void guest_end(struct guest *guest);

/* One turn. */
void guest_turn(struct guest *guest);
/* Take turns until nothing happens. */
void guest_settle(struct guest *guest);
void guest_advance(struct guest *guest, uint64_t ns);

/* At guest address GUEST_BASE + @off; @off wraps. */
uint8_t *guest_at(struct guest *guest, uint32_t off);
void guest_write64(struct guest *guest, uint32_t reg, uint64_t val);

/* Program rings, enable, HOST_SETUP, queues: what a driver does. */
void guest_bring_up(struct guest *guest);
/* CTRL = 0: everything must be gone. */
void guest_reset(struct guest *guest);
/* Put @sqe on the ring and tell the adapter. */
void guest_submit(struct guest *guest, uint32_t qid, const struct ohba_sqe *sqe);
/* The login handle of the newest event that is in the ring. */
uint32_t guest_login_handle(struct guest *guest);
/* Read completions, as a driver does. */
void guest_reap(struct guest *guest);

/* guest_targets.c: what a command of @kind (CMD_TARGET_GET..) needs besides handle and data. */
void guest_put_target(struct guest *guest, struct ohba_sqe *sqe, uint32_t kind, uint32_t handle,
		      uint32_t choice);
/* A Login Request as the body of @sqe. */
void guest_put_request(struct ohba_sqe *sqe, uint8_t flags, uint32_t len);
/* Have the adapter log in to entry @index, and let it in; or the host, all but the end. */
void guest_own_login(struct guest *guest, uint32_t index, uint32_t choice);
void guest_host_login(struct guest *guest, uint32_t index, uint32_t choice);
/* Have the adapter ask for targets, and answer as @in says. */
void guest_own_discovery(struct guest *guest, struct input *in);

/* The tag of a SESSION_START for @cid, from which guest_reap() knows its handle. */
#define GUEST_TAG_SESSION(cid)	(0x5e550000u + (cid))

#endif /* GUEST_H */

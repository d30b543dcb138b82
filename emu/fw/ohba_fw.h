/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware library: an ohba adapter without its bus.
 *
 * A front (the QEMU device, a unit test) gives the library a configuration and
 * a table of operations, forwards register accesses and doorbells to it, and
 * is called back for DMA and interrupts. All state of all adapters on a loop
 * belongs to the thread that runs the loop; functions marked "any thread" may
 * be called from elsewhere.
 */
#ifndef OHBA_FW_H
#define OHBA_FW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct ohba_fw;
struct ohba_loop;
struct ohba_tcp_engine;

#define OHBA_FW_VERSION_MAJOR	0
#define OHBA_FW_VERSION_MINOR	1
#define OHBA_FW_VERSION_PATCH	0

/*
 * What the library tells its front as it happens, in three groups. @name is a
 * constant short identifier ("conn-state", "bad-tag", ...), @text a line for
 * people, valid during the call only.
 */
enum ohba_fw_trace_group {
	OHBA_TRACE_NORMAL,	/* commands, PDUs, states */
	OHBA_TRACE_ERROR,	/* what the network or the target did */
	OHBA_TRACE_GUEST,	/* what the driver must not do */
};

/*
 * struct ohba_fw_ops - what a front does for the library. @host is the pointer
 * given to ohba_fw_create(). All are called from the loop's thread.
 */
struct ohba_fw_ops {
	/*
	 * Map guest memory at @addr for the device to read (@write false) or
	 * write. Returns a pointer valid until dma_unmap() and sets *@len to the
	 * contiguous bytes available, at most what was asked and at least 1; or
	 * NULL if @addr is not RAM.
	 */
	void *(*dma_map)(void *host, uint64_t addr, size_t *len, bool write);
	/* @len: as dma_map() returned; @done: bytes from the start that were written. */
	void (*dma_unmap)(void *host, void *ptr, size_t len, bool write, size_t done);
	/* Raise MSI-X vector @vector, which is below cfg.num_vectors. */
	void (*irq)(void *host, unsigned int vector);
	/*
	 * With cfg.flash_size: read a part of so many bytes of flash. 0 or -errno. Called in
	 * ohba_fw_create(), and by nobody later.
	 */
	int (*flash_read)(void *host, uint64_t off, void *buf, size_t len);
	/*
	 * With cfg.flash_size: write, one at a time. @buf stays until ohba_fw_flash_written(),
	 * which says that it outlives a loss of power.
	 */
	void (*flash_write)(void *host, uint64_t off, const void *buf, size_t len);
	/*
	 * Optional: @len random bytes that nobody can guess, for a test that wants them the
	 * same each time. Else they are the system's.
	 */
	void (*random)(void *host, void *buf, size_t len);
	/* Optional. */
	void (*trace)(void *host, enum ohba_fw_trace_group group,
		      const char *name, const char *text);
	/* Optional: whether anybody listens, so that no text is made for nobody. */
	bool (*trace_on)(void *host, enum ohba_fw_trace_group group);
};

/* What this firmware can do at most, or least, where the ABI allows more. */
#define OHBA_FW_CONNS_MAX	4096
#define OHBA_FW_QSIZE_MIN	64
#define OHBA_FW_COALESCE_NS_MAX	1000000
#define OHBA_FW_CONGESTION_LEN	16	/* bytes, NUL included */
#define OHBA_FW_FLASH_MIN	8192	/* bytes */
#define OHBA_FW_FLASH_TARGET	27648	/* with room for a target and an account */
#define OHBA_FW_FLASH_FULL	9715712	/* of which there is use for no more */

/* struct ohba_fw_config - fixed for the life of the adapter. */
struct ohba_fw_config {
	uint8_t mac[6];
	char serial[32];		/* NUL-terminated ASCII */
	uint32_t class;			/* enum ohba_class */
	uint32_t max_queues;		/* I/O queue pairs, 1..OHBA_QUEUES_MAX */
	uint32_t max_qsize;		/* ring entries, a power of two, at least OHBA_FW_QSIZE_MIN */
	uint32_t max_conns;		/* 1..OHBA_FW_CONNS_MAX */
	uint32_t max_tags;		/* 1..OHBA_TAGS_MAX */
	uint32_t max_targets;		/* 0..OHBA_TARGETS_MAX; 0: no sessions of its own */
	uint32_t max_accounts;		/* 0..OHBA_ACCOUNTS_MAX */
	uint32_t num_vectors;		/* MSI-X vectors, 1..OHBA_VECTORS_MAX */
	/*
	 * How long a queue with several commands under way may hold back an
	 * interrupt, or do without a doorbell, to have one for many; ns, up to
	 * OHBA_FW_COALESCE_NS_MAX; 0: it never does.
	 */
	uint32_t coalesce_ns;
	/*
	 * TCP's congestion control (tcp(7)), if the engine has it; "": the engine's own.
	 * One that paces, as bbr does, wakes up by timer for each burst.
	 */
	char congestion[OHBA_FW_CONGESTION_LEN];
	/*
	 * Bytes of flash, at least OHBA_FW_FLASH_MIN, or 0. max_targets and max_accounts become
	 * those that it has room for, unless it has none at all for any.
	 */
	uint64_t flash_size;
};

/*
 * Check @cfg and make an adapter on @loop that connects through @engine (which
 * stays the caller's and outlives the adapter). Returns NULL and a sentence
 * for the user in *@err (static storage) if a value is out of range or memory
 * for the tables is missing. Any thread.
 */
struct ohba_fw *ohba_fw_create(struct ohba_loop *loop,
			       struct ohba_tcp_engine *engine,
			       const struct ohba_fw_config *cfg,
			       const struct ohba_fw_ops *ops, void *host,
			       const char **err);

/*
 * Ask for a power-on reset and report through @done, in the loop's thread,
 * once all connections are gone and no callback that touches guest memory or
 * interrupts will follow. Any thread; one at a time.
 */
void ohba_fw_reset(struct ohba_fw *fw, void (*done)(void *arg), void *arg);

/*
 * Stop as after a fatal error, with DMA_FAULT as the reason, because the bus
 * took the adapter's access to memory away. Unless it works, nothing is to be
 * stopped. @done is as ohba_fw_reset()'s. Any thread; one at a time.
 */
void ohba_fw_bus_lost(struct ohba_fw *fw, void (*done)(void *arg), void *arg);

/* ops.flash_write() is over: 0 or -errno. Any thread; no reset takes it back. */
void ohba_fw_flash_written(struct ohba_fw *fw, int err);

/* Records that flash had and has no more, since neither of their copies was valid at creation. */
uint32_t ohba_fw_flash_damaged(struct ohba_fw *fw);

/*
 * Free the adapter, which must have been reset and not been touched since, with no
 * write to flash under way at the reset.
 */
void ohba_fw_destroy(struct ohba_fw *fw);

/*
 * Whether fault injection took the adapter out of its slot, for good: the front lets
 * nothing through any more, neither interrupts nor configuration space. Any thread.
 */
bool ohba_fw_gone(struct ohba_fw *fw);

/* BAR 0: 32-bit accesses, @off a multiple of 4. Never blocks. Any thread. */
uint32_t ohba_fw_reg_read(struct ohba_fw *fw, uint32_t off);
void ohba_fw_reg_write(struct ohba_fw *fw, uint32_t off, uint32_t val);

/*
 * Fault injection, for tests of drivers and tools; docs/faults.md has the words.
 * Rules are the tester's: no reset takes them away. All for any thread.
 *
 * ohba_fault_set() adds the rules in @words, or, after "clear", puts them in the
 * place of all others; they hold from the loop's next turn on. 0; or -EINVAL,
 * -ENOSPC and a sentence for the user in @err, and no rule was changed.
 */
int ohba_fault_set(struct ohba_fw *fw, const char *words, char *err, size_t err_len);
/* The rules that are not used up, a line each; lengths as snprintf(). */
#define OHBA_FAULT_TEXT_MAX	5120	/* bytes: as much as that may be */
size_t ohba_fault_print(struct ohba_fw *fw, char *buf, size_t len);
/*
 * How many faults of kind @kind there were since the adapter was made; returns
 * its name. Kinds are numbered from 0; NULL: there is no such kind.
 */
const char *ohba_fault_injected(struct ohba_fw *fw, unsigned int kind, uint64_t *n);

/* The loop: see loop.h for what runs on it. */
struct ohba_loop *ohba_loop_create(const char **err);
void ohba_loop_destroy(struct ohba_loop *loop);
/* Run until ohba_loop_stop(); the calling thread becomes the loop's. */
void ohba_loop_run(struct ohba_loop *loop);
void ohba_loop_stop(struct ohba_loop *loop);	/* any thread */

/* The engine over the sockets of the machine the process runs on. */
struct ohba_tcp_engine *ohba_tcp_host_create(struct ohba_loop *loop);
void ohba_tcp_host_destroy(struct ohba_tcp_engine *engine);
/* Whether it can have congestion control @name (tcp(7)): 0 or -errno, -ENOENT: no such. */
int ohba_tcp_host_congestion(const char *name);

/*
 * The engine on a wire of its own: a station with a MAC and addresses, lwIP's TCP, and
 * frames that the front carries. One for each adapter.
 */
struct ohba_wire;

/*
 * Send a frame, in pieces, without padding and FCS; it may be lost. Called from the
 * loop's thread; @host is the pointer given to ohba_wire_create().
 */
typedef void (*ohba_wire_send_fn)(void *host, const struct iovec *iov, int iovcnt);

/* @mtu: bytes, up to OHBA_WIRE_MTU_MAX. NULL: no memory. Any thread. */
#define OHBA_WIRE_MTU_MAX	9000
struct ohba_wire *ohba_wire_create(struct ohba_loop *loop, const uint8_t mac[6], uint32_t mtu,
				   ohba_wire_send_fn send, void *host);
/* After the adapter's reset. */
void ohba_wire_destroy(struct ohba_wire *wire);
/* For ohba_fw_create(). */
struct ohba_tcp_engine *ohba_wire_engine(struct ohba_wire *wire);

/* A frame arrived. False: it is lost, for want of room or of an adapter that works. Any thread. */
bool ohba_wire_receive(struct ohba_wire *wire, const struct iovec *iov, int iovcnt);
void ohba_wire_set_link(struct ohba_wire *wire, bool up);	/* any thread */

#endif /* OHBA_FW_H */

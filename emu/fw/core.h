/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The adapter as the files of the core see it: who owns what, and what they
 * ask of each other. The iSCSI side uses adapter.h instead.
 */
#ifndef OHBA_CORE_H
#define OHBA_CORE_H

#include <endian.h>
#include <stdatomic.h>

#include "adapter.h"
#include "fault.h"
#include "fw_limits.h"

struct ohba_agent;		/* agent.c */
struct ohba_commands;		/* command.c */
struct ohba_discover_row;	/* discover.c */
struct ohba_events;		/* event.c */
struct ohba_flash;		/* flash.h */
struct ohba_keep;		/* keep.h */
struct ohba_log;		/* log.h */
struct ohba_net;		/* net.c */
struct ohba_queues;		/* queue.c */
struct ohba_regs;		/* regs.c */
struct ohba_routes;		/* route.c */
struct ohba_settings;		/* config.c */
struct ohba_targets;		/* targets.c */

enum ohba_fw_state {
	OHBA_FW_OFF,
	OHBA_FW_READY,
	OHBA_FW_HUNG,			/* looks READY, does nothing (fault.h) */
	OHBA_FW_FATAL,
};

struct ohba_fw {
	struct ohba_fw_config cfg;
	const struct ohba_fw_ops *ops;
	void *host;
	struct ohba_loop *loop;
	struct ohba_tcp_engine *engine;

	struct ohba_regs *regs;
	struct ohba_commands *commands;
	struct ohba_queues *queues;
	struct ohba_events *events;
	struct ohba_iscsi *iscsi;
	struct ohba_net *net;		/* NULL: not on a wire of its own */
	struct ohba_routes *routes;	/* NULL: the same */
	struct ohba_settings *settings;	/* NULL: the same */
	struct ohba_keep *keep;
	struct ohba_flash *flash;	/* NULL: there is none */
	struct ohba_log *log;
	struct ohba_targets *targets;	/* NULL: no sessions of its own */
	struct ohba_agent *agent;	/* NULL: the same */
	struct ohba_discover_row *discovers;	/* NULL: the same */

	enum ohba_fw_state state;
	enum ohba_status fatal;		/* stop at the end of this turn, if not 0 */
	bool hang;			/* or hang then */
	bool vanish;			/* or be gone then, for good */
	struct ohba_host_memory memory;
	struct ohba_adapter_counters stats;
	uint64_t irqs[OHBA_VECTORS_MAX / 64];	/* bit map of vectors to raise this turn */

	struct ohba_poller poller;
	struct ohba_timer heartbeat;
	struct ohba_timer look;		/* look at rings that nobody rings for */
	struct ohba_work ctrl_work;
	struct ohba_work bus_work;
	void (*bus_done)(void *arg);
	void *bus_arg;
	struct ohba_work reset_work;
	void (*reset_done)(void *arg);
	void *reset_arg;
	struct ohba_faults faults;
};

/*
 * Stop with STATUS FATAL, at the end of the turn: whoever finds the reason may
 * be deep in code whose state the stop would take away.
 */
void ohba_fw_fatal(struct ohba_fw *fw, enum ohba_status reason);

/*
 * Do nothing any more, from the end of the turn on, and say nothing about it: no
 * heartbeat, no completion, no byte to a target. A reset ends it.
 */
void ohba_fw_hang(struct ohba_fw *fw);

/*
 * Be gone for the host, for good, from the end of the turn on: no register answers, and no
 * interrupt and no DMA comes.
 */
void ohba_fw_vanish(struct ohba_fw *fw);

/* Whether this turn is the last before a reset. */
bool ohba_fw_ends(struct ohba_fw *fw);

/* Raise @vector once at the end of the turn. */
void ohba_fw_irq(struct ohba_fw *fw, uint32_t vector);

/* Count a guest error and say which. */
#define ohba_guest_error(fw, name, ...) do {				\
	(fw)->stats.guest_errors++;					\
	ohba_fw_trace((fw), OHBA_TRACE_GUEST, (name), __VA_ARGS__);	\
} while (0)

/* dma.c: whether all of @len bytes at @addr can be accessed. */
enum ohba_status ohba_dma_probe(struct ohba_fw *fw, uint64_t addr, uint64_t len, bool write);

/* admin.c */
extern const struct ohba_cmd_row ohba_admin_cmds[];
extern const unsigned int ohba_admin_ncmds;

/* net.c. False: no memory. */
bool ohba_net_create(struct ohba_fw *fw);
void ohba_net_start(struct ohba_fw *fw);
void ohba_net_stop(struct ohba_fw *fw);
void ohba_net_destroy(struct ohba_fw *fw);
/* Whether an address of @family can have an MTU of @mtu bytes, 0: the port's. */
bool ohba_mtu_ok(uint8_t family, uint16_t mtu);
/* NET_RX buffers of queue @qid that wait for a frame; what gives them back. */
uint32_t ohba_net_waiting(const struct ohba_fw *fw, uint32_t qid);
void ohba_net_queue_leaves(struct ohba_fw *fw, uint32_t qid);
/* With a network of its own only. */
extern const struct ohba_cmd_row ohba_net_cmds[], ohba_net_io_cmds[];
extern const unsigned int ohba_net_ncmds, ohba_net_io_ncmds;

/* route.c, which net.c starts and ends. False: no memory. */
bool ohba_routes_create(struct ohba_fw *fw);
void ohba_routes_stop(struct ohba_fw *fw);
void ohba_routes_destroy(struct ohba_fw *fw);
/* For struct ohba_wire_events; @arg: the struct ohba_fw. */
enum ohba_status ohba_route_wanted(void *arg, uint8_t family, const uint8_t addr[16]);
void ohba_route_resolved(void *arg, unsigned int index, const uint8_t hop[16],
			 const uint8_t *mac);
/* The host has set a path to @addr; has none. */
void ohba_route_known(struct ohba_fw *fw, uint8_t family, const uint8_t addr[16]);
void ohba_route_refused(struct ohba_fw *fw, uint8_t family, const uint8_t addr[16],
			enum ohba_status status);

/* The way to a destination: from address @index by the neighbour @hop. */
struct ohba_way {
	unsigned int index;
	uint8_t hop[16];
};

/*
 * config.c; after net.c at each step. False: no memory. stop() does not end what is
 * being written.
 */
bool ohba_config_create(struct ohba_fw *fw);
void ohba_config_start(struct ohba_fw *fw);
void ohba_config_stop(struct ohba_fw *fw);
void ohba_config_destroy(struct ohba_fw *fw);
/* It may come from a host, or from flash that anybody wrote. */
bool ohba_config_ok(const struct ohba_config *config);
/* At power-up: what flash has; NULL: it had. */
void ohba_config_load(struct ohba_fw *fw, const struct ohba_config *config);
/* Nothing is kept any more; addresses in use stay. */
void ohba_config_forget(struct ohba_fw *fw);
/* By addresses that were set by hand, and are in use; false: none leads to @dst. */
bool ohba_config_way(struct ohba_fw *fw, uint8_t family, const uint8_t dst[16],
		     struct ohba_way *way);
/* Ends what ohba_keep() began. @err: 0 or -errno. */
void ohba_config_kept(struct ohba_fw *fw, int err);
/* With a network of its own only. */
extern const struct ohba_cmd_row ohba_config_cmds[];
extern const unsigned int ohba_config_ncmds;

/* command.c. NULL: no memory. */
struct ohba_commands *ohba_commands_create(struct ohba_fw *fw);
void ohba_commands_destroy(struct ohba_commands *commands);
/* Check @sqe, fetched from queue @qid, and run it; it will be completed once. */
void ohba_command_run(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);
/* One that was checked and had to wait (keep.h). */
void ohba_command_begin(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);

/* stats.c: the handler of STATS_GET. */
int ohba_stats_get(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);

#endif /* OHBA_CORE_H */

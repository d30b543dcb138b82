// SPDX-License-Identifier: GPL-2.0-or-later
/* The adapter: its life, its states, and what it does each turn. */
#include "adapter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agent.h"
#include "core.h"
#include "discover.h"
#include "event.h"
#include "keep.h"
#include "log.h"
#include "ohba_wire.h"
#include "queue.h"
#include "regs.h"
#include "targets.h"

/* Four times as often as promised: one late turn is not a missed heartbeat. */
#define HEARTBEAT_NS	(OHBA_HEARTBEAT_MS * OHBA_NS_PER_MS / 4)

/* The host tells nobody when it has read a full ring, so we look this often. */
#define STALL_NS	OHBA_NS_PER_MS

#define FW_TIMERS	4	/* heartbeat, look, faults.timer, the log's */

/* --- what others ask -------------------------------------------------------- */

struct ohba_loop *ohba_fw_loop(struct ohba_fw *fw)
{
	return fw->loop;
}

struct ohba_tcp_engine *ohba_fw_engine(struct ohba_fw *fw)
{
	return fw->engine;
}

const struct ohba_fw_config *ohba_fw_config(struct ohba_fw *fw)
{
	return &fw->cfg;
}

struct ohba_iscsi *ohba_fw_iscsi(struct ohba_fw *fw)
{
	return fw->iscsi;
}

struct ohba_faults *ohba_fw_faults(struct ohba_fw *fw)
{
	return &fw->faults;
}

struct ohba_adapter_counters *ohba_fw_stats(struct ohba_fw *fw)
{
	return &fw->stats;
}

const struct ohba_host_memory *ohba_fw_host_memory(struct ohba_fw *fw)
{
	return &fw->memory;
}

void ohba_fw_trace(struct ohba_fw *fw, enum ohba_fw_trace_group group,
		   const char *name, const char *fmt, ...)
{
	const struct ohba_fw_ops *ops = fw->ops;
	char text[256];
	va_list args;

	if (!ops->trace || (ops->trace_on && !ops->trace_on(fw->host, group)))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ops->trace(fw->host, group, name, text);
}

bool ohba_fw_random(struct ohba_fw *fw, void *buf, size_t len)
{
	if (!fw->ops->random)
		return getrandom(buf, len, 0) == (ssize_t)len;
	fw->ops->random(fw->host, buf, len);
	return true;
}

/* --- interrupts ------------------------------------------------------------- */

void ohba_fw_irq(struct ohba_fw *fw, uint32_t vector)
{
	fw->irqs[vector / 64] |= 1ull << vector % 64;
}

static void raise_irqs(struct ohba_fw *fw)
{
	unsigned int i;

	for (i = 0; i < sizeof(fw->irqs) / sizeof(fw->irqs[0]); i++) {
		while (fw->irqs[i]) {
			unsigned int bit = __builtin_ctzll(fw->irqs[i]);

			fw->irqs[i] &= fw->irqs[i] - 1;
			fw->ops->irq(fw->host, i * 64 + bit);
		}
	}
}

/* --- states ----------------------------------------------------------------- */

/* Whether there are rings. */
static bool enabled(const struct ohba_fw *fw)
{
	return fw->state == OHBA_FW_READY || fw->state == OHBA_FW_HUNG;
}

static void stop_turns(struct ohba_fw *fw)
{
	ohba_poller_del(fw->loop, &fw->poller);
	ohba_timer_cancel(&fw->heartbeat);
	ohba_timer_cancel(&fw->look);
	ohba_faults_stop(&fw->faults);
}

/* Everything as at power-on, except registers, fault rules and @state. */
static void stop(struct ohba_fw *fw, enum ohba_fw_state state)
{
	if (enabled(fw)) {
		stop_turns(fw);
		ohba_iscsi_reset(fw->iscsi);
		ohba_discover_stop(fw);
		ohba_net_stop(fw);
		ohba_config_stop(fw);
		ohba_keep_stop(fw);
		ohba_log_forget(fw);
		ohba_targets_stop(fw);
		ohba_events_reset(fw);
		ohba_agent_stop(fw);
		ohba_queues_reset(fw);
	}
	fw->fatal = OHBA_ST_SUCCESS;
	fw->hang = false;
	memset(&fw->memory, 0, sizeof(fw->memory));
	memset(&fw->stats, 0, sizeof(fw->stats));
	memset(fw->irqs, 0, sizeof(fw->irqs));
	fw->state = state;
}

static void stop_fatal(struct ohba_fw *fw, enum ohba_status reason)
{
	ohba_fw_trace(fw, OHBA_TRACE_ERROR, "fatal", "%s: %s", ohba_status_name(reason),
		      ohba_status_meaning(reason));
	stop(fw, OHBA_FW_FATAL);
	ohba_log(fw, OHBA_LOG_FATAL, 0, reason, NULL);
	ohba_regs_set_status(fw->regs, OHBA_STATUS_FATAL |
			     (uint32_t)reason << OHBA_STATUS_REASON_SHIFT);
}

void ohba_fw_fatal(struct ohba_fw *fw, enum ohba_status reason)
{
	if (fw->state == OHBA_FW_READY && !fw->fatal)
		fw->fatal = reason;
}

void ohba_fw_hang(struct ohba_fw *fw)
{
	fw->hang = fw->state == OHBA_FW_READY;
}

void ohba_fw_vanish(struct ohba_fw *fw)
{
	fw->vanish = fw->state == OHBA_FW_READY;
}

bool ohba_fw_ends(struct ohba_fw *fw)
{
	return fw->fatal || fw->hang || fw->vanish || ohba_fw_gone(fw);
}

/*
 * Its power is gone, but what the log lacks on flash goes there: the drive is not its own. A
 * host that sees that it is gone takes its memory back: there is no DMA any more by then.
 */
static void vanish(struct ohba_fw *fw)
{
	stop(fw, OHBA_FW_OFF);
	ohba_log_sleep(fw);
	ohba_regs_vanish(fw->regs);
}

/*
 * Rings stay mapped and connections up, as in an adapter whose processor has
 * stopped. STATUS and HEARTBEAT keep what they say.
 */
static void hang(struct ohba_fw *fw)
{
	stop_turns(fw);
	ohba_iscsi_freeze(fw->iscsi);
	ohba_agent_freeze(fw);
	ohba_discover_freeze(fw);
	ohba_log_freeze(fw);
	fw->hang = false;
	fw->state = OHBA_FW_HUNG;
}

static enum ohba_status open_admin_queue(struct ohba_fw *fw)
{
	uint32_t size = ohba_regs_ring32(fw->regs, OHBA_REG_ADMIN_SIZE);
	struct ohba_queue_params params = {
		.ctl = ohba_regs_ring64(fw->regs, OHBA_REG_ADMIN_CTL),
		.sq = ohba_regs_ring64(fw->regs, OHBA_REG_ADMIN_SQ),
		.cq = ohba_regs_ring64(fw->regs, OHBA_REG_ADMIN_CQ),
		.sq_size = size & 0xffff,
		.cq_size = size >> 16,
		.vector = OHBA_VECTOR_ADMIN,
	};

	return ohba_queue_open(fw, OHBA_QID_ADMIN, &params);
}

static enum ohba_status open_event_queue(struct ohba_fw *fw)
{
	return ohba_events_open(fw, ohba_regs_ring64(fw->regs, OHBA_REG_EVENT_CTL),
				ohba_regs_ring64(fw->regs, OHBA_REG_EVENT_CQ),
				ohba_regs_ring32(fw->regs, OHBA_REG_EVENT_SIZE));
}

static enum ohba_status open_rings(struct ohba_fw *fw, uint32_t ctrl)
{
	enum ohba_status status;

	if (ctrl & ~(OHBA_CTRL_ENABLE | OHBA_CTRL_ABI_MASK))
		return OHBA_ST_INVALID_FIELD;
	if (ctrl >> OHBA_CTRL_ABI_SHIFT != OHBA_ABI_VERSION)
		return OHBA_ST_UNSUPPORTED_ABI;
	status = open_admin_queue(fw);
	if (status)
		return status;
	status = open_event_queue(fw);
	if (status)
		ohba_queues_reset(fw);
	return status;
}

static void check_link(struct ohba_fw *fw)
{
	uint32_t speed_mbps, mtu;
	bool up;

	fw->engine->ops->port(fw->engine, &up, &speed_mbps, &mtu);
	ohba_events_link(fw, up, speed_mbps);
}

static void enable(struct ohba_fw *fw, uint32_t ctrl)
{
	enum ohba_status status = open_rings(fw, ctrl);

	ohba_log_start(fw);
	ohba_keep_start(fw);
	if (status) {
		ohba_fw_trace(fw, OHBA_TRACE_GUEST, "enable", "CTRL 0x%08x: %s", ctrl,
			      ohba_status_name(status));
		stop_fatal(fw, status);
		return;
	}
	fw->state = OHBA_FW_READY;
	check_link(fw);
	ohba_poller_add(fw->loop, &fw->poller);
	ohba_net_start(fw);
	ohba_config_start(fw);
	ohba_timer_arm(&fw->heartbeat, HEARTBEAT_NS);
	ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "ready", "ABI %u", ctrl >> OHBA_CTRL_ABI_SHIFT);
	ohba_log(fw, OHBA_LOG_ENABLED, ctrl >> OHBA_CTRL_ABI_SHIFT, OHBA_ST_SUCCESS, NULL);
	ohba_regs_set_status(fw->regs, OHBA_STATUS_READY);
	ohba_agent_start(fw);
	ohba_faults_at_once(fw);
}

static void reset(struct ohba_fw *fw, bool power_on)
{
	bool was_off = fw->state == OHBA_FW_OFF;

	stop(fw, OHBA_FW_OFF);
	if (fw->vanish)
		ohba_regs_vanish(fw->regs);
	if (!was_off)
		ohba_log(fw, OHBA_LOG_RESET, power_on, OHBA_ST_SUCCESS, NULL);
}

static void ctrl_work(struct ohba_work *work)
{
	struct ohba_fw *fw = ohba_container(work, struct ohba_fw, ctrl_work);
	uint32_t ctrl;

	/* Written when it was there. */
	if (fw->vanish)
		return;
	if (ohba_regs_take_ctrl(fw->regs, &ctrl)) {
		reset(fw, false);
		ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "reset", "by CTRL");
		ohba_regs_set_status(fw->regs, 0);
	}
	if ((ctrl & OHBA_CTRL_ENABLE) && fw->state == OHBA_FW_OFF)
		enable(fw, ctrl);
}

static void bus_work(struct ohba_work *work)
{
	struct ohba_fw *fw = ohba_container(work, struct ohba_fw, bus_work);

	if (enabled(fw) && fw->vanish)
		vanish(fw);
	else if (enabled(fw))
		stop_fatal(fw, OHBA_ST_DMA_FAULT);
	fw->bus_done(fw->bus_arg);
}

void ohba_fw_bus_lost(struct ohba_fw *fw, void (*done)(void *arg), void *arg)
{
	fw->bus_done = done;
	fw->bus_arg = arg;
	ohba_loop_post(fw->loop, &fw->bus_work);
}

static void reset_work(struct ohba_work *work)
{
	struct ohba_fw *fw = ohba_container(work, struct ohba_fw, reset_work);
	void (*done)(void *arg) = fw->reset_done;
	void *arg = fw->reset_arg;

	reset(fw, true);
	ohba_log_sleep(fw);
	ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "reset", "power-on");
	ohba_regs_power_on(fw->regs);
	done(arg);	/* which may have freed @fw */
}

void ohba_fw_reset(struct ohba_fw *fw, void (*done)(void *arg), void *arg)
{
	fw->reset_done = done;
	fw->reset_arg = arg;
	ohba_loop_post(fw->loop, &fw->reset_work);
}

/* --- turns ------------------------------------------------------------------ */

static bool fw_poll(struct ohba_poller *poller)
{
	struct ohba_fw *fw = ohba_container(poller, struct ohba_fw, poller);
	bool fetched;

	fw->stats.loop_turns++;
	fetched = ohba_queues_fetch(fw);
	if (fetched)
		ohba_iscsi_flush(fw->iscsi);
	ohba_events_flush(fw);
	ohba_iscsi_overdue(fw->iscsi);
	ohba_queues_signal(fw);
	if (fw->vanish) {
		vanish(fw);
		return false;
	}
	raise_irqs(fw);
	if (fw->fatal)
		stop_fatal(fw, fw->fatal);
	else if (fw->hang)
		hang(fw);
	return fetched;
}

static void look_at(struct ohba_fw *fw, uint64_t due_ns)
{
	uint64_t now = ohba_loop_now(fw->loop);

	if (due_ns != UINT64_MAX)
		ohba_timer_arm(&fw->look, due_ns > now ? due_ns - now : 0);
}

static bool fw_sleep(struct ohba_poller *poller)
{
	struct ohba_fw *fw = ohba_container(poller, struct ohba_fw, poller);
	uint64_t due_ns = UINT64_MAX;

	if (ohba_queues_stalled(fw) || ohba_events_stalled(fw))
		due_ns = ohba_loop_now(fw->loop) + STALL_NS;
	if (!ohba_iscsi_sleep(fw->iscsi, ohba_queues_patience(fw), &due_ns) ||
	    !ohba_queues_arm(fw, &due_ns))
		return false;
	look_at(fw, due_ns);
	return true;
}

static void heartbeat(struct ohba_timer *timer)
{
	struct ohba_fw *fw = ohba_container(timer, struct ohba_fw, heartbeat);

	ohba_regs_beat(fw->regs);
	check_link(fw);
	ohba_timer_arm(timer, HEARTBEAT_NS);
}

/* That it is due makes the loop take a turn, and the turn looks at the rings. */
static void look(struct ohba_timer *timer)
{
	(void)timer;
}

/* --- creation --------------------------------------------------------------- */

static const char *config_error(const struct ohba_fw_config *cfg)
{
	if (cfg->class != OHBA_CLASS_FW)
		return "class: only the fw class exists";
	if (cfg->max_queues < 1 || cfg->max_queues > OHBA_QUEUES_MAX)
		return "max_queues must be 1 to 255";
	if (cfg->max_qsize < OHBA_FW_QSIZE_MIN || cfg->max_qsize > OHBA_QSIZE_MAX ||
	    cfg->max_qsize & (cfg->max_qsize - 1))
		return "max_qsize must be a power of two, 64 to 32768";
	if (cfg->max_conns < 1 || cfg->max_conns > OHBA_FW_CONNS_MAX)
		return "max_conns must be 1 to 4096";
	if (cfg->max_tags < 1 || cfg->max_tags > OHBA_TAGS_MAX)
		return "max_tags must be 1 to 65535";
	if (cfg->max_targets > OHBA_TARGETS_MAX)
		return "max_targets must be 0 to 4096";
	if (cfg->max_accounts > OHBA_ACCOUNTS_MAX)
		return "max_accounts must be 0 to 512";
	if (cfg->flash_size && cfg->flash_size < OHBA_FW_FLASH_MIN)
		return "flash_size must be 0, or 8192 or more";
	if (cfg->num_vectors < 1 || cfg->num_vectors > OHBA_VECTORS_MAX)
		return "num_vectors must be 1 to 256";
	if (cfg->coalesce_ns > OHBA_FW_COALESCE_NS_MAX)
		return "coalesce_ns must be 0 to 1000000";
	if (!memchr(cfg->serial, 0, sizeof(cfg->serial)))
		return "serial must have at most 31 characters";
	if (!memchr(cfg->congestion, 0, sizeof(cfg->congestion)))
		return "congestion must have at most 15 characters";
	return NULL;
}

static void init_callbacks(struct ohba_fw *fw)
{
	fw->poller.poll = fw_poll;
	fw->poller.sleep = fw_sleep;
	fw->ctrl_work.fn = ctrl_work;
	fw->bus_work.fn = bus_work;
	fw->reset_work.fn = reset_work;
	ohba_timer_init(&fw->heartbeat, fw->loop, heartbeat);
	ohba_timer_init(&fw->look, fw->loop, look);
}

static bool create_parts(struct ohba_fw *fw)
{
	fw->regs = ohba_regs_create();
	fw->commands = ohba_commands_create(fw);
	fw->queues = ohba_queues_create(fw->cfg.max_queues);
	fw->events = ohba_events_create();
	if (!ohba_faults_init(&fw->faults, fw->loop) || !fw->regs || !fw->commands ||
	    !fw->queues || !fw->events || !ohba_net_create(fw) || !ohba_keep_create(fw) ||
	    !ohba_log_create(fw) ||
	    !ohba_targets_create(fw) || !ohba_config_create(fw) || !ohba_agent_create(fw) ||
	    !ohba_discover_create(fw))
		return false;
	fw->iscsi = ohba_iscsi_create(fw);
	return fw->iscsi;
}

static void destroy_parts(struct ohba_fw *fw)
{
	if (fw->iscsi)
		ohba_iscsi_destroy(fw->iscsi);
	ohba_discover_destroy(fw);
	ohba_agent_destroy(fw);
	ohba_config_destroy(fw);
	ohba_targets_destroy(fw);
	ohba_log_destroy(fw);
	ohba_keep_destroy(fw);
	ohba_net_destroy(fw);
	ohba_events_destroy(fw->events);
	ohba_queues_destroy(fw->queues);
	ohba_commands_destroy(fw->commands);
	ohba_regs_destroy(fw->regs);
	ohba_faults_fini(&fw->faults);
}

static struct ohba_fw *new_fw(struct ohba_loop *loop)
{
	struct ohba_fw *fw = calloc(1, sizeof(*fw));

	if (fw && ohba_loop_reserve_timers(loop, FW_TIMERS)) {
		free(fw);
		return NULL;
	}
	return fw;
}

static void free_fw(struct ohba_fw *fw)
{
	ohba_loop_reserve_timers(fw->loop, -FW_TIMERS);
	free(fw);
}

struct ohba_fw *ohba_fw_create(struct ohba_loop *loop, struct ohba_tcp_engine *engine,
			       const struct ohba_fw_config *cfg,
			       const struct ohba_fw_ops *ops, void *host, const char **err)
{
	struct ohba_fw *fw;

	*err = config_error(cfg);
	if (*err)
		return NULL;
	*err = "no memory for the adapter's tables";
	fw = new_fw(loop);
	if (!fw)
		return NULL;
	fw->cfg = *cfg;
	fw->ops = ops;
	fw->host = host;
	fw->loop = loop;
	fw->engine = engine;
	init_callbacks(fw);
	if (create_parts(fw)) {
		*err = ohba_keep_load(fw);
		if (!*err) {
			ohba_log_power_on(fw);
			return fw;
		}
	}
	destroy_parts(fw);
	free_fw(fw);
	return NULL;
}

void ohba_fw_destroy(struct ohba_fw *fw)
{
	if (!fw)
		return;
	destroy_parts(fw);
	free_fw(fw);
}

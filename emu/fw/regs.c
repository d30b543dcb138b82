// SPDX-License-Identifier: GPL-2.0-or-later
/* The register file of BAR 0 (regs.h, ohba_regs.h). */
#include "regs.h"

#include <pthread.h>
#include <stdlib.h>

#include "core.h"
#include "keep.h"

#define RING_REGS_START	OHBA_REG_ADMIN_CTL
#define RING_REGS_END	(OHBA_REG_EVENT_SIZE + 4)
#define DOORBELLS_END	OHBA_REG_DOORBELL(OHBA_QUEUES_MAX + 1)

struct ohba_regs {
	pthread_mutex_t lock;		/* covers writes to ctrl and status, and reset */
	_Atomic uint32_t ctrl;
	_Atomic uint32_t status;
	bool reset;			/* asked for and not yet taken */
	_Atomic uint32_t heartbeat;
	_Atomic bool gone;		/* for good: no reset ends it */
	_Atomic uint32_t ring[(RING_REGS_END - RING_REGS_START) / 4];
	_Atomic uint32_t doorbells[OHBA_QUEUES_MAX + 1];
};

struct ohba_regs *ohba_regs_create(void)
{
	struct ohba_regs *regs = calloc(1, sizeof(*regs));

	if (regs)
		pthread_mutex_init(&regs->lock, NULL);
	return regs;
}

void ohba_regs_destroy(struct ohba_regs *regs)
{
	if (!regs)
		return;
	pthread_mutex_destroy(&regs->lock);
	free(regs);
}

void ohba_regs_power_on(struct ohba_regs *regs)
{
	unsigned int i;

	pthread_mutex_lock(&regs->lock);
	regs->ctrl = 0;
	regs->status = 0;
	regs->reset = false;
	pthread_mutex_unlock(&regs->lock);
	regs->heartbeat = 0;
	for (i = 0; i < sizeof(regs->ring) / sizeof(regs->ring[0]); i++)
		regs->ring[i] = 0;
	for (i = 0; i <= OHBA_QUEUES_MAX; i++)
		regs->doorbells[i] = 0;
}

/* --- the loop's side -------------------------------------------------------- */

bool ohba_regs_take_ctrl(struct ohba_regs *regs, uint32_t *ctrl)
{
	bool reset;

	pthread_mutex_lock(&regs->lock);
	reset = regs->reset;
	regs->reset = false;
	*ctrl = regs->ctrl;
	pthread_mutex_unlock(&regs->lock);
	return reset;
}

void ohba_regs_set_status(struct ohba_regs *regs, uint32_t status)
{
	pthread_mutex_lock(&regs->lock);
	if (!regs->reset)
		regs->status = status;
	pthread_mutex_unlock(&regs->lock);
}

void ohba_regs_beat(struct ohba_regs *regs)
{
	atomic_fetch_add_explicit(&regs->heartbeat, 1, memory_order_relaxed);
}

uint32_t ohba_regs_ring32(struct ohba_regs *regs, uint32_t off)
{
	return atomic_load_explicit(&regs->ring[(off - RING_REGS_START) / 4],
				    memory_order_relaxed);
}

uint64_t ohba_regs_ring64(struct ohba_regs *regs, uint32_t off)
{
	return ohba_regs_ring32(regs, off) | (uint64_t)ohba_regs_ring32(regs, off + 4) << 32;
}

uint32_t ohba_regs_doorbells(struct ohba_regs *regs, uint32_t qid)
{
	return atomic_load_explicit(&regs->doorbells[qid], memory_order_relaxed);
}

void ohba_regs_clear_doorbells(struct ohba_regs *regs, uint32_t qid)
{
	atomic_store_explicit(&regs->doorbells[qid], 0, memory_order_relaxed);
}

void ohba_regs_vanish(struct ohba_regs *regs)
{
	regs->gone = true;
}

/* --- the guest's side, any thread ------------------------------------------- */

static uint32_t read_constant(const struct ohba_fw *fw, uint32_t off)
{
	const struct ohba_fw_config *cfg = &fw->cfg;
	const uint8_t *mac = cfg->mac;

	switch (off) {
	case OHBA_REG_MAGIC:
		return OHBA_MAGIC;
	case OHBA_REG_ABI:
		return OHBA_ABI_RANGE(OHBA_ABI_VERSION, OHBA_ABI_VERSION);
	case OHBA_REG_CLASS:
		return cfg->class;
	case OHBA_REG_FW_VERSION:
		return OHBA_FW_VERSION_MAJOR << 16 | OHBA_FW_VERSION_MINOR << 8 |
		       OHBA_FW_VERSION_PATCH;
	case OHBA_REG_MAX_QUEUES:
		return cfg->max_queues;
	case OHBA_REG_MAX_QSIZE:
		return cfg->max_qsize;
	case OHBA_REG_FEATURES:
		return (fw->net ? OHBA_FEATURE_WIRE | OHBA_FEATURE_CONFIG : 0) |
		       (fw->targets ? OHBA_FEATURE_TARGETS : 0) | OHBA_FEATURE_LOG |
		       (ohba_keep_can_erase(fw) ? OHBA_FEATURE_ERASE : 0);
	case OHBA_REG_READY_MS:
		return OHBA_FW_READY_MS;
	case OHBA_REG_MAC_LO:
		return mac[0] | mac[1] << 8 | mac[2] << 16 | (uint32_t)mac[3] << 24;
	case OHBA_REG_MAC_HI:
		return mac[4] | mac[5] << 8;
	default:
		return 0;	/* what ABI 1 does not define */
	}
}

static bool is_ring_reg(uint32_t off)
{
	return off >= RING_REGS_START && off < RING_REGS_END;
}

bool ohba_fw_gone(struct ohba_fw *fw)
{
	return atomic_load_explicit(&fw->regs->gone, memory_order_acquire);
}

uint32_t ohba_fw_reg_read(struct ohba_fw *fw, uint32_t off)
{
	struct ohba_regs *regs = fw->regs;

	if (ohba_fw_gone(fw))
		return UINT32_MAX;
	if (off % 4)
		return 0;
	switch (off) {
	case OHBA_REG_CTRL:
		return regs->ctrl;
	case OHBA_REG_STATUS:
		return regs->status;
	case OHBA_REG_HEARTBEAT:
		return regs->heartbeat;
	default:
		return is_ring_reg(off) ? ohba_regs_ring32(regs, off)
					: read_constant(fw, off);
	}
}

/*
 * A reset that overtakes an enable must not read as done (STATUS 0) while the
 * loop may still be mapping rings: until it has been seen to, STATUS shows that
 * something is being ended.
 */
static void ask_reset(struct ohba_regs *regs)
{
	if ((regs->ctrl & OHBA_CTRL_ENABLE) && !regs->status)
		regs->status = OHBA_STATUS_FATAL | OHBA_ST_ABORTED << OHBA_STATUS_REASON_SHIFT;
	regs->reset = true;
}

static void write_ctrl(struct ohba_fw *fw, uint32_t val)
{
	struct ohba_regs *regs = fw->regs;

	pthread_mutex_lock(&regs->lock);
	if (!(val & OHBA_CTRL_ENABLE)) {
		ask_reset(regs);
		regs->ctrl = val;
	} else if (!(regs->ctrl & OHBA_CTRL_ENABLE)) {
		regs->ctrl = val;
	}
	pthread_mutex_unlock(&regs->lock);
	ohba_loop_post(fw->loop, &fw->ctrl_work);
}

static void write_doorbell(struct ohba_fw *fw, uint32_t qid)
{
	if (qid > fw->cfg.max_queues)
		return;
	atomic_fetch_add_explicit(&fw->regs->doorbells[qid], 1, memory_order_relaxed);
	/* Its fence orders the guest's index before the loop's decision to sleep. */
	ohba_loop_wake(fw->loop);
}

void ohba_fw_reg_write(struct ohba_fw *fw, uint32_t off, uint32_t val)
{
	if (off % 4 || ohba_fw_gone(fw))
		return;
	if (off >= OHBA_REG_DOORBELL(0) && off < DOORBELLS_END)
		write_doorbell(fw, (off - OHBA_REG_DOORBELL(0)) / 4);
	else if (off == OHBA_REG_CTRL)
		write_ctrl(fw, val);
	else if (is_ring_reg(off))
		atomic_store_explicit(&fw->regs->ring[(off - RING_REGS_START) / 4], val,
				      memory_order_relaxed);
}

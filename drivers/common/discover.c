// SPDX-License-Identifier: GPL-2.0-only
/*
 * Portals and iSNS servers are asked for targets, by the adapter (SPEC.md section 6.6): one at a
 * time, in the background. What came of the last one is kept until the next begins.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "priv.h"

/* Bytes that the adapter has room for, if there is memory; and that are worth it. */
#define OHBA_FOUND_ROOM		SZ_256K
#define OHBA_FOUND_ROOM_MIN	SZ_4K
/*
 * Beyond its time limit: the logout and the end of TCP (SPEC.md section 6.6), and what any
 * other command may take.
 */
#define OHBA_DISCOVER_END_MS	(5000 + 2000 + OHBA_ADMIN_TIMEOUT_MS)

/* --- what it found ------------------------------------------------------- */

static bool ohba_found_is_good(const struct ohba_discovered *found)
{
	return (found->family == OHBA_FAMILY_IPV4 || found->family == OHBA_FAMILY_IPV6) &&
	       found->port && ohba_is_name(found->name, sizeof(found->name));
}

/* Report a failure of the driver's own like one of the device's. */
static void ohba_discover_failed(struct ohba_discover_job *job, int err)
{
	const char *words = "the adapter is down";

	job->status = OHBA_ST_ABORTED;
	if (err == -ENOMEM) {
		job->status = OHBA_ST_NO_RESOURCES;
		words = "the driver's memory is short: ask again";
	} else if (err == -EBUSY) {
		job->status = OHBA_ST_BUSY;
		words = "the admin queue is full: ask again";
	}
	strscpy((char *)job->told.words, words, sizeof(job->told.words));
}

/* The device may have written anything, and may still do so: the copy is looked at. */
static void ohba_found_take(struct ohba_hw *hw, const struct ohba_discovered *from, u32 n)
{
	struct ohba_discover_job *job = &hw->discover;
	struct ohba_found *found;
	u32 i;

	found = n ? kvcalloc(n, sizeof(*found), GFP_KERNEL) : NULL;
	if (n && !found)
		ohba_discover_failed(job, -ENOMEM);
	for (i = 0; found && i < n; i++) {
		found[job->nfound].at = from[i];
		barrier();	/* the copy is what is looked at: the device may write on */
		found[job->nfound].entry = -ENOENT;
		job->nfound += ohba_found_is_good(&found[job->nfound].at);
	}
	job->nimpossible = found ? n - job->nfound : 0;
	if (job->nimpossible)
		dev_warn(hw->pub.dev, "the firmware found %u targets that cannot be: they are left out; update the firmware\n",
			 job->nimpossible);
	job->found = found;
}

static void ohba_discover_take(struct ohba_hw *hw)
{
	struct ohba_discover_job *job = &hw->discover;
	u32 room = (job->dma.len - sizeof(job->told)) / sizeof(struct ohba_discovered);

	job->status = job->cmd.status;
	if (job->cmd.error) {
		ohba_discover_failed(job, job->cmd.error);
		return;
	}
	memcpy(&job->told, job->dma.mem, sizeof(job->told));
	barrier();		/* as in ohba_found_take() */
	ohba_clean_words(job->told.words, sizeof(job->told.words));
	/* What came before a failure is as good as the rest. */
	ohba_found_take(hw, job->dma.mem + sizeof(job->told),
			min(job->cmd.result, room));
}

static void ohba_discover_log(struct ohba_hw *hw)
{
	const struct ohba_discover_job *job = &hw->discover;

	/* Who stopped the adapter said why. */
	if (job->cmd.error)
		return;
	if (job->status)
		dev_err_ratelimited(hw->pub.dev, "discovery: %s (%s): %s: %s\n",
				    ohba_status_name(job->status),
				    ohba_status_meaning(job->status), job->told.words,
				    ohba_status_remedy(job->status));
	else
		dev_info_ratelimited(hw->pub.dev, "discovery: %u portals of targets, %u that can be used\n",
				     le32_to_cpu(job->told.listed), job->nfound);
}

/* --- one discovery ------------------------------------------------------- */

static void ohba_discover_over(struct ohba_discover_job *job)
{
	mutex_lock(&job->lock);
	job->busy = false;
	mutex_unlock(&job->lock);
}

static void ohba_discover_work(struct work_struct *work)
{
	struct ohba_hw *hw = container_of(work, struct ohba_hw, discover.work);
	struct ohba_discover_job *job = &hw->discover;
	unsigned int flags = memalloc_noio_save();

	/* Nobody else looks at it while it is busy. */
	ohba_discover_take(hw);
	ohba_dma_free(hw, &job->dma);
	ohba_discover_log(hw);
	if (job->add && job->nfound && hw->ops->discovered)
		hw->ops->discovered(hw->priv, job->found, job->nfound);
	memalloc_noio_restore(flags);
	ohba_discover_over(job);
}

static void ohba_discover_done(struct ohba_admin_cmd *cmd)
{
	struct ohba_discover_job *job = container_of(cmd, struct ohba_discover_job, cmd);

	queue_work(system_unbound_wq, &job->work);
}

static int ohba_discover_alloc(struct ohba_hw *hw)
{
	struct ohba_dma *dma = &hw->discover.dma;
	size_t room;

	for (room = OHBA_FOUND_ROOM; room >= OHBA_FOUND_ROOM_MIN; room /= 4) {
		dma->mem = dma_alloc_coherent(hw->pub.dev, room, &dma->addr,
					      GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN);
		if (!dma->mem)
			continue;
		dma->len = room;
		return 0;
	}
	return -ENOMEM;
}

static void ohba_discover_forget(struct ohba_discover_job *job)
{
	kvfree(job->found);
	job->found = NULL;
	job->nfound = 0;
	job->nimpossible = 0;
	job->status = OHBA_ST_SUCCESS;
	memset(&job->told, 0, sizeof(job->told));
}

static int ohba_discover_begin(struct ohba_hw *hw)
{
	struct ohba_discover_job *job = &hw->discover;
	const struct ohba_discover *asked = (void *)job->cmd.sqe.body;
	u32 ms = le32_to_cpu(asked->timeout_ms) ?: OHBA_DISCOVER_MS_MAX;
	int err = ohba_discover_alloc(hw);

	if (err)
		return err;
	ohba_admin_data(&job->cmd, job->dma.addr, job->dma.len);
	mutex_lock(&job->lock);
	/* From now on, whenever it was asked for: the firmware is blamed for no delay of ours. */
	job->deadline = jiffies + msecs_to_jiffies(ms + OHBA_DISCOVER_END_MS);
	err = ohba_admin_submit(&hw->pub, &job->cmd);
	mutex_unlock(&job->lock);
	if (err)
		ohba_dma_free(hw, &job->dma);
	return err;
}

/*
 * By a work, as memory for the device may be waited for, and who asks holds a lock that
 * others need for their disks.
 */
static void ohba_discover_begin_work(struct work_struct *work)
{
	struct ohba_hw *hw = container_of(work, struct ohba_hw, discover.begin);
	struct ohba_discover_job *job = &hw->discover;
	unsigned int flags = memalloc_noio_save();
	int err;

	ohba_discover_forget(job);
	err = ohba_discover_begin(hw);
	memalloc_noio_restore(flags);
	if (!err)
		return;
	ohba_discover_failed(job, err);
	dev_err_ratelimited(hw->pub.dev, "discovery did not begin (%d): %s\n", err,
			    job->told.words);
	ohba_discover_over(job);
}

static void ohba_discover_prepare(struct ohba_discover_job *job,
				  const struct ohba_discover *asked, bool add)
{
	lockdep_assert_held(&job->lock);
	memset(&job->cmd, 0, sizeof(job->cmd));
	job->cmd.sqe.opcode = OHBA_ADMIN_DISCOVER;
	job->cmd.done = ohba_discover_done;
	memcpy(job->cmd.sqe.body, asked, sizeof(*asked));
	job->add = add;
	job->id = job->id + 1 ?: 1;
	job->busy = true;
}

/**
 * ohba_discover() - have the adapter ask a portal or a server for targets
 * @adapter: the adapter
 * @asked: which, and how
 * @add: then hand what it finds to the class's op discovered
 * @id: its number from now on, or NULL
 *
 * Returns when it is about to begin; what hinders that is told as its outcome. Context:
 * process, may sleep, but not for memory. Return: 0; -EBUSY while there is another;
 * -EOPNOTSUPP if the adapter has no sessions of its own; -EAGAIN before ohba_io_start(),
 * with @add; -ENODEV if the adapter is down.
 */
int ohba_discover(struct ohba_adapter *adapter, const struct ohba_discover *asked,
		  bool add, u32 *id)
{
	struct ohba_hw *hw = to_hw(adapter);
	struct ohba_discover_job *job = &hw->discover;
	int err = 0;

	BUILD_BUG_ON(sizeof(*asked) > sizeof(job->cmd.sqe.body));
	if (!(hw->features & OHBA_FEATURE_TARGETS))
		return -EOPNOTSUPP;
	if (ohba_is_down(hw))
		return -ENODEV;
	/* Pairs with the release in ohba_io_start(): till then no op may be called. */
	if (add && !smp_load_acquire(&hw->io_started))
		return -EAGAIN;
	mutex_lock(&job->lock);
	if (job->busy) {
		err = -EBUSY;
	} else {
		ohba_discover_prepare(job, asked, add);
		queue_work(system_unbound_wq, &job->begin);
	}
	if (!err && id)
		*id = job->id;
	mutex_unlock(&job->lock);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_discover);

/* --- life ---------------------------------------------------------------- */

void ohba_discover_init(struct ohba_hw *hw)
{
	mutex_init(&hw->discover.lock);
	INIT_WORK(&hw->discover.begin, ohba_discover_begin_work);
	INIT_WORK(&hw->discover.work, ohba_discover_work);
}

bool ohba_discover_late(struct ohba_hw *hw)
{
	struct ohba_discover_job *job = &hw->discover;
	bool late;

	mutex_lock(&job->lock);
	late = job->busy && READ_ONCE(job->cmd.busy) &&
	       time_after(jiffies, job->deadline);
	mutex_unlock(&job->lock);
	return late;
}

/* The device is stopped: none is under way, nor will be. */
void ohba_discover_end(struct ohba_hw *hw)
{
	flush_work(&hw->discover.begin);
	flush_work(&hw->discover.work);
	ohba_discover_forget(&hw->discover);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flashnodes: the adapter's table of targets as `iscsiadm -m host -C flashnode` changes it
 * and /sys/bus/iscsi_flashnode shows it. A flashnode's number is its entry's index.
 */
#include <linux/delay.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hba.h"
#include "target.h"

#define HBA_FLASH_RETRY_MS	1000

static u32 hba_flashnode_max(struct hba *hba)
{
	return ohba_info(hba->adapter)->max_targets;
}

/* --- in memory and in sysfs ---------------------------------------------- */

static struct hba_flashnode *hba_flashnode_swap(struct hba *hba, u32 index,
						struct hba_flashnode *node)
{
	struct hba_flashnode *old = hba->flashnodes[index];

	lockdep_assert_held(&hba->flash_mutex);
	if (old)
		hba_flash_index_del(hba, old);
	if (node)
		hba_flash_index_add(hba, node);
	spin_lock(&hba->flash_lock);
	hba->flashnodes[index] = node;
	spin_unlock(&hba->flash_lock);
	return old;
}

/* @node can be found by now: the class has its files read before it gives us @node->cls. */
static int hba_flashnode_expose(struct hba *hba, u32 index,
				struct hba_flashnode *node)
{
	struct Scsi_Host *shost = hba->shost;

	node->cls = iscsi_create_flashnode_sess(shost, index, &hba_transport, 0);
	if (!node->cls)
		return -ENOMEM;
	if (iscsi_create_flashnode_conn(shost, node->cls, &hba_transport, 0) &&
	    !hba_flashnode_add_files(&node->cls->dev))
		return 0;
	iscsi_destroy_flashnode_sess(node->cls);
	return -ENOMEM;
}

static int hba_flashnode_add(struct hba *hba, u32 index,
			     const struct ohba_target *target)
{
	struct hba_flashnode *node = kzalloc(sizeof(*node), GFP_NOIO);
	unsigned int flags;
	int err;

	if (!node)
		return -ENOMEM;
	node->index = index;
	node->target = *target;
	hba_flashnode_swap(hba, index, node);
	/* The class allocates as it likes, maybe for what waits for this very adapter. */
	flags = memalloc_noio_save();
	err = hba_flashnode_expose(hba, index, node);
	memalloc_noio_restore(flags);
	if (err) {
		hba_flashnode_swap(hba, index, NULL);
		kfree(node);
	}
	return err;
}

/* Who reads its files finds nothing any more, and is waited for. */
static void hba_flashnode_drop(struct hba *hba, u32 index)
{
	struct hba_flashnode *node = hba_flashnode_swap(hba, index, NULL);
	unsigned int flags;

	if (!node)
		return;
	flags = memalloc_noio_save();	/* as in hba_flashnode_add() */
	iscsi_destroy_flashnode_sess(node->cls);
	memalloc_noio_restore(flags);
	kfree(node);
}

static int hba_flashnode_put(struct hba *hba, u32 index,
			     const struct ohba_target *target)
{
	struct hba_flashnode *node = hba->flashnodes[index];

	if (!node)
		return hba_flashnode_add(hba, index, target);
	hba_flash_index_del(hba, node);
	spin_lock(&hba->flash_lock);
	node->target = *target;
	spin_unlock(&hba->flash_lock);
	hba_flash_index_add(hba, node);
	return 0;
}

/* --- what the adapter kept ----------------------------------------------- */

/* An entry that makes no sense can still be deleted, or set anew. */
static void hba_flashnode_check(struct hba *hba, u32 index,
				struct ohba_target *target)
{
	if (hba_flash_is_good(target)) {
		hba_flash_mend(target);
		return;
	}
	dev_warn_ratelimited(hba->adapter->dev,
			     "flashnode %u: what the adapter kept cannot be used: configure it again, or delete it\n",
			     index);
	hba_flash_defaults(hba, target, false);
}

/* What counts for a session that there is, too, without a new login. */
static void hba_flashnode_apply(struct hba *hba, u32 index, const struct ohba_target *target)
{
	const struct hba_flashnode *node = hba->flashnodes[index];

	if (!node || !memcmp(&node->target, target, sizeof(*target)))
		return;
	if (node->target.dev_loss_s != target->dev_loss_s)
		hba_target_set_dev_loss(hba, index, le32_to_cpu(target->dev_loss_s));
	hba_target_changed(hba, index, target);
}

static int hba_flashnode_load(struct hba *hba, u32 index,
			      struct ohba_target *target)
{
	int err = ohba_target_get(hba->adapter, index, target);

	if (err == -ENOENT) {
		hba_flashnode_drop(hba, index);
		return 0;
	}
	if (err)
		return err;
	hba_flashnode_check(hba, index, target);
	hba_flashnode_apply(hba, index, target);
	return hba_flashnode_put(hba, index, target);
}

/* Another time there may be memory, or room in the queue. */
static bool hba_flashnode_is_passing(int err)
{
	return err == -ENOMEM || err == -EBUSY;
}

/*
 * One at a time, so that requests need not wait for all of them. The list is a hint of
 * which to ask for: each may have changed since.
 */
static int hba_flashnode_load_next(struct hba *hba, u32 index, const u8 *used,
				   struct ohba_target *target)
{
	int err = 0;

	mutex_lock(&hba->flash_mutex);
	if (hba->flash_gone)
		err = -ENODEV;
	else if (hba->flashnodes[index] || ohba_is_listed(used, index))
		err = hba_flashnode_load(hba, index, target);
	mutex_unlock(&hba->flash_mutex);
	if (err && err != -ENODEV && !hba_flashnode_is_passing(err))
		dev_err_ratelimited(hba->adapter->dev,
				    "flashnode %u could not be read (%d) and is not shown as it is: restart the adapter to try again\n",
				    index, err);
	return err;
}

/* Return: 0; -EBUSY: one is to be tried again; or why one could not be read. */
static int hba_flashnodes_load_all(struct hba *hba, const u8 *used,
				   struct ohba_target *target)
{
	int err, all = 0;
	u32 index;

	for (index = 0; index < hba_flashnode_max(hba); index++) {
		err = hba_flashnode_load_next(hba, index, used, target);
		/* An adapter that is down, now or for good, will be asked when it is up. */
		if (err == -ENODEV)
			return err;
		if (hba_flashnode_is_passing(err))
			all = -EBUSY;
		all = all ?: err;
		cond_resched();
	}
	return all;
}

static int hba_flashnodes_load(struct hba *hba)
{
	struct ohba_target_list *list = kmalloc(sizeof(*list), GFP_NOIO);
	struct ohba_target *target = kmalloc(sizeof(*target), GFP_NOIO);
	int err = list && target ? ohba_target_list(hba->adapter, list) : -ENOMEM;

	if (!err)
		err = hba_flashnodes_load_all(hba, list->used, target);
	else if (err != -ENODEV && !hba_flashnode_is_passing(err))
		dev_err(hba->adapter->dev,
			"the adapter's targets could not be listed (%d) and are not shown: restart the adapter to try again\n",
			err);
	kfree(target);
	kfree(list);
	return err;
}

/* Until then an entry that is not here may be in the adapter. */
bool hba_flashnodes_are_known(struct hba *hba)
{
	return READ_ONCE(hba->flash_known) == atomic_read(&hba->flash_starts);
}

/* After hba_flashnodes_destroy() there may be no adapter any more; before, it waits for us. */
static void hba_flashnodes_work(struct work_struct *work)
{
	struct hba *hba = container_of(to_delayed_work(work), struct hba, flash_load);
	int err, starts = atomic_read(&hba->flash_starts);
	bool gone;

	mutex_lock(&hba->flash_mutex);
	gone = hba->flash_gone;
	if (!gone)
		hba_flash_index_restart(hba);
	mutex_unlock(&hba->flash_mutex);
	if (gone)
		return;
	err = hba_flashnodes_load(hba);
	if (!err)
		WRITE_ONCE(hba->flash_known, starts);
	/* Not later than a start meanwhile asked for. */
	if (hba_flashnode_is_passing(err))
		queue_delayed_work(system_unbound_wq, &hba->flash_load,
				   msecs_to_jiffies(HBA_FLASH_RETRY_MS));
}

/* --- requests: under the class's netlink mutex --------------------------- */

/* Return: NULL if it is gone, though the class may have found it before. */
static struct hba_flashnode *hba_flashnode_of(struct hba *hba,
					      struct iscsi_bus_flash_session *cls)
{
	struct hba_flashnode *node;

	lockdep_assert_held(&hba->flash_mutex);
	if (hba->flash_gone)
		return NULL;
	node = hba->flashnodes[cls->target_id];
	return node && node->cls == cls ? node : NULL;
}

/* Return: NULL: the class looked among those of the host that it was told, any host. */
static struct hba *hba_of_flashnode(struct iscsi_bus_flash_session *cls)
{
	if (cls->transport != &hba_transport)
		return NULL;
	return hba_of(iscsi_flash_session_to_shost(cls));
}

/* An index that is in use neither here nor in the adapter. Return: or why there is none. */
static int hba_flashnode_free_index(struct hba *hba)
{
	struct ohba_target_list *list = kmalloc(sizeof(*list), GFP_NOIO);
	u32 index = 0;
	int err;

	if (!list)
		return -ENOMEM;
	err = ohba_target_list(hba->adapter, list);
	if (!err)
		index = hba_flash_index_free(hba, list->used);
	kfree(list);
	if (err)
		return err;
	return index < hba_flashnode_max(hba) ? (int)index : -ENOSPC;
}

/* After an error the adapter may have it, and when it is up again it is looked for. */
int hba_flashnode_new(struct hba *hba, const struct ohba_target *target)
{
	int index, err;

	if (hba->flash_gone)
		return -ENODEV;
	index = hba_flashnode_free_index(hba);
	if (index < 0)
		return index;
	err = ohba_target_set(hba->adapter, index, target);
	if (err)
		return err;
	err = hba_flashnode_add(hba, index, target);
	if (!err)
		return index;
	/* Nobody would see it, nor know of it. */
	if (ohba_target_delete(hba->adapter, index))
		dev_err(hba->adapter->dev,
			"flashnode %d is the adapter's now and cannot be shown: restart the adapter, and delete it\n",
			index);
	return err;
}

static int hba_flashnode_new_of(struct hba *hba, bool v6)
{
	struct ohba_target *target = kmalloc(sizeof(*target), GFP_NOIO);
	int index;

	if (!target)
		return -ENOMEM;
	hba_flash_defaults(hba, target, v6);
	mutex_lock(&hba->flash_mutex);
	index = hba_flashnode_new(hba, target);
	mutex_unlock(&hba->flash_mutex);
	kfree(target);
	return index;
}

/* The class makes -EIO of what this returns: the log has to say it. */
int hba_new_flashnode(struct Scsi_Host *shost, const char *buf, int len)
{
	struct hba *hba = hba_of(shost);
	int index;

	if (!hba_owns(shost) || !hba_flashnode_max(hba))
		return -EOPNOTSUPP;
	if (len < 4 || (memcmp(buf, "ipv4", 4) && memcmp(buf, "ipv6", 4))) {
		dev_err_ratelimited(hba->adapter->dev,
				    "a new flashnode's portal_type must be ipv4 or ipv6\n");
		return -EINVAL;
	}
	index = hba_flashnode_new_of(hba, buf[3] == '6');
	if (index == -ENOSPC)
		dev_err_ratelimited(hba->adapter->dev,
				    "all %u flashnodes are in use: delete one\n",
				    hba_flashnode_max(hba));
	else if (index < 0)
		dev_err_ratelimited(hba->adapter->dev,
				    "no flashnode could be made (%d)\n", index);
	return index;
}

int hba_del_flashnode(struct iscsi_bus_flash_session *cls)
{
	struct hba *hba = hba_of_flashnode(cls);
	u32 index = cls->target_id;
	int err = -ENODEV;

	if (!hba)
		return -EINVAL;
	mutex_lock(&hba->flash_mutex);
	if (hba_flashnode_of(hba, cls))
		err = ohba_target_delete(hba->adapter, index);
	if (!err || err == -ENOENT) {
		hba_flashnode_drop(hba, index);
		err = 0;
	}
	mutex_unlock(&hba->flash_mutex);
	return err;
}

/* What it is from now on in the adapter, and then here. */
static int hba_flashnode_store(struct hba *hba, u32 index,
			       const struct ohba_target *target)
{
	int err = ohba_target_set(hba->adapter, index, target);

	if (err)
		return err;
	hba_target_changed(hba, index, target);
	return hba_flashnode_put(hba, index, target);
}

static int hba_flashnode_change(struct hba *hba, struct hba_flashnode *node,
				struct hba_flash_request *request, void *data,
				u32 len)
{
	u32 index = node->cls->target_id;
	int err;

	request->target = node->target;
	err = hba_flash_take(hba, index, request, data, len) ?:
	      hba_chap_settle(hba, index, request);
	return err ?: hba_flashnode_store(hba, index, &request->target);
}

/* All of it is right, or nothing changes. */
int hba_set_flashnode_param(struct iscsi_bus_flash_session *cls,
			    struct iscsi_bus_flash_conn *conn, void *data, int len)
{
	struct hba *hba = hba_of_flashnode(cls);
	struct hba_flash_request *request;
	struct hba_flashnode *node;
	int err = -ENODEV;

	if (!hba)
		return -EINVAL;
	request = kmalloc(sizeof(*request), GFP_NOIO);
	if (!request)
		return -ENOMEM;
	request->chap = -1;
	request->bidi = -1;
	request->out = -1;
	request->in = -1;
	mutex_lock(&hba->flash_mutex);
	node = hba_flashnode_of(hba, cls);
	if (node)
		err = hba_flashnode_change(hba, node, request, data, len);
	mutex_unlock(&hba->flash_mutex);
	kfree(request);
	return err;
}

/* From a file of @cls's own. Without flash_mutex: the files are waited for under it. */
int hba_get_flashnode_param(struct iscsi_bus_flash_session *cls, int param,
			    char *buf)
{
	struct hba *hba = hba_of_flashnode(cls);
	const struct hba_flash_row *row = hba_flash_row(param);
	struct hba_flashnode *node;
	ssize_t ret = -ENODEV;

	if (row && row->ask)
		return row->ask(hba, cls->target_id, row, buf);
	if (!row || !row->show)
		return -EOPNOTSUPP;
	spin_lock(&hba->flash_lock);
	node = hba->flashnodes[cls->target_id];
	if (node)
		ret = row->show(row, &node->target, buf);
	spin_unlock(&hba->flash_lock);
	return ret;
}

bool hba_flashnode_is_at(struct hba *hba, u32 index, u8 family, const u8 *addr)
{
	struct hba_flashnode *node;
	bool at;

	spin_lock(&hba->flash_lock);
	node = hba->flashnodes[index];
	at = node && node->target.family == family &&
	     !memcmp(node->target.addr, addr, sizeof(node->target.addr));
	spin_unlock(&hba->flash_lock);
	return at;
}

/* --- one field: none of the class's parameters ----------------------------- */

/* As hba_get_flashnode_param(). Return: zero of an entry that is gone. */
u32 hba_flashnode_peek(struct iscsi_bus_flash_session *cls,
		       u32 (*get)(const struct ohba_target *target))
{
	struct hba *hba = hba_of_flashnode(cls);
	struct hba_flashnode *node;
	u32 value;

	spin_lock(&hba->flash_lock);
	node = hba->flashnodes[cls->target_id];
	value = node ? get(&node->target) : 0;
	spin_unlock(&hba->flash_lock);
	return value;
}

static int hba_flashnode_set(struct hba *hba, struct hba_flashnode *node,
			     void (*set)(struct ohba_target *target, u32 value),
			     u32 value)
{
	struct ohba_target *target = kmemdup(&node->target, sizeof(*target), GFP_NOIO);
	u32 index = node->cls->target_id;
	int err;

	if (!target)
		return -ENOMEM;
	set(target, value);
	err = hba_flashnode_store(hba, index, target);
	kfree(target);
	return err;
}

/*
 * From a file of @cls's own, so its transport is ours; requests by number (above) may name
 * anybody's. Who has flash_mutex may wait for us: we do not wait for it.
 */
int hba_flashnode_poke(struct iscsi_bus_flash_session *cls,
		       void (*set)(struct ohba_target *target, u32 value), u32 value)
{
	struct hba *hba = hba_of_flashnode(cls);
	struct hba_flashnode *node;
	int err = -ENODEV;

	if (!mutex_trylock(&hba->flash_mutex)) {
		msleep(5);	/* restart_syscall() comes back at once: do not spin meanwhile */
		return restart_syscall();
	}
	node = hba_flashnode_of(hba, cls);
	if (node)
		err = hba_flashnode_set(hba, node, set, value);
	mutex_unlock(&hba->flash_mutex);
	return err;
}

/* --- sessions ------------------------------------------------------------ */

static int hba_flashnode_ask(struct iscsi_bus_flash_session *cls,
			     int (*ask)(struct hba *hba, u32 index))
{
	struct hba *hba = hba_of_flashnode(cls);
	bool found;

	if (!hba)
		return -EINVAL;
	/* It must not be held while the target is talked to. */
	mutex_lock(&hba->flash_mutex);
	found = hba_flashnode_of(hba, cls);
	mutex_unlock(&hba->flash_mutex);
	return found ? ask(hba, cls->target_id) : -ENODEV;
}

int hba_login_flashnode(struct iscsi_bus_flash_session *cls,
			struct iscsi_bus_flash_conn *conn)
{
	return hba_flashnode_ask(cls, hba_target_login);
}

int hba_logout_flashnode(struct iscsi_bus_flash_session *cls,
			 struct iscsi_bus_flash_conn *conn)
{
	return hba_flashnode_ask(cls, hba_target_logout);
}

/* The class takes the session's number alone: it may be of any transport, or host. */
int hba_logout_flashnode_sid(struct iscsi_cls_session *cls)
{
	struct hba_session *session;
	int index;

	if (cls->transport != &hba_transport)
		return -EINVAL;
	session = hba_session_of(cls);
	/* It may not be filled in yet. Pairs with hba_session_init(). */
	if (!smp_load_acquire(&session->iscsi))
		return -EINVAL;
	index = hba_session_target(session);
	return index < 0 ? -EINVAL : hba_target_logout(session->hba, index);
}

/* --- life ---------------------------------------------------------------- */

void hba_flashnodes_init(struct hba *hba)
{
	mutex_init(&hba->flash_mutex);
	spin_lock_init(&hba->flash_lock);
	INIT_DELAYED_WORK(&hba->flash_load, hba_flashnodes_work);
	hba->flash_known = -1;
}

int hba_flashnodes_alloc(struct hba *hba)
{
	if (!hba_flashnode_max(hba))
		return 0;
	hba->flashnodes = kvcalloc(hba_flashnode_max(hba),
				   sizeof(*hba->flashnodes), GFP_KERNEL);
	return hba->flashnodes ? hba_flash_index_alloc(hba) : -ENOMEM;
}

/* The host is there: entries may be shown. */
void hba_flashnodes_open(struct hba *hba)
{
	mutex_lock(&hba->flash_mutex);
	hba->flash_open = hba->flashnodes;
	mutex_unlock(&hba->flash_mutex);
}

/* The host is there, or the adapter was started again. What fails is said. */
void hba_flashnodes_start(struct hba *hba)
{
	if (!hba->flashnodes)
		return;
	atomic_inc(&hba->flash_starts);
	mod_delayed_work(system_unbound_wq, &hba->flash_load, 0);
}

/* initiator.c, too, reads a record before it writes it. */
void hba_kept_begin(void *priv)
{
	struct hba *hba = priv;

	mutex_lock(&hba->initiator_mutex);
	mutex_lock(&hba->flash_mutex);
}

static void hba_kept_reload(struct hba *hba, u32 index)
{
	struct ohba_target *target;

	/* Before the host is there it will be read anyway. */
	if (!hba->flash_open || hba->flash_gone || index >= hba_flashnode_max(hba))
		return;
	target = kmalloc(sizeof(*target), GFP_NOIO);
	if (!target || hba_flashnode_load(hba, index, target))
		hba_flashnodes_start(hba);
	kfree(target);
}

void hba_kept_end(void *priv, bool is_target, u32 index)
{
	struct hba *hba = priv;

	if (is_target)
		hba_kept_reload(hba, index);
	else if (hba->flash_open && !hba->flash_gone)
		hba_targets_ask_initiator(hba->targets);
	mutex_unlock(&hba->flash_mutex);
	mutex_unlock(&hba->initiator_mutex);
}

/*
 * All of it was erased, or may have been. Before the host is there it will be read anyway. Who
 * changes an entry next must not find it as it was, and set it again.
 */
void hba_kept_changed(void *priv)
{
	struct hba *hba = priv;

	mutex_lock(&hba->flash_mutex);
	if (hba->flash_open && !hba->flash_gone) {
		hba_targets_ask_initiator(hba->targets);
		hba_flashnodes_start(hba);
	}
	mutex_unlock(&hba->flash_mutex);
	flush_delayed_work(&hba->flash_load);
}

void hba_flashnodes_destroy(struct hba *hba)
{
	u32 index;

	mutex_lock(&hba->flash_mutex);
	hba->flash_gone = true;
	mutex_unlock(&hba->flash_mutex);
	cancel_delayed_work_sync(&hba->flash_load);
	mutex_lock(&hba->flash_mutex);
	for (index = 0; hba->flashnodes && index < hba_flashnode_max(hba); index++)
		hba_flashnode_drop(hba, index);
	mutex_unlock(&hba->flash_mutex);
}

void hba_flashnodes_flush(struct hba *hba)
{
	cancel_delayed_work_sync(&hba->flash_load);
	hba_flash_index_release(hba);
	kvfree(hba->flashnodes);
}

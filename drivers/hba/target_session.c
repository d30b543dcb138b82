// SPDX-License-Identifier: GPL-2.0-only
/* The class's sessions of targets that the adapter has sessions with by itself. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "target.h"

#define HBA_TARGET_TASKS	16	/* none is used; iscsi_session_setup() insists */
#define HBA_ABORT_S		15	/* for TMFs, as open-iscsi's own sessions have it */
#define HBA_RESET_S		30
#define HBA_ASK_AGAIN_MS	100	/* if memory is short */

/* --- attributes ---------------------------------------------------------- */

static struct hba_target *hba_target_of_dev(struct device *dev)
{
	return hba_session_of(iscsi_dev_to_session(dev))->target;
}

static ssize_t dev_loss_tmo_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  READ_ONCE(hba_target_of_dev(dev)->dev_loss_tmo));
}

static ssize_t dev_loss_tmo_store(struct device *dev,
				  struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct hba_target *target = hba_target_of_dev(dev);
	int seconds;
	int err;

	err = hba_parse_dev_loss_tmo(buf, &seconds);
	if (err) {
		dev_err_ratelimited(target->hba->adapter->dev,
				    "dev_loss_tmo of target %u must be " HBA_DEV_LOSS_VALID "\n",
				    target->index);
		return err;
	}
	spin_lock_bh(&target->hba->targets->lock);
	WRITE_ONCE(target->dev_loss_tmo, seconds);
	spin_unlock_bh(&target->hba->targets->lock);
	hba_target_poll_now(target);
	return count;
}
static DEVICE_ATTR_RW(dev_loss_tmo);

/* What libiscsi shows of a connection comes from iscsid, but for sessions of the adapter's. */
int hba_target_conn_param(struct hba_target *target, enum iscsi_param param,
			  char *buf)
{
	struct sockaddr_storage portal;

	spin_lock(&target->show_lock);
	portal = target->portal;
	spin_unlock(&target->show_lock);
	if (!portal.ss_family)
		return -ENOTCONN;
	return iscsi_conn_get_addr_param(&portal,
					 param == ISCSI_PARAM_PERSISTENT_PORT ?
					 ISCSI_PARAM_CONN_PORT :
					 ISCSI_PARAM_CONN_ADDRESS, buf);
}

/* libiscsi would not wait for a new one to be in its place. */
ssize_t hba_target_initiator(struct hba_target *target, const struct iscsi_session *iscsi,
			     char *buf)
{
	ssize_t ret;

	spin_lock(&target->show_lock);
	ret = sysfs_emit(buf, "%s\n", iscsi->initiatorname ?: "");
	spin_unlock(&target->show_lock);
	return ret;
}

/* --- creation ------------------------------------------------------------ */

static int hba_target_create_conn(struct hba_target *target)
{
	struct iscsi_session *iscsi = target->session->iscsi;

	iscsi->targetname = kstrdup(target->name, GFP_NOIO);
	if (!iscsi->targetname)
		return -ENOMEM;
	iscsi->pdu_inorder_en = 1;
	iscsi->dataseq_inorder_en = 1;
	target->session->has_conn = true;
	target->conn = iscsi_conn_setup(target->cls, sizeof(struct hba_conn), 0);
	if (!target->conn)
		return -ENOMEM;
	if (device_create_file(&target->cls->dev, &dev_attr_dev_loss_tmo))
		dev_warn(target->hba->adapter->dev,
			 "target %u: no room for dev_loss_tmo in sysfs: it stays as it is\n",
			 target->index);
	return 0;
}

/**
 * hba_target_create() - the class's session
 * @target: it has none; the caller holds its lock
 *
 * Nobody created it but the kernel: so says its creator, and iscsid leaves it alone.
 *
 * Context: process, may sleep. Return: 0, or -ENOMEM: then @target->cls, if it is not NULL,
 * is to end.
 */
int hba_target_create(struct hba_target *target)
{
	struct hba *hba = target->hba;
	struct iscsi_cls_session *cls;
	struct hba_session *session;

	cls = iscsi_session_setup(&hba_transport, hba->shost, HBA_TARGET_TASKS,
				  sizeof(struct hba_session),
				  sizeof(struct hba_pdu), 1,
				  HBA_TARGET_ID_BASE + target->index);
	if (!cls)
		return -ENOMEM;
	/* It is no reason to keep the driver, which ends it itself. */
	module_put(THIS_MODULE);
	session = hba_session_of(cls);
	session->target = target;
	hba_session_init(session, hba, cls->dd_data, 0);
	target->cls = cls;
	target->ended = false;
	spin_lock_bh(&hba->targets->lock);
	target->session = session;
	spin_unlock_bh(&hba->targets->lock);
	return hba_target_create_conn(target);
}

/* --- in and out of service ----------------------------------------------- */

/* With each login it may be another. It is shown only: without memory that of before is. */
static void hba_target_fill_initiator(struct hba_target *target,
				      struct iscsi_session *iscsi)
{
	struct hba_targets *targets = target->hba->targets;
	char name[OHBA_NAME_LEN];
	char *new, *old;

	spin_lock_bh(&targets->lock);
	memcpy(name, targets->initiator, sizeof(name));
	spin_unlock_bh(&targets->lock);
	new = *name ? kstrdup(name, GFP_NOIO) : NULL;
	if (!new)
		return;
	spin_lock(&target->show_lock);
	old = iscsi->initiatorname;
	iscsi->initiatorname = new;
	spin_unlock(&target->show_lock);
	kfree(old);
}

static void hba_target_fill_session(struct hba_target *target,
				    struct iscsi_session *iscsi)
{
	const struct ohba_session_params *p = &target->reported.params;
	u16 flags = le16_to_cpu(p->flags);

	iscsi->tpgt = le16_to_cpu(target->reported.tpgt);
	memcpy(iscsi->isid, target->reported.isid, sizeof(iscsi->isid));
	iscsi->initial_r2t_en = !!(flags & OHBA_SESSION_INITIAL_R2T);
	iscsi->imm_data_en = !!(flags & OHBA_SESSION_IMMEDIATE_DATA);
	iscsi->max_r2t = le16_to_cpu(p->max_r2t);
	iscsi->max_burst = le32_to_cpu(p->max_burst);
	iscsi->first_burst = le32_to_cpu(p->first_burst);
	target->session->data_digest = flags & OHBA_SESSION_DATA_DIGEST;
}

/* They may change while it is up. */
static void hba_target_fill_timers(struct hba_target *target, struct iscsi_conn *conn)
{
	const struct ohba_session_timers *timers = &target->reported.params.timers;
	struct iscsi_session *iscsi = conn->session;
	struct hba_conn *hconn = conn->dd_data;
	u32 tmf_s = READ_ONCE(target->tmf_s);

	/* Error handling may be reading them: each alone is good at any time. */
	WRITE_ONCE(iscsi->abort_timeout, tmf_s ?: HBA_ABORT_S);
	WRITE_ONCE(iscsi->lu_reset_timeout, tmf_s ?: HBA_RESET_S);
	WRITE_ONCE(iscsi->tgt_reset_timeout, tmf_s ?: HBA_RESET_S);

	hconn->recv_s = le32_to_cpu(timers->nop_interval_ms) / MSEC_PER_SEC;
	hconn->ping_s = le32_to_cpu(timers->nop_timeout_ms) / MSEC_PER_SEC;
}

static void hba_target_fill_conn(struct hba_target *target,
				 struct iscsi_conn *conn)
{
	const struct ohba_session_params *p = &target->reported.params;
	u16 flags = le16_to_cpu(p->flags);

	conn->max_recv_dlength = le32_to_cpu(p->max_recv_dsl);
	conn->max_xmit_dlength = le32_to_cpu(p->max_xmit_dsl);
	conn->hdrdgst_en = !!(flags & OHBA_SESSION_HDR_DIGEST);
	conn->datadgst_en = !!(flags & OHBA_SESSION_DATA_DIGEST);
}

/*
 * Unless the adapter was down since it told of the session, which then is none, or error
 * handling waits for its end.
 */
static void hba_target_ready(struct hba_target *target, u32 epoch)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (epoch == targets->epoch && !target->failing &&
	    !hba_session_is_ready(target->session))
		hba_session_ready(target->session, NULL, target->handle);
	spin_unlock_bh(&targets->lock);
}

/*
 * What hba_await_login() waits for is the login after this. With @failing under the same
 * lock: that of one that is up already cannot be taken for it, nor this one undone by it.
 */
void hba_target_not_logged_in(struct hba_target *target)
{
	struct iscsi_session *iscsi = target->session->iscsi;

	lockdep_assert_held(&target->hba->targets->lock);
	spin_lock(&iscsi->frwd_lock);
	if (iscsi->state == ISCSI_STATE_LOGGED_IN)
		WRITE_ONCE(iscsi->state, ISCSI_STATE_FAILED);
	spin_unlock(&iscsi->frwd_lock);
}

/* Error handling gave it up before it was LOGGED_IN: it ends, and then there is another. */
static void hba_target_started(struct hba_target *target)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (target->failing)
		hba_target_not_logged_in(target);
	spin_unlock_bh(&targets->lock);
}

/* Commands flow. @portal NULL: again, as before. The caller holds @target's lock. */
void hba_target_start(struct hba_target *target, u32 epoch,
		      const struct sockaddr_storage *portal)
{
	struct iscsi_conn *conn = target->conn->dd_data;

	if (portal) {
		spin_lock(&target->show_lock);
		target->portal = *portal;
		spin_unlock(&target->show_lock);
		hba_target_fill_initiator(target, conn->session);
		hba_target_fill_session(target, conn->session);
		hba_target_fill_conn(target, conn);
	}
	hba_target_fill_timers(target, conn);
	hba_target_ready(target, epoch);
	if (!portal)
		return;
	WRITE_ONCE(target->conn->state, ISCSI_CONN_UP);
	if (iscsi_conn_start(target->conn))
		dev_err(target->hba->adapter->dev,
			"target %u: libiscsi does not start its session: report it\n",
			target->index);
	hba_target_started(target);
	queue_work(target->hba->targets->scan_wq, &target->cls->scan_work);
}

/* They wait, until recovery_tmo. Nothing if it is so already. */
void hba_target_stop(struct hba_target *target)
{
	hba_session_unready(target->session, HBA_SESSION_EV_LOST);
	WRITE_ONCE(target->conn->state, ISCSI_CONN_FAILED);
	hba_session_stop(target->session, target->conn, STOP_CONN_RECOVER);
}

/* What waits need not any longer, as after recovery_tmo. */
void hba_target_fail_io(struct hba_target *target)
{
	struct iscsi_cls_session *cls = target->cls;

	flush_work(&cls->block_work);
	mod_delayed_work(cls->workq, &cls->recovery_work, 0);
	flush_delayed_work(&cls->recovery_work);
}

/* --- the end ------------------------------------------------------------- */

/* A scan that is under way is over; the next one comes when the session is UP. */
static void hba_target_await_scan(struct hba_target *target)
{
	struct iscsi_cls_host *host = target->hba->shost->shost_data;

	mutex_lock(&host->mutex);
	mutex_unlock(&host->mutex);
}

/* Its devices go, and it stays. Waits for I/O, which fails. */
void hba_target_strip(struct hba_target *target)
{
	hba_target_await_scan(target);
	scsi_remove_target(&target->cls->dev);
}

/* Its devices go for good. Waits for I/O, which a session that is UP still serves. */
void hba_target_unbind(struct hba_target *target)
{
	struct iscsi_cls_session *cls = target->cls;

	queue_work(cls->workq, &cls->unbind_work);
	flush_work(&cls->unbind_work);
	/* The class would wait under its lock, for the scans of others that are before. */
	cancel_work_sync(&cls->scan_work);
}

/* Nothing of the session's memory is the device's any more. */
static void hba_target_await_tmf(struct hba_session *session)
{
	if (hba_tmf_await(session, HBA_CLOSE_TIMEOUT_MS))
		return;
	ohba_kill_over(session->hba->adapter, &session->tmf,
		       "the firmware did not answer a task management function");
	hba_tmf_await(session, HBA_CLOSE_TIMEOUT_MS);
}

/* Who looks at @target, or hears of it, does not touch its session any more. */
static void hba_target_disown(struct hba_target *target)
{
	struct hba_targets *targets = target->hba->targets;
	struct iscsi_session *iscsi = target->session->iscsi;

	mutex_lock(&target->lock);
	target->handle = 0;
	hba_session_unready(target->session, HBA_SESSION_EV_END);
	spin_lock_bh(&iscsi->frwd_lock);
	iscsi->state = ISCSI_STATE_TERMINATE;
	spin_unlock_bh(&iscsi->frwd_lock);
	wake_up(&iscsi->ehwait);
	spin_lock_bh(&targets->lock);
	target->session = NULL;
	spin_unlock_bh(&targets->lock);
	mutex_unlock(&target->lock);
}

/* As the class would have it done. */
static void hba_target_end_directly(struct hba_target *target)
{
	if (target->conn)
		hba_destroy_conn(target->conn);
	hba_destroy_session(target->cls);
}

/*
 * Somebody asked for its end while it had no connection: then the class knows it no more,
 * and what it does by a work of its own we refuse until the session is to end. After that
 * work nobody else ends it.
 */
static void hba_target_end_unknown(struct hba_target *target)
{
	hba_class_wait();
	flush_work(&target->cls->destroy_work);
	if (!READ_ONCE(target->ended))
		hba_destroy_session(target->cls);
}

/*
 * Of a module that is being unloaded the class asks nothing; but then nobody's request
 * is under way either, as that would keep the module. Return: whether it has ended.
 */
static bool hba_target_ask_end(struct hba_target *target, u32 sid)
{
	struct iscsi_uevent ev = {
		.type = ISCSI_UEVENT_DESTROY_CONN,
		.u.d_conn.sid = sid,
	};
	int conn_err, err;

	if (!try_module_get(THIS_MODULE)) {
		hba_target_end_directly(target);
		return true;
	}
	conn_err = hba_class_ask(&ev);
	memset(&ev, 0, sizeof(ev));
	ev.type = ISCSI_UEVENT_DESTROY_SESSION;
	ev.u.d_session.sid = sid;
	err = hba_class_ask(&ev);
	/* Its connection is gone by now, or before. */
	if (err == -EINVAL && (!conn_err || conn_err == -EINVAL))
		hba_target_end_unknown(target);
	module_put(THIS_MODULE);
	return READ_ONCE(target->ended);
}

/**
 * hba_target_end() - the end of the class's session
 * @target: its devices are gone
 *
 * By requests, as the daemon would make them: so that nobody who found it is still at it.
 *
 * Context: process, may sleep; holds nothing.
 */
void hba_target_end(struct hba_target *target)
{
	struct hba_session *session = target->session;
	struct iscsi_cls_session *cls = target->cls;
	u32 sid = cls->sid;

	get_device(&cls->dev);
	hba_target_disown(target);
	hba_target_await_tmf(session);
	/* What was asked for before it had a connection is refused, not done under it. */
	flush_work(&cls->destroy_work);
	WRITE_ONCE(session->ending, true);
	while (!hba_target_ask_end(target, sid))
		msleep(HBA_ASK_AGAIN_MS);
	put_device(&cls->dev);
}

/* Context: a request of the class. */
void hba_target_destroy(struct iscsi_cls_session *cls)
{
	struct hba_target *target = hba_session_of(cls)->target;

	__module_get(THIS_MODULE);
	iscsi_session_teardown(cls);
	WRITE_ONCE(target->ended, true);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* libiscsi: sessions and their tasks, parameters, PDUs (iscsi.h). */
#include "shim.h"

#include <arpa/inet.h>

unsigned int shim_pdus;
u8 shim_pdu_opcode;
struct iscsi_cls_session *shim_sessions;
u32 shim_next_sid;

/* --- sessions and connections --------------------------------------------------------- */

static bool session_tasks_alloc(struct iscsi_session *session, unsigned int n, int task_size)
{
	unsigned int i;

	session->tasks = kcalloc(n, sizeof(*session->tasks), GFP_KERNEL);
	if (!session->tasks)
		return false;
	session->ntasks = n;
	for (i = 0; i < n; i++) {
		session->tasks[i].itt = cpu_to_be32(i);
		session->tasks[i].dd_data = kzalloc(task_size, GFP_KERNEL);
		if (!session->tasks[i].dd_data)
			return false;
	}
	return true;
}

static void session_free(struct iscsi_cls_session *cls)
{
	struct iscsi_session *session = cls->dd_data;
	unsigned int i;

	for (i = 0; session && i < session->ntasks; i++) {
		shim_check(!session->tasks[i].refcount.refs, "a session ends, its task does not");
		kfree(session->tasks[i].dd_data);
	}
	if (session) {
		kfree(session->targetname);
		kfree(session->initiatorname);
		kfree(session->tasks);
	}
	kfree(session);
	kfree(cls);
}

void shim_session_put(struct iscsi_cls_session *cls)
{
	if (!--cls->refs)
		session_free(cls);
}

static void host_count(struct Scsi_Host *shost, int more)
{
	struct iscsi_host *ihost = shost_priv(shost);

	spin_lock(&ihost->lock);
	ihost->num_sessions += more;
	if (!ihost->num_sessions)
		wake_up(&ihost->session_removal_wq);
	spin_unlock(&ihost->lock);
}

/* --- what the class has done by works, of sessions that the kernel created ----------- */

static void block_work(struct work_struct *work)
{
	struct iscsi_cls_session *cls = container_of(work, struct iscsi_cls_session, block_work);

	cls->state = ISCSI_SESSION_FAILED;
	if (cls->recovery_tmo >= 0)
		queue_delayed_work(cls->workq, &cls->recovery_work, cls->recovery_tmo * HZ);
}

static void recovery_work(struct work_struct *work)
{
	struct iscsi_cls_session *cls = container_of(to_delayed_work(work),
						     struct iscsi_cls_session, recovery_work);

	if (cls->state != ISCSI_SESSION_FAILED)
		return;
	cls->state = ISCSI_SESSION_FREE;
	shim_transport->session_recovery_timedout(cls);
}

void scsi_remove_target(struct device *dev)
{
	struct iscsi_cls_session *cls = container_of(dev, struct iscsi_cls_session, dev);
	u64 end = shim_now_us + 15000000;

	/*
	 * Who blocked it may be about to fail it, as soon as the adapter's silence is one: it
	 * goes on then. For a timeout of the class nobody waits.
	 */
	while (cls->state == ISCSI_SESSION_FAILED && shim_now_us < end)
		shim_sleep_us(1000);
	shim_check(cls->state != ISCSI_SESSION_FAILED, "devices go whose I/O waits for a login");
	shim_scsi_drain(((struct iscsi_session *)cls->dd_data)->dd_data);
	cls->devices = false;
}

static void unbind_work(struct work_struct *work)
{
	struct iscsi_cls_session *cls = container_of(work, struct iscsi_cls_session, unbind_work);
	struct iscsi_cls_host *ihost = cls->shost->shost_data;

	mutex_lock(&ihost->mutex);
	cls->target_id = ISCSI_MAX_TARGET;
	mutex_unlock(&ihost->mutex);
	scsi_remove_target(&cls->dev);
}

static void scan_work(struct work_struct *work)
{
	struct iscsi_cls_session *cls = container_of(work, struct iscsi_cls_session, scan_work);
	struct iscsi_cls_host *ihost = cls->shost->shost_data;

	mutex_lock(&ihost->mutex);
	if (cls->state == ISCSI_SESSION_LOGGED_IN && cls->target_id != (unsigned int)ISCSI_MAX_TARGET) {
		cls->scans++;
		cls->devices = true;
	}
	mutex_unlock(&ihost->mutex);
}

static void works_init(struct iscsi_cls_session *cls)
{
	INIT_WORK(&cls->block_work, block_work);
	INIT_WORK(&cls->unbind_work, unbind_work);
	INIT_WORK(&cls->scan_work, scan_work);
	INIT_DELAYED_WORK(&cls->recovery_work, recovery_work);
}

static void works_end(struct iscsi_cls_session *cls)
{
	cancel_work_sync(&cls->block_work);
	cancel_delayed_work_sync(&cls->recovery_work);
	cls->state = ISCSI_SESSION_FREE;
	flush_work(&cls->scan_work);
	flush_work(&cls->unbind_work);
}

static void destroy_work(struct work_struct *work)
{
	shim_transport->destroy_session(container_of(work, struct iscsi_cls_session,
						     destroy_work));
}

struct iscsi_cls_session *iscsi_session_setup(struct iscsi_transport *tt,
					      struct Scsi_Host *shost, u16 cmds_max,
					      int dd_size, int task_size, u32 cmdsn,
					      unsigned int id)
{
	struct iscsi_cls_session *cls = kzalloc(sizeof(*cls), GFP_KERNEL);
	struct iscsi_session *session;

	if (!cls)
		return NULL;
	cls->dd_data = session = kzalloc(sizeof(*session) + dd_size, GFP_KERNEL);
	if (!session || !session_tasks_alloc(session, cmds_max, task_size)) {
		session_free(cls);
		return NULL;
	}
	session->dd_data = session + 1;
	session->cls_session = cls;
	session->tt = tt;
	session->cmdsn = cmdsn;
	session->state = ISCSI_STATE_FREE;
	session->abort_timeout = 15;
	session->lu_reset_timeout = 30;
	session->tgt_reset_timeout = 30;
	cls->shost = shost;
	cls->transport = tt;
	cls->sid = ++shim_next_sid;
	cls->recovery_tmo = 120;
	cls->creator = -1;
	cls->target_id = id;
	works_init(cls);
	shim_module_refs++;
	cls->dev.is_session = true;
	cls->target.dev.parent = &cls->dev;
	cls->refs = 1;
	cls->listed = true;
	INIT_WORK(&cls->destroy_work, destroy_work);
	host_count(shost, 1);
	cls->next = shim_sessions;
	shim_sessions = cls;
	return cls;
}

void iscsi_session_teardown(struct iscsi_cls_session *cls)
{
	struct Scsi_Host *shost = cls->shost;
	struct iscsi_cls_session **link;

	for (link = &shim_sessions; *link != cls; link = &(*link)->next)
		shim_check(*link, "a session is torn down that is none");
	works_end(cls);
	shim_scsi_drain(((struct iscsi_session *)cls->dd_data)->dd_data);
	for (link = &shim_sessions; *link != cls; link = &(*link)->next)
		;
	*link = cls->next;
	shim_module_refs--;
	shim_session_put(cls);
	host_count(shost, -1);
}

struct iscsi_cls_conn *iscsi_conn_setup(struct iscsi_cls_session *cls_session, int dd_size,
					u32 cid)
{
	struct iscsi_cls_conn *cls = kzalloc(sizeof(*cls), GFP_KERNEL);
	struct iscsi_session *session = cls_session->dd_data;
	struct iscsi_conn *conn = kzalloc(sizeof(*conn) + dd_size, GFP_KERNEL);

	if (!cls || !conn) {
		kfree(cls);
		kfree(conn);
		return NULL;
	}
	mutex_init(&cls->ep_mutex);
	cls->dd_data = conn;
	cls->session = cls_session;
	cls->cid = cid;
	conn->dd_data = conn + 1;
	conn->cls_conn = cls;
	conn->session = session;
	cls->state = ISCSI_CONN_DOWN;
	session->conn = conn;
	return cls;
}

void iscsi_conn_teardown(struct iscsi_cls_conn *cls)
{
	struct iscsi_conn *conn = cls->dd_data;

	conn->session->leadconn = conn->session->conn = NULL;
	conn->session->state = ISCSI_STATE_TERMINATE;
	wake_up(&conn->session->ehwait);
	kfree(conn);
	kfree(cls);
}

int iscsi_conn_bind(struct iscsi_cls_session *s, struct iscsi_cls_conn *cls, int leading)
{
	(void)leading;
	if (!shim_alloc_allowed(0))
		return -EINVAL;
	((struct iscsi_session *)s->dd_data)->leadconn = cls->dd_data;
	return 0;
}

struct iscsi_session *shim_session_of(struct iscsi_cls_conn *cls)
{
	return ((struct iscsi_conn *)cls->dd_data)->session;
}

void shim_set_state(struct iscsi_session *session, int state)
{
	session->state = state;
	wake_up(&session->ehwait);
}

void iscsi_conn_unbind(struct iscsi_cls_conn *cls, bool is_active)
{
	if (!is_active && shim_session_of(cls)->state == ISCSI_STATE_LOGGED_IN)
		shim_set_state(shim_session_of(cls), ISCSI_STATE_FAILED);
}

void (*shim_before_start)(void);

int iscsi_conn_start(struct iscsi_cls_conn *cls)
{
	unsigned int i;

	if (!shim_alloc_allowed(0))
		return -EINVAL;
	if (shim_before_start)
		shim_before_start();
	((struct iscsi_conn *)cls->dd_data)->stop_stage = 0;
	shim_set_state(shim_session_of(cls), ISCSI_STATE_LOGGED_IN);
	/* To unblock it is a work of the class's, which this waits for. */
	for (i = 0; i < 8; i++)
		shim_yield();
	cancel_work_sync(&cls->session->block_work);
	cancel_delayed_work_sync(&cls->session->recovery_work);
	cls->session->state = ISCSI_SESSION_LOGGED_IN;
	return 0;
}

static void fail_tasks(struct iscsi_session *session)
{
	unsigned int i;

	spin_lock_bh(&session->back_lock);
	for (i = 0; i < session->ntasks; i++) {
		struct iscsi_task *task = &session->tasks[i];

		if (task->state != ISCSI_TASK_RUNNING)
			continue;
		task->state = ISCSI_TASK_COMPLETED;
		__iscsi_put_task(task);
	}
	spin_unlock_bh(&session->back_lock);
}

void iscsi_conn_stop(struct iscsi_cls_conn *cls, int flag)
{
	bool recover = flag == STOP_CONN_RECOVER;
	struct iscsi_conn *conn = cls->dd_data;

	if (cls->session->creator == -1 && recover) {
		if (conn->stop_stage == STOP_CONN_RECOVER)
			return;
		conn->stop_stage = flag;
		shim_set_state(conn->session, ISCSI_STATE_IN_RECOVERY);
		queue_work(cls->session->workq, &cls->session->block_work);
		return;
	}
	shim_set_state(shim_session_of(cls), recover ? ISCSI_STATE_IN_RECOVERY : ISCSI_STATE_TERMINATE);
	cls->session->state = recover ? ISCSI_SESSION_FAILED : ISCSI_SESSION_FREE;
	fail_tasks(shim_session_of(cls));
}

/* --- parameters ------------------------------------------------------------------------------ */

int iscsi_set_param(struct iscsi_cls_conn *cls, enum iscsi_param p, char *buf, int len)
{
	struct iscsi_conn *conn = cls->dd_data;
	unsigned int n;

	(void)len;
	if (kstrtouint(buf, 0, &n))
		return -EINVAL;
	switch (p) {
	case ISCSI_PARAM_MAX_RECV_DLENGTH:
		conn->max_recv_dlength = n;
		return 0;
	case ISCSI_PARAM_MAX_BURST:
		conn->session->max_burst = n;
		return 0;
	case ISCSI_PARAM_MAX_R2T:
		conn->session->max_r2t = n;
		return 0;
	default:
		return -ENOSYS;
	}
}

int iscsi_conn_get_param(struct iscsi_cls_conn *cls, enum iscsi_param p, char *buf)
{
	struct iscsi_conn *conn = cls->dd_data;

	if (p != ISCSI_PARAM_MAX_RECV_DLENGTH)
		return -ENOSYS;
	return sysfs_emit(buf, "%u\n", conn->max_recv_dlength);
}

int iscsi_session_get_param(struct iscsi_cls_session *s, enum iscsi_param p, char *buf)
{
	(void)s;
	(void)p;
	(void)buf;
	return -ENOSYS;
}

int iscsi_conn_get_addr_param(struct sockaddr_storage *addr, enum iscsi_param p, char *buf)
{
	const struct sockaddr_in6 *in6 = (const void *)addr;
	const struct sockaddr_in *in = (const void *)addr;
	bool v6 = addr->ss_family == AF_INET6;
	char text[INET6_ADDRSTRLEN];

	if (p == ISCSI_PARAM_CONN_PORT)
		return sysfs_emit(buf, "%u\n", ntohs(v6 ? in6->sin6_port : in->sin_port));
	inet_ntop(addr->ss_family, v6 ? (const void *)&in6->sin6_addr : &in->sin_addr, text,
		  sizeof(text));
	return sysfs_emit(buf, "%s\n", text);
}

/* --- PDUs --------------------------------------------------------------------------------------- */

void __iscsi_put_task(struct iscsi_task *task)
{
	lockdep_assert_held(&task->conn->session->back_lock);
	if (!refcount_dec_and_test(&task->refcount))
		return;
	shim_transport->cleanup_task(task);
	free(task->data);
	task->data = NULL;
	task->state = ISCSI_TASK_FREE;
}

void iscsi_put_task(struct iscsi_task *task)
{
	struct iscsi_session *session = task->conn->session;

	spin_lock_bh(&session->back_lock);
	__iscsi_put_task(task);
	spin_unlock_bh(&session->back_lock);
}

static struct iscsi_task *take_task(struct iscsi_conn *conn, const char *data, u32 len)
{
	struct iscsi_session *session = conn->session;
	unsigned int i;

	for (i = 0; i < session->ntasks; i++) {
		struct iscsi_task *task = &session->tasks[i];

		if (task->refcount.refs)
			continue;
		task->refcount.refs = 1;
		task->conn = conn;
		task->state = ISCSI_TASK_PENDING;
		task->data_count = len;
		task->data = len ? malloc(len) : NULL;
		if (len)
			memcpy(task->data, data, len);
		return task;
	}
	return NULL;
}

/* As iscsi_send_mgmt_task() without a work queue of libiscsi's. */
static int send_locked(struct iscsi_conn *conn, const struct iscsi_hdr *hdr, const char *data,
		       u32 len)
{
	struct iscsi_transport *tt = conn->session->tt;
	struct iscsi_task *task = take_task(conn, data, len);
	int err;

	if (!task)
		return -EPERM;
	err = tt->alloc_pdu(task, hdr->opcode);
	if (!err) {
		shim_check(task->hdr_max >= sizeof(*hdr), "no room for a header");
		*task->hdr = *hdr;
		if (hdr->itt != RESERVED_ITT)
			task->hdr->itt = task->itt;
		task->state = ISCSI_TASK_RUNNING;
		err = tt->xmit_task(task);
	}
	if (err)
		iscsi_put_task(task);
	return err;
}

int iscsi_conn_send_pdu(struct iscsi_cls_conn *cls, struct iscsi_hdr *hdr, char *data, u32 len)
{
	struct iscsi_session *session = shim_session_of(cls);
	int err;

	/* The daemon has an answer before libiscsi, under that lock, is done with it. */
	shim_check(session->back_lock.taken > session->answered,
		   "the task of the request before may be in use still");
	spin_lock_bh(&session->frwd_lock);
	err = send_locked(cls->dd_data, hdr, data, len);
	spin_unlock_bh(&session->frwd_lock);
	return err;
}

static struct iscsi_task *find_task(struct iscsi_session *session, itt_t itt)
{
	u32 i = be32_to_cpu(itt);

	return i < session->ntasks && session->tasks[i].state == ISCSI_TASK_RUNNING ?
	       &session->tasks[i] : NULL;
}

/* A ping of the target: answered, as libiscsi does. */
static void answer_ping(struct iscsi_conn *conn, const struct iscsi_hdr *in)
{
	struct iscsi_hdr out = { .opcode = ISCSI_OP_NOOP_OUT | 0x40, .flags = 0x80,
				 .itt = RESERVED_ITT };

	memcpy(out.ttt, in->ttt, sizeof(out.ttt));
	spin_lock_bh(&conn->session->frwd_lock);
	send_locked(conn, &out, NULL, 0);
	spin_unlock_bh(&conn->session->frwd_lock);
}

static int complete_unasked(struct iscsi_conn *conn, const struct iscsi_hdr *hdr)
{
	static const u8 none[4] = { 0xff, 0xff, 0xff, 0xff };

	switch (hdr->opcode & ISCSI_OPCODE_MASK) {
	case ISCSI_OP_NOOP_IN:
		if (memcmp(hdr->ttt, none, sizeof(none)))
			answer_ping(conn, hdr);
		return 0;
	case ISCSI_OP_ASYNC_EVENT:
	case ISCSI_OP_REJECT:
		return 0;
	default:
		return ISCSI_ERR_BAD_OPCODE;
	}
}

static int complete_task(struct iscsi_conn *conn, const struct iscsi_hdr *hdr)
{
	struct iscsi_session *session = conn->session;
	struct iscsi_task *task = find_task(session, hdr->itt);

	if (!task)
		return ISCSI_ERR_BAD_ITT;
	switch (hdr->opcode & ISCSI_OPCODE_MASK) {
	case ISCSI_OP_LOGIN_RSP:
	case ISCSI_OP_TEXT_RSP:
	case ISCSI_OP_LOGOUT_RSP:
	case ISCSI_OP_NOOP_IN:
		break;
	default:
		return ISCSI_ERR_BAD_OPCODE;
	}
	spin_lock_bh(&session->back_lock);
	task->state = ISCSI_TASK_COMPLETED;
	__iscsi_put_task(task);
	session->answered = session->back_lock.taken;
	spin_unlock_bh(&session->back_lock);
	return 0;
}

int iscsi_complete_pdu(struct iscsi_conn *conn, struct iscsi_hdr *hdr, char *data, int len)
{
	int i, err;

	shim_check(shim_atomic, "iscsi_complete_pdu() with softirqs on");
	shim_check(len >= 0 && (u32)len == ntoh24(hdr->dlength), "a PDU of %d bytes says %u", len,
		   ntoh24(hdr->dlength));
	for (i = 0; i < len; i++)	/* all of it can be read */
		(void)READ_ONCE(data[i]);
	err = hdr->itt == RESERVED_ITT ? complete_unasked(conn, hdr) : complete_task(conn, hdr);
	if (err)
		return err;
	shim_pdus++;
	shim_pdu_opcode = hdr->opcode & ISCSI_OPCODE_MASK;
	return 0;
}

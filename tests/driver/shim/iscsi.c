// SPDX-License-Identifier: GPL-2.0-or-later
/* The transport class, with its socket, and a little of iscsid (iscsi.h). */
#include "shim.h"

#define EPS_MAX	64

struct iscsi_transport *shim_transport;
unsigned int shim_conn_failures, shim_pdus_before, shim_daemon_ms, shim_ifaces;
unsigned int shim_host_no;
enum iscsi_err shim_conn_error;
struct mutex shim_class_mutex;
struct net init_net;

static struct iscsi_endpoint *eps[EPS_MAX];
struct device shim_host_class_dev;

/* --- transport and host ---------------------------------------------------------- */

struct scsi_transport_template *iscsi_register_transport(struct iscsi_transport *tt)
{
	if (!shim_alloc_allowed(GFP_KERNEL))
		return NULL;
	shim_transport = tt;
	return (void *)tt;
}

void iscsi_unregister_transport(struct iscsi_transport *tt)
{
	shim_check(tt == shim_transport, "another transport is unregistered");
	shim_transport = NULL;
}

int kern_path(const char *name, unsigned int flags, struct path *path)
{
	(void)flags;
	(void)path;
	return strstr(name, "/taken") ? 0 : -ENOENT;
}

struct Scsi_Host *iscsi_host_alloc(struct scsi_host_template *t, int dd_size, bool workq)
{
	struct Scsi_Host *shost = kzalloc(sizeof(*shost) + sizeof(struct iscsi_host) + dd_size,
					  GFP_KERNEL);

	(void)workq;
	if (!shost)
		return NULL;
	shost->hostt = t;
	shost->host_no = shim_host_no;
	shost->ihost = shost + 1;
	spin_lock_init(&((struct iscsi_host *)shost->ihost)->lock);
	init_waitqueue_head(&((struct iscsi_host *)shost->ihost)->session_removal_wq);
	return shost;
}

int iscsi_host_add(struct Scsi_Host *shost, struct device *dev)
{
	(void)dev;
	shost->shost_data = kzalloc(sizeof(struct iscsi_cls_host), GFP_KERNEL);
	if (!shost->shost_data)
		return -ENOMEM;
	mutex_init(&((struct iscsi_cls_host *)shost->shost_data)->mutex);
	shim_host_class_dev.parent = &shost->shost_gendev;
	shim_host_class_dev.registered = shim_alloc_allowed(GFP_KERNEL);
	return 0;
}

struct device *attribute_container_find_class_device(struct attribute_container *cont,
						     struct device *dev)
{
	(void)cont;
	return shim_host_class_dev.parent == dev ? &shim_host_class_dev : NULL;
}

/* It would wait for the daemon, for ever or until a signal. */
void iscsi_host_remove(struct Scsi_Host *shost, bool is_shutdown)
{
	(void)is_shutdown;
	shim_check(!((struct iscsi_host *)shost->ihost)->num_sessions,
		   "a host is removed that has sessions");
	shim_check(!shim_ifaces, "a host is removed that has ifaces");
	shim_check(!shim_flashnodes, "a host is removed that has flashnodes");
}

void iscsi_host_free(struct Scsi_Host *shost)
{
	kfree(shost->shost_data);
	free(((struct iscsi_host *)shost->ihost)->initiatorname);
	kfree(shost);
}

void iscsi_host_for_each_session(struct Scsi_Host *shost,
				 void (*fn)(struct iscsi_cls_session *cls))
{
	struct iscsi_cls_session *all[EPS_MAX], *cls;
	unsigned int i, n = 0;

	for (cls = shim_sessions; cls && n < EPS_MAX; cls = cls->next)
		if (cls->shost == shost) {
			cls->refs++;
			all[n++] = cls;
		}
	for (i = 0; i < n; i++) {	/* @fn may sleep, and end it */
		fn(all[i]);
		shim_session_put(all[i]);
	}
}

int iscsi_host_get_param(struct Scsi_Host *shost, enum iscsi_host_param p, char *buf)
{
	(void)shost;
	(void)p;
	(void)buf;
	return -ENOSYS;
}

int iscsi_host_set_param(struct Scsi_Host *shost, enum iscsi_host_param p, char *buf, int len)
{
	struct iscsi_host *ihost = shost_priv(shost);

	(void)p;
	(void)len;
	free(ihost->initiatorname);
	ihost->initiatorname = strdup(buf);
	return 0;
}

const char *iscsi_get_port_state_name(struct Scsi_Host *shost)
{
	static const char * const name[] = { "Unknown!", "LINK DOWN", "LINK UP" };

	return name[((struct iscsi_cls_host *)shost->shost_data)->port_state];
}

const char *iscsi_get_port_speed_name(struct Scsi_Host *shost)
{
	static const char * const name[] = { "Unknown!", "10 Mbps", "100 Mbps", "1 Gbps",
					     "10 Gbps", "25 Gbps", "40 Gbps" };

	return name[((struct iscsi_cls_host *)shost->shost_data)->port_speed];
}

struct iscsi_iface *iscsi_create_iface(struct Scsi_Host *shost, struct iscsi_transport *tt,
				       u32 type, u32 num, int dd_size)
{
	struct iscsi_iface *iface = kzalloc(sizeof(*iface), GFP_KERNEL);

	(void)dd_size;
	shim_check(tt == shim_transport, "an iface of another transport");
	if (!iface)
		return NULL;
	*iface = (struct iscsi_iface) { shost, type, num };
	shim_ifaces++;
	return iface;
}

const char *iscsi_get_ipaddress_state_name(enum iscsi_ipaddress_state state)
{
	static const char *const names[] = { "Unconfigured", "Acquiring", "Tentative", "Valid" };

	return names[state];
}

const char *iscsi_get_router_state_name(enum iscsi_router_state state)
{
	static const char *const names[] = { "Unknown", "Advertised", "Manual" };

	return names[state];
}

unsigned int shim_host_events, shim_pongs;
u32 shim_host_event, shim_pong_status, shim_pong_pid;

void iscsi_post_host_event(u32 host_no, struct iscsi_transport *tt,
			   enum iscsi_host_event_code code, u32 len, u8 *data)
{
	shim_check(tt == shim_transport && !len, "a host event of another transport");
	shim_check(shim_noreclaim || !shim_in_irq_thread(),
		   "reclaim is waited for by who ends I/O");
	shim_host_events++;
	shim_host_event = code;
}

void iscsi_ping_comp_event(u32 host_no, struct iscsi_transport *tt, u32 status, u32 pid,
			   u32 len, u8 *data)
{
	shim_check(tt == shim_transport && !len, "a ping of another transport");
	shim_check(!shim_class_mutex.held, "a ping ends before its request does");
	shim_pongs++;
	shim_pong_status = status;
	shim_pong_pid = pid;
}

void iscsi_destroy_iface(struct iscsi_iface *iface)
{
	kfree(iface);
	shim_ifaces--;
}

/* --- endpoints --------------------------------------------------------------------- */

struct iscsi_endpoint *iscsi_create_endpoint(int dd_size)
{
	struct iscsi_endpoint *ep;
	unsigned int i;

	(void)dd_size;
	for (i = 0; i < EPS_MAX && eps[i]; i++)
		;
	ep = i < EPS_MAX ? kzalloc(sizeof(*ep), GFP_KERNEL) : NULL;
	if (!ep)
		return NULL;
	ep->refs = 1;
	ep->id = i + 1;
	eps[i] = ep;
	return ep;
}

void iscsi_put_endpoint(struct iscsi_endpoint *ep)
{
	if (--ep->refs)
		return;
	eps[ep->id - 1] = NULL;
	kfree(ep);
}

void iscsi_destroy_endpoint(struct iscsi_endpoint *ep)
{
	iscsi_put_endpoint(ep);
}

struct iscsi_endpoint *iscsi_lookup_endpoint(u64 id)
{
	struct iscsi_endpoint *ep = id && id <= EPS_MAX ? eps[id - 1] : NULL;

	if (ep)
		ep->refs++;
	return ep;
}

/* --- failure, which the class cleans up itself ------------------------------------------- */

static void disconnect_locked(struct iscsi_cls_conn *cls, bool is_active)
{
	struct iscsi_endpoint *ep = cls->ep;

	if (!ep)
		return;
	cls->ep = NULL;
	shim_transport->unbind_conn(cls, is_active);
	shim_transport->ep_disconnect(ep);
}

static void cleanup_thread(void *arg)
{
	struct iscsi_cls_conn *cls = arg;

	mutex_lock(&cls->ep_mutex);
	disconnect_locked(cls, false);
	shim_transport->stop_conn(cls, STOP_CONN_RECOVER);
	cls->bound = false;
	mutex_unlock(&cls->ep_mutex);
	cls->cleanup = false;
	wake_up(&cls->cleaned);
}

/* cancel_work_sync(), flush_work() */
static void await_cleanup(struct iscsi_cls_conn *cls)
{
	while (cls->cleanup)
		shim_wait(&cls->cleaned, UINT64_MAX);
}

static void begin_cleanup(struct iscsi_cls_conn *cls)
{
	if (!cls->bound || cls->cleanup)
		return;
	cls->cleanup = true;
	shim_spawn("the class's cleanup", cleanup_thread, cls);
}

static void note_failure(enum iscsi_err err)
{
	shim_conn_failures++;
	shim_pdus_before = shim_pdus;
	shim_conn_error = err;
}

void iscsi_conn_failure(struct iscsi_conn *conn, enum iscsi_err err)
{
	note_failure(err);
	if (conn->session->state == ISCSI_STATE_FAILED)
		return;
	shim_set_state(conn->session, ISCSI_STATE_FAILED);
	begin_cleanup(conn->cls_conn);
}

static struct iscsi_cls_session *find_session(u32 sid)
{
	struct iscsi_cls_session *cls;

	for (cls = shim_sessions; cls && (cls->sid != sid || !cls->listed); cls = cls->next)
		;
	return cls;
}

/* It keeps ids: by the time it comes, the session may have ended. */
static void daemon_thread(void *arg)
{
	struct iscsi_cls_session *cls;

	shim_sleep_us(shim_daemon_ms * 1000ull);
	mutex_lock(&shim_class_mutex);
	cls = find_session((uintptr_t)arg);
	if (cls)
		shim_destroy(cls);
	mutex_unlock(&shim_class_mutex);
}

static void host_goes(struct iscsi_session *session)
{
	note_failure(ISCSI_ERR_INVALID_HOST);
	begin_cleanup(session->leadconn->cls_conn);
	if (shim_daemon_ms != SHIM_NO_DAEMON)
		shim_spawn("iscsid", daemon_thread,
			   (void *)(uintptr_t)session->cls_session->sid);
}

void iscsi_session_failure(struct iscsi_session *session, enum iscsi_err err)
{
	if (!session->leadconn)
		return;
	if (err == ISCSI_ERR_INVALID_HOST)
		host_goes(session);
	else
		iscsi_conn_failure(session->leadconn, err);
}

void shim_disconnect(struct iscsi_cls_conn *cls, struct iscsi_endpoint *ep)
{
	if (!cls) {
		shim_transport->ep_disconnect(ep);
		return;
	}
	await_cleanup(cls);
	mutex_lock(&cls->ep_mutex);
	disconnect_locked(cls, true);
	mutex_unlock(&cls->ep_mutex);
}

void shim_destroy(struct iscsi_cls_session *cls_session)
{
	struct iscsi_session *session = cls_session->dd_data;
	struct iscsi_conn *conn = session->conn;

	if (conn) {
		shim_disconnect(conn->cls_conn, NULL);
		await_cleanup(conn->cls_conn);
		shim_transport->stop_conn(conn->cls_conn, STOP_CONN_TERM);
		conn->cls_conn->bound = false;
		await_cleanup(conn->cls_conn);
		shim_transport->destroy_conn(conn->cls_conn);
	}
	shim_transport->destroy_session(cls_session);
}

int iscsi_session_chkready(struct iscsi_cls_session *cls)
{
	switch (cls->state) {
	case ISCSI_SESSION_LOGGED_IN:
		return 0;
	case ISCSI_SESSION_FAILED:
		return DID_IMM_RETRY << 16;
	default:
		return DID_TRANSPORT_FAILFAST << 16;
	}
}

void iscsi_session_recovery_timedout(struct iscsi_cls_session *cls)
{
	shim_set_state(cls->dd_data, ISCSI_STATE_RECOVERY_FAILED);
	cls->state = ISCSI_SESSION_FREE;
}

/* --- the class's socket -------------------------------------------------------------------------- */

int sock_create_kern(struct net *net, int family, int type, int proto, struct socket **sock)
{
	(void)net;
	(void)family;
	(void)type;
	(void)proto;
	*sock = kzalloc(sizeof(**sock), GFP_KERNEL);
	return *sock ? 0 : -ENOMEM;
}

void sock_release(struct socket *sock)
{
	kfree(sock);
}

int kernel_bind(struct socket *sock, struct sockaddr *addr, int len)
{
	(void)addr;
	(void)len;
	sock->bound = shim_alloc_allowed(GFP_KERNEL);
	return sock->bound ? 0 : -EADDRINUSE;
}

/* Connections are found by themselves. */
static struct iscsi_cls_session *find_any(u32 sid)
{
	struct iscsi_cls_session *cls;

	for (cls = shim_sessions; cls && cls->sid != sid; cls = cls->next)
		;
	return cls;
}

static int request_conn(u32 sid, u32 cid, bool destroy, int flag)
{
	struct iscsi_cls_session *session = find_any(sid);
	struct iscsi_conn *conn = session ? ((struct iscsi_session *)session->dd_data)->conn :
					    NULL;

	if (!conn || conn->cls_conn->cid != cid)
		return -EINVAL;
	await_cleanup(conn->cls_conn);
	if (!destroy) {
		shim_transport->stop_conn(conn->cls_conn, flag);
		conn->cls_conn->bound = false;
		return 0;
	}
	shim_transport->destroy_conn(conn->cls_conn);
	return 0;
}

static int request_destroy(u32 sid, bool later)
{
	struct iscsi_cls_session *cls = find_session(sid);

	if (!cls)
		return -EINVAL;
	if (((struct iscsi_session *)cls->dd_data)->conn)
		return -EBUSY;
	if (!later) {
		shim_check(!cls->scan_work.pending, "the class waits for scans, under its lock");
		shim_transport->destroy_session(cls);
		return 0;
	}
	cls->listed = false;
	queue_work(system_unbound_wq, &cls->destroy_work);
	return 0;
}

static int request(const struct iscsi_uevent *ev)
{
	shim_check(ev->transport_handle == iscsi_handle(shim_transport),
		   "a request to another transport");
	if (shim_modules_going)
		return -EINVAL;
	switch (ev->type) {
	case ISCSI_UEVENT_STOP_CONN:
		return request_conn(ev->u.stop_conn.sid, ev->u.stop_conn.cid, false,
				    ev->u.stop_conn.flag);
	case ISCSI_UEVENT_DESTROY_CONN:
		return request_conn(ev->u.d_conn.sid, ev->u.d_conn.cid, true, 0);
	case ISCSI_UEVENT_DESTROY_SESSION:
		return request_destroy(ev->u.d_session.sid, false);
	case ISCSI_UEVENT_DESTROY_SESSION_ASYNC:
		return request_destroy(ev->u.d_session.sid, true);
	default:
		return -ENOSYS;
	}
}

/* Too short to say anything: no request, no answer. */
static void receive(struct socket *sock, const void *data, size_t len)
{
	size_t full = sizeof(sock->answer);

	if (len < NLMSG_HDRLEN)
		return;
	shim_check(len == full && !sock->answered, "a request of %zu bytes", len);
	memcpy(&sock->answer, data, full);
	sock->answer.ev.iferror = request(&sock->answer.ev);
	if (sock->answer.ev.iferror)
		sock->answer.ev.type = ISCSI_KEVENT_IF_ERROR;
	sock->answered = true;
}

int kernel_recvmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec, size_t n,
		   size_t len, int flags)
{
	(void)msg;
	(void)n;
	shim_check(flags & MSG_DONTWAIT, "an answer is waited for");
	if (!sock->answered)
		return -EAGAIN;
	sock->answered = false;
	memcpy(vec->iov_base, &sock->answer, min(len, sizeof(sock->answer)));
	return sizeof(sock->answer);
}

int kernel_sendmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec, size_t n,
		   size_t len)
{
	(void)msg;
	(void)n;
	shim_check(sock->bound, "the class's socket is not bound");
	if (!shim_alloc_allowed(GFP_KERNEL))
		return -ENOMEM;
	mutex_lock(&shim_class_mutex);
	shim_yield();
	receive(sock, vec->iov_base, len);
	mutex_unlock(&shim_class_mutex);
	return len;
}

u32 get_random_u32(void)
{
	return 0x12345678;
}

void shim_iscsi_reset(void)
{
	unsigned int i;

	shim_check(!shim_sessions, "a session is left over");
	for (i = 0; i < EPS_MAX; i++)
		shim_check(!eps[i], "an endpoint is left over");
	shim_pdus = shim_conn_failures = 0;
	shim_check(!shim_module_refs, "the modules are kept");
	shim_modules_going = false;
	shim_next_sid = 0;
	shim_daemon_ms = 0;
	shim_host_no = 0;
}

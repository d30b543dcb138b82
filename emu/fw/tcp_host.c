// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host TCP engine: non-blocking sockets of the machine under the adapter.
 * Payload moves between socket and guest pages by readv() and sendmsg().
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "list.h"
#include "loop.h"
#include "ohba_admin.h"
#include "ohba_fw.h"
#include "tcp.h"

/*
 * Nothing wanted: EPOLLERR and EPOLLHUP are reported anyway, and a descriptor
 * that asks for no event at all would leave the set.
 */
#define WATCH_ERRORS	EPOLLERR

struct ohba_tcp {
	struct ohba_fd fd;
	const struct ohba_tcp_events *events;
	void *arg;
	bool connecting;
	bool want_read;
	bool want_write;
};

struct tcp_host {
	struct ohba_tcp_engine engine;
	struct ohba_loop *loop;
};

/* --- readiness -------------------------------------------------------------- */

/*
 * Changing the events of a descriptor that is in the set fails only for want
 * of kernel memory; the connection is then deaf, and told so.
 */
static void watch(struct ohba_tcp *tcp)
{
	uint32_t events = WATCH_ERRORS;
	int err;

	if (tcp->want_read)
		events |= EPOLLIN;
	if (tcp->want_write || tcp->connecting)
		events |= EPOLLOUT;
	err = ohba_fd_events(&tcp->fd, events);
	if (err)
		shutdown(tcp->fd.fd, SHUT_RDWR);
}

static int socket_error(struct ohba_tcp *tcp)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(tcp->fd.fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return errno;
	return err;
}

static void connect_done(struct ohba_tcp *tcp)
{
	int err = socket_error(tcp);

	tcp->connecting = false;
	tcp->want_read = !err;
	watch(tcp);
	tcp->events->connected(tcp->arg, ohba_tcp_status(err));
}

static void broken(struct ohba_tcp *tcp)
{
	int err = socket_error(tcp);

	/* EPOLLHUP without an error: both directions were closed. */
	tcp->events->broken(tcp->arg, err ? ohba_tcp_status(err) : OHBA_ST_CONN_CLOSED);
}

/* Each callback may close @tcp: one per wake-up, epoll will report the rest again. */
static void fd_ready(struct ohba_fd *fd, uint32_t events)
{
	struct ohba_tcp *tcp = ohba_container(fd, struct ohba_tcp, fd);

	if (tcp->connecting) {
		connect_done(tcp);
	} else if (tcp->want_write && (events & EPOLLOUT)) {
		tcp->want_write = false;
		watch(tcp);
		tcp->events->writable(tcp->arg);
	} else if (tcp->want_read) {
		tcp->events->readable(tcp->arg);
	} else if (events & (EPOLLERR | EPOLLHUP)) {
		broken(tcp);
	}
}

/* --- engine ----------------------------------------------------------------- */

static int set_options(int fd, int family, const struct ohba_tcp_options *options)
{
	int tos = options ? options->tos : 0, nodelay = !(options && options->nagle);
	int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int name = family == AF_INET6 ? IPV6_TCLASS : IP_TOS;

	if (tos && setsockopt(fd, level, name, &tos, sizeof(tos)) < 0)
		return -errno;
	/* PDUs are sent whole, the last with MSG_MORE off: nothing to wait for. */
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof(nodelay)) < 0)
		return -errno;
	return 0;
}

static int open_socket(const struct sockaddr *peer, socklen_t peer_len,
		       const struct ohba_tcp_options *options)
{
	int fd = socket(peer->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = set_options(fd, peer->sa_family, options);
	if (!err && connect(fd, peer, peer_len) < 0 && errno != EINPROGRESS)
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static struct ohba_tcp *tcp_host_connect(struct ohba_tcp_engine *engine,
					 const struct sockaddr *peer, socklen_t peer_len,
					 const struct ohba_tcp_options *options,
					 const struct ohba_tcp_events *events, void *arg,
					 enum ohba_status *status)
{
	struct tcp_host *host = ohba_container(engine, struct tcp_host, engine);
	struct ohba_tcp *tcp = calloc(1, sizeof(*tcp));
	int fd;

	*status = OHBA_ST_CONN_LOCAL;
	if (!tcp)
		return NULL;
	tcp->events = events;
	tcp->arg = arg;
	tcp->connecting = true;
	fd = open_socket(peer, peer_len, options);
	if (fd < 0) {
		*status = ohba_tcp_status(-fd);
		goto err_free;
	}
	if (ohba_fd_add(&tcp->fd, host->loop, fd, WATCH_ERRORS | EPOLLOUT, fd_ready))
		goto err_close;
	*status = OHBA_ST_SUCCESS;
	return tcp;

err_close:
	close(fd);
err_free:
	free(tcp);
	return NULL;
}

static int set_congestion(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name)) < 0 ? -errno : 0;
}

static void tcp_host_congestion(struct ohba_tcp *tcp, const char *name)
{
	/* Who chose it was told if there is none: ohba_tcp_host_congestion(). */
	(void)set_congestion(tcp->fd.fd, name);
}

static ssize_t tcp_host_recv(struct ohba_tcp *tcp, struct iovec *iov, int iovcnt)
{
	ssize_t n;

	do
		n = readv(tcp->fd.fd, iov, iovcnt);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static ssize_t tcp_host_send(struct ohba_tcp *tcp, struct iovec *iov, int iovcnt, bool more)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = iovcnt };
	int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
	ssize_t n;

	do
		n = sendmsg(tcp->fd.fd, &msg, flags);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN)
		return -errno;
	if (n < 0 || (size_t)n < ohba_iov_len(iov, iovcnt)) {
		tcp->want_write = true;
		watch(tcp);
	}
	return n < 0 ? -EAGAIN : n;
}

static void tcp_host_want_read(struct ohba_tcp *tcp, bool want)
{
	if (tcp->want_read == want)
		return;
	tcp->want_read = want;
	watch(tcp);
}

static void tcp_host_read_low(struct ohba_tcp *tcp, uint32_t bytes)
{
	int low = (int)bytes;

	/* It does not fail; if it did, the connection could be deaf. */
	if (setsockopt(tcp->fd.fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low)) < 0)
		shutdown(tcp->fd.fd, SHUT_RDWR);
}

static void tcp_host_close(struct ohba_tcp *tcp, bool abort)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	ohba_fd_del(&tcp->fd);
	/* If it fails, the connection ends with a FIN: the peer learns it all the same. */
	if (abort)
		(void)setsockopt(tcp->fd.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(tcp->fd.fd);
	free(tcp);
}

static int tcp_host_names(struct ohba_tcp *tcp, struct sockaddr_storage *local,
			  struct sockaddr_storage *peer)
{
	socklen_t local_len = sizeof(*local), peer_len = sizeof(*peer);

	if (getsockname(tcp->fd.fd, (struct sockaddr *)local, &local_len) < 0)
		return -errno;
	if (getpeername(tcp->fd.fd, (struct sockaddr *)peer, &peer_len) < 0)
		return -errno;
	return 0;
}

static uint32_t tcp_host_mss(struct ohba_tcp *tcp)
{
	int mss = 0;
	socklen_t len = sizeof(mss);

	if (getsockopt(tcp->fd.fd, IPPROTO_TCP, TCP_MAXSEG, &mss, &len) < 0 || mss < 0)
		return 0;
	return mss;
}

static void tcp_host_agreed(struct ohba_tcp *tcp, struct ohba_tcp_agreed *agreed)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(tcp->fd.fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return;
	agreed->timestamps = info.tcpi_options & TCPI_OPT_TIMESTAMPS;
	agreed->send_scale = info.tcpi_snd_wscale;
	agreed->recv_scale = info.tcpi_rcv_wscale;
}

/* Which of the machine's links a connection takes is known to its routes only. */
static void tcp_host_port(struct ohba_tcp_engine *engine, bool *link_up,
			  uint32_t *speed_mbps, uint32_t *mtu)
{
	(void)engine;
	*link_up = true;
	*speed_mbps = 0;
	*mtu = 0;
}

static const struct ohba_tcp_engine_ops tcp_host_ops = {
	.connect = tcp_host_connect,
	.congestion = tcp_host_congestion,
	.recv = tcp_host_recv,
	.send = tcp_host_send,
	.want_read = tcp_host_want_read,
	.read_low = tcp_host_read_low,
	.close = tcp_host_close,
	.names = tcp_host_names,
	.mss = tcp_host_mss,
	.agreed = tcp_host_agreed,
	.port = tcp_host_port,
};

int ohba_tcp_host_congestion(const char *name)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = set_congestion(fd, name);
	close(fd);
	return err;
}

struct ohba_tcp_engine *ohba_tcp_host_create(struct ohba_loop *loop)
{
	struct tcp_host *host = calloc(1, sizeof(*host));

	if (!host)
		return NULL;
	host->engine.ops = &tcp_host_ops;
	host->engine.kind = OHBA_ENGINE_HOST;
	host->loop = loop;
	return &host->engine;
}

void ohba_tcp_host_destroy(struct ohba_tcp_engine *engine)
{
	if (engine)
		free(ohba_container(engine, struct tcp_host, engine));
}

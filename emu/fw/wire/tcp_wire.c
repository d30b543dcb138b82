// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TCP connections of the wire engine, over lwIP's raw API (tcp.h).
 *
 * lwIP calls back from deep within its input, where a connection must not be
 * closed. So its callbacks only note what came; owners are told by the poller.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lwip/priv/tcp_priv.h"

#include "linger.h"
#include "ohba_admin.h"
#include "recovery.h"
#include "wire.h"

#define WRITABLE	(TCP_SND_BUF / 4)	/* bytes of room worth a writable() */
#define RX_PBUFS_MAX	4096			/* unread: a window in pieces of 256 bytes */
#define ASK_AGAIN_MS	1000

struct ohba_tcp {
	struct ohba_wire *wire;
	struct ohba_list all;			/* wire->tcps */
	struct ohba_list ready;			/* wire->ready */
	struct ohba_list user;			/* of the path to @peer, while there is a pcb */
	const struct ohba_tcp_events *events;
	void *arg;
	struct tcp_pcb *pcb;			/* NULL: not yet, or lwIP freed it */
	struct wire_addr peer;
	uint16_t peer_port;
	struct ohba_tcp_options options;
	int err;				/* errno, once it broke */
	enum ohba_status no_path;		/* why it cannot connect */
	bool connecting;
	bool connected;				/* it was, or is to be told */
	bool ended;				/* the peer's FIN came */
	bool want_read, want_write;
	uint16_t mss_max;			/* by what the path takes */
	uint32_t low;				/* bytes worth a readable() */
	struct wire_recovery recovery;
	struct pbuf *rx, **rx_tail;		/* received, each a pbuf of its own */
	size_t rx_bytes;
	unsigned int rx_pbufs;
};

/* --- what owners are told --------------------------------------------------- */

/* Each byte may have come in a frame of its own: the window bounds bytes, not memory. */
static bool is_full(const struct ohba_tcp *tcp)
{
	return tcp->rx_pbufs >= RX_PBUFS_MAX;
}

static bool is_readable(const struct ohba_tcp *tcp)
{
	return tcp->want_read &&
	       (tcp->rx_bytes >= tcp->low || is_full(tcp) || tcp->ended || tcp->err);
}

/*
 * lwIP's segments stay as they were cut, and it must not append to one that is longer
 * than what it cuts now: before they become smaller, all that is under way has to arrive.
 */
static bool can_be_cut(const struct ohba_tcp *tcp)
{
	return tcp->pcb->mss <= tcp->mss_max || (!tcp->pcb->unsent && !tcp->pcb->unacked);
}

static bool is_writable(const struct ohba_tcp *tcp)
{
	return tcp->want_write && tcp->pcb && tcp->pcb->snd_buf >= WRITABLE &&
	       tcp->pcb->snd_queuelen < TCP_SND_QUEUELEN / 2 && can_be_cut(tcp);
}

static bool is_broken(const struct ohba_tcp *tcp)
{
	return tcp->err && tcp->connected && !tcp->want_read;
}

static bool has_news(const struct ohba_tcp *tcp)
{
	if (tcp->connecting)
		return tcp->connected || tcp->err || tcp->no_path;
	return is_writable(tcp) || is_readable(tcp) || is_broken(tcp);
}

static void note(struct ohba_tcp *tcp)
{
	if (!ohba_list_linked(&tcp->ready) && has_news(tcp))
		ohba_list_append(&tcp->wire->ready, &tcp->ready);
}

/* Each callback may close @tcp: one at a time. */
static void tell(struct ohba_tcp *tcp)
{
	if (tcp->connecting) {
		tcp->connecting = false;
		tcp->want_read = tcp->connected;
		tcp->events->connected(tcp->arg, tcp->no_path ? tcp->no_path :
				       ohba_tcp_status(tcp->err));
	} else if (is_writable(tcp)) {
		tcp->want_write = false;
		tcp->events->writable(tcp->arg);
	} else if (is_readable(tcp)) {
		tcp->events->readable(tcp->arg);
	} else if (is_broken(tcp)) {
		tcp->events->broken(tcp->arg, ohba_tcp_status(tcp->err));
	}
}

static unsigned int ready_now(struct ohba_wire *wire)
{
	struct ohba_list *node, *tmp;
	unsigned int n = 0;

	ohba_list_for_each(node, tmp, &wire->ready)
		n++;
	return n;
}

bool wire_tcp_poll(struct ohba_wire *wire)
{
	unsigned int n = ready_now(wire);
	bool told = false;
	struct ohba_list *node;

	while (n-- && (node = ohba_list_first(&wire->ready))) {
		struct ohba_tcp *tcp = ohba_container(node, struct ohba_tcp, ready);

		ohba_list_del(node);
		if (!has_news(tcp))
			continue;
		/* There may be more, which only the next turn can see: @tcp may go now. */
		ohba_list_append(&wire->ready, node);
		tell(tcp);
		told = true;
	}
	return told;
}

/* --- what lwIP tells -------------------------------------------------------- */

static err_t lwip_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct ohba_tcp *tcp = arg;

	(void)err;		/* always ERR_OK: failures come by lwip_err() */
	wire_recovery_connected(&tcp->recovery, pcb, ohba_loop_now(tcp->wire->loop));
	/*
	 * lwIP makes segments of half the largest window at most, or whole ones while that
	 * is none: it must not become smaller than what is queued.
	 */
	if (pcb->snd_wnd_max < 2u * pcb->mss)
		pcb->snd_wnd_max = 2u * pcb->mss;
	tcp->connected = true;
	note(tcp);
	return ERR_OK;
}

/* Behind what waits; drop_first() takes one pbuf at a time off the chain. */
static void keep(struct ohba_tcp *tcp, struct pbuf *p)
{
	tcp->rx_bytes += p->tot_len;
	*tcp->rx_tail = p;
	for (; *tcp->rx_tail; tcp->rx_tail = &(*tcp->rx_tail)->next) {
		*tcp->rx_tail = wire_frame_shrink(*tcp->rx_tail);
		tcp->rx_pbufs++;
	}
}

static err_t lwip_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct ohba_tcp *tcp = arg;

	(void)pcb;
	(void)err;
	/* lwIP keeps it, takes no more, and tries again by itself. */
	if (p && is_full(tcp))
		return ERR_MEM;
	if (p)
		keep(tcp, p);
	else
		tcp->ended = true;
	note(tcp);
	return ERR_OK;
}

static err_t lwip_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
	(void)pcb;
	(void)len;
	note(arg);
	return ERR_OK;
}

/*
 * Why lwIP gave a connection up, as an errno of the sockets' world. ERR_ABRT is for
 * what was sent too often in vain, and for an address that was taken away.
 */
static int errno_of(const struct ohba_tcp *tcp, err_t err)
{
	if (err != ERR_RST)
		return ETIMEDOUT;
	return tcp->connecting ? ECONNREFUSED : ECONNRESET;
}

/* The pcb is gone. */
static void lwip_err(void *arg, err_t err)
{
	struct ohba_tcp *tcp = arg;

	tcp->pcb = NULL;
	ohba_list_del(&tcp->user);
	tcp->err = errno_of(tcp, err);
	note(tcp);
}

void wire_tcp_before_input(struct tcp_pcb *pcb, const uint8_t *options, size_t len)
{
	struct ohba_tcp *tcp = pcb->callback_arg;

	/* Or it was let go. */
	if (pcb->recv != lwip_recv)
		return;
	wire_recovery_options(&tcp->recovery, pcb, options, len);
	tcp->wire->in_input = tcp;
}

void wire_tcp_after_input(struct ohba_wire *wire)
{
	struct ohba_tcp *tcp = wire->in_input;

	wire->in_input = NULL;
	if (tcp && tcp->pcb)
		wire_recovery_heard(&tcp->recovery, tcp->pcb, ohba_loop_now(wire->loop));
}

void wire_tcp_tick(struct ohba_wire *wire)
{
	struct ohba_list *node, *tmp;

	ohba_list_for_each(node, tmp, &wire->tcps) {
		struct ohba_tcp *tcp = ohba_container(node, struct ohba_tcp, all);

		if (tcp->pcb)
			wire_recovery_tick(&tcp->recovery, tcp->pcb, ohba_loop_now(wire->loop));
	}
}

static void listen_to(struct ohba_tcp *tcp)
{
	tcp_arg(tcp->pcb, tcp);
	tcp_recv(tcp->pcb, lwip_recv);
	tcp_sent(tcp->pcb, lwip_sent);
	tcp_err(tcp->pcb, lwip_err);
}

static void leave(struct ohba_tcp *tcp)
{
	tcp_arg(tcp->pcb, NULL);
	tcp_recv(tcp->pcb, NULL);
	tcp_sent(tcp->pcb, NULL);
	tcp_err(tcp->pcb, NULL);
}

/* --- connecting ------------------------------------------------------------- */

static ip_addr_t ip_of(const struct wire_addr *addr)
{
	ip_addr_t ip = { 0 };

	if (addr->family == OHBA_FAMILY_IPV4) {
		ip.type = IPADDR_TYPE_V4;
		memcpy(&ip_2_ip4(&ip)->addr, addr->bytes, 4);
	} else {
		ip.type = IPADDR_TYPE_V6;
		memcpy(ip_2_ip6(&ip)->addr, addr->bytes, 16);
	}
	return ip;
}

static void use_path(struct ohba_tcp *tcp, struct wire_path *path)
{
	ohba_list_del(&tcp->user);
	ohba_list_append(&path->users, &tcp->user);
}

static enum ohba_status start(struct ohba_tcp *tcp, struct wire_path *path)
{
	ip_addr_t peer = ip_of(&tcp->peer), local = ip_of(&path->iface->addr);

	tcp->pcb = tcp_new_ip_type(IP_GET_TYPE(&peer));
	if (!tcp->pcb)
		return OHBA_ST_CONN_LOCAL;
	tcp->mss_max = wire_path_mss(path);
	listen_to(tcp);
	if (!tcp->options.nagle)
		tcp_nagle_disable(tcp->pcb);
	tcp->pcb->tos = tcp->options.tos;
	tcp_bind_netif(tcp->pcb, &path->iface->netif);
	if (tcp_bind(tcp->pcb, &local, 0) ||
	    tcp_connect(tcp->pcb, &peer, tcp->peer_port, lwip_connected))
		goto err_close;
	wire_recovery_connect(&tcp->recovery, tcp->pcb, ohba_loop_now(tcp->wire->loop));
	use_path(tcp, path);
	return OHBA_ST_SUCCESS;

err_close:
	leave(tcp);
	tcp_abort(tcp->pcb);
	tcp->pcb = NULL;
	return OHBA_ST_CONN_LOCAL;
}

static bool set_peer(struct ohba_tcp *tcp, const struct sockaddr *peer)
{
	const struct sockaddr_in *in = (const void *)peer;
	const struct sockaddr_in6 *in6 = (const void *)peer;

	switch (peer->sa_family) {
	case AF_INET:
		tcp->peer.family = OHBA_FAMILY_IPV4;
		memcpy(tcp->peer.bytes, &in->sin_addr, 4);
		tcp->peer_port = ntohs(in->sin_port);
		return true;
	case AF_INET6:
		tcp->peer.family = OHBA_FAMILY_IPV6;
		memcpy(tcp->peer.bytes, &in6->sin6_addr, 16);
		tcp->peer_port = ntohs(in6->sin6_port);
		return true;
	}
	return false;
}

static struct ohba_tcp *wire_connect(struct ohba_tcp_engine *engine,
				     const struct sockaddr *peer, socklen_t peer_len,
				     const struct ohba_tcp_options *options,
				     const struct ohba_tcp_events *events, void *arg,
				     enum ohba_status *status)
{
	struct ohba_wire *wire = ohba_container(engine, struct ohba_wire, engine);
	struct ohba_tcp *tcp = calloc(1, sizeof(*tcp));
	struct wire_path *path;

	(void)peer_len;
	*status = OHBA_ST_CONN_LOCAL;
	if (!tcp)
		return NULL;
	if (!set_peer(tcp, peer))
		goto err_free;
	tcp->wire = wire;
	tcp->events = events;
	tcp->arg = arg;
	if (options)
		tcp->options = *options;
	tcp->connecting = true;
	tcp->low = 1;
	tcp->mss_max = UINT16_MAX;
	tcp->rx_tail = &tcp->rx;
	path = wire_path_find(wire, &tcp->peer);
	*status = path ? start(tcp, path) : wire_path_want(wire, &tcp->peer);
	if (*status)
		goto err_free;
	if (!path && !ohba_timer_armed(&wire->ask))
		ohba_timer_arm(&wire->ask, ASK_AGAIN_MS * OHBA_NS_PER_MS);
	ohba_list_append(&wire->tcps, &tcp->all);
	return tcp;

err_free:
	free(tcp);
	return NULL;
}

static bool waits(const struct ohba_tcp *tcp)
{
	return tcp->connecting && !tcp->pcb && !tcp->err && !tcp->no_path;
}

/* The host may have lost the question, or who answers it was not there. */
void wire_tcp_ask(struct ohba_timer *timer)
{
	struct ohba_wire *wire = ohba_container(timer, struct ohba_wire, ask);
	struct ohba_list *node, *tmp;

	ohba_list_for_each(node, tmp, &wire->tcps) {
		struct ohba_tcp *tcp = ohba_container(node, struct ohba_tcp, all);

		if (!waits(tcp))
			continue;
		(void)wire_path_want(wire, &tcp->peer);
		ohba_timer_arm(timer, ASK_AGAIN_MS * OHBA_NS_PER_MS);
	}
}

void wire_tcp_path_ready(struct ohba_wire *wire, const struct wire_addr *dst,
			 struct wire_path *path, enum ohba_status status)
{
	struct ohba_list *node, *tmp;

	ohba_list_for_each(node, tmp, &wire->tcps) {
		struct ohba_tcp *tcp = ohba_container(node, struct ohba_tcp, all);

		if (memcmp(&tcp->peer, dst, sizeof(*dst)))
			continue;
		if (waits(tcp)) {
			tcp->no_path = path ? start(tcp, path) : status;
			note(tcp);
		} else if (path && tcp->pcb) {
			/* That it had may have gone with its address. */
			use_path(tcp, path);
		}
	}
}

void wire_tcp_path_narrowed(const struct wire_path *path)
{
	struct ohba_list *node, *tmp;

	ohba_list_for_each(node, tmp, &path->iface->wire->tcps) {
		struct ohba_tcp *tcp = ohba_container(node, struct ohba_tcp, all);

		if (!memcmp(&tcp->peer, &path->dst, sizeof(tcp->peer)))
			tcp->mss_max = wire_path_mss(path);
	}
}

/* --- data ------------------------------------------------------------------- */

static size_t copy_out(struct pbuf *p, struct iovec *iov, size_t *done)
{
	size_t n = p->len < iov->iov_len - *done ? p->len : iov->iov_len - *done;

	memcpy((char *)iov->iov_base + *done, p->payload, n);
	*done += n;
	pbuf_remove_header(p, n);
	return n;
}

static void drop_first(struct ohba_tcp *tcp)
{
	struct pbuf *p = tcp->rx;

	tcp->rx = p->next;
	tcp->rx_pbufs--;
	if (!tcp->rx)
		tcp->rx_tail = &tcp->rx;
	p->next = NULL;
	pbuf_free(p);
}

/* lwIP takes the length in 16 bits. */
static void open_window(struct ohba_tcp *tcp, size_t len)
{
	while (tcp->pcb && len) {
		u16_t n = len < UINT16_MAX ? len : UINT16_MAX;

		tcp_recved(tcp->pcb, n);
		len -= n;
	}
}

static ssize_t wire_recv(struct ohba_tcp *tcp, struct iovec *iov, int iovcnt)
{
	size_t total = 0, done = 0;

	while (iovcnt && tcp->rx) {
		total += copy_out(tcp->rx, iov, &done);
		if (!tcp->rx->len)
			drop_first(tcp);
		if (done == iov->iov_len) {
			iov++;
			iovcnt--;
			done = 0;
		}
	}
	tcp->rx_bytes -= total;
	open_window(tcp, total);
	if (total)
		return total;
	if (tcp->err)
		return -tcp->err;
	return tcp->ended ? 0 : -EAGAIN;
}

/*
 * tcp_write() takes all or nothing: never more segments than there is room for when
 * is_writable(), however small the peer wants them.
 */
static size_t room(const struct ohba_tcp *tcp)
{
	size_t n = tcp->pcb->snd_buf;
	size_t most = TCP_SND_QUEUELEN / 2 * (size_t)tcp->pcb->mss;

	if (n > most)
		n = most;
	return n < UINT16_MAX ? n : UINT16_MAX;
}

/* As much of @iov as there is room for. */
static size_t put(struct ohba_tcp *tcp, const struct iovec *iov, bool more)
{
	size_t done = 0;

	while (done < iov->iov_len) {
		size_t left = iov->iov_len - done;
		size_t n = left < room(tcp) ? left : room(tcp);
		u8_t flags = TCP_WRITE_FLAG_COPY | (more || n < left ? TCP_WRITE_FLAG_MORE : 0);

		if (!n || tcp_write(tcp->pcb, (char *)iov->iov_base + done, n, flags))
			break;
		done += n;
	}
	return done;
}

static ssize_t wire_send_data(struct ohba_tcp *tcp, struct iovec *iov, int iovcnt, bool more)
{
	size_t total = 0;
	int i;

	if (!tcp->pcb)
		return -(tcp->err ? tcp->err : EPIPE);
	if (!can_be_cut(tcp)) {
		tcp->want_write = true;
		return -EAGAIN;
	}
	if (tcp->pcb->mss > tcp->mss_max)
		tcp->pcb->mss = tcp->mss_max;
	for (i = 0; i < iovcnt; i++) {
		size_t n = put(tcp, &iov[i], more || i + 1 < iovcnt);

		total += n;
		if (n < iov[i].iov_len)
			break;
	}
	tcp->want_write = i < iovcnt;
	/* It cannot send without memory or a path, and tries again by itself. */
	if (!more || tcp->want_write) {
		(void)tcp_output(tcp->pcb);
		wire_recovery_sent(&tcp->recovery, tcp->pcb, ohba_loop_now(tcp->wire->loop));
	}
	return total || !tcp->want_write ? (ssize_t)total : -EAGAIN;
}

static void wire_want_read(struct ohba_tcp *tcp, bool want)
{
	tcp->want_read = want;
	note(tcp);
}

static void wire_read_low(struct ohba_tcp *tcp, uint32_t bytes)
{
	/* More than the window holds would never come; that is less if it is not scaled. */
	uint32_t most = (tcp->pcb ? TCP_WND_MAX(tcp->pcb) : TCP_WND) / 2;

	tcp->low = bytes < most ? bytes : most;
	note(tcp);
}

static void wire_close(struct ohba_tcp *tcp, bool abort)
{
	ohba_list_del(&tcp->all);
	ohba_list_del(&tcp->ready);
	ohba_list_del(&tcp->user);
	if (tcp->wire->in_input == tcp)
		tcp->wire->in_input = NULL;
	while (tcp->rx)
		drop_first(tcp);
	if (tcp->pcb) {
		leave(tcp);
		if (abort)
			tcp_abort(tcp->pcb);
		else
			wire_linger(tcp->pcb);
	}
	free(tcp);
}

/* --- what it is ------------------------------------------------------------- */

static void to_sockaddr(const ip_addr_t *ip, uint16_t port, struct sockaddr_storage *sa)
{
	struct sockaddr_in *in = (void *)sa;
	struct sockaddr_in6 *in6 = (void *)sa;

	memset(sa, 0, sizeof(*sa));
	if (IP_IS_V4(ip)) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, &ip_2_ip4(ip)->addr, 4);
	} else {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, ip_2_ip6(ip)->addr, 16);
	}
}

static int wire_names(struct ohba_tcp *tcp, struct sockaddr_storage *local,
		      struct sockaddr_storage *peer)
{
	if (!tcp->pcb)
		return -ENOTCONN;
	to_sockaddr(&tcp->pcb->local_ip, tcp->pcb->local_port, local);
	to_sockaddr(&tcp->pcb->remote_ip, tcp->pcb->remote_port, peer);
	return 0;
}

static uint32_t wire_mss(struct ohba_tcp *tcp)
{
	if (!tcp->pcb)
		return 0;
	return tcp_mss(tcp->pcb) < tcp->mss_max ? tcp_mss(tcp->pcb) : tcp->mss_max;
}

/* Timestamps are not built in (lwipopts.h). */
static void wire_agreed(struct ohba_tcp *tcp, struct ohba_tcp_agreed *agreed)
{
	if (!tcp->pcb)
		return;
	agreed->send_scale = tcp->pcb->snd_scale;
	agreed->recv_scale = tcp->pcb->rcv_scale;
}

/* lwIP has one: NewReno. */
static void wire_congestion(struct ohba_tcp *tcp, const char *name)
{
	(void)tcp;
	(void)name;
}

static void wire_port(struct ohba_tcp_engine *engine, bool *link_up,
		      uint32_t *speed_mbps, uint32_t *mtu)
{
	struct ohba_wire *wire = ohba_container(engine, struct ohba_wire, engine);

	*link_up = wire_link_is_up(wire);
	*speed_mbps = 0;
	*mtu = wire->mtu;
}

const struct ohba_tcp_engine_ops wire_tcp_ops = {
	.connect = wire_connect,
	.congestion = wire_congestion,
	.recv = wire_recv,
	.send = wire_send_data,
	.want_read = wire_want_read,
	.read_low = wire_read_low,
	.close = wire_close,
	.names = wire_names,
	.mss = wire_mss,
	.agreed = wire_agreed,
	.port = wire_port,
};

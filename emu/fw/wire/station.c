// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The adapter as a station on an Ethernet: frames in, which any thread may bring,
 * and frames out. What is not for a connection, ARP or ND is the host's.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lwip/init.h"
#include "lwip/priv/tcp_priv.h"

#include "ohba_admin.h"
#include "wire.h"

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_ARP	0x0806
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_IPV6	0x86dd
#define ETH_HLEN	14
#define VLAN_HLEN	4
#define TCI_VID		0x0fff
#define IPV6_MTU_MIN	1280	/* RFC 8200 section 5: every link carries it */

/* A frame that came in. Its memory goes with the last pbuf that is of it. */
struct wire_frame {
	struct pbuf_custom pbuf;
	struct wire_frame *next;
	size_t len;
	uint8_t pad[2];			/* so that IP headers are aligned */
	uint8_t bytes[];
};

/* No byte behind the frame: a sanitizer is to see who looks there. */
static size_t frame_size(size_t len)
{
	return offsetof(struct wire_frame, bytes) + len;
}

static void frame_free(struct pbuf *p)
{
	free(ohba_container((struct pbuf_custom *)p, struct wire_frame, pbuf));
}

/* --- out -------------------------------------------------------------------- */

static void put_be16(uint8_t *to, uint16_t value)
{
	to[0] = value >> 8;
	to[1] = value & 0xff;
}

void wire_eth_fill(struct wire_eth *eth, const struct wire_iface *iface,
		   const uint8_t *dst, uint16_t type)
{
	uint8_t *at = eth->bytes + 2 * WIRE_MAC_LEN;

	memcpy(eth->bytes, dst, WIRE_MAC_LEN);
	memcpy(eth->bytes + WIRE_MAC_LEN, iface->wire->mac, WIRE_MAC_LEN);
	if (iface->tci) {
		put_be16(at, ETHERTYPE_VLAN);
		put_be16(at + 2, iface->tci);
		at += VLAN_HLEN;
	}
	put_be16(at, type);
	eth->len = at + 2 - eth->bytes;
}

#define IOV_MAX_OUT	16

static void mirror(struct ohba_wire *wire, const struct iovec *iov, int iovcnt)
{
	uint8_t bytes[WIRE_FRAME_MAX];
	size_t len = 0;

	for (; iovcnt--; len += iov++->iov_len)
		memcpy(bytes + len, iov->iov_base, iov->iov_len);
	wire->events->frame(wire->arg, bytes, len);
}

void ohba_wire_mirror(struct ohba_wire *wire, bool on)
{
	wire->mirror = on;
}

void wire_send_frame(struct ohba_wire *wire, const struct wire_eth *eth,
	       const struct iovec *iov, int iovcnt)
{
	struct iovec all[IOV_MAX_OUT];

	all[0].iov_base = (void *)eth->bytes;
	all[0].iov_len = eth->len;
	memcpy(&all[1], iov, iovcnt * sizeof(*iov));
	wire->send(wire->host, all, 1 + iovcnt);
	if (wire->mirror)
		mirror(wire, all, 1 + iovcnt);
}

void ohba_wire_send(struct ohba_wire *wire, const struct iovec *iov, int iovcnt)
{
	wire->send(wire->host, iov, iovcnt);
}

static uint16_t type_of(const struct wire_addr *addr)
{
	return addr->family == OHBA_FAMILY_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
}

/* Who sent the packet that lwIP has just now, and to whom. */
static struct {
	struct wire_iface *iface;	/* NULL: there is none */
	struct wire_addr addr;
	uint8_t mac[WIRE_MAC_LEN];
} asker;

struct wire_iface *wire_asked(void)
{
	return asker.iface;
}

/*
 * The station that has @dst, or leads there; NULL: none is known. An answer goes back
 * to where the question came from, or every stranger's would need a path of the host's.
 */
static const uint8_t *mac_towards(struct wire_iface *iface, const struct wire_addr *dst)
{
	struct wire_path *path = wire_path_find(iface->wire, dst);

	/* A MAC is a station's on its VLAN; on another it is nobody's, or somebody else's. */
	if (path && wire_iface_vid(path->iface) == wire_iface_vid(iface))
		return path->mac;
	if (asker.iface == iface && !memcmp(&asker.addr, dst, sizeof(*dst)))
		return asker.mac;
	return NULL;
}

#define PIECES_MAX	(IOV_MAX_OUT - 1)

/*
 * @p as it lies there, or, if it lies in more pieces than that (what was sent bit by bit
 * while the peer's window was closed), in one at @bounce. Return: how many.
 */
static int pieces_of(const struct pbuf *p, struct iovec *iov, uint8_t *bounce)
{
	const struct pbuf *piece = p;
	int n = 0;

	for (; piece && n < PIECES_MAX; piece = piece->next)
		iov[n++] = (struct iovec){ piece->payload, piece->len };
	if (!piece)
		return n;
	iov[0].iov_base = bounce;
	iov[0].iov_len = pbuf_copy_partial(p, bounce, WIRE_MTU_MAX, 0);
	return 1;
}

/* The path to @dst, if @p is larger than what goes that way, as it was made before we knew. */
static const struct wire_path *too_narrow(struct wire_iface *iface, const struct wire_addr *dst,
					  const struct pbuf *p)
{
	const struct wire_path *path;

	if (dst->family != OHBA_FAMILY_IPV6 || p->tot_len <= IPV6_MTU_MIN)
		return NULL;
	path = wire_path_find(iface->wire, dst);
	return path && path->iface == iface && p->tot_len > wire_path_mtu(path) ? path : NULL;
}

/* lwIP's packet to @dst. Without a path it is lost, as on a wire; TCP sends it again. */
static err_t send_packet(struct netif *netif, struct pbuf *p, const struct wire_addr *dst)
{
	struct wire_iface *iface = netif->state;
	const uint8_t *mac = mac_towards(iface, dst);
	struct iovec iov[PIECES_MAX];
	uint8_t bounce[WIRE_MTU_MAX];
	const struct wire_path *path;
	struct wire_eth eth;

	if (!mac) {
		(void)wire_path_want(iface->wire, dst);
		return ERR_OK;
	}
	wire_eth_fill(&eth, iface, mac, type_of(dst));
	path = too_narrow(iface, dst, p);
	if (path)
		wire_pmtu_send(path, &eth, p);
	else
		wire_send_frame(iface->wire, &eth, iov, pieces_of(p, iov, bounce));
	return ERR_OK;
}

err_t wire_output4(struct netif *netif, struct pbuf *p, const ip4_addr_t *ip)
{
	struct wire_addr dst = { .family = OHBA_FAMILY_IPV4 };

	memcpy(dst.bytes, &ip->addr, 4);
	return send_packet(netif, p, &dst);
}

err_t wire_output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *ip)
{
	struct wire_addr dst = { .family = OHBA_FAMILY_IPV6 };

	memcpy(dst.bytes, ip->addr, 16);
	return send_packet(netif, p, &dst);
}

/* --- in --------------------------------------------------------------------- */

bool ohba_wire_receive(struct ohba_wire *wire, const struct iovec *iov, int iovcnt)
{
	size_t len = ohba_iov_len(iov, iovcnt), done = 0;
	struct wire_frame *frame;
	bool room;

	if (len > WIRE_FRAME_MAX)
		return false;
	frame = malloc(frame_size(len));
	if (!frame)
		return false;
	for (; iovcnt--; done += iov++->iov_len)
		memcpy(frame->bytes + done, iov->iov_base, iov->iov_len);
	frame->len = len;
	frame->next = NULL;
	pthread_mutex_lock(&wire->lock);
	room = wire->on && wire->rx_frames < WIRE_RX_FRAMES_MAX;
	if (room) {
		*wire->rx_tail = frame;
		wire->rx_tail = &frame->next;
		wire->rx_frames++;
	}
	pthread_mutex_unlock(&wire->lock);
	if (room)
		ohba_loop_wake(wire->loop);
	else
		free(frame);
	return room;
}

static struct wire_frame *take_frames(struct ohba_wire *wire)
{
	struct wire_frame *first;

	pthread_mutex_lock(&wire->lock);
	first = wire->rx;
	wire->rx = NULL;
	wire->rx_tail = &wire->rx;
	wire->rx_frames = 0;
	pthread_mutex_unlock(&wire->lock);
	return first;
}

struct headers {
	const uint8_t *dst, *src;
	uint16_t vid, type;
	size_t len;
};

static uint16_t get_be16(const uint8_t *from)
{
	return from[0] << 8 | from[1];
}

static bool parse(const struct wire_frame *frame, struct headers *headers)
{
	const uint8_t *at = frame->bytes;

	if (frame->len < ETH_HLEN)
		return false;
	*headers = (struct headers){ .dst = at, .src = at + WIRE_MAC_LEN, .len = ETH_HLEN,
				     .type = get_be16(at + 12) };
	if (headers->type != ETHERTYPE_VLAN)
		return true;
	if (frame->len < ETH_HLEN + VLAN_HLEN)
		return false;
	headers->vid = get_be16(at + 14) & TCI_VID;
	headers->type = get_be16(at + 16);
	headers->len = ETH_HLEN + VLAN_HLEN;
	return true;
}

#define IPV4_HLEN	20
#define IPV6_HLEN	40
#define PROTO_ICMP	1
#define PROTO_TCP	6
#define PROTO_ICMPV6	58
#define ECHO_REQUEST	8
#define ECHO_REQUEST6	128
#define IPV4_FRAGMENT	0x3fff		/* more fragments, or an offset */

/* Where an IP packet goes, and what it is. */
struct ip {
	struct wire_addr src, dst;
	size_t hlen, len;		/* of its header; of it all */
	uint8_t proto;			/* 0: it is none */
	uint8_t icmp_type;
};

/*
 * lwIP goes by the version in the packet, not by the frame's type: if they differ,
 * it would find other addresses than we do. It reassembles nothing.
 */
static bool parse_ip4(const uint8_t *data, size_t len, struct ip *ip)
{
	size_t hlen;

	if (len < IPV4_HLEN || data[0] >> 4 != 4 || get_be16(data + 6) & IPV4_FRAGMENT)
		return false;
	hlen = (data[0] & 0xf) * 4;
	ip->len = get_be16(data + 2);
	if (hlen < IPV4_HLEN || ip->len < hlen || ip->len > len)
		return false;
	ip->hlen = hlen;
	ip->proto = data[9];
	ip->src = wire_addr_make(OHBA_FAMILY_IPV4, data + 12);
	ip->dst = wire_addr_make(OHBA_FAMILY_IPV4, data + 16);
	ip->icmp_type = hlen < ip->len ? data[hlen] : 0;
	return true;
}

/* Extension headers come with nothing that is ours. */
static bool parse_ip6(const uint8_t *data, size_t len, struct ip *ip)
{
	if (len < IPV6_HLEN || data[0] >> 4 != 6)
		return false;
	ip->len = IPV6_HLEN + get_be16(data + 4);
	if (ip->len > len)
		return false;
	ip->hlen = IPV6_HLEN;
	ip->proto = data[6];
	ip->src = wire_addr_make(OHBA_FAMILY_IPV6, data + 8);
	ip->dst = wire_addr_make(OHBA_FAMILY_IPV6, data + 24);
	ip->icmp_type = IPV6_HLEN < ip->len ? data[IPV6_HLEN] : 0;
	return true;
}

static bool is_for_lwip(const struct ip *ip)
{
	if (ip->proto == PROTO_TCP)
		return true;
	if (ip->dst.family == OHBA_FAMILY_IPV4)
		return ip->proto == PROTO_ICMP && ip->icmp_type == ECHO_REQUEST;
	return ip->proto == PROTO_ICMPV6 && ip->icmp_type == ECHO_REQUEST6;
}

/* An echo reply that somebody waits for. */
static bool is_pong(struct ohba_wire *wire, const struct headers *headers, const struct ip *ip,
		    const uint8_t *data)
{
	if (ip->proto != (ip->dst.family == OHBA_FAMILY_IPV4 ? PROTO_ICMP : PROTO_ICMPV6))
		return false;
	return wire_ping_heard(wire, headers->vid, &ip->src, &ip->dst, data + ip->hlen,
			       ip->len - ip->hlen);
}

/* A router's word about a packet of ours. */
static bool is_about_ours(struct ohba_wire *wire, const struct headers *headers,
			  const struct ip *ip, const uint8_t *data)
{
	struct wire_iface *iface;

	if (ip->dst.family != OHBA_FAMILY_IPV6 || ip->proto != PROTO_ICMPV6)
		return false;
	iface = wire_iface_find(wire, &ip->dst, headers->vid);
	return iface && wire_pmtu_heard(iface, &ip->src, data + ip->hlen, ip->len - ip->hlen);
}

/* What follows the packet would stay in memory for as long as a byte of it does. */
static struct wire_frame *trim(struct wire_frame *frame, size_t len)
{
	struct wire_frame *less;

	if (frame->len <= len)
		return frame;
	less = realloc(frame, frame_size(len));
	if (!less)
		return frame;
	less->len = len;
	return less;
}

/* Owns @frame from here on. */
static void to_lwip(struct wire_iface *iface, struct wire_frame *frame, size_t skip,
		    const struct ip *ip)
{
	struct pbuf *p;
	size_t len;

	memcpy(asker.mac, frame->bytes + WIRE_MAC_LEN, WIRE_MAC_LEN);
	asker.addr = ip->src;
	asker.iface = iface;
	frame = trim(frame, skip + ip->len);
	len = frame->len - skip;
	frame->pbuf.custom_free_function = frame_free;
	p = pbuf_alloced_custom(PBUF_RAW, len, PBUF_REF, &frame->pbuf,
				frame->bytes + skip, len);
	if (iface->netif.input(p, &iface->netif))
		pbuf_free(p);
	asker.iface = NULL;
}

/* The address of ours that an IP packet is for, if lwIP is to have it. */
static struct wire_iface *addressee(struct ohba_wire *wire, const struct headers *headers,
				    const uint8_t *data, size_t len, struct ip *ip)
{
	/* What everybody got is not to be answered by everybody (RFC 1122 section 3.2.2). */
	if (headers->dst[0] & 1)
		return NULL;
	if (headers->type == ETHERTYPE_IPV4 ? !parse_ip4(data, len, ip) :
	    headers->type != ETHERTYPE_IPV6 || !parse_ip6(data, len, ip))
		return NULL;
	return is_for_lwip(ip) ? wire_iface_find(wire, &ip->dst, headers->vid) : NULL;
}

/* All addresses on the VLAN may have to hear it. */
static void neighbours(struct ohba_wire *wire, const struct headers *headers,
		       const uint8_t *data, size_t len)
{
	struct wire_iface *iface;

	for (iface = wire->ifaces; iface < &wire->ifaces[WIRE_IFACES_MAX]; iface++) {
		if (wire_iface_vid(iface) != headers->vid)
			continue;
		if (headers->type == ETHERTYPE_ARP && iface->addr.family == OHBA_FAMILY_IPV4)
			wire_arp_input(iface, data, len);
		else if (headers->type == ETHERTYPE_IPV6 && iface->addr.family == OHBA_FAMILY_IPV6)
			wire_nd_input(iface, headers->src, data, len);
	}
}

/* And from a station: an answer to a group would come from us. */
static bool is_for_us(const struct ohba_wire *wire, const struct headers *headers)
{
	return !(headers->src[0] & 1) &&
	       (headers->dst[0] & 1 || !memcmp(headers->dst, wire->mac, WIRE_MAC_LEN));
}

static void input(struct ohba_wire *wire, struct wire_frame *frame)
{
	struct headers headers;
	struct wire_iface *iface;
	struct ip ip = { 0 };
	const uint8_t *data;
	size_t len;

	/* First: what answers it is mirrored, too. */
	if (wire->mirror)
		wire->events->frame(wire->arg, frame->bytes, frame->len);
	if (parse(frame, &headers) && is_for_us(wire, &headers)) {
		data = frame->bytes + headers.len;
		len = frame->len - headers.len;
		iface = addressee(wire, &headers, data, len, &ip);
		if (iface) {
			to_lwip(iface, frame, headers.len, &ip);
			return;
		}
		if (is_pong(wire, &headers, &ip, data) ||
		    is_about_ours(wire, &headers, &ip, data)) {
			free(frame);
			return;
		}
		neighbours(wire, &headers, data, len);
	}
	if (!wire->mirror)
		wire->events->frame(wire->arg, frame->bytes, frame->len);
	free(frame);
}

/* --- link ------------------------------------------------------------------- */

bool wire_link_is_up(struct ohba_wire *wire)
{
	bool up;

	pthread_mutex_lock(&wire->lock);
	up = wire->link;
	pthread_mutex_unlock(&wire->lock);
	return up;
}

void ohba_wire_set_link(struct ohba_wire *wire, bool up)
{
	pthread_mutex_lock(&wire->lock);
	wire->came_up = up && !wire->link;
	wire->link = up;
	pthread_mutex_unlock(&wire->lock);
	ohba_loop_wake(wire->loop);
}

/* What the network remembers of us may be of before: it may be another network. */
static void announce_after_link(struct ohba_wire *wire)
{
	bool came_up;

	pthread_mutex_lock(&wire->lock);
	came_up = wire->came_up;
	wire->came_up = false;
	pthread_mutex_unlock(&wire->lock);
	if (came_up)
		wire_ifaces_announce(wire);
}

/* --- lwIP itself, one for the process --------------------------------------- */

uint32_t ohba_wire_random(void)
{
	uint32_t value;

	/* So few bytes come whole, and cannot fail once the system is up. */
	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		abort();
	return value;
}

/* RFC 1071; what is left over at the end counts as if a zero followed. */
uint16_t ohba_wire_checksum(const void *data, int len)
{
	const uint8_t *at = data;
	uint64_t sum = 0;
	uint32_t word;

	for (; len >= 4; len -= 4, at += 4) {
		memcpy(&word, at, 4);
		sum += word;
	}
	if (len) {
		word = 0;
		memcpy(&word, at, len);
		sum += word;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static pthread_once_t lwip_once = PTHREAD_ONCE_INIT;

#define TICK_NS	(TCP_TMR_INTERVAL * OHBA_NS_PER_MS)

/* Each adapter ticks while there are connections; one tick in TICK_NS counts. */
static void tick(struct ohba_timer *timer)
{
	static uint64_t last;
	uint64_t now = ohba_loop_now(timer->loop);

	/* A test's clock may start anew. */
	if (now < last || now - last >= TICK_NS - OHBA_NS_PER_MS) {
		last = now;
		tcp_tmr();
	}
}

static void keep_ticking(struct ohba_wire *wire)
{
	if ((tcp_active_pcbs || tcp_tw_pcbs) && !ohba_timer_armed(&wire->tick))
		ohba_timer_arm(&wire->tick, TICK_NS);
}

/* --- turns ------------------------------------------------------------------ */

static bool poll(struct ohba_poller *poller)
{
	struct ohba_wire *wire = ohba_container(poller, struct ohba_wire, poller);
	struct wire_frame *frame = take_frames(wire), *next;
	bool any = frame;

	announce_after_link(wire);
	for (; frame; frame = next) {
		next = frame->next;
		input(wire, frame);
	}
	any |= wire_tcp_poll(wire);
	keep_ticking(wire);
	return any;
}

static bool sleep_now(struct ohba_poller *poller)
{
	struct ohba_wire *wire = ohba_container(poller, struct ohba_wire, poller);
	bool idle;

	pthread_mutex_lock(&wire->lock);
	idle = !wire->rx_frames && !wire->came_up;
	pthread_mutex_unlock(&wire->lock);
	return idle && ohba_list_empty(&wire->ready);
}

/* --- an adapter's ----------------------------------------------------------- */

#define TIMERS	(WIRE_PATHS_MAX + OHBA_PINGS_MAX + 2)	/* wire->tick, wire->ask */

struct ohba_wire *ohba_wire_create(struct ohba_loop *loop, const uint8_t mac[6], uint32_t mtu,
				   ohba_wire_send_fn send, void *host)
{
	struct ohba_wire *wire = calloc(1, sizeof(*wire));

	if (!wire || ohba_loop_reserve_timers(loop, TIMERS))
		goto err_free;
	pthread_once(&lwip_once, lwip_init);
	wire->engine.ops = &wire_tcp_ops;
	wire->engine.kind = OHBA_ENGINE_WIRE;
	wire->loop = loop;
	wire->send = send;
	wire->host = host;
	memcpy(wire->mac, mac, WIRE_MAC_LEN);
	wire->mtu = mtu;
	wire->link = true;
	ohba_list_init(&wire->tcps);
	ohba_list_init(&wire->ready);
	wire->rx_tail = &wire->rx;
	pthread_mutex_init(&wire->lock, NULL);
	wire_paths_init(wire);
	wire_pings_init(wire);
	ohba_timer_init(&wire->tick, loop, tick);
	ohba_timer_init(&wire->ask, loop, wire_tcp_ask);
	wire->poller.poll = poll;
	wire->poller.sleep = sleep_now;
	return wire;

err_free:
	free(wire);
	return NULL;
}

static void set_on(struct ohba_wire *wire, bool on)
{
	pthread_mutex_lock(&wire->lock);
	wire->on = on;
	pthread_mutex_unlock(&wire->lock);
}

void ohba_wire_start(struct ohba_wire *wire)
{
	ohba_poller_add(wire->loop, &wire->poller);
	set_on(wire, true);
}

void ohba_wire_stop(struct ohba_wire *wire)
{
	struct wire_iface *iface;
	struct wire_frame *frame, *next;

	set_on(wire, false);
	wire_pings_forget(wire);
	wire->mirror = false;
	for (iface = wire->ifaces; iface < &wire->ifaces[WIRE_IFACES_MAX]; iface++)
		wire_iface_clear(iface);
	for (frame = take_frames(wire); frame; frame = next) {
		next = frame->next;
		free(frame);
	}
	ohba_timer_cancel(&wire->tick);
	ohba_timer_cancel(&wire->ask);
	ohba_poller_del(wire->loop, &wire->poller);
}

void ohba_wire_destroy(struct ohba_wire *wire)
{
	if (!wire)
		return;
	(void)ohba_loop_reserve_timers(wire->loop, -TIMERS);
	pthread_mutex_destroy(&wire->lock);
	free(wire);
}

void ohba_wire_attach(struct ohba_wire *wire, const struct ohba_wire_events *events,
		      void *arg)
{
	wire->events = events;
	wire->arg = arg;
}

struct ohba_wire *ohba_wire_of(struct ohba_tcp_engine *engine)
{
	return engine->kind == OHBA_ENGINE_WIRE ?
	       ohba_container(engine, struct ohba_wire, engine) : NULL;
}

struct ohba_tcp_engine *ohba_wire_engine(struct ohba_wire *wire)
{
	return &wire->engine;
}

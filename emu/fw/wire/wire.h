/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire engine from inside: one station of a real Ethernet for each adapter, on
 * one lwIP for all of them. Everything runs in the loop's thread but what says so.
 *
 * Below lwIP: station.c takes turns, input.c and output.c have the frames; iface.c holds
 * the adapter's addresses; path.c where a destination's frames go; resolve.c asks for the
 * MAC of a next hop; arp.c and nd.c have the words for that, and answer for our addresses;
 * pmtu.c hears how large packets may be; ping.c sends echo requests. Above it: tcp_wire.c,
 * and linger.c for what that let go.
 */
#ifndef OHBA_WIRE_PRIV_H
#define OHBA_WIRE_PRIV_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lwip/netif.h"

#include "list.h"
#include "loop.h"
#include "ohba_admin.h"
#include "ohba_fw.h"
#include "ohba_wire.h"
#include "tcp.h"

#define WIRE_MAC_LEN		6
#define WIRE_IFACES_MAX		OHBA_IFACES_MAX
#define WIRE_PATHS_MAX		256
#define WIRE_MTU_MAX		OHBA_WIRE_MTU_MAX
#define WIRE_FRAME_MAX		(WIRE_MTU_MAX + 18)	/* Ethernet header, VLAN tag */
#define WIRE_RX_FRAMES_MAX	1024			/* received, not yet looked at */

/* An IP address with its family; IPv4 in the first four bytes, the rest zero. */
struct wire_addr {
	uint8_t family;			/* enum ohba_family, 0: none */
	uint8_t bytes[16];		/* network byte order */
};

/* An address of the adapter's, on a VLAN or none. */
struct wire_iface {
	struct ohba_wire *wire;
	bool used;
	uint16_t tci;			/* VLAN id, 0: none, and priority (IEEE 802.1Q) */
	struct wire_addr addr;
	struct netif netif;
};

/*
 * Where frames to @dst go: through @iface to the station @mac, which has the address
 * @hop: @dst itself or a router.
 */
struct wire_path {
	struct ohba_list bucket;
	struct wire_iface *iface;	/* NULL: a free entry */
	struct ohba_list users;		/* connections to @dst */
	struct wire_addr dst, hop;
	uint8_t mac[WIRE_MAC_LEN];
	uint8_t unanswered;		/* probes */
	uint16_t mtu;			/* that a router told, 0: none has */
	uint64_t mtu_end_ns;		/* until then */
	struct ohba_timer confirm;
};

/* What MAC has the neighbour @hop? */
struct wire_question {
	struct wire_iface *iface;	/* NULL: a free entry */
	struct wire_addr hop;
	uint8_t asked;			/* how often */
	bool known;			/* @mac */
	bool wanted;			/* it is still to be told */
	uint8_t mac[WIRE_MAC_LEN];
	uint64_t next_ns;		/* not to be asked again before */
	struct ohba_timer timer;
};

/* An echo request of the host's. */
struct wire_ping {
	struct ohba_wire *wire;
	bool used;
	bool sent;			/* not before there is a path; then: */
	struct wire_addr src;
	uint16_t vid;
	struct wire_addr dst;
	uint16_t len;			/* of its data, bytes */
	uint32_t mark;			/* that nobody can guess who did not see it */
	uint64_t end_ns;
	struct ohba_timer timer;
};

struct ohba_wire {
	struct ohba_tcp_engine engine;
	struct ohba_loop *loop;
	ohba_wire_send_fn send;
	void *host;
	const struct ohba_wire_events *events;
	void *arg;
	uint8_t mac[WIRE_MAC_LEN];
	uint32_t mtu;
	struct ohba_poller poller;

	struct wire_iface ifaces[WIRE_IFACES_MAX];
	struct wire_path paths[WIRE_PATHS_MAX];
	struct ohba_list path_buckets[WIRE_PATHS_MAX];
	unsigned int path_gives_way;	/* to a new one, modulo how many there are */
	struct wire_question questions[WIRE_PATHS_MAX];
	unsigned int nquestions;

	struct wire_ping pings[OHBA_PINGS_MAX];
	bool mirror;			/* the host sees our own frames, too */
	struct ohba_list tcps;		/* all */
	struct ohba_list ready;		/* that have something to tell their owners */
	struct ohba_tcp *in_input;	/* whose segment lwIP has now; NULL: none, or it was closed */
	struct ohba_timer tick;		/* lwIP's, while it has connections */
	struct ohba_timer ask;		/* for paths, while connections wait for them */

	pthread_mutex_t lock;		/* covers what follows: frames come in any thread */
	struct wire_frame *rx, **rx_tail;
	unsigned int rx_frames;
	bool link, came_up;		/* came_up: since the last turn */
	bool on;
};

/* Ethernet header with room for a VLAN tag. */
struct wire_eth {
	uint8_t bytes[18];
	uint8_t len;
};

/* A frame that came in. Its memory goes with the last pbuf that is of it. */
struct wire_frame {
	struct pbuf_custom pbuf;
	struct wire_frame *next;
	size_t len;
	uint8_t pad[2];			/* so that IP headers are aligned */
	uint8_t bytes[];
};

bool wire_link_is_up(struct ohba_wire *wire);		/* station.c; any thread */

/* input.c. NULL: no frame is so long, or there is no memory. Any thread. */
struct wire_frame *wire_frame_make(const struct iovec *iov, int iovcnt);
void wire_input(struct ohba_wire *wire, struct wire_frame *frame);	/* owns it */
/*
 * @p, or what takes its place: a frame of which lwIP left little takes no more memory than
 * that is worth. Nobody else may refer to @p.
 */
struct pbuf *wire_frame_shrink(struct pbuf *p);
/* The address of ours whose packet lwIP has just now, or NULL. */
struct wire_iface *wire_asked(void);
/* The MAC that it came from, if that is @iface and who sent it @addr; or NULL. */
const uint8_t *wire_asker(const struct wire_iface *iface, const struct wire_addr *addr);

/* output.c: the header of a frame from us; then, send it before @iov. */
void wire_eth_fill(struct wire_eth *eth, const struct wire_iface *iface,
		   const uint8_t *dst, uint16_t type);
void wire_send_frame(struct ohba_wire *wire, const struct wire_eth *eth,
	       const struct iovec *iov, int iovcnt);
/* For lwIP: send what it made to @ip. */
err_t wire_output4(struct netif *netif, struct pbuf *p, const ip4_addr_t *ip);
err_t wire_output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *ip);

/* iface.c */
struct wire_addr wire_addr_make(uint8_t family, const uint8_t *bytes);	/* 4 or 16 */
void wire_iface_clear(struct wire_iface *iface);	/* ends its connections */
struct wire_iface *wire_iface_find(struct ohba_wire *wire, const struct wire_addr *addr,
				   uint16_t vid);
/* Say to all on the network that our addresses are here. */
void wire_ifaces_announce(struct ohba_wire *wire);
uint16_t wire_iface_vid(const struct wire_iface *iface);	/* 0: untagged */

/* path.c */
void wire_paths_init(struct ohba_wire *wire);
struct wire_path *wire_path_find(struct ohba_wire *wire, const struct wire_addr *dst);
/* Ask for a path to @dst. */
enum ohba_status wire_path_want(struct ohba_wire *wire, const struct wire_addr *dst);
void wire_paths_forget(struct wire_iface *iface);
/*
 * The station that has @hop on @iface's network speaks of itself: it is @mac; NULL: it
 * does not say which.
 */
#define WIRE_ANSWERS	1	/* a request of ours, if there was one */
#define WIRE_OVERRIDES	2	/* what was known of it before */
void wire_path_heard(struct wire_iface *iface, const struct wire_addr *hop, const uint8_t *mac,
		     unsigned int how);

/* resolve.c. As wire_path_heard(), of who can have @mac. */
void wire_resolve_init(struct ohba_wire *wire);
void wire_resolve_heard(struct wire_iface *iface, const struct wire_addr *hop,
			const uint8_t *mac, unsigned int how);
void wire_resolve_forget(struct wire_iface *iface);	/* tells nobody */

/*
 * arp.c, nd.c: @data without the Ethernet header. Probes ask a next hop if it is there;
 * asking is to all, as its MAC is not known.
 */
void wire_arp_input(struct wire_iface *iface, const uint8_t *data, size_t len);
void wire_arp_probe(struct wire_path *path);
void wire_arp_ask(struct wire_iface *iface, const struct wire_addr *hop);
void wire_arp_announce(struct wire_iface *iface);
void wire_nd_input(struct wire_iface *iface, const uint8_t *src_mac,
		   const uint8_t *data, size_t len);
void wire_nd_probe(struct wire_path *path);
void wire_nd_ask(struct wire_iface *iface, const struct wire_addr *hop);
void wire_nd_announce(struct wire_iface *iface);

/* RFC 4443 section 2.3; 0 if the one in @data is right. */
uint16_t wire_icmp6_checksum(const uint8_t src[16], const uint8_t dst[16], const void *data,
			     size_t len);

/* pmtu.c: the largest packet that goes that way, and what of it is TCP's, bytes. */
uint32_t wire_path_mtu(const struct wire_path *path);
uint16_t wire_path_mss(const struct wire_path *path);
/* An ICMPv6 message from @src to @iface; true: it spoke of a packet of ours, and is done with. */
bool wire_pmtu_heard(struct wire_iface *iface, const struct wire_addr *src, const uint8_t *icmp,
		     size_t len);
/* @p, an IPv6 packet that is larger than that, in fragments behind @eth. */
void wire_pmtu_send(const struct wire_path *path, const struct wire_eth *eth,
		    const struct pbuf *p);

/* ping.c: an ICMP message from @src to @dst; true: it ended one, and is done with. */
bool wire_ping_heard(struct ohba_wire *wire, uint16_t vid, const struct wire_addr *src,
		     const struct wire_addr *dst, const uint8_t *icmp, size_t len);
/* As wire_tcp_path_ready(). */
void wire_pings_path_ready(struct ohba_wire *wire, const struct wire_addr *dst,
			   const struct wire_path *path, enum ohba_status status);
void wire_pings_init(struct ohba_wire *wire);
void wire_pings_forget(struct ohba_wire *wire);		/* ends nothing */

/* segment.c: bytes of the option at @option, of @left; 0: it is the end of them, or none. */
size_t wire_option_len(const uint8_t *option, size_t left);

struct tcp_pcb;

/* tcp_wire.c */
extern const struct ohba_tcp_engine_ops wire_tcp_ops;
bool wire_tcp_poll(struct ohba_wire *wire);	/* tell the owners; true: there was something */
void wire_tcp_ask(struct ohba_timer *timer);	/* wire->ask */
/*
 * Connections to @dst use @path from now on, and those that waited for one start. NULL:
 * there is none, and these fail with @status.
 */
void wire_tcp_path_ready(struct ohba_wire *wire, const struct wire_addr *dst,
			 struct wire_path *path, enum ohba_status status);
/*
 * lwIP gets a segment of one that is established, with @options, @len bytes (0 as well if it
 * may be another's than the peer's); and has got it.
 */
void wire_tcp_before_input(struct tcp_pcb *pcb, const uint8_t *options, size_t len);
void wire_tcp_after_input(struct ohba_wire *wire);
void wire_tcp_tick(struct ohba_wire *wire);
/* Segments to its destination have to become smaller. */
void wire_tcp_path_narrowed(const struct wire_path *path);

#endif /* OHBA_WIRE_PRIV_H */

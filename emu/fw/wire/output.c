// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames out: lwIP's packets, those that the engine makes itself, and the host's. */
#include <string.h>

#include "frame.h"
#include "ohba_admin.h"
#include "wire.h"

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
	return wire_asker(iface, dst);
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

	if (dst->family != OHBA_FAMILY_IPV6 || p->tot_len <= IP6_MTU_MIN)
		return NULL;
	path = wire_path_find(iface->wire, dst);
	return path && path->iface == iface && p->tot_len > wire_path_mtu(path) ? path : NULL;
}

/*
 * lwIP's packet to @dst. Without a path it is lost, as on a wire; TCP sends it again. That is no
 * error: lwIP would keep the segment unsent, and append to it what another has the number of
 * (recovery.c).
 */
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

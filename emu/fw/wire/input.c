// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames in: what they are, and who they are for. What is not for a connection, ARP or
 * ND is the host's.
 */
#include <stdlib.h>
#include <string.h>

#include "lwip/ip.h"

#include "frame.h"
#include "ohba_admin.h"
#include "wire.h"

/* No byte behind the frame: a sanitizer is to see who looks there. */
static size_t frame_size(size_t len)
{
	return offsetof(struct wire_frame, bytes) + len;
}

struct wire_frame *wire_frame_make(const struct iovec *iov, int iovcnt)
{
	size_t len = ohba_iov_len(iov, iovcnt), done = 0;
	struct wire_frame *frame;

	if (len > WIRE_FRAME_MAX)
		return NULL;
	frame = malloc(frame_size(len));
	if (!frame)
		return NULL;
	for (; iovcnt--; done += iov++->iov_len)
		memcpy(frame->bytes + done, iov->iov_base, iov->iov_len);
	frame->len = len;
	frame->next = NULL;
	return frame;
}

static struct wire_frame *frame_of(struct pbuf *p)
{
	return ohba_container((struct pbuf_custom *)p, struct wire_frame, pbuf);
}

static void frame_free(struct pbuf *p)
{
	free(frame_of(p));
}

#define SLACK	256	/* bytes; headers are less */

struct pbuf *wire_frame_shrink(struct pbuf *p)
{
	struct wire_frame *frame = frame_of(p), *less;

	if (frame->len <= 2u * p->len + SLACK)
		return p;
	memmove(frame->bytes, p->payload, p->len);
	frame->len = p->len;
	less = realloc(frame, frame_size(frame->len));
	if (less)
		frame = less;
	p = &frame->pbuf.pbuf;
	p->payload = frame->bytes;
	return p;
}

/* --- what they are --------------------------------------------------------- */

struct headers {
	const uint8_t *dst, *src;
	uint16_t vid, type;
	size_t len;
};

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

/* The room of a tag is none for a packet: an answer may have one. */
static bool is_too_long(const struct wire_frame *frame, const struct headers *headers)
{
	return frame->len - headers->len > WIRE_MTU_MAX;
}

/* Where an IP packet goes, and what it is. */
struct packet {
	struct wire_addr src, dst;
	size_t hlen, len;		/* of its header; of it all */
	uint8_t proto;			/* 0: it is none */
	uint8_t icmp_type;
};

/*
 * lwIP goes by the version in the packet, not by the frame's type: if they differ,
 * it would find other addresses than we do. It reassembles nothing.
 */
static bool parse_ip4(const uint8_t *data, size_t len, struct packet *packet)
{
	const struct ip4 *ip = (const void *)data;
	size_t hlen;

	if (len < sizeof(*ip) || ip->version >> 4 != 4 || get_be16(ip->fragment) & IP4_FRAGMENT)
		return false;
	hlen = (ip->version & 0xf) * 4;
	packet->len = get_be16(ip->len);
	if (hlen < sizeof(*ip) || packet->len < hlen || packet->len > len)
		return false;
	packet->hlen = hlen;
	packet->proto = ip->proto;
	packet->src = wire_addr_make(OHBA_FAMILY_IPV4, ip->src);
	packet->dst = wire_addr_make(OHBA_FAMILY_IPV4, ip->dst);
	packet->icmp_type = hlen < packet->len ? data[hlen] : 0;
	return true;
}

/* Extension headers come with nothing that is ours. */
static bool parse_ip6(const uint8_t *data, size_t len, struct packet *packet)
{
	const struct ip6 *ip = (const void *)data;

	if (len < sizeof(*ip) || ip->version[0] >> 4 != 6)
		return false;
	packet->len = sizeof(*ip) + get_be16(ip->len);
	if (packet->len > len)
		return false;
	packet->hlen = sizeof(*ip);
	packet->proto = ip->next;
	packet->src = wire_addr_make(OHBA_FAMILY_IPV6, ip->src);
	packet->dst = wire_addr_make(OHBA_FAMILY_IPV6, ip->dst);
	packet->icmp_type = sizeof(*ip) < packet->len ? data[sizeof(*ip)] : 0;
	return true;
}

/* --- who it is for ---------------------------------------------------------- */

static bool is_for_lwip(const struct packet *packet)
{
	if (packet->proto == PROTO_TCP)
		return true;
	if (packet->dst.family == OHBA_FAMILY_IPV4)
		return packet->proto == PROTO_ICMP && packet->icmp_type == ICMP_ECHO_REQUEST;
	return packet->proto == PROTO_ICMP6 && packet->icmp_type == ICMP6_ECHO_REQUEST;
}

/* An answer that somebody waits for, or a router's word about a packet of ours. */
static bool is_awaited(struct ohba_wire *wire, const struct headers *headers,
		       const struct packet *packet, const uint8_t *data)
{
	bool v4 = packet->dst.family == OHBA_FAMILY_IPV4;
	const uint8_t *icmp = data + packet->hlen;
	size_t len = packet->len - packet->hlen;
	struct wire_iface *iface;

	if (packet->proto != (v4 ? PROTO_ICMP : PROTO_ICMP6))
		return false;
	if (wire_ping_heard(wire, headers->vid, &packet->src, &packet->dst, icmp, len))
		return true;
	iface = v4 ? NULL : wire_iface_find(wire, &packet->dst, headers->vid);
	return iface && wire_pmtu_heard(iface, &packet->src, icmp, len);
}

/* --- to lwIP ---------------------------------------------------------------- */

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

const uint8_t *wire_asker(const struct wire_iface *iface, const struct wire_addr *addr)
{
	bool asked = asker.iface == iface && !memcmp(&asker.addr, addr, sizeof(*addr));

	return asked ? asker.mac : NULL;
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
		    const struct packet *packet)
{
	struct pbuf *p;
	size_t len;

	memcpy(asker.mac, frame->bytes + WIRE_MAC_LEN, WIRE_MAC_LEN);
	asker.addr = packet->src;
	asker.iface = iface;
	frame = trim(frame, skip + packet->len);
	len = frame->len - skip;
	frame->pbuf.custom_free_function = frame_free;
	p = pbuf_alloced_custom(PBUF_RAW, len, PBUF_REF, &frame->pbuf,
				frame->bytes + skip, len);
	if (iface->netif.input(p, &iface->netif))
		pbuf_free(p);
	asker.iface = NULL;
	wire_tcp_after_input(iface->wire);
}

/* The address of ours that an IP packet is for, if lwIP is to have it. */
static struct wire_iface *addressee(struct ohba_wire *wire, const struct headers *headers,
				    const uint8_t *data, size_t len, struct packet *packet)
{
	/* What everybody got is not to be answered by everybody (RFC 1122 section 3.2.2). */
	if (headers->dst[0] & 1)
		return NULL;
	if (headers->type == ETHERTYPE_IPV4 ? !parse_ip4(data, len, packet) :
	    headers->type != ETHERTYPE_IPV6 || !parse_ip6(data, len, packet))
		return NULL;
	return is_for_lwip(packet) ? wire_iface_find(wire, &packet->dst, headers->vid) : NULL;
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

void wire_input(struct ohba_wire *wire, struct wire_frame *frame)
{
	struct headers headers;
	struct wire_iface *iface;
	struct packet packet = { 0 };
	const uint8_t *data;
	size_t len;

	/* First: what answers it is mirrored, too. */
	if (wire->mirror)
		wire->events->frame(wire->arg, frame->bytes, frame->len);
	if (parse(frame, &headers) && !is_too_long(frame, &headers) &&
	    is_for_us(wire, &headers)) {
		data = frame->bytes + headers.len;
		len = frame->len - headers.len;
		iface = addressee(wire, &headers, data, len, &packet);
		if (iface) {
			to_lwip(iface, frame, headers.len, &packet);
			return;
		}
		if (is_awaited(wire, &headers, &packet, data)) {
			free(frame);
			return;
		}
		neighbours(wire, &headers, data, len);
	}
	if (!wire->mirror)
		wire->events->frame(wire->arg, frame->bytes, frame->len);
	free(frame);
}

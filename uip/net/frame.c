// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every frame is made of: Ethernet, IP, UDP. Whoever reads further gets a packet whose
 * lengths and checksums are right. Fragments and extension headers carry nothing of ours.
 */
#include <string.h>

#include "bytes.h"
#include "net.h"
#include "port.h"

#define ETH_HLEN	14
#define TAG_LEN		4
#define TYPE_IPV4	0x0800
#define TYPE_ARP	0x0806
#define TYPE_VLAN	0x8100
#define TYPE_IPV6	0x86dd

#define IP4_HLEN	20
#define IP6_HLEN	40
#define UDP_HLEN	8
#define PROTO_UDP	17
#define PROTO_ICMPV6	58
#define FRAGMENT	0x3fff		/* of an offset, or with more behind it */
#define HOPS		64
#define ND_HOPS		255		/* it crossed no router (RFC 4861) */

#define DHCP_CLIENT	68		/* ports, RFC 2131, RFC 8415 */
#define DHCP6_CLIENT	546

_Static_assert(ETH_HLEN + TAG_LEN + IP6_HLEN + UDP_HLEN + UIP_PACKET_MAX <= UIP_FRAME_MAX,
	       "a packet fits into a frame");

const uint8_t uip_mac_all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

bool uip_is_wrong_mac(const struct uip_port *port, const uint8_t mac[6])
{
	static const uint8_t none[6];

	return mac[0] & 1 || !memcmp(mac, none, 6) || !memcmp(mac, port->mac, 6);
}

/* RFC 1071: of @len bytes, and what @sum has already; zero if it is in them and right. */
static uint16_t checksum(const uint8_t *p, size_t len, uint32_t sum)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get_be16(p + i);
	if (len & 1)
		sum += p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* With the pseudo header: RFC 768, RFC 8200 8.1; addresses end each IP header. */
static uint16_t checksum4(const uint8_t *ip, const uint8_t *payload, size_t len)
{
	uint32_t addrs = (uint16_t)~checksum(ip + 12, 8, 0);

	return checksum(payload, len, addrs + PROTO_UDP + len);
}

static uint16_t checksum6(const uint8_t *ip, size_t len, uint8_t proto)
{
	return checksum(ip + 8, IP6_HLEN - 8 + len, len + proto);
}

/* --- out ------------------------------------------------------------------- */

void uip_send(struct uip_port *port, uint16_t tci, const uint8_t dst[6], uint16_t type,
	      const uint8_t *packet, size_t len)
{
	uint8_t frame[UIP_FRAME_MAX], *at = frame + 12;

	memcpy(frame, dst, 6);
	memcpy(frame + 6, port->mac, 6);
	if (tci) {
		put_be16(at, TYPE_VLAN);
		put_be16(at + 2, tci);
		at += TAG_LEN;
	}
	put_be16(at, type);
	memcpy(at + 2, packet, len);
	uip_port_send(port, frame, at + 2 + len - frame);
}

/* Return: where the payload goes. */
static uint8_t *fill_ip6(uint8_t *ip, const uint8_t src[16], const uint8_t dst[16],
			 uint8_t proto, uint8_t hops, size_t len)
{
	memset(ip, 0, IP6_HLEN);
	ip[0] = 0x60;
	put_be16(ip + 4, len);
	ip[6] = proto;
	ip[7] = hops;
	memcpy(ip + 8, src, 16);
	memcpy(ip + 24, dst, 16);
	return ip + IP6_HLEN;
}

/* RFC 2464 7. */
static void group_mac(uint8_t mac[6], const uint8_t group[16])
{
	mac[0] = mac[1] = 0x33;
	memcpy(mac + 2, group + 12, 4);
}

void uip_send_icmp6(struct uip_port *port, uint16_t tci, const uint8_t *dst_mac,
		    const uint8_t src[16], const uint8_t dst[16],
		    const uint8_t *icmp, size_t len)
{
	uint8_t ip[IP6_HLEN + UIP_PACKET_MAX], mac[6];
	uint8_t *payload = fill_ip6(ip, src, dst, PROTO_ICMPV6, ND_HOPS, len);

	memcpy(payload, icmp, len);
	put_be16(payload + 2, checksum6(ip, len, PROTO_ICMPV6));
	if (!dst_mac)
		group_mac(mac, dst);
	uip_send(port, tci, dst_mac ?: mac, TYPE_IPV6, ip, IP6_HLEN + len);
}

static void fill_udp(uint8_t *udp, uint16_t src_port, uint16_t dst_port,
		     const uint8_t *data, size_t len)
{
	put_be16(udp, src_port);
	put_be16(udp + 2, dst_port);
	put_be16(udp + 4, UDP_HLEN + len);
	put_be16(udp + 6, 0);
	memcpy(udp + UDP_HLEN, data, len);
}

void uip_send_udp6(struct uip_port *port, uint16_t tci, const uint8_t src[16],
		   const uint8_t group[16], uint16_t src_port, uint16_t dst_port,
		   const uint8_t *data, size_t len)
{
	uint8_t ip[IP6_HLEN + UDP_HLEN + UIP_PACKET_MAX], mac[6];
	uint8_t *udp = fill_ip6(ip, src, group, PROTO_UDP, HOPS, UDP_HLEN + len);

	fill_udp(udp, src_port, dst_port, data, len);
	/* Zero would mean that there is none. */
	put_be16(udp + 6, checksum6(ip, UDP_HLEN + len, PROTO_UDP) ?: 0xffff);
	group_mac(mac, group);
	uip_send(port, tci, mac, TYPE_IPV6, ip, IP6_HLEN + UDP_HLEN + len);
}

void uip_send_udp4(struct uip_port *port, uint16_t tci, const uint8_t dst_mac[6],
		   const uint8_t src[4], const uint8_t dst[4], uint16_t src_port,
		   uint16_t dst_port, const uint8_t *data, size_t len)
{
	uint8_t ip[IP4_HLEN + UDP_HLEN + UIP_PACKET_MAX] = { 0x45 };
	uint8_t *udp = ip + IP4_HLEN;

	put_be16(ip + 2, IP4_HLEN + UDP_HLEN + len);
	ip[8] = HOPS;
	ip[9] = PROTO_UDP;
	memcpy(ip + 12, src, 4);
	memcpy(ip + 16, dst, 4);
	put_be16(ip + 10, checksum(ip, IP4_HLEN, 0));
	fill_udp(udp, src_port, dst_port, data, len);
	put_be16(udp + 6, checksum4(ip, udp, UDP_HLEN + len) ?: 0xffff);
	uip_send(port, tci, dst_mac, TYPE_IPV4, ip, IP4_HLEN + UDP_HLEN + len);
}

/* --- in -------------------------------------------------------------------- */

static bool is_udp_to(const struct uip_packet *packet, uint16_t port_number)
{
	return packet->len >= UDP_HLEN && get_be16(packet->data + 2) == port_number;
}

/* Of @packet, UDP from its header on; then without it. */
static enum uip_malformed strip_udp(struct uip_packet *packet)
{
	size_t len = get_be16(packet->data + 4);

	if (len < UDP_HLEN || len > packet->len)
		return UIP_BAD_UDP;
	packet->data += UDP_HLEN;
	packet->len = len - UDP_HLEN;
	return UIP_WELL_FORMED;
}

static size_t ip4_hlen(const uint8_t *ip)
{
	return (ip[0] & 15) * 4;
}

static enum uip_malformed check_ip4(const uint8_t *ip, size_t len)
{
	if (len < IP4_HLEN || ip[0] >> 4 != 4 || ip4_hlen(ip) < IP4_HLEN ||
	    get_be16(ip + 2) < ip4_hlen(ip) || get_be16(ip + 2) > len)
		return UIP_BAD_IPV4;
	return checksum(ip, ip4_hlen(ip), 0) ? UIP_BAD_CHECKSUM : UIP_WELL_FORMED;
}

/* Of what UDP says that it is long: the checksum covers no padding. */
static enum uip_malformed check_udp4(const uint8_t *ip, const struct uip_packet *packet)
{
	return get_be16(packet->data - 2) &&
	       checksum4(ip, packet->data - UDP_HLEN, packet->len + UDP_HLEN) ?
	       UIP_BAD_CHECKSUM : UIP_WELL_FORMED;
}

static enum uip_malformed input_ip4(struct uip_port *port, struct uip_packet *packet,
				    const uint8_t *ip, size_t len)
{
	enum uip_malformed bad = check_ip4(ip, len);

	if (bad || ip[9] != PROTO_UDP || get_be16(ip + 6) & FRAGMENT)
		return bad;
	packet->src = uip_addr_make(ip + 12, 4);
	packet->data = ip + ip4_hlen(ip);
	packet->len = get_be16(ip + 2) - ip4_hlen(ip);
	if (!is_udp_to(packet, DHCP_CLIENT))
		return UIP_WELL_FORMED;
	bad = strip_udp(packet) ?: check_udp4(ip, packet);
	return bad ?: uip_dhcp4_input(port, packet);
}

static enum uip_malformed check_ip6(const uint8_t *ip, size_t len)
{
	if (len < IP6_HLEN || ip[0] >> 4 != 6 || get_be16(ip + 4) > len - IP6_HLEN)
		return UIP_BAD_IPV6;
	return checksum6(ip, get_be16(ip + 4), ip[6]) ? UIP_BAD_CHECKSUM : UIP_WELL_FORMED;
}

static enum uip_malformed input_ip6(struct uip_port *port, struct uip_packet *packet,
				    const uint8_t *ip, size_t len)
{
	enum uip_malformed bad;

	/* What is behind other headers is not for us. */
	if (len >= IP6_HLEN && ip[6] != PROTO_ICMPV6 && ip[6] != PROTO_UDP)
		return UIP_WELL_FORMED;
	bad = check_ip6(ip, len);
	if (bad)
		return bad;
	packet->src = uip_addr_make(ip + 8, 16);
	packet->dst = uip_addr_make(ip + 24, 16);
	packet->data = ip + IP6_HLEN;
	packet->len = get_be16(ip + 4);
	/* Of ICMPv6, neighbour discovery is all that concerns us. */
	if (ip[6] == PROTO_ICMPV6)
		return uip_nd_input(port, packet, ip[7] == ND_HOPS);
	if (!is_udp_to(packet, DHCP6_CLIENT))
		return UIP_WELL_FORMED;
	return strip_udp(packet) ?: uip_dhcp6_input(port, packet);
}

static enum uip_malformed input(struct uip_port *port, const uint8_t *frame, size_t len,
				uint16_t vid)
{
	struct uip_packet packet = { .vid = vid };

	if (len < ETH_HLEN)
		return UIP_BAD_FRAME;
	packet.src_mac = frame + 6;
	switch (get_be16(frame + 12)) {
	case TYPE_ARP:
		return uip_arp_input(port, vid, frame + ETH_HLEN, len - ETH_HLEN);
	case TYPE_IPV4:
		return input_ip4(port, &packet, frame + ETH_HLEN, len - ETH_HLEN);
	case TYPE_IPV6:
		return input_ip6(port, &packet, frame + ETH_HLEN, len - ETH_HLEN);
	default:
		return UIP_WELL_FORMED;
	}
}

void uip_port_input(struct uip_port *port, const uint8_t *frame, size_t len, uint16_t vid)
{
	uip_malformed(port, input(port, frame, len, vid));
}

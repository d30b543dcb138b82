// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Path MTU discovery for IPv6 (RFC 8201): a router that a packet is too large for says
 * so, and segments become smaller. What was cut into segments before goes in fragments.
 * Routers of IPv4 fragment by themselves: our packets allow it.
 */
#include <string.h>

#include "lwip/priv/tcp_priv.h"

#include "frame.h"
#include "ohba_admin.h"
#include "wire.h"

#define TCP_HLEN_MIN	20
/* RFC 8201 section 4: then the path may have changed. */
#define PMTU_NS		(600 * OHBA_NS_PER_S)

/* With the beginning of the packet, which is TCP's. */
struct too_big {
	uint8_t type, code;
	uint8_t checksum[2];
	uint8_t mtu[4];
	struct ip6 ip;
	uint8_t src_port[2], dst_port[2];
	uint8_t seq[4];
};
_Static_assert(sizeof(struct too_big) == 56, "RFC 4443 section 3.2");

/* --- what is known ---------------------------------------------------------- */

uint32_t wire_path_mtu(const struct wire_path *path)
{
	uint32_t mtu = path->iface->netif.mtu;
	bool known = path->mtu && ohba_loop_now(path->iface->wire->loop) < path->mtu_end_ns;

	return known && path->mtu < mtu ? path->mtu : mtu;
}

uint16_t wire_path_mss(const struct wire_path *path)
{
	if (path->dst.family != OHBA_FAMILY_IPV6)
		return UINT16_MAX;
	return wire_path_mtu(path) - sizeof(struct ip6) - TCP_HLEN_MIN;
}

/* --- what is heard ---------------------------------------------------------- */

/* Who was not on the way does not know what is under way (RFC 5927 section 4). */
static bool sent_that(const struct tcp_pcb *pcb, const struct too_big *said)
{
	return IP_IS_V6_VAL(pcb->remote_ip) &&
	       !memcmp(ip_2_ip6(&pcb->remote_ip)->addr, said->ip.dst, 16) &&
	       !memcmp(ip_2_ip6(&pcb->local_ip)->addr, said->ip.src, 16) &&
	       pcb->local_port == get_be16(said->src_port) &&
	       pcb->remote_port == get_be16(said->dst_port) &&
	       TCP_SEQ_BETWEEN(get_be32(said->seq), pcb->lastack, pcb->snd_nxt);
}

/* An MTU that no link has is a lie, or a wish that we fragment for ever (RFC 8021). */
static bool is_credible(const struct wire_iface *iface, const struct too_big *said)
{
	const struct tcp_pcb *pcb;

	if (said->ip.next != PROTO_TCP || memcmp(said->ip.src, iface->addr.bytes, 16) ||
	    get_be32(said->mtu) < IP6_MTU_MIN)
		return false;
	for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
		if (sent_that(pcb, said))
			return true;
	return false;
}

static void learn(struct wire_path *path, uint32_t mtu)
{
	if (mtu >= wire_path_mtu(path))
		return;
	path->mtu = mtu;
	path->mtu_end_ns = ohba_loop_now(path->iface->wire->loop) + PMTU_NS;
	wire_tcp_path_narrowed(path);
}

bool wire_pmtu_heard(struct wire_iface *iface, const struct wire_addr *src, const uint8_t *icmp,
		     size_t len)
{
	struct wire_path *path;
	struct wire_addr dst;
	struct too_big said;

	if (len < sizeof(said) || icmp[0] != ICMP6_TOO_BIG ||
	    wire_icmp6_checksum(src->bytes, iface->addr.bytes, icmp, len))
		return false;
	memcpy(&said, icmp, sizeof(said));
	if (!is_credible(iface, &said))
		return false;
	dst = wire_addr_make(OHBA_FAMILY_IPV6, said.ip.dst);
	path = wire_path_find(iface->wire, &dst);
	if (path && path->iface == iface)
		learn(path, get_be32(said.mtu));
	return true;
}

/* --- fragments (RFC 8200 section 4.5) --------------------------------------- */

struct fragment {
	uint8_t next, reserved;
	uint8_t offset[2];		/* in bytes, a multiple of 8; and whether more follow */
	uint8_t id[4];
};
_Static_assert(sizeof(struct fragment) == 8, "RFC 8200 section 4.5");

#define MORE	1

void wire_pmtu_send(const struct wire_path *path, const struct wire_eth *eth,
		    const struct pbuf *p)
{
	size_t most = (wire_path_mtu(path) - sizeof(struct ip6) - sizeof(struct fragment)) & ~7u;
	uint32_t id = ohba_wire_random();
	uint8_t bytes[WIRE_MTU_MAX];
	struct fragment fragment;
	size_t len, done, n;
	struct ip6 ip;

	pbuf_copy_partial(p, &ip, sizeof(ip), 0);
	len = pbuf_copy_partial(p, bytes, sizeof(bytes), sizeof(ip));
	fragment = (struct fragment){ .next = ip.next };
	memcpy(fragment.id, &id, sizeof(id));
	ip.next = PROTO_FRAGMENT;
	for (done = 0; done < len; done += n) {
		n = len - done < most ? len - done : most;
		put_be16(fragment.offset, done | (done + n < len ? MORE : 0));
		put_be16(ip.len, sizeof(fragment) + n);
		wire_send_frame(path->iface->wire, eth, (struct iovec[]){
			{ &ip, sizeof(ip) }, { &fragment, sizeof(fragment) }, { bytes + done, n } }, 3);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Echo requests that the host has the adapter send (RFC 792, RFC 4443 section 4): one
 * each, over the path that its connections take, and the answer to it, or the word of
 * somebody on the way that there will be none.
 */
#include <string.h>

#include "lwip/ip.h"

#include "frame.h"
#include "ohba_admin.h"
#include "wire.h"

#define TTL		64
#define AGAIN_MS	1000	/* a path is asked for */

struct echo {
	uint8_t type, code;
	uint8_t checksum[2];
	uint8_t mark[4];		/* identifier and sequence number */
};
_Static_assert(sizeof(struct echo) == 8, "RFC 792");

static bool is_v4(const struct wire_addr *addr)
{
	return addr->family == OHBA_FAMILY_IPV4;
}

static size_t ip_len(const struct wire_addr *addr)
{
	return is_v4(addr) ? sizeof(struct ip4) : sizeof(struct ip6);
}

static uint16_t checksum(const struct wire_addr *src, const struct wire_addr *dst,
			 const void *data, size_t len)
{
	return is_v4(dst) ? ~ohba_wire_checksum(data, len) :
			    wire_icmp6_checksum(src->bytes, dst->bytes, data, len);
}

/* --- out -------------------------------------------------------------------- */

static void fill_ip4(const struct wire_ping *ping, uint8_t *at, size_t len)
{
	struct ip4 ip = { .version = 0x45, .ttl = TTL, .proto = PROTO_ICMP };
	uint16_t sum;

	put_be16(ip.len, sizeof(ip) + len);
	put_be16(ip.fragment, IP4_DONT_FRAGMENT);
	memcpy(ip.src, ping->src.bytes, 4);
	memcpy(ip.dst, ping->dst.bytes, 4);
	sum = ~ohba_wire_checksum(&ip, sizeof(ip));
	memcpy(ip.checksum, &sum, sizeof(sum));
	memcpy(at, &ip, sizeof(ip));
}

static void fill_ip6(const struct wire_ping *ping, uint8_t *at, size_t len)
{
	struct ip6 ip = { .version = { 0x60 }, .next = PROTO_ICMP6, .hop_limit = TTL };

	put_be16(ip.len, len);
	memcpy(ip.src, ping->src.bytes, 16);
	memcpy(ip.dst, ping->dst.bytes, 16);
	memcpy(at, &ip, sizeof(ip));
}

/* Nobody looks at them, but who answers must have seen them. */
static void fill_data(uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		data[i] = i;
}

static void fill_echo(const struct wire_ping *ping, uint8_t *at)
{
	struct echo echo = { .type = is_v4(&ping->dst) ? ICMP_ECHO_REQUEST :
						      ICMP6_ECHO_REQUEST };
	uint16_t sum;

	memcpy(echo.mark, &ping->mark, sizeof(echo.mark));
	memcpy(at, &echo, sizeof(echo));
	fill_data(at + sizeof(echo), ping->len);
	sum = checksum(&ping->src, &ping->dst, at, sizeof(echo) + ping->len);
	memcpy(at + offsetof(struct echo, checksum), &sum, sizeof(sum));
}

static void finish(struct wire_ping *ping, enum ohba_status status)
{
	struct ohba_wire *wire = ping->wire;

	ohba_timer_cancel(&ping->timer);
	ping->used = false;
	wire->events->pinged(wire->arg, ping - wire->pings, status);
}

static bool fits(const struct wire_ping *ping, const struct wire_path *path)
{
	return ip_len(&ping->dst) + sizeof(struct echo) + ping->len <= path->iface->netif.mtu;
}

/* To the next hop of @path, with the address that leads there. */
static void send_ping(struct wire_ping *ping, const struct wire_path *path)
{
	struct wire_iface *iface = path->iface;
	uint8_t packet[WIRE_MTU_MAX] = { 0 };
	size_t hlen = ip_len(&ping->dst), len = sizeof(struct echo) + ping->len;
	struct wire_eth eth;

	ping->src = iface->addr;
	ping->vid = wire_iface_vid(iface);
	ping->sent = true;
	fill_echo(ping, packet + hlen);
	if (is_v4(&ping->dst))
		fill_ip4(ping, packet, len);
	else
		fill_ip6(ping, packet, len);
	wire_eth_fill(&eth, iface, path->mac, is_v4(&ping->dst) ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	wire_send_frame(ping->wire, &eth, &(struct iovec){ packet, hlen + len }, 1);
}

/* --- in --------------------------------------------------------------------- */

static bool is_answer(const struct wire_ping *ping, const struct wire_addr *src,
		      const uint8_t *icmp, size_t len)
{
	uint8_t data[WIRE_MTU_MAX];
	struct echo echo;

	memcpy(&echo, icmp, sizeof(echo));
	if (memcmp(&ping->dst, src, sizeof(*src)) ||
	    echo.type != (is_v4(src) ? ICMP_ECHO_REPLY : ICMP6_ECHO_REPLY) || echo.code ||
	    len != sizeof(echo) + ping->len || memcmp(echo.mark, &ping->mark, sizeof(echo.mark)) ||
	    checksum(src, &ping->src, icmp, len))
		return false;
	fill_data(data, ping->len);
	return !memcmp(icmp + sizeof(echo), data, ping->len);
}

/* What an error says of a request; OHBA_ST_SUCCESS: it is none, or none that ends it. */
static enum ohba_status error_of(bool v4, uint8_t type, uint8_t code)
{
	if (v4 ? type == ICMP_UNREACHABLE && code == ICMP_TOO_BIG : type == ICMP6_TOO_BIG)
		return OHBA_ST_INVALID_FIELD;
	if (v4 ? type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED :
		 type == ICMP6_UNREACHABLE || type == ICMP6_TIME_EXCEEDED)
		return OHBA_ST_ICMP_ERROR;
	return OHBA_ST_SUCCESS;
}

/* Is @packet how the request began? On its way nothing of that changes. */
static bool is_quoted(const struct wire_ping *ping, const uint8_t *packet, size_t len)
{
	size_t hlen = ip_len(&ping->dst), addr_len = is_v4(&ping->dst) ? 4 : 16;
	const uint8_t *addrs = packet + hlen - 2 * addr_len;
	struct echo echo;

	if (len < hlen + sizeof(echo))
		return false;
	memcpy(&echo, packet + hlen, sizeof(echo));
	return packet[0] >> 4 == (is_v4(&ping->dst) ? 4 : 6) &&
	       !memcmp(addrs, ping->src.bytes, addr_len) &&
	       !memcmp(addrs + addr_len, ping->dst.bytes, addr_len) &&
	       echo.type == (is_v4(&ping->dst) ? ICMP_ECHO_REQUEST : ICMP6_ECHO_REQUEST) &&
	       !memcmp(echo.mark, &ping->mark, sizeof(echo.mark));
}

/* From whoever is on the way (RFC 792, RFC 4443 section 3); SUCCESS: it is none. */
static enum ohba_status error_about(const struct wire_ping *ping, const struct wire_addr *src,
				    const uint8_t *icmp, size_t len)
{
	enum ohba_status status = error_of(is_v4(src), icmp[0], icmp[1]);

	/* As long as the header of an echo, and what it is about behind it. */
	if (!status || !is_quoted(ping, icmp + sizeof(struct echo), len - sizeof(struct echo)) ||
	    checksum(src, &ping->src, icmp, len))
		return OHBA_ST_SUCCESS;
	return status;
}

bool wire_ping_heard(struct ohba_wire *wire, uint16_t vid, const struct wire_addr *src,
		     const struct wire_addr *dst, const uint8_t *icmp, size_t len)
{
	enum ohba_status status;
	struct wire_ping *ping;

	if (len < sizeof(struct echo))
		return false;
	for (ping = wire->pings; ping < &wire->pings[OHBA_PINGS_MAX]; ping++) {
		if (!ping->used || !ping->sent || ping->vid != vid ||
		    memcmp(&ping->src, dst, sizeof(*dst)))
			continue;
		status = error_about(ping, src, icmp, len);
		if (!status && !is_answer(ping, src, icmp, len))
			continue;
		finish(ping, status);
		return true;
	}
	return false;
}

/* --- waiting ---------------------------------------------------------------- */

static void wait_on(struct wire_ping *ping)
{
	uint64_t now = ohba_loop_now(ping->wire->loop), ns = ping->end_ns - now;

	if (!ping->sent && ns > AGAIN_MS * OHBA_NS_PER_MS)
		ns = AGAIN_MS * OHBA_NS_PER_MS;
	ohba_timer_arm(&ping->timer, ns);
}

static void due(struct ohba_timer *timer)
{
	struct wire_ping *ping = ohba_container(timer, struct wire_ping, timer);

	if (ohba_loop_now(timer->loop) >= ping->end_ns) {
		finish(ping, ping->sent ? OHBA_ST_CONN_TIMEOUT : OHBA_ST_HOST_UNREACH);
		return;
	}
	if (!ping->sent)
		(void)wire_path_want(ping->wire, &ping->dst);
	wait_on(ping);
}

void wire_pings_path_ready(struct ohba_wire *wire, const struct wire_addr *dst,
			   const struct wire_path *path, enum ohba_status status)
{
	struct wire_ping *ping;

	for (ping = wire->pings; ping < &wire->pings[OHBA_PINGS_MAX]; ping++) {
		if (!ping->used || ping->sent || memcmp(&ping->dst, dst, sizeof(*dst)))
			continue;
		if (!path)
			finish(ping, status);
		else if (!fits(ping, path))
			finish(ping, OHBA_ST_INVALID_FIELD);
		else
			send_ping(ping, path);
	}
}

static struct wire_ping *free_ping(struct ohba_wire *wire)
{
	struct wire_ping *ping;

	for (ping = wire->pings; ping < &wire->pings[OHBA_PINGS_MAX]; ping++)
		if (!ping->used)
			return ping;
	return NULL;
}

enum ohba_status ohba_wire_ping(struct ohba_wire *wire, uint8_t family, const uint8_t dst[16],
				uint16_t len, uint32_t timeout_ms, unsigned int *which)
{
	struct wire_ping *ping = free_ping(wire);
	struct wire_path *path;

	if (!ohba_wire_addr_ok(family, dst))
		return OHBA_ST_INVALID_FIELD;
	if (!ping)
		return OHBA_ST_NO_RESOURCES;
	ping->dst = wire_addr_make(family, dst);
	ping->len = len;
	path = wire_path_find(wire, &ping->dst);
	if (path && !fits(ping, path))
		return OHBA_ST_INVALID_FIELD;
	ping->used = true;
	ping->sent = false;
	ping->mark = ohba_wire_random();
	ping->end_ns = ohba_loop_now(wire->loop) + timeout_ms * OHBA_NS_PER_MS;
	*which = ping - wire->pings;
	if (path)
		send_ping(ping, path);
	else
		(void)wire_path_want(wire, &ping->dst);
	wait_on(ping);
	return OHBA_ST_SUCCESS;
}

/* --- life ------------------------------------------------------------------- */

void wire_pings_init(struct ohba_wire *wire)
{
	struct wire_ping *ping;

	for (ping = wire->pings; ping < &wire->pings[OHBA_PINGS_MAX]; ping++) {
		ping->wire = wire;
		ohba_timer_init(&ping->timer, wire->loop, due);
	}
}

void wire_pings_forget(struct ohba_wire *wire)
{
	struct wire_ping *ping;

	for (ping = wire->pings; ping < &wire->pings[OHBA_PINGS_MAX]; ping++) {
		ohba_timer_cancel(&ping->timer);
		ping->used = false;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The other stations of an IPv6 network. */
#include "play6.h"

#include "net/bytes.h"

const uint8_t router_mac[6] = { 0x52, 0x54, 0, 7, 7, 7 };

struct uip_addr link_local(uint8_t last)
{
	uint8_t bytes[16] = { 0xfe, 0x80, [15] = last };

	return uip_addr_make(bytes, 16);
}

static struct uip_addr with_our_mac(struct uip_addr addr)
{
	static const uint8_t id[8] = { 0x50, 0x54, 0, 0xff, 0xfe, 1, 2, 3 };

	memcpy(addr.bytes + 8, id, 8);
	return addr;
}

struct uip_addr own_link_local(void)
{
	return with_our_mac(link_local(0));
}

struct uip_addr eui64(uint8_t net)
{
	return with_our_mac(ip6(net, 0));
}

/* --- packets ------------------------------------------------------------------- */

static uint16_t checksum6(const uint8_t *ip, size_t len, uint8_t next)
{
	uint32_t sum = len + next;
	size_t i;

	for (i = 8; i < IP6_LEN + len; i++)
		sum += ip[i] << (i & 1 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Answers are for whoever asked; what a router says is for all. */
static struct uip_addr dst_of(const struct packet6 *p)
{
	struct uip_addr all = { .family = OHBA_FAMILY_IPV6, .bytes = { 0xff, 2, [15] = 1 } };

	if (p->dst.family)
		return p->dst;
	return p->next == 17 ? own_link_local() : all;
}

void bring6(const struct packet6 *p)
{
	struct uip_addr dst = dst_of(p);
	size_t at = p->next == 17 ? 6 : 2;	/* the checksum */
	uint8_t *frame = calloc(1, ETH_LEN + IP6_LEN + p->len), *ip = frame + ETH_LEN;
	uint16_t sum;

	memcpy(frame, our_mac, 6);
	memcpy(frame + 6, p->mac ? p->mac : router_mac, 6);
	memcpy(frame + 12, "\x86\xdd\x60", 3);
	put_be16(ip + 4, p->len);
	ip[6] = p->next;
	ip[7] = p->hops;
	memcpy(ip + 8, p->src.bytes, 16);
	memcpy(ip + 24, dst.bytes, 16);
	memcpy(ip + IP6_LEN, p->data, p->len);
	if (p->len >= at + 2) {
		put_be16(ip + IP6_LEN + at, 0);
		sum = checksum6(ip, p->len, p->next);
		put_be16(ip + IP6_LEN + at, sum + p->spoil);
	}
	uip_port_input(uip_port_find(IFINDEX), frame, ETH_LEN + IP6_LEN + p->len - p->cut, p->vid);
	free(frame);
	pass(0);
}

size_t sent_icmp6(uint8_t frame[2048], uint8_t type)
{
	size_t len;

	while ((len = sent(frame))) {
		size_t at = frame[12] == 0x81 ? 4 : 0;

		if (frame[at + 12] != 0x86 || frame[at + ETH_LEN + 6] != 58 ||
		    frame[at + AT_ICMP6] != type)
			continue;
		assert_int_equal(frame[at + ETH_LEN + 7], 255);
		assert_int_equal(checksum6(frame + at + ETH_LEN, len - at - AT_ICMP6, 58), 0);
		return len;
	}
	return 0;
}

unsigned int count_solicitations(struct uip_addr target)
{
	uint8_t frame[2048];
	unsigned int n = 0;

	while (sent_icmp6(frame, 135))
		n += !memcmp(frame + AT_ICMP6 + 8, target.bytes, 16);
	return n;
}

void bring_advertisement(struct uip_addr target, const uint8_t mac[6])
{
	uint8_t nd[32] = { 136, [4] = 0x20, [24] = 2, [25] = 1 };
	struct packet6 packet = { .src = target, .next = 58, .hops = 255, .mac = mac,
				  .data = nd, .len = sizeof(nd) };

	memcpy(nd + 8, target.bytes, 16);
	memcpy(nd + 26, mac, 6);
	bring6(&packet);
}

void bring_probe(struct uip_addr target, const uint8_t mac[6])
{
	uint8_t nd[24] = { 135 };
	struct packet6 packet = { .src = { .family = OHBA_FAMILY_IPV6 }, .next = 58, .hops = 255,
				  .mac = mac, .data = nd, .len = sizeof(nd) };

	memcpy(nd + 8, target.bytes, 16);
	bring6(&packet);
}

/* --- routers -------------------------------------------------------------------- */

void ra_prefix(struct ra *ra, uint8_t net, uint8_t flags, uint32_t valid, uint32_t preferred)
{
	uint8_t *option = ra->options + ra->len;
	struct uip_addr addr = ip6(net, 0);

	memset(option, 0, 32);
	option[0] = 3;
	option[1] = 4;
	option[2] = 64;
	option[3] = flags;
	put_be32(option + 4, valid);
	put_be32(option + 8, preferred);
	memcpy(option + 16, addr.bytes, 16);
	ra->len += 32;
}

void ra_mtu(struct ra *ra, uint32_t mtu)
{
	uint8_t *option = ra->options + ra->len;

	memset(option, 0, 8);
	option[0] = 5;
	option[1] = 1;
	put_be32(option + 4, mtu);
	ra->len += 8;
}

void bring_ra(const struct ra *ra, uint8_t router)
{
	uint8_t icmp[16 + sizeof(ra->options)] = { 134, [4] = 64, [5] = ra->flags };
	struct packet6 packet = { .src = link_local(router), .next = 58, .hops = 255,
				  .data = icmp, .len = 16 + ra->len };

	put_be16(icmp + 6, ra->lifetime);
	memcpy(icmp + 16, ra->options, ra->len);
	bring6(&packet);
}

/* --- the privileged process ------------------------------------------------------ */

void configure6(uint8_t method, uint16_t tci)
{
	struct uip_config config = {
		.nifaces = method != 0xff,
		.ifaces[0] = { .index = 3, .tci = tci, .method = method },
	};

	uip_clients_set(uip_port_find(IFINDEX), &config);
}

void assert_got(struct uip_addr addr, uint32_t prefix, struct uip_addr gateway, uint32_t mtu)
{
	const struct uip_lease *lease = &told[0].lease;

	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_LEASE);
	assert_int_equal(told[0].port, IFINDEX);
	assert_int_equal(lease->iface, 3);
	assert_true(uip_addr_equal(&lease->addr, &addr));
	assert_int_equal(lease->prefix, prefix);
	assert_true(uip_addr_equal(&lease->gateway, &gateway));
	assert_int_equal(lease->mtu, mtu);
	ntold = 0;
}

void assert_gone(void)
{
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_LEASE);
	assert_int_equal(told[0].lease.iface, 3);
	assert_int_equal(told[0].lease.addr.family, 0);
	ntold = 0;
}

/* --- an address by SLAAC ---------------------------------------------------------- */

struct ra ra_with_prefix(uint8_t net, uint32_t valid, uint32_t preferred)
{
	struct ra ra = { .lifetime = 1800 };

	ra_prefix(&ra, net, RA_BOTH, valid, preferred);
	return ra;
}

void advertise6(uint8_t net, uint32_t valid, uint32_t preferred)
{
	struct ra ra = ra_with_prefix(net, valid, preferred);

	bring_ra(&ra, 1);
}

void wait_for_dad(void)
{
	pass(2000);
}

void get_address6(void)
{
	configure6(UIP_SLAAC, 0);
	advertise6(0, 86400, 14400);
	wait_for_dad();
	assert_got(eui64(0), 64, link_local(1), 0);
	drain();
}

void assert_hop6(struct uip_addr dst, struct uip_addr hop)
{
	struct uip_want want = { .dst = dst, .nifaces = 1 };

	want.ifaces[0] = (struct uip_iface){ .index = 3, .prefix = 64, .addr = eui64(0),
					     .gateway = link_local(1) };
	drain();
	uip_resolve(uip_port_find(IFINDEX), &want);
	assert_int_equal(count_solicitations(hop), 1);
	bring_advertisement(hop, router_mac);
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_PATH);
	assert_true(uip_addr_equal(&told[0].path.hop, &hop));
	ntold = 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A DHCP server, and whom it serves. */
#include "play4.h"

const uint8_t server_mac[6] = { 0x52, 0x54, 0, 7, 7, 7 };
uint8_t last[2048];

/* --- the client's messages ---------------------------------------------------- */

const uint8_t *option(uint8_t code)
{
	const uint8_t *at = last + AT_OPTIONS;

	for (; at < last + sizeof(last) - 2 && *at != 255; at += *at ? 2 + at[1] : 1)
		if (*at == code)
			return at + 2;
	return NULL;
}

void tell_arp(uint8_t op, const uint8_t *who, const uint8_t *to)
{
	uint8_t frame[ARP_LEN];

	fill_arp(frame, op, server_mac, who, to);
	uip_port_input(uip_port_find(IFINDEX), frame, sizeof(frame), 0);
}

/* The server is who has 10.0.0.1. */
static void serve_arp(const uint8_t *frame)
{
	if (frame[12] == 8 && frame[13] == 6 && frame[21] == ARP_REQUEST &&
	    !memcmp(frame + 38, "\x0a\0\0\1", 4))
		tell_arp(ARP_REPLY, frame + 38, frame + 28);
}

static void take_off_tag(uint8_t frame[sizeof(last)])
{
	if (frame[12] == 0x81 && !frame[13])
		memmove(frame + 12, frame + 16, sizeof(last) - 16);
}

uint8_t said(void)
{
	uint8_t frame[sizeof(last)] = { 0 };

	while (sent(frame)) {
		take_off_tag(frame);
		serve_arp(frame);
		if (frame[12] != 8 || frame[13] || frame[AT_UDP + 3] != 67)
			continue;
		memcpy(last, frame, sizeof(last));
		return *option(53);
	}
	return 0;
}

uint8_t said_within(unsigned int seconds)
{
	unsigned int i;
	uint8_t type = 0;

	for (i = 0; !type && i < seconds * 10; i++) {
		pass(100);
		type = said();
	}
	return type;
}

/* --- the server's --------------------------------------------------------------- */

const struct reply base = { .yiaddr = { 10, 0, 0, 77 }, .lease = { 0, 0, 0x0e, 0x10 },
	   .mask = "\xff\xff\xff" };

static uint16_t sum_of(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

void answer(const struct reply *r)
{
	uint8_t frame[AT_OPTIONS + 256] = { 0 }, *at = frame + AT_OPTIONS;
	size_t len = sizeof(frame) - 14 - (r->cut ? 252 : 0);
	uint16_t sum;

	memset(frame, 0xff, 6);
	memcpy(frame + 6, server_mac, 6);
	memcpy(frame + 12, "\x08\0\x45", 3);
	frame[16] = len >> 8;
	frame[17] = len;
	memcpy(frame + 14 + 8, "\x40\x11", 2);
	memcpy(frame + 14 + 12, "\x0a\0\0\1\xff\xff\xff\xff", 8);
	sum = sum_of(frame + 14, 20);
	frame[14 + 10] = sum >> 8;
	frame[14 + 11] = sum;
	memcpy(frame + AT_UDP, "\0\x43\0\x44", 4);
	frame[AT_UDP + 4] = (len - 20) >> 8;
	frame[AT_UDP + 5] = len - 20;
	memcpy(frame + AT_BOOTP, "\2\1\6\0", 4);
	memcpy(frame + AT_XID, last + AT_XID, 4);
	frame[AT_XID] ^= r->wrong_xid;
	memcpy(frame + AT_YIADDR, r->yiaddr, 4);
	memcpy(frame + AT_CHADDR, our_mac, 6);
	frame[AT_CHADDR] ^= r->wrong_chaddr;
	memcpy(at - 4, "\x63\x82\x53\x63", 4);
	memcpy(at, "\x35\1", 2);
	at[2] = r->type;
	memcpy(at + 3, "\x36\4\x0a\0\0\1" "\1\4\xff\xff\xff\0" "\3\4\x0a\0\0\xfe" "\x33\4", 20);
	memcpy(at + 11, r->mask, 4);
	memcpy(at + 23, r->lease, 4);
	if (r->extra)
		memcpy(at + 27, r->extra, r->extra_len);
	at[27 + r->extra_len] = 255;
	if (r->file)
		memcpy(frame + AT_BOOTP + 108, r->file, r->file_len ?: strlen(r->file));
	uip_port_input(uip_port_find(IFINDEX), frame, 14 + len, r->vid);
}

void reply(uint8_t type)
{
	struct reply r = base;

	r.type = type;
	answer(&r);
}

void reply_with(uint8_t type, const char *extra, size_t len)
{
	struct reply r = base;

	r.type = type;
	r.extra = extra;
	r.extra_len = len;
	answer(&r);
}

/* --- what the privileged process says ------------------------------------------- */

void ask_for(uint32_t index, uint16_t tci)
{
	struct uip_config config = {
		.nifaces = 1,
		.ifaces[0] = { .index = index, .tci = tci, .method = UIP_DHCP4 },
	};

	uip_clients_set(uip_port_find(IFINDEX), &config);
}

void ask_for_none(void)
{
	struct uip_config config = { .nifaces = 0 };

	memset(last_lease, 0, sizeof(last_lease));
	uip_clients_set(uip_port_find(IFINDEX), &config);
}

void wait_for_arp_check(void)
{
	pass(7000);
}

void get_lease(void)
{
	ask_for(2, 0);
	assert_int_equal(said(), DISCOVER);
	reply(OFFER);
	assert_int_equal(said(), REQUEST);
	reply(ACK);
	wait_for_arp_check();
}

void assert_lease(struct uip_addr addr, struct uip_addr gateway)
{
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_LEASE);
	assert_int_equal(told[0].port, IFINDEX);
	assert_int_equal(told[0].lease.iface, 2);
	assert_int_equal(told[0].lease.prefix, 24);
	assert_true(uip_addr_equal(&told[0].lease.addr, &addr));
	assert_true(uip_addr_equal(&told[0].lease.gateway, &gateway));
	ntold = 0;
}

void assert_lost(void)
{
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].type, UIP_LEASE);
	assert_int_equal(told[0].lease.iface, 2);
	assert_int_equal(told[0].lease.addr.family, 0);
	ntold = 0;
}

void get_with(const char *extra, size_t len)
{
	ask_for(2, 0);
	said();
	reply(OFFER);
	said();
	reply_with(ACK, extra, len);
	wait_for_arp_check();
	drain();
}

void assert_asks_for(struct uip_addr dst, const uint8_t hop[4])
{
	struct uip_want want = { .dst = dst, .nifaces = 1 };
	uint8_t frame[2048];

	want.ifaces[0] = (struct uip_iface){ .index = 2, .prefix = 24, .addr = ip4(10, 0, 0, 77),
					     .gateway = told[0].lease.gateway };
	drain();
	uip_resolve(uip_port_find(IFINDEX), &want);
	assert_int_not_equal(sent(frame), 0);
	assert_memory_equal(frame + 38, hop, 4);
}

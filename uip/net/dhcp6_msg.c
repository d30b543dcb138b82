// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of DHCP for IPv6 and their options: RFC 8415 8, 21. Bytes, and no state. */
#include <string.h>

#include "bytes.h"
#include "dhcp6.h"

#define HEADER_LEN	4
#define OPTION_LEN	4		/* of an option's header */
#define IA_LEN		12		/* IAID, T1, T2 */
#define IAADDR_LEN	24		/* address, lifetimes */
#define DUID_LEN	10		/* ours, DUID-LL: 11.4 */
#define DUID_LL		3
#define ETHERNET	1

enum {
	OPT_CLIENT = 1, OPT_SERVER = 2, OPT_IA_NA = 3, OPT_IAADDR = 5, OPT_WANTED = 6,
	OPT_PREFERENCE = 7, OPT_ELAPSED = 8, OPT_STATUS = 13, OPT_SOL_MAX_RT = 82,
};

#define SOL_MAX_RT_MIN	60		/* s, 21.24 */
#define SOL_MAX_RT_MAX	86400

static void make_duid(uint8_t duid[DUID_LEN], const uint8_t mac[6])
{
	put_be16(duid, DUID_LL);
	put_be16(duid + 2, ETHERNET);
	memcpy(duid + 4, mac, 6);
}

/* --- out ------------------------------------------------------------------- */

static uint8_t *put(uint8_t *at, uint16_t code, const void *value, size_t len)
{
	put_be16(at, code);
	put_be16(at + 2, len);
	memcpy(at + OPTION_LEN, value, len);
	return at + OPTION_LEN + len;
}

static uint8_t *put_number(uint8_t *at, uint16_t code, uint16_t value)
{
	uint8_t bytes[2];

	put_be16(bytes, value);
	return put(at, code, bytes, sizeof(bytes));
}

/* Of times and lifetimes we want what the server wants. */
static uint8_t *put_ia(uint8_t *at, const struct uip_dhcp6_msg *msg, uint32_t iaid)
{
	uint8_t ia[IA_LEN + OPTION_LEN + IAADDR_LEN] = { 0 }, addr[IAADDR_LEN] = { 0 };
	size_t len = IA_LEN;

	put_be32(ia, iaid);
	memcpy(addr, msg->addr, sizeof(msg->addr));
	if (msg->has_addr)
		len = put(ia + IA_LEN, OPT_IAADDR, addr, sizeof(addr)) - ia;
	return put(at, OPT_IA_NA, ia, len);
}

size_t uip_dhcp6_build(const struct uip_dhcp6_msg *msg, const struct uip_dhcp6_id *id,
		       uint8_t out[UIP_DHCP6_MAX])
{
	uint8_t duid[DUID_LEN], *at = out + HEADER_LEN;

	put_be32(out, msg->xid);
	out[0] = msg->type;
	make_duid(duid, id->mac);
	at = put(at, OPT_CLIENT, duid, sizeof(duid));
	if (msg->server_len)
		at = put(at, OPT_SERVER, msg->server, msg->server_len);
	at = put_ia(at, msg, id->iaid);
	at = put_number(at, OPT_ELAPSED, msg->elapsed);
	if (msg->type != DHCP6_RELEASE && msg->type != DHCP6_DECLINE)
		at = put_number(at, OPT_WANTED, OPT_SOL_MAX_RT);
	return at - out;
}

/* --- in -------------------------------------------------------------------- */

/* What is left of options to read, and the one that was read last. */
struct options {
	const uint8_t *at;
	size_t left;
	bool broken;
	uint16_t code;
	const uint8_t *value;
	size_t len;
};

/* Those that follow @size fixed bytes, which are there. */
static struct options behind(const uint8_t *data, size_t len, size_t size)
{
	return (struct options){ .at = data + size, .left = len - size };
}

/* Return: false at the end, or where one is not whole. */
static bool next_option(struct options *o)
{
	if (!o->left)
		return false;
	o->broken = o->left < OPTION_LEN || get_be16(o->at + 2) > o->left - OPTION_LEN;
	if (o->broken)
		return false;
	o->code = get_be16(o->at);
	o->len = get_be16(o->at + 2);
	o->value = o->at + OPTION_LEN;
	o->at += OPTION_LEN + o->len;
	o->left -= OPTION_LEN + o->len;
	return true;
}

static void take_status(struct uip_dhcp6_msg *msg, const struct options *o)
{
	if (o->code != OPT_STATUS)
		return;
	if (o->len < 2)
		msg->malformed = UIP_BAD_DHCP6_OPTION;
	else if (get_be16(o->value))
		msg->status = get_be16(o->value);
}

/* Is the address at @value the one to have, if @msg has one already? 21.6 */
static bool is_better(const struct uip_dhcp6_msg *msg, const uint8_t *value,
		      const uint8_t *held)
{
	if (get_be32(value + 16) > get_be32(value + 20))
		return false;		/* preferred for longer than valid */
	return !msg->has_addr || (held && !memcmp(value, held, 16));
}

/* Return: false if it is malformed. */
static bool take_addr(struct uip_dhcp6_msg *msg, const struct options *addr,
		      const uint8_t *held)
{
	struct options o;

	if (addr->len < IAADDR_LEN)
		return false;
	o = behind(addr->value, addr->len, IAADDR_LEN);
	if (is_better(msg, addr->value, held)) {
		msg->has_addr = true;
		memcpy(msg->addr, addr->value, 16);
		msg->preferred = get_be32(addr->value + 16);
		msg->valid = get_be32(addr->value + 20);
	}
	while (next_option(&o))
		take_status(msg, &o);
	return !o.broken;
}

/* 21.4: one whose T1 is after T2 is as if it were not there. */
static bool take_ia(struct uip_dhcp6_msg *msg, const struct options *ia, uint32_t iaid,
		    const uint8_t *held)
{
	struct options o;
	uint32_t t1, t2;

	if (ia->len < IA_LEN)
		return false;
	t1 = get_be32(ia->value + 4);
	t2 = get_be32(ia->value + 8);
	if (msg->has_ia || get_be32(ia->value) != iaid || (t1 > t2 && t2))
		return true;
	msg->has_ia = true;
	msg->t1 = t1;
	msg->t2 = t2;
	o = behind(ia->value, ia->len, IA_LEN);
	while (next_option(&o)) {
		take_status(msg, &o);
		if (o.code == OPT_IAADDR && !take_addr(msg, &o, held))
			return false;
	}
	return !o.broken;
}

static bool take_server(struct uip_dhcp6_msg *msg, const struct options *o)
{
	if (!o->len || o->len > sizeof(msg->server))
		return false;
	memcpy(msg->server, o->value, o->len);
	msg->server_len = o->len;
	return true;
}

static bool is_ours(const struct options *o, const struct uip_dhcp6_id *id)
{
	uint8_t duid[DUID_LEN];

	make_duid(duid, id->mac);
	return o->len == sizeof(duid) && !memcmp(o->value, duid, sizeof(duid));
}

/* Return: false if it is malformed, and the message not to be taken. */
static bool take_option(struct uip_dhcp6_msg *msg, const struct options *o,
			const struct uip_dhcp6_id *id, const uint8_t *held)
{
	uint32_t s;

	switch (o->code) {
	case OPT_SERVER:
		return take_server(msg, o);
	case OPT_IA_NA:
		return take_ia(msg, o, id->iaid, held);
	case OPT_STATUS:
		take_status(msg, o);
		break;
	case OPT_PREFERENCE:
		if (o->len == 1)
			msg->preference = o->value[0];
		else
			msg->malformed = UIP_BAD_DHCP6_OPTION;
		break;
	case OPT_SOL_MAX_RT:
		if (o->len != 4)
			msg->malformed = UIP_BAD_DHCP6_OPTION;
		s = o->len == 4 ? get_be32(o->value) : 0;
		if (s >= SOL_MAX_RT_MIN && s <= SOL_MAX_RT_MAX)
			msg->sol_max_rt = s;
		break;
	}
	return true;
}

bool uip_dhcp6_parse(const uint8_t *data, size_t len, const struct uip_dhcp6_id *id,
		     const uint8_t *held, struct uip_dhcp6_msg *msg)
{
	struct options o;
	bool ours = false;

	memset(msg, 0, sizeof(*msg));
	if (len < HEADER_LEN)
		msg->malformed = UIP_BAD_DHCP6;
	if (len < HEADER_LEN || (data[0] != DHCP6_ADVERTISE && data[0] != DHCP6_REPLY))
		return false;
	msg->type = data[0];
	msg->xid = get_be32(data) & 0xffffff;
	o = behind(data, len, HEADER_LEN);
	while (next_option(&o)) {
		if (o.code == OPT_CLIENT)
			ours = is_ours(&o, id);
		if (!take_option(msg, &o, id, held)) {
			msg->malformed = UIP_BAD_DHCP6_OPTION;
			return false;
		}
	}
	if (o.broken)
		msg->malformed = UIP_BAD_DHCP6_OPTION;
	return ours && msg->server_len && !o.broken;
}

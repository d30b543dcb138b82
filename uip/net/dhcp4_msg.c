// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of DHCP for IPv4: RFC 2131, their options RFC 2132. Bytes, and no state. */
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "dhcp4.h"

#define AT_XID		4
#define AT_SECS		8
#define AT_CIADDR	12
#define AT_YIADDR	16
#define AT_CHADDR	28
#define AT_SNAME	44
#define SNAME_LEN	64
#define AT_FILE		108
#define FILE_LEN	128
#define AT_COOKIE	236
#define AT_OPTIONS	240
#define LEN_MIN		300		/* RFC 951: relays may expect it */

#define BOOT_REQUEST	1
#define BOOT_REPLY	2
#define ETHERNET	1
#define DUID_LL		3		/* RFC 8415 11.4 */

static const uint8_t cookie[4] = { 0x63, 0x82, 0x53, 0x63 };

enum {
	OPT_PAD = 0, OPT_MASK = 1, OPT_ROUTER = 3, OPT_HOST_NAME = 12, OPT_MTU = 26,
	OPT_REQUESTED = 50, OPT_LEASE = 51, OPT_OVERLOAD = 52, OPT_TYPE = 53,
	OPT_SERVER = 54, OPT_WANTED = 55, OPT_MAX_SIZE = 57, OPT_T1 = 58, OPT_T2 = 59,
	OPT_CLIENT = 61, OPT_ROUTES = 121, OPT_END = 255,
};

#define OVERLOAD_FILE	1
#define OVERLOAD_SNAME	2
#define MAX_SIZE	1400		/* RFC 2132 9.10: what we take, with headers */

/* --- out ------------------------------------------------------------------- */

static uint8_t *put(uint8_t *at, uint8_t code, const void *value, size_t len)
{
	at[0] = code;
	at[1] = len;
	memcpy(at + 2, value, len);
	return at + 2 + len;
}

static bool is_none(const uint8_t addr[4])
{
	return !get_be32(addr);
}

/*
 * Of the MAC alone, as firmware that boots from the address would say it, or of RFC 4361's
 * form where one MAC gets several.
 */
static uint8_t *put_client(uint8_t *at, const struct uip_dhcp4_id *id)
{
	uint8_t value[1 + 4 + 4 + 6] = { id->iaid ? 255 : ETHERNET };

	if (!id->iaid) {
		memcpy(value + 1, id->mac, 6);
		return put(at, OPT_CLIENT, value, 7);
	}
	put_be32(value + 1, id->iaid);
	put_be16(value + 5, DUID_LL);
	put_be16(value + 7, ETHERNET);
	memcpy(value + 9, id->mac, 6);
	return put(at, OPT_CLIENT, value, sizeof(value));
}

/* A server's list of leases is easier to read; the host's own name is not the adapter's. */
static uint8_t *put_name(uint8_t *at, const struct uip_dhcp4_id *id)
{
	const uint8_t *mac = id->mac;
	char name[32];
	int len = snprintf(name, sizeof(name), "ohba-%02x%02x%02x%02x%02x%02x", mac[0], mac[1],
			   mac[2], mac[3], mac[4], mac[5]);

	return put(at, OPT_HOST_NAME, name, len);
}

/* RFC 3442: who asks for both asks for classless routes first. */
static uint8_t *put_wanted(uint8_t *at)
{
	static const uint8_t wanted[] = {
		OPT_MASK, OPT_ROUTES, OPT_ROUTER, OPT_MTU, OPT_LEASE, OPT_T1, OPT_T2,
	};
	uint8_t size[2];

	put_be16(size, MAX_SIZE);
	at = put(at, OPT_MAX_SIZE, size, sizeof(size));
	return put(at, OPT_WANTED, wanted, sizeof(wanted));
}

static uint8_t *put_options(uint8_t *at, const struct uip_dhcp4_msg *msg,
			    const struct uip_dhcp4_id *id)
{
	at = put(at, OPT_TYPE, &msg->type, 1);
	at = put_client(at, id);
	if (!is_none(msg->requested))
		at = put(at, OPT_REQUESTED, msg->requested, 4);
	if (!is_none(msg->server))
		at = put(at, OPT_SERVER, msg->server, 4);
	if (msg->type == DHCP4_DISCOVER || msg->type == DHCP4_REQUEST)
		at = put_wanted(put_name(at, id));
	*at++ = OPT_END;
	return at;
}

size_t uip_dhcp4_build(const struct uip_dhcp4_msg *msg, const struct uip_dhcp4_id *id,
		       uint8_t out[UIP_DHCP4_MAX])
{
	size_t len;

	memset(out, 0, UIP_DHCP4_MAX);
	out[0] = BOOT_REQUEST;
	out[1] = ETHERNET;
	out[2] = sizeof(id->mac);
	put_be32(out + AT_XID, msg->xid);
	put_be16(out + AT_SECS, msg->secs);
	memcpy(out + AT_CIADDR, msg->ciaddr, 4);
	memcpy(out + AT_CHADDR, id->mac, sizeof(id->mac));
	memcpy(out + AT_COOKIE, cookie, sizeof(cookie));
	len = put_options(out + AT_OPTIONS, msg, id) - out;
	return len < LEN_MIN ? LEN_MIN : len;
}

/* --- in -------------------------------------------------------------------- */

/* RFC 3442: bits, as many bytes of the network as they need, router; again and again. */
static void take_routes(struct uip_dhcp4_msg *msg, const uint8_t *value, size_t len)
{
	struct uip_dhcp4_route *route;
	size_t bytes;

	for (msg->nroutes = 0; len && msg->nroutes < UIP_DHCP4_ROUTES_MAX; msg->nroutes++) {
		route = &msg->routes[msg->nroutes];
		memset(route, 0, sizeof(*route));
		route->prefix = value[0];
		bytes = (value[0] + 7) / 8;
		if (route->prefix > 32 || len < 1 + bytes + 4) {
			msg->nroutes = 0;	/* who knows what it was to be */
			return;
		}
		memcpy(route->net, value + 1, bytes);
		memcpy(route->via, value + 1 + bytes, 4);
		value += 1 + bytes + 4;
		len -= 1 + bytes + 4;
	}
}

static void take_option(struct uip_dhcp4_msg *msg, uint8_t code, const uint8_t *value,
			size_t len)
{
	switch (code) {
	case OPT_TYPE:
		if (len == 1)
			msg->type = value[0];
		break;
	case OPT_MTU:
		if (len == 2)
			msg->mtu = get_be16(value);
		break;
	case OPT_ROUTES:
		take_routes(msg, value, len);
		break;
	}
	if (len < 4)
		return;
	switch (code) {
	case OPT_MASK:
		msg->prefix = __builtin_popcount(get_be32(value));
		break;
	case OPT_ROUTER:
		memcpy(msg->router, value, 4);	/* the best comes first */
		break;
	case OPT_SERVER:
		memcpy(msg->server, value, 4);
		break;
	case OPT_LEASE:
		msg->lease = get_be32(value);
		break;
	case OPT_T1:
		msg->t1 = get_be32(value);
		break;
	case OPT_T2:
		msg->t2 = get_be32(value);
		break;
	}
}

/* Return: false if one is not whole. @overload: what else has options. */
static bool take_options(struct uip_dhcp4_msg *msg, const uint8_t *at, size_t len,
			 uint8_t *overload)
{
	while (len && at[0] != OPT_END) {
		if (at[0] == OPT_PAD) {
			at++;
			len--;
			continue;
		}
		if (len < 2 || at[1] > len - 2)
			return false;
		if (at[0] == OPT_OVERLOAD && at[1] == 1)
			*overload = at[2];
		take_option(msg, at[0], at + 2, at[1]);
		len -= 2 + at[1];
		at += 2 + at[1];
	}
	return true;
}

static bool is_to(const uint8_t *data, size_t len, const struct uip_dhcp4_id *id)
{
	return len >= AT_OPTIONS && data[0] == BOOT_REPLY && data[1] == ETHERNET &&
	       data[2] == sizeof(id->mac) && !memcmp(data + AT_CHADDR, id->mac, sizeof(id->mac)) &&
	       !memcmp(data + AT_COOKIE, cookie, sizeof(cookie));
}

bool uip_dhcp4_parse(const uint8_t *data, size_t len, const struct uip_dhcp4_id *id,
		     struct uip_dhcp4_msg *msg)
{
	uint8_t overload = 0, none;

	memset(msg, 0, sizeof(*msg));
	if (!is_to(data, len, id) ||
	    !take_options(msg, data + AT_OPTIONS, len - AT_OPTIONS, &overload))
		return false;
	msg->xid = get_be32(data + AT_XID);
	memcpy(msg->yiaddr, data + AT_YIADDR, 4);
	if (overload & OVERLOAD_FILE && !take_options(msg, data + AT_FILE, FILE_LEN, &none))
		return false;
	return !(overload & OVERLOAD_SNAME) ||
	       take_options(msg, data + AT_SNAME, SNAME_LEN, &none);
}

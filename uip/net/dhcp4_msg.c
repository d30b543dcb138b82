// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of DHCP for IPv4: RFC 2131, their options RFC 2132; one that comes in several
 * pieces is one (RFC 3396). Bytes, and no state.
 */
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
	OPT_PAD = 0, OPT_MASK = 1, OPT_ROUTER = 3, OPT_DNS = 6, OPT_HOST_NAME = 12,
	OPT_ROOT_PATH = 17, OPT_MTU = 26, OPT_NTP = 42, OPT_REQUESTED = 50, OPT_LEASE = 51,
	OPT_OVERLOAD = 52, OPT_TYPE = 53, OPT_SERVER = 54, OPT_WANTED = 55, OPT_MAX_SIZE = 57,
	OPT_T1 = 58, OPT_T2 = 59, OPT_CLIENT = 61, OPT_ISNS = 83, OPT_ROUTES = 121, OPT_END = 255,
};

#define OVERLOAD_FILE	1
#define OVERLOAD_SNAME	2
#define ISNS_LEN	10		/* before the servers */
#define ISNS_ADMIN	4		/* of these, the flags that say what the first is */
#define ISNS_ENABLED	0x01		/* the other flags of a field count */
#define ISNS_HEARTBEAT	0x02		/* the first is the group that heartbeats go to */
#define WRONG_PREFIX	255
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
		OPT_DNS, OPT_ROOT_PATH, OPT_NTP, OPT_ISNS,
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
static bool take_routes(void *field, const uint8_t *value, size_t len)
{
	struct uip_dhcp4_msg *msg = field;
	struct uip_dhcp4_route *route;
	size_t bytes;

	for (msg->nroutes = 0; len && msg->nroutes < UIP_DHCP4_ROUTES_MAX; msg->nroutes++) {
		route = &msg->routes[msg->nroutes];
		memset(route, 0, sizeof(*route));
		route->prefix = value[0];
		bytes = (value[0] + 7) / 8;
		if (route->prefix > 32 || len < 1 + bytes + 4) {
			msg->nroutes = 0;	/* who knows what it was to be */
			return false;
		}
		memcpy(route->net, value + 1, bytes);
		memcpy(route->via, value + 1 + bytes, 4);
		value += 1 + bytes + 4;
		len -= 1 + bytes + 4;
	}
	return true;
}

/* A server or router has the best first. */
static bool take_addr(void *field, const uint8_t *value, size_t len)
{
	if (len < 4)
		return false;
	memcpy(field, value, 4);
	return true;
}

static bool take_byte(void *field, const uint8_t *value, size_t len)
{
	if (len != 1)
		return false;
	*(uint8_t *)field = value[0];
	return true;
}

static bool take_u16(void *field, const uint8_t *value, size_t len)
{
	if (len != 2)
		return false;
	*(uint16_t *)field = get_be16(value);
	return true;
}

static bool take_u32(void *field, const uint8_t *value, size_t len)
{
	if (len < 4)
		return false;
	*(uint32_t *)field = get_be32(value);
	return true;
}

/* RFC 950 2.1: ones, then zeros. One that is not makes the message one that we do not take. */
static bool take_mask(void *field, const uint8_t *value, size_t len)
{
	uint8_t *prefix = field;
	uint32_t rest;

	if (len < 4)
		return false;
	rest = ~get_be32(value);
	*prefix = rest & (rest + 1) ? WRONG_PREFIX : __builtin_popcount(~rest);
	return *prefix != WRONG_PREFIX;
}

static bool take_servers(void *field, const uint8_t *value, size_t len)
{
	if (len % 4)
		return false;
	memcpy(field, value, len < UIP_DHCP4_SERVERS_MAX * 4 ? len : UIP_DHCP4_SERVERS_MAX * 4);
	return true;
}

/* RFC 4174 2: what it may be used for comes before the servers. */
static bool take_isns(void *field, const uint8_t *value, size_t len)
{
	const uint8_t heartbeat = ISNS_ENABLED | ISNS_HEARTBEAT;
	size_t at = ISNS_LEN;

	if (len < ISNS_LEN || (len - ISNS_LEN) % 4)
		return false;
	if ((value[ISNS_ADMIN + 1] & heartbeat) == heartbeat)
		at += 4;
	if (len >= at + 4)
		memcpy(field, value + at, 4);
	return true;
}

/* Some servers end it as C does. */
static bool take_root_path(void *field, const uint8_t *value, size_t len)
{
	char *to = field;
	size_t i;

	while (len && !value[len - 1])
		len--;
	if (len >= UIP_DHCP4_ROOT_MAX)
		return true;		/* nobody has use for half of it */
	for (i = 0; i < len; i++)
		to[i] = value[i] >= ' ' && value[i] <= '~' ? value[i] : '?';
	return true;
}

#define INTO(field)	offsetof(struct uip_dhcp4_msg, field)

static const struct option {
	uint8_t code;
	/* Return: false if its length, or what it says, is none that it can have. */
	bool (*take)(void *field, const uint8_t *value, size_t len);
	size_t at;			/* the field, in a message */
} options[] = {
	{ OPT_TYPE, take_byte, INTO(type) },
	{ OPT_MASK, take_mask, INTO(prefix) },
	{ OPT_ROUTER, take_addr, INTO(router) },
	{ OPT_SERVER, take_addr, INTO(server) },
	{ OPT_MTU, take_u16, INTO(mtu) },
	{ OPT_LEASE, take_u32, INTO(lease) },
	{ OPT_T1, take_u32, INTO(t1) },
	{ OPT_T2, take_u32, INTO(t2) },
	{ OPT_ROUTES, take_routes, 0 },		/* and their number: the message */
	{ OPT_DNS, take_servers, INTO(extras.dns) },
	{ OPT_NTP, take_servers, INTO(extras.ntp) },
	{ OPT_ISNS, take_isns, INTO(extras.isns) },
	{ OPT_ROOT_PATH, take_root_path, INTO(extras.root_path) },
};

/* Where options are: in their own field, and where that says so in two others. */
struct area {
	const uint8_t *at;
	size_t len;
};

#define AREAS_MAX	3
#define JOINED_MAX	2048		/* no frame has more */

/* The next option in @area, which then begins behind it. Return: NULL at the end. */
static const uint8_t *next_option(struct area *area)
{
	const uint8_t *option;

	while (area->len && *area->at == OPT_PAD) {
		area->at++;
		area->len--;
	}
	if (!area->len || *area->at == OPT_END)
		return NULL;
	option = area->at;
	area->at += 2 + option[1];
	area->len -= 2 + option[1];
	return option;
}

static bool is_whole(const uint8_t *at, size_t len)
{
	size_t size;

	for (; len && *at != OPT_END; at += size, len -= size) {
		size = 1;
		if (*at == OPT_PAD)
			continue;
		if (len < 2 || at[1] > len - 2)
			return false;
		size = 2 + at[1];
	}
	return true;
}

/* RFC 3396 7. Return: false if there is none. */
static bool join(const struct area areas[AREAS_MAX], uint8_t code, uint8_t *value, size_t *len)
{
	const uint8_t *option;
	struct area area;
	bool found = false;
	unsigned int i;

	*len = 0;
	for (i = 0; i < AREAS_MAX; i++) {
		area = areas[i];
		while ((option = next_option(&area))) {
			if (option[0] != code || *len + option[1] > JOINED_MAX)
				continue;
			memcpy(value + *len, option + 2, option[1]);
			*len += option[1];
			found = true;
		}
	}
	return found;
}

/* Return: false if an option is not whole. */
static bool find_areas(struct area areas[AREAS_MAX], const uint8_t *data, size_t len)
{
	uint8_t value[JOINED_MAX];
	size_t size;
	unsigned int i;

	areas[0] = (struct area){ data + AT_OPTIONS, len - AT_OPTIONS };
	if (!is_whole(areas[0].at, areas[0].len))
		return false;
	if (!join(areas, OPT_OVERLOAD, value, &size) || size != 1)
		return true;
	if (value[0] & OVERLOAD_FILE)
		areas[1] = (struct area){ data + AT_FILE, FILE_LEN };
	if (value[0] & OVERLOAD_SNAME)
		areas[2] = (struct area){ data + AT_SNAME, SNAME_LEN };
	for (i = 1; i < AREAS_MAX; i++)
		if (!is_whole(areas[i].at, areas[i].len))
			return false;
	return true;
}

/* RFC 791 3.2, before there were masks. */
static uint8_t class_of(const uint8_t addr[4])
{
	return addr[0] < 128 ? 8 : addr[0] < 192 ? 16 : 24;
}

static bool is_to(const uint8_t *data, const struct uip_dhcp4_id *id)
{
	return data[0] == BOOT_REPLY && data[1] == ETHERNET && data[2] == sizeof(id->mac) &&
	       !memcmp(data + AT_CHADDR, id->mac, sizeof(id->mac));
}

static void take_options(struct uip_dhcp4_msg *msg, const struct area areas[AREAS_MAX])
{
	const struct option *option;
	uint8_t value[JOINED_MAX];
	size_t size;

	for (option = options; option < &options[sizeof(options) / sizeof(options[0])]; option++)
		if (join(areas, option->code, value, &size) &&
		    !option->take((char *)msg + option->at, value, size))
			msg->malformed = UIP_BAD_DHCP4_OPTION;
}

bool uip_dhcp4_parse(const uint8_t *data, size_t len, const struct uip_dhcp4_id *id,
		     struct uip_dhcp4_msg *msg)
{
	struct area areas[AREAS_MAX] = { 0 };

	memset(msg, 0, sizeof(*msg));
	if (len < AT_OPTIONS || memcmp(data + AT_COOKIE, cookie, sizeof(cookie)))
		msg->malformed = UIP_BAD_DHCP4;
	else if (is_to(data, id) && !find_areas(areas, data, len))
		msg->malformed = UIP_BAD_DHCP4_OPTION;
	if (msg->malformed || !is_to(data, id))
		return false;
	msg->xid = get_be32(data + AT_XID);
	memcpy(msg->yiaddr, data + AT_YIADDR, 4);
	take_options(msg, areas);
	if (!msg->prefix)
		msg->prefix = class_of(msg->yiaddr);
	return msg->prefix != WRONG_PREFIX;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The value of TargetAddress (portal.h). */
#include <arpa/inet.h>
#include <string.h>

#include "iscsi_pdu.h"
#include "portal.h"

#define DIGITS	"0123456789"
#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool take_host(struct iscsi_portal *portal, const char *host, size_t len)
{
	if (!len || len >= sizeof(portal->host))
		return false;
	memcpy(portal->host, host, len);
	portal->host[len] = 0;
	return true;
}

/* What is dots and digits alone is no domain name (RFC 1123 section 2.1). */
static bool is_name(const char *host)
{
	struct in_addr addr;

	if (!host[strspn(host, DIGITS ".")])
		return inet_pton(AF_INET, host, &addr) == 1;
	return !host[strspn(host, LETTERS DIGITS ".-_")] && host[0] != '.' && host[0] != '-';
}

/* Return: what is behind the host, NULL if there is none. */
static const char *parse_host(const char *value, struct iscsi_portal *portal)
{
	struct in6_addr addr;
	size_t len;

	portal->is_ipv6 = *value == '[';
	if (!portal->is_ipv6) {
		len = strcspn(value, ":,");
		return take_host(portal, value, len) && is_name(portal->host) ? value + len : NULL;
	}
	len = strcspn(++value, "]");
	if (!value[len] || !take_host(portal, value, len) ||
	    inet_pton(AF_INET6, portal->host, &addr) != 1)
		return NULL;
	return value + len + 1;
}

/* Decimal, up to @stop. Return: what is behind it, NULL if it is none, or above @max. */
static const char *parse_number(const char *value, char stop, uint32_t max, uint32_t *val)
{
	const char *at = value;

	for (*val = 0; *at >= '0' && *at <= '9' && *val <= max; at++)
		*val = *val * 10 + (*at - '0');
	return at > value && *val <= max && (!*at || *at == stop) ? at : NULL;
}

bool iscsi_portal_parse(const char *value, struct iscsi_portal *portal)
{
	uint32_t port = ISCSI_PORT, tpgt;
	const char *at = parse_host(value, portal);

	if (at && *at == ':')
		at = parse_number(at + 1, ',', UINT16_MAX, &port);
	portal->port = port;
	portal->tpgt = ISCSI_TPGT_NONE;
	if (at && *at == ',') {
		at = parse_number(at + 1, 0, UINT16_MAX, &tpgt);
		portal->tpgt = tpgt;
	}
	return at && !*at && port;
}

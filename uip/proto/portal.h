/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The value of TargetAddress: where a target listens (RFC 7143 section 13.8). */
#ifndef ISCSI_PORTAL_H
#define ISCSI_PORTAL_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

#define ISCSI_TPGT_NONE		(-1)

struct iscsi_portal {
	char host[ISCSI_VALUE_MAX + 1];	/* IPv4, IPv6 without brackets, or a domain name */
	bool is_ipv6;
	uint16_t port;			/* 3260 if none was given */
	int32_t tpgt;			/* 0 to 65535, or ISCSI_TPGT_NONE */
};

/*
 * @value: host, then maybe ":" and a port, then maybe "," and a portal group tag; an IPv6
 * address has brackets. Return: false if it is none of that; then @portal is undefined.
 */
bool iscsi_portal_parse(const char *value, struct iscsi_portal *portal);

#endif /* ISCSI_PORTAL_H */

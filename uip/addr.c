// SPDX-License-Identifier: GPL-2.0-or-later
/* IP addresses of either family. */
#include <arpa/inet.h>
#include <string.h>

#include "addr.h"

size_t uip_addr_len(const struct uip_addr *addr)
{
	switch (addr->family) {
	case OHBA_FAMILY_IPV4:
		return 4;
	case OHBA_FAMILY_IPV6:
		return 16;
	default:
		return 0;
	}
}

struct uip_addr uip_addr_make(const void *bytes, size_t len)
{
	struct uip_addr addr = { 0 };

	if (len != 4 && len != 16)
		return addr;
	addr.family = len == 4 ? OHBA_FAMILY_IPV4 : OHBA_FAMILY_IPV6;
	memcpy(addr.bytes, bytes, len);
	return addr;
}

bool uip_addr_equal(const struct uip_addr *a, const struct uip_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, uip_addr_len(a));
}

bool uip_addr_same_net(const struct uip_addr *a, const struct uip_addr *b, uint32_t prefix)
{
	uint32_t whole = prefix / 8, rest = prefix % 8;

	if (a->family != b->family || prefix > uip_addr_len(a) * 8)
		return false;
	if (memcmp(a->bytes, b->bytes, whole))
		return false;
	return !rest || !((a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest));
}

/* RFC 4291 2.5.6, RFC 3927. */
bool uip_addr_is_link_local(const struct uip_addr *addr)
{
	if (addr->family == OHBA_FAMILY_IPV6)
		return addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
	return addr->bytes[0] == 169 && addr->bytes[1] == 254;
}

/* RFC 1122 3.2.1.3; RFC 4291 2: nor what stands for IPv4's, and for none. */
bool uip_addr_is_unicast(const struct uip_addr *addr)
{
	static const uint8_t none[8];
	const uint8_t *bytes = addr->bytes;

	switch (addr->family) {
	case OHBA_FAMILY_IPV4:
		return bytes[0] && bytes[0] != 127 && bytes[0] < 224;
	case OHBA_FAMILY_IPV6:
		return bytes[0] != 0xff && memcmp(bytes, none, sizeof(none));
	default:
		return false;
	}
}

const char *uip_addr_text(const struct uip_addr *addr, char buf[UIP_ADDR_TEXT])
{
	int family = addr->family == OHBA_FAMILY_IPV6 ? AF_INET6 : AF_INET;

	return addr->family ? inet_ntop(family, addr->bytes, buf, UIP_ADDR_TEXT) :
			      strcpy(buf, "no address");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP addresses of either family. */
#ifndef UIP_ADDR_H
#define UIP_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "msg.h"

#define UIP_ADDR_TEXT	48		/* bytes, with the final zero */

/* bytes: 4, 16, or 0 for no address. */
size_t uip_addr_len(const struct uip_addr *addr);
/* Of 4 or 16 bytes at @bytes; else without family. */
struct uip_addr uip_addr_make(const void *bytes, size_t len);
bool uip_addr_equal(const struct uip_addr *a, const struct uip_addr *b);
/* Do the first @prefix bits agree? */
bool uip_addr_same_net(const struct uip_addr *a, const struct uip_addr *b, uint32_t prefix);
bool uip_addr_is_link_local(const struct uip_addr *addr);
/* Can a station of a network have it? The firmware refuses all others. */
bool uip_addr_is_unicast(const struct uip_addr *addr);
/* Return: @buf. */
const char *uip_addr_text(const struct uip_addr *addr, char buf[UIP_ADDR_TEXT]);
#define UIP_MAC_FORMAT		"%02x:%02x:%02x:%02x:%02x:%02x"
#define UIP_MAC_ARGS(mac)	(mac)[0], (mac)[1], (mac)[2], (mac)[3], (mac)[4], (mac)[5]

#endif /* UIP_ADDR_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/* The adapter's addresses. To lwIP each is an interface of its own. */
#include <string.h>

#include "lwip/ip.h"
#include "lwip/priv/tcp_priv.h"

#include "frame.h"
#include "hooks.h"
#include "ohba_admin.h"
#include "wire.h"

uint16_t wire_iface_vid(const struct wire_iface *iface)
{
	return iface->tci & TCI_VID;
}

struct wire_iface *wire_iface_find(struct ohba_wire *wire, const struct wire_addr *addr,
				   uint16_t vid)
{
	struct wire_iface *iface;

	for (iface = wire->ifaces; iface < &wire->ifaces[WIRE_IFACES_MAX]; iface++)
		if (iface->used && wire_iface_vid(iface) == vid &&
		    !memcmp(&iface->addr, addr, sizeof(*addr)))
			return iface;
	return NULL;
}

static err_t init_netif(struct netif *netif)
{
	netif->name[0] = 'o';
	netif->name[1] = 'h';
	netif->output = wire_output4;
	netif->output_ip6 = wire_output6;
	return ERR_OK;
}

/* Of connections that begin now. */
static void set_mtu(struct wire_iface *iface, uint16_t mtu)
{
	uint32_t port = iface->wire->mtu;

	iface->netif.mtu = mtu && mtu < port ? mtu : port;
}

static void set_addr(struct wire_iface *iface)
{
	ip4_addr_t ip4, only_this;
	ip6_addr_t ip6 = { 0 };

	if (iface->addr.family == OHBA_FAMILY_IPV4) {
		memcpy(&ip4.addr, iface->addr.bytes, 4);
		only_this.addr = IPADDR_BROADCAST;
		netif_set_addr(&iface->netif, &ip4, &only_this, NULL);
	} else {
		memcpy(ip6.addr, iface->addr.bytes, 16);
		netif_ip6_addr_set(&iface->netif, 0, &ip6);
		netif_ip6_addr_set_state(&iface->netif, 0, IP6_ADDR_PREFERRED);
	}
}

struct netif *wire_route4(const void *src)
{
	struct wire_iface *asked = wire_asked();
	const ip4_addr_t *ip = src;
	struct netif *netif;

	if (ip && asked && ip4_addr_cmp(netif_ip4_addr(&asked->netif), ip))
		return &asked->netif;
	if (ip)
		NETIF_FOREACH(netif)
			if (ip4_addr_cmp(netif_ip4_addr(netif), ip))
				return netif;
	return NULL;
}

struct netif *wire_route6(const void *src)
{
	struct wire_iface *asked = wire_asked();
	const ip6_addr_t *ip = src;
	struct netif *netif;

	if (ip && asked && ip6_addr_cmp(netif_ip6_addr(&asked->netif, 0), ip))
		return &asked->netif;
	if (ip)
		NETIF_FOREACH(netif)
			if (ip6_addr_cmp(netif_ip6_addr(netif, 0), ip))
				return netif;
	return NULL;
}

/* lwIP numbers its interfaces with a byte, and looks for a free one for ever. */
#define LWIP_NETIFS_MAX	254
static unsigned int nifaces;	/* of all adapters of the process */

static void abort_all(struct tcp_pcb *pcb, uint8_t index)
{
	struct tcp_pcb *next;

	for (; pcb; pcb = next) {
		next = pcb->next;
		if (pcb->netif_idx == index)
			tcp_abort(pcb);
	}
}

/*
 * Those of this address alone: lwIP by itself would end the connections of every
 * adapter that has the same one, on another network. Owners are told by the poller.
 */
static void end_connections(struct wire_iface *iface)
{
	abort_all(tcp_active_pcbs, netif_get_index(&iface->netif));
	abort_all(tcp_tw_pcbs, netif_get_index(&iface->netif));
	ip_addr_set_zero(&iface->netif.ip_addr);
	ip_addr_set_zero_ip6(&iface->netif.ip6_addr[0]);
}

void wire_iface_clear(struct wire_iface *iface)
{
	if (!iface->used)
		return;
	end_connections(iface);
	netif_remove(&iface->netif);
	nifaces--;
	wire_paths_forget(iface);
	wire_resolve_forget(iface);
	iface->used = false;
	memset(&iface->addr, 0, sizeof(iface->addr));
}

/* Of one station on a network: no group, no loopback, not "this host". */
static bool is_unicast(const struct wire_addr *addr)
{
	static const uint8_t zero[8];
	const uint8_t *bytes = addr->bytes;

	if (addr->family == OHBA_FAMILY_IPV4)
		return bytes[0] && bytes[0] != 127 && bytes[0] < 224;
	/* ::/64 has the unspecified and the loopback address, and IPv4's (RFC 4291). */
	return bytes[0] != 0xff && memcmp(bytes, zero, sizeof(zero));
}

static void announce(struct wire_iface *iface)
{
	if (iface->addr.family == OHBA_FAMILY_IPV4)
		wire_arp_announce(iface);
	else
		wire_nd_announce(iface);
}

static enum ohba_status set(struct ohba_wire *wire, struct wire_iface *iface,
			    const struct wire_addr *addr, uint16_t tci, uint16_t mtu)
{
	if (iface->used && iface->tci == tci && !memcmp(&iface->addr, addr, sizeof(*addr))) {
		set_mtu(iface, mtu);
		return OHBA_ST_SUCCESS;
	}
	wire_iface_clear(iface);
	memset(&iface->netif, 0, sizeof(iface->netif));
	iface->wire = wire;
	iface->tci = tci;
	if (nifaces == LWIP_NETIFS_MAX ||
	    !netif_add(&iface->netif, NULL, NULL, NULL, iface, init_netif, ip_input))
		return OHBA_ST_NO_RESOURCES;
	nifaces++;
	iface->used = true;
	iface->addr = *addr;
	set_mtu(iface, mtu);
	netif_set_up(&iface->netif);
	netif_set_link_up(&iface->netif);
	set_addr(iface);
	if (wire_link_is_up(wire))
		announce(iface);
	return OHBA_ST_SUCCESS;
}

void wire_ifaces_announce(struct ohba_wire *wire)
{
	struct wire_iface *iface;

	for (iface = wire->ifaces; iface < &wire->ifaces[WIRE_IFACES_MAX]; iface++)
		if (iface->used)
			announce(iface);
}

struct wire_addr wire_addr_make(uint8_t family, const uint8_t *bytes)
{
	struct wire_addr addr = { .family = family };

	memcpy(addr.bytes, bytes, family == OHBA_FAMILY_IPV4 ? 4 : 16);
	return addr;
}

bool ohba_wire_addr_ok(uint8_t family, const uint8_t bytes[16])
{
	struct wire_addr addr;

	if (family != OHBA_FAMILY_IPV4 && family != OHBA_FAMILY_IPV6)
		return false;
	addr = wire_addr_make(family, bytes);
	return is_unicast(&addr);
}

bool ohba_wire_iface_is(const struct ohba_wire *wire, unsigned int index, uint8_t family,
			const uint8_t bytes[16], uint16_t tci)
{
	const struct wire_iface *iface = &wire->ifaces[index];
	struct wire_addr addr = wire_addr_make(family, bytes);

	return iface->used && wire_iface_vid(iface) == (tci & TCI_VID) &&
	       !memcmp(&iface->addr, &addr, sizeof(addr));
}

enum ohba_status ohba_wire_iface_set(struct ohba_wire *wire, unsigned int index,
				     uint8_t family, const uint8_t bytes[16], uint16_t tci,
				     uint16_t mtu)
{
	struct wire_addr addr;

	if (index >= OHBA_IFACES_MAX)
		return OHBA_ST_INVALID_HANDLE;
	if (!family) {
		wire_iface_clear(&wire->ifaces[index]);
		return OHBA_ST_SUCCESS;
	}
	if (!ohba_wire_addr_ok(family, bytes))
		return OHBA_ST_INVALID_FIELD;
	addr = wire_addr_make(family, bytes);
	return set(wire, &wire->ifaces[index], &addr, tci, mtu);
}

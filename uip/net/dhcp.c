// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses by DHCP (RFC 2131): lwIP's client, an interface of lwIP's for each. What it
 * says for the address itself the firmware says, too: only questions go out.
 */
#include <string.h>

#include "lwip/etharp.h"
#include "lwip/prot/ethernet.h"
#include "netif/ethernet.h"

#include "log.h"
#include "net.h"
#include "port.h"

#define MTU		1500
#define AT_ARP_OP	6		/* in ARP's header (RFC 826) */

/* --- frames ---------------------------------------------------------------- */

/* The firmware answers for the adapter's addresses. */
static bool is_answer(const uint8_t *frame, size_t len)
{
	size_t at = frame[12] == 0x81 && !frame[13] ? 16 : 12;

	return len >= at + 2 + AT_ARP_OP + 2 && frame[at] == 8 && frame[at + 1] == 6 &&
	       frame[at + 2 + AT_ARP_OP + 1] == ARP_REPLY;
}

static err_t send_frame(struct netif *netif, struct pbuf *p)
{
	struct uip_client *client = netif->state;
	uint8_t frame[UIP_FRAME_MAX];

	if (p->tot_len > sizeof(frame) || p->tot_len < SIZEOF_ETH_HDR)
		return ERR_BUF;
	pbuf_copy_partial(p, frame, sizeof(frame), 0);
	if (!is_answer(frame, p->tot_len))
		uip_port_send(client->port, frame, p->tot_len);
	return ERR_OK;
}

static void input(struct uip_client *client, const uint8_t *frame, size_t len)
{
	struct pbuf *p = pbuf_alloc(PBUF_RAW, len, PBUF_POOL);

	if (!p)
		return;
	pbuf_take(p, frame, len);
	if (client->netif.input(p, &client->netif) != ERR_OK)
		pbuf_free(p);
}

/* Each of the VLAN hears it. */
void uip_dhcp_input(struct uip_port *port, const uint8_t *frame, size_t len, uint16_t vid)
{
	struct uip_client *client;

	for (client = port->clients; client < &port->clients[OHBA_IFACES_MAX]; client++)
		if (client->port && (client->tci & UIP_VID_MASK) == vid)
			input(client, frame, len);
}

int32_t uip_vlan_of(struct netif *netif)
{
	const struct uip_client *client = netif->state;

	return client->tci ? client->tci : -1;
}

/* --- leases ---------------------------------------------------------------- */

static void tell(struct uip_client *client)
{
	struct uip_msg msg = {
		.type = UIP_LEASE,
		.port = client->port->ifindex,
		.lease = client->lease,
	};

	uip_tell(&msg);
}

static void say(const struct uip_client *client)
{
	const struct uip_lease *lease = &client->lease;
	char text[UIP_ADDR_TEXT];

	if (lease->addr.family)
		uip_info("%s: DHCP: %s/%u", client->port->adapter,
			 uip_addr_text(&lease->addr, text), lease->prefix);
	else
		uip_warn("%s: DHCP: the lease is over, and there is no other",
			 client->port->adapter);
}

static struct uip_lease lease_of(const struct uip_client *client)
{
	const struct netif *netif = &client->netif;
	struct uip_lease lease = { .iface = client->lease.iface };

	if (ip4_addr_isany(netif_ip4_addr(netif)))
		return lease;
	lease.addr = uip_addr_make(netif_ip4_addr(netif), 4);
	lease.prefix = __builtin_popcount(netif_ip4_netmask(netif)->addr);
	if (!ip4_addr_isany(netif_ip4_gw(netif)))
		lease.gateway = uip_addr_make(netif_ip4_gw(netif), 4);
	return lease;
}

/* lwIP's interface has another address, or none; or so it says. */
static void changed(struct netif *netif)
{
	struct uip_client *client = netif->state;
	struct uip_lease lease = lease_of(client), *old = &client->lease;

	if (uip_addr_equal(&lease.addr, &old->addr) && lease.prefix == old->prefix &&
	    uip_addr_equal(&lease.gateway, &old->gateway))
		return;
	*old = lease;
	say(client);
	tell(client);
}

/* --- life ------------------------------------------------------------------ */

static err_t init_netif(struct netif *netif)
{
	struct uip_client *client = netif->state;

	netif->name[0] = 'o';
	netif->name[1] = 'h';
	netif->mtu = MTU;
	netif->hwaddr_len = sizeof(client->port->mac);
	memcpy(netif->hwaddr, client->port->mac, sizeof(client->port->mac));
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
	netif->output = etharp_output;
	netif->linkoutput = send_frame;
	return ERR_OK;
}

static void end(struct uip_client *client)
{
	if (!client->port)
		return;
	/* The loss is no news: whoever takes it away knows. */
	netif_set_status_callback(&client->netif, NULL);
	dhcp_release_and_stop(&client->netif);
	dhcp_remove_struct(&client->netif);
	netif_remove(&client->netif);
	client->port = NULL;
}

static void start(struct uip_port *port, const struct uip_dhcp_iface *iface)
{
	struct uip_client *client = &port->clients[iface->index];

	memset(client, 0, sizeof(*client));
	client->port = port;
	client->tci = iface->tci;
	client->lease.iface = iface->index;
	if (!netif_add_noaddr(&client->netif, client, init_netif, ethernet_input)) {
		client->port = NULL;
		return;
	}
	dhcp_set_struct(&client->netif, &client->dhcp);
	netif_set_status_callback(&client->netif, changed);
	netif_set_link_up(&client->netif);
	netif_set_up(&client->netif);
	if (dhcp_start(&client->netif) != ERR_OK)
		end(client);
}

/* One that runs tells again what it has: whoever asks may have missed it. */
static void ensure(struct uip_port *port, const struct uip_dhcp_iface *iface)
{
	struct uip_client *client = &port->clients[iface->index];

	if (client->port && client->tci == iface->tci) {
		if (client->lease.addr.family)
			tell(client);
		return;
	}
	end(client);
	start(port, iface);
}

static bool is_listed(const struct uip_dhcp *dhcp, uint32_t index)
{
	uint32_t i;

	for (i = 0; i < dhcp->nifaces; i++)
		if (dhcp->ifaces[i].index == index)
			return true;
	return false;
}

void uip_dhcp_set(struct uip_port *port, const struct uip_dhcp *dhcp)
{
	uint32_t i;

	for (i = 0; i < OHBA_IFACES_MAX; i++)
		if (!is_listed(dhcp, i))
			end(&port->clients[i]);
	for (i = 0; i < dhcp->nifaces; i++)
		ensure(port, &dhcp->ifaces[i]);
}

void uip_dhcp_end(struct uip_port *port)
{
	uint32_t i;

	for (i = 0; i < OHBA_IFACES_MAX; i++)
		end(&port->clients[i]);
}

bool uip_dhcp_needs_clock(void)
{
	return netif_list;
}

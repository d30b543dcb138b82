// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who gets a frame: a switch that learns (IEEE 802.1D) and knows VLANs (802.1Q). Inside
 * it frames are without a tag, beside their VLAN; their priority is lost.
 */
#include "segment.h"

#include <string.h>

#define STATIONS_MAX	64u

struct station {
	uint8_t mac[6];
	uint16_t vlan;
	struct port *port;		/* NULL: a free entry */
};

static struct station stations[STATIONS_MAX];
static unsigned int oldest;

/* --- who is where ---------------------------------------------------------- */

static struct station *find(const uint8_t mac[6], uint16_t vlan)
{
	struct station *s;

	for (s = stations; s < &stations[STATIONS_MAX]; s++)
		if (s->port && s->vlan == vlan && !memcmp(s->mac, mac, 6))
			return s;
	return NULL;
}

static void learn(struct port *port, const uint8_t mac[6], uint16_t vlan)
{
	struct station *s = find(mac, vlan);

	if (mac[0] & 1)
		return;
	if (!s)
		s = &stations[oldest++ % STATIONS_MAX];
	memcpy(s->mac, mac, 6);
	s->vlan = vlan;
	s->port = port;
}

void switch_forget(const struct port *port)
{
	struct station *s;

	for (s = stations; s < &stations[STATIONS_MAX]; s++)
		if (s->port == port)
			s->port = NULL;
}

/* --- VLANs ----------------------------------------------------------------- */

/* Take the tag out. Return: the VLAN, 0 if the port does not take such a frame. */
static uint16_t untag(const struct port *port, struct frame *frame)
{
	uint8_t *tag = frame->data + 12;
	uint16_t vid;

	if (tag[0] != 0x81 || tag[1])
		return port->vlan ? port->vlan : VLAN_NATIVE;
	if (frame->len < ETH_HLEN + TAG_LEN)
		return 0;
	vid = (tag[2] & 0x0f) << 8 | tag[3];
	frame->len -= TAG_LEN;
	memmove(tag, tag + TAG_LEN, frame->len - 12);
	if (!vid)			/* it had a priority alone */
		return port->vlan ? port->vlan : VLAN_NATIVE;
	return port->vlan ? 0 : vid;
}

static void tag(struct frame *frame, uint16_t vlan)
{
	uint8_t *at = frame->data + 12;

	memmove(at + TAG_LEN, at, frame->len - 12);
	frame->len += TAG_LEN;
	at[0] = 0x81;
	at[1] = 0;
	at[2] = vlan >> 8;
	at[3] = vlan & 0xff;
}

static void send_out(struct port *port, const struct frame *frame, uint16_t vlan)
{
	struct frame copy;

	if (port->vlan || vlan == VLAN_NATIVE) {
		if (!port->vlan || port->vlan == vlan)
			cable_send(port, false, frame);
		return;
	}
	copy.len = frame->len;
	memcpy(copy.data, frame->data, frame->len);
	tag(&copy, vlan);
	cable_send(port, false, &copy);
}

void switch_frame(struct port *from, const struct frame *frame)
{
	struct frame plain = { .len = frame->len };
	struct station *to;
	struct port *port;
	uint16_t vlan;

	memcpy(plain.data, frame->data, frame->len);
	vlan = untag(from, &plain);
	if (!vlan) {
		from->counters.not_ours++;
		return;
	}
	learn(from, plain.data + 6, vlan);
	to = find(plain.data, vlan);
	for (port = ports; port < &ports[nports]; port++)
		if (port != from && (!to || to->port == port))
			send_out(port, &plain, vlan);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Packet sockets, given by the privileged process, and their frames. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <sys/socket.h>

#include "log.h"
#include "net.h"
#include "port.h"

#define FRAMES_A_TURN		64

static struct uip_port ports[UIP_PORTS_MAX];
static uint32_t lost[UIP_PORTS_MAX];	/* of what nobody was told yet; 0: a free entry */

void uip_ports_init(void)
{
	unsigned int i;

	for (i = 0; i < UIP_PORTS_MAX; i++)
		ports[i].fd = -1;
}

struct uip_port *uip_port_at(unsigned int i)
{
	return &ports[i];
}

struct uip_port *uip_port_find(uint32_t ifindex)
{
	struct uip_port *port;

	for (port = ports; port < &ports[UIP_PORTS_MAX]; port++)
		if (port->fd >= 0 && port->ifindex == ifindex)
			return port;
	return NULL;
}

static struct uip_port *find_free(void)
{
	struct uip_port *port;

	for (port = ports; port < &ports[UIP_PORTS_MAX]; port++)
		if (port->fd < 0)
			return port;
	return NULL;
}

void uip_port_close(struct uip_port *port)
{
	uip_malformed_sum(port);
	uip_resolve_cancel(port);
	uip_clients_forget(port);
	close(port->fd);
	port->fd = -1;
}

void uip_port_add(uint32_t ifindex, const struct uip_port_add *add, int fd)
{
	struct uip_port *port = uip_port_find(ifindex);

	if (port)
		uip_port_close(port);
	port = find_free();
	if (!port) {
		uip_err("%s: not served, there are %u adapters already", add->adapter,
			UIP_PORTS_MAX);
		close(fd);
		return;
	}
	memset(port, 0, sizeof(*port));
	port->fd = fd;
	port->ifindex = ifindex;
	memcpy(port->mac, add->mac, sizeof(port->mac));
	memcpy(port->adapter, add->adapter, sizeof(port->adapter));
}

void uip_port_send(struct uip_port *port, const uint8_t *frame, size_t len)
{
	(void)!send(port->fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The tag that the kernel took out of a frame. */
static uint16_t vid_of(struct msghdr *header)
{
	struct cmsghdr *cmsg;
	struct tpacket_auxdata aux;

	for (cmsg = CMSG_FIRSTHDR(header); cmsg; cmsg = CMSG_NXTHDR(header, cmsg)) {
		if (cmsg->cmsg_level != SOL_PACKET || cmsg->cmsg_type != PACKET_AUXDATA ||
		    cmsg->cmsg_len < CMSG_LEN(sizeof(aux)))
			continue;
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
		return aux.tp_status & TP_STATUS_VLAN_VALID ? aux.tp_vlan_tci & UIP_VID_MASK : 0;
	}
	return 0;
}

/* Return: 1, 0 if there is none, -errno. */
static int read_frame(struct uip_port *port)
{
	static uint8_t frame[UIP_FRAME_MAX];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} space;
	struct iovec iov = { frame, sizeof(frame) };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1,
				 .msg_control = &space, .msg_controllen = sizeof(space) };
	ssize_t len = recvmsg(port->fd, &header, MSG_DONTWAIT);

	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (header.msg_flags & MSG_TRUNC)	/* nothing that we speak is so long */
		uip_malformed(port, UIP_BAD_FRAME);
	else
		uip_port_input(port, frame, len, vid_of(&header));
	return 1;
}

/* There is room: no port is added while there is something to be told (loop.c). */
static void note_lost(uint32_t ifindex)
{
	unsigned int i;

	for (i = 0; i < UIP_PORTS_MAX; i++)
		if (!lost[i] || lost[i] == ifindex) {
			lost[i] = ifindex;
			return;
		}
}

void uip_ports_poll(void)
{
	struct uip_msg msg = { .type = UIP_PORT_LOST };
	unsigned int i;

	for (i = 0; i < UIP_PORTS_MAX; i++) {
		msg.port = lost[i];
		if (lost[i] && uip_tell(&msg))
			lost[i] = 0;
	}
}

bool uip_port_read(struct uip_port *port)
{
	unsigned int i;
	int err = 1;

	/* Not for ever: others are waiting, too. */
	for (i = 0; err > 0 && i < FRAMES_A_TURN; i++)
		err = read_frame(port);
	if (err >= 0)
		return true;
	uip_dbg(UIP_PORT, "%s: device %u: %s", port->adapter, port->ifindex, strerror(-err));
	note_lost(port->ifindex);
	uip_port_close(port);
	uip_ports_poll();
	return false;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A port: a tap device, which a network namespace has as its interface; its capture. */
#define _GNU_SOURCE		/* setns */
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BATCH	32		/* frames, then others have their turn */

struct port ports[PORTS_MAX];
unsigned int nports;

/* --- captures: pcap, with nanoseconds --------------------------------------- */

static FILE *open_capture(const char *path)
{
	const uint32_t header[6] = { 0xa1b23c4d, 4 << 16 | 2, 0, 0, FRAME_MAX, 1 };
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(header, sizeof(header), 1, file) != 1)
		quit(path);
	return file;
}

/* Without options before it, or extension headers. */
static bool is_tcp(const struct frame *frame)
{
	const uint8_t *at = frame->data + 12;

	if (at[0] == 0x81 && !at[1])
		at += TAG_LEN;
	if (frame->len < ETH_HLEN + TAG_LEN + 20)
		return false;
	return at[0] == 0x08 && !at[1] ? at[2 + 9] == IPPROTO_TCP :
	       at[0] == 0x86 && at[1] == 0xdd && at[2 + 6] == IPPROTO_TCP;
}

static void capture(const struct port *port, const struct frame *frame)
{
	uint32_t header[4], snap = frame->len;
	uint64_t now;

	if (is_tcp(frame))
		snap = port->snap;
	if (!port->capture || !snap)
		return;
	now = stamp_ns();
	header[0] = now / 1000000000;
	header[1] = now % 1000000000;
	header[2] = frame->len < snap ? frame->len : snap;
	header[3] = frame->len;
	if (fwrite(header, sizeof(header), 1, port->capture) != 1 ||
	    fwrite(frame->data, 1, header[2], port->capture) != header[2])
		quit("capture");
}

/* --- taps ------------------------------------------------------------------ */

static int open_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		quit(path);
	return fd;
}

static int open_tap(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open_path("/dev/net/tun", O_RDWR | O_NONBLOCK);

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, TUNSETIFF, &request))
		quit(name);
	return fd;
}

/* A tap belongs to the namespace that it was opened in. */
static int open_tap_in(const char *ns, const char *name)
{
	int there = open_path(ns, O_RDONLY), here = open_path("/proc/self/ns/net", O_RDONLY), fd;

	if (setns(there, CLONE_NEWNET))
		quit(ns);
	fd = open_tap(name);
	if (setns(here, CLONE_NEWNET))
		quit("namespace");
	close(there);
	close(here);
	return fd;
}

void port_set_up(struct port *port, bool up)
{
	int carrier = up;

	if (ioctl(port->fd, TUNSETCARRIER, &carrier))
		quit(port->name);
	port->up = up;
	if (!up)
		switch_forget(port);
}

struct port *port_find(const char *name)
{
	struct port *port;

	for (port = ports; port < &ports[nports]; port++)
		if (!strcmp(port->name, name))
			return port;
	return NULL;
}

bool port_add(char *words, uint64_t seed)
{
	static char *const keys[] = { "ns", "vlan", "mtu", "capture", "trunk", NULL };
	struct port port = { .up = true, .vlan = VLAN_NATIVE, .mtu = FRAME_MAX - 18,
			     .snap = FRAME_MAX };
	char *ns = "/proc/self/ns/net", *value = "";
	int key = 0;

	port.name = strsep(&words, ",");
	while (words && *words && (key = getsubopt(&words, keys, &value)) >= 0) {
		if (key == 4)
			port.vlan = 0;
		else if (!value)
			return false;
		else if (key == 0)
			ns = value;
		else if (key == 1)
			port.vlan = atoi(value);
		else if (key == 2)
			port.mtu = atoi(value);
		else
			port.capture = open_capture(value);
	}
	if (key < 0 || port.vlan > 4094 || nports == PORTS_MAX)
		return false;
	port.fd = open_tap_in(ns, port.name);
	port.random_in = seed + 2 * nports;
	port.random_out = seed + 2 * nports + 1;
	ports[nports++] = port;
	return true;
}

/* --- frames ---------------------------------------------------------------- */

void port_read(struct port *port)
{
	struct frame frame;
	ssize_t len;
	int i;

	for (i = 0; i < BATCH; i++) {
		/* A tag may have to fit in. */
		len = read(port->fd, frame.data, FRAME_MAX - TAG_LEN);
		if (len < ETH_HLEN)
			return;		/* none; or it is not up */
		frame.len = len;
		port->counters.rx++;
		capture(port, &frame);
		cable_send(port, true, &frame);
	}
}

void port_write(struct port *port, const struct frame *frame)
{
	/* Nobody set the interface up, or it has no room: a cable with nobody at its end. */
	if (write(port->fd, frame->data, frame->len) < 0) {
		port->counters.no_room++;
		return;
	}
	port->counters.tx++;
	capture(port, frame);
}

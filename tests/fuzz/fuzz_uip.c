// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uipd's sandboxed process against a hostile network. An input is a sequence of records
 * (uip_ops.h).
 *
 * Whatever comes in: what it says to the privileged process makes sense and concerns what
 * was asked, and what it sends are questions of the adapter's, no longer than a frame;
 * it answers for its link-local address alone.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "net/net.h"
#include "ohba_status.h"
#include "port.h"
#include "uip_ops.h"

#define IFINDEX		7
#define ICMPV6		58
#define UDP		17

static const uint8_t our_mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };
static uint64_t now_ms;
static int wire;
static struct uip_addr wanted[256];
static unsigned int nwanted;
static struct uip_config asked;
static struct uip_lease told[OHBA_IFACES_MAX];

#define CHECK(cond, what) do {				\
	if (!(cond)) {					\
		fprintf(stderr, "fuzz: %s\n", what);		\
		abort();				\
	}						\
} while (0)

/* --- what loop.c is for the others -------------------------------------------- */

uint64_t uip_now(void)
{
	return now_ms;
}

uint32_t uip_random(void)
{
	return 4;
}

bool uip_random_fill(void *buf, size_t len)
{
	memset(buf, 0x5a, len);
	return true;
}

static bool was_wanted(const struct uip_addr *dst)
{
	unsigned int i;

	for (i = 0; i < nwanted; i++)
		if (uip_addr_equal(&wanted[i], dst))
			return true;
	return false;
}

static void check_lease(const struct uip_lease *lease)
{
	unsigned int i;

	for (i = 0; i < asked.nifaces && asked.ifaces[i].index != lease->iface; i++)
		;
	CHECK(i < asked.nifaces, "a lease that nobody asked for");
	CHECK(asked.ifaces[i].method != UIP_STATIC, "a lease of what was set by hand");
	told[lease->iface] = *lease;
	if (!lease->addr.family)
		return;
	CHECK(lease->kept.len && lease->kept.len <= OHBA_LEASE_MAX, "a lease that cannot be kept");
	CHECK(lease->prefix <= uip_addr_len(&lease->addr) * 8, "a prefix of no address");
	CHECK((lease->addr.family == OHBA_FAMILY_IPV4) == (asked.ifaces[i].method == UIP_DHCP4),
	      "a lease of another family");
	CHECK(!lease->gateway.family || lease->gateway.family == lease->addr.family,
	      "a gateway of another family");
}

bool uip_tell(const struct uip_msg *msg)
{
	const struct uip_path *path = &msg->path;

	CHECK(msg->port == IFINDEX, "a message about another device");
	if (msg->type == UIP_LEASE) {
		check_lease(&msg->lease);
		return true;
	}
	CHECK(msg->type == UIP_PATH, "a message of its own accord");
	CHECK(was_wanted(&path->dst), "a path that nobody wants");
	if (path->status) {
		CHECK(path->status == OHBA_ST_HOST_UNREACH, "a status of its own");
		return true;
	}
	CHECK(path->iface < OHBA_IFACES_MAX, "an iface that cannot be");
	CHECK(path->hop.family == path->dst.family, "a next hop of another family");
	return true;
}

/* --- what it sends ---------------------------------------------------------------- */

static void check_ip6(const uint8_t *ip)
{
	static const uint8_t own[16] = { 0xfe, 0x80, [8] = 0x50, 0x54, 0, 0xff, 0xfe, 1, 2, 3 };
	const uint8_t *data = ip + 40;

	if (ip[6] == UDP)
		CHECK(data[2] == 547 >> 8 && data[3] == (547 & 255), "UDP that is not DHCP");
	else if (data[0] == 136)
		CHECK(!memcmp(data + 8, own, 16), "an answer");
	else
		CHECK(data[0] == 133 || data[0] == 135, "ICMPv6 that is no question");
}

static void check_sent(void)
{
	uint8_t frame[4096];
	ssize_t len;
	size_t at;

	while ((len = recv(wire, frame, sizeof(frame), MSG_DONTWAIT)) > 0) {
		CHECK(len >= 14 && len <= UIP_FRAME_MAX, "a frame of no length");
		CHECK(!memcmp(frame + 6, our_mac, 6), "a frame of somebody else's");
		at = frame[12] == 0x81 ? 16 : 12;
		if (frame[at] == 8 && frame[at + 1] == 6)
			CHECK(frame[at + 2 + 7] == 1, "an ARP answer");
		else if (frame[at] == 8)
			CHECK(frame[at + 2 + 9] == UDP && frame[at + 2 + 20 + 3] == 67,
			      "IPv4 that is not DHCP");
		else
			check_ip6(frame + at + 2);
	}
}

/* --- what comes in ---------------------------------------------------------------- */

static void put_be16(uint8_t *to, uint32_t value)
{
	to[0] = value >> 8;
	to[1] = value;
}

/* RFC 1071, over what @sum has of it already. */
static uint16_t checksum(const uint8_t *p, size_t len, uint32_t sum)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void repair6(uint8_t *ip, size_t len)
{
	size_t n = len - 40;

	size_t at = ip[6] == UDP ? 6 : 2;	/* the checksum */

	if (len < 40 + 8 || (ip[6] != ICMPV6 && ip[6] != UDP))
		return;
	put_be16(ip + 4, n);
	if (ip[6] == UDP)
		put_be16(ip + 40 + 4, n);
	put_be16(ip + 40 + at, 0);
	put_be16(ip + 40 + at, checksum(ip + 8, 32 + n, n + ip[6]));
}

static void repair4(uint8_t *ip, size_t len)
{
	size_t hlen = (ip[0] & 15) * 4;

	if (hlen < 20 || len < hlen + 8)
		return;
	put_be16(ip + 2, len);
	put_be16(ip + 10, 0);
	put_be16(ip + 10, checksum(ip, hlen, 0));
	if (ip[9] != UDP)
		return;
	put_be16(ip + hlen + 4, len - hlen);
	put_be16(ip + hlen + 6, 0);	/* none, RFC 768 */
}

/* Without that, nobody reads further. */
static void repair(uint8_t *frame, size_t len)
{
	if (len < 14 + 20)
		return;
	if (frame[12] == 0x86 && frame[13] == 0xdd)
		repair6(frame + 14, len - 14);
	else if (frame[12] == 8 && !frame[13])
		repair4(frame + 14, len - 14);
}

static void bring_frame(const uint8_t *data, size_t len, uint16_t vid, bool repaired)
{
	uint8_t *frame = malloc(len);	/* of its own, so that who reads past it is seen */

	memcpy(frame, data, len);
	if (repaired)
		repair(frame, len);
	uip_port_input(uip_port_find(IFINDEX), frame, len, vid);
	free(frame);
}

static struct uip_addr addr_of(const uint8_t *p, bool v6)
{
	return uip_addr_make(p, v6 ? 16 : 4);
}

/* The driver is no enemy: what it says is of the form that genl.c lets pass. */
static void want(const uint8_t *p, bool v6)
{
	struct uip_want want = { .dst = addr_of(p, v6), .nifaces = 1 };
	struct uip_iface *iface = &want.ifaces[0];

	iface->addr = addr_of(p + 16, v6);
	if (p[32] & 1)
		iface->gateway = addr_of(p + 33, v6);
	iface->index = p[49] % OHBA_IFACES_MAX;
	iface->prefix = p[50] % ((v6 ? 128 : 32) + 1);
	iface->tci = p[51] & 3;
	wanted[nwanted++ % 256] = want.dst;
	if (nwanted > 256)
		nwanted = 256;
	uip_resolve(uip_port_find(IFINDEX), &want);
}

static bool is_asked(uint32_t index)
{
	unsigned int i;

	for (i = 0; i < asked.nifaces; i++)
		if (asked.ifaces[i].index == index)
			return true;
	return false;
}

static void config(const uint8_t *p, size_t len)
{
	static const uint8_t methods[4] = { UIP_DHCP4, UIP_SLAAC, UIP_DHCP6, UIP_STATIC };
	struct uip_config_iface *iface;

	memset(&asked, 0, sizeof(asked));
	for (; len >= 2 && asked.nifaces < OHBA_IFACES_MAX; p += 2, len -= 2) {
		if (is_asked(p[0] % OHBA_IFACES_MAX))
			continue;
		iface = &asked.ifaces[asked.nifaces++];
		iface->index = p[0] % OHBA_IFACES_MAX;
		iface->tci = p[1] & 3;
		iface->method = methods[p[1] >> 2 & 3];
		if (iface->method == UIP_STATIC)
			iface->addr = uip_addr_make("\x0a\0\0\5", 4);
	}
	uip_clients_set(uip_port_find(IFINDEX), &asked);
}

static void be_killed(const uint8_t *p, size_t len)
{
	struct uip_port *port = uip_port_find(IFINDEX);
	struct uip_config_iface *iface;

	memset(port->clients, 0, sizeof(port->clients));
	for (iface = asked.ifaces; iface < &asked.ifaces[asked.nifaces]; iface++) {
		if (iface->method == UIP_STATIC)
			continue;
		iface->addr = told[iface->index].addr;
		iface->kept = told[iface->index].kept;
	}
	for (; len >= 3; p += 3, len -= 3)
		asked.ifaces[0].kept.bytes[(p[0] | p[1] << 8) % OHBA_LEASE_MAX] = p[2];
	uip_clients_set(port, &asked);
}

static uint64_t due(void)
{
	uint64_t next = uip_resolve_poll();

	next = uip_sooner(next, uip_clients_poll());
	CHECK(next > now_ms, "a deadline that is over");
	return next;
}

static void pass(unsigned int seconds)
{
	uint64_t end = now_ms + seconds * 1000, next;

	while ((next = due()) < end)
		now_ms = next;
	now_ms = end;
}

static void step(uint8_t op, const uint8_t *data, size_t len)
{
	switch (op % UIP_OPS) {
	case UIP_OP_FRAME:
	case UIP_OP_REPAIRED:
		if (len > 1)
			bring_frame(data + 1, len - 1, data[0] & 3, op % UIP_OPS == UIP_OP_REPAIRED);
		break;
	case UIP_OP_WANT4:
	case UIP_OP_WANT6:
		if (len >= UIP_WANT_LEN)
			want(data, op % UIP_OPS == UIP_OP_WANT6);
		break;
	case UIP_OP_CONFIG:
		config(data, len);
		break;
	case UIP_OP_PASS:
		pass(len < 600 ? len : 600);
		break;
	case UIP_OP_KILLED:
		be_killed(data, len);
		break;
	}
	due();
	check_sent();
}

static void quiet(int priority, const char *line)
{
	(void)priority;
	(void)line;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	uip_log_to(quiet);
	uip_ports_init();
	return 0;
}

static void set_up(void)
{
	struct uip_port_add add = { .adapter = "adapter" };
	int pair[2];

	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), "no socket");
	wire = pair[0];
	nwanted = 0;
	memset(&asked, 0, sizeof(asked));
	memset(told, 0, sizeof(told));
	memcpy(add.mac, our_mac, sizeof(our_mac));
	uip_port_add(IFINDEX, &add, pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;

	set_up();
	for (; size >= 3; data += len, size -= len) {
		uint8_t op = data[0];

		len = data[1] | data[2] << 8;
		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		step(op, data, len);
	}
	uip_port_close(uip_port_find(IFINDEX));
	close(wire);
	return 0;
}

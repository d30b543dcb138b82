// SPDX-License-Identifier: GPL-2.0-or-later
/* Packet sockets, with a filter that lets pass no more than the sandbox reads. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "log.h"
#include "port.h"

#define ND_FIRST	133		/* router solicitation, RFC 4861 */
#define ND_LAST		136		/* neighbour advertisement */

#define DHCP_CLIENT	68		/* UDP ports, RFC 2131, RFC 8415 */
#define DHCP6_CLIENT	546

enum {
	AT_DST = 0, AT_TYPE = 12,
	AT_IP4 = 14, AT_IP4_FRAGMENT = AT_IP4 + 6, AT_IP4_PROTOCOL = AT_IP4 + 9,
	AT_IP6_NEXT = 14 + 6, AT_ICMP6 = 14 + 40, AT_UDP6_DST = 14 + 40 + 2,
};

#define LOAD(size, at)		BPF_STMT(BPF_LD | (size) | BPF_ABS, at)
/* Go on if it holds, or @no further. */
#define IF(op, value, no)	BPF_JUMP(BPF_JMP | (op) | BPF_K, value, 0, no)
#define SKIP_IF(op, value, to)	BPF_JUMP(BPF_JMP | (op) | BPF_K, value, to, 0)

/*
 * ARP, what DHCP servers say, or neighbour discovery without extension headers (RFC
 * 6980), to @mac or to several. The kernel has taken a VLAN tag out of the frame by then.
 */
int uip_port_filter(int fd, const uint8_t mac[6])
{
	uint32_t mac_high = (uint32_t)mac[0] << 24 | mac[1] << 16 | mac[2] << 8 | mac[3];
	uint32_t mac_low = mac[4] << 8 | mac[5];
	struct sock_filter code[] = {
		LOAD(BPF_B, AT_DST),
		SKIP_IF(BPF_JSET, 1, 4),		/* multicast */
		LOAD(BPF_W, AT_DST),
		IF(BPF_JEQ, mac_high, 22),
		LOAD(BPF_H, AT_DST + 4),
		IF(BPF_JEQ, mac_low, 20),
		LOAD(BPF_H, AT_TYPE),
		SKIP_IF(BPF_JEQ, ETH_P_ARP, 17),
		IF(BPF_JEQ, ETH_P_IP, 7),
		LOAD(BPF_B, AT_IP4_PROTOCOL),
		IF(BPF_JEQ, IPPROTO_UDP, 15),
		LOAD(BPF_H, AT_IP4_FRAGMENT),
		SKIP_IF(BPF_JSET, 0x1fff, 13),		/* not the first */
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, AT_IP4),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, AT_IP4 + 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP_CLIENT, 9, 10),
		IF(BPF_JEQ, ETH_P_IPV6, 9),
		LOAD(BPF_B, AT_IP6_NEXT),
		IF(BPF_JEQ, IPPROTO_UDP, 2),
		LOAD(BPF_H, AT_UDP6_DST),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP6_CLIENT, 4, 5),
		IF(BPF_JEQ, IPPROTO_ICMPV6, 4),
		LOAD(BPF_B, AT_ICMP6),
		IF(BPF_JGE, ND_FIRST, 2),
		SKIP_IF(BPF_JGT, ND_LAST, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT16_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* From then on nobody changes it, whoever has the socket. */
static int set_options(int fd, const uint8_t mac[6])
{
	int on = 1;

	return uip_port_filter(fd, mac) ?:
	       setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) ?:
	       setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on));
}

static int bind_to(int fd, uint32_t ifindex)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};

	return bind(fd, (struct sockaddr *)&addr, sizeof(addr));
}

static int bring_up(int fd, uint32_t ifindex)
{
	struct ifreq request;

	memset(&request, 0, sizeof(request));
	if (!if_indextoname(ifindex, request.ifr_name) || ioctl(fd, SIOCGIFFLAGS, &request))
		return -1;
	if (request.ifr_flags & IFF_UP)
		return 0;
	request.ifr_flags |= IFF_UP;
	uip_info("%s is down: bringing it up", request.ifr_name);
	return ioctl(fd, SIOCSIFFLAGS, &request);
}

int uip_port_open(uint32_t ifindex, const uint8_t mac[6])
{
	/* Of no protocol yet: nothing is received that the filter did not see. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd >= 0 && !set_options(fd, mac) && !bring_up(fd, ifindex) &&
	    !bind_to(fd, ifindex)) {
		uip_dbg(UIP_PORT, "device %u is open", ifindex);
		return fd;
	}
	err = -errno;
	uip_err("cannot use network device %u: %s", ifindex, strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}

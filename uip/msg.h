/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two processes of uipd tell each other: a struct uip_msg, as far as its type goes,
 * for each packet of a SOCK_SEQPACKET pair. The privileged process is believed; what the
 * sandboxed one says, who read what strangers sent, is checked before it is used. Addresses
 * are in network byte order, all else is the host's.
 */
#ifndef UIP_MSG_H
#define UIP_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "ohba_admin.h"
#include "ohba_genl.h"
#include "ohba_target.h"
#include "ohba_login.h"

/* An IP address; IPv4 in the first four bytes, the rest zero. */
struct uip_addr {
	uint8_t family;			/* enum ohba_family, 0: none */
	uint8_t bytes[16];
};

/* An address of an adapter's. */
struct uip_iface {
	uint32_t index;			/* 0..OHBA_IFACES_MAX - 1 */
	uint32_t prefix;		/* bits */
	uint16_t tci;			/* VLAN id and priority (IEEE 802.1Q), 0: none */
	struct uip_addr addr, gateway;
};

enum uip_msg_type {
	/* To the sandbox, with the packet socket of a port. */
	UIP_PORT_ADD = 1,
	/* From the sandbox: it closed the socket, which failed. */
	UIP_PORT_LOST,
	/* To the sandbox: find the way to an address. */
	UIP_WANT,
	/* From the sandbox: the way, or why there is none. */
	UIP_PATH,
	/* To the sandbox: the addresses of a port to get, or watch, and no others. */
	UIP_CONFIG,
	/* From the sandbox: it got one, or has it no more. */
	UIP_LEASE,
	/* From the sandbox, or the opener: a line for the log. */
	UIP_LINE,
	/* To the sandbox, and back: is it there? From the opener: it is. */
	UIP_PING,
	/* To the sandbox: log in. With secrets: whoever had it wipes it. */
	UIP_LOGIN,
	/* To the sandbox, from a target; from it, for one. */
	UIP_LOGIN_PDU,
	/* To the sandbox: that login is not wanted any more. */
	UIP_LOGIN_OVER,
	/* From the sandbox: how it ended. */
	UIP_LOGIN_END,
	/* To the opener: open the file of logins. From it, to that question, with the file: it has. */
	UIP_OPEN,
	UIP_OPENED,
};

#define UIP_ADAPTER_LEN		64	/* bytes of a name, with the final zero */
#define UIP_ADAPTERS_MAX	12	/* that the sandbox serves */
#define UIP_LOGINS_MAX		(UIP_ADAPTERS_MAX * OHBA_LOGINS_MAX)

struct uip_port_add {
	uint8_t mac[6];			/* of the adapter's connections */
	char adapter[UIP_ADAPTER_LEN];	/* for the log */
};

struct uip_want {
	struct uip_addr dst;
	uint32_t nifaces;
	struct uip_iface ifaces[OHBA_IFACES_MAX];	/* all of dst's family */
};

struct uip_path {
	struct uip_addr dst;
	uint32_t status;		/* enum ohba_status; if it is not SUCCESS, no more */
	uint32_t iface;
	struct uip_addr hop;
	uint8_t mac[6];
};

/* How an address is got. */
enum uip_method_type {
	UIP_STATIC,			/* it was: by hand; watch it */
	UIP_DHCP4,
	UIP_SLAAC,
	UIP_DHCP6,
	UIP_METHODS,
};

/* What the driver keeps with an address: the sandbox's own (net/keep.h). */
struct uip_kept {
	uint16_t len;			/* bytes */
	uint8_t bytes[OHBA_LEASE_MAX];
};

struct uip_config {
	uint32_t nifaces;
	struct uip_config_iface {
		uint32_t index;
		uint32_t generation;	/* goes with what is told of it */
		uint16_t tci;
		uint8_t method;		/* enum uip_method_type */
		uint8_t prefix;		/* bits; UIP_STATIC's alone */
		struct uip_addr addr;	/* by hand, or what the adapter has got */
		struct uip_kept kept;	/* of the latter */
	} ifaces[OHBA_IFACES_MAX];
};

struct uip_lease {
	uint32_t iface;
	uint32_t generation;
	uint32_t prefix;
	struct uip_addr addr, gateway;	/* addr without family: none any more */
	uint32_t mtu;			/* of the network, 0: nobody said */
	struct uip_addr isns;		/* IPv4; without family: nobody said */
	struct uip_kept kept;
};

#define UIP_LINE_MAX	256		/* bytes, with the final zero */

struct uip_line {
	uint32_t priority;		/* syslog(3) */
	char text[UIP_LINE_MAX];
};

/* The number of a login is the privileged process's, not 0, and another for each. */
struct uip_login_start {
	uint32_t login;
	char adapter[UIP_ADAPTER_LEN];	/* for the log */
	struct ohba_login_task task;
};

struct uip_login_pdu {
	uint32_t login;
	uint32_t len;			/* bytes of @data */
	uint8_t bhs[48];
	uint8_t data[OHBA_PDU_DATA_MAX];	/* no more than @len of it are sent */
};

struct uip_login_over {
	uint32_t login;
};

struct uip_login_end {
	uint32_t login;
	struct ohba_login_result result;
};

struct uip_open {
	uint32_t number;
};

struct uip_opened {
	uint32_t number;		/* of the question */
	int32_t err;			/* errno, 0: the file is there */
};

struct uip_msg {
	uint32_t type;			/* enum uip_msg_type */
	uint32_t port;			/* index of the network device; of a login: 0 */
	union {
		struct uip_port_add add;
		struct uip_want want;
		struct uip_path path;
		struct uip_config config;
		struct uip_lease lease;
		struct uip_line line;
		struct uip_login_start start;
		struct uip_login_pdu pdu;
		struct uip_login_over over;
		struct uip_login_end end;
		struct uip_open open;
		struct uip_opened opened;
	};
};

/* Send @msg, and the file @fd unless it is -1. Return: 0 or -errno. */
int uip_msg_send(int sock, const struct uip_msg *msg, int fd);

/*
 * Receive one. @fd: the file that came with it, the caller's now, or -1; NULL takes
 * none. Return: 1; 0 if the peer is gone; -errno, -EAGAIN if there is none, -EBADMSG if
 * it is no message.
 */
int uip_msg_recv(int sock, struct uip_msg *msg, int *fd);

#endif /* UIP_MSG_H */

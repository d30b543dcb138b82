// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages between the processes, with files. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "msg.h"

#define FLAGS	(MSG_NOSIGNAL | MSG_DONTWAIT)

union fd_space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

#define HEADER_LEN	offsetof(struct uip_msg, add)

#define PDU_LEN		(HEADER_LEN + offsetof(struct uip_login_pdu, data))

/* Bytes of a message, as far as its type says. 0: none is that. */
static size_t len_of_type(uint32_t type)
{
	static const size_t len[] = {
		[UIP_PORT_ADD] = HEADER_LEN + sizeof(struct uip_port_add),
		[UIP_PORT_LOST] = HEADER_LEN,
		[UIP_WANT] = HEADER_LEN + sizeof(struct uip_want),
		[UIP_PATH] = HEADER_LEN + sizeof(struct uip_path),
		[UIP_CONFIG] = HEADER_LEN + sizeof(struct uip_config),
		[UIP_LEASE] = HEADER_LEN + sizeof(struct uip_lease),
		[UIP_LINE] = HEADER_LEN + sizeof(struct uip_line),
		[UIP_PING] = HEADER_LEN,
		[UIP_LOGIN] = HEADER_LEN + sizeof(struct uip_login_start),
		[UIP_LOGIN_PDU] = PDU_LEN,
		[UIP_LOGIN_OVER] = HEADER_LEN + sizeof(struct uip_login_over),
		[UIP_LOGIN_END] = HEADER_LEN + sizeof(struct uip_login_end),
		[UIP_OPEN] = HEADER_LEN + sizeof(struct uip_open),
		[UIP_OPENED] = HEADER_LEN + sizeof(struct uip_opened),
	};

	return type < sizeof(len) / sizeof(len[0]) ? len[type] : 0;
}

/* Most are short, and the socket's room is small. @have: bytes of @msg that are there. */
static size_t len_of(const struct uip_msg *msg, size_t have)
{
	size_t len = len_of_type(msg->type);

	if (msg->type != UIP_LOGIN_PDU || have < len)
		return len;
	return msg->pdu.len > sizeof(msg->pdu.data) ? 0 : len + msg->pdu.len;
}

int uip_msg_send(int sock, const struct uip_msg *msg, int fd)
{
	struct iovec iov = { (void *)msg, len_of(msg, sizeof(*msg)) };
	union fd_space space = { .bytes = { 0 } };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (!iov.iov_len)
		return -EBADMSG;
	/* What the sandbox may do. */
	if (fd < 0)
		return send(sock, msg, iov.iov_len, FLAGS) < 0 ? -errno : 0;
	header.msg_control = &space;
	header.msg_controllen = sizeof(space);
	cmsg = CMSG_FIRSTHDR(&header);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &header, FLAGS) < 0 ? -errno : 0;
}

static int fd_of(struct msghdr *header)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
	int fd;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS ||
	    cmsg->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

int uip_msg_recv(int sock, struct uip_msg *msg, int *fd)
{
	struct iovec iov = { msg, sizeof(*msg) };
	union fd_space space;
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t len;

	if (fd) {
		header.msg_control = &space;
		header.msg_controllen = sizeof(space);
	}
	len = recvmsg(sock, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (len < 0)
		return -errno;
	if (fd)
		*fd = fd_of(&header);
	if (!len)
		return 0;
	if (len < (ssize_t)HEADER_LEN || header.msg_flags & MSG_TRUNC)
		return -EBADMSG;
	return len == (ssize_t)len_of(msg, len) ? 1 : -EBADMSG;
}

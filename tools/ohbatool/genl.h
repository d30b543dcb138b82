/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver of one adapter, by generic netlink (firmware-if/ohba_genl.h): a command at a time. */
#ifndef OHBATOOL_GENL_H
#define OHBATOOL_GENL_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/handlers.h>
#include <netlink/netlink.h>

struct genl {
	const char *pci;		/* the adapter */
	struct nl_sock *sock;
	int family;
	int err;			/* errno of the last command, 0: none */
};

/*
 * @answer is given @arg and what a command is answered with; it may set @genl's err. Return: NULL,
 * or why not, and what to do. genl_close() it in either case.
 */
const char *genl_open(struct genl *genl, const char *pci, nl_recvmsg_msg_cb_t answer, void *arg);
void genl_close(struct genl *genl);

/* A command with nothing but the adapter in it. NULL: no memory. */
struct nl_msg *genl_command(const struct genl *genl, uint8_t cmd);
/*
 * @msg NULL: there was no memory for it; else it is freed. @answered: it asks for something.
 * Return: 0 or errno.
 */
int genl_exchange(struct genl *genl, struct nl_msg *msg, bool answered);

/* Why it failed, and what to do, as far as that is the same for all commands. */
const char *genl_explain(int err);

#endif /* OHBATOOL_GENL_H */

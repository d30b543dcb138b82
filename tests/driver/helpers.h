/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A helper, by generic netlink: what the driver tells it, and it the driver. */
#ifndef HELPERS_H
#define HELPERS_H

#include "ifaces.h"

#include <ohba_genl.h>

#define ADAPTER	"0000:00:04.0"

/* Of the last PATH_SET; how many came; what it is answered with. */
extern struct ohba_path path;
extern u32 path_index;
extern unsigned int npaths;
extern u16 path_status;
/* Answers PATH_SET and IFACE_SET. Return: whether it is one. */
bool take_path(struct dev_cmd *cmd);

/* Load the modules over an adapter with a network of its own, not yet probed. */
void helpers_load(void);
int helpers_up(void **state);

/* A connection wants a path to @dst; to gw4. */
void want(u32 family, const u8 *dst, u32 len);
void want4(void);

/* The last message that was multicast, or came in a dump, has this attribute. */
void check_attr(int type, const void *data, u32 len);
void check_attr_u32(int type, u32 val);
/* How many addresses it has. */
unsigned int ifaces_told(void);
u32 iface_u32(struct nlattr *nest, int type);

/* What the next genl_say() says, as far as attr_add() has come. */
void attr_add(int type, const void *data, u32 len);
/* Return: what the driver did; @ack is its. */
int genl_say(u8 cmd);
extern struct netlink_ext_ack ack;

#endif /* HELPERS_H */

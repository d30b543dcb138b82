/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ifaces as iscsiadm sets them and sysfs shows them. */
#ifndef IFACES_H
#define IFACES_H

#include "bench.h"

#define V4	ISCSI_IFACE_TYPE_IPV4
#define V6	ISCSI_IFACE_TYPE_IPV6

/* Of iface 0, its router and network; of IPv6; what ISCSI_NET_PARAM_IFACE_ENABLE says. */
extern const u8 addr4[4], gw4[4], mask4[4], addr6[16], on;

/* What the device was told by IFACE_SET, by index; how often; the index it refuses, or -1. */
extern struct ohba_iface told[OHBA_IFACES_MAX];
extern unsigned int ntold;
extern int refused_index;
/* Answers IFACE_SET. Return: whether it is one. */
bool take_iface(struct dev_cmd *cmd);
/* None was told. */
void forget_ifaces(void);
/* Restart the adapter; what it is told then is what it was told. */
void restart(void);

/* What the next apply() says, as far as put() has come. */
extern _Alignas(4) u8 request[8192];
extern u32 request_len;

struct iscsi_iface_param_info *put_as(u8 type, u32 num, u16 param, const void *value, u32 len);
void put(u8 type, u32 num, u16 param, const void *value, u32 len);
/* An enabled IPv4 iface with addr4, but for its @last byte. */
void put_v4(u32 num, u8 last);
/* Return: what set_iface_param() did. */
int apply(void);
/* As a line; it must be shown. */
const char *show(u8 type, u32 num, int param);

#endif /* IFACES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ifaces as iscsiadm sets them and sysfs shows them. */
#ifndef IFACES_H
#define IFACES_H

#include "bench.h"

#define V4	ISCSI_IFACE_TYPE_IPV4
#define V6	ISCSI_IFACE_TYPE_IPV6

/* What the next apply() says, as far as put() has come. */
extern _Alignas(4) u8 request[8192];
extern u32 request_len;

struct iscsi_iface_param_info *put_as(u8 type, u32 num, u16 param, const void *value, u32 len);
void put(u8 type, u32 num, u16 param, const void *value, u32 len);
/* Return: what set_iface_param() did. */
int apply(void);
/* As a line; it must be shown. */
const char *show(u8 type, u32 num, int param);

#endif /* IFACES_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/* Ifaces as iscsiadm sets them and sysfs shows them (ifaces.h). */
#include "unit.h"
#include "ifaces.h"

const u8 addr4[4] = { 192, 0, 2, 9 }, gw4[4] = { 192, 0, 2, 1 };
const u8 mask4[4] = { 255, 255, 254, 0 };
const u8 addr6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 9 };
const u8 on = ISCSI_IFACE_ENABLE;

/* --- the device ---------------------------------------------------------------------- */

struct ohba_iface told[OHBA_IFACES_MAX];
unsigned int ntold;
int refused_index;

bool take_iface(struct dev_cmd *cmd)
{
	u32 index = le32_to_cpu(cmd->sqe.handle);

	if (cmd->sqe.opcode != OHBA_ADMIN_IFACE_SET)
		return false;
	assert_in_range(index, 0, OHBA_IFACES_MAX - 1);
	ntold++;
	if ((int)index == refused_index) {
		dev_answer(cmd, OHBA_ST_INVALID_FIELD);
		return true;
	}
	memcpy(&told[index], cmd->sqe.body, sizeof(told[index]));
	dev_answer(cmd, OHBA_ST_SUCCESS);
	return true;
}

void forget_ifaces(void)
{
	memset(told, 0, sizeof(told));
	ntold = 0;
	refused_index = -1;
}

void restart(void)
{
	memset(told, 0, sizeof(told));
	bench_restart();
}

/* --- iscsiadm and sysfs -------------------------------------------------------------- */

_Alignas(4) u8 request[8192];
u32 request_len;

struct iscsi_iface_param_info *put_as(u8 type, u32 num, u16 param, const void *value,
				      u32 len)
{
	struct nlattr *attr = (void *)(request + request_len);
	struct iscsi_iface_param_info *info = nla_data(attr);

	attr->nla_type = param;
	attr->nla_len = NLA_HDRLEN + sizeof(*info) + len;
	*info = (struct iscsi_iface_param_info) {
		.iface_num = num, .len = len, .param = param, .iface_type = type,
		.param_type = ISCSI_NET_PARAM,
	};
	memcpy(info->value, value, len);
	request_len += NLA_ALIGN(attr->nla_len);
	return info;
}

void put(u8 type, u32 num, u16 param, const void *value, u32 len)
{
	put_as(type, num, param, value, len);
}

void put_v4(u32 num, u8 last)
{
	u8 addr[4];

	memcpy(addr, addr4, sizeof(addr));
	addr[3] = last;
	put(V4, num, ISCSI_NET_PARAM_IPV4_ADDR, addr, 4);
	put(V4, num, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
}

/* In memory of its own length, so that reading beyond is seen. */
int apply(void)
{
	u8 *data = malloc(request_len);
	int err;

	memcpy(data, request, request_len);
	mutex_lock(&shim_class_mutex);
	err = shim_transport->set_iface_param(bench_host(), data, request_len);
	mutex_unlock(&shim_class_mutex);
	free(data);
	request_len = 0;
	return err;
}

const char *show(u8 type, u32 num, int param)
{
	struct iscsi_iface iface = { bench_host(), type, num };
	static char buf[4096];

	assert_true(shim_transport->get_iface_param(&iface, ISCSI_NET_PARAM, param, buf) > 0);
	return buf;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Ifaces as iscsiadm sets them and sysfs shows them (ifaces.h). */
#include "unit.h"
#include "ifaces.h"

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

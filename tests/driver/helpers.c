// SPDX-License-Identifier: GPL-2.0-or-later
/* The helper's side of generic netlink (helpers.h). */
#include "unit.h"
#include "helpers.h"

/* --- the device ---------------------------------------------------------------------- */

struct ohba_path path;
u32 path_index;
unsigned int npaths;
u16 path_status;

bool take_path(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_PATH_SET)
		return take_iface(cmd);
	memcpy(&path, cmd->sqe.body, sizeof(path));
	path_index = le32_to_cpu(cmd->sqe.handle);
	npaths++;
	dev_answer(cmd, path_status);
	return true;
}

void helpers_load(void)
{
	bench_load_wire(OHBA_FEATURE_WIRE, take_path);
	forget_ifaces();
	memset(&path, 0, sizeof(path));
	npaths = path_status = 0;
}

int helpers_up(void **state)
{
	(void)state;
	helpers_load();
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

/* --- what it tells ------------------------------------------------------------------------ */

void want(u32 family, const u8 *dst, u32 len)
{
	struct ohba_event ev = { .type = OHBA_EVENT_PATH_WANTED, .handle = cpu_to_le32(family) };

	memcpy(ev.detail, dst, len);
	dev_post_event(ev);
	shim_settle();
}

void want4(void)
{
	want(OHBA_FAMILY_IPV4, gw4, 4);
}

void check_attr(int type, const void *data, u32 len)
{
	struct nlattr *attr = shim_nla_find(shim_genl_attrs, shim_genl_len, type);

	assert_non_null(attr);
	assert_int_equal(nla_len(attr), len);
	assert_memory_equal(nla_data(attr), data, len);
}

void check_attr_u32(int type, u32 val)
{
	check_attr(type, &val, sizeof(val));
}

unsigned int ifaces_told(void)
{
	struct nlattr *attr;
	unsigned int n = 0;
	int rest;

	nla_for_each_attr(attr, (void *)shim_genl_attrs, shim_genl_len, rest)
		n += (attr->nla_type & NLA_TYPE_MASK) == OHBA_ATTR_IFACE;
	return n;
}

u32 iface_u32(struct nlattr *nest, int type)
{
	struct nlattr *attr = shim_nla_find(nla_data(nest), nla_len(nest), type);

	assert_non_null(attr);
	return nla_get_u32(attr);
}

/* --- what it is told ---------------------------------------------------------------------- */

static _Alignas(4) u8 msg[1024];
static u32 msg_len;
struct netlink_ext_ack ack;

void attr_add(int type, const void *data, u32 len)
{
	struct nlattr *attr = (void *)(msg + msg_len);

	memset(attr, 0, NLA_ALIGN(NLA_HDRLEN + len));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy(nla_data(attr), data, len);
	msg_len += NLA_ALIGN(attr->nla_len);
}

int genl_say(u8 cmd)
{
	u8 *data = malloc(msg_len);
	int err;

	memcpy(data, msg, msg_len);
	err = shim_genl_send(cmd, data, msg_len, &ack);
	free(data);
	msg_len = 0;
	return err;
}

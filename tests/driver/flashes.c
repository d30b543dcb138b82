// SPDX-License-Identifier: GPL-2.0-or-later
/* Flashnodes and CHAP accounts as iscsiadm sets them (flashes.h). */
#include "unit.h"
#include "flashes.h"

void flash_load(void)
{
	bench_load_wire(OHBA_FEATURE_TARGETS, NULL);
	dev.identify.max_targets = cpu_to_le32(FLASH_TARGETS);
	dev.identify.max_accounts = cpu_to_le32(FLASH_ACCOUNTS);
}

int flash_up(void **state)
{
	(void)state;
	flash_load();
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

/* --- what iscsiadm says ---------------------------------------------------------------- */

static _Alignas(4) u8 request[8192];
static u32 request_len;

void flash_put(u16 param, const void *value, u32 len)
{
	struct nlattr *attr = (void *)(request + request_len);
	struct iscsi_flashnode_param_info *info = nla_data(attr);

	attr->nla_type = param;
	attr->nla_len = NLA_HDRLEN + sizeof(*info) + len;
	*info = (struct iscsi_flashnode_param_info) { .len = len, .param = param };
	memcpy(info->value, value, len);
	request_len += NLA_ALIGN(attr->nla_len);
}

void flash_put_bytes(const void *bytes, u32 len)
{
	memcpy(request + request_len, bytes, len);
	request_len += len;
}

void flash_put_num(u16 param, u32 value, u32 len)
{
	flash_put(param, &value, len);
}

/* As in iscsiadm's record: with what it had there before. */
void flash_put_text(u16 param, const char *text)
{
	char field[256];

	memset(field, 'x', sizeof(field));
	strcpy(field, text);
	flash_put(param, field, sizeof(field));
}

void flash_put_head(u16 param, u32 len)
{
	u32 at = request_len;

	flash_put(param, "", 0);
	((struct iscsi_flashnode_param_info *)nla_data((struct nlattr *)(request + at)))->len =
		len;
}

/* --- what the class does ------------------------------------------------------------------ */

/* In memory of its own length, so that reading beyond is seen. */
static u8 *take_request(u32 *len)
{
	u8 *data = malloc(request_len + !request_len);

	memcpy(data, request, request_len);
	*len = request_len;
	request_len = 0;
	mutex_lock(&shim_class_mutex);
	return data;
}

static int took_request(u8 *data, int ret)
{
	mutex_unlock(&shim_class_mutex);
	free(data);
	return ret;
}

int flash_new(const char *portal_type)
{
	u32 len = strlen(portal_type);
	u8 *data;

	memcpy(request, portal_type, len);
	request_len = len;
	data = take_request(&len);
	return took_request(data, shim_transport->new_flashnode(bench_host(), (char *)data, len));
}

void flash_add(const char *portal_type, int index)
{
	assert_int_equal(flash_new(portal_type), index);
}

const struct ohba_target *flash_kept(u32 index)
{
	assert_true(dev_targets.used[index]);
	return &dev_targets.target[index];
}

void flash_keep(u32 index, const char *name)
{
	flash_add("ipv4", index);
	flash_put_text(ISCSI_FLASHNODE_NAME, name);
	assert_int_equal(flash_update(index), 0);
}

int flash_update(u32 index)
{
	struct iscsi_bus_flash_session *sess = shim_flashnode(index);
	u32 len;
	u8 *data = take_request(&len);

	assert_non_null(sess);
	return took_request(data, shim_transport->set_flashnode_param(sess, sess->conn, data,
								      len));
}

int flash_delete(u32 index)
{
	u32 len;
	u8 *data = take_request(&len);

	assert_non_null(shim_flashnode(index));
	return took_request(data, shim_transport->del_flashnode(shim_flashnode(index)));
}

int chap_set(void)
{
	u32 len;
	u8 *data = take_request(&len);

	return took_request(data, shim_transport->set_chap(bench_host(), data, len));
}

int chap_get(u16 index, u32 room, struct iscsi_chap_rec *rec, u32 *n)
{
	u32 len;
	u8 *data = take_request(&len);

	*n = room;
	return took_request(data, shim_transport->get_chap(bench_host(), index, n, (char *)rec));
}

void chap_add(u16 index, int type, const char *name, const char *secret)
{
	flash_put_num(ISCSI_CHAP_PARAM_INDEX, index, 2);
	flash_put_num(ISCSI_CHAP_PARAM_CHAP_TYPE, type, 4);
	flash_put(ISCSI_CHAP_PARAM_USERNAME, name, strlen(name));
	flash_put(ISCSI_CHAP_PARAM_PASSWORD, secret, strlen(secret));
	flash_put_num(ISCSI_CHAP_PARAM_PASSWORD_LEN, strlen(secret), 1);
	assert_int_equal(chap_set(), 0);
}

const char *flash_show(u32 index, int param)
{
	static char buf[4096];

	assert_non_null(shim_flashnode(index));
	assert_int_equal(shim_transport->attr_is_visible(ISCSI_FLASHNODE_PARAM, param), 0444);
	assert_true(shim_transport->get_flashnode_param(shim_flashnode(index), param, buf) > 0);
	return buf;
}

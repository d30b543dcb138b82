// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions of the adapter's own, for fuzz_driver (driver_flash.h). */
#include "driver_flash.h"
#include "driver_ops.h"
#include "flashes.h"
#include "targets.h"

#define ENTRIES		4

static struct {
	bool busy;
	uint8_t what, index, param, n, bytes[255];
} call;

void driver_flash_load(void)
{
	dev.features = OHBA_FEATURE_TARGETS;
	dev.max_qsize = 1024;
	dev.identify.max_targets = cpu_to_le32(FLASH_TARGETS);
	dev.identify.max_accounts = cpu_to_le32(FLASH_ACCOUNTS);
	memset(table, 0, sizeof(table));
	target_add(0, "iqn.2024-01.test:zero");
	target_add(1, "iqn.2024-01.test:one");
	dev.on_admin = take_target;
	call.busy = false;
}

/* --- what the device says ------------------------------------------------------------- */

void driver_phase_op(struct input *in)
{
	uint32_t index = input_u8(in) % ENTRIES;
	uint8_t how = input_u8(in);

	switch (how & 3) {
	case 0:
		target_up(index);
		break;
	case 1:
		target_lost(index);
		break;
	default:
		target_phase(index, how >> 4, OHBA_ST_CONN_RESET);
	}
}

/* --- what iscsiadm asks ---------------------------------------------------------------- */

/* In memory of its own length, so that reading beyond is seen. */
static u8 *request(uint16_t param, const void *value, u32 n, u32 *len)
{
	u8 *data;
	struct nlattr *attr;
	struct iscsi_flashnode_param_info *info;

	*len = NLA_ALIGN(NLA_HDRLEN + sizeof(*info) + n);
	data = calloc(1, *len);
	attr = (void *)data;
	info = nla_data(attr);
	attr->nla_type = param;
	attr->nla_len = NLA_HDRLEN + sizeof(*info) + n;
	*info = (struct iscsi_flashnode_param_info) { .len = n, .param = param };
	memcpy(info->value, value, n);
	return data;
}

/* An attribute, or what is none. */
static u8 *input_request(bool raw, u32 *len)
{
	*len = call.n;
	if (!raw)
		return request(call.param, call.bytes, call.n, len);
	return memcpy(malloc(*len + !*len), call.bytes, *len);
}

static void set_node(struct iscsi_bus_flash_session *node, bool raw)
{
	u32 len;
	u8 *data = input_request(raw, &len);

	shim_transport->set_flashnode_param(node, node->conn, data, len);
	free(data);
}

static void set_account(bool raw)
{
	u32 len;
	u8 *data = input_request(raw, &len);

	shim_transport->set_chap(bench_host(), data, len);
	free(data);
}

static void get_accounts(void)
{
	u32 n = call.n % (FLASH_ACCOUNTS + 1);
	struct iscsi_chap_rec *rec = calloc(n + !n, sizeof(*rec));

	shim_transport->get_chap(bench_host(), call.index, &n, (char *)rec);
	free(rec);
}

static void show(struct iscsi_bus_flash_session *node)
{
	char *page = malloc(4096);

	if (shim_transport->attr_is_visible(ISCSI_FLASHNODE_PARAM, call.param))
		shim_transport->get_flashnode_param(node, call.param, page);
	free(page);
}

static void ask_node(struct iscsi_bus_flash_session *node)
{
	switch (call.what) {
	case FLASH_SET:
	case FLASH_SET_RAW:
		set_node(node, call.what == FLASH_SET_RAW);
		break;
	case FLASH_DELETE:
		shim_transport->del_flashnode(node);
		break;
	case FLASH_LOGIN:
		shim_transport->login_flashnode(node, node->conn);
		break;
	case FLASH_LOGOUT:
		shim_transport->logout_flashnode(node, node->conn);
		break;
	case FLASH_SHOW:
		show(node);
		break;
	}
}

static void ask_host(void)
{
	struct iscsi_offload_host_stats stats;

	switch (call.what) {
	case FLASH_NEW:
		shim_transport->new_flashnode(bench_host(), call.index & 1 ? "ipv6" : "ipv4", 4);
		break;
	case FLASH_CHAP_SET:
	case FLASH_CHAP_SET_RAW:
		set_account(call.what == FLASH_CHAP_SET_RAW);
		break;
	case FLASH_CHAP_GET:
		get_accounts();
		break;
	case FLASH_CHAP_DELETE:
		shim_transport->delete_chap(bench_host(), call.index);
		break;
	case FLASH_STATS:
		shim_transport->get_host_stats(bench_host(), (char *)&stats, sizeof(stats));
		break;
	}
}

/* As the class does it: one request at a time. */
static void ask(void *arg)
{
	struct iscsi_bus_flash_session *node;

	(void)arg;
	mutex_lock(&shim_class_mutex);
	node = shim_flashnode_hold(call.index % FLASH_TARGETS);
	if (call.what >= FLASH_OF_HOST)
		ask_host();
	else if (node)
		ask_node(node);
	shim_flashnode_release();
	mutex_unlock(&shim_class_mutex);
	call.busy = false;
}

void driver_flash_op(struct input *in, bool possible)
{
	uint8_t what = input_u8(in) % FLASH_KINDS, index = input_u8(in), param = input_u8(in);
	uint8_t n = input_u8(in), bytes[255] = { 0 };

	n = input_bytes(in, bytes, n);
	if (!possible || call.busy)
		return;
	call.busy = true;
	call.what = what;
	call.index = index;
	call.param = param;
	call.n = n;
	memcpy(call.bytes, bytes, sizeof(bytes));
	shim_spawn("iscsiadm", ask, NULL);
}

bool driver_flash_busy(void)
{
	return call.busy;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What sysfs shows of a session that the adapter has by itself, as it changes. */
#include "unit.h"
#include "flashes.h"
#include "targets.h"

#define ONE	5
#define F(name)	ISCSI_FLASHNODE_##name

static int up(void **state)
{
	(void)state;
	targets_load();
	target_add(ONE, "iqn.2024-01.test:disk");
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	target_up(ONE);
	shim_settle();
	return 0;
}

static void shows(int param, const char *text)
{
	char buf[4096];

	assert_true(shim_transport->get_flashnode_param(shim_flashnode(ONE), param, buf) > 0);
	assert_string_equal(buf, text);
}

static void show_conn(enum iscsi_param param, const char *text)
{
	char buf[256];

	assert_true(shim_transport->get_conn_param(target_of(ONE)->conn, param, buf) > 0);
	assert_string_equal(buf, text);
}

static void initiator_is(const char *text)
{
	char buf[4096];

	assert_true(shim_transport->get_session_param(target_cls(ONE), ISCSI_PARAM_INITIATOR_NAME,
						      buf) > 0);
	assert_string_equal(buf, text);
}

/* --- parameters of the flashnode ------------------------------------------------------------ */

static void test_session(void **state)
{
	struct ohba_target_state *st = &table[ONE].state;
	unsigned int asked;

	(void)state;
	st->tsih = cpu_to_le16(0xfffe);
	st->exp_statsn = cpu_to_le32(0);
	st->mss = cpu_to_le32(1448);
	st->local_port = cpu_to_le16(49152);
	memcpy(st->addr, table[ONE].entry.addr, sizeof(st->addr));
	shows(F(TSID), "65534\n");
	shows(F(MAX_XMIT_DLENGTH), "8192\n");
	shows(F(MAX_SEGMENT_SIZE), "1448\n");
	shows(F(LOCAL_PORT), "49152\n");
	st->tcp_timestamps = 1;
	st->send_scale = 7;
	st->recv_scale = 5;
	shows(F(TCP_TIMESTAMP_STAT), "1\n");
	shows(F(TCP_XMIT_WSF), "7\n");
	shows(F(TCP_RECV_WSF), "5\n");
	shows(F(EXP_STATSN), "0\n");
	shows(F(STATSN), "4294967295\n");
	/* As it is now. */
	st->exp_statsn = cpu_to_le32(1000);
	shows(F(EXP_STATSN), "1000\n");
	shows(F(STATSN), "999\n");
	/* The adapter is not asked of what is none. */
	target_lost(ONE);
	shim_settle();
	asked = target_cmds[OHBA_ADMIN_TARGET_STATE];
	shows(F(TSID), "0\n");
	shows(F(STATSN), "0\n");
	shows(F(REDIRECT_IPADDR), "\n");
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_STATE], asked);
}

static void test_login_state(void **state)
{
	struct ohba_target_state *st = &table[ONE].state;
	char buf[4096];
	ssize_t len;

	(void)state;
	st->port = cpu_to_le16(3261);
	st->local_port = cpu_to_le16(49152);
	memcpy(st->addr, table[ONE].entry.addr, sizeof(st->addr));
	len = shim_attr_show(&shim_flashnode(ONE)->dev, "login_state", buf);
	assert_int_equal(len, strlen(buf));
	assert_string_equal(buf, "phase: up\nportal: 192.0.0.7:3261\nlocal_port: 49152\n"
				 "ups: 1\ntries: 0\n");
	st->family = OHBA_FAMILY_IPV6;
	st->addr[0] = 0xfd;
	memset(st->addr + 1, 0, 14);
	st->addr[15] = 7;
	assert_true(shim_attr_show(&shim_flashnode(ONE)->dev, "login_state", buf) > 0);
	assert_non_null(strstr(buf, "\nportal: [fd00::7]:3261\n"));
}

/* Of one of IPv6, and of one link: else it says nothing that routes do not. */
static void test_link_local(void **state)
{
	static const u8 link_local[16] = { 0xfe, 0x80, [15] = 1 }, global[16] = { 0xfd, [15] = 1 };
	struct ohba_target_state *st = &table[ONE].state;

	(void)state;
	memcpy(st->local_addr, link_local, sizeof(link_local));
	shows(F(LINK_LOCAL_IPV6), "\n");
	st->family = OHBA_FAMILY_IPV6;
	shows(F(LINK_LOCAL_IPV6), "fe80::1\n");
	memcpy(st->local_addr, global, sizeof(global));
	shows(F(LINK_LOCAL_IPV6), "\n");
}

static void test_redirected(void **state)
{
	static const u8 v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 };
	struct ohba_target_state *st = &table[ONE].state;

	(void)state;
	memcpy(st->addr, table[ONE].entry.addr, sizeof(st->addr));
	shows(F(REDIRECT_IPADDR), "\n");
	st->addr[3]++;
	shows(F(REDIRECT_IPADDR), "192.0.0.8\n");
	st->family = OHBA_FAMILY_IPV6;
	memcpy(st->addr, v6, sizeof(v6));
	shows(F(REDIRECT_IPADDR), "2001:db8::9\n");
}

static bool state_fails(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_STATE)
		return take_target(cmd);
	dev_answer(cmd, OHBA_ST_INTERNAL);
	return true;
}

static void test_not_told(void **state)
{
	char buf[4096];

	(void)state;
	dev.on_admin = state_fails;
	assert_int_equal(shim_transport->get_flashnode_param(shim_flashnode(ONE), F(TSID), buf),
			 -EIO);
	dev.on_admin = take_target;
	shim_no_memory = true;
	assert_int_equal(shim_transport->get_flashnode_param(shim_flashnode(ONE), F(TSID), buf),
			 -ENOMEM);
	shim_no_memory = false;
}

/* --- the session's own ------------------------------------------------------------------------ */

static void test_keepalive(void **state)
{
	unsigned int looked = target_cmds[OHBA_ADMIN_TARGET_STATE];

	(void)state;
	show_conn(ISCSI_PARAM_RECV_TMO, "5\n");
	show_conn(ISCSI_PARAM_PING_TMO, "7\n");
	table[ONE].state.params.timers.nop_interval_ms = cpu_to_le32(9000);
	table[ONE].state.params.timers.nop_timeout_ms = cpu_to_le32(11000);
	flash_put_num(F(KEEPALIVE_TMO), 9, 2);
	assert_int_equal(flash_update(ONE), 0);
	shim_settle();
	show_conn(ISCSI_PARAM_RECV_TMO, "9\n");
	show_conn(ISCSI_PARAM_PING_TMO, "11\n");
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_STATE], looked + 1);
	assert_int_equal(target_of(ONE)->conn->state, ISCSI_CONN_UP);
}

static bool renamed(struct dev_cmd *cmd)
{
	static const struct ohba_initiator other = { .name = "iqn.2024-01.test:other" };

	switch (cmd->sqe.opcode) {
	case OHBA_ADMIN_INITIATOR_GET:
		dev_write_data(cmd, &other, sizeof(other));
		dev_answer(cmd, OHBA_ST_SUCCESS);
		return true;
	case OHBA_ADMIN_INITIATOR_SET:
		dev_answer(cmd, OHBA_ST_SUCCESS);
		return true;
	default:
		return take_target(cmd);
	}
}

static void rename_initiator(const char *name)
{
	struct attribute **attr = bench_host()->hostt->shost_groups[0]->attrs;
	struct device_attribute *file;

	while (*attr && strcmp((*attr)->name, "initiator_name"))
		attr++;
	assert_non_null(*attr);
	file = container_of(*attr, struct device_attribute, attr);
	assert_int_equal(file->store(&bench_host()->shost_dev, file, name, strlen(name)),
			 strlen(name));
}

/* A session has the name that it began with: until the next login. */
static void test_initiator(void **state)
{
	(void)state;
	initiator_is("iqn.2024-01.test:me\n");
	dev.on_admin = renamed;
	rename_initiator("iqn.2024-01.test:other");
	initiator_is("iqn.2024-01.test:me\n");
	target_lost(ONE);
	shim_settle();
	initiator_is("iqn.2024-01.test:me\n");
	target_up(ONE);
	shim_settle();
	initiator_is("iqn.2024-01.test:other\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define UP(t)	cmocka_unit_test_setup_teardown(t, up, bench_gone)
		UP(test_session), UP(test_login_state), UP(test_link_local), UP(test_redirected), UP(test_not_told),
		UP(test_keepalive), UP(test_initiator),
#undef UP
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Logins that a helper makes for the adapter's own sessions. */
#include "unit.h"
#include "targets.h"

#include <ohba_genl.h>
#include <ohba_login.h>

#define HELPER		77		/* its socket's port */
#define HANDLE		0x0100002a

/* --- the device ---------------------------------------------------------------------- */

static unsigned int noffers, ntakes;
static u32 offered;			/* by the last LOGIN_OFFER */
static u32 take_index;			/* that a task says */
static struct ohba_login_result ended;	/* of the last LOGIN_END */
static unsigned int nends;
static u16 take_status, end_status;

static bool take(struct dev_cmd *cmd)
{
	struct ohba_login_task task = { .left_ms = cpu_to_le32(9000) };

	switch (cmd->sqe.opcode) {
	case OHBA_ADMIN_LOGIN_OFFER:
		noffers++;
		offered = le32_to_cpu(cmd->sqe.handle);
		dev_answer(cmd, OHBA_ST_SUCCESS);
		return true;
	case OHBA_ADMIN_LOGIN_TAKE:
		ntakes++;
		task.index = cpu_to_le32(take_index);
		strcpy((char *)task.ours.secret, "twelve bytes");
		dev_write_data(cmd, &task, take_status ? 0 : sizeof(task));
		dev_answer(cmd, take_status);
		return true;
	case OHBA_ADMIN_LOGIN_END:
		memcpy(&ended, shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), sizeof(ended)),
		       sizeof(ended));
		nends++;
		dev_answer(cmd, end_status);
		return true;
	case OHBA_ADMIN_LOGIN_SEND:
	case OHBA_ADMIN_LOGIN_RECV:
		return true;		/* the test answers */
	default:
		return take_target(cmd);
	}
}

static void wanted_of(u32 target, u32 handle)
{
	take_index = target;
	dev_post_event((struct ohba_event) {
		.type = OHBA_EVENT_LOGIN, .handle = cpu_to_le32(target),
		.detail = { cpu_to_le32(handle) } });
	shim_settle();
}

static void answer(u8 opcode, u32 handle, u16 status)
{
	struct dev_cmd *cmd;

	dev_fetch();
	cmd = dev_find(opcode, handle);
	assert_non_null(cmd);
	dev_answer(cmd, status);
	shim_settle();
}

/* A PDU with @len bytes of data that are @fill; @result: what the device says it wrote. */
static void arrive_as(u32 handle, u8 fill, u32 len, u32 result)
{
	static u8 pdu[48 + OHBA_PDU_DATA_MAX];
	struct dev_cmd *cmd;

	dev_fetch();
	cmd = dev_find(OHBA_ADMIN_LOGIN_RECV, handle);
	assert_non_null(cmd);
	pdu[0] = 0x23;
	memset(pdu + 48, fill, len);
	dev_write_data(cmd, pdu, 48 + len);
	dev_answer_with(cmd, (struct ohba_cqe) { .result = cpu_to_le32(result) });
	shim_settle();
}

static void arrive(u32 handle, u8 fill, u32 len)
{
	arrive_as(handle, fill, len, 48 + len);
}

static bool listens(u32 handle)
{
	dev_fetch();
	return dev_find(OHBA_ADMIN_LOGIN_RECV, handle);
}

/* --- the helper ------------------------------------------------------------------------ */

static _Alignas(4) u8 msg[16384];
static u32 msg_len;
static struct netlink_ext_ack ack;

static void attr_add(int type, const void *data, u32 len)
{
	struct nlattr *attr = (void *)(msg + msg_len);

	memset(attr, 0, NLA_ALIGN(NLA_HDRLEN + len));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy(nla_data(attr), data, len);
	msg_len += NLA_ALIGN(attr->nla_len);
}

static int say(u8 cmd)
{
	u8 *data = malloc(msg_len ?: 1);
	int err;

	memcpy(data, msg, msg_len);
	err = shim_genl_send(cmd, data, msg_len, &ack);
	free(data);
	msg_len = 0;
	shim_settle();
	return err;
}

static void name(u32 handle)
{
	attr_add(OHBA_ATTR_ADAPTER, "0000:00:04.0", 13);
	attr_add(OHBA_ATTR_LOGIN, &handle, 4);
}

static int send_pdu(u32 handle, u32 len)
{
	static const u8 bhs[48] = { 0x43, 0x87 }, data[OHBA_PDU_DATA_MAX + 4] = { 'K' };

	name(handle);
	attr_add(OHBA_ATTR_BHS, bhs, sizeof(bhs));
	if (len)
		attr_add(OHBA_ATTR_DATA, data, len);
	return say(OHBA_CMD_LOGIN_SEND);
}

static int end_login(u32 handle, u8 outcome)
{
	struct ohba_login_result result = { .outcome = outcome, .tsih = cpu_to_le16(5) };

	name(handle);
	attr_add(OHBA_ATTR_RESULT, &result, sizeof(result));
	return say(OHBA_CMD_LOGIN_END);
}

static struct nlattr *told(int type)
{
	return shim_nla_find(shim_genl_attrs, shim_genl_len, type);
}

/* The last message is the @n-th, this one, and went to the helper alone. */
static void check_told(unsigned int n, u8 cmd, u32 handle)
{
	assert_int_equal(shim_genl_unicasts, n);
	assert_int_equal(shim_genl_messages, 0);
	assert_int_equal(shim_genl_to, HELPER);
	assert_int_equal(shim_genl_cmd, cmd);
	assert_string_equal(nla_data(told(OHBA_ATTR_ADAPTER)), "0000:00:04.0");
	assert_int_equal(nla_get_u32(told(OHBA_ATTR_LOGIN)), handle);
}

static void check_over(unsigned int n, u32 handle, u16 why)
{
	check_told(n, OHBA_CMD_LOGIN_PDU, handle);
	assert_null(told(OHBA_ATTR_BHS));
	assert_int_equal(nla_get_u32(told(OHBA_ATTR_STATUS)), why);
}

static int load_with(u32 qsize)
{
	targets_load();
	dev.on_admin = take;
	dev.max_qsize = qsize;
	noffers = ntakes = nends = offered = take_status = end_status = 0;
	shim_genl_port = HELPER;
	shim_genl_unicasts = shim_genl_messages = 0;
	shim_genl_congested = false;
	shim_genl_sock->rmem = 0;
	shim_genl_sock->refs = 0;
	shim_genl_sock->sk_socket->file->admin = true;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

static int load(void **state)
{
	(void)state;
	return load_with(512);
}

static int offer_short(void **state)
{
	(void)state;
	load_with(64);
	assert_int_equal(say(OHBA_CMD_LOGIN_OFFER), 0);
	return 0;
}

static int offer(void **state)
{
	load(state);
	assert_int_equal(say(OHBA_CMD_LOGIN_OFFER), 0);
	return 0;
}

static int leave(void **state)
{
	int err = bench_gone(state);

	assert_int_equal(shim_genl_sock->refs, 0);
	return err;
}

/* --- who makes logins ---------------------------------------------------------------------- */

static void test_offer(void **state)
{
	(void)state;
	assert_int_equal(noffers, 0);
	shim_genl_sock->sk_socket->file->admin = false;
	assert_int_equal(say(OHBA_CMD_LOGIN_OFFER), -EPERM);
	shim_genl_sock->sk_socket->file->admin = true;
	assert_int_equal(say(OHBA_CMD_LOGIN_OFFER), 0);
	assert_int_equal(noffers, 1);
	assert_int_equal(offered, 1);
	/* Again, as after something was missed; and somebody else. */
	assert_int_equal(say(OHBA_CMD_LOGIN_OFFER), 0);
	shim_genl_port = HELPER + 1;
	assert_int_equal(say(OHBA_CMD_LOGIN_OFFER), -EBUSY);
	assert_int_equal(noffers, 1);
	shim_genl_close(HELPER + 1);
	shim_settle();
	assert_int_equal(noffers, 1);
	shim_genl_close(HELPER);
	shim_settle();
	assert_int_equal(noffers, 2);
	assert_int_equal(offered, 0);
	assert_int_equal(say(OHBA_CMD_LOGIN_OFFER), 0);
	assert_int_equal(offered, 1);
	shim_genl_close(HELPER + 1);
	shim_settle();
	assert_int_equal(offered, 0);
}

/* Each of the two is heard of, though the second came before anybody looked. */
static void test_another_at_once(void **state)
{
	(void)state;
	wanted_of(3, HANDLE);
	shim_genl_close(HELPER);
	shim_genl_port = HELPER + 1;
	assert_int_equal(say(OHBA_CMD_LOGIN_OFFER), 0);
	assert_int_equal(noffers, 3);
	assert_int_equal(offered, 1);
	/* The login of the one before is not its. */
	assert_int_equal(send_pdu(HANDLE, 0), -ESTALE);
	assert_int_equal(shim_genl_unicasts, 1);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	assert_int_equal(shim_genl_unicasts, 1);
	shim_genl_close(HELPER + 1);
}

static void test_nobody_else(void **state)
{
	(void)state;
	wanted_of(3, HANDLE);
	shim_genl_port = HELPER + 1;
	assert_int_equal(send_pdu(HANDLE, 4), -EPERM);
	assert_int_equal(end_login(HANDLE, OHBA_LOGIN_DONE), -EPERM);
	assert_int_equal(nends, 0);
	shim_genl_port = HELPER;
}

static void test_restart(void **state)
{
	(void)state;
	wanted_of(3, HANDLE);
	bench_restart();
	shim_settle();
	assert_int_equal(noffers, 2);
	assert_int_equal(offered, 1);
	check_over(2, HANDLE, OHBA_ST_ABORTED);
	assert_int_equal(send_pdu(HANDLE, 0), -ESTALE);
	/* The device may give a handle again. */
	wanted_of(3, HANDLE);
	check_told(3, OHBA_CMD_LOGIN_WANTED, HANDLE);
}

/* --- a login --------------------------------------------------------------------------------- */

static void test_login(void **state)
{
	struct ohba_login_task *task;
	u8 data[700];

	(void)state;
	wanted_of(3, HANDLE);
	check_told(1, OHBA_CMD_LOGIN_WANTED, HANDLE);
	task = nla_data(told(OHBA_ATTR_TASK));
	assert_int_equal(nla_len(told(OHBA_ATTR_TASK)), sizeof(*task));
	assert_string_equal((char *)task->ours.secret, "twelve bytes");
	assert_int_equal(send_pdu(HANDLE, 300), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	memset(data, 'r', sizeof(data));
	arrive(HANDLE, 'r', sizeof(data));
	check_told(2, OHBA_CMD_LOGIN_PDU, HANDLE);
	assert_int_equal(nla_len(told(OHBA_ATTR_DATA)), sizeof(data));
	assert_memory_equal(nla_data(told(OHBA_ATTR_DATA)), data, sizeof(data));
	assert_int_equal(((u8 *)nla_data(told(OHBA_ATTR_BHS)))[0], 0x23);
	assert_int_equal(end_login(HANDLE, OHBA_LOGIN_DONE), 0);
	assert_int_equal(nends, 1);
	assert_int_equal(le16_to_cpu(ended.tsih), 5);
	assert_int_equal(end_login(HANDLE, OHBA_LOGIN_DONE), -ESTALE);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	/* Who ended it is not told that it is over. */
	assert_int_equal(shim_genl_unicasts, 2);
	assert_int_equal(nends, 1);
}

/* Nothing that was secret stays where the device can read it. */
static void test_wiped(void **state)
{
	struct dev_cmd *cmd;
	const u8 *out;

	(void)state;
	wanted_of(3, HANDLE);
	assert_int_equal(send_pdu(HANDLE, 300), 0);
	dev_fetch();
	cmd = dev_find(OHBA_ADMIN_LOGIN_SEND, HANDLE);
	out = shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), 300);
	assert_int_equal(out[0], 'K');
	dev_answer(cmd, OHBA_ST_SUCCESS);
	assert_int_equal(end_login(HANDLE, OHBA_LOGIN_FAILED), 0);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	assert_int_equal(out[0], 0);
}

static void test_stale(void **state)
{
	(void)state;
	take_status = OHBA_ST_LOGIN_STALE;
	wanted_of(3, HANDLE);
	assert_int_equal(shim_genl_unicasts, 0);
	take_status = 0;
	wanted_of(3, HANDLE + 1);
	check_told(1, OHBA_CMD_LOGIN_WANTED, HANDLE + 1);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE + 1, OHBA_ST_LOGIN_STALE);
	check_over(2, HANDLE + 1, OHBA_ST_LOGIN_STALE);
	assert_int_equal(send_pdu(HANDLE + 1, 0), -ESTALE);
	wanted_of(3, HANDLE + 2);
	assert_int_equal(send_pdu(HANDLE + 2, 0), 0);
	/* What cannot be sent is no login any more, and the device is told. */
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE + 2, OHBA_ST_NO_RESOURCES);
	check_over(4, HANDLE + 2, OHBA_ST_NO_RESOURCES);
	assert_int_equal(nends, 1);
	assert_int_equal(ended.outcome, OHBA_LOGIN_FAILED);
	assert_int_equal(le16_to_cpu(ended.status), OHBA_ST_INTERNAL);
}

/* Of an entry the last one counts. */
static void test_another_try(void **state)
{
	(void)state;
	wanted_of(3, HANDLE);
	wanted_of(3, HANDLE + 1);
	check_told(3, OHBA_CMD_LOGIN_WANTED, HANDLE + 1);
	assert_int_equal(send_pdu(HANDLE, 0), -ESTALE);
	assert_int_equal(send_pdu(HANDLE + 1, 0), 0);
	assert_int_equal(send_pdu(HANDLE + 1, 0), -EBUSY);
}

/* A result that the device does not take as one leaves no login behind. */
static void test_no_result(void **state)
{
	(void)state;
	wanted_of(3, HANDLE);
	end_status = OHBA_ST_INVALID_FIELD;
	assert_int_equal(end_login(HANDLE, 9), 0);
	assert_int_equal(nends, 2);
	assert_int_equal(ended.outcome, OHBA_LOGIN_FAILED);
}

/* --- a helper that has no room ------------------------------------------------------------------ */

static void test_full(void **state)
{
	(void)state;
	shim_genl_sock->rmem = shim_genl_sock->sk_rcvbuf;
	wanted_of(3, HANDLE);
	shim_advance_ms(1000);
	assert_int_equal(ntakes, 0);
	shim_genl_sock->rmem = 0;
	shim_advance_ms(200);
	check_told(1, OHBA_CMD_LOGIN_WANTED, HANDLE);
	assert_int_equal(ntakes, 1);
	shim_genl_congested = true;
	arrive(HANDLE, 'r', 10);
	shim_advance_ms(1000);
	assert_int_equal(shim_genl_unicasts, 1);
	assert_false(listens(HANDLE));
	shim_genl_congested = false;
	shim_advance_ms(200);
	check_told(2, OHBA_CMD_LOGIN_PDU, HANDLE);
	assert_true(listens(HANDLE));
}

/* A target that says more than it was asked cannot fill it. */
static void test_talkative(void **state)
{
	(void)state;
	wanted_of(3, HANDLE);
	arrive(HANDLE, 'a', OHBA_PDU_DATA_MAX);
	check_told(2, OHBA_CMD_LOGIN_PDU, HANDLE);
	arrive(HANDLE, 'b', 1);
	shim_advance_ms(1000);
	assert_int_equal(shim_genl_unicasts, 2);
	assert_false(listens(HANDLE));
	assert_int_equal(send_pdu(HANDLE, 0), 0);
	check_told(3, OHBA_CMD_LOGIN_PDU, HANDLE);
	assert_int_equal(nla_len(told(OHBA_ATTR_DATA)), 1);
}

/* Memory is there again later. */
static void test_no_memory(void **state)
{
	unsigned int i;

	(void)state;
	wanted_of(3, HANDLE);
	for (i = 1; i <= 3; i++) {
		shim_alloc_fails = shim_allocs + 1;
		arrive(HANDLE, 'a', 100);
		shim_advance_ms(200);
		check_told(1 + i, OHBA_CMD_LOGIN_PDU, HANDLE);
		assert_int_equal(send_pdu(HANDLE, 0), 0);
		answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	}
}

/* --- a device that lies --------------------------------------------------------------------------- */

static void test_lies(void **state)
{
	static const u32 results[] = { 0, 47, 48 + OHBA_PDU_DATA_MAX + 1, U32_MAX };
	unsigned int i;

	(void)state;
	wanted_of(TARGETS, HANDLE);
	wanted_of(U32_MAX, HANDLE);
	assert_int_equal(ntakes, 0);
	for (i = 0; i < ARRAY_SIZE(results); i++) {
		wanted_of(3, HANDLE + i);
		arrive_as(HANDLE + i, 'x', 0, results[i]);
		check_over(2 * i + 2, HANDLE + i, OHBA_ST_INTERNAL);
		assert_int_equal(nends, i + 1);
	}
	/* A task of another entry. */
	dev_post_event((struct ohba_event) {
		.type = OHBA_EVENT_LOGIN, .handle = cpu_to_le32(4),
		.detail = { cpu_to_le32(HANDLE) } });
	shim_settle();
	assert_int_equal(nends, ARRAY_SIZE(results) + 1);
	assert_int_equal(ended.outcome, OHBA_LOGIN_FAILED);
}

static void test_too_many(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < OHBA_LOGINS_MAX + 3; i++)
		wanted_of(i, HANDLE + i);
	assert_int_equal(ntakes, OHBA_LOGINS_MAX);
	assert_int_equal(shim_logged("more than 64 logins"), 3);
	/* One that is over makes room. */
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE + 7, OHBA_ST_LOGIN_STALE);
	wanted_of(900, HANDLE + 900);
	check_told(OHBA_LOGINS_MAX + 2, OHBA_CMD_LOGIN_WANTED, HANDLE + 900);
}

/* Each has a command that waits: of short rings some are left for the others. */
static void test_short_rings(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 64; i++)
		wanted_of(i, HANDLE + i);
	assert_int_equal(ntakes, 16);
	assert_int_equal(end_login(HANDLE + 3, OHBA_LOGIN_FAILED), 0);
	assert_int_equal(nends, 1);
}

/* Nobody ever offered. */
static void test_stray(void **state)
{
	(void)state;
	wanted_of(3, HANDLE);
	assert_int_equal(ntakes, 0);
	assert_int_equal(shim_logged("cannot be: ignored"), 1);
	assert_int_equal(send_pdu(HANDLE, 0), -EPERM);
}

static void test_bad_messages(void **state)
{
	u8 bhs[48] = { 0 };

	(void)state;
	wanted_of(3, HANDLE);
	assert_int_equal(send_pdu(HANDLE, OHBA_PDU_DATA_MAX + 4), -EINVAL);
	name(HANDLE);
	assert_int_equal(say(OHBA_CMD_LOGIN_SEND), -EINVAL);
	name(HANDLE);
	attr_add(OHBA_ATTR_RESULT, bhs, sizeof(bhs));
	assert_int_equal(say(OHBA_CMD_LOGIN_END), -EINVAL);
	attr_add(OHBA_ATTR_BHS, bhs, sizeof(bhs));
	assert_int_equal(say(OHBA_CMD_LOGIN_SEND), -EINVAL);
	assert_int_equal(send_pdu(HANDLE + 1, 4), -ESTALE);
	assert_int_equal(send_pdu(HANDLE, OHBA_PDU_DATA_MAX), 0);
}

#define TEST(fn, up)	cmocka_unit_test_setup_teardown(fn, up, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_offer, load), TEST(test_another_at_once, offer),
		TEST(test_nobody_else, offer), TEST(test_restart, offer),
		TEST(test_login, offer), TEST(test_wiped, offer), TEST(test_stale, offer),
		TEST(test_another_try, offer), TEST(test_no_result, offer),
		TEST(test_full, offer), TEST(test_talkative, offer),
		TEST(test_no_memory, offer), TEST(test_lies, offer),
		TEST(test_too_many, offer), TEST(test_stray, load),
		TEST(test_short_rings, offer_short),
		TEST(test_bad_messages, offer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

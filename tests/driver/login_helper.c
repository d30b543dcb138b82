// SPDX-License-Identifier: GPL-2.0-or-later
/* A helper that makes logins, and the device that wants them (login_helper.h). */
#include "login_helper.h"
#include "targets.h"

/* --- the device ---------------------------------------------------------------------- */

unsigned int noffers, ntakes;
u32 offered;			/* by the last LOGIN_OFFER */
u32 take_index;			/* that a task says */
struct ohba_login_result ended;	/* of the last LOGIN_END */
unsigned int nends;
u16 take_status, end_status;
u16 retract_status;		/* that LOGIN_OFFER 0 is answered with */
const u8 *task_mem;		/* where the last task went */

bool take(struct dev_cmd *cmd)
{
	struct ohba_login_task task = { .left_ms = cpu_to_le32(9000) };

	switch (cmd->sqe.opcode) {
	case OHBA_ADMIN_LOGIN_OFFER:
		noffers++;
		offered = le32_to_cpu(cmd->sqe.handle);
		dev_answer(cmd, offered ? OHBA_ST_SUCCESS : retract_status);
		return true;
	case OHBA_ADMIN_LOGIN_TAKE:
		ntakes++;
		task.index = cpu_to_le32(take_index);
		strcpy((char *)task.ours.secret, SECRET);
		task_mem = shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), sizeof(task));
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

void wanted_of(u32 target, u32 handle)
{
	take_index = target;
	dev_post_event((struct ohba_event) {
		.type = OHBA_EVENT_LOGIN, .handle = cpu_to_le32(target),
		.detail = { cpu_to_le32(handle) } });
	shim_settle();
}

void answer(u8 opcode, u32 handle, u16 status)
{
	struct dev_cmd *cmd;

	dev_fetch();
	cmd = dev_find(opcode, handle);
	assert_non_null(cmd);
	dev_answer(cmd, status);
	shim_settle();
}

void arrive_as(u32 handle, u8 fill, u32 len, u32 result)
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

void arrive(u32 handle, u8 fill, u32 len)
{
	arrive_as(handle, fill, len, 48 + len);
}

bool listens(u32 handle)
{
	dev_fetch();
	return dev_find(OHBA_ADMIN_LOGIN_RECV, handle);
}

/* --- the helper ------------------------------------------------------------------------ */

struct file file;
struct ohba_login_msg got;	/* that it read last */

int offer_now(void)
{
	int err = shim_open(OHBA_LOGIN_DEV, O_NONBLOCK, &file);

	shim_settle();
	return err;
}

void close_now(void)
{
	shim_close(&file);
	shim_settle();
}

ssize_t hear(void)
{
	shim_settle();
	memset(&got, 0xa5, sizeof(got));
	return shim_read(&file, &got, sizeof(got));
}

void expect_silence(void)
{
	bool quiet = !(shim_poll(&file) & EPOLLIN);

	assert_int_equal(hear(), -EAGAIN);
	assert_true(quiet);
}

void expect(u32 type, size_t len)
{
	shim_settle();
	assert_true(shim_poll(&file) & EPOLLIN);
	assert_int_equal(hear(), OHBA_LOGIN_MSG_HEAD + len);
	assert_int_equal(got.type, type);
	assert_int_equal(got.rsvd, 0);
}

void expect_hello(void)
{
	expect(OHBA_LOGIN_MSG_HELLO, sizeof(got.hello));
	assert_int_equal(got.hello.version, OHBA_LOGIN_DEV_VERSION);
	assert_int_equal(got.login, 0);
}

u64 expect_wanted(u32 target, u32 handle)
{
	expect(OHBA_LOGIN_MSG_WANTED, sizeof(got.wanted));
	assert_string_equal((char *)got.wanted.adapter, "0000:00:04.0");
	assert_int_equal(got.wanted.target, target);
	assert_int_equal(got.wanted.handle, handle);
	assert_int_not_equal(got.login, 0);
	return got.login;
}

void expect_over(u64 login, u16 why)
{
	expect(OHBA_LOGIN_MSG_OVER, sizeof(got.over));
	assert_int_equal(got.login, login);
	assert_int_equal(got.over.why, why);
}

void expect_pdu(u64 login, u8 fill, u32 len)
{
	u32 i;

	expect(OHBA_LOGIN_MSG_PDU, OHBA_LOGIN_BHS_LEN + len);
	assert_int_equal(got.login, login);
	assert_int_equal(got.pdu.bhs[0], 0x23);
	for (i = 0; i < len; i++)
		assert_int_equal(got.pdu.data[i], fill);
}

int say(struct ohba_login_msg *msg, size_t len)
{
	u8 *exact = malloc(len);
	ssize_t n;

	memcpy(exact, msg, len);
	n = shim_write(&file, exact, len);
	free(exact);
	shim_settle();
	return n == (ssize_t)len ? 0 : n;
}

int take_it(u64 login)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_TAKE, .login = login };

	return say(&msg, OHBA_LOGIN_MSG_HEAD);
}

int send_pdu(u64 login, u32 len)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_PDU, .login = login };

	msg.pdu.bhs[0] = 0x43;
	memset(msg.pdu.data, 'K', len);
	return say(&msg, OHBA_LOGIN_MSG_HEAD + OHBA_LOGIN_BHS_LEN + len);
}

int end_login(u64 login, u8 outcome)
{
	struct ohba_login_msg msg = {
		.type = OHBA_LOGIN_MSG_END, .login = login,
		.result = { .outcome = outcome, .tsih = cpu_to_le16(5) },
	};

	return say(&msg, OHBA_LOGIN_MSG_HEAD + sizeof(msg.result));
}

void expect_task(u64 login)
{
	expect(OHBA_LOGIN_MSG_TASK, sizeof(got.task));
	assert_int_equal(got.login, login);
	assert_string_equal((char *)got.task.ours.secret, SECRET);
}

u64 begin(u32 target, u32 handle)
{
	u64 login;

	wanted_of(target, handle);
	login = expect_wanted(target, handle);
	assert_int_equal(take_it(login), 0);
	expect_task(login);
	return login;
}

static int load_with(u32 qsize)
{
	targets_load();
	dev.on_admin = take;
	dev.max_qsize = qsize;
	noffers = ntakes = nends = offered = take_status = end_status = retract_status = 0;
	shim_not_admin = shim_signal = shim_user_faults = false;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

int load(void **state)
{
	(void)state;
	return load_with(512);
}

int offer_short(void **state)
{
	(void)state;
	load_with(64);
	assert_int_equal(offer_now(), 0);
	expect_hello();
	return 0;
}

int offer(void **state)
{
	load(state);
	assert_int_equal(offer_now(), 0);
	expect_hello();
	return 0;
}

int leave(void **state)
{
	shim_user_faults = false;
	shim_close(&file);
	return bench_gone(state);
}

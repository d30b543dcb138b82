// SPDX-License-Identifier: GPL-2.0-or-later
/* Logins that a helper makes for the adapter's own sessions. */
#include "unit.h"
#include "logins.h"
#include "targets.h"

#include <ohba_login_dev.h>

#define HANDLE		0x0100002a

/* --- the device ---------------------------------------------------------------------- */

static unsigned int noffers, ntakes;
static u32 offered;			/* by the last LOGIN_OFFER */
static u32 take_index;			/* that a task says */
static struct ohba_login_result ended;	/* of the last LOGIN_END */
static unsigned int nends;
static u16 take_status, end_status;
static u16 retract_status;		/* that LOGIN_OFFER 0 is answered with */
static const u8 *task_mem;		/* where the last task went */

#define SECRET	"twelve bytes"

static bool take(struct dev_cmd *cmd)
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

static struct file file;
static struct ohba_login_msg got;	/* that it read last */

static int offer_now(void)
{
	int err = shim_open(OHBA_LOGIN_DEV, O_NONBLOCK, &file);

	shim_settle();
	return err;
}

static void close_now(void)
{
	shim_close(&file);
	shim_settle();
}

/* Return: as read(). */
static ssize_t hear(void)
{
	shim_settle();
	memset(&got, 0xa5, sizeof(got));
	return shim_read(&file, &got, sizeof(got));
}

static bool is_silent(void)
{
	bool quiet = !(shim_poll(&file) & EPOLLIN);

	assert_int_equal(hear(), -EAGAIN);
	assert_true(quiet);
	return true;
}

static void expect(u32 type, size_t len)
{
	shim_settle();
	assert_true(shim_poll(&file) & EPOLLIN);
	assert_int_equal(hear(), OHBA_LOGIN_MSG_HEAD + len);
	assert_int_equal(got.type, type);
	assert_int_equal(got.rsvd, 0);
}

static void expect_hello(void)
{
	expect(OHBA_LOGIN_MSG_HELLO, sizeof(got.hello));
	assert_int_equal(got.hello.version, OHBA_LOGIN_DEV_VERSION);
	assert_int_equal(got.login, 0);
}

/* Return: its number. */
static u64 expect_wanted(u32 target, u32 handle)
{
	expect(OHBA_LOGIN_MSG_WANTED, sizeof(got.wanted));
	assert_string_equal((char *)got.wanted.adapter, "0000:00:04.0");
	assert_int_equal(got.wanted.target, target);
	assert_int_equal(got.wanted.handle, handle);
	assert_int_not_equal(got.login, 0);
	return got.login;
}

static void expect_over(u64 login, u16 why)
{
	expect(OHBA_LOGIN_MSG_OVER, sizeof(got.over));
	assert_int_equal(got.login, login);
	assert_int_equal(got.over.why, why);
}

static void expect_pdu(u64 login, u8 fill, u32 len)
{
	u32 i;

	expect(OHBA_LOGIN_MSG_PDU, OHBA_LOGIN_BHS_LEN + len);
	assert_int_equal(got.login, login);
	assert_int_equal(got.pdu.bhs[0], 0x23);
	for (i = 0; i < len; i++)
		assert_int_equal(got.pdu.data[i], fill);
}

/* Return: 0 or what write() said. */
static int say(struct ohba_login_msg *msg, size_t len)
{
	u8 *exact = malloc(len);
	ssize_t n;

	memcpy(exact, msg, len);
	n = shim_write(&file, exact, len);
	free(exact);
	shim_settle();
	return n == (ssize_t)len ? 0 : n;
}

static int take_it(u64 login)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_TAKE, .login = login };

	return say(&msg, OHBA_LOGIN_MSG_HEAD);
}

static int send_pdu(u64 login, u32 len)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_PDU, .login = login };

	msg.pdu.bhs[0] = 0x43;
	memset(msg.pdu.data, 'K', len);
	return say(&msg, OHBA_LOGIN_MSG_HEAD + OHBA_LOGIN_BHS_LEN + len);
}

static int end_login(u64 login, u8 outcome)
{
	struct ohba_login_msg msg = {
		.type = OHBA_LOGIN_MSG_END, .login = login,
		.result = { .outcome = outcome, .tsih = cpu_to_le16(5) },
	};

	return say(&msg, OHBA_LOGIN_MSG_HEAD + sizeof(msg.result));
}

static void expect_task(u64 login)
{
	expect(OHBA_LOGIN_MSG_TASK, sizeof(got.task));
	assert_int_equal(got.login, login);
	assert_string_equal((char *)got.task.ours.secret, SECRET);
}

/* Return: the number of a login that the helper has begun. */
static u64 begin(u32 target, u32 handle)
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

static int load(void **state)
{
	(void)state;
	return load_with(512);
}

static int offer_short(void **state)
{
	(void)state;
	load_with(64);
	assert_int_equal(offer_now(), 0);
	expect_hello();
	return 0;
}

static int offer(void **state)
{
	load(state);
	assert_int_equal(offer_now(), 0);
	expect_hello();
	return 0;
}

static int leave(void **state)
{
	shim_user_faults = false;
	shim_close(&file);
	return bench_gone(state);
}

/* --- who makes logins ---------------------------------------------------------------------- */

static void test_offer(void **state)
{
	int refs = shim_module_refs;
	struct file other;

	(void)state;
	assert_int_equal(noffers, 0);
	shim_not_admin = true;
	assert_int_equal(offer_now(), -EPERM);
	shim_not_admin = false;
	assert_int_equal(noffers, 0);
	assert_int_equal(offer_now(), 0);
	assert_int_equal(shim_module_refs, refs + 1);
	assert_int_equal(noffers, 1);
	assert_int_equal(offered, 1);
	expect_hello();
	is_silent();
	assert_int_equal(shim_open(OHBA_LOGIN_DEV, 0, &other), -EBUSY);
	assert_int_equal(noffers, 1);
	close_now();
	assert_int_equal(shim_module_refs, refs);
	assert_int_equal(noffers, 2);
	assert_int_equal(offered, 0);
	assert_int_equal(offer_now(), 0);
	assert_int_equal(offered, 1);
}

/* Each of the two is heard of, though the second came before anybody looked. */
static void test_another_at_once(void **state)
{
	u64 login = begin(3, HANDLE), told;

	(void)state;
	wanted_of(4, HANDLE + 4);
	told = expect_wanted(4, HANDLE + 4);
	wanted_of(5, HANDLE + 5);
	shim_close(&file);
	assert_int_equal(shim_open(OHBA_LOGIN_DEV, O_NONBLOCK, &file), 0);
	/* What the one before was told is not its: not yet, and not when that is known. */
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), -ESTALE);
	expect_hello();
	assert_int_equal(noffers, 3);
	assert_int_equal(offered, 1);
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	assert_int_equal(take_it(told), -ESTALE);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	is_silent();
	assert_int_equal(nends, 0);
	assert_int_equal(ntakes, 1);
}

/* A device that does not let go of who is gone does not keep out who comes. */
static void test_not_let_go(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	retract_status = OHBA_ST_INVALID_FIELD;
	close_now();
	assert_int_equal(offered, 0);
	assert_int_equal(shim_logged("refuses to do without"), 1);
	assert_int_equal(offer_now(), 0);
	assert_int_equal(offered, 1);
	assert_int_equal(noffers, 3);
	expect_hello();
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	assert_int_equal(take_it(login), -ESTALE);
	begin(4, HANDLE + 1);
	is_silent();
}

static void test_restart(void **state)
{
	u64 login = begin(3, HANDLE), second, third;

	(void)state;
	wanted_of(4, HANDLE + 4);
	bench_restart();
	shim_settle();
	assert_int_equal(noffers, 2);
	assert_int_equal(offered, 1);
	/* What nobody took is over without a word; and who took one may come late. */
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	/* The device may give a handle again: to the helper it is another login. */
	wanted_of(3, HANDLE);
	expect_over(login, OHBA_ST_ABORTED);
	second = expect_wanted(3, HANDLE);
	assert_int_not_equal(second, login);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), -ESTALE);
	is_silent();
	/* Also when nothing of the one before is left. */
	bench_restart();
	wanted_of(3, HANDLE);
	third = expect_wanted(3, HANDLE);
	assert_int_not_equal(third, login);
	assert_int_not_equal(third, second);
	assert_int_equal(take_it(login), -ESTALE);
	assert_int_equal(take_it(second), -ESTALE);
	assert_int_equal(take_it(third), 0);
}

/* It is opened while the device starts, which hears of it and then fails. */
static void open_meanwhile(void *arg)
{
	while (bench_hw()->down)
		shim_sleep_us(100);
	dev.deaf = false;
	writel(OHBA_CTRL_ENABLE, bench_hw()->regs + OHBA_REG_CTRL);
	dev.status = 0;
	assert_int_equal(shim_open(OHBA_LOGIN_DEV, O_NONBLOCK, &file), 0);
	while (!offered)
		shim_sleep_us(100);
	dev.status = OHBA_STATUS_READY | OHBA_STATUS_FATAL;
	while (!bench_hw()->down)
		shim_sleep_us(100);
	offered = 0;
}

static void test_failed_restart(void **state)
{
	(void)state;
	ohba_kill(&bench_hw()->pub, "a test");
	dev.deaf = true;
	shim_spawn("who opens", open_meanwhile, NULL);
	shim_advance_ms(20000);
	assert_int_equal(noffers, 2);
	assert_int_equal(offered, 1);
}

/* --- reading and writing --------------------------------------------------------------------- */

/* What could not be read is not lost. */
static void test_no_room_to_read(void **state)
{
	u64 login;

	(void)state;
	wanted_of(3, HANDLE);
	assert_int_equal(shim_read(&file, &got, OHBA_LOGIN_MSG_MAX - 1), -EMSGSIZE);
	assert_int_equal(shim_read(&file, &got, 0), -EMSGSIZE);
	shim_user_faults = true;
	assert_int_equal(hear(), -EFAULT);
	assert_int_equal(take_it(1), -EFAULT);
	shim_user_faults = false;
	login = expect_wanted(3, HANDLE);
	assert_int_equal(take_it(login), 0);
	shim_user_faults = true;
	assert_int_equal(hear(), -EFAULT);
	/* Nobody comes for it: it is wiped. */
	shim_secret = SECRET;
	close_now();
	shim_secret = NULL;
	shim_user_faults = false;
	assert_int_equal(offer_now(), 0);
}

static ssize_t reads;

static void read_it(void *arg)
{
	reads = 1;
	reads = shim_read(&file, &got, sizeof(got));
}

/* Who does not ask for more than there is waits for it, or for a signal. */
static void test_wait(void **state)
{
	(void)state;
	file.f_flags = 0;
	shim_spawn("who reads", read_it, NULL);
	shim_settle();
	assert_int_equal(reads, 1);
	/* Another must not wait, nor write less for it. */
	file.f_flags = O_NONBLOCK;
	assert_int_equal(hear(), -EAGAIN);
	assert_int_equal(take_it(77), -ESTALE);
	wanted_of(3, HANDLE);
	assert_int_equal(reads, OHBA_LOGIN_MSG_HEAD + sizeof(got.wanted));
	assert_int_equal(got.type, OHBA_LOGIN_MSG_WANTED);
	file.f_flags = 0;
	shim_signal = true;
	shim_spawn("who reads", read_it, NULL);
	shim_settle();
	assert_int_equal(reads, -ERESTARTSYS);
	shim_signal = false;
	file.f_flags = O_NONBLOCK;
	is_silent();
}

static void test_bad_messages(void **state)
{
	static const struct { u32 type; size_t len; } bad[] = {
		{ 0, 0 }, { OHBA_LOGIN_MSG_HELLO, 8 }, { OHBA_LOGIN_MSG_WANTED, 72 },
		{ OHBA_LOGIN_MSG_TASK, 2688 }, { OHBA_LOGIN_MSG_OVER, 8 }, { 8, 0 },
		{ U32_MAX, 0 }, { OHBA_LOGIN_MSG_TAKE, 1 }, { OHBA_LOGIN_MSG_PDU, 0 },
		{ OHBA_LOGIN_MSG_PDU, 47 }, { OHBA_LOGIN_MSG_END, 639 },
		{ OHBA_LOGIN_MSG_END, 641 },
	};
	struct ohba_login_msg msg;
	u64 login = begin(3, HANDLE);
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		msg = (struct ohba_login_msg){ .type = bad[i].type, .login = login };
		assert_int_equal(say(&msg, OHBA_LOGIN_MSG_HEAD + bad[i].len), -EINVAL);
	}
	assert_int_equal(shim_logged("install helper and driver of one version"), i);
	msg = (struct ohba_login_msg){ .type = OHBA_LOGIN_MSG_PDU, .login = login, .rsvd = 1 };
	assert_int_equal(say(&msg, OHBA_LOGIN_MSG_MAX), -EINVAL);
	assert_int_equal(shim_write(&file, &msg, OHBA_LOGIN_MSG_HEAD - 1), -EINVAL);
	assert_int_equal(shim_write(&file, &msg, OHBA_LOGIN_MSG_MAX + 1), -EINVAL);
	assert_int_equal(nends, 0);
	assert_int_equal(send_pdu(login + 1, 4), -ESTALE);
	assert_int_equal(send_pdu(login + OHBA_LOGINS_MAX, 4), -ESTALE);
	assert_int_equal(send_pdu(0, 4), -ESTALE);
	assert_int_equal(take_it(login), -ESTALE);
	assert_int_equal(send_pdu(login, OHBA_PDU_DATA_MAX), 0);
}

/* --- a login --------------------------------------------------------------------------------- */

/* A helper that is told and does nothing has nothing: the adapter does without it. */
static void test_not_taken(void **state)
{
	u64 login;

	(void)state;
	wanted_of(3, HANDLE);
	login = expect_wanted(3, HANDLE);
	shim_advance_ms(10000);
	assert_int_equal(ntakes, 0);
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	assert_int_equal(end_login(login, OHBA_LOGIN_FAILED), -ESTALE);
	assert_int_equal(nends, 0);
	/* Of an entry the last one counts. */
	wanted_of(3, HANDLE + 1);
	assert_int_equal(take_it(login), -ESTALE);
	login = expect_wanted(3, HANDLE + 1);
	assert_int_equal(take_it(login), 0);
	expect_task(login);
	assert_int_equal(ntakes, 1);
	is_silent();
}

static void test_login(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	assert_int_equal(le32_to_cpu(got.task.left_ms), 9000);
	assert_int_equal(send_pdu(login, 300), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	arrive(HANDLE, 'r', 700);
	expect_pdu(login, 'r', 700);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), 0);
	assert_int_equal(nends, 1);
	assert_int_equal(le16_to_cpu(ended.tsih), 5);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), -ESTALE);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	/* Who ended it is not told that it is over. */
	is_silent();
	assert_int_equal(nends, 1);
}

/* Nothing that was secret stays where the device can read it, nor in what is read into. */
static void test_wiped(void **state)
{
	u64 login = begin(3, HANDLE);
	struct dev_cmd *cmd;
	const u8 *out;

	(void)state;
	assert_null(memchr_inv(task_mem, 0, sizeof(struct ohba_login_task)));
	assert_int_equal(send_pdu(login, 300), 0);
	dev_fetch();
	cmd = dev_find(OHBA_ADMIN_LOGIN_SEND, HANDLE);
	out = shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), 300);
	assert_int_equal(out[0], 'K');
	dev_answer(cmd, OHBA_ST_SUCCESS);
	assert_int_equal(end_login(login, OHBA_LOGIN_FAILED), 0);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	assert_int_equal(out[0], 0);
	/* One that was taken, and whose task nobody read. */
	wanted_of(3, HANDLE + 1);
	assert_int_equal(take_it(expect_wanted(3, HANDLE + 1)), 0);
	assert_non_null(memchr_inv(task_mem, 0, sizeof(struct ohba_login_task)));
	close_now();
	assert_null(memchr_inv(task_mem, 0, sizeof(struct ohba_login_task)));
	assert_int_equal(offer_now(), 0);
}

static unsigned int nwiped;
static unsigned long wiped_in;		/* of the lock: since when it was held */

static void wiped(size_t len)
{
	if (len != sizeof(struct ohba_login_dma))
		return;
	assert_int_not_equal(ohba_logins_lock.taken, wiped_in);
	wiped_in = ohba_logins_lock.taken;
	nwiped++;
}

/* Logins that the helper has begun, and has not heard what came of. */
static void begin_all(u32 n, u32 handle)
{
	u32 i;

	for (i = 0; i < n; i++)
		begin(i, handle + i);
	for (i = 0; i < n; i++)
		arrive(handle + i, 'r', 4);
}

/* That takes time, for which nobody else is to wait: each goes by itself. */
static void test_wiped_one_by_one(void **state)
{
	u32 i;

	(void)state;
	nwiped = 0;
	begin_all(8, HANDLE);
	shim_wiped = wiped;
	/* Half of them are over, and nobody has read so. */
	for (i = 0; i < 4; i++)
		wanted_of(i, HANDLE + 100 + i);
	assert_int_equal(nwiped, 0);
	shim_close(&file);
	assert_int_equal(nwiped, 4);
	/* The others the adapter does not know to be. */
	shim_settle();
	assert_int_equal(nwiped, 8);
	assert_int_equal(offer_now(), 0);
	nwiped = 0;
	expect_hello();
	begin_all(4, HANDLE + 200);
	shim_close(&file);
	ohba_kill(&bench_hw()->pub, "a test");
	assert_int_equal(nwiped, 4);
	shim_wiped = NULL;
	assert_int_equal(offer_now(), 0);
}

static void test_stale(void **state)
{
	u64 login;

	(void)state;
	take_status = OHBA_ST_LOGIN_STALE;
	wanted_of(3, HANDLE);
	login = expect_wanted(3, HANDLE);
	assert_int_equal(take_it(login), 0);
	expect_over(login, OHBA_ST_LOGIN_STALE);
	take_status = 0;
	login = begin(3, HANDLE + 1);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE + 1, OHBA_ST_LOGIN_STALE);
	expect_over(login, OHBA_ST_LOGIN_STALE);
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	assert_int_equal(nends, 0);
	login = begin(3, HANDLE + 2);
	assert_int_equal(send_pdu(login, 0), 0);
	/* What cannot be sent is no login any more, and the device is told. */
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE + 2, OHBA_ST_NO_RESOURCES);
	expect_over(login, OHBA_ST_NO_RESOURCES);
	assert_int_equal(nends, 1);
	assert_int_equal(ended.outcome, OHBA_LOGIN_FAILED);
	assert_int_equal(le16_to_cpu(ended.status), OHBA_ST_INTERNAL);
}

/* Of an entry the last one counts. */
static void test_another_try(void **state)
{
	u64 first = begin(3, HANDLE), second;

	(void)state;
	wanted_of(3, HANDLE + 1);
	expect_over(first, OHBA_ST_LOGIN_STALE);
	second = expect_wanted(3, HANDLE + 1);
	assert_int_equal(take_it(second), 0);
	expect_task(second);
	assert_int_equal(send_pdu(first, 0), -ESTALE);
	assert_int_equal(send_pdu(second, 0), 0);
	assert_int_equal(send_pdu(second, 0), -EBUSY);
}

/* A result that the device does not take as one leaves no login behind. */
static void test_no_result(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	end_status = OHBA_ST_INVALID_FIELD;
	assert_int_equal(end_login(login, 9), 0);
	assert_int_equal(nends, 2);
	assert_int_equal(ended.outcome, OHBA_LOGIN_FAILED);
}

/* --- a helper that is slow, an adapter that is busy ----------------------------------------------- */

/* A target that says more than it was asked is not read, until the helper has answered. */
static void test_talkative(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	arrive(HANDLE, 'a', OHBA_PDU_DATA_MAX);
	assert_false(listens(HANDLE));
	expect_pdu(login, 'a', OHBA_PDU_DATA_MAX);
	arrive(HANDLE, 'b', 1);
	shim_advance_ms(1000);
	is_silent();
	assert_false(listens(HANDLE));
	assert_int_equal(send_pdu(login, 0), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	expect_pdu(login, 'b', 1);
	assert_true(listens(HANDLE));
}

/* The helper answers at once: an answer is none before what it answers is known to be out. */
static void test_answered_early(void **state)
{
	u64 login = begin(3, HANDLE);

	(void)state;
	assert_int_equal(send_pdu(login, 300), 0);
	arrive(HANDLE, 'a', 4);
	is_silent();
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	expect_pdu(login, 'a', 4);
	/* One that was to be read already when the helper wrote, unasked. */
	assert_int_equal(send_pdu(login, 0), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	arrive(HANDLE, 'b', 4);
	assert_int_equal(send_pdu(login, 0), 0);
	assert_int_equal(hear(), -EAGAIN);
	is_silent();
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	expect_pdu(login, 'b', 4);
	assert_int_equal(send_pdu(login, 0), 0);
	/* One that could not be sent has no answer. */
	arrive(HANDLE, 'c', 4);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_NO_RESOURCES);
	expect_over(login, OHBA_ST_NO_RESOURCES);
	is_silent();
}

/* First come, first heard, whatever else is said of each meanwhile. */
static void test_order(void **state)
{
	u64 a = begin(3, HANDLE), b = begin(4, HANDLE + 1);

	(void)state;
	arrive(HANDLE + 1, 'b', 4);
	arrive(HANDLE, 'a', 4);
	assert_int_equal(send_pdu(b, 0), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE + 1, OHBA_ST_NO_RESOURCES);
	expect_over(b, OHBA_ST_NO_RESOURCES);
	expect_pdu(a, 'a', 4);
	is_silent();
}

static struct ohba_admin_cmd others[65];

static void other_done(struct ohba_admin_cmd *cmd)
{
}

#define OTHERS	900			/* the handle of others' commands */

static void fill_slots(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		others[i] = (struct ohba_admin_cmd){
			.sqe = { .opcode = OHBA_ADMIN_LOGIN_RECV,
				 .handle = cpu_to_le32(OTHERS) },
			.done = other_done,
		};
		if (ohba_admin_submit(&bench_hw()->pub, &others[i]))
			return;
		shim_settle();
	}
	fail();
}

static void free_slot(void)
{
	answer(OHBA_ADMIN_LOGIN_RECV, OTHERS, OHBA_ST_LOGIN_STALE);
	shim_advance_ms(200);
}

/* What finds no slot, or no memory, is not lost. */
static void test_busy(void **state)
{
	u64 login;

	(void)state;
	wanted_of(3, HANDLE);
	login = expect_wanted(3, HANDLE);
	fill_slots();
	assert_int_equal(take_it(login), 0);
	shim_advance_ms(1000);
	assert_int_equal(ntakes, 0);
	free_slot();
	assert_int_equal(ntakes, 1);
	expect_task(login);
	assert_true(listens(HANDLE));
	fill_slots();
	assert_int_equal(send_pdu(login, 4), 0);
	assert_int_equal(send_pdu(login, 4), -EBUSY);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), 0);
	shim_advance_ms(1000);
	assert_int_equal(nends, 0);
	/* Not even if that is the helper's end. */
	shim_close(&file);
	free_slot();
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	shim_advance_ms(200);
	assert_int_equal(nends, 1);
	assert_int_equal(ended.outcome, OHBA_LOGIN_DONE);
	assert_int_equal(offered, 0);
	assert_int_equal(offer_now(), 0);
}

/* No step of a login takes memory. */
static void test_no_memory(void **state)
{
	u64 login;

	(void)state;
	login = begin(4, HANDLE + 1);
	assert_int_equal(end_login(login, OHBA_LOGIN_FAILED), 0);
	shim_no_memory = true;
	login = begin(3, HANDLE);
	assert_int_equal(send_pdu(login, 4), 0);
	answer(OHBA_ADMIN_LOGIN_SEND, HANDLE, OHBA_ST_SUCCESS);
	arrive(HANDLE, 'a', 100);
	expect_pdu(login, 'a', 100);
	assert_int_equal(end_login(login, OHBA_LOGIN_DONE), 0);
	assert_int_equal(nends, 2);
	shim_no_memory = false;
}

/* Nor is an offer lost without any: it is made later. */
static void test_no_memory_to_offer(void **state)
{
	(void)state;
	assert_int_equal(shim_open(OHBA_LOGIN_DEV, O_NONBLOCK, &file), 0);
	shim_no_memory = true;
	shim_advance_ms(1000);
	assert_int_equal(noffers, 0);
	shim_no_memory = false;
	shim_advance_ms(200);
	assert_int_equal(offered, 1);
}

/* --- an adapter that goes --------------------------------------------------------------------------- */

static void remove_adapter(void)
{
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
	shim_settle();
}

/* What the helper has taken it hears the end of. */
static void test_removed(void **state)
{
	u64 login = begin(3, HANDLE), other = begin(4, HANDLE + 1);

	(void)state;
	arrive(HANDLE, 'a', 4);
	wanted_of(5, HANDLE + 2);
	remove_adapter();
	assert_int_equal(send_pdu(login, 0), -ESTALE);
	expect_over(login, OHBA_ST_ABORTED);
	expect_over(other, OHBA_ST_ABORTED);
	is_silent();
}

static size_t login_len;		/* of a login's memory */
static unsigned int logins_left;	/* that have theirs */

/* That of the second one is the last but one to go. */
static void read_now(size_t len)
{
	unsigned int i;

	if (len != login_len || --logins_left != 1)
		return;
	for (i = 0; i < 2; i++)
		assert_int_equal(shim_read(&file, &got, sizeof(got)),
				 OHBA_LOGIN_MSG_HEAD + sizeof(got.over));
}

/* Who reads of it meanwhile wipes nothing that is not the adapter's any more. */
static void test_removed_and_read(void **state)
{
	const struct ohba_logins *logins = bench_hw()->logins;

	(void)state;
	begin(3, HANDLE);
	begin(4, HANDLE + 1);
	login_len = logins->table[0].dma.len;
	logins_left = logins->max;
	shim_dma_freed = read_now;
	remove_adapter();
	shim_dma_freed = NULL;
	assert_int_equal(logins_left, 0);
	is_silent();
}

/* Or does not, if it ends: nothing is left either way. */
static void test_removed_unread(void **state)
{
	(void)state;
	begin(3, HANDLE);
	begin(4, HANDLE + 1);
	remove_adapter();
	close_now();
	assert_int_equal(offer_now(), 0);
	expect_hello();
	is_silent();
}

/* --- a device that lies --------------------------------------------------------------------------- */

static void test_lies(void **state)
{
	static const u32 results[] = { 0, 47, 48 + OHBA_PDU_DATA_MAX + 1, U32_MAX };
	unsigned int i;
	u64 login;

	(void)state;
	wanted_of(TARGETS, HANDLE);
	wanted_of(U32_MAX, HANDLE);
	is_silent();
	for (i = 0; i < ARRAY_SIZE(results); i++) {
		login = begin(3, HANDLE + i);
		arrive_as(HANDLE + i, 'x', 0, results[i]);
		expect_over(login, OHBA_ST_INTERNAL);
		assert_int_equal(nends, i + 1);
	}
	/* A task of another entry. */
	wanted_of(4, HANDLE);
	take_index = 3;
	login = expect_wanted(4, HANDLE);
	assert_int_equal(take_it(login), 0);
	expect_over(login, OHBA_ST_INTERNAL);
	shim_settle();
	assert_int_equal(nends, ARRAY_SIZE(results) + 1);
	assert_int_equal(ended.outcome, OHBA_LOGIN_FAILED);
}

static void test_too_many(void **state)
{
	u64 login;
	u32 i;

	(void)state;
	for (i = 0; i < OHBA_LOGINS_MAX - 1; i++)
		begin(i, HANDLE + i);
	/* Those that nobody took make room for others; those that somebody did, do not. */
	wanted_of(500, HANDLE + 500);
	login = expect_wanted(500, HANDLE + 500);
	wanted_of(501, HANDLE + 501);
	assert_int_equal(shim_logged("more than 64 logins"), 1);
	assert_int_equal(take_it(login), -ESTALE);
	assert_int_equal(take_it(expect_wanted(501, HANDLE + 501)), 0);
	expect(OHBA_LOGIN_MSG_TASK, sizeof(got.task));
	wanted_of(502, HANDLE + 502);
	assert_int_equal(shim_logged("more than 64 logins"), 2);
	is_silent();
	assert_int_equal(ntakes, OHBA_LOGINS_MAX);
	/* One that is over makes room. */
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE + 7, OHBA_ST_LOGIN_STALE);
	expect(OHBA_LOGIN_MSG_OVER, sizeof(got.over));
	begin(900, HANDLE + 900);
}

/* Each has a command that waits: of short rings some are left for the others. */
static void test_short_rings(void **state)
{
	u64 login = 0;
	u32 i;

	(void)state;
	for (i = 0; i < 16; i++)
		login = begin(i, HANDLE + i);
	for (; i < 64; i++)
		wanted_of(i, HANDLE + i);
	is_silent();
	assert_int_equal(ntakes, 16);
	assert_int_equal(end_login(login, OHBA_LOGIN_FAILED), 0);
	assert_int_equal(nends, 1);
}

/* Nobody ever offered. */
static void test_stray(void **state)
{
	(void)state;
	wanted_of(3, HANDLE);
	assert_int_equal(ntakes, 0);
	assert_int_equal(shim_logged("cannot be: ignored"), 1);
	assert_int_equal(offer_now(), 0);
	expect_hello();
	is_silent();
}

#define TEST(fn, up)	cmocka_unit_test_setup_teardown(fn, up, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_offer, load), TEST(test_another_at_once, offer),
		TEST(test_not_let_go, offer),
		TEST(test_restart, offer), TEST(test_failed_restart, load),
		TEST(test_no_room_to_read, offer), TEST(test_wait, offer),
		TEST(test_bad_messages, offer), TEST(test_not_taken, offer),
		TEST(test_login, offer), TEST(test_wiped, offer),
		TEST(test_wiped_one_by_one, offer), TEST(test_stale, offer),
		TEST(test_another_try, offer), TEST(test_no_result, offer),
		TEST(test_talkative, offer), TEST(test_answered_early, offer),
		TEST(test_order, offer),
		TEST(test_busy, offer_short), TEST(test_no_memory, offer),
		TEST(test_no_memory_to_offer, load), TEST(test_removed, offer),
		TEST(test_removed_and_read, offer), TEST(test_removed_unread, offer), TEST(test_lies, offer),
		TEST(test_too_many, offer), TEST(test_stray, load),
		TEST(test_short_rings, offer_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions that the adapter has by itself: logins that fail, logout, and that iscsid has no say. */
#include "target_one.h"
#include "login_status.h"

/* --- the file that says why ------------------------------------------------------------------ */

static void login_state_is(const char *text)
{
	static char buf[4096];
	ssize_t len = shim_attr_show(&shim_flashnode(ONE)->dev, "login_state", buf);

	assert_int_equal(len, strlen(text));
	assert_string_equal(buf, text);
}

static void test_login_state(void **state)
{
	struct ohba_target_state *reported = &table[ONE].state;

	(void)state;
	login_state_is("phase: connecting\ntries: 0\n");
	reported->tries = cpu_to_le32(7);
	reported->retry_ms = cpu_to_le32(41000);
	reported->login_class = 2;
	reported->login_detail = 0x77;	/* one that the class has not */
	strcpy((char *)reported->words, "the target \x1b[1mdoes");
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
	shim_settle();
	login_state_is("phase: waiting\n"
		       "reason: LOGIN_AUTH (the target did not accept who we are)\n"
		       "remedy: correct the account that the entry names\n"
		       "status: 0277 (Initiator error)\n"
		       "words: the target ?[1mdoes\n"
		       "tries: 7\nnext_try_ms: 41000\n");
	*reported = (struct ohba_target_state) { .phase = 0xff };
	login_state_is("phase: unknown\ntries: 0\n");
}

static bool state_fails(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_STATE)
		return take_target(cmd);
	dev_answer(cmd, OHBA_ST_INTERNAL);
	return true;
}

static void test_login_state_fails(void **state)
{
	char buf[64];

	(void)state;
	dev.on_admin = state_fails;
	assert_int_equal(shim_attr_show(&shim_flashnode(ONE)->dev, "login_state", buf), -EIO);
	dev.on_admin = take_target;
	shim_no_memory = true;
	assert_int_equal(shim_attr_show(&shim_flashnode(ONE)->dev, "login_state", buf), -ENOMEM);
	shim_no_memory = false;
}

/* As the login library names them (uip/proto). */
static void test_status_names(void **state)
{
	unsigned int class, detail;

	(void)state;
	for (class = 0; class < 256; class++)
		for (detail = 0; detail < 256; detail++) {
			const struct iscsi_login_status *row = iscsi_login_status(class, detail);

			assert_string_equal(ohba_login_status_name(class, detail),
					    row ? row->name : "Unknown");
		}
}

static void test_no_room_in_the_log(void **state)
{
	(void)state;
	shim_log_full = true;
	table[ONE].state.tries = cpu_to_le32(1);
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
	shim_settle();
	assert_int_equal(shim_logged("login failed"), 0);
	shim_log_full = false;
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
	shim_settle();
	assert_int_equal(shim_logged("login failed: LOGIN_AUTH"), 1);
}

/* --- login, logout ------------------------------------------------------------------------- */

static bool devices_at_logout;

static bool note_logout(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode == OHBA_ADMIN_TARGET_LOGOUT)
		devices_at_logout = target_cls(ONE)->devices;
	return take_target(cmd);
}

static void test_logout(void **state)
{
	(void)state;
	devices_at_logout = true;
	dev.on_admin = note_logout;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	assert_int_equal(hba_target_login(adapter(), ONE), -EBUSY);
	shim_settle();
	assert_false(devices_at_logout);
	assert_int_equal(logout_flags, 0);
	assert_null(target_cls(ONE));
	assert_int_equal(hba_target_login(adapter(), ONE), 0);
	target_up(ONE);
	shim_settle();
	assert_non_null(target_cls(ONE));
}

static void test_logout_not_up(void **state)
{
	(void)state;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	assert_false(table[ONE].wanted);
	assert_int_equal(hba_target_logout(adapter(), 0), 0);
	assert_int_equal(hba_target_login(adapter(), 0), -ENOENT);
	assert_int_equal(shim_logged("target 0: the adapter does not log in to it: INVALID_HANDLE"),
			 1);
	assert_int_equal(hba_target_login(adapter(), TARGETS), -EINVAL);
	assert_int_equal(hba_target_logout(adapter(), TARGETS), -EINVAL);
}

/* The target goes while its devices do: what they wait for fails. */
static void test_lost_in_logout(void **state)
{
	(void)state;
	send_one();
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	shim_settle();
	assert_true(target_cls(ONE)->devices);
	assert_int_equal(target_cls(ONE)->state, ISCSI_SESSION_LOGGED_IN);
	target_lost(ONE);
	shim_settle();
	assert_int_equal(result.result, DID_TRANSPORT_DISRUPTED << 16);
	assert_null(target_cls(ONE));
	assert_false(table[ONE].wanted);
}

static void test_logout_busy(void **state)
{
	(void)state;
	busy = 3;
	dev.on_admin = answer_busy;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	shim_advance_ms(4000);
	assert_null(target_cls(ONE));
	assert_false(table[ONE].wanted);
	/* For ever: the adapter keeps its session, so it comes back. */
	hba_target_login(adapter(), ONE);
	target_up(ONE);
	shim_settle();
	busy = UINT_MAX;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	shim_advance_ms(20000);
	assert_int_equal(shim_logged("was not told to log out"), 1);
	assert_non_null(target_cls(ONE));
	busy = 0;
}

/* The session is going already: its devices keep it until their command has ended. */
static void test_logout_in_off(void **state)
{
	(void)state;
	send_one();
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_int_equal(target_of(ONE)->teardown, HBA_TEARDOWN_SESSION);
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	shim_settle();
	dev_answer(dev_io(0), OHBA_ST_SESSION_LOST);
	shim_settle();
	assert_null(target_cls(ONE));
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 1);
	assert_int_equal(hba_target_login(adapter(), ONE), 0);
}

/* Its entry has another name by now, and a command keeps the devices. */
static void test_logout_in_another(void **state)
{
	(void)state;
	rename_one();
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	shim_settle();
	dev_answer(dev_io(0), OHBA_ST_SESSION_LOST);
	shim_settle();
	assert_null(target_cls(ONE));
	assert_false(table[ONE].wanted);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 1);
	assert_int_equal(hba_target_login(adapter(), ONE), 0);
}

/* The devices are gone by then, the session not yet: the class is busy. */
static void test_logout_late(void **state)
{
	(void)state;
	mutex_lock(&shim_class_mutex);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_false(target_cls(ONE)->devices);
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	shim_settle();
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
	mutex_unlock(&shim_class_mutex);
	shim_settle();
	assert_null(target_cls(ONE));
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 1);
	assert_int_equal(hba_target_login(adapter(), ONE), 0);
}

/* --- what the daemon has no say in --------------------------------------------------------- */

static void test_not_the_daemons(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);
	struct iscsi_cls_conn *conn = target_of(ONE)->conn;
	struct iscsi_hdr hdr = { .opcode = ISCSI_OP_LOGOUT };
	char value[] = "5";

	(void)state;
	conn->state = ISCSI_CONN_DOWN;
	shim_transport->stop_conn(conn, STOP_CONN_TERM);
	assert_int_equal(conn->state, ISCSI_CONN_UP);
	shim_transport->destroy_conn(conn);
	shim_transport->destroy_session(cls);
	assert_null(shim_transport->create_conn(cls, 1));
	assert_int_equal(shim_transport->set_param(conn, ISCSI_PARAM_RECV_TMO, value, 1), -EPERM);
	assert_true(shim_transport->start_conn(conn) < 0);
	assert_true(shim_transport->send_pdu(conn, &hdr, NULL, 0) < 0);
	assert_true(shim_logged("is the adapter's own, not iscsid's") >= 4);
	assert_ptr_equal(target_cls(ONE), cls);
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

static void test_not_bound(void **state)
{
	static struct bench_session session;

	(void)state;
	assert_int_equal(bench_connect(&session), 0);
	assert_int_equal(shim_transport->bind_conn(target_cls(ONE), target_of(ONE)->conn,
						   session.iep->id, 1), -EPERM);
	bench_logout(&session);
	send_one();
	answer_one();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(no_room_in_the_log), LOADED(login_state), LOADED(login_state_fails),
		LOADED(status_names), UP(logout), LOADED(logout_not_up), UP(lost_in_logout),
		UP(logout_busy), UP(logout_in_off), UP(logout_in_another), UP(logout_late),
		UP(not_the_daemons), UP(not_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

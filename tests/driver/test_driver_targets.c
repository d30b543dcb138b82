// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions that the adapter has by itself: what the driver makes of them. */
#include "unit.h"
#include "targets.h"
#include "login_status.h"

#define NAME	"iqn.2024-01.test:t"
#define ONE	3u		/* the entry that most tests use */

static struct scsi_device sdev;
static struct request_queue queue;
static struct shim_result result;

static int load(void **state)
{
	(void)state;
	targets_load();
	target_add(ONE, NAME);
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

static int up(void **state)
{
	load(state);
	target_up(ONE);
	shim_settle();
	target_sdev(ONE, &sdev, &queue);
	return 0;
}

static struct hba *adapter(void)
{
	return pci_get_drvdata(&bench.pdev);
}

static struct iscsi_session *libiscsi(void)
{
	return target_cls(ONE)->dd_data;
}

static struct hba_session *ours(void)
{
	return libiscsi()->dd_data;
}

/* Return: the handle that it carries. */
static u32 send_one(void)
{
	struct shim_io io = { .sdev = &sdev, .len = 512, .result = &result };
	int index = shim_queue(&io);

	assert_true(index >= 0);
	return le32_to_cpu(dev_io(index)->sqe.handle);
}

static u32 handle_now(void)
{
	return le32_to_cpu(table[ONE].state.session);
}

static void answer_one(void)
{
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, 0);
}

/* Return: what became of a command that is not sent. */
static int refused_one(void)
{
	struct shim_io io = { .sdev = &sdev, .len = 512, .result = &result };

	assert_int_equal(shim_queue(&io), -ECANCELED);
	return result.result >> 16;
}

static void show_conn(enum iscsi_param param, const char *text)
{
	char buf[256];

	assert_true(shim_transport->get_conn_param(target_of(ONE)->conn, param, buf) > 0);
	assert_string_equal(buf, text);
}

static ssize_t set_dev_loss(const char *text)
{
	return shim_attr_store(&target_cls(ONE)->dev, "dev_loss_tmo", text);
}

static void dev_loss_is(const char *text)
{
	char buf[32];

	assert_int_equal(shim_attr_show(&target_cls(ONE)->dev, "dev_loss_tmo", buf), strlen(text));
	assert_string_equal(buf, text);
}

static void set_entry(const char *text, u32 dev_loss_s)
{
	assert_int_equal(shim_attr_store(&shim_flashnode(ONE)->dev, "dev_loss_tmo", text),
			 strlen(text));
	assert_int_equal(le32_to_cpu(table[ONE].entry.dev_loss_s), dev_loss_s);
}

static struct completion go_on;

/* A work that keeps others waiting. */
static void linger(struct work_struct *work)
{
	wait_for_completion(&go_on);
}

/* --- life ---------------------------------------------------------------------------------- */

static void test_not_up(void **state)
{
	(void)state;
	assert_in_range(target_cmds[OHBA_ADMIN_TARGET_LIST], 1, 2);	/* others ask, too */
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_STATE], 1);
	assert_null(target_cls(ONE));
}

static void test_up(void **state)
{
	(void)state;
	assert_int_equal(target_cls(ONE)->creator, -1);
	assert_int_equal(target_cls(ONE)->target_id, HBA_TARGET_ID_BASE + ONE);
	assert_int_equal(target_cls(ONE)->scans, 1);
	assert_int_equal(target_of(ONE)->conn->state, ISCSI_CONN_UP);
	assert_string_equal(libiscsi()->targetname, NAME);
	assert_string_equal(libiscsi()->initiatorname, "iqn.2024-01.test:me");
	assert_int_equal(libiscsi()->tpgt, 1);
	assert_int_equal(libiscsi()->max_burst, 262144);
	assert_int_equal(libiscsi()->imm_data_en, 1);
	assert_int_equal(libiscsi()->isid[0], 0x80);
	show_conn(ISCSI_PARAM_PERSISTENT_ADDRESS, "192.0.0.7\n");
	show_conn(ISCSI_PARAM_PERSISTENT_PORT, "3260\n");
	show_conn(ISCSI_PARAM_RECV_TMO, "5\n");
	show_conn(ISCSI_PARAM_PING_TMO, "7\n");
	assert_true(queue.stable_writes);
	assert_int_equal(hba_session_target(ours()), ONE);
	assert_int_equal(send_one(), handle_now());
	answer_one();
	assert_int_equal(shim_module_refs, 0);
}

/* It was UP before the driver came. */
static void test_up_at_start(void **state)
{
	(void)state;
	targets_load();
	target_add(ONE, NAME);
	target_up(ONE);
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_non_null(target_cls(ONE));
}

static void test_return(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);
	u32 before = send_one();

	(void)state;
	target_lost(ONE);
	shim_settle();
	assert_int_equal(result.result, DID_TRANSPORT_DISRUPTED << 16);
	assert_int_equal(cls->state, CLS_FAILED);
	assert_int_equal(target_of(ONE)->conn->state, ISCSI_CONN_FAILED);
	assert_int_equal(refused_one(), DID_IMM_RETRY);
	assert_int_equal(shim_logged("is lost: CONN_RESET"), 1);
	target_up(ONE);
	shim_settle();
	assert_ptr_equal(target_cls(ONE), cls);
	assert_int_equal(cls->target_id, HBA_TARGET_ID_BASE + ONE);
	assert_int_equal(send_one(), handle_now());
	assert_int_not_equal(handle_now(), before);
	answer_one();
	assert_int_equal(shim_logged("is up again"), 1);
}

/* It was lost and came back before the driver asked: the count tells. */
static void test_blink(void **state)
{
	(void)state;
	send_one();
	target_answer_ios(handle_now(), OHBA_ST_SESSION_LOST);
	target_up(ONE);
	shim_settle();
	assert_int_equal(shim_logged("is lost"), 1);
	assert_int_equal(shim_logged("is up again"), 1);
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

/* The same, under a handle that was free again. */
static void test_blink_same_handle(void **state)
{
	__le32 before = table[ONE].state.session;

	(void)state;
	target_up(ONE);
	table[ONE].state.session = before;
	shim_settle();
	assert_int_equal(shim_logged("is lost"), 1);
	assert_int_equal(shim_logged("is up again"), 1);
}

static bool swallow_state(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TARGET_STATE || take_target(cmd);
}

/* From the event on no command is sent to be refused, be the answer ever so late. */
static void test_stall(void **state)
{
	struct shim_io io = { .sdev = &sdev, .len = 512, .result = &result };

	(void)state;
	dev.on_admin = swallow_state;
	target_lost(ONE);
	shim_settle();
	assert_int_equal(shim_queue(&io), -EBUSY);
	dev.on_admin = take_target;
	take_target(dev_find(OHBA_ADMIN_TARGET_STATE, ONE));
	shim_settle();
	assert_int_equal(refused_one(), DID_IMM_RETRY);
}

static void test_recovery_tmo(void **state)
{
	(void)state;
	target_lost(ONE);
	shim_advance_ms(119000);
	assert_int_equal(refused_one(), DID_IMM_RETRY);
	shim_advance_ms(2000);
	assert_int_equal(refused_one(), DID_TRANSPORT_FAILFAST);
	assert_true(target_cls(ONE)->devices);
	assert_int_equal(shim_logged("until the adapter has logged in again"), 1);
	target_up(ONE);
	shim_settle();
	send_one();
	answer_one();
}

static void test_dev_loss(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	assert_int_equal(set_dev_loss("30\n"), -EINVAL);	/* the shim's, as of any text */
	assert_int_equal(set_dev_loss("30"), 2);
	target_lost(ONE);
	shim_advance_ms(29000);
	assert_true(cls->devices);
	shim_advance_ms(2000);
	assert_false(cls->devices);
	assert_int_equal(cls->state, CLS_FREE);
	assert_int_equal(shim_logged("for 30 s (dev_loss_tmo)"), 1);
	target_up(ONE);
	shim_settle();
	assert_ptr_equal(target_cls(ONE), cls);
	assert_int_equal(cls->target_id, HBA_TARGET_ID_BASE + ONE);
	assert_true(cls->devices);
	send_one();
	answer_one();
}

int *shim_param_dev_loss_tmo(void);
int shim_set_param_dev_loss_tmo(const char *text);

static void test_dev_loss_parameter(void **state)
{
	(void)state;
	assert_int_equal(shim_set_param_dev_loss_tmo("60"), 0);
	assert_int_equal(*shim_param_dev_loss_tmo(), 60);
	assert_int_equal(shim_set_param_dev_loss_tmo("-2"), -ERANGE);
	assert_int_equal(shim_set_param_dev_loss_tmo("2073601"), -ERANGE);
	assert_int_equal(shim_set_param_dev_loss_tmo("a minute"), -EINVAL);
	assert_int_equal(shim_logged("ohba_fw: dev_loss_tmo must be 1 to 2073600 seconds"), 3);
	assert_int_equal(*shim_param_dev_loss_tmo(), 60);
	assert_int_equal(shim_set_param_dev_loss_tmo("-1"), 0);
	assert_int_equal(*shim_param_dev_loss_tmo(), 0);
}

static void test_dev_loss_never(void **state)
{
	(void)state;
	assert_int_equal(set_dev_loss("-2"), -ERANGE);
	assert_int_equal(shim_logged("dev_loss_tmo of target 3 must be 1 to 2073600 seconds, or 0 or -1"),
			 1);
	assert_int_equal(set_dev_loss("100000000"), -ERANGE);
	assert_int_equal(set_dev_loss("-1"), 2);
	dev_loss_is("0\n");
	target_lost(ONE);
	shim_advance_ms(2000000);
	assert_true(target_cls(ONE)->devices);
	/* Set while it is lost, it counts from the loss. */
	assert_int_equal(set_dev_loss("3000"), 4);
	shim_settle();
	assert_true(target_cls(ONE)->devices);
	assert_int_equal(set_dev_loss("60"), 2);
	shim_settle();
	assert_false(target_cls(ONE)->devices);
}

/* What the entry says is what sessions begin with; a session's own lasts as long as that. */
static void test_dev_loss_of_entry(void **state)
{
	(void)state;
	table[ONE].entry.dev_loss_s = cpu_to_le32(30);
	target_up(ONE);
	shim_settle();
	dev_loss_is("30\n");
	target_lost(ONE);
	shim_advance_ms(31000);
	assert_false(target_cls(ONE)->devices);
	assert_int_equal(set_dev_loss("60"), 2);
	assert_int_equal(le32_to_cpu(table[ONE].entry.dev_loss_s), 30);
	target_up(ONE);
	shim_settle();
	dev_loss_is("60\n");
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	shim_settle();
	assert_null(target_cls(ONE));
	target_up(ONE);
	shim_settle();
	dev_loss_is("30\n");
	table[ONE].entry.dev_loss_s = cpu_to_le32(OHBA_DEV_LOSS_MAX_S + 1);	/* a lie */
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	target_up(ONE);
	shim_settle();
	dev_loss_is("0\n");
}

/* Set for the entry, it counts for a session that is there. */
static void test_dev_loss_set_for_entry(void **state)
{
	(void)state;
	assert_int_equal(set_dev_loss("7"), 1);
	/* What is set beside it is not this. */
	assert_int_equal(shim_attr_store(&shim_flashnode(ONE)->dev, "login_by", "helper"), 6);
	dev_loss_is("7\n");
	set_entry("45", 45);
	dev_loss_is("45\n");
	target_lost(ONE);
	shim_advance_ms(46000);
	assert_false(target_cls(ONE)->devices);
	target_up(ONE);
	shim_settle();
	set_entry("0", OHBA_DEV_LOSS_NEVER);
	dev_loss_is("0\n");
	set_entry("45", 45);
	set_entry("default\n", 0);
	dev_loss_is("0\n");
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_UP);
}

/* What may be set comes. */
static void test_dev_loss_late(void **state)
{
	const unsigned int day_ms = 86400 * 1000;
	char most[32];
	unsigned int day;

	(void)state;
	snprintf(most, sizeof(most), "%d", OHBA_DEV_LOSS_MAX_S + 1);
	assert_int_equal(set_dev_loss(most), -ERANGE);
	snprintf(most, sizeof(most), "%d", OHBA_DEV_LOSS_MAX_S);
	assert_int_equal(set_dev_loss(most), strlen(most));
	target_lost(ONE);
	shim_settle();
	for (day = 0; day < OHBA_DEV_LOSS_MAX_S / 86400; day++)
		shim_advance_ms(day_ms);
	shim_advance_ms(2000);
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_BARE);
}

/* Its I/O fails at once, be the queue of what goes ever so full. */
static void test_part_fails_io(void **state)
{
	static struct work_struct other[40];
	unsigned int i;

	(void)state;
	init_completion(&go_on);
	target_lost(ONE);
	shim_settle();
	for (i = 0; i < ARRAY_SIZE(other); i++) {
		INIT_WORK(&other[i], linger);
		queue_work(adapter()->targets->parting_wq, &other[i]);
	}
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_ENDING);
	assert_int_equal(target_cls(ONE)->state, CLS_FREE);
	assert_int_equal(refused_one(), DID_TRANSPORT_FAILFAST);
	complete_all(&go_on);
	shim_settle();
	assert_null(target_cls(ONE));
}

/* It comes back while the devices go, which a command keeps from it. */
static void test_dev_loss_race(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = take_target;
	assert_int_equal(set_dev_loss("1"), 1);
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);	/* a lie: one is left */
	shim_advance_ms(2000);
	assert_true(target_cls(ONE)->devices);
	target_up(ONE);
	shim_settle();
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_LOST);
	dev_answer(dev_io(0), OHBA_ST_SESSION_LOST);
	shim_settle();
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_UP);
	assert_true(target_cls(ONE)->devices);
}

static void test_off(void **state)
{
	(void)state;
	target_answer_ios(handle_now(), OHBA_ST_ABORTED);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	/* Nothing to be warned of. */
	assert_int_equal(shim_logged("is lost"), 0);
	assert_int_equal(shim_logged("ends, as its entry was changed or logged out of"), 1);
	assert_null(target_cls(ONE));
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_NONE);
	target_up(ONE);
	shim_settle();
	assert_int_equal(target_cls(ONE)->target_id, HBA_TARGET_ID_BASE + ONE);
}

/* Somebody has a device of the session before open: its SCSI target is that one's still. */
static void test_still_open(void **state)
{
	struct iscsi_cls_session *before = target_cls(ONE);

	(void)state;
	before->refs++;
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_null(target_cls(ONE));
	target_up(ONE);
	shim_settle();
	assert_int_equal(sdev.host->hostt->slave_alloc(&sdev), -ENXIO);
	assert_int_equal(shim_logged("are in use still"), 1);
	shim_session_put(before);
}

/* A session with another target does not get the devices of the one before. */
static void test_another(void **state)
{
	(void)state;
	target_lost(ONE);
	strcpy((char *)table[ONE].entry.name, NAME "2");
	target_up(ONE);
	shim_settle();
	assert_string_equal(libiscsi()->targetname, NAME "2");
	assert_int_equal(target_cls(ONE)->sid, 2);
	target_sdev(ONE, &sdev, &queue);
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

static void test_login_fails(void **state)
{
	unsigned int i;

	(void)state;
	table[ONE].state.login_class = 2;
	table[ONE].state.login_detail = 1;
	for (i = 1; i < 4; i++) {
		table[ONE].state.tries = cpu_to_le32(i);
		target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
		shim_settle();
	}
	assert_int_equal(shim_logged("login failed: LOGIN_AUTH"), 1);
	assert_int_equal(shim_logged("status 0201 (Authentication failure): correct the account"),
			 1);
	table[ONE].state.login_class = 0;
	table[ONE].state.login_detail = 0;
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_REFUSED);
	shim_settle();
	assert_int_equal(shim_logged("login failed: CONN_REFUSED (the portal refused the TCP connection): check"),
			 1);
}

/* What the firmware says is shown as it came, as long as it can be. */
static void test_words(void **state)
{
	struct ohba_target_state *said = &table[ONE].state;

	(void)state;
	said->tries = cpu_to_le32(1);
	strcpy((char *)said->words, "has a CHAP secret of less than 12 bytes");
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_CONFIG);
	shim_settle();
	assert_int_equal(shim_logged("what a login needs): has a CHAP secret of less than 12 bytes: "),
			 1);
	shim_log_clear();
	memset(said->words, '\n', sizeof(said->words));
	memset(said->rsvd2, 'x', sizeof(said->rsvd2));
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_VIOLATION);
	shim_settle();
	assert_int_equal(shim_logged("login failed: LOGIN_VIOLATION"), 1);
	assert_int_equal(shim_logged("): ?????"), 1);
	assert_int_equal(shim_logged("\n?"), 0);
	assert_int_equal(shim_logged("?x"), 0);
}

/* The firmware has the reason's own words where it has no others. */
static void test_words_of_reason(void **state)
{
	struct ohba_target_state *said = &table[ONE].state;

	(void)state;
	said->tries = cpu_to_le32(1);
	strcpy((char *)said->words, "the login was not over in time");
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_TIMEOUT);
	shim_settle();
	assert_int_equal(shim_logged("LOGIN_TIMEOUT (the login was not over in time): look at"), 1);
}

/* --- counters ------------------------------------------------------------------------------- */

static bool tell_stats(struct dev_cmd *cmd)
{
	const struct ohba_conn_stats stats = {
		.tx_bytes = cpu_to_le64(1ull << 40), .r2t_pdus = cpu_to_le64(7),
	};

	if (cmd->sqe.opcode != OHBA_ADMIN_STATS_GET)
		return take_target(cmd);
	assert_int_equal(((const struct ohba_stats_get *)cmd->sqe.body)->scope,
			 OHBA_STATS_TARGET);
	assert_int_equal(le32_to_cpu(cmd->sqe.handle), ONE);
	dev_write_data(cmd, &stats, sizeof(stats));
	dev_answer(cmd, OHBA_ST_SUCCESS);
	return true;
}

static void test_stats(void **state)
{
	struct iscsi_stats *stats = calloc(1, sizeof(*stats) + 4096);

	(void)state;
	dev.on_admin = tell_stats;
	shim_transport->get_stats(target_of(ONE)->conn, stats);
	assert_int_equal(stats->txdata_octets, 1ull << 40);
	assert_int_equal(stats->r2t_pdus, 7);
	/* One that the firmware does not count: all zero. */
	memset(stats, 0, sizeof(*stats));
	dev.on_admin = take_target;
	shim_transport->get_stats(target_of(ONE)->conn, stats);
	assert_int_equal(stats->txdata_octets, 0);
	free(stats);
}

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
	struct ohba_target_state *said = &table[ONE].state;

	(void)state;
	login_state_is("phase: connecting\ntries: 0\n");
	said->tries = cpu_to_le32(7);
	said->retry_ms = cpu_to_le32(41000);
	said->login_class = 2;
	said->login_detail = 0x77;	/* one that the class has not */
	strcpy((char *)said->words, "the target \x1b[1mdoes");
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
	shim_settle();
	login_state_is("phase: waiting\n"
		       "reason: LOGIN_AUTH (the target did not accept who we are)\n"
		       "remedy: correct the account that the entry names\n"
		       "status: 0277 (Initiator error)\n"
		       "words: the target ?[1mdoes\n"
		       "tries: 7\nnext_try_ms: 41000\n");
	*said = (struct ohba_target_state) { .phase = 0xff };
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
	assert_int_equal(target_cls(ONE)->state, CLS_LOGGED_IN);
	target_lost(ONE);
	shim_settle();
	assert_int_equal(result.result, DID_TRANSPORT_DISRUPTED << 16);
	assert_null(target_cls(ONE));
	assert_false(table[ONE].wanted);
}

static unsigned int busy;

static bool answer_busy(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_LOGOUT || !busy)
		return take_target(cmd);
	busy--;
	dev_answer(cmd, OHBA_ST_BUSY);
	return true;
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
	assert_int_equal(target_of(ONE)->part, HBA_PART_SESSION);
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	shim_settle();
	dev_answer(dev_io(0), OHBA_ST_SESSION_LOST);
	shim_settle();
	assert_null(target_cls(ONE));
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 1);
	assert_int_equal(hba_target_login(adapter(), ONE), 0);
}

/* Its entry has another name by now, and a command keeps the devices. */
static void rename_one(void)
{
	send_one();
	strcpy((char *)table[ONE].entry.name, NAME "2");
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	shim_settle();
	target_up(ONE);
	shim_settle();
	assert_int_equal(target_of(ONE)->part, HBA_PART_SESSION);
}

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

/* --- error handling ------------------------------------------------------------------------ */

static void test_abort(void **state)
{
	(void)state;
	send_one();
	shim_time_out(0);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
}

static bool swallow_tmf(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TMF || take_target(cmd);
}

/* The end of the adapter's session is the end of its commands. */
static void test_escalation(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	send_one();
	dev.on_admin = swallow_tmf;
	shim_time_out(0);
	shim_advance_ms(14000);
	assert_int_equal(result.done, 0);
	shim_advance_ms(2000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 1);
	assert_int_equal(logout_flags, OHBA_TARGET_LOGOUT_ABORT | OHBA_TARGET_LOGOUT_AGAIN);
	assert_int_equal(shim_logged("adapter stopped"), 0);
	assert_int_equal(cls->state, CLS_FAILED);
	target_up(ONE);
	shim_settle();
	assert_ptr_equal(target_cls(ONE), cls);
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

/* A task management function is the device's still when the session ends. */
static void test_tmf_outstanding(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = swallow_tmf;
	shim_time_out(0);
	shim_settle();
	dev_answer(dev_io(0), OHBA_ST_ABORTED);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_non_null(target_cls(ONE));
	dev_answer(dev_find(OHBA_ADMIN_TMF, DEV_ANY), OHBA_ST_ABORTED);
	shim_settle();
	assert_null(target_cls(ONE));
	assert_int_equal(shim_logged("adapter stopped"), 0);
}

/* And is never answered. */
static void test_tmf_unanswered(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = swallow_tmf;
	shim_time_out(0);
	shim_settle();
	dev_answer(dev_io(0), OHBA_ST_ABORTED);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_advance_ms(2 * HBA_CLOSE_TIMEOUT_MS + 1000);	/* the abort's, and ours */
	assert_int_equal(shim_logged("did not answer a task management function"), 1);
	dev.on_admin = take_target;
	shim_advance_ms(5000);
	assert_null(target_cls(ONE));
}

static bool refuse_tmf(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TMF)
		return take_target(cmd);
	dev_answer_with(cmd, (struct ohba_cqe) { .response = 5 });
	return true;
}

/* The reset of the target waits for the adapter's login. */
static void test_target_reset(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = refuse_tmf;
	shim_time_out(0);
	shim_advance_ms(1000);
	assert_int_equal(libiscsi()->state, ISCSI_STATE_IN_RECOVERY);
	assert_int_equal(shim_host_reset, 0);
	target_up(ONE);
	shim_settle();
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_host_reset, 0);
	assert_int_equal(libiscsi()->state, ISCSI_STATE_LOGGED_IN);
}

static bool swallow_logout(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TARGET_LOGOUT || swallow_tmf(cmd);
}

/* The barrier does not come: nothing but a stop of the adapter gives the command back. */
static void test_last_resort(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = swallow_logout;
	shim_time_out(0);
	shim_advance_ms(60000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_logged("did not answer an admin command"), 1);
	dev.on_admin = take_target;
}

static void test_escalation_busy(void **state)
{
	(void)state;
	send_one();
	busy = 2;
	dev.on_admin = answer_busy;
	dev.tmf_response = 1;	/* no such task, it says, which is none of an answer */
	shim_time_out(0);
	shim_advance_ms(9000);
	dev.tmf_response = 0;
	assert_int_equal(busy, 0);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_logged("adapter stopped"), 0);
}

/* It ended without its command, it says: that is the device's until the adapter stops. */
static void test_lost_without_end(void **state)
{
	(void)state;
	send_one();
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	shim_settle();
	assert_int_equal(result.done, 0);
	shim_time_out(0);
	shim_advance_ms(60000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_logged("commands of a failed session did not end"), 1);
}

/* The devices of a session that is over are open still: the one after it has its own. */
static void test_stale_eh(void **state)
{
	struct iscsi_cls_session *before = target_cls(ONE);
	struct hba_session *old = ours();

	(void)state;
	before->refs++;
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	target_up(ONE);
	shim_settle();
	assert_ptr_not_equal(ours(), old);
	hba_target_fail(old);
	shim_settle();
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
	assert_true(ours()->ready);
	shim_session_put(before);
}

/* The barrier is refused, and the adapter says that the session is UP: not to commands. */
static void test_failing_unready(void **state)
{
	(void)state;
	busy = 3;
	dev.on_admin = answer_busy;
	hba_target_fail(ours());
	shim_settle();
	assert_int_equal(busy, 2);
	assert_false(ours()->ready);
	target_event(ONE, OHBA_TARGET_UP, 0);
	shim_settle();
	assert_int_equal(busy, 1);
	assert_false(ours()->ready);
	busy = 0;
}

/* --- the adapter goes down and comes up ---------------------------------------------------- */

/* As power-on leaves it. */
static void reset_table(void)
{
	u32 i;

	for (i = 0; i < TARGETS; i++) {
		struct table_entry *t = &table[i];

		memset(&t->state, 0, sizeof(t->state));
		t->wanted = t->autologin;
		t->state.wanted = t->wanted;
		t->state.phase = t->wanted ? OHBA_TARGET_CONNECTING : OHBA_TARGET_OFF;
	}
}

static void test_restart(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);
	unsigned int lists = target_cmds[OHBA_ADMIN_TARGET_LIST];

	(void)state;
	send_one();
	table[ONE].autologin = false;	/* wanted by TARGET_LOGIN alone */
	reset_table();
	bench_restart();
	assert_int_equal(result.done, 1);
	assert_in_range(target_cmds[OHBA_ADMIN_TARGET_LIST], lists + 1, 2 * lists);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGIN], 1);
	assert_true(table[ONE].wanted);
	assert_int_equal(refused_one(), DID_IMM_RETRY);
	target_up(ONE);
	shim_settle();
	assert_ptr_equal(target_cls(ONE), cls);
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

/* It is down for a while, in which it cannot be told what it forgets. */
static void test_sleep(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	reset_table();
	ohba_hold(&bench_hw()->pub, OHBA_HOLD_SLEEP, "a test");
	shim_advance_ms(1000);
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_LOST);
	ohba_release(&bench_hw()->pub, OHBA_HOLD_SLEEP);
	shim_advance_ms(3000);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGIN], 1);
	target_up(ONE);
	shim_settle();
	send_one();
	answer_one();
}

/* One that somebody logged out meanwhile is not brought back. */
static void test_restart_after_logout(void **state)
{
	(void)state;
	send_one();
	table[ONE].autologin = false;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	reset_table();
	bench_restart();
	assert_null(target_cls(ONE));
	assert_false(table[ONE].wanted);
}

/* One that has no session yet is wanted, too: by a login, or so the adapter said. */
static void test_restart_waiting(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	target_add(ONE + 1, NAME "2");
	table[ONE + 1].wanted = table[ONE + 1].autologin = false;
	assert_int_equal(hba_target_login(adapter(), ONE + 1), 0);
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_REFUSED);
	shim_settle();
	reset_table();
	bench_restart();
	assert_true(table[ONE].wanted);
	assert_true(table[ONE + 1].wanted);
}

/* Nobody wants it any more. */
static void test_restart_unwanted(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	reset_table();
	bench_restart();
	assert_false(table[ONE].wanted);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGIN], 0);
}

/* Its session goes, for another's sake. */
static void test_restart_in_another(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	rename_one();
	reset_table();
	bench_restart();
	assert_true(table[ONE].wanted);
	target_up(ONE);
	shim_settle();
	assert_string_equal(libiscsi()->targetname, NAME "2");
}

static bool busy_login(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_LOGIN)
		return take_target(cmd);
	target_cmds[cmd->sqe.opcode]++;
	dev_answer(cmd, OHBA_ST_BUSY);
	return true;
}

static bool nexus_taken(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_LOGIN)
		return take_target(cmd);
	dev_answer(cmd, OHBA_ST_NEXUS_TAKEN);
	return true;
}

/* iscsiadm says that it failed, no more. */
static void test_login_refused(void **state)
{
	(void)state;
	dev.on_admin = nexus_taken;
	assert_int_equal(hba_target_login(adapter(), ONE + 1), -EBUSY);
	assert_int_equal(shim_logged("target 4: the adapter does not log in to it: NEXUS_TAKEN"),
			 1);
	assert_int_equal(shim_logged("log out of the other entry"), 1);
}

/* Another entry has its nexus: the rest goes on. */
static void test_restart_busy(void **state)
{
	(void)state;
	set_dev_loss("30");
	table[ONE].autologin = false;
	reset_table();
	dev.on_admin = busy_login;
	bench_restart();
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_STATE] > 2, 1);
	shim_advance_ms(40000);
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_BARE);
	assert_int_equal(shim_logged("does not log in to it again"), 1);
	dev.on_admin = take_target;
	shim_advance_ms(2000);
	assert_true(table[ONE].wanted);
}

static bool restart_at_login(struct dev_cmd *cmd)
{
	bool taken = take_target(cmd);

	if (cmd->sqe.opcode == OHBA_ADMIN_TARGET_LOGIN) {
		dev.on_admin = take_target;
		ohba_fail(&bench_hw()->pub, "a test");
	}
	return taken;
}

/* It was accepted, and is forgotten before who asked knows it. */
static void test_restart_at_login(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	dev.on_admin = restart_at_login;
	assert_int_equal(hba_target_login(adapter(), ONE), 0);
	reset_table();
	shim_advance_ms(5000);
	assert_true(table[ONE].wanted);
}

static bool stop_at_get(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_GET)
		return take_target(cmd);
	ohba_fail(&bench_hw()->pub, "a test");
	return true;
}

/* It stops between the telling of a session and its use. */
static void test_stop_in_between(void **state)
{
	(void)state;
	target_lost(ONE);
	shim_settle();
	dev.on_admin = stop_at_get;
	target_up(ONE);
	shim_settle();
	dev.on_admin = take_target;
	reset_table();
	shim_advance_ms(3000);
	assert_int_equal(shim_logged("up again"), 1);
	assert_false(ours()->ready);
	target_up(ONE);
	shim_settle();
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

/* A handle of before the stop means nothing after it. */
static void test_epoch(void **state)
{
	u32 epoch = adapter()->targets->epoch;

	(void)state;
	target_lost(ONE);
	shim_settle();
	bench_restart();
	mutex_lock(&target_of(ONE)->lock);
	hba_target_start(target_of(ONE), epoch, NULL);
	mutex_unlock(&target_of(ONE)->lock);
	assert_false(ours()->ready);
}

/* --- removal ------------------------------------------------------------------------------- */

static void remove_adapter(void)
{
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
}

static void test_removal_up(void **state)
{
	(void)state;
	shim_daemon_ms = SHIM_NO_DAEMON;
	remove_adapter();
	assert_int_equal(shim_logged("iscsid did not end"), 0);
	assert_in_range(shim_now_us / 1000, 0, 4000);	/* it was not waited for */
	assert_int_equal(shim_conn_failures, 0);
}

/* By rmmod: the class asks nothing of a module that goes. */
static void test_rmmod(void **state)
{
	(void)state;
	assert_int_equal(shim_module_refs, 0);
	shim_modules_going = true;
	remove_adapter();
	assert_int_equal(shim_module_refs, 0);
}

static void test_removal_lost(void **state)
{
	(void)state;
	target_lost(ONE);
	shim_settle();
	remove_adapter();
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
}

static void test_removal_bare(void **state)
{
	(void)state;
	set_dev_loss("1");
	target_lost(ONE);
	shim_advance_ms(2000);
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_BARE);
	remove_adapter();
}

static void test_removal_in_logout(void **state)
{
	(void)state;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	remove_adapter();
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 1);
	assert_false(table[ONE].wanted);
}

static void test_unplug(void **state)
{
	(void)state;
	send_one();
	shim_device.present = false;
	remove_adapter();
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, DID_NO_CONNECT << 16);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
}

/* Its daemon's sessions end as ever. */
static void test_removal_both(void **state)
{
	static struct bench_session session;

	(void)state;
	bench_login(&session);
	remove_adapter();
	assert_int_equal(shim_conn_error, ISCSI_ERR_INVALID_HOST);
}

static bool say_up(struct dev_cmd *cmd)
{
	bool taken = take_target(cmd);

	if (cmd->sqe.opcode == OHBA_ADMIN_TARGET_STATE)
		target_event(ONE, OHBA_TARGET_UP, 0);
	return taken;
}

/* Events do not end: no session begins any more. */
static void test_removal_storm(void **state)
{
	(void)state;
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	dev.on_admin = say_up;
	shim_run();
	table[ONE].state.phase = OHBA_TARGET_UP;
	remove_adapter();
	assert_int_equal(shim_logged("is up"), 0);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
}

static unsigned int turns;

/* It stops while the driver, which waits for the class, is about to end it. */
static void stop_at_end(void *arg)
{
	struct hba *hba = arg;
	unsigned int i;

	mutex_lock(&hba->flash_mutex);
	while (hba->targets->open)
		shim_sleep_us(1000);
	shim_sleep_us(1000);
	mutex_lock(&shim_class_mutex);
	mutex_unlock(&hba->flash_mutex);
	shim_sleep_us(1000);
	mutex_unlock(&shim_class_mutex);
	for (i = 0; i < turns; i++)
		shim_yield();
	ohba_kill(hba->adapter, "a test");
}

static void test_removal_stop(void **state)
{
	/* More turns, and there is no adapter to be stopped. */
	for (turns = 0; turns < 3; turns++) {
		shim_spawn("a stop", stop_at_end, adapter());
		shim_run();
		remove_adapter();
		bench_gone(state);
		up(state);
	}
}

/* A scan that waits for another's is not waited for by the class. */
static void test_scan_queued(void **state)
{
	struct work_struct other;

	(void)state;
	init_completion(&go_on);
	INIT_WORK(&other, linger);
	queue_work(adapter()->targets->scan_wq, &other);
	target_lost(ONE);
	target_up(ONE);
	shim_settle();
	assert_true(target_cls(ONE)->scan_work.pending);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_null(target_cls(ONE));
	complete(&go_on);
	shim_settle();
}

/* The class was asked for its end before it had a connection: it knows it no more. */
static void test_unknown(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	cls->listed = false;
	queue_work(system_unbound_wq, &cls->destroy_work);
	shim_settle();
	assert_ptr_equal(target_cls(ONE), cls);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_null(target_cls(ONE));
}

/* The same, asked for as late as can be. */
static void test_unknown_late(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	cls->listed = false;
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	queue_work(system_unbound_wq, &cls->destroy_work);
	shim_settle();
	assert_null(target_cls(ONE));
}

/* --- no memory ----------------------------------------------------------------------------- */

/* Each allocation on the way fails once: what was not done is done later. */
static void test_no_memory(void **state)
{
	unsigned int n, allocs, said = 0;

	(void)state;
	for (n = 1; n < 100; n++) {
		allocs = shim_allocs;
		shim_alloc_fails = allocs + n;
		target_up(ONE);
		shim_settle();
		if (shim_allocs < allocs + n)
			break;
		shim_alloc_fails = 0;
		shim_advance_ms(5000);
		assert_non_null(target_cls(ONE));
		assert_true(ours()->ready);
		said += shim_logged("no session for the kernel");
		target_phase(ONE, OHBA_TARGET_OFF, 0);
		shim_advance_ms(5000);
		assert_null(target_cls(ONE));
	}
	assert_in_range(n, 10, 99);
	assert_true(said);
	shim_alloc_fails = 0;
}

/* Of the end, too. */
static void test_no_memory_at_end(void **state)
{
	unsigned int n, allocs;

	(void)state;
	for (n = 1; n < 100; n++) {
		allocs = shim_allocs;
		shim_alloc_fails = allocs + n;
		target_phase(ONE, OHBA_TARGET_OFF, 0);
		shim_advance_ms(5000);
		if (shim_allocs < allocs + n)
			break;
		shim_alloc_fails = 0;
		assert_null(target_cls(ONE));
		target_up(ONE);
		shim_settle();
		assert_non_null(target_cls(ONE));
	}
	assert_in_range(n, 3, 99);
	shim_alloc_fails = 0;
}

/* The first that the driver hears of an entry. */
static void test_no_memory_at_first(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 1; n < 4; n++) {
		target_add(n + 10, NAME);
		shim_alloc_fails = shim_allocs + n;
		target_up(n + 10);
		shim_advance_ms(5000);
		shim_alloc_fails = 0;
		assert_non_null(target_cls(n + 10));
	}
}

static void test_probe_without_memory(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 1; n < 200; n++) {
		targets_load();
		target_add(ONE, NAME);
		target_up(ONE);
		shim_alloc_fails = shim_allocs + n;
		if (bench_probe())
			assert_in_range(shim_allocs, shim_alloc_fails, UINT_MAX);
		shim_alloc_fails = 0;
		if (bench.probed) {
			shim_advance_ms(3000);
			assert_non_null(target_cls(ONE));
		}
		bench_down();
	}
	up(state);
}

/* --- a device that lies -------------------------------------------------------------------- */

static void test_wrong_index(void **state)
{
	(void)state;
	target_event(TARGETS, OHBA_TARGET_UP, 0);
	target_event(~0u, OHBA_TARGET_UP, 0);
	shim_settle();
	assert_int_equal(shim_logged("which cannot be: ignored"), 2);
}

/* Nobody asks about one that is not wanted: the event is all that there is to go by. */
static void test_taken_nexus(void **state)
{
	(void)state;
	target_event(ONE, OHBA_TARGET_OFF, OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(shim_logged("another entry has"), 0);
	target_event(ONE, OHBA_TARGET_OFF, OHBA_ST_NEXUS_TAKEN);
	shim_settle();
	assert_int_equal(shim_logged("not logged in to, though it is automatic: another entry has"),
			 1);
}

/* Each way in which what it tells cannot be. */
static void corrupt(struct table_entry *t, unsigned int how)
{
	struct ohba_session_params *p = &t->state.params;

	switch (how) {
	case 0:
		t->state.session = 0;
		break;
	case 1:
		t->state.family = 5;
		break;
	case 2:
		p->max_recv_dsl = cpu_to_le32(511);
		break;
	case 3:
		p->max_xmit_dsl = cpu_to_le32(1u << 24);
		break;
	case 4:
		p->max_burst = 0;
		break;
	case 5:
		p->first_burst = cpu_to_le32(262145);
		break;
	case 6:
		p->max_r2t = 0;
		break;
	case 7:
		p->flags = cpu_to_le16(OHBA_SESSION_DISCOVERY);
		break;
	case 8:
		memset(t->entry.name, 'x', sizeof(t->entry.name));
		break;
	case 9:
		memset(t->entry.name, 0, sizeof(t->entry.name));
		break;
	case 10:
		t->entry.name[3] = '\n';
		break;
	}
}

static void test_lies(void **state)
{
	unsigned int how;

	(void)state;
	for (how = 0; how <= 10; how++) {
		target_add(ONE, NAME);
		target_up(ONE);
		corrupt(&table[ONE], how);
		shim_advance_ms(5000);
		assert_null(target_cls(ONE));
		assert_int_equal(shim_logged("update the firmware"), how + 1);
	}
	target_add(ONE, NAME);
	target_up(ONE);
	shim_settle();
	assert_non_null(target_cls(ONE));
}

/* "Lost", says an event, and the adapter when asked: "UP", as before. */
static void test_false_alarm(void **state)
{
	(void)state;
	target_event(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	shim_settle();
	assert_true(ours()->ready);
	assert_int_equal(shim_logged("is lost"), 0);
	send_one();
	answer_one();
}

static void test_storm(void **state)
{
	unsigned int i, before = target_cmds[OHBA_ADMIN_TARGET_STATE];

	(void)state;
	for (i = 0; i < 40; i++)
		target_event(ONE, i & 7, i);
	shim_settle();
	assert_in_range(target_cmds[OHBA_ADMIN_TARGET_STATE], before + 1, before + 3);
	assert_true(ours()->ready);
}

static bool refuse_state(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_STATE)
		return take_target(cmd);
	dev_answer(cmd, OHBA_ST_INTERNAL);
	return true;
}

static void test_state_refused(void **state)
{
	(void)state;
	target_lost(ONE);
	shim_settle();
	set_dev_loss("30");
	dev.on_admin = refuse_state;
	target_event(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	shim_advance_ms(3000);
	assert_true(shim_logged("did not answer TARGET_STATE") >= 2);
	dev.on_admin = take_target;
	shim_advance_ms(2000);
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_LOST);
	dev.on_admin = refuse_state;
	target_event(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	shim_advance_ms(40000);
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_BARE);
}

static bool refuse_list(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_LIST || target_cmds[cmd->sqe.opcode]++ > 2)
		return take_target(cmd);
	dev_answer(cmd, OHBA_ST_INTERNAL);
	return true;
}

static void test_list_refused(void **state)
{
	(void)state;
	targets_load();
	target_add(ONE, NAME);
	target_up(ONE);
	dev.on_admin = refuse_list;
	assert_int_equal(bench_probe(), 0);
	shim_advance_ms(5000);
	assert_non_null(target_cls(ONE));
}

static void test_too_many(void **state)
{
	(void)state;
	targets_load();
	dev.identify.max_targets = cpu_to_le32(OHBA_TARGETS_MAX + 1);
	assert_int_equal(bench_probe(), -EPROTO);
}

/* --- many ---------------------------------------------------------------------------------- */

static void each(void (*fn)(u32 index))
{
	u32 i;

	for (i = 0; i < TARGETS; i++) {
		fn(i);
		if (i % 32 == 31)
			shim_settle();
	}
	shim_settle();
}

static void test_many(void **state)
{
	char name[64];
	u32 i;

	(void)state;
	targets_load();
	for (i = 0; i < TARGETS; i++) {
		snprintf(name, sizeof(name), "%s%u", NAME, i);
		target_add(i, name);
	}
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	each(target_up);
	for (i = 0; i < TARGETS; i++)
		assert_true(((struct iscsi_session *)target_cls(i)->dd_data)->state ==
			    ISCSI_STATE_LOGGED_IN);
	each(target_lost);
	each(target_up);
	for (i = 0; i < TARGETS; i++)
		assert_int_equal(target_of(i)->state, HBA_TARGET_UP);
	assert_in_range(target_cmds[OHBA_ADMIN_TARGET_STATE], TARGETS, 8 * TARGETS);
}

#define LOADED(name)	cmocka_unit_test_setup_teardown(test_##name, load, bench_gone)
#define UP(name)	cmocka_unit_test_setup_teardown(test_##name, up, bench_gone)
#define ALONE(name)	cmocka_unit_test_teardown(test_##name, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(not_up), UP(up), ALONE(up_at_start), UP(return), UP(blink),
		UP(blink_same_handle), UP(stall),
		UP(recovery_tmo), UP(dev_loss), UP(dev_loss_never), UP(dev_loss_race), UP(dev_loss_late),
		LOADED(dev_loss_of_entry), UP(dev_loss_set_for_entry),
		UP(part_fails_io), UP(off),
		UP(still_open),
		UP(another), LOADED(login_fails),
		LOADED(no_room_in_the_log), LOADED(words), LOADED(words_of_reason), UP(stats), LOADED(login_state),
		LOADED(login_state_fails), LOADED(status_names), LOADED(login_refused),
		LOADED(dev_loss_parameter),
		UP(logout), LOADED(logout_not_up), UP(lost_in_logout), UP(logout_busy),
		UP(logout_in_off), UP(logout_in_another), UP(logout_late),
		UP(not_the_daemons), UP(not_bound),
		UP(abort), UP(escalation), UP(tmf_outstanding),
		UP(tmf_unanswered), UP(target_reset), UP(last_resort),
		UP(escalation_busy), UP(stale_eh), UP(failing_unready), UP(lost_without_end),
		UP(restart), UP(sleep), UP(restart_after_logout),
		LOADED(restart_waiting), LOADED(restart_unwanted), UP(restart_in_another),
		LOADED(restart_at_login), UP(restart_busy), UP(stop_in_between), UP(epoch),
		UP(removal_up), UP(rmmod), UP(removal_lost), UP(removal_bare),
		UP(removal_in_logout), UP(unplug), UP(removal_both), LOADED(removal_storm),
		UP(removal_stop), UP(scan_queued), UP(unknown), UP(unknown_late),
		LOADED(no_memory), UP(no_memory_at_end), LOADED(no_memory_at_first),
		ALONE(probe_without_memory),
		LOADED(wrong_index), LOADED(taken_nexus), LOADED(lies), UP(false_alarm), UP(storm),
		UP(state_refused), ALONE(list_refused), ALONE(too_many),
		ALONE(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

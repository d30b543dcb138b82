// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions that the adapter has by itself: what the driver makes of them. */
#include "target_one.h"
#include "helpers.h"

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
	assert_int_equal(cls->state, ISCSI_SESSION_FAILED);
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

/* Nothing but dev_loss_tmo ends the wait then. */
static void test_recovery_off(void **state)
{
	(void)state;
	target_cls(ONE)->recovery_tmo = -1;
	assert_int_equal(set_dev_loss("30"), 2);
	target_lost(ONE);
	shim_advance_ms(29000);
	assert_int_equal(refused_one(), DID_IMM_RETRY);
	assert_true(target_cls(ONE)->devices);
	shim_advance_ms(2000);
	assert_false(target_cls(ONE)->devices);
	assert_int_equal(refused_one(), DID_TRANSPORT_FAILFAST);
}

/* And there is none. */
static void test_recovery_at_once(void **state)
{
	(void)state;
	target_cls(ONE)->recovery_tmo = 0;
	assert_int_equal(set_dev_loss("30"), 2);
	target_lost(ONE);
	shim_settle();
	assert_int_equal(refused_one(), DID_TRANSPORT_FAILFAST);
	assert_true(target_cls(ONE)->devices);
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
	assert_int_equal(cls->state, ISCSI_SESSION_FREE);
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

/* As ohbatool sets a whole entry. */
static void restore(const struct ohba_target *entry)
{
	static const u32 kind = OHBA_RECORD_TARGET, index = ONE;

	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	attr_add(OHBA_ATTR_RECORD, &kind, sizeof(kind));
	attr_add(OHBA_ATTR_RECORD_INDEX, &index, sizeof(index));
	attr_add(OHBA_ATTR_RECORD_DATA, entry, sizeof(*entry));
	assert_int_equal(genl_say(OHBA_CMD_FLASH_SET), 0);
	shim_settle();
	assert_memory_equal(&table[ONE].entry, entry, sizeof(*entry));
}

static void test_dev_loss_restored(void **state)
{
	struct ohba_target entry = table[ONE].entry;

	(void)state;
	assert_int_equal(set_dev_loss("7"), 1);
	entry.max_burst = cpu_to_le32(65536);
	restore(&entry);
	dev_loss_is("7\n");
	entry.dev_loss_s = cpu_to_le32(45);
	restore(&entry);
	dev_loss_is("45\n");
	target_lost(ONE);
	shim_advance_ms(46000);
	assert_false(target_cls(ONE)->devices);
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
		queue_work(adapter()->targets->teardown_wq, &other[i]);
	}
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_ENDING);
	assert_int_equal(target_cls(ONE)->state, ISCSI_SESSION_FREE);
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
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_STRIPPING);
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
	struct ohba_target_state *reported = &table[ONE].state;

	(void)state;
	reported->tries = cpu_to_le32(1);
	strcpy((char *)reported->words, "has a CHAP secret of less than 12 bytes");
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_CONFIG);
	shim_settle();
	assert_int_equal(shim_logged("what a login needs): has a CHAP secret of less than 12 bytes: "),
			 1);
	shim_log_clear();
	memset(reported->words, '\n', sizeof(reported->words));
	memset(reported->rsvd3, 'x', sizeof(reported->rsvd3));
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
	struct ohba_target_state *reported = &table[ONE].state;

	(void)state;
	reported->tries = cpu_to_le32(1);
	strcpy((char *)reported->words, "the login was not over in time");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(not_up), UP(up), ALONE(up_at_start), UP(return), UP(blink),
		UP(blink_same_handle), UP(stall), UP(recovery_tmo), UP(recovery_off), UP(recovery_at_once), UP(dev_loss),
		UP(dev_loss_never), UP(dev_loss_race), UP(dev_loss_late),
		LOADED(dev_loss_of_entry), UP(dev_loss_set_for_entry),
		UP(dev_loss_restored), UP(part_fails_io),
		UP(off), UP(still_open), UP(another), LOADED(login_fails), LOADED(words),
		LOADED(words_of_reason), UP(stats), LOADED(dev_loss_parameter), ALONE(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

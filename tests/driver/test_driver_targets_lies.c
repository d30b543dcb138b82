// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions that the adapter has by itself, and lies about. */
#include "target_one.h"

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
	case 11:	/* a control of some terminals */
		memcpy(t->entry.name, "iqn.\xc2\x9b" "2J", 8);
		break;
	}
}

static void test_lies(void **state)
{
	unsigned int how;

	(void)state;
	for (how = 0; how <= 11; how++) {
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
	assert_true(hba_session_is_ready(ours()));
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
	assert_true(hba_session_is_ready(ours()));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(wrong_index), LOADED(taken_nexus), LOADED(lies), UP(false_alarm),
		UP(storm), UP(state_refused), ALONE(list_refused), ALONE(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

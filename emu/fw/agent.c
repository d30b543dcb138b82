// SPDX-License-Identifier: GPL-2.0-or-later
/* The agent: what happens to a target's session, and what follows from it (agent_priv.h). */
#include <stdlib.h>
#include <string.h>

#include "agent_priv.h"
#include "chap.h"
#include "own_login.h"
#include "table.h"

/*
 * The agent's times. A login's limit is the entry's; that for LOGIN_TAKE is in agent_helper.c,
 * that of a logout in own_login.h.
 */
#define RETRY_S		1			/* after the first failure; doubles */
#define RETRY_MAX_S	60			/* up to this, and where the entry is wrong */
#define STABLE_NS	(10 * OHBA_NS_PER_S)	/* who was UP for less may be about to fall again */

uint64_t agent_now_ns(const struct ohba_agent *agent)
{
	return ohba_loop_now(agent->fw->loop);
}

struct ohba_conn *agent_conn(const struct agent_target *row)
{
	return ohba_own_conn(row->agent->fw->iscsi, row->index);
}

/* --- states ----------------------------------------------------------------- */

static void post(struct agent_target *row, uint8_t phase)
{
	struct ohba_event *event = &row->event.event;
	struct ohba_conn *conn = agent_conn(row);

	event->type = OHBA_EVENT_TARGET;
	event->handle = htole32(row->index);
	event->reason = htole16(phase == OHBA_TARGET_UP ? OHBA_ST_SUCCESS : row->reason);
	event->detail[0] = htole32(phase);
	event->detail[1] = htole32(phase == OHBA_TARGET_UP ? conn->session.handle : 0);
	/* One that waits already says this now. */
	ohba_event_post(row->agent->fw, &row->event);
}

bool agent_change(struct agent_target *row, enum ohba_tgt_event event)
{
	const struct ohba_tgt_state_row *from = &ohba_tgt_states[row->state], *to;
	int next = ohba_tgt_next(row->state, event);

	if (next < 0) {
		ohba_fw_trace(row->agent->fw, OHBA_TRACE_ERROR, "target-state",
			      "target %u: %s: not when %s", row->index, ohba_tgt_events[event],
			      from->name);
		return false;
	}
	to = &ohba_tgt_states[next];
	ohba_fw_trace(row->agent->fw, OHBA_TRACE_NORMAL, "target-state", "target %u: %s -> %s (%s)",
		      row->index, from->name, to->name, ohba_tgt_events[event]);
	/* A deadline is its state's, and so is a login handle. */
	ohba_timer_cancel(&row->timer);
	if (row->state == OHBA_TGT_HOSTED)
		agent_take_back(row);
	row->state = next;
	ohba_list_del(&row->active);
	if (next != OHBA_TGT_OFF)
		ohba_list_append(&row->agent->active, &row->active);
	else
		ohba_target_over(row->agent->fw, row->index);
	if (to->phase != from->phase)
		post(row, to->phase);
	return true;
}

void agent_set_reason(struct agent_target *row, enum ohba_status reason, const char *words)
{
	if (!words)
		words = ohba_status_meaning(reason);
	row->pending_reason = reason;
	memset(row->words, 0, sizeof(row->words));
	strncpy(row->words, words, sizeof(row->words) - 1);
}

/* What was to blame, if that is known better than from what TCP says. */
void agent_blame(struct agent_target *row, enum ohba_status reason)
{
	if (!row->pending_reason)
		agent_set_reason(row, reason, NULL);
	row->reason = row->pending_reason;
	row->pending_reason = OHBA_ST_SUCCESS;
	ohba_fw_trace(row->agent->fw, row->reason == OHBA_ST_ABORTED ? OHBA_TRACE_NORMAL :
		      OHBA_TRACE_ERROR, "target-lost", "target %u: %s: %s",
		      row->index, ohba_status_name(row->reason), row->words);
}

/* --- when to try again -------------------------------------------------------- */

/*
 * The adapter's reasons are the target's class 2, and those that only a change can end, where
 * it was asked.
 */
static bool is_hopeless(const struct agent_target *row)
{
	switch (row->reason) {
	case OHBA_ST_LOGIN_REFUSED:
		return row->login_class == ISCSI_LOGIN_INITIATOR_ERROR;
	case OHBA_ST_LOGIN_AUTH:
	case OHBA_ST_LOGIN_UNPROVEN:
	case OHBA_ST_LOGIN_CONFIG:
	case OHBA_ST_LOGIN_NO_AGREEMENT:
		return true;
	default:
		return false;
	}
}

/* A random part between a half and the whole, so that those who fell together come apart. */
static uint64_t some_of(struct ohba_agent *agent, uint64_t ns)
{
	uint32_t random;

	if (!ohba_fw_random(agent->fw, &random, sizeof(random)))
		return ns;
	return ns - (ns / 2 >> 16) * (random >> 16);
}

/* After @n times: nothing, 1 s, 2 s, ... 60 s. */
static uint64_t backoff(struct ohba_agent *agent, uint32_t n)
{
	uint64_t s = n > 6 ? RETRY_MAX_S : n ? RETRY_S << (n - 1) : 0;

	return some_of(agent, (s < RETRY_MAX_S ? s : RETRY_MAX_S) * OHBA_NS_PER_S);
}

void agent_retry_later(struct agent_target *row)
{
	bool is_vain = is_hopeless(row) && agent_login_nowhere(row);
	uint64_t wait_ns = is_vain ? RETRY_MAX_S * OHBA_NS_PER_S : backoff(row->agent, row->fails);
	uint64_t asked_ns = row->wait_s * OHBA_NS_PER_S;

	row->fails++;
	row->wait_s = 0;
	ohba_timer_arm(&row->timer, wait_ns > asked_ns ? wait_ns : asked_ns);
}

/*
 * The first time it is worth a try at once. A target that lets us in only to drop us would be
 * asked for ever.
 */
void agent_count_flap(struct agent_target *row)
{
	bool was_short = agent_now_ns(row->agent) - row->up_ns < STABLE_NS;

	row->fails = was_short ? row->flaps : 0;
	row->flaps = was_short ? row->flaps + 1 : 0;
}

/* With what was set meanwhile it may go better, at once. */
static bool is_outdated(const struct agent_target *row)
{
	return row->login->outdated && is_hopeless(row);
}

void agent_failed(struct agent_target *row, enum ohba_status reason)
{
	row->failed = true;
	agent_blame(row, reason);
	agent_log_failed(row);
	agent_login_bad(row, is_hopeless(row));
	if (agent_change(row, OHBA_TGT_FAILED)) {
		agent_retry_later(row);
		if (is_outdated(row))
			ohba_timer_arm(&row->timer, 0);
	}
	agent_end_login(row);
}

void agent_up(struct agent_target *row)
{
	agent_change(row, OHBA_TGT_AGREED);
	agent_login_good(row);
	agent_end_login(row);
	row->ups++;
	row->failed = false;
	row->tries = 0;
	row->pending_reason = OHBA_ST_SUCCESS;
	row->up_ns = agent_now_ns(row->agent);
	agent_log_up(row);
}

void agent_arm_at(struct agent_target *row, uint64_t due_ns)
{
	uint64_t now = agent_now_ns(row->agent);

	ohba_timer_arm(&row->timer, due_ns > now ? due_ns - now : 0);
}

/* --- time ------------------------------------------------------------------- */

static void close_now(struct agent_target *row, bool lost, bool abort)
{
	struct ohba_conn *conn = agent_conn(row);

	if (conn)
		ohba_own_close(conn, lost, abort);
}

void agent_fail_now(struct agent_target *row)
{
	close_now(row, true, true);
}

static void connecting_expired(struct agent_target *row)
{
	agent_set_reason(row, OHBA_ST_CONN_TIMEOUT, NULL);
	agent_fail_now(row);
}

static void login_expired(struct agent_target *row)
{
	if (!row->pending_reason)
		agent_login_late(row);
	agent_fail_now(row);
}

static void ending_expired(struct agent_target *row)
{
	close_now(row, true, !row->answered);
}

static void logout_expired(struct agent_target *row)
{
	close_now(row, false, !row->answered);
}

static void waiting_expired(struct agent_target *row)
{
	if (agent_change(row, OHBA_TGT_WANT))
		agent_enqueue(row);
}

/* By state, what its deadline means. */
static void (*const expired[OHBA_TGT_STATES])(struct agent_target *row) = {
	[OHBA_TGT_CONNECTING] = connecting_expired,
	[OHBA_TGT_LOGIN] = login_expired,
	[OHBA_TGT_HOSTED] = agent_hosted_expired,
	[OHBA_TGT_ENDING] = ending_expired,
	[OHBA_TGT_LEAVING] = logout_expired,
	[OHBA_TGT_LOGOUT] = logout_expired,
	[OHBA_TGT_WAITING] = waiting_expired,
};

static void timer_expired(struct ohba_timer *timer)
{
	struct agent_target *row = ohba_container(timer, struct agent_target, timer);

	if (expired[row->state])
		expired[row->state](row);
}

/* --- what commands ask ---------------------------------------------------------- */

void agent_restart(struct agent_target *row)
{
	if (row->state == OHBA_TGT_QUEUED || !agent_change(row, OHBA_TGT_WANT))
		return;
	agent_end_login(row);
	close_now(row, true, true);
	row->fails = 1;
	row->failed = false;
	row->wait_s = 0;
	row->pending_reason = OHBA_ST_SUCCESS;
	agent_forget_tries(row);
	/* It has the nexus now. */
	if (row->reason == OHBA_ST_NEXUS_TAKEN) {
		row->reason = OHBA_ST_SUCCESS;
		memset(row->words, 0, sizeof(row->words));
	}
	agent_enqueue(row);
}

void agent_end(struct agent_target *row, enum ohba_status reason)
{
	if (row->state != OHBA_TGT_UP || !agent_change(row, OHBA_TGT_END))
		return;
	agent_set_reason(row, reason, NULL);
	row->asked = ohba_own_logout(agent_conn(row));
	ohba_timer_arm(&row->timer, row->asked ? OHBA_LOGOUT_NS : 0);
}

static void drop_try(struct agent_target *row)
{
	agent_end_login(row);
	close_now(row, true, true);
	row->pending_reason = OHBA_ST_SUCCESS;
}

void agent_leave(struct agent_target *row, bool abort)
{
	struct ohba_conn *conn = agent_conn(row);
	bool is_up = row->state == OHBA_TGT_UP, was_ending = row->state == OHBA_TGT_ENDING;

	if (!agent_change(row, OHBA_TGT_LEAVE))
		return;
	if (!is_up && !was_ending) {
		drop_try(row);
		return;
	}
	row->pending_reason = OHBA_ST_SUCCESS;
	if (is_up && !abort)
		row->asked = ohba_own_logout(conn);
	abort |= !row->asked;
	row->leave_ns = agent_now_ns(row->agent) + OHBA_LOGOUT_NS;
	agent_arm_at(row, row->answered ? 0 : row->leave_ns);
	ohba_own_abort(conn);
	if (abort)
		close_now(row, false, true);
}

/* --- rows ------------------------------------------------------------------- */

struct agent_target *agent_row(struct ohba_agent *agent, uint32_t index)
{
	struct agent_target *row = &agent->rows[index];

	if (row->agent)
		return row;
	row->agent = agent;
	row->index = index;
	ohba_timer_init(&row->timer, agent->fw->loop, timer_expired);
	return row;
}

bool ohba_agent_busy(struct ohba_fw *fw, uint32_t index)
{
	return fw->agent->rows[index].state != OHBA_TGT_OFF;
}

/* What a session that is there does not care about. */
static void put_aside(struct ohba_target *target)
{
	target->flags &= ~htole16(OHBA_TARGET_AUTO | OHBA_TARGET_BOOT);
	memset(target->alias, 0, sizeof(target->alias));
	memset(target->host, 0, sizeof(target->host));
	memset(&target->timers, 0, sizeof(target->timers));
	target->login_ms = 0;
	target->login_by = 0;
	target->dev_loss_s = 0;
}

static bool is_same(const struct ohba_target *a, const struct ohba_target *b)
{
	struct ohba_target x = *a, y = *b;

	put_aside(&x);
	put_aside(&y);
	return !memcmp(&x, &y, sizeof(x));
}

static void put_timers(struct agent_target *row, const struct ohba_session_timers *timers)
{
	if (row->login)
		row->login->timers = *timers;
	if (row->state == OHBA_TGT_UP && agent_conn(row)->phase == OHBA_CONN_FULL)
		ohba_nop_start(agent_conn(row), timers);
}

static void begin_anew(struct agent_target *row)
{
	switch (row->state) {
	case OHBA_TGT_UP:
		row->changed = true;
		agent_end(row, OHBA_ST_ABORTED);
		break;
	case OHBA_TGT_ENDING:
		row->changed = true;
		break;
	case OHBA_TGT_LEAVING:
	case OHBA_TGT_LOGOUT:
		break;
	default:
		row->flaps = 0;
		agent_restart(row);
	}
}

void ohba_agent_changed(struct ohba_fw *fw, uint32_t index, const struct ohba_target *old)
{
	const struct ohba_target *new = ohba_target_get(fw, index);
	bool is_another = !is_same(old, new);
	struct agent_target *row;

	if (!fw->agent || !fw->agent->on)
		return;
	row = agent_row(fw->agent, index);
	/* Wanted or not: where the old one moved is nothing to the new one. */
	if (is_another)
		agent_forget_place(row);
	if (!ohba_target_wanted(fw, index))
		return;
	if (is_another) {
		begin_anew(row);
		return;
	}
	if (memcmp(&old->timers, &new->timers, sizeof(new->timers)))
		put_timers(row, &new->timers);
	if (old->login_by != new->login_by)
		agent_helper_there(row);
}

static bool names(const struct ohba_target *target, uint32_t account)
{
	return le16toh(target->account) == account || le16toh(target->target_account) == account;
}

void ohba_agent_account(struct ohba_fw *fw, uint32_t index)
{
	struct ohba_list *node, *tmp;

	if (!fw->agent || !fw->agent->on)
		return;
	ohba_list_for_each(node, tmp, &fw->agent->active) {
		struct agent_target *row = ohba_container(node, struct agent_target, active);

		if (!names(ohba_target_get(fw, row->index), index))
			continue;
		if (row->state == OHBA_TGT_WAITING && is_hopeless(row))
			agent_restart(row);
		else if (row->login)
			row->login->outdated = true;
	}
}

/* An event of it may still wait. */
void ohba_agent_forget(struct ohba_fw *fw, uint32_t index)
{
	struct agent_target *row;

	if (!fw->agent || !fw->agent->rows[index].agent)
		return;
	row = &fw->agent->rows[index];
	row->reason = 0;
	row->login_class = row->login_detail = 0;
	row->ups = row->tries = 0;
	row->fails = row->flaps = 0;
	row->given_up = false;
	agent_forget_place(row);
	memset(row->words, 0, sizeof(row->words));
}

/* --- life ------------------------------------------------------------------- */

static struct ohba_agent *new_agent(struct ohba_fw *fw)
{
	struct ohba_agent *agent = calloc(1, sizeof(*agent));

	if (!agent)
		return NULL;
	agent->fw = fw;
	ohba_list_init(&agent->active);
	ohba_list_init(&agent->queue);
	ohba_list_init(&agent->later);
	ohba_timer_init(&agent->pump, fw->loop, agent_pump);
	return agent;
}

static int timers_of(const struct ohba_fw *fw)
{
	return fw->cfg.max_targets + 1;
}

bool ohba_agent_create(struct ohba_fw *fw)
{
	struct ohba_agent *agent;

	if (!fw->cfg.max_targets)
		return true;
	agent = new_agent(fw);
	if (!agent)
		return false;
	agent->rows = ohba_table_map(fw->cfg.max_targets, sizeof(*agent->rows));
	agent->logins = ohba_table_map(AGENT_LOGINS, sizeof(*agent->logins));
	if (!agent->rows || !agent->logins ||
	    ohba_loop_reserve_timers(fw->loop, timers_of(fw)))
		goto err_tables;
	agent_list_idle(agent);
	(void)iscsi_chap_load();	/* QEMU may lock its process in */
	fw->agent = agent;
	return true;

err_tables:
	ohba_table_unmap(agent->logins, AGENT_LOGINS, sizeof(*agent->logins));
	ohba_table_unmap(agent->rows, fw->cfg.max_targets, sizeof(*agent->rows));
	free(agent);
	return false;
}

/* Nobody asked for it who would be told: the event says so. */
static void start_one(struct ohba_fw *fw, uint32_t index)
{
	struct agent_target *row = agent_row(fw->agent, index);

	if (ohba_target_want(fw, index)) {
		agent_restart(row);
		return;
	}
	agent_set_reason(row, OHBA_ST_NEXUS_TAKEN,
			 "another entry has its target name, portal group and ISID");
	agent_blame(row, OHBA_ST_NEXUS_TAKEN);
	post(row, OHBA_TARGET_OFF);
}

/* Those of AUTO that have @boot, or have not. */
static void start_auto(struct ohba_fw *fw, bool boot)
{
	const struct ohba_target *target;
	uint16_t flags;
	uint32_t i;

	for (i = 0; i < fw->cfg.max_targets; i++) {
		target = ohba_target_get(fw, i);
		flags = target ? le16toh(target->flags) : 0;
		if (flags & OHBA_TARGET_AUTO && !(flags & OHBA_TARGET_BOOT) == !boot)
			start_one(fw, i);
	}
}

static void start_all_auto(struct ohba_fw *fw)
{
	start_auto(fw, true);
	start_auto(fw, false);
}

void ohba_agent_start(struct ohba_fw *fw)
{
	if (!fw->agent)
		return;
	fw->agent->on = true;
	/* One that was under way at the reset: it may leave all as it was. */
	fw->agent->start_waits = ohba_records_are_erasing(fw);
	if (!fw->agent->start_waits)
		start_all_auto(fw);
}

void ohba_agent_erase_ended(struct ohba_fw *fw)
{
	if (!fw->agent || !fw->agent->start_waits)
		return;
	fw->agent->start_waits = false;
	start_all_auto(fw);
}

static void cancel_timers(struct ohba_agent *agent)
{
	struct ohba_list *node, *tmp;

	ohba_timer_cancel(&agent->pump);
	ohba_list_for_each(node, tmp, &agent->active)
		ohba_timer_cancel(&ohba_container(node, struct agent_target, active)->timer);
	agent->on = false;
	agent->start_waits = false;
}

void ohba_agent_freeze(struct ohba_fw *fw)
{
	if (fw->agent)
		cancel_timers(fw->agent);
}

void ohba_agent_stop(struct ohba_fw *fw)
{
	struct ohba_agent *agent = fw->agent;

	if (!agent)
		return;
	cancel_timers(agent);
	ohba_list_init(&agent->active);
	ohba_list_init(&agent->queue);
	ohba_list_init(&agent->later);
	ohba_table_clear(agent->rows, fw->cfg.max_targets, sizeof(*agent->rows));
	ohba_table_clear(agent->logins, AGENT_LOGINS, sizeof(*agent->logins));
	agent_list_idle(agent);
	agent->offered = false;
}

void ohba_agent_destroy(struct ohba_fw *fw)
{
	struct ohba_agent *agent = fw->agent;

	if (!agent)
		return;
	(void)ohba_loop_reserve_timers(fw->loop, -timers_of(fw));
	ohba_table_unmap(agent->logins, AGENT_LOGINS, sizeof(*agent->logins));
	ohba_table_unmap(agent->rows, fw->cfg.max_targets, sizeof(*agent->rows));
	free(agent);
}

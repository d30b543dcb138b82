// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns to log in: how many logins are under way at a time, and whose is next (agent_priv.h). */
#include "agent_priv.h"

#define PUMP_TURN	AGENT_LOGINS		/* logins that begin in a turn */

void agent_list_idle(struct ohba_agent *agent)
{
	unsigned int i;

	ohba_list_init(&agent->idle);
	for (i = 0; i < AGENT_LOGINS; i++)
		ohba_list_append(&agent->idle, &agent->logins[i].link);
	agent->nidle = AGENT_LOGINS;
}

void agent_look_for_turns(struct ohba_agent *agent)
{
	if (agent->on && (!ohba_list_empty(&agent->queue) || !ohba_list_empty(&agent->later)))
		ohba_timer_arm(&agent->pump, 0);
}

void agent_end_login(struct agent_target *row)
{
	struct ohba_agent *agent = row->agent;

	ohba_list_del(&row->queue);
	if (row->login) {
		agent_login_wipe(row->login);
		ohba_list_append(&agent->idle, &row->login->link);
		agent->nidle++;
	}
	row->login = NULL;
	agent_look_for_turns(agent);
}

/* Those that may well be there, and the one that the machine cannot do without. */
static bool is_urgent(const struct agent_target *row)
{
	const struct ohba_target *target = ohba_target_get(row->agent->fw, row->index);

	return !row->failed || le16toh(target->flags) & OHBA_TARGET_BOOT;
}

void agent_enqueue(struct agent_target *row)
{
	struct ohba_agent *agent = row->agent;

	ohba_list_append(is_urgent(row) ? &agent->queue : &agent->later, &row->queue);
	agent_look_for_turns(agent);
}

static void connect_to(struct agent_target *row)
{
	enum ohba_status status = agent_login_connect(row);

	if (status)
		agent_failed(row, status);
	else
		agent_arm_at(row, row->login->deadline_ns);
}

static void begin(struct agent_target *row)
{
	struct ohba_agent *agent = row->agent;
	struct agent_login *login = ohba_container(ohba_list_first(&agent->idle),
						   struct agent_login, link);
	enum ohba_status status;

	ohba_list_del(&login->link);
	agent->nidle--;
	row->login = login;
	login->row = row;
	login->own = row->given_up;
	row->given_up = false;
	row->tries++;
	row->pending_reason = OHBA_ST_SUCCESS;
	if (!agent_change(row, OHBA_TGT_TURN))
		return;
	status = agent_login_make(row);
	if (status)
		agent_failed(row, status);
	else
		connect_to(row);
}

/* NULL: nobody waits, or there is no login for who does. */
static struct agent_target *next_in_turn(struct ohba_agent *agent)
{
	struct ohba_list *first = ohba_list_first(&agent->queue);
	unsigned int kept = first ? 0 : AGENT_KEPT;
	struct agent_target *row;

	if (!first)
		first = ohba_list_first(&agent->later);
	if (!first)
		return NULL;
	row = ohba_container(first, struct agent_target, queue);
	return row->login || agent->nidle > kept ? row : NULL;
}

/* False: nobody's turn. */
static bool give_turn(struct ohba_agent *agent)
{
	struct agent_target *row = next_in_turn(agent);

	if (!row)
		return false;
	ohba_list_del(&row->queue);
	if (row->login)		/* moved */
		connect_to(row);
	else
		begin(row);
	return true;
}

/* The only place that connects: nothing below it is under a callback of a connection's. */
void agent_pump(struct ohba_timer *timer)
{
	struct ohba_agent *agent = ohba_container(timer, struct ohba_agent, pump);
	int n = PUMP_TURN;

	while (n-- && give_turn(agent))
		;
	if (n < 0)
		agent_look_for_turns(agent);
}

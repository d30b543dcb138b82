// SPDX-License-Identifier: GPL-2.0-only
/* The states of a login and which follows which, drawn in docs/driver-states.md. */
#include "logins.h"

static const char * const ohba_login_states[OHBA_LOGIN_STATES] = {
	[OHBA_LOGIN_S_FREE] = "free",
	[OHBA_LOGIN_S_WANTED] = "wanted",
	[OHBA_LOGIN_S_TAKEN] = "taken",
	[OHBA_LOGIN_S_OPEN] = "open",
	[OHBA_LOGIN_S_OVER] = "over",
};

static const char * const ohba_login_events[OHBA_LOGIN_EVENTS] = {
	[OHBA_LOGIN_E_WANT] = "want",
	[OHBA_LOGIN_E_DROP] = "drop",
	[OHBA_LOGIN_E_TAKE] = "take",
	[OHBA_LOGIN_E_TASK] = "task",
	[OHBA_LOGIN_E_END] = "end",
	[OHBA_LOGIN_E_ABORT] = "abort",
	[OHBA_LOGIN_E_DONE] = "done",
};

static const u8 ohba_login_next[OHBA_LOGIN_STATES][OHBA_LOGIN_EVENTS] = {
	[OHBA_LOGIN_S_FREE] = { [OHBA_LOGIN_E_WANT] = OHBA_TO(OHBA_LOGIN_S_WANTED) },
	[OHBA_LOGIN_S_WANTED] = {
		[OHBA_LOGIN_E_DROP] = OHBA_TO(OHBA_LOGIN_S_FREE),
		[OHBA_LOGIN_E_TAKE] = OHBA_TO(OHBA_LOGIN_S_TAKEN),
	},
	[OHBA_LOGIN_S_TAKEN] = {
		[OHBA_LOGIN_E_TASK] = OHBA_TO(OHBA_LOGIN_S_OPEN),
		[OHBA_LOGIN_E_END] = OHBA_TO(OHBA_LOGIN_S_OVER),
		[OHBA_LOGIN_E_ABORT] = OHBA_TO(OHBA_LOGIN_S_OVER),
	},
	[OHBA_LOGIN_S_OPEN] = {
		[OHBA_LOGIN_E_END] = OHBA_TO(OHBA_LOGIN_S_OVER),
		[OHBA_LOGIN_E_ABORT] = OHBA_TO(OHBA_LOGIN_S_OVER),
	},
	[OHBA_LOGIN_S_OVER] = { [OHBA_LOGIN_E_DONE] = OHBA_TO(OHBA_LOGIN_S_FREE) },
};

const struct ohba_machine ohba_login_machine = {
	.object = "login",
	OHBA_MACHINE_LOG(SESSION),
	.nstates = OHBA_LOGIN_STATES,
	.nevents = OHBA_LOGIN_EVENTS,
	.states = ohba_login_states,
	.events = ohba_login_events,
	.next = ohba_login_next[0],
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* The states of a target's session and which follows which (target_states.h). */
#include "target_states.h"

#include "ohba_admin.h"
#include "ohba_target.h"

const struct ohba_tgt_state_row ohba_tgt_states[OHBA_TGT_STATES] = {
	[OHBA_TGT_OFF] = { "off", OHBA_TARGET_OFF },
	[OHBA_TGT_QUEUED] = { "queued", OHBA_TARGET_CONNECTING },
	[OHBA_TGT_CONNECTING] = { "connecting", OHBA_TARGET_CONNECTING },
	[OHBA_TGT_LOGIN] = { "login", OHBA_TARGET_LOGIN },
	[OHBA_TGT_HOSTED] = { "hosted", OHBA_TARGET_LOGIN },
	[OHBA_TGT_UP] = { "up", OHBA_TARGET_UP },
	[OHBA_TGT_ENDING] = { "ending", OHBA_TARGET_UP },
	[OHBA_TGT_LEAVING] = { "leaving", OHBA_TARGET_UP },
	[OHBA_TGT_LOGOUT] = { "logout", OHBA_TARGET_LOGOUT },
	[OHBA_TGT_WAITING] = { "waiting", OHBA_TARGET_WAITING },
};

const char *const ohba_tgt_events[OHBA_TGT_EVENTS] = {
	[OHBA_TGT_WANT] = "want", [OHBA_TGT_TURN] = "turn", [OHBA_TGT_CONNECTED] = "connected",
	[OHBA_TGT_HANDED] = "handed", [OHBA_TGT_BACK] = "back",
	[OHBA_TGT_MOVED] = "moved", [OHBA_TGT_AGREED] = "agreed", [OHBA_TGT_FAILED] = "failed",
	[OHBA_TGT_LOST] = "lost", [OHBA_TGT_END] = "end", [OHBA_TGT_LEAVE] = "leave",
	[OHBA_TGT_IDLE] = "idle", [OHBA_TGT_GONE] = "gone", [OHBA_TGT_AGAIN] = "again",
};

#define TO(state)	(OHBA_TGT_##state + 1)

static const unsigned char next[OHBA_TGT_STATES][OHBA_TGT_EVENTS] = {
	[OHBA_TGT_OFF] = { [OHBA_TGT_WANT] = TO(QUEUED) },
	[OHBA_TGT_QUEUED] = { [OHBA_TGT_TURN] = TO(CONNECTING), [OHBA_TGT_LEAVE] = TO(OFF) },
	[OHBA_TGT_CONNECTING] = {
		[OHBA_TGT_CONNECTED] = TO(LOGIN), [OHBA_TGT_HANDED] = TO(HOSTED),
		[OHBA_TGT_FAILED] = TO(WAITING), [OHBA_TGT_WANT] = TO(QUEUED),
		[OHBA_TGT_LEAVE] = TO(OFF),
	},
	[OHBA_TGT_LOGIN] = {
		[OHBA_TGT_AGREED] = TO(UP), [OHBA_TGT_MOVED] = TO(CONNECTING),
		[OHBA_TGT_FAILED] = TO(WAITING), [OHBA_TGT_WANT] = TO(QUEUED),
		[OHBA_TGT_LEAVE] = TO(OFF),
	},
	[OHBA_TGT_HOSTED] = {
		[OHBA_TGT_AGREED] = TO(UP), [OHBA_TGT_MOVED] = TO(CONNECTING),
		[OHBA_TGT_BACK] = TO(LOGIN), [OHBA_TGT_FAILED] = TO(WAITING),
		[OHBA_TGT_WANT] = TO(QUEUED), [OHBA_TGT_LEAVE] = TO(OFF),
	},
	[OHBA_TGT_UP] = {
		[OHBA_TGT_LOST] = TO(WAITING), [OHBA_TGT_END] = TO(ENDING),
		[OHBA_TGT_LEAVE] = TO(LEAVING),
	},
	[OHBA_TGT_ENDING] = {
		[OHBA_TGT_LOST] = TO(WAITING), [OHBA_TGT_LEAVE] = TO(LEAVING),
	},
	[OHBA_TGT_LEAVING] = { [OHBA_TGT_IDLE] = TO(LOGOUT) },
	[OHBA_TGT_LOGOUT] = { [OHBA_TGT_GONE] = TO(OFF), [OHBA_TGT_AGAIN] = TO(QUEUED) },
	[OHBA_TGT_WAITING] = { [OHBA_TGT_WANT] = TO(QUEUED), [OHBA_TGT_LEAVE] = TO(OFF) },
};

int ohba_tgt_next(enum ohba_tgt_state state, enum ohba_tgt_event event)
{
	return next[state][event] - 1;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The states of a discovery and which follows which (discover_states.h). */
#include "discover_states.h"

const char *const ohba_discover_states[OHBA_DISCOVER_STATES] = {
	[OHBA_DISCOVER_FREE] = "free", [OHBA_DISCOVER_CONNECTING] = "connecting",
	[OHBA_DISCOVER_LOGIN] = "login", [OHBA_DISCOVER_ASKING] = "asking",
	[OHBA_DISCOVER_LEAVING] = "leaving",
};

const char *const ohba_discover_events[OHBA_DISCOVER_EVENTS] = {
	[OHBA_DISCOVER_EV_BEGIN] = "begin", [OHBA_DISCOVER_EV_CONNECTED] = "connected",
	[OHBA_DISCOVER_EV_READY] = "ready", [OHBA_DISCOVER_EV_LISTED] = "listed",
	[OHBA_DISCOVER_EV_GONE] = "gone",
};

#define TO(state)	(OHBA_DISCOVER_##state + 1)
#define MAY_GO		[OHBA_DISCOVER_EV_GONE] = TO(FREE)

static const unsigned char next[OHBA_DISCOVER_STATES][OHBA_DISCOVER_EVENTS] = {
	[OHBA_DISCOVER_FREE] = { [OHBA_DISCOVER_EV_BEGIN] = TO(CONNECTING) },
	[OHBA_DISCOVER_CONNECTING] = {
		[OHBA_DISCOVER_EV_CONNECTED] = TO(LOGIN), [OHBA_DISCOVER_EV_READY] = TO(ASKING),
		MAY_GO,
	},
	[OHBA_DISCOVER_LOGIN] = { [OHBA_DISCOVER_EV_READY] = TO(ASKING), MAY_GO },
	[OHBA_DISCOVER_ASKING] = { [OHBA_DISCOVER_EV_LISTED] = TO(LEAVING), MAY_GO },
	[OHBA_DISCOVER_LEAVING] = { MAY_GO },
};

int ohba_discover_next(enum ohba_discover_state state, enum ohba_discover_event event)
{
	return next[state][event] - 1;
}

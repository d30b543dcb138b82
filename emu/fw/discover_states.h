/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a discovery stands, and what follows from what; drawn in docs/discovery-states.md. */
#ifndef OHBA_DISCOVER_STATES_H
#define OHBA_DISCOVER_STATES_H

enum ohba_discover_state {
	OHBA_DISCOVER_FREE,
	OHBA_DISCOVER_CONNECTING,
	OHBA_DISCOVER_LOGIN,
	OHBA_DISCOVER_ASKING,
	OHBA_DISCOVER_LEAVING,
	OHBA_DISCOVER_STATES,
};

enum ohba_discover_event {
	OHBA_DISCOVER_EV_BEGIN,		/* DISCOVER */
	OHBA_DISCOVER_EV_CONNECTED,	/* to a portal that is to be logged in to */
	OHBA_DISCOVER_EV_READY,		/* who is asked may be asked */
	OHBA_DISCOVER_EV_LISTED,	/* that is over: all is listed, or is refused */
	OHBA_DISCOVER_EV_GONE,		/* nothing is under way any more */
	OHBA_DISCOVER_EVENTS,
};

extern const char *const ohba_discover_states[OHBA_DISCOVER_STATES];
extern const char *const ohba_discover_events[OHBA_DISCOVER_EVENTS];

/* -1: the event cannot happen there. */
int ohba_discover_next(enum ohba_discover_state state, enum ohba_discover_event event);

#endif /* OHBA_DISCOVER_STATES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How it stands with a target's session, what may happen to it, and what follows; drawn in
 * docs/target-states.md. A state is a phase of ohba_target.h or a part of one.
 */
#ifndef OHBA_TARGET_STATES_H
#define OHBA_TARGET_STATES_H

enum ohba_tgt_state {
	OHBA_TGT_OFF,
	OHBA_TGT_QUEUED,		/* CONNECTING: waits for its turn to log in */
	OHBA_TGT_CONNECTING,
	OHBA_TGT_LOGIN,
	OHBA_TGT_HOSTED,		/* LOGIN: the host makes it */
	OHBA_TGT_UP,
	OHBA_TGT_ENDING,		/* UP: is logged out, to begin anew */
	OHBA_TGT_LEAVING,		/* UP: TARGET_LOGOUT; commands are being ended */
	OHBA_TGT_LOGOUT,
	OHBA_TGT_WAITING,
	OHBA_TGT_STATES,
};

enum ohba_tgt_event {
	OHBA_TGT_WANT,			/* there is to be a session now */
	OHBA_TGT_TURN,			/* one of the logins under way is its own */
	OHBA_TGT_CONNECTED,
	OHBA_TGT_HANDED,		/* the same, and the host is to log in */
	OHBA_TGT_BACK,			/* it does not */
	OHBA_TGT_MOVED,			/* the target is elsewhere */
	OHBA_TGT_AGREED,
	OHBA_TGT_FAILED,		/* connection or login came to nothing */
	OHBA_TGT_LOST,
	OHBA_TGT_END,			/* the entry changed, or the target asks for a logout */
	OHBA_TGT_LEAVE,			/* TARGET_LOGOUT */
	OHBA_TGT_IDLE,			/* all its commands have completed */
	OHBA_TGT_GONE,			/* the session that was left is gone, */
	OHBA_TGT_AGAIN,			/* and another is wanted */
	OHBA_TGT_EVENTS,
};

/* Of a state: its name, and its enum ohba_target_phase. */
struct ohba_tgt_state_row {
	const char *name;
	unsigned char phase;
};

extern const struct ohba_tgt_state_row ohba_tgt_states[OHBA_TGT_STATES];
extern const char *const ohba_tgt_events[OHBA_TGT_EVENTS];

/* -1: the event cannot happen there. */
int ohba_tgt_next(enum ohba_tgt_state state, enum ohba_tgt_event event);

#endif /* OHBA_TARGET_STATES_H */

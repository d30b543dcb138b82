/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State machines by table. docs/driver-states.md draws each, and a test compares both
 * (tests/driver/test_driver_states.c).
 */
#ifndef OHBA_STATES_H
#define OHBA_STATES_H

#include "ohba.h"

struct ohba_machine {
	const char *object;		/* whose state it is, for the tracepoint and the log */
	enum ohba_log_category log;
	const char *log_name;
	u8 nstates, nevents;
	const char * const *states;
	const char * const *events;
	const u8 *next;			/* by state, by event: OHBA_TO(), 0: it cannot happen */
};

#define OHBA_TO(state)	((state) + 1)
#define OHBA_MACHINE_LOG(id)	.log = OHBA_LOG_##id, .log_name = #id

int ohba_next_state(const struct ohba_machine *machine, u8 state, u8 event);
bool ohba_step(const struct ohba_machine *machine, struct ohba_adapter *adapter, u32 id,
	       u8 *state, u8 event);

#endif /* OHBA_STATES_H */

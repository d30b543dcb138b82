// SPDX-License-Identifier: GPL-2.0-only
/* The states of an adapter's life, drawn in docs/driver-states.md. */
#include "priv.h"

static const char * const ohba_life_states[OHBA_LIFE_STATES] = {
	[OHBA_LIFE_STARTING] = "starting",
	[OHBA_LIFE_UP] = "up",
	[OHBA_LIFE_DOWN] = "down",
	[OHBA_LIFE_ENDED] = "ended",
};

static const char * const ohba_life_events[OHBA_LIFE_EVENTS] = {
	[OHBA_LIFE_EV_READY] = "ready",
	[OHBA_LIFE_EV_FAIL] = "fail",
	[OHBA_LIFE_EV_HOLD] = "hold",
	[OHBA_LIFE_EV_END] = "end",
	[OHBA_LIFE_EV_RESTART] = "restart",
	[OHBA_LIFE_EV_RELEASE] = "release",
};

static const u8 ohba_life_next[OHBA_LIFE_STATES][OHBA_LIFE_EVENTS] = {
	[OHBA_LIFE_STARTING] = {
		[OHBA_LIFE_EV_READY] = OHBA_TO(OHBA_LIFE_UP),
		[OHBA_LIFE_EV_FAIL] = OHBA_TO(OHBA_LIFE_DOWN),
		[OHBA_LIFE_EV_HOLD] = OHBA_TO(OHBA_LIFE_DOWN),
		[OHBA_LIFE_EV_END] = OHBA_TO(OHBA_LIFE_ENDED),
	},
	[OHBA_LIFE_UP] = {
		[OHBA_LIFE_EV_FAIL] = OHBA_TO(OHBA_LIFE_DOWN),
		[OHBA_LIFE_EV_HOLD] = OHBA_TO(OHBA_LIFE_DOWN),
		[OHBA_LIFE_EV_END] = OHBA_TO(OHBA_LIFE_ENDED),
	},
	[OHBA_LIFE_DOWN] = {
		[OHBA_LIFE_EV_RESTART] = OHBA_TO(OHBA_LIFE_STARTING),
		[OHBA_LIFE_EV_END] = OHBA_TO(OHBA_LIFE_ENDED),
	},
	[OHBA_LIFE_ENDED] = { [OHBA_LIFE_EV_RELEASE] = OHBA_TO(OHBA_LIFE_DOWN) },
};

const struct ohba_machine ohba_life_machine = {
	.object = "adapter",
	OHBA_MACHINE_LOG(INIT),
	.nstates = OHBA_LIFE_STATES,
	.nevents = OHBA_LIFE_EVENTS,
	.states = ohba_life_states,
	.events = ohba_life_events,
	.next = ohba_life_next[0],
};

/* The only place that changes the state. Return: whether @event could happen in it. */
bool ohba_life_move(struct ohba_hw *hw, enum ohba_life_event event)
{
	lockdep_assert_held(&hw->life_lock);
	return ohba_step(&ohba_life_machine, &hw->pub, 0, &hw->state, event);
}

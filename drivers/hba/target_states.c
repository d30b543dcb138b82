// SPDX-License-Identifier: GPL-2.0-only
/* The states of a target and which follows which, drawn in docs/driver-states.md. */
#include "target.h"

static const char * const hba_target_states[HBA_TARGET_STATES] = {
	[HBA_TARGET_NONE] = "none",
	[HBA_TARGET_UP] = "up",
	[HBA_TARGET_LOST] = "lost",
	[HBA_TARGET_STRIPPING] = "stripping",
	[HBA_TARGET_BARE] = "bare",
	[HBA_TARGET_ENDING] = "ending",
};

static const char * const hba_target_events[HBA_TARGET_EVENTS] = {
	[HBA_TARGET_EV_UP] = "up",
	[HBA_TARGET_EV_LOST] = "lost",
	[HBA_TARGET_EV_DEV_LOSS] = "dev-loss",
	[HBA_TARGET_EV_OFF] = "off",
	[HBA_TARGET_EV_LOGOUT] = "logout",
	[HBA_TARGET_EV_ANOTHER] = "another",
	[HBA_TARGET_EV_REMOVAL] = "removal",
	[HBA_TARGET_EV_NO_MEMORY] = "no-memory",
	[HBA_TARGET_EV_GONE] = "gone",
};

static const u8 hba_target_next[HBA_TARGET_STATES][HBA_TARGET_EVENTS] = {
	[HBA_TARGET_NONE] = {
		[HBA_TARGET_EV_UP] = OHBA_TO(HBA_TARGET_UP),
		[HBA_TARGET_EV_NO_MEMORY] = OHBA_TO(HBA_TARGET_ENDING),
	},
	/* What ends by itself, or is of another target, was lost before. */
	[HBA_TARGET_UP] = {
		[HBA_TARGET_EV_LOST] = OHBA_TO(HBA_TARGET_LOST),
		[HBA_TARGET_EV_LOGOUT] = OHBA_TO(HBA_TARGET_ENDING),
		[HBA_TARGET_EV_REMOVAL] = OHBA_TO(HBA_TARGET_ENDING),
	},
	[HBA_TARGET_LOST] = {
		[HBA_TARGET_EV_UP] = OHBA_TO(HBA_TARGET_UP),
		[HBA_TARGET_EV_DEV_LOSS] = OHBA_TO(HBA_TARGET_STRIPPING),
		[HBA_TARGET_EV_OFF] = OHBA_TO(HBA_TARGET_ENDING),
		[HBA_TARGET_EV_LOGOUT] = OHBA_TO(HBA_TARGET_ENDING),
		[HBA_TARGET_EV_ANOTHER] = OHBA_TO(HBA_TARGET_ENDING),
		[HBA_TARGET_EV_REMOVAL] = OHBA_TO(HBA_TARGET_ENDING),
	},
	[HBA_TARGET_STRIPPING] = { [HBA_TARGET_EV_GONE] = OHBA_TO(HBA_TARGET_BARE) },
	[HBA_TARGET_BARE] = {
		[HBA_TARGET_EV_UP] = OHBA_TO(HBA_TARGET_UP),
		[HBA_TARGET_EV_OFF] = OHBA_TO(HBA_TARGET_ENDING),
		[HBA_TARGET_EV_LOGOUT] = OHBA_TO(HBA_TARGET_ENDING),
		[HBA_TARGET_EV_ANOTHER] = OHBA_TO(HBA_TARGET_ENDING),
		[HBA_TARGET_EV_REMOVAL] = OHBA_TO(HBA_TARGET_ENDING),
	},
	/* A loss meanwhile changes nothing: it is not told of. */
	[HBA_TARGET_ENDING] = { [HBA_TARGET_EV_GONE] = OHBA_TO(HBA_TARGET_NONE) },
};

const struct ohba_machine hba_target_machine = {
	.object = "target",
	OHBA_MACHINE_LOG(SESSION),
	.nstates = HBA_TARGET_STATES,
	.nevents = HBA_TARGET_EVENTS,
	.states = hba_target_states,
	.events = hba_target_events,
	.next = hba_target_next[0],
};

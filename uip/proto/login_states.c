// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The states of a login and which follows which (login_priv.h), drawn in
 * docs/login-states.md.
 */
#include <stddef.h>

#include "login_priv.h"

enum {
	AUTH, CHALLENGE, PROOF, SECURITY_END, OPERATIONAL, OPERATIONAL_END, FULL, MOVED, FAILED,
};

#define SECURITY_STAGE	.csg = ISCSI_STAGE_SECURITY, .nsg = ISCSI_STAGE_OPERATIONAL
#define OPERATIONAL_STAGE .csg = ISCSI_STAGE_OPERATIONAL, .nsg = ISCSI_STAGE_FULL

const struct iscsi_login_state iscsi_login_states[] = {
	[AUTH] = {
		"auth", SECURITY_STAGE, ISCSI_WHEN_AUTH, iscsi_ask_auth, iscsi_hear_auth,
		"did not choose an AuthMethod in time",
	},
	[CHALLENGE] = {
		"challenge", SECURITY_STAGE, ISCSI_WHEN_CHALLENGE, iscsi_ask_challenge,
		iscsi_hear_challenge, "did not send a CHAP challenge in time",
	},
	[PROOF] = {
		"proof", SECURITY_STAGE, ISCSI_WHEN_PROOF, iscsi_ask_proof, iscsi_hear_proof,
		"did not answer the CHAP response in time",
	},
	[SECURITY_END] = {
		"security-end", SECURITY_STAGE, 0, iscsi_ask_transit, iscsi_hear_transit,
		"did not end security negotiation in time",
	},
	[OPERATIONAL] = {
		"operational", OPERATIONAL_STAGE, ISCSI_WHEN_OPERATIONAL, iscsi_ask_operational,
		iscsi_hear_operational, "did not answer the operational keys in time",
	},
	[OPERATIONAL_END] = {
		"operational-end", OPERATIONAL_STAGE, ISCSI_WHEN_OPERATIONAL, iscsi_ask_transit,
		iscsi_hear_operational, "did not end operational negotiation in time",
	},
	[FULL] = { .name = "full-feature" },
	[MOVED] = { .name = "moved" },
	[FAILED] = { .name = "failed" },
};

const unsigned int iscsi_login_states_count =
	sizeof(iscsi_login_states) / sizeof(iscsi_login_states[0]);

const char *const iscsi_login_events[ISCSI_EVENTS] = {
	[ISCSI_EV_AGAIN] = "again", [ISCSI_EV_TRANSIT] = "transit", [ISCSI_EV_CHAP] = "chap",
	[ISCSI_EV_CHALLENGE] = "challenge", [ISCSI_EV_MOVED] = "moved",
	[ISCSI_EV_FAILED] = "failed",
};

#define MAY_END	[ISCSI_EV_MOVED] = MOVED, [ISCSI_EV_FAILED] = FAILED

/* AUTH, which is 0, follows nothing. */
static const uint8_t next[][ISCSI_EVENTS] = {
	[AUTH] = { [ISCSI_EV_CHAP] = CHALLENGE, [ISCSI_EV_AGAIN] = SECURITY_END,
		   [ISCSI_EV_TRANSIT] = OPERATIONAL, MAY_END },
	[CHALLENGE] = { [ISCSI_EV_CHALLENGE] = PROOF, MAY_END },
	[PROOF] = { [ISCSI_EV_AGAIN] = SECURITY_END, [ISCSI_EV_TRANSIT] = OPERATIONAL, MAY_END },
	[SECURITY_END] = { [ISCSI_EV_AGAIN] = SECURITY_END, [ISCSI_EV_TRANSIT] = OPERATIONAL,
			   MAY_END },
	[OPERATIONAL] = { [ISCSI_EV_AGAIN] = OPERATIONAL_END, [ISCSI_EV_TRANSIT] = FULL, MAY_END },
	[OPERATIONAL_END] = { [ISCSI_EV_AGAIN] = OPERATIONAL_END, [ISCSI_EV_TRANSIT] = FULL,
			      MAY_END },
	[FULL] = { 0 }, [MOVED] = { 0 }, [FAILED] = { 0 },
};

const struct iscsi_login_state *iscsi_login_next(const struct iscsi_login_state *state,
						 enum iscsi_login_event event)
{
	uint8_t to = next[state - iscsi_login_states][event];

	return to ? &iscsi_login_states[to] : NULL;
}

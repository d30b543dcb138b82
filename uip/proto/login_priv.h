/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to uip/proto: how a login works inside.
 *
 *   login.c              PDUs: what is checked before anybody reads text; time; results
 *   login_states.c       the states, and which follows which
 *   login_security.c     what the states of the security stage say and hear
 *   login_operational.c  the same of the operational stage
 *   login_keys.c         one key of the target's: asked for, declared, a wish of its own
 *   login_config.c       what a configuration must be
 */
#ifndef ISCSI_LOGIN_PRIV_H
#define ISCSI_LOGIN_PRIV_H

#include "keys.h"
#include "login.h"

enum iscsi_login_event {
	ISCSI_EV_AGAIN,			/* all is said, and the target stays in its stage */
	ISCSI_EV_TRANSIT,		/* the target goes on to the next stage */
	ISCSI_EV_CHAP,			/* AuthMethod=CHAP */
	ISCSI_EV_CHALLENGE,		/* there is one, and our proof */
	ISCSI_EV_MOVED,
	ISCSI_EV_FAILED,
	ISCSI_EVENTS,
};

struct iscsi_login_state {
	const char *name;
	uint8_t csg, nsg;		/* enum iscsi_stage */
	uint8_t when;			/* ISCSI_WHEN_*: keys that have their place here */
	/* Put what is to be said, and whether it asks for the next stage; NULL: it is over. */
	void (*ask)(struct iscsi_login *login);
	/* The target's answer is whole, and there is no failure yet. */
	enum iscsi_login_event (*hear)(struct iscsi_login *login, bool transit);
	const char *late;		/* why, if a deadline passes here */
};

extern const struct iscsi_login_state iscsi_login_states[];
extern const unsigned int iscsi_login_states_count;
extern const char *const iscsi_login_events[ISCSI_EVENTS];
#define ISCSI_LOGIN_FIRST	(&iscsi_login_states[0])

/* NULL: the event cannot happen there. */
const struct iscsi_login_state *iscsi_login_next(const struct iscsi_login_state *state,
						 enum iscsi_login_event event);

/* Return: ISCSI_EV_FAILED. The first failure is the one that counts. */
enum iscsi_login_event iscsi_login_fail(struct iscsi_login *login,
					enum iscsi_login_outcome outcome, const char *why);

/* A pair of the target's (iscsi_text_fn). */
const char *iscsi_login_take(void *ctx, const char *name, const char *value);
void iscsi_login_offer(struct iscsi_login *login, const struct iscsi_key *key);
/* Offer all whose place is @when (ISCSI_WHEN_*) and that belong to this session. */
void iscsi_login_offer_all(struct iscsi_login *login, uint8_t when);
/* Has the target said it? */
bool iscsi_login_heard(const struct iscsi_login *login, const char *name);
/* The first that the target should have answered and has not, or NULL. */
const struct iscsi_key *iscsi_login_unanswered(const struct iscsi_login *login);

static inline bool iscsi_login_is_discovery(const struct iscsi_login *login)
{
	return !login->config->target_name;
}

static inline bool iscsi_login_is_mutual(const struct iscsi_login *login)
{
	return login->config->chap_target.secret;
}

/* States' ask() and hear(). */
void iscsi_ask_auth(struct iscsi_login *login);
enum iscsi_login_event iscsi_hear_auth(struct iscsi_login *login, bool transit);
void iscsi_ask_challenge(struct iscsi_login *login);
enum iscsi_login_event iscsi_hear_challenge(struct iscsi_login *login, bool transit);
void iscsi_ask_proof(struct iscsi_login *login);
enum iscsi_login_event iscsi_hear_proof(struct iscsi_login *login, bool transit);
void iscsi_ask_operational(struct iscsi_login *login);
enum iscsi_login_event iscsi_hear_operational(struct iscsi_login *login, bool transit);
/* All has been said: the next stage alone is asked for. */
void iscsi_ask_transit(struct iscsi_login *login);
enum iscsi_login_event iscsi_hear_transit(struct iscsi_login *login, bool transit);

/* Return: NULL, or why not (static). */
const char *iscsi_login_config_wrong(const struct iscsi_login_config *config,
				     const char **key);

#endif /* ISCSI_LOGIN_PRIV_H */

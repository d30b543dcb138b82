// SPDX-License-Identifier: GPL-2.0-or-later
/* The operational stage of a login (login_priv.h), and what must hold at its end. */
#include <string.h>

#include "login_priv.h"

void iscsi_ask_operational(struct iscsi_login *login)
{
	iscsi_login_offer_all(login, ISCSI_WHEN_OPERATIONAL);
	login->transit = true;
}

/* --- what must hold -------------------------------------------------------- */

static bool all_answered(const struct iscsi_login *login)
{
	return !iscsi_login_unanswered(login);
}

/* Without unsolicited data the first burst has no length (13.14). */
static bool bursts_fit(const struct iscsi_login *login)
{
	const struct iscsi_params *params = &login->said.params;

	return (params->initial_r2t && !params->immediate_data) ||
	       params->first_burst_len <= params->max_burst_len;
}

static bool has_tsih(const struct iscsi_login *login)
{
	return login->tsih;
}

static bool has_tpgt(const struct iscsi_login *login)
{
	return iscsi_login_is_discovery(login) || iscsi_login_heard(login, "TargetPortalGroupTag");
}

static bool tpgt_is_wanted(const struct iscsi_login *login)
{
	return login->config->tpgt == ISCSI_TPGT_NONE ||
	       !iscsi_login_heard(login, "TargetPortalGroupTag") ||
	       (uint32_t)login->config->tpgt == login->said.tpgt;
}

static const struct {
	bool (*holds)(const struct iscsi_login *login);
	const char *key;
	const char *otherwise;
} rules[] = {
	{ all_answered, NULL, "left unanswered what was offered" },
	{ bursts_fit, "FirstBurstLength", "wants a first burst that is longer than any burst" },
	{ has_tsih, NULL, "accepted a session and gave it no TSIH" },
	{ has_tpgt, "TargetPortalGroupTag", "did not say its portal group" },
	{ tpgt_is_wanted, "TargetPortalGroupTag", "is of another portal group than it should" },
};

/* --- the end ---------------------------------------------------------------- */

/* An answer that was optional is what we wished. */
static void settle_unanswered(struct iscsi_login *login)
{
	const struct iscsi_key *key;

	for (key = iscsi_keys; key < iscsi_keys + iscsi_keys_count; key++)
		if (login->offered & ~login->heard & iscsi_key_bit(key))
			*iscsi_key_said(key, &login->said) =
				iscsi_key_wish(key, &login->config->want);
}

static void finish(struct iscsi_login *login)
{
	struct iscsi_login_result *result = &login->result;

	result->params = login->said.params;
	result->params.max_recv_dsl = login->config->want.max_recv_dsl;
	result->tsih = login->tsih;
	result->tpgt = ISCSI_TPGT_NONE;
	if (iscsi_login_heard(login, "TargetPortalGroupTag"))
		result->tpgt = login->said.tpgt;
	memcpy(result->target_alias, login->said.alias, sizeof(result->target_alias));
	result->words = iscsi_login_status(ISCSI_LOGIN_SUCCESS, 0)->words;
}

static enum iscsi_login_event full(struct iscsi_login *login)
{
	unsigned int i;

	settle_unanswered(login);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].holds(login))
			continue;
		login->key = rules[i].key ? iscsi_key_find(rules[i].key) :
					    iscsi_login_unanswered(login);
		return iscsi_login_fail(login, ISCSI_LOGIN_VIOLATION, rules[i].otherwise);
	}
	finish(login);
	return ISCSI_EV_TRANSIT;
}

enum iscsi_login_event iscsi_hear_operational(struct iscsi_login *login, bool transit)
{
	return transit ? full(login) : ISCSI_EV_AGAIN;
}

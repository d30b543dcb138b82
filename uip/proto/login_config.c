// SPDX-License-Identifier: GPL-2.0-or-later
/* What a login's configuration must be (login.h), before anything is sent. */
#include <string.h>

#include "chap.h"
#include "login_priv.h"

static bool wants_chap(const struct iscsi_login_config *config)
{
	return iscsi_list_has(config->want.auth_method, ISCSI_AUTH_CHAP);
}

static bool short_enough(const char *text, size_t max)
{
	return !text || strlen(text) <= max;
}

static bool long_enough(const struct iscsi_chap_account *account)
{
	return !account->secret || account->len >= ISCSI_CHAP_SECRET_MIN;
}

/* --- rules ------------------------------------------------------------------ */

static bool initiator_is_named(const struct iscsi_login_config *config)
{
	return config->initiator_name && iscsi_name_valid(config->initiator_name);
}

static bool target_is_named(const struct iscsi_login_config *config)
{
	return !config->target_name || iscsi_name_valid(config->target_name);
}

static bool alias_fits(const struct iscsi_login_config *config)
{
	return short_enough(config->initiator_alias, ISCSI_VALUE_MAX);
}

static bool text_max_is_legal(const struct iscsi_login_config *config)
{
	return config->text_max <= ISCSI_DEFAULT_MRDSL;
}

static bool bursts_fit(const struct iscsi_login_config *config)
{
	return config->want.first_burst_len <= config->want.max_burst_len;
}

static bool discovery_has_erl0(const struct iscsi_login_config *config)
{
	return config->target_name || !config->want.error_recovery_level;
}

static bool chap_has_account(const struct iscsi_login_config *config)
{
	return !wants_chap(config) || (config->chap.secret && config->chap.name &&
				       *config->chap.name);
}

static bool account_name_fits(const struct iscsi_login_config *config)
{
	return short_enough(config->chap.name, ISCSI_CHAP_NAME_MAX);
}

static bool secrets_are_long(const struct iscsi_login_config *config)
{
	return long_enough(&config->chap) && long_enough(&config->chap_target);
}

static bool secrets_fit(const struct iscsi_login_config *config)
{
	return config->chap.len <= ISCSI_CHAP_SECRET_MAX &&
	       config->chap_target.len <= ISCSI_CHAP_SECRET_MAX;
}

/* With one secret a target could have our answer to its challenge from ourselves. */
static bool secrets_differ(const struct iscsi_login_config *config)
{
	return !config->chap.secret || !config->chap_target.secret ||
	       config->chap.len != config->chap_target.len ||
	       !iscsi_chap_equal(config->chap.secret, config->chap_target.secret,
				 config->chap.len);
}

static bool names_differ(const struct iscsi_login_config *config)
{
	return !config->chap.name || !config->chap_target.name ||
	       strcmp(config->chap.name, config->chap_target.name);
}

/* A target could choose None, and prove nothing. */
static bool mutual_means_chap(const struct iscsi_login_config *config)
{
	return !config->chap_target.secret || config->want.auth_method == ISCSI_AUTH_CHAP;
}

static bool algorithms_are_there(const struct iscsi_login_config *config)
{
	uint32_t list = wants_chap(config) ? config->want.chap_algorithm : 0;

	for (; list; list >>= 4)
		if (!iscsi_chap_available(list & 15))
			return false;
	return true;
}

static const struct {
	bool (*holds)(const struct iscsi_login_config *config);
	const char *otherwise;
} rules[] = {
	{ initiator_is_named, "has no iSCSI name for the initiator" },
	{ target_is_named, "has a target name that is no iSCSI name" },
	{ alias_fits, "has an alias of more than 255 bytes" },
	{ text_max_is_legal, "has PDUs of more text than a target need take" },
	{ bursts_fit, "has a first burst that is longer than any burst" },
	{ discovery_has_erl0, "wants error recovery in a discovery session" },
	{ chap_has_account, "wants CHAP and has no name or no secret for it" },
	{ account_name_fits, "has a CHAP name of more than 255 bytes" },
	{ secrets_are_long, "has a CHAP secret of less than 12 bytes" },
	{ secrets_fit, "has a CHAP secret of more than 255 bytes" },
	{ secrets_differ, "has one CHAP secret for both directions" },
	{ names_differ, "has one CHAP name for both directions" },
	{ mutual_means_chap, "wants the target to prove itself and offers to do without CHAP" },
	{ algorithms_are_there, "has a CHAP algorithm that libcrypto cannot do" },
};

/* --- wishes ----------------------------------------------------------------- */

static bool has_wish(const struct iscsi_login_config *config, const struct iscsi_key *key)
{
	if (key->when == ISCSI_WHEN_CHALLENGE)
		return wants_chap(config) && iscsi_key_is_negotiated(key);
	return iscsi_key_is_negotiated(key) || key->when == ISCSI_WHEN_OPERATIONAL;
}

const char *iscsi_login_config_wrong(const struct iscsi_login_config *config,
				     const char **name)
{
	const struct iscsi_key *key;
	unsigned int i;

	for (key = iscsi_keys; key < iscsi_keys + iscsi_keys_count; key++) {
		if (!has_wish(config, key) || iscsi_key_wish_valid(key, &config->want))
			continue;
		*name = key->name;
		return "wishes what the key cannot have";
	}
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!rules[i].holds(config))
			return rules[i].otherwise;
	return NULL;
}

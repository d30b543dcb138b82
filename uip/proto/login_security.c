// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The security stage of a login (login_priv.h): who we are, AuthMethod, CHAP (RFC 7143
 * section 12.1.3). The initiator answers the target's challenge, and may then have the
 * target answer its own.
 */
#include <string.h>

#include "chap.h"
#include "login_priv.h"

static enum iscsi_login_event unproven(struct iscsi_login *login, const char *why)
{
	return iscsi_login_fail(login, ISCSI_LOGIN_UNPROVEN, why);
}

static enum iscsi_login_event violation(struct iscsi_login *login, const char *why)
{
	return iscsi_login_fail(login, ISCSI_LOGIN_VIOLATION, why);
}

static enum iscsi_login_event unanswered(struct iscsi_login *login)
{
	login->key = iscsi_login_unanswered(login);
	return violation(login, "left unanswered what was offered");
}

static enum iscsi_login_event ends(bool transit)
{
	return transit ? ISCSI_EV_TRANSIT : ISCSI_EV_AGAIN;
}

/* --- auth ------------------------------------------------------------------- */

/* Names come with the first request: the target's choice depends on them (6.3). */
static void put_names(struct iscsi_login *login)
{
	const struct iscsi_login_config *config = login->config;

	iscsi_text_put(&login->out, "InitiatorName", config->initiator_name);
	if (config->initiator_alias)
		iscsi_text_put(&login->out, "InitiatorAlias", config->initiator_alias);
	if (config->target_name)
		iscsi_text_put(&login->out, "TargetName", config->target_name);
	iscsi_text_put(&login->out, "SessionType", config->target_name ? "Normal" : "Discovery");
}

void iscsi_ask_auth(struct iscsi_login *login)
{
	put_names(login);
	iscsi_login_offer_all(login, ISCSI_WHEN_AUTH);
	login->transit = login->config->want.auth_method == ISCSI_AUTH_NONE;
}

enum iscsi_login_event iscsi_hear_auth(struct iscsi_login *login, bool transit)
{
	if (iscsi_login_unanswered(login))
		return unanswered(login);
	return login->said.params.auth_method == ISCSI_AUTH_CHAP ? ISCSI_EV_CHAP : ends(transit);
}

/* --- challenge --------------------------------------------------------------- */

void iscsi_ask_challenge(struct iscsi_login *login)
{
	iscsi_login_offer(login, iscsi_key_find("CHAP_A"));
	login->transit = false;
}

/* What we challenge the target with: as many bytes as the digest has. */
static struct iscsi_chap our_challenge(const struct iscsi_login *login)
{
	const struct iscsi_login_config *config = login->config;

	return (struct iscsi_chap){
		.algorithm = login->said.params.chap_algorithm,
		.id = config->random[0],
		.secret = config->chap_target.secret,
		.secret_len = config->chap_target.len,
		.challenge = config->random + 1,
		.challenge_len = iscsi_chap_digest_len(login->said.params.chap_algorithm),
	};
}

static struct iscsi_chap their_challenge(const struct iscsi_login *login)
{
	return (struct iscsi_chap){
		.algorithm = login->said.params.chap_algorithm,
		.id = login->said.chap_id,
		.secret = login->config->chap.secret,
		.secret_len = login->config->chap.len,
		.challenge = login->said.chap_challenge.data,
		.challenge_len = login->said.chap_challenge.len,
	};
}

/* RFC 7143 9.2.1: who sends our challenge back wants to have our answer to it. */
static bool is_reflected(const struct iscsi_login *login)
{
	const struct iscsi_binary *theirs = &login->said.chap_challenge;
	struct iscsi_chap ours = our_challenge(login);

	return iscsi_login_is_mutual(login) && theirs->len == ours.challenge_len &&
	       !memcmp(theirs->data, ours.challenge, theirs->len);
}

enum iscsi_login_event iscsi_hear_challenge(struct iscsi_login *login, bool transit)
{
	struct iscsi_chap chap;

	(void)transit;
	if (iscsi_login_unanswered(login))
		return unanswered(login);
	if (!iscsi_login_heard(login, "CHAP_I") || !iscsi_login_heard(login, "CHAP_C"))
		return violation(login, "chose CHAP and sent no challenge");
	if (is_reflected(login))
		return unproven(login, "sent our own CHAP challenge back");
	chap = their_challenge(login);
	login->proof_len = iscsi_chap_digest_len(chap.algorithm);
	if (!iscsi_chap_respond(&chap, login->proof))
		return iscsi_login_fail(login, ISCSI_LOGIN_INTERNAL, "cannot make a CHAP digest");
	return ISCSI_EV_CHALLENGE;
}

/* --- proof ------------------------------------------------------------------ */

void iscsi_ask_proof(struct iscsi_login *login)
{
	struct iscsi_chap ours = our_challenge(login);

	iscsi_text_put(&login->out, "CHAP_N", login->config->chap.name);
	iscsi_text_put_binary(&login->out, "CHAP_R", login->proof, login->proof_len);
	if (iscsi_login_is_mutual(login)) {
		iscsi_text_put_number(&login->out, "CHAP_I", ours.id);
		iscsi_text_put_binary(&login->out, "CHAP_C", ours.challenge, ours.challenge_len);
	}
	login->transit = true;
}

/* Return: NULL, or why not (static). */
static const char *name_wrong(const struct iscsi_login *login)
{
	const struct iscsi_login_config *config = login->config;
	const char *name = login->said.chap_name;

	if (!strcmp(name, config->chap.name))
		return "goes by our own CHAP name";
	if (config->chap_target.name && strcmp(name, config->chap_target.name))
		return "goes by another CHAP name than it should";
	return NULL;
}

static bool response_is(const struct iscsi_login *login, const uint8_t *digest)
{
	const struct iscsi_binary *response = &login->said.chap_response;

	return response->len == login->proof_len &&
	       iscsi_chap_equal(response->data, digest, response->len);
}

static enum iscsi_login_event check_proof(struct iscsi_login *login, bool transit)
{
	struct iscsi_chap chap = our_challenge(login);
	uint8_t digest[ISCSI_CHAP_DIGEST_MAX];
	const char *why = name_wrong(login);
	bool made = iscsi_chap_respond(&chap, digest), proven = made && response_is(login, digest);

	explicit_bzero(digest, sizeof(digest));
	if (why)
		return unproven(login, why);
	if (!made)
		return iscsi_login_fail(login, ISCSI_LOGIN_INTERNAL, "cannot make a CHAP digest");
	if (response_is(login, login->proof))
		return unproven(login, "sent our own CHAP response back");
	return proven ? ends(transit) :
			unproven(login, "answered our CHAP challenge with another secret");
}

/* A target that may stay unproven is not to show that it can. */
enum iscsi_login_event iscsi_hear_proof(struct iscsi_login *login, bool transit)
{
	bool name = iscsi_login_heard(login, "CHAP_N");
	bool response = iscsi_login_heard(login, "CHAP_R");

	if (!iscsi_login_is_mutual(login))
		return name || response ?
		       violation(login, "answers a challenge that it did not get") :
		       ends(transit);
	if (!name || !response)
		return unproven(login, "did not answer our CHAP challenge");
	return check_proof(login, transit);
}

/* --- end --------------------------------------------------------------------- */

void iscsi_ask_transit(struct iscsi_login *login)
{
	login->transit = true;
}

enum iscsi_login_event iscsi_hear_transit(struct iscsi_login *login, bool transit)
{
	(void)login;
	return ends(transit);
}

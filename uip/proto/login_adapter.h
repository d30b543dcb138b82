/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between login.h and the records that adapters keep: what the firmware and the helper, who
 * both log in for an entry, would else both have to say. Includes none of those: it stands
 * behind login.h and firmware-if's ohba_admin.h, ohba_target.h, ohba_login.h and ohba_status.h.
 */
#ifndef ISCSI_LOGIN_ADAPTER_H
#define ISCSI_LOGIN_ADAPTER_H

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "chap.h"

#define LOGIN_ITT	1
#define LOGIN_CMDSN	1

/* --- configuration ---------------------------------------------------------- */

/* That libcrypto can do: in FIPS mode it has no MD5. */
static inline uint32_t login_chap_list(uint16_t words)
{
	uint32_t list = 0;
	int shift = 0;

	for (; words; words >>= 4) {
		if (!iscsi_chap_available(words & 15))
			continue;
		list |= (words & 15u) << shift;
		shift += 4;
	}
	return list;
}

static inline void login_put_wishes(struct iscsi_params *want, const struct ohba_target *target)
{
	uint16_t flags = le16toh(target->flags);

	iscsi_params_default(want);
	want->header_digest = target->header_digest;
	want->data_digest = target->data_digest;
	want->initial_r2t = !!(flags & OHBA_TARGET_INITIAL_R2T);
	want->immediate_data = !!(flags & OHBA_TARGET_IMMEDIATE);
	want->max_recv_dsl = le32toh(target->max_recv_dsl);
	want->max_burst_len = le32toh(target->max_burst);
	want->first_burst_len = le32toh(target->first_burst);
	want->max_outstanding_r2t = le16toh(target->max_r2t);
	want->time2wait = le16toh(target->time2wait);
	want->time2retain = le16toh(target->time2retain);
}

/* @account stays the caller's, and must be there as long as @chap. */
static inline void login_put_account(struct iscsi_chap_account *chap,
				     const struct ohba_account *account)
{
	chap->name = account->name[0] ? (const char *)account->name : NULL;
	chap->secret = account->secret;
	chap->len = le16toh(account->secret_len);
}

/*
 * Behind login_put_wishes() and the accounts. Who named an account wants it used: a target
 * that would do without is not let to. Return: NULL, or why this cannot be.
 */
static inline const char *login_put_auth(struct iscsi_login_config *config,
					 const struct ohba_target *target)
{
	config->want.auth_method = ISCSI_AUTH_NONE;
	if (!config->chap.secret)
		return config->chap_target.secret ? "the entry has an account of the target's alone"
						  : NULL;
	config->want.auth_method = ISCSI_AUTH_CHAP;
	config->want.chap_algorithm = login_chap_list(le16toh(target->chap_list));
	return NULL;
}

static inline int32_t login_tpgt(const struct ohba_target *target)
{
	return le16toh(target->flags) & OHBA_TARGET_TPGT ? le16toh(target->tpgt) :
							   ISCSI_TPGT_NONE;
}

/* --- results ---------------------------------------------------------------- */

/* Class and detail. */
#define LOGIN_STATUS_OURS	0x0200	/* Initiator error */
#define LOGIN_STATUS_AUTH	0x0201	/* Authentication failure */

/* enum ohba_status */
static inline uint16_t login_status_of(const struct iscsi_login_result *result)
{
	static const uint16_t statuses[ISCSI_LOGIN_OUTCOMES] = {
		[ISCSI_LOGIN_CONFIG] = OHBA_ST_LOGIN_CONFIG,
		[ISCSI_LOGIN_REFUSED] = OHBA_ST_LOGIN_REFUSED,
		[ISCSI_LOGIN_VIOLATION] = OHBA_ST_LOGIN_VIOLATION,
		[ISCSI_LOGIN_NO_AGREEMENT] = OHBA_ST_LOGIN_NO_AGREEMENT,
		[ISCSI_LOGIN_UNPROVEN] = OHBA_ST_LOGIN_UNPROVEN,
		[ISCSI_LOGIN_TIMEOUT] = OHBA_ST_LOGIN_TIMEOUT,
		[ISCSI_LOGIN_INTERNAL] = OHBA_ST_INTERNAL,
	};

	/* Some, tgtd for one, say no more of a wrong proof than that it is our error. */
	if (result->status && (result->status->code == LOGIN_STATUS_AUTH ||
			       (result->status->code == LOGIN_STATUS_OURS && result->proved)))
		return OHBA_ST_LOGIN_AUTH;
	return statuses[result->outcome];
}

/* The library knows no more than that the answer was not on the list. */
static inline bool login_shuns_chap(const struct iscsi_login_config *config,
				    const struct iscsi_login_result *result)
{
	return result->outcome == ISCSI_LOGIN_VIOLATION && result->key &&
	       !strcmp(result->key, "AuthMethod") &&
	       config->want.auth_method == ISCSI_AUTH_CHAP;
}

/* What it came to, in words, of one that came to nothing. */
static inline void login_words(const struct iscsi_login_config *config,
			       const struct iscsi_login_result *result, char *words, size_t len)
{
	if (login_shuns_chap(config, result))
		snprintf(words, len, "%s",
			 "the target does not choose CHAP, which the entry asks for");
	else
		iscsi_login_explain(result, words, len);
}

/* False: it is no address. There is nobody here to ask for a name's. */
static inline bool login_portal_addr(const struct iscsi_portal *portal, uint8_t addr[16])
{
	memset(addr, 0, 16);
	return inet_pton(portal->is_ipv6 ? AF_INET6 : AF_INET, portal->host, addr) == 1;
}

#define LOGIN_WORDS_NAME	"the target sends the login on to a name, not to an address"

static inline uint16_t login_session_flags(const struct iscsi_params *p)
{
	return (p->initial_r2t ? OHBA_SESSION_INITIAL_R2T : 0) |
	       (p->immediate_data ? OHBA_SESSION_IMMEDIATE_DATA : 0) |
	       (p->header_digest == ISCSI_DIGEST_CRC32C ? OHBA_SESSION_HDR_DIGEST : 0) |
	       (p->data_digest == ISCSI_DIGEST_CRC32C ? OHBA_SESSION_DATA_DIGEST : 0);
}

/* A first burst that nothing will use may be left longer than any burst. */
static inline uint32_t login_first_burst(const struct iscsi_params *p)
{
	return p->first_burst_len < p->max_burst_len ? p->first_burst_len : p->max_burst_len;
}

/* What was agreed on. The timers are not: they are zero. */
static inline void login_put_params(struct ohba_session_params *params,
				    const struct iscsi_login_result *result)
{
	const struct iscsi_params *p = &result->params;

	memset(params, 0, sizeof(*params));
	params->cmdsn = htole32(result->cmdsn);
	params->max_cmdsn = htole32(result->max_cmdsn);
	params->exp_statsn = htole32(result->exp_statsn);
	params->max_recv_dsl = htole32(p->max_recv_dsl);
	params->max_xmit_dsl = htole32(p->max_send_dsl);
	params->max_burst = htole32(p->max_burst_len);
	params->first_burst = htole32(login_first_burst(p));
	params->max_r2t = htole16(p->max_outstanding_r2t);
	params->flags = htole16(login_session_flags(p));
}

/* Of one that is DONE. */
static inline void login_put_agreed(struct ohba_login_result *agreed,
				    const struct iscsi_login_result *result)
{
	memset(agreed, 0, sizeof(*agreed));
	agreed->outcome = OHBA_LOGIN_DONE;
	agreed->tsih = htole16(result->tsih);
	agreed->tpgt = htole16(result->tpgt);
	agreed->time2wait = htole16(result->params.time2wait);
	login_put_params(&agreed->params, result);
	memcpy(agreed->alias, result->target_alias, sizeof(agreed->alias));
}

#endif /* ISCSI_LOGIN_ADAPTER_H */

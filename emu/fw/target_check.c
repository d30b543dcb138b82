// SPDX-License-Identifier: GPL-2.0-or-later
/* What records of targets must be (ohba_target.h), from a host or from flash. */
#include <endian.h>
#include <string.h>

#include "fw_limits.h"
#include "iscsi_pdu.h"
#include "targets.h"
#include "text.h"
#include "utf8.h"

#define TIME_MAX	3600	/* seconds: section 13.15 */
#define ISID_RESERVED	0xc0	/* type 11b (section 11.12.5) */

/* --- strings ---------------------------------------------------------------- */

/* The length of the character at @text, which ends with a zero; 0: it is none, or a control. */
static size_t character(const uint8_t *text)
{
	uint32_t code;
	size_t len = utf8_decode(text, &code);

	return code >= 0x20 && code != 0x7f ? len : 0;
}

bool ohba_string_ok(const uint8_t *text, size_t size)
{
	const uint8_t *end = memchr(text, 0, size);
	size_t len;

	if (!end || !ohba_all_zero(end, size - (end - text)))
		return false;
	for (; *text; text += len) {
		len = character(text);
		if (!len)
			return false;
	}
	return true;
}

static bool name_ok(const uint8_t name[OHBA_NAME_LEN])
{
	return ohba_string_ok(name, OHBA_NAME_LEN) &&
	       (!*name || iscsi_name_valid((const char *)name));
}

/* --- targets ---------------------------------------------------------------- */

/* Words of @known, a bit map of them, none twice, and nothing behind the last. */
static bool list_ok(uint32_t list, uint32_t known)
{
	if (!list)
		return false;
	for (; list & 15; list >>= 4) {
		if (!(known & 1u << (list & 15)))
			return false;
		known &= ~(1u << (list & 15));
	}
	return !list;
}

#define DIGESTS	(1u << OHBA_DIGEST_NONE | 1u << OHBA_DIGEST_CRC32C)
#define CHAPS	(1u << OHBA_CHAP_MD5 | 1u << OHBA_CHAP_SHA1 | 1u << OHBA_CHAP_SHA256 | \
		 1u << OHBA_CHAP_SHA3_256)

bool ohba_chap_list_ok(uint16_t list)
{
	return list_ok(list, CHAPS);
}

static bool lists_ok(const struct ohba_target *target)
{
	return list_ok(target->header_digest, DIGESTS) && list_ok(target->data_digest, DIGESTS) &&
	       ohba_chap_list_ok(le16toh(target->chap_list));
}

bool ohba_address_ok(uint8_t family, const uint8_t addr[16])
{
	switch (family) {
	case OHBA_FAMILY_IPV6:
		return true;
	case OHBA_FAMILY_IPV4:
		return ohba_all_zero(addr + 4, 12);
	default:
		return !family && ohba_all_zero(addr, 16);
	}
}

static bool account_index_ok(uint32_t max_accounts, __le16 account)
{
	return le16toh(account) == OHBA_ACCOUNT_NONE || le16toh(account) < max_accounts;
}

bool ohba_target_accounts_ok(uint32_t max_accounts, const struct ohba_target *target)
{
	return account_index_ok(max_accounts, target->account) &&
	       account_index_ok(max_accounts, target->target_account);
}

static bool lengths_ok(const struct ohba_target *target)
{
	return ohba_lengths_ok(le32toh(target->max_recv_dsl), le32toh(target->max_burst),
			       le32toh(target->first_burst), le16toh(target->max_r2t));
}

static bool times_ok(const struct ohba_target *target)
{
	uint32_t dev_loss_s = le32toh(target->dev_loss_s);

	return le16toh(target->time2wait) <= TIME_MAX &&
	       (dev_loss_s <= OHBA_DEV_LOSS_MAX_S || dev_loss_s == OHBA_DEV_LOSS_NEVER) &&
	       le16toh(target->time2retain) <= TIME_MAX &&
	       le32toh(target->login_ms) <= OHBA_LOGIN_MS_MAX;
}

bool ohba_target_ok(const struct ohba_target *target)
{
	return !(le16toh(target->flags) & ~OHBA_TARGET_FLAGS) && target->port &&
	       target->login_by <= OHBA_LOGIN_BY_HOST && !(target->tos & OHBA_TOS_ECN) &&
	       ohba_all_zero(target->rsvd1, sizeof(target->rsvd1)) &&
	       (target->isid[0] & ISID_RESERVED) != ISID_RESERVED &&
	       ohba_address_ok(target->family, target->addr) && name_ok(target->name) &&
	       ohba_string_ok(target->alias, sizeof(target->alias)) && lists_ok(target) &&
	       ohba_target_accounts_ok(OHBA_ACCOUNTS_MAX, target) &&
	       lengths_ok(target) && times_ok(target);
}

/* --- accounts, the initiator ------------------------------------------------ */

bool ohba_account_ok(const struct ohba_account *account)
{
	uint16_t len = le16toh(account->secret_len);

	return !(account->flags & ~OHBA_ACCOUNT_TARGET) && !account->rsvd0 &&
	       ohba_all_zero(account->rsvd1, sizeof(account->rsvd1)) &&
	       ohba_string_ok(account->name, sizeof(account->name)) && ohba_in_range(len, 1, 255) &&
	       ohba_all_zero(account->secret + len, sizeof(account->secret) - len);
}

/* With another no login would be begun, but flash may have it from before that was checked. */
bool ohba_account_usable(const struct ohba_account *account)
{
	return le16toh(account->secret_len) >= OHBA_SECRET_MIN &&
	       (account->flags & OHBA_ACCOUNT_TARGET || account->name[0]);
}

bool ohba_initiator_ok(const struct ohba_initiator *initiator)
{
	return name_ok(initiator->name) &&
	       ohba_string_ok(initiator->alias, sizeof(initiator->alias)) &&
	       ohba_all_zero(initiator->rsvd, sizeof(initiator->rsvd));
}

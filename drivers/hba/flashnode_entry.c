// SPDX-License-Identifier: GPL-2.0-only
/* A target's entry as a whole: how one begins, and which of those that the adapter kept is good. */
#include "hba.h"

#define HBA_PORT	3260	/* RFC 7143 section 2.2 */

bool hba_flash_is_v6(const struct ohba_target *target)
{
	return target->host[0] == HBA_PORTAL_V6;
}

/* A host of before, or another's, may have kept anything there. */
u32 hba_flash_tmf_s(const struct ohba_target *target)
{
	u32 tmf_s = le16_to_cpup((const __le16 *)(target->host + HBA_KEPT_TMF));

	return tmf_s <= HBA_TMF_S_MAX ? tmf_s : 0;
}

/* As open-iscsi's own sessions begin (its iscsid.conf), within what the adapter can do. */
void hba_flash_defaults(struct hba *hba, struct ohba_target *target, bool v6)
{
	const struct ohba_info *info = ohba_info(hba->adapter);

	*target = (struct ohba_target) {
		.flags = cpu_to_le16(OHBA_TARGET_IMMEDIATE),
		.port = cpu_to_le16(HBA_PORT),
		.header_digest = OHBA_DIGEST_NONE,
		.data_digest = OHBA_DIGEST_NONE,
		/* SHA-256 last: tgtd takes its number for SHA-1's, and refuses the answer. */
		.chap_list = cpu_to_le16(OHBA_CHAP_SHA3_256 |
					 OHBA_CHAP_SHA1 << 4 |
					 OHBA_CHAP_MD5 << 8 |
					 OHBA_CHAP_SHA256 << 12),
		.account = cpu_to_le16(OHBA_ACCOUNT_NONE),
		.target_account = cpu_to_le16(OHBA_ACCOUNT_NONE),
		.max_r2t = cpu_to_le16(1),
		.max_recv_dsl = cpu_to_le32(min_t(u32, info->max_recv_dsl, 262144)),
		.max_burst = cpu_to_le32(min_t(u32, info->max_burst, 262144)),
		.first_burst = cpu_to_le32(min_t(u32, info->max_burst, 65536)),
		.time2wait = cpu_to_le16(2),
		.time2retain = cpu_to_le16(20),
		.timers.nop_interval_ms = cpu_to_le32(5000),
		.timers.nop_timeout_ms = cpu_to_le32(5000),
	};
	if (v6)
		target->host[0] = HBA_PORTAL_V6;
}

static bool hba_flash_is_good_addr(const struct ohba_target *target)
{
	switch (target->family) {
	case 0:
		return !memchr_inv(target->addr, 0, sizeof(target->addr));
	case OHBA_FAMILY_IPV4:
		return !hba_flash_is_v6(target) &&
		       !memchr_inv(target->addr + 4, 0, sizeof(target->addr) - 4);
	case OHBA_FAMILY_IPV6:
		return true;
	default:
		return false;
	}
}

/*
 * What iscsiadm does not show must not be why the adapter refuses each change of the rest, as
 * it may of a record of another firmware's.
 */
void hba_flash_mend(struct ohba_target *target)
{
	u32 dev_loss_s = le32_to_cpu(target->dev_loss_s);

	if (target->login_by > OHBA_LOGIN_BY_HOST)
		target->login_by = OHBA_LOGIN_BY_EITHER;
	if (dev_loss_s > OHBA_DEV_LOSS_MAX_S && dev_loss_s != OHBA_DEV_LOSS_NEVER)
		target->dev_loss_s = 0;
	target->tos &= ~OHBA_TOS_ECN;
	if (le32_to_cpu(target->login_ms) > OHBA_LOGIN_MS_MAX)
		target->login_ms = 0;
}

/* As much as the code here relies on; what else is wrong the adapter refuses. */
bool hba_flash_is_good(const struct ohba_target *target)
{
	return !(le16_to_cpu(target->flags) & ~OHBA_TARGET_FLAGS) &&
	       hba_flash_is_good_addr(target) &&
	       ohba_is_line(target->name, OHBA_NAME_LEN) &&
	       ohba_is_line(target->alias, OHBA_NAME_LEN);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The adapter's targets and accounts (device.h): as SPEC.md section 6.4 has them. */
#include "device.h"

struct dev_targets dev_targets;

/* What it would need to forget: the records are written before they are used. */
void dev_targets_reset(void)
{
	memset(dev_targets.used, 0, sizeof(dev_targets.used));
	memset(dev_targets.wanted, 0, sizeof(dev_targets.wanted));
	memset(dev_targets.account_used, 0, sizeof(dev_targets.account_used));
	memset(&dev_targets.initiator, 0, sizeof(dev_targets.initiator));
	dev_targets.sets = dev_targets.account_sets = 0;
}

static u32 max_targets(void)
{
	return le32_to_cpu(dev.identify.max_targets);
}

static const void *data_of(const struct dev_cmd *cmd, u32 len)
{
	const void *data = shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), len);

	shim_check(data && le32_to_cpu(cmd->sqe.data_len) == len, "a record is not %u bytes",
		   len);
	return data;
}

static bool is_zero(const void *mem, size_t len)
{
	return !memchr_inv(mem, 0, len);
}

static bool is_text(const u8 *text, size_t room)
{
	size_t len = strnlen((const char *)text, room);

	return len < room && is_zero(text + len, room - len);
}

static bool is_list(u8 list)
{
	return list == OHBA_DIGEST_NONE || list == OHBA_DIGEST_CRC32C ||
	       list == (OHBA_DIGEST_NONE | OHBA_DIGEST_CRC32C << 4) ||
	       list == (OHBA_DIGEST_CRC32C | OHBA_DIGEST_NONE << 4);
}

static bool is_address(const struct ohba_target *t)
{
	switch (t->family) {
	case 0:
		return is_zero(t->addr, 16);
	case OHBA_FAMILY_IPV4:
		return is_zero(t->addr + 4, 12) && t->addr[0] && t->addr[0] < 224;
	case OHBA_FAMILY_IPV6:
		return t->addr[0] != 0xff && !is_zero(t->addr, 16);
	default:
		return false;
	}
}

static bool is_account(u16 index)
{
	return index == OHBA_ACCOUNT_NONE || index < le32_to_cpu(dev.identify.max_accounts);
}

static bool in(u32 num, u32 least, u32 most)
{
	return num >= least && num <= most;
}

static bool are_wishes(const struct ohba_target *t)
{
	u32 burst = le32_to_cpu(t->max_burst);

	return in(le32_to_cpu(t->max_recv_dsl), 512, le32_to_cpu(dev.identify.max_recv_dsl)) &&
	       in(burst, 512, le32_to_cpu(dev.identify.max_burst)) &&
	       in(le32_to_cpu(t->first_burst), 512, burst) &&
	       in(le16_to_cpu(t->max_r2t), 1, le16_to_cpu(dev.identify.max_r2t)) &&
	       le16_to_cpu(t->time2wait) <= 3600 && le16_to_cpu(t->time2retain) <= 3600 &&
	       le32_to_cpu(t->login_ms) <= 600000 &&
	       (le32_to_cpu(t->dev_loss_s) <= OHBA_DEV_LOSS_MAX_S || !~le32_to_cpu(t->dev_loss_s));
}

static bool is_target(const struct ohba_target *t)
{
	u16 flags = le16_to_cpu(t->flags);

	return !(flags & ~OHBA_TARGET_FLAGS) && (flags & OHBA_TARGET_TPGT || !t->tpgt) &&
	       t->port && t->chap_list && t->login_by <= OHBA_LOGIN_BY_HOST &&
	       is_zero(t->rsvd1, sizeof(t->rsvd1)) &&
	       is_text(t->name, sizeof(t->name)) && is_text(t->alias, sizeof(t->alias)) &&
	       is_list(t->header_digest) && is_list(t->data_digest) && is_address(t) &&
	       is_account(le16_to_cpu(t->account)) &&
	       is_account(le16_to_cpu(t->target_account)) && are_wishes(t);
}

static bool is_good_account(const struct ohba_account *a)
{
	u16 len = le16_to_cpu(a->secret_len);

	return !(a->flags & ~OHBA_ACCOUNT_TARGET) && in(len, OHBA_SECRET_MIN, 255) && *a->name &&
	       is_text(a->name, sizeof(a->name)) &&
	       is_zero(a->secret + len, sizeof(a->secret) - len) &&
	       is_zero(a->rsvd1, sizeof(a->rsvd1)) && !a->rsvd0;
}

static u16 set_target(struct dev_cmd *cmd, u32 index)
{
	const struct ohba_target *t = data_of(cmd, sizeof(*t));

	dev_targets.sets++;
	if (index >= max_targets())
		return OHBA_ST_INVALID_HANDLE;
	if (!is_target(t))
		return OHBA_ST_INVALID_FIELD;
	dev_targets.target[index] = *t;
	dev_targets.used[index] = true;
	return OHBA_ST_SUCCESS;
}

static u16 delete_target(u32 index)
{
	if (index >= max_targets() || !dev_targets.used[index])
		return OHBA_ST_INVALID_HANDLE;
	if (dev_targets.wanted[index])
		return OHBA_ST_BUSY;
	dev_targets.used[index] = false;
	return OHBA_ST_SUCCESS;
}

static u16 get_target(struct dev_cmd *cmd, u32 index)
{
	if (index >= max_targets() || !dev_targets.used[index])
		return OHBA_ST_INVALID_HANDLE;
	dev_write_data(cmd, &dev_targets.target[index], sizeof(dev_targets.target[index]));
	return OHBA_ST_SUCCESS;
}

static u16 list_targets(struct dev_cmd *cmd)
{
	struct ohba_target_list list = {};
	u32 i;

	for (i = 0; i < OHBA_TARGETS_MAX; i++) {
		list.used[i / 8] |= dev_targets.used[i] << i % 8;
		list.wanted[i / 8] |= dev_targets.wanted[i] << i % 8;
	}
	dev_write_data(cmd, &list, sizeof(list));
	return OHBA_ST_SUCCESS;
}

static bool has_account(u32 index)
{
	return index < le32_to_cpu(dev.identify.max_accounts) &&
	       dev_targets.account_used[index];
}

static u16 set_account(struct dev_cmd *cmd, u32 index)
{
	const struct ohba_account *a = data_of(cmd, sizeof(*a));

	dev_targets.account_sets++;
	if (index >= le32_to_cpu(dev.identify.max_accounts))
		return OHBA_ST_INVALID_HANDLE;
	if (!is_good_account(a))
		return OHBA_ST_INVALID_FIELD;
	dev_targets.account[index] = *a;
	dev_targets.account_used[index] = true;
	return OHBA_ST_SUCCESS;
}

static u16 get_account(struct dev_cmd *cmd, u32 index)
{
	struct ohba_account a;

	if (!has_account(index))
		return OHBA_ST_INVALID_HANDLE;
	a = dev_targets.account[index];
	if (!(cmd->sqe.flags & OHBA_ACCOUNT_SECRET))
		memset(a.secret, 0, sizeof(a.secret));
	dev_write_data(cmd, &a, sizeof(a));
	return OHBA_ST_SUCCESS;
}

static bool is_named(u32 account)
{
	u32 i;

	for (i = 0; i < max_targets(); i++)
		if (dev_targets.used[i] &&
		    (le16_to_cpu(dev_targets.target[i].account) == account ||
		     le16_to_cpu(dev_targets.target[i].target_account) == account))
			return true;
	return false;
}

static u16 delete_account(u32 index)
{
	if (!has_account(index))
		return OHBA_ST_INVALID_HANDLE;
	if (is_named(index))
		return OHBA_ST_BUSY;
	dev_targets.account_used[index] = false;
	return OHBA_ST_SUCCESS;
}

static u16 get_initiator(struct dev_cmd *cmd)
{
	struct ohba_initiator initiator = dev_targets.initiator;

	if (!initiator.name[0] && !(cmd->sqe.flags & OHBA_INITIATOR_KEPT))
		strcpy((char *)initiator.name, DEV_OWN_NAME);
	dev_write_data(cmd, &initiator, sizeof(initiator));
	return OHBA_ST_SUCCESS;
}

static u16 set_initiator(struct dev_cmd *cmd)
{
	const struct ohba_initiator *initiator = data_of(cmd, sizeof(*initiator));
	const char *name = (const char *)initiator->name;

	if (!is_text(initiator->name, OHBA_NAME_LEN) || !is_text(initiator->alias, OHBA_NAME_LEN) ||
	    !is_zero(initiator->rsvd, sizeof(initiator->rsvd)) ||
	    (*name && strncmp(name, "iqn.", 4)))
		return OHBA_ST_INVALID_FIELD;
	dev_targets.initiator = *initiator;
	return OHBA_ST_SUCCESS;
}

bool dev_answer_target(struct dev_cmd *cmd)
{
	u32 index = le32_to_cpu(cmd->sqe.handle);

	switch (cmd->sqe.opcode) {
	case OHBA_ADMIN_TARGET_GET:
		dev_answer(cmd, get_target(cmd, index));
		return true;
	case OHBA_ADMIN_TARGET_SET:
		dev_answer(cmd, set_target(cmd, index));
		return true;
	case OHBA_ADMIN_TARGET_DELETE:
		dev_answer(cmd, delete_target(index));
		return true;
	case OHBA_ADMIN_TARGET_LIST:
		dev_answer(cmd, list_targets(cmd));
		return true;
	case OHBA_ADMIN_ACCOUNT_GET:
		dev_answer(cmd, get_account(cmd, index));
		return true;
	case OHBA_ADMIN_ACCOUNT_SET:
		dev_answer(cmd, set_account(cmd, index));
		return true;
	case OHBA_ADMIN_ACCOUNT_DELETE:
		dev_answer(cmd, delete_account(index));
		return true;
	case OHBA_ADMIN_INITIATOR_GET:
		dev_answer(cmd, get_initiator(cmd));
		return true;
	case OHBA_ADMIN_INITIATOR_SET:
		dev_answer(cmd, set_initiator(cmd));
		return true;
	default:
		return false;
	}
}

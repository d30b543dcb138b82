// SPDX-License-Identifier: GPL-2.0-only
/*
 * CHAP accounts (`iscsiadm -m host -C chap`), and which of them an entry's session uses. An
 * account of ours has a username, one of targets a username_in. What holds a secret is
 * wiped; what the class made of it, its messages, is not ours to wipe.
 */
#include <linux/slab.h>
#include <net/netlink.h>

#include "hba.h"

static u32 hba_chap_max(struct hba *hba)
{
	return ohba_info(hba->adapter)->max_accounts;
}

static bool hba_chap_of_target(const struct ohba_account *account)
{
	return account->flags & OHBA_ACCOUNT_TARGET;
}

/* Return: @index or the next one that there is; the adapter's maximum if there is none. */
static int hba_chap_next(struct hba *hba, u32 index, bool secret,
			 struct ohba_account *account)
{
	int err;

	for (; index < hba_chap_max(hba); index++) {
		err = ohba_account_get(hba->adapter, index, secret, account);
		if (err != -ENOENT)
			return err ?: (int)index;
	}
	return index;
}

/* --- reading ------------------------------------------------------------- */

/* The firmware may have said anything. */
static void hba_chap_show(struct iscsi_chap_rec *rec, u32 index,
			  const struct ohba_account *account)
{
	u16 len = min_t(u16, le16_to_cpu(account->secret_len),
			sizeof(account->secret) - 1);

	memset(rec, 0, sizeof(*rec));
	rec->chap_tbl_idx = index;
	rec->chap_type = hba_chap_of_target(account) ? CHAP_TYPE_IN : CHAP_TYPE_OUT;
	strscpy(rec->username, (const char *)account->name,
		sizeof(rec->username));
	memcpy(rec->password, account->secret, len);
	rec->password_length = len;
}

static int hba_chap_show_all(struct hba *hba, u32 index, struct iscsi_chap_rec *rec,
			     u32 room, struct ohba_account *account)
{
	u32 n;
	int ret;

	for (n = 0; n < room; n++) {
		ret = hba_chap_next(hba, index, true, account);
		if (ret < 0)
			dev_err_ratelimited(hba->adapter->dev,
					    "CHAP accounts could not be read (%d): those shown are not all\n",
					    ret);
		if (ret < 0 || ret >= hba_chap_max(hba))
			break;
		hba_chap_show(&rec[n], ret, account);
		index = ret + 1;
	}
	return n;
}

/*
 * The class asks nobody's leave but root's (CAP_SYS_ADMIN), and ignores what this returns:
 * @num_entries alone says how many there are, and if it were left as it is, iscsiadm would
 * ask for ever.
 */
int hba_get_chap(struct Scsi_Host *shost, u16 index, u32 *num_entries, char *buf)
{
	struct hba *hba = hba_of(shost);
	struct ohba_account *account;
	u32 room = *num_entries;

	*num_entries = 0;
	if (!hba_owns(shost) || !hba_chap_max(hba))
		return -EOPNOTSUPP;
	/* The class multiplied without a look: it has less room then. */
	if (room > INT_MAX / sizeof(struct iscsi_chap_rec))
		return -EINVAL;
	account = kmalloc(sizeof(*account), GFP_NOIO);
	if (!account)
		return -ENOMEM;
	*num_entries = hba_chap_show_all(hba, index, (void *)buf, room, account);
	if (*num_entries)
		ohba_tell_secrets(hba->adapter);
	kfree_sensitive(account);
	return 0;
}

/* --- writing ------------------------------------------------------------- */

#define HBA_CHAP_CUT_OFF	U16_MAX	/* in place of a parameter */

/* What is not said is -1, or empty. */
struct hba_chap_request {
	struct ohba_account account;
	s32 index;
	s32 of_target;
	s32 secret_len;			/* if less than what was given as the secret */
};

/* The class's numbers are the host's, of several lengths. */
static bool hba_chap_num(const struct iscsi_param_info *info, u32 max, s32 *num)
{
	u16 half;
	u32 all;

	switch (info->len) {
	case 1:
		all = *info->value;
		break;
	case 2:
		memcpy(&half, info->value, sizeof(half));
		all = half;
		break;
	case 4:
		memcpy(&all, info->value, sizeof(all));
		break;
	default:
		return false;
	}
	*num = all;
	return all <= max;
}

static bool hba_chap_text(const struct iscsi_param_info *info, u8 *to, size_t room)
{
	u32 len = strnlen((const char *)info->value, info->len);

	if (!len || len >= room)
		return false;
	memset(to, 0, room);
	memcpy(to, info->value, len);
	return true;
}

static bool hba_chap_secret(const struct iscsi_param_info *info,
			    struct ohba_account *account)
{
	if (info->len < OHBA_SECRET_MIN || info->len >= sizeof(account->secret))
		return false;
	memset(account->secret, 0, sizeof(account->secret));
	memcpy(account->secret, info->value, info->len);
	account->secret_len = cpu_to_le16(info->len);
	return true;
}

static bool hba_chap_take_one(struct hba *hba, struct hba_chap_request *request,
			      const struct iscsi_param_info *info)
{
	struct ohba_account *account = &request->account;

	switch (info->param) {
	case ISCSI_CHAP_PARAM_INDEX:
		return hba_chap_num(info, hba_chap_max(hba) - 1, &request->index);
	case ISCSI_CHAP_PARAM_CHAP_TYPE:
		return hba_chap_num(info, CHAP_TYPE_IN, &request->of_target);
	case ISCSI_CHAP_PARAM_USERNAME:
		return hba_chap_text(info, account->name, sizeof(account->name));
	case ISCSI_CHAP_PARAM_PASSWORD:
		return hba_chap_secret(info, account);
	case ISCSI_CHAP_PARAM_PASSWORD_LEN:
		return hba_chap_num(info, sizeof(account->secret) - 1,
				    &request->secret_len);
	default:
		return false;
	}
}

static int hba_chap_refuse(struct hba *hba, unsigned int param)
{
	static const char *const wanted[] = {
		[ISCSI_CHAP_PARAM_INDEX] = "its index an account's",
		[ISCSI_CHAP_PARAM_CHAP_TYPE] =
			"either ours (username) or the target's (username_in)",
		[ISCSI_CHAP_PARAM_USERNAME] = "the name of 1 to 255 bytes",
		[ISCSI_CHAP_PARAM_PASSWORD] = "the password of 12 to 255 bytes",
		[ISCSI_CHAP_PARAM_PASSWORD_LEN] = "the password as long as it says",
	};

	dev_err_ratelimited(hba->adapter->dev,
			    "a CHAP account must be %s, and indices are 0 to %u\n",
			    param < ARRAY_SIZE(wanted) ? wanted[param] :
							 "made of what iscsiadm knows",
			    hba_chap_max(hba) - 1);
	return -EINVAL;
}

static int hba_chap_take(struct hba *hba, struct hba_chap_request *request,
			 void *data, u32 len)
{
	const int head = sizeof(struct iscsi_param_info);
	const struct iscsi_param_info *info;
	struct nlattr *attr;
	int rest;

	nla_for_each_attr(attr, data, len, rest) {
		info = nla_data(attr);
		if (nla_len(attr) < head)
			return hba_chap_refuse(hba, HBA_CHAP_CUT_OFF);
		if (info->len > nla_len(attr) - head ||
		    !hba_chap_take_one(hba, request, info))
			return hba_chap_refuse(hba, info->param);
	}
	if (rest > 0)
		dev_warn_ratelimited(hba->adapter->dev,
				     "a CHAP account: %d bytes behind its last parameter are ignored\n",
				     rest);
	return 0;
}

/* An account is replaced whole: what was there before is no default. */
static int hba_chap_complete(struct hba *hba, struct hba_chap_request *request)
{
	struct ohba_account *account = &request->account;
	u16 len = le16_to_cpu(account->secret_len);

	if (request->index < 0)
		return hba_chap_refuse(hba, ISCSI_CHAP_PARAM_INDEX);
	if (request->of_target < 0)
		return hba_chap_refuse(hba, ISCSI_CHAP_PARAM_CHAP_TYPE);
	if (!*account->name)
		return hba_chap_refuse(hba, ISCSI_CHAP_PARAM_USERNAME);
	if (!len)
		return hba_chap_refuse(hba, ISCSI_CHAP_PARAM_PASSWORD);
	if (!request->secret_len || request->secret_len > len)
		return hba_chap_refuse(hba, ISCSI_CHAP_PARAM_PASSWORD_LEN);
	if (request->secret_len > 0 && request->secret_len < OHBA_SECRET_MIN)
		return hba_chap_refuse(hba, ISCSI_CHAP_PARAM_PASSWORD);
	if (request->of_target)
		account->flags = OHBA_ACCOUNT_TARGET;
	if (request->secret_len > 0) {
		memset(account->secret + request->secret_len, 0,
		       sizeof(account->secret) - request->secret_len);
		account->secret_len = cpu_to_le16(request->secret_len);
	}
	return 0;
}

/* All of it is right, or nothing changes. */
int hba_set_chap(struct Scsi_Host *shost, void *data, int len)
{
	struct hba *hba = hba_of(shost);
	struct hba_chap_request *request;
	int err;

	if (!hba_owns(shost) || !hba_chap_max(hba))
		return -EOPNOTSUPP;
	request = kzalloc(sizeof(*request), GFP_NOIO);
	if (!request)
		return -ENOMEM;
	request->index = -1;
	request->of_target = -1;
	request->secret_len = -1;
	err = hba_chap_take(hba, request, data, len) ?:
	      hba_chap_complete(hba, request) ?:
	      ohba_account_set(hba->adapter, request->index, &request->account);
	kfree_sensitive(request);
	return err;
}

int hba_delete_chap(struct Scsi_Host *shost, u16 index)
{
	struct hba *hba = hba_of(shost);

	if (!hba_owns(shost) || !hba_chap_max(hba))
		return -EOPNOTSUPP;
	if (index >= hba_chap_max(hba))
		return hba_chap_refuse(hba, ISCSI_CHAP_PARAM_INDEX);
	return ohba_account_delete(hba->adapter, index);
}

/* --- of an entry --------------------------------------------------------- */

static int hba_chap_no(struct hba *hba, u32 entry, const char *what)
{
	dev_err_ratelimited(hba->adapter->dev, "flashnode.session.%s (entry %u)\n",
			    what, entry);
	return -EINVAL;
}

/* Is @index an account's, of that kind? Return: 0, -ENOENT, or why that is not known. */
static int hba_chap_is(struct hba *hba, u32 index, bool of_target)
{
	struct ohba_account *account;
	int err;

	if (index >= hba_chap_max(hba))
		return -ENOENT;
	account = kmalloc(sizeof(*account), GFP_NOIO);
	if (!account)
		return -ENOMEM;
	err = ohba_account_get(hba->adapter, index, false, account);
	if (!err && hba_chap_of_target(account) != of_target)
		err = -ENOENT;
	kfree(account);
	return err;
}

/* The first account of targets behind @index. Return: or -ENOENT, or why. */
static int hba_chap_behind(struct hba *hba, u32 index)
{
	struct ohba_account *account = kmalloc(sizeof(*account), GFP_NOIO);
	int ret;

	if (!account)
		return -ENOMEM;
	do {
		ret = hba_chap_next(hba, index + 1, false, account);
		index = ret;
	} while (ret >= 0 && ret < hba_chap_max(hba) && !hba_chap_of_target(account));
	kfree(account);
	return ret >= (int)hba_chap_max(hba) ? -ENOENT : ret;
}

static bool hba_chap_none(s32 index)
{
	return index < 0 || index == OHBA_ACCOUNT_NONE;
}

/* By which we prove ourselves. */
static int hba_chap_settle_out(struct hba *hba, u32 entry,
			       struct hba_flash_request *request)
{
	__le16 *account = &request->target.account;
	int err = 0;

	if (request->chap == 0 && !hba_chap_none(request->out))
		return hba_chap_no(hba, entry,
				   "chap_auth_en 0 and chap_out_idx exclude each other");
	if (request->chap == 0)
		request->out = OHBA_ACCOUNT_NONE;
	if (!hba_chap_none(request->out))
		err = hba_chap_is(hba, request->out, false);
	if (err == -ENOENT)
		return hba_chap_no(hba, entry,
				   "chap_out_idx must be an account with a username");
	if (err)
		return err;
	if (request->out >= 0)
		*account = cpu_to_le16(request->out);
	if (request->chap == 1 && *account == cpu_to_le16(OHBA_ACCOUNT_NONE))
		return hba_chap_no(hba, entry,
				   "chap_auth_en 1 needs a chap_out_idx");
	return 0;
}

/* RFC 7143 section 12.1.3: no target has to prove itself to who does not. */
static int hba_chap_settle_none_in(struct hba *hba, u32 entry,
				   struct hba_flash_request *request)
{
	if (request->bidi == 1 || !hba_chap_none(request->in))
		return hba_chap_no(hba, entry,
				   "bidi_chap_en and chap_in_idx need a chap_out_idx");
	request->target.target_account = cpu_to_le16(OHBA_ACCOUNT_NONE);
	return 0;
}

/* By which the target does. */
static int hba_chap_settle_in(struct hba *hba, u32 entry,
			      struct hba_flash_request *request)
{
	u32 out = le16_to_cpu(request->target.account);
	int ret = request->in;

	if (out == OHBA_ACCOUNT_NONE)
		return hba_chap_settle_none_in(hba, entry, request);
	if (request->bidi == 0 && !hba_chap_none(request->in))
		return hba_chap_no(hba, entry,
				   "bidi_chap_en 0 and chap_in_idx exclude each other");
	if (request->bidi == 0)
		ret = OHBA_ACCOUNT_NONE;
	else if (request->bidi == 1 && hba_chap_none(request->in))
		ret = hba_chap_behind(hba, out);
	else if (request->in < 0)
		return 0;
	else if (request->in != OHBA_ACCOUNT_NONE)
		ret = hba_chap_is(hba, request->in, true) ?: request->in;
	if (ret == -ENOENT)
		return hba_chap_no(hba, entry, request->bidi == 1 ?
				   "bidi_chap_en 1 needs a username_in behind chap_out_idx" :
				   "chap_in_idx must be an account with a username_in");
	if (ret < 0)
		return ret;
	request->target.target_account = cpu_to_le16(ret);
	return 0;
}

/* With one of either for both directions a target could have its proof from us. */
static int hba_chap_check_pair(struct hba *hba, u32 entry,
			       const struct ohba_account *ours,
			       const struct ohba_account *theirs)
{
	if (!strncmp((const char *)ours->name, (const char *)theirs->name,
		     sizeof(ours->name)))
		return hba_chap_no(hba, entry,
				   "chap_out_idx and chap_in_idx must be accounts of different names");
	if (ours->secret_len == theirs->secret_len &&
	    !memcmp(ours->secret, theirs->secret, sizeof(ours->secret)))
		return hba_chap_no(hba, entry,
				   "chap_out_idx and chap_in_idx must be accounts of different passwords");
	return 0;
}

/* What an entry had before keeps it from no change of other things. */
static int hba_chap_settle_pair(struct hba *hba, u32 entry,
				struct hba_flash_request *request)
{
	u16 out = le16_to_cpu(request->target.account);
	u16 in = le16_to_cpu(request->target.target_account);
	struct {
		struct ohba_account ours, theirs;
	} *pair;
	int err;

	if ((request->bidi != 1 && request->out < 0 && request->in < 0) ||
	    out == OHBA_ACCOUNT_NONE || in == OHBA_ACCOUNT_NONE)
		return 0;
	pair = kmalloc(sizeof(*pair), GFP_NOIO);
	if (!pair)
		return -ENOMEM;
	err = ohba_account_get(hba->adapter, out, true, &pair->ours) ?:
	      ohba_account_get(hba->adapter, in, true, &pair->theirs) ?:
	      hba_chap_check_pair(hba, entry, &pair->ours, &pair->theirs);
	kfree_sensitive(pair);
	/* One of before that is lost: a login with it fails, and says so. */
	return err == -ENOENT ? 0 : err;
}

/* Which accounts an entry is to have, whatever the order it was said in. */
int hba_chap_settle(struct hba *hba, u32 index, struct hba_flash_request *request)
{
	return hba_chap_settle_out(hba, index, request) ?:
	       hba_chap_settle_in(hba, index, request) ?:
	       hba_chap_settle_pair(hba, index, request);
}

/* Of an entry that is being read, so it stays; it may have gone from the table. */
static u32 hba_chap_of_entry(struct hba *hba, u32 index, const struct hba_flash_row *row)
{
	struct hba_flashnode *node;
	u32 account = OHBA_ACCOUNT_NONE;

	spin_lock(&hba->flash_lock);
	node = hba->flashnodes[index];
	if (node)
		account = le16_to_cpup((const __le16 *)((const u8 *)&node->target + row->at));
	spin_unlock(&hba->flash_lock);
	return account;
}

/* Nothing without an account, or if its name is no line of text. */
ssize_t hba_flash_show_account(struct hba *hba, u32 index,
			       const struct hba_flash_row *row, char *buf)
{
	u32 of = hba_chap_of_entry(hba, index, row);
	struct ohba_account *account;
	const char *name = "";
	ssize_t ret;

	if (of >= hba_chap_max(hba))
		return sysfs_emit(buf, "\n");
	account = kmalloc(sizeof(*account), GFP_NOIO);
	if (!account)
		return -ENOMEM;
	ret = ohba_account_get(hba->adapter, of, false, account);
	if (!ret && ohba_is_line(account->name, sizeof(account->name)))
		name = (const char *)account->name;
	if (!ret || ret == -ENOENT)
		ret = sysfs_emit(buf, "%s\n", name);
	kfree(account);
	return ret;
}

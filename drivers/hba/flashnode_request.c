// SPDX-License-Identifier: GPL-2.0-only
/* What iscsiadm asks of a flashnode: each parameter is looked at before anything changes. */
#include <net/netlink.h>

#include "hba.h"

static u32 hba_flash_limit(struct hba *hba, const struct hba_flash_row *row)
{
	return row->limit ? row->limit(ohba_info(hba->adapter)) :
			    max(row->min, row->max);
}

static bool hba_flash_fits(const struct hba_flash_row *row, u32 len)
{
	if (row->param == ISCSI_FLASHNODE_IPADDR && len == 16)
		return true;
	return row->len ? len == row->len : len;
}

static bool hba_flash_in_range(struct hba *hba, const struct hba_flash_row *row,
			       const u8 *value)
{
	u32 num;

	if (row->valid)
		return true;
	num = hba_flash_num(value, row->len);
	return num >= row->min && num <= hba_flash_limit(hba, row);
}

static int hba_flash_refuse(struct hba *hba, u32 index,
			    const struct hba_flash_row *row)
{
	u32 limit = hba_flash_limit(hba, row);
	char range[32];

	if (limit > row->min)
		snprintf(range, sizeof(range), "%u to %u", row->min, limit);
	else
		snprintf(range, sizeof(range), "%u", row->min);
	dev_err_ratelimited(hba->adapter->dev, "flashnode.%s of entry %u must be %s\n",
			    row->name, index, row->valid ?: range);
	return -EINVAL;
}

static int hba_flash_take_one(struct hba *hba, u32 index,
			      struct hba_flash_request *request,
			      const struct iscsi_flashnode_param_info *info, u32 len)
{
	const struct hba_flash_row *row = hba_flash_row(info->param);

	if (!row) {
		dev_err_ratelimited(hba->adapter->dev,
				    "parameter %u of entry %u is not known: update the driver\n",
				    info->param, index);
		return -EINVAL;
	}
	if (!row->set) {
		dev_err_ratelimited(hba->adapter->dev,
				    "flashnode.%s of entry %u cannot be set: %s\n",
				    row->name, index, row->why);
		return -EOPNOTSUPP;
	}
	if (info->len > len || !hba_flash_fits(row, info->len)) {
		dev_err_ratelimited(hba->adapter->dev,
				    "flashnode.%s of entry %u, %u bytes: it has another length\n",
				    row->name, index, info->len);
		return -EINVAL;
	}
	if (!hba_flash_in_range(hba, row, info->value) ||
	    !row->set(row, request, info->value, info->len))
		return hba_flash_refuse(hba, index, row);
	return 0;
}

static int hba_flash_cut_off(struct hba *hba, u32 index)
{
	dev_err_ratelimited(hba->adapter->dev,
			    "entry %u: a parameter is cut off: report it, with the version of open-iscsi\n",
			    index);
	return -EINVAL;
}

/* What @data says becomes part of @request. Return: 0, or why not: the log says more. */
int hba_flash_take(struct hba *hba, u32 index, struct hba_flash_request *request,
		   void *data, u32 len)
{
	const int head = sizeof(struct iscsi_flashnode_param_info);
	struct nlattr *attr;
	int rest, err;

	nla_for_each_attr(attr, data, len, rest) {
		if (nla_len(attr) < head)
			return hba_flash_cut_off(hba, index);
		err = hba_flash_take_one(hba, index, request, nla_data(attr),
					 nla_len(attr) - head);
		if (err)
			return err;
	}
	if (rest > 0)
		dev_warn_ratelimited(hba->adapter->dev,
				     "entry %u: %d bytes behind its last parameter are ignored\n",
				     index, rest);
	if (le32_to_cpu(request->target.first_burst) <=
	    le32_to_cpu(request->target.max_burst))
		return 0;
	dev_err_ratelimited(hba->adapter->dev,
			    "flashnode.session.first_burst_len of entry %u must be at most its max_burst_len, %u\n",
			    index, le32_to_cpu(request->target.max_burst));
	return -EINVAL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log that the adapter keeps (SPEC.md section 6.7), by generic netlink of ohbatool
 * (ohba_genl.h): as the adapter has it, a part at a time, and erased. It is told the time.
 */
#include <linux/ktime.h>
#include <net/genetlink.h>

#include <ohba_genl.h>
#include <ohba_log.h>

#include "genl.h"

#define OHBA_LOG_BYTES	(sizeof(struct ohba_log_head) + \
			 OHBA_LOG_READ_MAX * sizeof(struct ohba_log_record))

/* For no time the log is no worse than without a host. */
void ohba_log_tell_time(struct ohba_hw *hw)
{
	struct ohba_admin_cmd cmd = { .sqe.opcode = OHBA_ADMIN_LOG_CLOCK };
	struct ohba_log_clock *clock = (void *)cmd.sqe.body;

	BUILD_BUG_ON(sizeof(*clock) > sizeof(cmd.sqe.body));
	if (!(hw->features & OHBA_FEATURE_LOG))
		return;
	clock->clock_ms = cpu_to_le64((u64)ktime_get_real_seconds() * MSEC_PER_SEC);
	(void)ohba_admin_exec(&hw->pub, &cmd, OHBA_ADMIN_TIMEOUT_MS);
}

/*
 * That is to be put back, or an error. Not under the lock of the adapters: what is to be
 * written may take long, and other adapters' paths wait for nobody's log.
 */
static struct ohba_hw *ohba_genl_log_get(struct genl_info *info)
{
	struct ohba_hw *hw = ohba_genl_get(info);

	if (!hw)
		return ERR_PTR(-ENODEV);
	if (hw->features & OHBA_FEATURE_LOG)
		return hw;
	ohba_genl_put(hw);
	NL_SET_ERR_MSG(info->extack, "the adapter keeps no log");
	return ERR_PTR(-EOPNOTSUPP);
}

/* --- reading ------------------------------------------------------------- */

/* Return: bytes in @dma, or a negative errno. */
static int ohba_log_read(struct ohba_hw *hw, u64 first, struct ohba_dma *dma)
{
	struct ohba_admin_cmd cmd = { .sqe.opcode = OHBA_ADMIN_LOG_READ };
	struct ohba_log_read *body = (void *)cmd.sqe.body;
	int err;

	BUILD_BUG_ON(sizeof(*body) > sizeof(cmd.sqe.body));
	body->first = cpu_to_le64(first);
	ohba_admin_data(&cmd, dma->addr, dma->len);
	err = ohba_admin_exec(&hw->pub, &cmd, OHBA_ADMIN_TIMEOUT_MS);
	if (err)
		return err;
	/* Those that it claims beyond the room are none. */
	return sizeof(struct ohba_log_head) +
	       min_t(u32, cmd.result, OHBA_LOG_READ_MAX) * sizeof(struct ohba_log_record);
}

static int ohba_genl_put_log(struct ohba_hw *hw, struct sk_buff *skb, u64 first)
{
	struct ohba_dma dma = { .len = OHBA_LOG_BYTES };
	int len;

	dma.mem = dma_alloc_coherent(hw->pub.dev, dma.len, &dma.addr, OHBA_GENL_GFP);
	if (!dma.mem)
		return -ENOMEM;
	len = ohba_log_read(hw, first, &dma);
	if (len > 0)
		len = nla_put(skb, OHBA_ATTR_LOG, len, dma.mem);
	ohba_dma_free(hw, &dma);
	return len;
}

static int ohba_genl_fill_log(struct genl_info *info, struct sk_buff *skb)
{
	struct nlattr *from = info->attrs[OHBA_ATTR_LOG_FROM];
	struct ohba_hw *hw;
	u64 first = 0;
	int err;

	if (from)
		memcpy(&first, nla_data(from), sizeof(first));
	hw = ohba_genl_log_get(info);
	if (IS_ERR(hw))
		return PTR_ERR(hw);
	err = ohba_genl_put_log(hw, skb, first);
	ohba_genl_put(hw);
	return err;
}

int ohba_genl_log(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *header;
	int err;

	skb = ohba_genl_reply(info, 256 + OHBA_LOG_BYTES, OHBA_CMD_LOG, &header);
	if (!skb)
		return -ENOMEM;
	err = ohba_genl_fill_log(info, skb);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* --- erasing ------------------------------------------------------------- */

int ohba_genl_log_erase(struct sk_buff *request, struct genl_info *info)
{
	struct ohba_admin_cmd cmd = { .sqe.opcode = OHBA_ADMIN_LOG_ERASE };
	struct ohba_hw *hw;
	int err;

	if (!netlink_capable(request, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(info->extack, "to erase the log needs CAP_SYS_ADMIN");
		return -EPERM;
	}
	hw = ohba_genl_log_get(info);
	if (IS_ERR(hw))
		return PTR_ERR(hw);
	err = ohba_admin_exec(&hw->pub, &cmd, OHBA_ADMIN_TIMEOUT_MS);
	ohba_genl_put(hw);
	if (ohba_admin_refused(&cmd))
		NL_SET_ERR_MSG(info->extack, "the firmware refused it");
	return err;
}

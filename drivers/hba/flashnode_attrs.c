// SPDX-License-Identifier: GPL-2.0-only
/* What of an entry the class has no parameter for: files of a flashnode's, by its side. */
#include <linux/slab.h>

#include "hba.h"

/* As hba_flash_refuse(): @name, and what it must be. */
static int hba_refuse_attr(struct device *dev, const char *name, const char *valid)
{
	struct iscsi_bus_flash_session *cls = iscsi_dev_to_flash_session(dev);
	struct hba *hba = hba_of(iscsi_flash_session_to_shost(cls));

	dev_err_ratelimited(hba->adapter->dev, "%s of entry %u must be %s\n", name,
			    cls->target_id, valid);
	return -EINVAL;
}

/* --- who logs in --------------------------------------------------------- */

static const char *const hba_login_by[] = {
	[OHBA_LOGIN_BY_EITHER] = "either",
	[OHBA_LOGIN_BY_ADAPTER] = "adapter",
	[OHBA_LOGIN_BY_HOST] = "helper",
};

static u32 hba_get_login_by(const struct ohba_target *target)
{
	return target->login_by;
}

static void hba_set_login_by(struct ohba_target *target, u32 by)
{
	target->login_by = by;
}

static ssize_t login_by_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct iscsi_bus_flash_session *cls = iscsi_dev_to_flash_session(dev);

	return sysfs_emit(buf, "%s\n",
			  hba_login_by[hba_flashnode_peek(cls, hba_get_login_by)]);
}

static ssize_t login_by_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t len)
{
	int by = __sysfs_match_string(hba_login_by, ARRAY_SIZE(hba_login_by), buf);

	if (by < 0)
		return hba_refuse_attr(dev, "login_by", "either, adapter or helper");
	return hba_flashnode_poke(iscsi_dev_to_flash_session(dev), hba_set_login_by, by) ?:
	       len;
}

static DEVICE_ATTR_RW(login_by);

/* --- when the devices of a lost session go ------------------------------- */

static u32 hba_get_dev_loss(const struct ohba_target *target)
{
	return le32_to_cpu(target->dev_loss_s);
}

static void hba_set_dev_loss(struct ohba_target *target, u32 dev_loss_s)
{
	target->dev_loss_s = cpu_to_le32(dev_loss_s);
}

/* As in the file of a session's, 0 is never; none of its own is a word. */
static ssize_t dev_loss_tmo_show(struct device *dev, struct device_attribute *attr,
				 char *buf)
{
	u32 dev_loss_s = hba_flashnode_peek(iscsi_dev_to_flash_session(dev),
					    hba_get_dev_loss);

	if (!dev_loss_s)
		return sysfs_emit(buf, "default\n");
	return sysfs_emit(buf, "%u\n", dev_loss_s == OHBA_DEV_LOSS_NEVER ? 0 : dev_loss_s);
}

static int hba_parse_dev_loss(const char *buf, u32 *dev_loss_s)
{
	int seconds, err;

	*dev_loss_s = 0;
	if (sysfs_streq(buf, "default"))
		return 0;
	err = hba_parse_dev_loss_tmo(buf, &seconds);
	if (!err)
		*dev_loss_s = seconds ?: OHBA_DEV_LOSS_NEVER;
	return err;
}

/* It counts for the session that there is, too. */
static ssize_t dev_loss_tmo_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t len)
{
	struct iscsi_bus_flash_session *cls = iscsi_dev_to_flash_session(dev);
	u32 dev_loss_s;
	int err;

	if (hba_parse_dev_loss(buf, &dev_loss_s))
		return hba_refuse_attr(dev, "dev_loss_tmo",
				       HBA_DEV_LOSS_VALID ", or default");
	err = hba_flashnode_poke(cls, hba_set_dev_loss, dev_loss_s);
	if (err)
		return err;
	/* Who takes the targets away waits for this file before. */
	hba_target_set_dev_loss(hba_of(iscsi_flash_session_to_shost(cls)),
				cls->target_id, dev_loss_s);
	return len;
}

static DEVICE_ATTR_RW(dev_loss_tmo);

/* --- why it is not logged in --------------------------------------------- */

static const char *hba_phase_name(u8 phase)
{
	static const char *const names[] = {
		[OHBA_TARGET_OFF] = "off",
		[OHBA_TARGET_CONNECTING] = "connecting",
		[OHBA_TARGET_LOGIN] = "login",
		[OHBA_TARGET_UP] = "up",
		[OHBA_TARGET_WAITING] = "waiting",
		[OHBA_TARGET_LOGOUT] = "logout",
	};

	return phase < ARRAY_SIZE(names) ? names[phase] : "unknown";
}

/* Of what was not, there is no line. */
static int hba_put_failure(const struct ohba_target_state *state, char *buf, int at)
{
	u16 reason = le16_to_cpu(state->reason);
	int from = at;

	if (reason)
		at += sysfs_emit_at(buf, at, "reason: %s (%s)\nremedy: %s\n",
				    ohba_status_name(reason), ohba_status_meaning(reason),
				    ohba_status_remedy(reason));
	if (state->login_class)
		at += sysfs_emit_at(buf, at, "status: %02x%02x (%s)\n",
				    state->login_class, state->login_detail,
				    ohba_login_status_name(state->login_class,
							   state->login_detail));
	if (*state->words)
		at += sysfs_emit_at(buf, at, "words: %s\n", state->words);
	return at - from;
}

/* As it is at the moment, from the adapter: nobody keeps it here. */
static ssize_t login_state_show(struct device *dev, struct device_attribute *attr,
				char *buf)
{
	struct iscsi_bus_flash_session *cls = iscsi_dev_to_flash_session(dev);
	struct hba *hba = hba_of(iscsi_flash_session_to_shost(cls));
	struct ohba_target_state *state = kmalloc(sizeof(*state), GFP_NOIO);
	int at, err;

	if (!state)
		return -ENOMEM;
	err = hba_target_ask_state_of(hba, cls->target_id, state);
	if (err)
		goto free;
	at = sysfs_emit(buf, "phase: %s\n", hba_phase_name(state->phase));
	at += hba_put_failure(state, buf, at);
	at += sysfs_emit_at(buf, at, "tries: %u\n", le32_to_cpu(state->tries));
	if (state->phase == OHBA_TARGET_WAITING)
		at += sysfs_emit_at(buf, at, "next_try_ms: %u\n",
				    le32_to_cpu(state->retry_ms));
free:
	kfree(state);
	return err ?: at;
}

static DEVICE_ATTR_ADMIN_RO(login_state);

/* --- all ----------------------------------------------------------------- */

/* They go with @dev. */
int hba_flashnode_add_files(struct device *dev)
{
	return device_create_file(dev, &dev_attr_login_by) ?:
	       device_create_file(dev, &dev_attr_dev_loss_tmo) ?:
	       device_create_file(dev, &dev_attr_login_state);
}

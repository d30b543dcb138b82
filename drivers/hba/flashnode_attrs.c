// SPDX-License-Identifier: GPL-2.0-only
/* What of an entry the class has no parameter for: files of a flashnode's, by its side. */
#include "hba.h"

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
		return by;
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
	err = kstrtoint(buf, 10, &seconds);
	if (err)
		return err;
	if (seconds < -1 || seconds > OHBA_DEV_LOSS_MAX_S)
		return -ERANGE;
	*dev_loss_s = seconds > 0 ? seconds : OHBA_DEV_LOSS_NEVER;
	return 0;
}

/* It counts for the session that there is, too. */
static ssize_t dev_loss_tmo_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t len)
{
	struct iscsi_bus_flash_session *cls = iscsi_dev_to_flash_session(dev);
	u32 dev_loss_s;
	int err;

	err = hba_parse_dev_loss(buf, &dev_loss_s) ?:
	      hba_flashnode_poke(cls, hba_set_dev_loss, dev_loss_s);
	if (err)
		return err;
	/* Who takes the targets away waits for this file before. */
	hba_target_set_dev_loss(hba_of(iscsi_flash_session_to_shost(cls)),
				cls->target_id, dev_loss_s);
	return len;
}

static DEVICE_ATTR_RW(dev_loss_tmo);

/* --- all ----------------------------------------------------------------- */

/* They go with @dev. */
int hba_flashnode_add_files(struct device *dev)
{
	return device_create_file(dev, &dev_attr_login_by) ?:
	       device_create_file(dev, &dev_attr_dev_loss_tmo);
}

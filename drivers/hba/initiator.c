// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who the adapter says that it is in sessions of its own: files of the SCSI host, as open-iscsi
 * sets no such thing.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "hba.h"
#include "target.h"

/* @at: of the text in struct ohba_initiator. */
static ssize_t hba_initiator_show(struct device *dev, size_t at, char *buf)
{
	struct ohba_initiator *initiator = kmalloc(sizeof(*initiator), GFP_KERNEL);
	const u8 *text = (u8 *)initiator + at;
	ssize_t ret;

	if (!initiator)
		return -ENOMEM;
	ret = ohba_initiator_get(hba_of(class_to_shost(dev))->adapter, false, initiator);
	if (!ret)
		ret = ohba_is_line(text, OHBA_NAME_LEN) ? sysfs_emit(buf, "%s\n", text) :
							  -EPROTO;
	kfree(initiator);
	return ret;
}

/* What was set else is set anew: nobody may come between. */
static int hba_initiator_change(struct hba *hba, size_t at, const char *text, size_t len)
{
	struct ohba_initiator *initiator = kmalloc(sizeof(*initiator), GFP_KERNEL);
	u8 *to = (u8 *)initiator + at;
	int err;

	if (!initiator)
		return -ENOMEM;
	mutex_lock(&hba->initiator_mutex);
	err = ohba_initiator_get(hba->adapter, true, initiator);
	if (!err) {
		memset(to, 0, OHBA_NAME_LEN);
		memcpy(to, text, len);
		err = ohba_initiator_set(hba->adapter, initiator);
	}
	mutex_unlock(&hba->initiator_mutex);
	kfree(initiator);
	return err;
}

static ssize_t hba_initiator_store(struct device *dev, size_t at, const char *buf,
				   size_t count, const char *valid)
{
	struct hba *hba = hba_of(class_to_shost(dev));
	size_t len = count && buf[count - 1] == '\n' ? count - 1 : count;
	int err = -EINVAL;

	if (len < OHBA_NAME_LEN)
		err = hba_initiator_change(hba, at, buf, len);
	if (err == -EINVAL)
		dev_err(hba->adapter->dev, "%s\n", valid);
	if (err)
		return err;
	hba_targets_ask_initiator(hba->targets);
	return count;
}

static ssize_t initiator_name_show(struct device *dev, struct device_attribute *attr,
				   char *buf)
{
	return hba_initiator_show(dev, offsetof(struct ohba_initiator, name), buf);
}

static ssize_t initiator_name_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	return hba_initiator_store(dev, offsetof(struct ohba_initiator, name), buf, count,
				   "initiator_name must be an iSCSI name (RFC 7143 section 4.2.7) of at most 223 bytes, or empty: then it is made of the MAC");
}

static ssize_t initiator_alias_show(struct device *dev, struct device_attribute *attr,
				    char *buf)
{
	return hba_initiator_show(dev, offsetof(struct ohba_initiator, alias), buf);
}

static ssize_t initiator_alias_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	return hba_initiator_store(dev, offsetof(struct ohba_initiator, alias), buf, count,
				   "initiator_alias must be at most 223 bytes of UTF-8 without control characters");
}

/* Each reading is a command to the adapter: not for everybody. */
static DEVICE_ATTR_ADMIN_RW(initiator_name);
static DEVICE_ATTR_ADMIN_RW(initiator_alias);

static struct attribute *hba_initiator_attrs[] = {
	&dev_attr_initiator_name.attr,
	&dev_attr_initiator_alias.attr,
	NULL
};

static umode_t hba_initiator_visible(struct kobject *kobj, struct attribute *attr, int i)
{
	struct hba *hba = hba_of(class_to_shost(kobj_to_dev(kobj)));

	return hba->targets ? attr->mode : 0;
}

const struct attribute_group hba_initiator_group = {
	.attrs = hba_initiator_attrs,
	.is_visible = hba_initiator_visible,
};

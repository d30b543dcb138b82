// SPDX-License-Identifier: GPL-2.0-only
/* What of an entry the class has no parameter for: files of a flashnode's, by its side. */
#include <linux/slab.h>

#include "hba.h"

/* Nobody else says it: the shell knows the error's number alone. */
static int hba_flashnode_refuse_file(struct device *dev, const struct device_attribute *attr,
				     const char *valid, int err)
{
	struct iscsi_bus_flash_session *cls = iscsi_dev_to_flash_session(dev);
	struct hba *hba = hba_of(iscsi_flash_session_to_shost(cls));

	dev_err_ratelimited(hba->adapter->dev, "%s of entry %u must be %s\n",
			    attr->attr.name, cls->target_id, valid);
	return err;
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
		return hba_flashnode_refuse_file(dev, attr, "either, adapter or helper",
						 by);
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

	err = hba_parse_dev_loss(buf, &dev_loss_s);
	if (err)
		return hba_flashnode_refuse_file(dev, attr, HBA_DEV_LOSS_VALID ", or default",
						 err);
	err = hba_flashnode_poke(cls, hba_set_dev_loss, dev_loss_s);
	if (err)
		return err;
	/* Who takes the targets away waits for this file before. */
	hba_target_set_dev_loss(hba_of(iscsi_flash_session_to_shost(cls)),
				cls->target_id, dev_loss_s);
	return len;
}

static DEVICE_ATTR_RW(dev_loss_tmo);

/* --- by what both prove themselves ---------------------------------------- */

static const char *const hba_chap_words[16] = {
	[OHBA_CHAP_MD5] = "md5",
	[OHBA_CHAP_SHA1] = "sha1",
	[OHBA_CHAP_SHA256] = "sha256",
	[OHBA_CHAP_SHA3_256] = "sha3-256",
};

static u32 hba_get_chap_list(const struct ohba_target *target)
{
	return le16_to_cpu(target->chap_list);
}

static void hba_set_chap_list(struct ohba_target *target, u32 list)
{
	target->chap_list = cpu_to_le16(list);
}

static ssize_t chap_algorithms_show(struct device *dev, struct device_attribute *attr,
				    char *buf)
{
	u32 list = hba_flashnode_peek(iscsi_dev_to_flash_session(dev), hba_get_chap_list);
	int len = 0;

	for (; list && hba_chap_words[list & 15]; list >>= 4)
		len += sysfs_emit_at(buf, len, "%s%s", len ? "," : "",
				     hba_chap_words[list & 15]);
	return len + sysfs_emit_at(buf, len, "\n");
}

/* Return: 0: none has these @len bytes for its name. */
static u32 hba_chap_word(const char *name, size_t len)
{
	u32 word;

	for (word = 1; word < ARRAY_SIZE(hba_chap_words); word++)
		if (hba_chap_words[word] && strlen(hba_chap_words[word]) == len &&
		    !memcmp(hba_chap_words[word], name, len))
			return word;
	return 0;
}

/* There are four, each of which may be there once: the list has room for them. */
static int hba_parse_chap_list(const char *buf, u32 *list)
{
	u32 word, seen = 0, shift = 0;
	size_t len;

	*list = 0;
	for (;; buf += len + 1) {
		len = strcspn(buf, ",\n");
		word = hba_chap_word(buf, len);
		if (!word || seen & BIT(word))
			return -EINVAL;
		seen |= BIT(word);
		*list |= word << shift;
		shift += 4;
		if (buf[len] != ',')
			return buf[len] && buf[len + 1] ? -EINVAL : 0;
	}
}

static ssize_t chap_algorithms_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t len)
{
	u32 list;
	int err = hba_parse_chap_list(buf, &list);

	if (err)
		return hba_flashnode_refuse_file(dev, attr,
						 "some of md5, sha1, sha256, sha3-256, with commas, the best first",
						 err);
	return hba_flashnode_poke(iscsi_dev_to_flash_session(dev), hba_set_chap_list, list) ?:
	       len;
}

static DEVICE_ATTR_RW(chap_algorithms);

/* --- how long it waits ------------------------------------------------------ */

/* Files of whole seconds; the record has milliseconds, 0 for the adapter's own. */
static ssize_t hba_show_seconds(struct device *dev, char *buf,
				u32 (*get)(const struct ohba_target *target), u32 own_ms)
{
	u32 ms = hba_flashnode_peek(iscsi_dev_to_flash_session(dev), get) ?: own_ms;

	return sysfs_emit(buf, "%u\n", ms / 1000 + !!(ms % 1000));
}

static ssize_t hba_store_seconds(struct device *dev, struct device_attribute *attr,
				 const char *buf, size_t len, u32 max_s,
				 void (*set)(struct ohba_target *target, u32 ms))
{
	char valid[32];
	int s, err;

	err = kstrtoint(buf, 10, &s);
	if (!err && (s < 1 || s > max_s))
		err = -ERANGE;
	if (err) {
		snprintf(valid, sizeof(valid), "1 to %u seconds", max_s);
		return hba_flashnode_refuse_file(dev, attr, valid, err);
	}
	return hba_flashnode_poke(iscsi_dev_to_flash_session(dev), set, s * 1000) ?: len;
}

static u32 hba_get_login_ms(const struct ohba_target *target)
{
	return le32_to_cpu(target->login_ms);
}

static void hba_set_login_ms(struct ohba_target *target, u32 ms)
{
	target->login_ms = cpu_to_le32(ms);
}

static ssize_t login_tmo_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return hba_show_seconds(dev, buf, hba_get_login_ms, OHBA_LOGIN_MS);
}

static ssize_t login_tmo_store(struct device *dev, struct device_attribute *attr,
			       const char *buf, size_t len)
{
	return hba_store_seconds(dev, attr, buf, len, OHBA_LOGIN_MS_MAX / 1000,
				 hba_set_login_ms);
}

static DEVICE_ATTR_RW(login_tmo);

#define HBA_PING_MS	5000	/* SESSION_START's, if nobody says another */
#define HBA_PING_MAX_S	3600

static u32 hba_get_ping_ms(const struct ohba_target *target)
{
	return le32_to_cpu(target->timers.nop_timeout_ms);
}

static void hba_set_ping_ms(struct ohba_target *target, u32 ms)
{
	target->timers.nop_timeout_ms = cpu_to_le32(ms);
}

static ssize_t ping_tmo_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return hba_show_seconds(dev, buf, hba_get_ping_ms, HBA_PING_MS);
}

static ssize_t ping_tmo_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t len)
{
	return hba_store_seconds(dev, attr, buf, len, HBA_PING_MAX_S, hba_set_ping_ms);
}

static DEVICE_ATTR_RW(ping_tmo);

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

/* Of a session that is up. */
static int hba_put_session(const struct ohba_target_state *state, char *buf, int at)
{
	int from = at;

	if (state->phase != OHBA_TARGET_UP)
		return 0;
	at += sysfs_emit_at(buf, at, "portal: ");
	if (state->family == OHBA_FAMILY_IPV4) {
		at += sysfs_emit_at(buf, at, "%pI4", state->addr);
	} else {
		at += sysfs_emit_at(buf, at, "[");
		at += sysfs_emit_at(buf, at, "%pI6c]", state->addr);
	}
	at += sysfs_emit_at(buf, at, ":%u\nlocal_port: %u\nups: %u\n",
			    le16_to_cpu(state->port), le16_to_cpu(state->local_port),
			    le32_to_cpu(state->ups));
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
	at += hba_put_session(state, buf, at);
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

static struct device_attribute *const hba_flashnode_files[] = {
	&dev_attr_login_by,
	&dev_attr_dev_loss_tmo,
	&dev_attr_chap_algorithms,
	&dev_attr_login_tmo,
	&dev_attr_ping_tmo,
	&dev_attr_login_state,
};

/* They go with @dev. */
int hba_flashnode_add_files(struct device *dev)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < ARRAY_SIZE(hba_flashnode_files); i++)
		err = device_create_file(dev, hba_flashnode_files[i]);
	return err;
}

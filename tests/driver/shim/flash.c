// SPDX-License-Identifier: GPL-2.0-or-later
/* The transport class's flashnodes (flash.h). */
#include "shim.h"

unsigned int shim_flashnodes;
static struct iscsi_bus_flash_session *flashnodes[SHIM_FLASHNODES];

/* By the class, during a request: it may go meanwhile. */
static struct {
	struct iscsi_bus_flash_session *sess;
	bool gone;
} held;

struct iscsi_bus_flash_session *shim_flashnode(u32 index)
{
	return index < SHIM_FLASHNODES ? flashnodes[index] : NULL;
}

static void free_node(struct iscsi_bus_flash_session *sess)
{
	kfree(sess->conn);
	kfree(sess);
}

struct iscsi_bus_flash_session *shim_flashnode_hold(u32 index)
{
	shim_check(!held.sess, "two requests of the class at once");
	held.sess = shim_flashnode(index);
	return held.sess;
}

void shim_flashnode_release(void)
{
	if (held.gone)
		free_node(held.sess);
	memset(&held, 0, sizeof(held));
}

/* Root's alone are those that the device is asked for: it may fail. */
void shim_flashnode_read(struct iscsi_bus_flash_session *sess)
{
	static char buf[4096];
	int param, n;

	for (param = 0; param < ISCSI_FLASHNODE_MAX; param++) {
		umode_t mode = sess->transport->attr_is_visible(ISCSI_FLASHNODE_PARAM, param);

		if (!mode)
			continue;
		n = sess->transport->get_flashnode_param(sess, param, buf);
		shim_check(n > 0 || (n < 0 && mode == 0400),
			   "file %d of flashnode %u cannot be read: %d", param,
			   sess->target_id, n);
	}
}

struct iscsi_bus_flash_session *iscsi_create_flashnode_sess(struct Scsi_Host *shost, int index,
							    struct iscsi_transport *tt,
							    int dd_size)
{
	struct iscsi_bus_flash_session *sess;

	shim_check(shim_noio, "the class allocates with GFP_KERNEL");
	shim_check(!dd_size, "the class gives what it has for us after it shows it");
	shim_check(index < SHIM_FLASHNODES && !flashnodes[index], "flashnode %d comes twice",
		   index);
	sess = kzalloc(sizeof(*sess), GFP_KERNEL);
	if (!sess)
		return NULL;
	sess->transport = tt;
	sess->target_id = index;
	sess->dev.parent = &shost->shost_gendev;
	flashnodes[index] = sess;
	shim_flashnodes++;
	shim_flashnode_read(sess);
	return sess;
}

struct iscsi_bus_flash_conn *iscsi_create_flashnode_conn(struct Scsi_Host *shost,
							 struct iscsi_bus_flash_session *sess,
							 struct iscsi_transport *tt, int dd_size)
{
	struct iscsi_bus_flash_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);

	(void)shost;
	(void)dd_size;
	if (!conn)
		return NULL;
	conn->transport = tt;
	sess->conn = conn;
	return conn;
}

/* A newline at the end is none of it. */
int __sysfs_match_string(const char *const *words, size_t n, const char *text)
{
	size_t len = strcspn(text, "\n"), i;

	for (i = 0; i < n; i++)
		if (strlen(words[i]) == len && !memcmp(words[i], text, len))
			return i;
	return -EINVAL;
}

bool sysfs_streq(const char *text, const char *word)
{
	return !__sysfs_match_string(&word, 1, text);
}

void iscsi_destroy_flashnode_sess(struct iscsi_bus_flash_session *sess)
{
	shim_check(shim_noio, "the class allocates with GFP_KERNEL");
	/* Who reads a file is waited for. */
	shim_might_sleep("a device's end");
	shim_check(flashnodes[sess->target_id] == sess, "a flashnode goes twice");
	flashnodes[sess->target_id] = NULL;
	shim_flashnodes--;
	if (sess == held.sess)
		held.gone = true;
	else
		free_node(sess);
}

void shim_flash_reset(void)
{
	shim_flashnode_release();
	memset(flashnodes, 0, sizeof(flashnodes));
	shim_flashnodes = 0;
}

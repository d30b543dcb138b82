// SPDX-License-Identifier: GPL-2.0-only
/* What debugfs shows of an adapter: its queues' counters, its log categories. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "priv.h"

static struct dentry *ohba_debugfs_root;

static void ohba_show_pair(struct seq_file *s, const struct ohba_pair *pair,
			   const char *kind)
{
	const struct ohba_pair_stats *st = &pair->stats;

	seq_printf(s, "%u %s %llu %llu %llu %llu %llu %llu %llu %llu\n",
		   pair->qid, kind, st->submissions, st->doorbells, st->full,
		   st->interrupts, st->softirq_done, st->polled_done,
		   st->local_done, st->stale);
}

static int queues_show(struct seq_file *s, void *unused)
{
	struct ohba_hw *hw = s->private;
	unsigned int i;

	seq_puts(s, "queue kind submissions doorbells full interrupts softirq_done polled_done local_done stale\n");
	ohba_show_pair(s, &hw->admin.pair, "admin");
	/* Pairs with the release in ohba_io_start(). */
	if (!smp_load_acquire(&hw->io_started))
		return 0;
	for (i = 0; i < hw->npairs; i++)
		ohba_show_pair(s, &hw->pairs[i],
			       hw->pairs[i].polled ? "poll" : "irq");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

static int state_show(struct seq_file *s, void *unused)
{
	struct ohba_hw *hw = s->private;

	seq_printf(s, "state %s\nmodel %s\nserial %s\nfirmware %s\nabi %u\n",
		   ohba_is_down(hw) ? "down" : "up", hw->info.model,
		   hw->info.serial, hw->info.fw_version, hw->abi);
	seq_printf(s, "events %llu\nunknown_events %llu\n", hw->events.count,
		   hw->events.unknown);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static ssize_t ohba_log_read(struct file *file, char __user *to, size_t len,
			     loff_t *pos)
{
	struct ohba_hw *hw = file->private_data;
	char names[64];

	ohba_log_names(names, sizeof(names) - 1, READ_ONCE(hw->pub.log_mask));
	strcat(names, "\n");
	return simple_read_from_buffer(to, len, pos, names, strlen(names));
}

static ssize_t ohba_log_write(struct file *file, const char __user *from,
			      size_t len, loff_t *pos)
{
	struct ohba_hw *hw = file->private_data;
	const char *unknown;
	char *text;
	u32 mask;
	int err;

	if (len > 256)
		return -EINVAL;
	text = memdup_user_nul(from, len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = ohba_log_parse(text, &mask, &unknown);
	if (!err)
		WRITE_ONCE(hw->pub.log_mask, mask);
	kfree(text);
	return err ? err : len;
}

static const struct file_operations ohba_log_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = ohba_log_read,
	.write = ohba_log_write,
	.llseek = default_llseek,
};

void ohba_debugfs_add(struct ohba_hw *hw)
{
	hw->debugfs = debugfs_create_dir(pci_name(hw->pub.pdev),
					 ohba_debugfs_root);
	debugfs_create_file("queues", 0400, hw->debugfs, hw, &queues_fops);
	debugfs_create_file("state", 0400, hw->debugfs, hw, &state_fops);
	debugfs_create_file("log", 0600, hw->debugfs, hw, &ohba_log_fops);
}

/* Waits for readers. */
void ohba_debugfs_remove(struct ohba_hw *hw)
{
	debugfs_remove_recursive(hw->debugfs);
	hw->debugfs = NULL;
}

void ohba_debugfs_init(void)
{
	ohba_debugfs_root = debugfs_create_dir("ohba", NULL);
}

void ohba_debugfs_exit(void)
{
	debugfs_remove_recursive(ohba_debugfs_root);
}

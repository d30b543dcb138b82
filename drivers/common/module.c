// SPDX-License-Identifier: GPL-2.0-only
/* ohba.ko: what the drivers of all classes share. */
#include <linux/module.h>

#include "priv.h"

static int __init ohba_init(void)
{
	ohba_log_init();
	ohba_debugfs_init();
	return 0;
}
module_init(ohba_init);

static void __exit ohba_exit(void)
{
	ohba_debugfs_exit();
}
module_exit(ohba_exit);

MODULE_DESCRIPTION("ohba iSCSI adapters: common part");
MODULE_LICENSE("GPL");

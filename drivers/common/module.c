// SPDX-License-Identifier: GPL-2.0-only
/* ohba.ko: what the drivers of all classes share. */
#include <linux/module.h>

#include "priv.h"

static int __init ohba_init(void)
{
	int err;

	ohba_log_init();
	err = ohba_life_setup();
	if (err)
		return err;
	err = ohba_logins_setup();
	if (err)
		goto life;
	err = ohba_genl_setup();
	if (err)
		goto logins;
	/* Last: who opens it runs code of ours, and would after a failure, too. */
	err = ohba_login_dev_setup();
	if (err)
		goto genl;
	ohba_debugfs_init();
	return 0;

genl:
	ohba_genl_cleanup();
logins:
	ohba_logins_cleanup();
life:
	ohba_life_cleanup();
	return err;
}
module_init(ohba_init);

static void __exit ohba_exit(void)
{
	ohba_debugfs_exit();
	ohba_login_dev_cleanup();
	ohba_genl_cleanup();
	ohba_logins_cleanup();
	ohba_life_cleanup();
}
module_exit(ohba_exit);

MODULE_DESCRIPTION("ohba iSCSI adapters: common part");
MODULE_LICENSE("GPL");

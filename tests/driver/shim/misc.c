// SPDX-License-Identifier: GPL-2.0-or-later
/* Character devices (misc.h). */
#include "shim.h"

bool shim_user_faults;
unsigned int shim_devices;
static struct miscdevice *device;
static unsigned int opened;

int misc_register(struct miscdevice *misc)
{
	shim_check(!device, "a device is registered twice");
	shim_check(misc->mode == 0600 && misc->minor == MISC_DYNAMIC_MINOR,
		   "device %s is everybody's", misc->name);
	if (!shim_alloc_allowed(GFP_KERNEL))
		return -ENOMEM;
	device = misc;
	shim_devices++;
	return 0;
}

void misc_deregister(struct miscdevice *misc)
{
	shim_check(device == misc && !opened, "a device goes that is open, or not there");
	device = NULL;
}

int stream_open(struct inode *inode, struct file *file)
{
	file->stream = true;
	return 0;
}

bool capable(int cap)
{
	shim_check(cap == CAP_SYS_ADMIN, "another capability");
	return !shim_not_admin;
}

static unsigned long copy(void *to, const void *from, unsigned long len)
{
	shim_might_sleep("a copy from or to a process");
	if (shim_user_faults)
		return len;
	memcpy(to, from, len);
	return 0;
}

unsigned long copy_to_user(void *to, const void *from, unsigned long len)
{
	return copy(to, from, len);
}

unsigned long copy_from_user(void *to, const void *from, unsigned long len)
{
	return copy(to, from, len);
}

/* --- who uses it -------------------------------------------------------------------- */

int shim_open(const char *name, unsigned int flags, struct file *file)
{
	struct inode inode = { false };
	int err;

	shim_check(device && !strcmp(device->name, name), "there is no %s", name);
	*file = (struct file){ .f_flags = flags };
	err = device->fops->open(&inode, file);
	if (!err)
		__module_get(device->fops->owner);
	shim_check(err || file->stream, "%s can be sought in", name);
	opened += !err;
	return err;
}

void shim_close(struct file *file)
{
	struct inode inode = { false };

	opened--;
	device->fops->release(&inode, file);
	module_put(device->fops->owner);
}

ssize_t shim_read(struct file *file, void *buf, size_t len)
{
	loff_t pos = 0;

	return device->fops->read(file, buf, len, &pos);
}

ssize_t shim_write(struct file *file, const void *buf, size_t len)
{
	loff_t pos = 0;

	return device->fops->write(file, buf, len, &pos);
}

__poll_t shim_poll(struct file *file)
{
	poll_table wait = { 0 };
	__poll_t can = device->fops->poll(file, &wait);

	shim_check(wait.queues, "who polls is not woken");
	return can;
}

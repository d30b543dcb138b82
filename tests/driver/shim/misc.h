/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Character devices of their own, and who opens, reads and writes one. */
#ifndef SHIM_MISC_H
#define SHIM_MISC_H

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include "sched.h"

typedef unsigned int __poll_t;
typedef struct { unsigned int queues; } poll_table;
struct inode { bool unused; };
struct file {
	unsigned int f_flags;
	void *private_data;
	bool stream;
};

struct file_operations {
	struct module *owner;
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	ssize_t (*read)(struct file *file, char *buf, size_t len, loff_t *pos);
	ssize_t (*write)(struct file *file, const char *buf, size_t len, loff_t *pos);
	__poll_t (*poll)(struct file *file, poll_table *wait);
};

#define MISC_DYNAMIC_MINOR	255
struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	unsigned short mode;
};

int misc_register(struct miscdevice *misc);
void misc_deregister(struct miscdevice *misc);
int stream_open(struct inode *inode, struct file *file);
bool capable(int cap);
#define poll_wait(file, wq, wait)	((void)(file), (void)(wq), (wait)->queues++)
/* Return: bytes that were not copied. */
unsigned long copy_to_user(void *to, const void *from, unsigned long len);
unsigned long copy_from_user(void *to, const void *from, unsigned long len);

/* How many there ever were. */
extern unsigned int shim_devices;
/* Who uses it has no such memory. */
extern bool shim_user_faults;
/* The one device, by its name. Return: what open() said; @file is the caller's. */
int shim_open(const char *name, unsigned int flags, struct file *file);
void shim_close(struct file *file);
ssize_t shim_read(struct file *file, void *buf, size_t len);
ssize_t shim_write(struct file *file, const void *buf, size_t len);
__poll_t shim_poll(struct file *file);

#endif /* SHIM_MISC_H */

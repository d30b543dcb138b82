// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/ohba_logins (ohba_login_dev.h): while it is open, the host offers to make logins. Only
 * read() blocks; what was read or written is wiped from our buffers.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "logins.h"

struct ohba_login_file {
	struct mutex read_mutex;	/* up to @out */
	size_t have;			/* bytes of @out that were not read yet */
	struct ohba_login_msg out;
	struct mutex write_mutex;	/* in */
	struct ohba_login_msg in;
};

LIST_HEAD(ohba_login_ready);
static DECLARE_WAIT_QUEUE_HEAD(ohba_login_wait);
static u32 ohba_login_offers;	/* the last number; ohba_logins_lock */

void ohba_login_wake(void)
{
	wake_up_interruptible_poll(&ohba_login_wait, EPOLLIN | EPOLLRDNORM);
}

/* Threads may share the file: readers take turns, and so do writers. */
static int ohba_login_file_lock(struct file *file, struct mutex *mutex)
{
	if (file->f_flags & O_NONBLOCK)
		return mutex_trylock(mutex) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(mutex) ? -ERESTARTSYS : 0;
}

/* --- reading --------------------------------------------------------------- */

static bool ohba_login_has_news(void)
{
	bool has;

	spin_lock_bh(&ohba_logins_lock);
	has = !list_empty(&ohba_login_ready);
	spin_unlock_bh(&ohba_logins_lock);
	return has;
}

/* Return: bytes of @out, 0: there is nothing. */
static size_t ohba_login_next(struct ohba_login_msg *out)
{
	struct ohba_logins *last = NULL;
	struct ohba_login *login;
	size_t len = 0;

	spin_lock_bh(&ohba_logins_lock);
	while (!len && !last && !list_empty(&ohba_login_ready)) {
		login = list_first_entry(&ohba_login_ready, struct ohba_login, ready);
		len = ohba_login_fill_msg(login, out);
		/* It was the last message of an adapter that was removed. */
		if (!login->logins->refs)
			last = login->logins;
	}
	spin_unlock_bh(&ohba_logins_lock);
	if (last)
		ohba_logins_free(last);
	return len;
}

static int ohba_login_await(struct ohba_login_file *lf, bool nonblock)
{
	int err = 0;

	while (!err && !lf->have) {
		lf->have = ohba_login_next(&lf->out);
		if (lf->have)
			break;
		err = nonblock ? -EAGAIN :
				 wait_event_interruptible(ohba_login_wait,
							  ohba_login_has_news());
	}
	return err;
}

/* What could not be copied is there at the next try. */
static ssize_t ohba_login_copy(struct ohba_login_file *lf, char __user *buf)
{
	size_t len = lf->have;

	if (copy_to_user(buf, &lf->out, len))
		return -EFAULT;
	memzero_explicit(&lf->out, len);
	lf->have = 0;
	return len;
}

static ssize_t ohba_login_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct ohba_login_file *lf = file->private_data;
	ssize_t got;

	if (len < OHBA_LOGIN_MSG_MAX)
		return -EMSGSIZE;
	got = ohba_login_file_lock(file, &lf->read_mutex);
	if (got)
		return got;
	got = ohba_login_await(lf, file->f_flags & O_NONBLOCK) ?: ohba_login_copy(lf, buf);
	mutex_unlock(&lf->read_mutex);
	return got;
}

static __poll_t ohba_login_poll(struct file *file, poll_table *wait)
{
	struct ohba_login_file *lf = file->private_data;
	__poll_t can = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &ohba_login_wait, wait);
	if (READ_ONCE(lf->have) || ohba_login_has_news())
		can |= EPOLLIN | EPOLLRDNORM;
	return can;
}

/* --- writing --------------------------------------------------------------- */

static int ohba_login_do_take(struct ohba_login *login, const struct ohba_login_msg *msg,
			      size_t len)
{
	return ohba_login_take(login);
}

static int ohba_login_do_pdu(struct ohba_login *login, const struct ohba_login_msg *msg,
			     size_t len)
{
	return ohba_login_send(login, &msg->pdu, len - OHBA_LOGIN_BHS_LEN);
}

static int ohba_login_do_end(struct ohba_login *login, const struct ohba_login_msg *msg,
			     size_t len)
{
	return ohba_login_end(login, &msg->result);
}

/* By type: how long what is behind the header may be, and what is done with it. */
static const struct ohba_login_handler {
	size_t min, max;
	int (*fn)(struct ohba_login *login, const struct ohba_login_msg *msg, size_t len);
} ohba_login_handlers[] = {
	[OHBA_LOGIN_MSG_TAKE] = { 0, 0, ohba_login_do_take },
	[OHBA_LOGIN_MSG_PDU] = { OHBA_LOGIN_BHS_LEN, sizeof(struct ohba_login_pdu),
				 ohba_login_do_pdu },
	[OHBA_LOGIN_MSG_END] = { sizeof(struct ohba_login_result),
				 sizeof(struct ohba_login_result), ohba_login_do_end },
};

/* @len: bytes of @msg, at least its header. */
static int ohba_login_do(const struct ohba_login_msg *msg, size_t len)
{
	const struct ohba_login_handler *handler = &ohba_login_handlers[0];
	struct ohba_login *login;
	int err;

	len -= OHBA_LOGIN_MSG_HEAD;
	if (msg->type < ARRAY_SIZE(ohba_login_handlers))
		handler = &ohba_login_handlers[msg->type];
	if (!handler->fn || msg->rsvd || len < handler->min || len > handler->max) {
		pr_warn_ratelimited("message %u, of %zu bytes, of the helper is not understood: install helper and driver of one version\n",
				    msg->type, len);
		return -EINVAL;
	}
	spin_lock_bh(&ohba_logins_lock);
	login = ohba_login_find(msg->login);
	err = login ? handler->fn(login, msg, len) : -ESTALE;
	spin_unlock_bh(&ohba_logins_lock);
	return err;
}

static ssize_t ohba_login_write(struct file *file, const char __user *buf, size_t len,
				loff_t *pos)
{
	struct ohba_login_file *lf = file->private_data;
	int err;

	if (len < OHBA_LOGIN_MSG_HEAD || len > sizeof(lf->in))
		return -EINVAL;
	err = ohba_login_file_lock(file, &lf->write_mutex);
	if (err)
		return err;
	err = copy_from_user(&lf->in, buf, len) ? -EFAULT : ohba_login_do(&lf->in, len);
	memzero_explicit(&lf->in, len);
	mutex_unlock(&lf->write_mutex);
	return err ? err : (ssize_t)len;
}

/* --- the offer -------------------------------------------------------------- */

static int ohba_login_begin(void)
{
	int err = -EBUSY;

	spin_lock_bh(&ohba_logins_lock);
	if (!ohba_login_offer) {
		if (!++ohba_login_offers)
			ohba_login_offers = 1;
		ohba_login_offer = ohba_login_offers;
		ohba_logins_offered_all();
		err = 0;
	}
	spin_unlock_bh(&ohba_logins_lock);
	return err;
}

/* Nobody reads what is to be read of the first of @unread. Return: false: there is none. */
static bool ohba_login_skip(struct list_head *unread)
{
	struct ohba_logins *last = NULL;
	struct ohba_login *login;
	bool any;

	spin_lock_bh(&ohba_logins_lock);
	any = !list_empty(unread);
	if (any) {
		login = list_first_entry(unread, struct ohba_login, ready);
		ohba_login_unpost(login);
		ohba_login_submit_due(login);
		if (!login->logins->refs)
			last = login->logins;
	}
	spin_unlock_bh(&ohba_logins_lock);
	if (last)
		ohba_logins_free(last);
	return any;
}

/*
 * Discard what nobody read, one by one, as each is wiped; who opens the file meanwhile does not
 * find them. The workers tell the adapters: close() does not wait.
 */
static void ohba_login_finish_offer(void)
{
	LIST_HEAD(unread);

	spin_lock_bh(&ohba_logins_lock);
	ohba_login_offer = 0;
	list_splice_init(&ohba_login_ready, &unread);
	ohba_logins_offered_all();
	spin_unlock_bh(&ohba_logins_lock);
	while (ohba_login_skip(&unread))
		;
}

static int ohba_login_open(struct inode *inode, struct file *file)
{
	struct ohba_login_file *lf;
	unsigned int noio;
	int err;

	/* Secrets are read: not by somebody who only configures networks, or a namespace. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	/* The disks that reclaim would write to may wait for the logins made here. */
	noio = memalloc_noio_save();
	lf = kvzalloc(sizeof(*lf), GFP_KERNEL);
	memalloc_noio_restore(noio);
	if (!lf)
		return -ENOMEM;
	mutex_init(&lf->read_mutex);
	mutex_init(&lf->write_mutex);
	lf->out.type = OHBA_LOGIN_MSG_HELLO;
	lf->out.hello.version = OHBA_LOGIN_DEV_VERSION;
	lf->have = OHBA_LOGIN_MSG_HEAD + sizeof(lf->out.hello);
	err = ohba_login_begin();
	if (err) {
		kvfree(lf);
		return err;
	}
	file->private_data = lf;
	return stream_open(inode, file);
}

static int ohba_login_release(struct inode *inode, struct file *file)
{
	ohba_login_finish_offer();
	memzero_explicit(file->private_data, sizeof(struct ohba_login_file));
	kvfree(file->private_data);
	return 0;
}

static const struct file_operations ohba_login_fops = {
	.owner = THIS_MODULE,
	.open = ohba_login_open,
	.release = ohba_login_release,
	.read = ohba_login_read,
	.write = ohba_login_write,
	.poll = ohba_login_poll,
};

static struct miscdevice ohba_login_miscdev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = OHBA_LOGIN_DEV,
	.fops = &ohba_login_fops,
	.mode = 0600,
};

int __init ohba_login_dev_setup(void)
{
	return misc_register(&ohba_login_miscdev);
}

/* It is not open, or we were not unloaded. */
void ohba_login_dev_cleanup(void)
{
	misc_deregister(&ohba_login_miscdev);
}

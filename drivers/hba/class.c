// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to the iscsi class that the daemon uses, its netlink socket: it leads
 * under the lock that the class holds for every request, which nothing else of
 * the class offers.
 */
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "hba.h"

static struct socket *hba_class_sock;
static DEFINE_MUTEX(hba_class_lock);	/* one question at a time */

struct hba_class_msg {
	struct nlmsghdr nlh;
	struct iscsi_uevent ev;
};

static int hba_class_send(void *data, size_t len)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct msghdr msg = { .msg_name = &to, .msg_namelen = sizeof(to) };
	struct kvec vec = { .iov_base = data, .iov_len = len };
	unsigned int flags;
	int ret;

	/* What follows may be what the page that reclaim writes waits for. */
	flags = memalloc_noio_save();
	ret = kernel_sendmsg(hba_class_sock, &msg, &vec, 1, len);
	memalloc_noio_restore(flags);
	return ret < 0 ? ret : 0;
}

/**
 * hba_class_barrier() - wait until the class is done with the request it is at
 *
 * The class takes its lock for a message that is too short to say anything, and
 * answers nothing.
 *
 * Context: process; the caller holds nothing that a transport callback waits for.
 * Return: 0; -ENOMEM or the like if it did not wait.
 */
int hba_class_barrier(void)
{
	u32 nothing = 0;
	int err;

	BUILD_BUG_ON(sizeof(nothing) >= NLMSG_HDRLEN);
	err = hba_class_send(&nothing, sizeof(nothing));
	if (err)
		pr_warn_ratelimited("ohba_fw: no way to wait for the iscsi class (%d): if a login times out now, repeat it\n",
				    err);
	return err;
}

/* --- requests ------------------------------------------------------------ */

struct hba_class_request {
	struct work_struct work;
	struct hba_class_msg msg;
	int err;
};

/* The class has sent its reply when its part of the send is over. */
static int hba_class_reply(void)
{
	struct hba_class_msg reply = {};
	struct kvec vec = { .iov_base = &reply, .iov_len = sizeof(reply) };
	struct msghdr msg = {};
	int len;

	len = kernel_recvmsg(hba_class_sock, &msg, &vec, 1, sizeof(reply),
			     MSG_DONTWAIT);
	if (len < 0)
		return len;
	if (len < sizeof(reply))
		return -EPROTO;
	return reply.ev.type == ISCSI_KEVENT_IF_ERROR ? (int)reply.ev.iferror : 0;
}

static void hba_class_work(struct work_struct *work)
{
	struct hba_class_request *request =
		container_of(work, struct hba_class_request, work);

	mutex_lock(&hba_class_lock);
	request->err = hba_class_send(&request->msg, sizeof(request->msg)) ?:
		       hba_class_reply();
	mutex_unlock(&hba_class_lock);
}

/**
 * hba_class_ask() - have the class do what the daemon might ask of it
 * @ev: the request, but for @ev->transport_handle
 *
 * The class looks at the privileges of the sender: a worker has the kernel's,
 * which whoever has an adapter unbound need not have.
 *
 * Context: process; the caller holds nothing that a transport callback waits
 * for. Return: what the class answered: 0, -EINVAL if it does not know the
 * object; or -ENOMEM or the like if it could not be asked.
 */
int hba_class_ask(const struct iscsi_uevent *ev)
{
	struct hba_class_request request = {
		.msg.nlh.nlmsg_len = sizeof(request.msg),
		.msg.nlh.nlmsg_type = ev->type,
		.msg.nlh.nlmsg_flags = NLM_F_REQUEST,
		.msg.ev = *ev,
	};

	request.msg.ev.transport_handle = iscsi_handle(&hba_transport);
	INIT_WORK_ONSTACK(&request.work, hba_class_work);
	queue_work(system_unbound_wq, &request.work);
	flush_work(&request.work);
	destroy_work_on_stack(&request.work);
	return request.err;
}

/* --- the module ---------------------------------------------------------- */

/*
 * An address of its own, above those that processes take for their ids: an
 * unbound socket would take the id of the worker that sends first.
 */
static int __init hba_class_bind(void)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	int tries = 16;
	int err;

	do {
		self.nl_pid = get_random_u32() | BIT(31);
		err = kernel_bind(hba_class_sock, (struct sockaddr *)&self,
				  sizeof(self));
	} while (err == -EADDRINUSE && --tries);
	return err;
}

int __init hba_class_setup(void)
{
	int err;

	/* The class listens in this namespace only. */
	err = sock_create_kern(&init_net, PF_NETLINK, SOCK_RAW, NETLINK_ISCSI,
			       &hba_class_sock);
	if (err)
		return err;
	err = hba_class_bind();
	if (err)
		sock_release(hba_class_sock);
	return err;
}

void hba_class_cleanup(void)
{
	sock_release(hba_class_sock);
}

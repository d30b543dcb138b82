// SPDX-License-Identifier: GPL-2.0-only
/* `iscsiadm -m iface -C ping`: an echo request of the adapter's, and how it ended. */
#include <linux/in.h>
#include <linux/in6.h>

#include "hba.h"

#define HBA_PING_TIMEOUT_MS	10000	/* iscsiadm waits for 30 s */
#define HBA_PING_LIMIT_MS	(2 * HBA_PING_TIMEOUT_MS)	/* the firmware had its time */

/* --- the end ------------------------------------------------------------- */

static u32 hba_ping_status(const struct ohba_admin_cmd *cmd)
{
	if (cmd->error)
		return ISCSI_PING_FW_DISABLED;
	switch (cmd->status) {
	case OHBA_ST_SUCCESS:
		return ISCSI_PING_SUCCESS;
	case OHBA_ST_CONN_TIMEOUT:
		return ISCSI_PING_TIMEOUT;
	case OHBA_ST_HOST_UNREACH:
	case OHBA_ST_NO_HELPER:
		return ISCSI_PING_NO_ARP_RECEIVED;
	case OHBA_ST_INVALID_FIELD:	/* the rest of it was looked at here */
		return ISCSI_PING_OVERSIZE_PACKET;
	case OHBA_ST_NO_RESOURCES:
		return ISCSI_PING_MAX_REQ_EXCEEDED;
	case OHBA_ST_ICMP_ERROR:
		return ISCSI_PING_ICMP_ERROR;
	default:
		return ISCSI_PING_FW_DISABLED;
	}
}

/* Behind the class's reply to the request, before which iscsiadm does not listen. */
static void hba_ping_tell(struct hba_ping *ping, u32 status)
{
	if (atomic_cmpxchg(&ping->told, 0, 1))
		return;
	(void)hba_class_barrier();
	iscsi_ping_comp_event(ping->hba->shost->host_no, &hba_transport, status,
			      ping->pid, 0, NULL);
}

static void hba_ping_work(struct work_struct *work)
{
	struct hba_ping *ping = container_of(work, struct hba_ping, work);

	hba_ping_tell(ping, hba_ping_status(&ping->cmd));
	cancel_delayed_work_sync(&ping->limit);
	/* Pairs with the acquire in hba_ping_claim(). */
	smp_store_release(&ping->busy, false);
}

/*
 * The firmware does not answer. That is no reason to stop an adapter whose sessions may
 * run well, but its command remains the device's, and with it a place for a ping.
 */
static void hba_ping_limit(struct work_struct *work)
{
	struct hba_ping *ping = container_of(to_delayed_work(work), struct hba_ping,
					     limit);

	/*
	 * Set when its ping had ended already, it may run when there is another.
	 * Pairs with the release in hba_ping_start().
	 */
	if (!atomic_read_acquire(&ping->told) && !time_before(jiffies, ping->deadline))
		hba_ping_tell(ping, ISCSI_PING_TIMEOUT);
}

static void hba_ping_done(struct ohba_admin_cmd *cmd)
{
	struct hba_ping *ping = container_of(cmd, struct hba_ping, cmd);

	queue_work(system_unbound_wq, &ping->work);
}

/* --- the beginning ------------------------------------------------------- */

/* The class's netlink mutex keeps others from it. */
static struct hba_ping *hba_ping_claim(struct hba *hba)
{
	struct hba_ping *ping;

	for (ping = hba->pings; ping < &hba->pings[OHBA_PINGS_MAX]; ping++) {
		/* Pairs with the release in hba_ping_work(). */
		if (smp_load_acquire(&ping->busy))
			continue;
		ping->busy = true;
		return ping;
	}
	return NULL;
}

/*
 * @dst lies behind the class's message, and nobody says how long it is. One that is shorter
 * than its family says was sent by root, and what is read in its place is of the message's
 * own buffer: struct skb_shared_info at least follows.
 */
static int hba_ping_fill(struct ohba_ping *body, u32 iface_type,
			 const struct sockaddr *dst)
{
	const struct sockaddr_in6 *in6 = (const void *)dst;
	const struct sockaddr_in *in = (const void *)dst;

	if (dst->sa_family == AF_INET && iface_type == ISCSI_IFACE_TYPE_IPV4) {
		body->family = OHBA_FAMILY_IPV4;
		memcpy(body->dst, &in->sin_addr, sizeof(in->sin_addr));
		if (body->dst[0] && body->dst[0] != 127 && body->dst[0] < 224)
			return 0;
	} else if (dst->sa_family == AF_INET6 &&
		   iface_type == ISCSI_IFACE_TYPE_IPV6) {
		body->family = OHBA_FAMILY_IPV6;
		memcpy(body->dst, &in6->sin6_addr, sizeof(in6->sin6_addr));
		if (body->dst[0] != 0xff && memchr_inv(body->dst, 0, 8))
			return 0;
	}
	return -EINVAL;
}

static int hba_ping_start(struct hba_ping *ping)
{
	unsigned long limit = msecs_to_jiffies(HBA_PING_LIMIT_MS);
	int err;

	ping->deadline = jiffies + limit;
	/* The deadline first. Pairs with the acquire in hba_ping_limit(). */
	atomic_set_release(&ping->told, 0);
	err = ohba_admin_submit(ping->hba->adapter, &ping->cmd);
	if (err)
		atomic_set(&ping->told, 1);
	else
		mod_delayed_work(system_unbound_wq, &ping->limit, limit);
	return err;
}

/*
 * From whichever address leads to @dst, as connections do. Under the class's netlink
 * mutex. Return: 0, and ISCSI_KEVENT_PING_COMP follows; or why not.
 */
int hba_send_ping(struct Scsi_Host *shost, u32 iface_num, u32 iface_type, u32 len,
		  u32 pid, struct sockaddr *dst)
{
	struct hba *hba = hba_of(shost);
	struct ohba_ping *body;
	struct hba_ping *ping;
	int err;

	if (!hba_owns(shost))
		return -EINVAL;
	if (!ohba_has_wire(hba->adapter))
		return -EOPNOTSUPP;
	if (iface_num >= HBA_IFACES)
		return -EINVAL;
	ping = hba_ping_claim(hba);
	if (!ping)
		return -EBUSY;
	memset(&ping->cmd, 0, sizeof(ping->cmd));
	ping->pid = pid;
	ping->cmd.sqe.opcode = OHBA_ADMIN_PING;
	ping->cmd.done = hba_ping_done;
	body = (void *)ping->cmd.sqe.body;
	body->len = cpu_to_le16(min_t(u32, len, U16_MAX));
	body->timeout_ms = cpu_to_le32(HBA_PING_TIMEOUT_MS);
	err = hba_ping_fill(body, iface_type, dst) ?: hba_ping_start(ping);
	if (err)
		ping->busy = false;
	return err;
}

/* --- life ---------------------------------------------------------------- */

void hba_pings_init(struct hba *hba)
{
	struct hba_ping *ping;

	for (ping = hba->pings; ping < &hba->pings[OHBA_PINGS_MAX]; ping++) {
		ping->hba = hba;
		INIT_WORK(&ping->work, hba_ping_work);
		INIT_DELAYED_WORK(&ping->limit, hba_ping_limit);
		atomic_set(&ping->told, 1);
	}
}

/* After ohba_destroy(), which ended what the adapter had of them. */
void hba_pings_flush(struct hba *hba)
{
	struct hba_ping *ping;

	for (ping = hba->pings; ping < &hba->pings[OHBA_PINGS_MAX]; ping++) {
		flush_work(&ping->work);
		cancel_delayed_work_sync(&ping->limit);
	}
}

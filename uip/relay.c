// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the privileged process passes on: what the driver says, which it believes, to the
 * sandbox; what that says, which it does not, to the driver.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"
#include "log.h"
#include "ohba_status.h"
#include "port.h"
#include "relay.h"

/* --- adapters -------------------------------------------------------------- */

/* @ifindex 0 is no device's: any number of adapters may have none. */
static struct uip_served *find_adapter(struct uip_helper *h, uint32_t ifindex)
{
	struct uip_served *a;

	for (a = h->adapters; a < &h->adapters[UIP_SERVED_MAX]; a++)
		if (ifindex && *a->name && a->ifindex == ifindex)
			return a;
	return NULL;
}

/* The entry of that name, else a free one, else one without a socket, else the first. */
static struct uip_served *take_adapter(struct uip_helper *h, const char *name)
{
	struct uip_served *a, *victim = h->adapters;

	for (a = h->adapters; a < &h->adapters[UIP_SERVED_MAX]; a++) {
		if (!strcmp(a->name, name))
			return a;
		if (*victim->name && (!*a->name || (victim->open && !a->open)))
			victim = a;
	}
	return victim;
}

static struct uip_served *note_adapter(struct uip_helper *h, const char *name, uint32_t ifindex)
{
	struct uip_served *a = take_adapter(h, name), *before = find_adapter(h, ifindex);

	if (!strcmp(a->name, name) && a->ifindex == ifindex && (a == before || !ifindex))
		return a;
	/* The kernel gave the number of a device that is gone to another's. */
	if (before)
		*before->name = '\0';
	strncpy(a->name, name, sizeof(a->name) - 1);
	a->ifindex = ifindex;
	a->open = false;
	a->told = false;
	return a;
}

/* --- from the driver to the sandbox ---------------------------------------- */

static int open_port(struct uip_helper *h, struct uip_served *a, const uint8_t mac[6])
{
	struct uip_msg msg = { .type = UIP_PORT_ADD, .port = a->ifindex };
	int fd, err;

	if (!a->ifindex) {
		if (!a->told)
			uip_err("%s " UIP_NO_DEVICE, a->name);
		a->told = true;
		return -ENODEV;
	}
	fd = uip_port_open(a->ifindex, mac);
	if (fd < 0)
		return fd;
	memcpy(msg.add.mac, mac, sizeof(msg.add.mac));
	memcpy(msg.add.adapter, a->name, sizeof(msg.add.adapter));
	err = uip_msg_send(h->sandbox, &msg, fd);
	close(fd);
	a->open = !err;
	return err;
}

/* Return: whether the sandbox can be told about @a. */
static bool make_ready(struct uip_helper *h, struct uip_served *a, const uint8_t mac[6])
{
	return uip_helper_need_sandbox(h) && (a->open || !open_port(h, a, mac));
}

static void on_adapter(void *arg, const char *name, uint32_t ifindex, const uint8_t mac[6],
		    const struct uip_config *config)
{
	struct uip_msg msg = { .type = UIP_CONFIG, .port = ifindex, .config = *config };
	struct uip_helper *h = arg;
	struct uip_served *a = note_adapter(h, name, ifindex);

	uip_dbg(UIP_GENL, "%s, device %u, has %u addresses to get or to watch", name, ifindex,
		config->nifaces);
	/* No socket is opened for nothing. */
	if (!config->nifaces && !a->open)
		return;
	if (!make_ready(h, a, mac) || uip_msg_send(h->sandbox, &msg, -1))
		uip_helper_missed(h);
}

/* Then the adapter may find the way by itself. */
static void refuse(struct uip_helper *h, const struct uip_served *a, const struct uip_addr *dst)
{
	struct uip_path none = { .dst = *dst, .status = OHBA_ST_NO_HELPER };

	uip_genl_path_set(h->genl, a->name, &none);
}

static void on_missed(void *arg)
{
	uip_helper_missed(arg);
}

static struct uip_wanted *find_want(struct uip_helper *h, uint32_t ifindex, const struct uip_addr *dst)
{
	struct uip_wanted *w;

	for (w = h->wants; w < &h->wants[UIP_WANTS_MAX]; w++)
		if (w->ifindex == ifindex && uip_addr_equal(&w->dst, dst))
			return w;
	return NULL;
}

static void note_want(struct uip_helper *h, uint32_t ifindex, const struct uip_addr *dst)
{
	if (ifindex && !find_want(h, ifindex, dst))
		h->wants[h->next_want++ % UIP_WANTS_MAX] = (struct uip_wanted){ ifindex, *dst };
}

static void on_wanted(void *arg, const char *adapter, uint32_t ifindex, const uint8_t mac[6],
		   const struct uip_want *want)
{
	struct uip_msg msg = { .type = UIP_WANT, .port = ifindex, .want = *want };
	struct uip_helper *h = arg;
	struct uip_served *a = note_adapter(h, adapter, ifindex);
	char text[UIP_ADDR_TEXT];
	bool knows = a->open;		/* the sandbox, how it is configured */

	uip_dbg(UIP_GENL, "%s wants the way to %s, from %u addresses", adapter,
		uip_addr_text(&want->dst, text), want->nifaces);
	note_want(h, ifindex, &want->dst);
	if (!make_ready(h, a, mac)) {
		if (h->sandbox >= 0)
			refuse(h, a, &want->dst);
		return;
	}
	/* Its leases say which ways there are. */
	if (!knows)
		uip_genl_ask_adapters(h->genl);
	/* What the sandbox has no time for now, the firmware asks again. */
	(void)uip_msg_send(h->sandbox, &msg, -1);
}

static void on_driver(void *arg)
{
	struct uip_helper *h = arg;

	if (h->login)
		uip_login_file_open(&h->logins.file);
}

static void on_login_wanted(void *arg, uint64_t login, const char *adapter)
{
	struct uip_helper *h = arg;

	uip_logins_wanted(&h->logins, login, adapter);
}

static void on_login_task(void *arg, uint64_t login, const struct ohba_login_task *task)
{
	struct uip_helper *h = arg;

	uip_logins_start(&h->logins, h->sandbox, login, task);
}

static void on_login_pdu(void *arg, uint64_t login, const struct ohba_login_pdu *pdu,
			 uint32_t len)
{
	struct uip_helper *h = arg;

	uip_logins_pdu(&h->logins, h->sandbox, login, pdu, len);
}

static void on_login_over(void *arg, uint64_t login)
{
	struct uip_helper *h = arg;

	uip_logins_over(&h->logins, h->sandbox, login);
}

static void on_logins_closed(void *arg)
{
	struct uip_helper *h = arg;

	uip_logins_driver_gone(&h->logins, h->sandbox);
}

const struct uip_genl_events uip_relay_driver = {
	.wanted = on_wanted,
	.adapter = on_adapter,
	.missed = on_missed,
	.driver = on_driver,
};

const struct uip_login_events uip_relay_logins = {
	.wanted = on_login_wanted,
	.task = on_login_task,
	.pdu = on_login_pdu,
	.over = on_login_over,
	.refused = on_missed,
	.closed = on_logins_closed,
};

/* --- from the sandbox to the driver ---------------------------------------- */

static bool is_sound(const struct uip_path *path)
{
	if (!uip_addr_len(&path->dst))
		return false;
	if (path->status)
		return path->status == OHBA_ST_HOST_UNREACH || path->status == OHBA_ST_NO_HELPER;
	return path->iface < OHBA_IFACES_MAX && path->hop.family == path->dst.family &&
	       !(path->mac[0] & 1);
}

static void take_path(struct uip_helper *h, const struct uip_msg *msg)
{
	struct uip_served *a = find_adapter(h, msg->port);
	struct uip_wanted *want;

	if (!a || !is_sound(&msg->path))
		return;
	want = find_want(h, msg->port, &msg->path.dst);
	if (!want)
		return;
	want->ifindex = 0;
	uip_genl_path_set(h->genl, a->name, &msg->path);
}

/* One station's: a server can say anything, and the firmware would refuse it each time. */
static bool is_sound_lease(const struct uip_lease *lease)
{
	const struct uip_addr *addr = &lease->addr, *gateway = &lease->gateway;

	if (lease->iface >= OHBA_IFACES_MAX || lease->mtu > UINT16_MAX ||
	    lease->kept.len > sizeof(lease->kept.bytes))
		return false;
	if (lease->isns.family &&
	    (lease->isns.family != OHBA_FAMILY_IPV4 || !uip_addr_is_unicast(&lease->isns)))
		return false;
	if (!addr->family)
		return !gateway->family && !lease->kept.len && !lease->isns.family;
	if (!uip_addr_is_unicast(addr) || lease->prefix > uip_addr_len(addr) * 8)
		return false;
	return !gateway->family ||
	       (gateway->family == addr->family && uip_addr_is_unicast(gateway));
}

static void take_lease(struct uip_helper *h, const struct uip_msg *msg)
{
	struct uip_served *a = find_adapter(h, msg->port);

	if (!a)
		return;
	if (!is_sound_lease(&msg->lease)) {
		uip_warn_some(&h->unsound,
			      "%s: the network gave what is no station's address: ignored",
			      a->name);
		return;
	}
	/* Then it is told, and tells us, again. */
	if (!uip_genl_addr_set(h->genl, a->name, &msg->lease))
		uip_helper_missed(h);
}

/* Whoever is on the network can cause lines; a log has an end. */
static void take_line(struct uip_helper *h, struct uip_line *line)
{
	if (!uip_log_may(&h->lines))
		return;
	line->text[UIP_LINE_MAX - 1] = '\0';
	uip_log_foreign(line->priority, line->text);
}

void uip_relay_take(struct uip_helper *h, struct uip_msg *msg)
{
	struct uip_served *a;

	switch (msg->type) {
	case UIP_PATH:
		take_path(h, msg);
		break;
	case UIP_LEASE:
		take_lease(h, msg);
		break;
	case UIP_PORT_LOST:
		a = find_adapter(h, msg->port);
		if (a)
			a->open = false;
		uip_helper_missed(h);
		break;
	case UIP_LINE:
		take_line(h, &msg->line);
		break;
	case UIP_PING:
		uip_beat_heard(&h->beat);
		h->answered = true;
		break;
	case UIP_LOGIN_PDU:
		uip_logins_take_pdu(&h->logins, &msg->pdu);
		break;
	case UIP_LOGIN_END:
		uip_logins_take_end(&h->logins, &msg->end);
		break;
	}
}

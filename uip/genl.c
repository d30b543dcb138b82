// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generic netlink with the driver. Two sockets: events come on one as they will,
 * commands and their acknowledgements go over the other, one at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/family.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "addr.h"
#include "genl.h"
#include "limit.h"
#include "log.h"
#include "ohba_genl.h"
#include "ohba_status.h"

struct uip_genl {
	struct nl_sock *news, *commands;
	int family;			/* 0: the driver is not there */
	int refusal;			/* the errno of the last command, 0: none */
	struct uip_limit refusals;	/* lines about them, and about what was not told */
	const struct uip_genl_events *events;
	void *arg;
};

/* --- what the driver says -------------------------------------------------- */

static const struct nla_policy policy[OHBA_ATTR_MAX + 1] = {
	[OHBA_ATTR_ADAPTER] = { .type = NLA_STRING, .minlen = 1, .maxlen = UIP_ADAPTER_LEN },
	[OHBA_ATTR_IFINDEX] = { .type = NLA_U32 },
	[OHBA_ATTR_MAC] = { .minlen = 6, .maxlen = 6 },
	[OHBA_ATTR_DST] = { .minlen = 4, .maxlen = 16 },
};

static const struct nla_policy iface_policy[OHBA_IFACE_MAX + 1] = {
	[OHBA_IFACE_INDEX] = { .type = NLA_U32 },
	[OHBA_IFACE_ADDR] = { .minlen = 4, .maxlen = 16 },
	[OHBA_IFACE_PREFIX] = { .type = NLA_U32 },
	[OHBA_IFACE_GATEWAY] = { .minlen = 4, .maxlen = 16 },
	[OHBA_IFACE_TCI] = { .type = NLA_U32 },
	[OHBA_IFACE_DHCP] = { .type = NLA_FLAG },
	[OHBA_IFACE_AUTOCFG6] = { .type = NLA_U8 },
	[OHBA_IFACE_GENERATION] = { .type = NLA_U32 },
	[OHBA_IFACE_LEASE] = { .maxlen = OHBA_LEASE_MAX },
};

static struct uip_addr addr_of(const struct nlattr *attr)
{
	struct uip_addr none = { 0 };

	return attr ? uip_addr_make(nla_data(attr), nla_len(attr)) : none;
}

static bool parse_iface(struct nlattr *nest, struct uip_iface *iface)
{
	struct nlattr *attr[OHBA_IFACE_MAX + 1];

	memset(iface, 0, sizeof(*iface));
	if (nla_parse_nested(attr, OHBA_IFACE_MAX, nest, iface_policy) ||
	    !attr[OHBA_IFACE_INDEX] || !attr[OHBA_IFACE_PREFIX] || !attr[OHBA_IFACE_ADDR])
		return false;
	iface->index = nla_get_u32(attr[OHBA_IFACE_INDEX]);
	iface->prefix = nla_get_u32(attr[OHBA_IFACE_PREFIX]);
	iface->addr = addr_of(attr[OHBA_IFACE_ADDR]);
	iface->gateway = addr_of(attr[OHBA_IFACE_GATEWAY]);
	if (attr[OHBA_IFACE_TCI])
		iface->tci = nla_get_u32(attr[OHBA_IFACE_TCI]);
	return iface->index < OHBA_IFACES_MAX &&
	       iface->prefix <= uip_addr_len(&iface->addr) * 8;
}

/* There are as many OHBA_ATTR_IFACE as addresses: nla_parse() finds only the last. */
static bool parse_ifaces(struct nlmsghdr *header, struct uip_want *want)
{
	struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, header, GENL_HDRLEN, rest) {
		if (nla_type(attr) != OHBA_ATTR_IFACE)
			continue;
		if (want->nifaces == OHBA_IFACES_MAX ||
		    !parse_iface(attr, &want->ifaces[want->nifaces++]))
			return false;
	}
	return true;
}

/* Return: enum uip_method_type, UIP_METHODS if it is none that we know. */
static uint8_t method_of(struct nlattr **of)
{
	if (of[OHBA_IFACE_DHCP])
		return UIP_DHCP4;
	if (!of[OHBA_IFACE_AUTOCFG6])
		return UIP_STATIC;
	switch (nla_get_u8(of[OHBA_IFACE_AUTOCFG6])) {
	case 0:
		return UIP_STATIC;
	case 1:
		return UIP_SLAAC;
	case 2:
		return UIP_DHCP6;
	default:
		return UIP_METHODS;
	}
}

/* The policy has bounded it. */
static void parse_kept(struct nlattr *attr, struct uip_kept *kept)
{
	if (!attr)
		return;
	kept->len = nla_len(attr);
	memcpy(kept->bytes, nla_data(attr), kept->len);
}

static bool parse_conf(struct nlattr *nest, struct uip_config_iface *iface)
{
	struct nlattr *of[OHBA_IFACE_MAX + 1];

	memset(iface, 0, sizeof(*iface));
	if (nla_parse_nested(of, OHBA_IFACE_MAX, nest, iface_policy) || !of[OHBA_IFACE_INDEX])
		return false;
	iface->index = nla_get_u32(of[OHBA_IFACE_INDEX]);
	iface->method = method_of(of);
	if (of[OHBA_IFACE_TCI])
		iface->tci = nla_get_u32(of[OHBA_IFACE_TCI]);
	if (of[OHBA_IFACE_GENERATION])
		iface->generation = nla_get_u32(of[OHBA_IFACE_GENERATION]);
	iface->addr = addr_of(of[OHBA_IFACE_ADDR]);
	parse_kept(of[OHBA_IFACE_LEASE], &iface->kept);
	return iface->index < OHBA_IFACES_MAX && iface->method < UIP_METHODS &&
	       (iface->method == UIP_STATIC || of[OHBA_IFACE_GENERATION]);
}

/* Those that are to be got, or watched. */
static bool parse_config(struct nlmsghdr *header, struct uip_config *config)
{
	struct uip_config_iface *iface;
	struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, header, GENL_HDRLEN, rest) {
		if (nla_type(attr) != OHBA_ATTR_IFACE)
			continue;
		if (config->nifaces == OHBA_IFACES_MAX)
			return false;
		iface = &config->ifaces[config->nifaces];
		if (!parse_conf(attr, iface))
			return false;
		if (iface->method != UIP_STATIC || iface->addr.family)
			config->nifaces++;
	}
	return true;
}

/* What each message of the driver's has. */
static bool parse_message(struct nlmsghdr *header, struct nlattr **attr)
{
	return !genlmsg_parse(header, 0, attr, OHBA_ATTR_MAX, policy) &&
	       attr[OHBA_ATTR_ADAPTER] && attr[OHBA_ATTR_IFINDEX] && attr[OHBA_ATTR_MAC];
}

static void not_understood(void)
{
	uip_err("the driver says what this uipd does not understand: install those of one version");
}

static void path_wanted(struct uip_genl *genl, struct nlmsghdr *header)
{
	struct nlattr *attr[OHBA_ATTR_MAX + 1];
	struct uip_want want = { .nifaces = 0 };

	if (!parse_message(header, attr) || !attr[OHBA_ATTR_DST] ||
	    !parse_ifaces(header, &want)) {
		not_understood();
		return;
	}
	want.dst = addr_of(attr[OHBA_ATTR_DST]);
	genl->events->wanted(genl->arg, nla_get_string(attr[OHBA_ATTR_ADAPTER]),
			     nla_get_u32(attr[OHBA_ATTR_IFINDEX]),
			     nla_data(attr[OHBA_ATTR_MAC]), &want);
}

static void adapter_told(struct uip_genl *genl, struct nlmsghdr *header)
{
	struct nlattr *attr[OHBA_ATTR_MAX + 1];
	struct uip_config config = { .nifaces = 0 };

	if (!parse_message(header, attr) || !parse_config(header, &config)) {
		not_understood();
		return;
	}
	genl->events->adapter(genl->arg, nla_get_string(attr[OHBA_ATTR_ADAPTER]),
			      nla_get_u32(attr[OHBA_ATTR_IFINDEX]),
			      nla_data(attr[OHBA_ATTR_MAC]), &config);
}

static const struct {
	uint8_t cmd;
	void (*handle)(struct uip_genl *genl, struct nlmsghdr *header);
} messages[] = {
	{ OHBA_CMD_PATH_WANTED, path_wanted },
	{ OHBA_CMD_ADAPTER, adapter_told },
};

static void dispatch(struct uip_genl *genl, struct nlmsghdr *header)
{
	uint8_t cmd = ((struct genlmsghdr *)nlmsg_data(header))->cmd;
	unsigned int i;

	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].cmd == cmd)
			messages[i].handle(genl, header);
}

void uip_genl_ask_adapters(struct uip_genl *genl)
{
	int err;

	if (!genl->family)
		return;
	err = genl_send_simple(genl->commands, genl->family, OHBA_CMD_ADAPTER,
			       OHBA_GENL_VERSION, NLM_F_DUMP);
	if (err >= 0)
		err = nl_recvmsgs_default(genl->commands);
	if (err >= 0)
		return;
	/* One that came or went meanwhile is no error, but may have hidden another. */
	if (err != -NLE_DUMP_INTR)
		uip_warn_some(&genl->refusals, "the driver does not tell of its adapters: %s",
			      nl_geterror(err));
	genl->events->missed(genl->arg);
}

/* --- whether it is there --------------------------------------------------- */

/* Do the driver and we mean the same? It says so in its family. */
static bool speaks_our_version(struct uip_genl *genl)
{
	struct genl_family *family = NULL;
	struct nl_cache *cache;
	unsigned int version;

	if (genl_ctrl_alloc_cache(genl->commands, &cache))
		return false;
	family = genl_ctrl_search_by_name(cache, OHBA_GENL_NAME);
	version = family ? genl_family_get_version(family) : 0;
	genl_family_put(family);
	nl_cache_free(cache);
	if (family && version != OHBA_GENL_VERSION)
		uip_err("the driver speaks version %u, this uipd %u: install those of one version",
			version, OHBA_GENL_VERSION);
	return version == OHBA_GENL_VERSION;
}

static enum uip_driver look(struct uip_genl *genl)
{
	int family = genl_ctrl_resolve(genl->commands, OHBA_GENL_NAME);

	genl->family = 0;
	if (family < 0)
		return UIP_DRIVER_AWAY;
	if (!speaks_our_version(genl))
		return UIP_DRIVER_REFUSED;
	genl->family = family;
	return UIP_DRIVER_HERE;
}

static void meet_driver(struct uip_genl *genl)
{
	genl->events->driver(genl->arg);
	uip_genl_ask_adapters(genl);
}

enum uip_driver uip_genl_look(struct uip_genl *genl)
{
	enum uip_driver driver = look(genl);

	if (driver == UIP_DRIVER_HERE)
		meet_driver(genl);
	return driver;
}

/* From then on there is a helper, for the driver: what it wants it waits for. */
static bool listen_to_driver(struct uip_genl *genl)
{
	int group = genl_ctrl_resolve_grp(genl->commands, OHBA_GENL_NAME, OHBA_GENL_HELPER);

	if (group >= 0 && !nl_socket_add_membership(genl->news, group))
		return true;
	/* One that has just gone is heard of. */
	if (group >= 0)
		uip_err("cannot listen to the driver: run as root");
	genl->family = 0;
	return false;
}

static void find_driver(struct uip_genl *genl)
{
	switch (look(genl)) {
	case UIP_DRIVER_HERE:
		if (!listen_to_driver(genl))
			break;
		uip_info("listening to the driver");
		meet_driver(genl);
		break;
	case UIP_DRIVER_AWAY:
		uip_info("the driver is not there: waiting for it (modprobe ohba_fw)");
		break;
	case UIP_DRIVER_REFUSED:
		break;
	}
}

static bool is_ours(struct nlmsghdr *header)
{
	struct nlattr *attr[CTRL_ATTR_MAX + 1];

	return !genlmsg_parse(header, 0, attr, CTRL_ATTR_MAX, NULL) &&
	       attr[CTRL_ATTR_FAMILY_NAME] &&
	       !nla_strcmp(attr[CTRL_ATTR_FAMILY_NAME], OHBA_GENL_NAME);
}

static void family_changed(struct uip_genl *genl, struct nlmsghdr *header)
{
	if (!is_ours(header))
		return;
	switch (((struct genlmsghdr *)nlmsg_data(header))->cmd) {
	case CTRL_CMD_NEWFAMILY:
		find_driver(genl);
		break;
	case CTRL_CMD_DELFAMILY:
		uip_info("the driver is gone: waiting for it");
		genl->family = 0;
		break;
	}
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct uip_genl *genl = arg;

	if (header->nlmsg_type == GENL_ID_CTRL)
		family_changed(genl, header);
	else if (genl->family && header->nlmsg_type == genl->family)
		dispatch(genl, header);
	return NL_OK;
}

void uip_genl_read(struct uip_genl *genl)
{
	bool dropped = false;
	int err;

	/* Once one did not fit, the kernel drops all until those that did have been read. */
	do {
		err = nl_recvmsgs_default(genl->news);
		dropped |= err == -NLE_NOMEM;
	} while (dropped && (err >= 0 || err == -NLE_NOMEM));
	/* Of paths, the firmware asks again; the rest may have been anything. */
	if (dropped)
		find_driver(genl);
	if (err < 0 && err != -NLE_AGAIN)
		uip_warn("cannot read from the driver: %s", nl_geterror(err));
}

int uip_genl_fd(const struct uip_genl *genl)
{
	return nl_socket_get_fd(genl->news);
}

/* --- what it is told ------------------------------------------------------- */

static int put_way(struct nl_msg *msg, const struct uip_path *path)
{
	if (path->status != OHBA_ST_SUCCESS)
		return nla_put_u32(msg, OHBA_ATTR_STATUS, path->status);
	return nla_put_u32(msg, OHBA_ATTR_IFACE_INDEX, path->iface) ?:
	       nla_put(msg, OHBA_ATTR_HOP, uip_addr_len(&path->hop), path->hop.bytes) ?:
	       nla_put(msg, OHBA_ATTR_HOP_MAC, sizeof(path->mac), path->mac);
}

static int put_path(struct nl_msg *msg, const void *arg)
{
	const struct uip_path *path = arg;

	return nla_put(msg, OHBA_ATTR_DST, uip_addr_len(&path->dst), path->dst.bytes) ?:
	       put_way(msg, path);
}

static int put_network(struct nl_msg *msg, const struct uip_lease *lease)
{
	int err = 0;

	if (lease->gateway.family)
		err = nla_put(msg, OHBA_ATTR_GATEWAY, uip_addr_len(&lease->gateway),
			      lease->gateway.bytes);
	if (!err && lease->mtu)
		err = nla_put_u16(msg, OHBA_ATTR_MTU, lease->mtu);
	if (!err && lease->isns.family)
		err = nla_put(msg, OHBA_ATTR_ISNS, uip_addr_len(&lease->isns),
			      lease->isns.bytes);
	if (!err && lease->kept.len)
		err = nla_put(msg, OHBA_ATTR_LEASE, lease->kept.len, lease->kept.bytes);
	return err;
}

static int put_lease(struct nl_msg *msg, const void *arg)
{
	const struct uip_lease *lease = arg;
	int err = nla_put_u32(msg, OHBA_ATTR_IFACE_INDEX, lease->iface) ?:
		  nla_put_u32(msg, OHBA_ATTR_GENERATION, lease->generation);

	if (err || !lease->addr.family)
		return err;
	return nla_put(msg, OHBA_ATTR_ADDR, uip_addr_len(&lease->addr), lease->addr.bytes) ?:
	       nla_put_u32(msg, OHBA_ATTR_PREFIX, lease->prefix) ?: put_network(msg, lease);
}

typedef int put_fn(struct nl_msg *msg, const void *arg);

static int fill(struct nl_msg *msg, int family, uint8_t cmd, const char *adapter, put_fn *put,
		const void *arg)
{
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, cmd, OHBA_GENL_VERSION))
		return -NLE_NOMEM;
	return nla_put_string(msg, OHBA_ATTR_ADAPTER, adapter) ?: put(msg, arg);
}

/* libnl has no number for some. */
static int on_refusal(struct sockaddr_nl *from, struct nlmsgerr *refusal, void *arg)
{
	struct uip_genl *genl = arg;

	(void)from;
	genl->refusal = -refusal->error;
	return NL_STOP;
}

/* Return: an error of libnl's. The acknowledgement is waited for. */
static int command(struct uip_genl *genl, uint8_t cmd, const char *adapter, put_fn *put,
		   const void *arg)
{
	struct nl_msg *msg = nlmsg_alloc();
	int err;

	if (!msg)
		return -NLE_NOMEM;
	err = fill(msg, genl->family, cmd, adapter, put, arg);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	err = nl_send_sync(genl->commands, msg);	/* which frees it */
	return err < 0 ? err : 0;
}

static bool tell(struct uip_genl *genl, uint8_t cmd, const char *adapter, put_fn *put,
		 const void *arg, const char *what)
{
	int err;

	if (!genl->family)
		return false;
	genl->refusal = 0;
	err = command(genl, cmd, adapter, put, arg);
	/* It was configured anew meanwhile: of that we hear. */
	if (genl->refusal == ESTALE)
		uip_dbg(UIP_GENL, "%s: %s came too late", adapter, what);
	else if (err)
		uip_warn_some(&genl->refusals, "%s does not take %s: %s", adapter, what,
			      genl->refusal ? strerror(genl->refusal) : nl_geterror(err));
	/* Nor does one that is dead, or gone, have to be told again before we hear of it. */
	return !err || genl->refusal == ENODEV;
}

bool uip_genl_path_set(struct uip_genl *genl, const char *adapter,
		       const struct uip_path *path)
{
	return tell(genl, OHBA_CMD_PATH_SET, adapter, put_path, path, "a path");
}

bool uip_genl_addr_set(struct uip_genl *genl, const char *adapter,
		       const struct uip_lease *lease)
{
	return tell(genl, OHBA_CMD_ADDR_SET, adapter, put_lease, lease, "an address");
}

/* --- life ------------------------------------------------------------------ */

static struct nl_sock *open_socket(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (sock && genl_connect(sock)) {
		nl_socket_free(sock);
		sock = NULL;
	}
	return sock;
}

/* Families that come and go are told to a group of the controller's. */
static int listen_for_families(struct uip_genl *genl)
{
	int group = genl_ctrl_resolve_grp(genl->commands, "nlctrl", "notify");

	return group < 0 ? group : nl_socket_add_membership(genl->news, group);
}

static int set_up(struct uip_genl *genl)
{
	genl->news = open_socket();
	genl->commands = open_socket();
	if (!genl->news || !genl->commands)
		return -NLE_FAILURE;
	nl_socket_disable_seq_check(genl->news);
	return nl_socket_modify_cb(genl->news, NL_CB_VALID, NL_CB_CUSTOM, on_event, genl) ?:
	       nl_socket_modify_cb(genl->commands, NL_CB_VALID, NL_CB_CUSTOM, on_event, genl) ?:
	       nl_socket_modify_err_cb(genl->commands, NL_CB_CUSTOM, on_refusal, genl) ?:
	       nl_socket_set_nonblocking(genl->news) ?:
	       listen_for_families(genl);
}

struct uip_genl *uip_genl_open(const struct uip_genl_events *events, void *arg)
{
	struct uip_genl *genl = calloc(1, sizeof(*genl));
	int err;

	if (!genl)
		return NULL;
	genl->events = events;
	genl->arg = arg;
	err = set_up(genl);
	if (err) {
		uip_err("no generic netlink: %s", nl_geterror(err));
		uip_genl_close(genl);
		return NULL;
	}
	return genl;
}

void uip_genl_start(struct uip_genl *genl)
{
	find_driver(genl);
}

void uip_genl_close(struct uip_genl *genl)
{
	if (!genl)
		return;
	nl_socket_free(genl->news);
	nl_socket_free(genl->commands);
	free(genl);
}

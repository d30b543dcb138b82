// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver, by generic netlink (genl.h). */
#include "genl.h"

#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/family.h>
#include <netlink/genl/genl.h>

#include "ohba_genl.h"

#define OTHER_VERSION \
	"the driver and this tool are of two versions, and do not understand each other: " \
	"install those of one"

/* --- open ----------------------------------------------------------------------- */

/* Numbers of commands and attributes may differ between versions. */
static bool speaks_our_version(struct nl_sock *sock)
{
	struct genl_family *family;
	struct nl_cache *cache;
	bool same;

	if (genl_ctrl_alloc_cache(sock, &cache))
		return false;
	family = genl_ctrl_search_by_name(cache, OHBA_GENL_NAME);
	same = family && genl_family_get_version(family) == OHBA_GENL_VERSION;
	genl_family_put(family);
	nl_cache_free(cache);
	return same;
}

static int on_refusal(struct sockaddr_nl *who, struct nlmsgerr *error, void *arg)
{
	struct genl *genl = arg;

	(void)who;
	genl->err = -error->error;
	return NL_STOP;
}

const char *genl_open(struct genl *genl, const char *pci, nl_recvmsg_msg_cb_t answer, void *arg)
{
	int err;

	*genl = (struct genl) { .pci = pci, .sock = nl_socket_alloc() };
	if (!genl->sock || genl_connect(genl->sock))
		return "there is no generic netlink: use a kernel that has it";
	genl->family = genl_ctrl_resolve(genl->sock, OHBA_GENL_NAME);
	if (genl->family < 0)
		return "the driver is not loaded: modprobe ohba_fw";
	if (!speaks_our_version(genl->sock))
		return OTHER_VERSION;
	err = nl_socket_modify_cb(genl->sock, NL_CB_VALID, NL_CB_CUSTOM, answer, arg);
	if (!err)
		err = nl_socket_modify_err_cb(genl->sock, NL_CB_CUSTOM, on_refusal, genl);
	nl_socket_enable_msg_peek(genl->sock);
	return err ? "out of memory" : NULL;
}

void genl_close(struct genl *genl)
{
	nl_socket_free(genl->sock);
}

/* --- commands ------------------------------------------------------------------- */

struct nl_msg *genl_command(const struct genl *genl, uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(8192);

	if (msg && genlmsg_put(msg, 0, 0, genl->family, 0, NLM_F_REQUEST | NLM_F_ACK, cmd,
			       OHBA_GENL_VERSION) &&
	    !nla_put_string(msg, OHBA_ATTR_ADAPTER, genl->pci))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

int genl_exchange(struct genl *genl, struct nl_msg *msg, bool answered)
{
	int err = msg ? nl_send_auto(genl->sock, msg) : 0;

	nlmsg_free(msg);
	if (!msg)
		return ENOMEM;
	genl->err = 0;
	if (err >= 0 && answered)
		err = nl_recvmsgs_default(genl->sock);	/* the answer, or the refusal */
	if (err >= 0 && !genl->err)
		err = nl_recvmsgs_default(genl->sock);	/* its acknowledgement */
	if (genl->err)
		return genl->err;
	return err < 0 ? EIO : 0;
}

const char *genl_explain(int err)
{
	switch (err) {
	case EPERM:
		return "the driver does this for administrators alone: run it as root";
	case ENODEV:
		return "the adapter is down, or not the driver's: look at the kernel's log, "
		       "and load ohba_fw";
	case EPROTO:
		return OTHER_VERSION;
	default:
		return strerror(err);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generic netlink with the driver, of logins. No acknowledgement is asked for, so that what
 * the driver says in between need not be put off; a refusal comes as it will.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/errno.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "genl_login.h"
#include "limit.h"
#include "log.h"
#include "ohba_genl.h"

#define ROOM	(2 << 20)	/* bytes of the socket's: all logins' PDUs at once, nearly */
#define MSG_MAX	(OHBA_PDU_DATA_MAX + 512)

struct uip_genl_logins {
	struct nl_sock *sock;
	int family;			/* 0: the driver was not there yet */
	bool refused;			/* the last offer; and that was logged */
	bool said;
	struct uip_limit refusals;	/* lines about them */
	const struct uip_genl_login_events *events;
	void *arg;
};

/* --- what the driver says -------------------------------------------------- */

static const struct nla_policy policy[OHBA_ATTR_MAX + 1] = {
	[OHBA_ATTR_ADAPTER] = { .type = NLA_STRING, .minlen = 1, .maxlen = UIP_ADAPTER_LEN },
	[OHBA_ATTR_LOGIN] = { .type = NLA_U32 },
	[OHBA_ATTR_TASK] = { .minlen = sizeof(struct ohba_login_task),
			     .maxlen = sizeof(struct ohba_login_task) },
	[OHBA_ATTR_BHS] = { .minlen = 48, .maxlen = 48 },
	[OHBA_ATTR_DATA] = { .maxlen = OHBA_PDU_DATA_MAX },
	[OHBA_ATTR_STATUS] = { .type = NLA_U32 },
};

static void on_pdu(struct uip_genl_logins *genl, const char *adapter, uint32_t handle,
		   struct nlattr **attr)
{
	struct nlattr *data = attr[OHBA_ATTR_DATA];

	if (attr[OHBA_ATTR_BHS])
		genl->events->pdu(genl->arg, adapter, handle, nla_data(attr[OHBA_ATTR_BHS]),
				  data ? nla_data(data) : "", data ? nla_len(data) : 0);
	else if (attr[OHBA_ATTR_STATUS])
		genl->events->over(genl->arg, adapter, handle);
}

static void on_wanted(struct uip_genl_logins *genl, const char *adapter, uint32_t handle,
		      struct nlattr **attr)
{
	struct nlattr *task = attr[OHBA_ATTR_TASK];

	if (!task)
		return;
	genl->said = false;
	genl->events->wanted(genl->arg, adapter, handle, nla_data(task));
	explicit_bzero(nla_data(task), nla_len(task));
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct nlattr *attr[OHBA_ATTR_MAX + 1];
	struct uip_genl_logins *genl = arg;
	const char *adapter;
	uint32_t handle;

	/* Whoever may send to this socket: what others than the kernel say is not the driver's. */
	if (nlmsg_get_src(msg)->nl_pid || header->nlmsg_type != genl->family ||
	    genlmsg_parse(header, 0, attr, OHBA_ATTR_MAX, policy) ||
	    !attr[OHBA_ATTR_ADAPTER] || !attr[OHBA_ATTR_LOGIN])
		return NL_OK;
	adapter = nla_get_string(attr[OHBA_ATTR_ADAPTER]);
	handle = nla_get_u32(attr[OHBA_ATTR_LOGIN]);
	switch (((struct genlmsghdr *)nlmsg_data(header))->cmd) {
	case OHBA_CMD_LOGIN_WANTED:
		on_wanted(genl, adapter, handle, attr);
		break;
	case OHBA_CMD_LOGIN_PDU:
		on_pdu(genl, adapter, handle, attr);
		break;
	}
	return NL_OK;
}

/* A number of 0 is that of an offer. */
enum { SEQ_OFFER, SEQ_LOGIN };

/* It may be one that was killed, of which not all is gone yet. */
static void refuse(struct uip_genl_logins *genl)
{
	if (!genl->said)
		uip_warn("another helper makes the adapters' logins");
	genl->said = genl->refused = true;
	genl->events->refused(genl->arg);
}

/* A login that is not wanted any more: of that we hear. */
static int on_refusal(struct sockaddr_nl *from, struct nlmsgerr *refusal, void *arg)
{
	struct uip_genl_logins *genl = arg;
	int err = -refusal->error;

	(void)from;
	if (err == EBUSY && refusal->msg.nlmsg_seq == SEQ_OFFER)
		refuse(genl);
	else if (err && err != ESTALE && err != ENODEV)
		uip_warn_some(&genl->refusals, "the driver does not take %s: %s",
			      refusal->msg.nlmsg_seq == SEQ_OFFER ?
			      "that logins are made here" : "what is said of a login",
			      strerror(err));
	return NL_SKIP;
}

void uip_genl_logins_read(struct uip_genl_logins *genl)
{
	int err = nl_recvmsgs_default(genl->sock);

	if (err < 0 && err != -NLE_AGAIN)
		uip_warn_some(&genl->refusals, "cannot read from the driver: %s",
			      nl_geterror(err));
}

int uip_genl_logins_fd(const struct uip_genl_logins *genl)
{
	return genl ? nl_socket_get_fd(genl->sock) : -1;
}

/* --- what it is told ------------------------------------------------------- */

static struct nl_msg *message(struct uip_genl_logins *genl, uint8_t cmd, uint32_t seq)
{
	struct nl_msg *msg;

	if (!genl->family)
		return NULL;
	msg = nlmsg_alloc_size(MSG_MAX);
	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, seq, genl->family, 0, NLM_F_REQUEST, cmd,
				OHBA_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static struct nl_msg *message_of(struct uip_genl_logins *genl, uint8_t cmd,
				 const char *adapter, uint32_t handle)
{
	struct nl_msg *msg = message(genl, cmd, SEQ_LOGIN);

	if (msg && (nla_put_string(msg, OHBA_ATTR_ADAPTER, adapter) ||
		    nla_put_u32(msg, OHBA_ATTR_LOGIN, handle))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* Owns @msg; NULL, or @err: there was no memory for it. */
static void go(struct uip_genl_logins *genl, struct nl_msg *msg, int err)
{
	if (msg && !err)
		err = nl_send(genl->sock, msg);
	nlmsg_free(msg);
	if (err < 0)
		uip_warn_some(&genl->refusals, "cannot tell the driver of a login: %s",
			      nl_geterror(err));
}

void uip_genl_login_send(struct uip_genl_logins *genl, const char *adapter, uint32_t handle,
			 const struct uip_login_pdu *pdu)
{
	struct nl_msg *msg = message_of(genl, OHBA_CMD_LOGIN_SEND, adapter, handle);

	if (msg)
		go(genl, msg, nla_put(msg, OHBA_ATTR_BHS, sizeof(pdu->bhs), pdu->bhs) ?:
			      nla_put(msg, OHBA_ATTR_DATA, pdu->len, pdu->data));
}

void uip_genl_login_end(struct uip_genl_logins *genl, const char *adapter, uint32_t handle,
			const struct ohba_login_result *result)
{
	struct nl_msg *msg = message_of(genl, OHBA_CMD_LOGIN_END, adapter, handle);

	if (msg)
		go(genl, msg, nla_put(msg, OHBA_ATTR_RESULT, sizeof(*result), result));
}

void uip_genl_logins_offer(struct uip_genl_logins *genl, int family)
{
	genl->family = family;
	genl->refused = false;
	go(genl, message(genl, OHBA_CMD_LOGIN_OFFER, SEQ_OFFER), 0);
}

void uip_genl_logins_again(struct uip_genl_logins *genl)
{
	if (genl && genl->refused)
		uip_genl_logins_offer(genl, genl->family);
}

/* --- life ------------------------------------------------------------------ */

static int set_up(struct uip_genl_logins *genl)
{
	int room = ROOM, fd;

	genl->sock = nl_socket_alloc();
	if (!genl->sock || genl_connect(genl->sock))
		return -NLE_FAILURE;
	fd = nl_socket_get_fd(genl->sock);
	/* With less, the driver waits more often. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		uip_warn("cannot make room for logins: %s", strerror(errno));
	nl_socket_disable_seq_check(genl->sock);
	nl_socket_disable_auto_ack(genl->sock);
	return nl_socket_modify_cb(genl->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, genl) ?:
	       nl_socket_modify_err_cb(genl->sock, NL_CB_CUSTOM, on_refusal, genl) ?:
	       nl_socket_set_nonblocking(genl->sock);
}

struct uip_genl_logins *uip_genl_logins_open(const struct uip_genl_login_events *events,
					     void *arg)
{
	struct uip_genl_logins *genl = calloc(1, sizeof(*genl));
	int err;

	if (!genl)
		return NULL;
	genl->events = events;
	genl->arg = arg;
	err = set_up(genl);
	if (err) {
		uip_err("no generic netlink for logins: %s", nl_geterror(err));
		uip_genl_logins_close(genl);
		return NULL;
	}
	return genl;
}

void uip_genl_logins_close(struct uip_genl_logins *genl)
{
	if (!genl)
		return;
	nl_socket_free(genl->sock);
	free(genl);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The log of an adapter: its driver is asked for it, a part at a time (log.h). */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "log.h"
#include "ohba_genl.h"
#include "ohba_log.h"

/* --- what comes ------------------------------------------------------------- */

static struct log_record take_record(const struct ohba_log_record *from)
{
	struct log_record record = {
		.number = le64toh(from->number),
		.clock_ms = le64toh(from->clock_ms),
		.up_ms = le64toh(from->up_ms),
		.last_ms = le64toh(from->last_ms),
		.count = le32toh(from->count),
		.boot = le32toh(from->boot),
		.object = le32toh(from->object),
		.kind = le16toh(from->kind),
		.status = le16toh(from->status),
		.login_class = from->login_class,
		.login_detail = from->login_detail,
	};

	_Static_assert(sizeof(record.words) == sizeof(from->words), "all of them");
	memcpy(record.words, from->words, sizeof(record.words) - 1);
	return record;
}

int log_take(struct log *log, const void *answer, size_t len)
{
	const uint8_t *at = answer;
	struct ohba_log_record record;
	struct ohba_log_head head;
	size_t n, i;
	void *grown;

	if (len < sizeof(head) || (len - sizeof(head)) % sizeof(record))
		return -1;
	n = (len - sizeof(head)) / sizeof(record);
	if (n > LOG_RECORDS_MAX - log->n)
		return -1;
	memcpy(&head, at, sizeof(head));
	log->next = le64toh(head.next);
	log->kept = le32toh(head.kept);
	grown = realloc(log->records, (log->n + n + 1) * sizeof(*log->records));
	if (!grown)
		return -1;
	log->records = grown;
	for (i = 0; i < n; i++) {
		memcpy(&record, at + sizeof(head) + i * sizeof(record), sizeof(record));
		log->records[log->n + i] = take_record(&record);
	}
	log->n += n;
	return n;
}

/* --- messages ---------------------------------------------------------------- */

struct talk {
	struct nl_sock *sock;
	int family;
	int refusal;			/* errno of the last command, 0: none */
	struct log *log;		/* NULL: none is asked for */
	int came;			/* records in the last answer */
};

static int on_answer(struct nl_msg *msg, void *arg)
{
	struct nlattr *attr[OHBA_ATTR_MAX + 1];
	struct talk *talk = arg;

	talk->came = -1;
	if (talk->log && !genlmsg_parse(nlmsg_hdr(msg), 0, attr, OHBA_ATTR_MAX, NULL) &&
	    attr[OHBA_ATTR_LOG])
		talk->came = log_take(talk->log, nla_data(attr[OHBA_ATTR_LOG]),
				      nla_len(attr[OHBA_ATTR_LOG]));
	talk->refusal = talk->came < 0 ? EPROTO : 0;
	return NL_OK;
}

static int on_refusal(struct sockaddr_nl *who, struct nlmsgerr *error, void *arg)
{
	struct talk *talk = arg;

	(void)who;
	talk->refusal = -error->error;
	return NL_STOP;
}

/* @since NULL: not for reading. Return: 0 or errno. */
static int ask(struct talk *talk, uint8_t cmd, const char *pci, const uint64_t *since)
{
	struct nl_msg *msg = nlmsg_alloc();
	int err = -NLE_NOMEM;

	if (msg && genlmsg_put(msg, 0, 0, talk->family, 0, NLM_F_REQUEST | NLM_F_ACK, cmd,
			       OHBA_GENL_VERSION) &&
	    !nla_put_string(msg, OHBA_ATTR_ADAPTER, pci) &&
	    (!since || !nla_put(msg, OHBA_ATTR_LOG_FROM, sizeof(*since), since)))
		err = nl_send_auto(talk->sock, msg);
	nlmsg_free(msg);
	talk->refusal = 0;
	if (err >= 0 && since)
		err = nl_recvmsgs_default(talk->sock);		/* the answer, or the refusal */
	if (err >= 0 && !talk->refusal)
		err = nl_recvmsgs_default(talk->sock);		/* its acknowledgement */
	if (talk->refusal)
		return talk->refusal;
	return err < 0 ? EIO : 0;
}

static const char *explain(int err)
{
	switch (err) {
	case EPERM:
		return "the driver does this for administrators alone: run it as root";
	case ENODEV:
		return "the adapter is down, or not the driver's: look at the kernel's log, "
		       "and load ohba_fw";
	case EOPNOTSUPP:
		return "the adapter keeps no log, or its driver is older than this tool";
	case EPROTO:
		return "the driver says what this tool does not understand: install those of one "
		       "version";
	default:
		return strerror(err);
	}
}

static const char *talk_open(struct talk *talk)
{
	int err;

	if (!talk->sock || genl_connect(talk->sock))
		return "there is no generic netlink: use a kernel that has it";
	talk->family = genl_ctrl_resolve(talk->sock, OHBA_GENL_NAME);
	if (talk->family < 0)
		return "the driver is not loaded: modprobe ohba_fw";
	err = nl_socket_modify_cb(talk->sock, NL_CB_VALID, NL_CB_CUSTOM, on_answer, talk);
	if (!err)
		err = nl_socket_modify_err_cb(talk->sock, NL_CB_CUSTOM, on_refusal, talk);
	nl_socket_enable_msg_peek(talk->sock);
	return err ? "out of memory" : NULL;
}

/* --- asking ------------------------------------------------------------------ */

/* What happens meanwhile is the next one's: no adapter keeps this busy for ever. */
static int read_all(struct talk *talk, const char *pci, uint64_t since)
{
	struct log *log = talk->log;
	uint64_t behind = 0, before;
	int err;

	do {
		before = since;
		err = ask(talk, OHBA_CMD_LOG, pci, &since);
		if (err || !talk->came)
			return err;
		if (!behind)
			behind = log->next;
		since = log->records[log->n - 1].number + 1;
	} while (since > before && since < behind);
	return since > before ? 0 : EPROTO;
}

static const char *do_it(struct talk *talk, const char *pci, uint64_t since)
{
	const char *why = talk_open(talk);
	int err;

	if (!why) {
		err = talk->log ? read_all(talk, pci, since) :
				  ask(talk, OHBA_CMD_LOG_ERASE, pci, NULL);
		why = err ? explain(err) : NULL;
	}
	nl_socket_free(talk->sock);
	return why;
}

const char *log_read(const char *pci, uint64_t since, struct log *log)
{
	struct talk talk = { .sock = nl_socket_alloc(), .log = log };

	memset(log, 0, sizeof(*log));
	return do_it(&talk, pci, since);
}

const char *log_erase(const char *pci)
{
	struct talk talk = { .sock = nl_socket_alloc() };

	return do_it(&talk, pci, 0);
}

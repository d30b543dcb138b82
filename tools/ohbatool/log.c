// SPDX-License-Identifier: GPL-2.0-or-later
/* The log of an adapter: its driver is asked for it, a part at a time (log.h). */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "genl.h"
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
	struct genl genl;
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
	talk->genl.err = talk->came < 0 ? EPROTO : 0;
	return NL_OK;
}

static int ask(struct talk *talk, uint64_t since)
{
	struct nl_msg *msg = genl_command(&talk->genl, OHBA_CMD_LOG);

	if (msg)
		nla_put(msg, OHBA_ATTR_LOG_FROM, sizeof(since), &since);	/* there is room */
	return genl_exchange(&talk->genl, msg, true);
}

static int erase(struct talk *talk)
{
	return genl_exchange(&talk->genl, genl_command(&talk->genl, OHBA_CMD_LOG_ERASE), false);
}

static const char *explain(int err)
{
	switch (err) {
	case EOPNOTSUPP:
		return "the adapter keeps no log, or its driver is older than this tool";
	default:
		return genl_explain(err);
	}
}

/* --- asking ------------------------------------------------------------------ */

/* What happens meanwhile is the next one's: no adapter keeps this busy for ever. */
static int read_all(struct talk *talk, uint64_t since)
{
	struct log *log = talk->log;
	uint64_t behind = 0, before;
	int err;

	do {
		before = since;
		err = ask(talk, since);
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
	const char *why = genl_open(&talk->genl, pci, on_answer, talk);
	int err;

	if (!why) {
		err = talk->log ? read_all(talk, since) : erase(talk);
		why = err ? explain(err) : NULL;
	}
	genl_close(&talk->genl);
	return why;
}

const char *log_read(const char *pci, uint64_t since, struct log *log)
{
	struct talk talk = { .log = log };

	memset(log, 0, sizeof(*log));
	return do_it(&talk, pci, since);
}

const char *log_erase(const char *pci)
{
	struct talk talk = { .log = NULL };

	return do_it(&talk, pci, 0);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What an adapter keeps: its driver is asked for it, a record at a time (flash.h). */
#include "flash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "genl.h"

struct flash_talk {
	struct genl genl;
	struct flash_record *record;	/* to be filled; NULL: nothing is asked for */
};

size_t flash_record_len(unsigned int kind)
{
	static const size_t len[] = {
		[OHBA_RECORD_CONFIG] = sizeof(struct ohba_config),
		[OHBA_RECORD_INITIATOR] = sizeof(struct ohba_initiator),
		[OHBA_RECORD_ACCOUNT] = sizeof(struct ohba_account),
		[OHBA_RECORD_TARGET] = sizeof(struct ohba_target),
		[OHBA_RECORD_TARGETS] = sizeof(struct ohba_target_list),
	};

	return len[kind];
}

static int on_answer(struct nl_msg *msg, void *arg)
{
	struct nlattr *attr[OHBA_ATTR_MAX + 1], *data = NULL;
	struct flash_talk *talk = arg;

	if (!genlmsg_parse(nlmsg_hdr(msg), 0, attr, OHBA_ATTR_MAX, NULL))
		data = attr[OHBA_ATTR_RECORD_DATA];
	talk->genl.err = EPROTO;
	if (!data || !talk->record ||
	    (size_t)nla_len(data) != flash_record_len(talk->record->kind))
		return NL_OK;
	memcpy(&talk->record->config, nla_data(data), nla_len(data));
	talk->genl.err = 0;
	return NL_OK;
}

/* NULL: no memory. */
static struct nl_msg *of_record(struct flash_talk *talk, uint8_t cmd,
				const struct flash_record *record)
{
	struct nl_msg *msg = genl_command(&talk->genl, cmd);

	if (msg && !nla_put_u32(msg, OHBA_ATTR_RECORD, record->kind) &&
	    !nla_put_u32(msg, OHBA_ATTR_RECORD_INDEX, record->index))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

int flash_get(struct flash_talk *talk, struct flash_record *record, bool secrets)
{
	struct nl_msg *msg = of_record(talk, OHBA_CMD_FLASH_GET, record);
	int err;

	if (msg && secrets)
		nla_put_flag(msg, OHBA_ATTR_SECRETS);	/* there is room */
	talk->record = record;
	err = genl_exchange(&talk->genl, msg, true);
	if (!err && record->kind == OHBA_RECORD_ACCOUNT)
		record->no_secret = !secrets;
	return err;
}

int flash_set(struct flash_talk *talk, const struct flash_record *record)
{
	struct nl_msg *msg = of_record(talk, OHBA_CMD_FLASH_SET, record);

	if (msg && nla_put(msg, OHBA_ATTR_RECORD_DATA, flash_record_len(record->kind),
			   &record->config)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	talk->record = NULL;
	return genl_exchange(&talk->genl, msg, false);
}

int flash_erase(struct flash_talk *talk)
{
	talk->record = NULL;
	return genl_exchange(&talk->genl, genl_command(&talk->genl, OHBA_CMD_FLASH_ERASE), false);
}

const char *flash_explain(int err)
{
	switch (err) {
	case EOPNOTSUPP:
		return "the adapter keeps no such thing, or its driver is older than this tool";
	case EBUSY:
		return "a session of its own is wanted, or not over, or another has its target: log "
		       "out of those that \"iscsiadm -m session\" marks (flash); or it is being "
		       "erased: wait";
	case EINVAL:
		return "the firmware refused a value: the kernel's log says why";
	case ENOENT:
		return "the adapter has no room for it";
	case EIO:
		return "the firmware failed, maybe its flash: the kernel's log and ohbatool log say why";
	default:
		return genl_explain(err);
	}
}

struct flash_talk *flash_open(const char *pci, const char **why)
{
	struct flash_talk *talk = calloc(1, sizeof(*talk));

	*why = "out of memory";
	if (!talk)
		return NULL;
	*why = genl_open(&talk->genl, pci, on_answer, talk);
	if (!*why)
		return talk;
	flash_close(talk);
	return NULL;
}

void flash_close(struct flash_talk *talk)
{
	genl_close(&talk->genl);
	free(talk);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Status classes and details of a login response (login_status.h). */
#include <stddef.h>

#include "login_status.h"

/* Of each class, the general one is the first. */
static const struct iscsi_login_status table[] = {
	{ 0x0000, ISCSI_DO_PROCEED, "Success", "accepts the login" },

	{ 0x0101, ISCSI_DO_FOLLOW, "Target moved temporarily", "is elsewhere for now" },
	{ 0x0102, ISCSI_DO_FOLLOW, "Target moved permanently", "is elsewhere for good" },

	{ 0x0200, ISCSI_DO_CORRECT, "Initiator error", "finds a fault with the initiator" },
	{ 0x0201, ISCSI_DO_CORRECT, "Authentication failure",
	  "does not believe who the initiator is, or demands a login with CHAP" },
	{ 0x0202, ISCSI_DO_CORRECT, "Authorization failure",
	  "knows the initiator and does not let it in" },
	{ 0x0203, ISCSI_DO_CORRECT, "Not found", "does not know the target's name" },
	{ 0x0204, ISCSI_DO_CORRECT, "Target removed", "has removed this target for good" },
	{ 0x0205, ISCSI_DO_CORRECT, "Unsupported version", "speaks another version of iSCSI" },
	{ 0x0206, ISCSI_DO_RETRY, "Too many connections",
	  "has as many connections of this session as it takes" },
	{ 0x0207, ISCSI_DO_CORRECT, "Missing parameter", "misses a key, such as a name" },
	{ 0x0208, ISCSI_DO_RETRY, "Can't include in session",
	  "does not take the connection into the session" },
	{ 0x0209, ISCSI_DO_CORRECT, "Session type not supported",
	  "has no sessions of this type" },
	{ 0x020a, ISCSI_DO_RETRY, "Session does not exist",
	  "does not know the session that was to be continued" },
	{ 0x020b, ISCSI_DO_CORRECT, "Invalid during login", "got a PDU that no login has" },

	{ 0x0300, ISCSI_DO_RETRY, "Target error", "has an error of its own" },
	{ 0x0301, ISCSI_DO_RETRY, "Service unavailable", "is not in service at the moment" },
	{ 0x0302, ISCSI_DO_RETRY, "Out of resources",
	  "has no resources for another session or connection" },
};

#define ROWS	(sizeof(table) / sizeof(table[0]))

const struct iscsi_login_status *iscsi_login_status(uint8_t class, uint8_t detail)
{
	const struct iscsi_login_status *row, *general = NULL;

	for (row = table; row < table + ROWS; row++) {
		if (row->code >> 8 != class)
			continue;
		if ((row->code & 0xff) == detail)
			return row;
		if (!general)
			general = row;
	}
	return general;
}

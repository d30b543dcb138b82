/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a target answers to a login, as one number: RFC 7143 section 11.13.5. */
#ifndef ISCSI_LOGIN_STATUS_H
#define ISCSI_LOGIN_STATUS_H

#include <stdint.h>

enum iscsi_login_action {
	ISCSI_DO_PROCEED,
	ISCSI_DO_FOLLOW,	/* log in at the portal that it names */
	ISCSI_DO_RETRY,		/* again, later */
	ISCSI_DO_CORRECT,	/* not before somebody has changed the configuration */
};

struct iscsi_login_status {
	uint16_t code;		/* class << 8 | detail */
	uint8_t action;		/* enum iscsi_login_action */
	const char *name;	/* as in the RFC */
	const char *words;	/* what it means to who wanted to log in */
};

/*
 * Of a detail that is reserved, the general one of its class; NULL if the class is
 * reserved.
 */
const struct iscsi_login_status *iscsi_login_status(uint8_t class, uint8_t detail);

#endif /* ISCSI_LOGIN_STATUS_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the log tells of the sessions of an entry (agent_priv.h). Each kind of news has a
 * record of its own that counts on: a target that comes and goes for days takes three. Failures
 * at the entry's address and elsewhere are two kinds: while a target moves, tries take turns.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "agent_priv.h"

enum { UP, LOST, FAILED, FAILED_AWAY, KINDS };
_Static_assert(sizeof(((struct agent_target *)0)->logged) == KINDS * sizeof(uint64_t),
	       "a record each");

static void add(struct agent_target *row, struct ohba_log_what *what, unsigned int which)
{
	what->object = row->index;
	ohba_log_add(row->agent->fw, what, &row->logged[which]);
}

void agent_log_up(struct agent_target *row)
{
	struct ohba_log_what what = { .kind = OHBA_LOG_SESSION_UP };
	int family = row->portal.family == OHBA_FAMILY_IPV4 ? AF_INET : AF_INET6;
	char addr[INET6_ADDRSTRLEN], portal[64];

	inet_ntop(family, row->portal.addr, addr, sizeof(addr));
	snprintf(portal, sizeof(portal), family == AF_INET ? "%s:%u" : "[%s]:%u", addr,
		 le16toh(row->portal.port));
	what.words = portal;
	add(row, &what, UP);
}

void agent_log_lost(struct agent_target *row)
{
	struct ohba_log_what what = {
		.kind = OHBA_LOG_SESSION_LOST, .status = row->reason, .words = row->words,
	};

	add(row, &what, LOST);
}

void agent_log_failed(struct agent_target *row)
{
	struct ohba_log_what what = {
		.kind = OHBA_LOG_LOGIN_FAILED, .status = row->reason, .words = row->words,
	};
	bool away = row->login->away || row->login->hops;

	/* Else they are of a login before. */
	if (row->reason == OHBA_ST_LOGIN_REFUSED) {
		what.login_class = row->login_class;
		what.login_detail = row->login_detail;
	}
	add(row, &what, away ? FAILED_AWAY : FAILED);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What TCP engines share: the names of their failures (tcp.h). */
#include "tcp.h"

#include <errno.h>

static const struct {
	int err;
	enum ohba_status status;
} tcp_errors[] = {
	{ 0,		OHBA_ST_SUCCESS },
	{ ECONNREFUSED,	OHBA_ST_CONN_REFUSED },
	{ ETIMEDOUT,	OHBA_ST_CONN_TIMEOUT },
	{ EHOSTUNREACH,	OHBA_ST_HOST_UNREACH },
	{ ENETUNREACH,	OHBA_ST_HOST_UNREACH },
	{ EHOSTDOWN,	OHBA_ST_HOST_UNREACH },
	{ ENETDOWN,	OHBA_ST_HOST_UNREACH },
	{ ENONET,	OHBA_ST_HOST_UNREACH },
	{ ECONNRESET,	OHBA_ST_CONN_RESET },
	{ ECONNABORTED,	OHBA_ST_CONN_RESET },
	{ EPIPE,	OHBA_ST_CONN_RESET },
};

enum ohba_status ohba_tcp_status(int err)
{
	unsigned int i;

	for (i = 0; i < sizeof(tcp_errors) / sizeof(tcp_errors[0]); i++)
		if (tcp_errors[i].err == err)
			return tcp_errors[i].status;
	return OHBA_ST_CONN_LOCAL;
}

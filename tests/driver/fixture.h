/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of one session: an adapter that is up, or one that is logged in. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "bench.h"

static struct bench_session session;

static inline int up(void **state)
{
	(void)state;
	bench_up();
	return 0;
}

static inline int login(void **state)
{
	up(state);
	bench_login(&session);
	return 0;
}

static inline int down(void **state)
{
	(void)state;
	bench_logout(&session);
	bench_down();
	return 0;
}

#endif /* FIXTURE_H */

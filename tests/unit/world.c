// SPDX-License-Identifier: GPL-2.0-or-later
/* A host whose adapter has sessions by itself, and the targets (world.h). */
#include "world.h"

struct world *world_new(uint32_t targets)
{
	struct world *w = malloc(sizeof(*w));

	w->host = entries_new_many(targets);
	w->site = site_new(w->host);
	return w;
}

void world_free(struct world *w)
{
	struct host *host = w->host;

	assert_int_equal(host->guest_traces, 0);
	site_free(w->site);
	free(w);
	host_free(host);
}

int world_setup(void **state)
{
	*state = world_new(TARGETS);
	return 0;
}

int world_teardown(void **state)
{
	world_free(*state);
	return 0;
}

void world_login(struct world *w, uint32_t index)
{
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGIN, index, 0, OHBA_ST_SUCCESS);
}

void world_logout(struct world *w, uint32_t index, uint8_t flags)
{
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGOUT, index, flags, OHBA_ST_SUCCESS);
}

void set_up(struct world *w, uint32_t index, const struct ohba_target *target)
{
	entry_set(w->host, index, target, OHBA_ST_SUCCESS);
	world_login(w, index);
}

uint32_t world_up(struct world *w, uint32_t index)
{
	entry_event(w->host, index, OHBA_TARGET_CONNECTING, OHBA_ST_SUCCESS);
	entry_event(w->host, index, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	return entry_event(w->host, index, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

uint32_t entry_up(struct world *w, uint32_t index)
{
	struct ohba_target target = entry_of(index + 1);

	set_up(w, index, &target);
	return world_up(w, index);
}

void forget_events(struct world *w)
{
	host_settle(w->host);
	w->host->nevents = 0;
}

void world_pass(struct world *w, uint64_t ns)
{
	uint64_t step;

	for (; ns; ns -= step) {
		step = MIN(ns, SECOND);
		host_advance(w->host, step);
		w->host->nevents = 0;
	}
}

void give_back(struct site *site, unsigned int n, const struct session *s)
{
	site->conn[n].statsn = s->statsn;
	site->conn[n].exp_cmdsn = s->cmdsn;
	site->conn[n].by_hand = false;
}

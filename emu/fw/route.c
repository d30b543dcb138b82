// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the adapter learns where frames to a destination go. The host is asked, whose helper
 * may know more of the network. If it has none, or says nothing, the adapter goes by what
 * was set by hand (config.c) and asks the next hop for its MAC (wire/resolve.c). Whoever
 * answers first ends the question.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "ohba_wire.h"

#define WANTS_MAX	256	/* as many as there can be paths */
#define ASK_AGAIN_MS	1000
#define PATIENCE_MS	5000	/* with the host: more than uipd has with a neighbour */
#define OVER_MS		30000	/* a path that is needed is asked for more often */

/* A destination that the host was asked about. */
struct want {
	struct ohba_event_node node;	/* type 0: a free entry */
	uint64_t since_ns, asked_ns;
	bool refused;			/* by a host without a helper */
	bool alone;			/* the adapter looks for it, too: */
	struct ohba_way way;
};

struct ohba_routes {
	struct want wants[WANTS_MAX];
};

static struct ohba_wire *wire_of(struct ohba_fw *fw)
{
	return ohba_wire_of(fw->engine);
}

static uint8_t family_of(const struct want *want)
{
	return le32toh(want->node.event.handle);
}

static const uint8_t *dst_of(const struct want *want)
{
	return (const uint8_t *)want->node.event.detail;
}

/* --- who is asked about ------------------------------------------------------- */

static bool is_about(const struct want *want, uint8_t family, const uint8_t addr[16])
{
	return want->node.event.type && family_of(want) == family &&
	       !memcmp(dst_of(want), addr, 16);
}

static struct want *find_want(struct ohba_routes *routes, uint8_t family,
			      const uint8_t addr[16])
{
	struct want *want;

	for (want = routes->wants; want < &routes->wants[WANTS_MAX]; want++)
		if (is_about(want, family, addr))
			return want;
	return NULL;
}

static void forget(struct want *want)
{
	ohba_event_cancel(&want->node);
	want->node.event.type = 0;
	want->refused = false;
	want->alone = false;
}

/* A free entry, or else the one that waits longest for its answer. */
static struct want *take_want(struct ohba_routes *routes)
{
	struct want *want, *oldest = routes->wants;

	for (want = routes->wants; want < &routes->wants[WANTS_MAX]; want++) {
		if (!want->node.event.type)
			return want;
		if (want->asked_ns < oldest->asked_ns)
			oldest = want;
	}
	forget(oldest);
	return oldest;
}

static struct want *begin(struct ohba_fw *fw, uint8_t family, const uint8_t addr[16])
{
	struct want *want = take_want(fw->routes);

	want->node.event.type = OHBA_EVENT_PATH_WANTED;
	want->node.event.handle = htole32(family);
	memcpy(want->node.event.detail, addr, sizeof(want->node.event.detail));
	want->since_ns = want->asked_ns = ohba_loop_now(fw->loop);
	return want;
}

/* --- alone -------------------------------------------------------------------- */

/*
 * A path whose next hop is silent may be in use: connections that come from its address are
 * lost on another, so only another router of the same one is a way. False: there is none.
 */
static bool find_way(struct ohba_fw *fw, const struct want *want, struct ohba_way *way)
{
	uint8_t family = family_of(want);
	struct ohba_way kept;

	if (!ohba_wire_path_way(wire_of(fw), family, dst_of(want), &way->index, way->hop))
		return ohba_config_way(fw, family, dst_of(want), way);
	if (ohba_config_way(fw, family, dst_of(want), &kept) && kept.index == way->index)
		*way = kept;
	return true;
}

/* Return: whether there is a way. */
static bool go_alone(struct ohba_fw *fw, struct want *want)
{
	uint8_t family = family_of(want);

	want->alone = false;
	if (!find_way(fw, want, &want->way))
		return false;
	/* Not if the table of questions is full: then when the path is wanted again. */
	want->alone = !ohba_wire_resolve(wire_of(fw), want->way.index, family, want->way.hop);
	return true;
}

static void end(struct ohba_fw *fw, struct want *want, const char *by, enum ohba_status status)
{
	int family = family_of(want) == OHBA_FAMILY_IPV4 ? AF_INET : AF_INET6;
	char text[INET6_ADDRSTRLEN];

	ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "path", "to %s, by %s: %s",
		      inet_ntop(family, dst_of(want), text, sizeof(text)), by,
		      ohba_status_name(status));
	forget(want);
}

/* Addresses and what is kept may have changed since the question. */
static bool is_still_way(struct ohba_fw *fw, const struct want *want)
{
	struct ohba_way now;

	return find_way(fw, want, &now) && now.index == want->way.index &&
	       !memcmp(now.hop, want->way.hop, sizeof(now.hop));
}

/* Without a @mac nobody answers; a host that has yet to say something may know better. */
static void arrive(struct ohba_fw *fw, struct want *want, const uint8_t *mac)
{
	uint8_t family = family_of(want);

	want->alone = false;
	if (!is_still_way(fw, want))
		return;
	if (mac && !ohba_wire_path_set(wire_of(fw), want->way.index, family, dst_of(want),
				       want->way.hop, mac)) {
		end(fw, want, "the adapter", OHBA_ST_SUCCESS);
	} else if (!mac && want->refused) {
		ohba_wire_path_failed(wire_of(fw), family, dst_of(want), OHBA_ST_HOST_UNREACH);
		end(fw, want, "the adapter", OHBA_ST_HOST_UNREACH);
	}
}

void ohba_route_resolved(void *arg, unsigned int index, const uint8_t hop[16],
			 const uint8_t *mac)
{
	struct ohba_fw *fw = arg;
	struct want *want;

	/* A firmware that hangs has no bytes for a target. */
	if (fw->state != OHBA_FW_READY)
		return;
	for (want = fw->routes->wants; want < &fw->routes->wants[WANTS_MAX]; want++)
		if (want->alone && want->way.index == index &&
		    !memcmp(want->way.hop, hop, sizeof(want->way.hop)))
			arrive(fw, want, mac);
}

/* --- the host ----------------------------------------------------------------- */

static bool is_silent(struct ohba_fw *fw, const struct want *want)
{
	return ohba_loop_now(fw->loop) - want->since_ns >= PATIENCE_MS * OHBA_NS_PER_MS;
}

enum ohba_status ohba_route_wanted(void *arg, uint8_t family, const uint8_t addr[16])
{
	struct ohba_fw *fw = arg;
	struct want *want = find_want(fw->routes, family, addr);
	uint64_t now = ohba_loop_now(fw->loop);

	if (want && now - want->asked_ns < ASK_AGAIN_MS * OHBA_NS_PER_MS)
		return OHBA_ST_SUCCESS;
	if (!want)
		want = begin(fw, family, addr);
	if (now - want->asked_ns >= OVER_MS * OHBA_NS_PER_MS)
		want->since_ns = now;
	want->asked_ns = now;
	ohba_event_post(fw, &want->node);
	if (is_silent(fw, want))
		(void)go_alone(fw, want);
	return OHBA_ST_SUCCESS;
}

void ohba_route_known(struct ohba_fw *fw, uint8_t family, const uint8_t addr[16])
{
	struct want *want = find_want(fw->routes, family, addr);

	if (want)
		end(fw, want, "the host", OHBA_ST_SUCCESS);
}

void ohba_route_refused(struct ohba_fw *fw, uint8_t family, const uint8_t addr[16],
			enum ohba_status status)
{
	struct want *want = find_want(fw->routes, family, addr);

	if (want && status == OHBA_ST_NO_HELPER) {
		want->refused = true;
		if (go_alone(fw, want))
			return;
	}
	ohba_wire_path_failed(wire_of(fw), family, addr, status);
	if (want)
		end(fw, want, "the host", status);
}

/* --- life --------------------------------------------------------------------- */

bool ohba_routes_create(struct ohba_fw *fw)
{
	fw->routes = calloc(1, sizeof(*fw->routes));
	return fw->routes;
}

void ohba_routes_stop(struct ohba_fw *fw)
{
	struct want *want;

	for (want = fw->routes->wants; want < &fw->routes->wants[WANTS_MAX]; want++)
		forget(want);
}

void ohba_routes_destroy(struct ohba_fw *fw)
{
	free(fw->routes);
	fw->routes = NULL;
}

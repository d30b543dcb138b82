// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where frames to a destination go. The table here is what was said when it was asked
 * for, by the host's helper, or, if there is none, by who asked resolve.c. What is in use
 * is confirmed without either: the next hop is asked each CONFIRM_MS. When UNANSWERED_MAX
 * of these found no answer the path is asked for anew, or, if no connection goes that
 * way, forgotten.
 */
#include <string.h>

#include "ohba_admin.h"
#include "wire.h"

#define CONFIRM_MS	10000
#define RETRY_MS	1000
#define UNANSWERED_MAX	3

static struct ohba_list *bucket_of(struct ohba_wire *wire, const struct wire_addr *dst)
{
	uint32_t hash = 2166136261u;	/* FNV-1a */
	size_t i;

	for (i = 0; i < sizeof(dst->bytes); i++)
		hash = (hash ^ dst->bytes[i]) * 16777619u;
	return &wire->path_buckets[hash % WIRE_PATHS_MAX];
}

struct wire_path *wire_path_find(struct ohba_wire *wire, const struct wire_addr *dst)
{
	struct ohba_list *bucket = bucket_of(wire, dst), *node, *tmp;

	ohba_list_for_each(node, tmp, bucket) {
		struct wire_path *path = ohba_container(node, struct wire_path, bucket);

		if (!memcmp(&path->dst, dst, sizeof(*dst)))
			return path;
	}
	return NULL;
}

/* --- asking ----------------------------------------------------------------- */

enum ohba_status wire_path_want(struct ohba_wire *wire, const struct wire_addr *dst)
{
	return wire->events->path_wanted(wire->arg, dst->family, dst->bytes);
}

static bool is_used(const struct wire_path *path)
{
	return !ohba_list_empty(&path->users);
}

static void remove_path(struct wire_path *path)
{
	struct ohba_list *user, *tmp;

	ohba_list_for_each(user, tmp, &path->users)
		ohba_list_del(user);
	ohba_timer_cancel(&path->confirm);
	ohba_list_del(&path->bucket);
	path->iface = NULL;
}

static void probe(struct wire_path *path)
{
	path->unanswered++;
	if (path->hop.family == OHBA_FAMILY_IPV4)
		wire_arp_probe(path);
	else
		wire_nd_probe(path);
	ohba_timer_arm(&path->confirm, RETRY_MS * OHBA_NS_PER_MS);
}

static void confirm(struct ohba_timer *timer)
{
	struct wire_path *path = ohba_container(timer, struct wire_path, confirm);

	if (path->unanswered < UNANSWERED_MAX) {
		probe(path);
		return;
	}
	if (!is_used(path)) {
		remove_path(path);
		return;
	}
	/* Frames go where they went until somebody knows better; it may take long. */
	path->unanswered = 0;
	ohba_timer_arm(&path->confirm, CONFIRM_MS * OHBA_NS_PER_MS);
	(void)wire_path_want(path->iface->wire, &path->dst);
}

static void confirmed(struct wire_path *path)
{
	path->unanswered = 0;
	ohba_timer_arm(&path->confirm, CONFIRM_MS * OHBA_NS_PER_MS);
}

/* Ask soon, but however many speak up, not at once. */
static void doubt(struct wire_path *path)
{
	uint64_t soon = RETRY_MS * OHBA_NS_PER_MS;

	if (path->confirm.due_ns > ohba_loop_now(path->confirm.loop) + soon)
		ohba_timer_arm(&path->confirm, soon);
}

/*
 * RFC 4861 section 7.2.5, which serves ARP as well: what was not asked for may move a
 * next hop, but confirms nothing, or a lie would last until the next request.
 */
static void hear(struct wire_path *path, const uint8_t *mac, unsigned int how)
{
	bool moves = mac && memcmp(path->mac, mac, WIRE_MAC_LEN);
	bool asked = path->unanswered;

	if (moves && (how & WIRE_OVERRIDES)) {
		memcpy(path->mac, mac, WIRE_MAC_LEN);
		path->unanswered = 0;
	}
	if (asked && (how & WIRE_ANSWERS) && (!moves || (how & WIRE_OVERRIDES)))
		confirmed(path);
	else if (moves)
		doubt(path);
}

void wire_path_heard(struct wire_iface *iface, const struct wire_addr *hop, const uint8_t *mac,
		     unsigned int how)
{
	struct ohba_wire *wire = iface->wire;
	static const uint8_t none[WIRE_MAC_LEN];
	struct wire_path *path;

	/* No station alone has a group's, and no other has ours. */
	if (mac && (mac[0] & 1 || !memcmp(mac, wire->mac, WIRE_MAC_LEN) ||
		    !memcmp(mac, none, WIRE_MAC_LEN)))
		return;
	wire_resolve_heard(iface, hop, mac, how);
	for (path = wire->paths; path < &wire->paths[WIRE_PATHS_MAX]; path++)
		if (path->iface == iface && !memcmp(&path->hop, hop, sizeof(*hop)))
			hear(path, mac, how);
}

/* --- being told ------------------------------------------------------------- */

static struct wire_path *free_entry(struct ohba_wire *wire)
{
	struct wire_path *path;
	unsigned int i;

	for (path = wire->paths; path < &wire->paths[WIRE_PATHS_MAX]; path++)
		if (!path->iface)
			return path;
	/* In turn, or what came last would be the first to go. */
	for (i = 0; i < WIRE_PATHS_MAX; i++) {
		path = &wire->paths[wire->path_gives_way++ % WIRE_PATHS_MAX];
		if (is_used(path))
			continue;
		remove_path(path);
		return path;
	}
	return NULL;
}

static enum ohba_status set(struct wire_iface *iface, const struct wire_addr *dst,
			    const struct wire_addr *hop, const uint8_t *mac)
{
	struct ohba_wire *wire = iface->wire;
	struct wire_path *path = wire_path_find(wire, dst);

	if (!path)
		path = free_entry(wire);
	if (!path)
		return OHBA_ST_NO_RESOURCES;
	ohba_list_del(&path->bucket);
	if (path->iface != iface || memcmp(&path->hop, hop, sizeof(*hop)))
		path->mtu = 0;
	path->iface = iface;
	path->dst = *dst;
	path->hop = *hop;
	memcpy(path->mac, mac, WIRE_MAC_LEN);
	ohba_list_append(bucket_of(wire, dst), &path->bucket);
	confirmed(path);
	wire_tcp_path_ready(wire, dst, path, OHBA_ST_SUCCESS);
	wire_pings_path_ready(wire, dst, path, OHBA_ST_SUCCESS);
	return OHBA_ST_SUCCESS;
}

enum ohba_status ohba_wire_path_set(struct ohba_wire *wire, unsigned int index,
				    uint8_t family, const uint8_t dst[16],
				    const uint8_t hop[16], const uint8_t mac[6])
{
	struct wire_addr to, by;

	if (index >= OHBA_IFACES_MAX || !wire->ifaces[index].used ||
	    wire->ifaces[index].addr.family != family)
		return OHBA_ST_INVALID_HANDLE;
	to = wire_addr_make(family, dst);
	by = wire_addr_make(family, hop);
	return set(&wire->ifaces[index], &to, &by, mac);
}

bool ohba_wire_path_way(struct ohba_wire *wire, uint8_t family, const uint8_t dst[16],
			unsigned int *index, uint8_t hop[16])
{
	struct wire_addr to = wire_addr_make(family, dst);
	const struct wire_path *path = wire_path_find(wire, &to);

	if (!path)
		return false;
	*index = path->iface - wire->ifaces;
	memcpy(hop, path->hop.bytes, sizeof(path->hop.bytes));
	return true;
}

void ohba_wire_path_failed(struct ohba_wire *wire, uint8_t family, const uint8_t dst[16],
			   enum ohba_status status)
{
	struct wire_addr to = wire_addr_make(family, dst);

	wire_tcp_path_ready(wire, &to, NULL, status);
	wire_pings_path_ready(wire, &to, NULL, status);
}

void wire_paths_forget(struct wire_iface *iface)
{
	struct wire_path *path;

	for (path = iface->wire->paths; path < &iface->wire->paths[WIRE_PATHS_MAX]; path++)
		if (path->iface == iface)
			remove_path(path);
}

void wire_paths_init(struct ohba_wire *wire)
{
	unsigned int i;

	for (i = 0; i < WIRE_PATHS_MAX; i++) {
		ohba_list_init(&wire->path_buckets[i]);
		ohba_list_init(&wire->paths[i].users);
		ohba_timer_init(&wire->paths[i].confirm, wire->loop, confirm);
	}
}

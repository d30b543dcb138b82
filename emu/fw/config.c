// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the adapter keeps of its configuration (SPEC.md 6.3): the host reads and writes
 * it; at power-up the firmware acts on it by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "keep.h"
#include "log.h"
#include "ohba_wire.h"

struct ohba_settings {
	struct ohba_config now;
	struct ohba_config next;	/* being written */
	struct {
		bool waiting;		/* for that */
		uint32_t qid, tag;
	} set;
};

/* --- checks ----------------------------------------------------------------- */

#define FLAGS	(OHBA_IFCONF_ENABLED | OHBA_IFCONF_VLAN | OHBA_IFCONF_LOCAL_STATIC | \
		 OHBA_IFCONF_ROUTER_STATIC)

static bool is_addr(uint8_t family, const uint8_t addr[16])
{
	return ohba_all_zero(addr, 16) || ohba_wire_addr_ok(family, addr);
}

static bool is_local(const uint8_t addr[16])
{
	return ohba_all_zero(addr, 16) || (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80);
}

static bool ipv4_ok(const struct ohba_iface_config *iface)
{
	return !(iface->flags & (OHBA_IFCONF_LOCAL_STATIC | OHBA_IFCONF_ROUTER_STATIC)) &&
	       iface->source <= OHBA_ADDR_DHCP && iface->prefix <= 32 &&
	       ohba_all_zero(iface->addr + 4, 12) && ohba_all_zero(iface->router + 4, 12) &&
	       ohba_all_zero(iface->local, sizeof(iface->local));
}

static bool ipv6_ok(const struct ohba_iface_config *iface)
{
	return iface->source <= OHBA_ADDR_SLAAC && iface->prefix <= 128 &&
	       is_local(iface->local);
}

static bool iface_ok(const struct ohba_iface_config *iface)
{
	if (!iface->family)
		return ohba_all_zero(iface, sizeof(*iface));
	if (iface->family != OHBA_FAMILY_IPV4 && iface->family != OHBA_FAMILY_IPV6)
		return false;
	return !(iface->flags & ~FLAGS) && ohba_all_zero(iface->rsvd, sizeof(iface->rsvd)) &&
	       ohba_mtu_ok(iface->family, le16toh(iface->mtu)) &&
	       is_addr(iface->family, iface->addr) && is_addr(iface->family, iface->router) &&
	       (iface->family == OHBA_FAMILY_IPV4 ? ipv4_ok(iface) : ipv6_ok(iface));
}

/* It may come from a host, or from a file that anybody wrote. */
bool ohba_config_ok(const struct ohba_config *config)
{
	unsigned int i;

	if (config->origin || !ohba_all_zero(config->rsvd, sizeof(config->rsvd)))
		return false;
	for (i = 0; i < OHBA_IFACES_MAX; i++)
		if (!iface_ok(&config->iface[i]))
			return false;
	return true;
}

/* --- what needs nobody's help ------------------------------------------------ */

/* NULL: none was set by hand. */
static const uint8_t *static_addr(const struct ohba_iface_config *iface)
{
	if (!(iface->flags & OHBA_IFCONF_ENABLED) || iface->source != OHBA_ADDR_STATIC)
		return NULL;
	if (!ohba_all_zero(iface->addr, sizeof(iface->addr)))
		return iface->addr;
	return ohba_all_zero(iface->local, sizeof(iface->local)) ? NULL : iface->local;
}

static uint16_t tci_of(const struct ohba_iface_config *iface)
{
	return iface->flags & OHBA_IFCONF_VLAN ? le16toh(iface->tci) : 0;
}

#define LOCAL_PREFIX	64	/* RFC 4291 section 2.5.6 */

static bool is_same_net(const uint8_t *a, const uint8_t *b, unsigned int prefix)
{
	unsigned int whole = prefix / 8, rest = prefix % 8;

	return !memcmp(a, b, whole) && (!rest || !((a[whole] ^ b[whole]) >> (8 - rest)));
}

/* RFC 3927 section 2.6.2, RFC 4291 section 2.5.6: no router passes it on. */
static bool is_link_local(uint8_t family, const uint8_t *addr)
{
	if (family == OHBA_FAMILY_IPV4)
		return addr[0] == 169 && addr[1] == 254;
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

/* How good a way it is, as the helper has it, too; 0: none. @hop: to whom. */
static unsigned int rate(const struct ohba_iface_config *iface, const uint8_t *addr,
			 const uint8_t *dst, const uint8_t **hop)
{
	unsigned int prefix = addr == iface->local ? LOCAL_PREFIX : iface->prefix;

	*hop = dst;
	if (is_same_net(addr, dst, prefix) || is_link_local(iface->family, dst))
		return 2 + prefix;
	*hop = iface->router;
	return !ohba_all_zero(iface->router, sizeof(iface->router));
}

/* The longest prefix wins; a router is the last resort. */
bool ohba_config_way(struct ohba_fw *fw, uint8_t family, const uint8_t dst[16],
		     struct ohba_way *way)
{
	struct ohba_wire *wire = ohba_wire_of(fw->engine);
	unsigned int i, rating, best = 0;
	const uint8_t *addr, *hop;

	if (!ohba_wire_addr_ok(family, dst))
		return false;
	for (i = 0; i < OHBA_IFACES_MAX; i++) {
		const struct ohba_iface_config *iface = &fw->settings->now.iface[i];

		addr = iface->family == family ? static_addr(iface) : NULL;
		/* The host may have set another since. */
		if (!addr || !ohba_wire_iface_is(wire, i, family, addr, tci_of(iface)))
			continue;
		rating = rate(iface, addr, dst, &hop);
		if (rating <= best)
			continue;
		best = rating;
		way->index = i;
		memcpy(way->hop, hop, sizeof(way->hop));
	}
	return best;
}

/* --- commands --------------------------------------------------------------- */

static int config_get(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	(void)qid;
	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	return ohba_reply(fw, sqe, &fw->settings->now, sizeof(fw->settings->now));
}

static void set(struct ohba_fw *fw, enum ohba_config_origin origin)
{
	struct ohba_settings *settings = fw->settings;

	ohba_log(fw, OHBA_LOG_CONFIG_SET, 0, OHBA_ST_SUCCESS, NULL);
	settings->now = settings->next;
	settings->now.origin = origin;
}

void ohba_config_kept(struct ohba_fw *fw, int err)
{
	struct ohba_settings *settings = fw->settings;

	if (!err)
		set(fw, OHBA_CONFIG_FLASH);
	/* A firmware that hangs completes nothing. */
	if (settings->set.waiting && fw->state == OHBA_FW_READY)
		ohba_complete_status(fw, settings->set.qid, settings->set.tag,
				     err ? OHBA_ST_FLASH : OHBA_ST_SUCCESS);
	settings->set.waiting = false;
}

static enum ohba_status fetch(struct ohba_fw *fw, const struct ohba_sqe *sqe,
			      struct ohba_config *config)
{
	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	return ohba_sgl_fetch(fw, sqe, config, sizeof(*config));
}

static int config_set(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_settings *settings = fw->settings;
	struct ohba_config config;
	enum ohba_status status = fetch(fw, sqe, &config);
	int res;

	if (status)
		return status;
	if (!ohba_config_ok(&config))
		return OHBA_ST_INVALID_FIELD;
	res = ohba_keep(fw, OHBA_FLASH_CONFIG, 0, &config, sizeof(config));
	if (res && res != OHBA_PENDING)
		return res;
	settings->next = config;
	settings->set.waiting = res;
	settings->set.qid = qid;
	settings->set.tag = le32toh(sqe->tag);
	if (!res)
		set(fw, OHBA_CONFIG_MEMORY);
	return res;
}

const struct ohba_cmd_row ohba_config_cmds[] = {
	{ .opcode = OHBA_ADMIN_CONFIG_GET, .name = "CONFIG_GET", .fn = config_get, .data = true },
	{ .opcode = OHBA_ADMIN_CONFIG_SET, .name = "CONFIG_SET", .fn = config_set, .data = true,
	  .keeps = true },
};

const unsigned int ohba_config_ncmds = sizeof(ohba_config_cmds) / sizeof(ohba_config_cmds[0]);

/* --- life ------------------------------------------------------------------- */

bool ohba_config_create(struct ohba_fw *fw)
{
	if (!fw->net)
		return true;
	fw->settings = calloc(1, sizeof(*fw->settings));
	return fw->settings;
}

void ohba_config_load(struct ohba_fw *fw, const struct ohba_config *config)
{
	struct ohba_config *now = &fw->settings->now;

	if (config)
		*now = *config;
	now->origin = config ? OHBA_CONFIG_FLASH : OHBA_CONFIG_DAMAGED;
}

void ohba_config_forget(struct ohba_fw *fw)
{
	if (fw->settings)
		memset(&fw->settings->now, 0, sizeof(fw->settings->now));
}

void ohba_config_destroy(struct ohba_fw *fw)
{
	free(fw->settings);
}

static void start_iface(struct ohba_wire *wire, unsigned int i,
			const struct ohba_iface_config *iface)
{
	const uint8_t *addr = static_addr(iface);

	if (addr)
		(void)ohba_wire_iface_set(wire, i, iface->family, addr, tci_of(iface),
					  le16toh(iface->mtu));
}

void ohba_config_start(struct ohba_fw *fw)
{
	struct ohba_wire *wire = ohba_wire_of(fw->engine);
	unsigned int i;

	if (!fw->settings)
		return;
	for (i = 0; i < OHBA_IFACES_MAX; i++)
		start_iface(wire, i, &fw->settings->now.iface[i]);
}

void ohba_config_stop(struct ohba_fw *fw)
{
	if (fw->settings)
		fw->settings->set.waiting = false;
}

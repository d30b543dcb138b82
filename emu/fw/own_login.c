// SPDX-License-Identifier: GPL-2.0-or-later
/* What logins of the firmware's own have in common, whoever they are for (own_login.h). */
#include <string.h>

#include "core.h"
#include "own_login.h"
#include "ohba_login.h"
#include "login_adapter.h"

bool ohba_login_account(struct ohba_fw *fw, __le16 index, bool of_target,
			struct ohba_account *copy, struct iscsi_chap_account *chap)
{
	const struct ohba_account *account = ohba_account_get(fw, le16toh(index));

	if (le16toh(index) == OHBA_ACCOUNT_NONE)
		return true;
	if (!account || !!(account->flags & OHBA_ACCOUNT_TARGET) != of_target)
		return false;
	*copy = *account;
	login_put_account(chap, copy);
	return true;
}

uint32_t ohba_login_left_ms(const struct ohba_fw *fw, uint64_t deadline_ns)
{
	uint64_t now = ohba_loop_now(fw->loop);

	return now < deadline_ns ? (deadline_ns - now + OHBA_NS_PER_MS - 1) / OHBA_NS_PER_MS : 1;
}

void ohba_login_put_initiator(struct iscsi_login_config *config,
			      const struct ohba_initiator *initiator)
{
	config->initiator_name = (const char *)initiator->name;
	if (initiator->alias[0])
		config->initiator_alias = (const char *)initiator->alias;
	config->itt = LOGIN_ITT;
	config->cmdsn = LOGIN_CMDSN;
}

enum ohba_status ohba_login_send_due(struct ohba_conn *conn, struct iscsi_login *login)
{
	union iscsi_pdu_hdr hdr = { .raw = { 0 } };
	enum ohba_status status = OHBA_ST_SUCCESS;
	struct iscsi_login_pdu pdu;

	while (!status && iscsi_login_tx(login, &pdu)) {
		hdr.login_req = pdu.hdr;
		status = ohba_own_send(conn, &hdr, pdu.data, pdu.len);
	}
	return status;
}

bool ohba_login_portal(struct ohba_conn_open *open, const struct iscsi_portal *portal)
{
	memset(open, 0, sizeof(*open));
	open->family = portal->is_ipv6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4;
	open->port = htole16(portal->port);
	return login_portal_addr(portal, open->addr);
}

enum place {
	PLACE_NETWORK,
	PLACE_LINK,
	PLACE_HERE,			/* the machine that the adapter is in */
	PLACE_NOBODY,
};

static enum place place_of_ipv4(const uint8_t *addr)
{
	if (!addr[0] || addr[0] >= 224)
		return PLACE_NOBODY;
	if (addr[0] == 127)
		return PLACE_HERE;
	return addr[0] == 169 && addr[1] == 254 ? PLACE_LINK : PLACE_NETWORK;
}

static enum place place_of_ipv6(const uint8_t *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (!memcmp(addr, mapped, sizeof(mapped)))
		return place_of_ipv4(addr + 12);
	if (ohba_all_zero(addr, 15) && addr[15] == 1)
		return PLACE_HERE;
	if (addr[0] == 0xff || ohba_all_zero(addr, 12))
		return PLACE_NOBODY;
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80 ? PLACE_LINK : PLACE_NETWORK;
}

static enum place place_of(uint8_t family, const uint8_t *addr)
{
	return family == OHBA_FAMILY_IPV4 ? place_of_ipv4(addr) : place_of_ipv6(addr);
}

bool ohba_login_may_go(uint8_t from_family, const uint8_t *from, uint8_t to_family,
		       const uint8_t *to)
{
	enum place place = place_of(to_family, to);

	return place == PLACE_NETWORK ||
	       (place != PLACE_NOBODY && place == place_of(from_family, from));
}

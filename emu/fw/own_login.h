/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What logins of the firmware's own have in common: accounts, and where a target may send us.
 * What the helper needs, too, is in uip/proto/login_adapter.h.
 */
#ifndef OHBA_OWN_LOGIN_H
#define OHBA_OWN_LOGIN_H

#include "adapter.h"
#include "login.h"
#include "targets.h"

/*
 * The account, copied @copy, for @chap; nothing if @index is OHBA_ACCOUNT_NONE. False: it is
 * named, and is not there, or is for the other direction.
 */
bool ohba_login_account(struct ohba_fw *fw, __le16 index, bool of_target,
			struct ohba_account *copy, struct iscsi_chap_account *chap);
/* False: it is no address. There is nobody here to ask for a name's. */
bool ohba_login_portal(struct ohba_conn_open *open, const struct iscsi_portal *portal);
/*
 * Who is at @from says to go to @to. A target must not make us a client of services that only
 * the machine under the adapter reaches; but one that is there itself may stay there.
 */
bool ohba_login_may_go(uint8_t from_family, const uint8_t *from, uint8_t to_family,
		       const uint8_t *to);

#endif /* OHBA_OWN_LOGIN_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What logins of the firmware's own have in common: accounts, PDUs, and where a target may send
 * us.
 * What the helper needs, too, is in uip/proto/login_adapter.h.
 */
#ifndef OHBA_OWN_LOGIN_H
#define OHBA_OWN_LOGIN_H

#include "adapter.h"
#include "iscsi.h"
#include "login.h"
#include "targets.h"

#define OHBA_LOGOUT_NS	(5 * OHBA_NS_PER_S)	/* for the answer to a Logout Request */

/*
 * The account, copied @copy, for @chap; nothing if @index is OHBA_ACCOUNT_NONE. False: it is
 * named, and is not there, or is for the other direction.
 */
bool ohba_login_account(struct ohba_fw *fw, __le16 index, bool of_target,
			struct ohba_account *copy, struct iscsi_chap_account *chap);
/* Until @deadline_ns, rounded up: 0 would be a time limit of the connection's own. */
uint32_t ohba_login_left_ms(const struct ohba_fw *fw, uint64_t deadline_ns);
/* Who we say that we are, and where numbers begin. @initiator stays as long as @config. */
void ohba_login_put_initiator(struct iscsi_login_config *config,
			      const struct ohba_initiator *initiator);
/* The PDUs that @login has to say now. */
enum ohba_status ohba_login_send_due(struct ohba_conn *conn, struct iscsi_login *login);
/* False: it is no address. There is nobody here to ask for a name's. */
bool ohba_login_portal(struct ohba_conn_open *open, const struct iscsi_portal *portal);
/*
 * Who is at @from says to go to @to. A target must not make us a client of services that only
 * the machine under the adapter reaches; but one that is there itself may stay there.
 */
bool ohba_login_may_go(uint8_t from_family, const uint8_t *from, uint8_t to_family,
		       const uint8_t *to);

#endif /* OHBA_OWN_LOGIN_H */

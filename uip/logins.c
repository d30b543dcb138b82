// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The privileged process's part of logins: it passes on what driver and sandbox say of those
 * that it knows, and has each end that one of the two cannot go on with.
 */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "logins.h"
#include "ohba_status.h"

/* --- the table ------------------------------------------------------------- */

static struct uip_login *find_by_sandbox(struct uip_logins *logins, uint32_t sandbox_id)
{
	struct uip_login *login = &logins->table[sandbox_id % UIP_LOGINS_MAX];

	return sandbox_id && login->sandbox_id == sandbox_id ? login : NULL;
}

static struct uip_login *find_by_driver(struct uip_logins *logins, uint64_t driver_id)
{
	struct uip_login *login;

	for (login = logins->table; login < &logins->table[UIP_LOGINS_MAX]; login++)
		if (login->sandbox_id && login->driver_id == driver_id)
			return login;
	return NULL;
}

/* Return: NULL: there are as many as there may be. */
static struct uip_login *add(struct uip_logins *logins, uint64_t driver_id,
			     const char *adapter)
{
	struct uip_login *login = logins->table;

	while (login < &logins->table[UIP_LOGINS_MAX] && login->sandbox_id)
		login++;
	if (login == &logins->table[UIP_LOGINS_MAX])
		return NULL;
	/* Never 0, and that of no other for a long time. */
	if (!++logins->round || logins->round > UINT32_MAX / UIP_LOGINS_MAX - 1)
		logins->round = 1;
	login->sandbox_id = logins->round * UIP_LOGINS_MAX + (login - logins->table);
	login->driver_id = driver_id;
	snprintf(login->adapter, sizeof(login->adapter), "%s", adapter);
	return login;
}

static void drop(struct uip_login *login)
{
	login->sandbox_id = 0;
}

/* --- ends ------------------------------------------------------------------ */

static void fail_one(struct uip_logins *logins, struct uip_login *login, const char *words)
{
	struct ohba_login_result result = {
		.outcome = OHBA_LOGIN_FAILED, .status = htole16(OHBA_ST_LOGIN_NO_HELPER),
	};

	snprintf((char *)result.words, sizeof(result.words), "%s", words);
	uip_login_end(&logins->file, login->driver_id, &result);
	drop(login);
}

/* If the sandbox cannot be told, what it says of it later is of nothing that is known. */
static void tell_over(const struct uip_login *login, int sandbox)
{
	struct uip_msg msg = { .type = UIP_LOGIN_OVER, .over.login = login->sandbox_id };

	(void)uip_msg_send(sandbox, &msg, -1);
}

void uip_logins_sandbox_ended(struct uip_logins *logins)
{
	struct uip_login *login;

	for (login = logins->table; login < &logins->table[UIP_LOGINS_MAX]; login++)
		if (login->sandbox_id)
			fail_one(logins, login, "the helper's sandbox ended");
}

void uip_logins_driver_gone(struct uip_logins *logins, int sandbox)
{
	struct uip_login *login;

	for (login = logins->table; login < &logins->table[UIP_LOGINS_MAX]; login++) {
		if (!login->sandbox_id)
			continue;
		tell_over(login, sandbox);
		drop(login);
	}
}

/* --- from the driver ------------------------------------------------------- */

void uip_logins_wanted(struct uip_logins *logins, uint64_t driver_id, const char *adapter)
{
	struct uip_login *login = add(logins, driver_id, adapter);

	/* What is not taken the adapter does by itself, or asks for again. */
	if (!login)
		uip_warn_some(&logins->file.refusals,
			      "%s wants a login made, but %u are being made already", adapter,
			      UIP_LOGINS_MAX);
	else if (!uip_login_take(&logins->file, driver_id))
		drop(login);
}

static bool send_start(const struct uip_login *login, int sandbox,
		       const struct ohba_login_task *task)
{
	struct uip_msg msg = {
		.type = UIP_LOGIN, .start = { .login = login->sandbox_id, .task = *task },
	};
	int err;

	memcpy(msg.start.adapter, login->adapter, sizeof(msg.start.adapter));
	err = uip_msg_send(sandbox, &msg, -1);
	explicit_bzero(&msg, sizeof(msg));
	return !err;
}

void uip_logins_start(struct uip_logins *logins, int sandbox, uint64_t driver_id,
		      const struct ohba_login_task *task)
{
	struct uip_login *login = find_by_driver(logins, driver_id);

	if (login && !send_start(login, sandbox, task))
		fail_one(logins, login, "the helper's sandbox does not listen");
}

void uip_logins_pdu(struct uip_logins *logins, int sandbox, uint64_t driver_id,
		      const struct ohba_login_pdu *pdu, uint32_t len)
{
	struct uip_login *login = find_by_driver(logins, driver_id);
	struct uip_msg msg = { .type = UIP_LOGIN_PDU, .pdu.len = len };

	if (!login || len > sizeof(msg.pdu.data))
		return;
	msg.pdu.login = login->sandbox_id;
	memcpy(msg.pdu.bhs, pdu->bhs, sizeof(msg.pdu.bhs));
	memcpy(msg.pdu.data, pdu->data, len);
	if (!uip_msg_send(sandbox, &msg, -1))
		return;
	tell_over(login, sandbox);
	fail_one(logins, login, "the helper's sandbox does not listen");
}

void uip_logins_over(struct uip_logins *logins, int sandbox, uint64_t driver_id)
{
	struct uip_login *login = find_by_driver(logins, driver_id);

	if (!login)
		return;
	uip_dbg(UIP_LOGINS, "%s has no use for login %u any more", login->adapter,
		login->sandbox_id);
	tell_over(login, sandbox);
	drop(login);
}

/* --- from the sandbox ------------------------------------------------------ */

void uip_logins_take_pdu(struct uip_logins *logins, const struct uip_login_pdu *pdu)
{
	struct uip_login *login = find_by_sandbox(logins, pdu->login);

	if (login)
		uip_login_send(&logins->file, login->driver_id, pdu);
}

void uip_logins_take_end(struct uip_logins *logins, const struct uip_login_end *end)
{
	struct uip_login *login = find_by_sandbox(logins, end->login);

	if (!login)
		return;
	/* What of it is nonsense the firmware refuses, and that is the end of the try, too. */
	uip_login_end(&logins->file, login->driver_id, &end->result);
	drop(login);
}

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

static struct uip_login *find_number(struct uip_logins *logins, uint32_t number)
{
	struct uip_login *login = &logins->table[number % OHBA_LOGINS_MAX];

	return number && login->number == number ? login : NULL;
}

static struct uip_login *find(struct uip_logins *logins, const char *adapter, uint32_t handle)
{
	struct uip_login *login;

	for (login = logins->table; login < &logins->table[OHBA_LOGINS_MAX]; login++)
		if (login->number && login->handle == handle &&
		    !strcmp(login->adapter, adapter))
			return login;
	return NULL;
}

/* Return: NULL: there are as many as there may be. */
static struct uip_login *add(struct uip_logins *logins, const char *adapter, uint32_t handle)
{
	struct uip_login *login = logins->table;

	while (login < &logins->table[OHBA_LOGINS_MAX] && login->number)
		login++;
	if (login == &logins->table[OHBA_LOGINS_MAX])
		return NULL;
	/* Never 0, and that of no other for a long time. */
	if (!++logins->round || logins->round > UINT32_MAX / OHBA_LOGINS_MAX - 1)
		logins->round = 1;
	login->number = logins->round * OHBA_LOGINS_MAX + (login - logins->table);
	login->handle = handle;
	snprintf(login->adapter, sizeof(login->adapter), "%s", adapter);
	return login;
}

static void drop(struct uip_login *login)
{
	login->number = 0;
}

/* --- ends ------------------------------------------------------------------ */

static void fail(struct uip_logins *logins, const char *adapter, uint32_t handle,
		 uint16_t status, const char *words)
{
	struct ohba_login_result result = {
		.outcome = OHBA_LOGIN_FAILED, .status = htole16(status),
	};

	snprintf((char *)result.words, sizeof(result.words), "%s", words);
	uip_genl_login_end(logins->genl, adapter, handle, &result);
}

static void fail_one(struct uip_logins *logins, struct uip_login *login, const char *words)
{
	fail(logins, login->adapter, login->handle, OHBA_ST_LOGIN_NO_HELPER, words);
	drop(login);
}

/* If the sandbox cannot be told, what it says of it later is of nothing that is known. */
static void tell_over(const struct uip_login *login, int sandbox)
{
	struct uip_msg msg = { .type = UIP_LOGIN_OVER, .over.login = login->number };

	(void)uip_msg_send(sandbox, &msg, -1);
}

void uip_logins_drop(struct uip_logins *logins)
{
	struct uip_login *login;

	for (login = logins->table; login < &logins->table[OHBA_LOGINS_MAX]; login++)
		if (login->number)
			fail_one(logins, login, "the helper's sandbox ended");
}

/* --- from the driver ------------------------------------------------------- */

static bool send_start(const struct uip_login *login, int sandbox,
		       const struct ohba_login_task *task)
{
	struct uip_msg msg = {
		.type = UIP_LOGIN, .start = { .login = login->number, .task = *task },
	};
	int err;

	memcpy(msg.start.adapter, login->adapter, sizeof(msg.start.adapter));
	err = uip_msg_send(sandbox, &msg, -1);
	explicit_bzero(&msg, sizeof(msg));
	return !err;
}

void uip_logins_start(struct uip_logins *logins, int sandbox, const char *adapter,
		      uint32_t handle, const struct ohba_login_task *task)
{
	struct uip_login *login;

	/* One of a device of before, which was reset. */
	uip_logins_over(logins, sandbox, adapter, handle);
	login = add(logins, adapter, handle);
	if (!login)
		fail(logins, adapter, handle, OHBA_ST_LOGIN_NO_HELPER,
		     "the helper makes as many logins as it can");
	else if (!send_start(login, sandbox, task))
		fail_one(logins, login, "the helper's sandbox does not listen");
}

void uip_logins_heard(struct uip_logins *logins, int sandbox, const char *adapter,
		      uint32_t handle, const uint8_t bhs[48], const void *data, uint32_t len)
{
	struct uip_login *login = find(logins, adapter, handle);
	struct uip_msg msg = { .type = UIP_LOGIN_PDU, .pdu.len = len };

	if (!login || len > sizeof(msg.pdu.data))
		return;
	msg.pdu.login = login->number;
	memcpy(msg.pdu.bhs, bhs, sizeof(msg.pdu.bhs));
	memcpy(msg.pdu.data, data, len);
	if (!uip_msg_send(sandbox, &msg, -1))
		return;
	tell_over(login, sandbox);
	fail_one(logins, login, "the helper's sandbox does not listen");
}

void uip_logins_over(struct uip_logins *logins, int sandbox, const char *adapter,
		     uint32_t handle)
{
	struct uip_login *login = find(logins, adapter, handle);

	if (!login)
		return;
	tell_over(login, sandbox);
	drop(login);
}

/* --- from the sandbox ------------------------------------------------------ */

void uip_logins_take_pdu(struct uip_logins *logins, const struct uip_login_pdu *pdu)
{
	struct uip_login *login = find_number(logins, pdu->login);

	if (login)
		uip_genl_login_send(logins->genl, login->adapter, login->handle, pdu);
}

void uip_logins_take_end(struct uip_logins *logins, const struct uip_login_end *end)
{
	struct uip_login *login = find_number(logins, end->login);

	if (!login)
		return;
	/* What of it is nonsense the firmware refuses, and that is the end of the try, too. */
	uip_genl_login_end(logins->genl, login->adapter, login->handle, &end->result);
	drop(login);
}

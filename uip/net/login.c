// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Logins of the adapters' own sessions (SPEC.md section 6.5): from the adapter's task to
 * uip/proto's configuration, PDUs to and from the target, and the result. All of it is wiped
 * at its end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "login.h"
#include "net.h"
#include "ohba_status.h"

#include "login_adapter.h"

#define LEFT_MS_MAX	(600 * 1000)	/* that an entry may say: an adapter says no more */
#define MARGIN		16	/* of the time, this part is left for telling that it is up */

static struct login {
	uint32_t number;		/* 0: a free entry; the privileged process's */
	char adapter[UIP_ADAPTER_LEN];
	struct ohba_login_task task;	/* what .config points to */
	struct iscsi_login_config config;
	struct iscsi_login login;
	bool unsent;			/* .pdu */
	struct iscsi_login_pdu pdu;	/* of .login, which is not asked for another before */
	bool ended;
	struct ohba_login_result result;
} *logins;				/* UIP_LOGINS_MAX */

static unsigned int used;		/* all entries from here on are free */

/* 10 MiB, which only the process that makes logins has, before it is locked up. */
bool uip_logins_init(void)
{
	if (!logins)
		logins = calloc(UIP_LOGINS_MAX, sizeof(*logins));
	return logins;
}

static struct login *entry_of(uint32_t number)
{
	return &logins[number % UIP_LOGINS_MAX];
}

static struct login *find(uint32_t number)
{
	struct login *login = entry_of(number);

	return number && login->number == number ? login : NULL;
}

/* --- the end ----------------------------------------------------------------- */

static const char *portal_text(const struct ohba_login_task *task, char *buf, size_t len)
{
	struct uip_addr addr = { .family = task->family };
	char text[UIP_ADDR_TEXT];

	memcpy(addr.bytes, task->addr, sizeof(addr.bytes));
	snprintf(buf, len, task->family == OHBA_FAMILY_IPV6 ? "[%s]:%u" : "%s:%u",
		 uip_addr_text(&addr, text), le16toh(task->port));
	return buf;
}

/* A line has an end, and @words are before it. */
static void say(const struct login *login, void (*log)(const char *format, ...),
		const char *words)
{
	char portal[UIP_ADDR_TEXT + 8];

	portal_text(&login->task, portal, sizeof(portal));
	log("%s: login of %.100s at %s: %s", login->adapter,
	    (const char *)login->task.target.name, portal, words);
}

static void say_end(const struct login *login)
{
	const struct ohba_login_result *result = &login->result;

	if (result->outcome == OHBA_LOGIN_FAILED)
		say(login, uip_warn, (const char *)result->words);
	else
		say(login, uip_info, result->outcome == OHBA_LOGIN_DONE ?
				     "done" : "it is sent on to another portal");
}

static void tell_end(struct login *login)
{
	struct uip_msg msg = {
		.type = UIP_LOGIN_END,
		.end = { .login = login->number, .result = login->result },
	};

	if (uip_tell(&msg))
		explicit_bzero(login, sizeof(*login));
}

/* No secret waits for the privileged process to listen. */
static void end(struct login *login)
{
	say_end(login);
	iscsi_login_end(&login->login);
	explicit_bzero(&login->task, sizeof(login->task));
	explicit_bzero(&login->config, sizeof(login->config));
	login->unsent = false;
	login->ended = true;
	tell_end(login);
}

static void fail(struct login *login, uint16_t status, const char *words)
{
	login->result = (struct ohba_login_result){
		.outcome = OHBA_LOGIN_FAILED, .status = htole16(status),
	};
	snprintf((char *)login->result.words, sizeof(login->result.words), "%s", words);
	end(login);
}

static void done(struct login *login, const struct iscsi_login_result *result)
{
	login_put_agreed(&login->result, result);
	end(login);
}

static void moved(struct login *login, const struct iscsi_portal *portal)
{
	login->result = (struct ohba_login_result){
		.outcome = OHBA_LOGIN_MOVED, .port = htole16(portal->port),
		.family = portal->is_ipv6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4,
	};
	if (login_portal_addr(portal, login->result.addr))
		end(login);
	else
		fail(login, OHBA_ST_LOGIN_REDIRECTED, LOGIN_WORDS_NAME);
}

static void take_result(struct login *login, const struct iscsi_login_result *result)
{
	char words[sizeof(login->result.words)];

	switch (result->outcome) {
	case ISCSI_LOGIN_DONE:
		done(login, result);
		break;
	case ISCSI_LOGIN_MOVED:
		moved(login, &result->portal);
		break;
	default:
		login_words(&login->config, result, words, sizeof(words));
		fail(login, login_status_of(result), words);
	}
}

/* --- PDUs -------------------------------------------------------------------- */

static bool tell_pdu(const struct login *login)
{
	const struct iscsi_login_pdu *out = &login->pdu;
	struct uip_msg msg = {
		.type = UIP_LOGIN_PDU, .pdu = { .login = login->number, .len = out->len },
	};
	bool told;

	memcpy(msg.pdu.bhs, &out->hdr, sizeof(msg.pdu.bhs));
	memcpy(msg.pdu.data, out->data, out->len);
	told = uip_tell(&msg);
	explicit_bzero(&msg, sizeof(msg));
	return told;
}

/* What could not be told is told later, and first. */
static void go_on(struct login *login)
{
	const struct iscsi_login_result *result = iscsi_login_result(&login->login);

	if (result) {
		take_result(login, result);
		return;
	}
	while (login->unsent || iscsi_login_tx(&login->login, &login->pdu)) {
		login->unsent = !tell_pdu(login);
		if (login->unsent)
			return;
	}
}

/* --- configuration ----------------------------------------------------------- */

static bool has_end(const uint8_t *text, size_t room)
{
	return memchr(text, 0, room);
}

/* The adapter is believed by nobody. */
static bool is_sound(const struct ohba_login_task *task)
{
	const struct ohba_target *target = &task->target;

	return target->name[0] && has_end(target->name, sizeof(target->name)) &&
	       has_end(task->initiator.name, sizeof(task->initiator.name)) &&
	       has_end(task->initiator.alias, sizeof(task->initiator.alias)) &&
	       has_end(task->ours.name, sizeof(task->ours.name)) &&
	       has_end(task->theirs.name, sizeof(task->theirs.name));
}

/* Without it we would prove less, or ask less of the target, than the entry wants. */
static bool named_are_there(const struct ohba_login_task *task)
{
	const struct ohba_target *target = &task->target;

	return (le16toh(target->account) == OHBA_ACCOUNT_NONE ||
		task->accounts & OHBA_LOGIN_OURS) &&
	       (le16toh(target->target_account) == OHBA_ACCOUNT_NONE ||
		task->accounts & OHBA_LOGIN_THEIRS);
}

static const char *put_auth(struct login *login)
{
	const struct ohba_login_task *task = &login->task;
	struct iscsi_login_config *config = &login->config;

	if (!named_are_there(task))
		return "the adapter's task lacks an account that the entry names";
	if (task->accounts & OHBA_LOGIN_OURS)
		login_put_account(&config->chap, &task->ours);
	if (task->accounts & OHBA_LOGIN_THEIRS)
		login_put_account(&config->chap_target, &task->theirs);
	return login_put_auth(config, &task->target);
}

static void log_step(void *arg, const char *from, const char *event, const char *to)
{
	const struct login *login = arg;

	uip_dbg(UIP_LOGINS, "%s: %u: %s -> %s (%s)", login->adapter, login->number, from, to,
		event);
}

static const char *put_config(struct login *login)
{
	const struct ohba_login_task *task = &login->task;
	struct iscsi_login_config *config = &login->config;
	uint32_t left_ms = le32toh(task->left_ms);

	if (!is_sound(task))
		return "the adapter's task makes no sense";
	config->initiator_name = (const char *)task->initiator.name;
	if (task->initiator.alias[0])
		config->initiator_alias = (const char *)task->initiator.alias;
	config->target_name = (const char *)task->target.name;
	memcpy(config->isid, task->isid, sizeof(config->isid));
	config->trace = log_step;
	config->trace_arg = login;
	config->itt = LOGIN_ITT;
	config->cmdsn = LOGIN_CMDSN;
	config->tpgt = task->redirected ? ISCSI_TPGT_NONE : login_tpgt(&task->target);
	if (left_ms > LEFT_MS_MAX)
		left_ms = LEFT_MS_MAX;
	config->timeout_ms = left_ms - left_ms / MARGIN;
	login_put_wishes(&config->want, &task->target);
	return put_auth(login);
}

void uip_login_start(const struct uip_login_start *start)
{
	struct login *login = entry_of(start->login);
	const char *why;

	/* What was there, the privileged process knows no more. */
	explicit_bzero(login, sizeof(*login));
	login->number = start->login;
	if (used <= login - logins)
		used = login - logins + 1;
	memcpy(login->adapter, start->adapter, sizeof(login->adapter) - 1);
	login->task = start->task;
	why = put_config(login);
	if (why) {
		login->task.target.name[sizeof(login->task.target.name) - 1] = 0;
		fail(login, OHBA_ST_LOGIN_CONFIG, why);
		return;
	}
	if (!uip_random_fill(login->config.random, sizeof(login->config.random))) {
		fail(login, OHBA_ST_INTERNAL, "there are no random numbers");
		return;
	}
	uip_dbg(UIP_LOGINS, "%s: %u: logs in to %s", login->adapter, login->number,
		login->config.target_name);
	iscsi_login_start(&login->login, &login->config, uip_now());
	go_on(login);
}

/* --- what comes of it -------------------------------------------------------- */

void uip_login_heard(const struct uip_login_pdu *pdu)
{
	struct login *login = find(pdu->login);
	union iscsi_pdu_hdr hdr;

	if (!login || login->ended)
		return;
	memcpy(&hdr, pdu->bhs, sizeof(hdr));
	uip_dbg(UIP_LOGINS, "%s: %u: opcode 0x%02x flags 0x%02x, %u bytes", login->adapter,
		login->number, hdr.bhs.opcode, hdr.bhs.flags, pdu->len);
	iscsi_login_rx(&login->login, &hdr, pdu->data, pdu->len, uip_now());
	go_on(login);
}

void uip_login_over(const struct uip_login_over *over)
{
	struct login *login = find(over->login);

	if (!login)
		return;
	/* Who had the entry changed in the middle finds here why nothing came of it. */
	if (!login->ended)
		say(login, uip_info, "it is not wanted any more: the entry was changed, deleted or logged out of, or time was up");
	explicit_bzero(login, sizeof(*login));
}

static uint64_t poll_one(struct login *login)
{
	if (login->ended) {
		tell_end(login);
		return UIP_NEVER;
	}
	iscsi_login_expire(&login->login, uip_now());
	if (login->unsent || iscsi_login_result(&login->login))
		go_on(login);
	/* Whoever waits to be heard is called when the socket has room. */
	return login->number && !login->ended ? iscsi_login_deadline(&login->login) : UIP_NEVER;
}

uint64_t uip_logins_poll(void)
{
	uint64_t next = UIP_NEVER;
	unsigned int i;

	for (i = 0; i < used; i++)
		if (logins[i].number)
			next = uip_sooner(next, poll_one(&logins[i]));
	while (used && !logins[used - 1].number)
		used--;
	return next;
}

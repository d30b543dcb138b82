// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The login of an initiator (login.h): its PDUs and its end. What they say is up to the
 * states (login_priv.h).
 */
#include <stdio.h>
#include <string.h>

#include "login_priv.h"
#include "rsp.h"

/* --- the end ---------------------------------------------------------------- */

static void end(struct iscsi_login *login, enum iscsi_login_outcome outcome)
{
	login->result.outcome = outcome;
	login->result.state = login->state->name;
	login->result.proved = login->proof_len;
	login->result.key = login->key ? login->key->name : NULL;
	login->due = false;
	login->deadline = UINT64_MAX;
}

enum iscsi_login_event iscsi_login_fail(struct iscsi_login *login,
					enum iscsi_login_outcome outcome, const char *why)
{
	if (!login->result.words) {
		login->result.words = why;
		end(login, outcome);
	}
	return ISCSI_EV_FAILED;
}

static enum iscsi_login_event violation(struct iscsi_login *login, const char *why)
{
	return iscsi_login_fail(login, ISCSI_LOGIN_VIOLATION, why);
}

static bool is_over(const struct iscsi_login *login)
{
	return !login->state->ask;
}

const struct iscsi_login_result *iscsi_login_result(const struct iscsi_login *login)
{
	return is_over(login) ? &login->result : NULL;
}

void iscsi_login_end(struct iscsi_login *login)
{
	explicit_bzero(login, sizeof(*login));
}

static const char *const subjects[ISCSI_LOGIN_OUTCOMES] = {
	[ISCSI_LOGIN_CONFIG] = "the configuration", [ISCSI_LOGIN_INTERNAL] = "libcrypto",
};

int iscsi_login_explain(const struct iscsi_login_result *result, char *buf, size_t len)
{
	const char *subject = subjects[result->outcome];

	if (!subject)
		subject = "the target";
	if (result->status)
		return snprintf(buf, len, "%s %s (0x%04x, %s)", subject, result->words,
				result->status->code, result->status->name);
	if (result->key)
		return snprintf(buf, len, "%s %s: %s", subject, result->words, result->key);
	return snprintf(buf, len, "%s %s", subject, result->words);
}

/* --- moves ------------------------------------------------------------------ */

/* Every change of the state. */
static void step(struct iscsi_login *login, enum iscsi_login_event event)
{
	const struct iscsi_login_config *config = login->config;
	const struct iscsi_login_state *from = login->state;

	login->state = iscsi_login_next(from, event);
	if (config->trace)
		config->trace(config->trace_arg, from->name, iscsi_login_events[event],
			      login->state->name);
}

/* What answers the target's wishes goes out with what the next state asks. */
static void ask(struct iscsi_login *login)
{
	login->state->ask(login);
	login->due = true;
	if (!login->out.full)
		return;
	violation(login, "asks for more than can be answered");
	step(login, ISCSI_EV_FAILED);
}

static void move(struct iscsi_login *login, enum iscsi_login_event event)
{
	step(login, event);
	if (is_over(login)) {
		if (event == ISCSI_EV_TRANSIT)
			end(login, ISCSI_LOGIN_DONE);
		return;
	}
	if (event == ISCSI_EV_TRANSIT)
		login->out.len = 0;
	ask(login);
}

void iscsi_login_start(struct iscsi_login *login, const struct iscsi_login_config *config,
		       uint64_t now)
{
	const char *key = NULL, *why = iscsi_login_config_wrong(config, &key);

	memset(login, 0, sizeof(*login));
	login->config = config;
	login->state = ISCSI_LOGIN_FIRST;
	login->deadline = now + config->timeout_ms;
	login->out = (struct iscsi_text_out){ .buf = login->buf, .max = sizeof(login->buf) };
	iscsi_text_begin(&login->in, ISCSI_LOGIN_TEXT_MAX);
	iscsi_params_default(&login->said.params);
	if (!why) {
		ask(login);
		return;
	}
	login->key = key ? iscsi_key_find(key) : NULL;
	move(login, iscsi_login_fail(login, ISCSI_LOGIN_CONFIG, why));
}

uint64_t iscsi_login_deadline(const struct iscsi_login *login)
{
	return login->deadline;
}

void iscsi_login_expire(struct iscsi_login *login, uint64_t now)
{
	if (is_over(login) || now < login->deadline)
		return;
	move(login, iscsi_login_fail(login, ISCSI_LOGIN_TIMEOUT, login->state->late));
}

/* --- out -------------------------------------------------------------------- */

static void fill_header(const struct iscsi_login *login, struct iscsi_login_req *hdr)
{
	const struct iscsi_login_config *config = login->config;

	memset(hdr, 0, sizeof(*hdr));
	hdr->opcode = ISCSI_OP_LOGIN_REQ | ISCSI_IMMEDIATE;
	hdr->version_max = hdr->version_min = ISCSI_VERSION;
	memcpy(hdr->isid, config->isid, sizeof(hdr->isid));
	hdr->itt = iscsi_put32(config->itt);
	hdr->cid = iscsi_put16(config->cid);
	hdr->cmdsn = iscsi_put32(config->cmdsn);
	hdr->exp_statsn = iscsi_put32(login->exp_statsn);
}

/* While the target has more to say, @out gathers answers. */
static bool is_speaking(const struct iscsi_login *login)
{
	return !login->listening && login->sent < login->out.len;
}

/* The next stage is asked for when all has been said. */
static uint8_t flags(const struct iscsi_login *login)
{
	const struct iscsi_login_state *state = login->state;

	if (is_speaking(login))
		return ISCSI_LOGIN_CONTINUE | ISCSI_LOGIN_STAGES(state->csg, 0);
	if (!login->transit)
		return ISCSI_LOGIN_STAGES(state->csg, 0);
	return ISCSI_LOGIN_TRANSIT | ISCSI_LOGIN_STAGES(state->csg, state->nsg);
}

/* Bytes of @out that go into one PDU; none while the target has more to say. */
static size_t portion(const struct iscsi_login *login)
{
	size_t max = login->config->text_max ? login->config->text_max : ISCSI_DEFAULT_MRDSL;
	size_t left = login->out.len - login->sent;

	if (login->listening)
		return 0;
	return left < max ? left : max;
}

bool iscsi_login_tx(struct iscsi_login *login, struct iscsi_login_pdu *pdu)
{
	if (!login->due)
		return false;
	pdu->data = login->buf + login->sent;
	pdu->len = portion(login);
	login->sent += pdu->len;
	fill_header(login, &pdu->hdr);
	pdu->hdr.dsl = iscsi_put24(pdu->len);
	pdu->hdr.flags = flags(login);
	login->due = false;
	return true;
}

/* --- in: the header ---------------------------------------------------------- */

static bool isid_is_ours(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	return !memcmp(rsp->isid, login->config->isid, sizeof(rsp->isid));
}

static bool version_is_ours(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	(void)login;
	return rsp->version_active == ISCSI_VERSION;
}

static bool stage_is_ours(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	return ISCSI_LOGIN_CSG(rsp->flags) == login->state->csg;
}

static bool ends_its_text(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	(void)login;
	return !(rsp->flags & ISCSI_LOGIN_CONTINUE) || !(rsp->flags & ISCSI_LOGIN_TRANSIT);
}

static bool lets_us_end(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	return !is_speaking(login) ||
	       (!iscsi_get24(rsp->dsl) && !(rsp->flags & ISCSI_LOGIN_CONTINUE));
}

static bool transit_is_asked(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	return !(rsp->flags & ISCSI_LOGIN_TRANSIT) || (login->transit && !is_speaking(login));
}

static bool next_is_asked(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	return !(rsp->flags & ISCSI_LOGIN_TRANSIT) ||
	       ISCSI_LOGIN_NSG(rsp->flags) == login->state->nsg;
}

static bool statsn_is_next(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	return !login->answered || iscsi_get32(rsp->statsn) == login->exp_statsn;
}

/* Some give it before the last response. */
static bool tsih_is_kept(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	return !login->tsih || iscsi_get16(rsp->tsih) == login->tsih;
}

/* Of one that does not end the login: the fields are not to be looked at in others. */
static const struct {
	bool (*holds)(const struct iscsi_login *login, const struct iscsi_login_rsp *rsp);
	const char *otherwise;
} success[] = {
	{ isid_is_ours, "changed the ISID" },
	{ version_is_ours, "chose a version that was not offered" },
	{ stage_is_ours, "answered in another stage" },
	{ ends_its_text, "goes on to the next stage in the middle of its text" },
	{ lets_us_end, "spoke before it had heard all" },
	{ transit_is_asked, "goes on to the next stage before it was asked to" },
	{ next_is_asked, "goes on to a stage that was not offered" },
	{ statsn_is_next, "skipped or repeated a StatSN" },
	{ tsih_is_kept, "changed the TSIH" },
};

/* Return: NULL, or why not. */
static const char *wrong(const struct iscsi_login *login, const struct iscsi_bhs *rsp, size_t len)
{
	struct iscsi_rsp_expected expected = {
		.asked = !login->due, .opcode = ISCSI_OP_LOGIN_RSP, .itt = login->config->itt,
		.dsl_max = ISCSI_DEFAULT_MRDSL, .left = ISCSI_LOGIN_PDUS_MAX - login->pdus,
	};

	if (rsp->opcode == ISCSI_OP_REJECT)
		return "rejected a login request";
	return iscsi_rsp_wrong(&expected, rsp, len);
}

static const char *success_wrong(const struct iscsi_login *login,
				 const struct iscsi_login_rsp *rsp)
{
	unsigned int i;

	for (i = 0; i < sizeof(success) / sizeof(success[0]); i++)
		if (!success[i].holds(login, rsp))
			return success[i].otherwise;
	return NULL;
}

/* --- in: responses that end it ------------------------------------------------ */

/* Nothing else is of interest any more. */
static const char *take_address(void *ctx, const char *key, const char *value)
{
	struct iscsi_login *login = ctx;

	if (strcmp(key, "TargetAddress"))
		return NULL;
	login->key = iscsi_key_find(key);
	return iscsi_portal_parse(value, &login->result.portal) ? NULL :
		"moved to what is no address";
}

static enum iscsi_login_event hear_moved(struct iscsi_login *login, const void *data, size_t len,
					 const struct iscsi_login_status *status)
{
	const char *why;

	iscsi_text_begin(&login->in, ISCSI_DEFAULT_MRDSL);
	why = iscsi_text_feed(&login->in, data, len, take_address, login);
	if (!why)
		why = iscsi_text_end(&login->in);
	if (!why && !*login->result.portal.host)
		why = "moved and did not say where to";
	if (why)
		return violation(login, why);
	login->key = NULL;
	login->result.status = status;
	login->result.words = status->words;
	end(login, ISCSI_LOGIN_MOVED);
	return ISCSI_EV_MOVED;
}

static enum iscsi_login_event hear_refusal(struct iscsi_login *login,
					   const struct iscsi_login_status *status)
{
	login->result.status = status;
	return iscsi_login_fail(login, ISCSI_LOGIN_REFUSED, status->words);
}

/* --- in: responses of a login that goes on ------------------------------------ */

static void take_numbers(struct iscsi_login *login, const struct iscsi_login_rsp *rsp)
{
	login->answered = true;
	login->exp_statsn = iscsi_get32(rsp->statsn) + 1;
	login->tsih = iscsi_get16(rsp->tsih);
	login->result.exp_statsn = login->exp_statsn;
	login->result.cmdsn = login->config->cmdsn;
	login->result.exp_cmdsn = iscsi_get32(rsp->exp_cmdsn);
	login->result.max_cmdsn = iscsi_get32(rsp->max_cmdsn);
}

/* The first of the PDUs that answer a request of ours, which is out. */
static void begin_answer(struct iscsi_login *login)
{
	login->out.len = 0;
	login->sent = 0;
	login->answering = false;
}

static enum iscsi_login_event hear_all(struct iscsi_login *login, bool transit)
{
	const char *why = iscsi_text_end(&login->in);

	if (!why && transit && login->answering)
		why = "goes on while a wish of its own is unanswered";
	return why ? violation(login, why) : login->state->hear(login, transit);
}

static const char *hear_text(struct iscsi_login *login, const struct iscsi_login_rsp *rsp,
			     const void *data, size_t len)
{
	take_numbers(login, rsp);
	if (!login->listening)
		begin_answer(login);
	login->listening = rsp->flags & ISCSI_LOGIN_CONTINUE;
	return iscsi_text_feed(&login->in, data, len, iscsi_login_take, login);
}

/* Return: is the answer whole? Then @event says what it comes to. */
static bool hear(struct iscsi_login *login, const struct iscsi_login_rsp *rsp, const void *data,
		 size_t len, enum iscsi_login_event *event)
{
	const char *why = success_wrong(login, rsp);

	if (!why && is_speaking(login)) {
		take_numbers(login, rsp);
		return false;
	}
	if (!why)
		why = hear_text(login, rsp, data, len);
	if (!why && login->listening)
		return false;
	*event = why ? violation(login, why) :
		       hear_all(login, rsp->flags & ISCSI_LOGIN_TRANSIT);
	return true;
}

static bool dispatch(struct iscsi_login *login, const union iscsi_pdu_hdr *hdr,
		     const void *data, size_t len, enum iscsi_login_event *event)
{
	const struct iscsi_login_rsp *rsp = &hdr->login_rsp;
	const struct iscsi_login_status *status =
		iscsi_login_status(rsp->status_class, rsp->status_detail);
	const char *why = wrong(login, &hdr->bhs, len);

	if (!why && !status)
		why = "answered with a status class that does not exist";
	if (why) {
		*event = violation(login, why);
		return true;
	}
	login->pdus++;
	if (rsp->status_class == ISCSI_LOGIN_SUCCESS)
		return hear(login, rsp, data, len, event);
	*event = status->action == ISCSI_DO_FOLLOW ?
		 hear_moved(login, data, len, status) :
		 hear_refusal(login, status);
	return true;
}

void iscsi_login_rx(struct iscsi_login *login, const union iscsi_pdu_hdr *hdr,
		    const void *data, size_t len, uint64_t now)
{
	enum iscsi_login_event event;

	iscsi_login_expire(login, now);
	if (is_over(login))
		return;
	if (dispatch(login, hdr, data, len, &event))
		move(login, event);
	else
		login->due = true;
}

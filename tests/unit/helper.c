// SPDX-License-Identifier: GPL-2.0-or-later
/* A host that logs in for its adapter (helper.h). */
#include "helper.h"

#include <arpa/inet.h>

#include "login_adapter.h"

#define RECV_LEN	OHBA_PDU_RECV_MIN

void helper_offer(struct host *host, uint32_t on)
{
	entry_do(host, OHBA_ADMIN_LOGIN_OFFER, on, 0, OHBA_ST_SUCCESS);
}

uint32_t helper_asked(struct host *host, uint32_t index)
{
	struct ohba_event event = host_event(host, OHBA_EVENT_LOGIN);

	assert_int_equal(le32toh(event.handle), index);
	assert_int_equal(event.reason, 0);
	assert_int_equal(event.cookie, 0);
	assert_int_not_equal(event.detail[0], 0);
	assert_int_equal(event.detail[1], 0);
	return le32toh(event.detail[0]);
}

uint32_t helper_wanted(struct host *host, uint32_t index, uint16_t reason)
{
	entry_event(host, index, OHBA_TARGET_CONNECTING, reason);
	entry_event(host, index, OHBA_TARGET_LOGIN, reason);
	return helper_asked(host, index);
}

void helper_take(struct helper *helper, struct host *host, uint32_t handle)
{
	memset(helper, 0, sizeof(*helper));
	helper->host = host;
	helper->handle = handle;
	record_get(host, OHBA_ADMIN_LOGIN_TAKE, handle, 0, &helper->task, sizeof(helper->task),
		   OHBA_ST_SUCCESS);
}

void helper_set_up(struct world *w, uint32_t index, uint8_t login_by)
{
	struct ohba_target target = entry_of(index + 1);

	target.login_by = login_by;
	set_up(w, index, &target);
}

void helper_taken(struct world *w, struct helper *helper, uint8_t login_by)
{
	helper_offer(w->host, 1);
	helper_set_up(w, 0, login_by);
	helper_take(helper, w->host, helper_wanted(w->host, 0, OHBA_ST_SUCCESS));
}

/* --- PDUs --------------------------------------------------------------------- */

uint32_t helper_send_start(struct helper *helper, uint8_t *bhs, const void *data, uint32_t len)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOGIN_SEND, helper->handle);
	uint64_t addr;

	put_be24(bhs, 5, len);
	memcpy(sqe.body, bhs, 48);
	if (len) {
		addr = mem_alloc(helper->host->mem, len, MEM_OUT);
		memcpy(mem_ptr(helper->host->mem, addr), data, len);
		sqe_data(&sqe, addr, len);
	}
	return host_admin_start(helper->host, &sqe);
}

void helper_send(struct helper *helper, uint8_t *bhs, const void *data, uint32_t len,
		 uint16_t status)
{
	uint32_t tag = helper_send_start(helper, bhs, data, len);
	struct ohba_cqe cqe = host_expect(helper->host, OHBA_QID_ADMIN, tag);

	expect_status(&cqe, status);
}

void helper_recv(struct helper *helper)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOGIN_RECV, helper->handle);

	helper->recv_addr = mem_alloc(helper->host->mem, RECV_LEN, MEM_IN);
	sqe_data(&sqe, helper->recv_addr, RECV_LEN);
	helper->recv_tag = host_admin_start(helper->host, &sqe);
}

const uint8_t *helper_received(struct helper *helper, uint16_t status, uint32_t *len)
{
	struct ohba_cqe cqe = host_expect(helper->host, OHBA_QID_ADMIN, helper->recv_tag);

	expect_status(&cqe, status);
	mem_retire(helper->host->mem, helper->recv_addr);
	helper->recv_tag = 0;
	*len = le32toh(cqe.result);
	return mem_ptr(helper->host->mem, helper->recv_addr);
}

void helper_stale(struct host *host, uint32_t handle)
{
	struct helper helper = { .host = host, .handle = handle };
	struct ohba_login_result result = { .outcome = OHBA_LOGIN_FAILED,
					    .status = htole16(OHBA_ST_LOGIN_REFUSED) };
	struct ohba_login_task task;
	uint8_t bhs[48];
	uint32_t len;

	make_login(bhs, OP_LOGIN_REQ | OP_IMMEDIATE, 0x87);
	record_get(host, OHBA_ADMIN_LOGIN_TAKE, handle, 0, &task, sizeof(task),
		   OHBA_ST_LOGIN_STALE);
	assert_int_equal(task.target.name[0], 0);
	helper_send(&helper, bhs, "what=ever", 10, OHBA_ST_LOGIN_STALE);
	helper_recv(&helper);
	helper_received(&helper, OHBA_ST_LOGIN_STALE, &len);
	helper_end(&helper, &result, OHBA_ST_LOGIN_STALE);
}

void helper_send_response(struct wire *wire, uint8_t flags, uint32_t len)
{
	static const uint8_t data[8192];
	uint8_t bhs[48];

	make_login(bhs, OP_LOGIN_RSP, flags);
	put_be16(bhs, 36, 0);
	wire_send(wire, bhs, data, len);
}

unsigned int helper_requests(const struct world *w)
{
	return w->site->conn[w->site->seen - 1].requests;
}

/* --- the login ------------------------------------------------------------------ */

static void configure(struct helper *helper)
{
	const struct ohba_login_task *task = &helper->task;
	const struct ohba_target *target = &task->target;
	struct iscsi_login_config *config = &helper->config;

	login_put_wishes(&config->want, target);
	if (task->accounts & OHBA_LOGIN_OURS)
		login_put_account(&config->chap, &task->ours);
	if (task->accounts & OHBA_LOGIN_THEIRS)
		login_put_account(&config->chap_target, &task->theirs);
	assert_null(login_put_auth(config, target));
	config->initiator_name = (const char *)task->initiator.name;
	if (task->initiator.alias[0])
		config->initiator_alias = (const char *)task->initiator.alias;
	config->target_name = (const char *)target->name;
	memcpy(config->isid, task->isid, sizeof(config->isid));
	config->itt = 1;
	config->cmdsn = 1;
	config->tpgt = task->redirected ? ISCSI_TPGT_NONE : login_tpgt(target);
	config->timeout_ms = le32toh(task->left_ms);
	pattern_fill(config->random, sizeof(config->random), helper->handle, 0);
}

static void speak(struct helper *helper)
{
	struct iscsi_login_pdu pdu;
	uint8_t bhs[48];

	while (iscsi_login_tx(&helper->login, &pdu)) {
		memcpy(bhs, &pdu.hdr, sizeof(bhs));
		helper_send(helper, bhs, pdu.data, pdu.len, OHBA_ST_SUCCESS);
	}
}

static void hear(struct helper *helper)
{
	union iscsi_pdu_hdr hdr;
	const uint8_t *bytes;
	uint32_t len;

	helper_recv(helper);
	bytes = helper_received(helper, OHBA_ST_SUCCESS, &len);
	memcpy(hdr.raw, bytes, sizeof(hdr.raw));
	assert_int_equal(len, 48 + be24_at(bytes, 5));
	iscsi_login_rx(&helper->login, &hdr, bytes + 48, len - 48, 0);
}

const struct iscsi_login_result *helper_log_in(struct helper *helper)
{
	configure(helper);
	iscsi_login_start(&helper->login, &helper->config, 0);
	while (!iscsi_login_result(&helper->login)) {
		speak(helper);
		hear(helper);
	}
	return iscsi_login_result(&helper->login);
}

/* --- how it ended ----------------------------------------------------------------- */

static void put_done(struct ohba_login_result *out, const struct iscsi_login_result *result)
{
	const struct iscsi_params *p = &result->params;

	out->tsih = htole16(result->tsih);
	out->tpgt = htole16(result->tpgt);
	out->time2wait = htole16(p->time2wait);
	memcpy(out->alias, result->target_alias, sizeof(out->alias));
	out->params = (struct ohba_session_params){
		.cmdsn = htole32(result->cmdsn), .max_cmdsn = htole32(result->max_cmdsn),
		.exp_statsn = htole32(result->exp_statsn),
		.max_recv_dsl = htole32(p->max_recv_dsl), .max_xmit_dsl = htole32(p->max_send_dsl),
		.max_burst = htole32(p->max_burst_len),
		.first_burst = htole32(MIN(p->first_burst_len, p->max_burst_len)),
		.max_r2t = htole16(p->max_outstanding_r2t),
		.flags = htole16((p->initial_r2t ? OHBA_SESSION_INITIAL_R2T : 0) |
				 (p->immediate_data ? OHBA_SESSION_IMMEDIATE_DATA : 0) |
				 (p->header_digest == ISCSI_DIGEST_CRC32C ?
				  OHBA_SESSION_HDR_DIGEST : 0) |
				 (p->data_digest == ISCSI_DIGEST_CRC32C ?
				  OHBA_SESSION_DATA_DIGEST : 0)),
	};
}

static void put_moved(struct ohba_login_result *out, const struct iscsi_portal *portal)
{
	out->family = portal->is_ipv6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4;
	out->port = htole16(portal->port);
	assert_int_equal(inet_pton(portal->is_ipv6 ? AF_INET6 : AF_INET, portal->host, out->addr),
			 1);
}

struct ohba_login_result helper_result(const struct helper *helper)
{
	const struct iscsi_login_result *result = iscsi_login_result(&helper->login);
	struct ohba_login_result out = { .outcome = OHBA_LOGIN_FAILED };

	switch (result->outcome) {
	case ISCSI_LOGIN_DONE:
		out.outcome = OHBA_LOGIN_DONE;
		put_done(&out, result);
		break;
	case ISCSI_LOGIN_MOVED:
		out.outcome = OHBA_LOGIN_MOVED;
		put_moved(&out, &result->portal);
		break;
	default:
		out.status = htole16(OHBA_ST_LOGIN_REFUSED);
		iscsi_login_explain(result, (char *)out.words, sizeof(out.words));
	}
	return out;
}

void helper_end(struct helper *helper, const struct ohba_login_result *result, uint16_t status)
{
	record_set(helper->host, OHBA_ADMIN_LOGIN_END, helper->handle, result, sizeof(*result),
		   status);
}

void helper_serve(struct host *host, uint32_t handle)
{
	struct ohba_login_result result;
	struct helper helper;

	helper_take(&helper, host, handle);
	helper_log_in(&helper);
	result = helper_result(&helper);
	helper_end(&helper, &result, OHBA_ST_SUCCESS);
	iscsi_login_end(&helper.login);
}

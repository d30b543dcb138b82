// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections: what opens them, what is said of their loss, how they are closed. */
#include "unit.h"
#include "fixture.h"

static struct shim_result result;

static struct hba_ep *ep(void)
{
	return session.iep->dd_data;
}

/* The class cleaned up after a failure: nothing of the connection is left. */
static void check_recovered(void)
{
	shim_settle();
	assert_true(shim_conn_failures > 0);
	assert_null(session.conn->ep);
	assert_null(hba_conn_of(session.conn)->ep);
	assert_int_equal(((struct iscsi_session *)session.cls->dd_data)->state,
			 ISCSI_STATE_IN_RECOVERY);
}

/* --- opening ---------------------------------------------------------------------- */

static u16 open_status;

static bool refuse_open(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_CONN_OPEN)
		return false;
	dev_answer(cmd, open_status);
	return true;
}

static void test_open_fails(void **state)
{
	static const struct { u16 status; int err; } row[] = {
		{ OHBA_ST_CONN_REFUSED, -ECONNREFUSED }, { OHBA_ST_CONN_TIMEOUT, -ETIMEDOUT },
		{ OHBA_ST_HOST_UNREACH, -EHOSTUNREACH }, { OHBA_ST_INVALID_HANDLE, -EIO },
		{ 0xffff, -EIO },
	};
	unsigned int i;

	(void)state;
	dev.on_admin = refuse_open;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		open_status = row[i].status;
		assert_int_equal(bench_connect(&session), row[i].err);
		bench_logout(&session);
	}
	assert_int_equal(shim_logged("failed"), ARRAY_SIZE(row));
}

static void disconnect_failed(void)
{
	if (READ_ONCE(ep()->state) != HBA_EP_FAILED)
		return;
	shim_race = NULL;
	shim_disconnect(NULL, session.iep);
	session.iep = NULL;
}

/* The daemon sees the failure, and disconnects, before the callback is through. */
static void test_open_fails_and_goes(void **state)
{
	struct sockaddr_in dst = { .sin_family = AF_INET, .sin_port = htons(3260) };

	(void)state;
	dev.on_admin = refuse_open;
	open_status = OHBA_ST_CONN_REFUSED;
	session.iep = shim_transport->ep_connect(bench_host(), (struct sockaddr *)&dst, 1);
	shim_race = disconnect_failed;
	shim_settle();
	assert_null(session.iep);
	assert_int_equal(shim_logged("failed"), 1);
}

static bool keep_open(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_CONN_OPEN;
}

/* No answer: not yet. The close ends it. */
static void test_open_unanswered(void **state)
{
	(void)state;
	dev.on_admin = keep_open;
	assert_int_equal(bench_connect(&session), -ETIMEDOUT);
	assert_int_equal(bench_bind(&session), -ENOTCONN);
	assert_int_equal(shim_transport->ep_poll(session.iep, -1), 0);
	bench_logout(&session);
}

static void test_all_ids(void **state)
{
	struct bench_session s[DEV_CONNS + 1];
	unsigned int i, n = min((u32)DEV_CONNS, bench_hw()->admin.nslots / 8);

	(void)state;
	for (i = 0; i < n; i++) {
		assert_int_equal(bench_connect(&s[i]), 0);
		assert_int_equal(s[i].cid, i);
	}
	assert_int_equal(bench_connect(&s[n]), -EBUSY);
	for (i = 0; i < n; i++)
		bench_logout(&s[i]);
}

static void connect_to(const struct sockaddr *dst, int expected)
{
	struct iscsi_endpoint *iep = shim_transport->ep_connect(bench_host(),
							       (struct sockaddr *)dst, 1);

	assert_int_equal(IS_ERR(iep) ? PTR_ERR(iep) : 0, expected);
	shim_settle();
	if (!IS_ERR(iep))
		shim_disconnect(NULL, iep);
}

static bool note_open(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode == OHBA_ADMIN_CONN_OPEN)
		memcpy(dev.sent, cmd->sqe.body, sizeof(dev.sent));
	return false;
}

static void test_addresses(void **state)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(3260),
				    .sin6_addr = { .s6_addr = { 0xfe, 0x80, [15] = 7 } },
				    .sin6_scope_id = 3 };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(860),
				  .sin_addr.s_addr = htonl(0x0a000002) };
	const struct ohba_conn_open *open = (const void *)dev.sent;

	(void)state;
	dev.on_admin = note_open;
	connect_to((void *)&in6, 0);
	assert_int_equal(open->family, OHBA_FAMILY_IPV6);
	assert_int_equal(open->port, 3260);
	assert_int_equal(open->scope_id, 3);
	same_bytes("address", open->addr, &in6.sin6_addr, 16);
	connect_to((void *)&in, 0);
	assert_int_equal(open->family, OHBA_FAMILY_IPV4);
	assert_int_equal(open->port, 860);
	same_bytes("address", open->addr, "\x0a\0\0\x02\0\0\0\0\0\0\0\0\0\0\0", 16);
	in.sin_family = AF_UNIX;
	connect_to((void *)&in, -EAFNOSUPPORT);
	assert_true(IS_ERR(shim_transport->ep_connect(NULL, (void *)&in, 1)));
}

/* --- loss --------------------------------------------------------------------------------------- */

static void test_lost(void **state)
{
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result };

	(void)state;
	assert_int_equal(shim_queue(&io), 0);
	dev_conn_lost(session.cid, OHBA_ST_NOP_TIMEOUT);
	check_recovered();
	assert_int_equal(shim_logged("NOP_TIMEOUT"), 1);
	assert_int_equal(result.done, 1);	/* by the close */
	assert_int_equal(result.result, DID_TRANSPORT_DISRUPTED << 16);
}

static void no_loss(struct ohba_event ev)
{
	dev_post_event(ev);
	shim_settle();
	assert_int_equal(ep()->state, HBA_EP_FULL);
	assert_int_equal(shim_conn_failures, 0);
}

/* Handles, cookies and types that name nothing. */
static void test_forged_events(void **state)
{
	u64 cookie = cpu_to_le64(dev.cookie[session.cid]);
	unsigned int type;

	(void)state;
	no_loss((struct ohba_event) { .type = OHBA_EVENT_CONN_LOST, .cookie = cookie + 1 });
	no_loss((struct ohba_event) { .type = OHBA_EVENT_CONN_LOST, .cookie = cookie,
				      .handle = cpu_to_le32(1) });
	no_loss((struct ohba_event) { .type = OHBA_EVENT_CONN_LOST, .cookie = cookie,
				      .handle = cpu_to_le32(DEV_CONNS) });
	no_loss((struct ohba_event) { .type = OHBA_EVENT_CONN_LOST, .cookie = cookie,
				      .handle = cpu_to_le32(0xffffffff) });
	no_loss((struct ohba_event) { .type = OHBA_EVENT_OVERRUN,
				      .detail = { cpu_to_le32(7) } });
	assert_int_equal(shim_logged("7 link events were dropped"), 1);
	no_loss((struct ohba_event) { .type = 0 });
	no_loss((struct ohba_event) { .type = OHBA_EVENT_TARGET, .cookie = cookie });
	assert_int_equal(shim_logged("event of target 0, which cannot be"), 1);
	no_loss((struct ohba_event) { .type = OHBA_EVENT_LOGIN, .cookie = cookie });
	for (type = OHBA_EVENT_LOGIN + 1; type < 256; type++)
		no_loss((struct ohba_event) { .type = type, .cookie = cookie });
	assert_int_equal(bench_hw()->events.unknown, 249);
}

/* More than the ring holds: the driver reads what it can and goes on. */
static void test_event_flood(void **state)
{
	u32 size = dev.events.cq_size, i;

	(void)state;
	for (i = 0; i < 3 * size; i++)
		dev_post_event((struct ohba_event) { .type = OHBA_EVENT_LINK });
	shim_irq_raise(0);
	shim_settle();
	assert_true(bench_hw()->events.count <= 3 * size);
	dev.events.cq_tail = bench_hw()->events.head;
	dev_conn_lost(session.cid, OHBA_ST_CONN_RESET);
	shim_irq_raise(0);
	check_recovered();
}

static void test_lost_twice(void **state)
{
	(void)state;
	dev_conn_lost(session.cid, OHBA_ST_CONN_RESET);
	dev_conn_lost(session.cid, OHBA_ST_CONN_RESET);
	check_recovered();
	assert_int_equal(shim_logged("lost: CONN_RESET"), 1);
}

/* A violation names the PDU. */
static void test_lost_for_a_pdu(void **state)
{
	(void)state;
	dev_post_event((struct ohba_event) {
		.type = OHBA_EVENT_CONN_LOST, .reason = cpu_to_le16(OHBA_ST_BAD_ITT),
		.cookie = cpu_to_le64(dev.cookie[session.cid]),
		.detail = { cpu_to_le32(0x21) } });
	check_recovered();
	assert_int_equal(shim_logged("PDU opcode 0x21"), 1);
}

/* PDUs that came before a loss were posted before its event, and count. */
static void test_pdu_before_loss(void **state)
{
	u8 bhs[48];

	(void)state;
	bench_bhs(bhs, ISCSI_OP_ASYNC_EVENT, 0);
	memset(bhs + 16, 0xff, 4);
	assert_true(dev_pdu_in(session.cid, bhs, NULL, 0));
	dev_conn_lost(session.cid, OHBA_ST_TARGET_DROP);
	check_recovered();
	assert_int_equal(shim_pdu_opcode, ISCSI_OP_ASYNC_EVENT);
}

static void post_pdu_and_loss(void)
{
	u8 bhs[48];

	shim_race = NULL;
	bench_bhs(bhs, ISCSI_OP_ASYNC_EVENT, 0);
	memset(bhs + 16, 0xff, 4);
	dev_pdu_in(session.cid, bhs, NULL, 0);
	dev_conn_lost(session.cid, OHBA_ST_TARGET_DROP);
}

/* The same, while the driver is at the events and has seen all completions. */
static void test_pdu_before_loss_late(void **state)
{
	(void)state;
	dev_post_event((struct ohba_event) { .type = OHBA_EVENT_LINK });
	shim_race = post_pdu_and_loss;
	check_recovered();
	assert_int_equal(shim_pdu_opcode, ISCSI_OP_ASYNC_EVENT);
	assert_int_equal(shim_pdus_before, shim_pdus);
}

/* --- closing -------------------------------------------------------------------------------------- */

static bool refuse_close(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_CONN_CLOSE)
		return false;
	dev_answer(cmd, OHBA_ST_INVALID_STATE);
	return true;
}

/* A close that does not close: the adapter is stopped, and starts again. */
static void test_close_refused(void **state)
{
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result };

	(void)state;
	assert_int_equal(shim_queue(&io), 0);
	dev.on_admin = refuse_close;
	bench_logout(&session);
	dev.on_admin = NULL;
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_logged("refused to close"), 1);
	shim_advance_ms(1000);
	assert_int_equal(shim_logged("up again"), 1);
	bench_login(&session);
}

static bool break_barrier(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_CONN_CLOSE)
		return false;
	dev_answer(cmd, OHBA_ST_SUCCESS);
	return true;
}

/* It says that it closed, and has commands: none is given back before it is stopped. */
static void test_close_lies(void **state)
{
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result };

	(void)state;
	assert_int_equal(shim_queue(&io), 0);
	dev.on_admin = break_barrier;
	bench_logout(&session);
	dev.on_admin = NULL;
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_logged("has admin commands outstanding"), 1);
}

static u8 kept_opcode;

static bool keep(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == kept_opcode;
}

static void test_close_unanswered(void **state)
{
	u64 start = shim_now_us;

	(void)state;
	kept_opcode = OHBA_ADMIN_CONN_CLOSE;
	dev.on_admin = keep;
	bench_logout(&session);
	dev.on_admin = NULL;
	assert_true(shim_now_us - start <= (HBA_CLOSE_TIMEOUT_MS + 1000) * 1000ull);
	assert_int_equal(shim_logged("did not close a connection"), 1);
}

/* --- starting --------------------------------------------------------------------------------------- */

static void start_with(enum iscsi_param param, const char *value, int expected)
{
	u8 bhs[48];

	assert_int_equal(bench_connect(&session), 0);
	assert_int_equal(bench_bind(&session), 0);
	assert_int_equal(shim_transport->set_param(session.conn, param, (char *)value,
						   strlen(value)), 0);
	assert_int_equal(bench_send(&session, ISCSI_OP_LOGIN | 0x40, NULL, 0), 0);
	shim_settle();
	bench_bhs(bhs, ISCSI_OP_LOGIN_RSP, 0);
	assert_true(dev_pdu_in(session.cid, bhs, NULL, 0));
	shim_settle();
	assert_int_equal(bench_start(&session), expected);
	bench_logout(&session);
}

/* What login negotiated against what the adapter said it can do. */
static void test_start_limits(void **state)
{
	(void)state;
	start_with(ISCSI_PARAM_MAX_RECV_DLENGTH, "262144", 0);
	start_with(ISCSI_PARAM_MAX_RECV_DLENGTH, "262145", -EINVAL);
	start_with(ISCSI_PARAM_MAX_BURST, "1048576", 0);
	start_with(ISCSI_PARAM_MAX_BURST, "1048577", -EINVAL);
	start_with(ISCSI_PARAM_MAX_R2T, "16", 0);
	start_with(ISCSI_PARAM_MAX_R2T, "17", -EINVAL);
	assert_int_equal(shim_logged("the adapter allows"), 3);
}

static bool refuse_start(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_SESSION_START)
		return false;
	dev_answer(cmd, OHBA_ST_INVALID_STATE);
	return true;
}

static void test_start_refused(void **state)
{
	(void)state;
	dev.on_admin = refuse_start;
	start_with(ISCSI_PARAM_PING_TMO, "5", -EIO);
	assert_int_equal(shim_logged("session was not started: INVALID_STATE"), 1);
}

static bool lose_at_start(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode == OHBA_ADMIN_SESSION_START)
		dev_conn_lost(le32_to_cpu(cmd->sqe.handle), OHBA_ST_CONN_RESET);
	return false;
}

static void test_lost_at_start(void **state)
{
	(void)state;
	dev.on_admin = lose_at_start;
	start_with(ISCSI_PARAM_RECV_TMO, "5", -ENOTCONN);
}

/* As far as it gets. Return: whether all steps worked. */
static bool try_login(void)
{
	u8 bhs[48];

	if (bench_connect(&session) || bench_bind(&session) ||
	    bench_send(&session, ISCSI_OP_LOGIN | 0x40, "x=y", 4))
		return false;
	shim_settle();
	bench_bhs(bhs, ISCSI_OP_LOGIN_RSP, 0);
	if (!dev_pdu_in(session.cid, bhs, NULL, 0))
		return false;
	shim_settle();
	return !bench_start(&session);
}

/* Each allocation on the way fails once; nothing is left, and the next try works. */
static void test_login_without_memory(void **state)
{
	unsigned int n, failed = 0;
	bool whole = false;

	(void)state;
	for (n = 1; n < 200 && !whole; n++) {
		shim_allocs = 0;
		shim_alloc_fails = n;
		failed += !try_login();
		whole = shim_allocs < n;
		shim_alloc_fails = 0;
		bench_logout(&session);
	}
	assert_true(whole);
	assert_true(failed > 10);
	assert_true(try_login());
}

/* --- the reserve ------------------------------------------------------------------------------ */

static bool nobodys(const struct hba_ep *ep)
{
	static const struct hba_ep_data none;
	struct hba_ep clean = { .hba = ep->hba, .data = ep->data, .data_addr = ep->data_addr };

	return !memcmp(ep, &clean, sizeof(clean)) && !memcmp(ep->data, &none, sizeof(none));
}

/* Without any memory some endpoints can be had, as new whoever had them before. */
static void test_reserve(void **state)
{
	struct hba *hba = pci_get_drvdata(&bench.pdev);
	struct hba_ep *ep[16] = { NULL };
	unsigned int i, n;

	(void)state;
	shim_no_memory = true;
	for (n = 0; n < ARRAY_SIZE(ep) && (ep[n] = hba_ep_mem_get(hba)); n++) {
		assert_true(nobodys(ep[n]));
		memset(ep[n]->data, 0x5a, sizeof(*ep[n]->data));
		ep[n]->cid = n + 1;
	}
	assert_int_equal(n, min(8u, hba->max_eps));
	hba_ep_mem_put(ep[0]);
	ep[0] = hba_ep_mem_get(hba);
	assert_non_null(ep[0]);
	assert_true(nobodys(ep[0]));
	assert_null(hba_ep_mem_get(hba));
	shim_no_memory = false;
	ep[n] = hba_ep_mem_get(hba);
	assert_non_null(ep[n]);
	for (i = 0; i <= n; i++)
		hba_ep_mem_put(ep[i]);
}

/* The first one's id stays the one that the class has. */
static void test_second_conn(void **state)
{
	(void)state;
	assert_null(shim_transport->create_conn(session.cls, 1));
	assert_int_equal(hba_session_of(session.cls)->cid, 0);
	assert_int_equal(shim_logged("has a connection"), 1);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, login, down)
#define UP(name)	cmocka_unit_test_setup_teardown(test_##name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UP(open_fails), UP(open_fails_and_goes), UP(open_unanswered), UP(all_ids),
		UP(addresses), TEST(second_conn), TEST(lost),
		TEST(forged_events), TEST(event_flood), TEST(lost_twice), TEST(lost_for_a_pdu),
		TEST(pdu_before_loss), TEST(pdu_before_loss_late), TEST(close_refused),
		TEST(close_lies), TEST(close_unanswered), UP(start_limits), UP(start_refused),
		UP(lost_at_start), UP(login_without_memory), UP(reserve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

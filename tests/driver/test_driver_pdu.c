// SPDX-License-Identifier: GPL-2.0-or-later
/* PDUs that the host sends and receives itself: lengths, headers, order. */
#include "unit.h"
#include "fixture.h"

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

/* --- PDUs that arrive -------------------------------------------------------------------- */

/* A PDU_RECV completes with @result, whatever was written. */
static void receive(const u8 *pdu, u32 len, u32 claimed)
{
	struct dev_cmd *cmd = dev_find(OHBA_ADMIN_PDU_RECV, session.cid);

	assert_non_null(cmd);
	dev_write_data(cmd, pdu, len);
	dev_answer_with(cmd, (struct ohba_cqe) { .result = cpu_to_le32(claimed) });
}

static void refuse_pdu(u32 dlength, u32 claimed)
{
	u8 pdu[48 + OHBA_PDU_DATA_MAX] = { 0 };
	unsigned int before = shim_pdus;

	bench_login(&session);
	bench_bhs(pdu, ISCSI_OP_ASYNC_EVENT, dlength);
	memset(pdu + 16, 0xff, 4);
	receive(pdu, sizeof(pdu), claimed);
	check_recovered();
	assert_int_equal(shim_pdus, before + 1);	/* the login response */
	assert_int_equal(shim_conn_error, ISCSI_ERR_PROTO);
	assert_int_equal(shim_logged("was not accepted"), 1);
	bench_logout(&session);
	shim_log_clear();
}

static void test_pdu_lengths(void **state)
{
	(void)state;
	refuse_pdu(0, 0);
	refuse_pdu(0, 47);
	refuse_pdu(0, 49);
	refuse_pdu(1, 48);
	refuse_pdu(8193, 48 + 8192);
	refuse_pdu(0xffffff, 48);
	refuse_pdu(0, HBA_RECV_LEN + 1);
	refuse_pdu(HBA_RECV_LEN, 48 + HBA_RECV_LEN);
	refuse_pdu(0xffffff, 0xffffffff);
	refuse_pdu(0x2f, 0x8000005f);
}

static void accept_pdu(u8 opcode, u32 len)
{
	u8 bhs[48], data[HBA_RECV_LEN] = { 0 };
	unsigned int before = shim_pdus;

	bench_bhs(bhs, opcode, len);
	memset(bhs + 16, 0xff, 8);
	assert_true(dev_pdu_in(session.cid, bhs, data, len));
	shim_settle();
	assert_int_equal(shim_pdus, before + 1);
	assert_int_equal(shim_pdu_opcode, opcode);
	assert_int_equal(shim_conn_failures, 0);
}

/* Buffers are used again and again. */
static void test_pdus(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		accept_pdu(ISCSI_OP_ASYNC_EVENT, 0);
		accept_pdu(ISCSI_OP_REJECT, 48);
		accept_pdu(ISCSI_OP_NOOP_IN, OHBA_PDU_DATA_MAX);
	}
	accept_pdu(ISCSI_OP_REJECT, HBA_RECV_LEN - 48);
}

static void refuse_header(u8 opcode, u8 hlength, u32 itt, int err)
{
	u8 bhs[48];

	bench_login(&session);
	bench_bhs(bhs, opcode, 0);
	bhs[4] = hlength;
	put_be32(bhs, 16, itt);
	assert_true(dev_pdu_in(session.cid, bhs, NULL, 0));
	check_recovered();
	assert_int_equal(shim_conn_error, err);
	bench_logout(&session);
}

static void test_pdu_headers(void **state)
{
	(void)state;
	refuse_header(ISCSI_OP_NOOP_IN, 1, 0xffffffff, ISCSI_ERR_PROTO);	/* AHS */
	refuse_header(ISCSI_OP_NOOP_IN, 0, 31, ISCSI_ERR_BAD_ITT);
	refuse_header(ISCSI_OP_NOOP_IN, 0, 32, ISCSI_ERR_BAD_ITT);
	refuse_header(ISCSI_OP_NOOP_IN, 0, 0x80000000, ISCSI_ERR_BAD_ITT);
	refuse_header(ISCSI_OP_LOGIN_RSP, 0, 0, ISCSI_ERR_BAD_ITT);
	refuse_header(0x21, 0, 0xffffffff, ISCSI_ERR_BAD_OPCODE);
}

static u8 *recv_bytes;

/* Runs after the admin thread, which took the PDU, and before who handles it. */
static void overwrite(void *arg)
{
	(void)arg;
	shim_yield();
	assert_false(list_empty(&ep()->recv_list));
	memset(recv_bytes, 0xff, 48);
}

/* The header that was checked is the one that is used. */
static void test_header_changes(void **state)
{
	struct dev_cmd *cmd = dev_find(OHBA_ADMIN_PDU_RECV, session.cid);
	u8 pdu[48];

	(void)state;
	recv_bytes = shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), 48);
	bench_bhs(pdu, ISCSI_OP_ASYNC_EVENT, 0);
	memset(pdu + 16, 0xff, 4);
	receive(pdu, sizeof(pdu), sizeof(pdu));
	shim_spawn("overwrite", overwrite, NULL);
	shim_settle();
	assert_int_equal(recv_bytes[0], 0xff);
	assert_int_equal(shim_pdu_opcode, ISCSI_OP_ASYNC_EVENT);
	assert_int_equal(shim_conn_failures, 0);
}

/* The target's ping, which the host answers with a PDU that asks for no answer. */
static void test_ping(void **state)
{
	unsigned int before = dev.nsent;
	u8 bhs[48];

	(void)state;
	bench_bhs(bhs, ISCSI_OP_NOOP_IN, 0);
	put_be32(bhs, 16, 0xffffffff);
	put_be32(bhs, 20, 0x12345678);
	assert_true(dev_pdu_in(session.cid, bhs, NULL, 0));
	shim_settle();
	assert_int_equal(dev.nsent, before + 1);
	assert_int_equal(dev.sent[0], ISCSI_OP_NOOP_OUT | 0x40);
	assert_int_equal(be32_at(dev.sent, 20), 0x12345678);
	assert_int_equal(shim_conn_failures, 0);
}

/* --- PDUs that are sent ------------------------------------------------------------------------ */

static u8 kept_opcode;

static bool keep(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == kept_opcode;
}

static void test_send_refused(void **state)
{
	static const u16 status[] = { OHBA_ST_INVALID_FIELD, OHBA_ST_NO_RESOURCES, 0xffff };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(status); i++) {
		bench_login(&session);
		kept_opcode = OHBA_ADMIN_PDU_SEND;
		dev.on_admin = keep;
		assert_int_equal(bench_send(&session, ISCSI_OP_TEXT, "a=b", 4), 0);
		shim_settle();
		dev_answer(dev_find(OHBA_ADMIN_PDU_SEND, session.cid), status[i]);
		dev.on_admin = NULL;
		check_recovered();
		bench_logout(&session);
	}
	assert_int_equal(shim_logged("was not sent"), ARRAY_SIZE(status));
}

/* The answer is there before its request was sent. Its task stays until both are. */
static void test_answer_overtakes(void **state)
{
	struct dev_cmd *cmd;
	u8 bhs[48];

	(void)state;
	kept_opcode = OHBA_ADMIN_PDU_SEND;
	dev.on_admin = keep;
	assert_int_equal(bench_send(&session, ISCSI_OP_TEXT, "a=b", 4), 0);
	shim_settle();
	cmd = dev_find(OHBA_ADMIN_PDU_SEND, session.cid);
	bench_bhs(bhs, ISCSI_OP_TEXT_RSP, 0);
	memcpy(bhs + 16, cmd->sqe.body + 16, 4);
	assert_true(dev_pdu_in(session.cid, bhs, NULL, 0));
	shim_settle();
	assert_int_equal(shim_pdu_opcode, ISCSI_OP_TEXT_RSP);
	/* The device still reads this: it must be mapped, and hold what was sent. */
	assert_memory_equal(shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), 4), "a=b", 4);
	dev_answer(cmd, OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(shim_conn_failures, 0);
}

static void test_wrong_data_length(void **state)
{
	struct iscsi_hdr hdr = { .opcode = ISCSI_OP_TEXT, .dlength = { 0, 0, 9 } };

	(void)state;
	assert_int_equal(shim_transport->send_pdu(session.conn, &hdr, "abcd", 4), -EINVAL);
	hdr.dlength[2] = 3;	/* with its padding */
	assert_int_equal(shim_transport->send_pdu(session.conn, &hdr, "abcd", 4), 0);
	shim_settle();
}

static void test_send_without_memory(void **state)
{
	(void)state;
	shim_alloc_fails = shim_allocs + 1;
	assert_int_equal(bench_send(&session, ISCSI_OP_TEXT, "a=b", 4), -ENOMEM);
	assert_int_equal(bench_send(&session, ISCSI_OP_TEXT, "a=b", 4), 0);
	shim_settle();
}

/* After a Logout no command is sent; and that the target then closes is no news. */
static void test_logout(void **state)
{
	struct shim_io io = { .sdev = &session.sdev, .len = 512 };

	(void)state;
	assert_int_equal(bench_send(&session, ISCSI_OP_LOGOUT, NULL, 0), 0);
	shim_settle();
	assert_int_equal(shim_queue(&io), -EBUSY);
	dev_conn_lost(session.cid, OHBA_ST_CONN_CLOSED);
	check_recovered();
	assert_int_equal(shim_logged("lost"), 0);
}

static void test_discovery(void **state)
{
	static const char text[] = "x=y\0SessionType=Discovery";
	const struct ohba_session_params *params;
	u8 bhs[48];

	(void)state;
	assert_int_equal(bench_connect(&session), 0);
	assert_int_equal(bench_bind(&session), 0);
	/* Not without a login. */
	assert_int_equal(bench_start(&session), -ENOTCONN);
	assert_int_equal(bench_send(&session, ISCSI_OP_LOGIN | 0x40, text, sizeof(text)), 0);
	shim_settle();
	bench_bhs(bhs, ISCSI_OP_LOGIN_RSP, 0);
	assert_true(dev_pdu_in(session.cid, bhs, NULL, 0));
	shim_settle();
	assert_int_equal(bench_start(&session), 0);
	params = &ep()->data->params;
	assert_int_equal(params->flags & OHBA_SESSION_DISCOVERY, OHBA_SESSION_DISCOVERY);
	assert_int_equal(params->exp_statsn, 10);
	assert_int_equal(params->max_cmdsn, 64);
	assert_int_equal(params->max_recv_dsl, 8192);
	assert_int_equal(params->max_burst, 262144);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, login, down)
#define UP(name)	cmocka_unit_test_setup_teardown(test_##name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UP(pdu_lengths), TEST(pdus), UP(pdu_headers), TEST(header_changes), TEST(ping),
		UP(send_refused), TEST(answer_overtakes), TEST(wrong_data_length),
		TEST(send_without_memory), TEST(logout), UP(discovery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The frames that are the host's: NET_TX, NET_RX (SPEC.md 6.2), and their end. */
#include "faults.h"
#include "net.h"

#define ARP_LEN		42

static uint32_t submit(struct net *net, uint32_t qid, struct ohba_sqe *sqe)
{
	uint32_t tag = net->next_tag++;

	sqe->tag = htole32(tag);
	host_submit(net->host, qid, sqe);
	host_settle(net->host);
	return tag;
}

static void io_status(struct net *net, struct ohba_sqe sqe, uint16_t status)
{
	struct ohba_cqe cqe = host_expect(net->host, 1, submit(net, 1, &sqe));

	expect_status(&cqe, status);
	assert_int_equal(cqe.result, 0);
}

struct buf {
	uint32_t qid, tag, len;
	uint64_t addr;
};

static struct buf post_rx(struct net *net, uint32_t qid, uint32_t len)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_IO_NET_RX, 0);
	struct buf buf = { .qid = qid, .len = len };

	buf.addr = mem_alloc(net->host->mem, len, MEM_IN);
	sqe_data(&sqe, buf.addr, len);
	buf.tag = submit(net, qid, &sqe);
	return buf;
}

/* The buffer is back with @status, and holds @frame. */
static void expect_rx(struct net *net, const struct buf *buf, uint16_t status,
		      const void *frame, size_t len)
{
	struct ohba_cqe cqe = host_expect(net->host, buf->qid, buf->tag);

	expect_status(&cqe, status);
	assert_int_equal(le32toh(cqe.result), len);
	if (len)
		same_bytes("frame", mem_ptr(net->host->mem, buf->addr), frame, len);
	mem_retire(net->host->mem, buf->addr);
}

static void expect_waiting(struct net *net, const struct buf *buf)
{
	struct ohba_cqe cqe;

	host_settle(net->host);
	assert_false(host_done(net->host, buf->qid, buf->tag, &cqe));
}

/* One of the host's: nobody else knows its type. */
static void make_frame(uint8_t *frame, size_t len, uint8_t key)
{
	pattern_fill(frame, len, key, 0);
	memcpy(frame, host_config.mac, 6);
	memcpy(frame + 6, net_hop_mac, 6);
	put_be16(frame, 12, 0x88b5);
}

/* --- the host's frames: out ------------------------------------------------- */

static void test_tx_lengths(void **state)
{
	static const struct {
		uint32_t len;
		uint16_t status;
	} lengths[] = {
		{ OHBA_FRAME_MIN, OHBA_ST_SUCCESS },
		{ 60, OHBA_ST_SUCCESS },
		{ OHBA_FRAME_MAX, OHBA_ST_SUCCESS },
		{ OHBA_FRAME_MIN - 1, OHBA_ST_INVALID_FIELD },
		{ OHBA_FRAME_MAX + 1, OHBA_ST_INVALID_FIELD },
	};
	struct net *net = net_new();
	uint64_t addr = mem_alloc(net->host->mem, OHBA_FRAME_MAX + 1, MEM_OUT);
	uint8_t *frame = mem_ptr(net->host->mem, addr);
	unsigned int i, sent = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct ohba_sqe sqe = sqe_admin(OHBA_IO_NET_TX, 0);

		pattern_fill(frame, OHBA_FRAME_MAX + 1, i, 0);
		sqe_data(&sqe, addr, lengths[i].len);
		io_status(net, sqe, lengths[i].status);
		sent += !lengths[i].status;
		assert_int_equal(net->sent, sent);
		if (lengths[i].status)
			continue;
		assert_int_equal(net->len[sent - 1], lengths[i].len);
		same_bytes("frame", net_last(net), frame, lengths[i].len);
	}
	net_free(net);
}

static void test_tx_in_pieces(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_IO_NET_TX, 0);
	struct net *net = net_new();
	uint8_t frame[100];
	unsigned int i;

	(void)state;
	make_frame(frame, sizeof(frame), 1);
	sqe.nsge = 4;
	sqe.data_len = htole32(sizeof(frame));
	for (i = 0; i < 4; i++) {
		uint64_t addr = mem_alloc_at(net->host->mem, 25, 4090 + i, MEM_OUT);

		memcpy(mem_ptr(net->host->mem, addr), frame + 25 * i, 25);
		sqe.sge[i] = (struct ohba_sge){ .addr = htole64(addr), .len = htole32(25) };
	}
	mem_fragment(net->host->mem, 7);
	io_status(net, sqe, OHBA_ST_SUCCESS);
	assert_int_equal(net->len[0], sizeof(frame));
	same_bytes("frame", net_last(net), frame, sizeof(frame));
	net_free(net);
}

/* The host sees what is not its own, while it asked for that, and once. */
static void test_mirror(void **state)
{
	struct ohba_sqe on = sqe_admin(OHBA_ADMIN_MIRROR, 1), off = sqe_admin(OHBA_ADMIN_MIRROR, 0);
	struct ohba_sqe wrong = sqe_admin(OHBA_ADMIN_MIRROR, 2);
	struct net *net = net_new();
	uint8_t frame[60];
	struct buf buf[6];
	uint32_t tag;
	unsigned int i;

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	for (i = 0; i < ARRAY_SIZE(buf); i++)
		buf[i] = post_rx(net, 1, 1518);
	host_admin_status(net->host, &wrong, OHBA_ST_INVALID_FIELD);
	tag = conn_open_start(net->host, 3);
	expect_waiting(net, &buf[0]);
	conn_close(net->host, 3, OHBA_CONN_CLOSE_ABORT);
	host_expect(net->host, OHBA_QID_ADMIN, tag);
	expect_waiting(net, &buf[0]);

	host_admin_status(net->host, &on, OHBA_ST_SUCCESS);
	tag = conn_open_start(net->host, 3);
	expect_rx(net, &buf[0], OHBA_ST_SUCCESS, net_last(net),
		  net->len[(net->sent - 1) % FRAMES_KEPT]);
	net_answer_syn(net);
	host_expect(net->host, OHBA_QID_ADMIN, tag);
	/* The SYN and ACK that came, and the ACK of it. */
	assert_memory_equal((uint8_t *)mem_ptr(net->host->mem, buf[1].addr) + 6, net_hop_mac, 6);
	expect_rx(net, &buf[2], OHBA_ST_SUCCESS, net_last(net),
		  net->len[(net->sent - 1) % FRAMES_KEPT]);
	expect_waiting(net, &buf[3]);
	make_frame(frame, sizeof(frame), 7);
	assert_true(net_receive(net, frame, sizeof(frame)));
	expect_rx(net, &buf[3], OHBA_ST_SUCCESS, frame, sizeof(frame));
	expect_waiting(net, &buf[4]);

	host_admin_status(net->host, &off, OHBA_ST_SUCCESS);
	conn_close(net->host, 3, OHBA_CONN_CLOSE_ABORT);
	expect_waiting(net, &buf[4]);
	assert_true(net_receive(net, frame, sizeof(frame)));
	expect_rx(net, &buf[4], OHBA_ST_SUCCESS, frame, sizeof(frame));

	host_admin_status(net->host, &on, OHBA_ST_SUCCESS);
	host_reset(net->host);
	host_bring_up(net->host);
	buf[0] = post_rx(net, 1, 1518);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	expect_waiting(net, &buf[0]);
	net_free(net);
}

static void spoil_flags(struct ohba_sqe *sqe)
{
	sqe->flags = 1;
}

static void spoil_rsvd(struct ohba_sqe *sqe)
{
	sqe->rsvd = 1;
}

static void spoil_handle(struct ohba_sqe *sqe)
{
	sqe->handle = htole32(1);
}

static void spoil_body(struct ohba_sqe *sqe)
{
	sqe->body[47] = 1;
}

static void spoil_unused_element(struct ohba_sqe *sqe)
{
	sqe->sge[3].len = htole32(1);
}

static void spoil_no_elements(struct ohba_sqe *sqe)
{
	sqe->nsge = 0;
	memset(sqe->sge, 0, sizeof(sqe->sge));
}

static void spoil_nothing(struct ohba_sqe *sqe)
{
	spoil_no_elements(sqe);
	sqe->data_len = 0;
}

static void spoil_short(struct ohba_sqe *sqe)
{
	sqe->data_len = htole32(le32toh(sqe->data_len) + 1);
}

static void spoil_list(struct ohba_sqe *sqe)
{
	sqe->sge[0].type = htole32(OHBA_SGE_LIST);
	sqe->sge[0].len = htole32(sizeof(struct ohba_sge));
}

/* Not needed to cover the data, and there all the same. */
static void spoil_list_behind(struct ohba_sqe *sqe)
{
	sqe->nsge = 3;
	sqe->sge[1] = sqe->sge[2] = sqe->sge[0];
	sqe->sge[1].type = htole32(OHBA_SGE_LIST);
}

static const struct {
	void (*spoil)(struct ohba_sqe *sqe);
	uint16_t status;
} spoilt[] = {
	{ spoil_flags, OHBA_ST_INVALID_FIELD },
	{ spoil_rsvd, OHBA_ST_INVALID_FIELD },
	{ spoil_handle, OHBA_ST_INVALID_FIELD },
	{ spoil_body, OHBA_ST_INVALID_FIELD },
	{ spoil_unused_element, OHBA_ST_INVALID_FIELD },
	{ spoil_no_elements, OHBA_ST_INVALID_SGL },
	{ spoil_nothing, OHBA_ST_INVALID_SGL },
	{ spoil_short, OHBA_ST_INVALID_SGL },
	{ spoil_list, OHBA_ST_INVALID_SGL },
	{ spoil_list_behind, OHBA_ST_INVALID_SGL },
};

static void test_tx_and_rx_fields(void **state)
{
	static const uint8_t opcodes[] = { OHBA_IO_NET_TX, OHBA_IO_NET_RX };
	struct net *net = net_new();
	uint64_t addr = mem_alloc(net->host->mem, 64, MEM_IN | MEM_OUT);
	unsigned int i, op;
	uint8_t frame[64];

	(void)state;
	for (op = 0; op < ARRAY_SIZE(opcodes); op++) {
		for (i = 0; i < ARRAY_SIZE(spoilt); i++) {
			struct ohba_sqe sqe = sqe_admin(opcodes[op], 0);

			sqe_data(&sqe, addr, 64);
			spoilt[i].spoil(&sqe);
			io_status(net, sqe, spoilt[i].status);
		}
	}
	assert_int_equal(net->sent, 0);
	/* Nor is any of them a buffer. */
	make_frame(frame, sizeof(frame), 1);
	net_receive(net, frame, sizeof(frame));
	host_expect_none(net->host, 1);
	net_free(net);
}

static void test_tx_from_nowhere(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_IO_NET_TX, 0);
	struct net *net = net_new();
	uint64_t addr = mem_alloc(net->host->mem, 64, MEM_OUT);

	(void)state;
	mem_poison(net->host->mem, addr);
	sqe_data(&sqe, addr, 64);
	io_status(net, sqe, OHBA_ST_DMA_FAULT);
	assert_int_equal(net->sent, 0);
	net_free(net);
}

/* --- the host's frames: in -------------------------------------------------- */

static void test_rx_in_the_order_given(void **state)
{
	struct net *net = net_new();
	struct buf buf[4];
	uint8_t frame[4][200];
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++)
		buf[i] = post_rx(net, 1 + i % 2, 256);
	for (i = 0; i < 4; i++) {
		make_frame(frame[i], 60 + 40 * i, i);
		net_receive(net, frame[i], 60 + 40 * i);
		expect_rx(net, &buf[i], OHBA_ST_SUCCESS, frame[i], 60 + 40 * i);
		if (i < 3)
			expect_waiting(net, &buf[i + 1]);
	}
	/* Nobody waits for it: it is lost, not kept. */
	net_receive(net, frame[0], 60);
	buf[0] = post_rx(net, 1, 256);
	expect_waiting(net, &buf[0]);
	net_free(net);
}

static void test_rx_of_the_longest(void **state)
{
	static uint8_t frame[OHBA_FRAME_MAX + 1];
	struct net *net = net_new();
	struct buf buf = post_rx(net, 1, OHBA_FRAME_MAX + 1);

	(void)state;
	make_frame(frame, sizeof(frame), 1);
	assert_false(net_receive(net, frame, sizeof(frame)));
	expect_waiting(net, &buf);
	assert_true(net_receive(net, frame, OHBA_FRAME_MAX));
	expect_rx(net, &buf, OHBA_ST_SUCCESS, frame, OHBA_FRAME_MAX);
	net_free(net);
}

static void test_rx_too_short(void **state)
{
	struct net *net = net_new();
	struct buf first = post_rx(net, 1, 64), second = post_rx(net, 1, 128);
	uint8_t frame[128];

	(void)state;
	make_frame(frame, sizeof(frame), 1);
	net_receive(net, frame, 65);
	expect_waiting(net, &first);
	expect_waiting(net, &second);
	net_receive(net, frame, 64);
	expect_rx(net, &first, OHBA_ST_SUCCESS, frame, 64);
	net_receive(net, frame, 128);
	expect_rx(net, &second, OHBA_ST_SUCCESS, frame, 128);
	net_free(net);
}

static void test_rx_to_nowhere(void **state)
{
	struct net *net = net_new();
	struct buf first = post_rx(net, 1, 64), second = post_rx(net, 1, 64);
	uint8_t frame[64];

	(void)state;
	mem_poison(net->host->mem, first.addr);
	make_frame(frame, sizeof(frame), 1);
	net_receive(net, frame, sizeof(frame));
	expect_rx(net, &first, OHBA_ST_DMA_FAULT, NULL, 0);
	net_receive(net, frame, sizeof(frame));
	expect_rx(net, &second, OHBA_ST_SUCCESS, frame, sizeof(frame));
	net_free(net);
}

static void test_rx_as_many_as_promised(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_IO_NET_RX, 0);
	struct net *net = net_new();
	struct buf first = post_rx(net, 1, 64), last;
	uint8_t frame[64];
	unsigned int i;

	(void)state;
	for (i = 1; i < OHBA_NET_RX_DEPTH; i++)
		last = post_rx(net, 2 + i % 3, 64);
	sqe_data(&sqe, last.addr, 64);
	io_status(net, sqe, OHBA_ST_NO_RESOURCES);
	make_frame(frame, sizeof(frame), 1);
	net_receive(net, frame, sizeof(frame));
	expect_rx(net, &first, OHBA_ST_SUCCESS, frame, sizeof(frame));
	for (i = 1; i < OHBA_NET_RX_DEPTH; i++)
		net_receive(net, frame, sizeof(frame));
	expect_rx(net, &last, OHBA_ST_SUCCESS, frame, sizeof(frame));
	/* Around the end of the table. */
	first = post_rx(net, 1, 64);
	net_receive(net, frame, sizeof(frame));
	expect_rx(net, &first, OHBA_ST_SUCCESS, frame, sizeof(frame));
	net_free(net);
}

/* ARP is the host's, too; TCP is not. */
static void test_what_is_the_hosts(void **state)
{
	struct net *net = net_new();
	struct buf buf;
	struct ohba_cqe cqe;
	uint32_t tag;

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	buf = post_rx(net, 1, 256);
	tag = conn_open_start(net->host, 3);
	net_answer_syn(net);
	cqe = host_expect(net->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	expect_waiting(net, &buf);
	assert_true(net_has(net, net_ours, 0));
	cqe = host_expect(net->host, 1, buf.tag);
	assert_int_equal(le32toh(cqe.result), ARP_LEN);
	net_free(net);
}

/* --- the end of buffers ----------------------------------------------------- */

static void test_queue_leaves(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 2);
	struct net *net = net_new();
	uint64_t interrupts = net->host->irq_count[2];
	struct buf buf[6];
	uint8_t frame[64];
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++)
		buf[i] = post_rx(net, 1 + i % 3, 64);
	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
	expect_rx(net, &buf[1], OHBA_ST_ABORTED, NULL, 0);
	expect_rx(net, &buf[4], OHBA_ST_ABORTED, NULL, 0);
	assert_true(net->host->irq_count[2] > interrupts);
	make_frame(frame, sizeof(frame), 1);
	for (i = 0; i < 6; i++) {
		if (i % 3 == 1)
			continue;
		expect_waiting(net, &buf[i]);
		net_receive(net, frame, sizeof(frame));
		expect_rx(net, &buf[i], OHBA_ST_SUCCESS, frame, sizeof(frame));
	}
	net_free(net);
}

/* QUEUE_DELETE that is refused changes nothing. */
static void test_queue_stays(void **state)
{
	struct ohba_session_params params = params_of(&opts_default);
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 1);
	struct net *net = net_new();
	struct session session = { .host = net->host, .cid = 3, .opts = opts_default };
	struct ohba_cqe cqe;
	struct buf buf;
	struct io io;

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	net_connected(net, 3);
	cqe = session_start(net->host, 3, &params);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	session.handle = le32toh(cqe.result);
	net->next_tag = 100;
	buf = post_rx(net, 1, 64);
	io = io_make(&session, 1, OHBA_IO_READ, 512);
	io.qid = 1;
	io_submit(&io);
	host_settle(net->host);
	host_admin_status(net->host, &sqe, OHBA_ST_BUSY);
	expect_waiting(net, &buf);
	sqe.handle = htole32(2);
	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
	expect_waiting(net, &buf);
	net_free(net);
}

/* Nothing of before is left: no buffer, no address, no path, no question. */
static void test_reset(void **state)
{
	struct net *net = net_new();
	struct buf buf = post_rx(net, 1, 64);
	uint8_t frame[64];

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_router, net_router);
	conn_open_start(net->host, 3);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	make_frame(frame, sizeof(frame), 1);
	host_reset(net->host);
	mem_retire(net->host->mem, buf.addr);
	assert_false(net_receive(net, frame, sizeof(frame)));
	host_bring_up(net->host);
	assert_true(net_receive(net, frame, sizeof(frame)));
	assert_false(net_has(net, net_ours, 0));
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	conn_open_start(net->host, 3);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	net_free(net);
}

/* A firmware that hangs has TCP, and completes nothing. */
static void test_hang(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PORT_GET, 0);
	struct net *net = net_new();
	struct buf buf = post_rx(net, 1, 64);
	uint8_t frame[64];

	(void)state;
	fault_set(net->host, "hang");
	host_admin_start(net->host, &sqe);
	host_settle(net->host);
	make_frame(frame, sizeof(frame), 1);
	net_receive(net, frame, sizeof(frame));
	host_reap(net->host, 1);
	expect_waiting(net, &buf);
	host_reset(net->host);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tx_lengths),
		cmocka_unit_test(test_tx_in_pieces),
		cmocka_unit_test(test_mirror),
		cmocka_unit_test(test_tx_and_rx_fields),
		cmocka_unit_test(test_tx_from_nowhere),
		cmocka_unit_test(test_rx_in_the_order_given),
		cmocka_unit_test(test_rx_of_the_longest),
		cmocka_unit_test(test_rx_too_short),
		cmocka_unit_test(test_rx_to_nowhere),
		cmocka_unit_test(test_rx_as_many_as_promised),
		cmocka_unit_test(test_what_is_the_hosts),
		cmocka_unit_test(test_queue_leaves),
		cmocka_unit_test(test_queue_stays),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network of the adapter's own, by command (SPEC.md 6.2): addresses, paths, and the
 * question for them.
 */
#include "net.h"

static struct ohba_sqe sqe_no_path(uint8_t family, const uint8_t *dst, uint16_t status)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PATH_SET, 0);
	struct ohba_path path = { .family = family, .status = htole16(status) };

	memcpy(path.dst, dst, sizeof(path.dst));
	memcpy(sqe.body, &path, sizeof(path));
	return sqe;
}

/* The command with byte @at of its body changed must be refused. */
static void refused(struct net *net, struct ohba_sqe sqe, size_t at, uint8_t value,
		    uint16_t status)
{
	sqe.body[at] = value;
	host_admin_status(net->host, &sqe, status);
}

static uint32_t open_to(struct net *net, uint32_t cid, uint8_t family, const uint8_t *dst)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_OPEN, cid);
	struct ohba_conn_open open = { .family = family, .port = htole16(3260) };
	uint32_t tag;

	memcpy(open.addr, dst, sizeof(open.addr));
	memcpy(sqe.body, &open, sizeof(open));
	tag = host_admin_start(net->host, &sqe);
	host_settle(net->host);
	return tag;
}

/* --- identity --------------------------------------------------------------- */

static void test_feature_and_port(void **state)
{
	struct net *net = net_new();
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PORT_GET, 0);
	uint64_t addr = mem_alloc(net->host->mem, sizeof(struct ohba_port), MEM_IN);
	const struct ohba_port *port = mem_ptr(net->host->mem, addr);

	(void)state;
	assert_true(host_read(net->host, OHBA_REG_FEATURES) & OHBA_FEATURE_WIRE);
	sqe_data(&sqe, addr, sizeof(*port));
	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
	assert_int_equal(port->engine, OHBA_ENGINE_WIRE);
	assert_int_equal(le32toh(port->mtu), 1500);
	assert_true(port->link_up);
	same_bytes("MAC", port->mac, host_config.mac, 6);

	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	assert_true(net_has(net, net_ours, 0));
	same_bytes("source MAC", net_last(net) + 6, host_config.mac, 6);
	net_free(net);
}

/* There is no such command, whatever else would be wrong with it. */
static void test_absent(void **state)
{
	static const uint8_t admin[] = { OHBA_ADMIN_IFACE_SET, OHBA_ADMIN_PATH_SET };
	static const uint8_t io[] = { OHBA_IO_NET_TX, OHBA_IO_NET_RX };
	struct host *host = host_new_ready();
	struct ohba_cqe cqe;
	struct ohba_sqe sqe;
	unsigned int i;

	(void)state;
	assert_false(host_read(host, OHBA_REG_FEATURES) & OHBA_FEATURE_WIRE);
	for (i = 0; i < ARRAY_SIZE(admin); i++) {
		sqe = sqe_admin(admin[i], 0);
		host_admin_status(host, &sqe, OHBA_ST_INVALID_OPCODE);
		sqe.flags = 1;
		host_admin_status(host, &sqe, OHBA_ST_INVALID_OPCODE);
	}
	for (i = 0; i < ARRAY_SIZE(io); i++) {
		sqe = sqe_admin(io[i], 7);
		sqe.flags = 1;
		sqe.tag = htole32(i);
		host_submit(host, 1, &sqe);
		cqe = host_expect(host, 1, i);
		expect_status(&cqe, OHBA_ST_INVALID_OPCODE);
	}
	host_free(host);
}

static void test_link(void **state)
{
	struct net *net = net_new();
	struct ohba_event event;

	(void)state;
	host_advance(net->host, OHBA_HEARTBEAT_MS * MS);
	ohba_wire_set_link(net->host->wire, false);
	host_advance(net->host, OHBA_HEARTBEAT_MS * MS);
	event = host_event(net->host, OHBA_EVENT_LINK);
	assert_int_equal(event.detail[0], 0);
	net_free(net);
}

/* --- addresses -------------------------------------------------------------- */

static void test_iface_fields(void **state)
{
	struct net *net = net_new();
	struct ohba_sqe good = sqe_iface(0, OHBA_FAMILY_IPV4, net_ours, 0);
	struct ohba_sqe none = sqe_iface(0, 0, NULL, 0);
	struct ohba_sqe sqe;

	(void)state;
	host_admin_status(net->host, &good, OHBA_ST_SUCCESS);
	refused(net, good, offsetof(struct ohba_iface, family), 3, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_iface, rsvd0), 1, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_iface, rsvd1), 1, OHBA_ST_INVALID_FIELD);
	refused(net, good, sizeof(struct ohba_iface) - 1, 1, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_iface, addr) + 4, 1, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_iface, addr) + 15, 1, OHBA_ST_INVALID_FIELD);
	refused(net, none, offsetof(struct ohba_iface, tci), 1, OHBA_ST_INVALID_FIELD);
	refused(net, none, offsetof(struct ohba_iface, addr), 10, OHBA_ST_INVALID_FIELD);
	sqe = good;
	sqe.flags = 1;
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = good;
	sqe_data(&sqe, RAM_BASE, 16);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = sqe_iface(OHBA_IFACES_MAX, OHBA_FAMILY_IPV4, net_ours, 0);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_HANDLE);
	sqe = sqe_iface(UINT32_MAX, 0, NULL, 0);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_HANDLE);
	assert_true(net_has(net, net_ours, 0));
	net_free(net);
}

/* What no station alone can have. */
static void test_iface_addresses(void **state)
{
	static const struct {
		uint8_t family;
		uint8_t addr[16];
	} bad[] = {
		{ OHBA_FAMILY_IPV4, { 0 } },
		{ OHBA_FAMILY_IPV4, { 127, 0, 0, 1 } },
		{ OHBA_FAMILY_IPV4, { 224, 0, 0, 1 } },
		{ OHBA_FAMILY_IPV4, { 255, 255, 255, 255 } },
		{ OHBA_FAMILY_IPV6, { 0 } },
		{ OHBA_FAMILY_IPV6, { [15] = 1 } },
		{ OHBA_FAMILY_IPV6, { [10] = 0xff, 0xff, 10, 0, 0, 1 } },
		{ OHBA_FAMILY_IPV6, { 0xff, 0x02, [15] = 1 } },
	};
	struct net *net = net_new();
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ohba_sqe sqe = sqe_iface(0, bad[i].family, bad[i].addr, 0);

		host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	}
	net_free(net);
}

static void test_as_many_addresses_as_promised(void **state)
{
	struct net *net = net_new();
	uint8_t addr[16] = { 10, 0, 1 };
	unsigned int i;

	(void)state;
	for (i = 0; i < OHBA_IFACES_MAX; i++) {
		addr[3] = i + 1;
		net_iface(net, i, OHBA_FAMILY_IPV4, addr, i < 8 ? 0 : 5 << 13 | (100 + i));
	}
	for (i = 0; i < OHBA_IFACES_MAX; i++) {
		addr[3] = i + 1;
		assert_true(net_has(net, addr, i < 8 ? 0 : 100 + i));
		assert_false(net_has(net, addr, i < 8 ? 100 : 0));
	}
	net_iface(net, 3, 0, NULL, 0);
	addr[3] = 4;
	assert_false(net_has(net, addr, 0));
	addr[3] = 5;
	assert_true(net_has(net, addr, 0));
	net_free(net);
}

static void test_change_ends_connections(void **state)
{
	static const uint8_t other[16] = { 10, 0, 0, 3 };
	struct net *net = net_new();

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	net_connected(net, 3);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_iface(net, 1, OHBA_FAMILY_IPV4, other, 0);
	host_no_event(net->host);
	assert_int_equal(conn_phase(net->host, 3), OHBA_CONN_RAW);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 100);
	expect_lost(net->host, 3, OHBA_ST_CONN_TIMEOUT, 0);

	/* And its paths are gone. */
	conn_close(net->host, 3, 0);
	conn_open_start(net->host, 4);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	net_free(net);
}

/* --- paths ------------------------------------------------------------------ */

static void test_path_fields(void **state)
{
	struct net *net = net_new();
	struct ohba_sqe good = sqe_path(0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	struct ohba_sqe none = sqe_no_path(OHBA_FAMILY_IPV4, net_peer, OHBA_ST_HOST_UNREACH);
	struct ohba_sqe sqe;

	(void)state;
	host_admin_status(net->host, &good, OHBA_ST_INVALID_HANDLE);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	host_admin_status(net->host, &good, OHBA_ST_SUCCESS);
	host_admin_status(net->host, &none, OHBA_ST_SUCCESS);
	refused(net, good, offsetof(struct ohba_path, family), 0, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_path, family), 3, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_path, rsvd0), 1, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_path, rsvd1), 1, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_path, dst) + 4, 1, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_path, hop) + 15, 1, OHBA_ST_INVALID_FIELD);
	refused(net, good, offsetof(struct ohba_path, status), 1, OHBA_ST_INVALID_FIELD);
	refused(net, none, offsetof(struct ohba_path, hop), 10, OHBA_ST_INVALID_FIELD);
	refused(net, none, offsetof(struct ohba_path, mac), 2, OHBA_ST_INVALID_FIELD);
	refused(net, none, offsetof(struct ohba_path, status) + 1, 0xee, OHBA_ST_INVALID_FIELD);
	sqe = none;
	sqe.handle = htole32(1);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = sqe_path(1, OHBA_FAMILY_IPV4, net_peer, net_peer);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_HANDLE);
	sqe = sqe_path(OHBA_IFACES_MAX, OHBA_FAMILY_IPV4, net_peer, net_peer);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_HANDLE);
	sqe = sqe_path(0, OHBA_FAMILY_IPV6, net_peer6, net_peer6);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_HANDLE);
	net_free(net);
}

/* Each with a connection that needs it. */
static void test_as_many_paths_as_promised(void **state)
{
	struct ohba_fw_config cfg = host_config;
	uint8_t dst[16] = { 10, 1 };
	struct ohba_cqe cqe;
	struct ohba_sqe sqe;
	struct net *net;
	unsigned int i;

	(void)state;
	cfg.max_conns = 256;
	net = net_new_config(&cfg);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	for (i = 0; i < 256; i++) {
		uint32_t tag;

		dst[3] = i;
		net_path(net, 0, OHBA_FAMILY_IPV4, dst, net_router);
		tag = open_to(net, i, OHBA_FAMILY_IPV4, dst);
		net_answer_syn(net);
		cqe = host_expect(net->host, OHBA_QID_ADMIN, tag);
		expect_status(&cqe, OHBA_ST_SUCCESS);
	}
	sqe = sqe_path(0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	host_admin_status(net->host, &sqe, OHBA_ST_NO_RESOURCES);
	net_path(net, 0, OHBA_FAMILY_IPV4, dst, net_peer);
	conn_close(net->host, 7, 0);
	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
	net_free(net);
}

/* CONN_OPEN waits; nothing is sent, least of all to everybody. */
static void test_path_is_wanted(void **state)
{
	struct net *net = net_new();
	uint32_t tag;
	struct ohba_cqe cqe;

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	tag = conn_open_start(net->host, 3);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	host_no_event(net->host);
	assert_int_equal(conn_phase(net->host, 3), OHBA_CONN_CONNECTING);
	assert_int_equal(net->sent, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_router);
	assert_int_equal(net->sent, 1);
	same_bytes("next hop", net_last(net), net_hop_mac, 6);
	same_bytes("source", net_last(net) + 26, net_ours, 4);
	same_bytes("destination", net_last(net) + 30, net_peer, 4);
	net_answer_syn(net);
	cqe = host_expect(net->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	host_advance(net->host, 5000 * MS);
	host_no_event(net->host);
	net_free(net);
}

/* A path that the end of a connection asks for at a reset is not one that the host was asked for. */
static void test_path_that_a_reset_asks_for(void **state)
{
	struct net *net = net_new();
	uint8_t dst[16] = { 10, 1 };
	unsigned int i;

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_router);
	net_connected(net, 3);
	conn_close(net->host, 3, 0);
	/* Its FIN is not acknowledged; its path gives way. */
	for (i = 0; i < 256; i++) {
		dst[3] = i;
		net_path(net, 0, OHBA_FAMILY_IPV4, dst, net_router);
	}
	host_reset(net->host);
	host_bring_up(net->host);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	conn_open_start(net->host, 3);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	net_free(net);
}

static void test_path_that_was_not_asked_for(void **state)
{
	struct net *net = net_new();

	(void)state;
	net_iface(net, 2, OHBA_FAMILY_IPV4, net_ours, 5 << 13 | 100);
	net_path(net, 2, OHBA_FAMILY_IPV4, net_peer, net_peer);
	conn_open_start(net->host, 3);
	host_no_event(net->host);
	assert_int_equal(be32_at(net_last(net), 12), 0x81000000u | 5 << 13 | 100);
	net_free(net);
}

static void test_wanted_again_each_second(void **state)
{
	struct net *net = net_new();
	unsigned int i;

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	conn_open_start(net->host, 3);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	for (i = 0; i < 3; i++) {
		host_advance(net->host, 999 * MS);
		host_no_event(net->host);
		host_advance(net->host, 1 * MS);
		net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	}
	/* Another that needs it is no reason to ask more often. */
	host_advance(net->host, 950 * MS);
	conn_open_start(net->host, 4);
	host_no_event(net->host);
	conn_close(net->host, 3, 0);
	host_advance(net->host, 50 * MS);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	conn_close(net->host, 4, 0);
	host_advance(net->host, 5000 * MS);
	host_no_event(net->host);
	net_free(net);
}

/* An answer that was refused is none. */
static void test_refused_answer(void **state)
{
	struct ohba_sqe sqe = sqe_path(1, OHBA_FAMILY_IPV4, net_peer, net_peer);
	struct net *net = net_new();

	(void)state;
	conn_open_start(net->host, 3);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	host_advance(net->host, 300 * MS);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_HANDLE);
	conn_open_start(net->host, 4);
	host_no_event(net->host);
	host_advance(net->host, 700 * MS);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	net_free(net);
}

static void test_no_path(void **state)
{
	struct ohba_sqe sqe = sqe_no_path(OHBA_FAMILY_IPV4, net_peer, OHBA_ST_HOST_UNREACH);
	struct net *net = net_new();
	uint32_t tag[3], i;
	struct ohba_cqe cqe;

	(void)state;
	for (i = 0; i < 2; i++)
		tag[i] = conn_open_start(net->host, i);
	tag[2] = open_to(net, 2, OHBA_FAMILY_IPV6, net_peer6);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	net_wanted(net, OHBA_FAMILY_IPV6, net_peer6);
	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
	for (i = 0; i < 2; i++) {
		cqe = host_expect(net->host, OHBA_QID_ADMIN, tag[i]);
		expect_status(&cqe, OHBA_ST_HOST_UNREACH);
		assert_int_equal(conn_phase(net->host, i), OHBA_CONN_FREE);
	}
	assert_int_equal(conn_phase(net->host, 2), OHBA_CONN_CONNECTING);
	/* The next may ask at once. */
	conn_open_start(net->host, 0);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	net_free(net);
}

static void test_time_limit_includes_the_wait(void **state)
{
	struct net *net = net_new();
	struct ohba_sqe sqe = sqe_conn_open(3);
	struct ohba_conn_open open;
	struct ohba_cqe cqe;
	uint32_t tag;

	(void)state;
	memcpy(&open, sqe.body, sizeof(open));
	open.timeout_ms = htole32(2500);
	memcpy(sqe.body, &open, sizeof(open));
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	tag = host_admin_start(net->host, &sqe);
	host_advance(net->host, 2000 * MS);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	host_advance(net->host, 499 * MS);
	assert_int_equal(conn_phase(net->host, 3), OHBA_CONN_CONNECTING);
	host_advance(net->host, 1 * MS);
	cqe = host_expect(net->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_CONN_TIMEOUT);
	net_free(net);
}

/* More than were once asked about at a time: none is forgotten. */
static void test_many_are_wanted(void **state)
{
	struct ohba_fw_config cfg = host_config;
	struct ohba_event event;
	struct net *net;
	unsigned int i, round;

	(void)state;
	cfg.max_conns = 40;
	net = net_new_config(&cfg);
	for (round = 0; round < 2; round++) {
		uint64_t seen = 0;

		for (i = 0; !round && i < 40; i++) {
			struct ohba_sqe sqe = sqe_conn_open(i);

			sqe.body[offsetof(struct ohba_conn_open, addr) + 3] = 100 + i;
			host_admin_start(net->host, &sqe);
		}
		for (i = 0; i < 40; i++) {
			event = host_event(net->host, OHBA_EVENT_PATH_WANTED);
			seen |= 1ull << (((uint8_t *)event.detail)[3] - 100);
		}
		host_no_event(net->host);
		assert_int_equal(seen, (1ull << 40) - 1);
		host_advance(net->host, 1000 * MS);
	}
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_feature_and_port),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_iface_fields),
		cmocka_unit_test(test_iface_addresses),
		cmocka_unit_test(test_as_many_addresses_as_promised),
		cmocka_unit_test(test_change_ends_connections),
		cmocka_unit_test(test_path_fields),
		cmocka_unit_test(test_as_many_paths_as_promised),
		cmocka_unit_test(test_path_is_wanted),
		cmocka_unit_test(test_path_that_a_reset_asks_for),
		cmocka_unit_test(test_path_that_was_not_asked_for),
		cmocka_unit_test(test_wanted_again_each_second),
		cmocka_unit_test(test_refused_answer),
		cmocka_unit_test(test_no_path),
		cmocka_unit_test(test_time_limit_includes_the_wait),
		cmocka_unit_test(test_many_are_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

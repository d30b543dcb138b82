// SPDX-License-Identifier: GPL-2.0-or-later
/* The wire engine against lwIP's own TCP. */
#include "pair.h"

#include <errno.h>

#include "lwip/priv/tcp_priv.h"

static void test_data_both_ways(void **state)
{
	static const struct {
		uint8_t family;
		uint16_t tci;
	} kinds[] = {
		{ OHBA_FAMILY_IPV4, 0 },
		{ OHBA_FAMILY_IPV6, 0 },
		{ OHBA_FAMILY_IPV4, 5 << 13 | 100 },
		{ OHBA_FAMILY_IPV6, 100 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct pair *pair = pair_connected(kinds[i].family, kinds[i].tci);

		pair_exchange(pair, 3 << 20);
		pair_free(pair);
	}
}

static void test_data_over_a_wire_that_loses(void **state)
{
	struct pair *pair = pair_connected(OHBA_FAMILY_IPV4, 0);

	(void)state;
	pair->lose_every = 7;
	pair_exchange(pair, 1 << 20);
	pair_free(pair);
}

/* What is sent bit by bit while nothing gets through lies in many pieces, and arrives. */
static void test_many_pieces(void **state)
{
	struct pair *pair = pair_connected(OHBA_FAMILY_IPV4, 0);
	uint8_t out[200 * 48], in[sizeof(out)];
	struct iovec from = { in, sizeof(in) };
	struct iovec to;
	size_t got = 0;
	unsigned int i;
	ssize_t n;

	(void)state;
	pattern_fill(out, sizeof(out), 1, 0);
	pair->lose_every = 1;
	for (i = 0; i < 200; i++) {
		to = (struct iovec){ out + i * 48, 48 };
		assert_int_equal(pair->ops->send(pair->tcp, &to, 1, false), 48);
		pair_turn(pair);
	}
	pair->lose_every = 0;
	for (i = 0; got < sizeof(in) && i < TURNS_MAX; i++) {
		pair_turn(pair);
		n = pair->ops->recv(pair->tcp, &from, 1);
		assert_true(n > 0 || n == -EAGAIN);
		got += MAX(n, 0);
		from = (struct iovec){ in + got, sizeof(in) - got };
	}
	assert_int_equal(got, sizeof(in));
	pattern_check(in, sizeof(in), 1, 0);
	pair_free(pair);
}

/* Who has 192.0.2.1? */
static const uint8_t who_has[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 9, 0x08, 0x06,
	0, 1, 0x08, 0, 6, 4, 0, 1,
	0x02, 0, 0, 0, 0, 9, 192, 0, 2, 9,
	0, 0, 0, 0, 0, 0, 192, 0, 2, 1,
};

/* Whether @wire, which sends as pair->here does, says that it has @addr. */
static bool has(struct pair *pair, struct ohba_wire *wire, const uint8_t *addr)
{
	uint8_t frame[sizeof(who_has)];
	struct iovec iov = { frame, sizeof(frame) };
	unsigned int sent = pair->here.sent;

	memcpy(frame, who_has, sizeof(frame));
	memcpy(frame + sizeof(frame) - 4, addr, 4);
	ohba_wire_receive(wire, &iov, 1);
	pair_turn(pair);
	return pair->here.sent > sent;
}

#define STATIONS	16

/* lwIP has no more than 254 interfaces for all: who wants more is told. */
static void test_many_addresses(void **state)
{
	struct pair *pair = pair_new(OHBA_FAMILY_IPV4, 0);
	uint8_t mac[6] = { 2, 0, 0, 0, 1 }, addr[16] = { 10 }, last[16];
	struct ohba_wire *wires[STATIONS];
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < STATIONS; i++) {
		wires[i] = ohba_wire_create(pair->loop, mac, 1500, station_send, &pair->here);
		assert_non_null(wires[i]);
		ohba_wire_attach(wires[i], &station_events, &pair->here);
		ohba_wire_start(wires[i]);
	}
	for (i = 0; i < STATIONS * OHBA_IFACES_MAX; i++) {
		addr[1] = 1 + i / 100;
		addr[3] = 1 + i % 100;
		if (ohba_wire_iface_set(wires[i / OHBA_IFACES_MAX], i % OHBA_IFACES_MAX,
					OHBA_FAMILY_IPV4, addr, 0, 0))
			continue;
		memcpy(last, addr, sizeof(last));
		n++;
	}
	assert_int_equal(n, 254 - 2);	/* of the fixture */
	assert_true(has(pair, wires[STATIONS - 1], last));
	assert_false(has(pair, wires[STATIONS - 1], addr));
	assert_int_equal(ohba_wire_iface_set(wires[0], 0, 0, addr, 0, 0), 0);
	assert_int_equal(ohba_wire_iface_set(wires[STATIONS - 1], 15, OHBA_FAMILY_IPV4, addr, 0, 0),
			 0);
	for (i = 0; i < STATIONS; i++) {
		ohba_wire_stop(wires[i]);
		ohba_wire_destroy(wires[i]);
	}
	pair_free(pair);
}

static void test_connect_waits_for_a_path(void **state)
{
	struct pair *pair = pair_new(OHBA_FAMILY_IPV4, 0);

	(void)state;
	pair_open(pair);
	assert_int_equal(pair->here.wanted, 1);
	pair_turn(pair);
	assert_int_equal(pair->here.sent, 0);
	station_set_path(&pair->here);
	pair_turn_until(pair, pair->connected);
	assert_int_equal(pair->status, OHBA_ST_SUCCESS);
	pair_free(pair);
}

static void test_connect_without_a_path_fails(void **state)
{
	struct pair *pair = pair_new(OHBA_FAMILY_IPV4, 0);

	(void)state;
	pair_open(pair);
	ohba_wire_path_failed(pair->here.wire, pair->family, pair->there.addr,
			      OHBA_ST_HOST_UNREACH);
	assert_int_equal(pair->connected, 0);
	pair_turn_until(pair, pair->connected);
	assert_int_equal(pair->status, OHBA_ST_HOST_UNREACH);
	pair_free(pair);
}

static void test_refused_connect(void **state)
{
	struct pair *pair = pair_new(OHBA_FAMILY_IPV4, 0);

	(void)state;
	tcp_close(pair->listener);
	station_set_path(&pair->here);
	pair_open(pair);
	pair_turn_until(pair, pair->connected);
	assert_int_equal(pair->status, OHBA_ST_CONN_REFUSED);
	pair_listen(pair);
	pair_free(pair);
}

static void test_end_and_reset(void **state)
{
	struct pair *pair = pair_connected(OHBA_FAMILY_IPV4, 0);
	uint8_t byte;
	struct iovec iov = { &byte, 1 };
	struct tcp_pcb *peer = pair->accepted;

	(void)state;
	tcp_shutdown(peer, 0, 1);
	pair_turn_until(pair, pair->readable);
	assert_int_equal(pair->ops->recv(pair->tcp, &iov, 1), 0);
	pair->ops->want_read(pair->tcp, false);
	tcp_abort(peer);
	pair_turn_until(pair, pair->broken);
	assert_int_equal(pair->status, OHBA_ST_CONN_RESET);
	assert_int_equal(pair->ops->recv(pair->tcp, &iov, 1), -ECONNRESET);
	pair_free(pair);
}

/* Who has our address is told, and nobody else is asked to answer. */
static void test_arp_is_answered(void **state)
{
	static const uint8_t nobodys[4] = { 192, 0, 2, 3 };
	static const uint8_t reply[] = {
		0x02, 0, 0, 0, 0, 9, 0x02, 0, 0, 0, 0, 1, 0x08, 0x06,
		0, 1, 0x08, 0, 6, 4, 0, 2,
		0x02, 0, 0, 0, 0, 1, 192, 0, 2, 1,
		0x02, 0, 0, 0, 0, 9, 192, 0, 2, 9,
	};
	struct pair *pair = pair_new(OHBA_FAMILY_IPV4, 0);

	(void)state;
	assert_true(has(pair, pair->here.wire, pair->here.addr));
	assert_int_equal(pair->here.sent, 1);
	assert_int_equal(pair->here.last_len[0], sizeof(reply));
	same_bytes("reply", pair->here.last[0], reply, sizeof(reply));
	assert_false(has(pair, pair->here.wire, nobodys));
	pair_free(pair);
}

/* A next hop that answers is not asked about again; one that is silent is. */
static void test_next_hops_are_confirmed(void **state)
{
	static const uint8_t families[] = { OHBA_FAMILY_IPV4, OHBA_FAMILY_IPV6 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		struct pair *pair = pair_connected(families[i], 0);
		uint64_t minute = pair->now + 60000 * MS;
		unsigned int sent = pair->here.sent;

		pair_turn_until(pair, pair->now >= minute);
		assert_true(pair->here.sent >= sent + 5);
		assert_int_equal(pair->here.wanted, 0);
		pair->lose_every = 1;
		pair_turn_until(pair, pair->here.wanted);
		pair_free(pair);
	}
}

/* The target moved: what it says of itself is where frames go. */
static void test_moved_target(void **state)
{
	struct pair *pair = pair_connected(OHBA_FAMILY_IPV4, 0);
	uint8_t gratuitous[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 7, 0x08, 0x06,
		0, 1, 0x08, 0, 6, 4, 0, 1,
		0x02, 0, 0, 0, 0, 7, 192, 0, 2, 2,
		0, 0, 0, 0, 0, 0, 192, 0, 2, 2,
	};
	struct iovec iov = { gratuitous, sizeof(gratuitous) };
	uint8_t byte = 0;

	(void)state;
	ohba_wire_receive(pair->here.wire, &iov, 1);
	pair_turn(pair);
	iov = (struct iovec){ &byte, 1 };
	assert_int_equal(pair->ops->send(pair->tcp, &iov, 1, false), 1);
	same_bytes("MAC", pair->here.last[(pair->here.sent - 1) % FRAMES_KEPT],
		   gratuitous + 6, 6);
	pair_free(pair);
}

/* A router may say another MTU each minute: what is under way goes on. */
static void test_mtu_changes(void **state)
{
	struct pair *pair = pair_connected(OHBA_FAMILY_IPV4, 0);
	struct ohba_tcp_agreed agreed = { 0 };

	(void)state;
	assert_int_equal(ohba_wire_iface_set(pair->here.wire, 0, pair->family, pair->here.addr,
					     pair->tci, 1300), 0);
	pair_exchange(pair, 1 << 16);
	assert_int_equal(pair->broken, 0);
	pair_reopen(pair);
	assert_int_equal(pair->ops->mss(pair->tcp), 1300 - 40);
	pair->ops->agreed(pair->tcp, &agreed);
	assert_false(agreed.timestamps);
	assert_int_equal(agreed.send_scale, 5);
	assert_int_equal(agreed.recv_scale, 5);
	pair_exchange(pair, 1 << 16);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_both_ways),
		cmocka_unit_test(test_data_over_a_wire_that_loses),
		cmocka_unit_test(test_many_pieces),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_connect_waits_for_a_path),
		cmocka_unit_test(test_connect_without_a_path_fails),
		cmocka_unit_test(test_refused_connect),
		cmocka_unit_test(test_end_and_reset),
		cmocka_unit_test(test_arp_is_answered),
		cmocka_unit_test(test_next_hops_are_confirmed),
		cmocka_unit_test(test_moved_target),
		cmocka_unit_test(test_mtu_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The wire engine's paths: how long they are kept, who gives way, and for which VLAN. */
#include "lan.h"

#include <netinet/in.h>

#define PATHS		256
#define SILENCE_MS	14000	/* until a next hop that is silent is given up */

static void on_end(void *arg, enum ohba_status status)
{
	(void)arg;
	(void)status;
}

static void on_data(void *arg)
{
	(void)arg;
}

static const struct ohba_tcp_events events = {
	.connected = on_end,
	.readable = on_data,
	.writable = on_data,
	.broken = on_end,
};

static void address(unsigned int n, uint8_t addr[16])
{
	memset(addr, 0, 16);
	memcpy(addr, (uint8_t[]){ 10, 0, n >> 8, n }, 4);
}

static struct ohba_tcp *connect_to(struct lan *lan, unsigned int n)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	enum ohba_status status;
	struct ohba_tcp *tcp;
	uint8_t addr[16];

	address(n, addr);
	memcpy(&in.sin_addr, addr, 4);
	tcp = lan->ops->connect(ohba_wire_engine(lan->wire), (void *)&in, sizeof(in), NULL,
				&events, lan, &status);
	assert_non_null(tcp);
	lan_settle(lan);
	return tcp;
}

static enum ohba_status set_path(struct lan *lan, unsigned int n)
{
	uint8_t addr[16];

	address(n, addr);
	return ohba_wire_path_set(lan->wire, 0, OHBA_FAMILY_IPV4, addr, peer, peer_mac);
}

/* Is there a path to @n? Who connects is not told apart: none of them gets an answer. */
static bool has_path(struct lan *lan, unsigned int n)
{
	unsigned int wanted = lan->wanted;

	lan->ops->close(connect_to(lan, n), true);
	return lan->wanted == wanted;
}

static void send_byte(struct lan *lan)
{
	uint8_t byte = 0;
	struct iovec iov = { &byte, 1 };

	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), 1);
	lan_settle(lan);
}

/* Iface 2, and the path to the peer by it. */
static void move_path(struct lan *lan, uint16_t tci)
{
	static const uint8_t also_us[16] = { 192, 0, 2, 9 };

	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, OHBA_FAMILY_IPV4, also_us, tci, 0), 0);
	assert_int_equal(ohba_wire_path_set(lan->wire, 2, OHBA_FAMILY_IPV4, peer, peer,
					    other_mac), 0);
	lan->sent = 0;
}

/* --- how long --------------------------------------------------------------- */

/* Nobody is asked for what nobody needs, however long its next hop is silent. */
static void test_unneeded_path_is_forgotten(void **state)
{
	struct lan *lan = lan_new();

	(void)state;
	assert_int_equal(set_path(lan, 1), 0);
	lan_advance(lan, SILENCE_MS);
	assert_int_equal(lan->sent, 3);
	lan_advance(lan, 10 * SILENCE_MS);
	assert_int_equal(lan->sent, 3);
	assert_int_equal(lan->wanted, 0);
	assert_false(has_path(lan, 1));
	lan_free(lan);
}

/* As long as there is a connection, and no longer. */
static void test_needed_path_is_kept(void **state)
{
	struct lan *lan = lan_connected();

	(void)state;
	lan_advance(lan, SILENCE_MS);
	assert_int_equal(lan->wanted, 1);
	lan_advance(lan, SILENCE_MS);
	assert_int_equal(lan->wanted, 2);
	send_byte(lan);
	same_bytes("next hop", lan_last(lan), peer_mac, 6);
	lan->ops->close(lan->tcp, true);
	lan->tcp = NULL;
	lan_advance(lan, 10 * SILENCE_MS);
	assert_int_equal(lan->wanted, 2);
	lan_free(lan);
}

/* One that broke needs nothing, though its owner has yet to close it. */
static void test_path_of_a_broken_connection(void **state)
{
	struct lan *lan = lan_connected();

	(void)state;
	lan_segment(lan, RST, lan->next, 0);
	lan_advance(lan, 10 * SILENCE_MS);
	assert_int_equal(lan->wanted, 0);
	lan_free(lan);
}

/* The path that a connection had goes with its address; the next one is needed, too. */
static void test_another_path_is_needed(void **state)
{
	struct lan *lan = lan_connected();

	(void)state;
	move_path(lan, 0);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, 0, nobody, 0, 0), 0);
	send_byte(lan);
	assert_int_equal(lan->sent, 0);
	assert_true(lan->wanted);
	lan_set_paths(lan);
	lan->wanted = 0;
	lan_advance(lan, SILENCE_MS);
	assert_int_equal(lan->wanted, 1);
	send_byte(lan);
	same_bytes("next hop", lan_last(lan), peer_mac, 6);
	lan_free(lan);
}

/* --- how many --------------------------------------------------------------- */

/* The one that was set first, then the one after it. */
static void test_unneeded_path_gives_way(void **state)
{
	struct lan *lan = lan_new();
	struct ohba_tcp *second;
	unsigned int i;

	(void)state;
	for (i = 0; i < PATHS; i++)
		assert_int_equal(set_path(lan, i), 0);
	second = connect_to(lan, 1);
	assert_int_equal(set_path(lan, PATHS), 0);
	assert_int_equal(set_path(lan, PATHS + 1), 0);
	assert_false(has_path(lan, 0));
	assert_true(has_path(lan, 1));
	assert_false(has_path(lan, 2));
	for (i = 3; i < PATHS + 2; i++)
		assert_true(has_path(lan, i));
	lan->ops->close(second, true);
	lan_free(lan);
}

static void test_needed_paths_do_not(void **state)
{
	struct lan *lan = lan_new();
	struct ohba_tcp *tcp[PATHS];
	unsigned int i;

	(void)state;
	for (i = 0; i < PATHS; i++) {
		assert_int_equal(set_path(lan, i), 0);
		tcp[i] = connect_to(lan, i);
	}
	assert_int_equal(set_path(lan, PATHS), OHBA_ST_NO_RESOURCES);
	lan->ops->close(tcp[77], true);
	assert_int_equal(set_path(lan, PATHS), 0);
	assert_true(has_path(lan, PATHS));
	assert_int_equal(lan->wanted, 0);
	assert_false(has_path(lan, 77));
	for (i = 0; i < PATHS; i++)
		if (i != 77)
			lan->ops->close(tcp[i], true);
	lan_free(lan);
}

/* --- which network ---------------------------------------------------------- */

/* A MAC of one VLAN is no station's on another. */
static void test_path_is_of_its_vlan(void **state)
{
	struct lan *lan = lan_connected();

	(void)state;
	move_path(lan, 100);
	send_byte(lan);
	assert_int_equal(lan->sent, 0);
	assert_true(lan->wanted);
	/* What the peer asks is answered there where it asked. */
	lan_segment(lan, ACK, lan->next + 100, 100);
	assert_int_equal(lan->sent, 1);
	same_bytes("MAC", lan_last(lan), peer_mac, 6);
	assert_int_equal(be16_at(lan_last(lan), 12), 0x0800);
	lan_free(lan);
}

/* By another address on the same network it leads to the same station. */
static void test_path_by_another_address(void **state)
{
	struct lan *lan = lan_connected();

	(void)state;
	move_path(lan, 5 << 13);	/* a priority is no VLAN */
	send_byte(lan);
	assert_int_equal(lan->sent, 1);
	same_bytes("MAC", lan_last(lan), other_mac, 6);
	assert_int_equal(lan->wanted, 0);
	lan_free(lan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unneeded_path_is_forgotten),
		cmocka_unit_test(test_needed_path_is_kept),
		cmocka_unit_test(test_path_of_a_broken_connection),
		cmocka_unit_test(test_another_path_is_needed),
		cmocka_unit_test(test_unneeded_path_gives_way),
		cmocka_unit_test(test_needed_paths_do_not),
		cmocka_unit_test(test_path_is_of_its_vlan),
		cmocka_unit_test(test_path_by_another_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

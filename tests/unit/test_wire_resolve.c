// SPDX-License-Identifier: GPL-2.0-or-later
/* The wire engine asks for a neighbour's MAC: whom, how often, and whom it believes. */
#include "lan.h"

#define SECOND	1000
#define VID	100
#define TABLE	256

static void ask(struct lan *lan, bool v4)
{
	assert_int_equal(ohba_wire_resolve(lan->wire, v4 ? 0 : 1,
					   v4 ? OHBA_FAMILY_IPV4 : OHBA_FAMILY_IPV6,
					   v4 ? peer : peer6), 0);
	lan_settle(lan);
}

/* That nobody was told yet, or @mac once. */
static void told(const struct lan *lan, const uint8_t *mac)
{
	assert_int_equal(lan->unresolved, 0);
	assert_int_equal(lan->resolved, !!mac);
	if (mac)
		same_bytes("MAC", lan->mac, mac, 6);
}

/* --- what is asked ---------------------------------------------------------- */

static void test_arp_request(void **state)
{
	static const uint8_t request[] = { 0, 1, 8, 0, 6, 4, 0, 1 }, none[6];
	struct lan *lan = lan_new();
	const uint8_t *frame;

	(void)state;
	ask(lan, true);
	assert_int_equal(lan->sent, 1);
	frame = lan_last(lan);
	assert_int_equal(lan->len[0], 14 + 28);
	same_bytes("to", frame, all_mac, 6);
	same_bytes("from", frame + 6, our_mac, 6);
	assert_int_equal(be16_at(frame, 12), 0x0806);
	same_bytes("what", frame + 14, request, sizeof(request));
	same_bytes("sender MAC", frame + 22, our_mac, 6);
	same_bytes("sender", frame + 28, us, 4);
	same_bytes("target MAC", frame + 32, none, 6);
	same_bytes("target", frame + 38, peer, 4);
	lan_free(lan);
}

/* RFC 4861 section 4.3: to the group of its address, with our MAC. */
static void test_solicitation(void **state)
{
	static const uint8_t group[16] = { 0xff, 0x02, [11] = 1, 0xff, [15] = 2 };
	static const uint8_t mac[6] = { 0x33, 0x33, 0xff, 0, 0, 2 };
	struct lan *lan = lan_new();
	const uint8_t *frame;

	(void)state;
	ask(lan, false);
	assert_int_equal(lan->sent, 1);
	frame = lan_last(lan);
	assert_int_equal(lan->len[0], 14 + 40 + 32);
	same_bytes("to", frame, mac, 6);
	assert_int_equal(be16_at(frame, 12), 0x86dd);
	assert_int_equal(frame[14 + 7], 255);
	same_bytes("source", frame + 14 + 8, us6, 16);
	same_bytes("destination", frame + 14 + 24, group, 16);
	assert_int_equal(frame[54], SOLICITATION);
	assert_int_equal(frame[55], 0);
	same_bytes("target", frame + 62, peer6, 16);
	same_bytes("option", frame + 78, (uint8_t[]){ 1, 1 }, 2);
	same_bytes("our MAC", frame + 80, our_mac, 6);
	lan_free(lan);
}

/* --- how often -------------------------------------------------------------- */

static void test_nobody_answers(void **state)
{
	struct lan *lan = lan_new();

	(void)state;
	ask(lan, true);
	lan_advance(lan, 3 * SECOND - 1);
	assert_int_equal(lan->sent, 3);
	assert_int_equal(lan->unresolved, 0);
	lan_advance(lan, 1);
	assert_int_equal(lan->unresolved, 1);
	assert_int_equal(lan->index, 0);
	same_bytes("hop", lan->hop, peer, 16);
	lan_advance(lan, 60 * SECOND);
	assert_int_equal(lan->sent, 3);
	assert_int_equal(lan->unresolved, 1);
	assert_int_equal(lan->resolved, 0);
	lan_free(lan);
}

/* However many want it (RFC 1122 section 2.3.2.1). */
static void test_asked_once_a_second(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		ask(lan, true);
		lan_advance(lan, 50);
	}
	assert_int_equal(lan->sent, 1);
	frame_arp(&frame, 2, peer_mac, peer, us);
	lan_receive(lan, &frame);
	told(lan, peer_mac);
	for (i = 0; i < 8; i++) {
		ask(lan, true);
		lan_advance(lan, 50);
		assert_int_equal(lan->resolved, 2 + i);
	}
	assert_int_equal(lan->sent, 1);
	lan_advance(lan, SECOND);
	assert_int_equal(lan->resolved, 9);
	assert_int_equal(lan->sent, 1);
	/* What was said then may be wrong by now. */
	ask(lan, true);
	assert_int_equal(lan->sent, 2);
	lan_advance(lan, SECOND);
	assert_int_equal(lan->sent, 3);
	assert_int_equal(lan->resolved, 9);
	lan_free(lan);
}

/* --- who is believed -------------------------------------------------------- */

static void test_arp_reply(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	ask(lan, true);
	lan_advance(lan, 1500);
	frame_arp(&frame, 2, peer_mac, peer, us);
	lan_receive(lan, &frame);
	told(lan, peer_mac);
	assert_int_equal(lan->index, 0);
	same_bytes("hop", lan->hop, peer, 16);
	/* The first answer counts, and once. */
	frame_arp(&frame, 2, other_mac, peer, us);
	lan_receive(lan, &frame);
	told(lan, peer_mac);
	ask(lan, true);
	assert_int_equal(lan->resolved, 2);
	same_bytes("MAC", lan->mac, peer_mac, 6);
	lan_advance(lan, 10 * SECOND);
	assert_int_equal(lan->resolved, 2);
	assert_int_equal(lan->sent, 2);
	lan_free(lan);
}

static void not_believed(struct lan *lan, const struct frame *frame)
{
	lan_receive(lan, frame);
	told(lan, NULL);
}

static void test_no_arp_reply(void **state)
{
	static const uint8_t none[6];
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	/* Before it was asked. */
	frame_arp(&frame, 2, peer_mac, peer, us);
	not_believed(lan, &frame);
	ask(lan, true);
	frame_arp(&frame, 1, peer_mac, peer, us);	/* who asks has not answered */
	not_believed(lan, &frame);
	frame_arp(&frame, 2, peer_mac, peer, peer);	/* to all */
	not_believed(lan, &frame);
	frame_arp(&frame, 2, peer_mac, stranger, us);
	not_believed(lan, &frame);
	frame_arp(&frame, 2, group_mac, peer, us);
	not_believed(lan, &frame);
	frame_arp(&frame, 2, our_mac, peer, us);
	not_believed(lan, &frame);
	frame_arp(&frame, 2, none, peer, us);
	not_believed(lan, &frame);
	frame_arp(&frame, 2, peer_mac, peer, us);
	lan_receive_tagged(lan, &frame, VID);
	told(lan, NULL);
	frame.len--;
	not_believed(lan, &frame);
	frame.len++;
	lan_receive(lan, &frame);
	told(lan, peer_mac);
	lan_free(lan);
}

#define SOLICITED	0x40
#define OVERRIDE	0x20

static const struct nd good = { ADVERTISEMENT, SOLICITED, NULL, NULL, NULL, peer_mac };

static void test_advertisement(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	ask(lan, false);
	frame_nd(&frame, &good);
	lan_receive(lan, &frame);
	told(lan, peer_mac);
	assert_int_equal(lan->index, 1);
	same_bytes("hop", lan->hop, peer6, 16);
	lan_free(lan);
}

/* RFC 4861 section 7.1.2, and what nobody asked for. */
static void test_no_advertisement(void **state)
{
	static const uint8_t also_us[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 3 };
	static const struct nd bad[] = {
		{ ADVERTISEMENT, OVERRIDE, NULL, NULL, NULL, peer_mac },
		{ ADVERTISEMENT, SOLICITED | OVERRIDE, NULL, NULL, NULL, NULL },
		{ ADVERTISEMENT, SOLICITED, NULL, all_nodes, NULL, peer_mac },
		{ ADVERTISEMENT, SOLICITED, NULL, also_us, NULL, peer_mac },
		{ ADVERTISEMENT, SOLICITED, NULL, NULL, stranger6, peer_mac },
		{ ADVERTISEMENT, SOLICITED, NULL, NULL, NULL, group_mac },
		{ SOLICITATION, 0, peer6, NULL, us6, peer_mac },
	};
	struct lan *lan = lan_new();
	struct frame frame;
	unsigned int i;

	(void)state;
	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, OHBA_FAMILY_IPV6, also_us, 0, 0), 0);
	frame_nd(&frame, &good);
	not_believed(lan, &frame);
	ask(lan, false);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		frame_nd(&frame, &bad[i]);
		not_believed(lan, &frame);
	}
	frame_nd(&frame, &good);
	frame.data[7] = 254;		/* through a router */
	not_believed(lan, &frame);
	frame_nd(&frame, &good);
	frame.data[42] ^= 1;		/* checksum */
	not_believed(lan, &frame);
	frame_nd(&frame, &good);
	frame.data[65] = 0;		/* an option without length */
	frame_sums(&frame, 2);
	not_believed(lan, &frame);
	frame_nd(&frame, &good);
	frame.data[41] = 1;		/* a code */
	frame_sums(&frame, 2);
	not_believed(lan, &frame);
	frame_nd(&frame, &good);
	lan_receive_tagged(lan, &frame, VID);
	told(lan, NULL);
	lan_receive(lan, &frame);
	told(lan, peer_mac);
	lan_free(lan);
}

/* --- where ------------------------------------------------------------------ */

static void test_on_a_vlan(void **state)
{
	struct lan *lan = lan_new_tagged(VID);
	struct frame frame;

	(void)state;
	ask(lan, true);
	assert_int_equal(be16_at(lan_last(lan), 12), 0x8100);
	assert_int_equal(be16_at(lan_last(lan), 14), VID);
	assert_int_equal(be16_at(lan_last(lan), 16), 0x0806);
	frame_arp(&frame, 2, other_mac, peer, us);
	not_believed(lan, &frame);
	frame_arp(&frame, 2, peer_mac, peer, us);
	lan_receive_tagged(lan, &frame, VID);
	told(lan, peer_mac);
	lan_free(lan);
}

static void test_from_which_address(void **state)
{
	struct lan *lan = lan_new();

	(void)state;
	assert_int_equal(ohba_wire_resolve(lan->wire, OHBA_IFACES_MAX, OHBA_FAMILY_IPV4, peer),
			 OHBA_ST_INVALID_HANDLE);
	assert_int_equal(ohba_wire_resolve(lan->wire, 2, OHBA_FAMILY_IPV4, peer),
			 OHBA_ST_INVALID_HANDLE);
	assert_int_equal(ohba_wire_resolve(lan->wire, 1, OHBA_FAMILY_IPV4, peer),
			 OHBA_ST_INVALID_HANDLE);
	assert_int_equal(lan->sent, 0);
	lan_free(lan);
}

/* The questions of an address go with it, answered or not. */
static void test_address_goes(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	ask(lan, true);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 0, 0, nobody, 0, 0), 0);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 0, OHBA_FAMILY_IPV4, us, 0, 0), 0);
	lan->sent = 0;
	frame_arp(&frame, 2, peer_mac, peer, us);
	not_believed(lan, &frame);
	lan_advance(lan, 10 * SECOND);
	told(lan, NULL);
	assert_int_equal(lan->sent, 0);
	ask(lan, true);
	lan_receive(lan, &frame);
	told(lan, peer_mac);
	lan_free(lan);
}

/* And with the engine, which the next start finds as new. */
static void test_stop(void **state)
{
	struct lan *lan = lan_new();

	(void)state;
	ask(lan, true);
	ask(lan, false);
	ohba_wire_stop(lan->wire);
	lan->sent = 0;
	lan_advance(lan, 10 * SECOND);
	assert_int_equal(lan->sent, 0);
	told(lan, NULL);
	ohba_wire_start(lan->wire);
	lan_free(lan);
}

/* --- how many --------------------------------------------------------------- */

static enum ohba_status ask_for(struct lan *lan, unsigned int n)
{
	uint8_t hop[16] = { 192, 0, 3, n };

	return ohba_wire_resolve(lan->wire, 0, OHBA_FAMILY_IPV4, hop);
}

static void test_many(void **state)
{
	struct lan *lan = lan_new();
	unsigned int i;

	(void)state;
	for (i = 0; i < TABLE; i++)
		assert_int_equal(ask_for(lan, i), 0);
	assert_int_equal(ohba_wire_resolve(lan->wire, 0, OHBA_FAMILY_IPV4, peer),
			 OHBA_ST_NO_RESOURCES);
	assert_int_equal(ask_for(lan, 7), 0);
	assert_int_equal(lan->sent, TABLE);
	lan_advance(lan, 3 * SECOND);
	assert_int_equal(lan->sent, 3 * TABLE);
	assert_int_equal(lan->unresolved, TABLE);
	assert_int_equal(ohba_wire_resolve(lan->wire, 0, OHBA_FAMILY_IPV4, peer), 0);
	lan_free(lan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arp_request),
		cmocka_unit_test(test_solicitation),
		cmocka_unit_test(test_nobody_answers),
		cmocka_unit_test(test_asked_once_a_second),
		cmocka_unit_test(test_arp_reply),
		cmocka_unit_test(test_no_arp_reply),
		cmocka_unit_test(test_advertisement),
		cmocka_unit_test(test_no_advertisement),
		cmocka_unit_test(test_on_a_vlan),
		cmocka_unit_test(test_from_which_address),
		cmocka_unit_test(test_address_goes),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the wire engine must not answer or believe, and how it answers the rest. Frames
 * are made by hand.
 */
#include "lan.h"

/* --- what is answered, and how ---------------------------------------------- */

/* Strangers have no path, and the host is not asked for one. */
static void test_strangers_are_answered_where_they_are(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;
	int v4;

	(void)state;
	for (v4 = 0; v4 < 2; v4++) {
		frame_syn(&frame, v4);
		lan_receive(lan, &frame);
		assert_int_equal(lan_last(lan)[14 + (v4 ? 20 : 40) + 13] & RST, RST);
		same_bytes("MAC", lan_last(lan), stranger_mac, 6);
		frame_echo(&frame, v4);
		lan_receive(lan, &frame);
		same_bytes("MAC", lan_last(lan), stranger_mac, 6);
		same_bytes("echo", lan_last(lan) + 14 + (v4 ? 24 : 44), frame_payload(&frame) + 4, 60);
	}
	assert_int_equal(lan->sent, 4);
	assert_int_equal(lan->wanted, 0);
	assert_int_equal(lan->to_host, 0);
	lan_free(lan);
}

/* On two networks the same address: the answer stays on that of the question. */
static void test_answers_stay_on_their_network(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;
	int v4;

	(void)state;
	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, OHBA_FAMILY_IPV4, us, 7, 0), 0);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 3, OHBA_FAMILY_IPV6, us6, 7, 0), 0);
	lan->sent = 0;
	for (v4 = 0; v4 < 2; v4++) {
		frame_syn(&frame, v4);
		lan_receive(lan, &frame);
		assert_int_equal(be16_at(lan_last(lan), 12), v4 ? 0x0800 : 0x86dd);
		lan_receive_tagged(lan, &frame, 7);
		assert_int_equal(be32_at(lan_last(lan), 12), 0x81000007);
		lan_receive_tagged(lan, &frame, 8);
	}
	assert_int_equal(lan->sent, 4);
	assert_int_equal(lan->to_host, 2);
	lan_free(lan);
}

/* RFC 5227 section 2.3, RFC 4861 section 7.2.6. */
static void test_announcements(void **state)
{
	static const uint8_t moved[16] = { 192, 0, 2, 99 };
	struct lan *lan = lan_new();

	(void)state;
	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, OHBA_FAMILY_IPV4, moved, 7, 0), 0);
	assert_int_equal(lan->sent, 1);
	same_bytes("to", lan_last(lan), all_mac, 6);
	assert_int_equal(be32_at(lan_last(lan), 12), 0x81000007);
	assert_int_equal(be16_at(lan_last(lan), 16), 0x0806);
	assert_int_equal(be16_at(lan_last(lan), 18 + 6), 1);
	same_bytes("sender's MAC", lan_last(lan) + 18 + 8, our_mac, 6);
	same_bytes("sender", lan_last(lan) + 18 + 14, moved, 4);
	same_bytes("target", lan_last(lan) + 18 + 24, moved, 4);
	/* As it is already: nothing new. */
	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, OHBA_FAMILY_IPV4, moved, 7, 0), 0);
	assert_int_equal(lan->sent, 1);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, 0, moved, 0, 0), 0);

	ohba_wire_set_link(lan->wire, false);
	lan_settle(lan);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 2, OHBA_FAMILY_IPV6, stranger6, 0, 0), 0);
	assert_int_equal(lan->sent, 1);
	ohba_wire_set_link(lan->wire, true);
	lan_settle(lan);
	assert_int_equal(lan->sent, 1 + 3);
	same_bytes("to", lan_last(lan), (const uint8_t[]){ 0x33, 0x33, 0, 0, 0, 1 }, 6);
	same_bytes("source", lan_last(lan) + 14 + 8, stranger6, 16);
	same_bytes("to all", lan_last(lan) + 14 + 24, all_nodes, 16);
	assert_int_equal(be32_at(lan_last(lan), 54 + 4), 0x20000000);	/* override */
	same_bytes("target", lan_last(lan) + 54 + 8, stranger6, 16);
	same_bytes("MAC", lan_last(lan) + 54 + 26, our_mac, 6);
	ohba_wire_set_link(lan->wire, true);
	lan_settle(lan);
	assert_int_equal(lan->sent, 1 + 3);
	/* Told twice before the loop's turn; gone again before it. */
	ohba_wire_set_link(lan->wire, false);
	ohba_wire_set_link(lan->wire, true);
	ohba_wire_set_link(lan->wire, true);
	lan_settle(lan);
	assert_int_equal(lan->sent, 1 + 3 + 3);
	ohba_wire_set_link(lan->wire, false);
	ohba_wire_set_link(lan->wire, true);
	ohba_wire_set_link(lan->wire, false);
	lan_settle(lan);
	assert_int_equal(lan->sent, 1 + 3 + 3);
	lan_free(lan);
}

static void test_priority_tag_is_no_vlan(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	frame_arp(&frame, 1, stranger_mac, stranger, us);
	lan_receive_tagged(lan, &frame, 3 << 13);
	assert_int_equal(lan->sent, 1);
	assert_int_equal(be16_at(lan_last(lan), 12), 0x0806);
	lan_receive_tagged(lan, &frame, 3 << 13 | 1);
	assert_int_equal(lan->sent, 1);
	lan_free(lan);

	lan = lan_new_tagged(5 << 13);
	lan_receive(lan, &frame);
	assert_int_equal(be32_at(lan_last(lan), 12), 0x81000000 | 5 << 13);
	lan_free(lan);
}

/* RFC 1122 section 3.2.2: or everybody answers what was sent to everybody. */
static void test_sent_to_all_is_not_answered(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;
	int v4;

	(void)state;
	for (v4 = 0; v4 < 2; v4++) {
		frame_syn(&frame, v4);
		memcpy(frame.eth, all_mac, 6);
		lan_expect_for_host(lan, &frame);
		frame_echo(&frame, v4);
		memcpy(frame.eth, group_mac, 6);
		lan_expect_for_host(lan, &frame);
		/* Nor is an answer sent to all. */
		memcpy(frame.eth, our_mac, 6);
		memcpy(frame.eth + 6, group_mac, 6);
		lan_expect_for_host(lan, &frame);
	}
	lan_free(lan);
}

static void test_what_is_for_others(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	frame_syn(&frame, true);
	memcpy(frame.eth, other_mac, 6);
	lan_expect_for_host(lan, &frame);
	frame_syn(&frame, true);
	frame.data[19]++;		/* the address */
	lan_expect_for_host(lan, &frame);
	lan_free(lan);
}

/*
 * lwIP goes by the version in the packet: a frame of the wrong type would get past us
 * to its neighbour discovery and extension headers.
 */
static void test_versions_that_differ(void **state)
{
	struct lan *lan = lan_new();
	uint8_t src[16] = { 0xfe, 0x80, [15] = 9 };
	struct frame frame;

	(void)state;
	memcpy(src + 8, us, 4);		/* where IPv4 has the destination */
	frame_eth(&frame, our_mac, stranger_mac, 0);
	frame_ip(&frame, false, src, us6, 0, 40);
	frame.data[9] = 6;		/* where IPv4 has the protocol */
	frame.data[7] = 0;		/* or it would be a fragment */
	put_be16(frame.eth, 12, 0x0800);
	lan_expect_for_host(lan, &frame);
	frame_syn(&frame, true);
	memset(frame.data + 40, 0, 40);
	memcpy(frame.data + 24, us6, 16);
	frame.data[6] = 6;
	frame.len = 80;
	put_be16(frame.eth, 12, 0x86dd);
	lan_expect_for_host(lan, &frame);
	lan_free(lan);
}

/* Each of the other version's ICMP would bring an error message. */
static void test_icmp_of_the_other_version(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	frame_echo(&frame, true);
	frame.data[9] = 58;
	frame_payload(&frame)[0] = 128;
	frame_sums(&frame, 2);
	lan_expect_for_host(lan, &frame);
	frame_echo(&frame, false);
	frame.data[6] = 1;
	frame_payload(&frame)[0] = 8;
	frame_sums(&frame, 2);
	lan_expect_for_host(lan, &frame);
	lan_free(lan);
}

/* Nothing here puts them together, or looks behind them. */
static void test_fragments_and_extension_headers(void **state)
{
	static const uint16_t fragments[] = { 0x2000, 0x0001, 0x1fff, 0x3fff };
	static const uint8_t extensions[] = { 0, 43, 44, 60, 59 };
	struct lan *lan = lan_new();
	struct frame frame;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(fragments); i++) {
		frame_echo(&frame, true);
		put_be16(frame.data, 6, fragments[i]);
		frame_sums(&frame, 2);
		lan_expect_for_host(lan, &frame);
		frame_syn(&frame, true);
		put_be16(frame.data, 6, fragments[i]);
		frame_sums(&frame, 16);
		lan_expect_for_host(lan, &frame);
	}
	for (i = 0; i < ARRAY_SIZE(extensions); i++) {
		frame_syn(&frame, false);
		frame.data[6] = extensions[i];
		frame.data[40] = 6;
		lan_expect_for_host(lan, &frame);
	}
	frame_syn(&frame, true);
	put_be16(frame.data, 6, 0x4000);	/* may not be fragmented: none */
	frame_sums(&frame, 16);
	lan_receive(lan, &frame);
	assert_int_equal(lan->sent, 1);
	lan_free(lan);
}

/* Errors are the host's: none ends or slows a connection. */
static void test_icmp_errors(void **state)
{
	static const struct {
		bool v4;
		uint8_t type, code;
	} errors[] = {
		{ true, 3, 1 }, { true, 3, 4 }, { true, 5, 1 }, { true, 11, 0 },
		{ false, 1, 0 }, { false, 2, 0 }, { false, 137, 0 }, { false, 134, 0 },
	};
	struct lan *lan = lan_connected();
	struct frame frame;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		frame_echo(&frame, errors[i].v4);
		frame_payload(&frame)[0] = errors[i].type;
		frame_payload(&frame)[1] = errors[i].code;
		frame_sums(&frame, 2);
		lan_expect_for_host(lan, &frame);
	}
	assert_int_equal(lan->broken, 0);
	assert_int_equal(lan->ops->mss(lan->tcp), 1460);
	lan_free(lan);
}

/* Cut anywhere, a frame is answered by nobody. */
static void test_short_frames(void **state)
{
	struct nd nd = { .type = SOLICITATION, .mac = stranger_mac };
	struct lan *lan = lan_new();
	struct frame frame[6];
	unsigned int i;
	size_t len;

	(void)state;
	frame_syn(&frame[0], true);
	frame_syn(&frame[1], false);
	frame_echo(&frame[2], true);
	frame_echo(&frame[3], false);
	frame_arp(&frame[4], 1, stranger_mac, stranger, us);
	frame_nd(&frame[5], &nd);
	for (i = 0; i < ARRAY_SIZE(frame); i++) {
		for (len = 0; len < 14 + frame[i].len; len++)
			assert_true(lan_receive_bytes(lan, frame[i].eth, len));
		lan_settle(lan);
		assert_int_equal(lan->sent, i);
		lan_receive(lan, &frame[i]);
		assert_int_equal(lan->sent, i + 1);
	}
	put_be16(frame[0].eth, 12, 0x8100);
	for (len = 14; len < 18; len++)
		assert_true(lan_receive_bytes(lan, frame[0].eth, len));
	lan_settle(lan);
	assert_int_equal(lan->sent, 6);
	lan_free(lan);
}

static void receive_long_echo(struct lan *lan, size_t len)
{
	struct frame frame;

	frame_eth(&frame, our_mac, stranger_mac, 0);
	frame_ip(&frame, true, stranger, us, 1, len - 20)[0] = 8;
	frame_sums(&frame, 2);
	lan_receive(lan, &frame);
}

/* Without a tag there is room in a frame for a packet that with one would be too long. */
static void test_as_long_as_can_be(void **state)
{
	struct lan *lan = lan_new_tagged(1 << 13);
	unsigned int sent = lan->sent;

	(void)state;
	ohba_wire_mirror(lan->wire, true);
	receive_long_echo(lan, OHBA_WIRE_MTU_MAX);
	assert_int_equal(lan->sent, sent + 1);
	assert_int_equal(lan->len[sent % FRAMES_KEPT], 18 + OHBA_WIRE_MTU_MAX);
	receive_long_echo(lan, OHBA_WIRE_MTU_MAX + 4);
	assert_int_equal(lan->sent, sent + 1);
	lan_free(lan);
}

/* Packets that say that they are longer than their frame, or shorter than a header. */
static void test_lengths_that_cannot_be(void **state)
{
	static const uint16_t lengths[] = { 0, 1, 19, 41, 65535 };
	struct lan *lan = lan_new();
	struct frame frame;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		frame_syn(&frame, true);
		put_be16(frame.data, 2, lengths[i]);
		frame_sums(&frame, 16);
		lan_expect_for_host(lan, &frame);
	}
	for (i = 0; i < 16; i++) {
		if (i == 5)
			continue;
		frame_syn(&frame, true);
		frame.data[0] = 0x40 | i;
		put_be16(frame.data, 2, i < 5 ? 40 : i * 4 - 1);
		lan_expect_for_host(lan, &frame);
	}
	frame_syn(&frame, false);
	put_be16(frame.data, 4, 21);
	lan_expect_for_host(lan, &frame);
	lan_free(lan);
}

/* --- neighbours ------------------------------------------------------------- */

/* Where a segment of the connection goes. */
static void expect_hop(struct lan *lan, const uint8_t *mac)
{
	lan_segment(lan, ACK, lan->next - 1, 1);	/* a duplicate is acknowledged */
	same_bytes("next hop", lan_last(lan), mac, 6);
}

static void test_arp_claims(void **state)
{
	struct lan *lan = lan_connected();
	struct frame frame;

	(void)state;
	frame_arp(&frame, 2, all_mac, peer, us);
	lan_receive(lan, &frame);
	expect_hop(lan, peer_mac);
	frame_arp(&frame, 2, our_mac, peer, us);
	lan_receive(lan, &frame);
	expect_hop(lan, peer_mac);
	frame_arp(&frame, 1, other_mac, stranger, us);
	lan_receive(lan, &frame);
	expect_hop(lan, peer_mac);
	frame_arp(&frame, 1, other_mac, peer, peer);
	lan_receive_tagged(lan, &frame, 100);
	expect_hop(lan, peer_mac);
	lan_receive(lan, &frame);
	expect_hop(lan, other_mac);
	lan_free(lan);
}

/* A request in the name of a group would have us answer to all. */
static void test_arp_answers_one(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	frame_arp(&frame, 1, all_mac, stranger, us);
	lan_receive(lan, &frame);
	assert_int_equal(lan->sent, 0);
	lan_free(lan);
}

static unsigned int probes_to(struct lan *lan, const uint8_t *mac, unsigned int from)
{
	unsigned int n = 0;

	for (; from < lan->sent; from++)
		n += be16_at(lan->frame[from % FRAMES_KEPT], 12) == 0x0806 &&
		     !memcmp(lan->frame[from % FRAMES_KEPT], mac, 6);
	return n;
}

/* Who moved, or says so, is asked soon, and often claims make no more of it. */
static void test_move_is_questioned(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;
	unsigned int i;

	(void)state;
	lan_set_paths(lan);
	frame_arp(&frame, 1, other_mac, peer, peer);
	for (i = 0; i < 100; i++)
		lan_receive(lan, &frame);
	assert_int_equal(lan->sent, 0);
	lan_advance(lan, 1000);
	assert_int_equal(probes_to(lan, other_mac, 0), 1);
	frame_arp(&frame, 2, other_mac, peer, us);
	lan_receive(lan, &frame);
	i = lan->sent;
	lan_advance(lan, 9000);
	assert_int_equal(probes_to(lan, other_mac, i), 0);
	lan_advance(lan, 1000);
	assert_int_equal(probes_to(lan, other_mac, i), 1);
	lan_free(lan);
}

/* Whatever is announced: a next hop that leaves questions open is asked about. */
static void test_announcements_confirm_nothing(void **state)
{
	struct lan *lan = lan_connected();
	struct frame frame;
	unsigned int i;

	(void)state;
	frame_arp(&frame, 1, peer_mac, peer, peer);
	for (i = 0; i < 14; i++) {
		lan_advance(lan, 1000);
		lan_receive(lan, &frame);
	}
	assert_int_equal(probes_to(lan, peer_mac, 0), 3);
	assert_int_equal(lan->wanted, 1);
	lan_free(lan);
}

/* Before the question, an answer is an announcement. */
static void test_answers_that_were_not_asked_for(void **state)
{
	struct lan *lan = lan_new();
	struct frame frame;

	(void)state;
	lan_set_paths(lan);
	lan_advance(lan, 9000);
	frame_arp(&frame, 2, peer_mac, peer, us);
	lan_receive(lan, &frame);
	lan_advance(lan, 1000);
	assert_int_equal(probes_to(lan, peer_mac, 0), 1);
	lan_free(lan);
}

#define NA(...)	((struct nd){ .type = ADVERTISEMENT, __VA_ARGS__ })
#define SOLICITED	0x40
#define OVERRIDE	0x20

/* Returns where frames to the peer go after @frame: to whom the next probe is sent. */
static const uint8_t *hop_after(struct lan *lan, const struct frame *frame)
{
	unsigned int sent;

	ohba_wire_path_set(lan->wire, 1, OHBA_FAMILY_IPV6, peer6, peer6, peer_mac);
	lan_receive(lan, frame);
	sent = lan->sent;
	lan_advance(lan, 10000);
	while (be16_at(lan->frame[sent % FRAMES_KEPT], 12) != 0x86dd)
		assert_true(++sent < lan->sent);
	return lan->frame[sent % FRAMES_KEPT];
}

/* RFC 4861 sections 7.1.2 and 7.2.5. */
static void test_advertisements(void **state)
{
	static const struct {
		const char *what;
		struct nd nd;
		bool moves;
	} cases[] = {
		{ "override", NA(.flags = OVERRIDE, .mac = other_mac), true },
		{ "override, to all", NA(.flags = OVERRIDE, .mac = other_mac, .dst = all_nodes), true },
		{ "no override", NA(.mac = other_mac), false },
		{ "answer, no override", NA(.flags = SOLICITED, .mac = other_mac), false },
		{ "no address", NA(.flags = OVERRIDE | SOLICITED), false },
		{ "an answer to all", NA(.flags = OVERRIDE | SOLICITED, .mac = other_mac,
					 .dst = all_nodes), false },
		{ "a group's", NA(.flags = OVERRIDE, .mac = group_mac), false },
		{ "ours", NA(.flags = OVERRIDE, .mac = our_mac), false },
		{ "of another", NA(.flags = OVERRIDE, .mac = other_mac, .target = stranger6), false },
	};
	struct lan *lan = lan_new();
	struct frame frame;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		frame_nd(&frame, &cases[i].nd);
		same_bytes(cases[i].what, hop_after(lan, &frame),
			   cases[i].moves ? other_mac : peer_mac, 6);
	}
	lan_free(lan);
}

/* RFC 4861 section 7.1: each of these is dropped. */
static void test_nd_that_is_not_valid(void **state)
{
	struct nd na = NA(.flags = OVERRIDE, .mac = other_mac);
	static const struct {
		uint8_t at, value;	/* of the packet; sums are filled anew */
	} cases[] = {
		{ 7, 254 },		/* a router passed it on */
		{ 41, 1 },		/* code */
		{ 65, 0 },		/* an option of no length */
		{ 65, 2 },		/* one beyond the end */
		{ 0, 0x40 },		/* version */
	};
	struct lan *lan = lan_new();
	struct frame frame;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		frame_nd(&frame, &na);
		frame.data[cases[i].at] = cases[i].value;
		if (cases[i].at)
			frame_sums(&frame, 2);
		same_bytes("hop", hop_after(lan, &frame), peer_mac, 6);
	}
	frame_nd(&frame, &na);
	frame.data[43]++;		/* checksum */
	same_bytes("hop", hop_after(lan, &frame), peer_mac, 6);
	frame_nd(&frame, &na);
	put_be16(frame.data, 4, 33);	/* longer than the frame */
	same_bytes("hop", hop_after(lan, &frame), peer_mac, 6);
	frame_nd(&frame, &na);
	same_bytes("hop", hop_after(lan, &frame), other_mac, 6);
	lan_free(lan);
}

#define NS(...)	((struct nd){ .type = SOLICITATION, __VA_ARGS__ })

static void test_solicitations(void **state)
{
	static const struct {
		const char *what;
		struct nd nd;
		const uint8_t *to;	/* NULL: no answer */
	} cases[] = {
		{ "of a neighbour", NS(.mac = other_mac), other_mac },
		{ "to the group", NS(.dst = solicited_node), other_mac },
		{ "is it free?", NS(.src = nobody, .dst = solicited_node), group_mac },
		{ "is it free?, by somebody", NS(.src = nobody, .dst = solicited_node,
						 .mac = other_mac), NULL },
		{ "is it free?, to us alone", NS(.src = nobody), NULL },
		{ "of a group", NS(.src = all_nodes), NULL },
		{ "for another", NS(.target = peer6), NULL },
	};
	static const uint8_t all_nodes_mac[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	struct lan *lan = lan_new();
	struct frame frame;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const uint8_t *to = cases[i].to == group_mac ? all_nodes_mac : cases[i].to;
		unsigned int sent = lan->sent;

		frame_nd(&frame, &cases[i].nd);
		lan_receive(lan, &frame);
		if (lan->sent != sent + !!to)
			fail_msg("%s: %u answers", cases[i].what, lan->sent - sent);
		if (to)
			same_bytes(cases[i].what, lan_last(lan), to, 6);
	}
	lan_free(lan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strangers_are_answered_where_they_are),
		cmocka_unit_test(test_answers_stay_on_their_network),
		cmocka_unit_test(test_announcements),
		cmocka_unit_test(test_priority_tag_is_no_vlan),
		cmocka_unit_test(test_sent_to_all_is_not_answered),
		cmocka_unit_test(test_what_is_for_others),
		cmocka_unit_test(test_versions_that_differ),
		cmocka_unit_test(test_icmp_of_the_other_version),
		cmocka_unit_test(test_fragments_and_extension_headers),
		cmocka_unit_test(test_icmp_errors),
		cmocka_unit_test(test_short_frames),
		cmocka_unit_test(test_as_long_as_can_be),
		cmocka_unit_test(test_lengths_that_cannot_be),
		cmocka_unit_test(test_arp_claims),
		cmocka_unit_test(test_arp_answers_one),
		cmocka_unit_test(test_move_is_questioned),
		cmocka_unit_test(test_announcements_confirm_nothing),
		cmocka_unit_test(test_answers_that_were_not_asked_for),
		cmocka_unit_test(test_advertisements),
		cmocka_unit_test(test_nd_that_is_not_valid),
		cmocka_unit_test(test_solicitations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

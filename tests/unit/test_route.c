// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who says where frames go (SPEC.md 6.2): the host, or, if it has no helper or says
 * nothing, the adapter by what was set by hand; and whose word counts if both do.
 */
#include "entries.h"
#include "net.h"

#define SECOND	(1000 * MS)
#define VID	100

static const uint8_t other_mac[6] = { 0x02, 0, 0, 0, 0, 0x77 };
static const uint8_t far[16] = { 198, 51, 100, 9 }, far_too[16] = { 198, 51, 100, 10 };
static const uint8_t ours6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
static const uint8_t router6[16] = { 0xfe, 0x80, [15] = 9 };
static const uint8_t far6[16] = { 0x20, 0x01, 0x0d, 0xb9, [15] = 9 };

/* --- what is set by hand ------------------------------------------------------ */

static void configure(struct net *net, const struct ohba_config *config)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONFIG_SET, 0);
	uint64_t addr = mem_alloc(net->host->mem, sizeof(*config), MEM_OUT);

	memcpy(mem_ptr(net->host->mem, addr), config, sizeof(*config));
	sqe_data(&sqe, addr, sizeof(*config));
	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
}

static struct ohba_config by_hand(void)
{
	struct ohba_config config = { 0 };

	config.iface[0] = (struct ohba_iface_config) {
		.family = OHBA_FAMILY_IPV4, .flags = OHBA_IFCONF_ENABLED, .prefix = 24,
	};
	memcpy(config.iface[0].addr, net_ours, 16);
	memcpy(config.iface[0].router, net_router, 16);
	return config;
}

/* net_ours/24 with net_router, as the host found it in what is kept. */
static struct net *net_by_hand(void)
{
	struct ohba_config config = by_hand();
	struct net *net = net_new();

	configure(net, &config);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	return net;
}

/* --- the host ------------------------------------------------------------------ */

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

static void refuse(struct net *net, uint8_t family, const uint8_t *dst, uint16_t status)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PATH_SET, 0);
	struct ohba_path path = { .family = family, .status = htole16(status) };

	memcpy(path.dst, dst, sizeof(path.dst));
	memcpy(sqe.body, &path, sizeof(path));
	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
}

/* It is asked for a path to @dst, and has nobody who would know. */
static void no_helper(struct net *net, uint8_t family, const uint8_t *dst)
{
	net_wanted(net, family, dst);
	refuse(net, family, dst, OHBA_ST_NO_HELPER);
}

static void ended(struct net *net, uint32_t tag, uint16_t status)
{
	struct ohba_cqe cqe = host_expect(net->host, OHBA_QID_ADMIN, tag);

	expect_status(&cqe, status);
}

static void pass(struct net *net, unsigned int seconds)
{
	while (seconds--) {
		host_advance(net->host, SECOND);
		host_settle(net->host);
		net->host->nevents = 0;
	}
}

/* --- the network ------------------------------------------------------------------ */

/* The last frame asks all who has @addr. */
static void asks_for(struct net *net, const uint8_t *addr)
{
	const uint8_t *frame = net_last(net);

	assert_int_equal(be16_at(frame, 12), 0x0806);
	assert_int_equal(frame[0], 0xff);
	assert_int_equal(be16_at(frame, 20), 1);
	same_bytes("who has", frame + 38, addr, 4);
}

static void has(struct net *net, const uint8_t *addr, const uint8_t *mac)
{
	uint8_t frame[42];

	memcpy(frame, host_config.mac, 6);
	memcpy(frame + 6, mac, 6);
	memcpy(frame + 12, (uint8_t[]){ 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 2 }, 10);
	memcpy(frame + 22, mac, 6);
	memcpy(frame + 28, addr, 4);
	memcpy(frame + 32, host_config.mac, 6);
	memcpy(frame + 38, net_ours, 4);
	assert_true(net_receive(net, frame, sizeof(frame)));
}

/* The last frame is a SYN to @mac. */
static void connects_by(struct net *net, const uint8_t *mac)
{
	same_bytes("next hop", net_last(net), mac, 6);
	assert_int_equal(be16_at(net_last(net), 12), 0x0800);
	assert_int_equal(net_last(net)[14 + 9], 6);
}

/* --- without a helper --------------------------------------------------------------- */

static void test_neighbour(void **state)
{
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);

	(void)state;
	assert_int_equal(net->sent, 0);
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	assert_int_equal(net->sent, 1);
	asks_for(net, net_peer);
	has(net, net_peer, net_hop_mac);
	connects_by(net, net_hop_mac);
	net_answer_syn(net);
	ended(net, tag, OHBA_ST_SUCCESS);
	/* The next needs nobody. */
	tag = open_to(net, 1, OHBA_FAMILY_IPV4, net_peer);
	connects_by(net, net_hop_mac);
	host_no_event(net->host);
	net_free(net);
}

/* Two that the same router leads to: it is asked once. */
static void test_router(void **state)
{
	struct net *net = net_by_hand();

	(void)state;
	open_to(net, 0, OHBA_FAMILY_IPV4, far);
	no_helper(net, OHBA_FAMILY_IPV4, far);
	asks_for(net, net_router);
	open_to(net, 1, OHBA_FAMILY_IPV4, far_too);
	no_helper(net, OHBA_FAMILY_IPV4, far_too);
	assert_int_equal(net->sent, 1);
	has(net, net_router, net_hop_mac);
	assert_int_equal(net->sent, 3);
	connects_by(net, net_hop_mac);
	net_free(net);
}

static void test_nobody_is_there(void **state)
{
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);

	(void)state;
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	/* The question is repeated, as is the answer: both are known already. */
	host_advance(net->host, 1500 * MS);
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	host_advance(net->host, 1400 * MS);
	assert_int_equal(conn_phase(net->host, 0), OHBA_CONN_CONNECTING);
	assert_int_equal(net->sent, 3);
	host_advance(net->host, 200 * MS);
	ended(net, tag, OHBA_ST_HOST_UNREACH);
	assert_int_equal(net->sent, 3);
	net_free(net);
}

/* Who was there may have another MAC now; the connection does not end. */
static void test_neighbour_moves(void **state)
{
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);

	(void)state;
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	has(net, net_peer, net_hop_mac);
	net_answer_syn(net);
	ended(net, tag, OHBA_ST_SUCCESS);
	host_advance(net->host, 14 * SECOND);
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	asks_for(net, net_peer);
	has(net, net_peer, other_mac);
	conn_close(net->host, 0, 0);
	same_bytes("next hop", net_last(net), other_mac, 6);
	net_free(net);
}

/*
 * The helper gave a path from an address that it got, and is gone: connections are bound to
 * that, whatever else was set by hand.
 */
static void test_path_in_use(void **state)
{
	static const uint8_t elsewhere[16] = { 172, 16, 0, 1 }, gate[16] = { 172, 16, 0, 254 };
	struct ohba_config config = by_hand();
	struct net *net = net_new();
	uint32_t tag;

	(void)state;
	config.iface[0].flags |= OHBA_IFCONF_VLAN;
	config.iface[0].tci = htole16(VID);
	memcpy(config.iface[0].addr, elsewhere, 16);
	memcpy(config.iface[0].router, gate, 16);
	configure(net, &config);
	net_iface(net, 0, OHBA_FAMILY_IPV4, elsewhere, VID);
	net_iface(net, 1, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 1, OHBA_FAMILY_IPV4, far, net_router);
	tag = open_to(net, 0, OHBA_FAMILY_IPV4, far);
	net_answer_syn(net);
	ended(net, tag, OHBA_ST_SUCCESS);
	host_advance(net->host, 14 * SECOND);
	no_helper(net, OHBA_FAMILY_IPV4, far);
	asks_for(net, net_router);
	has(net, net_router, other_mac);
	conn_close(net->host, 0, 0);
	same_bytes("next hop", net_last(net), other_mac, 6);
	assert_int_equal(be16_at(net_last(net), 12), 0x0800);
	net_free(net);
}

/* What was set by hand for that address leads to another router now. */
static void test_other_router(void **state)
{
	static const uint8_t new_router[16] = { 10, 0, 0, 253 };
	struct ohba_config config = by_hand();
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, far);

	(void)state;
	no_helper(net, OHBA_FAMILY_IPV4, far);
	has(net, net_router, net_hop_mac);
	net_answer_syn(net);
	ended(net, tag, OHBA_ST_SUCCESS);
	memcpy(config.iface[0].router, new_router, 16);
	configure(net, &config);
	host_advance(net->host, 14 * SECOND);
	no_helper(net, OHBA_FAMILY_IPV4, far);
	asks_for(net, new_router);
	net_free(net);
}

/* The question outlives who asked; what was set by hand is other by the time of the answer. */
static void test_late_answer(void **state)
{
	static const uint8_t new_router[16] = { 10, 0, 0, 253 };
	struct ohba_config config = by_hand();
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, far);

	(void)state;
	no_helper(net, OHBA_FAMILY_IPV4, far);
	asks_for(net, net_router);
	conn_close(net->host, 0, 0);
	ended(net, tag, OHBA_ST_ABORTED);
	memcpy(config.iface[0].router, new_router, 16);
	configure(net, &config);
	has(net, net_router, net_hop_mac);
	host_settle(net->host);
	host_advance(net->host, SECOND);
	net->sent = 0;
	open_to(net, 0, OHBA_FAMILY_IPV4, far);
	assert_int_equal(net->sent, 0);
	no_helper(net, OHBA_FAMILY_IPV4, far);
	asks_for(net, new_router);
	net_free(net);
}

/* IPv6: a router by its link-local address, asked from the adapter's own. */
static void test_router6(void **state)
{
	struct ohba_config config = by_hand();
	struct net *net = net_new();

	(void)state;
	config.iface[3] = (struct ohba_iface_config) {
		.family = OHBA_FAMILY_IPV6, .flags = OHBA_IFCONF_ENABLED, .prefix = 64,
	};
	memcpy(config.iface[3].addr, ours6, 16);
	memcpy(config.iface[3].router, router6, 16);
	configure(net, &config);
	net_iface(net, 3, OHBA_FAMILY_IPV6, ours6, 0);
	open_to(net, 0, OHBA_FAMILY_IPV6, far6);
	no_helper(net, OHBA_FAMILY_IPV6, far6);
	assert_int_equal(net->sent, 1);
	same_bytes("source", net_last(net) + 22, ours6, 16);
	assert_int_equal(net_last(net)[54], 135);
	same_bytes("target", net_last(net) + 62, router6, 16);
	open_to(net, 1, OHBA_FAMILY_IPV6, net_peer6);
	no_helper(net, OHBA_FAMILY_IPV6, net_peer6);
	same_bytes("target", net_last(net) + 62, net_peer6, 16);
	net_free(net);
}

/* The longest prefix leads; of others only if they are set by hand, too. */
static void test_longest_prefix(void **state)
{
	static const uint8_t closer[16] = { 10, 0, 0, 3 };
	struct ohba_config config = by_hand();
	struct net *net = net_new();

	(void)state;
	config.iface[5] = config.iface[0];
	config.iface[5].flags |= OHBA_IFCONF_VLAN;
	config.iface[5].tci = htole16(VID | 1 << 13);
	config.iface[5].prefix = 29;
	memcpy(config.iface[5].addr, closer, 16);
	configure(net, &config);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_iface(net, 5, OHBA_FAMILY_IPV4, closer, VID | 1 << 13);
	open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	assert_int_equal(be16_at(net_last(net), 12), 0x8100);
	assert_int_equal(be16_at(net_last(net), 14), VID | 1 << 13);
	same_bytes("from", net_last(net) + 32, closer, 4);
	open_to(net, 1, OHBA_FAMILY_IPV4, net_router);
	no_helper(net, OHBA_FAMILY_IPV4, net_router);
	same_bytes("from", net_last(net) + 28, net_ours, 4);
	net_free(net);
}

/* The same router's address on two networks is two neighbours. */
static void test_same_address_elsewhere(void **state)
{
	static const uint8_t closer[16] = { 10, 0, 0, 253 };
	struct ohba_config config = by_hand();
	struct net *net = net_new();

	(void)state;
	config.iface[5] = config.iface[0];
	config.iface[5].flags |= OHBA_IFCONF_VLAN;
	config.iface[5].tci = htole16(VID);
	config.iface[5].prefix = 29;
	memcpy(config.iface[5].addr, closer, 16);
	configure(net, &config);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_iface(net, 5, OHBA_FAMILY_IPV4, closer, VID);
	open_to(net, 0, OHBA_FAMILY_IPV4, net_router);
	no_helper(net, OHBA_FAMILY_IPV4, net_router);
	open_to(net, 1, OHBA_FAMILY_IPV4, far);
	no_helper(net, OHBA_FAMILY_IPV4, far);
	assert_int_equal(net->sent, 2);
	has(net, net_router, net_hop_mac);
	assert_int_equal(net->sent, 3);
	same_bytes("to", net_last(net) + 30, far, 4);
	net_free(net);
}

/* No router leads there. */
static void test_link_local(void **state)
{
	static const uint8_t local[16] = { 169, 254, 1, 9 };
	struct net *net = net_by_hand();

	(void)state;
	open_to(net, 0, OHBA_FAMILY_IPV4, local);
	no_helper(net, OHBA_FAMILY_IPV4, local);
	asks_for(net, local);
	net_free(net);
}

/* It is all that the adapter has: it leads to its neighbours, and no further. */
static void test_link_local_alone(void **state)
{
	static const uint8_t near6[16] = { 0xfe, 0x80, [15] = 7 };
	static const uint8_t local6[16] = { 0xfe, 0x80, [15] = 8 };
	struct ohba_config config = { 0 };
	struct net *net = net_new();
	uint32_t tag;

	(void)state;
	config.iface[1] = (struct ohba_iface_config) {
		.family = OHBA_FAMILY_IPV6, .flags = OHBA_IFCONF_ENABLED,
	};
	memcpy(config.iface[1].local, local6, 16);
	configure(net, &config);
	net_iface(net, 1, OHBA_FAMILY_IPV6, local6, 0);
	tag = open_to(net, 0, OHBA_FAMILY_IPV6, far6);
	no_helper(net, OHBA_FAMILY_IPV6, far6);
	ended(net, tag, OHBA_ST_NO_HELPER);
	assert_int_equal(net->sent, 0);
	open_to(net, 0, OHBA_FAMILY_IPV6, near6);
	no_helper(net, OHBA_FAMILY_IPV6, near6);
	same_bytes("target", net_last(net) + 62, near6, 16);
	net_free(net);
}

/* --- no way --------------------------------------------------------------------------- */

static void leads_nowhere(const struct ohba_config *config, const uint8_t *addr, uint16_t tci,
			  const uint8_t *dst)
{
	struct net *net = net_new();
	uint32_t tag;

	configure(net, config);
	if (addr)
		net_iface(net, 0, OHBA_FAMILY_IPV4, addr, tci);
	tag = open_to(net, 0, OHBA_FAMILY_IPV4, dst);
	no_helper(net, OHBA_FAMILY_IPV4, dst);
	ended(net, tag, OHBA_ST_NO_HELPER);
	assert_int_equal(net->sent, 0);
	net_free(net);
}

static void test_no_way(void **state)
{
	static const uint8_t another[16] = { 10, 0, 0, 9 };
	struct ohba_config none = { 0 }, config = by_hand();

	(void)state;
	leads_nowhere(&none, net_ours, 0, net_peer);
	leads_nowhere(&config, NULL, 0, net_peer);
	leads_nowhere(&config, another, 0, net_peer);
	leads_nowhere(&config, net_ours, VID, net_peer);
	config.iface[0].source = OHBA_ADDR_DHCP;
	leads_nowhere(&config, net_ours, 0, net_peer);
	config = by_hand();
	config.iface[0].flags = 0;
	leads_nowhere(&config, net_ours, 0, net_peer);
	config = by_hand();
	memset(config.iface[0].router, 0, 16);
	leads_nowhere(&config, net_ours, 0, far);
}

/* --- a helper's word -------------------------------------------------------------------- */

/* It came first: what a neighbour says then changes nothing. */
static void test_helper_is_first(void **state)
{
	struct net *net = net_by_hand();

	(void)state;
	open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_router);
	host_settle(net->host);
	connects_by(net, net_hop_mac);
	has(net, net_peer, other_mac);
	net_answer_syn(net);
	conn_close(net->host, 0, 0);
	same_bytes("next hop", net_last(net), net_hop_mac, 6);
	net_free(net);
}

/* It knows that there is no way, while the adapter is still asking. */
static void test_helper_refuses(void **state)
{
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);

	(void)state;
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	refuse(net, OHBA_FAMILY_IPV4, net_peer, OHBA_ST_HOST_UNREACH);
	ended(net, tag, OHBA_ST_HOST_UNREACH);
	/* Nobody waits for the answer any more. */
	has(net, net_peer, net_hop_mac);
	assert_int_equal(net->sent, 1);
	net_free(net);
}

/* The adapter came first, with a neighbour; that there is no helper comes again, late. */
static void test_late_word(void **state)
{
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);

	(void)state;
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	has(net, net_peer, net_hop_mac);
	refuse(net, OHBA_FAMILY_IPV4, net_peer, OHBA_ST_NO_HELPER);
	refuse(net, OHBA_FAMILY_IPV4, net_peer, OHBA_ST_HOST_UNREACH);
	connects_by(net, net_hop_mac);
	net_answer_syn(net);
	ended(net, tag, OHBA_ST_SUCCESS);
	net_free(net);
}

/* --- a host that says nothing --------------------------------------------------------------- */

static void test_silent_host(void **state)
{
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);

	(void)state;
	pass(net, 4);
	assert_int_equal(net->sent, 0);
	pass(net, 2);
	asks_for(net, net_peer);
	has(net, net_peer, net_hop_mac);
	connects_by(net, net_hop_mac);
	net_answer_syn(net);
	ended(net, tag, OHBA_ST_SUCCESS);
	net_free(net);
}

/* Nobody answers the adapter either: the host may still know better. */
static void test_silent_host_knows_better(void **state)
{
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);

	(void)state;
	pass(net, 10);
	assert_true(net->sent >= 3);
	assert_int_equal(conn_phase(net->host, 0), OHBA_CONN_CONNECTING);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_router);
	host_settle(net->host);
	net_answer_syn(net);
	ended(net, tag, OHBA_ST_SUCCESS);
	net_free(net);
}

/* A question of long ago, which nobody answered, is not this one. */
static void test_patience_begins_anew(void **state)
{
	struct net *net = net_by_hand();
	uint32_t tag = open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);

	(void)state;
	pass(net, 16);
	ended(net, tag, OHBA_ST_CONN_TIMEOUT);
	pass(net, 60);
	net->sent = 0;
	open_to(net, 0, OHBA_FAMILY_IPV4, net_peer);
	pass(net, 4);
	assert_int_equal(net->sent, 0);
	pass(net, 2);
	assert_true(net->sent);
	net_free(net);
}

/* --- sessions of the adapter's own ----------------------------------------------------------- */

static void test_own_session(void **state)
{
	struct ohba_fw_config cfg = host_config;
	struct ohba_config config = by_hand();
	struct ohba_target target = entry_of(2);
	struct net *net;

	(void)state;
	cfg.max_targets = 4;
	net = net_new_config(&cfg);
	configure(net, &config);
	memcpy(target.addr, net_peer, 4);
	target.flags |= htole16(OHBA_TARGET_AUTO);
	entry_set(net->host, 0, &target, OHBA_ST_SUCCESS);
	host_reset(net->host);
	net->sent = 0;
	host_bring_up(net->host);
	host_settle(net->host);
	entry_event(net->host, 0, OHBA_TARGET_CONNECTING, OHBA_ST_SUCCESS);
	no_helper(net, OHBA_FAMILY_IPV4, net_peer);
	asks_for(net, net_peer);
	has(net, net_peer, net_hop_mac);
	net_answer_syn(net);
	entry_event(net->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbour),
		cmocka_unit_test(test_router),
		cmocka_unit_test(test_nobody_is_there),
		cmocka_unit_test(test_neighbour_moves),
		cmocka_unit_test(test_path_in_use),
		cmocka_unit_test(test_other_router),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_router6),
		cmocka_unit_test(test_longest_prefix),
		cmocka_unit_test(test_same_address_elsewhere),
		cmocka_unit_test(test_link_local),
		cmocka_unit_test(test_link_local_alone),
		cmocka_unit_test(test_no_way),
		cmocka_unit_test(test_helper_is_first),
		cmocka_unit_test(test_helper_refuses),
		cmocka_unit_test(test_late_word),
		cmocka_unit_test(test_silent_host),
		cmocka_unit_test(test_silent_host_knows_better),
		cmocka_unit_test(test_patience_begins_anew),
		cmocka_unit_test(test_own_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

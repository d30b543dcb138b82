// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions of the adapter's own on a network of its own: paths, addresses, the link. */
#include "entries.h"
#include "net.h"

#define SECOND	(1000 * MS)

static struct net *net;

static int fresh(void **state)
{
	struct ohba_fw_config cfg = host_config;

	(void)state;
	cfg.max_targets = 4;
	net = net_new_config(&cfg);
	return 0;
}

static int gone(void **state)
{
	(void)state;
	net_free(net);
	return 0;
}

/* Entry 0 is wanted: a target at net_peer. */
static void want(void)
{
	struct ohba_target target = entry_of(1);

	memcpy(target.addr, net_peer, 4);
	target.login_ms = htole32(4000);
	entry_set(net->host, 0, &target, OHBA_ST_SUCCESS);
	entry_do(net->host, OHBA_ADMIN_TARGET_LOGIN, 0, 0, OHBA_ST_SUCCESS);
	entry_event(net->host, 0, OHBA_TARGET_CONNECTING, OHBA_ST_SUCCESS);
}

static void no_path(uint16_t status)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PATH_SET, 0);
	struct ohba_path path = { .family = OHBA_FAMILY_IPV4, .status = htole16(status) };

	memcpy(path.dst, net_peer, 4);
	memcpy(sqe.body, &path, sizeof(path));
	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
}

static void forget_events(void)
{
	host_settle(net->host);
	net->host->nevents = 0;
}

static void pass(unsigned int seconds)
{
	while (seconds--) {
		host_advance(net->host, SECOND);
		forget_events();
	}
}

/* The path's status is the reason; the next try asks for the path again. */
static void no_way_to_the_portal(void **state)
{
	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	want();
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	no_path(OHBA_ST_NO_HELPER);
	entry_event(net->host, 0, OHBA_TARGET_WAITING, OHBA_ST_NO_HELPER);
	host_advance(net->host, SECOND);
	entry_event(net->host, 0, OHBA_TARGET_CONNECTING, OHBA_ST_NO_HELPER);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	/* Nobody answers: the login's time includes the wait for the path. */
	host_advance(net->host, 4 * SECOND);
	entry_is(net->host, 0, OHBA_TARGET_WAITING, OHBA_ST_CONN_TIMEOUT);
	forget_events();
}

static void an_address_that_goes_away(void **state)
{
	struct ohba_sqe none = sqe_iface(0, 0, (uint8_t[16]){ 0 }, 0);

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	want();
	net_answer_syn(net);
	entry_event(net->host, 0, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	host_admin_status(net->host, &none, OHBA_ST_SUCCESS);
	entry_event(net->host, 0, OHBA_TARGET_WAITING, OHBA_ST_CONN_TIMEOUT);
	/* Without an address there is nobody to reach. */
	pass(600);
	assert_int_equal(le16toh(entry_state(net->host, 0).reason), OHBA_ST_CONN_TIMEOUT);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	entry_do(net->host, OHBA_ADMIN_TARGET_LOGOUT, 0, OHBA_TARGET_LOGOUT_AGAIN,
		 OHBA_ST_SUCCESS);
	host_settle(net->host);
	net_answer_syn(net);
	assert_int_equal(entry_state(net->host, 0).phase, OHBA_TARGET_LOGIN);
	forget_events();
}

static void a_link_that_goes_down(void **state)
{
	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	host_settle(net->host);
	ohba_wire_set_link(net->host->wire, false);
	want();
	host_advance(net->host, 4 * SECOND);
	assert_int_equal(entry_state(net->host, 0).phase, OHBA_TARGET_WAITING);
	ohba_wire_set_link(net->host->wire, true);
	forget_events();
	while (entry_state(net->host, 0).phase != OHBA_TARGET_CONNECTING)
		host_advance(net->host, SECOND / 10);
	net_answer_syn(net);
	assert_int_equal(entry_state(net->host, 0).phase, OHBA_TARGET_LOGIN);
	forget_events();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_way_to_the_portal, fresh, gone),
		cmocka_unit_test_setup_teardown(an_address_that_goes_away, fresh, gone),
		cmocka_unit_test_setup_teardown(a_link_that_goes_down, fresh, gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

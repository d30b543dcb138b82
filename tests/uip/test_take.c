// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the privileged process takes of what the sandbox says: helper.c itself, over a
 * driver and a network that the test plays.
 */
#include "helper.c"

#include <endian.h>

#include "bench.h"

static struct uip_lease set;		/* what the driver was told */
static unsigned int nset, nlines;
static bool refuses;
static struct helper helper;

/* --- what it stands on --------------------------------------------------------------- */

bool uip_genl_addr_set(struct uip_genl *genl, const char *adapter,
		       const struct uip_lease *lease)
{
	(void)genl;
	assert_string_equal(adapter, "adapter");
	set = *lease;
	nset++;
	return !refuses;
}

bool uip_genl_path_set(struct uip_genl *genl, const char *adapter,
		       const struct uip_path *path)
{
	(void)genl;
	(void)adapter;
	(void)path;
	return true;
}

struct uip_genl *uip_genl_open(const struct uip_genl_events *driver, void *arg)
{
	(void)driver;
	(void)arg;
	return NULL;
}

struct uip_genl_logins *uip_genl_logins_open(const struct uip_genl_login_events *driver,
					     void *arg)
{
	(void)driver;
	(void)arg;
	return NULL;
}

/* What the driver was told of logins. */
static unsigned int npdus, nends;
static uint32_t last_handle;
static struct ohba_login_result last_result;

void uip_genl_login_send(struct uip_genl_logins *genl, const char *adapter, uint32_t handle,
			 const struct uip_login_pdu *pdu)
{
	(void)genl;
	(void)pdu;
	assert_string_equal(adapter, "adapter");
	last_handle = handle;
	npdus++;
}

void uip_genl_login_end(struct uip_genl_logins *genl, const char *adapter, uint32_t handle,
			const struct ohba_login_result *result)
{
	(void)genl;
	assert_string_equal(adapter, "adapter");
	last_handle = handle;
	last_result = *result;
	nends++;
}

void uip_genl_logins_offer(struct uip_genl_logins *genl, int family)
{
	(void)genl;
	(void)family;
}

static unsigned int noffers;

void uip_genl_logins_again(struct uip_genl_logins *genl)
{
	(void)genl;
	noffers++;
}

void uip_genl_logins_close(struct uip_genl_logins *genl) { (void)genl; }
void uip_genl_logins_read(struct uip_genl_logins *genl) { (void)genl; }
int uip_genl_logins_fd(const struct uip_genl_logins *genl) { (void)genl; return -1; }
void uip_genl_start(struct uip_genl *genl) { (void)genl; }
void uip_genl_close(struct uip_genl *genl) { (void)genl; }
void uip_genl_read(struct uip_genl *genl) { (void)genl; }
void uip_genl_ask_adapters(struct uip_genl *genl) { (void)genl; }
int uip_genl_fd(const struct uip_genl *genl) { (void)genl; return -1; }
void uip_net_attach(int sock) { (void)sock; }
void uip_net_run(void) { }
void uip_notify(const char *text) { (void)text; }
int uip_sandbox_enter(void) { return -EPERM; }
int uip_sandbox_drop(void) { return -EPERM; }
void uip_sandbox_stay_in_memory(void) { }

static void count_line(int priority, const char *line)
{
	(void)priority;
	(void)line;
	nlines++;
}

static int set_up_helper(void **state)
{
	(void)state;
	memset(&helper, 0, sizeof(helper));
	helper.sandbox = -1;
	note_adapter(&helper, "adapter", IFINDEX);
	nset = nlines = npdus = nends = 0;
	refuses = false;
	uip_log_to(count_line);
	return 0;
}

/* --- leases ----------------------------------------------------------------------------- */

static struct uip_msg good(void)
{
	struct uip_msg msg = { .type = UIP_LEASE, .port = IFINDEX };

	msg.lease = (struct uip_lease){
		.iface = 3, .generation = 5, .prefix = 24, .addr = ip4(10, 0, 0, 7),
		.gateway = ip4(10, 0, 0, 1), .mtu = 1500,
		.kept = { .len = OHBA_LEASE_MAX, .bytes = { 1, 2, 3 } },
	};
	return msg;
}

static void test_lease(void **state)
{
	struct uip_msg msg = good();

	(void)state;
	take(&helper, &msg);
	assert_int_equal(nset, 1);
	assert_int_equal(set.generation, 5);
	assert_int_equal(set.kept.len, OHBA_LEASE_MAX);
	assert_memory_equal(set.kept.bytes, "\1\2\3", 4);
	assert_false(helper.lost);
	msg.lease = (struct uip_lease){ .iface = 3, .generation = 5 };
	take(&helper, &msg);
	assert_int_equal(nset, 2);
	/* Refused, for what it may be: the driver is asked what it wants. */
	refuses = true;
	take(&helper, &msg);
	assert_true(helper.lost);
	assert_int_equal(nlines, 0);
}

static void test_missed(void **state)
{
	(void)state;
	assert_int_equal(time_to_look(&helper), -1);
	events.missed(&helper);
	assert_in_range(time_to_look(&helper), 0, LOOK_AGAIN_MS);
}

static void test_unsound(void **state)
{
	struct uip_msg bad[10];
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++)
		bad[i] = good();
	bad[0].lease.iface = OHBA_IFACES_MAX;
	bad[1].lease.mtu = 65536;
	bad[2].lease.prefix = 33;
	bad[3].lease.addr = ip4(127, 0, 0, 1);
	bad[4].lease.addr = ip4(224, 0, 0, 1);
	bad[5].lease.gateway = ip6(0, 1);
	bad[6].lease.addr = (struct uip_addr){ .family = OHBA_FAMILY_IPV6, .bytes = { [15] = 1 } };
	bad[7].lease.addr.family = 3;
	bad[8].lease.kept.len = OHBA_LEASE_MAX + 1;
	bad[9].lease.addr.family = 0;	/* no address, but a gateway */
	for (i = 0; i < 10; i++) {
		take(&helper, &bad[i]);
		assert_int_equal(nset, 0);
		assert_int_equal(nlines, i + 1);
	}
	bad[9].lease.gateway.family = 0;	/* no address, but what is kept of one */
	take(&helper, &bad[9]);
	assert_int_equal(nset, 0);
	bad[9].port = IFINDEX + 1;	/* a port that is not there */
	take(&helper, &bad[9]);
	assert_int_equal(nlines, 11);
}

/* Whoever is on the network can cause lines; a log has an end. */
static void test_lines(void **state)
{
	struct uip_msg bad = good();
	unsigned int i;

	(void)state;
	bad.lease.prefix = 33;
	for (i = 0; i < 100000; i++)
		take(&helper, &bad);
	assert_in_range(nlines, UIP_LIMIT_BURST, 10 * UIP_LIMIT_BURST);
}

static void test_foreign_lines(void **state)
{
	struct uip_msg line = { .type = UIP_LINE, .line = { .priority = 3, .text = "text" } };
	unsigned int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		take(&helper, &line);
	assert_in_range(nlines, UIP_LIMIT_BURST, 10 * UIP_LIMIT_BURST);
	/* And those that were not are counted, once one may be written. */
	helper.lines = (struct uip_limit){ .since = uip_monotonic_ms(), .held = 5 };
	nlines = 0;
	take(&helper, &line);
	assert_int_equal(nlines, 2);
	take(&helper, &line);
	assert_int_equal(nlines, 3);
}

/* --- logins ------------------------------------------------------------------------------ */

static int sandbox_end;			/* of its socket */

/* Without its process. */
static void have_sandbox(void)
{
	int pair[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	helper.sandbox = pair[0];
	sandbox_end = pair[1];
}

static void lose_sandbox(void)
{
	close(helper.sandbox);
	close(sandbox_end);
	helper.sandbox = -1;
}

static struct uip_msg at_sandbox(void)
{
	struct uip_msg msg;

	assert_int_equal(uip_msg_recv(sandbox_end, &msg, NULL), 1);
	return msg;
}

static uint32_t start_login(uint32_t handle)
{
	struct ohba_login_task task = { .index = htole32(handle) };
	struct uip_msg msg;

	on_login(&helper, "adapter", handle, &task);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN);
	assert_int_equal(le32toh(msg.start.task.index), handle);
	assert_string_equal(msg.start.adapter, "adapter");
	return msg.start.login;
}

static void say_pdu(uint32_t number)
{
	struct uip_msg msg = { .type = UIP_LOGIN_PDU, .pdu = { .login = number, .len = 4 } };

	take(&helper, &msg);
}

static void say_end(uint32_t number)
{
	struct uip_msg msg = { .type = UIP_LOGIN_END, .end.login = number };

	take(&helper, &msg);
}

static void test_login(void **state)
{
	static const uint8_t bhs[48] = { 0x23 }, data[OHBA_PDU_DATA_MAX];
	uint32_t a, b;
	struct uip_msg msg;

	(void)state;
	have_sandbox();
	a = start_login(17);
	b = start_login(18);
	assert_int_not_equal(a, b);
	say_pdu(a);
	assert_int_equal(last_handle, 17);
	on_login_pdu(&helper, "adapter", 18, bhs, data, sizeof(data));
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN_PDU);
	assert_int_equal(msg.pdu.login, b);
	assert_int_equal(msg.pdu.len, sizeof(data));
	assert_memory_equal(msg.pdu.bhs, bhs, sizeof(bhs));
	say_end(b);
	assert_int_equal(last_handle, 18);
	/* What it says of one that has ended, or was never there, is not for the driver. */
	say_end(b);
	say_pdu(b);
	say_pdu(0);
	say_end(UINT32_MAX);
	assert_int_equal(npdus, 1);
	assert_int_equal(nends, 1);
	on_login_over(&helper, "other", 17);
	on_login_over(&helper, "adapter", 17);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN_OVER);
	assert_int_equal(msg.over.login, a);
	say_pdu(a);
	assert_int_equal(npdus, 1);
	lose_sandbox();
}

/* One that was killed may not be gone: it is offered again. */
static void test_login_refused(void **state)
{
	(void)state;
	noffers = 0;
	login_events.refused(&helper);
	assert_true(helper.lost);
	helper.started = uip_monotonic_ms();
	look_again(&helper);
	assert_int_equal(noffers, 1);
}

/* A device that was reset gives the same handle: the number is another. */
static void test_login_again(void **state)
{
	struct ohba_login_task task = { .left_ms = 1 };
	uint32_t a;
	struct uip_msg msg;

	(void)state;
	have_sandbox();
	a = start_login(17);
	on_login(&helper, "adapter", 17, &task);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN_OVER);
	assert_int_equal(msg.over.login, a);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN);
	assert_int_not_equal(msg.start.login, a);
	say_end(a);
	assert_int_equal(nends, 0);
	lose_sandbox();
}

/* The driver is told of each that the helper cannot make. */
static void test_login_ends(void **state)
{
	struct ohba_login_task task = { .left_ms = 1 };
	uint32_t i;

	(void)state;
	have_sandbox();
	for (i = 0; i < OHBA_LOGINS_MAX; i++)
		start_login(i);
	on_login(&helper, "adapter", 1000, &task);
	assert_int_equal(nends, 1);
	assert_int_equal(last_handle, 1000);
	assert_int_equal(last_result.outcome, OHBA_LOGIN_FAILED);
	assert_int_equal(le16toh(last_result.status), OHBA_ST_LOGIN_NO_HELPER);
	uip_logins_drop(&helper.logins);
	assert_int_equal(nends, 1 + OHBA_LOGINS_MAX);
	lose_sandbox();
	helper.started = uip_monotonic_ms();	/* not another already */
	on_login(&helper, "adapter", 1001, &task);
	assert_int_equal(last_handle, 1001);
	assert_int_equal(le16toh(last_result.status), OHBA_ST_LOGIN_NO_HELPER);
}

/* A PDU that a sandbox has no room for is the end of its login. */
static void test_login_full(void **state)
{
	static const uint8_t bhs[48], data[OHBA_PDU_DATA_MAX];
	unsigned int i;

	(void)state;
	have_sandbox();
	start_login(17);
	for (i = 0; !nends && i < 10000; i++)
		on_login_pdu(&helper, "adapter", 17, bhs, data, sizeof(data));
	assert_int_equal(nends, 1);
	assert_int_equal(last_handle, 17);
	on_login_pdu(&helper, "adapter", 17, bhs, data, sizeof(data));
	assert_int_equal(nends, 1);
	lose_sandbox();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lease, set_up_helper),
		cmocka_unit_test_setup(test_missed, set_up_helper),
		cmocka_unit_test_setup(test_unsound, set_up_helper),
		cmocka_unit_test_setup(test_lines, set_up_helper),
		cmocka_unit_test_setup(test_foreign_lines, set_up_helper),
		cmocka_unit_test_setup(test_login, set_up_helper),
		cmocka_unit_test_setup(test_login_again, set_up_helper),
		cmocka_unit_test_setup(test_login_refused, set_up_helper),
		cmocka_unit_test_setup(test_login_ends, set_up_helper),
		cmocka_unit_test_setup(test_login_full, set_up_helper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

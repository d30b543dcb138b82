// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the privileged process takes of what the sandbox says: helper.c and relay.c themselves,
 * over a driver and a network that the test plays.
 */
#include "helper.c"
#include "relay.c"

#include <endian.h>
#include <sys/un.h>

#include "bench.h"

static struct uip_lease set;		/* what the driver was told */
static unsigned int nset, nlines;
static bool refuses;
static struct uip_helper helper;

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

void uip_genl_start(struct uip_genl *genl) { (void)genl; }
void uip_genl_close(struct uip_genl *genl) { (void)genl; }
void uip_genl_read(struct uip_genl *genl) { (void)genl; }
void uip_genl_ask_adapters(struct uip_genl *genl) { (void)genl; }
int uip_genl_fd(const struct uip_genl *genl) { (void)genl; return -1; }
bool uip_net_attach(int sock, bool login) { (void)sock; return login; }
void uip_net_run(void) { }
int uip_sandbox_enter(void) { return -EPERM; }

int uip_sandbox_close_all_but(int sock)
{
	return close_range(STDERR_FILENO + 1, sock - 1, 0) ?: close_range(sock + 1, ~0u, 0);
}

int uip_sandbox_drop(void) { return -EPERM; }
void uip_sandbox_stay_in_memory(void) { }
void uip_sandbox_be_flusher(void) { }

static bool opener_fails;

int uip_sandbox_only_open(void)
{
	if (opener_fails)
		uip_err("the opener lacks what it takes");
	return opener_fails ? -EPERM : 0;
}

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
	helper.login = true;
	helper.signals = -1;
	helper.logins.file = (struct uip_login_file){
		.fd = -1, .opener = -1, .events = &uip_relay_logins, .arg = &helper,
	};
	note_adapter(&helper, "adapter", IFINDEX);
	nset = nlines = 0;
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
	uip_relay_take(&helper, &msg);
	assert_int_equal(nset, 1);
	assert_int_equal(set.generation, 5);
	assert_int_equal(set.kept.len, OHBA_LEASE_MAX);
	assert_memory_equal(set.kept.bytes, "\1\2\3", 4);
	assert_false(helper.lost);
	msg.lease = (struct uip_lease){ .iface = 3, .generation = 5 };
	uip_relay_take(&helper, &msg);
	assert_int_equal(nset, 2);
	/* Refused, for what it may be: the driver is asked what it wants. */
	refuses = true;
	uip_relay_take(&helper, &msg);
	assert_true(helper.lost);
	assert_int_equal(nlines, 0);
}

static void test_missed(void **state)
{
	(void)state;
	assert_int_equal(time_to_look(&helper), -1);
	uip_relay_driver.missed(&helper);
	assert_in_range(time_to_look(&helper), 0, LOOK_AGAIN_MS);
}

static void test_unsound(void **state)
{
	struct uip_msg bad[12];
	unsigned int i;

	(void)state;
	for (i = 0; i < 12; i++)
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
	bad[10].lease.isns = ip4(224, 0, 1, 1);
	bad[11].lease.isns = ip6(0, 1);
	for (i = 0; i < 12; i++) {
		uip_relay_take(&helper, &bad[i]);
		assert_int_equal(nset, 0);
		assert_int_equal(nlines, i + 1);
	}
	bad[9].lease.gateway.family = 0;	/* no address, but what is kept of one */
	uip_relay_take(&helper, &bad[9]);
	assert_int_equal(nset, 0);
	bad[9].lease.kept.len = 0;		/* and a server that was announced with it */
	bad[9].lease.isns = ip4(10, 0, 0, 13);
	uip_relay_take(&helper, &bad[9]);
	assert_int_equal(nset, 0);
	bad[9].port = IFINDEX + 1;	/* a port that is not there */
	uip_relay_take(&helper, &bad[9]);
	assert_int_equal(nlines, 14);
}

/* Whoever is on the network can cause lines; a log has an end. */
static void test_lines(void **state)
{
	struct uip_msg bad = good();
	unsigned int i;

	(void)state;
	bad.lease.prefix = 33;
	for (i = 0; i < 100000; i++)
		uip_relay_take(&helper, &bad);
	assert_in_range(nlines, UIP_LIMIT_BURST, 10 * UIP_LIMIT_BURST);
}

static void test_foreign_lines(void **state)
{
	struct uip_msg line = { .type = UIP_LINE, .line = { .priority = 3, .text = "text" } };
	unsigned int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		uip_relay_take(&helper, &line);
	assert_in_range(nlines, UIP_LIMIT_BURST, 10 * UIP_LIMIT_BURST);
	/* And those that were not are counted, once one may be written. */
	helper.lines = (struct uip_limit){ .since = uip_monotonic_ms(), .held = 5 };
	nlines = 0;
	uip_relay_take(&helper, &line);
	assert_int_equal(nlines, 2);
	uip_relay_take(&helper, &line);
	assert_int_equal(nlines, 3);
}

/* --- logins ------------------------------------------------------------------------------ */

static int sandbox_end;			/* of its socket */
static int opener_end;
static int driver_end;			/* of the file of logins */

/* Without its process, and one that has answered. */
static void have_sandbox(void)
{
	int pair[2];

	assert_return_code(make_pair(pair), 0);
	helper.sandbox = pair[0];
	helper.answered = true;
	uip_beat_start(&helper.beat, uip_monotonic_ms());
	sandbox_end = pair[1];
}

static struct uip_msg at_sandbox(void)
{
	struct uip_msg msg;

	assert_int_equal(uip_msg_recv(sandbox_end, &msg, NULL), 1);
	return msg;
}

static bool sandbox_hears_nothing(void)
{
	struct uip_msg msg;

	return uip_msg_recv(sandbox_end, &msg, NULL) == -EAGAIN;
}

/* The driver's file is a socket: a message is a message. @len: bytes behind the header. */
static void driver_says(struct ohba_login_msg *msg, size_t len)
{
	assert_int_equal(write(driver_end, msg, OHBA_LOGIN_MSG_HEAD + len),
			 OHBA_LOGIN_MSG_HEAD + len);
}

static void driver_greets(uint32_t version)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_HELLO, .hello.version = version };

	driver_says(&msg, sizeof(msg.hello));
}

static void have_opener(void)
{
	int pair[2];

	assert_return_code(make_pair(pair), 0);
	helper.logins.file.opener = pair[0];
	opener_end = pair[1];
}

/* Return: the number of the question, 0: there is none. */
static uint32_t asked(void)
{
	struct uip_msg msg;
	int got = uip_msg_recv(opener_end, &msg, NULL);

	if (got == -EAGAIN)
		return 0;
	assert_int_equal(got, 1);
	assert_int_equal(msg.type, UIP_OPEN);
	return msg.open.number;
}

/* @fd: a file, or -errno */
static void answer(uint32_t number, int fd)
{
	struct uip_msg msg = {
		.type = UIP_OPENED, .opened = { .number = number, .err = fd < 0 ? -fd : 0 },
	};

	assert_int_equal(uip_msg_send(opener_end, &msg, fd < 0 ? -1 : fd), 0);
	if (fd >= 0)
		close(fd);
	assert_true(hear_opener(&helper));
}

/* Return: it, of which the driver has @end. */
static int make_file(int *end)
{
	int pair[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	*end = pair[1];
	return pair[0];
}

static bool is_closed(int end)
{
	return !read(end, &(char){ 0 }, 1);
}

static void have_file(uint32_t version)
{
	int file = make_file(&driver_end);

	driver_greets(version);
	uip_relay_driver.driver(&helper);
	answer(asked(), file);
	read_logins(&helper);
}

static int have_both(void **state)
{
	set_up_helper(state);
	have_opener();
	have_sandbox();
	have_file(OHBA_LOGIN_DEV_VERSION);
	return 0;
}

static int have_only_opener(void **state)
{
	set_up_helper(state);
	have_opener();
	return 0;
}

static int lose_opener(void **state)
{
	(void)state;
	close(helper.logins.file.opener);
	close(opener_end);
	return 0;
}

static int lose_both(void **state)
{
	uip_login_file_close(&helper.logins.file);
	close(driver_end);
	close(helper.sandbox);
	close(sandbox_end);
	return lose_opener(state);
}

/* What uipd wrote last; @len: bytes behind the header. */
static struct ohba_login_msg at_driver(uint32_t type, uint64_t login, size_t len)
{
	struct ohba_login_msg msg;

	assert_int_equal(read(driver_end, &msg, sizeof(msg)), OHBA_LOGIN_MSG_HEAD + len);
	assert_int_equal(msg.type, type);
	assert_int_equal(msg.rsvd, 0);
	assert_int_equal(msg.login, login);
	return msg;
}

static bool driver_hears_nothing(void)
{
	char byte;

	return read(driver_end, &byte, 1) < 0 && errno == EAGAIN;
}

static void want(uint64_t login)
{
	struct ohba_login_msg msg = {
		.type = OHBA_LOGIN_MSG_WANTED, .login = login, .wanted.adapter = "adapter",
	};

	driver_says(&msg, sizeof(msg.wanted));
	read_logins(&helper);
}

static void give_task(uint64_t login)
{
	struct ohba_login_msg msg = {
		.type = OHBA_LOGIN_MSG_TASK, .login = login,
		.task = { .index = htole32(login) },
	};

	driver_says(&msg, sizeof(msg.task));
	read_logins(&helper);
}

static void give_pdu(uint64_t login, uint32_t len)
{
	struct ohba_login_msg msg = {
		.type = OHBA_LOGIN_MSG_PDU, .login = login, .pdu.bhs = { 0x23 },
	};

	driver_says(&msg, OHBA_LOGIN_BHS_LEN + len);
	read_logins(&helper);
}

static void be_over(uint64_t login)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_OVER, .login = login };

	driver_says(&msg, sizeof(msg.over));
	read_logins(&helper);
}

/* Return: the sandbox's number. */
static uint32_t start_login(uint64_t login)
{
	struct uip_msg msg;

	want(login);
	at_driver(OHBA_LOGIN_MSG_TAKE, login, 0);
	give_task(login);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN);
	assert_int_equal(le32toh(msg.start.task.index), (uint32_t)login);
	assert_string_equal(msg.start.adapter, "adapter");
	return msg.start.login;
}

static void say_pdu(uint32_t number)
{
	struct uip_msg msg = { .type = UIP_LOGIN_PDU, .pdu = { .login = number, .len = 4 } };

	uip_relay_take(&helper, &msg);
}

static void say_end(uint32_t number)
{
	struct uip_msg msg = { .type = UIP_LOGIN_END, .end.login = number };

	uip_relay_take(&helper, &msg);
}

static void expect_no_helper(uint64_t login)
{
	struct ohba_login_msg msg = at_driver(OHBA_LOGIN_MSG_END, login, sizeof(msg.result));

	assert_int_equal(msg.result.outcome, OHBA_LOGIN_FAILED);
	assert_int_equal(le16toh(msg.result.status), OHBA_ST_LOGIN_NO_HELPER);
}

static void test_login(void **state)
{
	uint32_t a, b;
	struct uip_msg msg;

	(void)state;
	a = start_login(17ull << 32);
	b = start_login(18);
	assert_int_not_equal(a, b);
	say_pdu(a);
	at_driver(OHBA_LOGIN_MSG_PDU, 17ull << 32, OHBA_LOGIN_BHS_LEN + 4);
	give_pdu(18, OHBA_PDU_DATA_MAX);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN_PDU);
	assert_int_equal(msg.pdu.login, b);
	assert_int_equal(msg.pdu.len, OHBA_PDU_DATA_MAX);
	assert_int_equal(msg.pdu.bhs[0], 0x23);
	say_end(b);
	at_driver(OHBA_LOGIN_MSG_END, 18, sizeof(struct ohba_login_result));
	/* What it says of one that has ended, or was never there, is not for the driver. */
	say_end(b);
	say_pdu(b);
	say_pdu(0);
	say_end(UINT32_MAX);
	be_over(17);
	assert_true(sandbox_hears_nothing());
	be_over(17ull << 32);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN_OVER);
	assert_int_equal(msg.over.login, a);
	say_pdu(a);
	assert_true(driver_hears_nothing());
	assert_int_equal(nlines, 0);
}

/* One that was killed may not be gone: the file is opened again, and again. */
static void test_login_refused(void **state)
{
	(void)state;
	uip_relay_driver.driver(&helper);
	answer(asked(), -EBUSY);
	assert_true(helper.lost);
	helper.started = uip_monotonic_ms();
	look_again(&helper);
	answer(asked(), -EBUSY);
	assert_int_equal(nlines, 1);
	/* Without a driver it is not: that is heard of. */
	look_again(&helper);
	helper.logins.file.there_by = 0;
	answer(asked(), -ENOENT);
	look_again(&helper);
	assert_int_equal(asked(), 0);
	have_file(OHBA_LOGIN_DEV_VERSION);
	have_sandbox();
	assert_true(helper.logins.file.fd >= 0);
	/* Nor is one that is open. */
	uip_relay_driver.driver(&helper);
	assert_int_equal(asked(), 0);
}

/* A driver that has just come has the file in a moment; one that has none, has none. */
static void test_not_there_yet(void **state)
{
	(void)state;
	helper.started = uip_monotonic_ms();
	uip_relay_driver.driver(&helper);
	assert_int_not_equal(helper.logins.file.there_by, 0);
	helper.logins.file.there_by += 3600 * 1000;
	answer(asked(), -ENOENT);
	assert_true(helper.lost);
	assert_int_equal(nlines, 0);
	look_again(&helper);
	helper.logins.file.there_by = uip_monotonic_ms();
	answer(asked(), -ENOENT);
	assert_int_equal(nlines, 1);
	look_again(&helper);
	assert_int_equal(asked(), 0);
	/* Whatever there was before: a driver that comes may have one. */
	uip_relay_driver.driver(&helper);
	assert_int_not_equal(asked(), 0);
}

/* Nothing waits for an opener that takes long; its answer to a question of before is none. */
static void test_late_answer(void **state)
{
	int a, b, c, file = make_file(&a);
	uint32_t first, second;

	(void)state;
	uip_relay_driver.driver(&helper);
	first = asked();
	assert_int_not_equal(first, 0);
	assert_int_equal(helper.logins.file.fd, -1);
	assert_in_range(time_to_wait(&helper), 0, 5000);
	/* It does not help to ask again, unless there is another driver. */
	uip_login_file_again(&helper.logins.file);
	assert_int_equal(asked(), 0);
	uip_relay_driver.driver(&helper);
	second = asked();
	assert_int_not_equal(second, first);
	answer(first, file);
	assert_int_equal(helper.logins.file.fd, -1);
	assert_true(is_closed(a));
	answer(second, make_file(&b));
	assert_true(helper.logins.file.fd >= 0);
	assert_int_equal(time_to_wait(&helper), -1);
	/* Nor is a second answer to the same one. */
	answer(second, make_file(&c));
	assert_true(is_closed(c));
	answer(second, -EBUSY);
	answer(0, -EBUSY);
	assert_false(helper.lost);
	assert_int_equal(nlines, 0);
	uip_login_file_close(&helper.logins.file);
	assert_true(is_closed(b));
	close(a);
	close(b);
	close(c);
}

/* That it takes long is said, once, and it may answer all the same. */
static void test_no_answer(void **state)
{
	uint32_t number;
	int end;

	(void)state;
	uip_relay_driver.driver(&helper);
	number = asked();
	assert_int_not_equal(helper.logins.file.late_at, 0);
	helper.logins.file.late_at += 3600 * 1000;
	check_opener(&helper);
	assert_int_equal(nlines, 0);
	helper.logins.file.late_at = uip_monotonic_ms();
	assert_int_equal(time_to_wait(&helper), 0);
	check_opener(&helper);
	check_opener(&helper);
	assert_int_equal(nlines, 1);
	assert_int_equal(time_to_wait(&helper), -1);
	answer(number, make_file(&end));
	assert_true(helper.logins.file.fd >= 0);
	uip_login_file_close(&helper.logins.file);
	close(end);
}

/* What it could, nobody else may: uipd ends, and is started again. */
static void test_opener_gone(void **state)
{
	(void)state;
	uip_relay_driver.driver(&helper);
	close(opener_end);
	assert_false(serve(&helper));
	assert_int_equal(nlines, 1);
	/* And that it was not asked for is no failure. */
	close(helper.logins.file.opener);
	have_opener();
	helper.signals = open("/dev/null", O_RDONLY);
	assert_true(serve(&helper));
	close(helper.signals);
	assert_int_equal(nlines, 1);
}

/* The process itself, where there is no such file. */
static void test_opener(void **state)
{
	int file, err, sock = uip_opener_start();
	struct pollfd fd = { .fd = sock, .events = POLLIN };
	uint32_t number;

	(void)state;
	assert_true(sock >= 0);
	assert_int_equal(uip_opener_ask(sock, 77), 0);
	assert_int_equal(poll(&fd, 1, -1), 1);
	err = uip_opener_hear(sock, &number, &file);
	assert_int_equal(err, 0);
	assert_int_equal(number, 77);
	assert_int_equal(file, -ENOENT);
	assert_int_equal(uip_opener_hear(sock, &number, &file), -EAGAIN);
	close(sock);
	assert_return_code(wait(NULL), 0);
	assert_int_equal(nlines, 0);
	/* One that cannot be set up says why. */
	opener_fails = true;
	assert_int_equal(uip_opener_start(), -EPIPE);
	opener_fails = false;
	assert_return_code(wait(NULL), 0);
	assert_int_equal(nlines, 2);
}

static void test_other_version(void **state)
{
	(void)state;
	have_opener();
	have_sandbox();
	have_file(OHBA_LOGIN_DEV_VERSION + 1);
	assert_int_equal(helper.logins.file.fd, -1);
	assert_int_equal(nlines, 1);
	assert_int_equal(read(driver_end, &(char){ 0 }, 1), 0);
}

/* Nonsense of a driver's is said so, and is nothing else. */
static void test_not_understood(void **state)
{
	static const struct { uint32_t type; size_t len; } bad[] = {
		{ 0, 0 }, { OHBA_LOGIN_MSG_TAKE, 0 }, { OHBA_LOGIN_MSG_END, 640 }, { 99, 8 },
		{ OHBA_LOGIN_MSG_WANTED, 71 }, { OHBA_LOGIN_MSG_TASK, 2687 },
		{ OHBA_LOGIN_MSG_PDU, 47 }, { OHBA_LOGIN_MSG_OVER, 0 },
	};
	struct ohba_login_msg msg;
	unsigned int i;

	(void)state;
	start_login(1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		msg = (struct ohba_login_msg){ .type = bad[i].type, .login = 1 };
		driver_says(&msg, bad[i].len);
		read_logins(&helper);
		assert_int_equal(nlines, i + 1);
	}
	assert_true(sandbox_hears_nothing());
	assert_true(driver_hears_nothing());
	assert_true(helper.logins.file.fd >= 0);
}

/* A driver that is gone is no longer asked, and nothing of its logins stays. */
static void test_driver_gone(void **state)
{
	uint32_t a = start_login(17);
	struct uip_msg msg;

	(void)state;
	close(driver_end);
	read_logins(&helper);
	assert_int_equal(helper.logins.file.fd, -1);
	msg = at_sandbox();
	assert_int_equal(msg.type, UIP_LOGIN_OVER);
	assert_int_equal(msg.over.login, a);
	have_file(OHBA_LOGIN_DEV_VERSION);
	say_end(a);
	assert_true(driver_hears_nothing());
}

/* As many as adapters make at a time; more than that are left to them. */
static void test_all(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 1; i <= UIP_LOGINS_MAX; i++)
		start_login(i);
	want(100000);
	assert_true(driver_hears_nothing());
	assert_int_equal(nlines, 1);
	be_over(5);
	assert_int_equal(at_sandbox().type, UIP_LOGIN_OVER);
	start_login(100001);
}

/* The driver is told of each that was taken, and can not be made: no word, and it goes on. */
static void test_sandbox_lost(void **state)
{
	(void)state;
	start_login(17);
	want(18);
	at_driver(OHBA_LOGIN_MSG_TAKE, 18, 0);
	uip_logins_drop(&helper.logins);
	expect_no_helper(17);
	expect_no_helper(18);
	/* Its task is for nobody. */
	give_task(18);
	assert_true(sandbox_hears_nothing());
	assert_true(driver_hears_nothing());
}

static bool would_read_logins(void)
{
	struct pollfd fds[FDS];

	fill(&helper, fds);
	return fds[LOGINS].fd >= 0;
}

/* Without a sandbox that has shown that it lives none is taken: the adapters do without. */
static void test_no_sandbox(void **state)
{
	struct uip_msg ping = { .type = UIP_PING };

	(void)state;
	assert_true(would_read_logins());
	helper.answered = false;
	assert_false(would_read_logins());
	uip_relay_take(&helper, &ping);
	assert_true(would_read_logins());
	close(helper.sandbox);
	helper.sandbox = -1;
	want(18);
	assert_false(would_read_logins());
	assert_true(driver_hears_nothing());
}

/* What a sandbox has no room for waits at the driver, however much there is. */
static void test_full(void **state)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_PDU };
	unsigned int i, n = 0, heard = 0;
	struct uip_msg got;

	(void)state;
	for (i = 1; i <= OHBA_LOGINS_MAX; i++)
		start_login(i);
	while (!helper.full) {
		msg.login = 1 + n++ % OHBA_LOGINS_MAX;
		driver_says(&msg, OHBA_LOGIN_BHS_LEN + OHBA_PDU_DATA_MAX);
		read_logins(&helper);
		assert_in_range(n, 1, 100000);
	}
	assert_in_range(n, OHBA_LOGINS_MAX / 4, 100000);
	assert_false(would_read_logins());
	driver_says(&msg, OHBA_LOGIN_BHS_LEN + OHBA_PDU_DATA_MAX);
	read_logins(&helper);
	while (uip_msg_recv(sandbox_end, &got, NULL) == 1)
		heard++;
	/* It has read: now it hears the others. */
	read_logins(&helper);
	assert_true(would_read_logins());
	while (uip_msg_recv(sandbox_end, &got, NULL) == 1)
		heard++;
	assert_int_equal(heard, n + 1);
	assert_true(driver_hears_nothing());
	/* Nor does it wait for room for what comes no more. */
	helper.full = true;
	uip_login_file_close(&helper.logins.file);
	read_logins(&helper);
	assert_false(helper.full);
	assert_int_equal(nlines, 0);
}

/* A clean end leaves the adapters what nobody has begun, and what somebody has is not failed. */
static void test_stop(void **state)
{
	(void)state;
	start_login(17);
	helper.pid = fork();
	if (!helper.pid)
		_exit(0);
	end(&helper);
	assert_int_equal(read(driver_end, &(char){ 0 }, 1), 0);
	assert_int_equal(helper.sandbox, -1);
	close(sandbox_end);
	close(driver_end);
	lose_opener(state);
}

/* --- the service manager ----------------------------------------------------------------------- */

static int manager;			/* its socket */

static int have_manager(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(addr);
	char path[64];

	have_both(state);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	/* An abstract address that nobody has. */
	assert_return_code(bind(manager, (struct sockaddr *)&addr, sizeof(addr.sun_family)), errno);
	assert_return_code(getsockname(manager, (struct sockaddr *)&addr, &len), errno);
	snprintf(path, sizeof(path), "@%.*s",
		 (int)(len - offsetof(struct sockaddr_un, sun_path) - 1), addr.sun_path + 1);
	setenv("NOTIFY_SOCKET", path, 1);
	return 0;
}

static int lose_manager(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	close(manager);
	return lose_both(state);
}

/* Return: whether it was told now that all is well. */
static bool is_petted(void)
{
	char text[64] = "";
	ssize_t len;

	if (helper.pet_at)
		helper.pet_at = uip_monotonic_ms();
	pet_watchdog(&helper);
	len = recv(manager, text, sizeof(text) - 1, 0);
	if (len < 0)
		return false;
	assert_string_equal(text, "WATCHDOG=1");
	return true;
}

static void test_watchdog(void **state)
{
	struct uip_msg ping = { .type = UIP_PING };
	char pid[16];

	(void)state;
	start_watchdog(&helper);
	assert_int_equal(helper.pet_at, 0);
	assert_false(is_petted());
	setenv("WATCHDOG_USEC", "2000000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	start_watchdog(&helper);
	assert_false(is_petted());
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	start_watchdog(&helper);
	assert_int_equal(helper.pet_ms, 500000);
	helper.pet_at = uip_monotonic_ms();
	assert_int_equal(time_to_wait(&helper), 0);
	assert_true(is_petted());
	/* Not each time that the loop goes round. */
	pet_watchdog(&helper);
	assert_true(recv(manager, &(char){ 0 }, 1, 0) < 0);
	/* A sandbox that does not answer, one that never did, and none. */
	helper.beat.next = 0;
	uip_beat_poll(&helper.beat, uip_monotonic_ms());
	assert_true(is_petted());
	helper.beat.next = 0;
	uip_beat_poll(&helper.beat, uip_monotonic_ms());
	assert_false(is_petted());
	uip_relay_take(&helper, &ping);
	assert_true(is_petted());
	helper.answered = false;
	assert_false(is_petted());
	uip_relay_take(&helper, &ping);
	close(helper.sandbox);
	helper.sandbox = -1;
	assert_false(is_petted());
}

/* --- secrets -------------------------------------------------------------------------------- */

/* What is looked for is nowhere but where it came by the file. */
#define MASK	0x55
static const uint8_t masked[] = "x0n&a!q5k$e@z7w*";
#define SECRET_LEN	(sizeof(masked) - 1)

static void put_secret(uint8_t *to)
{
	unsigned int i;

	for (i = 0; i < SECRET_LEN; i++)
		to[i] = masked[i] ^ MASK;
}

static bool is_secret(const uint8_t *at)
{
	unsigned int i;

	for (i = 0; i < SECRET_LEN && at[i] == (masked[i] ^ MASK); i++)
		;
	return i == SECRET_LEN;
}

/* Return: whether it is in that memory, which is the process's own. */
static bool is_in(const uint8_t *from, const uint8_t *to, int mem)
{
	static uint8_t page[4096 + 64];
	ssize_t got;
	size_t i;

	for (; from < to; from += 4096) {
		got = pread(mem, page, sizeof(page), (off_t)(uintptr_t)from);
		for (i = 0; got > (ssize_t)SECRET_LEN && i < got - SECRET_LEN; i++)
			if (is_secret(page + i) && (from + i < page || from + i >= page + sizeof(page)))
				return true;
	}
	return false;
}

#define MAP_MAX	(256ul << 20)		/* what is longer is the sanitizer's */

static bool is_anywhere(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY);
	unsigned long from, to;
	char line[512];
	bool found = false;

	while (!found && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx rw", &from, &to) == 2 && strstr(line, " rw") &&
		    to - from < MAP_MAX)
			found = is_in((void *)from, (void *)to, mem);
	fclose(maps);
	close(mem);
	return found;
}

/* Another process is the driver: what it knows this one knows by the file alone. */
static void give_secret(uint64_t login)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_TASK, .login = login };
	pid_t pid = fork();

	if (!pid) {
		put_secret(msg.task.ours.secret);
		put_secret(msg.task.theirs.secret);
		driver_says(&msg, sizeof(msg.task));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Return: whether a process that is forked now has it. */
static bool child_has_it(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(is_anywhere());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A sandbox that comes after one that somebody broke knows nothing of the logins before. */
static void test_secrets(void **state)
{
	static struct ohba_login_msg msg;

	(void)state;
	want(17);
	at_driver(OHBA_LOGIN_MSG_TAKE, 17, 0);
	assert_false(child_has_it());
	put_secret(msg.task.ours.secret);
	assert_true(child_has_it());
	explicit_bzero(&msg, sizeof(msg));
	give_secret(17);
	read_logins(&helper);
	assert_false(child_has_it());
	assert_false(sandbox_hears_nothing());
	/* Nor if it is nothing that is known. */
	give_secret(18);
	read_logins(&helper);
	assert_false(child_has_it());
}

#define LOGIN_TEST(fn)	cmocka_unit_test_setup_teardown(fn, have_both, lose_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lease, set_up_helper),
		cmocka_unit_test_setup(test_missed, set_up_helper),
		cmocka_unit_test_setup(test_unsound, set_up_helper),
		cmocka_unit_test_setup(test_lines, set_up_helper),
		cmocka_unit_test_setup(test_foreign_lines, set_up_helper),
		cmocka_unit_test_setup_teardown(test_login_refused, have_only_opener, lose_both),
		cmocka_unit_test_setup_teardown(test_not_there_yet, have_only_opener, lose_opener),
		cmocka_unit_test_setup_teardown(test_late_answer, have_only_opener, lose_opener),
		cmocka_unit_test_setup_teardown(test_no_answer, have_only_opener, lose_opener),
		cmocka_unit_test_setup_teardown(test_opener_gone, have_only_opener, lose_opener),
		cmocka_unit_test_setup(test_opener, set_up_helper),
		cmocka_unit_test_setup_teardown(test_other_version, set_up_helper, lose_both),
		cmocka_unit_test_setup(test_stop, have_both),
		LOGIN_TEST(test_login), LOGIN_TEST(test_not_understood),
		LOGIN_TEST(test_driver_gone), LOGIN_TEST(test_all),
		LOGIN_TEST(test_sandbox_lost), LOGIN_TEST(test_no_sandbox),
		LOGIN_TEST(test_full), LOGIN_TEST(test_secrets),
		cmocka_unit_test_setup_teardown(test_watchdog, have_manager, lose_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

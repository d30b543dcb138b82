// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The privileged process, whose driver, sandbox, opener and service manager the test plays: a
 * test includes this, and has helper.c and relay.c themselves.
 */
#include "helper.c"
#include "relay.c"

#include <endian.h>

#include "bench.h"

struct uip_lease set;		/* what the driver was told */
struct uip_path path_set;
unsigned int nset, npaths, nlines;
bool refuses;
struct uip_helper helper;

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
	path_set = *path;
	npaths++;
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

bool opener_fails;

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

int set_up_helper(void **state)
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
	nset = npaths = nlines = 0;
	refuses = false;
	uip_log_to(count_line);
	return 0;
}

/* --- sandbox, opener and driver ----------------------------------------------------- */

int sandbox_end;			/* of its socket */
int opener_end;
int driver_end;			/* of the file of logins */

/* Without its process, and one that has answered. */
void have_sandbox(void)
{
	int pair[2];

	assert_return_code(make_pair(pair), 0);
	helper.sandbox = pair[0];
	helper.answered = true;
	uip_beat_start(&helper.beat, uip_monotonic_ms());
	sandbox_end = pair[1];
}

struct uip_msg at_sandbox(void)
{
	struct uip_msg msg;

	assert_int_equal(uip_msg_recv(sandbox_end, &msg, NULL), 1);
	return msg;
}

bool sandbox_hears_nothing(void)
{
	struct uip_msg msg;
	bool nothing = uip_msg_recv(sandbox_end, &msg, NULL) == -EAGAIN;

	/* It may have been a secret, which the helper, this process, is not to have. */
	explicit_bzero(&msg, sizeof(msg));
	return nothing;
}

/* The driver's file is a socket: a message is a message. @len: bytes behind the header. */
void driver_says(struct ohba_login_msg *msg, size_t len)
{
	assert_int_equal(write(driver_end, msg, OHBA_LOGIN_MSG_HEAD + len),
			 OHBA_LOGIN_MSG_HEAD + len);
}

static void driver_greets(uint32_t version)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_HELLO, .hello.version = version };

	driver_says(&msg, sizeof(msg.hello));
}

void have_opener(void)
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
int make_file(int *end)
{
	int pair[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	*end = pair[1];
	return pair[0];
}

bool is_closed(int end)
{
	return !read(end, &(char){ 0 }, 1);
}

void have_file(uint32_t version)
{
	int file = make_file(&driver_end);

	driver_greets(version);
	uip_relay_driver.driver(&helper);
	answer(asked(), file);
	read_logins(&helper);
}

int have_both(void **state)
{
	set_up_helper(state);
	have_opener();
	have_sandbox();
	have_file(OHBA_LOGIN_DEV_VERSION);
	return 0;
}

int have_only_opener(void **state)
{
	set_up_helper(state);
	have_opener();
	return 0;
}

int lose_opener(void **state)
{
	(void)state;
	close(helper.logins.file.opener);
	close(opener_end);
	return 0;
}

int lose_both(void **state)
{
	uip_login_file_close(&helper.logins.file);
	close(driver_end);
	close(helper.sandbox);
	close(sandbox_end);
	return lose_opener(state);
}

/* What uipd wrote last; @len: bytes behind the header. */
struct ohba_login_msg at_driver(uint32_t type, uint64_t login, size_t len)
{
	struct ohba_login_msg msg;

	assert_int_equal(read(driver_end, &msg, sizeof(msg)), OHBA_LOGIN_MSG_HEAD + len);
	assert_int_equal(msg.type, type);
	assert_int_equal(msg.rsvd, 0);
	assert_int_equal(msg.login, login);
	return msg;
}

bool driver_hears_nothing(void)
{
	char byte;

	return read(driver_end, &byte, 1) < 0 && errno == EAGAIN;
}

void want(uint64_t login)
{
	struct ohba_login_msg msg = {
		.type = OHBA_LOGIN_MSG_WANTED, .login = login, .wanted.adapter = "adapter",
	};

	driver_says(&msg, sizeof(msg.wanted));
	read_logins(&helper);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What uipd needs of where it runs, tried one by one, by the code that will need it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <cap-ng.h>

#include "check.h"
#include "genl.h"
#include "log.h"
#include "ohba_login_dev.h"
#include "opener.h"
#include "port.h"
#include "sandbox.h"

#include "chap.h"

/* --- findings -------------------------------------------------------------- */

enum kind {
	OK,
	NOTE,			/* it runs, but */
	WRONG,			/* it does not */
};

static bool would_run = true;

static void found(enum kind kind, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void found(enum kind kind, const char *format, ...)
{
	static const char *const names[] = { "ok", "note", "wrong" };
	va_list args;

	would_run = would_run && kind != WRONG;
	printf("%s: ", names[kind]);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* What those that are tried say themselves. */
static unsigned int lines;

static void take_line(int priority, const char *line)
{
	if (priority > LOG_WARNING)
		return;
	lines++;
	found(priority == LOG_WARNING ? NOTE : WRONG, "%s", line);
}

/* --- who we are ------------------------------------------------------------ */

static bool needs(int capability, bool login)
{
	const int *kept = uip_sandbox_keeps;

	while (*kept != -1 && *kept != capability)
		kept++;
	return *kept != -1 || (login && capability == CAP_SYS_ADMIN);
}

/* Return: whether it is worth while to go on. */
static bool check_rights(bool login)
{
	char missing[256] = "";
	size_t len = 0;
	int i;

	if (geteuid()) {
		found(WRONG, "user: " UIP_MUST_BE_ROOT);
		return false;
	}
	capng_get_caps_process();
	for (i = 0; i <= CAP_LAST_CAP; i++)
		if (needs(i, login) && !capng_have_capability(CAPNG_EFFECTIVE, i))
			len += snprintf(missing + len, sizeof(missing) - len, " %s",
					capng_capability_to_name(i));
	if (len)
		found(WRONG, "capabilities: without%s: have the service keep them "
		      "(CapabilityBoundingSet=)", missing);
	else
		found(OK, "user and capabilities");
	return !len;
}

/* --- whether there is one -------------------------------------------------- */

/* Shared, and for an instant: one that starts in just that has to be started again. */
static void check_lock(void)
{
	int fd = open(UIP_LOCK_FILE, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		found(WRONG, UIP_LOCK_FILE ": %s: remove what is there", strerror(errno));
	else if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB))
		found(WRONG, UIP_IS_RUNNING);
	else
		found(OK, "no other uipd is running");
	if (fd >= 0)
		close(fd);
}

/* --- the sandbox ----------------------------------------------------------- */

static int to_parent;

/* A number of one digit, and the line. */
static void send_line(int priority, const char *line)
{
	/* That it failed is told by the exit status, too. */
	(void)!dprintf(to_parent, "%d%s\n", priority, line);
}

/* As the helper has it: dropped to what it goes on with, and then locked up. */
static _Noreturn void be_sandbox(int pipe_in)
{
	to_parent = pipe_in;
	uip_log_to(send_line);
	if (uip_sandbox_drop())
		_exit(EXIT_FAILURE);
	uip_sandbox_stay_in_memory();
	_exit(uip_sandbox_enter() ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void hear_sandbox(int fd)
{
	char line[512];
	FILE *f = fdopen(fd, "r");

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		take_line(*line - '0', line + 1);
	}
	if (f)
		fclose(f);
	else
		close(fd);
}

static void say_how_it_went(int status)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		found(OK, "the sandbox can be made");
	else if (WIFSIGNALED(status))
		found(WRONG, "sandbox: killed by signal %d: the kernel, or what is around this "
		      "service, forbids what locking up takes", WTERMSIG(status));
	else if (!lines)
		found(WRONG, "sandbox: could not be set up, and did not say why: report it");
}

static void check_sandbox(void)
{
	int fds[2], status = 0, err;
	pid_t pid = -1;

	fflush(stdout);
	lines = 0;
	err = pipe2(fds, O_CLOEXEC) ? errno : 0;
	if (!err) {
		pid = fork();
		if (!pid)
			be_sandbox(fds[1]);
		err = pid < 0 ? errno : 0;
		close(fds[1]);
		hear_sandbox(fds[0]);
	}
	if (!err && waitpid(pid, &status, 0) != pid)
		err = errno;
	if (err)
		found(WRONG, "sandbox: cannot start a process: %s: raise its limits",
		      strerror(err));
	else
		say_how_it_went(status);
}

/* --- the driver ------------------------------------------------------------ */

static unsigned int adapters;

static void on_adapter(void *arg, const char *name, uint32_t ifindex, const uint8_t mac[6],
		       const struct uip_config *config)
{
	(void)arg;
	(void)mac;
	adapters++;
	if (ifindex)
		found(OK, "%s: %u addresses to get or to watch", name, config->nifaces);
	else
		found(config->nifaces ? WRONG : NOTE, "%s: " UIP_NO_DEVICE, name);
}

static void on_wanted(void *arg, const char *adapter, uint32_t ifindex, const uint8_t mac[6],
		      const struct uip_want *want)
{
	(void)arg;
	(void)adapter;
	(void)ifindex;
	(void)mac;
	(void)want;
}

static void on_missed(void *arg)
{
	(void)arg;
}

static void on_driver(void *arg)
{
	(void)arg;
	found(OK, "the driver is there, and speaks our version");
}

/* It need not be there yet: uipd waits for it. Return: whether it is. */
static bool check_driver(void)
{
	static const struct uip_genl_events events = {
		.wanted = on_wanted, .adapter = on_adapter, .missed = on_missed, .driver = on_driver,
	};
	struct uip_genl *genl = uip_genl_open(&events, NULL);

	enum uip_driver driver;

	if (!genl)
		return false;
	driver = uip_genl_look(genl);
	switch (driver) {
	case UIP_DRIVER_HERE:
		if (!adapters)
			found(NOTE, "no adapter has a network of its own: give QEMU's a netdev=");
		break;
	case UIP_DRIVER_AWAY:
		found(NOTE, "the driver is not there: uipd waits for it (modprobe ohba_fw)");
		break;
	case UIP_DRIVER_REFUSED:
		break;		/* which was said */
	}
	uip_genl_close(genl);
	return driver == UIP_DRIVER_HERE;
}

/* --- logins ---------------------------------------------------------------- */

static void check_digests(void)
{
	unsigned int lacking = iscsi_chap_load();

	for (; lacking; lacking &= lacking - 1)
		found(NOTE, "CHAP: libcrypto does no %s here: targets that know no other are not "
		      "logged in to", iscsi_chap_name(__builtin_ctz(lacking)));
}

#define PATIENCE_MS	5000

/* Return: the file of logins, or -errno. */
static int open_logins(int opener)
{
	struct pollfd fd = { .fd = opener, .events = POLLIN };
	int file, err = uip_opener_ask(opener, 1);
	uint32_t number;

	if (err)
		return err;
	if (poll(&fd, 1, PATIENCE_MS) != 1)
		return -ETIMEDOUT;
	return uip_opener_hear(opener, &number, &file) ?: file;
}

static void say_whether_open(int file, bool driver)
{
	static const char name[] = "/dev/" OHBA_LOGIN_DEV;

	if (file >= 0)
		found(OK, "%s can be opened", name);
	else if (file == -EBUSY)
		found(NOTE, "%s: " UIP_LOGINS_TAKEN, name);
	else if (file == -ENOENT && !driver)
		found(NOTE, "there is no %s: it comes with the driver", name);
	else if (file == -ENOENT)
		found(WRONG, "%s: the driver has none, or /dev here is not the system's", name);
	else if (file == -EPERM || file == -EACCES)
		found(WRONG, "%s: %s: have the service allow it (DeviceAllow=char-misc rw)", name,
		      strerror(-file));
	else
		found(WRONG, "%s: %s", name, strerror(-file));
}

/* As the helper has it opened: for an instant, which costs the adapters nothing. */
static void check_opener(bool driver)
{
	int opener, file;

	fflush(stdout);
	opener = uip_opener_start();
	if (opener < 0)
		return;
	found(OK, "the process that opens the file of logins can be made");
	file = open_logins(opener);
	say_whether_open(file, driver);
	if (file >= 0)
		close(file);
	close(opener);
}

/* --- all ------------------------------------------------------------------- */

bool uip_check(bool login)
{
	bool may = check_rights(login), driver;

	uip_log_to(take_line);
	check_lock();
	if (may) {
		uip_sandbox_be_flusher();
		check_sandbox();
	}
	driver = check_driver();
	if (may && login)
		check_opener(driver);
	if (login)
		check_digests();
	return would_run;
}

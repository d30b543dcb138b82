// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tries, in uipd's sandbox, what must not be possible there. As root, without sanitizers,
 * which need system calls of their own: run in the guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chap.h"
#include "log.h"
#include "sandbox.h"

static int pair[2];

/* --- what it lives on -------------------------------------------------------- */

static void may_talk(void)
{
	if (send(pair[1], "x", 1, 0) != 1)
		_exit(1);
}

static void may_tell_time(void)
{
	struct timespec now;
	char c;

	if (clock_gettime(CLOCK_MONOTONIC, &now) || getrandom(&c, 1, 0) != 1)
		_exit(1);
}

static void may_take_memory(void)
{
	char *some = malloc(8 << 20);

	if (!some)
		_exit(1);
	memset(some, 1, 8 << 20);
	free(some);
}

static void not_all_memory(void)
{
	char *some = malloc((size_t)UIP_SANDBOX_MIB << 20);

	if (some)
		_exit(1);
}

/* libcrypto was asked before, and loaded what it needs. */
static void may_prove(void)
{
	uint8_t algorithm, digest[ISCSI_CHAP_DIGEST_MAX];
	struct iscsi_chap chap = {
		.secret = (const uint8_t *)"twelve bytes", .secret_len = 12,
		.challenge = (const uint8_t *)"challenge", .challenge_len = 9,
	};

	for (algorithm = ISCSI_CHAP_MD5; algorithm <= ISCSI_CHAP_SHA3_256; algorithm++) {
		chap.algorithm = algorithm;
		if (iscsi_chap_available(algorithm) && !iscsi_chap_respond(&chap, digest))
			_exit(1);
	}
}

/* It is not heard but by its socket. */
static void may_print_unheard(void)
{
	char c;
	struct iovec iov = { &c, 1 };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (write(STDERR_FILENO, "p", 1) != 1)
		_exit(1);
	while (recvmsg(pair[0], &header, MSG_DONTWAIT) == 1)
		if (c == 'p')
			_exit(1);
}

/* --- what it must not -------------------------------------------------------- */

static void open_file(void)	{ open("/etc/passwd", O_RDONLY); }
static void old_open(void)	{ syscall(SYS_open, "/", O_RDONLY); }
static void make_socket(void)	{ socket(AF_INET, SOCK_STREAM, 0); }
static void connect_it(void)	{ connect(pair[1], NULL, 0); }
static void exec(void)		{ execl("/bin/true", "true", NULL); }
static void make_process(void)	{ fork(); }
static void kill_parent(void)	{ kill(getppid(), SIGKILL); }
static void kill_it(void)	{ syscall(SYS_kill, 1, SIGKILL); }
static void trace(void)		{ syscall(SYS_ptrace, 0, 1, 0, 0); }
static void mount_it(void)	{ syscall(SYS_mount, 0, 0, 0, 0, 0); }
static void change_root(void)	{ (void)!chroot("/"); }
static void be_root(void)	{ (void)!setuid(0); }
static void new_namespace(void)	{ syscall(SYS_unshare, 0x10000000); }
static void load_bpf(void)	{ syscall(SYS_bpf, 0, 0, 0); }
static void load_module(void)	{ syscall(SYS_init_module, 0, 0, 0); }
static void use_keys(void)	{ syscall(SYS_keyctl, 0); }
static void use_uring(void)	{ syscall(SYS_io_uring_setup, 1, 0); }
/* By whatever interface it names. */
static void send_elsewhere(void)
{
	struct sockaddr addr = { .sa_family = AF_PACKET };

	sendto(pair[1], "x", 1, 0, &addr, sizeof(addr));
}

static void send_message(void)
{
	struct msghdr header = { .msg_iovlen = 0 };

	sendmsg(pair[1], &header, 0);
}

static void set_limit(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_DATA, &limit);
}

static void map_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void map_file(void)
{
	mmap(NULL, 4096, PROT_READ, MAP_SHARED, pair[1], 0);
}

static void share_memory(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void protect(void)
{
	mprotect((void *)((unsigned long)&pair & ~4095ul), 4096, PROT_READ | PROT_EXEC);
}

static const struct attempt {
	const char *what;
	bool allowed;
	void (*try)(void);
} attempts[] = {
	{ "send on an open socket", true, may_talk },
	{ "time and randomness", true, may_tell_time },
	{ "some memory", true, may_take_memory },
	{ "no more memory than its share", true, not_all_memory },
	{ "CHAP", true, may_prove },
	{ "output that nobody hears", true, may_print_unheard },
	{ "openat", false, open_file },
	{ "open", false, old_open },
	{ "socket", false, make_socket },
	{ "connect", false, connect_it },
	{ "execve", false, exec },
	{ "fork", false, make_process },
	{ "getppid, kill", false, kill_parent },
	{ "kill", false, kill_it },
	{ "ptrace", false, trace },
	{ "mount", false, mount_it },
	{ "chroot", false, change_root },
	{ "setuid", false, be_root },
	{ "unshare", false, new_namespace },
	{ "bpf", false, load_bpf },
	{ "init_module", false, load_module },
	{ "keyctl", false, use_keys },
	{ "io_uring_setup", false, use_uring },
	{ "sendto, with an address", false, send_elsewhere },
	{ "sendmsg", false, send_message },
	{ "setrlimit", false, set_limit },
	{ "mmap, to execute", false, map_code },
	{ "mmap of a file", false, map_file },
	{ "mmap, to share", false, share_memory },
	{ "mprotect", false, protect },
};

/* Of who opens files for the others, who is root, and may no more than that. */
static void must_open(void)
{
	if (open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW) < 0)
		_exit(1);
}

static void write_file(void)	{ syscall(SYS_write, 1, "x", 1); }
static void read_file(void)	{ char c; syscall(SYS_read, 0, &c, 1); }
static void unmount(void)	{ syscall(SYS_umount2, "/", 0); }

static const struct attempt of_opener[] = {
	{ "open, for the opener", true, must_open },
	{ "send, for the opener", true, may_talk },
	{ "read, for the opener", false, read_file },
	{ "write, for the opener", false, write_file },
	{ "socket, for the opener", false, make_socket },
	{ "execve, for the opener", false, exec },
	{ "fork, for the opener", false, make_process },
	{ "kill, for the opener", false, kill_it },
	{ "ptrace, for the opener", false, trace },
	{ "mount, for the opener", false, mount_it },
	{ "umount, for the opener", false, unmount },
	{ "chroot, for the opener", false, change_root },
	{ "setuid, for the opener", false, be_root },
	{ "unshare, for the opener", false, new_namespace },
	{ "bpf, for the opener", false, load_bpf },
	{ "init_module, for the opener", false, load_module },
	{ "mmap of a file, for the opener", false, map_file },
};

static void quiet(int priority, const char *line)
{
	(void)priority;
	(void)line;
}

/* Return: how the one ended that tried, as waitpid() says it. */
static int try(const struct attempt *attempt, int (*enter)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		uip_log_to(quiet);
		if (dup2(pair[1], STDERR_FILENO) < 0 || enter())
			_exit(2);
		attempt->try();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static bool as_it_should(const struct attempt *attempt, int status)
{
	if (attempt->allowed)
		return WIFEXITED(status) && !WEXITSTATUS(status);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/* Return: how many of @n were not as they should. */
static int try_all(const struct attempt *a, size_t n, int (*enter)(void))
{
	int status, failed = 0;

	for (; n--; a++) {
		status = try(a, enter);
		if (as_it_should(a, status))
			continue;
		printf("sandbox: %s is %s: status 0x%x\n", a->what,
		       a->allowed ? "refused" : "possible", status);
		failed++;
	}
	return failed;
}

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	int failed;

	(void)iscsi_chap_load();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		return EXIT_FAILURE;
	failed = try_all(attempts, COUNT(attempts), uip_sandbox_enter) +
		 try_all(of_opener, COUNT(of_opener), uip_sandbox_only_open);
	printf("sandbox: %zu attempts, %d not as they should\n",
	       COUNT(attempts) + COUNT(of_opener), failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

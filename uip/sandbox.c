// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving up what is not needed, in an order in which each step still may. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cap-ng.h>
#include <seccomp.h>

#include "log.h"
#include "sandbox.h"

#define NOBODY	65534

/* What is left of the kernel, ended by -1. For the sandbox: see net/loop.c. */
static const int for_sandbox[] = {
	SCMP_SYS(recvmsg), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close),
	SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(brk), SCMP_SYS(munmap),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
	SCMP_SYS(exit_group), -1
};

/* For the opener: see opener.c. */
static const int for_opener[] = {
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(openat), SCMP_SYS(close),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group), -1
};

int uip_sandbox_close_all_but(int sock)
{
	if (sock > STDERR_FILENO + 1 && close_range(STDERR_FILENO + 1, sock - 1, 0))
		return -1;
	return close_range(sock + 1, ~0u, 0);
}

/* Nobody reads what it prints, past what it may say: that goes by its socket. */
static int leave_the_output(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd, err = 0;

	for (fd = STDIN_FILENO; !err && fd <= STDERR_FILENO; fd++)
		err = null < 0 || dup2(null, fd) < 0;
	if (null > STDERR_FILENO)
		close(null);
	return err ? -1 : 0;
}

/* The root is a directory that is gone once we are in it: nothing can ever be made there. */
static int leave_the_tree(void)
{
	char path[] = "/run/uipd-XXXXXX";
	int err;

	if (!mkdtemp(path))
		return -1;
	err = chdir(path) || rmdir(path) || chroot(".");
	return err ? -1 : 0;
}

static int become_nobody(void)
{
	return setgroups(0, NULL) ?: setresgid(NOBODY, NOBODY, NOBODY) ?:
	       setresuid(NOBODY, NOBODY, NOBODY);
}

/* Another user is not traced, and ends with who started it: not by itself. */
static int stay_alone(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ?: prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int limit(int resource, rlim_t value)
{
	struct rlimit both = { value, value };

	return setrlimit(resource, &both);
}

static int set_limits(void)
{
	return limit(RLIMIT_CORE, 0) ?: limit(RLIMIT_FSIZE, 0) ?: limit(RLIMIT_NPROC, 0) ?:
	       limit(RLIMIT_DATA, (rlim_t)UIP_SANDBOX_MIB << 20);
}

/* Nothing that is executed could have any again. Needs one itself: before the next. */
static int drop_bounds(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	return capng_apply(CAPNG_SELECT_BOUNDS) ? -1 : 0;
}

static int drop_all(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	return capng_apply(CAPNG_SELECT_CAPS) ? -1 : 0;
}

static int allow(scmp_filter_ctx filter, const int *calls)
{
	int err = 0;

	for (; !err && *calls != -1; calls++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, *calls, 0);
	/*
	 * To where the socket leads: a packet socket, open as it is, would send through any
	 * interface that an address names.
	 */
	err = err ?: seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1,
				      SCMP_A4(SCMP_CMP_EQ, 0));
	/* Memory of its own, which is what RLIMIT_DATA counts, and nothing to execute. */
	return err ?: seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
				       SCMP_A3(SCMP_CMP_MASKED_EQ, (uint32_t)~MAP_NORESERVE,
					       MAP_PRIVATE | MAP_ANONYMOUS));
}

static int forbid_all_but(const int *calls)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int err = -ENOMEM;

	if (filter)
		err = allow(filter, calls) ?: seccomp_load(filter);
	seccomp_release(filter);
	errno = -err;
	return err ? -1 : 0;
}

static int forbid_system_calls(void)
{
	return forbid_all_but(for_sandbox);
}

static int only_open(void)
{
	return forbid_all_but(for_opener);
}

/* No core, and nobody looks into it who is not allowed anything. */
static int stay_closed(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? -1 : limit(RLIMIT_CORE, 0);
}

static int drop_all_but_admin(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_ADMIN))
		return -1;
	return capng_apply(CAPNG_SELECT_CAPS) ? -1 : 0;
}

struct step {
	const char *what;
	int (*take)(void);
};

/* It is root, as the file is root's. */
static const struct step to_opener[] = {
	{ "bounds to its capabilities", drop_bounds },
	{ "a memory of its own", stay_closed },
	{ "one capability", drop_all_but_admin },
	{ "few system calls", only_open },
	{ NULL, NULL }
};

static const struct step to_sandbox[] = {
	{ "no output", leave_the_output },
	{ "an empty root", leave_the_tree },
	{ "limits", set_limits },
	{ "bounds to its capabilities", drop_bounds },
	{ "another user", become_nobody },
	{ "an end with its parent", stay_alone },	/* the step before undoes it */
	{ "no capabilities", drop_all },
	{ "few system calls", forbid_system_calls },
	{ NULL, NULL }
};

static int take_steps(const struct step *step, const char *who)
{
	int err;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	for (; step->take; step++) {
		if (!step->take())
			continue;
		err = -errno;
		uip_err("the %s lacks %s: %s", who, step->what, strerror(-err));
		return err ?: -EPERM;
	}
	return 0;
}

int uip_sandbox_enter(void)
{
	int err = take_steps(to_sandbox, "sandbox");

	if (!err)
		uip_dbg(UIP_SANDBOX, "locked up");
	return err;
}

int uip_sandbox_only_open(void)
{
	return take_steps(to_opener, "opener");
}

void uip_sandbox_stay_in_memory(void)
{
	if (mlockall(MCL_CURRENT))
		uip_warn("cannot stay in memory, and may wait for a disk that waits for it: %s; "
			 "allow CAP_IPC_LOCK, or raise LimitMEMLOCK", strerror(errno));
}

void uip_sandbox_be_flusher(void)
{
	if (prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0))
		uip_warn("when memory is short it may wait for disks that wait for it: %s: that takes "
			 "CAP_SYS_RESOURCE, and Linux 5.6 or newer", strerror(errno));
}

const int uip_sandbox_keeps[] = {
	CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK, CAP_SYS_CHROOT, CAP_SETUID, CAP_SETGID,
	CAP_SETPCAP, CAP_KILL, -1
};

static int drop_all_but(const int *kept)
{
	capng_clear(CAPNG_SELECT_BOTH);
	for (; *kept != -1; kept++)
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, *kept))
			return -1;
	return capng_apply(CAPNG_SELECT_CAPS) ? -1 : 0;
}

int uip_sandbox_drop(void)
{
	/* Secrets pass through it. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || stay_closed() ||
	    drop_all_but(uip_sandbox_keeps)) {
		uip_err("cannot give up capabilities: run as root");
		return -EPERM;
	}
	return 0;
}

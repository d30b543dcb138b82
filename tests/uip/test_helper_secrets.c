// SPDX-License-Identifier: GPL-2.0-or-later
/* What the privileged process has passed on is nowhere in its memory. */
#include "privileged.c"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_secrets, have_both, lose_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

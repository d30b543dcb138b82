// SPDX-License-Identifier: GPL-2.0-or-later
/* Fault injection as tests use it (faults.h). */
#include "faults.h"

void fault_set(struct host *host, const char *words)
{
	char err[512] = "";

	if (ohba_fault_set(host->fw, words, err, sizeof(err)))
		fail_msg("%s", err);
	host_settle(host);
}

void fault_expect_rules(struct host *host, const char *want)
{
	char got[2048];

	assert_int_equal(ohba_fault_print(host->fw, got, sizeof(got)), strlen(want));
	assert_string_equal(got, want);
}

uint64_t fault_injected(struct host *host, const char *kind)
{
	const char *name;
	unsigned int i;
	uint64_t n;

	for (i = 0; (name = ohba_fault_injected(host->fw, i, &n)); i++)
		if (!strcmp(name, kind))
			return n;
	fail_msg("no kind %s", kind);
	return 0;
}

void fault_expect_spent(struct host *host, const char *kind, uint64_t n)
{
	fault_expect_rules(host, "");
	assert_int_equal(fault_injected(host, kind), n);
}

struct io read_start(struct session *s, uint32_t tag, uint32_t len)
{
	struct io io = io_make(s, tag, OHBA_IO_READ, len);

	io_submit(&io);
	io_expect_cmd(&io);
	return io;
}

void send_read_data(struct io *io, uint32_t datasn, uint32_t off, uint32_t len,
		    uint8_t flags)
{
	uint8_t *data = malloc(len);

	pattern_fill(data, len, io->key, off);
	send_data_in(io->s, io->itt, &(struct data_in){
		.datasn = datasn, .off = off, .data = data, .len = len, .flags = flags });
	free(data);
}

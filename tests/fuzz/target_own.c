// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions of the adapter's own, for fuzz_target (target_own.h). */
#include "fuzz.h"
#include "target_own.h"
#include "target_ops.h"

#define CHECK_TAG	500

static struct ohba_target entry_with(uint8_t choice)
{
	struct ohba_target target = entry_of(OWN_MAIN + 1);
	uint16_t flags = 0;

	if (choice & TARGET_HDR_DIGEST)
		target.header_digest = OHBA_DIGEST_CRC32C;
	if (choice & TARGET_DATA_DIGEST)
		target.data_digest = OHBA_DIGEST_CRC32C;
	flags |= choice & TARGET_INITIAL_R2T ? OHBA_TARGET_INITIAL_R2T : 0;
	flags |= choice & TARGET_IMMEDIATE ? OHBA_TARGET_IMMEDIATE : 0;
	target.flags = htole16(flags);
	if (choice & TARGET_SMALL) {
		target.max_recv_dsl = htole32(512);
		target.max_burst = htole32(1024);
		target.first_burst = htole32(512);
	}
	if (choice & TARGET_NOPS)
		target.timers.nop_interval_ms = htole32(2000);
	return target;
}

struct world *own_begin(uint8_t choice)
{
	struct world *w = world_new(TARGETS);
	struct ohba_target target = entry_with(choice);

	w->site->window = choice & TARGET_WINDOW_1 ? 1 : 32;
	set_up(w, OWN_MAIN, &target);
	world_up(w, OWN_MAIN);
	w->site->window = 32;
	entry_up(w, OWN_OTHER);
	return w;
}

/* What was agreed on is the firmware's word; that it is right is the unit tests' matter. */
void own_take(struct world *w, uint32_t index, unsigned int n, struct session *s)
{
	struct ohba_target_state st = entry_state(w->host, index);

	fuzz_check(st.phase == OHBA_TARGET_UP, "entry in phase %u, not UP", st.phase);
	*s = site_session(w->site, n, le32toh(st.session));
	s->opts.flags = le16toh(st.params.flags);
	s->opts.max_recv_dsl = le32toh(st.params.max_recv_dsl);
	s->opts.max_xmit_dsl = le32toh(st.params.max_xmit_dsl);
	s->opts.max_burst = le32toh(st.params.max_burst);
	s->opts.first_burst = le32toh(st.params.first_burst);
	s->opts.max_r2t = le16toh(st.params.max_r2t);
	s->opts.window = le32toh(st.params.max_cmdsn) - le32toh(st.params.cmdsn) + 1;
	s->max_cmdsn = s->cmdsn + s->opts.window - 1;
	s->wire->hdr_digest = s->opts.flags & OHBA_SESSION_HDR_DIGEST;
	s->wire->data_digest = s->opts.flags & OHBA_SESSION_DATA_DIGEST;
}

void own_end(struct world *w)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, OWN_MAIN);

	sqe.flags = OHBA_TARGET_LOGOUT_ABORT;
	host_admin_start(w->host, &sqe);
}

void own_works(struct world *w)
{
	struct session s;

	w->site->window = 32;
	world_login(w, OWN_MAIN);
	host_advance(w->host, SECOND);
	forget_events(w);
	own_take(w, OWN_MAIN, target_count(w->host->target) - 1, &s);
	io_works(&s, CHECK_TAG, OHBA_IO_READ, 4096);
	world_free(w);
}

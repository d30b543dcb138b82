// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions of the adapter's own: their whole life, by commands and in virtual time. */
#include <netinet/in.h>

#include "entries.h"
#include "site.h"

#define SECOND	(1000 * MS)

struct world {
	struct host *host;
	struct site *site;
};

static struct world *world_new(uint32_t targets)
{
	struct world *w = malloc(sizeof(*w));

	w->host = entries_new_many(targets);
	w->site = site_new(w->host);
	return w;
}

static void world_free(struct world *w)
{
	struct host *host = w->host;

	assert_int_equal(host->guest_traces, 0);
	site_free(w->site);
	free(w);
	host_free(host);
}

static int fresh(void **state)
{
	*state = world_new(TARGETS);
	return 0;
}

static int gone(void **state)
{
	world_free(*state);
	return 0;
}

static void login(struct world *w, uint32_t index)
{
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGIN, index, 0, OHBA_ST_SUCCESS);
}

static void logout(struct world *w, uint32_t index, uint8_t flags)
{
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGOUT, index, flags, OHBA_ST_SUCCESS);
}

static void set_up(struct world *w, uint32_t index, const struct ohba_target *target)
{
	entry_set(w->host, index, target, OHBA_ST_SUCCESS);
	login(w, index);
}

/* Entry @index is UP; its handle. */
static uint32_t up(struct world *w, uint32_t index)
{
	entry_event(w->host, index, OHBA_TARGET_CONNECTING, OHBA_ST_SUCCESS);
	entry_event(w->host, index, OHBA_TARGET_LOGIN, OHBA_ST_SUCCESS);
	return entry_event(w->host, index, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

static uint32_t entry_up(struct world *w, uint32_t index)
{
	struct ohba_target target = entry_of(index + 1);

	set_up(w, index, &target);
	return up(w, index);
}

static void forget_events(struct world *w)
{
	host_settle(w->host);
	w->host->nevents = 0;
}

/* Time passes; events are read and forgotten. */
static void pass(struct world *w, uint64_t ns)
{
	uint64_t step;

	for (; ns; ns -= step) {
		step = MIN(ns, SECOND);
		host_advance(w->host, step);
		w->host->nevents = 0;
	}
}

static void give_back(struct site *site, unsigned int n, const struct session *s)
{
	site->conn[n].statsn = s->statsn;
	site->conn[n].exp_cmdsn = s->cmdsn;
	site->conn[n].by_hand = false;
}

/* --- life --------------------------------------------------------------------- */

static void whole_life(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(9);
	struct ohba_target_state st;
	struct session s;
	uint32_t handle;

	target.isid[0] = 0x40;
	target.isid[5] = 7;
	set_up(w, 5, &target);
	handle = up(w, 5);
	st = entry_state(w->host, 5);
	assert_int_equal(st.phase, OHBA_TARGET_UP);
	assert_int_equal(st.wanted, 1);
	assert_int_equal(st.reason, 0);
	assert_int_equal(le32toh(st.session), handle);
	assert_int_equal(le16toh(st.tsih), w->site->conn[0].tsih);
	assert_int_equal(le32toh(st.ups), 1);
	assert_int_equal(st.family, OHBA_FAMILY_IPV4);
	assert_int_equal(le16toh(st.port), 3260);
	assert_int_equal(st.addr[3], 9);
	assert_int_equal(le16toh(st.tpgt), 1);
	same_bytes("ISID", st.isid, target.isid, 6);
	same_bytes("ISID", w->site->conn[0].isid, target.isid, 6);
	assert_string_equal((char *)st.alias, "a disk");
	assert_int_equal(le32toh(st.params.max_burst), 262144);
	assert_int_equal(le16toh(st.params.flags), OHBA_SESSION_IMMEDIATE_DATA);
	assert_string_equal(w->site->conn[0].target_name, "iqn.2026-01.test:disk9");
	assert_string_equal(w->site->conn[0].initiator_name, "eui.020ba0fffe123456");

	s = site_session(w->site, 0, handle);
	io_works(&s, 1, OHBA_IO_READ, 8192);
	io_works(&s, 2, OHBA_IO_WRITE, 300000);
	io_works(&s, 3, 0, 0);
	give_back(w->site, 0, &s);

	logout(w, 5, 0);
	assert_int_equal(w->site->logouts, 1);
	entry_event(w->host, 5, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
	entry_event(w->host, 5, OHBA_TARGET_OFF, OHBA_ST_ABORTED);
	entry_is(w->host, 5, OHBA_TARGET_OFF, OHBA_ST_ABORTED);
	assert_false(target_wire(w->host->target, 0)->aborted);
	entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 5, 0, OHBA_ST_SUCCESS);
	host_no_event(w->host);
	assert_int_equal(w->site->connects, 1);
}

static void digests(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct session s;

	target.header_digest = target.data_digest = OHBA_DIGEST_CRC32C | OHBA_DIGEST_NONE << 4;
	set_up(w, 0, &target);
	s = site_session(w->site, 0, up(w, 0));
	io_works(&s, 1, OHBA_IO_READ, 4096);
	io_works(&s, 2, OHBA_IO_WRITE, 4096);
	assert_int_equal(le16toh(entry_state(w->host, 0).params.flags) &
			 (OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST),
			 OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST);
}

/* By handle all works; by connection id nothing does. */
static void a_session_without_connection_id(void **state)
{
	static const uint8_t by_id[] = {
		OHBA_ADMIN_CONN_CLOSE, OHBA_ADMIN_CONN_INFO, OHBA_ADMIN_PDU_SEND,
		OHBA_ADMIN_PDU_RECV, OHBA_ADMIN_SESSION_START, OHBA_ADMIN_CONN_OPEN,
	};
	struct world *w = *state;
	uint32_t handle = entry_up(w, 2), cid = handle & 0xffff;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_SESSION_TIMERS, handle);
	uint64_t addr = mem_alloc(w->host->mem, 16384, MEM_IN);
	uint64_t out = mem_alloc(w->host->mem, sizeof(struct ohba_session_params), MEM_OUT);
	struct ohba_session_params params = params_of(&opts_default);
	size_t i;

	assert_true(cid >= CONNS);
	memcpy(mem_ptr(w->host->mem, out), &params, sizeof(params));
	sqe.body[0] = 1;
	host_admin_status(w->host, &sqe, OHBA_ST_SUCCESS);
	pass(w, SECOND);
	assert_int_not_equal(w->site->pings, 0);
	for (i = 0; i < ARRAY_SIZE(by_id); i++) {
		sqe = by_id[i] == OHBA_ADMIN_CONN_OPEN ? sqe_conn_open(cid) :
							  sqe_admin(by_id[i], cid);
		if (by_id[i] == OHBA_ADMIN_PDU_RECV || by_id[i] == OHBA_ADMIN_CONN_INFO)
			sqe_data(&sqe, addr, 16384);
		if (by_id[i] == OHBA_ADMIN_SESSION_START)
			sqe_data(&sqe, out, sizeof(params));
		host_admin_status(w->host, &sqe, OHBA_ST_INVALID_HANDLE);
	}
	sqe = sqe_admin(OHBA_ADMIN_TMF, handle);
	sqe.body[0] = OHBA_TMF_LUN_RESET;
	host_admin_start(w->host, &sqe);
	host_settle(w->host);
	w->host->guest_traces = 0;
	entry_is(w->host, 2, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* --- loss and return ------------------------------------------------------------ */

static void loss_and_return(void **state)
{
	struct world *w = *state;
	uint32_t handle = entry_up(w, 3), again;
	struct session s = site_session(w->site, 0, handle);
	struct io io = io_make(&s, 1, OHBA_IO_READ, 4096), late = io_make(&s, 2, 0, 0);
	struct ohba_target_state st;

	pass(w, 20 * SECOND);
	io_submit(&io);
	io_expect_cmd(&io);
	site_kill(w->site);
	io_done(&io, OHBA_ST_SESSION_LOST);
	entry_event(w->host, 3, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	entry_event(w->host, 3, OHBA_TARGET_CONNECTING, OHBA_ST_CONN_RESET);
	entry_event(w->host, 3, OHBA_TARGET_LOGIN, OHBA_ST_CONN_RESET);
	again = entry_event(w->host, 3, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	assert_int_not_equal(handle, again);
	io_submit(&late);
	io_done(&late, OHBA_ST_INVALID_HANDLE);
	w->host->guest_traces = 0;
	st = entry_state(w->host, 3);
	assert_int_equal(le32toh(st.ups), 2);
	assert_int_equal(le16toh(st.reason), OHBA_ST_CONN_RESET);
	assert_string_equal((char *)st.words, "the target reset the TCP connection");
	s = site_session(w->site, 1, again);
	io_works(&s, 3, OHBA_IO_READ, 512);
}

/* A ring that is full makes nothing lost but what is over. */
static void only_the_last_event_waits(void **state)
{
	struct world *w = *state;
	uint32_t i;

	w->host->events.lazy = true;
	for (i = 0; i < 20; i++) {
		struct ohba_target target = entry_of(i + 1);

		set_up(w, i, &target);
		host_settle(w->host);
	}
	w->host->events.lazy = false;
	for (i = 0; i < 100; i++) {
		host_advance(w->host, 2 * MS);
		host_read_events(w->host);
	}
	/* 16 entries of the ring: three of each entry; then what each came to. */
	assert_in_range(w->host->nevents, 16 + 14, 16 + 16);
	for (i = 0; i < w->host->nevents; i++)
		if (i >= 16)
			assert_int_equal(le32toh(w->host->event[i].detail[0]), OHBA_TARGET_UP);
	w->host->nevents = 0;
}

/* --- back-off --------------------------------------------------------------------- */

static void an_hour_down(void **state)
{
	static const uint32_t whole_s[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct ohba_target_state st;
	size_t i;

	w->site->tcp = SITE_REFUSE;
	set_up(w, 0, &target);
	for (i = 0; i < ARRAY_SIZE(whole_s); i++) {
		host_settle(w->host);
		entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_CONN_REFUSED);
		st = entry_state(w->host, 0);
		assert_int_equal(le32toh(st.tries), i + 1);
		assert_in_range(le32toh(st.retry_ms), whole_s[i] * 500, whole_s[i] * 1000);
		pass(w, le32toh(st.retry_ms) * MS);
	}
	pass(w, 3600 * SECOND);
	assert_in_range(w->site->connects, 60, 140);
	w->site->tcp = SITE_ACCEPT;
	login(w, 0);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_CONN_REFUSED);
	forget_events(w);
}

/* Who fell together comes back apart. */
static void random_parts(void **state)
{
	struct world *w = *state;
	uint32_t ms[20], i, j, same = 0;

	w->site->tcp = SITE_REFUSE;
	for (i = 0; i < ARRAY_SIZE(ms); i++) {
		struct ohba_target target = entry_of(i + 1);

		set_up(w, i, &target);
		forget_events(w);
		ms[i] = le32toh(entry_state(w->host, i).retry_ms);
		for (j = 0; j < i; j++)
			same += ms[i] == ms[j];
	}
	assert_in_range(same, 0, 5);
}

/* Who lets us in to drop us is not asked more often than who does not. */
static void an_hour_of_falls(void **state)
{
	struct world *w = *state;
	uint32_t i;

	entry_up(w, 0);
	for (i = 0; i < 7200; i++) {
		site_kill(w->site);
		pass(w, SECOND / 2);
	}
	assert_in_range(w->site->logins, 40, 140);
	pass(w, 120 * SECOND);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_CONN_RESET);
	/* Once it has been up for long, the next is at once again. */
	site_kill(w->site);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_CONN_RESET);
	forget_events(w);
}

static void each_login_status(void **state)
{
	static const struct {
		uint16_t status, reason;
		bool hopeless;
	} row[] = {
		{ 0x0200, OHBA_ST_LOGIN_REFUSED, true }, { 0x0201, OHBA_ST_LOGIN_AUTH, true },
		{ 0x0202, OHBA_ST_LOGIN_REFUSED, true }, { 0x0203, OHBA_ST_LOGIN_REFUSED, true },
		{ 0x0206, OHBA_ST_LOGIN_REFUSED, true }, { 0x0277, OHBA_ST_LOGIN_REFUSED, true },
		{ 0x0300, OHBA_ST_LOGIN_REFUSED, false }, { 0x0301, OHBA_ST_LOGIN_REFUSED, false },
		{ 0x0302, OHBA_ST_LOGIN_REFUSED, false },
		{ 0x0400, OHBA_ST_LOGIN_VIOLATION, false },
		{ 0x0101, OHBA_ST_LOGIN_VIOLATION, false },
	};
	struct world *w = *state;
	struct ohba_target_state st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_target target = entry_of(i + 1);

		w->site->status = row[i].status;
		set_up(w, i, &target);
		host_settle(w->host);
		entry_is(w->host, i, OHBA_TARGET_WAITING, row[i].reason);
		st = entry_state(w->host, i);
		assert_int_equal(st.login_class, row[i].status >> 8);
		assert_int_equal(st.login_detail, row[i].status & 0xff);
		assert_true(st.words[0]);
		if (row[i].hopeless)
			assert_int_equal(le32toh(st.retry_ms), 60000);
		else
			assert_in_range(le32toh(st.retry_ms), 500, 1000);
		forget_events(w);
		logout(w, i, 0);
		forget_events(w);
	}
}

/* --- redirections ------------------------------------------------------------------ */

static void moved(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct ohba_target_state st;
	uint16_t status;

	for (status = 0x0101; status <= 0x0102; status++) {
		w->site->status = status;
		w->site->moves = 4;
		w->site->moved_to = "10.9.8.7:3333,5";
		set_up(w, 0, &target);
		host_settle(w->host);
		st = entry_state(w->host, 0);
		assert_int_equal(st.phase, OHBA_TARGET_UP);
		assert_int_equal(le16toh(st.port), 3333);
		assert_memory_equal(st.addr, "\x0a\x09\x08\x07", 4);
		assert_int_equal(le32toh(st.tries), 0);
		/* It begins anew at the entry's own. */
		pass(w, 20 * SECOND);
		site_kill(w->site);
		host_settle(w->host);
		st = entry_state(w->host, 0);
		assert_int_equal(st.phase, OHBA_TARGET_UP);
		assert_int_equal(le16toh(st.port), 3260);
		logout(w, 0, 0);
		forget_events(w);
	}
	assert_int_equal(w->site->connects, 2 * 6);
}

static void moved_to_nowhere(void **state)
{
	static const struct {
		const char *to;
		unsigned int connects;
	} row[] = { { "10.0.0.1", 5 }, { "[fd00::1]:3261", 5 }, { "disk.example:3260", 1 } };
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_target target = entry_of(i + 1);

		w->site->connects = 0;
		w->site->status = 0x0101;
		w->site->moved_to = row[i].to;
		set_up(w, i, &target);
		host_settle(w->host);
		entry_is(w->host, i, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_REDIRECTED);
		assert_int_equal(w->site->connects, row[i].connects);
		logout(w, i, 0);
		forget_events(w);
	}
}

/* --- CHAP ------------------------------------------------------------------------- */

#define OUR_SECRET	"a secret of ours"
#define ITS_SECRET	"a secret of its own"

static void put_accounts(struct world *w)
{
	struct ohba_account ours = account_of("us", OUR_SECRET);
	struct ohba_account its = account_of("disk", ITS_SECRET);
	struct ohba_account wrong = account_of("us", "another secret");
	struct ohba_account anybody = account_of("", ITS_SECRET);
	struct ohba_account same = account_of("disk", OUR_SECRET);
	struct ohba_account brief = account_of("us", "11 bytes...");

	its.flags = anybody.flags = same.flags = OHBA_ACCOUNT_TARGET;
	account_set(w->host, 0, &ours, OHBA_ST_SUCCESS);
	account_set(w->host, 1, &its, OHBA_ST_SUCCESS);
	account_set(w->host, 2, &wrong, OHBA_ST_SUCCESS);
	account_set(w->host, 3, &anybody, OHBA_ST_SUCCESS);
	account_set(w->host, 4, &same, OHBA_ST_SUCCESS);
	account_set(w->host, 5, &brief, OHBA_ST_SUCCESS);
}

static void chap(void **state)
{
	enum { NO = OHBA_ACCOUNT_NONE };
	static const struct {
		uint16_t account, its, list;
		const char *secret;		/* that the target asks for */
		enum site_trick trick;
		uint16_t reason;
	} row[] = {
		{ 0, NO, OHBA_CHAP_MD5, OUR_SECRET, SITE_HONEST, OHBA_ST_SUCCESS },
		{ 0, NO, OHBA_CHAP_SHA256, OUR_SECRET, SITE_HONEST, OHBA_ST_SUCCESS },
		{ 0, NO, 0x57, NULL, SITE_HONEST, OHBA_ST_SUCCESS },
		{ 0, 1, 0x57, OUR_SECRET, SITE_HONEST, OHBA_ST_SUCCESS },
		{ 0, 3, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_SUCCESS },
		{ 2, NO, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_AUTH },
		{ NO, NO, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_AUTH },
		{ 0, 1, 0x75, OUR_SECRET, SITE_WRONG_PROOF, OHBA_ST_LOGIN_UNPROVEN },
		{ 0, 1, 0x75, OUR_SECRET, SITE_NO_PROOF, OHBA_ST_LOGIN_UNPROVEN },
		{ 0, 1, 0x75, OUR_SECRET, SITE_REFLECT, OHBA_ST_LOGIN_UNPROVEN },
		{ 0, 1, 0x75, NULL, SITE_HONEST, OHBA_ST_LOGIN_VIOLATION },
		{ 0, 4, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
		{ 1, NO, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
		{ 0, 2, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
		{ 6, NO, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
		{ 5, NO, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
		{ NO, 1, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
	};
	struct world *w = *state;
	size_t i;

	put_accounts(w);
	w->site->name = "us";
	w->site->own_name = "disk";
	w->site->own_secret = ITS_SECRET;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_target target = entry_of(i + 1);

		target.account = htole16(row[i].account);
		target.target_account = htole16(row[i].its);
		target.chap_list = htole16(row[i].list);
		w->site->secret = row[i].secret;
		w->site->trick = row[i].trick;
		set_up(w, i, &target);
		host_settle(w->host);
		entry_is(w->host, i, row[i].reason ? OHBA_TARGET_WAITING : OHBA_TARGET_UP,
			 row[i].reason);
		logout(w, i, 0);
		forget_events(w);
	}
}

/* A challenge that comes again could be answered by who heard the answer (section 12.1.3). */
static void challenges_are_fresh(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	unsigned int i, j;

	put_accounts(w);
	w->site->name = "us";
	w->site->secret = OUR_SECRET;
	w->site->own_name = "disk";
	w->site->own_secret = ITS_SECRET;
	target.account = htole16(0);
	target.target_account = htole16(1);
	set_up(w, 0, &target);
	for (i = 0; i < 4; i++) {
		forget_events(w);
		entry_is(w->host, 0, OHBA_TARGET_UP, i ? OHBA_ST_ABORTED : OHBA_ST_SUCCESS);
		assert_true(w->site->conn[i].theirs_len >= 16);
		for (j = 0; j < i; j++)
			assert_memory_not_equal(w->site->conn[i].theirs, w->site->conn[j].theirs,
						16);
		logout(w, 0, OHBA_TARGET_LOGOUT_AGAIN);
	}
	forget_events(w);
}

static void no_agreement(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);

	target.header_digest = OHBA_DIGEST_CRC32C;
	w->site->digest = "Reject";
	set_up(w, 0, &target);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_NO_AGREEMENT);
	assert_int_equal(le32toh(entry_state(w->host, 0).retry_ms), 60000);
	forget_events(w);
}

static void incomplete_entries(void **state)
{
	struct world *w = *state;
	struct ohba_target nameless = entry_of(1), homeless = entry_of(2);

	memset(nameless.name, 0, sizeof(nameless.name));
	homeless.family = 0;
	memset(homeless.addr, 0, sizeof(homeless.addr));
	set_up(w, 0, &nameless);
	set_up(w, 1, &homeless);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_CONFIG);
	entry_is(w->host, 1, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_CONFIG);
	pass(w, 600 * SECOND);
	assert_in_range(le32toh(entry_state(w->host, 1).tries), 10, 11);
	assert_int_equal(w->site->connects, 0);
}

/* --- who does not answer, or nonsense ------------------------------------------------- */

static void silence(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	unsigned int at;

	target.login_ms = htole32(3000);
	w->site->tcp = SITE_SILENT;
	set_up(w, 0, &target);
	host_advance(w->host, 2999 * MS);
	entry_is(w->host, 0, OHBA_TARGET_CONNECTING, OHBA_ST_SUCCESS);
	host_advance(w->host, MS);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_CONN_TIMEOUT);
	logout(w, 0, 0);
	w->site->tcp = SITE_ACCEPT;
	w->site->trick = SITE_MUTE;
	for (at = 0; at < 2; at++) {
		w->site->trick_at = at;
		login(w, 0);
		host_advance(w->host, 2999 * MS);
		entry_is(w->host, 0, OHBA_TARGET_LOGIN, at ? OHBA_ST_LOGIN_TIMEOUT :
							     OHBA_ST_CONN_TIMEOUT);
		host_advance(w->host, MS);
		entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_TIMEOUT);
		logout(w, 0, 0);
	}
	forget_events(w);
}

static void hostile_targets(void **state)
{
	static const struct {
		enum site_trick trick;
		unsigned int at;
		uint16_t reason;
	} row[] = {
		{ SITE_FIN, 0, OHBA_ST_CONN_CLOSED }, { SITE_FIN, 1, OHBA_ST_CONN_CLOSED },
		{ SITE_EARLY_END, 0, OHBA_ST_LOGIN_VIOLATION },
		{ SITE_GARBAGE, 0, OHBA_ST_BAD_OPCODE }, { SITE_GARBAGE, 1, OHBA_ST_BAD_OPCODE },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_target target = entry_of(i + 1);

		w->site->trick = row[i].trick;
		w->site->trick_at = row[i].at;
		set_up(w, i, &target);
		host_settle(w->host);
		entry_is(w->host, i, OHBA_TARGET_WAITING, row[i].reason);
		logout(w, i, 0);
		forget_events(w);
	}
}

/* --- logouts ---------------------------------------------------------------------- */

static void commands_end_at_logout(void **state)
{
	static const uint8_t flags[] = {
		0, OHBA_TARGET_LOGOUT_ABORT, OHBA_TARGET_LOGOUT_AGAIN,
		OHBA_TARGET_LOGOUT_ABORT | OHBA_TARGET_LOGOUT_AGAIN,
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		bool again = flags[i] & OHBA_TARGET_LOGOUT_AGAIN;
		bool abort = flags[i] & OHBA_TARGET_LOGOUT_ABORT;
		unsigned int n = w->site->connects, logouts = w->site->logouts;
		struct session s = site_session(w->site, n, entry_up(w, i));
		struct io read = io_make(&s, 1, OHBA_IO_READ, 8192);
		struct io write = io_make(&s, 2, OHBA_IO_WRITE, 300000);

		io_submit(&read);
		io_submit(&write);
		io_expect_cmd(&read);
		io_expect_cmd(&write);
		/* In the middle of its data. */
		send_data_in(&s, read.itt, &(struct data_in){
			.data = (uint8_t[4096]){ 0 }, .len = 4096 });
		w->site->conn[n].by_hand = true;
		give_back(w->site, n, &s);
		logout(w, i, flags[i]);
		io_done(&read, OHBA_ST_ABORTED);
		io_done(&write, OHBA_ST_ABORTED);
		if (!abort)
			entry_event(w->host, i, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
		assert_int_equal(w->site->logouts, logouts + !abort);
		assert_int_equal(target_wire(w->host->target, n)->aborted, abort);
		forget_events(w);
		entry_is(w->host, i, again ? OHBA_TARGET_UP : OHBA_TARGET_OFF, OHBA_ST_ABORTED);
	}
}

/* What comes for a task that was ended reaches its buffer no more. */
static void logout_in_the_middle_of_a_pdu(void **state)
{
	struct world *w = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);
	struct session s = site_session(w->site, 0, entry_up(w, 0));
	struct io io = io_make(&s, 1, OHBA_IO_READ, 8192);
	struct ohba_cqe cqe;
	uint32_t tag;

	io_submit(&io);
	io_expect_cmd(&io);
	wire_cut(s.wire, CUT_ONE, CUT_NONE);
	send_data_in(&s, io.itt, &(struct data_in){ .data = (uint8_t[8192]){ 0 }, .len = 8192,
						    .flags = FLAG_F | DATA_IN_S });
	while (wire_unread(s.wire) > 4000)
		host_turn(w->host);
	tag = host_admin_start(w->host, &sqe);
	while (!host_done(w->host, io.qid, io.tag, &cqe))
		host_turn(w->host);
	expect_status(&cqe, OHBA_ST_ABORTED);
	assert_true(wire_unread(s.wire) > 3000);
	io_retire(&io);
	give_back(w->site, 0, &s);
	wire_cut(s.wire, CUT_NONE, CUT_NONE);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->logouts, 1);
	assert_false(s.wire->aborted);
	forget_events(w);
}

/* A write whose data TCP takes a part of. */
static void half_sent(struct world *w, struct session *s, struct io *io)
{
	*io = io_make(s, 1, OHBA_IO_WRITE, 60000);
	wire_cut(s->wire, CUT_NONE, CUT_ONE);
	io_submit(io);
	while (wire_pending(s->wire) < 1000)
		host_turn(w->host);
	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
}

/* What TCP has a part of is not the host's until it has the rest, or is gone. */
static void logout_behind_what_is_half_sent(void **state)
{
	struct world *w = *state;
	bool stuck;

	for (stuck = false; ; stuck = true) {
		struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, stuck);
		unsigned int n = w->site->connects;
		struct session s = site_session(w->site, n, entry_up(w, stuck));
		struct ohba_cqe cqe;
		struct io io, late;
		uint32_t tag;

		half_sent(w, &s, &io);
		tag = host_admin_start(w->host, &sqe);
		host_advance(w->host, 4 * SECOND);
		host_no_event(w->host);
		entry_is(w->host, stuck, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
		assert_false(host_done(w->host, io.qid, io.tag, &cqe));
		late = io_make(&s, 2, 0, 0);
		io_submit(&late);
		io_done(&late, OHBA_ST_INVALID_HANDLE);
		w->host->guest_traces = 0;
		if (stuck) {
			host_advance(w->host, SECOND);
		} else {
			wire_cut(s.wire, CUT_NONE, CUT_NONE);
			host_settle(w->host);
			io_expect_cmd(&io);
			give_back(w->site, n, &s);
		}
		io_done(&io, OHBA_ST_ABORTED);
		cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
		expect_status(&cqe, OHBA_ST_SUCCESS);
		entry_is(w->host, stuck, OHBA_TARGET_OFF, OHBA_ST_ABORTED);
		assert_int_equal(w->site->logouts, 1);
		assert_int_equal(s.wire->aborted, stuck);
		forget_events(w);
		if (stuck)
			break;
	}
}

/* TMFs end with the tasks; the answer that comes late is no violation. */
static void logout_with_a_tmf_under_way(void **state)
{
	struct world *w = *state;
	struct session s = site_session(w->site, 0, entry_up(w, 0));
	struct ohba_sqe tmf = sqe_admin(OHBA_ADMIN_TMF, s.handle);
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);
	struct io io = io_make(&s, 1, OHBA_IO_READ, 4096);
	uint32_t tmf_tag, tag, itt;
	struct ohba_cqe cqe;
	struct pdu pdu;
	uint8_t bhs[48];

	io_submit(&io);
	io_expect_cmd(&io);
	tmf.body[0] = OHBA_TMF_LUN_RESET;
	tmf_tag = host_admin_start(w->host, &tmf);
	take_pdu(&s, &pdu);
	itt = be32_at(pdu.bhs, 16);
	free(pdu.data);
	tag = host_admin_start(w->host, &sqe);
	io_done(&io, OHBA_ST_ABORTED);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tmf_tag);
	expect_status(&cqe, OHBA_ST_ABORTED);
	entry_event(w->host, 0, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
	bhs_init(bhs, OP_TMF_RSP, FLAG_F);
	put_be32(bhs, 16, itt);
	send_pdu(&s, bhs, true, NULL, 0);
	/* Nor is data of the task that was ended. */
	send_data_in(&s, io.itt, &(struct data_in){ .data = (uint8_t[512]){ 0 }, .len = 512 });
	host_no_event(w->host);
	give_back(w->site, 0, &s);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	entry_event(w->host, 0, OHBA_TARGET_OFF, OHBA_ST_ABORTED);
	assert_false(s.wire->aborted);
}

static void a_logout_that_nobody_answers(void **state)
{
	struct world *w = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0), again = sqe;
	uint32_t tag;
	struct ohba_cqe cqe;

	entry_up(w, 0);
	w->site->no_logout = true;
	tag = host_admin_start(w->host, &sqe);
	host_advance(w->host, 4999 * MS);
	entry_event(w->host, 0, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
	entry_is(w->host, 0, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
	host_admin_status(w->host, &again, OHBA_ST_BUSY);
	entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 0, 0, OHBA_ST_BUSY);
	assert_false(host_done(w->host, OHBA_QID_ADMIN, tag, &cqe));
	/* Wanted again meanwhile: there is one, after this is over. */
	login(w, 0);
	host_advance(w->host, MS);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_ABORTED);
	assert_true(target_wire(w->host->target, 0)->aborted);
	w->site->no_logout = false;
	forget_events(w);
}

enum phase {
	PH_QUEUED, PH_CONNECTING, PH_LOGIN, PH_LOGIN_LATE, PH_UP, PH_LOGOUT, PH_WAITING, PH_COUNT,
};

/* Bring entry 0 there. */
static void bring(struct world *w, enum phase phase)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);
	struct ohba_target target = entry_of(1);

	w->site->tcp = phase == PH_CONNECTING ? SITE_SILENT :
		       phase == PH_WAITING ? SITE_REFUSE : SITE_ACCEPT;
	w->site->trick = phase == PH_LOGIN || phase == PH_LOGIN_LATE ? SITE_MUTE : SITE_HONEST;
	w->site->trick_at = phase == PH_LOGIN_LATE;
	w->site->no_logout = phase == PH_LOGOUT;
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	sqe.opcode = OHBA_ADMIN_TARGET_LOGIN;
	host_admin_start(w->host, &sqe);
	if (phase == PH_QUEUED) {
		host_turn(w->host);
		return;
	}
	host_settle(w->host);
	if (phase != PH_LOGOUT)
		return;
	sqe.opcode = OHBA_ADMIN_TARGET_LOGOUT;
	host_admin_start(w->host, &sqe);
	host_settle(w->host);
}

static void be_good(struct world *w)
{
	w->site->tcp = SITE_ACCEPT;
	w->site->trick = SITE_HONEST;
	w->site->no_logout = false;
}

static void logout_in_every_phase(void **state)
{
	enum phase phase;
	uint8_t flags;

	(void)state;
	for (phase = 0; phase < PH_COUNT; phase++) {
		for (flags = 0; flags < 4; flags++) {
			struct world *w = world_new(TARGETS);
			struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);
			bool again = flags & OHBA_TARGET_LOGOUT_AGAIN;
			struct ohba_cqe cqe;
			uint32_t tag;

			bring(w, phase);
			be_good(w);
			sqe.flags = flags;
			tag = host_admin_start(w->host, &sqe);
			cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
			if (phase == PH_LOGOUT) {
				expect_status(&cqe, OHBA_ST_BUSY);
				again = false;
				host_advance(w->host, 5 * SECOND);
				w->host->guest_traces = 0;
			} else {
				expect_status(&cqe, OHBA_ST_SUCCESS);
			}
			host_settle(w->host);
			assert_int_equal(entry_state(w->host, 0).phase,
					 again ? OHBA_TARGET_UP : OHBA_TARGET_OFF);
			assert_int_equal(entry_state(w->host, 0).wanted, again);
			if (!again)
				entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 0, 0,
					 OHBA_ST_SUCCESS);
			forget_events(w);
			world_free(w);
		}
	}
}

/* --- entries that change ------------------------------------------------------------ */

static void set_in_every_phase(void **state)
{
	enum phase phase;

	(void)state;
	for (phase = 0; phase < PH_COUNT; phase++) {
		struct world *w = world_new(TARGETS);
		struct ohba_target target = entry_of(2);
		uint32_t generation;

		bring(w, phase);
		be_good(w);
		generation = entry_state(w->host, 0).generation;
		entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
		assert_int_not_equal(entry_state(w->host, 0).generation, generation);
		host_settle(w->host);
		if (phase == PH_LOGOUT) {
			host_advance(w->host, 5 * SECOND);
			assert_int_equal(entry_state(w->host, 0).phase, OHBA_TARGET_OFF);
		} else {
			assert_int_equal(entry_state(w->host, 0).phase, OHBA_TARGET_UP);
			assert_int_equal(entry_state(w->host, 0).addr[3], 2);
			assert_string_equal(w->site->conn[w->site->seen - 1].target_name,
					    "iqn.2026-01.test:disk2");
			entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 0, 0, OHBA_ST_BUSY);
		}
		forget_events(w);
		world_free(w);
	}
}

static void set_of_what_does_not_matter(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);

	set_up(w, 0, &target);
	up(w, 0);
	target.flags |= htole16(OHBA_TARGET_AUTO | OHBA_TARGET_BOOT);
	target.alias[0] = 'a';
	target.host[255] = 1;
	target.timers.nop_interval_ms = htole32(1000);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	host_no_event(w->host);
	assert_int_equal(w->site->pings, 0);
	pass(w, 3 * SECOND);
	assert_in_range(w->site->pings, 1, 3);
	assert_int_equal(w->site->connects, 1);
	target.max_burst = htole32(131072);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->logouts, 1);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_ABORTED);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_ABORTED);
	assert_int_equal(le32toh(entry_state(w->host, 0).params.max_burst), 131072);
}

static void one_nexus_is_wanted_once(void **state)
{
	struct world *w = *state;
	struct ohba_target one = entry_of(1), two = one;

	memset(one.isid, 0x11, 6);
	two = one;
	two.addr[3] = 2;
	set_up(w, 0, &one);
	entry_set(w->host, 1, &two, OHBA_ST_SUCCESS);
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGIN, 1, 0, OHBA_ST_BUSY);
	two.isid[0] = 0x12;
	entry_set(w->host, 1, &two, OHBA_ST_SUCCESS);
	login(w, 1);
	two.isid[0] = 0x11;
	entry_set(w->host, 1, &two, OHBA_ST_BUSY);
	two.flags |= htole16(OHBA_TARGET_TPGT);
	entry_set(w->host, 1, &two, OHBA_ST_SUCCESS);
	logout(w, 0, 0);
	two.flags &= ~htole16(OHBA_TARGET_TPGT);
	entry_set(w->host, 1, &two, OHBA_ST_SUCCESS);
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGIN, 0, 0, OHBA_ST_BUSY);
	/* Without an ISID of its own each entry has another. */
	memset(two.isid, 0, 6);
	entry_set(w->host, 2, &two, OHBA_ST_SUCCESS);
	entry_set(w->host, 3, &two, OHBA_ST_SUCCESS);
	login(w, 2);
	login(w, 3);
	w->host->guest_traces = 0;
	forget_events(w);
}

/* --- what targets ask for ----------------------------------------------------------- */

static void send_async(struct session *s, uint8_t event, uint16_t one, uint16_t two,
		       uint16_t three)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_ASYNC, FLAG_F);
	put_be32(bhs, 16, RESERVED_TAG);
	bhs[36] = event;
	put_be16(bhs, 38, one);
	put_be16(bhs, 40, two);
	put_be16(bhs, 42, three);
	send_pdu(s, bhs, true, NULL, 0);
}

static void async_logout(void **state)
{
	struct world *w = *state;
	struct session s = site_session(w->site, 0, entry_up(w, 0));
	struct io io = io_make(&s, 1, OHBA_IO_READ, 4096);

	io_submit(&io);
	io_expect_cmd(&io);
	send_async(&s, 1, 0, 0, 10);
	give_back(w->site, 0, &s);
	io_done(&io, OHBA_ST_SESSION_LOST);
	assert_int_equal(w->site->logouts, 1);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_TARGET_DROP);
	host_advance(w->host, SECOND);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_TARGET_DROP);
	forget_events(w);
}

static void async_drop(void **state)
{
	uint8_t event;

	for (event = 2; event <= 3; event++) {
		struct world *w = *state;
		unsigned int n = w->site->connects;
		struct session s = site_session(w->site, n, entry_up(w, event));

		send_async(&s, event, 0, 7, 20);
		host_advance(w->host, SECOND);
		wire_fin(s.wire);
		entry_event(w->host, event, OHBA_TARGET_WAITING, OHBA_ST_TARGET_DROP);
		assert_int_equal(le32toh(entry_state(w->host, event).retry_ms), 7000);
		host_advance(w->host, 6999 * MS);
		entry_is(w->host, event, OHBA_TARGET_WAITING, OHBA_ST_TARGET_DROP);
		host_advance(w->host, MS);
		entry_is(w->host, event, OHBA_TARGET_UP, OHBA_ST_TARGET_DROP);
		forget_events(w);
	}
}

static void async_negotiation(void **state)
{
	static const char ours[] = "MaxRecvDataSegmentLength=65536";
	static const char its[] = "MaxRecvDataSegmentLength=8192";
	static const char bad[] = "MaxRecvDataSegmentLength=1";
	struct world *w = *state;
	struct session s = site_session(w->site, 0, entry_up(w, 0));
	struct pdu pdu;
	uint8_t bhs[48];
	int i;

	for (i = 0; i < 2; i++) {
		send_async(&s, 4, 0, 0, 3);
		take_pdu(&s, &pdu);
		assert_int_equal(pdu.bhs[0], OP_TEXT_REQ | OP_IMMEDIATE);
		assert_int_equal(pdu.bhs[1], FLAG_F);
		assert_int_equal(be32_at(pdu.bhs, 20), RESERVED_TAG);
		same_bytes("text", pdu.data, ours, sizeof(ours));
		bhs_init(bhs, OP_TEXT_RSP, FLAG_F);
		memcpy(bhs + 16, pdu.bhs + 16, 4);
		put_be32(bhs, 20, RESERVED_TAG);
		free(pdu.data);
		send_pdu(&s, bhs, true, i ? bad : its, i ? sizeof(bad) : sizeof(its));
		host_settle(w->host);
		assert_int_equal(le32toh(entry_state(w->host, 0).params.max_xmit_dsl),
				 i ? 65536 : 8192);
		if (i)
			break;
		s.opts.max_xmit_dsl = 8192;
		io_works(&s, 1, OHBA_IO_WRITE, 100000);
	}
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_BAD_FIELD);
	forget_events(w);
}

/* --- resets ---------------------------------------------------------------------- */

static void reset_in_every_phase(void **state)
{
	enum phase phase;

	(void)state;
	for (phase = 0; phase < PH_COUNT; phase++) {
		struct world *w = world_new(TARGETS);

		bring(w, phase);
		host_reset(w->host);
		assert_false(host_wakes_within(w->host, 3600 * SECOND));
		be_good(w);
		host_bring_up(w->host);
		host_advance(w->host, 100 * SECOND);
		entry_is(w->host, 0, OHBA_TARGET_OFF, OHBA_ST_SUCCESS);
		assert_int_equal(entry_state(w->host, 0).wanted, 0);
		host_no_event(w->host);
		entry_up(w, 0);
		world_free(w);
	}
}

static void hang_in_every_phase(void **state)
{
	enum phase phase;
	unsigned int connects;
	char err[200];

	(void)state;
	for (phase = 0; phase < PH_COUNT; phase++) {
		struct world *w = world_new(TARGETS);

		bring(w, phase);
		assert_int_equal(ohba_fault_set(w->host->fw, "hang", err, sizeof(err)), 0);
		host_settle(w->host);
		connects = w->site->connects;
		be_good(w);
		site_kill(w->site);
		host_advance(w->host, 3600 * SECOND);
		assert_int_equal(w->site->connects, connects);
		host_reset(w->host);
		host_bring_up(w->host);
		entry_up(w, 0);
		world_free(w);
	}
}

static void logs_in_by_itself(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);

	target.flags |= htole16(OHBA_TARGET_AUTO);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	/* The same nexus: the first has it. */
	memset(target.isid, 1, 6);
	entry_set(w->host, 1, &target, OHBA_ST_SUCCESS);
	entry_set(w->host, 2, &target, OHBA_ST_SUCCESS);
	host_advance(w->host, SECOND);
	assert_int_equal(w->site->connects, 0);
	host_reset(w->host);
	host_bring_up(w->host);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	entry_is(w->host, 1, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	entry_is(w->host, 2, OHBA_TARGET_OFF, OHBA_ST_SUCCESS);
	forget_events(w);
}

/* --- many ------------------------------------------------------------------------ */

/* All at once: a turn of the harness looks at every connection. */
static void login_all(struct world *w, uint32_t n)
{
	uint32_t tags[32], i, j;

	for (i = 0; i < n; i++) {
		struct ohba_target target = entry_of(i);

		entry_set(w->host, i, &target, OHBA_ST_SUCCESS);
	}
	for (i = 0; i < n; i += ARRAY_SIZE(tags)) {
		for (j = 0; j < ARRAY_SIZE(tags); j++) {
			struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGIN, i + j);

			tags[j] = host_admin_start(w->host, &sqe);
		}
		host_turn(w->host);
		for (j = 0; j < ARRAY_SIZE(tags); j++) {
			struct ohba_cqe cqe;

			assert_true(host_done(w->host, OHBA_QID_ADMIN, tags[j], &cqe));
			expect_status(&cqe, OHBA_ST_SUCCESS);
		}
	}
	host_settle(w->host);
	assert_int_equal(w->site->logins, n);
}

/* More events than a host of the harness remembers: a ring that stays full is looked at often. */
static void drain_events(struct world *w)
{
	do {
		w->host->nevents = 0;
		host_turn(w->host);
		host_read_events(w->host);
	} while (w->host->nevents);
}

/* Turns of the loop until @n sessions that fell at once are there again. */
static uint64_t storm(uint32_t n)
{
	struct world *w = world_new(n);
	struct ohba_adapter_stats stats;
	uint64_t before;
	uint32_t i;

	w->host->events.lazy = true;
	login_all(w, n);
	assert_int_equal(w->site->open_max, 64);
	drain_events(w);
	host_advance(w->host, 20 * SECOND);
	host_stats(w->host, OHBA_STATS_ADAPTER, 0, &stats, sizeof(stats));
	before = le64toh(stats.loop_turns);
	site_kill(w->site);
	while (w->site->logins < 2 * n) {
		assert_true(w->host->now < 3600 * SECOND);
		drain_events(w);
		host_advance(w->host, MS);
	}
	assert_int_equal(w->site->open_max, 64);
	/* Nobody had to try twice. */
	assert_int_equal(w->site->connects, 2 * n);
	host_stats(w->host, OHBA_STATS_ADAPTER, 0, &stats, sizeof(stats));
	for (i = 0; i < n; i += 61)
		entry_is(w->host, i, OHBA_TARGET_UP, OHBA_ST_CONN_RESET);
	world_free(w);
	return le64toh(stats.loop_turns) - before;
}

static void a_thousand_fall_and_rise(void **state)
{
	uint64_t few = storm(256), many = storm(1024);

	(void)state;
	assert_in_range(many, few, 5 * few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, fresh, gone)
		TEST(whole_life),
		TEST(digests),
		TEST(a_session_without_connection_id),
		TEST(loss_and_return),
		TEST(only_the_last_event_waits),
		TEST(an_hour_down),
		TEST(random_parts),
		TEST(an_hour_of_falls),
		TEST(each_login_status),
		TEST(moved),
		TEST(moved_to_nowhere),
		TEST(chap),
		TEST(challenges_are_fresh),
		TEST(no_agreement),
		TEST(incomplete_entries),
		TEST(silence),
		TEST(hostile_targets),
		TEST(commands_end_at_logout),
		TEST(logout_in_the_middle_of_a_pdu),
		TEST(logout_behind_what_is_half_sent),
		TEST(logout_with_a_tmf_under_way),
		TEST(a_logout_that_nobody_answers),
		cmocka_unit_test(logout_in_every_phase),
		cmocka_unit_test(set_in_every_phase),
		TEST(set_of_what_does_not_matter),
		TEST(one_nexus_is_wanted_once),
		TEST(async_logout),
		TEST(async_drop),
		TEST(async_negotiation),
		cmocka_unit_test(reset_in_every_phase),
		cmocka_unit_test(hang_in_every_phase),
		TEST(logs_in_by_itself),
		cmocka_unit_test(a_thousand_fall_and_rise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

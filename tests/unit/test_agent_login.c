// SPDX-License-Identifier: GPL-2.0-or-later
/* How the adapter logs in by itself: what targets answer, CHAP, redirections, silence. */
#include "world.h"

/* --- what targets answer ----------------------------------------------------------- */

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
		world_logout(w, i, 0);
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

	target.tos = 0x20;
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
		/* It begins anew at the entry's own, or where the target moved for good. */
		world_pass(w, 20 * SECOND);
		site_kill(w->site);
		host_settle(w->host);
		st = entry_state(w->host, 0);
		assert_int_equal(st.phase, OHBA_TARGET_UP);
		assert_int_equal(le16toh(st.port), status == 0x0101 ? 3260 : 3333);
		world_logout(w, 0, 0);
		forget_events(w);
	}
	assert_int_equal(w->site->connects, 2 * 6);
	assert_int_equal(target_wire(w->host->target, 4)->options.tos, 0x20);
}

#define OFTEN	"the target sends the login on too often"
#define NAME	"the target sends the login on to a name, not to an address"
#define NOWHERE	"the target sends the login on to an address of no network"

static void moved_to_nowhere(void **state)
{
	static const struct {
		const char *to;
		unsigned int connects;
		const char *words;
	} row[] = {
		{ "10.0.0.1", 5, OFTEN }, { "[fd00::1]:3261", 5, OFTEN },
		{ "disk.example:3260", 1, NAME },
		{ "127.0.0.1:3260", 1, NOWHERE }, { "127.9.9.9", 1, NOWHERE },
		{ "0.0.0.0:22", 1, NOWHERE }, { "169.254.169.254:80", 1, NOWHERE },
		{ "224.0.0.1", 1, NOWHERE }, { "255.255.255.255", 1, NOWHERE },
		{ "[::1]:3260", 1, NOWHERE }, { "[::]:3260", 1, NOWHERE },
		{ "[ff02::1]", 1, NOWHERE }, { "[fe80::1]", 1, NOWHERE },
		{ "[::ffff:127.0.0.1]:22", 1, NOWHERE }, { "[::ffff:0.0.0.0]:22", 1, NOWHERE },
		{ "[::127.0.0.1]:22", 1, NOWHERE }, { "[::ffff:10.0.0.1]", 5, OFTEN },
	};
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
		assert_string_equal((char *)entry_state(w->host, i).words, row[i].words);
		world_logout(w, i, 0);
		forget_events(w);
	}
}

/* Who is on the machine itself may stay there. */
static void moved_on_the_machine(void **state)
{
	static const struct {
		uint8_t family, addr[16];
		const char *to;
	} row[] = {
		{ OHBA_FAMILY_IPV4, { 127, 0, 0, 1 }, "127.0.0.2:3333" },
		{ OHBA_FAMILY_IPV4, { 127, 0, 0, 1 }, "[::1]:3333" },
		{ OHBA_FAMILY_IPV6, { [15] = 1 }, "[::ffff:127.0.0.1]:3333" },
		{ OHBA_FAMILY_IPV6, { 0xfe, 0x80, [15] = 1 }, "[fe80::2]:3333" },
		{ OHBA_FAMILY_IPV4, { 127, 0, 0, 1 }, "10.0.0.1:3333" },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_target target = entry_of(i + 1);

		target.family = row[i].family;
		memcpy(target.addr, row[i].addr, sizeof(target.addr));
		w->site->status = 0x0101;
		w->site->moves = 1;
		w->site->moved_to = row[i].to;
		set_up(w, i, &target);
		forget_events(w);
		entry_is(w->host, i, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
		assert_int_equal(le16toh(entry_state(w->host, i).port), 3333);
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
	struct ohba_account namesake = account_of("us", ITS_SECRET);

	its.flags = anybody.flags = same.flags = namesake.flags = OHBA_ACCOUNT_TARGET;
	account_set(w->host, 0, &ours, OHBA_ST_SUCCESS);
	account_set(w->host, 1, &its, OHBA_ST_SUCCESS);
	account_set(w->host, 2, &wrong, OHBA_ST_SUCCESS);
	account_set(w->host, 3, &anybody, OHBA_ST_SUCCESS);
	account_set(w->host, 4, &same, OHBA_ST_SUCCESS);
	account_set(w->host, 5, &namesake, OHBA_ST_SUCCESS);
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
		{ 0, NO, 0x57, NULL, SITE_HONEST, OHBA_ST_LOGIN_VIOLATION },
		{ 0, 1, 0x57, OUR_SECRET, SITE_HONEST, OHBA_ST_SUCCESS },
		{ 0, 3, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_SUCCESS },
		{ 2, NO, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_AUTH },
		{ 2, NO, 0x75, OUR_SECRET, SITE_VAGUE, OHBA_ST_LOGIN_AUTH },
		{ NO, NO, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_AUTH },
		{ NO, NO, 0x75, OUR_SECRET, SITE_VAGUE, OHBA_ST_LOGIN_REFUSED },
		{ 0, 1, 0x75, OUR_SECRET, SITE_WRONG_PROOF, OHBA_ST_LOGIN_UNPROVEN },
		{ 0, 1, 0x75, OUR_SECRET, SITE_NO_PROOF, OHBA_ST_LOGIN_UNPROVEN },
		{ 0, 1, 0x75, OUR_SECRET, SITE_REFLECT, OHBA_ST_LOGIN_UNPROVEN },
		{ 0, 1, 0x75, NULL, SITE_HONEST, OHBA_ST_LOGIN_VIOLATION },
		{ 0, 4, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
		{ 1, NO, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
		{ 0, 2, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
		{ 6, NO, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
		{ 0, 5, 0x75, OUR_SECRET, SITE_HONEST, OHBA_ST_LOGIN_CONFIG },
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
		if (row[i].trick == SITE_REFLECT)
			assert_string_equal((char *)entry_state(w->host, i).words,
					    "the target sent our own CHAP response back");
		if (row[i].reason == OHBA_ST_LOGIN_VIOLATION)
			assert_string_equal((char *)entry_state(w->host, i).words,
					    "the target does not choose CHAP, which the entry asks for");
		world_logout(w, i, 0);
		forget_events(w);
	}
}

/* Who waits for what only a change ends need not wait after it. */
static void a_secret_that_is_corrected(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1), other = entry_of(2);
	struct ohba_account wrong = account_of("us", "another secret");
	struct ohba_account right = account_of("us", OUR_SECRET);
	unsigned int connects;

	w->site->name = "us";
	w->site->secret = OUR_SECRET;
	account_set(w->host, 0, &wrong, OHBA_ST_SUCCESS);
	account_set(w->host, 1, &wrong, OHBA_ST_SUCCESS);
	target.account = htole16(0);
	other.account = htole16(1);
	set_up(w, 0, &target);
	set_up(w, 1, &other);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
	connects = w->site->connects;
	account_set(w->host, 0, &right, OHBA_ST_SUCCESS);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_LOGIN_AUTH);
	entry_is(w->host, 1, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_AUTH);
	/* Nor does a session end for it. */
	account_set(w->host, 0, &wrong, OHBA_ST_SUCCESS);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_LOGIN_AUTH);
	assert_int_equal(w->site->connects, connects + 1);
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
		world_logout(w, 0, OHBA_TARGET_LOGOUT_AGAIN);
	}
	forget_events(w);
}

/* Who is sent on once it has the answer must not be asked what it heard. */
static void challenges_are_fresh_elsewhere(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);

	put_accounts(w);
	w->site->name = "us";
	w->site->secret = OUR_SECRET;
	w->site->own_name = "disk";
	w->site->own_secret = ITS_SECRET;
	w->site->moved_to = "10.0.0.2:3260";
	w->site->trick = SITE_MOVE_LATE;
	w->site->moves = 1;
	target.account = htole16(0);
	target.target_account = htole16(1);
	set_up(w, 0, &target);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->connects, 2);
	assert_true(w->site->conn[0].theirs_len >= 16);
	assert_true(w->site->conn[1].theirs_len >= 16);
	assert_memory_not_equal(w->site->conn[0].theirs, w->site->conn[1].theirs, 16);
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
	world_pass(w, 600 * SECOND);
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
	world_logout(w, 0, 0);
	w->site->tcp = SITE_ACCEPT;
	w->site->trick = SITE_MUTE;
	for (at = 0; at < 2; at++) {
		w->site->trick_at = at;
		world_login(w, 0);
		host_advance(w->host, 2999 * MS);
		entry_is(w->host, 0, OHBA_TARGET_LOGIN, at ? OHBA_ST_LOGIN_TIMEOUT :
							     OHBA_ST_CONN_TIMEOUT);
		host_advance(w->host, MS);
		entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_TIMEOUT);
		world_logout(w, 0, 0);
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
		world_logout(w, i, 0);
		forget_events(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(each_login_status),
		TEST(moved),
		TEST(moved_to_nowhere),
		TEST(moved_on_the_machine),
		TEST(chap),
		TEST(a_secret_that_is_corrected),
		TEST(challenges_are_fresh),
		TEST(challenges_are_fresh_elsewhere),
		TEST(no_agreement),
		TEST(incomplete_entries),
		TEST(silence),
		TEST(hostile_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

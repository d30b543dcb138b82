// SPDX-License-Identifier: GPL-2.0-or-later
/* DISCOVER: portals that list their targets, some of them to do harm. */
#include "world.h"

#define ROOM(records)	(sizeof(struct ohba_discovery) + (records) * sizeof(struct ohba_discovered))

static const char three[] =
	"TargetName=iqn.2026-01.test:one\0"
	"TargetAddress=10.0.0.7:3260,1\0"
	"TargetAddress=[fd00::7]:3999,2\0"
	"TargetName=iqn.2026-01.test:two\0"
	"TargetName=iqn.2026-01.test:three\0"
	"TargetAddress=10.0.0.8";

struct asked {
	struct host *host;
	uint32_t tag, room;
	uint64_t addr;
};

static struct ohba_discover portal(void)
{
	return (struct ohba_discover){
		.family = OHBA_FAMILY_IPV4, .port = htole16(3260), .addr = { 10, 0, 0, 7 },
		.account = htole16(OHBA_ACCOUNT_NONE),
	};
}

static struct asked start(struct world *w, const struct ohba_discover *discover, uint32_t room)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_DISCOVER, 0);
	struct asked asked = { .host = w->host, .room = room };

	asked.addr = mem_alloc(w->host->mem, room, MEM_IN);
	memcpy(sqe.body, discover, sizeof(*discover));
	sqe_data(&sqe, asked.addr, room);
	asked.tag = host_admin_start(w->host, &sqe);
	return asked;
}

/* It ends with @status; how many records follow. */
static uint32_t end(struct asked *asked, uint16_t status, struct ohba_discovery *told)
{
	struct ohba_cqe cqe = host_expect(asked->host, OHBA_QID_ADMIN, asked->tag);

	expect_status(&cqe, status);
	memcpy(told, mem_ptr(asked->host->mem, asked->addr), sizeof(*told));
	assert_int_equal(!told->words[0], !status);
	mem_retire(asked->host->mem, asked->addr);
	return le32toh(cqe.result);
}

static void found_is(const struct asked *asked, uint32_t n, const char *name, uint8_t family,
		     const void *addr, uint16_t port, int tpgt)
{
	const uint8_t *mem = mem_ptr(asked->host->mem, asked->addr);
	struct ohba_discovered want = { .family = family, .port = htole16(port) }, got;

	memcpy(want.addr, addr, family == OHBA_FAMILY_IPV4 ? 4 : 16);
	strcpy((char *)want.name, name);
	if (tpgt >= 0) {
		want.flags = OHBA_DISCOVERED_TPGT;
		want.tpgt = htole16(tpgt);
	}
	memcpy(&got, mem + ROOM(n), sizeof(got));
	assert_memory_equal(&got, &want, sizeof(want));
}

static void nothing_left(struct world *w)
{
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;

	w->site->listing = LIST_WHOLE;
	w->site->list = three;
	w->site->list_len = sizeof(three);
	w->site->list_cut = 0;
	w->site->tcp = SITE_ACCEPT;
	w->site->trick = SITE_HONEST;
	w->site->status = 0;
	w->site->moved_to = NULL;
	w->site->no_logout = false;
	asked = start(w, &discover, ROOM(4));
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 4);
}

static void a_list(void **state)
{
	static const uint8_t v6[16] = { 0xfd, [15] = 7 };
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;
	size_t cut;

	w->site->listing = LIST_WHOLE;
	w->site->list = three;
	w->site->list_len = sizeof(three);
	for (cut = 0; cut < sizeof(three) + 1; cut = cut ? 2 * cut + 1 : 1) {
		w->site->list_cut = cut;
		asked = start(w, &discover, ROOM(5));
		assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 4);
		assert_int_equal(le32toh(told.listed), 4);
		assert_int_equal(le32toh(told.skipped), 0);
		found_is(&asked, 0, "iqn.2026-01.test:one", OHBA_FAMILY_IPV4, "\x0a\0\0\x07", 3260, 1);
		found_is(&asked, 1, "iqn.2026-01.test:one", OHBA_FAMILY_IPV6, v6, 3999, 2);
		/* Without address: where we asked. */
		found_is(&asked, 2, "iqn.2026-01.test:two", OHBA_FAMILY_IPV4, "\x0a\0\0\x07", 3260, -1);
		found_is(&asked, 3, "iqn.2026-01.test:three", OHBA_FAMILY_IPV4, "\x0a\0\0\x08", 3260, -1);
	}
	assert_int_equal(w->site->logouts, w->site->connects);
	host_no_event(w->host);
}

static void as_much_as_there_is_room_for(void **state)
{
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;
	uint32_t room;

	w->site->listing = LIST_WHOLE;
	w->site->list = three;
	w->site->list_len = sizeof(three);
	for (room = 0; room < 4; room++) {
		asked = start(w, &discover, ROOM(room) + 255);
		assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), room);
		assert_int_equal(le32toh(told.listed), 4);
	}
}

/* What it would not follow a redirection to it does not hand on either. */
static void places(void **state)
{
	static const char list[] =
		"TargetName=iqn.2026-01.test:one\0"
		"TargetAddress=disk.example:3260,1\0"
		"TargetAddress=127.0.0.1:22,1\0"
		"TargetAddress=0.0.0.0:3260,1\0"
		"TargetAddress=[::1]:3260,1\0"
		"TargetAddress=169.254.169.254:80,1\0"
		"TargetAddress=10.0.0.9:3260,1";
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;

	w->site->listing = LIST_WHOLE;
	w->site->list = list;
	w->site->list_len = sizeof(list);
	asked = start(w, &discover, ROOM(6));
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 1);
	assert_int_equal(le32toh(told.listed), 6);
	assert_int_equal(le32toh(told.skipped), 5);
	found_is(&asked, 0, "iqn.2026-01.test:one", OHBA_FAMILY_IPV4, "\x0a\0\0\x09", 3260, 1);
	/* Who is asked on the machine itself may be there. */
	memcpy(discover.addr, "\x7f\0\0\x01", 4);
	asked = start(w, &discover, ROOM(6));
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 3);
	found_is(&asked, 0, "iqn.2026-01.test:one", OHBA_FAMILY_IPV4, "\x7f\0\0\x01", 22, 1);
}

static void chap(void **state)
{
	struct ohba_account account = account_of("us", "a secret of ours"), theirs = account;
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;

	theirs.flags = OHBA_ACCOUNT_TARGET;
	account_set(w->host, 1, &account, OHBA_ST_SUCCESS);
	account_set(w->host, 2, &theirs, OHBA_ST_SUCCESS);
	w->site->name = "us";
	w->site->secret = "a secret of ours";
	asked = start(w, &discover, ROOM(4));
	end(&asked, OHBA_ST_LOGIN_AUTH, &told);
	assert_int_equal(told.login_class << 8 | told.login_detail, 0x0201);
	discover.account = htole16(2);
	asked = start(w, &discover, ROOM(4));
	end(&asked, OHBA_ST_LOGIN_CONFIG, &told);
	discover.account = htole16(3);
	asked = start(w, &discover, ROOM(4));
	end(&asked, OHBA_ST_LOGIN_CONFIG, &told);
	discover.account = htole16(1);
	w->site->listing = LIST_WHOLE;
	w->site->list = three;
	w->site->list_len = sizeof(three);
	asked = start(w, &discover, ROOM(4));
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 4);
}

/* What the portal gets of the secret is what the list allows, whatever it chooses. */
static void chap_list(void **state)
{
	struct ohba_account account = account_of("us", "a secret of ours");
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;

	account_set(w->host, 1, &account, OHBA_ST_SUCCESS);
	discover.account = htole16(1);
	w->site->name = "us";
	w->site->secret = "a secret of ours";
	w->site->listing = LIST_WHOLE;
	w->site->list = three;
	w->site->list_len = sizeof(three);
	asked = start(w, &discover, ROOM(4));
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 4);
	assert_string_equal(w->site->algorithms, "8,6,5,7");
	discover.chap_list = htole16(OHBA_CHAP_SHA256 | OHBA_CHAP_SHA3_256 << 4);
	asked = start(w, &discover, ROOM(4));
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 4);
	assert_string_equal(w->site->algorithms, "7,8");
	assert_int_equal(w->site->proofs, 2);
	w->site->chap = OHBA_CHAP_MD5;
	asked = start(w, &discover, ROOM(4));
	end(&asked, OHBA_ST_LOGIN_VIOLATION, &told);
	assert_int_equal(w->site->proofs, 2);
	w->host->guest_traces = 0;
}

/* It has a copy. */
static void an_account_goes_meanwhile(void **state)
{
	struct ohba_account account = account_of("us", "a secret of ours");
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;

	account_set(w->host, 1, &account, OHBA_ST_SUCCESS);
	w->site->name = "us";
	w->site->secret = "a secret of ours";
	w->site->listing = LIST_WHOLE;
	w->site->list = three;
	w->site->list_len = sizeof(three);
	w->site->tcp = SITE_SILENT;
	discover.account = htole16(1);
	asked = start(w, &discover, ROOM(4));
	host_settle(w->host);
	entry_do(w->host, OHBA_ADMIN_ACCOUNT_DELETE, 1, 0, OHBA_ST_SUCCESS);
	wire_answer(target_wire(w->host->target, 0), OHBA_ST_SUCCESS);
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 4);
}

static void fields(void **state)
{
	struct world *w = *state;
	struct {
		struct ohba_discover discover;
		uint32_t handle, room;
		uint16_t status;
	} row[15];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		row[i].discover = portal();
		row[i].handle = 0;
		row[i].room = ROOM(1);
		row[i].status = OHBA_ST_INVALID_FIELD;
	}
	row[0].discover.family = 5;
	row[1].discover.port = 0;
	row[2].discover.addr[4] = 1;
	memset(row[3].discover.addr, 0, 16);
	row[4].discover.method = OHBA_DISCOVER_ISNS + 1;
	row[5].discover.rsvd1[1] = 1;
	row[6].discover.timeout_ms = htole32(OHBA_DISCOVER_MS_MAX + 1);
	row[7].room = ROOM(0) - 1;
	row[8].handle = 1;
	row[8].status = OHBA_ST_INVALID_HANDLE;
	/* No algorithm, one twice, a gap; and one without an account. */
	row[9].discover.chap_list = htole16(OHBA_CHAP_SHA3_256 + 1);
	row[10].discover.chap_list = htole16(OHBA_CHAP_MD5 | OHBA_CHAP_MD5 << 4);
	row[11].discover.chap_list = htole16(OHBA_CHAP_MD5 | OHBA_CHAP_SHA1 << 8);
	for (i = 9; i < 12; i++)
		row[i].discover.account = htole16(1);
	row[12].discover.chap_list = htole16(OHBA_CHAP_SHA256);
	/* Nobody proves anything to an iSNS server. */
	row[13].discover.method = OHBA_DISCOVER_ISNS;
	row[13].discover.account = htole16(1);
	row[14].discover.method = OHBA_DISCOVER_ISNS;
	row[14].discover.chap_list = htole16(OHBA_CHAP_SHA256);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_DISCOVER, row[i].handle);

		memcpy(sqe.body, &row[i].discover, sizeof(row[i].discover));
		sqe_data(&sqe, mem_alloc(w->host->mem, row[i].room, MEM_IN), row[i].room);
		host_admin_status(w->host, &sqe, row[i].status);
	}
	assert_int_equal(w->site->connects, 0);
	w->host->guest_traces = 0;	/* it was to blame */
}

static void two_at_a_time(void **state)
{
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct asked asked[OHBA_DISCOVERS_MAX];
	struct ohba_discovery told;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_DISCOVER, 0);
	unsigned int i;

	w->site->tcp = SITE_SILENT;
	for (i = 0; i < OHBA_DISCOVERS_MAX; i++)
		asked[i] = start(w, &discover, ROOM(4));
	memcpy(sqe.body, &discover, sizeof(discover));
	sqe_data(&sqe, mem_alloc(w->host->mem, ROOM(1), MEM_IN), ROOM(1));
	host_admin_status(w->host, &sqe, OHBA_ST_BUSY);
	for (i = 0; i < OHBA_DISCOVERS_MAX; i++)
		wire_answer(target_wire(w->host->target, i), OHBA_ST_CONN_REFUSED);
	for (i = 0; i < OHBA_DISCOVERS_MAX; i++)
		assert_int_equal(end(&asked[i], OHBA_ST_CONN_REFUSED, &told), 0);
	nothing_left(w);
}

/* What harms a portal may do before it is asked for its list. */
static void bad_logins(void **state)
{
	static const struct {
		enum site_trick trick;
		unsigned int at;
		uint16_t status, reason;
		const char *words;
	} row[] = {
		{ SITE_FIN, 0, 0, OHBA_ST_CONN_CLOSED, NULL },
		{ SITE_FIN, 1, 0, OHBA_ST_CONN_CLOSED, NULL },
		{ SITE_EARLY_END, 0, 0, OHBA_ST_LOGIN_VIOLATION, NULL },
		{ SITE_GARBAGE, 1, 0, OHBA_ST_BAD_OPCODE, NULL },
		{ SITE_HONEST, 0, 0x0202, OHBA_ST_LOGIN_REFUSED, NULL },
		{ SITE_HONEST, 0, 0x0301, OHBA_ST_LOGIN_REFUSED, NULL },
		{ SITE_HONEST, 0, 0x0101, OHBA_ST_LOGIN_REDIRECTED,
		  "the portal sends us on to 10.9.8.7 port 3333: ask that one" },
	};
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		w->site->trick = row[i].trick;
		w->site->trick_at = row[i].at;
		w->site->status = row[i].status;
		w->site->moved_to = row[i].status == 0x0101 ? "10.9.8.7:3333" : NULL;
		asked = start(w, &discover, ROOM(4));
		assert_int_equal(end(&asked, row[i].reason, &told), 0);
		assert_int_equal(told.login_class, row[i].status >> 8);
		if (row[i].words)
			assert_string_equal((char *)told.words, row[i].words);
		nothing_left(w);
	}
}

static void bad_lists(void **state)
{
	static const char no_name[] = "TargetAddress=10.0.0.7:3260,1";
	static const char bad_name[] = "TargetName=not a name";
	static const char bad_address[] = "TargetName=iqn.2026-01.test:a\0TargetAddress=1.2.3.4:99999";
	static const char garbage[] = "\x01\x02\xff=\xfe\0\0\0==\0x";
	static char long_value[9000];
	static char same[65536];
	const struct {
		enum site_list listing;
		const char *list;
		size_t len, cut;
		uint16_t reason;
	} row[] = {
		{ LIST_WHOLE, no_name, sizeof(no_name), 0, OHBA_ST_DISCOVERY_VIOLATION },
		{ LIST_WHOLE, bad_name, sizeof(bad_name), 0, OHBA_ST_DISCOVERY_VIOLATION },
		{ LIST_WHOLE, bad_address, sizeof(bad_address), 7, OHBA_ST_DISCOVERY_VIOLATION },
		{ LIST_WHOLE, garbage, sizeof(garbage), 3, OHBA_ST_DISCOVERY_VIOLATION },
		{ LIST_WHOLE, long_value, sizeof(long_value), 4096, OHBA_ST_DISCOVERY_VIOLATION },
		/* Every PDU is of the longest: the bound is that of all text. */
		{ LIST_ENDLESS, same, sizeof(same), 0, OHBA_ST_DISCOVERY_VIOLATION },
		/* Or that of PDUs. */
		{ LIST_ENDLESS, three, sizeof(three), 1, OHBA_ST_DISCOVERY_VIOLATION },
		{ LIST_REFUSE, three, sizeof(three), 0, OHBA_ST_DISCOVERY_REFUSED },
		{ LIST_REJECT, three, sizeof(three), 0, OHBA_ST_DISCOVERY_REFUSED },
		{ LIST_OTHER_STATSN, three, sizeof(three), 0, OHBA_ST_BAD_STATSN },
		{ LIST_DROP, three, sizeof(three), 0, OHBA_ST_TARGET_DROP },
	};
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;
	size_t i;

	memset(long_value, 'x', sizeof(long_value));
	memcpy(long_value, "TargetName=", 11);
	for (i = 0; i + 31 < sizeof(same); i += 32)
		snprintf(same + i, 32, "X-com.example.key%03zu=0123456789", i / 32 % 1000);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		w->site->listing = row[i].listing;
		w->site->list = row[i].list;
		w->site->list_len = row[i].len;
		w->site->list_cut = row[i].cut;
		asked = start(w, &discover, ROOM(4));
		end(&asked, row[i].reason, &told);
		nothing_left(w);
	}
}

static void silence(void **state)
{
	static const struct {
		enum site_tcp tcp;
		enum site_trick trick;
		uint16_t reason;
	} row[] = {
		{ SITE_SILENT, SITE_HONEST, OHBA_ST_CONN_TIMEOUT },
		{ SITE_ACCEPT, SITE_MUTE, OHBA_ST_LOGIN_TIMEOUT },
		{ SITE_ACCEPT, SITE_HONEST, OHBA_ST_DISCOVERY_TIMEOUT },
	};
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		discover.timeout_ms = htole32(i ? 4000 : 0);
		w->site->tcp = row[i].tcp;
		w->site->trick = row[i].trick;
		w->site->listing = LIST_NOT;
		asked = start(w, &discover, ROOM(4));
		world_pass(w, (i ? 4 : 15) * SECOND - MS);
		host_expect_none(w->host, OHBA_QID_ADMIN);
		world_pass(w, MS);
		end(&asked, row[i].reason, &told);
		nothing_left(w);
	}
}

/* The list counts, whatever becomes of the logout. */
static void no_goodbye(void **state)
{
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;

	w->site->listing = LIST_WHOLE;
	w->site->list = three;
	w->site->list_len = sizeof(three);
	w->site->no_logout = true;
	asked = start(w, &discover, ROOM(4));
	host_settle(w->host);
	world_pass(w, 5 * SECOND - MS);
	host_expect_none(w->host, OHBA_QID_ADMIN);
	world_pass(w, MS);
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 4);
	asked = start(w, &discover, ROOM(4));
	host_settle(w->host);
	site_kill(w->site);
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 4);
	nothing_left(w);
}

static void memory_that_is_none(void **state)
{
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_cqe cqe;
	struct asked asked;

	w->site->listing = LIST_WHOLE;
	w->site->list = three;
	w->site->list_len = sizeof(three);
	w->site->tcp = SITE_SILENT;
	asked = start(w, &discover, ROOM(4));
	host_settle(w->host);
	mem_poison(w->host->mem, asked.addr);
	wire_answer(target_wire(w->host->target, 0), OHBA_ST_SUCCESS);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, asked.tag);
	expect_status(&cqe, OHBA_ST_DMA_FAULT);
	assert_int_equal(le32toh(cqe.result), 0);
	w->host->guest_traces = 0;
	nothing_left(w);
}

/* Nothing of it is written, nor heard of, after a reset in any of its states. */
static void resets(void **state)
{
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct asked asked;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		w->site->tcp = i == 0 ? SITE_SILENT : SITE_ACCEPT;
		w->site->trick = i == 1 ? SITE_MUTE : SITE_HONEST;
		w->site->listing = i == 2 ? LIST_NOT : LIST_WHOLE;
		w->site->list = three;
		w->site->list_len = sizeof(three);
		w->site->no_logout = true;
		asked = start(w, &discover, ROOM(4));
		host_settle(w->host);
		host_reset(w->host);
		mem_retire(w->host->mem, asked.addr);
		host_bring_up(w->host);
		host_advance(w->host, 30 * SECOND);
		nothing_left(w);
	}
}

static void beside_sessions(void **state)
{
	struct world *w = *state;
	struct ohba_discover discover = portal();
	struct ohba_discovery told;
	struct asked asked;

	w->site->listing = LIST_WHOLE;
	w->site->list = three;
	w->site->list_len = sizeof(three);
	entry_up(w, 0);
	asked = start(w, &discover, ROOM(4));
	assert_int_equal(end(&asked, OHBA_ST_SUCCESS, &told), 4);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	/* The one must not end the other at the target (RFC 7143 section 6.3.5). */
	assert_memory_not_equal(w->site->conn[0].isid, w->site->conn[1].isid, 6);
	assert_int_equal(w->site->conn[1].target_name[0], 0);
	world_logout(w, 0, 0);
	forget_events(w);
}

/* Nobody was told its session handle; who guesses it has no say in it. */
static void its_session_is_its_own(void **state)
{
	uint32_t handle = (CONNS + TARGETS) | 1 << 16;
	struct ohba_session_timers timers = { .nop_interval_ms = htole32(1000) };
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_SESSION_TIMERS, handle);
	struct ohba_tmf tmf = { .function = 5 };
	struct ohba_discover discover = portal();
	struct world *w = *state;
	struct ohba_discovery told;
	struct asked asked;

	w->site->listing = LIST_NOT;
	asked = start(w, &discover, ROOM(4));
	host_settle(w->host);
	assert_int_equal(w->site->texts, 1);
	memcpy(sqe.body, &timers, sizeof(timers));
	host_admin_status(w->host, &sqe, OHBA_ST_INVALID_HANDLE);
	sqe = sqe_admin(OHBA_ADMIN_TMF, handle);
	memcpy(sqe.body, &tmf, sizeof(tmf));
	host_admin_status(w->host, &sqe, OHBA_ST_INVALID_HANDLE);
	world_pass(w, 15 * SECOND);
	assert_int_equal(w->site->pings, 0);
	end(&asked, OHBA_ST_DISCOVERY_TIMEOUT, &told);
	nothing_left(w);
	w->host->guest_traces = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(a_list),
		TEST(as_much_as_there_is_room_for),
		TEST(places),
		TEST(chap),
		TEST(chap_list),
		TEST(an_account_goes_meanwhile),
		TEST(fields),
		TEST(two_at_a_time),
		TEST(bad_logins),
		TEST(bad_lists),
		TEST(silence),
		TEST(no_goodbye),
		TEST(memory_that_is_none),
		TEST(resets),
		TEST(beside_sessions),
		TEST(its_session_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

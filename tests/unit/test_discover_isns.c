// SPDX-License-Identifier: GPL-2.0-or-later
/* DISCOVER by iSNS: a server that plays by itself, and some that do harm. */
#include <arpa/inet.h>
#include <errno.h>

#include "targets.h"
#include "world.h"

#define ROOM(records)	(sizeof(struct ohba_discovery) + (records) * sizeof(struct ohba_discovered))
#define SERVER_PORT	3205

/* What is asked, by function: the question whether we are known is the first DevAttrQry. */
enum question { LOOK, REGISTER, ASK, LEAVE, QUESTIONS };

enum trick {
	HONEST,
	MUTE,		/* no answer to .at */
	FIN,		/* the end of TCP instead */
	RESET,
	GARBAGE,	/* bytes at random, instead */
	OTHER_XID,
};

struct group {
	const char *name;
	uint8_t addr[16];
	uint32_t port, tag;
};

#define V4(a, b, c, d)	{ [10] = 0xff, 0xff, a, b, c, d }

static const struct group three[] = {
	{ "iqn.2026-01.test:one", V4(10, 0, 0, 7), 3260, 1 },
	{ "iqn.2026-01.test:one", { 0xfd, [15] = 7 }, 3999, 2 },
	{ "eui.02004567A425678D", V4(10, 0, 0, 8), 3260, 65535 },
};

/* A world with a server in it. */
struct server {
	struct world *w;
	struct ohba_poller poller;
	/* How it behaves. */
	const struct group *group;
	size_t ngroups, cut;		/* bytes of a PDU's payload; 0: all */
	bool known;			/* somebody registered our name */
	uint32_t status[QUESTIONS];
	enum trick trick;
	enum question at;
	enum cut tcp_cut;
	/* What happened. */
	unsigned int asked[QUESTIONS];
	char name[224];			/* who registered */
	uint8_t answer[8192];
	size_t len;
};

/* --- the server -------------------------------------------------------------- */

static void put(struct server *s, uint32_t tag, const void *value, size_t len)
{
	size_t padded = (len + 3) & ~3u;

	assert_true(s->len + 8 + padded <= sizeof(s->answer));
	put_be32(s->answer, s->len, tag);
	put_be32(s->answer, s->len + 4, padded);
	memset(s->answer + s->len + 8, 0, padded);
	memcpy(s->answer + s->len + 8, value, len);
	s->len += 8 + padded;
}

static void put_number(struct server *s, uint32_t tag, uint32_t number)
{
	uint8_t be[4];

	put_be32(be, 0, number);
	put(s, tag, be, 4);
}

static void put_groups(struct server *s)
{
	size_t i;

	for (i = 0; i < s->ngroups; i++) {
		put(s, 48, s->group[i].name, strlen(s->group[i].name) + 1);
		put(s, 49, s->group[i].addr, 16);
		put_number(s, 50, s->group[i].port);
		put_number(s, 51, s->group[i].tag);
	}
}

static void send_part(struct wire *wire, const uint8_t *req, uint16_t flags, uint16_t seq,
		      uint16_t xid_off, const uint8_t *payload, size_t len)
{
	uint8_t hdr[12];

	put_be16(hdr, 0, 1);
	put_be16(hdr, 2, 0x8000 | be16_at(req, 2));
	put_be16(hdr, 4, len);
	put_be16(hdr, 6, 0x4000 | flags);
	put_be16(hdr, 8, be16_at(req, 8) + xid_off);
	put_be16(hdr, 10, seq);
	wire_put(wire, hdr, sizeof(hdr));
	wire_put(wire, payload, len);
}

static void send_answer(struct server *s, struct wire *wire, const uint8_t *req)
{
	size_t cut = s->cut ? s->cut : s->len, at, n;
	unsigned int seq = 0;

	for (at = 0; at < s->len; at += n) {
		n = MIN(cut, s->len - at);
		send_part(wire, req, (at ? 0 : 0x400) | (at + n == s->len ? 0x800 : 0), seq++,
			 s->trick == OTHER_XID, s->answer + at, n);
	}
}

/* Return: whether it is an answer of a kind. */
static bool play_trick(struct server *s, struct wire *wire, enum question question)
{
	uint8_t bytes[300];

	if (s->trick == HONEST || s->trick == OTHER_XID || question != s->at)
		return false;
	if (s->trick == FIN)
		wire_fin(wire);
	if (s->trick == RESET)
		wire_error(wire, ECONNRESET);
	if (s->trick == GARBAGE) {
		pattern_fill(bytes, sizeof(bytes), 0x6a7ba6e, 0);
		wire_put(wire, bytes, sizeof(bytes));
	}
	return true;
}

/* The name of who asks is the first attribute of each message (section 5.6.1). */
static enum question question_of(const uint8_t *req)
{
	uint16_t function = be16_at(req, 2);
	uint32_t key = be32_at(req, 12 + 8 + be32_at(req, 16));

	assert_int_equal(be32_at(req, 12), 32);
	if (function == 2)
		return key == 32 ? LOOK : ASK;
	assert_true(function == 1 || function == 4);
	return function == 1 ? REGISTER : LEAVE;
}

static void hear(struct server *s, struct wire *wire, const uint8_t *req)
{
	enum question question = question_of(req);

	s->asked[question]++;
	if (play_trick(s, wire, question))
		return;
	s->len = 4;
	put_be32(s->answer, 0, s->status[question]);
	if (question == REGISTER)
		strcpy(s->name, (const char *)req + 20);
	if (!s->status[question]) {
		put_number(s, 33, 1);
		put(s, 0, "", 0);
		if (question == LOOK && s->known)
			put(s, 1, "somebody", 9);
		if (question == ASK)
			put_groups(s);
	}
	send_answer(s, wire, req);
}

static bool take(struct server *s, struct wire *wire)
{
	const uint8_t *at = wire->out + wire->out_pos;
	size_t have = wire_pending(wire), len;
	uint8_t *req;

	if (have < 12 || have < 12u + be16_at(at, 4))
		return false;
	len = 12 + be16_at(at, 4);
	req = malloc(len);	/* what is sent may move it */
	memcpy(req, at, len);
	wire->out_pos += len;
	hear(s, wire, req);
	free(req);
	return true;
}

static uint16_t port_of(const struct wire *wire)
{
	return be16toh(((const struct sockaddr_in *)&wire->peer)->sin_port);
}

static bool server_poll(struct ohba_poller *poller)
{
	struct server *s = (struct server *)((char *)poller - offsetof(struct server, poller));
	struct site *site = s->w->site;
	bool did = false;
	unsigned int n;

	for (n = 0; n < site->seen; n++) {
		struct wire *wire = target_wire(s->w->host->target, n);

		if (port_of(wire) != SERVER_PORT)
			continue;
		if (!site->conn[n].by_hand)
			wire_cut(wire, s->tcp_cut, s->tcp_cut);
		site->conn[n].by_hand = true;
		did |= !wire->in_fin && take(s, wire);
	}
	return did;
}

static int server_setup(void **state)
{
	struct server *s = calloc(1, sizeof(*s));

	s->w = world_new(TARGETS);
	s->group = three;
	s->ngroups = ARRAY_SIZE(three);
	s->poller.poll = server_poll;
	ohba_poller_add(s->w->host->loop, &s->poller);
	*state = s;
	return 0;
}

static int server_teardown(void **state)
{
	struct server *s = *state;

	ohba_poller_del(s->w->host->loop, &s->poller);
	world_free(s->w);
	free(s);
	return 0;
}

/* --- the command --------------------------------------------------------------- */

struct asked {
	struct host *host;
	uint32_t tag;
	uint64_t addr;
};

static struct asked start_at(struct server *s, const uint8_t addr[4], uint32_t ms)
{
	struct ohba_discover discover = {
		.family = OHBA_FAMILY_IPV4, .port = htole16(SERVER_PORT),
		.method = OHBA_DISCOVER_ISNS, .account = htole16(OHBA_ACCOUNT_NONE),
		.timeout_ms = htole32(ms),
	};
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_DISCOVER, 0);
	struct asked asked = { .host = s->w->host };

	memcpy(discover.addr, addr, 4);
	asked.addr = mem_alloc(asked.host->mem, ROOM(8), MEM_IN);
	memcpy(sqe.body, &discover, sizeof(discover));
	sqe_data(&sqe, asked.addr, ROOM(8));
	asked.tag = host_admin_start(asked.host, &sqe);
	return asked;
}

static struct asked start(struct server *s)
{
	return start_at(s, (const uint8_t[4]){ 10, 0, 0, 3 }, 0);
}

/* It ends with @status and @records, which are those of the server's list. */
static void end(struct server *s, struct asked *asked, uint16_t status, uint32_t records,
		struct ohba_discovery *told)
{
	struct ohba_cqe cqe = host_expect(asked->host, OHBA_QID_ADMIN, asked->tag);
	const uint8_t *mem = mem_ptr(asked->host->mem, asked->addr);
	struct ohba_discovered got, want;
	uint32_t i;

	expect_status(&cqe, status);
	assert_int_equal(le32toh(cqe.result), records);
	memcpy(told, mem, sizeof(*told));
	assert_int_equal(!told->words[0], !status);
	for (i = 0; i < records && s->group == three; i++) {
		want = (struct ohba_discovered){
			.family = i == 1 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4,
			.port = htole16(three[i].port), .tpgt = htole16(three[i].tag),
			.flags = OHBA_DISCOVERED_TPGT,
		};
		memcpy(want.addr, three[i].addr + (i == 1 ? 0 : 12), i == 1 ? 16 : 4);
		strcpy((char *)want.name, three[i].name);
		memcpy(&got, mem + ROOM(i), sizeof(got));
		assert_memory_equal(&got, &want, sizeof(want));
	}
	mem_retire(asked->host->mem, asked->addr);
}

/* No connection of ours is open, and the next question is answered as the first. */
static void nothing_left(struct server *s)
{
	struct host *host = s->w->host;
	struct ohba_discovery told;
	struct asked asked;
	unsigned int n;

	host_settle(host);
	for (n = 0; n < target_count(host->target); n++)
		assert_true(target_wire(host->target, n)->closed);
	s->trick = HONEST;
	s->known = false;
	s->tcp_cut = CUT_NONE;
	s->w->site->tcp = SITE_ACCEPT;
	memset(s->status, 0, sizeof(s->status));
	memset(s->asked, 0, sizeof(s->asked));
	asked = start(s);
	end(s, &asked, OHBA_ST_SUCCESS, 3, &told);
	assert_int_equal(s->asked[LOOK] * s->asked[REGISTER] * s->asked[ASK] * s->asked[LEAVE], 1);
	assert_false(target_wire(host->target, n)->aborted);
	memset(s->asked, 0, sizeof(s->asked));
}

/* --- what goes well ---------------------------------------------------------------- */

static void a_list(void **state)
{
	static const enum cut tcp_cut[] = { CUT_NONE, CUT_ONE, CUT_RANDOM };
	static const size_t cut[] = { 0, 4, 8, 12, 60 };
	struct server *s = *state;
	struct ohba_discovery told;
	struct ohba_initiator who;
	struct asked asked;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcp_cut) * ARRAY_SIZE(cut); i++) {
		s->tcp_cut = tcp_cut[i / ARRAY_SIZE(cut)];
		s->cut = cut[i % ARRAY_SIZE(cut)];
		asked = start(s);
		end(s, &asked, OHBA_ST_SUCCESS, 3, &told);
		assert_int_equal(le32toh(told.listed), 3);
		assert_int_equal(le32toh(told.skipped), 0);
		assert_int_equal(s->asked[REGISTER], i + 1);
		assert_int_equal(s->asked[LEAVE], i + 1);
	}
	ohba_initiator_get(s->w->host->fw, &who);
	assert_string_equal(s->name, (char *)who.name);
	host_no_event(s->w->host);
	nothing_left(s);
}

static void who_is_known_is_left_alone(void **state)
{
	struct server *s = *state;
	struct ohba_discovery told;
	struct asked asked;

	s->known = true;
	asked = start(s);
	end(s, &asked, OHBA_ST_SUCCESS, 3, &told);
	assert_int_equal(s->asked[REGISTER] + s->asked[LEAVE], 0);
	assert_int_equal(s->asked[ASK], 1);
	nothing_left(s);
}

/* A server must not send us where a portal must not. */
static void places(void **state)
{
	static const struct group bad[] = {
		{ "iqn.2026-01.test:a", V4(127, 0, 0, 1), 22, 1 },
		{ "iqn.2026-01.test:b", V4(169, 254, 169, 254), 80, 1 },
		{ "iqn.2026-01.test:c", { [15] = 1 }, 3260, 1 },
		{ "iqn.2026-01.test:d", V4(10, 0, 0, 9), 0x10000 | 3260, 1 },
		{ "iqn.2026-01.test:e", V4(10, 0, 0, 9), 3260, 1 },
	};
	struct server *s = *state;
	struct ohba_discovery told;
	struct asked asked;

	s->group = bad;
	s->ngroups = ARRAY_SIZE(bad);
	asked = start(s);
	end(s, &asked, OHBA_ST_SUCCESS, 1, &told);
	assert_int_equal(le32toh(told.listed), 5);
	assert_int_equal(le32toh(told.skipped), 4);
	/* One on the machine itself may. */
	asked = start_at(s, (const uint8_t[4]){ 127, 0, 0, 1 }, 0);
	end(s, &asked, OHBA_ST_SUCCESS, 3, &told);
	assert_int_equal(le32toh(told.skipped), 2);
}

static void two_at_a_time(void **state)
{
	struct asked asked[OHBA_DISCOVERS_MAX];
	struct server *s = *state;
	struct ohba_discovery told;
	unsigned int i;

	for (i = 0; i < OHBA_DISCOVERS_MAX; i++)
		asked[i] = start(s);
	for (i = 0; i < OHBA_DISCOVERS_MAX; i++)
		end(s, &asked[i], OHBA_ST_SUCCESS, 3, &told);
	nothing_left(s);
}

/* --- refusals, harm ------------------------------------------------------------------ */

static void refusals(void **state)
{
	struct server *s = *state;
	struct ohba_discovery told;
	struct asked asked;

	s->status[ASK] = 8;
	asked = start(s);
	end(s, &asked, OHBA_ST_ISNS_REFUSED, 0, &told);
	assert_string_equal((char *)told.words, "the iSNS server does not list targets: "
			    "Source Unauthorized (8)");
	assert_int_equal(s->asked[LEAVE], 1);
	s->status[REGISTER] = 3;
	s->status[ASK] = 9;
	asked = start(s);
	end(s, &asked, OHBA_ST_ISNS_REFUSED, 0, &told);
	assert_string_equal((char *)told.words, "the iSNS server does not let us register, and "
			    "lists nothing: Invalid Registration (3)");
	assert_int_equal(s->asked[LEAVE], 1);
	s->status[REGISTER] = 0;
	s->status[LEAVE] = 22;
	asked = start(s);
	end(s, &asked, OHBA_ST_SUCCESS, 0, &told);
	nothing_left(s);
}

static void harm(void **state)
{
	static const struct {
		enum trick trick;
		enum question at;
		uint16_t reason;
	} row[] = {
		{ FIN, LOOK, OHBA_ST_CONN_CLOSED }, { FIN, REGISTER, OHBA_ST_CONN_CLOSED },
		{ FIN, ASK, OHBA_ST_CONN_CLOSED }, { FIN, LEAVE, OHBA_ST_SUCCESS },
		{ RESET, LOOK, OHBA_ST_CONN_RESET }, { RESET, ASK, OHBA_ST_CONN_RESET },
		{ RESET, LEAVE, OHBA_ST_SUCCESS },
		{ GARBAGE, LOOK, OHBA_ST_ISNS_VIOLATION }, { GARBAGE, ASK, OHBA_ST_ISNS_VIOLATION },
		{ GARBAGE, LEAVE, OHBA_ST_SUCCESS },
		{ OTHER_XID, LOOK, OHBA_ST_ISNS_VIOLATION },
	};
	struct server *s = *state;
	struct ohba_discovery told;
	struct asked asked;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		s->trick = row[i].trick;
		s->at = row[i].at;
		asked = start(s);
		end(s, &asked, row[i].reason, row[i].at == LEAVE ? 3 : 0, &told);
		nothing_left(s);
	}
	s->w->site->tcp = SITE_REFUSE;
	asked = start(s);
	end(s, &asked, OHBA_ST_CONN_REFUSED, 0, &told);
	nothing_left(s);
	target_refuse_next(s->w->host->target, OHBA_ST_HOST_UNREACH);
	asked = start(s);
	end(s, &asked, OHBA_ST_HOST_UNREACH, 0, &told);
	nothing_left(s);
}

/* Who is, or may be, registered says goodbye, when the time is up. */
static void silence(void **state)
{
	static const struct {
		enum site_tcp tcp;
		enum question at;
		uint16_t reason;
		unsigned int goodbyes;
	} row[] = {
		{ SITE_SILENT, LOOK, OHBA_ST_CONN_TIMEOUT, 0 },
		{ SITE_ACCEPT, LOOK, OHBA_ST_ISNS_TIMEOUT, 0 },
		{ SITE_ACCEPT, REGISTER, OHBA_ST_ISNS_TIMEOUT, 1 },
		{ SITE_ACCEPT, ASK, OHBA_ST_ISNS_TIMEOUT, 1 },
	};
	struct server *s = *state;
	struct ohba_discovery told;
	struct asked asked;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		uint32_t seconds = i ? 4 : 15;

		s->w->site->tcp = row[i].tcp;
		s->trick = MUTE;
		s->at = row[i].at;
		asked = start_at(s, (const uint8_t[4]){ 10, 0, 0, 3 }, i ? 4000 : 0);
		world_pass(s->w, seconds * SECOND - MS);
		host_expect_none(s->w->host, OHBA_QID_ADMIN);
		world_pass(s->w, MS);
		end(s, &asked, row[i].reason, 0, &told);
		host_settle(s->w->host);
		assert_int_equal(s->asked[LEAVE], row[i].goodbyes);
		nothing_left(s);
	}
}

/* The list counts, whatever becomes of the goodbye. */
static void no_goodbye(void **state)
{
	struct server *s = *state;
	struct ohba_discovery told;
	struct asked asked;

	s->trick = MUTE;
	s->at = LEAVE;
	asked = start(s);
	world_pass(s->w, 5 * SECOND - MS);
	host_expect_none(s->w->host, OHBA_QID_ADMIN);
	world_pass(s->w, MS);
	end(s, &asked, OHBA_ST_SUCCESS, 3, &told);
	nothing_left(s);
}

/* It reads nothing that we send: neither question nor goodbye. */
static void deaf(void **state)
{
	struct server *s = *state;
	struct ohba_discovery told;
	struct asked asked;

	s->tcp_cut = CUT_BLOCKED;
	s->w->site->tcp = SITE_SILENT;
	asked = start(s);
	host_settle(s->w->host);	/* the server has cut it */
	wire_answer(target_wire(s->w->host->target, 0), OHBA_ST_SUCCESS);
	world_pass(s->w, 15 * SECOND);
	end(s, &asked, OHBA_ST_ISNS_TIMEOUT, 0, &told);
	assert_int_equal(s->asked[LOOK], 0);
	assert_int_equal(wire_pending(target_wire(s->w->host->target, 0)), 0);
	nothing_left(s);
}

/* --- resets, hangs ------------------------------------------------------------------- */

/* Nothing of it is written, nor heard of, after a reset in any of its states. */
static void resets_and_hangs(void **state)
{
	struct server *s = *state;
	struct host *host = s->w->host;
	struct asked asked;
	unsigned int i, n;
	char err[128];

	for (i = 0; i < 10; i++) {
		s->w->site->tcp = i / 2 == 4 ? SITE_SILENT : SITE_ACCEPT;
		s->trick = MUTE;
		s->at = i / 2;
		asked = start(s);
		host_settle(host);
		n = target_count(host->target) - 1;
		if (i & 1) {
			assert_int_equal(ohba_fault_set(host->fw, "hang", err, sizeof(err)), 0);
			host_advance(host, SECOND);
			if (i / 2 == 4)
				wire_answer(target_wire(host->target, n), OHBA_ST_SUCCESS);
			else
				wire_put(target_wire(host->target, n), "\0\1\x80\2", 4);
			host_advance(host, 30 * SECOND);
			host_expect_none(host, OHBA_QID_ADMIN);
			assert_false(target_wire(host->target, n)->want_read);
			assert_int_equal(wire_pending(target_wire(host->target, n)), 0);
		}
		host_reset(host);
		assert_true(target_wire(host->target, n)->closed);
		mem_retire(host->mem, asked.addr);
		host_bring_up(host);
		host_advance(host, 30 * SECOND);
		nothing_left(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)
		TEST(a_list),
		TEST(who_is_known_is_left_alone),
		TEST(places),
		TEST(two_at_a_time),
		TEST(refusals),
		TEST(harm),
		TEST(silence),
		TEST(no_goodbye),
		TEST(deaf),
		TEST(resets_and_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

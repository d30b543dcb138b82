// SPDX-License-Identifier: GPL-2.0-or-later
/* Echo requests by command (SPEC.md 6.2), and what may come back. */
#include "net.h"

#define LEN	56
#define V4_ICMP	34		/* where the message is in a frame */
#define V6_ICMP	54

static const uint8_t ours6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

static struct ohba_sqe sqe_ping(uint8_t family, const uint8_t *dst, uint16_t len,
				uint32_t timeout_ms)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PING, 0);
	struct ohba_ping ping = { .family = family, .len = htole16(len),
				  .timeout_ms = htole32(timeout_ms) };

	memcpy(ping.dst, dst, sizeof(ping.dst));
	memcpy(sqe.body, &ping, sizeof(ping));
	return sqe;
}

static uint32_t start(struct net *net, uint8_t family, const uint8_t *dst)
{
	struct ohba_sqe sqe = sqe_ping(family, dst, LEN, 5000);
	uint32_t tag = host_admin_start(net->host, &sqe);

	host_settle(net->host);
	return tag;
}

static void ended(struct net *net, uint32_t tag, uint16_t status)
{
	struct ohba_cqe cqe = host_expect(net->host, OHBA_QID_ADMIN, tag);

	expect_status(&cqe, status);
}

static uint16_t sum_of(uint32_t sum, const uint8_t *at, size_t len)
{
	for (; len > 1; len -= 2, at += 2)
		sum += be16_at(at, 0);
	if (len)
		sum += at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void seal(uint8_t *frame, size_t len, bool v6)
{
	uint8_t *icmp = frame + (v6 ? V6_ICMP : V4_ICMP);
	size_t icmp_len = len - (icmp - frame);
	uint32_t pseudo = v6 ? sum_of(58 + icmp_len, frame + 22, 32) : 0;

	put_be16(icmp, 2, 0);
	put_be16(icmp, 2, ~sum_of(pseudo, icmp, icmp_len));
}

/* The answer to what was sent last. Return: its length. */
static size_t answer(const struct net *net, uint8_t *frame, bool v6)
{
	const uint8_t *sent = net_last(net);
	size_t len = net->len[(net->sent - 1) % FRAMES_KEPT], addr = v6 ? 16 : 4;
	size_t src = v6 ? 22 : 26;

	memcpy(frame, sent, len);
	memcpy(frame, sent + 6, 6);
	memcpy(frame + 6, sent, 6);
	memcpy(frame + src, sent + src + addr, addr);
	memcpy(frame + src + addr, sent + src, addr);
	frame[v6 ? V6_ICMP : V4_ICMP] = v6 ? 129 : 0;
	seal(frame, len, v6);
	return len;
}

static struct net *with_paths(void)
{
	struct net *net = net_new();

	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_iface(net, 8, OHBA_FAMILY_IPV6, ours6, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_router);
	net_path(net, 8, OHBA_FAMILY_IPV6, net_peer6, net_peer6);
	return net;
}

static void test_ipv4(void **state)
{
	struct net *net = with_paths();
	uint8_t frame[FRAME_BYTES];
	const uint8_t *sent;
	uint32_t tag = start(net, OHBA_FAMILY_IPV4, net_peer);

	(void)state;
	assert_int_equal(net->sent, 1);
	sent = net_last(net);
	assert_int_equal(net->len[0], V4_ICMP + 8 + LEN);
	same_bytes("next hop", sent, net_hop_mac, 6);
	same_bytes("source", sent + 26, net_ours, 4);
	same_bytes("destination", sent + 30, net_peer, 4);
	assert_int_equal(be16_at(sent, 16), 20 + 8 + LEN);
	assert_int_equal(sum_of(0, sent + 14, 20), 0xffff);
	assert_int_equal(sent[V4_ICMP], 8);
	assert_int_equal(sum_of(0, sent + V4_ICMP, 8 + LEN), 0xffff);
	host_expect_none(net->host, OHBA_QID_ADMIN);
	net_receive(net, frame, answer(net, frame, false));
	ended(net, tag, OHBA_ST_SUCCESS);
	host_advance(net->host, 9000 * MS);
	net_free(net);
}

static void test_ipv6(void **state)
{
	struct net *net = with_paths();
	uint8_t frame[FRAME_BYTES];
	const uint8_t *sent;
	uint32_t tag = start(net, OHBA_FAMILY_IPV6, net_peer6);

	(void)state;
	sent = net_last(net);
	assert_int_equal(net->len[0], V6_ICMP + 8 + LEN);
	same_bytes("source", sent + 22, ours6, 16);
	same_bytes("destination", sent + 38, net_peer6, 16);
	assert_int_equal(sent[V6_ICMP], 128);
	assert_int_equal(sum_of(sum_of(58 + 8 + LEN, sent + 22, 32), sent + V6_ICMP, 8 + LEN),
			 0xffff);
	net_receive(net, frame, answer(net, frame, true));
	ended(net, tag, OHBA_ST_SUCCESS);
	net_free(net);
}

/* None of them is the answer; the right one still is. */
static void forged(bool v6)
{
	size_t icmp = v6 ? V6_ICMP : V4_ICMP, addr = v6 ? 16 : 4, src = v6 ? 22 : 26;
	const size_t flip[] = { icmp, icmp + 1, icmp + 4, icmp + 7, icmp + 8, icmp + 8 + LEN - 1,
				src + addr - 1, src + 2 * addr - 1 };
	struct net *net = with_paths();
	uint8_t good[FRAME_BYTES], frame[FRAME_BYTES];
	uint32_t tag;
	unsigned int i;
	size_t len;

	tag = v6 ? start(net, OHBA_FAMILY_IPV6, net_peer6) :
		   start(net, OHBA_FAMILY_IPV4, net_peer);
	len = answer(net, good, v6);
	for (i = 0; i < ARRAY_SIZE(flip); i++) {
		memcpy(frame, good, len);
		frame[flip[i]] ^= 0x10;
		seal(frame, len, v6);
		net_receive(net, frame, len);
		host_expect_none(net->host, OHBA_QID_ADMIN);
	}
	/* With a wrong checksum, and with none of the data. */
	memcpy(frame, good, len);
	frame[icmp + 2] ^= 1;
	net_receive(net, frame, len);
	for (i = 0; i < 9; i++) {
		memcpy(frame, good, len);
		put_be16(frame, v6 ? 18 : 16, (v6 ? 0 : 20) + i);
		if (i >= 4)
			seal(frame, icmp + i, v6);
		net_receive(net, frame, icmp + i);
		net_receive(net, frame, len);
	}
	host_expect_none(net->host, OHBA_QID_ADMIN);
	net_receive(net, good, len);
	ended(net, tag, OHBA_ST_SUCCESS);
	/* It was asked for once. */
	net_receive(net, good, len);
	host_expect_none(net->host, OHBA_QID_ADMIN);
	net_free(net);
}

static void test_forged(void **state)
{
	(void)state;
	forged(false);
	forged(true);
}

static const uint8_t far_router[16] = { 198, 51, 100, 1 };
static const uint8_t far_router6[16] = { 0x20, 0x01, 0x0d, 0xb8, [6] = 9, [15] = 1 };

/* A router's error about what was sent last, with as much of it. Return: its length. */
static size_t error(const struct net *net, uint8_t *frame, bool v6, uint8_t type, uint8_t code)
{
	size_t icmp = v6 ? V6_ICMP : V4_ICMP, quoted = icmp - 14 + 8, addr = v6 ? 16 : 4;
	size_t src = v6 ? 22 : 26, len = icmp + 8 + quoted;
	const uint8_t *sent = net_last(net);

	memset(frame, 0, len);
	memcpy(frame, sent, icmp);
	memcpy(frame, sent + 6, 6);
	memcpy(frame + 6, sent, 6);
	put_be16(frame, v6 ? 18 : 16, v6 ? len - icmp : len - 14);
	memcpy(frame + src, v6 ? far_router6 : far_router, addr);
	memcpy(frame + src + addr, sent + src, addr);
	frame[icmp] = type;
	frame[icmp + 1] = code;
	memcpy(frame + icmp + 8, sent + 14, quoted);
	frame[icmp + 8 + (v6 ? 7 : 8)]--;	/* it has come some way */
	seal(frame, len, v6);
	return len;
}

/* Who is told that there will be no answer does not wait for one. */
static void test_errors(void **state)
{
	static const struct {
		bool v6;
		uint8_t type, code;
		uint16_t status;	/* OHBA_ST_SUCCESS: it waits on */
	} kinds[] = {
		{ false, 3, 0, OHBA_ST_ICMP_ERROR }, { false, 3, 1, OHBA_ST_ICMP_ERROR },
		{ false, 3, 13, OHBA_ST_ICMP_ERROR }, { false, 11, 0, OHBA_ST_ICMP_ERROR },
		{ false, 3, 4, OHBA_ST_INVALID_FIELD }, { false, 5, 0, OHBA_ST_SUCCESS },
		{ true, 1, 0, OHBA_ST_ICMP_ERROR }, { true, 1, 3, OHBA_ST_ICMP_ERROR },
		{ true, 3, 0, OHBA_ST_ICMP_ERROR }, { true, 2, 0, OHBA_ST_INVALID_FIELD },
		{ true, 4, 0, OHBA_ST_SUCCESS },
	};
	struct net *net = with_paths();
	uint8_t frame[FRAME_BYTES];
	unsigned int i;
	uint32_t tag;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		bool v6 = kinds[i].v6;

		tag = start(net, v6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4,
			    v6 ? net_peer6 : net_peer);
		net_receive(net, frame, error(net, frame, v6, kinds[i].type, kinds[i].code));
		if (kinds[i].status) {
			ended(net, tag, kinds[i].status);
			continue;
		}
		host_expect_none(net->host, OHBA_QID_ADMIN);
		net_receive(net, frame, answer(net, frame, v6));
		ended(net, tag, OHBA_ST_SUCCESS);
	}
	net_free(net);
}

/* About another packet, or with less of it than tells. */
static void forged_error(bool v6)
{
	size_t icmp = v6 ? V6_ICMP : V4_ICMP, addr = v6 ? 16 : 4, src = v6 ? 22 : 26;
	size_t quoted = icmp + 8, echo = quoted + icmp - 14;
	const size_t flip[] = { src + 2 * addr - 1, quoted, quoted + src - 14 + addr - 1,
				quoted + src - 14 + 2 * addr - 1, echo, echo + 4, echo + 7 };
	struct net *net = with_paths();
	uint8_t good[FRAME_BYTES], frame[FRAME_BYTES];
	uint32_t tag;
	unsigned int i;
	size_t len;

	tag = v6 ? start(net, OHBA_FAMILY_IPV6, net_peer6) :
		   start(net, OHBA_FAMILY_IPV4, net_peer);
	len = error(net, good, v6, v6 ? 1 : 3, 1);
	for (i = 0; i < ARRAY_SIZE(flip); i++) {
		memcpy(frame, good, len);
		frame[flip[i]] ^= 0x10;
		seal(frame, len, v6);
		net_receive(net, frame, len);
		host_expect_none(net->host, OHBA_QID_ADMIN);
	}
	memcpy(frame, good, len);
	frame[icmp + 2] ^= 1;
	net_receive(net, frame, len);
	for (i = icmp + 8; i < len; i++) {
		memcpy(frame, good, len);
		put_be16(frame, v6 ? 18 : 16, v6 ? i - icmp : i - 14);
		seal(frame, i, v6);
		net_receive(net, frame, i);
	}
	host_expect_none(net->host, OHBA_QID_ADMIN);
	net_receive(net, good, len);
	ended(net, tag, OHBA_ST_ICMP_ERROR);
	net_free(net);
}

static void test_forged_errors(void **state)
{
	(void)state;
	forged_error(false);
	forged_error(true);
}

/* An answer on another VLAN is another network's. */
static void test_vlan(void **state)
{
	struct net *net = net_new();
	uint8_t frame[FRAME_BYTES], tagged[FRAME_BYTES];
	uint32_t tag;
	size_t len;

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	tag = start(net, OHBA_FAMILY_IPV4, net_peer);
	len = answer(net, frame, false);
	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, (uint8_t[]){ 0x81, 0, 0, 7 }, 4);
	memcpy(tagged + 16, frame + 12, len - 12);
	net_receive(net, tagged, len + 4);
	host_expect_none(net->host, OHBA_QID_ADMIN);
	net_receive(net, frame, len);
	ended(net, tag, OHBA_ST_SUCCESS);
	net_free(net);
}

static void test_waits_for_a_path(void **state)
{
	struct net *net = net_new();
	uint8_t frame[FRAME_BYTES];
	uint32_t tag;

	(void)state;
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	tag = start(net, OHBA_FAMILY_IPV4, net_peer);
	assert_int_equal(net->sent, 0);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	host_advance(net->host, 1000 * MS);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	assert_int_equal(net->sent, 1);
	host_advance(net->host, 2500 * MS);
	host_no_event(net->host);
	net_receive(net, frame, answer(net, frame, false));
	ended(net, tag, OHBA_ST_SUCCESS);
	net_free(net);
}

static void test_no_answer(void **state)
{
	struct net *net = with_paths();
	static const uint8_t nobody[16] = { 10, 0, 0, 77 };
	struct ohba_path none = { .family = OHBA_FAMILY_IPV4,
				  .status = htole16(OHBA_ST_NO_HELPER) };
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PATH_SET, 0);
	uint32_t answered = start(net, OHBA_FAMILY_IPV4, net_peer);
	uint32_t wanted = start(net, OHBA_FAMILY_IPV4, nobody);
	uint32_t refused;

	(void)state;
	host_advance(net->host, 4999 * MS);
	host_expect_none(net->host, OHBA_QID_ADMIN);
	host_advance(net->host, 1 * MS);
	ended(net, answered, OHBA_ST_CONN_TIMEOUT);
	ended(net, wanted, OHBA_ST_HOST_UNREACH);
	refused = start(net, OHBA_FAMILY_IPV4, nobody);
	memcpy(none.dst, nobody, sizeof(none.dst));
	memcpy(sqe.body, &none, sizeof(none));
	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
	ended(net, refused, OHBA_ST_NO_HELPER);
	net_free(net);
}

static void test_fields(void **state)
{
	static const uint8_t group[16] = { 224, 0, 0, 1 };
	struct ohba_sqe good = sqe_ping(OHBA_FAMILY_IPV4, net_peer, LEN, 1000), sqe;
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ offsetof(struct ohba_ping, family), 5 },
		{ offsetof(struct ohba_ping, rsvd0), 1 },
		{ offsetof(struct ohba_ping, dst) + 4, 1 },
		{ offsetof(struct ohba_ping, timeout_ms) + 3, 1 },
		{ offsetof(struct ohba_ping, rsvd1), 1 },
		{ sizeof(struct ohba_ping) - 1, 1 },
	};
	struct net *net = with_paths();
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		sqe = good;
		sqe.body[bad[i].at] = bad[i].value;
		host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	}
	sqe = sqe_ping(OHBA_FAMILY_IPV4, net_peer, LEN, 0);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = sqe_ping(OHBA_FAMILY_IPV4, group, LEN, 1000);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = good;
	sqe.handle = htole32(1);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	assert_int_equal(net->sent, 0);
	net_free(net);
}

/* What the MTU of the address has room for, and not a byte more. */
static void test_length(void **state)
{
	struct ohba_sqe fits = sqe_ping(OHBA_FAMILY_IPV4, net_peer, 1472, 10);
	struct ohba_sqe longer = sqe_ping(OHBA_FAMILY_IPV4, net_peer, 1473, 10);
	struct ohba_sqe longest = sqe_ping(OHBA_FAMILY_IPV4, net_peer, 0xffff, 10);
	struct ohba_sqe iface = sqe_iface(0, OHBA_FAMILY_IPV4, net_ours, 0);
	struct ohba_sqe none = sqe_iface(0, 0, NULL, 0);
	struct net *net = with_paths();
	uint32_t tag = host_admin_start(net->host, &fits);

	(void)state;
	host_settle(net->host);
	assert_int_equal(net->len[0], 1514);
	host_advance(net->host, 10 * MS);
	ended(net, tag, OHBA_ST_CONN_TIMEOUT);
	host_admin_status(net->host, &longer, OHBA_ST_INVALID_FIELD);
	host_admin_status(net->host, &longest, OHBA_ST_INVALID_FIELD);
	/* An address may have less; and when the path comes later. */
	iface.body[offsetof(struct ohba_iface, mtu)] = 1400 & 0xff;
	iface.body[offsetof(struct ohba_iface, mtu) + 1] = 1400 >> 8;
	host_admin_status(net->host, &iface, OHBA_ST_SUCCESS);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	host_admin_status(net->host, &fits, OHBA_ST_INVALID_FIELD);
	iface.body[offsetof(struct ohba_iface, mtu) + 1] = 1;
	host_admin_status(net->host, &iface, OHBA_ST_INVALID_FIELD);
	host_admin_status(net->host, &none, OHBA_ST_SUCCESS);
	net_iface(net, 0, OHBA_FAMILY_IPV4, net_ours, 0);
	tag = host_admin_start(net->host, &longest);
	net_wanted(net, OHBA_FAMILY_IPV4, net_peer);
	net_path(net, 0, OHBA_FAMILY_IPV4, net_peer, net_peer);
	ended(net, tag, OHBA_ST_INVALID_FIELD);
	net_free(net);
}

static void test_as_many_as_promised(void **state)
{
	struct ohba_sqe sqe = sqe_ping(OHBA_FAMILY_IPV4, net_peer, LEN, 1000);
	struct net *net = with_paths();
	uint8_t frame[FRAME_BYTES];
	uint32_t tag[OHBA_PINGS_MAX];
	unsigned int i;

	(void)state;
	for (i = 0; i < OHBA_PINGS_MAX; i++)
		tag[i] = start(net, OHBA_FAMILY_IPV4, net_peer);
	host_admin_status(net->host, &sqe, OHBA_ST_NO_RESOURCES);
	/* Each its own: the last that was sent is the last of them. */
	net_receive(net, frame, answer(net, frame, false));
	ended(net, tag[OHBA_PINGS_MAX - 1], OHBA_ST_SUCCESS);
	host_expect_none(net->host, OHBA_QID_ADMIN);
	tag[0] = start(net, OHBA_FAMILY_IPV4, net_peer);
	/* A reset forgets them, and there is room for as many again. */
	host_reset(net->host);
	host_bring_up(net->host);
	for (i = 0; i < OHBA_PINGS_MAX; i++)
		tag[i] = start(net, OHBA_FAMILY_IPV4, net_peer);
	host_expect_none(net->host, OHBA_QID_ADMIN);
	host_advance(net->host, 5000 * MS);
	for (i = 0; i < OHBA_PINGS_MAX; i++)
		ended(net, tag[i], OHBA_ST_HOST_UNREACH);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_forged_errors),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_waits_for_a_path),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_as_many_as_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Path MTU discovery of IPv6 (RFC 8201), with a router between the wire engine and its peer. */
#include "pair.h"

#define FRAME_MAX	16384

struct router {
	size_t mtu;
	unsigned int too_big, fragments, largest;	/* of here */
	uint8_t whole[FRAME_MAX];	/* of fragments, up to now */
};

/* --- a router in between ---------------------------------------------------- */

#define ETH	14
#define IP6	40
#define QUOTED	100		/* bytes of a packet in a message about it */

static uint16_t icmp6_sum(const uint8_t *ip)
{
	unsigned int len = be16_at(ip, 4), i;
	uint32_t sum = 58 + len;

	for (i = 8; i < IP6 + len; i += 2)
		sum += be16_at(ip, i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void say_too_big(struct station *to, const uint8_t *packet, uint32_t mtu)
{
	uint8_t frame[ETH + IP6 + 8 + QUOTED] = { 0 }, *ip = frame + ETH, *icmp = ip + IP6;
	struct iovec iov = { frame, sizeof(frame) };

	memcpy(frame, to->mac, 6);
	frame[6] = 2;
	put_be16(frame, 12, 0x86dd);
	ip[0] = 0x60;
	put_be16(ip, 4, 8 + QUOTED);
	ip[6] = 58;
	ip[7] = 64;
	memcpy(ip + 8, to->other->addr, 16);
	memcpy(ip + 24, to->addr, 16);
	icmp[0] = 2;
	put_be32(icmp, 4, mtu);
	memcpy(icmp + 8, packet, QUOTED);
	put_be16(icmp, 2, icmp6_sum(ip));
	ohba_wire_receive(to->wire, &iov, 1);
}

/* In order they come; who gets them has them whole. */
static void gather(struct router *router, struct station *from, const uint8_t *frame, size_t len)
{
	const uint8_t *part = frame + ETH + IP6;
	size_t offset = be16_at(part, 2) & ~7u;
	struct iovec iov = { router->whole, 0 };

	router->fragments += from == &from->pair->here;
	if (!offset) {
		memcpy(router->whole, frame, ETH + IP6);
		router->whole[ETH + 6] = part[0];
	}
	len -= ETH + IP6 + 8;
	memcpy(router->whole + ETH + IP6 + offset, part + 8, len);
	if (be16_at(part, 2) & 1)
		return;
	put_be16(router->whole, ETH + 4, offset + len);
	iov.iov_len = ETH + IP6 + offset + len;
	ohba_wire_receive(from->other->wire, &iov, 1);
}

static bool passes(void *arg, struct station *from, const struct iovec *iov, int iovcnt)
{
	struct router *router = arg;
	uint8_t frame[FRAME_MAX];
	bool ours = from == &from->pair->here;
	size_t len = 0;

	for (; iovcnt--; len += iov++->iov_len)
		memcpy(frame + len, iov->iov_base, iov->iov_len);
	if (len - ETH > router->mtu) {
		router->too_big += ours;
		say_too_big(from, frame + ETH, router->mtu);
		return false;
	}
	if (ours)
		router->largest = MAX(router->largest, len - ETH);
	if (frame[ETH + 6] != 44)
		return true;
	gather(router, from, frame, len);
	return false;
}

/* From now on, with a link of @mtu behind it. */
static void put_between(struct pair *pair, struct router *router, size_t mtu)
{
	*router = (struct router){ .mtu = mtu };
	pair->router = router;
	pair->passes = passes;
}

/* --- tests ------------------------------------------------------------------ */

/* What is under way when the router first speaks comes in fragments; then it all fits. */
static void test_narrow_path(void **state)
{
	struct pair *pair = pair_connected(OHBA_FAMILY_IPV6, 0);
	struct router router;

	(void)state;
	assert_int_equal(pair->ops->mss(pair->tcp), 1500 - 60);
	put_between(pair, &router, 1300);
	pair_exchange(pair, 1 << 20);
	assert_int_equal(pair->ops->mss(pair->tcp), 1300 - 60);
	assert_int_equal(router.largest, 1300);
	assert_in_range(router.fragments, 2, 200);
	assert_in_range(router.too_big, 2, 100);

	/* Another connection knows from the start. */
	pair_reopen(pair);
	router.too_big = 0;
	assert_int_equal(pair->ops->mss(pair->tcp), 1300 - 60);
	pair_exchange(pair, 1 << 18);
	assert_int_equal(router.too_big, 0);
	pair_free(pair);
}

/* After ten minutes the way may be wider: the next connection tries. */
static void test_narrow_path_is_forgotten(void **state)
{
	struct pair *pair = pair_connected(OHBA_FAMILY_IPV6, 0);
	struct router router;

	(void)state;
	put_between(pair, &router, 1300);
	pair_exchange(pair, 1 << 16);
	pair->passes = NULL;
	pair->now += 601 * OHBA_NS_PER_S;
	pair_reopen(pair);
	assert_int_equal(pair->ops->mss(pair->tcp), 1500 - 60);
	pair_free(pair);
}

/* A message about a packet of ours that is not quite as it went out. */
static void test_lies_about_the_path(void **state)
{
	/* Protocol, addresses, ports, sequence number. */
	static const unsigned int at[] = { 6, 8 + 15, 24 + 15, 40, 42, 44 };
	struct pair *pair = pair_connected(OHBA_FAMILY_IPV6, 0);
	uint8_t packet[QUOTED], lie[QUOTED];
	unsigned int i;

	(void)state;
	memcpy(packet, pair->here.last[(pair->here.sent - 1) % FRAMES_KEPT] + ETH, QUOTED);
	assert_int_equal(packet[6], 6);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		memcpy(lie, packet, QUOTED);
		lie[at[i]] ^= 0x40;
		say_too_big(&pair->here, lie, 1300);
		pair_turn(pair);
		assert_int_equal(pair->ops->mss(pair->tcp), 1440);
	}
	say_too_big(&pair->here, packet, 1279);
	say_too_big(&pair->here, packet, 1500);
	say_too_big(&pair->here, packet, UINT32_MAX);
	pair_turn(pair);
	assert_int_equal(pair->ops->mss(pair->tcp), 1440);
	say_too_big(&pair->here, packet, 1280);
	pair_turn(pair);
	assert_int_equal(pair->ops->mss(pair->tcp), 1220);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_narrow_path),
		cmocka_unit_test(test_narrow_path_is_forgotten),
		cmocka_unit_test(test_lies_about_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

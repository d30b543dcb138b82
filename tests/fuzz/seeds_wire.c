// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds of fuzz_wire (seeds.h). */
#include "seeds.h"
#include "wire_ops.h"

#define WIRE_FLAGS(flags, place, acks, window, len) \
	WIRE_SEGMENT, 0, flags, place, acks, U16(window), U16(len), 0, 0, NO_DAMAGE
#define FLAG_FIN	1
#define FLAG_RST	4
#define FLAG_ACK	16
#define HOW_TO_ALL	2

/* Connection 0, to station 0. */
static struct seed wire(uint8_t options)
{
	struct seed seed = { 0 };

	ADD(&seed, options | WIRE_READY, WIRE_CONNECT, 0, WIRE_GOOD, 0, U16(0));
	return seed;
}

static void wire_data(const char *name, uint8_t options)
{
	struct seed seed = wire(options);

	ADD(&seed, WIRE_SEND, 0, U16(5000), WIRE_GOOD, 0, U16(1400), WIRE_RECV, 0, U16(4000));
	ADD(&seed, WIRE_WANT, 0, 1, U16(3000), WIRE_GOOD, 0, U16(1400), WIRE_GOOD, 0, U16(1400));
	ADD(&seed, WIRE_GOOD, 0, U16(1400), WIRE_RECV, 0, U16(9000), WIRE_TIME, 2);
	ADD(&seed, WIRE_FLAGS(FLAG_ACK | FLAG_FIN, 0, 0, 0x8000, 0), WIRE_CLOSE, 0, 0);
	ADD(&seed, WIRE_TIME, 7, WIRE_TIME, 7);
	seed_save("wire", name, &seed);
}

/* A router says, time and again, that less fits; what is under way goes in fragments. */
static void wire_too_big(void)
{
	struct seed seed = wire(WIRE_IPV6 | WIRE_JUMBO);

	ADD(&seed, WIRE_SEND, 0, U16(60000), WIRE_TOO_BIG, 1, U16(4000), 0, NO_DAMAGE, WIRE_TIME, 5);
	ADD(&seed, WIRE_GOOD, 0, U16(1), WIRE_TOO_BIG, 1, U16(1300), 0, NO_DAMAGE, WIRE_TIME, 5);
	ADD(&seed, WIRE_TOO_BIG, 2, U16(1280), 0, 1, 55, 9, WIRE_GOOD, 0, U16(1), WIRE_TIME, 5);
	ADD(&seed, WIRE_SEND, 0, U16(9000), WIRE_GOOD, 0, U16(1), WIRE_TIME, 5);
	seed_save("wire", "too-big", &seed);
}

/* Later, earlier, overlapping, beyond the window. */
static void wire_order(void)
{
	struct seed seed = wire(0);

	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 4, 0, 0x8000, 1460), WIRE_FLAGS(FLAG_ACK, 3, 0, 0x8000, 700));
	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 9, 0, 0x8000, 1400), WIRE_FLAGS(FLAG_ACK, 10, 0, 0x8000, 1000));
	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 0, 0x8000, 1460), WIRE_FLAGS(FLAG_ACK, 5, 0, 0x8000, 400));
	ADD(&seed, WIRE_FLAGS(FLAG_ACK | FLAG_FIN, 2, 0, 0x8000, 4), WIRE_RECV, 0, U16(9000));
	ADD(&seed, WIRE_GOOD, 0, U16(1), WIRE_RECV, 0, U16(9000));
	seed_save("wire", "order", &seed);
}

/* All had come, of which nothing was heard; now there is hardly room for what was written since. */
static void wire_room(void)
{
	struct seed seed = wire(0);

	ADD(&seed, WIRE_SEND, 0, U16(2000), WIRE_TIME, 5, WIRE_SEND, 0, U16(460));
	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 0, 1, 0), WIRE_TIME, 4);
	seed_save("wire", "room", &seed);
}

/* Room for a part of the last segment. */
static void wire_end(void)
{
	struct seed seed = wire(0);

	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 0, 1, 0), WIRE_SEND, 0, U16(200), WIRE_CLOSE, 0, 0);
	ADD(&seed, WIRE_TIME, 4, WIRE_FLAGS(FLAG_ACK, 0, 0, 1, 0), WIRE_TIME, 4);
	seed_save("wire", "end", &seed);
}

/* Whoever knows the ports says that there is no room. */
static void wire_stranger(void)
{
	struct seed seed = wire(0);

	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 14, 7, 0, 0), WIRE_FLAGS(FLAG_ACK, 1, 7, 0, 0));
	ADD(&seed, WIRE_SEND, 0, U16(1000));
	seed_save("wire", "stranger", &seed);
}

/* A segment across the end of the window, and then all before it. */
static void wire_window(void)
{
	struct seed seed = wire(0);

	ADD(&seed, WIRE_WANT, 0, 0, U16(1), WIRE_FLAGS(FLAG_ACK, 9, 0, 0x8000, 1400));
	ADD(&seed, WIRE_FILL, 0, 1, WIRE_GOOD, 0, U16(1), WIRE_TIME, 2, WIRE_GOOD, 0, U16(1));
	ADD(&seed, WIRE_RECV, 0, U16(65535), WIRE_GOOD, 0, U16(1400));
	seed_save("wire", "window", &seed);
}

/* A MSS in the midst of data, when as much may be sent. */
static void wire_options(void)
{
	struct seed seed = wire(0);
	int i;

	for (i = 0; i < 10; i++)
		ADD(&seed, WIRE_SEND, 0, U16(3000), WIRE_GOOD, 0, U16(1));
	ADD(&seed, WIRE_SEGMENT, 0, FLAG_ACK, 0, 0, U16(0x8000), U16(4), 0, 1, 2, 4, 0x23, 0);
	ADD(&seed, NO_DAMAGE, WIRE_SEND, 0, U16(20000), WIRE_GOOD, 0, U16(4));
	ADD(&seed, WIRE_GOOD, 0, U16(4));
	seed_save("wire", "options", &seed);
}

/* Loss, acknowledgements that come three times, a window that closes. */
static void wire_loss(void)
{
	struct seed seed = wire(0);
	int i;

	ADD(&seed, WIRE_SEND, 0, U16(40000), WIRE_TIME, 3, WIRE_TIME, 4);
	for (i = 0; i < 4; i++)
		ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 4, 0x8000, 0));
	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 0, 0, 0), WIRE_SEND, 0, U16(3000), WIRE_TIME, 7);
	ADD(&seed, WIRE_FLAGS(FLAG_ACK, 0, 0, 7, 0), WIRE_TIME, 4, WIRE_CLOSE, 0, 0);
	ADD(&seed, WIRE_FLAGS(FLAG_RST, 2, 0, 0, 0), WIRE_FLAGS(FLAG_RST, 0, 0, 0, 0));
	seed_save("wire", "loss", &seed);
}

#define MSS	1460
#define BLOCK(from, len)	U16((uint16_t)(from)), U16((uint16_t)(len))

/* Loss that the peer tells of, block by block: the last one that it got is the first. */
static void wire_sack(const char *name, uint8_t options, int mss)
{
	struct seed seed = wire(options);
	int i;

	ADD(&seed, WIRE_SEND, 0, U16(60000), WIRE_GOOD, 0, U16(1), WIRE_GOOD, 0, U16(1));
	for (i = 1; i < 5; i++)
		ADD(&seed, WIRE_SACK, 0, U16(0), 1, BLOCK(mss, i * mss));
	ADD(&seed, WIRE_SACK, 0, U16(0), 2, BLOCK(7 * mss, mss), BLOCK(mss, 4 * mss));
	ADD(&seed, WIRE_SACK, 0, U16(0), 3, BLOCK(9 * mss, mss), BLOCK(7 * mss, mss),
	    BLOCK(mss, 4 * mss), WIRE_SETTLE);
	ADD(&seed, WIRE_SACK, 0, U16(5 * mss), 2, BLOCK(4 * mss, mss), BLOCK(2 * mss, mss));
	ADD(&seed, WIRE_SACK, 0, U16(5 * mss), 0, WIRE_TIME, 4, WIRE_GOOD, 0, U16(1));
	/* What it had it has not: all goes again by the timer. */
	ADD(&seed, WIRE_SACK, 0, U16(0), 1, BLOCK(mss, 2 * mss), WIRE_TIME, 6, WIRE_TIME, 6);
	ADD(&seed, WIRE_GOOD, 0, U16(1), WIRE_CLOSE, 0, 0);
	seed_save("wire", name, &seed);
}

/* That something came twice (RFC 2883): before what is acknowledged, or in the next block. */
static void wire_dsack(void)
{
	struct seed seed = wire(0);

	ADD(&seed, WIRE_SEND, 0, U16(60000), WIRE_SACK, 0, U16(2 * MSS), 0);
	ADD(&seed, WIRE_SACK, 0, U16(0), 1, BLOCK(-MSS, MSS));
	ADD(&seed, WIRE_SACK, 0, U16(0), 2, BLOCK(-2 * MSS, 100), BLOCK(MSS, 3 * MSS));
	ADD(&seed, WIRE_SACK, 0, U16(0), 2, BLOCK(2 * MSS, MSS), BLOCK(MSS, 3 * MSS));
	ADD(&seed, WIRE_SACK, 0, U16(MSS), 1, BLOCK(-MSS, MSS), WIRE_TIME, 4);
	ADD(&seed, WIRE_GOOD, 0, U16(1));
	seed_save("wire", "dsack", &seed);
}

/* Blocks that overlap, cover parts of segments, nothing, less than nothing, what was not sent. */
static void wire_sack_lies(void)
{
	struct seed seed = wire(0);
	int i;

	ADD(&seed, WIRE_SEND, 0, U16(60000), WIRE_SACK, 0, U16(0), 3, BLOCK(MSS, 2 * MSS),
	    BLOCK(2 * MSS, 2 * MSS), BLOCK(MSS, 4 * MSS));
	ADD(&seed, WIRE_SACK, 0, U16(0), 4, BLOCK(100, 1), BLOCK(MSS + 1, MSS), BLOCK(2 * MSS - 1, MSS),
	    BLOCK(3 * MSS, MSS - 1));
	ADD(&seed, WIRE_SACK, 0, U16(0), 2, BLOCK(MSS, 0), BLOCK(0, 0));
	ADD(&seed, WIRE_SACK, 0, U16(0), 2, BLOCK(3 * MSS, -2 * MSS), BLOCK(MSS, -32768));
	for (i = 0; i < 4; i++)
		ADD(&seed, WIRE_SACK, 0, U16(0), 2, BLOCK(32767, 32767), BLOCK(MSS, 32767));
	/* All but the first, which then is not needed any more. */
	ADD(&seed, WIRE_SACK, 0, U16(0), 1, BLOCK(0, 32767), WIRE_SACK, 0, U16(65535), 1, BLOCK(0, MSS));
	ADD(&seed, WIRE_SACK, 0, U16(0), 1, BLOCK(-32768, 32767), WIRE_TIME, 5, WIRE_GOOD, 0, U16(1));
	seed_save("wire", "sack-lies", &seed);
}

static void wire_crumbs(void)
{
	struct seed seed = wire(WIRE_VLAN);

	ADD(&seed, WIRE_WANT, 0, 0, U16(1), WIRE_CRUMBS, 0, 255, WIRE_CRUMBS, 0, 255);
	ADD(&seed, WIRE_CRUMBS, 0, 255, WIRE_CRUMBS, 0, 255, WIRE_CRUMBS, 0, 20);
	ADD(&seed, WIRE_RECV, 0, U16(60000), WIRE_TIME, 2, WIRE_GOOD, 0, U16(100));
	seed_save("wire", "crumbs", &seed);
}

/* Paths that come late, or never; neighbours that move. */
static void wire_paths(const char *name, uint8_t options)
{
	struct seed seed = { 0 };

	ADD(&seed, options, WIRE_CONNECT, 1, WIRE_TIME, 4, WIRE_IFACE, 0, 2, WIRE_PATH, 0, 1, 2);
	ADD(&seed, WIRE_GOOD, 0, U16(0), WIRE_CONNECT, 2, WIRE_PATH, 0, 2, 0xff, WIRE_TIME, 6);
	ADD(&seed, WIRE_ARP, 2, 2, 0, 0, NO_DAMAGE, WIRE_ARP, 1, 0x32, 0, HOW_TO_ALL, NO_DAMAGE);
	ADD(&seed, WIRE_ND, 3, 0x60, 2, 5, 1, 0, NO_DAMAGE, WIRE_ND, 0, 0, 1, 0, 1, 0, NO_DAMAGE);
	ADD(&seed, WIRE_ND, 3, 0x20, 2, 5, 1, HOW_TO_ALL, NO_DAMAGE, WIRE_TIME, 7);
	ADD(&seed, WIRE_ECHO, 3, U16(56), 0, NO_DAMAGE, WIRE_LINK, 0, WIRE_LINK, 1);
	ADD(&seed, WIRE_MIRROR, 1, WIRE_PING, 0, U16(56), WIRE_PONG, 0, U16(56), 0, NO_DAMAGE);
	ADD(&seed, WIRE_PING, 3, U16(1), WIRE_PING, 1, U16(1472), WIRE_TIME, 7, WIRE_MIRROR, 0);
	ADD(&seed, WIRE_PING, 2, U16(8), WIRE_REFUSE, 2, options & WIRE_IPV6 ? 1 : 3, 1, 0,
	    NO_DAMAGE);
	ADD(&seed, WIRE_IFACE, 0, 0x12, WIRE_RESTART, WIRE_CONNECT, 0, WIRE_TIME, 0);
	ADD(&seed, WIRE_RAW, 4, 1, 2, 3, 4, WIRE_SETTLE, WIRE_IFACE, 0, 1);
	seed_save("wire", name, &seed);
}

/* A neighbour that is asked for its MAC, and one that does not answer. */
static void wire_resolve(const char *name, uint8_t options)
{
	struct seed seed = { 0 };

	ADD(&seed, options, WIRE_IFACE, 0, 2, WIRE_CONNECT, 2, WIRE_RESOLVE, 0, 2);
	ADD(&seed, WIRE_RESOLVE, 0, 3, WIRE_TIME, 3);
	if (options & WIRE_IPV6)
		ADD(&seed, WIRE_ND, 3, 0x62, 2, 5, 1, 0, NO_DAMAGE);
	else
		ADD(&seed, WIRE_ARP, 2, 0x22, 0, 0, NO_DAMAGE);
	ADD(&seed, WIRE_GOOD, 0, U16(0), WIRE_RESOLVE, 0, 2, WIRE_TIME, 7, WIRE_RESOLVE, 0, 1);
	ADD(&seed, WIRE_IFACE, 0, 1, WIRE_TIME, 7);
	seed_save("wire", name, &seed);
}

void seeds_wire(void)
{
	wire_data("data", 0);
	wire_data("data-ipv6", WIRE_IPV6);
	wire_data("data-jumbo", WIRE_JUMBO | WIRE_PRIORITY);
	wire_too_big();
	wire_order();
	wire_window();
	wire_room();
	wire_end();
	wire_stranger();
	wire_options();
	wire_loss();
	wire_sack("sack", 0, MSS);
	wire_sack("sack-ipv6", WIRE_IPV6 | WIRE_VLAN, MSS - 20);
	wire_dsack();
	wire_sack_lies();
	wire_crumbs();
	wire_paths("paths", 0);
	wire_paths("paths-ipv6", WIRE_IPV6 | WIRE_VLAN);
	wire_resolve("resolve", WIRE_PRIORITY);
	wire_resolve("resolve-ipv6", WIRE_IPV6 | WIRE_VLAN);
}

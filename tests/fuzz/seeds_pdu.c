// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds of fuzz_pdu and fuzz_rules (seeds.h). */
#include <string.h>

#include "seeds.h"

/* --- fuzz_pdu ------------------------------------------------------------- */

static void pdu_stream(void)
{
	static const uint8_t opcodes[] = { 0x20, 0x21, 0x25, 0x31, 0x3f };
	struct seed seed = { 0 };
	size_t i;

	for (i = 0; i < sizeof(opcodes); i++) {
		uint8_t bhs[48] = { opcodes[i], 0x80 };

		bhs[4] = i & 1;			/* a word of AHS */
		bhs[7] = i;			/* and some data, padded */
		memset(bhs + 8, 0x11 * (i + 1), 40);
		seed_add(&seed, bhs, sizeof(bhs));
		seed.len += (i & 1) * 4 + (i + 3) / 4 * 4;
	}
	seed_save("pdu", "stream", &seed);
}

static void pdu_edges(void)
{
	struct seed seed = { 0 };

	memset(seed.byte, 0xff, 48);
	seed.len = 48;
	seed_save("pdu", "ones", &seed);
	memset(seed.byte, 0, 96);
	seed.len = 96;
	seed.byte[24] = 0x80;			/* StatSN half the numbers away */
	seed_save("pdu", "zeros", &seed);
}

/* --- fuzz_rules ----------------------------------------------------------- */

/* Words for an adapter of 4 queues and 16 connections, and large buffers. */
static void rules(const char *name, const char *words)
{
	struct seed seed = { 0 };

	ADD(&seed, 3, 15, U16(511), 15);
	seed_add(&seed, words, strlen(words));
	seed_save("rules", name, &seed);
}

/* All kinds, all options, all places. */
static void rules_seeds(void)
{
	rules("pdus", "drop-pdu:in,opcode=0x25,count=3; drop-pdu: out opcode=5;"
		      "delay-pdu:in,ms=200,cid=15");
	rules("corrupt", "corrupt:header-digest; corrupt:data-digest,after=010;corrupt:opcode;"
			 "corrupt:length;corrupt:itt;corrupt:statsn;corrupt:datasn;"
			 "corrupt:r2tsn;corrupt:offset");
	rules("net", "tcp-reset:chance=5000,seed=42,count=0;"
		     "refuse-connect:reason=CONN_TIMEOUT;slow-target:bytes-per-s=1000,cid=0");
	rules("firmware", "stall-queue:qid=4,ms=3600000; lose-completion:qid=1;"
			  "duplicate-completion:qid=0; crash:after=1,reason=dma_fault; hang;"
			  "vanish:qid=1");
	rules("clear", " ;hang,\n clear ; ,crash:opcode=0xff");
	rules("wrong", "hang count=1");
	rules("twice", "hang:count=1,count=2");
	rules("range", "stall-queue:qid=5,ms=0x10000000000000000");
}

void seeds_pdu(void)
{
	pdu_stream();
	pdu_edges();
	rules_seeds();
}

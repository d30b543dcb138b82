// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to a frame on the way. Each takes the same three random numbers, whatever
 * becomes of it, so that the fate of the Nth frame of a way depends on the seed alone.
 */
#include "segment.h"

#include <stdlib.h>
#include <string.h>

#define MILLION		1000000u
#define UNDER_WAY_MAX	16384u

struct parcel {
	struct parcel *next;
	uint64_t due_us;
	struct port *port;
	bool inwards;
	struct frame frame;
};

static struct parcel *under_way;	/* by due_us, then by age */
static unsigned int nunder_way;

/* splitmix64 */
static uint32_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (z ^ z >> 31) % MILLION;
}

static void deliver(struct port *port, bool inwards, const struct frame *frame)
{
	if (!port->up)
		port->counters.down++;
	else if (inwards)
		switch_frame(port, frame);
	else
		port_write(port, frame);
}

static void put_under_way(struct parcel *parcel)
{
	struct parcel **at = &under_way;

	while (*at && (*at)->due_us <= parcel->due_us)
		at = &(*at)->next;
	parcel->next = *at;
	*at = parcel;
	nunder_way++;
}

static void send_later(struct port *port, bool inwards, const struct frame *frame,
		       uint32_t delay_us)
{
	struct parcel *parcel;

	if (!delay_us) {
		deliver(port, inwards, frame);
		return;
	}
	parcel = nunder_way < UNDER_WAY_MAX ? malloc(sizeof(*parcel)) : NULL;
	if (!parcel) {
		port->counters.no_room++;
		return;
	}
	parcel->due_us = now_us() + delay_us;
	parcel->port = port;
	parcel->inwards = inwards;
	parcel->frame.len = frame->len;
	memcpy(parcel->frame.data, frame->data, frame->len);
	put_under_way(parcel);
}

static bool fits(const struct port *port, const struct frame *frame)
{
	bool tagged = frame->data[12] == 0x81 && !frame->data[13];

	return frame->len <= port->mtu + ETH_HLEN + (tagged ? TAG_LEN : 0);
}

void cable_send(struct port *port, bool inwards, const struct frame *frame)
{
	const struct impairment *impairment = &port->impairment;
	uint64_t *random = inwards ? &port->random_in : &port->random_out;
	bool lost = draw(random) < impairment->loss;
	bool doubled = draw(random) < impairment->dup;
	bool late = draw(random) < impairment->reorder;
	struct counters *counters = &port->counters;

	if (!fits(port, frame)) {
		counters->too_big++;
		return;
	}
	if (lost) {
		counters->lost++;
		return;
	}
	counters->doubled += doubled;
	counters->reordered += late;
	send_later(port, inwards, frame,
		   impairment->delay_us + (late ? impairment->late_us : 0));
	if (doubled)
		send_later(port, inwards, frame, impairment->delay_us);
}

int64_t cable_poll(void)
{
	struct parcel *parcel;
	uint64_t now = now_us();

	while (under_way && under_way->due_us <= now) {
		parcel = under_way;
		under_way = parcel->next;
		nunder_way--;
		deliver(parcel->port, parcel->inwards, &parcel->frame);
		free(parcel);
	}
	return under_way ? (int64_t)(under_way->due_us - now) : -1;
}

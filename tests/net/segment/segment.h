/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An Ethernet segment in a process: ports that are tap devices, a switch between them that
 * learns and knows VLANs, and a cable at each port that loses, delays, doubles and
 * reorders. port.c has taps and their captures, cable.c what happens on the way,
 * switch.c who gets a frame, control.c what the test says, main.c who is served next.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PORTS_MAX	8
#define FRAME_MAX	9216		/* bytes: MTU 9000, header, tag */
#define ETH_HLEN	14
#define TAG_LEN		4
#define VLAN_NATIVE	1		/* what is not tagged, on a trunk */

/* Of a cable, for each way. Shares are of a million; each applies by itself. */
struct impairment {
	uint32_t loss, dup, reorder;
	uint32_t delay_us;
	uint32_t late_us;		/* how much later one that is reordered arrives */
};

/* Of frames, and of each cause of a frame's end. */
struct counters {
	uint64_t rx, tx;		/* from the station, to it */
	uint64_t lost, doubled, reordered;
	uint64_t too_big, down, not_ours, no_room;
};

struct frame {
	size_t len;
	uint8_t data[FRAME_MAX];
};

struct port {
	const char *name;
	int fd;
	uint32_t vlan;			/* of an access port; 0: a trunk */
	uint32_t mtu;			/* what is larger gets lost, both ways */
	bool up;
	uint64_t random_in, random_out;
	struct impairment impairment;
	struct counters counters;
	FILE *capture;			/* as the station sees it; NULL: none */
	uint32_t snap;			/* bytes that are captured of a frame with TCP */
};

extern struct port ports[PORTS_MAX];
extern unsigned int nports;

void quit(const char *what);		/* with errno's text */
uint64_t now_us(void);
/* Since 1970, for captures: in step with now_us(), whatever becomes of the machine's time. */
uint64_t stamp_ns(void);

/* port.c */
/* NAME,KEY=VALUE...: ns=PATH vlan=ID|trunk mtu=N capture=FILE; false: it says something else. */
bool port_add(char *words, uint64_t seed);
struct port *port_find(const char *name);
void port_read(struct port *port);
/* To the station, now. */
void port_write(struct port *port, const struct frame *frame);
void port_set_up(struct port *port, bool up);

/* cable.c */
/* The frame has been sent: by the station if @inwards, else by the switch. */
void cable_send(struct port *port, bool inwards, const struct frame *frame);
/* Deliver what is due. Return: us until something is, or -1. */
int64_t cable_poll(void);

/* switch.c */
void switch_frame(struct port *from, const struct frame *frame);
void switch_forget(const struct port *port);

/* control.c: lines on standard input, an answer each. Return: false at its end. */
bool control_read(void);

#endif /* SEGMENT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandboxed process, without a sandbox: a test plays the network at the other end of
 * a port's socket, and the privileged process. Time is simulated.
 */
#ifndef UIP_BENCH_H
#define UIP_BENCH_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/net.h"
#include "ohba_status.h"

#define IFINDEX		7
#define TOLD_MAX	80

extern const uint8_t our_mac[6];
extern struct uip_msg told[TOLD_MAX];	/* to the privileged process */
extern unsigned int ntold;
/* The last of each address's leases; how often only what is kept of one was another. */
extern struct uip_lease last_lease[OHBA_IFACES_MAX];
extern unsigned int nkept;
extern bool deaf;			/* the privileged process takes nothing */
extern bool no_randomness;
extern char logged[4096];		/* lines, of which one too many is lost */

void bench_init(void);
int bench_set_up(void **state);
int bench_tear_down(void **state);
#define BENCH_TEST(fn)	cmocka_unit_test_setup_teardown(fn, bench_set_up, bench_tear_down)

/* The log has @part; then it is empty. */
void assert_logged(const char *part);
void assert_quiet(void);		/* nothing was, since then */

void pass(unsigned int ms);
/* Time goes on, and nobody is called. */
void suspend(unsigned int ms);
/* From now on the clock goes on by a ms each time that somebody looks at it. */
void tick(void);
/* The sandbox is killed. */
void be_killed(void);
/* What another is told, which gets address @index by @method: the driver kept @lease. */
void resume_with(uint32_t index, uint8_t method, const struct uip_lease *lease);
void resume(uint32_t index, uint8_t method);		/* what it has of that address */
#define GENERATION	77
struct uip_addr ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
/* 2001:db8:0:@net::@host */
struct uip_addr ip6(uint8_t net, uint8_t host);
/* The next frame that was sent. Return: its bytes, 0: there is none. */
size_t sent(uint8_t frame[2048]);
void drain(void);
#define ARP_REQUEST	1
#define ARP_REPLY	2
#define ARP_LEN		60		/* as short as a frame can be */
/* To our MAC, on Ethernet (RFC 826). */
void fill_arp(uint8_t frame[ARP_LEN], uint8_t op, const uint8_t *mac, const uint8_t *sender,
	      const uint8_t *target);
/* Put a frame into the socket. */
void bring(const uint8_t *frame, size_t len);

#endif /* UIP_BENCH_H */

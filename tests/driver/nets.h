/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network device on the bench: its frames, and whether it works. */
#ifndef NETS_H
#define NETS_H

#include "bench.h"

#define RX_BUFS		128
#define TX_BUFS		256
#define RING		512
#define QID		3u	/* after one I/O queue for each of two CPUs */

/* Set-ups: an adapter that has one, not probed yet; one closed; one open. */
void net_load(void);
int net_closed(void **state);
int net_opened(void **state);

#define OPEN(name)	cmocka_unit_test_setup_teardown(test_##name, net_opened, bench_gone)
#define CLOSED(name)	cmocka_unit_test_setup_teardown(test_##name, net_closed, bench_gone)
#define OWN(name)	cmocka_unit_test_teardown(test_##name, bench_gone)

extern u8 frame[16384];
/* Make one of @len bytes. */
void fill(u32 len, u8 key);
int send_frame(u32 len);

/* One of ethtool's. */
u64 counter(const char *name);
struct rtnl_link_stats64 link_stats(void);

/* A frame goes out as it was, and its memory comes back. */
void check_sends(u32 len);
void check_receives(u32 len);
void check_works(void);
void check_stopped(void);

/* Of the oldest command of @opcode; a completion of its queue. */
u32 tag_of(u8 opcode);
void post(u32 tag, u16 status, u32 result);
void link_event(u32 up);

/* As shim_race: another CPU handles the interrupt while buffers are still being given. */
void arrive_early(void);
extern unsigned int early;

/* The adapter stops; it must be up again. */
void kill_it(void *unused);
void check_up_again(void);

#endif /* NETS_H */

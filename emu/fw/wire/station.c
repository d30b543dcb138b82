// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The adapter as a station on an Ethernet: its life, its link, its turns, and frames
 * that any thread may bring (output.c, input.c).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lwip/init.h"
#include "lwip/priv/tcp_priv.h"

#include "ohba_admin.h"
#include "recovery.h"
#include "wire.h"

/* --- frames that came in ---------------------------------------------------- */

bool ohba_wire_receive(struct ohba_wire *wire, const struct iovec *iov, int iovcnt)
{
	struct wire_frame *frame = wire_frame_make(iov, iovcnt);
	bool room;

	if (!frame)
		return false;
	pthread_mutex_lock(&wire->lock);
	room = wire->on && wire->rx_frames < WIRE_RX_FRAMES_MAX;
	if (room) {
		*wire->rx_tail = frame;
		wire->rx_tail = &frame->next;
		wire->rx_frames++;
	}
	pthread_mutex_unlock(&wire->lock);
	if (room)
		ohba_loop_wake(wire->loop);
	else
		free(frame);
	return room;
}

static struct wire_frame *take_frames(struct ohba_wire *wire)
{
	struct wire_frame *first;

	pthread_mutex_lock(&wire->lock);
	first = wire->rx;
	wire->rx = NULL;
	wire->rx_tail = &wire->rx;
	wire->rx_frames = 0;
	pthread_mutex_unlock(&wire->lock);
	return first;
}

/* --- link ------------------------------------------------------------------- */

bool wire_link_is_up(struct ohba_wire *wire)
{
	bool up;

	pthread_mutex_lock(&wire->lock);
	up = wire->link;
	pthread_mutex_unlock(&wire->lock);
	return up;
}

void ohba_wire_set_link(struct ohba_wire *wire, bool up)
{
	pthread_mutex_lock(&wire->lock);
	wire->came_up = up && (wire->came_up || !wire->link);
	wire->link = up;
	pthread_mutex_unlock(&wire->lock);
	ohba_loop_wake(wire->loop);
}

/* What the network remembers of us may be of before: it may be another network. */
static void announce_after_link(struct ohba_wire *wire)
{
	bool came_up;

	pthread_mutex_lock(&wire->lock);
	came_up = wire->came_up;
	wire->came_up = false;
	pthread_mutex_unlock(&wire->lock);
	if (came_up)
		wire_ifaces_announce(wire);
}

/* --- lwIP itself, one for the process --------------------------------------- */

uint32_t ohba_wire_random(void)
{
	uint32_t value;

	/* So few bytes come whole, and cannot fail once the system is up. */
	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		abort();
	return value;
}

/* RFC 1071; what is left over at the end counts as if a zero followed. */
uint16_t ohba_wire_checksum(const void *data, int len)
{
	const uint8_t *at = data;
	uint64_t sum = 0;
	uint32_t word;

	for (; len >= 4; len -= 4, at += 4) {
		memcpy(&word, at, 4);
		sum += word;
	}
	if (len) {
		word = 0;
		memcpy(&word, at, len);
		sum += word;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static pthread_once_t lwip_once = PTHREAD_ONCE_INIT;

#define TICK_NS	(TCP_TMR_INTERVAL * OHBA_NS_PER_MS)

/* Each adapter ticks while there are connections; one tick in TICK_NS counts. */
static void tick(struct ohba_timer *timer)
{
	static uint64_t last;
	uint64_t now = ohba_loop_now(timer->loop);

	/* A test's clock may start anew. */
	if (now < last || now - last >= TICK_NS - OHBA_NS_PER_MS) {
		last = now;
		wire_recovery_before_timers();
		tcp_tmr();
	}
	wire_tcp_tick(ohba_container(timer, struct ohba_wire, tick));
}

static void keep_ticking(struct ohba_wire *wire)
{
	if ((tcp_active_pcbs || tcp_tw_pcbs) && !ohba_timer_armed(&wire->tick))
		ohba_timer_arm(&wire->tick, TICK_NS);
}

/* --- turns ------------------------------------------------------------------ */

static bool poll(struct ohba_poller *poller)
{
	struct ohba_wire *wire = ohba_container(poller, struct ohba_wire, poller);
	struct wire_frame *frame = take_frames(wire), *next;
	bool any = frame;

	announce_after_link(wire);
	for (; frame; frame = next) {
		next = frame->next;
		wire_input(wire, frame);
	}
	any |= wire_tcp_poll(wire);
	keep_ticking(wire);
	return any;
}

static bool sleep_now(struct ohba_poller *poller)
{
	struct ohba_wire *wire = ohba_container(poller, struct ohba_wire, poller);
	bool idle;

	pthread_mutex_lock(&wire->lock);
	idle = !wire->rx_frames && !wire->came_up;
	pthread_mutex_unlock(&wire->lock);
	return idle && ohba_list_empty(&wire->ready);
}

/* --- an adapter's ----------------------------------------------------------- */

#define TIMERS	(2 * WIRE_PATHS_MAX + OHBA_PINGS_MAX + 2)	/* wire->tick, wire->ask */

struct ohba_wire *ohba_wire_create(struct ohba_loop *loop, const uint8_t mac[6], uint32_t mtu,
				   ohba_wire_send_fn send, void *host)
{
	struct ohba_wire *wire = calloc(1, sizeof(*wire));

	if (!wire || ohba_loop_reserve_timers(loop, TIMERS))
		goto err_free;
	pthread_once(&lwip_once, lwip_init);
	wire->engine.ops = &wire_tcp_ops;
	wire->engine.kind = OHBA_ENGINE_WIRE;
	wire->loop = loop;
	wire->send = send;
	wire->host = host;
	memcpy(wire->mac, mac, WIRE_MAC_LEN);
	wire->mtu = mtu;
	wire->link = true;
	ohba_list_init(&wire->tcps);
	ohba_list_init(&wire->ready);
	wire->rx_tail = &wire->rx;
	pthread_mutex_init(&wire->lock, NULL);
	wire_paths_init(wire);
	wire_resolve_init(wire);
	wire_pings_init(wire);
	ohba_timer_init(&wire->tick, loop, tick);
	ohba_timer_init(&wire->ask, loop, wire_tcp_ask);
	wire->poller.poll = poll;
	wire->poller.sleep = sleep_now;
	return wire;

err_free:
	free(wire);
	return NULL;
}

static void set_on(struct ohba_wire *wire, bool on)
{
	pthread_mutex_lock(&wire->lock);
	wire->on = on;
	pthread_mutex_unlock(&wire->lock);
}

void ohba_wire_start(struct ohba_wire *wire)
{
	ohba_poller_add(wire->loop, &wire->poller);
	set_on(wire, true);
}

void ohba_wire_stop(struct ohba_wire *wire)
{
	struct wire_iface *iface;
	struct wire_frame *frame, *next;

	set_on(wire, false);
	wire_pings_forget(wire);
	wire->mirror = false;
	for (iface = wire->ifaces; iface < &wire->ifaces[WIRE_IFACES_MAX]; iface++)
		wire_iface_clear(iface);
	for (frame = take_frames(wire); frame; frame = next) {
		next = frame->next;
		free(frame);
	}
	ohba_timer_cancel(&wire->tick);
	ohba_timer_cancel(&wire->ask);
	ohba_poller_del(wire->loop, &wire->poller);
}

void ohba_wire_destroy(struct ohba_wire *wire)
{
	if (!wire)
		return;
	(void)ohba_loop_reserve_timers(wire->loop, -TIMERS);
	pthread_mutex_destroy(&wire->lock);
	free(wire);
}

void ohba_wire_attach(struct ohba_wire *wire, const struct ohba_wire_events *events,
		      void *arg)
{
	wire->events = events;
	wire->arg = arg;
}

struct ohba_wire *ohba_wire_of(struct ohba_tcp_engine *engine)
{
	return engine->kind == OHBA_ENGINE_WIRE ?
	       ohba_container(engine, struct ohba_wire, engine) : NULL;
}

struct ohba_tcp_engine *ohba_wire_engine(struct ohba_wire *wire)
{
	return &wire->engine;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What the tests of the sandboxed process share. */
#include <sys/socket.h>

#include "bench.h"
#include "log.h"

const uint8_t our_mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };
struct uip_msg told[TOLD_MAX];
unsigned int ntold;
struct uip_lease last_lease[OHBA_IFACES_MAX];
unsigned int nkept;
bool deaf;
char logged[4096];

static uint64_t now_ms = 1000;
static bool ticking;
static int wire = -1;			/* our end of the port's socket */

/* --- what loop.c is for the others ------------------------------------------ */

uint64_t uip_now(void)
{
	return ticking ? now_ms++ : now_ms;
}

uint32_t uip_random(void)
{
	return 4;
}

bool no_randomness;

bool uip_random_fill(void *buf, size_t len)
{
	memset(buf, 0x5a, len);
	return !no_randomness;
}

/* Is it the lease that was told before, for another time? */
static bool is_kept_anew(const struct uip_lease *lease)
{
	const struct uip_lease *last = &last_lease[lease->iface];

	return lease->addr.family && uip_addr_equal(&lease->addr, &last->addr) &&
	       lease->prefix == last->prefix && lease->mtu == last->mtu &&
	       uip_addr_equal(&lease->gateway, &last->gateway) &&
	       uip_addr_equal(&lease->isns, &last->isns) &&
	       (lease->kept.len != last->kept.len ||
		memcmp(lease->kept.bytes, last->kept.bytes, last->kept.len));
}

static bool take_lease(const struct uip_lease *lease)
{
	bool anew;

	assert_in_range(lease->iface, 0, OHBA_IFACES_MAX - 1);
	assert_in_range(lease->kept.len, 0, OHBA_LEASE_MAX);
	/* What can be got can be kept. */
	assert_int_equal(!lease->kept.len, !lease->addr.family);
	anew = is_kept_anew(lease);
	last_lease[lease->iface] = *lease;
	return anew;
}

bool uip_tell(const struct uip_msg *msg)
{
	if (deaf)
		return false;
	if (msg->type == UIP_LEASE && take_lease(&msg->lease)) {
		nkept++;
		return true;
	}
	assert_in_range(ntold, 0, TOLD_MAX - 1);
	told[ntold++] = *msg;
	return true;
}

/* From deadline to deadline: what says none is not called. */
void pass(unsigned int ms)
{
	uint64_t end = now_ms + ms, next;

	for (;;) {
		next = uip_resolve_poll();
		next = uip_sooner(next, uip_clients_poll());
		next = uip_sooner(next, uip_logins_poll());
		if (next >= end)
			break;
		assert_true(next > now_ms);
		now_ms = next;
	}
	now_ms = end;
}

void suspend(unsigned int ms)
{
	now_ms += ms;
}

void tick(void)
{
	ticking = true;
}

/* --- the sandbox's life -------------------------------------------------------- */

void be_killed(void)
{
	struct uip_port *port = uip_port_find(IFINDEX);

	memset(port->clients, 0, sizeof(port->clients));
	drain();
}

void resume_with(uint32_t index, uint8_t method, const struct uip_lease *lease)
{
	struct uip_config config = {
		.nifaces = 1,
		.ifaces[0] = { .index = index, .method = method, .generation = GENERATION,
			       .addr = lease->addr, .kept = lease->kept },
	};

	last_lease[index] = *lease;
	uip_clients_set(uip_port_find(IFINDEX), &config);
}

void resume(uint32_t index, uint8_t method)
{
	resume_with(index, method, &last_lease[index]);
}

/* --- addresses --------------------------------------------------------------- */

struct uip_addr ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	uint8_t bytes[4] = { a, b, c, d };

	return uip_addr_make(bytes, 4);
}

struct uip_addr ip6(uint8_t net, uint8_t host)
{
	uint8_t bytes[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, net, [15] = host };

	return uip_addr_make(bytes, 16);
}

/* --- frames ------------------------------------------------------------------- */

size_t sent(uint8_t frame[2048])
{
	ssize_t len = recv(wire, frame, 2048, MSG_DONTWAIT);

	return len < 0 ? 0 : len;
}

void fill_arp(uint8_t frame[ARP_LEN], uint8_t op, const uint8_t *mac, const uint8_t *sender,
	      const uint8_t *target)
{
	memset(frame, 0, ARP_LEN);
	memcpy(frame, our_mac, 6);
	memcpy(frame + 6, mac, 6);
	memcpy(frame + 12, "\x08\x06\0\1\x08\0\6\4\0", 9);
	frame[21] = op;
	memcpy(frame + 22, mac, 6);
	memcpy(frame + 28, sender, 4);
	memcpy(frame + 32, our_mac, 6);
	memcpy(frame + 38, target, 4);
}

void bring(const uint8_t *frame, size_t len)
{
	assert_int_equal(send(wire, frame, len, 0), len);
}

void drain(void)
{
	uint8_t frame[2048];

	while (sent(frame))
		;
}

/* --- fixture ------------------------------------------------------------------- */

/* A line that is kept is kept whole. */
static void keep_line(int priority, const char *line)
{
	size_t len = strlen(logged);

	(void)priority;
	if (len + strlen(line) + 2 <= sizeof(logged))
		snprintf(logged + len, sizeof(logged) - len, "%s\n", line);
}

void assert_logged(const char *part)
{
	if (!strstr(logged, part))
		fail_msg("\"%s\" is not in:\n%s", part, logged);
	*logged = '\0';
}

void assert_quiet(void)
{
	assert_string_equal(logged, "");
}

int bench_set_up(void **state)
{
	struct uip_port_add add = { .adapter = "adapter" };
	int pair[2];

	(void)state;
	/* As a packet socket is: a frame for each message. */
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return -1;
	wire = pair[0];
	memcpy(add.mac, our_mac, 6);
	uip_port_add(IFINDEX, &add, pair[1]);
	ntold = nkept = 0;
	memset(last_lease, 0, sizeof(last_lease));
	deaf = ticking = no_randomness = false;
	*logged = '\0';
	return 0;
}

int bench_tear_down(void **state)
{
	struct uip_port *port = uip_port_find(IFINDEX);

	(void)state;
	if (port)
		uip_port_close(port);
	close(wire);
	return 0;
}

void bench_init(void)
{
	uip_ports_init();
	assert_true(uip_logins_init());
	uip_log_to(keep_line);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host TCP engine over loopback: real sockets, the peer played in the same
 * thread. Nothing sleeps: each wait is a turn of the loop that ends with an event.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "loop.h"
#include "ohba_admin.h"
#include "tcp.h"

#define TURNS_MAX	1000
#define TURN_NS		(10 * MS)
#define LARGE		(8u << 20)	/* more than the buffers of a loopback socket */

struct fixture {
	struct ohba_loop *loop;
	struct ohba_tcp_engine *engine;
	const struct ohba_tcp_engine_ops *ops;
	int listener, peer;
	struct sockaddr_in addr;
	const struct ohba_tcp_options *options;
	struct ohba_tcp *tcp;
	/* what the engine told */
	int connected, readable, writable, broken;
	enum ohba_status status;
	bool close_at_once;		/* in the callback */
};

static void end(struct fixture *fix, bool abort)
{
	fix->ops->close(fix->tcp, abort);
	fix->tcp = NULL;
}

static void on_connected(void *arg, enum ohba_status status)
{
	struct fixture *fix = arg;

	fix->connected++;
	fix->status = status;
	if (fix->close_at_once)
		end(fix, true);
}

static void on_readable(void *arg)
{
	struct fixture *fix = arg;

	fix->readable++;
	if (fix->close_at_once)
		end(fix, false);
}

static void on_writable(void *arg)
{
	((struct fixture *)arg)->writable++;
}

static void on_broken(void *arg, enum ohba_status status)
{
	struct fixture *fix = arg;

	fix->broken++;
	fix->status = status;
}

static const struct ohba_tcp_events events = {
	.connected = on_connected, .readable = on_readable, .writable = on_writable,
	.broken = on_broken,
};

/* A port of our own, at which nobody listens yet. */
static int bound_to(struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*addr);

	*addr = (struct sockaddr_in) { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	return fd;
}

static int setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	const char *err;

	fix->loop = ohba_loop_create_clock(NULL, NULL, &err);
	fix->engine = ohba_tcp_host_create(fix->loop);
	fix->ops = fix->engine->ops;
	fix->listener = bound_to(&fix->addr);
	assert_int_equal(listen(fix->listener, 1), 0);
	fix->peer = -1;
	*state = fix;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	if (fix->tcp)
		end(fix, true);
	if (fix->peer >= 0)
		close(fix->peer);
	close(fix->listener);
	ohba_tcp_host_destroy(fix->engine);
	ohba_loop_destroy(fix->loop);
	free(fix);
	return 0;
}

/* Turns until *@count is as large as that. */
static void until(struct fixture *fix, const int *count, int want)
{
	int turns;

	for (turns = 0; *count < want; turns++) {
		assert_true(turns < TURNS_MAX);
		ohba_loop_step(fix->loop, TURN_NS);
	}
}

/* So many turns in which that must not happen. */
static void never(struct fixture *fix, const int *count, int turns)
{
	int before = *count;

	while (turns--)
		ohba_loop_step(fix->loop, MS);
	assert_int_equal(*count, before);
}

static struct ohba_tcp *start(struct fixture *fix, const void *addr, size_t len)
{
	fix->tcp = fix->ops->connect(fix->engine, addr, len, fix->options, &events,
				     fix, &fix->status);
	assert_int_equal(fix->connected, 0);	/* not before it returned */
	return fix->tcp;
}

static void connect_pair(struct fixture *fix)
{
	assert_non_null(start(fix, &fix->addr, sizeof(fix->addr)));
	until(fix, &fix->connected, 1);
	assert_int_equal(fix->status, OHBA_ST_SUCCESS);
	fix->peer = accept(fix->listener, NULL, NULL);
	assert_true(fix->peer >= 0);
}

static ssize_t recv_some(struct fixture *fix, void *buf, size_t len)
{
	struct iovec iov[2] = { { buf, len / 2 }, { (char *)buf + len / 2, len - len / 2 } };

	return fix->ops->recv(fix->tcp, iov, 2);
}

/* --- connecting ------------------------------------------------------------------- */

static void names_and_port(void **state)
{
	struct fixture *fix = *state;
	struct sockaddr_storage local, peer;
	const struct sockaddr_in *in = (const void *)&peer;
	uint32_t speed = 1, mtu = 1;
	bool up = false;

	connect_pair(fix);
	assert_int_equal(fix->ops->names(fix->tcp, &local, &peer), 0);
	assert_int_equal(local.ss_family, AF_INET);
	assert_int_equal(in->sin_port, fix->addr.sin_port);
	assert_true(fix->ops->mss(fix->tcp) > 500);
	fix->ops->port(fix->engine, &up, &speed, &mtu);
	assert_true(up);
	assert_int_equal(speed, 0);
	assert_int_equal(mtu, 0);
	assert_int_equal(fix->engine->kind, OHBA_ENGINE_HOST);
}

/* As the other end sees it, whatever this machine's settings are. */
static void what_is_agreed(void **state)
{
	struct fixture *fix = *state;
	struct ohba_tcp_agreed agreed = { 0 };
	struct tcp_info peer = { 0 };
	socklen_t len = sizeof(peer);

	connect_pair(fix);
	fix->ops->agreed(fix->tcp, &agreed);
	assert_int_equal(getsockopt(fix->peer, IPPROTO_TCP, TCP_INFO, &peer, &len), 0);
	assert_int_equal(agreed.timestamps, !!(peer.tcpi_options & TCPI_OPT_TIMESTAMPS));
	assert_int_equal(agreed.send_scale, peer.tcpi_rcv_wscale);
	assert_int_equal(agreed.recv_scale, peer.tcpi_snd_wscale);
}

static void refused(void **state)
{
	struct fixture *fix = *state;
	struct sockaddr_storage local, peer;

	close(fix->listener);
	fix->listener = bound_to(&fix->addr);
	if (start(fix, &fix->addr, sizeof(fix->addr))) {
		until(fix, &fix->connected, 1);
		assert_true(fix->ops->names(fix->tcp, &local, &peer) < 0);
	}
	assert_int_equal(fix->status, OHBA_ST_CONN_REFUSED);
}

/* What connect() itself refuses comes back at once. */
static void impossible(void **state)
{
	struct fixture *fix = *state;
	struct sockaddr_in addr = fix->addr;
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	assert_null(start(fix, &nobody, sizeof(nobody)));
	assert_int_equal(fix->status, OHBA_ST_CONN_LOCAL);
	addr.sin_addr.s_addr = INADDR_BROADCAST;
	assert_null(start(fix, &addr, sizeof(addr)));
	assert_int_not_equal(fix->status, OHBA_ST_SUCCESS);
}

static void closed_in_its_callback(void **state)
{
	struct fixture *fix = *state;

	fix->close_at_once = true;
	assert_non_null(start(fix, &fix->addr, sizeof(fix->addr)));
	until(fix, &fix->connected, 1);
	assert_null(fix->tcp);
	never(fix, &fix->readable, 3);
}

static void closed_while_connecting(void **state)
{
	struct fixture *fix = *state;

	assert_non_null(start(fix, &fix->addr, sizeof(fix->addr)));
	end(fix, false);
	never(fix, &fix->connected, 3);
}

/* By its other end: the engine shows no descriptor. */
static int socket_of(const struct fixture *fix)
{
	struct sockaddr_in peer;
	int fd;

	for (fd = 0; fd < 64; fd++) {
		socklen_t len = sizeof(peer);

		if (!getpeername(fd, (struct sockaddr *)&peer, &len) &&
		    peer.sin_family == AF_INET && peer.sin_port == fix->addr.sin_port)
			return fd;
	}
	fail_msg("no socket is connected to the listener");
	return -1;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static void options(void **state)
{
	static const struct ohba_tcp_options quiet = { .tos = 0xb8, .nagle = true };
	struct fixture *fix = *state;
	int fd;

	connect_pair(fix);
	fd = socket_of(fix);
	assert_int_equal(option(fd, IPPROTO_IP, IP_TOS), 0);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	end(fix, true);
	close(fix->peer);
	fix->connected = 0;
	fix->options = &quiet;
	connect_pair(fix);
	fd = socket_of(fix);
	assert_int_equal(option(fd, IPPROTO_IP, IP_TOS), 0xb8);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
}

/* Every Linux has reno. */
static void congestion_control(void **state)
{
	struct fixture *fix = *state;
	char name[16] = "";
	socklen_t len = sizeof(name);

	assert_int_equal(ohba_tcp_host_congestion("reno"), 0);
	assert_int_equal(ohba_tcp_host_congestion("carrier-pigeon"), -ENOENT);
	connect_pair(fix);
	fix->ops->congestion(fix->tcp, "reno");
	fix->ops->congestion(fix->tcp, "carrier-pigeon");
	assert_int_equal(getsockopt(socket_of(fix), IPPROTO_TCP, TCP_CONGESTION, name, &len), 0);
	assert_string_equal(name, "reno");
}

/* --- receiving --------------------------------------------------------------------- */

static void receives(void **state)
{
	struct fixture *fix = *state;
	char buf[16] = { 0 };

	connect_pair(fix);
	assert_int_equal(recv_some(fix, buf, sizeof(buf)), -EAGAIN);
	assert_int_equal(write(fix->peer, "0123456789", 10), 10);
	until(fix, &fix->readable, 1);
	assert_int_equal(recv_some(fix, buf, 4), 4);
	/* What is left is told again. */
	until(fix, &fix->readable, 2);
	assert_int_equal(recv_some(fix, buf + 4, 12), 6);
	assert_string_equal(buf, "0123456789");
	assert_int_equal(recv_some(fix, buf, sizeof(buf)), -EAGAIN);
}

static void data_wait_while_unwanted(void **state)
{
	struct fixture *fix = *state;
	char buf[4];

	connect_pair(fix);
	fix->ops->want_read(fix->tcp, false);
	fix->ops->want_read(fix->tcp, false);
	assert_int_equal(write(fix->peer, "abcd", 4), 4);
	never(fix, &fix->readable, 5);
	fix->ops->want_read(fix->tcp, true);
	until(fix, &fix->readable, 1);
	assert_int_equal(recv_some(fix, buf, 4), 4);
	assert_memory_equal(buf, "abcd", 4);
}

static void end_of_stream(void **state)
{
	struct fixture *fix = *state;
	char buf[4];

	connect_pair(fix);
	close(fix->peer);
	fix->peer = -1;
	until(fix, &fix->readable, 1);
	assert_int_equal(recv_some(fix, buf, 4), 0);
}

static void reset_peer(struct fixture *fix)
{
	struct linger linger = { .l_onoff = 1 };

	assert_int_equal(setsockopt(fix->peer, SOL_SOCKET, SO_LINGER, &linger,
				    sizeof(linger)), 0);
	close(fix->peer);
	fix->peer = -1;
}

static void reset_while_reading(void **state)
{
	struct fixture *fix = *state;
	char buf[4];

	connect_pair(fix);
	reset_peer(fix);
	until(fix, &fix->readable, 1);
	assert_int_equal(recv_some(fix, buf, 4), -ECONNRESET);
	assert_int_equal(ohba_tcp_status(ECONNRESET), OHBA_ST_CONN_RESET);
}

/* Nobody reads, so nobody would ever see it. */
static void reset_while_unwanted(void **state)
{
	struct fixture *fix = *state;

	connect_pair(fix);
	fix->ops->want_read(fix->tcp, false);
	reset_peer(fix);
	until(fix, &fix->broken, 1);
	assert_int_equal(fix->status, OHBA_ST_CONN_RESET);
	assert_int_equal(fix->readable, 0);
}

static void closed_while_readable(void **state)
{
	struct fixture *fix = *state;

	connect_pair(fix);
	fix->close_at_once = true;
	assert_int_equal(write(fix->peer, "x", 1), 1);
	until(fix, &fix->readable, 1);
	assert_null(fix->tcp);
	never(fix, &fix->readable, 3);
}

/* --- sending ------------------------------------------------------------------------- */

static ssize_t send_some(struct fixture *fix, const void *buf, size_t len, bool more)
{
	struct iovec iov[2] = { { (void *)buf, len / 2 },
				{ (char *)buf + len / 2, len - len / 2 } };

	return fix->ops->send(fix->tcp, iov, 2, more);
}

static void read_all(int fd, void *buf, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, (char *)buf + got, len - got);

		assert_true(n > 0);
		got += n;
	}
}

/* MSG_MORE holds nothing back for good: what follows without it takes it along. */
static void sends(void **state)
{
	struct fixture *fix = *state;
	char buf[12];

	connect_pair(fix);
	assert_int_equal(send_some(fix, "0123456", 7, true), 7);
	assert_int_equal(send_some(fix, "789ab", 5, false), 5);
	read_all(fix->peer, buf, sizeof(buf));
	assert_memory_equal(buf, "0123456789ab", 12);
	assert_int_equal(fix->writable, 0);
}

/* The peer reads what there is; the engine is told when there is room. */
static void sends_more_than_fits(void **state)
{
	struct fixture *fix = *state;
	uint8_t *out = malloc(LARGE), *in = malloc(LARGE);
	size_t sent = 0, got = 0;
	int waits = 0;

	pattern_fill(out, LARGE, 1, 0);
	connect_pair(fix);
	while (got < LARGE) {
		ssize_t n = send_some(fix, out + sent, LARGE - sent, false);

		if (n > 0)
			sent += n;
		else
			assert_int_equal(n, sent < LARGE ? -EAGAIN : 0);
		while (got < sent) {
			n = read(fix->peer, in + got, sent - got);
			assert_true(n > 0);
			got += n;
		}
		if (sent < LARGE)
			until(fix, &fix->writable, ++waits);
	}
	assert_true(waits > 0);
	pattern_check(in, LARGE, 1, 0);
	free(in);
	free(out);
}

/* Nothing is sent to who is gone, and nobody is killed by a signal. */
static void send_to_nobody(void **state)
{
	struct fixture *fix = *state;
	ssize_t n;
	int turns = 0;

	connect_pair(fix);
	reset_peer(fix);
	do {
		ohba_loop_step(fix->loop, MS);
		n = send_some(fix, "xx", 2, false);
		assert_true(++turns < TURNS_MAX);
	} while (n > 0);
	assert_true(n == -EPIPE || n == -ECONNRESET);
}

/* --- closing ---------------------------------------------------------------------------- */

static void close_is_a_fin(void **state)
{
	struct fixture *fix = *state;
	char buf[4];

	connect_pair(fix);
	assert_int_equal(send_some(fix, "bye", 3, false), 3);
	end(fix, false);
	read_all(fix->peer, buf, 3);
	assert_int_equal(read(fix->peer, buf, 1), 0);
}

static void abort_is_a_reset(void **state)
{
	struct fixture *fix = *state;
	char byte;

	connect_pair(fix);
	end(fix, true);
	assert_int_equal(read(fix->peer, &byte, 1), -1);
	assert_int_equal(errno, ECONNRESET);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_and_port), TEST(what_is_agreed), TEST(options), TEST(refused),
		TEST(impossible),
		TEST(closed_in_its_callback), TEST(closed_while_connecting), TEST(congestion_control),
		TEST(receives), TEST(data_wait_while_unwanted), TEST(end_of_stream),
		TEST(reset_while_reading), TEST(reset_while_unwanted), TEST(closed_while_readable),
		TEST(sends), TEST(sends_more_than_fits), TEST(send_to_nobody),
		TEST(close_is_a_fin), TEST(abort_is_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

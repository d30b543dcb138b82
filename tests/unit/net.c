// SPDX-License-Identifier: GPL-2.0-or-later
/* Plays the network of an adapter that has its own (net.h). */
#include "net.h"

#define ARP_LEN		42
#define PEER_ISN	0x1000u

const uint8_t net_hop_mac[6] = { 0x02, 0, 0, 0, 0, 0x22 };
const uint8_t net_ours[16] = { 10, 0, 0, 1 }, net_peer[16] = { 10, 0, 0, 2 };
const uint8_t net_router[16] = { 10, 0, 0, 254 };
const uint8_t net_peer6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 };

static void keep_frame(void *arg, const struct iovec *iov, int iovcnt)
{
	struct net *net = arg;
	unsigned int slot = net->sent++ % FRAMES_KEPT;
	size_t len = 0;

	for (; iovcnt--; len += iov++->iov_len) {
		assert_true(iov->iov_len <= FRAME_BYTES - len);
		memcpy(net->frame[slot] + len, iov->iov_base, iov->iov_len);
	}
	net->len[slot] = len;
}

struct net *net_new_config(const struct ohba_fw_config *cfg)
{
	struct net *net = calloc(1, sizeof(*net));

	assert_non_null(net);
	net->host = host_new_wire(cfg, keep_frame, net);
	host_bring_up(net->host);
	return net;
}

struct net *net_new(void)
{
	return net_new_config(&host_config);
}

void net_free(struct net *net)
{
	host_free(net->host);
	free(net);
}

const uint8_t *net_last(const struct net *net)
{
	assert_true(net->sent);
	return net->frame[(net->sent - 1) % FRAMES_KEPT];
}

bool net_receive(struct net *net, const void *frame, size_t len)
{
	struct iovec iov = { (void *)frame, len };
	bool taken = ohba_wire_receive(net->host->wire, &iov, 1);

	host_settle(net->host);
	return taken;
}

/* --- commands --------------------------------------------------------------- */

struct ohba_sqe sqe_iface(uint32_t index, uint8_t family, const uint8_t *addr,
			  uint16_t tci)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_IFACE_SET, index);
	struct ohba_iface iface = { .family = family, .tci = htole16(tci) };

	if (addr)
		memcpy(iface.addr, addr, sizeof(iface.addr));
	memcpy(sqe.body, &iface, sizeof(iface));
	return sqe;
}

void net_iface(struct net *net, uint32_t index, uint8_t family, const uint8_t *addr,
	       uint16_t tci)
{
	struct ohba_sqe sqe = sqe_iface(index, family, addr, tci);

	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
	net->sent = 0;		/* that it was announced */
}

struct ohba_sqe sqe_path(uint32_t index, uint8_t family, const uint8_t *dst,
			 const uint8_t *hop)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PATH_SET, index);
	struct ohba_path path = { .family = family };

	memcpy(path.dst, dst, sizeof(path.dst));
	memcpy(path.hop, hop, sizeof(path.hop));
	memcpy(path.mac, net_hop_mac, sizeof(path.mac));
	memcpy(sqe.body, &path, sizeof(path));
	return sqe;
}

void net_path(struct net *net, uint32_t index, uint8_t family, const uint8_t *dst,
	      const uint8_t *hop)
{
	struct ohba_sqe sqe = sqe_path(index, family, dst, hop);

	host_admin_status(net->host, &sqe, OHBA_ST_SUCCESS);
}

/* --- the other end ----------------------------------------------------------- */

/* Who has @addr? @tci 0: untagged. Returns whether the adapter says that it has. */
bool net_has(struct net *net, const uint8_t *addr, uint16_t tci)
{
	uint8_t frame[ARP_LEN + 4] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint8_t *at = frame + 12;
	unsigned int sent = net->sent;

	memcpy(frame + 6, net_hop_mac, 6);
	if (tci) {
		put_be16(at, 0, 0x8100);
		put_be16(at, 2, tci);
		at += 4;
	}
	memcpy(at, (uint8_t[]){ 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1 }, 10);
	memcpy(at + 10, net_hop_mac, 6);
	memcpy(at + 16, net_router, 4);
	memcpy(at + 26, addr, 4);
	assert_true(net_receive(net, frame, at + 30 - frame));
	return net->sent > sent;
}

static uint16_t sum_of(uint32_t sum, const uint8_t *at, size_t len)
{
	for (; len; len -= 2, at += 2)
		sum += be16_at(at, 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Answer the SYN that was sent last. */
void net_answer_syn(struct net *net)
{
	const uint8_t *syn = net_last(net);
	uint8_t frame[54] = { 0 }, *ip = frame + 14, *tcp = frame + 34;

	assert_int_equal(be16_at(syn, 12), 0x0800);
	assert_int_equal(syn[34 + 13], 0x02);
	memcpy(frame, host_config.mac, 6);
	memcpy(frame + 6, net_hop_mac, 6);
	put_be16(frame, 12, 0x0800);
	memcpy(ip, (uint8_t[]){ 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6 }, 10);
	memcpy(ip + 12, syn + 30, 4);
	memcpy(ip + 16, syn + 26, 4);
	put_be16(ip, 10, ~sum_of(0, ip, 20));
	memcpy(tcp, syn + 36, 2);
	memcpy(tcp + 2, syn + 34, 2);
	put_be32(tcp, 4, PEER_ISN);
	put_be32(tcp, 8, be32_at(syn, 38) + 1);
	memcpy(tcp + 12, (uint8_t[]){ 0x50, 0x12, 0xff, 0xff }, 4);
	put_be16(tcp, 16, ~sum_of(sum_of(6 + 20, ip + 12, 8), tcp, 20));
	assert_true(net_receive(net, frame, sizeof(frame)));
}

void net_connected(struct net *net, uint32_t cid)
{
	uint32_t tag = conn_open_start(net->host, cid);
	struct ohba_cqe cqe;

	net_answer_syn(net);
	cqe = host_expect(net->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
}

void net_wanted(struct net *net, uint8_t family, const uint8_t *addr)
{
	struct ohba_event event = host_event(net->host, OHBA_EVENT_PATH_WANTED);

	assert_int_equal(le32toh(event.handle), family);
	assert_int_equal(event.reason, 0);
	assert_int_equal(event.cookie, 0);
	same_bytes("address", event.detail, addr, 16);
}

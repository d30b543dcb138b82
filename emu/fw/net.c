// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's side of the wire engine: addresses and paths that it sets, echo requests, and
 * frames of its own (SPEC.md 6.2). How it is asked for paths: route.c.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "ohba_wire.h"

/* A buffer that the host gave for a frame. */
struct rx_buf {
	uint32_t qid, tag;
	struct ohba_seg seg[OHBA_SGE_INLINE];
	struct ohba_sgl sgl;		/* of @seg */
};

struct ohba_net {
	struct ohba_wire *wire;
	struct rx_buf rx[OHBA_NET_RX_DEPTH];	/* from @rx_first on, around the end */
	uint32_t rx_first, rx_n;
	struct {
		uint32_t qid, tag;
	} ping[OHBA_PINGS_MAX];			/* PING under way, by the engine's number */
};

/* --- frames ----------------------------------------------------------------- */

static struct rx_buf *rx_at(struct ohba_net *net, uint32_t i)
{
	struct rx_buf *buf = &net->rx[(net->rx_first + i) % OHBA_NET_RX_DEPTH];

	buf->sgl.seg = buf->seg;
	return buf;
}

static void give_back(struct ohba_fw *fw, const struct rx_buf *buf,
		      enum ohba_status status, uint32_t len)
{
	struct ohba_cqe cqe = { .tag = htole32(buf->tag), .status = htole16(status),
				.result = htole32(len) };

	ohba_complete(fw, buf->qid, &cqe);
}

static void frame_in(void *arg, const uint8_t *frame, size_t len)
{
	struct ohba_fw *fw = arg;
	struct ohba_net *net = fw->net;
	struct rx_buf *buf = rx_at(net, 0);
	enum ohba_status status;

	/* A firmware that hangs has TCP, but completes nothing. */
	if (fw->state != OHBA_FW_READY || !net->rx_n || buf->sgl.len < len)
		return;
	net->rx_first = (net->rx_first + 1) % OHBA_NET_RX_DEPTH;
	net->rx_n--;
	status = ohba_sgl_write(fw, &buf->sgl, 0, frame, len);
	give_back(fw, buf, status, status ? 0 : len);
}

static enum ohba_status parse(struct ohba_fw *fw, struct ohba_sgl *sgl,
			      const struct ohba_sqe *sqe)
{
	uint32_t i;

	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	if (!sqe->nsge)
		return OHBA_ST_INVALID_SGL;
	for (i = 0; i < sqe->nsge; i++)
		if (le32toh(sqe->sge[i].type) == OHBA_SGE_LIST)
			return OHBA_ST_INVALID_SGL;
	return ohba_sgl_parse(fw, sgl, sqe);
}

static int net_rx(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_seg seg[OHBA_SGE_INLINE];
	struct ohba_sgl sgl = { .seg = seg, .max = OHBA_SGE_INLINE };
	enum ohba_status status = parse(fw, &sgl, sqe);
	struct rx_buf *buf;

	if (status)
		return status;
	if (fw->net->rx_n == OHBA_NET_RX_DEPTH)
		return OHBA_ST_NO_RESOURCES;
	buf = rx_at(fw->net, fw->net->rx_n++);
	buf->qid = qid;
	buf->tag = le32toh(sqe->tag);
	memcpy(buf->seg, seg, sizeof(seg));
	buf->sgl = sgl;
	buf->sgl.seg = buf->seg;
	return OHBA_PENDING;
}

static int net_tx(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_seg seg[OHBA_SGE_INLINE];
	struct ohba_sgl sgl = { .seg = seg, .max = OHBA_SGE_INLINE };
	enum ohba_status status = parse(fw, &sgl, sqe);
	uint8_t frame[OHBA_FRAME_MAX];
	struct iovec iov = { frame, sgl.len };

	(void)qid;
	if (!status && (sgl.len < OHBA_FRAME_MIN || sgl.len > OHBA_FRAME_MAX))
		status = OHBA_ST_INVALID_FIELD;
	if (!status)
		status = ohba_sgl_read(fw, &sgl, 0, frame, sgl.len);
	if (!status)
		ohba_wire_send(fw->net->wire, &iov, 1);
	return status;
}

const struct ohba_cmd_row ohba_net_io_cmds[] = {
	{ .opcode = OHBA_IO_NET_TX, .name = "NET_TX", .fn = net_tx, .data = true },
	{ .opcode = OHBA_IO_NET_RX, .name = "NET_RX", .fn = net_rx, .data = true },
};

const unsigned int ohba_net_io_ncmds =
	sizeof(ohba_net_io_cmds) / sizeof(ohba_net_io_cmds[0]);

uint32_t ohba_net_waiting(const struct ohba_fw *fw, uint32_t qid)
{
	const struct ohba_net *net = fw->net;
	uint32_t i, n = 0;

	for (i = 0; net && i < net->rx_n; i++)
		n += net->rx[(net->rx_first + i) % OHBA_NET_RX_DEPTH].qid == qid;
	return n;
}

void ohba_net_queue_leaves(struct ohba_fw *fw, uint32_t qid)
{
	struct ohba_net *net = fw->net;
	uint32_t i, n = net ? net->rx_n : 0;

	/* Each goes once around: what is of other queues stays, in its order. */
	for (i = 0; i < n; i++) {
		struct rx_buf *first = rx_at(net, 0);
		struct rx_buf buf = *first;

		net->rx_first = (net->rx_first + 1) % OHBA_NET_RX_DEPTH;
		net->rx_n--;
		if (buf.qid == qid)
			give_back(fw, &buf, OHBA_ST_ABORTED, 0);
		else
			*rx_at(net, net->rx_n++) = buf;
	}
}

/* --- echo requests ---------------------------------------------------------- */

static void pinged(void *arg, unsigned int which, enum ohba_status status)
{
	struct ohba_fw *fw = arg;

	/* A firmware that hangs completes nothing. */
	if (fw->state == OHBA_FW_READY)
		ohba_complete_status(fw, fw->net->ping[which].qid, fw->net->ping[which].tag,
				     status);
}

static const struct ohba_wire_events wire_events = {
	.frame = frame_in,
	.path_wanted = ohba_route_wanted,
	.resolved = ohba_route_resolved,
	.pinged = pinged,
};

/* --- being told ------------------------------------------------------------- */

/* IPv4 is in the first four bytes, and nothing in the others. */
static bool is_padded(uint8_t family, const uint8_t addr[16])
{
	return family != OHBA_FAMILY_IPV4 || ohba_all_zero(addr + 4, 12);
}

bool ohba_mtu_ok(uint8_t family, uint16_t mtu)
{
	return !mtu || mtu >= (family == OHBA_FAMILY_IPV6 ? OHBA_MTU_MIN_IPV6 : OHBA_MTU_MIN);
}

static int iface_set(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_iface iface;

	(void)qid;
	memcpy(&iface, sqe->body, sizeof(iface));
	if (iface.rsvd0 || !ohba_all_zero(iface.rsvd1, sizeof(iface.rsvd1)))
		return OHBA_ST_INVALID_FIELD;
	if (!iface.family &&
	    (iface.tci || iface.mtu || !ohba_all_zero(iface.addr, sizeof(iface.addr))))
		return OHBA_ST_INVALID_FIELD;
	if (!is_padded(iface.family, iface.addr) ||
	    !ohba_mtu_ok(iface.family, le16toh(iface.mtu)))
		return OHBA_ST_INVALID_FIELD;
	return ohba_wire_iface_set(fw->net->wire, le32toh(sqe->handle), iface.family,
				   iface.addr, le16toh(iface.tci), le16toh(iface.mtu));
}

/* If there is no path, what would say where it leads is not used. */
static bool is_refusal(const struct ohba_path *path, uint32_t index)
{
	return !index && ohba_all_zero(path->hop, sizeof(path->hop)) &&
	       ohba_all_zero(path->mac, sizeof(path->mac)) &&
	       ohba_status_known(le16toh(path->status));
}

static enum ohba_status check_path(const struct ohba_path *path, uint32_t index)
{
	if (path->family != OHBA_FAMILY_IPV4 && path->family != OHBA_FAMILY_IPV6)
		return OHBA_ST_INVALID_FIELD;
	if (path->rsvd0 || !ohba_all_zero(path->rsvd1, sizeof(path->rsvd1)))
		return OHBA_ST_INVALID_FIELD;
	if (!is_padded(path->family, path->dst) || !is_padded(path->family, path->hop))
		return OHBA_ST_INVALID_FIELD;
	if (path->status && !is_refusal(path, index))
		return OHBA_ST_INVALID_FIELD;
	return OHBA_ST_SUCCESS;
}

static int path_set(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	uint32_t index = le32toh(sqe->handle);
	enum ohba_status status;
	struct ohba_path path;

	(void)qid;
	memcpy(&path, sqe->body, sizeof(path));
	status = check_path(&path, index);
	if (status)
		return status;
	if (path.status) {
		ohba_route_refused(fw, path.family, path.dst, le16toh(path.status));
		return OHBA_ST_SUCCESS;
	}
	status = ohba_wire_path_set(fw->net->wire, index, path.family, path.dst, path.hop,
				    path.mac);
	if (!status)
		ohba_route_known(fw, path.family, path.dst);
	return status;
}

static int ping(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_net *net = fw->net;
	enum ohba_status status;
	struct ohba_ping ping;
	unsigned int which;
	uint32_t timeout_ms;

	memcpy(&ping, sqe->body, sizeof(ping));
	timeout_ms = le32toh(ping.timeout_ms);
	if (sqe->handle || ping.rsvd0 || !ohba_all_zero(ping.rsvd1, sizeof(ping.rsvd1)) ||
	    !is_padded(ping.family, ping.dst) || !timeout_ms || timeout_ms > OHBA_PING_MS_MAX)
		return OHBA_ST_INVALID_FIELD;
	status = ohba_wire_ping(net->wire, ping.family, ping.dst, le16toh(ping.len), timeout_ms,
				&which);
	if (status)
		return status;
	net->ping[which].qid = qid;
	net->ping[which].tag = le32toh(sqe->tag);
	return OHBA_PENDING;
}

static int set_mirror(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	uint32_t on = le32toh(sqe->handle);

	(void)qid;
	if (on > 1)
		return OHBA_ST_INVALID_FIELD;
	ohba_wire_mirror(fw->net->wire, on);
	return OHBA_ST_SUCCESS;
}

const struct ohba_cmd_row ohba_net_cmds[] = {
	{ .opcode = OHBA_ADMIN_IFACE_SET, .name = "IFACE_SET", .fn = iface_set, .body = true },
	{ .opcode = OHBA_ADMIN_PATH_SET, .name = "PATH_SET", .fn = path_set, .body = true },
	{ .opcode = OHBA_ADMIN_PING, .name = "PING", .fn = ping, .body = true },
	{ .opcode = OHBA_ADMIN_MIRROR, .name = "MIRROR", .fn = set_mirror },
};

const unsigned int ohba_net_ncmds = sizeof(ohba_net_cmds) / sizeof(ohba_net_cmds[0]);

/* --- life ------------------------------------------------------------------- */

bool ohba_net_create(struct ohba_fw *fw)
{
	struct ohba_wire *wire = ohba_wire_of(fw->engine);

	if (!wire)
		return true;
	fw->net = calloc(1, sizeof(*fw->net));
	if (!fw->net || !ohba_routes_create(fw))
		return false;
	fw->net->wire = wire;
	ohba_wire_attach(wire, &wire_events, fw);
	return true;
}

void ohba_net_start(struct ohba_fw *fw)
{
	if (fw->net)
		ohba_wire_start(fw->net->wire);
}

void ohba_net_stop(struct ohba_fw *fw)
{
	if (!fw->net)
		return;
	ohba_wire_stop(fw->net->wire);
	/* The end of its connections may have asked for paths. */
	ohba_routes_stop(fw);
	fw->net->rx_n = 0;
}

void ohba_net_destroy(struct ohba_fw *fw)
{
	ohba_routes_destroy(fw);
	free(fw->net);
	fw->net = NULL;
}

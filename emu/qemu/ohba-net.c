// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The adapter's port, where it has a netdev: frames between QEMU's network
 * layer, which lives under the BQL, and the firmware's wire engine, which lives
 * in the loop's thread. A port that is overrun loses frames, as a real one.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/iov.h"
#include "qemu/main-loop.h"
#include "ohba.h"

#define OHBA_TX_FRAMES_MAX  1024
#define OHBA_TX_BATCH       256     /* then others have their turn */

typedef struct OhbaFrame {
    QSIMPLEQ_ENTRY(OhbaFrame) next;
    size_t len;
    uint8_t bytes[];
} OhbaFrame;

struct OhbaPort {
    /* Under the BQL. */
    NICState *nic;              /* NULL: it is gone, as at the end of the process */
    unsigned int refs;          /* the adapter, and who is sending */
    struct ohba_wire *wire;
    QEMUBH *tx_bh;

    QemuMutex lock;             /* covers what follows */
    QSIMPLEQ_HEAD(, OhbaFrame) tx;
    unsigned int tx_frames;
};

/* --- out ------------------------------------------------------------------ */

/* In the loop's thread. */
static void ohba_port_send(void *host, const struct iovec *iov, int iovcnt)
{
    OhbaPort *port = host;
    size_t len = iov_size(iov, iovcnt);
    OhbaFrame *frame;

    QEMU_LOCK_GUARD(&port->lock);
    if (port->tx_frames >= OHBA_TX_FRAMES_MAX) {
        return;
    }
    frame = g_malloc(sizeof(*frame) + len);
    frame->len = iov_to_buf(iov, iovcnt, 0, frame->bytes, len);
    QSIMPLEQ_INSERT_TAIL(&port->tx, frame, next);
    if (!port->tx_frames++) {
        qemu_bh_schedule(port->tx_bh);
    }
}

static OhbaFrame *ohba_port_take(OhbaPort *port)
{
    OhbaFrame *frame;

    QEMU_LOCK_GUARD(&port->lock);
    frame = QSIMPLEQ_FIRST(&port->tx);
    if (frame) {
        QSIMPLEQ_REMOVE_HEAD(&port->tx, next);
        port->tx_frames--;
    }
    return frame;
}

static void ohba_port_unref(OhbaPort *port)
{
    if (--port->refs) {
        return;
    }
    qemu_mutex_destroy(&port->lock);
    g_free(port);
}

/* Return: whether there may be more. The loop's thread may give some all the while. */
static bool ohba_port_send_some(OhbaPort *port)
{
    OhbaFrame *frame;
    unsigned int i;

    for (i = 0; port->nic && i < OHBA_TX_BATCH; i++) {
        frame = ohba_port_take(port);
        if (!frame) {
            return false;
        }
        qemu_send_packet(qemu_get_queue(port->nic), frame->bytes, frame->len);
        g_free(frame);
    }
    return port->nic;
}

/*
 * Who gets a frame may be a device of the guest's, which writes it to configuration
 * space: the adapter may be unplugged meanwhile.
 */
static void ohba_port_tx_bh(void *opaque)
{
    OhbaPort *port = opaque;

    port->refs++;
    if (ohba_port_send_some(port)) {
        qemu_bh_schedule(port->tx_bh);
    }
    ohba_port_unref(port);
}

/* --- in ------------------------------------------------------------------- */

static ssize_t ohba_port_receive_iov(NetClientState *nc, const struct iovec *iov,
                                     int iovcnt)
{
    OhbaPort *port = qemu_get_nic_opaque(nc);

    /* What has no room is lost: TCP sends it again. */
    ohba_wire_receive(port->wire, iov, iovcnt);
    return iov_size(iov, iovcnt);
}

static ssize_t ohba_port_receive(NetClientState *nc, const uint8_t *buf,
                                 size_t len)
{
    struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };

    return ohba_port_receive_iov(nc, &iov, 1);
}

static void ohba_port_link(NetClientState *nc)
{
    OhbaPort *port = qemu_get_nic_opaque(nc);

    ohba_wire_set_link(port->wire, !nc->link_down);
}

static void ohba_port_cleanup(NetClientState *nc)
{
    OhbaPort *port = qemu_get_nic_opaque(nc);

    port->nic = NULL;
}

static NetClientInfo ohba_port_info = {
    .type = NET_CLIENT_DRIVER_NIC,
    .size = sizeof(NICState),
    .receive = ohba_port_receive,
    .receive_iov = ohba_port_receive_iov,
    .link_status_changed = ohba_port_link,
    .cleanup = ohba_port_cleanup,
};

/* --- life ----------------------------------------------------------------- */

OhbaPort *ohba_port_create(OhbaState *s, struct ohba_loop *loop, Error **errp)
{
    OhbaPort *port = g_new0(OhbaPort, 1);

    port->wire = ohba_wire_create(loop, s->nic_conf.macaddr.a,
                                  s->mtu ?: OHBA_WIRE_MTU_MAX,
                                  ohba_port_send, port);
    if (!port->wire) {
        error_setg(errp, TYPE_OHBA_FW ": no memory for the wire engine");
        g_free(port);
        return NULL;
    }
    port->refs = 1;
    QSIMPLEQ_INIT(&port->tx);
    qemu_mutex_init(&port->lock);
    port->tx_bh = qemu_bh_new(ohba_port_tx_bh, port);
    port->nic = qemu_new_nic(&ohba_port_info, &s->nic_conf, TYPE_OHBA_FW,
                             DEVICE(s)->id, &DEVICE(s)->mem_reentrancy_guard,
                             port);
    qemu_format_nic_info_str(qemu_get_queue(port->nic), s->nic_conf.macaddr.a);
    return port;
}

struct ohba_tcp_engine *ohba_port_engine(OhbaPort *port)
{
    return ohba_wire_engine(port->wire);
}

void ohba_port_destroy(OhbaPort *port)
{
    OhbaFrame *frame;

    if (!port) {
        return;
    }
    if (port->nic) {
        qemu_del_nic(port->nic);
    }
    ohba_wire_destroy(port->wire);
    qemu_bh_delete(port->tx_bh);
    while ((frame = ohba_port_take(port))) {
        g_free(frame);
    }
    ohba_port_unref(port);
}

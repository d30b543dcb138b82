/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ohba device: what its files share.
 */
#ifndef HW_OHBA_H
#define HW_OHBA_H

#include "hw/pci/pci.h"
#include "net/net.h"
#include "qemu/bitmap.h"
#include "qom/object.h"

#include "ohba_fw.h"
#include "ohba_io.h"
#include "ohba_queue.h"
#include "ohba_regs.h"

#define TYPE_OHBA_FW "ohba-fw"
OBJECT_DECLARE_SIMPLE_TYPE(OhbaState, OHBA_FW)

typedef struct OhbaFlash OhbaFlash;
typedef struct OhbaPort OhbaPort;

struct OhbaState {
    PCIDevice parent_obj;

    /* Properties. */
    NICConf nic_conf;           /* MAC; netdev: a port of its own */
    BlockBackend *blk;          /* drive: its flash */
    char *serial;
    uint32_t queues;
    uint32_t queue_entries;
    uint32_t connections;
    uint32_t targets;
    uint32_t accounts;
    uint32_t coalesce_us;
    uint32_t tags;
    uint32_t mtu;               /* of its connections; 0: OHBA_WIRE_MTU_MAX */
    char *congestion;
    char *fault;                /* rules for the start, see docs/faults.md */

    MemoryRegion regs;
    char *name;                 /* for traces: the id, or the type */
    Error *migration_blocker;
    struct ohba_fw *fw;
    OhbaPort *port;             /* NULL: the machine's sockets are the network */
    OhbaFlash *flash;           /* NULL: there is none */

    /*
     * Whether guest addresses pass a vIOMMU. Set at reset, when the machine is
     * complete, and read by the loop's thread.
     */
    bool behind_iommu;

    /* Vectors to raise: set by the loop's thread, taken by @irq_bh. */
    unsigned long irqs[BITS_TO_LONGS(OHBA_VECTORS_MAX)];
    QEMUBH *irq_bh;

    /* Under the BQL. */
    bool touched;               /* the guest wrote CTRL since the last reset */
    bool leaving;               /* unrealize has begun: nothing gets through */

    bool reset_done, stopped;   /* for ohba_pci_loop_wait() */
};

/* The event loop and its thread: one per process, while there are adapters. */
bool ohba_pci_loop_get(struct ohba_loop **loop, struct ohba_tcp_engine **engine,
                       Error **errp);
void ohba_pci_loop_put(void);

/* ohba-net.c: the adapter's port on its netdev. Destroyed after the firmware. */
OhbaPort *ohba_port_create(OhbaState *s, struct ohba_loop *loop, Error **errp);
struct ohba_tcp_engine *ohba_port_engine(OhbaPort *port);
void ohba_port_destroy(OhbaPort *port);

/* ohba-flash.c: where the adapter keeps things. Drained before it is destroyed. */
OhbaFlash *ohba_pci_flash_create(BlockBackend *blk, Error **errp);
uint64_t ohba_pci_flash_size(const OhbaFlash *flash);  /* bytes */
int ohba_pci_flash_read(OhbaFlash *flash, uint64_t off, void *buf, size_t len);
void ohba_pci_flash_write(OhbaFlash *flash, struct ohba_fw *fw, uint64_t off,
                      const void *buf, size_t len);
bool ohba_pci_flash_busy(const OhbaFlash *flash);
void ohba_pci_flash_drain(OhbaFlash *flash);
void ohba_pci_flash_tell(const OhbaState *s);
void ohba_pci_flash_destroy(OhbaFlash *flash);

/*
 * The loop's thread never takes the BQL, so that a holder of the BQL may wait
 * for it. What needs the BQL, somebody else has to do.
 */

typedef struct OhbaCallOps {
    void (*run)(void *args);
    void (*undo)(void *args);   /* what it did, for nobody wants it any more */
} OhbaCallOps;

/*
 * In the loop's thread: have @ops->run(@args) done with the BQL, and wait until it is.
 * @args, of @size bytes, are as it leaves them; as they were if false is returned, since
 * it came to where somebody has to wait for this thread.
 */
bool ohba_pci_loop_call(OhbaState *s, const OhbaCallOps *ops, void *args,
                        size_t size);
/* With the BQL: wait until the loop's thread says ohba_pci_loop_done(@done), of @s. */
void ohba_pci_loop_wait(OhbaState *s, bool *done);
void ohba_pci_loop_done(bool *done);

/* struct ohba_fw_ops: DMA. */
void *ohba_pci_dma_map(void *host, uint64_t addr, size_t *len, bool write);
void ohba_pci_dma_unmap(void *host, void *ptr, size_t len, bool write,
                        size_t done);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ohba device: what its files share.
 */
#ifndef HW_OHBA_H
#define HW_OHBA_H

#include "hw/pci/pci.h"
#include "net/net.h"
#include "qemu/thread.h"
#include "qom/object.h"

#include "ohba_fw.h"

#define TYPE_OHBA_FW "ohba-fw"
OBJECT_DECLARE_SIMPLE_TYPE(OhbaState, OHBA_FW)

struct OhbaState {
    PCIDevice parent_obj;

    /* Properties. */
    MACAddr mac;
    char *serial;
    uint32_t queues;
    uint32_t queue_entries;
    uint32_t connections;
    uint32_t tags;

    MemoryRegion regs;
    char *name;                 /* for traces: the id, or the type */
    Error *migration_blocker;
    struct ohba_fw *fw;

    /*
     * Whether guest addresses pass a vIOMMU. Set at reset, when the machine is
     * complete, and read by the loop's thread.
     */
    bool behind_iommu;

    /* All of these under the BQL. */
    bool touched;               /* the guest wrote CTRL since the last reset */
    bool leaving;               /* unrealize has begun: no access gets through */
    bool resetting;
    bool reset_done;
    QemuCond reset_cond;        /* @resetting or @reset_done changed */
};

/* The event loop and its thread: one per process, while there are adapters. */
bool ohba_pci_loop_get(struct ohba_loop **loop, struct ohba_tcp_engine **engine,
                   Error **errp);
void ohba_pci_loop_put(void);

/* struct ohba_fw_ops: DMA. */
void *ohba_pci_dma_map(void *host, uint64_t addr, size_t *len, bool write);
void ohba_pci_dma_unmap(void *host, void *ptr, size_t len, bool write, size_t done);

#endif

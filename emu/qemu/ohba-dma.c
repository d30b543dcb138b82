// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DMA from the firmware's thread, without the BQL: RAM only.
 *
 * dma_memory_map() is not used because it falls back to a bounce buffer, which
 * the process has one of, and because it would dispatch to the MMIO handlers
 * of other devices, which expect the BQL and may re-enter this device.
 */
#include "qemu/osdep.h"
#include "qemu/rcu.h"
#include "exec/memory.h"
#include "ohba.h"
#include "trace.h"

/*
 * Translate @addr to RAM. Within an RCU critical section. *@len is at most
 * what was asked, and as far as the translation is one piece.
 */
static MemoryRegion *ohba_translate(AddressSpace *as, hwaddr addr, hwaddr *xlat,
                                    hwaddr *len, bool write)
{
    MemoryRegion *mr;

    mr = address_space_translate(as, addr, xlat, len, write,
                                 MEMTXATTRS_UNSPECIFIED);
    if (!memory_access_is_direct(mr, write) || !memory_region_is_ram(mr)) {
        return NULL;
    }
    return mr;
}

/* An IOMMU translates page by page: follow it while pages are neighbours. */
static hwaddr ohba_extend(AddressSpace *as, MemoryRegion *mr, hwaddr addr,
                          hwaddr xlat, hwaddr len, hwaddr want, bool write)
{
    while (len < want) {
        hwaddr next_xlat, next = want - len;

        if (ohba_translate(as, addr + len, &next_xlat, &next, write) != mr ||
            next_xlat != xlat + len || !next) {
            break;
        }
        len += next;
    }
    return len;
}

static void *ohba_map_ram(AddressSpace *as, hwaddr addr, size_t *len,
                          bool write)
{
    hwaddr xlat, got = *len;
    MemoryRegion *mr;

    RCU_READ_LOCK_GUARD();
    mr = ohba_translate(as, addr, &xlat, &got, write);
    if (!mr || !got) {
        return NULL;
    }
    *len = ohba_extend(as, mr, addr, xlat, got, *len, write);
    /* Keeps the memory from going away; ohba_pci_dma_unmap() gives it back. */
    memory_region_ref(mr);
    return qemu_map_ram_ptr(mr->ram_block, xlat);
}

typedef struct OhbaMapCall {
    AddressSpace *as;
    hwaddr addr;
    size_t *len;
    bool write;
    void *ptr;
} OhbaMapCall;

static void ohba_map_call(void *opaque)
{
    OhbaMapCall *c = opaque;

    c->ptr = ohba_map_ram(c->as, c->addr, c->len, c->write);
}

void *ohba_pci_dma_map(void *host, uint64_t addr, size_t *len, bool write)
{
    OhbaState *s = host;
    size_t want = *len;
    OhbaMapCall c = {
        .as = pci_get_address_space(PCI_DEVICE(s)),
        .addr = addr,
        .len = len,
        .write = write,
    };

    /*
     * A vIOMMU that faults raises an interrupt from within the translation, and
     * interrupt controllers need the BQL.
     */
    if (s->behind_iommu) {
        ohba_pci_loop_call(ohba_map_call, &c);
    } else {
        ohba_map_call(&c);
    }
    if (!c.ptr) {
        trace_ohba_guest_dma_fault(s->name, addr, want, write);
    }
    return c.ptr;
}

void ohba_pci_dma_unmap(void *host, void *ptr, size_t len, bool write,
                        size_t done)
{
    OhbaState *s = host;

    /* Marks @done bytes dirty and drops the reference of ohba_map_ram(). */
    address_space_unmap(pci_get_address_space(PCI_DEVICE(s)), ptr, len, write,
                        done);
}

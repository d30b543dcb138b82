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

typedef struct OhbaMap {
    OhbaState *s;
    hwaddr addr;
    size_t len;
    bool write;
    void *ptr;
} OhbaMap;

static void ohba_map(OhbaMap *map)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(map->s));

    map->ptr = ohba_map_ram(as, map->addr, &map->len, map->write);
}

/*
 * A vIOMMU that faults raises an interrupt from within the translation, and interrupt
 * controllers need the BQL. Its message may go to configuration space, and unplug the
 * adapter.
 */
static void ohba_map_run(void *args)
{
    OhbaMap *map = args;

    object_ref(OBJECT(map->s));
    ohba_map(map);
    object_unref(OBJECT(map->s));
}

static void ohba_map_undo(void *args)
{
    OhbaMap *map = args;

    if (map->ptr) {
        address_space_unmap(&address_space_memory, map->ptr, map->len,
                            map->write, 0);
    }
}

static const OhbaCallOps ohba_map_ops = {
    .run = ohba_map_run,
    .undo = ohba_map_undo,
};

void *ohba_pci_dma_map(void *host, uint64_t addr, size_t *len, bool write)
{
    OhbaState *s = host;
    OhbaMap map = { .s = s, .addr = addr, .len = *len, .write = write };

    if (!s->behind_iommu) {
        ohba_map(&map);
    } else if (!ohba_pci_loop_call(s, &ohba_map_ops, &map, sizeof(map))) {
        map.ptr = NULL;
    }
    if (!map.ptr) {
        trace_ohba_guest_dma_fault(s->name, addr, *len, write);
        return NULL;
    }
    *len = map.len;
    return map.ptr;
}

/* --- giving back ----------------------------------------------------------- */

static void ohba_unref_bh(void *opaque)
{
    object_unref(opaque);
}

/*
 * As object_unref(), but the last reference is not dropped in this thread: a device
 * that was unplugged, or memory, ends with the BQL.
 */
static void ohba_unref(Object *owner)
{
    uint32_t ref = qatomic_read(&owner->ref);

    while (ref > 1) {
        uint32_t seen = qatomic_cmpxchg(&owner->ref, ref, ref - 1);

        if (seen == ref) {
            return;
        }
        ref = seen;
    }
    aio_bh_schedule_oneshot(qemu_get_aio_context(), ohba_unref_bh, owner);
}

void ohba_pci_dma_unmap(void *host, void *ptr, size_t len, bool write,
                        size_t done)
{
    OhbaState *s = host;
    ram_addr_t offset;
    Object *owner = memory_region_from_host(ptr, &offset)->owner;

    if (owner) {
        object_ref(owner);
    }
    /* Marks @done bytes dirty and drops the reference of ohba_map_ram(). */
    address_space_unmap(pci_get_address_space(PCI_DEVICE(s)), ptr, len, write,
                        done);
    if (owner) {
        ohba_unref(owner);
    }
}

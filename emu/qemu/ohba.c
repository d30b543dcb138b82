// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ohba iSCSI offload adapter as a PCI device. The adapter itself is the
 * firmware library (emu/fw); here are its bus, its properties and its life in
 * the machine.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/cutils.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "exec/address-spaces.h"
#include "hw/pci/msix.h"
#include "hw/qdev-properties.h"
#include "hw/qdev-properties-system.h"
#include "migration/blocker.h"
#include "net/net.h"
#include "sysemu/block-backend.h"
#include "ohba.h"
#include "ohba_admin.h"
#include "ohba_target.h"
#include "trace.h"

#define OHBA_PCIE_CAP_OFFSET 0x80
#define OHBA_AER_CAP_OFFSET PCI_CONFIG_SPACE_SIZE

/* --- what the firmware asks of us, in the loop's thread ------------------- */

static void ohba_irq(void *host, unsigned int vector)
{
    OhbaState *s = host;

    trace_ohba_irq(s->name, vector);
    set_bit_atomic(vector, s->irqs);
    qemu_bh_schedule(s->irq_bh);
}

static void ohba_trace(void *host, enum ohba_fw_trace_group group,
                       const char *name, const char *text)
{
    OhbaState *s = host;

    switch (group) {
    case OHBA_TRACE_NORMAL:
        trace_ohba_fw(s->name, name, text);
        break;
    case OHBA_TRACE_ERROR:
        trace_ohba_err_fw(s->name, name, text);
        break;
    case OHBA_TRACE_GUEST:
        trace_ohba_guest_fw(s->name, name, text);
        qemu_log_mask(LOG_GUEST_ERROR, "%s: %s: %s\n", s->name, name, text);
        break;
    }
}

static bool ohba_trace_on(void *host, enum ohba_fw_trace_group group)
{
    switch (group) {
    case OHBA_TRACE_NORMAL:
        return trace_event_get_state_backends(TRACE_OHBA_FW);
    case OHBA_TRACE_ERROR:
        return trace_event_get_state_backends(TRACE_OHBA_ERR_FW);
    case OHBA_TRACE_GUEST:
        return trace_event_get_state_backends(TRACE_OHBA_GUEST_FW) ||
               qemu_loglevel_mask(LOG_GUEST_ERROR);
    }
    return false;
}

static int ohba_read_flash(void *host, uint64_t off, void *buf, size_t len)
{
    OhbaState *s = host;

    return ohba_pci_flash_read(s->flash, off, buf, len);
}

static void ohba_write_flash(void *host, uint64_t off, const void *buf,
                             size_t len)
{
    OhbaState *s = host;

    ohba_pci_flash_write(s->flash, s->fw, off, buf, len);
}

static const struct ohba_fw_ops ohba_ops = {
    .dma_map = ohba_pci_dma_map,
    .dma_unmap = ohba_pci_dma_unmap,
    .irq = ohba_irq,
    .flash_read = ohba_read_flash,
    .flash_write = ohba_write_flash,
    .trace = ohba_trace,
    .trace_on = ohba_trace_on,
};

/* For the bus: nothing gets through. Under the BQL. */
static bool ohba_is_gone(OhbaState *s)
{
    return s->leaving || ohba_fw_gone(s->fw);
}

/* --- interrupts, in the main loop ----------------------------------------- */

/*
 * A vector's message may go to configuration space: a notification may reset the
 * adapter or unplug it, and with that take back those that come after it.
 */
static void ohba_irq_bh(void *opaque)
{
    OhbaState *s = opaque;
    unsigned int word;

    if (ohba_is_gone(s)) {
        return;
    }
    object_ref(OBJECT(s));
    for (word = 0; word < ARRAY_SIZE(s->irqs); word++) {
        unsigned long pending = qatomic_read(&s->irqs[word]);

        while (pending) {
            unsigned long one = pending & -pending;

            pending &= ~one;
            if (qatomic_fetch_and(&s->irqs[word], ~one) & one) {
                msix_notify(PCI_DEVICE(s), word * BITS_PER_LONG + ctzl(one));
            }
        }
    }
    object_unref(OBJECT(s));
}

/* --- registers ------------------------------------------------------------ */

/*
 * The host has just read a STATUS of 0: it knows that the adapter is reset, and no interrupt
 * follows. Not while it starts: then the loop may be raising one.
 */
static void ohba_forget_irqs(OhbaState *s)
{
    if (!(ohba_fw_reg_read(s->fw, OHBA_REG_CTRL) & OHBA_CTRL_ENABLE)) {
        bitmap_zero(s->irqs, OHBA_VECTORS_MAX);
    }
}

static uint64_t ohba_reg_read(void *opaque, hwaddr off, unsigned int size)
{
    OhbaState *s = opaque;
    uint64_t val = ohba_is_gone(s) ? UINT32_MAX : ohba_fw_reg_read(s->fw, off);

    if (off == OHBA_REG_STATUS && !val) {
        ohba_forget_irqs(s);
    }
    trace_ohba_reg_read(s->name, off, val);
    return val;
}

static void ohba_reg_write(void *opaque, hwaddr off, uint64_t val,
                           unsigned int size)
{
    OhbaState *s = opaque;

    trace_ohba_reg_write(s->name, off, val);
    if (ohba_is_gone(s)) {
        return;
    }
    if (off == OHBA_REG_CTRL) {
        s->touched = true;
    }
    ohba_fw_reg_write(s->fw, off, val);
}

static const MemoryRegionOps ohba_reg_ops = {
    .read = ohba_reg_read,
    .write = ohba_reg_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

static uint32_t ohba_read_config(PCIDevice *pdev, uint32_t addr, int len)
{
    if (ohba_is_gone(OHBA_FW(pdev))) {
        return UINT32_MAX;
    }
    return pci_default_read_config(pdev, addr, len);
}

/* In the loop's thread. */
static void ohba_stopped(void *opaque)
{
    OhbaState *s = opaque;

    ohba_pci_loop_done(&s->stopped);
}

/*
 * The firmware keeps its rings mapped, so that a cleared bus master bit does
 * not keep it from writing to them: a kernel that takes over without a reset
 * (kexec) would find its memory changed. So it must stop, and has when this
 * returns. The BQL is held all the time: see ohba_pci_loop_wait().
 */
static void ohba_bus_master_off(OhbaState *s)
{
    trace_ohba_bus_master_off(s->name);
    /* Nobody enabled it. */
    if (!s->touched) {
        return;
    }
    s->stopped = false;
    ohba_fw_bus_lost(s->fw, ohba_stopped, s);
    ohba_pci_loop_wait(s, &s->stopped);
}

static void ohba_write_config(PCIDevice *pdev, uint32_t addr, uint32_t val,
                              int len)
{
    OhbaState *s = OHBA_FW(pdev);
    bool was_master = pci_get_word(pdev->config + PCI_COMMAND) &
                      PCI_COMMAND_MASTER;

    if (ohba_is_gone(s)) {
        return;
    }
    pci_default_write_config(pdev, addr, val, len);
    if (was_master &&
        !(pci_get_word(pdev->config + PCI_COMMAND) & PCI_COMMAND_MASTER)) {
        ohba_bus_master_off(s);
    }
    /* Another adapter's call, which was run meanwhile, may have unplugged it. */
    if (s->leaving) {
        return;
    }
    if (pdev->exp.exp_cap) {
        pcie_cap_flr_write_config(pdev, addr, val, len);
        pcie_aer_write_config(pdev, addr, val, len);
    }
}

/* --- reset ---------------------------------------------------------------- */

/* In the loop's thread. */
static void ohba_reset_done(void *opaque)
{
    OhbaState *s = opaque;

    ohba_pci_loop_done(&s->reset_done);
}

/*
 * Reset the firmware and return when it touches neither guest memory nor
 * interrupts any more. The BQL is held all the time: see ohba_pci_loop_wait().
 */
static void ohba_sync_reset(OhbaState *s)
{
    s->touched = false;
    s->reset_done = false;
    ohba_fw_reset(s->fw, ohba_reset_done, s);
    ohba_pci_loop_wait(s, &s->reset_done);
    /* What it raised before belongs to the life that is over. */
    qemu_bh_cancel(s->irq_bh);
    bitmap_zero(s->irqs, OHBA_VECTORS_MAX);
}

static void ohba_reset(DeviceState *dev)
{
    OhbaState *s = OHBA_FW(dev);

    trace_ohba_reset(s->name);
    if (PCI_DEVICE(s)->exp.exp_cap) {
        pcie_cap_deverr_reset(PCI_DEVICE(s));
    }
    /*
     * If nobody enabled it, spare plugging and start-up the wait. Ring
     * registers that were written survive that; a host writes them anyway
     * before it enables.
     */
    if (s->touched) {
        ohba_sync_reset(s);
    }
    /* Another adapter's call, which was run meanwhile, may have unplugged it. */
    if (s->leaving) {
        return;
    }
    s->behind_iommu = pci_device_iommu_address_space(PCI_DEVICE(s)) !=
                      &address_space_memory;
}

/* --- fault injection ------------------------------------------------------ */

#define OHBA_FAULT_ERROR_LEN 512

static bool ohba_set_faults(OhbaState *s, const char *words, Error **errp)
{
    char err[OHBA_FAULT_ERROR_LEN];

    if (ohba_fault_set(s->fw, words, err, sizeof(err))) {
        error_setg(errp, TYPE_OHBA_FW ": %s", err);
        return false;
    }
    return true;
}

/* Before realize it is kept for then: only the firmware knows what is allowed. */
static void ohba_fault_prop_set(Object *obj, const char *words, Error **errp)
{
    OhbaState *s = OHBA_FW(obj);

    if (s->fw) {
        ohba_set_faults(s, words, errp);
        return;
    }
    g_free(s->fault);
    s->fault = g_strdup(words);
}

static char *ohba_fault_prop_get(Object *obj, Error **errp)
{
    OhbaState *s = OHBA_FW(obj);
    char text[OHBA_FAULT_TEXT_MAX];

    if (!s->fw) {
        return g_strdup(s->fault ?: "");
    }
    ohba_fault_print(s->fw, text, sizeof(text));
    return g_strdup(text);
}

static bool ohba_visit_injected(OhbaState *s, Visitor *v, Error **errp)
{
    const char *kind;
    unsigned int i;
    uint64_t n;

    for (i = 0; s->fw && (kind = ohba_fault_injected(s->fw, i, &n)); i++) {
        if (!visit_type_uint64(v, kind, &n, errp)) {
            return false;
        }
    }
    return visit_check_struct(v, errp);
}

static void ohba_injected_prop_get(Object *obj, Visitor *v, const char *name,
                                   void *opaque, Error **errp)
{
    if (visit_start_struct(v, name, NULL, 0, errp)) {
        ohba_visit_injected(OHBA_FW(obj), v, errp);
        visit_end_struct(v, NULL);
    }
}

static void ohba_add_fault_props(ObjectClass *klass)
{
    object_class_property_add_str(klass, "fault", ohba_fault_prop_get,
                                  ohba_fault_prop_set);
    object_class_property_set_description(klass, "fault",
        "faults to inject, such as 'hang' or 'stall-queue:qid=1 ms=500'; "
        "writing adds rules, 'clear' removes them, reading lists them");
    object_class_property_add(klass, "faults-injected", "struct",
                              ohba_injected_prop_get, NULL, NULL, NULL);
    object_class_property_set_description(klass, "faults-injected",
        "how many faults of each kind were injected (read-only)");
}

/* --- realize -------------------------------------------------------------- */

static bool ohba_check_range(const char *name, uint32_t val, uint32_t min,
                             uint32_t max, Error **errp)
{
    if (val < min || val > max) {
        error_setg(errp, TYPE_OHBA_FW ": property '%s' is %u, it must be %u "
                   "to %u", name, val, min, max);
        return false;
    }
    return true;
}

static bool ohba_check_numbers(OhbaState *s, Error **errp)
{
    if (!ohba_check_range("queues", s->queues, 1, OHBA_QUEUES_MAX, errp) ||
        !ohba_check_range("queue-entries", s->queue_entries,
                          OHBA_FW_QSIZE_MIN, OHBA_QSIZE_MAX, errp) ||
        !ohba_check_range("connections", s->connections, 1, OHBA_FW_CONNS_MAX,
                          errp) ||
        !ohba_check_range("targets", s->targets, 0, OHBA_TARGETS_MAX, errp) ||
        !ohba_check_range("accounts", s->accounts, 0, OHBA_ACCOUNTS_MAX,
                          errp) ||
        !ohba_check_range("tags", s->tags, 1, OHBA_TAGS_MAX, errp) ||
        !ohba_check_range("coalesce-us", s->coalesce_us, 0,
                          OHBA_FW_COALESCE_NS_MAX / SCALE_US, errp) ||
        (s->mtu &&
         !ohba_check_range("mtu", s->mtu, OHBA_MTU_MIN_IPV6, OHBA_WIRE_MTU_MAX,
                           errp))) {
        return false;
    }
    if (!is_power_of_2(s->queue_entries)) {
        error_setg(errp, TYPE_OHBA_FW ": property 'queue-entries' is %u, it "
                   "must be a power of two, %u to %u", s->queue_entries,
                   OHBA_FW_QSIZE_MIN, OHBA_QSIZE_MAX);
        return false;
    }
    return true;
}

static bool ohba_check_serial(const char *serial, Error **errp)
{
    const size_t max = sizeof(((struct ohba_fw_config *)0)->serial) - 1;
    const char *c;

    for (c = serial; *c; c++) {
        if (!g_ascii_isprint(*c)) {
            error_setg(errp, TYPE_OHBA_FW ": property 'serial' holds a "
                       "character that is not printable ASCII");
            return false;
        }
    }
    if (!*serial || c - serial > max) {
        error_setg(errp, TYPE_OHBA_FW ": property 'serial' is '%s', it must "
                   "have 1 to %zu characters", serial, max);
        return false;
    }
    return true;
}

/* Those that were not given get a default that differs between adapters. */
static bool ohba_check_identity(OhbaState *s, Error **errp)
{
    qemu_macaddr_default_if_unset(&s->nic_conf.macaddr);
    if (s->nic_conf.macaddr.a[0] & 1) {
        error_setg(errp, TYPE_OHBA_FW ": property 'mac' is " MAC_FMT
                   ", it must not be a multicast address", MAC_ARG(s->nic_conf.macaddr.a));
        return false;
    }
    if (!s->serial) {
        s->serial = g_strdup_printf("%02X%02X%02X%02X%02X%02X",
                                    MAC_ARG(s->nic_conf.macaddr.a));
    }
    return ohba_check_serial(s->serial, errp);
}

static bool ohba_has_netdev(OhbaState *s)
{
    return s->nic_conf.peers.ncs[0];
}

/* What has no effect is a mistake of whoever gave it. */
static bool ohba_check_effect(OhbaState *s, Error **errp)
{
    if (s->mtu && !ohba_has_netdev(s)) {
        error_setg(errp, TYPE_OHBA_FW ": property 'mtu' has no effect without "
                   "a 'netdev'");
        return false;
    }
    if (s->congestion && ohba_has_netdev(s)) {
        error_setg(errp, TYPE_OHBA_FW ": property 'congestion' has no effect "
                   "with a 'netdev'");
        return false;
    }
    return true;
}

/*
 * Unless the user chose, not the machine's: its default may be one that paces
 * (bbr), and a timer per burst costs more than it gains on a storage network.
 */
static bool ohba_check_congestion(OhbaState *s, Error **errp)
{
    int err;

    if (!s->congestion) {
        s->congestion = g_strdup(ohba_tcp_host_congestion("cubic") ? "" : "cubic");
    }
    if (!*s->congestion) {
        return true;
    }
    err = strlen(s->congestion) < OHBA_FW_CONGESTION_LEN ?
          ohba_tcp_host_congestion(s->congestion) : -ENOENT;
    if (err) {
        error_setg_errno(errp, -err, TYPE_OHBA_FW ": property 'congestion' is "
                         "'%s', it must be one of those in "
                         "/proc/sys/net/ipv4/tcp_allowed_congestion_control, "
                         "or empty", s->congestion);
        return false;
    }
    return true;
}

static bool ohba_block_migration(OhbaState *s, Error **errp)
{
    error_setg(&s->migration_blocker, "%s: an ohba adapter cannot be migrated: "
               "its TCP connections and iSCSI sessions live in this process",
               s->name);
    if (migrate_add_blocker(s->migration_blocker, errp) < 0) {
        error_free(s->migration_blocker);
        s->migration_blocker = NULL;
        return false;
    }
    return true;
}

static void ohba_unblock_migration(OhbaState *s)
{
    migrate_del_blocker(s->migration_blocker);
    error_free(s->migration_blocker);
    s->migration_blocker = NULL;
}

static bool ohba_create_flash(OhbaState *s, Error **errp)
{
    if (!s->blk) {
        return true;
    }
    if (!ohba_has_netdev(s) && !s->targets) {
        error_setg(errp, TYPE_OHBA_FW ": property 'drive' has nothing to keep "
                   "without a 'netdev' and with targets=0");
        return false;
    }
    s->flash = ohba_pci_flash_create(s->blk, errp);
    return s->flash;
}

static void ohba_get_damaged(Object *obj, Visitor *v, const char *name,
                             void *opaque, Error **errp)
{
    OhbaState *s = OHBA_FW(obj);
    uint32_t damaged = s->fw ? ohba_fw_flash_damaged(s->fw) : 0;

    visit_type_uint32(v, name, &damaged, errp);
}

static void ohba_destroy_flash(OhbaState *s)
{
    ohba_pci_flash_destroy(s->flash);
    s->flash = NULL;
}

static bool ohba_create_fw(OhbaState *s, Error **errp)
{
    struct ohba_fw_config cfg = {
        .class = OHBA_CLASS_FW,
        .max_queues = s->queues,
        .max_qsize = s->queue_entries,
        .max_conns = s->connections,
        .max_tags = s->tags,
        .max_targets = s->targets,
        .max_accounts = s->accounts,
        .num_vectors = s->queues + 1,
        .coalesce_ns = s->coalesce_us * SCALE_US,
        .flash_size = s->flash ? ohba_pci_flash_size(s->flash) : 0,
    };
    struct ohba_tcp_engine *engine;
    struct ohba_loop *loop;
    const char *err;

    memcpy(cfg.mac, s->nic_conf.macaddr.a, sizeof(cfg.mac));
    pstrcpy(cfg.serial, sizeof(cfg.serial), s->serial);
    pstrcpy(cfg.congestion, sizeof(cfg.congestion), s->congestion);
    if (!ohba_pci_loop_get(&loop, &engine, errp)) {
        return false;
    }
    if (ohba_has_netdev(s)) {
        s->port = ohba_port_create(s, loop, errp);
        if (!s->port) {
            ohba_pci_loop_put();
            return false;
        }
        engine = ohba_port_engine(s->port);
    }
    s->irq_bh = qemu_bh_new(ohba_irq_bh, s);
    s->fw = ohba_fw_create(loop, engine, &cfg, &ohba_ops, s, &err);
    if (!s->fw) {
        error_setg(errp, TYPE_OHBA_FW ": %s", err);
        qemu_bh_delete(s->irq_bh);
        ohba_port_destroy(s->port);
        s->port = NULL;
        ohba_pci_loop_put();
        return false;
    }
    return true;
}

static void ohba_destroy_fw(OhbaState *s)
{
    ohba_fw_destroy(s->fw);
    s->fw = NULL;
    ohba_port_destroy(s->port);
    s->port = NULL;
    qemu_bh_delete(s->irq_bh);
    ohba_pci_loop_put();
}

static void ohba_exit_pcie(PCIDevice *pdev)
{
    if (pdev->exp.exp_cap) {
        pcie_aer_exit(pdev);
        pcie_cap_exit(pdev);
    }
}

/* Error reporting is for tests: pcie_aer_inject_error of the monitor. */
static bool ohba_init_pcie(PCIDevice *pdev, Error **errp)
{
    if (!pci_bus_is_express(pci_get_bus(pdev))) {
        return true;
    }
    pcie_endpoint_cap_init(pdev, OHBA_PCIE_CAP_OFFSET);
    pcie_cap_flr_init(pdev);
    pcie_cap_deverr_init(pdev);
    if (pcie_aer_init(pdev, PCI_ERR_VER, OHBA_AER_CAP_OFFSET, PCI_ERR_SIZEOF,
                      errp) < 0) {
        pcie_cap_exit(pdev);
        return false;
    }
    return true;
}

static bool ohba_init_pci(OhbaState *s, Error **errp)
{
    PCIDevice *pdev = PCI_DEVICE(s);
    unsigned int vectors = s->queues + 1;
    unsigned int i;

    if (!ohba_init_pcie(pdev, errp)) {
        return false;
    }
    memory_region_init_io(&s->regs, OBJECT(s), &ohba_reg_ops, s, "ohba-regs",
                          OHBA_BAR_REGS_SIZE);
    pci_register_bar(pdev, OHBA_BAR_REGS, PCI_BASE_ADDRESS_SPACE_MEMORY |
                     PCI_BASE_ADDRESS_MEM_TYPE_64, &s->regs);
    if (msix_init_exclusive_bar(pdev, vectors, OHBA_BAR_MSIX, errp)) {
        ohba_exit_pcie(pdev);
        return false;
    }
    for (i = 0; i < vectors; i++) {
        msix_vector_use(pdev, i);
    }
    return true;
}

static void ohba_exit_pci(PCIDevice *pdev)
{
    msix_unuse_all_vectors(pdev);
    msix_uninit_exclusive_bar(pdev);
    ohba_exit_pcie(pdev);
}

static void ohba_realize(PCIDevice *pdev, Error **errp)
{
    OhbaState *s = OHBA_FW(pdev);
    g_autofree char *mac = NULL;

    s->leaving = false;
    if (!ohba_check_numbers(s, errp) || !ohba_check_identity(s, errp) ||
        !ohba_check_effect(s, errp) || !ohba_check_congestion(s, errp)) {
        return;
    }
    s->name = g_strdup(DEVICE(s)->id ? DEVICE(s)->id : TYPE_OHBA_FW);
    if (!ohba_block_migration(s, errp)) {
        goto err_name;
    }
    if (!ohba_create_flash(s, errp)) {
        goto err_migration;
    }
    if (!ohba_create_fw(s, errp)) {
        goto err_flash;
    }
    if (!ohba_init_pci(s, errp)) {
        goto err_fw;
    }
    /* Last: the firmware's thread may look at them from now on. */
    if (s->fault && !ohba_set_faults(s, s->fault, errp)) {
        goto err_pci;
    }
    ohba_pci_flash_tell(s);
    mac = g_strdup_printf(MAC_FMT, MAC_ARG(s->nic_conf.macaddr.a));
    trace_ohba_realize(s->name, mac);
    return;

err_pci:
    ohba_exit_pci(pdev);
err_fw:
    ohba_destroy_fw(s);
err_flash:
    ohba_destroy_flash(s);
err_migration:
    ohba_unblock_migration(s);
err_name:
    g_free(s->name);
    s->name = NULL;
}

/*
 * No command begins a write any more. The firmware has to hear of the last one,
 * which may have a second part, or the rest of its log may follow.
 */
static void ohba_finish_flash(OhbaState *s)
{
    if (!s->flash) {
        return;
    }
    do {
        ohba_pci_flash_drain(s->flash);
        ohba_sync_reset(s);
    } while (ohba_pci_flash_busy(s->flash));
}

/*
 * The BARs are out of the guest's address space by now, but a CPU may have
 * found them before and wait for the BQL: @leaving turns it away.
 */
static void ohba_exit(PCIDevice *pdev)
{
    OhbaState *s = OHBA_FW(pdev);

    trace_ohba_unrealize(s->name);
    s->leaving = true;
    ohba_sync_reset(s);
    ohba_finish_flash(s);
    ohba_destroy_fw(s);
    ohba_destroy_flash(s);
    ohba_exit_pci(pdev);
    ohba_unblock_migration(s);
}

static void ohba_instance_init(Object *obj)
{
    /* The size of the configuration space is settled before realize. */
    PCI_DEVICE(obj)->cap_present |= QEMU_PCI_CAP_EXPRESS;
}

static void ohba_instance_finalize(Object *obj)
{
    OhbaState *s = OHBA_FW(obj);

    g_free(s->name);
    g_free(s->fault);
}

/* --- the type ------------------------------------------------------------- */

static Property ohba_properties[] = {
    DEFINE_NIC_PROPERTIES(OhbaState, nic_conf),
    DEFINE_PROP_DRIVE("drive", OhbaState, blk),
    DEFINE_PROP_STRING("serial", OhbaState, serial),
    DEFINE_PROP_UINT32("queues", OhbaState, queues, 16),
    DEFINE_PROP_UINT32("queue-entries", OhbaState, queue_entries, 1024),
    DEFINE_PROP_UINT32("connections", OhbaState, connections, 64),
    DEFINE_PROP_UINT32("tags", OhbaState, tags, 1024),
    DEFINE_PROP_UINT32("targets", OhbaState, targets, OHBA_TARGETS_MAX),
    DEFINE_PROP_UINT32("accounts", OhbaState, accounts, OHBA_ACCOUNTS_MAX),
    DEFINE_PROP_UINT32("coalesce-us", OhbaState, coalesce_us, 50),
    DEFINE_PROP_UINT32("mtu", OhbaState, mtu, 0),
    DEFINE_PROP_STRING("congestion", OhbaState, congestion),
    DEFINE_PROP_END_OF_LIST(),
};

/* For "-device ohba-fw,help". */
static void ohba_describe(ObjectClass *klass)
{
    object_class_property_set_description(klass, "mac",
        "MAC address of the port; assigned if not given");
    object_class_property_set_description(klass, "drive",
        "flash, 8 KiB or more, for all 10 MiB: what it keeps without power");
    object_class_property_set_description(klass, "damaged-records",
        "those that 'drive' had at the start, and has no more; read-only");
    object_class_property_set_description(klass, "serial",
        "serial number, 1 to 31 characters; the MAC address if not given");
    object_class_property_set_description(klass, "queues",
        "I/O queue pairs, 1 to 255; a guest uses one per CPU");
    object_class_property_set_description(klass, "queue-entries",
        "largest ring, a power of two, 64 to 32768");
    object_class_property_set_description(klass, "connections",
        "iSCSI connections at a time, 1 to 4096");
    object_class_property_set_description(klass, "targets",
        "entries of its own table of targets, up to 4096; 0: it has none");
    object_class_property_set_description(klass, "accounts",
        "CHAP accounts for them, up to 512");
    object_class_property_set_description(klass, "tags",
        "SCSI commands outstanding at a time, 1 to 65535");
    object_class_property_set_description(klass, "coalesce-us",
        "microseconds, 0 to 1000, that a busy queue's signals wait at least");
    object_class_property_set_description(klass, "mtu",
        "of its connections, bytes, 1280 to 9000; 0: 9000; with a netdev only");
    object_class_property_set_description(klass, "congestion",
        "TCP congestion control of the adapter's connections; cubic if the "
        "machine has it, empty: the machine's default; without a netdev only");
}

static void ohba_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    pc->realize = ohba_realize;
    pc->exit = ohba_exit;
    pc->config_read = ohba_read_config;
    pc->config_write = ohba_write_config;
    pc->vendor_id = OHBA_PCI_VENDOR;
    pc->device_id = OHBA_PCI_DEVICE_FW;
    pc->class_id = PCI_CLASS_STORAGE_SCSI;
    dc->desc = "ohba iSCSI offload adapter (fw class)";
    dc->reset = ohba_reset;
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
    device_class_set_props(dc, ohba_properties);
    object_class_property_add(klass, "damaged-records", "uint32",
                              ohba_get_damaged, NULL, NULL, NULL);
    ohba_add_fault_props(klass);
    ohba_describe(klass);
}

static const TypeInfo ohba_type = {
    .name = TYPE_OHBA_FW,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(OhbaState),
    .instance_init = ohba_instance_init,
    .instance_finalize = ohba_instance_finalize,
    .class_init = ohba_class_init,
    .interfaces = (InterfaceInfo[]) {
        { INTERFACE_PCIE_DEVICE },
        { INTERFACE_CONVENTIONAL_PCI_DEVICE },
        { }
    },
};

static void ohba_register_types(void)
{
    type_register_static(&ohba_type);
}

type_init(ohba_register_types)

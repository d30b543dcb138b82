// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The adapter's flash, where it has a drive. The firmware's thread asks for a
 * write, the main loop does it: the block layer lives under the BQL.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "block/aio-wait.h"
#include "sysemu/block-backend.h"
#include "ohba.h"

struct OhbaFlash {
    BlockBackend *blk;
    uint64_t size;
    struct ohba_fw *fw;
    QEMUBH *bh;
    bool busy;                  /* atomic: from ohba_pci_flash_write() on */
    uint64_t off;
    QEMUIOVector qiov;
};

static void ohba_flash_done(OhbaFlash *flash, int ret)
{
    /* First: the firmware may write again at once. */
    qatomic_set(&flash->busy, false);
    ohba_fw_flash_written(flash->fw, ret);
}

static void ohba_flash_flushed(void *opaque, int ret)
{
    ohba_flash_done(opaque, ret);
}

static void ohba_flash_written(void *opaque, int ret)
{
    OhbaFlash *flash = opaque;

    if (ret < 0) {
        ohba_flash_done(flash, ret);
    } else {
        blk_aio_flush(flash->blk, ohba_flash_flushed, flash);
    }
}

static void ohba_flash_bh(void *opaque)
{
    OhbaFlash *flash = opaque;

    blk_aio_pwritev(flash->blk, flash->off, &flash->qiov, 0, ohba_flash_written,
                    flash);
}

/* In the loop's thread. One at a time: the firmware waits for each. */
void ohba_pci_flash_write(OhbaFlash *flash, struct ohba_fw *fw, uint64_t off,
                      const void *buf, size_t len)
{
    qatomic_set(&flash->busy, true);
    flash->fw = fw;
    flash->off = off;
    qemu_iovec_reset(&flash->qiov);
    qemu_iovec_add(&flash->qiov, (void *)buf, len);
    qemu_bh_schedule(flash->bh);
}

int ohba_pci_flash_read(OhbaFlash *flash, uint64_t off, void *buf, size_t len)
{
    int ret = blk_pread(flash->blk, off, len, buf, 0);

    return ret < 0 ? ret : 0;
}

uint64_t ohba_pci_flash_size(const OhbaFlash *flash)
{
    return flash->size;
}

bool ohba_pci_flash_busy(const OhbaFlash *flash)
{
    return qatomic_read(&flash->busy);
}

/* With the BQL: return when nothing is being written. */
void ohba_pci_flash_drain(OhbaFlash *flash)
{
    AIO_WAIT_WHILE(blk_get_aio_context(flash->blk), ohba_pci_flash_busy(flash));
}

static bool ohba_flash_check_size(int64_t len, Error **errp)
{
    if (len >= OHBA_FW_FLASH_MIN) {
        return true;
    }
    if (len < 0) {
        error_setg_errno(errp, -len, TYPE_OHBA_FW ": property 'drive': its "
                         "size cannot be told");
    } else {
        error_setg(errp, TYPE_OHBA_FW ": property 'drive' has %" PRId64
                   " bytes, it must have %u or more; 'truncate -s 10M FILE' "
                   "makes room for all that there is to keep, and loses "
                   "nothing", len, OHBA_FW_FLASH_MIN);
    }
    return false;
}

static bool ohba_flash_check_writable(BlockBackend *blk, Error **errp)
{
    if (!blk_supports_write_perm(blk)) {
        error_setg(errp, TYPE_OHBA_FW ": property 'drive' is read-only: leave "
                   "out readonly=on, or make its file writable");
        return false;
    }
    return true;
}

OhbaFlash *ohba_pci_flash_create(BlockBackend *blk, Error **errp)
{
    int64_t len = blk_getlength(blk);
    OhbaFlash *flash;

    if (!ohba_flash_check_size(len, errp) ||
        !ohba_flash_check_writable(blk, errp) ||
        blk_set_perm(blk, BLK_PERM_CONSISTENT_READ | BLK_PERM_WRITE,
                     BLK_PERM_ALL & ~(BLK_PERM_WRITE | BLK_PERM_RESIZE),
                     errp) < 0) {
        return NULL;
    }
    flash = g_new0(OhbaFlash, 1);
    flash->blk = blk;
    flash->size = len;
    flash->bh = qemu_bh_new(ohba_flash_bh, flash);
    qemu_iovec_init(&flash->qiov, 1);
    return flash;
}

/* What its user should know, of flash that is taken all the same. */
void ohba_pci_flash_tell(const OhbaState *s)
{
    uint32_t damaged = ohba_fw_flash_damaged(s->fw);

    if (s->flash && s->targets &&
        ohba_pci_flash_size(s->flash) < OHBA_FW_FLASH_TARGET) {
        warn_report("%s: property 'drive' has %" PRIu64 " bytes: targets are "
                    "kept until QEMU ends; 'truncate -s 10M FILE' makes room "
                    "for them, and loses nothing", s->name,
                    ohba_pci_flash_size(s->flash));
    }
    if (damaged) {
        warn_report("%s: property 'drive': %u of the records there %s damaged "
                    "and as if never written: set anew what the guest finds "
                    "to be missing, or give a copy of the file from before",
                    s->name, damaged, damaged == 1 ? "is" : "are");
    }
}

void ohba_pci_flash_destroy(OhbaFlash *flash)
{
    if (flash) {
        qemu_bh_delete(flash->bh);
        qemu_iovec_destroy(&flash->qiov);
        g_free(flash);
    }
}

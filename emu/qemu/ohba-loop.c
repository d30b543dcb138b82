// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firmware's event loop: one thread per process, shared by all adapters,
 * from the first realize to the last unrealize.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "ohba.h"
#include "trace.h"

/* Under the BQL. */
static struct {
    unsigned int users;
    struct ohba_loop *loop;
    struct ohba_tcp_engine *engine;
    QemuThread thread;
} shared;

static void *ohba_pci_loop_thread(void *opaque)
{
    rcu_register_thread();
    ohba_loop_run(opaque);
    rcu_unregister_thread();
    return NULL;
}

static bool ohba_pci_loop_start(Error **errp)
{
    const char *err;

    shared.loop = ohba_loop_create(&err);
    if (!shared.loop) {
        error_setg(errp, TYPE_OHBA_FW ": %s", err);
        return false;
    }
    shared.engine = ohba_tcp_host_create(shared.loop);
    if (!shared.engine) {
        error_setg(errp, TYPE_OHBA_FW ": no memory for the TCP engine");
        ohba_loop_destroy(shared.loop);
        return false;
    }
    qemu_thread_create(&shared.thread, TYPE_OHBA_FW, ohba_pci_loop_thread,
                       shared.loop, QEMU_THREAD_JOINABLE);
    trace_ohba_loop_start();
    return true;
}

bool ohba_pci_loop_get(struct ohba_loop **loop, struct ohba_tcp_engine **engine,
                   Error **errp)
{
    assert(qemu_mutex_iothread_locked());
    if (!shared.users && !ohba_pci_loop_start(errp)) {
        return false;
    }
    shared.users++;
    *loop = shared.loop;
    *engine = shared.engine;
    return true;
}

void ohba_pci_loop_put(void)
{
    assert(qemu_mutex_iothread_locked());
    if (--shared.users) {
        return;
    }
    /*
     * Joining with the BQL held is safe: the thread takes the BQL for the sake
     * of adapters only, and the last one was reset before it came here.
     */
    ohba_loop_stop(shared.loop);
    qemu_thread_join(&shared.thread);
    ohba_tcp_host_destroy(shared.engine);
    ohba_loop_destroy(shared.loop);
    trace_ohba_loop_stop();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firmware's event loop: one thread per process, shared by all adapters,
 * from the first realize to the last unrealize. And how that thread and the
 * holders of the BQL wait for each other.
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
    QEMUBH *call_bh;
} shared;

/* What the loop's thread wants done with the BQL. */
typedef struct OhbaCall {
    void (*fn)(void *opaque);
    void *opaque;
    bool done;
} OhbaCall;

/* Covers @call, its @done, and the flags of ohba_pci_loop_wait(). */
static QemuMutex wait_lock;
static QemuCond wait_cond;      /* any of them changed */
static OhbaCall *call;          /* not yet taken */

/* With the BQL and @wait_lock, which is given up while the call runs. */
static bool ohba_pci_run_call(void)
{
    OhbaCall *taken = call;

    if (!taken) {
        return false;
    }
    call = NULL;
    qemu_mutex_unlock(&wait_lock);
    taken->fn(taken->opaque);
    qemu_mutex_lock(&wait_lock);
    taken->done = true;
    qemu_cond_broadcast(&wait_cond);
    return true;
}

static void ohba_pci_call_bh(void *opaque)
{
    QEMU_LOCK_GUARD(&wait_lock);
    ohba_pci_run_call();
}

void ohba_pci_loop_call(void (*fn)(void *opaque), void *opaque)
{
    OhbaCall request = { .fn = fn, .opaque = opaque };

    QEMU_LOCK_GUARD(&wait_lock);
    call = &request;
    qemu_cond_broadcast(&wait_cond);
    qemu_bh_schedule(shared.call_bh);
    while (!request.done) {
        qemu_cond_wait(&wait_cond, &wait_lock);
    }
}

/*
 * The BQL stays held, unlike with qemu_cond_wait_iothread(): resets and unplugs
 * start inside configuration writes, and PCI core does not expect that the
 * device is reset, unplugged or has its BARs moved by another CPU before it is
 * done. So the main loop's bottom half cannot run now; if the loop's thread has
 * a call, for whichever adapter, it is for us to run it.
 */
void ohba_pci_loop_wait(bool *done)
{
    assert(qemu_mutex_iothread_locked());
    QEMU_LOCK_GUARD(&wait_lock);
    while (!*done) {
        if (!ohba_pci_run_call()) {
            qemu_cond_wait(&wait_cond, &wait_lock);
        }
    }
}

void ohba_pci_loop_done(bool *done)
{
    QEMU_LOCK_GUARD(&wait_lock);
    *done = true;
    qemu_cond_broadcast(&wait_cond);
}

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
    qemu_mutex_init(&wait_lock);
    qemu_cond_init(&wait_cond);
    shared.call_bh = qemu_bh_new(ohba_pci_call_bh, NULL);
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
    /* It has no calls: those are for adapters, and the last one was reset. */
    ohba_loop_stop(shared.loop);
    qemu_thread_join(&shared.thread);
    qemu_bh_delete(shared.call_bh);
    qemu_cond_destroy(&wait_cond);
    qemu_mutex_destroy(&wait_lock);
    ohba_tcp_host_destroy(shared.engine);
    ohba_loop_destroy(shared.loop);
    trace_ohba_loop_stop();
}

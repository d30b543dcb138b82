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
    bool started;               /* once at least */
    struct ohba_loop *loop;
    struct ohba_tcp_engine *engine;
    QemuThread thread;
    QEMUBH *call_bh;
} shared;

/* What the loop's thread wants done with the BQL; on its stack, until it is @done. */
typedef struct OhbaCall {
    OhbaState *s;
    const OhbaCallOps *ops;
    void *args;
    size_t size;
    bool given_up;
    bool done;
} OhbaCall;

/*
 * Covers the calls, and the flags of ohba_pci_loop_wait(). Both are for ever: who runs a
 * call that ends the last adapter has the lock still to take.
 */
static QemuMutex wait_lock;
static QemuCond wait_cond;      /* any of them changed */
static OhbaCall *call;          /* not yet taken */
static OhbaCall *running;       /* its thread waits for it */

static void ohba_pci_end_call(OhbaCall *ended, bool given_up)
{
    running = NULL;
    ended->given_up = given_up;
    ended->done = true;
    qemu_cond_broadcast(&wait_cond);
}

/*
 * With the BQL and @wait_lock, which is given up while the call runs. What that does may
 * come to ohba_pci_loop_wait(), which gives the call up, and with it its arguments: it
 * works on a copy.
 */
static bool ohba_pci_run_call(void)
{
    const OhbaCallOps *ops;
    g_autofree void *args = NULL;

    if (!call) {
        return false;
    }
    running = call;
    call = NULL;
    ops = running->ops;
    args = g_memdup2(running->args, running->size);
    qemu_mutex_unlock(&wait_lock);
    ops->run(args);
    qemu_mutex_lock(&wait_lock);
    if (running) {
        memcpy(running->args, args, running->size);
        ohba_pci_end_call(running, false);
    } else {
        qemu_mutex_unlock(&wait_lock);
        ops->undo(args);
        qemu_mutex_lock(&wait_lock);
    }
    return true;
}

static void ohba_pci_call_bh(void *opaque)
{
    QEMU_LOCK_GUARD(&wait_lock);
    ohba_pci_run_call();
}

bool ohba_pci_loop_call(OhbaState *s, const OhbaCallOps *ops, void *args,
                        size_t size)
{
    OhbaCall request = { .s = s, .ops = ops, .args = args, .size = size };

    QEMU_LOCK_GUARD(&wait_lock);
    call = &request;
    qemu_cond_broadcast(&wait_cond);
    qemu_bh_schedule(shared.call_bh);
    while (!request.done) {
        qemu_cond_wait(&wait_cond, &wait_lock);
    }
    return !request.given_up;
}

/*
 * The BQL stays held, unlike with qemu_cond_wait_iothread(): resets and unplugs
 * start inside configuration writes, and PCI core does not expect that the
 * device is reset, unplugged or has its BARs moved by another CPU before it is
 * done. So the main loop's bottom half cannot run now; if the loop's thread has
 * a call, for whichever adapter, it is for us to run it. Unless we are within one,
 * whose fault report was a write to configuration space: then it has to do without, as
 * has one of @s, which might unplug it.
 */
void ohba_pci_loop_wait(OhbaState *s, bool *done)
{
    assert(qemu_mutex_iothread_locked());
    QEMU_LOCK_GUARD(&wait_lock);
    if (running) {
        ohba_pci_end_call(running, true);
    }
    while (!*done) {
        if (call && call->s == s) {
            ohba_pci_end_call(g_steal_pointer(&call), true);
        }
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
    if (!shared.started) {
        qemu_mutex_init(&wait_lock);
        qemu_cond_init(&wait_cond);
        shared.started = true;
    }
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
    /* It waits for no call: those are for adapters, and the last one was reset. */
    ohba_loop_stop(shared.loop);
    qemu_thread_join(&shared.thread);
    qemu_bh_delete(shared.call_bh);
    ohba_tcp_host_destroy(shared.engine);
    ohba_loop_destroy(shared.loop);
    trace_ohba_loop_stop();
}

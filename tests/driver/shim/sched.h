/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time, threads, and all that waits. Threads are fibers: one runs until it waits,
 * then the next. Time is virtual and passes only when all of them wait and the
 * device has nothing to do.
 */
#ifndef SHIM_SCHED_H
#define SHIM_SCHED_H

#include "base.h"

/* --- time ------------------------------------------------------------------ */

#define HZ		1000
#define USEC_PER_MSEC	1000ul
extern u64 shim_now_us;
/* As the kernel's, they wrap early. */
#define jiffies		((unsigned long)(shim_now_us / 1000) - 300 * HZ)
#define MSEC_PER_SEC	1000u
/* The wall clock. */
#define SHIM_EPOCH	1700000000ll
#define ktime_get_real_seconds()	(SHIM_EPOCH + (long long)(shim_now_us / 1000000))
#define MAX_JIFFY_OFFSET	((LONG_MAX >> 1) - 1)
#define msecs_to_jiffies(ms)	((int)(ms) < 0 ? MAX_JIFFY_OFFSET : (unsigned long)(ms))
#define jiffies_to_msecs(n)	((unsigned int)(n))
#define MAX_SCHEDULE_TIMEOUT	LONG_MAX
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)

/* --- threads ----------------------------------------------------------------- */

struct work_struct;

/* Called when all threads wait: whether the device did anything. */
extern bool (*shim_device_turn)(void);
/* How long a thread may wait in all, and the turns it may take, before it counts as hung. */
#define SHIM_PATIENCE_US	(3600ull * 1000 * 1000)
#define SHIM_TURNS_MAX		200000u

void shim_spawn(const char *name, void (*fn)(void *), void *arg);
/* Run what can run until all threads wait; no time passes, the device takes no turn. */
void shim_run(void);
/* The same, with the device's turns. */
void shim_settle(void);
/* The same, and then so much later. */
void shim_advance_ms(unsigned int ms);
/* Nothing is left of an earlier life; time starts again. */
void shim_sched_reset(void);
/* Threads besides the caller's. */
unsigned int shim_threads(void);

void shim_might_sleep(const char *what);
/* Does the thread of an interrupt run? */
bool shim_in_irq_thread(void);
void shim_yield(void);
void shim_sleep_us(u64 us);
#define msleep(ms)	shim_sleep_us((ms) * 1000ull)
#define cond_resched()	shim_yield()

/* Spinlocks, sections and handlers that the running thread is in: it may not sleep. */
extern unsigned int shim_atomic;
#define rcu_read_lock()		((void)shim_atomic++)
#define rcu_read_unlock()	((void)shim_atomic--)
#define local_bh_disable()	((void)shim_atomic++)
#define local_bh_enable()	((void)shim_atomic--)
void synchronize_rcu(void);

extern unsigned int shim_cpu;
#define raw_smp_processor_id()	shim_cpu
#define num_possible_cpus()	2u
enum { SYSTEM_RUNNING, SYSTEM_HALT };
extern int system_state;

/* --- waiting -------------------------------------------------------------------- */

typedef struct wait_queue_head { unsigned int waiters; } wait_queue_head_t;
#define init_waitqueue_head(wq)	((wq)->waiters = 0)
void wake_up(wait_queue_head_t *wq);
/* Return: false if @deadline_us came first. */
bool shim_wait(wait_queue_head_t *wq, u64 deadline_us);
u64 shim_deadline(unsigned long timeout);
unsigned long shim_left(u64 deadline_us);

#define wait_event(wq, cond)	((void)wait_event_timeout(wq, cond, MAX_SCHEDULE_TIMEOUT))
#define wait_event_timeout(wq, cond, timeout) ({			\
	u64 end_ = shim_deadline(timeout);				\
	bool true_;							\
									\
	shim_might_sleep("wait_event");					\
	while (!(true_ = (cond)) && shim_wait(&(wq), end_))		\
		;							\
	true_ = true_ || (cond);					\
	true_ ? shim_left(end_) : 0;					\
})
#define wait_event_interruptible_timeout(wq, cond, timeout) \
	((long)wait_event_timeout(wq, cond, timeout))

#define DECLARE_WAIT_QUEUE_HEAD(name)	wait_queue_head_t name
#define wake_up_interruptible_poll(wq, events)	((void)(events), wake_up(wq))
/* Whoever waits so is to end that: a signal came. */
extern bool shim_signal;
#define ERESTARTSYS	512
#define wait_event_interruptible(wq, cond) ({				\
	shim_might_sleep("wait_event");					\
	while (!shim_signal && !(cond))					\
		shim_wait(&(wq), shim_deadline(MAX_SCHEDULE_TIMEOUT));	\
	shim_signal ? -ERESTARTSYS : 0;					\
})

struct completion { unsigned int done; wait_queue_head_t wait; };
/* The next who waits for a grace period waits for this as well; then it is NULL. */
extern struct completion *shim_grace;
void init_completion(struct completion *c);
#define reinit_completion(c)	((c)->done = 0)
void complete(struct completion *c);
void complete_all(struct completion *c);
unsigned long wait_for_completion_timeout(struct completion *c, unsigned long timeout);
#define wait_for_completion_interruptible_timeout(c, timeout) \
	((long)wait_for_completion_timeout(c, timeout))
#define wait_for_completion(c) \
	((void)wait_for_completion_timeout(c, MAX_SCHEDULE_TIMEOUT))

/* --- locks ------------------------------------------------------------------------ */

typedef struct { bool held; unsigned long taken; } spinlock_t;
struct lock_class_key { char unused; };
#define DEFINE_SPINLOCK(name)	spinlock_t name
#define spin_lock_init(l)	((l)->held = false, (l)->taken = 0)
#define lockdep_set_class(l, key)	((void)(l), (void)(key))
#define lockdep_assert_held(l)	shim_check((l)->held, "%s: " #l " is not held", __func__)
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#define spin_lock_bh(l)		spin_lock(l)
#define spin_unlock_bh(l)	spin_unlock(l)
#define spin_lock_irq(l)	spin_lock(l)
#define spin_unlock_irq(l)	spin_unlock(l)
#define spin_lock_irqsave(l, flags)	((flags) = 0, spin_lock(l))
#define spin_unlock_irqrestore(l, flags)	((void)(flags), spin_unlock(l))

struct mutex { bool held; const void *owner; wait_queue_head_t wait; };
#define DEFINE_MUTEX(name)	struct mutex name
void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
#define mutex_trylock(m)	((m)->held ? false : (mutex_lock(m), true))
#define mutex_lock_interruptible(m) \
	(shim_signal && (m)->held ? -EINTR : (mutex_lock(m), 0))
void mutex_unlock(struct mutex *mutex);

/* --- work ---------------------------------------------------------------------------- */

struct work_struct {
	void (*func)(struct work_struct *work);
	bool pending;
	struct workqueue_struct *wq;
	struct work_struct *next;
};

struct delayed_work {
	struct work_struct work;
	bool waiting;
	u64 due_us;
	struct delayed_work *next;
};

struct workqueue_struct;
#define system_unbound_wq	((struct workqueue_struct *)NULL)
#define WQ_UNBOUND	1
#define WQ_MEM_RECLAIM	2
/* Works that went to a queue that has WQ_MEM_RECLAIM. */
extern unsigned int shim_reclaim_works;
struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max);
void destroy_workqueue(struct workqueue_struct *wq);
#define INIT_WORK(w, fn) \
	(*(w) = (struct work_struct) { .func = (fn) })
#define DECLARE_WORK(name, fn)	struct work_struct name = { .func = (fn) }
#define INIT_WORK_ONSTACK(w, fn)	INIT_WORK(w, fn)
#define destroy_work_on_stack(w)	((void)(w))
#define INIT_DELAYED_WORK(dw, fn) \
	(*(dw) = (struct delayed_work) { .work.func = (fn) })
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)
bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw,
			unsigned long delay);
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw,
		      unsigned long delay);
void flush_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work_sync(struct delayed_work *dw);
/* What is to be done later is done now. */
void flush_delayed_work(struct delayed_work *dw);

/* --- interrupts ------------------------------------------------------------------------ */

typedef enum { IRQ_NONE, IRQ_HANDLED, IRQ_WAKE_THREAD } irqreturn_t;
typedef irqreturn_t (*irq_handler_t)(int irq, void *data);

#define SHIM_VECTORS	16

/* The device raises a vector; it is handled in the next turn. */
void shim_irq_raise(unsigned int vector);
int shim_irq_request(unsigned int vector, irq_handler_t handler, irq_handler_t thread_fn,
		     void *data);
void shim_irq_free(unsigned int vector, void *data);
unsigned int shim_irqs_requested(void);
/* Those that were raised are handled now, as on another CPU. */
void shim_irq_now(void);
/* Numbers are vectors. */
void disable_irq(unsigned int irq);
void enable_irq(unsigned int irq);
void synchronize_irq(unsigned int irq);

struct irq_poll {
	int weight;
	int (*poll)(struct irq_poll *iop, int budget);
	bool scheduled, disabled;
	struct irq_poll *next;
};
void irq_poll_init(struct irq_poll *iop, int weight, int (*poll)(struct irq_poll *, int));
void irq_poll_sched(struct irq_poll *iop);
void irq_poll_complete(struct irq_poll *iop);
void irq_poll_disable(struct irq_poll *iop);

#endif /* SHIM_SCHED_H */

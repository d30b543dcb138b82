// SPDX-License-Identifier: GPL-2.0-or-later
/* Fibers, virtual time, waiting, locks, work, interrupts (sched.h). */
#include <sys/mman.h>
#include <ucontext.h>

#include "shim.h"

#undef current			/* of the driver; here it is a fiber */

#if defined(__SANITIZE_ADDRESS__)
#define SHIM_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHIM_ASAN
#endif
#endif
#ifdef SHIM_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

#define FIBERS_MAX	128
#define STACK_SIZE	(256u << 10)
#define NEVER		UINT64_MAX

enum fiber_state { FIBER_FREE, FIBER_READY, FIBER_RUNNING, FIBER_WAITING };

struct fiber {
	enum fiber_state state;
	const char *name;
	void (*fn)(void *arg);
	void *arg;
	struct work_struct *work;	/* that it runs; the memory may be gone */
	wait_queue_head_t *wq;		/* that it waits on, or NULL */
	u64 deadline_us;
	u64 since_us;			/* when it began to wait; NEVER if that says nothing */
	bool woken;
	u64 turn;			/* when it became ready: first come, first served */
	unsigned int atomic;
	ucontext_t ctx;
	void *stack;
	const void *bottom;		/* of the stack, and its size, for ASan */
	size_t size;
	void *fake;
};

/* The first is the process's own. */
static struct fiber fibers[FIBERS_MAX] = { { .name = "the test", .state = FIBER_RUNNING } };
static struct fiber *current = &fibers[0];
static u64 turns;

u64 shim_now_us;
unsigned int shim_atomic, shim_cpu;
bool shim_signal;
int system_state = SYSTEM_RUNNING;
bool (*shim_device_turn)(void);

/* --- switching ---------------------------------------------------------------- */

static void fiber_arrived(struct fiber *from)
{
#ifdef SHIM_ASAN
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(current->fake, &bottom, &size);
	if (from == &fibers[0] && !from->bottom) {
		from->bottom = bottom;
		from->size = size;
	}
#else
	(void)from;
#endif
}

static struct fiber *came_from;

static void fiber_switch(struct fiber *to)
{
	struct fiber *from = current;

	if (to == from)
		return;
	from->atomic = shim_atomic;
	came_from = from;
	current = to;
#ifdef SHIM_ASAN
	__sanitizer_start_switch_fiber(&from->fake, to->bottom, to->size);
#endif
	swapcontext(&from->ctx, &to->ctx);
	fiber_arrived(came_from);
	shim_atomic = current->atomic;
}

static void schedule(void);

static void fiber_main(void)
{
	fiber_arrived(came_from);
	shim_atomic = 0;
	for (;;) {
		current->fn(current->arg);
		shim_check(!shim_atomic, "%s ended with a lock held", current->name);
		current->work = NULL;
		current->state = FIBER_FREE;
		schedule();
	}
}

static void fiber_make_stack(struct fiber *f)
{
	f->stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shim_check(f->stack != MAP_FAILED, "no memory for a stack");
	f->bottom = f->stack;
	f->size = STACK_SIZE;
	getcontext(&f->ctx);
	f->ctx.uc_stack.ss_sp = f->stack;
	f->ctx.uc_stack.ss_size = STACK_SIZE;
	makecontext(&f->ctx, fiber_main, 0);
}

static void fiber_ready(struct fiber *f)
{
	f->state = FIBER_READY;
	f->turn = ++turns;
}

static struct fiber *fiber_new(const char *name, void (*fn)(void *), void *arg)
{
	struct fiber *f = &fibers[1];

	while (f->state != FIBER_FREE || f == current)
		shim_check(++f < &fibers[FIBERS_MAX], "too many threads");
	if (!f->stack)
		fiber_make_stack(f);
	f->name = name;
	f->fn = fn;
	f->arg = arg;
	f->work = NULL;
	fiber_ready(f);
	return f;
}

void shim_spawn(const char *name, void (*fn)(void *), void *arg)
{
	fiber_new(name, fn, arg);
}

unsigned int shim_threads(void)
{
	unsigned int i, n = 0;

	for (i = 1; i < FIBERS_MAX; i++)
		n += fibers[i].state != FIBER_FREE;
	return n;
}

/* --- what becomes ready: work, interrupts, softirqs ---------------------------------- */

struct workqueue_struct {
	char name[32];
	unsigned int flags;
	int max, running;	/* works at a time; max 0: as many as there are */
};

static struct work_struct *work_queue;
static struct delayed_work *timers;
static struct irq_poll *softirqs;

struct vector {
	irq_handler_t handler, thread_fn;
	void *data;
	unsigned int disabled;
	bool raised, wake, in_thread;
};

static struct vector vectors[SHIM_VECTORS];
static wait_queue_head_t work_ended;

static bool work_runs(const struct work_struct *work)
{
	unsigned int i;

	for (i = 1; i < FIBERS_MAX; i++)
		if (fibers[i].state != FIBER_FREE && fibers[i].work == work)
			return true;
	return false;
}

static bool is_full(const struct workqueue_struct *wq)
{
	return wq && wq->max && wq->running >= wq->max;
}

static void work_thread(void *arg)
{
	struct work_struct *work = arg;
	struct workqueue_struct *wq = work->wq;

	work->func(work);
	current->work = NULL;
	if (wq)
		wq->running--;
	wake_up(&work_ended);
}

static bool start_work(void)
{
	struct work_struct **link, *work;

	for (link = &work_queue; *link && (is_full((*link)->wq) || work_runs(*link));
	     link = &(*link)->next)
		;
	work = *link;
	if (!work)
		return false;
	*link = work->next;
	work->pending = false;
	if (work->wq)
		work->wq->running++;
	fiber_new("a worker", work_thread, work)->work = work;
	return true;
}

static void irq_thread(void *arg)
{
	struct vector *v = arg;

	v->thread_fn(v - vectors, v->data);
	v->in_thread = false;
	wake_up(&work_ended);
}

static bool handle_irqs(void)
{
	struct vector *v;
	bool any = false;

	for (v = vectors; v < &vectors[SHIM_VECTORS]; v++) {
		if (v->raised && v->handler && !v->disabled) {
			v->raised = false;
			shim_atomic++;
			v->wake |= v->handler(v - vectors, v->data) == IRQ_WAKE_THREAD;
			shim_atomic--;
			any = true;
		}
		if (v->wake && !v->in_thread && v->thread_fn && !v->disabled) {
			v->wake = false;
			v->in_thread = true;
			fiber_new("an interrupt's thread", irq_thread, v);
			any = true;
		}
	}
	return any;
}

static bool run_softirq(void)
{
	struct irq_poll *iop = softirqs;
	int done;

	if (!iop)
		return false;
	softirqs = iop->next;
	shim_atomic++;
	done = iop->poll(iop, iop->weight);
	shim_atomic--;
	shim_check(done <= iop->weight, "a poll of %d did %d", iop->weight, done);
	if (done >= iop->weight) {
		iop->scheduled = false;
		if (!iop->disabled)
			irq_poll_sched(iop);
	}
	return true;
}

static bool make_ready(void)
{
	bool any = handle_irqs();

	any |= run_softirq();
	any |= start_work();
	return any;
}

static void fire_timers(void)
{
	struct delayed_work **link = &timers;

	while (*link) {
		struct delayed_work *dw = *link;

		if (dw->due_us > shim_now_us) {
			link = &dw->next;
			continue;
		}
		*link = dw->next;
		dw->waiting = false;
		queue_work(NULL, &dw->work);
	}
}

static void fire_deadlines(void)
{
	struct fiber *f;

	for (f = fibers; f < &fibers[FIBERS_MAX]; f++)
		if (f->state == FIBER_WAITING && f->deadline_us <= shim_now_us)
			fiber_ready(f);
}

static u64 next_deadline(void)
{
	struct delayed_work *dw;
	struct fiber *f;
	u64 next = NEVER;

	for (dw = timers; dw; dw = dw->next)
		next = min(next, dw->due_us);
	for (f = fibers; f < &fibers[FIBERS_MAX]; f++)
		if (f->state == FIBER_WAITING)
			next = min(next, f->deadline_us);
	return next;
}

/* --- the scheduler ---------------------------------------------------------------------- */

static struct fiber *oldest_ready(void)
{
	struct fiber *f, *best = NULL;

	for (f = fibers; f < &fibers[FIBERS_MAX]; f++)
		if (f->state == FIBER_READY && (!best || f->turn < best->turn))
			best = f;
	return best;
}

/* How much the process's own thread lets happen while it waits. */
enum wait_mode { WAIT_READY, WAIT_DEVICE, WAIT_TIME };
static enum wait_mode mode = WAIT_TIME;
static u64 time_limit_us = NEVER;	/* the process's own thread goes on then */
static u64 last_progress;

static void check_patience(void)
{
	struct fiber *f;

	for (f = fibers; f < &fibers[FIBERS_MAX]; f++)
		shim_check(f->state != FIBER_WAITING || f->since_us >= shim_now_us ||
			   shim_now_us - f->since_us < SHIM_PATIENCE_US,
			   "%s waits for an hour", f->name);
}

static bool pass_time(void)
{
	u64 next = min(next_deadline(), time_limit_us);

	if (next == NEVER)
		return false;
	shim_now_us = max(shim_now_us, next);
	check_patience();
	fire_timers();
	fire_deadlines();
	return true;
}

/* Nothing can run: the device, then time. Return: whether that changed anything. */
static bool idle(void)
{
	if (mode == WAIT_READY)
		return false;
	if (shim_device_turn && shim_device_turn())
		return true;
	if (mode == WAIT_DEVICE)
		return false;
	return shim_now_us < time_limit_us && pass_time();
}

/* The running fiber waits, or ended: have another run. */
static void schedule(void)
{
	struct fiber *next;
	unsigned int saved = shim_atomic;

	shim_atomic = 0;
	for (;;) {
		bool more = make_ready();

		shim_check(++turns - last_progress < SHIM_TURNS_MAX, "it runs for ever");
		next = oldest_ready();
		if (next)
			break;
		if (more || idle())
			continue;
		/* Only the process's own thread says how far things may go. */
		next = &fibers[0];
		shim_check(mode != WAIT_TIME || time_limit_us != NEVER,
			   "it waits for what never comes");
		break;
	}
	shim_atomic = saved;
	next->state = FIBER_RUNNING;
	fiber_switch(next);
}

bool shim_in_irq_thread(void)
{
	return current && current->fn == irq_thread;
}

void shim_might_sleep(const char *what)
{
	shim_check(!shim_atomic, "%s sleeps where that is not allowed", what);
}

/* The process's own thread lets others run, as far as @how says. */
static void stand_by(enum wait_mode how, u64 limit_us)
{
	enum wait_mode saved = mode;

	shim_check(current == &fibers[0], "a thread of the driver's asks for a turn");
	mode = how;
	time_limit_us = limit_us;
	last_progress = turns;
	current->wq = NULL;
	current->deadline_us = current->since_us = NEVER;
	current->state = FIBER_WAITING;
	schedule();
	mode = saved;
	time_limit_us = NEVER;
	last_progress = turns;
}

void shim_sched_reset(void)
{
	shim_check(!shim_threads(), "a thread is left over");
	shim_check(!timers && !work_queue && !softirqs, "work is left over");
	shim_check(!shim_irqs_requested(), "an interrupt is left over");
	shim_check(!shim_atomic, "a lock is left over");
	memset(vectors, 0, sizeof(vectors));
	shim_now_us = 0;
	shim_cpu = 0;
	system_state = SYSTEM_RUNNING;
}

void shim_run(void)
{
	stand_by(WAIT_READY, NEVER);
}

void shim_settle(void)
{
	stand_by(WAIT_DEVICE, NEVER);
}

void shim_advance_ms(unsigned int ms)
{
	stand_by(WAIT_TIME, shim_now_us + ms * 1000ull);
}

/* --- waiting ------------------------------------------------------------------------------- */

bool shim_wait(wait_queue_head_t *wq, u64 deadline_us)
{
	shim_might_sleep("a wait");
	if (deadline_us <= shim_now_us)
		return false;
	if (wq)
		wq->waiters++;
	current->wq = wq;
	current->deadline_us = deadline_us;
	current->since_us = shim_now_us;
	current->woken = false;
	current->state = FIBER_WAITING;
	if (current == &fibers[0])
		last_progress = turns;
	schedule();
	/* Who was woken does not touch @wq: it may be gone. */
	if (!current->woken && wq)
		wq->waiters--;
	current->wq = NULL;
	return current->woken;
}

void wake_up(wait_queue_head_t *wq)
{
	struct fiber *f;

	for (f = fibers; wq->waiters && f < &fibers[FIBERS_MAX]; f++) {
		if (f->wq != wq || f->woken || f->state == FIBER_FREE)
			continue;
		wq->waiters--;
		f->woken = true;
		if (f->state == FIBER_WAITING)
			fiber_ready(f);
	}
}

u64 shim_deadline(unsigned long timeout)
{
	return timeout == MAX_SCHEDULE_TIMEOUT ? NEVER : shim_now_us + timeout * 1000ull;
}

unsigned long shim_left(u64 deadline_us)
{
	return deadline_us == NEVER ? MAX_SCHEDULE_TIMEOUT :
	       deadline_us > shim_now_us ? max((deadline_us - shim_now_us) / 1000, 1ull) : 1;
}

void shim_sleep_us(u64 us)
{
	shim_wait(NULL, shim_now_us + us);
}

void shim_yield(void)
{
	shim_might_sleep("a yield");
	/* Behind what could begin by now. */
	make_ready();
	fiber_ready(current);
	schedule();
}

struct completion *shim_grace;

void synchronize_rcu(void)
{
	struct completion *gate = shim_grace;

	shim_grace = NULL;
	if (gate)
		wait_for_completion(gate);
	/* No fiber waits in a section: those of others are over. */
	shim_yield();
}

void init_completion(struct completion *c)
{
	c->done = 0;
	init_waitqueue_head(&c->wait);
}

void complete(struct completion *c)
{
	c->done++;
	wake_up(&c->wait);
}

void complete_all(struct completion *c)
{
	c->done = UINT_MAX / 2;
	wake_up(&c->wait);
}

unsigned long wait_for_completion_timeout(struct completion *c, unsigned long timeout)
{
	unsigned long left = wait_event_timeout(c->wait, c->done, timeout);

	if (left && c->done < UINT_MAX / 2)
		c->done--;
	return left;
}

/* --- locks ------------------------------------------------------------------------------------ */

void spin_lock(spinlock_t *lock)
{
	shim_check(!lock->held, "a spinlock is taken twice");
	lock->held = true;
	lock->taken++;
	shim_atomic++;
}

void spin_unlock(spinlock_t *lock)
{
	shim_check(lock->held && shim_atomic, "a spinlock is given back that nobody has");
	lock->held = false;
	shim_atomic--;
}

void mutex_init(struct mutex *mutex)
{
	memset(mutex, 0, sizeof(*mutex));
}

void mutex_lock(struct mutex *mutex)
{
	shim_might_sleep("mutex_lock()");
	shim_check(!mutex->held || mutex->owner != current, "%s takes a mutex twice",
		   current->name);
	while (mutex->held)
		shim_wait(&mutex->wait, NEVER);
	mutex->held = true;
	mutex->owner = current;
}

void mutex_unlock(struct mutex *mutex)
{
	shim_check(mutex->held && mutex->owner == current,
		   "a mutex is given back that somebody else has");
	mutex->held = false;
	wake_up(&mutex->wait);
}

/* --- work ---------------------------------------------------------------------------------------- */


unsigned int shim_reclaim_works;

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max)
{
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_KERNEL);

	if (!wq)
		return NULL;
	wq->max = max;
	strscpy(wq->name, name, sizeof(wq->name));
	wq->flags = flags;
	return wq;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	const struct delayed_work *dw;

	for (dw = timers; dw; dw = dw->next)
		shim_check(dw->work.wq != wq, "a workqueue ends while something is to be queued later");
	shim_settle();
	kfree(wq);
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	struct work_struct **link;

	shim_check(work->func, "work without a function");
	if (work->pending)
		return false;
	if (wq)
		work->wq = wq;
	shim_reclaim_works += wq && wq->flags & WQ_MEM_RECLAIM;
	work->pending = true;
	work->next = NULL;
	for (link = &work_queue; *link; link = &(*link)->next)
		;
	*link = work;
	return true;
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw,
			unsigned long delay)
{
	if (dw->work.pending || dw->waiting)
		return false;
	if (!delay)
		return queue_work(wq, &dw->work);
	dw->waiting = true;
	dw->due_us = shim_deadline(delay);
	dw->work.wq = wq;
	dw->next = timers;
	timers = dw;
	return true;
}

static bool cancel_work(struct work_struct *work)
{
	struct work_struct **link;

	if (!work->pending)
		return false;
	for (link = &work_queue; *link != work; link = &(*link)->next)
		;
	*link = work->next;
	work->pending = false;
	return true;
}

static bool cancel_delayed_work(struct delayed_work *dw)
{
	struct delayed_work **link;

	if (!dw->waiting)
		return cancel_work(&dw->work);
	for (link = &timers; *link != dw; link = &(*link)->next)
		;
	*link = dw->next;
	dw->waiting = false;
	return true;
}

bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw,
		      unsigned long delay)
{
	bool was = cancel_delayed_work(dw);

	queue_delayed_work(wq, dw, delay);
	return was;
}

static void wait_for_work(struct work_struct *work)
{
	shim_might_sleep("a cancel");
	shim_check(current->work != work, "work waits for itself");
	while (work_runs(work))
		shim_wait(&work_ended, NEVER);
}

void flush_work(struct work_struct *work)
{
	shim_might_sleep("flush_work()");
	shim_check(current->work != work, "work waits for itself");
	while (work->pending || work_runs(work))
		shim_wait(&work_ended, NEVER);
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was = cancel_work(work);

	wait_for_work(work);
	return was;
}

void flush_delayed_work(struct delayed_work *dw)
{
	if (dw->waiting)
		mod_delayed_work(dw->work.wq, dw, 0);
	flush_work(&dw->work);
}

bool cancel_delayed_work_sync(struct delayed_work *dw)
{
	bool was = cancel_delayed_work(dw);

	wait_for_work(&dw->work);
	/* It may have queued itself again. */
	return cancel_delayed_work(dw) || was;
}

/* --- interrupts --------------------------------------------------------------------------------------- */

void shim_irq_raise(unsigned int vector)
{
	if (vector < SHIM_VECTORS)
		vectors[vector].raised = true;
}

void shim_irq_now(void)
{
	handle_irqs();
}

int shim_irq_request(unsigned int vector, irq_handler_t handler, irq_handler_t thread_fn,
		     void *data)
{
	struct vector *v = &vectors[vector];

	shim_check(vector < SHIM_VECTORS && !v->handler, "vector %u is requested twice", vector);
	*v = (struct vector) { .handler = handler, .thread_fn = thread_fn, .data = data };
	return 0;
}

static void wait_for_irq(struct vector *v)
{
	shim_might_sleep("waiting for an interrupt handler");
	shim_check(!v->in_thread || current->arg != v || current->fn != irq_thread,
		   "an interrupt's thread waits for itself");
	while (v->in_thread)
		shim_wait(&work_ended, NEVER);
}

void shim_irq_free(unsigned int vector, void *data)
{
	struct vector *v = &vectors[vector];

	shim_check(v->handler && v->data == data, "vector %u is freed but was not requested",
		   vector);
	v->handler = NULL;
	wait_for_irq(v);
	*v = (struct vector) { 0 };
}

unsigned int shim_irqs_requested(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < SHIM_VECTORS; i++)
		n += !!vectors[i].handler;
	return n;
}

void disable_irq(unsigned int irq)
{
	vectors[irq].disabled++;
	wait_for_irq(&vectors[irq]);
}

void synchronize_irq(unsigned int irq)
{
	wait_for_irq(&vectors[irq]);
}

void enable_irq(unsigned int irq)
{
	shim_check(vectors[irq].disabled, "interrupt %u is enabled twice", irq);
	vectors[irq].disabled--;
}

void irq_poll_init(struct irq_poll *iop, int weight, int (*poll)(struct irq_poll *, int))
{
	*iop = (struct irq_poll) { .weight = weight, .poll = poll };
}

void irq_poll_sched(struct irq_poll *iop)
{
	struct irq_poll **link;

	if (iop->scheduled || iop->disabled)
		return;
	iop->scheduled = true;
	iop->next = NULL;
	for (link = &softirqs; *link; link = &(*link)->next)
		;
	*link = iop;
}

void irq_poll_complete(struct irq_poll *iop)
{
	shim_check(iop->scheduled, "irq_poll_complete() without irq_poll_sched()");
	iop->scheduled = false;
}

void irq_poll_disable(struct irq_poll *iop)
{
	shim_might_sleep("irq_poll_disable()");
	iop->disabled = true;
	while (iop->scheduled)
		shim_yield();
}

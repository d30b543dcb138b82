/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Language, memory, lists, atomics, the log: what needs neither time nor device. */
#ifndef SHIM_BASE_H
#define SHIM_BASE_H

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/types.h>
#include <linux/netlink.h>

#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 1, 0)
#define KERNEL_VERSION(a, b, c)	((a) << 16 | (b) << 8 | (c))

/* --- failing ------------------------------------------------------------- */

/* Say what is wrong and abort(): for what no kernel survives. */
void shim_fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
#define shim_check(cond, ...) do { if (!(cond)) shim_fail(__VA_ARGS__); } while (0)
#define WARN_ON_ONCE(cond)	shim_check(!(cond), "%s: warning: " #cond, __func__)

/* --- language ------------------------------------------------------------ */

#define __init
#define __exit
#define __iomem
#define __user
#define __force
#define ____cacheline_aligned_in_smp
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define fallthrough		__attribute__((fallthrough))
#define likely(x)		(x)
#define unlikely(x)		(x)
#undef static_assert		/* assert.h's */
#define static_assert(cond, ...)	_Static_assert(cond, #cond)
#define BUILD_BUG_ON(cond)	_Static_assert(!(cond), #cond)
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val)	(*(volatile __typeof__(x) *)&(x) = (val))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#endif

#define shim_lesser(type, a, b)  \
	({ type a_ = (a); type b_ = (b); a_ < b_ ? a_ : b_; })
#define min(a, b)		shim_lesser(__typeof__(a), a, b)
#define max(a, b)	({ __typeof__(a) a_ = (a); __typeof__(a) b_ = (b); a_ > b_ ? a_ : b_; })
#define min3(a, b, c)		min(min(a, b), c)
#define min_not_zero(a, b)	({ __typeof__(a) x_ = (a), y_ = (b); \
				   x_ && (!y_ || x_ < y_) ? x_ : y_; })
#define min_t(type, a, b)	shim_lesser(type, a, b)
#define clamp_t(type, val, lo, hi) \
	({ type v_ = (val), lo_ = (lo), hi_ = (hi); v_ < lo_ ? lo_ : v_ > hi_ ? hi_ : v_; })
#define clamp(val, lo, hi)	clamp_t(__typeof__(val), val, lo, hi)
#define ALIGN(x, a)		(((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define BIT(n)			(1UL << (n))
#define U16_MAX			UINT16_MAX
#define U32_MAX			UINT32_MAX
#define SZ_4K			0x1000
#define SZ_256K			0x40000
#define SZ_1M			0x100000
#define SECTOR_SHIFT		9
#define lower_32_bits(n)	((u32)(n))
#define upper_32_bits(n)	((u32)((u64)(n) >> 32))

static inline bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : 1ul << (64 - __builtin_clzl(n - 1));
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the shim's byte order");
#define cpu_to_le16(x)	((__le16)(x))
#define le16_to_cpup(p)		le16_to_cpu(*(p))
#define le32_to_cpup(p)		le32_to_cpu(*(p))
#define cpu_to_le32(x)	((__le32)(x))
#define cpu_to_le64(x)	((__le64)(x))
#define le16_to_cpu(x)	((u16)(x))
#define le32_to_cpu(x)	((u32)(x))
#define le64_to_cpu(x)	((u64)(x))
#define be32_to_cpu(x)	__builtin_bswap32(x)
#define cpu_to_be32(x)	__builtin_bswap32(x)

#define ERR_PTR(err)	((void *)(long)(err))
#define PTR_ERR(ptr)	((long)(ptr))
#define IS_ERR(ptr)	((unsigned long)(ptr) >= (unsigned long)-4095)

/* --- modules ------------------------------------------------------------- */

#define KBUILD_MODNAME	"ohba"
#define THIS_MODULE	NULL
struct module;
/* What keeps the modules from being unloaded. */
extern int shim_module_refs;
/* They are being unloaded: nobody gets one of those any more. */
extern bool shim_modules_going;
#define try_module_get(module)	(!shim_modules_going && (__module_get(module), true))
#define __module_get(module)	((void)(module), shim_module_refs++)
#define module_put(module)	((void)(module), shim_module_refs--)
#define EXPORT_SYMBOL_GPL(name)
#define MODULE_DESCRIPTION(text)
#define MODULE_LICENSE(text)
#define MODULE_PARM_DESC(name, text)
#define MODULE_DEVICE_TABLE(bus, table)
/* Those of both modules, each by the name of its function or variable. */
#define module_init(fn)	int shim_##fn(void); int shim_##fn(void) { return fn(); }
#define module_exit(fn)	void shim_##fn(void); void shim_##fn(void) { fn(); }
#define module_param(name, type, mode) \
	__typeof__(name) *shim_param_##name(void); \
	__typeof__(name) *shim_param_##name(void) { return &name; }

/* One that checks what it is set to. */
struct kernel_param {
	void *arg;
};

struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *kp);
	int (*get)(char *buf, const struct kernel_param *kp);
};

int param_get_int(char *buf, const struct kernel_param *kp);
#define module_param_cb(name, ops, var, mode) \
	__typeof__(var) shim_param_##name(void); \
	__typeof__(var) shim_param_##name(void) { return var; } \
	int shim_set_param_##name(const char *text); \
	int shim_set_param_##name(const char *text) \
	{ \
		const struct kernel_param kp = { .arg = var }; \
		return (ops)->set(text, &kp); \
	} \
	struct shim_semicolon
#define __MODULE_PARM_TYPE(name, type)	struct shim_semicolon

/* --- barriers, which are where a device may get in between ---------------- */

/* Called at each barrier, if set: the device changes memory under the driver. */
extern void (*shim_race)(void);
#define barrier()	do { if (shim_race) shim_race(); } while (0)
#define mb()		barrier()
#define dma_rmb()	barrier()
#define dma_wmb()	barrier()
#define smp_wmb()	barrier()
#define smp_mb__after_atomic()	do { } while (0)
#define smp_load_acquire(p)	READ_ONCE(*(p))
#define smp_store_release(p, v)	WRITE_ONCE(*(p), v)

/* --- atomics: there is one thread ----------------------------------------- */

typedef struct { int counter; } atomic_t;
typedef struct { int refs; } refcount_t;
#define atomic_read(a)			READ_ONCE((a)->counter)
#define atomic_read_acquire(a)		atomic_read(a)
#define atomic_set(a, v)		((a)->counter = (v))
#define atomic_set_release(a, v)	atomic_set(a, v)
#define atomic_inc(a)			((a)->counter++)
#define atomic_dec(a)			((a)->counter--)
#define atomic_dec_return_release(a)	({ barrier(); --(a)->counter; })
#define cmpxchg(p, old, new) \
	({ __typeof__(*(p)) was_ = *(p); if (was_ == (old)) *(p) = (new); was_; })
#define atomic_cmpxchg(a, old, new)	cmpxchg(&(a)->counter, old, new)
#define atomic_cmpxchg_release(a, old, new)	atomic_cmpxchg(a, old, new)

void refcount_inc(refcount_t *ref);
bool refcount_dec_and_test(refcount_t *ref);

struct kref { refcount_t refcount; };
static inline void kref_init(struct kref *kref)
{
	kref->refcount.refs = 1;
}

static inline void kref_get(struct kref *kref)
{
	refcount_inc(&kref->refcount);
}

static inline int kref_put(struct kref *kref, void (*release)(struct kref *))
{
	if (!refcount_dec_and_test(&kref->refcount))
		return 0;
	release(kref);
	return 1;
}

/* --- lists ----------------------------------------------------------------- */

struct list_head { struct list_head *next, *prev; };
#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)
#define INIT_LIST_HEAD(h)	((h)->next = (h)->prev = (h))
#define list_empty(h)		((h)->next == (h))
#define list_entry(p, type, member)	container_of(p, type, member)
#define list_first_entry_or_null(h, type, member) \
	(list_empty(h) ? NULL : list_entry((h)->next, type, member))

#define list_first_entry(h, type, member)	list_entry((h)->next, type, member)

#define list_for_each_entry(pos, head, member)				\
	for (pos = list_entry((head)->next, __typeof__(*pos), member);	\
	     &pos->member != (head);					\
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

#define list_for_each_entry_safe(pos, n, head, member)			\
	for (pos = list_entry((head)->next, __typeof__(*pos), member),	\
	     n = list_entry(pos->member.next, __typeof__(*n), member);	\
	     &pos->member != (head);					\
	     pos = n, n = list_entry(n->member.next, __typeof__(*n), member))

struct hlist_node { struct hlist_node *next, **pprev; };
struct hlist_head { struct hlist_node *first; };
#define hlist_entry_safe(p, type, member) \
	({ __typeof__(p) p_ = (p); p_ ? container_of(p_, type, member) : NULL; })
#define hlist_for_each_entry(pos, head, member)					\
	for (pos = hlist_entry_safe((head)->first, __typeof__(*pos), member); pos;	\
	     pos = hlist_entry_safe(pos->member.next, __typeof__(*pos), member))

void hlist_add_head(struct hlist_node *entry, struct hlist_head *head);
void hlist_del(struct hlist_node *entry);
void list_add_tail(struct list_head *entry, struct list_head *head);
void list_del(struct list_head *entry);
void list_del_init(struct list_head *entry);
void list_splice_init(struct list_head *from, struct list_head *to);

u32 jhash(const void *key, u32 len, u32 seed);

/* Comparisons of memory and of text. */
extern unsigned long shim_compares;
#define memcmp(a, b, len)	(shim_compares++, memcmp(a, b, len))

/* --- bits ------------------------------------------------------------------ */

unsigned long *bitmap_zalloc(unsigned int n, gfp_t gfp);
void bitmap_free(const unsigned long *map);
unsigned long find_next_zero_bit(const unsigned long *map, unsigned long n, unsigned long from);
/* Bits that it looked at. */
extern unsigned long shim_bits;
#define find_first_zero_bit(map, n)	find_next_zero_bit(map, n, 0)
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, 64)
unsigned long find_first_bit(const unsigned long *map, unsigned long n);
#define bitmap_empty(map, n)	(find_first_bit(map, n) >= (n))
void bitmap_fill(unsigned long *map, unsigned long n);
void __set_bit(unsigned long n, unsigned long *map);
void __clear_bit(unsigned long n, unsigned long *map);
#define set_bit(n, map)		__set_bit(n, map)
#define clear_bit(n, map)	__clear_bit(n, map)
#define test_bit(n, map)	(!!((map)[(n) / 64] & 1ul << (n) % 64))
#define for_each_set_bit(n, map, len) \
	for ((n) = 0; (n) < (len); (n)++) if (test_bit(n, map))

/* --- memory ------------------------------------------------------------------ */

#define GFP_KERNEL	1u	/* may sleep, as may: */
#define GFP_NOIO	2u
#define GFP_NOWAIT	0u
#define GFP_ATOMIC	0u
#define __GFP_NORETRY	4u	/* fails; else small pieces are waited for, for ever */
#define __GFP_NOWARN	8u
#define shim_gfp_sleeps(gfp)	((gfp) & (GFP_KERNEL | GFP_NOIO))
#define shim_gfp_insists(gfp)	(shim_gfp_sleeps(gfp) && !((gfp) & __GFP_NORETRY))

/* The allocation, counted from 1, that fails; 0 for none. How many there were. */
extern unsigned int shim_alloc_fails, shim_allocs;
/* All fail, other than those that a reserve serves. */
extern bool shim_no_memory;
bool shim_alloc_allowed(gfp_t gfp);
/* Told of an allocation that may sleep: what goes on meanwhile. */
extern void (*shim_alloc_waits)(void);
/* Pieces of memory that nobody has freed. */
extern unsigned int shim_kmem_live;

void *kzalloc(size_t len, gfp_t gfp);
void *kcalloc(size_t n, size_t len, gfp_t gfp);
void *kmemdup(const void *from, size_t len, gfp_t gfp);
char *kstrdup(const char *from, gfp_t gfp);
void kfree(const void *mem);
#define kmalloc(len, gfp)	kzalloc(len, gfp)
#define dev_to_node(dev)	((void)(dev), 0)
#define kzalloc_node(len, gfp, node)	((void)(node), kzalloc(len, gfp))
#define kcalloc_node(n, len, gfp, node)	((void)(node), kcalloc(n, len, gfp))
#define kvzalloc_node(len, gfp, node)	((void)(node), kzalloc(len, gfp))
#define array_size(n, len)	((n) * (len))
#define kvcalloc(n, len, gfp)	kcalloc(n, len, gfp)
#define kvzalloc(len, gfp)	kzalloc(len, gfp)
#define kvfree(mem)		kfree(mem)
#define memalloc_noio_save()		(shim_noio++, 0u)
#define memalloc_noio_restore(flags)	((void)(flags), (void)shim_noio--)
#define memalloc_noreclaim_save()	(shim_noreclaim++, 0u)
#define memalloc_noreclaim_restore(flags)	((void)(flags), (void)shim_noreclaim--)
/* How many may not wait for I/O now, whatever they say. */
extern unsigned int shim_noio, shim_noreclaim;
/* No memory that is freed may hold it; NULL: nothing is secret. */
extern const char *shim_secret;
void memzero_explicit(void *mem, size_t len);
/* Called, unless it is NULL, by who wipes memory. */
extern void (*shim_wiped)(size_t len);
void kfree_sensitive(const void *mem);

/* A reserve: touched only when there is no other memory. */
typedef struct mempool {
	unsigned int kept, have;
	void *(*alloc)(gfp_t gfp, void *priv);
	void (*free)(void *element, void *priv);
	void *priv;
	void *elements[];
} mempool_t;
mempool_t *mempool_create(int kept, void *(*alloc)(gfp_t gfp, void *priv),
			  void (*free_fn)(void *element, void *priv), void *priv);
void mempool_destroy(mempool_t *pool);
void *mempool_alloc(mempool_t *pool, gfp_t gfp);
void mempool_free(void *element, mempool_t *pool);

/* The first byte that is not @c, or NULL. */
void *memchr_inv(const void *mem, int c, size_t len);

char *kasprintf(gfp_t gfp, const char *fmt, ...) __printf(2, 3);

/* --- text and the log ------------------------------------------------------ */

int scnprintf(char *buf, size_t len, const char *fmt, ...) __printf(3, 4);
/* Knows %pI4, %pI6, %pI6c and %*phN, and only as what @fmt begins with. */
int sysfs_emit(char *buf, const char *fmt, ...) __printf(2, 3);
int sysfs_emit_at(char *buf, int at, const char *fmt, ...) __printf(3, 4);
int kstrtouint(const char *text, unsigned int base, unsigned int *val);
int kstrtoint(const char *text, unsigned int base, int *val);
ssize_t strscpy(char *to, const char *from, size_t len);

/* One line. With OHBA_TRACE=1 it is also printed. */
void shim_log(const char *level, const char *fmt, ...) __printf(2, 3);
/* How many lines since shim_log_clear() hold @text. */
unsigned int shim_logged(const char *text);
void shim_log_clear(void);

#define dev_err(dev, ...)	((void)(dev), shim_log("err", __VA_ARGS__))
#define dev_warn(dev, ...)	((void)(dev), shim_log("warn", __VA_ARGS__))
#define dev_notice(dev, ...)	((void)(dev), shim_log("notice", __VA_ARGS__))
#define dev_info(dev, ...)	((void)(dev), shim_log("info", __VA_ARGS__))
/* Who runs. */
struct task_struct {
	char comm[16];
	int pid;
};
extern struct task_struct shim_task;
#define current			(&shim_task)
#define task_pid_nr(task)	((task)->pid)

/* Whether the log has no room for what is limited by __ratelimit(). */
extern bool shim_log_full;

#define DEFAULT_RATELIMIT_INTERVAL	5
#define DEFAULT_RATELIMIT_BURST		10
#define DEFINE_RATELIMIT_STATE(name, interval, burst) \
	const int name = (interval) * (burst)
#define __ratelimit(state)	((void)(state), !shim_log_full)

#define dev_info_ratelimited	dev_info
#define dev_err_ratelimited	dev_err
#define dev_warn_ratelimited	dev_warn
#define dev_notice_ratelimited	dev_notice
#define pr_err(...)		shim_log("err", __VA_ARGS__)
#define pr_warn(...)		shim_log("warn", __VA_ARGS__)
#define pr_warn_ratelimited	pr_warn

/* --- tracepoints: what they are given is evaluated; steps are told --------- */

/* Each that the tracepoint ohba_state tells; NULL: nobody listens. */
extern void (*shim_on_step)(const char *object, u32 id, const char *from, const char *event,
			    const char *to);
void shim_trace(const char *name, ...);

#define TP_PROTO(...)	__VA_ARGS__
#define TP_ARGS(...)	__VA_ARGS__
#define TRACE_EVENT(name, proto, args, ...) \
	static inline void trace_##name(proto) { shim_trace(#name, args); }
#define DECLARE_EVENT_CLASS(name, ...)
#define DEFINE_EVENT(class, name, proto, ...)	static inline void trace_##name(proto) { }

#endif /* SHIM_BASE_H */

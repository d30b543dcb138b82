// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory, lists, bits, text, the log (base.h). */
#define _GNU_SOURCE		/* memmem() */
#include "shim.h"

#include <arpa/inet.h>
#include <malloc.h>

#define LOG_MAX	(64u << 10)

void (*shim_race)(void);

void shim_fail(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "driver: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

/* --- reference counts and lists ----------------------------------------- */

void refcount_inc(refcount_t *ref)
{
	shim_check(ref->refs > 0, "a reference is taken to what has none");
	ref->refs++;
}

bool refcount_dec_and_test(refcount_t *ref)
{
	shim_check(ref->refs > 0, "a reference is dropped that nobody has");
	return !--ref->refs;
}

void list_add_tail(struct list_head *entry, struct list_head *head)
{
	shim_check(head->prev->next == head, "a list is corrupt");
	entry->prev = head->prev;
	entry->next = head;
	head->prev->next = entry;
	head->prev = entry;
}

void list_del(struct list_head *entry)
{
	shim_check(entry->next, "a list entry is deleted twice");
	shim_check(entry->prev->next == entry && entry->next->prev == entry, "a list is corrupt");
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->next = entry->prev = NULL;
}

void list_del_init(struct list_head *entry)
{
	if (!list_empty(entry))
		list_del(entry);
	INIT_LIST_HEAD(entry);
}

void list_splice_init(struct list_head *from, struct list_head *to)
{
	struct list_head *entry;

	while (!list_empty(from)) {
		entry = from->prev;
		list_del(entry);
		entry->prev = to;
		entry->next = to->next;
		to->next->prev = entry;
		to->next = entry;
	}
}

void hlist_add_head(struct hlist_node *entry, struct hlist_head *head)
{
	entry->next = head->first;
	if (head->first)
		head->first->pprev = &entry->next;
	head->first = entry;
	entry->pprev = &head->first;
}

/* What it pointed to is not to be followed any more. */
void hlist_del(struct hlist_node *entry)
{
	*entry->pprev = entry->next;
	if (entry->next)
		entry->next->pprev = entry->pprev;
	entry->next = (void *)0xdead0001;
	entry->pprev = (void *)0xdead0002;
}

unsigned long shim_compares;

/* Any that spreads: here FNV-1a. */
u32 jhash(const void *key, u32 len, u32 seed)
{
	const u8 *byte = key;
	u32 hash = 2166136261u ^ seed;

	while (len--)
		hash = (hash ^ *byte++) * 16777619u;
	return hash ^ hash >> 15;
}

/* --- bits ------------------------------------------------------------------ */

unsigned long *bitmap_zalloc(unsigned int n, gfp_t gfp)
{
	return kcalloc(DIV_ROUND_UP(n, 64), sizeof(unsigned long), gfp);
}

void bitmap_free(const unsigned long *map)
{
	kfree(map);
}

unsigned long shim_bits;

unsigned long find_next_zero_bit(const unsigned long *map, unsigned long n, unsigned long from)
{
	for (; from < n; from++) {
		shim_bits++;
		if (!(map[from / 64] >> from % 64 & 1))
			break;
	}
	return min(from, n);
}

unsigned long find_first_bit(const unsigned long *map, unsigned long n)
{
	unsigned long i;

	for (i = 0; i < n && !(map[i / 64] >> i % 64 & 1); i++)
		;
	return i;
}

void bitmap_fill(unsigned long *map, unsigned long n)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		__set_bit(i, map);
}

void __set_bit(unsigned long n, unsigned long *map)
{
	map[n / 64] |= 1ul << n % 64;
}

void __clear_bit(unsigned long n, unsigned long *map)
{
	map[n / 64] &= ~(1ul << n % 64);
}

/* --- memory ------------------------------------------------------------------ */

unsigned int shim_alloc_fails, shim_allocs, shim_kmem_live, shim_noio, shim_noreclaim;
const char *shim_secret;
bool shim_no_memory;
void (*shim_wiped)(size_t len);
void (*shim_alloc_waits)(void);

bool shim_alloc_allowed(gfp_t gfp)
{
	if (shim_gfp_sleeps(gfp))
		shim_might_sleep("an allocation");
	shim_check(!shim_gfp_sleeps(gfp) || !shim_in_irq_thread(),
		   "a thread waits for memory that whoever stops its device waits for");
	if (shim_alloc_waits && shim_gfp_sleeps(gfp))
		shim_alloc_waits();
	return ++shim_allocs != shim_alloc_fails && !shim_no_memory;
}

void *kcalloc(size_t n, size_t len, gfp_t gfp)
{
	void *mem = shim_alloc_allowed(gfp) ? calloc(n, len) : NULL;

	shim_kmem_live += !!mem;
	return mem;
}

void *kzalloc(size_t len, gfp_t gfp)
{
	return kcalloc(1, len, gfp);
}

void *kmemdup(const void *from, size_t len, gfp_t gfp)
{
	void *mem = kzalloc(len, gfp);

	return mem ? memcpy(mem, from, len) : NULL;
}

char *kstrdup(const char *from, gfp_t gfp)
{
	return kmemdup(from, strlen(from) + 1, gfp);
}

void kfree(const void *mem)
{
	shim_check(!mem || !shim_secret || !memmem(mem, malloc_usable_size((void *)mem),
						   shim_secret, strlen(shim_secret)),
		   "a secret is left in memory that is freed");
	shim_kmem_live -= !!mem;
	free((void *)mem);
}

void memzero_explicit(void *mem, size_t len)
{
	memset(mem, 0, len);
	if (shim_wiped)
		shim_wiped(len);
}

void kfree_sensitive(const void *mem)
{
	if (mem)
		memset((void *)mem, 0, malloc_usable_size((void *)mem));
	kfree(mem);
}

void *memchr_inv(const void *mem, int c, size_t len)
{
	const u8 *p = mem;

	for (; len; p++, len--)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

/* --- a reserve ------------------------------------------------------------------ */

mempool_t *mempool_create(int kept, void *(*alloc)(gfp_t gfp, void *priv),
			  void (*free_fn)(void *element, void *priv), void *priv)
{
	mempool_t *pool = kzalloc(sizeof(*pool) + kept * sizeof(pool->elements[0]), GFP_KERNEL);

	if (!pool)
		return NULL;
	*pool = (mempool_t) { .kept = kept, .alloc = alloc, .free = free_fn, .priv = priv };
	while (pool->have < pool->kept) {
		pool->elements[pool->have] = alloc(GFP_KERNEL, priv);
		if (!pool->elements[pool->have]) {
			mempool_destroy(pool);
			return NULL;
		}
		pool->have++;
	}
	return pool;
}

void mempool_destroy(mempool_t *pool)
{
	if (!pool)
		return;
	while (pool->have)
		pool->free(pool->elements[--pool->have], pool->priv);
	kfree(pool);
}

/* Does not wait for one that is given back: the driver asks for that nowhere. */
void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	void *element = pool->alloc(gfp, pool->priv);

	shim_check(gfp == GFP_NOWAIT, "a reserve is waited for");
	return element || !pool->have ? element : pool->elements[--pool->have];
}

void mempool_free(void *element, mempool_t *pool)
{
	if (pool->have < pool->kept)
		pool->elements[pool->have++] = element;
	else
		pool->free(element, pool->priv);
}

/* --- text --------------------------------------------------------------------- */

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	char *text = kzalloc(256, gfp);
	va_list args;

	va_start(args, fmt);
	if (text)
		vsnprintf(text, 256, fmt, args);
	va_end(args);
	return text;
}

static int vscnprintf(char *buf, size_t len, const char *fmt, va_list args)
{
	int n = vsnprintf(buf, len, fmt, args);

	return (size_t)n < len ? n : (int)len - 1;
}

int scnprintf(char *buf, size_t len, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, len, fmt, args);
	va_end(args);
	return n;
}

/* What the kernel's printf knows and ours does not, at the beginning alone. */
static int emit(char *buf, int room, const char *fmt, va_list args)
{
	int n = 0;

	if (!strncmp(fmt, "%pI", 3)) {
		int family = fmt[3] == '6' ? AF_INET6 : AF_INET;

		inet_ntop(family, va_arg(args, const void *), buf, INET6_ADDRSTRLEN);
		n = strlen(buf);
		fmt += fmt[4] == 'c' ? 5 : 4;
	} else if (!strncmp(fmt, "%*phN", 5)) {
		int len = va_arg(args, int);
		const u8 *mem = va_arg(args, const u8 *);

		for (; len--; mem++)
			n += sprintf(buf + n, "%02x", *mem);
		fmt += 5;
	}
	return n + vscnprintf(buf + n, room - n, fmt, args);
}

int sysfs_emit_at(char *buf, int at, const char *fmt, ...)
{
	va_list args;
	int n;

	shim_check(at >= 0 && at < 4096, "sysfs_emit_at() is not in the page");
	va_start(args, fmt);
	n = emit(buf + at, 4096 - at, fmt, args);
	va_end(args);
	return n;
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = emit(buf, 4096, fmt, args);
	va_end(args);
	return n;
}

int param_get_int(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", *(int *)kp->arg);
}

int kstrtouint(const char *text, unsigned int base, unsigned int *val)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, base);
	if (end == text || *end)
		return -EINVAL;
	if (errno || n > UINT_MAX)
		return -ERANGE;
	*val = n;
	return 0;
}

int kstrtoint(const char *text, unsigned int base, int *val)
{
	bool minus = *text == '-';
	unsigned int n;
	int err = kstrtouint(text + minus, base, &n);

	if (err || n > INT_MAX)
		return err ? err : -ERANGE;
	*val = minus ? -(int)n : (int)n;
	return 0;
}

int shim_module_refs;
bool shim_modules_going;

ssize_t strscpy(char *to, const char *from, size_t len)
{
	size_t n = strnlen(from, len - 1);

	memcpy(to, from, n);
	to[n] = '\0';
	return from[n] ? -E2BIG : (ssize_t)n;
}

/* --- the log --------------------------------------------------------------------- */

static char log_text[LOG_MAX];
static size_t log_len;

bool shim_log_full;
struct task_struct shim_task = { "iscsiadm", 4711 };

void shim_log_clear(void)
{
	shim_log_full = false;
	log_len = 0;
	log_text[0] = '\0';
}

void shim_log(const char *level, const char *fmt, ...)
{
	va_list args;
	char line[1024];

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (getenv("OHBA_TRACE"))
		fprintf(stderr, "%s: %s", level, line);
	shim_check(strchr(line, '\n'), "a line of the log does not end: %s", line);
	/* The newest matter: a full log starts again. */
	if (log_len + strlen(line) + 1 > sizeof(log_text))
		shim_log_clear();
	log_len += sprintf(log_text + log_len, "%s", line);
}

unsigned int shim_logged(const char *text)
{
	const char *line, *end;
	unsigned int n = 0;

	for (line = log_text; (line = strstr(line, text)); n++) {
		end = strchr(line, '\n');
		line = end + 1;
	}
	return n;
}

/* --- tracepoints --------------------------------------------------------- */

void (*shim_on_step)(const char *object, u32 id, const char *from, const char *event,
		     const char *to);

void shim_trace(const char *name, ...)
{
	const char *object, *from, *event, *to;
	va_list args;
	u32 id;

	if (!shim_on_step || strcmp(name, "ohba_state"))
		return;
	va_start(args, name);
	(void)va_arg(args, const struct device *);
	object = va_arg(args, const char *);
	id = va_arg(args, u32);
	from = va_arg(args, const char *);
	event = va_arg(args, const char *);
	to = va_arg(args, const char *);
	va_end(args);
	shim_on_step(object, id, from, event, to);
}

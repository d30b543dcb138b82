// SPDX-License-Identifier: GPL-2.0-or-later
/* Scatter-gather lists: the parser and the mapper, against a model. */
#include "host.h"
#include "fw_limits.h"
#include "sgl.h"

#define DATA(a, l)	{ .addr = htole64(a), .len = htole32(l) }
#define LIST(a, n)	{ .addr = htole64(a), .len = htole32((n) * 16), .type = htole32(OHBA_SGE_LIST) }

static struct ohba_seg segs[OHBA_FW_MAX_SGE];

static int setup(void **state)
{
	*state = host_new_ready();
	return 0;
}

static int teardown(void **state)
{
	host_free(*state);
	return 0;
}

static enum ohba_status parse(struct host *host, struct ohba_sgl *sgl, const struct ohba_sqe *sqe)
{
	*sgl = (struct ohba_sgl){ .seg = segs, .max = OHBA_FW_MAX_SGE };
	return ohba_sgl_parse(host->fw, sgl, sqe);
}

static void expect_parse(struct host *host, const struct ohba_sqe *sqe, uint16_t status,
			 const char *what)
{
	struct ohba_sgl sgl;
	enum ohba_status got = parse(host, &sgl, sqe);

	if (got != status)
		fail_msg("%s: %s, expected %s", what, status_name(got), status_name(status));
	if (!status)
		assert_int_equal(sgl.len, le32toh(sqe->data_len));
}

static void inline_elements(void **state)
{
	const struct {
		const char *what;
		uint32_t data_len;
		uint8_t nsge;
		struct ohba_sge sge[4];
		uint16_t status;
	} row[] = {
		{ "none", 0, 0, { { 0 } }, OHBA_ST_SUCCESS },
		{ "no bytes wanted", 0, 1, { DATA(RAM_BASE, 8) }, OHBA_ST_SUCCESS },
		{ "exact", 8, 1, { DATA(RAM_BASE, 8) }, OHBA_ST_SUCCESS },
		{ "beyond is ignored", 8, 1, { DATA(RAM_BASE, 80) }, OHBA_ST_SUCCESS },
		{ "four", 10, 4, { DATA(1, 1), DATA(2, 2), DATA(3, 3), DATA(4, 4) }, OHBA_ST_SUCCESS },
		{ "short by one", 11, 4, { DATA(1, 1), DATA(2, 2), DATA(3, 3), DATA(4, 4) },
		  OHBA_ST_INVALID_SGL },
		{ "none for some", 1, 0, { { 0 } }, OHBA_ST_INVALID_SGL },
		{ "zero length", 8, 2, { DATA(RAM_BASE, 0), DATA(RAM_BASE, 8) }, OHBA_ST_INVALID_SGL },
		{ "longest", 8, 1, { DATA(0, 0x7fffffff) }, OHBA_ST_SUCCESS },
		{ "too long", 8, 1, { DATA(0, 0x80000000) }, OHBA_ST_INVALID_SGL },
		{ "all ones", 8, 1, { DATA(0, 0xffffffff) }, OHBA_ST_INVALID_SGL },
		{ "address wraps", 8, 1, { DATA(~3ull, 8) }, OHBA_ST_INVALID_SGL },
		{ "last byte of all", 4, 1, { DATA(~3ull, 4) }, OHBA_ST_SUCCESS },
		{ "five inline", 5, 5, { DATA(1, 1), DATA(2, 1), DATA(3, 1), DATA(4, 1) },
		  OHBA_ST_INVALID_SGL },
		{ "unknown type", 8, 1, { { .addr = 0, .len = htole32(8), .type = htole32(2) } },
		  OHBA_ST_INVALID_SGL },
		{ "type with high bits", 8, 1,
		  { { .len = htole32(8), .type = htole32(0x10000) } }, OHBA_ST_INVALID_SGL },
		{ "list not last", 8, 2, { LIST(RAM_BASE, 1), DATA(1, 1) }, OHBA_ST_INVALID_SGL },
		{ "list of none", 8, 1, { LIST(RAM_BASE, 0) }, OHBA_ST_INVALID_SGL },
		{ "list too long", 8, 1, { LIST(RAM_BASE, 257) }, OHBA_ST_INVALID_SGL },
		{ "list misaligned", 8, 1, { LIST(RAM_BASE + 8, 1) }, OHBA_ST_INVALID_SGL },
		{ "list of a part", 8, 1, { { .addr = htole64(RAM_BASE), .len = htole32(24),
		  .type = htole32(OHBA_SGE_LIST) } }, OHBA_ST_INVALID_SGL },
		{ "list wraps", 8, 1, { LIST(~15ull, 2) }, OHBA_ST_INVALID_SGL },
		{ "list not RAM", 8, 1, { LIST(0x1000, 1) }, OHBA_ST_DMA_FAULT },
	};
	struct host *host = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_sqe sqe = { .nsge = row[i].nsge, .data_len = htole32(row[i].data_len) };

		memcpy(sqe.sge, row[i].sge, sizeof(sqe.sge));
		expect_parse(host, &sqe, row[i].status, row[i].what);
	}
}

static struct ohba_sge *alloc_list(struct host *host, uint32_t n, uint64_t *addr)
{
	*addr = mem_alloc(host->mem, n * sizeof(struct ohba_sge), MEM_OUT);
	return mem_ptr(host->mem, *addr);
}

static struct ohba_sqe list_sqe(uint64_t addr, uint32_t n, uint32_t len)
{
	struct ohba_sqe sqe = { .nsge = 1, .data_len = htole32(len), .sge = { LIST(addr, n) } };

	return sqe;
}

static void lists(void **state)
{
	struct host *host = *state;
	struct ohba_sge *list, *next;
	struct ohba_sqe sqe;
	uint64_t addr, addr2;
	uint32_t i;

	list = alloc_list(host, 256, &addr);
	for (i = 0; i < 256; i++)
		list[i] = (struct ohba_sge)DATA(0x1000 + i, 4);
	sqe = list_sqe(addr, 256, 1024);
	expect_parse(host, &sqe, OHBA_ST_SUCCESS, "256 elements");
	sqe = list_sqe(addr, 256, 1025);
	expect_parse(host, &sqe, OHBA_ST_INVALID_SGL, "one byte more");
	next = alloc_list(host, 2, &addr2);
	next[0] = (struct ohba_sge)DATA(0x77, 1);
	list[255] = (struct ohba_sge)LIST(addr2, 1);
	sqe = list_sqe(addr, 256, 255 * 4 + 1);
	expect_parse(host, &sqe, OHBA_ST_SUCCESS, "chain");
	list[254] = (struct ohba_sge)LIST(addr2, 1);
	expect_parse(host, &sqe, OHBA_ST_INVALID_SGL, "LIST not last in a list");
	/* What is beyond data_len is not looked at. */
	list[3].type = htole32(77);
	sqe = list_sqe(addr, 256, 12);
	expect_parse(host, &sqe, OHBA_ST_SUCCESS, "bad element beyond");
}

static void loops_end(void **state)
{
	struct host *host = *state;
	struct ohba_sge *a, *b;
	uint64_t addr_a, addr_b;
	struct ohba_sqe sqe;

	a = alloc_list(host, 2, &addr_a);
	b = alloc_list(host, 2, &addr_b);
	a[0] = (struct ohba_sge)LIST(addr_a, 1);	/* itself */
	sqe = list_sqe(addr_a, 1, 8 << 20);
	expect_parse(host, &sqe, OHBA_ST_INVALID_SGL, "list of itself");
	a[0] = (struct ohba_sge)DATA(0x1000, 1);	/* two that name each other */
	a[1] = (struct ohba_sge)LIST(addr_b, 2);
	b[0] = (struct ohba_sge)DATA(0x1000, 1);
	b[1] = (struct ohba_sge)LIST(addr_a, 2);
	sqe = list_sqe(addr_a, 2, 8 << 20);
	expect_parse(host, &sqe, OHBA_ST_INVALID_SGL, "a ring of lists");
}

static void most_elements(void **state)
{
	struct host *host = *state;
	uint32_t lists = OHBA_FW_MAX_SGE / 255 + 1, left = OHBA_FW_MAX_SGE + 1, n, i, j;
	struct ohba_sge *list[16];
	uint64_t addr[16];
	struct ohba_sqe sqe;

	assert_true(lists <= 16);
	for (i = 0; i < lists; i++)
		list[i] = alloc_list(host, 256, &addr[i]);
	for (i = 0; i < lists; i++) {
		n = MIN(left, 255);
		for (j = 0; j < n; j++)
			list[i][j] = (struct ohba_sge)DATA(0x1000, 1);
		left -= n;
		if (i + 1 < lists)
			list[i][255] = (struct ohba_sge)LIST(addr[i + 1], 256);
	}
	sqe = list_sqe(addr[0], 256, OHBA_FW_MAX_SGE);
	expect_parse(host, &sqe, OHBA_ST_SUCCESS, "max_sge");
	sqe = list_sqe(addr[0], 256, OHBA_FW_MAX_SGE + 1);
	expect_parse(host, &sqe, OHBA_ST_INVALID_SGL, "max_sge + 1");
}

/* --- random layouts against a flat model ------------------------------------ */

#define ARENA	40000

struct model {
	uint64_t arena;
	uint32_t at[ARENA];	/* offset in the arena of each byte of the buffer */
	uint32_t len;
};

/* Random pieces that do not overlap: the arena in a random rotation of runs. */
static uint32_t make_pieces(struct prng *prng, struct model *model, struct ohba_sge *sge,
			    uint32_t max)
{
	uint32_t n = 1 + prng_below(prng, max), pos = 0, i, j;

	model->len = 0;
	for (i = 0; i < n; i++) {
		uint32_t len = 1 + prng_below(prng, prng_below(prng, 2) ? 5 : 300);

		pos += prng_below(prng, 9);
		if (pos + len > ARENA)
			break;
		sge[i] = (struct ohba_sge)DATA(model->arena + pos, len);
		for (j = 0; j < len; j++)
			model->at[model->len++] = pos + j;
		pos += len;
	}
	return i;
}

/* Spread @n elements over the entry and a chain of lists. */
static struct ohba_sqe chain(struct host *host, struct prng *prng, const struct ohba_sge *sge,
			     uint32_t n)
{
	uint32_t keep = n <= OHBA_SGE_INLINE ? n : prng_below(prng, OHBA_SGE_INLINE);
	struct ohba_sqe sqe = { .nsge = keep + (keep < n) };
	struct ohba_sge *link = &sqe.sge[keep], *list;
	uint64_t addr;

	memcpy(sqe.sge, sge, keep * sizeof(*sge));
	while (keep < n) {
		uint32_t take = 1 + prng_below(prng, MIN(n - keep, 20));
		uint32_t entries = take + (keep + take < n);

		list = alloc_list(host, entries, &addr);
		*link = (struct ohba_sge)LIST(addr, entries);
		memcpy(list, &sge[keep], take * sizeof(*sge));
		link = &list[take];
		keep += take;
	}
	return sqe;
}

static void check_map(struct host *host, struct prng *prng, struct ohba_sgl *sgl,
		      struct model *model, bool write)
{
	uint32_t off = prng_below(prng, sgl->len), len = 1 + prng_below(prng, sgl->len - off), i;
	uint8_t *arena = mem_ptr(host->mem, model->arena);
	uint32_t pos = 0, done;
	struct ohba_map map;

	assert_int_equal(ohba_sgl_map(host->fw, sgl, off, len, write, &map), OHBA_ST_SUCCESS);
	assert_in_range(map.len, 1, len);
	assert_true(map.len == len || map.n == OHBA_MAP_MAX);
	for (i = 0; i < (uint32_t)map.n; i++) {
		uint8_t *byte = map.iov[i].iov_base;
		uint32_t j;

		for (j = 0; j < map.iov[i].iov_len; j++, pos++) {
			if (write)
				byte[j] = prng_next(prng), arena[model->at[off + pos]] = ~byte[j];
			else
				assert_int_equal(byte[j], arena[model->at[off + pos]]);
		}
	}
	assert_int_equal(pos, map.len);
	done = write ? prng_below(prng, map.len + 1) : 0;
	ohba_sgl_unmap(host->fw, &map, done);
	assert_int_equal(mem_mapped_data(host->mem), 0);
}

static void check_copy(struct host *host, struct prng *prng, struct ohba_sgl *sgl,
		       struct model *model, bool write)
{
	static uint8_t buf[ARENA];
	uint8_t *arena = mem_ptr(host->mem, model->arena);
	uint32_t off = prng_below(prng, sgl->len), len = prng_below(prng, sgl->len - off + 1), i;

	pattern_fill(buf, len, prng_next(prng), 0);
	assert_int_equal(write ? ohba_sgl_write(host->fw, sgl, off, buf, len)
			       : ohba_sgl_read(host->fw, sgl, off, buf, len), OHBA_ST_SUCCESS);
	for (i = 0; i < len; i++)
		assert_int_equal(arena[model->at[off + i]], buf[i]);
}

static void random_layouts(void **state)
{
	static struct model model;
	static struct ohba_sge sge[200];
	struct host *host = *state;
	struct prng prng = { prng_seed(0x5617) };
	struct ohba_sgl sgl;
	uint32_t n, j;
	int round, way;

	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	for (round = 0; round < 400; round++) {
		struct ohba_sqe sqe;

		way = round % 2;
		model.arena = mem_alloc_at(host->mem, ARENA, prng_below(&prng, 4096),
					   way ? MEM_IN : MEM_OUT);
		pattern_fill(mem_ptr(host->mem, model.arena), ARENA, round, 0);
		n = make_pieces(&prng, &model, sge, ARRAY_SIZE(sge));
		sqe = chain(host, &prng, sge, n);
		model.len -= prng_below(&prng, MIN(model.len, 40));
		sqe.data_len = htole32(model.len);
		assert_int_equal(parse(host, &sgl, &sqe), OHBA_ST_SUCCESS);
		assert_int_equal(sgl.len, model.len);
		mem_fragment(host->mem, round % 3 ? 1 + prng_below(&prng, 50) : 0);
		for (j = 0; j < 20; j++) {
			check_map(host, &prng, &sgl, &model, way);
			check_copy(host, &prng, &sgl, &model, way);
		}
		mem_fragment(host->mem, 0);
		mem_retire(host->mem, model.arena);
	}
}

static void a_fault_leaves_nothing_mapped(void **state)
{
	struct host *host = *state;
	uint64_t good = mem_alloc(host->mem, 64, MEM_OUT);
	uint64_t bad = mem_alloc(host->mem, 64, MEM_OUT);
	struct ohba_sqe sqe = { .nsge = 2, .data_len = htole32(128),
				.sge = { DATA(good, 64), DATA(bad, 64) } };
	struct ohba_sgl sgl;
	struct ohba_map map;
	uint8_t buf[128];

	mem_poison(host->mem, bad);
	assert_int_equal(parse(host, &sgl, &sqe), OHBA_ST_SUCCESS);
	assert_int_equal(ohba_sgl_map(host->fw, &sgl, 0, 128, false, &map), OHBA_ST_DMA_FAULT);
	assert_int_equal(mem_mapped_data(host->mem), 0);
	assert_int_equal(ohba_sgl_read(host->fw, &sgl, 0, buf, 128), OHBA_ST_DMA_FAULT);
	assert_int_equal(ohba_sgl_map(host->fw, &sgl, 0, 64, false, &map), OHBA_ST_SUCCESS);
	ohba_sgl_unmap(host->fw, &map, 0);
}

static void out_of_range_is_refused(void **state)
{
	struct host *host = *state;
	uint64_t addr = mem_alloc(host->mem, 64, MEM_OUT);
	struct ohba_sqe sqe = { .nsge = 1, .data_len = htole32(64), .sge = { DATA(addr, 64) } };
	struct ohba_sgl sgl;
	struct ohba_map map;
	uint8_t buf[65];

	assert_int_equal(parse(host, &sgl, &sqe), OHBA_ST_SUCCESS);
	assert_int_not_equal(ohba_sgl_map(host->fw, &sgl, 0, 65, false, &map), OHBA_ST_SUCCESS);
	assert_int_not_equal(ohba_sgl_map(host->fw, &sgl, 64, 1, false, &map), OHBA_ST_SUCCESS);
	assert_int_not_equal(ohba_sgl_map(host->fw, &sgl, 1, 0xffffffff, false, &map),
			     OHBA_ST_SUCCESS);
	assert_int_not_equal(ohba_sgl_read(host->fw, &sgl, 0, buf, 65), OHBA_ST_SUCCESS);
}

int main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(inline_elements),
		T(lists),
		T(loops_end),
		T(most_elements),
		T(random_layouts),
		T(a_fault_leaves_nothing_mapped),
		T(out_of_range_is_refused),
	};

	return cmocka_run_group_tests_name("sgl", tests, NULL, NULL);
}

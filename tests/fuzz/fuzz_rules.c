// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The language of fault rules (docs/faults.md): the input is an adapter's limits,
 * the sizes of the caller's buffers, and the words. What must hold:
 *
 *  - words are refused with a sentence that fits, or give rules that fit
 *  - a rule has what its kind needs, only what it takes, within the limits
 *  - printed, it is the same rule again, and in the same words
 */
#include "fuzz.h"

#include "fault.h"

static struct ohba_fault_limits read_limits(struct input *in)
{
	return (struct ohba_fault_limits){
		.max_queues = input_u8(in) % OHBA_QUEUES_MAX + 1,
		.max_conns = input_u8(in) + 1,
	};
}

/* The caller frees it. */
static char *read_words(struct input *in)
{
	size_t len = in->end - in->pos;
	char *words = malloc(len + 1);

	words[input_bytes(in, words, len)] = 0;
	return words;
}

static void check_refusal(const char *err, size_t len)
{
	fuzz_check(memchr(err, 0, len), "an error without an end");
	fuzz_check(len < 8 || !strncmp(err, "fault '", 7), "it says \"%s\"", err);
}

static void check_rule(const struct ohba_fault_rule *rule,
		       const struct ohba_fault_limits *limits)
{
	fuzz_check(!(rule->given & ~rule->kind->takes), "%s takes no 0x%x", rule->kind->name,
		   rule->given);
	fuzz_check(!(rule->kind->needs & ~rule->given), "%s has 0x%x only", rule->kind->name,
		   rule->given);
	fuzz_check(rule->val[OHBA_FAULT_CID] < limits->max_conns, "a connection too high");
	fuzz_check(rule->val[OHBA_FAULT_QID] <= limits->max_queues, "a queue too high");
	fuzz_check(rule->val[OHBA_FAULT_OPCODE] <= 0xff, "an opcode too large");
	fuzz_check(!rule->matched && !rule->injected, "a rule that has been used");
}

static bool same(const struct ohba_fault_rule *a, const struct ohba_fault_rule *b)
{
	return a->kind == b->kind && a->given == b->given && a->at_once == b->at_once &&
	       a->prng == b->prng && !memcmp(a->val, b->val, sizeof(a->val));
}

static void check_print(const struct ohba_fault_rule *rule,
			const struct ohba_fault_limits *limits)
{
	char words[OHBA_FAULT_WORDS_MAX], again[OHBA_FAULT_WORDS_MAX], err[512];
	struct ohba_fault_rule back;
	bool clear;

	fuzz_check(ohba_fault_words(rule, words, sizeof(words)) == (int)strlen(words),
		   "cut: %s", words);
	fuzz_check(ohba_fault_parse(words, limits, &back, 1, &clear, err, sizeof(err)) == 1,
		   "'%s' is no rule: %s", words, err);
	fuzz_check(!clear && same(rule, &back), "'%s' is another rule", words);
	ohba_fault_words(&back, again, sizeof(again));
	fuzz_check(!strcmp(words, again), "'%s' becomes '%s'", words, again);
}

/* On the heap, exactly as large as said, so that ASan sees their ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, data + len };
	struct ohba_fault_limits limits = read_limits(&in);
	size_t err_len = input_u16(&in) % 600 + 1;
	uint32_t max = input_u8(&in) % OHBA_FAULT_RULES + 1;
	struct ohba_fault_rule *rules = malloc(max * sizeof(*rules));
	char *err = malloc(err_len), *words = read_words(&in);
	bool clear;
	int n, i;

	n = ohba_fault_parse(words, &limits, rules, max, &clear, err, err_len);
	fuzz_check(n <= (int)max, "%d rules where %u fit", n, max);
	if (n < 0)
		check_refusal(err, err_len);
	for (i = 0; i < n; i++) {
		check_rule(&rules[i], &limits);
		check_print(&rules[i], &limits);
	}
	free(words);
	free(err);
	free(rules);
	return 0;
}

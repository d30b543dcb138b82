// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of fault injection (fault.h): who may change them, whom they match,
 * when they are due.
 *
 * Other threads change the table, under its lock, and post work; what acts on
 * it is the loop's thread alone, which takes the lock only where a rule may
 * match. The lock is not held while a fault does what it does.
 */
#include "fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "iscsi.h"

/* --- which points must ask ----------------------------------------------- */

static void refresh_locked(struct ohba_faults *faults)
{
	uint32_t active = faults->stalls ? OHBA_FAULT_FETCH : 0;
	uint32_t i;

	for (i = 0; i < faults->nrules; i++)
		active |= faults->rule[i].kind->points(&faults->rule[i]);
	faults->active = active;
}

void ohba_faults_refresh(struct ohba_faults *faults)
{
	pthread_mutex_lock(&faults->lock);
	refresh_locked(faults);
	pthread_mutex_unlock(&faults->lock);
}

/* --- matching ------------------------------------------------------------ */

/* xorshift64*: the same seed, the same faults. */
static uint64_t prng_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull >> 32;
}

static bool names(const struct ohba_fault_rule *rule, enum ohba_fault_option option,
		  int64_t val)
{
	return !ohba_fault_given(rule, option) || (int64_t)rule->val[option] == val;
}

/* Login is left alone unless a rule names its opcode: few tests begin there. */
static bool phase_fits(const struct ohba_fault_rule *rule, const struct ohba_fault_site *site)
{
	if (!(site->point & (OHBA_FAULT_HEADER | OHBA_FAULT_SEND)))
		return true;
	return ohba_fault_given(rule, OHBA_FAULT_OPCODE) ||
	       site->conn->phase == OHBA_CONN_FULL || site->conn->phase == OHBA_CONN_CLOSING;
}

static bool matches(const struct ohba_fault_rule *rule, const struct ohba_fault_site *site)
{
	return (rule->kind->points(rule) & site->point) &&
	       names(rule, OHBA_FAULT_CID, site->cid) &&
	       names(rule, OHBA_FAULT_QID, site->qid) &&
	       names(rule, OHBA_FAULT_OPCODE, site->opcode) && phase_fits(rule, site) &&
	       (!rule->kind->fits || rule->kind->fits(rule, site));
}

static bool due(struct ohba_fault_rule *rule)
{
	uint64_t chance = rule->val[OHBA_FAULT_CHANCE];

	if (rule->matched++ < rule->val[OHBA_FAULT_AFTER])
		return false;
	return chance <= 1 || prng_next(&rule->prng) % chance == 0;
}

/* Count the fault, forget the rule if it was the last; *@hit: what to do. */
static void spend(struct ohba_faults *faults, uint32_t i, struct ohba_fault_rule *hit)
{
	struct ohba_fault_rule *rule = &faults->rule[i];
	uint64_t count = rule->val[OHBA_FAULT_COUNT];

	rule->injected++;
	faults->injected[rule->kind - ohba_fault_kinds]++;
	*hit = *rule;
	if (!count || rule->injected < count)
		return;
	memmove(rule, rule + 1, (--faults->nrules - i) * sizeof(*rule));
	refresh_locked(faults);
}

/* The next rule that is due at @site, from *@from on. */
static bool pick(struct ohba_faults *faults, const struct ohba_fault_site *site,
		 uint32_t *from, struct ohba_fault_rule *hit)
{
	bool found = false;

	pthread_mutex_lock(&faults->lock);
	while (!found && *from < faults->nrules) {
		uint32_t i = *from, before = faults->nrules;

		found = matches(&faults->rule[i], site) && due(&faults->rule[i]);
		if (found)
			spend(faults, i, hit);
		*from += faults->nrules == before;
	}
	pthread_mutex_unlock(&faults->lock);
	return found;
}

bool ohba_fault_peek(struct ohba_fw *fw, const struct ohba_fault_site *site,
		     struct ohba_fault_rule *rule)
{
	struct ohba_faults *faults = &fw->faults;
	bool found = false;
	uint32_t i;

	pthread_mutex_lock(&faults->lock);
	for (i = 0; !found && i < faults->nrules; i++) {
		found = matches(&faults->rule[i], site);
		*rule = faults->rule[i];
	}
	pthread_mutex_unlock(&faults->lock);
	return found;
}

static int inject(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		  const struct ohba_fault_site *site)
{
	char words[OHBA_FAULT_WORDS_MAX], where[64] = "";

	ohba_fault_words(rule, words, sizeof(words));
	if (site->cid >= 0 && site->opcode >= 0)
		snprintf(where, sizeof(where), ": conn %u, opcode 0x%02x",
			 (unsigned int)site->cid, (unsigned int)site->opcode);
	else if (site->cid >= 0)
		snprintf(where, sizeof(where), ": conn %u", (unsigned int)site->cid);
	else if (site->qid >= 0)
		snprintf(where, sizeof(where), ": queue %u", (unsigned int)site->qid);
	ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "fault", "%s%s", words, where);
	return rule->kind->act(fw, rule, site);
}

int ohba_fault_at(struct ohba_fw *fw, const struct ohba_fault_site *site)
{
	struct ohba_fault_rule hit;
	uint32_t from = 0;
	int res = 0;

	while (!res && pick(&fw->faults, site, &from, &hit))
		res = inject(fw, &hit, site);
	return res;
}

/* --- at once ------------------------------------------------------------- */

/* The next rule that needs no occasion and has a victim. */
static bool pick_victim(struct ohba_fw *fw, struct ohba_fault_site *site,
			struct ohba_fault_rule *hit)
{
	struct ohba_faults *faults = &fw->faults;
	bool found = false;
	uint32_t i;

	pthread_mutex_lock(&faults->lock);
	for (i = 0; !found && i < faults->nrules; i++) {
		struct ohba_fault_rule *rule = &faults->rule[i];

		*site = (struct ohba_fault_site){ .cid = -1, .qid = -1, .opcode = -1 };
		found = rule->at_once && rule->kind->victim(fw, rule, site);
		if (found)
			spend(faults, i, hit);
	}
	pthread_mutex_unlock(&faults->lock);
	return found;
}

/* Ends because a victim is one no more once it was hit. */
void ohba_faults_at_once(struct ohba_fw *fw)
{
	struct ohba_fault_site site;
	struct ohba_fault_rule hit;

	while (pick_victim(fw, &site, &hit))
		inject(fw, &hit, &site);
}

static void rules_changed(struct ohba_work *work)
{
	struct ohba_fw *fw = ohba_container(work, struct ohba_fw, faults.work);

	ohba_faults_refresh(&fw->faults);
	ohba_faults_at_once(fw);
}

/* --- delays -------------------------------------------------------------- */

/* Let those go on that waited long enough; returns when the next may, or 0. */
static uint64_t release_held(struct ohba_iscsi *iscsi, uint64_t now)
{
	uint64_t next = 0;
	uint32_t cid;

	for (cid = 0; cid < iscsi->nconns; cid++) {
		struct ohba_conn *conn = &iscsi->conns[cid];
		uint64_t until = conn->rx.held_until_ns;

		if (conn->phase == OHBA_CONN_FREE || !until)
			continue;
		if (until > now) {
			next = !next || until < next ? until : next;
			continue;
		}
		conn->rx.held_until_ns = 0;
		ohba_rx_resume(conn);
	}
	return next;
}

static void delay_over(struct ohba_timer *timer)
{
	struct ohba_fw *fw = ohba_container(timer, struct ohba_fw, faults.timer);
	uint64_t now = ohba_loop_now(fw->loop);
	uint64_t next = release_held(fw->iscsi, now);

	if (next)
		ohba_timer_arm(timer, next - now);
}

/* --- life ---------------------------------------------------------------- */

bool ohba_faults_init(struct ohba_faults *faults, struct ohba_loop *loop)
{
	faults->injected = calloc(ohba_fault_nkinds, sizeof(*faults->injected));
	pthread_mutex_init(&faults->lock, NULL);
	faults->work.fn = rules_changed;
	ohba_timer_init(&faults->timer, loop, delay_over);
	return faults->injected;
}

void ohba_faults_fini(struct ohba_faults *faults)
{
	pthread_mutex_destroy(&faults->lock);
	free(faults->injected);
}

void ohba_faults_stop(struct ohba_faults *faults)
{
	ohba_timer_cancel(&faults->timer);
	if (!faults->stalls)
		return;
	memset(faults->stalled_until, 0, sizeof(faults->stalled_until));
	faults->stalls = 0;
	ohba_faults_refresh(faults);
}

#define LINE_MAX_LEN	(OHBA_FAULT_WORDS_MAX + 64)	/* with two numbers */
_Static_assert(OHBA_FAULT_RULES * LINE_MAX_LEN <= OHBA_FAULT_TEXT_MAX,
	       "a front's buffer holds all rules");

/* --- what fronts ask, any thread ----------------------------------------- */

int ohba_fault_set(struct ohba_fw *fw, const char *words, char *err, size_t err_len)
{
	struct ohba_fault_limits limits = { fw->cfg.max_queues, fw->iscsi->nconns };
	struct ohba_faults *faults = &fw->faults;
	struct ohba_fault_rule rules[OHBA_FAULT_RULES];
	bool clear, room;
	int n;

	n = ohba_fault_parse(words, &limits, rules, OHBA_FAULT_RULES, &clear, err, err_len);
	if (n < 0)
		return n;
	pthread_mutex_lock(&faults->lock);
	room = n + (clear ? 0 : faults->nrules) <= OHBA_FAULT_RULES;
	if (room) {
		if (clear)
			faults->nrules = 0;
		memcpy(&faults->rule[faults->nrules], rules, n * sizeof(rules[0]));
		faults->nrules += n;
	}
	pthread_mutex_unlock(&faults->lock);
	if (!room) {
		snprintf(err, err_len, "fault '%s': there is room for %u rules; "
			 "'clear' makes room", words, OHBA_FAULT_RULES);
		return -ENOSPC;
	}
	ohba_loop_post(fw->loop, &faults->work);
	return 0;
}

/* As snprintf(), at @at; returns how long the text would be. */
static size_t print_rule(const struct ohba_fault_rule *rule, char *buf, size_t len, size_t at)
{
	char words[OHBA_FAULT_WORDS_MAX], left[32] = "always";
	uint64_t count = rule->val[OHBA_FAULT_COUNT];

	if (count)
		snprintf(left, sizeof(left), "%llu left",
			 (unsigned long long)(count - rule->injected));
	ohba_fault_words(rule, words, sizeof(words));
	return at + snprintf(at < len ? buf + at : NULL, at < len ? len - at : 0,
			     "%s: %s, %llu injected\n", words, left,
			     (unsigned long long)rule->injected);
}

size_t ohba_fault_print(struct ohba_fw *fw, char *buf, size_t len)
{
	struct ohba_faults *faults = &fw->faults;
	size_t at = 0;
	uint32_t i;

	if (len)
		buf[0] = 0;
	pthread_mutex_lock(&faults->lock);
	for (i = 0; i < faults->nrules; i++)
		at = print_rule(&faults->rule[i], buf, len, at);
	pthread_mutex_unlock(&faults->lock);
	return at;
}

const char *ohba_fault_injected(struct ohba_fw *fw, unsigned int kind, uint64_t *n)
{
	if (kind >= ohba_fault_nkinds)
		return NULL;
	pthread_mutex_lock(&fw->faults.lock);
	*n = fw->faults.injected[kind];
	pthread_mutex_unlock(&fw->faults.lock);
	return ohba_fault_kinds[kind].name;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A target that the adapter has a session with by itself (SPEC.md section 6.4): the class's
 * session follows how that stands, by the states of target_states.c.
 *
 * An event says only whom to ask about: the answer to TARGET_STATE counts. A session of
 * the class that lost its devices stays, as it holds what comes back to its place.
 */
#include <linux/delay.h>
#include <linux/ratelimit.h>
#include <linux/sched/mm.h>

#include "target.h"

#define HBA_LOGOUT_TRIES	15	/* by when another logout is over */

/* --- small things -------------------------------------------------------- */

/*
 * The only place that changes the state. No work begins that the state does not allow, so
 * that a step that is refused is a mistake of ours.
 */
static bool hba_target_move(struct hba_target *target, enum hba_target_event event)
{
	bool moved;

	lockdep_assert_held(&target->lock);
	moved = ohba_step(&hba_target_machine, target->hba->adapter, target->index,
			  &target->state, event);
	WARN_ON_ONCE(!moved);
	return moved;
}

/* Of two times, 0 if there is none. */
static unsigned int hba_sooner(unsigned int a_ms, unsigned int b_ms)
{
	return a_ms && b_ms ? min(a_ms, b_ms) : a_ms ?: b_ms;
}

/* Also if one is under way; one that is to come later comes now. */
void hba_target_poll_now(struct hba_target *target)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (targets->open)
		mod_delayed_work(targets->poll_wq, &target->poll, 0);
	spin_unlock_bh(&targets->lock);
}

/* Unless one is to come sooner. */
void hba_target_poll_in(struct hba_target *target, unsigned int delay_ms)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (targets->open)
		queue_delayed_work(targets->poll_wq, &target->poll,
				   msecs_to_jiffies(delay_ms));
	spin_unlock_bh(&targets->lock);
}

/* --- what goes ----------------------------------------------------------- */

/* What is under way, if anything, has @target polled once more when it is over. */
static void hba_target_tear_down(struct hba_target *target, enum hba_teardown teardown,
				 enum hba_target_event event)
{
	lockdep_assert_held(&target->lock);
	if (target->teardown) {
		if (target->teardown == HBA_TEARDOWN_SESSION && teardown == HBA_TEARDOWN_LOGOUT)
			target->teardown = teardown;
		return;
	}
	WRITE_ONCE(target->teardown, teardown);
	/* Whatever it says: somebody may wait for the end. */
	hba_target_move(target, event);
	/* What goes waits for I/O that nobody would wait for: reclaim may, so here. */
	if (!target->handle)
		hba_target_fail_io(target);
	queue_work(target->hba->targets->teardown_wq, &target->teardown_work);
}

/* Another logout may be waiting for its answer. */
static void hba_target_tell_logout(struct hba_target *target)
{
	int tries = HBA_LOGOUT_TRIES;
	int err;

	do {
		err = hba_target_tell(target->hba, OHBA_ADMIN_TARGET_LOGOUT,
				      target->index, 0);
		if (err != -EBUSY && err != -ENOMEM)
			break;
		msleep(HBA_TARGET_RETRY_MS);
	} while (--tries);
	if (err && err != -ENOENT)
		dev_warn(target->hba->adapter->dev,
			 "target %u: the adapter was not told to log out (%d): log out again if its session comes back\n",
			 target->index, err);
}

static void hba_targets_count(struct hba_targets *targets, int more)
{
	spin_lock_bh(&targets->lock);
	targets->sessions += more;
	if (!targets->sessions)
		wake_up(&targets->gone);
	spin_unlock_bh(&targets->lock);
}

/* What goes for another reason may be logged out on the way. */
static bool hba_target_is_logout(struct hba_target *target)
{
	bool logout;

	mutex_lock(&target->lock);
	logout = target->teardown == HBA_TEARDOWN_LOGOUT;
	mutex_unlock(&target->lock);
	return logout;
}

static void hba_target_teardown_work(struct work_struct *work)
{
	struct hba_target *target = container_of(work, struct hba_target, teardown_work);
	bool devices = target->teardown == HBA_TEARDOWN_DEVICES;
	/* One that could not be completed is tried again, not at once. */
	unsigned int delay_ms = target->conn ? 0 : HBA_TARGET_RETRY_MS;
	bool told = false;

	if (devices) {
		hba_target_strip(target);
	} else {
		hba_target_unbind(target);
		told = hba_target_is_logout(target);
		if (told)
			hba_target_tell_logout(target);
		hba_target_end(target);
	}
	mutex_lock(&target->lock);
	if (!devices) {
		target->cls = NULL;
		target->conn = NULL;
	}
	/* It came too late: the next poll tells it. */
	if (target->teardown == HBA_TEARDOWN_LOGOUT && !told)
		target->logout = true;
	hba_target_move(target, HBA_TARGET_EV_GONE);
	target->teardown = HBA_TEARDOWN_NOTHING;
	hba_target_poll_in(target, delay_ms);
	mutex_unlock(&target->lock);
	if (!devices)
		hba_targets_count(target->hba->targets, -1);
}

/* --- lost ---------------------------------------------------------------- */

/* By a change of the entry, or a logout, which may have no reason. */
static bool hba_target_is_asked(const struct ohba_target_state *reported)
{
	return reported->reason == cpu_to_le16(OHBA_ST_ABORTED) ||
	       (!reported->reason && reported->phase == OHBA_TARGET_OFF);
}

/* @asked: somebody did. */
static void hba_target_log_loss(const struct hba_target *target, u16 reason, bool asked)
{
	if (asked)
		dev_info_ratelimited(target->hba->adapter->dev,
				     "target %u: session %u to %s ends, as its entry was changed or logged out of\n",
				     target->index, target->cls->sid, target->name);
	else
		dev_warn_ratelimited(target->hba->adapter->dev,
				     "target %u: session %u to %s is lost: %s (%s): its I/O waits for the adapter to log in again\n",
				     target->index, target->cls->sid, target->name,
				     ohba_status_name(reason), ohba_status_meaning(reason));
}

static void hba_target_lose(struct hba_target *target, u16 reason, bool asked)
{
	hba_target_stop(target);
	target->handle = 0;
	target->lost_at = jiffies;
	if (target->teardown) {
		hba_target_fail_io(target);	/* as in hba_target_tear_down() */
		return;
	}
	hba_target_move(target, HBA_TARGET_EV_LOST);
	hba_target_log_loss(target, reason, asked);
}

/* Without what a target answered, if it did not refuse the login. */
static const char *hba_target_status(const struct ohba_target_state *reported, char *buf,
				     size_t size)
{
	*buf = 0;
	if (reported->login_class)
		scnprintf(buf, size, ", status %02x%02x (%s)", reported->login_class,
			  reported->login_detail,
			  ohba_login_status_name(reported->login_class, reported->login_detail));
	return buf;
}

/* Of logins that fail alike, the first that there is room for in the log is enough. */
static void hba_target_log_failure(struct hba_target *target)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	const struct ohba_target_state *reported = &target->reported;
	u16 reason = le16_to_cpu(reported->reason);
	char status[64];

	if (reported->phase != OHBA_TARGET_WAITING || !reported->tries ||
	    reason == target->failure || !__ratelimit(&limit))
		return;
	target->failure = reason;
	dev_warn(target->hba->adapter->dev,
		 "target %u: login failed: %s (%s)%s%s%s: %s\n", target->index,
		 ohba_status_name(reason), ohba_status_meaning(reason),
		 hba_target_status(reported, status, sizeof(status)),
		 *reported->words ? ": " : "", reported->words, ohba_status_remedy(reason));
}

/* Nobody waits for its session any more. */
bool hba_target_is_going(struct hba_target *target)
{
	return READ_ONCE(target->teardown);
}

/* The class waited for recovery_tmo. */
void hba_target_timed_out(struct hba_target *target)
{
	dev_err(target->hba->adapter->dev,
		"target %u: the I/O of its session %u fails until the adapter has logged in again (recovery_tmo): bring the target or the path to it back, or log out\n",
		target->index, target->cls->sid);
}

/* Return: after how long its devices are to be removed, ms; 0 if that is not to come. */
static unsigned int hba_target_dev_loss(struct hba_target *target)
{
	int tmo = READ_ONCE(target->dev_loss_tmo);
	unsigned long due = target->lost_at + (unsigned long)tmo * HZ;

	if (target->state != HBA_TARGET_LOST || target->teardown || tmo <= 0)
		return 0;
	if (time_before(jiffies, due))
		return jiffies_to_msecs(due - jiffies) + 1;
	dev_err(target->hba->adapter->dev,
		"target %u: no session to %s for %d s (dev_loss_tmo): its devices are removed until there is one\n",
		target->index, target->name, tmo);
	hba_target_tear_down(target, HBA_TEARDOWN_DEVICES, HBA_TARGET_EV_DEV_LOSS);
	return 0;
}

/* Return: false if @session is not its session any more. */
static bool hba_target_set_failing(struct hba_target *target,
				   struct hba_session *session)
{
	struct hba_targets *targets = target->hba->targets;
	bool ours;

	spin_lock_bh(&targets->lock);
	ours = target->session == session;
	if (ours) {
		WRITE_ONCE(target->failing, true);
		hba_target_not_logged_in(target);
	}
	spin_unlock_bh(&targets->lock);
	return ours;
}

static void hba_target_clear_failing(struct hba_target *target)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	/* After the state. Pairs with the acquire in hba_target_is_failing(). */
	smp_store_release(&target->failing, false);
	spin_unlock_bh(&targets->lock);
}

/* What is read of libiscsi's session after this is not older. Context: any. */
bool hba_target_is_failing(const struct hba_target *target)
{
	return smp_load_acquire(&target->failing);
}

static bool hba_target_is_same(const struct hba_target *target, u32 epoch)
{
	const struct ohba_target_state *reported = &target->reported;

	return reported->phase == OHBA_TARGET_UP && epoch == target->epoch &&
	       le32_to_cpu(reported->session) == target->handle &&
	       le32_to_cpu(reported->ups) == target->ups;
}

/*
 * Error handling is at its end: the answer says that no command of it is left. Of one that
 * the adapter has lost by itself none is: what it has now is another.
 */
static unsigned int hba_target_abort(struct hba_target *target, u32 epoch)
{
	int err;

	hba_target_clear_failing(target);
	if (!target->handle)
		return 0;
	err = hba_target_ask_state_of(target->hba, target->index, &target->reported);
	if (!err && !hba_target_is_same(target, epoch))
		return 0;		/* hba_target_ask_state() sees it, too */
	err = hba_target_tell(target->hba, OHBA_ADMIN_TARGET_LOGOUT, target->index,
			      OHBA_TARGET_LOGOUT_ABORT | OHBA_TARGET_LOGOUT_AGAIN);
	if (err == -EBUSY || err == -ENOMEM) {
		hba_target_set_failing(target, target->session);
		return HBA_TARGET_RETRY_MS;
	}
	hba_target_lose(target, OHBA_ST_ABORTED, false);
	return 0;
}

/* --- up ------------------------------------------------------------------ */

/* Return: after how long to ask again, ms. */
static unsigned int hba_target_not_told(struct hba_target *target,
					const char *name, int err)
{
	dev_warn_ratelimited(target->hba->adapter->dev,
			     "target %u: the adapter did not answer %s (%d): it is asked again\n",
			     target->index, name, err);
	return HBA_TARGET_RETRY_MS;
}

/* Why the session is gone; a logout that somebody else asked for has no reason. */
static u16 hba_target_loss(const struct hba_target *target, int err)
{
	if (err)
		return OHBA_ST_SESSION_LOST;
	return le16_to_cpu(target->reported.reason) ?: OHBA_ST_ABORTED;
}

static unsigned int hba_target_raise(struct hba_target *target, u32 epoch,
				     const struct sockaddr_storage *portal)
{
	bool first = !target->cls;
	int err = first ? hba_target_create(target) : 0;

	if (first && target->cls)
		hba_targets_count(target->hba->targets, 1);
	if (err) {
		dev_warn_ratelimited(target->hba->adapter->dev,
				     "target %u: no session for the kernel (%d): it is tried again, until there is memory\n",
				     target->index, err);
		if (target->cls)
			hba_target_tear_down(target, HBA_TEARDOWN_SESSION,
					     HBA_TARGET_EV_NO_MEMORY);
		return HBA_TARGET_RETRY_MS;
	}
	if (!hba_target_move(target, HBA_TARGET_EV_UP))
		return 0;
	target->epoch = epoch;
	target->ups = le32_to_cpu(target->reported.ups);
	target->handle = le32_to_cpu(target->reported.session);
	target->failure = 0;
	hba_target_clear_failing(target);	/* was of the one before */
	hba_target_start(target, epoch, portal);
	dev_info_ratelimited(target->hba->adapter->dev,
			     "target %u: session %u to %s, portal group %u, is up%s\n",
			     target->index, target->cls->sid, target->name,
			     le16_to_cpu(target->reported.tpgt), first ? "" : " again");
	return 0;
}

/* Return: false if the entry was edited while it was asked for: @entry may be older. */
static bool hba_target_take_times(struct hba_target *target, const struct hba_target_entry *entry)
{
	struct hba_targets *targets = target->hba->targets;
	bool is_now;

	spin_lock_bh(&targets->lock);
	is_now = entry->edits == target->edits;
	if (is_now)
		WRITE_ONCE(target->tmf_s, entry->tmf_s);
	/* One that was set for a session lasts as long as that. */
	if (is_now && !target->cls)
		WRITE_ONCE(target->dev_loss_tmo, entry->dev_loss_tmo);
	spin_unlock_bh(&targets->lock);
	return is_now;
}

/* Who has no memory tries again. Return: after how long, ms; 0: not at all. */
static unsigned int hba_target_come_up(struct hba_target *target, u32 epoch)
{
	struct hba_target_entry entry;
	int err;

	if (target->teardown || READ_ONCE(target->hba->targets->leaving) ||
	    !hba_target_state_ok(target))
		return 0;
	err = hba_target_ask_entry(target, &entry);
	if (err == -EPROTO)
		dev_err_ratelimited(target->hba->adapter->dev,
				    "target %u: the firmware tells a name that is none: its session is not used; update the firmware\n",
				    target->index);
	if (err == -EPROTO || err == -ENODEV)
		return 0;
	if (err)
		return hba_target_not_told(target, "TARGET_GET", err);
	/* What has the devices of one target must not go to another. */
	if (target->cls && strcmp(entry.name, target->name)) {
		hba_target_tear_down(target, HBA_TEARDOWN_SESSION, HBA_TARGET_EV_ANOTHER);
		return 0;
	}
	if (!hba_target_take_times(target, &entry))
		return 0;		/* who edited it polls */
	memcpy(target->name, entry.name, sizeof(target->name));
	return hba_target_raise(target, epoch, &entry.portal);
}

/* --- polling ------------------------------------------------------------- */

void hba_target_want(struct hba_target *target, bool wanted, u32 epoch)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	target->wishes++;
	if (!wanted || epoch == targets->epoch)
		target->wanted = wanted;
	else
		target->wanted = target->forgotten = true;
	if (!wanted)
		target->forgotten = false;
	spin_unlock_bh(&targets->lock);
}

/*
 * What it reported before it is told again of a target does not count, nor what it was asked
 * for before the last of the @wishes.
 */
static void hba_target_note(struct hba_target *target, u32 epoch, u32 wishes)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (epoch == targets->epoch && wishes == target->wishes &&
	    !target->forgotten && !target->logout &&
	    target->teardown != HBA_TEARDOWN_LOGOUT)
		target->wanted = target->reported.wanted;
	spin_unlock_bh(&targets->lock);
}

/* Unless the adapter was reset again since @epoch: then it is told again. */
static void hba_target_reminded(struct hba_target *target, u32 epoch)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (epoch == targets->epoch)
		WRITE_ONCE(target->forgotten, false);
	spin_unlock_bh(&targets->lock);
}

/* It was wanted before the adapter was reset. Return: after how long to try again, ms. */
static unsigned int hba_target_remind(struct hba_target *target, u32 epoch)
{
	int err;

	err = hba_target_tell(target->hba, OHBA_ADMIN_TARGET_LOGIN, target->index, 0);
	if (err == -EBUSY || err == -ENOMEM)
		return HBA_TARGET_RETRY_MS;
	if (err == -EEXIST && !target->refused)
		dev_warn(target->hba->adapter->dev,
			 "target %u: the adapter, which was reset, does not log in to it again (NEXUS_TAKEN): log out of the entry of the same target that it took instead\n",
			 target->index);
	target->refused = err == -EEXIST;
	if (target->refused)
		return HBA_TARGET_RETRY_MS;
	/* After -ENODEV it is told when the adapter is up. */
	if (err != -ENODEV)
		hba_target_reminded(target, epoch);
	return 0;
}

/* Of a logout that found no session to end. Return: as hba_target_remind(). */
static unsigned int hba_target_log_out(struct hba_target *target)
{
	int err;

	err = hba_target_tell(target->hba, OHBA_ADMIN_TARGET_LOGOUT, target->index, 0);
	if (err == -EBUSY || err == -ENOMEM)
		return HBA_TARGET_RETRY_MS;
	if (err != -ENODEV) {
		target->logout = false;
		hba_target_want(target, false, 0);
	}
	return 0;
}

/* What others want of it. Return: after how long to try again what failed, ms. */
static unsigned int hba_target_apply_wanted(struct hba_target *target, u32 epoch)
{
	struct hba *hba = target->hba;
	unsigned int delay_ms = 0;

	if (READ_ONCE(target->failing))
		delay_ms = hba_target_abort(target, epoch);
	if (target->cls && READ_ONCE(hba->targets->leaving))
		hba_target_tear_down(target, HBA_TEARDOWN_SESSION, HBA_TARGET_EV_REMOVAL);
	if (target->cls && target->logout)
		hba_target_tear_down(target, HBA_TEARDOWN_LOGOUT, HBA_TARGET_EV_LOGOUT);
	if (target->teardown == HBA_TEARDOWN_LOGOUT) {
		target->logout = false;
		hba_target_want(target, false, 0);
	}
	if (target->logout && !target->cls)
		return hba_target_log_out(target);
	if (READ_ONCE(target->forgotten) && !target->teardown)
		delay_ms = hba_sooner(delay_ms, hba_target_remind(target, epoch));
	return delay_ms;
}

/* Return: after how long to try again what failed, ms. */
static unsigned int hba_target_ask_state(struct hba_target *target, u32 epoch)
{
	u32 wishes = READ_ONCE(target->wishes);
	unsigned int delay_ms = 0;
	int err;

	err = hba_target_ask_state_of(target->hba, target->index, &target->reported);
	if (err && err != -ENODEV)
		return hba_target_not_told(target, "TARGET_STATE", err);
	if (err)	/* hba_targets_up() has it looked at again */
		memset(&target->reported, 0, sizeof(target->reported));
	else
		hba_target_note(target, epoch, wishes);
	if (target->handle && !hba_target_is_same(target, epoch))
		hba_target_lose(target, hba_target_loss(target, err),
				!err && hba_target_is_asked(&target->reported));
	if (target->handle)	/* an event that was none may have stalled it */
		hba_target_start(target, epoch, NULL);
	else if (target->reported.phase == OHBA_TARGET_UP)
		delay_ms = hba_target_come_up(target, epoch);
	hba_target_log_failure(target);
	/* Unless it is OFF as it is still to be told again. */
	if (!err && target->reported.phase == OHBA_TARGET_OFF && target->cls &&
	    !READ_ONCE(target->forgotten))
		hba_target_tear_down(target, HBA_TEARDOWN_SESSION, HBA_TARGET_EV_OFF);
	return delay_ms;
}

/* What fails keeps nothing else from being done. Return: when to look again, ms; 0: at news. */
static unsigned int hba_target_follow(struct hba_target *target)
{
	u32 epoch = READ_ONCE(target->hba->targets->epoch);
	unsigned int delay_ms = hba_target_apply_wanted(target, epoch);

	delay_ms = hba_sooner(delay_ms, hba_target_ask_state(target, epoch));
	return hba_sooner(delay_ms, hba_target_dev_loss(target));
}

static void hba_target_poll(struct work_struct *work)
{
	struct hba_target *target = container_of(to_delayed_work(work),
						 struct hba_target, poll);
	unsigned int flags = memalloc_noio_save();
	unsigned int delay_ms;

	mutex_lock(&target->lock);
	delay_ms = hba_target_follow(target);
	mutex_unlock(&target->lock);
	memalloc_noio_restore(flags);
	if (delay_ms)
		hba_target_poll_in(target, delay_ms);
}

void hba_target_init(struct hba_target *target)
{
	mutex_init(&target->lock);
	spin_lock_init(&target->show_lock);
	INIT_DELAYED_WORK(&target->poll, hba_target_poll);
	INIT_WORK(&target->teardown_work, hba_target_teardown_work);
}

/*
 * Error handling gave up on a session: its commands end when the adapter has ended it. That
 * of one whose devices outlived it says nothing of the session after it.
 * Context: process, may sleep.
 */
void hba_target_fail(struct hba_session *session)
{
	/* First, so that who looks now does not make it ready again. */
	bool ours = hba_target_set_failing(session->target, session);

	hba_session_unready(session, HBA_SESSION_EV_EH);
	if (ours)
		hba_target_poll_now(session->target);
}

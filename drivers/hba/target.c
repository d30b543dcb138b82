// SPDX-License-Identifier: GPL-2.0-only
/*
 * A target that the adapter has a session with by itself (SPEC.md section 6.4): the class's
 * session follows how that stands.
 *
 *   NONE -- UP --> UP -- lost --> LOST -- dev_loss_tmo --> BARE
 *   LOST, BARE -- UP --> UP
 *   any -- OFF, logout, another target, removal --> ENDING --> NONE
 *
 * An event says only whom to ask about: the answer to TARGET_STATE counts. A session of
 * the class that lost its devices stays, as it holds what comes back to its place.
 */
#include <linux/delay.h>
#include <linux/ratelimit.h>
#include <linux/sched/mm.h>

#include "ohba_trace.h"
#include "target.h"

#define HBA_LOGOUT_TRIES	15	/* by when another logout is over */

/* --- small things -------------------------------------------------------- */

static const char *hba_target_state_name(enum hba_target_state state)
{
	static const char * const names[] = {
		[HBA_TARGET_NONE] = "none",
		[HBA_TARGET_UP] = "up",
		[HBA_TARGET_LOST] = "lost",
		[HBA_TARGET_BARE] = "bare",
		[HBA_TARGET_ENDING] = "ending",
	};

	return names[state];
}

static void hba_target_move(struct hba_target *target, enum hba_target_state to,
			    const char *event)
{
	struct ohba_adapter *adapter = target->hba->adapter;
	const char *from = hba_target_state_name(target->state);

	lockdep_assert_held(&target->lock);
	trace_ohba_state(adapter->dev, "target", target->index, from, event,
			 hba_target_state_name(to));
	ohba_dbg(adapter, SESSION, "target %u %s: %s to %s\n", target->index,
		 event, from, hba_target_state_name(to));
	target->state = to;
}

/* Of two times, 0 if there is none. */
static unsigned int hba_sooner(unsigned int a_ms, unsigned int b_ms)
{
	return a_ms && b_ms ? min(a_ms, b_ms) : a_ms ?: b_ms;
}

/* Also if one is under way; one that is to come later comes now. */
void hba_target_look_now(struct hba_target *target)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (targets->open)
		mod_delayed_work(targets->look_wq, &target->look, 0);
	spin_unlock_bh(&targets->lock);
}

/* Unless one is to come sooner. */
void hba_target_look_in(struct hba_target *target, unsigned int delay_ms)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (targets->open)
		queue_delayed_work(targets->look_wq, &target->look,
				   msecs_to_jiffies(delay_ms));
	spin_unlock_bh(&targets->lock);
}

/* --- what goes ----------------------------------------------------------- */

static void hba_target_part(struct hba_target *target, enum hba_target_part part,
			    const char *event)
{
	lockdep_assert_held(&target->lock);
	if (target->part) {
		/* For the rest what comes after it looks again. */
		if (target->part == HBA_PART_SESSION && part == HBA_PART_LOGOUT)
			target->part = part;
		return;
	}
	WRITE_ONCE(target->part, part);
	if (part != HBA_PART_DEVICES)
		hba_target_move(target, HBA_TARGET_ENDING, event);
	/* What goes waits for I/O that nobody would wait for: reclaim may, so here. */
	if (!target->handle)
		hba_target_fail_io(target);
	queue_work(target->hba->targets->parting_wq, &target->parting);
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
	logout = target->part == HBA_PART_LOGOUT;
	mutex_unlock(&target->lock);
	return logout;
}

static void hba_target_parting(struct work_struct *work)
{
	struct hba_target *target = container_of(work, struct hba_target, parting);
	bool devices = target->part == HBA_PART_DEVICES;
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
	/* It came too late: who looks next tells it. */
	if (target->part == HBA_PART_LOGOUT && !told)
		target->logout = true;
	hba_target_move(target, devices ? HBA_TARGET_BARE : HBA_TARGET_NONE, "gone");
	target->part = HBA_PART_NOTHING;
	hba_target_look_in(target, delay_ms);
	mutex_unlock(&target->lock);
	if (!devices)
		hba_targets_count(target->hba->targets, -1);
}

/* --- lost ---------------------------------------------------------------- */

/* By a change of the entry, or a logout, which may have no reason. */
static bool hba_target_is_asked(const struct ohba_target_state *said)
{
	return said->reason == cpu_to_le16(OHBA_ST_ABORTED) ||
	       (!said->reason && said->phase == OHBA_TARGET_OFF);
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
	hba_target_stop(target, "lost");
	target->handle = 0;
	target->lost_at = jiffies;
	if (target->part) {
		hba_target_fail_io(target);	/* as in hba_target_part() */
		return;
	}
	hba_target_move(target, HBA_TARGET_LOST, "lost");
	hba_target_log_loss(target, reason, asked);
}

/* Without what a target answered, if it did not refuse the login. */
static const char *hba_target_status(const struct ohba_target_state *said, char *buf,
				     size_t size)
{
	*buf = 0;
	if (said->login_class)
		scnprintf(buf, size, ", status %02x%02x (%s)", said->login_class,
			  said->login_detail,
			  ohba_login_status_name(said->login_class, said->login_detail));
	return buf;
}

/* Of logins that fail alike, the first that there is room for in the log is enough. */
static void hba_target_log_failure(struct hba_target *target)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	const struct ohba_target_state *said = &target->said;
	u16 reason = le16_to_cpu(said->reason);
	char status[64];

	if (said->phase != OHBA_TARGET_WAITING || !said->tries ||
	    reason == target->failure || !__ratelimit(&limit))
		return;
	target->failure = reason;
	dev_warn(target->hba->adapter->dev,
		 "target %u: login failed: %s (%s)%s%s%s: %s\n", target->index,
		 ohba_status_name(reason), ohba_status_meaning(reason),
		 hba_target_status(said, status, sizeof(status)),
		 *said->words ? ": " : "", said->words, ohba_status_remedy(reason));
}

/* The class waited for recovery_tmo, unless there is no need to wait any more. */
void hba_target_timed_out(struct hba_target *target)
{
	if (READ_ONCE(target->part))
		return;
	dev_err(target->hba->adapter->dev,
		"target %u: the I/O of its session %u fails until the adapter has logged in again (recovery_tmo): bring the target or the path to it back, or log out\n",
		target->index, target->cls->sid);
}

/* Return: after how long its devices are to be removed, ms; 0 if that is not to come. */
static unsigned int hba_target_dev_loss(struct hba_target *target)
{
	int tmo = READ_ONCE(target->dev_loss_tmo);
	unsigned long due = target->lost_at + (unsigned long)tmo * HZ;

	if (target->state != HBA_TARGET_LOST || target->part || tmo <= 0)
		return 0;
	if (time_before(jiffies, due))
		return jiffies_to_msecs(due - jiffies) + 1;
	dev_err(target->hba->adapter->dev,
		"target %u: no session to %s for %d s (dev_loss_tmo): its devices are removed until there is one\n",
		target->index, target->name, tmo);
	hba_target_part(target, HBA_PART_DEVICES, "dev_loss_tmo");
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
	if (ours)
		target->failing = true;
	spin_unlock_bh(&targets->lock);
	return ours;
}

/* Error handling is at its end: the answer says that no command of it is left. */
static unsigned int hba_target_abort(struct hba_target *target)
{
	int err;

	WRITE_ONCE(target->failing, false);
	if (!target->handle)
		return 0;
	err = hba_target_tell(target->hba, OHBA_ADMIN_TARGET_LOGOUT, target->index,
			      OHBA_TARGET_LOGOUT_ABORT | OHBA_TARGET_LOGOUT_AGAIN);
	if (err == -EBUSY || err == -ENOMEM) {
		WRITE_ONCE(target->failing, true);
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

static bool hba_target_is_same(const struct hba_target *target, u32 epoch)
{
	const struct ohba_target_state *said = &target->said;

	return said->phase == OHBA_TARGET_UP && epoch == target->epoch &&
	       le32_to_cpu(said->session) == target->handle &&
	       le32_to_cpu(said->ups) == target->ups;
}

/* Why the session is gone; a logout that somebody else asked for has no reason. */
static u16 hba_target_loss(const struct hba_target *target, int err)
{
	if (err)
		return OHBA_ST_SESSION_LOST;
	return le16_to_cpu(target->said.reason) ?: OHBA_ST_ABORTED;
}

static unsigned int hba_target_raise(struct hba_target *target, u32 epoch,
				     const struct sockaddr_storage *portal)
{
	bool first = !target->cls;
	int err = first ? hba_target_create(target) : 0;

	if (first && target->cls)
		hba_targets_count(target->hba->targets, 1);
	if (err)
		dev_warn_ratelimited(target->hba->adapter->dev,
				     "target %u: no session for the kernel (%d): it is tried again, until there is memory\n",
				     target->index, err);
	if (err) {
		if (target->cls)
			hba_target_part(target, HBA_PART_SESSION, "no memory");
		return HBA_TARGET_RETRY_MS;
	}
	target->epoch = epoch;
	target->ups = le32_to_cpu(target->said.ups);
	target->handle = le32_to_cpu(target->said.session);
	target->failure = 0;
	WRITE_ONCE(target->failing, false);	/* was of the one before */
	hba_target_move(target, HBA_TARGET_UP, "up");
	hba_target_start(target, epoch, portal);
	dev_info_ratelimited(target->hba->adapter->dev,
			     "target %u: session %u to %s, portal group %u, is up%s\n",
			     target->index, target->cls->sid, target->name,
			     le16_to_cpu(target->said.tpgt), first ? "" : " again");
	return 0;
}

/* Who has no memory tries again. Return: after how long, ms; 0: not at all. */
static unsigned int hba_target_come_up(struct hba_target *target, u32 epoch)
{
	char name[OHBA_NAME_LEN];
	struct sockaddr_storage portal;
	int err, dev_loss_tmo;

	if (target->part || READ_ONCE(target->hba->targets->leaving) ||
	    !hba_target_said_well(target))
		return 0;
	err = hba_target_ask_entry(target, name, &portal, &dev_loss_tmo);
	if (err == -EPROTO)
		dev_err_ratelimited(target->hba->adapter->dev,
				    "target %u: the firmware tells a name that is none: its session is not used; update the firmware\n",
				    target->index);
	if (err == -EPROTO || err == -ENODEV)
		return 0;
	if (err)
		return hba_target_not_told(target, "TARGET_GET", err);
	/* What has the devices of one target must not go to another. */
	if (target->cls && strcmp(name, target->name)) {
		hba_target_part(target, HBA_PART_SESSION, "another target");
		return 0;
	}
	memcpy(target->name, name, sizeof(name));
	/* One that was set for a session lasts as long as that. */
	if (!target->cls)
		WRITE_ONCE(target->dev_loss_tmo, dev_loss_tmo);
	return hba_target_raise(target, epoch, &portal);
}

/* --- looking ------------------------------------------------------------- */

void hba_target_want(struct hba_target *target, bool wanted, u32 epoch)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (!wanted || epoch == targets->epoch)
		target->wanted = wanted;
	else
		target->wanted = target->forgotten = true;
	if (!wanted)
		target->forgotten = false;
	spin_unlock_bh(&targets->lock);
}

/* What it said before it is told again of a target does not count. */
static void hba_target_note(struct hba_target *target, u32 epoch)
{
	struct hba_targets *targets = target->hba->targets;

	spin_lock_bh(&targets->lock);
	if (epoch == targets->epoch && !target->forgotten && !target->logout &&
	    target->part != HBA_PART_LOGOUT)
		target->wanted = target->said.wanted;
	spin_unlock_bh(&targets->lock);
}

/* It was wanted before the adapter was reset. Return: after how long to try again, ms. */
static unsigned int hba_target_remind(struct hba_target *target)
{
	int err;

	err = hba_target_tell(target->hba, OHBA_ADMIN_TARGET_LOGIN, target->index, 0);
	if (err == -EBUSY && !target->refused)
		dev_warn(target->hba->adapter->dev,
			 "target %u: the adapter, which was reset, does not log in to it again (busy): log out of the entry of the same target that it took instead\n",
			 target->index);
	target->refused = err == -EBUSY;
	if (err == -EBUSY || err == -ENOMEM)
		return HBA_TARGET_RETRY_MS;
	/* After -ENODEV it is told when the adapter is up. */
	if (err != -ENODEV)
		WRITE_ONCE(target->forgotten, false);
	return 0;
}

/* Of a logout that found no session to part from. Return: as hba_target_remind(). */
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
static unsigned int hba_target_obey(struct hba_target *target)
{
	struct hba *hba = target->hba;
	unsigned int delay_ms = 0;

	if (READ_ONCE(target->failing))
		delay_ms = hba_target_abort(target);
	if (target->cls && READ_ONCE(hba->targets->leaving))
		hba_target_part(target, HBA_PART_SESSION, "removal");
	if (target->cls && target->logout)
		hba_target_part(target, HBA_PART_LOGOUT, "logout");
	if (target->part == HBA_PART_LOGOUT) {
		target->logout = false;
		hba_target_want(target, false, 0);
	}
	if (target->logout && !target->cls)
		return hba_target_log_out(target);
	if (READ_ONCE(target->forgotten) && !target->part)
		delay_ms = hba_sooner(delay_ms, hba_target_remind(target));
	return delay_ms;
}

/* Return: after how long to try again what failed, ms. */
static unsigned int hba_target_ask_state(struct hba_target *target, u32 epoch)
{
	unsigned int delay_ms = 0;
	int err;

	err = hba_target_ask_state_of(target->hba, target->index, &target->said);
	if (err && err != -ENODEV)
		return hba_target_not_told(target, "TARGET_STATE", err);
	if (err)	/* hba_targets_up() has it looked at again */
		memset(&target->said, 0, sizeof(target->said));
	else
		hba_target_note(target, epoch);
	if (target->handle && !hba_target_is_same(target, epoch))
		hba_target_lose(target, hba_target_loss(target, err),
				!err && hba_target_is_asked(&target->said));
	if (target->handle)	/* an event that was none may have stalled it */
		hba_target_start(target, epoch, NULL);
	else if (target->said.phase == OHBA_TARGET_UP)
		delay_ms = hba_target_come_up(target, epoch);
	hba_target_log_failure(target);
	/* Unless it is OFF as it is still to be told again. */
	if (!err && target->said.phase == OHBA_TARGET_OFF && target->cls &&
	    !READ_ONCE(target->forgotten))
		hba_target_part(target, HBA_PART_SESSION, "off");
	return delay_ms;
}

/* What fails keeps nothing else from being done. Return: when to look again, ms; 0: at news. */
static unsigned int hba_target_follow(struct hba_target *target)
{
	u32 epoch = READ_ONCE(target->hba->targets->epoch);
	unsigned int delay_ms = hba_target_obey(target);

	delay_ms = hba_sooner(delay_ms, hba_target_ask_state(target, epoch));
	return hba_sooner(delay_ms, hba_target_dev_loss(target));
}

static void hba_target_look(struct work_struct *work)
{
	struct hba_target *target = container_of(to_delayed_work(work),
						 struct hba_target, look);
	unsigned int flags = memalloc_noio_save();
	unsigned int delay_ms;

	mutex_lock(&target->lock);
	delay_ms = hba_target_follow(target);
	mutex_unlock(&target->lock);
	memalloc_noio_restore(flags);
	if (delay_ms)
		hba_target_look_in(target, delay_ms);
}

void hba_target_init(struct hba_target *target)
{
	mutex_init(&target->lock);
	spin_lock_init(&target->show_lock);
	INIT_DELAYED_WORK(&target->look, hba_target_look);
	INIT_WORK(&target->parting, hba_target_parting);
}

/*
 * Error handling gave up on a session: its commands end when the adapter has ended it. That
 * of one whose devices outlived it says nothing of the session after it.
 * Context: process, may sleep.
 */
void hba_target_fail(struct hba_session *session)
{
	struct iscsi_session *iscsi = session->iscsi;
	/* First, so that who looks now does not make it ready again. */
	bool ours = hba_target_set_failing(session->target, session);

	hba_session_unready(session, "eh");
	spin_lock_bh(&iscsi->frwd_lock);
	if (iscsi->state == ISCSI_STATE_LOGGED_IN)
		iscsi->state = ISCSI_STATE_FAILED;
	spin_unlock_bh(&iscsi->frwd_lock);
	if (ours)
		hba_target_look_now(session->target);
}

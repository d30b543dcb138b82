/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of sessions that the adapter has by itself share (SPEC.md section 6.4). */
#ifndef OHBA_HBA_TARGET_H
#define OHBA_HBA_TARGET_H

#include "hba.h"

#define HBA_TARGET_RETRY_MS	1000	/* what failed for want of something */
/* SCSI target ids: above those that the class gives to the daemon's sessions, from 0 on. */
#define HBA_TARGET_ID_BASE	0x10000

/* How it stands with the class's session of an entry. */
enum hba_target_state {
	HBA_TARGET_NONE,	/* there is none */
	HBA_TARGET_UP,		/* commands flow */
	HBA_TARGET_LOST,	/* blocked, and after recovery_tmo failing, until it is UP */
	HBA_TARGET_STRIPPING,	/* after dev_loss_tmo: its devices go */
	HBA_TARGET_BARE,	/* and have gone, until it is UP */
	HBA_TARGET_ENDING,	/* it goes */
	HBA_TARGET_STATES
};

/* What the adapter says of it, or what is to become of it. */
enum hba_target_event {
	HBA_TARGET_EV_UP,
	HBA_TARGET_EV_LOST,
	HBA_TARGET_EV_DEV_LOSS,
	HBA_TARGET_EV_OFF,
	HBA_TARGET_EV_LOGOUT,
	HBA_TARGET_EV_ANOTHER,		/* another target */
	HBA_TARGET_EV_REMOVAL,		/* of the adapter */
	HBA_TARGET_EV_NO_MEMORY,	/* to complete the session */
	HBA_TARGET_EV_GONE,		/* what was to go */
	HBA_TARGET_EVENTS
};

/* What is taken away by a work of its own, as that waits for I/O. */
enum hba_teardown {
	HBA_TEARDOWN_NOTHING,
	HBA_TEARDOWN_DEVICES,
	HBA_TEARDOWN_SESSION,
	HBA_TEARDOWN_LOGOUT,	/* the same, and the adapter shall not begin anew */
};

struct hba_target {
	struct hba *hba;
	u32 index;
	struct delayed_work poll;	/* asks the adapter how it stands, and follows */
	struct work_struct teardown_work;	/* takes @teardown away */

	/* Never held over I/O, nor over a request to the class, whose lock is outside. */
	struct mutex lock;		/* up to @conn */
	u8 state;			/* enum hba_target_state: hba_target_move() */
	enum hba_teardown teardown;
	bool logout;			/* wanted */
	u32 epoch;			/* when it came UP, the adapter's count of that, */
	u32 ups;
	u32 handle;			/* the session's; 0 when that is over */
	unsigned long lost_at;		/* jiffies; LOST */
	u16 failure;			/* of the login, that was logged last */
	struct ohba_target_state reported;	/* a copy, which nobody checked */
	char name[OHBA_NAME_LEN];	/* of whom the session is with */
	struct iscsi_cls_session *cls;	/* NULL: NONE */
	struct iscsi_cls_conn *conn;

	/* targets->lock: */
	struct hba_session *session;	/* of @cls until it ends */
	bool wanted;			/* the adapter knows it, or did before it was reset */
	u32 wishes;			/* changes of @wanted by us, counted; READ_ONCE */
	/* Read without it: READ_ONCE. */
	bool failing;			/* end @session, begin anew */
	bool forgotten;			/* by the adapter, that was reset */
	u32 edits;			/* of the entry, since it is here */
	int dev_loss_tmo;		/* seconds, 0: never; of the session */
	u32 tmf_s;			/* for TMFs, of the entry; counts at the next poll */

	bool refused;			/* @lock: NEXUS_TAKEN was TARGET_LOGIN's answer, and that was logged */
	/* Without a lock: READ_ONCE. */
	bool ended;			/* by the class */

	spinlock_t show_lock;		/* portal, libiscsi's initiatorname */
	struct sockaddr_storage portal;	/* of the entry, as sysfs shows it */
};

/* What a session needs of its entry. */
struct hba_target_entry {
	u32 edits;			/* of the target, before it was asked for */
	char name[OHBA_NAME_LEN];
	struct sockaddr_storage portal;
	int dev_loss_tmo;
	u32 tmf_s;
};

struct hba_targets {
	struct hba *hba;
	struct device *dev;		/* outlives the adapter */
	struct delayed_work work;	/* hands news on */
	bool list;			/* ask which are wanted */
	bool leaving;			/* no more sessions */
	unsigned long *news;		/* bits: of whom an event told */
	struct hba_target **table;	/* by index; of those that ever were of interest */
	u32 count;			/* of indices */
	wait_queue_head_t gone;		/* a session is */
	/* With a rescuer: I/O that reclaim waits for may end by what it does. */
	struct workqueue_struct *poll_wq;
	/* Without: it waits for works of the class's that have none, and no I/O waits for it. */
	struct workqueue_struct *teardown_wq;
	struct workqueue_struct *scan_wq;	/* the class scans one target at a time */

	spinlock_t lock;		/* up to epoch; new ones in table */
	unsigned int sessions;		/* of the class */
	bool open;			/* works may be queued */
	u32 epoch;			/* another when the adapter was down */

	struct mutex ask_lock;		/* buf */
	void *buf;			/* data of a command */
	dma_addr_t addr;
	struct ohba_target_list reported;	/* @work */
	char initiator[OHBA_NAME_LEN];	/* @lock */
};

/* targets.c */
int hba_target_dev_loss_of(u32 dev_loss_s);

/* target_states.c */
extern const struct ohba_machine hba_target_machine;

/* target.c */
/* The adapter is known to want it, or not, if it was not reset since @epoch. */
void hba_target_want(struct hba_target *target, bool wanted, u32 epoch);
void hba_target_init(struct hba_target *target);
void hba_target_poll_now(struct hba_target *target);
void hba_target_poll_in(struct hba_target *target, unsigned int delay_ms);

/* target_ask.c */
int hba_target_ask(struct hba *hba, u8 opcode, u32 index, void *to, u32 len);
int hba_target_tell_login(struct hba *hba, u32 index);
int hba_target_tell(struct hba *hba, u8 opcode, u32 index, u8 flags);
int hba_target_ask_entry(struct hba_target *target, struct hba_target_entry *answer);
void hba_targets_ask_initiator(struct hba_targets *targets);
bool hba_target_state_ok(const struct hba_target *target);

/* target_session.c */
int hba_target_create(struct hba_target *target);
void hba_target_not_logged_in(struct hba_target *target);
void hba_target_start(struct hba_target *target, u32 epoch,
		      const struct sockaddr_storage *portal);
void hba_target_stop(struct hba_target *target);
void hba_target_fail_io(struct hba_target *target);
void hba_target_strip(struct hba_target *target);
void hba_target_unbind(struct hba_target *target);
void hba_target_end(struct hba_target *target);

#endif /* OHBA_HBA_TARGET_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the agent (agent.h):
 *
 *   agent.c         what follows from what; times
 *   agent_turns.c   turns to log in
 *   agent_conn.c    what connections tell
 *   agent_login.c   a login: its configuration, its PDUs, its result
 *   agent_helper.c  a login that the host makes instead
 *   agent_cmd.c     commands
 *   agent_log.c     what of it the log tells
 */
#ifndef OHBA_AGENT_PRIV_H
#define OHBA_AGENT_PRIV_H

#include "agent.h"
#include "core.h"
#include "iscsi.h"
#include "log.h"
#include "login.h"
#include "ohba_login.h"
#include "target_states.h"
#include "targets.h"

#define AGENT_LOGINS	OHBA_LOGINS_MAX
#define AGENT_KEPT	16	/* of these, for targets whose last try did not fail */
#define AGENT_HOPS	4	/* redirections that a login follows */
#define AGENT_WAIT_MAX_S 3600	/* Time2Wait (section 13.15) */

/*
 * What one login needs, copied: commands may change the records meanwhile. Wiped at its end.
 */
struct agent_login {
	struct ohba_list link;			/* in agent->idle */
	struct agent_target *row;		/* whose it is */
	struct iscsi_login login;
	struct iscsi_login_config config;
	struct ohba_initiator initiator;
	char target_name[OHBA_NAME_LEN];
	struct ohba_account ours, theirs;
	struct ohba_session_timers timers;
	struct ohba_conn_open open;		/* where to */
	uint64_t deadline_ns;
	unsigned int hops;
	bool moved;				/* to .open, by the last answer */
	bool away;				/* it began where the target moved for good */
	bool for_good;				/* each answer so far says that it did */
	uint8_t by;				/* enum ohba_login_by, as it was when it began */
	bool own;				/* the host was given up: we log in */
	bool taken;				/* HOSTED: by LOGIN_TAKE */
	bool outdated;				/* an account of it was set since */
	uint32_t handle;			/* HOSTED: the host's; else 0 */
	struct ohba_event_node event;		/* that tells it */
};

/* A session that is wanted, or was; a row for each target index. */
struct agent_target {
	struct ohba_agent *agent;		/* NULL: not used since enable */
	uint32_t index;
	uint8_t state;				/* enum ohba_tgt_state: agent_change() */
	bool asked;				/* our Logout Request is out */
	bool answered;				/* our Logout Request: close */
	bool negotiating;			/* a Text Request of ours: is not answered yet */
	bool changed;				/* UP, ENDING: so did the entry */
	bool failed;				/* so did the last try: others come first */
	bool given_up;				/* the host, which logged in for it */
	bool has_place;				/* .place: the target moved there for good */
	bool try_own;				/* that failed: the entry's own address is next */
	bool own_hopeless, place_hopeless;	/* so was the last try there */
	uint8_t login_class, login_detail;
	uint16_t reason;			/* why the last session or try ended */
	uint16_t pending_reason;		/* and why this one will, if not 0 */
	struct ohba_timer timer;		/* the state's */
	struct ohba_list active;		/* in agent->active: not OFF */
	struct ohba_list queue;			/* in ->queue or ->later: QUEUED, or moved */
	struct agent_login *login;		/* NULL: none is under way */
	struct ohba_owed logout;		/* TARGET_LOGOUT */
	struct ohba_event_node event;
	uint32_t ups, tries;
	uint32_t fails;				/* tries in a row that came to nothing */
	uint32_t flaps;				/* sessions in a row that were short */
	/* Before the next login; UP: if the session is lost. As agreed, or as the target said. */
	uint32_t wait_s;
	uint64_t up_ns;				/* since when */
	uint64_t leave_ns;			/* LEAVING, LOGOUT: until when */
	struct ohba_conn_open place;
	/* UP */
	struct ohba_session_params params;
	struct ohba_conn_open portal;		/* also before, since there is a connection */
	uint16_t tsih, tpgt;
	char alias[256];
	char words[160];			/* of the last failure */
	uint64_t logged[4];			/* UP, lost, failed, and elsewhere (log.h) */
};

struct ohba_agent {
	struct ohba_fw *fw;
	bool on;
	bool start_waits;			/* for the end of an erase */
	bool offered;				/* LOGIN_OFFER */
	uint32_t handles;			/* of logins, given out */
	struct agent_target *rows;
	struct agent_login *logins;
	struct ohba_list idle;			/* logins */
	unsigned int nidle;
	struct ohba_list active;		/* rows */
	struct ohba_list queue, later;		/* rows; .later: whose last try failed */
	struct ohba_timer pump;			/* there may be a turn for somebody */
};

/* agent.c */
struct agent_target *agent_row(struct ohba_agent *agent, uint32_t index);
struct ohba_conn *agent_conn(const struct agent_target *row);
/* @event happens to @row; says whether it may. */
bool agent_change(struct agent_target *row, enum ohba_tgt_event event);
/* What ended, or will end, is of @reason; @words: NULL: what it means. */
void agent_set_reason(struct agent_target *row, enum ohba_status reason, const char *words);
/* Log in as soon as it is its turn; what is under way is given up. */
void agent_restart(struct agent_target *row);
/* End the session, to begin anew. */
void agent_end(struct agent_target *row, enum ohba_status reason);
/* End it, and its commands before: TARGET_LOGOUT. */
void agent_leave(struct agent_target *row, bool abort);
/* The end of a session or of a try: whose fault it was. */
void agent_blame(struct agent_target *row, enum ohba_status reason);
/* It has come to an end, and agent_set_reason() knows why. Not in a callback of its connection's. */
void agent_fail_now(struct agent_target *row);
/* Both agree, and the connection is in full-feature phase. */
void agent_up(struct agent_target *row);
/* A try came to nothing. */
void agent_failed(struct agent_target *row, enum ohba_status reason);
/* A session is over: how long it lasted matters for the next. */
void agent_count_flap(struct agent_target *row);
/* It is WAITING: until when. */
void agent_retry_later(struct agent_target *row);
void agent_arm_at(struct agent_target *row, uint64_t due_ns);
uint64_t agent_now_ns(const struct ohba_agent *agent);

/* agent_log.c: what becomes of an entry, for the log. */
void agent_log_up(struct agent_target *row);
/* As agent_blame() knows. */
void agent_log_lost(struct agent_target *row);
/* Its login is still there. */
void agent_log_failed(struct agent_target *row);

/* agent_turns.c */
/* No login is under way. */
void agent_list_idle(struct ohba_agent *agent);
/* The login that is its own is another's from now on. */
void agent_end_login(struct agent_target *row);
/* It is QUEUED. */
void agent_enqueue(struct agent_target *row);
void agent_look_for_turns(struct ohba_agent *agent);
/* agent->pump's. */
void agent_pump(struct ohba_timer *timer);

/* agent_conn.c */
extern const struct ohba_conn_owner agent_owner;
/* It is LOGIN: log in ourselves. */
void agent_log_in(struct agent_target *row);

/* agent_login.c */
/* Make a login of the entry; LOGIN_CONFIG: something is missing. */
enum ohba_status agent_login_make(struct agent_target *row);
enum ohba_status agent_login_connect(struct agent_target *row);
/* TCP is up. */
enum ohba_status agent_login_start(struct agent_target *row, struct ohba_conn *conn);
int agent_login_pdu(struct agent_target *row, struct ohba_conn *conn,
		    const union iscsi_pdu_hdr *hdr, const void *data);
/* Both agree: take the full-feature phase. */
int agent_login_done(struct agent_target *row, struct ohba_conn *conn);
/* The same, whoever logged in: as @result says. A status of ohba_session_begin()'s. */
enum ohba_status agent_agree(struct agent_target *row, struct ohba_conn *conn,
			     const struct ohba_login_result *result);
/*
 * The target sent the login on, to @to or, NULL, to a name. LOGIN_REDIRECTED ends the
 * connection; whether it goes on there is in .moved.
 */
enum ohba_status agent_login_move(struct agent_target *row, const struct ohba_conn_open *to);
/* The rest of its time, at least 1. */
uint32_t agent_left_ms(const struct agent_target *row);
/* It let us in: that is the right place. */
void agent_login_good(struct agent_target *row);
/* It failed: where the next one begins. @hopeless: no try there will ever go better. */
void agent_login_bad(struct agent_target *row, bool hopeless);
/* The last one was hopeless: so it was wherever else there is to ask. */
bool agent_login_nowhere(const struct agent_target *row);
/* What is known of an entry's addresses is of another one's, or of another time's. */
void agent_forget_tries(struct agent_target *row);
void agent_forget_place(struct agent_target *row);
/* Time is up. */
enum ohba_status agent_login_late(struct agent_target *row);
void agent_login_wipe(struct agent_login *login);

/* agent_helper.c */
enum agent_who {
	AGENT_BY_US,
	AGENT_BY_HOST,
	AGENT_BY_NOBODY,
};
/* Who makes @row's login (SPEC.md section 6.5). */
enum agent_who agent_who(const struct agent_target *row);
/* It is HOSTED: TCP is up. */
void agent_hand(struct agent_target *row, struct ohba_conn *conn);
/* It is HOSTED no more. */
void agent_take_back(struct agent_target *row);
/* Who waits for want of a helper need not any more. */
void agent_helper_there(struct agent_target *row);
/* HOSTED: time is up. */
void agent_hosted_expired(struct agent_target *row);

#endif /* OHBA_AGENT_PRIV_H */

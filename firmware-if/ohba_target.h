/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Targets that the adapter has sessions with by itself (SPEC.md section 6.4): the records
 * that it keeps, and how their sessions stand. Addresses are in network byte order, IPv4 in
 * the first four bytes; strings are UTF-8 (RFC 7143 section 4.2.7), zero-padded, with at
 * least one zero. Behind ohba_admin.h, which has what a session agreed on.
 */
#ifndef OHBA_TARGET_H
#define OHBA_TARGET_H

#include <linux/types.h>

#define OHBA_TARGETS_MAX	4096	/* target indices, at most */
#define OHBA_ACCOUNTS_MAX	512	/* account indices, at most */
#define OHBA_NAME_LEN		224	/* bytes of an iSCSI name: 223 and a zero */

/*
 * A list of words in order of preference: numbers from 1 to 15, the first in the lowest four
 * bits; 0 ends it.
 */
enum ohba_digest_word {		/* RFC 7143 section 13.1 */
	OHBA_DIGEST_NONE	= 1,
	OHBA_DIGEST_CRC32C	= 2,
};

enum ohba_chap_word {		/* section 12.1.3, and IANA's numbers */
	OHBA_CHAP_MD5		= 5,
	OHBA_CHAP_SHA1		= 6,
	OHBA_CHAP_SHA256	= 7,
	OHBA_CHAP_SHA3_256	= 8,
};

/* struct ohba_target - an entry of the table. 960 bytes. */
struct ohba_target {
	__le16 flags;		/* OHBA_TARGET_* */
	__u8   family;		/* enum ohba_family; 0: no address yet, which is then zero */
	__u8   login_by;	/* enum ohba_login_by */
	__le16 port;		/* TCP port, not 0 */
	__le16 tpgt;		/* of the portal, with OHBA_TARGET_TPGT */
	__u8   addr[16];
	__u8   name[OHBA_NAME_LEN];	/* all zero: none yet */
	__u8   alias[OHBA_NAME_LEN];	/* what a host calls it; the adapter does not care */
	__u8   isid[6];		/* section 11.12.5; zero: of the adapter's choice, the same always */
	__u8   header_digest;	/* list of enum ohba_digest_word, not empty */
	__u8   data_digest;	/* the same */
	__le16 chap_list;	/* list of enum ohba_chap_word, not empty */
	__le16 account;		/* by which we must prove ourselves, or OHBA_ACCOUNT_NONE; so with ISNS */
	__le16 target_account;	/* by which the target must, or OHBA_ACCOUNT_NONE */
	__le16 max_r2t;		/* 1.. */
	__le32 max_recv_dsl;	/* wishes, bytes, ranges as in SESSION_START */
	__le32 max_burst;
	__le32 first_burst;	/* at most max_burst */
	__le16 time2wait;	/* seconds, 0..3600 */
	__le16 time2retain;	/* the same */
	struct ohba_session_timers timers;
	__le32 login_ms;	/* for TCP and login together; 0: OHBA_LOGIN_MS; to OHBA_LOGIN_MS_MAX */
	__le32 dev_loss_s;	/* the host's, too: OHBA_DEV_LOSS_* */
	__u8   tos;		/* as CONN_OPEN's */
	__u8   rsvd1[183];
	__u8   host[256];	/* the host's own, kept for it */
};

#define OHBA_TARGET_AUTO	0x0001	/* log in whenever the adapter is enabled */
#define OHBA_TARGET_BOOT	0x0002	/* holds what the machine boots from */
#define OHBA_TARGET_TPGT	0x0004
#define OHBA_TARGET_INITIAL_R2T	0x0008	/* wishes */
#define OHBA_TARGET_IMMEDIATE	0x0010
#define OHBA_TARGET_NAGLE	0x0020	/* as OHBA_CONN_OPEN_NAGLE */
#define OHBA_TARGET_FLAGS	0x003f

/*
 * Seconds without a session after which a host removes the devices that came by it: 1 to
 * OHBA_DEV_LOSS_MAX_S, OHBA_DEV_LOSS_NEVER, or 0: what it does of itself.
 */
#define OHBA_DEV_LOSS_MAX_S	2073600		/* 24 days, in ms below 2^31 */
#define OHBA_DEV_LOSS_NEVER	0xffffffff

#define OHBA_LOGIN_MS		15000
#define OHBA_LOGIN_MS_MAX	600000

enum ohba_login_by {		/* SPEC.md section 6.5 */
	OHBA_LOGIN_BY_EITHER	= 0,	/* the host, if it offers to, and else the adapter */
	OHBA_LOGIN_BY_ADAPTER	= 1,
	OHBA_LOGIN_BY_HOST	= 2,	/* without one there is no login */
};

#define OHBA_ACCOUNT_NONE	0xffff

/* flags of TARGET_LOGOUT */
#define OHBA_TARGET_LOGOUT_ABORT 0x01	/* RST, no Logout Request */
#define OHBA_TARGET_LOGOUT_AGAIN 0x02	/* a session is still wanted: a new one, at once */

/* struct ohba_account - a CHAP name and secret. 576 bytes. */
struct ohba_account {
	__u8   flags;		/* OHBA_ACCOUNT_TARGET */
	__u8   rsvd0;
	__le16 secret_len;	/* bytes, OHBA_SECRET_MIN..255 (RFC 7143 section 9.2.1) */
	__u8   name[256];	/* not empty, but for a target: then it may have any */
	__u8   secret[256];	/* zero-padded; zero when read without OHBA_ACCOUNT_SECRET */
	__u8   rsvd1[60];
};

#define OHBA_SECRET_MIN		12

#define OHBA_ACCOUNT_TARGET	0x01	/* targets prove themselves by it, not we */

/* flags of ACCOUNT_GET */
#define OHBA_ACCOUNT_SECRET	0x01	/* the secret, too */

/* struct ohba_initiator - who we are. 512 bytes. */
struct ohba_initiator {
	__u8   name[OHBA_NAME_LEN];	/* zero: the adapter has a name made of its MAC */
	__u8   alias[OHBA_NAME_LEN];
	__u8   rsvd[64];
};

/* flags of INITIATOR_GET */
#define OHBA_INITIATOR_KEPT	0x01	/* as it was set: without that name */

/* struct ohba_target_list - bit maps by target index, the lowest bit first. 1024 bytes. */
struct ohba_target_list {
	__u8   used[OHBA_TARGETS_MAX / 8];	/* there is an entry */
	__u8   wanted[OHBA_TARGETS_MAX / 8];	/* the adapter is to have a session with it */
};

/* How it stands with the session of an entry. */
enum ohba_target_phase {
	OHBA_TARGET_OFF		= 0,	/* none is wanted */
	OHBA_TARGET_CONNECTING	= 1,
	OHBA_TARGET_LOGIN	= 2,
	OHBA_TARGET_UP		= 3,	/* full-feature phase: there is a session handle */
	OHBA_TARGET_WAITING	= 4,	/* was lost or failed; again after retry_ms */
	OHBA_TARGET_LOGOUT	= 5,	/* is being ended */
};

/* struct ohba_target_state. 1024 bytes. */
struct ohba_target_state {
	__u8   phase;		/* enum ohba_target_phase */
	__u8   wanted;		/* 0 or 1 */
	__le16 reason;		/* enum ohba_status: why the last session or try ended, 0: none did */
	__u8   login_class;	/* the target's last answer to a login (section 11.13.5) */
	__u8   login_detail;
	__le16 tsih;		/* UP */
	__le32 generation;	/* of the entry: another with each change of it */
	__le32 session;		/* UP: the session handle; else 0 */
	__le32 ups;		/* times that it was UP since the adapter was enabled */
	__le32 tries;		/* since it was UP, or LOGIN asked for it */
	__le32 retry_ms;	/* WAITING: until the next try */
	__u8   family;		/* of the portal that it is connected to, as the target redirected */
	__u8   rsvd0;
	__le16 port;
	__u8   addr[16];
	__le16 tpgt;		/* UP */
	__u8   isid[6];		/* in use */
	__u8   rsvd1[8];
	struct ohba_session_params params;	/* UP: what was agreed on; else zero */
	__u8   alias[256];	/* UP: the target's own, or zero */
	__u8   words[160];	/* of the last failure, ASCII */
	/* UP: of the connection; else zero */
	__le32 exp_statsn;	/* of what the target sends next */
	__le32 mss;		/* bytes, 0 if unknown */
	__le16 local_port;
	__u8   tcp_timestamps;	/* this and the next two as in struct ohba_conn_info */
	__u8   send_scale;
	__u8   recv_scale;
	__u8   rsvd2;
	__u8   local_addr[16];	/* of @family */
	__u8   rsvd3[386];
};

/* Who is asked for targets. */
enum ohba_discover_method {
	OHBA_DISCOVER_SENDTARGETS	= 0,	/* a portal (RFC 7143 appendix C) */
	OHBA_DISCOVER_ISNS		= 1,	/* a server (RFC 4171) */
};

#define OHBA_ISNS_PORT	3205	/* of TCP, where iSNS servers are if nobody says otherwise */

/* struct ohba_discover - ask for targets. */
struct ohba_discover {
	__u8   family;		/* enum ohba_family */
	__u8   method;		/* enum ohba_discover_method */
	__le16 port;		/* TCP port, not 0 */
	__u8   addr[16];
	__le16 account;		/* by which we must prove ourselves, or OHBA_ACCOUNT_NONE */
	__le16 chap_list;	/* with an account: list of enum ohba_chap_word; 0: all of them */
	__le32 timeout_ms;	/* for all but the goodbye; 0: 15000; at most OHBA_DISCOVER_MS_MAX */
	__u8   rsvd1[20];
};

#define OHBA_DISCOVERS_MAX	2	/* DISCOVER outstanding */
#define OHBA_DISCOVER_MS_MAX	60000

/* struct ohba_discovery - how it went. 256 bytes. */
struct ohba_discovery {
	__le32 listed;		/* portals of targets, also if the list was cut off */
	__le32 skipped;		/* thereof at names, at none, or where a redirection would not be followed */
	__u8   login_class;	/* the portal's last answer to the login (section 11.13.5) */
	__u8   login_detail;
	__u8   rsvd0[6];
	__u8   words[160];	/* of a failure, ASCII; zero: there was none */
	__u8   rsvd1[80];
};

/* struct ohba_discovered - a target, at one of its portals. 256 bytes. */
struct ohba_discovered {
	__u8   family;		/* enum ohba_family */
	__u8   flags;		/* OHBA_DISCOVERED_TPGT */
	__le16 port;
	__le16 tpgt;		/* with OHBA_DISCOVERED_TPGT */
	__u8   rsvd0[2];
	__u8   addr[16];
	__u8   name[OHBA_NAME_LEN];
	__u8   rsvd1[8];
};

#define OHBA_DISCOVERED_TPGT	0x01	/* the portal said its group */

_Static_assert(sizeof(struct ohba_discover) == 48, "ABI");
_Static_assert(sizeof(struct ohba_discovery) == 256, "ABI");
_Static_assert(sizeof(struct ohba_discovered) == 256, "ABI");
_Static_assert(sizeof(struct ohba_target) == 960, "ABI");
_Static_assert(sizeof(struct ohba_account) == 576, "ABI");
_Static_assert(sizeof(struct ohba_initiator) == 512, "ABI");
_Static_assert(sizeof(struct ohba_target_list) == 1024, "ABI");
_Static_assert(sizeof(struct ohba_target_state) == 1024, "ABI");

#endif /* OHBA_TARGET_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target's inside: what its files share. A session is a connection (error
 * recovery level 0, MaxConnections 1).
 */
#ifndef TARGET_H
#define TARGET_H

#include "keys.h"
#include "script.h"
#include "scsi.h"

#define NAMES_MAX	8
#define CONNS_MAX	4096
#define TASKS_MAX	128		/* of a connection, and the largest --depth */
#define R2TS_MAX	8		/* outstanding, of a task */
#define TEXT_MAX	8192		/* bytes of keys, in one negotiation or answer */
#define NAME_LEN	224		/* of an iSCSI name, with its end (4.2.7.1) */
#define TX_HIGH_WATER	(1u << 20)	/* bytes queued; nothing is read above */
#define NEVER		UINT64_MAX	/* a time, in ms */
#define TTT_MASK	0x3fffffffu	/* of a Target Transfer Tag of ours */
#define TTT_DUPLICATE	0x40000000u	/* of an R2T that a rule repeated */

struct target {
	const char *names[NAMES_MAX];
	unsigned names_count;
	uint32_t many;			/* targets behind the first name, .0 on; 0: the names */
	struct scsi_disks disks;
	struct keys_ours keys;
	struct script script;
	uint32_t depth;			/* commands that a session may have */
	uint32_t nop_ms;		/* between pings; 0: none */
	bool separate_status;		/* no status in Data-In */
	bool verbose;

	uint64_t now_ms;		/* set by the loop; nothing else reads a clock */
	struct conn *conns;
	unsigned conns_count;
	unsigned accepted;
	struct conn *changed;		/* since the loop last looked; chained by .next_changed */
	struct conn *timed;		/* have a deadline */
};

/* A PDU received. */
struct in {
	union iscsi_pdu_hdr *hdr;
	uint8_t *data;
	uint32_t len;			/* bytes of @data, without padding */
	/* what the rules want */
	bool consumed;			/* not processed */
	bool hang;			/* a command: it stays until aborted */
	unsigned times;			/* it is processed */
	uint64_t due;			/* not processed before */
};

/* A PDU to be sent. @data is borrowed for the call. */
struct out {
	union iscsi_pdu_hdr hdr;
	const uint8_t *data;
	uint32_t len;
	bool with_status;		/* it takes a StatSN */
	/* what the rules want */
	bool dropped;
	unsigned times;
	bool bad_header_digest, bad_data_digest;
	uint32_t ahs_words;
	uint8_t padding;		/* each byte of it */
	uint64_t due;			/* not sent before */
	uint32_t split, gap_ms;		/* bytes at a time */
	bool merge;			/* with the next one, if that comes before @due */
	uint8_t *own;			/* replaces @data; freed by out_send() */
	void (*after)(struct conn *conn, const struct out *out);
};

struct r2t {
	bool live;
	uint32_t ttt;
	uint32_t offset, len, got;	/* bytes */
	uint32_t datasn;		/* of the next Data-Out */
};

/* A write that waits for its data, or a hung command. Reads are answered at once. */
struct task {
	bool live;
	bool hung;			/* by a rule: it waits for its abort */
	uint32_t itt;
	uint8_t lun[8];
	struct scsi_result result;	/* where the data goes */
	uint32_t edtl;			/* bytes that the initiator has */
	uint32_t want;			/* bytes that move: no more than both sides have */
	uint32_t asked;			/* bytes that came unasked or were asked for */
	uint32_t got;
	bool failed;			/* the disk did */
	bool unsolicited;		/* more comes unasked */
	uint32_t unsolicited_sn;
	uint32_t r2tsn;
	struct r2t r2t[R2TS_MAX];
};

struct chunk;

enum conn_stage { CONN_LOGIN, CONN_FULL };

enum rx_phase { RX_BHS, RX_HEADER, RX_DATA };

struct login {
	bool begun;
	bool discovery;
	bool declared;			/* our MaxRecvDataSegmentLength is said */
	bool garbage;			/* wanted by a rule */
	enum iscsi_stage stage;
	uint8_t isid[ISCSI_ISID_LEN];
	uint16_t tsih;
	char initiator[NAME_LEN];
	char target[NAME_LEN];
};

struct conn {
	struct target *target;
	struct conn *next, **link;	/* of target->conns */
	struct conn *next_changed;
	bool is_changed;
	struct conn *next_timed, **link_timed;	/* NULL: it has no deadline */
	uint64_t due;			/* ms; timed: when conn_run() is, without events */
	unsigned events;		/* that the loop waits for; 0: it does not know yet */
	unsigned number;		/* from 1, in the order of accept() */
	int fd;
	bool dead;			/* freed by the loop */
	bool closing;			/* FIN after what is queued */
	bool shut;			/* FIN sent */
	bool injecting;			/* what a rule sends meets no rule */
	enum conn_stage stage;
	struct login login;
	struct keys_agreed keys;
	struct scsi_disks disks;	/* of the target that it is logged in to */
	uint16_t cid;

	char text[TEXT_MAX];		/* of requests with the C bit, so far */
	uint32_t text_len;

	uint8_t *rx;
	size_t rx_size, have, need;
	enum rx_phase phase;
	bool judged;			/* the rules have seen what is in @rx */
	struct in in;

	struct chunk *tx, **tx_last;
	size_t queued;			/* bytes */

	uint64_t silent_until, close_at, nop_at, frozen_until;	/* ms */
	uint32_t statsn, exp_cmdsn;
	uint32_t frozen_max;		/* MaxCmdSN, until frozen_until */
	uint32_t max_cmdsn;		/* as last said */
	uint32_t ttt;			/* the next */
	unsigned tasks_live;
	struct task tasks[TASKS_MAX];
};

/* --- log.c: stderr, a line each --- */

void log_peer(const struct conn *conn, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));		/* what the initiator did wrong */
void log_info(const struct conn *conn, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));		/* with --verbose */

/* --- serve.c: the loop --- */

/* Until SIGTERM or SIGINT; SIGUSR1 resets all connections. */
bool serve(struct target *target, const int *listeners, unsigned count);
/* Another than the one that runs is dead, or waits for something else. */
void serve_changed(struct conn *conn);

/* --- conn.c: the socket, PDUs in and out of bytes --- */

struct conn *conn_new(struct target *target, int fd);
void conn_free(struct conn *conn);
/* For poll(); @deadline is lowered to when conn_run() is due without events. */
short conn_events(const struct conn *conn, uint64_t *deadline);
void conn_run(struct conn *conn, short events);
void conn_close(struct conn *conn);		/* FIN, after what is queued */
void conn_reset(struct conn *conn);		/* RST, now */
void conn_silence(struct conn *conn, uint32_t ms);
/* Queue @out as it is, with the digests agreed. */
void conn_emit(struct conn *conn, const struct out *out);

/* --- out.c: PDUs of ours --- */

/* Fills in lengths and sequence numbers, asks the rules, sends. */
void out_send(struct conn *conn, struct out *out);
void out_reject(struct conn *conn, const union iscsi_pdu_hdr *hdr, uint8_t reason);
void out_async(struct conn *conn, uint8_t event, uint16_t time2wait, uint16_t time2retain);
void out_nop_in(struct conn *conn, bool want_answer);
uint32_t out_max_cmdsn(struct conn *conn);

/* --- login.c --- */

void login_request(struct conn *conn, struct in *in);
void login_fail(struct conn *conn, const struct in *in, uint8_t class, uint8_t detail);
void text_request(struct conn *conn, struct in *in);

/* --- session.c: the full-feature phase --- */

/* A whole PDU. False: it stays until in.due. */
bool session_pdu(struct conn *conn);
void session_tick(struct conn *conn);		/* pings, the frozen window */

/* --- task.c: SCSI commands and their data; data_out.c, tmf.c --- */

struct task *task_find(struct conn *conn, uint32_t itt);	/* or NULL */
void task_command(struct conn *conn, struct in *in);
void task_data_out(struct conn *conn, struct in *in);
void task_management(struct conn *conn, struct in *in);
void task_management_answer(struct conn *conn, const struct in *in, uint8_t response);
void task_hang(struct conn *conn, const struct in *in);
/* Ends a command before it begins; @sense may be NULL. */
void task_refuse(struct conn *conn, const struct in *in, uint8_t status,
		 const struct scsi_sense *sense);

#endif /* TARGET_H */

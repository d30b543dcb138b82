/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of discoveries (discover.h) share: a discovery under way, and ways to ask. */
#ifndef OHBA_DISCOVER_PRIV_H
#define OHBA_DISCOVER_PRIV_H

#include "adapter.h"
#include "discover.h"
#include "discover_states.h"
#include "discovery.h"
#include "iscsi.h"
#include "isns.h"
#include "login.h"
#include "ohba_login.h"
#include "targets.h"
#include "tcp.h"

struct ohba_discover_row {
	struct ohba_fw *fw;			/* NULL: was never used since enable */
	uint32_t n;
	uint8_t state;				/* enum ohba_discover_state: ohba_discover_move() */
	uint16_t why;				/* it ends, if not 0 */
	uint16_t fault;				/* host memory cannot be written */
	const struct ohba_discover_ops *ops;
	struct ohba_timer timer;
	struct ohba_owed owed;
	struct ohba_discover asked;
	uint64_t deadline_ns;
	struct ohba_discovery told;
	uint32_t written;			/* records, behind .told */
	struct ohba_sgl sgl;
	struct ohba_seg seg[OHBA_FW_MAX_SGE];
	/* Copied: commands may change the records meanwhile. */
	struct ohba_initiator initiator;
	/* SendTargets */
	struct ohba_account account;
	struct iscsi_login_config config;
	struct iscsi_login login;
	struct iscsi_discovery list;
	bool answered;				/* our Logout Request */
	/* iSNS */
	struct ohba_tcp *tcp;			/* NULL: there is none any more */
	struct isns isns;
	struct isns_pdu pdu;			/* what of it was not sent yet */
	bool frozen;				/* until the next reset */
};

/* How it is asked. */
struct ohba_discover_ops {
	/* Return: 0, or why it did not begin; then nothing is under way. */
	enum ohba_status (*begin)(struct ohba_discover_row *row);
	/* The time is up, of the state that it is in. */
	void (*expired)(struct ohba_discover_row *row);
	/* The row is about to be free. */
	void (*end)(struct ohba_discover_row *row);
	/* Do nothing any more (fault.h); forget what is under way. NULL: connections do it. */
	void (*freeze)(struct ohba_discover_row *row);
	void (*stop)(struct ohba_discover_row *row);
};

extern const struct ohba_discover_ops ohba_discover_session, ohba_discover_isns;

/* @event happens to it. Return: whether it may. */
bool ohba_discover_move(struct ohba_discover_row *row, enum ohba_discover_event event);
/* It ends with @why, if that is not 0. The first reason counts. @words: NULL: the meaning. */
int ohba_discover_because(struct ohba_discover_row *row, enum ohba_status why,
			  const char *words);
/* Nothing is under way any more: the command completes, and the row is free. */
void ohba_discover_finish(struct ohba_discover_row *row);
/*
 * A target at @at (family, address, port), NULL: at no address; @tpgt: its portal group, or
 * ISCSI_TPGT_NONE.
 */
void ohba_discover_found(struct ohba_discover_row *row, const char *name,
			 const struct ohba_conn_open *at, int32_t tpgt);
/* To where it was asked for. */
struct ohba_conn_open ohba_discover_peer(const struct ohba_discover_row *row);

#endif /* OHBA_DISCOVER_PRIV_H */

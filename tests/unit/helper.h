/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that logs in for its adapter (SPEC.md section 6.5), by uip/proto, as a helper does:
 * the only part of the harness that uses it.
 */
#ifndef HELPER_H
#define HELPER_H

#include "login.h"
#include "world.h"

#include "ohba_login.h"

/* A login that was taken. */
struct helper {
	struct host *host;
	uint32_t handle;
	struct ohba_login_task task;
	uint64_t recv_addr;		/* of the LOGIN_RECV that waits */
	uint32_t recv_tag;		/* 0: none does */
	struct iscsi_login_config config;
	struct iscsi_login login;
};

void helper_offer(struct host *host, uint32_t on);
/* The next event gives a login handle of entry @index. */
uint32_t helper_asked(struct host *host, uint32_t index);
/* The next events: entry @index connects, TCP is up, and there is the handle. */
uint32_t helper_wanted(struct host *host, uint32_t index, uint16_t reason);
/* An entry of the harness's, by whom; it is wanted. */
void helper_set_up(struct world *w, uint32_t index, uint8_t login_by);
/* LOGIN_TAKE. */
void helper_take(struct helper *helper, struct host *host, uint32_t handle);

/* Entry 0 is set up after an offer, and its login is taken. */
void helper_taken(struct world *w, struct helper *helper, uint8_t login_by);
/* Requests of a login that the newest connection heard. */
unsigned int helper_requests(const struct world *w);
/* The target says something that may be a part of a login. */
void helper_send_response(struct wire *wire, uint8_t flags, uint32_t len);

/* LOGIN_SEND of @bhs, whose length is filled in; the tag. */
uint32_t helper_send_start(struct helper *helper, uint8_t *bhs, const void *data, uint32_t len);
void helper_send(struct helper *helper, uint8_t *bhs, const void *data, uint32_t len,
		 uint16_t status);
/* A LOGIN_RECV waits from now on. */
void helper_recv(struct helper *helper);
/* It has completed with @status; its bytes, of which there are *@len. */
const uint8_t *helper_received(struct helper *helper, uint16_t status, uint32_t *len);
/* No command with @handle does anything. */
void helper_stale(struct host *host, uint32_t handle);

/* Log in until there is a result. */
const struct iscsi_login_result *helper_log_in(struct helper *helper);
/* What LOGIN_END is to be given for it. */
struct ohba_login_result helper_result(const struct helper *helper);
void helper_end(struct helper *helper, const struct ohba_login_result *result, uint16_t status);
/* All of it: take, log in, and tell how it ended, which works. */
void helper_serve(struct host *host, uint32_t handle);

#endif /* HELPER_H */

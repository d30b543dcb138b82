/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection and its login through an adapter (RFC 7143 section 6.3). */
#ifndef NATIVE_LOGIN_H
#define NATIVE_LOGIN_H

#include "host.h"
#include "load.h"

/*
 * Connect, log in with what libiscsi offers, start the session; its handle.
 * Ends the process if it fails.
 */
uint32_t native_login(struct host *host, const struct load_target *target);

#endif /* NATIVE_LOGIN_H */

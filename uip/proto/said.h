/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to uip/proto, but for its size: what a target has said during a login. */
#ifndef ISCSI_SAID_H
#define ISCSI_SAID_H

#include <stdint.h>

#include "params.h"
#include "text.h"

struct iscsi_binary {
	uint32_t len;			/* bytes */
	uint8_t data[ISCSI_BINARY_MAX];
};

#define ISCSI_CHAP_NAME_MAX	255

/* All that a target may say. What it has not said is as it was before. */
struct iscsi_said {
	struct iscsi_params params;	/* first: a wish and its outcome are at one offset */
	uint32_t tpgt;
	uint32_t chap_id;
	char alias[ISCSI_VALUE_MAX + 1];
	char chap_name[ISCSI_CHAP_NAME_MAX + 1];
	struct iscsi_binary chap_challenge;
	struct iscsi_binary chap_response;
};

#endif /* ISCSI_SAID_H */

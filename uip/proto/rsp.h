/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to uip/proto: what holds of a response, whatever was asked. */
#ifndef ISCSI_RSP_H
#define ISCSI_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iscsi_pdu.h"

struct iscsi_rsp_expected {
	bool asked;
	uint8_t opcode;
	uint32_t itt;
	uint32_t dsl_max;		/* bytes */
	unsigned int left;		/* PDUs that may still come */
};

/* @len: bytes that came as data segment. Return: NULL, or why not (static). */
const char *iscsi_rsp_wrong(const struct iscsi_rsp_expected *expected,
			    const struct iscsi_bhs *rsp, size_t len);

#endif /* ISCSI_RSP_H */

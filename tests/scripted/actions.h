/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rows of actions.c's table call that has a file of its own: fields.c. */
#ifndef TARGET_ACTIONS_H
#define TARGET_ACTIONS_H

#include "target.h"

/* Modulo 2^32, as all sequence numbers and offsets. */
static inline void add32(iscsi_be32 *field, uint32_t n)
{
	*field = iscsi_put32(iscsi_get32(*field) + n);
}

/* Each changes the header of a PDU that is about to be sent. */
void field_datasn(struct hit *hit);
void field_statsn(struct hit *hit);
void field_itt(struct hit *hit);
void field_ttt(struct hit *hit);
void field_offset(struct hit *hit);
void field_desired_len(struct hit *hit);
void field_overflow(struct hit *hit);
void field_underflow(struct hit *hit);
void field_opcode(struct hit *hit);
void field_reserved(struct hit *hit);
void field_window(struct hit *hit);

/* Any field, OFFSET/WIDTH/VALUE; why these cannot be, or NULL. */
void field_set(struct hit *hit);
void field_xor(struct hit *hit);
void field_add(struct hit *hit);
const char *field_wrong(const uint32_t *args);
const char *field_wrong_place(const uint32_t *args);

#endif /* TARGET_ACTIONS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text keys and what becomes of them (RFC 7143 sections 6 and 13). */
#ifndef TARGET_KEYS_H
#define TARGET_KEYS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The negotiable keys, in the order of keys.c's table. */
enum key {
	KEY_HEADER_DIGEST, KEY_DATA_DIGEST, KEY_MAX_CONNECTIONS, KEY_INITIAL_R2T,
	KEY_IMMEDIATE_DATA, KEY_MRDSL, KEY_MAX_BURST, KEY_FIRST_BURST,
	KEY_TIME2WAIT, KEY_TIME2RETAIN, KEY_MAX_R2T, KEY_PDU_IN_ORDER,
	KEY_SEQUENCE_IN_ORDER, KEY_ERL, KEY_TASK_REPORTING,
	KEY_COUNT
};

/* Our side of each negotiation. */
struct keys_ours {
	uint32_t value[KEY_COUNT];
	const char *answer[KEY_COUNT];	/* said whatever was offered, or NULL */
};

/* What holds on a connection; MRDSL is the initiator's. */
struct keys_agreed {
	uint32_t value[KEY_COUNT];
};

void keys_defaults(struct keys_ours *ours, struct keys_agreed *agreed);

/* "Key=Value"; @verbatim: an answer, else our side. Says what is wrong on stderr. */
bool keys_set(struct keys_ours *ours, const char *pair, bool verbatim);
void keys_help(FILE *f);

/*
 * Answer an initiator's @key=@value: the text of the answer, NULL for none (the
 * key is declarative). @scratch holds the answer if need be. *@agreed changes.
 * An unknown key is answered as such.
 */
const char *keys_answer(const struct keys_ours *ours, struct keys_agreed *agreed,
			const char *key, const char *value, char scratch[32]);

#endif /* TARGET_KEYS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flashnodes and CHAP accounts as iscsiadm sets them. */
#ifndef FLASHES_H
#define FLASHES_H

#include "bench.h"

#define FLASH_TARGETS	16
#define FLASH_ACCOUNTS	16

/* Load the modules over an adapter with sessions of its own, not yet probed. */
void flash_load(void);
int flash_up(void **state);

/* What the next request says, as far as put() has come. */
void flash_put(u16 param, const void *value, u32 len);
void flash_put_num(u16 param, u32 value, u32 len);
void flash_put_text(u16 param, const char *text);
/* The head alone, which says that @len bytes follow. */
void flash_put_head(u16 param, u32 len);
/* Bytes that are no whole attribute. */
void flash_put_bytes(const void *bytes, u32 len);
/* Return: what the transport returned. */
int flash_new(const char *portal_type);
int flash_update(u32 index);
/* One whose index that must be. */
void flash_add(const char *portal_type, int index);
/* One with that name. */
void flash_keep(u32 index, const char *name);
/* What the adapter has of it. */
const struct ohba_target *flash_kept(u32 index);
int flash_delete(u32 index);
int chap_set(void);
int chap_get(u16 index, u32 room, struct iscsi_chap_rec *rec, u32 *n);
/* A good account, and it must be taken. */
void chap_add(u16 index, int type, const char *name, const char *secret);
/* A line of sysfs; it must be shown. */
const char *flash_show(u32 index, int param);

#endif /* FLASHES_H */

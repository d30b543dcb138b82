/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For fuzz_driver: an adapter with sessions of its own, and what iscsiadm asks of its
 * flashnodes and CHAP accounts. The device is that of the driver's tests (targets.h).
 */
#ifndef DRIVER_FLASH_H
#define DRIVER_FLASH_H

#include "fuzz.h"

/* Behind bench_load(). */
void driver_flash_load(void);
/* DRIVER_FLASH, DRIVER_PHASE: the operands are taken, whatever comes of them. */
void driver_flash_op(struct input *in, bool possible);
void driver_phase_op(struct input *in);
bool driver_flash_busy(void);

#endif /* DRIVER_FLASH_H */

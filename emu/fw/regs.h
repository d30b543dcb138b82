/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register file of BAR 0 (ohba_regs.h). Guest CPUs read and write it from
 * their own threads; the loop takes requests from it and publishes its state.
 */
#ifndef OHBA_REGFILE_H
#define OHBA_REGFILE_H

#include <stdbool.h>
#include <stdint.h>

struct ohba_fw;
struct ohba_regs;

struct ohba_regs *ohba_regs_create(void);
void ohba_regs_destroy(struct ohba_regs *regs);
/* Everything as at power-on; a CTRL write not yet taken is forgotten. */
void ohba_regs_power_on(struct ohba_regs *regs);

/*
 * Take what the guest asked for by CTRL: *@ctrl is the register, the return
 * value says whether a reset was asked for since the last time.
 */
bool ohba_regs_take_ctrl(struct ohba_regs *regs, uint32_t *ctrl);
/* Publish STATUS, unless a reset is due, whose outcome is all that counts then. */
void ohba_regs_set_status(struct ohba_regs *regs, uint32_t status);
void ohba_regs_beat(struct ohba_regs *regs);
/* From now on all reads are all ones and writes are lost, power-on or not. */
void ohba_regs_vanish(struct ohba_regs *regs);

/* Ring registers, OHBA_REG_ADMIN_CTL..OHBA_REG_EVENT_SIZE. */
uint32_t ohba_regs_ring32(struct ohba_regs *regs, uint32_t off);
uint64_t ohba_regs_ring64(struct ohba_regs *regs, uint32_t off);

/* Doorbell writes of queue @qid since it was cleared. */
uint32_t ohba_regs_doorbells(struct ohba_regs *regs, uint32_t qid);
void ohba_regs_clear_doorbells(struct ohba_regs *regs, uint32_t qid);

#endif /* OHBA_REGFILE_H */

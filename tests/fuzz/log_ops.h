/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of fuzz_log's input: a byte (modulo the count) names what happens next,
 * its operands follow. New ones go at the end.
 */
#ifndef LOG_OPS_H
#define LOG_OPS_H

enum log_op {
	LOG_POWER,		/* u8 bit 0: in order; goes and comes back */
	LOG_PART,		/* u8 place, u8 copy, u8 number, u8 records, u16 the first's number,
				   u16 what is erased, damage of its first 256 bytes: what lies
				   there, whole */
	LOG_FLIP,		/* u8 place, u8 copy, u16 byte, u8 bits: the same */
	LOG_EVENTS,		/* u8: so many */
	LOG_TIME,		/* u8 seconds pass */
	LOG_CLEAR,		/* the host erases it */
	LOG_CLOCK,		/* u8: the host tells the time */
	LOG_DRIVE,		/* u8 bit 0: writes fail from now on */
	LOG_OPS,
};

#endif /* LOG_OPS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of fuzz_flash's input: a byte (modulo the count) names what happens next,
 * its operands follow. New ones go at the end.
 */
#ifndef FLASH_OPS_H
#define FLASH_OPS_H

/*
 * A configuration is u8 n, and n times: u8 address, u8 of a table, damage of it; then
 * damage of its first 64 bytes. A record is u8 of its content, damage of its first 32 bytes,
 * damage of its last 256.
 */
enum flash_op {
	FLASH_POWER,		/* goes and comes back */
	FLASH_COPY,		/* u8 which, u8 how, u8 number, a configuration, u8 n, and n times
				   u16 place, u8 new byte: what lies there */
	FLASH_FLIP,		/* u16 place, u8 bits */
	FLASH_SET,		/* a configuration, u8 end, u16 bytes: the host writes it */
	FLASH_UNREADABLE,	/* the drive, the next time that power comes */
	FLASH_RECORD,		/* u8 which, u8 copy, u8 how, u8 number, a record, u8 n, and n
				   times u16 place, u8 new byte: what lies there */
	FLASH_KEEP,		/* u8 which, u8 whether it is deleted unless it is the initiator,
				   else a record; u8 end, u16 bytes: the host does it */
	FLASH_FLIP_RECORD,	/* u16 place behind the configuration, u8 bits */
	FLASH_OPS,
};

/* How a copy is made: erased, or else whole before the bytes are changed. */
#define FLASH_ZEROES	1
#define FLASH_ONES	2
#define FLASH_LAST	4	/* the number's upper bytes are ones */
#define FLASH_SEALED	8	/* the CRC is made after that */
#define FLASH_NONE_THERE 16	/* a record's: that it was deleted */

/* How a write ends. */
#define FLASH_FAILS	1	/* and so many bytes of it reached flash; else all */
#define FLASH_RESET	2	/* the host resets the adapter before */
#define FLASH_SECOND	4	/* if there are two writes, the second one fails */

/* Addresses by the table. */
enum { FLASH_NONE, FLASH_STATIC4, FLASH_DHCP4, FLASH_SLAAC6, FLASH_VLAN6, FLASH_KINDS };

#endif /* FLASH_OPS_H */

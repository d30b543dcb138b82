/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of fuzz_driver's input. One byte of options, then one byte names what
 * happens next (its low six bits, modulo the count), its operands follow. Unless bit
 * 7 is set the driver then runs until it waits. While probe or remove waits, the
 * device goes on by the same input, and what the host does is left out. New ones go
 * at the end.
 */
#ifndef DRIVER_OPS_H
#define DRIVER_OPS_H

/* Options. */
#define DRIVER_HOSTILE_PROBE	0x01	/* the input answers from the first register on */
#define DRIVER_SMALL_RINGS	0x02	/* of 4 entries */
#define DRIVER_POLL_QUEUES	0x04
#define DRIVER_SILENT_END	0x08	/* the device says nothing more when the input is over */
#define DRIVER_LOGGED_IN	0x10	/* begin with a session, if not hostile by then */
#define DRIVER_TARGETS		0x20	/* the adapter has sessions by itself */

#define DRIVER_NO_RUN		0x80	/* with an op */

enum driver_op {
	/* the device */
	DRIVER_TURN,		/* an honest turn: fetch, answer what can be answered */
	DRIVER_ANSWER,		/* u8 which, u8 status, damage of the completion */
	DRIVER_COMPLETE,	/* u8 tag index, u8 scsi status, u8 flags, u16 residual, u16 sense */
	DRIVER_POST,		/* u8 queue, u32 tag, damage */
	DRIVER_PDU,		/* u8 session, u8 kind, u16 length, u8 how, damage of the header */
	DRIVER_EVENT,		/* u8 type, u8 session, u8 reason, damage */
	DRIVER_POKE,		/* u8 place, u16 offset, u8 n, n bytes */
	DRIVER_SKIP,		/* u8 queue, s8: its place in the completion ring */
	DRIVER_IRQ,		/* u8 vector */
	DRIVER_REG,		/* u8 register, u32 value */
	DRIVER_RACE,		/* u8 barriers until, u8 place, u16 offset, u8 n, n bytes */
	DRIVER_IDENTIFY,	/* damage of what IDENTIFY says */
	/* the host */
	DRIVER_TIME,		/* u8: of a table */
	DRIVER_SESSION,		/* u8 session, u8 step, u8 operand */
	DRIVER_IO,		/* u8 session, u8 how, u16 length, u8 segment */
	DRIVER_TIMEOUT,		/* u8 tag index */
	DRIVER_POLL,		/* u8 queue */
	DRIVER_CPU,		/* u8 */
	DRIVER_HOST,		/* u8: what happens to the adapter */
	DRIVER_FLASH,		/* u8 kind, u8 index, u8 parameter, u8 n, n bytes */
	/* and of the device: */
	DRIVER_PHASE,		/* u8 entry, u8 how: 0 up, 1 lost, else phase << 4 */
	DRIVER_OPS,
};

/* Where DRIVER_POKE and DRIVER_RACE write. */
enum driver_place {
	PLACE_ADMIN_CTL, PLACE_ADMIN_CQ, PLACE_IO_CTL, PLACE_IO_CQ, PLACE_IO2_CTL,
	PLACE_IO2_CQ, PLACE_EVENT_CTL, PLACE_EVENTS, PLACE_SENSE,
	PLACE_DATA,		/* of the command that is (offset >> 8) before the last */
	PLACES,
};

enum driver_pdu {
	DPDU_LOGIN_RSP, DPDU_LOGIN_FINAL, DPDU_TEXT_RSP, DPDU_LOGOUT_RSP, DPDU_NOP_IN,
	DPDU_PING, DPDU_ASYNC, DPDU_REJECT, DPDU_OTHER,
	DPDU_KINDS,
};
/* How. */
#define DPDU_LIE	0x01	/* the length that it claims is not what it wrote */
#define DPDU_LIE_TWICE	0x02	/* and the header agrees with the claim */

enum driver_step {
	STEP_CONNECT, STEP_BIND, STEP_LOGIN_PDU, STEP_TEXT, STEP_LOGOUT_PDU, STEP_NOP,
	STEP_START, STEP_STATS, STEP_TIMERS, STEP_DISCONNECT, STEP_END, STEP_LOGIN,
	STEPS,
};

enum driver_host {
	HOST_RESET_PREPARE, HOST_RESET_DONE, HOST_PCI_ERROR, HOST_PCI_RESUME, HOST_SUSPEND,
	HOST_RESUME, HOST_SHUTDOWN, HOST_PULL_OUT, HOST_KINDS,
};

/* What iscsiadm asks, of a flashnode or of the host. */
enum driver_flash {
	FLASH_SET, FLASH_SET_RAW, FLASH_DELETE, FLASH_LOGIN, FLASH_LOGOUT, FLASH_SHOW,
	FLASH_OF_HOST,
	FLASH_NEW = FLASH_OF_HOST, FLASH_CHAP_SET, FLASH_CHAP_SET_RAW, FLASH_CHAP_GET,
	FLASH_CHAP_DELETE, FLASH_STATS,
	FLASH_KINDS,
};

#endif /* DRIVER_OPS_H */

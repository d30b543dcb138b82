/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of fuzz_target's input. Two bytes of options, then one byte (modulo
 * the count) names what happens next, its operands follow. New ones go at the end.
 */
#ifndef TARGET_OPS_H
#define TARGET_OPS_H

/* The first byte. */
#define TARGET_HDR_DIGEST	0x01
#define TARGET_DATA_DIGEST	0x02
#define TARGET_INITIAL_R2T	0x04
#define TARGET_IMMEDIATE	0x08
#define TARGET_SMALL		0x10	/* segments and bursts as small as allowed */
#define TARGET_NOPS		0x20	/* the adapter pings */
#define TARGET_WINDOW_1		0x40	/* a command window of one */
#define TARGET_OWN		0x80	/* the adapter has the session by itself */

/* The second: enum cut of what comes in | 0x10 to cut what goes out at random. */

enum target_op {
	TARGET_SETTLE,		/* turns until nothing happens */
	TARGET_PDU,		/* u8 kind, u8 task, u16 data length, u8 digests, damage */
	TARGET_NEXT,		/* u8 task: what a good target sends next */
	TARGET_BYTES,		/* u8 n, n bytes */
	TARGET_SUBMIT,		/* u8 direction | layout << 4, u16 length: the host's command */
	TARGET_TMF,		/* u8 function, u8 task: the host's request */
	TARGET_HOST_PDU,	/* u8 kind, u8 length: the host's NOP-Out, Text, Logout */
	TARGET_RECV,		/* the host posts a PDU_RECV */
	TARGET_TIME,		/* u8: of a table */
	TARGET_END_STREAM,	/* u8: FIN or an error */
	TARGET_CUT,		/* u8 */
	TARGET_OPS,
};

/*
 * Kinds of PDU. Task n is the n-th ITT that the adapter used, newest first. Before
 * the damage everything is as the target may send it. Digests are right, over the
 * damaged header, unless bit 0 (header) or 1 (data) of "digests" is set.
 */
enum target_pdu {
	TPDU_SCSI_RSP, TPDU_SENSE, TPDU_DATA_IN, TPDU_DATA_IN_STATUS, TPDU_R2T, TPDU_TMF_RSP,
	TPDU_NOP_IN, TPDU_PING, TPDU_TEXT_RSP, TPDU_LOGOUT_RSP, TPDU_ASYNC_DROP,
	TPDU_ASYNC_LOGOUT, TPDU_REJECT, TPDU_WINDOW,
	TPDU_KINDS,
};

#endif /* TARGET_OPS_H */

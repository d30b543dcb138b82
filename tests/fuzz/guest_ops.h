/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of fuzz_guest's input: one byte (modulo the count) names what the
 * guest or its network does next, its operands follow. New ones go at the end, so
 * that old inputs keep their meaning until the counts change.
 */
#ifndef GUEST_OPS_H
#define GUEST_OPS_H

enum guest_op {
	GUEST_SETTLE,		/* turns until nothing happens */
	GUEST_BRING_UP,
	GUEST_SUBMIT,		/* u8 queue, then a command, see below */
	GUEST_POKE,		/* u16 offset / 2, u8 n, n bytes */
	GUEST_INDEX,		/* u8 queue (3: events), u8 field, i8 relative to what is there */
	GUEST_DOORBELL,		/* u8 queue */
	GUEST_REG_WRITE,	/* u8 register (of a table; last: u16 offset), u32 value */
	GUEST_REG_READ,		/* u16 offset */
	GUEST_TIME,		/* u8: of a table */
	GUEST_REAP,
	GUEST_ANSWER,		/* u8 connection, u8 status of connect */
	GUEST_PDU,		/* u8 connection, then a PDU, see below */
	GUEST_BYTES,		/* u8 connection, u8 n, n bytes */
	GUEST_END_STREAM,	/* u8 connection, u8: FIN or an error */
	GUEST_RESET,
	GUEST_BUS_LOST,
	GUEST_CUT,		/* u8 connection, u8 in | out << 4 */
	GUEST_FRAGMENT,		/* u16 bytes */
	GUEST_LINK,		/* u8 up */
	GUEST_TURN,		/* one turn */
	GUEST_LOGIN,		/* u8 connection id, u8 session flags: open, answer, start */
	GUEST_OWN_LOGIN,	/* u8 target index, u8 its wishes: set, log in, answer */
	GUEST_HOST_LOGIN,	/* the same, and the host makes the login, but for its end */
	/*
	 * u8 the wishes of DISCOVER, which gets as far as its question; u8 n, and n times u8 flags
	 * (0x80: the last; 0x40: goes on), u8 len, len bytes of its answer
	 */
	GUEST_DISCOVERY,
	GUEST_OPS,
};

/*
 * A command: u8 kind, u8 handle, u8 tag, u8 layout, u16 data length, damage. It is
 * legal before the damage, if the state of things allows it.
 */
enum guest_cmd {
	CMD_IDENTIFY, CMD_HOST_SETUP, CMD_QUEUE_CREATE, CMD_QUEUE_DELETE, CMD_PORT_GET,
	CMD_STATS_GET, CMD_CONN_OPEN, CMD_CONN_CLOSE, CMD_CONN_INFO, CMD_LOGIN_SEND,
	CMD_NOP_SEND, CMD_TEXT_SEND, CMD_LOGOUT_SEND, CMD_PDU_RECV, CMD_SESSION_START,
	CMD_SESSION_TIMERS, CMD_TMF, CMD_READ, CMD_WRITE, CMD_NO_DATA, CMD_LONG_CDB,
	CMD_RAW,		/* the 128 bytes follow instead of the rest */
	CMD_TARGET_GET, CMD_TARGET_SET, CMD_TARGET_DELETE, CMD_TARGET_LOGIN, CMD_TARGET_LOGOUT,
	CMD_TARGET_STATE, CMD_TARGET_LIST, CMD_ACCOUNT_GET, CMD_ACCOUNT_SET, CMD_ACCOUNT_DELETE,
	CMD_INITIATOR_GET, CMD_INITIATOR_SET,
	/* Handle: 0: the last that was told of, 1: the one before, ... */
	CMD_LOGIN_OFFER, CMD_LOGIN_TAKE, CMD_OWN_SEND, CMD_OWN_RECV, CMD_LOGIN_END,
	CMD_DISCOVER,
	CMD_LOG_READ, CMD_LOG_ERASE, CMD_LOG_CLOCK, CMD_FLASH_ERASE,
	CMD_KINDS,
};

/* Where the data of a command lies. */
enum guest_layout {
	SGL_ONE, SGL_FOUR, SGL_LIST, SGL_LIST_OF_LISTS, SGL_LOOP, SGL_NOWHERE, SGL_END_OF_RAM,
	SGL_RINGS, SGL_NONE,
	SGL_LAYOUTS,
};

/*
 * A PDU: u8 kind, u8 which of the last ITTs, u16 data length, damage. Numbers are
 * what the initiator expects if all before was legal.
 */
enum guest_pdu {
	PDU_LOGIN_RSP, PDU_LOGIN_FINAL, PDU_SCSI_RSP, PDU_SENSE, PDU_DATA_IN, PDU_DATA_IN_STATUS,
	PDU_R2T, PDU_NOP_IN, PDU_PING, PDU_TEXT_RSP, PDU_LOGOUT_RSP, PDU_TMF_RSP, PDU_ASYNC,
	PDU_REJECT,
	PDU_KINDS,
};

#endif /* GUEST_OPS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections, sessions and SCSI commands from both ends: the host submits, the
 * target looks at every byte and answers. The target's numbers are kept here and
 * not taken from the firmware.
 */
#ifndef SESSION_H
#define SESSION_H

#include "host.h"
#include "target.h"

#define OP_NOP_OUT	0x00
#define OP_SCSI_CMD	0x01
#define OP_TMF_REQ	0x02
#define OP_LOGIN_REQ	0x03
#define OP_TEXT_REQ	0x04
#define OP_DATA_OUT	0x05
#define OP_LOGOUT_REQ	0x06
#define OP_NOP_IN	0x20
#define OP_SCSI_RSP	0x21
#define OP_TMF_RSP	0x22
#define OP_LOGIN_RSP	0x23
#define OP_TEXT_RSP	0x24
#define OP_DATA_IN	0x25
#define OP_LOGOUT_RSP	0x26
#define OP_R2T		0x31
#define OP_ASYNC	0x32
#define OP_REJECT	0x3f
#define OP_IMMEDIATE	0x40
#define FLAG_F		0x80
#define DATA_IN_S	0x01
#define RES_UNDER	0x02
#define RES_OVER	0x04

/* What SESSION_START is given, in host order. */
struct opts {
	uint32_t flags, max_recv_dsl, max_xmit_dsl, max_burst, first_burst, max_r2t;
	uint32_t cmdsn, statsn, window;
	uint32_t nop_interval_ms, nop_timeout_ms;
};
extern const struct opts opts_default;

struct session {
	struct host *host;
	struct wire *wire;
	uint32_t cid, handle;
	uint64_t cookie;
	struct opts opts;
	uint32_t cmdsn;		/* the target expects this next */
	uint32_t max_cmdsn;	/* and allows up to this */
	uint32_t statsn;	/* the target's next */
	uint32_t exp_statsn;	/* what the firmware has to acknowledge now */
};

/* --- connections --- */
struct ohba_sqe sqe_conn_open(uint32_t cid);
uint32_t conn_open_start(struct host *host, uint32_t cid);
struct wire *conn_open(struct host *host, uint32_t cid);
void conn_close(struct host *host, uint32_t cid, uint8_t flags);
uint8_t conn_phase(struct host *host, uint32_t cid);
/* The next event must be the loss of @cid for @reason; @opcode is to blame. */
void expect_lost(struct host *host, uint32_t cid, uint16_t reason, uint8_t opcode);
#define COOKIE(cid)	(0xc00c1e0000000000ull + (cid))

/* --- sessions --- */
struct ohba_session_params params_of(const struct opts *opts);
/* SESSION_START with @params; the completion. */
struct ohba_cqe session_start(struct host *host, uint32_t cid,
			      const struct ohba_session_params *params);
/* Connect and start, without a login. */
void session_open(struct session *s, struct host *host, uint32_t cid, const struct opts *opts);
/* A host with one session. */
struct session *session_new(const struct opts *opts);
void session_free(struct session *s);	/* closes it, and frees the host */

/* --- PDUs of the host --- */
struct recv {
	uint32_t tag;
	uint64_t addr;
};
struct recv recv_post(struct host *host, uint32_t cid);
/* The PDU_RECV must have completed with these bytes. */
void expect_recv(struct host *host, const struct recv *recv, const uint8_t *bhs,
		 const void *data, uint32_t len);
/* PDU_SEND; fills DataSegmentLength, returns the tag. */
uint32_t send_start(struct host *host, uint32_t cid, uint8_t *bhs, const void *data,
		    uint32_t len);

/* A login PDU of either side: @flags has T and the stages; full of patterns else. */
void make_login(uint8_t *bhs, uint8_t opcode, uint8_t flags);

/* --- PDUs of the target --- */
void bhs_init(uint8_t *bhs, uint8_t opcode, uint8_t flags);
/* Fill ExpCmdSN and MaxCmdSN, and StatSN (consuming it if @own). */
void bhs_numbers(struct session *s, uint8_t *bhs, bool own);
/* Fill the numbers and send. */
void send_pdu(struct session *s, uint8_t *bhs, bool own, const void *data, uint32_t len);

struct rsp {
	uint8_t response, status, flags;
	uint32_t residual, exp_datasn;
	const void *data;
	uint32_t len;
};
void send_scsi_rsp(struct session *s, uint32_t itt, const struct rsp *rsp);
struct data_in {
	uint32_t datasn, off;
	const void *data;
	uint32_t len;
	uint8_t flags;		/* FLAG_F, DATA_IN_S, RES_* */
	uint8_t status;
	uint32_t residual;
};
void send_data_in(struct session *s, uint32_t itt, const struct data_in *in);
struct r2t {
	uint32_t ttt, r2tsn, off, len;
};
void send_r2t(struct session *s, uint32_t itt, const uint8_t *lun, const struct r2t *r2t);
void send_nop_in(struct session *s, uint32_t itt, uint32_t ttt, const void *data, uint32_t len);

/* --- PDUs of the firmware --- */
/* Settle; the next PDU must be there. The caller frees pdu->data. */
void take_pdu(struct session *s, struct pdu *pdu);
/* The same, and it must be this byte by byte. @want->data may be static. */
void expect_pdu(struct session *s, uint8_t *want, const void *data, uint32_t len);
void expect_silence(struct session *s);

/* --- SCSI commands --- */
enum layout {
	LAYOUT_ONE,		/* one element */
	LAYOUT_FOUR,		/* four inline, unaligned pieces */
	LAYOUT_LIST,		/* a chain of lists with many pieces */
	LAYOUT_COUNT,
};

struct io {
	struct session *s;
	uint32_t tag, qid;
	uint8_t flags;		/* OHBA_IO_* */
	uint32_t len;
	enum layout layout;
	uint8_t attr;
	uint8_t lun[8];
	uint8_t cdb[260];
	uint32_t cdb_len;
	uint64_t key;		/* of the data's pattern */
	/* filled by io_submit() */
	uint64_t buf, ext, list;
	/* filled by io_expect_cmd() */
	uint32_t itt, cmdsn, immediate;
};

struct io io_make(struct session *s, uint32_t tag, uint8_t flags, uint32_t len);
struct ohba_sqe io_sqe(struct io *io);
void io_submit(struct io *io);
/* The command PDU must be the next, and be what RFC 7143 makes of @io. */
void io_expect_cmd(struct io *io);
/* Compare @pdu, which was taken, with what the command must be. */
void io_check_cmd(struct io *io, const struct pdu *pdu);
/* The buffer holds the pattern up to @len, and nothing beyond. */
void io_check_data(struct io *io, uint32_t len);
/* No DMA to the buffers of @io from here on. */
void io_retire(struct io *io);
/* The completion must be there with @status; buffers are over. */
struct ohba_cqe io_done(struct io *io, uint16_t status);
/* SUCCESS, GOOD, no residual, no sense. */
void io_done_good(struct io *io);
/* GOOD without residual from the target. */
void io_answer(struct io *io);
/* The model: bytes of immediate data, and where unsolicited data ends. */
uint32_t io_immediate(const struct io *io);
uint32_t io_unsolicited_end(const struct io *io);
/* Take the Data-Out PDUs of one sequence: @ttt, [@off, @off + @len). */
void io_expect_data_out(struct io *io, uint32_t ttt, uint32_t off, uint32_t len);
/* A read or write that just works, start to end. */
void io_works(struct session *s, uint32_t tag, uint8_t flags, uint32_t len);

#endif /* SESSION_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The iSCSI wire format: basic header segments of every PDU (RFC 7143
 * section 11), byte for byte.
 *
 * Multi-byte fields are types of their own that hold big-endian bytes, so
 * that a header can be read at any address and cannot be mixed up with a
 * number; the functions below convert. No function here allocates or fails.
 */
#ifndef ISCSI_PDU_H
#define ISCSI_PDU_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct { uint8_t b[2]; } iscsi_be16;
typedef struct { uint8_t b[3]; } iscsi_be24;
typedef struct { uint8_t b[4]; } iscsi_be32;

static inline uint16_t iscsi_get16(iscsi_be16 v)
{
	return (uint16_t)(v.b[0] << 8 | v.b[1]);
}

static inline uint32_t iscsi_get24(iscsi_be24 v)
{
	return (uint32_t)v.b[0] << 16 | (uint32_t)v.b[1] << 8 | v.b[2];
}

static inline uint32_t iscsi_get32(iscsi_be32 v)
{
	return (uint32_t)v.b[0] << 24 | (uint32_t)v.b[1] << 16 |
	       (uint32_t)v.b[2] << 8 | v.b[3];
}

static inline iscsi_be16 iscsi_put16(uint16_t val)
{
	return (iscsi_be16){ { (uint8_t)(val >> 8), (uint8_t)val } };
}

/* @val: below 2^24. */
static inline iscsi_be24 iscsi_put24(uint32_t val)
{
	return (iscsi_be24){ { (uint8_t)(val >> 16), (uint8_t)(val >> 8), (uint8_t)val } };
}

static inline iscsi_be32 iscsi_put32(uint32_t val)
{
	return (iscsi_be32){ { (uint8_t)(val >> 24), (uint8_t)(val >> 16),
			       (uint8_t)(val >> 8), (uint8_t)val } };
}

/*
 * Serial number arithmetic of RFC 1982 on 32 bits, as CmdSN, StatSN and their
 * like require (section 4.2.2). Half the number space apart compares as less.
 */
static inline bool iscsi_sn_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool iscsi_sn_le(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

#define ISCSI_VERSION		0x00	/* Version-max, -min, -active (11.12.4) */
#define ISCSI_PORT		3260
#define ISCSI_BHS_LEN		48	/* bytes (11.2.1) */
#define ISCSI_DIGEST_LEN	4	/* bytes, header or data, CRC32C (13.1) */
#define ISCSI_AHS_MAX		(255 * 4)	/* bytes, TotalAHSLength is in words */
#define ISCSI_DSL_MAX		0xffffffu	/* bytes, DataSegmentLength is 24 bits */
#define ISCSI_DEFAULT_MRDSL	8192	/* bytes, also during login (13.12) */
#define ISCSI_CDB_LEN		16	/* bytes in the BHS; more is in an AHS */

#define ISCSI_RESERVED_TAG	0xffffffffu	/* ITT or TTT that names no task */

/* The bytes that pad @len bytes of segment to a whole word (section 11.1). */
static inline uint32_t iscsi_pad(uint32_t len)
{
	return -len & 3;
}

/* Byte 0: opcode and, in an initiator's PDU, the immediate bit (11.2.1.1). */
#define ISCSI_OPCODE_MASK	0x3f
#define ISCSI_IMMEDIATE		0x40

enum iscsi_opcode {		/* section 11.2.1.2 */
	ISCSI_OP_NOP_OUT	= 0x00,
	ISCSI_OP_SCSI_CMD	= 0x01,
	ISCSI_OP_TMF_REQ	= 0x02,
	ISCSI_OP_LOGIN_REQ	= 0x03,
	ISCSI_OP_TEXT_REQ	= 0x04,
	ISCSI_OP_DATA_OUT	= 0x05,
	ISCSI_OP_LOGOUT_REQ	= 0x06,
	ISCSI_OP_SNACK_REQ	= 0x10,

	ISCSI_OP_NOP_IN		= 0x20,
	ISCSI_OP_SCSI_RSP	= 0x21,
	ISCSI_OP_TMF_RSP	= 0x22,
	ISCSI_OP_LOGIN_RSP	= 0x23,
	ISCSI_OP_TEXT_RSP	= 0x24,
	ISCSI_OP_DATA_IN	= 0x25,
	ISCSI_OP_LOGOUT_RSP	= 0x26,
	ISCSI_OP_R2T		= 0x31,
	ISCSI_OP_ASYNC		= 0x32,
	ISCSI_OP_REJECT		= 0x3f,
};

/* Byte 1. */
#define ISCSI_FLAG_FINAL	0x80	/* (11.2.1.3) */

/* What all PDUs share (section 11.2.1). */
struct iscsi_bhs {
	uint8_t    opcode;		/* with ISCSI_IMMEDIATE */
	uint8_t    flags;
	uint8_t    specific[2];
	uint8_t    ahs_words;		/* TotalAHSLength, 4-byte words */
	iscsi_be24 dsl;			/* DataSegmentLength, bytes, without padding */
	uint8_t    lun[8];		/* or opcode-specific */
	iscsi_be32 itt;			/* Initiator Task Tag */
	uint8_t    rest[28];
};

/* --- SCSI Command (11.3) --- */

#define ISCSI_CMD_READ		0x40
#define ISCSI_CMD_WRITE		0x20
#define ISCSI_CMD_ATTR_MASK	0x07

enum iscsi_attr {		/* section 11.3.1 */
	ISCSI_ATTR_UNTAGGED	= 0,
	ISCSI_ATTR_SIMPLE	= 1,
	ISCSI_ATTR_ORDERED	= 2,
	ISCSI_ATTR_HEAD		= 3,
	ISCSI_ATTR_ACA		= 4,
};

struct iscsi_scsi_cmd {
	uint8_t    opcode;
	uint8_t    flags;		/* FINAL, ISCSI_CMD_* */
	uint8_t    rsvd[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 edtl;		/* Expected Data Transfer Length, bytes */
	iscsi_be32 cmdsn;
	iscsi_be32 exp_statsn;
	uint8_t    cdb[ISCSI_CDB_LEN];
};

/* Additional header segment (11.2.2): each is padded to a whole word. */
enum iscsi_ahs_type {
	ISCSI_AHS_EXT_CDB	= 1,	/* Extended CDB (11.2.2.3) */
	ISCSI_AHS_BIDI_LEN	= 2,	/* Bidirectional Read EDTL (11.2.2.4) */
};

struct iscsi_ahs {
	iscsi_be16 len;			/* bytes after @type, without padding */
	uint8_t    type;
	uint8_t    specific;		/* first of the @len bytes; reserved in EXT_CDB */
};

/* --- SCSI Response (11.4) --- */

#define ISCSI_RSP_BIDI_OVERFLOW	 0x10	/* o */
#define ISCSI_RSP_BIDI_UNDERFLOW 0x08	/* u */
#define ISCSI_RSP_OVERFLOW	0x04	/* O */
#define ISCSI_RSP_UNDERFLOW	0x02	/* U */

enum iscsi_response {		/* section 11.4.3; 0x80-0xff: vendor specific */
	ISCSI_RESPONSE_COMPLETED	= 0x00,
	ISCSI_RESPONSE_TARGET_FAILURE	= 0x01,
};

struct iscsi_scsi_rsp {
	uint8_t    opcode;
	uint8_t    flags;		/* FINAL, ISCSI_RSP_* */
	uint8_t    response;		/* enum iscsi_response */
	uint8_t    status;		/* SAM status byte */
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    rsvd[8];
	iscsi_be32 itt;
	iscsi_be32 snack_tag;
	iscsi_be32 statsn;
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	iscsi_be32 exp_datasn;		/* R2TSNs and DataSNs of the command */
	iscsi_be32 bidi_residual;	/* bytes */
	iscsi_be32 residual;		/* bytes */
};

/* --- Task Management Function Request (11.5) and Response (11.6) --- */

enum iscsi_tmf {		/* section 11.5.1 */
	ISCSI_TMF_ABORT_TASK		= 1,
	ISCSI_TMF_ABORT_TASK_SET	= 2,
	ISCSI_TMF_CLEAR_ACA		= 3,
	ISCSI_TMF_CLEAR_TASK_SET	= 4,
	ISCSI_TMF_LUN_RESET		= 5,
	ISCSI_TMF_TARGET_WARM_RESET	= 6,
	ISCSI_TMF_TARGET_COLD_RESET	= 7,
	ISCSI_TMF_TASK_REASSIGN		= 8,
};

struct iscsi_tmf_req {
	uint8_t    opcode;
	uint8_t    function;		/* FINAL | enum iscsi_tmf */
	uint8_t    rsvd0[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ref_itt;		/* Referenced Task Tag */
	iscsi_be32 cmdsn;
	iscsi_be32 exp_statsn;
	iscsi_be32 ref_cmdsn;
	iscsi_be32 exp_datasn;
	uint8_t    rsvd1[8];
};

enum iscsi_tmf_response {	/* section 11.6.1 */
	ISCSI_TMF_RSP_COMPLETE		= 0,
	ISCSI_TMF_RSP_NO_TASK		= 1,
	ISCSI_TMF_RSP_NO_LUN		= 2,
	ISCSI_TMF_RSP_STILL_ALLEGIANT	= 3,
	ISCSI_TMF_RSP_NO_FAILOVER	= 4,
	ISCSI_TMF_RSP_NOT_SUPPORTED	= 5,
	ISCSI_TMF_RSP_AUTH_FAILED	= 6,
	ISCSI_TMF_RSP_REJECTED		= 255,
};

struct iscsi_tmf_rsp {
	uint8_t    opcode;
	uint8_t    flags;
	uint8_t    response;		/* enum iscsi_tmf_response */
	uint8_t    rsvd0;
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    rsvd1[8];
	iscsi_be32 itt;
	uint8_t    rsvd2[4];
	iscsi_be32 statsn;
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	uint8_t    rsvd3[12];
};

/* --- SCSI Data-Out and Data-In (11.7) --- */

struct iscsi_data_out {
	uint8_t    opcode;
	uint8_t    flags;		/* FINAL: last of the sequence */
	uint8_t    rsvd0[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;
	uint8_t    rsvd1[4];
	iscsi_be32 exp_statsn;
	uint8_t    rsvd2[4];
	iscsi_be32 datasn;
	iscsi_be32 offset;		/* Buffer Offset, bytes */
	uint8_t    rsvd3[4];
};

#define ISCSI_DATA_IN_ACK	0x40	/* A */
#define ISCSI_DATA_IN_OVERFLOW	0x04	/* O, with S only */
#define ISCSI_DATA_IN_UNDERFLOW	0x02	/* U, with S only */
#define ISCSI_DATA_IN_STATUS	0x01	/* S */

struct iscsi_data_in {
	uint8_t    opcode;
	uint8_t    flags;		/* FINAL, ISCSI_DATA_IN_* */
	uint8_t    rsvd0;
	uint8_t    status;		/* with S only */
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;
	iscsi_be32 statsn;		/* with S only */
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	iscsi_be32 datasn;
	iscsi_be32 offset;		/* Buffer Offset, bytes */
	iscsi_be32 residual;		/* with S only, bytes */
};

/* --- Ready To Transfer (11.8) --- */

struct iscsi_r2t {
	uint8_t    opcode;
	uint8_t    flags;
	uint8_t    rsvd[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;
	iscsi_be32 statsn;		/* the next one; this PDU has none of its own */
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	iscsi_be32 r2tsn;
	iscsi_be32 offset;		/* Buffer Offset, bytes */
	iscsi_be32 desired_len;		/* Desired Data Transfer Length, bytes */
};

/* --- Asynchronous Message (11.9) --- */

enum iscsi_async_event {	/* section 11.9.1; 248-255: vendor specific */
	ISCSI_ASYNC_SCSI		= 0,
	ISCSI_ASYNC_LOGOUT		= 1,	/* target asks for a logout */
	ISCSI_ASYNC_DROP_CONN		= 2,	/* connection will be dropped */
	ISCSI_ASYNC_DROP_ALL		= 3,	/* all connections will be dropped */
	ISCSI_ASYNC_NEGOTIATE		= 4,	/* target asks for a text negotiation */
	ISCSI_ASYNC_TASKS_ENDED		= 5,	/* RFC 7144 */
};

struct iscsi_async {
	uint8_t    opcode;
	uint8_t    flags;
	uint8_t    rsvd0[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 reserved_tag;	/* ISCSI_RESERVED_TAG */
	uint8_t    rsvd1[4];
	iscsi_be32 statsn;
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	uint8_t    event;		/* enum iscsi_async_event */
	uint8_t    vcode;
	iscsi_be16 param[3];
	uint8_t    rsvd2[4];
};

/* --- Text Request (11.10) and Response (11.11) --- */

#define ISCSI_TEXT_CONTINUE	0x40	/* C */

struct iscsi_text_req {
	uint8_t    opcode;
	uint8_t    flags;		/* FINAL, ISCSI_TEXT_CONTINUE */
	uint8_t    rsvd0[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;
	iscsi_be32 cmdsn;
	iscsi_be32 exp_statsn;
	uint8_t    rsvd1[16];
};

struct iscsi_text_rsp {
	uint8_t    opcode;
	uint8_t    flags;		/* FINAL, ISCSI_TEXT_CONTINUE */
	uint8_t    rsvd0[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;
	iscsi_be32 statsn;
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	uint8_t    rsvd1[12];
};

/* --- Login Request (11.12) and Response (11.13) --- */

#define ISCSI_LOGIN_TRANSIT	0x80	/* T */
#define ISCSI_LOGIN_CONTINUE	0x40	/* C */
#define ISCSI_LOGIN_CSG(flags)	((flags) >> 2 & 3)
#define ISCSI_LOGIN_NSG(flags)	((flags) & 3)
#define ISCSI_LOGIN_STAGES(csg, nsg)	((csg) << 2 | (nsg))

enum iscsi_stage {		/* section 11.12.3 */
	ISCSI_STAGE_SECURITY	= 0,
	ISCSI_STAGE_OPERATIONAL	= 1,
	ISCSI_STAGE_FULL	= 3,
};

/* ISID: bits 7-6 of byte 0 are its type (11.12.5). */
#define ISCSI_ISID_LEN		6
#define ISCSI_ISID_OUI		0x00
#define ISCSI_ISID_EN		0x40
#define ISCSI_ISID_RANDOM	0x80

struct iscsi_login_req {
	uint8_t    opcode;		/* with ISCSI_IMMEDIATE, always */
	uint8_t    flags;		/* ISCSI_LOGIN_* */
	uint8_t    version_max;
	uint8_t    version_min;
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    isid[ISCSI_ISID_LEN];
	iscsi_be16 tsih;
	iscsi_be32 itt;
	iscsi_be16 cid;
	uint8_t    rsvd0[2];
	iscsi_be32 cmdsn;
	iscsi_be32 exp_statsn;
	uint8_t    rsvd1[16];
};

enum iscsi_login_class {	/* section 11.13.5 */
	ISCSI_LOGIN_SUCCESS		= 0,
	ISCSI_LOGIN_REDIRECTION		= 1,
	ISCSI_LOGIN_INITIATOR_ERROR	= 2,
	ISCSI_LOGIN_TARGET_ERROR	= 3,
};

struct iscsi_login_rsp {
	uint8_t    opcode;
	uint8_t    flags;		/* ISCSI_LOGIN_* */
	uint8_t    version_max;
	uint8_t    version_active;
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    isid[ISCSI_ISID_LEN];
	iscsi_be16 tsih;
	iscsi_be32 itt;
	uint8_t    rsvd0[4];
	iscsi_be32 statsn;
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	uint8_t    status_class;	/* enum iscsi_login_class */
	uint8_t    status_detail;
	uint8_t    rsvd1[10];
};

/* --- Logout Request (11.14) and Response (11.15) --- */

enum iscsi_logout_reason {	/* section 11.14.1 */
	ISCSI_LOGOUT_SESSION	= 0,
	ISCSI_LOGOUT_CONN	= 1,
	ISCSI_LOGOUT_RECOVERY	= 2,
};

struct iscsi_logout_req {
	uint8_t    opcode;
	uint8_t    reason;		/* FINAL | enum iscsi_logout_reason */
	uint8_t    rsvd0[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    rsvd1[8];
	iscsi_be32 itt;
	iscsi_be16 cid;
	uint8_t    rsvd2[2];
	iscsi_be32 cmdsn;
	iscsi_be32 exp_statsn;
	uint8_t    rsvd3[16];
};

enum iscsi_logout_response {	/* section 11.15.1 */
	ISCSI_LOGOUT_CLOSED	= 0,
	ISCSI_LOGOUT_NO_CID	= 1,
	ISCSI_LOGOUT_NO_RECOVERY = 2,
	ISCSI_LOGOUT_FAILED	= 3,
};

struct iscsi_logout_rsp {
	uint8_t    opcode;
	uint8_t    flags;
	uint8_t    response;		/* enum iscsi_logout_response */
	uint8_t    rsvd0;
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    rsvd1[8];
	iscsi_be32 itt;
	uint8_t    rsvd2[4];
	iscsi_be32 statsn;
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	uint8_t    rsvd3[4];
	iscsi_be16 time2wait;		/* seconds */
	iscsi_be16 time2retain;		/* seconds */
	uint8_t    rsvd4[4];
};

/* --- SNACK Request (11.16) --- */

struct iscsi_snack_req {
	uint8_t    opcode;
	uint8_t    type;		/* FINAL | type */
	uint8_t    rsvd0[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;			/* or SNACK Tag */
	uint8_t    rsvd1[4];
	iscsi_be32 exp_statsn;
	uint8_t    rsvd2[8];
	iscsi_be32 beg_run;
	iscsi_be32 run_len;
};

/* --- Reject (11.17): the data segment is the rejected PDU's header --- */

enum iscsi_reject_reason {	/* section 11.17.1 */
	ISCSI_REJECT_DATA_DIGEST	= 0x02,
	ISCSI_REJECT_SNACK		= 0x03,
	ISCSI_REJECT_PROTOCOL_ERROR	= 0x04,
	ISCSI_REJECT_NOT_SUPPORTED	= 0x05,
	ISCSI_REJECT_IMMEDIATE		= 0x06,
	ISCSI_REJECT_TASK_IN_PROGRESS	= 0x07,
	ISCSI_REJECT_INVALID_DATA_ACK	= 0x08,
	ISCSI_REJECT_INVALID_FIELD	= 0x09,
	ISCSI_REJECT_RESOURCES		= 0x0a,
	ISCSI_REJECT_NEGOTIATION_RESET	= 0x0b,
	ISCSI_REJECT_WAITING_LOGOUT	= 0x0c,
};

struct iscsi_reject {
	uint8_t    opcode;
	uint8_t    flags;
	uint8_t    reason;		/* enum iscsi_reject_reason */
	uint8_t    rsvd0;
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    rsvd1[8];
	iscsi_be32 reserved_tag;	/* ISCSI_RESERVED_TAG */
	uint8_t    rsvd2[4];
	iscsi_be32 statsn;
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	iscsi_be32 datasn;		/* or R2TSN */
	uint8_t    rsvd3[8];
};

/* --- NOP-Out (11.18) and NOP-In (11.19) --- */

struct iscsi_nop_out {
	uint8_t    opcode;
	uint8_t    flags;
	uint8_t    rsvd0[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;
	iscsi_be32 cmdsn;
	iscsi_be32 exp_statsn;
	uint8_t    rsvd1[16];
};

struct iscsi_nop_in {
	uint8_t    opcode;
	uint8_t    flags;
	uint8_t    rsvd0[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;
	iscsi_be32 statsn;
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	uint8_t    rsvd1[12];
};

/* What the target's PDUs share in full-feature phase, at the same places. */
struct iscsi_target_bhs {
	uint8_t    opcode;
	uint8_t    flags;
	uint8_t    specific[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;
	iscsi_be32 statsn;
	iscsi_be32 exp_cmdsn;
	iscsi_be32 max_cmdsn;
	uint8_t    rest[12];
};

/* What the initiator's PDUs share, Data-Out and SNACK apart (no CmdSN). */
struct iscsi_initiator_bhs {
	uint8_t    opcode;
	uint8_t    flags;
	uint8_t    specific[2];
	uint8_t    ahs_words;
	iscsi_be24 dsl;
	uint8_t    lun[8];
	iscsi_be32 itt;
	iscsi_be32 ttt;
	iscsi_be32 cmdsn;
	iscsi_be32 exp_statsn;
	uint8_t    rest[16];
};

/* Any header, with alignment for the compiler's benefit. */
union iscsi_pdu_hdr {
	struct iscsi_bhs bhs;
	struct iscsi_target_bhs target;
	struct iscsi_initiator_bhs initiator;
	struct iscsi_scsi_cmd scsi_cmd;
	struct iscsi_scsi_rsp scsi_rsp;
	struct iscsi_tmf_req tmf_req;
	struct iscsi_tmf_rsp tmf_rsp;
	struct iscsi_data_out data_out;
	struct iscsi_data_in data_in;
	struct iscsi_r2t r2t;
	struct iscsi_async async;
	struct iscsi_text_req text_req;
	struct iscsi_text_rsp text_rsp;
	struct iscsi_login_req login_req;
	struct iscsi_login_rsp login_rsp;
	struct iscsi_logout_req logout_req;
	struct iscsi_logout_rsp logout_rsp;
	struct iscsi_snack_req snack_req;
	struct iscsi_reject reject;
	struct iscsi_nop_out nop_out;
	struct iscsi_nop_in nop_in;
	uint8_t raw[ISCSI_BHS_LEN];
	uint64_t align;
};

static inline uint8_t iscsi_opcode(const struct iscsi_bhs *bhs)
{
	return bhs->opcode & ISCSI_OPCODE_MASK;
}

/* Bytes of AHS that follow @bhs. */
static inline uint32_t iscsi_ahs_len(const struct iscsi_bhs *bhs)
{
	return bhs->ahs_words * 4u;
}

/* Bytes of data segment that follow, without padding. */
static inline uint32_t iscsi_dsl(const struct iscsi_bhs *bhs)
{
	return iscsi_get24(bhs->dsl);
}

#define ISCSI_ASSERT_BHS(type) \
	_Static_assert(sizeof(struct type) == ISCSI_BHS_LEN, "RFC 7143 section 11")
#define ISCSI_ASSERT_AT(type, field, offset) \
	_Static_assert(__builtin_offsetof(struct type, field) == (offset), "RFC 7143 section 11")

ISCSI_ASSERT_BHS(iscsi_bhs);
ISCSI_ASSERT_BHS(iscsi_target_bhs);
ISCSI_ASSERT_BHS(iscsi_initiator_bhs);
ISCSI_ASSERT_BHS(iscsi_scsi_cmd);
ISCSI_ASSERT_BHS(iscsi_scsi_rsp);
ISCSI_ASSERT_BHS(iscsi_tmf_req);
ISCSI_ASSERT_BHS(iscsi_tmf_rsp);
ISCSI_ASSERT_BHS(iscsi_data_out);
ISCSI_ASSERT_BHS(iscsi_data_in);
ISCSI_ASSERT_BHS(iscsi_r2t);
ISCSI_ASSERT_BHS(iscsi_async);
ISCSI_ASSERT_BHS(iscsi_text_req);
ISCSI_ASSERT_BHS(iscsi_text_rsp);
ISCSI_ASSERT_BHS(iscsi_login_req);
ISCSI_ASSERT_BHS(iscsi_login_rsp);
ISCSI_ASSERT_BHS(iscsi_logout_req);
ISCSI_ASSERT_BHS(iscsi_logout_rsp);
ISCSI_ASSERT_BHS(iscsi_snack_req);
ISCSI_ASSERT_BHS(iscsi_reject);
ISCSI_ASSERT_BHS(iscsi_nop_out);
ISCSI_ASSERT_BHS(iscsi_nop_in);
_Static_assert(sizeof(union iscsi_pdu_hdr) == ISCSI_BHS_LEN, "RFC 7143 section 11");
_Static_assert(sizeof(struct iscsi_ahs) == 4, "RFC 7143 section 11.2.2");

ISCSI_ASSERT_AT(iscsi_bhs, itt, 16);
ISCSI_ASSERT_AT(iscsi_target_bhs, statsn, 24);
ISCSI_ASSERT_AT(iscsi_target_bhs, max_cmdsn, 32);
ISCSI_ASSERT_AT(iscsi_initiator_bhs, cmdsn, 24);
ISCSI_ASSERT_AT(iscsi_scsi_cmd, cmdsn, 24);
ISCSI_ASSERT_AT(iscsi_scsi_cmd, cdb, 32);
ISCSI_ASSERT_AT(iscsi_scsi_rsp, exp_datasn, 36);
ISCSI_ASSERT_AT(iscsi_scsi_rsp, residual, 44);
ISCSI_ASSERT_AT(iscsi_tmf_req, ref_cmdsn, 32);
ISCSI_ASSERT_AT(iscsi_data_out, exp_statsn, 28);
ISCSI_ASSERT_AT(iscsi_data_out, datasn, 36);
ISCSI_ASSERT_AT(iscsi_data_out, offset, 40);
ISCSI_ASSERT_AT(iscsi_data_in, datasn, 36);
ISCSI_ASSERT_AT(iscsi_data_in, residual, 44);
ISCSI_ASSERT_AT(iscsi_r2t, r2tsn, 36);
ISCSI_ASSERT_AT(iscsi_r2t, desired_len, 44);
ISCSI_ASSERT_AT(iscsi_async, event, 36);
ISCSI_ASSERT_AT(iscsi_async, param, 38);
ISCSI_ASSERT_AT(iscsi_login_req, cmdsn, 24);
ISCSI_ASSERT_AT(iscsi_login_rsp, statsn, 24);
ISCSI_ASSERT_AT(iscsi_login_rsp, status_class, 36);
ISCSI_ASSERT_AT(iscsi_logout_req, cid, 20);
ISCSI_ASSERT_AT(iscsi_logout_rsp, time2wait, 40);
ISCSI_ASSERT_AT(iscsi_snack_req, beg_run, 40);
ISCSI_ASSERT_AT(iscsi_reject, datasn, 36);

#endif /* ISCSI_PDU_H */

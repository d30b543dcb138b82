// SPDX-License-Identifier: GPL-2.0-or-later
/* SCSI commands: a row each, and what they reply. */
#include "scsi.h"

#include <stdio.h>
#include <string.h>

#define ILLEGAL_REQUEST		5
#define NOT_SUPPORTED_LUN	0x25
#define INVALID_OPCODE		0x20
#define LBA_OUT_OF_RANGE	0x21
#define INVALID_FIELD		0x24

struct request {
	struct scsi_disks  *disks;
	unsigned	    number;	/* of the LUN */
	struct scsi_lun	   *disk;	/* NULL: no such LUN */
	const uint8_t	   *cdb;
	struct scsi_result *result;
};

static uint64_t get_be(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | *p++;
	return v;
}

static void put_be(uint8_t *p, uint64_t v, unsigned bytes)
{
	while (bytes--) {
		p[bytes] = (uint8_t)v;
		v >>= 8;
	}
}

void scsi_fail(struct scsi_result *result, uint8_t key, uint8_t asc, uint8_t ascq)
{
	result->status = SCSI_CHECK_CONDITION;
	result->sense = (struct scsi_sense){ key, asc, ascq };
	result->len = 0;
	result->disk = NULL;
}

static void invalid_field(struct request *rq)
{
	scsi_fail(rq->result, ILLEGAL_REQUEST, INVALID_FIELD, 0);
}

void scsi_put_sense(const struct scsi_sense *sense, uint8_t out[SCSI_SENSE_LEN])
{
	memset(out, 0, SCSI_SENSE_LEN);
	out[0] = 0x70;			/* current, fixed format */
	out[2] = sense->key;
	out[7] = SCSI_SENSE_LEN - 8;
	out[12] = sense->asc;
	out[13] = sense->ascq;
}

/* The reply has @len bytes, of which the initiator allowed @allocation. */
static void reply(struct request *rq, uint32_t len, uint64_t allocation)
{
	rq->result->len = len < allocation ? len : (uint32_t)allocation;
}

static void good(struct request *rq)
{
	(void)rq;
}

static void request_sense(struct request *rq)
{
	scsi_put_sense(&(struct scsi_sense){ 0 }, rq->result->reply);
	reply(rq, SCSI_SENSE_LEN, rq->cdb[4]);
}

static uint32_t vpd_pages(struct request *rq, uint8_t *page)
{
	static const uint8_t pages[] = { 0x00, 0x80, 0x83, 0xb0 };

	(void)rq;
	memcpy(page, pages, sizeof(pages));
	return sizeof(pages);
}

static uint32_t identity(const struct request *rq)
{
	return rq->disks->identity + rq->number;
}

static uint32_t vpd_serial(struct request *rq, uint8_t *page)
{
	return (uint32_t)snprintf((char *)page, 17, "ohba%012u", identity(rq));
}

/* One T10 vendor identification and one NAA locally assigned designator. */
static uint32_t vpd_identity(struct request *rq, uint8_t *page)
{
	char id[25];

	snprintf(id, sizeof(id), "OHBA    ohba%012u", identity(rq));
	page[0] = 0x02;			/* ASCII */
	page[1] = 0x01;			/* of the logical unit, T10 vendor */
	page[3] = 24;
	memcpy(page + 4, id, 24);
	page[28] = 0x01;		/* binary */
	page[29] = 0x03;		/* NAA */
	page[31] = 8;
	put_be(page + 32, 0x3000000000000000u | 0x0ba000u << 8 | identity(rq), 8);
	return 40;
}

static uint32_t vpd_limits(struct request *rq, uint8_t *page)
{
	(void)rq;
	put_be(page + 4, SCSI_MAX_BLOCKS, 4);
	return 60;
}

static const struct vpd {
	uint8_t code;
	uint32_t (*fill)(struct request *rq, uint8_t *page);
} vpds[] = {
	{ 0x00, vpd_pages },
	{ 0x80, vpd_serial },
	{ 0x83, vpd_identity },
	{ 0xb0, vpd_limits },
};

static void inquiry_vpd(struct request *rq, uint64_t allocation)
{
	uint8_t *out = rq->result->reply;
	uint32_t len;

	for (size_t i = 0; i < sizeof(vpds) / sizeof(vpds[0]); i++) {
		if (vpds[i].code != rq->cdb[2])
			continue;
		out[1] = rq->cdb[2];
		len = vpds[i].fill(rq, out + 4);
		put_be(out + 2, len, 2);
		reply(rq, len + 4, allocation);
		return;
	}
	invalid_field(rq);
}

static void inquiry(struct request *rq)
{
	uint64_t allocation = get_be(rq->cdb + 3, 2);
	uint8_t *out = rq->result->reply;

	if (rq->cdb[1] & 1) {
		inquiry_vpd(rq, allocation);
		return;
	}
	if (rq->cdb[2]) {
		invalid_field(rq);
		return;
	}
	out[0] = rq->disk ? 0x00 : 0x7f;	/* 7f: no device can be here */
	out[2] = 0x06;			/* SPC-4 */
	out[3] = 0x12;			/* HiSup, response data format 2 */
	out[4] = 66 - 5;
	out[7] = 0x02;			/* CmdQue */
	memcpy(out + 8, "OHBA    " "scripted disk   " "0001", 28);
	put_be(out + 58, 0x0460, 2);	/* SPC-4, SBC-3, iSCSI */
	put_be(out + 60, 0x04c0, 2);
	put_be(out + 62, 0x0960, 2);
	reply(rq, 66, allocation);
}

static void read_capacity10(struct request *rq)
{
	uint64_t last = rq->disk->blocks - 1;

	put_be(rq->result->reply, last > 0xffffffff ? 0xffffffff : last, 4);
	put_be(rq->result->reply + 4, SCSI_BLOCK, 4);
	reply(rq, 8, 8);
}

static void service_action_in(struct request *rq)
{
	if ((rq->cdb[1] & 0x1f) != 0x10) {	/* READ CAPACITY(16) */
		invalid_field(rq);
		return;
	}
	put_be(rq->result->reply, rq->disk->blocks - 1, 8);
	put_be(rq->result->reply + 8, SCSI_BLOCK, 4);
	reply(rq, 32, get_be(rq->cdb + 10, 4));
}

static void report_luns(struct request *rq)
{
	uint8_t *out = rq->result->reply;

	put_be(out, rq->disks->count * 8, 4);
	for (unsigned i = 0; i < rq->disks->count; i++)
		out[8 + i * 8 + 1] = (uint8_t)i;
	reply(rq, 8 + rq->disks->count * 8, get_be(rq->cdb + 6, 4));
}

/* Bytes of the pages that @code asks for, from @out on; 0: there is none. */
static uint32_t mode_pages(uint8_t code, uint8_t *out)
{
	uint32_t len = 0;

	if (code == 0x08 || code == 0x3f) {	/* caching: none */
		out[len] = 0x08;
		out[len + 1] = 18;
		len += 20;
	}
	if (code == 0x0a || code == 0x3f) {	/* control */
		out[len] = 0x0a;
		out[len + 1] = 10;
		len += 12;
	}
	return len;
}

static void mode_sense(struct request *rq, uint32_t header, uint64_t allocation)
{
	uint8_t *out = rq->result->reply;
	uint32_t len = mode_pages(rq->cdb[2] & 0x3f, out + header);

	if (!len) {
		invalid_field(rq);
		return;
	}
	if (header == 4)
		out[0] = (uint8_t)(header + len - 1);
	else
		put_be(out, header + len - 2, 2);
	out[header == 4 ? 2 : 3] = 0x10;	/* DPOFUA: nothing is cached */
	reply(rq, header + len, allocation);
}

static void mode_sense6(struct request *rq)
{
	mode_sense(rq, 4, rq->cdb[4]);
}

static void mode_sense10(struct request *rq)
{
	mode_sense(rq, 8, get_be(rq->cdb + 7, 2));
}

static void medium(struct request *rq, uint64_t lba, uint64_t blocks)
{
	if (lba > rq->disk->blocks || blocks > rq->disk->blocks - lba) {
		scsi_fail(rq->result, ILLEGAL_REQUEST, LBA_OUT_OF_RANGE, 0);
		return;
	}
	if (blocks > SCSI_MAX_BLOCKS) {
		invalid_field(rq);
		return;
	}
	rq->result->disk = rq->disk;
	rq->result->offset = (rq->disk->first + lba) * SCSI_BLOCK;
	rq->result->len = (uint32_t)(blocks * SCSI_BLOCK);
	rq->result->write = rq->cdb[0] & 2;	/* READ is x8, WRITE is xa */
}

static void rw6(struct request *rq)
{
	medium(rq, get_be(rq->cdb + 1, 3) & 0x1fffff, rq->cdb[4] ? rq->cdb[4] : 256);
}

/* RDPROTECT and WRPROTECT ask for what is not here: protection information. */
static void rw10(struct request *rq)
{
	if (rq->cdb[1] & 0xe0)
		invalid_field(rq);
	else
		medium(rq, get_be(rq->cdb + 2, 4), get_be(rq->cdb + 7, 2));
}

static void rw16(struct request *rq)
{
	if (rq->cdb[1] & 0xe0)
		invalid_field(rq);
	else
		medium(rq, get_be(rq->cdb + 2, 8), get_be(rq->cdb + 10, 4));
}

static const struct command {
	uint8_t opcode;
	bool without_lun;		/* answered for any LUN */
	void (*run)(struct request *rq);
} commands[] = {
	{ 0x00, false, good },		/* TEST UNIT READY */
	{ 0x03, true,  request_sense },
	{ 0x08, false, rw6 },
	{ 0x0a, false, rw6 },
	{ 0x12, true,  inquiry },
	{ 0x1a, false, mode_sense6 },
	{ 0x1b, false, good },		/* START STOP UNIT */
	{ 0x25, false, read_capacity10 },
	{ 0x28, false, rw10 },
	{ 0x2a, false, rw10 },
	{ 0x35, false, good },		/* SYNCHRONIZE CACHE(10) */
	{ 0x5a, false, mode_sense10 },
	{ 0x88, false, rw16 },
	{ 0x8a, false, rw16 },
	{ 0x91, false, good },		/* SYNCHRONIZE CACHE(16) */
	{ 0x9e, false, service_action_in },
	{ 0xa0, true,  report_luns },
};

/* Single level, peripheral or flat; anything else is no LUN of ours. */
static unsigned lun_number(const uint8_t lun[8])
{
	if (lun[0] & 0xbf || get_be(lun + 2, 6))
		return SCSI_LUNS_MAX;
	return lun[1];
}

void scsi_execute(struct scsi_disks *disks, const uint8_t lun[8],
		  const uint8_t cdb[SCSI_CDB_LEN], struct scsi_result *result)
{
	struct request rq = { .disks = disks, .number = lun_number(lun),
			      .cdb = cdb, .result = result };

	memset(result, 0, sizeof(*result));
	if (rq.number < disks->count)
		rq.disk = &disks->lun[rq.number];
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].opcode != cdb[0])
			continue;
		if (rq.disk || commands[i].without_lun)
			commands[i].run(&rq);
		else
			scsi_fail(result, ILLEGAL_REQUEST, NOT_SUPPORTED_LUN, 0);
		return;
	}
	scsi_fail(result, ILLEGAL_REQUEST, INVALID_OPCODE, 0);
}

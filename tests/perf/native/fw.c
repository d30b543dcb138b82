// SPDX-License-Identifier: GPL-2.0-or-later
/* The firmware library as an initiator: commands by its rings, its own loop. */
#include <endian.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "load.h"
#include "login.h"
#include "loop.h"

#define ATTENTIONS_MAX	8	/* a LUN's words before it works */

struct fw {
	struct host host;
	struct load *load;
	uint32_t session;
	uint8_t lun;
	bool asked, ready;
};

/* A command that has no data yet. */
static struct ohba_sqe *next_command(struct fw *fw, uint32_t tag, const uint8_t *cdb, uint8_t len)
{
	struct ohba_sqe *sqe = host_next_sqe(&fw->host);
	struct ohba_io_scsi scsi = {
		.lun = { 0, fw->lun },
		.cdb_len = htole16(len),
		.attr = OHBA_ATTR_SIMPLE,
	};

	memcpy(scsi.cdb, cdb, len);
	memcpy(sqe->body, &scsi, sizeof(scsi));
	sqe->opcode = OHBA_IO_SCSI;
	sqe->tag = htole32(tag);
	sqe->handle = htole32(fw->session);
	return sqe;
}

static void answered(void *arg, const struct ohba_cqe *cqe)
{
	struct fw *fw = arg;

	fw->asked = false;
	fw->ready = !cqe->status && !cqe->scsi_status;
}

/* TEST UNIT READY until the LUN has nothing to say: a new session is told so. */
static void wait_ready(struct fw *fw)
{
	static const uint8_t test_unit_ready[6];
	unsigned int i;

	fw->host.ended = answered;
	for (i = 0; i < ATTENTIONS_MAX && !fw->ready; i++) {
		next_command(fw, 0, test_unit_ready, sizeof(test_unit_ready));
		host_publish(&fw->host);
		for (fw->asked = true; fw->asked; )
			ohba_loop_step(fw->host.loop, OHBA_NS_PER_S);
	}
	if (!fw->ready)
		errx(1, "fw: LUN %u is not ready", fw->lun);
}

static void ended(void *arg, const struct ohba_cqe *cqe)
{
	struct fw *fw = arg;

	if (cqe->status || cqe->scsi_status)
		errx(1, "fw: an I/O ended with status 0x%x (ohbatool explain), SCSI status 0x%x",
		     le16toh(cqe->status), cqe->scsi_status);
	load_ended(fw->load, &fw->load->ios[OHBA_TAG_INDEX(le32toh(cqe->tag))]);
}

static void fw_start(void *initiator, struct load_io *io)
{
	struct fw *fw = initiator;
	struct ohba_sqe *sqe;
	uint8_t cdb[LOAD_CDB_LEN];

	load_cdb(fw->load, io, cdb);
	sqe = next_command(fw, io->index, cdb, sizeof(cdb));
	sqe->flags = fw->load->write ? OHBA_IO_WRITE : OHBA_IO_READ;
	sqe->data_len = htole32(fw->load->size);
	sqe->nsge = 1;
	sqe->sge[0].addr = htole64((uintptr_t)io->buf);
	sqe->sge[0].len = htole32(fw->load->size);
}

static void fw_run(void *initiator)
{
	struct fw *fw = initiator;

	host_publish(&fw->host);
	ohba_loop_run(fw->host.loop);
}

static void fw_stop(void *initiator)
{
	struct fw *fw = initiator;

	ohba_loop_stop(fw->host.loop);
}

static void *fw_open(const struct load_target *target, struct load *load)
{
	struct fw *fw = calloc(1, sizeof(*fw));

	if (!fw)
		errx(1, "no memory");
	fw->load = load;
	fw->lun = target->lun;
	fw->host.arg = fw;
	host_open(&fw->host);
	fw->session = native_login(&fw->host, target);
	wait_ready(fw);
	fw->host.ended = ended;
	return fw;
}

static void fw_close(void *initiator)
{
	struct fw *fw = initiator;

	host_close(&fw->host);
	free(fw);
}

const struct initiator_ops fw_initiator = {
	.name = "fw",
	.open = fw_open,
	.start = fw_start,
	.run = fw_run,
	.stop = fw_stop,
	.close = fw_close,
};

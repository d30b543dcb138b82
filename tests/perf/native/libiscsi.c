// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libiscsi as an initiator, used as QEMU's block driver uses it (block/iscsi.c):
 * asynchronous READ(10) and WRITE(10), data in place by I/O vectors, one poll()
 * before each service call.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>

#include "load.h"

struct lib;

struct lib_io {
	struct lib *lib;
	struct load_io *io;
	struct scsi_iovec iov;
};

struct lib {
	struct iscsi_context *iscsi;
	struct load *load;
	int lun;
	bool over;
	struct lib_io ios[LOAD_DEPTH_MAX];
};

static void ended(struct iscsi_context *iscsi, int status, void *data, void *private)
{
	struct lib_io *lio = private;
	struct scsi_task *task = data;

	if (status != SCSI_STATUS_GOOD)
		errx(1, "libiscsi: an I/O ended with status 0x%x: %s", status,
		     iscsi_get_error(iscsi));
	scsi_free_scsi_task(task);
	load_ended(lio->lib->load, lio->io);
}

static void lib_start(void *initiator, struct load_io *io)
{
	struct lib *lib = initiator;
	struct lib_io *lio = &lib->ios[io->index];
	uint32_t size = lib->load->size;
	struct scsi_task *task;

	*lio = (struct lib_io){ lib, io, { io->buf, size } };
	if (lib->load->write)
		task = iscsi_write10_iov_task(lib->iscsi, lib->lun, io->lba, NULL, size, LOAD_BLOCK,
					      0, 0, 0, 0, 0, ended, lio, &lio->iov, 1);
	else
		task = iscsi_read10_iov_task(lib->iscsi, lib->lun, io->lba, size, LOAD_BLOCK,
					     0, 0, 0, 0, 0, ended, lio, &lio->iov, 1);
	if (!task)
		errx(1, "libiscsi: an I/O could not be sent: %s", iscsi_get_error(lib->iscsi));
}

static void lib_run(void *initiator)
{
	struct lib *lib = initiator;

	while (!lib->over) {
		struct pollfd pfd = {
			.fd = iscsi_get_fd(lib->iscsi),
			.events = iscsi_which_events(lib->iscsi),
		};

		if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
			err(1, "poll");
		if (iscsi_service(lib->iscsi, pfd.revents) < 0)
			errx(1, "libiscsi: %s", iscsi_get_error(lib->iscsi));
	}
}

static void lib_stop(void *initiator)
{
	struct lib *lib = initiator;

	lib->over = true;
}

static void log_in(struct lib *lib, const struct load_target *target)
{
	char portal[64];

	snprintf(portal, sizeof(portal), "%s:%u", target->addr, target->port);
	iscsi_set_targetname(lib->iscsi, target->name);
	iscsi_set_session_type(lib->iscsi, ISCSI_SESSION_NORMAL);
	iscsi_set_header_digest(lib->iscsi, target->header_digest ? ISCSI_HEADER_DIGEST_CRC32C :
				ISCSI_HEADER_DIGEST_NONE);
	if (iscsi_full_connect_sync(lib->iscsi, portal, target->lun))
		errx(1, "libiscsi: no login at %s: %s", portal, iscsi_get_error(lib->iscsi));
}

static void *lib_open(const struct load_target *target, struct load *load)
{
	struct lib *lib = calloc(1, sizeof(*lib));

	if (target->data_digest)
		errx(2, "libiscsi has no data digest: leave --data-digest out");
	if (!lib)
		errx(1, "no memory");
	lib->load = load;
	lib->lun = target->lun;
	lib->iscsi = iscsi_create_context("iqn.2026-01.org.ohba:native");
	if (!lib->iscsi)
		errx(1, "libiscsi: no memory for a context");
	log_in(lib, target);
	return lib;
}

static void lib_close(void *initiator)
{
	struct lib *lib = initiator;

	iscsi_logout_sync(lib->iscsi);
	iscsi_destroy_context(lib->iscsi);
	free(lib);
}

const struct initiator_ops libiscsi_initiator = {
	.name = "libiscsi",
	.open = lib_open,
	.start = lib_start,
	.run = lib_run,
	.stop = lib_stop,
	.close = lib_close,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* Admin commands of the adapter itself (ohba_admin.h, 0x01..0x06). */
#include <stdio.h>
#include <string.h>

#include "core.h"
#include "event.h"
#include "queue.h"

#define MODEL	"ohba iSCSI offload adapter"

static int identify(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	const struct ohba_fw_config *cfg = &fw->cfg;
	struct ohba_identify id = {
		.model = MODEL,
		.max_conns = htole32(cfg->max_conns),
		.max_tags = htole32(cfg->max_tags),
		.max_sge = htole32(OHBA_FW_MAX_SGE),
		.max_data_len = htole32(OHBA_FW_MAX_DATA_LEN),
		.max_recv_dsl = htole32(OHBA_FW_MAX_RECV_DSL),
		.max_burst = htole32(OHBA_FW_MAX_BURST),
		.max_r2t = htole16(OHBA_FW_MAX_R2T),
		.max_cdb_len = htole16(OHBA_CDB_MAX),
		.max_targets = htole32(cfg->max_targets),
		.max_accounts = htole32(cfg->max_targets ? cfg->max_accounts : 0),
		.lost_records = htole32(ohba_fw_flash_damaged(fw)),
	};

	(void)qid;
	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	memcpy(id.serial, cfg->serial, sizeof(id.serial));
	memcpy(id.mac, cfg->mac, sizeof(id.mac));
	snprintf((char *)id.fw_version, sizeof(id.fw_version), "%u.%u.%u",
		 OHBA_FW_VERSION_MAJOR, OHBA_FW_VERSION_MINOR, OHBA_FW_VERSION_PATCH);
	return ohba_reply(fw, sqe, &id, sizeof(id));
}

static bool setup_ok(struct ohba_fw *fw, const struct ohba_host_memory *memory)
{
	return memory->num_tags >= 1 && memory->num_tags <= fw->cfg.max_tags &&
	       memory->sense_stride >= OHBA_SENSE_MIN &&
	       memory->sense_stride <= OHBA_SENSE_MAX;
}

static int host_setup(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_host_setup setup;
	struct ohba_host_memory memory;

	(void)qid;
	memcpy(&setup, sqe->body, sizeof(setup));
	memory.sense_base = le64toh(setup.sense_base);
	memory.sense_stride = le32toh(setup.sense_stride);
	memory.num_tags = le32toh(setup.num_tags);
	if (sqe->handle || !ohba_all_zero(setup.rsvd, sizeof(setup.rsvd)))
		return OHBA_ST_INVALID_FIELD;
	if (fw->memory.num_tags)
		return OHBA_ST_INVALID_STATE;
	if (!setup_ok(fw, &memory))
		return OHBA_ST_INVALID_FIELD;
	/* Told at once rather than at the first CHECK CONDITION. */
	if (ohba_dma_probe(fw, memory.sense_base,
			   (uint64_t)memory.num_tags * memory.sense_stride, true))
		return OHBA_ST_DMA_FAULT;
	fw->memory = memory;
	return OHBA_ST_SUCCESS;
}

static int queue_create(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	uint32_t id = le32toh(sqe->handle);
	struct ohba_queue_create create;
	struct ohba_queue_params params;

	(void)qid;
	memcpy(&create, sqe->body, sizeof(create));
	params.ctl = le64toh(create.ctl);
	params.sq = le64toh(create.sq);
	params.cq = le64toh(create.cq);
	params.sq_size = le32toh(create.sq_size);
	params.cq_size = le32toh(create.cq_size);
	params.vector = le32toh(create.vector);
	if (!ohba_all_zero(create.rsvd, sizeof(create.rsvd)))
		return OHBA_ST_INVALID_FIELD;
	if (!fw->memory.num_tags)
		return OHBA_ST_INVALID_STATE;
	if (id == OHBA_QID_ADMIN)
		return OHBA_ST_INVALID_HANDLE;
	return ohba_queue_open(fw, id, &params);
}

static int queue_delete(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	uint32_t id = le32toh(sqe->handle);

	(void)qid;
	if (id == OHBA_QID_ADMIN)
		return OHBA_ST_INVALID_HANDLE;
	return ohba_queue_close(fw, id);
}

static int port_get(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_port port = { .engine = fw->engine->kind };
	uint32_t speed_mbps, mtu;
	bool link_up;

	(void)qid;
	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	memcpy(port.mac, fw->cfg.mac, sizeof(port.mac));
	fw->engine->ops->port(fw->engine, &link_up, &speed_mbps, &mtu);
	/* Else what changes back before the next look at it makes no event. */
	ohba_events_link(fw, link_up, speed_mbps);
	port.link_up = link_up;
	port.speed_mbps = htole32(speed_mbps);
	port.mtu = htole32(mtu);
	return ohba_reply(fw, sqe, &port, sizeof(port));
}

const struct ohba_cmd_row ohba_admin_cmds[] = {
	{ .opcode = OHBA_ADMIN_IDENTIFY, .name = "IDENTIFY", .fn = identify, .data = true },
	{ .opcode = OHBA_ADMIN_HOST_SETUP, .name = "HOST_SETUP", .fn = host_setup, .body = true },
	{ .opcode = OHBA_ADMIN_QUEUE_CREATE, .name = "QUEUE_CREATE", .fn = queue_create,
	  .body = true },
	{ .opcode = OHBA_ADMIN_QUEUE_DELETE, .name = "QUEUE_DELETE", .fn = queue_delete },
	{ .opcode = OHBA_ADMIN_PORT_GET, .name = "PORT_GET", .fn = port_get, .data = true },
	{ .opcode = OHBA_ADMIN_STATS_GET, .name = "STATS_GET", .fn = ohba_stats_get,
	  .body = true, .data = true },
};

const unsigned int ohba_admin_ncmds = sizeof(ohba_admin_cmds) / sizeof(ohba_admin_cmds[0]);

// SPDX-License-Identifier: GPL-2.0-or-later
/* STATS_GET: counters of the adapter, of connections, its own included, and of queues. */
#include <string.h>

#include "core.h"
#include "queue.h"

static enum ohba_status adapter_stats(struct ohba_fw *fw, const struct ohba_sqe *sqe)
{
	const struct ohba_adapter_counters *counters = &fw->stats;
	struct ohba_adapter_stats stats = {
		.conns_opened = htole64(counters->conns_opened),
		.conns_failed = htole64(counters->conns_failed),
		.conns_lost = htole64(counters->conns_lost),
		.sessions_started = htole64(counters->sessions_started),
		.guest_errors = htole64(counters->guest_errors),
		.protocol_errors = htole64(counters->protocol_errors),
		.digest_errors = htole64(counters->digest_errors),
		.events_dropped = htole64(counters->events_dropped),
		.loop_turns = htole64(counters->loop_turns),
		.hdr_digest_errors = htole64(counters->hdr_digest_errors),
		.sequence_errors = htole64(counters->sequence_errors),
		.tx_pdus = htole64(counters->tx_pdus),
		.rx_pdus = htole64(counters->rx_pdus),
		.tx_data_bytes = htole64(counters->tx_data_bytes),
		.rx_data_bytes = htole64(counters->rx_data_bytes),
	};

	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	return ohba_reply(fw, sqe, &stats, sizeof(stats));
}

static enum ohba_status conn_stats(struct ohba_fw *fw, const struct ohba_sqe *sqe)
{
	struct ohba_conn_stats stats = { 0 };
	int status = ohba_iscsi_conn_stats(fw->iscsi, le32toh(sqe->handle), &stats);

	return status ? (enum ohba_status)status : ohba_reply(fw, sqe, &stats, sizeof(stats));
}

/* Behind the targets there are connections that are no target's. */
static enum ohba_status target_stats(struct ohba_fw *fw, const struct ohba_sqe *sqe)
{
	uint32_t index = le32toh(sqe->handle);
	struct ohba_conn_stats stats = { 0 };
	int status = index < fw->cfg.max_targets ?
		     ohba_iscsi_target_stats(fw->iscsi, index, &stats) : OHBA_ST_INVALID_HANDLE;

	return status ? (enum ohba_status)status : ohba_reply(fw, sqe, &stats, sizeof(stats));
}

static enum ohba_status queue_stats(struct ohba_fw *fw, const struct ohba_sqe *sqe)
{
	struct ohba_queue_stats stats;
	enum ohba_status status = ohba_queue_stats(fw, le32toh(sqe->handle), &stats);

	return status ? status : ohba_reply(fw, sqe, &stats, sizeof(stats));
}

int ohba_stats_get(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_stats_get get;

	(void)qid;
	memcpy(&get, sqe->body, sizeof(get));
	if (!ohba_all_zero(get.rsvd, sizeof(get.rsvd)))
		return OHBA_ST_INVALID_FIELD;
	switch (get.scope) {
	case OHBA_STATS_ADAPTER:
		return adapter_stats(fw, sqe);
	case OHBA_STATS_CONN:
		return conn_stats(fw, sqe);
	case OHBA_STATS_TARGET:
		return target_stats(fw, sqe);
	case OHBA_STATS_QUEUE:
		return queue_stats(fw, sqe);
	default:
		return OHBA_ST_INVALID_FIELD;
	}
}

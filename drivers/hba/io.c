// SPDX-License-Identifier: GPL-2.0-only
/* SCSI commands: from queuecommand to the CPU's queue, and back. */
#include <linux/blk-mq.h>
#include <linux/rcupdate.h>

#include "hba.h"
#include "ohba_trace.h"

/* --- a tag's owner ------------------------------------------------------- */

static u32 hba_slot_open(struct hba *hba, u32 index, struct scsi_cmnd *sc)
{
	struct hba_slot *slot = &hba->slots[index];

	slot->gen++;
	slot->sc = sc;
	slot->cpu = raw_smp_processor_id();
	slot->session = sc->device->hostdata;
	/* The fields before the owner. Pairs with the cmpxchg in hba_slot_claim(). */
	atomic_set_release(&slot->live, HBA_LIVE | slot->gen);
	return OHBA_TAG(index, slot->gen);
}

/* Fully ordered. Return: true for the one caller who must complete @tag. */
static bool hba_slot_claim(struct hba *hba, u32 tag)
{
	u32 index = OHBA_TAG_INDEX(tag);
	int live = HBA_LIVE | tag >> 16;

	return index < hba->num_tags &&
	       atomic_cmpxchg(&hba->slots[index].live, live, 0) == live;
}

/* Does the device own the command that was sent under @tag? */
bool hba_tag_live(struct hba *hba, u32 tag)
{
	u32 index = OHBA_TAG_INDEX(tag);

	return index < hba->num_tags &&
	       atomic_read(&hba->slots[index].live) == (HBA_LIVE | tag >> 16);
}

/* --- its data ------------------------------------------------------------ */

/* Return: whether the device can be told where the data lie, now. */
static bool hba_map(struct hba *hba, struct scsi_cmnd *sc, u32 index,
		    struct ohba_sqe *sqe)
{
	int nseg = scsi_dma_map(sc);

	if (unlikely(nseg < 0))
		return false;
	if (!nseg)
		return true;
	sqe->data_len = cpu_to_le32(scsi_bufflen(sc));
	if (likely(!ohba_tag_put_sgl(hba->adapter, index, scsi_sglist(sc), nseg,
				     sqe)))
		return true;
	scsi_dma_unmap(sc);
	return false;
}

static void hba_unmap(struct hba *hba, struct scsi_cmnd *sc, u32 index)
{
	scsi_dma_unmap(sc);
	if (unlikely(scsi_sg_count(sc) > OHBA_SGE_LIST_MAX))
		ohba_tag_put_back_sgl(hba->adapter, index);
}

/* --- completion ---------------------------------------------------------- */

static void hba_end(struct hba *hba, struct scsi_cmnd *sc)
{
	scsi_done(sc);
	/* Pairs with the barrier of the wait in hba_wait_for(). */
	if (unlikely(atomic_read(&hba->waiters)))
		wake_up(&hba->wait);
}

static void hba_copy_sense(struct hba *hba, struct scsi_cmnd *sc, u32 index,
			   u32 len)
{
	u32 stride;
	const u8 *sense = ohba_tag_sense(hba->adapter, index, &stride);

	len = min3(len, stride, (u32)SCSI_SENSE_BUFFERSIZE);
	memcpy(sc->sense_buffer, sense, len);
}

/* Return: false if the device claims more residue than there was data. */
static bool hba_take_residual(struct scsi_cmnd *sc, const struct ohba_cqe *cqe)
{
	u32 residual = le32_to_cpu(cqe->result);

	if (!(cqe->flags & OHBA_CQE_UNDERFLOW))
		return true;
	if (residual > scsi_bufflen(sc))
		return false;
	scsi_set_resid(sc, residual);
	return true;
}

static int hba_answered_result(struct hba *hba, struct scsi_cmnd *sc,
			       const struct ohba_cqe *cqe)
{
	if (cqe->response || !hba_take_residual(sc, cqe))
		return DID_ERROR << 16;
	if (cqe->scsi_status == SAM_STAT_CHECK_CONDITION)
		hba_copy_sense(hba, sc, OHBA_TAG_INDEX(le32_to_cpu(cqe->tag)),
			       le16_to_cpu(cqe->sense_len));
	if (cqe->scsi_status == SAM_STAT_GOOD &&
	    scsi_bufflen(sc) - scsi_get_resid(sc) < sc->underflow)
		return DID_ERROR << 16;
	return cqe->scsi_status;
}

static int hba_unanswered_result(struct hba *hba, struct scsi_cmnd *sc,
				 u16 status)
{
	struct hba_session *session = sc->device->hostdata;

	scsi_set_resid(sc, scsi_bufflen(sc));
	switch (status) {
	case OHBA_ST_SESSION_LOST:
		return DID_TRANSPORT_DISRUPTED << 16;
	case OHBA_ST_ABORTED:
		/* By a close, or by a reset of the LUN or target. */
		return (hba_session_is_ready(session) ? DID_RESET :
			DID_TRANSPORT_DISRUPTED) << 16;
	case OHBA_ST_INVALID_HANDLE:
		/* The session ended before the command reached the device. */
		return DID_REQUEUE << 16;
	case OHBA_ST_NO_RESOURCES:
	case OHBA_ST_BUSY:
		return SAM_STAT_BUSY;
	}
	dev_warn_ratelimited(hba->adapter->dev,
			     "command 0x%02x to target %u lun %llu failed: %s (%s)\n",
			     sc->cmnd[0], sc->device->id, sc->device->lun,
			     ohba_status_name(status),
			     ohba_status_meaning(status));
	return DID_ERROR << 16;
}

enum ohba_verdict hba_io_done(void *priv, const struct ohba_cqe *cqe)
{
	struct hba *hba = priv;
	u32 tag = le32_to_cpu(cqe->tag);
	u16 status = le16_to_cpu(cqe->status);
	struct scsi_cmnd *sc;
	bool local;

	if (!hba_slot_claim(hba, tag))
		return OHBA_CQE_STALE;
	sc = hba->slots[OHBA_TAG_INDEX(tag)].sc;
	local = hba->slots[OHBA_TAG_INDEX(tag)].cpu == raw_smp_processor_id();

	hba_unmap(hba, sc, OHBA_TAG_INDEX(tag));
	sc->result = status == OHBA_ST_SUCCESS ?
		     hba_answered_result(hba, sc, cqe) :
		     hba_unanswered_result(hba, sc, status);
	trace_ohba_cmd_done(hba->adapter->dev, tag, status, cqe->scsi_status,
			    le32_to_cpu(cqe->result), sc->result);
	hba_end(hba, sc);
	return local ? OHBA_CQE_LOCAL : OHBA_CQE_REMOTE;
}

static void hba_fail_one(struct hba *hba, u32 index)
{
	struct hba_slot *slot = &hba->slots[index];
	int live = atomic_read_acquire(&slot->live);
	struct scsi_cmnd *sc = slot->sc;

	if (!live || !hba_slot_claim(hba, OHBA_TAG(index, (u16)live)))
		return;
	hba_unmap(hba, sc, index);
	scsi_set_resid(sc, scsi_bufflen(sc));
	sc->result = (ohba_is_dead(hba->adapter) ? DID_NO_CONNECT :
		      DID_TRANSPORT_DISRUPTED) << 16;
	hba_end(hba, sc);
}

/* The device is stopped: nobody else completes what it owned. */
void hba_io_fail_all(struct hba *hba)
{
	u32 i;

	for (i = 0; i < hba->num_tags; i++) {
		/* The error handler waits for readers before it takes it for done. */
		rcu_read_lock();
		hba_fail_one(hba, i);
		rcu_read_unlock();
	}
}

/* --- submission ---------------------------------------------------------- */

static void hba_put_cdb(struct hba *hba, struct ohba_io_scsi *io,
			struct scsi_cmnd *sc, u32 index)
{
	unsigned int inline_len = min_t(unsigned int, sc->cmd_len,
					OHBA_CDB_INLINE);
	dma_addr_t addr;

	int_to_scsilun(sc->device->lun, (struct scsi_lun *)io->lun);
	memcpy(io->cdb, sc->cmnd, inline_len);
	io->cdb_len = cpu_to_le16(sc->cmd_len);
	io->attr = OHBA_ATTR_SIMPLE;
	if (likely(sc->cmd_len <= OHBA_CDB_INLINE))
		return;
	/* max_cmd_len keeps this within OHBA_CDB_EXT_MAX. */
	memcpy(ohba_tag_cdb_ext(hba->adapter, index, &addr),
	       sc->cmnd + OHBA_CDB_INLINE, sc->cmd_len - OHBA_CDB_INLINE);
	io->cdb_ext = cpu_to_le64(addr);
}

static u8 hba_direction(const struct scsi_cmnd *sc)
{
	switch (sc->sc_data_direction) {
	case DMA_FROM_DEVICE:
		return OHBA_IO_READ;
	case DMA_TO_DEVICE:
		return OHBA_IO_WRITE;
	default:
		return 0;
	}
}

static int hba_finish_early(struct scsi_cmnd *sc, int host_byte)
{
	scsi_set_resid(sc, scsi_bufflen(sc));
	sc->result = host_byte << 16;
	scsi_done(sc);
	return 0;
}

/*
 * The ring did not take it. Nobody else may have completed it meanwhile. An adapter
 * that is stopping closes its rings before sessions are told: until then a command
 * would use up its retries, so it costs none.
 */
static int hba_unsend(struct hba *hba, struct scsi_cmnd *sc, u32 tag)
{
	if (!hba_slot_claim(hba, tag))
		return 0;
	hba_unmap(hba, sc, OHBA_TAG_INDEX(tag));
	if (ohba_is_dead(hba->adapter))
		return hba_finish_early(sc, DID_NO_CONNECT);
	return SCSI_MLQUEUE_HOST_BUSY;
}

/*
 * Error handling waits for what it sends, in the request of the command that failed: that
 * does not go to a queue without interrupts, where nobody may look any more.
 */
static u32 hba_queue_of(const struct hba *hba, const struct scsi_cmnd *sc, u32 hwq)
{
	struct ohba_adapter *adapter = hba->adapter;

	if (likely(sc->submitter != SUBMITTED_BY_SCSI_ERROR_HANDLER))
		return hwq;
	return hwq % (ohba_io_queues(adapter) - ohba_io_poll_queues(adapter));
}

static int hba_send(struct hba *hba, struct hba_session *session,
		    struct scsi_cmnd *sc)
{
	u32 unique = blk_mq_unique_tag(scsi_cmd_to_rq(sc));
	u32 index = blk_mq_unique_tag_to_tag(unique);
	u32 hwq = hba_queue_of(hba, sc, blk_mq_unique_tag_to_hwq(unique));
	struct hba_cmd *cmd = scsi_cmd_priv(sc);
	struct ohba_sqe sqe = { .opcode = OHBA_IO_SCSI };
	int err;

	/* The error handler reuses a tag: never before its answer was seen. */
	if (unlikely(atomic_read(&hba->slots[index].live)))
		return SCSI_MLQUEUE_HOST_BUSY;
	if (unlikely(!hba_map(hba, sc, index, &sqe)))
		return SCSI_MLQUEUE_HOST_BUSY;

	sqe.flags = hba_direction(sc);
	sqe.handle = cpu_to_le32(READ_ONCE(session->handle));
	hba_put_cdb(hba, (struct ohba_io_scsi *)sqe.body, sc, index);
	cmd->tag = hba_slot_open(hba, index, sc);
	sqe.tag = cpu_to_le32(cmd->tag);
	trace_ohba_cmd_start(hba->adapter->dev, hwq, cmd->tag,
			     le32_to_cpu(sqe.handle), sc->device->lun,
			     sc->cmnd[0], scsi_bufflen(sc));

	err = ohba_io_submit(hba->adapter, hwq, &sqe);
	return likely(!err) ? 0 : hba_unsend(hba, sc, le32_to_cpu(sqe.tag));
}

/* The host byte for a command of a session that does not take any. */
static int hba_state_host_byte(int state)
{
	switch (state) {
	case ISCSI_STATE_FAILED:
		/* Nobody logs in again during a shutdown. */
		return system_state == SYSTEM_RUNNING ? DID_IMM_RETRY :
							DID_NO_CONNECT;
	case ISCSI_STATE_IN_RECOVERY:
	case ISCSI_STATE_LOGGING_OUT:
		return DID_IMM_RETRY;
	case ISCSI_STATE_RECOVERY_FAILED:
		return DID_TRANSPORT_FAILFAST;
	default:
		return DID_NO_CONNECT;
	}
}

static int hba_not_ready(struct hba *hba, struct hba_session *session,
			 struct scsi_cmnd *sc)
{
	int state = READ_ONCE(session->iscsi->state);
	int result;

	if (ohba_is_dead(hba->adapter))
		return hba_finish_early(sc, DID_NO_CONNECT);
	result = iscsi_session_chkready(session->iscsi->cls_session);
	if (result)
		return hba_finish_early(sc, result >> 16);
	/* Between the loss and its discovery, or between login and start. */
	if (state == ISCSI_STATE_LOGGED_IN)
		return SCSI_MLQUEUE_TARGET_BUSY;
	return hba_finish_early(sc, hba_state_host_byte(state));
}

int hba_queuecommand(struct Scsi_Host *shost, struct scsi_cmnd *sc)
{
	struct hba *hba = hba_of(shost);
	struct hba_session *session = sc->device->hostdata;
	int ret;

	/*
	 * hba_session_unready() waits for this section: after it no command
	 * carries the old handle into a ring.
	 */
	rcu_read_lock();
	/* Pairs with the barrier in hba_session_ready(): then the handle. */
	if (likely(smp_load_acquire(&session->state) == HBA_SESSION_READY))
		ret = hba_send(hba, session, sc);
	else
		ret = hba_not_ready(hba, session, sc);
	rcu_read_unlock();
	return ret;
}

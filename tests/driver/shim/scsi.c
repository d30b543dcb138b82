// SPDX-License-Identifier: GPL-2.0-or-later
/* The SCSI mid-layer (scsi.h). */
#include "shim.h"

enum owner {
	OWNER_NOBODY,
	OWNER_DRIVER,
	OWNER_EH,		/* timed out: the error handler's, whatever the driver does */
};

struct tag {
	struct scsi_cmnd *sc;
	enum owner owner;
	bool done;		/* given back while the error handler has it */
	struct shim_result *result;
};

static struct tag tags[SHIM_TAGS];
static wait_queue_head_t retired;
static struct mutex eh_mutex;		/* one error handler a host */
void (*shim_device_took)(unsigned int index, struct scsi_cmnd *sc);
bool (*shim_device_done)(unsigned int index);

/* --- a command ------------------------------------------------------------ */

static void *xcalloc(size_t n, size_t len)
{
	void *mem = calloc(n, len ? len : 1);

	shim_check(mem, "no memory");
	return mem;
}

static void make_buffer(struct scsi_cmnd *sc, u32 len, u32 seg)
{
	u32 off;

	sc->len = len;
	if (!len)
		return;
	seg = seg ? seg : len;
	sc->nsg = DIV_ROUND_UP(len, seg);
	sc->sg = xcalloc(sc->nsg, sizeof(*sc->sg));
	sc->sg[0].mem = xcalloc(1, len);
	for (off = 0; off < len; off += seg) {
		struct scatterlist *sg = &sc->sg[off / seg];

		sg->mem = (u8 *)sc->sg[0].mem + off;
		sg->len = min(seg, len - off);
		sg->last = off + seg >= len;
	}
}

static struct scsi_cmnd *make_command(const struct shim_io *io, unsigned int index)
{
	struct scsi_cmnd *sc = xcalloc(1, sizeof(*sc));
	unsigned int i;

	sc->device = io->sdev;
	sc->cmd_len = io->cdb_len ? io->cdb_len : 16;
	sc->cmnd = xcalloc(1, sc->cmd_len);
	sc->sense_buffer = xcalloc(1, SCSI_SENSE_BUFFERSIZE);
	sc->priv = xcalloc(1, io->sdev->host->hostt->cmd_size);
	for (i = 0; i < sc->cmd_len; i++)
		sc->cmnd[i] = i + 1;
	sc->cmnd[0] = io->write ? 0x2a : 0x28;
	sc->underflow = io->underflow;
	sc->sc_data_direction = !io->len ? DMA_NONE : io->write ? DMA_TO_DEVICE :
				DMA_FROM_DEVICE;
	sc->rq.unique = io->hwq << 16 | index;
	if (io->by_eh)
		sc->submitter = SUBMITTED_BY_SCSI_ERROR_HANDLER;
	make_buffer(sc, io->len, io->seg);
	return sc;
}

static void free_command(struct scsi_cmnd *sc)
{
	shim_check(!sc->mapped, "a command is given back with its buffer mapped");
	if (sc->sg)
		free(sc->sg[0].mem);
	free(sc->sg);
	free(sc->cmnd);
	free(sc->sense_buffer);
	free(sc->priv);
	free(sc);
}

/* --- the buffer, which is contiguous: one mapping is that of all segments ---- */

int scsi_dma_map(struct scsi_cmnd *sc)
{
	dma_addr_t addr;
	unsigned int i;

	shim_check(!sc->mapped, "a command's buffer is mapped twice");
	if (!sc->nsg)
		return 0;
	addr = dma_map_single(NULL, sc->sg[0].mem, sc->len, sc->sc_data_direction);
	if (!addr)
		return -ENOMEM;
	for (i = 0; i < sc->nsg; i++)
		sc->sg[i].dma = addr + ((u8 *)sc->sg[i].mem - (u8 *)sc->sg[0].mem);
	sc->mapped = true;
	return sc->nsg;
}

void scsi_dma_unmap(struct scsi_cmnd *sc)
{
	if (!sc->nsg)
		return;
	shim_check(sc->mapped, "a command's buffer is unmapped twice");
	dma_unmap_single(NULL, sc->sg[0].dma, sc->len, sc->sc_data_direction);
	sc->mapped = false;
}

/* --- there and back -------------------------------------------------------------- */

static int find_tag(unsigned int limit)
{
	unsigned int i;

	for (i = 0; i < min(limit, (unsigned int)SHIM_TAGS); i++)
		if (tags[i].owner == OWNER_NOBODY)
			return i;
	return -EBUSY;
}

static void retire(struct tag *tag)
{
	free_command(tag->sc);
	memset(tag, 0, sizeof(*tag));
	wake_up(&retired);
}

int shim_queue(const struct shim_io *io)
{
	struct Scsi_Host *shost = io->sdev->host;
	int i = find_tag(shost->can_queue), ret;
	struct tag *tag;

	if (i < 0 || eh_mutex.held)
		return -EBUSY;
	tag = &tags[i];
	tag->sc = make_command(io, i);
	tag->owner = OWNER_DRIVER;
	tag->result = io->result;
	if (io->result)
		memset(io->result, 0, sizeof(*io->result));
	ret = shost->hostt->queuecommand(shost, tag->sc);
	if (tag->owner == OWNER_NOBODY) {
		shim_check(!ret, "a command is refused and given back");
		return -ECANCELED;
	}
	if (ret) {
		retire(tag);
		return -EBUSY;
	}
	if (shim_device_took)
		shim_device_took(i, tag->sc);
	return i;
}

/* What a command says that it moved must be possible. */
static void check_result(const struct scsi_cmnd *sc)
{
	u8 status = sc->result & 0xff, host = sc->result >> 16;

	shim_check(sc->resid <= sc->len, "a command of %u bytes has a residual of %u",
		   sc->len, sc->resid);
	shim_check(host || status != SAM_STAT_GOOD || sc->len - sc->resid >= sc->underflow,
		   "a command that moved too little is a success");
}

static void note_result(struct tag *tag)
{
	struct shim_result *r = tag->result;

	if (!r)
		return;
	r->done++;
	r->result = tag->sc->result;
	r->resid = tag->sc->resid;
	memcpy(r->sense, tag->sc->sense_buffer, sizeof(r->sense));
}

unsigned int shim_lose_done;

void scsi_done(struct scsi_cmnd *sc)
{
	unsigned int index = blk_mq_unique_tag_to_tag(sc->rq.unique);
	struct tag *tag = &tags[index];

	shim_check(tag->sc == sc && tag->owner != OWNER_NOBODY && !tag->done,
		   "tag %u is given back twice", index);
	shim_check(!sc->mapped, "tag %u is given back with its buffer mapped", index);
	shim_check(!shim_device_done || shim_device_done(index),
		   "tag %u is given back while the device has it", index);
	check_result(sc);
	if (shim_lose_done) {
		shim_lose_done--;
		return;
	}
	note_result(tag);
	tag->done = true;
	if (tag->owner == OWNER_DRIVER)
		retire(tag);
}

unsigned int shim_outstanding(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < SHIM_TAGS; i++)
		n += tags[i].owner != OWNER_NOBODY;
	return n;
}

bool shim_has(unsigned int index)
{
	return index < SHIM_TAGS && tags[index].owner == OWNER_DRIVER;
}

/* --- error handling ------------------------------------------------------------------- */

bool shim_eh_late;
int shim_host_reset;

/* Each step if the one before did not do; after the deadline only the last. */
static void eh_escalate(const struct scsi_host_template *t, struct scsi_cmnd *sc)
{
	int ret = FAILED;

	if (!shim_eh_late)
		ret = t->eh_device_reset_handler(sc);
	if (!shim_eh_late && ret != SUCCESS)
		ret = t->eh_target_reset_handler(sc);
	if (ret == FAILED)
		shim_host_reset = t->eh_host_reset_handler(sc);
}

/* While it resets, no command is sent. */
static void eh_reset(const struct scsi_host_template *t, struct scsi_cmnd *sc)
{
	mutex_lock(&eh_mutex);
	eh_escalate(t, sc);
	mutex_unlock(&eh_mutex);
}

/* What scsi_error.c does; at its end the command is taken back in any case. */
static void eh_thread(void *arg)
{
	struct tag *tag = arg;
	const struct scsi_host_template *t = tag->sc->device->host->hostt;

	if (shim_eh_late || t->eh_abort_handler(tag->sc) != SUCCESS)
		eh_reset(t, tag->sc);
	shim_check(!shim_device_done || shim_device_done(tag - tags),
		   "tag %u is taken back while the device has it", (unsigned int)(tag - tags));
	if (!tag->done) {
		tag->sc->result = DID_ERROR << 16;
		note_result(tag);
	}
	retire(tag);
}

void shim_time_out(unsigned int index)
{
	struct tag *tag = &tags[index];

	enum blk_eh_timer_return action;

	if (tag->owner != OWNER_DRIVER)
		return;
	/* The block layer holds the request while it asks. */
	tag->owner = OWNER_EH;
	action = tag->sc->device->host->hostt->eh_timed_out(tag->sc);
	if (tag->done)
		retire(tag);
	else if (action == BLK_EH_RESET_TIMER)
		tag->owner = OWNER_DRIVER;
	else
		shim_spawn("error handling", eh_thread, tag);
}

void shim_scsi_drain(const void *hostdata)
{
	unsigned int i;

	for (i = 0; i < SHIM_TAGS; i++)
		while (tags[i].owner != OWNER_NOBODY &&
		       tags[i].sc->device->hostdata == hostdata)
			shim_wait(&retired, UINT64_MAX);
}

/* --- the rest ---------------------------------------------------------------------------- */

int scsi_change_queue_depth(struct scsi_device *sdev, int depth)
{
	sdev->depth = depth;
	return depth;
}

void int_to_scsilun(u64 lun, struct scsi_lun *to)
{
	int i;

	memset(to, 0, sizeof(*to));
	for (i = 0; i < 8; i += 2) {
		to->scsi_lun[i] = lun >> 8;
		to->scsi_lun[i + 1] = lun;
		lun >>= 16;
	}
}

void shim_scsi_reset(void)
{
	shim_check(!shim_outstanding(), "a SCSI command is left over");
	shim_eh_late = false;
	shim_lose_done = 0;
	shim_host_reset = 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SCSI mid-layer: commands, each with a tag, and one who counts how often each
 * is given back. One that was given back is freed at once, so that whoever touches
 * it later is seen.
 */
#ifndef SHIM_SCSI_H
#define SHIM_SCSI_H

#include "pci.h"

#define SCSI_SENSE_BUFFERSIZE	96
#define SAM_STAT_GOOD		0x00
#define SAM_STAT_CHECK_CONDITION	0x02
#define SAM_STAT_BUSY		0x08

enum {
	DID_OK = 0x00, DID_NO_CONNECT = 0x01, DID_ERROR = 0x07, DID_RESET = 0x08,
	DID_IMM_RETRY = 0x0c, DID_REQUEUE = 0x0d, DID_TRANSPORT_DISRUPTED = 0x0e,
	DID_TRANSPORT_FAILFAST = 0x0f,
};

enum { SUCCESS = 0x2002, FAILED = 0x2003, FAST_IO_FAIL = 0x2008 };
enum { SCSI_MLQUEUE_HOST_BUSY = 0x1055, SCSI_MLQUEUE_DEVICE_BUSY, SCSI_MLQUEUE_EH_RETRY,
       SCSI_MLQUEUE_TARGET_BUSY };
enum blk_eh_timer_return { BLK_EH_DONE, BLK_EH_RESET_TIMER };
enum { HCTX_TYPE_DEFAULT, HCTX_TYPE_READ, HCTX_TYPE_POLL, HCTX_MAX_TYPES };
#define QUEUE_FLAG_STABLE_WRITES	1

struct queue_limits;
struct request_queue { bool stable_writes; };
struct blk_mq_queue_map { unsigned int nr_queues, queue_offset; };
struct request { u32 unique; };
struct scsi_lun { u8 scsi_lun[8]; };

struct scsi_device {
	struct Scsi_Host *host;
	void *hostdata;
	struct request_queue *request_queue;
	unsigned int id;
	u64 lun;
	struct scsi_target *target;
	int depth;
};

struct scsi_target { struct device dev; };
#define scsi_target(sdev)	((sdev)->target)

struct scsi_cmnd {
	struct scsi_device *device;
	u8 *cmnd;
	unsigned short cmd_len;
	enum dma_data_direction sc_data_direction;
	unsigned int underflow;
	enum {
		SUBMITTED_BY_BLOCK_LAYER, SUBMITTED_BY_SCSI_ERROR_HANDLER,
		SUBMITTED_BY_SCSI_RESET_IOCTL
	} submitter;
	int result;
	u8 *sense_buffer;
	/* the mid-layer's */
	struct request rq;
	struct scatterlist *sg;
	unsigned int nsg, len, resid;
	bool mapped;
	void *priv;
};

struct scsi_host_template {
	struct module *module;
	const char *name, *proc_name;
	int (*queuecommand)(struct Scsi_Host *shost, struct scsi_cmnd *sc);
	enum blk_eh_timer_return (*eh_timed_out)(struct scsi_cmnd *sc);
	int (*eh_abort_handler)(struct scsi_cmnd *sc);
	int (*eh_device_reset_handler)(struct scsi_cmnd *sc);
	int (*eh_target_reset_handler)(struct scsi_cmnd *sc);
	int (*eh_host_reset_handler)(struct scsi_cmnd *sc);
	int (*change_queue_depth)(struct scsi_device *sdev, int depth);
	int (*slave_alloc)(struct scsi_device *sdev);
	int (*slave_configure)(struct scsi_device *sdev);
	void (*map_queues)(struct Scsi_Host *shost);
	int (*mq_poll)(struct Scsi_Host *shost, unsigned int hwq);
	int (*commit_rqs)(struct Scsi_Host *shost, u16 hwq);
	unsigned int cmd_size, cmd_per_lun, max_segment_size;
	int this_id;
	unsigned long dma_boundary;
	bool track_queue_depth, host_tagset, skip_settle_delay;
	const struct attribute_group **shost_groups;
};

struct attribute_container {
	char unused;
};

struct scsi_transport_template {
	struct { struct attribute_container ac; } host_attrs;
};

struct Scsi_Host {
	struct scsi_host_template *hostt;
	struct scsi_transport_template *transportt;
	struct device shost_gendev, shost_dev;
	void *shost_data;
	unsigned int host_no, can_queue, sg_tablesize, max_sectors, max_cmd_len;
	unsigned int max_id, max_channel, nr_hw_queues, nr_maps;
	u64 max_lun;
	struct { struct blk_mq_queue_map map[HCTX_MAX_TYPES]; } tag_set;
	void *ihost;		/* struct iscsi_host */
};

#define class_to_shost(dev)	container_of(dev, struct Scsi_Host, shost_dev)
#define shost_priv(shost)	((shost)->ihost)
#define scsi_bufflen(sc)	((sc)->len)
#define scsi_sglist(sc)		((sc)->sg)
#define scsi_sg_count(sc)	((sc)->nsg)
#define scsi_set_resid(sc, n)	((sc)->resid = (n))
#define scsi_get_resid(sc)	((sc)->resid)
#define scsi_cmd_to_rq(sc)	(&(sc)->rq)
#define scsi_cmd_priv(sc)	((sc)->priv)
#define blk_mq_unique_tag(rq)	((rq)->unique)
#define blk_mq_unique_tag_to_tag(u)	((u) & 0xffff)
#define blk_mq_unique_tag_to_hwq(u)	((u) >> 16)
#define blk_queue_flag_set(flag, q)	((void)(flag), (q)->stable_writes = true)
#define blk_mq_pci_map_queues(map, pdev, off) \
	shim_check((map) && pci_irq_get_affinity(pdev, off), "a map of what has no affinity")
#define blk_mq_map_queues(map)	((void)(map))

int scsi_dma_map(struct scsi_cmnd *sc);
void scsi_dma_unmap(struct scsi_cmnd *sc);
void scsi_done(struct scsi_cmnd *sc);
int scsi_change_queue_depth(struct scsi_device *sdev, int depth);
void int_to_scsilun(u64 lun, struct scsi_lun *to);

/* --- the mid-layer, as the test uses it -------------------------------------- */

#define SHIM_TAGS	256

/* What became of a command. */
struct shim_result {
	unsigned int done;	/* times: never more than one */
	int result;
	u32 resid;
	u8 sense[SCSI_SENSE_BUFFERSIZE];
};

/* What is to be sent. */
struct shim_io {
	struct scsi_device *sdev;
	u32 len;		/* bytes */
	u32 seg;		/* bytes in a segment; 0: all in one */
	bool write;
	u8 cdb_len;		/* 0: 16 */
	u32 underflow;
	unsigned int hwq;
	bool by_eh;		/* error handling's own */
	struct shim_result *result;	/* may be NULL */
};

/*
 * Return: its tag's index; -EBUSY if the driver is busy or no tag is free, -ECANCELED
 * if it gave the command back at once.
 */
int shim_queue(const struct shim_io *io);
/* Commands that the driver has, and whether it has the one of this tag. */
unsigned int shim_outstanding(void);
bool shim_has(unsigned int index);
/* The command's time is over: a thread does what error handling does, if asked to. */
void shim_time_out(unsigned int index);
/* The host's eh_deadline is over before that thread begins. */
extern bool shim_eh_late;
/* So many scsi_done() to come have no effect. */
extern unsigned int shim_lose_done;
/* What the last reset of the host returned; 0: there was none. */
extern int shim_host_reset;
/* Told when the driver took a command; asked before it is given back or taken back. */
extern void (*shim_device_took)(unsigned int index, struct scsi_cmnd *sc);
extern bool (*shim_device_done)(unsigned int index);
/* Wait until no command of this kind of device is left, as its removal does. */
void shim_scsi_drain(const void *hostdata);
/* A session's devices go. */
void scsi_remove_target(struct device *dev);
void shim_scsi_reset(void);

#endif /* SHIM_SCSI_H */

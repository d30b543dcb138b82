// SPDX-License-Identifier: GPL-2.0-only
/* The SCSI host: template, limits, queue maps, devices, host parameters. */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <scsi/scsi_tcq.h>

#include "hba.h"

#define HBA_EP_CMDS		8	/* admin commands for a connection: an open, a
					 * close, two receives, a send, a TMF, two more */
#define HBA_CMD_PER_LUN		256		/* iscsid says 32, unless told */
#define HBA_MAX_SECTORS		16384		/* 8 MiB */

/* --- devices ------------------------------------------------------------- */

static int hba_slave_alloc(struct scsi_device *sdev)
{
	struct device *parent = scsi_target(sdev)->dev.parent;
	struct hba_session *session;

	/* Targets exist below sessions only; sdevs without one cannot work. */
	if (!iscsi_is_session_dev(parent))
		return -ENXIO;
	session = hba_session_of(iscsi_dev_to_session(parent));
	if (READ_ONCE(session->ending)) {
		dev_warn_ratelimited(session->hba->adapter->dev,
				     "SCSI target %u: devices of a session that ended are in use still: close them, then scan again\n",
				     sdev->id);
		return -ENXIO;
	}
	sdev->hostdata = session;
	return 0;
}

/* The digest is computed while the data lie in the page cache. */
static void hba_configure(struct scsi_device *sdev, struct queue_limits *lim)
{
	struct hba_session *session = sdev->hostdata;

	if (session->data_digest)
		ohba_stable_writes(sdev->request_queue, lim);
	if (session->queue_depth)
		scsi_change_queue_depth(sdev, min_t(int, session->queue_depth,
						    sdev->host->can_queue));
}

#ifdef OHBA_HAVE_DEVICE_CONFIGURE
static int hba_device_configure(struct scsi_device *sdev,
				struct queue_limits *lim)
{
	hba_configure(sdev, lim);
	return 0;
}
#else
static int hba_slave_configure(struct scsi_device *sdev)
{
	hba_configure(sdev, NULL);
	return 0;
}
#endif

/* --- queues -------------------------------------------------------------- */

static void hba_map_queues(struct Scsi_Host *shost)
{
	struct ohba_adapter *adapter = hba_of(shost)->adapter;
	struct blk_mq_queue_map *map = shost->tag_set.map;
	unsigned int poll = ohba_io_poll_queues(adapter);
	unsigned int irq = ohba_io_queues(adapter) - poll;

	map[HCTX_TYPE_DEFAULT].nr_queues = irq;
	map[HCTX_TYPE_DEFAULT].queue_offset = 0;
	ohba_io_map_queues(adapter, &map[HCTX_TYPE_DEFAULT]);
	if (!poll)
		return;
	map[HCTX_TYPE_READ].nr_queues = 0;
	map[HCTX_TYPE_POLL].nr_queues = poll;
	map[HCTX_TYPE_POLL].queue_offset = irq;
	blk_mq_map_queues(&map[HCTX_TYPE_POLL]);
}

static int hba_mq_poll(struct Scsi_Host *shost, unsigned int hwq)
{
	return ohba_io_poll(hba_of(shost)->adapter, hwq);
}

/* --- the host ------------------------------------------------------------ */

static const struct attribute_group *hba_host_groups[] = {
	&hba_initiator_group,
	NULL
};

static struct scsi_host_template hba_template = {
	.module			= THIS_MODULE,
	.name			= "ohba iSCSI HBA (fw class)",
	.queuecommand		= hba_queuecommand,
	.eh_timed_out		= hba_eh_timed_out,
	.eh_abort_handler	= hba_eh_abort,
	.eh_device_reset_handler = hba_eh_device_reset,
	.eh_target_reset_handler = hba_eh_target_reset,
	.eh_host_reset_handler	= hba_eh_host_reset,
	.skip_settle_delay	= 1,
	.change_queue_depth	= scsi_change_queue_depth,
	.slave_alloc		= hba_slave_alloc,
#ifdef OHBA_HAVE_DEVICE_CONFIGURE
	.device_configure	= hba_device_configure,
#else
	.slave_configure	= hba_slave_configure,
#endif
	.map_queues		= hba_map_queues,
	.mq_poll		= hba_mq_poll,
	.cmd_size		= sizeof(struct hba_cmd),
	.this_id		= -1,
	.cmd_per_lun		= HBA_CMD_PER_LUN,
	.max_segment_size	= SZ_1M,
	.dma_boundary		= ULONG_MAX,
	.track_queue_depth	= 1,
	.host_tagset		= 1,
	.shost_groups		= hba_host_groups,
};

/* open-iscsi takes a host's proc_name for the name of its transport. */
void hba_host_set_name(const char *name)
{
	hba_template.proc_name = name;
}

/* Freed with iscsi_host_free(). */
struct Scsi_Host *hba_host_alloc(void)
{
	struct Scsi_Host *shost;
	struct hba *hba;

	shost = iscsi_host_alloc(&hba_template, sizeof(*hba), false);
	if (!shost)
		return NULL;
	hba = hba_of(shost);
	hba->shost = shost;
	spin_lock_init(&hba->ep_lock);
	spin_lock_init(&hba->net_lock);
	init_waitqueue_head(&hba->wait);
	INIT_LIST_HEAD(&hba->ep_list);
	mutex_init(&hba->initiator_mutex);
	hba_ifaces_init(hba);
	hba_flashnodes_init(hba);
	hba_pings_init(hba);
	shost->transportt = hba_scsi_transport;
	return shost;
}

static u16 hba_max_cdb(const struct ohba_info *info)
{
	return min_t(u16, info->max_cdb_len,
		     OHBA_CDB_INLINE + OHBA_CDB_EXT_MAX);
}

/* What identify and @can_queue allow. Before the I/O queues are created. */
int hba_host_limits(struct hba *hba, u32 can_queue)
{
	const struct ohba_info *info = ohba_info(hba->adapter);
	struct Scsi_Host *shost = hba->shost;
	u32 tags = min(can_queue, info->max_tags);

	if (tags < HBA_CAN_QUEUE_MIN) {
		dev_err(hba->adapter->dev,
			"the adapter has %u tags and %u at least are needed: give the device more\n",
			info->max_tags, HBA_CAN_QUEUE_MIN);
		return -EINVAL;
	}
	hba->num_tags = tags;
	hba->max_eps = min(info->max_conns,
			   ohba_admin_depth(hba->adapter) / HBA_EP_CMDS);
	if (!hba->max_eps)
		hba->max_eps = 1;
	shost->can_queue = tags;
	shost->sg_tablesize = min_t(u32, info->max_sge, OHBA_SGL_MAX);
	shost->max_sectors = min_t(u32, info->max_data_len >> SECTOR_SHIFT,
				   HBA_MAX_SECTORS);
	shost->max_cmd_len = hba_max_cdb(info);
	shost->max_id = ~0;
	shost->max_lun = ~0ULL;
	shost->max_channel = 0;
	return 0;
}

/* --- host parameters ----------------------------------------------------- */

static int hba_show_ipaddress(struct hba *hba, char *buf)
{
	struct sockaddr_storage local;

	spin_lock(&hba->net_lock);
	local = hba->local;
	spin_unlock(&hba->net_lock);
	if (!local.ss_family)
		return sysfs_emit(buf, "0.0.0.0\n");
	return iscsi_conn_get_addr_param(&local, ISCSI_PARAM_CONN_ADDRESS, buf);
}

int hba_get_host_param(struct Scsi_Host *shost, enum iscsi_host_param param,
		       char *buf)
{
	struct iscsi_host *ihost = shost_priv(shost);
	struct hba *hba = hba_of(shost);

	switch (param) {
	case ISCSI_HOST_PARAM_INITIATOR_NAME:
		/* libiscsi prints a name that nobody set as "(null)". */
		return sysfs_emit(buf, "%s\n", ihost->initiatorname ?: "");
	case ISCSI_HOST_PARAM_HWADDRESS:
		return sysfs_emit(buf, "%pM\n", ohba_info(hba->adapter)->mac);
	case ISCSI_HOST_PARAM_IPADDRESS:
		return hba_show_ipaddress(hba, buf);
	case ISCSI_HOST_PARAM_PORT_STATE:
		return sysfs_emit(buf, "%s\n", iscsi_get_port_state_name(shost));
	case ISCSI_HOST_PARAM_PORT_SPEED:
		return sysfs_emit(buf, "%s\n", iscsi_get_port_speed_name(shost));
	default:
		return iscsi_host_get_param(shost, param, buf);
	}
}

int hba_set_host_param(struct Scsi_Host *shost, enum iscsi_host_param param,
		       char *buf, int len)
{
	if (!hba_owns(shost))
		return -EINVAL;
	/* The daemon repeats what it read; the rest is the adapter's. */
	if (param != ISCSI_HOST_PARAM_INITIATOR_NAME)
		return -ENOSYS;
	return iscsi_host_set_param(shost, param, buf, len);
}

static u32 hba_speed_code(u32 mbps)
{
	switch (mbps) {
	case 10:
		return ISCSI_PORT_SPEED_10MBPS;
	case 100:
		return ISCSI_PORT_SPEED_100MBPS;
	case 1000:
		return ISCSI_PORT_SPEED_1GBPS;
	case 10000:
		return ISCSI_PORT_SPEED_10GBPS;
	case 25000:
		return ISCSI_PORT_SPEED_25GBPS;
	case 40000:
		return ISCSI_PORT_SPEED_40GBPS;
	default:
		return ISCSI_PORT_SPEED_UNKNOWN;
	}
}

static void hba_link_changed(void *arg, bool up, u32 speed_mbps)
{
	struct hba *hba = arg;
	struct iscsi_cls_host *cls = READ_ONCE(hba->shost->shost_data);

	/* Before iscsi_host_add(): hba_port_refresh() asks after it. */
	if (!cls)
		return;
	WRITE_ONCE(cls->port_state, up ? ISCSI_PORT_STATE_UP :
					 ISCSI_PORT_STATE_DOWN);
	WRITE_ONCE(cls->port_speed, hba_speed_code(speed_mbps));
	ohba_dbg(hba->adapter, NET, "link is %s, %u Mbit/s\n",
		 up ? "up" : "down", speed_mbps);
}

/*
 * It did so just now: who listens to the class's events is told, if there is memory for it
 * at once. It does not wait for memory: that may be freed only by what is written back to
 * the adapter's disks, and who mends those waits for this thread.
 */
void hba_link_event(struct hba *hba, bool up, u32 speed_mbps)
{
	unsigned int flags = memalloc_noreclaim_save();

	hba_link_changed(hba, up, speed_mbps);
	iscsi_post_host_event(hba->shost->host_no, &hba_transport,
			      up ? ISCSI_EVENT_LINKUP : ISCSI_EVENT_LINKDOWN,
			      0, NULL);
	memalloc_noreclaim_restore(flags);
}

/* Ask for the state of the link; events tell its changes. */
void hba_port_refresh(struct hba *hba)
{
	/* If it does not tell, the state stays unknown until the next event. */
	(void)ohba_link_ask(hba->adapter, hba_link_changed, hba);
}

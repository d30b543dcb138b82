// SPDX-License-Identifier: GPL-2.0-only
/* Parameters and statistics of sessions and connections. */
#include <linux/kstrtox.h>

#include "hba.h"

#define HBA_TIMER_MAX_S		86400

/* --- the keepalive, which is the firmware's ------------------------------ */

static int hba_parse_seconds(const char *buf, unsigned int *seconds)
{
	unsigned int value;
	int err;

	err = kstrtouint(buf, 10, &value);
	if (err)
		return err;
	if (value > HBA_TIMER_MAX_S)
		return -ERANGE;
	*seconds = value;
	return 0;
}

/* Tell a running session; one that is not yet gets them at its start. */
static int hba_send_timers(struct hba_session *session,
			   const struct hba_conn *hconn)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_SESSION_TIMERS,
		.sqe.handle = cpu_to_le32(READ_ONCE(session->handle)),
	};
	struct ohba_session_timers *body = (void *)cmd.sqe.body;

	if (!hba_session_is_ready(session))
		return 0;
	body->nop_interval_ms = cpu_to_le32(hconn->recv_s * 1000);
	body->nop_timeout_ms = cpu_to_le32(hconn->ping_s * 1000);
	return ohba_admin_exec(session->hba->adapter, &cmd,
			       OHBA_ADMIN_TIMEOUT_MS);
}

/*
 * libiscsi must not see these two: it would start a timer and send NOPs of its
 * own.
 */
int hba_set_param(struct iscsi_cls_conn *cls, enum iscsi_param param, char *buf,
		  int len)
{
	struct iscsi_conn *conn = cls->dd_data;
	struct hba_conn *hconn = conn->dd_data;
	int err;

	/* Its entry has them, which is its flash node. */
	if (((struct hba_session *)conn->session->dd_data)->target)
		return -EPERM;
	switch (param) {
	case ISCSI_PARAM_PING_TMO:
		err = hba_parse_seconds(buf, &hconn->ping_s);
		break;
	case ISCSI_PARAM_RECV_TMO:
		err = hba_parse_seconds(buf, &hconn->recv_s);
		break;
	default:
		return iscsi_set_param(cls, param, buf, len);
	}
	return err ?: hba_send_timers(conn->session->dd_data, hconn);
}

/* --- reading ------------------------------------------------------------- */

/* The ISID of the daemon's sessions is known to the daemon only. */
int hba_get_session_param(struct iscsi_cls_session *cls, enum iscsi_param param,
			  char *buf)
{
	struct hba_target *target = hba_session_of(cls)->target;

	if (param == ISCSI_PARAM_ISID && !target)
		return -ENOSYS;
	if (param == ISCSI_PARAM_INITIATOR_NAME && target)
		return hba_target_initiator(target, cls->dd_data, buf);
	return iscsi_session_get_param(cls, param, buf);
}

int hba_get_conn_param(struct iscsi_cls_conn *cls, enum iscsi_param param,
		       char *buf)
{
	struct iscsi_conn *conn = cls->dd_data;
	struct hba_session *session = conn->session->dd_data;
	struct hba_conn *hconn = conn->dd_data;

	switch (param) {
	case ISCSI_PARAM_PERSISTENT_ADDRESS:
	case ISCSI_PARAM_PERSISTENT_PORT:
		if (session->target)
			return hba_target_conn_param(session->target, param, buf);
		return iscsi_conn_get_param(cls, param, buf);
	case ISCSI_PARAM_PING_TMO:
		return sysfs_emit(buf, "%u\n", hconn->ping_s);
	case ISCSI_PARAM_RECV_TMO:
		return sysfs_emit(buf, "%u\n", hconn->recv_s);
	default:
		return iscsi_conn_get_param(cls, param, buf);
	}
}

int hba_get_ep_param(struct iscsi_endpoint *iep, enum iscsi_param param,
		     char *buf)
{
	struct hba_ep *ep = hba_ep_get(iep);
	int ret = -ENOSYS;

	if (!ep)
		return -ENOTCONN;
	if (param == ISCSI_PARAM_CONN_ADDRESS || param == ISCSI_PARAM_CONN_PORT)
		ret = iscsi_conn_get_addr_param(&ep->dst, param, buf);
	hba_ep_put(ep);
	return ret;
}

static umode_t hba_host_attr(int param)
{
	switch (param) {
	case ISCSI_HOST_PARAM_HWADDRESS:
	case ISCSI_HOST_PARAM_INITIATOR_NAME:
	case ISCSI_HOST_PARAM_IPADDRESS:
	case ISCSI_HOST_PARAM_PORT_STATE:
	case ISCSI_HOST_PARAM_PORT_SPEED:
		return 0444;
	default:
		return 0;
	}
}

static umode_t hba_session_attr(int param)
{
	switch (param) {
	case ISCSI_PARAM_MAX_RECV_DLENGTH:
	case ISCSI_PARAM_MAX_XMIT_DLENGTH:
	case ISCSI_PARAM_HDRDGST_EN:
	case ISCSI_PARAM_DATADGST_EN:
	case ISCSI_PARAM_CONN_ADDRESS:
	case ISCSI_PARAM_CONN_PORT:
	case ISCSI_PARAM_EXP_STATSN:
	case ISCSI_PARAM_PERSISTENT_ADDRESS:
	case ISCSI_PARAM_PERSISTENT_PORT:
	case ISCSI_PARAM_PING_TMO:
	case ISCSI_PARAM_RECV_TMO:
	case ISCSI_PARAM_INITIAL_R2T_EN:
	case ISCSI_PARAM_MAX_R2T:
	case ISCSI_PARAM_IMM_DATA_EN:
	case ISCSI_PARAM_FIRST_BURST:
	case ISCSI_PARAM_MAX_BURST:
	case ISCSI_PARAM_PDU_INORDER_EN:
	case ISCSI_PARAM_DATASEQ_INORDER_EN:
	case ISCSI_PARAM_ERL:
	case ISCSI_PARAM_TARGET_NAME:
	case ISCSI_PARAM_TPGT:
	case ISCSI_PARAM_ISID:
	case ISCSI_PARAM_USERNAME:
	case ISCSI_PARAM_PASSWORD:
	case ISCSI_PARAM_USERNAME_IN:
	case ISCSI_PARAM_PASSWORD_IN:
	case ISCSI_PARAM_FAST_ABORT:
	case ISCSI_PARAM_ABORT_TMO:
	case ISCSI_PARAM_LU_RESET_TMO:
	case ISCSI_PARAM_TGT_RESET_TMO:
	case ISCSI_PARAM_IFACE_NAME:
	case ISCSI_PARAM_INITIATOR_NAME:
	case ISCSI_PARAM_DISCOVERY_SESS:
		return 0444;
	default:
		return 0;
	}
}

umode_t hba_attr_is_visible(int type, int param)
{
	switch (type) {
	case ISCSI_HOST_PARAM:
		return hba_host_attr(param);
	case ISCSI_PARAM:
		return hba_session_attr(param);
	case ISCSI_NET_PARAM:
		return hba_iface_attr(param);
	case ISCSI_FLASHNODE_PARAM:
		return hba_flash_attr(param);
	default:
		return 0;
	}
}

/* --- statistics ---------------------------------------------------------- */

static int hba_fetch_stats(struct hba_ep *ep)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_STATS_GET,
		.sqe.handle = cpu_to_le32(ep->cid),
	};

	((struct ohba_stats_get *)cmd.sqe.body)->scope = OHBA_STATS_CONN;
	ohba_admin_data(&cmd, ep->data_addr + offsetof(struct hba_ep_data, stats),
			sizeof(ep->data->stats));
	return ohba_admin_exec(ep->hba->adapter, &cmd, OHBA_ADMIN_TIMEOUT_MS);
}

static void hba_put_stats(struct iscsi_stats *to,
			  const struct ohba_conn_stats *from)
{
	to->txdata_octets = le64_to_cpu(from->tx_bytes);
	to->rxdata_octets = le64_to_cpu(from->rx_bytes);
	to->noptx_pdus = le64_to_cpu(from->nop_out_pdus);
	to->scsicmd_pdus = le64_to_cpu(from->scsi_cmd_pdus);
	to->tmfcmd_pdus = le64_to_cpu(from->tmf_pdus);
	to->text_pdus = le64_to_cpu(from->text_pdus);
	to->dataout_pdus = le64_to_cpu(from->data_out_pdus);
	to->logout_pdus = le64_to_cpu(from->logout_pdus);
	to->noprx_pdus = le64_to_cpu(from->nop_in_pdus);
	to->scsirsp_pdus = le64_to_cpu(from->scsi_rsp_pdus);
	to->tmfrsp_pdus = le64_to_cpu(from->tmf_rsp_pdus);
	to->datain_pdus = le64_to_cpu(from->data_in_pdus);
	to->async_pdus = le64_to_cpu(from->async_pdus);
	to->rjt_pdus = le64_to_cpu(from->reject_pdus);
	to->r2t_pdus = le64_to_cpu(from->r2t_pdus);
	to->digest_err = le64_to_cpu(from->digest_errors);
	strscpy(to->custom[0].desc, "window_closed", sizeof(to->custom[0].desc));
	to->custom[0].value = le64_to_cpu(from->window_closed);
	to->custom_length = 1;
}

static void hba_get_target_stats(struct hba_target *target, struct iscsi_stats *to)
{
	struct ohba_conn_stats stats;

	if (!hba_target_ask_stats(target, &stats))
		hba_put_stats(to, &stats);
}

/* Under the class's netlink mutex. No connection, no numbers: all zero. */
void hba_get_stats(struct iscsi_cls_conn *cls, struct iscsi_stats *stats)
{
	struct iscsi_conn *conn = cls->dd_data;
	struct hba_session *session = conn->session->dd_data;
	struct hba_ep *ep;

	if (session->target) {
		hba_get_target_stats(session->target, stats);
		return;
	}
	mutex_lock(&cls->ep_mutex);
	ep = hba_conn_of(cls)->ep;
	if (ep && !hba_fetch_stats(ep))
		hba_put_stats(stats, &ep->data->stats);
	mutex_unlock(&cls->ep_mutex);
}

static void hba_put_host_stats(struct iscsi_offload_host_stats *to,
			       const struct ohba_adapter_stats *from)
{
	u64 sequence = le64_to_cpu(from->sequence_errors);
	u64 header = le64_to_cpu(from->hdr_digest_errors);

	to->iscsi_pdu_tx = le64_to_cpu(from->tx_pdus);
	to->iscsi_pdu_rx = le64_to_cpu(from->rx_pdus);
	to->iscsi_data_bytes_tx = le64_to_cpu(from->tx_data_bytes);
	to->iscsi_data_bytes_rx = le64_to_cpu(from->rx_data_bytes);
	to->iscsi_format_error = le64_to_cpu(from->protocol_errors) - sequence;
	to->iscsi_sequence_error = sequence;
	to->iscsi_hdr_digest_error = header;
	to->iscsi_data_digest_error = le64_to_cpu(from->digest_errors) - header;
}

/*
 * `iscsiadm -m host -C stats`, as far as there are such counters. The class leaves no room
 * for others (custom).
 */
int hba_get_host_stats(struct Scsi_Host *shost, char *buf, int len)
{
	struct iscsi_offload_host_stats *to = (void *)buf;
	struct hba *hba = hba_of(shost);
	struct ohba_adapter_stats stats;
	int err;

	if (!hba_owns(shost))
		return -EINVAL;
	if (len < (int)sizeof(*to))
		return -ENOSPC;
	err = ohba_adapter_stats(hba->adapter, &stats);
	if (err)
		return err;
	to->iscsi_io_completed = ohba_io_completed(hba->adapter);
	hba_put_host_stats(to, &stats);
	return 0;
}

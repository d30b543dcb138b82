/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transport class's flashnodes and CHAP records: numbers are iscsiadm's. */
#ifndef SHIM_FLASH_H
#define SHIM_FLASH_H

#include "iscsi.h"

enum iscsi_flashnode_param {
	ISCSI_FLASHNODE_IS_FW_ASSIGNED_IPV6, ISCSI_FLASHNODE_PORTAL_TYPE,
	ISCSI_FLASHNODE_AUTO_SND_TGT_DISABLE, ISCSI_FLASHNODE_DISCOVERY_SESS,
	ISCSI_FLASHNODE_ENTRY_EN, ISCSI_FLASHNODE_HDR_DGST_EN, ISCSI_FLASHNODE_DATA_DGST_EN,
	ISCSI_FLASHNODE_IMM_DATA_EN, ISCSI_FLASHNODE_INITIAL_R2T_EN,
	ISCSI_FLASHNODE_DATASEQ_INORDER, ISCSI_FLASHNODE_PDU_INORDER,
	ISCSI_FLASHNODE_CHAP_AUTH_EN, ISCSI_FLASHNODE_SNACK_REQ_EN,
	ISCSI_FLASHNODE_DISCOVERY_LOGOUT_EN, ISCSI_FLASHNODE_BIDI_CHAP_EN,
	ISCSI_FLASHNODE_DISCOVERY_AUTH_OPTIONAL, ISCSI_FLASHNODE_ERL,
	ISCSI_FLASHNODE_TCP_TIMESTAMP_STAT, ISCSI_FLASHNODE_TCP_NAGLE_DISABLE,
	ISCSI_FLASHNODE_TCP_WSF_DISABLE, ISCSI_FLASHNODE_TCP_TIMER_SCALE,
	ISCSI_FLASHNODE_TCP_TIMESTAMP_EN, ISCSI_FLASHNODE_IP_FRAG_DISABLE,
	ISCSI_FLASHNODE_MAX_RECV_DLENGTH, ISCSI_FLASHNODE_MAX_XMIT_DLENGTH,
	ISCSI_FLASHNODE_FIRST_BURST, ISCSI_FLASHNODE_DEF_TIME2WAIT,
	ISCSI_FLASHNODE_DEF_TIME2RETAIN, ISCSI_FLASHNODE_MAX_R2T,
	ISCSI_FLASHNODE_KEEPALIVE_TMO, ISCSI_FLASHNODE_ISID, ISCSI_FLASHNODE_TSID,
	ISCSI_FLASHNODE_PORT, ISCSI_FLASHNODE_MAX_BURST, ISCSI_FLASHNODE_DEF_TASKMGMT_TMO,
	ISCSI_FLASHNODE_IPADDR, ISCSI_FLASHNODE_ALIAS, ISCSI_FLASHNODE_REDIRECT_IPADDR,
	ISCSI_FLASHNODE_MAX_SEGMENT_SIZE, ISCSI_FLASHNODE_LOCAL_PORT,
	ISCSI_FLASHNODE_IPV4_TOS, ISCSI_FLASHNODE_IPV6_TC, ISCSI_FLASHNODE_IPV6_FLOW_LABEL,
	ISCSI_FLASHNODE_NAME, ISCSI_FLASHNODE_TPGT, ISCSI_FLASHNODE_LINK_LOCAL_IPV6,
	ISCSI_FLASHNODE_DISCOVERY_PARENT_IDX, ISCSI_FLASHNODE_DISCOVERY_PARENT_TYPE,
	ISCSI_FLASHNODE_TCP_XMIT_WSF, ISCSI_FLASHNODE_TCP_RECV_WSF,
	ISCSI_FLASHNODE_CHAP_IN_IDX, ISCSI_FLASHNODE_CHAP_OUT_IDX, ISCSI_FLASHNODE_USERNAME,
	ISCSI_FLASHNODE_USERNAME_IN, ISCSI_FLASHNODE_PASSWORD, ISCSI_FLASHNODE_PASSWORD_IN,
	ISCSI_FLASHNODE_STATSN, ISCSI_FLASHNODE_EXP_STATSN, ISCSI_FLASHNODE_IS_BOOT_TGT,
	ISCSI_FLASHNODE_MAX,
};

struct iscsi_flashnode_param_info {
	u32 len;
	u16 param;
	u8 value[];
} __attribute__((packed));

struct iscsi_bus_flash_conn {
	struct iscsi_transport *transport;
	struct device dev;
};

struct iscsi_bus_flash_session {
	struct iscsi_transport *transport;
	unsigned int target_id;
	struct device dev;
	struct iscsi_bus_flash_conn *conn;
};

bool sysfs_streq(const char *text, const char *word);
int __sysfs_match_string(const char *const *words, size_t n, const char *text);
#define restart_syscall()	(-ERESTARTNOINTR)
#define ERESTARTNOINTR		513
#define iscsi_dev_to_flash_session(d)	container_of(d, struct iscsi_bus_flash_session, dev)

#define iscsi_flash_session_to_shost(s) \
	container_of((s)->dev.parent, struct Scsi_Host, shost_gendev)

struct iscsi_bus_flash_session *iscsi_create_flashnode_sess(struct Scsi_Host *shost, int index,
							    struct iscsi_transport *tt,
							    int dd_size);
struct iscsi_bus_flash_conn *iscsi_create_flashnode_conn(struct Scsi_Host *shost,
							 struct iscsi_bus_flash_session *sess,
							 struct iscsi_transport *tt, int dd_size);
void iscsi_destroy_flashnode_sess(struct iscsi_bus_flash_session *sess);

/* How many sysfs shows, and the one of an index, or NULL. */
#define SHIM_FLASHNODES	4096
extern unsigned int shim_flashnodes;
struct iscsi_bus_flash_session *shim_flashnode(u32 index);
/* The same, and its memory stays until the release. */
struct iscsi_bus_flash_session *shim_flashnode_hold(u32 index);
void shim_flashnode_release(void);
/* Read all files of one, as udev does when it comes. */
void shim_flashnode_read(struct iscsi_bus_flash_session *sess);
void shim_flash_reset(void);

/* --- CHAP ---------------------------------------------------------------------------- */

enum chap_type_e { CHAP_TYPE_OUT, CHAP_TYPE_IN };
enum {
	ISCSI_CHAP_PARAM_INDEX, ISCSI_CHAP_PARAM_CHAP_TYPE, ISCSI_CHAP_PARAM_USERNAME,
	ISCSI_CHAP_PARAM_PASSWORD, ISCSI_CHAP_PARAM_PASSWORD_LEN,
};

struct iscsi_param_info {
	u32 len;
	u16 param;
	u8 value[];
} __attribute__((packed));

struct iscsi_chap_rec {
	u16 chap_tbl_idx;
	enum chap_type_e chap_type;
	char username[256];
	u8 password[256];
	u8 password_length;
};

/* Of the counters those that some transport has. */
struct iscsi_offload_host_stats {
	u64 iscsi_pdu_tx, iscsi_data_bytes_tx, iscsi_pdu_rx, iscsi_data_bytes_rx;
	u64 iscsi_io_completed, iscsi_format_error, iscsi_hdr_digest_error;
	u64 iscsi_data_digest_error, iscsi_sequence_error;
	u32 custom_length;
};

#endif /* SHIM_FLASH_H */

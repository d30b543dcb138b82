/* SPDX-License-Identifier: GPL-2.0-only */
/* The targets that the adapter keeps, as the class's flashnodes; their CHAP accounts. */
#ifndef OHBA_HBA_FLASHNODE_H
#define OHBA_HBA_FLASHNODE_H

#include <linux/list.h>
#include <linux/types.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_transport_iscsi.h>

#include "ohba.h"

struct hba;

/* An entry of the adapter's table of targets. */
struct hba_flashnode {
	u32 index;			/* of the entry */
	struct hlist_node same_hash;	/* in a bucket of hba->flash_index */
	struct iscsi_bus_flash_session *cls;
	struct ohba_target target;	/* as the adapter keeps it; to look at it: flash_lock */
};

/* flash_index.c */
struct hba_flash_index {
	u32 seed;
	u32 n_buckets;			/* a power of 2 */
	struct hlist_head *buckets;	/* flashnodes by target name, address and port */
	unsigned long *used;		/* a bit for each target index that has a flashnode */
	u32 first;			/* no lower index is free */
};

/* What iscsiadm asks of an entry: -1 where it says nothing. */
struct hba_flash_request {
	struct ohba_target target;
	int chap;			/* 0, 1 */
	int bidi;			/* the same */
	s32 out;			/* account, or OHBA_ACCOUNT_NONE */
	s32 in;				/* the same */
};

struct hba_flash_row;

/* @value has the length that the row says; text ends within it or with it. */
typedef bool (*hba_flash_set)(const struct hba_flash_row *row,
			      struct hba_flash_request *request,
			      const u8 *value, u32 len);
typedef ssize_t (*hba_flash_show)(const struct hba_flash_row *row,
				  const struct ohba_target *target, char *buf);

/* As @show, of what the adapter is asked for, whenever root reads it. May sleep. */
typedef ssize_t (*hba_flash_ask)(struct hba *hba, u32 index,
				 const struct hba_flash_row *row, char *buf);

/* A parameter of entries. Neither show nor ask: sysfs has no file of it. */
struct hba_flash_row {
	u8 param;			/* enum iscsi_flashnode_param */
	u8 len;				/* of its value, bytes; 0: any, and it is text */
	u16 at;				/* in struct ohba_target, or a flag of it */
	u32 min, max;			/* of a number; max 0: min alone */
	hba_flash_set set;
	hba_flash_show show;
	const char *name;		/* after "flashnode." in iscsiadm's records */
	hba_flash_ask ask;		/* in place of @show, of what is never set */
	const char *why;		/* it cannot be set; @set NULL */
	const char *valid;		/* to be read after "must be"; NULL: a number */
	u32 (*limit)(const struct ohba_info *info);	/* NULL: @max is it */
};

/* flashnode_attrs.c */
int hba_flashnode_add_files(struct device *dev);

/* flash_index.c */
void hba_flash_index_add(struct hba *hba, struct hba_flashnode *node);
void hba_flash_index_del(struct hba *hba, struct hba_flashnode *node);
int hba_flash_index_find(struct hba *hba, const struct ohba_discovered *at);
u32 hba_flash_index_free(struct hba *hba, const u8 *used);
void hba_flash_index_restart(struct hba *hba);
int hba_flash_index_alloc(struct hba *hba);
void hba_flash_index_release(struct hba *hba);	/* also what was not allocated */

/* flashnode.c */
int hba_new_flashnode(struct Scsi_Host *shost, const char *buf, int len);
int hba_del_flashnode(struct iscsi_bus_flash_session *cls);
int hba_set_flashnode_param(struct iscsi_bus_flash_session *cls,
			    struct iscsi_bus_flash_conn *conn, void *data, int len);
int hba_get_flashnode_param(struct iscsi_bus_flash_session *cls, int param,
			    char *buf);
int hba_login_flashnode(struct iscsi_bus_flash_session *cls,
			struct iscsi_bus_flash_conn *conn);
int hba_logout_flashnode(struct iscsi_bus_flash_session *cls,
			 struct iscsi_bus_flash_conn *conn);
int hba_logout_flashnode_sid(struct iscsi_cls_session *cls);
bool hba_flashnodes_are_known(struct hba *hba);
bool hba_flashnode_is_at(struct hba *hba, u32 index, u8 family, const u8 *addr);
u32 hba_flashnode_peek(struct iscsi_bus_flash_session *cls,
		       u32 (*get)(const struct ohba_target *target));
int hba_flashnode_poke(struct iscsi_bus_flash_session *cls,
		       void (*set)(struct ohba_target *target, u32 value), u32 value);
/* Under flash_mutex. Return: its index, or why there is none. */
int hba_flashnode_new(struct hba *hba, const struct ohba_target *target);
void hba_flashnodes_init(struct hba *hba);
void hba_flashnodes_open(struct hba *hba);
int hba_flashnodes_alloc(struct hba *hba);
void hba_flashnodes_start(struct hba *hba);
void hba_kept_begin(void *priv);
void hba_kept_end(void *priv, bool is_target, u32 index);
void hba_kept_changed(void *priv);
void hba_flashnodes_destroy(struct hba *hba);
void hba_flashnodes_flush(struct hba *hba);	/* after ohba_destroy() */

/* flashnode_entry.c */
/* What an entry's host[] holds: bytes of ours that the firmware keeps and does not read. */
#define HBA_KEPT_TMF	2	/* __le16: seconds for a TMF; 0: as open-iscsi's own sessions */
#define HBA_TMF_S_MAX	600
#define HBA_PORTAL_V6	6	/* in host[0]: its address is to be of IPv6 */
void hba_flash_defaults(struct hba *hba, struct ohba_target *target, bool v6);
bool hba_flash_is_good(const struct ohba_target *target);
bool hba_flash_is_v6(const struct ohba_target *target);
u32 hba_flash_tmf_s(const struct ohba_target *target);	/* 0: none of its own */
void hba_flash_mend(struct ohba_target *target);

/* flashnode_params.c */
u32 hba_flash_num(const u8 *value, u32 len);
const struct hba_flash_row *hba_flash_row(int param);
umode_t hba_flash_attr(int param);

/* flashnode_session.c */
ssize_t hba_flash_show_session(struct hba *hba, u32 index,
			       const struct hba_flash_row *row, char *buf);

/* flashnode_request.c */
int hba_flash_take(struct hba *hba, u32 index, struct hba_flash_request *request,
		   void *data, u32 len);

/* chap.c */
int hba_get_chap(struct Scsi_Host *shost, u16 index, u32 *num_entries, char *buf);
int hba_set_chap(struct Scsi_Host *shost, void *data, int len);
int hba_delete_chap(struct Scsi_Host *shost, u16 index);
int hba_chap_settle(struct hba *hba, u32 index, struct hba_flash_request *request);
ssize_t hba_flash_show_account(struct hba *hba, u32 index,
			       const struct hba_flash_row *row, char *buf);

#endif /* OHBA_HBA_FLASHNODE_H */

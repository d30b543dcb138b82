// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parameters of a flashnode, one by one: how iscsiadm's values (iscsi_if.h) become what the
 * adapter keeps (struct ohba_target), and how sysfs shows it.
 */
#include "hba.h"

#define HBA_TPGT_NONE		0xffff	/* as open-iscsi says that it knows none */
#define HBA_PORT		3260	/* RFC 7143 section 2.2 */
#define HBA_PORTAL_V6		6	/* in host[0]: its address is to be of IPv6 */

#define HBA_AT(field)		offsetof(struct ohba_target, field)

/* The class's numbers are the host's, at any address. */
u32 hba_flash_num(const u8 *value, u32 len)
{
	u32 num = 0;
	u16 half;

	switch (len) {
	case 1:
		return *value;
	case 2:
		memcpy(&half, value, sizeof(half));
		return half;
	default:
		memcpy(&num, value, sizeof(num));
		return num;
	}
}

static bool hba_flash_is_v6(const struct ohba_target *target)
{
	return target->host[0] == HBA_PORTAL_V6;
}

/* --- numbers ------------------------------------------------------------- */

static bool hba_flash_set_le16(const struct hba_flash_row *row,
			       struct hba_flash_request *request,
			       const u8 *value, u32 len)
{
	__le16 num = cpu_to_le16(hba_flash_num(value, len));

	memcpy((u8 *)&request->target + row->at, &num, sizeof(num));
	return true;
}

static ssize_t hba_flash_show_le16(const struct hba_flash_row *row,
				   const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  le16_to_cpup((const __le16 *)((const u8 *)target + row->at)));
}

static bool hba_flash_set_le32(const struct hba_flash_row *row,
			       struct hba_flash_request *request,
			       const u8 *value, u32 len)
{
	__le32 num = cpu_to_le32(hba_flash_num(value, len));

	memcpy((u8 *)&request->target + row->at, &num, sizeof(num));
	return true;
}

static ssize_t hba_flash_show_le32(const struct hba_flash_row *row,
				   const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  le32_to_cpup((const __le32 *)((const u8 *)target + row->at)));
}

/* What the adapter does one way only: that may be said. */
static bool hba_flash_set_fixed(const struct hba_flash_row *row,
				struct hba_flash_request *request,
				const u8 *value, u32 len)
{
	return true;
}

static ssize_t hba_flash_show_fixed(const struct hba_flash_row *row,
				    const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%u\n", row->min);
}

/* @at: the flag. */
static bool hba_flash_set_flag(const struct hba_flash_row *row,
			       struct hba_flash_request *request,
			       const u8 *value, u32 len)
{
	if (*value)
		request->target.flags |= cpu_to_le16(row->at);
	else
		request->target.flags &= ~cpu_to_le16(row->at);
	return true;
}

static ssize_t hba_flash_show_flag(const struct hba_flash_row *row,
				   const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%u\n", !!(le16_to_cpu(target->flags) & row->at));
}

/* Who wants a digest does not do without: no other word is offered. */
static bool hba_flash_set_digest(const struct hba_flash_row *row,
				 struct hba_flash_request *request,
				 const u8 *value, u32 len)
{
	*((u8 *)&request->target + row->at) = *value ? OHBA_DIGEST_CRC32C :
						       OHBA_DIGEST_NONE;
	return true;
}

static ssize_t hba_flash_show_digest(const struct hba_flash_row *row,
				     const struct ohba_target *target, char *buf)
{
	u8 list = *((const u8 *)target + row->at);

	return sysfs_emit(buf, "%u\n", (list & 0xf) == OHBA_DIGEST_CRC32C);
}

static bool hba_flash_set_tpgt(const struct hba_flash_row *row,
			       struct hba_flash_request *request,
			       const u8 *value, u32 len)
{
	struct ohba_target *target = &request->target;
	u32 tpgt = hba_flash_num(value, len);

	if (tpgt == HBA_TPGT_NONE) {
		target->flags &= ~cpu_to_le16(OHBA_TARGET_TPGT);
		target->tpgt = 0;
	} else {
		target->flags |= cpu_to_le16(OHBA_TARGET_TPGT);
		target->tpgt = cpu_to_le16(tpgt);
	}
	return true;
}

static ssize_t hba_flash_show_tpgt(const struct hba_flash_row *row,
				   const struct ohba_target *target, char *buf)
{
	bool known = target->flags & cpu_to_le16(OHBA_TARGET_TPGT);

	return sysfs_emit(buf, "%u\n",
			  known ? le16_to_cpu(target->tpgt) : HBA_TPGT_NONE);
}

/* Seconds without traffic, after which it pings. */
static bool hba_flash_set_keepalive(const struct hba_flash_row *row,
				    struct hba_flash_request *request,
				    const u8 *value, u32 len)
{
	request->target.timers.nop_interval_ms =
		cpu_to_le32(hba_flash_num(value, len) * 1000);
	return true;
}

static ssize_t hba_flash_show_keepalive(const struct hba_flash_row *row,
					const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  le32_to_cpu(target->timers.nop_interval_ms) / 1000);
}

/* --- names --------------------------------------------------------------- */

static bool hba_flash_is_text(const u8 *text, size_t len)
{
	size_t i;

	/* UTF-8, which sysfs shows in a line. */
	for (i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

/* What is behind the first zero is what iscsiadm had there before. */
static bool hba_flash_put_text(u8 *to, const u8 *value, u32 len)
{
	u32 n = strnlen((const char *)value, len);

	if (n >= OHBA_NAME_LEN || !hba_flash_is_text(value, n))
		return false;
	memset(to, 0, OHBA_NAME_LEN);
	memcpy(to, value, n);
	return true;
}

static ssize_t hba_flash_show_text(const struct hba_flash_row *row,
				   const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%.*s\n", OHBA_NAME_LEN - 1,
			  (const char *)target + row->at);
}

static bool hba_is_hex(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF") == strlen(text);
}

/*
 * RFC 7143 section 4.2.7: its type says who gave it. None is one, too. Which characters of
 * Unicode are in names the firmware knows.
 */
static bool hba_is_iscsi_name(const char *name)
{
	size_t len = strlen(name);

	if (!strncmp(name, "iqn.", 4))
		return len > 4 && !strchr(name, ' ');
	if (!strncmp(name, "eui.", 4))
		return len == 4 + 16 && hba_is_hex(name + 4);
	if (!strncmp(name, "naa.", 4))
		return (len == 4 + 16 || len == 4 + 32) && hba_is_hex(name + 4);
	return !len;
}

static bool hba_flash_set_name(const struct hba_flash_row *row,
			       struct hba_flash_request *request,
			       const u8 *value, u32 len)
{
	u8 *name = request->target.name;

	return hba_flash_put_text(name, value, len) &&
	       hba_is_iscsi_name((const char *)name);
}

static bool hba_flash_set_alias(const struct hba_flash_row *row,
				struct hba_flash_request *request,
				const u8 *value, u32 len)
{
	return hba_flash_put_text(request->target.alias, value, len);
}

/* RFC 7143 section 11.12.5: of the four formats one is reserved. */
static bool hba_flash_set_isid(const struct hba_flash_row *row,
			       struct hba_flash_request *request,
			       const u8 *value, u32 len)
{
	memcpy(request->target.isid, value, sizeof(request->target.isid));
	return (*value & 0xc0) != 0xc0;
}

static ssize_t hba_flash_show_isid(const struct hba_flash_row *row,
				   const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%*phN\n", (int)sizeof(target->isid), target->isid);
}

/* --- the portal ---------------------------------------------------------- */

static void hba_flash_no_addr(struct ohba_target *target)
{
	target->family = 0;
	memset(target->addr, 0, sizeof(target->addr));
}

/* Of which kind an address is to be; one of the other goes. */
static void hba_flash_set_v6(struct ohba_target *target, bool v6)
{
	target->host[0] = v6 ? HBA_PORTAL_V6 : 0;
	if (target->family != (v6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4))
		hba_flash_no_addr(target);
}

static bool hba_flash_set_portal(const struct hba_flash_row *row,
				 struct hba_flash_request *request,
				 const u8 *value, u32 len)
{
	bool v6 = len >= 4 && !memcmp(value, "ipv6", 4);

	if (!v6 && (len < 4 || memcmp(value, "ipv4", 4)))
		return false;
	hba_flash_set_v6(&request->target, v6);
	return strnlen((const char *)value, len) == 4;
}

static ssize_t hba_flash_show_portal(const struct hba_flash_row *row,
				     const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%s\n", hba_flash_is_v6(target) ? "ipv6" : "ipv4");
}

/* All zero: none. The lengths are those of the two families: hba_flash_fits(). */
static bool hba_flash_set_addr(const struct hba_flash_row *row,
			       struct hba_flash_request *request,
			       const u8 *value, u32 len)
{
	struct ohba_target *target = &request->target;
	bool v6 = len == 16;

	hba_flash_no_addr(target);
	hba_flash_set_v6(target, v6);
	if (!memchr_inv(value, 0, len))
		return true;
	target->family = v6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4;
	memcpy(target->addr, value, len);
	return v6 ? value[0] != 0xff : value[0] && value[0] < 224;
}

static ssize_t hba_flash_show_addr(const struct hba_flash_row *row,
				   const struct ohba_target *target, char *buf)
{
	switch (target->family) {
	case OHBA_FAMILY_IPV4:
		return sysfs_emit(buf, "%pI4\n", target->addr);
	case OHBA_FAMILY_IPV6:
		return sysfs_emit(buf, "%pI6c\n", target->addr);
	default:
		return sysfs_emit(buf, "\n");
	}
}

/* --- who we are ---------------------------------------------------------- */

static bool hba_flash_set_chap(const struct hba_flash_row *row,
			       struct hba_flash_request *request,
			       const u8 *value, u32 len)
{
	request->chap = *value;
	return true;
}

static bool hba_flash_set_bidi(const struct hba_flash_row *row,
			       struct hba_flash_request *request,
			       const u8 *value, u32 len)
{
	request->bidi = *value;
	return true;
}

static bool hba_flash_set_out(const struct hba_flash_row *row,
			      struct hba_flash_request *request,
			      const u8 *value, u32 len)
{
	request->out = hba_flash_num(value, len);
	return true;
}

static bool hba_flash_set_in(const struct hba_flash_row *row,
			     struct hba_flash_request *request,
			     const u8 *value, u32 len)
{
	request->in = hba_flash_num(value, len);
	return true;
}

/* @at: the account, if there is one. */
static ssize_t hba_flash_show_chap(const struct hba_flash_row *row,
				   const struct ohba_target *target, char *buf)
{
	__le16 account = *(const __le16 *)((const u8 *)target + row->at);

	return sysfs_emit(buf, "%u\n", le16_to_cpu(account) != OHBA_ACCOUNT_NONE);
}

/* --- all ----------------------------------------------------------------- */

static u32 hba_flash_max_recv(const struct ohba_info *info)
{
	return info->max_recv_dsl;
}

static u32 hba_flash_max_burst(const struct ohba_info *info)
{
	return info->max_burst;
}

static u32 hba_flash_max_r2t(const struct ohba_info *info)
{
	return info->max_r2t;
}

#define HBA_FLAG(of, flag, as)						\
	{ ISCSI_FLASHNODE_##of, 1, flag, 0, 1, hba_flash_set_flag,	\
	  hba_flash_show_flag, as }
#define HBA_FIXED(of, value, as)					\
	{ ISCSI_FLASHNODE_##of, 1, 0, value, 0, hba_flash_set_fixed,	\
	  hba_flash_show_fixed, as }
#define HBA_NOT_OURS(of, as)	{ ISCSI_FLASHNODE_##of, .name = as }

static const struct hba_flash_row hba_flash_rows[] = {
	{ ISCSI_FLASHNODE_PORTAL_TYPE, 0, .set = hba_flash_set_portal,
	  .show = hba_flash_show_portal, .name = "session.portal_type",
	  .valid = "ipv4 or ipv6" },
	{ ISCSI_FLASHNODE_NAME, 0, HBA_AT(name), .set = hba_flash_set_name,
	  .show = hba_flash_show_text, .name = "session.targetname",
	  .valid = "an iSCSI name (iqn., eui. or naa.) of at most 223 bytes, or empty" },
	{ ISCSI_FLASHNODE_ALIAS, 0, HBA_AT(alias), .set = hba_flash_set_alias,
	  .show = hba_flash_show_text, .name = "session.targetalias",
	  .valid = "text of at most 223 bytes" },
	{ ISCSI_FLASHNODE_TPGT, 2, 0, 0, U16_MAX, hba_flash_set_tpgt,
	  hba_flash_show_tpgt, "session.tpgt" },
	{ ISCSI_FLASHNODE_ISID, 6, .set = hba_flash_set_isid,
	  .show = hba_flash_show_isid, .name = "session.isid",
	  .valid = "12 hexadecimal digits, of a format that is not reserved" },
	HBA_FLAG(ENTRY_EN, OHBA_TARGET_AUTO, "session.entry_enable"),
	HBA_FLAG(IS_BOOT_TGT, OHBA_TARGET_BOOT, "session.is_boot_target"),
	HBA_FLAG(INITIAL_R2T_EN, OHBA_TARGET_INITIAL_R2T, "session.initial_r2t"),
	HBA_FLAG(IMM_DATA_EN, OHBA_TARGET_IMMEDIATE, "session.immediate_data"),
	{ ISCSI_FLASHNODE_FIRST_BURST, 4, HBA_AT(first_burst), 512, 0,
	  hba_flash_set_le32, hba_flash_show_le32, "session.first_burst_len",
	  .limit = hba_flash_max_burst },
	{ ISCSI_FLASHNODE_MAX_BURST, 4, HBA_AT(max_burst), 512, 0,
	  hba_flash_set_le32, hba_flash_show_le32, "session.max_burst_len",
	  .limit = hba_flash_max_burst },
	{ ISCSI_FLASHNODE_MAX_R2T, 2, HBA_AT(max_r2t), 1, 0, hba_flash_set_le16,
	  hba_flash_show_le16, "session.max_outstanding_r2t",
	  .limit = hba_flash_max_r2t },
	{ ISCSI_FLASHNODE_DEF_TIME2WAIT, 2, HBA_AT(time2wait), 0, 3600,
	  hba_flash_set_le16, hba_flash_show_le16, "session.def_time2wait" },
	{ ISCSI_FLASHNODE_DEF_TIME2RETAIN, 2, HBA_AT(time2retain), 0, 3600,
	  hba_flash_set_le16, hba_flash_show_le16, "session.def_time2retain" },
	{ ISCSI_FLASHNODE_CHAP_AUTH_EN, 1, HBA_AT(account), 0, 1,
	  hba_flash_set_chap, hba_flash_show_chap, "session.chap_auth_en" },
	{ ISCSI_FLASHNODE_BIDI_CHAP_EN, 1, HBA_AT(target_account), 0, 1,
	  hba_flash_set_bidi, hba_flash_show_chap, "session.bidi_chap_en" },
	/* Which of them there are: hba_chap_is(). */
	{ ISCSI_FLASHNODE_CHAP_OUT_IDX, 4, HBA_AT(account), 0, OHBA_ACCOUNT_NONE,
	  hba_flash_set_out, hba_flash_show_le16, "session.chap_out_idx" },
	{ ISCSI_FLASHNODE_CHAP_IN_IDX, 4, HBA_AT(target_account), 0,
	  OHBA_ACCOUNT_NONE, hba_flash_set_in, hba_flash_show_le16,
	  "session.chap_in_idx" },
	{ ISCSI_FLASHNODE_IPADDR, 4, .set = hba_flash_set_addr,
	  .show = hba_flash_show_addr, .name = "conn[0].ipaddress",
	  .valid = "the address of one station, or all zero" },
	{ ISCSI_FLASHNODE_PORT, 2, HBA_AT(port), 1, U16_MAX, hba_flash_set_le16,
	  hba_flash_show_le16, "conn[0].port" },
	{ ISCSI_FLASHNODE_HDR_DGST_EN, 1, HBA_AT(header_digest), 0, 1,
	  hba_flash_set_digest, hba_flash_show_digest, "conn[0].header_digest_en" },
	{ ISCSI_FLASHNODE_DATA_DGST_EN, 1, HBA_AT(data_digest), 0, 1,
	  hba_flash_set_digest, hba_flash_show_digest, "conn[0].data_digest_en" },
	{ ISCSI_FLASHNODE_MAX_RECV_DLENGTH, 4, HBA_AT(max_recv_dsl), 512, 0,
	  hba_flash_set_le32, hba_flash_show_le32, "conn[0].max_recv_dlength",
	  .limit = hba_flash_max_recv },
	{ ISCSI_FLASHNODE_KEEPALIVE_TMO, 2, 0, 0, U16_MAX,
	  hba_flash_set_keepalive, hba_flash_show_keepalive,
	  "conn[0].keepalive_tmo" },

	HBA_FIXED(ERL, 0, "session.erl"),
	HBA_FIXED(DATASEQ_INORDER, 1, "session.data_seq_in_order"),
	HBA_FIXED(PDU_INORDER, 1, "session.data_pdu_in_order"),
	HBA_FIXED(DISCOVERY_SESS, 0, "session.discovery_session"),
	HBA_FIXED(AUTO_SND_TGT_DISABLE, 1, "session.auto_snd_tgt_disable"),
	HBA_FIXED(SNACK_REQ_EN, 0, "conn[0].snack_req_en"),

	HBA_NOT_OURS(TSID, "session.tsid"),
	HBA_NOT_OURS(DEF_TASKMGMT_TMO, "session.def_taskmgmt_tmo"),
	HBA_NOT_OURS(DISCOVERY_LOGOUT_EN, "session.discovery_logout_en"),
	HBA_NOT_OURS(DISCOVERY_AUTH_OPTIONAL, "session.discovery_auth_optional"),
	HBA_NOT_OURS(DISCOVERY_PARENT_IDX, "session.discovery_parent_idx"),
	HBA_NOT_OURS(DISCOVERY_PARENT_TYPE, "session.discovery_parent_type"),
	/* Those of accounts are in their own table (chap.c), and in no file. */
	HBA_NOT_OURS(USERNAME, "session.username"),
	HBA_NOT_OURS(USERNAME_IN, "session.username_in"),
	HBA_NOT_OURS(PASSWORD, "session.password"),
	HBA_NOT_OURS(PASSWORD_IN, "session.password_in"),
	HBA_NOT_OURS(IS_FW_ASSIGNED_IPV6, "conn[0].is_fw_assigned_ipv6"),
	HBA_NOT_OURS(TCP_TIMESTAMP_STAT, "conn[0].tcp_timestamp_stat"),
	HBA_NOT_OURS(TCP_NAGLE_DISABLE, "conn[0].tcp_nagle_disable"),
	HBA_NOT_OURS(TCP_WSF_DISABLE, "conn[0].tcp_wsf_disable"),
	HBA_NOT_OURS(TCP_TIMER_SCALE, "conn[0].tcp_timer_scale"),
	HBA_NOT_OURS(TCP_TIMESTAMP_EN, "conn[0].tcp_timestamp_en"),
	HBA_NOT_OURS(IP_FRAG_DISABLE, "conn[0].fragment_disable"),
	HBA_NOT_OURS(MAX_XMIT_DLENGTH, "conn[0].max_xmit_dlength"),
	HBA_NOT_OURS(REDIRECT_IPADDR, "conn[0].redirect_ipaddr"),
	HBA_NOT_OURS(MAX_SEGMENT_SIZE, "conn[0].max_segment_size"),
	HBA_NOT_OURS(LOCAL_PORT, "conn[0].local_port"),
	HBA_NOT_OURS(IPV4_TOS, "conn[0].ipv4_tos"),
	HBA_NOT_OURS(IPV6_TC, "conn[0].ipv6_traffic_class"),
	HBA_NOT_OURS(IPV6_FLOW_LABEL, "conn[0].ipv6_flow_label"),
	HBA_NOT_OURS(LINK_LOCAL_IPV6, "conn[0].link_local_ipv6"),
	HBA_NOT_OURS(TCP_XMIT_WSF, "conn[0].tcp_xmit_wsf"),
	HBA_NOT_OURS(TCP_RECV_WSF, "conn[0].tcp_recv_wsf"),
	HBA_NOT_OURS(STATSN, "conn[0].statsn"),
	HBA_NOT_OURS(EXP_STATSN, "conn[0].exp_statsn"),
};

const struct hba_flash_row *hba_flash_row(int param)
{
	const struct hba_flash_row *row;

	for (row = hba_flash_rows;
	     row < &hba_flash_rows[ARRAY_SIZE(hba_flash_rows)]; row++)
		if (row->param == param)
			return row;
	return NULL;
}

umode_t hba_flash_attr(int param)
{
	const struct hba_flash_row *row = hba_flash_row(param);

	return row && row->show ? 0444 : 0;
}

/* --- an entry ------------------------------------------------------------ */

/* As open-iscsi's own sessions begin (its iscsid.conf), within what the adapter can do. */
void hba_flash_defaults(struct hba *hba, struct ohba_target *target, bool v6)
{
	const struct ohba_info *info = ohba_info(hba->adapter);

	*target = (struct ohba_target) {
		.flags = cpu_to_le16(OHBA_TARGET_IMMEDIATE),
		.port = cpu_to_le16(HBA_PORT),
		.header_digest = OHBA_DIGEST_NONE,
		.data_digest = OHBA_DIGEST_NONE,
		/* SHA-256 last: tgtd takes its number for SHA-1's, and refuses the answer. */
		.chap_list = cpu_to_le16(OHBA_CHAP_SHA3_256 |
					 OHBA_CHAP_SHA1 << 4 |
					 OHBA_CHAP_MD5 << 8 |
					 OHBA_CHAP_SHA256 << 12),
		.account = cpu_to_le16(OHBA_ACCOUNT_NONE),
		.target_account = cpu_to_le16(OHBA_ACCOUNT_NONE),
		.max_r2t = cpu_to_le16(1),
		.max_recv_dsl = cpu_to_le32(min_t(u32, info->max_recv_dsl, 262144)),
		.max_burst = cpu_to_le32(min_t(u32, info->max_burst, 262144)),
		.first_burst = cpu_to_le32(min_t(u32, info->max_burst, 65536)),
		.time2wait = cpu_to_le16(2),
		.time2retain = cpu_to_le16(20),
		.timers.nop_interval_ms = cpu_to_le32(5000),
		.timers.nop_timeout_ms = cpu_to_le32(5000),
	};
	if (v6)
		target->host[0] = HBA_PORTAL_V6;
}

static bool hba_flash_is_good_text(const u8 *text)
{
	size_t n = strnlen((const char *)text, OHBA_NAME_LEN);

	return n < OHBA_NAME_LEN && hba_flash_is_text(text, n);
}

static bool hba_flash_is_good_addr(const struct ohba_target *target)
{
	switch (target->family) {
	case 0:
		return !memchr_inv(target->addr, 0, sizeof(target->addr));
	case OHBA_FAMILY_IPV4:
		return !hba_flash_is_v6(target) &&
		       !memchr_inv(target->addr + 4, 0, sizeof(target->addr) - 4);
	case OHBA_FAMILY_IPV6:
		return true;
	default:
		return false;
	}
}

/*
 * What iscsiadm does not show must not be why the adapter refuses each change of the rest, as
 * it may of a record of another firmware's.
 */
void hba_flash_mend(struct ohba_target *target)
{
	u32 dev_loss_s = le32_to_cpu(target->dev_loss_s);

	if (target->login_by > OHBA_LOGIN_BY_HOST)
		target->login_by = OHBA_LOGIN_BY_EITHER;
	if (dev_loss_s > OHBA_DEV_LOSS_MAX_S && dev_loss_s != OHBA_DEV_LOSS_NEVER)
		target->dev_loss_s = 0;
	if (le32_to_cpu(target->login_ms) > OHBA_LOGIN_MS_MAX)
		target->login_ms = 0;
}

/* As much as the code here relies on; what else is wrong the adapter refuses. */
bool hba_flash_is_good(const struct ohba_target *target)
{
	return !(le16_to_cpu(target->flags) & ~OHBA_TARGET_FLAGS) &&
	       hba_flash_is_good_addr(target) &&
	       hba_flash_is_good_text(target->name) &&
	       hba_flash_is_good_text(target->alias);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parameters of a flashnode, one by one: how iscsiadm's values (iscsi_if.h) become what the
 * adapter keeps (struct ohba_target), and how sysfs shows it.
 */
#include <linux/ctype.h>

#include "hba.h"

#define HBA_TPGT_NONE		0xffff	/* as open-iscsi says that it knows none */
#define HBA_NO_PARENT		0xffff	/* as the class's other adapters say it */
#define HBA_PARENT_TYPE		"Unknown"	/* the class's word */
#define HBA_TOS_VALID		"a multiple of 4 up to 252: the two low bits are TCP's (RFC 3168)"

#define HBA_NAME_VALID		"an iSCSI name of at most 223 bytes (iqn., eui. or naa., then letters, digits, '-', '.', ':' and what UTF-8 has beyond ASCII), or empty"

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

/* iscsiadm's has the length of its field; a zero ends the word. */
static bool hba_flash_set_parent(const struct hba_flash_row *row,
				 struct hba_flash_request *request,
				 const u8 *value, u32 len)
{
	u32 n = strnlen((const char *)value, len);

	return n == strlen(HBA_PARENT_TYPE) && !memcmp(value, HBA_PARENT_TYPE, n);
}

static ssize_t hba_flash_show_parent(const struct hba_flash_row *row,
				     const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, HBA_PARENT_TYPE "\n");
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

static bool hba_flash_set_nagle(const struct hba_flash_row *row,
				struct hba_flash_request *request,
				const u8 *value, u32 len)
{
	if (*value)
		request->target.flags &= ~cpu_to_le16(OHBA_TARGET_NAGLE);
	else
		request->target.flags |= cpu_to_le16(OHBA_TARGET_NAGLE);
	return true;
}

static ssize_t hba_flash_show_nagle(const struct hba_flash_row *row,
				    const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  !(le16_to_cpu(target->flags) & OHBA_TARGET_NAGLE));
}

/* IPv4's and IPv6's are one octet, of whichever the connection is. */
static bool hba_flash_set_tos(const struct hba_flash_row *row,
			      struct hba_flash_request *request,
			      const u8 *value, u32 len)
{
	request->target.tos = *value;
	return !(*value & OHBA_TOS_ECN);
}

static ssize_t hba_flash_show_tos(const struct hba_flash_row *row,
				  const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%u\n", target->tos);
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

static ssize_t hba_flash_show_tmf(const struct hba_flash_row *row,
				  const struct ohba_target *target, char *buf)
{
	return sysfs_emit(buf, "%u\n", hba_flash_tmf_s(target));
}

/* --- names --------------------------------------------------------------- */

/* What is behind the first zero is what iscsiadm had there before. */
static bool hba_flash_put_text(u8 *to, const u8 *value, u32 len)
{
	u32 n = strnlen((const char *)value, len);

	if (n >= OHBA_NAME_LEN)
		return false;
	memset(to, 0, OHBA_NAME_LEN);
	memcpy(to, value, n);
	return ohba_is_line(to, OHBA_NAME_LEN);
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

/* What RFC 3722 leaves of ASCII, and capitals; @name is UTF-8. */
static bool hba_is_in_names(const char *name)
{
	for (; *name; name++)
		if (isascii(*name) && !isalnum(*name) && !strchr("-.:", *name))
			return false;
	return true;
}

/* RFC 7143 section 4.2.7: its type says who gave it. None is one, too. */
static bool hba_is_iscsi_name(const char *name)
{
	size_t len = strlen(name);

	if (!strncmp(name, "iqn.", 4))
		return len > 4 && hba_is_in_names(name + 4);
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
#define HBA_FIXED_NUM(of, len, value, as)				\
	{ ISCSI_FLASHNODE_##of, len, 0, value, 0, hba_flash_set_fixed,	\
	  hba_flash_show_fixed, as }
#define HBA_FIXED(of, value, as)	HBA_FIXED_NUM(of, 1, value, as)
#define HBA_TOS(of, as)							\
	{ ISCSI_FLASHNODE_##of, 1, .set = hba_flash_set_tos,		\
	  .show = hba_flash_show_tos, .name = as, .valid = HBA_TOS_VALID }
#define HBA_SESSION(of, as)						\
	{ ISCSI_FLASHNODE_##of, .name = as, .ask = hba_flash_show_session, \
	  .why = "it is its session's, and shown" }
/* Whatever an entry names by its account changes for all that name it. */
#define HBA_ACCOUNT_WHY	"it is its account's: iscsiadm -m host -C chap"
#define HBA_ACCOUNT(of, field, as)					\
	{ ISCSI_FLASHNODE_##of, 0, HBA_AT(field), .name = as,		\
	  .ask = hba_flash_show_account, .why = HBA_ACCOUNT_WHY }
#define HBA_SECRET(of, as)						\
	{ ISCSI_FLASHNODE_##of, .name = as, .why = HBA_ACCOUNT_WHY }

static const struct hba_flash_row hba_flash_rows[] = {
	{ ISCSI_FLASHNODE_PORTAL_TYPE, 0, .set = hba_flash_set_portal,
	  .show = hba_flash_show_portal, .name = "session.portal_type",
	  .valid = "ipv4 or ipv6" },
	{ ISCSI_FLASHNODE_NAME, 0, HBA_AT(name), .set = hba_flash_set_name,
	  .show = hba_flash_show_text, .name = "session.targetname",
	  .valid = HBA_NAME_VALID },
	{ ISCSI_FLASHNODE_ALIAS, 0, HBA_AT(alias), .set = hba_flash_set_alias,
	  .show = hba_flash_show_text, .name = "session.targetalias",
	  .valid = "UTF-8 without control characters, of at most 223 bytes" },
	{ ISCSI_FLASHNODE_TPGT, 2, 0, 0, U16_MAX, hba_flash_set_tpgt,
	  hba_flash_show_tpgt, "session.tpgt" },
	{ ISCSI_FLASHNODE_ISID, 6, .set = hba_flash_set_isid,
	  .show = hba_flash_show_isid, .name = "session.isid",
	  .valid = "12 hexadecimal digits, of a format that is not reserved" },
	HBA_FLAG(ENTRY_EN, OHBA_TARGET_AUTO, "session.entry_enable"),
	HBA_FLAG(IS_BOOT_TGT, OHBA_TARGET_BOOT, "session.is_boot_target"),
	{ ISCSI_FLASHNODE_TCP_NAGLE_DISABLE, 1, 0, 0, 1, hba_flash_set_nagle,
	  hba_flash_show_nagle, "conn[0].tcp_nagle_disable" },
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
	{ ISCSI_FLASHNODE_DEF_TASKMGMT_TMO, 2, HBA_AT(host) + HBA_KEPT_TMF, 0,
	  HBA_TMF_S_MAX, hba_flash_set_le16, hba_flash_show_tmf,
	  "session.def_taskmgmt_tmo" },
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
	HBA_FIXED(IS_FW_ASSIGNED_IPV6, 0, "conn[0].is_fw_assigned_ipv6"),
	/* A discovery ends by a logout; with an account there is proof, or no login. */
	HBA_FIXED(DISCOVERY_LOGOUT_EN, 1, "session.discovery_logout_en"),
	HBA_FIXED(DISCOVERY_AUTH_OPTIONAL, 0, "session.discovery_auth_optional"),
	/* No entry is kept of whom an entry was found by. */
	HBA_FIXED_NUM(DISCOVERY_PARENT_IDX, 2, HBA_NO_PARENT,
		      "session.discovery_parent_idx"),
	{ ISCSI_FLASHNODE_DISCOVERY_PARENT_TYPE, 0, .set = hba_flash_set_parent,
	  .show = hba_flash_show_parent, .name = "session.discovery_parent_type",
	  .valid = HBA_PARENT_TYPE },
	/* What the adapter asks of TCP and IP; more is the engine's, or that of its machine. */
	HBA_FIXED(TCP_TIMESTAMP_EN, 0, "conn[0].tcp_timestamp_en"),
	HBA_FIXED(TCP_WSF_DISABLE, 0, "conn[0].tcp_wsf_disable"),
	HBA_FIXED(TCP_TIMER_SCALE, 0, "conn[0].tcp_timer_scale"),
	HBA_FIXED(IP_FRAG_DISABLE, 0, "conn[0].fragment_disable"),
	HBA_FIXED_NUM(IPV6_FLOW_LABEL, 2, 0, "conn[0].ipv6_flow_label"),

	HBA_TOS(IPV4_TOS, "conn[0].ipv4_tos"),
	HBA_TOS(IPV6_TC, "conn[0].ipv6_traffic_class"),

	HBA_SESSION(TSID, "session.tsid"),
	HBA_SESSION(MAX_XMIT_DLENGTH, "conn[0].max_xmit_dlength"),
	HBA_SESSION(REDIRECT_IPADDR, "conn[0].redirect_ipaddr"),
	HBA_SESSION(MAX_SEGMENT_SIZE, "conn[0].max_segment_size"),
	HBA_SESSION(LOCAL_PORT, "conn[0].local_port"),
	HBA_SESSION(STATSN, "conn[0].statsn"),
	HBA_SESSION(EXP_STATSN, "conn[0].exp_statsn"),

	HBA_SESSION(TCP_TIMESTAMP_STAT, "conn[0].tcp_timestamp_stat"),
	HBA_SESSION(TCP_XMIT_WSF, "conn[0].tcp_xmit_wsf"),
	HBA_SESSION(TCP_RECV_WSF, "conn[0].tcp_recv_wsf"),
	HBA_SESSION(LINK_LOCAL_IPV6, "conn[0].link_local_ipv6"),

	HBA_ACCOUNT(USERNAME, account, "session.username"),
	HBA_ACCOUNT(USERNAME_IN, target_account, "session.username_in"),
	HBA_SECRET(PASSWORD, "session.password"),
	HBA_SECRET(PASSWORD_IN, "session.password_in"),
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

	if (row && row->ask)
		return 0400;	/* each reading is a command to the adapter */
	return row && row->show ? 0444 : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Flashnodes: the adapter's table of targets as iscsiadm changes it. */
#include "unit.h"
#include "flashes.h"

#define F(name)	ISCSI_FLASHNODE_##name

/* --- new ----------------------------------------------------------------------------------- */

/* An entry is the adapter's at once, and says what is right of every session. */
static void test_new(void **state)
{
	(void)state;
	flash_add("ipv4", 0);
	flash_add("ipv6", 1);
	assert_int_equal(shim_flashnodes, 2);
	assert_int_equal(flash_kept(0)->family, 0);
	assert_int_equal(le16_to_cpu(flash_kept(0)->port), 3260);
	assert_int_equal(le16_to_cpu(flash_kept(0)->flags), OHBA_TARGET_IMMEDIATE);
	assert_int_equal(le16_to_cpu(flash_kept(0)->account), OHBA_ACCOUNT_NONE);
	assert_int_equal(le16_to_cpu(flash_kept(0)->target_account), OHBA_ACCOUNT_NONE);
	assert_int_equal(le16_to_cpu(flash_kept(0)->chap_list), 0x7568);
	assert_string_equal(flash_show(0, F(PORTAL_TYPE)), "ipv4\n");
	assert_string_equal(flash_show(1, F(PORTAL_TYPE)), "ipv6\n");
	assert_string_equal(flash_show(0, F(IPADDR)), "\n");
	assert_string_equal(flash_show(0, F(NAME)), "\n");
	assert_string_equal(flash_show(0, F(TPGT)), "65535\n");
	assert_string_equal(flash_show(0, F(ISID)), "000000000000\n");
}

/* Of the adapter's own limits, if they are less. */
static void test_new_small(void **state)
{
	(void)state;
	flash_load();
	dev.identify.max_recv_dsl = cpu_to_le32(8192);
	dev.identify.max_burst = cpu_to_le32(4096);
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	flash_add("ipv4", 0);
	assert_string_equal(flash_show(0, F(MAX_RECV_DLENGTH)), "8192\n");
	assert_string_equal(flash_show(0, F(MAX_BURST)), "4096\n");
	assert_string_equal(flash_show(0, F(FIRST_BURST)), "4096\n");
}

static void test_new_words(void **state)
{
	static const char *const wrong[] = { "", "ipv", "ipv5", "IPV4", "fcp4" };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(flash_new(wrong[i]), -EINVAL);
	assert_int_equal(shim_logged("portal_type must be ipv4 or ipv6"), ARRAY_SIZE(wrong));
	assert_int_equal(dev_targets.sets, 0);
	/* What the class aligned. */
	flash_add("ipv4\0\0\0", 0);
}

/* The lowest that is free, and what is not shown yet is not free. */
static void test_full(void **state)
{
	unsigned int i;

	(void)state;
	dev_targets.used[1] = true;
	flash_add("ipv4", 0);
	flash_add("ipv4", 2);
	for (i = 3; i < FLASH_TARGETS; i++)
		flash_add("ipv6", i);
	assert_int_equal(flash_new("ipv4"), -ENOSPC);
	assert_int_equal(shim_logged("all 16 flashnodes are in use"), 1);
	assert_int_equal(flash_delete(7), 0);
	assert_false(dev_targets.used[7]);
	assert_null(shim_flashnode(7));
	flash_add("ipv4", 7);
}

/* --- update -------------------------------------------------------------------------------- */

/* Numbers, bounds included, and one beyond each. */
static const struct {
	u16 param;
	u8 len;
	u32 least, most;
	const char *name;
} numbers[] = {
	{ F(TPGT), 2, 0, 65535, "session.tpgt" },
	{ F(ENTRY_EN), 1, 0, 1, "session.entry_enable" },
	{ F(IS_BOOT_TGT), 1, 0, 1, "session.is_boot_target" },
	{ F(INITIAL_R2T_EN), 1, 0, 1, "session.initial_r2t" },
	{ F(IMM_DATA_EN), 1, 0, 1, "session.immediate_data" },
	{ F(FIRST_BURST), 4, 512, 262144, "session.first_burst_len" },
	{ F(MAX_BURST), 4, 512, 1u << 20, "session.max_burst_len" },
	{ F(MAX_R2T), 2, 1, 16, "session.max_outstanding_r2t" },
	{ F(DEF_TIME2WAIT), 2, 0, 3600, "session.def_time2wait" },
	{ F(DEF_TIME2RETAIN), 2, 0, 3600, "session.def_time2retain" },
	{ F(PORT), 2, 1, 65535, "conn[0].port" },
	{ F(HDR_DGST_EN), 1, 0, 1, "conn[0].header_digest_en" },
	{ F(DATA_DGST_EN), 1, 0, 1, "conn[0].data_digest_en" },
	{ F(MAX_RECV_DLENGTH), 4, 512, 262144, "conn[0].max_recv_dlength" },
	{ F(KEEPALIVE_TMO), 2, 0, 65535, "conn[0].keepalive_tmo" },
	{ F(ERL), 1, 0, 0, "session.erl" },
	{ F(DATASEQ_INORDER), 1, 1, 1, "session.data_seq_in_order" },
	{ F(PDU_INORDER), 1, 1, 1, "session.data_pdu_in_order" },
	{ F(DISCOVERY_SESS), 1, 0, 0, "session.discovery_session" },
	{ F(AUTO_SND_TGT_DISABLE), 1, 1, 1, "session.auto_snd_tgt_disable" },
	{ F(SNACK_REQ_EN), 1, 0, 0, "conn[0].snack_req_en" },
	{ F(TCP_NAGLE_DISABLE), 1, 0, 1, "conn[0].tcp_nagle_disable" },
	{ F(IS_FW_ASSIGNED_IPV6), 1, 0, 0, "conn[0].is_fw_assigned_ipv6" },
	{ F(DEF_TASKMGMT_TMO), 2, 0, 600, "session.def_taskmgmt_tmo" },
	{ F(DISCOVERY_LOGOUT_EN), 1, 1, 1, "session.discovery_logout_en" },
	{ F(DISCOVERY_AUTH_OPTIONAL), 1, 0, 0, "session.discovery_auth_optional" },
	{ F(DISCOVERY_PARENT_IDX), 2, 65535, 65535, "session.discovery_parent_idx" },
	{ F(TCP_TIMESTAMP_EN), 1, 0, 0, "conn[0].tcp_timestamp_en" },
	{ F(TCP_WSF_DISABLE), 1, 0, 0, "conn[0].tcp_wsf_disable" },
	{ F(TCP_TIMER_SCALE), 1, 0, 0, "conn[0].tcp_timer_scale" },
	{ F(IP_FRAG_DISABLE), 1, 0, 0, "conn[0].fragment_disable" },
	{ F(IPV6_FLOW_LABEL), 2, 0, 0, "conn[0].ipv6_flow_label" },
};

static void try_number(unsigned int i, u32 value, bool good)
{
	unsigned int sets = dev_targets.sets;
	char line[16], said[64];

	flash_add("ipv4", 0);
	if (numbers[i].param == F(MAX_BURST))	/* which it bounds */
		flash_put_num(F(FIRST_BURST), 512, 4);
	flash_put_num(numbers[i].param, value, numbers[i].len);
	shim_log_clear();
	assert_int_equal(flash_update(0), good ? 0 : -EINVAL);
	if (good) {
		snprintf(line, sizeof(line), "%u\n", value);
		assert_string_equal(flash_show(0, numbers[i].param), line);
	} else {
		snprintf(said, sizeof(said), "flashnode.%s of entry 0 must be", numbers[i].name);
		assert_int_equal(shim_logged(said), 1);
		if (numbers[i].least == numbers[i].most)
			assert_int_equal(shim_logged(" to "), 0);
	}
	assert_int_equal(dev_targets.sets, sets + 1 + good);
	assert_int_equal(shim_logged("firmware refused"), 0);
	assert_int_equal(flash_delete(0), 0);
}

static void test_numbers(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		u32 beyond = numbers[i].len == 4 ? UINT32_MAX : (1u << 8 * numbers[i].len) - 1;

		try_number(i, numbers[i].least, true);
		try_number(i, numbers[i].most, true);
		if (numbers[i].least)
			try_number(i, numbers[i].least - 1, false);
		if (numbers[i].most < beyond) {
			try_number(i, numbers[i].most + 1, false);
			try_number(i, beyond, false);
		}
	}
}

/* Where each of them ends up. */
static void test_record(void **state)
{
	const struct ohba_target *t;

	(void)state;
	flash_add("ipv4", 0);
	flash_put_num(F(TPGT), 7, 2);
	flash_put_num(F(ENTRY_EN), 1, 1);
	flash_put_num(F(INITIAL_R2T_EN), 1, 1);
	flash_put_num(F(IMM_DATA_EN), 0, 1);
	flash_put_num(F(HDR_DGST_EN), 1, 1);
	flash_put_num(F(FIRST_BURST), 1024, 4);
	flash_put_num(F(MAX_BURST), 2048, 4);
	flash_put_num(F(MAX_RECV_DLENGTH), 4096, 4);
	flash_put_num(F(MAX_R2T), 3, 2);
	flash_put_num(F(DEF_TIME2WAIT), 4, 2);
	flash_put_num(F(DEF_TIME2RETAIN), 5, 2);
	flash_put_num(F(KEEPALIVE_TMO), 6, 2);
	flash_put_num(F(PORT), 860, 2);
	assert_int_equal(flash_update(0), 0);
	t = flash_kept(0);
	assert_int_equal(le16_to_cpu(t->flags),
			 OHBA_TARGET_TPGT | OHBA_TARGET_AUTO | OHBA_TARGET_INITIAL_R2T);
	assert_int_equal(le16_to_cpu(t->tpgt), 7);
	assert_int_equal(t->header_digest, OHBA_DIGEST_CRC32C);
	assert_int_equal(t->data_digest, OHBA_DIGEST_NONE);
	assert_int_equal(le32_to_cpu(t->first_burst), 1024);
	assert_int_equal(le32_to_cpu(t->max_burst), 2048);
	assert_int_equal(le32_to_cpu(t->max_recv_dsl), 4096);
	assert_int_equal(le16_to_cpu(t->max_r2t), 3);
	assert_int_equal(le16_to_cpu(t->time2wait), 4);
	assert_int_equal(le16_to_cpu(t->time2retain), 5);
	assert_int_equal(le32_to_cpu(t->timers.nop_interval_ms), 6000);
	assert_int_equal(le16_to_cpu(t->port), 860);
	/* As open-iscsi says that it knows none. */
	flash_put_num(F(TPGT), 65535, 2);
	assert_int_equal(flash_update(0), 0);
	assert_false(le16_to_cpu(t->flags) & OHBA_TARGET_TPGT);
	assert_int_equal(t->tpgt, 0);
}

static void test_names(void **state)
{
	static const struct { const char *name; bool good; } row[] = {
		{ "iqn.2001-04.com.example:storage", true }, { "eui.02004567A425678D", true },
		{ "naa.52004567BA64678D", true }, { "", true },
		{ "target", false }, { "iqn2001", false }, { "iqn.2001-04.com example", false },
		{ "iqn.2001-04.com\nexample", false }, { "iqn.\x7f", false }, { "iqn.", false },
		{ "eui.02004567A425678", false }, { "eui.02004567A425678DA", false },
		{ "naa.52004567BA64678G", false }, { "naa.52004567BA64678D5", false },
		{ "naa.52004567BA64678D52004567BA64678D", true }, { "", true },
		{ "iqn.2001-04.com.Example:a-1", true }, { "iqn.2001-04.com.b\xc3\xbc""cher", true },
		{ "iqn.\xe2\x82\xac", true }, { "iqn.\xf0\x9f\x98\x80", true },
		{ "iqn.a_b", false }, { "iqn.a/b", false }, { "iqn.b\xfc""cher", false },
		{ "iqn.\xc3", false }, { "iqn.\xc0\xaf", false }, { "iqn.\xed\xa0\x80", false },
		{ "iqn.\xf4\x90\x80\x80", false }, { "iqn.\xc2\x85", false }, { "", true },
	};
	unsigned int i, bad = 0;
	char line[300];

	(void)state;
	flash_add("ipv4", 0);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		flash_put_text(F(NAME), row[i].name);
		assert_int_equal(flash_update(0), row[i].good ? 0 : -EINVAL);
		bad += !row[i].good;
		assert_int_equal(shim_logged("session.targetname of entry 0 must be"), bad);
		if (!row[i].good)
			continue;
		snprintf(line, sizeof(line), "%s\n", row[i].name);
		assert_string_equal(flash_show(0, F(NAME)), line);
	}
	assert_string_equal((const char *)flash_kept(0)->name, "");
	flash_put_text(F(ALIAS), "two words");
	assert_int_equal(flash_update(0), 0);
	assert_string_equal(flash_show(0, F(ALIAS)), "two words\n");
	flash_put_text(F(ALIAS), "two\nlines");
	assert_int_equal(flash_update(0), -EINVAL);
	flash_put_text(F(ALIAS), "b\xfc""cher");
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(shim_logged("session.targetalias of entry 0 must be UTF-8"), 2);
	assert_int_equal(shim_logged("firmware refused"), 0);
	assert_string_equal(flash_show(0, F(ALIAS)), "two words\n");
}

/* 223 bytes, whether a zero is behind them or not. */
static void test_long_names(void **state)
{
	char name[256] = "iqn.";

	(void)state;
	flash_add("ipv4", 0);
	memset(name + 4, 'a', 219);
	flash_put(F(NAME), name, 223);
	assert_int_equal(flash_update(0), 0);
	flash_put(F(NAME), name, 256);
	assert_int_equal(flash_update(0), 0);
	assert_memory_equal(flash_kept(0)->name, name, 224);
	name[223] = 'a';
	flash_put(F(NAME), name, 224);
	assert_int_equal(flash_update(0), -EINVAL);
	flash_put(F(NAME), name, 256);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(shim_logged("of at most 223 bytes"), 2);
}

static void test_isid(void **state)
{
	static const u8 good[6] = { 0x80, 1, 2, 3, 4, 0xff }, reserved[6] = { 0xc0, 1 };

	(void)state;
	flash_add("ipv4", 0);
	flash_put(F(ISID), good, 6);
	assert_int_equal(flash_update(0), 0);
	assert_string_equal(flash_show(0, F(ISID)), "8001020304ff\n");
	flash_put(F(ISID), reserved, 6);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_memory_equal(flash_kept(0)->isid, good, 6);
}

static void test_address(void **state)
{
	static const u8 v4[4] = { 192, 0, 2, 7 }, v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 7 };
	static const u8 none[16], group4[4] = { 224, 0, 0, 1 }, group6[16] = { 0xff, 2 };

	(void)state;
	flash_add("ipv4", 0);
	flash_put(F(IPADDR), v4, 4);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(flash_kept(0)->family, OHBA_FAMILY_IPV4);
	assert_string_equal(flash_show(0, F(IPADDR)), "192.0.2.7\n");
	flash_put(F(IPADDR), group4, 4);
	assert_int_equal(flash_update(0), -EINVAL);
	flash_put(F(IPADDR), group6, 16);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_string_equal(flash_show(0, F(IPADDR)), "192.0.2.7\n");
	flash_put(F(IPADDR), v6, 16);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(flash_kept(0)->family, OHBA_FAMILY_IPV6);
	assert_string_equal(flash_show(0, F(IPADDR)), "2001:db8::7\n");
	assert_string_equal(flash_show(0, F(PORTAL_TYPE)), "ipv6\n");
	flash_put(F(IPADDR), none, 16);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(flash_kept(0)->family, 0);
	assert_string_equal(flash_show(0, F(PORTAL_TYPE)), "ipv6\n");
}

/* An address of the other kind goes, unless one of it comes in the same request. */
static void test_portal_type(void **state)
{
	static const u8 v4[4] = { 192, 0, 2, 7 };

	(void)state;
	flash_add("ipv6", 0);
	flash_put(F(IPADDR), v4, 4);
	flash_put(F(PORTAL_TYPE), "ipv4", 5);
	assert_int_equal(flash_update(0), 0);
	assert_string_equal(flash_show(0, F(IPADDR)), "192.0.2.7\n");
	flash_put(F(PORTAL_TYPE), "ipv4", 5);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(flash_kept(0)->family, OHBA_FAMILY_IPV4);
	flash_put(F(PORTAL_TYPE), "ipv6", 5);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(flash_kept(0)->family, 0);
	flash_put(F(PORTAL_TYPE), "ipv5", 5);
	assert_int_equal(flash_update(0), -EINVAL);
	flash_put(F(PORTAL_TYPE), "ipv46", 5);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(shim_logged("session.portal_type of entry 0 must be ipv4 or ipv6"), 2);
}

/* Their order in a request does not matter, nor what they were before. */
static void test_bursts(void **state)
{
	(void)state;
	flash_add("ipv4", 0);
	flash_put_num(F(FIRST_BURST), 262145, 4);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(shim_logged("must be at most its max_burst_len, 262144"), 1);
	flash_put_num(F(FIRST_BURST), 524288, 4);
	flash_put_num(F(MAX_BURST), 524288, 4);
	assert_int_equal(flash_update(0), 0);
	flash_put_num(F(MAX_BURST), 524287, 4);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(le32_to_cpu(flash_kept(0)->max_burst), 524288);
}

/* One octet, by two names. Its two low bits are TCP's. */
static void test_tos(void **state)
{
	static const u16 params[] = { F(IPV4_TOS), F(IPV6_TC) };
	unsigned int i, tos;

	(void)state;
	flash_add("ipv4", 0);
	assert_string_equal(flash_show(0, F(TCP_NAGLE_DISABLE)), "1\n");
	for (i = 0; i < ARRAY_SIZE(params); i++)
		for (tos = 0; tos < 256; tos++) {
			flash_put_num(params[i], tos, 1);
			assert_int_equal(flash_update(0), tos % 4 ? -EINVAL : 0);
			assert_int_equal(flash_kept(0)->tos, tos - tos % 4);
		}
	assert_string_equal(flash_show(0, F(IPV4_TOS)), "252\n");
	assert_string_equal(flash_show(0, F(IPV6_TC)), "252\n");
	assert_true(shim_logged("flashnode.conn[0].ipv4_tos of entry 0 must be a multiple of 4"));
}

/* All that comes before is right, and yet nothing of it is done. */
static void test_wrong_lengths(void **state)
{
	static const struct { u16 param; u32 len; } row[] = {
		{ F(TPGT), 2 }, { F(ENTRY_EN), 1 }, { F(MAX_BURST), 4 }, { F(ISID), 6 },
		{ F(CHAP_OUT_IDX), 4 }, { F(IPADDR), 4 }, { F(PORT), 2 }, { F(ERL), 1 },
	};
	static const u8 value[64] = { 1, 1, 1, 1 };
	unsigned int i;
	u32 len;

	(void)state;
	flash_add("ipv4", 0);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		for (len = 0; len < 40; len++) {
			if (len == row[i].len || (row[i].param == F(IPADDR) && len == 16))
				continue;
			flash_put_num(F(PORT), 1000, 2);
			flash_put(row[i].param, value, len);
			assert_int_equal(flash_update(0), -EINVAL);
		}
		/* It says that there is a value, and ends before. */
		flash_put_num(F(PORT), 1000, 2);
		flash_put_head(row[i].param, row[i].len);
		assert_int_equal(flash_update(0), -EINVAL);
	}
	flash_put_head(F(NAME), 8);
	assert_int_equal(flash_update(0), -EINVAL);
	flash_put_head(F(NAME), 0xffffffff);
	assert_int_equal(flash_update(0), -EINVAL);
	flash_put(F(NAME), "", 0);
	assert_int_equal(flash_update(0), -EINVAL);
	flash_put_num(F(MAX), 1, 4);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(dev_targets.sets, 1);
	assert_string_equal(flash_show(0, F(PORT)), "3260\n");
}

/* What the adapter refuses is as if it had not been said. */
static bool refuse_set(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_SET)
		return false;
	dev_answer(cmd, OHBA_ST_BUSY);
	return true;
}

static void test_refused(void **state)
{
	(void)state;
	flash_add("ipv4", 0);
	dev.on_admin = refuse_set;
	flash_put_num(F(PORT), 1000, 2);
	assert_int_equal(flash_update(0), -EBUSY);
	assert_string_equal(flash_show(0, F(PORT)), "3260\n");
	assert_int_equal(flash_new("ipv4"), -EBUSY);
	assert_int_equal(shim_flashnodes, 1);
	dev.on_admin = NULL;
	dev_targets.wanted[0] = true;
	assert_int_equal(flash_delete(0), -EBUSY);
	assert_non_null(shim_flashnode(0));
	dev_targets.wanted[0] = false;
	assert_int_equal(flash_delete(0), 0);
}

/* --- CHAP ---------------------------------------------------------------------------------- */

static void check_accounts(u16 ours, u16 of_target)
{
	assert_int_equal(le16_to_cpu(flash_kept(0)->account), ours);
	assert_int_equal(le16_to_cpu(flash_kept(0)->target_account), of_target);
}

static int chap(int on, int bidi, s32 out, s32 in)
{
	if (bidi >= 0)
		flash_put_num(F(BIDI_CHAP_EN), bidi, 1);
	if (on >= 0)
		flash_put_num(F(CHAP_AUTH_EN), on, 1);
	if (in >= 0)
		flash_put_num(F(CHAP_IN_IDX), in, 4);
	if (out >= 0)
		flash_put_num(F(CHAP_OUT_IDX), out, 4);
	return flash_update(0);
}

static void test_chap(void **state)
{
	(void)state;
	flash_add("ipv4", 0);
	chap_add(2, CHAP_TYPE_OUT, "we", "a secret of ours");
	chap_add(3, CHAP_TYPE_OUT, "us", "another of ours");
	chap_add(5, CHAP_TYPE_IN, "they", "a secret of theirs");
	chap_add(1, CHAP_TYPE_IN, "others", "another of theirs");
	assert_int_equal(chap(1, -1, 2, -1), 0);
	check_accounts(2, OHBA_ACCOUNT_NONE);
	assert_string_equal(flash_show(0, F(CHAP_AUTH_EN)), "1\n");
	assert_string_equal(flash_show(0, F(CHAP_OUT_IDX)), "2\n");
	assert_string_equal(flash_show(0, F(BIDI_CHAP_EN)), "0\n");
	/* The next one behind that is a target's. */
	assert_int_equal(chap(-1, 1, -1, -1), 0);
	check_accounts(2, 5);
	assert_string_equal(flash_show(0, F(CHAP_IN_IDX)), "5\n");
	assert_int_equal(chap(-1, -1, 3, -1), 0);
	check_accounts(3, 5);
	assert_int_equal(chap(-1, -1, -1, 1), 0);
	check_accounts(3, 1);
	assert_int_equal(chap(-1, 0, -1, -1), 0);
	check_accounts(3, OHBA_ACCOUNT_NONE);
	assert_int_equal(chap(1, 1, 2, 1), 0);
	check_accounts(2, 1);
	assert_int_equal(chap(0, -1, -1, -1), 0);
	check_accounts(OHBA_ACCOUNT_NONE, OHBA_ACCOUNT_NONE);
	assert_string_equal(flash_show(0, F(CHAP_OUT_IDX)), "65535\n");
}

static void test_chap_refused(void **state)
{
	static const struct { int on, bidi; s32 out, in; const char *said; } row[] = {
		{ 1, -1, -1, -1, "chap_auth_en 1 needs a chap_out_idx" },
		{ 0, -1, 2, -1, "exclude each other" },
		{ -1, -1, 4, -1, "chap_out_idx must be" }, { -1, -1, 5, -1, "chap_out_idx must be" },
		{ -1, -1, FLASH_ACCOUNTS, -1, "chap_out_idx must be" },
		{ -1, 1, -1, -1, "need a chap_out_idx" }, { -1, -1, -1, 5, "need a chap_out_idx" },
		{ 0, 1, -1, -1, "need a chap_out_idx" },
		{ -1, -1, 2, 2, "chap_in_idx must be" }, { -1, -1, 2, 4, "chap_in_idx must be" },
		{ -1, 0, 2, 5, "exclude each other" },
		{ -1, 1, 6, -1, "behind chap_out_idx" },
		{ -1, -1, 65536, -1, "chap_out_idx of entry 0 must be 0 to 65535" },
	};
	unsigned int i;

	(void)state;
	flash_add("ipv4", 0);
	chap_add(2, CHAP_TYPE_OUT, "we", "a secret of ours");
	chap_add(5, CHAP_TYPE_IN, "they", "a secret of theirs");
	chap_add(6, CHAP_TYPE_OUT, "us", "another of ours");
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		shim_log_clear();
		flash_put_num(F(PORT), 1000, 2);
		assert_int_equal(chap(row[i].on, row[i].bidi, row[i].out, row[i].in), -EINVAL);
		assert_int_equal(shim_logged(row[i].said), 1);
		check_accounts(OHBA_ACCOUNT_NONE, OHBA_ACCOUNT_NONE);
	}
	assert_int_equal(dev_targets.sets, 1);
}

static void refused_pair(u32 in, const char *said)
{
	shim_log_clear();
	assert_int_equal(chap(-1, -1, 2, in), -EINVAL);
	assert_int_equal(shim_logged(said), 1);
	check_accounts(OHBA_ACCOUNT_NONE, OHBA_ACCOUNT_NONE);
}

/* No login is begun with one name or one secret for both directions. */
static void test_chap_same(void **state)
{
	(void)state;
	flash_add("ipv4", 0);
	chap_add(2, CHAP_TYPE_OUT, "we", "a secret of ours");
	chap_add(5, CHAP_TYPE_IN, "we", "a secret of theirs");
	chap_add(6, CHAP_TYPE_IN, "they", "a secret of ours");
	chap_add(7, CHAP_TYPE_IN, "wes", "a secret of ours!");
	refused_pair(5, "(entry 0)");
	refused_pair(5, "must be accounts of different names");
	refused_pair(6, "must be accounts of different passwords");
	assert_int_equal(chap(-1, 1, 2, -1), -EINVAL);
	assert_int_equal(chap(-1, -1, 2, 7), 0);
	check_accounts(2, 7);
	/* One that an account became later keeps nobody from the rest of the entry. */
	chap_add(7, CHAP_TYPE_IN, "we", "a secret of ours");
	flash_put_num(F(PORT), 1000, 2);
	assert_int_equal(flash_update(0), 0);
	check_accounts(2, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define UP(t)	cmocka_unit_test_setup_teardown(t, flash_up, bench_gone)
		UP(test_new), cmocka_unit_test_teardown(test_new_small, bench_gone),
		UP(test_new_words), UP(test_full), UP(test_numbers), UP(test_record),
		UP(test_names), UP(test_long_names), UP(test_isid), UP(test_address),
		UP(test_portal_type), UP(test_bursts), UP(test_tos),
		UP(test_wrong_lengths), UP(test_refused), UP(test_chap),
		UP(test_chap_refused), UP(test_chap_same),
#undef UP
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Flashnodes: the adapter's table of targets as iscsiadm changes it. */
#include "unit.h"
#include "flashes.h"

#define F(name)	ISCSI_FLASHNODE_##name

static const struct ohba_target *kept(u32 index)
{
	assert_true(dev_targets.used[index]);
	return &dev_targets.target[index];
}

static void add(const char *portal_type, int index)
{
	assert_int_equal(flash_new(portal_type), index);
}

/* --- new ----------------------------------------------------------------------------------- */

/* An entry is the adapter's at once, and says what is right of every session. */
static void test_new(void **state)
{
	(void)state;
	add("ipv4", 0);
	add("ipv6", 1);
	assert_int_equal(shim_flashnodes, 2);
	assert_int_equal(kept(0)->family, 0);
	assert_int_equal(le16_to_cpu(kept(0)->port), 3260);
	assert_int_equal(le16_to_cpu(kept(0)->flags), OHBA_TARGET_IMMEDIATE);
	assert_int_equal(le16_to_cpu(kept(0)->account), OHBA_ACCOUNT_NONE);
	assert_int_equal(le16_to_cpu(kept(0)->target_account), OHBA_ACCOUNT_NONE);
	assert_int_equal(le16_to_cpu(kept(0)->chap_list), 0x7568);
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
	add("ipv4", 0);
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
	add("ipv4\0\0\0", 0);
}

/* The lowest that is free, and what is not shown yet is not free. */
static void test_full(void **state)
{
	unsigned int i;

	(void)state;
	dev_targets.used[1] = true;
	add("ipv4", 0);
	add("ipv4", 2);
	for (i = 3; i < FLASH_TARGETS; i++)
		add("ipv6", i);
	assert_int_equal(flash_new("ipv4"), -ENOSPC);
	assert_int_equal(shim_logged("all 16 flashnodes are in use"), 1);
	assert_int_equal(flash_delete(7), 0);
	assert_false(dev_targets.used[7]);
	assert_null(shim_flashnode(7));
	add("ipv4", 7);
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
};

static void try_number(unsigned int i, u32 value, bool good)
{
	unsigned int sets = dev_targets.sets;
	char line[16], said[64];

	add("ipv4", 0);
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
	add("ipv4", 0);
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
	t = kept(0);
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
	};
	unsigned int i, bad = 0;
	char line[300];

	(void)state;
	add("ipv4", 0);
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
	assert_string_equal((const char *)kept(0)->name, "");
	flash_put_text(F(ALIAS), "two words");
	assert_int_equal(flash_update(0), 0);
	assert_string_equal(flash_show(0, F(ALIAS)), "two words\n");
	flash_put_text(F(ALIAS), "two\nlines");
	assert_int_equal(flash_update(0), -EINVAL);
	assert_string_equal(flash_show(0, F(ALIAS)), "two words\n");
}

/* 223 bytes, whether a zero is behind them or not. */
static void test_long_names(void **state)
{
	char name[256] = "iqn.";

	(void)state;
	add("ipv4", 0);
	memset(name + 4, 'a', 219);
	flash_put(F(NAME), name, 223);
	assert_int_equal(flash_update(0), 0);
	flash_put(F(NAME), name, 256);
	assert_int_equal(flash_update(0), 0);
	assert_memory_equal(kept(0)->name, name, 224);
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
	add("ipv4", 0);
	flash_put(F(ISID), good, 6);
	assert_int_equal(flash_update(0), 0);
	assert_string_equal(flash_show(0, F(ISID)), "8001020304ff\n");
	flash_put(F(ISID), reserved, 6);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_memory_equal(kept(0)->isid, good, 6);
}

static void test_address(void **state)
{
	static const u8 v4[4] = { 192, 0, 2, 7 }, v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 7 };
	static const u8 none[16], group4[4] = { 224, 0, 0, 1 }, group6[16] = { 0xff, 2 };

	(void)state;
	add("ipv4", 0);
	flash_put(F(IPADDR), v4, 4);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(kept(0)->family, OHBA_FAMILY_IPV4);
	assert_string_equal(flash_show(0, F(IPADDR)), "192.0.2.7\n");
	flash_put(F(IPADDR), group4, 4);
	assert_int_equal(flash_update(0), -EINVAL);
	flash_put(F(IPADDR), group6, 16);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_string_equal(flash_show(0, F(IPADDR)), "192.0.2.7\n");
	flash_put(F(IPADDR), v6, 16);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(kept(0)->family, OHBA_FAMILY_IPV6);
	assert_string_equal(flash_show(0, F(IPADDR)), "2001:db8::7\n");
	assert_string_equal(flash_show(0, F(PORTAL_TYPE)), "ipv6\n");
	flash_put(F(IPADDR), none, 16);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(kept(0)->family, 0);
	assert_string_equal(flash_show(0, F(PORTAL_TYPE)), "ipv6\n");
}

/* An address of the other kind goes, unless one of it comes in the same request. */
static void test_portal_type(void **state)
{
	static const u8 v4[4] = { 192, 0, 2, 7 };

	(void)state;
	add("ipv6", 0);
	flash_put(F(IPADDR), v4, 4);
	flash_put(F(PORTAL_TYPE), "ipv4", 5);
	assert_int_equal(flash_update(0), 0);
	assert_string_equal(flash_show(0, F(IPADDR)), "192.0.2.7\n");
	flash_put(F(PORTAL_TYPE), "ipv4", 5);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(kept(0)->family, OHBA_FAMILY_IPV4);
	flash_put(F(PORTAL_TYPE), "ipv6", 5);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(kept(0)->family, 0);
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
	add("ipv4", 0);
	flash_put_num(F(FIRST_BURST), 262145, 4);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(shim_logged("must be at most its max_burst_len, 262144"), 1);
	flash_put_num(F(FIRST_BURST), 524288, 4);
	flash_put_num(F(MAX_BURST), 524288, 4);
	assert_int_equal(flash_update(0), 0);
	flash_put_num(F(MAX_BURST), 524287, 4);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(le32_to_cpu(kept(0)->max_burst), 524288);
}

/* What it does not do it does not pretend to take. */
static void test_not_ours(void **state)
{
	static const u16 param[] = {
		F(TSID), F(DEF_TASKMGMT_TMO), F(DISCOVERY_LOGOUT_EN), F(DISCOVERY_AUTH_OPTIONAL),
		F(DISCOVERY_PARENT_IDX), F(DISCOVERY_PARENT_TYPE), F(USERNAME), F(USERNAME_IN),
		F(PASSWORD), F(PASSWORD_IN), F(IS_FW_ASSIGNED_IPV6), F(TCP_TIMESTAMP_STAT),
		F(TCP_NAGLE_DISABLE), F(TCP_WSF_DISABLE), F(TCP_TIMER_SCALE),
		F(TCP_TIMESTAMP_EN), F(IP_FRAG_DISABLE), F(MAX_XMIT_DLENGTH),
		F(REDIRECT_IPADDR), F(MAX_SEGMENT_SIZE), F(LOCAL_PORT), F(IPV4_TOS), F(IPV6_TC),
		F(IPV6_FLOW_LABEL), F(LINK_LOCAL_IPV6), F(TCP_XMIT_WSF), F(TCP_RECV_WSF),
		F(STATSN), F(EXP_STATSN),
	};
	unsigned int i;

	(void)state;
	add("ipv4", 0);
	for (i = 0; i < ARRAY_SIZE(param); i++) {
		flash_put_num(F(PORT), 1000, 2);
		flash_put_num(param[i], 1, 4);
		assert_int_equal(flash_update(0), -EOPNOTSUPP);
		assert_int_equal(shim_transport->attr_is_visible(ISCSI_FLASHNODE_PARAM, param[i]),
				 0);
		assert_int_equal(shim_logged("no such thing is the adapter's to set"), i + 1);
	}
	assert_int_equal(dev_targets.sets, 1);
	assert_string_equal(flash_show(0, F(PORT)), "3260\n");
	/* Together with those that are: the whole of the class's list. */
	assert_int_equal(ARRAY_SIZE(param) + ARRAY_SIZE(numbers) + 9, F(MAX));
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
	add("ipv4", 0);
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
	add("ipv4", 0);
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
	assert_int_equal(le16_to_cpu(kept(0)->account), ours);
	assert_int_equal(le16_to_cpu(kept(0)->target_account), of_target);
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
	add("ipv4", 0);
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
	add("ipv4", 0);
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
	add("ipv4", 0);
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

/* --- what the adapter kept, and what it says that it kept ------------------------------------ */

static void keep(u32 index, const char *name)
{
	add("ipv4", index);
	flash_put_text(F(NAME), name);
	assert_int_equal(flash_update(index), 0);
}

/* Another driver, or the one of before, left them. */
static void test_found(void **state)
{
	(void)state;
	keep(0, "iqn.2001-04.test:a");
	keep(1, "iqn.2001-04.test:b");
	dev_targets.used[FLASH_TARGETS - 1] = true;
	dev_targets.target[FLASH_TARGETS - 1] = dev_targets.target[0];
	dev_targets.used[1] = false;
	strcpy((char *)dev_targets.target[0].name, "iqn.2001-04.test:c");
	bench_restart();
	shim_settle();
	assert_int_equal(shim_flashnodes, 2);
	assert_string_equal(flash_show(0, F(NAME)), "iqn.2001-04.test:c\n");
	assert_string_equal(flash_show(FLASH_TARGETS - 1, F(NAME)), "iqn.2001-04.test:a\n");
	assert_null(shim_flashnode(1));
}

/* The host's part of a record is kept as it was. */
static void test_host_part(void **state)
{
	(void)state;
	keep(0, "iqn.2001-04.test:a");
	memset(dev_targets.target[0].host + 1, 0x5a, 255);
	dev_targets.target[0].login_ms = cpu_to_le32(20000);
	bench_restart();
	shim_settle();
	flash_put_num(F(PORT), 1000, 2);
	assert_int_equal(flash_update(0), 0);
	assert_null(memchr_inv(kept(0)->host + 1, 0x5a, 255));
	assert_int_equal(le32_to_cpu(kept(0)->login_ms), 20000);
}

static void lie_name(struct ohba_target *t)
{
	memset(t->name, 'a', sizeof(t->name));
}

static void lie_alias(struct ohba_target *t)
{
	t->alias[0] = '\n';
}

static void lie_flags(struct ohba_target *t)
{
	t->flags = cpu_to_le16(0x8000);
}

static void lie_family(struct ohba_target *t)
{
	t->family = 5;
}

static void lie_v4(struct ohba_target *t)
{
	t->family = OHBA_FAMILY_IPV4;
	t->addr[0] = 10;
	t->addr[15] = 1;
}

static void lie_none(struct ohba_target *t)
{
	t->addr[0] = 10;
}

static void lie_host(struct ohba_target *t)
{
	t->family = OHBA_FAMILY_IPV4;
	t->addr[0] = 10;
	t->host[0] = 6;
}

/* Such an entry is there, says so, and can be set anew. */
static void test_lies(void **state)
{
	static void (*const lie[])(struct ohba_target *) = {
		lie_name, lie_alias, lie_flags, lie_family, lie_v4, lie_none, lie_host,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lie); i++) {
		keep(0, "iqn.2001-04.test:a");
		lie[i](&dev_targets.target[0]);
		bench_restart();
		shim_settle();
		assert_int_equal(shim_logged("flashnode 0: what the adapter kept cannot be used"), 1);
		assert_string_equal(flash_show(0, F(NAME)), "\n");
		assert_string_equal(flash_show(0, F(ALIAS)), "\n");
		assert_string_equal(flash_show(0, F(IPADDR)), "\n");
		flash_put_num(F(PORT), 1000, 2);
		assert_int_equal(flash_update(0), 0);
		assert_int_equal(flash_delete(0), 0);
		/* Who restarts often does so after ever longer. */
		bench_gone(state);
		flash_up(state);
	}
}

/* All bits are set, those of entries that cannot be included, and there is none. */
static bool list_all(struct dev_cmd *cmd)
{
	u8 all[sizeof(struct ohba_target_list)];

	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_LIST)
		return false;
	memset(all, 0xff, sizeof(all));
	dev_write_data(cmd, all, sizeof(all));
	dev_answer(cmd, OHBA_ST_SUCCESS);
	return true;
}

static void test_list_lies(void **state)
{
	(void)state;
	dev.on_admin = list_all;
	bench_restart();
	shim_settle();
	assert_int_equal(shim_flashnodes, 0);
	assert_int_equal(flash_new("ipv4"), -ENOSPC);
}

/* An entry that cannot be read stays as it was known; the others are read. */
static bool get_fails(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_GET || cmd->sqe.handle != cpu_to_le32(0))
		return false;
	dev_answer(cmd, OHBA_ST_INTERNAL);
	return true;
}

static void test_get_fails(void **state)
{
	(void)state;
	keep(0, "iqn.2001-04.test:a");
	keep(1, "iqn.2001-04.test:b");
	strcpy((char *)dev_targets.target[1].name, "iqn.2001-04.test:c");
	dev.on_admin = get_fails;
	bench_restart();
	shim_settle();
	assert_int_equal(shim_logged("flashnode 0 could not be read"), 1);
	assert_string_equal(flash_show(0, F(NAME)), "iqn.2001-04.test:a\n");
	assert_string_equal(flash_show(1, F(NAME)), "iqn.2001-04.test:c\n");
}

static void test_identify(void **state)
{
	(void)state;
	bench_gone(state);
	flash_load();
	dev.identify.max_targets = cpu_to_le32(OHBA_TARGETS_MAX + 1);
	assert_int_equal(bench_probe(), -EPROTO);
	bench_gone(state);
	/* Of an adapter that has no such thing the fields are not looked at. */
	flash_load();
	dev.features = 0;
	dev.identify.max_targets = cpu_to_le32(OHBA_TARGETS_MAX + 1);
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_int_equal(flash_new("ipv4"), -EOPNOTSUPP);
	assert_null(dev_find(OHBA_ADMIN_TARGET_LIST, DEV_ANY));
}

/* --- who else there is --------------------------------------------------------------------- */

/* The class goes by the numbers that it is told: they may name another driver's. */
static void test_others(void **state)
{
	struct iscsi_transport other = { .name = "other" };
	struct Scsi_Host host = { .transportt = (void *)&other };
	struct iscsi_bus_flash_session sess = { .transport = &other,
						.dev.parent = &host.shost_gendev };
	struct iscsi_cls_session cls = { .transport = &other };
	u32 n = 1;

	(void)state;
	assert_int_equal(shim_transport->new_flashnode(&host, "ipv4", 4), -EOPNOTSUPP);
	assert_int_equal(shim_transport->set_flashnode_param(&sess, NULL, NULL, 0), -EINVAL);
	assert_int_equal(shim_transport->del_flashnode(&sess), -EINVAL);
	assert_int_equal(shim_transport->login_flashnode(&sess, NULL), -EINVAL);
	assert_int_equal(shim_transport->logout_flashnode(&sess, NULL), -EINVAL);
	assert_int_equal(shim_transport->logout_flashnode_sid(&cls), -EINVAL);
	assert_int_equal(shim_transport->get_chap(&host, 0, &n, NULL), -EOPNOTSUPP);
	assert_int_equal(n, 0);
	assert_int_equal(shim_transport->set_chap(&host, NULL, 0), -EOPNOTSUPP);
	assert_int_equal(shim_transport->delete_chap(&host, 0), -EOPNOTSUPP);
	assert_int_equal(shim_transport->get_host_stats(&host, NULL, 1000), -EINVAL);
}

/* A session of the daemon's is its to log out. */
static void test_sid(void **state)
{
	struct bench_session session;

	(void)state;
	bench_login(&session);
	assert_int_equal(shim_transport->logout_flashnode_sid(session.cls), -EINVAL);
	bench_logout(&session);
}

/* What is no parameter is not passed over in silence. */
static void test_cut_off(void **state)
{
	static const struct nlattr small = { .nla_len = NLA_HDRLEN + 2, .nla_type = F(PORT) };

	(void)state;
	assert_int_equal(flash_new("ipv4"), 0);
	flash_put_num(F(PORT), 1000, 2);
	flash_put_bytes(&small, sizeof(small));
	flash_put_bytes("123", 4);
	assert_int_equal(flash_update(0), -EINVAL);
	assert_int_equal(shim_logged("a parameter is cut off"), 1);
	flash_put_num(F(PORT), 1000, 2);
	flash_put_bytes("123", 3);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(shim_logged("3 bytes behind its last parameter"), 1);
}

/* --- the ends ------------------------------------------------------------------------------ */

/* Each piece of memory in turn is not to be had. */
static void test_no_memory(void **state)
{
	unsigned int n = 0;
	int index;

	(void)state;
	do {
		shim_allocs = 0;
		shim_alloc_fails = ++n;
		index = flash_new("ipv4");
		shim_alloc_fails = 0;
		assert_true(index == 0 || index == -ENOMEM);
		assert_int_equal(shim_flashnodes, index == 0);
		assert_int_equal(dev_targets.used[0], index == 0);
	} while (index);
	assert_true(n > 4);
	for (n = 1; n < 4; n++) {
		shim_allocs = 0;
		shim_alloc_fails = n;
		flash_put_num(F(PORT), 1000 + n, 2);
		if (!flash_update(0))
			break;
		assert_string_equal(flash_show(0, F(PORT)), "3260\n");
	}
	shim_alloc_fails = 0;
	assert_true(n > 1 && n < 4);
}

/* The same of those that the adapter has already: they are shown some time after. */
static void test_no_memory_at_load(void **state)
{
	unsigned int n, allocs;

	(void)state;
	keep(0, "iqn.2001-04.test:a");
	for (n = 1; n < 40; n++) {
		dev_targets.used[1] = n & 1;
		dev_targets.target[1] = dev_targets.target[0];
		allocs = shim_allocs;
		shim_alloc_fails = allocs + n;
		hba_flashnodes_start(pci_get_drvdata(&bench.pdev));
		shim_settle();
		shim_alloc_fails = 0;
		shim_advance_ms(2000);
		assert_int_equal(shim_flashnodes, 1 + (n & 1));
	}
}

/* It is removed, and answers no more, while its entries are read. */
static bool get_waits(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TARGET_GET;
}

static void test_removed_early(void **state)
{
	(void)state;
	flash_load();
	memset(dev_targets.used, true, FLASH_TARGETS);
	dev.on_admin = get_waits;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_non_null(dev_find(OHBA_ADMIN_TARGET_GET, 0));
	assert_int_equal(shim_flashnodes, 0);
}

/* The same, while they are listed. */
static bool list_waits(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TARGET_LIST;
}

static void test_removed_earlier(void **state)
{
	(void)state;
	flash_load();
	dev.on_admin = list_waits;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_non_null(dev_find(OHBA_ADMIN_TARGET_LIST, 0));
}

/* Who found it before it went. */
static void test_gone(void **state)
{
	struct iscsi_bus_flash_session *sess, copy;

	(void)state;
	add("ipv4", 0);
	sess = shim_flashnode(0);
	copy = *sess;
	assert_int_equal(flash_delete(0), 0);
	add("ipv4", 0);
	assert_int_equal(shim_transport->del_flashnode(&copy), -ENODEV);
	assert_int_equal(shim_transport->set_flashnode_param(&copy, NULL, NULL, 0), -ENODEV);
	assert_int_equal(shim_transport->login_flashnode(&copy, NULL), -ENODEV);
	assert_true(dev_targets.used[0]);
}

/* The adapter is leaving: who comes now, from above or below, asks it for nothing. */
static bool no_targets(struct dev_cmd *cmd)
{
	shim_check(cmd->sqe.opcode < OHBA_ADMIN_TARGET_GET, "an adapter that leaves is asked");
	return false;
}

static void test_leaving(void **state)
{
	struct hba *hba = hba_of(bench_host());

	(void)state;
	add("ipv4", 0);
	dev.on_admin = no_targets;
	hba_flashnodes_start(hba);
	hba_flashnodes_destroy(hba);
	assert_int_equal(shim_flashnodes, 0);
	assert_int_equal(flash_new("ipv4"), -ENODEV);
	hba_flashnodes_start(hba);
	shim_settle();
	assert_int_equal(shim_flashnodes, 0);
	/* The work of an adapter that came up at the last moment. */
	hba_flashnodes_start(hba);
}

/* As many as there can be: a command each and a list, and no more memory than that. */
static unsigned int gets, lists;

static bool count_gets(struct dev_cmd *cmd)
{
	gets += cmd->sqe.opcode == OHBA_ADMIN_TARGET_GET;
	lists += cmd->sqe.opcode == OHBA_ADMIN_TARGET_LIST;
	return false;
}

static void test_all(void **state)
{
	struct ohba_target first;
	unsigned int i, live;

	add("ipv4", 0);
	first = *kept(0);
	bench_gone(state);
	flash_load();
	dev.identify.max_targets = cpu_to_le32(OHBA_TARGETS_MAX);
	dev.on_admin = count_gets;
	for (i = 0; i < OHBA_TARGETS_MAX; i++) {
		dev_targets.target[i] = first;
		dev_targets.used[i] = true;
	}
	gets = lists = 0;
	live = shim_kmem_live;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_int_equal(shim_flashnodes, OHBA_TARGETS_MAX);
	assert_int_equal(gets, OHBA_TARGETS_MAX);
	/* Sessions may look for those that are wanted. */
	assert_in_range(lists, 1, 2);
	/* Ours, and the class's two. */
	assert_in_range(shim_kmem_live - live, 3 * OHBA_TARGETS_MAX, 3 * OHBA_TARGETS_MAX + 200);
	assert_true(sizeof(struct hba_flashnode) <= 1024);
}

/* --- who logs in ------------------------------------------------------------------------ */

static ssize_t set_login_by(u32 index, const char *word)
{
	return shim_attr_store(&shim_flashnode(index)->dev, "login_by", word);
}

static void check_login_by(u32 index, const char *word, u8 by)
{
	char buf[4096];

	assert_int_equal(shim_attr_show(&shim_flashnode(index)->dev, "login_by", buf), strlen(word));
	assert_string_equal(buf, word);
	assert_int_equal(kept(index)->login_by, by);
}

static void test_login_by(void **state)
{
	struct ohba_target before;

	(void)state;
	add("ipv4", 0);
	check_login_by(0, "either\n", OHBA_LOGIN_BY_EITHER);
	before = *kept(0);
	assert_int_equal(set_login_by(0, "helper\n"), 7);
	check_login_by(0, "helper\n", OHBA_LOGIN_BY_HOST);
	before.login_by = OHBA_LOGIN_BY_HOST;
	assert_memory_equal(kept(0), &before, sizeof(before));
	/* What iscsiadm changes is not this. */
	flash_put_num(F(ENTRY_EN), 1, 1);
	assert_int_equal(flash_update(0), 0);
	check_login_by(0, "helper\n", OHBA_LOGIN_BY_HOST);
	assert_int_equal(set_login_by(0, "nobody"), -EINVAL);
	assert_int_equal(set_login_by(0, ""), -EINVAL);
	assert_int_equal(shim_logged("login_by of entry 0 must be either, adapter or helper"), 2);
	check_login_by(0, "helper\n", OHBA_LOGIN_BY_HOST);
	/* Whoever has the lock may be waiting for this file. */
	mutex_lock(&((struct hba *)pci_get_drvdata(&bench.pdev))->flash_mutex);
	assert_int_equal(set_login_by(0, "adapter"), -ERESTARTNOINTR);
	mutex_unlock(&((struct hba *)pci_get_drvdata(&bench.pdev))->flash_mutex);
	assert_int_equal(set_login_by(0, "adapter"), 7);
	check_login_by(0, "adapter\n", OHBA_LOGIN_BY_ADAPTER);
}

/* --- when the devices of a lost session go ---------------------------------------------------- */

static void check_dev_loss(u32 index, const char *text, u32 dev_loss_s)
{
	char buf[4096];

	assert_int_equal(shim_attr_show(&shim_flashnode(index)->dev, "dev_loss_tmo", buf),
			 strlen(text));
	assert_string_equal(buf, text);
	assert_int_equal(le32_to_cpu(kept(index)->dev_loss_s), dev_loss_s);
}

static void test_dev_loss(void **state)
{
	static const struct {
		const char *set, *shown;
		u32 dev_loss_s;
	} good[] = {
		{ "1", "1\n", 1 }, { "2073600", "2073600\n", OHBA_DEV_LOSS_MAX_S },
		{ "0", "0\n", OHBA_DEV_LOSS_NEVER }, { "default", "default\n", 0 },
		{ "-1", "0\n", OHBA_DEV_LOSS_NEVER }, { "default\n", "default\n", 0 },
		{ "60", "60\n", 60 },
	};
	static const char *const bad[] = { "-2", "2073601", "", "never", "4294967295" };
	struct device *dev;
	size_t i;

	(void)state;
	add("ipv4", 0);
	dev = &shim_flashnode(0)->dev;
	check_dev_loss(0, "default\n", 0);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(shim_attr_store(dev, "dev_loss_tmo", good[i].set),
				 strlen(good[i].set));
		check_dev_loss(0, good[i].shown, good[i].dev_loss_s);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(shim_attr_store(dev, "dev_loss_tmo", bad[i]) < 0);
	assert_int_equal(shim_logged("dev_loss_tmo of entry 0 must be 1 to 2073600 seconds, or 0 or -1: never, or default"),
			 ARRAY_SIZE(bad));
	/* What iscsiadm changes is not this. */
	flash_put_num(F(ENTRY_EN), 1, 1);
	assert_int_equal(flash_update(0), 0);
	check_dev_loss(0, "60\n", 60);
	assert_string_equal(flash_show(0, F(ENTRY_EN)), "1\n");
}

/* --- by what both prove themselves, and how long it waits ----------------------------------- */

static void check_file(const char *name, const char *set, const char *shown)
{
	struct device *dev = &shim_flashnode(0)->dev;
	char buf[4096];

	if (set)
		assert_int_equal(shim_attr_store(dev, name, set), strlen(set));
	assert_int_equal(shim_attr_show(dev, name, buf), strlen(shown));
	assert_string_equal(buf, shown);
}

static void is_refused(const char *name, const char *set, const char *words)
{
	struct ohba_target before = *kept(0);

	shim_log_clear();
	assert_true(shim_attr_store(&shim_flashnode(0)->dev, name, set) < 0);
	assert_int_equal(shim_logged(name), 1);
	assert_int_equal(shim_logged(words), 1);
	assert_memory_equal(kept(0), &before, sizeof(before));
}

static void test_chap_algorithms(void **state)
{
	static const char *const bad[] = {
		"", "\n", ",", "sha256,", ",sha256", "sha512", "sha", "sha256,sha256", "none",
		"md5,sha1,sha256,sha3-256,md5", "md5 sha1", "md5\nsha1", "SHA256",
	};
	size_t i;

	(void)state;
	add("ipv4", 0);
	check_file("chap_algorithms", NULL, "sha3-256,sha1,md5,sha256\n");
	check_file("chap_algorithms", "sha256\n", "sha256\n");
	assert_int_equal(le16_to_cpu(kept(0)->chap_list), OHBA_CHAP_SHA256);
	check_file("chap_algorithms", "md5,sha1,sha256,sha3-256", "md5,sha1,sha256,sha3-256\n");
	check_file("chap_algorithms", "sha3-256,sha256", "sha3-256,sha256\n");
	assert_int_equal(le16_to_cpu(kept(0)->chap_list),
			 OHBA_CHAP_SHA3_256 | OHBA_CHAP_SHA256 << 4);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		is_refused("chap_algorithms", bad[i], "of entry 0 must be some of md5");
	/* What iscsiadm changes is not this. */
	flash_put_num(F(ENTRY_EN), 1, 1);
	assert_int_equal(flash_update(0), 0);
	check_file("chap_algorithms", NULL, "sha3-256,sha256\n");
}

static void test_waits(void **state)
{
	static const char *const bad[] = { "0", "-1", "", "soon", "3601", "4294967297" };
	size_t i;

	(void)state;
	add("ipv4", 0);
	check_file("login_tmo", NULL, "15\n");
	check_file("login_tmo", "600", "600\n");
	check_file("login_tmo", "1", "1\n");
	assert_int_equal(le32_to_cpu(kept(0)->login_ms), 1000);
	check_file("ping_tmo", NULL, "5\n");
	check_file("ping_tmo", "3600", "3600\n");
	check_file("ping_tmo", "30", "30\n");
	assert_int_equal(le32_to_cpu(kept(0)->timers.nop_timeout_ms), 30000);
	assert_int_equal(le32_to_cpu(kept(0)->timers.nop_interval_ms), 5000);
	is_refused("login_tmo", "601", "of entry 0 must be 1 to 600 seconds");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		is_refused("login_tmo", bad[i], "of entry 0 must be 1 to 600 seconds");
		is_refused("ping_tmo", bad[i], "of entry 0 must be 1 to 3600 seconds");
	}
	is_refused("dev_loss_tmo", "2073601", "of entry 0 must be 1 to 2073600 seconds");
	is_refused("login_by", "nobody", "of entry 0 must be either, adapter or helper");
}

/* iscsiadm cannot mend what it does not show, and is not to be refused for it. */
static void test_lies_of_files(void **state)
{
	(void)state;
	keep(0, "iqn.2001-04.test:a");
	dev_targets.target[0].login_by = OHBA_LOGIN_BY_HOST + 1;
	dev_targets.target[0].dev_loss_s = cpu_to_le32(OHBA_DEV_LOSS_MAX_S + 1);
	dev_targets.target[0].login_ms = cpu_to_le32(OHBA_LOGIN_MS_MAX + 1);
	bench_restart();
	shim_settle();
	flash_put_num(F(PORT), 1000, 2);
	assert_int_equal(flash_update(0), 0);
	check_login_by(0, "either\n", OHBA_LOGIN_BY_EITHER);
	check_dev_loss(0, "default\n", 0);
	check_file("login_tmo", NULL, "15\n");
	assert_string_equal(flash_show(0, F(NAME)), "iqn.2001-04.test:a\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define UP(t)	cmocka_unit_test_setup_teardown(t, flash_up, bench_gone)
		UP(test_new), cmocka_unit_test_teardown(test_new_small, bench_gone),
		UP(test_new_words), UP(test_full), UP(test_numbers), UP(test_record),
		UP(test_names), UP(test_long_names), UP(test_isid), UP(test_address),
		UP(test_portal_type), UP(test_bursts), UP(test_not_ours), UP(test_wrong_lengths),
		UP(test_refused), UP(test_chap), UP(test_chap_refused), UP(test_chap_same), UP(test_found),
		UP(test_host_part), UP(test_lies), UP(test_list_lies), UP(test_get_fails),
		UP(test_identify), UP(test_others), UP(test_sid), UP(test_no_memory),
		UP(test_no_memory_at_load), UP(test_cut_off),
		cmocka_unit_test_teardown(test_removed_early, bench_gone),
		cmocka_unit_test_teardown(test_removed_earlier, bench_gone), UP(test_gone),
		UP(test_leaving), UP(test_login_by), UP(test_dev_loss), UP(test_lies_of_files),
		UP(test_chap_algorithms), UP(test_waits),
		UP(test_all),
#undef UP
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

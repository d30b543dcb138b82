// SPDX-License-Identifier: GPL-2.0-or-later
/* CHAP accounts as iscsiadm sets and reads them, and the counters of a host. */
#include "unit.h"
#include "flashes.h"

#define SECRET	"nobody may find this"

static struct iscsi_chap_rec rec[FLASH_ACCOUNTS + 1];

static int up(void **state)
{
	flash_up(state);
	shim_secret = SECRET;
	memset(rec, 0xee, sizeof(rec));
	return 0;
}

static int down(void **state)
{
	bench_gone(state);
	shim_secret = NULL;
	return 0;
}

static bool dma_is_clean(void)
{
	return !memchr_inv(bench_hw()->record.mem, 0, bench_hw()->record.len);
}

static u32 get(u16 index, u32 room)
{
	u32 n;

	assert_int_equal(chap_get(index, room, rec, &n), 0);
	assert_true(n <= room);
	/* What the class did not ask for is not ours to write. */
	assert_int_equal(((u8 *)&rec[room])[0], 0xee);
	assert_true(dma_is_clean());
	return n;
}

/* --- setting ------------------------------------------------------------------------------ */

static void test_set(void **state)
{
	const struct ohba_account *a = &dev_targets.account[4];

	(void)state;
	chap_add(4, CHAP_TYPE_OUT, "we", SECRET);
	assert_true(dma_is_clean());
	assert_int_equal(a->flags, 0);
	assert_int_equal(le16_to_cpu(a->secret_len), strlen(SECRET));
	assert_string_equal((const char *)a->secret, SECRET);
	assert_string_equal((const char *)a->name, "we");
	/* It is replaced whole: nothing of what was longer is left. */
	chap_add(4, CHAP_TYPE_IN, "i", "short enough");
	assert_int_equal(a->flags, OHBA_ACCOUNT_TARGET);
	assert_int_equal(le16_to_cpu(a->secret_len), 12);
	assert_null(memchr_inv(a->secret + 12, 0, sizeof(a->secret) - 12));
	assert_string_equal((const char *)a->name, "i");
}

/* iscsiadm's lengths are those of its own fields. */
static void test_lengths(void **state)
{
	const struct ohba_account *a = &dev_targets.account[0];
	u8 field[256] = "name", secret[256];

	(void)state;
	memset(secret, 's', sizeof(secret));
	flash_put_num(ISCSI_CHAP_PARAM_INDEX, 0, 4);
	flash_put_num(ISCSI_CHAP_PARAM_CHAP_TYPE, CHAP_TYPE_OUT, 1);
	flash_put(ISCSI_CHAP_PARAM_USERNAME, field, 256);
	flash_put(ISCSI_CHAP_PARAM_PASSWORD, secret, 255);
	assert_int_equal(chap_set(), 0);
	assert_int_equal(le16_to_cpu(a->secret_len), 255);
	flash_put_num(ISCSI_CHAP_PARAM_PASSWORD_LEN, 13, 1);
	flash_put_num(ISCSI_CHAP_PARAM_INDEX, 0, 2);
	flash_put_num(ISCSI_CHAP_PARAM_CHAP_TYPE, CHAP_TYPE_OUT, 4);
	flash_put(ISCSI_CHAP_PARAM_USERNAME, field, 4);
	flash_put(ISCSI_CHAP_PARAM_PASSWORD, secret, 200);
	assert_int_equal(chap_set(), 0);
	assert_int_equal(le16_to_cpu(a->secret_len), 13);
	assert_null(memchr_inv(a->secret + 13, 0, sizeof(a->secret) - 13));
}

/* One of five is not said, or wrong: nothing is set. */
static void put_but(int missing, const void *wrong, u32 len)
{
	static const u16 zero;
	int i;

	for (i = ISCSI_CHAP_PARAM_INDEX; i <= ISCSI_CHAP_PARAM_PASSWORD_LEN; i++)
		if (i == missing)
			continue;
		else if (i == ISCSI_CHAP_PARAM_USERNAME)
			flash_put(i, "we", 2);
		else if (i == ISCSI_CHAP_PARAM_PASSWORD)
			flash_put(i, SECRET, strlen(SECRET));
		else if (i == ISCSI_CHAP_PARAM_PASSWORD_LEN)
			flash_put_num(i, strlen(SECRET), 1);
		else
			flash_put(i, &zero, 2);
	if (wrong)
		flash_put(missing, wrong, len);
}

static void test_incomplete(void **state)
{
	int i;

	(void)state;
	for (i = ISCSI_CHAP_PARAM_INDEX; i < ISCSI_CHAP_PARAM_PASSWORD_LEN; i++) {
		put_but(i, NULL, 0);
		assert_int_equal(chap_set(), -EINVAL);
	}
	assert_int_equal(chap_set(), -EINVAL);
	assert_int_equal(dev_targets.account_sets, 0);
	/* That one the secret has by itself. */
	put_but(ISCSI_CHAP_PARAM_PASSWORD_LEN, NULL, 0);
	assert_int_equal(chap_set(), 0);
}

static void test_wrong(void **state)
{
	static u8 much[300];
	static const struct { u16 param; u32 value, len; const void *text; const char *said; } row[] = {
		{ ISCSI_CHAP_PARAM_INDEX, FLASH_ACCOUNTS, 2, NULL, "indices are 0 to 15" },
		{ ISCSI_CHAP_PARAM_INDEX, 0xffff, 2, NULL, "its index" },
		{ ISCSI_CHAP_PARAM_INDEX, 0xffffffff, 4, NULL, "its index" },
		{ ISCSI_CHAP_PARAM_INDEX, 0, 3, NULL, "its index" },
		{ ISCSI_CHAP_PARAM_INDEX, 0, 0, NULL, "its index" },
		{ ISCSI_CHAP_PARAM_CHAP_TYPE, 2, 4, NULL, "either ours" },
		{ ISCSI_CHAP_PARAM_CHAP_TYPE, 255, 1, NULL, "either ours" },
		{ ISCSI_CHAP_PARAM_USERNAME, 0, 0, "", "the name" },
		{ ISCSI_CHAP_PARAM_USERNAME, 0, 4, "\0abc", "the name" },
		{ ISCSI_CHAP_PARAM_USERNAME, 0, 256, much, "the name" },
		{ ISCSI_CHAP_PARAM_USERNAME, 0, 300, much, "the name" },
		{ ISCSI_CHAP_PARAM_PASSWORD, 0, 0, "", "the password of" },
		{ ISCSI_CHAP_PARAM_PASSWORD, 0, 11, much, "the password of 12 to 255 bytes" },
		{ ISCSI_CHAP_PARAM_PASSWORD_LEN, 11, 1, NULL, "the password of 12 to 255 bytes" },
		{ ISCSI_CHAP_PARAM_PASSWORD, 0, 256, much, "the password of" },
		{ ISCSI_CHAP_PARAM_PASSWORD, 0, 300, much, "the password of" },
		{ ISCSI_CHAP_PARAM_PASSWORD_LEN, 0, 1, NULL, "as long as it says" },
		{ ISCSI_CHAP_PARAM_PASSWORD_LEN, sizeof(SECRET), 1, NULL, "as long as it says" },
		{ 5, 0, 1, NULL, "what iscsiadm knows" },
	};
	unsigned int i;

	(void)state;
	memset(much, 'm', sizeof(much));
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		shim_log_clear();
		put_but(row[i].param, row[i].text ? row[i].text : &row[i].value, row[i].len);
		assert_int_equal(chap_set(), -EINVAL);
		assert_int_equal(shim_logged(row[i].said), 1);
		assert_int_equal(shim_logged(SECRET), 0);
	}
	put_but(ISCSI_CHAP_PARAM_PASSWORD, NULL, 0);
	flash_put_head(ISCSI_CHAP_PARAM_PASSWORD, 16);
	assert_int_equal(chap_set(), -EINVAL);
	put_but(ISCSI_CHAP_PARAM_PASSWORD, NULL, 0);
	flash_put_head(ISCSI_CHAP_PARAM_PASSWORD, 0xffffffff);
	assert_int_equal(chap_set(), -EINVAL);
	assert_int_equal(dev_targets.account_sets, 0);
}

/* --- reading ------------------------------------------------------------------------------ */

static void test_get(void **state)
{
	(void)state;
	assert_int_equal(get(0, 7), 0);
	chap_add(1, CHAP_TYPE_OUT, "we", SECRET);
	chap_add(3, CHAP_TYPE_IN, "they", "their secret");
	chap_add(FLASH_ACCOUNTS - 1, CHAP_TYPE_OUT, "us", "the last one");
	assert_int_equal(get(0, 7), 3);
	assert_int_equal(rec[0].chap_tbl_idx, 1);
	assert_int_equal(rec[0].chap_type, CHAP_TYPE_OUT);
	assert_string_equal(rec[0].username, "we");
	assert_string_equal((const char *)rec[0].password, SECRET);
	assert_int_equal(rec[0].password_length, strlen(SECRET));
	assert_int_equal(rec[1].chap_tbl_idx, 3);
	assert_int_equal(rec[1].chap_type, CHAP_TYPE_IN);
	assert_int_equal(rec[2].chap_tbl_idx, FLASH_ACCOUNTS - 1);
	/* As iscsiadm goes on: from behind the last, until it has less than it asked for. */
	memset(rec, 0xee, sizeof(rec));
	assert_int_equal(get(0, 2), 2);
	memset(rec, 0xee, sizeof(rec));
	assert_int_equal(get(4, 2), 1);
	assert_int_equal(rec[0].chap_tbl_idx, FLASH_ACCOUNTS - 1);
	memset(rec, 0xee, sizeof(rec));
	assert_int_equal(get(FLASH_ACCOUNTS, 2), 0);
	assert_int_equal(get(0xffff, 2), 0);
	assert_int_equal(get(0, 0), 0);
}

/* The class multiplies with 32 bits, and shows what it then has room for. */
static void test_room(void **state)
{
	static const u32 room[] = { UINT32_MAX, UINT32_MAX / sizeof(rec[0]) + 1, 0x80000000 };
	unsigned int i;
	u32 n;

	(void)state;
	chap_add(1, CHAP_TYPE_OUT, "we", SECRET);
	for (i = 0; i < ARRAY_SIZE(room); i++) {
		assert_int_equal(chap_get(0, room[i], rec, &n), -EINVAL);
		assert_int_equal(n, 0);
	}
	assert_int_equal(*(u8 *)rec, 0xee);
}

/* An account that is none: what is read of it is bounded, whatever it says. */
static void test_lies(void **state)
{
	struct ohba_account *a = &dev_targets.account[2];

	(void)state;
	chap_add(2, CHAP_TYPE_OUT, "we", SECRET);
	memset(a, 0xff, sizeof(*a));
	assert_int_equal(get(0, 1), 1);
	assert_int_equal(rec[0].chap_type, CHAP_TYPE_IN);
	assert_int_equal(rec[0].password_length, 255);
	assert_int_equal(strnlen(rec[0].username, 256), 255);
	assert_int_equal(rec[0].password[255], 0);
}

static bool get_fails(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_ACCOUNT_GET || cmd->sqe.handle != cpu_to_le32(5))
		return false;
	dev_answer(cmd, OHBA_ST_INTERNAL);
	return true;
}

/* The class does not look at what we return: iscsiadm would ask for ever. */
static void test_get_fails(void **state)
{
	(void)state;
	chap_add(1, CHAP_TYPE_OUT, "we", SECRET);
	dev.on_admin = get_fails;
	assert_int_equal(get(0, 7), 1);
	assert_int_equal(get(2, 7), 0);
	assert_int_equal(shim_logged("those shown are not all"), 2);
	shim_no_memory = true;
	{
		u32 n;

		assert_int_equal(chap_get(0, 7, rec, &n), -ENOMEM);
		assert_int_equal(n, 0);
	}
	shim_no_memory = false;
}

/* Nobody needs a secret to see whose account it is: those of a pair are compared alone. */
static unsigned int secrets;

static bool without_secret(struct dev_cmd *cmd)
{
	u32 index = le32_to_cpu(cmd->sqe.handle);

	if (cmd->sqe.opcode == OHBA_ADMIN_ACCOUNT_GET && cmd->sqe.flags) {
		shim_check(index == 1 || index == 3, "a secret is read");
		secrets++;
	}
	return false;
}

static void test_no_secret(void **state)
{
	(void)state;
	chap_add(1, CHAP_TYPE_OUT, "we", SECRET);
	chap_add(2, CHAP_TYPE_OUT, "us", "another secret");
	chap_add(3, CHAP_TYPE_IN, "they", "their secret");
	secrets = 0;
	dev.on_admin = without_secret;
	assert_int_equal(flash_new("ipv4"), 0);
	flash_put_num(ISCSI_FLASHNODE_CHAP_OUT_IDX, 1, 4);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(secrets, 0);
	flash_put_num(ISCSI_FLASHNODE_BIDI_CHAP_EN, 1, 1);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(secrets, 2);
	assert_true(dma_is_clean());
	flash_put_num(ISCSI_FLASHNODE_PORT, 1000, 2);
	assert_int_equal(flash_update(0), 0);
	assert_int_equal(secrets, 2);
}

/* --- deleting ------------------------------------------------------------------------------ */

static void test_delete(void **state)
{
	(void)state;
	chap_add(1, CHAP_TYPE_OUT, "we", SECRET);
	assert_int_equal(flash_new("ipv4"), 0);
	flash_put_num(ISCSI_FLASHNODE_CHAP_OUT_IDX, 1, 4);
	assert_int_equal(flash_update(0), 0);
	/* iscsiadm says that it is in use. */
	assert_int_equal(shim_transport->delete_chap(bench_host(), 1), -EBUSY);
	assert_int_equal(flash_delete(0), 0);
	assert_int_equal(shim_transport->delete_chap(bench_host(), 1), 0);
	assert_int_equal(shim_transport->delete_chap(bench_host(), 1), -ENOENT);
	assert_int_equal(shim_transport->delete_chap(bench_host(), FLASH_ACCOUNTS), -EINVAL);
	assert_int_equal(get(0, 7), 0);
}

/* --- an adapter without -------------------------------------------------------------------- */

static void test_none(void **state)
{
	u32 n;

	bench_gone(state);
	flash_load();
	dev.identify.max_accounts = 0;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	assert_int_equal(chap_get(0, 7, rec, &n), -EOPNOTSUPP);
	assert_int_equal(n, 0);
	put_but(-1, NULL, 0);
	assert_int_equal(chap_set(), -EOPNOTSUPP);
	assert_int_equal(shim_transport->delete_chap(bench_host(), 0), -EOPNOTSUPP);
	bench_gone(state);
	flash_load();
	dev.identify.max_accounts = cpu_to_le32(OHBA_ACCOUNTS_MAX + 1);
	assert_int_equal(bench_probe(), -EPROTO);
}

/* --- counters ------------------------------------------------------------------------------ */

static bool count(struct dev_cmd *cmd)
{
	const struct ohba_adapter_stats stats = {
		.protocol_errors = cpu_to_le64(8), .sequence_errors = cpu_to_le64(5),
		.digest_errors = cpu_to_le64((1ull << 40) + 2), .hdr_digest_errors = cpu_to_le64(2),
		.tx_pdus = cpu_to_le64(21), .rx_pdus = cpu_to_le64(22),
		.tx_data_bytes = cpu_to_le64(23), .rx_data_bytes = cpu_to_le64(24),
	};

	if (cmd->sqe.opcode != OHBA_ADMIN_STATS_GET)
		return false;
	assert_int_equal(((const struct ohba_stats_get *)cmd->sqe.body)->scope,
			 OHBA_STATS_ADAPTER);
	dev_write_data(cmd, &stats, sizeof(stats));
	dev_answer(cmd, OHBA_ST_SUCCESS);
	return true;
}

static void test_stats(void **state)
{
	struct iscsi_offload_host_stats stats = {};

	(void)state;
	dev.on_admin = count;
	bench_hw()->pairs[0].stats.softirq_done = 5;
	bench_hw()->pairs[1].stats.polled_done = 6;
	assert_int_equal(shim_transport->get_host_stats(bench_host(), (char *)&stats,
							sizeof(stats)), 0);
	assert_int_equal(stats.iscsi_io_completed, 11);
	assert_int_equal(stats.iscsi_format_error, 3);
	assert_int_equal(stats.iscsi_sequence_error, 5);
	assert_int_equal(stats.iscsi_hdr_digest_error, 2);
	assert_int_equal(stats.iscsi_pdu_tx, 21);
	assert_int_equal(stats.iscsi_pdu_rx, 22);
	assert_int_equal(stats.iscsi_data_bytes_tx, 23);
	assert_int_equal(stats.iscsi_data_bytes_rx, 24);
	assert_int_equal(stats.iscsi_data_digest_error, 1ull << 40);
	/* The class has no room behind it. */
	assert_int_equal(stats.custom_length, 0);
	assert_int_equal(shim_transport->get_host_stats(bench_host(), (char *)&stats,
							sizeof(stats) - 1), -ENOSPC);
	dev.silent = true;
	assert_int_equal(shim_transport->get_host_stats(bench_host(), (char *)&stats,
							sizeof(stats)), -ENODEV);
	dev.silent = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define UP(t)	cmocka_unit_test_setup_teardown(t, up, down)
		UP(test_set), UP(test_lengths), UP(test_incomplete), UP(test_wrong),
		UP(test_get), UP(test_room), UP(test_lies), UP(test_get_fails),
		UP(test_no_secret), UP(test_delete), UP(test_none), UP(test_stats),
#undef UP
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

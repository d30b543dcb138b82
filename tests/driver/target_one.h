/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of one of the adapter's own sessions: entry ONE, and a device of its target. */
#ifndef TARGET_ONE_H
#define TARGET_ONE_H

#include "unit.h"
#include "targets.h"

#define NAME	"iqn.2024-01.test:t"
#define ONE	3u		/* the entry that most tests use */

/* Set-up, by name: an adapter with the entry; one that has the session. */
#define LOADED(name)	cmocka_unit_test_setup_teardown(test_##name, load, bench_gone)
#define UP(name)	cmocka_unit_test_setup_teardown(test_##name, up, bench_gone)
#define ALONE(name)	cmocka_unit_test_teardown(test_##name, bench_gone)

static struct scsi_device sdev;
static struct request_queue queue;
static struct shim_result result;

static inline int load(void **state)
{
	(void)state;
	targets_load();
	target_add(ONE, NAME);
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

static inline int up(void **state)
{
	load(state);
	target_up(ONE);
	shim_settle();
	target_sdev(ONE, &sdev, &queue);
	return 0;
}

static inline struct hba *adapter(void)
{
	return pci_get_drvdata(&bench.pdev);
}

static inline struct iscsi_session *libiscsi(void)
{
	return target_cls(ONE)->dd_data;
}

static inline struct hba_session *ours(void)
{
	return libiscsi()->dd_data;
}

/* Return: the handle that it carries. */
static inline u32 send_one(void)
{
	struct shim_io io = { .sdev = &sdev, .len = 512, .result = &result };
	int index = shim_queue(&io);

	assert_true(index >= 0);
	return le32_to_cpu(dev_io(index)->sqe.handle);
}

static inline u32 handle_now(void)
{
	return le32_to_cpu(table[ONE].state.session);
}

static inline void answer_one(void)
{
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, 0);
}

/* Return: what became of a command that is not sent. */
static inline int refused_one(void)
{
	struct shim_io io = { .sdev = &sdev, .len = 512, .result = &result };

	assert_int_equal(shim_queue(&io), -ECANCELED);
	return result.result >> 16;
}

static inline void show_conn(enum iscsi_param param, const char *text)
{
	char buf[256];

	assert_true(shim_transport->get_conn_param(target_of(ONE)->conn, param, buf) > 0);
	assert_string_equal(buf, text);
}

static inline ssize_t set_dev_loss(const char *text)
{
	return shim_attr_store(&target_cls(ONE)->dev, "dev_loss_tmo", text);
}

static inline void dev_loss_is(const char *text)
{
	char buf[32];

	assert_int_equal(shim_attr_show(&target_cls(ONE)->dev, "dev_loss_tmo", buf), strlen(text));
	assert_string_equal(buf, text);
}

static inline void set_entry(const char *text, u32 dev_loss_s)
{
	assert_int_equal(shim_attr_store(&shim_flashnode(ONE)->dev, "dev_loss_tmo", text),
			 strlen(text));
	assert_int_equal(le32_to_cpu(table[ONE].entry.dev_loss_s), dev_loss_s);
}

static struct completion go_on;

/* A work that keeps others waiting. */
static inline void linger(struct work_struct *work)
{
	wait_for_completion(&go_on);
}

static unsigned int busy;

static inline bool answer_busy(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_LOGOUT || !busy)
		return take_target(cmd);
	busy--;
	dev_answer(cmd, OHBA_ST_BUSY);
	return true;
}

static inline void rename_one(void)
{
	send_one();
	strcpy((char *)table[ONE].entry.name, NAME "2");
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	shim_settle();
	target_up(ONE);
	shim_settle();
	assert_int_equal(target_of(ONE)->teardown, HBA_TEARDOWN_SESSION);
}

#endif /* TARGET_ONE_H */

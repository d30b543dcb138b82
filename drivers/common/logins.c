// SPDX-License-Identifier: GPL-2.0-only
/*
 * A login that the host makes for one of the adapter's own sessions (SPEC.md section 6.5): its
 * commands, and what the helper is to hear of it. Nothing here allocates or waits: a command
 * that finds no slot stays due, and a message waits in the login until it is read.
 *
 * What is kept of a login is secret, or the wire's: all of it is wiped.
 */
#include <linux/string.h>

#include "logins.h"

/* The last login that the helper was told of. */
static u64 ohba_login_last;	/* ohba_logins_lock */

static struct ohba_login_dma *ohba_login_mem(struct ohba_login *login)
{
	return login->dma.mem;
}

/* The only place that changes the state. Return: whether @event could happen in it. */
static bool ohba_login_move(struct ohba_login *login, enum ohba_login_event event)
{
	struct ohba_hw *hw = login->logins->hw;

	lockdep_assert_held(&ohba_logins_lock);
	return ohba_step(&ohba_login_machine, hw ? &hw->pub : NULL, login->target,
			 &login->state, event);
}

/* --- what the helper is to hear --------------------------------------------- */

/* Whoever took it may have closed the file: then nobody is to hear of it. */
static void ohba_login_post(struct ohba_login *login, u8 type)
{
	if (login->logins->offer != ohba_login_offer)
		return;
	if (!login->msg) {
		list_add_tail(&login->ready, &ohba_login_ready);
		login->logins->refs++;
	}
	login->msg = type;
	ohba_login_wake();
}

/* There is nothing to hear of it any more. */
void ohba_login_unpost(struct ohba_login *login)
{
	if (!login->msg)
		return;
	list_del_init(&login->ready);
	login->logins->refs--;
	login->msg = 0;
}

/* What the helper wrote last is not out yet: what it writes next has no place. */
static bool ohba_login_sends(const struct ohba_login *login)
{
	return (login->due | login->out) & BIT(OHBA_LOGIN_C_SEND);
}

/*
 * A target that says more than it was asked for cannot fill anything behind the helper. Nor is
 * an answer told before what it answers is known to be out: the helper writes at once.
 */
static bool ohba_login_can_post_pdu(const struct ohba_login *login)
{
	return login->state == OHBA_LOGIN_S_OPEN && login->filled && !login->unanswered &&
	       !ohba_login_sends(login);
}

static void ohba_login_post_pdu(struct ohba_login *login)
{
	if (ohba_login_can_post_pdu(login))
		ohba_login_post(login, OHBA_LOGIN_MSG_PDU);
}

/* --- commands ---------------------------------------------------------------- */

/* Submit what is due. What is over, and said, is free. */
void ohba_login_submit_due(struct ohba_login *login)
{
	unsigned int i;

	lockdep_assert_held(&ohba_logins_lock);
	for (i = 0; i < OHBA_LOGIN_CMDS; i++) {
		if (!(login->due & BIT(i)))
			continue;
		if (ohba_admin_submit(&login->logins->hw->pub, &login->cmd[i])) {
			ohba_logins_retry(login->logins);
			return;
		}
		login->due &= ~BIT(i);
		login->out |= BIT(i);
	}
	if (login->state == OHBA_LOGIN_S_OVER && !login->out && !login->msg) {
		if (login->dma.mem)
			memzero_explicit(login->dma.mem, login->dma.len);
		login->number = 0;
		WARN_ON_ONCE(!ohba_login_move(login, OHBA_LOGIN_E_DONE));
	}
}

/* Return: where its body goes. The command is not outstanding. */
static u8 *ohba_login_put(struct ohba_login *login, enum ohba_login_cmd which, u8 opcode,
			  size_t offset, u32 len)
{
	struct ohba_admin_cmd *cmd = &login->cmd[which];

	memset(&cmd->sqe, 0, sizeof(cmd->sqe));
	cmd->sqe.opcode = opcode;
	cmd->sqe.handle = cpu_to_le32(login->handle);
	if (len)
		ohba_admin_data(cmd, login->dma.addr + offset, len);
	login->due |= BIT(which);
	return cmd->sqe.body;
}

/* Always one, as it tells at once that the login is void. */
static void ohba_login_post_recv(struct ohba_login *login)
{
	ohba_login_put(login, OHBA_LOGIN_C_RECV, OHBA_ADMIN_LOGIN_RECV,
		       offsetof(struct ohba_login_dma, in), sizeof(ohba_login_mem(login)->in));
}

/* What is said of it to the device goes by a buffer that no other command uses. */
static void ohba_login_finish(struct ohba_login *login,
			      const struct ohba_login_result *result)
{
	ohba_login_mem(login)->result = *result;
	ohba_login_put(login, OHBA_LOGIN_C_END, OHBA_ADMIN_LOGIN_END,
		       offsetof(struct ohba_login_dma, result), sizeof(*result));
}

static void ohba_login_fail(struct ohba_login *login)
{
	static const struct ohba_login_result failed = {
		.outcome = OHBA_LOGIN_FAILED,
		.status = cpu_to_le16(OHBA_ST_INTERNAL),
		.words = "the host could not go on with the login",
	};

	login->failed = true;
	ohba_login_finish(login, &failed);
}

/* One that the helper has taken is over, and not by it. ohba_login_submit_due() is to follow. */
void ohba_login_abort(struct ohba_login *login, u16 why)
{
	lockdep_assert_held(&ohba_logins_lock);
	if (!ohba_login_move(login, OHBA_LOGIN_E_ABORT))
		return;
	login->filled = false;
	login->due = 0;
	login->why = why;
	ohba_login_post(login, OHBA_LOGIN_MSG_OVER);
	if (why != OHBA_ST_LOGIN_STALE && why != OHBA_ST_ABORTED)
		ohba_login_fail(login);
}

/* One that nobody has taken, if it is one: nobody is told of it any more. */
static void ohba_login_drop_wanted(struct ohba_login *login)
{
	if (ohba_login_move(login, OHBA_LOGIN_E_DROP))
		ohba_login_unpost(login);
}

/* It is void, and so is what is due of it: the device has forgotten it, or will. */
void ohba_login_drop(struct ohba_login *login)
{
	lockdep_assert_held(&ohba_logins_lock);
	ohba_login_drop_wanted(login);
	ohba_login_abort(login, OHBA_ST_ABORTED);
	login->due = 0;
	ohba_login_submit_due(login);
}

/* --- their ends -------------------------------------------------------------- */

static void ohba_login_answered(struct ohba_login *login, enum ohba_login_cmd which)
{
	u16 status = login->cmd[which].status;

	lockdep_assert_held(&ohba_logins_lock);
	login->out &= ~BIT(which);
	if (status != OHBA_ST_SUCCESS)
		ohba_login_abort(login, status);
}

static void ohba_login_taken(struct ohba_admin_cmd *cmd)
{
	struct ohba_login *login = container_of(cmd, struct ohba_login, cmd[OHBA_LOGIN_C_TAKE]);

	spin_lock_bh(&ohba_logins_lock);
	ohba_login_answered(login, OHBA_LOGIN_C_TAKE);
	if (ohba_login_move(login, OHBA_LOGIN_E_TASK))
		ohba_login_post(login, OHBA_LOGIN_MSG_TASK);
	ohba_login_submit_due(login);
	spin_unlock_bh(&ohba_logins_lock);
}

static void ohba_login_sent(struct ohba_admin_cmd *cmd)
{
	struct ohba_login *login = container_of(cmd, struct ohba_login, cmd[OHBA_LOGIN_C_SEND]);

	spin_lock_bh(&ohba_logins_lock);
	ohba_login_answered(login, OHBA_LOGIN_C_SEND);
	ohba_login_post_pdu(login);
	ohba_login_submit_due(login);
	spin_unlock_bh(&ohba_logins_lock);
}

/* @len: what the device says that it wrote. */
static void ohba_login_filled(struct ohba_login *login, u32 len)
{
	if (len < OHBA_LOGIN_BHS_LEN || len > sizeof(ohba_login_mem(login)->in)) {
		dev_warn_ratelimited(login->logins->hw->pub.dev,
				     "firmware gave a login PDU of %u bytes: ignored\n", len);
		ohba_login_abort(login, OHBA_ST_INTERNAL);
		return;
	}
	login->filled = true;
	login->len = len - OHBA_LOGIN_BHS_LEN;
	ohba_login_post_pdu(login);
}

static void ohba_login_received(struct ohba_admin_cmd *cmd)
{
	struct ohba_login *login = container_of(cmd, struct ohba_login, cmd[OHBA_LOGIN_C_RECV]);

	spin_lock_bh(&ohba_logins_lock);
	ohba_login_answered(login, OHBA_LOGIN_C_RECV);
	if (login->state == OHBA_LOGIN_S_OPEN)
		ohba_login_filled(login, cmd->result);
	ohba_login_submit_due(login);
	spin_unlock_bh(&ohba_logins_lock);
}

static void ohba_login_ended(struct ohba_admin_cmd *cmd)
{
	struct ohba_login *login = container_of(cmd, struct ohba_login, cmd[OHBA_LOGIN_C_END]);

	spin_lock_bh(&ohba_logins_lock);
	ohba_login_answered(login, OHBA_LOGIN_C_END);
	/* What the helper said is no result, and to the device the login goes on. */
	if (cmd->status == OHBA_ST_INVALID_FIELD && !login->failed)
		ohba_login_fail(login);
	ohba_login_submit_due(login);
	spin_unlock_bh(&ohba_logins_lock);
}

/* Once, with memory for the device. */
void ohba_login_init(struct ohba_login *login, struct ohba_logins *logins)
{
	login->logins = logins;
	INIT_LIST_HEAD(&login->ready);
	login->cmd[OHBA_LOGIN_C_TAKE].done = ohba_login_taken;
	login->cmd[OHBA_LOGIN_C_SEND].done = ohba_login_sent;
	login->cmd[OHBA_LOGIN_C_RECV].done = ohba_login_received;
	login->cmd[OHBA_LOGIN_C_END].done = ohba_login_ended;
}

/* --- what the helper reads ------------------------------------------------------ */

/* @target wants it, instead of whoever did before. It is free, or nobody has taken it. */
void ohba_login_note(struct ohba_login *login, u32 target, u32 handle)
{
	ohba_login_drop_wanted(login);
	login->number = 0;
	login->target = target;
	login->handle = handle;
	WARN_ON_ONCE(!ohba_login_move(login, OHBA_LOGIN_E_WANT));
}

/* No other has this number, of whichever adapter, before or after. */
static u64 ohba_login_number(const struct ohba_login *login)
{
	return ++ohba_login_last * OHBA_LOGINS_MAX + (login - login->logins->table);
}

/* Of an entry that is wanted, to a helper that the device knows of. */
void ohba_login_announce(struct ohba_login *login)
{
	lockdep_assert_held(&ohba_logins_lock);
	login->number = ohba_login_number(login);
	ohba_login_post(login, OHBA_LOGIN_MSG_WANTED);
}

static size_t ohba_login_fill_wanted(struct ohba_login *login, struct ohba_login_wanted *wanted)
{
	strscpy((char *)wanted->adapter, pci_name(login->logins->hw->pub.pdev),
		sizeof(wanted->adapter));
	wanted->handle = login->handle;
	wanted->target = login->target;
	return sizeof(*wanted);
}

/* The device may change what is in @dma: what we read is looked at, and nothing else. */
static size_t ohba_login_fill_task(struct ohba_login *login, struct ohba_login_task *task)
{
	memcpy(task, ohba_login_mem(login)->in, sizeof(*task));
	memzero_explicit(ohba_login_mem(login)->in, sizeof(*task));
	barrier();
	if (le32_to_cpu(task->index) != login->target) {
		memzero_explicit(task, sizeof(*task));
		ohba_login_abort(login, OHBA_ST_INTERNAL);
		return 0;
	}
	ohba_login_post_recv(login);
	return sizeof(*task);
}

static size_t ohba_login_fill_pdu(struct ohba_login *login, struct ohba_login_pdu *pdu)
{
	size_t len = OHBA_LOGIN_BHS_LEN + login->len;

	/* It wrote before it read this: it is told when that is out. */
	if (!ohba_login_can_post_pdu(login))
		return 0;
	memcpy(pdu, ohba_login_mem(login)->in, len);
	login->filled = false;
	login->unanswered = true;
	ohba_login_post_recv(login);
	return len;
}

static size_t ohba_login_fill_body(struct ohba_login *login, struct ohba_login_msg *msg)
{
	switch (msg->type) {
	case OHBA_LOGIN_MSG_WANTED:
		return ohba_login_fill_wanted(login, &msg->wanted);
	case OHBA_LOGIN_MSG_TASK:
		return ohba_login_fill_task(login, &msg->task);
	case OHBA_LOGIN_MSG_PDU:
		return ohba_login_fill_pdu(login, &msg->pdu);
	default:
		msg->over.why = login->why;
		return sizeof(msg->over);
	}
}

/* Return: bytes of @msg, which is zero; 0: there is another thing to say of it now. */
size_t ohba_login_fill_msg(struct ohba_login *login, struct ohba_login_msg *msg)
{
	size_t len;

	lockdep_assert_held(&ohba_logins_lock);
	msg->type = login->msg;
	msg->login = login->number;
	ohba_login_unpost(login);
	len = ohba_login_fill_body(login, msg);
	ohba_login_submit_due(login);
	return len ? OHBA_LOGIN_MSG_HEAD + len : 0;
}

/* --- what the helper writes -------------------------------------------------------- */

int ohba_login_take(struct ohba_login *login)
{
	lockdep_assert_held(&ohba_logins_lock);
	if (!ohba_login_move(login, OHBA_LOGIN_E_TAKE))
		return -ESTALE;
	login->filled = false;
	login->unanswered = false;
	login->failed = false;
	ohba_login_put(login, OHBA_LOGIN_C_TAKE, OHBA_ADMIN_LOGIN_TAKE,
		       offsetof(struct ohba_login_dma, in), sizeof(struct ohba_login_task));
	ohba_login_submit_due(login);
	return 0;
}

/* @len: bytes of data. */
int ohba_login_send(struct ohba_login *login, const struct ohba_login_pdu *pdu, u32 len)
{
	u8 *body;

	lockdep_assert_held(&ohba_logins_lock);
	if (login->state != OHBA_LOGIN_S_OPEN)
		return -ESTALE;
	if (ohba_login_sends(login))
		return -EBUSY;
	memcpy(ohba_login_mem(login)->out, pdu->data, len);
	body = ohba_login_put(login, OHBA_LOGIN_C_SEND, OHBA_ADMIN_LOGIN_SEND,
			      offsetof(struct ohba_login_dma, out), len);
	memcpy(body, pdu->bhs, sizeof(pdu->bhs));
	login->unanswered = false;
	ohba_login_submit_due(login);
	return 0;
}

/* The helper is done with it, and hears no more of it. */
int ohba_login_end(struct ohba_login *login, const struct ohba_login_result *result)
{
	lockdep_assert_held(&ohba_logins_lock);
	if (!ohba_login_move(login, OHBA_LOGIN_E_END))
		return -ESTALE;
	ohba_login_unpost(login);
	login->filled = false;
	/* What the device was to be asked before, it needs to hear before: but not a RECV. */
	login->due &= ~BIT(OHBA_LOGIN_C_RECV);
	ohba_login_finish(login, result);
	ohba_login_submit_due(login);
	return 0;
}

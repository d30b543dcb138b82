// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's file of logins. Secrets come by it: into one buffer that is there for nothing
 * else, stays in memory, and is wiped behind each message.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "login_file.h"
#include "opener.h"

/* Until a word about an opener that does not answer, or a file that is not there. */
#define PATIENCE_MS	5000

static struct ohba_login_msg buffer;

/* --- whether it is open ------------------------------------------------------- */

static void say_once(struct uip_login_file *file, int err)
{
	if (file->said)
		return;
	file->said = true;
	if (err == EBUSY)
		uip_warn("cannot make logins: /dev/" OHBA_LOGIN_DEV ": " UIP_LOGINS_TAKEN);
	else
		uip_err("cannot make logins: /dev/" OHBA_LOGIN_DEV ": %s: uipd --check-config says "
			"what is missing", strerror(err));
}

/*
 * Try again what may pass by itself. EPERM and EACCES do not, and after ENOENT the driver's
 * arrival is an event.
 */
static bool passes(const struct uip_login_file *file, int err)
{
	if (err == ENOENT)
		return uip_monotonic_ms() < file->there_by;
	return err != EPERM && err != EACCES;
}

static void not_open(struct uip_login_file *file, int err)
{
	file->refused = passes(file, err);
	/* The file is the last of the driver to come, after what tells us of it. */
	if (err != ENOENT || !file->refused)
		say_once(file, err);
	/* It may be one that was killed, of which not all is gone yet. */
	if (file->refused)
		file->events->refused(file->arg);
}

static void ask(struct uip_login_file *file)
{
	int err;

	/* Two at a time would find the file busy: with each other. */
	if (file->fd >= 0 || file->opener < 0 || file->waiting)
		return;
	err = uip_opener_ask(file->opener, ++file->asked);
	file->waiting = !err;
	file->refused = false;
	file->late_at = err ? 0 : uip_monotonic_ms() + PATIENCE_MS;
	if (err)
		not_open(file, -err);
}

void uip_login_file_open(struct uip_login_file *file)
{
	file->there_by = uip_monotonic_ms() + PATIENCE_MS;
	ask(file);
}

/* One to no question that is open is none: of its file, nobody would read. */
static bool is_stale(const struct uip_login_file *file, uint32_t number)
{
	return !file->waiting || number != file->asked;
}

/* @fd: or -errno */
static void on_answer(struct uip_login_file *file, uint32_t number, int fd)
{
	if (is_stale(file, number)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	file->waiting = false;
	file->late_at = 0;
	if (fd < 0) {
		not_open(file, -fd);
		return;
	}
	uip_dbg(UIP_LOGINS, "the adapters' logins are made here");
	file->said = false;
	file->fd = fd;
}

bool uip_login_file_hear(struct uip_login_file *file)
{
	uint32_t number;
	int fd, err = uip_opener_hear(file->opener, &number, &fd);

	if (!err)
		on_answer(file, number, fd);
	return err != -EPIPE;
}

void uip_login_file_late(struct uip_login_file *file)
{
	file->late_at = 0;
	say_once(file, ETIMEDOUT);
}

void uip_login_file_again(struct uip_login_file *file)
{
	if (file->refused)
		ask(file);
}

void uip_login_file_close(struct uip_login_file *file)
{
	if (file->fd < 0)
		return;
	close(file->fd);
	file->fd = -1;
	file->events->closed(file->arg);
}

/* --- what the driver says ------------------------------------------------------ */

static void on_hello(struct uip_login_file *file, const struct ohba_login_msg *msg, size_t len)
{
	uint32_t version = msg->hello.version;

	(void)len;
	if (version == OHBA_LOGIN_DEV_VERSION)
		return;
	uip_err("cannot make logins: the driver speaks version %u of that, this uipd %u: "
		"install those of one version", version, OHBA_LOGIN_DEV_VERSION);
	uip_login_file_close(file);
}

static void on_wanted(struct uip_login_file *file, const struct ohba_login_msg *msg, size_t len)
{
	char adapter[sizeof(msg->wanted.adapter)];

	(void)len;
	memcpy(adapter, msg->wanted.adapter, sizeof(adapter));
	adapter[sizeof(adapter) - 1] = '\0';
	uip_dbg(UIP_LOGINS, "%s wants login 0x%08x made, of target %u", adapter,
		msg->wanted.handle, msg->wanted.target);
	file->events->wanted(file->arg, msg->login, adapter);
}

static void on_task(struct uip_login_file *file, const struct ohba_login_msg *msg, size_t len)
{
	(void)len;
	file->events->task(file->arg, msg->login, &msg->task);
}

static void on_pdu(struct uip_login_file *file, const struct ohba_login_msg *msg, size_t len)
{
	file->events->pdu(file->arg, msg->login, &msg->pdu, len - OHBA_LOGIN_BHS_LEN);
}

static void on_over(struct uip_login_file *file, const struct ohba_login_msg *msg, size_t len)
{
	(void)len;
	file->events->over(file->arg, msg->login);
}

/* By type: how long what is behind the header may be. */
static const struct {
	size_t min, max;
	void (*handle)(struct uip_login_file *file, const struct ohba_login_msg *msg, size_t len);
} messages[] = {
	[OHBA_LOGIN_MSG_HELLO] = { sizeof(buffer.hello), sizeof(buffer.hello), on_hello },
	[OHBA_LOGIN_MSG_WANTED] = { sizeof(buffer.wanted), sizeof(buffer.wanted), on_wanted },
	[OHBA_LOGIN_MSG_TASK] = { sizeof(buffer.task), sizeof(buffer.task), on_task },
	[OHBA_LOGIN_MSG_PDU] = { OHBA_LOGIN_BHS_LEN, sizeof(buffer.pdu), on_pdu },
	[OHBA_LOGIN_MSG_OVER] = { sizeof(buffer.over), sizeof(buffer.over), on_over },
};

/* Return: false if it is none that we know. */
static bool handle(struct uip_login_file *file, const struct ohba_login_msg *msg, size_t len)
{
	if (len < OHBA_LOGIN_MSG_HEAD ||
	    msg->type >= sizeof(messages) / sizeof(messages[0]) ||
	    !messages[msg->type].handle)
		return false;
	len -= OHBA_LOGIN_MSG_HEAD;
	if (len < messages[msg->type].min || len > messages[msg->type].max)
		return false;
	messages[msg->type].handle(file, msg, len);
	return true;
}

bool uip_login_file_read(struct uip_login_file *file)
{
	ssize_t len;

	if (file->fd < 0)
		return false;
	len = read(file->fd, &buffer, sizeof(buffer));
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (len <= 0) {
		uip_err("cannot read what logins are wanted: %s",
			len ? strerror(errno) : "the driver is gone");
		uip_login_file_close(file);
		return false;
	}
	if (!handle(file, &buffer, len))
		uip_warn_some(&file->refusals, "the driver says of logins what this uipd does "
			      "not understand: install those of one version");
	explicit_bzero(&buffer, len);
	return file->fd >= 0;
}

/* --- what it is told ------------------------------------------------------------ */

static void say_refusal(struct uip_login_file *file, const struct ohba_login_msg *msg, int err)
{
	static const char *const names[] = {
		[OHBA_LOGIN_MSG_TAKE] = "TAKE", [OHBA_LOGIN_MSG_PDU] = "PDU",
		[OHBA_LOGIN_MSG_END] = "END",
	};

	uip_warn_some(&file->refusals, "login %llu: the driver does not take %s of it: %s%s",
		      (unsigned long long)msg->login, names[msg->type], strerror(err),
		      err == EINVAL || err == EMSGSIZE ?
		      ": install uipd and driver of one version" : "");
}

/* @len: bytes behind the header. Return: as uip_login_take(). */
static bool tell(struct uip_login_file *file, const struct ohba_login_msg *msg, size_t len)
{
	if (file->fd < 0)
		return false;
	if (write(file->fd, msg, OHBA_LOGIN_MSG_HEAD + len) >= 0)
		return true;
	/* Of a login that is not wanted any more we hear. */
	if (errno != ESTALE)
		say_refusal(file, msg, errno);
	return false;
}

bool uip_login_take(struct uip_login_file *file, uint64_t login)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_TAKE, .login = login };

	return tell(file, &msg, 0);
}

void uip_login_send(struct uip_login_file *file, uint64_t login,
		    const struct uip_login_pdu *pdu)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_PDU, .login = login };

	memcpy(msg.pdu.bhs, pdu->bhs, sizeof(msg.pdu.bhs));
	memcpy(msg.pdu.data, pdu->data, pdu->len);
	tell(file, &msg, OHBA_LOGIN_BHS_LEN + pdu->len);
	explicit_bzero(&msg, sizeof(msg));
}

void uip_login_end(struct uip_login_file *file, uint64_t login,
		   const struct ohba_login_result *result)
{
	struct ohba_login_msg msg = { .type = OHBA_LOGIN_MSG_END, .login = login };

	msg.result = *result;
	tell(file, &msg, sizeof(*result));
}

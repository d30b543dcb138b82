/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A helper that makes logins for the adapter's own sessions, and the device that wants them. */
#ifndef LOGIN_HELPER_H
#define LOGIN_HELPER_H

#include "unit.h"
#include "bench.h"
#include "logins.h"

#include <ohba_login_dev.h>

#define HANDLE	0x0100002a
#define SECRET	"twelve bytes"

extern unsigned int noffers, ntakes;
extern u32 offered;			/* by the last LOGIN_OFFER */
extern u32 take_index;			/* that a task says */
extern struct ohba_login_result ended;	/* of the last LOGIN_END */
extern unsigned int nends;
extern u16 take_status, end_status;
extern u16 retract_status;		/* that LOGIN_OFFER 0 is answered with */
extern const u8 *task_mem;		/* where the last task went */
extern struct file file;
extern struct ohba_login_msg got;	/* that it read last */

bool take(struct dev_cmd *cmd);
void wanted_of(u32 target, u32 handle);
void answer(u8 opcode, u32 handle, u16 status);
/* A PDU with @len bytes of data that are @fill; @result: what the device says it wrote. */
void arrive_as(u32 handle, u8 fill, u32 len, u32 result);
void arrive(u32 handle, u8 fill, u32 len);
bool listens(u32 handle);
int offer_now(void);
void close_now(void);
/* Return: as read(). */
ssize_t hear(void);
void expect_silence(void);
void expect(u32 type, size_t len);
void expect_hello(void);
/* Return: its number. */
u64 expect_wanted(u32 target, u32 handle);
void expect_over(u64 login, u16 why);
void expect_pdu(u64 login, u8 fill, u32 len);
/* Return: 0 or what write() said. */
int say(struct ohba_login_msg *msg, size_t len);
int take_it(u64 login);
int send_pdu(u64 login, u32 len);
int end_login(u64 login, u8 outcome);
void expect_task(u64 login);
/* Return: the number of a login that the helper has begun. */
u64 begin(u32 target, u32 handle);
int load(void **state);
int offer_short(void **state);
int offer(void **state);
int leave(void **state);

/* A test with its set-up; the file is closed behind it, and nothing may be left. */
#define TEST(fn, up)	cmocka_unit_test_setup_teardown(fn, up, leave)

#endif /* LOGIN_HELPER_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prison of the process that reads what came from the network. */
#ifndef UIP_SANDBOX_H
#define UIP_SANDBOX_H

/*
 * Lock this process up, for ever: an empty root, another user, no capabilities, no
 * memory beyond UIP_SANDBOX_MIB, and no system call but those that reading and writing
 * open sockets takes; any other kills it. Files that are open stay so: the caller
 * closes what it must not have.
 * Return: 0, or -errno with a line in the log; then it must end.
 */
int uip_sandbox_enter(void);

/* Keep @sock and what errors of libraries go to. Return: 0 or -1. */
int uip_sandbox_close_all_but(int sock);

/*
 * Lock this process up, for ever, but for opening files with CAP_SYS_ADMIN, and passing them
 * on. Return: as uip_sandbox_enter().
 */
int uip_sandbox_only_open(void);

/*
 * What the privileged process goes on with: the network, and what locking up another
 * takes. Return: 0, or -EPERM with a line in the log.
 */
int uip_sandbox_drop(void);

/* Those capabilities, ended by -1. */
extern const int uip_sandbox_keeps[];

/*
 * Keep what this process has now in memory: the disk that it would come from again may be
 * one that only we can bring back. Failure is a line in the log.
 */
void uip_sandbox_stay_in_memory(void);

/*
 * Have the kernel find memory for this process, and for those that it starts, without waiting
 * for disks: they may wait for it. Before uip_sandbox_drop(). Failure is a line in the log.
 */
void uip_sandbox_be_flusher(void);

#define UIP_SANDBOX_MIB		64

#endif /* UIP_SANDBOX_H */

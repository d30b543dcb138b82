/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sandboxed process: see net.h for its inside. */
#ifndef UIP_LOOP_H
#define UIP_LOOP_H

/* @sock leads to the privileged process; lines for the log go there from now on. */
void uip_net_attach(int sock);
/* Serve it until it is gone. */
void uip_net_run(void);

#endif /* UIP_LOOP_H */

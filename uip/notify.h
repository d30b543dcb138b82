/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UIP_NOTIFY_H
#define UIP_NOTIFY_H

/* Tell the service manager, if it asked to be told: sd_notify(3). */
void uip_notify(const char *state);

#endif /* UIP_NOTIFY_H */

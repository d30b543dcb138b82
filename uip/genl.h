/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generic netlink with the driver (ohba_genl.h). */
#ifndef UIP_GENL_H
#define UIP_GENL_H

#include "msg.h"

/* A connection of @adapter waits for the way to @want->dst, over its device @ifindex. */
typedef void uip_wanted_fn(void *arg, const char *adapter, uint32_t ifindex,
			   const uint8_t mac[6], const struct uip_want *want);

/* There is @adapter, for which the addresses that @config lists are to be got or watched. */
typedef void uip_adapter_fn(void *arg, const char *adapter, uint32_t ifindex,
			    const uint8_t mac[6], const struct uip_config *config);

/* Not all of what the driver has to tell was heard: ask it again, in a while. */
typedef void uip_missed_fn(void *arg);

/* The driver is there. */
typedef void uip_driver_fn(void *arg);

/* What they are handed is theirs during the call only. */
struct uip_genl_events {
	uip_wanted_fn *wanted;
	uip_adapter_fn *adapter;
	uip_missed_fn *missed;
	uip_driver_fn *driver;
};

enum uip_driver {
	UIP_DRIVER_HERE,	/* and told of its adapters */
	UIP_DRIVER_AWAY,
	UIP_DRIVER_REFUSED,	/* of another version: the log says */
};

struct uip_genl;

/*
 * Return: NULL without memory, or if the kernel has no generic netlink, with a line in
 * the log.
 */
struct uip_genl *uip_genl_open(const struct uip_genl_events *events, void *arg);

/* Look for the driver, once. It does not count on us for that. */
enum uip_driver uip_genl_look(struct uip_genl *genl);
/* Look for the driver, from now on: it may come later, go, and come again. */
void uip_genl_start(struct uip_genl *genl);
void uip_genl_close(struct uip_genl *genl);

/* To poll; when it is readable: read. */
int uip_genl_fd(const struct uip_genl *genl);
void uip_genl_read(struct uip_genl *genl);

/* Have the driver tell of each adapter, here and now. */
void uip_genl_ask_adapters(struct uip_genl *genl);

/*
 * Tell the driver. Return: false, with a line in the log, if it does not take it, and may
 * another time. Whether the firmware takes an address is waited for; whether a path, is not:
 * the kernel's log tells.
 */
bool uip_genl_path_set(struct uip_genl *genl, const char *adapter,
		       const struct uip_path *path);
bool uip_genl_addr_set(struct uip_genl *genl, const char *adapter,
		       const struct uip_lease *lease);

#endif /* UIP_GENL_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event queue (ohba_event.h). Posting: adapter.h. */
#ifndef OHBA_FW_EVENT_H
#define OHBA_FW_EVENT_H

#include "core.h"

struct ohba_events *ohba_events_create(void);
void ohba_events_destroy(struct ohba_events *events);

enum ohba_status ohba_events_open(struct ohba_fw *fw, uint64_t ctl, uint64_t ring,
				  uint32_t size);
/* Forget what waits and unmap the ring. */
void ohba_events_reset(struct ohba_fw *fw);

/* Write what waits, as far as there is room, and raise the interrupt. */
void ohba_events_flush(struct ohba_fw *fw);
/* Whether events wait because the ring is full. */
bool ohba_events_stalled(struct ohba_fw *fw);

/* Post LINK if this differs from the last call since open. */
void ohba_events_link(struct ohba_fw *fw, bool up, uint32_t speed_mbps);

#endif /* OHBA_FW_EVENT_H */

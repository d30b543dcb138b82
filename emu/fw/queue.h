/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queue pairs (ohba_queue.h): 0 is the admin queue, the others I/O. */
#ifndef OHBA_FW_QUEUE_H
#define OHBA_FW_QUEUE_H

#include "core.h"

/* What QUEUE_CREATE or the admin registers say, in CPU byte order. */
struct ohba_queue_params {
	uint64_t ctl;
	uint64_t sq;
	uint64_t cq;
	uint32_t sq_size;
	uint32_t cq_size;
	uint32_t vector;
};

struct ohba_queues *ohba_queues_create(uint32_t max_queues);
void ohba_queues_destroy(struct ohba_queues *queues);

/* OHBA_ST_INVALID_HANDLE, OHBA_ST_BUSY, OHBA_ST_INVALID_QUEUE. */
enum ohba_status ohba_queue_open(struct ohba_fw *fw, uint32_t qid,
				 const struct ohba_queue_params *params);
/* OHBA_ST_INVALID_HANDLE, or OHBA_ST_BUSY while one but NET_RX is unanswered. */
enum ohba_status ohba_queue_close(struct ohba_fw *fw, uint32_t qid);
/* Close all, whatever is outstanding. */
void ohba_queues_reset(struct ohba_fw *fw);

/* Run what was submitted, up to a budget. Returns whether there was anything. */
bool ohba_queues_fetch(struct ohba_fw *fw);
/* Raise the interrupts that the completions of this turn deserve. */
void ohba_queues_signal(struct ohba_fw *fw);
/*
 * Ask for doorbells. Returns false if there is something to fetch after all.
 * *@due_ns, if it is later, becomes when to take a turn with no doorbell: a busy
 * queue is not asked for every one, or it holds an interrupt back.
 */
bool ohba_queues_arm(struct ohba_fw *fw, uint64_t *due_ns);
/* How long those who wait for completions can wait for more at once, ns; or 0. */
uint64_t ohba_queues_patience(struct ohba_fw *fw);
/* Whether commands wait because a completion ring is full: no doorbell tells. */
bool ohba_queues_stalled(struct ohba_fw *fw);

/* OHBA_ST_INVALID_HANDLE, or @stats of queue @qid. */
enum ohba_status ohba_queue_stats(struct ohba_fw *fw, uint32_t qid,
				  struct ohba_queue_stats *stats);

#endif /* OHBA_FW_QUEUE_H */

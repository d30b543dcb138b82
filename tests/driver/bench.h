/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver on the bench: modules loaded, adapter probed, sessions logged in, as
 * iscsid does it. At the end nothing may be left: no memory, no mapping, no thread.
 */
#ifndef BENCH_H
#define BENCH_H

#include "device.h"
#include "hba.h"
#include "priv.h"

#define BENCH_TAGS	32	/* can_queue */

struct bench {
	struct pci_dev pdev;
	bool probed;
};

extern struct bench bench;

/* Load the modules over an honest device that the test may change before it probes. */
void bench_load(void);
/* The same, of one with @features and long rings; @on_admin as in struct dev. */
void bench_load_wire(u32 features, bool (*on_admin)(struct dev_cmd *cmd));
/* Return: what probe() returned. */
int bench_probe(void);
/* Both, and it must work. */
void bench_up(void);
/* Remove the adapter, unload, look for what is left. */
void bench_down(void);
/* The same, to be called by cmocka. */
int bench_gone(void **state);
/* Stop the adapter; it must come up again. */
void bench_restart(void);

static inline struct ohba_hw *bench_hw(void)
{
	return to_hw(((struct hba *)pci_get_drvdata(&bench.pdev))->adapter);
}

struct Scsi_Host *bench_host(void);

/* A session. */
struct bench_session {
	struct iscsi_endpoint *iep;
	struct iscsi_cls_session *cls;
	struct iscsi_cls_conn *conn;
	struct scsi_device sdev;
	struct request_queue queue;
	u32 cid;
};

/* Steps of a login; each returns 0 or a negative errno. */
int bench_connect(struct bench_session *s);
int bench_bind(struct bench_session *s);
/* The daemon's PDU: an opcode and data. */
int bench_send(struct bench_session *s, u8 opcode, const char *data, u32 len);
int bench_start(struct bench_session *s);
/* All of them; must work. */
void bench_login(struct bench_session *s);
void bench_logout(struct bench_session *s);

/* A header of the target's that answers the last PDU that was sent. */
void bench_bhs(u8 *bhs, u8 opcode, u32 len);

#endif /* BENCH_H */

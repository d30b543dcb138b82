// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver on the bench (bench.h). */
#include "bench.h"

int shim_ohba_init(void);
void shim_ohba_exit(void);
int shim_hba_init(void);
void shim_hba_exit(void);
unsigned int *shim_param_can_queue(void);

struct bench bench;
static unsigned int kmem_before;

/* --- what of the driver is not built: debugfs -------------------------------------- */

void ohba_debugfs_init(void)
{
}

void ohba_debugfs_exit(void)
{
}

void ohba_debugfs_add(struct ohba_hw *hw)
{
	(void)hw;
}

void ohba_debugfs_remove(struct ohba_hw *hw)
{
	(void)hw;
}

/* --- modules and adapter ---------------------------------------------------------------- */

static void device_took(unsigned int index, struct scsi_cmnd *sc)
{
	u32 tag = ((struct hba_cmd *)scsi_cmd_priv(sc))->tag;

	shim_check(OHBA_TAG_INDEX(tag) == index, "tag 0x%08x names command %u", tag, index);
	dev_take(tag);
}

static bool device_done(unsigned int index)
{
	return !dev_has(index);
}

void bench_load(void)
{
	shim_sched_reset();
	shim_scsi_reset();
	shim_iscsi_reset();
	shim_net_reset();
	shim_log_clear();
	memset(&bench, 0, sizeof(bench));
	dev_reset();
	shim_alloc_fails = shim_allocs = 0;
	shim_no_memory = false;
	shim_race = shim_alloc_waits = NULL;
	shim_device_turn = dev_turn;
	shim_device_took = device_took;
	shim_device_done = device_done;
	kmem_before = shim_kmem_live;
	*shim_param_can_queue() = BENCH_TAGS;
	hba_scsi_transport = NULL;	/* as in a module just loaded */
	shim_check(!shim_ohba_init() && !shim_hba_init(), "the modules cannot be loaded");
}

void bench_load_wire(u32 features, bool (*on_admin)(struct dev_cmd *cmd))
{
	bench_load();
	dev.features = features;
	dev.max_qsize = 1024;
	dev.on_admin = on_admin;
}

int bench_probe(void)
{
	int err = shim_driver->probe(&bench.pdev, shim_driver->id_table);

	bench.probed = !err;
	return err;
}

void bench_up(void)
{
	bench_load();
	shim_check(!bench_probe(), "probe failed");
	shim_settle();
}

void bench_down(void)
{
	shim_race = shim_alloc_waits = NULL;
	if (bench.probed)
		shim_driver->remove(&bench.pdev);
	shim_run();
	shim_hba_exit();
	shim_ohba_exit();
	shim_check(!bench.pdev.enabled, "the PCI device is left enabled");
	shim_check(!shim_dma_live(), "%u DMA mappings are left", shim_dma_live());
	shim_check(shim_kmem_live == kmem_before, "%d pieces of memory are left",
		   (int)(shim_kmem_live - kmem_before));
	shim_scsi_reset();
	shim_iscsi_reset();
	shim_net_reset();
	shim_sched_reset();
}

int bench_gone(void **state)
{
	(void)state;
	bench_down();
	return 0;
}

void bench_restart(void)
{
	shim_log_clear();
	ohba_kill(&bench_hw()->pub, "a test");
	shim_advance_ms(3000);
	shim_check(shim_logged("up again") == 1, "the adapter is not up again");
}

struct Scsi_Host *bench_host(void)
{
	return ((struct hba *)pci_get_drvdata(&bench.pdev))->shost;
}

/* --- a session, as iscsid makes it -------------------------------------------------------- */

int bench_connect(struct bench_session *s)
{
	struct sockaddr_in dst = { .sin_family = AF_INET, .sin_port = htons(3260),
				   .sin_addr.s_addr = htonl(0xc0000202) };
	struct iscsi_endpoint *iep;
	int ret;

	memset(s, 0, sizeof(*s));
	iep = shim_transport->ep_connect(bench_host(), (struct sockaddr *)&dst, 1);
	if (IS_ERR(iep))
		return PTR_ERR(iep);
	s->iep = iep;
	s->cid = ((struct hba_ep *)iep->dd_data)->cid;
	ret = shim_transport->ep_poll(iep, 1000);
	return ret > 0 ? 0 : ret ? ret : -ETIMEDOUT;
}

int bench_bind(struct bench_session *s)
{
	int err;

	s->cls = shim_transport->create_session(s->iep, 128, 32, 1);
	if (!s->cls)
		return -ENOMEM;
	s->cls->creator = 1;
	s->conn = shim_transport->create_conn(s->cls, 0);
	if (!s->conn)
		return -ENOMEM;
	err = shim_transport->bind_conn(s->cls, s->conn, s->iep->id, 1);
	if (err)
		return err;
	s->conn->bound = true;
	s->conn->ep = s->iep;
	s->iep->conn = s->conn;
	return 0;
}

/* The class's lock around what it asks of a connection. */
static int lock_conn(struct bench_session *s)
{
	mutex_lock(&s->conn->ep_mutex);
	if (!s->conn->cleanup)
		return 0;
	mutex_unlock(&s->conn->ep_mutex);
	return -ENOTCONN;
}

int bench_send(struct bench_session *s, u8 opcode, const char *data, u32 len)
{
	struct iscsi_hdr hdr = { .opcode = opcode, .flags = 0x80 };
	int err;

	hdr.dlength[1] = len >> 8;
	hdr.dlength[2] = len;
	err = lock_conn(s);
	if (err)
		return err;
	err = shim_transport->send_pdu(s->conn, &hdr, (char *)data, len);
	mutex_unlock(&s->conn->ep_mutex);
	return err;
}

int bench_start(struct bench_session *s)
{
	int err = lock_conn(s);

	if (err)
		return err;
	err = shim_transport->start_conn(s->conn);
	mutex_unlock(&s->conn->ep_mutex);
	if (err)
		return err;
	s->sdev.host = bench_host();
	s->sdev.request_queue = &s->queue;
	s->sdev.target = &s->cls->target;
	err = s->sdev.host->hostt->slave_alloc(&s->sdev);
	return err ? err : s->sdev.host->hostt->slave_configure(&s->sdev);
}

void bench_bhs(u8 *bhs, u8 opcode, u32 len)
{
	memset(bhs, 0, 48);
	bhs[0] = opcode;
	bhs[1] = 0x87;
	bhs[5] = len >> 16;
	bhs[6] = len >> 8;
	bhs[7] = len;
	memcpy(bhs + 16, dev.sent + 16, 4);	/* ITT */
	bhs[27] = 9;				/* StatSN */
	bhs[35] = 64;				/* MaxCmdSN */
}

void bench_login(struct bench_session *s)
{
	static const char text[] = "InitiatorName=iqn.2024-01.test:i\0SessionType=Normal";
	u8 bhs[48];

	shim_check(!bench_connect(s), "no connection");
	shim_check(!bench_bind(s), "the connection cannot be bound");
	shim_check(!bench_send(s, ISCSI_OP_LOGIN | 0x40, text, sizeof(text)), "no login PDU");
	shim_settle();
	bench_bhs(bhs, ISCSI_OP_LOGIN_RSP, 0);
	shim_check(dev_pdu_in(s->cid, bhs, NULL, 0), "no PDU_RECV waits");
	shim_settle();
	shim_check(shim_pdu_opcode == ISCSI_OP_LOGIN_RSP, "the login response did not arrive");
	shim_check(!bench_start(s), "the session does not start");
	shim_settle();
}

void bench_logout(struct bench_session *s)
{
	if (s->cls)
		shim_destroy(s->cls);
	else if (s->iep)
		shim_disconnect(NULL, s->iep);
	memset(s, 0, sizeof(*s));
	shim_settle();
}

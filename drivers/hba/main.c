// SPDX-License-Identifier: GPL-2.0-only
/* ohba_fw.ko: the transport, and the PCI driver with all that may befall its device. */
#include <linux/attribute_container.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <scsi/scsi_transport.h>

#include "hba.h"

static char *transport_name = "be2iscsi";
module_param(transport_name, charp, 0444);
MODULE_PARM_DESC(transport_name, "name of the iscsi transport: one that open-iscsi knows (default be2iscsi)");

static unsigned int can_queue = 1024;
module_param(can_queue, uint, 0444);
MODULE_PARM_DESC(can_queue, "SCSI commands outstanding per adapter, 32 to 65535 (default 1024)");

static unsigned int poll_queues;
module_param(poll_queues, uint, 0444);
MODULE_PARM_DESC(poll_queues, "queues per adapter for polled I/O, in addition to one per CPU (default 0)");

struct scsi_transport_template *hba_scsi_transport;

struct iscsi_transport hba_transport = {
	.owner			= THIS_MODULE,
	.caps			= CAP_RECOVERY_L0 | CAP_HDRDGST | CAP_DATADGST |
				  CAP_MULTI_R2T | CAP_TEXT_NEGO |
				  CAP_DATA_PATH_OFFLOAD,
	.create_session		= hba_create_session,
	.destroy_session	= hba_destroy_session,
	.create_conn		= hba_create_conn,
	.destroy_conn		= hba_destroy_conn,
	.bind_conn		= hba_bind_conn,
	.unbind_conn		= hba_unbind_conn,
	.start_conn		= hba_start_conn,
	.stop_conn		= hba_stop_conn,
	.set_param		= hba_set_param,
	.get_conn_param		= hba_get_conn_param,
	.get_session_param	= hba_get_session_param,
	.get_ep_param		= hba_get_ep_param,
	.get_host_param		= hba_get_host_param,
	.set_host_param		= hba_set_host_param,
	.attr_is_visible	= hba_attr_is_visible,
	.set_iface_param	= hba_set_iface_param,
	.get_iface_param	= hba_get_iface_param,
	.send_ping		= hba_send_ping,
	.tgt_dscvr		= hba_tgt_dscvr,
	.new_flashnode		= hba_new_flashnode,
	.del_flashnode		= hba_del_flashnode,
	.set_flashnode_param	= hba_set_flashnode_param,
	.get_flashnode_param	= hba_get_flashnode_param,
	.login_flashnode	= hba_login_flashnode,
	.logout_flashnode	= hba_logout_flashnode,
	.logout_flashnode_sid	= hba_logout_flashnode_sid,
	.get_chap		= hba_get_chap,
	.set_chap		= hba_set_chap,
	.delete_chap		= hba_delete_chap,
	.get_stats		= hba_get_stats,
	.get_host_stats		= hba_get_host_stats,
	.send_pdu		= hba_send_pdu,
	.alloc_pdu		= hba_alloc_pdu,
	.xmit_task		= hba_xmit_task,
	.cleanup_task		= hba_cleanup_task,
	.session_recovery_timedout = hba_recovery_timedout,
	.ep_connect		= hba_ep_connect,
	.ep_poll		= hba_ep_poll,
	.ep_disconnect		= hba_ep_disconnect,
};

/* --- what the adapter tells ---------------------------------------------- */

static void hba_event(void *priv, const struct ohba_event *ev)
{
	struct hba *hba = priv;

	switch (ev->type) {
	case OHBA_EVENT_CONN_LOST:
		hba_ep_lost(hba, ev);
		break;
	case OHBA_EVENT_TARGET:
		hba_target_event(hba, ev);
		break;
	case OHBA_EVENT_LINK:
		hba_link_event(hba, le32_to_cpu(ev->detail[0]),
			       le32_to_cpu(ev->detail[1]));
		break;
	}
}

static void hba_fail_one_session(struct iscsi_cls_session *cls)
{
	struct hba_session *session = hba_session_of(cls);

	/*
	 * The class shows a session before create_session has filled our part.
	 * That one finds no connection. Pairs with hba_session_init().
	 */
	if (!smp_load_acquire(&session->iscsi) || session->target)
		return;
	hba_session_unready(session, HBA_SESSION_EV_DOWN);
	iscsi_session_failure(session->iscsi, ISCSI_ERR_CONN_FAILED);
}

/* Sessions first, so that no command is sent again to where it came from. */
static void hba_down(void *priv)
{
	struct hba *hba = priv;

	hba_ep_lose_all(hba);
	hba_targets_down(hba);
	iscsi_host_for_each_session(hba->shost, hba_fail_one_session);
	hba_io_fail_all(hba);
}

static void hba_dead(void *priv)
{
	struct hba *hba = priv;

	iscsi_host_for_each_session(hba->shost, hba_session_give_up);
}

static void hba_up(void *priv)
{
	struct hba *hba = priv;

	hba_ep_allow(hba);
	hba_targets_up(hba);
	/* Not on a queue with a rescuer: what it does is done already but for errors. */
	queue_work(system_unbound_wq, &hba->ifaces_up);
	hba_flashnodes_start(hba);
}

static const struct ohba_ops hba_ops = {
	.class		= OHBA_CLASS_FW,
	.io_done	= hba_io_done,
	.event		= hba_event,
	.down		= hba_down,
	.dead		= hba_dead,
	.up		= hba_up,
	.discovered	= hba_discovered,
	.kept_begin	= hba_kept_begin,
	.kept_end	= hba_kept_end,
	.kept_changed	= hba_kept_changed,
};

/* --- an adapter comes and goes ------------------------------------------- */

static void hba_free(struct hba *hba)
{
	kvfree(hba->slots);
	kfree(hba->eps);
	iscsi_host_free(hba->shost);
}

static int hba_alloc_tables(struct hba *hba)
{
	hba->slots = kvzalloc_node(array_size(hba->num_tags, sizeof(*hba->slots)),
				   GFP_KERNEL, dev_to_node(hba->adapter->dev));
	hba->eps = kcalloc(hba->max_eps, sizeof(*hba->eps), GFP_KERNEL);
	if (!hba->slots || !hba->eps)
		return -ENOMEM;
	return hba_ep_mem_create(hba) ?: hba_targets_alloc(hba) ?:
	       hba_flashnodes_alloc(hba);
}

static int hba_start_io(struct hba *hba)
{
	struct ohba_io_config config = {
		.num_tags = hba->num_tags,
		.sense_len = SCSI_SENSE_BUFFERSIZE,
		.poll_queues = poll_queues,
	};
	int err;

	err = ohba_io_start(hba->adapter, &config);
	if (err)
		return err;
	hba->shost->nr_hw_queues = ohba_io_queues(hba->adapter);
	hba->shost->nr_maps = ohba_io_poll_queues(hba->adapter) ? 3 : 1;
	return 0;
}

/*
 * Has it an entry in /sys/class/iscsi_host? The SCSI core ignores that there was no
 * memory for one; the host would then be invisible to iscsiadm, and what the class
 * keeps of it not initialized.
 */
static bool hba_host_is_known(struct Scsi_Host *shost)
{
	struct device *dev;

	dev = attribute_container_find_class_device(&shost->transportt->host_attrs.ac,
						    &shost->shost_gendev);
	return dev && device_is_registered(dev);
}

static int hba_add_host(struct hba *hba)
{
	int err = iscsi_host_add(hba->shost, hba->adapter->dev);

	if (!err && !hba_host_is_known(hba->shost)) {
		iscsi_host_remove(hba->shost, false);
		hba_class_wait();
		err = -ENOMEM;
	}
	if (err)
		dev_err(hba->adapter->dev,
			"the SCSI host could not be registered (%d): free memory or lower can_queue\n",
			err);
	return err;
}

static int hba_start(struct hba *hba)
{
	int err;

	err = hba_host_limits(hba, can_queue) ?: hba_alloc_tables(hba) ?:
	      hba_start_io(hba);
	if (err)
		return err;
	hba_ifaces_start(hba);
	err = hba_add_host(hba);
	if (err)
		return err;
	hba_port_refresh(hba);
	hba_ifaces_create(hba);
	hba_targets_start(hba);
	hba_flashnodes_open(hba);
	hba_flashnodes_start(hba);
	return 0;
}

static void hba_announce(struct hba *hba)
{
	const struct ohba_info *info = ohba_info(hba->adapter);

	dev_info(hba->adapter->dev,
		 "%s, firmware %s, %pM: host%u, transport %s, %u queues (%u polled), %u commands\n",
		 info->model, info->fw_version, info->mac, hba->shost->host_no,
		 hba_transport.name, ohba_io_queues(hba->adapter),
		 ohba_io_poll_queues(hba->adapter), hba->num_tags);
	/* iscsiadm takes 0 for none, and yet says that it succeeded. */
	if (!hba->shost->host_no && ohba_has_wire(hba->adapter))
		dev_notice(hba->adapter->dev,
			   "open-iscsi 2.1.8 applies no iface to SCSI host 0: load another SCSI driver first, then this one again\n");
}

static int hba_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct Scsi_Host *shost;
	struct hba *hba;
	int err;

	shost = hba_host_alloc();
	if (!shost)
		return -ENOMEM;
	hba = hba_of(shost);
	hba->adapter = ohba_create(pdev, &hba_ops, hba);
	if (IS_ERR(hba->adapter)) {
		err = PTR_ERR(hba->adapter);
		goto free;
	}
	err = hba_start(hba);
	if (err)
		goto destroy;
	pci_set_drvdata(pdev, hba);
	hba_announce(hba);
	return 0;

destroy:
	hba_flashnodes_destroy(hba);
	hba_ifaces_destroy(hba);
	hba_ep_mem_destroy(hba);
	ohba_destroy(hba->adapter);
	hba_targets_free(hba);
	hba_ifaces_flush(hba);
	hba_flashnodes_flush(hba);
	hba_pings_flush(hba);
free:
	hba_free(hba);
	return err;
}

static void hba_remove(struct pci_dev *pdev)
{
	struct hba *hba = pci_get_drvdata(pdev);

	/* Ask a device that left for nothing: fail everything now. */
	if (!ohba_is_present(hba->adapter))
		ohba_end(hba->adapter, "the device was removed");
	spin_lock_bh(&hba->ep_lock);
	hba->removing = true;
	spin_unlock_bh(&hba->ep_lock);
	iscsi_host_for_each_session(hba->shost, hba_session_leave);
	hba_targets_stop(hba);
	hba_farewell(hba);
	hba_flashnodes_destroy(hba);
	hba_ifaces_destroy(hba);
	iscsi_host_remove(hba->shost, false);
	/* Who found the host before, to set an iface or to ping, is done with it. */
	hba_class_wait();
	hba_eh_close(hba);
	hba_ep_remove_all(hba);
	hba_ep_mem_destroy(hba);
	ohba_destroy(hba->adapter);
	hba_targets_free(hba);
	hba_ifaces_flush(hba);
	hba_flashnodes_flush(hba);
	hba_pings_flush(hba);
	hba_free(hba);
}

static void hba_shutdown(struct pci_dev *pdev)
{
	struct hba *hba = pci_get_drvdata(pdev);

	ohba_shutdown(hba->adapter);
}

/* --- what may happen to the device --------------------------------------- */

static struct ohba_adapter *hba_adapter_of(struct device *dev)
{
	return ((struct hba *)dev_get_drvdata(dev))->adapter;
}

static void hba_reset_prepare(struct pci_dev *pdev)
{
	ohba_hold(hba_adapter_of(&pdev->dev), OHBA_HOLD_RESET,
		  "the PCI function is reset");
}

static void hba_reset_done(struct pci_dev *pdev)
{
	ohba_release(hba_adapter_of(&pdev->dev), OHBA_HOLD_RESET);
}

static pci_ers_result_t hba_error_detected(struct pci_dev *pdev,
					   pci_channel_state_t state)
{
	struct hba *hba = pci_get_drvdata(pdev);

	if (state == pci_channel_io_perm_failure) {
		ohba_end(hba->adapter, "its PCI link failed for good");
		return PCI_ERS_RESULT_DISCONNECT;
	}
	ohba_hold(hba->adapter, OHBA_HOLD_ERROR, "a PCI error");
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t hba_slot_reset(struct pci_dev *pdev)
{
	return ohba_pci_restore(hba_adapter_of(&pdev->dev)) ?
	       PCI_ERS_RESULT_RECOVERED : PCI_ERS_RESULT_DISCONNECT;
}

static void hba_error_resume(struct pci_dev *pdev)
{
	ohba_release(hba_adapter_of(&pdev->dev), OHBA_HOLD_ERROR);
}

static const struct pci_error_handlers hba_error_handlers = {
	.error_detected	= hba_error_detected,
	.slot_reset	= hba_slot_reset,
	.resume		= hba_error_resume,
	.reset_prepare	= hba_reset_prepare,
	.reset_done	= hba_reset_done,
};

static int hba_suspend(struct device *dev)
{
	ohba_hold(hba_adapter_of(dev), OHBA_HOLD_SLEEP, "the system sleeps");
	return 0;
}

static int hba_resume(struct device *dev)
{
	ohba_release(hba_adapter_of(dev), OHBA_HOLD_SLEEP);
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(hba_pm_ops, hba_suspend, hba_resume);

static const struct pci_device_id hba_ids[] = {
	{ PCI_DEVICE(OHBA_PCI_VENDOR, OHBA_PCI_DEVICE_FW) },
	{ }
};
MODULE_DEVICE_TABLE(pci, hba_ids);

static struct pci_driver hba_driver = {
	.name		= "ohba_fw",
	.id_table	= hba_ids,
	.probe		= hba_probe,
	.remove		= hba_remove,
	.shutdown	= hba_shutdown,
	.err_handler	= &hba_error_handlers,
	.driver.pm	= pm_sleep_ptr(&hba_pm_ops),
};

/* --- the module ---------------------------------------------------------- */

/*
 * The class has no lookup by name, and the driver core answers a second
 * registration with a stack dump: look before.
 */
static bool __init hba_transport_exists(void)
{
	struct path path;
	char *name;
	int err;

	name = kasprintf(GFP_KERNEL, "/sys/class/iscsi_transport/%s",
			 transport_name);
	if (!name)
		return false;
	err = kern_path(name, 0, &path);
	if (!err)
		path_put(&path);
	kfree(name);
	return !err;
}

static int __init hba_register_transport(void)
{
	hba_transport.name = transport_name;
	hba_host_set_name(transport_name);
	if (!hba_transport_exists())
		hba_scsi_transport = iscsi_register_transport(&hba_transport);
	if (hba_scsi_transport)
		return 0;
	pr_err("ohba_fw: iscsi transport \"%s\" could not be registered: unload the driver that has that name or set transport_name\n",
	       transport_name);
	return -EBUSY;
}

static int __init hba_check_params(void)
{
	if (!*transport_name || strchr(transport_name, '/')) {
		pr_err("ohba_fw: parameter transport_name: \"%s\" is no name: use one that open-iscsi knows, such as be2iscsi\n",
		       transport_name);
		return -EINVAL;
	}
	if (can_queue < HBA_CAN_QUEUE_MIN || can_queue > OHBA_TAGS_MAX) {
		pr_err("ohba_fw: parameter can_queue: %u commands cannot be had: use %u to %u\n",
		       can_queue, HBA_CAN_QUEUE_MIN, OHBA_TAGS_MAX);
		return -EINVAL;
	}
	return 0;
}

static int __init hba_init(void)
{
	int err;

	err = hba_check_params();
	if (err)
		return err;
	err = hba_class_setup();
	if (err)
		return err;
	err = hba_recv_setup();
	if (err)
		goto cleanup_class;
	err = hba_register_transport();
	if (err)
		goto cleanup_recv;
	err = pci_register_driver(&hba_driver);
	if (err)
		goto unregister_transport;
	return 0;

unregister_transport:
	iscsi_unregister_transport(&hba_transport);
cleanup_recv:
	hba_recv_cleanup();
cleanup_class:
	hba_class_cleanup();
	return err;
}
module_init(hba_init);

static void __exit hba_exit(void)
{
	pci_unregister_driver(&hba_driver);
	iscsi_unregister_transport(&hba_transport);
	hba_recv_cleanup();
	hba_class_cleanup();
}
module_exit(hba_exit);

MODULE_DESCRIPTION("ohba iSCSI adapters: fw class (be2iscsi-like)");
MODULE_LICENSE("GPL");

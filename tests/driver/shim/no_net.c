// SPDX-License-Identifier: GPL-2.0-or-later
/* An adapter that has no network of its own: no network device, no addresses. */
#include "hba.h"
#include "priv.h"

int ohba_net_create(struct ohba_hw *hw)
{
	return 0;
}

void ohba_net_destroy(struct ohba_hw *hw)
{
}

void ohba_net_quiesce(struct ohba_hw *hw)
{
}

int ohba_net_bring_back(struct ohba_hw *hw)
{
	return 0;
}

void ohba_net_irq(struct ohba_hw *hw)
{
}

void ohba_net_link(struct ohba_hw *hw, bool up)
{
}

int ohba_iface_bring_back(struct ohba_hw *hw)
{
	return 0;
}

void ohba_genl_path_wanted(struct ohba_hw *hw, u8 family, const u8 *dst)
{
}

void ohba_genl_add(struct ohba_hw *hw)
{
}

void ohba_genl_remove(struct ohba_hw *hw)
{
}

int ohba_genl_setup(void)
{
	return 0;
}

void ohba_genl_cleanup(void)
{
}

int hba_set_iface_param(struct Scsi_Host *shost, void *data, u32 len)
{
	return -EOPNOTSUPP;
}

int hba_get_iface_param(struct iscsi_iface *cls, enum iscsi_param_type type,
			int param, char *buf)
{
	return -ENOSYS;
}

umode_t hba_iface_attr(int param)
{
	return 0;
}

void hba_ifaces_create(struct hba *hba)
{
}

void hba_ifaces_destroy(struct hba *hba)
{
}

// SPDX-License-Identifier: GPL-2.0-only
/* How the link stands: asked for, in order with the events that tell its changes. */
#include <linux/export.h>

#include "priv.h"

/* For the network device, and the class. Context: the admin thread. */
void ohba_link_event(struct ohba_hw *hw, const struct ohba_event *ev)
{
	ohba_net_link(hw, le32_to_cpu(ev->detail[0]), le32_to_cpu(ev->detail[1]));
	if (READ_ONCE(hw->io_started))
		hw->ops->event(hw->priv, ev);
}

struct ohba_link {
	struct ohba_admin_cmd cmd;
	const struct ohba_port *port;
	void (*told)(void *arg, bool up, u32 speed_mbps);
	void *arg;
};

/* In the admin thread: an event that is newer than the answer comes after it. */
static void ohba_link_answered(struct ohba_admin_cmd *cmd)
{
	struct ohba_link *link = container_of(cmd, struct ohba_link, cmd);

	if (!cmd->error && !cmd->status)
		link->told(link->arg, READ_ONCE(link->port->link_up),
			   le32_to_cpu(READ_ONCE(link->port->speed_mbps)));
}

/**
 * ohba_link_ask() - ask an adapter how its link stands
 * @adapter: the adapter
 * @told: is told, once, unless this fails; in order with ohba_ops.event
 * @arg: handed to @told
 *
 * Context: process, may sleep. Return: 0, -ENOMEM, or what ohba_admin_exec() returns.
 */
int ohba_link_ask(struct ohba_adapter *adapter,
		  void (*told)(void *arg, bool up, u32 speed_mbps), void *arg)
{
	struct ohba_link link = {
		.cmd = {
			.sqe.opcode = OHBA_ADMIN_PORT_GET,
			.done = ohba_link_answered,
		},
		.told = told,
		.arg = arg,
	};
	struct ohba_hw *hw = to_hw(adapter);
	struct ohba_dma dma;
	int err;

	err = ohba_dma_alloc(hw, &dma, sizeof(*link.port));
	if (err)
		return err;
	link.port = dma.mem;
	ohba_admin_data(&link.cmd, dma.addr, sizeof(*link.port));
	err = ohba_admin_setup(hw, &link.cmd, "PORT_GET");
	ohba_dma_free(hw, &dma);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_link_ask);

static void ohba_link_told(void *arg, bool up, u32 speed_mbps)
{
	const struct ohba_event ev = {
		.type = OHBA_EVENT_LINK,
		.detail = { cpu_to_le32(up), cpu_to_le32(speed_mbps) },
	};

	ohba_link_event(arg, &ev);
}

/*
 * Events tell changes; this is how it stands at a start. An adapter that does not say so
 * counts as connected, as frames may well pass. Return: 0; -ENODEV if it stopped.
 */
int ohba_link_refresh(struct ohba_hw *hw)
{
	int err = ohba_link_ask(&hw->pub, ohba_link_told, hw);

	if (!err)
		return 0;
	if (ohba_is_down(hw))
		return -ENODEV;
	dev_warn(hw->pub.dev, "how the link stands is not known (%d): it counts as up\n", err);
	ohba_net_link(hw, true, 0);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* State machines by table (states.h): a step, and who hears of it. */
#include <linux/export.h>

#include "ohba_trace.h"
#include "states.h"

/**
 * ohba_next_state() - what follows
 * @machine: the table
 * @state: of @machine
 * @event: of @machine
 *
 * Context: any. Return: the state after @event, -1 if it cannot happen in @state.
 */
int ohba_next_state(const struct ohba_machine *machine, u8 state, u8 event)
{
	return machine->next[state * machine->nevents + event] - 1;
}
EXPORT_SYMBOL_GPL(ohba_next_state);

/**
 * ohba_step() - @event happens
 * @machine: the table
 * @adapter: whose object it is; NULL: it is gone, and nobody is told
 * @id: of the object, for humans
 * @state: the caller has the lock that covers it; others may read it
 * @event: what happens
 *
 * Context: any. Return: false if the table does not have it: then nothing happened.
 */
bool ohba_step(const struct ohba_machine *machine, struct ohba_adapter *adapter, u32 id,
	       u8 *state, u8 event)
{
	int to = ohba_next_state(machine, *state, event);
	const char *was = machine->states[*state];

	if (to < 0)
		return false;
	WRITE_ONCE(*state, to);
	if (!adapter)
		return true;
	trace_ohba_state(adapter->dev, machine->object, id, was, machine->events[event],
			 machine->states[to]);
	if (unlikely(READ_ONCE(adapter->log_mask) & BIT(machine->log)))
		dev_info(adapter->dev, "%s: %s %u: %s -> %s (%s)\n", machine->log_name,
			 machine->object, id, was, machine->states[to],
			 machine->events[event]);
	return true;
}
EXPORT_SYMBOL_GPL(ohba_step);

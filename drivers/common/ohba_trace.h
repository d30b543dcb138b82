/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of all ohba modules. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ohba

#if !defined(OHBA_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define OHBA_TRACE_H

#include <linux/device.h>
#include <linux/tracepoint.h>

#include "compat.h"

TRACE_EVENT(ohba_cmd_start,
	TP_PROTO(const struct device *dev, u32 hwq, u32 tag, u32 handle,
		 u64 lun, u8 op, u32 len),
	TP_ARGS(dev, hwq, tag, handle, lun, op, len),
	TP_STRUCT__entry(
		__string(dev, dev_name(dev))
		__field(u32, hwq)
		__field(u32, tag)
		__field(u32, handle)
		__field(u64, lun)
		__field(u8, op)
		__field(u32, len)
	),
	TP_fast_assign(
		ohba_assign_str(dev, dev_name(dev));
		__entry->hwq = hwq;
		__entry->tag = tag;
		__entry->handle = handle;
		__entry->lun = lun;
		__entry->op = op;
		__entry->len = len;
	),
	TP_printk("%s hwq=%u tag=0x%08x session=0x%x lun=%llu op=0x%02x len=%u",
		  __get_str(dev), __entry->hwq, __entry->tag, __entry->handle,
		  __entry->lun, __entry->op, __entry->len)
);

TRACE_EVENT(ohba_cmd_done,
	TP_PROTO(const struct device *dev, u32 tag, u16 status, u8 scsi_status,
		 u32 residual, int result),
	TP_ARGS(dev, tag, status, scsi_status, residual, result),
	TP_STRUCT__entry(
		__string(dev, dev_name(dev))
		__field(u32, tag)
		__field(u16, status)
		__field(u8, scsi_status)
		__field(u32, residual)
		__field(int, result)
	),
	TP_fast_assign(
		ohba_assign_str(dev, dev_name(dev));
		__entry->tag = tag;
		__entry->status = status;
		__entry->scsi_status = scsi_status;
		__entry->residual = residual;
		__entry->result = result;
	),
	TP_printk("%s tag=0x%08x status=0x%02x scsi_status=0x%02x residual=%u result=0x%08x",
		  __get_str(dev), __entry->tag, __entry->status,
		  __entry->scsi_status, __entry->residual, __entry->result)
);

DECLARE_EVENT_CLASS(ohba_pdu,
	TP_PROTO(const struct device *dev, u32 cid, u8 opcode, u32 itt,
		 u32 len),
	TP_ARGS(dev, cid, opcode, itt, len),
	TP_STRUCT__entry(
		__string(dev, dev_name(dev))
		__field(u32, cid)
		__field(u8, opcode)
		__field(u32, itt)
		__field(u32, len)
	),
	TP_fast_assign(
		ohba_assign_str(dev, dev_name(dev));
		__entry->cid = cid;
		__entry->opcode = opcode;
		__entry->itt = itt;
		__entry->len = len;
	),
	TP_printk("%s conn=%u opcode=0x%02x itt=0x%08x len=%u", __get_str(dev),
		  __entry->cid, __entry->opcode, __entry->itt, __entry->len)
);

DEFINE_EVENT(ohba_pdu, ohba_pdu_in,
	TP_PROTO(const struct device *dev, u32 cid, u8 opcode, u32 itt,
		 u32 len),
	TP_ARGS(dev, cid, opcode, itt, len));

DEFINE_EVENT(ohba_pdu, ohba_pdu_out,
	TP_PROTO(const struct device *dev, u32 cid, u8 opcode, u32 itt,
		 u32 len),
	TP_ARGS(dev, cid, opcode, itt, len));

TRACE_EVENT(ohba_state,
	TP_PROTO(const struct device *dev, const char *object, u32 id,
		 const char *from, const char *event, const char *to),
	TP_ARGS(dev, object, id, from, event, to),
	TP_STRUCT__entry(
		__string(dev, dev_name(dev))
		__string(object, object)
		__field(u32, id)
		__string(from, from)
		__string(event, event)
		__string(to, to)
	),
	TP_fast_assign(
		ohba_assign_str(dev, dev_name(dev));
		ohba_assign_str(object, object);
		__entry->id = id;
		ohba_assign_str(from, from);
		ohba_assign_str(event, event);
		ohba_assign_str(to, to);
	),
	TP_printk("%s %s=%u %s -> %s (%s)", __get_str(dev), __get_str(object),
		  __entry->id, __get_str(from), __get_str(to),
		  __get_str(event))
);

TRACE_EVENT(ohba_event,
	TP_PROTO(const struct device *dev, u8 type, u32 handle, u16 reason),
	TP_ARGS(dev, type, handle, reason),
	TP_STRUCT__entry(
		__string(dev, dev_name(dev))
		__field(u8, type)
		__field(u32, handle)
		__field(u16, reason)
	),
	TP_fast_assign(
		ohba_assign_str(dev, dev_name(dev));
		__entry->type = type;
		__entry->handle = handle;
		__entry->reason = reason;
	),
	TP_printk("%s type=%u handle=%u reason=0x%02x", __get_str(dev),
		  __entry->type, __entry->handle, __entry->reason)
);

TRACE_EVENT(ohba_queue,
	TP_PROTO(const struct device *dev, u32 qid, const char *what,
		 u64 value),
	TP_ARGS(dev, qid, what, value),
	TP_STRUCT__entry(
		__string(dev, dev_name(dev))
		__field(u32, qid)
		__string(what, what)
		__field(u64, value)
	),
	TP_fast_assign(
		ohba_assign_str(dev, dev_name(dev));
		__entry->qid = qid;
		ohba_assign_str(what, what);
		__entry->value = value;
	),
	TP_printk("%s queue=%u %s %llu", __get_str(dev), __entry->qid,
		  __get_str(what), __entry->value)
);

#endif /* OHBA_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE ohba_trace
#include <trace/define_trace.h>

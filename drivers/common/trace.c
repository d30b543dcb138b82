// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints' bodies, for all ohba modules. */
#define CREATE_TRACE_POINTS
#include "ohba_trace.h"

EXPORT_TRACEPOINT_SYMBOL_GPL(ohba_cmd_start);
EXPORT_TRACEPOINT_SYMBOL_GPL(ohba_cmd_done);
EXPORT_TRACEPOINT_SYMBOL_GPL(ohba_pdu_in);
EXPORT_TRACEPOINT_SYMBOL_GPL(ohba_pdu_out);
EXPORT_TRACEPOINT_SYMBOL_GPL(ohba_state);

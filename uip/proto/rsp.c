// SPDX-License-Identifier: GPL-2.0-or-later
/* What holds of a response, whatever was asked (rsp.h). */
#include "rsp.h"

const char *iscsi_rsp_wrong(const struct iscsi_rsp_expected *expected,
			    const struct iscsi_bhs *rsp, size_t len)
{
	if (!expected->asked)
		return "answered before it was asked";
	if (rsp->opcode != expected->opcode)
		return "answered with a PDU that is no response to what was asked";
	if (rsp->ahs_words)
		return "sent a response with an additional header";
	if (iscsi_dsl(rsp) > expected->dsl_max)
		return "sent a data segment that is longer than it may be";
	if (len != iscsi_dsl(rsp))
		return "sent a data segment of another length than it says";
	if (iscsi_get32(rsp->itt) != expected->itt)
		return "answered with another Initiator Task Tag";
	return expected->left ? NULL : "does not come to an end";
}

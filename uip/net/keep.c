// SPDX-License-Identifier: GPL-2.0-or-later
/* What the driver keeps of a lease: fields to bytes, and back. */
#include <string.h>

#include "keep.h"
#include "net.h"

#define LONGEST_MS	(UINT32_MAX * 1000ull)	/* that a server or a router can mean */

struct uip_keep uip_keep_to(struct uip_kept *kept)
{
	return (struct uip_keep){ .to = kept->bytes, .left = sizeof(kept->bytes) };
}

struct uip_keep uip_keep_from(const struct uip_kept *kept)
{
	bool fits = kept->len <= sizeof(kept->bytes);

	return (struct uip_keep){
		.from = kept->bytes, .left = fits ? kept->len : 0, .failed = !fits,
	};
}

void uip_keep_bytes(struct uip_keep *keep, void *field, size_t len)
{
	keep->failed = keep->failed || len > keep->left;
	if (keep->failed)
		return;
	keep->left -= len;
	if (keep->from) {
		memcpy(field, keep->from, len);
		keep->from += len;
	} else {
		memcpy(keep->to, field, len);
		keep->to += len;
	}
}

void uip_keep_time(struct uip_keep *keep, uint64_t *ms)
{
	uip_keep_field(keep, *ms);
	if (keep->from && *ms != UIP_NEVER && *ms > uip_now() + LONGEST_MS)
		keep->failed = true;
}

bool uip_keep_end(const struct uip_keep *keep, struct uip_kept *kept)
{
	if (keep->from)
		return !keep->failed && !keep->left;
	kept->len = keep->failed ? 0 : sizeof(kept->bytes) - keep->left;
	return !keep->failed;
}

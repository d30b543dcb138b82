// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uip/proto: the input is a stream of PDUs. Each header is read by the functions
 * under test and by unit.h's, which know nothing but offsets; both must agree, and
 * what was read must go back to the same bytes.
 */
#include "fuzz.h"

#include "iscsi_pdu.h"

static void check_number16(const uint8_t *p, unsigned int off)
{
	iscsi_be16 v, back;

	memcpy(&v, p + off, sizeof(v));
	back = iscsi_put16(iscsi_get16(v));
	fuzz_check(iscsi_get16(v) == be16_at(p, off), "16 bits at %u", off);
	fuzz_check(!memcmp(&v, &back, sizeof(v)), "16 bits at %u do not go back", off);
}

static void check_number24(const uint8_t *p, unsigned int off)
{
	iscsi_be24 v, back;

	memcpy(&v, p + off, sizeof(v));
	back = iscsi_put24(iscsi_get24(v));
	fuzz_check(iscsi_get24(v) == be24_at(p, off), "24 bits at %u", off);
	fuzz_check(!memcmp(&v, &back, sizeof(v)), "24 bits at %u do not go back", off);
}

static void check_number32(const uint8_t *p, unsigned int off)
{
	iscsi_be32 v, back;

	memcpy(&v, p + off, sizeof(v));
	back = iscsi_put32(iscsi_get32(v));
	fuzz_check(iscsi_get32(v) == be32_at(p, off), "32 bits at %u", off);
	fuzz_check(!memcmp(&v, &back, sizeof(v)), "32 bits at %u do not go back", off);
}

static void check_numbers(const uint8_t *p)
{
	unsigned int off;

	for (off = 0; off + 4 <= ISCSI_BHS_LEN; off++) {
		check_number16(p, off);
		check_number24(p, off);
		check_number32(p, off);
	}
}

/* RFC 7143 section 4.2.2.1: what serial numbers must do, whatever they are. */
static void check_order(uint32_t a, uint32_t b)
{
	uint32_t step = b - a;

	fuzz_check(!iscsi_sn_lt(a, a) && iscsi_sn_le(a, a), "%u and itself", a);
	fuzz_check(iscsi_sn_le(a, b) == (iscsi_sn_lt(a, b) || a == b), "%u and %u", a, b);
	if (step && step < 0x80000000u)
		fuzz_check(iscsi_sn_lt(a, b) && !iscsi_sn_lt(b, a), "%u is before %u", a, b);
	else if (step > 0x80000000u)
		fuzz_check(iscsi_sn_lt(b, a) && !iscsi_sn_lt(a, b), "%u is after %u", a, b);
}

/* Every view of the union shows the same bytes. */
static void check_views(const union iscsi_pdu_hdr *hdr)
{
	const uint8_t *p = hdr->raw;

	fuzz_check(iscsi_opcode(&hdr->bhs) == (p[0] & 0x3f), "opcode");
	fuzz_check(iscsi_ahs_len(&hdr->bhs) == p[4] * 4u, "TotalAHSLength");
	fuzz_check(iscsi_dsl(&hdr->bhs) == be24_at(p, 5), "DataSegmentLength");
	fuzz_check(iscsi_get32(hdr->bhs.itt) == be32_at(p, 16), "ITT");
	fuzz_check(iscsi_get32(hdr->target.statsn) == be32_at(p, 24), "StatSN");
	fuzz_check(iscsi_get32(hdr->target.max_cmdsn) == be32_at(p, 32), "MaxCmdSN");
	fuzz_check(iscsi_get32(hdr->data_in.offset) == be32_at(p, 40), "Buffer Offset");
	fuzz_check(iscsi_get32(hdr->r2t.desired_len) == be32_at(p, 44), "Desired Length");
	fuzz_check(iscsi_get16(hdr->async.param[0]) == be16_at(p, 38), "Parameter1");
}

static size_t pdu_len(const union iscsi_pdu_hdr *hdr)
{
	uint32_t len = iscsi_dsl(&hdr->bhs);
	uint32_t pad = iscsi_pad(len);

	fuzz_check(pad < 4 && (len + pad) % 4 == 0, "%u bytes padded by %u", len, pad);
	return ISCSI_BHS_LEN + iscsi_ahs_len(&hdr->bhs) + len + pad;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	union iscsi_pdu_hdr hdr;

	while (len >= ISCSI_BHS_LEN) {
		size_t step;

		memcpy(&hdr, data, sizeof(hdr));
		check_numbers(data);
		check_views(&hdr);
		check_order(iscsi_get32(hdr.target.statsn), iscsi_get32(hdr.target.exp_cmdsn));
		step = pdu_len(&hdr);
		fuzz_check(step >= ISCSI_BHS_LEN, "a PDU of %zu bytes", step);
		step = MIN(step, len);
		data += step;
		len -= step;
	}
	return 0;
}

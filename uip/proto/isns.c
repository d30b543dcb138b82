// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iSNS: a question for targets (isns.h).
 *
 *   LOOK -- our name is registered --> ASK
 *   LOOK -- it is not --> REGISTER --> ASK -- we are registered --> LEAVE
 *   ASK -- we are nobody any more, it seems: once --> LOOK
 */
#include <string.h>

#include "isns.h"

/* Longer than any question takes: who cannot say goodbye is forgotten. */
#define PERIOD_S	120
#define SOURCE_UNKNOWN	6
#define NO_SUCH_ENTRY	9	/* of those that we may see */

enum step { LOOK, REGISTER, ASK, LEAVE };

const char *isns_status_name(uint32_t status)
{
	static const char *const names[] = {
		"Successful", "Unknown Error", "Message Format Error", "Invalid Registration",
		"Reserved", "Invalid Query", "Source Unknown", "Source Absent",
		"Source Unauthorized", "No Such Entry", "Version Not Supported",
		"Internal Error", "Busy", "Option Not Understood", "Invalid Update",
		"Message (FUNCTION_ID) Not Supported", "SCN Event Rejected",
		"SCN Registration Rejected", "Attribute Not Implemented",
		"FC_DOMAIN_ID Not Available", "FC_DOMAIN_ID Not Allocated",
		"ESI Not Available", "Invalid Deregistration",
		"Registration Feature Not Supported",
	};

	return status < sizeof(names) / sizeof(names[0]) ? names[status] : "a status of its own";
}

/* --- the end ----------------------------------------------------------------- */

static void end_list(struct isns *isns, enum isns_outcome outcome, const char *words,
		     uint32_t status)
{
	if (isns->listed)
		return;
	isns->listed = true;
	isns->result.outcome = outcome;
	isns->result.words = words;
	isns->result.status = status;
}

static void go_to(struct isns *isns, enum step step)
{
	isns->step = step;
	isns->due = true;
}

static void leave(struct isns *isns)
{
	if (isns->registered)
		go_to(isns, LEAVE);
	else
		isns->over = true;
}

void isns_give_up(struct isns *isns)
{
	if (isns->over)
		return;
	end_list(isns, ISNS_GIVEN_UP, "did not list its targets in time", 0);
	/* What was not answered may have been done. */
	isns->registered |= isns->step == REGISTER && !isns->due;
	if (isns->step != LEAVE) {
		isns->due = false;
		leave(isns);
	}
	isns->over = true;
}

const struct isns_result *isns_result(const struct isns *isns)
{
	return isns->listed ? &isns->result : NULL;
}

bool isns_over(const struct isns *isns)
{
	return isns->over;
}

/* --- portal groups -------------------------------------------------------------- */

#define GOT(tag)	(1u << ((tag) - ISNS_PG_NAME))

static const char *take_name(struct isns *isns, const uint8_t *value, size_t len)
{
	if (!isns_text(value, len, isns->name, sizeof(isns->name)) ||
	    !iscsi_name_valid(isns->name))
		return "lists a target whose name is no iSCSI name";
	return NULL;
}

/*
 * Section 6.3.1: IPv4 is mapped (RFC 4291 section 2.5.5.2). What open-isns registers is
 * IPv4-compatible (2.5.5.1), which nothing else is any more but :: and ::1.
 */
static bool is_ipv4(const uint8_t addr[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff }, compatible[12];

	return !memcmp(addr, mapped, sizeof(mapped)) ||
	       (!memcmp(addr, compatible, sizeof(compatible)) && addr[12]);
}

static const char *take_addr(struct isns *isns, const uint8_t *value, size_t len)
{
	static const uint8_t nowhere[16];

	if (!value || len != 16)
		return "lists an address that is none";
	memset(isns->portal.addr, 0, sizeof(isns->portal.addr));
	isns->portal.is_ipv6 = !is_ipv4(value);
	if (isns->portal.is_ipv6)
		memcpy(isns->portal.addr, value, 16);
	else
		memcpy(isns->portal.addr, value + 12, 4);
	if (!memcmp(isns->portal.addr, nowhere, sizeof(nowhere)))
		isns->usable = false;
	return NULL;
}

static const char *take_port(struct isns *isns, const uint8_t *value, size_t len)
{
	uint32_t port;

	if (!value || len != 4)
		return "lists a port that is none";
	port = isns_be32(value);
	isns->portal.port = port;
	if (port & ISNS_PORT_UDP || !isns->portal.port)
		isns->usable = false;
	return NULL;
}

/* Section 6.5.4: without a value the target is not to be reached there. */
static const char *take_tag(struct isns *isns, const uint8_t *value, size_t len)
{
	if (!len) {
		isns->closed = true;
		return NULL;
	}
	if (!value || len != 4 || isns_be32(value) > UINT16_MAX)
		return "lists a portal group tag that is none";
	isns->portal.tpgt = isns_be32(value);
	return NULL;
}

static const char *(*const group_attr[])(struct isns *isns, const uint8_t *value, size_t len) = {
	take_name, take_addr, take_port, take_tag,
};

static void begin_group(struct isns *isns)
{
	isns->got = 0;
	isns->closed = false;
	isns->usable = true;
	isns->portal.tpgt = -1;
}

static const char *end_group(struct isns *isns)
{
	const uint8_t needed = GOT(ISNS_PG_ADDR) | GOT(ISNS_PG_PORT);
	uint8_t got = isns->got;

	if (!got)
		return NULL;
	if ((got & needed) != needed)
		return "lists a portal group without address or port";
	if (!isns->closed) {
		isns->result.records++;
		isns->config.record(isns->config.ctx, isns->name,
				    isns->usable ? &isns->portal : NULL);
	}
	begin_group(isns);
	return NULL;
}

/* The name is the first key of the object (section 6.5), so that it begins a group. */
static const char *hear_group(struct isns *isns, uint32_t tag, const uint8_t *value, size_t len)
{
	const char *why = NULL;

	if (tag < ISNS_PG_NAME || tag > ISNS_PG_TAG)
		return NULL;
	if (tag == ISNS_PG_NAME)
		why = end_group(isns);
	else if (!isns->got || isns->got & GOT(tag))
		why = "lists a portal group whose attributes belong to none, or to another";
	isns->got |= GOT(tag);
	return why ? why : group_attr[tag - ISNS_PG_NAME](isns, value, len);
}

/* --- steps ------------------------------------------------------------------------ */

static void put_look(const struct isns *isns, struct isns_out *out)
{
	isns_put_text(out, ISNS_NAME, isns->config.name);
	isns_put(out, ISNS_DELIMITER, NULL, 0);
	isns_put(out, ISNS_EID, NULL, 0);
}

static const char *hear_look(struct isns *isns, uint32_t tag, const uint8_t *value, size_t len)
{
	(void)value;
	isns->known |= tag == ISNS_EID && len;
	return NULL;
}

/* Whatever it says but that: then it may let us register. */
static const char *end_look(struct isns *isns, uint32_t status)
{
	go_to(isns, !status && isns->known ? ASK : REGISTER);
	return NULL;
}

/* Our entity is named as its only node is: nobody else's will be. */
static void put_register(const struct isns *isns, struct isns_out *out)
{
	isns_put_text(out, ISNS_EID, isns->config.name);
	isns_put(out, ISNS_DELIMITER, NULL, 0);
	isns_put_text(out, ISNS_EID, isns->config.name);
	isns_put_number(out, ISNS_ENTITY_PROTOCOL, ISNS_PROTOCOL_ISCSI);
	isns_put_number(out, ISNS_PERIOD, PERIOD_S);
	isns_put_text(out, ISNS_NAME, isns->config.name);
	isns_put_number(out, ISNS_NODE_TYPE, ISNS_NODE_INITIATOR);
}

static const char *hear_nothing(struct isns *isns, uint32_t tag, const uint8_t *value, size_t len)
{
	(void)isns;
	(void)tag;
	(void)value;
	(void)len;
	return NULL;
}

/* Who may not register may ask nevertheless, where the server knows it by other means. */
static const char *end_register(struct isns *isns, uint32_t status)
{
	isns->registered |= !status;
	isns->refusal = status;
	go_to(isns, ASK);
	return NULL;
}

static void put_ask(const struct isns *isns, struct isns_out *out)
{
	uint32_t tag;

	(void)isns;
	isns_put_number(out, ISNS_NODE_TYPE, ISNS_NODE_TARGET);
	isns_put(out, ISNS_DELIMITER, NULL, 0);
	for (tag = ISNS_PG_NAME; tag <= ISNS_PG_TAG; tag++)
		isns_put(out, tag, NULL, 0);
}

/*
 * Another question by our name that came before, or at the same time, may have taken away
 * what the server knew us by. Of an empty list one cannot tell.
 */
static bool ask_again(struct isns *isns, uint32_t status)
{
	bool is_empty = !status || status == NO_SUCH_ENTRY || status == SOURCE_UNKNOWN;

	if (isns->again || isns->result.records || !is_empty ||
	    !(isns->known || isns->registered))
		return false;
	isns->again = true;
	isns->known = false;
	go_to(isns, LOOK);
	return true;
}

static const char *end_ask(struct isns *isns, uint32_t status)
{
	const char *why = end_group(isns);

	if (why || ask_again(isns, status))
		return why;
	if (status && status != NO_SUCH_ENTRY)
		end_list(isns, ISNS_REFUSED, "does not list targets", status);
	else if (!isns->result.records && isns->refusal)
		end_list(isns, ISNS_REFUSED, "does not let us register, and lists nothing",
			 isns->refusal);
	else
		end_list(isns, ISNS_DONE, "listed its targets", 0);
	leave(isns);
	return NULL;
}

static void put_leave(const struct isns *isns, struct isns_out *out)
{
	isns_put(out, ISNS_DELIMITER, NULL, 0);
	isns_put_text(out, ISNS_EID, isns->config.name);
}

static const char *end_leave(struct isns *isns, uint32_t status)
{
	(void)status;
	isns->over = true;
	return NULL;
}

static const struct {
	uint16_t function;
	void (*put)(const struct isns *isns, struct isns_out *out);
	const char *(*attr)(struct isns *isns, uint32_t tag, const uint8_t *value, size_t len);
	const char *(*end)(struct isns *isns, uint32_t status);
} steps[] = {
	[LOOK] = { ISNS_DEV_ATTR_QRY, put_look, hear_look, end_look },
	[REGISTER] = { ISNS_DEV_ATTR_REG, put_register, hear_nothing, end_register },
	[ASK] = { ISNS_DEV_ATTR_QRY, put_ask, hear_group, end_ask },
	[LEAVE] = { ISNS_DEV_DEREG, put_leave, hear_nothing, end_leave },
};

void isns_start(struct isns *isns, const struct isns_config *config)
{
	memset(isns, 0, sizeof(*isns));
	isns->config = *config;
	begin_group(isns);
	go_to(isns, LOOK);
}

bool isns_tx(struct isns *isns, struct isns_pdu *pdu)
{
	struct isns_out out = { .buf = isns->buf, .max = sizeof(isns->buf) };

	if (!isns->due)
		return false;
	isns->due = false;
	isns_put_hdr(&out, steps[isns->step].function, ++isns->xid);
	isns_put_text(&out, ISNS_NAME, isns->config.name);	/* who asks: section 5.6.1 */
	steps[isns->step].put(isns, &out);
	isns_put_end(&out);
	isns_in_expect(&isns->in, steps[isns->step].function, isns->xid);
	*pdu = (struct isns_pdu){ isns->buf, out.len };
	return true;
}

static const char *attr(void *ctx, uint32_t tag, const uint8_t *value, size_t len)
{
	struct isns *isns = ctx;

	return steps[isns->step].attr(isns, tag, value, len);
}

static const char *end(void *ctx, uint32_t status)
{
	struct isns *isns = ctx;

	return steps[isns->step].end(isns, status);
}

/* Who broke the rules once is not said goodbye to. */
void isns_rx(struct isns *isns, const void *data, size_t len)
{
	static const struct isns_in_ops ops = { attr, end };
	const char *why;

	if (isns->over)
		return;
	why = isns_in_feed(&isns->in, data, len, &ops, isns);
	if (!why)
		return;
	end_list(isns, ISNS_VIOLATION, why, 0);
	isns->due = false;
	isns->over = true;
}

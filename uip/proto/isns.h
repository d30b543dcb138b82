/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iSNS (RFC 4171) of an initiator that asks a server which targets it may see, and leaves:
 * bytes of a TCP connection in and out, and records of targets. No state change notifications.
 *
 *	isns_start(&isns, &config);
 *	while (!isns_over(&isns)) {
 *		while (isns_tx(&isns, &pdu))
 *			send(pdu.data, pdu.len);
 *		isns_rx(&isns, buf, recv(buf));
 *	}
 *
 * A server shows what is in the Discovery Domains of who asks, which it knows by its iSCSI
 * name. So it is asked whether it knows that name already; if not, we register with it for the
 * time of the question. If nothing is to be seen all this is asked once more: who registered the
 * name may have left meanwhile. Time is the caller's: isns_give_up().
 */
#ifndef ISNS_H
#define ISNS_H

#include "isns_msg.h"
#include "text.h"

#define ISNS_TCP_PORT	3205
#define ISNS_PDUS_MAX	1024	/* from the server */
#define ISNS_BYTES_MAX	(1u << 20)	/* thereof, without headers; 6,000 portals, say */

struct isns_portal {
	bool is_ipv6;
	uint8_t addr[16];	/* the first 4 if it is IPv4, else zero behind them */
	uint16_t port;
	int32_t tpgt;		/* 0 to 65535, or -1: the server did not say */
};

/*
 * A target and one of its portals; once for each, in the server's order. @portal is NULL if
 * the target is where no TCP connection can go. Both are valid during the call. Records that
 * came before a failure are as good as others.
 */
typedef void (*isns_fn)(void *ctx, const char *name, const struct isns_portal *portal);

struct isns_config {
	const char *name;	/* of the initiator, an iSCSI name; lives as long as the question */
	isns_fn record;
	void *ctx;
};

enum isns_outcome {
	ISNS_DONE,
	ISNS_REFUSED,
	ISNS_VIOLATION,
	ISNS_GIVEN_UP,
};

struct isns_result {
	uint8_t outcome;	/* enum isns_outcome */
	const char *words;	/* static, behind "the iSNS server" */
	uint32_t status;	/* REFUSED: the server's */
	uint32_t records;
};

struct isns_pdu {
	const void *data;	/* until isns_tx() is called again */
	size_t len;
};

/* The longest is the registration: five attributes with a name, three numbers, heads. */
#define ISNS_PDU_MAX	(ISNS_HDR_LEN + 4 * (8 + ISCSI_NAME_MAX + 1) + 4 * 12 + 8)

/* Some 2 KiB, all of which are the library's own. Need not be zeroed. */
struct isns {
	struct isns_config config;
	struct isns_in in;
	uint8_t buf[ISNS_PDU_MAX];
	uint8_t step;		/* enum step */
	bool due;		/* its request is to be sent */
	uint16_t xid;
	bool known;		/* somebody registered our name before */
	bool registered;	/* we did */
	bool again;		/* all of it is asked once more */
	uint32_t refusal;	/* of the registration: the server's status */
	/* The portal group whose attributes come. */
	uint8_t got;		/* a bit for each attribute */
	bool closed;		/* the target is not to be reached there */
	bool usable;
	char name[ISCSI_NAME_MAX + 1];
	struct isns_portal portal;
	bool listed;		/* there is a result */
	bool over;
	struct isns_result result;
};

void isns_start(struct isns *isns, const struct isns_config *config);
/* Return: false if there is nothing to be sent now. */
bool isns_tx(struct isns *isns, struct isns_pdu *pdu);
/* Bytes from the server, cut anywhere. */
void isns_rx(struct isns *isns, const void *data, size_t len);
/* NULL while the list is not complete. */
const struct isns_result *isns_result(const struct isns *isns);
/* Nothing more is waited for; there is a result. What isns_tx() still has may be sent. */
bool isns_over(const struct isns *isns);
/*
 * Nothing more is listened to. If we are registered, isns_tx() has the goodbye; who cannot
 * send it leaves a registration that ends by itself.
 */
void isns_give_up(struct isns *isns);
/* A status as the RFC names it (section 5.4); never NULL. */
const char *isns_status_name(uint32_t status);

#endif /* ISNS_H */

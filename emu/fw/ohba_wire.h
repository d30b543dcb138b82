/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire engine as the adapter uses it (wire/), beside tcp.h. All for the loop's
 * thread. Addresses are in network byte order, IPv4 in the first four bytes.
 */
#ifndef OHBA_WIRE_H
#define OHBA_WIRE_H

#include "ohba_fw.h"
#include "ohba_status.h"

/* What the engine tells the adapter. */
struct ohba_wire_events {
	/* A frame that is not, or not only, for a connection of the adapter's. */
	void (*frame)(void *arg, const uint8_t *frame, size_t len);
	/*
	 * Connections need a path to @addr (enum ohba_family); ohba_wire_path_set() or
	 * ohba_wire_path_failed() is the answer, at any time. What cannot be asked now
	 * is asked again if it is still needed. OHBA_ST_SUCCESS, or why not.
	 */
	enum ohba_status (*path_wanted)(void *arg, uint8_t family, const uint8_t addr[16]);
	/*
	 * What ohba_wire_resolve() found: the station that has @hop on address @index's
	 * network is @mac, NULL: nobody answers. Later, but not after ohba_wire_stop(), nor
	 * once that address changed.
	 */
	void (*resolved)(void *arg, unsigned int index, const uint8_t hop[16],
			 const uint8_t *mac);
	/* Number @which of ohba_wire_ping() is over: OHBA_ST_SUCCESS: it was answered. */
	void (*pinged)(void *arg, unsigned int which, enum ohba_status status);
};

void ohba_wire_attach(struct ohba_wire *wire, const struct ohba_wire_events *events,
		      void *arg);

/* The station that @engine is, or NULL if it is another engine. */
struct ohba_wire *ohba_wire_of(struct ohba_tcp_engine *engine);

/*
 * Address @index of the adapter, 0..OHBA_IFACES_MAX - 1; @tci: VLAN id and priority
 * (IEEE 802.1Q), 0: none; @mtu: bytes, 0 and what is more than the port's: that. @family 0
 * takes it away. A change ends its connections. OHBA_ST_INVALID_FIELD, OHBA_ST_INVALID_HANDLE, OHBA_ST_NO_RESOURCES.
 */
enum ohba_status ohba_wire_iface_set(struct ohba_wire *wire, unsigned int index,
				     uint8_t family, const uint8_t addr[16], uint16_t tci,
				     uint16_t mtu);
/* Is this address @index, and on that VLAN? */
bool ohba_wire_iface_is(const struct ohba_wire *wire, unsigned int index, uint8_t family,
			const uint8_t addr[16], uint16_t tci);
/* Can one station alone have @addr? */
bool ohba_wire_addr_ok(uint8_t family, const uint8_t addr[16]);

/*
 * Frames to @dst leave from address @index, to the station @mac, which has the
 * address @hop: @dst, or a router's. OHBA_ST_INVALID_HANDLE if the address is of another
 * @family or none, OHBA_ST_NO_RESOURCES.
 */
enum ohba_status ohba_wire_path_set(struct ohba_wire *wire, unsigned int index,
				    uint8_t family, const uint8_t dst[16],
				    const uint8_t hop[16], const uint8_t mac[6]);
/*
 * The way that there is to @dst: from address *@index by the neighbour @hop. False: none is
 * known.
 */
bool ohba_wire_path_way(struct ohba_wire *wire, uint8_t family, const uint8_t dst[16],
			unsigned int *index, uint8_t hop[16]);
/* There is none: connects that wait for it fail with @status. */
void ohba_wire_path_failed(struct ohba_wire *wire, uint8_t family, const uint8_t dst[16],
			   enum ohba_status status);

/*
 * Ask all on the network of address @index for the MAC of @hop. OHBA_ST_INVALID_HANDLE as
 * above, OHBA_ST_NO_RESOURCES.
 */
enum ohba_status ohba_wire_resolve(struct ohba_wire *wire, unsigned int index,
				   uint8_t family, const uint8_t hop[16]);

/*
 * Send an echo request with @len bytes of data to @dst, as soon as there is a path, and
 * wait for the answer; *@which, below OHBA_PINGS_MAX, is its number until that is told:
 * later, but not after ohba_wire_stop(). OHBA_ST_INVALID_FIELD (no station's address, or
 * longer than the MTU allows), OHBA_ST_NO_RESOURCES.
 */
enum ohba_status ohba_wire_ping(struct ohba_wire *wire, uint8_t family, const uint8_t dst[16],
				uint16_t len, uint32_t timeout_ms, unsigned int *which);

/* Give the host copies of our own frames, too, until ohba_wire_stop(). */
void ohba_wire_mirror(struct ohba_wire *wire, bool on);

/* Send a frame of the host's. */
void ohba_wire_send(struct ohba_wire *wire, const struct iovec *iov, int iovcnt);

/*
 * Take part in the network; until stop(), which forgets addresses and paths, and ends
 * what is left of connections. Frames that come in between are lost.
 */
void ohba_wire_start(struct ohba_wire *wire);
void ohba_wire_stop(struct ohba_wire *wire);

#endif /* OHBA_WIRE_H */

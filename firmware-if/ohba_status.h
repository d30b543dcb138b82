/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The error table: what a completion's status, an event's reason and the
 * reason in OHBA_REG_STATUS mean.
 *
 * One row per code: number, name, meaning, usual cause, remedy. The driver
 * logs name and meaning; tools and documentation explain the rest. Numbers are
 * never reused; 0x00-0x3f concern the host-firmware interface, 0x40-0x5f TCP,
 * 0x60-0x9f iSCSI.
 */
#ifndef OHBA_STATUS_H
#define OHBA_STATUS_H

#define OHBA_STATUS_TABLE(X) \
	X(0x00, SUCCESS, "success", \
	  "", "") \
	X(0x01, INVALID_OPCODE, "the firmware does not know this opcode", \
	  "the driver is newer than the firmware", \
	  "match driver and device versions") \
	X(0x02, INVALID_FIELD, "a field holds a value that is not allowed", \
	  "a name that is no iSCSI name or an alias that is no UTF-8; else a reserved field is not zero or a value is out of range", \
	  "correct the name or the alias; report anything else: this is a driver bug") \
	X(0x03, INVALID_STATE, "not possible in the object's present state", \
	  "commands out of order, or a connection that was lost meanwhile", \
	  "close the connection and log in again") \
	X(0x04, INVALID_HANDLE, "no such connection, session or queue", \
	  "the session ended before the command arrived", \
	  "none needed: the command is retried after the next login") \
	X(0x05, INVALID_TAG, "the tag is out of range or in use", \
	  "the driver used a tag again before its completion", \
	  "report it: this is a driver bug") \
	X(0x06, INVALID_SGL, "the scatter-gather list is malformed or too short", \
	  "the elements do not cover the data length", \
	  "report it: this is a driver bug") \
	X(0x07, DMA_FAULT, "host memory could not be accessed at a given address", \
	  "an address that is not RAM or that the IOMMU does not map", \
	  "check the IOMMU log; report it if there is none") \
	X(0x08, NO_RESOURCES, "a fixed table of the adapter is full", \
	  "more connections or commands than the adapter was configured for", \
	  "raise the device's limits or use fewer sessions") \
	X(0x09, BUSY, "still in use", \
	  "an entry that is wanted or logged in to, an account that an entry names, or commands outstanding", \
	  "log out of the entry, or take the account from the entries that name it; else wait, and try again") \
	X(0x0a, ABORTED, "ended by an abort or a close", \
	  "error recovery or a logout", \
	  "none needed") \
	X(0x0b, UNSUPPORTED_ABI, "driver and firmware have no ABI version in common", \
	  "one of them is too old", \
	  "match driver and device versions") \
	X(0x0c, INVALID_QUEUE, "a ring's address, size, vector or index is not allowed", \
	  "a misprogrammed queue or a producer index that ran past the ring", \
	  "reset the adapter; report it: this is a driver bug") \
	X(0x0d, INTERNAL, "the firmware failed", \
	  "a firmware bug or lack of memory under the adapter", \
	  "reset the adapter; keep the log of the machine under it") \
	X(0x0e, FLASH, "flash could not be written", \
	  "the file or drive that is the adapter's flash is full or failed", \
	  "look at the log of the machine under the adapter; what was kept before holds until power is off, then it or the new one: set it again, or erase again") \
	X(0x0f, NEXUS_TAKEN, "another entry has a session as this one's would be", \
	  "two entries of one target, portal group and ISID", \
	  "log out of the other entry, or give one of them another ISID or portal group") \
	X(0x40, CONN_REFUSED, "the portal refused the TCP connection", \
	  "no target listens on this address and port", \
	  "check that the target runs and the portal's address and port") \
	X(0x41, CONN_TIMEOUT, "the portal did not answer in time", \
	  "the portal is down or a firewall drops packets", \
	  "check the path to the portal") \
	X(0x42, HOST_UNREACH, "no route to the portal", \
	  "wrong address, missing route or neighbour", \
	  "check address, netmask and gateway of the adapter, and see uipd's log") \
	X(0x43, CONN_RESET, "the target reset the TCP connection", \
	  "the target was stopped, or it rejected the initiator", \
	  "look at the target's log") \
	X(0x44, CONN_CLOSED, "the target closed the TCP connection", \
	  "the target was stopped, or it ended the session", \
	  "look at the target's log") \
	X(0x45, CONN_LOCAL, "TCP failed on the adapter's side", \
	  "no free port, address, descriptor or memory under the adapter", \
	  "look at the log of the machine under the adapter") \
	X(0x46, NO_HELPER, "nobody resolves addresses for the adapter", \
	  "uipd is not running, and no address set by hand leads there", \
	  "start it: systemctl start uipd") \
	X(0x47, ICMP_ERROR, "a packet was refused on its way", \
	  "a router knows no way to the portal, or a firewall rejects", \
	  "check routes and firewalls between adapter and portal") \
	X(0x60, BAD_OPCODE, "the target sent a PDU that is not allowed here", \
	  "a target bug", \
	  "capture the traffic and report it to the target's vendor") \
	X(0x61, BAD_LENGTH, "the target sent a PDU with a length that is not allowed", \
	  "a data segment over MaxRecvDataSegmentLength, or a target bug", \
	  "capture the traffic and report it to the target's vendor") \
	X(0x62, BAD_ITT, "the target answered a task that does not exist", \
	  "a target bug or an answer to an aborted task", \
	  "capture the traffic and report it to the target's vendor") \
	X(0x63, BAD_STATSN, "a StatSN is missing", \
	  "a lost PDU after a digest error, or a target bug", \
	  "none if it is rare: recovery logs in again") \
	X(0x64, BAD_DATASN, "a DataSN is missing", \
	  "a lost PDU after a digest error, or a target bug", \
	  "none if it is rare: recovery logs in again") \
	X(0x65, BAD_R2TSN, "an R2TSN is missing", \
	  "a lost PDU after a digest error, or a target bug", \
	  "none if it is rare: recovery logs in again") \
	X(0x66, BAD_R2T, "the target asked for data that is not to be had", \
	  "an R2T out of range, over MaxBurstLength or over MaxOutstandingR2T", \
	  "capture the traffic and report it to the target's vendor") \
	X(0x67, BAD_OFFSET, "the target sent data out of place", \
	  "a Data-In out of order or beyond the expected length", \
	  "capture the traffic and report it to the target's vendor") \
	X(0x68, BAD_FIELD, "the target sent a PDU with a field that is not allowed", \
	  "a target bug", \
	  "capture the traffic and report it to the target's vendor") \
	X(0x69, HDR_DIGEST, "a header digest does not match", \
	  "corruption on the network that TCP did not notice", \
	  "check cables, switches and offload settings on the path") \
	X(0x6a, DATA_DIGEST, "a data digest does not match", \
	  "corruption on the network that TCP did not notice", \
	  "check cables, switches and offload settings on the path") \
	X(0x6b, NOP_TIMEOUT, "the target did not answer a ping", \
	  "the target hangs or the path is down", \
	  "check the path and the target's load") \
	X(0x6c, REJECTED, "the target rejected a PDU", \
	  "the target does not support it, or a protocol error", \
	  "look at the target's log") \
	X(0x6d, TARGET_DROP, "the target announced that it drops the connection", \
	  "maintenance or failover at the target", \
	  "none needed: recovery logs in again") \
	X(0x6e, TARGET_FAILURE, "the target could not complete the command", \
	  "iSCSI response \"target failure\"", \
	  "look at the target's log") \
	X(0x6f, SESSION_LOST, "the connection was lost while the command was outstanding", \
	  "see the reason logged with the loss of the connection", \
	  "none needed: the command is retried after the next login") \
	X(0x70, BAD_CMDSN, "the target moved its command window back or too far", \
	  "a target bug", \
	  "capture the traffic and report it to the target's vendor") \
	X(0x71, CMD_LOST, "the target waits for a command that was sent", \
	  "a PDU that was lost on the way, or a target bug", \
	  "none if it is rare: recovery logs in again") \
	X(0x72, LOGIN_REFUSED, "the target refused the login", \
	  "its status class and detail say why: wrong name, no such target, no resources", \
	  "correct the entry, or look at the target's log") \
	X(0x73, LOGIN_AUTH, "the target did not accept who we are", \
	  "wrong CHAP name or secret, or none where the target wants one", \
	  "correct the account that the entry names") \
	X(0x74, LOGIN_UNPROVEN, "the target did not prove who it is", \
	  "wrong secret of the target's account, or somebody else answers in its place", \
	  "correct the target's account; if it is right, look who answers at that address") \
	X(0x75, LOGIN_NO_AGREEMENT, "target and initiator have no value of a key in common", \
	  "digests or authentication that one of them insists on, or what the adapter cannot do was agreed on", \
	  "allow more of them in the entry, or at the target") \
	X(0x76, LOGIN_VIOLATION, "the target broke the rules of a login", \
	  "a target bug, or no iSCSI target at that port", \
	  "check address and port; capture the traffic and report it to the target's vendor") \
	X(0x77, LOGIN_TIMEOUT, "the login was not over in time", \
	  "an overloaded target, or one that stopped in the middle", \
	  "look at the target's log; raise the entry's login time limit") \
	X(0x78, LOGIN_REDIRECTED, "the target sent the login on too often, or nowhere", \
	  "portals that redirect in a circle, to a name instead of an address, or from elsewhere to an address of loopback or link-local", \
	  "correct the target's redirection") \
	X(0x79, LOGIN_CONFIG, "the entry lacks what a login needs", \
	  "no target name, no address, or accounts that do not exist or that CHAP does not allow", \
	  "complete the entry; its accounts: the words beside this say what is wrong") \
	X(0x7a, LOGIN_STALE, "the login is no longer wanted", \
	  "the entry was changed or logged out of, or the time was up, while the host logged in", \
	  "none: the adapter asks again if there is to be a session") \
	X(0x7b, LOGIN_NO_HELPER, "nobody is there who logs in for the adapter", \
	  "the entry wants logins by the host alone, and uipd does not run, or ended", \
	  "start uipd, or let the adapter log in by itself") \
	X(0x7c, DISCOVERY_REFUSED, "the portal does not list its targets", \
	  "the target was told not to, or does so for others only", \
	  "allow SendTargets at the target, or make the entry by hand") \
	X(0x7d, DISCOVERY_VIOLATION, "the portal's list of targets broke the protocol", \
	  "a target bug, or a list longer than any that is taken", \
	  "capture the traffic and report it to the target's vendor") \
	X(0x7e, DISCOVERY_TIMEOUT, "the portal did not list its targets in time", \
	  "an overloaded target, or one that stopped in the middle", \
	  "look at the target's log, and ask again") \
	X(0x7f, ISNS_REFUSED, "the iSNS server does not list targets", \
	  "it lets nobody register or ask who was not entered at the server, or not without a signature", \
	  "enter the initiator's name at the server, in a Discovery Domain with its targets") \
	X(0x80, ISNS_VIOLATION, "the iSNS server's answer broke the protocol", \
	  "no iSNS server at that port, a bug of the server's, or a list longer than any that is taken", \
	  "check address and port; capture the traffic and report it to the server's vendor") \
	X(0x81, ISNS_TIMEOUT, "the iSNS server did not list its targets in time", \
	  "an overloaded server, or no iSNS server at that port", \
	  "check address and port, look at the server's log, and ask again")

enum ohba_status {
#define OHBA_STATUS_ENUM(code, name, meaning, cause, remedy) OHBA_ST_##name = code,
	OHBA_STATUS_TABLE(OHBA_STATUS_ENUM)
#undef OHBA_STATUS_ENUM
};

#endif /* OHBA_STATUS_H */

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Generic netlink of the driver with its helper, uipd, and with ohbatool. All commands
 * need CAP_NET_ADMIN. Addresses are binary, in network byte order, 4 or 16 bytes by
 * their family; numbers are the host's.
 */
#ifndef OHBA_GENL_H
#define OHBA_GENL_H

#define OHBA_GENL_NAME		"ohba"
#define OHBA_GENL_VERSION	4
#define OHBA_GENL_HELPER	"helper"	/* the group that the driver's go to */
#define OHBA_LEASE_MAX		512		/* bytes of a lease */

enum ohba_genl_cmd {
	OHBA_CMD_UNSPEC,
	/*
	 * From the driver to group "helper": connections of an adapter wait for a path.
	 * ADAPTER, IFINDEX, MAC, DST, and an IFACE for each address of the adapter's
	 * that has DST's family. Answered by PATH_SET.
	 */
	OHBA_CMD_PATH_WANTED,
	/*
	 * From the helper. ADAPTER, DST and, if there is a path, IFACE_INDEX, HOP and
	 * HOP_MAC; if there is none, STATUS. Success: it is on its way to the firmware. What
	 * that refuses the kernel's log tells. EBUSY: it did not take those of before.
	 */
	OHBA_CMD_PATH_SET,
	/*
	 * From the driver to group "helper", when something of it changed, and in answer
	 * to the helper's dump: an adapter. ADAPTER, IFINDEX, MAC, and an IFACE with INDEX,
	 * TCI, GENERATION and DHCP or AUTOCFG6 for each address that the helper is to get;
	 * with ADDR, PREFIX, GATEWAY and LEASE, as far as there are, if it has got it. One
	 * with ADDR and neither DHCP nor AUTOCFG6 was set by hand: the helper sees whether
	 * somebody else has it.
	 */
	OHBA_CMD_ADAPTER,
	/*
	 * From the helper: an address that it got. ADAPTER, IFACE_INDEX, GENERATION, and
	 * ADDR, PREFIX and, if there are, GATEWAY, MTU, LEASE and ISNS; without ADDR, there is
	 * none any more. ESTALE: the address was configured anew meanwhile.
	 */
	OHBA_CMD_ADDR_SET,
	/*
	 * From ohbatool: a portal is to be asked for its targets. ADAPTER, ADDR, PORT and, if
	 * need be, METHOD, ACCOUNT, CHAP_LIST, TIMEOUT, FLAGS. By METHOD ISNS without ADDR it is
	 * the server that was announced (EDESTADDRREQ: none was), without PORT OHBA_ISNS_PORT.
	 * Answered, when that is about to begin, with the DISCOVERY, ADDR and PORT. ACCOUNT and
	 * FLAGS need CAP_SYS_ADMIN, too.
	 */
	OHBA_CMD_DISCOVER,
	/*
	 * From ohbatool: ADAPTER, DISCOVERY, FIRST. Answered with RUNNING; or, when it is over,
	 * with STATUS, WORDS, LISTED, SKIPPED, IMPOSSIBLE, COUNT and a FOUND for each of the
	 * records from FIRST on, as many as the message holds. ESTALE: another has begun since.
	 */
	OHBA_CMD_DISCOVERED,

	/*
	 * From ohbatool: what happened to an adapter. ADAPTER and, if not from the oldest on,
	 * LOG_FROM. Answered with LOG. EOPNOTSUPP: it keeps no log.
	 */
	OHBA_CMD_LOG,
	/* From ohbatool: ADAPTER. The log is empty from now on. Needs CAP_SYS_ADMIN, too. */
	OHBA_CMD_LOG_ERASE,

	/*
	 * From ohbatool: what an adapter keeps. All of these need CAP_SYS_ADMIN, too. ADAPTER,
	 * RECORD, RECORD_INDEX and, if an account's secret is wanted, which the kernel's log will
	 * say, SECRETS. Answered with RECORD_DATA. ENOENT: there is none.
	 */
	OHBA_CMD_FLASH_GET,
	/* ADAPTER, RECORD, RECORD_INDEX and RECORD_DATA, with the checks of the adapter's command. */
	OHBA_CMD_FLASH_SET,
	/* ADAPTER. Back to the state it left the factory in (SPEC.md section 6.8). */
	OHBA_CMD_FLASH_ERASE,

	OHBA_CMD_LAST,
};
#define OHBA_CMD_MAX	(OHBA_CMD_LAST - 1)

enum ohba_genl_attr {
	OHBA_ATTR_UNSPEC,
	OHBA_ATTR_ADAPTER,	/* string: the PCI function's name */
	OHBA_ATTR_IFINDEX,	/* u32: the network device of the adapter */
	OHBA_ATTR_MAC,		/* 6 bytes: of the adapter's connections */
	OHBA_ATTR_DST,		/* binary: an address */
	OHBA_ATTR_IFACE,	/* nested, several: OHBA_IFACE_* */
	OHBA_ATTR_IFACE_INDEX,	/* u32: 0..OHBA_IFACES_MAX - 1 */
	OHBA_ATTR_HOP,		/* binary: the next hop's address */
	OHBA_ATTR_HOP_MAC,	/* 6 bytes */
	OHBA_ATTR_STATUS,	/* u32: enum ohba_status */
	OHBA_ATTR_ADDR,		/* binary */
	OHBA_ATTR_PREFIX,	/* u32: bits */
	OHBA_ATTR_GATEWAY,	/* binary */
	OHBA_ATTR_MTU,	/* u16: bytes of a packet on that network, at most */
	OHBA_ATTR_GENERATION,	/* u32: of OHBA_IFACE_GENERATION */
	OHBA_ATTR_LEASE,	/* binary, OHBA_LEASE_MAX: what a helper that starts is told */
	OHBA_ATTR_PORT,		/* u16: TCP */
	OHBA_ATTR_ACCOUNT,	/* u32: by which the adapter proves itself; absent: it does not */
	OHBA_ATTR_TIMEOUT,	/* u32: ms, 1..OHBA_DISCOVER_MS_MAX; absent: the adapter's */
	OHBA_ATTR_FLAGS,	/* u32: OHBA_DISCOVER_ADD */
	OHBA_ATTR_DISCOVERY,	/* u32: the adapter's number for it */
	OHBA_ATTR_FIRST,	/* u32: of a record, 0.. */
	OHBA_ATTR_RUNNING,	/* flag: it is not over */
	OHBA_ATTR_WORDS,	/* string: of a failure, as the adapter has them */
	OHBA_ATTR_LISTED,	/* u32: portals of targets that were named */
	OHBA_ATTR_SKIPPED,	/* u32: thereof without an address that can be used */
	OHBA_ATTR_COUNT,	/* u32: records */
	OHBA_ATTR_FOUND,	/* nested, several: OHBA_FOUND_* */
	OHBA_ATTR_LOG_FROM,	/* 8 bytes: number of the first record that is wanted */
	/*
	 * binary: struct ohba_log_head, and behind it each struct ohba_log_record (ohba_log.h),
	 * as the adapter wrote them: nobody checked them
	 */
	OHBA_ATTR_LOG,
	OHBA_ATTR_IMPOSSIBLE,	/* u32: records of the adapter's that the driver left out */
	OHBA_ATTR_CHAP_LIST,	/* u16: of struct ohba_discover */
	OHBA_ATTR_METHOD,	/* u32: enum ohba_discover_method; absent: SENDTARGETS */
	OHBA_ATTR_ISNS,		/* 4 bytes: the iSNS server that DHCP announced (RFC 4174) */
	OHBA_ATTR_RECORD,	/* u32: enum ohba_genl_record */
	OHBA_ATTR_RECORD_INDEX,	/* u32: of a target or an account; absent: 0 */
	OHBA_ATTR_RECORD_DATA,	/* binary: the structure, as the adapter has it */
	OHBA_ATTR_SECRETS,	/* flag */

	OHBA_ATTR_LAST,
};
#define OHBA_ATTR_MAX	(OHBA_ATTR_LAST - 1)

/* In OHBA_ATTR_IFACE. */
enum ohba_genl_iface {
	OHBA_IFACE_UNSPEC,
	OHBA_IFACE_INDEX,	/* u32 */
	OHBA_IFACE_ADDR,	/* binary */
	OHBA_IFACE_PREFIX,	/* u32: bits */
	OHBA_IFACE_GATEWAY,	/* binary, absent if there is none */
	OHBA_IFACE_TCI,		/* u32: VLAN id and priority, 0: none */
	OHBA_IFACE_DHCP,	/* flag: the helper gets it by DHCP */
	OHBA_IFACE_AUTOCFG6,	/* u8: enum ohba_genl_autocfg6; absent: NONE */
	OHBA_IFACE_GENERATION,	/* u32: another with each change of its configuration */
	OHBA_IFACE_LEASE,	/* binary: OHBA_ATTR_LEASE as it was told with ADDR */

	OHBA_IFACE_LAST,
};
#define OHBA_IFACE_MAX	(OHBA_IFACE_LAST - 1)

/* OHBA_ATTR_RECORD */
enum ohba_genl_record {
	OHBA_RECORD_CONFIG	= 0,	/* struct ohba_config */
	OHBA_RECORD_INITIATOR	= 1,	/* struct ohba_initiator, without a name that was not set */
	OHBA_RECORD_ACCOUNT	= 2,	/* struct ohba_account */
	OHBA_RECORD_TARGET	= 3,	/* struct ohba_target */
	OHBA_RECORD_TARGETS	= 4,	/* struct ohba_target_list; to be read only */
};

/* OHBA_ATTR_FLAGS */
#define OHBA_DISCOVER_ADD	1	/* make entries of what is found */

/* In OHBA_ATTR_FOUND: a target, at one of its portals. */
enum ohba_genl_found {
	OHBA_FOUND_UNSPEC,
	OHBA_FOUND_NAME,	/* string */
	OHBA_FOUND_ADDR,	/* binary */
	OHBA_FOUND_PORT,	/* u32 */
	OHBA_FOUND_TPGT,	/* u32, absent if the portal did not say */
	OHBA_FOUND_ENTRY,	/* u32: with ADD: the entry's index */
	OHBA_FOUND_NEW,		/* flag: which was made for it */
	OHBA_FOUND_ERRNO,	/* u32: with ADD: why there is none */

	OHBA_FOUND_LAST,
};
#define OHBA_FOUND_MAX	(OHBA_FOUND_LAST - 1)

/* How the helper gets an IPv6 address. */
enum ohba_genl_autocfg6 {
	OHBA_AUTOCFG6_NONE	= 0,
	OHBA_AUTOCFG6_SLAAC	= 1,	/* RFC 4862 */
	OHBA_AUTOCFG6_DHCPV6	= 2,
};

#endif /* OHBA_GENL_H */

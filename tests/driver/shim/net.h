/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network stack: network devices and their frames, NAPI, ethtool; netlink
 * messages and generic netlink. What is freed is gone at once, so that whoever
 * touches it later is seen.
 */
#ifndef SHIM_NET_H
#define SHIM_NET_H

#include "iscsi.h"

/* --- Ethernet ---------------------------------------------------------------- */

#define ETH_ALEN	6
#define ETH_HLEN	14
#define ETH_ZLEN	60
#define ETH_MIN_MTU	68
#define ETH_DATA_LEN	1500
#define VLAN_HLEN	4
#define ETH_GSTRING_LEN	32
#define ETH_SS_STATS	1
#define ETH_SS_PRIV_FLAGS 2
#define ether_addr_copy(to, from)	((void)memcpy(to, from, ETH_ALEN))

/* --- frames ------------------------------------------------------------------- */

struct sk_buff {
	u8 *head, *data;
	u32 len, size;			/* of what is used; of head */
	u16 protocol;
	struct net_device *dev;
	unsigned int nests;		/* open, of a netlink message */
};

/* skbs that nobody has freed. */
extern unsigned int shim_skbs;
struct sk_buff *__netdev_alloc_skb_ip_align(struct net_device *dev, u32 len, gfp_t gfp);
void *skb_put(struct sk_buff *skb, u32 len);
int skb_put_padto(struct sk_buff *skb, u32 len);
void dev_kfree_skb_any(struct sk_buff *skb);
void napi_consume_skb(struct sk_buff *skb, int budget);
u16 eth_type_trans(struct sk_buff *skb, struct net_device *dev);

/* --- NAPI --------------------------------------------------------------------- */

#define NAPI_POLL_WEIGHT	64

/* It is disabled from netif_napi_add() on: nothing is scheduled then. */
struct napi_struct {
	struct irq_poll iop;
	struct net_device *dev;
	int (*poll)(struct napi_struct *napi, int budget);
	bool added, polling, missed, completed;
};

void netif_napi_add(struct net_device *dev, struct napi_struct *napi,
		    int (*poll)(struct napi_struct *napi, int budget));
void netif_napi_del(struct napi_struct *napi);
void napi_enable(struct napi_struct *napi);
void napi_disable(struct napi_struct *napi);
void napi_schedule(struct napi_struct *napi);
#define napi_schedule_irqoff(n)	napi_schedule(n)
bool napi_complete_done(struct napi_struct *napi, int done);
void napi_gro_receive(struct napi_struct *napi, struct sk_buff *skb);

/* --- network devices ------------------------------------------------------------ */

typedef enum { NETDEV_TX_OK = 0x00, NETDEV_TX_BUSY = 0x10 } netdev_tx_t;

struct rtnl_link_stats64 {
	u64 rx_packets, tx_packets, rx_bytes, tx_bytes, tx_dropped, tx_errors, rx_errors;
};

struct net_device_ops {
	int (*ndo_open)(struct net_device *dev);
	int (*ndo_stop)(struct net_device *dev);
	netdev_tx_t (*ndo_start_xmit)(struct sk_buff *skb, struct net_device *dev);
	int (*ndo_change_mtu)(struct net_device *dev, int mtu);
	void (*ndo_tx_timeout)(struct net_device *dev, unsigned int txqueue);
	void (*ndo_get_stats64)(struct net_device *dev, struct rtnl_link_stats64 *stats);
	int (*ndo_set_mac_address)(struct net_device *dev, void *addr);
	int (*ndo_validate_addr)(struct net_device *dev);
};

struct pcpu_sw_netstats { u64 rx_packets, rx_bytes, tx_packets, tx_bytes; };

struct net_device {
	const struct net_device_ops *netdev_ops;
	const struct ethtool_ops *ethtool_ops;
	struct pcpu_sw_netstats *tstats;
	struct { unsigned long tx_dropped, tx_errors, rx_errors; } stats;
	struct device *parent;
	u8 dev_addr[ETH_ALEN];
	int mtu, min_mtu, max_mtu, ifindex;
	struct net *net;
	/* the stack's */
	bool registered, running, carrier, stopped, in_xmit;
	bool backlog;			/* frames wait for the queue to be woken */
	unsigned int napis;		/* that were added */
	_Alignas(64) u8 priv[];
};

/* The one that is registered, or NULL. */
extern struct net_device *shim_netdev;

#define netdev_priv(d)		((void *)(d)->priv)
#define SET_NETDEV_DEV(d, p)	((d)->parent = (p))
struct net_device *alloc_etherdev(int priv_len);
void free_netdev(struct net_device *dev);
int register_netdev(struct net_device *dev);
void unregister_netdev(struct net_device *dev);
#define netdev_alloc_pcpu_stats(type)	((type *)kzalloc(sizeof(type), GFP_KERNEL))
#define free_percpu(p)		kfree(p)
void dev_sw_netstats_rx_add(struct net_device *dev, u32 len);
void dev_sw_netstats_tx_add(struct net_device *dev, u32 frames, u32 len);
void dev_get_tstats64(struct net_device *dev, struct rtnl_link_stats64 *stats);
void eth_hw_addr_set(struct net_device *dev, const u8 *addr);
int eth_mac_addr(struct net_device *dev, void *addr);
int eth_validate_addr(struct net_device *dev);

#define netif_running(d)	((d)->running)
#define netif_carrier_on(d)	((void)((d)->carrier = true))
#define netif_carrier_ok(d)	((d)->carrier)
#define netif_carrier_off(d)	((void)((d)->carrier = false))
#define netif_queue_stopped(d)	((d)->stopped)
#define netif_stop_queue(d)	((void)((d)->stopped = true))
/* Who waits is not told. */
#define netif_start_queue(d)	((void)((d)->stopped = false))
void netif_wake_queue(struct net_device *dev);
void netif_tx_disable(struct net_device *dev);

/* --- ethtool -------------------------------------------------------------------- */

struct ethtool_drvinfo { char driver[32], bus_info[32], fw_version[32]; };
struct ethtool_ringparam { u32 rx_max_pending, rx_pending, tx_max_pending, tx_pending; };
struct kernel_ethtool_ringparam;
struct ethtool_channels { u32 max_combined, combined_count; };
struct ethtool_stats;
struct ethtool_regs { u32 version, len; };
struct ethtool_link_ksettings { struct { u32 speed; u8 duplex, port, autoneg; } base; };
enum { PORT_OTHER = 0xff, DUPLEX_FULL = 1, AUTONEG_DISABLE = 0 };
#define SPEED_UNKNOWN	(~0u)
struct netlink_ext_ack { const char *msg; const struct nlattr *bad; int missing; };

struct ethtool_ops {
	void (*get_drvinfo)(struct net_device *dev, struct ethtool_drvinfo *info);
	u32 (*get_link)(struct net_device *dev);
	int (*get_link_ksettings)(struct net_device *dev, struct ethtool_link_ksettings *ks);
	u32 (*get_priv_flags)(struct net_device *dev);
	int (*set_priv_flags)(struct net_device *dev, u32 flags);
	int (*get_regs_len)(struct net_device *dev);
	void (*get_regs)(struct net_device *dev, struct ethtool_regs *regs, void *data);
	void (*get_ringparam)(struct net_device *dev, struct ethtool_ringparam *ring,
			      struct kernel_ethtool_ringparam *kernel_ring,
			      struct netlink_ext_ack *extack);
	void (*get_channels)(struct net_device *dev, struct ethtool_channels *channels);
	int (*get_sset_count)(struct net_device *dev, int sset);
	void (*get_strings)(struct net_device *dev, u32 sset, u8 *data);
	void (*get_ethtool_stats)(struct net_device *dev, struct ethtool_stats *stats,
				  u64 *data);
};
u32 ethtool_op_get_link(struct net_device *dev);

#define dev_net(dev)	(shim_net_of(dev))
#define net_eq(a, b)	((a) == (b))

/* --- what the test plays ----------------------------------------------------------- */

/* Called, if set, after an open device is said to run and before it does. */
extern void (*shim_net_opening)(void);
/* Called, if set, before a device is registered; when somebody asks where it is. */
extern void (*shim_net_registering)(void), (*shim_net_asked)(void);
struct net *shim_net_of(const struct net_device *dev);
/* As `ip link` does it. */
int shim_net_open(void);
void shim_net_close(void);
int shim_net_set_mtu(int mtu);
/* A frame of the stack's. Return: 0; -EBUSY if it must wait; -ENETDOWN if it is down. */
int shim_net_send(const void *frame, u32 len);
/* Frames that came in, and the last of them, from its header on. */
extern unsigned int shim_net_frames;
extern u8 shim_net_frame[16384];
extern u32 shim_net_frame_len;

/* --- netlink messages ----------------------------------------------------------------- */

#define NLMSG_GOODSIZE	3776
#define nlmsg_free(skb)	dev_kfree_skb_any(skb)

/* From struct nlattr to its data. */
#define nla_data(attr)	((void *)((char *)(attr) + NLA_HDRLEN))
#define nla_len(attr)	((int)(attr)->nla_len - NLA_HDRLEN)
bool nla_ok(const struct nlattr *attr, int rest);
struct nlattr *nla_next(const struct nlattr *attr, int *rest);
#define nla_for_each_attr(pos, head, len, rest) \
	for (pos = (head), rest = (len); nla_ok(pos, rest); pos = nla_next(pos, &(rest)))
u16 nla_get_u16(const struct nlattr *attr);
u32 nla_get_u32(const struct nlattr *attr);
int nla_strcmp(const struct nlattr *attr, const char *text);
int nla_put(struct sk_buff *skb, int type, int len, const void *data);
int nla_put_u8(struct sk_buff *skb, int type, u8 val);
int nla_put_u16(struct sk_buff *skb, int type, u16 val);
int nla_put_u32(struct sk_buff *skb, int type, u32 val);
int nla_put_string(struct sk_buff *skb, int type, const char *text);
struct nlattr *nla_nest_start(struct sk_buff *skb, int type);
int nla_nest_end(struct sk_buff *skb, struct nlattr *nest);

int nla_put_flag(struct sk_buff *skb, int type);

enum { NLA_UNSPEC, NLA_U16, NLA_U32, NLA_BINARY, NLA_FLAG, NLA_NUL_STRING, SHIM_NLA_EXACT };
struct netlink_range_validation { u64 min, max; };
struct nla_policy {
	u8 type;
	u16 len;
	s16 min, max;
	struct netlink_range_validation *range;
};
#define NLA_POLICY_FULL_RANGE(t, r)	{ .type = (t), .range = (r) }
#define NLA_POLICY_EXACT_LEN(l)	{ .type = SHIM_NLA_EXACT, .len = (l) }
#define NLA_POLICY_ETH_ADDR	NLA_POLICY_EXACT_LEN(ETH_ALEN)
#define NLA_POLICY_RANGE(t, lo, hi)	{ .type = (t), .min = (lo), .max = (hi) }
#define NLA_POLICY_MAX(t, hi)	NLA_POLICY_RANGE(t, 0, hi)

/* --- generic netlink ------------------------------------------------------------------- */

#define GENL_ADMIN_PERM		1
#define GENL_UNS_ADMIN_PERM	0x10	/* of commands; of a group it restricts nothing */
#define GENL_MCAST_CAP_NET_ADMIN 1

struct genl_info {
	u32 snd_portid;
	struct nlattr **attrs;
	struct netlink_ext_ack *extack;
};
struct genl_multicast_group { const char *name; u8 flags; };
#define CAP_SYS_ADMIN		21
extern bool shim_not_admin;	/* who sends, or opens, has not CAP_SYS_ADMIN */
bool netlink_capable(const struct sk_buff *skb, int cap);

struct netlink_skb_parms { u32 portid; };
#define NETLINK_CB(skb)	((struct netlink_skb_parms){ 1 })
struct netlink_callback {
	struct sk_buff *skb;
	const struct nlmsghdr *nlh;
	u32 min_dump_alloc;
	long args[6];
	unsigned int prev_seq, seq;
};

struct genl_ops {
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	int (*start)(struct netlink_callback *cb);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	u8 cmd, flags;
};

struct genl_family {
	const char *name;
	unsigned int version, maxattr, n_ops, n_mcgrps, resv_start_op;
	struct module *module;
	const struct nla_policy *policy;
	const struct genl_ops *ops;
	const struct genl_multicast_group *mcgrps;
	bool parallel_ops;		/* without the lock of all families */
};

/* Hosts that say why: the last word counts. */
#define NL_SET_ERR_MSG(ack, text)	((ack)->msg = (text))
#define NL_SET_ERR_MSG_ATTR(ack, attr, text) \
	((ack)->msg = (text), (ack)->bad = (attr))
#define GENL_REQ_ATTR_CHECK(info, type) \
	((info)->attrs[type] ? false : ((info)->extack->missing = (type), true))

int genl_register_family(struct genl_family *family);
void genl_unregister_family(const struct genl_family *family);
int genl_has_listeners(const struct genl_family *family, struct net *net, unsigned int group);
struct sk_buff *genlmsg_new(size_t len, gfp_t gfp);
void *genlmsg_put(struct sk_buff *skb, u32 portid, u32 seq, const struct genl_family *family,
		  int flags, u8 cmd);
void *genlmsg_put_reply(struct sk_buff *skb, struct genl_info *info,
			const struct genl_family *family, int flags, u8 cmd);
/* To who sent the command; it comes as shim_genl_attrs. */
int genlmsg_reply(struct sk_buff *skb, struct genl_info *info);
void genlmsg_end(struct sk_buff *skb, void *header);
void genlmsg_cancel(struct sk_buff *skb, void *header);
int genlmsg_multicast(const struct genl_family *family, struct sk_buff *skb, u32 portid,
		      unsigned int group, gfp_t gfp);
int genl_set_err(const struct genl_family *family, struct net *net, u32 portid, u32 group,
		 int code);
void genl_dump_check_consistent(struct netlink_callback *cb, void *header);

/* The family that is registered, or NULL. */
extern const struct genl_family *shim_genl;
/* Who listens to its group; and whether they have no room for another message. */
extern bool shim_genl_listener, shim_genl_full;
/* What they were told that they missed: errno, negative, 0 for nothing. */
extern int shim_genl_err;
/* Messages that went to them, the last one's command and attributes. */
extern unsigned int shim_genl_messages;
#define SHIM_GENL_MAX	16384
extern u8 shim_genl_cmd, shim_genl_attrs[SHIM_GENL_MAX];
extern u32 shim_genl_len;
/* The first attribute of this type among @len bytes, or NULL. */
struct nlattr *shim_nla_find(void *attrs, u32 len, int type);
/* A helper's command. Return: what the family said; *@ack why. */
int shim_genl_send(u8 cmd, void *attrs, u32 len, struct netlink_ext_ack *ack);
/*
 * A helper asks for all, in messages of @room bytes at most, 0: of as many as the family
 * wants. Return: how many came, the last of them as shim_genl_attrs.
 */
unsigned int shim_genl_dump(u8 cmd, u32 room);
/* Called, if set, after each of them. Whether the last one of all, or the end, is marked. */
extern void (*shim_genl_dumping)(void);
extern bool shim_genl_intr;

void shim_net_reset(void);

#endif /* SHIM_NET_H */

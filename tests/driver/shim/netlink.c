// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink attributes and generic netlink (net.h). */
#include "shim.h"

const struct genl_family *shim_genl;
bool shim_genl_listener, shim_genl_full;
unsigned int shim_genl_messages;
u8 shim_genl_cmd, shim_genl_attrs[SHIM_GENL_MAX];
u32 shim_genl_len;
int shim_genl_err;
void (*shim_genl_dumping)(void);
bool shim_genl_intr;

struct genl_header { struct nlmsghdr nlh; u8 cmd, version; u16 rsvd; };

static struct mutex genl_mutex;		/* of all families, others included */
static unsigned int running;		/* commands */

/* --- attributes that are read ------------------------------------------------------- */

bool nla_ok(const struct nlattr *attr, int rest)
{
	return rest >= (int)sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= rest;
}

struct nlattr *nla_next(const struct nlattr *attr, int *rest)
{
	*rest -= NLA_ALIGN(attr->nla_len);
	return (struct nlattr *)((char *)attr + NLA_ALIGN(attr->nla_len));
}

u16 nla_get_u16(const struct nlattr *attr)
{
	u16 val;

	shim_check(nla_len(attr) >= (int)sizeof(val), "an attribute of %d bytes is no u16",
		   nla_len(attr));
	memcpy(&val, nla_data(attr), sizeof(val));
	return val;
}

u32 nla_get_u32(const struct nlattr *attr)
{
	u32 val;

	shim_check(nla_len(attr) >= (int)sizeof(val), "an attribute of %d bytes is no u32",
		   nla_len(attr));
	memcpy(&val, nla_data(attr), sizeof(val));
	return val;
}

int nla_strcmp(const struct nlattr *attr, const char *text)
{
	size_t len = strlen(text);
	int have = strnlen(nla_data(attr), nla_len(attr));

	return have != (int)len ? 1 : memcmp(nla_data(attr), text, len);
}

struct nlattr *shim_nla_find(void *attrs, u32 len, int type)
{
	struct nlattr *attr;
	int rest;

	nla_for_each_attr(attr, attrs, len, rest)
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

/* --- attributes that are written ------------------------------------------------------- */

int nla_put(struct sk_buff *skb, int type, int len, const void *data)
{
	int total = NLA_ALIGN(NLA_HDRLEN + len);
	struct nlattr *attr;

	if (skb->size - skb->len < total)
		return -EMSGSIZE;
	attr = skb_put(skb, total);
	memset(attr, 0, total);
	attr->nla_len = NLA_HDRLEN + len;
	attr->nla_type = type;
	memcpy(nla_data(attr), data, len);
	return 0;
}

int nla_put_u8(struct sk_buff *skb, int type, u8 val)
{
	return nla_put(skb, type, sizeof(val), &val);
}

int nla_put_u16(struct sk_buff *skb, int type, u16 val)
{
	return nla_put(skb, type, sizeof(val), &val);
}

int nla_put_u32(struct sk_buff *skb, int type, u32 val)
{
	return nla_put(skb, type, sizeof(val), &val);
}

int nla_put_string(struct sk_buff *skb, int type, const char *text)
{
	return nla_put(skb, type, strlen(text) + 1, text);
}

int nla_put_flag(struct sk_buff *skb, int type)
{
	return nla_put(skb, type, 0, "");
}

struct nlattr *nla_nest_start(struct sk_buff *skb, int type)
{
	struct nlattr *nest = (void *)(skb->data + skb->len);

	if (nla_put(skb, type | NLA_F_NESTED, 0, ""))
		return NULL;
	skb->nests++;
	return nest;
}

int nla_nest_end(struct sk_buff *skb, struct nlattr *nest)
{
	shim_check(skb->nests, "a nest ends that did not begin");
	skb->nests--;
	nest->nla_len = skb->data + skb->len - (u8 *)nest;
	return skb->len;
}

/* --- messages ---------------------------------------------------------------------------- */

void *genlmsg_put(struct sk_buff *skb, u32 portid, u32 seq, const struct genl_family *family,
		  int flags, u8 cmd)
{
	struct genl_header *header = (void *)(skb->data + skb->len);

	(void)portid;
	(void)seq;
	shim_check(family == shim_genl && (!skb->len || flags & NLM_F_MULTI),
		   "a message of nobody's");
	if (skb->size - skb->len < sizeof(*header))
		return NULL;
	skb_put(skb, sizeof(*header));
	memset(header, 0, sizeof(*header));
	header->cmd = cmd;
	header->version = family->version;
	return header + 1;
}

void genlmsg_end(struct sk_buff *skb, void *header)
{
	struct genl_header *start = (struct genl_header *)header - 1;

	shim_check(!start->nlh.nlmsg_len && !skb->nests, "a message ends in its middle");
	start->nlh.nlmsg_len = skb->data + skb->len - (u8 *)start;
}

void genlmsg_cancel(struct sk_buff *skb, void *header)
{
	skb->len = (u8 *)((struct genl_header *)header - 1) - skb->data;
	skb->nests = 0;
}

int genlmsg_multicast(const struct genl_family *family, struct sk_buff *skb, u32 portid,
		      unsigned int group, gfp_t gfp)
{
	const struct genl_header *header = (const void *)skb->data;
	bool taken = shim_genl_listener && !shim_genl_full && shim_alloc_allowed(gfp);

	(void)portid;
	shim_check(family == shim_genl && group < family->n_mcgrps, "a group of nobody's");
	shim_check(header->nlh.nlmsg_len == skb->len, "a message goes that has no end");
	if (taken) {
		shim_genl_cmd = header->cmd;
		shim_genl_len = skb->len - sizeof(*header);
		memcpy(shim_genl_attrs, header + 1, shim_genl_len);
		shim_genl_messages++;
	}
	dev_kfree_skb_any(skb);
	/* Who misses one is told; who sends is not, or only that nobody has it. */
	return taken ? 0 : -ESRCH;
}

bool shim_not_admin;

bool netlink_capable(const struct sk_buff *skb, int cap)
{
	(void)skb;
	shim_check(cap == CAP_SYS_ADMIN, "another capability");
	return !shim_not_admin;
}

void *genlmsg_put_reply(struct sk_buff *skb, struct genl_info *info,
			const struct genl_family *family, int flags, u8 cmd)
{
	shim_check(info && running, "an answer to nobody");
	return genlmsg_put(skb, 0, 0, family, flags, cmd);
}

int genlmsg_reply(struct sk_buff *skb, struct genl_info *info)
{
	const struct genl_header *header = (const void *)skb->data;

	shim_check(info && running, "an answer to nobody");
	shim_check(header->nlh.nlmsg_len == skb->len, "a message goes that has no end");
	shim_genl_cmd = header->cmd;
	shim_genl_len = skb->len - sizeof(*header);
	shim_check(shim_genl_len <= sizeof(shim_genl_attrs), "an answer of %u bytes", skb->len);
	memcpy(shim_genl_attrs, header + 1, shim_genl_len);
	dev_kfree_skb_any(skb);
	return 0;
}

int genl_set_err(const struct genl_family *family, struct net *net, u32 portid, u32 group,
		 int code)
{
	(void)portid;
	shim_check(family == shim_genl && net == &init_net && group < family->n_mcgrps && code < 0,
		   "an error %d of nobody's", code);
	shim_genl_err = code;
	return 0;
}

static bool changed(struct netlink_callback *cb)
{
	bool yes = cb->prev_seq && cb->seq != cb->prev_seq;

	cb->prev_seq = cb->seq;
	return yes;
}

void genl_dump_check_consistent(struct netlink_callback *cb, void *header)
{
	struct genl_header *start = (struct genl_header *)header - 1;

	if (changed(cb))
		start->nlh.nlmsg_flags |= NLM_F_DUMP_INTR;
}

int genl_has_listeners(const struct genl_family *family, struct net *net, unsigned int group)
{
	shim_check(family == shim_genl && net == &init_net && group < family->n_mcgrps,
		   "a group of nobody's");
	return shim_genl_listener;
}

int genl_register_family(struct genl_family *family)
{
	unsigned int i;

	shim_check(!shim_genl, "a family is registered twice");
	for (i = 0; i < family->n_mcgrps; i++)
		shim_check(family->mcgrps[i].flags & GENL_MCAST_CAP_NET_ADMIN,
			   "anybody may listen to group %s", family->mcgrps[i].name);
	if (!shim_alloc_allowed(GFP_KERNEL))
		return -ENOMEM;
	shim_genl = family;
	return 0;
}

void genl_unregister_family(const struct genl_family *family)
{
	shim_check(family == shim_genl, "a family is unregistered twice");
	while (running)
		shim_sleep_us(1000);
	shim_genl = NULL;
}

/* --- a helper's commands -------------------------------------------------------------------- */

static bool u32_is_good(const struct nla_policy *policy, const struct nlattr *attr)
{
	shim_check(policy->min >= 0 && policy->max >= 0, "a policy's bounds are no s16");
	if (nla_len(attr) != sizeof(u32))
		return false;
	if (policy->range)
		return nla_get_u32(attr) >= policy->range->min &&
		       nla_get_u32(attr) <= policy->range->max;
	return !policy->max || (nla_get_u32(attr) >= (u32)policy->min &&
				nla_get_u32(attr) <= (u32)policy->max);
}

/* Strictly, as the kernel does it for commands from resv_start_op on. */
static bool attr_is_good(const struct nla_policy *policy, const struct nlattr *attr)
{
	const char *data = nla_data(attr);

	switch (policy->type) {
	case NLA_U16:
		return nla_len(attr) == 2;
	case NLA_U32:
		return u32_is_good(policy, attr);
	case NLA_BINARY:
		return nla_len(attr) <= policy->len;
	case NLA_FLAG:
		return !nla_len(attr);
	case NLA_NUL_STRING:
		return nla_len(attr) && nla_len(attr) <= policy->len + 1 &&
		       memchr(data, 0, nla_len(attr));
	case SHIM_NLA_EXACT:
		return nla_len(attr) == policy->len;
	default:
		return false;
	}
}

static int parse(struct nlattr **attrs, void *data, u32 len)
{
	struct nlattr *attr;
	int rest;

	nla_for_each_attr(attr, data, len, rest) {
		u32 type = attr->nla_type & NLA_TYPE_MASK;

		if (!type || type > shim_genl->maxattr ||
		    !attr_is_good(&shim_genl->policy[type], attr))
			return -EINVAL;
		attrs[type] = attr;
	}
	return rest > 0 ? -EINVAL : 0;
}

static const struct genl_ops *find_op(u8 cmd)
{
	const struct genl_ops *op = shim_genl->ops;

	while (op < &shim_genl->ops[shim_genl->n_ops] && op->cmd != cmd)
		op++;
	if (op == &shim_genl->ops[shim_genl->n_ops])
		return NULL;
	shim_check(op->flags & GENL_ADMIN_PERM, "anybody may send command %u", cmd);
	return op;
}

static unsigned int take_messages(const struct sk_buff *skb)
{
	const struct genl_header *header;
	unsigned int n = 0;
	u32 at;

	for (at = 0; at < skb->len; at += header->nlh.nlmsg_len, n++) {
		header = (const void *)(skb->data + at);
		shim_check(header->nlh.nlmsg_len > sizeof(*header), "a message goes that has no end");
		shim_genl_cmd = header->cmd;
		shim_genl_intr = header->nlh.nlmsg_flags & NLM_F_DUMP_INTR;
		shim_genl_len = header->nlh.nlmsg_len - sizeof(*header);
		memcpy(shim_genl_attrs, header + 1, shim_genl_len);
	}
	return n;
}

unsigned int shim_genl_dump(u8 cmd, u32 room)
{
	const struct genl_ops *op = find_op(cmd);
	struct nlmsghdr nlh = { .nlmsg_len = sizeof(nlh) };
	struct netlink_callback cb = { .nlh = &nlh };
	unsigned int n = 0, got;
	struct sk_buff *skb;

	shim_genl_intr = false;
	if (op->start && op->start(&cb))
		return 0;
	if (!room)
		room = cb.min_dump_alloc > NLMSG_GOODSIZE ? cb.min_dump_alloc : NLMSG_GOODSIZE;
	do {
		skb = genlmsg_new(room, GFP_KERNEL | __GFP_NORETRY);
		op->dumpit(skb, &cb);
		got = take_messages(skb);
		n += got;
		dev_kfree_skb_any(skb);
		if (shim_genl_dumping)
			shim_genl_dumping();
	} while (got);
	shim_genl_intr |= changed(&cb);
	return n;
}

int shim_genl_send(u8 cmd, void *data, u32 len, struct netlink_ext_ack *ack)
{
	struct nlattr **attrs = calloc(shim_genl->maxattr + 1, sizeof(*attrs));
	struct genl_info info = {
		.snd_portid = 1, .attrs = attrs, .extack = ack,
	};
	const struct genl_ops *op = find_op(cmd);
	int err = -EOPNOTSUPP;

	memset(ack, 0, sizeof(*ack));
	if (op && op->doit) {
		running++;
		if (!shim_genl->parallel_ops)
			mutex_lock(&genl_mutex);
		err = parse(attrs, data, len) ?: op->doit(NULL, &info);
		if (!shim_genl->parallel_ops)
			mutex_unlock(&genl_mutex);
		running--;
	}
	free(attrs);
	return err;
}

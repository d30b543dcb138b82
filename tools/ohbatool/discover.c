// SPDX-License-Identifier: GPL-2.0-or-later
/* Discovery by an adapter: its driver begins it, and is asked until it is over (discover.h). */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "discover.h"
#include "genl.h"
#include "ohba_admin.h"
#include "ohba_genl.h"
#include "ohba_target.h"

#define ASK_AGAIN_MS	100
/* Beyond the time limit: for a logout, and to keep what was found. */
#define LATE_S		60

/* --- portals ---------------------------------------------------------------- */

static bool parse_port(const char *text, uint16_t *port)
{
	char *end;
	long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtol(text, &end, 10);
	*port = n;
	return !*end && n > 0 && n <= 65535;
}

bool portal_parse(const char *text, uint16_t port, struct portal *portal)
{
	char host[INET6_ADDRSTRLEN];
	const char *rest = "", *colon = strchr(text, ':');
	bool v6 = colon && strchr(colon + 1, ':');
	size_t n = strlen(text);

	if (*text == '[') {
		v6 = true;
		n = strcspn(++text, "]");
		rest = text[n] ? text + n + 1 : "?";
	} else if (!v6) {
		n = strcspn(text, ":");
		rest = text + n;
	}
	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = 0;
	memset(portal, 0, sizeof(*portal));
	portal->port = port;
	portal->len = v6 ? 16 : 4;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host, portal->addr) != 1)
		return false;
	return !*rest || (*rest == ':' && parse_port(rest + 1, &portal->port));
}

const char *portal_say(const struct portal *portal, char text[PORTAL_TEXT])
{
	char host[INET6_ADDRSTRLEN];
	bool v6 = portal->len == 16;

	inet_ntop(v6 ? AF_INET6 : AF_INET, portal->addr, host, sizeof(host));
	snprintf(text, PORTAL_TEXT, v6 ? "[%s]:%u" : "%s:%u", host, portal->port);
	return text;
}

/* --- CHAP algorithms --------------------------------------------------------- */

static unsigned int chap_word(const char *name, size_t len)
{
	static const struct {
		const char *name;
		unsigned int word;
	} words[] = {
		{ "md5", OHBA_CHAP_MD5 }, { "sha1", OHBA_CHAP_SHA1 },
		{ "sha256", OHBA_CHAP_SHA256 }, { "sha3-256", OHBA_CHAP_SHA3_256 },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == len && !memcmp(words[i].name, name, len))
			return words[i].word;
	return 0;
}

bool chap_list_parse(const char *text, uint16_t *list)
{
	unsigned int word, shift = 0, seen = 0;
	size_t len;

	*list = 0;
	for (;; text += len + 1, shift += 4) {
		len = strcspn(text, ",");
		word = chap_word(text, len);
		if (!word || seen & 1u << word)
			return false;
		seen |= 1u << word;
		*list |= word << shift;
		if (!text[len])
			return true;
	}
}

/* --- messages ---------------------------------------------------------------- */

struct talk {
	struct genl genl;
	uint32_t id;			/* of the discovery */
	bool running;
	uint32_t count;			/* records that there are */
	struct discovery *discovery;
};

static const struct nla_policy policy[OHBA_ATTR_MAX + 1] = {
	[OHBA_ATTR_STATUS] = { .type = NLA_U32 },
	[OHBA_ATTR_ADDR] = { .minlen = 4, .maxlen = 16 },
	[OHBA_ATTR_PORT] = { .type = NLA_U16 },
	[OHBA_ATTR_DISCOVERY] = { .type = NLA_U32 },
	[OHBA_ATTR_RUNNING] = { .type = NLA_FLAG },
	[OHBA_ATTR_WORDS] = { .type = NLA_STRING },
	[OHBA_ATTR_LISTED] = { .type = NLA_U32 },
	[OHBA_ATTR_SKIPPED] = { .type = NLA_U32 },
	[OHBA_ATTR_COUNT] = { .type = NLA_U32 },
	[OHBA_ATTR_IMPOSSIBLE] = { .type = NLA_U32 },
};

static const struct nla_policy found_policy[OHBA_FOUND_MAX + 1] = {
	[OHBA_FOUND_NAME] = { .type = NLA_STRING, .minlen = 1 },
	[OHBA_FOUND_ADDR] = { .minlen = 4, .maxlen = 16 },
	[OHBA_FOUND_PORT] = { .type = NLA_U32 },
	[OHBA_FOUND_TPGT] = { .type = NLA_U32 },
	[OHBA_FOUND_ENTRY] = { .type = NLA_U32 },
	[OHBA_FOUND_NEW] = { .type = NLA_FLAG },
	[OHBA_FOUND_ERRNO] = { .type = NLA_U32 },
};

static uint32_t number(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static bool take_found(struct nlattr *nest, struct discovered *found)
{
	struct nlattr *of[OHBA_FOUND_MAX + 1];
	int len;

	if (nla_parse_nested(of, OHBA_FOUND_MAX, nest, found_policy) || !of[OHBA_FOUND_NAME] ||
	    !of[OHBA_FOUND_ADDR] || !of[OHBA_FOUND_PORT])
		return false;
	len = nla_len(of[OHBA_FOUND_ADDR]);
	memset(found, 0, sizeof(*found));
	nla_strlcpy(found->name, of[OHBA_FOUND_NAME], sizeof(found->name));
	found->port = number(of[OHBA_FOUND_PORT]);
	found->tpgt = of[OHBA_FOUND_TPGT] ? (int)number(of[OHBA_FOUND_TPGT]) : -1;
	found->entry = of[OHBA_FOUND_ENTRY] ? (int)number(of[OHBA_FOUND_ENTRY]) : -1;
	found->is_new = of[OHBA_FOUND_NEW];
	found->error = number(of[OHBA_FOUND_ERRNO]);
	return (len == 4 || len == 16) &&
	       inet_ntop(len == 4 ? AF_INET : AF_INET6, nla_data(of[OHBA_FOUND_ADDR]),
			 found->address, sizeof(found->address));
}

static void take_asked(struct portal *asked, const struct nlattr *addr, const struct nlattr *port)
{
	if (!addr || !port || (nla_len(addr) != 4 && nla_len(addr) != 16))
		return;
	asked->len = nla_len(addr);
	memcpy(asked->addr, nla_data(addr), asked->len);
	asked->port = nla_get_u16(port);
}

static int take_page(struct talk *talk, struct nlmsghdr *header)
{
	struct discovery *discovery = talk->discovery;
	struct nlattr *attr;
	void *grown;
	int rest;

	nlmsg_for_each_attr(attr, header, GENL_HDRLEN, rest) {
		if (nla_type(attr) != OHBA_ATTR_FOUND)
			continue;
		grown = realloc(discovery->found, (discovery->n + 1) * sizeof(*discovery->found));
		if (!grown)
			return ENOMEM;
		discovery->found = grown;
		if (!take_found(attr, &discovery->found[discovery->n]))
			return EPROTO;
		discovery->n++;
	}
	return 0;
}

static int on_answer(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct nlattr *attr[OHBA_ATTR_MAX + 1];
	struct talk *talk = arg;
	struct discovery *discovery = talk->discovery;

	if (genlmsg_parse(header, 0, attr, OHBA_ATTR_MAX, policy)) {
		talk->genl.err = EPROTO;
		return NL_STOP;
	}
	take_asked(&discovery->asked, attr[OHBA_ATTR_ADDR], attr[OHBA_ATTR_PORT]);
	if (attr[OHBA_ATTR_DISCOVERY])
		talk->id = number(attr[OHBA_ATTR_DISCOVERY]);
	talk->running = attr[OHBA_ATTR_RUNNING];
	talk->count = number(attr[OHBA_ATTR_COUNT]);
	discovery->status = number(attr[OHBA_ATTR_STATUS]);
	discovery->listed = number(attr[OHBA_ATTR_LISTED]);
	discovery->skipped = number(attr[OHBA_ATTR_SKIPPED]);
	discovery->impossible = number(attr[OHBA_ATTR_IMPOSSIBLE]);
	if (attr[OHBA_ATTR_WORDS])
		nla_strlcpy(discovery->words, attr[OHBA_ATTR_WORDS], sizeof(discovery->words));
	talk->genl.err = take_page(talk, header);
	return NL_OK;
}

static int begin(struct talk *talk, const struct discover_request *request)
{
	struct nl_msg *msg = genl_command(&talk->genl, OHBA_CMD_DISCOVER);

	/* A message has room for these. */
	if (msg) {
		if (request->isns)
			nla_put_u32(msg, OHBA_ATTR_METHOD, OHBA_DISCOVER_ISNS);
		if (request->portal.len) {
			nla_put(msg, OHBA_ATTR_ADDR, request->portal.len, request->portal.addr);
			nla_put_u16(msg, OHBA_ATTR_PORT, request->portal.port);
		}
		nla_put_u32(msg, OHBA_ATTR_TIMEOUT, request->timeout_s * 1000);
		/* What an older driver takes for more than CAP_NET_ADMIN, whatever it says. */
		if (request->add)
			nla_put_u32(msg, OHBA_ATTR_FLAGS, OHBA_DISCOVER_ADD);
		if (request->account != NO_ACCOUNT)
			nla_put_u32(msg, OHBA_ATTR_ACCOUNT, request->account);
		if (request->chap_list)
			nla_put_u16(msg, OHBA_ATTR_CHAP_LIST, request->chap_list);
	}
	return genl_exchange(&talk->genl, msg, true);
}

static int ask(struct talk *talk)
{
	struct nl_msg *msg = genl_command(&talk->genl, OHBA_CMD_DISCOVERED);

	if (msg) {
		nla_put_u32(msg, OHBA_ATTR_DISCOVERY, talk->id);
		nla_put_u32(msg, OHBA_ATTR_FIRST, talk->discovery->n);
	}
	return genl_exchange(&talk->genl, msg, true);
}

/* --- asking ------------------------------------------------------------------ */

static int await(struct talk *talk, const struct discover_request *request,
		 void (*waiting)(unsigned int s))
{
	const struct timespec pause = { .tv_nsec = ASK_AGAIN_MS * 1000000 };
	unsigned int ms;
	int err;

	for (ms = 0; ms < (request->timeout_s + LATE_S) * 1000; ms += ASK_AGAIN_MS) {
		err = ask(talk);
		if (err || !talk->running)
			return err;
		nanosleep(&pause, NULL);
		if ((ms + ASK_AGAIN_MS) % 1000 == 0)
			waiting((ms + ASK_AGAIN_MS) / 1000);
	}
	return ETIME;
}

static int fetch_rest(struct talk *talk)
{
	size_t before;
	int err = 0;

	while (!err && talk->discovery->n < talk->count) {
		before = talk->discovery->n;
		err = ask(talk);
		if (!err && talk->discovery->n == before)
			return EPROTO;
	}
	return err;
}

static const char *explain(int err)
{
	switch (err) {
	case EBUSY:
		return "another discovery of this adapter's is under way: try again when it is over";
	case EDESTADDRREQ:
		return "no DHCP server of the adapter's announced an iSNS server: name one, or look "
		       "at uipd's log";
	case EOPNOTSUPP:
		return "the adapter keeps no targets, or its driver is older than this tool: "
		       "QEMU's property \"targets\" says how many it keeps";
	case ESTALE:
		return "another discovery began meanwhile, and what this one found is gone: "
		       "try again";
	case ETIME:
		return "the adapter does not answer: look at the kernel's log";
	default:
		return genl_explain(err);
	}
}

const char *discover(const struct discover_request *request, void (*waiting)(unsigned int s),
		     struct discovery *discovery)
{
	struct talk talk = { .discovery = discovery };
	const char *why;
	int err;

	memset(discovery, 0, sizeof(*discovery));
	discovery->add = request->add;
	why = genl_open(&talk.genl, request->pci, on_answer, &talk);
	if (!why) {
		err = begin(&talk, request);
		if (!err)
			err = await(&talk, request, waiting);
		if (!err)
			err = fetch_rest(&talk);
		why = err ? explain(err) : NULL;
	}
	genl_close(&talk.genl);
	return why;
}

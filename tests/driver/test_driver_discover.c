// SPDX-License-Identifier: GPL-2.0-or-later
/* Discovery by the adapter, as the class and ohbatool ask for it, and what comes of it. */
#include "unit.h"
#include "flashes.h"

#include <ohba_genl.h>

#define ADAPTER	"0000:00:04.0"

static _Alignas(4) u8 msg[1024];
static u32 msg_len;
static struct netlink_ext_ack ack;

/* What the adapter says to the next DISCOVER. */
static struct {
	struct ohba_discover asked;
	unsigned int n;			/* that came */
	bool hold;
	u16 list_status;		/* of TARGET_LIST */
	unsigned int fails;		/* the allocation after the answer that does */
	struct ohba_discovery told;
	struct ohba_discovered found[64];
	u32 nfound, claimed;
	u16 status;
} portal;

static struct dev_cmd *held;

static void answer(struct dev_cmd *cmd)
{
	u8 data[sizeof(portal.told) + sizeof(portal.found)];
	struct ohba_cqe cqe = {
		.status = cpu_to_le16(portal.status), .result = cpu_to_le32(portal.claimed),
	};

	memcpy(data, &portal.told, sizeof(portal.told));
	memcpy(data + sizeof(portal.told), portal.found, sizeof(portal.found));
	dev_write_data(cmd, data, sizeof(data));
	if (portal.fails)
		shim_alloc_fails = shim_allocs + portal.fails;
	dev_answer_with(cmd, cqe);
}

static bool on_admin(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode == OHBA_ADMIN_TARGET_LIST && portal.list_status) {
		dev_answer(cmd, portal.list_status);
		return true;
	}
	if (cmd->sqe.opcode != OHBA_ADMIN_DISCOVER)
		return false;
	portal.n++;
	memcpy(&portal.asked, cmd->sqe.body, sizeof(portal.asked));
	held = cmd;
	if (!portal.hold)
		answer(cmd);
	return true;
}

static void find(const char *name, u8 last, int tpgt)
{
	struct ohba_discovered *found = &portal.found[portal.nfound++];

	found->family = OHBA_FAMILY_IPV4;
	found->port = cpu_to_le16(3260);
	memcpy(found->addr, (u8[]){ 10, 0, 0, last }, 4);
	strcpy((char *)found->name, name);
	if (tpgt >= 0) {
		found->flags = OHBA_DISCOVERED_TPGT;
		found->tpgt = cpu_to_le16(tpgt);
	}
	portal.claimed = portal.nfound;
	portal.told.listed = cpu_to_le32(portal.nfound);
}

static int up(void **state)
{
	(void)state;
	memset(&portal, 0, sizeof(portal));
	held = NULL;
	flash_load();
	dev.on_admin = on_admin;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

static struct sockaddr_in where(u8 last, u16 port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	memcpy(&in.sin_addr, (u8[]){ 10, 0, 0, last }, 4);
	return in;
}

static int class_asks(int type, u32 enable, struct sockaddr_in in)
{
	struct sockaddr_storage dst = { 0 };
	int ret;

	memcpy(&dst, &in, sizeof(in));
	mutex_lock(&shim_class_mutex);
	ret = shim_transport->tgt_dscvr(bench_host(), type, enable, (struct sockaddr *)&dst);
	mutex_unlock(&shim_class_mutex);
	shim_settle();
	return ret;
}

/* --- the class ------------------------------------------------------------------------------- */

static void test_entries(void **state)
{
	const struct ohba_target *target = &dev_targets.target[0];

	(void)state;
	find("iqn.2026-01.test:one", 7, 3);
	find("iqn.2026-01.test:two", 8, -1);
	assert_int_equal(class_asks(ISCSI_TGT_DSCVR_SEND_TARGETS, 1, where(7, 3999)), 0);
	assert_int_equal(portal.asked.family, OHBA_FAMILY_IPV4);
	assert_int_equal(le16_to_cpu(portal.asked.port), 3999);
	assert_int_equal(le16_to_cpu(portal.asked.account), OHBA_ACCOUNT_NONE);
	assert_memory_equal(portal.asked.addr, "\x0a\0\0\x07", 4);
	assert_int_equal(shim_flashnodes, 2);
	assert_string_equal((char *)target->name, "iqn.2026-01.test:one");
	assert_int_equal(target->family, OHBA_FAMILY_IPV4);
	assert_int_equal(le16_to_cpu(target->port), 3260);
	assert_int_equal(le16_to_cpu(target->tpgt), 3);
	assert_memory_equal(target->addr, "\x0a\0\0\x07", 4);
	/* Not automatic. */
	assert_int_equal(le16_to_cpu(target->flags), OHBA_TARGET_IMMEDIATE | OHBA_TARGET_TPGT);
	assert_int_equal(le16_to_cpu(dev_targets.target[1].flags), OHBA_TARGET_IMMEDIATE);
	assert_int_equal(shim_logged("2 new flashnodes, 0 that there were"), 1);
}

/* The same is not made twice; what differs in anything is another. */
static void test_known(void **state)
{
	(void)state;
	find("iqn.2026-01.test:one", 7, 3);
	find("iqn.2026-01.test:two", 7, -1);
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(shim_flashnodes, 2);
	find("iqn.2026-01.test:one", 8, 3);
	find("iqn.2026-01.test:one", 7, 4);
	find("iqn.2026-01.test:on", 7, 3);
	find("iqn.2026-01.test:one", 7, 3);
	portal.found[5].port = cpu_to_le16(3261);
	/* An entry without a group is of each. */
	find("iqn.2026-01.test:two", 7, 9);
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(shim_flashnodes, 6);
	assert_int_equal(shim_logged("4 new flashnodes, 3 that there were"), 1);
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(shim_flashnodes, 6);
}

/* A server, where the class says. */
static void test_class_isns(void **state)
{
	(void)state;
	find("iqn.2026-01.test:one", 8, 3);
	assert_int_equal(class_asks(ISCSI_TGT_DSCVR_ISNS, 1, where(7, 3205)), 0);
	assert_int_equal(portal.asked.method, OHBA_DISCOVER_ISNS);
	assert_int_equal(le16_to_cpu(portal.asked.port), 3205);
	assert_memory_equal(portal.asked.addr, "\x0a\0\0\x07", 4);
	assert_int_equal(shim_flashnodes, 1);
	assert_int_equal(class_asks(ISCSI_TGT_DSCVR_SEND_TARGETS, 1, where(7, 3260)), 0);
	assert_int_equal(portal.asked.method, OHBA_DISCOVER_SENDTARGETS);
}

static void test_full(void **state)
{
	char name[32];
	u32 i;

	(void)state;
	for (i = 0; i < FLASH_TARGETS + 3; i++) {
		snprintf(name, sizeof(name), "iqn.2026-01.test:%u", i);
		find(name, 7, 1);
	}
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(shim_flashnodes, FLASH_TARGETS);
	assert_int_equal(shim_logged("3 targets have no flashnode (-28): all are in use"), 1);
}

static void test_refused(void **state)
{
	struct sockaddr_in none = where(7, 3260);

	(void)state;
	assert_int_equal(class_asks(ISCSI_TGT_DSCVR_SLP, 1, where(7, 427)), -EOPNOTSUPP);
	assert_int_equal(class_asks(1, 0, where(7, 3260)), -EOPNOTSUPP);
	assert_int_equal(class_asks(1, 1, where(7, 0)), -EINVAL);
	memset(&none.sin_addr, 0, sizeof(none.sin_addr));
	assert_int_equal(class_asks(1, 1, none), -EINVAL);
	none.sin_family = AF_UNIX;
	assert_int_equal(class_asks(1, 1, none), -EINVAL);
	assert_int_equal(portal.n, 0);
	portal.status = OHBA_ST_LOGIN_AUTH;
	strcpy((char *)portal.told.words, "no\nway\x7f");
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(shim_logged("discovery: LOGIN_AUTH"), 1);
	assert_int_equal(shim_logged("no?way?"), 1);
	assert_int_equal(shim_flashnodes, 0);
}

/* An adapter that lies: what cannot be is left out, and no more is read than there is. */
static void test_lies(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 7; i++)
		find("iqn.2026-01.test:one", 10 + i, 1);
	portal.found[0].family = 0;
	portal.found[1].port = 0;
	memset(portal.found[2].name, 'x', sizeof(portal.found[2].name));
	portal.found[3].name[0] = 0;
	portal.found[4].name[3] = '\n';
	portal.found[5].name[3] = 0x7f;
	portal.claimed = 0xffffffff;
	memset(portal.told.words, 'w', sizeof(portal.told.words));
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(shim_flashnodes, 1);
	assert_int_equal(shim_logged("targets that cannot be"), 1);
}

/* What is no UTF-8, or what a terminal would obey. */
static void test_name_lies(void **state)
{
	static const char *const bad[] = {
		"iqn.\x9b" "2J", "iqn.\xc2\x9b" "2J", "iqn.a b", "iqn.\xff", "iqn.\xc3", "iqn.\xc0\x80",
		"iqn.\xe0\x9f\xbf", "iqn.\xed\xa0\x80", "iqn.\xf4\x90\x80\x80", "iqn.\xf8\x88\x80\x80",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		find(bad[i], i, 1);
	find("iqn.2026-01.test:\xc2\xa1\xe0\xa0\x80\xed\x9f\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 11, 1);
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(shim_flashnodes, 1);
	assert_string_equal((char *)dev_targets.target[0].name, (char *)portal.found[i].name);
	assert_int_equal(shim_logged("found 10 targets that cannot be"), 1);
}

/* Of a table that was not read an entry may be there already. */
static void test_unread(void **state)
{
	static const u16 statuses[] = { OHBA_ST_BUSY, OHBA_ST_INTERNAL };
	unsigned int i, sets;

	(void)state;
	find("iqn.2026-01.test:one", 7, 3);
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	sets = dev_targets.sets;
	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		portal.list_status = statuses[i];
		bench_restart();
		shim_settle();
		find("iqn.2026-01.test:new", 8 + i, 3);
		assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
		assert_int_equal(dev_targets.sets, sets);
		assert_int_equal(shim_logged("the adapter's table was not read"), 1);
		portal.list_status = 0;
		bench_restart();
		/* Who restarts often does so after ever longer. */
		shim_advance_ms(70000);
	}
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(shim_flashnodes, 3);
}

/* Nobody's disk waits for memory of ours: there is none asked for under the class's lock. */
static void test_no_memory(void **state)
{
	struct sockaddr_storage dst = { 0 };
	struct sockaddr_in in = where(7, 3260);
	unsigned int before = shim_allocs;

	(void)state;
	memcpy(&dst, &in, sizeof(in));
	mutex_lock(&shim_class_mutex);
	assert_int_equal(shim_transport->tgt_dscvr(bench_host(), 1, 1, (struct sockaddr *)&dst), 0);
	mutex_unlock(&shim_class_mutex);
	assert_int_equal(shim_allocs, before);
	shim_no_memory = true;
	shim_settle();
	shim_no_memory = false;
	assert_int_equal(portal.n, 0);
	assert_int_equal(shim_logged("discovery did not begin (-12)"), 1);
	/* For what was found; then for entries of it. */
	find("iqn.2026-01.test:one", 7, 3);
	portal.fails = 2;
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(portal.n, 1);
	assert_int_equal(shim_flashnodes, 0);
	assert_int_equal(shim_logged("1 targets have no flashnode (-12): memory is short"), 1);
}

/* --- ohbatool -------------------------------------------------------------------------------- */

static void attr_add(int type, const void *data, u32 len)
{
	struct nlattr *attr = (void *)(msg + msg_len);

	memset(attr, 0, NLA_ALIGN(NLA_HDRLEN + len));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy(nla_data(attr), data, len);
	msg_len += NLA_ALIGN(attr->nla_len);
}

static void attr_u32(int type, u32 value)
{
	attr_add(type, &value, sizeof(value));
}

static int say(u8 cmd)
{
	u8 *data = malloc(msg_len);
	int err;

	memcpy(data, msg, msg_len);
	err = shim_genl_send(cmd, data, msg_len, &ack);
	free(data);
	msg_len = 0;
	return err;
}

static struct nlattr *told(int type)
{
	return shim_nla_find(shim_genl_attrs, shim_genl_len, type);
}

static int begin(u32 flags)
{
	u16 port = 3260, algorithms = OHBA_CHAP_SHA256;

	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	attr_add(OHBA_ATTR_ADDR, "\x0a\0\0\x07", 4);
	attr_add(OHBA_ATTR_PORT, &port, 2);
	attr_u32(OHBA_ATTR_ACCOUNT, 5);
	attr_u32(OHBA_ATTR_TIMEOUT, 4000);
	attr_u32(OHBA_ATTR_FLAGS, flags);
	attr_add(OHBA_ATTR_CHAP_LIST, &algorithms, 2);
	return say(OHBA_CMD_DISCOVER);
}

static u32 number(int type)
{
	assert_non_null(told(type));
	return nla_get_u32(told(type));
}

static int ask(u32 id, u32 first)
{
	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	attr_u32(OHBA_ATTR_DISCOVERY, id);
	attr_u32(OHBA_ATTR_FIRST, first);
	return say(OHBA_CMD_DISCOVERED);
}

static u32 founds(void)
{
	struct nlattr *attr;
	int rest;
	u32 n = 0;

	nla_for_each_attr(attr, (void *)shim_genl_attrs, shim_genl_len, rest)
		n += (attr->nla_type & NLA_TYPE_MASK) == OHBA_ATTR_FOUND;
	return n;
}

static void test_tool(void **state)
{
	struct nlattr *nest, *attr;
	u32 id;

	(void)state;
	find("iqn.2026-01.test:one", 7, 3);
	find("iqn.2026-01.test:one\n", 7, 3);
	portal.told.skipped = cpu_to_le32(4);
	portal.hold = true;
	assert_int_equal(begin(0), 0);
	id = number(OHBA_ATTR_DISCOVERY);
	shim_settle();
	assert_int_equal(le16_to_cpu(portal.asked.account), 5);
	assert_int_equal(le16_to_cpu(portal.asked.chap_list), OHBA_CHAP_SHA256);
	assert_int_equal(le32_to_cpu(portal.asked.timeout_ms), 4000);
	assert_int_equal(ask(id, 0), 0);
	assert_non_null(told(OHBA_ATTR_RUNNING));
	/* One at a time, whoever asks. */
	assert_int_equal(begin(0), -EBUSY);
	assert_int_equal(class_asks(1, 1, where(7, 3260)), -EBUSY);
	answer(held);
	shim_settle();
	assert_int_equal(ask(id, 0), 0);
	assert_null(told(OHBA_ATTR_RUNNING));
	assert_int_equal(number(OHBA_ATTR_STATUS), OHBA_ST_SUCCESS);
	assert_int_equal(number(OHBA_ATTR_LISTED), 2);
	assert_int_equal(number(OHBA_ATTR_IMPOSSIBLE), 1);
	assert_int_equal(number(OHBA_ATTR_SKIPPED), 4);
	assert_int_equal(number(OHBA_ATTR_COUNT), 1);
	nest = told(OHBA_ATTR_FOUND);
	assert_int_equal(founds(), 1);
	attr = shim_nla_find(nla_data(nest), nla_len(nest), OHBA_FOUND_NAME);
	assert_string_equal(nla_data(attr), "iqn.2026-01.test:one");
	attr = shim_nla_find(nla_data(nest), nla_len(nest), OHBA_FOUND_TPGT);
	assert_int_equal(nla_get_u32(attr), 3);
	assert_null(shim_nla_find(nla_data(nest), nla_len(nest), OHBA_FOUND_ENTRY));
	assert_int_equal(shim_flashnodes, 0);
	/* Of another one, or none. */
	assert_int_equal(ask(id + 1, 0), -ESTALE);
	assert_int_equal(ask(0, 0), -ESTALE);
	assert_int_equal(begin(0), 0);
	shim_settle();
	assert_int_equal(ask(id, 0), -ESTALE);
	answer(held);
}

static int begin_isns(const char *addr, u16 port)
{
	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	attr_u32(OHBA_ATTR_METHOD, OHBA_DISCOVER_ISNS);
	if (addr)
		attr_add(OHBA_ATTR_ADDR, addr, 4);
	if (port)
		attr_add(OHBA_ATTR_PORT, &port, 2);
	return say(OHBA_CMD_DISCOVER);
}

/* As if DHCP had announced @last with address @index. */
static void announce(unsigned int index, u8 last)
{
	struct ohba_hw *hw = bench_hw();

	hw->ifaces[index].family = OHBA_FAMILY_IPV4;
	hw->leases[index].generation = hw->ifaces[index].generation;
	memcpy(hw->leases[index].isns, (u8[]){ 10, 0, 0, last }, 4);
}

static void expect_asked(u8 last, u16 port)
{
	u8 addr[16] = { 10, 0, 0, last };

	shim_settle();
	assert_int_equal(portal.asked.method, OHBA_DISCOVER_ISNS);
	assert_int_equal(portal.asked.family, OHBA_FAMILY_IPV4);
	assert_memory_equal(portal.asked.addr, addr, sizeof(addr));
	assert_int_equal(le16_to_cpu(portal.asked.port), port);
	assert_int_equal(le16_to_cpu(portal.asked.account), OHBA_ACCOUNT_NONE);
	/* Who asked hears where. */
	assert_int_equal(nla_len(told(OHBA_ATTR_ADDR)), 4);
	assert_memory_equal(nla_data(told(OHBA_ATTR_ADDR)), addr, 4);
	assert_int_equal(nla_get_u16(told(OHBA_ATTR_PORT)), port);
}

/* Of an iSNS server: the one that is named, or that DHCP announced. */
static void test_tool_isns(void **state)
{
	(void)state;
	assert_int_equal(begin_isns(NULL, 0), -EDESTADDRREQ);
	assert_string_equal(ack.msg, "no DHCP server of the adapter's announced an iSNS server");
	assert_int_equal(begin_isns("\x0a\0\0\x09", 0), 0);
	expect_asked(9, 3205);
	assert_int_equal(begin_isns("\x0a\0\0\x09", 4205), 0);
	expect_asked(9, 4205);
	announce(5, 13);
	announce(3, 12);
	assert_int_equal(begin_isns(NULL, 0), 0);
	expect_asked(12, 3205);
	assert_int_equal(begin_isns(NULL, 4205), 0);
	expect_asked(12, 4205);
	/* With an address that is no more, or another's. */
	bench_hw()->ifaces[3].family = 0;
	assert_int_equal(begin_isns(NULL, 0), 0);
	expect_asked(13, 3205);
	bench_hw()->ifaces[5].generation++;
	assert_int_equal(begin_isns(NULL, 0), -EDESTADDRREQ);
	/* A portal's address is nobody else's to know. */
	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	assert_int_equal(say(OHBA_CMD_DISCOVER), -EINVAL);
	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	attr_add(OHBA_ATTR_ADDR, "\x0a\0\0\x07", 4);
	assert_int_equal(say(OHBA_CMD_DISCOVER), -EINVAL);
	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	attr_u32(OHBA_ATTR_METHOD, OHBA_DISCOVER_ISNS + 1);
	attr_add(OHBA_ATTR_ADDR, "\x0a\0\0\x07", 4);
	attr_add(OHBA_ATTR_PORT, "\xbc\x0c", 2);
	assert_true(say(OHBA_CMD_DISCOVER) < 0);
	assert_int_equal(portal.n, 5);
}

static void test_tool_adds(void **state)
{
	struct nlattr *nest;
	u32 id, n;

	(void)state;
	for (n = 0; n < 60; n++)
		find("iqn.2026-01.test:one", n, 3);
	assert_int_equal(begin(OHBA_DISCOVER_ADD), 0);
	id = number(OHBA_ATTR_DISCOVERY);
	shim_settle();
	assert_int_equal(ask(id, 0), 0);
	n = founds();
	assert_in_range(n, 1, 59);
	nest = told(OHBA_ATTR_FOUND);
	assert_non_null(shim_nla_find(nla_data(nest), nla_len(nest), OHBA_FOUND_NEW));
	assert_int_equal(ask(id, n), 0);
	assert_int_equal(founds(), 60 - n);
	/* There was room for some. */
	nest = told(OHBA_ATTR_FOUND);
	assert_int_equal(nla_get_u32(shim_nla_find(nla_data(nest), nla_len(nest),
						   OHBA_FOUND_ERRNO)), ENOSPC);
	assert_int_equal(ask(id, 60), 0);
	assert_int_equal(founds(), 0);
	assert_int_equal(ask(id, 0xffffffff), 0);
	assert_int_equal(founds(), 0);
}

static void test_tool_refused(void **state)
{
	u32 bad;

	(void)state;
	for (bad = 0; bad < 6; bad++) {
		u16 port = 3260;

		if (bad != 0)
			attr_add(OHBA_ATTR_ADAPTER, bad == 1 ? "0000:00:05.0" : ADAPTER, 13);
		if (bad != 2)
			attr_add(OHBA_ATTR_ADDR, "\x0a\0\0\x07", bad == 3 ? 3 : 4);
		if (bad != 4)
			attr_add(OHBA_ATTR_PORT, &port, 2);
		attr_u32(OHBA_ATTR_TIMEOUT, bad == 5 ? OHBA_DISCOVER_MS_MAX + 1 : 1);
		assert_int_equal(say(OHBA_CMD_DISCOVER), bad < 2 ? -ENODEV : -EINVAL);
	}
	assert_int_equal(portal.n, 0);
}

static int begin_as(u32 flags, bool account)
{
	u16 port = 3260;

	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, 13);
	attr_add(OHBA_ATTR_ADDR, "\x0a\0\0\x07", 4);
	attr_add(OHBA_ATTR_PORT, &port, 2);
	if (account)
		attr_u32(OHBA_ATTR_ACCOUNT, 5);
	/* Also if they say nothing. */
	attr_u32(OHBA_ATTR_FLAGS, flags);
	return say(OHBA_CMD_DISCOVER);
}

static void test_tool_no_admin(void **state)
{
	(void)state;
	shim_not_admin = true;
	assert_int_equal(begin_as(OHBA_DISCOVER_ADD, false), -EPERM);
	assert_int_equal(begin_as(0, true), -EPERM);
	assert_int_equal(portal.n, 0);
	assert_int_equal(begin_as(0, false), 0);
	shim_not_admin = false;
	shim_settle();
	assert_int_equal(portal.n, 1);
}

/* The class does not know the adapter yet. */
static void test_tool_early(void **state)
{
	struct ohba_hw *hw = bench_hw();

	(void)state;
	hw->io_started = false;
	assert_int_equal(begin_as(OHBA_DISCOVER_ADD, false), -EAGAIN);
	assert_int_equal(begin_as(0, false), 0);
	hw->io_started = true;
	shim_settle();
	assert_int_equal(portal.n, 1);
}

/* --- ends ------------------------------------------------------------------------------------ */

static void test_stopped(void **state)
{
	u32 id;

	(void)state;
	portal.hold = true;
	assert_int_equal(begin(0), 0);
	id = number(OHBA_ATTR_DISCOVERY);
	shim_settle();
	bench_restart();
	shim_settle();
	assert_int_equal(ask(id, 0), 0);
	assert_int_equal(number(OHBA_ATTR_STATUS), OHBA_ST_ABORTED);
	assert_string_equal(nla_data(told(OHBA_ATTR_WORDS)), "the adapter is down");
	portal.hold = false;
	find("iqn.2026-01.test:one", 7, 3);
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(shim_flashnodes, 1);
}

/* One that the device does not end is no reason to have none for ever. */
static void test_unanswered(void **state)
{
	u32 id;

	(void)state;
	portal.hold = true;
	assert_int_equal(begin(0), 0);
	id = number(OHBA_ATTR_DISCOVERY);
	/* Its 4 s, and what a logout and TCP may take. */
	shim_advance_ms(4000 + 7000);
	assert_int_equal(ask(id, 0), 0);
	assert_non_null(told(OHBA_ATTR_RUNNING));
	shim_advance_ms(OHBA_ADMIN_TIMEOUT_MS + 3 * OHBA_HEARTBEAT_MS);
	assert_int_equal(shim_logged("it did not end a discovery"), 1);
	assert_int_equal(shim_logged("up again"), 1);
	assert_int_equal(ask(id, 0), 0);
	assert_int_equal(number(OHBA_ATTR_STATUS), OHBA_ST_ABORTED);
	portal.hold = false;
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(portal.n, 2);
}

static void test_down(void **state)
{
	(void)state;
	ohba_hold(&bench_hw()->pub, 0, "a test");
	assert_int_equal(begin(0), -ENODEV);
	ohba_release(&bench_hw()->pub, 0);
	shim_settle();
	assert_int_equal(begin(0), 0);
}

static void test_removed(void **state)
{
	(void)state;
	portal.hold = true;
	assert_int_equal(class_asks(1, 1, where(7, 3260)), 0);
	assert_int_equal(portal.n, 1);
}

/* Removal meets the entries that are being made. */
static void test_removed_late(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 60; i++)
		find("iqn.2026-01.test:one", i, 3);
	assert_int_equal(begin(OHBA_DISCOVER_ADD), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, up, bench_gone)
		TEST(test_entries),
		TEST(test_known),
		TEST(test_class_isns), TEST(test_full),
		TEST(test_refused),
		TEST(test_lies), TEST(test_name_lies), TEST(test_unread), TEST(test_no_memory),
		TEST(test_tool),
		TEST(test_tool_isns), TEST(test_tool_adds),
		TEST(test_tool_refused), TEST(test_tool_no_admin), TEST(test_tool_early),
		TEST(test_stopped), TEST(test_unanswered), TEST(test_down),
		TEST(test_removed),
		TEST(test_removed_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

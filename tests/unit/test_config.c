// SPDX-License-Identifier: GPL-2.0-or-later
/* What the adapter keeps (SPEC.md 6.3): by command, over resets, and on flash. */
#include <errno.h>

#include "faults.h"
#include "net.h"

#define COPY	(OHBA_FW_FLASH_MIN / 2)
#define NUMBER	8		/* where they lie in a copy */
#define VERSION	16
#define RECORD	32
#define LAST_BYTE	(RECORD + offsetof(struct ohba_config, iface[15].local[15]))

static const uint8_t ours6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
static const uint8_t local6[16] = { 0xfe, 0x80, [15] = 1 };

static struct flash flash;

static int erased(void **state)
{
	(void)state;
	memset(&flash, 0, sizeof(flash));
	host_use_flash(&flash);
	return 0;
}

static int no_flash(void **state)
{
	(void)state;
	host_use_flash(NULL);
	return 0;
}

/* IPv4 address 10.0.0.@last on iface 0, IPv6 ones on 8 and 15, which ends with @last. */
static struct ohba_config config_of(uint8_t last)
{
	struct ohba_config config = { 0 };

	config.iface[0] = (struct ohba_iface_config) {
		.family = OHBA_FAMILY_IPV4, .flags = OHBA_IFCONF_ENABLED, .prefix = 24,
		.addr = { 10, 0, 0, last }, .router = { 10, 0, 0, 254 },
	};
	config.iface[8] = (struct ohba_iface_config) {
		.family = OHBA_FAMILY_IPV6, .source = OHBA_ADDR_SLAAC, .prefix = 64,
		.flags = OHBA_IFCONF_LOCAL_STATIC,
	};
	memcpy(config.iface[8].addr, ours6, 16);
	memcpy(config.iface[8].local, local6, 16);
	config.iface[15] = config.iface[8];
	config.iface[15].local[15] = last;
	return config;
}

static uint32_t start_set(struct host *host, const struct ohba_config *config)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONFIG_SET, 0);
	uint64_t addr = mem_alloc(host->mem, sizeof(*config), MEM_OUT);

	memcpy(mem_ptr(host->mem, addr), config, sizeof(*config));
	sqe_data(&sqe, addr, sizeof(*config));
	return host_admin_start(host, &sqe);
}

static void set(struct host *host, const struct ohba_config *config, uint16_t status)
{
	struct ohba_cqe cqe = host_expect(host, OHBA_QID_ADMIN, start_set(host, config));

	expect_status(&cqe, status);
}

/* It must be @config, from @origin. */
static void kept(struct host *host, const struct ohba_config *config, uint8_t origin)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONFIG_GET, 0);
	uint64_t addr = mem_alloc(host->mem, sizeof(*config), MEM_IN);
	const struct ohba_config *got = mem_ptr(host->mem, addr);
	struct ohba_config expected = *config;

	sqe_data(&sqe, addr, sizeof(*config));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	expected.origin = origin;
	same_bytes("configuration", got, &expected, sizeof(expected));
}

static void nothing_kept(struct host *host, uint8_t origin)
{
	struct ohba_config none = { 0 };

	kept(host, &none, origin);
}

static uint8_t *copy_at(unsigned int i)
{
	return flash.bytes + i * COPY;
}

/* --- commands ---------------------------------------------------------------- */

static void test_fields(void **state)
{
	static const struct {
		unsigned int iface;
		size_t at;
		uint8_t value;
	} bad[] = {
		{ 0, offsetof(struct ohba_iface_config, family), 5 },
		{ 0, offsetof(struct ohba_iface_config, family), 0 },
		{ 0, offsetof(struct ohba_iface_config, flags), 0x10 },
		{ 0, offsetof(struct ohba_iface_config, flags), OHBA_IFCONF_LOCAL_STATIC },
		{ 0, offsetof(struct ohba_iface_config, source), OHBA_ADDR_SLAAC },
		{ 0, offsetof(struct ohba_iface_config, prefix), 33 },
		{ 0, offsetof(struct ohba_iface_config, mtu), 1 },
		{ 0, offsetof(struct ohba_iface_config, addr), 224 },
		{ 0, offsetof(struct ohba_iface_config, addr) + 4, 1 },
		{ 0, offsetof(struct ohba_iface_config, router), 127 },
		{ 0, offsetof(struct ohba_iface_config, router) + 15, 1 },
		{ 0, offsetof(struct ohba_iface_config, local), 0xfe },
		{ 0, offsetof(struct ohba_iface_config, rsvd) + 7, 1 },
		{ 5, offsetof(struct ohba_iface_config, prefix), 1 },
		{ 8, offsetof(struct ohba_iface_config, source), OHBA_ADDR_SLAAC + 1 },
		{ 8, offsetof(struct ohba_iface_config, prefix), 129 },
		{ 8, offsetof(struct ohba_iface_config, addr), 0xff },
		{ 8, offsetof(struct ohba_iface_config, mtu) + 1, 4 },
		{ 8, offsetof(struct ohba_iface_config, local), 0x20 },
	};
	struct ohba_config good = config_of(1), config;
	struct net *net = net_new();
	unsigned int i;

	(void)state;
	nothing_kept(net->host, OHBA_CONFIG_DEFAULT);
	set(net->host, &good, OHBA_ST_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		config = good;
		((uint8_t *)&config.iface[bad[i].iface])[bad[i].at] = bad[i].value;
		set(net->host, &config, OHBA_ST_INVALID_FIELD);
	}
	config = good;
	config.origin = OHBA_CONFIG_FLASH;
	set(net->host, &config, OHBA_ST_INVALID_FIELD);
	config = good;
	config.rsvd[62] = 1;
	set(net->host, &config, OHBA_ST_INVALID_FIELD);
	kept(net->host, &good, OHBA_CONFIG_MEMORY);
	net_free(net);
}

static void test_lengths(void **state)
{
	struct net *net = net_new();
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONFIG_SET, 0);
	uint64_t addr = mem_alloc(net->host->mem, 2 * sizeof(struct ohba_config), MEM_OUT);

	(void)state;
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe_data(&sqe, addr, sizeof(struct ohba_config) - 1);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = sqe_admin(OHBA_ADMIN_CONFIG_SET, 0);
	sqe_data(&sqe, addr, sizeof(struct ohba_config) + 1);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = sqe_admin(OHBA_ADMIN_CONFIG_SET, 1);
	sqe_data(&sqe, addr, sizeof(struct ohba_config));
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe = sqe_admin(OHBA_ADMIN_CONFIG_GET, 1);
	host_admin_status(net->host, &sqe, OHBA_ST_INVALID_FIELD);
	nothing_kept(net->host, OHBA_CONFIG_DEFAULT);
	net_free(net);
}

static void test_absent(void **state)
{
	struct host *host = host_new_ready();
	struct ohba_sqe get = sqe_admin(OHBA_ADMIN_CONFIG_GET, 0);
	struct ohba_sqe put = sqe_admin(OHBA_ADMIN_CONFIG_SET, 0);

	(void)state;
	assert_false(host_read(host, OHBA_REG_FEATURES) & OHBA_FEATURE_CONFIG);
	host_admin_status(host, &get, OHBA_ST_INVALID_OPCODE);
	host_admin_status(host, &put, OHBA_ST_INVALID_OPCODE);
	host_free(host);
}

/* --- at power-up -------------------------------------------------------------- */

/* Without a driver's word the adapter has what is static, on, and an address. */
static void test_acts_by_itself(void **state)
{
	struct ohba_config config = config_of(1);
	struct net *net = net_new();
	uint8_t addr[16] = { 10, 0, 0, 1 };

	(void)state;
	assert_true(host_read(net->host, OHBA_REG_FEATURES) & OHBA_FEATURE_CONFIG);
	config.iface[1] = config.iface[2] = config.iface[3] = config.iface[0];
	config.iface[1].addr[3] = 2;
	config.iface[1].flags |= OHBA_IFCONF_VLAN;
	config.iface[1].tci = htole16(100);
	config.iface[2].addr[3] = 3;
	config.iface[2].flags = 0;
	config.iface[3].addr[3] = 4;
	config.iface[3].source = OHBA_ADDR_DHCP;
	set(net->host, &config, OHBA_ST_SUCCESS);
	assert_false(net_has(net, addr, 0));
	host_reset(net->host);
	host_bring_up(net->host);
	kept(net->host, &config, OHBA_CONFIG_MEMORY);
	assert_true(net_has(net, addr, 0));
	addr[3] = 2;
	assert_true(net_has(net, addr, 100));
	assert_false(net_has(net, addr, 0));
	addr[3] = 3;
	assert_false(net_has(net, addr, 0));
	addr[3] = 4;
	assert_false(net_has(net, addr, 0));
	/* The driver says the same: nothing changes, and nothing is announced. */
	net->sent = 0;
	addr[3] = 1;
	net_iface(net, 0, OHBA_FAMILY_IPV4, addr, 0);
	assert_int_equal(net->sent, 0);
	net_free(net);
}

/* --- flash -------------------------------------------------------------------- */

static void test_outlives_power(void **state)
{
	struct ohba_config config = config_of(1);
	struct net *net = net_new();
	unsigned int i;

	(void)state;
	nothing_kept(net->host, OHBA_CONFIG_DEFAULT);
	for (i = 1; i <= 5; i++) {
		config = config_of(i);
		set(net->host, &config, OHBA_ST_SUCCESS);
		assert_int_equal(flash.writes, i);
		net_free(net);
		net = net_new();
		kept(net->host, &config, OHBA_CONFIG_FLASH);
		assert_true(net_has(net, config.iface[0].addr, 0));
	}
	net_free(net);
}

/* New flash is all ones, a new file all zeroes. */
static void test_erased(void **state)
{
	struct net *net;

	(void)state;
	memset(copy_at(1), 0xff, COPY);
	net = net_new();
	nothing_kept(net->host, OHBA_CONFIG_DEFAULT);
	net_free(net);
}

/* Another record that is whole: that there is no initiator. */
static void put_initiator(void)
{
	uint8_t *copy = flash.bytes + 12288;
	uint32_t crc;

	flash.size = 12288 + 1024;
	memset(copy, 0, 1024);
	memcpy(copy, "OHBAinit", 8);
	copy[NUMBER] = copy[VERSION] = 1;
	crc = htole32(crc32c_slow(0, copy, 1024));
	memcpy(copy + 28, &crc, 4);
}

/* Whatever byte is lost, of the last: what was before is kept. */
static void test_damage(void **state)
{
	struct ohba_config first = config_of(1), second = config_of(2);
	struct net *net = net_new();
	size_t at;

	(void)state;
	set(net->host, &first, OHBA_ST_SUCCESS);
	set(net->host, &second, OHBA_ST_SUCCESS);
	net_free(net);
	put_initiator();
	for (at = 0; at < COPY; at += at < 128 ? 1 : 97) {
		copy_at(0)[at] ^= 0x40;
		net = net_new();
		kept(net->host, &first, OHBA_CONFIG_FLASH);
		net_free(net);
		copy_at(1)[COPY - 1 - at] ^= 1;
		net = net_new();
		nothing_kept(net->host, OHBA_CONFIG_DAMAGED);
		net_free(net);
		copy_at(0)[at] ^= 0x40;
		net = net_new();
		kept(net->host, &second, OHBA_CONFIG_FLASH);
		net_free(net);
		copy_at(1)[COPY - 1 - at] ^= 1;
	}
	flash.read_err = -EIO;
	net = net_new();
	nothing_kept(net->host, OHBA_CONFIG_DAMAGED);
	net_free(net);
}

/* With nothing else on it, it may be anybody's. */
static void test_no_copy_good(void **state)
{
	struct ohba_config first = config_of(1), second = config_of(2);
	struct net *net = net_new();

	(void)state;
	set(net->host, &first, OHBA_ST_SUCCESS);
	set(net->host, &second, OHBA_ST_SUCCESS);
	net_free(net);
	copy_at(0)[RECORD] ^= 1;
	copy_at(1)[RECORD] ^= 1;
	host_refused(&host_config, true, "truncate -s 0");
	assert_int_equal(flash.writes, 2);
}

/* Written by somebody who knows the CRC. */
static void forge(unsigned int i, size_t at, uint8_t value)
{
	uint8_t *copy = copy_at(i);
	uint32_t crc;

	copy[at] = value;
	memset(copy + 28, 0, 4);
	crc = htole32(crc32c_slow(0, copy, COPY));
	memcpy(copy + 28, &crc, 4);
}

static void test_hostile(void **state)
{
	const size_t iface = RECORD + offsetof(struct ohba_config, iface);
	const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ 0, 'x' }, { 16, 0 }, { 20, 0x41 }, { 23, 0xff }, { 24, 1 },
		{ RECORD, OHBA_CONFIG_FLASH }, { RECORD + 1, 1 },
		{ RECORD + sizeof(struct ohba_config), 1 }, { COPY - 1, 1 },
		{ iface + offsetof(struct ohba_iface_config, addr), 255 },
		{ iface + offsetof(struct ohba_iface_config, family), 9 },
	};
	struct ohba_config first = config_of(1), second = config_of(2);
	struct flash good;
	struct net *net = net_new();
	unsigned int i;

	(void)state;
	set(net->host, &first, OHBA_ST_SUCCESS);
	set(net->host, &second, OHBA_ST_SUCCESS);
	net_free(net);
	good = flash;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		forge(0, bad[i].at, bad[i].value);
		net = net_new();
		kept(net->host, &first, OHBA_CONFIG_FLASH);
		net_free(net);
		flash = good;
	}
	/* A number that is the last there is: the next is newer all the same. */
	for (i = 0; i < 8; i++) {
		forge(0, 8 + i, 0xff);
		forge(1, 8 + i, i ? 0xff : 0xfe);
	}
	net = net_new();
	kept(net->host, &second, OHBA_CONFIG_FLASH);
	set(net->host, &first, OHBA_ST_SUCCESS);
	net_free(net);
	net = net_new();
	kept(net->host, &first, OHBA_CONFIG_FLASH);
	net_free(net);
}

/* Power goes while it is written, after any number of bytes. */
static void test_torn(void **state)
{
	struct ohba_config first = config_of(1), second = config_of(2);
	struct net *net = net_new();
	size_t len;

	(void)state;
	set(net->host, &first, OHBA_ST_SUCCESS);
	flash.hold = true;
	for (len = 0; len <= LAST_BYTE; len += len < RECORD ? 1 : 61) {
		start_set(net->host, &second);
		host_expect_none(net->host, OHBA_QID_ADMIN);
		kept(net->host, &first, OHBA_CONFIG_FLASH);
		host_flash_let(net->host, len, -EIO);
		net_free(net);
		net = net_new();
		kept(net->host, &first, OHBA_CONFIG_FLASH);
	}
	net_free(net);
}

static void test_write_fails(void **state)
{
	struct ohba_config first = config_of(1), second = config_of(2);
	struct net *net = net_new();

	(void)state;
	set(net->host, &first, OHBA_ST_SUCCESS);
	flash.write_err = -ENOSPC;
	set(net->host, &second, OHBA_ST_FLASH);
	kept(net->host, &first, OHBA_CONFIG_FLASH);
	flash.write_err = 0;
	set(net->host, &second, OHBA_ST_SUCCESS);
	kept(net->host, &second, OHBA_CONFIG_FLASH);
	net_free(net);
}

static struct net *unreadable(void)
{
	struct net *net;

	flash.read_err = -EIO;
	net = net_new();
	flash.read_err = 0;
	nothing_kept(net->host, OHBA_CONFIG_DAMAGED);
	return net;
}

/* What could not be read is there again, and was the newer; it does not come back. */
static void test_unreadable(void **state)
{
	struct ohba_config first = config_of(1), second = config_of(2), third = config_of(3);
	struct net *net = net_new();

	(void)state;
	set(net->host, &first, OHBA_ST_SUCCESS);
	set(net->host, &second, OHBA_ST_SUCCESS);
	net_free(net);
	net = unreadable();
	set(net->host, &third, OHBA_ST_SUCCESS);
	net_free(net);
	net = net_new();
	kept(net->host, &third, OHBA_CONFIG_FLASH);
	net_free(net);
	/* And then it goes on as ever. */
	net = unreadable();
	set(net->host, &first, OHBA_ST_SUCCESS);
	set(net->host, &second, OHBA_ST_SUCCESS);
	assert_int_equal(copy_at(0)[NUMBER], copy_at(1)[NUMBER] + 1);
	net_free(net);
	copy_at(0)[RECORD] ^= 1;
	net = net_new();
	kept(net->host, &first, OHBA_CONFIG_FLASH);
	net_free(net);
}

/* All of it is there, but nobody could say so: it is the one or the other. */
static void test_end_is_unknown(void **state)
{
	struct ohba_config first = config_of(1), second = config_of(2), third = config_of(3);
	struct net *net = net_new();

	(void)state;
	set(net->host, &first, OHBA_ST_SUCCESS);
	flash.hold = true;
	start_set(net->host, &second);
	host_settle(net->host);
	host_flash_let(net->host, COPY, -EIO);
	kept(net->host, &first, OHBA_CONFIG_FLASH);
	host_reset(net->host);
	host_bring_up(net->host);
	kept(net->host, &first, OHBA_CONFIG_FLASH);
	net_free(net);
	net = net_new();
	kept(net->host, &second, OHBA_CONFIG_FLASH);
	/* And what is written next is what holds. */
	flash.hold = false;
	flash.write_err = -EIO;
	set(net->host, &first, OHBA_ST_FLASH);
	flash.write_err = 0;
	set(net->host, &third, OHBA_ST_SUCCESS);
	net_free(net);
	net = net_new();
	kept(net->host, &third, OHBA_CONFIG_FLASH);
	net_free(net);
}

#define WAITING	16

/* They wait for one another, in order; and no more than there is room for. */
static void test_one_at_a_time(void **state)
{
	struct ohba_config config = config_of(1);
	struct net *net = net_new();
	uint32_t tag[1 + WAITING];
	struct ohba_cqe cqe;
	unsigned int i;

	(void)state;
	flash.hold = true;
	for (i = 0; i < ARRAY_SIZE(tag); i++) {
		config = config_of(1 + i);
		tag[i] = start_set(net->host, &config);
	}
	set(net->host, &config, OHBA_ST_BUSY);
	nothing_kept(net->host, OHBA_CONFIG_DEFAULT);
	for (i = 0; i < ARRAY_SIZE(tag); i++) {
		assert_int_equal(flash.writes, i + 1);
		host_flash_let(net->host, COPY, 0);
		cqe = host_expect(net->host, OHBA_QID_ADMIN, tag[i]);
		expect_status(&cqe, OHBA_ST_SUCCESS);
		config = config_of(1 + i);
		kept(net->host, &config, OHBA_CONFIG_FLASH);
	}
	net_free(net);
}

/* One that waited is refused in its turn, and does not keep up the next. */
static void test_refused_in_turn(void **state)
{
	struct ohba_config first = config_of(1), bad = config_of(2), third = config_of(3);
	struct net *net = net_new();
	uint32_t tag[3];
	struct ohba_cqe cqe;

	(void)state;
	bad.origin = OHBA_CONFIG_FLASH;
	flash.hold = true;
	tag[0] = start_set(net->host, &first);
	tag[1] = start_set(net->host, &bad);
	tag[2] = start_set(net->host, &third);
	host_settle(net->host);
	host_flash_let(net->host, 0, -EIO);
	cqe = host_expect(net->host, OHBA_QID_ADMIN, tag[0]);
	expect_status(&cqe, OHBA_ST_FLASH);
	cqe = host_expect(net->host, OHBA_QID_ADMIN, tag[1]);
	expect_status(&cqe, OHBA_ST_INVALID_FIELD);
	nothing_kept(net->host, OHBA_CONFIG_DEFAULT);
	host_flash_let(net->host, COPY, 0);
	cqe = host_expect(net->host, OHBA_QID_ADMIN, tag[2]);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	kept(net->host, &third, OHBA_CONFIG_FLASH);
	net_free(net);
}

/* A reset forgets the command, not the write; and those that waited for it. */
static void test_reset_while_written(void **state)
{
	struct ohba_config first = config_of(1), second = config_of(2), third = config_of(3);
	struct net *net = net_new();
	struct ohba_cqe cqe;
	uint32_t tag;

	(void)state;
	flash.hold = true;
	start_set(net->host, &first);
	start_set(net->host, &third);
	host_settle(net->host);
	host_reset(net->host);
	host_bring_up(net->host);
	tag = start_set(net->host, &second);
	conn_open_start(net->host, 3);	/* that waits: one who is owed an answer */
	host_settle(net->host);
	assert_int_equal(flash.writes, 1);
	host_flash_let(net->host, COPY, 0);
	host_expect_none(net->host, OHBA_QID_ADMIN);
	kept(net->host, &first, OHBA_CONFIG_FLASH);
	host_flash_let(net->host, COPY, 0);
	cqe = host_expect(net->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	kept(net->host, &second, OHBA_CONFIG_FLASH);
	assert_int_equal(flash.writes, 2);
	net_free(net);
}

/* A firmware that hangs does not answer; what it had begun to write is kept. */
static void test_hang_while_written(void **state)
{
	struct ohba_config first = config_of(1), second = config_of(2);
	struct net *net = net_new();

	(void)state;
	flash.hold = true;
	start_set(net->host, &first);
	start_set(net->host, &second);
	host_settle(net->host);
	fault_set(net->host, "hang");
	host_flash_let(net->host, COPY, 0);
	host_settle(net->host);
	host_reap(net->host, OHBA_QID_ADMIN);
	host_expect_none(net->host, OHBA_QID_ADMIN);
	host_reset(net->host);
	host_bring_up(net->host);
	host_expect_none(net->host, OHBA_QID_ADMIN);
	kept(net->host, &first, OHBA_CONFIG_FLASH);
	assert_int_equal(flash.writes, 1);
	net_free(net);
}

/* Nothing of it is read, and none of it is written over. */
static void test_later_version(void **state)
{
	struct ohba_config first = config_of(1), second = config_of(2);
	struct net *net = net_new();
	struct flash later;
	unsigned int i;

	(void)state;
	set(net->host, &first, OHBA_ST_SUCCESS);
	set(net->host, &second, OHBA_ST_SUCCESS);
	net_free(net);
	for (i = 0; i < 2; i++) {
		forge(i, VERSION, 2);
		later = flash;
		host_refused(&host_config, true, "later version");
		same_bytes("flash", &flash, &later, sizeof(flash));
		/* Damage, which is no version. */
		copy_at(i)[VERSION] = 3;
		net = net_new();
		kept(net->host, i ? &second : &first, OHBA_CONFIG_FLASH);
		net_free(net);
		forge(i, VERSION, 1);
	}
}

#define FLASH(name)	cmocka_unit_test_setup_teardown(test_##name, erased, no_flash)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_acts_by_itself),
		FLASH(outlives_power), FLASH(erased), FLASH(damage), FLASH(no_copy_good), FLASH(hostile),
		FLASH(torn), FLASH(write_fails), FLASH(unreadable), FLASH(end_is_unknown),
		FLASH(one_at_a_time), FLASH(refused_in_turn), FLASH(later_version), FLASH(reset_while_written), FLASH(hang_while_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

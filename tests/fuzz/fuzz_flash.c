// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flash that anybody wrote, and a drive that fails (flash_ops.h), under an adapter that
 * keeps its configuration and its records (flash_records.h) there. The host is the honest one
 * of the unit tests. Besides:
 *
 * - what the adapter has when power comes is what SPEC.md 6.3 says of these bytes, as
 *   read here by plain offsets: a whole and valid copy, the newer, or none;
 * - flash that has a whole copy of a later version is refused and not written, and so is
 *   what has something, no whole copy, and not what a first write leaves that power tore;
 * - CONFIG_SET is refused for a value that is wrong, and for nothing else, and ends
 *   with FLASH if the drive failed;
 * - what it succeeded with is there from then on; what it failed with is not until power
 *   goes, and then that may be there, or what was before.
 */
#include "flash_ops.h"
#include "flash_records.h"
#include "fuzz.h"
#include "net.h"

#include <errno.h>

#define OPS_MAX		24
#define COPY		(OHBA_FW_FLASH_MIN / 2)
#define RECORD		32		/* where it lies in a copy */
#define IFACE		64		/* bytes of one in a record, and in front of the first */

struct play {
	struct flash flash;
	struct records *records;
	struct net *net;
	struct ohba_config now;		/* the adapter's, with its origin */
	/* One of them is found next, as nobody else wrote; @nmay 0: any. */
	struct ohba_config may[OPS_MAX + 1];
	unsigned int nmay;
};

/* --- SPEC.md 6.3 and ohba_admin.h, once more -------------------------------------- */

static bool all(const uint8_t *at, size_t len, uint8_t value)
{
	while (len--)
		if (*at++ != value)
			return false;
	return true;
}

static bool is_unicast(const uint8_t *addr, bool v4)
{
	if (v4)
		return addr[0] >= 1 && addr[0] <= 223 && addr[0] != 127;
	return addr[0] != 0xff && !all(addr, 8, 0);
}

static bool is_none_or_unicast(const uint8_t *addr, bool v4)
{
	return all(addr, 16, 0) || (is_unicast(addr, v4) && (!v4 || all(addr + 4, 12, 0)));
}

static bool iface_ok(const uint8_t *iface)
{
	uint8_t family = iface[0], flags = iface[1], source = iface[2], prefix = iface[3];
	unsigned int mtu = iface[6] | iface[7] << 8;
	const uint8_t *local = iface + 40;
	bool v4 = family == OHBA_FAMILY_IPV4;

	if (!family)
		return all(iface, IFACE, 0);
	if (!v4 && family != OHBA_FAMILY_IPV6)
		return false;
	if (flags & (v4 ? 0xfc : 0xf0) || source > (v4 ? 1 : 2) || prefix > (v4 ? 32 : 128))
		return false;
	if (mtu && mtu < (v4 ? OHBA_MTU_MIN : OHBA_MTU_MIN_IPV6))
		return false;
	return is_none_or_unicast(iface + 8, v4) && is_none_or_unicast(iface + 24, v4) &&
	       (all(local, 16, 0) || (!v4 && local[0] == 0xfe && local[1] >> 6 == 2)) &&
	       all(iface + 56, 8, 0);
}

static bool config_ok(const uint8_t *config)
{
	unsigned int i;

	if (!all(config, IFACE, 0))
		return false;
	for (i = 1; i <= OHBA_IFACES_MAX; i++)
		if (!iface_ok(config + i * IFACE))
			return false;
	return true;
}

static void seal_len(uint8_t *copy, size_t len)
{
	uint32_t crc;

	memset(copy + 28, 0, 4);
	crc = htole32(crc32c_slow(0, copy, len));
	memcpy(copy + 28, &crc, 4);
}

static void seal(uint8_t *copy)
{
	seal_len(copy, COPY);
}

static bool copy_ok(const uint8_t *copy)
{
	static const uint8_t behind_number[12] = { 1, 0, 0, 0, 1088 & 0xff, 1088 >> 8 };
	uint8_t sealed[COPY];

	memcpy(sealed, copy, COPY);
	seal(sealed);
	return !memcmp(copy + 28, sealed + 28, 4) && !memcmp(copy, "OHBAconf", 8) &&
	       !memcmp(copy + 16, behind_number, sizeof(behind_number)) &&
	       all(copy + RECORD + 1088, COPY - RECORD - 1088, 0) && config_ok(copy + RECORD);
}

static uint64_t number_of(const uint8_t *copy)
{
	uint64_t number;

	memcpy(&number, copy + 8, sizeof(number));
	return le64toh(number);
}

/* Is copy @i what @found is, and not older than the other one, if that is good? */
static bool is_found(const struct play *play, unsigned int i, const struct ohba_config *found)
{
	const uint8_t *copy = play->flash.bytes + i * COPY, *other = play->flash.bytes + !i * COPY;
	struct ohba_config expected;

	if (!copy_ok(copy) ||
	    (copy_ok(other) && (int64_t)(number_of(other) - number_of(copy)) > 0))
		return false;
	memcpy(&expected, copy + RECORD, sizeof(expected));
	expected.origin = OHBA_CONFIG_FLASH;
	return !memcmp(&expected, found, sizeof(expected));
}

static bool is_erased(const uint8_t *copy)
{
	return all(copy, COPY, 0) || all(copy, COPY, 0xff);
}

static void check_found(const struct play *play, const struct ohba_config *found, bool readable)
{
	const uint8_t *a = play->flash.bytes, *b = a + COPY;

	if (readable && (copy_ok(a) || copy_ok(b))) {
		fuzz_check(is_found(play, 0, found) || is_found(play, 1, found),
			   "another configuration, origin %u", found->origin);
		return;
	}
	fuzz_check(all((const uint8_t *)found + 1, sizeof(*found) - 1, 0), "of garbage");
	fuzz_check(found->origin == (readable && is_erased(a) && is_erased(b) ?
				     OHBA_CONFIG_DEFAULT : OHBA_CONFIG_DAMAGED),
		   "origin %u", found->origin);
}

/* --- the host -------------------------------------------------------------------- */

static struct ohba_config get(struct play *play)
{
	struct host *host = play->net->host;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONFIG_GET, 0);
	uint64_t addr = mem_alloc(host->mem, sizeof(struct ohba_config), MEM_IN);
	struct ohba_config config;

	sqe_data(&sqe, addr, sizeof(config));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	memcpy(&config, mem_ptr(host->mem, addr), sizeof(config));
	return config;
}

/* It must be what the adapter has. */
static void check_now(struct play *play, const char *when)
{
	struct ohba_config config = get(play);

	fuzz_check(!memcmp(&config, &play->now, sizeof(config)), "another configuration %s", when);
}

static bool is_record(const struct ohba_config *found, const struct ohba_config *record)
{
	return found->origin == OHBA_CONFIG_FLASH &&
	       !memcmp((const uint8_t *)found + 1, (const uint8_t *)record + 1, sizeof(*found) - 1);
}

static bool is_sealed(const uint8_t *copy, size_t len, const char *magic)
{
	uint8_t sealed[COPY];

	if (memcmp(copy, magic, 8))
		return false;
	memcpy(sealed, copy, len);
	seal_len(sealed, len);
	return !memcmp(sealed + 28, copy + 28, 4);
}

static bool is_later(const uint8_t *copy, size_t len, const char *magic)
{
	bool later = copy[16] > 1 || !all(copy + 17, 3, 0);

	return later && is_sealed(copy, len, magic);
}

/* Where they lie is asked of nobody: each place of a copy is looked at. */
static bool any_copy(const struct play *play,
		     bool (*is)(const uint8_t *copy, size_t len, const char *magic))
{
	const uint8_t *at = play->flash.bytes;
	bool any = is(at, COPY, "OHBAconf") || is(at + COPY, COPY, "OHBAconf") ||
		   is(at + 8192, 1024, "OHBAinit") || is(at + 12288, 1024, "OHBAinit") ||
		   is(at + 9216, 1024, "OHBAhead") || is(at + 13312, 1024, "OHBAhead");
	size_t row, i;

	for (row = 16384; row < FLASH_BYTES; row += 9216)
		for (i = 0; i < 9; i++)
			any |= is(at + row + i * 1024, 1024, i ? "OHBAtarg" : "OHBAacct");
	return any && !play->flash.read_err;
}

/* The first write of a record goes to its second copy. */
static bool is_second(size_t at)
{
	return at < 16384 ? (at >= COPY && at < 8192) || (at >= 12288 && at < 14336) :
			    (at - 16384) / 9216 % 2;
}

static bool is_foreign(const struct play *play)
{
	const uint8_t *bytes = play->flash.bytes;
	size_t at;

	if (play->flash.read_err || any_copy(play, is_sealed))
		return false;
	for (at = 0; at < FLASH_BYTES; at += 1024)
		if (!is_second(at) && !all(bytes + at, 1024, 0) && !all(bytes + at, 1024, 0xff))
			return true;
	return false;
}

/* The operator has another drive. */
static void refuse(struct play *play, const char *words)
{
	struct ohba_fw_config cfg = records_config();
	uint8_t before[FLASH_BYTES];

	memcpy(before, play->flash.bytes, sizeof(before));
	host_refused(&cfg, true, words);
	fuzz_check(!memcmp(before, play->flash.bytes, sizeof(before)), "written");
	memset(play->flash.bytes, 0, sizeof(play->flash.bytes));
	play->nmay = 0;
	records_forget(play->records);
}

static void power_on(struct play *play)
{
	struct ohba_fw_config cfg = records_config();
	bool readable = !play->flash.read_err, as_kept;
	unsigned int i;

	if (any_copy(play, is_later))
		refuse(play, "later version");
	else if (is_foreign(play))
		refuse(play, "flash holds something");
	as_kept = !play->nmay || !readable;
	play->net = net_new_config(&cfg);
	play->now = get(play);
	check_found(play, &play->now, readable);
	for (i = 0; i < play->nmay; i++)
		as_kept |= is_record(&play->now, &play->may[i]);
	fuzz_check(as_kept, "what was kept is lost");
	records_power_on(play->records, play->net->host, readable);
	play->flash.read_err = 0;
	if (!readable)
		return;		/* what is there may come back */
	play->may[0] = play->now;
	play->nmay = play->now.origin == OHBA_CONFIG_FLASH;
}

static void op_power(struct play *play, struct input *in)
{
	(void)in;
	net_free(play->net);
	power_on(play);
}

static void op_unreadable(struct play *play, struct input *in)
{
	play->flash.read_err = -EIO;
	op_power(play, in);
}

/* --- configurations -------------------------------------------------------------- */

static const struct ohba_iface_config kinds[FLASH_KINDS] = {
	[FLASH_STATIC4] = {
		.family = OHBA_FAMILY_IPV4, .flags = OHBA_IFCONF_ENABLED, .prefix = 24,
		.addr = { 10, 0, 0, 1 }, .router = { 10, 0, 0, 254 },
	},
	[FLASH_DHCP4] = {
		.family = OHBA_FAMILY_IPV4, .flags = OHBA_IFCONF_ENABLED,
		.source = OHBA_ADDR_DHCP,
	},
	[FLASH_SLAAC6] = {
		.family = OHBA_FAMILY_IPV6, .flags = OHBA_IFCONF_LOCAL_STATIC,
		.source = OHBA_ADDR_SLAAC, .prefix = 64, .local = { 0xfe, 0x80, [15] = 1 },
	},
	[FLASH_VLAN6] = {
		.family = OHBA_FAMILY_IPV6, .flags = OHBA_IFCONF_ENABLED | OHBA_IFCONF_VLAN,
		.prefix = 64, .addr = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 },
	},
};

static struct ohba_config input_config(struct input *in)
{
	unsigned int n = input_u8(in) % (OHBA_IFACES_MAX + 1);
	struct ohba_config config = { 0 };
	struct ohba_iface_config *iface;

	while (n--) {
		iface = &config.iface[input_u8(in) % OHBA_IFACES_MAX];
		*iface = kinds[input_u8(in) % FLASH_KINDS];
		input_damage(in, iface, sizeof(*iface));
	}
	input_damage(in, &config, offsetof(struct ohba_config, iface));
	return config;
}

/* --- flash ------------------------------------------------------------------------ */

static void write_copy(uint8_t *copy, uint8_t how, uint8_t number,
		       const struct ohba_config *config)
{
	static const uint8_t head[RECORD] = {
		'O', 'H', 'B', 'A', 'c', 'o', 'n', 'f', [16] = 1, [20] = 1088 & 0xff, 1088 >> 8,
	};

	memset(copy, how & FLASH_ONES ? 0xff : 0, COPY);
	if (how & (FLASH_ZEROES | FLASH_ONES))
		return;
	memcpy(copy, head, RECORD);
	copy[8] = number;
	if (how & FLASH_LAST)
		memset(copy + 9, 0xff, 7);
	memcpy(copy + RECORD, config, sizeof(*config));
	seal(copy);
}

static void op_copy(struct play *play, struct input *in)
{
	uint8_t *copy = play->flash.bytes + (input_u8(in) & 1) * COPY;
	uint8_t how = input_u8(in), number = input_u8(in), n;
	struct ohba_config config = input_config(in);

	write_copy(copy, how, number, &config);
	for (n = input_u8(in) % 16; n--;) {
		unsigned int place = input_u16(in) % COPY;

		copy[place] = input_u8(in);
	}
	if (how & FLASH_SEALED)
		seal(copy);
	play->nmay = 0;
	op_power(play, in);
}

static void op_record(struct play *play, struct input *in)
{
	(void)records_write_copy(play->records, in);
	op_power(play, in);
}

static void op_flip_record(struct play *play, struct input *in)
{
	unsigned int place = 8192 + input_u16(in) % (FLASH_BYTES - 8192);

	play->flash.bytes[place] ^= input_u8(in);
	records_forget(play->records);
	op_power(play, in);
}

static void op_flip(struct play *play, struct input *in)
{
	unsigned int place = input_u16(in) % OHBA_FW_FLASH_MIN;

	play->flash.bytes[place] ^= input_u8(in);
	play->nmay = 0;
	op_power(play, in);
}

/* Returns whether the drive is writing. */
static bool start_set(struct play *play, const struct ohba_config *config, uint32_t *tag)
{
	struct host *host = play->net->host;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONFIG_SET, 0);
	uint64_t addr = mem_alloc(host->mem, sizeof(*config), MEM_OUT);

	memcpy(mem_ptr(host->mem, addr), config, sizeof(*config));
	sqe_data(&sqe, addr, sizeof(*config));
	*tag = host_admin_start(host, &sqe);
	host_settle(host);
	return play->flash.held;
}

static void ends_with(struct play *play, uint32_t tag, uint16_t status)
{
	struct ohba_cqe cqe = host_expect(play->net->host, OHBA_QID_ADMIN, tag);

	expect_status(&cqe, status);
}

struct ending {
	uint8_t end;
	uint16_t len;
};

static struct ending input_ending(struct input *in)
{
	struct ending ending = { .end = input_u8(in) };

	ending.len = input_u16(in);
	return ending;
}

/* The write, or two of them. Returns whether all of it is kept. */
static bool end_write(struct play *play, struct ending ending, uint32_t tag)
{
	struct host *host = play->net->host;
	uint8_t end = ending.end;
	size_t len = ending.len;
	bool fails;

	if (end & FLASH_RESET) {
		host_reset(host);
		host_bring_up(host);
	}
	fails = end & FLASH_FAILS && !(end & FLASH_SECOND);
	host_flash_let(host, fails ? len % (play->flash.len + 1) : play->flash.len,
		       fails ? -EIO : 0);
	host_settle(host);
	if (play->flash.held) {
		fails = end & FLASH_FAILS;
		host_flash_let(host, fails ? len % (play->flash.len + 1) : play->flash.len,
			       fails ? -EIO : 0);
	}
	if (!(end & FLASH_RESET))
		ends_with(play, tag, fails ? OHBA_ST_FLASH : OHBA_ST_SUCCESS);
	host_settle(host);
	return !fails;
}

static void op_keep(struct play *play, struct input *in)
{
	bool writing;
	uint32_t tag;
	struct ending ending;

	writing = records_start(play->records, play->net->host, in, &tag);
	ending = input_ending(in);
	if (writing) {
		records_check(play->records, play->net->host);
		records_ended(play->records, end_write(play, ending, tag));
	}
	records_check(play->records, play->net->host);
	check_now(play, "after a record");
}

static void op_set(struct play *play, struct input *in)
{
	struct ohba_config config = input_config(in);
	struct ending ending = input_ending(in);
	uint32_t tag;

	if (!start_set(play, &config, &tag)) {
		fuzz_check(!config_ok((void *)&config), "refused");
		ends_with(play, tag, OHBA_ST_INVALID_FIELD);
		check_now(play, "after one that was refused");
		return;
	}
	fuzz_check(config_ok((void *)&config), "accepted");
	check_now(play, "while it is written");
	if (!end_write(play, ending, tag)) {
		play->may[play->nmay++] = config;
		/* Of what was not read there may be less than there was. */
		if (play->now.origin != OHBA_CONFIG_FLASH)
			play->nmay = 0;
	} else {
		play->now = play->may[0] = config;
		play->now.origin = OHBA_CONFIG_FLASH;
		play->nmay = 1;
	}
	check_now(play, "after the write");
}

/* --- a run ------------------------------------------------------------------------ */

static void (*const ops[FLASH_OPS])(struct play *play, struct input *in) = {
	[FLASH_POWER] = op_power,
	[FLASH_COPY] = op_copy,
	[FLASH_FLIP] = op_flip,
	[FLASH_SET] = op_set,
	[FLASH_UNREADABLE] = op_unreadable,
	[FLASH_RECORD] = op_record,
	[FLASH_KEEP] = op_keep,
	[FLASH_FLIP_RECORD] = op_flip_record,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { .pos = data, .end = data + len };
	struct play *play = calloc(1, sizeof(*play));
	unsigned int n;

	play->flash.hold = true;
	play->records = records_new(&play->flash);
	power_on(play);
	for (n = 0; input_more(&in) && n < OPS_MAX; n++)
		ops[input_u8(&in) % FLASH_OPS](play, &in);
	net_free(play->net);
	host_use_flash(NULL);
	records_free(play->records);
	free(play);
	return 0;
}

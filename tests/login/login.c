// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ohba-login HOST PORT [WORD=VALUE...]: log in to a real target with uip/proto, and say what
 * came of it. Without target=NAME it is a discovery session, and lists targets. HOST is an
 * IPv4 or IPv6 address. Exits with 0 if the login was accepted, 1 if not, 2 for wrong words.
 *
 *	target=NAME  digest=None|CRC32C|CRC32C,None  chap=NAME:SECRET  mutual=NAME:SECRET
 *	algorithm=5|6|7|8|8,7,6,5  pdu=BYTES (of text in one PDU)  any=1 (other wishes)
 *	KEY=NUMBER (a wish, of a key that iSCSI negotiates)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "discovery.h"
#include "keys.h"
#include "login.h"

#define TIMEOUT_MS	10000
#define DIGESTS		ISCSI_LIST2(ISCSI_DIGEST_CRC32C, ISCSI_DIGEST_NONE)

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* --- words --------------------------------------------------------------------- */

static void take_account(struct iscsi_chap_account *account, char *value)
{
	char *secret = strchr(value, ':');

	if (!secret)
		exit(2);
	*secret++ = 0;
	*account = (struct iscsi_chap_account){
		value, (const uint8_t *)secret, strlen(secret),
	};
}

static void take_target(struct iscsi_login_config *config, char *value)
{
	config->target_name = value;
}

static void take_digest(struct iscsi_login_config *config, char *value)
{
	uint32_t list = !strcmp(value, "None") ? ISCSI_DIGEST_NONE :
			!strcmp(value, "CRC32C") ? ISCSI_DIGEST_CRC32C : DIGESTS;

	config->want.header_digest = config->want.data_digest = list;
}

static void take_chap(struct iscsi_login_config *config, char *value)
{
	config->want.auth_method = ISCSI_AUTH_CHAP;
	take_account(&config->chap, value);
}

static void take_mutual(struct iscsi_login_config *config, char *value)
{
	take_account(&config->chap_target, value);
}

static void take_algorithm(struct iscsi_login_config *config, char *value)
{
	unsigned int at;

	config->want.chap_algorithm = 0;
	for (at = 0; value[at]; at += 1 + (value[at + 1] == ','))
		config->want.chap_algorithm |= (value[at] - '0') << at / 2 * 4;
}

static void take_pdu(struct iscsi_login_config *config, char *value)
{
	config->text_max = atoi(value);
}

static void take_any(struct iscsi_login_config *config, char *value)
{
	(void)value;
	config->want.initial_r2t = 0;
	config->want.max_recv_dsl = 262144;
	config->want.max_burst_len = 1048576;
	config->want.max_outstanding_r2t = 8;
	config->want.protocol_level = 2;
	config->want.task_reporting = ISCSI_LIST2(ISCSI_TASK_FAST_ABORT, ISCSI_TASK_RFC3720);
}

static const struct {
	const char *word;
	void (*take)(struct iscsi_login_config *config, char *value);
} words[] = {
	{ "target=", take_target }, { "digest=", take_digest }, { "chap=", take_chap },
	{ "mutual=", take_mutual }, { "algorithm=", take_algorithm }, { "pdu=", take_pdu },
	{ "any=", take_any },
};

/* A key's name; lists are not for this. */
static bool take_wish(struct iscsi_login_config *config, char *word)
{
	char *value = strchr(word, '=');
	const struct iscsi_key *key;

	if (!value)
		return false;
	*value = 0;
	key = iscsi_key_find(word);
	*value++ = '=';
	if (!key || key->when != ISCSI_WHEN_OPERATIONAL || key->rule == ISCSI_RULE_OBSOLETE)
		return false;
	*(uint32_t *)((char *)&config->want + key->want) = atoi(value);
	return true;
}

static void take_word(struct iscsi_login_config *config, char *word)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strncmp(word, words[i].word, strlen(words[i].word))) {
			words[i].take(config, word + strlen(words[i].word));
			return;
		}
	}
	if (take_wish(config, word))
		return;
	fprintf(stderr, "ohba-login: what is '%s'?\n", word);
	exit(2);
}

/* --- PDUs over a socket ---------------------------------------------------------- */

static int connect_to(const char *host, const char *port)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *addr;
	int fd;

	if (getaddrinfo(host, port, &hints, &addr)) {
		fprintf(stderr, "ohba-login: %s port %s is no address\n", host, port);
		exit(2);
	}
	fd = socket(addr->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, addr->ai_addr, addr->ai_addrlen))
		die(host);
	freeaddrinfo(addr);
	return fd;
}

static void write_all(int fd, const void *data, size_t len)
{
	const char *at = data;
	ssize_t n;

	for (; len; at += n, len -= n) {
		n = write(fd, at, len);
		if (n <= 0)
			die("write");
	}
}

static void send_pdu(int fd, const void *hdr, const void *data, uint32_t len)
{
	static const char zeros[4];

	write_all(fd, hdr, ISCSI_BHS_LEN);
	write_all(fd, data, len);
	write_all(fd, zeros, iscsi_pad(len));
}

/* Return: false at the deadline. */
static bool read_all(int fd, void *data, size_t len, uint64_t deadline)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	char *at = data;
	uint64_t now;
	ssize_t n;

	for (; len; at += n, len -= n) {
		now = now_ms();
		if (now >= deadline || !poll(&readable, 1, deadline - now))
			return false;
		n = read(fd, at, len);
		if (!n)
			fprintf(stderr, "ohba-login: the target closed the connection\n");
		if (n <= 0)
			exit(1);
	}
	return true;
}

struct pdu {
	union iscsi_pdu_hdr hdr;
	uint32_t len;
	char data[ISCSI_DEFAULT_MRDSL + 4];
};

static bool recv_pdu(int fd, struct pdu *pdu, uint64_t deadline)
{
	if (!read_all(fd, pdu->hdr.raw, ISCSI_BHS_LEN, deadline))
		return false;
	pdu->len = iscsi_dsl(&pdu->hdr.bhs);
	if (pdu->len > ISCSI_DEFAULT_MRDSL || iscsi_ahs_len(&pdu->hdr.bhs)) {
		fprintf(stderr, "ohba-login: a PDU longer than any here\n");
		exit(1);
	}
	return read_all(fd, pdu->data, pdu->len + iscsi_pad(pdu->len), deadline);
}

/* --- login ------------------------------------------------------------------------ */

static const struct iscsi_login_result *log_in(int fd, struct iscsi_login *login,
					       const struct iscsi_login_config *config)
{
	const struct iscsi_login_result *result;
	struct iscsi_login_pdu out;
	static struct pdu in;

	iscsi_login_start(login, config, now_ms());
	while (!(result = iscsi_login_result(login))) {
		while (iscsi_login_tx(login, &out))
			send_pdu(fd, &out.hdr, out.data, out.len);
		if (recv_pdu(fd, &in, iscsi_login_deadline(login)))
			iscsi_login_rx(login, &in.hdr, in.data, in.len, now_ms());
		else
			iscsi_login_expire(login, now_ms());
	}
	return result;
}

static void print_login(const struct iscsi_login_result *result)
{
	const struct iscsi_params *got = &result->params;
	char text[512];

	iscsi_login_explain(result, text, sizeof(text));
	printf("%s, in state %s\n", text, result->state);
	if (result->outcome == ISCSI_LOGIN_MOVED)
		printf("to %s port %u\n", result->portal.host, result->portal.port);
	if (result->outcome != ISCSI_LOGIN_DONE)
		return;
	printf("tsih %u tpgt %d\n", result->tsih, result->tpgt);
	printf("AuthMethod %u CHAP_A %u\n", got->auth_method, got->chap_algorithm);
	printf("HeaderDigest %u DataDigest %u\n", got->header_digest, got->data_digest);
	printf("InitialR2T %u ImmediateData %u MaxBurstLength %u FirstBurstLength %u\n",
	       got->initial_r2t, got->immediate_data, got->max_burst_len, got->first_burst_len);
	printf("MaxRecvDataSegmentLength %u MaxOutstandingR2T %u\n", got->max_send_dsl,
	       got->max_outstanding_r2t);
	printf("DataPDUInOrder %u DataSequenceInOrder %u ErrorRecoveryLevel %u\n",
	       got->data_pdu_in_order, got->data_sequence_in_order, got->error_recovery_level);
}

/* --- discovery -------------------------------------------------------------------- */

static void print_target(void *ctx, const char *name, const struct iscsi_portal *portal)
{
	(void)ctx;
	printf("target %s", name);
	if (portal)
		printf(" at %s port %u group %d", portal->host, portal->port, portal->tpgt);
	printf("\n");
}

static bool discover(int fd, const struct iscsi_login_result *session)
{
	struct iscsi_discovery_config config = {
		.itt = 2, .cmdsn = session->cmdsn, .exp_statsn = session->exp_statsn,
		.max_recv_dsl = ISCSI_DEFAULT_MRDSL, .timeout_ms = TIMEOUT_MS,
		.record = print_target,
	};
	const struct iscsi_discovery_result *result;
	struct iscsi_discovery discovery;
	struct iscsi_discovery_pdu out;
	static struct pdu in;

	iscsi_discovery_start(&discovery, &config, now_ms());
	while (!(result = iscsi_discovery_result(&discovery))) {
		while (iscsi_discovery_tx(&discovery, &out))
			send_pdu(fd, &out.hdr, out.data, out.len);
		if (recv_pdu(fd, &in, iscsi_discovery_deadline(&discovery)))
			iscsi_discovery_rx(&discovery, &in.hdr, in.data, in.len, now_ms());
		else
			iscsi_discovery_expire(&discovery, now_ms());
	}
	printf("the target %s: %u\n", result->words, result->records);
	return result->outcome == ISCSI_DISCOVERY_DONE;
}

int main(int argc, char **argv)
{
	struct iscsi_login_config config = {
		.initiator_name = "iqn.2026-01.org.ohba:login", .isid = { ISCSI_ISID_RANDOM },
		.itt = 1, .cmdsn = 1, .tpgt = ISCSI_TPGT_NONE, .timeout_ms = TIMEOUT_MS,
	};
	const struct iscsi_login_result *result;
	static struct iscsi_login login;
	bool good;
	int fd, i;

	if (argc < 3)
		return 2;
	iscsi_params_default(&config.want);
	config.want.chap_algorithm = ISCSI_CHAP_MD5;
	for (i = 3; i < argc; i++)
		take_word(&config, argv[i]);
	if (getrandom(config.random, sizeof(config.random), 0) != sizeof(config.random) ||
	    getrandom(config.isid + 1, 5, 0) != 5)
		die("getrandom");
	fd = connect_to(argv[1], argv[2]);
	result = log_in(fd, &login, &config);
	print_login(result);
	good = result->outcome == ISCSI_LOGIN_DONE;
	if (good && !config.target_name)
		good = discover(fd, result);
	iscsi_login_end(&login);
	close(fd);
	return !good;
}

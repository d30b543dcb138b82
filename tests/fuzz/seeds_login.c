// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds of fuzz_login (seeds.h). */
#include <string.h>

#include "login_ops.h"
#include "seeds.h"

static void say(struct seed *seed, uint8_t op, const char *text, size_t len)
{
	ADD(seed, op, U16(len));
	seed_add(seed, text, len);
	ADD(seed, NO_DAMAGE);
}

#define SAY(seed, op, text)	say(seed, op, text, sizeof(text))
#define SAY_NOTHING(seed, op)	say(seed, op, "", 0)

static struct seed login(uint8_t options)
{
	struct seed seed = { 0 };

	ADD(&seed, options);
	return seed;
}

static void login_plain(const char *name, uint8_t options)
{
	struct seed seed = login(options);

	if (options & LOGIN_OPT_SMALL)
		SAY_NOTHING(&seed, LOGIN_STAY);
	if (options & LOGIN_OPT_SMALL)
		SAY_NOTHING(&seed, LOGIN_STAY);
	SAY(&seed, LOGIN_SAY, "AuthMethod=None\0TargetPortalGroupTag=1\0TargetAlias=x");
	SAY(&seed, LOGIN_SAY, "HeaderDigest=None\0DataDigest=None\0MaxConnections=1\0"
	    "InitialR2T=Yes\0ImmediateData=Yes\0MaxRecvDataSegmentLength=65536\0"
	    "MaxBurstLength=65536\0FirstBurstLength=65536\0DefaultTime2Wait=2\0"
	    "DefaultTime2Retain=20\0MaxOutstandingR2T=1\0DataPDUInOrder=Yes\0"
	    "DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0");
	seed_save("login", name, &seed);
}

/* With questions of the target's, and text in pieces. */
static void login_questions(void)
{
	struct seed seed = login(LOGIN_OPT_WISHES);

	SAY(&seed, LOGIN_STAY, "AuthMethod=None");
	SAY(&seed, LOGIN_SAY, "TargetPortalGroupTag=1");
	SAY(&seed, LOGIN_MORE, "HeaderDigest=CRC32C\0DataDigest=None\0MaxConnections=2\0Initi");
	SAY_NOTHING(&seed, LOGIN_MORE);
	SAY(&seed, LOGIN_STAY, "alR2T=No\0ImmediateData=No\0IFMarker=No\0X-what=1,2\0"
	    "TaskReporting=NotUnderstood\0iSCSIProtocolLevel=1\0OFMarkInt=1~2");
	SAY(&seed, LOGIN_STAY, "MaxBurstLength=512\0FirstBurstLength=Irrelevant\0"
	    "DefaultTime2Wait=5\0DefaultTime2Retain=0\0MaxOutstandingR2T=0x4\0"
	    "ErrorRecoveryLevel=Reject");
	SAY_NOTHING(&seed, LOGIN_SAY);
	seed_save("login", "questions", &seed);
}

/* Wishes of its own, and answers that are no values. */
static void login_wishes(const char *name, uint8_t op, const char *text, size_t len)
{
	struct seed seed = login(0);

	SAY(&seed, LOGIN_SAY, "AuthMethod=None\0TargetPortalGroupTag=1");
	say(&seed, op, text, len);
	SAY_NOTHING(&seed, LOGIN_TAKE);
	seed_save("login", name, &seed);
}

static void login_chap(const char *name, uint8_t options)
{
	struct seed seed = login(options);

	SAY(&seed, LOGIN_STAY, "AuthMethod=CHAP\0TargetPortalGroupTag=1");
	SAY(&seed, LOGIN_STAY, "CHAP_A=7\0CHAP_I=17\0CHAP_C=0b/wABAgMEBQYHCAkKCwwNDg==");
	if (options & LOGIN_OPT_MUTUAL)
		SAY(&seed, LOGIN_SAY, "CHAP_N=array\0CHAP_R=0x00112233445566778899aabbccddeeff");
	else
		SAY_NOTHING(&seed, LOGIN_SAY);
	SAY_NOTHING(&seed, LOGIN_TAKE);
	seed_save("login", name, &seed);
}

static void login_elsewhere(void)
{
	struct seed seed = login(LOGIN_OPT_DISCOVERY);

	SAY(&seed, LOGIN_SAY, "AuthMethod=None");
	ADD(&seed, LOGIN_WAIT, 20);
	ADD(&seed, LOGIN_STATUS, U16(0x0101));
	ADD(&seed, U16(32));
	seed_add(&seed, "TargetAddress=[2001:db8::1]:860", 32);
	ADD(&seed, NO_DAMAGE);
	seed_save("login", "elsewhere", &seed);
}

static void login_targets(void)
{
	struct seed seed = login(LOGIN_OPT_TARGETS);

	SAY(&seed, LOGIN_MORE, "TargetName=iqn.2026-01.org.ohba:one\0TargetAddress=10.0.0.1:32");
	SAY(&seed, LOGIN_STAY, "60,1\0TargetAddress=[2001:db8::1]:3260,2");
	SAY(&seed, LOGIN_SAY, "TargetName=eui.02004567A425678D");
	seed_save("login", "targets", &seed);
}

#define SAY_BYTES(seed, op, bytes)	say(seed, op, bytes, sizeof(bytes) - 1)
#define DELIMITER	"\0\0\0\0\0\0\0\0"
#define GROUP_NAME	"\0\0\0\x30\0\0\0\x14" "iqn.2026-01.org.o:a\0"
#define GROUP_ADDR	"\0\0\0\x31\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1"
#define GROUP_PORT	"\0\0\0\x32\0\0\0\4\0\0\x0c\xbc"
#define GROUP_TAG	"\0\0\0\x33\0\0\0\4\0\0\0\1"

/* Nobody registered our name: we do, ask, and leave. */
static void login_isns(void)
{
	struct seed seed = login(LOGIN_OPT_ISNS);

	SAY_BYTES(&seed, LOGIN_SAY, "\0\0\0\x09");
	SAY_BYTES(&seed, LOGIN_SAY, "\0\0\0\0" DELIMITER);
	SAY_BYTES(&seed, LOGIN_MORE, "\0\0\0\0" DELIMITER GROUP_NAME GROUP_ADDR "\0\0\0\x32");
	SAY_BYTES(&seed, LOGIN_MORE, "\0\0\0\4\0\0\x0c\xbc" GROUP_TAG GROUP_NAME GROUP_PORT GROUP_ADDR);
	SAY_BYTES(&seed, LOGIN_SAY, "\0\0\0\x33\0\0\0\0");
	SAY_BYTES(&seed, LOGIN_SAY, "\0\0\0\0");
	seed_save("login", "isns", &seed);
}

/* Somebody did. */
static void login_isns_known(void)
{
	struct seed seed = login(LOGIN_OPT_ISNS);

	SAY_BYTES(&seed, LOGIN_SAY, "\0\0\0\0" DELIMITER "\0\0\0\1\0\0\0\4us\0\0");
	SAY_BYTES(&seed, LOGIN_SAY, "\0\0\0\0" DELIMITER GROUP_NAME GROUP_ADDR GROUP_PORT);
	seed_save("login", "isns-known", &seed);
}

static void login_value(const char *name, const char *value)
{
	struct seed seed = login(LOGIN_OPT_TEXT);

	seed_add(&seed, value, strlen(value));
	seed_save("login", name, &seed);
}

void seeds_login(void)
{
	login_plain("plain", 0);
	login_plain("discovery", LOGIN_OPT_DISCOVERY);
	login_plain("small", LOGIN_OPT_SMALL);
	login_questions();
	login_wishes("rejects", LOGIN_STAY, "MaxBurstLength=Reject", 22);
	login_wishes("irrelevant", LOGIN_STAY, "HeaderDigest=Irrelevant", 24);
	login_chap("chap", LOGIN_OPT_CHAP);
	login_chap("either", LOGIN_OPT_CHAP | LOGIN_OPT_EITHER | LOGIN_OPT_WISHES);
	login_chap("mutual", LOGIN_OPT_CHAP | LOGIN_OPT_MUTUAL);
	login_elsewhere();
	login_targets();
	login_isns();
	login_isns_known();
	login_value("range", "0x10~18446744073709551615");
	login_value("base64", "0bZm9vYmE=");
	login_value("portal", "[fe80::1]:3260,1");
}

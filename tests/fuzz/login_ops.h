/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of fuzz_login's inputs: options, then what a target answers, a step each.
 * All responses are legal but for their text and their damage (input_damage()).
 */
#ifndef LOGIN_OPS_H
#define LOGIN_OPS_H

/* The first byte. */
#define LOGIN_OPT_CHAP		0x01	/* CHAP, and nothing else */
#define LOGIN_OPT_MUTUAL	0x02	/* with CHAP: the target, too */
#define LOGIN_OPT_DISCOVERY	0x04	/* a discovery session */
#define LOGIN_OPT_SMALL		0x08	/* our text in PDUs of 64 bytes */
#define LOGIN_OPT_WISHES	0x10	/* other wishes than the defaults */
#define LOGIN_OPT_EITHER	0x20	/* with CHAP: or None */
#define LOGIN_OPT_TARGETS	0x40	/* no login, but a question for targets */
#define LOGIN_OPT_TEXT		0x80	/* neither: the rest is a value */
/* A question for targets to an iSNS server, by the same steps: see fuzz_the_isns(). */
#define LOGIN_OPT_ISNS		(LOGIN_OPT_TARGETS | LOGIN_OPT_DISCOVERY)

enum {
	LOGIN_SAY,		/* u16 n, n bytes of text, damage: goes on if it is asked to */
	LOGIN_STAY,		/* the same, stays in its stage */
	LOGIN_MORE,		/* the same, has more to say */
	LOGIN_TAKE,		/* the same, behind all offers, taken as they are */
	LOGIN_STATUS,		/* u16 status, the same */
	LOGIN_WAIT,		/* u8 tenths of a second */
	LOGIN_OPS,
};

#endif /* LOGIN_OPS_H */

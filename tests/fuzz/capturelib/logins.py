# SPDX-License-Identifier: GPL-2.0-or-later
"""Seeds of fuzz_login: what a target answered, by steps of login_ops.h."""

from .language import SEED_MAX, damage, names_of, u16
from .pdus import LOGIN_RSP, text

OPS = names_of("login_ops.h")
LOGIN_REQ, TEXT_RSP = 0x03, 0x24
LAST, MORE = 0x80, 0x40         # T of a login's, F of a text's; C of both


def step(pdu):
    """A response: its text, and whether it goes on, stays or has more to say."""
    if pdu.bhs[36] and pdu.opcode == LOGIN_RSP:
        return bytes([OPS["LOGIN_STATUS"]]) + pdu.bhs[37:35:-1] + u16(len(pdu.data)) + \
            pdu.data + damage([])
    name = "LOGIN_MORE" if pdu.bhs[1] & MORE else \
        "LOGIN_SAY" if pdu.bhs[1] & LAST else "LOGIN_STAY"
    return bytes([OPS[name]]) + u16(len(pdu.data)) + pdu.data + damage([])


def program(options, answers):
    return (bytes([options]) + b"".join(step(pdu) for pdu in answers))[:SEED_MAX]


def login_options(conn):
    asked = [pair for pdu in conn.named(LOGIN_REQ, True) for pair in text(pdu)]
    options = OPS["LOGIN_OPT_DISCOVERY"] if "SessionType=Discovery" in asked else 0
    return options | (OPS["LOGIN_OPT_WISHES"] if any(conn.digests) else 0)


def programs(conns):
    """(name, bytes): of each kind of login the first, and the first answer to a question."""
    found = {}
    for conn in conns:
        answers = conn.named(LOGIN_RSP, False)
        if answers:
            options = login_options(conn)
            name = "discovery" if options & OPS["LOGIN_OPT_DISCOVERY"] else "login"
            found.setdefault(name, program(options, answers))
        told = conn.named(TEXT_RSP, False)
        if told:
            found.setdefault("targets", program(OPS["LOGIN_OPT_TARGETS"], told))
    return found.items()

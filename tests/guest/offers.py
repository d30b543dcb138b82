# SPDX-License-Identifier: GPL-2.0-or-later
"""Offers of a target, legal and not, for two initiators to be compared by. All are made in
the operational stage: iscsid skips the other if it has no secret.

offers(seed, count) makes them: the same in the guest, where iscsid logs in, and on the
host, where ours does. Target serves them, each to the target name that has its number.
In the guest: offers.py SEED COUNT BATCH, and offer N is at port 3260 + N / BATCH.
"""
import random
import socketserver
import struct
import sys

BASE = "iqn.2026-01.org.ohba:offer-"
LOGOUT_REQ, LOGIN_RSP, LOGOUT_RSP, HDR = 0x06, 0x23, 0x26, 48
TRANSIT, CONTINUE = 0x80, 0x40
SECURITY, OPERATIONAL, FULL = 0, 1, 3

# What both initiators wish: keys of iscsiadm's records, and of ohba-login.
WISHES = {"InitialR2T": 0, "ImmediateData": 1, "MaxRecvDataSegmentLength": 262144,
          "MaxBurstLength": 1048576, "FirstBurstLength": 131072, "MaxOutstandingR2T": 1,
          "DefaultTime2Wait": 2, "DefaultTime2Retain": 0, "ErrorRecoveryLevel": 0}


class Offer:
    """What a target says that differs from a mirror of what it hears."""

    def __init__(self, number, rng):
        self.number, self.rng = number, rng
        self.name = BASE + str(number)
        self.kinds = []
        self.answers = {"MaxRecvDataSegmentLength": "8192", "TargetPortalGroupTag": "1"}
        self.extra = []  # pairs behind the operational answers
        self.raw = b""  # bytes behind those
        self.cuts = None  # into two PDUs: a choice of where, of the operational answers
        self.stays = set()  # stages that end one request later
        self.header = {}  # stage: function of the response's header, a bytearray
        self.status = {}  # stage: login status

    def __str__(self):
        return "%s (%s)" % (self.name, " ".join(self.kinds))


def number(key, low, high):
    def answer(offer):
        # The edges as often as what is between.
        value = offer.rng.choice([low, high, offer.rng.randint(low, high)])
        offer.answers[key] = offer.rng.choice(["%d", "0x%x"]) % value
    return answer


def one_of(key, *values):
    def answer(offer):
        offer.answers[key] = offer.rng.choice(values)
    return answer


def extra(*pairs):
    def say(offer):
        offer.extra.append(offer.rng.choice(pairs))
    return say


def raw(*texts):
    def say(offer):
        offer.raw = offer.rng.choice(texts)
    return say


def header(stage, at, *values):
    def damage(offer):
        value = offer.rng.choice(values)

        def change(hdr):
            hdr[at:at + len(value)] = value
        offer.header[stage] = change
    return damage


def status(*codes):
    def refuse(offer):
        offer.status[OPERATIONAL] = offer.rng.choice(codes)
    return refuse


def cut(wanted):
    """Two PDUs; wanted(before, behind) is whether the bytes at the cut may be these."""
    def split(offer):
        offer.cuts = lambda text: offer.rng.choice(
            [at for at in range(1, len(text)) if wanted(text[at - 1], text[at])])
    return split


def stay(*stages):
    def add(offer):
        offer.stays |= set(stages)
    return add


def unknown(*pairs):
    def ask(offer):
        extra(*pairs)(offer)
        stay(OPERATIONAL)(offer)  # until it has heard our answer
    return ask


class Kind:
    """Something that a target says, and whether each initiator goes on. @why: if they
    differ, by which section of RFC 7143 ours is right."""

    def __init__(self, say, ours=True, iscsid=None, why=None):
        self.say, self.ours, self.why = say, ours, why
        self.iscsid = ours if iscsid is None else iscsid
        assert (self.ours == self.iscsid) == (why is None)


STRICT = dict(ours=False, iscsid=True)
LIBERAL = dict(ours=True, iscsid=False)
RESULT = "6.2.2: the result of a negotiation is a value that the offer allows"
LIMITS = "13: the range of the key"
HEX = "6.1: a numerical value is decimal or hexadecimal, as who says it likes"
LAWFUL = {
    "plain": Kind(lambda offer: None),
    "header-digest": Kind(one_of("HeaderDigest", "None", "CRC32C")),
    "data-digest": Kind(one_of("DataDigest", "None", "CRC32C")),
    "initial-r2t": Kind(one_of("InitialR2T", "Yes", "No")),
    "immediate-data": Kind(one_of("ImmediateData", "Yes", "No")),
    "max-burst": Kind(number("MaxBurstLength", 131072, 1048576)),
    "first-burst": Kind(number("FirstBurstLength", 512, 131072)),
    "data-length": Kind(number("MaxRecvDataSegmentLength", 512, 262144)),
    "time2wait": Kind(number("DefaultTime2Wait", 2, 3600)),
    "group": Kind(number("TargetPortalGroupTag", 0, 65535)),
    "alias": Kind(extra(("TargetAlias", "disk"), ("TargetAlias", ""))),
    "parts": Kind(cut(lambda before, behind: not before)),
    "stays": Kind(stay(OPERATIONAL)),
}
ODD = {
    "pieces": Kind(cut(lambda before, behind: before and behind), **LIBERAL,
                   why="6.2: with the C bit a text goes on in the next PDU, even in a pair"),
    "r2t-hex": Kind(one_of("MaxOutstandingR2T", "0x1"), True),
    "erl-hex": Kind(one_of("ErrorRecoveryLevel", "0x0"), **LIBERAL, why=HEX),
    "unknown": Kind(unknown(("X-com.example.key", "1"), ("NewKey", "Yes")), **LIBERAL,
                    why="6.2: who does not know a key answers NotUnderstood"),
    "digest-unknown": Kind(one_of("HeaderDigest", "MD5", "crc32c", ""), False),
    "bool-unknown": Kind(one_of("InitialR2T", "Maybe", "yes", ""), **STRICT,
                         why="6.1: a boolean is Yes or No, and case matters"),
    "burst-above": Kind(number("MaxBurstLength", 1048577, 0xffffff), **STRICT, why=RESULT),
    # The kernel refuses a first burst longer than the longest, which iscsid does not see.
    "first-below": Kind(one_of("FirstBurstLength", "511"), **STRICT, why=LIMITS),
    "burst-range": Kind(one_of("MaxBurstLength", "16777216"), **STRICT, why=LIMITS),
    "burst-text": Kind(one_of("MaxBurstLength", "1048576k", "131072 "), **STRICT,
                       why="6.1: a numerical value is digits and nothing else"),
    # Not 2: iscsid leaves it to the kernel, which takes a power of 2 that nobody has offered.
    "r2t-above": Kind(number("MaxOutstandingR2T", 3, 65535), False),
    "connections": Kind(number("MaxConnections", 2, 65535), False),
    "order": Kind(one_of("DataPDUInOrder", "No"), **STRICT, why=RESULT),
    "length-range": Kind(one_of("MaxRecvDataSegmentLength", "511", "16777216"), **STRICT,
                         why=LIMITS),
    "wait-below": Kind(number("DefaultTime2Wait", 0, 1), **STRICT, why=RESULT),
    "erl-above": Kind(number("ErrorRecoveryLevel", 1, 2), False),
    "irrelevant": Kind(one_of("MaxOutstandingR2T", "Irrelevant"), False),
    "twice": Kind(extra(("InitialR2T", "No"), ("ErrorRecoveryLevel", "0")), **STRICT,
                  why="6.3: no key is negotiated twice in a login"),
    "no-group": Kind(one_of("TargetPortalGroupTag", None), **STRICT,
                     why="13.9: the target must say it with the first response"),
    "not-pairs": Kind(raw(b"HeaderDigest\0", b"=\0"), False),
    "cut-off": Kind(raw(b"TargetAlias=x"), **STRICT,
                    why="6.1: a pair ends with a zero byte"),
    "refused": Kind(status(0x0200, 0x0201, 0x0203, 0x0205, 0x020b), False),
    "statsn": Kind(header(OPERATIONAL, 24, b"\x12\x34\x56\x78"), **STRICT,
                   why="11.13: StatSN grows by one with each response"),
    "isid": Kind(header(OPERATIONAL, 8, b"\0\1\2\3\4\5"), **STRICT,
                 why="11.13: ISID is that of the request"),
    "stage": Kind(header(OPERATIONAL, 1, b"\x83", b"\x86"), False),
    "itt": Kind(header(OPERATIONAL, 16, b"\x12\x34\x56\x78"), False),
    "opcode": Kind(header(OPERATIONAL, 0, b"\x3f", b"\x24"), False),
    "no-tsih": Kind(header(OPERATIONAL, 14, b"\0\0"), **STRICT,
                    why="11.13.3: the last response of a login has a TSIH"),
    "version": Kind(header(OPERATIONAL, 3, b"\7"), False),
}
KINDS = {**LAWFUL, **ODD}


def offers(seed, count):
    """Each kind by itself, then any together, at most one of them odd."""
    found = []
    for at in range(count):
        rng = random.Random("%s %d" % (seed, at))
        offer = Offer(at, rng)
        if at < len(KINDS):
            offer.kinds = [list(KINDS)[at]]
        else:
            offer.kinds = rng.sample(sorted(LAWFUL), rng.randint(2, 5))
            if rng.random() < 0.4:
                offer.kinds.append(rng.choice(sorted(ODD)))
            # What iscsid refuses it may try again, after as long as it was told to wait.
            if not expected(offer, "iscsid"):
                offer.kinds = [kind for kind in offer.kinds if kind != "time2wait"]
        for kind in offer.kinds:
            KINDS[kind].say(offer)
        found.append(offer)
    return found


def expected(offer, who):
    return all(getattr(KINDS[kind], who) for kind in offer.kinds)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return struct.pack("<I", crc ^ 0xffffffff)


class Session(socketserver.BaseRequestHandler):
    """One login: answers are a mirror of what was asked, but for the offer's."""

    def setup(self):
        self.offer, self.statsn = None, 1
        self.stayed, self.told = set(), set()
        self.digests = {}

    def read(self, size):
        data = b""
        while len(data) < size:
            part = self.request.recv(size - len(data))
            if not part:
                raise ConnectionResetError
            data += part
        return data

    def request_pairs(self):
        hdr = self.read(HDR)
        size = int.from_bytes(hdr[5:8], "big")
        text = self.read(size + -size % 4)[:size].decode()
        return hdr, [pair.split("=", 1) for pair in text.split("\0") if pair]

    def answers(self, pairs, stage):
        said = []
        for key, value in pairs:
            if key == "TargetName":
                self.offer = self.server.offers[int(value[len(BASE):])]
            if key in ("InitiatorName", "InitiatorAlias", "TargetName", "SessionType",
                       "MaxRecvDataSegmentLength") or value == "NotUnderstood":
                continue
            said.append((key, self.offer.answers.get(key, value.split(",")[-1])))
            if key.endswith("Digest"):
                self.digests[key] = said[-1][1] == "CRC32C"
        for key, since in (("TargetPortalGroupTag", SECURITY),
                           ("MaxRecvDataSegmentLength", OPERATIONAL)):
            if stage >= since and pairs and key not in self.told:
                self.told.add(key)
                if self.offer.answers[key] is not None:
                    said.append((key, self.offer.answers[key]))
        return said

    def send(self, req, flags, text):
        stage = flags >> 2 & 3
        hdr = bytearray(HDR)
        hdr[0], hdr[1] = LOGIN_RSP, flags
        hdr[5:8] = len(text).to_bytes(3, "big")
        hdr[8:14] = req[8:14]
        hdr[14:16] = struct.pack(">H", 1 if flags & TRANSIT and flags & 3 == FULL else 0)
        hdr[16:20] = req[16:20]
        cmdsn = struct.unpack(">I", req[24:28])[0]
        hdr[24:36] = struct.pack(">III", self.statsn, cmdsn, cmdsn + 31)
        self.statsn += 1
        if stage in self.offer.status:
            hdr[36:38] = struct.pack(">H", self.offer.status[stage])
        if stage in self.offer.header and not flags & CONTINUE:
            self.offer.header[stage](hdr)
        self.request.sendall(bytes(hdr) + text + b"\0" * (-len(text) % 4))

    def respond(self, req, stage, said):
        transit = req[1] & TRANSIT
        text = "".join("%s=%s\0" % pair for pair in said).encode()
        if stage == OPERATIONAL and said:
            text += "".join("%s=%s\0" % pair for pair in self.offer.extra).encode()
            text += self.offer.raw
        if stage == OPERATIONAL and said and self.offer.cuts:
            at = self.offer.cuts(text)
            self.send(req, CONTINUE | stage << 2, text[:at])
            req, _ = self.request_pairs()
            text = text[at:]
        if stage in self.offer.stays - self.stayed:
            self.stayed.add(stage)
            transit = 0
        nsg = req[1] & 3 if transit else 0
        self.send(req, transit | stage << 2 | nsg, text)
        return nsg == FULL

    def log_out(self):
        """What else comes is not answered."""
        req = bytes(HDR)
        while req[0] & 0x3f != LOGOUT_REQ:
            req = self.read(HDR)
            size = int.from_bytes(req[5:8], "big")
            digests = self.digests.get("HeaderDigest"), size and self.digests.get("DataDigest")
            self.read(size + -size % 4 + 4 * sum(map(bool, digests)))
        hdr = bytearray(HDR)
        hdr[0], hdr[1] = LOGOUT_RSP, 0x80
        hdr[16:20] = req[16:20]
        cmdsn = struct.unpack(">I", req[24:28])[0]
        hdr[24:36] = struct.pack(">III", self.statsn, cmdsn, cmdsn + 31)
        self.request.sendall(hdr + (crc32c(hdr) if self.digests.get("HeaderDigest") else b""))

    def handle(self):
        try:
            full = False
            while not full:
                req, pairs = self.request_pairs()
                stage = req[1] >> 2 & 3
                full = self.respond(req, stage, self.answers(pairs, stage))
            self.log_out()
            while self.request.recv(4096):
                pass
        except ConnectionError:
            pass


class Target(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, made, session=Session):
        super().__init__(("127.0.0.1", port), session)
        self.offers = made


def main(seed, count, batch):
    import threading
    made = offers(seed, int(count))
    for at in range(0, len(made), int(batch)):
        server = Target(3260 + at // int(batch), made)
        threading.Thread(target=server.serve_forever).start()
    print("listening", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

# SPDX-License-Identifier: GPL-2.0-or-later
"""Ours and stock iscsid get the same offers of a target (offers.py): both log in, with the
same values, or both refuse. Where they differ, offers.py says why."""
import os
import pathlib
import re
import subprocess
import threading

import conftest
import offers
import pytest

LOGIN = pathlib.Path(conftest.ROOT) / "build/tests/ohba-login"
# A batch lasts as long as iscsid goes on with what it is refused, up to a login's 30 s.
SEED, BATCH = 1, 50
COUNT = int(os.environ.get("OHBA_OFFERS", 900 if conftest.LONGEST and not conftest.DEBUG else 48))
# What ohba-login calls it, what the transport class calls it.
VALUES = {
    "InitialR2T": "initial_r2t", "ImmediateData": "immediate_data",
    "MaxOutstandingR2T": "max_outstanding_r2t", "FirstBurstLength": "first_burst_len",
    "MaxBurstLength": "max_burst_len", "DataPDUInOrder": "data_pdu_in_order",
    "DataSequenceInOrder": "data_seq_in_order", "ErrorRecoveryLevel": "erl",
    "HeaderDigest": "header_digest", "DataDigest": "data_digest",
    "MaxRecvDataSegmentLength": "max_xmit_dlength",
}
DIGESTS = ("HeaderDigest", "DataDigest")  # 1: None, 2: CRC32C; the class: 0 and 1


def logs_in(port, offer):
    """Our values, or the words of the refusal."""
    wishes = ["%s=%s" % pair for pair in offers.WISHES.items()]
    done = subprocess.run([LOGIN, "127.0.0.1", str(port), "target=" + offer.name,
                           "digest=CRC32C,None", *wishes],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, 1), done.stderr
    if done.returncode:
        return done.stdout.splitlines()[0] if done.stdout else done.stderr
    found = dict(re.findall(r"(\w+) (\d+)\b", done.stdout))
    return {key: int(found[key]) - (key in DIGESTS) for key in VALUES}


def agreed_by_iscsid(output):
    """What iscsid has agreed on, by the number of the offer."""
    found = {}
    for line in output.splitlines():
        if not line.startswith("offer "):
            continue
        _, name, *pairs = line.split()
        said = dict(pair.split("=") for pair in pairs)
        found[int(name[len(offers.BASE):])] = {
            key: int(said[theirs]) for key, theirs in VALUES.items()}
    return found


@pytest.fixture
def ours():
    """What ohba-login makes of each offer."""
    made = offers.offers(SEED, COUNT)
    with offers.Target(0, made) as target:
        threading.Thread(target=target.serve_forever, daemon=True).start()
        yield made, [logs_in(target.server_address[1], offer) for offer in made]
        target.shutdown()


def judge(offer, we, they):
    """What is wrong with an offer's two ends, or nothing."""
    ends = {"ours": we, "iscsid": they}
    for who, end in ends.items():
        logged_in = isinstance(end, dict)
        if logged_in != offers.expected(offer, who):
            return "%s: %s %s: %s" % (offer, who, "logs in" if logged_in else "refuses", end)
    if isinstance(we, dict) and isinstance(they, dict) and we != they:
        differ = ["%s %s, %s" % (key, we[key], they[key]) for key in we if we[key] != they[key]]
        return "%s: ours, iscsid's: %s" % (offer, "; ".join(differ))
    return None


@conftest.adapter_only
def test_same_results_as_iscsid(boot, ours):
    env = {"OFFERS_SEED": SEED, "OFFERS_COUNT": COUNT, "OFFERS_BATCH": BATCH,
           "OFFERS_WISHES": " ".join("%s=%s" % pair for pair in offers.WISHES.items())}
    guest = boot("guest-offers.sh", env=env, adapters=(), timeout=300 + 3 * COUNT)
    theirs = agreed_by_iscsid(guest.finish())
    made, results = ours
    wrong = [judge(offer, results[offer.number], theirs.get(offer.number)) for offer in made]
    wrong = [line for line in wrong if line]
    assert theirs and not wrong, "\n".join(wrong)


def test_every_kind_is_offered():
    """No row of the table is there in vain: each is an offer by itself."""
    alone = [offer.kinds for offer in offers.offers(SEED, COUNT) if len(offer.kinds) == 1]
    assert [[kind] for kind in offers.KINDS] == alone[:len(offers.KINDS)]

# SPDX-License-Identifier: GPL-2.0-or-later
"""uip/proto logs in to real targets over loopback (tests/login)."""
import pathlib
import re
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from targets import Istgt, Scripted, Tgtd  # noqa: E402

LOGIN = TESTS.parent / "build" / "tests" / "ohba-login"
NONE, CRC32C = "1", "2"
USER, OUR_SECRET, ARRAY, THEIR_SECRET = "user", "secret4567890", "array", "another4567890"


def log_in(portal, *words, accepted=True):
    host, _, port = portal.rpartition(":")
    done = subprocess.run([LOGIN, host.strip("[]"), port, *words], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == (0 if accepted else 1), done.stdout + done.stderr
    return done.stdout


def value(out, key):
    return re.search(r"\b%s (\S+)" % key, out)[1]


@pytest.fixture(scope="module")
def tgtd(tmp_path_factory):
    with Tgtd(tmp_path_factory.mktemp("tgtd"), targets=2, size_mib=1) as target:
        yield target


@pytest.fixture(scope="module")
def proven(tmp_path_factory):
    """Demands CHAP, and does it if it is asked to."""
    with Tgtd(tmp_path_factory.mktemp("chap"), size_mib=1, chap=(USER, OUR_SECRET),
              chap_out=(ARRAY, THEIR_SECRET)) as target:
        yield target


@pytest.fixture(scope="module")
def istgt(tmp_path_factory):
    with Istgt(tmp_path_factory.mktemp("istgt"), size_mib=64) as target:
        yield target


@pytest.fixture(scope="module")
def scripted(tmp_path_factory):
    with Scripted(tmp_path_factory.mktemp("scripted"), size_mib=1) as target:
        yield target


@pytest.fixture(params=["tgtd", "istgt", "scripted"])
def target(request):
    return request.getfixturevalue(request.param)


def test_plain_login(target):
    out = log_in(target.portal, "target=" + target.names[0])
    assert value(out, "HeaderDigest") == value(out, "DataDigest") == NONE
    assert int(value(out, "tsih")) and value(out, "tpgt") == "1"


def test_other_wishes(target):
    out = log_in(target.portal, "target=" + target.names[0], "any=1")
    assert 512 <= int(value(out, "MaxBurstLength")) <= 1048576
    assert int(value(out, "FirstBurstLength")) <= 65536


@pytest.mark.parametrize("kind", ["tgtd", "istgt"])
def test_ipv6(request, kind):
    target = request.getfixturevalue(kind)
    log_in(target.portal6, "target=" + target.names[0])


@pytest.mark.parametrize("kind", ["tgtd", "istgt"])
def test_text_in_pieces_is_not_for_these(request, kind):
    """Both answer the first piece as if it were all: they know no C bit in requests."""
    target = request.getfixturevalue(kind)
    out = log_in(target.portal, "target=" + target.names[0], "pdu=100", accepted=False)
    assert ", in state auth" in out


@pytest.mark.parametrize("kind", ["istgt", "scripted"])
def test_digests(request, kind):
    target = request.getfixturevalue(kind)
    out = log_in(target.portal, "target=" + target.names[0], "digest=CRC32C")
    assert value(out, "HeaderDigest") == value(out, "DataDigest") == CRC32C
    out = log_in(target.portal, "target=" + target.names[0], "digest=CRC32C,None")
    assert value(out, "HeaderDigest") == CRC32C


def test_digests_that_the_target_cannot_do(tgtd):
    out = log_in(tgtd.portal, "target=" + tgtd.names[0], "digest=CRC32C,None")
    assert value(out, "HeaderDigest") == value(out, "DataDigest") == NONE
    out = log_in(tgtd.portal, "target=" + tgtd.names[0], "digest=CRC32C", accepted=False)
    assert "HeaderDigest" in out


@pytest.mark.parametrize("key,answer,says", [
    ("MaxBurstLength", "16777216", "the target gave a value out of range: MaxBurstLength"),
    ("HeaderDigest", "CRC32C", "the target chose what was not offered: HeaderDigest"),
    ("ErrorRecoveryLevel", "2", "excludes: ErrorRecoveryLevel"),
])
def test_target_that_misbehaves(tmp_path, key, answer, says):
    with Scripted(tmp_path, size_mib=1, answers={key: answer}) as target:
        out = log_in(target.portal, "target=" + target.names[0], accepted=False)
        assert says in out


def test_discovery(target):
    out = log_in(target.portal)
    for name in target.names:
        assert "target %s at 127.0.0.1 port %d group 1" % (name, target.port) in out
    assert "listed its targets: " in out


def test_unknown_target(target):
    out = log_in(target.portal, "target=iqn.2026-01.org.ohba:nobody", accepted=False)
    assert re.search(r"the target .* \(0x020[0-9a-f], ", out)


@pytest.mark.parametrize("algorithm", ["5", "8,6,5"])
def test_chap(proven, algorithm):
    """tgtd knows MD5 alone of ours; it takes 7, SHA-256, for SHA-1."""
    name = "target=" + proven.names[0]
    ours, theirs = "chap=%s:%s" % (USER, OUR_SECRET), "mutual=%s:%s" % (ARRAY, THEIR_SECRET)
    for words in ([ours], [ours, theirs]):
        out = log_in(proven.portal, name, "algorithm=" + algorithm, *words)
        assert value(out, "CHAP_A") == "5"


@pytest.mark.parametrize("words,says", [
    ([], "(0x0201, Authentication failure)"),
    (["chap=user:wrong4567890123"], "(0x0201, Authentication failure)"),
    (["chap=user:secret4567890", "algorithm=7"], "(0x0200, Initiator error), in state proof"),
    (["chap=user:secret4567890", "algorithm=6"],
     "(0x0200, Initiator error), in state challenge"),
    (["chap=user:secret4567890", "mutual=array:wrong4567890123"],
     "the target answered our CHAP challenge with another secret"),
    (["chap=user:secret4567890", "mutual=other:another4567890"],
     "the target goes by another CHAP name than it should"),
])
def test_chap_that_fails(proven, words, says):
    out = log_in(proven.portal, "target=" + proven.names[0], *words, accepted=False)
    assert says in out


def test_mutual_chap_that_the_target_cannot_do(tmp_path):
    with Tgtd(tmp_path, size_mib=1, chap=(USER, OUR_SECRET)) as target:
        out = log_in(target.portal, "target=" + target.names[0],
                     "chap=%s:%s" % (USER, OUR_SECRET),
                     "mutual=%s:%s" % (ARRAY, THEIR_SECRET), accepted=False)
        assert "the target" in out

"""Tables and updates recorded from live sessions, played to the daemon: what it shows, what the kernel holds and what bgpdump
reads in the file are the same, prefix for prefix and AS path for AS path."""
import gzip
import ipaddress
import shutil
import time

import pytest

import dyad as speaker
import mrt
import peers
from dyad import Dyad, Msee
from lab import ROOT, wait_for

DATA = ROOT.parent / "shared" / "data"
FULL = "fulltable-v4-2015.bgp4mp_et.mrt.gz"
FILES = ["ris-updates-20160811.1600.mrt.gz", "ris-updates-20100722.2015.mrt.gz", "ris-rrc15-updates-20100227.1600.mrt.gz",
         "routeviews-jinx-updates-20150401.mrt.gz", "routeviews6-rib-20151101.part.tabledumpv2.mrt.gz",
         "bview-ipv4-addpath.mrt.gz", "bview-ipv6-addpath.mrt.gz"]
# Everything that was recorded is wanted here, the guards' catch, a default route and paths
# through the lab's own AS (the add-path files were recorded in somebody's lab) included.
ALL_OF_IT = """accept = { any = true, except = [], max_length = 32, guard = false }
limits = { receive = 2000000 }
allow_as_in = 10
"""


@pytest.fixture
def recording(request, tmp_path):
    """The file unpacked, or a skip that says what is missing."""
    file = DATA / request.param
    if not file.exists():
        pytest.skip(f"no recording {file.name}: it lies beside the repository, in ../shared/data")
    if not shutil.which("bgpdump"):
        pytest.skip("not installed: bgpdump")
    plain = tmp_path / file.name.removesuffix(".gz")
    with gzip.open(file) as packed, open(plain, "wb") as out:
        shutil.copyfileobj(packed, out)
    return plain


def canonical(routes):
    return {str(ipaddress.ip_network(prefix, strict=False)): path for prefix, path in routes.items()}


def differences(one, other):
    """The first few prefixes in which two tables differ, for people."""
    keys = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    return [(key, one.get(key), other.get(key)) for key in keys[:10]], len(keys)


def compare(lab, daemon, expected, sessions):
    """bgpdump, `show routes` and the kernel agree."""
    both = {4: {}, 6: {}}
    for prefix, path in expected.items():
        both[6 if ":" in prefix else 4][prefix] = path
    wait_for(lambda: daemon.alive() and daemon.settled(len(expected)), f"{len(expected)} routes are in the kernel", 240)
    rows = daemon.json("show", "routes", timeout=300)
    shown = {row["prefix"]: row["as_path"] for row in rows if row["best"]}
    # The MSEE put its own AS in front; everything behind it is the recording's.
    wanted = {prefix: f"12076 {path}".strip() for prefix, path in expected.items()}
    assert differences(shown, wanted) == ([], 0)
    assert {hop["session"] for row in rows for hop in row["next_hops"]} <= set(sessions)
    for family, routes in both.items():
        assert set(lab.kernel_routes(family)) == set(routes)


@pytest.mark.parametrize("recording", FILES, indirect=True)
def test_a_recording_arrives_whole_over_both_links(lab, recording):
    expected = canonical(mrt.routes(recording))
    for link in lab.links:
        Msee(lab, link, mrt=recording, with_v6=True).start()
    daemon = Dyad(lab, with_v6=True, private=ALL_OF_IT).start()
    daemon.wait_established()
    compare(lab, daemon, expected, Dyad.SESSIONS + Dyad.SESSIONS6)


@pytest.mark.parametrize("recording", ["routeviews6-rib-20151101.part.tabledumpv2.mrt.gz"], indirect=True)
def test_gobgp_plays_a_recorded_table(lab, recording):
    """Another implementation reads the file, so that it is not our own reading twice. Of the neighbours' routes it announces the
    one that it likes best: each path shown is one that the file has for the prefix."""
    if missing := peers.GoBgp.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    expected = {str(ipaddress.ip_network(prefix)): paths for prefix, paths in mrt.paths(recording).items()}
    gobgp = peers.GoBgp(lab, lab.primary, with_v6=True).start()
    start = time.monotonic()
    # Of the next hops in it none is next door, and such routes are not for use (RFC 4271 6.3).
    gobgp.inject(recording.read_bytes(), len(expected), "--only-best", "--nexthop", lab.primary.theirs6)
    print(f"\n{len(expected)} prefixes taken by gobgp in {time.monotonic() - start:.1f} s")
    daemon = Dyad(lab, with_v6=True, private=ALL_OF_IT).start()
    daemon.wait_established("er/private/primary", "er/private/primary/v6")
    wait_for(lambda: daemon.settled(len(expected)), f"{len(expected)} routes are in the kernel", 120)
    shown = {prefix: route["as_path"].removeprefix("12076 ") for prefix, route in daemon.routes(6).items()}
    assert set(shown) == set(lab.kernel_routes(6)) == set(expected)
    assert {prefix: path for prefix, path in shown.items() if path not in expected[prefix]} == {}


# What gobgp 3.10 makes of the other recordings: it reads TABLE_DUMP_V2 alone.
UNREADABLE = {
    "bview-ipv4-addpath.mrt.gz": "of RFC 8050's add-path subtypes it takes a few prefixes and says nothing of the rest",
    "bview-ipv6-addpath.mrt.gz": "of RFC 8050's add-path subtypes it takes a few prefixes and says nothing of the rest",
    "ris-updates-20160811.1600.mrt.gz": "an update stream (BGP4MP): passed over without a word",
    "ris-updates-20100722.2015.mrt.gz": "an update stream (BGP4MP): passed over without a word",
    "ris-rrc15-updates-20100227.1600.mrt.gz": "an update stream (BGP4MP): passed over without a word",
    "routeviews-jinx-updates-20150401.mrt.gz": "an update stream (BGP4MP): passed over without a word",
    FULL: "an update stream (BGP4MP_ET): passed over without a word",
    "pfx2as-v6-20160202.txt.gz": "no MRT: prefixes and origins as text, without paths",
}


def test_gobgp_takes_no_other_recording(lab):
    """So that whoever upgrades it learns that one more could be played: each is fed to it and counted."""
    if missing := peers.GoBgp.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    files = [DATA / name for name in UNREADABLE if name.endswith(".mrt.gz") and name != FULL and (DATA / name).exists()]
    if not files:
        pytest.skip("no recordings: they lie beside the repository, in ../shared/data")
    for file in files:
        gobgp = peers.GoBgp(lab, lab.primary).start()
        with gzip.open(file) as packed:
            gobgp.inject(packed.read())
        taken = gobgp.count()
        gobgp.kill()
        print(f"{file.name}: {taken} prefixes; {UNREADABLE[file.name]}")
        assert taken < 31, f"gobgp reads {file.name}: play it in test_gobgp_plays_a_recorded_table"


@pytest.mark.parametrize("recording", [FULL], indirect=True)
def test_a_full_table_of_2015_arrives_whole(lab, recording):
    program = speaker.release()
    expected = canonical(mrt.routes(recording))
    del expected["0.0.0.0/32"]  # somebody announced it in 2015; nobody can be reached there (RFC 1122 3.2.1.3, RFC 4271 6.3)
    daemon = Dyad(lab, private=ALL_OF_IT, program=program).start()
    before = daemon.memory()
    start = time.monotonic()
    Msee(lab, lab.primary, mrt=recording, program=program).start()
    daemon.wait_established("er/private/primary")
    up = time.monotonic()
    wait_for(lambda: daemon.settled(len(expected)), f"{len(expected)} routes are in the kernel", 240)
    done = time.monotonic()
    grown = daemon.memory() - before
    print(f"\n{len(expected)} routes: Established after {up - start:.1f} s, all in the kernel {done - up:.1f} s later; "
          f"{grown / 1024:.0f} MiB more, {grown * 1024 / len(expected):.0f} octets a route ({program.parent.name})")
    compare(lab, daemon, expected, ["er/private/primary"])

"""Peers that count what we advertise, and end the session at one prefix too many; and what `dyad check` says before."""
import json
import subprocess

import pytest

import mrt
import peers
from dyad import Dyad, binary
from lab import Link, wait_for

FOUR = (peers.Bird, peers.GoBgp, peers.OpenBgpd, peers.Frr)


def lists(first, count):
    """Of 65,536 prefixes inside 10.0.0.0/8."""
    return [f"10.{n // 256}.{n % 256}.0/24" for n in range(first, first + count)]


def start(lab, makes, limit):
    for make in makes:
        if missing := make.missing():
            pytest.skip(f"not installed: {', '.join(missing)}")
    return [make(lab, link, mrt.slash24s(2), limit=limit).start() for make, link in zip(makes, lab.links)]


def sku(limit):
    return f'sku = "{"standard" if limit <= 4_000 else "premium"}"'


class Edge(Dyad):
    """With a SKU of its own."""

    def __init__(self, lab, advertise, limit):
        self.sku = sku(limit)
        super().__init__(lab, advertise)

    def write(self):
        super().write()
        self.file.write_text(self.file.read_text().replace('sku = "standard"', self.sku))

    def advertises(self, prefixes):
        self.advertise = prefixes
        self.write()
        self.ask("reload")

    def established_once(self):
        """How many sessions stand, and have never ended."""
        return sum(session["times_established"] == 1 and session["state"] == "Established"
                   for peering in self.json("show", "peering") for session in peering["sessions"])


class TwoCircuits(Edge):
    """And a second circuit like the first: four sessions."""

    def __init__(self, lab, advertise, limit):
        for number, first in enumerate((9, 13), 3):
            link = Link(f"west{number - 2}", lab._namespace(f"msee{number}"), first)
            lab._wire(link)
            lab.links.append(link)
        super().__init__(lab, advertise, limit)

    def write(self):
        super().write()
        first = self.file.read_text()
        second = first[first.index("[[circuit]]"):].replace('"er"', '"west"').replace("192.168.15.16/29", "192.168.15.24/29")
        self.file.write_text(first + second.replace('"primary"', '"west1"').replace('"secondary"', '"west2"'))


@pytest.mark.parametrize("limit", (4_000, 10_000))
def test_a_full_table_is_swapped_for_another_at_the_limit(lab, limit):
    """Each of the four ends its session at one prefix too many, in the middle of the swap as well."""
    edge = TwoCircuits(lab, lists(0, limit), limit)
    msees = start(lab, FOUR, limit)
    edge.start()
    holds = lambda wanted: all(set(msee.received()) == wanted for msee in msees)
    wait_for(lambda: holds(set(lists(0, limit))), "all four hold the first list", 180)
    assert edge.established_once() == 4
    edge.advertises(lists(limit, limit))
    wait_for(lambda: holds(set(lists(limit, limit))), "all four hold the other list", 180)
    assert edge.established_once() == 4, edge.log.read_text()[-3000:]
    # One too many changes nothing, and is told.
    edge.advertises([*lists(limit, limit), "192.0.2.0/24"])
    wait_for(lambda: all(row["first_withheld"] for row in edge.json("show", "limits")["limits"]), "one is withheld")
    for row in edge.json("show", "limits")["limits"]:
        assert (row["wanted"], row["withheld"], row["first_withheld"]) == (limit + 1, 1, ["192.0.2.0/24"])
        assert [sent["advertised"] for sent in row["sessions"]] == [limit, limit]
    assert edge.established_once() == 4


def test_a_peer_that_counts_less_is_understood_left_alone_and_come_back_to_with_less(lab):
    """A premium circuit here, a standard one there: BIRD says no limit in its Cease/1, FRR does."""
    primary, secondary = start(lab, (peers.Bird, peers.Frr), 4_000)
    edge = Edge(lab, lists(0, 4_100), 10_000).start()
    wait_for(lambda: edge.json("show", "limits")["limits"][0]["learned"], "the limit is learned", 90)
    refused = lambda name: "counted too many prefixes" in edge.reason(name)
    wait_for(lambda: refused(edge.SESSIONS[0]) or refused(edge.SESSIONS[1]), "the row says why")
    wait_for(lambda: "Maximum Number of Prefixes" in edge.ask("events"), "the event says it")
    secondary.do(f"clear bgp {secondary.edge()}")
    edge.wait_established(deadline=150)
    for msee in (primary, secondary):
        wait_for(lambda: set(msee.received()) == set(lists(0, 3_999)), "one less than the peer's limit", 60)
    limits = edge.json("show", "limits")["limits"][0]
    assert (limits["configured"], limits["limit"], limits["withheld"]) == (10_000, 3_999, 101)
    assert "learned" in edge.ask("show", "limits")
    # The operator says that the circuit is a premium one now, on both sides.
    secondary.do("configure terminal", f"router bgp {secondary.asn}", "address-family ipv4 unicast",
                 f"no neighbor {secondary.edge()} maximum-prefix {secondary.limit}")
    primary.limit = None
    primary.write_config()
    primary.ask("configure")
    wait_for(lambda: primary.established() and secondary.established(), "both stand")
    assert "forgotten" in edge.ask("clear", "er/private")
    for msee in (primary, secondary):
        wait_for(lambda: set(msee.received()) == set(lists(0, 4_100)), "all of them", 60)


def test_check_says_what_would_be_withheld_with_its_exit_status(lab):
    def check(*words):
        done = subprocess.run([binary(), "check", edge.file, *words], capture_output=True, text=True)
        return done.returncode, done.stdout

    edge = Edge(lab, lists(0, 4_010), 10_000)
    assert check("--sku", "premium")[0] == 0
    status, words = check("--sku", "standard")
    assert status == 2 and "4010 of 4000, 10 would be withheld" in words and "aggregation would save" in words
    added = lab.dir / "added"
    added.write_text("\n".join(lists(10_000, 6_000)) + "\n")
    status, words = check("--add", added, "--json")
    limits = json.loads(words)["limits"][0]
    assert status == 2 and limits["wanted"] == 10_010 and limits["withheld"] == lists(15_990, 10)
    assert check("--sku", "huge")[0] == 1

"""One link of the pair on each of two edge routers, iBGP between them: packets from the LAN go by both, both ways, while a box is
killed, loses its power, loses its link, or the two lose each other. Azure here is test_drain's: BIRD as MSEEs, and a gateway that goes
by what both say.

        lan ==== edge  ---- primary ---- msee1 ---- azure
            |      |  iBGP
            ==== edge2 ---- secondary -- msee2 ----'
"""
import json

import pytest

import mrt
import peers
from dyad import SANITIZERS, Dyad, binary
from lab import SUBNET, wait_for
from probe import Probe
from test_drain import Gateway, TransitBird

AZURE, LAN = "10.20.0.0/24", "10.1.0.0/16"
OTHERS = mrt.slash24s(200)


class Router(Dyad):
    """One of the two; `show` names links the same on both."""

    def __init__(self, lab, namespace, name, other, ours, theirs):
        self.lab, self.namespace, self.dir, self.program = lab, namespace, lab.dir / name, binary()
        self.dir.mkdir()
        self.socket, self.file, self.log = self.dir / "sock", self.dir / "dyad.toml", self.dir / "dyad.log"
        self.process, self.environment = None, {}
        here, there = ("primary", "secondary") if name == "edge1" else ("secondary", "primary")
        self.own, self.other = f"er/private/{here}", f"er/private/{there}"
        self.file.write_text(f"""asn = 65010
hostname = "{name}"
[control]
socket = "{self.socket}"
group = "root"
[[circuit]]
name = "er"
sku = "standard"
[circuit.private]
subnet = "{SUBNET}"
advertise = ["{LAN}"]
{here} = {{ interface = "{here}" }}
{there} = {{ on = "{other}" }}
[[neighbor]]
name = "{other}"
address = "{theirs}"
local_address = "{ours}"
interface = "inside"
asn = 65010
bfd = true
accept = {{ any = true }}
pass_on = ["er/private"]
""")

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.process = self.lab.start(self.namespace, self.program, "run", "-c", self.file, log=self.log, env=SANITIZERS)
        return self

    def peering(self):
        return self.json("show", "summary")["circuits"][0]["peerings"][0]

    def shows(self):
        """What its operator sees of the pair: redundancy, and the state of each link."""
        row = self.peering()
        return row["redundancy"], *(link["state"] for link in row["links"])

    def way(self):
        """Where its kernel sends packets for Azure."""
        routes = json.loads(self.lab.run(self.namespace, "ip", "-j", "route", "get", "10.20.0.4"))
        return routes[0]["gateway"]


class Pair:
    def __init__(self, lab):
        self.lab = lab
        lab.edge2 = lab._namespace("edge2")
        lab.run(lab.edge2, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
        second = lab.secondary
        lab.ip(lab.edge, "link", "del", second.interface)
        lab.veth((lab.edge2, second.interface), (second.namespace, "edge"))
        lab.ip(lab.edge2, "address", "add", f"{second.ours}/30", "dev", second.interface)
        lab.ip(second.namespace, "address", "add", f"{second.theirs}/30", "dev", "edge")
        lab.ip(second.namespace, "route", "replace", LAN, "via", second.ours)
        # The LAN has a cable to each; the routers one between them. Its address outlives the cables.
        lab.ip(lab.lan, "address", "add", "10.1.0.2/32", "dev", "lo")
        lab.veth((lab.lan, "edge2"), (lab.edge2, "lan"))
        lab.ip(lab.lan, "address", "add", "10.1.1.2/24", "dev", "edge2")
        lab.ip(lab.edge2, "address", "add", "10.1.1.1/24", "dev", "lan")
        lab.ip(lab.edge2, "route", "add", "10.1.0.0/24", "via", "10.1.1.2")
        lab.run(lab.lan, "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1")
        for name in "all", "edge", "edge2":
            lab.run(lab.lan, "sysctl", "-qw", f"net.ipv4.conf.{name}.ignore_routes_with_linkdown=1")
        lab.ip(lab.lan, "route", "replace", "default", "nexthop", "via", "10.1.0.1", "nexthop", "via", "10.1.1.1")
        lab.veth((lab.edge, "inside"), (lab.edge2, "inside"))
        lab.ip(lab.edge, "address", "add", "10.255.0.1/30", "dev", "inside")
        lab.ip(lab.edge2, "address", "add", "10.255.0.2/30", "dev", "inside")
        for link in lab.links:
            TransitBird(lab, link, [AZURE, *OTHERS]).start()
        self.gateway = Gateway(lab)
        self.edge1 = Router(lab, lab.edge, "edge1", "edge2", "10.255.0.1", "10.255.0.2").start()
        self.edge2 = Router(lab, lab.edge2, "edge2", "edge1", "10.255.0.2", "10.255.0.1").start()
        self.wait_full()

    def wait_full(self):
        first, second = self.lab.links
        wait_for(lambda: self.edge1.alive() and self.edge2.alive() and
                 {router.shows() for router in (self.edge1, self.edge2)} == {("full", "Established", "Established")} and
                 (self.edge1.way(), self.edge2.way()) == (first.theirs, second.theirs) and self.gateway.links() == [1, 2],
                 "each router uses its own link, and both say full", 90)

    def probe(self, what, most_lost):
        """Runs `what` between the first and the last packet, both ways."""
        with Probe(self.lab) as there, Probe(self.lab, back=True) as back:
            what()
            for way, probe in ("there", there), ("back", back):
                sent, lost = probe.finish()
                print(f"\n{way}: {len(lost)} of {sent} probes lost")
                assert sent > 500 and len(lost) <= most_lost


@pytest.fixture
def pair(lab_with_ends):
    if missing := peers.Bird.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    return Pair(lab_with_ends)


def test_a_link_of_one_router_is_lost_and_its_traffic_goes_by_the_other(pair):
    lab, first, second = pair.lab, *pair.lab.links

    def cut():
        lab.ip(first.namespace, "link", "set", "edge", "down")
        wait_for(lambda: pair.edge1.way() == "10.255.0.2" and pair.gateway.links() == [2], "traffic goes by the other router")
        wait_for(lambda: pair.edge1.shows() == ("degraded", "Idle", "Established") and
                 pair.edge2.shows() == ("degraded", "Unhealthy", "Established"), "both say what is left")
    pair.probe(cut, 1000)
    assert "edge1 does not tell 192.168.15.16/30" in pair.edge2.ask("show", "summary")
    assert "on edge2" in pair.edge1.ask("show", "peering")

    def mend():
        lab.ip(first.namespace, "link", "set", "edge", "up")
        lab.ip(first.namespace, "route", "replace", LAN, "via", first.ours)
        pair.wait_full()
    pair.probe(mend, 0)


def test_the_routers_lose_each_other_and_no_packet(pair):
    lab, first, second = pair.lab, *pair.lab.links

    def part():
        lab.ip(lab.edge2, "link", "set", "inside", "down")
        wait_for(lambda: pair.edge1.shows() == ("degraded", "Established", "Unknown") and
                 pair.edge2.shows() == ("degraded", "Unknown", "Established"), "each says that it knows nothing of the other link")
        assert (pair.edge1.way(), pair.edge2.way()) == (first.theirs, second.theirs)
        lab.ip(lab.edge2, "link", "set", "inside", "up")
        pair.wait_full()
    pair.probe(part, 0)
    # With their link cut as well nothing is left on that router, and it says so.
    lab.ip(lab.edge2, "link", "set", "inside", "down")
    lab.ip(first.namespace, "link", "set", "edge", "down")
    wait_for(lambda: pair.edge1.shows() == ("down", "Idle", "Unknown"), "down")
    assert "DYAD CRITICAL" in pair.edge1.ask("health", check=False)
    lab.ip(lab.edge2, "link", "set", "inside", "up")
    wait_for(lambda: pair.edge1.shows() == ("degraded", "Idle", "Established") and pair.edge1.way() == "10.255.0.2",
             "the other router's link is found again")


def test_a_daemon_is_killed_and_a_box_loses_its_power(pair):
    lab = pair.lab

    def crash():
        pair.edge1.kill()
        wait_for(lambda: pair.edge2.shows() == ("degraded", "Unknown", "Established"), "edge2 has no news of it")
        pair.edge1.start()
        pair.wait_full()
    pair.probe(crash, 0)

    def power_off():
        pair.edge1.kill()
        lab.run(lab.edge, "sh", "-c", "for name in primary lan inside; do ip link set $name down; done")
        wait_for(lambda: pair.edge2.shows() == ("degraded", "Unknown", "Established") and pair.gateway.links() == [2], "all goes by edge2")
    pair.probe(power_off, 1000)
    assert pair.edge2.way() == lab.secondary.theirs
    health = pair.edge2.ask("health", check=False)
    assert health.startswith("DYAD WARNING") and "er/private degraded" in health

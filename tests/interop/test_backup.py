"""Both links lost: traffic goes on by the VPN, and returns to the links when they are back. A probe of a thousand packets a second
says what was lost, a monitor what was written in the kernel; there are 10,000 routes, so whatever is done to each would show."""
import json

import pytest

from dyad import Dyad, Msee
from lab import Monitor, wait_for
from probe import Probe

AZURE = "10.20.0.0/24"
ROUTES = 10_000
GATEWAY, SPEAKER = "10.255.0.2", "10.255.0.30"
STATIC = f'backup = {{ gateway = "{GATEWAY}", interface = "ipsec0", hold = "1s" }}'
# Its address is behind the tunnel, on no subnet of ours: a host route leads there.
DYNAMIC = f"""
[[neighbor]]
name = "vpngw"
address = "{SPEAKER}"
local_address = "10.255.0.1"
asn = 65515
multihop = 2
interface = "ipsec0"
accept = {{ any = true }}
backup = {{ hold = "1s" }}
"""


class VpnGateway:
    """A third way to Azure. The tunnel is a cable: this kernel knows no IPsec, and it is not what is looked at."""
    name = "vpn"

    def __init__(self, lab):
        self.namespace = lab._namespace("vpn")
        lab.veth((lab.edge, "ipsec0"), (self.namespace, "edge"))
        lab.veth((self.namespace, "azure"), (lab.azure, "vpn"))
        for namespace, address, interface in ((lab.edge, "10.255.0.1/30", "ipsec0"), (self.namespace, f"{GATEWAY}/30", "edge"),
                                              (self.namespace, f"{SPEAKER}/32", "lo"), (self.namespace, "10.99.3.1/30", "azure"),
                                              (lab.azure, "10.99.3.2/30", "vpn")):
            lab.ip(namespace, "address", "add", address, "dev", interface)
        lab.ip(self.namespace, "route", "add", AZURE, "via", "10.99.3.2")
        lab.ip(self.namespace, "route", "add", "10.1.0.0/16", "via", "10.255.0.1")
        lab.ip(lab.edge, "route", "add", f"{SPEAKER}/32", "dev", "ipsec0")
        for namespace in (self.namespace, lab.edge, lab.azure):
            for scope in ("all", "default", "edge", "azure", "ipsec0", "vpn"):
                lab.run(namespace, "sysctl", "-qw", f"net.ipv4.conf.{scope}.rp_filter=0", check=False)
        self.theirs, self.ours = SPEAKER, "10.255.0.1"


class Road:
    def __init__(self, lab, dynamic, bfd=False):
        self.lab, self.dynamic, self.before = lab, dynamic, {}
        lab.run(lab.edge, "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1")
        self.vpn = VpnGateway(lab)
        self.way = SPEAKER if dynamic else GATEWAY
        self.msees = [Msee(lab, link, routes=ROUTES, options=["--bfd", "50"] if bfd else []).start() for link in lab.links]
        self.gateways = list(self.msees)
        if dynamic:
            self.gateways.append(Msee(lab, self.vpn, routes=ROUTES, options=["--asn", "65515", "--ttl", "2"]).start())
        for msee in self.gateways:
            wait_for(lambda: '"ok":true' in msee.ask("announce", AZURE), "it announces Azure")
        fast = 'bfd = { transmit = "50ms", receive = "50ms" }\n' if bfd else ""
        self.dyad = Dyad(lab, private=fast + (DYNAMIC if dynamic else STATIC)).start()
        self.dyad.wait_established()
        self.wait_whole()
        # Where the gateway was first to tell its table, there was nobody else for a moment.
        self.before = {name: len(self.events(name)) for name in ("backup.active", "backup.over")}

    def rows(self):
        return self.lab.ip_json(self.lab.edge, "route", "show", "proto", "bgp", "table", "main")

    def goes(self):
        """The gateways of the route that wins: the lowest metric."""
        rows = [row for row in self.lab.ip_json(self.lab.edge, "route", "show", AZURE, "proto", "bgp") if row["dst"] == AZURE]
        return self.lab.gateways(min(rows, key=lambda row: row["metric"])) if rows else []

    def backup(self):
        return self.dyad.json("show", "summary")["circuits"][0]["peerings"][0]["backups"][0]

    def wait_whole(self):
        both = [link.theirs for link in self.lab.links]
        wait_for(lambda: self.goes() == both and self.backup()["state"] == "ready", "traffic takes both links", 90)
        wait_for(lambda: (fib := self.dyad.fib()) and (fib["routes"], fib["backup_routes"], fib["pending"]) ==
                 (ROUTES + 1, ROUTES + 1, 0), "each route has one behind it", 90)

    def wait_round(self):
        wait_for(lambda: self.goes() == [self.way], "traffic takes the VPN", 90)
        wait_for(lambda: self.dyad.alive() and self.backup()["state"] == "active", "that is known", 90)

    def mend(self):
        for link in self.lab.links:
            self.lab.ip(link.namespace, "link", "set", "edge", "up")
            self.lab.ip(link.namespace, "route", "replace", "10.1.0.0/16", "via", link.ours)

    def events(self, name):
        lines = self.dyad.ask("events", "--json").splitlines()
        return [event for event in map(json.loads, lines) if event["id"] == name][self.before.get(name, 0):]


@pytest.fixture(params=["gateway", "AS 65515"])
def road(request, lab_with_ends):
    # Where a carrier tells, BFD would only be faster on a machine that has no time for it.
    return Road(lab_with_ends, request.param != "gateway", bfd="silence" in request.node.name)


def report(road, what, probe):
    sent, lost = probe.finish()
    within = 0 if not lost else lost[-1] - lost[0] + 1
    print(f"\n{'AS 65515' if road.dynamic else 'gateway'}, {ROUTES} routes, {what}: {len(lost)} of {sent} probes lost" +
          (f", within {within} ms" if lost else ""))
    assert sent > 500, "the prober did not get to run"
    return lost


def test_both_links_lose_their_carrier(road):
    with Monitor(road.lab, road.lab.edge) as written, Probe(road.lab) as probe:
        for link in road.lab.links:
            road.lab.ip(link.namespace, "link", "set", "edge", "down")
        road.wait_round()
        lost = report(road, "both carriers lost", probe)
        assert written.route_changes() == []  # the kernel fell back by itself
    assert len(lost) < 1000
    assert [event["peering"] for event in road.events("backup.active")] == ["er/private"]
    assert road.dyad.json("show", "summary")["circuits"][0]["peerings"][0]["redundancy"] == "down"
    assert "on backup (VPN)" in road.dyad.ask("show") and "on backup (VPN)" in road.dyad.ask("show", "peering")
    assert "metric 500" in road.dyad.ask("why", "10.20.0.4")
    with Probe(road.lab) as probe:
        road.mend()
        road.wait_whole()
        assert report(road, "both carriers back", probe) == []
    assert len(road.events("backup.over")) == 1


def test_both_links_lose_everything_in_silence(road):
    with Monitor(road.lab, road.lab.edge) as written, Probe(road.lab) as probe:
        for link in road.lab.links:
            road.lab.silence(link)
        road.wait_round()
        lost = report(road, "silence on both, BFD 50 ms x 3", probe)
        assert written.route_changes() == []
        messages = written.nexthop_changes()
        print(f"   kernel messages: {len(messages)}")
        # A leaf is deleted, and the kernel tells what became of its group; or the group goes the way round at once.
        assert len(messages) <= 3
    assert len(lost) < 5000
    with Probe(road.lab) as probe:
        for link in road.lab.links:
            road.lab.end_silence(link)
        road.wait_whole()
        assert report(road, "both are heard again", probe) == []


def test_both_sessions_are_reset(road):
    with Monitor(road.lab, road.lab.edge) as written, Probe(road.lab) as probe:
        for msee in road.msees:
            msee.ask("reset", "maintenance")
        wait_for(lambda: len(road.events("session.down")) >= 2, "both sessions went down")
        road.dyad.wait_established(deadline=90)
        road.wait_whole()
        assert report(road, "both sessions reset and back", probe) == []
        assert written.route_changes() == []
        print(f"   kernel messages: {len(written.nexthop_changes())}")


def test_both_links_are_lost_with_nobody_there(road):
    with Monitor(road.lab, road.lab.edge) as written, Probe(road.lab) as probe:
        road.dyad.kill()
        for link in road.lab.links:
            road.lab.ip(link.namespace, "link", "set", "edge", "down")
        wait_for(lambda: road.goes() == [road.way], "the kernel goes by the VPN")
        road.dyad.start()
        road.wait_round()
        lost = report(road, "SIGKILL, both carriers lost, a new start", probe)
        assert written.route_changes() == []
    assert len(lost) < 1000
    with Probe(road.lab) as probe:
        road.mend()
        road.dyad.wait_established(deadline=90)
        road.wait_whole()
        assert report(road, "both carriers back", probe) == []


def test_a_longer_prefix_of_the_vpn_is_told(lab_with_ends):
    road = Road(lab_with_ends, dynamic=True)
    road.gateways[2].ask("announce", "10.64.0.0/17")  # the first VNet is a /16
    told = wait_for(lambda: road.events("backup.longer"), "it is told")
    assert told[0]["prefixes"] == ["10.64.0.0/17"] and told[0]["session"] == "vpngw"
    why = road.dyad.ask("why", "10.64.0.4")
    assert "longer than 10.64.0.0/16" in why and "vpngw" in why

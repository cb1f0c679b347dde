"""A link is drained, unplugged, plugged in and used again, while packets go both ways: none is lost.

Azure here goes by the AS path's length, as the real one does: a gateway (BIRD, AS 65515) behind both MSEEs (BIRD) that takes
the shorter of two paths to the LAN, and both when they are equal.
"""
import time

import pytest

import mrt
import peers
from dyad import Dyad
from lab import wait_for
from probe import Probe

AZURE, LAN = "10.20.0.0/24", "10.1.0.0/16"
OTHERS = mrt.slash24s(200)
ONLY_PRIMARY = "10.21.0.0/24"


class TransitBird(peers.Bird):
    """An MSEE that tells the gateway behind it what the edge says."""

    def write_config(self):
        super().write_config()
        number = 1 if self.link.name == "primary" else 2
        self.conf((self.dir / "speaker.conf").read_text() + f"""
protocol bgp vnet {{
  local 10.99.{number}.1 as 12076;
  neighbor 10.99.{number}.2 as 65515;
  ipv4 {{ import none; export where proto = "edge4"; }};
}}
""")


class Gateway:
    """The virtual network's gateway: its kernel goes by what both MSEEs say."""

    def __init__(self, lab):
        self.lab, self.dir = lab, lab.dir / "gateway"
        self.dir.mkdir()
        text = "router id 10.99.1.2;\nprotocol device {}\nprotocol kernel { merge paths on; ipv4 { import none; export all; }; }\n"
        for number in 1, 2:
            text += (f"protocol bgp msee{number} {{ local 10.99.{number}.2 as 65515; neighbor 10.99.{number}.1 as 12076; "
                     "connect delay time 1; error wait time 1, 5; ipv4 { import all; export none; }; }\n")
        (self.dir / "bird.conf").write_text(text)
        lab.run(lab.azure, "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1")
        lab.start(lab.azure, "bird", "-f", "-c", self.dir / "bird.conf", "-s", self.dir / "ctl", "-P", self.dir / "pid",
                  log=self.dir / "messages.log")

    def links(self):
        """The MSEEs that its packets for the LAN go to, by number."""
        found = self.lab.ip_json(self.lab.azure, "route", "show", LAN)
        hops = found[0].get("nexthops", found) if found else []
        return sorted(int(hop["gateway"].split(".")[2]) for hop in hops)


class Road:
    def __init__(self, lab):
        self.lab = lab
        lab.run(lab.edge, "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1")
        for link, more in zip(lab.links, ([ONLY_PRIMARY], [])):
            TransitBird(lab, link, [AZURE, *OTHERS, *more]).start()
        self.gateway = Gateway(lab)
        self.dyad = Dyad(lab).start()
        self.dyad.wait_established()
        self.wait_links(1, 2)

    def there(self, prefix=AZURE):
        return self.lab.gateways(self.lab.kernel_routes()[prefix])

    def wait_links(self, *numbers):
        """Both ways go over these links and no others."""
        theirs = [self.lab.links[number - 1].theirs for number in numbers]
        wait_for(lambda: self.there() == theirs and self.gateway.links() == list(numbers), f"both ways go over {numbers}", 90)

    def drain(self):
        return self.dyad.sessions()["er/private/primary"]["drain"]


@pytest.fixture
def road(lab_with_ends):
    if missing := peers.Bird.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    return Road(lab_with_ends)


def test_a_link_is_drained_pulled_and_used_again_and_nothing_is_lost(road):
    msee = road.lab.primary.namespace
    with Probe(road.lab) as there, Probe(road.lab, back=True) as back:
        said = road.dyad.ask("drain", "primary")
        assert "1 route that no other link has stays" in said
        road.wait_links(2)
        assert road.there(ONLY_PRIMARY) == [road.lab.primary.theirs]
        assert road.drain() == "draining" and road.dyad.established()
        assert "draining" in road.dyad.ask("show", "summary") and "1 only here" in road.dyad.ask("show", "peering")
        assert "being drained" in road.dyad.ask("show", "routes", AZURE)
        road.lab.ip(msee, "link", "set", "edge", "down")
        wait_for(lambda: not road.dyad.established("er/private/primary"), "the session is down")
        road.lab.ip(msee, "link", "set", "edge", "up")
        # What the link lost with its carrier; a real MSEE's configuration stays.
        road.lab.ip(msee, "route", "replace", LAN, "via", road.lab.primary.ours)
        road.dyad.wait_established(deadline=90)
        # It comes back as it went. What only it has is a sign that its table is in.
        wait_for(lambda: ONLY_PRIMARY in road.lab.kernel_routes(), "the table is in")
        road.wait_links(2)
        road.dyad.ask("undrain", "er/private/primary")
        road.wait_links(1, 2)
        assert road.drain() is None
        for way, probe in ("there", there), ("back", back):
            sent, lost = probe.finish()
            print(f"\n{way}: {len(lost)} of {sent} probes lost")
            assert sent > 1000 and lost == []


def test_a_drill_shuts_a_link_whose_other_takes_over_and_brings_it_back_although_nobody_waits(road):
    with pytest.raises(RuntimeError, match=f"1 prefix comes by it alone: {ONLY_PRIMARY}"):
        road.dyad.ask("drill", "primary", "--for", "3s")
    assert road.dyad.json("drill", "secondary", "--for", "1s")["outcome"] == "passed"
    with Probe(road.lab) as there:
        said = road.dyad.ask("drill", "secondary", "--for", "3s")
        sent, lost = there.finish()
    print(f"\n{said}{len(lost)} of {sent} probes lost")
    assert "er/private/secondary: drill passed" in said and f"{len(OTHERS) + 1} of {len(OTHERS) + 1} prefixes by er/private/primary" in said
    assert lost == [] and sent > 1000
    # The one who asked is killed, and it is over in its time all the same; what it could not save is told by name.
    asking = road.dyad.begin("drill", "primary", "--for", "4s", "--force")
    wait_for(lambda: not road.dyad.established("er/private/primary"), "the link is shut")
    asking.kill()
    asking.wait()
    assert "a drill" in road.dyad.sessions()["er/private/primary"]["reason"]
    wait_for(lambda: road.dyad.established("er/private/primary"), "the link is back", 60)
    wait_for(lambda: road.dyad.json("drill")["drills"][-1]["state"] == "over", "the report is there", 60)
    last = road.dyad.json("drill")["drills"][-1]
    assert (last["outcome"], last["most_missing"], last["first_missing"]) == ("failed", 1, [ONLY_PRIMARY])
    assert 3.9 < last["shut_seconds"] < 6


def test_who_waits_hears_when_the_link_is_free(road):
    start = time.monotonic()
    road.dyad.ask("drain", "primary", "--wait")
    assert road.drain() == "drained"
    assert time.monotonic() - start > 55  # the minute that the peer has
    assert "drained" in road.dyad.ask("show", "session", "er/private/primary")


def test_a_drain_that_would_move_nothing_is_refused_and_an_unknown_link_named(road):
    road.dyad.ask("drain", "er/private/primary")
    with pytest.raises(RuntimeError, match="er/private/primary is draining itself; --force"):
        road.dyad.ask("drain", "er/private/secondary")
    with pytest.raises(RuntimeError, match="there is no link er/private/tertiary; there is: er/private/primary, er/private/secondary"):
        road.dyad.ask("drain", "er/private/tertiary")
    road.dyad.ask("reload")
    assert road.drain() == "draining"
    road.dyad.ask("drain", "er/private/secondary", "--force")
    # Both are as good as each other again.
    road.wait_links(1, 2)

"""Packets from the LAN to Azure, a thousand a second, while things break: how many are lost is printed for each."""
import pytest

import mrt
import peers
from dyad import Dyad
from lab import wait_for
from probe import Probe

AZURE = "10.20.0.0/24"
OTHERS = mrt.slash24s(200)


class Road:
    """LAN, edge, a pair of BIRDs as MSEEs, Azure behind both; complete when the edge sends over both links."""

    def __init__(self, lab):
        self.lab = lab
        # Flows are told apart by their ports, too: otherwise one link carries the whole probe.
        lab.run(lab.edge, "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1")
        self.primary, self.secondary = [peers.Bird(lab, link, [AZURE, *OTHERS]).start() for link in lab.links]
        self.dyad = Dyad(lab).start()
        self.dyad.wait_established()
        self.wait_complete()

    def gateways(self):
        routes = self.lab.kernel_routes()
        return self.lab.gateways(routes[AZURE]) if AZURE in routes else []

    def wait_complete(self):
        wait_for(lambda: self.gateways() == [link.theirs for link in self.lab.links] and self.dyad.settled(len(OTHERS) + 1),
                 "traffic takes both links", 90)

    def wait_secondary_only(self):
        wait_for(lambda: self.gateways() == [self.lab.secondary.theirs], "traffic takes the secondary link only")


@pytest.fixture
def road(lab_with_ends):
    if missing := peers.Bird.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    return Road(lab_with_ends)


def report(what, probe):
    sent, lost = probe.finish()
    spans = 0 if not lost else lost[-1] - lost[0] + 1
    print(f"\n{what}: {len(lost)} of {sent} probes lost" + (f", within {spans} ms" if lost else ""))
    assert sent > 500, "the prober did not get to run"
    return lost


def test_nothing_is_lost_while_nothing_happens(road):
    with Probe(road.lab) as probe:
        assert report("nothing", probe) == []


def test_a_link_is_cut_and_mended(road):
    msee = road.lab.primary.namespace
    with Probe(road.lab) as probe:
        road.lab.ip(msee, "link", "set", "edge", "down")
        road.wait_secondary_only()
        lost = report("primary link cut", probe)
    # The kernel drops the dead member by itself (kernel.md 2.2); half a second says that something else did it.
    assert len(lost) < 500
    with Probe(road.lab) as probe:
        road.lab.ip(msee, "link", "set", "edge", "up")
        # What the link lost with its carrier; a real MSEE's configuration stays.
        road.lab.ip(msee, "route", "replace", "10.1.0.0/16", "via", road.lab.primary.ours)
        road.wait_complete()
        report("primary link mended", probe)


def test_a_session_is_reset(road):
    with Probe(road.lab) as probe:
        road.primary.ask("restart", "edge4")  # with a NOTIFICATION, as Microsoft does for maintenance
        road.dyad.wait_established(deadline=90)
        road.wait_complete()
        assert report("primary session reset", probe) == []  # the MSEE forwards all the while; nothing may break here


def test_an_msee_process_dies(road):
    with Probe(road.lab) as probe:
        road.primary.kill()
        road.wait_secondary_only()
        assert report("primary MSEE's BGP killed", probe) == []
    with Probe(road.lab) as probe:
        road.primary.start()
        road.dyad.wait_established(deadline=90)
        road.wait_complete()
        assert report("primary MSEE's BGP back", probe) == []


def test_the_daemon_is_killed_and_started_again(road):
    with Probe(road.lab) as probe:
        road.dyad.kill()
        road.dyad.start()
        road.dyad.wait_established(deadline=90)
        road.wait_complete()
        assert report("dyad killed and started again", probe) == []


@pytest.mark.catalogue("K-03")
def test_the_daemon_is_stopped_and_started_again(road):
    with Probe(road.lab) as probe:
        assert road.dyad.stop() == 0
        road.dyad.start()
        road.dyad.wait_established(deadline=90)
        road.wait_complete()
        assert report("dyad stopped and started again", probe) == []

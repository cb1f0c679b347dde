"""`prefer = "primary"`: the secondary stands by in the kernel's group, so that the cut of the primary's cable is the kernel's own
affair. 10,000 routes, a probe of a thousand packets a second, and a monitor of what is written."""
import pytest

from dyad import Dyad, Msee
from lab import Monitor, wait_for
from probe import Probe

AZURE = "10.20.0.0/24"
ROUTES = 10_000


@pytest.fixture
def road(lab_with_ends):
    lab = lab_with_ends
    for link in lab.links:
        msee = Msee(lab, link, routes=ROUTES).start()
        wait_for(lambda: '"ok":true' in msee.ask("announce", AZURE), "it announces Azure")
    lab.dyad = Dyad(lab, private='prefer = "primary"').start()
    lab.dyad.wait_established()
    wait_whole(lab)
    return lab


def goes(lab):
    rows = [row for row in lab.ip_json(lab.edge, "route", "show", AZURE, "proto", "bgp") if row["dst"] == AZURE]
    return lab.gateways(rows[0]) if rows else []


def wait_whole(lab):
    wait_for(lambda: goes(lab) == [lab.primary.theirs] and (fib := lab.dyad.fib()) and
             (fib["routes"], fib["backup_routes"], fib["pending"]) == (ROUTES + 1, 0, 0), "all by the primary", 90)
    group = [hop for hop in lab.nexthops().values() if "group" in hop]
    assert [len(hop["group"]) for hop in group] == [2], "the secondary stands by"


@pytest.mark.parametrize("alive", (True, False), ids=("with the daemon", "with nobody there"))
def test_the_preferred_carrier_goes(road, alive):
    lab = road
    with Monitor(lab, lab.edge) as written, Probe(lab) as probe:
        if not alive:
            lab.dyad.kill()
        lab.ip(lab.primary.namespace, "link", "set", "edge", "down")
        wait_for(lambda: goes(lab) == [lab.secondary.theirs], "traffic takes the secondary", 30)
        if not alive:
            lab.dyad.start()
        wait_for(lambda: lab.dyad.alive() and (fib := lab.dyad.fib()) and (fib["routes"], fib["pending"]) == (ROUTES + 1, 0), "all is known", 60)
        sent, lost = probe.finish()
        assert written.route_changes() == []
    print(f"\n{len(lost)} of {sent} probes lost")
    assert sent > 500 and len(lost) < 1000
    with Probe(lab) as probe:
        lab.ip(lab.primary.namespace, "link", "set", "edge", "up")
        lab.ip(lab.primary.namespace, "route", "replace", "10.1.0.0/16", "via", lab.primary.ours)
        wait_whole(lab)
        sent, lost = probe.finish()
    assert "stands by" in lab.dyad.ask("why", "10.20.0.4")
    assert sent > 500 and lost == []

"""What a session lives through on a real kernel: a new MD5 key, GTSM, restarts of either side, an operator's orders. The peer
is another dyad with the MSEE's addresses and AS, so that both ends can be changed at will."""
import json
import time

import pytest

from dyad import Dyad
from lab import wait_for

PREFIXES = ["10.20.0.0/16", "10.21.0.0/16"]


class Neighbour(Dyad):
    """A dyad at the other end of the primary link, AS 12076."""

    def __init__(self, lab, more=""):
        self.more = more
        super().__init__(lab, advertise=PREFIXES)

    def write(self):
        self.dir = self.lab.dir / "neighbour"
        self.dir.mkdir(exist_ok=True)
        self.socket, self.file, self.log = self.dir / "sock", self.dir / "dyad.toml", self.dir / "dyad.log"
        listed = ", ".join(json.dumps(prefix) for prefix in self.advertise)
        self.file.write_text(f"""asn = 12076
lab = true
router_id = "{self.lab.primary.theirs}"

[control]
socket = "{self.socket}"
group = "root"

[[neighbor]]
name = "edge"
address = "{self.lab.primary.ours}"
local_address = "{self.lab.primary.theirs}"
asn = 65010
accept = {{ any = true }}
advertise = [{listed}]
{self.more}
""")

    def start(self):
        edge, self.lab.edge = self.lab.edge, self.lab.primary.namespace
        try:
            return super().start()
        finally:
            self.lab.edge = edge


def pair(lab, edge="", neighbour=""):
    one, other = Dyad(lab, private=edge).start(), Neighbour(lab, neighbour).start()
    wait_for(lambda: one.established("er/private/primary"), "Established")
    wait_for(lambda: one.settled(len(PREFIXES)), "its routes are in the kernel")
    return one, other


def change(daemon, old, new):
    daemon.file.write_text(daemon.file.read_text().replace(old, new))
    daemon.ask("reload")


def times_up(daemon, name="er/private/primary"):
    return daemon.json("show", "session", name)["times_established"]


def test_a_new_key_goes_onto_the_running_session(lab):
    """TCP goes on where both ends have the new key before a hold timer expires, and routes flow; new calls need it too."""
    one, other = pair(lab, 'md5 = "oldkey"\nhold_time = "30s"', 'md5 = "oldkey"\nhold_time = "30s"')
    change(one, "oldkey", "newkey")
    change(other, "oldkey", "newkey")
    change(other, '"10.21.0.0/16"', '"10.21.0.0/16", "10.22.0.0/16"')
    wait_for(lambda: one.settled(3), "a route that was told under the new key")
    assert times_up(one) == 1 and times_up(other, "edge") == 1
    assert any(event["id"] == "session.rekeyed" for event in map(json.loads, one.ask("events", "--json").splitlines()))
    one.ask("reset", "er/private/primary")
    wait_for(lambda: one.established("er/private/primary"), "Established with the new key")


def test_a_key_only_one_side_has_ends_in_silence_and_its_name(lab):
    one, other = pair(lab, 'md5 = "oldkey"\nhold_time = "10s"', 'md5 = "oldkey"\nhold_time = "10s"')
    change(one, "oldkey", "newkey")
    wait_for(lambda: not one.established("er/private/primary"), "the hold timer expires")
    wait_for(lambda: "MD5" in one.reason("er/private/primary"), "the reason names MD5")


def test_gtsm_holds_on_both_ends_and_refuses_a_lower_ttl(lab):
    one, other = pair(lab, 'ttl = "gtsm"', 'ttl = "gtsm"')
    assert times_up(one) == 1
    change(other, 'ttl = "gtsm"', "ttl = 64")
    wait_for(lambda: not one.established("er/private/primary"), "a session with TTL 64 ends")
    time.sleep(3)
    assert not one.established("er/private/primary")


def test_a_neighbour_that_crashes_keeps_its_routes_until_it_is_back(lab):
    """RFC 4724 4.2, helper: not one kernel route moves, and what it does not say again is gone after End-of-RIB."""
    one, other = pair(lab)
    before = lab.kernel_routes()
    other.kill()
    wait_for(lambda: not one.established("er/private/primary"), "its TCP is gone")
    assert one.json("show", "session", "er/private/primary")["stale_routes"] == 2
    assert lab.kernel_routes().keys() == before.keys()
    other.advertise = PREFIXES[:1]
    other.write()
    other.start()
    wait_for(lambda: one.established("er/private/primary"), "it is back")
    wait_for(lambda: one.settled(1), "what it does not say any more is gone")
    assert one.json("show", "session", "er/private/primary")["stale_routes"] == 0


def test_a_neighbour_that_says_goodbye_keeps_nothing(lab):
    one, other = pair(lab, neighbour='[fib]\non_exit = "flush"')
    other.stop()
    wait_for(lambda: one.settled(0), "its routes are gone")
    assert "Administrative Shutdown" in one.reason("er/private/primary")


def test_our_restart_is_bridged_by_a_neighbour(lab):
    """RFC 4724 4.1: the edge's daemon is stopped and started; its kernel and its neighbour forward on meanwhile."""
    one, other = pair(lab)
    assert one.stop() == 0
    wait_for(lambda: not other.established("edge"), "our TCP is gone")
    assert other.json("show", "session", "edge")["stale_routes"] == 1
    assert "10.1.0.0/16" in other.routes()
    assert len(lab.kernel_routes()) == 2
    one.start()
    wait_for(lambda: one.established("er/private/primary"), "Established again")
    wait_for(lambda: other.json("show", "session", "edge")["stale_routes"] == 0, "our table is told anew")
    assert "10.1.0.0/16" in other.routes()


def test_a_reset_tells_the_neighbour_why_and_takes_the_routes_along(lab):
    one, other = pair(lab)
    one.ask("reset", "er/private/primary", "--message", "wir tauschen die Karte — gleich zurück")
    wait_for(lambda: "tauschen" in other.reason("edge") or other.established("edge") and
             "tauschen" in str(other.sessions()["edge"]["last_error"]), "the words arrive")
    wait_for(lambda: one.established("er/private/primary"), "and it comes back")
    assert times_up(one) == 2


def test_a_refresh_brings_both_tables_again_without_a_reset(lab):
    one, other = pair(lab)
    before = one.json("show", "session", "er/private/primary")["messages"]
    one.ask("refresh", "er/private/primary")

    def refreshed():
        messages = one.json("show", "session", "er/private/primary")["messages"]
        return (messages["received"]["route_refresh"] >= before["received"]["route_refresh"] + 2 and
                messages["received"]["update"] > before["received"]["update"])
    wait_for(refreshed, "BoRR, the table and EoRR")
    assert times_up(one) == 1 and one.settled(2)


def test_orders_are_for_writers_and_name_what_is_there(lab):
    one, _ = pair(lab)
    with pytest.raises(RuntimeError, match="there is: er/private/primary"):
        one.ask("reset", "er/private/tertiary")
    with pytest.raises(RuntimeError, match="is not Established"):
        one.ask("refresh", "er/private/secondary")

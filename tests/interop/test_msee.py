"""`dyad msee` as Microsoft's side in all that is documented in two ways, or not at all, against the daemon."""
import json
import time

import pytest

from dyad import Dyad, Msee
from lab import wait_for

US = "10.77.0.1"
TURN_AWAYS = {"close": "data", "refuse": "bare", "silence": "data"}


def lists(first, count):
    return [f"10.{n // 256}.{n % 256}.0/24" for n in range(first, first + count)]


def status(msee):
    return json.loads(msee.ask("status"))["neighbors"][0]


class Turning(Msee):
    """One of three neighbours on the edge's own loopback, each with its way of turning one away."""

    def __init__(self, lab, number, how, data):
        super().__init__(lab, lab.primary, options=["--limit", "100", "--turn-away", how, "--cease", data, "--refuse", "45", "--passive"])
        self.address = f"10.77.0.{number}"
        self.words[self.words.index("--local") + 1], self.words[self.words.index("--peer") + 1] = self.address, US
        self.socket = lab.dir / f"{how}.sock"
        self.words[self.words.index("--socket") + 1] = self.socket
        self.how, self.namespace, self.log = how, lab.edge, lab.dir / f"msee-{how}.log"

    def start(self):
        self.process = self.lab.start(self.namespace, self.program, "msee", *self.words, log=self.log)
        return self


def test_three_ways_of_being_turned_away_are_told_apart_and_outlived(lab):
    """Requirement 26: 110 prefixes where 100 are allowed; then calls are closed without an octet, refused, or not answered."""
    for number in range(1, 5):
        lab.ip(lab.edge, "address", "add", f"10.77.0.{number}/32", "dev", "lo")
    msees = [Turning(lab, number, how, data).start() for number, (how, data) in enumerate(TURN_AWAYS.items(), 2)]
    listed = json.dumps(lists(0, 110))
    neighbours = "".join(f"""
[[neighbor]]
name = "{msee.how}"
address = "{msee.address}"
local_address = "{US}"
asn = 12076
advertise = {listed}
accept = {{ any = true }}
""" for msee in msees)
    edge = Dyad(lab, private=neighbours).start()
    wait_for(lambda: all(status(msee)["limit_trips"] == 1 for msee in msees), "each has counted too many", 60)
    errors = {"close": "closed the connection before its OPEN", "refuse": "connection refused", "silence": "no answer"}
    told = {}

    def turned_away():
        """The reason stays what the peer's Cease said; the last error is how the call ended."""
        for msee in msees:
            row = edge.sessions()[msee.how]
            if row["state"] != "Established" and errors[msee.how] in (row["last_error"] or ""):
                told[msee.how] = f'{row["reason"]}; {row["last_error"]}'
        return len(told) == len(msees)

    wait_for(turned_away, "each way has its words", 120)
    print("\n" + "\n".join(f"{how}: {words}" for how, words in sorted(told.items())))
    assert all("counted too many prefixes" in words for words in told.values()), told
    wait_for(lambda: all(edge.established(msee.how) and status(msee)["received"] == 99 for msee in msees),
             "all come back with one less than the limit", 240)
    for msee in msees:
        assert status(msee)["limit_trips"] == 1 and status(msee)["received_peak"] == 99


def test_a_peer_that_counts_what_it_holds_and_what_comes_together_survives(lab):
    """Requirement 25, as Azure's Route Server counts: churn, new attributes and refreshes below the limit; a swap of the whole table at it."""
    msees = [Msee(lab, link, options=["--count", "incoming"]).start() for link in lab.links]
    edge = Dyad(lab, lists(0, 3_990)).start()
    edge.wait_established()

    def advertise(prefixes):
        edge.advertise = prefixes
        edge.write()
        edge.ask("reload")

    def hold(prefixes):
        wait_for(lambda: all(status(msee)["received"] == len(prefixes) for msee in msees), f"both hold {len(prefixes)}", 90)

    hold(lists(0, 3_990))
    for turn in range(1, 21):
        advertise(lists(turn * 5, 3_990))
    hold(lists(100, 3_990))
    for name in edge.SESSIONS:
        edge.ask("refresh", name)
    told = lambda msee: status(msee)["prefixes_announced_to_us"]
    before = [told(msee) for msee in msees]
    edge.lines["private"] = "prefer = \"primary\"\nprepend = 2"  # another path on the secondary for every prefix
    edge.write()
    edge.ask("reload")
    wait_for(lambda: told(msees[1]) >= before[1] + 3_990, "every route anew", 90)
    advertise(lists(100, 4_000))
    hold(lists(100, 4_000))
    advertise(lists(10_000, 4_000))
    wait_for(lambda: all('"prefix":"10.39.16.0/24"' in msee.ask("received", "list") for msee in msees), "the other table", 90)
    hold(lists(10_000, 4_000))
    for msee in msees:
        neighbour = status(msee)
        assert (neighbour["counting"], neighbour["limit_trips"], neighbour["times_established"]) == ("incoming", 0, 1), neighbour
        assert neighbour["received_peak"] == 4_000


def test_both_readings_of_the_limit_are_borne(lab):
    """"Up to N" and "less than N": who reads the second ends the session at N itself, and N-1 is what we come back with."""
    one = Msee(lab, lab.primary, options=["--limit", "200", "--boundary", "at", "--refuse", "5"]).start()
    other = Msee(lab, lab.secondary, options=["--limit", "200", "--boundary", "beyond"]).start()
    edge = Dyad(lab, lists(0, 200), private="limits = { advertise = 200 }").start()
    wait_for(lambda: status(one)["limit_trips"] == 1 and edge.json("show", "limits")["limits"][0]["learned"], "one trips", 60)
    wait_for(lambda: edge.established() and [status(msee)["received"] for msee in (one, other)] == [199, 199], "both hold 199", 120)
    assert status(one)["limit_trips"] == 1
    assert (status(other)["limit_trips"], status(other)["times_established"]) == (0, 1)


def test_a_peering_is_reset_both_sessions_at_once_and_comes_back(lab):
    msees = [Msee(lab, link, routes=100).start() for link in lab.links]
    edge = Dyad(lab).start()
    edge.wait_established()
    for msee in msees:
        assert '"ok":true' in msee.ask("disable", "reset of the peering")
    wait_for(lambda: not any(edge.established(name) for name in edge.SESSIONS), "both are down")
    # The log has it for good; the row goes on to tell how the next call ended.
    assert edge.log.read_text().count('Administrative Shutdown: "reset of the peering"') >= len(edge.SESSIONS)
    time.sleep(2)
    assert not any(edge.established(name) for name in edge.SESSIONS)
    for msee in msees:
        msee.ask("enable")
    edge.wait_established(deadline=90)
    wait_for(lambda: edge.settled(100), "the table is there again")


def test_bfd_waits_for_the_customer_to_begin(lab):
    """As at Microsoft: it is there, and says nothing before it is spoken to (RFC 5880 6.1, passive role)."""
    Msee(lab, lab.primary, options=["--bfd", "50"]).start()
    listener = f"""
import socket
ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ear.bind(("{lab.primary.ours}", 3784))
ear.settimeout(1.5)
try: ear.recv(100); print("heard")
except TimeoutError: print("nothing")
"""
    assert lab.run(lab.edge, "/usr/bin/python3", "-c", listener).strip() == "nothing"
    edge = Dyad(lab, private='bfd = { transmit = "50ms", receive = "50ms" }').start()
    wait_for(lambda: edge.sessions()["er/private/primary"]["bfd"] == "Up", "BFD is up", 60)


def test_the_two_families_of_a_link_end_and_come_back_without_each_other(lab):
    """Requirement 17: each has its session; the IPv6 one needs no BFD."""
    msees = [Msee(lab, link, routes="100,50", with_v6=True).start() for link in lab.links]
    edge = Dyad(lab, advertise6=["2001:db8:1::/48"], with_v6=True).start()
    edge.wait_established()
    wait_for(lambda: edge.settled(150), "both tables are in")
    times = lambda: [neighbour["times_established"] for neighbour in json.loads(msees[0].ask("status"))["neighbors"]]
    edge.ask("reset", "er/private/primary/v6")
    wait_for(lambda: times() == [1, 2] and edge.established("er/private/primary/v6"), "the IPv6 session is another one")
    edge.ask("reset", "er/private/primary")
    wait_for(lambda: times() == [2, 2] and edge.established("er/private/primary"), "now the IPv4 session, too")
    wait_for(lambda: edge.settled(150), "both tables are in again")

"""Each of five speakers plays both MSEEs; one story a speaker, its chapters in order, in one lab."""
import itertools

import pytest

import mrt
import peers
from dyad import Dyad
from lab import Lab, Monitor, wait_for
from matrix import cell
from wiretap import Tap, at_once

ROUTES, ROUTES6 = 4000, 300
ADVERTISED = ("10.1.0.0/16", "172.30.0.0/16")
ADVERTISED6 = ("2001:db8:1::/48",)


class Story:
    """A lab, a pair of MSEEs of one make, and the daemon between them."""

    def __init__(self, lab, make):
        self.lab, self.make = lab, make
        self.prefixes, self.prefixes6 = mrt.slash24s(ROUTES), mrt.slash64s(ROUTES6)
        self.primary, self.secondary = self.msees = [
            make(lab, link, self.prefixes, self.prefixes6, with_v6=True).start() for link in lab.links]
        self.dyad = Dyad(lab, ADVERTISED, ADVERTISED6, with_v6=True).start()

    def gateways(self, family=4):
        return sorted((link.theirs if family == 4 else link.theirs6) for link in self.lab.links)

    def kernel_moved_to(self, gateways, family=4):
        """Every route of the kernel leads to these gateways."""
        routes = self.lab.kernel_routes(family)
        ids = {route.get("nhid") for route in routes.values()}
        return len(ids) == 1 and self.lab.gateways(next(iter(routes.values()))) == sorted(gateways)

    def complete(self):
        """Both links of both families: a peer may hold the end of its table back for seconds (BIRD 2.0.12 does)."""
        return self.dyad.settled(ROUTES + ROUTES6) and all(self.kernel_moved_to(self.gateways(f), f) for f in (4, 6))


@pytest.fixture(scope="class", params=peers.ALL, ids=lambda make: make.name)
def story(request):
    if missing := request.param.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    with Lab() as lab:
        yield Story(lab, request.param)


EVERY = pytest.mark.parametrize("make", peers.ALL, ids=lambda make: make.name)


class TestPair:
    def test_both_sessions_of_both_families_are_established(self, story):
        story.dyad.wait_established()
        for msee in story.msees:
            for family in (4, 6):
                wait_for(lambda: msee.established(family), f"{msee.name} says Established too")

    @pytest.mark.parametrize("family", (4, 6))
    def test_the_table_has_exactly_what_both_announced(self, story, family):
        expected = story.prefixes if family == 4 else story.prefixes6
        sessions = set(Dyad.SESSIONS if family == 4 else Dyad.SESSIONS6)
        wait_for(lambda: all(row["received"] == (ROUTES if row["session"] in Dyad.SESSIONS else ROUTES6)
                             for row in story.dyad.sessions().values()), "everything was received")
        routes = story.dyad.routes(family)
        assert set(routes) == set(expected)
        assert {route["as_path"] for route in routes.values()} == {"12076"}
        assert all(route["sessions"] == sessions for route in routes.values())

    @pytest.mark.parametrize("family", (4, 6))
    def test_the_kernel_holds_exactly_these_through_one_group_of_two(self, story, family):
        wait_for(lambda: story.dyad.settled(ROUTES + ROUTES6), "all of them are in the kernel")
        routes = story.lab.kernel_routes(family)
        assert set(routes) == set(story.prefixes if family == 4 else story.prefixes6)
        assert len({route["nhid"] for route in routes.values()}) == 1
        assert story.lab.gateways(next(iter(routes.values()))) == story.gateways(family)

    def test_what_is_listed_reaches_each_msee_and_nothing_else_does(self, story):
        for msee in story.msees:
            for family, listed, hop in ((4, ADVERTISED, msee.link.ours), (6, ADVERTISED6, msee.link.ours6)):
                received = wait_for(lambda: len(got := msee.received(family)) >= len(listed) and got, "it arrives")
                if family == 6:  # a speaker that shows the link-local half of the next hop has seen the global one, too
                    received = {prefix: {**route, "next_hop": hop if route["next_hop"].startswith("fe80:")
                                         else route["next_hop"]} for prefix, route in received.items()}
                assert received == {prefix: {"as_path": "65010", "next_hop": hop, "origin": "IGP"} for prefix in listed}

    def test_attributes_arrive_as_they_were_sent(self, story):
        row = story.dyad.routes()[story.prefixes[7]]["row"]
        assert (row["origin"], row["med"], row["communities"]) == ("igp", peers.MED, [peers.COMMUNITY])

    def test_a_reload_advertises_one_more_without_a_reset(self, story):
        before = {name: row["uptime_seconds"] for name, row in story.dyad.sessions().items()}
        story.dyad.advertise.append("10.66.0.0/16")
        story.dyad.write()
        story.dyad.ask("reload")
        for msee in story.msees:
            wait_for(lambda: set(msee.received()) == {*ADVERTISED, "10.66.0.0/16"}, "the third arrives")
        after = story.dyad.sessions()
        assert all(after[name]["uptime_seconds"] >= before[name] for name in before)

    @pytest.mark.catalogue("K-02")
    def test_the_primary_msee_dies_and_comes_back(self, story):
        wait_for(story.complete, "the start is complete")
        with Monitor(story.lab, story.lab.edge) as monitor:
            story.primary.kill()
            wait_for(lambda: story.kernel_moved_to([story.lab.secondary.theirs]), "the group has one member")
            assert len(story.lab.kernel_routes()) == ROUTES
            story.primary.start()
            story.dyad.wait_established(deadline=90)
            wait_for(story.complete, "the group has two members again")
            assert monitor.deleted_routes() == []

    @pytest.mark.catalogue("F-31")
    def test_a_killed_daemon_leaves_the_routes_and_finds_them_again(self, story):
        wait_for(story.complete, "the start is complete")
        before = {family: story.lab.kernel_routes(family) for family in (4, 6)}
        with Monitor(story.lab, story.lab.edge) as monitor:
            story.dyad.kill()
            assert story.lab.kernel_routes() == before[4]
            story.dyad.start()
            story.dyad.wait_established(deadline=90)
            wait_for(story.complete, "everything is in its place again")
            wait_for(lambda: story.kernel_moved_to(story.gateways(6), 6), "for IPv6, too")
            assert monitor.route_changes() == monitor.nexthop_changes() == []
        assert {family: story.lab.kernel_routes(family) for family in (4, 6)} == before


# Octets of BGP are lost on their way in; handshakes and bare acknowledgements (with SACK blocks: 40 + 20 + 12 + 28 at most) pass.
# One side's calls are kept waiting until the other's stands, so that neither finds itself called before it has dialled.
_HOLD = """table ip hold
delete table ip hold
table ip hold {
  chain in { type filter hook input priority 0; tcp sport 179 ip length > 100 drop; tcp dport 179 ip length > 100 drop; %s }
}
"""


def hold(lab, caller=None):
    """Keeps BGP's messages back on both links; and the calls of the edge or of the MSEEs, where named."""
    no_call = "tcp dport 179 tcp flags & (syn | ack) == syn drop;"
    for namespace in (lab.edge, *(link.namespace for link in lab.links)):
        called_by = "msee" if namespace == lab.edge else "edge"
        lab.run(namespace, "nft", "-f", "-", stdin=_HOLD % (no_call if caller == called_by else ""))


def let_go(lab):
    for namespace in (lab.edge, *(link.namespace for link in lab.links)):
        lab.run(namespace, "nft", "delete", "table", "ip", "hold")


class TestCollision:
    """Both sides dial; a filter keeps OPENs, and one side's SYNs, away until the other's call stands (RFC 4271 6.8). What came of
    it is read off the wire: who called, whether both handshakes were complete at once, who gave up which connection and how.

    Two of the five compare identifiers. The others look at their state alone when they are called, and close the second connection
    as soon as the kernel has accepted it, whoever has the higher identifier: there the session has to come up all the same."""

    COMPARE = (peers.Bird, peers.Frr)
    # ExaBGP 4.2.21 takes the other call when told of it, closes its own, and now and then says nothing on the one it took: without
    # a new start the session waits for the four minutes that RFC 4271 8.2.2 gives an OPEN.
    MAY_LOSE_BOTH = (peers.ExaBgp,)

    @pytest.fixture
    def collide(self, lab):
        """Plays a round and returns {"edge": connection or None, "msee": connection or None}: two that stood at once, or else the
        last of each that the other answered."""
        def play(make, late, router_id="192.168.15.17"):
            if missing := make.missing():
                pytest.skip(f"not installed: {', '.join(missing)}")
            link, name = lab.primary, Dyad.SESSIONS[0]
            msee = make(lab, link, mrt.slash24s(10))
            dyad = Dyad(lab, top=f'router_id = "{router_id}"').start()
            with Tap(lab, lab.edge, link.interface) as tap:
                hold(lab, late)
                # The edge's call is under way before anybody could refuse it.
                if late == "edge":
                    wait_for(lambda: calling(lab, lab.edge, link.theirs), "the edge calls")
                msee.start()
                wait_for(lambda: connections(lab, link) == 1, "one call stands")
                if late == "msee":
                    soon(lambda: calling(lab, link.namespace, link.ours))
                hold(lab)
                soon(lambda: sum(c.up is not None for c in tap.connections()) >= 2)
                let_go(lab)
                seen = None
                if make in self.MAY_LOSE_BOTH and not soon(lambda: dyad.established(name)):
                    seen = tap.connections()
                    msee.kill()
                    msee.start()
                try:
                    dyad.wait_established(name)
                    wait_for(lambda: connections(lab, link) == 1, "one connection is left")
                    wait_for(lambda: len(dyad.routes()) == 10, "its routes came")
                finally:
                    seen = seen or tap.connections()
                    print(f"\n{make.name}, the {late}'s call comes later, edge's identifier {router_id}")
                    for connection in seen:
                        print("  ", connection.told())
            calls = [[c for c in seen if c.caller == address and c.up] for address in (link.ours, link.theirs)]
            last = tuple(of[-1] if of else None for of in calls)
            return dict(zip(("edge", "msee"), next((pair for pair in itertools.product(*calls) if at_once(*pair)), last)))
        return play

    @EVERY
    @cell("collision")
    def test_the_msee_with_the_higher_identifier_keeps_its_call(self, collide, make):
        calls = collide(make, late="edge")
        if make in self.COMPARE:
            assert at_once(calls["edge"], calls["msee"])
        self.judge(make, calls, higher="msee")

    @EVERY
    @cell("collision")
    def test_the_edge_with_the_higher_identifier_keeps_its_call_where_the_msee_compares(self, collide, make):
        calls = collide(make, late="edge", router_id="223.255.255.1")
        if make in self.COMPARE:
            assert at_once(calls["edge"], calls["msee"])
        self.judge(make, calls, higher="edge")

    @EVERY
    @cell("collision")
    def test_an_msee_that_is_called_while_it_calls(self, collide, make):
        """Most give up a call of theirs that has not been answered when they are called; FRR never does, BIRD not always."""
        calls = collide(make, late="msee")
        if make is peers.Frr:
            assert at_once(calls["edge"], calls["msee"])
        self.judge(make, calls, higher="msee")

    def judge(self, make, calls, higher):
        """The higher identifier's call is kept, unless the other was Established before that one's OPENs were through: then the
        new one goes (RFC 4271 6.8). Whoever gives one up says Cease/7 on it first."""
        edge, lower = calls["edge"], "edge" if higher == "msee" else "msee"
        assert edge, "our call was never answered"
        kept = next((who for who, call in calls.items() if call and not call.ended), None)
        # FRR 8.4 now and then gives up both, and begins anew.
        if at_once(edge, calls["msee"]) and make in self.COMPARE:
            assert kept or make is peers.Frr, "both calls were given up"
        if at_once(edge, calls["msee"]) and make in self.COMPARE and kept:
            lost = calls["edge" if kept == "msee" else "msee"]
            assert lost.ended
            assert kept == higher or established_at(calls[kept]) < lost.ended
        for who, call in calls.items():
            if call and call.ended and call.ended_by == edge.caller and call.messages(call.caller) and call.messages(call.called):
                assert who == lower or established_at(calls[lower]) < call.ended, "we gave up the call of the higher identifier"
                assert "6/7" in call.notifications(call.caller) + call.notifications(call.called)


def established_at(call):
    """When both ends had said their first KEEPALIVE."""
    return max(next((at for at, kind, _ in call.messages(end) if kind == 4), float("inf")) for end in (call.caller, call.called))


def soon(condition):
    """Whether it comes true within the time that a speaker takes to dial again."""
    try:
        wait_for(condition, "soon", 6)
    except AssertionError:
        return False
    return True


def calling(lab, namespace, address):
    """A SYN is out and not answered."""
    return address + ":179" in lab.run(namespace, "ss", "-Htn", "state", "syn-sent")


def connections(lab, link):
    """TCP connections of the edge on a link, whoever dialled. (A socket bound to its interface shows it behind a %.)"""
    lines = lab.run(lab.edge, "ss", "-Htn", "state", "established").splitlines()
    return sum(line.split()[-1].split(":")[0].split("%")[0] == link.theirs for line in lines)


KEY = "Lab0nly2026"


class TestMisfits:
    """What is wrong stands in the row of the session, in words."""

    def pair(self, lab, make, **options):
        if missing := make.missing():
            pytest.skip(f"not installed: {', '.join(missing)}")
        return [make(lab, link, mrt.slash24s(5), **options).start() for link in lab.links]

    def says(self, dyad, *words):
        """Both forms of `show summary` name the cause, for each link."""
        def told():
            return all(any(word.lower() in dyad.reason(name).lower() for word in words) for name in Dyad.SESSIONS)
        wait_for(told, f"the reason names {' or '.join(words)}")
        shown = dyad.ask("show", "summary").lower()
        assert any(word.lower() in shown for word in words), shown

    @EVERY
    def test_a_wrong_as_is_named(self, lab, make):
        self.pair(lab, make, asn=12067)
        dyad = Dyad(lab).start()
        self.says(dyad, "12067")
        assert not any(dyad.established(name) for name in Dyad.SESSIONS)

    @EVERY
    def test_a_key_in_common_lets_sessions_up(self, lab, make):
        self.pair(lab, make, password=KEY)
        Dyad(lab, private=f"md5 = {{ file = {key(lab, KEY)} }}").start().wait_established()

    @EVERY
    def test_a_wrong_key_is_named(self, lab, make):
        self.pair(lab, make, password=KEY)
        dyad = Dyad(lab, private=f"md5 = {{ file = {key(lab, 'Another1')} }}").start()
        self.says(dyad, "MD5")
        assert not any(dyad.established(name) for name in Dyad.SESSIONS)

    def test_a_key_that_only_the_msee_has_is_named(self, lab):
        self.pair(lab, peers.Bird, password=KEY)
        self.says(Dyad(lab).start(), "MD5")

    def test_a_peer_that_accepts_and_says_nothing_is_named(self, lab):
        for link in lab.links:
            mute(lab, link)
        dyad = Dyad(lab).start()
        self.says(dyad, "OPEN")

    def test_a_peer_that_refuses_connections_is_named(self, lab):
        dyad = Dyad(lab).start()
        self.says(dyad, "refused")

    def test_a_link_that_is_down_is_named(self, lab):
        for link in lab.links:
            lab.ip(link.namespace, "link", "set", "edge", "down")
        dyad = Dyad(lab).start()
        self.says(dyad, "link", "carrier", "interface", "down")


def key(lab, text):
    file = lab.dir / f"key-{text}"
    file.write_text(text + "\n")
    file.chmod(0o600)
    return f'"{file}"'


def mute(lab, link):
    """Accepts BGP's connections and never says a word."""
    program = ("import socket\nlistener = socket.create_server(('" + link.theirs + "', 179))\nheld = []\n"
               "while True: held.append(listener.accept())\n")
    return lab.start(link.namespace, "python3", "-c", program, log=lab.dir / "mute.log")


def test_an_echo_of_our_own_routes_is_not_used(lab):
    """FRR sends back what it got: the AS loop keeps it out of the table and of the kernel."""
    if missing := peers.Frr.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    msees = [peers.Frr(lab, link, mrt.slash24s(3)) for link in lab.links]
    for msee in msees:
        msee.write_config()
        text = (msee.dir / "speaker.conf").read_text()
        (msee.dir / "speaker.conf").write_text(text.replace(" match as-path own\n", ""))
        msee.process = msee.launch()
    dyad = Dyad(lab).start()
    dyad.wait_established()
    wait_for(lambda: all(row["received"] >= 3 for row in dyad.sessions().values()), "their routes arrive")
    wait_for(lambda: set(dyad.routes()) == set(mrt.slash24s(3)), "only their own are used")
    assert "10.1.0.0/16" not in lab.kernel_routes()

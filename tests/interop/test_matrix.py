"""Each speaker with everything on that it has: what the matrix asks is judged by what goes over the link, and by what both ends show."""
import contextlib
import json

import pytest

import matrix
import mrt
import peers
from dyad import Dyad
from lab import Lab, Monitor, wait_for
from matrix import cell
from wiretap import Tap

PEER_AS = 4_200_000_001
KEY = "Lab0nly2026"
FEATURES = ("graceful", "extended", "add-path", "role", "enhanced")
PREFIXES, PREFIXES6 = mrt.slash24s(4000), mrt.slash64s(20)
SESSION, SESSION6 = Dyad.SESSIONS[0], Dyad.SESSIONS6[0]
ADVERTISED, ADVERTISED6 = "10.1.0.0/16", "2001:db8:1::/48"
# Capability codes (IANA).
REFRESH, EXTENDED, ROLE, GRACEFUL, AS4, ADD_PATH, ENHANCED = 2, 6, 9, 64, 65, 69, 70
OPEN, UPDATE, NOTIFICATION, ROUTE_REFRESH = 1, 2, 3, 5
# Of ours.
WANTED = {"graceful_restart": "true", "extended_messages": "true", "add_path": "true", "role": '"customer"'}


class Meeting:
    """One speaker and the edge on the primary link, and a tap between them."""

    def __init__(self, lab, make):
        self.lab, self.make, self.link = lab, make, lab.primary
        self.tap = Tap(lab, lab.edge, self.link.interface).__enter__()
        self.msee = make(lab, self.link, PREFIXES, PREFIXES6, asn=PEER_AS, password=KEY, with_v6=True, features=FEATURES).start()
        key = lab.dir / "key"
        key.write_text(KEY)
        key.chmod(0o600)
        ours = "\n".join(f"{name} = {value}" for name, value in WANTED.items())
        self.dyad = Dyad(lab, [ADVERTISED], [ADVERTISED6], with_v6=True,
                         private=f'peer_asn = {PEER_AS}\nmd5 = {{ file = "{key}" }}\nlimits = {{ receive = 100000 }}\n{ours}').start()
        self.second = None
        if make is peers.OpenBgpd:  # it sends several paths only of several neighbours
            self.second = lab.start(self.link.namespace, self.dyad.program, "msee", "--local", "127.0.0.2", "--peer", "127.0.0.1", "--asn",
                                    64999, "--peer-asn", PEER_AS, "--active", "--socket", lab.dir / "second.sock", log=lab.dir / "second.log")
            for prefix in self.msee.twice:
                wait_for(lambda: '"ok":true' in lab.run(self.link.namespace, self.dyad.program, "msee", "-s", lab.dir / "second.sock",
                                                        "announce", prefix), "the second source takes orders")

    def wait_up(self):
        self.dyad.wait_established(SESSION, SESSION6, deadline=90)

    def latest(self, family=4):
        """The connection that stands, of a family."""
        ours = self.link.ours if family == 4 else self.link.ours6
        if standing := [c for c in self.tap.connections() if ours in (c.caller, c.called) and c.up and not c.ended]:
            return standing[-1]
        raise RuntimeError(f"no connection of {ours} stands")

    @contextlib.contextmanager
    def unbroken(self):
        """What happens meanwhile happens on one IPv4 connection: a new one would tell every route again, too."""
        before = self.latest().up
        yield self.now()
        assert self.latest().up == before, "the connection is another by now"

    def said(self, who, kind, since=0):
        """Bodies of an end's messages of a kind, newest connection, IPv4."""
        address = self.link.ours if who == "edge" else self.link.theirs
        return [body for at, type_, body in self.latest().messages(address) if type_ == kind and at > since]

    def capabilities(self, who):
        """code -> value, of the OPEN of the newest connection."""
        body = self.said(who, OPEN)[-1]
        parameters, at, out = body[10:10 + body[9]], 0, {}
        while at < len(parameters):
            length = parameters[at + 1]
            part, at = parameters[at + 2:at + 2 + length], at + 2 + length
            while part:
                out[part[0]] = part[2:2 + part[1]]
                part = part[2 + part[1]:]
        return out

    def both(self, code):
        """Both announced it; the values."""
        edge, msee = self.capabilities("edge"), self.capabilities("msee")
        assert code in edge, f"dyad does not announce capability {code}: {sorted(edge)}"
        assert code in msee, f"{self.make.name} does not announce capability {code}: {sorted(msee)}"
        return edge[code], msee[code]

    @contextlib.contextmanager
    def dropped(self, namespace, rules):
        self.lab.run(namespace, "nft", "-f", "-", stdin=f"table inet apart {{ chain in {{ type filter hook input priority 0; {rules} }}\n}}\n")
        try:
            yield
        finally:
            self.lab.run(namespace, "nft", "delete", "table", "inet", "apart")

    def apart(self):
        """No packet gets through to the peer meanwhile."""
        return self.dropped(self.link.namespace, "tcp dport 179 drop; tcp sport 179 drop;")

    def uncalled(self):
        """The peer's calls do not arrive meanwhile. A process that is killed loses its connections before its listener: a call in
        between is taken and lost with it, and OpenBGPD, which takes no signed call here, waits two minutes with its next."""
        return self.dropped(self.lab.edge, "tcp dport 179 tcp flags & (syn | ack) == syn drop;")

    def now(self):
        return self.tap.packets()[-1]["at"]

    def received(self, name=SESSION):
        return self.dyad.sessions()[name]["received"]

    def told(self):
        """Both sessions have had the peer's whole table since they came up: retained routes would count as received, too."""
        events = [json.loads(line) for line in self.dyad.ask("events", "--json").splitlines() if line]
        last = {event["session"]: event["id"] for event in events
                if event["id"] in ("session.established", "session.down", "session.table_received")}
        return last.get(SESSION) == last.get(SESSION6) == "session.table_received"

    def complete(self):
        return self.told() and self.received() >= len(PREFIXES) and self.dyad.settled(len(PREFIXES) + len(PREFIXES6))


@pytest.fixture(scope="class", params=peers.ALL, ids=lambda make: make.name)
def story(request):
    if missing := request.param.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    with Lab() as lab:
        yield Meeting(lab, request.param)


@pytest.fixture(autouse=True)
def has_it(request, story):
    """A cell that a speaker cannot fill is skipped with the reason."""
    if mark := request.node.get_closest_marker("cell"):
        if reason := matrix.LACKS.get((story.make.name, mark.args[0])):
            pytest.skip(f"{matrix.VERSIONS[story.make.name]}: {reason}")


class TestMatrix:
    """In order: what ends sessions comes last."""

    @cell("IPv4")
    def test_ipv4_routes_go_both_ways(self, story):
        story.wait_up()
        wait_for(lambda: story.received() >= len(PREFIXES), "all IPv4 prefixes came")
        assert set(story.dyad.routes()) == set(PREFIXES)
        wait_for(lambda: ADVERTISED in story.msee.received(), "ours arrive")
        wait_for(lambda: story.dyad.settled(len(PREFIXES) + len(PREFIXES6)), "all of it is in the kernel")

    @cell("IPv6")
    def test_ipv6_routes_go_both_ways(self, story):
        wait_for(lambda: set(story.dyad.routes(6)) == set(PREFIXES6), "all IPv6 prefixes came")
        wait_for(lambda: ADVERTISED6 in story.msee.received(6), "ours arrive")

    @cell("4-byte AS")
    def test_a_peer_with_a_four_octet_as(self, story):
        edge, msee = story.both(AS4)
        assert int.from_bytes(msee, "big") == PEER_AS
        assert {route["as_path"] for route in story.dyad.routes().values()} == {str(PEER_AS)}

    @cell("MD5")
    @pytest.mark.catalogue("S-01")
    def test_every_segment_is_signed(self, story):
        packets = [packet for connection in story.tap.connections() if connection.up for packet in connection.packets]
        assert packets and all(packet["md5"] for packet in packets if not packet["flags"] & 4)

    @cell("refresh asked by the peer")
    def test_the_peer_asks_for_our_routes_again(self, story):
        story.both(REFRESH)
        with story.unbroken() as since:
            story.msee.request_refresh()
            wait_for(lambda: any(body[2] == 0 for body in story.said("msee", ROUTE_REFRESH, since)), "its ROUTE-REFRESH")
            wait_for(lambda: any(body.endswith(bytes([16, 10, 1])) for body in story.said("edge", UPDATE, since)), "our routes again")

    @cell("refresh asked by dyad")
    def test_dyad_asks_for_the_peers_routes_again(self, story):
        with story.unbroken() as since:
            story.dyad.ask("refresh", SESSION)
            wait_for(lambda: any(body[:2] == b"\0\1" and body[2] == 0 for body in story.said("edge", ROUTE_REFRESH, since)), "our ROUTE-REFRESH")
            wait_for(lambda: sum(len(body) for body in story.said("msee", UPDATE, since)) > 4 * len(PREFIXES), "all its routes again")
        assert story.dyad.established(SESSION) and len(story.dyad.routes()) == len(PREFIXES)

    @cell("extended messages")
    def test_extended_messages_are_agreed_on(self, story):
        story.both(EXTENDED)
        prefix = story.msee.long
        wait_for(lambda: prefix in story.dyad.routes(), "the route whose attributes alone have more than 4,096 octets")
        assert max(len(body) + 19 for body in story.said("msee", UPDATE)) > 4096
        assert peers.LONG[-1] in story.dyad.ask("show", "routes", prefix, "--json")

    @cell("ADD-PATH")
    def test_several_paths_for_one_prefix_arrive(self, story):
        edge, msee = story.both(ADD_PATH)
        assert edge[3] & 1 and msee[3] & 2, "we receive, it sends"
        prefix = story.msee.twice[0]
        wait_for(lambda: len([row for row in story.dyad.json("show", "routes", prefix) if row["prefix"] == prefix]) == 2, "two paths are shown")

    @cell("enhanced refresh")
    def test_a_refresh_has_a_beginning_and_an_end(self, story):
        story.both(ENHANCED)
        with story.unbroken() as since:
            story.msee.request_refresh()
            wait_for(lambda: {1, 2} <= {body[2] for body in story.said("edge", ROUTE_REFRESH, since)}, "our BoRR and EoRR")

    @cell("roles")
    def test_provider_and_customer_agree(self, story):
        edge, msee = story.both(ROLE)
        assert (edge, msee) == (b"\3", b"\0"), "customer and provider (RFC 9234 4.1)"

    @cell("text from the peer")
    def test_the_peers_words_reach_the_operator(self, story):
        story.msee.shut_down("maintenance until 14h")
        wait_for(lambda: "maintenance until 14h" in story.dyad.reason(SESSION), "the words stand in the row")
        assert "maintenance until 14h" in story.dyad.ask("events")
        # Whose first call we refuse while we damp (RFC 4271 8.1.1) waits two minutes with the next one (OpenBGPD 7.7).
        wait_for(lambda: story.dyad.sessions()[SESSION]["state"] != "Idle", "we are over it")
        story.msee.come_back()
        story.wait_up()

    @cell("text from dyad")
    def test_our_words_reach_the_peer(self, story):
        story.dyad.ask("reset", SESSION, "--message", "new key tonight")
        wait_for(lambda: story.msee.heard("new key tonight"), f"{story.make.name} shows the words")
        story.msee.hurry()
        story.wait_up()

    @cell("peer restarts gracefully")
    def test_a_killed_peer_comes_back_without_a_route_lost(self, story):
        story.wait_up()
        wait_for(story.complete, "everything is there")
        story.both(GRACEFUL)
        with Monitor(story.lab, story.lab.edge) as monitor:
            story.msee.kill()
            wait_for(lambda: not story.dyad.established(SESSION), "the session is down")
            assert len(story.lab.kernel_routes()) == len(PREFIXES)
            # GoBGP gets its routes from a program after its start, and would promise at once that it has told all of them.
            with story.apart():
                story.msee.start()
            story.wait_up()
            wait_for(story.complete, "its routes came again")
            assert monitor.deleted_routes() == []
        assert set(story.dyad.routes()) == set(PREFIXES)

    @cell("dyad restarts gracefully")
    def test_a_killed_dyad_comes_back_and_the_peer_kept_its_routes(self, story):
        story.wait_up()
        wait_for(lambda: story.complete() and ADVERTISED in story.msee.received(), "everything is there")
        with Monitor(story.lab, story.lab.edge) as monitor:
            with story.uncalled():
                story.dyad.kill()
                wait_for(lambda: not story.msee.established(), f"{story.make.name} sees that dyad is gone")
                assert ADVERTISED in story.msee.received(), "the peer dropped our route"
                story.dyad.start()
            story.wait_up()
            wait_for(story.complete, "everything is in its place")
            assert monitor.deleted_routes() == []
        value = story.capabilities("edge")[GRACEFUL]
        assert value[0] & 0x80, "our OPEN says that we restarted (RFC 4724 section 3)"
        assert value[5] & 0x80, "and that forwarding went on"
        wait_for(lambda: ADVERTISED in story.msee.received(), "ours are there again")

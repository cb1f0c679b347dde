"""What one edge has to carry (ExpressRoute requirement 59): 100,000 routes from either link with 10,000 told to each; and four circuits with two
peerings of two families on two links, which is 32 sessions."""
import json

from dyad import SANITIZERS, Dyad, Msee, release
from lab import wait_for

CIRCUITS = 4
PRIVATE, PRIVATE6, MICROSOFT = 2_000, 50, 100


def lists(count):
    return [f"10.{n // 256}.{n % 256}.0/24" for n in range(count)]


def test_a_hundred_thousand_routes_by_either_link_and_ten_thousand_to_each(lab):
    msees = [Msee(lab, link, routes=100_000, program=release(), options=["--sku", "premium"]).start() for link in lab.links]
    edge = Dyad(lab, lists(10_000), program=release())
    edge.file.write_text(edge.file.read_text().replace('sku = "standard"', 'sku = "premium"'))
    edge.start()
    edge.wait_established()
    wait_for(lambda: edge.settled(100_000), "all of it is in the kernel", 120)
    received = lambda msee: json.loads(msee.ask("status"))["neighbors"][0]
    wait_for(lambda: all(received(msee)["received"] == 10_000 for msee in msees), "each has its 10,000", 60)
    both = [link.theirs for link in lab.links]
    assert lab.gateways(lab.kernel_routes()["10.64.0.0/20"]) == both
    print(f"\n{edge.memory()} KiB, {edge.cpu():.1f} s of processor")
    assert [received(msee)["times_established"] for msee in msees] == [1, 1]


class Many:
    """All sessions that end on one link, of one kind: an MSEE with as many customers."""

    def __init__(self, lab, link, kind):
        self.lab, self.link, self.kind = lab, link, kind
        self.socket = lab.dir / f"{kind}-{link.name}.sock"
        pairs = [ends(circuit, kind, link.name, family) for circuit in range(CIRCUITS) for family in (4, 6)]
        routes = f"{PRIVATE},{PRIVATE6}" if kind == "private" else "800"
        tags = [] if kind == "private" else ["--filter", "12076:5010"]
        for ours, theirs in pairs:
            length = 126 if ":" in ours else 30
            lab.ip(lab.edge, "address", "add", f"{ours}/{length}", "dev", link.interface, *(["nodad"] if length == 126 else []))
            lab.ip(link.namespace, "address", "add", f"{theirs}/{length}", "dev", "edge", *(["nodad"] if length == 126 else []))
        lab.start(link.namespace, release(), "msee", "--local", ",".join(theirs for _, theirs in pairs), "--peer",
                  ",".join(ours for ours, _ in pairs), "--peer-asn", "65010", "--peering", kind, "--routes", routes, "--socket", self.socket,
                  "--name", f"{kind}-{link.name}", *tags, log=lab.dir / f"{kind}-{link.name}.log", env=SANITIZERS)

    def neighbours(self):
        return json.loads(self.lab.run(self.link.namespace, release(), "msee", "-s", self.socket, "status"))["neighbors"]


def subnet(circuit, kind, family):
    """A /29 or a /125, as text without its length."""
    if family == 4:
        return f"172.30.{circuit}.0" if kind == "private" else f"203.0.113.{8 * circuit}"
    return f"2001:db8:{'a' if kind == 'private' else 'b'}{circuit}::"


def ends(circuit, kind, link, family):
    """(ours, theirs) on a link: the first usable address of its half, and the second."""
    base, first = subnet(circuit, kind, family), 1 if link == "primary" else 5
    if family == 6:
        return f"{base}{first}", f"{base}{first + 1}"
    head, _, last = base.rpartition(".")
    return f"{head}.{int(last) + first}", f"{head}.{int(last) + first + 1}"


def test_thirty_two_sessions(lab):
    edge = Dyad(lab, program=release())
    text = f'asn = 65010\n[control]\nsocket = "{edge.socket}"\ngroup = "root"\n'
    for circuit in range(CIRCUITS):
        text += f'\n[[circuit]]\nname = "er{circuit}"\nsku = "premium"\n'
        for kind, prefixes in (("private", [f"10.{circuit}.0.0/16", f"2001:db8:{circuit}::/48"]), ("microsoft", ["198.51.100.0/24", "2001:db8:c::/48"])):
            text += (f'[circuit.{kind}]\nsubnet = "{subnet(circuit, kind, 4)}/29"\nsubnet6 = "{subnet(circuit, kind, 6)}/125"\n'
                     f'advertise = {json.dumps(prefixes)}\nprimary = {{ interface = "primary" }}\nsecondary = {{ interface = "secondary" }}\n')
    edge.file.write_text(text)
    msees = [Many(lab, link, kind) for link in lab.links for kind in ("private", "microsoft")]
    edge.start()
    wait_for(lambda: len(rows := edge.sessions()) == 32 and all(row["state"] == "Established" for row in rows.values()), "all 32 stand", 120)
    wait_for(lambda: edge.fib()["routes"] == PRIVATE + PRIVATE6 + MICROSOFT and edge.fib()["pending"] == 0, "the tables are in", 60)
    for msee in msees:
        wait_for(lambda: all(neighbour["received"] == 1 for neighbour in msee.neighbours()), "each has its prefix")
    # Two circuits' MSEE dies: the others' sessions do not mind.
    lab.run(msees[0].link.namespace, release(), "msee", "-s", msees[0].socket, "quit")
    wait_for(lambda: sum(row["state"] == "Established" for row in edge.sessions().values()) == 24, "its eight sessions are down")
    assert all(neighbour["times_established"] == 1 for msee in msees[1:] for neighbour in msee.neighbours())
    wait_for(lambda: edge.fib()["pending"] == 0 and edge.fib()["routes"] == PRIVATE + PRIVATE6 + MICROSOFT, "all routes by the other link")
    print(f"\n{edge.memory()} KiB, {edge.cpu():.1f} s of processor")

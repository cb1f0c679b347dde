"""What others do to our routes and nexthops in the kernel is put right, or reported. Prints how long each kind took.

The times hold what it takes to look (three `ip` commands, some 20 ms): an upper bound."""
import contextlib
import signal
import time

import pytest

from dyad import Dyad, Msee, release
from lab import Lab, run, wait_for

ROUTES = 60
METRIC = 20
TABLE = []  # (kind, milliseconds, remark): printed at the end


@pytest.fixture(scope="module")
def pair():
    """One pair of links with routes of both families, for all kinds that can follow one another."""
    with Lab() as lab:
        for link in lab.links:
            Msee(lab, link, routes=f"{ROUTES},{ROUTES}", with_v6=True).start()
        dyad = Dyad(lab, with_v6=True, advertise6=["2001:db8:100::/48"]).start()
        dyad.wait_established()
        wait_for(lambda: all(lab.kernel_routes(family) for family in (4, 6)) and calm(dyad) and widened(lab), "all routes go over both links")
        lab.total = len(table(lab))
        lab.dyad = dyad
        yield lab
        dyad.alive()
    print("\n" + "\n".join(f"{kind:58} {took:7.0f} ms  {remark}" for kind, took, remark in TABLE))


def table(lab):
    """Every route of ours, by family and prefix, with the gateways and weights of its traffic."""
    hops = lab.nexthops()

    def paths(route):
        if route.get("nhid") not in hops:
            return "elsewhere"
        hop = hops[route["nhid"]]
        return sorted((hops[member["id"]]["gateway"], hops[member["id"]]["dev"], member.get("weight", 1)) for member in hop.get("group", [hop]))

    return {(family, prefix, route.get("metric")): paths(route)
            for family in (4, 6) for prefix, route in lab.kernel_routes(family).items()}


def calm(dyad):
    fib = dyad.fib()
    return (fib["pending"], fib["failed"]) == (0, 0)


def widened(lab):
    return all(len(paths) == 2 for paths in table(lab).values())


def any_prefix(lab, family=4):
    prefixes = sorted(lab.kernel_routes(family))
    return prefixes[len(prefixes) // 2]


def leaves(lab, link=None):
    return [str(hop["id"]) for hop in lab.nexthops().values() if "gateway" in hop and (link is None or hop["dev"] == link.interface)]


def groups(lab):
    return [str(hop["id"]) for hop in lab.nexthops().values() if "group" in hop]


def back(lab, before, kind, remark="put right", deadline=20):
    begin = time.monotonic()
    while table(lab) != before:
        assert time.monotonic() < begin + deadline, f"{kind}: never put right\n{difference(before, table(lab))}\n{lab.dyad.last_words()}"
    took = (time.monotonic() - begin) * 1000
    TABLE.append((kind, took, remark))
    return took


def difference(before, after):
    return [(key, before.get(key), after.get(key)) for key in {*before, *after} if before.get(key) != after.get(key)][:5]


def ours(*words):
    return ("route", *words, "proto", "bgp", "metric", str(METRIC))


# Each does its mischief at once; the kernel is to be as before.
AT_ONCE = {
    "one IPv4 route deleted": lambda lab: lab.ip(lab.edge, *ours("del", any_prefix(lab))),
    "one IPv6 route deleted": lambda lab: lab.ip(lab.edge, "-6", *ours("del", any_prefix(lab, 6))),
    "ip route flush proto bgp": lambda lab: lab.ip(lab.edge, "route", "flush", "proto", "bgp"),
    "ip -6 route flush proto bgp": lambda lab: lab.ip(lab.edge, "-6", "route", "flush", "proto", "bgp"),
    "route replaced: another nexthop id": lambda lab: lab.ip(lab.edge, *ours("replace", any_prefix(lab)), "nhid", leaves(lab, lab.primary)[0]),
    "route replaced: a gateway instead of a nexthop id": lambda lab: lab.ip(lab.edge, *ours("replace", any_prefix(lab)), "via", lab.primary.theirs),
    "route replaced: blackhole under our protocol": lambda lab: lab.ip(lab.edge, "route", "replace", "blackhole", any_prefix(lab), "proto", "bgp", "metric", str(METRIC)),
    "IPv6 route replaced: unreachable under our protocol": lambda lab: lab.ip(lab.edge, "-6", "route", "replace", "unreachable", any_prefix(lab, 6), "proto", "bgp", "metric", str(METRIC)),
    "a route of nobody's under our protocol and metric": lambda lab: lab.ip(lab.edge, *ours("add", "203.0.113.0/24"), "via", lab.primary.theirs),
    "a route of nobody's through our group, another metric": lambda lab: lab.ip(lab.edge, "route", "add", "203.0.113.0/24", "nhid", groups(lab)[0], "proto", "bgp", "metric", "77"),
    "every group deleted": lambda lab: [lab.ip(lab.edge, "nexthop", "del", "id", group) for group in groups(lab)],
    "one leaf deleted": lambda lab: lab.ip(lab.edge, "nexthop", "del", "id", leaves(lab, lab.primary)[0]),
    "every leaf deleted": lambda lab: [lab.ip(lab.edge, "nexthop", "del", "id", leaf) for leaf in leaves(lab)],
    "ip nexthop flush proto bgp": lambda lab: lab.ip(lab.edge, "nexthop", "flush", "proto", "186"),
    "ip nexthop flush": lambda lab: lab.ip(lab.edge, "nexthop", "flush"),
    "group replaced: one member": lambda lab: replace_group(lab, "{0}"),
    "group replaced: other weights": lambda lab: replace_group(lab, "{0},7/{1}"),
    "group replaced: without our protocol": lambda lab: replace_group(lab, "{1}", protocol=False),
    "leaf replaced: another gateway": lambda lab: replace_leaf(lab),
    "leaf deleted, made again under its id elsewhere": lambda lab: replace_leaf(lab, "del"),
    "routes and nexthops flushed together": lambda lab: [lab.ip(lab.edge, "route", "flush", "proto", "bgp"), lab.ip(lab.edge, "nexthop", "flush")],
    "a route flushed five times in a row": lambda lab: [lab.ip(lab.edge, "route", "flush", "proto", "bgp") for _ in range(5)],
}


def replace_group(lab, members, protocol=True):
    group = groups(lab)[0]
    ids = [str(member["id"]) for member in lab.nexthops()[int(group)]["group"]]
    lab.ip(lab.edge, "nexthop", "replace", "id", group, "group", members.format(*ids), *(("protocol", "bgp") if protocol else ()))


def replace_leaf(lab, first=None):
    leaf = leaves(lab, lab.primary)[0]
    hop = lab.nexthops()[int(leaf)]
    wrong = lab.primary.ours6[:-1] + "3" if ":" in hop["gateway"] else lab.secondary.theirs
    device = "primary" if ":" in hop["gateway"] else "secondary"
    if first:
        lab.ip(lab.edge, "nexthop", first, "id", leaf)
    # Where we are quicker than the second command, it finds ours in its place.
    with contextlib.suppress(RuntimeError) if first else contextlib.nullcontext():
        lab.ip(lab.edge, "nexthop", "replace" if not first else "add", "id", leaf, "via", wrong, "dev", device, "protocol", "bgp")


class TestTampering:
    @pytest.mark.catalogue("K-04")
    @pytest.mark.parametrize("kind", AT_ONCE)
    def test_it_is_put_right(self, pair, kind):
        before = table(pair)
        assert len(before) == pair.total
        done = operations(pair.dyad)
        AT_ONCE[kind](pair)
        # 100 ms are the claim, and the table has the figures; a busy machine and a sanitized build get longer.
        back(pair, before, kind, deadline=5)
        wait_for(lambda: pair.dyad.settled(pair.total), "and it says so", 5)
        assert operations(pair.dyad) > done, "nothing was done to the kernel"

    @pytest.mark.parametrize("family", (4, 6))
    def test_another_protocols_route_in_our_place_is_a_conflict(self, pair, family):
        before = table(pair)
        prefix = any_prefix(pair, family)
        words = ("route", "replace", "unreachable", prefix, "proto", "static", "metric", str(METRIC))
        begin = time.monotonic()
        pair.ip(pair.edge, f"-{family}", *words)
        wait_for(lambda: f'"{prefix}' in conflicts(pair.dyad), "the conflict is reported", 5)
        TABLE.append((f"IPv{family} route replaced by another protocol's", (time.monotonic() - begin) * 1000, "reported, left alone"))
        assert (family, prefix, METRIC) not in table(pair)
        pair.ip(pair.edge, f"-{family}", "route", "del", prefix, "proto", "static", "metric", str(METRIC))
        back(pair, before, f"... and removed again (IPv{family})")

    def test_another_protocols_route_in_front_of_ours_is_a_conflict(self, pair):
        before = table(pair)
        prefix = any_prefix(pair)
        words = ("unreachable", prefix, "proto", "static", "metric", str(METRIC))
        begin = time.monotonic()
        seen = conflicts(pair.dyad).count(f'"{prefix}')
        pair.ip(pair.edge, "route", "prepend", *words)
        wait_for(lambda: conflicts(pair.dyad).count(f'"{prefix}') > seen, "the conflict is reported", 5)
        TABLE.append(("IPv4 route prepended by another protocol", (time.monotonic() - begin) * 1000, "reported, left alone"))
        assert "another's route" in pair.dyad.ask("show", "fib") and "another's route" in pair.dyad.ask("why", prefix)
        assert len(pair.ip_json(pair.edge, "route", "show", prefix)) == 2, "ours stays behind it"
        begin = time.monotonic()
        pair.ip(pair.edge, "route", "del", *words)
        wait_for(lambda: calm(pair.dyad) and table(pair) == before, "the conflict is over", 5)
        TABLE.append(("... and removed again", (time.monotonic() - begin) * 1000, "nothing to do but to say so"))

    def test_a_second_route_of_our_mark_in_front_of_ours_goes(self, pair):
        before = table(pair)
        prefix = any_prefix(pair)
        pair.ip(pair.edge, *ours("prepend", prefix), "via", pair.primary.theirs)
        begin = time.monotonic()
        wait_for(lambda: len(pair.ip_json(pair.edge, "route", "show", prefix)) == 1 and table(pair) == before and calm(pair.dyad), "ours alone", 5)
        TABLE.append(("IPv4 route prepended under our mark", (time.monotonic() - begin) * 1000, "put right"))

    def test_the_main_table_flushed_to_the_last_route(self, pair):
        before = table(pair)
        connected = [route for route in pair.ip_json(pair.edge, "route", "show", "proto", "kernel")]
        pair.ip(pair.edge, "route", "flush", "table", "main")
        back(pair, before, "ip route flush table main")
        for route in connected:
            pair.ip(pair.edge, "route", "add", route["dst"], "dev", route["dev"], "proto", "kernel", "scope", "link", "src", route["prefsrc"])

    def test_it_was_told(self, pair):
        assert "fib.touched" in pair.dyad.ask("events", "--json")


def conflicts(dyad):
    return "\n".join(line for line in dyad.ask("events", "--json").splitlines() if "fib.conflict" in line)


def link_down(lab, link):
    lab.ip(lab.edge, "link", "set", link.name, "down")
    return lambda: [lab.ip(lab.edge, "link", "set", link.name, "up"), address6(lab, link)]


def address6(lab, link):
    """An interface that goes down forgets its IPv6 addresses."""
    lab.ip(lab.edge, "address", "replace", f"{link.ours6}/126", "dev", link.name, "nodad")


def carrier_lost(lab, link):
    lab.ip(link.namespace, "link", "set", "edge", "down")

    def restore():
        lab.ip(link.namespace, "link", "set", "edge", "up")
        lab.ip(link.namespace, "address", "replace", f"{link.theirs6}/126", "dev", "edge", "nodad")
    return restore


def address_removed(lab, link):
    lab.ip(lab.edge, "address", "del", f"{link.ours}/30", "dev", link.name)
    return lambda: lab.ip(lab.edge, "address", "add", f"{link.ours}/30", "dev", link.name)


def addresses_flushed(lab, link):
    lab.ip(lab.edge, "address", "flush", "dev", link.name)
    return lambda: [lab.ip(lab.edge, "address", "add", f"{link.ours}/30", "dev", link.name), address6(lab, link)]


def renamed(lab, link):
    lab.ip(lab.edge, "link", "set", link.name, "down")
    lab.ip(lab.edge, "link", "set", link.name, "name", "another")
    lab.ip(lab.edge, "link", "set", "another", "up")

    def restore():
        lab.ip(lab.edge, "link", "set", "another", "down")
        lab.ip(lab.edge, "link", "set", "another", "name", link.name)
        lab.ip(lab.edge, "link", "set", link.name, "up")
        address6(lab, link)
    return restore


class TestLink:
    # Now one link, now the other: a session that fails again and again is tried less and less often.
    @pytest.mark.parametrize("number, mischief", enumerate((link_down, carrier_lost, address_removed, addresses_flushed, renamed)))
    def test_traffic_leaves_the_link_and_comes_back(self, pair, number, mischief):
        link = pair.links[number % 2]
        before = table(pair)
        v4 = {key: [path for path in paths if path[1] != link.name] for key, paths in before.items() if key[0] == 4}
        begin = time.monotonic()
        restore = mischief(pair, link)
        wait_for(lambda: {key: paths for key, paths in table(pair).items() if key[0] == 4} == v4, "IPv4 goes over the other link", 5)
        TABLE.append((f"{mischief.__name__}: over the other link", (time.monotonic() - begin) * 1000, "one message or the kernel's own doing"))
        restore()
        begin = time.monotonic()
        wait_for(lambda: table(pair) == before, "as before", 30)
        TABLE.append((f"{mischief.__name__}: undone, and as before", (time.monotonic() - begin) * 1000, "a new session, its table, End-of-RIB"))


def batch(lab, lines):
    run("ip", "-n", lab.edge, "-batch", "-", stdin="\n".join(lines) + "\n")


def operations(dyad):
    """Requests of ours that the kernel has carried out."""
    return dyad.json("show", "fib")["operations"]


def count(lab):
    return len(run("ip", "-n", lab.edge, "-o", "route", "show", "proto", "bgp").splitlines())


class TestMany:
    MANY = 10_000

    @pytest.fixture(scope="class")
    def big(self):
        with Lab() as lab:
            for link in lab.links:
                Msee(lab, link, routes=self.MANY).start()
            lab.dyad = Dyad(lab, program=release()).start()  # what is judged here is time, ours and the clock's
            lab.dyad.wait_established()
            wait_for(lambda: lab.dyad.settled(self.MANY) and count(lab) == self.MANY, "all routes are there")
            yield lab
            lab.dyad.alive()

    def measure(self, lab, kind, begin, remark="put right"):
        wait_for(lambda: count(lab) == self.MANY and lab.dyad.settled(self.MANY), kind, 15)
        TABLE.append((kind, (time.monotonic() - begin) * 1000, remark))

    def test_deleted_one_by_one(self, big):
        prefixes = list(big.kernel_routes())
        begin = time.monotonic()
        batch(big, [f"route del {prefix} proto bgp metric {METRIC}" for prefix in prefixes])
        self.measure(big, "10,000 routes deleted one by one (with the deleting)", begin)

    def test_others_changes_cost_nothing(self, big):
        before = operations(big.dyad)
        begin, used = time.monotonic(), big.dyad.cpu()
        words = [f"blackhole 100.{64 + n // 65536}.{n // 256 % 256}.{n % 256} proto static metric {METRIC}" for n in range(10_000)]
        batch(big, [f"route add {word}" for word in words] + [f"route del {word}" for word in words])
        took, used = (time.monotonic() - begin) * 1000, big.dyad.cpu() - used
        assert count(big) == self.MANY and big.dyad.settled(self.MANY)
        assert operations(big.dyad) == before
        TABLE.append(("20,000 changes of others beside us", took, f"in sync; {used:.2f} s of our CPU"))
        assert used < 0.2

    def test_what_happened_while_we_were_stopped_is_found(self, big):
        big.dyad.process.send_signal(signal.SIGSTOP)
        try:
            batch(big, [f"route del {prefix} proto bgp metric {METRIC}" for prefix in big.kernel_routes()])
            assert count(big) == 0
            # The buffer holds so much and more: somebody else's replaced routes go there too.
            batch(big, [f"route replace {kind} 100.64.0.1 proto static metric {METRIC}" for _ in range(10_000) for kind in ("blackhole", "unreachable")])
            time.sleep(1)
        finally:
            begin = time.monotonic()
            big.dyad.process.send_signal(signal.SIGCONT)
        self.measure(big, "all flushed while stopped for 2 s, news lost", begin, "read again")
        wait_for(lambda: '"lost":true' in big.dyad.ask("events", "--json"), "the loss is told", 5)

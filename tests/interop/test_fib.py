"""What [fib] says is what the kernel holds: plain routes, IPv4 by IPv6 next hops, table, metric, source, enabled, on_exit,
stale_after; and two hundred thousand changes of others beside us."""
import contextlib
import itertools
import os
import random
import time

import pytest

import mrt
import peers
from dyad import Dyad, Msee
from lab import Lab, Monitor, full, run, wait_for
from probe import Probe

ROUTES = 300
PLAIN = '\n[fib]\nnexthops = "plain"\n'


@pytest.fixture
def pair(lab):
    """Two MSEEs with routes of both families; `start(lines)` gives the daemon in front of them, settled."""
    for link in lab.links:
        Msee(lab, link, routes=f"{ROUTES},{ROUTES}", with_v6=True).start()

    def start(fib, both=True):
        lab.dyad = Dyad(lab, with_v6=True, advertise6=["2001:db8:100::/48"], private=fib).start()
        lab.dyad.wait_established()
        if both:
            wait_for(lambda: complete(lab), "all routes go over both links", 60)
        return lab.dyad
    lab.go = start
    yield lab
    lab.dyad.alive()


def calm(dyad):
    fib = dyad.fib()
    return (fib["pending"], fib["failed"]) == (0, 0)


def ways(lab, family, table="main"):
    """prefix -> the interfaces its traffic takes."""
    hops = lab.nexthops()

    def devices(route):
        if "nhid" in route:
            hop = hops.get(route["nhid"], {})
            return sorted(hops[member["id"]]["dev"] for member in hop.get("group", [hop]) if member)
        return sorted(hop["dev"] for hop in route.get("nexthops", [route]))
    routes = lab.ip_json(lab.edge, f"-{family}", "route", "show", "proto", "bgp", "table", table)
    return {full(route["dst"], family): devices(route) for route in routes}


def over(lab, interfaces, table="main"):
    return all(len(found := ways(lab, family, table)) == ROUTES and all(way == interfaces for way in found.values())
               for family in (4, 6))


def complete(lab, table="main"):
    return calm(lab.dyad) and over(lab, ["primary", "secondary"], table)


def rewrite(dyad, private):
    dyad.lines["private"] = private
    dyad.write()
    dyad.ask("reload")


def operations(dyad):
    return dyad.json("show", "fib")["operations"]


class TestPlain:
    def test_routes_carry_their_gateways_and_no_object_is_made(self, pair):
        pair.go(PLAIN)
        assert pair.nexthops() == {}
        route = next(iter(pair.kernel_routes().values()))
        assert sorted(hop["gateway"] for hop in route["nexthops"]) == [link.theirs for link in pair.links]
        assert pair.dyad.json("show", "fib")["nexthop_mode"] == "plain"
        assert "plain" in pair.dyad.ask("show", "fib")

    @pytest.mark.parametrize("how", ("carrier", "switched off", "address"))
    def test_a_link_goes_and_comes_back(self, pair, how):
        pair.go(PLAIN)
        link = pair.primary
        if how == "carrier":
            pair.ip(link.namespace, "link", "set", "edge", "down")
        elif how == "switched off":
            pair.ip(pair.edge, "link", "set", link.name, "down")
        else:
            pair.ip(pair.edge, "address", "flush", "dev", link.name)
        wait_for(lambda: over(pair, ["secondary"]), "all routes go over the other link", 10)
        if how == "carrier":
            pair.ip(link.namespace, "link", "set", "edge", "up")
            pair.ip(link.namespace, "address", "replace", f"{link.theirs6}/126", "dev", "edge", "nodad")
        elif how == "switched off":
            pair.ip(pair.edge, "link", "set", link.name, "up")
        if how != "carrier":
            pair.ip(pair.edge, "address", "replace", f"{link.ours}/30", "dev", link.name)
            pair.ip(pair.edge, "address", "replace", f"{link.ours6}/126", "dev", link.name, "nodad")
        wait_for(lambda: complete(pair), "both links again", 60)

    def test_both_links_go_and_come_back(self, pair):
        pair.go(PLAIN)
        for link in pair.links:
            pair.ip(pair.edge, "link", "set", link.name, "down")
        wait_for(lambda: not any(ways(pair, family) for family in (4, 6)), "no route is left", 20)
        for link in pair.links:
            pair.ip(pair.edge, "link", "set", link.name, "up")
            pair.ip(pair.edge, "address", "replace", f"{link.ours6}/126", "dev", link.name, "nodad")
        wait_for(lambda: complete(pair), "both links again", 60)

    def test_a_restart_adopts_every_route_without_one_request(self, pair):
        pair.go(PLAIN)
        with Monitor(pair, pair.edge) as monitor:
            pair.dyad.kill()
            pair.dyad.start()
            pair.dyad.wait_established()
            wait_for(lambda: complete(pair) and "fib.adopted" in pair.dyad.ask("events", "--json"), "settled again", 60)
            assert monitor.route_changes() == []
        assert operations(pair.dyad) == 0

    def test_what_others_do_to_plain_routes_is_put_right(self, pair):
        pair.go(PLAIN)
        some = sorted(pair.kernel_routes())[:3]
        some6 = sorted(pair.kernel_routes(6))[:3]
        ours = ("proto", "bgp", "metric", "20")
        pair.ip(pair.edge, "route", "del", some[0], *ours)
        pair.ip(pair.edge, "route", "replace", some[1], "via", pair.primary.theirs, *ours)
        pair.ip(pair.edge, "route", "replace", "blackhole", some[2], *ours)
        pair.ip(pair.edge, "-6", "route", "del", some6[0], *ours)
        pair.ip(pair.edge, "-6", "route", "replace", some6[1], "via", pair.primary.theirs6, *ours)
        # The kernel makes one route of ours and of another's gateway.
        pair.ip(pair.edge, "-6", "route", "prepend", some6[2], "via", "2001:db8:15::3", "dev", "primary", "proto", "static", "metric", "20")
        wait_for(lambda: complete(pair), "put right", 10)
        pair.ip(pair.edge, "route", "flush", "proto", "bgp")
        pair.ip(pair.edge, "-6", "route", "flush", "proto", "bgp")
        wait_for(lambda: complete(pair), "put right after a flush", 10)


class TestSwitch:
    @pytest.fixture
    def road(self, lab_with_ends):
        if missing := peers.Bird.missing():
            pytest.skip(f"not installed: {', '.join(missing)}")
        lab = lab_with_ends
        lab.run(lab.edge, "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1")
        for link in lab.links:
            peers.Bird(lab, link, ["10.20.0.0/24", *mrt.slash24s(200)]).start()
        lab.dyad = Dyad(lab).start()
        lab.dyad.wait_established()
        return lab

    def test_from_groups_to_plain_and_back_no_packet_is_lost(self, road):
        def settled(objects):
            found = ways(road, 4)
            return (len(found) == 201 and all(way == ["primary", "secondary"] for way in found.values()) and calm(road.dyad)
                    and bool(road.nexthops()) == objects)
        wait_for(lambda: settled(True), "routes by groups", 60)
        with Probe(road) as probe:
            rewrite(road.dyad, PLAIN)
            wait_for(lambda: settled(False), "plain routes, and the objects are gone", 30)
            rewrite(road.dyad, "")
            wait_for(lambda: settled(True), "routes by groups again", 30)
            sent, lost = probe.finish()
        print(f"\ngroups to plain and back: {len(lost)} of {sent} probes lost")
        assert sent > 500 and lost == []

    def test_a_restart_with_the_other_mode_loses_no_packet(self, road):
        wait_for(lambda: len(ways(road, 4)) == 201 and calm(road.dyad), "routes by groups", 60)
        with Probe(road) as probe:
            road.dyad.kill()
            road.dyad.lines["private"] = PLAIN
            road.dyad.write()
            road.dyad.start()
            road.dyad.wait_established()
            wait_for(lambda: not road.nexthops() and calm(road.dyad), "plain routes, and the objects are gone", 60)
            sent, lost = probe.finish()
        assert sent > 500 and lost == []


class Neighbors(Dyad):
    """A daemon with nothing but [[neighbor]]s: each peer, over IPv6, both families."""

    def write(self):
        text = f'asn = 65010\nrouter_id = "192.168.15.17"\n[control]\nsocket = "{self.socket}"\ngroup = "root"\n{self.lines["top"]}\n'
        for name, (address, interface) in self.addresses().items():
            text += f"""[[neighbor]]
name = "{name}"
address = "{address}"
interface = "{interface}"
asn = 12076
families = ["ipv4", "ipv6"]
accept = {{ any = true }}
advertise = ["10.1.0.0/16", "2001:db8:100::/48"]
"""
        self.file.write_text(text)

    def addresses(self):
        if self.lines["circuit"]:
            return self.lines["circuit"]
        return {link.name: (link.theirs6, link.name) for link in self.lab.links}


class Bird8950(peers.Bird):
    def write_config(self):
        ours, edge = self.ends()
        self.conf(f"""log "{self.log}" all;
router id {self.link.theirs};
protocol device {{}}
protocol static vnets4 {{ ipv4; {" ".join(f"route {prefix} unreachable;" for prefix in self.prefixes)} }}
protocol bgp edge4 {{
  local {ours} as 12076;
  neighbor {edge} as 65010;
  connect delay time 1; error wait time 1, 5;
  ipv4 {{ extended next hop on; import all; export where source = RTS_STATIC; }};
  ipv6 {{ import all; export none; }};
}}
""")

    def ends(self):
        return self.link.theirs6, self.link.ours6


class Frr8950(peers.Frr):
    def write_config(self):
        edge = self.link.ours6
        lines = [f"log file {self.log}", f"router bgp {self.asn}", f" bgp router-id {self.link.theirs}",
                 " no bgp ebgp-requires-policy", " no bgp network import-check", " no bgp default ipv4-unicast",
                 f" neighbor {edge} remote-as 65010", f" neighbor {edge} timers connect 2",
                 f" neighbor {edge} advertisement-interval 0", f" neighbor {edge} capability extended-nexthop",
                 " address-family ipv4 unicast", f"  neighbor {edge} activate"]
        lines += [f"  network {prefix}" for prefix in self.prefixes]
        lines += [" exit-address-family", " address-family ipv6 unicast", f"  neighbor {edge} activate", " exit-address-family"]
        self.conf("\n".join(lines) + "\n", mode=0o644)

    def established(self, family=4):
        return super().established(6)

    def received(self, family=4):
        routes = self.ask("show bgp ipv4 unicast json")["routes"]
        return {prefix: {"as_path": path["path"], "next_hop": path["nexthops"][0]["ip"]}
                for prefix, paths in routes.items() for path in paths if path.get("peerId") == self.link.ours6}


def link_local(lab, namespace, interface):
    """Its address, once it may be used."""
    found = [one["local"] for row in lab.ip_json(namespace, "-6", "address", "show", "dev", interface, "scope", "link")
             for one in row["addr_info"] if not one.get("tentative")]
    return found[0] if found else None


class UnnumberedBird(Bird8950):
    def ends(self):
        here, there = link_local(self.lab, self.link.namespace, "edge"), link_local(self.lab, self.lab.edge, self.link.name)
        return here, f"{there}%edge"

    def write_config(self):
        super().write_config()
        self.conf((self.dir / "speaker.conf").read_text().replace("  local ", "  interface \"edge\";\n  local "))

    def received(self, family=4):
        return {prefix: {"next_hop": next(line.split()[-1] for line in self.ask("show", "route", prefix, "all", "protocol", "edge4").splitlines()
                                          if "BGP.next_hop" in line)} for prefix in super().received()}


class UnnumberedFrr(Frr8950):
    def write_config(self):
        super().write_config()
        there = link_local(self.lab, self.lab.edge, self.link.name)
        text = "\n".join(line.replace(self.link.ours6, there) for line in (self.dir / "speaker.conf").read_text().splitlines())
        self.conf(text.replace(f" neighbor {there} timers", f" neighbor {there} interface edge\n neighbor {there} timers") + "\n", mode=0o644)

    def received(self, family=4):
        there = link_local(self.lab, self.lab.edge, self.link.name)
        routes = self.ask("show bgp ipv4 unicast json")["routes"]
        return {prefix: {"as_path": path["path"], "next_hop": path["nexthops"][0]["ip"]}
                for prefix, paths in routes.items() for path in paths if path.get("peerId") == there}


VNETS = ["10.20.0.0/24", *mrt.slash24s(20)]


@pytest.mark.catalogue("M-15")
class TestIpv4ByIpv6:
    """RFC 8950: one session over IPv6 carries IPv4, whose next hops are IPv6 addresses."""

    def up(self, lab, kinds, fib=""):
        for kind in kinds:
            if missing := kind.missing():
                pytest.skip(f"not installed: {', '.join(missing)}")
        ends = [kind(lab, link, VNETS).start() for kind, link in zip(kinds, lab.links)]
        lab.dyad = Neighbors(lab, top=fib).start()
        lab.dyad.wait_established("primary", "secondary", deadline=60)
        wait_for(lambda: len(found := ways(lab, 4)) == len(VNETS) and all(way == ["primary", "secondary"] for way in found.values())
                 and calm(lab.dyad), "IPv4 routes over both links", 60)
        return ends

    @pytest.mark.parametrize("fib", ("", PLAIN), ids=("groups", "plain"))
    def test_with_bird_and_frr(self, lab, fib):
        ends = self.up(lab, (Bird8950, Frr8950), fib)
        for end in ends:
            wait_for(lambda: end.received().get("10.1.0.0/16", {}).get("next_hop") == end.link.ours6, f"{end.name} has our IPv4 route by our IPv6 address", 20)
        route = lab.kernel_routes()["10.20.0.0/24"]
        hops = lab.nexthops().values() if not fib else [hop["via"] for hop in route["nexthops"]]
        assert {hop.get("gateway") or hop.get("host") for hop in hops if "group" not in hop} == {link.theirs6 for link in lab.links}
        assert "Extended Next Hop" in lab.dyad.ask("show", "session", "primary")
        # A withdrawal of ours reaches them, and theirs us.
        lab.dyad.file.write_text(lab.dyad.file.read_text().replace('"10.1.0.0/16", ', ""))
        lab.dyad.ask("reload")
        for end in ends:
            wait_for(lambda: "10.1.0.0/16" not in end.received(), f"{end.name} hears the withdrawal", 20)
        ends[0].kill()
        wait_for(lambda: all(way == ["secondary"] for way in ways(lab, 4).values()), "traffic leaves the dead neighbour", 20)

    @pytest.mark.parametrize("fib", ("", PLAIN), ids=("groups", "plain"))
    def test_unnumbered_links(self, lab, fib):
        """Nothing but link-local addresses: the neighbours' are their next hops, and ours is the one they hear."""
        for kind in (UnnumberedBird, UnnumberedFrr):
            if missing := kind.missing():
                pytest.skip(f"not installed: {', '.join(missing)}")
        for link in lab.links:
            for namespace, interface, address in ((lab.edge, link.name, link.ours6), (link.namespace, "edge", link.theirs6)):
                lab.ip(namespace, "address", "del", f"{address}/126", "dev", interface)
        wait_for(lambda: all(link_local(lab, link.namespace, "edge") and link_local(lab, lab.edge, link.name) for link in lab.links),
                 "the links have link-local addresses", 20)
        ends = [kind(lab, link, VNETS).start() for kind, link in zip((UnnumberedBird, UnnumberedFrr), lab.links)]
        peers_of = {link.name: (link_local(lab, link.namespace, "edge"), link.name) for link in lab.links}
        lab.dyad = Neighbors(lab, circuit=peers_of, top=fib).start()
        lab.dyad.wait_established("primary", "secondary", deadline=60)
        wait_for(lambda: len(found := ways(lab, 4)) == len(VNETS) and all(way == ["primary", "secondary"] for way in found.values())
                 and calm(lab.dyad), "IPv4 routes over both links", 60)
        for end in ends:
            wait_for(lambda: end.received().get("10.1.0.0/16", {}).get("next_hop") == link_local(lab, lab.edge, end.link.name),
                     f"{end.name} has our IPv4 route by our link-local address", 20)
        ends[0].kill()
        wait_for(lambda: all(way == ["secondary"] for way in ways(lab, 4).values()), "traffic leaves the dead neighbour", 20)

    def test_packets_go_that_way(self, lab_with_ends):
        lab = lab_with_ends
        self.up(lab, (Bird8950, Bird8950))
        for link in lab.links:
            lab.run(lab.edge, "ping", "-6", "-c1", "-W2", link.theirs6, check=False)
        with Probe(lab) as probe:
            sent, lost = probe.finish()
        assert sent > 500 and lost == []

    def test_a_peer_that_does_not_know_it_is_told_no_ipv4(self, lab):
        class Old(Bird8950):
            def write_config(self):
                super().write_config()
                self.conf((self.dir / "speaker.conf").read_text().replace("extended next hop on;", ""))
        if missing := Old.missing():
            pytest.skip(f"not installed: {', '.join(missing)}")
        Old(lab, lab.primary, VNETS).start()
        lab.dyad = Neighbors(lab, circuit={"primary": (lab.primary.theirs6, "primary")}).start()
        lab.dyad.wait_established("primary", deadline=60)
        wait_for(lambda: "to be its next hop" in lab.dyad.ask("why", "10.1.0.0/16", "--sent", "primary", "--json", check=False), "why says so", 10)


class TestSettings:
    def test_table_metric_and_source(self, pair):
        pair.ip(pair.edge, "address", "add", "10.1.0.1/32", "dev", "lo")
        pair.go('\n[fib]\ntable = 100\nmetric = 77\nsource = "10.1.0.1"\n', both=False)
        wait_for(lambda: complete(pair, "100"), "routes in table 100", 60)
        assert ways(pair, 4) == {}
        rows = pair.ip_json(pair.edge, "route", "show", "proto", "bgp", "table", "100")
        assert {(row["metric"], row["prefsrc"]) for row in rows} == {(77, "10.1.0.1")}
        # Under a reload all of them move: the new ones first.
        rewrite(pair.dyad, '\n[fib]\ntable = 100\nmetric = 78\n')
        wait_for(lambda: {(row["metric"], row.get("prefsrc")) for row in pair.ip_json(pair.edge, "route", "show", "proto", "bgp", "table", "100")} == {(78, None)}
                 and calm(pair.dyad), "another metric, no source", 30)
        rewrite(pair.dyad, "")
        wait_for(lambda: complete(pair) and ways(pair, 4, "100") == {}, "the main table", 30)

    def test_the_source_address_goes_and_comes_back(self, pair):
        pair.ip(pair.edge, "address", "add", "10.1.0.1/32", "dev", "lo")
        pair.go('\n[fib]\nsource = "10.1.0.1"\n')
        pair.ip(pair.edge, "address", "del", "10.1.0.1/32", "dev", "lo")
        # The kernel deletes its IPv4 routes without a word; we find out, and say what it says to each.
        wait_for(lambda: pair.dyad.fib()["failed"] == ROUTES, "all are refused", 20)
        prefix = pair.dyad.json("show", "routes")[0]["prefix"]
        why = pair.dyad.ask("why", prefix)
        assert "prefsrc" in why or "source" in why, why
        pair.ip(pair.edge, "address", "add", "10.1.0.1/32", "dev", "lo")
        wait_for(lambda: complete(pair), "all are back", 40)

    def test_enabled_false_looks_and_touches_nothing(self, pair):
        pair.go("\n[fib]\nenabled = false\n", both=False)
        wait_for(lambda: len(pair.dyad.json("show", "routes")) == 2 * ROUTES, "the routes are known", 30)
        assert ways(pair, 4) == ways(pair, 6) == pair.nexthops() == {}
        assert "left alone" in pair.dyad.ask("show", "fib")
        rewrite(pair.dyad, "")
        wait_for(lambda: complete(pair), "switched on", 30)
        with Monitor(pair, pair.edge) as monitor:
            rewrite(pair.dyad, "\n[fib]\nenabled = false\n")
            wait_for(lambda: "left alone" in pair.dyad.ask("show", "fib"), "switched off", 10)
            assert monitor.route_changes() == []
        assert over(pair, ["primary", "secondary"])

    @pytest.mark.parametrize("nexthops", ("groups", "plain"))
    def test_on_exit_flush_leaves_nothing(self, pair, nexthops):
        pair.go(f'\n[fib]\non_exit = "flush"\nnexthops = "{nexthops}"\n')
        assert pair.dyad.stop() == 0
        assert ways(pair, 4) == ways(pair, 6) == pair.nexthops() == {}
        pair.dyad.start()

    @pytest.mark.parametrize("nexthops", ("groups", "plain"))
    def test_on_exit_keep_leaves_everything(self, pair, nexthops):
        pair.go(f'\n[fib]\non_exit = "keep"\nnexthops = "{nexthops}"\n')
        with Monitor(pair, pair.edge) as monitor:
            assert pair.dyad.stop() == 0
            assert monitor.route_changes() == []
        assert over(pair, ["primary", "secondary"])
        pair.dyad.start()

    @pytest.mark.parametrize("nexthops", ("groups", "plain"))
    def test_stale_after_removes_what_nobody_tells_any_more(self, pair, nexthops):
        pair.go(f'\n[fib]\nstale_after = "5s"\nnexthops = "{nexthops}"\n')
        pair.dyad.kill()
        for link in pair.links:
            pair.ip(pair.edge, "link", "set", link.name, "mtu", "1400")
            # The MSEEs' process is there, and says nothing: nobody reaches it.
            pair.run(link.namespace, "ip", "rule", "add", "to", f"{link.ours}/32", "prohibit")
            pair.run(link.namespace, "ip", "-6", "rule", "add", "to", f"{link.ours6}/128", "prohibit")
        pair.dyad.start()
        begin = time.monotonic()
        assert over(pair, ["primary", "secondary"])
        wait_for(lambda: ways(pair, 4) == ways(pair, 6) == {}, "stale routes are removed", 30)
        assert time.monotonic() - begin > 3
        assert "fib.swept" in pair.dyad.ask("events", "--json")


def batch(lab, lines):
    run("ip", "-n", lab.edge, "-force", "-batch", "-", stdin="\n".join(lines) + "\n", check=False)


def cpu(process):
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class TestCrowd:
    CHANGES, AT_ONCE, OURS = 200_000, 4_000, 5_000

    def test_two_hundred_thousand_changes_of_others(self, lab):
        """As fast as `ip` makes them, more than that many a minute: other prefixes under our metric and others, and on our
        prefixes with another metric, in the place of ours, in front of ours."""
        for link in lab.links:
            Msee(lab, link, routes=self.OURS).start()
        lab.dyad = Dyad(lab).start()
        lab.dyad.wait_established()

        def right():
            found = ways(lab, 4)
            return len(found) == self.OURS and all(way == ["primary", "secondary"] for way in found.values()) and calm(lab.dyad)
        wait_for(right, "our routes are there", 60)
        draw = random.Random(5)
        prefixes = sorted(ways(lab, 4))
        used, begin, done, on_ours = cpu(lab.dyad.process), time.monotonic(), 0, 0
        while done < self.CHANGES:
            words = [f"blackhole 100.{64 + n // 256}.{n % 256}.0/24 proto static metric {(20, 0, 50, 20)[n % 4]}" for n in range(self.AT_ONCE // 2)]
            lines = [f"route add {word}" for word in words] + [f"route del {word}" for word in words]
            some = draw.sample(prefixes, 20)
            for prefix, how in zip(some, itertools.cycle(("beside", "replaced", "in front", "deleted"))):
                if how == "beside":
                    lines += [f"route add blackhole {prefix} proto static metric 10", f"route del blackhole {prefix} proto static metric 10"]
                elif how == "deleted":
                    lines += [f"route del {prefix} proto bgp metric 20"]
                else:
                    verb = "replace" if how == "replaced" else "prepend"
                    lines += [f"route {verb} unreachable {prefix} proto static metric 20", f"route del unreachable {prefix} proto static metric 20"]
            batch(lab, lines)
            done += len(lines)
            on_ours += 7 * len(some) // 4
        took = time.monotonic() - begin
        wait_for(right, "in sync at the end", 60)
        synced, used = time.monotonic() - begin - took, cpu(lab.dyad.process) - used
        print(f"\n{done} changes of others in {took:.1f} s ({done / took * 60:.0f} a minute), {on_ours} of them on our prefixes: "
              f"in sync {synced * 1000:.0f} ms later, {used:.2f} s of our CPU ({used / done * 1e6:.1f} us a change), "
              f"lost news {lab.dyad.ask('events', '--json').count(chr(34) + 'lost' + chr(34) + ':true')} times")
        foreign = len(lab.ip_json(lab.edge, "route", "show", "proto", "static"))
        assert foreign == 0
        with contextlib.suppress(AssertionError):
            lab.dyad.alive()
        assert used < took, "it kept a processor busy"

#!/usr/bin/env python3
"""What is lost while a link fails: a pair of MSEEs, packets to addresses all over the table, and each speaker as the edge
between them in turn. Milliseconds from the first packet lost to the last, of the address that fared worst.

    tests/bench/failover.py                                 everything, three times each, Dyad, BIRD and FRR
    tests/bench/failover.py --sizes 10000 --modes ecmp      less of it; --events silent,drain; --bfd 10; --with bird
    tests/bench/failover.py --runs 1 --json out.json
    tests/bench/failover.py --endure 600 --bfd 10           false alarms of BFD in so many seconds, beside four busy processes
                                                            and a full table that is loaded again and again; Dyad alone.
                                                            witness.py tells those that the machine is to blame for
    ... --endure 60 --bfd 10,50,100,300 --unprivileged      the same without real-time priority

Events: reset (the MSEE's NOTIFICATION), cut (its carrier goes), killed (its process), silent (everything is dropped, carriers
stay: BFD finds it), drain (planned: `dyad drain`; BIRD `disable`; FRR `neighbor shutdown`).
Also for Dyad: milliseconds from the moment the detection time was over (or the connection's end arrived) to the last packet on
the old path, and what was written to the kernel for it. Needs root, a release build, BIRD and FRR.
"""
import argparse
import contextlib
import datetime
import ipaddress
import json
import os
import pathlib
import shutil
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]
import dyad as speaker  # noqa: E402
from edges import ALL  # noqa: E402
from lab import Lab, stop, sweep, wait_for  # noqa: E402
from rig import Stage  # noqa: E402
from witness import Witness  # noqa: E402

EVENTS = ("reset", "cut", "killed", "drain", "silent")
PROBED = 4  # addresses of each family: the first of the table, the last, and two between


def vnets(count):
    """The prefixes that `dyad msee --routes` makes up: see src/msee/vnets.cpp."""
    lengths = (24, 24, 22, 24, 23, 24, 20, 24, 21, 24, 22, 24, 23, 24, 24, 24)
    extra = 0 if count <= 10_000 else 4 if count <= 160_000 else 8
    at, prefixes = 0x0A400000, []
    for number in range(count):
        length = (16 if number % 512 == 0 else lengths[number % 16]) + extra
        size = 1 << (32 - length)
        at = (at + size - 1) // size * size
        prefixes.append(ipaddress.ip_network((at, length)))
        at += size
    return prefixes


class Road(Stage):
    """LAN, edge, pair, Azure; complete when all targets go over the links they are to."""
    ENDS = True

    def build(self, edge, routes, bfd, preferred):
        self.prepare(routes)
        self.msees = [speaker.Msee(self.lab, link, routes=f"{routes},{routes}", with_v6=True, program=speaker.release(),
                                   options=["--bfd", bfd, "--limit", "100000,100000"]).start() for link in self.lab.links]
        self.edge = edge(self.lab, bfd, preferred)
        self.routes, self.preferred = routes, preferred
        self.edge.start()
        self.wait_complete(whole=True)
        addresses = [str(prefix[1]) for prefix in self.targets]
        self.prober = self.tool("bench-probe", self.lab.lan, self.lab.edge, self.lab.azure, "primary", *addresses)
        self.prober.wait("ready")

    def prepare(self, routes):
        lab, v4 = self.lab, vnets(routes)
        places = [number * (routes - 1) // (PROBED - 1) for number in range(PROBED)]
        self.targets = [v4[place] for place in places]
        self.targets += [ipaddress.ip_network(f"fd64:{place >> 16:x}:{place & 0xffff:x}::/48") for place in places]
        for key in "net.ipv4.fib_multipath_hash_policy=1", "net.ipv6.fib_multipath_hash_policy=1":
            lab.run(lab.edge, "sysctl", "-qw", key)
        for namespace, interface, address in ((lab.lan, "edge", "fd01::2/64"), (lab.edge, "lan", "fd01::1/64")):
            lab.ip(namespace, "address", "add", address, "dev", interface, "nodad")
        lab.ip(lab.lan, "-6", "route", "add", "default", "via", "fd01::1")
        for number, link in enumerate(lab.links, 1):
            # A real MSEE's addresses outlive its carrier.
            lab.run(link.namespace, "sysctl", "-qw", "net.ipv6.conf.edge.keep_addr_on_down=1")
            lab.ip(lab.azure, "address", "add", f"fd99:{number}::2/64", "dev", link.name, "nodad")
            lab.ip(link.namespace, "address", "add", f"fd99:{number}::1/64", "dev", "azure", "nodad")
        for prefix in self.targets:
            lab.ip(lab.azure, "address", "add", f"{prefix[1]}/{prefix.max_prefixlen}", "dev", "lo", *(["nodad"] if prefix.version == 6 else []))
            for number, link in enumerate(lab.links, 1):
                way = f"10.99.{number}.2" if prefix.version == 4 else f"fd99:{number}::2"
                lab.ip(link.namespace, f"-{prefix.version}", "route", "add", str(prefix), "via", way)

    # -- where traffic goes ---------------------------------------------------------------------------------------------------
    def goes_over(self, links):
        for prefix in self.targets:
            found = self.lab.ip_json(self.lab.edge, f"-{prefix.version}", "route", "show", str(prefix))
            wanted = sorted(link.theirs if prefix.version == 4 else link.theirs6 for link in links)
            # What stands behind with a worse metric carries nothing.
            if not found or self.lab.gateways(min(found, key=lambda route: route.get("metric", 0))) != wanted:
                return False
        return True

    def wait_complete(self, whole=False):
        links = [self.lab.primary] if self.preferred else self.lab.links
        wait_for(lambda: self.goes_over(links), "traffic goes as it should", 120)
        for family in (4, 6) if whole else ():
            wait_for(lambda: self.lab.run(self.lab.edge, "sh", "-c", f"ip -{family} route | wc -l").strip().isdigit() and
                     int(self.lab.run(self.lab.edge, "sh", "-c", f"ip -{family} route | grep -c ^[1f][0d]")) > self.routes, "all routes are there", 120)
        # The backup's table is there, BFD has its intervals, and nobody writes any more.
        time.sleep(2 if self.routes > 20_000 else 1)

    # -- what happens ----------------------------------------------------------------------------------------------------------
    def do(self, event):
        msee, namespace = self.msees[0], self.lab.primary.namespace
        if event == "reset":
            msee.ask("reset", "drill")
        elif event == "cut":
            self.lab.ip(namespace, "link", "set", "edge", "down")
        elif event == "killed":
            msee.kill()
        elif event == "drain":
            self.edge.drain()
        elif event == "silent":
            self.lab.silence(self.lab.primary)

    def mend(self, event):
        msee, namespace = self.msees[0], self.lab.primary.namespace
        if event == "cut":
            self.lab.ip(namespace, "link", "set", "edge", "up")
        elif event == "killed":
            msee.start()
        elif event == "drain":
            self.edge.undrain()
        elif event == "silent":
            self.lab.end_silence(self.lab.primary)

    def is_as_before(self, event):
        """After this event, once mended; else it takes another Road."""
        return event != "cut" or self.edge.uses_mended_link

    def measure(self, event, bfd):
        operations = self.tool("bench-kernel", "operations", inside=True)
        operations.wait("listening")
        self.prober.say("mark")
        self.prober.wait("marked")
        self.do(event)
        if event == "reset":
            time.sleep(1)  # the session may be back before anybody looks
        else:
            wait_for(lambda: self.goes_over([self.lab.secondary]), "traffic goes by the secondary", 60)
        time.sleep(0.1)
        self.prober.say("report")
        seen = self.prober.wait("report")
        written = next(line for line in operations.finish() if line["event"] == "operations")
        if self.is_as_before(event):
            self.mend(event)
            self.wait_complete()
        figures = {"ipv4_lost_ms": seen["ipv4"]["lost_ms"], "ipv6_lost_ms": seen["ipv6"]["lost_ms"],
                   "lost": seen["ipv4"]["lost"] + seen["ipv6"]["lost"], "sent": seen["ipv4"]["sent"] + seen["ipv6"]["sent"],
                   "routes_written": written["routes"], "groups_written": written["groups"]}
        if behind := [late for family in ("ipv4", "ipv6") if (late := behind_detection(seen[family], event, bfd)) is not None]:
            figures["behind_detection_ms"] = max(behind)
        return figures


def behind_detection(seen, event, bfd):
    """From what tells of the failure to the last packet on the old path: the end of BFD's detection time, or the connection's."""
    told = seen["ended_ms"]
    if event == "silent":
        told = seen["last_bfd_ms"] and seen["last_bfd_ms"] + 3 * bfd
    if event in ("cut", "drain") or told is None or seen["left_ms"] is None:
        return None
    return seen["left_ms"] - told


def scenes(options):
    for size in options.sizes:
        for mode in options.modes:
            for bfd in options.bfd:
                # What does not depend on BFD is measured with the first of its intervals.
                events = [event for event in options.events if event == "silent" or bfd == options.bfd[0]]
                if events:
                    yield size, mode, bfd, events


def measure(options):
    """Rows: (size, mode, event) -> device -> list of figures."""
    rows = {}
    for size, mode, bfd, events in scenes(options):
        for device in options.devices:
            left, event = events * options.runs, "start"
            while left:
                try:
                    with Road(ALL[device], size, bfd, mode == "preferred") as road:
                        again = True
                        while left and again:
                            event = left.pop(0)
                            figures = road.measure(event, bfd)
                            name = f"{event} {bfd}x3" if event == "silent" else event
                            rows.setdefault((size, mode, name), {}).setdefault(device, []).append(figures)
                            print(size, mode, name, device, json.dumps(figures), file=sys.stderr, flush=True)
                            again = road.is_as_before(event)
                except (AssertionError, RuntimeError) as error:
                    print(f"{size} {mode} {bfd} {device}, {event}: {error}", file=sys.stderr, flush=True)
    return rows


def median(runs, key):
    values = [one[key] for one in runs if key in one]
    return statistics.median(values) if values else None


def cell(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def table(rows, devices):
    lines = [["routes", "mode", "event", *(f"{device} v{family}" for device in devices for family in (4, 6)), "behind detection", "written"]]
    for (size, mode, event), found in sorted(rows.items(), key=lambda row: (row[0][0], row[0][1])):
        line = [f"{size:,}", mode, event]
        for device in devices:
            line += [cell(median(found.get(device, []), f"ipv{family}_lost_ms")) for family in (4, 6)]
        ours = found.get("dyad", [])
        line.append(cell(median(ours, "behind_detection_ms"), 1))
        groups, routes = median(ours, "groups_written"), median(ours, "routes_written")
        line.append("-" if groups is None else f"{groups:.0f} + {routes:.0f}")
        lines.append(line)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) if column in (1, 2) else text.rjust(width)
                               for column, (text, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


# -- no false alarm -----------------------------------------------------------------------------------------------------------
HOGS = 4
FULL_TABLE = 1_000_000
RELOAD_EVERY = 30  # seconds


def moment(event):
    return datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()


def stood_still(stalls, at, detection_time):
    """Of the time in which something should have been heard no processor gave half to who comes first."""
    return any(begin < at and end > at - detection_time and end - begin > detection_time / 2 for begin, end in stalls)


def endure(seconds, bfd, privileged):
    """How many times BFD said that a path failed which did not, while the machine ran."""
    with Lab() as lab:
        program = speaker.release()
        if not privileged:
            program = lab.dir / "dyad-without-priority"
            program.write_text(f'#!/bin/sh\nexec setpriv --bounding-set=-sys_nice --inh-caps=-sys_nice {speaker.release()} "$@"\n')
            program.chmod(0o755)
        msees = [speaker.Msee(lab, link, routes=FULL_TABLE, program=speaker.release(), options=["--bfd", bfd, "--limit", "100000"]).start()
                 for link in lab.links]
        private = f'bfd = {{ transmit = "{bfd}ms", receive = "{bfd}ms" }}\nlimits = {{ receive = 2000000 }}'
        daemon = speaker.Dyad(lab, private=private, program=program).start()
        daemon.wait_established()
        wait_for(lambda: daemon.settled(FULL_TABLE), "the full table is in the kernel", 300)
        wait_for(lambda: all(row["detection_time_microseconds"] == 3000 * bfd for row in daemon.json("show", "bfd")["sessions"]),
                 "the intervals are agreed")
        with Witness() as witness:
            before = time.time()
            hogs = [lab.start(lab.edge, "sh", "-c", "while :; do :; done", log=lab.dir / "hog.log") for _ in range(HOGS)]
            end, loads = time.monotonic() + seconds, 0
            while (left := end - time.monotonic()) > 0:
                msees[1].ask("reset", "once more")
                loads += 1
                time.sleep(min(left, RELOAD_EVERY))
            for hog in hogs:
                stop(hog)
            stalls = witness.gaps()
        rows = daemon.json("show", "bfd")["sessions"]
        events = [json.loads(line) for line in daemon.ask("events", "--json").splitlines()]
        alarms = [event for event in events if event["id"] == "bfd.down" and moment(event) >= before]
        stalled = [event for event in alarms if stood_still(stalls, moment(event), 3 * bfd / 1000)]
        figures = {"bfd_ms": bfd, "privileged": privileged, "seconds": round(time.time() - before), "table_loads": loads,
                   "sent": sum(row["sent"] for row in rows), "received": sum(row["received"] for row in rows),
                   "false_alarms": len(alarms), "of_them_while_the_machine_stood_still": len(stalled),
                   "machine_stood_still_ms": [round(1000 * (end - begin)) for begin, end in stalls],
                   "reasons": sorted({event["reason"] for event in alarms})}
    print(json.dumps(figures), flush=True)
    return len(alarms) - len(stalled)


def words(text):
    return [word for word in text.split(",") if word]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000", help="routes of each family")
    parser.add_argument("--modes", default="ecmp,preferred")
    parser.add_argument("--events", default=",".join(EVENTS))
    parser.add_argument("--bfd", default="300,50,10", help="milliseconds, times three")
    parser.add_argument("--with", dest="others", default="bird,frr")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--endure", type=int, metavar="SECONDS")
    parser.add_argument("--unprivileged", action="store_true", help="with --endure: BFD's thread has no real-time priority")
    options = parser.parse_args()
    options.sizes, options.bfd = [int(size) for size in words(options.sizes)], [int(bfd) for bfd in words(options.bfd)]
    options.modes, options.events = words(options.modes), words(options.events)
    options.devices = ["dyad", *words(options.others)]
    if os.geteuid():
        sys.exit("failover.py needs root: it makes network namespaces")
    if missing := [need for device in options.devices for need in ALL[device].needs if not shutil.which(need)]:
        sys.exit(f"not installed: {' '.join(missing)}")
    sweep()
    if options.endure:
        sys.exit(sum([endure(options.endure, bfd, not options.unprivileged) for bfd in options.bfd]) > 0)
    # All that is measured goes before whatever else this machine does: every device alike. Not with real-time priority: that
    # has a share of the processor which BFD's threads live on, too.
    os.nice(-19)
    rows = measure(options)
    print("milliseconds lost, medians; written: groups + routes, by Dyad\n" + table(rows, options.devices))
    if options.json:
        options.json.write_text(json.dumps([{"routes": size, "mode": mode, "event": event, "runs": found}
                                            for (size, mode, event), found in rows.items()], indent=1) + "\n")
    with contextlib.suppress(StopIteration):
        next(name for name, found in rows.items() if "dyad" not in found)
        sys.exit(1)
    if not rows:
        sys.exit(1)


if __name__ == "__main__":
    main()

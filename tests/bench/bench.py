#!/usr/bin/env python3
"""What does it cost to pass a table on? One session brings it, another takes it away; Dyad beside BIRD, turn by turn, in the
same run, so that a busy machine is busy for both.

    source (dyad msee) ---- device under test ---- sink (dyad msee, counts)

    tests/bench/bench.py                              100,000 made-up routes, 5 runs each
    tests/bench/bench.py --mrt FILE                   the table of a recording (plain MRT)
    tests/bench/bench.py --routes 10000 --runs 3 --json out.json

Wall: from the first route at the sink to the last. CPU: user and system of the device, from the start of the source to the
last route at the sink. Octets a route: growth of its proportional set size. Medians of the runs. No kernel routes in either.
Needs root, a release build and BIRD.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
import dyad as speaker  # noqa: E402
from lab import Lab, run, stop, sweep, wait_for  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
SINK_AS = 64999
POLL = 0.02


class Dyad:
    name = "dyad"

    def start(self, lab):
        file = lab.dir / "dut.toml"
        source, sink = lab.links
        file.write_text(f"""asn = 65010
lab = true
[control]
socket = "{lab.dir}/dut.sock"
group = "root"
[fib]
enabled = false
[[neighbor]]
name = "source"
address = "{source.theirs}"
local_address = "{source.ours}"
asn = 12076
accept = {{ any = true }}
limits = {{ receive = 2000000 }}
[[neighbor]]
name = "sink"
address = "{sink.theirs}"
local_address = "{sink.ours}"
asn = {SINK_AS}
pass_on = ["source"]
limits = {{ advertise = 2000000 }}
""")
        return lab.start(lab.edge, speaker.release(), "run", "-c", file, log=lab.dir / "dut.log")


class Bird:
    name = "bird"

    def start(self, lab):
        file = lab.dir / "dut.conf"
        source, sink = lab.links
        file.write_text(f"""router id {source.ours};
protocol device {{}}
protocol bgp feeder {{ local {source.ours} as 65010; neighbor {source.theirs} as 12076; connect delay time 1;
  ipv4 {{ import all; export none; }}; }}
protocol bgp taker {{ local {sink.ours} as 65010; neighbor {sink.theirs} as {SINK_AS}; connect delay time 1;
  ipv4 {{ import none; export all; }}; }}
""")
        return lab.start(lab.edge, "bird", "-f", "-c", file, "-s", lab.dir / "dut.ctl", "-P", lab.dir / "dut.pid",
                         log=lab.dir / "dut.log")


class Cost:
    """What a process has used so far."""

    def __init__(self, pid):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        self.cpu = (int(fields[11]) + int(fields[12])) / TICK
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        self.pss = int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1]) * 1024


def count_at(sink):
    """Routes that the sink holds."""
    return json.loads(sink.ask("status"))["neighbors"][0]["received"]


def measure(device, routes, mrt):
    program = speaker.release()
    with Lab() as lab:
        dut = device.start(lab)
        sink = speaker.Msee(lab, lab.secondary, program=program,
                            options=["--asn", SINK_AS, "--limit", "2000000"]).start()
        wait_for(lambda: established(sink), "the sink's session")
        before = Cost(dut.pid)
        speaker.Msee(lab, lab.primary, program=program, mrt=mrt, routes=0 if mrt else routes).start()
        first = last = None
        held, quiet_since = 0, time.monotonic()
        # The end: all of them; of a recording, whose size is known only then, half a second without a new one.
        while True:
            now, count = time.monotonic(), count_at(sink)
            if count != held:
                first, last, held, quiet_since = first or now, now, count, now
                after = Cost(dut.pid)
            if (held >= routes and not mrt) or (held and mrt and now - quiet_since > 2):
                break
            if now - quiet_since > 120:
                raise RuntimeError(f"{device.name}: {held} routes, and no more\n{lab.logs()}")
            time.sleep(POLL)
        stop(dut)
        return {"device": device.name, "routes": held, "wall_seconds": last - first, "cpu_seconds": after.cpu - before.cpu,
                "octets_per_route": (after.pss - before.pss) / held}


def established(sink):
    return json.loads(sink.ask("status"))["neighbors"][0]["state"] == "Established"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--routes", type=int, default=100_000)
    parser.add_argument("--mrt", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, help="every run and the medians, as JSON")
    options = parser.parse_args()
    if os.geteuid():
        sys.exit("bench.py needs root: it makes network namespaces")
    sweep()
    runs = []
    for number in range(options.runs):
        for device in (Dyad(), Bird()):
            runs.append(measure(device, options.routes, options.mrt))
            print(f"run {number + 1} {json.dumps(runs[-1])}", file=sys.stderr)
    medians = {device: {key: statistics.median(one[key] for one in runs if one["device"] == device)
                        for key in ("routes", "wall_seconds", "cpu_seconds", "octets_per_route")} for device in ("dyad", "bird")}
    print(f"{'':6} {'routes':>8} {'wall s':>8} {'CPU s':>8} {'octets/route':>13}")
    for device, row in medians.items():
        print(f"{device:6} {row['routes']:8.0f} {row['wall_seconds']:8.3f} {row['cpu_seconds']:8.2f} {row['octets_per_route']:13.0f}")
    ratio = {key: medians["dyad"][key] / medians["bird"][key] if medians["bird"][key] else None
             for key in ("wall_seconds", "cpu_seconds", "octets_per_route")}
    print("ratio  " + " " * 9 + f"{ratio['wall_seconds'] or 0:8.2f} {ratio['cpu_seconds'] or 0:8.2f} {ratio['octets_per_route'] or 0:13.2f}")
    if options.json:
        options.json.write_text(json.dumps({"version": run(str(speaker.release()), "--version").strip(), "runs": runs,
                                            "medians": medians, "ratio": ratio}, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""What is measured: a function each, that takes a device and gives its figures. A figure's unit is the end of its name."""
import statistics
import threading
import time
from dataclasses import dataclass
from typing import Callable

from devices import Device
from rig import Rig

SETTLE = 0.5  # what a device does after the last session came up is none of the bench's business


def transit(device, routes):
    """A table from one session to another: from its first octet to its last route; all processed though nothing follows it."""
    with Rig(device) as rig:
        rig.start()
        time.sleep(SETTLE)
        before = rig.cost()
        rig.load.say("expect sink", routes)
        rig.load.say("announce s0 0", routes, 0)
        start = rig.load.wait("start")["t"]
        end = rig.load.wait("reached")["t"]
        sent = next(line["t"] for line in rig.load.seen if line["event"] == "sent" and line["t"] >= start)
        after = rig.cost()
        return {"wall_s": end - start, "cpu_s": after.cpu - before.cpu, "octets_per_route": (after.pss - before.pss) / routes,
                "after_last_octet_s": end - sent}


def limited(device, most):
    """The device with a limit, which is never reached, on what the sink is told."""
    return type(device.__name__, (device,), {"limit": most})


def transit_limited(device, routes):
    """The same towards a sink that has a limit, far away."""
    return transit(limited(device, 2 * routes), routes)


def fib(device, routes):
    """A table from one session into the kernel; `taken`: until the device had read all of it."""
    with Rig(device, sink=False, fib=True) as rig:
        rig.start()
        time.sleep(SETTLE)
        before = rig.cost()
        watch = rig.tool("bench-kernel", "watch", routes, 1, inside=True)
        rig.load.say("announce s0 0", routes, 0)
        start = rig.load.wait("start")["t"]
        taken = rig.load.wait("sent")["t"]
        end = watch.wait("reached")["t"]
        after = rig.cost()
        return {"wall_s": end - start, "taken_s": taken - start, "cpu_s": after.cpu - before.cpu,
                "octets_per_route": (after.pss - before.pss) / routes}


def floor(routes):
    """The same routes written by a program that does nothing else."""
    with Rig(Device, sink=False) as rig:
        link = rig.lab.primary
        inserted = rig.tool("bench-kernel", "insert", routes, link.theirs, link.interface, inside=True).wait("inserted")
        return {"wall_s": inserted["seconds"]}


def pair(device, routes):
    """The same table over both links, until every route goes over both; what the device is then, in all."""
    with Rig(device, sources=2, sink=False, fib=True) as rig:
        rig.start()
        time.sleep(SETTLE)
        before = rig.cost()
        watch = rig.tool("bench-kernel", "watch", routes, 2, inside=True)
        rig.load.say("announce s0 0", routes, 0)
        rig.load.say("announce s1 0", routes, 0)
        start = rig.load.wait("start")["t"]
        end = watch.wait("reached")["t"]
        after = rig.cost()
        return {"wall_s": end - start, "cpu_s": after.cpu - before.cpu, "resident_octets": after.pss}


def operations(device, routes):
    """How often the kernel's tables were changed for that (a run of its own: who listens slows the kernel down)."""
    with Rig(device, sources=2, sink=False, fib=True) as rig:
        counter = rig.tool("bench-kernel", "operations", inside=True)
        counter.wait("listening")
        rig.start()
        watch = rig.tool("bench-kernel", "watch", routes, 2, inside=True)
        rig.load.say("announce s0 0", routes, 0)
        rig.load.say("announce s1 0", routes, 0)
        watch.wait("reached")
        time.sleep(2)  # what a device tidies up afterwards counts too
        counted = counter.finish()[-1]
        return {f"{key}_count": counted[key] for key in ("routes", "nexthops", "groups")}


def churn(device, routes, per_second, seconds):
    """A tenth of the table goes and comes again every second: CPU an event, how far the sink is behind, what it holds at the end."""
    with Rig(device) as rig:
        rig.start()
        rig.load.say("expect sink", routes)
        rig.load.say("announce s0 0", routes, 0)
        rig.load.wait("reached")
        time.sleep(SETTLE)
        before = rig.cost()
        rig.load.say("churn s0 sink", routes, per_second, seconds)
        done = rig.load.wait("churned", deadline=seconds + 60)
        after = rig.cost()
        if done["held"] != routes or done["markers_missing"]:
            raise RuntimeError(f"wrong at the end: {done}")
        return {"cpu_us_per_event": 1e6 * (after.cpu - before.cpu) / done["events"], "lag_p50_ms": done["lag_ms"][0],
                "lag_p99_ms": done["lag_ms"][1], "end_lag_ms": done["end_lag_ms"]}


def crowd(device, sessions, routes):
    """Many sessions bring some routes each, all at once, for one sink."""
    with Rig(device, sources=sessions) as rig:
        rig.start()
        time.sleep(SETTLE)
        before = rig.cost()
        rig.load.say("expect sink", sessions * routes)
        for number in range(sessions):
            rig.load.say("announce", f"s{number}", number * routes, routes, 0)
        start = rig.load.wait("start")["t"]
        end = rig.load.wait("reached")["t"]
        after = rig.cost()
        rig.load.say("state")
        if (up := rig.load.wait("state")["up"]) != sessions + 1:
            raise RuntimeError(f"{sessions + 1 - up} sessions were lost")
        return {"wall_s": end - start, "cpu_s": after.cpu - before.cpu, "octets_per_session": before.pss / sessions,
                "octets_per_route": (after.pss - before.pss) / (sessions * routes)}


def single(device, background, times):
    """One route changes in a table at rest: until the sink knows, until the kernel has it."""
    with Rig(device, fib=device.fib) as rig:
        rig.start()
        rig.load.say("expect sink", background)
        rig.load.say("announce s0 0", background, 0)
        rig.load.wait("reached")
        if device.fib:
            rig.tool("bench-kernel", "watch", background, 1, inside=True).wait("reached")
        time.sleep(2 * SETTLE)
        changes = rig.tool("bench-kernel", "changes", inside=True)
        changes.wait("listening")
        rig.load.say("probe s0 sink", times, 30)
        probed = rig.load.wait("probed")
        took = sorted(probed["ms"])
        figures = {"peer_p50_ms": statistics.median(took), "peer_p99_ms": took[int(0.99 * (len(took) - 1))]}
        seen = [line["t"] for line in changes.finish() if "t" in line]
        if device.fib and len(seen) == len(probed["sent"]):
            delays = sorted(1e3 * (came - sent) for sent, came in zip(probed["sent"], seen))
            figures |= {"kernel_p50_ms": statistics.median(delays), "kernel_p99_ms": delays[int(0.99 * (len(delays) - 1))]}
        return figures


def single_limited(device, background, times):
    """The same towards a sink that has a limit, far away."""
    return single(limited(device, 2 * background), background, times)


def idle(device, sessions, seconds):
    """Sessions up, nothing to do."""
    with Rig(device, sources=sessions, fib=device.fib) as rig:
        rig.start()
        rig.load.say("expect sink", 1000)
        rig.load.say("announce s0 0 1000 0")
        rig.load.wait("reached")
        time.sleep(3)
        before = rig.cost()
        time.sleep(seconds)
        after = rig.cost()
        return {"cpu_ms_per_s": 1e3 * (after.cpu - before.cpu) / seconds, "wakeups_per_s": (after.wakeups - before.wakeups) / seconds,
                "resident_octets": after.pss}


def startup(device):
    """From the start of the process to its first OPEN at a neighbour that calls every millisecond."""
    with Rig(device) as rig:
        rig.dial()
        time.sleep(SETTLE)
        start = time.monotonic()
        rig.device.start()
        return {"first_open_ms": 1e3 * (rig.load.wait("open")["t"] - start)}


class Asking(threading.Thread):
    """An operator who asks for a summary over and over while the block runs: `took` is how many milliseconds each answer took."""

    def __init__(self, device):
        super().__init__(daemon=True)
        self.device, self.took, self.ended = device, [], threading.Event()

    def __enter__(self):
        self.start()
        return self

    def run(self):
        while self.device.summary and not self.ended.wait(0.01):
            self.took.append(self.device.ask(self.device.summary)[0])

    def __exit__(self, *_):
        self.ended.set()
        self.join()

    def figures(self):
        return {"summary_p50_ms": statistics.median(self.took), "summary_max_ms": max(self.took)} if self.took else {}


def responsive(device, routes, idle_sessions):
    """While a full table passes through (and into the kernel): how late KEEPALIVEs are on other sessions, where one is due every
    second, and how long an operator waits for a summary; the same with nothing to do tells what is the machine's."""
    with Rig(device, idle=idle_sessions, fib=device.fib) as rig:
        rig.start()
        with Asking(rig.device) as quiet:
            time.sleep(2)
        with Asking(rig.device) as busy:
            rig.load.say("expect sink", routes)
            rig.load.say("announce s0 0", routes, 0)
            start = rig.load.wait("start")["t"]
            watch = rig.tool("bench-kernel", "watch", routes, 1, inside=True) if device.fib else rig.load
            end = watch.wait("reached")["t"]
        time.sleep(1.2)  # the KEEPALIVE that was due
        late = {"quiet": [0], "busy": [0]}
        for number in range(idle_sessions):
            rig.load.say("keepalives", f"idle{number}")
            came = rig.load.wait("keepalives")["at"]
            for before, after in zip(came[1:], came[2:]):  # the first ends the handshake
                if after > start - 2:
                    late["quiet" if after < start else "busy" if before < end else "quiet"].append(1e3 * (after - before - 1))
        return {**busy.figures(), **{f"quiet_{key}": value for key, value in quiet.figures().items()},
                "keepalive_late_max_ms": max(late["busy"]), "quiet_keepalive_late_max_ms": max(late["quiet"])}


def listing(device, routes):
    """All routes of a table shown, and how long another operator waits for a summary meanwhile."""
    with Rig(device) as rig:
        rig.start()
        rig.load.say("expect sink", routes)
        rig.load.say("announce s0 0", routes, 0)
        rig.load.wait("reached")
        with Asking(rig.device) as busy:
            took, octets = rig.device.ask(rig.device.listing)
        return {"wall_s": took / 1e3, "octets_per_route": octets / routes, **busy.figures()}


@dataclass
class Bench:
    run: Callable
    arguments: dict
    needs_fib: bool = False
    floor: int = 0  # routes for the bare inserter beside it
    needs_listing: bool = False

    def fits(self, device):
        return (device.fib or not self.needs_fib) and (device.listing or not self.needs_listing)

    def measure(self, device):
        return self.run(device, **self.arguments)


BENCHES = {
    **{f"transit-{name}": Bench(transit, {"routes": routes}) for name, routes in (("10k", 10_000), ("100k", 100_000), ("1m", 1_000_000))},
    "transit-1m-limited": Bench(transit_limited, {"routes": 1_000_000}),
    **{f"fib-{name}": Bench(fib, {"routes": routes}, True, routes) for name, routes in (("10k", 10_000), ("100k", 100_000), ("1m", 1_000_000))},
    **{f"pair-{name}": Bench(pair, {"routes": routes}, True) for name, routes in (("4k", 4_000), ("10k", 10_000))},
    "operations-10k": Bench(operations, {"routes": 10_000}, True),
    "churn": Bench(churn, {"routes": 100_000, "per_second": 10_000, "seconds": 30}),
    "crowd": Bench(crowd, {"sessions": 200, "routes": 1_000}),
    "single": Bench(single, {"background": 10_000, "times": 100}),
    "single-limited": Bench(single_limited, {"background": 10_000, "times": 100}),
    "idle": Bench(idle, {"sessions": 2, "seconds": 20}),
    "startup": Bench(startup, {}),
    "listing": Bench(listing, {"routes": 1_000_000}, needs_listing=True),
    "responsive": Bench(responsive, {"routes": 1_000_000, "idle_sessions": 20}),
}
# The same benches, so small that all of them take seconds: they prove that the suite works, and nothing else.
SMOKE = {
    "transit": Bench(transit, {"routes": 1_000}),
    "transit-limited": Bench(transit_limited, {"routes": 1_000}),
    "fib": Bench(fib, {"routes": 1_000}, True, 1_000),
    "pair": Bench(pair, {"routes": 500}, True),
    "operations": Bench(operations, {"routes": 500}, True),
    "churn": Bench(churn, {"routes": 1_000, "per_second": 1_000, "seconds": 1}),
    "crowd": Bench(crowd, {"sessions": 5, "routes": 100}),
    "single": Bench(single, {"background": 100, "times": 4}),
    "startup": Bench(startup, {}),
    "listing": Bench(listing, {"routes": 1_000}, needs_listing=True),
    "responsive": Bench(responsive, {"routes": 1_000, "idle_sessions": 2}),
}

"""The bench around a device: namespaces, the neighbours (one process, bench-load), the kernel's watcher (bench-kernel), and
what the device costs."""
import json
import pathlib
import queue
import re
import subprocess
import threading
import time

from devices import Peer
from lab import ROOT, Lab, stop

import dyad as speaker

SOURCE_AS, SINK_AS = 12076, 64999
# Every wait has an end: a device that needs longer is reported as not done.
DEADLINE = 90


def tool(name):
    """bench-load or bench-kernel, beside the release build of dyad; built when it is not there."""
    build = speaker.release().parent
    if not (build / "build.ninja").exists():
        build = ROOT / "build-release"
    program = build / "tests" / "bench" / name
    if not program.exists():
        subprocess.run(["ninja", "-C", build, "--quiet", f"tests/bench/{name}"], check=True)
    return program


class Tool:
    """One of the two programs, running: lines in, JSON lines out."""

    def __init__(self, *command):
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True)
        self.lines = queue.Queue()
        self.seen = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def say(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def wait(self, event, deadline=DEADLINE, **fields):
        """The next event like this (events before it are kept in `seen`); a RuntimeError when it does not come in time."""
        end = time.monotonic() + deadline
        while True:
            try:
                line = self.lines.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise RuntimeError(f"no {event} {fields} within {deadline} s") from None
            if line is None:
                raise RuntimeError(f"{self.process.args[0]} ended; wanted {event}")
            self.seen.append(line)
            if line["event"] == "closed":
                raise RuntimeError(f"session {line['session']} was lost: {line['why']}")
            if line["event"] == event and all(line.get(key) == value for key, value in fields.items()):
                return line

    def finish(self):
        """Ends its input, for those that report at the end; all that it still said."""
        self.process.stdin.close()
        said = []
        while (line := self.lines.get(timeout=DEADLINE)) is not None:
            said.append(line)
        self.process.wait()
        return said


class Cost:
    """What a device has used so far: CPU seconds, proportional set size in octets, times it was woken."""

    def __init__(self, device):
        self.cpu = self.pss = self.wakeups = 0
        for pid in device.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                self.cpu += int((task / "schedstat").read_text().split()[0]) / 1e9
                self.wakeups += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M)[1])
            self.pss += int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1]) * 1024


class Stage:
    """A lab and the programs that measure in it; a context manager. `build` is what a kind of stage puts there."""
    ENDS = False  # whether the lab has a LAN and an Azure

    def __init__(self, *words, **options):
        self.lab = Lab(ends=self.ENDS)
        self.tools = []
        try:
            self.build(*words, **options)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for made in self.tools:
            made.process.kill()
            made.process.wait()
        self.lab.close()

    def tool(self, name, *words, inside=False):
        """`inside`: in the device's namespace."""
        command = [tool(name), *words]
        self.tools.append(Tool(*(["ip", "netns", "exec", self.lab.edge, *command] if inside else command)))
        return self.tools[-1]

class Rig(Stage):
    """A device in the middle and neighbours around it."""

    def build(self, device, sources=1, sink=True, fib=False, idle=0):
        """Up to two sources come over the two links, more (or `idle` ones besides) over the first with addresses of their own."""
        self.peers = self._peers(sources, sink, idle)
        self.device = device(self.lab, self.peers, fib)
        self.load = self.tool("bench-load")

    def _peers(self, sources, sink, idle):
        first, second = self.lab.links
        if sources <= 2:
            peers = [Peer(f"s{number}", link.ours, link.theirs, SOURCE_AS, link.interface)
                     for number, link in zip(range(sources), self.lab.links)]
        else:
            peers = self._crowd("s", sources, 180)
        if idle:
            peers += self._crowd("idle", idle, 3)
        if sink:
            self._address(second, "10.8.0.1/30", "10.8.0.2/30")
            peers.append(Peer("sink", "10.8.0.1", "10.8.0.2", SINK_AS, second.interface, sink=True))
        return peers

    def _crowd(self, name, count, hold):
        """Many neighbours behind the first link, in one subnet."""
        link = self.lab.primary
        theirs = [f"10.9.{1 + number // 250}.{1 + number % 250}" for number in range(count)]
        self._address(link, "10.9.0.1/16", *(f"{address}/16" for address in theirs))
        return [Peer(f"{name}{number}", "10.9.0.1", address, SOURCE_AS, link.interface, hold=hold)
                for number, address in enumerate(theirs)]

    def _address(self, link, ours, *theirs):
        self.lab.ip(self.lab.edge, "address", "add", ours, "dev", link.interface)
        for address in theirs:
            self.lab.ip(link.namespace, "address", "add", address, "dev", "edge")

    def peer(self, name):
        return next(peer for peer in self.peers if peer.name == name)

    def dial(self):
        namespaces = {link.interface: link.namespace for link in self.lab.links}
        for peer in self.peers:
            self.load.say("session", peer.name, namespaces[peer.interface], peer.theirs, peer.ours, peer.asn, peer.hold)

    def start(self):
        """The device runs and every session is up."""
        self.device.start()
        self.dial()
        waiting = {peer.name for peer in self.peers}
        while waiting:
            waiting.discard(self.load.wait("established")["session"])
        return self

    def cost(self):
        if not self.device.running():
            raise RuntimeError(f"{self.device.name} ended\n{self.lab.logs()}")
        return Cost(self.device)

    def stop_device(self):
        for process in self.device.processes:
            stop(process)

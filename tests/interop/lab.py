"""A laboratory of network namespaces: one edge router between a LAN and a pair of MSEEs, as ExpressRoute has it.

        lan ---- edge ---- primary   192.168.15.16/30, 2001:db8:15::/126 ---- msee1 ---- azure
                      ---- secondary 192.168.15.20/30, 2001:db8:15::4/126 --- msee2 ----

Everything a test starts (namespaces, processes, files) belongs to a Lab and goes with it. Names carry the process id of the
test run, so that runs side by side do not meet; what a killed run left behind is swept by the next one.
"""
import contextlib
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PREFIX = "interop"
SUBNET = "192.168.15.16/29"
SUBNET6 = "2001:db8:15::/125"
# Sanitized builds on a shared machine are slow: a deadline says "never", not "how fast".
DEADLINE = float(os.environ.get("DYAD_DEADLINE", 40))
_numbers = itertools.count(1)


class Link:
    """One link of the peering: the edge's end and the MSEE's (facts: ours is the first usable address, theirs the second)."""

    def __init__(self, name, namespace, first):
        self.name, self.namespace, self.interface = name, namespace, name
        self.ours, self.theirs = f"192.168.15.{16 + first}", f"192.168.15.{17 + first}"
        self.ours6, self.theirs6 = f"2001:db8:15::{first}", f"2001:db8:15::{first + 1}"


def run(*command, check=True, timeout=120, stdin=None):
    """Runs a command to its end; its output, or an error that shows what it said."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_for(condition, what, deadline=None):
    """Waits until `condition()` is true and returns what it gave; an AssertionError that says `what` when it never is."""
    end = time.monotonic() + (deadline or DEADLINE)
    value = last = None
    while True:
        try:
            value, last = condition(), None
        except (RuntimeError, OSError, subprocess.SubprocessError, json.JSONDecodeError, KeyError) as error:
            value, last = None, error  # a daemon that is not up yet
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"never: {what}; last: {last if last else value!r}")
        time.sleep(0.1)


def processes_in(namespace):
    """Process ids that live in a namespace, whoever started them."""
    return [int(pid) for pid in run("ip", "netns", "pids", namespace, check=False).split()]


def sweep():
    """Removes what test runs that are gone have left behind."""
    for name in re.findall(rf"^({PREFIX}-(\d+)-\S+)", run("ip", "netns", "list", check=False), re.M):
        if not pathlib.Path(f"/proc/{name[1]}").exists():
            remove(name[0])


def remove(namespace):
    for pid in processes_in(namespace):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    run("ip", "netns", "del", namespace, check=False)


class Lab:
    """The namespaces and everything that runs in them; a context manager."""

    def __init__(self, ends=False):
        """`ends`: with a LAN behind the edge and an Azure behind the MSEEs, for packets that go all the way."""
        self.tag = f"{PREFIX}-{os.getpid()}-{next(_numbers)}"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dyad-interop-"))
        self.dir.chmod(0o755)  # daemons that drop root read their files
        self.processes = []
        self.namespaces = []
        self.edge, msee1, msee2 = (self._namespace(role) for role in ("edge", "msee1", "msee2"))
        self.primary, self.secondary = Link("primary", msee1, 1), Link("secondary", msee2, 5)
        self.links = [self.primary, self.secondary]
        for link in self.links:
            self._wire(link)
        if ends:
            self._add_ends()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process in reversed(self.processes):
            stop(process, signal.SIGKILL)
        for namespace in self.namespaces:
            remove(namespace)
        shutil.rmtree(self.dir, ignore_errors=True)

    # -- namespaces -----------------------------------------------------------------------------------------------------
    def _namespace(self, role):
        name = f"{self.tag}-{role}"
        run("ip", "netns", "add", name)
        self.namespaces.append(name)
        self.ip(name, "link", "set", "lo", "up")
        # No duplicate address detection: an address that is tentative for a second cannot be bound.
        for key in ("net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0", "net.ipv4.ip_forward=1",
                    "net.ipv6.conf.all.forwarding=1"):
            self.run(name, "sysctl", "-qw", key)
        return name

    def _wire(self, link):
        self.veth((self.edge, link.interface), (link.namespace, "edge"))
        for namespace, interface, ours, ours6 in ((self.edge, link.interface, link.ours, link.ours6),
                                                  (link.namespace, "edge", link.theirs, link.theirs6)):
            self.ip(namespace, "address", "add", f"{ours}/30", "dev", interface)
            self.ip(namespace, "address", "add", f"{ours6}/126", "dev", interface, "nodad")

    def _add_ends(self):
        """LAN 10.1.0.0/24 behind the edge; Azure 10.20.0.0/24 behind both MSEEs, which reach the LAN through the edge."""
        self.lan, self.azure = self._namespace("lan"), self._namespace("azure")
        self.veth((self.lan, "edge"), (self.edge, "lan"))
        self.ip(self.lan, "address", "add", "10.1.0.2/24", "dev", "edge")
        self.ip(self.edge, "address", "add", "10.1.0.1/24", "dev", "lan")
        self.ip(self.lan, "route", "add", "default", "via", "10.1.0.1")
        self.ip(self.azure, "address", "add", "10.20.0.4/24", "dev", "lo")
        for number, link in enumerate(self.links, 1):
            self.veth((self.azure, link.name), (link.namespace, "azure"))
            self.ip(self.azure, "address", "add", f"10.99.{number}.2/30", "dev", link.name)
            self.ip(link.namespace, "address", "add", f"10.99.{number}.1/30", "dev", "azure")
            self.ip(link.namespace, "route", "add", "10.20.0.0/24", "via", f"10.99.{number}.2")
            self.ip(link.namespace, "route", "add", "10.1.0.0/16", "via", link.ours)
        # Answers come back over either link, as from Azure; loose filtering lets the paths differ.
        for namespace in self.namespaces:
            self.run(namespace, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")

    def silence(self, link):
        """From now on the link loses everything, both ways, and keeps its carrier at both ends."""
        self.run(link.namespace, "nft", "-f", "-", stdin="""table netdev silent {
            chain in { type filter hook ingress device "edge" priority 0; drop; }
            chain out { type filter hook egress device "edge" priority 0; drop; }
        }""")

    def end_silence(self, link):
        self.run(link.namespace, "nft", "delete", "table", "netdev", "silent")

    def veth(self, one, other):
        """Makes a pair of interfaces inside two namespaces and sets both up; each end is (namespace, name)."""
        run("ip", "link", "add", one[1], "netns", one[0], "type", "veth", "peer", "name", other[1], "netns", other[0])
        for namespace, interface in (one, other):
            self.ip(namespace, "link", "set", interface, "up")

    def ip(self, namespace, *words):
        return run("ip", "-n", namespace, *words)

    def ip_json(self, namespace, *words):
        return json.loads(run("ip", "-n", namespace, "-j", *words) or "[]")

    def run(self, namespace, *command, **options):
        return run("ip", "netns", "exec", namespace, *map(str, command), **options)

    # -- processes ------------------------------------------------------------------------------------------------------
    def start(self, namespace, *command, log, env=None, private_run=(), output=None):
        """Starts a daemon in a namespace, its output in the file `log` (standard output in `output`, where given).
        `private_run`: folders of a /run of its own, for daemons with fixed paths; each "path" or "path:owner"."""
        command = ["ip", "netns", "exec", namespace, *map(str, command)]
        if private_run:
            script = "mount -t tmpfs tmpfs /run\n"
            for folder in private_run:
                path, _, owner = folder.partition(":")
                script += f"mkdir -p {path}\n" + (f"chown {owner} {path}\n" if owner else "")
            command = [*command[:4], "sh", "-ec", script + 'exec "$@"', "sh", *command[4:]]
        with open(log, "ab") as messages, contextlib.ExitStack() as files:
            out = files.enter_context(open(output, "ab")) if output else messages
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=messages,
                                       env={**os.environ, **(env or {})}, start_new_session=True)
        self.processes.append(process)
        return process

    def inside(self, process, *command, **options):
        """Runs a command with the namespaces of a running process, its private /run included."""
        return run("nsenter", "-t", str(process.pid), "-n", "-m", "-r", "--", *map(str, command), **options)

    def logs(self, lines=40):
        """The last lines of every log, for a failed test's report."""
        parts = []
        for file in sorted(self.dir.rglob("*.log")):
            text = file.read_text(errors="replace").splitlines()[-lines:]
            parts.append(f"--- {file.relative_to(self.dir)}\n" + "\n".join(text))
        return "\n".join(parts)

    # -- the kernel's view ----------------------------------------------------------------------------------------------
    def kernel_routes(self, family=4, namespace=None):
        """The BGP routes of the main table: prefix -> route, as `ip -j` tells it."""
        routes = self.ip_json(namespace or self.edge, f"-{family}", "route", "show", "proto", "bgp", "table", "main")
        return {full(route["dst"], family): route for route in routes}

    def nexthops(self):
        return {hop["id"]: hop for hop in self.ip_json(self.edge, "nexthop", "show")}

    def gateways(self, route):
        """The gateways that a kernel route goes by, group or not, sorted. Of a group where others stand by: the heaviest."""
        hops = self.nexthops()
        if "nhid" not in route:
            return sorted(hop["gateway"] for hop in route.get("nexthops", [route]))
        hop = hops[route["nhid"]]
        group = hop.get("group", [hop])
        if hop.get("type") == "resilient":
            group = [max(group, key=lambda member: member.get("weight", 1))]
        return sorted(hops[member["id"]]["gateway"] for member in group)


def full(prefix, family):
    """iproute2 leaves out the length of a host route and calls 0/0 `default`."""
    if prefix == "default":
        return "0.0.0.0/0" if family == 4 else "::/0"
    return prefix if "/" in prefix else f"{prefix}/{32 if family == 4 else 128}"


def stop(process, how=signal.SIGTERM):
    """Ends a process and what it started (its session), and waits for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, how)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Monitor:
    """Listens to what happens to routes and nexthops in a namespace; `with` it around what is being watched."""

    def __init__(self, lab, namespace):
        self.lab, self.namespace = lab, namespace
        self.file = lab.dir / f"monitor-{next(_numbers)}.txt"

    def __enter__(self):
        self.process = self.lab.start(self.namespace, "ip", "-o", "monitor", "route", "nexthop",
                                      log=self.lab.dir / "monitor.log", output=self.file)
        # It listens once a change of ours shows up.
        self._mark("198.18.255.1")
        return self

    def __exit__(self, *_):
        stop(self.process)

    def _mark(self, address):
        def seen():
            self.lab.ip(self.namespace, "route", "add", "blackhole", address)
            self.lab.ip(self.namespace, "route", "del", "blackhole", address)
            return address in self.file.read_text()
        wait_for(seen, "the monitor listens")

    def lines(self):
        """Everything seen so far; complete up to this call."""
        self._mark(f"198.18.254.{next(_numbers) % 250 + 1}")
        return [line for line in self.file.read_text().splitlines() if "198.18.25" not in line]

    def deleted_routes(self):
        return [line for line in self.route_changes() if line.startswith("Deleted")]

    def route_changes(self):
        return [line for line in self.lines() if "proto bgp" in line and not is_nexthop(line)]

    def nexthop_changes(self):
        return [line for line in self.lines() if "proto bgp" in line and is_nexthop(line)]


def is_nexthop(line):
    return line.removeprefix("Deleted ").startswith("id ")

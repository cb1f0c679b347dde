"""Who is measured: each speaker configured alike. All wait to be called (the bench's neighbours dial), take everything, pass
what the sources say on to the sinks, and write the kernel's table where asked."""
import pathlib
import shutil
import socket
import time
from dataclasses import dataclass

import dyad as speaker
from lab import run, wait_for

AS = 65010


@dataclass
class Peer:
    """A session of the device under test."""
    name: str
    ours: str
    theirs: str
    asn: int
    interface: str
    sink: bool = False
    hold: int = 180


class Device:
    name = "nobody"
    fib = True      # writes kernel routes
    needs = ()
    limit = 0       # of prefixes that the sink is told; 0: none

    def __init__(self, lab, peers, fib=False):
        self.lab, self.peers, self.with_fib = lab, peers, fib
        self.dir = lab.dir / self.name
        self.dir.mkdir()
        self.dir.chmod(0o777)  # some drop root before they write
        self.processes = []

    @classmethod
    def missing(cls):
        return [program for program in cls.needs if not shutil.which(program)]

    def sources(self):
        return [peer for peer in self.peers if not peer.sink]

    def launch(self, *command, **options):
        self.processes.append(self.lab.start(self.lab.edge, *command, log=self.dir / "messages.log", **options))

    def pids(self):
        """Every process that it consists of: those of the sessions that its first ones lead."""
        leaders = {process.pid for process in self.processes}
        found = []
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # gone meanwhile
            if int(fields[3]) in leaders:
                found.append(int(stat.parent.name))
        return found

    def running(self):
        return all(process.poll() is None for process in self.processes)

    # What an operator asks, over the control socket itself: starting a program takes longer than most answers.
    summary = listing = None

    def ask(self, question):
        """Milliseconds until the answer is complete, and its octets."""
        raise NotImplementedError


class Dyad(Device):
    name = "dyad"

    def start(self):
        text = f"""asn = {AS}
lab = true
[control]
socket = "{self.dir}/sock"
group = "root"
[log]
level = "warning"
[fib]
enabled = {"true" if self.with_fib else "false"}
"""
        for peer in self.peers:
            text += f"""[[neighbor]]
name = "{peer.name}"
address = "{peer.theirs}"
local_address = "{peer.ours}"
asn = {peer.asn}
passive = true
"""
            if peer.sink:
                names = ", ".join(f'"{source.name}"' for source in self.sources())
                text += f"pass_on = [{names}]\n" + (f"limits = {{ advertise = {self.limit} }}\n" if self.limit else "")
            else:
                text += "accept = { any = true }\nlimits = { receive = 2000000 }\n"
        file = self.dir / "dyad.toml"
        file.write_text(text)
        self.launch(speaker.release(), "run", "-c", file)

    summary, listing = b'{"ask": "summary"}\n', b'{"ask": "routes"}\n'

    def ask(self, question):
        start, octets = time.monotonic(), 0
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(60)
            control.connect(str(self.dir / "sock"))
            control.sendall(question)
            while part := control.recv(1 << 18):
                octets += len(part)
        return 1e3 * (time.monotonic() - start), octets


class Bird(Device):
    name, needs = "bird", ("bird", "birdc")

    def start(self):
        text = f"router id {self.peers[0].ours};\nprotocol device {{}}\n"
        if self.with_fib:
            text += "protocol kernel { merge paths on; ipv4 { import none; export all; }; }\n"
        for number, peer in enumerate(self.peers):
            export = "all" if peer.sink else "none"
            limit = f"export limit {self.limit} action block; " if self.limit and peer.sink else ""
            text += (f"protocol bgp p{number} {{ local {peer.ours} as {AS}; neighbor {peer.theirs} as {peer.asn}; passive on; "
                     f"ipv4 {{ import {'none' if peer.sink else 'all'}; export {export}; {limit}}}; }}\n")
        file = self.dir / "bird.conf"
        file.write_text(text)
        self.launch("bird", "-f", "-c", file, "-s", self.dir / "ctl", "-P", self.dir / "pid")

    summary, listing = b"show protocols\n", b"show route all\n"

    def ask(self, question):
        start, octets = time.monotonic(), 0
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(60)
            control.connect(str(self.dir / "ctl"))
            control.recv(4096)  # who it is
            control.sendall(question)
            end = b""
            while b"\n0000" not in end and (part := control.recv(1 << 18)):  # the line that ends every answer
                octets += len(part)
                end = (end + part)[-8:]
        return 1e3 * (time.monotonic() - start), octets


class Frr(Device):
    name, needs = "frr", ("/usr/lib/frr/bgpd", "/usr/lib/frr/zebra")

    def start(self):
        lines = [f"router bgp {AS}", f" bgp router-id {self.peers[0].ours}", " no bgp ebgp-requires-policy",
                 " no bgp network import-check", " timers bgp 60 180"]
        for peer in self.peers:
            lines += [f" neighbor {peer.theirs} remote-as {peer.asn}", f" neighbor {peer.theirs} passive",
                      f" neighbor {peer.theirs} advertisement-interval 0"]
        lines += [" address-family ipv4 unicast", "  maximum-paths 8"]
        lines += [f"  neighbor {peer.theirs} route-map nothing {'in' if peer.sink else 'out'}" for peer in self.peers]
        lines += [" exit-address-family", "exit", "route-map nothing deny 10"]
        file = self.dir / "bgpd.conf"
        file.write_text("\n".join(lines) + "\n")
        run("chown", "-R", "frr:frr", str(self.dir))
        # bgpd asks zebra about interfaces and next hops, kernel routes or not.
        self.launch("/usr/lib/frr/zebra", "-f", "/dev/null", *self.common("zebra"))
        wait_for(lambda: (self.dir / "zserv").exists(), "zebra's socket")
        self.launch("/usr/lib/frr/bgpd", *([] if self.with_fib else ["-n"]), "-f", file, *self.common("bgpd"))

    def common(self, daemon):
        return ["-z", self.dir / "zserv", "-i", self.dir / f"{daemon}.pid", "--vty_socket", self.dir, "-A", "127.0.0.1", "-P", "0"]


class GoBgp(Device):
    name, needs, fib = "gobgp", ("gobgpd", "gobgp"), False

    def start(self):
        text = f'[global.config]\n  as = {AS}\n  router-id = "{self.peers[0].ours}"\n'
        for peer in self.peers:
            text += f"""[[neighbors]]
[neighbors.config]
  neighbor-address = "{peer.theirs}"
  peer-as = {peer.asn}
[neighbors.transport.config]
  passive-mode = true
  local-address = "{peer.ours}"
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
  afi-safi-name = "ipv4-unicast"
"""
        file = self.dir / "gobgpd.toml"
        file.write_text(text)
        self.launch("gobgpd", "-f", file, "-t", "toml", f"--api-hosts=unix://{self.dir}/api", "--pprof-disable", "-l", "warn")


class OpenBgpd(Device):
    name, needs, fib = "openbgpd", ("/usr/sbin/bgpd", "bgpctl"), False

    def start(self):
        lines = [f"AS {AS}", f"router-id {self.peers[0].ours}", f'socket "{self.dir}/ctl"', "nexthop qualify via default",
                 "fib-update no"]
        for peer in self.peers:
            lines += [f"neighbor {peer.theirs} {{", f"  remote-as {peer.asn}", f"  local-address {peer.ours}", "  passive",
                      "  announce IPv4 unicast", "" if peer.sink else "  export none", "}"]
        lines += [f"allow from {peer.theirs}" for peer in self.sources()]
        lines += [f"allow to {peer.theirs}" for peer in self.peers if peer.sink]
        file = self.dir / "bgpd.conf"
        file.write_text("\n".join(line for line in lines if line) + "\n")
        file.chmod(0o600)
        # It changes root to /run/openbgpd, which the package makes only when its service starts.
        self.launch("/usr/sbin/bgpd", "-d", "-f", file, private_run=["/run/openbgpd"])


ALL = {device.name: device for device in (Dyad, Bird, Frr, GoBgp, OpenBgpd)}

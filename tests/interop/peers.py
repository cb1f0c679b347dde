"""Five BGP speakers, each playing an MSEE: AS 12076, one instance a link, announcing prefixes of Azure with attributes.

Every one answers the same questions: are you Established with the edge, and what did you receive from it
(`received()`: prefix -> {"as_path": "65010", "next_hop": ..., "origin": "IGP"}).
"""
import fcntl
import json
import os
import shutil
import struct
import subprocess
import termios

from lab import run, stop, wait_for
import mrt

COMMUNITY = "12076:51004"  # Azure private peering, US East 2
MED = 77
# With these a route needs more than 4,096 octets: it goes in an extended message or not at all.
LONG = [f"12076:1:{n}" for n in range(400)]


class Msee:
    """What all five have: addresses, what they announce, how they start and end."""
    name = ""
    needs = ()            # programs that must be there
    dials = True          # opens connections by itself, too
    md5 = True
    v6 = True

    def __init__(self, lab, link, prefixes=(), prefixes6=(), asn=12076, password=None, with_v6=False, passive=False, features=(), limit=None):
        """`features`: of "graceful", "extended", "add-path" (a second path for `twice`), "role" (provider), "enhanced".
        `limit`: of prefixes that it takes; at one more (FRR: two) it ends the session with Cease/1."""
        self.limit = limit
        self.features = frozenset(features)
        self.twice = list(prefixes)[:3]
        self.long = list(prefixes)[3] if "extended" in self.features else None  # goes with LONG
        self.starts = 0
        self.lab, self.link, self.namespace = lab, link, link.namespace
        self.prefixes, self.prefixes6 = list(prefixes), list(prefixes6)
        self.asn, self.password, self.with_v6, self.passive = asn, password, with_v6, passive
        self.dir = lab.dir / f"{self.name}-{link.name}"
        self.dir.mkdir(exist_ok=True)
        self.dir.chmod(0o777)  # they drop root before they write
        self.log = self.dir / "messages.log"
        self.process = None

    @classmethod
    def missing(cls):
        return [program for program in cls.needs if not (shutil.which(program) or shutil.which(program, path="/usr/lib/frr"))]

    def start(self):
        self.write_config()
        self.process = self.launch()
        self.starts += 1
        return self

    def edge(self, family=4):
        return self.link.ours if family == 4 else self.link.ours6

    # What the matrix has them do; the words travel in their NOTIFICATION (RFC 9003).
    def request_refresh(self):
        raise NotImplementedError

    def shut_down(self, text):
        raise NotImplementedError

    def heard(self, text):
        """Whether it shows a text that came with our NOTIFICATION."""
        return text in self.log.read_text(errors="replace")

    def hurry(self):
        """Ends a pause of its own before the next call, where that is long."""

    def kill(self):
        """As a crash: SIGKILL, no NOTIFICATION."""
        stop(self.process, 9)

    def sessions(self):
        """(our address, edge's address, prefixes) of each session: IPv4, and IPv6 where asked."""
        yield self.link.theirs, self.link.ours, self.prefixes, 4
        if self.with_v6:
            yield self.link.theirs6, self.link.ours6, self.prefixes6, 6

    def conf(self, text, name="speaker.conf", mode=0o640):
        file = self.dir / name
        file.write_text(text)
        file.chmod(mode)
        return file


class Bird(Msee):
    name, needs = "bird", ("bird", "birdc")

    def write_config(self):
        key = f'password "{self.password}";' if self.password else ""
        text = f'log "{self.log}" all;\nrouter id {self.link.theirs};\nprotocol device {{}}\n'
        for ours, edge, prefixes, family in self.sessions():
            text += f"protocol static vnets{family} {{\n  ipv{family};\n"
            text += "".join(f"  route {prefix} unreachable;\n" for prefix in prefixes)
            if "add-path" in self.features and family == 4:
                text += "}\nprotocol static twice {\n  ipv4 { preference 150; };\n"
                text += "".join(f"  route {prefix} blackhole;\n" for prefix in self.twice)
            a, b = COMMUNITY.split(":")
            long = "".join(f"bgp_large_community.add(({community.replace(':', ',')}));" for community in LONG)
            text += f"""}}
protocol bgp edge{family} {{
  local {ours} as {self.asn};
  neighbor {edge} as 65010;
  connect delay time 1;
  error wait time 1, 5;
  passive {"on" if self.passive else "off"};
  {key}
  {"graceful restart on; graceful restart time 30;" if "graceful" in self.features else ""}
  {"enable extended messages on;" if "extended" in self.features else ""}
  {"local role provider;" if "role" in self.features else ""}
  ipv{family} {{
    {"add paths tx;" if "add-path" in self.features else ""}
    {f"import limit {self.limit} action restart;" if self.limit else ""}
    import all;
    export filter {{
      if source != RTS_STATIC then reject;
      bgp_community.add(({a},{b}));
      bgp_med = {MED};
      {f"if net = {self.long} then {{{long}}}" if self.long in prefixes else ""}
      accept;
    }};
  }};
}}
"""
        self.conf(text)

    def launch(self):
        # A private namespace of mounts is not needed: all its paths are arguments.
        return self.lab.start(self.namespace, "bird", "-f", "-c", self.dir / "speaker.conf", "-s", self.dir / "ctl",
                              "-P", self.dir / "pid", *(["-R"] if "graceful" in self.features and self.starts else []), log=self.log)

    def request_refresh(self):
        self.ask("reload", "in", "edge4")

    def shut_down(self, text):
        self.ask("disable", "edge4", f'"{text}"')

    def come_back(self):
        self.ask("enable", "edge4")

    def heard(self, text):
        return super().heard(text) or text in self.ask("show", "protocols", "all", "edge4")

    def ask(self, *words):
        return run("birdc", "-s", str(self.dir / "ctl"), *words)

    def established(self, family=4):
        return "Established" in self.ask("show", "protocols", f"edge{family}")

    def received(self, family=4):
        out = {}
        prefix = None
        for line in self.ask("show", "route", "all", "protocol", f"edge{family}").splitlines():
            words = line.split()
            if len(words) > 1 and "/" in words[0] and f"edge{family}" in line:
                prefix = words[0]
                out[prefix] = {}
            elif prefix and line.startswith("\t"):
                key, _, value = line.strip().partition(": ")
                if key == "BGP.origin":
                    out[prefix]["origin"] = value
                elif key == "BGP.as_path":
                    out[prefix]["as_path"] = value
                elif key == "BGP.next_hop":
                    out[prefix]["next_hop"] = value.split()[0]
        return out


class Frr(Msee):
    name, needs = "frr", ("bgpd", "vtysh")

    @classmethod
    def missing(cls):
        return [file for file in ("/usr/lib/frr/bgpd", "/usr/bin/vtysh") if not shutil.which(file)]

    def write_config(self):
        # Only its own routes: FRR would echo ours back, which the loop check has a test of its own for.
        # The policy stands before its use: one that comes later is applied only after the delay timer's 5 s, behind an End-of-RIB.
        lines = [f"log file {self.log}", "bgp as-path access-list own permit ^$"]
        if self.long:
            lines.append(f"ip prefix-list long permit {self.long}")
            for n in range(0, len(LONG), 100):  # a line has 4,096 octets at most
                lines += [f"route-map tags permit {n + 1}", " match ip address prefix-list long",
                          f" set large-community {' '.join(LONG[n:n + 100])} additive", " on-match next"]
        lines += ["route-map tags permit 1000", " match as-path own", f" set community {COMMUNITY}", f" set metric {MED}"]
        lines += ["exit", f"router bgp {self.asn}", f" bgp router-id {self.link.theirs}", " bgp log-neighbor-changes",
                 " no bgp ebgp-requires-policy", " no bgp network import-check", " no bgp default ipv4-unicast"]
        if "graceful" in self.features:
            lines += [" bgp graceful-restart", " bgp graceful-restart preserve-fw-state", " bgp graceful-restart restart-time 30"]
        for _, edge, _, _ in self.sessions():
            lines += [f" neighbor {edge} remote-as 65010", f" neighbor {edge} timers connect 2",
                      f" neighbor {edge} advertisement-interval 0"]
            if self.password:
                lines.append(f" neighbor {edge} password {self.password}")
            if self.passive:
                lines.append(f" neighbor {edge} passive")
            if "role" in self.features:
                lines.append(f" neighbor {edge} local-role provider")
        for _, edge, prefixes, family in self.sessions():
            lines += [f" address-family ipv{family} unicast", f"  neighbor {edge} activate",
                      f"  neighbor {edge} route-map tags out"]
            if self.limit:
                lines.append(f"  neighbor {edge} maximum-prefix {self.limit}")
            if "add-path" in self.features and family == 4:
                lines += [f"  neighbor {edge} addpath-tx-all-paths", "  redistribute kernel"]
            lines += [f"  network {prefix}" for prefix in prefixes]
            lines.append(" exit-address-family")
        self.conf("\n".join(lines) + "\n", mode=0o644)

    def launch(self):
        self.log.touch()
        run("chown", "-R", "frr:frr", str(self.dir))
        # zebra tells it the interfaces, without which an IPv6 next hop with a link-local part is nobody's; -n: no routes of
        # bgpd in the kernel.
        self.zebra = self.lab.start(self.namespace, "/usr/lib/frr/zebra", "-f", "/dev/null", *self.common("zebra"),
                                    log=self.dir / "zebra.log")
        wait_for(lambda: (self.dir / "zserv").exists(), "zebra's socket")
        if "add-path" in self.features:  # its second source for the same prefixes
            for prefix in self.twice:
                self.lab.ip(self.namespace, "route", "replace", "blackhole", prefix)
        return self.lab.start(self.namespace, "/usr/lib/frr/bgpd", "-n", "-f", self.dir / "speaker.conf", *self.common("bgpd"),
                              log=self.log)

    def common(self, daemon):
        return ["-z", self.dir / "zserv", "-i", self.dir / f"{daemon}.pid", "--vty_socket", self.dir, "-A", "127.0.0.1", "-P", "0"]

    def kill(self):
        super().kill()
        stop(self.zebra, 9)
        (self.dir / "zserv").unlink(missing_ok=True)

    def do(self, *commands):
        return run("vtysh", "--vty_socket", str(self.dir), "-d", "bgpd", *(word for command in commands for word in ("-c", command)))

    def request_refresh(self):
        self.do(f"clear bgp ipv4 unicast {self.edge()} soft in")

    def shut_down(self, text):
        self.do("configure terminal", f"router bgp {self.asn}", f"neighbor {self.edge()} shutdown message {text}")

    def come_back(self):
        self.do("configure terminal", f"router bgp {self.asn}", f"no neighbor {self.edge()} shutdown")

    def heard(self, text):
        return super().heard(text) or text in self.do(f"show bgp neighbors {self.edge()}")

    def ask(self, command):
        return json.loads(run("vtysh", "--vty_socket", str(self.dir), "-d", "bgpd", "-c", command) or "{}")

    def established(self, family=4):
        answer = self.ask(f"show bgp neighbors {self.edge(family)} json")
        return answer[self.edge(family)]["bgpState"] == "Established"

    def received(self, family=4):
        routes = self.ask(f"show bgp ipv{family} unicast json")["routes"]
        out = {}
        for prefix, paths in routes.items():
            for path in paths:
                if path.get("peerId") == self.edge(family):
                    hop = [hop["ip"] for hop in path["nexthops"] if hop.get("scope") != "link-local"]
                    out[prefix] = {"as_path": path["path"], "next_hop": hop[0], "origin": path["origin"]}
        return out


class GoBgp(Msee):
    name, needs = "gobgp", ("gobgpd", "gobgp")

    def write_config(self):
        text = f'[global.config]\n  as = {self.asn}\n  router-id = "{self.link.theirs}"\n'
        for ours, edge, _, family in self.sessions():
            text += f'[[neighbors]]\n[neighbors.config]\n  neighbor-address = "{edge}"\n  peer-as = 65010\n'
            if self.password:
                text += f'  auth-password = "{self.password}"\n'
            text += f'[neighbors.transport.config]\n  local-address = "{ours}"\n'
            text += f"  passive-mode = {'true' if self.passive else 'false'}\n"
            text += "[neighbors.timers.config]\n  connect-retry = 2\n  idle-hold-time-after-reset = 2\n"
            if "graceful" in self.features:
                text += "[neighbors.graceful-restart.config]\n  enabled = true\n  restart-time = 30\n"
            text += f'[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\n  afi-safi-name = "ipv{family}-unicast"\n'
            if self.limit:
                text += f"[neighbors.afi-safis.prefix-limit.config]\n  max-prefixes = {self.limit}\n"
            if "graceful" in self.features:
                text += "[neighbors.afi-safis.mp-graceful-restart.config]\n  enabled = true\n"
            if "add-path" in self.features:
                text += "[neighbors.afi-safis.add-paths.config]\n  send-max = 4\n"
        self.conf(text, "speaker.toml")

    def launch(self):
        (self.dir / "api").unlink(missing_ok=True)
        process = self.lab.start(self.namespace, "gobgpd", "-f", self.dir / "speaker.toml", "-t", "toml", "--log-plain",
                                 f"--api-hosts=unix://{self.dir}/api", "--pprof-disable",
                                 *(["-r"] if "graceful" in self.features and self.starts else []), log=self.log)
        wait_for(lambda: self.ask("global"), "gobgpd's API")
        if self.prefixes or self.prefixes6:
            self.inject(mrt.table(self.prefixes + self.prefixes6, self.link.theirs, med=MED, communities=[COMMUNITY],
                                  next_hop6=self.link.theirs6), len(self.prefixes) + len(self.prefixes6))
        if "add-path" in self.features:
            for prefix in self.twice:
                run("gobgp", f"--target=unix://{self.dir}/api", "global", "rib", "add", prefix, "identifier", "7", "nexthop",
                    self.link.theirs, "med", "7")
        return process

    def inject(self, octets, count=None, *words):
        """Announces what an MRT table holds; waits for `count` routes, where given.

        gobgp 3.10 ends without waiting for the daemon, and what is still on its way is lost: a pipe that stays open keeps the
        client there until the daemon has counted. And it takes a short read for a whole record: of what a full pipe hands out in
        pieces it reads on in the middle of a record, announces a fraction and spins. So only whole records go in, and only into an
        empty pipe: 6,870 prefixes of 27 neighbours (22 MB) in 2 s, where a plain write got 1,372 in and took 98 s."""
        pipe = self.dir / "table.pipe"
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe)
        client = subprocess.Popen(["gobgp", f"--target=unix://{self.dir}/api", "mrt", "inject", "global", *words, str(pipe)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        writer = os.open(pipe, os.O_WRONLY)
        try:
            room = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)
            for part in mrt.whole_records(octets, room):
                os.write(writer, part)
                wait_for(lambda: self._drained(writer) or client.poll() is not None, "gobgp reads what it was given")
            if count is not None:
                wait_for(lambda: self.count() >= count, f"gobgp takes {count} routes")
        finally:
            os.close(writer)
            client.wait(timeout=60)

    @staticmethod
    def _drained(pipe):
        return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0] == 0

    def command(self, *words):
        return run("gobgp", f"--target=unix://{self.dir}/api", "neighbor", self.edge(), *words)

    def request_refresh(self):
        self.command("softresetin")

    def shut_down(self, text):
        self.command("shutdown", "--reason", text)

    def come_back(self):
        self.command("enable")

    def count(self):
        return sum(json.loads(self.ask("global", "rib", "summary", "-a", family)).get("num_destination", 0) for family in ("ipv4", "ipv6"))

    def ask(self, *words):
        return run("gobgp", f"--target=unix://{self.dir}/api", "-j", *words)

    def established(self, family=4):
        for peer in json.loads(self.ask("neighbor")):
            if peer["state"]["neighbor_address"] == (self.link.ours if family == 4 else self.link.ours6):
                return peer["state"].get("session_state") == 6
        return False

    def received(self, family=4):
        edge = self.link.ours if family == 4 else self.link.ours6
        table = json.loads(self.ask("neighbor", edge, "adj-in", "-a", f"ipv{family}") or "{}")
        out = {}
        for prefix, paths in table.items():
            for path in paths:
                found = out.setdefault(prefix, {})
                for attribute in path["attrs"]:
                    if attribute["type"] == 1:
                        found["origin"] = ("IGP", "EGP", "Incomplete")[attribute["value"]]
                    elif attribute["type"] == 2:
                        found["as_path"] = " ".join(str(asn) for segment in attribute["as_paths"] for asn in segment["asns"])
                    elif attribute["type"] in (3, 14):
                        found["next_hop"] = attribute["nexthop"]
        return out


class OpenBgpd(Msee):
    name, needs = "openbgpd", ("/usr/sbin/bgpd", "bgpctl")

    def write_config(self):
        lines = [f"AS {self.asn}", f"router-id {self.link.theirs}", f'socket "{self.dir}/ctl"',
                 "connect-retry 2", "nexthop qualify via default"]
        for _, _, prefixes, family in self.sessions():
            if prefixes:
                lines += [f"prefix-set vnets{family} {{", *prefixes, "}",
                          f"network prefix-set vnets{family} set {{ community {COMMUNITY} med {MED} }}"]
        for ours, edge, _, family in self.sessions():
            lines += [f"neighbor {edge} {{", "  remote-as 65010", "  descr edge", f"  local-address {ours}",
                      f"  announce IPv{family} unicast"]
            if self.limit:
                lines.append(f"  max-prefix {self.limit} restart 1")
            if self.password:
                lines.append(f"  tcp md5sig password {self.password}")
            if self.passive:
                lines.append("  passive")
            if "enhanced" in self.features:
                lines.append("  announce enhanced refresh yes")
            if "role" in self.features:
                lines.append("  announce policy provider")
            if "add-path" in self.features:
                lines.append("  announce add-path send all")
            lines.append("}")
        if "add-path" in self.features:
            lines += ["neighbor 127.0.0.2 {", "  remote-as 64999", "  local-address 127.0.0.1", "  announce IPv4 unicast", "  passive", "}"]
        lines += ["allow from any", "allow to any"]
        self.conf("\n".join(line for line in lines if not line.startswith("connect-retry")) + "\n", mode=0o600)

    def launch(self):
        # It changes root to /run/openbgpd, which the package makes only when its service starts.
        return self.lab.start(self.namespace, "/usr/sbin/bgpd", "-d", "-f", self.dir / "speaker.conf", log=self.log,
                              private_run=["/run/openbgpd"])

    def command(self, *words):
        return self.lab.inside(self.process, "bgpctl", "-s", f"{self.dir}/ctl", "neighbor", self.edge(), *words)

    def request_refresh(self):
        self.command("refresh")

    def shut_down(self, text):
        self.command("down", text)

    def come_back(self):
        self.command("up")

    def hurry(self):
        self.command("up")  # else it rests for 30 s after a NOTIFICATION

    def heard(self, text):
        return super().heard(text) or text in json.dumps(self.ask("show", "neighbor", self.edge()))

    def ask(self, *words):
        return json.loads(self.lab.inside(self.process, "bgpctl", "-s", f"{self.dir}/ctl", "-j", *words) or "{}")

    def established(self, family=4):
        answer = self.ask("show", "neighbor", self.edge(family))
        return answer["neighbors"][0]["state"] == "Established"

    def received(self, family=4):
        answer = self.ask("show", "rib", "in", "neighbor", self.edge(family), "detail")
        return {route["prefix"]: {"as_path": route["aspath"], "next_hop": route["exit_nexthop"], "origin": route["origin"]}
                for route in answer.get("rib", [])}


# Run by ExaBGP itself, which reports what arrives as JSON lines on this program's standard input.
_EXABGP_RECORDER = """#!/usr/bin/env python3
import os, select, sys
os.path.exists(sys.argv[2]) or os.mkfifo(sys.argv[2])
commands = os.fdopen(os.open(sys.argv[2], os.O_RDWR | os.O_NONBLOCK), buffering=1)
with open(sys.argv[1], "a") as record:
    while True:
        ready = select.select([sys.stdin, commands], [], [])[0]
        if sys.stdin in ready:
            chunk = os.read(0, 65536).decode()
            if not chunk:
                break
            record.write(chunk)
            record.flush()
        if commands in ready:
            sys.stdout.write(commands.readline())
            sys.stdout.flush()
"""


class ExaBgp(Msee):
    name, needs = "exabgp", ("exabgp",)

    def write_config(self):
        self.record = self.dir / "received.jsonl"
        script = self.conf(_EXABGP_RECORDER, "record.py", 0o755)
        text = f"process record {{\n  run {script} {self.record} {self.dir}/commands;\n  encoder json;\n}}\n"
        for ours, edge, prefixes, family in self.sessions():
            text += f"""neighbor {edge} {{
  router-id {self.link.theirs};
  local-address {ours};
  local-as {self.asn};
  peer-as 65010;
  {f'md5-password "{self.password}";' if self.password else ""}
  {"passive true;" if self.passive else ""}
  family {{ ipv{family} unicast; }}
  capability {{
    asn4 enable;
    route-refresh enable;
    {"graceful-restart 30;" if "graceful" in self.features else ""}
    {"extended-message enable;" if "extended" in self.features else "extended-message disable;"}
    {"add-path send;" if "add-path" in self.features else ""}
  }}
  api {{ processes [ record ]; neighbor-changes; receive {{ parsed; packets; update; notification; }} }}
  static {{
"""
            long = f"large-community [ {' '.join(LONG)} ]"
            text += "".join(f"    route {prefix} next-hop {ours} community [ {COMMUNITY} ] {long if prefix == self.long else ''} med {MED};\n"
                            for prefix in prefixes)
            if "add-path" in self.features and family == 4:
                text += "".join(f"    route {prefix} next-hop {ours} path-information 0.0.0.7 med 7;\n" for prefix in self.twice)
            text += "  }\n}\n"
        self.conf(text)

    def launch(self):
        self.record.unlink(missing_ok=True)
        # One listener at most an address; with it, both sides can open the connection.
        binds = " ".join(ours for ours, *_ in self.sessions())
        return self.lab.start(self.namespace, "exabgp", self.dir / "speaker.conf", log=self.log, env={
            "exabgp.tcp.bind": binds, "exabgp.tcp.port": "179", "exabgp.daemon.user": "root", "exabgp.api.cli": "false",
            "exabgp.log.destination": "stderr", "exabgp.cache.attributes": "true", "exabgp.tcp.delay": "0"})

    def command(self, line):
        with open(self.dir / "commands", "w") as commands:
            commands.write(line + "\n")

    def request_refresh(self):
        self.command(f"neighbor {self.edge()} announce route-refresh ipv4 unicast")

    def heard(self, text):
        # As octets: 4.2.21 fails where it puts a text into words (it formats octets with a string), and answers 1/0.
        said = [event for event in self.events() if event["type"] == "notification"]
        return super().heard(text) or any(text in json.dumps(event) or text.encode().hex() in json.dumps(event).lower() for event in said)

    def events(self):
        if not self.record.exists():
            return
        for line in self.record.read_text().split("\n")[:-1]:  # behind the last end of line it is still writing
            if line.startswith("{"):  # else the answer to a command
                yield json.loads(line)

    def established(self, family=4):
        state = None
        for event in self.events():
            if event["type"] == "state" and event["neighbor"]["address"]["peer"] == self.edge(family):
                state = event["neighbor"]["state"]
        return state == "up"

    def received(self, family=4):
        out = {}
        for event in self.events():
            if event["neighbor"]["address"]["peer"] != self.edge(family):
                continue
            if event["type"] == "state" and event["neighbor"]["state"] != "up":
                out.clear()
            if event["type"] != "update" or "update" not in event["neighbor"]["message"]:
                continue
            update = event["neighbor"]["message"]["update"]
            key = f"ipv{family} unicast"
            for route in update.get("withdraw", {}).get(key, []):
                out.pop(route["nlri"], None)
            for hop, routes in update.get("announce", {}).get(key, {}).items():
                for route in routes:
                    attributes = update["attribute"]
                    out[route["nlri"]] = {"as_path": " ".join(map(str, attributes["as-path"])), "next_hop": hop,
                                          "origin": attributes["origin"].upper()}
        return out


ALL = [Bird, Frr, GoBgp, OpenBgpd, ExaBgp]

"""Who is measured by failover.py: the edge router of a pair, with BFD, IPv4 and IPv6, sharing its load or preferring the primary."""
from devices import AS, Bird, Frr
from lab import run, wait_for

import dyad as speaker


class Edge:
    """bfd: milliseconds, three of them are the detection time. preferred: all traffic by the primary while it is there."""

    uses_mended_link = True

    def __init__(self, lab, bfd, preferred):
        self.lab, self.bfd, self.preferred = lab, bfd, preferred
        self.dir = lab.dir / f"edge-{self.name}"
        self.dir.mkdir()
        self.dir.chmod(0o777)

    def sessions(self):
        """name, ours, theirs, family, whether it is the one preferred."""
        for link in self.lab.links:
            best = self.preferred and link is self.lab.primary
            yield f"{link.name}4", link.ours, link.theirs, 4, best
            yield f"{link.name}6", link.ours6, link.theirs6, 6, best

    def launch(self, *command, **options):
        self.lab.start(self.lab.edge, *command, log=self.dir / "messages.log", **options)


class DyadEdge(Edge):
    name, needs = "dyad", ()

    def start(self):
        lines = f'bfd = {{ transmit = "{self.bfd}ms", receive = "{self.bfd}ms" }}\nlimits = {{ receive = 2000000 }}\n'
        lines += 'prefer = "primary"' if self.preferred else ""
        self.daemon = speaker.Dyad(self.lab, with_v6=True, private=lines, program=speaker.release()).start()

    def drain(self):
        self.daemon.ask("drain", "primary")

    def undrain(self):
        self.daemon.ask("undrain", "primary")


class BirdEdge(Edge):
    name, needs = Bird.name, Bird.needs

    def start(self):
        text = f"router id {self.lab.primary.ours};\nprotocol device {{}}\n"
        text += "".join(f"protocol kernel {{ merge paths on; ipv{family} {{ import none; export all; }}; }}\n" for family in (4, 6))
        text += f'protocol bfd {{ interface "*" {{ interval {self.bfd} ms; multiplier 3; }}; }}\n'
        for name, ours, theirs, family, best in self.sessions():
            wanted = "filter { bgp_local_pref = 200; accept; }" if best else "all"
            text += (f"protocol bgp {name} {{ local {ours} as {AS}; neighbor {theirs} as 12076; bfd on; connect delay time 1; "
                     f"error wait time 1, 2; ipv{family} {{ import {wanted}; export none; }}; }}\n")
        file = self.dir / "bird.conf"
        file.write_text(text)
        self.launch("bird", "-f", "-c", file, "-s", self.dir / "ctl", "-P", self.dir / "pid")

    def ask(self, verb):
        for name in "primary4", "primary6":
            run("birdc", "-s", str(self.dir / "ctl"), verb, name)

    def drain(self):
        self.ask("disable")

    def undrain(self):
        self.ask("enable")


class FrrEdge(Edge):
    name, needs = Frr.name, (*Frr.needs, "/usr/lib/frr/bfdd", "vtysh")
    # 8.4.4: the sessions are up again and the routes known, but none goes over that link before a restart.
    uses_mended_link = False

    def start(self):
        lines = [f"router bgp {AS}", f" bgp router-id {self.lab.primary.ours}", " no bgp ebgp-requires-policy", " no bgp network import-check",
                 " no bgp default ipv4-unicast"]
        for _, _, theirs, _, _ in self.sessions():
            lines += [f" neighbor {theirs} remote-as 12076", f" neighbor {theirs} timers connect 1", f" neighbor {theirs} bfd profile lab"]
        for _, _, theirs, family, best in self.sessions():
            lines += [f" address-family ipv{family} unicast", f"  neighbor {theirs} activate", "  maximum-paths 8",
                      f"  neighbor {theirs} route-map nothing out"]
            lines += [f"  neighbor {theirs} route-map best in"] if best else []
            lines.append(" exit-address-family")
        lines += ["exit", "route-map nothing deny 10", "route-map best permit 10", " set local-preference 200"]
        (self.dir / "bgpd.conf").write_text("\n".join(lines) + "\n")
        (self.dir / "bfdd.conf").write_text(f"bfd\n profile lab\n  transmit-interval {self.bfd}\n  receive-interval {self.bfd}\n"
                                            "  detect-multiplier 3\n exit\nexit\n")
        run("chown", "-R", "frr:frr", str(self.dir))
        self.launch("/usr/lib/frr/zebra", "-f", "/dev/null", *self.common("zebra"))
        wait_for(lambda: (self.dir / "zserv").exists(), "zebra's socket")
        self.launch("/usr/lib/frr/bfdd", "-f", self.dir / "bfdd.conf", "--bfdctl", self.dir / "bfdctl", *self.common("bfdd"))
        self.launch("/usr/lib/frr/bgpd", "-f", self.dir / "bgpd.conf", *self.common("bgpd"))

    def common(self, daemon):
        return ["-z", self.dir / "zserv", "-i", self.dir / f"{daemon}.pid", "--vty_socket", self.dir, "-A", "127.0.0.1", "-P", "0"]

    def configure(self, no):
        words = ["configure terminal", f"router bgp {AS}"]
        words += [f"{no}neighbor {link} shutdown" for link in (self.lab.primary.theirs, self.lab.primary.theirs6)]
        run("vtysh", "--vty_socket", str(self.dir), "-d", "bgpd", *(word for line in words for word in ("-c", line)))

    def drain(self):
        self.configure("")

    def undrain(self):
        self.configure("no ")


ALL = {edge.name: edge for edge in (DyadEdge, BirdEdge, FrrEdge)}

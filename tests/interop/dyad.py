"""The speaker under test: a daemon in the edge's namespace, asked over its control socket."""
import json
import os
import pathlib
import signal
import subprocess

from lab import ROOT, SUBNET, SUBNET6, run, stop, wait_for


# A sanitized build says where, and ends at the first fault.
SANITIZERS = {"UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1", "ASAN_OPTIONS": "abort_on_error=1"}


def binary():
    """The executable to test: $DYAD, else the sanitized build of the tests, else the one of the README."""
    if chosen := os.environ.get("DYAD"):
        return pathlib.Path(chosen).resolve()
    for folder in ("build-test", "build-release", "build"):
        if (ROOT / folder / "dyad").exists():
            return ROOT / folder / "dyad"
    return None


def release():
    """The optimised build, for what is about size and time."""
    for folder in ("build-release", "build"):
        if (ROOT / folder / "dyad").exists():
            return ROOT / folder / "dyad"
    return binary()


class Dyad:
    SESSIONS = ("er/private/primary", "er/private/secondary")
    SESSIONS6 = ("er/private/primary/v6", "er/private/secondary/v6")

    def __init__(self, lab, advertise=("10.1.0.0/16",), advertise6=(), with_v6=False, private="", circuit="", top="",
                 program=None):
        """`private`, `circuit`, `top`: more lines for [circuit.private], [[circuit]] and the head of the file."""
        self.lab, self.dir = lab, lab.dir / "dyad"
        self.dir.mkdir(exist_ok=True)
        self.program = program or binary()
        self.socket = self.dir / "sock"
        self.file = self.dir / "dyad.toml"
        self.log = self.dir / "dyad.log"
        self.process = None
        self.environment = {}
        self.lines = {"private": private, "circuit": circuit, "top": top}
        self.with_v6 = with_v6
        self.advertise = [*advertise, *advertise6]
        self.write()

    def write(self):
        """The configuration file as the fields say now."""
        listed = ", ".join(json.dumps(prefix) for prefix in self.advertise)
        subnet6 = f'subnet6 = "{SUBNET6}"' if self.with_v6 else ""
        self.file.write_text(f"""asn = 65010
{self.lines["top"]}

[control]
socket = "{self.socket}"
group = "root"

[[circuit]]
name = "er"
sku = "standard"
{self.lines["circuit"]}

[circuit.private]
subnet = "{SUBNET}"
{subnet6}
advertise = [{listed}]
primary = {{ interface = "primary" }}
secondary = {{ interface = "secondary" }}
{self.lines["private"]}
""")

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.process = self.lab.start(self.lab.edge, self.program, "run", "-c", self.file, log=self.log, env={**SANITIZERS, **self.environment})
        wait_for(lambda: self.alive() and self.json("show", "summary"), "the daemon answers")
        return self

    def alive(self):
        assert self.process.poll() is None, f"dyad ended with {self.process.returncode}\n{self.last_words()}"
        return True

    def last_words(self):
        """The end of the log; where a sanitizer spoke, from there on."""
        if not self.log.is_file():
            return ""
        lines = self.log.read_text(errors="replace").splitlines()
        fault = next((n for n, line in enumerate(lines) if "runtime error" in line or "==ERROR" in line), len(lines) - 20)
        return "\n".join(line[:200] for line in lines[max(0, fault - 3):fault + 30])

    def kill(self):
        """SIGKILL: nothing is tidied up, as in a crash."""
        stop(self.process, signal.SIGKILL)

    def stop(self):
        """SIGTERM, as systemd does; its exit status, negative for a signal."""
        stop(self.process)
        return self.process.returncode

    def memory(self):
        """Proportional set size in KiB."""
        rollup = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])

    def cpu(self):
        """Seconds of processor it has taken, its threads together."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, *words, check=True, timeout=120):
        done = subprocess.run([str(self.program), "-s", str(self.socket), *map(str, words)], capture_output=True, text=True,
                              timeout=timeout)
        if check and done.returncode:
            raise RuntimeError(f"dyad {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def begin(self, *words):
        """One that is not waited for."""
        return subprocess.Popen([str(self.program), "-s", str(self.socket), *map(str, words)], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def json(self, *words, **options):
        return json.loads(self.ask(*words, "--json", **options))

    # -- what tests ask ---------------------------------------------------------------------------------------------------
    def sessions(self):
        """session name -> its row of `show summary`."""
        summary = self.json("show", "summary")
        rows = [row for circuit in summary["circuits"] for peering in circuit["peerings"] for row in peering["links"]]
        return {row["session"]: row for row in rows + summary["neighbors"]}

    def established(self, *names):
        rows = self.sessions()
        return all(rows[name]["state"] == "Established" for name in names or self.SESSIONS)

    def wait_established(self, *names, deadline=None):
        names = names or (self.SESSIONS + self.SESSIONS6 if self.with_v6 else self.SESSIONS)
        wait_for(lambda: self.alive() and self.established(*names), f"Established: {', '.join(names)}", deadline)

    def reason(self, name):
        """Whatever the row says about why the session is not up, one text."""
        row = self.sessions()[name]
        return " | ".join(str(row[key]) for key in ("reason", "cause", "last_error") if row.get(key))

    def routes(self, family=4):
        """prefix -> {"as_path": ..., "sessions": those its traffic takes}, from `show routes`."""
        out = {}
        for row in self.json("show", "routes"):
            if (":" in row["prefix"]) != (family == 6) or not (row["best"] or row["multipath"]):
                continue
            found = out.setdefault(row["prefix"], {"as_path": row["as_path"], "sessions": set(), "row": row})
            found["sessions"] |= {hop["session"] for hop in row["next_hops"]}
        return out

    def fib(self):
        return self.json("show", "summary")["fib"]

    def settled(self, routes):
        """The kernel holds `routes` of ours and nothing waits."""
        fib = self.fib()
        return (fib["routes"], fib["pending"], fib["failed"]) == (routes, 0, 0)


class Msee:
    """`dyad msee` as the MSEE of a link, playing back a recording (`mrt`: a plain file) or made-up VNets (`routes`)."""

    def __init__(self, lab, link, mrt=None, routes=0, with_v6=False, program=None, options=()):
        self.lab, self.link, self.program = lab, link, program or binary()
        self.socket = lab.dir / f"msee-{link.name}.sock"
        self.log = lab.dir / f"msee-{link.name}.log"
        ours, theirs = ([link.theirs, link.theirs6], [link.ours, link.ours6]) if with_v6 else ([link.theirs], [link.ours])
        self.words = ["--local", ",".join(ours), "--peer", ",".join(theirs), "--peer-asn", "65010", "--socket", self.socket,
                      "--name", link.name, *options]
        if mrt:
            self.words += ["--mrt", mrt]
        if routes:
            self.words += ["--routes", routes]
        self.process = None

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.process = self.lab.start(self.link.namespace, self.program, "msee", *self.words, log=self.log, env=SANITIZERS)
        return self

    def kill(self):
        stop(self.process, signal.SIGKILL)

    def ask(self, *words):
        return run(str(self.program), "msee", "-s", str(self.socket), *words)

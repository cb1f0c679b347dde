"""BFD with FRR's bfdd and BIRD: coming up, going down by order, and a link that loses everything while its carrier stays."""
import datetime
import json
import os
import time

import pytest

import mrt
import peers
from dyad import Dyad, Msee
from lab import Monitor, run, stop, wait_for

AZURE = "10.20.0.0/24"
OTHERS = mrt.slash24s(200)
# Milliseconds both sides ask for; three of them are the detection time.
INTERVAL = 300


class BirdBfd(peers.Bird):
    """BIRD with BFD in the same daemon."""

    def write_config(self):
        super().write_config()
        text = (self.dir / "speaker.conf").read_text()
        text = text.replace("  connect delay time 1;\n", "  connect delay time 1;\n  bfd on;\n")
        text += f'protocol bfd {{ interface "*" {{ interval {self.interval} ms; idle tx interval 1 s; multiplier 3; }};\n'
        # Sessions of its own, not only while BGP asks for them: BIRD does that in OpenConfirm at the earliest.
        text += "".join(f'  neighbor {edge} dev "edge" local {ours};\n' for ours, edge, _, _ in self.sessions()) + "}\n"
        self.conf(text)

    interval = INTERVAL

    def bfd_up(self, family=4):
        edge = self.link.ours if family == 4 else self.link.ours6
        return any(line.split()[0] == edge and line.split()[2] == "Up"
                   for line in self.ask("show", "bfd", "sessions").splitlines() if len(line.split()) > 3)

    def restart(self):
        self.kill()
        self.start()


class FrrBfd(peers.Frr):
    """FRR, BFD in a daemon of its own."""
    interval = INTERVAL

    @classmethod
    def missing(cls):
        return super().missing() + ([] if peers.shutil.which("/usr/lib/frr/bfdd") else ["bfdd"])

    def write_config(self):
        super().write_config()
        text = (self.dir / "speaker.conf").read_text()
        neighbors = "".join(f" neighbor {edge} bfd profile lab\n" for _, edge, _, _ in self.sessions())
        # Behind the last `neighbor ... timers connect`, before the address families.
        at = text.index(" address-family")
        self.conf(text[:at] + neighbors + text[at:], mode=0o644)
        profile = f"bfd\n profile lab\n  transmit-interval {self.interval}\n  receive-interval {self.interval}\n  detect-multiplier 3\n exit\nexit\n"
        self.conf(profile, "bfdd.conf", mode=0o644)

    def launch(self):
        process = super().launch()
        self.start_bfdd()
        return process

    def start_bfdd(self):
        self.bfdd = self.lab.start(self.namespace, "/usr/lib/frr/bfdd", "-f", self.dir / "bfdd.conf", "--bfdctl",
                                   self.dir / "bfdctl", *self.common("bfdd"), log=self.dir / "bfdd.log")

    def kill(self):
        super().kill()
        stop(self.bfdd, 9)
        (self.dir / "bfdctl").unlink(missing_ok=True)

    def bfd(self, *commands):
        return run("vtysh", "--vty_socket", str(self.dir), "-d", "bfdd", *(word for c in commands for word in ("-c", c)))

    def bfd_up(self, family=4):
        edge = self.link.ours if family == 4 else self.link.ours6
        return any(peer["peer"] == edge and peer["status"] == "up" for peer in json.loads(self.bfd("show bfd peers json") or "[]"))

    def admin_down(self):
        self.bfd("configure terminal", "bfd", "profile lab", "shutdown")

    def admin_up(self):
        self.bfd("configure terminal", "bfd", "profile lab", "no shutdown")

    def restart(self):
        """bfdd alone: BGP goes on beside it."""
        stop(self.bfdd, 9)
        (self.dir / "bfdctl").unlink(missing_ok=True)
        self.start_bfdd()


SPEAKERS = [pytest.param(speaker, id=speaker.name) for speaker in (BirdBfd, FrrBfd)]


def bfd_of(dyad):
    return {row["session"]: row for row in dyad.json("show", "bfd")["sessions"]}


def discriminators(dyad):
    return {name: row["remote_discriminator"] for name, row in bfd_of(dyad).items()}


def all_up(dyad, names):
    rows = bfd_of(dyad)
    return all(name in rows and rows[name]["state"] == "Up" for name in names)


def both_up(dyad, deadline=None):
    """BGP and BFD of every session."""
    dyad.wait_established(deadline=deadline)
    names = dyad.SESSIONS + dyad.SESSIONS6 if dyad.with_v6 else dyad.SESSIONS
    wait_for(lambda: dyad.alive() and all_up(dyad, names), "BFD is Up")


def events(dyad, kind):
    return [event for event in map(json.loads, dyad.ask("events", "--json").splitlines()) if event["id"] == kind]


def need(speaker):
    if missing := speaker.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")


def pair(lab, speaker, with_v6=False):
    more = {"prefixes6": ["2001:db8:20::/48"], "with_v6": True} if with_v6 else {}
    return [speaker(lab, link, [AZURE, *OTHERS], **more) for link in lab.links]


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize("first", ["dyad", "peer"])
def test_sessions_come_up_whoever_starts_first_over_both_families(lab, speaker, first):
    need(speaker)
    dyad = Dyad(lab, with_v6=True, private="bfd = true")
    msees = pair(lab, speaker, with_v6=True)
    if first == "dyad":
        dyad.start()
        time.sleep(1.5)  # packets into the void
    for msee in msees:
        msee.start()
    if first == "peer":
        time.sleep(1.5)
        dyad.start()
    both_up(dyad)
    for msee in msees:
        wait_for(lambda: msee.bfd_up(4) and msee.bfd_up(6), "BFD is up there")
    # The agreed intervals show once the polls are through.
    wait_for(lambda: all(row["detection_time_microseconds"] == 3000 * INTERVAL for row in bfd_of(dyad).values()), "900 ms agreed")
    assert events(dyad, "bfd.down") == []


# BIRD has no AdminDown: a session that is taken away there falls silent.
@pytest.mark.parametrize("speaker", SPEAKERS[1:])
def test_bgp_stays_when_the_peer_gives_bfd_up_by_order(lab, speaker):
    need(speaker)
    dyad = Dyad(lab, with_v6=True, private="bfd = true").start()
    msees = [msee.start() for msee in pair(lab, speaker, with_v6=True)]
    both_up(dyad)
    msees[0].admin_down()
    for name in dyad.SESSIONS[0], dyad.SESSIONS6[0]:
        wait_for(lambda: bfd_of(dyad)[name]["state"] == "Down", f"the peer's AdminDown arrives at {name}")
    time.sleep(2)  # twice the detection time: silence that follows is no failure either
    assert dyad.established(*dyad.SESSIONS, *dyad.SESSIONS6)
    assert events(dyad, "session.down") == []
    assert [event["path_failed"] for event in events(dyad, "bfd.down")] == [False, False]
    msees[0].admin_up()
    both_up(dyad)


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_bfd_is_taken_away_given_back_and_changed_by_reload(lab, speaker):
    need(speaker)
    dyad = Dyad(lab, private="bfd = true").start()
    msees = [msee.start() for msee in pair(lab, speaker)]
    both_up(dyad)

    def reload(line):
        dyad.lines["private"] = line
        dyad.write()
        dyad.ask("reload")

    reload("bfd = false")
    wait_for(lambda: not any(msee.bfd_up() for msee in msees), "the peers hear AdminDown")
    time.sleep(2)
    # RFC 5882 4.2 asks them not to, but BIRD 2.0 and FRR 8.4 end BGP when they hear AdminDown. We do not.
    assert all(event.get("direction") == "received" for event in events(dyad, "session.down"))
    dyad.wait_established()
    reload('bfd = { transmit = "100ms", receive = "100ms" }')
    both_up(dyad)
    ended = len(events(dyad, "session.down"))
    for interval in 600, 150, 50, 1000, 300:
        reload(f'bfd = {{ transmit = "{interval}ms", receive = "{interval}ms" }}')
        agreed = 3000 * max(interval, INTERVAL)
        wait_for(lambda: all(row["detection_time_microseconds"] == agreed for row in bfd_of(dyad).values()), f"{agreed} us agreed")
    assert dyad.established() and len(events(dyad, "session.down")) == ended


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_a_peer_that_restarts_comes_up_again(lab, speaker):
    need(speaker)
    dyad = Dyad(lab, with_v6=True, private="bfd = true").start()
    msees = [msee.start() for msee in pair(lab, speaker, with_v6=True)]
    both_up(dyad)
    before = discriminators(dyad)
    msees[0].restart()
    for name in dyad.SESSIONS[0], dyad.SESSIONS6[0]:
        wait_for(lambda: discriminators(dyad)[name] not in (0, before[name]), f"{name} has another discriminator there")
    both_up(dyad)


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_our_own_restart_comes_up_again(lab, speaker):
    need(speaker)
    dyad = Dyad(lab, with_v6=True, private="bfd = true").start()
    msees = [msee.start() for msee in pair(lab, speaker, with_v6=True)]
    both_up(dyad)
    dyad.kill()
    dyad.start()
    both_up(dyad, deadline=90)
    for msee in msees:
        wait_for(lambda: msee.bfd_up(4) and msee.bfd_up(6), "BFD is up there")


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize("interval", [300, 50])
def test_a_link_that_loses_everything_in_silence(lab, speaker, interval):
    need(speaker)
    dyad = Dyad(lab, private=f'bfd = {{ transmit = "{interval}ms", receive = "{interval}ms" }}').start()
    msees = pair(lab, speaker)
    for msee in msees:
        msee.interval = interval
        msee.start()
    both_up(dyad)
    wait_for(lambda: dyad.settled(len(OTHERS) + 1), "routes are in the kernel")
    wait_for(lambda: all(row["detection_time_microseconds"] == 3000 * interval for row in bfd_of(dyad).values()), "intervals are agreed")
    both = [link.theirs for link in lab.links]
    wait_for(lambda: lab.gateways(lab.kernel_routes()[AZURE]) == both, "traffic takes both links")
    with Monitor(lab, lab.edge) as moved:
        start = time.time()
        lab.silence(lab.primary)
        wait_for(lambda: lab.gateways(lab.kernel_routes()[AZURE]) == both[1:], "traffic has left the dead link")
        # A route that is written would be a second message.
        assert moved.route_changes() == []
    wait_for(lambda: events(dyad, "session.down"), "the session is down")
    down = events(dyad, "bfd.down")[0]
    after = seconds_of(down["time"]) - start
    print(f"\n{speaker.name} {interval} ms x 3: detected after {after * 1000:.0f} ms")
    assert down["path_failed"] and "detection time" in down["reason"]
    assert events(dyad, "session.down")[0]["cause"] == "bfd_down"
    assert "BFD" in dyad.reason(dyad.SESSIONS[0])
    assert "BFD" in dyad.ask("why", "198.18.0.1")
    lab.end_silence(lab.primary)
    both_up(dyad, deadline=90)


def seconds_of(text):
    return datetime.datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_with_strict_bgp_waits_for_bfd(lab, speaker):
    need(speaker)
    dyad = Dyad(lab, private="bfd = { strict = true }").start()
    msees = pair(lab, speaker)
    drop_bfd = "table inet nobfd {\nchain in {\ntype filter hook input priority 0;\nudp dport 3784 drop;\n}\n}\n"
    lab.run(lab.primary.namespace, "nft", "-f", "-", stdin=drop_bfd)
    for msee in msees:
        msee.start()
    dyad.wait_established(dyad.SESSIONS[1])
    time.sleep(3)
    row = dyad.sessions()[dyad.SESSIONS[0]]
    assert row["state"] == "Idle" and "BFD" in row["reason"], row
    lab.run(lab.primary.namespace, "nft", "delete", "table", "inet", "nobfd")
    dyad.wait_established()


@pytest.mark.parametrize("interval", [50, 10])
def test_no_false_alarm_while_others_take_the_processors(lab, interval):
    """Both ends are ours, with real-time priority, beside twice as many busy processes as there are processors and a table that is
    loaded again and again. tests/bench/failover.py --endure does it with a full table, for longer."""
    msees = [Msee(lab, link, routes=20_000, options=["--bfd", interval]).start() for link in lab.links]
    dyad = Dyad(lab, private=f'bfd = {{ transmit = "{interval}ms", receive = "{interval}ms" }}').start()
    both_up(dyad)
    hogs = [lab.start(lab.edge, "sh", "-c", "while :; do :; done", log=lab.dir / "hog.log") for _ in range(2 * os.cpu_count())]
    seconds, loads = 20, 4
    for _ in range(loads):
        msees[1].ask("reset", "once more")
        time.sleep(seconds / loads)
    for hog in hogs:
        stop(hog)
    alarms = events(dyad, "bfd.down")
    sent = sum(row["sent"] for row in bfd_of(dyad).values())
    print(f"\n{interval} ms x 3, {len(hogs)} hogs, {seconds} s: {len(alarms)} false alarms, {sent} packets sent")
    # A pause of the whole (virtual) machine is nobody's fault here; 150 ms of it would be a strange coincidence.
    assert alarms == [] or interval < 50
    wait_for(lambda: all_up(dyad, dyad.SESSIONS), "BFD is Up, or Up again")
    assert all(msee.process.poll() is None for msee in msees)

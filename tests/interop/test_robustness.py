"""What one link may do without the other's noticing: thousands of connections that say nothing, a window that stays shut, an octet at a
time, a hundred thousand paths, UPDATEs without end. The other session's KEEPALIVEs are watched at its peer: the hold time is three
seconds, so one is due every second; none may be later than a second. Figures are printed."""
import random
import resource
import select
import socket
import subprocess
import threading
import time

import pytest

import dyad as speakers
import mrt
import speaker
from dyad import Dyad, Msee
from lab import Lab, wait_for
from speaker import Client
from wiretap import Tap

OTHER, FLOODED = "er/private/secondary", "er/private/primary"
INTERVAL, LATE = 1.0, 1.0
ROUTES = 100
PATHS = 100_000
STRANGER = "203.0.113.7"


class Scene:
    """The edge between a quiet neighbour, which is watched, and the primary link, where things happen."""

    def __init__(self, lab):
        self.lab, self.link = lab, lab.primary
        self.program = speakers.release()
        self.other = Msee(lab, lab.secondary, routes=ROUTES, program=self.program, options=["--hold", "3"]).start()
        self.dyad = Dyad(lab, mrt.slash24s(4000, "172.16.0.0"), program=self.program, private="limits = { receive = 2000000 }",
                         circuit="")
        self.dyad.start()
        self.dyad.wait_established(OTHER)
        # A stranger behind the primary link: his packets come and ours find the way back.
        lab.ip(self.link.namespace, "address", "add", f"{STRANGER}/32", "dev", "edge")
        lab.ip(lab.edge, "route", "add", f"{STRANGER}/32", "via", self.link.theirs)

    def watch(self, what):
        return Watch(self, what)

    def client(self):
        return Client(self.link.namespace, self.link.theirs, self.link.ours, 12076)

    def files(self):
        return int(self.lab.run(self.lab.edge, "sh", "-c", f"ls /proc/{self.dyad.process.pid}/fd | wc -l"))


class Watch:
    """Within it, the other neighbour hears from us in time; memory is looked at five times a second."""

    def __init__(self, scene, what):
        self.scene, self.what = scene, what

    def __enter__(self):
        self.before = self.most = self.scene.dyad.memory()
        self.tap = Tap(self.scene.lab, self.scene.lab.secondary.namespace, "edge").__enter__()
        self.running = True
        self.sampler = threading.Thread(target=self.sample)
        self.start = time.monotonic()
        self.sampler.start()
        return self

    def sample(self):
        while self.running:
            self.most = max(self.most, self.scene.dyad.memory())
            time.sleep(0.2)

    def __exit__(self, kind, *_):
        time.sleep(1.5)  # the last interval, too
        self.running = False
        self.sampler.join()
        self.tap.__exit__()
        times = [packet["at"] for packet in self.tap.packets() if packet["src"] == self.scene.lab.secondary.ours and packet["octets"]]
        self.gaps = [b - a for a, b in zip(times, times[1:])]
        worst = max(self.gaps, default=99) - INTERVAL
        self.grown = self.most - self.before
        print(f"\n{self.what}: {time.monotonic() - self.start:.0f} s, {len(times)} segments to the other neighbour, the latest "
              f"{max(0, worst) * 1000:.0f} ms late; memory {self.before} KiB, {self.grown} KiB more at most")
        if kind is None:
            assert worst < LATE
            assert self.scene.dyad.established(OTHER)


@pytest.fixture(scope="module")
def scene():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Lab() as lab:
        yield Scene(lab)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def knock(scene, count, local):
    """So many connections from an address, opened as fast as they will; those that got through, to be kept."""
    out = []
    with speaker.inside(scene.link.namespace):
        for _ in range(count):
            one = socket.socket()
            one.setblocking(False)
            one.bind((local, 0))
            one.connect_ex((scene.link.ours, 179))
            out.append(one)
            if len(out) % 200 == 0:
                time.sleep(0.01)
    return out


def still_open(sockets):
    """Connections that the edge has neither refused nor ended."""
    poll = select.poll()
    for one in sockets:
        poll.register(one, select.POLLIN | select.POLLHUP | select.POLLERR)
    ended = {descriptor for descriptor, _ in poll.poll(0)}
    connected = 0
    for one in sockets:
        if one.fileno() in ended:
            continue
        try:
            one.getpeername()
            connected += 1
        except OSError:
            pass
    return connected


@pytest.mark.catalogue("X-02", "O-32", "S-10")
@pytest.mark.parametrize("who", ("strangers", "the neighbour"))
def test_ten_thousand_connections_that_say_nothing(scene, who):
    files = scene.files()
    with scene.watch(f"10,000 mute connections of {who}") as watch:
        sockets = knock(scene, 10_000, STRANGER if who == "strangers" else scene.link.theirs)
        try:
            # One of the neighbour may wait for an OPEN; nobody else's is kept.
            wait_for(lambda: scene.files() - files <= 8, "no connection is kept that nobody wants")
            print(f"{who}: {scene.files() - files} descriptors more in the daemon, {still_open(sockets)} of 10,000 still connected")
        finally:
            for one in sockets:
                one.close()
    assert watch.grown < 16 * 1024 or sanitized(scene)


@pytest.mark.catalogue("X-02")
def test_ten_thousand_handshakes_that_are_never_completed(scene):
    """SYNs whose answers are dropped where they arrive: the kernel's affair, and the other session's not at all."""
    namespace = scene.link.namespace
    scene.lab.run(namespace, "nft", "-f", "-", stdin="table ip half { chain in { type filter hook input priority 0; "
                                                     "tcp sport 179 tcp flags & (syn | ack) == syn | ack drop; }\n}\n")
    sockets = []
    try:
        with scene.watch("10,000 half-open handshakes"):
            sockets += knock(scene, 5_000, STRANGER)
            sockets += knock(scene, 5_000, scene.link.theirs)
            pending = scene.lab.run(scene.lab.edge, "sh", "-c", "ss -Htn state syn-recv | wc -l").strip()
            print(f"{pending} in SYN-RECV at the edge, the others answered with cookies or dropped")
    finally:
        for one in sockets:
            one.close()
        scene.lab.run(namespace, "nft", "delete", "table", "ip", "half")


@pytest.mark.catalogue("S-10")
def test_a_stranger_who_calls_a_thousand_times_a_second(scene):
    with scene.watch("a stranger's calls, 1,000 a second"):
        for _ in range(5):
            began = time.monotonic()
            for one in knock(scene, 1_000, STRANGER):
                one.close()
            time.sleep(max(0, 1 - (time.monotonic() - began)))


@pytest.mark.catalogue("X-01")
def test_random_octets_in_sixty_connections(scene):
    generator = random.Random(1)
    with scene.watch("random octets in 60 connections"):
        for number in range(60):
            with speaker.inside(scene.link.namespace):
                one = socket.socket()
            try:
                one.settimeout(2)
                one.bind((scene.link.theirs if number % 2 else STRANGER, 0))
                one.connect((scene.link.ours, 179))
                one.sendall(generator.randbytes(generator.randrange(1, 5000)))
            except OSError:
                pass
            finally:
                one.close()
        client = scene.client().establish(deadline=90)
        scene.dyad.wait_established(FLOODED)
        client.close()


def script(scene, text, **options):
    """Plays a script as the primary's neighbour."""
    return subprocess.Popen(["ip", "netns", "exec", scene.link.namespace, str(scene.program), "msee", "--local", scene.link.theirs, "--peer",
                             scene.link.ours, "--script", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, **options), text


def play(scene, text, timeout=120):
    process, text = script(scene, text)
    out, _ = process.communicate(text, timeout=timeout)
    assert process.returncode == 0, out
    return out


@pytest.fixture
def calm(scene):
    """A daemon that holds nothing against the primary's neighbour (RFC 4271 8.1.1 damps one that failed for up to a minute)."""
    scene.dyad.kill()
    scene.dyad.start()
    scene.dyad.wait_established(OTHER)
    wait_for(lambda: scene.dyad.settled(ROUTES), "it is complete")


def test_a_peer_whose_window_stays_shut(scene, calm):
    """It asks for our 4,000 routes a thousand times and reads none."""
    with scene.watch("a peer that does not read") as watch:
        out = play(scene, "establish\nstop reading\nrepeat 1000\n  send refresh ipv4\nend\nwait 8s\n")
        assert "refresh" in out
    assert watch.grown < 32 * 1024 or sanitized(scene)


def test_a_peer_that_sends_an_octet_at_a_time(scene, calm):
    with scene.watch("a peer of one octet a millisecond"):
        process, text = script(scene, "establish hold=6\nsend update announce=10.99.0.0/24 slowly 1 octet every 1ms\nrepeat 200\n"
                                      "  send keepalive slowly 1 octet every 1ms\nend\nexpect keepalive within 3s\n")
        process.stdin.write(text)
        process.stdin.close()
        wait_for(lambda: "10.99.0.0/24" in scene.dyad.routes(), "its route is there")
        assert process.wait(timeout=100) == 0, process.stdout.read()


def test_a_peer_with_a_hundred_thousand_paths(scene, calm):
    client = scene.client().establish(deadline=150)
    octets = b"".join(speaker.route(scene.link.theirs, (12076, 65000 - number % 400, 100_000 + number), f"{prefix}")
                      for number, prefix in enumerate(mrt.slash24s(PATHS, "20.0.0.0")))
    with scene.watch(f"{PATHS} distinct AS paths") as watch:
        start = time.monotonic()
        client.send(octets)
        wait_for(lambda: scene.dyad.sessions()[FLOODED]["received"] == PATHS, "all were read", 120)
        read = time.monotonic() - start
        wait_for(lambda: scene.dyad.fib()["routes"] == PATHS + ROUTES, "all are in the kernel", 120)
        print(f"{PATHS} paths ({len(octets) >> 10} KiB) read after {read:.1f} s, in the kernel after {time.monotonic() - start:.1f} s, "
              f"{watch.most - watch.before} KiB more: {(watch.most - watch.before) * 1024 / PATHS:.0f} octets a path")
    assert watch.grown < 128 * 1024 or sanitized(scene)
    with scene.watch(f"{PATHS} paths leave"):
        client.close()
        wait_for(lambda: scene.dyad.fib()["routes"] == ROUTES, "all are gone", 120)


def test_updates_without_end(scene, calm):
    """Ten seconds of announcing and withdrawing as fast as the daemon takes them."""
    client = scene.client().establish(deadline=150)
    prefixes = mrt.slash24s(200, "20.0.0.0")
    burst = b"".join(speaker.route(scene.link.theirs, (12076, 64000 + number % 50), prefix) for number, prefix in enumerate(prefixes))
    burst += speaker.message(speaker.UPDATE, speaker.update_body(b"".join(map(speaker.nlri, prefixes))))
    sent = 0
    with scene.watch("UPDATEs without end") as watch:
        client.socket.settimeout(30)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            client.send(burst)
            client.take()
            sent += len(prefixes) + 1
        wait_for(lambda: scene.dyad.fib()["routes"] == ROUTES, "only the other's are left", 60)
        print(f"{sent} UPDATEs in 10 s")
    client.close()
    assert watch.grown < 32 * 1024 or sanitized(scene)


def sanitized(scene):
    """A sanitizer keeps what was freed: its memory says nothing."""
    return b"__asan_init" in scene.program.read_bytes()

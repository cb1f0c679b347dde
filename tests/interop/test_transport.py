"""What only TCP, the kernel and the whole process can show: statements S, K, F and X of ../shared/conformance/catalogue.csv.
The other side is `dyad msee --script`: any message, with any TTL and key."""
import datetime
import json
import pathlib
import random
import re
import shutil
import socket
import subprocess
import time

import pytest

import blast
import dyad as speakers
import mrt
import speaker
from dyad import Dyad, Msee
from lab import run, wait_for
from speaker import Client
from wiretap import Tap

SESSION = Dyad.SESSIONS[0]
KEY = "Lab0nly2026"


def play(lab, text, *options, link=None, timeout=60):
    """Plays a script as the neighbour on a link; every step's outcome. An AssertionError says which line did not hold."""
    link = link or lab.primary
    done = subprocess.run(["ip", "netns", "exec", link.namespace, str(speakers.binary()), "msee", "--script", "-", "--json", "--local",
                           link.theirs, "--peer", link.ours, *map(str, options)], input=text, capture_output=True, text=True, timeout=timeout)
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{steps[-1] if steps else ''}\n{done.stderr}"
    return steps


def with_key(lab):
    file = lab.dir / "key"
    file.write_text(KEY)
    file.chmod(0o600)
    return f'md5 = {{ file = "{file}" }}\npassive = true'


class TestMd5:
    @pytest.mark.catalogue("S-01", "S-02", "S-07")
    def test_only_the_right_key_gets_a_connection(self, lab):
        Dyad(lab, private=with_key(lab)).start()
        play(lab, "dial refused within 2s")
        play(lab, "dial refused within 2s", "--md5", "another")
        play(lab, "establish", "--md5", KEY)


class TestTtl:
    @pytest.mark.catalogue("S-03", "S-04", "S-05", "S-06")
    def test_with_gtsm_only_a_ttl_of_255_is_heard(self, lab):
        dyad = Dyad(lab, private='ttl = "gtsm"\npassive = true').start()
        play(lab, "dial refused within 2s", "--ttl", 64)
        # A handshake that passes, and behind it at once what does not.
        link = lab.primary
        with speaker.inside(link.namespace):
            one = socket.socket()
        one.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
        one.bind((link.theirs, 0))
        one.connect((link.ours, 179))
        one.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 64)
        one.sendall(speaker.message(speaker.OPEN, speaker.open_body(12076, link.theirs)) + speaker.message(speaker.KEEPALIVE))
        end = time.monotonic() + 2
        while time.monotonic() < end:
            assert not dyad.established(SESSION)
            time.sleep(0.1)
        one.close()
        with Tap(lab, lab.edge, link.interface) as tap:
            wait_for(lambda: dyad.sessions()[SESSION]["state"] != "Idle", "it listens again", 70)
            play(lab, "repeat 1\nend\ndial within 30s\nestablish", "--ttl", 255)
            ours = [packet for packet in tap.packets() if packet["src"] == link.ours]
            assert ours and {packet["ttl"] for packet in ours} == {255}

    @pytest.mark.catalogue("S-08", "S-09")
    def test_our_packets_have_ttl_1_and_the_class_of_routing_traffic(self, lab):
        Dyad(lab).start()
        with Tap(lab, lab.edge, lab.primary.interface) as tap:
            play(lab, "establish\nexpect update announce=10.1.0.0/16")
            ours = [packet for packet in tap.packets() if packet["src"] == lab.primary.ours and not packet["flags"] & 4]
            assert {packet["ttl"] for packet in ours} == {1}
            assert {packet["tos"] >> 2 for packet in ours if packet["octets"]} == {48}, "CS6"


class TestKernel:
    @pytest.mark.catalogue("K-01")
    def test_a_route_comes_to_the_kernel_and_goes_again(self, lab):
        Dyad(lab).start()
        process = subprocess.Popen(["ip", "netns", "exec", lab.primary.namespace, str(speakers.binary()), "msee", "--script", "-", "--local",
                                    lab.primary.theirs, "--peer", lab.primary.ours], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        process.stdin.write("establish\nsend update announce=10.9.0.0/24\nsend end-of-rib ipv4\nwait 4s\n"
                            "send update withdraw=10.9.0.0/24\nexpect peace for 3s\n")
        process.stdin.close()
        route = wait_for(lambda: lab.kernel_routes().get("10.9.0.0/24"), "the route is in the kernel")
        assert lab.gateways(route) == [lab.primary.theirs]
        wait_for(lambda: "10.9.0.0/24" not in lab.kernel_routes(), "and gone")
        assert process.wait(timeout=20) == 0

    @pytest.mark.catalogue("K-04")
    def test_a_route_that_somebody_removed_is_put_back(self, lab):
        for link in lab.links:
            Msee(lab, link, routes=10).start()
        dyad = Dyad(lab).start()
        dyad.wait_established()
        wait_for(lambda: dyad.settled(10), "all ten are there")
        prefix = sorted(lab.kernel_routes())[3]
        lab.ip(lab.edge, "route", "del", prefix, "proto", "bgp")
        wait_for(lambda: prefix in lab.kernel_routes(), "it is back", 5)
        assert dyad.settled(10)


class TestNobodyThere:
    @pytest.mark.catalogue("F-20")
    def test_a_peer_where_nobody_listens_costs_nothing(self, lab):
        dyad = Dyad(lab).start()
        wait_for(lambda: "refused" in dyad.reason(SESSION), "it was tried")
        before, began = dyad.cpu(), time.monotonic()
        wait_for(lambda: time.monotonic() - began > 4, "four seconds pass")
        used = dyad.cpu() - before
        print(f"{used * 1000:.0f} ms of processor in 4 s")
        assert used < 0.4

    @pytest.mark.catalogue("F-21")
    def test_calls_that_vanish_are_repeated_and_the_operator_is_answered(self, lab):
        lab.run(lab.edge, "nft", "-f", "-", stdin="table ip gone { chain out { type filter hook output priority 0; "
                                                  "tcp dport 179 tcp flags & (syn | ack) == syn counter drop; }\n}\n")
        dyad = Dyad(lab).start()
        states, end = set(), time.monotonic() + 6
        while time.monotonic() < end:
            asked = time.monotonic()
            states.add(dyad.sessions()[SESSION]["state"])
            assert time.monotonic() - asked < 2
            time.sleep(0.2)
        assert states <= {"Connect", "Active", "Idle"}
        called = int(re.search(r"counter packets (\d+)", lab.run(lab.edge, "nft", "list", "table", "ip", "gone"))[1])
        assert called > len(lab.links), "nobody was called again"
        lab.run(lab.edge, "nft", "delete", "table", "ip", "gone")
        Msee(lab, lab.primary, routes=1, options=["--passive"]).start()
        dyad.wait_established(SESSION, deadline=90)


class TestTrouble:
    @pytest.mark.catalogue("X-03")
    def test_a_neighbour_that_does_not_read_holds_nobody_up(self, lab):
        """8,000 routes of as many AS paths arrive and are passed on to two neighbours; one of them never reads."""
        lab.ip(lab.edge, "address", "add", "10.77.0.1/24", "dev", "secondary")
        for last in (2, 3, 4):
            lab.ip(lab.secondary.namespace, "address", "add", f"10.77.0.{last}/24", "dev", "edge")
        neighbors = "".join(f"""
[[neighbor]]
name = "{name}"
address = "10.77.0.{last}"
local_address = "10.77.0.1"
asn = {asn}
passive = true
{more}
""" for name, last, asn, more in (("deaf", 2, 64602, 'pass_on = ["source"]'), ("keen", 3, 64603, 'pass_on = ["source"]'),
                                  ("source", 4, 64604, "accept = { any = true }\nlimits = { receive = 20000 }")))
        dyad = Dyad(lab)
        dyad.file.write_text(dyad.file.read_text() + neighbors)
        dyad.start()
        deaf, keen, source = (Client(lab.secondary.namespace, f"10.77.0.{last}", "10.77.0.1", 64600 + last).establish() for last in (2, 3, 4))
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        start = time.monotonic()
        source.send(b"".join(speaker.route(source.local, (64604, n + 1), prefix) for n, prefix in enumerate(mrt.slash24s(8000))))
        octets = 0
        seen = set()
        while len(seen) < 8000 and time.monotonic() - start < 60:
            for kind, body in keen.take(1):
                if kind != speaker.UPDATE:
                    continue
                octets += len(body)
                at = 2 + int.from_bytes(body[:2], "big")
                at += 2 + int.from_bytes(body[at:at + 2], "big")
                while at < len(body):
                    length = (body[at] + 7) // 8
                    seen.add(body[at:at + 1 + length])
                    at += 1 + length
        print(f"{len(seen)} routes reached the healthy neighbour in {time.monotonic() - start:.1f} s ({octets} octets)")
        assert len(seen) == 8000
        assert dyad.established("keen") and dyad.established("deaf")
        queued = lab.run(lab.edge, "ss", "-Htn", "state", "established", "dst", "10.77.0.2").split()[1]
        assert int(queued) > 0, "the deaf neighbour has read everything"

    @pytest.mark.catalogue("X-06")
    def test_a_hundred_sessions_that_flap_leave_no_memory_behind(self, lab, monkeypatch):
        monkeypatch.setattr(blast, "NEIGHBORS", 100)
        blast.prepare(lab)
        edge = blast.Edge(lab, program=speakers.release()).start()
        generator = random.Random(6)
        clients = [Client(lab.primary.namespace, f"10.77.0.{10 + n}", blast.US, blast.FIRST_ASN + n) for n in range(100)]
        sizes, flaps, start = [], 0, time.monotonic()
        while time.monotonic() - start < 30:
            client = generator.choice(clients)
            try:
                if client.socket:
                    client.close()
                else:
                    client.establish(deadline=0)
                    client.send(b"".join(speaker.route(client.local, (client.asn, n + 1), prefix) for n, prefix in enumerate(mrt.slash24s(20))))
                    flaps += 1
            except (OSError, speaker.Closed):
                client.close()
            sizes.append((time.monotonic() - start, edge.memory()))
        third = max(size for at, size in sizes if 10 <= at < 20)
        last = max(size for at, size in sizes if at >= 20)
        print(f"{flaps} sessions came up and went; at most {third} KiB in the second ten seconds, {last} KiB in the third")
        assert edge.alive() and flaps > 100
        assert last < third * 1.1 + 1024 or b"__asan_init" in edge.program.read_bytes()

    @pytest.mark.catalogue("X-07")
    def test_a_full_disk_under_the_log_ends_no_session(self, lab):
        msee = Msee(lab, lab.primary, routes=10).start()
        dyad = Dyad(lab)
        dyad.log = pathlib.Path("/dev/full")
        dyad.start()
        dyad.wait_established(SESSION)
        msee.ask("reset")
        dyad.wait_established(SESSION, deadline=90)
        wait_for(lambda: dyad.settled(10), "its routes are there")

    @pytest.mark.catalogue("X-08")
    def test_a_clock_set_back_by_an_hour_ends_no_session(self, lab):
        compiler = shutil.which("gcc") or shutil.which("cc")
        program = speakers.release()
        if not compiler:
            pytest.skip("no C compiler for the library that sets the clock back")
        if b"__asan_init" in program.read_bytes():
            pytest.skip("only with build-release: a sanitizer is preloaded before anything else")
        source, library, switch = lab.dir / "clock.c", lab.dir / "clock.so", lab.dir / "back"
        source.write_text('''#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long back(void) { return access("%s", F_OK) == 0 ? 3600 : 0; }
int clock_gettime(clockid_t id, struct timespec *at) {
    int error = syscall(SYS_clock_gettime, id, at);
    if (id == CLOCK_REALTIME) at->tv_sec -= back();
    return error;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    int error = syscall(SYS_gettimeofday, at, zone);
    at->tv_sec -= back();
    return error;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return at ? *at = now.tv_sec : now.tv_sec;
}
''' % switch)
        run(compiler, "-shared", "-fPIC", "-o", str(library), str(source))
        Msee(lab, lab.primary, routes=10, options=["--hold", "3"]).start()
        dyad = Dyad(lab, program=program)
        dyad.environment = {"LD_PRELOAD": str(library)}
        dyad.start()
        dyad.wait_established(SESSION)
        up = dyad.sessions()[SESSION]["uptime_seconds"]
        switch.touch()
        began = time.monotonic()
        wait_for(lambda: time.monotonic() - began > 5, "more than the hold time passes")
        row = dyad.sessions()[SESSION]
        assert row["state"] == "Established" and row["uptime_seconds"] >= up + 4
        dyad.ask("reload")
        told = [json.loads(line) for line in dyad.ask("events", "--json").splitlines()]
        at = next(event["time"] for event in reversed(told) if event["id"] == "config.reloaded")
        assert datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp() < time.time() - 3000, "its clock did not go back"

"""Mutated but framed messages against a live daemon over TCP; after each the session's fate is held against the oracle's.

Sessions are many, so that one that the RFC has reset does not hold the others up: the daemon damps it (RFC 4271 8.1.1). UPDATEs that
are to be survived go in batches, a ROUTE-REFRESH behind them: its answer says that the session lives. One that is to end the session
goes alone, last. What each batch leaves of the neighbour's table is compared, too.
"""
import argparse
import collections
import ipaddress
import os
import pathlib
import random
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import oracle  # noqa: E402
import speaker  # noqa: E402
from dyad import Dyad, binary, release  # noqa: E402
from lab import Lab  # noqa: E402
from speaker import Client, Closed, attribute, message  # noqa: E402

NEIGHBORS = 24
BATCH = 60
US = "10.77.0.1"
OURS = bytes([10, 77, 0, 1])
ADVERTISED = "198.18.0.0/15"
FIRST_ASN = 64600


class Edge(Dyad):
    """A daemon with neighbours enough, that leaves the kernel alone."""

    def write(self):
        listed = "".join(f"""
[[neighbor]]
name = "n{number}"
address = "10.77.0.{10 + number}"
local_address = "{US}"
asn = {FIRST_ASN + number}
passive = true
families = ["ipv4", "ipv6"]
accept = {{ any = true, except = [], max_length = 32, guard = false }}
advertise = ["{ADVERTISED}"]
limits = {{ receive = 2000000 }}
allow_as_in = 10
""" for number in range(NEIGHBORS))
        self.file.write_text(f"""asn = 65010
router_id = "192.168.15.17"
lab = true

[control]
socket = "{self.socket}"
group = "root"

[fib]
enabled = false
{listed}""")


def prepare(lab):
    lab.ip(lab.edge, "address", "add", f"{US}/24", "dev", "primary")
    for number in range(NEIGHBORS):
        lab.ip(lab.primary.namespace, "address", "add", f"10.77.0.{10 + number}/24", "dev", "edge")


class Mutator:
    """UPDATEs as speakers send them, and what a careless hand makes of them."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def prefix(self, bits):
        r = self.random
        length = r.choice((8, 16, 19, 24, 30, 32) if bits == 32 else (16, 29, 32, 40, 48, 64))
        base = b"\x64" if bits == 32 else b"\x20\x01"
        # Few of them, so that what is announced is withdrawn and announced again, and tables soon have their size.
        rest = r.randrange(64).to_bytes(2, "big") + bytes(bits // 8)
        octets = bytearray((base + rest)[:(length + 7) // 8])
        if length % 8:
            octets[-1] &= 0xFF << (8 - length % 8) & 0xFF
        return bytes([length]) + bytes(octets)

    def parts(self):
        """A good UPDATE: withdrawn, [(flags, code, value)], NLRI."""
        r = self.random
        attributes = []
        withdrawn = announced = b""
        kind = r.choice(("v4", "v4", "v4", "v6", "withdraw", "withdraw6", "both"))
        if kind in ("withdraw", "both"):
            withdrawn = b"".join(self.prefix(32) for _ in range(r.randrange(1, 5)))
        if kind == "withdraw6":
            attributes.append((0x80, 15, b"\0\2\1" + b"".join(self.prefix(128) for _ in range(r.randrange(0, 5)))))
        if kind == "v6":
            hop = ipaddress.ip_address("2001:db8::7").packed
            attributes.append((0x80, 14, b"\0\2\1" + bytes([len(hop)]) + hop + b"\0" + b"".join(self.prefix(128) for _ in range(3))))
        if kind in ("v4", "both", "v6"):
            path = speaker.as_path(self.first_as, *(r.randrange(1, 70000) for _ in range(r.randrange(4))))
            attributes += [(0x40, 1, bytes([r.randrange(3)])), (0x40, 2, path)]
            if kind != "v6":
                attributes.append((0x40, 3, bytes([10, 77, 0, 9])))
                announced = b"".join(self.prefix(32) for _ in range(r.randrange(1, 5)))
            more = [(0x80, 4, r.randbytes(4)), (0x40, 6, b""), (0xC0, 7, b"\0\0\xfe\x10" + r.randbytes(4)), (0xC0, 8, r.randbytes(8)),
                    (0xC0, 16, b"\0\2" + r.randbytes(6)), (0xC0, 32, r.randbytes(12)), (0xC0, 99, r.randbytes(5)), (0x80, 77, b"x")]
            attributes += sorted(r.sample(more, r.randrange(4)), key=lambda a: a[1])
        return withdrawn, attributes, announced

    def update(self, first_as):
        """A body, mutated more often than not."""
        r, self.first_as = self.random, first_as
        withdrawn, attributes, announced = self.parts()
        for _ in range(r.choice((0, 1, 1, 1, 2))):
            if attributes:
                self.twist(attributes)
        block = b"".join(a if isinstance(a, bytes) else attribute(*a) for a in attributes)
        if r.random() < 0.1 and block:
            block = self.octets(block)
        if r.random() < 0.03:
            announced = self.octets(announced)
        if r.random() < 0.03:
            withdrawn = self.octets(withdrawn)
        body = speaker.update_body(withdrawn, block, announced)
        if r.random() < 0.03:
            body = self.octets(body)
        return body[:4000]

    def twist(self, attributes):
        r = self.random
        at = r.randrange(len(attributes))
        if isinstance(attributes[at], bytes):
            return
        flags, code, value = attributes[at]
        action = r.randrange(9)
        if action == 0:
            attributes[at] = (flags ^ r.choice((0x80, 0x40, 0x20)), code, value)
        elif action == 1:
            attributes[at] = (flags, code, value[:r.randrange(len(value) + 1)])
        elif action == 2:
            attributes[at] = (flags, code, value + r.randbytes(r.randrange(1, 5)))
        elif action == 3:
            attributes[at] = (flags, code, self.octets(value))
        elif action == 4:
            del attributes[at]
        elif action == 5:
            attributes.insert(r.randrange(len(attributes) + 1), (flags, code, value))
        elif action == 6:
            attributes[at] = attribute(flags, code, value)[:-1] + b""  # its length says one more than there is
        elif action == 7:
            attributes.insert(at, (r.choice((0xC0, 0x80, 0x40, 0x00, 0xE0)), r.randrange(256), r.randbytes(r.randrange(6))))
        else:
            attributes[at] = (flags | 0x10, code, value) if len(value) > 255 else bytes([flags | 0x10, code]) + struct.pack("!H", len(value)) + value

    def octets(self, value):
        r, out = self.random, bytearray(value or b"\0")
        for _ in range(r.choice((1, 1, 2))):
            out[r.randrange(len(out))] = r.choice((0, 1, 255, r.randrange(256)))
        return bytes(out)

    def open(self, asn, router_id):
        r = self.random
        body = bytearray(speaker.open_body(asn, router_id, r.choice((180, 0, 3, 1, 2, 90)), version=r.choice((4, 4, 4, 3, 5))))
        for _ in range(r.randrange(3)):
            body[r.randrange(len(body))] = r.choice((0, 1, 255, r.randrange(256)))
        if r.random() < 0.3:
            body = body[:r.randrange(len(body))]
        return bytes(body)


class Wrong(AssertionError):
    pass


class Blast:
    def __init__(self, lab, edge, seed, log=print):
        self.lab, self.edge, self.seed, self.log = lab, edge, seed, log
        self.mutator = Mutator(seed)
        self.clients = [Client(lab.primary.namespace, f"10.77.0.{10 + n}", US, FIRST_ASN + n) for n in range(NEIGHBORS)]
        self.tables = [{} for _ in self.clients]  # prefix -> True; None where the oracle is unsure
        self.down_until = [0.0] * NEIGHBORS
        self.failures = [0] * NEIGHBORS
        self.last = {}  # (number, prefix) -> the last UPDATE that was about it
        self.counts = collections.Counter()

    def connect(self):
        for number, client in enumerate(self.clients):
            if client.socket is None and time.monotonic() >= self.down_until[number]:
                try:
                    client.establish(deadline=0)
                    self.answered(client)  # the first table, so that the next is an answer to us
                    self.failures[number] = 0
                    self.tables[number].clear()
                except (OSError, Closed):
                    client.close()
                    self.down_until[number] = time.monotonic() + 0.5
        return [number for number, client in enumerate(self.clients) if client.socket]

    def lost(self, number):
        self.clients[number].close()
        self.tables[number].clear()
        self.down_until[number] = time.monotonic() + 1

    def batch(self, number, want_reset):
        """What goes in one write, and the last that may end the session."""
        keep, last = [], None
        while len(keep) < BATCH:
            body = self.mutator.update(FIRST_ASN + number)
            fate = oracle.judge_update(body, OURS)
            if fate.what == oracle.KEEP:
                keep.append((body, fate))
            elif want_reset and last is None:
                last = (body, fate)
        return keep, last

    def round(self, resets):
        """One batch on every session that is up; `resets` of them end with one that ends the session."""
        up = self.connect()
        chosen = set(self.mutator.random.sample(up, min(resets, len(up))))
        sent = {}
        for number in up:
            keep, last = self.batch(number, number in chosen)
            sent[number] = keep, last
            self.clients[number].send(b"".join(message(speaker.UPDATE, body) for body, _ in keep) + speaker.refresh())
        for number, (keep, last) in sent.items():
            self.survives(number, keep)
            for body, fate in keep:
                self.note(number, fate, body)
            if last:
                self.ends(number, *last)
        return sum(len(keep) + bool(last) for keep, last in sent.values())

    def survives(self, number, keep):
        try:
            self.answered(self.clients[number])
        except (Closed, OSError) as error:
            self.lost(number)
            self.blame(number, [body for body, _ in keep], error)
        self.counts["survived"] += len(keep)

    @staticmethod
    def answered(client, timeout=30):
        """Our ROUTE-REFRESH is: everything before it was read."""
        end = time.monotonic() + timeout
        wanted = speaker.nlri(ADVERTISED)
        while time.monotonic() < end:
            for kind, body in client.take(max(0, end - time.monotonic())):
                if kind == speaker.NOTIFICATION:
                    raise Closed(f"NOTIFICATION {body[0]}/{body[1]} {body[2:].hex()}")
                if kind == speaker.UPDATE and body.endswith(wanted):
                    return
        raise Closed("no answer to ROUTE-REFRESH")

    def blame(self, number, bodies, error):
        """Finds the one that ended a session which the RFC wanted kept."""
        self.log(f"n{number} ended: {error}; looking for the UPDATE that did it")
        client = self.clients[number]
        client.establish(deadline=150)
        self.answered(client)
        for body in bodies:
            try:
                client.send(message(speaker.UPDATE, body) + speaker.refresh())
                self.answered(client)
            except (Closed, OSError) as one:
                raise Wrong(f"seed {self.seed}: the session ended ({one}) where the RFC keeps it:\n{body.hex()}\n"
                            f"{oracle.judge_update(body, OURS)}") from None
        raise Wrong(f"seed {self.seed}: a session ended ({error}), but no single UPDATE of the batch does it again")

    def ends(self, number, body, fate):
        """The session's end with the right NOTIFICATION; where the RFC leaves a choice, either."""
        client = self.clients[number]
        client.send(message(speaker.UPDATE, body) + speaker.refresh())
        note = None
        try:
            self.answered(client)
        except Closed as error:
            note = str(error)
        except OSError as error:
            note = f"error {error}"
        if note is None and fate.what == oracle.RESET:
            raise Wrong(f"seed {self.seed}: the session goes on where the RFC ends it: {fate.why}\n{body.hex()}")
        if note is None:
            self.counts["kept where either is right"] += 1
            self.tables[number].clear()
            return self.forget(number)
        if not note.startswith("NOTIFICATION 3/") and not (len(body) < 4 and note.startswith("NOTIFICATION 1/2")):
            raise Wrong(f"seed {self.seed}: {note}, where NOTIFICATION 3 was due: {fate.why}\n{body.hex()}")
        subcode = int(note.split()[1].split("/")[1])
        if fate.subcodes and subcode not in fate.subcodes and len(body) >= 4:
            self.counts[f"other subcode: 3/{subcode}, not {fate.subcodes} ({fate.why})"] += 1
        self.counts["reset, as the RFC has it"] += 1
        self.lost(number)

    def forget(self, number):
        """What that one did to the table is not known: a new session knows."""
        self.lost(number)

    def note(self, number, fate, body):
        table = self.tables[number]
        for prefix in fate.withdrawn:
            table.pop(self.text(prefix), None)
            self.last[number, self.text(prefix)] = body, fate
        for prefix in fate.announced:
            table[self.text(prefix)] = True
        for prefix in fate.unsure:
            table[self.text(prefix)] = None
            self.last[number, self.text(prefix)] = body, fate

    @staticmethod
    def text(prefix):
        bits, length, octets = prefix
        raw = octets + bytes(bits // 8 - len(octets))
        return str(ipaddress.ip_network((raw, length), strict=False))

    def tables_agree(self, sample):
        """Adj-RIB-In of some sessions is what the oracle says."""
        for number in self.mutator.random.sample([n for n, client in enumerate(self.clients) if client.socket], sample):
            shown = set()
            for name in (f"n{number}",):
                shown |= {row["prefix"] for row in self.edge.json("show", "routes", "--received", name, timeout=60)}
            unsure = {prefix for prefix, here in self.tables[number].items() if here is None}
            expected, shown = set(self.tables[number]) - unsure, shown - unsure
            if shown != expected:
                prefix = min(shown ^ expected)
                body, fate = self.last.get((number, prefix), (b"", None))
                raise Wrong(f"seed {self.seed}: n{number} holds {len(shown)} prefixes, the oracle {len(expected)}; {prefix} is only "
                            f"{'there' if prefix in shown else 'here'}; the last UPDATE about it:\n{body.hex()}\n{fate}")
            self.counts["tables compared"] += 1

    def opens(self, count):
        """Mutated OPENs, each on a connection of its own."""
        for step in range(count):
            number = step % NEIGHBORS
            client = self.clients[number]
            client.close()
            body = self.mutator.open(client.asn, client.router_id)
            fate = oracle.judge_open(body, client.asn)
            end = time.monotonic() + 150
            while True:  # until it is let in
                try:
                    client.dial()
                    client.send(message(speaker.OPEN, body))
                    kinds = []
                    while speaker.KEEPALIVE not in kinds:
                        kinds += [kind for kind, _ in [client.expect(speaker.OPEN, speaker.KEEPALIVE)]]
                    note = None
                except (Closed, OSError) as error:
                    note = str(error)
                if (note is None or note.startswith("NOTIFICATION")) and not note == "NOTIFICATION 6/5":
                    break
                if time.monotonic() > end:
                    break
                time.sleep(0.3)
            client.close()
            if note is None and fate.what == oracle.RESET:
                raise Wrong(f"seed {self.seed}: an OPEN was taken that is to be refused ({fate.why} {fate.subcodes}): {body.hex()}")
            if note is not None and fate.what == oracle.KEEP:
                raise Wrong(f"seed {self.seed}: a good OPEN was refused ({note}): {body.hex()}")
            if note and fate.what == oracle.RESET:
                right = note.startswith("NOTIFICATION 2/") or (len(body) < 10 and note.startswith("NOTIFICATION 1/2"))
                if not right:
                    raise Wrong(f"seed {self.seed}: {note!r} for an OPEN: {fate.why}: {body.hex()}")
            self.counts["OPENs refused" if note else "OPENs taken"] += 1


def run(lab, program, updates, opens, seed, log=print):
    """Everything; what was counted. Raises where the daemon was wrong, or died."""
    prepare(lab)
    edge = Edge(lab, program=program).start()
    blast = Blast(lab, edge, seed, log)
    log(f"seed {seed}, {program}")
    start, done, memory, rounds = time.monotonic(), 0, [], 0
    while done < updates:
        # Seldom enough for the daemon to forgive the neighbour in between: what fails often is held down for a minute.
        got = blast.round(resets=3 if rounds % 2 == 1 else 0)
        done, rounds = done + got, rounds + 1
        if not got:
            time.sleep(0.1)
        edge.alive()
        memory.append((done, edge.memory()))
        if rounds % 4 == 0 and got:
            blast.tables_agree(min(2, sum(client.socket is not None for client in blast.clients)))
        if rounds % 20 == 0 and got:
            log(f"{done} UPDATEs, {time.monotonic() - start:.0f} s, {edge.memory()} KiB, {dict(blast.counts)}")
    seconds = time.monotonic() - start
    if opens:
        blast.opens(opens)
    edge.alive()
    first = next(size for count, size in memory if count >= updates / 5)
    log(f"{done} UPDATEs in {seconds:.0f} s ({done / seconds:.0f}/s), {opens} OPENs; memory {first} KiB at a fifth, {memory[-1][1]} KiB at the end")
    for what, count in sorted(blast.counts.items()):
        log(f"  {count:7} {what}")
    # A sanitizer keeps what was freed; otherwise what a fifth of it took is what all of it takes.
    if b"__asan_init" not in program.read_bytes():
        assert memory[-1][1] < first * 1.25 + 2048, "memory grows"
    assert edge.stop() == 0, f"the daemon did not end well\n{edge.last_words()}"
    return blast.counts, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--updates", type=int, default=100_000)
    parser.add_argument("--opens", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--program", type=pathlib.Path, default=release() or binary())
    arguments = parser.parse_args()
    with Lab() as lab:
        try:
            run(lab, arguments.program.resolve(), arguments.updates, arguments.opens, arguments.seed)
        except AssertionError as error:
            print(error)
            sys.exit(1)


if __name__ == "__main__":
    main()

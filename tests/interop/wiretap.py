"""What goes over a link, as somebody at its end sees it: every TCP packet of BGP's port, put together into connections.

Run as a program it is the tap itself: `wiretap.py INTERFACE FILE`, until SIGTERM: one JSON line a packet.
"""
import collections
import ipaddress
import json
import pathlib
import signal
import socket
import struct
import sys
import time

PORT = 179
HERE = pathlib.Path(__file__)
ETH_P_ALL = 3
KEPT = 65535  # octets of a packet's payload
SO_TIMESTAMPNS, SO_RCVBUFFORCE = 35, 33
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Connection:
    """One TCP connection. Times are seconds of CLOCK_REALTIME; the ends are known by address."""

    def __init__(self, caller, called):
        self.caller, self.called = caller, called
        self.syn = self.answered = self.up = None  # the first SYN, its SYN+ACK, the ACK behind it
        self.ended = self.ended_by = self.how = None  # the first FIN or RST
        self.packets = []
        self._octets = {caller: {}, called: {}}
        self._first = {}

    def add(self, packet):
        self.packets.append(packet)
        flags, sender = packet["flags"], packet["src"]
        if flags & SYN:
            self._first[sender] = packet["seq"] + 1
            if flags & ACK:
                self.answered = self.answered or packet["at"]
            else:
                self.syn = self.syn or packet["at"]
        elif self.up is None and flags & ACK and sender == self.caller and self.answered and not flags & RST:
            self.up = packet["at"]
        if flags & (FIN | RST) and self.ended is None:
            self.ended, self.ended_by, self.how = packet["at"], sender, "RST" if flags & RST else "FIN"
        if packet["payload"]:
            self._octets[sender].setdefault(packet["seq"], (packet["at"], bytes.fromhex(packet["payload"])))

    def messages(self, sender):
        """(time, type, body) of each BGP message that an end said, as far as it was seen without a hole."""
        at, buffer, wanted = None, b"", self._first.get(sender)
        out = []
        for seq in sorted(self._octets[sender]):
            at, octets = self._octets[sender][seq]
            if wanted is not None and seq != wanted:
                if seq > wanted:
                    break
                octets = octets[wanted - seq:]
                seq = wanted
            wanted = seq + len(octets)
            buffer += octets
            while len(buffer) >= 19 and len(buffer) >= (length := struct.unpack("!H", buffer[16:18])[0]) >= 19:
                out.append((at, buffer[18], buffer[19:length]))
                buffer = buffer[length:]
        return out

    def notifications(self, sender):
        return [f"{body[0]}/{body[1]}" for _, kind, body in self.messages(sender) if kind == 3 and len(body) >= 2]

    def told(self):
        """In words, for people."""
        end = f"{self.how} of {self.ended_by}" if self.how else "stands"
        notes = [f"{who} said {note}" for who in (self.caller, self.called) for note in self.notifications(who)]
        state = "up" if self.up else "answered" if self.answered else "SYN only"
        kinds = {who: "".join("?OUNKR"[min(kind, 5)] for _, kind, _ in self.messages(who)) for who in (self.caller, self.called)}
        return (f"{self.caller} calls {self.called}: {state}, {end}" + "".join(f", {note}" for note in notes)
                + f"; messages {kinds[self.caller] or 0} and {kinds[self.called] or 0}")


class Tap:
    """Listens on an interface of a namespace while in its `with`."""

    def __init__(self, lab, namespace, interface):
        self.lab, self.namespace, self.interface = lab, namespace, interface
        self.file = lab.dir / f"tap-{namespace}-{interface}-{time.monotonic_ns()}.jsonl"

    def __enter__(self):
        from lab import wait_for
        self.process = self.lab.start(self.namespace, "/usr/bin/python3", HERE, self.interface, self.file, log=self.lab.dir / "tap.log")
        wait_for(self.file.exists, "the tap listens")
        return self

    def __exit__(self, *_):
        from lab import stop
        stop(self.process)

    def packets(self):
        lines = self.file.read_text().splitlines()
        out = []
        for line in lines:
            try:
                out.append(json.loads(line))
            except json.JSONDecodeError:
                break  # the tap is in the middle of it
        return out

    def connections(self):
        """In the order of their first packets."""
        live, out = {}, []
        for packet in self.packets():
            key = frozenset(((packet["src"], packet["sport"]), (packet["dst"], packet["dport"])))
            fresh = packet["flags"] & (SYN | ACK) == SYN
            known = live.get(key)
            if known is None or (fresh and known.ended):
                caller, called = (packet["dst"], packet["src"]) if packet["sport"] == PORT else (packet["src"], packet["dst"])
                known = live[key] = Connection(caller, called)
                out.append(known)
            known.add(packet)
        return out


def at_once(one, other):
    """Both stood at the same time."""
    if not (one and other and one.up and other.up):
        return False
    never = float("inf")
    return max(one.up, other.up) < min(one.ended or never, other.ended or never)


def _packet(frame, at):
    if len(frame) < 34:
        return None
    kind = struct.unpack("!H", frame[12:14])[0]
    ip = frame[14:]
    if kind == 0x0800 and ip[9] == 6:
        total = struct.unpack("!H", ip[2:4])[0]
        head, tos, ttl, source, target = (ip[0] & 15) * 4, ip[1], ip[8], ip[12:16], ip[16:20]
        tcp = ip[head:total] if total else ip[head:]
    elif kind == 0x86DD and ip[6] == 6:
        tos = (ip[0] & 15) << 4 | ip[1] >> 4
        ttl, source, target = ip[7], ip[8:24], ip[24:40]
        tcp = ip[40:40 + struct.unpack("!H", ip[4:6])[0]]
    else:
        return None
    if len(tcp) < 20:
        return None
    sport, dport, seq, ack, offset, flags, window = struct.unpack("!HHIIBBH", tcp[:16])
    if PORT not in (sport, dport):
        return None
    options, payload = tcp[20:(offset >> 4) * 4], tcp[(offset >> 4) * 4:]
    return {"at": at, "src": str(ipaddress.ip_address(source)), "dst": str(ipaddress.ip_address(target)), "sport": sport, "dport": dport,
            "seq": seq, "ack": ack, "flags": flags & 0x1F, "window": window, "ttl": ttl, "tos": tos, "octets": len(payload),
            "md5": b"\x13\x12" in options,
            "payload": payload[:KEPT].hex()}


def listen(interface, file):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    tap.bind((interface, ETH_P_ALL))
    tap.settimeout(0.2)
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    with open(file, "w", buffering=1) as out:
        while running:
            try:
                frame, ancillary, *_ = tap.recvmsg(65600, 64)
            except TimeoutError:
                continue
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            if packet := _packet(frame, seconds + nanoseconds / 1e9):
                out.write(json.dumps(packet) + "\n")


def keepalive_gaps(connections, sender):
    """Seconds between one message and the next of an end, over its longest connection: what a hold timer sees."""
    longest = max(connections, key=lambda c: len(c.packets), default=None)
    times = [at for at, *_ in longest.messages(sender)] if longest else []
    return [b - a for a, b in zip(times, collections.deque(times[1:]))]


if __name__ == "__main__":
    listen(sys.argv[1], sys.argv[2])

"""A BGP speaker as small as can be, for floods and for octets that no real one would send: its sockets live in a namespace of the
lab, its thread of work in the test."""
import contextlib
import ctypes
import ipaddress
import os
import select
import socket
import struct
import time

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(namespace):
    """Sockets made by this thread meanwhile belong to the namespace, and go on doing so."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if _libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        _libc.setns(home, CLONE_NEWNET)
        os.close(there)
        os.close(home)


def message(kind, body=b""):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body


def capability(code, value=b""):
    return bytes([code, len(value)]) + value


def open_body(asn, router_id, hold=180, families=(1, 2), version=4, more=b""):
    capabilities = b"".join(capability(1, struct.pack("!HBB", afi, 0, 1)) for afi in families)
    capabilities += capability(2) + capability(65, struct.pack("!I", asn)) + more
    return (struct.pack("!BHH", version, asn if asn < 65536 else 23456, hold) + ipaddress.ip_address(router_id).packed
            + bytes([len(capabilities) + 2, 2, len(capabilities)]) + capabilities)


def attribute(flags, code, value):
    extended = len(value) > 255
    return bytes([flags | (0x10 if extended else 0), code]) + struct.pack("!H" if extended else "!B", len(value)) + value


def as_path(*asns):
    return bytes([2, len(asns)]) + b"".join(struct.pack("!I", asn) for asn in asns) if asns else b""


def nlri(prefix):
    network = ipaddress.ip_network(prefix)
    return bytes([network.prefixlen]) + network.network_address.packed[:(network.prefixlen + 7) // 8]


def update_body(withdrawn=b"", attributes=b"", announced=b""):
    return struct.pack("!H", len(withdrawn)) + withdrawn + struct.pack("!H", len(attributes)) + attributes + announced


def route(next_hop, path, *prefixes, more=b""):
    """A whole UPDATE of IPv4 prefixes."""
    attributes = (attribute(0x40, 1, b"\0") + attribute(0x40, 2, as_path(*path))
                  + attribute(0x40, 3, ipaddress.ip_address(next_hop).packed) + more)
    return message(UPDATE, update_body(attributes=attributes, announced=b"".join(map(nlri, prefixes))))


def refresh(afi=1):
    return message(ROUTE_REFRESH, struct.pack("!HBB", afi, 0, 1))


class Closed(Exception):
    """The peer ended the connection."""


class Client:
    """One connection to a peer, which it dials."""

    def __init__(self, namespace, local, peer, asn, router_id=None, hold=180):
        self.namespace, self.local, self.peer, self.asn = namespace, local, peer, asn
        self.router_id, self.hold = router_id or local, hold
        self.socket, self.buffer, self.pending = None, b"", []

    def dial(self, timeout=5):
        self.close()
        with inside(self.namespace):
            family = socket.AF_INET6 if ":" in self.peer else socket.AF_INET
            self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.bind((self.local, 0))
        self.socket.connect((self.peer, 179))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.pending = b"", []
        return self

    def establish(self, deadline=30):
        """Dials until it is let in; the daemon may damp what failed before."""
        end = time.monotonic() + deadline
        while True:
            try:
                self.dial()
                self.send(message(OPEN, open_body(self.asn, self.router_id, self.hold)))
                self.expect(OPEN)
                self.send(message(KEEPALIVE))
                self.expect(KEEPALIVE)
                return self
            except (OSError, Closed):
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def send(self, octets):
        self.socket.sendall(octets)

    def take(self, timeout=0.0):
        """Messages that are there or come within the time, as (type, body); Closed when there is nothing more to come."""
        if self.pending:
            out, self.pending = self.pending, []
            return out
        if not select.select([self.socket], [], [], timeout)[0]:
            return []
        try:
            got = self.socket.recv(1 << 20)
        except ConnectionResetError as error:
            raise Closed("reset") from error
        if not got:
            raise Closed("closed")
        self.buffer += got
        out, at = [], 0
        while len(self.buffer) - at >= 19 and len(self.buffer) - at >= (length := struct.unpack_from("!H", self.buffer, at + 16)[0]):
            out.append((self.buffer[at + 18], self.buffer[at + 19:at + length]))
            at += length
        self.buffer = self.buffer[at:]
        return out

    def expect(self, *kinds, timeout=5):
        """The first message of one of the kinds; Closed, with the NOTIFICATION in it, when one came instead."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            messages = self.take(max(0, end - time.monotonic()))
            for number, (kind, body) in enumerate(messages, 1):
                if kind in kinds:
                    self.pending = messages[number:]
                    return kind, body
                if kind == NOTIFICATION:
                    raise Closed(f"NOTIFICATION {body[0]}/{body[1]}")
        raise Closed(f"no message of type {kinds} within {timeout} s")

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

#!/usr/bin/env python3
"""Writes the seeds of the targets that take more than one message: what the unit tests' messages look like to `decode`, `pcap`
and `speaker`. Small on purpose: the fuzzer makes more of them. Run it again after the shape of a target's input changed."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def hexed(text):
    return bytes.fromhex(text.replace(" ", ""))


def message(kind, body=b""):
    return b"\xff" * 16 + struct.pack(">HB", 19 + len(body), kind) + body


def update(attributes=b"", announced=b"", withdrawn=b""):
    return struct.pack(">H", len(withdrawn)) + withdrawn + struct.pack(">H", len(attributes)) + attributes + announced


def capability(code, value):
    return bytes([code, len(value)]) + value


def open_body(capabilities, extended=False):
    fixed = hexed("04 fd e8 00 5a c0 00 02 01")
    if extended:
        return fixed + b"\xff\xff" + struct.pack(">HBH", len(capabilities) + 3, 2, len(capabilities)) + capabilities
    return fixed + bytes([len(capabilities) + 2, 2, len(capabilities)]) + capabilities


ORIGIN, PATH, PATH2, NEXT_HOP = hexed("40 01 01 00"), hexed("40 02 06 02 01 00 00 2f 2c"), hexed("40 02 04 02 01 2f 2c"), hexed("40 03 04 c0 a8 0f 12")
GOOD = ORIGIN + PATH + NEXT_HOP
OPTIONAL = {
    "med": "80 04 04 00 00 00 0a", "local-pref": "40 05 04 00 00 00 64", "atomic": "40 06 00", "aggregator": "c0 07 08 00 00 2f 2c 0a 00 00 01",
    "communities": "c0 08 08 2f 2c 00 01 ff ff ff 01", "cluster": "80 0a 04 0a 00 00 01", "extended": "c0 10 08 00 02 2f 2c 00 00 00 09",
    "large": "c0 20 0c 00 00 2f 2c 00 00 00 01 00 00 00 02", "otc": "c0 23 04 00 00 2f 2c", "as4-path": "c0 11 06 02 01 00 01 00 00",
    "mp-reach": "80 0e 1e 00 02 01 10 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 00 40 20 01 0d b8 00 00 00 01",
    "mp-unreach": "80 0f 0c 00 02 01 40 20 01 0d b8 00 00 00 01", "vpn": "80 0e 1d 00 01 80 0c 00 00 00 00 00 00 00 00 0a 00 00 01 00 58 00 01 01 00 00 fd e8 00 00 00 09",
    "evpn": "80 0e 15 00 19 46 04 0a 00 00 01 00 03 0a 00 00 00 00 00 00 00 00 00 00", "flowspec": "90 0e 00 09 00 01 85 00 00 03 01 08 0a",
    "set": "c0 80 0d 00 00 fd e8 40 01 01 00 40 05 04 00 00 00 64", "prefix-sid": "c0 28 0a 01 00 07 00 00 00 00 00 00 05", "unknown": "c0 c8 02 aa bb",
}
CAPABILITIES = b"".join(capability(code, hexed(value)) for code, value in (
    (1, "0001 00 01"), (1, "0002 00 01"), (2, ""), (6, ""), (9, "03"), (5, "0001 0001 0002"), (64, "c078 0001 01 80"), (65, "0000 2f2c"), (69, "0001 01 03"), (70, ""), (73, "03 6c6162 00")))

MESSAGES = {
    "open": message(1, open_body(CAPABILITIES)), "open-extended": message(1, open_body(CAPABILITIES, extended=True)),
    "end-of-rib": message(2, update()), "announce": message(2, update(GOOD, hexed("18 0a 01 02"))),
    "withdraw": message(2, update(withdrawn=hexed("18 0a 01 02"))), "two-octet": message(2, update(ORIGIN + PATH2 + NEXT_HOP, hexed("08 0a"))),
    **{f"announce-{name}": message(2, update(GOOD + hexed(octets), hexed("18 0a 01 02"))) for name, octets in OPTIONAL.items()},
    "path-id": message(2, update(GOOD, hexed("00 00 00 07 18 0a 01 02"))), "cease": message(3, hexed("06 02 03 62 79 65")),
    "hard-reset": message(3, hexed("06 09 06 04")), "bad-length": message(3, hexed("01 02 10 01")), "keepalive": message(4),
    "refresh": message(5, hexed("0001 00 01")),
}


def tcp(sequence, payload, flags=0x18):
    segment = struct.pack(">HHIIBBHHH", 1024, 179, sequence, 0, 0x50, flags, 0, 0, 0) + payload
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])) + segment


def pcap(link, packets):
    return struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link) + b"".join(
        struct.pack("<IIII", second, 0, len(packet), len(packet)) + packet for second, packet in enumerate(packets))


def pcapng(link, packets):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
    return block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack("<HHI", link, 0, 0)) + b"".join(
        block(6, struct.pack("<IIIII", 0, 0, second, len(packet), len(packet)) + packet) for second, packet in enumerate(packets))


STREAM = MESSAGES["open"] + MESSAGES["keepalive"] + MESSAGES["announce"]
SEGMENTS = [tcp(99, b"", 2), tcp(100, STREAM[:50]), tcp(150 + 30, STREAM[80:]), tcp(150, STREAM[50:80])]
ETHERNET = bytes(12) + b"\x08\x00"
INPUTS = {
    "raw": STREAM, "hex": STREAM.hex().encode(), "dump": b"0000  " + STREAM[:16].hex(" ").encode() + b"\n0010  " + STREAM[16:32].hex(" ").encode() + b"\n",
    "pcap-raw": pcap(101, SEGMENTS), "pcap-ethernet": pcap(1, [ETHERNET + packet for packet in SEGMENTS]),
    "pcap-vlan": pcap(1, [bytes(12) + hexed("8100 0064 0800") + packet for packet in SEGMENTS]), "pcap-sll": pcap(113, [bytes(14) + b"\x08\x00" + packet for packet in SEGMENTS]),
    "pcapng": pcapng(101, SEGMENTS), "pcap-gap": pcap(101, SEGMENTS[:1] + SEGMENTS[2:]),
}


def counted(octets):
    return bytes([len(octets)]) + octets


def speaker(*acts):
    """The seed of the jitter, the width of AS numbers, then acts as fuzz/speaker.cpp reads them."""
    return b"\x01\x00" + b"".join(acts)


def told(attributes, link=0, routes=b"\x18\x0a\x01\x02"):
    return bytes([link << 7, 5]) + counted(attributes) + counted(routes)


PASS, KEEPALIVES, CUT, MEND, RELOAD = b"\x08\x03\xe8", b"\x08\x00\x01", b"\x0b\x00", b"\x0b\x01", b"\x0e\x05"
STORIES = {
    "both-announce": speaker(told(b""), told(b"", 1), PASS, hexed("0f 00 04 00"), hexed("0f 00 03 01")),
    **{name: speaker(told(hexed(octets)), told(b"", 1), PASS) for name, octets in OPTIONAL.items()},
    "cut-and-mended": speaker(told(b""), told(b"", 1), PASS, CUT, PASS, MEND, PASS, told(b"")),
    "closed": speaker(told(b""), told(b"", 1), b"\x0a\x68", PASS, PASS, PASS), "reload": speaker(told(b""), RELOAD, PASS),
    "malformed-origin": speaker(told(hexed("40 01 01 07"))), "reset": speaker(b"\x05" + counted(hexed("00 09 00 00")), PASS, PASS, PASS, PASS, PASS),
    "notification": speaker(b"\x06\x03" + counted(hexed("06 04 03 62 79 65")), PASS, PASS), "refresh": speaker(b"\x06\x05" + counted(hexed("0001 00 01"))),
    "kernel": speaker(told(b""), b"\x0d\x01\x01", told(b"", 1), PASS, b"\x0d\x01\x00", b"\x0d\x00", PASS),
    "withdraw": speaker(told(b""), b"\x05" + counted(update(withdrawn=hexed("18 0a 01 02"))), b"\x05" + counted(update())),
}

for target, seeds in {"decode": {name: b"\x00" + octets for name, octets in MESSAGES.items()}, "pcap": INPUTS, "speaker": STORIES}.items():
    folder = CORPUS / target
    folder.mkdir(exist_ok=True)
    for name, octets in seeds.items():
        (folder / name).write_bytes(octets)
    print(f"{target}: {len(seeds)} seeds")

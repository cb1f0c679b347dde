"""Writes and reads just enough MRT (RFC 6396): tables to feed to others, and `bgpdump`'s reading of recordings."""
import ipaddress
import itertools
import struct
import subprocess

TABLE_DUMP_V2 = 13
PEER_INDEX_TABLE, RIB_IPV4_UNICAST, RIB_IPV6_UNICAST = 1, 2, 4


def _record(subtype, body):
    return struct.pack("!IHHI", 0, TABLE_DUMP_V2, subtype, len(body)) + body


def _attribute(flags, code, value):
    return struct.pack("!BBB", flags, code, len(value)) + value


def table(prefixes, next_hop, as_path=(), med=0, communities=(), next_hop6=None):
    """A TABLE_DUMP_V2 file as octets: one neighbour, one route a prefix. AS_PATH as 4-octet numbers (RFC 6396 4.3.4)."""
    view = b"lab"
    out = [_record(PEER_INDEX_TABLE, struct.pack("!IH", 0x0C004C01, len(view)) + view + struct.pack("!H", 1)
                   + struct.pack("!BIII", 2, 0x0C004C01, int(ipaddress.ip_address(next_hop)), 12076))]
    path = struct.pack("!BB", 2, len(as_path)) + b"".join(struct.pack("!I", asn) for asn in as_path) if as_path else b""
    common = _attribute(0x40, 1, b"\0") + _attribute(0x40, 2, path)
    tags = b"".join(struct.pack("!HH", *map(int, community.split(":"))) for community in communities)
    for number, text in enumerate(prefixes):
        prefix = ipaddress.ip_network(text)
        octets = prefix.network_address.packed[:(prefix.prefixlen + 7) // 8]
        if prefix.version == 4:
            attributes = common + _attribute(0x40, 3, ipaddress.ip_address(next_hop).packed)
        else:  # RFC 6396 4.3.4 leaves only the next hop of MP_REACH_NLRI; gobgp 3.10 reads the whole attribute only
            hop = ipaddress.ip_address(next_hop6).packed
            nlri = bytes([prefix.prefixlen]) + octets
            attributes = common + _attribute(0x80, 14, struct.pack("!HBB", 2, 1, len(hop)) + hop + b"\0" + nlri)
        attributes += _attribute(0x80, 4, struct.pack("!I", med))
        attributes += _attribute(0xC0, 8, tags) if tags else b""
        body = struct.pack("!IB", number, prefix.prefixlen) + octets + struct.pack("!H", 1)
        body += struct.pack("!HIH", 0, 0, len(attributes)) + attributes
        out.append(_record(RIB_IPV4_UNICAST if prefix.version == 4 else RIB_IPV6_UNICAST, body))
    return b"".join(out)


def whole_records(octets, room):
    """The file in pieces of whole records, each as many as there is room for."""
    start = at = 0
    while at < len(octets):
        length = 12 + int.from_bytes(octets[at + 8:at + 12], "big")
        if at + length - start > room and at > start:
            yield octets[start:at]
            start = at
        at += length
    if at > start:
        yield octets[start:at]


def paths(file):
    """Every AS path that a table has for a prefix, of whichever neighbour: prefix -> set of paths."""
    out = {}
    dump = subprocess.run(["bgpdump", "-m", str(file)], capture_output=True, encoding="latin-1", check=True).stdout
    for line in dump.splitlines():
        prefix, path = line.split("|")[5:7]
        out.setdefault(prefix, set()).add(path)
    return out


def routes(file):
    """What a recording leaves behind, by bgpdump: prefix -> AS path (text). Per neighbour and prefix the last word counts,
    a withdrawal too; a prefix belongs to the first neighbour (by first appearance in the file) that holds it."""
    neighbours = {}
    held = {}
    with subprocess.Popen(["bgpdump", "-m", str(file)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          encoding="latin-1") as dump:
        for line in dump.stdout:
            kind, _, action, address, asn, rest = line.rstrip("\n").split("|", 5)
            key = (address, asn)
            neighbours.setdefault(key, len(neighbours))
            mine = held.setdefault(key, {})
            if action in ("A", "B"):
                fields = rest.split("|")
                prefix, path = fields[0], fields[2 if kind.endswith("_AP") else 1]  # RFC 8050: a path identifier between
                if "0" in path.split():  # RFC 7607 section 2: as if it were withdrawn
                    mine.pop(prefix, None)
                else:
                    mine[prefix] = path
            elif action == "W":
                mine.pop(rest.split("|", 1)[0], None)
    out = {}
    for key in sorted(held, key=neighbours.get):
        for prefix, path in held[key].items():
            out.setdefault(prefix, path)
    return out


def slash24s(count, start="10.128.0.0"):
    """`count` /24s in a row, as VNets' address spaces look."""
    first = int(ipaddress.ip_address(start))
    return [f"{ipaddress.ip_address(first + number * 256)}/24" for number in range(count)]


def slash64s(count, start="2001:db8:a000::"):
    first = int(ipaddress.ip_address(start))
    return [f"{ipaddress.ip_address(first + (number << 64))}/64" for number in itertools.islice(itertools.count(), count)]

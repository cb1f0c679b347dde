"""`dyad decode` and a decoder nobody of this project wrote read the same in the same captures: per message its length, path
attributes, routes, capabilities, error codes. And no message of a capture is missed."""
import collections
import csv
import json
import os
import pathlib
import shutil
import subprocess

import dyad
import pytest

SHARED = pathlib.Path(os.environ.get("DYAD_SHARED") or pathlib.Path(__file__).resolve().parents[3] / "shared")
CAPTURES = sorted(path for path in (SHARED / "pcap").glob("*.pcap*") if path.suffix in (".pcap", ".pcapng"))
KINDS = {1: "open", 2: "update", 3: "notification", 4: "keepalive", 5: "route-refresh"}

# Where tshark 4.0 reads otherwise: capture -> (what it does, why it is wrong, which figures are then not compared).
OTHERWISE = {
    "tcpdump__bgp-extended-optional-parameters-length.pcapng": (
        "reads the longer form of optional parameters as the old one",
        "RFC 9072 section 2: a first parameter of type 255 says that lengths have two octets", ("capabilities",)),
}


# -- what tshark says ----------------------------------------------------------------------------------------------------
# Its JSON repeats keys: objects are kept as lists of pairs.
def values(pairs, key):
    return [value for name, value in pairs if name == key]


def is_object(value):
    return isinstance(value, list)


def count_routes(pairs):
    """Each route is an object; of a VPN-IPv6 route tshark leaves but its labels."""
    return sum(is_object(value) for _, value in pairs) or len(values(pairs, "bgp.label_stack"))


def tshark_update(layer):
    said = collections.Counter()
    attributes = []
    for block in values(layer, "bgp.update.path_attributes"):
        for attribute in values(block, "bgp.update.path_attribute"):
            attributes.append(int(values(attribute, "bgp.update.path_attribute.type_code")[0]))
            for reached in values(attribute, "bgp.update.path_attribute.mp_reach_nlri"):
                said["reached"] += count_routes(reached)
            for unreached in values(attribute, "bgp.update.path_attribute.mp_unreach_nlri"):
                said["unreached"] += count_routes(unreached)
    return {"attributes": attributes, "reached": said["reached"], "unreached": said["unreached"],
            "announced": sum(map(count_routes, values(layer, "bgp.update.nlri"))),
            "withdrawn": sum(map(count_routes, values(layer, "bgp.update.withdrawn_routes"))),
            "attribute octets": int(values(layer, "bgp.update.path_attributes.length")[0]),
            "withdrawn octets": int(values(layer, "bgp.update.withdrawn_routes.length")[0])}


def tshark_open(layer):
    capabilities = [int(values(capability, "bgp.cap.type")[0]) for parameters in values(layer, "bgp.open.opt")
                    for parameter in values(parameters, "bgp.open.opt.param") for capability in values(parameter, "bgp.cap")]
    return {"capabilities": capabilities, "as": int(values(layer, "bgp.open.myas")[0]),
            "hold time": int(values(layer, "bgp.open.holdtime")[0]), "identifier": values(layer, "bgp.open.identifier")[0]}


def tshark_notification(layer):
    minor = [int(value) for name, value in layer if name.startswith("bgp.notify.minor_error")]
    return {"code": int(values(layer, "bgp.notify.major_error")[0]), "subcode": minor[0] if minor else None}


def tshark_refresh(layer):
    return {name: int(values(layer, f"bgp.route_refresh.{name}")[0]) for name in ("afi", "safi", "subtype")}


def tshark_message(layer):
    kind = KINDS[int(values(layer, "bgp.type")[0])]
    said = {"kind": kind, "octets": int(values(layer, "bgp.length")[0])}
    more = {"open": tshark_open, "update": tshark_update, "notification": tshark_notification, "route-refresh": tshark_refresh}
    return said | (more[kind](layer) if kind in more else {})


def endpoints(layers):
    for version in ("ip", "ipv6"):
        for header in values(layers, version):
            tcp = values(layers, "tcp")[0]
            return tuple(values(header, f"{version}.{end}")[0] + " " + values(tcp, f"tcp.{end}port")[0] for end in ("src", "dst"))
    return None


def tshark_messages(capture):
    out = subprocess.run(["tshark", "-r", capture, "-d", "tcp.port==179,bgp", "-T", "json"], capture_output=True, check=True).stdout
    found = collections.defaultdict(list)
    for packet in json.loads(out, object_pairs_hook=list):
        layers = values(values(packet, "_source")[0], "layers")[0]
        for layer in values(layers, "bgp"):
            found[endpoints(layers)].append(tshark_message(layer))
    return found


# -- what dyad says ------------------------------------------------------------------------------------------------------
def decode(data, *options):
    out = subprocess.run([dyad.binary(), "decode", "--json", *options], input=data, capture_output=True, check=True).stdout
    return json.loads(out)["items"]


def every(field, name):
    """All fields of this name inside one, not looking inside those found."""
    for inner in field.get("fields", ()):
        if inner["name"] == name:
            yield inner
        else:
            yield from every(inner, name)


def first(field, name):
    return next(every(field, name), {"fields": [], "number": 0, "value": ""})


def our_update(field):
    attributes = first(field, "Path Attributes").get("fields", [])

    def routes(name, inside):
        return sum(len(first(attribute, inside).get("fields", [])) for attribute in attributes if attribute["name"] == name)

    def top(name):
        return sum(len(inner.get("fields", [])) for inner in field["fields"] if inner["name"] == name)

    return {"attributes": [attribute["number"] for attribute in attributes], "reached": routes("MP_REACH_NLRI", "NLRI"),
            "unreached": routes("MP_UNREACH_NLRI", "Withdrawn Routes"), "announced": top("NLRI"), "withdrawn": top("Withdrawn Routes"),
            "attribute octets": first(field, "Total Path Attribute Length")["number"],
            "withdrawn octets": first(field, "Withdrawn Routes Length")["number"]}


def our_open(field):
    return {"capabilities": [capability["number"] for capability in every(field, "Capability")],
            "as": first(field, "My Autonomous System")["number"], "hold time": first(field, "Hold Time")["number"],
            "identifier": first(field, "BGP Identifier")["value"]}


def our_notification(field):
    subcode = first(field, "Error Subcode")["number"]
    # tshark leaves out a subcode where the code has none.
    return {"code": first(field, "Error Code")["number"], "subcode": subcode}


def our_refresh(field):
    return {"afi": first(field, "Address Family")["number"], "safi": first(field, "Subsequent Address Family")["number"],
            "subtype": first(field, "Message Subtype")["number"]}


def our_message(field):
    kind = field["name"].lower()
    said = {"kind": kind, "octets": first(field, "Length")["number"]}
    more = {"open": our_open, "update": our_update, "notification": our_notification, "route-refresh": our_refresh}
    return said | (more[kind](field) if kind in more else {})


def our_messages(capture):
    found = collections.defaultdict(list)
    for item in decode(capture.read_bytes()):
        if item["kind"] == "message" and item["verdict"] != "incomplete":
            ends = tuple(item[end].replace("[", "").replace("]", "") for end in ("from", "to"))
            found[tuple(" ".join(end.rsplit(":", 1)) for end in ends)].append(our_message(item["message"]))
    return found


needs_captures = pytest.mark.skipif(not CAPTURES, reason="no ../shared/pcap here (DYAD_SHARED names the directory)")
needs_tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="no tshark here: tests/run installs it")


@needs_captures
@needs_tshark
@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_captures_read_as_tshark_reads_them(capture):
    uncompared = OTHERWISE.get(capture.name, ("", "", ()))[2]
    theirs, ours = tshark_messages(capture), our_messages(capture)
    assert theirs, "tshark found nothing"
    for ends in sorted(theirs.keys() | ours.keys(), key=str):
        assert len(ours[ends]) == len(theirs[ends]), f"{ends}: messages"
        for number, (our, their) in enumerate(zip(ours[ends], theirs[ends]), 1):
            for figure in their.keys() - set(uncompared):
                if their[figure] is not None:
                    assert our[figure] == their[figure], f"{ends}, message {number}: {figure}"


@needs_captures
def test_captures_hold_as_many_messages_as_their_index_says():
    for row in csv.DictReader((SHARED / "pcap" / "index.csv").open()):
        kinds = collections.Counter(item["message"]["name"].lower() for item in decode((SHARED / "pcap" / row["file"]).read_bytes())
                                    if item["kind"] == "message")
        expected = {kind: int(count) for kind, count in (part.split(":") for part in row["kinds"].split())}
        assert kinds == expected, row["file"]

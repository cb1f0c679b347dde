"""The matrix: five speakers by what two speakers can do together. Tests that carry `@cell("MD5")` fill it in, and the run prints it
at its end; tests/run joins what its parts found."""
import json
import pathlib
import subprocess

import pytest

MAKES = ("bird", "frr", "gobgp", "openbgpd", "exabgp")
NAMES = {"bird": ("BIRD", "bird2"), "frr": ("FRR", "frr"), "gobgp": ("GoBGP", "gobgpd"), "openbgpd": ("OpenBGPD", "openbgpd"),
         "exabgp": ("ExaBGP", "exabgp")}  # make -> what it is called, and its Debian package
CELLS = ("IPv4", "IPv6", "4-byte AS", "MD5", "refresh asked by the peer", "refresh asked by dyad", "peer restarts gracefully",
         "dyad restarts gracefully", "extended messages", "ADD-PATH", "collision", "text from the peer", "text from dyad",
         "enhanced refresh", "roles")

# What a speaker does not have, and where it says so.
LACKS = {
    ("gobgp", "extended messages"): "3.10 knows no capability 6: its OPEN never has it, whatever is configured",
    ("openbgpd", "extended messages"): "bgpd.conf(5) of 7.7 has no `announce extended`",
    ("gobgp", "roles"): "3.10's configuration has no role; its OPEN never has capability 9",
    ("exabgp", "roles"): "4.2's `capability` section has no role",
    ("gobgp", "refresh asked by the peer"): "3.10 keeps what it received and judges that again (`softresetin`); it never asks",
    ("gobgp", "enhanced refresh"): "3.10 decodes capability 70 and never announces it",
    ("openbgpd", "refresh asked by dyad"): "7.7 refuses every family that was negotiated (openbgpd-portable issue 46, mended in rde.c 1.586)",
    ("exabgp", "refresh asked by dyad"): "4.2 ends the connection where it would say that a refresh begins (takes its own BoRR for prefixes)",
    ("openbgpd", "peer restarts gracefully"): 'bgpd.conf(5): "Currently only the End-of-RIB marker is supported" - no family is kept',
    ("exabgp", "dyad restarts gracefully"): "4.2 hands routes to programs and keeps no table of what it received",
    ("exabgp", "text from the peer"): "4.2's `teardown` takes a subcode and no text",
}


def versions():
    """make -> its name and upstream's version, "BIRD 2.0.12"; the name alone where no package says."""
    try:
        said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${source:Upstream-Version}\n",
                               *(package for _, package in NAMES.values())], capture_output=True, text=True).stdout
    except FileNotFoundError:
        said = ""
    known = dict(line.split(" ", 1) for line in said.splitlines())
    return {make: f"{name} {known.get(package, '')}".strip() for make, (name, package) in NAMES.items()}


VERSIONS = versions()
found = {}  # (make, cell) -> "yes" | "FAILED" | "-": the test was skipped


def cell(name):
    assert name in CELLS, name
    return pytest.mark.cell(name)


def take(item, report):
    """Notes what became of a test."""
    mark = item.get_closest_marker("cell")
    make = next((value for value in getattr(getattr(item, "callspec", None), "params", {}).values() if isinstance(value, type)), None)
    if not mark or not make:
        return
    key = make.name, mark.args[0]
    if report.failed:
        found[key] = "FAILED"
    elif report.when == "call" and report.passed:
        found.setdefault(key, "yes")
    elif report.skipped and key not in found:
        found[key] = "-"


def save(folder, part):
    file = pathlib.Path(folder) / f"matrix-{part.replace('/', '-of-')}.json"
    file.write_text(json.dumps([[make, name, value] for (make, name), value in found.items()]))


def load(folder):
    for file in pathlib.Path(folder).glob("matrix-*.json"):
        for make, name, value in json.loads(file.read_text()):
            if found.get((make, name)) != "FAILED":
                found[make, name] = value


def lines():
    """The table, and below it why a cell is empty."""
    if not found:
        return []
    width = max(map(len, CELLS))
    out = [" " * width + "".join(f"  {VERSIONS[make]:<13}" for make in MAKES)]
    notes = []
    for name in CELLS:
        row = f"{name:<{width}}"
        for make in MAKES:
            value = found.get((make, name), " ")
            if value == "-" and (make, name) in LACKS:
                notes.append(f"({len(notes) + 1}) {VERSIONS[make]}, {name}: {LACKS[make, name]}")
                value = f"- ({len(notes)})"
            row += f"  {value:<13}"
        out.append(row.rstrip())
    return out + notes

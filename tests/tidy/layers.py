#!/usr/bin/env python3
"""The table of rooms in src/README.md holds: a file includes its own room and those named there, which all stand above it;
none is named that is not included. Only shell and ctl see the world."""
import pathlib
import re
import sys

WORLD = re.compile(r"boost/asio|spdlog|<thread>|<mutex>|<fstream>|<iostream>|<random>|<filesystem>|"
                   r"(system|steady|high_resolution)_clock|<unistd.h>|<sys/socket.h>|std::rand\b")
SEE_THE_WORLD = ("shell", "ctl")
INCLUDE = re.compile(r'#include "(?:dyad/)?([a-z_0-9]+)/')

root = pathlib.Path(__file__).resolve().parents[2]
faults = []


def rooms():
    """room -> the rooms its files may include, lowest first."""
    rows = re.search(r"\| room \|.*\n\|-.*\n((?:\|.*\n)+)", (root / "src/README.md").read_text())[1]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
    return {room: [] if named == "-" else named.split() for room, _, named in cells}


may = rooms()
order = list(may)
included = {room: set() for room in may}
for base in (root / "include/dyad", root / "src"):
    for file in sorted(base.rglob("*.[ch]pp")):
        room = file.relative_to(base).parts[0]
        for number, line in enumerate(file.read_text().splitlines(), 1):
            place = f"{file.relative_to(root)}:{number}"
            seen = INCLUDE.match(line)
            if seen and seen[1] != room:
                included.setdefault(room, set()).add(seen[1])
                if seen[1] not in may.get(room, []):
                    faults.append(f"{place}: {room} may not include {seen[1]} (the table of rooms in src/README.md)")
            if room not in SEE_THE_WORLD and WORLD.search(line.split("//")[0]):
                faults.append(f"{place}: the core sees the world: {line.strip()}")
for room, named in may.items():
    faults += [f"src/README.md: {room} names {other}, which does not stand above it" for other in named
               if other not in order[:order.index(room)]]
    faults += [f"src/README.md: {room} names {other}, which it does not include" for other in named
               if other not in included[room]]
print("\n".join(faults) or "layers hold")
sys.exit(bool(faults))

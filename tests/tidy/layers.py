#!/usr/bin/env python3
"""A room may include its own and those below it that house rules name; only shell and ctl see the world."""
import pathlib
import re
import sys

ALL = "base net wire netlink bfd session route policy rib fib config peering speaker msee mrt".split()
MAY = {
    "base": [], "net": ["base"],
    "wire": ["base", "net"], "netlink": ["base", "net"], "bfd": ["base", "net"],
    "session": ["base", "net", "wire"], "route": ["base", "net", "wire"], "mrt": ["base", "net", "wire"],
    "fib": ["base", "net", "netlink"],
    "policy": ["base", "net", "route", "wire"],
    "rib": ["base", "net", "wire", "route", "policy"],
    "config": ["base", "net", "policy"],
    "peering": ["base", "net", "session", "bfd", "policy", "config"],
    "decode": ["base", "net", "wire"],
    "speaker": ALL,
    "msee": ["base", "net", "wire", "session", "mrt"],
    "shell": ["base", "net", "netlink", "bfd", "config", "speaker", "session", "msee", "mrt", "ctl"],
    "ctl": ["base", "net", "speaker", "config", "decode"],
}
WORLD = re.compile(r"boost/asio|spdlog|<thread>|<mutex>|<fstream>|<iostream>|<random>|<filesystem>|"
                   r"(system|steady|high_resolution)_clock|<unistd.h>|<sys/socket.h>|std::rand\b")
INCLUDE = re.compile(r'#include "(?:dyad/)?([a-z_0-9]+)/')

root = pathlib.Path(__file__).resolve().parents[2]
faults = []
for base in (root / "include/dyad", root / "src"):
    for file in sorted(base.rglob("*.[ch]pp")):
        room = file.relative_to(base).parts[0]
        for number, line in enumerate(file.read_text().splitlines(), 1):
            place = f"{file.relative_to(root)}:{number}"
            seen = INCLUDE.match(line)
            if seen and seen[1] != room and seen[1] not in MAY.get(room, []):
                faults.append(f"{place}: {room} may not include {seen[1]}")
            if room not in ("shell", "ctl") and WORLD.search(line.split("//")[0]):
                faults.append(f"{place}: the core sees the world: {line.strip()}")
print("\n".join(faults) or "layers hold")
sys.exit(bool(faults))

"""Every story of `dyad demo` is told to its end by the optimised build, each chapter holds, and its figures are of the order they should
have. Times are bounded from far: the machine may be busy."""
import os
import re
import subprocess

import pytest

from dyad import release

# Story -> (chapter, what to read out of its figures, the least, the most).
FIGURES = {
    "tour": [("sessions up", r"Established ([\d.]+) s", 0, 30), ("primary link cut", r"(\d+) of \d+ probes lost", 0, 60),
             ("daemon killed (SIGKILL)", r"(\d+) kernel route operations", 0, 0)],
    "circuit": [("routes in the kernel", r"(\d+) routes, 1 nexthop object", 3400, 3400),
                ("silent loss on primary", r"after ([\d.]+) s", 0.3, 5), ("silent loss on primary", r"(\d+) of \d+ probes lost", 100, 5000),
                ("silent loss on primary", r"(\d+) routes written", 0, 0), ("MSEE 2 killed", r"off the link after ([\d.]+) s", 0, 2)],
    "pair-of-routers": [("both boxes up", r"(\d+) routes in each kernel", 3401, 3401), ("the two parted", r"(\d+) of \d+ probes lost", 0, 0),
                        ("edge 1 loses its power", r"(\d+) of \d+ probes lost", 0, 1500)],
    "microsoft": [("filter: Exchange", r"(\d+) routes", 100, 100), ("filter: a region too", r"(\d+) routes", 300, 300),
                  ("the 201st prefix", r"the MSEE counts (\d+)", 200, 200)],
    "maintenance": [("12076 nine times", r"off the link after ([\d.]+) s", 0, 2), ("12076 nine times", r"(\d+) of \d+ probes lost", 0, 0),
                    ("12076 eight times", r"off the link after ([\d.]+) s", 0, 2), ("the other link goes", r"then (\d+) of", 100, 100000),
                    ("maintenance of the core", r"Established with (\d+) routes", 0, 0)],
    "limit": [("7 prefixes too many", r"(\d+) withheld", 7, 7), ("SKU raised to premium", r"count (\d+) and", 4006, 4006),
              ("SKU lowered to standard", r"count (\d+) and", 4000, 4000), ("a peer that counts less", r"back after (\d+) s", 20, 90),
              ("a peer that counts less", r"with (\d+) prefixes", 2999, 2999)],
    "vpn": [("both links cut", r"(\d+) of \d+ probes lost", 0, 120), ("peering reset by Azure", r"(\d+) of \d+ probes by the VPN", 100, 100000)],
    "firewall": [("two firewalls", r"(\d+) answers thrown away", 50, 100000), ("one link preferred", r"(\d+) answers thrown away", 0, 0),
                 ("primary lost", r"([\d.]+) s until BFD", 0.3, 5)],
    "drill": [("drill of the secondary", r"(\d+) of 3400 prefixes by the other", 3400, 3400), ("drill of the primary", r"shut for ([\d.]+) s", 2.9, 8),
              ("a drill broken off", r"again after ([\d.]+) s", 0, 30), ("primary drained", r"our AS (\d+) times", 9, 9)],
    "two-circuits": [("nothing leaks", r"has (\d+) prefix of us", 1, 1), ("a whole circuit lost", r"(\d+) of \d+ probes lost", 0, 120)],
}


def tell(story):
    done = subprocess.run([str(release()), "demo", "--story", story], capture_output=True, text=True, timeout=400,
                          env={**os.environ, "NO_COLOR": "1"})
    print(done.stdout + done.stderr)
    chapters = {title: (mark, figures) for mark, title, figures in
                re.findall(r"^ *[\d.]+ s  (✓|✗) (\S.*?)  +(.*)$", done.stdout, re.M)}
    return done.returncode, chapters


@pytest.mark.parametrize("story", FIGURES)
def test_a_story_holds(story):
    code, chapters = tell(story)
    assert code == 0 and chapters and all(mark == "✓" for mark, _ in chapters.values())
    for chapter, pattern, least, most in FIGURES[story]:
        found = re.search(pattern, chapters[chapter][1])
        assert found, f"{chapter}: no figure {pattern} in {chapters[chapter][1]}"
        assert least <= float(found[1]) <= most, f"{chapter}: {found[0]}"


def test_a_story_that_is_not_there_is_refused_with_those_that_are():
    done = subprocess.run([str(release()), "demo", "--story", "romance"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "there is no story `romance`" in done.stderr and all(story in done.stderr for story in FIGURES)

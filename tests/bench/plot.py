#!/usr/bin/env python3
"""Draws what bench.py measured as one SVG: seconds against routes, both on logarithmic scales, so that a cost that grows as the
table does is a straight line at 45 degrees. Nothing but Python.

    tests/bench/plot.py out.json > out.svg
"""
import json
import math
import pathlib
import re
import sys
from html import escape

PANELS = (("transit", "From one session to another"), ("fib", "Into the kernel"))
COLOURS = {"dyad": "#0b6e4f", "bird": "#c8553d", "frr": "#3d5a80", "gobgp": "#8e6c8a", "openbgpd": "#b08900", "floor": "#777777"}
NAMES = {"dyad": "Dyad", "bird": "BIRD", "frr": "FRR", "gobgp": "GoBGP", "openbgpd": "OpenBGPD", "floor": "bare inserter"}
SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
WIDTH, HEIGHT, LEFT, TOP, INNER_WIDTH, INNER_HEIGHT = 860, 360, 62, 44, 330, 260


def series(summary, family):
    """device -> [(routes, seconds)] of the benches family-10k, family-100k, family-1m."""
    out = {}
    for name, figures in summary.items():
        found = re.fullmatch(rf"{family}-(\w+)", name)
        if not found or found[1] not in SIZES or "wall_s" not in figures:
            continue
        for device, seconds in figures["wall_s"]["medians"].items():
            out.setdefault(device, []).append((SIZES[found[1]], seconds))
    return {device: sorted(points) for device, points in out.items()}


def scale(value, low, high, length):
    return (math.log10(value) - low) / (high - low) * length


def text(x, y, words, **style):
    style = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in style.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{style}>{escape(str(words))}</text>'


def panel(left, title, lines, low, high):
    """One pair of axes; low and high are the decades of seconds."""
    def x(routes):
        return left + scale(routes, 4, 6, INNER_WIDTH - 90)

    def y(seconds):
        return TOP + INNER_HEIGHT - scale(seconds, low, high, INNER_HEIGHT)

    out = [text(left, TOP - 16, title, font_weight="bold")]
    for decade in range(low, high + 1):
        out.append(f'<line x1="{left}" x2="{x(1_000_000):.1f}" y1="{y(10 ** decade):.1f}" y2="{y(10 ** decade):.1f}" stroke="#dddddd"/>')
        out.append(text(left - 8, y(10 ** decade) + 4, f"{10.0 ** decade:g} s", text_anchor="end"))
    for name, routes in SIZES.items():
        out.append(text(x(routes), TOP + INNER_HEIGHT + 20, f"{routes:,}", text_anchor="middle"))
    taken = []
    for device, points in sorted(lines.items(), key=lambda line: line[1][-1][1]):
        colour = COLOURS.get(device, "#000000")
        path = " ".join(f"{x(routes):.1f},{y(seconds):.1f}" for routes, seconds in points)
        dash = ' stroke-dasharray="4 3"' if device == "floor" else ""
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        out += [f'<circle cx="{x(routes):.1f}" cy="{y(seconds):.1f}" r="3" fill="{colour}"/>' for routes, seconds in points]
        routes, seconds = points[-1]
        at = y(seconds) + 4
        while any(abs(at - other) < 13 for other in taken):
            at -= 13  # labels do not stand on one another
        taken.append(at)
        out.append(text(x(routes) + 8, at, f"{NAMES.get(device, device)} {seconds:.3g} s", fill=colour))
    return out


def draw(summary):
    panels = [(title, lines) for family, title in PANELS if (lines := series(summary, family))]
    every = [seconds for _, lines in panels for points in lines.values() for _, seconds in points if seconds > 0]
    if not every:
        raise SystemExit("nothing to draw: no transit or fib bench was measured")
    low, high = math.floor(math.log10(min(every))), max(math.ceil(math.log10(max(every))), math.floor(math.log10(min(every))) + 1)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for number, (title, lines) in enumerate(panels):
        out += panel(LEFT + number * (INNER_WIDTH + 90), title, lines, low, high)
    out.append(text(WIDTH / 2, HEIGHT - 14, "routes, and seconds until the last one is there (medians; both scales logarithmic)",
                    text_anchor="middle", fill="#555555"))
    return "\n".join([*out, "</svg>", ""])


if __name__ == "__main__":
    sys.stdout.write(draw(json.loads(pathlib.Path(sys.argv[1]).read_text())["summary"]))

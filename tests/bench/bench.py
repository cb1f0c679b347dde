#!/usr/bin/env python3
"""How fast, how small, how quick to answer: Dyad beside other speakers, turn by turn in the same run, so that a busy machine
is busy for all of them. Ratios are what counts; seconds are this machine's.

    tests/bench/bench.py                           everything, five runs, Dyad and BIRD
    tests/bench/bench.py transit-100k churn        these only; --list tells all
    tests/bench/bench.py --with frr,gobgp,openbgpd other speakers too
    tests/bench/bench.py --runs 3 --json out.json --plot out.svg

Needs root (network namespaces), a release build (build-release, or build) and BIRD.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]
import dyad as speaker  # noqa: E402
from benches import BENCHES, SMOKE, floor  # noqa: E402
from devices import ALL  # noqa: E402
from lab import run as command, sweep  # noqa: E402


def measure(names, benches, devices, runs):
    """Every run of every device: bench -> device -> list of figures. One that fails is told of and not tried again."""
    results = {}
    for name in names:
        bench = benches[name]
        rows = results.setdefault(name, {})
        who = [device for device in devices if bench.fits(device)]
        given_up = set()
        for number in range(runs):
            steps = [(device.name, lambda device=device: bench.measure(device)) for device in who]
            if bench.floor:
                steps.append(("floor", lambda: floor(bench.floor)))
            for label, step in steps:
                if label in given_up:
                    continue
                try:
                    figures = step()
                except RuntimeError as error:
                    print(f"{name} run {number + 1}, {label}: {error}", file=sys.stderr)
                    given_up.add(label)  # it would fail again, and take its time
                    continue
                rows.setdefault(label, []).append(figures)
                print(f"{name} run {number + 1} {label} {json.dumps(figures)}", file=sys.stderr, flush=True)
    return results


def medians(runs):
    return {key: statistics.median(one[key] for one in runs if key in one) for key in runs[0]}


def summarize(results):
    """bench -> figure -> {device: median}, with Dyad's ratio to the best of the others (and to the floor)."""
    summary = {}
    for name, rows in results.items():
        middle = {device: medians(runs) for device, runs in rows.items() if runs}
        figures = summary.setdefault(name, {})
        for key in dict.fromkeys(key for row in middle.values() for key in row):
            values = {device: row[key] for device, row in middle.items() if key in row}
            others = [value for device, value in values.items() if device not in ("dyad", "floor")]
            best = min(others, default=None)
            line = figures[key] = {"medians": values}
            if "dyad" in values and best:
                line["ratio"] = values["dyad"] / best
            if "dyad" in values and values.get("floor"):
                line["ratio_to_floor"] = values["dyad"] / values["floor"]
    return summary


def readable(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(summary):
    columns = list(dict.fromkeys(device for figures in summary.values() for line in figures.values() for device in line["medians"]))
    rows = [["bench", "figure", *columns, "ratio", "to floor"]]
    for name, figures in summary.items():
        for key, line in figures.items():
            rows.append([name, key, *(readable(line["medians"].get(device)) for device in columns), readable(line.get("ratio")),
                         readable(line.get("ratio_to_floor"))])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) if column < 2 else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="benches; all where none is named")
    parser.add_argument("--with", dest="others", default="", help="frr,gobgp,openbgpd")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, help="every run, medians and ratios")
    parser.add_argument("--plot", type=pathlib.Path, help="an SVG of them")
    parser.add_argument("--smoke", action="store_true", help="all of them in seconds, Dyad alone; the figures mean nothing")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    benches = SMOKE if options.smoke else BENCHES
    if options.list:
        print("\n".join(f"{name:16} {' '.join((bench.run.__doc__ or '').split())}" for name, bench in benches.items()))
        return
    if unknown := [name for name in options.names if name not in benches]:
        sys.exit(f"no bench {unknown[0]!r}; there are: {' '.join(benches)}")
    if os.geteuid():
        sys.exit("bench.py needs root: it makes network namespaces")
    names = ["dyad"] if options.smoke else ["dyad", "bird"]
    names += [name for name in options.others.split(",") if name]
    if unknown := [name for name in names if name not in ALL]:
        sys.exit(f"no speaker {unknown[0]!r}; there are: {' '.join(ALL)}")
    devices = [ALL[name] for name in names]
    if missing := [program for device in devices for program in device.missing()]:
        sys.exit(f"not installed: {' '.join(missing)}")
    sweep()
    wanted = options.names or list(benches)
    runs = 1 if options.smoke else options.runs
    results = measure(wanted, benches, devices, runs)
    summary = summarize(results)
    print(table(summary))
    if options.json:
        options.json.write_text(json.dumps({"version": command(str(speaker.release()), "--version").strip(), "runs": results,
                                            "summary": summary}, indent=1) + "\n")
    if options.plot:
        from plot import draw
        options.plot.write_text(draw(summary))
    if any("dyad" not in results[name] for name in wanted):
        sys.exit(1)


if __name__ == "__main__":
    main()

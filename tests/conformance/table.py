#!/usr/bin/env python3
"""The table of the RFCs' statements: which test shows each, and how that went.

    table.py CONFORMANCE OUTPUT

Runs the conformance executable; statements are those of ../shared/conformance/catalogue.csv (where it is there) and of
statements.csv beside this file. Ids stand at the head of a test's name ("H-03 H-16: ..."), or in a pytest marker
`catalogue("S-03")`. Fails if a statement's test fails, or if a statement is neither shown nor in not_applicable.csv.
"""
import collections
import csv
import dataclasses
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CATALOGUE = ROOT.parent / "shared/conformance/catalogue.csv"
ID = r"(?:[A-Z]-\d+|\d{4}-[\w.]+-[a-z]+)"
HEAD = re.compile(rf"({ID}(?: {ID})*): ")


@dataclasses.dataclass
class Statement:
    id: str
    rfc: str
    section: str
    level: str
    text: str


def rows(file):
    with open(file, newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def statements():
    found = []
    if CATALOGUE.exists():
        found = [Statement(r["id"], r["rfc"], r["section"], r["level"], f"{r['stimulus']}: {r['expected']}") for r in rows(CATALOGUE)]
    else:
        print(f"{CATALOGUE} is not here: the table has our own statements only")
    found += [Statement(r["id"], r["rfc"], r["section"], r["level"], r["statement"]) for r in rows(HERE / "statements.csv")]
    return {s.id: s for s in found}


def run(executable):
    """name -> (place, failures as text) of every case of the conformance executable."""
    out = subprocess.run([executable, "-r=xml"], text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        tree = xml.fromstring(out.stdout[out.stdout.index("<?xml"):])
    except (ValueError, xml.ParseError):
        sys.exit(f"{executable} did not end well:\n{out.stdout[-3000:]}\n{out.stderr[-6000:]}")
    cases = {}
    for case in tree.iter("TestCase"):
        well = case.find("OverallResultsAsserts").get("test_case_success") == "true"
        faults = [f"{e.get('filename')}:{e.get('line')}: {(e.findtext('Original') or '').strip()}  is  {(e.findtext('Expanded') or '').strip()}"
                  for e in case.iter("Expression") if e.get("success") == "false"]
        faults += [f"{e.get('filename')}:{e.get('line')}: {(e.findtext('Text') or '').strip()}" for e in case.iter("Message")
                   if e.get("type") != "WARNING"]
        place = f"{pathlib.Path(case.get('filename')).name}:{case.get('line')}"
        cases[case.get("name")] = (place, [] if well else faults or ["failed"])
    if out.returncode and not any(faults for _, faults in cases.values()):
        sys.exit(f"{executable}: every case passed, and yet it ended with {out.returncode}:\n{out.stderr[-6000:]}")
    return cases


def elsewhere():
    """id -> places in tests that other stages run: the unit tests' names and the interop tests' markers."""
    found = collections.defaultdict(list)
    for file in sorted((ROOT / "tests/unit").rglob("*.cpp")):
        for name in re.findall(r'TEST_CASE\("([^"]*)"', file.read_text()):
            if head := HEAD.match(name):
                for id in head[1].split():
                    found[id].append(f"unit: {file.name}")
    for file in sorted((ROOT / "tests/interop").rglob("*.py")):
        for marker in re.findall(r"mark\.catalogue\(([^)]*)\)", file.read_text()):
            for id in re.findall(rf"[\"']({ID})[\"']", marker):
                found[id].append(f"interop: {file.name}")
    return found


def main(executable, output):
    known, cases, others = statements(), run(executable), elsewhere()
    excused = {r["id"]: r["reason"] for r in rows(HERE / "not_applicable.csv")}
    disputed = {r["id"]: r["reason"] for r in rows(HERE / "disputed.csv")}
    shown = collections.defaultdict(list)
    complaints = []
    for name, (place, faults) in cases.items():
        for id in (head[1].split() if (head := HEAD.match(name)) else ()):
            shown[id].append((place, faults))
    if CATALOGUE.exists():
        complaints += [f"{id}: no such statement" for id in sorted({*shown, *others, *excused, *disputed} - set(known))]
    complaints += [f"{id}: not applicable, and yet there is a test" for id in sorted(set(excused) & {*shown, *others})]

    lines, totals = [], collections.defaultdict(collections.Counter)
    for s in known.values():
        if s.id in shown:
            where = ", ".join(place for place, _ in shown[s.id])
            result = "FAILS" if any(faults for _, faults in shown[s.id]) else "passes"
        elif s.id in others:
            where, result = ", ".join(sorted(set(others[s.id]))), "elsewhere"
        elif s.id in excused:
            where, result = excused[s.id], "not applicable"
        else:
            where, result = "", "MISSING"
        if s.id in disputed:
            where += f" (disputed: {disputed[s.id]})"
        totals[s.rfc if s.rfc != "-" else "no RFC"][result] += 1
        lines.append(f"{s.id:<16} {s.rfc:<9} {s.section:<12.12} {s.level:<10} {result:<14} {where}\n{'':17}{s.text}")
        if result in ("FAILS", "MISSING"):
            complaints.append(f"{s.id}: {result}: {s.text}")

    kinds = ["passes", "elsewhere", "not applicable", "FAILS", "MISSING"]
    summary = [f"{'':10}{'statements':>11}" + "".join(f"{kind:>16}" for kind in kinds)]
    for rfc in [*sorted(totals), "all"]:
        count = sum(totals.values(), collections.Counter()) if rfc == "all" else totals[rfc]
        summary.append(f"{rfc:<10}{count.total():>11}" + "".join(f"{count[kind]:>16}" for kind in kinds))
    pathlib.Path(output).write_text("\n".join([*lines, "", *summary, ""]), encoding="utf-8")

    print("\n".join(summary))
    for name, (_, faults) in cases.items():
        if faults:
            print(f"\n{name}\n  " + "\n  ".join(faults[:10]))
    print("\n" + "\n".join(complaints) if complaints else "every statement is shown or excused")
    failed = sum(bool(faults) for _, faults in cases.values())
    # As doctest writes it: tests/stages.py counts these.
    print(f"[doctest] test cases: {len(cases)} | {len(cases) - failed} passed | {failed} failed | 0 skipped")
    return 1 if complaints or failed else 0


sys.exit(main(*sys.argv[1:]))

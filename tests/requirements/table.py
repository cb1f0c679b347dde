#!/usr/bin/env python3
"""The table of the ExpressRoute requirements: which test shows each, and how that went.

    table.py REQUIREMENTS OUTPUT

Runs the requirements executable; numbers stand at the head of a test's name ("19 21: …"). table.toml names what each asks and the
tests elsewhere, which must exist; whether those pass, their own suites say. Fails if a test here fails, if a test that
is named is not there, or if a requirement of the table is shown by nothing.
"""
import pathlib
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HEAD = re.compile(r"(\d+(?: \d+)*): ")


def run(executable):
    """Name of each test case -> whether it passed."""
    out = subprocess.run([executable, "-r=xml"], text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        cases = xml.fromstring(out.stdout[out.stdout.index("<?xml"):])
    except (ValueError, xml.ParseError):
        sys.exit(f"{executable} did not end well:\n{out.stdout[-3000:]}\n{out.stderr[-6000:]}")
    for fault in cases.iter("Expression"):
        if fault.get("success") == "false":
            print(f"{fault.get('filename')}:{fault.get('line')}: {(fault.findtext('Original') or '').strip()}  is  {(fault.findtext('Expanded') or '').strip()}")
    return {case.get("name"): case.find("OverallResultsAsserts").get("test_case_success") == "true" for case in cases.iter("TestCase")}


def there(named):
    """A test elsewhere exists: FILE, FILE: NAME of a doctest case, FILE::FUNCTION of pytest."""
    file, _, rest = named.partition(":")
    path = ROOT / file
    if not path.exists():
        return False
    text = path.read_text()
    if rest.startswith(":"):
        return re.search(rf"^\s*def {re.escape(rest[1:])}\(", text, re.M) is not None
    # A long name is a literal of several pieces.
    return not rest or rest.strip() in re.sub(r'"\s*"', "", text)


def main(executable, output):
    table = tomllib.loads((HERE / "table.toml").read_text())
    results = run(executable)
    lines, faults = [], [f"{name}: failed" for name, good in results.items() if not good]
    shown_here = {}
    for name, good in results.items():
        head = HEAD.match(name)
        if not head:
            faults.append(f"{name}: names no requirement at its head")
            continue
        for number in head[1].split():
            shown_here.setdefault(number, []).append((name[head.end():], good))
    faults += [f"requirement {number} has tests and does not stand in table.toml" for number in shown_here if number not in table]
    for number, row in sorted(table.items(), key=lambda item: int(item[0])):
        tests = [("passed" if good else "FAILED", name) for name, good in shown_here.get(number, [])]
        for named in row.get("also", []):
            tests.append(("elsewhere" if there(named) else "MISSING", named))
            if tests[-1][0] == "MISSING":
                faults.append(f"requirement {number}: there is no {named}")
        if not tests:
            faults.append(f"requirement {number} is shown by nothing: {row['title']}")
        lines.append(f"{number:>3}  {row['title']}")
        lines += [f"       {word:<9}  {name}" for word, name in tests]
    shown = sum(1 for number in table if number in shown_here)
    lines += ["", f"{len(table)} of 60 requirements stand in the table, {shown} of them with tests that ran here", ""]
    pathlib.Path(output).write_text("\n".join(lines))
    print("\n".join(lines + faults))
    print(f"test cases: {len(results)} | {sum(results.values())} passed | {len(results) - sum(results.values())} failed")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

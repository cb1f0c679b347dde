"""The stages of tests/run: each prints what it does and how long it took; the last line sums them all up."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
TEST, RELEASE, CLANG, FUZZ = "build-test", "build-release", "build-clang", "build-fuzz"
FUZZ_SECONDS = 30  # for all targets together: a smoke test; hunting is done elsewhere, and longer

passed, failed, skipped = 0, 0, []


def say(text):
    print(text, flush=True)


def count(name, good, bad):
    global passed, failed
    passed, failed = passed + good, failed + bad
    say(f"   {name}: {good} passed, {bad} failed")


def skip(reason):
    skipped.append(reason)
    say(f"   skipped: {reason}")


def run(*command, env=None, log=None):
    """Runs a command of the build with its output shown, or kept in `log`; whether it succeeded."""
    out = open(ROOT / log, "w") if log else None
    return subprocess.run(list(map(str, command)), cwd=ROOT, env={**os.environ, **(env or {})}, stdout=out,
                          stderr=subprocess.STDOUT if log else None).returncode == 0


# -- build ---------------------------------------------------------------------------------------------------------------
def configured(folder, *options, compiler=None):
    """Configures a build folder once."""
    if (ROOT / folder / "build.ninja").exists():
        return True
    env = {}
    if compiler:
        env["CXX"] = f"ccache {compiler}" if shutil.which("ccache") else compiler
    ok = run("meson", "setup", folder, *options, env=env, log=f"{folder}.log")
    if not ok:
        say((ROOT / f"{folder}.log").read_text())
    (ROOT / f"{folder}.log").unlink()
    return ok


def built(folder, *targets):
    return run("ninja", "-C", folder, "--quiet", *targets)


def build_test():
    return (configured(TEST, "--buildtype=debugoptimized", "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dwerror=true")
            and built(TEST))


def build_release():
    return configured(RELEASE, "--buildtype=release") and built(RELEASE)


def build_clang():
    """The core and the simulator by a second compiler."""
    return configured(CLANG, "--buildtype=release", compiler="clang++-19") and built(CLANG, "tests/sim/sim")


def stage_build():
    for name, step in ((TEST, build_test), (RELEASE, build_release)):
        if not step():
            count(f"{name} builds", 0, 1)
            return finish()
    return None


# -- tests ---------------------------------------------------------------------------------------------------------------
def meson_tests(folder, *words):
    """Runs meson's tests; doctest's cases count one by one, other programs as one each."""
    log = ROOT / folder / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    run("meson", "test", "-C", folder, "--no-rebuild", "--print-errorlogs", "--quiet", *words)
    good = bad = 0
    for line in log.read_text().splitlines() if log.exists() else ():
        test = json.loads(line)
        cases = re.search(r"test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed", test.get("stdout", ""))
        if cases:
            good, bad = good + int(cases[1]), bad + int(cases[2])
            bad += test["result"] != "OK" and cases[2] == "0"  # every case passed, and yet: a leak, a crash at the end
        elif test["result"] != "SKIP":
            good, bad = good + (test["result"] == "OK"), bad + (test["result"] != "OK")
    count(folder, good, bad or (not good))


def stage_unit():
    """Unit, exhaustive, scenario and tidy tests, sanitized; the simulator has its own stage."""
    meson_tests(TEST, "--no-suite", "sim")


def stage_sim():
    """A thousand seeds by two compilers: no invariant breaks, and both end with the same digest."""
    if not (ROOT / "tests/sim").is_dir():
        return skip("no simulator in this tree")
    meson_tests(RELEASE, "--suite", "sim")
    return None


def stage_interop(*words):
    if os.geteuid():
        return skip("interop needs root: it makes network namespaces")
    # Two at a time: each waits more than it works.
    parts = [("1/1", words)] if words else [("1/2", ()), ("2/2", ())]
    running = [subprocess.Popen(["/usr/bin/python3", "-m", "pytest", "-q", "-rfEs", "--tb=short", "-p", "no:cacheprovider", f"--part={part}",
                                 *more, "tests/interop"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True) for part, more in parts]
    for process in running:
        output = process.communicate()[0]
        say(output)
        good, bad = (sum(int(n) for n in re.findall(rf"(\d+) (?:{what})", output.splitlines()[-1]))
                     for what in ("passed", "failed|error"))
        count("interop", good, bad or (process.returncode not in (0, 5) and 1))
    return None


def stage_fuzz():
    """Every target for a moment, on its corpus: what crashes at once must not be landed."""
    if not (ROOT / "fuzz/meson.build").exists():
        return skip("no fuzz targets in this tree")
    return skip("fuzz targets are not wired yet")


STAGES = {"build": stage_build, "unit": stage_unit, "sim": stage_sim, "interop": stage_interop, "fuzz": stage_fuzz}


def finish():
    for reason in skipped:
        say(f"skipped: {reason}")
    say(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def main(arguments):
    dash = next((n for n, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    names, words = arguments[:dash], arguments[dash:]
    if unknown := [name for name in names if name not in STAGES]:
        sys.exit(f"tests/run: no stage {unknown[0]!r}; there are: {' '.join(STAGES)}")
    for name, stage in STAGES.items():
        if names and name not in names and name != "build":
            continue
        say(f"== {name}")
        start = time.monotonic()
        stage(*(words if name == "interop" else ()))
        say(f"   {time.monotonic() - start:.0f} s")
    finish()


main(sys.argv[1:])

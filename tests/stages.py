"""The stages of tests/run: each prints what it does and how long it took; the last line sums them all up."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
TEST, RELEASE, CLANG = "build-test", "build-release", "build-clang"
SEEDS = 1000
PARTS = 4  # of interop, side by side
FUZZ_SECONDS = 30  # for all targets together: a smoke test; hunting is done elsewhere, and longer
WELL = ("OK", "EXPECTEDFAIL")  # meson's words

passed, failed, skipped = 0, 0, []


def say(text):
    print(text, flush=True)


def count(name, good, bad):
    global passed, failed
    good, bad = int(good), int(bad)
    passed, failed = passed + good, failed + bad
    say(f"   {name}: {good} passed, {bad} failed")


def skip(reason):
    skipped.append(reason)
    say(f"   skipped: {reason}")


# -- build ---------------------------------------------------------------------------------------------------------------
# folder -> its options and compiler. Three builds of the core are most of the time that a first run takes: files are compiled
# eight at a time, which halves it. ccache, where it is installed, makes later ones cheap.
UNITY = ["-Dunity=on", "-Dunity_size=8"]
BUILDS = {
    TEST: (["-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dwerror=true", *UNITY], None),
    # As packaging/quickstart builds it. Linked as a whole: a quarter less code to be fetched again after each pause.
    RELEASE: (["--buildtype=release", "-Doptimization=2", "-Db_lto=true", *UNITY], None),
    # The second compiler, and the only one with libFuzzer. Little optimizing: it compiles in half the time.
    CLANG: (["--buildtype=debug", "-Ddebug=false", "-Doptimization=1", *UNITY], "clang++-19"),
}


ahead = {}  # folder -> a ninja that began before its stage


def configure(folder):
    options, compiler = BUILDS[folder]
    if (ROOT / folder / "build.ninja").exists():
        return True
    env = {"CXX": f"ccache {compiler}" if shutil.which("ccache") else compiler} if compiler else {}
    out = subprocess.run(["meson", "setup", folder, *options], cwd=ROOT, env={**os.environ, **env}, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    say(out.stdout if out.returncode else f"   {folder}: configured")
    return out.returncode == 0


def build_ahead(folder, *targets):
    """Begins, for the idle time of a stage that waits more than it works; what goes wrong, build() will say."""
    if configure(folder):
        ahead[folder] = subprocess.Popen(["nice", "-n", "19", "ninja", "-C", folder, "--quiet", *targets], cwd=ROOT,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def build(folder, *targets):
    """Configures a folder once and brings the targets (all, where none is named) up to date; a failure counts as one."""
    start = time.monotonic()
    if folder in ahead:
        ahead.pop(folder).wait()
    ok = configure(folder) and subprocess.run(["ninja", "-C", folder, "--quiet", *targets], cwd=ROOT).returncode == 0
    say(f"   {folder}: {'built' if ok else 'DOES NOT BUILD'}, {time.monotonic() - start:.0f} s")
    if not ok:
        count(f"{folder} builds", 0, 1)
    return ok


# -- tests ---------------------------------------------------------------------------------------------------------------
def meson_tests(folder, *words):
    """Runs meson's tests; doctest's cases count one by one, other programs as one each."""
    log = ROOT / folder / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    subprocess.run(["meson", "test", "-C", folder, "--no-rebuild", "--print-errorlogs", "--quiet", *words], cwd=ROOT)
    good = bad = 0
    for line in log.read_text().splitlines() if log.exists() else ():
        test = json.loads(line)
        cases = re.search(r"test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed", test.get("stdout") or "")
        if cases:
            good, bad = good + int(cases[1]), bad + int(cases[2])
            bad += test["result"] != "OK" and cases[2] == "0"  # every case passed, and yet: a leak, a crash at the end
        elif test["result"] != "SKIP":
            good, bad = good + (test["result"] in WELL), bad + (test["result"] not in WELL)
    count("tests", good, bad or (not good))


def say_statements():
    """The RFCs' statements by RFC: the end of the table that tests/conformance has written, which is in whole in the build folder."""
    table = ROOT / TEST / "tests/conformance/table.txt"
    if table.exists():
        say(f"   {table.relative_to(ROOT)}:")
        say("   " + table.read_text().rstrip().rpartition("\n\n")[2].replace("\n", "\n   "))


def say_requirements():
    table = ROOT / TEST / "tests/requirements/table.txt"
    if table.exists():
        say(f"   {table.relative_to(ROOT)}:")
        say("   " + table.read_text().rstrip().replace("\n", "\n   "))


def stage_unit():
    """Unit, exhaustive, scenario and tidy tests, sanitized. The simulator is not among them: it has a stage of its own."""
    if build(TEST):
        meson_tests(TEST, "--no-suite", "sim")
        say_statements()
        say_requirements()


def stage_sim():
    """A thousand seeds by two compilers: no invariant breaks, and both end with the same digest. And random histories at the limit."""
    digests = {}
    for folder in (RELEASE, CLANG):
        if not build(folder, "tests/sim/sim"):
            continue
        out = subprocess.run([ROOT / folder / "tests/sim/sim", "1", str(SEEDS)], text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        say("   " + "\n   ".join(out.stdout.splitlines()[-20:]))
        broken = out.stdout.count(" broke ")
        count(f"{folder}, seeds", SEEDS - broken, broken or (out.returncode and 1))
        digests[folder] = re.findall(r"digest (\w+)", out.stdout)
    tell_histories(0)
    if len(digests) == 2:
        same = digests[RELEASE] == digests[CLANG] != []
        count("gcc's digest is clang's", same, not same)


# Random histories of what must never happen: program -> how many CI tells, and how many `tests/run million` does.
HISTORIES = {"histories": (200_000, 1_000_000), "limit-histories": (10_000, 1_000_000), "leaks": (1_000, 10_000)}


def tell_histories(which):
    """Each by the release build, from seed 1, in two halves side by side: none may break."""
    if not build(RELEASE, *(f"tests/requirements/{name}" for name in HISTORIES)):
        return
    for name, counts in HISTORIES.items():
        half = counts[which] // 2
        running = [subprocess.Popen([ROOT / RELEASE / "tests/requirements" / name, str(first), str(half)], text=True, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT) for first in (1, 1 + half)]
        for process in running:
            output = process.communicate()[0]
            say("   " + output.rstrip().replace("\n", "\n   "))
            broken = int((re.findall(r"(\d+) broken", output) or [half])[-1])
            count(name, half - broken, broken or (process.returncode and 1))


def stage_million():
    """A million histories of a peering at its limit, and ten thousand of four MSEEs that must not hear of each other: an hour."""
    tell_histories(1)


def stage_interop(*words):
    """The daemon against other speakers and the kernel, in namespaces."""
    if os.geteuid():
        return skip("interop needs root: it makes network namespaces")
    if not (build(TEST, "dyad") and build(RELEASE, "dyad", "tests/bench/bench-load", "tests/bench/bench-kernel", "tests/bench/bench-probe")):
        return None
    # Several at a time: each waits more than it works.
    parts = [("1/1", words)] if words else [(f"{part}/{PARTS}", ()) for part in range(1, PARTS + 1)]
    sys.path.insert(0, str(ROOT / "tests" / "interop"))
    import matrix
    folder = tempfile.TemporaryDirectory(prefix="dyad-matrix-")
    running = [subprocess.Popen(["/usr/bin/python3", "-m", "pytest", "-q", "-rfEs", "--tb=short", "-p", "no:cacheprovider", f"--part={part}",
                                 f"--matrix={folder.name}", *more, "tests/interop"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True) for part, more in parts]
    for process in running:
        output = process.communicate()[0]
        say(output)
        good, bad = (sum(int(n) for n in re.findall(rf"(\d+) (?:{what})", output.splitlines()[-1]))
                     for what in ("passed", "failed|error"))
        count("interop", good, bad or (process.returncode not in (0, 5) and 1))
    matrix.load(folder.name)
    folder.cleanup()
    say("   " + "\n   ".join(matrix.lines()))
    return None


def fuzz_names():
    return sorted(file.stem for file in (ROOT / "fuzz").glob("*.cpp"))


def fuzz_targets():
    return [f"fuzz/fuzz-{name}" for name in fuzz_names()]


def stage_fuzz():
    """Every target for a moment, from its corpus: what crashes at once must not be landed. The canary must be found."""
    names = fuzz_names()
    if not build(CLANG, *fuzz_targets()):
        return
    for name in names:
        found = ROOT / CLANG / "fuzz" / "found" / name
        (found / "corpus").mkdir(parents=True, exist_ok=True)
        out = subprocess.run([ROOT / CLANG / "fuzz" / f"fuzz-{name}", f"-max_total_time={max(1, FUZZ_SECONDS // len(names))}",
                              "-max_len=4096", "-timeout=5", "-error_exitcode=1", f"-artifact_prefix={found}/crash-", found / "corpus",
                              ROOT / "fuzz" / "corpus" / name], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        well = (out.returncode != 0) == (name == "canary")
        if not well:
            say("\n".join(out.stdout.splitlines()[-40:]))
        count(f"fuzz {name}", well, not well)


STAGES = {"unit": stage_unit, "interop": stage_interop, "sim": stage_sim, "fuzz": stage_fuzz}
ON_DEMAND = {"million": stage_million}


def finish():
    for reason in skipped:
        say(f"skipped: {reason}")
    say(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def main(arguments):
    dash = next((n for n, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    names, words = arguments[:dash], arguments[dash:]
    if unknown := [name for name in names if name not in STAGES | ON_DEMAND]:
        sys.exit(f"tests/run: no stage {unknown[0]!r}; there are: {' '.join(STAGES | ON_DEMAND)}")
    chosen = {name: stage for name, stage in (STAGES | ON_DEMAND).items() if name in names or (not names and name in STAGES)}
    for name, stage in chosen.items():
        if name == "interop" and chosen.keys() >= {"sim", "fuzz"}:
            build_ahead(CLANG, "tests/sim/sim", *fuzz_targets())
        say(f"== {name}")
        start = time.monotonic()
        stage(*(words if name == "interop" else ()))
        say(f"   {time.monotonic() - start:.0f} s")
    finish()


main(sys.argv[1:])

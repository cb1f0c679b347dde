"""The benchmarks still run: each once, small, Dyad alone. What they say of speed is not looked at."""
import json
import subprocess
import sys

import pytest

import dyad
from lab import ROOT

BUILD = dyad.release().parent if dyad.release() else None


@pytest.mark.skipif(not BUILD or not (BUILD / "tests/bench/bench-probe").exists(), reason="no bench-probe beside the release build")
def test_a_pair_fails_over_by_one_message_a_family_and_a_drain_loses_nothing(tmp_path):
    report = tmp_path / "out.json"
    done = subprocess.run([sys.executable, ROOT / "tests/bench/failover.py", "--sizes", "500", "--events", "killed,silent,drain", "--bfd", "50",
                           "--with", "", "--runs", "1", "--json", report], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = json.loads(report.read_text())
    assert len(rows) == 6, done.stderr
    for row in rows:
        for run in row["runs"]["dyad"]:
            assert (run["routes_written"], run["groups_written"]) == (0, 2), row
            assert run["lost"] == 0 or row["event"] != "drain", row


@pytest.mark.skipif(not BUILD or not (BUILD / "tests/bench/bench-load").exists(), reason="no bench-load beside the release build")
def test_every_benchmark_measures_what_it_names(tmp_path):
    report = tmp_path / "out.json"
    done = subprocess.run([sys.executable, ROOT / "tests/bench/bench.py", "--smoke", "--json", report], capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stderr
    summary = json.loads(report.read_text())["summary"]
    assert all(line["medians"]["dyad"] >= 0 for figures in summary.values() for key, line in figures.items() if key.endswith("_s")), summary
    # One route a prefix, a nexthop a link, and a group or two on the way: nothing is written twice.
    counted = {key: line["medians"]["dyad"] for key, line in summary["operations"].items()}
    assert counted["routes_count"] == 500 and counted["nexthops_count"] == 2 and counted["groups_count"] <= 3, counted

"""Needs root (namespaces, port 179) and the speakers it meets; says so where something is missing."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
import dyad  # noqa: E402
import lab as laboratory  # noqa: E402
import matrix  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--part", default="1/1", help="N/M: every M-th group of tests, counted from the N-th; for runs side by side")
    parser.addoption("--matrix", help="a folder: what the matrix has after this part")


def pytest_configure(config):
    config.addinivalue_line("markers", "cell(name): fills a cell of the matrix")
    config.addinivalue_line("markers", "catalogue(*ids): shows statements of ../shared/conformance/catalogue.csv")


def group_of(item):
    """Tests that share a lab of their class stay together when the work is split."""
    if story := getattr(item, "callspec", None) and item.callspec.params.get("story"):
        return item.module.__name__, item.cls, story
    if "scene" in item.fixturenames:  # one lab for the whole file
        return item.module.__name__
    return item.nodeid


def pytest_collection_modifyitems(config, items):
    number, parts = map(int, config.getoption("--part").split("/"))
    groups = {}
    for item in items:
        groups.setdefault(group_of(item), len(groups))
    other = [item for item in items if groups[group_of(item)] % parts != number - 1]
    items[:] = [item for item in items if groups[group_of(item)] % parts == number - 1]
    config.hook.pytest_deselected(items=other)
    if os.geteuid():
        skip = pytest.mark.skip(reason="needs root: it makes network namespaces")
    elif not dyad.binary():
        skip = pytest.mark.skip(reason="no dyad was built: tests/run builds it, or set DYAD")
    else:
        return
    for item in items:
        item.add_marker(skip)


def pytest_sessionstart():
    if os.geteuid() == 0:
        laboratory.sweep()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows what every process of its lab said last."""
    report = (yield).get_result()
    matrix.take(item, report)
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            owner = value if isinstance(value, laboratory.Lab) else getattr(value, "lab", None)
            if isinstance(owner, laboratory.Lab) and owner.dir.exists():
                report.sections.append(("logs of the lab", owner.logs()))
                break


def pytest_terminal_summary(terminalreporter, config):
    if folder := config.getoption("--matrix"):
        matrix.save(folder, config.getoption("--part"))
    elif lines := matrix.lines():
        terminalreporter.section("matrix")
        terminalreporter.write("\n".join(lines) + "\n")


@pytest.fixture
def lab():
    with laboratory.Lab() as made:
        yield made


@pytest.fixture
def lab_with_ends():
    with laboratory.Lab(ends=True) as made:
        yield made

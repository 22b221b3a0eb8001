"""Installs cut at every statement: runs the tests that cut them, and counts the cuts that each engine went through.

`python -m tests.faults.cuts --json FILE` writes the figures; further words name some of the tests.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OPTIONS = ("-q", "-o", "addopts=", "--import-mode=importlib", "-p", "no:cacheprovider", "-k", "cut or fail")

Wrap = Callable[[Callable[..., Any], Callable[[], None]], Callable[..., Any]]


def at_call(original: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    """Count the calls of a function."""

    def counted(*given: Any, **named: Any) -> Any:
        count()
        return original(*given, **named)

    return counted


def at_yield(original: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    """Count what a generator yields."""

    def counted(*given: Any, **named: Any) -> Iterator[Any]:
        for each in original(*given, **named):
            count()
            yield each

    return counted


@dataclass(frozen=True)
class Cutter:
    """The engine and the server of a file of tests, and its function that runs once per cut."""

    place: str
    function: str
    wrap: Wrap


CUTTERS = {
    "tests/live/test_cuts.py": Cutter("postgresql, live", "cut", at_call),
    "tests/live/mysql/test_cuts.py": Cutter("mysql, live", "cuts", at_yield),
    "tests/recorded/test_cuts.py": Cutter("oracle, a model of the server", "cut", at_call),
    "tests/tds/test_cuts.py": Cutter("sqlserver, a double of the server", "fails", at_call),
}


@dataclass
class Tally:
    """What came of the tests of one place; `claim` is what they assert, in the words of their file."""

    claim: str
    passed: int = 0
    points: int = 0
    failed: list[str] = field(default_factory=list)


class Counting:
    """A plugin of pytest's that counts cuts as the tests run."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self._points: Counter[str] = Counter()
        self._places: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        """Know each test's place, and count in each module."""
        for module in {item.module for item in items}:
            cutter = self._cutter(Path(module.__file__))
            setattr(module, cutter.function, cutter.wrap(getattr(module, cutter.function), self._count))
        for item in items:
            self._places[item.nodeid] = self._place(item)

    def _place(self, item: pytest.Function) -> str:
        place = self._cutter(item.path).place
        callspec = getattr(item, "callspec", None)
        return f"{callspec.id}, live" if place.startswith("mysql") and callspec else place

    def _cutter(self, path: Path) -> Cutter:
        return CUTTERS[path.relative_to(ROOT).as_posix()]

    def _count(self) -> None:
        self._points[self._running] += 1

    def pytest_runtest_setup(self, item: pytest.Function) -> None:
        """Know which test runs."""
        self._running = item.nodeid
        self.tallies.setdefault(self._places[item.nodeid], Tally(str(item.module.__doc__).partition("\n")[0]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Enter a test that cut something; one that is skipped is none."""
        tally = self.tallies.get(self._places[report.nodeid])
        if tally is None:
            return
        if report.failed:
            tally.failed.append(report.nodeid)
        elif report.when == "call" and report.passed and self._points[report.nodeid]:
            tally.passed += 1
            tally.points += self._points[report.nodeid]


def count(tests: Sequence[str] = ()) -> dict[str, Tally]:
    """Run these tests, or all; return what came of them by place."""
    counting = Counting()
    with redirect_stdout(sys.stderr):
        pytest.main([*OPTIONS, f"--rootdir={ROOT}", *(str(ROOT / each) for each in tests or CUTTERS)], [counting])
    return {place: each for place, each in counting.tallies.items() if each.passed or each.failed}


def section(tests: Sequence[str] = ()) -> dict[str, Any]:
    """Return the section of the report."""
    tallies = count(tests)
    return {
        "title": "Installs that are cut",
        "text": "Installs, upgrades and uninstalls end before or after each of their statements, by a connection that "
        "dies or a statement that fails. Cut points: how often; failed: tests that found what should not be.",
        "facts": {},
        "columns": ["place", "tests", "cut points", "failed", "asserted"],
        "zero": ["failed"],
        "rows": [[place, each.passed, each.points, len(each.failed), each.claim] for place, each in tallies.items()],
    }


def main() -> int:
    """Write the section; 1 when a test failed or none cut anything."""
    parser = argparse.ArgumentParser(description="Counts the cuts of installs.")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    made = section(options.tests)
    options.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return int(not made["rows"] or any(row[3] for row in made["rows"]))


if __name__ == "__main__":
    sys.exit(main())

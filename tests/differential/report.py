"""Run the differential fuzzing at length: `python -m tests.differential.report --count 20000 --seed 1 --json FILE`."""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis

from tests.conftest import pytest_configure
from tests.differential.exchanges import Exchanges
from tests.differential.four import Four
from tests.differential.pages import Pages
from tests.differential.trials import run

ROUND = 500
"""Examples between two looks at the count; Hypothesis keeps what it has tried in memory."""

FEWER = 20
"""How many times fewer exchanges and pages are run: each is four servers and several requests; some wait to retry."""

TEXT = (
    "Random functions of random specs, through the four cores at once; cases are single calls, refused are those that "
    "all four refuse alike, differences are those where body, result, error or the number of requests is not the same. "
    "Not compared: which of several faults a reply that is no HTTP is told for; MySQL on malformed chunked replies and "
    "on a first line that is cut, which libcurl decides."
)
ROWS: dict[str, tuple[str, Callable[[], Any]]] = {
    "arguments to request body": ("calls", Four),
    "reply to result": ("results", Four),
    "HTTP exchanges": ("exchanges", Exchanges),
    "pages": ("pages", Pages),
}
COMPILERS = {"g++": ("g++", "--version"), "java": ("java", "-version"), "mono": ("mono", "--version")}


def rounds(kind: str, running: Any, count: int, first: int) -> int:
    """Run so many examples in rounds, print what differs, and return in how many rounds that was."""
    differences = 0
    for at in range(0, count, ROUND):
        try:
            run(kind, running.check, min(ROUND, count - at), first + at // ROUND)
        except AssertionError as difference:
            differences += 1
            print(f"{kind}, seed {first + at // ROUND}: {difference}", file=sys.stderr, flush=True)
    return differences


def row(title: str, kind: str, start: Callable[[], Any], count: int, seed: int) -> list[Any]:
    """Return one row of the report."""
    with start() as running:
        differences = rounds(kind, running, count, seed)
        print(f"{title}: {running.cases:,} cases, {differences} differences", file=sys.stderr, flush=True)
        return [title, count, running.cases, running.refused, differences]


def versions() -> dict[str, str]:
    """Return the versions of what the cores ran on."""
    found = {"python": platform.python_version(), "hypothesis": hypothesis.__version__}
    for name, command in COMPILERS.items():
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout
        found[name] = re.findall(r"[0-9]+(?:[.][0-9]+)+", said)[0]
    return found


def main() -> int:
    """Run every part and write the section of the report; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where the section of the report goes; else it is printed")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; each further one adds one")
    parser.add_argument(
        "--count", type=int, default=20_000, help=f"functions of each part; calls over HTTP are 1 in {FEWER}"
    )
    options = parser.parse_args()
    pytest_configure()
    rows = []
    for title, (kind, start) in ROWS.items():
        count = options.count if start is Four else max(1, options.count // FEWER)
        rows.append(row(title, kind, start, count, options.seed))
    section = {
        "title": "Differential fuzzing",
        "text": TEXT,
        "facts": {"seed": options.seed, "count": options.count} | versions(),
        "columns": ["part", "examples", "cases", "refused", "differences"],
        "zero": ["differences"],
        "rows": rows,
    }
    shown = json.dumps(section, indent=1) + "\n"
    options.json.write_text(shown, encoding="utf-8") if options.json else print(shown, end="")
    return int(any(each[-1] for each in rows))


if __name__ == "__main__":
    sys.exit(main())

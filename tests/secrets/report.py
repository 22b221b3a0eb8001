"""Run every way to fail at full size, for the report: `python -m tests.secrets.report --json FILE`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from tests.secrets import calls, endpoint, live, offline, servers, sets, values
from tests.secrets.marks import Marks
from tests.secrets.runs import Ran, Tally, tally

PARTS = (offline, servers, endpoint, calls, values, sets, live)

TEXT = (
    "Every error path of the command line, the local endpoint and the four cores, with marked passwords, keys, tokens "
    "and payloads. A run is one command, call or look at a log; all that came out of it (both streams, files, "
    "messages, logs) was searched for ten characters of any mark as they are, reversed, as JSON, Python and SQL quote "
    "them, percent-encoded, in hexadecimal and base64. Some runs show a mark on purpose: a function's own error, what "
    "an engine itself says of a value, the local endpoint's journal; there the search must find it."
)
COLUMNS = ["area", "runs", "bytes", "on purpose", "found"]
DRIVERS = ("psycopg", "PyMySQL", "oracledb", "python-tds", "botocore", "typer")


def runs(marks: Marks) -> Iterator[Ran]:
    """Yield every run of every part."""
    return chain.from_iterable(part.runs(marks) for part in PARTS)


def section(tallies: dict[str, Tally], facts: dict[str, Any]) -> dict[str, Any]:
    """Return the section of the report."""
    counts: dict[str, tuple[int, ...]] = {
        area: (each.runs, each.size, each.meant, len(each.found)) for area, each in tallies.items()
    }
    counts["all"] = tuple(map(sum, zip(*counts.values(), strict=True)))
    table = {"columns": COLUMNS, "zero": ["found"], "rows": [[area, *each] for area, each in counts.items()]}
    return {"title": "Secrets", "text": TEXT, "facts": facts, **table}


def main() -> int:
    """Run, write, and tell of each find; 1 when there is one."""
    parser = argparse.ArgumentParser(prog="python -m tests.secrets.report", description=__doc__)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="how much of it, 1 for all")
    given = parser.parse_args()
    marks = Marks(given.seed, given.share)
    tallies = tally(runs(marks), marks)
    versions = {name: version(name) for name in DRIVERS} | {"python": platform.python_version()}
    facts = {"seed": given.seed, "share": given.share, "kinds of marks": len(marks.of), **versions}
    given.json.write_text(json.dumps(section(tallies, facts), indent=2) + "\n", encoding="utf-8")
    found = [each for area in tallies.values() for each in area.found]
    sys.stderr.writelines(f"{each}\n" for each in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

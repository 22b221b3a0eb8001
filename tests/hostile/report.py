"""The report's section: `python -m tests.hostile.report --json FILE [--seed N] [--count N]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tests.hostile.run import ENGINES, OUTCOMES, Run

COUNT, SEED = 10_000, 1
SHOWN = 20
"""What went wrong on an engine, before the rest is only counted."""

TITLE = "Hostile specs"
TEXT = (
    "Specs with hostile texts in places of free text, names and forms, through every back end. Refused: each problem "
    "stands where it comes from (else misplaced). Accepted: the generated code is read by the parsers and compilers "
    "below and compared with a harmless spec of the same shape; escaped would be anything in it that is more, less or "
    "other than the text given."
)
ZERO = ("misplaced", "escaped", "crashed")


def section(run: Run, count: int) -> dict[str, Any]:
    """Return the section of a run that is done."""
    facts = {"seed": run.seed, "specs": count}
    for engine in run.outcomes:
        facts |= ENGINES[engine].versions()
    rows = [[engine, count, *(each.counts[name] for name in OUTCOMES)] for engine, each in run.outcomes.items()]
    columns = ["engine", "specs", *OUTCOMES]
    return {"title": TITLE, "text": TEXT, "facts": facts, "columns": columns, "zero": list(ZERO), "rows": rows}


def main() -> int:
    """Run, write the section, and tell what went wrong; 1 where something did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="the file of the section")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--first", type=int, default=0, help="the number of the first spec, to see one again")
    parser.add_argument("--engine", choices=sorted(ENGINES), action="append", help="not all of them")
    given = parser.parse_args()
    run = Run(given.seed, given.engine or tuple(ENGINES))
    run.specs(given.first, given.count)
    found = section(run, given.count)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for row in (found["columns"], *found["rows"]):
        print(*(f"{each!s:>10}" for each in row))
    for engine, outcome in run.outcomes.items():
        for wrong in outcome.wrong[:SHOWN]:
            print(f"{engine}: {wrong}", file=sys.stderr)
    return int(any(outcome.wrong for outcome in run.outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())

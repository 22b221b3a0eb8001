"""Every case in every place, counted: `python -m tests.conformance.report --json FILE` writes the report's section."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conformance import judge
from tests.conformance.runners import Place, Runner, places
from tests.scripted import ScriptedLambda

COLUMNS = ("place", "engine", "cases", "passed", "own error", "lacking", "failed")

TEXT = (
    "One suite, engine by engine: each case is a call through SQL, the exact JSON on the wire, and the result or the "
    "error. `own error`: the engine's own type has no such value and refused it before the core saw it, as the case "
    "says; `lacking`: the place has no such value, see tests/conformance/lacking.py."
)


def row(place: Place) -> list[Any]:
    """Run every case in a place; return its row, and tell on stderr which cases fail."""
    with place.endpoint() as endpoint, place.start(endpoint) as runner:
        found = Counter(_verdict(name, case, place, runner, endpoint) for name, case in _in_order(runner))
        return [place.name, runner.version(), found.total(), *(found[each] for each in COLUMNS[3:])]


def _in_order(runner: Runner) -> Iterator[tuple[str, judge.Case]]:
    """Yield every case, each while its bindings are in its mode."""
    yield from judge.load()
    for mode in judge.MODES:
        with judge.switching(runner, mode):
            yield from judge.load_switched(mode)


def _verdict(name: str, case: judge.Case, place: Place, runner: Runner, endpoint: ScriptedLambda) -> str:
    if judge.gap(case, place):
        return "lacking"
    try:
        judge.run(case, place, runner, endpoint)
    except Exception as error:  # whatever it is, it is a failed case of this place
        print(f"{place.name}: {name}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
        return "failed"
    return "own error" if judge.refusal(case, place) else "passed"


def section() -> dict[str, Any]:
    """Return the report's section."""
    everywhere = list(places())
    absent = [each.name for each in everywhere if each.missing]
    facts = {
        "cases": len(list(judge.every())),
        "functions": len(judge.FUNCTIONS),
        "not run": ", ".join(absent) or "none",
    }
    rows = [row(each) for each in everywhere if not each.missing]
    return {
        "title": "Conformance",
        "text": TEXT,
        "facts": facts,
        "columns": COLUMNS,
        "zero": ["failed"],
        "rows": rows,
    }


def main() -> int:
    """Write the section; 1 when a case failed. Nothing is random here, so the seed and the count mean nothing."""
    parser = argparse.ArgumentParser(description="Every case of the conformance suite, in every place.")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--seed", type=int, help="taken as every part of the report does, and without meaning")
    parser.add_argument("--count", type=int, help="as --seed")
    options = parser.parse_args()
    found = section()
    options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return int(any(each[-1] for each in found["rows"]))


if __name__ == "__main__":
    sys.exit(main())

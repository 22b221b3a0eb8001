"""Results as text for people, as JSON and SARIF for machines. Nothing here decides, nothing here prints."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import quote

import udfgen
from udfgen.connect import Check
from udfgen.errors import Problem, Severity
from udfgen.plan import REFUSED, Change, Plan, Verdict
from udfgen.state import Modes
from udfgen.trial import Outcome

SIGNS = {
    Verdict.CREATE: "+",
    Verdict.MISSING: "+",
    Verdict.CHANGE: "~",
    Verdict.DROP: "-",
    Verdict.DRIFT: "!",
    Verdict.UNMANAGED: "!",
    Verdict.FOREIGN: "?",
}
COLOURS = {"+": "\x1b[32m", "~": "\x1b[33m", "-": "\x1b[31m", "!": "\x1b[35m", "?": "\x1b[36m"}
RESET = "\x1b[0m"


def plan_text(plan: Plan, colour: bool = False, allowed: frozenset[Verdict] = frozenset()) -> str:
    """Return a plan for people: a line per change, its difference below it, a summary last."""
    lines = [plan.server, *(f"! {problem}" for problem in plan.problems)]
    for change in plan.changes:
        if change.verdict in SIGNS:
            lines += _change_lines(change, colour)
    return "\n".join([*lines, summary(plan, allowed)])


def _change_lines(change: Change, colour: bool) -> list[str]:
    sign = SIGNS[change.verdict]
    where = f"  ({change.origin.file}:{change.origin.line})" if change.origin else ""
    line = f"{sign} {change.verdict.value:<9} {change.key}{where}"
    diff = [f"      {each}" for each in change.diff.splitlines()]
    return [f"{COLOURS[sign]}{line}{RESET}" if colour else line, *diff]


def summary(plan: Plan, allowed: frozenset[Verdict] = frozenset()) -> str:
    """Return one line that counts the changes and names the flags that the refused ones still need."""
    counts = Counter(change.verdict for change in plan.changes)
    told = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict] and verdict in SIGNS]
    if not told:
        return f"Nothing to do: {counts[Verdict.UNCHANGED]} objects are as the spec says."
    flags = sorted({REFUSED[change.verdict] for change in plan.refused(allowed)})
    need = f" Refused unless {' and '.join(flags)} is given." if flags else ""
    return f"Plan: {', '.join(told)}; {counts[Verdict.UNCHANGED]} unchanged.{need}"


def modes_text(modes: Modes) -> str:
    """Return a line per binding: its mode, its name."""
    width = max((len(mode.value) for mode in modes.values()), default=0)
    return "\n".join(f"{mode.value:<{width}}  {binding}" for binding, mode in modes.items())


def switched_text(before: Modes, after: Modes) -> str:
    """Return a line per binding whose mode is another one now."""
    changed = [
        f"{binding}: {before[binding].value} -> {mode.value}, for every session within a second"
        for binding, mode in after.items()
        if before[binding] is not mode
    ]
    return "\n".join(changed) or "nothing changed: it was so before"


def checks_text(checks: Iterable[Check]) -> str:
    """Return what doctor found: a line per check, advice below what is not fine."""
    lines = []
    for each in checks:
        lines.append(f"{'ok  ' if each.is_fine else 'BAD '} {each.name}: {each.found}")
        if each.advice and not each.is_fine:
            lines.append(f"     {each.advice}")
    return "\n".join(lines)


def outcome_text(outcome: Outcome) -> str:
    """Return one line about an example."""
    return f"{'ok  ' if outcome.is_fine else 'BAD '} {outcome.function} ({outcome.example}) {outcome.told}".rstrip()


def table_text(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Return rows as psql shows them."""
    cells = [names, *(tuple("" if value is None else str(value) for value in row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    lines = [" " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    rule = "-" + "-+-".join("-" * width for width in widths) + "-"
    count = f"({len(rows)} row{'' if len(rows) == 1 else 's'})"
    return "\n".join([lines[0].rstrip(), rule, *(line.rstrip() for line in lines[1:]), count])


def problems_json(problems: Iterable[Problem]) -> str:
    """Return problems as a JSON list."""
    return json_text(
        [
            {
                "file": each.origin.file,
                "line": each.origin.line,
                "column": each.origin.column,
                "severity": each.severity,
                "rule": each.rule,
                "what": each.what,
                "advice": each.advice,
            }
            for each in problems
        ]
    )


def problems_sarif(problems: Iterable[Problem]) -> str:
    """Return problems as SARIF 2.1.0, which code hosts show beside the line.

    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    problems = tuple(problems)
    driver = {
        "name": "udfgen",
        "version": udfgen.__version__,
        "rules": [{"id": rule} for rule in sorted({each.rule for each in problems})],
    }
    run = {"tool": {"driver": driver}, "results": [_sarif_result(each) for each in problems]}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json_text({"$schema": schema, "version": "2.1.0", "runs": [run]})


def _sarif_result(problem: Problem) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(problem.origin.file)},
        "region": {"startLine": problem.origin.line, "startColumn": problem.origin.column},
    }
    return {
        "ruleId": problem.rule,
        "level": "error" if problem.severity is Severity.ERROR else "warning",
        "message": {"text": f"{problem.what}: {problem.advice}"},
        "locations": [{"physicalLocation": place}],
    }


def json_text(value: Any) -> str:
    """Return any stage's value as indented JSON."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False)


def plain(value: Any) -> Any:
    """Return a value made of what JSON has: dataclasses as objects, decimals as exact text, keys as text."""
    for kind, convert in _CONVERTERS:
        if isinstance(value, kind):
            return convert(value)
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "model_fields_set"):
        return {name: plain(each) for name, each in _given(value)}
    return value if value is None else str(value)


def _given(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield what the spec says of a model, under the spec's own keys; its own dump warns of fields that hold types."""
    for name, field in type(model).model_fields.items():
        if name in model.model_fields_set:
            yield field.alias or name, getattr(model, name)


_CONVERTERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Enum, lambda value: value.value),
    ((bool, int, float, str), lambda value: value),
    (bytes, lambda value: value.decode("utf-8", "replace")),
    (Decimal, lambda value: format(value, "f")),
    (Mapping, lambda value: {str(plain(key)): plain(each) for key, each in value.items()}),
    ((list, tuple), lambda value: [plain(each) for each in value]),
    ((set, frozenset), lambda value: sorted(plain(each) for each in value)),
)

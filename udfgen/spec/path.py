"""Paths into a reply: `$`, `.name`, `['name']`, `[n]`."""

from __future__ import annotations

import re

from udfgen.ir import Path
from udfgen.spec.wording import Wrong, show

STEP = re.compile(
    r"\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\['(?P<quoted>(?:[^'\\]|\\['\\])+)'\]"
    r"|\[(?P<index>0|[1-9][0-9]{0,8})\]"
)
PATTERN = r"^\$(?:\.[A-Za-z_][A-Za-z0-9_]*|\['(?:[^'\\]|\\['\\])+'\]|\[(?:0|[1-9][0-9]{0,8})\])*$"
STEPS = 32
FORMS = "write $, then .name, ['name'] or [0]"


def parse_path(value: object) -> Path:
    """Return a path's steps, `()` for `$`, or raise Wrong with the position in the text."""
    if not isinstance(value, str):
        raise Wrong(f"{show(value)} is not a path", FORMS, "path")
    if not value.startswith("$"):
        raise Wrong(f"the path {show(value)} does not begin with $", FORMS, "path")
    steps: list[str | int] = []
    at = 1
    while at < len(value):
        match = STEP.match(value, at)
        if match is None or len(steps) == STEPS:
            raise _wrong(value, at, len(steps))
        steps.append(_step(match))
        at = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> str | int:
    if match["index"] is not None:
        return int(match["index"])
    return match["name"] or re.sub(r"\\(.)", r"\1", match["quoted"])


def _wrong(text: str, at: int, steps: int) -> Wrong:
    if steps == STEPS:
        return Wrong(f"a path of more than {STEPS} steps", "reply with a flatter document", "path")
    return Wrong(f"the path {show(text)} cannot be read from character {at + 1}", FORMS, "path")

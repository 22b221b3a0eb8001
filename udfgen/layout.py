"""JSON-like data in a layout that people review: on one line where it fits, else one item a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

Spell = Callable[[Any], str]
"""Spells a text, a number, a truth value or None in the language at hand."""

JSON = json.JSONEncoder().encode


class _Group(NamedTuple):
    """An object or a list, each item behind its key, and all of it on one line: spelled once, however deep it lies."""

    brackets: str
    items: list[tuple[str, str | _Group]]
    line: str


def lay_out(value: Any, spell: Spell = JSON, *, width: int = 100, indent: int = 0, last: str = "") -> str:
    """Return data as text: JSON in ASCII, or what `spell` makes of its atoms.

    Lines stay within `width` where that can be, nested ones start at `indent` blanks; `last` follows the last item of
    what takes several lines.
    """
    return _lines(_spelled(value, spell), width, indent, last)


def _lines(part: str | _Group, width: int, indent: int, last: str) -> str:
    if isinstance(part, str):
        return part
    if len(part.line) + indent <= width or not part.items:
        return part.line
    pad = "\n" + " " * (indent + 4)
    items = f",{pad}".join(key + _lines(each, width, indent + 4, last) for key, each in part.items)
    return f"{part.brackets[0]}{pad}{items}{last}\n{' ' * indent}{part.brackets[1]}"


def _spelled(value: Any, spell: Spell) -> str | _Group:
    if isinstance(value, dict):
        return _group("{}", [(f"{spell(key)}: ", _spelled(each, spell)) for key, each in value.items()])
    if isinstance(value, list):
        return _group("[]", [("", _spelled(each, spell)) for each in value])
    return spell(value)


def _group(brackets: str, items: list[tuple[str, str | _Group]]) -> _Group:
    line = ", ".join([key + (each if isinstance(each, str) else each.line) for key, each in items])
    return _Group(brackets, items, f"{brackets[0]}{line}{brackets[1]}")

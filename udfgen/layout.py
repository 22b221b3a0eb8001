"""JSON-like data in a layout that people review: on one line where it fits, else one item a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Spell = Callable[[Any], str]
"""Spells a text, a number, a truth value or None in the language at hand."""


def lay_out(value: Any, spell: Spell = json.dumps, *, width: int = 100, indent: int = 0, last: str = "") -> str:
    """Return data as text: JSON in ASCII, or what `spell` makes of its atoms.

    Lines stay within `width` where that can be, nested ones start at `indent` blanks; `last` follows the last item of
    what takes several lines.
    """
    line = _flat(value, spell)
    if len(line) + indent <= width or not isinstance(value, (dict, list)) or not value:
        return line
    items = _items(value, spell, width, indent + 4, last)
    pad = "\n" + " " * (indent + 4)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}{pad}{f',{pad}'.join(items)}{last}\n{' ' * indent}{closing}"


def _items(value: dict[str, Any] | list[Any], spell: Spell, width: int, indent: int, last: str) -> list[str]:
    if isinstance(value, list):
        return [lay_out(each, spell, width=width, indent=indent, last=last) for each in value]
    return [
        f"{spell(key)}: {lay_out(each, spell, width=width, indent=indent, last=last)}" for key, each in value.items()
    ]


def _flat(value: Any, spell: Spell) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{spell(key)}: {_flat(each, spell)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flat(each, spell) for each in value) + "]"
    return spell(value)

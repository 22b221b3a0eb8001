"""A spec as YAML in styles of all kinds, with the place of everything in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from udfgen.spec.document import Steps

Position: TypeAlias = "tuple[int, int]"

STYLES = ("escaped", "ascii", "raw", "single", "literal")
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
LONGEST_KEY = 100
"""YAML takes a key that is longer than 1,024 characters behind a `?` only."""


class Hostile(str):
    """A text of a spec that is hostile, or holds one that is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands: from line and column to line and column, from 1."""

    path: Steps
    start: Position
    end: Position
    is_hostile: bool


class Written:
    """The text of a spec, and where everything stands in it."""

    def __init__(self, spec: Mapping[str, Any], style: str) -> None:
        self._style, self._pieces, self._at = style, list[str](), (1, 1)
        self.spans: list[Span] = []
        self._mapping(spec, (), 0)
        self._emit("\n")
        self.text = "".join(self._pieces)

    def has(self, position: Position, hanging: Mapping[str, Sequence[str]]) -> bool:
        """Return whether a problem may stand there: at a hostile text, its key, or what either is a part of.

        `hanging` says by keys which other members a hostile one can make wrong.
        """
        blamed = [each for each in self.spans if each.is_hostile]
        above = {each.path[:length] for each in blamed for length in range(len(each.path) + 1)}
        others = {key for each in blamed for step in each.path for key in hanging.get(str(step), ())}
        starts = {each.start for each in self.spans if each.path in above or others & set(each.path[-2:])}
        return position in starts or any(each.start <= position <= each.end for each in blamed)

    def _emit(self, text: str) -> None:
        self._pieces.append(text)
        line, column = self._at
        last = text.rpartition("\n")[2]
        breaks = text.count("\n")
        self._at = (line + breaks, len(last) + 1) if breaks else (line, column + len(text))

    def _mapping(self, value: Mapping[str, Any], path: Steps, indent: int) -> None:
        self.spans.append(Span(path, self._at, self._at, False))
        for number, (key, each) in enumerate(value.items()):
            self._emit(f"\n{' ' * indent}" if number else "")
            is_long = len(key) > LONGEST_KEY
            self._emit("? " if is_long else "")
            self._text(key, (*path, key), is_key=True)
            self._emit(f"\n{' ' * indent}:" if is_long else ":")
            self._under(each, (*path, key), indent + 2)

    def _under(self, value: Any, path: Steps, indent: int) -> None:
        is_nested = isinstance(value, (dict, list)) and bool(value)
        self._emit(f"\n{' ' * indent}" if is_nested else " ")
        self._node(value, path, indent)

    def _node(self, value: Any, path: Steps, indent: int) -> None:
        if isinstance(value, dict) and value:
            self._mapping(value, path, indent)
        elif isinstance(value, list) and value:
            self._sequence(value, path, indent)
        elif isinstance(value, str):
            self._text(value, path, indent=indent)
        else:
            self._plain(value, path)

    def _plain(self, value: Any, path: Steps) -> None:
        start = self._at
        self._emit("null" if value is None else str(value).lower())
        self.spans.append(Span(path, start, start, False))

    def _sequence(self, value: Sequence[Any], path: Steps, indent: int) -> None:
        self.spans.append(Span(path, self._at, self._at, False))
        for number, each in enumerate(value):
            self._emit(f"\n{' ' * indent}- " if number else "- ")
            self._node(each, (*path, number), indent + 2)

    def _text(self, text: str, path: Steps, is_key: bool = False, indent: int = 0) -> None:
        start, is_hostile = self._at, isinstance(text, Hostile)
        style = self._style if is_hostile else "escaped"
        self._emit(
            _literal(text, indent) if style == "literal" and not is_key and _has_lines(text) else _spelled(text, style)
        )
        self.spans.append(Span(path, start, self._at, is_hostile))


def _has_lines(text: str) -> bool:
    """Return whether a text can be a block of lines as it is."""
    lines = text.split("\n")
    return text != "" and lines[-1] != "" and all(each.isprintable() for each in lines) and text.strip(" \n") != ""


def _literal(text: str, indent: int) -> str:
    lines = (f"{' ' * indent}{line}" if line else "" for line in text.split("\n"))
    return "|2-\n" + "\n".join(lines)


def _spelled(text: str, style: str) -> str:
    if style == "single" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_letters(text, style)) + '"'


def _letters(text: str, style: str) -> Iterable[str]:
    for letter in text:
        if letter in ESCAPES:
            yield ESCAPES[letter]
        elif style == "raw" or (letter.isprintable() and (style != "ascii" or letter.isascii())):
            yield letter
        else:
            yield f"\\x{ord(letter):02x}" if ord(letter) < 0x100 else f"\\U{ord(letter):08x}"

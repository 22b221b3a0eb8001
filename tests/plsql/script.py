"""A SQL*Plus script taken apart: its settings, and its statements with their tokens.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqpug/SQL-Plus-basics.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^']|'')*'|[qQ]'\[.*?\]')
    |(?P<quoted>"[^"\n]*")
    |(?P<open>[qQ]'\[|['"])
    |(?P<bind>:[A-Za-z]\w*)
    |(?P<word>[A-Za-z][\w$\#]*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<mark>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
"""`open` is a quote that nothing closes."""

JAVA = re.compile(r"create or replace (?:and resolve )?java source\b", re.IGNORECASE)
BLOCK = re.compile(r"(?:declare|begin|create or replace (?:function|procedure|package|trigger))\b", re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """A piece of SQL: what it is, its text, its line in the script."""

    kind: str
    text: str
    line: int

    @property
    def word(self) -> str:
        """The word in lower case, '' for what is none."""
        return self.text.lower() if self.kind == "word" else ""


@dataclass(frozen=True)
class Line:
    """A line of a script, with its number."""

    number: int
    text: str


@dataclass(frozen=True)
class Statement:
    """What SQL*Plus sends at a lone slash: without one, `is_ended` is false."""

    lines: tuple[Line, ...]
    is_ended: bool

    @property
    def first(self) -> int:
        """The number of the first line."""
        return self.lines[0].number

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(line.text for line in self.lines)

    @property
    def is_java(self) -> bool:
        """Whether all but the first line is Java."""
        return JAVA.match(self.text) is not None

    @property
    def is_plsql(self) -> bool:
        """Whether it is PL/SQL: then it ends by a semicolon of its own, and blank lines do not end it."""
        return BLOCK.match(self.text) is not None

    @property
    def is_trigger(self) -> bool:
        """Whether it makes a trigger."""
        return self.text.lower().startswith("create or replace trigger ")

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The SQL of it, without comments."""
        text = self.lines[0].text if self.is_java else self.text
        return tuple(each for each in tokens(text, self.first) if each.kind != "comment")


@dataclass(frozen=True)
class Script:
    """A script: its name, all its lines, those that SQL*Plus itself takes, its statements."""

    name: str
    lines: tuple[Line, ...]
    commands: tuple[Line, ...]
    statements: tuple[Statement, ...]


def parse(name: str, text: str) -> Script:
    """Return a script's parts: comments and blank lines outside of statements are none."""
    lines = tuple(Line(number, line) for number, line in enumerate(text.split("\n"), 1))
    commands, statements, current = [], [], list[Line]()
    for line in lines:
        if line.text.strip() == "/" and current:
            statements.append(Statement(tuple(current), is_ended=True))
            current = []
        elif current or _begins(line.text):
            current.append(line)
        elif line.text.strip() and not line.text.startswith("--"):
            commands.append(line)
    if any(line.text.strip() for line in current):
        statements.append(Statement(tuple(current), is_ended=False))
    return Script(name, lines, tuple(commands), tuple(statements))


def _begins(line: str) -> bool:
    """Tell whether a line begins a statement of the server's."""
    words = line.split(maxsplit=1)
    return bool(words) and words[0].lower() in STARTS


STARTS = {
    "create",
    "drop",
    "grant",
    "revoke",
    "declare",
    "begin",
    "insert",
    "update",
    "delete",
    "select",
    "merge",
    "alter",
}


def tokens(text: str, line: int) -> Iterator[Token]:
    """Yield the tokens of SQL."""
    at = 0
    for found in TOKEN.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        yield Token(str(found.lastgroup), found[0], line)

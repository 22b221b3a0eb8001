"""Words for messages: how values are shown, and what is suggested in place of a wrong word."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator

# Unicode has no names for control characters, or only aliases.
CONTROL_NAMES = {
    0x00: "NULL",
    0x07: "BELL",
    0x08: "BACKSPACE",
    0x09: "TAB",
    0x0A: "LINE FEED",
    0x0B: "LINE TABULATION",
    0x0C: "FORM FEED",
    0x0D: "CARRIAGE RETURN",
    0x1B: "ESCAPE",
    0x7F: "DELETE",
    0x85: "NEXT LINE",
}
# What cannot be seen, by Unicode category.
HIDDEN = {
    "Cc": "control character",
    "Cf": "format character",
    "Cs": "surrogate",
    "Co": "private use",
    "Cn": "unassigned",
    "Zl": "line separator",
    "Zp": "paragraph separator",
}

# Access key ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
SECRET = re.compile(
    r"(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|[A-Za-z][A-Za-z0-9+.-]*://[^/\s?#]*@"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
SHOWN = 60


class Wrong(ValueError):
    """A value that cannot stand: what is wrong, what to do, and the stable id of the rule."""

    def __init__(self, what: str, advice: str, rule: str = "value") -> None:
        self.what, self.advice, self.rule = what, advice, rule
        super().__init__(f"{what}: {advice}")


def show(value: object) -> str:
    """Return a value as messages show it: quoted, on one line, at most 60 characters, never a secret."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, tuple)):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or not isinstance(value, str):
        return "null" if value is None else _short(str(value))
    if SECRET.search(value):
        return "the value"
    return f'"{_short("".join(_visible(character) for character in value[: SHOWN + 1]))}"'


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _visible(character: str) -> str:
    return f"\\u{ord(character):04x}" if unicodedata.category(character) in HIDDEN else character


def listed(words: Iterable[str]) -> str:
    """Return words joined by commas."""
    return ", ".join(words)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return advice in place of a wrong word: the nearest known one, else all of them."""
    choices = list(known)
    close = closest(word, choices)
    if close is not None:
        return f'did you mean "{close}"?'
    return f"use one of {listed(choices)}" if choices else "there are none"


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a wrong one is taken for, or None where it is like none."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def hidden(text: str, allowed: str = "") -> Iterator[tuple[int, str]]:
    """Yield index and character of all that cannot be seen, and may make code read otherwise than it runs.

    Why format characters count: https://trojansource.codes
    """
    if text.isprintable():
        return
    for index, character in enumerate(text):
        if character not in allowed and unicodedata.category(character) in HIDDEN:
            yield index, character


def character_name(character: str) -> str:
    """Return a character as messages name it: its code point, and its name or what sort it is."""
    code = ord(character)
    sort = HIDDEN[unicodedata.category(character)]
    return f"U+{code:04X} {CONTROL_NAMES.get(code) or unicodedata.name(character, f'({sort})')}"

"""Marks: made-up secrets and payloads that stand nowhere else, and the search for any part of one in what came out."""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Iterable, Iterator
from typing import TypeVar
from urllib.parse import quote

WINDOW = 10
"""Characters of a mark that are a find, in any form of it: no message may cut a secret and show the rest."""

T = TypeVar("T")

LETTERS = string.ascii_letters + string.digits
BASE64 = LETTERS + "+/"
ODD = "'\"\\ \u00e9%&+"
"""What quoting, JSON, a URL and a driver each spell in their own way, and two blanks that a message would make one."""


def make(seed: int) -> dict[str, str]:
    """Return a mark of each kind; the same for the same seed."""
    take = random.Random(seed)
    return {
        # Passwords: a plain one and one with all odd characters in a DSN, one in a driver's file, one in an option.
        "password": "pw" + _text(take, LETTERS, 22),
        "odd": _text(take, LETTERS, 11)
        + ODD[:4]
        + _text(take, LETTERS, 11)
        + ODD[4:]
        + "  "
        + _text(take, LETTERS, 11),
        "filed": "pf" + _text(take, LETTERS, 22),
        "listed": "po" + _text(take, LETTERS, 22),
        # What AWS gives: the id of a key, its secret, a session token.
        "key": "ASIA" + _text(take, string.ascii_uppercase + "234567", 16),
        "secret": _text(take, BASE64, 40),
        "token": _text(take, BASE64, 298) + "==",
        # What a container or an instance shows to be given keys.
        "grant": _text(take, LETTERS, 40),
        "pass": _text(take, LETTERS, 54) + "==",
        # What is sent, what comes back.
        "payload": "pl" + _text(take, LETTERS, 20),
        "number": "9" + _text(take, string.digits, 17),
        "reply": "rp" + _text(take, LETTERS, 20),
    }


def _text(take: random.Random, letters: str, size: int) -> str:
    return "".join(take.choices(letters, k=size))


class Marks:
    """The marks of one seed, by their kinds, and where they are looked for; and the share of what is to be tried."""

    def __init__(self, seed: int, share: float = 1) -> None:
        self.of, self.share = make(seed), share
        self._take = random.Random(seed)
        self._windows: dict[int, dict[str, tuple[str, str]]] = {}
        for kind, mark in self.of.items():
            for form, text in forms(mark):
                size = WINDOW * max(1, len(text) // len(mark))
                known = self._windows.setdefault(size, {})
                for window in _windows(fold(text), size):
                    known.setdefault(window, (kind, form))

    def __getitem__(self, kind: str) -> str:
        return self.of[kind]

    def some(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the share of things to be tried: all for the report, in CI a sample that the seed fixes."""
        return (each for each in items if self._take.random() < self.share)

    def find(self, output: str) -> dict[str, set[str]]:
        """Return the kinds of marks of which a part stands in a text, each with the forms in which it does."""
        found: dict[str, set[str]] = {}
        text = fold(output)
        for size, known in self._windows.items():
            for kind, form in (known[window] for window in _windows(text, size) if window in known):
                found.setdefault(kind, set()).add(form)
        return found


def fold(text: str) -> str:
    """Return a text as it is compared: in lower case, because hosts are folded, and unbroken, because lines are."""
    return re.sub(r"\s+", "", text).lower()


def forms(mark: str) -> Iterator[tuple[str, str]]:
    """Yield a mark in every spelling in which it could come out."""
    data = mark.encode()
    yield "plain", mark
    yield "reversed", mark[::-1]
    yield "JSON", json.dumps(mark)[1:-1]
    yield "JSON with slashes escaped", json.dumps(mark, ensure_ascii=False)[1:-1].replace("/", "\\/")
    yield "Python", repr(mark)[1:-1]
    yield "SQL", mark.replace("\\", "\\\\").replace("'", "''")
    yield "URL", quote(mark)
    yield "URL", quote(mark, safe="")
    yield "URL", "".join(f"%{each:02x}" for each in data)
    yield "hexadecimal", data.hex()
    yield "Python's bytes", repr(data)[2:-1]
    for shift in range(3):
        # The first and the last group hold a neighbour's bits.
        yield "base64", base64.b64encode(b"\0" * shift + data).decode()[4 if shift else 0 : -4]


def _windows(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(len(text) - size + 1))

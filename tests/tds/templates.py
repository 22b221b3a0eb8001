"""The dialect's templates as patterns: what stands in a hole of a filled one is a group of that name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from udfgen import dialect

FOLDER = Path(str(dialect.load("sqlserver").part("lower").__file__)).parent
TAG = re.compile(r"{{ (?P<hole>.+?) }}|--% for \w+ in it\.(?P<list>\w+)\n(?P<body>.*?)--% endfor(?:\n|\Z)", re.DOTALL)
INCLUDE = re.compile(r'{% include "(\w+\.sql)" %}')
NAMED = re.compile(r"(?:it|it\.place)\.(\w+)")
NAMES = {"name": r"\[[^\]]+\](?:\.\[[^\]]+\])?", "form": "function|procedure"}
"""Holes with others right behind them, or that tell batches apart."""

WITH = re.compile(r"{%-? (?:with|endwith)[^%]*%}")


def text(name: str) -> str:
    """Return a template as it is written; the catalog's stands beside the others."""
    folder = FOLDER if name == "catalog.sql" else FOLDER / "templates"
    return (folder / name).read_text(encoding="utf-8")


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return what matches a template that is filled; a list's lines are one group."""
    bare = WITH.sub("", whole(name)).strip("\n")
    return re.compile(_holes(bare, set()), re.DOTALL)


def whole(name: str) -> str:
    """Return a template with those that it includes; of the catalog, which has macros, only a hole."""
    return INCLUDE.sub(
        lambda found: "{{ it.catalog }}" if found[1] == "catalog.sql" else whole(found[1]).rstrip("\n"), text(name)
    )


def _holes(text: str, seen: set[str]) -> str:
    parts, at = [], 0
    for found in TAG.finditer(text):
        parts += [re.escape(text[at : found.start()]), _hole(found, seen)]
        at = found.end()
    return "".join((*parts, re.escape(text[at:])))


def _hole(found: re.Match[str], seen: set[str]) -> str:
    if found["list"]:
        line = r"[^\n]*?".join(re.escape(each) for each in re.split("(?:{{.+?}})+", found["body"].rstrip("\n")))
        return f"(?P<{found['list']}>(?:{line}(?:\n|\\Z))*)"
    named = NAMED.fullmatch(found["hole"])
    if named is None:
        return ".*?"
    if named[1] in seen:
        return f"(?P={named[1]})"
    seen.add(named[1])
    return f"(?P<{named[1]}>{NAMES.get(named[1], '.*?')})"

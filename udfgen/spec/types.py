"""Portable types as a spec writes them: one whitelist, and no parser behind it."""

from __future__ import annotations

import re
from functools import cache

from udfgen.ir import Kind, Type
from udfgen.spec.wording import Wrong, closest, listed, nearest, show

PLAIN = tuple(kind.value for kind in Kind if kind not in (Kind.DECIMAL, Kind.VARCHAR))
TYPE = re.compile(
    rf"(?P<plain>{'|'.join(PLAIN)})"
    r"|decimal\((?P<precision>[1-9][0-9]?), ?(?P<scale>0|[1-9][0-9]?)\)"
    r"|varchar\((?P<length>[1-9][0-9]{0,3})\)"
)
KNOWN = (*PLAIN, "decimal(p,s)", "varchar(n)")
PATTERN = f"^(?:{TYPE.pattern.replace('?P<plain>', '?:')})$"
for _group in ("precision", "scale", "length"):
    PATTERN = PATTERN.replace(f"?P<{_group}>", "?:")

# The digits that every engine's exact numbers have.
PRECISION = 38
# The longest that every engine has as an ordinary character type; text takes more.
LENGTH = 4000

# What other languages call them.
SYNONYMS = {
    "bool": "boolean",
    "int": "integer",
    "number": "decimal(p,s)",
    "numeric": "decimal(p,s)",
    "float": "double",
    "string": "text",
    "str": "text",
    "char": "varchar(n)",
    "datetime": "timestamp",
    "jsonb": "json",
    "blob": "bytes",
    "bytea": "bytes",
    "binary": "bytes",
}

INTEGERS = {Kind.SMALLINT: 15, Kind.INTEGER: 31, Kind.BIGINT: 63}
STRINGS = frozenset({Kind.TEXT, Kind.VARCHAR})
EXACT = frozenset({*INTEGERS, Kind.DECIMAL})
NUMERIC = frozenset({*EXACT, Kind.REAL, Kind.DOUBLE})


def parse_type(value: object) -> Type:
    """Return the type that a spec's text names, or raise Wrong with what to write in its place."""
    if not isinstance(value, str):
        raise Wrong(f"{show(value)} is not a type", f"use one of {listed(KNOWN)}", "type")
    return _parse(value)


def resembles(text: str) -> bool:
    """Return whether a text is a type, or one that somebody may have meant."""
    word = _word(text)
    return word in ("decimal", "varchar", *SYNONYMS) or closest(word, PLAIN) is not None


@cache
def _parse(text: str) -> Type:
    match = TYPE.fullmatch(text)
    if match is None:
        raise _unknown(text)
    if match["plain"]:
        return Type(Kind(match["plain"]))
    if match["length"]:
        return _varchar(int(match["length"]))
    return _decimal(int(match["precision"]), int(match["scale"]))


def _decimal(precision: int, scale: int) -> Type:
    if precision > PRECISION:
        raise Wrong(f"decimal has at most {PRECISION} digits", f"write decimal({PRECISION},{scale}) or less", "type")
    if scale > precision:
        raise Wrong(f"a scale of {scale} is more than the {precision} digits in all", "write a smaller scale", "type")
    return Type(Kind.DECIMAL, precision=precision, scale=scale)


def _varchar(length: int) -> Type:
    if length > LENGTH:
        raise Wrong(f"varchar has at most {LENGTH} characters", "use text, with max_length if you need it", "type")
    return Type(Kind.VARCHAR, length=length)


def _word(text: str) -> str:
    return text.strip().lower().partition("(")[0]


def _unknown(text: str) -> Wrong:
    """Return what is wrong with a text that is no type."""
    word = _word(text)
    if word == "decimal":
        return Wrong(f"{show(text)} is not a type", "give digits and scale: decimal(10,2)", "type")
    if word == "varchar":
        return Wrong(f"{show(text)} is not a type", f"give a length from 1 to {LENGTH}: varchar(80)", "type")
    if word in PLAIN and word != text:
        return Wrong(f"{show(text)} is not a type", f"write {word}", "type")
    if word in SYNONYMS:
        return Wrong(f"{show(text)} is not a type", f"write {SYNONYMS[word]}", "type")
    advice = nearest(text, PLAIN)
    return Wrong(
        f"{show(text)} is not a type", advice if "did you" in advice else f"use one of {listed(KNOWN)}", "type"
    )

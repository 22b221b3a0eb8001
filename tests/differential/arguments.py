"""Random arguments in the contract's form: values of a type, and what constraints let pass or just not."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from tests.differential.functions import BITS, Facts, floating, whole
from tests.differential.replies import document
from tests.differential.source import Source

LETTERS = 'ab01 z&-.\\"/\n\r\t\b\f\0\x01\x1f\x7f\u0080\u00e9\u0301\u2028\u2029\ufeff\uffff\U0001f600\U0010ffff'
LONELY = "ab\ud800\udbff\udc00\udfff"
"""Halves of surrogate pairs."""

DAYS = ("2016-02-15", "0001-01-01", "1582-10-10", "1900-02-28", "2000-02-29", "2024-02-29", "9999-12-31")
CLOCKS = ("00:00:00", "23:59:59", "12:00:00", "09:08:07")
FRACTIONS = ("", ".5", ".000001", ".999999", ".120000", ".000000")
UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
NO_UUIDS = ("", UUID.replace("-", ""), UUID[:-1], UUID + "0", UUID[:-1] + "g", f"{{{UUID}}}", UUID[:-1] + "\u0661")
BEYOND = ("NaN", "Infinity", "-Infinity")
WIDE = Context(prec=100)


def arguments(source: Source, parameters: list[Facts]) -> list[Any]:
    """Make one argument for each parameter."""
    return [_argument(source, facts) for facts in parameters]


def _argument(source: Source, facts: Facts) -> Any:
    """Make an argument; the constraints' own values, and those beside them, come more often than by chance."""
    way = source.upto(9)
    if way == 9:
        return None
    near = _near(facts)
    return source.pick(near) if near and way > 4 else MAKERS[facts["type"]](source, facts)


def _near(facts: Facts) -> tuple[str, ...]:
    """Return what stands in the constraints, and the numbers and texts beside it."""
    allowed = facts.get("enum", [])
    if facts["type"] in ("text", "varchar"):
        return (*allowed, *(each + "\0" for each in allowed), *(each[:-1] for each in allowed))
    bounds = [Decimal(each) for each in (*allowed, facts.get("min"), facts.get("max")) if each is not None]
    if facts["type"] in ("real", "double"):
        return tuple(repr(near) for bound in map(float, bounds) for near in _neighbours(bound))
    unit = Decimal((0, (1,), -facts.get("scale", 0)))
    half = (unit / 2, -unit / 2, unit / 2 - unit / 100) if facts["type"] == "decimal" else ()
    return tuple(format(WIDE.add(bound, step), "f") for bound in bounds for step in (0, unit, -unit, *half))


def _neighbours(number: float) -> tuple[float, ...]:
    near = (number, math.nextafter(number, math.inf), math.nextafter(number, -math.inf))
    return tuple(each for each in near if math.isfinite(each))


# --- by type ---------------------------------------------------------------------------------------------------


def _integer(source: Source, facts: Facts) -> str:
    bits = BITS[facts["type"]]
    return str(source.pick((2**bits, -(2**bits) - 1)) if source.once_in(6) else whole(source, bits))


def _decimal(source: Source, facts: Facts) -> str:
    """Make a decimal with up to three digits more than its type has, at either end; or what is no number."""
    if source.once_in(20):
        return source.pick(BEYOND)
    alphabet = source.pick(("0123456789", "09", "4445", "9", "0"))
    before = source.text(alphabet, facts["precision"] - facts["scale"] + 1).lstrip("0") or "0"
    after = source.text(alphabet, facts["scale"] + 3)
    return source.pick(("", "-")) + before + (f".{after}" if after else "")


def _float(source: Source, facts: Facts) -> str:
    return source.pick(BEYOND) if source.once_in(20) else repr(floating(source, facts["type"]))


def _text(source: Source, facts: Facts) -> str:
    longest = min(facts.get("length", 9), facts.get("max_length", 9))
    if "pattern" in facts and source.upto(2):
        # Of the characters that the pattern names: by chance alone hardly a text would match.
        return source.text("".join(sorted({*facts["pattern"], *"ab0 \u00e9\U0001f600"})), 5)
    # Half of a pair counts otherwise in UTF-8, and no pattern for UTF-16 takes it: only in a text without limits.
    is_free = not {"pattern", "length", "max_length", "enum"} & facts.keys()
    return source.text(LONELY, 3) if is_free and source.once_in(10) else source.text(LETTERS, longest + 1)


def _uuid(source: Source, facts: Facts) -> str:
    way = source.upto(5)
    if way > 3:
        return source.pick(NO_UUIDS)
    return (UUID, UUID.upper(), UUID.title(), "")[way] or str(uuid.UUID(int=source.upto(2**128 - 1)))


def _bytes(source: Source, facts: Facts) -> str:
    return source.data(facts.get("max_length", 9) + 1).hex()


def _moment(*parts: tuple[str, ...]) -> Callable[[Source, Facts], str]:
    return lambda source, facts: "".join(map(source.pick, parts))


MAKERS: dict[str, Callable[[Source, Facts], Any]] = {
    "boolean": lambda source, facts: source.upto(1) == 0,
    **dict.fromkeys(BITS, _integer),
    "decimal": _decimal,
    **dict.fromkeys(("real", "double"), _float),
    **dict.fromkeys(("text", "varchar"), _text),
    "date": _moment(DAYS),
    "time": _moment(CLOCKS, FRACTIONS),
    "timestamp": _moment(DAYS, ("T",), CLOCKS, FRACTIONS),
    "timestamptz": _moment(DAYS, ("T",), CLOCKS, FRACTIONS, ("Z",)),
    "uuid": _uuid,
    "json": lambda source, facts: document(source),
    "bytes": _bytes,
}

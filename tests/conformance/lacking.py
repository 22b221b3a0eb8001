"""What a place has no value for: those cases are left out there, and there alone.

The numbers of every case run in H2, whose NUMERIC has no end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from tests.jvm.databases import DERBY_DIGITS, DERBY_SCALE
from udfgen.ir import Function, Kind, Table, Type

Rule = Callable[[Type, str], str]

SKIPPED = ("2024-03-10T02:",)

NUMBERS = (Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT, Kind.DECIMAL, Kind.REAL, Kind.DOUBLE)


def lacking(
    name: str, function: Function, arguments: Mapping[str, str | None], rows: Sequence[Sequence[str | None]]
) -> str:
    """Return why a place has no value for one of a case's arguments or results; '' where it has."""
    types = {each.name: each.type for each in function.parameters}
    values = [(types[key], text) for key, text in arguments.items()]
    values += [pair for row in rows for pair in zip(_results(function), row, strict=False)]
    found = (LACKING[name](type_, str(text)) for type_, text in values if text is not None and name in LACKING)
    return next(filter(None, found), "")


def _results(function: Function) -> list[Type]:
    returns = function.returns
    if isinstance(returns, Table):
        return [each.result.type for each in returns.columns]
    return [returns.type] if returns else []


def _beyond_derby(type_: Type, text: str) -> str:
    number = _number(type_, text)
    if number is None or not number:
        return ""
    fits = number.adjusted() < DERBY_DIGITS - DERBY_SCALE and int(number.as_tuple().exponent) >= -DERBY_SCALE
    return "" if fits else f"Derby's DECIMAL has {DERBY_DIGITS} digits, {DERBY_SCALE} of them behind the point here"


def _before_derby(type_: Type, text: str) -> str:
    is_before = type_.kind in (Kind.DATE, Kind.TIMESTAMP) and text.startswith("0000-01")
    return "Derby takes the year 0 for the year 1" if is_before else ""


def _beyond_oracle(type_: Type, text: str) -> str:
    """https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Data-Types.html"""
    number = _number(type_, text)
    return "Oracle's NUMBER goes from 1e-130 to 1e126" if number and not -130 <= number.adjusted() < 126 else ""


def _beyond_java(type_: Type, text: str) -> str:
    """Java's Timestamp has the calendar of its time, as Oracle's DATE has: 15 October 1582 follows the 4th."""
    is_skipped = type_.kind in (Kind.DATE, Kind.TIMESTAMP) and "1582-10-05" <= text[:10] < "1582-10-15"
    return "Oracle and Java's Timestamp have no day from 5 to 14 October 1582" if is_skipped else ""


def _beyond_clob(type_: Type, text: str) -> str:
    is_half = type_.kind in (Kind.TEXT, Kind.JSON) and re.search("[\ud800-\udfff]", text)
    return "the CLOBs of H2 and Derby are UTF-8" if is_half else ""


def _beyond_new_york(type_: Type, text: str) -> str:
    """https://www.iana.org/time-zones: what the zone of this JVM skips, a Timestamp made of fields cannot hold."""
    is_skipped = type_.kind is Kind.TIMESTAMP and text.startswith(SKIPPED)
    return "summer time skips that hour in the JVM's time zone, as dialects/oracle/README.md says" if is_skipped else ""


def _any(*rules: Rule) -> Rule:
    def reason(type_: Type, text: str) -> str:
        return next(filter(None, (rule(type_, text) for rule in rules)), "")

    return reason


def _number(type_: Type, text: str) -> Decimal | None:
    """Return the number that a neutral text of a type of numbers is; None for NaN and infinities too."""
    try:
        number = Decimal(text) if type_.kind in NUMBERS else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


LACKING: Mapping[str, Rule] = {
    "oracle-h2": _any(_beyond_java, _beyond_clob),
    "oracle-h2 in New York": _any(_beyond_java, _beyond_new_york),
    "oracle-derby": _any(_beyond_derby, _before_derby, _beyond_java, _beyond_clob),
    "oracle-dsn": _any(_beyond_oracle, _beyond_java),
}

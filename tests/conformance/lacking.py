"""What a place has no value for: those cases are left out there, and there alone.

Every case runs in H2, whose NUMERIC has no end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from tests.jvm.databases import DERBY_DIGITS, DERBY_SCALE
from udfgen.ir import Function, Kind, Table, Type

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


def _beyond_oracle(type_: Type, text: str) -> str:
    """https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Data-Types.html"""
    number = _number(type_, text)
    return "Oracle's NUMBER goes from 1e-130 to 1e126" if number and not -130 <= number.adjusted() < 126 else ""


def _number(type_: Type, text: str) -> Decimal | None:
    """Return the number that a neutral text of a type of numbers is; None for NaN and infinities too."""
    try:
        number = Decimal(text) if type_.kind in NUMBERS else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


LACKING: Mapping[str, Callable[[Type, str], str]] = {
    "oracle-derby": _beyond_derby,
    "oracle-dsn": _beyond_oracle,
}

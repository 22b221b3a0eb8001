"""Values of a spec (defaults, enums, bounds, examples) against the portable types and their constraints.

A value that stands is returned in one canonical form: exact numbers, ISO dates and times, UTC, lower-case UUIDs.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Context, Decimal

from udfgen.ir import Constraints, Kind, Type, Value, json_text
from udfgen.spec.types import INTEGERS, NUMERIC
from udfgen.spec.wording import Wrong, listed, show

# Wide enough for any number that a spec may hold, so that nothing is rounded on the way.
EXACT = Context(prec=2000)
DIGITS = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
# The largest finite values of IEEE 754 binary32 and binary64.
LARGEST = {Kind.REAL: Decimal("3.4028235e38"), Kind.DOUBLE: Decimal("1.7976931348623158e308")}
DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?"
ZONE = r"(?:Z|(?P<sign>[-+])(?P<zone_hour>0[0-9]|1[0-4]):(?P<zone_minute>[0-5][0-9]))"
TEMPORAL = {
    Kind.DATE: (re.compile(DATE), "2016-02-15"),
    Kind.TIME: (re.compile(TIME), "12:00:00"),
    Kind.TIMESTAMP: (re.compile(f"{DATE}T{TIME}"), "2016-02-15T12:00:00"),
    Kind.TIMESTAMPTZ: (re.compile(f"{DATE}T{TIME}{ZONE}"), "2016-02-15T12:00:00Z"),
}
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def convert(value: Value, type_: Type) -> Value:
    """Return a value in the canonical form of its type, or raise Wrong; null is a value of every type."""
    return None if value is None else CONVERT[type_.kind](value, type_)


def violation(value: Value, type_: Type, limits: Constraints) -> str | None:
    """Return which constraint a canonical value breaks, in words, or None."""
    if value is None:
        return "must not be null" if limits.required else None
    if limits.enum is not None and value not in limits.enum:
        return f"must be one of {listed(_shown(each) for each in limits.enum)}"
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _bounds_violation(value, limits)
    return _text_violation(value, type_, limits) if isinstance(value, str) else None


def _bounds_violation(value: int | Decimal, limits: Constraints) -> str | None:
    if limits.min is not None and value < limits.min:
        return f"must be {json_text(limits.min)} or more"
    if limits.max is not None and value > limits.max:
        return f"must be {json_text(limits.max)} or less"
    return None


def _text_violation(value: str, type_: Type, limits: Constraints) -> str | None:
    length = len(base64.b64decode(value)) if type_.kind is Kind.BYTES else len(value)
    if limits.max_length is not None and length > limits.max_length:
        return f"must not be longer than {limits.max_length}"
    if limits.pattern is not None and not re.fullmatch(limits.pattern, value):
        return f"must match {limits.pattern}"
    return None


def _shown(value: Value) -> str:
    return json_text(value) if isinstance(value, (int, Decimal)) else show(value)


def _wrong(value: Value, type_: Type, advice: str) -> Wrong:
    shown = show(value) if isinstance(value, (str, int, Decimal)) else "this"
    return Wrong(f"{shown} is not a value of {type_}", advice, "value")


def _boolean(value: Value, type_: Type) -> Value:
    if not isinstance(value, bool):
        raise _wrong(value, type_, "write true or false")
    return value


def _integer(value: Value, type_: Type) -> Value:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, type_, "write a whole number without quotes")
    largest = 2 ** INTEGERS[type_.kind] - 1
    if not -largest - 1 <= value <= largest:
        raise _wrong(value, type_, f"it must be from {-largest - 1} to {largest}")
    return value


def number(value: Value) -> Decimal | None:
    """Return a number, or the number that a text holds, exactly; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, Decimal)) or (isinstance(value, str) and DIGITS.fullmatch(value)):
        return Decimal(value)
    return None


def _decimal(value: Value, type_: Type) -> Value:
    exact = number(value)
    precision, scale = type_.precision or 0, type_.scale or 0
    if exact is None:
        raise _wrong(value, type_, "write a number")
    shortest = EXACT.normalize(exact)
    if int(shortest.as_tuple().exponent) < -scale:
        raise _wrong(value, type_, f"it has at most {scale} digits after the point")
    if exact and exact.adjusted() >= precision - scale:
        raise _wrong(value, type_, f"it has at most {precision - scale} digits before the point")
    return EXACT.quantize(exact or Decimal(0), Decimal((0, (1,), -scale)))


def _floating(value: Value, type_: Type) -> Value:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise _wrong(value, type_, "write a number without quotes")
    if abs(Decimal(value)) > LARGEST[type_.kind]:
        raise _wrong(value, type_, "it is too large")
    return Decimal(value)


def _text(value: Value, type_: Type) -> Value:
    if not isinstance(value, str):
        raise _wrong(value, type_, "put it in quotes")
    if type_.length is not None and len(value) > type_.length:
        raise _wrong(value, type_, f"it is longer than {type_.length} characters")
    return value


def _temporal(value: Value, type_: Type) -> Value:
    form, sample = TEMPORAL[type_.kind]
    match = form.fullmatch(value) if isinstance(value, str) else None
    try:
        if match is not None:
            return _iso(match.groupdict(), type_.kind)
    except (ValueError, OverflowError):
        pass  # the 30th of February, and what leaves the years 1 to 9999 in UTC
    raise _wrong(value, type_, f"write it as {sample}")


def _iso(parts: dict[str, str | None], kind: Kind) -> str:
    """Return a date or time in ISO form: no zeros after a fraction, UTC where there is a zone."""
    day = date(*(int(parts[part] or 0) for part in ("year", "month", "day"))) if parts.get("year") else date(1, 1, 1)
    if kind is Kind.DATE:
        return day.isoformat()
    micros = int((parts["fraction"] or "").ljust(6, "0"))
    clock = time(int(parts["hour"] or 0), int(parts["minute"] or 0), int(parts["second"] or 0), micros)
    moment = datetime.combine(day, clock)
    if kind is Kind.TIMESTAMPTZ and parts["sign"]:
        zone = timedelta(hours=int(parts["zone_hour"] or 0), minutes=int(parts["zone_minute"] or 0))
        moment = moment.replace(tzinfo=timezone(-zone if parts["sign"] == "-" else zone)).astimezone(timezone.utc)
    text = moment.replace(tzinfo=None).isoformat()
    text = text.rstrip("0") if moment.microsecond else text
    if kind is Kind.TIME:
        return text.partition("T")[2]
    return f"{text}Z" if kind is Kind.TIMESTAMPTZ else text


def _uuid(value: Value, type_: Type) -> Value:
    if not isinstance(value, str) or not UUID.fullmatch(value):
        raise _wrong(value, type_, "write it as 123e4567-e89b-12d3-a456-426614174000")
    return value.lower()


def _bytes(value: Value, type_: Type) -> Value:
    try:
        if isinstance(value, str):
            return base64.b64encode(base64.b64decode(value.encode("ascii"), validate=True)).decode("ascii")
    except (binascii.Error, UnicodeEncodeError):
        pass
    raise _wrong(value, type_, "write the bytes as base64")


def _json(value: Value, type_: Type) -> Value:
    return value


CONVERT: dict[Kind, Callable[[Value, Type], Value]] = {
    Kind.BOOLEAN: _boolean,
    **dict.fromkeys(INTEGERS, _integer),
    Kind.DECIMAL: _decimal,
    **dict.fromkeys(NUMERIC - set(INTEGERS) - {Kind.DECIMAL}, _floating),
    Kind.TEXT: _text,
    Kind.VARCHAR: _text,
    **dict.fromkeys(TEMPORAL, _temporal),
    Kind.UUID: _uuid,
    Kind.JSON: _json,
    Kind.BYTES: _bytes,
}

"""What a handler does with values: these functions are copied, as they stand, into the handlers that need them.

So each stands by itself, and runs on every Python that AWS Lambda has.
"""

from __future__ import annotations

import base64
import datetime as dt
from decimal import Decimal
from typing import Any


def to_integer(value: Any) -> Any:
    """Return a whole number that travels as a text."""
    return None if value is None else int(value)


def to_decimal(value: Any) -> Any:
    """Return an exact number; of a float, which AWS's runtime makes of fractions, the digits that it stands for."""
    return None if value is None else Decimal(str(value))


def to_float(value: Any) -> Any:
    """Return a floating point number, also where it came without a fraction."""
    return None if value is None else float(value)


def to_date(value: Any) -> Any:
    """Return the date of a text such as 2016-02-15."""
    return None if value is None else dt.date.fromisoformat(value)


def to_time(value: Any) -> Any:
    """Return the time of a text such as 12:00:00.5; before Python 3.11 a fraction must have six digits."""
    if value is None:
        return None
    clock, _, fraction = value.partition(".")
    return dt.time.fromisoformat(f"{clock}.{fraction:0<6}")


def to_timestamp(value: Any) -> Any:
    """Return the moment, without a zone, of a text such as 2016-02-15T12:00:00.5."""
    if value is None:
        return None
    clock, _, fraction = value.partition(".")
    return dt.datetime.fromisoformat(f"{clock}.{fraction:0<6}")


def to_timestamptz(value: Any) -> Any:
    """Return the moment, in UTC, of a text such as 2016-02-15T12:00:00Z."""
    if value is None:
        return None
    clock, _, fraction = value.removesuffix("Z").partition(".")
    return dt.datetime.fromisoformat(f"{clock}.{fraction:0<6}+00:00")


def to_bytes(value: Any) -> Any:
    """Return the bytes of a text in base64."""
    return None if value is None else base64.b64decode(value)


def from_moment(value: Any) -> Any:
    """Return a date, a time or a moment without a zone as text."""
    return None if value is None else value.isoformat()


def from_timestamptz(value: Any) -> Any:
    """Return a moment as text in UTC; one without a zone counts as UTC."""
    if value is None:
        return None
    moment = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
    return moment.astimezone(dt.timezone.utc).isoformat().replace("+00:00", "Z")


def from_bytes(value: Any) -> Any:
    """Return bytes as text in base64."""
    return None if value is None else base64.b64encode(value).decode()

"""Native types: what a portable type is declared as, and how its values are spelled for these servers."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from udfgen.errors import CallError
from udfgen.ir import Kind, Type

from . import DIALECT

WIDEST = 65
"""Digits of the widest decimal on both servers."""

TEXTS = frozenset((Kind.TEXT, Kind.VARCHAR, Kind.UUID, Kind.JSON))


def declared(type_: Type) -> str:
    """Return the declared type of an argument.

    A decimal keeps the scale and has as many digits as can be: the server rounds half away from zero, as the core
    would, and the core checks the precision.
    """
    if type_.kind is Kind.DECIMAL:
        return f"decimal({WIDEST},{type_.scale})"
    return _with_charset(DIALECT.types[type_.kind], type_.kind)


def returned(type_: Type) -> str:
    """Return the declared type of a result."""
    if type_.kind is Kind.DECIMAL:
        return f"decimal({type_.precision},{type_.scale})"
    return _with_charset(DIALECT.types[type_.kind], type_.kind)


def _with_charset(native: str, kind: Kind) -> str:
    return f"{native} character set utf8mb4" if kind in TEXTS else native


def spelled(type_: Type, text: str) -> str:
    """Return a neutral text (native/contract/README.md) as these servers read it; bytes stay hexadecimal digits.

    Raises CallError for a moment that no year from 1 to 9999 has in UTC.
    """
    if type_.kind is Kind.BOOLEAN:
        return {"true": "1", "false": "0"}.get(text, text)
    if type_.kind is Kind.TIMESTAMPTZ:
        return _utc(text).replace("T", " ")
    return text.replace("T", " ") if type_.kind is Kind.TIMESTAMP else text


def _utc(text: str) -> str:
    """Return a moment in UTC without its zone: MariaDB refuses offsets, MySQL takes them to the session's zone."""
    found = re.fullmatch(r"([^.]*?)(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    if found is None:
        return text
    try:
        moment = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00")).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise CallError(f"{text} is no moment from 0001 to 9999 in UTC", None) from None
    return f"{moment.replace(tzinfo=None).isoformat()}{found[2] or ''}"

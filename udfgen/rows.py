"""Rows of neutral texts (native/contract/README.md, "Values") as the JSON that a batch function takes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence

from udfgen.errors import CallError
from udfgen.ir import Function, Kind, Parameter

NUMBERS = (Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT, Kind.DECIMAL, Kind.REAL, Kind.DOUBLE)
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]+)?")
"""https://www.rfc-editor.org/rfc/rfc8259#section-6"""


def written(function: Function, rows: Sequence[Mapping[str, str | None]]) -> str:
    """Return rows as one JSON text, by the parameters' order; what is not given is NULL.

    Raises CallError for what is no value. Beside values of json it is ASCII: all else stands there as escapes, halves
    of surrogate pairs too.
    """
    return f"[{','.join(_row(function, each) for each in rows)}]"


def _row(function: Function, row: Mapping[str, str | None]) -> str:
    return f"[{','.join(_value(each, row.get(each.name)) for each in function.parameters)}]"


def _value(parameter: Parameter, text: str | None) -> str:
    """Return a value; what is none of its type becomes a string, and the core says what it must be."""
    kind = parameter.type.kind
    if text is None:
        return "null"
    if kind is Kind.JSON:
        return _document(parameter, text)
    if kind is Kind.BYTES:
        return json.dumps(base64.b64encode(_bytes(parameter, text)).decode())
    is_bare = bool(NUMBER.fullmatch(text)) if kind in NUMBERS else kind is Kind.BOOLEAN and text in ("true", "false")
    return text if is_bare else json.dumps(text)


def _bytes(parameter: Parameter, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise CallError(f"{parameter.name}: what is given is no hexadecimal text", None) from None


def _document(parameter: Parameter, text: str) -> str:
    """Return a text of json as it is: what is none could end its row and begin another one."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        raise CallError(f"{parameter.name}: what is given is no {parameter.type}", None) from None
    return text

"""Batch functions: rows as one JSON text, counted by the caller, and their results as another one.

No routine of these servers takes rows or gives some to a query.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence

from udfgen.ir import Kind, Type

from . import quote

ROWS, COUNT = "batch", "row_count"
"""The arguments. MariaDB cuts JSON_ARRAYAGG at group_concat_max_len with no more than a warning: the count tells."""

TEXT = "longtext character set utf8mb4"
"""How rows come and results go: on MariaDB a json is such a text, and on MySQL a json would lose digits of numbers."""

PARAMETERS = f"{quote.identifier(ROWS)} {TEXT}, {quote.identifier(COUNT)} bigint"
ARGUMENTS = (quote.identifier(ROWS), quote.identifier(COUNT))


def results(type_: Type, text: str) -> Iterator[str | None]:
    """Yield what a batch gave, as the servers spell values of the type: bytes as hexadecimal digits."""
    for value, raw in _elements(text):
        if value is None:
            yield None
        elif type_.kind is Kind.JSON:
            yield raw
        elif type_.kind is Kind.BYTES:
            yield base64.b64decode(str(value)).hex()
        else:
            yield value if isinstance(value, str) else raw


def _elements(text: str) -> Sequence[tuple[object, str]]:
    """Return the elements of an array with nothing between them but commas, and the text of each."""
    decode, found, at = json.JSONDecoder().raw_decode, [], 1
    while text[at : at + 1] not in ("]", ""):
        value, end = decode(text, at)
        found.append((value, text[at:end]))
        at = end + (text[end] == ",")
    return found

"""match(street text, count bigint, never_sent text), a SQL function of spec.yaml, on the
side of AWS Lambda.

Written by `udfgen handler`: the body of match is yours, the rest speaks with the
database.
"""

from __future__ import annotations

import json
import logging
from time import monotonic
from typing import Any

FUNCTION = "shop.match"
LOGGER = logging.getLogger(__name__)


def match(street: str | None, count: int | None) -> Any:
    """Return a row's result; None is NULL."""
    raise NotImplementedError("write the body of this function")


def handler(event: Any, context: Any) -> Any:
    """Answer rows in their order; the result of one that fails says why."""
    start, failed = monotonic(), 0
    results: list[Any] = []
    for number, row in enumerate(event, 1):
        try:
            results.append(answer(row))
        except Exception as error:
            LOGGER.exception("row %d of %s failed", number, FUNCTION)
            failed += 1
            reason = {"errorType": type(error).__name__, "errorMessage": str(error)}
            results.append(reason)
    log(context, len(event), failed, start)
    return results


def answer(row: Any) -> Any:
    """Call the function with what arrived, and return its result as it is sent."""
    return match(row["address"][0]["street"], to_integer(row["address"][1]))


def to_integer(value: Any) -> Any:
    """Return a whole number that travels as a text."""
    return None if value is None else int(value)


def log(context: Any, records: int, failed: int, start: float) -> None:
    """Print what this invocation did, as a line of JSON without arguments and results."""
    ms = round((monotonic() - start) * 1000)
    facts = {"function": FUNCTION, "request_id": context.aws_request_id}
    print(json.dumps({**facts, "records": records, "failed": failed, "ms": ms}))

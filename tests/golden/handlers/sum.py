"""sum(class integer, int real), a SQL function of spec.yaml, on the side of AWS Lambda.

Written by `udfgen handler`: the body of sum_ is yours, the rest speaks with the
database.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from time import monotonic
from typing import Any

FUNCTION = "shop.sum"
LOGGER = logging.getLogger(__name__)


def sum_(class_: int | None, int: float | None) -> dt.date | None:
    """Return a row's result; None is NULL."""
    raise NotImplementedError("write the body of this function")


def handler(event: Any, context: Any) -> Any:
    """Answer rows in their order; the first one that fails, fails them all."""
    start, rows = monotonic(), event["arguments"]
    results: list[Any] = []
    for number, row in enumerate(rows, 1):
        try:
            results.append(answer(row))
        except Exception as error:
            LOGGER.exception("row %d of %s failed", number, FUNCTION)
            log(context, len(rows), 1, start)
            reason = f"row {number}: {type(error).__name__}: {error}"
            return {"success": False, "error_msg": reason}
    log(context, len(rows), 0, start)
    return {"success": True, "num_records": len(results), "results": results}


def answer(row: Any) -> Any:
    """Call the function with what arrived, and return its result as it is sent."""
    result = sum_(row[0], to_float(row[1]))
    return from_moment(result)


def to_float(value: Any) -> Any:
    """Return a floating point number, also where it came without a fraction."""
    return None if value is None else float(value)


def from_moment(value: Any) -> Any:
    """Return a date, a time or a moment without a zone as text."""
    return None if value is None else value.isoformat()


def log(context: Any, records: int, failed: int, start: float) -> None:
    """Print what this invocation did, as a line of JSON without arguments and results."""
    ms = round((monotonic() - start) * 1000)
    facts = {"function": FUNCTION, "request_id": context.aws_request_id}
    print(json.dumps({**facts, "records": records, "failed": failed, "ms": ms}))

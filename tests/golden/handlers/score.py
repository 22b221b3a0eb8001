"""score(customer bigint, amount decimal(38,2), at timestamptz, digest bytes), a SQL
function of spec.yaml, on the side of AWS Lambda.

A score, \"0 to 100\", of a customer. \\ is no escape, and \"\"\" ends nothing.

Written by `udfgen handler`: the body of score is yours, the rest speaks with the
database.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
from decimal import Decimal
from time import monotonic
from typing import Any

FUNCTION = "shop.score"
LOGGER = logging.getLogger(__name__)


def score(
    customer: int,
    amount: Decimal | None,
    at: dt.datetime | None,
    digest: bytes | None,
) -> Decimal | None:
    """Return a row's result; None is NULL."""
    raise NotImplementedError("write the body of this function")


def handler(event: Any, context: Any) -> Any:
    """Answer rows in their order; one that fails is NULL, and told in the log."""
    start, rows, failed = monotonic(), event["arguments"], 0
    results: list[Any] = []
    for number, row in enumerate(rows, 1):
        try:
            results.append(answer(row))
        except Exception:
            LOGGER.exception("row %d of %s failed", number, FUNCTION)
            failed += 1
            results.append({"scores": {"of all": [None, None]}})
    log(context, len(rows), failed, start)
    return {"success": True, "num_records": len(results), "results": results}


def answer(row: Any) -> Any:
    """Call the function with what arrived, and return its result as it is sent."""
    result = score(row[0], to_decimal(row[1]), to_timestamptz(row[2]), to_bytes(row[3]))
    return {"scores": {"of all": [None, result]}}


def to_decimal(value: Any) -> Any:
    """Return an exact number; of a float, which AWS's runtime makes of fractions, the digits that it stands for."""
    return None if value is None else Decimal(str(value))


def to_timestamptz(value: Any) -> Any:
    """Return the moment, in UTC, of a text such as 2016-02-15T12:00:00Z."""
    if value is None:
        return None
    clock, _, fraction = value.removesuffix("Z").partition(".")
    return dt.datetime.fromisoformat(f"{clock}.{fraction:0<6}+00:00")


def to_bytes(value: Any) -> Any:
    """Return the bytes of a text in base64."""
    return None if value is None else base64.b64decode(value)


def log(context: Any, records: int, failed: int, start: float) -> None:
    """Print what this invocation did, as a line of JSON without arguments and results."""
    ms = round((monotonic() - start) * 1000)
    facts = {"function": FUNCTION, "request_id": context.aws_request_id}
    print(json.dumps({**facts, "records": records, "failed": failed, "ms": ms}))

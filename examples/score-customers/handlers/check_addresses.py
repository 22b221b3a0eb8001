"""check_addresses(street varchar(80), city varchar(40)), a SQL function of spec.yaml, on
the side of AWS Lambda.

The postcode that belongs to an address; NULL where there is none.

Written by `udfgen handler`: the body of check_addresses is yours, the rest speaks with
the database.
"""

from __future__ import annotations

import json
import logging
from time import monotonic
from typing import Any

FUNCTION = "score_customers.check_addresses"
LOGGER = logging.getLogger(__name__)

POSTCODES: dict[tuple[str | None, str | None], str] = {
    ("1 Main Street", "Dublin"): "D02 AF30",
    ("5 High Street", "Cork"): "T12 RX8E",
}


def check_addresses(street: str | None, city: str | None) -> str | None:
    """Return a row's result; None is NULL."""
    if (street, city) not in POSTCODES:
        raise LookupError("no such address")
    return POSTCODES[(street, city)]


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
    result = check_addresses(row["address"]["street"], row["address"]["city"])
    return {"postcode": result}


def log(context: Any, records: int, failed: int, start: float) -> None:
    """Print what this invocation did, as a line of JSON without arguments and results."""
    ms = round((monotonic() - start) * 1000)
    facts = {"function": FUNCTION, "request_id": context.aws_request_id}
    print(json.dumps({**facts, "records": records, "failed": failed, "ms": ms}))

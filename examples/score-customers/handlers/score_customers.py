"""score_customers(customer_id bigint, tier varchar(20)), a SQL function of spec.yaml, on
the side of AWS Lambda.

Scores of customers, 0 to 100.

Written by `udfgen handler`: the body of score_customers is yours, the rest speaks with
the database.
"""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from time import monotonic
from typing import Any

FUNCTION = "score_customers.score_customers"
LOGGER = logging.getLogger(__name__)

TIERS = {"basic": Decimal(0), "gold": Decimal(10)}


def score_customers(customer_id: int, tier: str | None) -> Decimal | None:
    """Return a row's result; None is NULL."""
    if customer_id <= 0:
        raise ValueError(f"no customer has the number {customer_id}")
    return min(Decimal(100), Decimal("77.5") + TIERS[tier or "basic"])


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
    return score_customers(row[0], row[1])


def log(context: Any, records: int, failed: int, start: float) -> None:
    """Print what this invocation did, as a line of JSON without arguments and results."""
    ms = round((monotonic() - start) * 1000)
    facts = {"function": FUNCTION, "request_id": context.aws_request_id}
    print(json.dumps({**facts, "records": records, "failed": failed, "ms": ms}))

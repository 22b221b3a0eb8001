"""exchange_rate(currency varchar(3)), a SQL function of spec.yaml, on the side of AWS
Lambda.

Euros for one unit of a currency.

Written by `udfgen handler`: the body of exchange_rate is yours, the rest speaks with
the database.
"""

from __future__ import annotations

import json
from decimal import Decimal
from time import monotonic
from typing import Any

FUNCTION = "score_customers.exchange_rate"

RATES = {"SEK": Decimal("0.0875"), "USD": Decimal("0.9125")}


def exchange_rate(currency: str) -> Decimal | None:
    """Return the result; None is NULL."""
    return RATES[currency]


def handler(event: Any, context: Any) -> Any:
    """Answer one call; what is raised is a function error."""
    start, failed = monotonic(), 1
    try:
        reply = answer(event)
        failed = 0
        return reply
    finally:
        log(context, 1, failed, start)


def answer(event: Any) -> Any:
    """Call the function with what arrived, and return its result as it is sent."""
    result = exchange_rate(event["currency"])
    return {"rate": result}


def log(context: Any, records: int, failed: int, start: float) -> None:
    """Print what this invocation did, as a line of JSON without arguments and results."""
    ms = round((monotonic() - start) * 1000)
    facts = {"function": FUNCTION, "request_id": context.aws_request_id}
    print(json.dumps({**facts, "records": records, "failed": failed, "ms": ms}))

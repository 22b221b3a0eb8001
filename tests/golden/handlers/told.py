"""told(what json), a SQL function of spec.yaml, on the side of AWS Lambda.

Written by `udfgen handler`: the body of told is yours, the rest speaks with the
database.
"""

from __future__ import annotations

import json
from time import monotonic
from typing import Any

FUNCTION = "shop.told"


def told(what: Any) -> None:
    """Do what one row asks for."""
    raise NotImplementedError("write the body of this function")


def handler(event: Any, context: Any) -> None:
    """Do what each row asks for; one that fails is an error of the function."""
    start, rows, done = monotonic(), event, 0
    try:
        for row in rows:
            answer(row)
            done += 1
    finally:
        log(context, len(rows), int(done < len(rows)), start)


def answer(row: Any) -> Any:
    """Call the function with what arrived, and return its result as it is sent."""
    told(row["what"])


def log(context: Any, records: int, failed: int, start: float) -> None:
    """Print what this invocation did, as a line of JSON without arguments and results."""
    ms = round((monotonic() - start) * 1000)
    facts = {"function": FUNCTION, "request_id": context.aws_request_id}
    print(json.dumps({**facts, "records": records, "failed": failed, "ms": ms}))

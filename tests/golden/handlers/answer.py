"""answer(what text), a SQL function of spec.yaml, on the side of AWS Lambda.

Written by `udfgen handler`: the body of answer_ is yours, the rest speaks with the
database.
"""

from __future__ import annotations

import json
from time import monotonic
from typing import Any

FUNCTION = "shop.answer"


def answer_(what: str | None) -> None:
    """Do what one call asks for."""
    raise NotImplementedError("write the body of this function")


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
    answer_(event["what"])


def log(context: Any, records: int, failed: int, start: float) -> None:
    """Print what this invocation did, as a line of JSON without arguments and results."""
    ms = round((monotonic() - start) * 1000)
    facts = {"function": FUNCTION, "request_id": context.aws_request_id}
    print(json.dumps({**facts, "records": records, "failed": failed, "ms": ms}))
